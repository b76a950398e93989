"""Cash: the float counted at every change of shift, what comes in and goes out, differences, and takings handed in (DOMAIN 7).

What should be in the till is worked out in ``cash_chain``, and never told before the count is stored. Overs and shorts
are settled each by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import date as calendar_day
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from svcctl import fields
from svcctl.entry import Account, Brought, Due, Entry, Missing, Noun, Reach, Rules, Step, Verb, verb
from svcctl.fields import (
    ChoiceType,
    Ctx,
    MoneyType,
    Spec,
    Tally,
    TallyType,
    TimeType,
    choice,
    day,
    person,
    point,
    ref,
    tally,
    text,
    texts,
)
from svcctl.nouns.cash_chain import NEAR, OPEN, SAFE, Chain, difference, named, reaches
from svcctl.nouns.slots import Slot, gaps, read, slot, takings_due
from svcctl.texts import Text, listed, same

if TYPE_CHECKING:
    from decimal import Decimal

    from svcctl.site import Site

MOVES = (
    ("sale", "销售收现", "Sale"), ("fee", "收费收现", "Fee received"), ("deposit_in", "押金收", "Deposit in"),
    ("refund", "退款", "Refund"), ("deposit_out", "退押金", "Deposit out"), ("float_up", "增拨备用金", "Float up"),
    ("float_down", "缴回备用金", "Float down"), ("drop", "中途投款", "Drop"), ("change_in", "换入零钞", "Change in"),
    ("change_out", "换出整钞", "Change out"), ("make_good", "短款补入", "Short made good"),
)  # fmt: skip
APPROVED = ("refund", "deposit_out", "float_up", "float_down")  # somebody should approve them
VARIANCES = (("over", "长款", "Over"), ("short", "短款", "Short"))
VARIANCE_LABELS = {code: Text(zh, en) for code, zh, en in VARIANCES}
SETTLEMENTS = (
    ("over_paid_in", "长款已缴", "Over paid in"), ("short_made_good", "短款已补", "Short made good"),
    ("explained", "查明更正", "Explained"), ("company_bears", "公司承担", "Company bears"),
)  # fmt: skip
SETTLES = {"over": ("over_paid_in", "explained"), "short": ("short_made_good", "explained", "company_bears")}
STATES = {
    "done": Text("已登记", "Recorded"), "open": Text("待处理", "Open"), "partial": Text("部分处理", "Partly settled"),
    "settled": Text("已处理", "Settled"),
}  # fmt: skip
AGES = (
    ("0-1", "1 天以内", "Up to 1 day"), ("2-7", "2–7 天", "2–7 days"), ("8-30", "8–30 天", "8–30 days"), ("31+", "30 天以上", "Over 30 days"),
)  # fmt: skip
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
NEAREST = ("默认：还没登记、结束时间离此刻最近的", "by default the one not recorded yet whose end is nearest")
COUNT_HINT = ("面额x张数，如 100x3,50x4,0.5x6", "denomination x number, such as 100x3,50x4,0.5x6")


class Cash(NamedTuple):
    """A record of a cash point as it stands. What follows ``settled_at`` comes from the others of the point."""

    state: str
    timeline: tuple[Step, ...]
    at: datetime
    by: str
    data: Any  # its opening verb
    settled: "Decimal | None" = None  # of a variance
    settled_at: datetime | None = None  # of a variance, in full
    expected: "Decimal | None" = None  # of a count or spot check
    over: "Decimal | None" = None
    short: "Decimal | None" = None
    takings: "Decimal | None" = None  # of a count: what it took out of the till
    remitted: datetime | None = None  # when the takings were handed in
    first: bool = False  # the first count of its point

    @property
    def event(self) -> str:
        """What sort of record it is."""
        return self.timeline[0].event

    @property
    def rest(self) -> "Decimal":
        """What is still open of a variance."""
        amount: Decimal = self.data.amount
        return amount if self.settled is None else amount - self.settled

    @property
    def owes(self) -> bool:
        """Whether takings are still to be handed in."""
        return bool(self.takings) and self.remitted is None


class CountOrId(TallyType):
    """What the field ``count`` of a record is: counted money, or in a variance the id of the count it came from."""

    def dump(self, value: Any) -> str:
        return value if isinstance(value, str) else super().dump(value)

    def parse(self, text: str, ctx: Ctx) -> Any:
        return text.strip() if text.strip().startswith("ca-") else super().parse(text, ctx)


def _chain(rules: Rules) -> Chain:
    found: Chain = Chain(rules.site) if rules.account is None else rules.account
    return found


def _denominations(count: Tally, rules: Rules) -> Iterator[tuple[str, Text]]:
    """What was counted that is no money here."""
    from decimal import Decimal

    allowed = rules.site.policy["cash"]["denominations"]
    known = {Decimal(one) for one in allowed}
    wrong = [value for value, _ in count if Decimal(value) not in known]
    if wrong:
        what = Text("没有这种面额：{wrong}；应为 {allowed}", "there is no such denomination: {wrong}; expected {allowed}")
        yield "count", what.fill(wrong=listed([same(w) for w in wrong]), allowed=listed([same(a) for a in allowed]))


def _passed(rules: Rules, what: Text) -> Iterator[tuple[str, Text]]:
    """What is dated before the last count, with which its time was closed."""
    last = _chain(rules).last
    if last is not None and rules.at < last.at:
        when = last.at.astimezone(rules.site.zone)
        late = Text("早于 {when} 的清点（{id}），那之前的账已经清点过了", "it lies before the count of {when} ({id}), with which all before was closed")
        yield "at", late.fill(when=f"{when:%Y-%m-%d %H:%M}", id=last.id).joined(what, "。", ". ")


def _nothing(amount: "Decimal | None") -> Iterator[tuple[str, Text]]:
    """An amount that is none."""
    if amount is not None and not amount:
        yield "amount", Text("要大于 0", "has to be more than 0")


def _no_slot(rules: Rules, code: str, shift: str | None) -> Iterator[tuple[str, Text]]:
    """A shift that the point does not have."""
    shifts = rules.site.points[code].shifts if code in rules.site.points else ()
    if shift is not None and shift not in [s.code for s in shifts]:
        known = Text("没有班次 {shift}；ledger.yaml 里这个收银点的班次：{codes}", "there is no shift {shift}; this point's in ledger.yaml: {codes}")
        yield "shift", known.fill(shift=shift, codes=listed([same(s.code) for s in shifts]) if shifts else "—")


def _not_free(rules: Rules, of: Slot | None) -> Iterator[tuple[str, Text]]:
    """A slot that is taken or has not begun."""
    if of is None:
        return
    there = _chain(rules).taken(of)
    if there is not None:
        what = Text("{slot} 已经有了：{event} {id}", "{slot} is there already: {event} {id}")
        yield "shift", what.fill(slot=of.name, event=there.event, id=there.id)
    elif of.start > rules.at:
        what = Text("{slot} 还没有开始（{start}）；前面的班次都已登记", "{slot} has not begun ({start}); all shifts before it are recorded")
        yield "shift", what.fill(slot=of.name, start=f"{of.start.astimezone(rules.site.zone):%Y-%m-%d %H:%M}")


def _same_person(one: str | None, other: str | None, what: Text) -> Iterator[Text]:
    if one is not None and one == other:
        yield what


@verb
class Count(Verb):
    """交接清点：录入人交班，--to 接班；--to safe 表示封存入保险柜，无人接班。合计由面额算出；应有多少在存入以后才比对。

    Count the till and hand it over: whoever records it hands over, --to takes over; --to safe when nobody does. The
    total is computed; it is compared with what should be there after it is stored.
    """

    event = "count"
    label = Text("交接清点", "Count")
    opens = True
    leads_to = "done"
    money = True
    examples = (
        Text("svcctl cash count --point front --count 100x3,50x4,1x45,0.5x6 --to 王芳",
             "svcctl cash count --point front --count 100x3,50x4,1x45,0.5x6 --to Wang"),
        Text("svcctl cash count --point front --count 100x10 --to safe --seal-no 0231 --witness 陈强",
             "svcctl cash count --point front --count 100x10 --to safe --seal-no 0231 --witness Chen"),
    )  # fmt: skip

    point: str = point("收银点", "Cash point", required=True)
    count: Tally = tally("清点", "Counted", required=True, hint=COUNT_HINT)
    to: str = text("接班人", "Taken over by", required=True, hint=("人名，或 safe（入保险柜）", "a person, or safe"))
    shift: str | None = text("班次", "Shift", hint=NEAREST)
    date: "calendar_day | None" = day("班次日期", "Date of the shift", hint=NEAREST)
    left: "Decimal | None" = fields.money("留存", "Left in the till", policy="points.float")
    witness: str | None = person("监交人", "Witness")
    seal_no: str | None = text("封签号", "Seal number")

    def needs(self) -> Iterator[str]:
        if self.to == SAFE:
            yield from ("seal_no", "witness")

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        if self.to == rules.by:
            yield "to", Text("交班人不能接自己的班", "who hands over cannot take over")
        elif self.to != SAFE and rules.site.staff and self.to not in rules.site.staff:
            known = Text("{to} 不在 ledger.yaml 的 staff 里：{staff}", "{to} is not in the staff of ledger.yaml: {staff}")
            yield "to", known.fill(to=self.to, staff=listed([same(one) for one in rules.site.staff]))
        yield from _denominations(self.count, rules)
        if self.left is not None and self.left > self.count.total:
            yield "left", Text("不能多于清点的合计 {total}", "cannot be more than the total counted, {total}").fill(total=self.count.total)
        yield from _passed(rules, Text("请按现在的时间清点", "Count it as of now"))
        wrong = list(_no_slot(rules, self.point, self.shift))
        yield from wrong or _not_free(rules, self._slot(rules))
        if not wrong and (self.date or self.shift) and self._slot(rules) is None:
            yield "date", Text("符合的班次都已登记", "every such shift near is recorded already")

    def _slot(self, rules: Rules) -> Slot | None:
        return _chain(rules).nearest(self.point, rules.at, self.shift, self.date)

    def complete(self, rules: Rules) -> "Count":
        of = self._slot(rules)
        total, left = self.count.total, self.left
        if left is None:
            left = min(rules.site.points[self.point].float, total)
        if of is None:
            return self.but(left=left)
        return self.but(shift=of.code, date=of.day, left=left)

    def brings(self, entry: Entry, rules: Rules) -> Iterator[Brought]:
        yield from _variance(self, entry, rules, self.shift, self.date, entry.by)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        holder = _chain(rules).on_duty(but=self)
        if holder and holder != rules.by:
            yield Text("上一班是 {holder} 接的", "{holder} took over last").fill(holder=holder)
        yield from _same_person(self.witness, rules.by, Text("监交人和交班人是同一人", "the witness is who hands over"))
        yield from _same_person(self.witness, self.to, Text("监交人和接班人是同一人", "the witness is who takes over"))
        of = slot(rules.site, self.point, self.shift, self.date)
        if of is not None and of.end + NEAR < rules.at:
            yield Text("{slot} 早已过去", "{slot} is long past").fill(slot=of.name)


@verb
class Move(Verb):
    """一笔现金收付。交接清点之前的收付不能补记到清点之前。

    Cash that comes in or goes out. It cannot be dated before a count that was made.
    """

    event = "move"
    label = Text("现金收付", "Move")
    opens = True
    leads_to = "done"
    money = True
    examples = (
        Text("svcctl cash move --point front --type sale --amount 128.50 --doc 0012",
             "svcctl cash move --point front --type sale --amount 128.50 --doc 0012"),
        Text("svcctl cash move --point front --type refund --amount 120 --doc 0013 --approved-by 陈强",
             "svcctl cash move --point front --type refund --amount 120 --doc 0013 --approved-by Chen"),
    )  # fmt: skip

    point: str = point("收银点", "Cash point", required=True)
    type: str = choice("类型", "Type", MOVES, required=True)
    amount: "Decimal" = fields.money("金额", "Amount", required=True)
    doc: str | None = text("凭证号", "Document")
    approved_by: str | None = person("批准人", "Approved by")
    payment: str | None = ref("收款记录", "Payment", "fee")

    def faults(self) -> Iterator[tuple[str, Text]]:
        yield from _nothing(self.amount)

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        yield from _passed(rules, Text(
            "款若现在才进出，请按现在的时间登记；若清点时已在柜中，请把那笔差异按“查明更正”处理",
            "If it comes or goes only now, record it as of now; if it was in the till when that was counted, settle the "
            "variance as explained"))  # fmt: skip

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.type in APPROVED and self.approved_by is None:
            yield Text("应有批准人（--approved-by）", "somebody should approve it (--approved-by)")
        yield from _same_person(self.approved_by, rules.by, Text("批准人和录入人是同一人", "the approver is who records it"))


@verb
class Check(Verb):
    """突击抽查：清点而不交接，由当班收银员以外的人做。

    Spot check: count without handing over, by somebody who is not on duty.
    """

    event = "check"
    label = Text("抽查", "Spot check")
    opens = True
    leads_to = "done"
    money = True
    examples = (
        Text("svcctl cash check --point front --count 100x12,50x4 --by 陈强", "svcctl cash check --point front --count 100x12,50x4 --by Chen"),
    )  # fmt: skip

    point: str = point("收银点", "Cash point", required=True)
    count: Tally = tally("清点", "Counted", required=True, hint=COUNT_HINT)

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        if rules.by and rules.by == _chain(rules).on_duty():
            yield "by", Text("{by} 正当班，不能抽查自己；请由别人清点（--by）", "{by} is on duty and cannot check their own till; let somebody else count it (--by)").fill(by=rules.by)
        yield from _denominations(self.count, rules)
        yield from _passed(rules, Text("请按现在的时间清点", "Count it as of now"))

    def brings(self, entry: Entry, rules: Rules) -> Iterator[Brought]:
        chain = _chain(rules)
        of = chain.slot_on_duty(self.point, entry.at)
        code, on = (None, None) if of is None else of.key
        yield from _variance(self, entry, rules, code, on, chain.on_duty() or None)


@verb
class Variance(Verb):
    """长款或短款：清点或抽查与应有不符时自动产生，不手工登记。

    An over or a short: made when a count or spot check differs from what should be there, never typed.
    """

    event = "variance"
    label = Text("差异", "Variance")
    opens = True
    leads_to = "open"
    money = True
    typed: ClassVar[bool] = False
    blind = True

    count: str = ref("清点", "Count", "cash", required=True, holds=False)
    point: str = point("收银点", "Cash point", required=True)
    shift: str | None = text("班次", "Shift")
    date: "calendar_day | None" = day("班次日期", "Date of the shift")
    type: str = choice("类型", "Type", VARIANCES, required=True)
    amount: "Decimal" = fields.money("金额", "Amount", required=True)
    cashier: str | None = person("收银员", "Cashier")


def _variance(
    counted: "Count | Check", entry: Entry, rules: Rules, shift: str | None, on: "calendar_day | None", cashier: str | None
) -> Iterator[Brought]:
    """The variance that comes with a count, if there is a difference."""
    found = difference(counted.count.total, _chain(rules).expected(entry))
    if found is not None:
        kind, amount = found
        yield Brought("cash", Variance(
            count=entry.id, point=counted.point, shift=shift, date=on, type=kind, amount=amount, cashier=cashier,
        ))  # fmt: skip


@verb
class Settle(Verb):
    """处理一笔差异：长款上缴、短款补足、查明更正、公司承担。每笔各自处理，不能以长补短。可以分几次。

    Settle one variance: an over is paid in, a short made good, either explained, a short borne by the company. Each by
    itself, in several parts if need be; overs never make good shorts.
    """

    event = "settle"
    label = Text("处理差异", "Settle")
    moves: ClassVar[Mapping[str, str]] = {"open": "partial", "partial": "partial"}
    leads_to = "settled"
    money = True
    examples = (
        Text("svcctl cash settle 7k3f --how short_made_good --amount 16 --doc 收据0031",
             "svcctl cash settle 7k3f --how short_made_good --amount 16 --doc R-0031"),
        Text("svcctl cash settle 9x2m --how explained --amount 16 --doc 作废单0007 --approved-by 陈强",
             "svcctl cash settle 9x2m --how explained --amount 16 --doc V-0007 --approved-by Chen"),
    )  # fmt: skip

    how: str = choice("处理方式", "How", SETTLEMENTS, required=True)
    amount: "Decimal" = fields.money("金额", "Amount", required=True)
    doc: str = text("凭证", "Document", required=True)
    approved_by: str | None = person("批准人", "Approved by")

    def faults(self) -> Iterator[tuple[str, Text]]:
        yield from _nothing(self.amount)

    def bars(self, state: Cash, entry: Entry) -> Text | None:
        kind = state.data.type
        if self.how not in SETTLES[kind]:
            labels = {code: Text(f"{zh}（{code}）", code) for code, zh, _ in SETTLEMENTS}
            text = Text("这是一笔{kind}，只能用：{how}；不能以长补短", "this is {kind}: settle it by {how}; overs never make good shorts")
            kinds = Text(VARIANCE_LABELS[kind].zh, {"over": "an over", "short": "a short"}[kind])
            return text.fill(kind=kinds, how=listed([labels[how] for how in SETTLES[kind]]))
        if self.amount > state.rest:
            return Text("还未处理的只有 {rest}", "no more than {rest} is still open").fill(rest=state.rest)
        return None

    def lands(self, state: Cash) -> str:
        if self.amount == state.rest:
            return "settled"
        return "partial" if self.amount else state.state

    def apply(self, state: Cash, entry: Entry) -> Cash:
        settled = self.amount if state.settled is None else state.settled + self.amount
        return state._replace(settled=settled, settled_at=entry.at if settled == state.data.amount else None)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.how in ("explained", "company_bears") and self.approved_by is None:
            yield Text("应有批准人（--approved-by）", "somebody should approve it (--approved-by)")
        yield from _same_person(self.approved_by, rules.by, Text("批准人和录入人是同一人", "the approver is who records it"))
        cashier = rules.state.data.cashier if rules.state is not None else None
        yield from _same_person(self.approved_by, cashier, Text("批准人就是当班收银员", "the approver is the cashier"))
        if self.how == "short_made_good":
            yield Text("补入柜中的现金请另记：svcctl cash move --type make_good",
                       "record the cash put into the till too: svcctl cash move --type make_good")  # fmt: skip


@verb
class Remit(Verb):
    """缴款：哪几个班次的营业款，按面额清点，与见证人一起投入。

    Hand in takings: of which shifts, counted by denomination, with a witness.
    """

    event = "remit"
    label = Text("缴款", "Remit")
    opens = True
    leads_to = "done"
    money = True
    examples = (
        Text("svcctl cash remit --point front --shifts A@2026-03-02,B@2026-03-02 --count 100x28 --bag 0017 --witness 陈强",
             "svcctl cash remit --point front --shifts A@2026-03-02,B@2026-03-02 --count 100x28 --bag 0017 --witness Chen"),
    )  # fmt: skip

    point: str = point("收银点", "Cash point", required=True)
    shifts: tuple[str, ...] = texts("班次", "Shifts", required=True, hint=("班次@日期，如 A@2026-03-02", "SHIFT@DATE such as A@2026-03-02"))
    count: Tally = tally("清点", "Counted", required=True, hint=COUNT_HINT)
    bag: str | None = text("袋号", "Bag")
    witness: str = person("见证人", "Witness", required=True)

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        for one in self.shifts:
            key = read(one)
            if key is None:
                yield "shifts", Text(f"{one}：应为 班次@日期，如 A@2026-03-02", f"{one}: expected SHIFT@DATE such as A@2026-03-02")
            else:
                yield from (("shifts", what) for _, what in _no_slot(rules, self.point, key[0]))
        yield from _denominations(self.count, rules)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        yield from _same_person(self.witness, rules.by, Text("见证人和录入人是同一人", "the witness is who records it"))
        chain, keys = _chain(rules), named(self)
        if len(keys) < len(self.shifts):
            yield Text("有班次写了两次", "a shift is named twice")
        takings = self.count.total * 0
        for key in keys:
            name = f"{key[0]}@{key[1]}"
            there = chain.remits(key, but=self)
            counted = chain.counted(key)
            if there:
                yield Text(f"{name} 已缴过（{there[0].id}）", f"{name} was handed in before ({there[0].id})")
            elif counted is None:
                yield Text(f"{name} 没有待缴的清点（没有清点，或早已缴过）", f"nothing is known to be due of {name} (not counted, or handed in long ago)")
            if counted is not None:
                takings += chain.takings(counted)
        if takings != self.count.total:
            yield Text(f"清点 {self.count.total}，这些班次的营业款是 {takings}", f"{self.count.total} counted, the takings of these shifts are {takings}")


@verb
class Skip(Verb):
    """登记未营业的班次，免得算缺班。

    Note a shift without trade, so that it is not missing.
    """

    event = "skip"
    label = Text("未营业", "No trade")
    opens = True
    leads_to = "done"
    money = True
    examples = (
        Text("svcctl cash skip --point front --shift C --date 2026-03-02 --reason 夜间停业",
             "svcctl cash skip --point front --shift C --date 2026-03-02 --reason 'closed at night'"),
    )  # fmt: skip

    point: str = point("收银点", "Cash point", required=True)
    shift: str = text("班次", "Shift", required=True)
    date: "calendar_day | None" = day("班次日期", "Date of the shift", hint=NEAREST)
    reason: str = text("原因", "Reason", required=True)

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        wrong = list(_no_slot(rules, self.point, self.shift))
        of = _chain(rules).nearest(self.point, rules.at, self.shift, self.date)
        yield from wrong or _not_free(rules, of)
        if not wrong and of is None:
            yield "date", Text("附近的这个班次都已登记；请写明 --date", "this shift is recorded on every date near; name --date")

    def complete(self, rules: Rules) -> "Skip":
        of = _chain(rules).nearest(self.point, rules.at, self.shift, self.date)
        return self if of is None else self.but(date=of.day)


def _age(span: timedelta) -> str:
    """For how long a variance has been open, as a code of ``AGES``."""
    return next((code for days, code in ((1, "0-1"), (7, "2-7"), (30, "8-30")) if span <= timedelta(days=days)), "31+")


def _plain(command: str) -> str:
    """A command without places to be filled, whatever the codes in ledger.yaml are."""
    return command.replace("{", "{{").replace("}", "}}")


class CashNoun(Noun[Cash]):
    """The noun ``cash``: counts, moves, spot checks, variances, hand-ins and skipped shifts of cash points."""

    verbs = (Count, Move, Check, Variance, Settle, Remit, Skip)
    states = STATES
    open_states = frozenset(OPEN)
    account_field = "point"
    columns = (
        "id", "at", "event", "state", "overdue", "point", "date", "shift", "by", "to", "type", "total", "amount", "over",
        "short", "open_amount",
    )  # fmt: skip
    derived = {
        "event": (ChoiceType(tuple((v.event, v.label.zh, v.label.en) for v in verbs if v.opens)), Text("种类", "Sort")),
        "total": (MoneyType(), Text("合计", "Total")),
        "expected": (MoneyType(), Text("应有", "Expected")),
        "over": (MoneyType(), VARIANCE_LABELS["over"]),
        "short": (MoneyType(), VARIANCE_LABELS["short"]),
        "open_amount": (MoneyType(), Text("未处理金额", "Still open")),
        "settled_at": (TimeType(), Text("处理完时间", "Settled at")),
        "takings": (MoneyType(), Text("营业款", "Takings")),
        "remitted": (TimeType(), Text("缴款时间", "Remitted at")),
        "remit_by": (TimeType(), Text("缴款时限", "To be handed in by")),
        "fixed": (MoneyType(), Text("备用金定额", "Fixed float")),
        "age": (ChoiceType(AGES), Text("挂账时长", "Open for")),
    }

    def begin(self, entry: Entry) -> Cash:
        state = "open" if isinstance(entry.data, Variance) else "done"
        return Cash(state, (Step(entry.at, state, entry.event),), entry.at, entry.by, entry.data)

    def account(self, site: "Site") -> Account:
        return Chain(site)

    def reaches(self, cases: Sequence[Any]) -> Mapping[str, Reach]:
        return reaches(cases)

    def fields(self) -> dict[str, Spec]:
        found = super().fields()  # two of them are not the same in every verb
        found["count"] = found["count"]._replace(type=CountOrId())
        found["type"] = found["type"]._replace(type=ChoiceType((*MOVES, *VARIANCES)))
        return found

    def facts(self, state: Cash, now: datetime, site: "Site") -> dict[str, Any]:
        data = state.data
        counted = getattr(data, "count", None)
        found: dict[str, Any] = {
            "event": state.event, "total": counted.total if isinstance(counted, Tally) else None,
            "expected": state.expected, "over": state.over or None, "short": state.short or None,
            "settled_at": state.settled_at, "takings": state.takings, "remitted": state.remitted,
        }  # fmt: skip
        if isinstance(data, Variance):
            found |= {"amount": data.amount, "open_amount": state.rest}  # its own amount, not that of a settlement
            found["age"] = _age(now - state.at) if state.state in OPEN else None
        if isinstance(data, Count):
            known = site.points.get(data.point)
            found["fixed"] = None if known is None else known.float
            found["remit_by"] = takings_due(data, state.at, site)[1] if state.takings else None
        return found

    def dues(self, state: Cash, site: "Site") -> list[Due]:
        if state.state not in OPEN:
            return []
        kind = state.data.type
        how = f" --how {SETTLES[kind][0]} --amount {state.rest} --doc "
        what = Text("{kind}待处理", "{kind} to be settled").fill(kind=VARIANCE_LABELS[kind])
        return [Due("settle", what, state.at + site.policy["cash"]["settle_within"], "svcctl cash settle {id}" + how)]

    def unfit(self, entry: Entry, field: str, other: Any) -> Text | None:
        if field == "payment" and (other.voided or other.state.is_charge):
            return Text("应是一笔收款", "has to be a payment")
        return None

    def missing(self, cases: Sequence[Any], since: datetime, now: datetime, site: "Site") -> list[Missing]:
        return [
            Missing(f"{g.slot.point} {g.slot.day} {g.slot.code}", g.id, Due(g.code, g.what, g.due, _plain(g.command)))
            for g in gaps(cases, now, site, since)
        ]

    def horizon(self, state: Cash) -> datetime:
        return FOREVER if state.first or state.owes else super().horizon(state)

    def title(self, state: Cash) -> str:
        data = state.data
        of = [str(one) for one in (getattr(data, "date", None), getattr(data, "shift", None)) if one is not None]
        amount = getattr(data, "amount", None)
        return " ".join([data.point, *of, *([] if amount is None else [str(amount)])])

