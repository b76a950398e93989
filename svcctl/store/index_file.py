"""The index's file in ``.svcctl``: when it may be trusted, how it is replaced, what happens when others use it.

A seal beside it names the state of the file after our last change; an index that somebody else has touched, that
another version made, or that is broken, does not match and is built anew, aside, and put in its place whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable
from datetime import tzinfo

from svcctl import __version__, account, entry, fields, fold, nouns
from svcctl.errors import SvcError
from svcctl.store import codec, documents, index_build, index_records, life
from svcctl.store.documents import Judge
from svcctl.store.files import STATE, Root
from svcctl.store.index_build import LOOKUPS, TABLES, Refresh
from svcctl.store.reader import Progress
from svcctl.store.view import View

NAME = "index.sqlite"
_SEAL = "index.seal"
WHERE = f"{STATE}/{NAME}"
_NAPS_S = (0.0, 0.005, 0.01, 0.02, 0.04)  # between a commit and its seal lies less
_WAIT_S = 1.0
_COMMIT_WAIT_MS = 100
_CACHE_KIB = 64 * 1024


def fingerprint(zone: tzinfo) -> str:
    """What an index depends on beside the files: this code, the declared nouns, the zone that months are told by."""
    parts = [__version__, str(zone), sqlite3.sqlite_version]
    folder = os.path.dirname(nouns.__file__)
    modules = [m.__file__ for m in (account, codec, documents, entry, fields, fold, index_build, index_records, life)]
    with contextlib.suppress(OSError):
        modules += sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py"))
    for path in modules:
        with contextlib.suppress(OSError):
            info = os.stat(path or "")
            parts.append(f"{os.path.basename(path or '')} {info.st_size} {info.st_mtime_ns}")
    return codec.sha256("\n".join(parts).encode()).hexdigest()


class IndexFile:
    """Gives databases that hold the index of a view: the shared one, or a private copy where that is in use."""

    def __init__(self, root: Root, zone: tzinfo, judge: Judge, progress: Progress | None = None) -> None:
        self.root = root
        self.path = os.path.join(root.path, STATE, NAME)
        self._judge = judge
        self._print = fingerprint(zone)
        self._progress = progress

    def current(self, view: View, suspects: Iterable[str] = ()) -> sqlite3.Connection:
        """A database that holds what ``view`` shows, in a read transaction. Raises sqlite3.Error, Changed, OSError."""
        db = self._shared(view, suspects) or self._private(view, suspects)
        if view.overlaid:
            db = _copied(db)
            Refresh(db, view, self._judge).overlay()
        return db

    def distrust(self) -> None:
        """See that the file is not trusted again as it is."""
        with contextlib.suppress(OSError, SvcError):
            self.root.state_drop(_SEAL)

    # -- the shared one ----------------------------------------------------------------------------------------------

    def _shared(self, view: View, suspects: Iterable[str]) -> sqlite3.Connection | None:
        """The file, brought up to the view; None if others use it in a way that hinders that."""
        for begin in ("BEGIN", "BEGIN IMMEDIATE"):
            try:
                db = self._trusted(begin)
                if db is None:
                    return self._built(view)
                return db if self._refreshed(db, view, suspects) else None
            except sqlite3.OperationalError as error:
                if not _busy(error):
                    return None
            except sqlite3.DatabaseError:
                return self._built(view)
        return None

    def _trusted(self, begin: str) -> sqlite3.Connection | None:
        """The index if its seal holds and this version made it, else None."""
        for nap in _NAPS_S:
            if nap:
                time.sleep(nap)
            before = self.root.stat(WHERE)
            if before is None or not self._is_plain():
                return None
            db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            try:
                db.execute(begin)
                made_by = db.execute("SELECT value FROM meta WHERE name = 'print'").fetchone()
                sealed = self.root.state_read(_SEAL) == _seal(before) and self.root.stat(WHERE) == before
            except sqlite3.OperationalError as error:
                db.close()
                if _busy(error):
                    raise
                return None
            except (sqlite3.DatabaseError, SvcError):
                db.close()
                return None
            if sealed and made_by == (self._print,):
                return db
            db.close()
            if sealed:
                return None
        return None

    def _is_plain(self) -> bool:
        """Whether no link leads elsewhere, and nothing lies beside the index that SQLite would take for its own."""
        try:
            with self.root.folder(STATE) as folder:
                os.close(folder.open(NAME, os.O_RDONLY))
        except (OSError, SvcError):
            return False
        return self.root.stat(WHERE + "-wal") is None

    def _refreshed(self, db: sqlite3.Connection, view: View, suspects: Iterable[str]) -> bool:
        """Take in what has changed, commit and seal it; false if readers do not let us commit.

        Raises OperationalError (busy) if another process is changing the index.
        """
        try:
            turn = str(db.execute("SELECT value FROM meta WHERE name = 'turn'").fetchone()[0])
            before = db.total_changes
            Refresh(db, view, self._judge, self._progress).files(suspects)
            changed = db.total_changes != before
            if changed:
                turn = os.urandom(8).hex()
                db.execute("INSERT OR REPLACE INTO meta VALUES ('turn', ?)", (turn,))
                if not self._committed(db):
                    db.close()
                    return False
            else:
                db.execute("COMMIT")
            self._hold(db, turn, seal=changed)
        except BaseException:
            db.close()
            raise
        return True

    def _committed(self, db: sqlite3.Connection) -> bool:
        db.execute(f"PRAGMA busy_timeout = {_COMMIT_WAIT_MS}")
        try:
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if _busy(error):
                return False
            raise
        return True

    def _hold(self, db: sqlite3.Connection, turn: str, *, seal: bool = True) -> None:
        """Keep it from changing under us, and seal it if we changed it. Raises OperationalError if it has changed."""
        db.execute("BEGIN")
        if db.execute("SELECT value FROM meta WHERE name = 'turn'").fetchone() != (turn,):
            raise sqlite3.OperationalError("database is locked")  # by whoever committed since
        state = self.root.stat(WHERE) if seal else None
        if state is not None:
            with contextlib.suppress(SvcError):
                self.root.state_put(_SEAL, _seal(state))

    # -- built anew --------------------------------------------------------------------------------------------------

    def _built(self, view: View) -> sqlite3.Connection | None:
        """A new index, put in the place of the old one; None if that cannot be written."""
        if not self.root.writable():
            return None
        temp = f"{NAME}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
        try:
            with self.root.folder(STATE, make=True) as folder:
                self._sweep(folder.names())
                os.close(folder.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, writing=True))
                db = sqlite3.connect(os.path.join(self.root.path, STATE, temp), isolation_level=None)
                try:
                    turn = self._build(db, view)
                    folder.discard(f"{NAME}-journal")
                    folder.replace(temp, NAME)
                    self._hold(db, turn)
                except BaseException:
                    db.close()
                    folder.discard(temp)
                    raise
        except (OSError, SvcError, sqlite3.OperationalError):
            return None
        return db

    def _build(self, db: sqlite3.Connection, view: View) -> str:
        db.execute("PRAGMA journal_mode = OFF")  # a crash leaves a file that is never put into place
        db.execute("PRAGMA synchronous = OFF")
        turn = os.urandom(8).hex()
        _fill(db, view, self._judge, self._print, turn, self._progress)
        return turn

    def _sweep(self, names: list[str]) -> None:
        """Remove what a killed builder left an hour ago."""
        for name in names:
            if name.startswith(f"{NAME}.") and name.endswith(".tmp"):
                state = self.root.stat(f"{STATE}/{name}")
                if state is not None and time.time_ns() - state.mtime_ns > 3600 * 10**9:
                    with contextlib.suppress(OSError):
                        self.root.state_drop(name)

    # -- a private one -----------------------------------------------------------------------------------------------

    def _private(self, view: View, suspects: Iterable[str]) -> sqlite3.Connection:
        """A copy in memory, brought up to the view, where the file cannot be written to."""
        db = self._trusted("BEGIN")
        if db is None:
            raise sqlite3.OperationalError("no index")
        copy = _copied(db)
        Refresh(copy, view, self._judge, self._progress).files(suspects)
        return copy


def _fill(
    db: sqlite3.Connection, view: View, judge: Judge, made_by: str, turn: str, progress: Progress | None
) -> None:
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute("BEGIN")
    for statement in TABLES.split(";"):
        db.execute(statement)
    Refresh(db, view, judge, progress).files()
    for statement in LOOKUPS.split(";"):
        db.execute(statement)
    db.execute("INSERT INTO meta VALUES ('print', ?), ('turn', ?)", (made_by, turn))
    db.execute("COMMIT")


def _copied(db: sqlite3.Connection) -> sqlite3.Connection:
    """All of a database in memory; the other one is closed."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    db.backup(copy)
    db.close()
    return copy


def _seal(state: tuple[int, int, int, int]) -> bytes:
    return json.dumps(state).encode() + b"\n"


def _busy(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or (
        "locked" in str(error)
    )
