"""The figures of a report, computed once: by name, by split, by period, and beside what they are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from svcctl import account, measures
from svcctl.fold import Case
from svcctl.ledger import Source, Window, slack
from svcctl.measures import engine
from svcctl.measures.compare import Row, ToDate, base_window, compare, has_data, past_window, to_date
from svcctl.measures.declare import Unit
from svcctl.measures.engine import Figure, Results
from svcctl.nouns.cash_chain import COUNTS, Chain
from svcctl.period import Kind, Period
from svcctl.reports import groups
from svcctl.reports.kept import Kept, Span
from svcctl.reports.template import (
    COMPARED,
    DetailsSpec,
    FigureColumn,
    Matrix,
    OverviewSpec,
    Ref,
    SummarySpec,
    TableSpec,
    TablesSpec,
    Template,
    TextSpec,
    Trend,
)


class Number(NamedTuple):
    """A figure's value, or None, with its unit."""

    value: Decimal | int | None
    unit: Unit


class Numbers:
    """Every figure of a report of ``template`` in ``win``, for the nouns that are ``used``."""

    def __init__(self, source: Source, template: Template, win: Window, used: tuple[str, ...]) -> None:
        self.win, self.used, self.template = win, used, template
        self.spans = spans(template, win)
        self.source = Kept(source, self.spans, win.known_at)
        self.results = engine.compute(self.source, win, None, used)
        self._cases: dict[tuple[str, Period, datetime], list[Case[Any]]] = {
            (noun, win.period, win.as_of): found for noun, found in self.results.cases.items() if own_window(noun, win) == win
        }
        self._rows: dict[str, Row] = {}
        self._trends: dict[Period, dict[str, Figure]] = {}

    # -- records --------------------------------------------------------------------------------------------------

    def cases(self, noun: str, win: Window | None = None) -> list[Case[Any]]:
        """The records of a noun that matter in the report's window, or in another one."""
        win = win or self.win
        key = (noun, win.period, win.as_of)
        if key not in self._cases:
            self._cases[key] = engine.cases(self.source, noun, win)
        return self._cases[key]

    def members(self, noun: str, group: str, win: Window | None = None) -> list[Case[Any]]:
        """The records of a group."""
        wanted = groups.group(self.source.noun(noun), group)
        assert wanted is not None, group  # templates are checked when they are read
        win = own_window(noun, win or self.win) if wanted.own else win or self.win
        if wanted.among is not None:
            wide = win._replace(period=win.period._replace(start=win.start - wanted.back, first=win.period.first - wanted.back))
            return list(wanted.among(self.cases(noun, wide if wanted.back else win), win))
        return [case for case in self.cases(noun, win) if wanted.holds(case, win)]

    def flows(self, case: Case[Any]) -> tuple[Decimal, Decimal, Decimal, Decimal] | None:
        """Of a count or spot check about the period: what was in the till before, and what came in, went out and was
        dropped since. None of any other record, and of an older one, whose moves need not be at hand."""
        win = own_window("cash", self.win)
        if case.state.event not in COUNTS or case.opening.at < win.start:
            return None
        chain: Chain = self._tills[case.state.data.point]
        return chain.flows(case.opening)

    @cached_property
    def _tills(self) -> dict[str, Any]:
        """The accounts of the cash points, as far as they bear on the period."""
        noun, cases = self.source.noun("cash"), self.cases("cash", own_window("cash", self.win))
        return {name: account.posted(noun, several, self.win.site)[0] for name, several in account.grouped(noun, cases).items()}

    # -- figures --------------------------------------------------------------------------------------------------

    def compared(self, ids: Iterable[str]) -> list[Row]:
        """Measures, or rows of their splits, with what they are compared with; each is computed once."""
        wanted = list(ids)
        missing = [i for i in dict.fromkeys(wanted) if i not in self._rows]
        if missing:
            self._rows.update({row.id: row for row in compare(self.source, self.win, self._with(missing), missing)})
        return [self._rows[i] for i in wanted]

    def to_date(self, ids: list[str]) -> dict[str, ToDate]:
        """Measures of the year to date beside the year before."""
        return to_date(self.source, self.win, ids)

    def _with(self, ids: list[str]) -> Results:
        """The figures with those added that a split has no row for: a value that does not occur is nothing."""
        absent = [i for i in ids if i not in self.results.figures]
        if not absent:
            return self.results
        more = engine.compute(self.source, self.win, absent, ()).figures
        return self.results._replace(figures={**self.results.figures, **more})

    def number(self, ref: Ref) -> Number:
        """What a name in a template stands for, but for changes."""
        if ref.group:
            return Number(len(self.members(ref.noun, ref.group)), "count")
        if ref.part in COMPARED:
            row = self.compared([ref.id])[0]
            return Number(row.previous.value if ref.part == "previous" else row.last_year.value, row.unit)
        return part_of(self._with([ref.id]).figures[ref.id], ref)

    def trend(self, spec: Trend) -> list[tuple[Period, dict[str, Number]]]:
        """The figures of each period of a trend, the oldest first, by the columns' keys.

        It begins with the first period in which anything that it shows was in use and recorded: the rows before would
        be of nothing, not noughts. The report's own is there in any case.
        """
        columns = [c for c in spec.columns if c.ref.noun in self.used]
        windows = trend_windows(spec, self.win)
        start = min((self._begun(noun, windows) for noun in dict.fromkeys(c.ref.noun for c in columns)), default=0)
        found = []
        for win in windows[start:]:
            figures = self.results.figures if win is self.win else self._past(spec.each, win)
            found.append((win.period, {c.ref.key: self._at(c, win, figures) for c in columns}))
        return found

    def _begun(self, noun: str, windows: list[Window]) -> int:
        """Which of these windows, one after the other, is the first by whose end a noun was in use and had a record."""
        since = self.win.site.in_use_from.get(noun)
        first = next((n for n, win in enumerate(windows) if since is None or since <= win.period.last), len(windows))
        for n in range(first, len(windows) - 1):
            win = windows[n]
            # What the window itself shows is at hand; all the time before has to be searched once, if at all.
            if has_data(self.source, win, noun, win.start) or (n == first and has_data(self.source, win, noun)):
                return n
        return len(windows) - 1

    def _past(self, each: str, win: Window) -> dict[str, Figure]:
        """What all trends with that step show of an earlier period, computed once."""
        if win.period not in self._trends:
            columns = [c for t in self.template.trends() if t.each == each for c in t.columns]
            wanted = dict.fromkeys(c.ref.id for c in columns if c.ref.noun in self.used and not c.ref.group)
            results = engine.compute(self.source, win, list(wanted), ())
            self._trends[win.period] = results.figures
            plain = {n: found for n, found in results.cases.items() if own_window(n, win) == win}
            self._cases.update({(noun, win.period, win.as_of): found for noun, found in plain.items()})
        return self._trends[win.period]

    def _at(self, column: FigureColumn, win: Window, figures: dict[str, Figure]) -> Number:
        if column.ref.group:
            return Number(len(self.members(column.ref.noun, column.ref.group, win)), "count")
        return part_of(figures[column.ref.id], column.ref)


