"""Kept files: bytes set aside beside a month file, where no reader looks at them and git does not take them.

What is set aside is on the disk before anything is cut, and the same bytes are never kept twice, so that a crash in
between loses nothing and repeating it adds nothing. Also the rewriting of month files that needs this.
"""

from __future__ import annotations

import os
import time

from svcctl.errors import SvcError
from svcctl.store import faults
from svcctl.store.files import STATE, Root
from svcctl.store.folder import Folder, read_all, write_all

TORN = "torn"  # the end of a write that was interrupted
DAMAGED = "damaged"  # documents that could not be believed
ASIDE = "aside"  # copies of documents that stay, and other contents of their ids
MARKS = (f".{TORN}-", f".{DAMAGED}-", f".{ASIDE}-", ".rejected.csv")  # of the names of files that hold what the ledger does not show
_TEMP = ".tmp"


def keep(folder: Folder, name: str, sort: str, data: bytes) -> str:
    """Keep ``data`` durably as ``NAME.SORT-TIME`` in the folder, unless such a file holds it already; its name.

    Raises OSError, Refused, StorageFault; then nothing new is there.
    """
    prefix = f"{name}.{sort}-"
    taken = [one for one in folder.names() if one.startswith(prefix)]
    for one in taken:
        if one.endswith(_TEMP):
            folder.discard(one)  # a crash while it was being kept; the bytes themselves are where they were
    found = next((one for one in taken if _holds(folder, one, data)), None)
    if found is not None:
        return found
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (f"{prefix}{stamp}{'' if i == 1 else f'-{i}'}" for i in range(1, 1 << 30))
    kept = next(one for one in names if one not in taken)
    _write(folder, kept, data)
    folder.sync()
    return kept


def _write(folder: Folder, kept: str, data: bytes) -> None:
    temp = kept + _TEMP
    fd = folder.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, writing=True)
    try:
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        folder.replace(temp, kept)
    except OSError:
        folder.discard(temp)
        raise


def _holds(folder: Folder, name: str, data: bytes) -> bool:
    try:
        if folder.stat(name).st_size != len(data):
            return False
        fd = folder.open(name, os.O_RDONLY)
    except (OSError, SvcError):
        return False
    try:
        return read_all(fd) == data
    finally:
        os.close(fd)


def held(root: Root, rel: str) -> bytes:
    """The bytes of a file that is to be rewritten. Refused for a link or a file with several names, StorageFault."""
    folder, _, name = rel.rpartition("/")
    try:
        with root.folder(folder) as here:
            fd = here.open(name, os.O_RDWR, writing=True)
            try:
                return read_all(fd)
            finally:
                os.close(fd)
    except OSError as error:
        raise faults.write_fault(error, rel) from error


def sweep(root: Root) -> None:
    """Remove what a crash left of rewritten month files, under the ledger's lock: it holds what people typed.

    Whoever holds the lock is the only one who has such a file.
    """
    for folder in {rel.partition("/")[0] for rel in root.month_files()}:
        with root.folder(folder) as here:
            for name in here.names():
                if name.startswith(".") and name.endswith(_TEMP) and ".yaml." in name:
                    here.discard(name)


def files(root: Root) -> list[str]:
    """Every kept file and every file of rejected rows in the ledger's root, its folders and among pending groups."""
    found = []
    for folder in ("", *(n for n in root.listdir() if not n.startswith(".")), f"{STATE}/pending"):
        try:
            with root.folder(folder) as here:
                names = here.names()
        except (OSError, SvcError):  # no folder at all
            continue
        inside = [here.where(name) for name in names]
        pending = folder.startswith(STATE)
        found += [rel for rel in inside if pending or any(mark in rel for mark in MARKS)]
    return found
