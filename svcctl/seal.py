"""Closing a month: what a seal writes down, which month an entry belongs to, and what came after a seal. Pure.

A seal lists every entry that the ledger held when it was made and that no earlier seal had listed, by month, each
with its ``sum``. So it says three things for good: what was closed, what was published from it, and what was known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    ``whole``: all its list is there; else nothing can be said of what it does not list. ``instead``: broken seals of
    the month that it takes the place of.
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
    instead: tuple[str, ...] = ()

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
        self.replaced = frozenset(name for seal in self.all for name in seal.instead)

    @cached_property
    def closed(self) -> Mapping[str, Closed]:
        """The closed months, the earliest first."""
        found: dict[str, Closed] = {}
        standing = [seal for seal in self.all if seal.id not in self.replaced]
        for month in sorted({seal.month for seal in standing if not seal.of}):
            first, *others = (seal for seal in standing if seal.month == month and not seal.of)
            extra = tuple(seal for seal in standing if seal.month == month and seal.of)
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

    def broken(self, seal: Seal, zone: tzinfo) -> bool:
        """Whether a seal cannot be relied on: part of its list is missing, or its hash or its time is wrong."""
        return not self.whole(seal) or self._altered(seal) or _early(seal, zone)

    def _altered(self, seal: Seal) -> bool:
        return self.whole(seal) and digest(self.covered(seal)) != seal.hash

    def sound(self, zone: tzinfo) -> Seals:
        """Those that a new seal can build on: whatever is whole, and what that builds on."""
        found = {one.id: one for seal in self.all if not self.broken(seal, zone) for one in self.below(seal).all}
        return Seals(found.values())

    def to_replace(self, month: str, zone: tzinfo) -> tuple[Seal, ...]:
        """The broken seals and supplements of a month that none was made in place of."""
        return tuple(
            seal for seal in self.all if seal.month == month and seal.id not in self.replaced and self.broken(seal, zone)
        )

    def known(self, seal: Seal) -> frozenset[str]:
        """The ids of everything that the ledger held when ``seal`` was made."""
        return frozenset(name for one in self.below(seal).all for sums in one.lists.values() for name in sums)

    def listed(self) -> dict[str, tuple[str, Seal]]:
        """Every entry that any seal lists: its sum and the first seal that lists it, but for a list that was altered and
        has been made anew: that one is asked only for what no other lists."""
        found: dict[str, tuple[str, Seal]] = {}
        for seal in sorted(self.all, key=lambda s: s.id in self.replaced and self._altered(s)):
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
    """A new seal with its hash. ``seals`` hold those that it builds on."""
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
                f"{seal.month} 结账时有这一条，现在没有了；从 git（git log -p -S {name}）或备份找回",
                f"it was there when {seal.month} was sealed, and is gone; bring it back from git (git log -p -S {name}) or a backup",
            ))  # fmt: skip
        elif there.sum != total:
            yield Flaw(there.place, name, "sealed-changed", Text(
                f"{seal.month} 结账后内容变了：应为 sum {total}，得到 {there.sum}；从 git（git log -p -S {total}）或备份找回原文",
                f"it has changed since {seal.month} was sealed: expected the sum {total}, got {there.sum}; "
                f"bring the text of then back from git (git log -p -S {total}) or a backup",
            ))  # fmt: skip


def _arrived(seals: Seals, entries: Mapping[str, Filed], zone: tzinfo) -> Iterable[Flaw]:
    for month, entry in arrived(seals, entries, zone):
        yield Flaw(entry.place, entry.id, "unsealed", Text(
            f"{month} 结账后才到；请接受：svcctl seal {month} --accept --reason …",
            f"it reached {month} after that was sealed; accept it: svcctl seal {month} --accept --reason …",
        ))  # fmt: skip


def arrived(seals: Seals, entries: Mapping[str, Filed], zone: tzinfo) -> Iterable[tuple[str, Filed]]:
    """The entries that reached a closed month after it was sealed, with that month; none of a month whose lists are not
    all there. ``entries`` hold what their corrections correct.
    """
    for entry in entries.values():
        month = month_of(entry, zone, entries.get)
        closed = seals.closed.get(month)
        if closed is not None and closed.whole and entry.id not in closed.entries:
            yield month, entry


def _untrue(seals: Seals, zone: tzinfo) -> Iterable[Flaw]:
    for seal in seals.all:
        if seal.id in seals.replaced:
            continue
        if seals.whole(seal) and digest(seals.covered(seal)) != seal.hash:
            yield Flaw(seal.place, seal.id, "seal-hash", Text(
                f"{seal.month} 的校验码与所列条目不符", f"its hash does not belong to the entries it lists for {seal.month}",
            ).joined(again(seal), "；", "; "))  # fmt: skip
        if _early(seal, zone):
            yield Flaw(seal.place, seal.id, "seal-early", Text(
                f"{seal.month} 还没有过完就结账了", f"{seal.month} was sealed before it was over",
            ).joined(again(seal), "；", "; "))  # fmt: skip


def _early(seal: Seal, zone: tzinfo) -> bool:
    return seal.recorded < month_bounds(seal.month, zone)[1]


def missing_seals(seals: Seals) -> list[Flaw]:
    """What seals build on, though it is not there, or not all of it."""
    there = {seal.id for seal in seals.all}
    found = []
    for seal in seals.all:
        if seal.id in seals.replaced:
            continue
        missing = [name for name in dict.fromkeys((*seal.on, seal.of)) if name and name not in there]
        found += [Flaw(seal.place, seal.id, "seal-missing", Text(
            f"它所依据的结账记录 {name} 不存在", f"it builds on the seal {name}, which is not there",
        ).joined(again(seal, f"{FOLDER}/"), "；", "; ")) for name in missing]  # fmt: skip
        if not missing and seal.whole and not seals.whole(seal):
            name = next(one.id for one in seals.below(seal).all if not one.whole or not there.issuperset(one.on))
            found.append(Flaw(seal.place, seal.id, "seal-base", Text(
                f"它所依据的结账记录 {name} 不完整", f"it builds on the seal {name}, which is incomplete",
            ).joined(again(seal, f"{FOLDER}/"), "；", "; ")))  # fmt: skip
    return found


def again(seal: Seal, file: str = "") -> Text:
    """What to type where a seal is broken: how to get its ``file`` (else that it stands in) back, or to make it anew."""
    return _again(file or seal.place.file, f"svcctl seal {seal.month}" + (" --accept --reason …" if seal.of else ""))


def _again(file: str, command: str) -> Text:
    return Text(
        f"找回：在台账目录里 git checkout -- {file}，或用备份；没有就重新结账：{command}",
        f"bring it back: git checkout -- {file} in the ledger's folder, or from a backup; else seal it again: {command}",
    )


def gone(month: str, file: str) -> Flaw:
    """That a month which was sealed when this machine last looked has no seal. ``file`` had it."""
    return Flaw(Place(file, 0), "", "seal-gone", gone_text(month).joined(way_back(month, file), "；", "; "))


def gone_text(month: str) -> Text:
    """What there is to say of a month whose seal is missing."""
    return Text(f"{month} 上次查看时已结账，现在没有结账记录了", f"{month} was sealed at the last look, and has no seal now")


def way_back(month: str, file: str) -> Text:
    """What to type where the seal of a month, which stood in ``file``, is missing or cannot be read."""
    return _again(file, f"svcctl seal {month}")


def unmoored(seals: Seals, entries: Mapping[str, Filed], zone: tzinfo, unread: Collection[str] = ()) -> Iterable[Flaw]:
    """The entries that were recorded as late for a month of which no seal is here: so its file is missing.

    When the seal was made is not asked: two desks' clocks differ, and one that is made anew is later than they.
    ``unread``: months whose seal may be in a damaged file.
    """
    def plain(name: str) -> Filed | None:
        return None if (entry := entries.get(name)) is None else entry._replace(late="")

    for entry in entries.values():
        month = month_of(entry._replace(late=""), zone, plain) if entry.late else ""
        if month and month not in seals.closed and month not in unread:
            file = f"{FOLDER}/{month}.yaml"
            yield Flaw(entry.place, entry.id, "late-unsealed", Text(
                f"记为补录，却没有 {month} 的结账记录：它的文件丢了", f"marked late, but no seal of {month} is here: its file is missing",
            ).joined(_again(file, f"svcctl seal {month}"), "；", "; "))  # fmt: skip


def month_bounds(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first second of a calendar month, and the first after it."""
    year, number = int(month[:4]), int(month[5:7])
    return datetime(year, number, 1, tzinfo=zone), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)


def sealed_for(seals: Seals, last: datetime, zone: tzinfo) -> Closed | None:
    """The closed month in which a period ends whose last second is ``last``; None if that month is open."""
    return seals.closed.get(f"{last.astimezone(zone):%Y-%m}")
