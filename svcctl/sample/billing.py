"""What the tenants of the sample street are billed each month: property by the square metre, electricity by the meter, the rest fixed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from svcctl.sample import people, street
from svcctl.sample.chance import Chance

PRICES = {"shop": "6.80", "office": "4.50", "storage": "2.50"}  # property fee, yuan a square metre and month
KILOWATT_HOUR = "0.8652"
USED = {"kitchen": 26, "food": 20, "": 9}  # kWh a square metre and month, by the kind of shop
SEASON = {"2026-06": "1.10", "2026-07": "1.25", "2026-08": "1.25", "2026-09": "1.05", "2026-10": "0.85", "2026-11": "0.95"}
WASTE = {"kitchen": 38000, "food": 22000, "": 9000}  # fen a month
RENT = {"V-01": 1_500_000, "K-01": 320_000, "K-04": 240_000}  # fen a month; other kiosks pay KIOSK
KIOSK = 280_000
DUE = {"property": 10, "venue_rent": 10, "electricity": 20, "waste": 28}  # day of the month

# When the bills of a month are made out, by the head of the desk in one go.
RUNS = {"2026-08": "08-03 09:30", "2026-09": "09-01 09:12", "2026-10": "10-02 10:05", "2026-11": "11-02 09:21"}
# Old debts that were entered when the ledger began: brand, month, items.
OPENING = (
    ("光影照相", "2026-06", ("electricity",)), ("糖豆写真", "2026-06", ("property", "electricity")),
    ("糖豆写真", "2026-07", ("property", "electricity", "waste")), ("星河影咖", "2026-07", ("property", "electricity")),
    ("一盏桌游", "2026-07", ("property", "electricity", "waste")), ("渔家小馆", "2026-07", ("electricity",)),
    ("行囊箱包", "2026-07", ("property",)), ("江畔烤鱼", "2026-06", ("waste",)), ("江畔烤鱼", "2026-07", ("waste",)),
)  # fmt: skip
# The area on its notice of November is wrong; its tenant complains.
WRONG_AREA = {("B-204", "2026-11"): "102.4"}


class Bill(NamedTuple):
    """A charge to be. ``amount`` is in fen, ``name`` that of its matter."""

    name: str
    company: str
    unit: str
    item: str
    month: str
    amount: int
    due: date
    at: datetime
    recorded: datetime


def kind_of(shop: street.Shop) -> str:
    """The kind of shop as far as bills are concerned."""
    return next((kind for kind in ("kitchen", "food") if shop.brand in people.KINDS[kind]), "")


def bills(seed: str) -> list[Bill]:
    """Every bill of the sample, in the order in which they are made out."""
    chance = Chance(f"{seed} meters")
    found = _opening(chance)
    for month, run in RUNS.items():
        at = datetime.fromisoformat(f"2026-{run.replace(' ', 'T')}:00+08:00")
        for lease in street.leases():
            if not lease.first <= at.date() or (lease.unit.no == street.LEFT and at.date() > street.LEFT_ON):
                continue
            for item, amount in _items(lease, month, chance):
                at += timedelta(seconds=chance.between(3, 6))
                recorded = at + timedelta(milliseconds=chance.between(120, 900))
                found.append(_bill(lease, item, month, amount, at, recorded))
    return found


def _opening(chance: Chance) -> list[Bill]:
    """What was owed when the ledger began, as of the end of July."""
    found = []
    at = datetime.fromisoformat("2026-07-31T18:00:00+08:00")
    recorded = datetime.fromisoformat("2026-08-01T09:40:00+08:00")
    leases = {lease.unit.brand: lease for lease in street.leases() if lease.unit.brand}
    for brand, month, items in OPENING:
        amounts = dict(_items(leases[brand], month, chance))
        for item in items:
            recorded += timedelta(seconds=chance.between(25, 70))
            found.append(_bill(leases[brand], item, month, amounts[item], at, recorded))
    return found


def _bill(lease: street.Lease, item: str, month: str, amount: int, at: datetime, recorded: datetime) -> Bill:
    due = date.fromisoformat(f"{month}-{DUE[item]:02}")
    return Bill(f"fee {month} {lease.unit.no} {item}", lease.company, lease.unit.no, item, month, amount, due, at, recorded)


def _items(lease: street.Lease, month: str, chance: Chance) -> list[tuple[str, int]]:
    """What a lease is billed in a month, in fen."""
    shop = lease.unit
    area = Decimal(WRONG_AREA.get((shop.no, month), shop.area))
    part = Decimal(15) / 31 if (shop.no, month) == (street.LEFT, "2026-10") else Decimal(1)
    if shop.type == "storage":
        return [("property", fen(area * Decimal(PRICES["storage"])))]
    found = []
    if shop.type in PRICES:
        found.append(("property", fen(area * Decimal(PRICES[shop.type]) * part)))
    else:
        found.append(("venue_rent", RENT.get(shop.no, KIOSK)))
    used = 30 if shop.type == "kiosk" else USED[kind_of(shop)]
    hours = (Decimal(shop.area) * used * Decimal(SEASON[month]) * part * chance.between(88, 112) / 100).quantize(Decimal("0.1"))
    found.append(("electricity", fen(hours * Decimal(KILOWATT_HOUR))))
    if shop.type in ("shop", "kiosk"):
        found.append(("waste", 6000 if shop.type == "kiosk" else WASTE[kind_of(shop)]))
    return found


def fen(yuan: Decimal) -> int:
    """Yuan as whole fen, rounded half up."""
    return int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))


def yuan(fen: int) -> str:
    """Fen as an amount as it is typed."""
    return f"{fen // 100}.{fen % 100:02}"