def part_of(figure: Figure, ref: Ref) -> Number:
    """A figure's value, numerator or denominator."""
    if ref.part == "num":
        return Number(figure.num, figure.parts)
    return Number(figure.den, figure.parts) if ref.part == "den" else Number(figure.value, figure.unit)


# -- windows ----------------------------------------------------------------------------------------------------------


def own_window(noun: str, win: Window) -> Window:
    """The window in which the figures of a noun look at the ledger."""
    return measures.register(noun).window(win) if noun in measures.NOUNS else win


def trend_windows(spec: Trend, win: Window) -> list[Window]:
    """The windows of a trend, the oldest first. The last one is the report's own if it is of that kind."""
    period = win.period
    if period.kind != spec.each:
        each: Kind = spec.each
        period = period.calendar.containing(each, period.calendar.business_date(win.cut))
    found = []
    for _ in range(spec.last):
        found.append(win if period == win.period else past_window(win, period))
        period = period.previous()
    return found[::-1]


def spans(template: Template, win: Window) -> list[Span]:
    """The stretches of time a report reads more than once: its trends up to the as-of, and last year's period.

    The year before, to date, is asked for once, so that it need not be kept.
    """
    starts = [win.start, win.period.previous().start]
    starts += [trend_windows(trend, win)[0].start for trend in template.trends()]
    starts += [win.period.year_to_date().start for s in template.sheets if isinstance(s, OverviewSpec)]
    year = base_window(win, win.period.last_year())
    margin = slack(win.site)
    second = timedelta(seconds=1)
    last, then = (max(own_window(n, w).as_of for n in measures.NOUNS) + second for w in (win, year))
    return [(min(starts) - margin, max(win.end, last)), (year.start - margin, max(year.end, then))]


def named(template: Template, used: tuple[str, ...]) -> list[Ref]:
    """Every figure that a template names, of the nouns that are used, in its order."""
    found: list[Ref] = []
    for sheet in template.sheets:
        if isinstance(sheet, SummarySpec):
            found += sheet.shown(used)
        elif isinstance(sheet, TextSpec):
            found += [ref for line in sheet.lines for ref in line.named]
        elif isinstance(sheet, TablesSpec):
            found += [ref for section in sheet.sections for ref in _in_section(section)]
    return [ref for ref in found if ref.noun in used]


def _in_section(spec: TableSpec) -> list[Ref]:
    """The figures of a table; one that lists records has none."""
    if isinstance(spec, DetailsSpec):
        return []
    return [spec.counted] if isinstance(spec, Matrix) else [column.ref for column in spec.columns]

