"""Sheets of tables: title, one line of definition, link back, then Excel tables with filters and totals."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl.formatting.rule import DataBarRule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableStyleInfo

from svcctl.reports.model import Amount, Column, Kind, Link, Spark, Table, TableSheet, Value
from svcctl.texts import Lang
from svcctl.xlsx import cells, paper, widths, words
from svcctl.xlsx.canvas import Canvas, Page, Put, quoted
from svcctl.xlsx.plan import Placed, PlacedSheet, Places
from svcctl.xlsx.show import ACROSS, FORMAT_OF, UNIT_OF, Shower, Shown

SAMPLE = 4000  # rows looked at for the width of a column
WIDEST = 60.0
NARROWEST = 24.0  # of a column of long texts, where the paper is too narrow for all columns
PAPER, PORTRAIT = 184.0, 161.0  # units of width that fit on A4 landscape, or portrait, at a legible size
REFERENCE = 212.0  # on landscape, of what is looked up rather than read: long notes and definitions
FEW_ROWS, MANY_ROWS = 12, 240  # rows of a sheet between which another way up of the paper may save pages
TEXT_WIDTH = 108.0  # of the only column of a sheet of sentences
TEXT_SIZE, TEXT_ROW, TEXT_LINE = 11, 30.0, 17.0
EMPTY_WIDTH = 11  # of a column without a value, where its head is longer
HEAD = 90.0  # points of what stands above a table, about
MARKS = 12.0  # points of the row of marks
PADDING = 3
NUMBERS: tuple[Kind, ...] = ("money", "rate", "minutes")  # digits are wider than letters: they get one more
BREAKABLE: tuple[Kind, ...] = ("text", "flag")


class _Want(NamedTuple):
    """The width a column would like, what it needs with its head on two lines, whether its texts may be broken too."""

    wide: float
    tight: float
    breakable: bool


class Book:
    """What the sheets of one workbook share."""

    def __init__(self, shower: Shower, lang: Lang, places: Places, page: Page, home: str) -> None:
        self.shower = shower
        self.lang = lang
        self.places = places
        self.page = page
        self.home = home  # the key of the sheet that "back" leads to
        self.tables: list[str] = []


class SheetWriter:
    """Writes one table sheet onto a canvas."""

    def __init__(self, canvas: Canvas, placed: PlacedSheet, book: Book) -> None:
        self.canvas = canvas
        self.placed = placed
        self.sheet: TableSheet = placed.sheet
        self.book = book
        self.looks = canvas.looks
        self._sums: dict[int, dict[int, Decimal | int]] = {}  # of each section, by its first row
        self.widths = self._widths()
        self.sentences = len(self.widths) == 1
        self.header = 0.0  # points of the last row of heads

    def write(self, tab: str) -> None:
        """The whole sheet."""
        sections = self.placed.sections
        canvas, sheet = self.canvas, self.canvas.sheet
        single = len(sections) == 1
        canvas.page(self.book.page, tab=tab, widths=self.widths)
        if single and sections[0].section.table.columns:
            head = sections[0].head
            sheet.freeze_panes = f"A{head + 1}"
            sheet.print_title_rows = f"{head}:{head}"
        else:
            sheet.freeze_panes = "A3"
        self._top()
        starts, blocks = [0], list[paper.Block]()
        for placed in sections:
            blocks.append(self._section(placed, canvas.height if blocks else 0.0))
            starts.append(canvas.row)
        found = paper.setup(sum(self.widths), blocks, self.header if single else 0)
        canvas.paper(landscape=found.landscape, whole=found.whole)
        for n in found.breaks:
            canvas.new_page(starts[n])

    # -- widths ------------------------------------------------------------------------------------------------

    def _widths(self) -> list[float]:
        """The widths of the columns: wide enough for what is in them, narrow enough for the paper."""
        wants = [self._wants(placed) for placed in self.placed.sections]
        count = max((len(want) for want in wants), default=1)
        columns = [[want[n] for want in wants if n < len(want)] for n in range(count)]
        if count == 1:
            return [TEXT_WIDTH]
        wide = _fitted(columns, REFERENCE if self.sheet.flavour == "data" else PAPER)
        if not FEW_ROWS < sum(len(placed.section.table.rows) for placed in self.placed.sections) <= MANY_ROWS:
            return wide
        narrow = _fitted(columns, PORTRAIT)
        if sum(narrow) > PORTRAIT:
            return wide
        return min(wide, narrow, key=lambda found: paper.setup(sum(found), self._expected(found)).pages)

    def _expected(self, found: Sequence[float]) -> list[paper.Block]:
        """About how high the tables are in columns of these widths."""
        blocks = []
        for placed in self.placed.sections:
            table = placed.section.table
            texts = [(n, column) for n, column in enumerate(table.columns) if column.kind in BREAKABLE]
            body = sum(
                widths.height(max((widths.lines(self._seen(row[n], column), found[n] - 2) for n, column in texts), default=1))
                for row in table.rows
            )  # fmt: skip
            blocks.append(paper.Block(HEAD, body, len(table.rows)))
        return blocks

    def _wants(self, placed: Placed) -> list[_Want]:
        """What each column would like."""
        table = placed.section.table
        texts, drawn = self._sampled(table)
        wants: list[_Want] = []
        for n, (column, head) in enumerate(zip(table.columns, placed.heads, strict=True)):
            body = _widest(texts[n])
            if column.total:
                body = max(body, widths.widest(self._total_seen(placed, n)) + 1)
            room = PADDING + (column.kind in NUMBERS)
            head_wide, halved = widths.width(head) + PADDING + 2, _half(head) + PADDING + 2
            if body or not table.rows or n in drawn:
                least = max(body + room, column.width)
                wants.append(_Want(max(least, min(head_wide, 16)), max(least, min(halved, 16)), column.kind in BREAKABLE))
            else:
                wants.append(_Want(min(head_wide, EMPTY_WIDTH), min(halved, EMPTY_WIDTH), False))
        return wants

    def _sampled(self, table: Table) -> tuple[list[set[str]], set[int]]:
        """The texts of each column as they are seen, of many rows those of some; and the columns that are drawn."""
        step = max(1, -(-len(table.rows) // SAMPLE))
        texts: list[set[str]] = [set() for _ in table.columns]
        drawn: set[int] = set()
        for row in table.rows[::step]:
            for n, column in enumerate(table.columns):
                texts[n].add(self._seen(row[n], column))
                if isinstance(row[n], Spark):
                    drawn.add(n)
        return texts, drawn

    def _seen(self, value: Value, column: Column) -> str:
        return value if isinstance(value, str) else self.book.shower.show(value, column.kind).seen

    # -- the top of the sheet -----------------------------------------------------------------------------------

    def _top(self) -> None:
        canvas = self.canvas
        column = self._back_column()
        # Beyond the table the link runs to the right, for to its left the title or a text may stand.
        across = "right" if column <= len(self.widths) else ""
        back = canvas.text(words.BACK.to(self.book.lang), self.looks.get("Svc Jump", across=across))
        row = canvas.line({1: canvas.text(self.sheet.title, self.looks.get("Svc Heading", size=16)), column: back}, 32)
        location = self.book.places.location(self.book.home)
        if location:
            canvas.link(row, column, location)
        self._note(self.sheet.intro)
        canvas.line({}, 8)

    def _back_column(self) -> int:
        """The last column, or the first one beyond a narrow table: the title needs room."""
        need = widths.width(self.sheet.title) * 1.7 + 16
        return len(self.widths) if sum(self.widths) >= need and len(self.widths) > 1 else len(self.widths) + 1

    def _note(self, text: str) -> None:
        """A line of explanation across the sheet, as high as it needs."""
        height = widths.height(widths.lines(text, sum(self.widths) * 1.08), 18, 13.5)
        row = self.canvas.line({1: self.canvas.text(text, self.looks.get("Svc Note"))} if text else {}, height)
        self.canvas.merge(row, 1, len(self.widths))

    # -- a section ----------------------------------------------------------------------------------------------

    def _section(self, placed: Placed, top: float) -> paper.Block:
        """A table with its heading; ``top`` is how far down the sheet its part of it begins."""
        canvas, section = self.canvas, placed.section
        if placed is not self.placed.sections[0]:
            canvas.line({}, 16)
        if section.title:
            canvas.line({1: canvas.text(section.title, self.looks.get("Svc Heading", size=12))}, 24)
        if section.intro:
            self._note(section.intro)
        if placed.marks:
            self._marks(placed)
        self._heads(placed)
        head = canvas.height
        self._body(placed)
        return paper.Block(head - top, canvas.height - head, len(section.table.rows))

    def _body(self, placed: Placed) -> None:
        canvas, section = self.canvas, placed.section
        if not section.table.rows:
            text = section.empty or words.NOTHING.to(self.book.lang)
            canvas.line({1: canvas.text(text, self.looks.get("Svc Empty"))}, 22)
            return
        for row in section.table.rows:
            self._row(section.table.columns, row)
        if placed.total:
            self._totals(placed)
        self._excel_table(placed)
        self._bars(placed)

    def _marks(self, placed: Placed) -> None:
        """A small mark above each figure's head that leads to its definition.

        Not the head itself: LibreOffice writes the text of a link in its own dark blue, which cannot be read there.
        """
        puts: dict[int, Put] = {}
        for n, column in enumerate(placed.section.table.columns, 1):
            location = self.book.places.definition(column.link)
            if location:
                puts[n] = self.canvas.text(words.MARK, self.looks.get("Svc Mark", across=ACROSS[column.kind]))
                tip = cells.plain(f"{words.DEFINED.to(self.book.lang)}{placed.heads[n - 1]}")
                self.canvas.link(placed.marks, n, location, cells.cut(tip, 200, "…"))
        self.canvas.line(puts, MARKS)

    def _heads(self, placed: Placed) -> None:
        puts: dict[int, Put] = {}
        deepest = 1
        for n, (column, head) in enumerate(zip(placed.section.table.columns, placed.heads, strict=True), 1):
            puts[n] = self.canvas.text(head, self.looks.get("Svc Head", across=ACROSS[column.kind]))
            deepest = max(deepest, widths.lines(head, self.widths[n - 1] - 2.5))
        self.header = widths.height(deepest, 24)
        self.canvas.line(puts, self.header)

    def _row(self, columns: Sequence[Column], row: Sequence[Value]) -> None:
        canvas, show = self.canvas, self.book.shower.show
        shown_cells: list[Shown] = []
        deepest = 1
        for n, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            shown = show(value, column.kind)
            if isinstance(value, Link):
                shown = self._linked(value, shown, n)
            elif isinstance(value, Spark):
                canvas.spark(canvas.row + 1, n, self._numbers(value))
            elif len(shown.seen) > 8 and shown.kind == "s":
                deepest = max(deepest, widths.lines(shown.seen, (self.widths[n - 1] - 2) * (0.9 if self.sentences else 1)))
            shown_cells.append(shown)
        top = deepest > 4
        puts = {n: self._put(shown, top) for n, shown in enumerate(shown_cells, 1)}
        if self.sentences:
            canvas.line(puts, widths.height(deepest, TEXT_ROW, TEXT_LINE))
        else:
            canvas.line(puts, widths.height(deepest) if deepest > 1 else 0)

    def _put(self, shown: Shown, top: bool) -> Put:
        size = TEXT_SIZE if self.sentences else 0
        look = self.looks.get(shown.style, shown.fmt, shown.across, colour=shown.colour, fill=shown.fill, top=top, size=size)
        return Put(shown.stored, shown.kind, look)

    def _numbers(self, value: Spark) -> str:
        """The cells of a column of a section, as a formula names them."""
        name, placed = self.book.places.section(value.sheet, value.section)
        letter = get_column_letter(placed.column(value.column))
        return f"{quoted(name)}!{letter}{placed.first}:{letter}{placed.last}"

    def _linked(self, value: Link, shown: Shown, column: int) -> Shown:
        location = self.book.places.location(value.sheet, value.row)
        if location is None:
            return shown._replace(style="Svc Text")
        self.canvas.link(self.canvas.row + 1, column, location)
        return shown

    # -- totals, tables, bars -------------------------------------------------------------------------------------

    def _totals_of(self, placed: Placed) -> dict[int, Decimal | int]:
        """By column the sum, or the number of cells that are not empty, as the formula will find it: all of them in one
        walk over the rows, which may have to be made for it."""
        if placed.first not in self._sums:
            table = placed.section.table
            wanted = [(n, column) for n, column in enumerate(table.columns) if column.total and column.key not in table.totals]
            found = {n: table.totals[column.key] for n, column in enumerate(table.columns) if column.key in table.totals}
            found.update((n, 0 if column.total == "count" else Decimal(0)) for n, column in wanted)
            for row in table.rows if wanted else ():
                for n, column in wanted:
                    found[n] += self._filled(row[n], column) if column.total == "count" else _amount(row[n], column.kind == "minutes")
            self._sums[placed.first] = found
        return self._sums[placed.first]

    def _filled(self, value: Value, column: Column) -> bool:
        return bool(value if type(value) is str else self.book.shower.show(value, column.kind).stored)

    def _total_format(self, column: Column, first: bool) -> str:
        if column.total == "count":
            return (words.TOTAL_COUNT if first else words.COUNT_SUFFIX).to(self.book.lang)
        return FORMAT_OF[UNIT_OF.get(column.kind, "count")]

    def _total_seen(self, placed: Placed, n: int) -> str:
        total, column = self._totals_of(placed)[n], placed.section.table.columns[n]
        number = self.book.shower.show(total, column.kind).seen if column.total == "sum" else f"{total:,}"
        return number if column.total == "sum" else f"{words.TOTAL.to(self.book.lang)} {number} 条"

    def _totals(self, placed: Placed) -> None:
        table, canvas = placed.section.table, self.canvas
        puts: dict[int, Put] = {}
        for n, column in enumerate(table.columns, 1):
            if column.total is None:
                label = words.TOTAL.to(self.book.lang) if n == 1 else None
                puts[n] = Put(label, "s" if label else "n", self.looks.get("Svc Total"))
                continue
            letter = get_column_letter(n)
            function = 103 if column.total == "count" else 109
            formula = f"SUBTOTAL({function},{letter}{placed.first}:{letter}{placed.last})"
            across = ACROSS[column.kind] if column.total == "count" else "right"
            look = self.looks.get("Svc Total", self._total_format(column, n == 1), across)
            puts[n] = Put(formula, "f", look, cells.exact(self._totals_of(placed)[n - 1]))
        canvas.line(puts, 22)

    def _excel_table(self, placed: Placed) -> None:
        name = cells.table_name(self.sheet.key, placed.section.key, self.book.tables)
        self.book.tables.append(name)
        last = get_column_letter(len(placed.heads))
        make: Any = ExcelTable
        table = make(displayName=name, name=name, ref=f"A{placed.head}:{last}{placed.total or placed.last}")
        table._initialise_columns()
        for n, head in enumerate(placed.heads):
            column = table.tableColumns[n]
            column.name = cells.cell_text(head, self.book.lang)
            if placed.total:
                wanted = placed.section.table.columns[n].total
                if wanted:
                    column.totalsRowFunction = wanted
                elif n == 0:
                    column.totalsRowLabel = words.TOTAL.to(self.book.lang)
        if placed.total:
            table.totalsRowCount = 1
        if not placed.section.filter:
            table.autoFilter = None
        elif table.autoFilter is not None:
            table.autoFilter.ref = f"A{placed.head}:{last}{placed.last}"
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that columns must be added by hand: they are
            self.canvas.sheet.add_table(table)

    def _bars(self, placed: Placed) -> None:
        for n, column in enumerate(placed.section.table.columns, 1):
            if column.bar:
                letter = get_column_letter(n)
                make: Any = DataBarRule
                rule = make(start_type="num", start_value=0, end_type="max", color="FF" + self.looks.look.third)
                area = f"{letter}{placed.first}:{letter}{placed.last}"
                self.canvas.sheet.conditional_formatting.add(area, rule)


def _amount(value: Value, minutes: bool) -> Decimal | int:
    """What a cell adds to the sum of its column; minutes as they are shown."""
    if isinstance(value, Amount):
        value = value.value
    if not isinstance(value, Decimal | int):
        return 0
    return cells.minutes(value) if minutes else value


def _half(head: str) -> int:
    """The width of a head on two lines: no word is broken."""
    half = (widths.width(head) + 1) // 2
    return max(half, *(len(word) - 1 for word in head.split(" "))) if head.isascii() else half


def _widest(texts: Collection[str]) -> int:
    """The width of the widest of texts; of those in question it counts what their letters really take."""
    wide = {text: widths.widest(text) for text in texts}
    most = max(wide.values(), default=0)
    if most > WIDEST:
        return most
    return max([most, *(math.ceil(widths.ink(text)) for text, one in wide.items() if one >= most - 1)])


def _fitted(columns: Sequence[Sequence[_Want]], room: float) -> list[float]:
    """The widths of columns in a room: long texts are broken first, then heads; what then still is too wide stays so."""
    for tight in (False, True):
        cap = WIDEST
        while True:
            found = [max(min(want[tight], cap if want.breakable else WIDEST) for want in column) for column in columns]
            if sum(found) <= room:
                return found
            if cap <= NARROWEST:
                break
            cap -= 1
    return found
