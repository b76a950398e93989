"""Master records of a site: the units that are let, the tenants, and their leases (DOMAIN 2.3 and 2.4)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Entry, Noun, Step, Verb, verb
from svcctl.fields import FieldType, choice, day, master, number, text
from svcctl.texts import Text

if TYPE_CHECKING:
    from datetime import date, datetime
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

    def begin(self, entry: Entry) -> Master:
        return Master("current", (Step(entry.at, "current", entry.event),), entry.data)


class NamedNoun(MasterNoun):
    """A master noun whose records can be named by their ``short_name``."""

    derived = {"no": (FieldType(), Text("编号", "Number"))}

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


class UnitNoun(NamedNoun):
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


class TenantNoun(NamedNoun):
    """The noun ``tenant``."""

    verbs = (AddTenant,)
    columns = ("id", "tenant_no", "name", "brand", "contact", "phone")
    short_name = ("tenant_no", "name")


@verb
class AddLease(Verb):
    """登记租约：哪家商户从哪天起租哪个铺位。

    Record a lease: which tenant has which unit from which day on.
    """

    event = "add"
    label = Text("登记", "Add")
    opens = True
    leads_to = "current"
    examples = (
        Text("svcctl lease add --tenant 悦茶 --unit A-101 --from 2026-08-01 --to 2029-07-31 --area 86.5",
             "svcctl lease add --tenant 'Yuehe Tea' --unit A-101 --from 2026-08-01 --to 2029-07-31 --area 86.5"),
    )  # fmt: skip

    tenant: str = master("商户", "Tenant", "tenant", required=True)
    unit: str = master("铺位", "Unit", "unit", required=True)
    from_: "date" = day("起始日", "From", required=True)
    to: "date | None" = day("终止日", "To", hint=("租约的最后一天", "the last day of the lease"))
    area: "Decimal | None" = number("面积（㎡）", "Area, m²")

    def faults(self) -> Iterator[tuple[str, Text]]:
        if self.to is not None and self.to < self.from_:
            yield "to", Text("终止日早于起始日", "it ends before it begins")


class LeaseNoun(MasterNoun):
    """The noun ``lease``."""

    verbs = (AddLease,)
    columns = ("id", "tenant", "unit", "from", "to", "area")
    place_field = "unit"

    def title(self, state: Master) -> str:
        data = state.data
        return f"{data.tenant} {data.unit}" if isinstance(data, AddLease) else ""
