"""The script of the sample: who complains, what breaks and what is found on which day, how good each month is, and what goes wrong besides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from svcctl.sample import fees, people, plans, scenes, street, till
from svcctl.sample.chance import Chance
from svcctl.sample.complaints import Complaint
from svcctl.sample.lost import Found, missed
from svcctl.sample.repairs import Repair
from svcctl.sample.tenant_account import moment
from svcctl.sample.thread import Quality, Step, Thread, caller, desk, phone

SEED = "yuehe-street-6"
FIRST = datetime.fromisoformat("2026-08-01T00:00:00+08:00")
END = datetime.fromisoformat("2026-11-23T17:40:00+08:00")
CLOSINGS = (("2026-08", "09-03 10:12"), ("2026-09", "10-09 10:40"), ("2026-10", "11-03 10:05"))  # months, and when they were sealed
SET_UP = datetime.fromisoformat("2026-07-30T09:00:00+08:00")

# Things found, and missed for good, in each of the months.
LOST = {"8": (16, 3), "9": (15, 3), "a": (18, 4), "b": (12, 3)}
LOST_HOURS = tuple(zip(range(10, 22), (4, 6, 9, 10, 8, 7, 8, 9, 10, 9, 8, 5), strict=True))
# Month by its digit: days, complaints, repairs, and the service, which gets better while the developer stays slow.
MONTHS: dict[str, tuple[int, int, int, Quality]] = {
    "8": (31, 47, 104, Quality(0.88, 0.83, 0.78, 0.74, 0.11, 0.075,
                               {"property": 0.90, "equipment": 0.86, "developer": 0.58, "tenant_self": 0.80})),
    "9": (30, 51, 92, Quality(0.91, 0.87, 0.84, 0.79, 0.09, 0.06,
                              {"property": 0.93, "equipment": 0.88, "developer": 0.62, "tenant_self": 0.84})),
    "a": (31, 57, 98, Quality(0.94, 0.91, 0.90, 0.85, 0.055, 0.045,
                              {"property": 0.96, "equipment": 0.92, "developer": 0.66, "tenant_self": 0.87})),
    "b": (23, 35, 64, Quality(0.94, 0.92, 0.92, 0.87, 0.05, 0.04,
                              {"property": 0.95, "equipment": 0.90, "developer": 0.64, "tenant_self": 0.88})),
}  # fmt: skip
HOLIDAYS = ("09-25", "09-26", "09-27", "10-01", "10-02", "10-03", "10-04", "10-05", "10-06", "10-07")
COMPLAINT_HOURS = tuple(zip(range(9, 22), (3, 6, 8, 9, 7, 7, 8, 8, 7, 10, 10, 8, 4), strict=True))
REPAIR_HOURS = tuple(zip(range(8, 22), (8, 12, 12, 9, 6, 7, 9, 9, 8, 7, 6, 4, 3, 2), strict=True))
DUPLICATE = ("这件事我也遇到了，{0}", "同一件事：{0}", "我也要反映，{0}")


def masters() -> list[Step]:
    """The units, the tenants and their leases, recorded when the ledger was set up; what is new since then, when it was."""
    chance, at, new = Chance(SEED + " masters"), SET_UP, moment("08-26 15:12")
    steps = []

    def add(noun: str, matter: str, values: dict[str, str], wait: tuple[int, int], *, later: bool = False) -> None:
        nonlocal at, new
        pause = timedelta(seconds=chance.between(*wait))
        at, new = (at, new + pause) if later else (at + pause, new)
        when = new if later else at
        steps.append(Step(noun, "add", matter, True, when, when + timedelta(milliseconds=240), people.HEAD, values))

    for shop in street.SHOPS:
        values = {"unit_no": shop.no, "area": shop.area, "zone": shop.zone, "floor": shop.floor, "type": shop.type}
        add("unit", f"unit {shop.no}", values, (15, 40))
    for shop in street.tenants():
        values = {"name": shop.company, "tenant_no": street.number(shop.company), "brand": shop.brand, "contact": caller(chance), "phone": phone(chance)}
        add("tenant", f"tenant {shop.no}", values, (40, 110), later=shop.no == street.NEW)
    for lease in street.leases():
        values = {"tenant": street.number(lease.company), "unit": lease.unit.no, "from": lease.first.isoformat(),
                  "to": lease.last.isoformat(), "area": lease.unit.area}  # fmt: skip
        add("lease", f"lease {lease.unit.no}", values, (20, 60), later=lease.unit.no == street.NEW)
    at = moment("10-12 16:20")
    values = {"reason": "商户提前退租", "set": f"to={street.LEFT_ON}"}
    steps.append(Step("lease", "amend", f"lease {street.LEFT}", False, at, at + timedelta(seconds=3), people.HEAD, values))
    return steps


def everything() -> list[Step]:
    """All that was recorded by the end of the sample, in the order in which it was."""
    fee_steps = fees.steps(SEED, END)
    steps = [*masters(), *_matters(), *fee_steps, *till.steps(SEED, END, fee_steps), *plans.steps(SEED, FIRST, END)]
    return sorted(steps, key=lambda s: (s.recorded, s.matter))


def closings() -> list[tuple[str, datetime]]:
    """The months that the head of the desk has sealed, and when."""
    return [(month, moment(when)) for month, when in CLOSINGS]


def _matters() -> list[Step]:
    """Complaints, repairs and lost property."""
    threads: list[Thread] = []
    start = FIRST
    lost_chance = Chance(SEED + " lost")
    for month, (days, complaints, repairs, quality) in MONTHS.items():
        chance = Chance(f"{SEED} {month}")
        threads += _complaints(month, _arrivals(chance, start, days, complaints, COMPLAINT_HOURS, 1.5), quality, chance)
        for number, at in enumerate(_arrivals(chance, start, days, repairs, REPAIR_HOURS, 0.9), 1):
            threads.append(_corrected(Repair(f"r{month}{number}", at, month, quality, chance), number))
        threads += _lost(month, start, days, lost_chance)
        start += timedelta(days=days)
    return [*scenes.steps(SEED), *(step for thread in threads for step in thread.until(END))]


def _arrivals(
    chance: Chance, start: datetime, days: int, count: int, hours: tuple[tuple[int, int], ...], weekend: float
) -> Iterator[datetime]:
    """Moments spread over the days of a month; on weekends there are ``weekend`` times as many, on holidays more."""
    weights = [_weight(start + timedelta(days=day), weekend) for day in range(days)]
    total = sum(weights)
    for number in range(count):
        left, day = (number + chance.number()) / count * total, 0
        while left >= weights[day]:
            left -= weights[day]
            day += 1
        yield start + timedelta(days=day, hours=chance.weighted(hours), minutes=chance.between(0, 59))


def _lost(month: str, start: datetime, days: int, chance: Chance) -> Iterator[Thread]:
    """What is found and what is missed in a month. Its chance is its own: it changes nothing else in the sample."""
    found, reported = LOST[month]
    for number, at in enumerate(_arrivals(chance, start, days, found, LOST_HOURS, 1.8), 1):
        yield from Found(f"l{month}{number}", at, chance).live()
    for number, at in enumerate(_arrivals(chance, start, days, reported, LOST_HOURS, 1.8), 1):
        yield missed(f"m{month}{number}", at, chance)


def _weight(day: datetime, weekend: float) -> float:
    if f"{day:%m-%d}" in HOLIDAYS:
        return 1.7
    return weekend if day.weekday() > 4 else 1.0


def _complaints(month: str, arrivals: Iterator[datetime], quality: Quality, chance: Chance) -> Iterator[Thread]:
    """The complaints of a month, some of them about the same matter as another."""
    for number, at in enumerate(arrivals, 1):
        complaint = Complaint(f"c{month}{number}", at, month, quality, chance)
        thread = complaint.live()
        yield thread
        if number % 23 == 5:
            yield from _twice(complaint, thread, month, quality, chance)
        if number % 26 == 9:
            _amend(thread, "channel", "hotline", "渠道录错，应为400热线")
        if month == "9" and number == 20:
            yield _voided(complaint, month, quality, chance)


def _twice(complaint: Complaint, thread: Thread, month: str, quality: Quality, chance: Chance) -> Iterator[Thread]:
    """Somebody else complains about the same; it is merged into the first while that is open."""
    settled = next((s.at for s in thread.steps if s.event in ("resolve", "withdraw")), END)
    at = complaint.at + chance.minutes(20, 110)
    if settled - at < timedelta(hours=1):
        return
    second = Complaint(thread.name + "x", at, month, quality, chance)
    second.story, second.shop, second.anonymous = complaint.story, complaint.shop, False
    second.content = chance.pick(DUPLICATE).format(complaint.content)
    second.take()
    at = second.thread.last + chance.minutes(2, 25)
    second.thread.step("reply", at, desk(at), text="您反映的情况已有人处理，结果会一并告诉您")
    second.thread.step("merge", at + timedelta(minutes=2), desk(at), into="@" + thread.name)
    yield second.thread


def _amend(thread: Thread, field: str, value: str, reason: str) -> None:
    """A correction of the record, made the same day by the head of the desk."""
    at = min(thread.steps[0].at + timedelta(hours=2, minutes=17), END - timedelta(hours=1))
    thread.correction("amend", at, people.HEAD, {"reason": reason, "set": f"{field}={value}"})


def _voided(complaint: Complaint, month: str, quality: Quality, chance: Chance) -> Thread:
    """The same call taken down twice: the second one is voided, with an approver."""
    copy = Complaint(complaint.thread.name + "v", complaint.at + timedelta(minutes=6), month, quality, chance)
    copy.story, copy.shop, copy.content, copy.anonymous = complaint.story, complaint.shop, complaint.content, False
    copy.take()
    at = copy.thread.last + timedelta(minutes=31)
    copy.thread.correction("void", at, people.EARLY, {"reason": "同一通电话重复登记", "approved_by": people.HEAD})
    return copy.thread


def _corrected(repair: Repair, number: int) -> Thread:
    thread = repair.live()
    if number % 41 == 7:
        _amend(thread, "channel", "patrol", "巡场发现，渠道录错")
    return thread
