"""The measures of work plans (DOMAIN 8.19). A task falls due by the day first set for it: to move it does not help its rate."""

from __future__ import annotations

from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Dimension, Register, Verdict, counted, excluded, labels, met
from svcctl.nouns.plan import TYPES, Plan, last_second
from svcctl.texts import Text

REGISTER = Register("plan", (
    Dimension("type", Text("类型", "Type"), labels(TYPES), lambda case: case.state.task.type),
    Dimension("owner", Text("责任人", "Owner"), None, lambda case: case.state.owner),
))  # fmt: skip

CANCELLED = Text("到期前已取消", "cancelled before it was due")
DROPPED = Text("原定完成时间当天或之前取消的；之后才取消的算未完成", "cancelled by the day first set; one cancelled later counts as not done")


def _planned(case: Case[Plan], win: Window) -> bool:
    """Whether the day first set for it lies in the period, be it over by the as-of or not."""
    return win.start <= last_second(case.state.first_due, win.site) < win.end


def _cancelled(case: Case[Plan], win: Window) -> bool:
    """Whether it was dropped while there was still time for it: what is dropped afterwards was missed before."""
    state = case.state
    return state.cancelled is not None and state.cancelled <= last_second(state.first_due, win.site)


def _on_time(case: Case[Plan], win: Window) -> bool:
    state = case.state
    return state.done is not None and state.done <= last_second(state.first_due, win.site)


@REGISTER.measure(
    "due", "M-PLN-01",
    Text("计划任务", "Tasks planned"),
    Text("原定完成时间在期内的任务数", "tasks whose day first set lies in the period"),
    unit="count",
    numerator=Text("原定完成时间在期内的任务，截至日还没有到期的也算", "tasks whose day first set lies in the period, also if it is still to come at the as-of"),
    exclusions=DROPPED,
)  # fmt: skip
def due(case: Case[Plan], win: Window) -> Verdict:
    """What was to be done in the period."""
    if not _planned(case, win):
        return ELSEWHERE
    return excluded(CANCELLED) if _cancelled(case, win) else counted(True)


@REGISTER.measure(
    "done", "M-PLN-01",
    Text("完成任务", "Tasks done"),
    Text("期内完成的任务数，不论原定哪天完成", "tasks done in the period, whenever they were due"),
    unit="count", good="up",
    numerator=Text("完成时间在期内的任务", "tasks that were done in the period"),
)  # fmt: skip
def done(case: Case[Plan], win: Window) -> Verdict:
    """Late ones and early ones too."""
    return counted(win.holds(case.state.done))


@REGISTER.measure(
    "completion_rate", "M-PLN-01",
    Text("计划完成率", "Tasks done on time"),
    Text("原定完成时间之前（含当天）完成的 ÷ 原定完成时间在期内且已到的", "done by the day first set ÷ tasks whose day first set fell in the period"),
    unit="rate", good="up",
    numerator=Text("其中在原定完成时间之前（含当天）完成的；延期后完成的不算", "of them, those done by that day; done by a later day it was moved to does not count"),
    denominator=Text("原定完成时间在期内且不晚于截至日的任务；没有完成的算未完成", "tasks whose day first set lies in the period and not after the as-of; undone ones are failures"),
    exclusions=DROPPED,
)  # fmt: skip
def completion(case: Case[Plan], win: Window) -> Verdict:
    """By the day first set, so that moving a task hides nothing (PLN-R02)."""
    if not win.holds(last_second(case.state.first_due, win.site)):
        return ELSEWHERE
    return excluded(CANCELLED) if _cancelled(case, win) else met(_on_time(case, win))


@REGISTER.measure(
    "weighted_rate", "M-PLN-01",
    Text("加权完成率", "Done on time, by weight"),
    Text("计划完成率，每项任务按权重算，没写的权重为 1", "tasks done on time, each by its weight; one without counts as 1"),
    unit="rate", good="up",
    numerator=Text("其中在原定完成时间之前（含当天）完成的任务的权重", "of them, the weights of those done by that day"),
    denominator=Text("原定完成时间在期内且不晚于截至日的任务的权重", "the weights of tasks whose day first set lies in the period and not after the as-of"),
    exclusions=DROPPED,
)  # fmt: skip
def weighted(case: Case[Plan], win: Window) -> Verdict:
    """The same, for tasks of which some matter more."""
    found, weight = completion(case, win), case.state.task.weight or 1
    return found._replace(num=found.num and weight, den=found.den and weight)


@REGISTER.measure(
    "moved", "M-PLN-02",
    Text("延期次数", "Times tasks were moved"),
    Text("期内把任务延期的次数", "how often tasks were moved to a later day in the period"),
    unit="count", good="down",
    numerator=Text("期内的每次延期，一项任务可以有几次", "each move in the period; a task may have several"),
)  # fmt: skip
def moved(case: Case[Plan], win: Window) -> Verdict:
    """Moves, not tasks."""
    times = sum(win.holds(at) for at in case.state.moved)
    return Verdict(times) if times else ELSEWHERE


@REGISTER.measure(
    "overdue", "M-PLN-01",
    Text("逾期未完成", "Tasks overdue"),
    Text("截至日未完成、现定完成时间已过的任务数（list --overdue）", "open at the as-of with the day in force over (list --overdue)"),
    standing=True, unit="count", good="down",
    numerator=Text("截至日 list --overdue 列出的任务", "what list --overdue lists at the as-of"),
)  # fmt: skip
def overdue(case: Case[Plan], win: Window) -> Verdict:
    """By the day in force, moves included."""
    return counted(case.noun.overdue(case.state, win.as_of, win.site))
