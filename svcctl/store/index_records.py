"""The index's rows about records: the life of each, worked out from its documents and those of its account."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from svcctl.nouns import noun
from svcctl.store.codec import Doc
from svcctl.store.documents import Judge, Seen
from svcctl.store.life import Life, life_of, lives_of
from svcctl.store.view import Spot, View

DAY = 86_400
# A closed record is filed by the length of its life, so that a period needs to look back no further than that.
SPANS = (DAY, 4 * DAY, 16 * DAY, 64 * DAY, 256 * DAY, 1024 * DAY)
ENDLESS = len(SPANS)  # longer than all of them
OPEN = ENDLESS + 1

_CHUNK = 400  # values in one statement
_OF_DOC = "SELECT record, file, start, stop, line, id FROM doc WHERE record IN ({})"
_REFERRED = """SELECT min(r.first) FROM doc d JOIN ref ON ref.doc = d.no JOIN record r ON r.id = substr(ref.target, ?)
               WHERE d.record IN ({}) AND substr(ref.target, 1, ?) = ?"""

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

    A record of a noun with accounts is stored with what it says itself; :meth:`settle` then looks at the accounts.
    """

    def __init__(self, db: sqlite3.Connection, view: View, judge: Judge, names: dict[int, str]) -> None:
        self._db = db
        self._view = view
        self._judge = judge
        self._names = names
        self._owing: dict[tuple[str, str], set[str]] = {}  # by noun and account, the records that changed
        self._since: dict[tuple[str, str], int] = {}  # since when an account may be another one

    def fold(self, records: Iterable[str], cache: Mapping[tuple[int, int], Seen]) -> None:
        """Work out the lives of these records; documents that are not in ``cache`` are read from their files."""
        for some in chunks(sorted(records)):
            docs = self._docs(some, cache)
            kinds: dict[str, dict[str, list[Doc]]] = {}
            for record, parts in docs.items():
                kind = next((str(doc["kind"]) for doc in parts if not doc.get("of")), "")
                kinds.setdefault(kind, {})[record] = parts
            self._owe_former(some)
            for kind, parts_of in kinds.items():
                lives = {r: life for r, parts in parts_of.items() if (life := life_of(kind, parts)) is not None} if kind else {}
                self._store(kind, parts_of, lives)
                for record, life in lives.items():
                    if life.account:
                        self._owe(kind, life.account, record, life.first)

    def _docs(self, records: Sequence[str], cache: Mapping[tuple[int, int], Seen]) -> dict[str, list[Doc]]:
        rows = self._db.execute(_OF_DOC.format(marks(records)), records).fetchall()
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
        self._db.executemany("INSERT OR REPLACE INTO record VALUES (?,?,?,?,?,?,?,?,?)", [
            (record, kind, one.open, one.unit, one.first, one.last, span_of(one), one.voided, one.account)
            for record, one in lives.items()
        ])  # fmt: skip
        names = [(record, kind, name) for record, one in lives.items() for name in one.names]
        self._db.executemany("INSERT INTO name VALUES (?,?,?)", names)

    # -- accounts ----------------------------------------------------------------------------------------------------

    def _owe(self, kind: str, account: str, record: str, first: int) -> None:
        key = (kind, account)
        self._owing.setdefault(key, set()).add(record)
        self._since[key] = min(first, self._since.get(key, first))

    def _owe_former(self, records: Sequence[str]) -> None:
        """The accounts these records were part of until now may change without them."""
        query = f"SELECT kind, account, id, first FROM record WHERE account <> '' AND id IN ({marks(records)})"  # noqa: S608
        for kind, account, record, first in self._db.execute(query, records).fetchall():
            self._owe(kind, account, record, first)

    def settle(self) -> None:
        """Work out the lives of the records that others of their account bear on.

        Everything that bears on a record lives at least as long as the record does. So it is enough to look at those
        whose life reaches the first moment at which something has changed.
        """
        for (kind, account), changed in self._owing.items():
            since = min((self._since[kind, account], *self._referred(kind, sorted(changed))))
            query = "SELECT id FROM record WHERE kind = ? AND account = ? AND account <> '' AND last >= ?"
            members = [str(row[0]) for row in self._db.execute(query, (kind, account, since))]
            docs: dict[str, list[Doc]] = {}
            for some in chunks(members):
                docs |= self._docs(some, {})
            # What bears on others that were settled earlier is not among them: it keeps at least the life it had.
            lives = {
                record: life if record in changed else life._replace(last=max(life.last, since))
                for record, life in lives_of(kind, docs).items()
            }
            self._store(kind, members, lives)
        self._owing, self._since = {}, {}

    def _referred(self, kind: str, records: Sequence[str]) -> Iterator[int]:
        """When the earliest of the records began that these refer to, if they refer to any of their noun."""
        prefix = f"{kind}/"
        for some in chunks(records):
            query = _REFERRED.format(marks(some))
            (first,) = self._db.execute(query, (len(prefix) + 1, *some, len(prefix), prefix)).fetchone()
            if first is not None:
                yield int(first)
