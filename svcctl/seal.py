"""Closing a month: what a seal writes down, which month an entry belongs to, and what came after a seal. Pure.

A seal lists every entry that the ledger held when it was made and that no earlier seal had listed, by month, each
with its ``sum``. So it says three things for good: what was closed, what was published from it, and what was known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from svcctl.entry import CORRECTIONS, Place
from svcctl.texts import Text

KIND = "seal"
PREFIX = "se"
FOLDER = "seals"
Sums = Mapping[str, str]  # an entry's sum by its id


class Filed(NamedTuple):
    """What a seal needs to know of an entry, whatever its noun: its head, its sum, and where it stands."""

    id: str
    kind: str
    event: str
    of: str
    at: datetime
    recorded: datetime
    late: str
    sum: str
    place: Place


class Seal(NamedTuple):
    """A seal of ``month``, or (``of`` names it) a supplement that accepts what a merge brought into a sealed month.

    ``lists``: by month the entries that it adds to those of the seals ``on`` which it builds. ``counts``: entries of
    the month by noun. ``totals``: money by ``noun.event``. ``measures``: figures of the month as they were published,
    "" for none. ``hash``: of the month's entries. ``settings``: the text of ``ledger.yaml`` at that time.
    ``whole``: all its list is there; else nothing can be said of what it does not list.
    """

    id: str
    month: str
    at: datetime
    recorded: datetime
    by: str
    reason: str
    of: str
    on: tuple[str, ...]
    hash: str
    counts: Mapping[str, str]
    totals: Mapping[str, str]
    measures: Mapping[str, str]
    settings: str
    version: str
    lists: Mapping[str, Sums]
    place: Place
    note: str = ""
    whole: bool = True

    @property
    def order(self) -> tuple[datetime, str]:
        """Of several seals the first in this order is the one that counts."""
        return (self.recorded, self.id)


class Closed(NamedTuple):
    """A closed month: the seal that counts, those that other desks made of it, the supplements, and all they list.

    ``whole``: nothing of what they list is missing.
    """

    seal: Seal
    others: tuple[Seal, ...]
    supplements: tuple[Seal, ...]
    entries: Sums
    whole: bool = True


class Flaw(NamedTuple):
    """Something that does not agree with a seal: where, of which entry, a code for programs, in words."""

    place: Place
    id: str
    code: str
    what: Text


class Seals:
    """Every seal and supplement of a ledger, in any order."""

    def __init__(self, seals: Iterable[Seal]) -> None:
        self.all: tuple[Seal, ...] = tuple(sorted(seals, key=lambda s: s.order))
        self._by_id = {seal.id: seal for seal in self.all}

    @cached_property
    def closed(self) -> Mapping[str, Closed]:
        """The closed months, the earliest first."""
        found: dict[str, Closed] = {}
        for month in sorted({seal.month for seal in self.all if not seal.of}):
            first, *others = (seal for seal in self.all if seal.month == month and not seal.of)
            extra = tuple(seal for seal in self.all if seal.month == month and seal.of)
            entries: dict[str, str] = {}
            for seal in (first, *others, *extra):
                entries.update(self.covered(seal))
            whole = all(self.whole(seal) for seal in (first, *others, *extra))
            found[month] = Closed(first, tuple(others), extra, entries, whole)
        return found

    def covered(self, seal: Seal) -> dict[str, str]:
        """The entries of its month that a seal covers: those it lists and those of the seals it builds on."""
        return {name: total for one in self.below(seal).all for name, total in one.lists.get(seal.month, {}).items()}

    def whole(self, seal: Seal) -> bool:
        """Whether all the lists of a seal and of those it builds on are there."""
        return all(one.whole and all(name in self._by_id for name in one.on) for one in self.below(seal).all)

    def known(self, seal: Seal) -> frozenset[str]:
        """The ids of everything that the ledger held when ``seal`` was made."""
        return frozenset(name for one in self.below(seal).all for sums in one.lists.values() for name in sums)

    def listed(self) -> dict[str, tuple[str, Seal]]:
        """Every entry that any seal lists: its sum and the first seal that lists it."""
        found: dict[str, tuple[str, Seal]] = {}
        for seal in self.all:
            for sums in seal.lists.values():
                for name, total in sums.items():
                    found.setdefault(name, (total, seal))
        return found

    def below(self, seal: Seal) -> Seals:
        """The seals that there were when ``seal`` was made: itself and all that it builds on, as far as they are there."""
        found: dict[str, Seal] = {}
        waiting = [seal]
        while waiting:
            one = waiting.pop()
            if one.id not in found:
                found[one.id] = one
                waiting += (self._by_id[i] for i in one.on if i in self._by_id)
        return Seals(found.values())


def month_of(entry: Filed, zone: tzinfo, target: Callable[[str], Filed | None]) -> str:
    """The month whose seal covers an entry, as ``2026-11``.

    That of its ``at``; of a late one that of its ``recorded``; of a correction that of what it corrects (``target``
    finds an entry by its id), for it changes the figures of that month.
    """
    passed: set[str] = set()
    while not entry.late and entry.event in CORRECTIONS and entry.id not in passed:
        passed.add(entry.id)
        above = target(entry.of)
        if above is None:
            break
        entry = above
    moment = entry.recorded if entry.late else entry.at
    return f"{moment.astimezone(zone):%Y-%m}"


def by_month(entries: Mapping[str, Filed], zone: tzinfo) -> dict[str, list[Filed]]:
    """Entries by the month whose seal covers them."""
    found: dict[str, list[Filed]] = {}
    for entry in entries.values():
        found.setdefault(month_of(entry, zone, entries.get), []).append(entry)
    return found


def unlisted(seals: Seals, months: Mapping[str, Sequence[Filed]]) -> dict[str, dict[str, str]]:
    """What a seal made now has to list: by month the entries that no seal lists so far, with their sums."""
    known = seals.listed()
    lists = {month: {one.id: one.sum for one in filed if one.id not in known} for month, filed in months.items()}
    return {month: sums for month, sums in lists.items() if sums}


def sealed(seals: Seals, seal: Seal) -> Seal:
    """A new seal with its hash. ``seals`` are those that it builds on."""
    return seal._replace(hash=digest(Seals([*seals.all, seal]).covered(seal)))


def digest(sums: Sums) -> str:
    """SHA-256 over lines ``id sum``, a line feed after each, sorted by id, in hex."""
    return sha256("".join(f"{name} {sums[name]}\n" for name in sorted(sums)).encode()).hexdigest()


def flaws(seals: Seals, entries: Mapping[str, Filed], zone: tzinfo) -> list[Flaw]:
    """What does not agree with the seals: listed entries that are gone or changed, entries that reached a closed month
    afterwards, a hash that its own list belies, a seal of a month that was not over. ``entries`` are all of the ledger,
    by their ids.
    """
    return [*_lost(seals, entries), *_arrived(seals, entries, zone), *_untrue(seals, zone)]


def _lost(seals: Seals, entries: Mapping[str, Filed]) -> Iterable[Flaw]:
    for name, (total, seal) in seals.listed().items():
        there = entries.get(name)
        if there is None:
            yield Flaw(seal.place, name, "sealed-lost", Text(
                f"{seal.month} 结账时有这一条，现在没有了", f"it was there when {seal.month} was sealed, and is gone",
            ))  # fmt: skip
        elif there.sum != total:
            yield Flaw(there.place, name, "sealed-changed", Text(
                f"{seal.month} 结账后内容变了：应为 sum {total}，得到 {there.sum}",
                f"it has changed since {seal.month} was sealed: expected the sum {total}, got {there.sum}",
            ))  # fmt: skip


def _arrived(seals: Seals, entries: Mapping[str, Filed], zone: tzinfo) -> Iterable[Flaw]:
    for entry in entries.values():
        month = month_of(entry, zone, entries.get)
        closed = seals.closed.get(month)
        if closed is not None and closed.whole and entry.id not in closed.entries:
            yield Flaw(entry.place, entry.id, "unsealed", Text(
                f"{month} 结账后才到；请接受：svcctl seal {month} --accept --reason …",
                f"it reached {month} after that was sealed; accept it: svcctl seal {month} --accept --reason …",
            ))  # fmt: skip


def _untrue(seals: Seals, zone: tzinfo) -> Iterable[Flaw]:
    for seal in seals.all:
        if seals.whole(seal) and digest(seals.covered(seal)) != seal.hash:
            yield Flaw(seal.place, seal.id, "seal-hash", Text(
                f"{seal.month} 的校验码与所列条目不符", f"its hash does not belong to the entries it lists for {seal.month}",
            ))  # fmt: skip
        if seal.recorded < month_bounds(seal.month, zone)[1]:
            yield Flaw(seal.place, seal.id, "seal-early", Text(
                f"{seal.month} 还没有过完就结账了", f"{seal.month} was sealed before it was over",
            ))  # fmt: skip


def missing_seals(seals: Seals) -> list[Flaw]:
    """What seals build on, though it is not there."""
    there = {seal.id for seal in seals.all}
    return [
        Flaw(seal.place, seal.id, "seal-missing", Text(
            f"它所依据的结账记录 {name} 不存在", f"it builds on the seal {name}, which is not there",
        ))
        for seal in seals.all for name in (*seal.on, *((seal.of,) if seal.of not in ("", *seal.on) else ())) if name not in there
    ]  # fmt: skip


def month_bounds(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first second of a calendar month, and the first after it."""
    year, number = int(month[:4]), int(month[5:7])
    return datetime(year, number, 1, tzinfo=zone), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)


def sealed_for(seals: Seals, last: datetime, zone: tzinfo) -> Closed | None:
    """The closed month in which a period ends whose last second is ``last``; None if that month is open."""
    return seals.closed.get(f"{last.astimezone(zone):%Y-%m}")


def latest(seals: Sequence[Seal]) -> Seal | None:
    """The seal made last."""
    return max(seals, key=lambda s: s.order, default=None)
