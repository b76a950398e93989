"""The index's tables, and bringing them up to the files of a view. Nothing here commits.

One row a document, one a record (its life), one a file (its state when it was read, the hash of what was indexed).
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from svcctl.errors import SvcError
from svcctl.store import codec
from svcctl.store.documents import Finding, Judge, Seen, rank
from svcctl.store.files import Signature
from svcctl.store.index_records import Records, chunks, marks
from svcctl.store.view import View, unreadable

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file (no INTEGER PRIMARY KEY, rel TEXT UNIQUE, size, mtime, ctime, inode, seen, length, line, sha, exact);
CREATE TABLE doc (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, file, start, stop, line, record, kind, of, at, recorded,
                  person, key, sum, erased);
CREATE INDEX doc_record ON doc (record);
CREATE INDEX doc_lost ON doc (of) WHERE record IS NULL;
CREATE TABLE twin (id, file, line, sum, erased);
CREATE TABLE finding (file, start, line, id, code, zh, en, damage);
CREATE TABLE record (id TEXT PRIMARY KEY, kind, open, unit, first, last, span, voided, account) WITHOUT ROWID;
CREATE TABLE name (record, kind, name, PRIMARY KEY (record, kind, name)) WITHOUT ROWID;
CREATE TABLE ref (target, doc, PRIMARY KEY (target, doc)) WITHOUT ROWID;
"""
LOOKUPS = """
CREATE INDEX doc_file ON doc (file, start);
CREATE INDEX doc_key ON doc (key) WHERE key <> '';
CREATE INDEX doc_time ON doc (recorded, person);
CREATE INDEX twin_id ON twin (id);
CREATE INDEX record_span ON record (kind, span, first, last);
CREATE INDEX record_open ON record (kind, unit) WHERE open;
"""

_YOUNG_NS = 2_000_000_000  # a file that was changed so shortly before it was read may have changed again in that instant
_BATCH = 20_000  # documents held at once
_QUIET_S = 1.0  # no progress is told before
_INSERT_DOC = f"INSERT OR IGNORE INTO doc VALUES ({','.join('?' * 15)})"  # noqa: S608


class _Known(NamedTuple):
    """A row of ``file``."""

    no: int
    rel: str
    size: int
    mtime: int
    ctime: int
    inode: int
    seen: int
    length: int
    line: int
    sha: str
    exact: int

    @property
    def signature(self) -> Signature:
        return Signature(self.size, self.mtime, self.ctime, self.inode)


