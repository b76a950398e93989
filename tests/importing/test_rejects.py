"""FILE.rejected.csv: the source's own text, its columns and dialect, and why."""

import os
import stat

import pytest

from svcctl.errors import StorageFault
from svcctl.importing.rejects import RejectWriter, rejected_path
from svcctl.importing.source import open_source


def rejected(tmp_path, data, name="data.csv", problem="no time", **options):
    """Reject every row of a file; the bytes of the rejected file."""
    path = tmp_path / name
    path.write_bytes(data)
    source = open_source(str(path), **options)
    with RejectWriter(source) as writer:
        for row in source.rows:
            writer.add(row, problem)
    return (tmp_path / f"{name}.rejected.csv").read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(("delimiter", "newline"), [(",", "\n"), (";", "\r\n"), ("\t", "\r\n")])
def test_a_rejected_file_is_the_source_and_one_more_column(tmp_path, encoding, delimiter, newline):
    lines = [["编号", "内容"], ["1", ' =SUM(A1) "灯" '], ["2", '"two\r\nlines"']]
    lines[1][1] = '" =SUM(A1) ""灯"" "'
    source = newline.join(delimiter.join(line) for line in lines) + newline
    written = newline.join(delimiter.join([*line, why]) for line, why in zip(lines, ["problem", "no time", "no time"], strict=True))
    expected = (written + newline).encode(encoding)
    assert rejected(tmp_path, source.encode(encoding)) == expected


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path):
    old_mask = os.umask(0)
    try:
        rejected(tmp_path, b"a,b\n1,2\n")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE((tmp_path / "data.csv.rejected.csv").stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["data.csv", "data.csv.rejected.csv"]


def test_ragged_rows_keep_all_their_cells_and_the_problem_its_column(tmp_path):
    assert rejected(tmp_path, b"a,b\n1,2,3\n4\n") == b"a,b,problem\n1,2,no time,3\n4,,no time\n"


def test_a_problem_of_several_lines_stays_on_one(tmp_path):
    assert rejected(tmp_path, b"a,b\n1,2\n", problem="x, y\nz") == b'a,b,problem\n1,2,"x, y; z"\n'


def test_a_corrected_rejected_file_can_be_imported_and_rejected_again(tmp_path):
    first = rejected(tmp_path, b"a,b\n1,2\n", problem="first")
    assert rejected(tmp_path, first, "again.csv", "second") == b"a,b,problem\n1,2,second\n"


def test_rows_of_other_formats_are_written_as_csv_with_a_bom(tmp_path):
    data = '{"a": "灯", "b": 1.50}\n{"b": \n'.encode()
    assert rejected(tmp_path, data, "a.jsonl", "why") == '\ufeffa,b,problem\n灯,1.50,why\n"{""b"": ",,why\n'.encode()


def test_without_rejected_rows_there_is_no_file(tmp_path):
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    with RejectWriter(open_source(str(tmp_path / "data.csv"))) as writer:
        pass
    assert writer.count == 0
    assert os.listdir(tmp_path) == ["data.csv"]


def test_a_failed_import_leaves_the_earlier_file_as_it_was(tmp_path):
    before = rejected(tmp_path, b"a,b\n1,2\n", problem="earlier")
    source = open_source(str(tmp_path / "data.csv"))
    with pytest.raises(KeyboardInterrupt), RejectWriter(source) as writer:
        writer.add(next(source.rows), "later")
        raise KeyboardInterrupt
    assert (tmp_path / "data.csv.rejected.csv").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["data.csv", "data.csv.rejected.csv"]


def test_a_place_that_cannot_be_written_is_a_storage_fault(tmp_path):
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    source = open_source(str(tmp_path / "data.csv"))
    with pytest.raises(StorageFault) as caught, RejectWriter(source, str(tmp_path / "no" / "x.csv")) as writer:
        writer.add(next(source.rows), "why")
    assert caught.value.exit_code == 5
    assert "cannot write the rejected rows" in caught.value.say("en")


def test_the_name_is_that_of_the_source():
    assert rejected_path("/x/data.csv") == "/x/data.csv.rejected.csv"
