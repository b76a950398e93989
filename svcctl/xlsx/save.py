"""A finished file into its place: whole or not at all, and not touched if it is there already."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from typing import IO

from svcctl.errors import StorageFault
from svcctl.texts import Text

Written = Callable[[IO[bytes]], object]
"""Writes what a file is to hold into an open one, from its beginning."""

_PIECE = 1 << 20  # bytes compared at once


def save(data: bytes | Written, path: str, mode: int | None = None) -> bool:
    """Write ``data`` to ``path`` by way of a temporary file beside it; False if the file already has these bytes.

    What is too much to be held is given as a function that writes it; it is compared once it is written.
    A new file gets ``mode`` (default 0600), an existing one keeps its own. A symbolic link is followed: what it
    points to is replaced, the link stays. Raises :class:`StorageFault` with the old file whole.
    """
    target = os.path.realpath(path)
    try:
        old = _existing(target, path)
        if old is not None and isinstance(data, bytes) and old.st_size == len(data):
            with open(target, "rb") as file:
                if file.read() == data:
                    return False
        bits = stat.S_IMODE(old.st_mode) if old is not None else 0o600 if mode is None else mode
        return _replace(data, target, bits, old is not None)
    except OSError as fault:
        raise StorageFault(
            Text("文件没有写入", "the file was not written"),
            where=path,
            got=fault.strerror or str(fault),
            todo=Text("检查文件夹是否存在、权限和磁盘空间", "check that the folder exists, its permissions, and free space"),
        ) from fault


def _existing(target: str, path: str) -> os.stat_result | None:
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise StorageFault(
            Text("不是普通文件，没有写入", "not a regular file; nothing was written"),
            where=path,
            expected=Text("文件名", "the name of a file"),
            todo=Text("用 -o 指定一个文件", "name a file with -o"),
        )
    return found


def _replace(data: bytes | Written, target: str, mode: int, there: bool) -> bool:
    folder = os.path.dirname(target)
    handle, temporary = tempfile.mkstemp(prefix=".svcctl-", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                data(file)
            file.flush()
            same = there and not isinstance(data, bytes) and _same(temporary, target)
            if sys.platform != "win32":
                os.fchmod(file.fileno(), mode)
            if not same:
                os.fsync(file.fileno())
        if same:
            os.unlink(temporary)
            return False
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)
    return True


def _same(one: str, other: str) -> bool:
    """Whether two files hold the same bytes; neither is read as a whole."""
    if os.path.getsize(one) != os.path.getsize(other):
        return False
    with open(one, "rb") as left, open(other, "rb") as right:
        while piece := left.read(_PIECE):
            if piece != right.read(_PIECE):
                return False
    return True


def _sync_folder(folder: str) -> None:
    """Make the new name durable, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
