"""Complaints: what was complained about, the reply that was promised and by when, what came of it (DOMAIN 4)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Due, Entry, Noun, Rules, Step, Verb, leads, stays, verb
from svcctl.fields import FlagType, IntType, TimeType, choice, flag, master, person, ref, text, time
from svcctl.nouns.callback import LAST_CALL, Call, CallbackVerb, last_call
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Site

CHANNELS = (
    ("phone", "电话", "Phone"), ("hotline", "400热线", "Hotline"), ("visit", "来访", "Visit"),
    ("wechat", "微信", "WeChat"), ("web", "线上", "Web"), ("letter", "信函", "Letter"),
    ("government", "政府转办", "Government"), ("inspection", "巡查发现", "Inspection"),
    ("survey", "回访转入", "From callback"), ("internal", "内部", "Internal"),
)  # fmt: skip
CATEGORIES = (
    ("service", "服务态度", "Service attitude"), ("safety", "安全秩序", "Safety"), ("hygiene", "环境卫生", "Hygiene"),
    ("facility", "设施设备", "Facility"), ("repair", "维修质量时效", "Repair"), ("fee", "收费", "Fee"),
    ("noise", "噪音油烟扰民", "Noise and fumes"), ("parking", "停车", "Parking"), ("fitout", "装修扰民", "Fit-out"),
    ("merchant", "商家纠纷", "Merchant"), ("room", "客房质量", "Room"), ("food", "餐饮", "Food"),
    ("lost", "物品遗失", "Lost property"), ("privacy", "信息泄露", "Privacy"), ("staff", "员工行为", "Staff"),
    ("other", "其它", "Other"),
)  # fmt: skip
SEVERITIES = (("general", "一般", "General"), ("serious", "严重", "Serious"), ("major", "重大", "Major"))
HOW = (
    ("explain", "解释沟通", "Explained"), ("fix", "整改修复", "Fixed"), ("refund", "退费减免", "Refunded"),
    ("compensate", "赔偿", "Compensated"), ("apologise", "致歉", "Apologised"),
    ("discipline", "处理人员", "Staff disciplined"), ("transfer", "移交", "Transferred"),
    ("none", "无法满足", "Could not be met"),
)  # fmt: skip

STATES = {
    "new": Text("已受理", "New"), "assigned": Text("已派", "Assigned"), "replied": Text("已答复", "Replied"),
    "resolved": Text("已处理", "Resolved"), "closed": Text("已关闭", "Closed"), "reopened": Text("重开", "Reopened"),
    "merged": Text("已合并", "Merged"), "withdrawn": Text("已撤诉", "Withdrawn"),
}  # fmt: skip
OPEN = ("new", "assigned", "replied", "resolved", "reopened")


class Complaint(NamedTuple):
    """A complaint as it stands. ``promised`` is the promise in force, ``first_promise`` the one first given."""

    state: str
    timeline: tuple[Step, ...]
    taken: "Add"
    at: datetime
    by: str
    owner: str | None
    first_promise: datetime | None
    promised: datetime | None
    target: datetime | None
    first_reply: datetime | None = None
    first_resolved: datetime | None = None
    resolved: datetime | None = None  # the last resolution
    resolved_by: str = ""
    cause: str | None = None
    action: str | None = None
    how: str | None = None
    callbacks: tuple[Call, ...] = ()
    reopened: tuple[datetime, ...] = ()
    ended: datetime | None = None  # withdrawn or merged
    merged_into: str | None = None
    escalated_to: str | None = None

    @property
    def settled(self) -> bool:
        """Resolved, and not reopened since."""
        return self.state in ("resolved", "closed")


@verb
class Add(Verb):
    """受理一件投诉：写下内容、联系方式（或匿名）和承诺答复的时间。

    Take a complaint: what it is about, how to reach the complainant (or anonymous), by when a reply is promised.
    """

    event = "add"
    label = Text("受理", "Take")
    opens = True
    leads_to = "new"
    one_of = (("contact", "anonymous"),)
    examples = (
        Text('svcctl complaint add --content "夜间装修噪音，影响休息" --contact 13800001234 --unit A-101 --category noise',
             'svcctl complaint add --content "Drilling at night" --contact 13800001234 --unit A-101 --category noise'),
        Text('svcctl complaint add --content "扶梯口积水" --anonymous --severity serious --promised "今天 18:00"',
             'svcctl complaint add --content "Wet floor" --anonymous --severity serious --promised "today 18:00"'),
    )  # fmt: skip

    content: str = text("投诉内容", "What is complained about", required=True)
    contact: str | None = text("联系方式", "How to reach the complainant", personal="phone")
    anonymous: bool | None = flag("匿名", "Anonymous")
    promised: datetime | None = time("承诺答复时间", "Reply promised by", policy="complaint.reply")
    target: datetime | None = time("办结时限", "To be resolved by", policy="complaint.target")
    channel: str | None = choice("渠道", "Channel", CHANNELS)
    category: str | None = choice("类别", "Category", CATEGORIES)
    severity: str | None = choice("等级", "Severity", SEVERITIES, policy="general")
    unit: str | None = master("铺位/房号", "Unit", "unit")
    name: str | None = text("投诉人", "Complainant", personal="name")
    demand: str | None = text("诉求", "What the complainant asks for")
    owner: str | None = person("责任人", "Owner")

    def complete(self, rules: Rules) -> "Add":
        severity = self.severity or "general"
        policy = rules.site.policy["complaint"]
        return self.but(
            severity=severity,
            promised=self.promised or rules.at + policy["reply"][severity],
            target=self.target or rules.at + policy["target"][severity],
        )

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.promised is not None and self.promised <= rules.at:
            yield Text("承诺答复时间不晚于来诉时间", "the reply is promised for a time that is not after the complaint")
        if self.target is not None and self.target <= rules.at:
            yield Text("办结时限不晚于来诉时间", "the target is not after the complaint")


@verb
class Assign(Verb):
    """派给责任人。

    Give it to whoever takes care of it.
    """

    event = "assign"
    label = Text("派单", "Assign")
    moves = leads(OPEN, "assigned", only=("new", "reopened"))
    leads_to = "assigned"
    examples = (Text("svcctl complaint assign 7k3f --owner 李敏", "svcctl complaint assign 7k3f --owner Li"),)

    owner: str = person("责任人", "Owner", required=True)

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(owner=self.owner)


@verb
class Reply(Verb):
    """答复投诉人。阶段性答复（--interim）不算兑现承诺。

    Reply to the complainant. An interim reply does not keep the promise.
    """

    event = "reply"
    label = Text("答复", "Reply")
    moves = leads(OPEN, "replied", only=("new", "assigned", "reopened"))
    leads_to = "replied"
    examples = (
        Text('svcctl complaint reply 7k3f --text "已通知施工方22点后停工"',
             'svcctl complaint reply 7k3f --text "Work will stop at 22:00"'),
    )  # fmt: skip

    text: str = text("答复内容", "What was replied", required=True)
    interim: bool | None = flag("阶段性答复", "Interim")

    def lands(self, state: Complaint) -> str:
        return state.state if self.interim else self.moves[state.state]

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        if self.interim or state.first_reply is not None:
            return state
        return state._replace(first_reply=entry.at)


@verb
class Repromise(Verb):
    """在原承诺到期之前另行约定答复时间。

    Agree on another time for the reply, before the promised one has passed.
    """

    event = "repromise"
    label = Text("改约", "Promise anew")
    moves = stays(OPEN)
    examples = (
        Text('svcctl complaint repromise 7k3f --promised "明天 18:00" --reason "等供应商报价"',
             'svcctl complaint repromise 7k3f --promised "tomorrow 18:00" --reason "waiting for a quote"'),
    )  # fmt: skip

    promised: datetime = time("承诺答复时间", "Reply promised by", required=True)
    reason: str = text("原因", "Reason", required=True)

    def bars(self, state: Complaint, entry: Entry) -> Text | None:
        if state.promised is None:
            return Text("没有承诺过答复时间", "no reply was promised")
        if entry.at > state.promised:
            return Text(
                "原承诺 {when} 已过，不能再改约", "the promise for {when} has run out, it can no longer be moved"
            ).fill(when=f"{state.promised:%Y-%m-%d %H:%M}")
        return None

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(promised=self.promised)


@verb
class Escalate(Verb):
    """上报。

    Report it upwards.
    """

    event = "escalate"
    label = Text("上报", "Escalate")
    moves = stays(OPEN)
    examples = (Text("svcctl complaint escalate 7k3f --to 陈经理", "svcctl complaint escalate 7k3f --to Chen"),)

    to: str = text("上报给", "To whom", required=True)

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(escalated_to=self.to)


@verb
class Resolve(Verb):
    """处理完毕：写明原因和处理结果。除非还没告知投诉人（--untold），也算作首次答复。

    Resolve it: the cause and what was done. Unless the complainant was not told yet, it is a reply too.
    """

    event = "resolve"
    label = Text("办结", "Resolve")
    moves = leads(("new", "assigned", "replied", "reopened"), "resolved")
    leads_to = "resolved"
    examples = (
        Text('svcctl complaint resolve 7k3f --cause "违规夜间施工" --action "停工并书面整改" --how fix',
             'svcctl complaint resolve 7k3f --cause "Night work" --action "Stopped, warned in writing" --how fix'),
    )  # fmt: skip

    cause: str = text("原因", "Cause", required=True)
    action: str = text("处理结果", "What was done", required=True)
    how: str | None = choice("处理方式", "How", HOW)
    untold: bool | None = flag("尚未告知投诉人", "The complainant was not told yet")

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        told = state.first_reply if self.untold or state.first_reply is not None else entry.at
        return state._replace(
            first_reply=told, first_resolved=state.first_resolved or entry.at, resolved=entry.at, resolved_by=entry.by,
            cause=self.cause, action=self.action, how=self.how or state.how,
        )  # fmt: skip


@verb
class Callback(CallbackVerb):
    """登记一次回访。接通时填满意度和是否解决；1、2 分或未解决会自动重开。回访人不能是处理人。

    Record a call back. When reached, score and solved are needed; 1, 2 or `no` reopens. Not by whoever resolved it.
    """

    moves = stays(("resolved",))
    leads_to = "closed"
    examples = (
        Text("svcctl complaint callback 7k3f --result reached --score 5 --solved yes",
             "svcctl complaint callback 7k3f --result reached --score 5 --solved yes"),
    )  # fmt: skip

    def bars(self, state: Complaint, entry: Entry) -> Text | None:
        if entry.by == state.resolved_by:
            return Text(
                "回访人不能是处理人 {who}；请由别人回访（--by 姓名）",
                "{who} resolved it and cannot make the call back; let somebody else call (--by NAME)",
            ).fill(who=entry.by)
        return None

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        after: Complaint = super().apply(state, entry)
        return after._replace(reopened=(*state.reopened, entry.at)) if self.reopens else after


@verb
class Close(Verb):
    """三次回访未接通（分在两天）或匿名投诉，可以直接关闭。

    Close it after three unanswered calls on two days, or if the complaint was anonymous.
    """

    event = "close"
    label = Text("关闭", "Close")
    moves = {"resolved": "closed"}
    leads_to = "closed"
    examples = (Text("svcctl complaint close 7k3f", "svcctl complaint close 7k3f"),)

    def bars(self, state: Complaint, entry: Entry) -> Text | None:
        if state.taken.anonymous:
            return None
        missed = [c.at for c in state.callbacks if c.result == "no_answer" and c.at >= (state.resolved or c.at)]
        if len(missed) >= 3 and len({m.date() for m in missed}) >= 2:
            return None
        return Text(
            "要先回访；或者分两天三次未接通（现有 {n} 次）",
            "a call back comes first, or three unanswered ones on two days (there are {n})",
        ).fill(n=len(missed))


@verb
class Reopen(Verb):
    """重开。

    Open it again.
    """

    event = "reopen"
    label = Text("重开", "Reopen")
    moves = leads(("resolved", "closed"), "reopened")
    leads_to = "reopened"
    examples = (Text('svcctl complaint reopen 7k3f --reason "又漏水了"', 'svcctl complaint reopen 7k3f --reason "Leaks again"'),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(reopened=(*state.reopened, entry.at))


@verb
class Merge(Verb):
    """并入另一件说的是同一件事的投诉。

    Merge it into another complaint about the same matter.
    """

    event = "merge"
    label = Text("合并", "Merge")
    moves = leads(OPEN, "merged")
    leads_to = "merged"
    examples = (Text("svcctl complaint merge 7k3f --into 9x2m", "svcctl complaint merge 7k3f --into 9x2m"),)

    into: str = ref("并入", "Into", "complaint", required=True)

    def bars(self, state: Complaint, entry: Entry) -> Text | None:
        if self.into == entry.of:
            return Text("不能并入自己", "it cannot be merged into itself")
        return None

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(merged_into=self.into, ended=entry.at)


@verb
class Withdraw(Verb):
    """投诉人撤诉。

    The complainant takes it back.
    """

    event = "withdraw"
    label = Text("撤诉", "Withdraw")
    moves = leads(OPEN, "withdrawn")
    leads_to = "withdrawn"
    examples = (Text('svcctl complaint withdraw 7k3f --reason "误会"', 'svcctl complaint withdraw 7k3f --reason "A mistake"'),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Complaint, entry: Entry) -> Complaint:
        return state._replace(ended=entry.at)


class ComplaintNoun(Noun[Complaint]):
    """The noun ``complaint``."""

    verbs = (Add, Assign, Reply, Repromise, Escalate, Resolve, Callback, Close, Reopen, Merge, Withdraw)
    states = STATES
    open_states = frozenset(OPEN)
    columns = ("id", "at", "state", "overdue", "severity", "category", "unit", "content", "promised", "owner")
    place_field = "unit"
    derived = {
        "first_reply": (TimeType(), Text("首次答复", "First reply")),
        "resolved_at": (TimeType(), Text("办结时间", "Resolved at")),
        "promise_kept": (FlagType(), Text("承诺兑现", "Promise kept")),
        "score_last": (IntType(1, 5), Text("最近满意度", "Last score")),
        **LAST_CALL,
    }

    def begin(self, entry: Entry) -> Complaint:
        add: Add = entry.data
        return Complaint(
            "new", (Step(entry.at, "new", "add"),), add, entry.at, entry.by, add.owner, add.promised, add.promised,
            add.target,
        )  # fmt: skip

    def unfit(self, entry: Entry, field: str, other: Any) -> Text | None:
        if other.voided or not self.is_open(other.state):
            return Text("只能并入还没有结的投诉", "only an open complaint can take it")
        return None

    def facts(self, state: Complaint, now: datetime, site: "Site") -> dict[str, Any]:
        kept: bool | None = None
        if state.first_promise is not None:
            if state.first_reply is not None:
                kept = state.first_reply <= state.first_promise
            elif now > state.first_promise and (state.ended is None or state.ended > state.first_promise):
                kept = False
        scores = [c.score for c in state.callbacks if c.score is not None]
        return {
            "owner": state.owner, "promised": state.promised, "target": state.target,
            "cause": state.cause, "action": state.action, "how": state.how, "into": state.merged_into,
            "first_reply": state.first_reply, "resolved_at": state.resolved, "promise_kept": kept,
            "score_last": scores[-1] if scores else None, **last_call(state.callbacks),
        }  # fmt: skip

    def dues(self, state: Complaint, site: "Site") -> list[Due]:
        found = []
        if state.promised is not None and state.first_reply is None:
            found.append(Due("reply", Text("承诺答复", "reply promised"), state.promised,
                             "svcctl complaint reply {id} --text "))  # fmt: skip
        if state.target is not None and not state.settled:
            found.append(Due("target", Text("办结时限", "to be resolved"), state.target,
                             "svcctl complaint resolve {id} --cause  --action "))  # fmt: skip
        if state.state == "resolved" and state.resolved is not None:
            within: timedelta = site.policy["complaint"]["callback_within"]
            found.append(Due("callback", Text("回访", "call back"), state.resolved + within,
                             "svcctl complaint close {id}" if state.taken.anonymous else "svcctl complaint callback {id} --result "))  # fmt: skip
        return sorted(found, key=lambda d: d.by)

    def overdue(self, state: Complaint, now: datetime, site: "Site") -> bool:
        """Not answered after the last promise, or not resolved after the target (CONTRACT 6)."""
        return self.is_open(state) and any(d.by < now for d in self.dues(state, site) if d.code != "callback")

    def horizon(self, state: Complaint) -> datetime:
        moments = [state.timeline[-1].at, state.first_promise, state.promised, state.target]
        return max(m for m in moments if m is not None)

    def weight(self, state: Complaint) -> int:
        return {"major": 2, "serious": 1}.get(state.taken.severity or "", 0)

    def title(self, state: Complaint) -> str:
        return state.taken.content
