"""Attachments: files taken into the ledger under the hash of their content, never under a name somebody chose."""

from __future__ import annotations

import os
import re
import stat

from svcctl.errors import NotFound, Refused
from svcctl.store import faults
from svcctl.store.codec import sha256
from svcctl.store.files import Root
from svcctl.texts import Text

LARGEST = 50 << 20  # bytes


def take_in(root: Root, path: str) -> str:
    """Copy a file into the ledger; returns its path there, ``files/ab/abcdef….jpg``. Raises NotFound, Refused, StorageFault.

    What was read is what is hashed and written, so a file that changes meanwhile does no harm.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise NotFound(Text("没有这个文件", "there is no such file"), where=path) from None
    except OSError as error:
        raise faults.read_fault(error, path) from error
    with open(fd, "rb") as file:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise Refused(Text("附件必须是普通文件", "an attachment has to be a regular file"), where=path)
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(
            Text("附件太大", "the attachment is too large"), where=path,
            expected=Text(f"最多 {LARGEST >> 20} MB", f"at most {LARGEST >> 20} MB"),
        )  # fmt: skip
    digest = sha256(data).hexdigest()
    ending = os.path.splitext(path)[1].lower()
    if not re.fullmatch(r"\.[a-z0-9]{1,8}", ending):
        ending = ""
    rel = f"files/{digest[:2]}/{digest}{ending}"
    if root.stat(rel) is None:
        root.replace(rel, data)
    return rel
