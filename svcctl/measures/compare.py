"""A period beside the one before and the same one last year, and beside its targets (环比, 同比, 目标)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from svcctl.fold import fold
from svcctl.ledger import Source, Window
from svcctl.measures import find
from svcctl.measures.declare import Good, Unit
from svcctl.measures.engine import Figure, Results, compute, half_up, number
from svcctl.measures.pool import Part, pooled
from svcctl.period import Period
from svcctl.site import Target
from svcctl.texts import Text

Base = Literal["ok", "zero", "none"]
ChangeUnit = Literal["percent", "points"]
Light = Literal["met", "near", "missed"]
PLACES = 4  # decimals of a change; what is shown has fewer
NEAR_POINTS, NEAR_SHARE = Fraction(2, 100), Fraction(5, 100)  # how far from its target a rate, any other figure, is near (DOMAIN 2)
DAWN = datetime(1900, 1, 1, tzinfo=UTC)


class Against(NamedTuple):
    """What a figure is compared with, and the change in per cent or percentage points.

    ``base``: ``ok``; ``zero``, of which there are no per cent (or a rate of nothing); ``none``, no comparable data,
    when ``value`` is None. ``change`` is None unless the base is ``ok`` and both values are there.
    """

    value: Decimal | None
    change: Decimal | None
    base: Base


class ToDate(NamedTuple):
    """A figure from the start of the year to the period's end, and beside the same stretch of the year before."""

    value: Decimal | None
    last_year: Against


class Row(NamedTuple):
    """A figure beside its bases and its target. ``met`` is None without a target or a value."""

    id: str
    noun: str
    label: Text
    unit: Unit
    good: Good | None
    value: Decimal | None
    previous: Against
    last_year: Against
    change_unit: ChangeUnit
    target: Target | None
    met: bool | None
    light: Light | None = None  # None like ``met``

    @property
    def difference(self) -> Decimal | None:
        """The value less that of the previous period, in the figure's own unit (a rate's 0.05 are 5 points)."""
        if self.value is None or self.previous.value is None:
            return None
        return self.value - self.previous.value


def compare(source: Source, win: Window, current: Results, ids: Sequence[str] | None = None) -> list[Row]:
    """The figures of ``current``, all or those of ``ids``, with their bases, which are computed here."""
    chosen = list(current.figures) if ids is None else list(ids)
    figures = [current.figures[i] for i in chosen]
    before = _bases(source, win, win.period.previous(), chosen)
    year = _bases(source, win, win.period.last_year(), chosen)
    targets = win.site.targets
    return [_row(f, before.get(f.id), year.get(f.id), targets.get(f.id)) for f in figures]


def compare_pooled(parts: Sequence[Part], ids: Sequence[str]) -> list[Row]:
    """The figures of ``ids`` of several ledgers together, beside those of each ledger's own earlier periods together.

    There is a comparable base only if every site that uses the noun has one, and a target only if all of these have
    the same.
    """
    found = pooled(parts, ids).figures
    before = _pooled_bases([Part(s, base_window(win, win.period.previous())) for s, win in parts], ids)
    year = _pooled_bases([Part(s, base_window(win, win.period.last_year())) for s, win in parts], ids)
    return [_row(found[i], before.get(i), year.get(i), _common_target(parts, i)) for i in ids]


def _pooled_bases(bases: Sequence[Part], ids: Sequence[str]) -> dict[str, Figure]:
    """The figures of base periods together, of the nouns that have comparable data in each of them."""
    nouns = {i: find(i).measure.noun for i in ids}
    using = {noun: [n for n, base in enumerate(bases) if noun in base.win.site.nouns] for noun in nouns.values()}
    begun = {noun for noun, mine in using.items() if all(_in_use(bases[n].win, noun) for n in mine)}
    found = pooled(bases, [i for i in ids if nouns[i] in begun])
    usable = {
        noun for noun in begun
        if using[noun] and all(noun in found.seen[n] or has_data(*bases[n], noun) for n in using[noun])
    }  # fmt: skip
    return {i: figure for i, figure in found.figures.items() if nouns[i] in usable}


def _common_target(parts: Sequence[Part], identity: str) -> Target | None:
    """The target of a figure that all sites have which use its noun."""
    noun = find(identity).measure.noun
    targets = [part.win.site.targets.get(identity) for part in parts if noun in part.win.site.nouns]
    return targets[0] if targets and all(t == targets[0] for t in targets) else None


def to_date(source: Source, win: Window, ids: Sequence[str]) -> dict[str, ToDate]:
    """The figures of ``ids`` of the year so far (本年累计), as of the same moment, by their ids.

    What is a stock has none: the year's would be the month's once more. A noun that came into use during the year is
    counted from the month on in which it did, as in that month's own report.
    """
    flows: dict[Period, list[str]] = {}
    for i in ids:
        measure = find(i).measure
        if not measure.standing:
            flows.setdefault(_year_so_far(win, measure.noun), []).append(i)
    found: dict[str, ToDate] = {}
    for period, wanted in flows.items():
        own = win._replace(period=period)
        figures = compute(source, own, wanted, ()).figures
        before = _bases(source, own, win.period.last_year().year_to_date(), wanted)
        found.update({i: ToDate(figures[i].value, against(figures[i], before.get(i))) for i in wanted})
    return {i: found.get(i, ToDate(None, Against(None, None, "zero"))) for i in ids}


