"""One consistent look at a ledger's files while others may be writing: all of a group or none of it, no half line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from svcctl.errors import Locked, NotFound, StorageFault, SvcError
from svcctl.store import codec, groups
from svcctl.store.documents import Finding, Judge, Stored
from svcctl.store.files import Root, Signature
from svcctl.store.folder import read_all
from svcctl.store.lock import Lock
from svcctl.texts import Text

SEALS = "seals"  # the folder whose month files hold no entries but the seals of months

_TRIES = 5
_NAP_S = 0.01
_TICK_NS = 20_000_000  # changes closer together than this may get the same time from the file system
_TORN_WAIT_S = 0.5
_GAP = 16 * 1024  # bytes between two wanted documents that are read along rather than skipped
_MOST = 8 * 1024 * 1024  # bytes read at once

T = TypeVar("T")


class Changed(Exception):
    """A file is no longer what it was: a wanted document is not at its place. ``rel`` is the file."""

    def __init__(self, rel: str) -> None:
        super().__init__(rel)
        self.rel = rel


class Spot(NamedTuple):
    """Where a document is said to stand."""

    id: str
    file: str
    line: int
    start: int
    stop: int


class View:
    """A ledger's files at one moment: ``signatures`` by path, committed groups laid over. Writes nothing.

    ``overlaid`` holds the files that a pending group changes, as they will be. ``busy`` are files whose torn tail
    may be a write that is still going on. ``problems`` are pending groups that cannot be used. ``writing``: something
    is to be written by what is seen, so that a file which cannot be read must not be left out. ``seals``: the files
    are those of the seals, else those of the entries.
    """

    def __init__(self, root: Root, *, still: bool, writing: bool = False, seals: bool = False) -> None:
        self.root = root
        self.still = still
        self.writing = writing
        self.busy: set[str] = set()
        self.problems: list[Finding] = []
        self._groups = groups.pending(root)
        found = root.signatures(SEALS if seals else None)
        self.signatures = {rel: s for rel, s in found.items() if rel.startswith(SEALS + "/") is seals}
        self.overlaid: dict[str, bytes] = {}
        for group in self._groups:
            if group.problem is not None:
                error = group.problem
                self.problems.append(Finding(error.where, 0, "", "pending", error.what, damage=True))
        for rel in sorted({rel for group in self._groups for rel, _ in group.files if rel.startswith(SEALS + "/") is seals}):
            plain = self.plain(rel) if rel in self.signatures else b""
            self.overlaid[rel] = groups.overlay(rel, plain, self._groups)

    @property
    def files(self) -> list[str]:
        """Every file, also one that is only in a pending group, in the order of folder and name."""
        return sorted({*self.signatures, *self.overlaid})

    def data(self, rel: str) -> bytes:
        """The bytes of a file with pending groups laid over. Raises NotFound, Refused, StorageFault."""
        return self.overlaid[rel] if rel in self.overlaid else self.plain(rel)

    def plain(self, rel: str) -> bytes:
        """The bytes of a file as they are, read again if it seems to be in the middle of being written."""
        data = self.root.read(rel)
        if self.still or codec.torn_tail(data) is None:
            return data
        lock = Lock(self.root)
        try:
            lock.acquire(_TORN_WAIT_S, shared=True)
        except Locked:
            self.busy.add(rel)
            return self.root.read(rel)
        except SvcError:  # no locks here; but whoever is writing goes on, and what nobody finishes stays as it is
            time.sleep(_TORN_WAIT_S)
            again = self.root.read(rel)
            if again != data:
                self.busy.add(rel)
            return again
        try:
            return self.root.read(rel)
        finally:
            lock.release()

    def stored(self, spots: Iterable[Spot], judge: Judge) -> Iterator[Stored]:
        """The documents at these places, file by file, each verified. Raises Changed where one is not there."""
        by_file: dict[str, list[Spot]] = {}
        for spot in spots:
            by_file.setdefault(spot.file, []).append(spot)
        for rel, wanted in by_file.items():
            wanted.sort(key=lambda s: s.start)
            for run in _runs(wanted):
                yield from self._run(rel, run, judge)

    def _run(self, rel: str, run: list[Spot], judge: Judge) -> Iterator[Stored]:
        start, stop = run[0].start, run[-1].stop
        data = self.overlaid[rel][start:stop] if rel in self.overlaid else self._bytes(rel, start, stop - start)
        parts = [data[s.start - start : s.stop - start] for s in run]
        if all(part.startswith(b"---") and part.endswith(b"\n") for part in parts):
            docs = judge.believed(b"".join(parts), [s.id for s in run])
        else:  # the first document of a file may do without its dashes
            docs = []
            for part, spot in zip(parts, run, strict=True):
                docs += judge.believed(part, [spot.id]) or []
        if docs is None or len(docs) != len(run):
            raise Changed(rel)
        for doc, spot in zip(docs, run, strict=True):
            yield Stored(doc, rel, spot.line)

    def _bytes(self, rel: str, start: int, size: int) -> bytes:
        folder, _, name = rel.rpartition("/")
        try:
            with self.root.folder(folder) as here:
                fd = here.open(name, os.O_RDONLY)
                try:
                    return read_all(fd, start, size)
                finally:
                    os.close(fd)
        except (OSError, SvcError) as error:
            raise Changed(rel) from error


def _runs(wanted: list[Spot]) -> Iterator[list[Spot]]:
    """Places that are best read in one go."""
    run = [wanted[0]]
    for spot in wanted[1:]:
        if spot.start - run[-1].stop > _GAP or spot.stop - run[0].start > _MOST:
            yield run
            run = []
        run.append(spot)
    yield run


def consistent(root: Root, work: Callable[[View], T], *, still: bool = False, seals: bool = False) -> T:
    """What ``work`` makes of a view into which no group was being written meanwhile; it may be called repeatedly.

    ``still``: the caller holds the ledger's lock, so that nobody writes. ``seals``: a view of the seals, else of the
    entries. Raises Locked if writers leave no gap.
    """
    if still:
        return work(View(root, still=True, writing=True, seals=seals))
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_NAP_S * attempt)
        before = root.stat(groups.PENDING)
        settled = _settled(before)
        result = work(View(root, still=False, seals=seals))
        if settled and root.stat(groups.PENDING) == before:
            return result
    lock = Lock(root)
    lock.acquire(shared=True)
    try:
        return work(View(root, still=True, seals=seals))
    finally:
        lock.release()


def _settled(pending: Signature | None) -> bool:
    """Whether a change of the folder of pending groups from now on would show in its times."""
    return pending is None or time.time_ns() - pending.mtime_ns > _TICK_NS


def unreadable(view: View, rel: str, error: SvcError) -> Finding | None:
    """What to say of a file that could not be read; nothing if it has just gone.

    Raises the StorageFault itself where something is to be written: a key in that file may forbid it.
    """
    if isinstance(error, NotFound):
        return None
    if view.writing and isinstance(error, StorageFault):
        raise error
    return Finding(rel, 0, "", "file", error.what, damage=True)


def mixed(rel: str) -> Finding:
    """What to say when the answers given may be of two moments."""
    what = Text("在读取过程中被替换，请重做一遍", "was replaced while it was read; do it once more")
    return Finding(rel, 0, "", "changed", what, damage=True)
