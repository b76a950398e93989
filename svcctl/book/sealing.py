"""Closing a month: what the ledger says of it now, and the seal that writes it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from svcctl import __version__, measures, site
from svcctl.book.filing import every_entry
from svcctl.book.open import Book
from svcctl.book.record import new_id
from svcctl.entry import Entry, Place, Verb
from svcctl.errors import OutcomeUnknown, Refused, RefusedMany, SvcError
from svcctl.fields import ChoiceType
from svcctl.fold import corrected
from svcctl.ledger import window
from svcctl.measures.engine import compute, number
from svcctl.nouns import CATALOGUE
from svcctl.period import Calendar
from svcctl.seal import (
    FOLDER,
    PREFIX,
    Closed,
    Filed,
    Flaw,
    Seal,
    Seals,
    by_month,
    flaws,
    month_bounds,
    sealed,
    unlisted,
)
from svcctl.store.documents import Finding
from svcctl.store.looked import remember
from svcctl.store.seals import docs_of, read_seals
from svcctl.store.writer import Writer
from svcctl.texts import Text

_TOLD = 3  # places of damage that are named
_DAMAGED = Text("台账有损坏，先修复再结账：{what}", "the ledger is damaged, which comes before sealing: {what}")
_REPEAT = Text(
    "请看 svcctl check；再做一遍 {command} 是安全的：已经记下就会说已结账",
    "Look with svcctl check; doing it again is safe ({command}): if it is recorded that is said",
)
_TORN = Text(
    "找回：在台账目录里 git checkout -- {file}，或用备份；没有就移开再重新结账：svcctl check --repair，svcctl seal {month}",
    "bring it back: git checkout -- {file} in the ledger's folder, or from a backup; else set it aside and seal the month again: "
    "svcctl check --repair, svcctl seal {month}",
)
_CHECK = Text("全部问题：svcctl check", "All that is wrong: svcctl check")


class Survey(NamedTuple):
    """A ledger as a seal sees it: its seals, all its entries by id and by the month that they belong to."""

    seals: Seals
    entries: Mapping[str, Filed]
    months: Mapping[str, Sequence[Filed]]
    damage: Sequence[Finding]
    broken: Mapping[str, Sequence[Seal]]  # by month: the seals and supplements that another is to take the place of
    missing: Mapping[str, str]  # the months that were sealed when this machine last looked, with the files of their seals
    unread: Collection[str]  # the months whose seal may be in what could not be read

    def of(self, month: str) -> Sequence[Filed]:
        """The entries of a month."""
        return self.months.get(month, ())

    def arrived(self, month: str) -> list[Filed]:
        """The entries that reached a closed month after it was sealed; none if it is open."""
        closed = self.seals.closed.get(month)
        return [] if closed is None else [one for one in self.of(month) if one.id not in closed.entries]

    def open(self, month: str) -> bool:
        """Whether a month is to get a seal of its own: it has none, or one that is broken."""
        return month not in self.seals.closed or any(not one.of for one in self.broken.get(month, ()))


class Words(NamedTuple):
    """What a person says with a seal, and when."""

    at: datetime
    recorded: datetime
    by: str
    reason: str = ""
    note: str = ""


def survey(book: Book) -> Survey:
    """Look at all of a ledger once."""
    read = read_seals(book.root, still=book.still)
    entries = every_entry(book, read.seals.listed())
    damage = [f for f in dict.fromkeys(book.reader.findings()) if f.damage]
    damage += [f for f in dict.fromkeys(read.findings) if (f.damage or f.code == "torn") and f not in damage]  # a torn one may be the seal itself
    zone = book.site.zone
    broken = {month: found for month in sorted({s.month for s in read.seals.all}) if (found := read.seals.to_replace(month, zone))}
    return Survey(read.seals, entries, by_month(entries, zone), damage, broken, read.missing(book.root), read.unread)


def refuse_damage(seen: Survey) -> None:
    """Raise Refused, naming the first places, if part of the ledger cannot be believed.

    A seal that lacks pages is no hindrance: nothing builds on it, and sealing its month again is the way out.
    """
    damage = [f for f in seen.damage if f.code != "seal-pages"]
    if damage:
        wrong: list[SvcError] = [
            Refused(_DAMAGED.fill(what=f.message), where=f"{f.file}:{f.line}" if f.line else f.file, todo=_way_out(f)) for f in damage[:_TOLD]
        ]
        wrong[-1].todo = wrong[-1].todo or _CHECK
        raise RefusedMany(wrong)


def _way_out(finding: Finding) -> Text | None:
    """What to do about the end of a seal's file; of other damage ``check`` tells."""
    month = finding.file[len(FOLDER) + 1 :][:7]
    if finding.code != "torn":
        return None
    return _TORN.fill(file=finding.file, month=month)


def over(book: Book, month: str) -> datetime:
    """The moment from which a month can be sealed: it is over, and so is the reporting month of that name."""
    return max(month_bounds(month, book.site.zone)[1], _calendar(book).month(month).end)


def disagreeing(book: Book, seen: Survey) -> list[Flaw]:
    """What was lost or changed since it was sealed."""
    return [f for f in flaws(seen.seals, seen.entries, book.site.zone) if f.code != "unsealed"]


