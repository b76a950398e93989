"""Work plans: what is to be done, by whom, by which day; whether it was, and if not, why (DOMAIN 8.19)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Due, Entry, Noun, Rules, Step, Verb, stays, verb
from svcctl.fields import ChoiceType, DateType, IntType, TimeType, choice, day, person, text, whole
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Site

WEEK = "week"
TYPES = (
    ("year", "年度", "Year"), ("quarter", "季度", "Quarter"), ("month", "月度", "Month"), (WEEK, "周", "Week"),
    ("project", "专项", "Project"), ("market_survey", "市场调查分析", "Market survey"), ("ad_hoc", "临时", "Ad hoc"),
)  # fmt: skip
STATES = {"open": Text("未完成", "Open"), "done": Text("已完成", "Done"), "cancelled": Text("已取消", "Cancelled")}
OUTCOMES = (
    ("on_time", "按期完成", "Done on time"), ("late", "延期完成", "Done late"), ("overdue", "逾期未完成", "Overdue"),
    ("moved", "已延期", "Moved"), ("pending", "进行中", "In progress"), ("cancelled", "已取消", "Cancelled"),
)  # fmt: skip
MOVES = 2  # from the so-manieth on the supervisor agrees (PLN-R02)
DAY = timedelta(days=1)


class Plan(NamedTuple):
    """A task as it stands. ``days``: those it was to be done by, the one first set first; ``moved``: when it was moved."""

    state: str
    timeline: tuple[Step, ...]
    task: "Add"
    at: datetime
    by: str
    owner: str
    days: tuple[date, ...]
    moved: tuple[datetime, ...] = ()
    reason: str | None = None  # why it was not done in time, was moved or cancelled; the last one that was given
    done: datetime | None = None
    cancelled: datetime | None = None
    reviewed: datetime | None = None

    @property
    def first_due(self) -> date:
        """The day first set, which its rate goes by."""
        return self.days[0]

    @property
    def due(self) -> date:
        """The day in force."""
        return self.days[-1]


@verb
class Add(Verb):
    """列入计划：做什么、谁负责、哪天完成。一条记录是一项任务。

    Plan a task: what is to be done, who sees to it, by which day. One record is one task.
    """

    event = "add"
    label = Text("列入计划", "Plan")
    opens = True
    leads_to = "open"
    examples = (
        Text("svcctl plan add --what 清理中庭消防通道杂物 --owner 马东 --due 2026-11-27",
             "svcctl plan add --what 'clear the fire lane in the atrium' --owner Ma --due 2026-11-27"),
        Text("svcctl plan add --what 制定圣诞活动客服保障方案 --owner 李敏 --due 2026-12-10 --type project --title 圣诞季 --weight 3",
             "svcctl plan add --what 'plan the desk for Christmas' --owner Li --due 2026-12-10 --type project --title Christmas --weight 3"),
    )  # fmt: skip

    what: str = text("任务", "Task", required=True)
    owner: str = person("责任人", "Owner", required=True)
    due: date = day("完成时间", "Due", required=True)
    type: str | None = choice("类型", "Type", TYPES, policy=WEEK)
    title: str | None = text("计划名称", "Plan")
    weight: int | None = whole("权重", "Weight", low=1, high=100)

    def complete(self, rules: Rules) -> "Add":
        return self.but(type=self.type or WEEK)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.due < rules.at.date():
            yield Text("完成时间早于列入计划的那天", "it is due before the day on which it is planned")


@verb
class Move(Verb):
    """改到以后的一天完成，写明原因。原定的完成时间保留，完成率按原定的算。

    Move it to a later day, and say why. The day first set is kept, and what the completion rate goes by.
    """

    event = "move"
    label = Text("延期", "Move")
    moves = stays(("open",))
    examples = (
        Text("svcctl plan move 7k3f --due 2026-12-04 --reason 供应商推迟到货", "svcctl plan move 7k3f --due 2026-12-04 --reason 'delivered late'"),
    )  # fmt: skip

    due: date = day("完成时间", "Due", required=True)
    reason: str = text("原因", "Reason", required=True)
    approved_by: str | None = person("批准人", "Approved by")

    def bars(self, state: Plan, entry: Entry) -> Text | None:
        if self.due <= state.due:
            return Text("已定 {due} 完成，只能往后延", "it is due on {due} already and can only be moved to a later day").fill(
                due=state.due.isoformat()
            )
        return None

    def doubts(self, rules: Rules) -> Iterator[Text]:
        times = len(rules.state.moved) + 1 if rules.state is not None else 1
        if times >= MOVES and self.approved_by is None:
            yield Text("第 {n} 次延期，应由主管同意（--approved-by）", "moved {n} times: the supervisor should agree (--approved-by)").fill(n=times)
        if self.due < rules.at.date():
            yield Text("新的完成时间已过", "the new day has passed already")

    def apply(self, state: Plan, entry: Entry) -> Plan:
        return state._replace(days=(*state.days, self.due), moved=(*state.moved, entry.at), reason=self.reason)


@verb
class Miss(Verb):
    """没有按期完成：写明原因。任务仍未完成，做完后用 done，另定时间用 move，不做了用 cancel。

    It was not done in time: say why. It stays open until it is done, moved or cancelled.
    """

    event = "miss"
    label = Text("未完成原因", "Missed")
    moves = stays(("open",))
    examples = (Text("svcctl plan miss 7k3f --reason 商户未到场", "svcctl plan miss 7k3f --reason 'the tenant did not come'"),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Plan, entry: Entry) -> Plan:
        return state._replace(reason=self.reason)


@verb
class Done(Verb):
    """完成。晚于完成时间的，写明原因（--reason）。

    It is done. If it was late, say why (--reason).
    """

    event = "done"
    label = Text("完成", "Done")
    moves = {"open": "done"}
    leads_to = "done"
    examples = (
        Text("svcctl plan done 7k3f --note 照片已发群里", "svcctl plan done 7k3f --note 'photos are in the group'"),
        Text("svcctl plan done 7k3f --reason 等配件两天", "svcctl plan done 7k3f --reason 'two days for a part'"),
    )  # fmt: skip

    reason: str | None = text("原因", "Reason")

    def doubts(self, rules: Rules) -> Iterator[Text]:
        state = rules.state
        if state is not None and rules.at.date() > state.due and self.reason is None and state.reason is None:
            yield Text("晚于完成时间 {due}，应写明原因（--reason）", "it was due on {due}: say why it is late (--reason)").fill(due=state.due.isoformat())

    def apply(self, state: Plan, entry: Entry) -> Plan:
        return state._replace(done=entry.at, reason=self.reason or state.reason)


@verb
class Review(Verb):
    """评估：任务完成之后，或者过了完成时间还没有完成的。

    Assess it: once it is done, or has passed its day undone.
    """

    event = "review"
    label = Text("评估", "Review")
    moves = stays(("open", "done"))
    one_of = (("score", "summary"),)
    examples = (
        Text("svcctl plan review 7k3f --score 5 --summary 提前完成，整改到位", "svcctl plan review 7k3f --score 5 --summary 'early, and well done'"),
    )  # fmt: skip

    score: int | None = whole("评分（1–5）", "Score, 1 to 5", low=1, high=5)
    summary: str | None = text("评估总结", "Summary")

    def bars(self, state: Plan, entry: Entry) -> Text | None:
        if state.state == "open" and entry.at.date() <= state.due:
            return Text("还没有完成，也没有到完成时间 {due}", "it is neither done nor past its day, {due}").fill(due=state.due.isoformat())
        return None

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if rules.state is not None and rules.by == rules.state.owner:
            yield Text("评估人是责任人本人", "its owner assesses it")

    def apply(self, state: Plan, entry: Entry) -> Plan:
        return state._replace(reviewed=entry.at)


@verb
class Cancel(Verb):
    """取消：不做了，写明原因。

    Drop it, and say why.
    """

    event = "cancel"
    label = Text("取消", "Cancel")
    moves = {"open": "cancelled"}
    leads_to = "cancelled"
    examples = (Text("svcctl plan cancel 7k3f --reason 活动取消", "svcctl plan cancel 7k3f --reason 'the event is off'"),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Plan, entry: Entry) -> Plan:
        return state._replace(cancelled=entry.at, reason=self.reason)


def last_second(due: date, site: "Site") -> datetime:
    """The last second of the day by which something is due."""
    return datetime.combine(due, time(23, 59, 59), site.zone)


def passed(due: date, now: datetime, site: "Site") -> bool:
    """Whether a day is over: a report as of its last second has all that happened on it."""
    return now >= last_second(due, site)


def outcome(state: Plan, now: datetime, site: "Site") -> str:
    """What came of it by ``now``, a code of ``OUTCOMES``; on time is by the day first set."""
    if state.done is not None:
        return "on_time" if state.done <= last_second(state.first_due, site) else "late"
    if state.state == "cancelled":
        return "cancelled"
    if passed(state.due, now, site):
        return "overdue"
    return "moved" if passed(state.first_due, now, site) else "pending"


class PlanNoun(Noun[Plan]):
    """The noun ``plan``."""

    verbs = (Add, Move, Miss, Done, Review, Cancel)
    states = STATES
    open_states = frozenset(("open",))
    columns = ("id", "state", "overdue", "type", "what", "owner", "due", "moves", "done_at")
    derived = {
        "first_due": (DateType(), Text("原定完成时间", "First due")),
        "moves": (IntType(), Text("延期次数", "Moves")),
        "done_at": (TimeType(), Text("完成于", "Done at")),
        "outcome": (ChoiceType(OUTCOMES), Text("完成情况", "Outcome")),
        "reviewed_at": (TimeType(), Text("评估时间", "Reviewed at")),
    }

    def begin(self, entry: Entry) -> Plan:
        add: Add = entry.data
        return Plan("open", (Step(entry.at, "open", "add"),), add, entry.at, entry.by, add.owner, (add.due,))

    def facts(self, state: Plan, now: datetime, site: "Site") -> dict[str, Any]:
        return {
            "due": state.due, "first_due": state.first_due, "moves": len(state.moved), "reason": state.reason,
            "done_at": state.done, "outcome": outcome(state, now, site), "reviewed_at": state.reviewed,
        }  # fmt: skip

    def dues(self, state: Plan, site: "Site") -> list[Due]:
        if state.state != "open":
            return []
        return [Due("due", Text("计划完成", "task due"), last_second(state.due, site), "svcctl plan done {id}")]

    def overdue(self, state: Plan, now: datetime, site: "Site") -> bool:
        """The day in force is over."""
        return self.is_open(state) and passed(state.due, now, site)

    def horizon(self, state: Plan) -> datetime:
        return max(state.timeline[-1].at, datetime.combine(max(state.days), time(), state.at.tzinfo) + 2 * DAY)  # in whatever zone

    def title(self, state: Plan) -> str:
        return state.task.what
