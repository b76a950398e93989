"""The summary: one page with band, figures, charts, what needs attention, and links to everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from svcctl.reports.model import AttentionRow, Change, Chart, Figure, Link, Report, SummarySheet, Value
from svcctl.xlsx import cells, widths, words
from svcctl.xlsx.canvas import Canvas, Put
from svcctl.xlsx.charts import ChartMaker, anchor
from svcctl.xlsx.logo import Logo
from svcctl.xlsx.logo import columns as _columns_of
from svcctl.xlsx.look import ALERT, WHITE
from svcctl.xlsx.sheets import Book
from svcctl.xlsx.show import (
    FORMAT_OF,
    STYLE_OF,
    Shown,
    amount_number,
    change_format,
    change_number,
    seen_number,
    tone_of,
)
from svcctl.xlsx.styles import CARD, GENERAL, GOOD, GREY, INK

COLUMNS = 24
WIDTH = 7.2  # of each column, in half-width characters
PAGE = 690.0  # points of rows that fill the page together with 24 columns
CHART_ROWS, CHART_ROW = 11, 17.0
LIST_ROW = 18.5
SIGN_GAP, SIGN_ROW = 12.0, 24.0
# First and last column of each place to sign: what it is, and the line.
SIGN = (((1, 2), (3, 7)), ((9, 10), (11, 15)), ((17, 18), (19, 24)))
BAND = 36.0  # points of the band's first row
COLOUR = {"good": GOOD, "alert": ALERT}
# First and last column of each field of the attention list.
FIELDS = ((1, 3), (4, 5), (6, 8), (9, 11), (12, 19), (20, 22), (23, 24))
ACROSS = ("left", "left", "center", "left", "left", "left", "right")


class SummaryWriter:
    """Writes the summary of a report onto a canvas."""

    def __init__(self, canvas: Canvas, report: Report, sheet: SummarySheet, book: Book) -> None:
        self.canvas = canvas
        self.report = report
        self.sheet = sheet
        self.book = book
        self.lang = report.lang
        self.looks = canvas.looks
        self.charts = ChartMaker(book.places, book.shower, canvas.looks.look)
        self.alts: list[str] = []  # of the charts drawn, in order
        self.used = 0.0  # points of the page

    def write(self, tab: str) -> None:
        """The whole page."""
        self.canvas.page(self.book.page, tab=tab, widths=[WIDTH] * COLUMNS)
        self.canvas.paper(landscape=True, whole=True)
        self._band()
        self._remarks("Svc Warning", words.WARNING.to(self.lang), self.report.warnings, 17)
        self._remarks("Svc Notice", words.NOTICE.to(self.lang), self.report.notices, 14)
        self._gap(7)
        self._cards()
        self._charts()
        self._attention()
        self._contents()
        self._sign()
        self.canvas.sheet.print_area = f"A1:X{self.canvas.row}"

    # -- rows -----------------------------------------------------------------------------------------------------

    def _line(self, puts: dict[int, Put], height: float) -> int:
        self.used += height
        return self.canvas.line(puts, height)

    def _gap(self, height: float) -> None:
        self._line({}, height)

    def _span(self, puts: dict[int, Put], first: int, last: int, put: Put) -> None:
        """Fill columns ``first`` to ``last`` with one look and put the value into the first."""
        puts[first] = put
        for column in range(first + 1, last + 1):
            puts[column] = Put(None, "n", put.look)

    def _wide(self, text: str, look: int, height: float) -> int:
        """One text over the whole width."""
        puts: dict[int, Put] = {}
        self._span(puts, 1, COLUMNS, self.canvas.text(text, look))
        row = self._line(puts, height)
        self.canvas.merge(row, 1, COLUMNS)
        return row

    # -- band and remarks -------------------------------------------------------------------------------------------

    def _band(self) -> None:
        report, canvas = self.report, self.canvas
        title = f"{report.site} · {report.title}"
        period = _one_line(report.period_title, 46)
        split = COLUMNS - max(5, -(-int(widths.width(period) * 1.75 + 3) // 7))
        logo = self.looks.look.logo
        start = _columns_of(logo) + 1 if logo else 1
        room = (split - start + 1) * WIDTH - 3
        size = 20.0
        while size > 12 and widths.width(title) * size / 10 > room:
            size -= 1
        title = _one_line(title, room * 10 / size)
        puts: dict[int, Put] = {}
        if logo:
            self._span(puts, 1, start - 1, Put(None, "n", self.looks.get("Svc Band", fill=WHITE)))
        self._span(puts, start, split, canvas.text(title, self.looks.get("Svc Band", size=size)))
        look = self.looks.get("Svc Band", across="right", size=17)
        self._span(puts, split + 1, COLUMNS, canvas.text(period, look))
        row = self._line(puts, BAND)
        if logo:
            canvas.merge(row, 1, start - 1)
            canvas.sheet.add_image(Logo(logo, report.site, start - 1))
        canvas.merge(row, start, split)
        canvas.merge(row, split + 1, COLUMNS)
        facts = [f"{fact.label} {fact.value}" for fact in report.facts]
        text = "   ·   ".join([*facts, words.LEGEND.to(self.lang)])
        count = widths.lines(text, COLUMNS * WIDTH * 1.03)
        self._wide(text, self.looks.get("Svc Band note"), 7 + 15 * count)

    def _remarks(self, style: str, mark: str, texts: Sequence[str], line: float) -> None:
        room = COLUMNS * WIDTH * (0.8 if style == "Svc Warning" else 1.0)
        for text in texts:
            whole = mark + text
            self._wide(whole, self.looks.get(style), widths.height(min(widths.lines(whole, room), 6), line + 9, line))

    # -- figures --------------------------------------------------------------------------------------------------

    def _cards(self) -> None:
        figures = self.sheet.figures
        if not figures:
            return
        per_row = 4 if len(figures) in (1, 2, 3, 4, 7, 8) else 6
        for start in range(0, len(figures), per_row):
            self._card_row(figures[start : start + per_row], COLUMNS // per_row)
            self._gap(7)

    def _card_row(self, figures: Sequence[Figure], span: int) -> None:
        lines: list[dict[int, Put]] = [{}, {}, {}]
        merges: list[tuple[int, int, int]] = []
        for n, figure in enumerate(figures):
            first = n * span + 1
            for line, parts in enumerate(self._card(figure, span)):
                at = first
                for put, columns in parts:
                    self._span(lines[line], at, at + columns - 1, put)
                    merges.append((line, at, at + columns - 1))
                    at += columns
            for puts in lines:
                puts[first] = self._edged(figure, puts[first])
        rows = [self._line(puts, height) for puts, height in zip(lines, (21, 31, 21), strict=True)]
        for n, figure in enumerate(figures):
            location = self.book.places.definition(figure.measure_id.partition("{")[0])
            if location:  # from the figure: LibreOffice would write a text that leads somewhere in its own blue
                self.canvas.link(rows[1], n * span + 1, location, cells.plain(f"{words.DEFINED.to(self.lang)}{figure.label}"))
        for line_no, start, end in merges:
            self.canvas.merge(rows[line_no], start, end)

    def _tone(self, figure: Figure) -> str:
        """The colour of a card: by its target if it has one, else by its change."""
        if figure.met is not None:
            return GOOD if figure.met else ALERT
        tone = tone_of(figure.change, figure.good) if figure.change else None
        return COLOUR[tone] if tone else self.looks.look.second

    def _edged(self, figure: Figure, put: Put) -> Put:
        """The first cell of a card's line, with the coloured edge."""
        return put._replace(look=self.looks.edged(put.look, self._tone(figure)))

    def _card(self, figure: Figure, span: int) -> tuple[list[tuple[Put, int]], ...]:
        """The three lines of a card, each as cells and the columns they take."""
        label = words.with_unit(figure.label, figure.unit, self.report.currency, self.lang)
        size = 9.5
        while size > 7.5 and widths.width(label) * size / 10 > span * WIDTH - 2:
            size -= 0.5
        label = _one_line(label, (span * WIDTH - 2) * 10 / size)
        top = self.canvas.text(label, self.looks.get("Svc Card label", size=size if size < 9.5 else 0))
        return [(top, span)], self._value_line(figure, span), self._base_line(figure, span)

    def _value_line(self, figure: Figure, span: int) -> list[tuple[Put, int]]:
        if figure.value is None:
            return [(self.canvas.text(words.DASH, self.looks.get("Svc Card value", colour=GREY)), span)]
        stored = amount_number(figure.value, figure.unit)
        seen = seen_number(stored, figure.unit)
        size = 19.0
        while size > 11 and len(seen) * size / 9.5 > span * WIDTH - 3:
            size -= 1
        look = self.looks.get("Svc Card value", FORMAT_OF[figure.unit], "left", size=size if size < 19 else 0)
        value = Put(cells.exact(stored), "n", look)
        taken = -(-int(len(seen) * size / 9.5 + 3) // int(WIDTH))
        mark = self._target(figure, (span - taken) * WIDTH)
        return [(value, taken), (mark, span - taken)] if mark else [(value, span)]

    def _target(self, figure: Figure, room: float) -> Put | None:
        """Whether the target was met, in as many words as there is room for."""
        if figure.met is None or figure.target is None:
            return None
        sign = "✔" if figure.met else "✘"
        bound = "≥" if figure.target_kind == "min" else "≤"
        target = seen_number(amount_number(figure.target, figure.unit), figure.unit)
        word = (words.MET if figure.met else words.NOT_MET).to(self.lang)
        for text in (f"{sign} {words.TARGET.to(self.lang)} {bound} {target}", f"{sign} {word}", sign):
            if widths.width(text) + 1.5 <= room:
                look = self.looks.get("Svc Card label", across="right", colour=GOOD if figure.met else ALERT, size=9, bold=True)
                return self.canvas.text(text, look)
        return None

    def _base_line(self, figure: Figure, span: int) -> list[tuple[Put, int]]:
        prefix = words.PREVIOUS.to(self.lang)
        change = figure.change
        right = (span + 1) // 2 if change and change.unit == "points" and self.lang == "zh" else span // 2
        if figure.previous is None:
            left = self.canvas.text(prefix + words.DASH, self.looks.get("Svc Card label", size=9))
        else:
            stored = amount_number(figure.previous, figure.unit)
            fmt = f'"{prefix}"{FORMAT_OF[figure.unit]}'
            if widths.width(prefix + seen_number(stored, figure.unit)) + 1 > (span - right) * WIDTH:
                fmt = FORMAT_OF[figure.unit]
            left = Put(cells.exact(stored), "n", self.looks.get("Svc Card label", fmt, "left", size=9))
        return [(left, span - right), (self._changed(change, figure), right)]

    def _changed(self, change: Change | None, figure: Figure) -> Put:
        if change is None or change.base == "none":
            return self.canvas.text(words.NO_BASE.to(self.lang), self.looks.get("Svc Card label", across="right", size=8.5))
        if change.value is None:
            return self.canvas.text(words.DASH, self.looks.get("Svc Card label", across="right"))
        tone = tone_of(replace(change, good=figure.good), figure.good)
        fmt = change_format(change, self.lang)
        colour = COLOUR[tone] if tone else INK
        look = self.looks.get("Svc Card label", fmt, "right", colour=colour, size=9.5, bold=True)
        return Put(cells.exact(change_number(change)), "n", look)

    # -- charts ---------------------------------------------------------------------------------------------------

    def _charts(self) -> None:
        charts = self.sheet.charts[:3]
        if not charts:
            return
        top = self.canvas.row + 1
        frames = {1: ((1, 24),), 2: ((1, 12), (13, 24)), 3: ((1, 10), (11, 17), (18, 24))}[len(charts)]
        empty = {n: chart for n, chart in enumerate(charts) if not self.charts.has_data(chart)}
        for line in range(CHART_ROWS if len(empty) < len(charts) else 5):
            puts: dict[int, Put] = {}
            for n, chart in empty.items():
                self._empty_chart(puts, chart, frames[n], line)
            self._line(puts, CHART_ROW)
        bottom = self.canvas.row
        for n, chart in enumerate(charts):
            first, last = frames[n]
            if n in empty:
                self.canvas.merge(top, first, _inside(frames[n]), top + 1)
                self.canvas.merge(top + 2, first, _inside(frames[n]), bottom)
                continue
            drawn = self.charts.make(chart)
            drawn.anchor = anchor(first, top, last, bottom)
            self.canvas.sheet.add_chart(drawn)
            self.alts.append(self.charts.alt(chart))
        self._gap(8)

    def _empty_chart(self, puts: dict[int, Put], chart: Chart, frame: tuple[int, int], line: int) -> None:
        text = chart.title if line == 0 else words.NOTHING.to(self.lang) if line == 2 else ""
        heading = line < 2
        look = self.looks.get("Svc Heading" if heading else "Svc Note", across="center", size=11, fill=CARD)
        put = self.canvas.text(text, look) if text else Put(None, "n", look)
        self._span(puts, frame[0], _inside(frame), put)

    # -- attention ------------------------------------------------------------------------------------------------

    def _attention(self) -> None:
        rows = self.sheet.attention
        if rows is None:
            return
        title = words.ATTENTION.to(self.lang)
        room = PAGE - self.used - 24 - 22 - self._contents_height() - self._sign_height()
        fit = max(5, int(room // LIST_ROW))
        shown = rows[:fit]
        if len(rows) > fit:
            title += f"（{words.MORE_ROWS.to(self.lang)}）" if self.lang == "zh" else f" ({words.MORE_ROWS.to(self.lang)})"
            title = title.format(all=len(rows), shown=fit)
        self._wide(title, self.looks.get("Svc Heading", size=12.5), 24)
        if not rows:
            self._wide(words.ALL_WELL.to(self.lang), self.looks.get("Svc Good", across="left"), 22)
            return
        heads = [head.to(self.lang) for head in words.ATTENTION_HEADS]
        self._fields([self.canvas.text(h, self.looks.get("Svc Head", across=a)) for h, a in zip(heads, ACROSS, strict=True)])
        for row in shown:
            self._attention_row(row)

    def _fields(self, puts: Sequence[Put], height: float = 22) -> int:
        line: dict[int, Put] = {}
        for (first, last), put in zip(FIELDS, puts, strict=True):
            self._span(line, first, last, put)
        number = self._line(line, height)
        for first, last in FIELDS:
            self.canvas.merge(number, first, last)
        return number

    def _attention_row(self, row: AttentionRow) -> None:
        location = self.book.places.location(row.sheet, row.id)
        values: tuple[Value, ...] = (Link(row.id, row.sheet, row.id), row.subject, row.date, row.place, row.what, row.who)
        puts = [self._field(value, n) for n, value in enumerate(values)]
        if location is None:
            puts[0] = self.canvas.text(row.id, self.looks.get("Svc Text"))
        puts.append(self._age(row))
        number = self._fields(puts, LIST_ROW)
        if location:
            self.canvas.link(number, 1, location)

    def _field(self, value: Value, n: int) -> Put:
        if isinstance(value, str):
            first, last = FIELDS[n]
            return self.canvas.text(_one_line(value, (last - first + 1) * WIDTH - 2), self.looks.get("Svc Text"))
        shown = self.book.shower.show(value, "time" if isinstance(value, datetime) else "date")
        if isinstance(value, Link):
            shown = shown._replace(across="left")
        return self._put(shown)

    def _age(self, row: AttentionRow) -> Put:
        if row.age is None:
            return self.canvas.text(words.DASH, self.looks.get("Svc Number"))
        return Put(cells.exact(cells.minutes(row.age)), "n", self.looks.get(STYLE_OF[None], words.DAYS.to(self.lang)))

    def _put(self, shown: Shown) -> Put:
        return Put(shown.stored, shown.kind, self.looks.get(shown.style, shown.fmt or GENERAL, shown.across))

    # -- contents -------------------------------------------------------------------------------------------------

    def _targets(self) -> list[tuple[str, str]]:
        """The other sheets: their keys, their names, with a word if there is nothing in one."""
        places, nothing = self.book.places, words.EMPTY_SHEET.to(self.lang)
        return [(key, name + nothing * places.is_empty(key)) for key, name in places.names.items() if key != self.sheet.key]

    def _per_row(self) -> int:
        """Links in a row: seven if their names are short, else five."""
        return 7 if all(widths.width(name) <= 17 for _, name in self._targets()) else 5

    def _contents_height(self) -> float:
        return 10 + 20.0 * -(-len(self._targets()) // self._per_row())

    def _contents(self) -> None:
        targets = self._targets()
        if not targets:
            return
        self._gap(10)
        count = self._per_row()
        span = 3 if count == 7 else 4
        for start in range(0, len(targets), count):
            puts: dict[int, Put] = {}
            if start == 0:
                title = self.canvas.text(words.CONTENTS.to(self.lang), self.looks.get("Svc Heading", size=11))
                self._span(puts, 1, span, title)
            links: list[tuple[int, str]] = []
            for n, (key, name) in enumerate(targets[start : start + count]):
                first = span + 1 + n * span
                text = _one_line(f"→ {name}", span * WIDTH)
                self._span(puts, first, first + span - 1, self.canvas.text(text, self.looks.get("Svc Jump")))
                links.append((first, self.book.places.location(key) or ""))
            row = self._line(puts, 20)
            for first, location in links:
                self.canvas.merge(row, first, first + span - 1)
                self.canvas.link(row, first, location)


    # -- signatures -----------------------------------------------------------------------------------------------

    def _sign_height(self) -> float:
        return SIGN_GAP + SIGN_ROW if self.report.sign else 0.0

    def _sign(self) -> None:
        """A line to sign by hand, with the names of those who are to."""
        if not self.report.sign:
            return
        self._gap(SIGN_GAP)
        puts: dict[int, Put] = {}
        for fact, (label, field) in zip(self.report.sign, SIGN, strict=False):
            self._span(puts, *label, self.canvas.text(fact.label, self.looks.get("Svc Signer")))
            self._span(puts, *field, self.canvas.text(fact.value, self.looks.get("Svc Sign")))
        row = self._line(puts, SIGN_ROW)
        for _, places in zip(self.report.sign, SIGN, strict=False):
            for first, last in places:
                self.canvas.merge(row, first, last)


def _inside(frame: tuple[int, int]) -> int:
    """The last column of an empty chart's panel: one column stays free between two."""
    return frame[1] if frame[1] == COLUMNS else frame[1] - 1


_NUMBER = frozenset("0123456789.,-:")


def _one_line(text: str, room: float) -> str:
    """A text on one line, cut visibly to the room it has: the whole of it stands in the detail sheet."""
    text = " ".join(text.split())
    if widths.ink(text) <= room:
        return text
    used = 1.0
    for at, ch in enumerate(text):
        used += widths.ink(ch)
        if used > room:
            end = at
            while end and text[end] in _NUMBER and text[end - 1] in _NUMBER:
                end -= 1  # half a number would be another one
            return text[:end].rstrip() + "…"
    return text
