"""The measures of repairs (DOMAIN 5.3, with the readings of CONTRACT 6). A repair counts by its first finish."""

from __future__ import annotations

from datetime import timedelta

from svcctl.fold import Case, state_at
from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Dimension, Register, Verdict, counted, excluded, labels, met, minutes
from svcctl.nouns.repair import OPEN, PARTIES, TRADES, Repair
from svcctl.texts import Text

# Who is liable, the trade and who was sent are what they are at the as-of: a correction moves the whole record.
REGISTER = Register("repair", (
    Dimension("party", Text("责任主体", "Liable party"), labels(PARTIES), lambda case: case.state.party),
    Dimension("trade", Text("专业", "Trade"), labels(TRADES), lambda case: case.state.reported.trade),
    Dimension("to", Text("派给", "To whom"), None, lambda case: case.state.to),
))  # fmt: skip

AGAIN = timedelta(days=7)  # reopened within this time, it was not finished on time
SATISFIED = 4  # the lowest score that counts as satisfied
REWORK = timedelta(days=30)  # reopened within this time, it did not hold
NOT_OUR_WORK = ("no_fault", "not_ours")
NO_WORK = (*NOT_OUR_WORK, "declined")

CANCELLED = Text("已取消", "cancelled")
NO_DUE = Text("没有完工时限", "it has no due time")
REASONS = {
    "no_fault": Text("无故障", "no fault was found"),
    "not_ours": Text("非责移交", "not ours to repair"),
    "declined": Text("客户放弃", "the customer declined"),
}


def _finished(case: Case[Repair], win: Window) -> bool:
    return win.holds(case.state.first_finish)


def _back_within(state: Repair, time: timedelta) -> bool:
    """Whether it was reopened within that time after its first finish, the limit included."""
    return bool(state.reopened) and state.first_finish is not None and state.reopened[0] <= state.first_finish + time


@REGISTER.measure(
    "received", "M-REP-04",
    Text("报修量", "Repairs reported"),
    Text("期内登记的报修单数", "repairs reported in the period"),
    unit="count",
    numerator=Text("报修时间在期内的报修，含取消的", "repairs whose time lies in the period, cancelled ones too"),
)  # fmt: skip
def received(case: Case[Repair], win: Window) -> Verdict:
    """Repairs reported in the period."""
    return counted(win.holds(case.state.at))


@REGISTER.measure(
    "finished", "M-REP-04",
    Text("完工量", "Repairs finished"),
    Text("期内首次完工的报修单数", "repairs first finished in the period"),
    unit="count", good="up",
    numerator=Text("首次完工时间在期内的报修", "repairs whose first finish lies in the period"),
)  # fmt: skip
def finished(case: Case[Repair], win: Window) -> Verdict:
    """By the first finish; finishing again after a rework counts no second time."""
    return counted(_finished(case, win))


@REGISTER.measure(
    "on_time_rate", "M-REP-01",
    Text("维修及时率", "Repairs on time"),
    Text("时限之前（含）首次完工、且未在 7 天内返修的 ÷ 时限在期内且已到的",
         "first finished by the deadline and not reopened within 7 days ÷ deadlines that fell due in the period"),
    unit="rate", good="up",
    numerator=Text("首次完工不晚于时限（含挂起顺延）、截至日前没有在 7 天内返修的报修",
                   "repairs first finished by the deadline with its pauses, not reopened within 7 days and by the as-of"),
    denominator=Text("时限（含挂起顺延）在期内且不晚于截至日的报修；逾期未完工算不及时；正在挂起的继续顺延",
                     "repairs whose deadline with its pauses lies in the period and not after the as-of; unfinished "
                     "ones are failures; a running pause moves the deadline along"),
    exclusions=Text("取消的；首次完工结果为无故障、非责移交的", "cancelled; first finished as no fault or not ours"),
)  # fmt: skip
def on_time(case: Case[Repair], win: Window) -> Verdict:
    """By what was due, so that work which is not done cannot hide."""
    state = case.state
    deadline = state.deadline(win.as_of)
    if deadline is None:
        return excluded(NO_DUE) if win.holds(state.at) else ELSEWHERE
    if not win.holds(deadline):
        return ELSEWHERE
    if state.state == "cancelled":
        return excluded(CANCELLED)
    if state.first_result in NOT_OUR_WORK:
        return excluded(REASONS[state.first_result])
    in_time = state.first_finish is not None and state.first_finish <= deadline
    return met(in_time and not _back_within(state, AGAIN))


@REGISTER.measure(
    "on_time_rate_of_finished", "M-REP-01n",
    Text("完工口径及时率", "On time, of those finished"),
    Text("期内首次完工且及时的 ÷ 期内首次完工的", "first finished in the period on time ÷ first finished in the period"),
    unit="rate", good="up",
    numerator=Text("其中首次完工不晚于时限（含挂起顺延）的，不看返修", "of them, those finished by the deadline with its pauses, whether reopened or not"),
    denominator=Text("首次完工时间在期内的报修；未完工的不在其中，仅供对照", "repairs first finished in the period; for comparison only, it does not see unfinished ones"),
    exclusions=Text("没有时限的", "those without a due time"),
)  # fmt: skip
def on_time_of_finished(case: Case[Repair], win: Window) -> Verdict:
    """The naive rate: it is blind to what was never done."""
    if not _finished(case, win):
        return ELSEWHERE
    first, deadline = case.state.first_finish, case.state.deadline(win.as_of)
    if first is None or deadline is None:
        return excluded(NO_DUE)
    return met(first <= deadline)


