"""The writer: the one way entries get into the ledger, under its lock and durable when a call returns."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Self

from svcctl.errors import OutcomeUnknown, Refused, StorageFault, SvcError
from svcctl.store import codec, faults, groups
from svcctl.store.codec import Doc
from svcctl.store.files import Root
from svcctl.store.lock import DEFAULT_WAIT_S, Lock
from svcctl.store.monthfile import MonthFile, SumsOk, Warn
from svcctl.store.recorded import DeskTime
from svcctl.texts import Text

_PENDING = Text(
    "{rel}: {why}。这批记录已入账，读取时算在内，下次写入时补齐",
    "{rel}: {why}. The group is recorded and counts; the next writing command completes its files",
)
_UNCERTAIN = Text("文件已替换，但断电后是否还在无法确定", "the file was replaced, but whether that survives a power cut is not certain")
_REPEAT = Text("请再做一遍，重复无害", "Do it again; repeating is safe")
_REPLACED = Text("写入时文件被别的程序替换了两次", "another program replaced the file twice while it was written")


class Writer:
    """A ledger open for writing: ``with Writer(root, desk, warn) as w: w.append(rel, doc)``.

    Entering takes the lock (Locked after ``wait_s`` seconds) and completes what a crash left. ``warn`` is told of
    healed tails and pending groups. ``sums_ok`` says whether a document's sums are right; it is asked when a file
    is not as the last writer left it.
    """

    def __init__(
        self,
        root: Root,
        desk: str,
        warn: Warn,
        wait_s: float = DEFAULT_WAIT_S,
        sums_ok: SumsOk | None = None,
    ) -> None:
        self.root = root
        self.desk = desk
        self._warn = warn
        self._wait_s = wait_s
        self._sums_ok = sums_ok
        self._lock = Lock(root)
        self._time = DeskTime(root, desk)

    def __enter__(self) -> Self:
        self._lock.acquire(self._wait_s)
        try:
            with _Uninterrupted():
                groups.sweep(self.root)
                self._complete_pending()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def recorded(self, now: datetime) -> datetime:
        """The time to record an entry under: ``now``, or a microsecond after this desk's last one if that is later."""
        return self._time.next(now)

    def append(self, rel: str, doc: Doc) -> None:
        """Append one entry to the month file ``rel``; when this returns it is durable.

        Raises Refused (damage, a link in the way), StorageFault (nothing was written), OutcomeUnknown (names the id).
        """
        self.append_many(rel, [doc])

    def append_many(self, rel: str, docs: Sequence[Doc]) -> None:
        """Append several independent entries to one file, in one write and one fsync. Raises as :meth:`append`."""
        if not docs:
            return
        data = b"".join(map(codec.dump, docs))
        with _Uninterrupted():
            self._time.reserve(doc.get("recorded") for doc in docs)
            self._put(rel, data, _ids(docs))

    def append_group(self, entries: Iterable[tuple[str, Doc]]) -> None:
        """Append entries to any number of files, all or none.

        Raises Refused, StorageFault (nothing was written), OutcomeUnknown. A fault after the group counts is told
        to ``warn``; the next writer completes it.
        """
        docs: dict[str, list[Doc]] = {}
        for rel, doc in entries:
            docs.setdefault(rel, []).append(doc)
        if not docs:
            return
        files = [(rel, b"".join(map(codec.dump, part))) for rel, part in docs.items()]
        ids = {rel: _ids(part) for rel, part in docs.items()}
        with _Uninterrupted():
            self._time.reserve(doc.get("recorded") for part in docs.values() for doc in part)
            for rel in docs:
                self._try_file(rel)
            name = groups.commit(self.root, files, [one for part in ids.values() for one in part])
            try:
                for rel, data in files:
                    self._put(rel, data, ids[rel])
            except (Refused, StorageFault, OutcomeUnknown) as error:
                self._warn(_PENDING.fill(rel=error.where, why=error.what))
            else:
                groups.remove(self.root, name)

    def rewrite(self, rel: str, data: bytes, docs: Sequence[Doc] = ()) -> None:
        """Put ``data`` in the place of a month file, for those who may: erasing, repairing, adopting.

        ``docs`` are entries that are new in it. Raises Refused, StorageFault (it is as it was), OutcomeUnknown.
        """
        with _Uninterrupted():
            self._time.reserve(doc.get("recorded") for doc in docs)
            try:
                self.root.replace(rel, data)
            except StorageFault as error:
                if self.root.read(rel) == data:  # in its place, but perhaps not through a power cut
                    raise OutcomeUnknown(_UNCERTAIN, where=rel, todo=_REPEAT) from error
                raise

    def heal(self, rel: str) -> None:
        """See that the month file ``rel``, which is there, is whole: a torn tail is set aside. Raises Refused, StorageFault."""
        with _Uninterrupted(), MonthFile(self.root, rel) as file:
            file.verify(self._warn, self._sums_ok)
            file.mark_clean()

    # -- one file ----------------------------------------------------------------------------------------------------

    def _put(self, rel: str, data: bytes, ids: list[str], *, fresh: bool = True) -> None:
        """Append ``data`` to ``rel``; ``fresh``: its ids cannot be in the file yet."""
        for _ in range(2):
            if self._put_once(rel, data, ids, fresh):
                return
            fresh = False  # the file was replaced; the new one may hold what we wrote to the old one
        raise StorageFault(_REPLACED.joined(faults.NOTHING_RECORDED, "，", "; "), where=rel)

    def _put_once(self, rel: str, data: bytes, ids: list[str], fresh: bool) -> bool:
        with MonthFile(self.root, rel) as file:
            if fresh:
                file.make_ready(self._warn, self._sums_ok)
            else:
                data, ids = groups.without(data, file.verify(self._warn, self._sums_ok))
            file.append(data, ids)
            if not file.is_current():
                return False
            file.mark_clean()
        return True

    def _try_file(self, rel: str) -> None:
        """Find out before a group counts whether ``rel`` can be written to; heals and marks it."""
        with MonthFile(self.root, rel) as file:
            file.make_ready(self._warn, self._sums_ok)
            if file.size:
                file.name_durably()
                file.mark_clean()

    # -- what a crash left -------------------------------------------------------------------------------------------

    def _complete_pending(self) -> None:
        """Complete committed groups. A full disk ends the command here; one damaged file does not hinder the others."""
        for group in groups.pending(self.root):
            problem: SvcError | None = group.problem
            for rel, data in group.files:
                try:
                    self._put(rel, data, groups.without(data, set())[1], fresh=False)
                except Refused as error:
                    problem = error
                except OutcomeUnknown as error:  # of the group; what this command was to do has not begun
                    raise StorageFault(error.what.joined(faults.NOTHING_RECORDED, "，", "; "), where=rel) from error
            if problem is None:
                groups.remove(self.root, group.name)
            elif group.files:
                self._warn(_PENDING.fill(rel=problem.where, why=problem.what))
            else:
                self._warn(Text(problem.say("zh"), problem.say("en")))


class _Uninterrupted:
    """Holds back signals that a person or the system may send, so that a write is not left half done."""

    def __enter__(self) -> None:
        self._undo: Callable[[], object] | None = None
        if hasattr(signal, "pthread_sigmask"):
            held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
            before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
            self._undo = lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __exit__(self, *_: object) -> None:
        if self._undo is not None:
            self._undo()


def _ids(docs: Iterable[Doc]) -> list[str]:
    return [str(doc.get("id", "")) for doc in docs]