def _year_so_far(win: Window, noun: str) -> Period:
    """The reporting year up to the period, from the month on in which a noun came into use."""
    year, since = win.period.year_to_date(), win.site.in_use_from.get(noun)
    if since is None or not year.first < since <= year.last:
        return year
    return year.calendar.range(max(year.first, year.calendar.containing("month", since).first), year.last)


def base_window(win: Window, period: Period) -> Window:
    """The window on a period that ``win`` is compared with, with the same knowledge.

    It is seen as of its own end; if the period of ``win`` still runs, after the same time from its start.
    """
    if win.as_of < win.period.last_second:
        as_of = min(period.last_second, period.start + (win.as_of - win.start))
        return Window(period, as_of, win.known_at, win.site)
    return past_window(win, period)


def past_window(win: Window, period: Period) -> Window:
    """The window on another period as of its own end, or that of ``win`` if that is earlier."""
    last = period.last_second
    if win.as_of < last:
        return Window(period, win.as_of, win.known_at, win.site, win.now)
    return Window(period, last, win.known_at, win.site, win.now or win.as_of)


def _bases(source: Source, win: Window, period: Period, ids: Sequence[str]) -> dict[str, Figure]:
    """The figures of a base period, of the nouns that have comparable data there."""
    if win.as_of < win.start:
        return {}  # nothing of it has happened yet, so that nothing is comparable
    base = base_window(win, period)
    nouns = {i: find(i).measure.noun for i in ids}
    found = compute(source, base, [i for i in ids if _in_use(base, nouns[i])], ())
    # A record in the window is proof enough; only without one all the time before has to be searched.
    usable = {n for n, cases in found.cases.items() if cases or has_data(source, base, n)}
    return {i: f for i, f in found.figures.items() if nouns[i] in usable}


def _in_use(base: Window, noun: str) -> bool:
    """Whether the noun was in use from the first day of the period on."""
    since = base.site.in_use_from.get(noun)
    return since is None or since <= base.period.first


def has_data(source: Source, base: Window, noun: str, since: datetime = DAWN) -> bool:
    """Whether any record of the noun, not voided, was opened before the end of the period.

    ``since`` is for who knows that nothing was opened before that moment.
    """
    declared = source.noun(noun)
    for entries in source.histories(noun, since, base.end, base.known_at):
        case = fold(declared, entries, as_of=base.end - timedelta(seconds=1), known_at=base.known_at)
        if case is not None and not case.voided:
            return True
    return False


def _row(figure: Figure, before: Figure | None, year: Figure | None, target: Target | None) -> Row:
    measure = find(figure.id).measure
    met = None if target is None else meets(figure, target)
    return Row(
        figure.id, measure.noun, figure.label, figure.unit, measure.good, figure.value,
        against(figure, before), against(figure, year), "points" if figure.unit == "rate" else "percent",
        target, met, None if target is None else light(figure, target),
    )  # fmt: skip


def against(figure: Figure, base: Figure | None) -> Against:
    """The change of a figure against a base: rates in percentage points, all else in per cent of the base."""
    if base is None:
        return Against(None, None, "none")
    if figure.unit == "rate":
        if base.value is None:
            return Against(None, None, "zero")
        points = None if figure.value is None else ((figure.value - base.value) * 100).quantize(Decimal("0.0001"))
        return Against(base.value, points, "ok")
    if not base.value:
        return Against(base.value, None, "zero")
    if figure.value is None:
        return Against(base.value, None, "ok")
    share = Fraction(figure.value - base.value) / abs(Fraction(base.value))
    return Against(base.value, half_up(share * 100, PLACES), "ok")


def meets(figure: Figure, target: Target) -> bool | None:
    """Whether a figure reaches its target, the limit included; None for a figure without a value.

    A rate is judged by its parts, so that rounding decides nothing.
    """
    if figure.value is None:
        return None
    return _short_of(figure, figure.value, target) <= 0


def light(figure: Figure, target: Target) -> Light | None:
    """How a figure stands to its target: a rate within 2 points of it, anything else within 5 per cent, is near it."""
    if figure.value is None:
        return None
    short = _short_of(figure, figure.value, target)
    room = NEAR_POINTS if figure.unit == "rate" else NEAR_SHARE * abs(Fraction(target.value))
    return "met" if short <= 0 else "near" if short <= room else "missed"


def _short_of(figure: Figure, value: Decimal, target: Target) -> Fraction:
    """By how much a figure misses its target; none or less where it reaches it."""
    exact = Fraction(value)
    if figure.num is not None and figure.den:
        exact = Fraction(figure.num) / Fraction(figure.den)
    limit = Fraction(target.value)
    return limit - exact if target.direction == "min" else exact - limit


def row_json(row: Row) -> dict[str, Any]:
    """A row for programs (CONTRACT 6). Values as in ``measures``; changes are in per cent or points, with 4 decimals."""
    return {
        "id": row.id, "value": number(row.value, row.unit), "previous": number(row.previous.value, row.unit),
        "change": _change(row.previous), "change_unit": row.change_unit,
        "last_year": number(row.last_year.value, row.unit), "yoy": _change(row.last_year),
        "target": None if row.target is None else f"{row.target.value:f}", "met": row.met, "base": row.previous.base,
    }  # fmt: skip


def to_date_json(row: Row, found: ToDate) -> dict[str, Any]:
    """A row with the year to date and its light, for programs."""
    return {
        **row_json(row), "light": row.light, "year_to_date": number(found.value, row.unit),
        "last_year_to_date": number(found.last_year.value, row.unit), "year_change": _change(found.last_year),
    }  # fmt: skip


def _change(base: Against) -> str | None:
    return None if base.change is None else f"{base.change:f}"
