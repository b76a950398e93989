"""A tenant's account in the sample as it goes on: what is billed and paid, with what is open of each bill at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from svcctl.sample import people, street
from svcctl.sample.billing import Bill, yuan
from svcctl.sample.chance import Chance
from svcctl.sample.thread import Step

METHODS = (("wechat", 38), ("bank", 33), ("alipay", 15), ("card", 14))
REFS = {"wechat": "WX", "bank": "BK", "alipay": "ZFB", "card": "POS", "cheque": "ZP"}
Act = Callable[[datetime], object]
Which = Callable[[Bill], bool]


class Agenda:
    """What is going to happen in all accounts, in the order of its times."""

    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []

    def plan(self, at: datetime, act: Act) -> None:
        """Have something happen at a time."""
        self._acts.append((at, len(self._acts), act))

    def happen(self, end: datetime) -> None:
        """Let everything happen that was recorded by ``end``."""
        for at, _, act in sorted(self._acts, key=lambda a: a[:2]):
            if at + timedelta(hours=1) < end:
                act(at)


class TenantAccount:
    """What a tenant owes and pays. Amounts are in fen. It allocates as the ledger does: to what is due first."""

    def __init__(self, company: str, chance: Chance, agenda: Agenda) -> None:
        self.company, self.chance, self.agenda = company, chance, agenda
        self.number = street.number(company)
        self.method = chance.weighted(METHODS)
        self.steps: list[Step] = []
        self._bills: dict[str, Bill] = {}
        self._open: dict[str, int] = {}
        self._credit: dict[str, int] = {}  # by payment, the oldest first
        self._paid: dict[str, dict[str, int]] = {}  # by payment, what went where
        self._recorded = datetime.fromisoformat("2026-07-31T00:00:00+08:00")

    def owes(self, which: Which) -> int:
        """How much of the bills is open."""
        return sum(self._open[name] for name in self.open_bills(which))

    def billed(self, which: Which) -> int:
        """How much was billed, whether it is open or not."""
        return sum(bill.amount for bill in self._bills.values() if which(bill))

    def open_bills(self, which: Which) -> list[str]:
        """The names of the bills of which something is open."""
        return [name for name, bill in self._bills.items() if self._open[name] and which(bill)]

    # -- what can happen ------------------------------------------------------------------------------------------

    def bill(self, bill: Bill, _: datetime) -> None:
        """The bill is made out."""
        self._bills[bill.name], self._open[bill.name] = bill, bill.amount
        values = {"tenant": self.number, "item": bill.item, "amount": yuan(bill.amount), "due": bill.due.isoformat(), "unit": bill.unit}
        if bill.month != f"{bill.at:%Y-%m}":
            values["month"] = bill.month
        self._recorded = bill.recorded
        note = "期初欠费" if bill.at.month == 7 else ""
        self.steps.append(Step("fee", "charge", bill.name, True, bill.at, bill.recorded, people.HEAD, values, note))

    def pay(
        self, at: datetime, amount: int, method: str = "", name: str = "", to: Iterable[str] = (), by: str = people.FINANCE, note: str = ""
    ) -> str:
        """Money comes in, for the bills ``to`` or for what is due first. Returns the payment's name."""
        method = method or self.method
        name = name or f"pay {self.number} {len(self._paid)}"
        values: dict[str, str | dict[str, str]] = {"tenant": self.number, "amount": yuan(amount), "method": method}
        if method == "cash":
            values["point"], by = "front", people.at_the_till(at)
        else:
            values["ref"] = f"{REFS[method]}{at:%Y%m%d}{self.chance.between(0, 999999):06}"
        wanted = list(to)
        if wanted:
            values["for"] = {f"@{bill}": yuan(self._open[bill]) for bill in wanted}
        self._say("pay", name, True, at, by, values, note, quick=method == "cash")
        shares = self._allocated(amount, wanted or self._due())
        self._paid[name] = shares
        left = amount - sum(shares.values())
        if left:
            self._credit[name] = left
        return name

    def apply(self, at: datetime) -> None:
        """What was paid too much is used for what is due first, if there is any of both."""
        total = sum(self._credit.values())
        if not total or not any(self._open.values()):
            return
        self._say("apply", "", False, at, people.FINANCE, {"tenant": self.number}, quick=True)
        for bill, amount in self._allocated(total, self._due()).items():
            left = amount
            for payment in list(self._credit):
                part = min(left, self._credit[payment])
                left -= part
                self._paid[payment][bill] = self._paid[payment].get(bill, 0) + part
                self._credit[payment] -= part
                if not self._credit[payment]:
                    del self._credit[payment]

    def adjust(self, at: datetime, bill: str, kind: str, amount: int, reason: str, approved_by: str, doc: str = "") -> None:
        """A bill is corrected, waived or written off, as far as it is open."""
        amount = min(amount, self._open[bill])
        if amount:
            self._open[bill] -= amount
            values = {"type": kind, "amount": yuan(amount), "reason": reason, "approved_by": approved_by}
            self._say("adjust", bill, False, at, people.FINANCE, values | ({"doc": doc} if doc else {}))

    def write_off(self, at: datetime, reason: str) -> None:
        """All that is open is given up."""
        for number, name in enumerate(n for n, amount in self._open.items() if amount):
            self.adjust(at + timedelta(seconds=40 * number), name, "writeoff", self._open[name], reason, people.MANAGER)

    def reverse(self, at: datetime, payment: str, reason: str, doc: str = "") -> None:
        """A payment did not stand: all that it paid is open again."""
        for bill, amount in self._paid.pop(payment).items():
            self._open[bill] += amount
        self._credit.pop(payment, None)
        values = {"reason": reason, "approved_by": people.HEAD} | ({"doc": doc} if doc else {})
        self._say("reverse", payment, False, at, people.FINANCE, values)

    def refund(self, at: datetime, payment: str, amount: int, method: str, reason: str) -> None:
        """What a payment was too much is given back."""
        self._credit[payment] -= amount
        if not self._credit[payment]:
            del self._credit[payment]
        values = {"amount": yuan(amount), "method": method, "reason": reason, "approved_by": people.HEAD}
        self._say("refund", payment, False, at, people.FINANCE, values)

    # -- the account ----------------------------------------------------------------------------------------------

    def _due(self) -> list[str]:
        """The open bills, the one due first first; of one day, as they were made out."""
        owed = [b for name, b in self._bills.items() if self._open[name]]
        return [b.name for b in sorted(owed, key=lambda b: (b.due, b.month))]

    def _allocated(self, amount: int, bills: Iterable[str]) -> dict[str, int]:
        shares = {}
        for bill in bills:
            part = min(amount, self._open[bill])
            if part:
                shares[bill] = part
                self._open[bill] -= part
                amount -= part
        return shares

    def _say(
        self, event: str, matter: str, opens: bool, at: datetime, by: str, values: dict[str, str | dict[str, str]] | dict[str, str],
        note: str = "", *, quick: bool = False,
    ) -> None:  # fmt: skip
        lag = timedelta(seconds=self.chance.between(4, 40)) if quick else self.chance.minutes(1, 35)
        recorded = at + lag + timedelta(microseconds=self.chance.between(1, 999_999))
        self._recorded = max(recorded, self._recorded + timedelta(seconds=7))
        self.steps.append(Step("fee", event, matter, opens, at, self._recorded, by, {**values}, note))


def moment(text: str) -> datetime:
    """``MM-DD HH:MM`` of 2026."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00+08:00")
