"""A kernel that fails on command.

Not our code is replaced but what it calls: the functions of ``os`` (and ``fcntl.flock``, and the raw file under
``open``), in this process, and only for files below one folder. The ``k``-th call of the sorts named meets a fault::

    with Kernel(folder, Fails(errno.EIO), k=7, sorts={"fsync"}) as kernel:
        ...                     # the seventh fsync below ``folder`` says EIO
    kernel.struck               # ("fsync", "/…/2026-11.yaml"), or None: there was no seventh

Faults: ``Fails`` (before anything is done; a ``close`` closes all the same), ``FailsAfter`` (it was done), ``Pretends``
(success without doing it), ``Short`` (a write of some bytes, then on, or then an error), ``Full`` (from here on nothing
that takes space), ``Dead`` (from here on nothing at all), ``Stuck`` (short, then full, and nothing can be cut off: what
``chattr +a`` does), ``Kills`` (the process is gone).
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import fcntl
import io
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Self

SORTS = (
    "open", "read", "write", "fsync", "ftruncate", "close", "replace", "rename", "unlink", "mkdir", "rmdir", "fchmod", "lseek",
    "fstat", "stat", "listdir", "flock",
)  # fmt: skip
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EINTR, errno.EAGAIN, errno.EMFILE, errno.EPERM)
_SPACE = frozenset(("write", "mkdir", "replace", "rename"))
_DONE = frozenset(("write", "fsync", "ftruncate", "replace", "rename", "unlink", "mkdir", "rmdir", "fchmod"))


class Call(NamedTuple):
    """One call as it reaches the kernel. Calling it does it."""

    sort: str
    path: str
    real: Callable[..., Any]
    args: tuple[Any, ...]
    more: dict[str, Any]
    k: int

    def __call__(self) -> Any:
        return self.real(*self.args, **self.more)

    @property
    def makes(self) -> bool:
        """Whether it takes space on the disk."""
        return self.sort in _SPACE or (self.sort == "open" and bool(self.args[1] & os.O_CREAT))

    def failed(self, number: int) -> OSError:
        return OSError(number, os.strerror(number))


class Fault:
    """What happens at the call struck, and at those after it."""

    sorts: Iterable[str] = SORTS

    def strike(self, call: Call) -> Any:
        raise NotImplementedError

    def later(self, call: Call) -> Any:
        return call()

    def __repr__(self) -> str:
        said = {k: errno.errorcode.get(v, v) if k == "number" else v for k, v in vars(self).items()}
        return f"{type(self).__name__}({', '.join(map(str, said.values()))})"


class Fails(Fault):
    def __init__(self, number: int) -> None:
        self.number = number

    def strike(self, call: Call) -> Any:
        if call.sort == "close":
            call()
        raise call.failed(self.number)


class InTurn(Fault):
    """``Fails`` with another error at each ``k``."""

    def __init__(self, first: int) -> None:
        self.number = first

    def strike(self, call: Call) -> Any:
        return Fails(ERRORS[(self.number + call.k) % len(ERRORS)]).strike(call)


class FailsAfter(Fault):
    sorts = _DONE | {"open", "close"}

    def __init__(self, number: int) -> None:
        self.number = number

    def strike(self, call: Call) -> Any:
        made = call()
        if call.sort == "open":
            _REAL["close"](made)
        raise call.failed(self.number)


class Pretends(Fault):
    sorts = _DONE

    def strike(self, call: Call) -> Any:
        return len(call.args[1]) if call.sort == "write" else None


class Short(Fault):
    sorts = ("write",)

    def __init__(self, size: int, number: int = 0) -> None:
        self.size = size
        self.number = number

    def strike(self, call: Call) -> Any:
        return call.real(call.args[0], bytes(call.args[1])[: self.size])

    def later(self, call: Call) -> Any:
        if self.number and call.makes:
            raise call.failed(self.number)
        return call()


class Full(Fails):
    sorts = _SPACE | {"open"}

    def strike(self, call: Call) -> Any:
        return self.later(call)

    def later(self, call: Call) -> Any:
        if call.makes:
            raise call.failed(self.number)
        return call()


class Dead(Fails):
    def later(self, call: Call) -> Any:
        return self.strike(call)


class Stuck(Short):
    def __init__(self, size: int) -> None:
        super().__init__(size, errno.ENOSPC)

    def later(self, call: Call) -> Any:
        if call.sort == "ftruncate":
            raise call.failed(errno.EPERM)
        return super().later(call)


class Kills(Fault):
    """Only for a child."""

    def strike(self, call: Call) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


class Kernel:
    """The kernel below ``folder``; ``fault`` strikes at the ``k``-th call (from 1) of ``sorts`` (default: the fault's).

    Without a fault it only counts: ``calls`` are those seen. What is open in ``folder`` at the end is closed, as if
    the process had ended.
    """

    def __init__(self, folder: object, fault: Fault | None = None, k: int = 1, sorts: Iterable[str] | None = None) -> None:
        self.folder = os.path.realpath(str(folder))
        self.fault = fault
        self.calls: list[tuple[str, str]] = []
        self.struck: tuple[str, str] | None = None
        self._sorts = frozenset(sorts if sorts is not None else SORTS if fault is None else fault.sorts)
        self._left = k
        self._before: set[str] = set()

    def __enter__(self) -> Self:
        self._before = {fd for fd in _REAL["listdir"]("/proc/self/fd") if _path(int(fd))}  # not the one it is listed by
        for sort in SORTS:
            place = fcntl if sort == "flock" else os
            setattr(place, sort, self._seen(sort, _REAL[sort]))
        builtins.open = io.open = self._open  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        for sort in SORTS:
            setattr(fcntl if sort == "flock" else os, sort, _REAL[sort])
        builtins.open = io.open = _OPEN
        for fd in set(_REAL["listdir"]("/proc/self/fd")) - self._before:
            path = _path(int(fd))
            if self._ours(path) and path != self.folder:  # a Root gives back its own handle when it is collected
                _REAL["close"](int(fd))

    def _ours(self, path: str) -> bool:
        return path == self.folder or path.startswith(self.folder + "/")

    def _seen(self, sort: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            path = _where(sort, args, more)
            if not self._ours(path):
                return real(*args, **more)
            return self._called(Call(sort, path, real, args, more, len(self.calls) + 1))

        return call

    def _called(self, call: Call) -> Any:
        if call.sort in self._sorts and self.struck is None:
            self.calls.append((call.sort, call.path))
            self._left -= 1
            if self._left <= 0 and self.fault is not None and call.sort in self.fault.sorts:  # if not this one, the next that fits
                self.struck = (call.sort, call.path)
                return self.fault.strike(call)
        elif self.struck is not None and self.fault is not None:
            return self.fault.later(call)
        return call()

    def _open(self, file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **more: Any) -> Any:
        """``open`` over a raw file whose calls come by here too."""
        path = _where("open", (file,), {})
        if not self._ours(path):
            return _OPEN(file, mode, buffering, *rest, **more)
        raw = _Raw(file, mode.replace("b", "").replace("t", "") or "r", closefd=more.pop("closefd", True), opener=more.pop("opener", None) or _opened)
        whole = io.BufferedReader(raw) if raw.readable() else io.BufferedWriter(raw)
        return whole if "b" in mode else io.TextIOWrapper(whole, *rest, **more)


class _Raw(io.FileIO):
    def write(self, data: Any) -> int:
        return os.write(self.fileno(), data)

    def readinto(self, buffer: Any) -> int:
        data = os.read(self.fileno(), len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return b"".join(iter(lambda: os.read(self.fileno(), 1 << 20), b""))


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


def _path(fd: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


def _where(sort: str, args: tuple[Any, ...], more: dict[str, Any]) -> str:
    name = args[1 if sort in ("replace", "rename") else 0] if args else more.get("path", ".")
    if isinstance(name, int):
        return _path(name)
    at = more.get("dst_dir_fd" if sort in ("replace", "rename") else "dir_fd")
    base = os.getcwd() if at is None else _path(at)
    return os.path.normpath(os.path.join(base, os.fsdecode(name)))


_REAL: dict[str, Callable[..., Any]] = {s: getattr(fcntl if s == "flock" else os, s) for s in SORTS}
_OPEN = builtins.open


@contextlib.contextmanager
def in_memory(folder: object) -> Iterator[str]:
    """A new folder on a file system in memory if there is one, else in ``folder``: syncing costs nothing there."""
    shared = "/dev/shm"
    made = tempfile.mkdtemp(prefix="svcctl-", dir=shared if os.access(shared, os.W_OK) else str(folder))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def every(
    folder: Callable[[], str], fault: Fault, work: Callable[[str], Any], *, below: Callable[[str], str] = str, step: int = 1
) -> Iterator[tuple[str, Any, str]]:
    """Meet ``fault`` at every call that ``work`` makes, each time in a fresh ``folder``; yields ``(folder, result, struck)``.

    ``below``: the part of the folder that is watched. ``step``: of the calls only every so manieth. Ends when there was
    no such call any more; that run is not given.
    """
    k = 1 - step
    while True:
        k += step
        place = folder()
        with Kernel(below(place), fault, k) as kernel:
            result = work(place)
        if kernel.struck is None:
            return
        yield place, result, f"{fault!r} at call {k}, {kernel.struck[0]} of {os.path.relpath(kernel.struck[1], kernel.folder)}"
