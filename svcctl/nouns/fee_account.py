"""A tenant's account: what charges and payments come to together, exactly, posted one entry after another.

Pure. Nothing is ever allocated beyond what is open, and neither what is outstanding nor credit is ever negative.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Account, Entry, Step
from svcctl.texts import Text

if TYPE_CHECKING:
    from decimal import Decimal

LATE_FEE = "late_fee"
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
REFUND_FIRST = Text(
    "这笔收款已有退款，不能冲正；退款若没有发生，先作废退款", "some of it was refunded, so it cannot be reversed; void the refund first if it did not happen"
)
IS_REVERSED = Text("这笔收款已冲正", "that payment was reversed")


class Flow(NamedTuple):
    """Money that went to a charge or, where ``charge`` is None, into credit; negative where it came from there."""

    at: datetime
    entry: str  # the id of the entry that moved it
    kind: str  # the entry's event
    amount: "Decimal"
    item: str | None
    charge: str | None
    month: str | None
    payment: str


class Cut(NamedTuple):
    """What a charge was reduced by without money: ``kind`` is correction, waiver or writeoff."""

    at: datetime
    entry: str
    kind: str
    amount: "Decimal"


class Fee(NamedTuple):
    """A charge or a payment as it stands; ``data`` is its opening verb. Amounts are None where they do not apply.

    ``flows`` are those to the charge, or all those of the payment.
    """

    state: str
    timeline: tuple[Step, ...]
    at: datetime
    data: Any
    month: str = ""
    outstanding: "Decimal | None" = None
    allocated: "Decimal | None" = None
    settled_at: datetime | None = None
    cuts: tuple[Cut, ...] = ()
    credit: "Decimal | None" = None
    refunded: "Decimal | None" = None
    flows: tuple[Flow, ...] = ()
    shares: "Mapping[str, Decimal] | None" = None  # of a payment: what stands to which charge

    @property
    def is_charge(self) -> bool:
        """Whether it is a charge, not a payment."""
        return bool(self.data.event == "charge")

    def cut(self, kind: str) -> "Decimal":
        """By how much a charge was reduced in one way."""
        from decimal import Decimal

        return sum((c.amount for c in self.cuts if c.kind == kind), Decimal("0.00"))


def month_of(entry: Entry) -> str:
    """A charge's accounting month; of one typed into the file by hand without it, that of its time."""
    return entry.data.month or f"{entry.at:%Y-%m}"


def month_end(month: str) -> datetime:
    """A moment after the end of an accounting month, wherever on earth and however a site cuts its days."""
    number = int(month[:4]) * 12 + int(month[5:])
    year = number // 12
    return datetime(year, number % 12 + 1, 3, tzinfo=UTC) if 0 < year < FOREVER.year else FOREVER


class _Held:
    """What charges and payments have in common: an amount that rises and falls, the states it passed, its flows."""

    __slots__ = ("amount", "at", "flows", "id", "levels", "order", "timeline")

    def __init__(self, entry: Entry, zero: "Decimal") -> None:
        self.id, self.at, self.order = entry.id, entry.at, entry.order
        self.amount: Decimal = entry.data.amount if entry.data.amount is not None else zero
        self.levels: list[tuple[datetime, Decimal]] = []
        self.timeline: list[Step] = []
        self.flows: list[Flow] = []

    @property
    def level(self) -> "Decimal":
        """What is outstanding of a charge, the free credit of a payment."""
        return self.levels[-1][1]

    def room(self, at: datetime) -> "Decimal | None":
        """How much of the level can be taken away at a moment, so that all that is known to come later stays possible.

        None if it was not there yet.
        """
        least = None
        for when, level in reversed(self.levels):
            if least is None or level < least:
                least = level
            if when <= at:
                return least
        return None

    def state(self) -> str:
        raise NotImplementedError

    def moved(self, entry: Entry, level: "Decimal") -> None:
        """Take in a new level."""
        self.levels.append((entry.at, level))
        state = self.state()
        if not self.timeline or self.timeline[-1].state != state:
            self.timeline.append(Step(entry.at, state, entry.event))


class Owed(_Held):
    """A charge in an account. Its level is what is outstanding."""

    __slots__ = ("allocated", "cuts", "due", "item", "month")

    def __init__(self, entry: Entry, zero: "Decimal") -> None:
        super().__init__(entry, zero)
        data = entry.data
        self.item: str = data.item or "other"
        self.month = month_of(entry)
        self.due = data.due or entry.at.date()
        self.allocated = zero
        self.cuts: list[Cut] = []
        self.moved(entry, self.amount)

    def state(self) -> str:
        if not self.level:
            return "settled"
        return "partial" if self.allocated else "open"

    @property
    def rank(self) -> tuple[Any, ...]:
        """Charges are paid in this order: the one due first first, principal before late fees."""
        return (self.due, self.month, self.item == LATE_FEE, self.order)

    def lit(self, state: Fee) -> Fee:
        settled = self.timeline[-1] if self.state() == "settled" else None
        return state._replace(
            state=self.state(), timeline=tuple(self.timeline), month=self.month, outstanding=self.level,
            allocated=self.allocated, settled_at=settled and settled.at, cuts=tuple(self.cuts), flows=tuple(self.flows),
        )  # fmt: skip


