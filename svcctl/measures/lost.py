"""The measures of lost property (DOMAIN 6.3, with the readings of CONTRACT 6): found items, each one record.

Loss reports are in none of them. What is in store is counted at the earlier of the as-of and the period's end, so that
what was there, came and went always comes to what is there.
"""

from __future__ import annotations

from datetime import timedelta

from svcctl.fold import Case, fold, state_at
from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Dimension, Register, Verdict, counted, excluded, labels, met
from svcctl.nouns.lost import AT_ONCE, CATEGORIES, KEPT, VALUE_LABELS, Lost
from svcctl.texts import Text


def _category(case: Case[Lost]) -> str | None:
    return case.state.found.category if case.state.found is not None else None


REGISTER = Register("lost", (Dimension("category", Text("类别", "Category"), labels(CATEGORIES), _category),))

SECOND = timedelta(seconds=1)


def _left(case: Case[Lost], win: Window, state: str) -> bool:
    """Whether it left the store in the period, into that state."""
    return any(step.state == state and win.holds(step.at) for step in case.state.timeline)


@REGISTER.measure(
    "opening", "M-LST-06",
    Text("期初在库", "In store at the start"),
    Text("期初（第一秒之前）在库的拾获物品件数（按登记单）", "found items in store just before the period began, each record one"),
    standing=True, unit="count",
    numerator=Text("期初保管中或认领中的物品", "items stored or claimed at the start"),
    exclusions=Text("客人报失不是物品", "loss reports are no items"),
)  # fmt: skip
def opening(case: Case[Lost], win: Window) -> Verdict:
    """What was handed over from the period before."""
    return counted(state_at(case, win.start) in KEPT)


@REGISTER.measure(
    "found", "M-LST-01",
    Text("拾获登记", "Items found"),
    Text("期内拾获登记的件数（按登记单）", "items taken in during the period, each record one"),
    unit="count",
    numerator=Text("登记时间在期内的拾获物品", "found items whose time lies in the period"),
    exclusions=Text("客人报失不是物品", "loss reports are no items"),
)  # fmt: skip
def found(case: Case[Lost], win: Window) -> Verdict:
    """Records, not pieces: a bunch of keys is one."""
    return counted(case.state.found is not None and win.holds(case.state.at))


@REGISTER.measure(
    "returned", "M-LST-06",
    Text("已归还", "Items returned"),
    Text("期内归还的件数，不论何时拾获", "items handed back in the period, whenever they were found"),
    unit="count", good="up",
    numerator=Text("归还时间在期内的物品", "items whose return lies in the period"),
)  # fmt: skip
def returned(case: Case[Lost], win: Window) -> Verdict:
    """By the time of the return."""
    return counted(_left(case, win, "returned"))


@REGISTER.measure(
    "disposed", "M-LST-06",
    Text("已处置", "Items disposed of"),
    Text("期内处置的件数，含移交公安", "items disposed of in the period, those that went to the police too"),
    unit="count",
    numerator=Text("处置时间在期内的物品", "items whose disposal lies in the period"),
)  # fmt: skip
def disposed(case: Case[Lost], win: Window) -> Verdict:
    """By the time of the disposal."""
    return counted(_left(case, win, "disposed"))


@REGISTER.measure(
    "in_storage", "M-LST-06",
    Text("期末在库", "In store at the end"),
    Text("期末在库件数 = 期初在库 + 拾获 − 归还 − 处置；截至日早于期末时为截至日",
         "in store at the end = at the start + found − returned − disposed; at the as-of, if that is earlier"),
    standing=True, unit="count",
    numerator=Text("期末（或更早的截至日）保管中或认领中的物品", "items stored or claimed at the period's end, or at the as-of if that is earlier"),
    exclusions=Text("客人报失不是物品", "loss reports are no items"),
)  # fmt: skip
def in_storage(case: Case[Lost], win: Window) -> Verdict:
    """After everything that happened in the last second."""
    return counted(state_at(case, win.cut + SECOND) in KEPT)


@REGISTER.measure(
    "return_rate", "M-LST-03",
    Text("归还率", "Returned, of those found"),
    Text("期内拾获的物品中截至日已归还的 ÷ 期内拾获的", "returned by the as-of ÷ found in the period"),
    unit="rate", good="up",
    numerator=Text("其中截至日已归还的", "of them, those returned by the as-of"),
    denominator=Text("期内拾获登记的物品", "items found in the period"),
    exclusions=Text("易腐、违禁物品", "perishable and prohibited ones"),
)  # fmt: skip
def return_rate(case: Case[Lost], win: Window) -> Verdict:
    """Of one cohort, so it still grows after the period, when seen as of a later time."""
    add = case.state.found
    if add is None or not win.holds(case.state.at):
        return ELSEWHERE
    if add.value in AT_ONCE:
        return excluded(VALUE_LABELS[add.value])
    return met(case.state.state == "returned")


@REGISTER.measure(
    "overdue", "M-LST-05",
    Text("逾期未处置", "Held too long"),
    Text("期末保管中、且保管期限已过的件数", "stored at the end of the period with their time up"),
    standing=True, unit="count", good="down",
    numerator=Text("期末（或更早的截至日）list --overdue 列出的物品", "what list --overdue lists at the period's end, or at the as-of if that is earlier"),
)  # fmt: skip
def overdue(case: Case[Lost], win: Window) -> Verdict:
    """A figure of the stock, at the same moment: an extension after the period does not change it."""
    if state_at(case, win.cut + SECOND) != "stored":
        return ELSEWHERE
    then = case if win.as_of <= win.cut else fold(case.noun, case.history, as_of=win.cut)
    return counted(then is not None and case.noun.overdue(then.state, win.cut, win.site))
