"""Reading a ledger by its index: the questions of :class:`~svcctl.store.reader.Reader` as lookups.

The index says where documents stand; what they say is read from the files and verified each time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Self, TypeVar

from svcctl.errors import StorageFault, SvcError
from svcctl.store.documents import Finding, Judge, Stored, dangling_finding, twin_finding
from svcctl.store.files import Root
from svcctl.store.index_build import key_mark
from svcctl.store.index_file import WHERE, IndexFile
from svcctl.store.index_records import ENDLESS, OPEN, SPANS, chunks, marks
from svcctl.store.life import ENDLESS as FOREVER
from svcctl.store.reader import Hit, Progress, finding_order, holds, id_prefixes, micros, moments, pattern_of
from svcctl.store.view import Changed, Spot, View, consistent, mixed
from svcctl.texts import Text

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")

_TRIES = 3
_PLACE = "doc.id, file.rel, doc.line, doc.start, doc.stop"
_IN_FILE = "FROM doc JOIN file ON file.no = doc.file"
_HIT = "SELECT id, coalesce(record, ''), kind FROM doc"
_LOADED = 300  # records read at once
_UNSTABLE = Text("台账文件不断被替换，无法读取", "the ledger's files keep being replaced and cannot be read")
_AGAIN = Text("请稍后重试", "Try again later")
_SPOILT = Text("索引文件已损坏", "the index is damaged")
_REMOVE = Text("请删除这个文件后重试，它会重新生成", "Remove this file and repeat; it is built again")


def open_index(
    root: Root, zone: tzinfo, *, progress: Progress | None = None, still: bool = False
) -> IndexReader | None:
    """A reader by the index, built or brought up to date as needed; None if no index can be had.

    Raises Locked if writers leave no gap, Refused for a link in a folder's place, StorageFault.
    """
    judge = Judge(zone)
    try:
        return IndexReader(root, judge, IndexFile(root, zone, judge, progress), still=still)
    except (sqlite3.Error, OSError, Changed):
        return None


class IndexReader:
    """A reader that looks things up. It holds the state it found until it is closed."""

    def __init__(self, root: Root, judge: Judge, file: IndexFile, *, still: bool) -> None:
        self._root = root
        self._judge = judge
        self._file = file
        self._still = still
        self._mixed: list[Finding] = []
        self._given = False  # something was looked up in the present view
        self._db: sqlite3.Connection | None = None
        self._view: View
        self._open(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self, suspects: Iterable[str]) -> None:
        def work(view: View) -> None:
            left = _TRIES
            while True:
                self.close()  # or it would hinder us from changing the index
                try:
                    self._db, self._view = self._file.current(view, suspects), view
                    return
                except Changed:
                    left -= 1
                    if not left:
                        raise
                    view = View(self._root, still=view.still, writing=view.writing)

        consistent(self._root, work, still=self._still)

    def _answer(self, ask: Callable[[], T]) -> T:
        """What ``ask`` gives; if a document is not at its place, the index is brought up to date and it asks again."""
        suspects: set[str] = set()
        before = self._given
        for _ in range(_TRIES):
            try:
                return ask()
            except Changed as changed:
                suspects.add(changed.rel)
                try:
                    self._open(suspects)
                except (sqlite3.Error, OSError, Changed) as error:
                    raise StorageFault(_UNSTABLE, where=changed.rel, todo=_AGAIN) from error
                if before:
                    self._mixed.append(mixed(changed.rel))
        raise StorageFault(_UNSTABLE, where=", ".join(sorted(suspects)), todo=_AGAIN)

    def _rows(self, query: str, *values: Any) -> list[Any]:
        try:
            return self._asked(query, values)
        except sqlite3.DatabaseError:  # a bad disk under the index
            self._renew()
        try:
            return self._asked(query, values)
        except sqlite3.DatabaseError as error:
            raise StorageFault(_SPOILT, where=WHERE, todo=_REMOVE) from error

    def _asked(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        if self._db is None:
            raise ValueError("the reader is closed")
        try:
            rows = self._db.execute(query, values).fetchall()
        except UnicodeEncodeError:  # half a character typed on a broken terminal; none is stored
            return []
        self._given = True
        return rows

    def _renew(self) -> None:
        """Build the index again. What was answered before was of another moment, so that has to be said."""
        self._file.distrust()
        try:
            self._open(())
        except (sqlite3.Error, OSError, Changed) as error:
            raise StorageFault(_SPOILT, where=WHERE, todo=_REMOVE) from error
        if self._given:
            self._mixed.append(mixed(WHERE))

    def _stored(self, rows: Iterable[tuple[Any, ...]]) -> list[Stored]:
        """The documents at these places ``(id, file, line, start, stop)``, in that order."""
        spots = [Spot._make(row) for row in rows]
        found = {str(one.doc["id"]): one for one in self._view.stored(spots, self._judge)}
        return [found[spot.id] for spot in spots]

    # -- records -----------------------------------------------------------------------------------------------------

    def entries(self, record: str) -> list[Stored]:
        return self._answer(lambda: self._loaded([record]))[0][1]

    def load(self, records: Iterable[str]) -> Iterator[tuple[str, list[Stored]]]:
        for some in chunks(list(records), _LOADED):
            yield from self._answer(lambda some=some: self._loaded(some))  # type: ignore[misc]

    def _loaded(self, records: Iterable[str]) -> list[tuple[str, list[Stored]]]:
        wanted = list(records)
        query = f"""SELECT {_PLACE}, doc.record {_IN_FILE} WHERE doc.record IN ({marks(wanted)})
                    ORDER BY doc.of <> '', doc.at, doc.recorded, doc.id"""
        rows = self._rows(query, *wanted)
        found: dict[str, list[Stored]] = {record: [] for record in wanted}
        for row, one in zip(rows, self._stored(row[:-1] for row in rows), strict=True):
            found[row[-1]].append(one)
        return [(record, found[record]) for record in wanted]

    def record_of(self, entry: str) -> tuple[str, str] | None:
        rows = self._rows("SELECT record, kind FROM doc WHERE id = ? AND record IS NOT NULL", entry)
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def by_prefix(self, text: str) -> list[Hit]:
        found: list[Hit] = []
        for prefix in id_prefixes(text):
            above = prefix[:-1] + chr(ord(prefix[-1]) + 1)
            found += map(Hit._make, self._rows(f"{_HIT} WHERE id >= ? AND id < ?", prefix, above))
        return sorted(found)

    def by_key(self, key: str) -> list[Hit]:
        rows = self._rows(f"{_HIT} WHERE key = ? AND key <> ''", key_mark(key))
        return sorted(map(Hit._make, rows))

    def references(self, kind: str, value: str) -> list[Hit]:
        query = f"{_HIT} JOIN ref ON ref.doc = doc.no WHERE ref.target = ? AND coalesce(record, '') <> ?"
        return sorted(map(Hit._make, self._rows(query, f"{kind}/{value}", value)))

    def open_records(self, kind: str, unit: str | None = None) -> list[str]:
        query = "SELECT id FROM record WHERE open AND kind = ?"
        order = " ORDER BY first, id"
        rows = self._rows(query + order, kind) if unit is None else self._rows(query + " AND unit = ?" + order, kind, unit)
        return [str(row[0]) for row in rows]

    def masters(self, kind: str) -> Mapping[str, list[str]]:
        query = "SELECT name.name, id FROM name JOIN record ON id = record WHERE name.kind = ? AND NOT voided ORDER BY 1, 2"
        found: dict[str, list[str]] = {}
        for name, record in self._rows(query, kind):
            found.setdefault(str(name), []).append(str(record))
        return found

    def touching(self, kind: str, start: datetime, end: datetime) -> list[str]:
        low, high = floor(start.timestamp()), ceil(end.timestamp())
        found = self._rows("SELECT first, id FROM record WHERE kind = ? AND span = ? AND first < ?", kind, OPEN, high)
        query = "SELECT first, id FROM record WHERE kind = ? AND span = ? AND first >= ? AND first < ? AND last >= ?"
        for span in range(ENDLESS + 1):
            earliest = low - SPANS[span] if span < ENDLESS else -(1 << 62)
            found += self._rows(query, kind, span, earliest, high, low)
        return [str(record) for _, record in sorted(found)]

    def account(self, kind: str, name: str, since: datetime | None = None) -> list[str]:
        low = -FOREVER if since is None else floor(since.timestamp())
        query = "SELECT id FROM record WHERE kind = ? AND account = ? AND account <> '' AND last >= ? ORDER BY first, id"
        return [str(row[0]) for row in self._rows(query, kind, name, low)]

    def accounts(self, records: Iterable[str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for some in chunks(list(records)):
            query = f"SELECT DISTINCT kind, account FROM record WHERE account <> '' AND id IN ({marks(some)})"  # noqa: S608
            found.update(self._rows(query, *some))
        return found

    def changed_since(self, moment: datetime) -> set[str]:
        query = "SELECT DISTINCT record FROM doc WHERE recorded > ? AND record IS NOT NULL"
        return {str(row[0]) for row in self._rows(query, micros(moment))}

    def beyond(self, kind: str, known: Collection[str]) -> set[str]:
        query = "SELECT id, record FROM doc WHERE kind = ? AND record IS NOT NULL"
        return {str(record) for name, record in self._rows(query, kind) if name not in known}

    def sums(self) -> Iterator[tuple[str, str]]:
        yield from self._rows("SELECT id, sum FROM doc")

    def belated(self, start: datetime, end: datetime, before: datetime) -> list[Stored]:
        query = f"""SELECT {_PLACE} {_IN_FILE} JOIN record ON record.id = doc.record
                    WHERE doc.recorded >= ? AND doc.recorded < ? AND record.first < ? ORDER BY doc.id"""
        bounds = (*moments(start, end), ceil(before.timestamp()))
        return self._answer(lambda: self._stored(self._rows(query, *bounds)))

    def all_records(self, kind: str) -> list[str]:
        return [str(row[0]) for row in self._rows("SELECT id FROM record WHERE kind = ? ORDER BY first, id", kind)]

    # -- entries -----------------------------------------------------------------------------------------------------

    def latest(self, by: str) -> Stored | None:
        query = f"SELECT {_PLACE} {_IN_FILE} WHERE doc.person = ? ORDER BY doc.recorded DESC, doc.id DESC LIMIT 1"
        found = self._answer(lambda: self._stored(self._rows(query, by)))
        return found[0] if found else None

    def recent(self, limit: int, start: datetime | None = None, end: datetime | None = None) -> list[Stored]:
        low, high = moments(start, end)
        query = f"""SELECT {_PLACE} {_IN_FILE} WHERE doc.recorded >= ? AND doc.recorded < ?
                    ORDER BY doc.recorded DESC, doc.id DESC LIMIT ?"""
        return self._answer(lambda: self._stored(self._rows(query, low, high, limit)))

    def grep(self, needle: str) -> Iterator[Stored]:
        for rel in self._view.files:
            yield from self._answer(lambda rel=rel: self._grep_file(rel, needle))  # type: ignore[misc]

    def _grep_file(self, rel: str, needle: str) -> list[Stored]:
        """The entries of one file that hold the needle: those that count, as the index knows them."""
        known = self._rows("SELECT no, length, exact FROM file WHERE rel = ?", rel)
        if not known:
            return []
        no, length, exact = known[0]
        query = f"SELECT {_PLACE} {_IN_FILE} WHERE doc.file = ? ORDER BY doc.start"
        if exact and _verbatim(needle):
            try:
                data = self._view.data(rel)[:length].lower()
            except SvcError as error:
                raise Changed(rel) from error
            wanted = needle.encode().lower()
            if wanted not in data:
                return []
            rows = list(_around(self._rows(query, no), data, wanted))
        else:
            rows = self._rows(query, no)
        pattern = pattern_of(needle)
        return [one for one in self._stored(rows) if holds(one.doc, pattern)]

    # -- findings ----------------------------------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        found = [*self._view.problems, *self._mixed]
        query = "SELECT file.rel, f.line, f.id, code, zh, en, damage FROM finding f JOIN file ON file.no = f.file"
        found += (
            Finding(rel, line, name, code, Text(zh, en), bool(damage))
            for rel, line, name, code, zh, en, damage in self._rows(query)
        )
        query = """SELECT mine.rel, t.line, t.id, t.sum, t.erased, d.sum, d.erased, other.rel, d.line FROM twin t
                   JOIN doc d USING (id) JOIN file mine ON mine.no = t.file JOIN file other ON other.no = d.file"""
        for rel, line, name, total, erased, its_sum, its_erased, place, at_line in self._rows(query):
            copy = (name, total, erased)
            found.append(twin_finding(rel, line, copy, (its_sum, its_erased), f"{place}:{at_line}"))
        query = f"SELECT file.rel, doc.line, doc.id, doc.of {_IN_FILE} WHERE doc.record IS NULL"
        found += (dangling_finding(*row) for row in self._rows(query))
        return sorted(found, key=finding_order)


def _verbatim(needle: str) -> bool:
    """Whether a text that holds the needle holds its very bytes where it stands in a file in the exact form."""
    return needle.isprintable() and '"' not in needle and "\\" not in needle


def _around(rows: list[tuple[Any, ...]], data: bytes, wanted: bytes) -> Iterator[tuple[Any, ...]]:
    """Of the documents ``(id, file, line, start, stop)`` of a file those in whose bytes ``wanted`` stands."""
    at = data.find(wanted)
    for row in rows:
        if 0 <= at < row[3]:
            at = data.find(wanted, row[3])
        if at < 0:
            return
        if at < row[4]:
            yield row
