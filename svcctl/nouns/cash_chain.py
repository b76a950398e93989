"""The account of a cash point: what should be in the till at a count, which slots are taken, and what does not agree."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from svcctl.entry import Account, Entry, Reach
from svcctl.nouns.slots import GRACE, LONGEST_SLOT, ONE_DAY, Slot, read, slot, slots
from svcctl.texts import Text

if TYPE_CHECKING:
    from decimal import Decimal

    from svcctl.site import Site

INFLOWS = ("sale", "fee", "deposit_in", "float_up", "change_in", "make_good")
COUNTS = ("count", "check")  # what fixes how much is in the till
OPEN = ("open", "partial")  # the states of a variance that is not settled
SAFE = "safe"  # takes over when nobody does
NEAR = timedelta(days=7)  # a slot that nobody names is looked for within this time
MEMORY = NEAR + LONGEST_SLOT + ONE_DAY  # so long after its date it has to be known that a slot is taken

Key = tuple[str | None, date | None]

TWICE = Text("这个班次已有清点或未营业记录（{id}）", "that shift was counted or skipped already ({id})")
ASTRAY = Text("差异所指的 {id} 不是清点或抽查", "the variance points to {id}, which is no count and no spot check")
BEHIND = Text("补记在清点 {id} 之前，不在任何清点之内", "it was recorded later than count {id}, before which it lies: it is in no count")
BARE = Text("实点 {total}，应有 {expected}，却没有差异记录", "{total} counted, {expected} expected, and yet there is no variance")
FALSE = Text("差异 {id} 与账不符：实点 {total}，应有 {expected}", "variance {id} does not agree: {total} counted, {expected} expected")
MANY = Text("一次清点有几笔差异：{ids}", "several variances of one count: {ids}")


class Chain(Account):
    """One point's counts, spot checks and moves, in their order.

    What is expected at a count follows from what lies before it and was recorded before it: that is what was known
    when its variance was stored. Its float is what the last count left, a spot check's total, or the fixed float.
    """

    def __init__(self, site: "Site") -> None:
        self.site = site
        self._line: list[Entry] = []  # counts, spot checks and moves
        self._counts: list[Entry] = []  # the counts and spot checks of it
        self._first: Entry | None = None  # the first count
        self._taken: dict[Key, Entry] = {}
        self._remits: dict[Key, list[Entry]] = {}
        self._expected: dict[str, Any] = {}
        self._variances: dict[str, list[Entry]] = {}  # by the count or spot check they are of
        self._others: set[str] = set()  # what is no count and no spot check
        self._flaws: dict[str, Text] = {}
        self._amiss: dict[str, Text] = {}  # counts whose variance is not the one there should be
        self._take: Mapping[str, Callable[[Entry], None]] = {
            "count": self._count, "check": self._count, "move": self._line.append, "variance": self._variance,
            "remit": self._remit, "skip": self._skip,
        }  # fmt: skip

    # -- taking in ------------------------------------------------------------------------------------------------

    def post(self, entry: Entry, opening: Entry) -> Text | None:
        if not entry.of:  # a settlement concerns nothing but its variance
            self._take[entry.event](entry)
            if entry.event not in COUNTS:
                self._others.add(entry.id)
                for variance in self._variances.get(entry.id, ()):
                    self._flaws[variance.id] = ASTRAY.fill(id=entry.id)
        return None

    def _count(self, entry: Entry) -> None:
        self._expected[entry.id] = self.expected(entry)
        for before in self._since(entry):
            if before.event == "move" and before.recorded > entry.recorded:
                self._flaws.setdefault(before.id, BEHIND.fill(id=entry.id))
        self._line.append(entry)
        self._counts.append(entry)
        if entry.event == "count":
            self._first = self._first or entry
            self._skip(entry)
        self._judge(entry)

    def _skip(self, entry: Entry) -> None:
        key = (entry.data.shift, entry.data.date)
        if key == (None, None):
            return
        other = self._taken.setdefault(key, entry)
        if other is not entry:
            self._flaws[entry.id] = TWICE.fill(id=other.id)

    def _variance(self, entry: Entry) -> None:
        of = entry.data.count
        self._variances.setdefault(of, []).append(entry)
        if of in self._others:
            self._flaws[entry.id] = ASTRAY.fill(id=of)
        counted = next((e for e in reversed(self._counts) if e.id == of), None)
        if counted is not None:
            self._judge(counted)

    def _remit(self, entry: Entry) -> None:
        for key in named(entry.data):
            self._remits.setdefault(key, []).append(entry)

    def _judge(self, entry: Entry) -> None:
        """Whether the variance stored with a count is the one there should be."""
        total, expected = entry.data.count.total, self._expected[entry.id]
        mine = self._variances.get(entry.id, [])
        should = difference(total, expected)
        self._amiss.pop(entry.id, None)
        if len(mine) > 1:
            self._amiss[entry.id] = MANY.fill(ids=", ".join(v.id for v in mine))
        elif mine and (mine[0].data.type, mine[0].data.amount) != should:
            self._amiss[entry.id] = FALSE.fill(id=mine[0].id, total=total, expected=expected)
        elif not mine and should is not None and entry.sum:  # one without a sum is being made: its variance comes next
            self._amiss[entry.id] = BARE.fill(total=total, expected=expected)

    # -- what it comes to -----------------------------------------------------------------------------------------

    def expected(self, entry: Entry) -> "Decimal":
        """What should be in the till at a count or spot check, whether it was taken in or not."""
        start, came, gave, dropped = self.flows(entry)
        return start + came - gave - dropped

    def flows(self, entry: Entry) -> "tuple[Decimal, Decimal, Decimal, Decimal]":
        """What was in the till after the count before, and what came in, went out and was dropped into the safe since."""
        start = self._fixed(entry.data.point)
        came = gave = dropped = start - start
        for before in self._since(entry):
            if before.recorded > entry.recorded:
                continue
            if before.event in COUNTS:
                start = self.left(before)
                break
            if before.data.type in INFLOWS:
                came += before.data.amount
            elif before.data.type == "drop":
                dropped += before.data.amount
            else:
                gave += before.data.amount
        return start, came, gave, dropped

    def _since(self, entry: Entry) -> list[Entry]:
        """What lies before an entry, the last first, down to the count that was known to be the last then."""
        found = []
        for before in reversed(self._line):
            if before.order < entry.order:
                found.append(before)
                if before.event in COUNTS and before.recorded <= entry.recorded:
                    break
        return found

    def _fixed(self, point: str) -> "Decimal":
        from decimal import Decimal

        known = self.site.points.get(point)
        return known.float if known is not None else Decimal("0.00")

    def left(self, counted: Entry) -> "Decimal":
        """What stayed in the till after a count or spot check."""
        total: Decimal = counted.data.count.total
        if counted.event == "check":
            return total
        kept: Decimal | None = counted.data.left
        return min(self._fixed(counted.data.point), total) if kept is None else kept

    def takings(self, counted: Entry) -> "Decimal":
        """What a count took out of the till, to be handed in."""
        total: Decimal = counted.data.count.total
        return total - self.left(counted)

    @property
    def last(self) -> Entry | None:
        """The last count or spot check."""
        return self._counts[-1] if self._counts else None

    def last_count(self, but: object = None) -> Entry | None:
        """The last count, which says who is on duty. ``but``: the data of one that is left aside."""
        return next((e for e in reversed(self._counts) if e.event == "count" and e.data is not but), None)

    def on_duty(self, but: object = None) -> str:
        """Who took over last; empty if nobody did."""
        last = self.last_count(but)
        return "" if last is None or last.data.to == SAFE else str(last.data.to)

    def taken(self, of: Slot) -> Entry | None:
        """The count or skip of a slot."""
        return self._taken.get(of.key)

    def counted(self, key: Key) -> Entry | None:
        """The count of a slot."""
        there = self._taken.get(key)
        return there if there is not None and there.event == "count" else None

    def remits(self, key: Key, but: object = None) -> list[Entry]:
        """The hand-ins that name a slot."""
        return [e for e in self._remits.get(key, ()) if e.data is not but]

    def nearest(self, point: str, at: datetime, code: str | None = None, day: date | None = None) -> Slot | None:
        """The slot that nobody has counted or skipped yet whose end is nearest to ``at``: of two the earlier one.

        Only of that shift or date, if they are given. None if there is none near.
        """
        if code is not None and day is not None:
            return slot(self.site, point, code, day)
        here = at.astimezone(self.site.zone).date()
        among = slots(self.site, point, day or here - NEAR, day or here + NEAR)
        begin = self._begin(point) if day is None else None
        free = [
            s for s in among
            if s.start <= at and self.taken(s) is None and code in (None, s.code) and (begin is None or s.start >= begin.start)
        ]  # fmt: skip
        return min(free, key=lambda s: (abs(s.end - at), s.start), default=None)

    def _begin(self, point: str) -> Slot | None:
        """The slot that the first count fills."""
        first = self._first
        return slot(self.site, point, first.data.shift, first.data.date) if first is not None else None

    def slot_on_duty(self, point: str, at: datetime) -> Slot | None:
        """The slot that a spot check belongs to: the first after the last counted one that may still be counted."""
        last = self.last_count()
        counted = slot(self.site, point, last.data.shift, last.data.date) if last is not None else None
        here = at.astimezone(self.site.zone).date()
        among = slots(self.site, point, here - LONGEST_SLOT, here + LONGEST_SLOT)
        if counted is None:
            return next((s for s in among if s.end > at), None)
        return next((s for s in among if s.start > counted.start and s.end + GRACE >= at), None)

    # -- the account ----------------------------------------------------------------------------------------------

    def flaws(self) -> Mapping[str, Text]:
        return {**self._amiss, **self._flaws}

    def light(self, opening: Entry, state: Any) -> Any:
        """A count's or spot check's state with its differences as they were stored, and what became of its takings."""
        if opening.event not in COUNTS:
            return state
        mine = self._variances.get(opening.id, ())
        nothing = opening.data.count.total * 0
        over = sum((v.data.amount for v in mine if v.data.type == "over"), nothing)
        short = sum((v.data.amount for v in mine if v.data.type == "short"), nothing)
        seen = state._replace(over=over, short=short, expected=opening.data.count.total + short - over)
        if opening.event == "check":
            return seen
        remits = self.remits((opening.data.shift, opening.data.date))
        return seen._replace(
            takings=self.takings(opening), remitted=remits[0].at if remits else None,
            first=self._first is not None and self._first.id == opening.id,
        )  # fmt: skip


def difference(total: "Decimal", expected: "Decimal") -> "tuple[str, Decimal] | None":
    """The variance that a count makes: over or short, and how much; None if there is none."""
    if total == expected:
        return None
    return ("over", total - expected) if total > expected else ("short", expected - total)


def named(remit: Any) -> list[Key]:
    """The slots that a hand-in names, each once."""
    return list(dict.fromkeys(key for one in remit.shifts if (key := read(one)) is not None))


def reaches(cases: Sequence[Any]) -> dict[str, Reach]:
    """How far the records of one point reach (``Noun.reaches``)."""
    ordered = sorted(cases, key=lambda c: c.opening.order)
    until = _bearing([c for c in ordered if c.state.event in COUNTS or c.state.event == "move"])
    remitted: dict[Key, datetime] = {}
    for case in ordered:
        if case.state.event == "remit":
            for key in named(case.state.data):
                remitted.setdefault(key, case.opening.at)
    counts = [c for c in ordered if c.state.event == "count"]
    last = {c.id: _count_reaches(c, until.get(c.id), remitted) for c in counts}
    for case in (*counts[:1], *counts[-1:]):  # all slots begin with the first one; the last one says who is on duty
        last[case.id] = None
    of_key: dict[Key, list[datetime | None]] = {}
    for case in counts:
        of_key.setdefault((case.state.data.shift, case.state.data.date), []).append(last[case.id])
    for case in ordered:
        state, at = case.state, case.opening.at
        if state.event in ("check", "move"):
            last[case.id] = until.get(case.id)
        elif state.event == "skip":
            last[case.id] = _latest(at, _by(state.data.date, MEMORY))
        elif state.event == "remit":
            keys = named(state.data)
            of = [one for key in keys for one in (_by(key[1], LONGEST_SLOT), *of_key.get(key, ()))]
            last[case.id] = _latest(at, *of)
        elif state.event == "variance":
            settled = None if state.state in OPEN else _latest(state.timeline[-1].at, _by(state.data.date, LONGEST_SLOT))
            last[case.id] = _latest(settled, last.get(state.data.count, at))
    return {c.id: Reach(c.state.state in OPEN, last[c.id]) for c in ordered}


def _bearing(line: Sequence[Any]) -> dict[str, datetime]:
    """Of counts, spot checks and moves in their order: the last count for which each has to be known, if there is one."""
    until: dict[str, datetime] = {}
    for i, case in enumerate(line):
        if case.state.event not in COUNTS:
            continue
        for back in range(i - 1, -1, -1):
            before = line[back]
            until[before.id] = case.opening.at  # in their order, so this is the latest
            if before.state.event in COUNTS and before.opening.recorded <= case.opening.recorded:
                break
    return until


def _count_reaches(case: Any, until: datetime | None, remitted: Mapping[Key, datetime]) -> datetime | None:
    data = case.state.data
    key = (data.shift, data.date)
    owed = data.left is None or data.count.total > data.left
    if until is None or (owed and key not in remitted):
        return None
    return _latest(until, _by(data.date, MEMORY), remitted.get(key, until))


def _by(day: date | None, span: timedelta) -> datetime:
    """A moment that lies after the first of a date by ``span`` at least, wherever that is."""
    if day is None:
        return datetime(1, 1, 1, tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + span + ONE_DAY


def _latest(*moments: datetime | None) -> datetime | None:
    """The latest; None, which is never, if there is one among them."""
    known = [m for m in moments if m is not None]
    return max(known) if len(known) == len(moments) else None