class Refresh:
    """Brings an index up to a view. Raises Changed if files change meanwhile, sqlite3.Error."""

    def __init__(
        self, db: sqlite3.Connection, view: View, judge: Judge, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._db = db
        self._view = view
        self._judge = judge
        self._progress = progress
        self._started = time.monotonic()
        self._batch: list[tuple[int, Seen]] = []
        self._touched: set[str] = set()  # records to be folded again
        self._next_no = 0
        self._loose = False  # an entry may find its record that did not before
        self._names: dict[int, str] = {}
        self._records = Records(db, view, judge, self._names)

    def files(self, suspects: Iterable[str] = ()) -> None:
        """Take in what has changed in the files as they are; ``suspects`` are read anew even if nothing shows."""
        rows = self._db.execute("SELECT * FROM file").fetchall()
        known = {row.rel: row for row in map(_Known._make, rows)}
        self._names.clear()
        self._names.update((row.no, row.rel) for row in known.values())
        forced, again = set(suspects), set()
        for rel in sorted(known.keys() - self._view.signatures.keys()):
            again |= self._drop(known.pop(rel))
        total = sum(s.size for s in self._view.signatures.values())
        done = 0
        for rel in sorted(self._view.signatures, key=_by_month):
            again |= self._file(rel, known.get(rel), rel in forced)
            done += self._view.signatures[rel].size
            self._tell(done, total)
        for rel in sorted(again & self._view.signatures.keys()):  # they hold copies of what is gone elsewhere
            row = self._db.execute("SELECT * FROM file WHERE rel = ?", (rel,)).fetchone()
            self._file(rel, _Known._make(row) if row else None, forced=True)
        self._finish()

    def overlay(self) -> None:
        """Take in the files of pending groups as they will be. Only for an index that nobody else sees."""
        self._names.clear()
        self._names.update(self._db.execute("SELECT no, rel FROM file"))
        for rel, data in self._view.overlaid.items():
            row = self._db.execute("SELECT * FROM file WHERE rel = ?", (rel,)).fetchone()
            known = _Known._make(row) if row else None
            self._take(rel, known, Signature(0, 0, 0, 0), data, forced=False)
        self._finish()

    # -- one file ----------------------------------------------------------------------------------------------------

    def _file(self, rel: str, known: _Known | None, forced: bool) -> set[str]:
        """Take in one file; the files that must be read again for it."""
        signature = self._view.signatures[rel]
        same = known is not None and known.signature == signature and not forced
        if same and known is not None and known.seen - known.mtime > _YOUNG_NS:
            return set()
        seen = time.time_ns()
        try:
            data = self._view.plain(rel)
        except SvcError as error:
            again = self._drop(known) if known else set()
            found = unreadable(self._view, rel, error)
            if found is not None:
                self._finding(self._write_file(None, rel, signature, 0, 0, 1, "", 0), 0, found)
            return again
        if same and known is not None and self._unchanged(known, data):
            if seen - known.mtime > _YOUNG_NS:
                self._db.execute("UPDATE file SET seen = ? WHERE no = ?", (seen, known.no))
            return set()
        return self._take(rel, known, signature, data, forced, 0 if rel in self._view.busy else seen)

    def _unchanged(self, known: _Known, data: bytes) -> bool:
        return known.seen > 0 and len(data) == known.size == known.length and _digest(data[: known.length]).hexdigest() == known.sha

    def _take(
        self, rel: str, known: _Known | None, signature: Signature, data: bytes, forced: bool, seen: int = 0
    ) -> set[str]:
        """Index the documents of a file: those after what is known of it, if that has not changed, else all."""
        again: set[str] = set()
        base, line, exact, no, digest = 0, 1, 1, None, None
        torn = codec.torn_tail(data)
        length = len(data) if torn is None else torn
        if known is not None and not forced and known.length <= length:
            digest = _digest(data[: known.length])
            if digest.hexdigest() == known.sha and _appended(data, known.length):
                base, line, exact, no = known.length, known.line, known.exact, known.no
        if known is not None and no is None:
            again = self._drop(known)
        if base and digest is not None:
            self._db.execute("DELETE FROM finding WHERE file = ? AND start >= ?", (no, base))
            digest.update(data[base:length])
        else:
            digest = _digest(data[:length])
        after = line + data.count(b"\n", base, length)
        no = self._write_file(no, rel, signature, seen, length, after, digest.hexdigest(), exact)
        self._documents(no, rel, data[base:] if base else data, base, line)
        return again

    def _documents(self, no: int, rel: str, tail: bytes, base: int, line: int) -> None:
        busy, exact = rel in self._view.busy, True
        for one in self._judge.file(rel, tail, base, line):
            if isinstance(one, Seen):
                if exact and not one.exact:
                    exact = False
                    self._db.execute("UPDATE file SET exact = 0 WHERE no = ?", (no,))
                self._batch.append((no, one))
                if len(self._batch) >= _BATCH:
                    self._flush()
            elif not (busy and one.finding.code == "torn"):
                self._finding(no, one.start, one.finding)

    def _write_file(
        self, no: int | None, rel: str, signature: Signature, seen: int, length: int, line: int, sha: str, exact: int
    ) -> int:
        values = (no, rel, *signature, seen, length, line, sha, exact)
        cursor = self._db.execute(f"INSERT OR REPLACE INTO file VALUES ({marks(values)})", values)  # noqa: S608
        made = no if no is not None else int(cursor.lastrowid or 0)
        self._names[made] = rel
        return made

    def _finding(self, no: int, start: int, finding: Finding) -> None:
        values = (no, start, finding.line, finding.id, finding.code, *finding.message, finding.damage)
        self._db.execute("INSERT INTO finding VALUES (?,?,?,?,?,?,?,?)", values)

    def _drop(self, known: _Known) -> set[str]:
        """Forget a file; the files that hold copies of its entries, which count now."""
        self._flush()
        db, no = self._db, known.no
        copies = "SELECT DISTINCT rel FROM twin JOIN doc USING (id) JOIN file ON file.no = twin.file WHERE doc.file = ?"
        again = {str(rel) for (rel,) in db.execute(copies, (no,)) if rel != known.rel}
        lost = "SELECT DISTINCT record FROM doc WHERE file = ? AND record IS NOT NULL"
        self._unlink([str(record) for (record,) in db.execute(lost, (no,))])
        for table in ("doc", "twin", "finding"):
            db.execute(f"DELETE FROM {table} WHERE file = ?", (no,))  # noqa: S608
        db.execute("DELETE FROM file WHERE no = ?", (no,))
        return again

    def _unlink(self, records: list[str]) -> None:
        """Let the follow-ups of these records look for their record anew."""
        self._touched.update(records)
        self._loose = True
        for some in chunks(records):
            self._db.execute(f"UPDATE doc SET record = NULL WHERE record IN ({marks(some)}) AND of <> ''", some)  # noqa: S608

    # -- a batch of documents ----------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Store the documents in hand and fold their records."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        records = self._tops([seen for _, seen in batch])
        if not self._next_no:
            row = self._db.execute("SELECT value FROM meta WHERE name = 'next'").fetchone()
            self._next_no = int(row[0]) if row else 1
        rows = [_row(self._next_no + i, no, seen, records[i]) for i, (no, seen) in enumerate(batch)]
        targets = [
            (target, self._next_no + i) for i, (_, seen) in enumerate(batch) for target in self._judge.targets(seen)
        ]
        self._next_no += len(rows)
        before = self._db.total_changes
        self._db.executemany(_INSERT_DOC, rows)
        if self._db.total_changes - before < len(rows):
            for row, (_, seen) in zip(rows, batch, strict=True):
                self._settle(row, seen)
            # Some may have been led to their record through a copy that does not count.
            self._db.execute("UPDATE doc SET record = NULL WHERE no >= ? AND of <> ''", (rows[0][0],))
        self._db.executemany("INSERT OR IGNORE INTO ref VALUES (?,?)", targets)
        self._loose = True
        touched = {record for record in records if record is not None}
        self._records.fold(touched, {(no, seen.start): seen for no, seen in batch})

    def _tops(self, batch: list[Seen]) -> list[str | None]:
        """The record of each document, as far as it is known already."""
        local = {seen.id: seen for seen in batch}
        asked = list({seen.of for seen in batch if seen.of and seen.of not in local})
        above: dict[str, tuple[str | None, str]] = {}
        for some in chunks(asked):
            found = self._db.execute(f"SELECT id, record, kind FROM doc WHERE id IN ({marks(some)})", some)  # noqa: S608
            above.update((name, (record, kind)) for name, record, kind in found)
        return [_top(seen, local, above) for seen in batch]

    def _settle(self, row: tuple[Any, ...], seen: Seen) -> None:
        """Of two documents with one id keep the one that counts; the other becomes a twin."""
        query = "SELECT doc.*, file.rel FROM doc JOIN file ON file.no = doc.file WHERE id = ?"
        held = self._db.execute(query, (seen.id,)).fetchone()
        if held[0] == row[0]:
            return
        rel = held[-1]
        other = Seen({}, rel, held[5], held[3], held[4], held[1], held[7], held[8], held[9], held[10], "", "", held[13], held[14], True)
        if rank(other) < rank(seen):
            self._twin(row)
            return
        self._unlink([str(held[6])] if held[6] is not None else [])
        self._db.execute("DELETE FROM doc WHERE no = ?", (held[0],))
        self._twin(held)
        self._db.execute(_INSERT_DOC, row)

    def _twin(self, row: tuple[Any, ...]) -> None:
        self._db.execute("INSERT INTO twin VALUES (?,?,?,?,?)", (row[1], row[2], row[5], row[13], row[14]))

    # -- the end -----------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Store what is left; entries that stand before their record in the order of reading find it now."""
        self._flush()
        if self._loose:
            self._resolve()
        self._records.fold(self._touched, {})
        self._records.settle()
        self._touched = set()
        if self._next_no:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('next', ?)", (self._next_no,))

    def _resolve(self) -> None:
        query = """SELECT c.no, p.record FROM doc c JOIN doc p ON p.id = c.of AND p.kind = c.kind
                   WHERE c.record IS NULL AND p.record IS NOT NULL"""
        while found := self._db.execute(query).fetchall():
            self._db.executemany("UPDATE doc SET record = ?2 WHERE no = ?1", found)
            self._touched.update(record for _, record in found)

    def _tell(self, done: int, total: int) -> None:
        if self._progress is not None and time.monotonic() - self._started > _QUIET_S:
            self._progress(done, total)


def key_mark(key: str) -> str:
    """What stands for an entry's ``key`` in the index: people put telephone numbers into keys."""
    return codec.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32] if key else ""


