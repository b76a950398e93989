"""Attachments: files taken into the ledger under the hash of their content, never under a name somebody chose."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping

from svcctl.errors import NotFound, OutcomeUnknown, Refused, StorageFault, SvcError
from svcctl.store import faults
from svcctl.store.codec import sha256
from svcctl.store.files import Root
from svcctl.texts import Text

LARGEST = 50 << 20  # bytes


def look(path: str) -> tuple[str, bytes]:
    """A file's place in a ledger, ``files/ab/abcdef….jpg``, and its content. Raises NotFound, Refused, StorageFault.

    What was read is what is hashed and later written, so a file that changes meanwhile does no harm.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise NotFound(Text("没有这个文件", "there is no such file"), where=path) from None
    except OSError as error:
        raise faults.read_fault(error, path) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Refused(Text("附件必须是普通文件", "an attachment has to be a regular file"), where=path)
    with open(fd, "rb") as file:
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
    return f"files/{digest[:2]}/{digest}{ending}", data


@contextlib.contextmanager
def kept(root: Root, files: Mapping[str, bytes]) -> Iterator[None]:
    """The files are in the ledger while the entry that names them is written; they are taken out again if it is not.

    Raises Refused, StorageFault.
    """
    new = [rel for rel in files if root.stat(rel) is None]
    try:
        for rel in new:
            _keep(root, rel, files[rel])
        yield
    except OutcomeUnknown:  # the entry may be there
        raise
    except SvcError:
        for rel in new:
            folder, _, name = rel.rpartition("/")
            with contextlib.suppress(OSError, SvcError), root.folder(folder) as here:
                here.unlink(name)
        raise


def _keep(root: Root, rel: str, data: bytes) -> None:
    try:
        root.replace(rel, data)
    except OutcomeUnknown as error:  # of the file; the entry that is to name it has not been written
        what = Text("附件没有存妥", "the attachment could not be kept").joined(error.what, "：", ": ")
        raise StorageFault(what.joined(faults.NOTHING_RECORDED, "，", "; "), where=rel) from error
