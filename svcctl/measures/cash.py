"""The measures of cash points (DOMAIN 7.8, with the readings of CONTRACT 6): of slots, and of variances.

A slot and what belongs to it count on the date its shift starts. Overs and shorts are nowhere in one figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from svcctl.entry import Place
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Dimension, Register, Verdict, counted, excluded, labels, met
from svcctl.nouns.cash import VARIANCES, Cash
from svcctl.nouns.slots import Slot, first_slot, remit_by, slots
from svcctl.texts import Text

LOOK_BACK = timedelta(days=10)  # takings of slots of so many days before a period may fall due in it
NOT_DUE = Text("班次结束未满一小时，尚未到点", "not due yet: its shift has not been over for an hour")


class Shift(NamedTuple):
    """A slot as it is at the as-of. ``id`` and ``place`` are those of its count or skip, else it is missing.

    ``begun``: it is one of the slots that the point's first count began.
    """

    id: str
    place: Place
    point: str
    cashier: str | None
    slot: Slot
    begun: bool
    event: str  # "count", "skip" or empty
    varied: bool
    takings: Decimal
    remitted: datetime | None
    remit_by: datetime
    type: str | None = None


class Difference(NamedTuple):
    """A variance. ``day`` is the date of its slot."""

    id: str
    place: Place
    point: str
    cashier: str | None
    type: str
    amount: Decimal
    day: date
    due: datetime
    settled: datetime | None


Subject = Shift | Difference


def window(win: Window) -> Window:
    """Where no as-of was asked for, a period that has passed is cut an hour after the last slot of its dates ends."""
    if win.now is None or win.now < win.end:
        return win
    last = max((s.due for p in win.site.points for s in slots(win.site, p, win.period.last, win.period.last)), default=win.as_of)
    return win._replace(as_of=min(win.now, max(win.as_of, last)))


def subjects(cases: Sequence[Case[Cash]], win: Window) -> list[Subject]:
    """The slots about the period and the variances."""
    found: list[Subject] = [_difference(c, win) for c in cases if c.state.event == "variance"]
    for point in win.site.points:
        found += _shifts(point, [c for c in cases if c.state.data.point == point], win)
    return found


def _difference(case: Case[Cash], win: Window) -> Difference:
    state = case.state
    day = state.data.date or state.at.astimezone(win.site.zone).date()
    due = state.at + win.site.policy["cash"]["settle_within"]
    return Difference(
        case.id, case.place, state.data.point, state.data.cashier, state.data.type, state.data.amount, day, due, state.settled_at
    )


def _shifts(point: str, cases: Sequence[Case[Cash]], win: Window) -> list[Shift]:
    first = first_slot(win.site, point, cases)
    taken: dict[tuple[str | None, date | None], Case[Cash]] = {}
    for case in cases:  # in their order: of two records of one slot the first one counts
        if case.state.event in ("count", "skip"):
            taken.setdefault((case.state.data.shift, case.state.data.date), case)
    varied = {(c.state.data.shift, c.state.data.date) for c in cases if c.state.event == "variance"}
    found = []
    for one in slots(win.site, point, win.period.first - LOOK_BACK, win.period.last):
        begun = first is not None and one.start >= first.start
        record = taken.get(one.key)
        if begun or record is not None:
            found.append(_shift(one, record, begun, one.key in varied, win))
    return found


def _shift(one: Slot, case: Case[Cash] | None, begun: bool, varied: bool, win: Window) -> Shift:
    due, nothing = remit_by(win.site, one), Decimal(0)
    if case is None:
        name = f"{one.point} {one.day} {one.code}"
        return Shift(name, Place("", 0), one.point, None, one, begun, "", varied, nothing, None, due)
    state = case.state
    cashier = state.by if state.event == "count" else None
    return Shift(
        case.id, case.place, one.point, cashier, one, begun, state.event, varied, state.takings or nothing, state.remitted, due
    )


REGISTER = Register("cash", (
    Dimension("point", Text("收银点", "Cash point"), None, lambda one: one.point),
    Dimension("cashier", Text("收银员", "Cashier"), None, lambda one: one.cashier),
    Dimension("type", Text("类型", "Type"), labels(VARIANCES), lambda one: one.type),
), subjects=subjects, window=window, splits=("point", "cashier"))  # fmt: skip


def _due(one: Subject, win: Window) -> bool | None:
    """Whether it is a slot of the period that is due at the as-of; None for one that is not due yet."""
    if not isinstance(one, Shift) or not one.begun or not win.period.first <= one.slot.day <= win.period.last:
        return False
    if one.slot.due <= win.as_of:
        return True
    return None if one.slot.start <= win.as_of else False


@REGISTER.measure(
    "slots", "M-CSH-01",
    Text("应清点班次", "Slots due"),
    Text("班次日期在期内、截至日已到点的班次数", "slots whose date lies in the period and that are due at the as-of"),
    unit="count",
    numerator=Text("该收银点首次清点所在班次起，日期在期内、结束满一小时的班次",
                   "slots from the one that the point's first count fills, with a date in the period and over for an hour"),
    exclusions=Text("结束未满一小时的", "those not over for an hour"),
)  # fmt: skip
def slots_due(one: Subject, win: Window) -> Verdict:
    """Each shift of each point and date is one."""
    due = _due(one, win)
    return excluded(NOT_DUE) if due is None else counted(due)


@REGISTER.measure(
    "completeness_rate", "M-CSH-01",
    Text("班次交接完整率", "Slots recorded"),
    Text("截至日已清点或登记未营业的 ÷ 应清点班次", "counted or skipped by the as-of ÷ slots due"),
    unit="rate", good="up",
    numerator=Text("其中有清点或未营业登记的", "of them, those with a count or skip"),
    denominator=Text("日期在期内、截至日已到点的班次；没有登记的是缺班",
                     "slots with a date in the period that are due at the as-of; those without a record are missing"),
    exclusions=Text("结束未满一小时的", "those not over for an hour"),
)  # fmt: skip
def completeness(one: Subject, win: Window) -> Verdict:
    """A missing slot is a failure."""
    due = _due(one, win)
    if due is None:
        return excluded(NOT_DUE)
    return met(isinstance(one, Shift) and one.event != "") if due else ELSEWHERE


def _mine(one: Subject, win: Window, kind: str) -> Difference | None:
    """The subject, if it is a variance of that type of a slot in the period."""
    if isinstance(one, Difference) and one.type == kind and win.period.first <= one.day <= win.period.last:
        return one
    return None


@REGISTER.measure(
    "over_count", "M-CSH-03",
    Text("长款笔数", "Overs"),
    Text("班次日期在期内的长款笔数", "overs whose slot's date lies in the period"),
    unit="count", good="down",
    numerator=Text("班次日期在期内的长款，每笔一次", "overs whose slot's date lies in the period, each once"),
)  # fmt: skip
def over_count(one: Subject, win: Window) -> Verdict:
    """Overs only."""
    return counted(_mine(one, win, "over") is not None)


@REGISTER.measure(
    "over_amount", "M-CSH-03",
    Text("长款金额", "Overs, amount"),
    Text("班次日期在期内的长款金额之和", "the amounts of overs whose slot's date lies in the period"),
    unit="money", good="down",
    numerator=Text("班次日期在期内的长款金额，不减短款", "amounts of overs; no short is taken off"),
)  # fmt: skip
def over_amount(one: Subject, win: Window) -> Verdict:
    """Overs only."""
    mine = _mine(one, win, "over")
    return ELSEWHERE if mine is None else Verdict(mine.amount)


@REGISTER.measure(
    "short_count", "M-CSH-04",
    Text("短款笔数", "Shorts"),
    Text("班次日期在期内的短款笔数", "shorts whose slot's date lies in the period"),
    unit="count", good="down",
    numerator=Text("班次日期在期内的短款，每笔一次", "shorts whose slot's date lies in the period, each once"),
)  # fmt: skip
def short_count(one: Subject, win: Window) -> Verdict:
    """Shorts only."""
    return counted(_mine(one, win, "short") is not None)


@REGISTER.measure(
    "short_amount", "M-CSH-04",
    Text("短款金额", "Shorts, amount"),
    Text("班次日期在期内的短款金额之和", "the amounts of shorts whose slot's date lies in the period"),
    unit="money", good="down",
    numerator=Text("班次日期在期内的短款金额，不减长款", "amounts of shorts; no over is taken off"),
)  # fmt: skip
def short_amount(one: Subject, win: Window) -> Verdict:
    """Shorts only."""
    mine = _mine(one, win, "short")
    return ELSEWHERE if mine is None else Verdict(mine.amount)


@REGISTER.measure(
    "variance_rate", "M-CSH-05",
    Text("有差异班次率", "Slots with a variance"),
    Text("有长款或短款的班次 ÷ 已清点的班次", "slots with an over or a short ÷ slots counted"),
    unit="rate", good="down",
    numerator=Text("其中有一笔或几笔差异的，每班一次", "of them, those with one variance or several, each slot once"),
    denominator=Text("日期在期内、截至日已清点的班次", "slots with a date in the period that are counted by the as-of"),
    exclusions=Text("未营业的和缺的班次", "those skipped or missing"),
)  # fmt: skip
def variance_rate(one: Subject, win: Window) -> Verdict:
    """A slot with an over and a short is one slot."""
    if not isinstance(one, Shift) or one.event != "count" or not win.period.first <= one.slot.day <= win.period.last:
        return ELSEWHERE
    return met(one.varied)


@REGISTER.measure(
    "settled_on_time_rate", "M-CSH-06",
    Text("差异处理及时率", "Variances settled on time"),
    Text("在时限之前（含）全额处理的 ÷ 处理时限在期内且已到的", "settled in full by the limit ÷ limits that fell due in the period"),
    unit="rate", good="up", splits=("point", "cashier", "type"),
    numerator=Text("其中全额处理不晚于时限的，任何处理方式", "of them, those settled in full by the limit, in whatever way"),
    denominator=Text("处理时限（差异发生 + policy 的 settle_within）在期内且不晚于截至日的差异",
                     "variances whose limit (their time + settle_within of the policy) lies in the period and not after the as-of"),
)  # fmt: skip
def settled_on_time(one: Subject, win: Window) -> Verdict:
    """Of counts of variances; their amounts are never added up."""
    if not isinstance(one, Difference) or not win.start <= one.due < win.end or one.due > win.as_of:
        return ELSEWHERE
    return met(one.settled is not None and one.settled <= one.due)


@REGISTER.measure(
    "remitted_on_time_rate", "M-CSH-08",
    Text("缴款及时率", "Takings remitted on time"),
    Text("在缴款时限之前（含）缴款的班次 ÷ 有营业款、时限在期内且已到的班次",
         "slots remitted by the limit ÷ slots with takings whose limit fell due in the period"),
    unit="rate", good="up",
    numerator=Text("其中有缴款不晚于时限的", "of them, those that a hand-in names by the limit"),
    denominator=Text("营业款大于 0、缴款时限（ledger.yaml 的 remit_by）在期内且不晚于截至日的班次",
                     "slots with takings whose limit (remit_by of ledger.yaml) lies in the period and not after the as-of"),
)  # fmt: skip
def remitted_on_time(one: Subject, win: Window) -> Verdict:
    """Takings are what a count took out of the till."""
    if not isinstance(one, Shift) or not one.takings or not win.start <= one.remit_by < win.end or one.remit_by > win.as_of:
        return ELSEWHERE
    return met(one.remitted is not None and one.remitted <= one.remit_by)


@REGISTER.measure(
    "missing", "M-CSH-01",
    Text("缺班", "Slots missing"),
    Text("应清点班次中截至日没有清点也没有登记未营业的", "slots due that are neither counted nor skipped at the as-of"),
    unit="count", good="down", splits=("point",),
    numerator=Text("日期在期内、截至日已到点、没有登记的班次", "slots with a date in the period that are due at the as-of and have no record"),
    exclusions=Text("结束未满一小时的", "those not over for an hour"),
)  # fmt: skip
def missing(one: Subject, win: Window) -> Verdict:
    """What the rate of completeness lacks."""
    due = _due(one, win)
    return excluded(NOT_DUE) if due is None else counted(due and isinstance(one, Shift) and one.event == "")