def _by_month(rel: str) -> tuple[str, str, str]:
    """The desks' files of one month come together, so that few records are folded twice."""
    folder, _, name = rel.partition("/")
    return (folder, name[:7], name)


def _appended(data: bytes, end: int) -> bool:
    """Whether what follows byte ``end`` can be read by itself: documents of their own, not more of the one before.

    If it is not UTF-8, the message about that counts bytes from the beginning of what is read: then all is read.
    """
    if end == len(data):
        return True
    try:
        data[end:].decode()
    except UnicodeDecodeError:
        return False
    return data[end : end + 4] in (b"---\n", b"--- ", b"---\r")


def _top(seen: Seen, local: dict[str, Seen], above: dict[str, tuple[str | None, str]]) -> str | None:
    passed = set()
    while seen.of:
        upper = local.get(seen.of)
        if upper is None:
            record, kind = above.get(seen.of, (None, ""))
            return record if kind == seen.kind else None
        if upper.kind != seen.kind or seen.id in passed:
            return None
        passed.add(seen.id)
        seen = upper
    return seen.id


def _row(no: int, file: int, seen: Seen, record: str | None) -> tuple[Any, ...]:
    return (
        no, seen.id, file, seen.start, seen.stop, seen.line, record, seen.kind, seen.of, seen.at, seen.recorded, seen.by,
        key_mark(seen.key), seen.sum, seen.erased,
    )  # fmt: skip


def _digest(data: bytes) -> Any:
    return hashlib.sha256(data)
