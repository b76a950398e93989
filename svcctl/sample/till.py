"""The till of the sample street by day and night: what comes in and goes out, every count, every hand-in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from svcctl.sample import people
from svcctl.sample.cash_stories import (
    CHECK_SETTLED,
    CHECKS,
    CLOSED,
    CLOSED_WHY,
    DIFFERENCES,
    LATE_REMITS,
    MISSING,
)
from svcctl.sample.chance import Chance
from svcctl.sample.tenant_account import moment
from svcctl.sample.thread import Step

FLOAT = 10_000  # jiao, as in the sample's ledger.yaml
NOTES = ((1000, "100"), (500, "50"), (200, "20"), (100, "10"), (50, "5"), (10, "1"), (5, "0.5"), (1, "0.1"))
KEPT = (5200, 2600, 1300, 700, 300, 40, 8)  # jiao that are in smaller money than each of these notes, or more
ENDS = {"A": 15, "B": 23, "C": 31}  # hour of the shift's date
NEXT = {"A": ("B", 0), "B": ("C", 0), "C": ("A", 1)}
Slot = tuple[str, date]


def steps(seed: str, end: datetime, fees: Iterable[Step]) -> list[Step]:
    """Everything about the till by ``end``. ``fees`` are the steps about fees, of which those in cash move it too."""
    till = Till(Chance(f"{seed} till"), [s for s in fees if s.values.get("point")])
    day = date(2026, 8, 1)
    while day <= end.date():
        for shift in "ABC":
            till.shift(shift, day)
        till.hand_in(day)
        day += timedelta(days=1)
    return [s for s in till.steps if s.recorded <= end]


class Till:
    """One shift after another. ``fees`` are the payments in cash, in the order of their times."""

    def __init__(self, chance: Chance, fees: Sequence[Step]) -> None:
        self.chance = chance
        self.steps: list[Step] = []
        self._fees = {s.at: _jiao(str(s.values["amount"])) for s in fees}
        self._inside = FLOAT
        self._takings: dict[Slot, int] = {}
        self._later: list[tuple[datetime, int]] = []  # cash that is put in to make a short good
        self._docs = 0

    def shift(self, shift: str, day: date) -> None:
        """What happens in a shift, and the count at its end."""
        begin, end = _hours(shift, day)
        if (shift, day) == CLOSED:
            self._skip(begin + timedelta(minutes=12), shift, day)
            return
        moves: list[tuple[datetime, str, int]] = [(at, "fee", amount) for at, amount in self._fees.items() if begin <= at < end]
        moves += [(at, "make_good", amount) for at, amount in self._later if begin <= at < end]
        moves += self._trade(shift, day, {at.replace(second=0) for at, _, _ in moves})
        if day in CHECKS and begin <= _at(day, CHECKS[day][0]) < end:
            moves.append((_at(day, CHECKS[day][0]), "check", CHECKS[day][1]))
        for at, kind, amount in sorted(moves):
            if kind == "check":
                self._check(at, amount)
            else:
                self._move(at, kind, amount)
        if (shift, day) not in MISSING:
            self._count(shift, day, end)

    def hand_in(self, day: date) -> None:
        """The takings of a day's shifts are handed in the next morning, once in a while later."""
        slots = [(code, of) for code, of in self._takings if of == day]
        total = sum(self._takings[slot] for slot in slots)
        late = LATE_REMITS.get(day)
        at = moment(late) if late else _at(day + timedelta(days=1), "09:00") + self.chance.minutes(5, 45)
        values = {
            "point": "front", "shifts": ",".join(f"{code}@{of}" for code, of in slots), "count": self._tally(total, 0),
            "bag": f"BJ{day:%m%d}", "witness": people.FINANCE if at.weekday() < 5 else people.HEAD,
        }  # fmt: skip
        if total:
            self._say("remit", at, people.at_the_till(at), f"remit {day}", values)

    # -- what happens ---------------------------------------------------------------------------------------------

    def _trade(self, shift: str, day: date, taken: set[datetime]) -> list[tuple[datetime, str, int]]:
        """Parking and small sales, deposits for passes, change from the bank; nothing in the minutes that are taken."""
        chance, busy = self.chance, 2 if day.weekday() > 4 or date(2026, 10, 1) <= day <= date(2026, 10, 7) else 1
        found: list[tuple[str, str, int]] = []
        if shift == "A":
            found += [("10:30", "sale", chance.between(160, 420) * 5 * busy), ("13:40", "sale", chance.between(200, 520) * 5 * busy)]
            if day.weekday() < 5 and chance.yes(0.4):
                found.append(("09:48", "deposit_in", chance.pick((500, 1000, 2000))))
            if day.weekday() in (1, 4):
                found += [("09:20", "change_in", 3000), ("09:20", "change_out", 3000)]
        elif shift == "B":
            found += [("17:30", "sale", chance.between(220, 560) * 5 * busy), ("21:45", "sale", chance.between(240, 700) * 5 * busy)]
            if chance.yes(0.25):
                found.append(("16:24", "deposit_out", chance.pick((500, 500, 1000))))
            if chance.yes(0.1):
                found.append(("18:12", "refund", chance.between(2, 16) * 50))
            if busy == 2 and chance.yes(0.4):
                found.append(("20:06", "drop", 5000))
        else:
            found.append(("23:40" if chance.yes(0.6) else "06:10", "sale", chance.between(60, 240) * 5))
        moves = []
        for clock, kind, amount in found:
            at = _at(day + timedelta(days=shift == "C" and clock < "07:00"), clock)
            at += timedelta(0) if kind.startswith("change") else chance.minutes(0, 11)
            while at in taken or at - timedelta(minutes=1) in taken:  # recorded in the order in which it happened
                at += timedelta(minutes=1)
            moves.append((at, kind, amount))
            taken |= set() if kind == "change_in" else {at}
        return moves

    def _move(self, at: datetime, kind: str, amount: int) -> None:
        self._inside += amount if kind in ("sale", "fee", "deposit_in", "change_in", "make_good") else -amount
        if kind == "fee":  # it comes with the payment
            return
        self._docs += 1
        letter = {"sale": "XS", "deposit_in": "YJ", "deposit_out": "TY", "refund": "TK", "drop": "TD", "make_good": "BK"}.get(kind, "HL")
        values = {"point": "front", "type": kind, "amount": _yuan(amount), "doc": f"{letter}{at:%m%d}-{self._docs:04}"}
        if kind in ("refund", "deposit_out"):
            values["approved_by"] = people.HEAD
        self._say("move", at, people.at_the_till(at), f"move {self._docs}", values)

    def _count(self, shift: str, day: date, end: datetime) -> None:
        at = end + timedelta(minutes=self.chance.between(-7, 9), seconds=self.chance.between(0, 59))
        off = DIFFERENCES.get((shift, day))
        total = self._inside + (off.amount if off else 0)
        after, days = NEXT[shift]
        safe = (after, day + timedelta(days=days)) == CLOSED
        to = "safe" if safe else people.cashier(day + timedelta(days=days), after)
        values = {"point": "front", "count": self._tally(total, KEPT[0]), "to": to}
        if safe:
            values |= {"seal_no": f"FQ{day:%m%d}", "witness": people.HEAD}
        elif self.chance.yes(0.3):
            values["witness"] = people.FINANCE if shift == "A" else people.SPARE if shift == "B" else people.EARLY
        name = f"count {shift}@{day}"
        self._say("count", at, people.cashier(day, shift), name, values, off.note if off else "")
        self._inside = min(FLOAT, total)
        self._takings[shift, day] = total - self._inside
        if off and off.how:
            self._settle(name, off.how, abs(off.amount), moment(off.settled), off.doc)

    def _check(self, at: datetime, off: int) -> None:
        """A spot check by the head of the desk; the till goes on from what was there."""
        self._inside += off
        name = f"check {at:%m-%d}"
        self._say("check", at, people.HEAD, name, {"point": "front", "count": self._tally(self._inside, KEPT[0])})
        if at.date() in CHECK_SETTLED:
            when, doc = CHECK_SETTLED[at.date()]
            self._settle(name, "short_made_good", -off, moment(when), doc)

    def _settle(self, name: str, how: str, amount: int, at: datetime, doc: str) -> None:
        """The variance that came with a count is settled by itself; what makes a short good is put into the till."""
        values = {"how": how, "amount": _yuan(amount), "doc": doc}
        if how in ("explained", "company_bears"):
            values["approved_by"] = people.MANAGER
        if how == "short_made_good":
            self._later.append((at, amount))
            at += timedelta(minutes=2)
        self._say("settle", at, people.HEAD, f"{name}/2", values)

    def _skip(self, at: datetime, shift: str, day: date) -> None:
        values = {"point": "front", "shift": shift, "date": day.isoformat(), "reason": CLOSED_WHY}
        self._say("skip", at, people.HEAD, f"skip {shift}@{day}", values)

    def _say(self, event: str, at: datetime, by: str, matter: str, values: dict[str, str], note: str = "") -> None:
        lag = timedelta(seconds=self.chance.between(3, 40), microseconds=self.chance.between(1, 999_999))
        self.steps.append(Step("cash", event, matter, event != "settle", at, at + lag, by, values, note))

    def _tally(self, total: int, kept: int) -> str:
        """Notes and coins that come to ``total``; with ``kept`` enough of the smaller ones to give change."""
        parts, left = [], total
        for place, (value, name) in enumerate(NOTES):
            low = KEPT[place] if kept and place < len(KEPT) else 0
            spare = low + self.chance.between(0, low // 3 if low > 100 else low) if low else 0
            number = max(0, left - spare) // value if place < len(KEPT) else left
            if number:
                parts.append(f"{name}x{number}")
                left -= number * value
        return ",".join(parts)


def _hours(shift: str, day: date) -> tuple[datetime, datetime]:
    end = _at(day, "00:00") + timedelta(hours=ENDS[shift])
    return end - timedelta(hours=8), end


def _at(day: date, clock: str) -> datetime:
    return moment(f"{day:%m-%d} {clock}")


def _jiao(yuan: str) -> int:
    whole, _, rest = yuan.partition(".")
    return int(whole) * 10 + int(rest[:1] or 0)


def _yuan(jiao: int) -> str:
    return f"{jiao // 10}.{jiao % 10}0"
