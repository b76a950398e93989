"""Master records of a site: the units that are let, and the tenants (DOMAIN 2.3 and 2.4)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Entry, Noun, Step, Verb, verb
from svcctl.fields import FieldType, choice, number, text
from svcctl.texts import Text

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from svcctl.site import Site

UNIT_TYPES = (
    ("shop", "商铺", "Shop"), ("kiosk", "多经点", "Kiosk"), ("venue", "场地", "Venue"), ("storage", "仓库", "Storage"),
    ("office", "办公", "Office"), ("room", "客房", "Guest room"), ("public", "公共区域", "Public area"),
)  # fmt: skip


class Master(NamedTuple):
    """A master record as it stands; it has one state."""

    state: str
    timeline: tuple[Step, ...]
    data: Verb


class MasterNoun(Noun[Master]):
    """What the master nouns have in common."""

    states = {"current": Text("有效", "Current")}
    open_states = frozenset()
    derived = {"no": (FieldType(), Text("编号", "Number"))}

    def begin(self, entry: Entry) -> Master:
        return Master("current", (Step(entry.at, "current", entry.event),), entry.data)

    def facts(self, state: Master, now: "datetime", site: "Site") -> dict[str, Any]:
        return {"no": getattr(state.data, self.short_name[0])}

    def title(self, state: Master) -> str:
        return str(getattr(state.data, self.short_name[-1], ""))


@verb
class AddUnit(Verb):
    """登记铺位、客房或其它地点。

    Record a shop, a room or another place.
    """

    event = "add"
    label = Text("登记", "Add")
    opens = True
    leads_to = "current"
    examples = (
        Text("svcctl unit add --no A-101 --area 86.5 --zone A区 --floor 1 --type shop",
             "svcctl unit add --no A-101 --area 86.5 --zone A --floor 1 --type shop"),
    )  # fmt: skip

    unit_no: str = text("编号", "Number", required=True, short="no")
    area: "Decimal | None" = number("面积（㎡）", "Area, m²")
    zone: str | None = text("区域", "Zone")
    floor: str | None = text("楼层", "Floor")
    type: str | None = choice("类型", "Type", UNIT_TYPES)


class UnitNoun(MasterNoun):
    """The noun ``unit``."""

    verbs = (AddUnit,)
    columns = ("id", "unit_no", "area", "zone", "floor", "type")
    short_name = ("unit_no",)


@verb
class AddTenant(Verb):
    """建立商户档案。

    Open a tenant's file.
    """

    event = "add"
    label = Text("建档", "Add")
    opens = True
    leads_to = "current"
    examples = (
        Text("svcctl tenant add --name 悦和茶饮有限公司 --no T-001 --brand 悦茶", "svcctl tenant add --name 'Yuehe Tea Ltd' --no T-001"),
    )  # fmt: skip

    name: str = text("名称", "Name", required=True)
    tenant_no: str | None = text("编号", "Number", short="no")
    brand: str | None = text("品牌", "Brand")
    contact: str | None = text("联系人", "Contact", personal="name")
    phone: str | None = text("电话", "Phone", personal="phone")


class TenantNoun(MasterNoun):
    """The noun ``tenant``."""

    verbs = (AddTenant,)
    columns = ("id", "tenant_no", "name", "brand", "contact", "phone")
    short_name = ("tenant_no", "name")
