"""Which shifts of a cash point there are to be counted: a slot is a point, a date and a shift of ledger.yaml.

A shift may run over midnight; its slot belongs to the date on which it starts.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.entry import Due
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Shift, Site

GRACE = timedelta(hours=1)  # after its end a slot is due
ONE_DAY = timedelta(days=1)
LONGEST_SLOT = 2 * ONE_DAY  # no slot ends later than this after the first moment of its date


class Slot(NamedTuple):
    """A shift of a point that is to be counted once."""

    point: str
    day: date
    code: str
    start: datetime
    end: datetime

    @property
    def key(self) -> tuple[str, date]:
        """What names it among the slots of its point."""
        return (self.code, self.day)

    @property
    def name(self) -> str:
        """What people type for it: ``A@2026-03-02``."""
        return f"{self.code}@{self.day}"

    @property
    def due(self) -> datetime:
        """By when it has to be counted or skipped."""
        return self.end + GRACE


def moment(day: date, clock: str, zone: tzinfo) -> datetime:
    """A time of day (``"07:00"``) on a date, with the offset in force then: such moments compare exactly."""
    wall = datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[3:]), tzinfo=zone)
    exact = wall.astimezone(UTC).astimezone(zone)
    offset = exact.utcoffset()
    return exact.replace(tzinfo=timezone(offset) if offset else UTC, fold=0)


def _made(point: str, shift: "Shift", day: date, zone: tzinfo) -> Slot:
    over = ONE_DAY if shift.end <= shift.start else timedelta(0)
    return Slot(point, day, shift.code, moment(day, shift.start, zone), moment(day + over, shift.end, zone))


def slots(site: "Site", point: str, first: date, last: date) -> list[Slot]:
    """The slots of a point with dates from ``first`` to ``last``, in the order of their starts; none of an unknown one."""
    known = site.points.get(point)
    days = range((last - first).days + 1) if known is not None and known.shifts else range(0)
    found = [_made(point, s, first + n * ONE_DAY, site.zone) for n in days for s in (known.shifts if known else ())]
    found.sort(key=lambda s: (s.start, s.end))
    return found


def slot(site: "Site", point: str, code: str | None, day: date | None) -> Slot | None:
    """The slot of that name; None if ledger.yaml has no such shift."""
    known = site.points.get(point)
    if known is None or day is None:
        return None
    return next((_made(point, s, day, site.zone) for s in known.shifts if s.code == code), None)


def read(text: str) -> tuple[str, date] | None:
    """The shift and date that ``A@2026-03-02`` names; None if it names none."""
    code, at, day = text.rpartition("@")
    if not at or not code.strip() or len(day.strip()) != 10:
        return None
    try:
        return code.strip(), date.fromisoformat(day.strip())
    except ValueError:
        return None


def remit_by(site: "Site", of: Slot) -> datetime:
    """By when the takings of a slot have to be handed in: so many days after its date, at a time of day."""
    days, _, clock = site.points[of.point].remit_by.partition("d ")
    return moment(of.day + int(days) * ONE_DAY, clock, site.zone)


class Gap(NamedTuple):
    """Something that is missing of a slot. ``code``: ``missing`` (neither counted nor skipped) or ``unremitted``.

    ``due`` is when it should have been there, ``id`` the record it is about, empty for a missing one; ``command`` is
    what to type next.
    """

    code: str
    slot: Slot
    due: datetime
    what: Text
    command: str
    id: str = ""


def gaps(cases: Iterable[Any], now: datetime, site: "Site", since: datetime | None = None) -> list[Gap]:
    """The slots that have passed without count or skip, and takings not handed in, the longest due first.

    ``cases`` are linked ones of all points, at least those that matter from ``since`` (else ever) to ``now``. A slot
    that is older than ``since`` is missed no more; takings always are.
    """
    of_point: dict[str, list[Any]] = {}
    for case in cases:
        if not case.voided:
            of_point.setdefault(case.state.data.point, []).append(case)
    found: list[Gap] = []
    for point, mine in of_point.items():
        found += _missing(site, point, mine, now, since)
        found += (_unremitted(site, case) for case in mine if case.state.owes)
    return sorted(found, key=lambda g: (g.due, g.slot.point, g.slot.start))


def first_slot(site: "Site", point: str, cases: Sequence[Any]) -> Slot | None:
    """The slot that the first count of a point fills, with which its slots begin; ``cases`` are those of the point."""
    counts = [c for c in cases if c.state.event == "count"]
    if not counts:
        return None
    first = min(counts, key=lambda c: c.opening.order).state.data
    return slot(site, point, first.shift, first.date)


def _missing(site: "Site", point: str, cases: Sequence[Any], now: datetime, since: datetime | None) -> list[Gap]:
    first = first_slot(site, point, cases)
    if first is None:
        return []
    taken = {(c.state.data.shift, c.state.data.date) for c in cases if c.state.event in ("count", "skip")}
    begin = first.day if since is None else max(first.day, since.astimezone(site.zone).date())
    passed = slots(site, point, begin, now.astimezone(site.zone).date())
    return [
        Gap("missing", s, s.due, Text("缺班", "no count"),
            f"svcctl cash skip --point {_word(point)} --shift {_word(s.code)} --date {s.day} --reason ")
        for s in passed if first.start <= s.start and s.end <= now and s.key not in taken
    ]  # fmt: skip


def takings_due(data: Any, at: datetime, site: "Site") -> "tuple[Slot, datetime]":
    """The slot of a count (``data``, made at a moment), and by when its takings have to be handed in."""
    of = slot(site, data.point, data.shift, data.date)
    if of is None:  # ledger.yaml had other shifts then
        of = Slot(data.point, data.date or at.astimezone(site.zone).date(), data.shift or "", at, at)
    return of, remit_by(site, of) if data.point in site.points else of.due


def remittance_due(case: Any, site: "Site") -> Due:
    """By when the takings of a count have to be handed in."""
    gap = _unremitted(site, case)
    return Due("remit", Text("营业款待缴", "takings to be handed in"), gap.due, gap.command)


def _unremitted(site: "Site", case: Any) -> Gap:
    data = case.state.data
    of, due = takings_due(data, case.opening.at, site)
    command = f"svcctl cash remit --point {_word(data.point)} --shifts {_word(of.name)} --count  --witness "
    return Gap("unremitted", of, due, Text("营业款未缴", "takings not remitted"), command, case.id)


def _word(text: str) -> str:
    """A code as it is typed in a command."""
    from shlex import quote

    return quote(text)
