"""The sample's figures of fees and of the till, calculated a second time from the files, without svcctl's code.

Written from the contract's definitions (6, domain 3.9 and 7.8); the shifts and limits are those of the sample's site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sample_oracle import Doc, Period, documents, when

ZERO = Decimal("0.00")
ENDS = {"A": timedelta(hours=15), "B": timedelta(hours=23), "C": timedelta(hours=31)}  # after midnight of a slot's date
REMIT_BY = timedelta(days=1, hours=10)
SETTLE_WITHIN = timedelta(days=1)
FLOAT = Decimal("1000.00")
BUCKETS = ((0, "not_due"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
Found = dict[str, Any]


class Money(NamedTuple):
    """Money that moved at ``at``: to a charge, or to (from) credit where ``charge`` is empty."""

    at: datetime
    paid: datetime
    charge: str
    amount: Decimal


def figures(folder: Path, p: Period, calendar_end: str = "") -> Found:
    """Every figure of a period by its id: amounts, counts, or (num, den). ``calendar_end`` if the period still runs."""
    return {**fees(folder, p), **cash(folder, p, when(calendar_end) if calendar_end else None)}


# -- fees -----------------------------------------------------------------------------------------------------------


def flows(record: list[Doc], as_of: datetime) -> Iterator[Money]:
    """Where the money of a payment went, as far as it had."""
    paid, stands, credit = when(record[0]["at"]), dict[str, Decimal](), ZERO
    for doc in record:
        at = when(doc["at"])
        if at > as_of:
            return
        shares = {charge: Decimal(amount) for charge, amount in doc.get("for", {}).items()}
        change = -sum(shares.values(), ZERO)
        if doc["event"] == "pay":
            change += Decimal(doc["amount"])
        elif doc["event"] == "refund":
            change = -Decimal(doc["amount"])
        elif doc["event"] == "reverse":
            shares, change = {charge: -amount for charge, amount in stands.items()}, -credit
        for charge, amount in shares.items():
            stands[charge] = stands.get(charge, ZERO) + amount
            yield Money(at, paid, charge, amount)
        credit += change
        assert credit >= 0
        yield Money(at, paid, "", change)


class Charge:
    """A charge with the money that came for it and what it was reduced by, up to the as-of."""

    def __init__(self, docs: list[Doc], money: Iterable[Money], as_of: datetime) -> None:
        first = docs[0]
        self.at, self.amount, self.item, self.tenant = when(first["at"]), Decimal(first["amount"]), first["item"], first["tenant"]
        self.month, self.due = first["month"], date.fromisoformat(first["due"])
        self.money = list(money)
        self.cuts = [(when(d["at"]), d["type"], Decimal(d["amount"])) for d in docs[1:] if when(d["at"]) <= as_of]
        assert self.outstanding() >= 0

    def paid(self, before: datetime | None = None) -> Decimal:
        return sum((m.amount for m in self.money if before is None or m.at < before), ZERO)

    def cut(self, kind: str = "", start: datetime | None = None, before: datetime | None = None) -> Decimal:
        return sum((
            amount for at, of, amount in self.cuts
            if kind in ("", of) and (start is None or at >= start) and (before is None or at < before)
        ), ZERO)  # fmt: skip

    def outstanding(self) -> Decimal:
        return self.amount - self.paid() - self.cut()


def fees(folder: Path, p: Period) -> Found:
    records = [d for d in documents(folder, "fees").values() if when(d[0]["at"]) <= p.as_of]
    money = [m for d in records if d[0]["event"] == "pay" for m in flows(d, p.as_of)]
    to: dict[str, list[Money]] = {}
    for one in money:
        to.setdefault(one.charge, []).append(one)
    charges = {d[0]["id"]: Charge(d, to.get(d[0]["id"], ()), p.as_of) for d in records if d[0]["event"] == "charge"}
    assert set(to) <= {*charges, ""}
    found = _fee_figures(list(charges.values()), p)
    for item in sorted({c.item for c in charges.values()}):
        some = _fee_figures([c for c in charges.values() if c.item == item], p)
        found |= {f"{name}{{item={item}}}": figure for name, figure in some.items() if name != "fee.ageing"}
        found[f"fee.received{{item={item}}}"] = _sum(m.amount for m in money if m.charge and charges[m.charge].item == item and p.has(m.at))
    found["fee.received"] = _sum(m.amount for m in money if p.has(m.at))
    month = f"{p.as_of:%Y-%m}"
    found["fee.advance"] = _sum(m.amount for m in money if p.has(m.paid) and (not m.charge or charges[m.charge].month > month))
    for name in (*(name for _, name in BUCKETS), "366+"):
        found[f"fee.ageing{{bucket={name}}}"] = _sum(c.outstanding() for c in charges.values() if _bucket(c, p) == name)
    return found


def _bucket(charge: Charge, p: Period) -> str:
    days = (p.as_of.date() - charge.due).days
    return next((name for most, name in BUCKETS if days <= most), "366+")


def _fee_figures(charges: list[Charge], p: Period) -> Found:
    start = p.as_of.replace(day=1, hour=0, minute=0, second=0)  # of the accounting month
    month = f"{p.as_of:%Y-%m}"
    current = [c for c in charges if c.month == month]
    older = [c for c in charges if c.month < month and c.at < start]
    now = (_sum(c.paid() for c in current), _sum(c.amount - c.cut("correction") for c in current))
    before = (
        _sum(c.paid() - c.paid(start) for c in older),
        _sum(c.amount - c.paid(start) - c.cut(before=start) - c.cut("correction", start) for c in older),
    )
    owing: dict[str, Decimal] = {}
    for charge in current:
        owing[charge.tenant] = owing.get(charge.tenant, ZERO) + charge.outstanding()
    return {
        "fee.billed": _sum(c.amount for c in charges if p.has(c.at)),
        "fee.collection_rate": now, "fee.arrears_recovery_rate": before,
        "fee.combined_rate": (now[0] + before[0], now[1] + before[1]),
        "fee.household_rate": (sum(not amount for amount in owing.values()), len(owing)),
        "fee.waived": _sum(amount for c in charges for at, kind, amount in c.cuts if kind == "waiver" and p.has(at)),
        "fee.arrears": _sum(c.outstanding() for c in charges if c.due < p.as_of.date()),
        "fee.ageing": _sum(c.outstanding() for c in charges),
    }  # fmt: skip


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


# -- the till -------------------------------------------------------------------------------------------------------


def counted(text: str) -> Decimal:
    """What a count comes to."""
    return _sum(Decimal(value) * int(number) for value, number in (part.split("x") for part in text.split(",")))


class Slot(NamedTuple):
    """A shift of a day with its count or skip, if there is one, and the variances that belong to it."""

    shift: str
    day: date
    doc: Doc
    varied: bool
    remitted: datetime | None

    @property
    def midnight(self) -> datetime:
        return when(f"{self.day}T00:00:00+08:00")

    @property
    def due(self) -> datetime:
        return self.midnight + ENDS[self.shift] + timedelta(hours=1)

    @property
    def takings(self) -> Decimal:
        return counted(self.doc["count"]) - Decimal(self.doc["left"]) if self.doc.get("event") == "count" else ZERO


def slots(records: list[list[Doc]], last: date) -> list[Slot]:
    """All slots from the one of the first count to the last of a day."""
    of_slot: dict[tuple[str, str], Doc] = {}
    remitted: dict[str, datetime] = {}
    varied = {(d[0]["shift"], d[0]["date"]) for d in records if d[0]["event"] == "variance"}
    ordered = sorted((d[0] for d in records), key=lambda d: when(d["at"]))
    for doc in ordered:
        if doc["event"] in ("count", "skip"):
            of_slot[doc["shift"], doc["date"]] = doc
        for name in doc.get("shifts", []):
            remitted.setdefault(name, when(doc["at"]))
    first = next(d for d in ordered if d["event"] == "count")
    begin, found = (first["date"], first["shift"]), []
    day = date.fromisoformat(first["date"])
    while day <= last:
        for shift in ENDS:
            key = (shift, day.isoformat())
            if (key[1], shift) >= begin:
                found.append(Slot(shift, day, of_slot.get(key, {}), key in varied, remitted.get(f"{shift}@{day}")))
        day += timedelta(days=1)
    return found


def cash(folder: Path, p: Period, runs_to: datetime | None) -> Found:
    """A period that is over is cut an hour after its last slot has ended; one that runs to ``runs_to``, now."""
    end = runs_to or p.end
    last_day = (end - timedelta(seconds=1)).date()
    cut = p.as_of if runs_to else datetime.combine(last_day, time(), p.as_of.tzinfo) + ENDS["C"] + timedelta(hours=1)
    records = [[d for d in docs if when(d["at"]) <= cut] for docs in documents(folder, "cash").values() if when(docs[0]["at"]) <= cut]
    every = slots(records, last_day)
    found: Found = {}
    variances = [d for d in records if d[0]["event"] == "variance"]
    groups = {"": lambda by: True, "{point=front}": lambda by: True}
    for name in {s.doc["by"] for s in every if s.doc.get("event") == "count"}:
        groups[f"{{cashier={name}}}"] = lambda by, name=name: by == name  # type: ignore[misc]
    for split, holds in groups.items():
        some = [s for s in every if holds(s.doc.get("by") if s.doc.get("event") == "count" else None)]
        found |= {f"cash.{n}{split}": v for n, v in _slot_figures(some, p.start, end, cut).items()}
        found |= {f"cash.{n}{split}": v for n, v in _variance_figures([d for d in variances if holds(d[0]["cashier"])], p.start, end, cut).items()}
    for kind in ("over", "short"):
        some = [d for d in variances if d[0]["type"] == kind]
        found[f"cash.settled_on_time_rate{{type={kind}}}"] = _variance_figures(some, p.start, end, cut)["settled_on_time_rate"]
    # Only what occurs in a period has a row in its splits.
    return {i: v for i, v in found.items() if "{" not in i or (v != (0, 0) and v != 0)}


def _slot_figures(slots: list[Slot], start: datetime, end: datetime, cut: datetime) -> Found:
    of_days = [s for s in slots if start.date() <= s.day <= (end - timedelta(seconds=1)).date()]
    due = [s for s in of_days if s.due <= cut]
    checked = [s for s in of_days if s.doc.get("event") == "count"]
    remit = [s for s in slots if s.takings and start <= s.midnight + REMIT_BY < end and s.midnight + REMIT_BY <= cut]
    return {
        "slots": len(due), "completeness_rate": (sum(bool(s.doc) for s in due), len(due)),
        "variance_rate": (sum(s.varied for s in checked), len(checked)),
        "remitted_on_time_rate": (sum(s.remitted is not None and s.remitted <= s.midnight + REMIT_BY for s in remit), len(remit)),
    }  # fmt: skip


def _variance_figures(variances: list[list[Doc]], start: datetime, end: datetime, cut: datetime) -> Found:
    found: Found = {}
    last = (end - timedelta(seconds=1)).date()
    for kind in ("over", "short"):
        mine = [Decimal(d[0]["amount"]) for d in variances if d[0]["type"] == kind and start.date().isoformat() <= d[0]["date"] <= last.isoformat()]
        found[f"{kind}_count"], found[f"{kind}_amount"] = len(mine), _sum(mine)
    due = [d for d in variances if start <= when(d[0]["at"]) + SETTLE_WITHIN < end and when(d[0]["at"]) + SETTLE_WITHIN <= cut]
    found["settled_on_time_rate"] = (sum(_in_time(d) for d in due), len(due))
    return found


def _in_time(variance: list[Doc]) -> bool:
    limit = when(variance[0]["at"]) + SETTLE_WITHIN
    return _sum(Decimal(d["amount"]) for d in variance[1:] if when(d["at"]) <= limit) == Decimal(variance[0]["amount"])


def till_differences(folder: Path) -> list[tuple[str, Decimal, Decimal]]:
    """Each count and spot check in its order: its id, what was counted, and what had to be there by all that moved."""
    incoming = ("sale", "fee", "deposit_in", "float_up", "change_in", "make_good")
    docs = sorted((d[0] for d in documents(folder, "cash").values()), key=lambda d: (when(d["at"]), when(d["recorded"])))
    inside, found = FLOAT, []
    for doc in docs:
        if doc["event"] == "move":
            inside += Decimal(doc["amount"]) if doc["type"] in incoming else -Decimal(doc["amount"])
        elif doc["event"] in ("count", "check"):
            total = counted(doc["count"])
            found.append((doc["id"], total, inside))
            inside = total if doc["event"] == "check" else Decimal(doc["left"])
    return found
