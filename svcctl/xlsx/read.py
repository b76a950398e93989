"""Sheets of somebody else's workbook as rows of text. Reading only; nothing is evaluated, fetched or unpacked to disk.

The file is judged before it is opened (``judge``), then each sheet is read twice, both times streamed: once for what
openpyxl's reader does not tell (``scan``), once for the values.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from svcctl.errors import Refused, SvcError
from svcctl.texts import Text
from svcctl.xlsx.judge import FAULTS, damaged, judge
from svcctl.xlsx.scan import Scan, cell_name, scan
from svcctl.xlsx.words import AS_TEXT

__all__ = ["Sheet", "SheetRow", "Workbook", "cell_name", "open_sheet", "open_workbook"]

MAX_SHEETS = 200
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty: its number (1-based), its cells up to the last filled one, by column (0-based) what is
    wrong with a cell, which cells hold bare numbers, which no format makes a date, and whether it is hidden."""

    line: int
    cells: tuple[str, ...]
    problems: dict[int, SvcError]
    numbers: frozenset[int] = frozenset()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` can be walked once; ``hidden`` counts the filled rows that are hidden or filtered out."""

    name: str
    titles: tuple[str, ...]
    rows: Iterator[SheetRow]
    hidden: int
    epoch: date = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sheet as the workbook lists it."""

    title: str
    part: str
    seen: bool


@dataclass(slots=True)
class Workbook:
    """An opened workbook. ``titles`` are those of its sheets in their order, ``hidden`` those that are not shown;
    ``epoch`` is the day from which it counts days."""

    path: str
    titles: tuple[str, ...]
    hidden: frozenset[str]
    epoch: date
    _places: list[_Place] = field(repr=False)
    _reader: Any = field(repr=False)
    _file: BinaryIO = field(repr=False)

    def sheet(self, title: str) -> Sheet:
        """A sheet, whose rows are read as they are walked over. Refused for one that cannot be read, or is hostile."""
        return self._sheet(title, first=False)

    def first_row(self, title: str) -> SheetRow | None:
        """The first filled row of a sheet, of which nothing else is read."""
        return next(self._sheet(title, first=True).rows, None)

    def _sheet(self, title: str, *, first: bool) -> Sheet:
        from openpyxl.worksheet._read_only import ReadOnlyWorksheet

        class Bare(ReadOnlyWorksheet):
            """A sheet that is not asked how large it claims to be: to find that out all of it would be read."""

            def _get_size(self) -> None:
                return

        place = self._places[self.titles.index(title)]
        try:
            found = scan(self.path, place.part, title, first=first)
            opened = Bare(self._reader.wb, title, place.part, self._reader.shared_strings)
        except FAULTS as fault:
            raise damaged(self.path, fault) from None
        return Sheet(title, self.titles, _rows(self.path, opened, found, title), len(found.hidden), self.epoch)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_workbook(path: str) -> Workbook:
    """Open a workbook. Refused for whatever is no readable one, and for one that could hurt.

    Only what values need is loaded: no properties, themes, charts or links, and no sheet before it is asked for.
    """
    judge(path)
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    file = open(path, "rb")  # noqa: SIM115 - closed with the workbook
    try:
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.styles.stylesheet import apply_stylesheet

        reader: Any = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        places = [_Place(str(s.name), r.target, s.state == "visible") for s, r in reader.parser.find_sheets() if "worksheet" in r.Type]
    except Exception as fault:  # a foreign parser on a foreign file: whatever it stumbles over, the file is at fault
        file.close()
        raise damaged(path, fault) from None
    titles = tuple(place.title for place in places)
    if not places or len(places) > MAX_SHEETS or len(set(titles)) < len(titles):
        file.close()
        raise _no_sheets(path, len(places))
    hidden = frozenset(place.title for place in places if not place.seen)
    return Workbook(path, titles, hidden, reader.wb.epoch.date(), places, reader, file)


def _no_sheets(path: str, count: int) -> Refused:
    if not count:
        return Refused(Text("工作簿里没有工作表", "the workbook has no sheet"), where=path)
    return Refused(
        Text("工作表太多，或有两个同名", "too many sheets, or two of one name"), where=path, got=str(count),
        expected=Text(f"最多 {MAX_SHEETS} 个，名称不同", f"at most {MAX_SHEETS}, with different names"),
    )  # fmt: skip


def open_sheet(path: str, sheet: str | None = None) -> Sheet:
    """The sheet called ``sheet``, else the first that is not hidden. Refused for whatever is no readable workbook."""
    book = open_workbook(path)
    return book.sheet(_choose(book, sheet))


def _choose(book: Workbook, wanted: str | None) -> str:
    if wanted is None:
        return next((title for title in book.titles if title not in book.hidden), book.titles[0])
    if wanted in book.titles:
        return wanted
    names = Text("、".join(book.titles), ", ".join(book.titles))
    raise Refused(Text("没有这个工作表", "no such sheet"), where=book.path, expected=names, got=wanted)


# the values

def _rows(path: str, sheet: Any, found: Scan, name: str) -> Iterator[SheetRow]:
    merged = _Merged(found.merges)
    try:
        sheet.reset_dimensions()
        cells = sheet.iter_rows(max_row=found.last_row, max_col=found.last_column + 1) if found.last_row else ()
        for line, row in enumerate(cells, 1):
            made = _row(line, row, found, merged, path, name)
            if made is not None:
                yield made
            if line == found.last_row:
                return  # what follows the rows is not for us
    except SvcError:
        raise
    except Exception as fault:  # as in open_workbook: the file is at fault
        raise damaged(path, fault) from None


def _row(line: int, row: tuple[Any, ...], found: Scan, merged: _Merged, path: str, name: str) -> SheetRow | None:
    texts: list[str] = []
    problems: dict[int, SvcError] = {}
    numbers: set[int] = set()
    covered = merged.columns(line)
    for column, cell in enumerate(row):
        value = cell.value
        if value is None and not covered and (line, column) not in found.uncached:
            texts.append("")
            continue
        number_format = getattr(cell, "number_format", "") if isinstance(value, (int, float, datetime)) else ""
        text, what = as_text(value, cell.data_type, number_format)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers.add(column)
        if (line, column) in found.uncached:
            what = _UNCACHED
        elif any(left <= column <= right for left, right in covered):
            what = _MERGED
        if what is not None:
            problems[column] = Refused(what.what, where=f"{path}: {cell_name(name, line, column)}", got=what.got, todo=what.todo)
        texts.append(text)
    while texts and not texts[-1]:
        texts.pop()
    if not any(map(str.strip, texts)) and not any((line, column) in found.uncached for column in problems):
        return None
    return SheetRow(line, tuple(texts), problems, frozenset(numbers), line in found.hidden)


class _Merged:
    """Which columns of a row are merged; rows are asked for in order, so ranges come and go once."""

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        self._coming = ranges[::-1]
        self._open: list[tuple[int, int, int]] = []

    def columns(self, line: int) -> list[tuple[int, int]]:
        while self._coming and self._coming[-1][0] <= line:
            _, bottom, left, right = self._coming.pop()
            self._open.append((bottom, left, right))
        if self._open:
            self._open = [one for one in self._open if one[0] >= line]
        return [(left, right) for _, left, right in self._open]


class Wrong(NamedTuple):
    """What is wrong with a cell, how to mend it, and what it shows, where that is no value of anybody."""

    what: Text
    todo: Text
    got: str | None = None


_MEND = Text("改正公式，或直接写上结果", "Mend the formula, or write the result itself")
_UNCACHED = Wrong(
    Text("公式没有保存的值", "a formula without a stored value"),
    Text("在表格软件中打开并保存，或直接写上结果", "Open and save it in a spreadsheet program, or write the result itself"),
    "=…",
)
_MERGED = Wrong(Text("合并单元格", "merged cells"), Text("取消合并，每格各写一个值", "Unmerge them and write a value into each cell"))


def as_text(value: Any, kind: str, number_format: str) -> tuple[str, Wrong | None]:
    """A cell's value as text: numbers in their shortest form, dates in ISO form; with what is wrong with it."""
    if value is None:
        return "", None
    if kind == "e":
        return str(value), Wrong(Text("错误值", "an error value"), _MEND, str(value)[:20])
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value) if "_x" in value else value, None
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, int | float):
        text = str(value) if isinstance(value, int) else _number(value)
        return text, _padded(text, number_format)
    return _moment(value, number_format), None


def _number(value: float) -> str:
    """Spreadsheets show 15 significant digits and store 17; the last two are noise of binary fractions."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _padded(text: str, number_format: str) -> Wrong | None:
    """A room 0301 may be the number 301 that only looks like it; which of them is meant cannot be known."""
    if not re.fullmatch("0{2,}", number_format) or not text.isdigit() or len(text) >= len(number_format):
        return None
    shown = text.zfill(len(number_format))
    return Wrong(Text(f"显示的是 {shown}，存的却是数字 {text}", f"it shows {shown} and holds the number {text}"), AS_TEXT, text)


def _moment(value: Any, number_format: str) -> str:
    if isinstance(value, datetime):
        if value.microsecond >= 500_000:
            value += timedelta(seconds=1)
        moment: datetime = value.replace(microsecond=0)
        midnight = moment.time() == time()
        if midnight and not re.search(r"[hs]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format), re.IGNORECASE):
            return moment.date().isoformat()
        return moment.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, time):
        whole = datetime.combine(date(2000, 1, 1), value) + timedelta(milliseconds=500)
        return whole.time().replace(microsecond=0).isoformat()
    return str(value)
