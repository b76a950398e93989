"""The one lock of a ledger: the operating system's own, so that it is free as soon as its holder is gone."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from typing import Self

from svcctl.errors import Locked, SvcError
from svcctl.store import faults
from svcctl.store.files import STATE, Root, told
from svcctl.store.folder import read_all
from svcctl.texts import Text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

DEFAULT_WAIT_S = 10.0
_NAME = "lock"
_WHERE = f"{STATE}/{_NAME}"
_FIRST_NAP_S = 0.001
_LONGEST_NAP_S = 0.02
_FAR = 1 << 30  # on Windows a locked byte cannot be read; the holder's name stands before it
_MAX_NOTE = 1000

_LOCKED = Text(
    "台账正被{who}使用（自 {since}），已等待 {waited} 秒",
    "the ledger is in use by {who} since {since}; waited {waited} s",
)
_WHO = Text("主机 {host} 上的进程 {pid}", "process {pid} on host {host}")
_NOBODY = Text("另一进程", "another process")
_TODO = Text(
    "请稍后重试；若该进程已卡住，请先结束它（kill {pid}）", "Try again; if that process hangs, end it (kill {pid})"
)
_RETRY = Text("请稍后重试", "Try again")


class Lock:
    """The lock in ``.svcctl/lock``. ``with lock:`` waits up to 10 s; ``acquire`` says for how long.

    Readers need no lock; ``shared`` is for one that saw writing going on and wants it to stand still.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._fd: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self, wait_s: float = DEFAULT_WAIT_S, *, shared: bool = False) -> None:
        """Take the lock, waiting up to ``wait_s`` seconds. Raises Locked, StorageFault, Refused.

        ``shared`` makes nothing: without a lock file nobody has ever written here, and no lock is needed.
        """
        start = time.monotonic()  # the wall clock may jump
        nap = _FIRST_NAP_S
        while True:
            fd = self._open(shared)
            if fd is None:
                return
            if self._take(fd, shared):
                self._fd = fd
                if not shared:
                    self._sign(fd)
                return
            waited = time.monotonic() - start
            holder = b"" if waited < wait_s else _note(fd)
            _shut(fd)
            if waited >= wait_s:
                raise _locked(holder, waited)
            time.sleep(min(nap, wait_s - waited))
            nap = min(nap * 1.5, _LONGEST_NAP_S)

    def release(self) -> None:
        """Give the lock back; may be called again."""
        fd, self._fd = self._fd, None
        if fd is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)  # so that nobody is told of a holder that is gone
        _shut(fd)

    def _open(self, shared: bool) -> int | None:
        flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
        try:
            with self._root.folder(STATE, make=not shared) as folder:
                return folder.open(_NAME, flags, writing=not shared)
        except FileNotFoundError as error:
            if shared:
                return None
            raise faults.write_fault(error, _WHERE) from error
        except OSError as error:
            raise faults.write_fault(error, _WHERE) from error

    def _take(self, fd: int, shared: bool) -> bool:
        try:
            return _try(fd, shared) and self._is_current(fd)
        except (OSError, SvcError) as error:
            _shut(fd)
            raise (faults.write_fault(error, _WHERE) if isinstance(error, OSError) else error) from error

    def _is_current(self, fd: int) -> bool:
        """Whether the locked file is still the one at the path; if not, another may lock the new one."""
        there = self._root.stat(_WHERE)
        return there is not None and there.inode == os.fstat(fd).st_ino

    def _sign(self, fd: int) -> None:
        note = {"pid": os.getpid(), "host": host_name(), "since": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
        data = json.dumps(note).encode() + b"\n"
        with contextlib.suppress(OSError):  # the note is a courtesy; the lock is held
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, data)
            os.ftruncate(fd, len(data))


def _shut(fd: int) -> None:
    with contextlib.suppress(OSError):  # nothing that matters was written to it
        os.close(fd)


def host_name() -> str:
    """This computer's name."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _try(fd: int, shared: bool) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(fd, _FAR, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def _note(fd: int) -> bytes:
    try:
        return read_all(fd, 0, _MAX_NOTE)
    except OSError:
        return b""


def _locked(note: bytes, waited: float) -> Locked:
    who, since, todo = _NOBODY, "?", _RETRY
    holder = told(note)  # empty if not written yet, or if a reader holds it
    if isinstance(holder.get("pid"), int):
        who = _WHO.fill(pid=holder["pid"], host=str(holder.get("host", "?"))[:80])
        since = str(holder.get("since", "?"))[:40]
        todo = _TODO.fill(pid=holder["pid"])
    return Locked(_LOCKED.fill(who=who, since=since, waited=f"{waited:.1f}"), where=_WHERE, todo=todo)
