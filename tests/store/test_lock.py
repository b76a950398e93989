"""One writer at a time; who is refused learns by whom; whoever dies holds nothing."""

from __future__ import annotations

import fcntl
import os
import signal
import time

import pytest
from store_kit import MONTH, at_call, ended, entry, fork, ids, ledger, stored, write

from svcctl.errors import Locked
from svcctl.store.lock import Lock, host_name


def hold(root, ready: int, then=lambda: time.sleep(60)):
    lock = Lock(root)
    lock.acquire()
    os.write(ready, b"x")
    then()
    lock.release()


@pytest.fixture
def holder(tmp_path):
    """A child that holds the lock; its pid."""
    root = ledger(tmp_path)
    told, ready = os.pipe()
    pid = fork(lambda: hold(root, ready))
    os.read(told, 1)
    yield pid
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def test_a_stopped_holder_is_named_after_the_wait(tmp_path, holder):
    root = ledger(tmp_path)
    os.kill(holder, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(Locked) as caught:
        write(root, MONTH, entry(1), wait_s=0.3)
    assert 0.3 <= time.monotonic() - start < 2
    assert caught.value.exit_code == 75
    english, chinese = caught.value.say("en"), caught.value.say("zh")
    for part in (f"process {holder} on host {host_name()}", "since 20", "waited 0.3 s", f"kill {holder}"):
        assert part in english
    assert f"进程 {holder}" in chinese and "已等待 0.3 秒" in chinese
    assert stored(root) == []


def test_a_killed_holder_frees_the_lock_at_once(tmp_path, holder):
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    write(ledger(tmp_path), MONTH, entry(1), wait_s=0)
    assert stored(ledger(tmp_path)) == ids(1)


def test_who_waits_gets_it_when_it_is_free(tmp_path):
    root = ledger(tmp_path)
    told, ready = os.pipe()
    pid = fork(lambda: hold(root, ready, lambda: time.sleep(0.2)))
    os.read(told, 1)
    write(root, MONTH, entry(1), wait_s=10)
    assert ended(pid) == 0 and stored(root) == ids(1)


def test_a_removed_lock_file_does_not_make_two_holders(tmp_path, holder):
    root = ledger(tmp_path)
    os.unlink(tmp_path / ".svcctl" / "lock")
    first, second = Lock(root), Lock(root)
    first.acquire(0)  # the old holder's file is no lock any more; there is one new one
    with pytest.raises(Locked):
        second.acquire(0.05)
    first.release()
    second.acquire(0)
    second.release()


def test_a_lock_file_replaced_between_open_and_lock_is_not_taken(tmp_path):
    root = ledger(tmp_path)
    first, second = Lock(root), Lock(root)
    at_call(1, lambda: os.unlink(tmp_path / ".svcctl" / "lock"), lambda: first.acquire(1), frozenset([fcntl.flock]))
    with pytest.raises(Locked):
        second.acquire(0)  # so the first has the file that is there now
    first.release()


def test_readers_share_and_make_nothing(tmp_path):
    root = ledger(tmp_path)
    Lock(root).acquire(0, shared=True)
    assert os.listdir(tmp_path) == []
    write(root, MONTH, entry(1))
    one, two, writer = Lock(root), Lock(root), Lock(root)
    one.acquire(0, shared=True)
    two.acquire(0, shared=True)
    with pytest.raises(Locked, match="another process"):
        writer.acquire(0.02)
    one.release()
    two.release()
    with writer, pytest.raises(Locked, match=f"process {os.getpid()}"):
        one.acquire(0.02, shared=True)


def test_a_hostile_note_is_no_trouble(tmp_path):
    root = ledger(tmp_path)
    with Lock(root):
        for note in (b"[" * 5000, b"\xff\xfe", b'{"pid": "rm"}', b'{"pid": 7}', b"[1]", b""):
            (tmp_path / ".svcctl" / "lock").write_bytes(note)
            with pytest.raises(Locked):
                Lock(root).acquire(0)


@pytest.mark.parametrize(("writers", "each"), [(2, 60), (8, 25)])
def test_writers_at_once_lose_nothing_and_double_nothing(tmp_path, writers, each):
    root = ledger(tmp_path)

    def work(who: int):
        for number in range(each):
            write(root, MONTH, entry(who * 1000 + number), wait_s=60)

    pids = [fork(lambda who=who: work(who)) for who in range(writers)]
    assert [ended(pid) for pid in pids] == [0] * writers
    assert sorted(stored(root)) == sorted(ids(*(w * 1000 + n for w in range(writers) for n in range(each))))
