"""What came after the closing of a month: what a period recorded about sealed months, and what that did to the figures
that were published of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from svcctl import measures
from svcctl.entry import CORRECTIONS, Entry
from svcctl.errors import NotFound
from svcctl.fields import Tally
from svcctl.ledger import Source, Window, window
from svcctl.measures.engine import Figure, compute, number
from svcctl.period import Calendar
from svcctl.reports.entries import corrected, first, heads, remark, text_column, time_column
from svcctl.reports.grid import EMPTY, Cell, Grid, Sheets, moment, same, sheet_of
from svcctl.reports.model import Amount, Column, Link
from svcctl.seal import Closed, Seal, month_bounds
from svcctl.site import Site
from svcctl.texts import Lang, Text

LATE, ACCEPTED, CHANGED = "late_entries_sealed", "accepted_entries", "published_changed"
TITLES = {
    LATE: Text("结账后的补录与更正", "Late entries and corrections after the closing"),
    ACCEPTED: Text("结账后才到、已接受的条目", "Entries that arrived after the closing and were accepted"),
    CHANGED: Text("对已公布数字的影响", "Effect on published figures"),
}
INTROS = {
    LATE: Text(
        "本期录入的、发生在录入时已结账的月份或更早的条目，和对这些条目的更正；“已结账月份”是它会改变数字的那些。",
        "Entries recorded in this period though they lie in or before a month that was sealed by then, and corrections of "
        "such entries. The months are the sealed ones whose figures it can change.",
    ),
    ACCEPTED: Text(
        "结账前在别处录入、结账后才合并进来的条目；本期由补充结账接受，或列在另一处对同一月份的结账里。",
        "Entries recorded elsewhere before the closing that a merge brought in after it: accepted in this period by a "
        "supplement, or listed in the seal that another desk made of the same month.",
    ),
    CHANGED: Text(
        "结账时公布的数字，与按本期末（或截至时间）所知、用结账时的设置重算的同一数字；只列有变化的。比率的变化是百分点。"
        "已结账月份的报表不会改变，重印仍是公布的数字。",
        "Figures as published at the closing, and the same ones with what was known at the end of this period (or the "
        "as-of), under the settings of the closing; only those that differ. Rates change by percentage points. Reports of "
        "sealed months stay as they are: printed again they show what was published.",
    ),
}
UNITS = {"count": Text("个", "count"), "rate": Text("比率", "rate"), "minutes": Text("分钟", "min")}
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)


class Late(NamedTuple):
    """An entry about ``months`` that were sealed when it was recorded. ``about``: what it corrects, else itself."""

    entry: Entry
    record: str
    about: Entry
    months: tuple[str, ...]


class Accepted(NamedTuple):
    """An entry that ``by``, a supplement or another desk's seal, brought into the closed month of it."""

    entry: Entry
    record: str
    by: Seal
    months: tuple[str, ...]


class Changed(NamedTuple):
    """A figure of a sealed month that is another one now."""

    month: str
    published: Decimal | None
    now: Figure


class Aftermath(NamedTuple):
    """All of it, for one window."""

    late: list[Late]
    accepted: list[Accepted]
    changed: list[Changed]

    def __bool__(self) -> bool:
        return bool(self.late or self.accepted or self.changed)


def aftermath(source: Source, win: Window) -> Aftermath | None:
    """What a window recorded about months that were sealed; None if no month was sealed before its end.

    The work grows with what it recorded of older records, and with the months that this concerns.
    """
    until = _until(win)
    closed = _closed(source, until)
    if not closed:
        return None
    accepted = list(_accepted(source, closed, win.start, until))
    counted = {name for c in closed.values() for seal, names in _additions(source, c) if seal.recorded < until for name in names}
    late = [one for one in _late(source, closed, win, until) if one.entry.id not in counted]
    touched: dict[str, set[str]] = {}
    for entry, months in (*((one.entry, one.months) for one in late), *((one.entry, one.months) for one in accepted)):
        for month in months:
            touched.setdefault(month, set()).add(entry.kind)
    known_at = until - TICK
    changed = [c for month in sorted(touched) for c in _changed(source, closed[month].seal, touched[month], known_at)]
    return Aftermath(late, accepted, changed)


def published(source: Source, win: Window) -> dict[str, dict[str, str]]:
    """The figures that the seals of months published, by month, as far as a window knows of these seals."""
    return {month: dict(c.seal.measures) for month, c in _closed(source, _until(win)).items()}


def _until(win: Window) -> datetime:
    """The first moment of which a window knows nothing."""
    return win.cut + SECOND if win.known_at is None else min(win.cut + SECOND, win.known_at + TICK)


def _closed(source: Source, until: datetime) -> dict[str, Closed]:
    return {month: c for month, c in source.seals.closed.items() if c.seal.recorded < until}


# -- what came --------------------------------------------------------------------------------------------------------


