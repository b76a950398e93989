"""Fees: what tenants are charged and what they pay, how it is allocated, adjusted, reversed, refunded (DOMAIN 3)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from svcctl.entry import Brought, Due, Entry, Noun, Reach, Rules, Step, Verb, leads, stays, verb
from svcctl.fields import (
    BadValue,
    ChoiceType,
    FieldType,
    IntType,
    MoneyType,
    TimeType,
    choice,
    day,
    master,
    month,
    person,
    point,
    shares,
    text,
)
from svcctl.fields import money as money_field
from svcctl.nouns.fee_account import FOREVER, LATE_FEE, Fee, FeeAccount, month_end
from svcctl.texts import Text

if TYPE_CHECKING:
    from decimal import Decimal

    from svcctl.site import Site
    from svcctl.texts import Lang

ITEMS = (
    ("property", "物业费", "Property fee"), ("electricity", "电费", "Electricity"),
    ("venue_rent", "场地租赁费", "Venue rent"), ("waste", "垃圾清运费", "Waste removal"), ("water", "水费", "Water"),
    ("gas", "燃气费", "Gas"), ("parking", "停车费", "Parking"), ("fitout_mgmt", "装修管理费", "Fit-out management"),
    ("fitout_waste", "装修垃圾清运费", "Fit-out waste"), ("temp_power", "临时用电", "Temporary power"),
    ("promo", "推广费", "Promotion"), ("repair", "有偿维修", "Chargeable repair"), (LATE_FEE, "违约金", "Late fee"),
    ("other", "其它费用", "Other"),
)  # fmt: skip
ITEM_LABELS = {code: Text(zh, en) for code, zh, en in ITEMS}
CASH = "cash"
METHODS = (
    (CASH, "现金", "Cash"), ("wechat", "微信", "WeChat Pay"), ("alipay", "支付宝", "Alipay"),
    ("bank", "银行转账", "Bank transfer"), ("card", "刷卡", "Card"), ("cheque", "支票", "Cheque"),
)  # fmt: skip
CORRECTION, WAIVER, WRITEOFF = "correction", "waiver", "writeoff"
ADJUSTMENTS = (
    (CORRECTION, "差错更正", "Correction"), (WAIVER, "减免", "Waiver"), (WRITEOFF, "坏账核销", "Write-off"),
)  # fmt: skip
REVERSALS = (
    ("bounced", "退票", "Bounced"), ("keyed_wrong", "录入错误", "Keyed wrong"), ("wrong_payer", "入错户", "Wrong payer"),
    ("duplicate", "重复", "Duplicate"), ("chargeback", "拒付", "Chargeback"),
)  # fmt: skip
SOON = timedelta(minutes=10)  # two payments of one amount within it may be one that was typed twice

BUCKETS = (
    ("not_due", "未到期", "Not due"), ("1-30", "1–30 天", "1–30 days"), ("31-60", "31–60 天", "31–60 days"),
    ("61-90", "61–90 天", "61–90 days"), ("91-180", "91–180 天", "91–180 days"), ("181-365", "181–365 天", "181–365 days"),
    ("366+", "365 天以上", "Over 365 days"),
)  # fmt: skip
_LIMITS = ((0, "not_due"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
STATES = {
    "open": Text("未缴", "Open"), "partial": Text("部分缴", "Partial"), "settled": Text("结清", "Settled"),
    "received": Text("已收", "Received"), "credit": Text("有预存", "Credit"), "reversed": Text("已冲正", "Reversed"),
}  # fmt: skip
UNPAID = ("open", "partial")
LIVE = ("received", "credit")  # of a payment
SAME_PERSON = Text("批准人和录入人是同一人", "the approver is who records it")
NO_POINT = Text("没写收银点（--point），交接清点时会多出这笔钱", "without --point the next count of the till will show an over")
ONLY_CASH = Text("只有现金才有收银点", "only cash has a cash point")
UNTIED = Text(
    "{month} 的账不平：净收款 {came}，核销和预存的变动 {went}", "the money of {month} does not tie: net receipts {came}, allocations and credit {went}"
)
NOT_ZERO = Text("要大于 0", "has to be more than 0")


def bucket_of(days: int) -> str:
    """The bucket of something that has been due for so many days; none or less: not due."""
    return next((code for most, code in _LIMITS if days <= most), "366+")


class ItemsType(FieldType):
    """Several fee items."""

    name = "items"

    def dump(self, value: Any) -> str:
        return ",".join(value)

    def show(self, value: Any, lang: "Lang") -> str:
        return ("、" if lang == "zh" else ", ").join(ITEM_LABELS[one].to(lang) if one in ITEM_LABELS else one for one in value)


def _nothing(amount: "Decimal | None") -> bool:
    return amount is not None and not amount


def _cash_move(kind: str, at_point: str, amount: "Decimal", payment: str, doc: str | None) -> Brought:
    """The move in the till that comes with a payment or a refund in cash."""
    from svcctl import nouns

    move = nouns.noun("cash").verb("move")
    assert move is not None
    return Brought("cash", move.of({"point": at_point, "type": kind, "amount": amount, "payment": payment, "doc": doc}))


@verb
class Charge(Verb):
    """登记应收：哪个商户、什么费项、多少、哪天应缴。不写所属月份就是发生时的月份。

    Charge a tenant: for what, how much, due when. The accounting month is that of its time unless you say otherwise.
    """

    event = "charge"
    label = Text("应收", "Charge")
    opens = True
    leads_to = "open"
    money = True
    examples = (
        Text("svcctl fee charge --tenant T-001 --item 物业费 --amount 588.20 --due 2026-12-10 --month 2026-12 --unit A-101",
             "svcctl fee charge --tenant T-001 --item property --amount 588.20 --due 2026-12-10 --month 2026-12 --unit A-101"),
    )  # fmt: skip

    tenant: str = master("商户", "Tenant", "tenant", required=True)
    item: str = choice("费项", "Fee item", ITEMS, required=True)
    amount: "Decimal" = money_field("金额", "Amount", required=True)
    due: date = day("应缴日", "Due on", required=True)
    month: str | None = month("所属月份", "Accounting month", policy="at")
    unit: str | None = master("铺位", "Unit", "unit")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if _nothing(self.amount):
            yield "amount", NOT_ZERO

    def complete(self, rules: Rules) -> "Charge":
        return self if self.month else self.but(month=_month_at(rules.at, rules.site))


def _month_at(at: datetime, site: "Site") -> str:
    """The accounting month that a moment lies in."""
    if site.month_start_day == 1 and site.day_cutoff == "00:00":
        return f"{at.astimezone(site.zone):%Y-%m}"
    from svcctl.period import Calendar

    calendar = Calendar(site.zone, site.week_start, site.month_start_day, site.day_cutoff)
    return calendar.containing("month", calendar.business_date(at)).label


@verb
class Pay(Verb):
    """登记收款。用 --for 指明缴哪几项；不指明就先缴最早到期的。多出的钱成为预存。现金写上收银点，现金账会一起记。

    Take a payment. Say with --for what it is for; else what was due first is paid first. What is left becomes credit.
    With the cash point the till gets its move in the same go.
    """

    event = "pay"
    label = Text("收款", "Payment")
    opens = True
    leads_to = "received"
    money = True
    examples = (
        Text("svcctl fee pay --tenant T-001 --amount 1000 --method 微信 --ref 4200001234",
             "svcctl fee pay --tenant T-001 --amount 1000 --method wechat --ref 4200001234"),
        Text("svcctl fee pay --tenant T-001 --amount 588.20 --method cash --receipt 0012",
             "svcctl fee pay --tenant T-001 --amount 588.20 --method cash --receipt 0012"),
    )  # fmt: skip

    tenant: str = master("商户", "Tenant", "tenant", required=True)
    amount: "Decimal" = money_field("金额", "Amount", required=True)
    method: str = choice("方式", "Method", METHODS, required=True)
    ref: str | None = text("流水号", "External number")
    receipt: str | None = text("收据号", "Receipt no.")
    payer: str | None = text("代缴人", "Payer, if somebody else", personal="name")
    for_: "dict[str, Decimal] | None" = shares("缴哪几项", "For", "fee")
    point: str | None = point("收银点", "Cash point")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if _nothing(self.amount):
            yield "amount", NOT_ZERO
        if self.point is not None and self.method != CASH:
            yield "point", ONLY_CASH
        if self.for_ and sum(self.for_.values()) > self.amount:
            yield "for", Text("各项之和超过了收款金额", "that is more than the payment")

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        if self.for_ and rules.account is not None:
            for why in _too_much(self.for_, rules):
                yield "for", why

    def complete(self, rules: Rules) -> "Pay":
        if self.for_ is not None or rules.account is None:
            return self
        found = rules.account.allocation(self.amount, rules.at)
        return self.but(**{"for": found}) if found else self

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.method == CASH and self.point is None and rules.site.points:
            yield NO_POINT
        if self.method != CASH and self.ref is None:
            yield Text("没写流水号（--ref）", "its external number (--ref) is missing")
        account = rules.account
        if account is None:
            return
        twice = account.like(self, "ref", EVER, FOREVER) if self.ref else []
        if twice:
            yield Text("同一方式和流水号已有收款 {id}", "there is a payment with this method and number: {id}").fill(id=twice[0])
        soon = account.like(self, "amount", rules.at - SOON, rules.at + SOON)
        if soon and not twice:
            yield Text("十分钟内有同金额同方式的收款 {id}，不要重复登记",
                       "{id} is of the same amount and method, within ten minutes; is it the same?").fill(id=soon[0])  # fmt: skip

    def brings(self, entry: Entry, rules: Rules) -> Iterator[Brought]:
        if self.method == CASH and self.point is not None:
            yield _cash_move("fee", self.point, self.amount, entry.id, self.receipt)


EVER = datetime.min.replace(tzinfo=FOREVER.tzinfo)


def _too_much(wanted: "Mapping[str, Decimal]", rules: Rules) -> Iterator[Text]:
    """What is wrong with amounts that somebody wants to go to charges."""
    for charge, amount in wanted.items():
        room = rules.account.takes(charge, rules.at)
        if isinstance(room, Text):
            yield room
        elif not amount:
            yield Text(f"{charge} 的金额要大于 0", f"the amount for {charge} has to be more than 0")
        elif amount > room:
            yield Text(f"{charge} 未缴的只有 {room}；写到这个数为止，多收的自动成为预存", f"only {room} of {charge} is outstanding; name no more than that, what is paid beyond it becomes credit")


@verb
class Apply(Verb):
    """用商户的预存冲抵欠费：最早的预存先用；不指明冲抵哪几项，就先冲最早到期的。

    Use a tenant's credit: the oldest first, for what was due first unless you say for what.
    """

    event = "apply"
    label = Text("预存冲抵", "Apply credit")
    moves = stays(LIVE)
    money = True
    spreads = True
    examples = (
        Text("svcctl fee apply --tenant T-001", "svcctl fee apply --tenant T-001"),
        Text("svcctl fee apply --tenant T-001 --for 7k3f=128.50", "svcctl fee apply --tenant T-001 --for 7k3f=128.50"),
    )  # fmt: skip

    tenant: str = master("商户", "Tenant", "tenant", required=True)
    for_: "dict[str, Decimal] | None" = shares("冲抵哪几项", "For", "fee")

    @classmethod
    def spread(cls, values: Mapping[str, Any], rules: Rules) -> "list[tuple[str, Apply]]":
        account: FeeAccount = rules.account if rules.account is not None else FeeAccount()
        rules = rules._replace(account=account)
        free = account.credits(rules.at)
        total = sum((room for _, room in free), account.zero)
        if not total:
            raise BadValue(Text("这个商户没有可用的预存；收到钱请用 svcctl fee pay", "this tenant has no credit that could be used; record money that comes in with svcctl fee pay"))
        wanted: dict[str, Decimal] = values.get("for") or account.allocation(total, rules.at)
        if not wanted:
            raise BadValue(Text("没有未缴的应收", "nothing is outstanding"))
        for why in _too_much(wanted, rules):
            raise BadValue(why)
        if sum(wanted.values()) > total:
            raise BadValue(Text(f"可用的预存只有 {total}", f"there is only {total} of credit"))
        left = list(wanted.items())
        found = []
        for payment, credit in free:
            parts, room = {}, credit
            while left and room:
                charge, amount = left.pop(0)
                parts[charge] = min(amount, room)
                room -= parts[charge]
                if parts[charge] < amount:
                    left.insert(0, (charge, amount - parts[charge]))
            if parts:
                found.append((payment, cls.of({"tenant": values.get("tenant"), "for": parts})))
        return found

    @classmethod
    def gathered(cls, stored: "Sequence[Apply]") -> dict[str, Any]:
        whole: dict[str, Decimal] = {}
        for one in stored:
            for charge, amount in (one.for_ or {}).items():
                whole[charge] = whole[charge] + amount if charge in whole else amount
        return {"tenant": stored[0].tenant if stored else None, "for": whole}


@verb
class Adjust(Verb):
    """调整一项应收：差错更正、减免或坏账核销，不能超过未缴的金额。

    Adjust a charge: a correction, a waiver or a write-off, of no more than is outstanding.
    """

    event = "adjust"
    label = Text("应收调整", "Adjust")
    moves = stays(UNPAID)
    money = True
    examples = (
        Text("svcctl fee adjust 7k3f --type 减免 --amount 50 --reason 停业三天 --approved-by 陈经理",
             "svcctl fee adjust 7k3f --type waiver --amount 50 --reason 'closed for three days' --approved-by Chen"),
    )  # fmt: skip

    type: str = choice("类型", "Type", ADJUSTMENTS, required=True)
    amount: "Decimal" = money_field("金额", "Amount", required=True)
    reason: str = text("原因", "Reason", required=True)
    approved_by: str = person("批准人", "Approved by", required=True)
    doc: str | None = text("依据", "Document")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if _nothing(self.amount):
            yield "amount", NOT_ZERO

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.approved_by == rules.by:
            yield SAME_PERSON


@verb
class Reverse(Verb):
    """冲正整笔收款，连同它的预存冲抵：各项应收从此刻起恢复未缴。已有退款的不能冲正。

    Reverse a whole payment with what its credit was applied to: from then on the charges are outstanding again. Not
    after a refund.
    """

    event = "reverse"
    label = Text("冲正", "Reverse")
    moves = leads(LIVE, "reversed")
    leads_to = "reversed"
    money = True
    examples = (
        Text("svcctl fee reverse 7k3f --reason 退票 --approved-by 陈经理", "svcctl fee reverse 7k3f --reason bounced --approved-by Chen"),
    )  # fmt: skip

    reason: str = choice("原因", "Reason", REVERSALS, required=True)
    approved_by: str = person("批准人", "Approved by", required=True)
    doc: str | None = text("凭据", "Document")

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.approved_by == rules.by:
            yield SAME_PERSON

    def brings(self, entry: Entry, rules: Rules) -> Iterator[Brought]:
        paid = rules.state.data
        if paid.method == CASH and paid.point is not None:
            yield _cash_move("refund", paid.point, paid.amount, entry.id, self.doc)


@verb
class Refund(Verb):
    """从一笔收款的预存里退款。

    Refund from the free credit of a payment.
    """

    event = "refund"
    label = Text("退款", "Refund")
    moves = stays(LIVE)
    money = True
    examples = (
        Text("svcctl fee refund 7k3f --amount 12 --method 微信 --reason 多缴 --approved-by 陈经理",
             "svcctl fee refund 7k3f --amount 12 --method wechat --reason overpaid --approved-by Chen"),
    )  # fmt: skip

    amount: "Decimal" = money_field("金额", "Amount", required=True)
    method: str = choice("退款方式", "Method", METHODS, required=True)
    reason: str = text("原因", "Reason", required=True)
    approved_by: str = person("批准人", "Approved by", required=True)
    payee: str | None = text("收款人", "Payee", personal="name")
    point: str | None = point("收银点", "Cash point")
    doc: str | None = text("凭据", "Document")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if _nothing(self.amount):
            yield "amount", NOT_ZERO
        if self.point is not None and self.method != CASH:
            yield "point", ONLY_CASH

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.approved_by == rules.by:
            yield SAME_PERSON
        if self.method == CASH and self.point is None and rules.site.points:
            yield Text("没写收银点（--point），交接清点时会少这笔钱", "without --point the next count of the till will show a short")
        paid = rules.state.data if rules.state is not None else None
        if paid is not None and paid.method != self.method:
            yield Text("退款方式和收款方式不同", "it goes back in another way than it came")

    def brings(self, entry: Entry, rules: Rules) -> Iterator[Brought]:
        if self.method == CASH and self.point is not None:
            yield _cash_move("refund", self.point, self.amount, entry.id, self.doc)


class FeeNoun(Noun[Fee]):
    """The noun ``fee``: its records are charges, opened by ``charge``, and payments, opened by ``pay``."""

    verbs = (Charge, Pay, Apply, Adjust, Reverse, Refund)
    states = STATES
    open_states = frozenset(UNPAID)
    columns = (
        "id", "at", "event", "state", "overdue", "tenant", "unit", "item", "month", "due", "amount", "outstanding",
        "method", "credit",
    )  # fmt: skip
    place_field = "unit"
    account_field = "tenant"
    derived = {
        "event": (ChoiceType((("charge", "应收", "Charge"), ("pay", "收款", "Payment"))), Text("类别", "Sort")),
        "outstanding": (MoneyType(), Text("未缴", "Outstanding")),
        "allocated": (MoneyType(), Text("已核销", "Allocated")),
        "corrected": (MoneyType(), Text("更正", "Corrected")),
        "waived": (MoneyType(), Text("减免", "Waived")),
        "written_off": (MoneyType(), Text("核销坏账", "Written off")),
        "settled_at": (TimeType(), Text("结清时间", "Settled at")),
        "days_overdue": (IntType(), Text("逾期天数", "Days overdue")),
        "credit": (MoneyType(), Text("预存", "Credit")),
        "refunded": (MoneyType(), Text("已退", "Refunded")),
        "items": (ItemsType(), Text("缴费费项", "Paid for")),
        "months": (FieldType(), Text("所属期", "Months")),
        "age": (ChoiceType(BUCKETS), Text("账龄", "Age")),
    }

    def begin(self, entry: Entry) -> Fee:
        state = "open" if entry.event == Charge.event else "received"
        return Fee(state, (Step(entry.at, state, entry.event),), entry.at, entry.data)

    def account(self, site: "Site") -> FeeAccount:
        return FeeAccount()

    def reaches(self, cases: Sequence[Any]) -> dict[str, Reach]:
        from svcctl.nouns.fee_ties import reaches

        return reaches(cases)

    def due_together(self, cases: Sequence[Any], site: "Site") -> Due | None:
        if len(cases) < 2:
            return None
        first = min((due for case in cases for due in self.dues(case.state, site)), key=lambda due: due.by)
        total = sum((case.state.outstanding for case in cases), cases[0].state.outstanding * 0)
        what = Text("{n} 项应缴未缴，共 {total}", "{n} charges due, {total} in all").fill(n=len(cases), total=f"{total:,.2f}")
        command = f"svcctl fee pay --tenant {_quoted(cases[0].state.data.tenant)} --amount {total} --method "
        return Due("due", what, first.by, command.replace("{", "{{").replace("}", "}}"))

    def audit(self, cases: Sequence[Any], site: "Site") -> Iterator[tuple[Entry, Text]]:
        from svcctl.nouns.fee_ties import untied

        for at, (came, went) in untied(cases, site.zone).items():
            yield cases[0].opening, UNTIED.fill(month=at, came=came, went=went)

    def facts(self, state: Fee, now: datetime, site: "Site") -> dict[str, Any]:
        data = state.data
        found: dict[str, Any] = {"event": data.event, "amount": data.amount, "tenant": data.tenant}
        if not state.is_charge:
            standing = state.shares if state.shares is not None else data.for_
            return {
                **found, "method": data.method, "point": data.point, "for": dict(standing) if standing else None,
                "allocated": state.allocated, "credit": state.credit, "refunded": state.refunded or None, **_paid_for(state),
            }  # fmt: skip
        unpaid = data.due is not None and state.state in UNPAID
        days = (now.astimezone(site.zone).date() - data.due).days if unpaid else 0
        return {
            **found, "month": state.month or data.month, "outstanding": state.outstanding, "allocated": state.allocated,
            "corrected": state.cut(CORRECTION) or None, "waived": state.cut(WAIVER) or None,
            "written_off": state.cut(WRITEOFF) or None, "settled_at": state.settled_at,
            "days_overdue": days if days > 0 else None, "age": bucket_of(days) if unpaid else None,
        }  # fmt: skip

    def dues(self, state: Fee, site: "Site") -> list[Due]:
        data = state.data
        if state.state not in UNPAID or data.due is None:
            return []
        last = datetime(data.due.year, data.due.month, data.due.day, 23, 59, 59, tzinfo=site.zone)
        item = ITEM_LABELS.get(data.item, ITEM_LABELS["other"])
        amount = data.amount if state.outstanding is None else state.outstanding
        command = f"svcctl fee pay --tenant {_quoted(data.tenant)} --amount {amount} --method "
        return [Due("due", Text(f"{item.zh}应缴", f"{item.en} due"), last, command.replace("{", "{{").replace("}", "}}"))]

    def horizon(self, state: Fee) -> datetime:
        moments = [state.timeline[-1].at, *(flow.at for flow in state.flows), *(cut.at for cut in state.cuts)]
        if state.is_charge:
            return max(*moments, month_end(state.month or state.data.month or f"{state.at:%Y-%m}"))
        return FOREVER if state.credit else max(moments)

    def weight(self, state: Fee) -> int:
        return -1  # arrears are many and wait for others; what is late at the desk itself comes before them

    def title(self, state: Fee) -> str:
        data = state.data
        if not state.is_charge:
            return f"{data.tenant} {data.amount}"
        amount = data.amount if state.outstanding is None else state.outstanding
        return " ".join(str(part) for part in (data.tenant, data.unit, state.month or data.month, amount) if part)


def _paid_for(state: Fee) -> dict[str, Any]:
    """The items and months of the charges that a payment went to; of a reversed one, those that it had gone to."""
    there = [flow for flow in state.flows if flow.charge in (state.shares or ())] or [f for f in state.flows if f.charge is not None]
    items = tuple(dict.fromkeys(flow.item for flow in there if flow.item))
    return {"items": items or None, "months": "、".join(sorted({flow.month for flow in there if flow.month})) or None}


def _quoted(word: str) -> str:
    """A word as it can be typed into a shell."""
    if word and all(c.isalnum() or c in "-_." for c in word):
        return word
    from shlex import quote

    return quote(word)
