"""Reading a ledger: the questions that can be asked, and the plain scan that answers them by reading every file.

The scan needs no index and is what the index is tested against. :mod:`svcctl.store.opening` chooses between the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from math import ceil, floor, inf
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from svcctl.errors import SvcError
from svcctl.nouns import BY_PREFIX
from svcctl.store.codec import Doc, Value
from svcctl.store.documents import Finding, Judge, Seen, Stored, dangling_finding, rank, twin_finding
from svcctl.store.files import Root, Signature
from svcctl.store.life import ENDLESS, Life, life_of, lives_of
from svcctl.store.view import View, consistent, unreadable

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Finding", "Hit", "Life", "Progress", "Reader", "Scan", "Stored", "life_of"]

Progress = Callable[[int, int], None]  # bytes done, bytes in all

_SILENT = {"kind", "event", "of", "at", "recorded", "salt", "pii", "erased", "sum"}  # not searched by grep


class Hit(NamedTuple):
    """An entry that was found: its id, its record's (``""`` if it leads to none) and the noun."""

    entry: str
    record: str
    kind: str


class Reader(Protocol):
    """A ledger open for reading, at one moment. With ``close``, or as a context manager.

    Lists of records are in the order of their opening, then of the id. Unknown ids give empty answers.
    """

    def entries(self, record: str) -> list[Stored]:
        """The record's own entry, then its follow-ups and corrections in the order of at, recorded, id."""
        ...

    def record_of(self, entry: str) -> tuple[str, str] | None:
        """The record an entry belongs to and its noun; None if there is no such entry, or it leads to no record."""
        ...

    def by_prefix(self, text: str) -> list[Hit]:
        """The entries whose id begins so: with the noun's prefix (``rp-7k3f``), or without it, in any noun."""
        ...

    def by_key(self, key: str) -> list[Hit]:
        """The entries with that ``key``."""
        ...

    def open_records(self, kind: str, unit: str | None = None) -> list[str]:
        """The open records of a noun, or those at one unit."""
        ...

    def masters(self, kind: str) -> Mapping[str, list[str]]:
        """Every name that a master of this noun can be called by, with the records (not voided) that have it."""
        ...

    def touching(self, kind: str, start: datetime, end: datetime) -> list[str]:
        """The records opened before ``end`` that are open, or whose life reaches ``start``."""
        ...

    def account(self, kind: str, name: str, since: datetime | None = None) -> list[str]:
        """The records of an account; if ``since`` is given, those only whose life reaches that moment."""
        ...

    def accounts(self, records: Iterable[str]) -> set[tuple[str, str]]:
        """The accounts, as noun and name, that these records belong to."""
        ...

    def changed_since(self, moment: datetime) -> set[str]:
        """The records with an entry recorded after ``moment``: an earlier state of knowledge may differ for these."""
        ...

    def beyond(self, kind: str, known: Collection[str]) -> set[str]:
        """The records of a noun with an entry that is not among the ``known`` ones."""
        ...

    def sums(self) -> Iterator[tuple[str, str]]:
        """The id and the sum of every entry."""
        ...

    def belated(self, start: datetime, end: datetime, before: datetime) -> list[Stored]:
        """The entries recorded in ``[start, end)`` of records opened before a moment, in the order of their ids."""
        ...

    def all_records(self, kind: str) -> list[str]:
        """Every record of a noun, voided ones too."""
        ...

    def load(self, records: Iterable[str]) -> Iterator[tuple[str, list[Stored]]]:
        """The entries of many records, as :meth:`entries` gives them, in the order asked for."""
        ...

    def latest(self, by: str) -> Stored | None:
        """The entry that this person recorded last."""
        ...

    def recent(self, limit: int, start: datetime | None = None, end: datetime | None = None) -> list[Stored]:
        """The entries recorded last, the newest first; only those recorded in ``[start, end)`` if given."""
        ...

    def references(self, kind: str, value: str) -> list[Hit]:
        """The entries of other records that point to a record of this noun: by its id, or to a master by its name."""
        ...

    def grep(self, needle: str) -> Iterator[Stored]:
        """The entries with a text that holds ``needle`` (ASCII letters in either case), in the order of the files."""
        ...

    def findings(self) -> list[Finding]:
        """What reading had to say, by file and line."""
        ...

    def close(self) -> None:
        """Give back what is held. May be called again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def id_prefixes(text: str) -> list[str]:
    """How the ids begin that somebody may mean by ``text``."""
    wanted = text.strip().lower()
    if not wanted.isascii():
        return []
    head, dash, _ = wanted.partition("-")
    if dash and head in BY_PREFIX:
        return [wanted]
    return [f"{prefix}-{wanted}" for prefix in sorted(BY_PREFIX)]


def pattern_of(needle: str) -> re.Pattern[str]:
    """What :meth:`Reader.grep` looks for: the needle, ASCII letters in either case."""
    return re.compile(re.escape(needle), re.IGNORECASE | re.ASCII)


def holds(doc: Doc, pattern: re.Pattern[str]) -> bool:
    """Whether a text of a document, not counting its technical keys, matches."""
    return any(pattern.search(text) for key, value in doc.items() if key not in _SILENT for text in _texts(value))


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, list) else [text for pair in value.items() for text in pair]


class _File(NamedTuple):
    """What one file gave, and the state of it that was read."""

    signature: Signature | None
    seen: list[Seen]
    findings: list[Finding]


class Scan:
    """A reader that has read every document of the ledger and keeps them all.

    ``folders``: it looks at these only (to see which units there are, without reading anything else).
    """

    def __init__(
        self, root: Root, zone: tzinfo, *, still: bool = False, folders: Collection[str] | None = None
    ) -> None:
        self._judge = Judge(zone)
        self._folders = folders
        self._files: dict[str, _File] = {}
        self._lives: dict[str, dict[str, Life]] = {}
        self._findings: list[Finding] = []
        self._seen: dict[str, Seen] = {}
        self._record: dict[str, str] = {}
        self._members: dict[str, list[Seen]] = {}
        consistent(root, self._read, still=still)
        self._link()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held open."""

    # -- reading -----------------------------------------------------------------------------------------------------

    def _read(self, view: View) -> None:
        """Read the files of a view; what an earlier attempt read of a file that is still the same is kept."""
        before, self._files = self._files, {}
        self._findings = list(view.problems)
        for rel in view.files:
            if self._folders is not None and rel.partition("/")[0] not in self._folders:
                continue
            known = before.get(rel)
            signature = None if rel in view.overlaid else view.signatures[rel]
            if known is None or signature is None or known.signature != signature:
                known = self._file(view, rel, signature)
            self._files[rel] = known

    def _file(self, view: View, rel: str, signature: Signature | None) -> _File:
        try:
            data = view.data(rel)
        except SvcError as error:
            found = unreadable(view, rel, error)
            return _File(None, [], [found] if found else [])
        seen: list[Seen] = []
        findings: list[Finding] = []
        for one in self._judge.file(rel, data):
            if isinstance(one, Seen):
                seen.append(one)
            elif one.finding.code != "torn" or rel not in view.busy:
                findings.append(one.finding)
        return _File(None if rel in view.busy else signature, seen, findings)

    # -- putting records together ------------------------------------------------------------------------------------

    def _link(self) -> None:
        twins: list[Seen] = []
        for file in self._files.values():
            self._findings += file.findings
            for one in file.seen:
                other = self._seen.setdefault(one.id, one)
                if other is not one:
                    best, worse = sorted((one, other), key=rank)
                    self._seen[one.id] = best
                    twins.append(worse)
        for one in twins:
            best = self._seen[one.id]
            place = f"{best.file}:{best.line}"
            copy, counted = (one.id, one.sum, one.erased), (best.sum, best.erased)
            self._findings.append(twin_finding(one.file, one.line, copy, counted, place))
        self._files = {}
        for one in self._seen.values():
            record = self._top(one)
            if record:
                self._record[one.id] = record
                self._members.setdefault(record, []).append(one)
            else:
                self._findings.append(dangling_finding(one.file, one.line, one.id, one.of))
        for members in self._members.values():
            members.sort(key=lambda s: (s.of != "", s.at, s.recorded, s.id))
        self._findings.sort(key=finding_order)

    def _top(self, one: Seen) -> str:
        """The record that an entry leads to, "" if there is none."""
        passed = set()
        while one.of:
            above = self._seen.get(one.of)
            if above is None or above.kind != one.kind or one.id in passed:
                return ""
            passed.add(one.id)
            one = above
        return one.id

    def _kind_lives(self, kind: str) -> dict[str, Life]:
        """The lives of a noun's records, in the order of their opening."""
        found = self._lives.get(kind)
        if found is None:
            mine = {record: members for record, members in self._members.items() if members[0].kind == kind}
            lives = lives_of(kind, {record: [s.doc for s in members] for record, members in mine.items()})
            found = self._lives[kind] = dict(sorted(lives.items(), key=lambda pair: (pair[1].first, pair[0])))
        return found

    # -- answers -----------------------------------------------------------------------------------------------------

    def entries(self, record: str) -> list[Stored]:
        return [one.stored for one in self._members.get(record, ())]

    def record_of(self, entry: str) -> tuple[str, str] | None:
        record = self._record.get(entry)
        return (record, self._seen[record].kind) if record else None

    def by_prefix(self, text: str) -> list[Hit]:
        wanted = tuple(id_prefixes(text))
        return self._hits(one for one in self._seen.values() if one.id.startswith(wanted))

    def by_key(self, key: str) -> list[Hit]:
        return self._hits(one for one in self._seen.values() if key and one.key == key)

    def references(self, kind: str, value: str) -> list[Hit]:
        target = f"{kind}/{value}"
        pointing = (one for one in self._seen.values() if target in self._judge.targets(one))
        return [hit for hit in self._hits(pointing) if hit.record != value]

    def _hits(self, found: Iterable[Seen]) -> list[Hit]:
        return sorted(Hit(one.id, self._record.get(one.id, ""), one.kind) for one in found)

    def open_records(self, kind: str, unit: str | None = None) -> list[str]:
        lives = self._kind_lives(kind).items()
        return [record for record, life in lives if life.open and (unit is None or life.unit == unit)]

    def masters(self, kind: str) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for record, life in self._kind_lives(kind).items():
            if not life.voided:
                for name in life.names:
                    found.setdefault(name, []).append(record)
        return {name: sorted(found[name]) for name in sorted(found)}

    def touching(self, kind: str, start: datetime, end: datetime) -> list[str]:
        low, high = floor(start.timestamp()), ceil(end.timestamp())
        lives = self._kind_lives(kind).items()
        return [record for record, life in lives if life.first < high and (life.open or life.last >= low)]

    def account(self, kind: str, name: str, since: datetime | None = None) -> list[str]:
        low = -ENDLESS if since is None else floor(since.timestamp())
        lives = self._kind_lives(kind).items()
        return [record for record, life in lives if life.account == name and life.last >= low]

    def accounts(self, records: Iterable[str]) -> set[tuple[str, str]]:
        found = set()
        for record in records:
            members = self._members.get(record, [])
            life = self._kind_lives(members[0].kind).get(record) if members else None
            if life is not None and life.account:
                found.add((members[0].kind, life.account))
        return found

    def changed_since(self, moment: datetime) -> set[str]:
        after = micros(moment)
        return {self._record[s.id] for s in self._seen.values() if s.recorded > after and s.id in self._record}

    def beyond(self, kind: str, known: Collection[str]) -> set[str]:
        others = (s for s in self._seen.values() if s.kind == kind and s.id not in known)
        return {self._record[s.id] for s in others if s.id in self._record}

    def sums(self) -> Iterator[tuple[str, str]]:
        return ((one.id, one.sum) for one in self._seen.values())

    def belated(self, start: datetime, end: datetime, before: datetime) -> list[Stored]:
        (low, high), limit = moments(start, end), ceil(before.timestamp())
        found = [one for one in self._seen.values() if low <= one.recorded < high and self._opened(one) < limit]
        return [one.stored for one in sorted(found, key=lambda s: s.id)]

    def _opened(self, one: Seen) -> float:
        """When the record of an entry was opened, in epoch seconds; of one that leads to none, never."""
        record = self._record.get(one.id)
        life = self._kind_lives(one.kind).get(record) if record else None
        return inf if life is None else life.first

    def all_records(self, kind: str) -> list[str]:
        return list(self._kind_lives(kind))

    def load(self, records: Iterable[str]) -> Iterator[tuple[str, list[Stored]]]:
        for record in records:
            yield record, self.entries(record)

    def latest(self, by: str) -> Stored | None:
        own = [one for one in self._seen.values() if one.by == by]
        return max(own, key=lambda s: (s.recorded, s.id)).stored if own else None

    def recent(self, limit: int, start: datetime | None = None, end: datetime | None = None) -> list[Stored]:
        low, high = moments(start, end)
        found = [one for one in self._seen.values() if low <= one.recorded < high]
        found.sort(key=lambda s: (s.recorded, s.id), reverse=True)
        return [one.stored for one in found[:limit]]

    def grep(self, needle: str) -> Iterator[Stored]:
        pattern = pattern_of(needle)
        for one in sorted(self._seen.values(), key=lambda s: (s.file, s.start)):
            if holds(one.doc, pattern):
                yield one.stored

    def findings(self) -> list[Finding]:
        return list(self._findings)


def finding_order(finding: Finding) -> tuple[str, int, str, str]:
    """Findings are told by file and line."""
    return (finding.file, finding.line, finding.id, finding.code)


def micros(moment: datetime) -> int:
    """Epoch microseconds."""
    return round(moment.timestamp() * 1_000_000)


def moments(start: datetime | None, end: datetime | None) -> tuple[int, int]:
    """The bounds of a period that may be open, in epoch microseconds."""
    return (-(1 << 62) if start is None else micros(start), (1 << 62) if end is None else micros(end))
