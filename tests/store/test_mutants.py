"""The checks are checked: appenders that are broken on purpose, each in a way that looks right, and each is found out.

A check that no mistake can fail proves nothing. So every promise of the writer has here a check of a few lines, as the
other tests of the store make it at length, and a mutant that breaks just this promise: the check holds for the writer as it
is, and fails for the mutant.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from faulty import Fails, Kernel, Short, in_memory
from store_kit import MONTH, Told, data, entry, ids, kept_tails, killed_at, ledger, put, stored, sums_ok, write

from svcctl.errors import Locked, OutcomeUnknown, Refused, StorageFault
from svcctl.store import codec, groups, kept
from svcctl.store.files import Root
from svcctl.store.lock import Lock
from svcctl.store.monthfile import MonthFile
from svcctl.store.writer import Writer

CASH = "cash/2026-11.yaml"
Places = Iterator[Root]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    with in_memory(tmp_path) as folder:
        yield (ledger(f"{folder}/{n}") for n in count())


def group(root: Root) -> None:
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        writer.append_group([(MONTH, entry(10)), (CASH, entry(11))])


# -- the promises ----------------------------------------------------------------------------------------------------------


def durable(places: Places) -> None:
    """Before an append returns, the file is synced after its last write, and its folder if the file was empty."""
    root = next(places)
    for number in (1, 2):
        with Kernel(root.path) as kernel:
            write(root, MONTH, entry(number))
        calls = [(sort, os.path.relpath(path, kernel.folder)) for sort, path in kernel.calls]
        written = max(i for i, call in enumerate(calls) if call == ("write", MONTH))
        assert ("fsync", MONTH) in calls[written:]
        assert number > 1 or ("fsync", "repairs") in calls[written:]


def taken_back(places: Places) -> None:
    """A write that fails leaves the file as it was."""
    root = next(places)
    write(root, MONTH, entry(1))
    before = data(root)
    with pytest.raises(StorageFault), Kernel(os.path.join(root.path, "repairs"), Short(7, errno.ENOSPC)):
        write(root, MONTH, entry(2))
    assert data(root) == before


def never_half(places: Places) -> None:
    """Short writes are gone on with."""
    root = next(places)
    with Kernel(os.path.join(root.path, "repairs"), Short(7)):
        write(root, MONTH, entry(1))
    assert data(root) == codec.dump(entry(1))


def unknown(places: Places) -> None:
    """After a failed fsync nothing is promised, whatever a second one says."""
    root = next(places)
    with pytest.raises(OutcomeUnknown), Kernel(os.path.join(root.path, "repairs"), Fails(errno.EIO), sorts=["fsync"]):
        write(root, MONTH, entry(1))


def one_at_a_time(places: Places) -> None:
    root = next(places)
    lock = Lock(root)
    lock.acquire()
    try:
        with pytest.raises(Locked):
            write(root, MONTH, entry(1), wait_s=0)
    finally:
        lock.release()


def healed(places: Places) -> None:
    """What was not written to its end is not in the way, and is kept."""
    for cut in (1, 3, 5, 40, 200):
        root = next(places)
        whole, tail = codec.dump(entry(1)), codec.dump(entry(2))[:cut]
        put(root, MONTH, whole + tail)
        write(root, MONTH, entry(3))
        assert data(root) == whole + codec.dump(entry(3))
        assert kept_tails(root) == [tail]


def damage_is_left_alone(places: Places) -> None:
    root = next(places)
    put(root, MONTH, codec.dump(entry(1)) + codec.dump(entry(2)).replace("不亮".encode(), "不灭".encode()))
    before = data(root)
    with pytest.raises(Refused):
        write(root, MONTH, entry(3))
    assert data(root) == before


def survives(places: Places) -> None:
    """Killed at any call, an append loses nothing that is older."""
    for k in range(1, 200):
        root = next(places)
        write(root, MONTH, entry(1))
        killed = killed_at(k, lambda root=root: write(root, MONTH, entry(2)))  # type: ignore[misc]
        assert stored(root)[:1] == ids(1)
        root.close()
        if not killed:
            return


def all_or_none(places: Places) -> None:
    """Killed at any call, a group is there or is not."""
    for k in range(1, 300):
        root = next(places)
        killed = killed_at(k, lambda root=root: group(root))  # type: ignore[misc]
        assert len(stored(root)) in (0, 2)
        root.close()
        if not killed:
            return


def read_back(places: Places) -> None:
    """A kernel that says yes and writes nothing is found out."""
    from faulty import Pretends

    root = next(places)
    with pytest.raises(OutcomeUnknown), Kernel(os.path.join(root.path, "repairs"), Pretends(), sorts=["write"]):
        write(root, MONTH, entry(1))


# -- the mutants -----------------------------------------------------------------------------------------------------------

true_append = MonthFile.append
Patch = Callable[[pytest.MonkeyPatch], None]


def no_fsync(self: MonthFile, raw: bytes, names: list[str]) -> None:
    self._tried = self._written = True
    assert os.write(self.fd, raw) == len(raw)
    self._sync_names()


def no_fsync_of_the_folder(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MonthFile, "_sync_names", lambda self: None)


def no_rollback(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MonthFile, "_take_back", lambda self, written: True)


def one_write(self: MonthFile, raw: bytes, names: list[str]) -> None:
    self._tried = self._written = True
    os.write(self.fd, raw)
    os.fsync(self.fd)
    self._sync_names()


def trusts_a_second_fsync(self: MonthFile, raw: bytes, names: list[str]) -> None:
    try:
        true_append(self, raw, names)
    except OutcomeUnknown:
        true_append(self, raw, names)


def rewrites(self: MonthFile, raw: bytes, names: list[str]) -> None:
    """Read, modify, write: right whenever nothing goes wrong."""
    self._tried = self._written = True
    os.lseek(self.fd, 0, os.SEEK_SET)
    before = os.read(self.fd, self.size)
    os.ftruncate(self.fd, 0)
    os.write(self.fd, before + raw)
    os.fsync(self.fd)
    self._sync_names()


def appends_as(append: Callable[[MonthFile, bytes, list[str]], None]) -> Patch:
    return lambda patch: patch.setattr(MonthFile, "append", append)


def no_lock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lock, "acquire", lambda self, wait_s=0, shared=False: None)


def no_heal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MonthFile, "_heal", lambda self, cut, tail, warn: None)


def heals_without_keeping(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kept, "keep", lambda folder, name, what, tail: "kept")


def no_look_before_writing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MonthFile, "make_ready", lambda self, warn, sums: None)


def no_group(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(groups, "commit", lambda root, files, names: "none")


def no_reading_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MonthFile, "_read_back", lambda self, raw, names: None)


MUTANTS: dict[str, tuple[Patch, Callable[[Places], None]]] = {
    "no fsync": (appends_as(no_fsync), durable), "no fsync of the folder": (no_fsync_of_the_folder, durable), "no rollback": (no_rollback, taken_back),
    "one write, whatever it wrote": (appends_as(one_write), never_half), "a second fsync is trusted": (appends_as(trusts_a_second_fsync), unknown),
    "read, modify, write": (appends_as(rewrites), survives), "no lock": (no_lock, one_at_a_time), "no healing": (no_heal, healed),
    "healing without keeping": (heals_without_keeping, healed), "no look before writing": (no_look_before_writing, damage_is_left_alone),
    "a group file by file": (no_group, all_or_none), "no reading back": (no_reading_back, read_back),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_holds_for_the_writer_and_finds_the_mutant_out(places: Places, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    mutate, check = MUTANTS[name]
    check(places)
    mutate(monkeypatch)
    # A check has failed, or what it expected to be raised was not.
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(places)
