"""The groups of records that statistics and detail sheets speak of: received, carried over, open, overdue, ended, coming."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from svcctl.entry import Due, Noun
from svcctl.fold import Case, state_at
from svcctl.ledger import Window
from svcctl.nouns.callback import CONTENT
from svcctl.nouns.slots import remittance_due, takings_due
from svcctl.texts import Text


class Group(NamedTuple):
    """A group: its title, its definition in words, and whether a record belongs to it in a window.

    ``own``: it looks at the ledger through its noun's own window, as the noun's measures do. ``among`` picks the records
    if one cannot be judged without the others; for that also those are looked at that matter ``back`` before the period.
    """

    label: Text
    formula: Text
    holds: Callable[[Case[Any], Window], bool]
    own: bool = False
    among: Callable[[Sequence[Case[Any]], Window], Sequence[Case[Any]]] | None = None
    back: timedelta = timedelta(0)


def received(case: Case[Any], win: Window) -> bool:
    """Opened in the period."""
    return win.holds(case.opening.at)


def carried_over(case: Case[Any], win: Window) -> bool:
    """Open when the period began."""
    return state_at(case, win.start) in case.noun.open_states


def is_open(case: Case[Any], win: Window) -> bool:
    """Open at the as-of."""
    return case.noun.is_open(case.state)


def ended(case: Case[Any], win: Window) -> bool:
    """Came out of the open states in the period, and is not open again."""
    return not is_open(case, win) and any(win.holds(at) and after == "ended" for at, after, _ in turns(case))


def reopened(case: Case[Any], win: Window) -> bool:
    """Came into the state ``reopened`` in the period."""
    return any(b.state == "reopened" != a.state and win.holds(b.at) for a, b in pairwise(case.state.timeline))


def overdue(case: Case[Any], win: Window) -> bool:
    """Open at the as-of, and a limit has passed unmet: what ``list --overdue`` lists."""
    return is_open(case, win) and case.noun.overdue(case.state, win.as_of, win.site)


def turns(case: Case[Any]) -> list[tuple[Any, str, str]]:
    """When a record was opened, ended and came back: ``(at, opened|ended|back, state it came into)``."""
    found = []
    before: bool | None = None
    for step in case.state.timeline:
        now = step.state in case.noun.open_states
        if before is None:
            found.append((step.at, "opened" if now else "ended", step.state))
        elif before != now:
            found.append((step.at, "back" if now else "ended", step.state))
        before = now
    return found


SOON = timedelta(days=5)  # tenants are told of a charge so long before it is due (DOMAIN 3.10)


def upcoming(case: Case[Any], win: Window) -> list[Due]:
    """What of a record is due in the period after this one, the first thing first; of a charge, within 5 days at least."""
    after = win.period.following()
    end = max(after.end, after.start + SOON) if case.noun.name == "fee" else after.end
    return [due for due in _dues(case, win) if after.start <= due.by < end]


def _dues(case: Case[Any], win: Window) -> list[Due]:
    if is_open(case, win):
        return case.noun.dues(case.state, win.site)
    return [remittance_due(case, win.site)] if case.noun.name == "cash" and case.state.owes else []


def coming(case: Case[Any], win: Window) -> bool:
    """Open at the as-of, with something that is due in the period after this one; of takings, to be handed in then."""
    return bool(upcoming(case, win))


GROUPS: dict[str, Group] = {
    "received": Group(
        Text("本期新增", "Received"), Text("期内登记的记录，合并、取消的也在内", "opened in the period, merged or cancelled ones too"),
        received,
    ),
    "carried_over": Group(
        Text("期初遗留", "Carried over"), Text("期初（第一秒之前）未结的记录", "open just before the period began"), carried_over
    ),
    "ended": Group(
        Text("本期办结", "Ended"), Text("期内离开未结状态、截至日没有再打开的记录", "left the open states in the period and not open again at the as-of"),
        ended,
    ),
    "reopened": Group(Text("本期重开", "Reopened"), Text("期内重开（返修）的记录", "reopened in the period"), reopened),
    "open": Group(Text("期末未结", "Open"), Text("截至日未结的记录", "open at the as-of"), is_open),
    "overdue": Group(
        Text("超时未结", "Overdue"), Text("截至日未结、且有期限已过的记录（list --overdue）", "open at the as-of with a limit that has passed (list --overdue)"),
        overdue,
    ),
    "coming": Group(
        Text("下期到期", "Due in the next period"), Text("截至日未结、有期限落在下一期（日报为明日）的记录", "open at the as-of with a limit in the period after this one (of a day: tomorrow)"),
        coming,
    ),
}  # fmt: skip


def _given_back(case: Case[Any], win: Window) -> bool:
    """A payment that was reversed, or of which something was refunded, in the period."""
    return any(e.event in ("reverse", "refund") and win.holds(e.at) for e in case.entries)


def _of_shift(case: Case[Any], win: Window) -> bool:
    """Of a shift whose date lies in the period; what names none, by its time."""
    day: date | None = case.state.data.date
    return win.holds(case.opening.at) if day is None else win.period.first <= day <= win.period.last


def _handover(case: Case[Any], win: Window) -> bool:
    return case.state.event in ("count", "skip") and _of_shift(case, win)


def _unremitted(case: Case[Any], win: Window) -> bool:
    return bool(case.state.owes)


def _planned(case: Case[Any], win: Window) -> bool:
    """A task for the period, by any of the days that were set for it."""
    return any(win.period.first <= day <= win.period.last for day in case.state.days)


def _varied(kind: str) -> Callable[[Case[Any], Window], bool]:
    return lambda case, win: case.state.event == "variance" and case.state.data.type == kind and _of_shift(case, win)


def _broken(case: Case[Any], win: Window) -> bool:
    """A complaint that the rate of promises kept counts as a failure."""
    from svcctl.measures.complaint import promise_kept

    verdict = promise_kept(case, win)
    return bool(verdict.den) and not verdict.num


def _called_back(case: Case[Any], win: Window) -> bool:
    return any(win.holds(call.at) for call in case.state.callbacks)


def _unhappy(case: Case[Any], win: Window) -> bool:
    """A call back of the period that the customer was not content with."""
    return any(win.holds(c.at) and ((c.score is not None and c.score < CONTENT) or c.solved == "no") for c in case.state.callbacks)


def _behind(case: Case[Any], win: Window) -> bool:
    """An outside firm is at work, and nobody asked how it goes in time."""
    return is_open(case, win) and any(due.code == "follow" and due.by < win.as_of for due in _dues(case, win))


AGAIN = timedelta(days=30)  # within it, the same fault at the same place is the same trouble


def _repeated(by: Callable[[Case[Any]], tuple[Any, ...]], ended: tuple[str, ...]) -> Callable[[Sequence[Case[Any]], Window], list[Case[Any]]]:
    """Records of the period that are the same again within 30 days, each with the one before it."""

    def among(cases: Sequence[Case[Any]], win: Window) -> list[Case[Any]]:
        last: dict[tuple[Any, ...], Case[Any]] = {}
        found: dict[str, Case[Any]] = {}
        for case in sorted(cases, key=lambda c: c.opening.order):
            what = by(case)
            if not all(what) or case.state.state in ended:
                continue
            before = last.get(what)
            if before is not None and received(case, win) and case.opening.at - before.opening.at <= AGAIN:
                found.update({before.id: before, case.id: case})
            last[what] = case
        return list(found.values())

    return among


def _fault(case: Case[Any]) -> tuple[Any, ...]:
    add = case.state.reported
    return (add.unit or add.place, add.trade)


def _grievance(case: Case[Any]) -> tuple[Any, ...]:
    add = case.state.taken
    return (add.unit, add.category)


def _nothing(case: Case[Any], win: Window) -> bool:
    """Of a group that is picked ``among`` its records, no record belongs to it by itself."""
    return False


def _remitted_late(case: Case[Any], win: Window) -> bool:
    """A count whose takings had to be handed in during the period, and were not by then."""
    if case.state.event != "count" or not case.state.takings:
        return False
    _, by = takings_due(case.state.data, case.opening.at, win.site)
    return win.start <= by < win.end and by <= win.as_of and (case.state.remitted is None or case.state.remitted > by)


def _last_counts(cases: Sequence[Case[Any]], win: Window) -> list[Case[Any]]:
    """The last count of each point up to the as-of, of shifts that begin no later than the period ends."""
    last: dict[str, Case[Any]] = {}
    for case in sorted(cases, key=lambda c: c.opening.order):
        day = case.state.data.date if case.state.event == "count" else None
        if day is not None and day <= win.period.last:
            last[case.state.data.point] = case
    return list(last.values())


def _open_variance(kind: str) -> Callable[[Case[Any], Window], bool]:
    return lambda case, win: case.state.event == "variance" and case.state.data.type == kind and is_open(case, win)


OWN: dict[str, dict[str, Group]] = {
    "complaint": {
        "broken": Group(
            Text("承诺未兑现", "Promises broken"), Text("首次承诺时间在期内、到时没有实质答复的投诉", "complaints whose first promise lies in the period and was not kept"),
            _broken,
        ),
        "called_back": Group(Text("本期回访", "Called back"), Text("期内有回访记录的投诉，未接通的也在内", "complaints with a call back in the period, unanswered ones too"), _called_back),
        "unhappy": Group(
            Text("回访不满意", "Not satisfied"), Text("期内回访评 1、2 分或未解决的投诉", "complaints called back in the period with score 1 or 2, or not solved"), _unhappy
        ),
        "repeated": Group(
            Text("重复投诉", "Repeated"), Text("期内受理、同一铺位同一类别 30 天内投诉过的，连同前一件；合并、撤诉的不算", "received in the period within 30 days after one of the same unit and category, with that one; merged and withdrawn ones are none"),
            _nothing, among=_repeated(_grievance, ("merged", "withdrawn")), back=AGAIN,
        ),
    },
    "repair": {
        "called_back": Group(Text("本期回访", "Called back"), Text("期内有回访记录的报修，未接通的也在内", "repairs with a call back in the period, unanswered ones too"), _called_back),
        "unhappy": Group(
            Text("回访不满意", "Not satisfied"), Text("期内回访评 1、2 分或未解决的报修", "repairs called back in the period with score 1 or 2, or not solved"), _unhappy
        ),
        "completed": Group(
            Text("本期完工", "Finished"), Text("首次完工时间在期内的报修", "repairs whose first finish lies in the period"), lambda case, win: win.holds(case.state.first_finish)
        ),
        "behind": Group(
            Text("外部单位跟进超期", "Firms to be asked"), Text("外部单位在修、已过跟进间隔还没有跟进的报修", "repairs at which an outside firm works and that nobody followed up in time"),
            _behind,
        ),
        "repeated": Group(
            Text("重复报修", "Repeated faults"), Text("期内报修、同一地点同一专业 30 天内报修过的，连同前一单；取消的不算", "reported in the period within 30 days after one of the same place and trade, with that one; cancelled ones are none"),
            _nothing, among=_repeated(_fault, ("cancelled",)), back=AGAIN,
        ),
    },
    "fee": {
        "coming": Group(
            Text("即将到期", "Coming due"), Text("截至日未缴、应缴日落在下一期（日报为其后 5 天）的应收", "outstanding at the as-of and due in the period that follows (of a day: in the 5 days that follow)"),
            coming,
        ),
        "given_back": Group(
            Text("本期冲正或退款的收款", "Payments given back"), Text("期内有冲正或退款的收款，不论何时收的", "payments reversed or refunded in the period, whenever they came"),
            _given_back,
        ),
    },
    "plan": {
        "planned": Group(
            Text("本期任务", "Tasks of the period"), Text("完成时间（原定的或延期后的）在期内的任务", "tasks that were to be done in the period, by the day first set or one they were moved to"), _planned
        ),
    },
    "cash": {
        "coming": Group(
            Text("下期到期", "Coming due"), Text("处理时限落在下一期（日报为明日）的长款短款，缴款时限落在下一期的营业款", "variances to be settled, and takings to be handed in, in the period that follows (of a day: tomorrow)"),
            coming, own=True,
        ),
        "remitted_late": Group(
            Text("迟缴", "Handed in late"), Text("缴款时限在期内、到时没有缴的营业款", "takings whose limit lies in the period and that were not handed in by then"),
            _remitted_late, own=True,
        ),
        "last_counts": Group(
            Text("期末清点", "Last counts"), Text("各收银点班次日期不晚于期末的最近一次交接清点", "the last count of each point of a shift up to the end of the period"),
            _nothing, own=True, among=_last_counts,
        ),
        "open_overs": Group(Text("待处理长款", "Open overs"), Text("截至日未处理完的长款", "overs not settled in full at the as-of"), _open_variance("over"), own=True),
        "open_shorts": Group(Text("待处理短款", "Open shorts"), Text("截至日未处理完的短款", "shorts not settled in full at the as-of"), _open_variance("short"), own=True),
        "handovers": Group(
            Text("班次交接", "Handovers"), Text("班次日期在期内的清点和未营业登记", "counts and skips of shifts with a date in the period"),
            _handover, own=True,
        ),
        "unremitted": Group(
            Text("待缴营业款", "Takings to be handed in"), Text("清点时取出、还没有缴款的营业款，不论哪天的", "takings that a count took out and that are not handed in yet, of whatever day"),
            _unremitted, own=True,
        ),
        "overs": Group(
            Text("本期长款", "Overs"), Text("班次日期在期内的长款", "overs of shifts with a date in the period"), _varied("over"), own=True
        ),
        "shorts": Group(
            Text("本期短款", "Shorts"), Text("班次日期在期内的短款", "shorts of shifts with a date in the period"), _varied("short"), own=True
        ),
    },
}  # fmt: skip
"""The groups that only one noun has."""


def group(noun: Noun[Any], name: str) -> Group | None:
    """A group by its name; a state of the noun is one too, and each of several verbs that open. None if there is none."""
    found = OWN.get(noun.name, {}).get(name) or GROUPS.get(name)
    if found is None and name in _openings(noun):
        return _opened(noun, name)
    if found is None and name in noun.states:
        label = noun.states[name]
        formula = Text("截至日状态为“{label}”的记录", 'in the state "{label}" at the as-of').fill(label=label)
        return Group(label, formula, lambda case, _: case.state.state == name)
    return found


def _openings(noun: Noun[Any]) -> list[str]:
    """The events that open a record, if there are several: then those of each are a group by themselves."""
    found = [v.event for v in noun.verbs if v.opens]
    return found if len(found) > 1 else []


def _opened(noun: Noun[Any], event: str) -> Group:
    verb = noun.verb(event)
    assert verb is not None, event
    formula = Text("期内以“{label}”登记的记录", 'opened in the period by "{label}"').fill(label=verb.label)
    return Group(verb.label, formula, lambda case, win: received(case, win) and case.opening.event == event)


def names(noun: Noun[Any]) -> list[str]:
    """The groups a noun has."""
    return list(dict.fromkeys((*GROUPS, *OWN.get(noun.name, {}), *_openings(noun), *noun.states)))


SCOPES = {
    "carried_over": Text("期初遗留", "Carried over"),
    "received": Text("本期新增", "Received"),
    "later": Text("期后", "After the period"),
    "earlier": Text("更早", "Earlier"),
}


def scope(case: Case[Any], win: Window) -> str:
    """Where a record stands to the period, as a code of ``SCOPES``."""
    if received(case, win):
        return "received"
    if case.opening.at > win.cut:
        return "later"
    return "carried_over" if carried_over(case, win) else "earlier"


def state_after(case: Case[Any], win: Window) -> str | None:
    """The state at the period's end: after everything that happened in its last second. None: not there yet."""
    return state_at(case, win.cut + timedelta(seconds=1))
