"""Sheets of tables: title, one line of definition, link back, then Excel tables with filters and totals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from openpyxl.formatting.rule import DataBarRule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableStyleInfo

from svcctl.reports.model import Amount, Column, Kind, Link, Spark, TableSheet, Value
from svcctl.texts import Lang
from svcctl.xlsx import cells, widths, words
from svcctl.xlsx.canvas import Canvas, Page, Put, quoted
from svcctl.xlsx.plan import Placed, PlacedSheet, Places
from svcctl.xlsx.show import ACROSS, FORMAT_OF, UNIT_OF, Shower, Shown

SAMPLE = 4000  # rows looked at for the width of a column
WIDEST = 44.0
NARROWEST = 24.0  # of a column of long texts, where the paper is too narrow for all columns
PAPER = 190.0  # half-width characters that fit on A4 landscape at a legible size
PADDING = 4
NUMBERS: tuple[Kind, ...] = ("money", "rate", "minutes")  # digits are wider than letters: they get one more
BREAKABLE: tuple[Kind, ...] = ("text", "flag")
PAGE_WIDTH, PAGE_HEIGHT = 775.0, 490.0  # points between the margins of A4 landscape, a little of the height kept back
FEW = 5  # rows of a long table that may stand alone at the foot of a page

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
        points = sum((7 * width + 5) * 0.75 for width in self.widths)
        self.page = PAGE_HEIGHT * max(1.0, points / PAGE_WIDTH)  # points of rows on a page: it is shrunk to its width
        self.top = 0.0  # where the page begins on which the next row stands

    def write(self, tab: str) -> None:
        """The whole sheet."""
        sections = self.placed.sections
        sheet = self.canvas.sheet
        single = len(sections) == 1
        self.canvas.page(self.book.page, tab=tab, widths=self.widths)
        if single and sections[0].section.table.columns:
            head = sections[0].head
            sheet.freeze_panes = f"A{head + 1}"
            sheet.print_title_rows = f"{head}:{head}"
        else:
            sheet.freeze_panes = "A3"
        self._top()
        for placed in sections:
            self._turn(placed)
            self._section(placed)

    def _turn(self, placed: Placed) -> None:
        """Begin a new page before a section that would be cut in two, or leave its heading behind, and fits on one."""
        canvas, rows = self.canvas, len(placed.section.table.rows)
        while canvas.height - self.top > self.page:
            self.top += self.page
        head = 16 + 24 * bool(placed.section.title) + 32 * bool(placed.section.intro) + 30.0
        whole = head + 20.0 * max(rows, 1) + 22 * bool(placed.total)
        need = whole if whole <= self.page else head + 20.0 * FEW
        if placed is not self.placed.sections[0] and canvas.height - self.top + need > self.page:
            canvas.new_page()
            self.top = canvas.height

    # -- widths ------------------------------------------------------------------------------------------------

    def _widths(self) -> list[float]:
        """The widths of the columns: wide enough for what is in them, narrow enough for the paper."""
        wants = [self._wants(placed) for placed in self.placed.sections]
        count = max((len(want) for want in wants), default=1)
        columns = [[want[n] for want in wants if n < len(want)] for n in range(count)]
        if count == 1:
            return [60.0]
        cap = WIDEST
        while True:
            found = [max(min(wide, cap if breakable else WIDEST) for wide, breakable in column) for column in columns]
            if sum(found) <= PAPER or cap <= NARROWEST:
                return found
            cap -= 1

    def _wants(self, placed: Placed) -> list[tuple[float, bool]]:
        """What each column would like, and whether it may be broken into lines instead."""
        table = placed.section.table
        step = max(1, -(-len(table.rows) // SAMPLE))
        bodies = [0] * len(table.columns)
        for row in table.rows[::step]:
            for n, column in enumerate(table.columns):
                bodies[n] = max(bodies[n], widths.widest(self._seen(row[n], column)))
        wants: list[tuple[float, bool]] = []
        for n, (column, head) in enumerate(zip(table.columns, placed.heads, strict=True)):
            total = widths.widest(self._total_seen(placed, n)) + 1 if column.total else 0
            body = max(bodies[n], total)
            room = PADDING + (column.kind in NUMBERS)
            wide = max(body + room, min(widths.width(head) + PADDING + 1, 16), column.width)
            wants.append((float(wide), column.kind in BREAKABLE))
        return wants

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
        room = sum(self.widths) * 1.08
        height = widths.height(widths.lines(text, room), 18, 13.5)
        row = self.canvas.line({1: self.canvas.text(text, self.looks.get("Svc Note"))} if text else {}, height)
        self.canvas.merge(row, 1, len(self.widths))

    # -- a section ----------------------------------------------------------------------------------------------

    def _section(self, placed: Placed) -> None:
        canvas, section = self.canvas, placed.section
        if placed is not self.placed.sections[0]:
            canvas.line({}, 16)
        if section.title:
            canvas.line({1: canvas.text(section.title, self.looks.get("Svc Heading", size=12))}, 24)
        if section.intro:
            self._note(section.intro)
        self._heads(placed)
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

    def _heads(self, placed: Placed) -> None:
        puts: dict[int, Put] = {}
        deepest = 1
        for n, (column, head) in enumerate(zip(placed.section.table.columns, placed.heads, strict=True), 1):
            puts[n] = self.canvas.text(head, self.looks.get("Svc Head", across=ACROSS[column.kind]))
            deepest = max(deepest, widths.lines(head, self.widths[n - 1] - 3))
        self.canvas.line(puts, widths.height(deepest, 24))

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
                deepest = max(deepest, widths.lines(shown.seen, self.widths[n - 1] * 1.03 - 2))
            shown_cells.append(shown)
        top = deepest > 4
        puts = {n: self._put(shown, top) for n, shown in enumerate(shown_cells, 1)}
        canvas.line(puts, widths.height(deepest) if deepest > 1 else 0)

    def _put(self, shown: Shown, top: bool) -> Put:
        look = self.looks.get(shown.style, shown.fmt, shown.across, colour=shown.colour, fill=shown.fill, top=top)
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
