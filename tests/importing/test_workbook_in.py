# ruff: noqa: DTZ001 - a workbook's times have no zone
"""Workbooks of other people into rows: what cells become, what is refused, what cannot hurt."""

import zipfile
from datetime import datetime, time, timedelta

import openpyxl
import pytest

from svcctl.errors import Refused
from svcctl.importing.source import open_source


@pytest.fixture
def saved(tmp_path):
    """A workbook saved after ``fill(sheet)``; the path."""

    def save(fill, name="data.xlsx"):
        book = openpyxl.Workbook()
        book.active.title = "报修"
        fill(book.active)
        book.save(tmp_path / name)
        return str(tmp_path / name)

    return save


def table(*lines):
    def fill(sheet):
        for line in lines:
            sheet.append(line)

    return fill


def changed(path, part, change):
    """Rewrite one part of a workbook."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def refusal(path, **options):
    with pytest.raises(Refused) as caught:
        list(open_source(path, **options).rows)
    return caught.value.say("en")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (2549, None, "2549"), (2549.0, None, "2549"), (13800001234.0, None, "13800001234"), (0.1 + 0.2, None, "0.3"),
        (1e-7, None, "0.0000001"), (1.5e20, None, "150000000000000000000"), (-12.50, None, "-12.5"), (True, None, "true"),
        (datetime(2026, 11, 23), "yyyy-mm-dd", "2026-11-23"), (datetime(2026, 11, 23), 'm"h"/d/yy', "2026-11-23"),
        (datetime(2026, 11, 23), "yyyy-mm-dd hh:mm", "2026-11-23T00:00:00"),
        (datetime(2026, 11, 23, 8, 31), "m/d/yy h:mm", "2026-11-23T08:31:00"),
        (datetime(2026, 11, 23, 8, 30, 59, 999_999), "m/d/yy h:mm", "2026-11-23T08:31:00"),
        (time(8, 31), "h:mm", "08:31:00"), (timedelta(hours=30, minutes=5), "[h]:mm", "30:05:00"),
        ("0301", None, "0301"), ("_x000D_\nx", None, "\nx"), (" x ", None, " x "),
    ],
)  # fmt: skip
def test_what_a_cell_becomes(saved, value, number_format, text):
    def fill(sheet):
        sheet.append(["a", "b"])
        sheet.append([value, "y"])
        if number_format:
            sheet["A2"].number_format = number_format

    (row,) = open_source(saved(fill)).rows
    assert (row.line, row.cells["a"], row.problem) == (2, text, None)


def test_the_header_is_the_first_row_that_is_not_empty_or_the_one_named(saved):
    path = saved(table([], [], ["a", "b"], [1, 2], [], ["x", None]))
    source = open_source(path)
    assert source.header == ["a", "b"]
    assert [(row.line, row.cells) for row in source.rows] == [(4, {"a": "1", "b": "2"}), (6, {"a": "x", "b": ""})]
    assert open_source(path, header_row=4).header == ["1", "2"]
    assert [row.line for row in open_source(path, header=["p", "q"]).rows] == [3, 4, 6]
    assert [row.cells for row in open_source(path, header=["p", "q"], header_row=4).rows] == [{"p": "x", "q": ""}]
    assert "there is no header" in refusal(path, header_row=5)
    assert "there is no header" in refusal(saved(table(), "empty.xlsx"))


def test_the_first_sheet_that_can_be_seen_or_the_one_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    for title in ("一月", "二月"):
        book.create_sheet(title).append([title])
    book.save(tmp_path / "a.xlsx")
    path = str(tmp_path / "a.xlsx")
    assert open_source(path).header == ["一月"]
    assert open_source(path, sheet="二月").header == ["二月"]
    assert 'no such sheet: expected Sheet, 一月, 二月, got "三月"' in refusal(path, sheet="三月")


def test_cells_that_have_no_value_to_take_are_named(saved):
    def fill(sheet):
        table(["a", "b", "c"], ["x", 1, "=B2*2"], ["#N/A", 2, 3], ["m", 1, 1], ["n", 1, 1], ["fine", 1, 1])(sheet)
        sheet["A3"].data_type = "e"
        sheet.merge_cells("A4:A5")

    path = saved(fill)
    said = [row.problem and row.problem.say("en").removeprefix(f"{path}: ") for row in open_source(path).rows]
    assert said == [
        '报修!C2: a formula without a stored value, got "=…". Open and save it in a spreadsheet program, or write the result itself',
        '报修!A3: an error value, got "#N/A". Mend the formula, or write the result itself',
        "报修!A4: merged cells. Unmerge them and write a value into each cell",
        "报修!A5: merged cells. Unmerge them and write a value into each cell",
        None,
    ]


def test_a_formula_is_read_by_its_stored_value(saved):
    path = saved(table(["a"], ["=1+1"], ['=""']))

    def store(data):
        data = data.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
        return data.replace(b'<c r="A3"', b'<c r="A3" t="str"')

    (row,) = open_source(changed(path, SHEET, store)).rows
    assert (row.cells, row.problem) == ({"a": "2"}, None)


def with_shared_strings(path, strings):
    """The workbook with its only text cell taken from a part of shared strings, as spreadsheet programs write it."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
    changed(path, "[Content_Types].xml", lambda data: data.replace(b"</Types>", override))
    changed(path, SHEET, lambda data: data.replace(b't="inlineStr"><is><t>a</t></is>', b't="s"><v>0</v>'))
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/sharedStrings.xml", strings)
    return path