def _late(source: Source, closed: dict[str, Closed], win: Window, until: datetime) -> Iterable[Late]:
    zone = win.site.zone
    end = month_bounds(max(closed), zone)[1]
    found = []
    for entry in source.belated(win.start, until, end):
        about, record = entry, entry.of or entry.id
        if entry.event in CORRECTIONS:
            entries = source.record_with(entry.id)
            about, record = _about(entry, entries), next((e.id for e in entries if not e.of), record)
        months = _sealed_before(closed, f"{about.at.astimezone(zone):%Y-%m}", entry.recorded)
        if months:
            found.append(Late(entry, record, about, months))
    return sorted(found, key=lambda one: (one.entry.recorded, one.entry.id))


def _about(entry: Entry, entries: Sequence[Entry]) -> Entry:
    """What a correction corrects in the end; itself if that is not there."""
    by_id, passed = {e.id: e for e in entries}, {entry.id}
    while entry.event in CORRECTIONS and entry.of in by_id and entry.of not in passed:
        passed.add(entry.of)
        entry = by_id[entry.of]
    return entry


def _sealed_before(closed: dict[str, Closed], month: str, recorded: datetime) -> tuple[str, ...]:
    """The months, from ``month`` on, that were sealed before something was recorded: what is late in one can change
    what was open at the end of the next."""
    return tuple(m for m in sorted(closed) if m >= month and closed[m].seal.recorded < recorded)


def _additions(source: Source, closed: Closed) -> Iterable[tuple[Seal, list[str]]]:
    """What each supplement, or further seal, adds to a closed month."""
    there = set(source.seals.covered(closed.seal))
    for seal in sorted((*closed.others, *closed.supplements), key=lambda s: s.order):
        new = [name for name in sorted(source.seals.covered(seal)) if name not in there]
        there.update(new)
        yield seal, new


def _accepted(source: Source, closed: dict[str, Closed], start: datetime, until: datetime) -> Iterable[Accepted]:

    @cache
    def knew(month: str) -> frozenset[str]:
        return source.seals.known(closed[month].seal)

    for month in sorted(closed):
        for seal, names in _additions(source, closed[month]):
            if not start <= seal.recorded < until:
                continue
            for name in names:
                entries = source.record_with(name)
                entry = next((e for e in entries if e.id == name), None)
                if entry is not None:
                    # Two desks may seal at the very same moment: what a seal knew is in its list, not in its time.
                    months = tuple(m for m in sorted(closed) if m >= month and name not in knew(m))
                    yield Accepted(entry, entries[0].id, seal, months)


# -- what it did ------------------------------------------------------------------------------------------------------


def _changed(source: Source, seal: Seal, nouns: set[str], known_at: datetime) -> Iterable[Changed]:
    """The figures that a seal published of these nouns and that are others now, in the order of the catalogue."""
    ids = [name for name in seal.measures if _noun_of(name) in nouns]
    if not ids:
        return
    site = source.site_of(seal)
    calendar = Calendar(site.zone, site.week_start, site.month_start_day, site.day_cutoff)
    win = window(site, calendar.month(seal.month), known_at.astimezone(site.zone), None, known_at)
    for name, figure in compute(source, win, ids, ()).figures.items():
        published = seal.measures.get(name, "")
        if (number(figure.value, figure.unit) or "") != published:
            yield Changed(seal.month, Decimal(published) if published else None, figure)


def _noun_of(name: str) -> str:
    """The noun of a measure; empty if this version has no such measure."""
    try:
        return measures.find(name).measure.noun
    except NotFound:
        return ""


# -- words -----------------------------------------------------------------------------------------------------------


def notice(found: Aftermath, sheet: Text) -> Text:
    """What page 1 says of it. ``sheet``: the title of its sheet."""
    parts = []
    if found.late:
        parts.append(Text("本期补录、更正已结账月份的条目 {n} 条", "Entries of this period about sealed months: {n}").fill(n=len(found.late)))
    if found.accepted:
        parts.append(Text("结账后到达、已接受的条目 {n} 条", "entries accepted after the closing: {n}").fill(n=len(found.accepted)))
    parts.append(Text("改变已公布的数字 {n} 个", "published figures changed: {n}").fill(n=len(found.changed)))
    zh, en = "，".join(p.zh for p in parts), "; ".join(p.en for p in parts)
    return Text(f"{zh}，见“{sheet.zh}”。", f"{en[:1].upper()}{en[1:]}. See “{sheet.en}”.")


# -- tables -----------------------------------------------------------------------------------------------------------


def tables(found: Aftermath, source: Source, win: Window, sheets: Sheets, lang: Lang) -> dict[str, Grid]:
    """The tables of it, by the names that programs know them by."""
    return {
        LATE: _late_grid(found.late, source, win, sheets, lang),
        ACCEPTED: _accepted_grid(found.accepted, source, win, sheets, lang),
        CHANGED: _changed_grid(found.changed, win.site, lang),
    }


