"""The index's rows about records: the life of each, worked out from its documents and those of its account."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from svcctl.nouns import noun
from svcctl.store.codec import Doc
from svcctl.store.documents import Judge, Seen
from svcctl.store.life import ENDLESS as FOREVER
from svcctl.store.life import Life, lives_of, named, opened
from svcctl.store.view import Spot, View

DAY = 86_400
# A closed record is filed by the length of its life, so that a period needs to look back no further than that.
SPANS = (DAY, 4 * DAY, 16 * DAY, 64 * DAY, 256 * DAY, 1024 * DAY)
ENDLESS = len(SPANS)  # longer than all of them
OPEN = ENDLESS + 1
ACCOUNT_INDEX = "CREATE INDEX IF NOT EXISTS record_account ON record (kind, account, last) WHERE account <> ''"

_CHUNK = 400  # values in one statement
_OF_DOC = "SELECT record, file, start, stop, line, id FROM doc WHERE record IN ({})"
_SETTLED = 4_000  # records of accounts looked at in one go
_PUT = "INSERT OR REPLACE INTO record VALUES (?,?,?,?,?,?,?,?,?)"

T = TypeVar("T")


def chunks(items: Sequence[T], size: int = _CHUNK) -> Iterator[Sequence[T]]:
    """The items in portions that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def marks(items: Sequence[object]) -> str:
    """As many question marks."""
    return ",".join("?" * len(items))


def span_of(life: Life) -> int:
    """In which drawer the index keeps a record."""
    if life.open:
        return OPEN
    length = life.last - life.first
    return next((i for i, most in enumerate(SPANS) if length <= most), ENDLESS)


class Records:
    """Keeps the rows of records true while documents come and go. ``names`` are the files by their numbers.

    Of a record of a noun with accounts its account is noted; :meth:`settle` then works out what it comes to.
    """

    def __init__(self, db: sqlite3.Connection, view: View, judge: Judge, names: dict[int, str]) -> None:
        self._db = db
        self._view = view
        self._judge = judge
        self._names = names
        self._owing: dict[tuple[str, str], set[str]] = {}  # by noun and account, the records that changed
        self._since: dict[tuple[str, str], int] = {}  # since when an account may be another one
        self._referred: dict[tuple[str, str], set[str]] = {}  # the records that those that changed refer to

    def fold(self, records: Iterable[str], cache: Mapping[tuple[int, int], Seen]) -> None:
        """Work out the lives of these records; documents that are not in ``cache`` are read from their files."""
        for some in chunks(sorted(records)):
            self._owe_former(some)
            kinds: dict[str, dict[str, list[Doc]]] = {}
            for record, parts in self._docs(some, cache).items():
                kind = next((str(doc["kind"]) for doc in parts if not doc.get("of")), "")
                kinds.setdefault(kind, {})[record] = parts
            for kind, parts_of in kinds.items():
                if kind and noun(kind).account_field:
                    self._put_off(kind, parts_of)
                else:
                    self._store(kind, parts_of, lives_of(kind, parts_of) if kind else {})

    def _docs(self, records: Sequence[str], cache: Mapping[tuple[int, int], Seen]) -> dict[str, list[Doc]]:
        rows = [row for some in chunks(records) for row in self._db.execute(_OF_DOC.format(marks(some)), some)]
        spots = [
            Spot(name, self._names[file], line, start, stop)
            for _, file, start, stop, line, name in rows
            if (file, start) not in cache
        ]
        read = {str(s.doc["id"]): s.doc for s in self._view.stored(spots, self._judge)} if spots else {}
        docs: dict[str, list[Doc]] = {record: [] for record in records}
        for record, file, start, _, _, name in rows:
            held = cache.get((file, start))
            docs[record].append(read[name] if held is None else held.doc)
        return docs

    def _store(self, kind: str, records: Iterable[str], lives: Mapping[str, Life]) -> None:
        gone = [(record,) for record in records if record not in lives]
        named = [(record,) for record in lives] if kind and noun(kind).short_name else []
        if gone or named:
            self._db.executemany("DELETE FROM name WHERE record = ?", [*gone, *named])
            self._db.executemany("DELETE FROM record WHERE id = ?", gone)
        self._db.executemany(_PUT, [
            (record, kind, one.open, one.unit, one.first, one.last, span_of(one), one.voided, one.account)
            for record, one in lives.items()
        ])  # fmt: skip
        names = [(record, kind, name) for record, one in lives.items() for name in one.names]
        self._db.executemany("INSERT INTO name VALUES (?,?,?)", names)

    # -- accounts ----------------------------------------------------------------------------------------------------

    def _put_off(self, kind: str, docs: Mapping[str, list[Doc]]) -> None:
        """Note to which accounts records belong; what they come to is seen when everything is there."""
        rows = []
        for record, parts in docs.items():
            found = opened(kind, parts)
            if found is None:
                self._store(kind, [record], {})
                continue
            account, first = found
            rows.append((record, kind, 0, "", first, FOREVER, ENDLESS, 0, account))
            if account:
                key = (kind, account)
                self._owe(key, record, first)
                self._referred.setdefault(key, set()).update(named(kind, parts))
        self._db.executemany(_PUT, rows)
        alone = {row[0] for row in rows if not row[-1]}
        if alone:
            self._store(kind, alone, lives_of(kind, {record: docs[record] for record in alone}))

    def _owe(self, key: tuple[str, str], record: str, first: int) -> None:
        self._owing.setdefault(key, set()).add(record)
        self._since[key] = min(first, self._since.get(key, first))

    def _owe_former(self, records: Sequence[str]) -> None:
        """The accounts these records were part of until now may change without them."""
        query = f"SELECT kind, account, id, first FROM record WHERE account <> '' AND id IN ({marks(records)})"  # noqa: S608
        for kind, account, record, first in self._db.execute(query, records).fetchall():
            self._owe((kind, account), record, first)

    def settle(self) -> None:
        """Work out the lives of the records that others of their account bear on.

        Everything that bears on a record lives at least as long as the record does. So it is enough to look at those
        whose life reaches the first moment at which something has changed.
        """
        if self._owing:
            self._db.execute(ACCOUNT_INDEX)
        together: dict[str, dict[str, tuple[set[str], int]]] = {}  # by noun the members, each with its account's changes
        for key, changed in self._owing.items():
            kind, account = key
            since = min((self._since[key], *self._firsts(sorted(self._referred.get(key, ())))))
            query = "SELECT id FROM record WHERE kind = ? AND account = ? AND account <> '' AND last >= ?"
            mine = together.setdefault(kind, {})
            mine.update((str(row[0]), (changed, since)) for row in self._db.execute(query, (kind, account, since)))
            if len(mine) >= _SETTLED:
                self._settled(kind, together.pop(kind))
        for kind, mine in together.items():
            self._settled(kind, mine)
        self._owing, self._since, self._referred = {}, {}, {}

    def _settled(self, kind: str, members: Mapping[str, tuple[set[str], int]]) -> None:
        docs: dict[str, list[Doc]] = self._docs(list(members), {})
        lives = {}
        for record, life in lives_of(kind, docs).items():
            changed, since = members[record]
            # What bears on others that were settled earlier is not among them: it keeps at least the life it had.
            lives[record] = life if record in changed else life._replace(last=max(life.last, since))
        self._store(kind, members, lives)

    def _firsts(self, records: Sequence[str]) -> Iterator[int]:
        """When these records began."""
        for some in chunks(records):
            query = f"SELECT min(first) FROM record WHERE id IN ({marks(some)})"  # noqa: S608
            (first,) = self._db.execute(query, some).fetchone()
            if first is not None:
                yield int(first)