@REGISTER.measure(
    "completion_rate", "M-REP-04",
    Text("报修完成率", "Repairs completed"),
    Text("期内首次完工的 ÷（期初未完工 + 期内报修 − 期内取消）",
         "first finished in the period ÷ (open at the start + reported − cancelled in the period)"),
    unit="rate", good="up",
    numerator=Text("分母中首次完工在期内的报修", "of the denominator, repairs first finished in the period"),
    denominator=Text("期初未结的和期内登记的报修", "repairs open at the start or reported in the period"),
    exclusions=Text("期内取消的", "those cancelled in the period"),
)  # fmt: skip
def completion(case: Case[Repair], win: Window) -> Verdict:
    """What was cancelled is in neither part."""
    state = case.state
    if state_at(case, win.start) not in OPEN and not win.holds(state.at):
        return ELSEWHERE
    if state.state == "cancelled" and win.holds(state.timeline[-1].at):
        return excluded(CANCELLED)
    return met(_finished(case, win))


@REGISTER.measure(
    "rework_rate", "M-REP-05",
    Text("返修率", "Rework"),
    Text("期内首次完工、30 天内返修的 ÷ 期内首次完工的", "first finished in the period and reopened within 30 days ÷ first finished in the period"),
    unit="rate", good="down",
    numerator=Text("其中首次完工后 30 天内、截至日前返修的", "of them, those reopened within 30 days after the first finish and by the as-of"),
    denominator=Text("首次完工时间在期内的报修", "repairs first finished in the period"),
)  # fmt: skip
def rework(case: Case[Repair], win: Window) -> Verdict:
    """It still grows for 30 days after the period, when seen as of a later time."""
    return met(_back_within(case.state, REWORK)) if _finished(case, win) else ELSEWHERE


@REGISTER.measure(
    "minutes", "M-REP-06",
    Text("平均维修时长", "Time to repair (mean)"),
    Text("报修到首次完工的分钟数减去挂起时间的平均值", "mean of the minutes from the report to the first finish, less pauses"),
    unit="minutes", aggregate="mean", good="down",
    numerator=Text("首次完工时间在期内的报修", "repairs first finished in the period"),
    exclusions=Text("首次完工结果为无故障、非责移交、客户放弃的", "first finished as no fault, not ours or declined"),
)  # fmt: skip
def time_to_repair(case: Case[Repair], win: Window) -> Verdict:
    """In minutes."""
    state = case.state
    first = state.first_finish
    if first is None or not win.holds(first):
        return ELSEWHERE
    if state.first_result in NO_WORK:
        return excluded(REASONS[state.first_result])
    return Verdict(minutes(first - state.at - state.paused(first)))


@REGISTER.measure(
    "backlog", "M-REP-08",
    Text("报修积压", "Repairs open"),
    Text("截至日未完工的报修单数，含返修中的", "repairs open at the as-of, those being reworked too"),
    standing=True, unit="count", good="down",
    numerator=Text("截至日未结的报修", "repairs that are open at the as-of"),
)  # fmt: skip
def backlog(case: Case[Repair], _win: Window) -> Verdict:
    """At the as-of, whenever they were reported."""
    return counted(case.noun.is_open(case.state))


@REGISTER.measure(
    "satisfaction_rate", "M-REP-10",
    Text("维修回访满意率", "Satisfied with the repair"),
    Text("最近一次评分为 4、5 分的 ÷ 期内有评分的报修", "last score 4 or 5 ÷ repairs scored in the period"),
    unit="rate", good="up",
    numerator=Text("期内最近一次评分为 4 或 5 的报修", "repairs whose last score in the period is 4 or 5"),
    denominator=Text("期内有评分的报修，每单只取最近一次", "repairs with a score in the period, the last one of each"),
    exclusions=Text("未接通、拒访的回访没有评分", "call backs without a score: no answer, refused"),
)  # fmt: skip
def satisfied(case: Case[Repair], win: Window) -> Verdict:
    """As of complaints: one score a repair."""
    scores = [c.score for c in case.state.callbacks if c.score is not None and win.holds(c.at)]
    return met(scores[-1] >= SATISFIED) if scores else ELSEWHERE


@REGISTER.measure(
    "cost", "M-REP-13",
    Text("维修费用", "Cost of repairs"),
    Text("期内首次完工的报修的费用合计，不论谁承担", "the cost of repairs first finished in the period, whoever pays"),
    unit="money", good="down", splits=("party", "trade"),
    numerator=Text("首次完工时间在期内的报修在最近一次完工时登记的费用", "what the last finish says of repairs whose first finish lies in the period"),
    exclusions=Text("没有登记费用的", "those without a cost"),
)  # fmt: skip
def cost(case: Case[Repair], win: Window) -> Verdict:
    """A rework that says another cost replaces the first."""
    done = case.state.finish
    return ELSEWHERE if done is None or not done.cost or not _finished(case, win) else Verdict(done.cost)
