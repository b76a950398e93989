"""The measures of complaints (DOMAIN 4.4, with the readings of CONTRACT 6)."""

from __future__ import annotations

from datetime import timedelta

from svcctl.fold import Case, state_at
from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Dimension, Register, Verdict, counted, excluded, labels, met, minutes
from svcctl.nouns.complaint import CATEGORIES, OPEN, SEVERITIES, Complaint
from svcctl.texts import Text

REGISTER = Register("complaint", (
    Dimension("category", Text("类别", "Category"), labels(CATEGORIES), lambda case: case.state.taken.category),
    Dimension("severity", Text("等级", "Severity"), labels(SEVERITIES), lambda case: case.state.taken.severity),
))  # fmt: skip

AGAIN = timedelta(days=7)  # reopened within this time, it was not resolved
SATISFIED = 4  # the lowest score that counts as satisfied

NO_PROMISE = Text("没有承诺答复时间", "no reply was promised")
NO_TARGET = Text("没有办结时限", "it has no target")
ANONYMOUS = Text("匿名投诉，无法回访", "anonymous, nobody to call back")
MERGED = Text("已合并到另一件投诉", "merged into another complaint")
WITHDRAWN = Text("已撤诉", "withdrawn")
ENDED = {"merged": MERGED, "withdrawn": WITHDRAWN}


@REGISTER.measure(
    "received", "M-CMP-01",
    Text("投诉量", "Complaints received"),
    Text("期内受理的投诉件数，合并的不计", "complaints received in the period, without merged ones"),
    unit="count", good="down",
    numerator=Text("受理时间在期内的投诉", "complaints whose time lies in the period"),
    exclusions=Text("截至日已合并的", "those merged by the as-of"),
)  # fmt: skip
def received(case: Case[Complaint], win: Window) -> Verdict:
    """Complaints received in the period; a matter that was merged is counted once, with the one it went into."""
    if not win.holds(case.state.at):
        return ELSEWHERE
    return excluded(MERGED) if case.state.state == "merged" else counted(True)


@REGISTER.measure(
    "promise_kept_rate", "M-CMP-03",
    Text("承诺答复兑现率", "Promises kept"),
    Text("在首次承诺时间之前（含）作出首次实质答复的 ÷ 首次承诺时间在期内且已到的",
         "first reply by the first promise ÷ first promises that fell due in the period"),
    unit="rate", good="up",
    numerator=Text("首次非阶段性答复不晚于首次承诺时间的投诉", "complaints whose first reply that is not interim kept the first promise"),
    denominator=Text("首次承诺时间在期内且不晚于截至日的投诉；到期未答复算未兑现，合并的各算各的承诺",
                     "complaints whose first promise lies in the period and not after the as-of; unanswered ones are "
                     "failures, merged ones count with their own promise"),
    exclusions=Text("承诺到期之前撤诉的；导入时没有承诺的", "withdrawn before the promise ran out; imported without a promise"),
)  # fmt: skip
def promise_kept(case: Case[Complaint], win: Window) -> Verdict:
    """By the first promise, whatever was promised later."""
    state = case.state
    if state.first_promise is None:
        return excluded(NO_PROMISE) if win.holds(state.at) else ELSEWHERE
    if not win.holds(state.first_promise):
        return ELSEWHERE
    if state.state == "withdrawn" and state.ended is not None and state.ended <= state.first_promise:
        return excluded(Text("承诺到期之前已撤诉", "withdrawn before the promise ran out"))
    return met(state.first_reply is not None and state.first_reply <= state.first_promise)


@REGISTER.measure(
    "on_time_rate", "M-CMP-04",
    Text("投诉处理及时率", "Complaints resolved on time"),
    Text("在办结时限之前（含）首次办结、且未在 7 天内重开的 ÷ 办结时限在期内且已到的",
         "first resolved by the target and not reopened within 7 days ÷ targets that fell due in the period"),
    unit="rate", good="up",
    numerator=Text("首次办结不晚于时限、截至日前没有在 7 天内重开的投诉",
                   "complaints first resolved by the target and not reopened within 7 days and by the as-of"),
    denominator=Text("办结时限在期内且不晚于截至日的投诉；逾期未办结算不及时",
                     "complaints whose target lies in the period and not after the as-of; unresolved ones are failures"),
    exclusions=Text("办结之前撤诉或合并的；没有时限的", "withdrawn or merged before being resolved; without a target"),
)  # fmt: skip
def on_time(case: Case[Complaint], win: Window) -> Verdict:
    """By the target; what comes back within a week was not resolved."""
    state = case.state
    if state.target is None:
        return excluded(NO_TARGET) if win.holds(state.at) else ELSEWHERE
    if not win.holds(state.target):
        return ELSEWHERE
    first = state.first_resolved
    if first is None:
        return excluded(ENDED[state.state]) if state.state in ENDED else met(False)
    return met(first <= state.target and not (state.reopened and state.reopened[0] <= first + AGAIN))


