"""A file that somebody named, read as it stands there: no link is followed, nothing but a regular file is opened for long."""

from __future__ import annotations

import errno
import os
import stat

from svcctl.errors import Refused
from svcctl.texts import Text


def plain(path: str, largest: int) -> tuple[bytes, os.stat_result]:
    """The bytes of a regular file, at most one more than ``largest`` of them, and what the system says of it.

    Raises FileNotFoundError, and Refused for whatever else is no readable regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(path) from None
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            real = os.path.realpath(path)
            raise Refused(
                Text("是符号链接，不跟随", "a symbolic link, which is not followed"), where=path,
                todo=Text(f"它指向 {real}", f"It points to {real}"),
            ) from None  # fmt: skip
        raise Refused(Text("读不出来", "it cannot be read"), where=path, got=fault.strerror) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Refused(Text("不是普通文件", "not a regular file"), where=path)
        data = b""
        while len(data) <= largest and (more := os.read(handle, largest + 1 - len(data))):
            data += more
        return data, found
    except OSError as fault:
        raise Refused(Text("读不出来", "it cannot be read"), where=path, got=fault.strerror) from None
    finally:
        os.close(handle)
