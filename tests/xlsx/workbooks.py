"""Every sort of workbook that svcctl makes, each made once, and its parts read without the library that wrote them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial
from typing import NamedTuple
from xml.etree import ElementTree as ET

from brands import png
from report_desk import Desk, template, week
from street import report as street

from svcctl import nouns
from svcctl.forms.declare import Known, declare
from svcctl.measures.pool import Part
from svcctl.reports.audience import narrowed
from svcctl.reports.build import build
from svcctl.reports.model import Amount, Column, Section, Table, TableSheet
from svcctl.reports.several_build import build_several
from svcctl.xlsx.book import render
from svcctl.xlsx.form import render_form
from svcctl.xlsx.look import in_colour
from svcctl.xlsx.picture import picture

PERIODS = {"daily": ("2026-11-18", "day"), "weekly": ("2026-W47", "week"), "monthly": ("2026-11", "month")}
NASTY = ("=1+1", "#N/A", "+cmd|' /C calc'!A0", "0301", " 空 ", "行一\n行二", "\n", "𠮷😀", "<b>&amp;\"'</b>", "a\tb", "_x0041_", "长" * 40_000)

desk = cache(week)


def _report(name: str, lang: str, audience: str = "") -> bytes:
    one = narrowed(template(name), audience) if audience else template(name)
    return render(build(desk(), one, desk().window(*PERIODS[name]), lang))


def _sites(lang: str) -> bytes:
    north = Desk(site="O'Hare & Söhne", nouns=["complaint", "repair"])
    return render(build_several([Part(one, one.window("2026-11", "month")) for one in (desk(), north)], template("monthly"), lang))


def _branded() -> bytes:
    whole = replace(street("zh"), site="O'Hare & Söhne")
    return render(whole, in_colour("B8860B")._replace(logo=picture(png()), header="机密 & 内部", font="Georgia", latin="Georgia"))


def _sums() -> Table:
    """Totals that are not those of the numbers as they came: rounded, signed, with cells that are empty or hold a dash."""
    columns = (Column("m", "分钟", "minutes", total="sum"), Column("y", "元", "money", total="sum"), Column("n", "件", "int", total="sum"),
               Column("c", "有无", "text", total="count"), Column("r", "率", "rate", total="count"))  # fmt: skip
    minutes = [Decimal(text) for text in ("26.55", "0.05", "1.449", "26.55", "0.04")]
    money = [Decimal("0.1"), Decimal("0.2"), Decimal("-0.3"), Amount(Decimal("1283738.04"), "money"), Amount(None, "money")]
    return Table(columns, [list(row) for row in zip(minutes, money, (1, -1, None, 3, 0), ("a", None, "", "b", " "), (Decimal("0.5"), None, None, Decimal(1), None), strict=True)])


def _nasty() -> bytes:
    columns = (Column("a", "O'Hare & <b>"), Column("b", "编号", "id", total="count"))
    sections = (Section("t", Table(columns, [[text, text] for text in NASTY])), Section("sums", _sums(), "合计"))
    table = TableSheet("t", "O'Hare & Söhne: [a]/b?", sections)
    whole = street()
    return render(replace(whole, sheets=(replace(whole.sheets[0], charts=()), table)))


def _form(lang: str) -> bytes:
    known = Known(("李敏", "陈静"), ("front",), {"unit": ("A-101",), "tenant": ("T-001",)})
    return render_form(declare("悦和里", lang, [nouns.noun(name) for name in ("complaint", "cash")], (), known))


MAKERS: dict[str, Callable[[], bytes]] = {
    **{f"{name} {lang}": partial(_report, name, lang) for name in PERIODS for lang in ("zh", "en")},
    "public zh": partial(_report, "monthly", "zh", "public"),
    "finance en": partial(_report, "monthly", "en", "finance"),
    "sites en": partial(_sites, "en"),
    "street": lambda: render(street("zh", damaged=True)),
    "long": lambda: render(street("en", long=True)),
    "empty": lambda: render(street("zh", rows=0)),
    "branded": _branded,
    "nasty": _nasty,
    "form zh": partial(_form, "zh"),
    "form en": partial(_form, "en"),
}
NAMES = tuple(MAKERS)
REPORTS = tuple(name for name in NAMES if not name.startswith("form"))


@cache
def workbook(name: str) -> bytes:
    """The bytes of the workbook of that name."""
    return MAKERS[name]()


# -- reading ----------------------------------------------------------------------------------------------------------

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]+)\$?([0-9]+)(?::\$?([A-Z]+)\$?([0-9]+))?")


class Held(NamedTuple):
    """A cell: its type as stored, its text or number as stored ("" for none), its formula or "", the number of its style."""

    kind: str
    value: str
    formula: str
    style: int


class Parts:
    """A workbook part by part."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self._trees: dict[str, ET.Element] = {}
        self._cells: dict[str, dict[str, Held]] = {}

    def changed(self, name: str, old: str, new: str) -> Parts:
        """The same with the first ``old`` of a part replaced, which must be there."""
        assert old.encode() in self.files[name], f"{old} is not in {name}"
        return Parts({**self.files, name: self.files[name].replace(old.encode(), new.encode(), 1)})

    def tree(self, name: str) -> ET.Element:
        if name not in self._trees:
            self._trees[name] = ET.fromstring(self.files[name])
        return self._trees[name]

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part ("" the package) leads to: type and part by id."""
        folder, _, file = name.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels" if name else "_rels/.rels"
        if rels not in self.files:
            return {}
        found = {}
        for one in self.tree(rels).iter(RELATION):
            target = one.attrib["Target"]
            found[one.attrib["Id"]] = one.attrib["Type"], target[1:] if target.startswith("/") else f"{folder}/{target}".lstrip("/")
        return found

    def sheets(self) -> dict[str, str]:
        """The parts of the sheets by name, in order."""
        related = self.related("xl/workbook.xml")
        return {s.attrib["name"]: related[s.attrib[f"{{{OFFICE}}}id"]][1] for s in self.tree("xl/workbook.xml").iter(MAIN + "sheet")}

    def cells(self, sheet: str) -> dict[str, Held]:
        """The cells of a sheet by place."""
        if sheet not in self._cells:
            self._cells[sheet] = dict(self._read(self.sheets()[sheet]))
        return self._cells[sheet]

    def _read(self, part: str) -> Iterator[tuple[str, Held]]:
        strings = self.strings()
        for cell in self.tree(part).iter(MAIN + "c"):
            kind = cell.get("t", "n")
            value = "".join(t.text or "" for t in cell.iter(MAIN + "t")) if kind == "inlineStr" else cell.findtext(MAIN + "v", "")
            if kind == "s":
                value = strings[int(value)]
            yield cell.attrib["r"], Held(kind, value, cell.findtext(MAIN + "f", ""), int(cell.get("s", "0")))

    def strings(self) -> list[str]:
        """The texts that cells share, by number."""
        if "xl/sharedStrings.xml" not in self.files:
            return []
        return ["".join(t.text or "" for t in one.iter(MAIN + "t")) for one in self.tree("xl/sharedStrings.xml")]

    def area(self, reference: str) -> list[Held | None]:
        """The cells that a reference with a sheet's name leads to, row by row; KeyError for a sheet that is not there."""
        found = AREA.fullmatch(reference)
        assert found, reference
        cells = self.cells((found[1] or found[2]).replace("''", "'"))
        first, last = (column_number(c) for c in (found[3], found[5] or found[3]))
        rows = range(int(found[4]), int(found[6] or found[4]) + 1)
        return [cells.get(f"{column_letters(column)}{row}") for row in rows for column in range(first, last + 1)]


def packed(files: dict[str, bytes]) -> bytes:
    """A workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


def unpacked(data: bytes) -> Parts:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return Parts({name: packed.read(name) for name in packed.namelist()})


@cache
def parts(name: str) -> Parts:
    """The parts of the workbook of that name."""
    return unpacked(workbook(name))


def column_number(letters: str) -> int:
    """The number of a column from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def box(ref: str) -> tuple[int, int, int, int]:
    """First column, first row, last column, last row of ``A1`` or ``A1:B2``."""
    first, _, last = ref.replace("$", "").partition(":")
    (left, top), (right, bottom) = (REF.fullmatch(one).groups() for one in (first, last or first))  # type: ignore[union-attr]
    return column_number(left), int(top), column_number(right), int(bottom)