def _late_grid(late: Iterable[Late], source: Source, win: Window, sheets: Sheets, lang: Lang) -> Grid:
    columns = (
        *heads(lang), time_column("at", Text("发生时间", "At"), lang), time_column("recorded", Text("录入时间", "Recorded"), lang),
        text_column("by", Text("录入人", "By"), lang), text_column("months", Text("已结账月份", "Sealed months"), lang),
        Column("amount", Text("金额", "Amount").to(lang), "money"), text_column("of", Text("更正的条目", "Corrects"), lang),
        text_column("reason", Text("原因", "Reason"), lang),
    )  # fmt: skip
    made = []
    for one in late:
        entry, noun = one.entry, source.noun(one.entry.kind)
        target = corrected(one.about, noun, win, lang) if one.about is not entry else EMPTY
        made.append([
            *first(one.record, entry, noun, sheets, lang), moment(entry.at, win.site), moment(entry.recorded, win.site),
            same(entry.by), _months(one.months, lang), _amount(one.about), target, remark(_reason(entry, lang)),
        ])  # fmt: skip
    return Grid(columns, made)


def _months(months: Sequence[str], lang: Lang) -> Cell:
    shown = months[0] if len(months) == 1 else Text("{a} 至 {b}", "{a} to {b}").fill(a=months[0], b=months[-1]).to(lang)
    return Cell(shown, " ".join(months))


def _amount(entry: Entry) -> Cell:
    """The money that an entry is about."""
    amount = getattr(entry.data, "amount", None)
    counted = getattr(entry.data, "count", None)
    if isinstance(counted, Tally):
        amount = counted.total
    return Cell(amount, f"{amount:.2f}") if isinstance(amount, Decimal) else EMPTY


def _reason(entry: Entry, lang: Lang) -> str:
    """Why it is late, and of a correction why it was made."""
    parts = [entry.data.reason if entry.event in CORRECTIONS else "", entry.late]
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(p for p in parts if p))


def _accepted_grid(accepted: Iterable[Accepted], source: Source, win: Window, sheets: Sheets, lang: Lang) -> Grid:
    columns = (  # in the order of those above, which stand on the same sheet
        Column("id", Text("编号", "ID").to(lang), "link"), *heads(lang)[1:],
        time_column("at", Text("发生时间", "At"), lang), time_column("accepted", Text("接受时间", "Accepted"), lang),
        text_column("by", Text("录入人", "By"), lang), text_column("month", Text("已结账月份", "Sealed month"), lang),
        Column("amount", Text("金额", "Amount").to(lang), "money"), text_column("accepted_by", Text("接受人", "Accepted by"), lang),
        text_column("reason", Text("接受的原因", "Why accepted"), lang),
        Column("seal", Text("结账编号", "Seal").to(lang), "id"),
    )  # fmt: skip
    made = []
    for one in accepted:
        entry, noun, by = one.entry, source.noun(one.entry.kind), one.by
        name = Cell(Link(entry.id, sheet_of(one.record, sheets), one.record), entry.id)
        made.append([
            name, *first(one.record, entry, noun, sheets, lang)[1:], moment(entry.at, win.site), moment(by.recorded, win.site),
            same(entry.by), same(by.month), _amount(entry), same(by.by), remark(by.reason), same(by.id),
        ])  # fmt: skip
    return Grid(columns, made)


def unit_label(unit: str, currency: str) -> Text:
    """What a figure is counted in."""
    money = Text("元", "CNY") if currency == "CNY" else Text(currency, currency)
    return money if unit == "money" else UNITS[unit]


def _changed_grid(changed: Iterable[Changed], site: Site, lang: Lang) -> Grid:
    columns = (
        text_column("month", Text("月份", "Month"), lang), text_column("measure", Text("指标", "Measure"), lang),
        text_column("unit", Text("单位", "Unit"), lang), Column("published", Text("已公布", "Published").to(lang), "int", 14),
        Column("now", Text("现为", "Now").to(lang), "int", 14), Column("change", Text("变化", "Change").to(lang), "int", 14),
    )  # fmt: skip
    made = []
    for one in changed:
        figure, unit = one.now, one.now.unit
        difference = None if one.published is None or figure.value is None else figure.value - one.published
        points = None if difference is None else f"{difference * 100:.4f}" if unit == "rate" else number(difference, unit)
        made.append([
            same(one.month), Cell(figure.label.to(lang), figure.id), Cell(unit_label(unit, site.currency).to(lang), unit),
            Cell(Amount(one.published, unit), number(one.published, unit)), Cell(Amount(figure.value, unit), number(figure.value, unit)),
            Cell(Amount(difference, unit, signed=True), points),
        ])  # fmt: skip
    return Grid(columns, made)
