"""Workbooks that would hurt whoever opens them: each is refused in one clear message, before much of it is read."""

from __future__ import annotations

import resource
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from svcctl.errors import Refused
from svcctl.xlsx import judge
from svcctl.xlsx.read import open_sheet, open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'


def sheet(rows: str = ROWS, head: str = "", tail: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{head}<sheetData>{rows}</sheetData>{tail}</worksheet>'


def workbook(folder: Path, content: str = "", *, count: int = 1, more: str = "", **parts: str) -> str:
    """A workbook written by hand. ``parts``: ``sharedStrings`` and ``styles``; ``more`` goes into the workbook's part."""
    numbers = range(1, count + 1)
    kinds = {f"worksheets/sheet{n}": "worksheet" for n in numbers} | dict.fromkeys(parts, "")
    path = folder / "hostile.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        overrides = f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>' + "".join(
            f'<Override PartName="/xl/{name}.xml" ContentType="{KIND}.{kind or name}+xml"/>' for name, kind in kinds.items()
        )
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}">{overrides}</Types>')
        packed.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>' + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers) + f"</sheets>{more}</workbook>")
        packed.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{LINKS}">' + "".join(f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers) + "</Relationships>")
        for n in numbers:
            packed.writestr(f"xl/worksheets/sheet{n}.xml", content or sheet())
        for name, text in parts.items():
            packed.writestr(f"xl/{name}.xml", text)
    return str(path)


def refusal(path: str) -> str:
    with pytest.raises(Refused) as caught:
        list(open_sheet(path).rows)
    said = caught.value.say("en")
    assert "\n" not in said and caught.value.say("zh") != said
    return said


def test_a_workbook_by_hand_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path, sharedStrings=f'<sst xmlns="{MAIN}"/>', styles=f'<styleSheet xmlns="{MAIN}"/>')

    assert [row.cells for row in open_sheet(path).rows] == [("a",), ("1",)]
    assert open_workbook(path).first_row("S1").cells == ("a",)  # type: ignore[union-attr]


DEEP = "<a>" * 100 + "</a>" * 100


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"content": sheet(f'<row r="1"><c r="A1">{DEEP}</c></row>')}, "sheet1.xml"),
        ({"content": sheet(head=DEEP)}, "sheet1.xml"),
        ({"sharedStrings": f'<sst xmlns="{MAIN}">{DEEP}</sst>'}, "xl/sharedStrings.xml"),
        ({"more": DEEP}, "xl/workbook.xml"),
        ({"content": sheet(f'<row r="1" x="{"x" * 1_200_000}"/>')}, "sheet1.xml"),
        ({"content": sheet(tail=f"<!--{'x>' * 600_000}-->")}, "sheet1.xml"),
        ({"content": sheet(head="<cols>" + '<col min="1" max="1"/>' * 200_001 + "</cols>")}, "sheet1.xml"),
        ({"styles": f'<styleSheet xmlns="{MAIN}"><cellXfs>' + "<xf/>" * 70_001 + "</cellXfs></styleSheet>"}, "xl/styles.xml"),
        ({"styles": f'<styleSheet xmlns="{MAIN}"><fonts>' + "<font/>" * 100_001 + "</fonts></styleSheet>"}, "xl/styles.xml"),
    ],
    ids=["cell", "head", "strings", "workbook", "attribute", "comment", "columns", "styles", "fonts"],
)
def test_what_is_nested_long_or_repeated_beyond_use(tmp_path: Path, made: dict[str, str], said: str) -> None:
    assert "beyond all use: xl/" in (told := refusal(workbook(tmp_path, **made))) and said in told


def test_parts_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MOST", {"styles.xml": 1000})
    path = workbook(tmp_path, styles=f'<styleSheet xmlns="{MAIN}">{" " * 2000}</styleSheet>')
    assert "a part of the workbook is too large: xl/styles.xml" in refusal(path)
    monkeypatch.setattr(judge, "MAX_DIRECTORY", 200)
    assert "the workbook unpacks to too much" in refusal(path)


def test_texts_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MAX_STRINGS", 3)
    strings = f'<sst xmlns="{MAIN}">{"<si><t>a</t></si>" * 4}</sst>'
    assert "beyond all use: xl/sharedStrings.xml" in refusal(workbook(tmp_path, sharedStrings=strings))


@pytest.mark.parametrize("large", [False, True])
def test_a_directory_of_a_million_files_is_not_read(tmp_path: Path, large: bool) -> None:
    """What a zip says of its directory, also in the form for more than 65,535 files."""
    path = tmp_path / "many.xlsx"
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, 5 * 10**7, 4) if large else b""
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 65535, 65535, 0xFFFFFFFF if large else 5 * 10**7, 4, 0)
    path.write_bytes(b"PK\x03\x04" + record + end)

    assert "1000000 parts: expected at most 400 MB, 200, 1000" in refusal(str(path))


def test_cells_where_nobody_put_them(tmp_path: Path) -> None:
    far = sheet(ROWS + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    assert "S1!A1048576: a filled cell is too far out" in refusal(workbook(tmp_path, far))
    thin = "".join(f'<row r="{n}"><c r="BXW{n}"><v>1</v></c></row>' for n in range(3, 200_000, 15_000))
    assert "a filled cell is too far out" in refusal(workbook(tmp_path, sheet(ROWS + thin)))


@pytest.mark.parametrize("refs", [[f"A{n}:B{n}" for n in range(3, 10_010)], [f"C{n}:D1048576" for n in range(3, 3_000)]])
def test_merges_without_end(tmp_path: Path, refs: list[str]) -> None:
    rows = ROWS + "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(3, 4000))
    tail = "<mergeCells>" + "".join(f'<mergeCell ref="{ref}"/>' for ref in refs) + "</mergeCells>"
    assert "too many merged cells" in refusal(workbook(tmp_path, sheet(rows, tail=tail)))


def test_sheets_without_end_or_with_one_name(tmp_path: Path) -> None:
    assert "too many sheets" in refusal(workbook(tmp_path, count=201))
    path = workbook(tmp_path, count=2)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data.replace(b'name="S2"', b'name="S1"'))
    assert "two of one name" in refusal(path)


@pytest.mark.parametrize(("part", "said"), [("xl/vbaProject.bin", "with macros"), ("xl/macrosheets/sheet1.xml", "with macros"), ("xl/workbook.bin", "")])
def test_macros_and_other_forms(tmp_path: Path, part: str, said: str) -> None:
    path = workbook(tmp_path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(part, "<a/>")
    if said:
        assert said in refusal(path)
        return
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(part, "x")
    assert "a binary workbook (.xlsb)" in refusal(path)


def test_a_refusal_takes_little_memory(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = workbook(tmp_path, sheet('<row r="1"><c r="A1">' + "<a>" * 4_000_000 + "</c></row>"))
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - max(before, made) < 20_000  # kB


def test_numbers_that_only_look_like_rooms(tmp_path: Path) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="0000"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>'
    rows: Any = open_sheet(workbook(tmp_path, sheet('<row r="1"><c r="A1" s="1"><v>301</v></c><c r="B1" s="1"><v>4301</v></c></row>'), styles=styles)).rows
    (row,) = rows
    assert row.cells == ("301", "4301") and row.numbers == {0, 1} and list(row.problems) == [0]
    assert "it shows 0301 and holds the number 301" in row.problems[0].say("en")
