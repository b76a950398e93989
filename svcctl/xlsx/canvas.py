"""A sheet that is written row by row: cells with looks, merged ranges, links, page setup.

The rows are written here and not by openpyxl: that is several times quicker, keeps every digit of a Decimal, guesses
no types (``=1+1`` is a text), and gives formulas their values.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import IO, Any, NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties

from svcctl.texts import Lang
from svcctl.xlsx import cells, words
from svcctl.xlsx.look import FONT
from svcctl.xlsx.styles import Looks

USUAL = 20.0  # the height of a row that has none of its own, in points
SPOOL = 1_000_000  # bytes of a sheet's rows kept in memory
LONGEST_FONT = 20  # characters of its name: with a longer one a header has no room left for words
MOST_LINKS = 60_000  # applications stop at 65,530 on a sheet


class Put(NamedTuple):
    """What one cell gets: its text as stored, its type (``s`` text, ``n`` number, ``f`` formula), its look.

    ``value`` is what a formula yields; readers that do not compute show it.
    """

    text: str | None
    kind: str
    look: int
    value: str = ""


class Page(NamedTuple):
    """What every page of a workbook says above and below."""

    left: str
    period: str
    as_of: str
    mark: str


class Canvas:
    """A new sheet at the end of ``book``. Columns and page come first, then rows from the top, then nothing more."""

    def __init__(self, book: Workbook, name: str, looks: Looks, lang: Lang) -> None:
        self.sheet: Any = book.create_sheet(name)
        self.name = name
        self.looks = looks
        self.lang = lang
        self.row = 0  # the last row written
        self._right = 1  # the last column written
        self.height = 0.0  # of all rows so far, in points
        self._links: list[Hyperlink] = []
        self.sparks: list[tuple[str, str]] = []  # small charts: the cell, the range of its numbers
        self.rows: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - render closes it

    def page(self, page: Page, *, tab: str, widths: list[float]) -> None:
        """Column widths, and an A4 page as wide as the paper with header and footer."""
        sheet = self.sheet
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.sheet_properties.tabColor = "FF" + tab
        sheet.sheet_view.showGridLines = False
        sheet.sheet_format.defaultRowHeight = USUAL
        sheet.sheet_format.customHeight = True
        for n, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(n)].width = width
        self.paper(landscape=True, whole=False)
        margins = sheet.page_margins
        margins.left = margins.right = 0.45
        margins.top, margins.bottom, margins.header, margins.footer = 0.62, 0.55, 0.3, 0.28
        sheet.print_options.horizontalCentered = True
        self._header_footer(page)

    def paper(self, *, landscape: bool, whole: bool) -> None:
        """Which way up the paper is, and whether everything goes onto one page. Nothing is ever enlarged."""
        setup = self.sheet.page_setup
        setup.orientation, setup.paperSize = "landscape" if landscape else "portrait", 9
        setup.fitToWidth, setup.fitToHeight = 1, int(whole)

    def _header_footer(self, page: Page) -> None:
        own = self.looks.look
        look = f'&"{own.font if len(own.font) <= LONGEST_FONT else FONT},Regular"&K6B7280&8 '
        head, foot = self.sheet.oddHeader, self.sheet.oddFooter
        self.sheet.HeaderFooter.scaleWithDoc = False  # of one size on all pages, however much these are shrunk
        # The three parts together may take 255 characters, codes included.
        head.left.text = look + cells.page_text(page.left, 50)
        head.right.text = look + cells.page_text(f"{page.period} · {self.name}", 50)
        foot.left.text = look + cells.page_text(page.as_of, 44)
        foot.center.text = look + words.PAGES.to(self.lang)
        foot.right.text = look + cells.page_text(page.mark, 40)
        if own.header:
            head.center.text = look + cells.page_text(own.header, _room(head, len(look)))
        if own.footer:
            foot.center.text = f"{look}{cells.page_text(own.footer, _room(foot, 3))} · {words.PAGES.to(self.lang)}"

    def line(self, puts: Mapping[int, Put], height: float = 0) -> int:
        """Write the next row, by column from 1, and return its number. ``height`` in points, 0 for the usual one."""
        self.row += 1
        self.height += height or USUAL
        tall = f' ht="{height:g}" customHeight="1"' if height else ""
        parts = [f'<row r="{self.row}"{tall}>']
        columns = sorted(puts)
        parts.extend(_cell(f"{get_column_letter(column)}{self.row}", puts[column]) for column in columns)
        parts.append("</row>")
        if columns:
            self._right = max(self._right, columns[-1])
        self.rows.write("".join(parts).encode())
        return self.row

    def text(self, text: str, look: int) -> Put:
        """A text cell."""
        return Put(cells.cell_text(text, self.lang), "s", look)

    def merge(self, row: int, first: int, last: int, last_row: int = 0) -> None:
        """Merge columns ``first`` to ``last`` of a row (to ``last_row``)."""
        if last > first or last_row > row:
            end = last_row or row
            self.sheet.merged_cells.add(f"{get_column_letter(first)}{row}:{get_column_letter(last)}{end}")

    def link(self, row: int, column: int, location: str, tip: str | None = None) -> None:
        """Let a cell lead to a place in this workbook; ``tip`` is shown beside the pointer."""
        if len(self._links) < MOST_LINKS:
            ref = f"{get_column_letter(column)}{row}"
            self._links.append(Hyperlink(ref=ref, location=location, tooltip=tip))

    def spark(self, row: int, column: int, numbers: str) -> None:
        """Draw a small chart of a range of numbers into a cell."""
        self.sparks.append((f"{get_column_letter(column)}{row}", numbers))

    def new_page(self, row: int) -> None:
        """Let a page begin below a row when the sheet is printed."""
        self.sheet.row_breaks.append(Break(id=row))

    def close(self) -> None:
        """Nothing more is coming. openpyxl forgets the links it was given before it began to write."""
        dimension = f"A1:{get_column_letter(self._right)}{max(self.row, 1)}"
        self.sheet.calculate_dimension = lambda: dimension  # asked for by openpyxl, which has seen no rows
        self.sheet._get_writer()
        self.sheet._hyperlinks.extend(self._links)


def _room(band: Any, more: int) -> int:
    """How many of its 255 characters a header or footer has left for a text that comes with ``more`` others."""
    used = sum(len((part.text or "").encode("utf-16-le")) // 2 for part in (band.left, band.center, band.right))
    return 255 - len("&L&C&R") - used - more


def _cell(ref: str, put: Put) -> str:
    start = f'<c r="{ref}" s="{put.look}"'
    if put.text is None or put.text == "":
        return start + "/>"
    if put.kind == "s":
        # The schema has no such attribute, but applications write and want it where blanks would be lost without it.
        kept = ' xml:space="preserve"' if put.text.strip() != put.text else ""
        return f'{start} t="inlineStr"><is><t{kept}>{escape(put.text)}</t></is></c>'
    if put.kind == "f":
        return f"{start}><f>{escape(put.text)}</f><v>{put.value}</v></c>"
    return f"{start}><v>{put.text}</v></c>"


def place(sheet: str, row: int, column: int = 1) -> str:
    """The location of a cell for a link."""
    return f"{quoted(sheet)}!{get_column_letter(column)}{row}"


def quoted(sheet: str) -> str:
    """A sheet's name as formulas write it."""
    return "'" + sheet.replace("'", "''") + "'"
