"""Repairs: what is broken, who is liable, who was sent, when it was finished and whether it holds (DOMAIN 5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Due, Entry, Noun, Rules, Step, Verb, leads, stays, verb
from svcctl.fields import FlagType, IntType, TimeType, choice, master, money, text, time, whole
from svcctl.nouns.callback import LAST_CALL, Call, CallbackVerb, last_call
from svcctl.texts import Text

if TYPE_CHECKING:
    from decimal import Decimal

    from svcctl.site import Site

CHANNELS = (
    ("phone", "电话", "Phone"), ("visit", "来访", "Visit"), ("wechat", "微信", "WeChat"),
    ("hotline", "热线", "Hotline"), ("patrol", "巡查", "Patrol"), ("cleaner", "工作日报", "Cleaner report"),
    ("guest", "住客", "Guest"), ("system", "设备告警", "Alarm"), ("hazard", "隐患", "Hazard"),
)  # fmt: skip
TRADES = (
    ("power", "强电", "Power"), ("weak", "弱电", "Low voltage"), ("plumbing", "给排水", "Plumbing"),
    ("hvac", "暖通", "HVAC"), ("fire", "消防", "Fire"), ("lift", "电梯", "Lift"), ("civil", "土建", "Civil"),
    ("door", "门窗五金", "Door"), ("roof", "屋面防水", "Roof"), ("gas", "燃气", "Gas"),
    ("signage", "标识灯箱", "Signage"), ("furniture", "家具", "Furniture"), ("appliance", "电器", "Appliance"),
    ("other", "其它", "Other"),
)  # fmt: skip
URGENCIES = (("normal", "小修", "Normal"), ("emergency", "急修", "Emergency"), ("planned", "计划", "Planned"))
PENDING = "pending"
PARTIES = (
    (PENDING, "待界定", "To be decided"), ("tenant_self", "商家自保", "Tenant's own fit-out"),
    ("developer", "开发商维保", "Developer's warranty"), ("equipment", "设备维保", "Equipment maintainer"),
    ("property", "物业自修", "Property staff"),
)  # fmt: skip
LIABLE = PARTIES[1:]
PAUSES = (
    ("parts", "待件", "Waiting for parts"), ("access", "无法入室", "No access"), ("owner_ok", "待商家确认", "Owner's consent"),
    ("weather", "天气", "Weather"), ("third_party", "第三方", "Third party"), ("quote", "待报价", "Waiting for a quote"),
)  # fmt: skip
RESULTS = (
    ("fixed", "修复", "Fixed"), ("temporary", "临时处理", "Made safe"), ("replaced", "更换", "Replaced"),
    ("no_fault", "无故障", "No fault"), ("not_ours", "非责移交", "Not ours"), ("declined", "客户放弃", "Declined"),
)  # fmt: skip
PAYERS = (
    ("tenant", "商家", "Tenant"), ("property", "物业", "Property"), ("developer", "开发商", "Developer"),
    ("equipment", "设备维保", "Maintainer"), ("insurer", "保险", "Insurer"),
)  # fmt: skip

STATES = {
    "reported": Text("已报修", "Reported"), "triaged": Text("已界定", "Triaged"), "dispatched": Text("已派单", "Dispatched"),
    "on_site": Text("已到场", "On site"), "paused": Text("挂起", "Paused"), "finished": Text("已完工", "Finished"),
    "verified": Text("已验收", "Verified"), "closed": Text("已关闭", "Closed"), "reopened": Text("返修", "Reopened"),
    "cancelled": Text("取消", "Cancelled"),
}  # fmt: skip
OPEN = ("reported", "triaged", "dispatched", "on_site", "paused", "reopened")


class Pause(NamedTuple):
    """A stretch in which the work waited; ``end`` is None while it lasts."""

    reason: str
    start: datetime
    until: datetime  # as expected when it began
    end: datetime | None


class Repair(NamedTuple):
    """A repair as it stands."""

    state: str
    timeline: tuple[Step, ...]
    reported: "Add"
    at: datetime
    by: str
    party: str
    basis: str | None
    due: datetime | None  # as set, without pauses
    to: str | None = None
    dispatched: datetime | None = None  # the first time
    arrived: datetime | None = None  # the first time
    first_finish: datetime | None = None
    first_result: str | None = None  # of the first finish
    finish: "Finish | None" = None  # the last one
    finished: datetime | None = None  # the last time
    pauses: tuple[Pause, ...] = ()
    before_pause: str = ""
    callbacks: tuple[Call, ...] = ()
    reopened: tuple[datetime, ...] = ()
    party_changes: int = 0  # after dispatch
    last_follow: datetime | None = None

    def paused(self, until: datetime) -> timedelta:
        """How long the work had waited by ``until``; a running pause counts up to then."""
        total = timedelta(0)
        for pause in self.pauses:
            end = until if pause.end is None else min(pause.end, until)
            if end > pause.start:
                total += end - pause.start
        return total

    def deadline(self, now: datetime) -> datetime | None:
        """``due`` extended by the pauses up to ``now`` (up to the first finish, once there is one)."""
        if self.due is None:
            return None
        return self.due + self.paused(now if self.first_finish is None else self.first_finish)


@verb
class Add(Verb):
    """登记报修：地点（铺位或位置）和故障。

    Take a repair: where (a unit or a place) and what is wrong.
    """

    event = "add"
    label = Text("报修", "Report")
    opens = True
    leads_to = "reported"
    one_of = (("unit", "place"),)
    examples = (
        Text('svcctl repair add --unit A-101 --fault "卫生间灯不亮" --party property',
             'svcctl repair add --unit A-101 --fault "No light in the washroom" --party property'),
        Text('svcctl repair add --place "北门扶梯" --fault "异响" --urgency emergency --trade lift',
             'svcctl repair add --place "North escalator" --fault "Grinding noise" --urgency emergency --trade lift'),
    )  # fmt: skip

    unit: str | None = master("铺位/房号", "Unit", "unit")
    place: str | None = text("位置", "Place")
    fault: str = text("故障", "What is wrong", required=True)
    trade: str | None = choice("专业", "Trade", TRADES)
    reporter: str | None = text("报修人", "Reported by", personal="name")
    contact: str | None = text("联系电话", "Contact", personal="phone")
    channel: str | None = choice("渠道", "Channel", CHANNELS)
    urgency: str | None = choice("紧急程度", "Urgency", URGENCIES, policy="normal")
    party: str | None = choice("责任主体", "Liable party", PARTIES, policy="pending")
    due: datetime | None = time("完工时限", "Due", policy="repair.due")

    def complete(self, rules: Rules) -> "Add":
        urgency = self.urgency or "normal"
        due = self.due or rules.at + rules.site.policy["repair"]["due"][urgency]
        return self.but(urgency=urgency, party=self.party or PENDING, due=due)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.due is not None and self.due <= rules.at:
            yield Text("完工时限不晚于报修时间", "it is due at a time that is not after the report")


@verb
class Triage(Verb):
    """界定维修责任主体。派单以后改界定要写明原因。

    Decide who is liable. After dispatch a reason is needed.
    """

    event = "triage"
    label = Text("界定", "Triage")
    moves = leads(OPEN, "triaged", only=("reported",))
    leads_to = "triaged"
    examples = (
        Text('svcctl repair triage 7k3f --party equipment --basis "电梯维保合同第3条"',
             'svcctl repair triage 7k3f --party equipment --basis "Lift contract, clause 3"'),
    )  # fmt: skip

    party: str = choice("责任主体", "Liable party", LIABLE, required=True)
    basis: str | None = text("界定依据", "Basis")
    reason: str | None = text("原因", "Reason")

    def bars(self, state: Repair, entry: Entry) -> Text | None:
        if state.dispatched is not None and not self.reason:
            return Text("派单以后改界定要用 --reason 写明原因", "after dispatch it needs a --reason")
        return None

    def apply(self, state: Repair, entry: Entry) -> Repair:
        changed = state.dispatched is not None and self.party != state.party
        return state._replace(
            party=self.party, basis=self.basis or state.basis, party_changes=state.party_changes + changed
        )


@verb
class Dispatch(Verb):
    """派单。要先界定责任主体；急修可以先派。改派要写明原因。

    Send somebody. The liable party comes first, but for emergencies. Sending somebody else needs a reason.
    """

    event = "dispatch"
    label = Text("派单", "Dispatch")
    moves = leads(("triaged", "reported", "reopened", "dispatched"), "dispatched")
    leads_to = "dispatched"
    examples = (Text("svcctl repair dispatch 7k3f --to 周师傅", "svcctl repair dispatch 7k3f --to Zhou"),)

    to: str = text("派给", "To whom", required=True)
    reason: str | None = text("原因", "Reason")

    def bars(self, state: Repair, entry: Entry) -> Text | None:
        if state.state == "reported" and state.reported.urgency != "emergency":
            return Text(
                "还没有界定责任主体；先 triage，或登记为急修",
                "the liable party is not decided; triage comes first, unless it is an emergency",
            )
        if state.state == "dispatched" and not self.reason:
            return Text("已派给 {to}，改派要用 --reason 写明原因", "{to} has it already; sending somebody else needs a --reason").fill(
                to=state.to
            )
        return None

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return state._replace(to=self.to, dispatched=state.dispatched or entry.at)


@verb
class Arrive(Verb):
    """到场。

    Whoever was sent has arrived.
    """

    event = "arrive"
    label = Text("到场", "Arrive")
    moves = {"dispatched": "on_site"}
    leads_to = "on_site"
    examples = (Text("svcctl repair arrive 7k3f --at 14:05", "svcctl repair arrive 7k3f --at 14:05"),)

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return state._replace(arrived=state.arrived or entry.at)


@verb
class PauseVerb(Verb):
    """挂起：写明原因和预计恢复的时间。挂起的时间顺延完工时限。

    Let it wait: why, and until when. The time it waits extends the deadline.
    """

    event = "pause"
    label = Text("挂起", "Pause")
    moves = leads(("dispatched", "on_site"), "paused")
    leads_to = "paused"
    examples = (
        Text("svcctl repair pause 7k3f --reason parts --until 明天", "svcctl repair pause 7k3f --reason parts --until tomorrow"),
    )  # fmt: skip

    reason: str = choice("原因", "Reason", PAUSES, required=True)
    until: datetime = time("预计恢复", "Until", required=True)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.until <= rules.at:
            yield Text("预计恢复时间已过", "the time it is to wait until has passed")

    def apply(self, state: Repair, entry: Entry) -> Repair:
        pause = Pause(self.reason, entry.at, self.until, None)
        return state._replace(pauses=(*state.pauses, pause), before_pause=state.state)


@verb
class Resume(Verb):
    """恢复。

    Go on with it.
    """

    event = "resume"
    label = Text("恢复", "Resume")
    moves = {"paused": ""}
    examples = (Text("svcctl repair resume 7k3f", "svcctl repair resume 7k3f"),)

    def lands(self, state: Repair) -> str:
        return state.before_pause

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return _unpaused(state, entry.at)


@verb
class Follow(Verb):
    """跟进记录，例如向外部单位催问。

    Note how it goes, for instance what an outside firm answered.
    """

    event = "follow"
    label = Text("跟进", "Follow up")
    moves = stays(OPEN)
    examples = (
        Text('svcctl repair follow 7k3f --text "厂家说周四到货"', 'svcctl repair follow 7k3f --text "Parts arrive Thursday"'),
    )  # fmt: skip

    text: str = text("跟进情况", "What is new", required=True)

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return state._replace(last_follow=entry.at)


@verb
class Finish(Verb):
    """完工。责任主体要已界定。

    It is done. The liable party has to be known.
    """

    event = "finish"
    label = Text("完工", "Finish")
    moves = leads(OPEN, "finished")
    leads_to = "finished"
    examples = (
        Text("svcctl repair finish 7k3f --result fixed --minutes 40", "svcctl repair finish 7k3f --result fixed --minutes 40"),
    )  # fmt: skip

    result: str = choice("结果", "Result", RESULTS, required=True)
    cost: "Decimal | None" = money("费用", "Cost")
    payer: str | None = choice("承担方", "Paid by", PAYERS)
    minutes: int | None = whole("工时（分）", "Minutes of work", high=100_000)

    def bars(self, state: Repair, entry: Entry) -> Text | None:
        if state.party == PENDING:
            return Text("责任主体还没有界定，先 triage", "the liable party is not decided; triage comes first")
        return None

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return _unpaused(state, entry.at)._replace(
            first_finish=state.first_finish or entry.at, first_result=state.first_result or self.result,
            finished=entry.at, finish=self,
        )  # fmt: skip


@verb
class Verify(Verb):
    """验收。不能由被派的人验收。

    Check the work. Not by whoever it was dispatched to.
    """

    event = "verify"
    label = Text("验收", "Verify")
    moves = {"finished": "verified"}
    leads_to = "verified"
    examples = (Text("svcctl repair verify 7k3f --by 李敏", "svcctl repair verify 7k3f --by Li"),)

    def bars(self, state: Repair, entry: Entry) -> Text | None:
        return _not_the_worker(state, entry)


@verb
class Callback(CallbackVerb):
    """登记一次回访。接通时填满意度和是否解决；1、2 分或未解决会自动重开。不能由被派的人回访。

    Record a call back. When reached, score and solved are needed; 1, 2 or `no` reopens. Not by whoever did the work.
    """

    moves = stays(("finished", "verified"))
    leads_to = "closed"
    examples = (
        Text("svcctl repair callback 7k3f --result reached --score 4 --solved yes",
             "svcctl repair callback 7k3f --result reached --score 4 --solved yes"),
    )  # fmt: skip

    def bars(self, state: Repair, entry: Entry) -> Text | None:
        return _not_the_worker(state, entry)

    def apply(self, state: Repair, entry: Entry) -> Repair:
        after: Repair = super().apply(state, entry)
        return after._replace(reopened=(*state.reopened, entry.at)) if self.reopens else after


@verb
class Close(Verb):
    """关闭。

    Close it.
    """

    event = "close"
    label = Text("关闭", "Close")
    moves = leads(("finished", "verified"), "closed")
    leads_to = "closed"
    examples = (Text("svcctl repair close 7k3f", "svcctl repair close 7k3f"),)


@verb
class Reopen(Verb):
    """返修。

    It did not hold: open it again.
    """

    event = "reopen"
    label = Text("返修", "Reopen")
    moves = leads(("finished", "verified", "closed"), "reopened")
    leads_to = "reopened"
    examples = (Text('svcctl repair reopen 7k3f --reason "又不亮了"', 'svcctl repair reopen 7k3f --reason "Out again"'),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return state._replace(reopened=(*state.reopened, entry.at))


@verb
class Cancel(Verb):
    """取消：重复、误报或报修人撤回。

    Cancel it: a duplicate, a mistake, or taken back.
    """

    event = "cancel"
    label = Text("取消", "Cancel")
    moves = leads(OPEN, "cancelled")
    leads_to = "cancelled"
    examples = (Text('svcctl repair cancel 7k3f --reason "重复报修"', 'svcctl repair cancel 7k3f --reason "Duplicate"'),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Repair, entry: Entry) -> Repair:
        return _unpaused(state, entry.at)


def _unpaused(state: Repair, at: datetime) -> Repair:
    """The pause that runs, if one does, ended."""
    if state.state != "paused":
        return state
    *done, running = state.pauses
    return state._replace(pauses=(*done, running._replace(end=at)))


def _not_the_worker(state: Repair, entry: Entry) -> Text | None:
    if state.to is not None and entry.by == state.to:
        return Text(
            "{who} 是被派去修的人，要由别人来做（--by 姓名）",
            "{who} was sent to do the work; somebody else has to do this (--by NAME)",
        ).fill(who=entry.by)
    return None


class RepairNoun(Noun[Repair]):
    """The noun ``repair``."""

    verbs = (
        Add, Triage, Dispatch, Arrive, PauseVerb, Resume, Follow, Finish, Verify, Callback, Close, Reopen, Cancel,
    )  # fmt: skip
    states = STATES
    open_states = frozenset(OPEN)
    columns = ("id", "at", "state", "overdue", "urgency", "unit", "place", "fault", "party", "to", "deadline")
    place_field = "unit"
    derived = {
        "deadline": (TimeType(), Text("时限（含顺延）", "Deadline with pauses")),
        "dispatched_at": (TimeType(), Text("派单时间", "Dispatched at")),
        "arrived_at": (TimeType(), Text("到场时间", "Arrived at")),
        "finished_at": (TimeType(), Text("首次完工", "First finished at")),
        "on_time": (FlagType(), Text("及时", "On time")),
        "repair_minutes": (IntType(), Text("用时（分）", "Minutes taken")),
        "reopened_times": (IntType(), Text("返修次数", "Times reopened")),
        "followed_at": (TimeType(), Text("最近跟进", "Last followed up")),
        "follow_by": (TimeType(), Text("应跟进", "Follow up by")),
        **LAST_CALL,
    }

    def begin(self, entry: Entry) -> Repair:
        add: Add = entry.data
        party = add.party or PENDING
        state = "reported" if party == PENDING else "triaged"
        return Repair(state, (Step(entry.at, state, "add"),), add, entry.at, entry.by, party, None, add.due)

    def facts(self, state: Repair, now: datetime, site: "Site") -> dict[str, Any]:
        deadline, first = state.deadline(now), state.first_finish
        on_time: bool | None = None
        if deadline is not None and (first is not None or deadline < now) and state.state != "cancelled":
            on_time = first is not None and first <= deadline
        last = state.finish
        return {
            "party": state.party, "basis": state.basis, "to": state.to, "deadline": deadline,
            "dispatched_at": state.dispatched, "arrived_at": state.arrived, "finished_at": first, "on_time": on_time,
            "repair_minutes": None if first is None else int((first - state.at - state.paused(first)).total_seconds()) // 60,
            "reopened_times": len(state.reopened), "result": last and last.result, "cost": last and last.cost,
            "payer": last and last.payer, "minutes": last and last.minutes, "followed_at": state.last_follow,
            "follow_by": self.follow_by(state, site), **last_call(state.callbacks),
        }  # fmt: skip

    def dues(self, state: Repair, site: "Site") -> list[Due]:
        if state.state == "paused":
            return [Due("resume", Text("预计恢复", "to go on"), state.pauses[-1].until, "svcctl repair resume {id}")]
        found = []
        deadline = state.deadline(state.timeline[-1].at)
        if deadline is not None and self.is_open(state):
            found.append(Due("due", Text("完工时限", "due"), deadline, self._next(state)))
        follow = self.follow_by(state, site)
        if follow is not None:
            found.append(Due("follow", Text("跟进外部单位", "follow up"), follow, "svcctl repair follow {id} --text "))
        return sorted(found, key=lambda d: d.by)

    def follow_by(self, state: Repair, site: "Site") -> datetime | None:
        """When somebody has to ask the outside firm that was sent how it goes; None where none is at work."""
        if state.state not in ("dispatched", "on_site") or state.party not in ("developer", "equipment"):
            return None
        every: timedelta = site.policy["repair"]["follow_every"]
        return max(m for m in (state.dispatched, state.last_follow, state.arrived) if m is not None) + every

    def _next(self, state: Repair) -> str:
        """What brings it nearer to its finish."""
        if state.party == PENDING and state.state != "dispatched":
            return "svcctl repair triage {id} --party "
        if state.state in ("triaged", "reopened"):
            return "svcctl repair dispatch {id} --to "
        if state.party == PENDING:
            return "svcctl repair triage {id} --party  --reason "
        return "svcctl repair finish {id} --result "

    def overdue(self, state: Repair, now: datetime, site: "Site") -> bool:
        """Open, and the deadline with its pauses has passed; while it is paused the deadline moves along."""
        deadline = state.deadline(now)
        return self.is_open(state) and deadline is not None and deadline < now

    def horizon(self, state: Repair) -> datetime:
        last = state.timeline[-1].at
        deadline = state.deadline(last)
        return last if deadline is None else max(last, deadline)

    def weight(self, state: Repair) -> int:
        return 2 if state.reported.urgency == "emergency" else 0

    def title(self, state: Repair) -> str:
        return state.reported.fault
