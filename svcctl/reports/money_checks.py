"""Reconciliations of money: where what was received went, what is owed, and the till. Overs and shorts are never netted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from svcctl.fold import Case
from svcctl.measures.fee import months_of
from svcctl.nouns import cash_chain, fee_ties, slots
from svcctl.nouns.fee import ITEM_LABELS
from svcctl.reports.model import Check
from svcctl.reports.numbers import Numbers, own_window
from svcctl.texts import Lang, Text

ZERO = Decimal("0.00")
SECOND = timedelta(seconds=1)
RECEIPTS = Text("{measure} = 期内收款 − 冲正 − 退款，逐笔相加", "{measure} = payments − reversals − refunds of the period, one by one")
IDENTITY = Text("{measure} = 冲当期 + 冲往期 + 冲以后 + 违约金 + 预存增减", "{measure} = to current + to arrears + to future + to late fees + change in credit")
ROLL = Text(
    "期初未缴 + 应收 − 核销 − 更正 − 减免 − 坏账 = 期末未缴",
    "Outstanding before + billed − allocated − corrected − waived − written off = outstanding after",
)
BY_WAY = Text("{measure} = 收款 − 冲正 − 退款，各指标相减", "{measure} = paid − reversed − refunded, as these figures stand")
ROLL_OF = Text(
    "{item}：期初未缴 + 应收 − 核销 − 更正 − 减免 − 坏账 = 期末未缴",
    "{item}: outstanding before + billed − allocated − corrected − waived − written off = outstanding after",
)
AGES = Text("各账龄之和 = 全部未缴", "Sum of the ages = all that is outstanding")
LATE = Text("已到期各账龄之和 = {measure}", "Sum of the ages past due = {measure}")
TILL_IN = Text("收银点收的现金费款 = 现金账里的收费收现", "Fees paid in cash at a point = fee moves of the tills")
TILL_OUT = Text("收银点冲正、退出的现金费款 = 现金账里相应的退款", "Fees given back in cash at a point = their refund moves of the tills")
COUNTS = Text("清点和抽查 = 差异如数登记（或无差异）的", "Counts and spot checks = those whose difference, if any, is on record as it is")
SLOTS = Text("{measure} = 已清点或未营业 + 缺班", "{measure} = counted or skipped + missing")
LISTED = Text("{measure} = 逐笔相加", "{measure} = one by one")
ROLLED = ("opening", "billed", "allocated", "corrected", "waived", "written_off", "outstanding")
CUTS = ("correction", "waiver", "writeoff")
KINDS = (("over", "overs"), ("short", "shorts"))


def of_fees(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """The money of the period, what was and is outstanding, and its ages."""
    win, figures = numbers.win, numbers.results.figures
    cases = numbers.cases("fee")
    found = fee_ties.identity(cases, win.start, win.cut, months_of(win).last)
    parts = (found.current, found.arrears, found.future, found.late_fee, found.credit)
    received = figures["fee.received"]
    made = [
        _money(subject, RECEIPTS.fill(measure=received.label).to(lang), received.value or ZERO, found.received),
        _money(subject, IDENTITY.fill(measure=received.label).to(lang), received.value or ZERO, _sum(parts), _added(parts)),
    ]
    charges = [case.state for case in cases if case.state.is_charge]
    before = _sum(_owed(c, win.start) for c in charges if c.at < win.start)
    new = _sum(c.data.amount for c in charges if win.holds(c.at))
    gone = _sum(flow.amount for c in charges for flow in c.flows if win.holds(flow.at))
    cut = [_sum(one.amount for c in charges for one in c.cuts if one.kind == kind and win.holds(one.at)) for kind in CUTS]
    after = _sum(_owed(c, win.cut + SECOND) for c in charges if c.at <= win.cut)
    note = f"{before:,} + {new:,} − {' − '.join(_signed(one) for one in (gone, *cut))} = {after:,}"
    made.append(_money(subject, ROLL.to(lang), before + new - gone - _sum(cut), after, note))
    made += _by_item(numbers, subject, lang)
    ages = {i: f.value or ZERO for i, f in figures.items() if i.startswith("fee.ageing{bucket=")}
    made.append(_money(subject, AGES.to(lang), _sum(c.outstanding or ZERO for c in charges), _sum(ages.values())))
    late = _sum(value for i, value in ages.items() if i != "fee.ageing{bucket=not_due}")
    arrears = figures["fee.arrears"]
    made.append(_money(subject, LATE.fill(measure=arrears.label).to(lang), late, arrears.value or ZERO))
    ways = [figures[f"fee.{name}"].value or ZERO for name in ("paid", "reversed", "refunded")]
    note = f"{ways[0]:,} − {ways[1]:,} − {ways[2]:,}"
    made.insert(1, _money(subject, BY_WAY.fill(measure=received.label).to(lang), received.value or ZERO, ways[0] - ways[1] - ways[2], note))
    return made


def _by_item(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """The way from what was owed to what is owed, of every item that had any, as the figures stand."""
    made = []
    for code, label in ITEM_LABELS.items():
        start, new, *gone, end = (numbers.results.figures[f"fee.{name}{{item={code}}}"].value or ZERO for name in ROLLED)
        if start or new or end or any(gone):
            note = f"{start:,} + {new:,} − {' − '.join(_signed(one) for one in gone)} = {end:,}"
            made.append(_money(subject, ROLL_OF.fill(item=label).to(lang), start + new - _sum(gone), end, note))
    return made


def _owed(charge: Any, moment: datetime) -> Decimal:
    """What was outstanding of a charge just before a moment."""
    whole: Decimal = charge.data.amount
    return whole - _sum(one.amount for one in (*charge.flows, *charge.cuts) if one.at < moment)


def of_cash(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """Each difference is on record once, each shift is accounted for, cash fees are in the till."""
    win, figures = own_window("cash", numbers.win), numbers.results.figures
    cases = numbers.cases("cash", win)
    counted = [case for case in cases if win.holds(case.opening.at) and case.state.event in cash_chain.COUNTS]
    true = sum(case.flaw is None for case in counted)
    due, taken = figures["cash.slots"], int(figures["cash.completeness_rate"].num or 0)
    total = int(due.value or 0)
    gaps = slots.gaps(cases, win.as_of, win.site, win.start)
    missing = sum(g.code == "missing" and g.due <= win.as_of and win.period.first <= g.slot.day <= win.period.last for g in gaps)
    made = [
        Check(subject, COUNTS.to(lang), len(counted), true, len(counted) == true),
        Check(subject, SLOTS.fill(measure=due.label).to(lang), total, taken + missing, total == taken + missing, note=f"{taken} + {missing}"),
    ]
    for kind, group in KINDS:  # each by itself
        figure = figures[f"cash.{kind}_amount"]
        listed = _sum(case.state.data.amount for case in numbers.members("cash", group))
        made.append(_money(subject, LISTED.fill(measure=figure.label).to(lang), figure.value or ZERO, listed))
    return made + _tills(numbers, subject, lang) if "fee" in numbers.used else made


def _tills(numbers: Numbers, subject: str, lang: Lang) -> list[Check]:
    """What fees say came into and went out of the tills, against the moves that came with them."""
    win = numbers.win
    paid, back = ZERO, ZERO
    for case in numbers.cases("fee"):
        for entry in case.entries:
            if not case.state.is_charge and win.holds(entry.at):
                paid += entry.data.amount if entry.event == "pay" and _at_point(entry.data) else ZERO
                back += _back(case, entry)
    moves = [c for c in numbers.cases("cash") if c.state.event == "move" and c.state.data.payment is not None and win.holds(c.opening.at)]
    moved = {kind: _sum(c.state.data.amount for c in moves if c.state.data.type == kind) for kind in ("fee", "refund")}
    return [
        _money(subject, TILL_IN.to(lang), paid, moved["fee"]), _money(subject, TILL_OUT.to(lang), back, moved["refund"]),
    ]  # fmt: skip


def _back(case: Case[Any], entry: Any) -> Decimal:
    """What a reversal or a refund took out of a till."""
    if entry.event == "reverse":
        return case.state.data.amount if _at_point(case.state.data) else ZERO
    return entry.data.amount if entry.event == "refund" and _at_point(entry.data) else ZERO


def _at_point(data: Any) -> bool:
    return data.method == "cash" and data.point is not None


# -- adding up --------------------------------------------------------------------------------------------------------


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _added(parts: Iterable[Decimal]) -> str:
    found = tuple(parts)
    return f"{' + '.join(_signed(part) for part in found)} = {_signed(_sum(found))}"


def _signed(amount: Decimal) -> str:
    """An amount inside a sum."""
    return f"({amount:,})" if amount < 0 else f"{amount:,}"


def _money(subject: str, what: str, expected: Decimal, found: Decimal, note: str = "") -> Check:
    return Check(subject, what, expected, found, expected == found, "money", note)
