"""Lost property: what was found and where it is kept, who claims it, how it leaves; and what people miss (DOMAIN 6)."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Due, Entry, Noun, Rules, Step, Verb, stays, verb
from svcctl.fields import ChoiceType, FieldType, TimeType, choice, person, ref, span, text, time, whole
from svcctl.site import POLICY
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Site

CATEGORIES = (
    ("cash", "现金", "Cash"), ("jewellery", "珠宝首饰", "Jewellery"), ("watch", "手表", "Watch"),
    ("electronics", "电子产品", "Electronics"), ("id_doc", "证件", "ID document"), ("bank_card", "银行卡", "Bank card"),
    ("clothing", "衣物", "Clothing"), ("bag", "箱包", "Bag"), ("cosmetics", "化妆品", "Cosmetics"),
    ("medicine", "药品", "Medicine"), ("glasses", "眼镜", "Glasses"), ("keys", "钥匙", "Keys"),
    ("book", "书籍文件", "Book"), ("toy", "玩具", "Toy"), ("alcohol", "酒类（未开封）", "Sealed alcohol"),
    ("food_sealed", "食品（未开封）", "Sealed food"), ("food_open", "已开封食品", "Opened food"),
    ("prohibited", "违禁危险品", "Prohibited goods"), ("other", "其它", "Other"),
)  # fmt: skip
ORDINARY = "ordinary"
VALUES = (
    ("valuable", "贵重", "Valuable"), (ORDINARY, "一般", "Ordinary"), ("perishable", "易腐", "Perishable"),
    ("document", "证件类", "Document"), ("prohibited", "违禁", "Prohibited"),
)  # fmt: skip
VALUE_LABELS = {code: Text(zh, en) for code, zh, en in VALUES}
USUAL = {  # the value that a category has as a rule
    "cash": "valuable", "jewellery": "valuable", "watch": "valuable", "electronics": "valuable", "id_doc": "document",
    "bank_card": "document", "food_open": "perishable", "prohibited": "prohibited",
}  # fmt: skip
RETURNS = (("in_person", "本人领取", "In person"), ("mail", "邮寄", "Mail"), ("proxy", "代领", "Proxy"))
DISPOSALS = (
    ("police", "移交公安", "Police"), ("destroy", "销毁", "Destroyed"), ("donate", "捐赠", "Donated"),
    ("discard", "丢弃", "Discarded"),
)  # fmt: skip
AT_ONCE = ("perishable", "prohibited")  # no need to keep it until the time is up
DIGITS = 4  # of an identity document; more are not to be stored

STATES = {
    "stored": Text("保管中", "Stored"), "claimed": Text("认领中", "Claimed"), "returned": Text("已归还", "Returned"),
    "disposed": Text("已处置", "Disposed"), "searching": Text("查找中", "Searching"), "matched": Text("已匹配", "Matched"),
    "not_found": Text("未找到", "Not found"),
}  # fmt: skip
KEPT = ("stored", "claimed")  # the states of an item that is here
OPEN = (*KEPT, "searching")


class Lost(NamedTuple):
    """A found item, or a report of something lost, as it stands; of ``found`` and ``report`` one is None."""

    state: str
    timeline: tuple[Step, ...]
    at: datetime
    by: str
    found: "Add | None" = None
    report: "Report | None" = None
    hold_until: datetime | None = None  # of an item, with extensions
    storage: str | None = None
    claim: "Claim | None" = None  # the last one
    contacted: datetime | None = None  # the first time
    left: datetime | None = None  # returned or disposed of
    item: str | None = None  # that a report was matched with

    @property
    def police_only(self) -> bool:
        """Whether nobody but the police may get it, if its owner does not (LST-R05)."""
        add = self.found
        return add is not None and (add.value in ("valuable", "document") or add.category in ("cash", "id_doc"))


@verb
class Add(Verb):
    """登记拾获的物品：是什么、在哪里拾到、谁拾到、存放在哪里。贵重物品要有第二人。

    Take in something found: what, where, by whom, and where it is stored. Valuables need a second person.
    """

    event = "add"
    label = Text("拾获登记", "Find")
    opens = True
    leads_to = "stored"
    examples = (
        Text("svcctl lost add --item 黑色雨伞 --place 中庭长椅 --found-by 保洁小刘 --storage 失物柜3层 --category other",
             "svcctl lost add --item 'black umbrella' --place Atrium --found-by Liu --storage 'cabinet 3' --category other"),
        Text("svcctl lost add --item 银色手机 --place A-106 --found-by 店员 --storage 保险柜 --category electronics --value valuable --second 王晓燕",
             "svcctl lost add --item 'silver phone' --place A-106 --found-by clerk --storage safe --category electronics "
             "--value valuable --second Wang"),
    )  # fmt: skip

    item: str = text("物品", "Item", required=True)
    place: str = text("拾获地点", "Found where", required=True)
    found_by: str = text("拾获人", "Found by", required=True)
    storage: str = text("存放位置", "Stored where", required=True)
    category: str | None = choice("类别", "Category", CATEGORIES)
    value: str | None = choice("价值级别", "Value", VALUES, policy=ORDINARY)
    qty: int | None = whole("数量", "Quantity", low=1, policy="1")
    second: str | None = person("第二经手人", "Second person")
    hold_until: datetime | None = time("保管期限", "Hold until", policy="lost.hold")

    def needs(self) -> Iterator[str]:
        if self.value == "valuable":
            yield "second"

    def complete(self, rules: Rules) -> "Add":
        value = self.value or ORDINARY
        until = self.hold_until or rules.at + rules.site.policy["lost"]["hold"][value]
        return self.but(value=value, qty=self.qty or 1, hold_until=until)

    def doubts(self, rules: Rules) -> Iterator[Text]:
        value = self.value or ORDINARY
        usual = USUAL.get(self.category or "", value)
        if usual != value:
            yield Text("这一类物品一般按“{usual}”登记（--value {code}），现在是“{value}”",
                       "this category usually is {usual} (--value {code}), not {value}").fill(
                usual=VALUE_LABELS[usual], code=usual, value=VALUE_LABELS[value])  # fmt: skip
        if self.hold_until is not None and self.hold_until < rules.at + rules.site.policy["lost"]["hold"][value]:
            yield Text("保管期限短于规定", "it is to be held for less than the policy says")
        if self.second is not None and self.second == rules.by:
            yield Text("第二经手人和录入人是同一人", "the second person is who records it")


@verb
class Report(Verb):
    """登记客人报失：丢了什么、在哪里丢的、怎么联系。

    Take a loss report: what is missed, where it was lost, how to reach whoever misses it.
    """

    event = "report"
    label = Text("报失登记", "Loss report")
    opens = True
    leads_to = "searching"
    examples = (
        Text("svcctl lost report --what 蓝色儿童水壶 --where 小舟儿童乐园 --contact 13800001234 --name 周女士",
             "svcctl lost report --what 'blue bottle' --where 'Playground' --contact 13800001234 --name Zhou"),
    )  # fmt: skip

    what: str = text("报失物品", "What is missed", required=True)
    where: str = text("遗失地点", "Lost where", required=True)
    contact: str = text("联系方式", "How to reach them", required=True, personal="phone")
    name: str | None = text("报失人", "Who misses it", personal="name")


@verb
class Contact(Verb):
    """记录一次联系失主。

    Note an attempt to reach the owner.
    """

    event = "contact"
    label = Text("联系失主", "Contact")
    moves = stays(OPEN)
    examples = (
        Text("svcctl lost contact 7k3f --via 电话 --result 明天来取", "svcctl lost contact 7k3f --via phone --result 'will come tomorrow'"),
    )  # fmt: skip

    via: str = text("联系途径", "By what way", required=True)
    result: str = text("联系结果", "What came of it", required=True)

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(contacted=state.contacted or entry.at)


@verb
class Claim(Verb):
    """有人认领：先请认领人说出特征，再核对。

    Somebody claims it: have it described before it is shown, then verify.
    """

    event = "claim"
    label = Text("认领", "Claim")
    moves = {"stored": "claimed"}
    leads_to = "claimed"
    examples = (
        Text("svcctl lost claim 7k3f --claimant 周女士 --described 伞柄有划痕 --verified-by 李敏 --id-type 身份证 --id-last4 123X",
             "svcctl lost claim 7k3f --claimant Zhou --described 'scratch on the handle' --verified-by Li --id-last4 123X"),
    )  # fmt: skip

    claimant: str = text("认领人", "Claimant", required=True, personal="name")
    described: str = text("认领人描述的特征", "How it was described", required=True)
    verified_by: str = person("核对人", "Verified by", required=True)
    id_type: str | None = text("证件种类", "Kind of document")
    id_last4: str | None = text("证件末四位", "Last four of its number", personal="text")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if self.id_last4 is not None and len(self.id_last4) > DIGITS:
            yield "id_last4", Text("只记末四位", "takes the last four only")

    def doubts(self, rules: Rules) -> Iterator[Text]:
        if self.id_type is None or self.id_last4 is None:
            yield Text("没有核对证件（--id-type、--id-last4）", "no document was looked at (--id-type, --id-last4)")

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(claim=self)


@verb
class Unclaim(Verb):
    """撤销认领：特征不符，或没有来取。

    Take the claim back: the description does not fit, or nobody came.
    """

    event = "unclaim"
    label = Text("撤销认领", "Take back the claim")
    moves = {"claimed": "stored"}
    leads_to = "stored"
    examples = (Text("svcctl lost unclaim 7k3f --reason 特征不符", "svcctl lost unclaim 7k3f --reason 'it does not fit'"),)

    reason: str = text("原因", "Reason", required=True)

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(claim=None)


@verb
class Return(Verb):
    """交还给失主。要先认领。

    Hand it back. It has to be claimed first.
    """

    event = "return"
    label = Text("归还", "Return")
    moves = {"claimed": "returned"}
    leads_to = "returned"
    examples = (
        Text("svcctl lost return 7k3f --to 周女士 --how in_person", "svcctl lost return 7k3f --to Zhou --how in_person"),
    )  # fmt: skip

    to: str = text("领取人", "Receiver", required=True, personal="name")
    how: str = choice("交还方式", "How", RETURNS, required=True)
    second: str | None = person("复核人", "Second person")

    def doubts(self, rules: Rules) -> Iterator[Text]:
        add = rules.state.found if rules.state is not None else None
        if add is not None and add.value == "valuable" and self.second is None:
            yield Text("贵重物品应两人经手（--second）", "two people should hand over a valuable (--second)")
        if self.second is not None and self.second == rules.by:
            yield Text("复核人和录入人是同一人", "the second person is who records it")

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(left=entry.at)


@verb
class Dispose(Verb):
    """处置无人认领的物品。保管期满以前不能处置（易腐、违禁除外）；贵重、证件、现金只能移交公安。

    Dispose of what nobody claimed. Not before its time is up (but for perishable and prohibited goods); valuables,
    documents and cash only to the police.
    """

    event = "dispose"
    label = Text("处置", "Dispose")
    moves = {"stored": "disposed"}
    leads_to = "disposed"
    examples = (
        Text("svcctl lost dispose 7k3f --how donate --approved-by 陈经理 --witness 王晓燕",
             "svcctl lost dispose 7k3f --how donate --approved-by Chen --witness Wang"),
    )  # fmt: skip

    how: str = choice("处置方式", "How", DISPOSALS, required=True)
    approved_by: str = person("批准人", "Approved by", required=True)
    witness: str = text("见证人", "Witness", required=True)

    def bars(self, state: Lost, entry: Entry) -> Text | None:
        if state.police_only and self.how != "police":
            return Text("贵重物品、证件和现金只能移交公安（--how police）",
                        "valuables, documents and cash go to the police only (--how police)")  # fmt: skip
        at_once = state.found is not None and state.found.value in AT_ONCE
        if state.hold_until is not None and entry.at < state.hold_until and not at_once:
            return Text("要保管到 {until}", "it has to be held until {until}").fill(until=_minute(state.hold_until))
        return None

    def doubts(self, rules: Rules) -> Iterator[Text]:
        add = rules.state.found if rules.state is not None else None
        if add is not None and add.value == "prohibited" and self.how != "police":
            yield Text("违禁品应移交公安", "prohibited goods should go to the police")
        if add is not None and add.value != "perishable" and self.how == "discard":
            yield Text("只有易腐物品才丢弃", "only perishable goods are discarded")
        if len({self.approved_by, self.witness, rules.by}) < 3:
            yield Text("批准人、见证人和录入人应是三个人", "approver, witness and recorder should be three people")

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(left=entry.at)


@verb
class Move(Verb):
    """换存放位置。

    Store it somewhere else.
    """

    event = "move"
    label = Text("移位", "Move")
    moves = stays(KEPT)
    examples = (Text("svcctl lost move 7k3f --storage 保险柜", "svcctl lost move 7k3f --storage safe"),)

    storage: str = text("存放位置", "Stored where", required=True)

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(storage=self.storage)


@verb
class Extend(Verb):
    """延长保管期限，不能缩短。

    Hold it for longer; never for less.
    """

    event = "extend"
    label = Text("延期", "Extend")
    moves = stays(KEPT)
    examples = (
        Text("svcctl lost extend 7k3f --until 2027-03-31 --approved-by 陈经理", "svcctl lost extend 7k3f --until 2027-03-31 --approved-by Chen"),
    )  # fmt: skip

    until: datetime = time("保管到", "Until", required=True)
    approved_by: str = person("批准人", "Approved by", required=True)

    def bars(self, state: Lost, entry: Entry) -> Text | None:
        if state.hold_until is not None and self.until <= state.hold_until:
            return Text("已定保管到 {until}，只能延长", "it is held until {until} already and can only be held for longer").fill(
                until=_minute(state.hold_until)
            )
        return None

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(hold_until=self.until)


@verb
class Match(Verb):
    """报失的物品找到了：写明是哪一件。

    What was missed is found: say which item it is.
    """

    event = "match"
    label = Text("匹配", "Match")
    moves = {"searching": "matched"}
    leads_to = "matched"
    examples = (Text("svcctl lost match 7k3f --item 9x2m", "svcctl lost match 7k3f --item 9x2m"),)

    item: str = ref("匹配的物品", "Item", "lost", required=True)

    def apply(self, state: Lost, entry: Entry) -> Lost:
        return state._replace(item=self.item)


@verb
class GiveUp(Verb):
    """找不到，不再找。

    It is not to be found.
    """

    event = "give-up"
    label = Text("未找到", "Give up")
    moves = {"searching": "not_found"}
    leads_to = "not_found"
    examples = (Text("svcctl lost give-up 7k3f --note 已告知报失人", "svcctl lost give-up 7k3f --note 'told her'"),)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


class LostNoun(Noun[Lost]):
    """The noun ``lost``: its records are found items, opened by ``add``, and loss reports, opened by ``report``."""

    verbs = (Add, Report, Contact, Claim, Unclaim, Return, Dispose, Move, Extend, Match, GiveUp)
    states = STATES
    open_states = frozenset(OPEN)
    columns = ("id", "at", "state", "overdue", "category", "subject", "spot", "storage", "hold_until")
    place_field = "place"
    derived = {
        "how": (ChoiceType((*RETURNS, *DISPOSALS)), Text("去向", "How it left")),
        "subject": (FieldType(), Text("事项", "What")),
        "spot": (FieldType(), Text("地点", "Where")),
        "contacted_at": (TimeType(), Text("首次联系", "First contact")),
        "left_at": (TimeType(), Text("离库时间", "Left at")),
    }

    def begin(self, entry: Entry) -> Lost:
        data = entry.data
        if isinstance(data, Report):
            return Lost("searching", (Step(entry.at, "searching", entry.event),), entry.at, entry.by, report=data)
        add: Add = data
        until = add.hold_until
        if until is None:  # typed into the file by hand; the policy may have changed since, what is usual has not
            until = entry.at + span(POLICY["lost"]["hold"][add.value or ORDINARY])
        return Lost(
            "stored", (Step(entry.at, "stored", entry.event),), entry.at, entry.by, found=add, hold_until=until,
            storage=add.storage,
        )  # fmt: skip

    def unfit(self, entry: Entry, field: str, other: Any) -> Text | None:
        if other.voided or other.state.found is None:
            return Text("只能匹配拾获登记的物品，不能是另一件报失", "only an item that was found can be matched, not another loss report")
        return None

    def facts(self, state: Lost, now: datetime, site: "Site") -> dict[str, Any]:
        add, report, claim = state.found, state.report, state.claim
        return {
            "subject": add.item if add else report and report.what, "spot": add.place if add else report and report.where,
            "storage": state.storage, "hold_until": state.hold_until,
            "claimant": claim and claim.claimant, "described": claim and claim.described,
            "verified_by": claim and claim.verified_by, "id_type": claim and claim.id_type,
            "id_last4": claim and claim.id_last4,
            "contacted_at": state.contacted, "left_at": state.left,
        }  # fmt: skip

    def dues(self, state: Lost, site: "Site") -> list[Due]:
        if state.state != "stored" or state.hold_until is None:
            return []
        how = "police --approved-by  --witness " if state.police_only else ""
        return [Due("hold", Text("保管期满", "held until"), state.hold_until, "svcctl lost dispose {id} --how " + how)]

    def weight(self, state: Lost) -> int:
        return 2 if state.found is not None and state.found.value == "prohibited" else 0

    def title(self, state: Lost) -> str:
        return state.found.item if state.found is not None else state.report.what if state.report is not None else ""