def test_texts_that_cells_share_are_read(saved):
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<sst xmlns="{main}"><si><r><t>编</t></r><r><t>号</t></r></si></sst>'
    assert open_source(with_shared_strings(saved(table(["a"], [1])), strings)).header == ["编号"]
    cut = with_shared_strings(saved(table(["a"], [1]), "cut.xlsx"), strings[:-8])
    assert "the workbook is damaged" in refusal(cut)
    short = with_shared_strings(saved(table(["a"], [1]), "short.xlsx"), f'<sst xmlns="{main}"></sst>')
    assert "the workbook is damaged" in refusal(short)


def test_hidden_rows_are_read_and_told(saved):
    def fill(sheet):
        table(["a"], [1], [2], [3])(sheet)
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions[9].hidden = True

    source = open_source(saved(fill))
    assert [note.en for note in source.notes] == ["1 hidden or filtered rows were read too"]
    assert [row.cells["a"] for row in source.rows] == ["1", "2", "3"]


def test_cells_beyond_the_header_and_names_twice(saved):
    (row,) = open_source(saved(table(["a"], [1, 2]))).rows
    assert row.problem.say("en").endswith("报修!2: 2 cells in a table of 1 columns")
    assert 'columns with one name: "a", 1, 2' in refusal(saved(table(["a", "a"]), "twice.xlsx"))
    assert "columns without a name: 2" in refusal(saved(table(["a", None, "c"]), "gap.xlsx"))


def test_a_header_of_merged_cells_is_refused(saved):
    def fill(sheet):
        table(["a", None], [1, 2])(sheet)
        sheet.merge_cells("A1:B1")

    assert "报修!A1: merged cells" in refusal(saved(fill))


def test_formatted_emptiness_and_a_lying_dimension_cost_nothing(saved):
    def fill(sheet):
        table(["a", "b"], [1, 2])(sheet)
        sheet["XFD1048576"].number_format = "@"

    def lie(data):
        merged = b'</sheetData><mergeCells count="1"><mergeCell ref="C5:XFD1048576" /></mergeCells>'
        return data.replace(b"</sheetData>", merged)

    path = changed(saved(fill), SHEET, lie)
    assert [row.cells for row in open_source(path).rows] == [{"a": "1", "b": "2"}]


def test_a_value_too_far_out_is_refused(saved):
    def fill(sheet):
        table(["a"], [1])(sheet)
        sheet["XFD5"] = "far"

    assert "报修!XFD5: a filled cell is too far out: expected at most 2000 columns, and 20000 blank rows between" in refusal(saved(fill))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(saved):
    path = changed(saved(table(["a"])), "xl/styles.xml", lambda data: data + b" " * 50_000_000)
    assert "the workbook unpacks to too much: 50 MB, ratio " in refusal(path)


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_entities_are_refused_wherever_they_are_declared(saved, part):
    declared = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

    def declare(data):
        head, _, rest = data.rpartition(b"?>")
        return (head + b"?>" if head else b"") + declared + rest

    assert f"declares a DOCTYPE: {part}" in refusal(changed(saved(table(["a"], ["x"])), part, declare))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "an old workbook (.xls), or another old Office file"),
        (b"a,b\n1,2\n", "no workbook (an .xlsx is a zip)"),
        (b"PK\x03\x04 broken", "the workbook is damaged and cannot be read"),
    ],
)
def test_what_is_no_workbook(tmp_path, data, said):
    (tmp_path / "a.xlsx").write_bytes(data)
    assert said in refusal(str(tmp_path / "a.xlsx"))


def test_a_lock_file_another_zip_and_macros(saved, tmp_path):
    (tmp_path / "~$a.xlsx").write_bytes(b"x")
    assert "the lock file of an open workbook" in refusal(str(tmp_path / "~$a.xlsx"))
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as packed:
        packed.writestr("../evil.txt", "x")
    assert "a zip without a workbook in it" in refusal(str(tmp_path / "other.xlsx"))
    path = saved(table(["a"]), "macro.xlsx")
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", "x")
    assert "a workbook with macros" in refusal(path)


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("keep", [0, 100, 300])
def test_a_cut_part_is_one_clear_message(saved, part, keep):
    path = changed(saved(table(["a"], ["x"], [1])), part, lambda data: data[: min(keep, len(data) - 10)])
    said = refusal(path)
    assert said.count("\n") == 0
    assert "the workbook is damaged" in said


def test_a_file_cut_anywhere_is_refused(saved, tmp_path):
    with open(saved(table(["a"], ["x"])), "rb") as handle:
        whole = handle.read()
    for length in range(10, len(whole) - 1, 97):
        (tmp_path / "cut.xlsx").write_bytes(whole[:length])
        assert "damaged" in refusal(str(tmp_path / "cut.xlsx"))


def test_a_file_with_any_byte_spoilt_is_read_or_refused_as_damaged(saved, tmp_path):
    with open(saved(table(["a"], ["x"], [1])), "rb") as handle:
        whole = handle.read()
    refused = 0
    for at in range(0, len(whole), 23):
        (tmp_path / "spoilt.xlsx").write_bytes(whole[:at] + b"\xff\x00" + whole[at + 2 :])
        try:
            list(open_source(str(tmp_path / "spoilt.xlsx")).rows)
        except Refused as fault:
            refused += 1
            assert fault.say("en") != fault.say("zh")
    assert refused > 50


def test_a_sheet_of_very_many_rows_is_refused_before_they_are_taken(saved, monkeypatch):
    path = saved(table(["a"], *([n] for n in range(10))))
    monkeypatch.setattr("svcctl.xlsx.scan.MAX_FILLED", 11)
    assert len(list(open_source(path).rows)) == 10
    monkeypatch.setattr("svcctl.xlsx.scan.MAX_FILLED", 10)
    with pytest.raises(Refused) as caught:
        open_source(path)
    assert "报修!11" in caught.value.where and "at most 10" in caught.value.say("en") and "CSV" in caught.value.say("en")
