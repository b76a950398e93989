"""A sheet of somebody else's workbook as rows of text. Reading only; nothing is evaluated, fetched or unpacked to disk.

The file is judged before it is opened (size, ratio, entities), then read twice, both times streamed: once for what
openpyxl's reader does not tell (merged cells, formulas without a stored value, hidden rows), once for the values.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any
from xml.parsers import expat

from svcctl.errors import Refused, SvcError
from svcctl.texts import Text

MAX_BYTES = 400_000_000
MAX_RATIO = 200
MAX_PARTS = 1000
MAX_ROW = 1_048_576
MAX_COLUMN = 2000
MAX_MERGES = 10_000

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty: its number (1-based), its cells up to the last filled one, problems by column (0-based)."""

    line: int
    cells: tuple[str, ...]
    problems: dict[int, SvcError]


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` can be walked once; ``hidden`` counts the filled rows that are hidden or filtered out."""

    name: str
    titles: tuple[str, ...]
    rows: Iterator[SheetRow]
    hidden: int


def open_sheet(path: str, sheet: str | None = None) -> Sheet:
    """The sheet called ``sheet``, else the first that is not hidden. Refused for whatever is no readable workbook."""
    judge(path)
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    try:
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = book.worksheets
    except Exception as fault:  # a foreign parser on a foreign file: whatever it stumbles over, the file is at fault
        raise damaged(path, fault) from None
    titles = tuple(str(one.title) for one in sheets)
    chosen = _choose(path, sheets, titles, sheet)
    name = str(chosen.title)
    try:
        scan = _scan(path, chosen._worksheet_path, name)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, expat.ExpatError) as fault:
        raise damaged(path, fault) from None
    return Sheet(name, titles, _rows(path, book, chosen, scan), scan.hidden)


def damaged(path: str, fault: Exception) -> Refused:
    """What to raise about a file that a parser stumbled over."""
    return Refused(
        Text("工作簿已损坏，读不出来（{kind}）", "the workbook is damaged and cannot be read ({kind})").fill(
            kind=type(fault).__name__
        ),
        where=path,
        todo=Text("请在表格软件中打开并另存为 .xlsx", "Open it in a spreadsheet program and save it as .xlsx"),
    )


def _choose(path: str, sheets: list[Any], titles: tuple[str, ...], wanted: str | None) -> Any:
    if wanted is None:
        seen = [one for one in sheets if one.sheet_state == "visible"] or sheets
        if not seen:
            raise Refused(Text("工作簿里没有工作表", "the workbook has no sheet"), where=path)
        return seen[0]
    if wanted in titles:
        return sheets[titles.index(wanted)]
    names = Text("、".join(titles), ", ".join(titles))
    raise Refused(Text("没有这个工作表", "no such sheet"), where=path, expected=names, got=wanted)


# before opening

def judge(path: str, data: IO[bytes] | None = None, *, macros: bool = False) -> None:
    """Refuse what is no workbook, or none that should be opened. ``data``: the file's bytes, if they are at hand;
    ``macros``: whether it may have some, for a reader that leaves them alone."""
    try:
        with zipfile.ZipFile(data or path) as packed:
            parts = packed.infolist()
            _weigh(path, parts)
            names = {part.filename for part in parts}
            if not any(name.endswith("workbook.xml") for name in names):
                raise Refused(Text("压缩包里没有工作簿", "a zip without a workbook in it"), where=path)
            if not macros and any(name.endswith("vbaProject.bin") for name in names):
                raise Refused(
                    Text("含有宏的工作簿", "a workbook with macros"),
                    where=path, todo=Text("请另存为 .xlsx", "Save it as .xlsx"),
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _no_doctype(path, packed, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as fault:
        raise damaged(path, fault) from None


def _weigh(path: str, parts: list[zipfile.ZipInfo]) -> None:
    """A small file can unpack to gigabytes, so the sizes are added up before anything is unpacked."""
    total = sum(part.file_size for part in parts)
    ratio = max((part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > 1 << 20), default=0)
    if total > MAX_BYTES or ratio > MAX_RATIO or len(parts) > MAX_PARTS:
        raise Refused(
            Text(
                "工作簿展开后过大：{mb} MB，压缩比 {ratio}，{parts} 个部分",
                "the workbook unpacks to too much: {mb} MB, ratio {ratio}, {parts} parts",
            ).fill(mb=total // 1_000_000, ratio=int(ratio), parts=len(parts)),
            where=path,
            expected=Text(
                f"最多 {MAX_BYTES // 1_000_000} MB、{MAX_RATIO}、{MAX_PARTS}",
                f"at most {MAX_BYTES // 1_000_000} MB, {MAX_RATIO}, {MAX_PARTS}",
            ),
            todo=Text("请拆分文件，或存为 CSV", "Split the file, or save it as CSV"),
        )


class _Prolog(Exception):
    """The prolog of an XML part is over."""


def _no_doctype(path: str, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Entities are declared in a DOCTYPE, which must come before the first element; a workbook has neither."""
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise Refused(
            Text("工作簿的一部分声明了 DOCTYPE：{part}", "a part of the workbook declares a DOCTYPE: {part}").fill(
                part=part.filename
            ),
            where=path,
        )

    def element(*_: object) -> None:
        raise _Prolog

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    try:
        with packed.open(part) as handle:
            parser.ParseFile(handle)
    except _Prolog:
        return
    except expat.ExpatError as fault:
        raise damaged(path, fault) from None


# first pass: what the reader of values does not tell

@dataclass(slots=True)
class _Scan:
    """What the first pass gathers; columns are 0-based, rows 1-based."""

    last_row: int = 0
    last_column: int = -1
    hidden: int = 0
    uncached: set[tuple[int, int]] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


class _Walker:
    """The handlers of the first pass: they follow rows and cells and note where a value stands."""

    def __init__(self, path: str, name: str) -> None:
        self.found = _Scan()
        self._path, self._name = path, name
        self._row = self._column = 0
        self._hidden_row = self._row_filled = False
        self._formula = self._value = self._filled = False
        self._type = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._cell(attributes)
        elif tag == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column = -1
            self._hidden_row = attributes.get("hidden") in ("1", "true")
            self._row_filled = False
        elif tag == "f":
            self._formula = True
        elif tag in ("v", "t"):
            self._value = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def text(self, data: str) -> None:
        if self._value and data:
            self._filled = True

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._end_cell()
        elif tag in ("v", "t"):
            self._value = False
        elif tag == "row":
            self.found.hidden += self._hidden_row and self._row_filled

    def _cell(self, attributes: dict[str, str]) -> None:
        at = attributes.get("r")
        if at:
            self._row, self._column = _position(at)
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._formula = self._filled = False

    def _end_cell(self) -> None:
        if not self._filled and not self._formula:
            return
        if self._row > MAX_ROW or self._column >= MAX_COLUMN:
            raise Refused(
                Text("有值的单元格太远", "a filled cell is too far out"),
                where=f"{self._path}:{cell_name(self._name, self._row, self._column)}",
                expected=Text(f"最多 {MAX_COLUMN} 列", f"at most {MAX_COLUMN} columns"),
            )
        self._row_filled = True
        self.found.last_row = max(self.found.last_row, self._row)
        self.found.last_column = max(self.found.last_column, self._column)
        if self._formula and not self._filled and self._type != "str":
            self.found.uncached.add((self._row, self._column))

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        top, left = _position(first)
        bottom, right = _position(last or first)
        self.found.merges.append((top, bottom, left, right))
        if len(self.found.merges) > MAX_MERGES:
            raise Refused(
                Text("合并单元格太多", "too many merged cells"), where=f"{self._path}:{self._name}",
                expected=Text(f"最多 {MAX_MERGES} 处", f"at most {MAX_MERGES}"),
            )


def _scan(path: str, part: str, name: str) -> _Scan:
    walker = _Walker(path, name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.text
    with zipfile.ZipFile(path) as packed, packed.open(part.lstrip("/")) as handle:
        parser.ParseFile(handle)
    walker.found.merges.sort()
    return walker.found


def _position(at: str) -> tuple[int, int]:
    """``B7`` as (7, 1). ValueError for anything else."""
    letters = at.rstrip("0123456789")
    if not letters.isalpha() or not letters.isascii() or len(letters) > 3 or letters == at:
        raise ValueError(at)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(at[len(letters) :]), column - 1


def cell_name(sheet: str, row: int, column: int) -> str:
    """``Sheet1!B7`` for row 7 (1-based) and column 1 (0-based)."""
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{sheet}!{letters}{row}"


# second pass: the values

def _rows(path: str, book: Any, sheet: Any, scan: _Scan) -> Iterator[SheetRow]:
    merged = _Merged(scan.merges)
    name = str(sheet.title)
    try:
        sheet.reset_dimensions()
        cells = sheet.iter_rows(max_row=scan.last_row, max_col=scan.last_column + 1) if scan.last_row else ()
        for line, row in enumerate(cells, 1):
            found = _row(line, row, scan, merged, path, name)
            if found is not None:
                yield found
    except SvcError:
        raise
    except Exception as fault:  # as in open_sheet: the file is at fault
        raise damaged(path, fault) from None
    finally:
        book.close()


def _row(line: int, row: tuple[Any, ...], scan: _Scan, merged: _Merged, path: str, name: str) -> SheetRow | None:
    texts: list[str] = []
    problems: dict[int, SvcError] = {}
    covered = merged.columns(line)
    for column, cell in enumerate(row):
        text, what = as_text(cell.value, cell.data_type, getattr(cell, "number_format", ""))
        if (line, column) in scan.uncached:
            what = _UNCACHED
        elif any(left <= column <= right for left, right in covered):
            what = _MERGED
        if what is not None:
            problems[column] = Refused(what, where=f"{path}:{cell_name(name, line, column)}")
        texts.append(text)
    while texts and not texts[-1]:
        texts.pop()
    if not any(map(str.strip, texts)) and not any((line, column) in scan.uncached for column in problems):
        return None
    return SheetRow(line, tuple(texts), problems)


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


_UNCACHED = Text(
    "公式没有保存的值，请在表格软件中打开并保存", "a formula without a stored value: open and save it in a spreadsheet program"
)
_MERGED = Text("合并单元格，请取消合并", "merged cells: unmerge them")
_ERROR = Text("错误值 {value}", "the error value {value}")


def as_text(value: Any, kind: str, number_format: str) -> tuple[str, Text | None]:
    """A cell's value as text: numbers in their shortest form, dates in ISO form; with the problem of an error cell."""
    if value is None:
        return "", None
    if kind == "e":
        return str(value), _ERROR.fill(value=str(value))
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value) if "_x" in value else value, None
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, int):
        return str(value), None
    if isinstance(value, float):
        return _number(value), None
    return _moment(value, number_format), None


def _number(value: float) -> str:
    """Spreadsheets show 15 significant digits and store 17; the last two are noise of binary fractions."""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


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
