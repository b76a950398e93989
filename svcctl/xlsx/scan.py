"""The first pass over a sheet: what openpyxl's reader of values does not tell, and whether it is safe to let it read.

Merged cells, formulas without a stored value, hidden rows, how far the filled cells go. Streamed, nothing is kept.
"""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from xml.parsers import expat

from svcctl.errors import Refused
from svcctl.texts import Text
from svcctl.xlsx.judge import MAX_DEPTH, nested, parse

MAX_ROW = 1_048_576
MAX_FILLED = 200_000  # filled rows; a CSV is read line by line and needs no such bound
MAX_COLUMN = 2000
MAX_GAP = 20_000  # blank rows in a run; what stands beyond them nobody meant
MAX_AREA = 60_000_000  # cells a reader would walk over, filled or not
MAX_MERGES = 10_000
MAX_MERGED_ROWS = 2_000_000  # rows that merged cells cover, counted for each of them
MAX_AROUND = 200_000  # elements beside rows and cells: column widths, rules, links

_CELLS = frozenset(("row", "c", "v", "f", "is", "t", "r", "rPr", "sheetData"))


@dataclass(slots=True)
class Scan:
    """What the first pass gathers; columns are 0-based, rows 1-based. ``hidden`` are filled rows that are not shown."""

    last_row: int = 0
    last_column: int = -1
    hidden: set[int] = field(default_factory=set)
    uncached: set[tuple[int, int]] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


class _Enough(Exception):
    """The first filled row is over."""


class _Walker:
    """The handlers of the first pass: they follow rows and cells and note where a value stands."""

    def __init__(self, path: str, part: str, name: str, first: bool) -> None:
        self.found = Scan()
        self._first = first
        self._path, self._part, self._name = path, part, name
        self._row = self._column = self._depth = self._around = self._rows = 0
        self._hidden_row = self._row_filled = False
        self._formula = self._value = self._filled = False
        self._type = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self._depth += 1
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
        if tag not in _CELLS:
            self._around += 1
        if self._depth > MAX_DEPTH or self._around > MAX_AROUND:
            raise nested(self._path, self._part)

    def text(self, data: str) -> None:
        if self._value and data:
            self._filled = True

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._depth -= 1
        if tag == "c":
            self._end_cell()
        elif tag in ("v", "t"):
            self._value = False
        elif tag == "row":
            self._end_row()

    def _end_row(self) -> None:
        if self._hidden_row and self._row_filled:
            self.found.hidden.add(self._row)
        self._rows += self._row_filled
        if self._rows > MAX_FILLED:
            self._too_many()
        if self._first and self._row_filled:
            raise _Enough

    def _cell(self, attributes: dict[str, str]) -> None:
        at = attributes.get("r")
        if at:
            self._row, self._column = position(at)
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._formula = self._filled = False

    def _end_cell(self) -> None:
        if not self._filled and not self._formula:
            return
        found = self.found
        row, column = self._row, self._column
        if row > MAX_ROW or column >= MAX_COLUMN or row - found.last_row > MAX_GAP:
            self._too_far()
        self._row_filled = True
        found.last_row = max(found.last_row, row)
        found.last_column = max(found.last_column, column)
        if found.last_row * (found.last_column + 1) > MAX_AREA:
            self._too_far()
        if self._formula and not self._filled and self._type != "str":
            found.uncached.add((row, column))

    def _too_many(self) -> None:
        raise Refused(
            Text("工作表的行太多", "too many rows on one sheet"), where=f"{self._path}: {self._name}!{self._row}",
            expected=Text(f"最多 {MAX_FILLED} 行", f"at most {MAX_FILLED}"),
            todo=Text("另存为 CSV 再导入，或分成几个文件", "Save it as CSV and import that, or split it into several files"),
        )  # fmt: skip

    def _too_far(self) -> None:
        raise Refused(
            Text("有值的单元格太远", "a filled cell is too far out"),
            where=f"{self._path}: {cell_name(self._name, self._row, self._column)}",
            expected=Text(f"最多 {MAX_COLUMN} 列，中间最多空 {MAX_GAP} 行", f"at most {MAX_COLUMN} columns, and {MAX_GAP} blank rows between"),
            todo=Text("删去远处的内容，或把表格另存为 CSV", "Delete what stands out there, or save the table as CSV"),
        )  # fmt: skip

    def _merge(self, ref: str) -> None:
        first, _, last = ref.partition(":")
        top, left = position(first)
        bottom, right = position(last or first)
        self.found.merges.append((top, bottom, left, right))
        if len(self.found.merges) > MAX_MERGES:
            self.too_merged()

    def too_merged(self) -> None:
        """Refuse what would have to be held against too many rows."""
        raise Refused(
            Text("合并单元格太多", "too many merged cells"), where=f"{self._path}: {self._name}",
            expected=Text(f"最多 {MAX_MERGES} 处", f"at most {MAX_MERGES}"),
            todo=Text("取消合并，或把表格另存为 CSV", "Unmerge them, or save the table as CSV"),
        )  # fmt: skip


def scan(path: str, part: str, name: str, *, first: bool = False) -> Scan:
    """Walk over the sheet ``name`` in ``part``, or only over its ``first`` filled row.

    Raises Refused, and whatever a broken zip or XML raises.
    """
    walker = _Walker(path, part, name, first)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.text
    with zipfile.ZipFile(path) as packed, packed.open(part) as handle, suppress(_Enough):
        parse(parser, handle, path, part)
    found = walker.found
    found.merges.sort()
    if sum(max(0, min(bottom, found.last_row) - top + 1) for top, bottom, _, _ in found.merges) > MAX_MERGED_ROWS:
        walker.too_merged()
    return found


def position(at: str) -> tuple[int, int]:
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
