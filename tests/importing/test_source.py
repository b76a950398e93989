"""Other people's files into rows: what is read, what is refused, and what is said of it."""

import codecs
import json
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.errors import NotFound, Refused, SvcError
from svcctl.importing.source import open_source


@pytest.fixture
def opened(tmp_path):
    """Write a file and open it."""

    def write_and_open(data, name="data.csv", **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return open_source(str(path), **options)

    return write_and_open


def rows(source):
    return [row.cells for row in source.rows]


def refusal(opened, data, name="data.csv", **options):
    with pytest.raises(Refused) as caught:
        list(opened(data, name, **options).rows)
    assert caught.value.exit_code == 3
    return caught.value.say("en")


def test_a_plain_file_becomes_rows_with_the_lines_they_begin_on(opened):
    source = opened('id,what\n1,"two\nlines"\n\n2,plain\n')
    assert source.header == ["id", "what"]
    assert [(row.line, row.cells["what"]) for row in source.rows] == [(2, "two\nlines"), (5, "plain")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_is_read_in_every_encoding_of_the_contract(opened, encoding):
    source = opened("编号,内容\n1,卫生间灯不亮，请尽快\n".encode(encoding))
    assert source.encoding == encoding
    assert rows(source) == [{"编号": "1", "内容": "卫生间灯不亮，请尽快"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_found_out(opened, delimiter, newline):
    text = newline.join(["a{0}b", '1{0}"x;y,z\tw"', "2{0}1,5"]).format(delimiter).replace("1,5", '"1,5"')
    source = opened(text + newline)
    assert rows(source) == [{"a": "1", "b": "x;y,z\tw"}, {"a": "2", "b": "1,5"}]
    assert (source.dialect.delimiter, source.dialect.newline) == (delimiter, newline)


def test_decimal_commas_do_not_make_a_comma_the_delimiter(opened):
    assert rows(opened("a;b\n1,5;2,5\n3,5;4,5\n")) == [{"a": "1,5", "b": "2,5"}, {"a": "3,5", "b": "4,5"}]


def test_carriage_returns_in_a_cell_become_line_feeds_but_the_original_is_kept(opened):
    (row,) = opened(b'a,b\r\n1,"x\r\ny\rz"\r\n').rows
    assert row.cells["b"] == "x\ny\nz"
    assert row.raw == ("1", "x\r\ny\rz")


def test_ragged_rows_more_cells_are_a_problem_fewer_are_empty(opened):
    more, fewer = opened("a,b\n1,2,3\n4\n").rows
    assert more.problem.say("en").endswith("data.csv:2: 3 cells in a table of 2 columns")
    assert more.raw == ("1", "2", "3")
    assert (fewer.cells, fewer.problem) == ({"a": "4", "b": ""}, None)


def test_rows_without_any_text_are_no_rows(opened):
    assert rows(opened("a,b\n,\n  , \n1,2\n")) == [{"a": "1", "b": "2"}]


def test_a_header_alone_is_a_table_without_rows(opened):
    source = opened("a,b\n")
    assert (source.header, rows(source)) == (["a", "b"], [])


def test_a_map_can_name_the_columns_of_a_file_without_a_header(opened):
    assert rows(opened("1,2\n", header=["a", "b"])) == [{"a": "1", "b": "2"}]


def test_title_lines_above_the_header_are_passed_over_with_header_row(opened):
    assert rows(opened("Requests 2026\n\na,b\n1,2\n", header_row=3)) == [{"a": "1", "b": "2"}]


def test_columns_without_a_name_or_with_one_twice_are_refused_together(opened):
    said = refusal(opened, "a,,a, a \n1,2,3,4\n")
    assert "columns without a name: 2" in said
    assert 'columns with one name: "a", 1, 3, 4' in said


def test_a_quote_that_never_closes_is_refused_with_the_line_it_opens_on(opened):
    assert ":3: a cell of this row does not end" in refusal(opened, 'a,b\n1,2\n3,"open\n4,5\n6,7\n')


def test_a_misplaced_quote_spoils_only_its_own_row(opened):
    bad, good = opened('a,b\n1,"x"y\n2,z\n').rows
    assert "after a closing quote" in bad.problem.say("en")
    assert good.cells == {"a": "2", "b": "z"}


def test_a_quote_in_the_middle_of_a_cell_is_text(opened):
    assert rows(opened('a,b\n1,6" pipe\n')) == [{"a": "1", "b": '6" pipe'}]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"a,b\n1,\x00\n", ":2: no text: it holds NUL bytes"),
        (b"\x89PNG\r\n\x1a\n", "no table: PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook (.xls)"),
        (codecs.BOM_UTF16_LE + "a,b".encode("utf-16-le"), "no table: UTF-16"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (("name\n" + "卫生间灯不亮" * 3 + "\n").encode() + b"\xff\xff\n", ":3: this line is no sound UTF-8"),
        ("name,a\nCaf\xe9 Stra\xdfe,\xfc\n".encode("latin-1"), "neither UTF-8 nor GB18030"),
        ("a\nna\xefve pr\xe9sent\n".encode("latin-1"), "neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_table_is_refused_with_what_was_found(opened, data, said):
    assert said in refusal(opened, data)


def test_a_missing_file_a_folder_and_a_pipe(tmp_path):
    with pytest.raises(NotFound):
        open_source(str(tmp_path / "no.csv"))
    with pytest.raises(Refused, match="a directory"):
        open_source(str(tmp_path))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(Refused, match="a pipe"):
        open_source(str(tmp_path / "pipe.csv"))


def test_json_lines_keep_numbers_as_they_are_written(opened):
    source = opened('{"id": 12.50, "no": 1}\n\n{"no": 1e3, "ok": true, "x": null}\n', "a.jsonl")
    assert source.header == ["id", "no", "ok", "x"]
    assert [(row.line, row.cells) for row in source.rows] == [
        (1, {"id": "12.50", "no": "1", "ok": "", "x": ""}),
        (3, {"id": "", "no": "1e3", "ok": "true", "x": ""}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON object on one line"),
        ("3", "a JSON object was expected"),
        ('{"a": 1, "a": 2}', "a key occurs twice"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": ["x"]}', 'the value of "a" should be one text'),
        ("[" * 100_000, "no JSON object"),
    ],
)
def test_a_bad_json_line_is_a_problem_of_its_row(opened, line, said):
    good, bad = opened('{"a": "1"}\n' + line + "\n", "a.jsonl").rows
    assert good.problem is None
    assert said in bad.problem.say("en")
    assert ":2: " in bad.problem.say("en")
    assert bad.raw == (line,)


def test_a_json_array_is_refused(opened):
    assert "one object a line" in refusal(opened, '[{"a": 1}]', "a.json")


def test_yaml_documents_are_rows_of_texts(opened):
    source = opened("---\nid: 0712\nok: no\nCASE ID: ~\n---\nid: 'x'\n", "a.yaml")
    assert [(row.line, row.cells) for row in source.rows] == [
        (1, {"id": "0712", "ok": "no", "CASE ID": ""}),
        (5, {"id": "x", "ok": "", "CASE ID": ""}),
    ]


@pytest.mark.parametrize(
    ("document", "said"),
    [("a: &x 1", "anchors"), ("a: !!int 1", "tags"), ("a: 1\na: 2", "twice"), ("a: [1]", "one text"), ("a: '", "YAML")],
)
def test_a_bad_yaml_document_is_a_problem_of_its_row(opened, document, said):
    good, bad = opened(f"---\na: 1\n---\n{document}\n", "a.yaml").rows
    assert good.problem is None
    assert said in bad.problem.say("en")


def test_only_a_workbook_has_sheets(opened):
    assert "only a workbook has sheets" in refusal(opened, "a,b\n1,2\n", sheet="x")


def test_progress_is_told_and_a_hundred_thousand_rows_stay_small(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8") as handle:
        handle.write("a,b,c\n")
        handle.writelines(f"{number},灯不亮,{'x' * 40}\n" for number in range(100_000))
    told = []
    tracemalloc.start()
    count = sum(1 for _ in open_source(str(path), progress=told.append).rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, told[0], told[-1]) == (100_000, 1000, 100_000)
    assert peak < 5_000_000


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=12)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
def test_whatever_is_written_is_read_back(tmp_path_factory, table):
    import csv

    path = tmp_path_factory.mktemp("any") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *table])
    expected = [row for row in table if any(cell.strip() for cell in row)]
    assert [list(row.cells.values()) for row in open_source(str(path)).rows] == expected


@given(st.binary(max_size=300))
def test_no_bytes_whatever_make_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("bytes")
    for name in ("a.csv", "a.jsonl", "a.yaml", "a.xlsx"):
        path = folder / name
        path.write_bytes(data)
        try:
            for row in open_source(str(path)).rows:
                json.dumps(row.cells)
        except SvcError as refused:
            assert refused.exit_code == 3