@REGISTER.measure(
    "completion_rate", "M-CMP-05",
    Text("投诉办结率", "Complaints completed"),
    Text("截至日已关闭的 ÷（期初未关闭 + 期内受理）", "closed at the as-of ÷ (open at the start + received in the period)"),
    unit="rate", good="up",
    numerator=Text("分母中截至日状态为已关闭的投诉", "of the denominator, complaints that are closed at the as-of"),
    denominator=Text("期初未关闭的、期内受理的，以及期初已关闭、期内重开又关闭的投诉",
                     "complaints open at the start or received in the period, and those closed at the start that were "
                     "reopened and closed again in the period"),
    exclusions=Text("截至日已撤诉或已合并的", "those withdrawn or merged at the as-of"),
)  # fmt: skip
def completion(case: Case[Complaint], win: Window) -> Verdict:
    """A complaint closed before the period counts only if it was closed once more in it."""
    state = case.state
    before = state_at(case, win.start)
    if before == "closed":
        again = any(s.state == "closed" and win.holds(s.at) for s in state.timeline)
        return met(True) if again and state.state == "closed" else ELSEWHERE
    if before not in OPEN and not win.holds(state.at):
        return ELSEWHERE
    return excluded(ENDED[state.state]) if state.state in ENDED else met(state.state == "closed")


@REGISTER.measure(
    "callback_rate", "M-CMP-06",
    Text("投诉回访率", "Complaints called back"),
    Text("最近一次办结后在规定时间内接通或被拒访的 ÷ 回访期限在期内且已到的",
         "reached or refused within the time set after the last resolution ÷ call backs that fell due in the period"),
    unit="rate", good="up",
    numerator=Text("最近一次办结后、回访期限之前（含）有接通或拒访的投诉",
                   "complaints with a call back that was reached or refused after the last resolution and by its limit"),
    denominator=Text("最近一次办结加回访期限（默认 3 天）在期内且不晚于截至日的投诉",
                     "complaints whose last resolution plus the time for a call back (3 days by default) lies in the "
                     "period and not after the as-of"),
    exclusions=Text("匿名的、撤诉的", "anonymous and withdrawn ones"),
)  # fmt: skip
def called_back(case: Case[Complaint], win: Window) -> Verdict:
    """Calls that nobody answered are none."""
    state = case.state
    if state.resolved is None:
        return ELSEWHERE
    within: timedelta = win.site.policy["complaint"]["callback_within"]
    due = state.resolved + within
    if not win.holds(due):
        return ELSEWHERE
    if state.taken.anonymous:
        return excluded(ANONYMOUS)
    if state.state == "withdrawn":
        return excluded(WITHDRAWN)
    return met(any(c.result != "no_answer" and state.resolved <= c.at <= due for c in state.callbacks))


@REGISTER.measure(
    "satisfaction_rate", "M-CMP-07",
    Text("投诉回访满意率", "Satisfied with the outcome"),
    Text("最近一次评分为 4、5 分的 ÷ 期内有评分的投诉", "last score 4 or 5 ÷ complaints scored in the period"),
    unit="rate", good="up",
    numerator=Text("期内最近一次评分为 4 或 5 的投诉", "complaints whose last score in the period is 4 or 5"),
    denominator=Text("期内有评分的投诉，每件只取最近一次", "complaints with a score in the period, the last one of each"),
    exclusions=Text("未接通、拒访的回访没有评分", "call backs without a score: no answer, refused"),
)  # fmt: skip
def satisfied(case: Case[Complaint], win: Window) -> Verdict:
    """One score a complaint, so that a long quarrel does not count several times."""
    scores = [c.score for c in case.state.callbacks if c.score is not None and win.holds(c.at)]
    return met(scores[-1] >= SATISFIED) if scores else ELSEWHERE


@REGISTER.measure(
    "reopen_rate", "M-CMP-08",
    Text("投诉重开率", "Complaints reopened"),
    Text("期内重开的投诉 ÷ 期内办结的投诉", "complaints reopened in the period ÷ complaints resolved in the period"),
    unit="rate", good="down",
    numerator=Text("期内重开过的投诉，每件计一次，包括更早办结的", "complaints reopened in the period, each once, also those resolved earlier"),
    denominator=Text("期内办结过的投诉，每件计一次", "complaints resolved in the period, each once"),
)  # fmt: skip
def reopened(case: Case[Complaint], win: Window) -> Verdict:
    """The parts are counted apart: what was resolved before the period and reopened in it is in the numerator only."""
    state = case.state
    num = any(win.holds(moment) for moment in state.reopened)
    den = any(s.event == "resolve" and win.holds(s.at) for s in state.timeline)
    return Verdict(1 if num else None, 1 if den else None)


@REGISTER.measure(
    "first_reply_minutes", "M-CMP-09",
    Text("首次答复时长（中位数）", "Time to first reply (median)"),
    Text("受理到首次实质答复的分钟数的中位数", "median of the minutes from the complaint to its first reply"),
    unit="minutes", aggregate="median", good="down",
    numerator=Text("期内受理、截至日已答复的投诉，含合并的", "complaints received in the period and answered by the as-of, merged ones too"),
    exclusions=Text("尚未答复的不计", "unanswered ones"),
)  # fmt: skip
def first_reply(case: Case[Complaint], win: Window) -> Verdict:
    """In minutes; the median of an even number is the mean of the two in the middle."""
    state = case.state
    if not win.holds(state.at):
        return ELSEWHERE
    if state.first_reply is None:
        return excluded(Text("尚未答复", "not answered yet"))
    return Verdict(minutes(state.first_reply - state.at))


@REGISTER.measure(
    "overdue", "M-CMP-11",
    Text("投诉超期未结", "Complaints overdue"),
    Text("截至日未结、且已过最后承诺未答复或已过时限未办结的件数",
         "open at the as-of, and not answered after the last promise or not resolved after the target"),
    standing=True, unit="count", good="down",
    numerator=Text("list --overdue 列出的投诉", "what list --overdue lists"),
)  # fmt: skip
def overdue(case: Case[Complaint], win: Window) -> Verdict:
    """At the as-of, whenever they were received."""
    return counted(case.noun.overdue(case.state, win.as_of, win.site))