class Paid(_Held):
    """A payment in an account. Its level is its free credit."""

    __slots__ = ("data", "refunded", "reversed", "shares")

    def __init__(self, entry: Entry, zero: "Decimal") -> None:
        super().__init__(entry, zero)
        self.data = entry.data
        self.refunded = zero
        self.reversed = False
        self.shares: dict[str, Decimal] = {}

    def state(self) -> str:
        if self.reversed:
            return "reversed"
        return "credit" if self.level else "received"

    def lit(self, state: Fee) -> Fee:
        return state._replace(
            state=self.state(), timeline=tuple(self.timeline), credit=self.level, refunded=self.refunded,
            allocated=sum(self.shares.values(), self.level - self.level), flows=tuple(self.flows), shares=dict(self.shares),
        )  # fmt: skip


class FeeAccount(Account):
    """The charges and payments of a tenant. (Those of several do not disturb each other: ids are unique.)"""

    def __init__(self) -> None:
        from decimal import Decimal

        self.zero = Decimal("0.00")
        self.charges: dict[str, Owed] = {}
        self.payments: dict[str, Paid] = {}
        self._queue: list[tuple[tuple[Any, ...], str]] = []  # the charges that are open, in the order of their ranks
        self._credits: dict[str, None] = {}  # the payments with free credit, the oldest first
        self._flaws: dict[str, Text] = {}
        self._alike: dict[tuple[Any, ...], list[Paid]] = {}  # payments by method and number, and by method and amount

    # -- posting --------------------------------------------------------------------------------------------------

    def post(self, entry: Entry, opening: Entry) -> Text | None:
        if entry.event == "charge":
            made = self.charges[entry.id] = Owed(entry, self.zero)
            self._queued(made, self.zero)
            return None
        if entry.event == "pay":
            self._pay(entry)
            return None
        owed, paid = self.charges.get(opening.id), self.payments.get(opening.id)
        if entry.event == "adjust" and owed is not None:
            return self._adjust(entry, owed)
        if paid is None:  # its time is that of its record, but it was recorded before that
            return Text("早于它所属的记录", "it lies before its record")
        if paid.reversed:
            return IS_REVERSED
        if entry.event == "apply":
            return self._apply(entry, paid)
        return self._reverse(entry, paid) if entry.event == "reverse" else self._refund(entry, paid)

    def flaws(self) -> Mapping[str, Text]:
        return self._flaws

    def light(self, opening: Entry, state: Fee) -> Fee:
        held: Owed | Paid | None = self.charges.get(opening.id) or self.payments.get(opening.id)
        return state if held is None else held.lit(state)

    def _pay(self, entry: Entry) -> None:
        paid = self.payments[entry.id] = Paid(entry, self.zero)
        left, lost = paid.amount, self.zero
        for charge, amount in (entry.data.for_ or {}).items():
            owed = self.charges.get(charge)
            part = min(amount, left, self.zero if owed is None else owed.level)
            lost += amount - part
            if owed is not None and part:
                left -= part
                self._give(entry, paid, owed, part)
        self._free(entry, paid, left, left)
        if lost:
            self._flaws[paid.id] = Text(
                f"应收项已不足以核销，其中 {lost} 转为预存", f"the charges it names do not take {lost} of it, which became credit",
            )  # fmt: skip
        for key in self._likeness(paid.data):
            self._alike.setdefault(key, []).append(paid)

    def _apply(self, entry: Entry, paid: Paid) -> Text | None:
        shares = entry.data.for_ or {}
        total = sum(shares.values(), self.zero)
        if not total:
            return Text("没有写明冲抵哪一项", "it does not say which charge it goes to")
        if total > paid.level:
            return Text(f"这笔收款的预存只有 {paid.level}", f"the free credit of that payment is only {paid.level}")
        for charge, amount in shares.items():
            owed = self.charges.get(charge)
            if owed is None or owed.level < amount:
                level = self.zero if owed is None else owed.level
                return Text(f"{charge} 未缴的只有 {level}", f"only {level} of {charge} is outstanding")
        for charge, amount in shares.items():
            if amount:
                self._give(entry, paid, self.charges[charge], amount)
        self._free(entry, paid, paid.level - total, -total)
        return None

    def _reverse(self, entry: Entry, paid: Paid) -> Text | None:
        if paid.refunded:
            return REFUND_FIRST
        for charge, amount in list(paid.shares.items()):
            self._give(entry, paid, self.charges[charge], -amount)
        credit, paid.reversed = paid.level, True
        self._free(entry, paid, self.zero, -credit)
        for key in self._likeness(paid.data):
            self._alike[key].remove(paid)
        return None

    def _refund(self, entry: Entry, paid: Paid) -> Text | None:
        amount = entry.data.amount or self.zero
        if not self.zero < amount <= paid.level:
            return Text(f"这笔收款的预存是 {paid.level}，只能从中退款；已核销的要先冲正整笔收款", f"only its free credit, {paid.level}, can be refunded; what went to charges takes a reversal of the payment")
        paid.refunded += amount
        self._free(entry, paid, paid.level - amount, -amount)
        return None

    def _adjust(self, entry: Entry, owed: Owed) -> Text | None:
        data, before = entry.data, owed.level
        amount = data.amount or self.zero
        if not self.zero < amount <= before:
            return Text(f"未缴的是 {before}，调整不能超过它；缴错的先冲正那笔收款", f"{before} is outstanding and an adjustment cannot be more; reverse the payment first, if that was wrong")
        owed.cuts.append(Cut(entry.at, entry.id, data.type or "correction", amount))
        owed.moved(entry, before - amount)
        self._queued(owed, before)
        return None

    def _give(self, entry: Entry, paid: Paid, owed: Owed, amount: "Decimal") -> None:
        """Allocate money of a payment to a charge; a negative amount takes it back."""
        before = owed.level
        owed.allocated += amount
        owed.moved(entry, before - amount)
        self._queued(owed, before)
        stands = paid.shares.pop(owed.id, self.zero) + amount
        if stands:
            paid.shares[owed.id] = stands
        flow = Flow(entry.at, entry.id, entry.event, amount, owed.item, owed.id, owed.month, paid.id)
        owed.flows.append(flow)
        paid.flows.append(flow)

    def _free(self, entry: Entry, paid: Paid, credit: "Decimal", change: "Decimal") -> None:
        """Set a payment's free credit."""
        paid.moved(entry, credit)
        if credit:
            self._credits.setdefault(paid.id)
        else:
            self._credits.pop(paid.id, None)
        if change:
            paid.flows.append(Flow(entry.at, entry.id, entry.event, change, None, None, None, paid.id))

    def _queued(self, owed: Owed, before: "Decimal") -> None:
        """Put a charge into the queue when something of it is open again, take it out when it is settled."""
        if bool(before) == bool(owed.level):
            return
        mark = (owed.rank, owed.id)
        if owed.level:
            insort(self._queue, mark)
        else:
            del self._queue[bisect_left(self._queue, mark)]

    @staticmethod
    def _likeness(data: Any) -> list[tuple[Any, ...]]:
        keys: list[tuple[Any, ...]] = [("amount", data.method, data.amount)]
        return [*keys, ("ref", data.method, data.ref)] if data.ref else keys

    # -- asking ---------------------------------------------------------------------------------------------------

    def open_charges(self) -> list[Owed]:
        """The charges of which something is outstanding, the one due first first."""
        return [self.charges[charge] for _, charge in self._queue]

    def takes(self, charge: str, at: datetime) -> "Decimal | Text":
        """How much of a charge can be paid at a moment, or why nothing can."""
        owed = self.charges.get(charge)
        if owed is None:
            if charge in self.payments:
                return Text(f"{charge} 是收款，不是应收", f"{charge} is a payment, not a charge")
            return Text(f"{charge} 不是这个商户的应收；清单：svcctl fee list --open", f"{charge} is no charge of this tenant; see svcctl fee list --open")
        room = owed.room(at)
        if room is None:
            return Text(f"{charge} 在那之后才应收", f"{charge} was charged only after that")
        return room

    def allocation(self, amount: "Decimal", at: datetime) -> "dict[str, Decimal]":
        """What a payment without instructions goes to: the charge that is due first is paid first."""
        shares: dict[str, Decimal] = {}
        for _, charge in self._queue:
            if not amount:
                break
            part = min(self.charges[charge].room(at) or self.zero, amount)
            if part:
                shares[charge] = part
                amount -= part
        return shares

    def credits(self, at: datetime) -> "list[tuple[str, Decimal]]":
        """The payments whose credit can be used at a moment, each with how much of it, the oldest first."""
        found = ((payment, self.payments[payment].room(at)) for payment in self._credits)
        return [(payment, room) for payment, room in found if room]

    def like(self, data: Any, by: str, first: datetime, last: datetime) -> list[str]:
        """Other payments with the same method and ``ref`` or ``amount`` between two moments; ``data`` is the payment's own."""
        same = self._alike.get((by, data.method, getattr(data, by)), [])
        start = bisect_left(same, first, key=lambda paid: paid.at)
        found = []
        for paid in same[start:]:
            if paid.at > last:
                break
            if paid.data is not data:
                found.append(paid.id)
        return found