def seal(book: Book, seen: Survey, month: str, words: Words, random: Callable[[int], bytes]) -> Seal:
    """The seal of a month, or the supplement that accepts what reached it since, if it is sealed already.

    It takes the place of what is broken of the month, and builds on what is not.
    """
    zone = book.site.zone
    base, broken = seen.seals.sound(zone), seen.broken.get(month, ())
    believed = Seals(one for one in base.all if not seen.seals.broken(one, zone))  # what an altered one lists is listed anew
    of, mine = "", seen.of(month)
    if not seen.open(month):
        closed = seen.seals.closed[month]
        standing = [one for one in (closed.seal, *closed.others, *closed.supplements) if one not in broken]
        before = {name for one in standing for name in seen.seals.covered(one)}
        of, mine = closed.seal.id, [one for one in mine if one.id not in before]
    made = Seal(
        _id(seen.seals, random), month, words.at, words.recorded, words.by, words.reason, of, tuple(one.id for one in base.all), "",
        _counts(mine), totals(book, seen, mine), figures(book, month), _settings(book), __version__,
        unlisted(believed, seen.months), Place("", 0), words.note, instead=tuple(one.id for one in broken),
    )  # fmt: skip
    return sealed(seen.seals, made)


def store(book: Book, writer: Writer, made: Seal) -> None:
    """Store a seal, all of it or nothing, and remember that the month has one. Raises as ``Writer.append_group``."""
    file = file_of(book, made.month)
    try:
        writer.append_group((file, doc) for doc in docs_of(made))
    except OutcomeUnknown as error:
        error.todo = _REPEAT.fill(command=f"svcctl seal {made.month}" + (" --accept --reason …" if made.of else ""))
        raise
    remember(book.root, {made.month: file})


def file_of(book: Book, month: str) -> str:
    """The file that this desk writes seals of a month to."""
    desk = book.desk
    return f"{FOLDER}/{month}.{desk}.yaml" if desk else f"{FOLDER}/{month}.yaml"


def _id(seals: Seals, random: Callable[[int], bytes]) -> str:
    taken = {one.id for one in seals.all}
    made = new_id(PREFIX, random)
    while made in taken:
        made = new_id(PREFIX, random)
    return made


def _counts(mine: Iterable[Filed]) -> dict[str, str]:
    counts = Counter(one.kind for one in mine)
    return {kind: str(counts[kind]) for kind in sorted(counts)}


def totals(book: Book, seen: Survey, mine: Iterable[Filed]) -> dict[str, str]:
    """Money by ``noun.event``: the amounts of the live ones among these entries.

    What has a type is added up by it, as ``cash.move{type=sale}``: overs and shorts, money in and money out are no sum.
    """
    wanted = {one.id for one in mine if _amount(book, one) is not None}
    records = sorted({_record(seen.entries, name) for name in wanted})
    sums: dict[str, Decimal] = {}
    for _, stored in book.reader.load(records):
        for entry in _live(book.typed(stored)):
            if entry.id in wanted and entry.data.amount is not None:  # None if it could not be read
                name = f"{entry.kind}.{entry.event}{_split(entry.data)}"
                sums[name] = sums.get(name, Decimal(0)) + entry.data.amount
    return {name: f"{sums[name]:.2f}" for name in sorted(sums)}


def _split(data: Verb) -> str:
    for name in ("type", "how"):
        if isinstance(data.by_name[name].type if name in data.by_name else None, ChoiceType):
            return f"{{{name}={getattr(data, data.by_name[name].attribute)}}}"
    return ""


def _amount(book: Book, one: Filed) -> Any:
    """The field of the entry that holds the money it moves, None if it moves none."""
    verb = book.noun(one.kind).verb(one.event) if one.kind in CATALOGUE else None
    return verb.by_name.get("amount") if verb is not None and verb.money else None


def _record(entries: Mapping[str, Filed], name: str) -> str:
    """The record that an entry leads to."""
    passed: set[str] = set()
    while (one := entries.get(name)) is not None and one.of and name not in passed:
        passed.add(name)
        name = one.of
    return name


def _live(entries: Sequence[Entry]) -> list[Entry]:
    """The entries of a record that were not voided, nor their record."""
    plain, _, voided = corrected(entries)
    if any(e.id in voided for e in plain if not e.of):
        return []
    return [e for e in plain if e.id not in voided and isinstance(e.data, Verb)]


def figures(book: Book, month: str) -> dict[str, str]:
    """The measures of the site's nouns for a month, without their splits, as they are published; "" for none."""
    used = [name for name in measures.NOUNS if name in book.kinds()]
    wanted = [one.id for name in used for one in measures.measures_of(name)]
    period = _calendar(book).month(month)
    results = compute(book, window(book.site, period, book.now), wanted, ()).figures if wanted else {}
    return {name: number(results[name].value, results[name].unit) or "" for name in wanted}


def _calendar(book: Book) -> Calendar:
    its = book.site
    return Calendar(its.zone, its.week_start, its.month_start_day, its.day_cutoff)


def _settings(book: Book) -> str:
    return book.root.read(site.FILE).decode().replace("\r\n", "\n")


class Line(NamedTuple):
    """A month in the list of months: how many entries it has, and if it is sealed, by which seal and what came since.

    ``state``: sealed, open, missing (its seal was here and is gone) or unread (its seal, or a part of it,
    may be in what cannot be read).
    """

    month: str
    entries: int
    closed: Closed | None
    arrived: int
    state: str


def months(seen: Survey) -> list[Line]:
    """Every month that has entries or a seal, the earliest first."""
    return [
        Line(month, len(seen.of(month)), seen.seals.closed.get(month), len(seen.arrived(month)), _state(seen, month))
        for month in sorted({*seen.months, *seen.seals.closed, *seen.missing, *seen.unread})
    ]


def _state(seen: Survey, month: str) -> str:
    closed = seen.seals.closed.get(month)
    if closed is not None and closed.whole:
        return "sealed"
    if month in seen.missing:
        return "missing"
    return "open" if closed is None and month not in seen.unread else "unread"
