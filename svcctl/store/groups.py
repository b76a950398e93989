"""Groups: entries that are all there or none, over any number of files, through a crash at any moment.

A group is written whole to ``.svcctl/pending``; the rename of that file is the moment it counts. Then its entries go
to their files, each only if its id is not there, and the group's file is removed. Readers lay a pending group over
what they read.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from svcctl.errors import NotFound, Refused, SvcError
from svcctl.store import codec, faults
from svcctl.store.files import STATE, Root, is_month_file, told
from svcctl.store.folder import Folder, write_all
from svcctl.texts import Text

PENDING = f"{STATE}/pending"
_GROUP = ".group"
_TEMP = ".tmp"
_NOT_OURS = Text("待完成的批次文件不合规，未采用", "a pending group that is not in order; it was not used")
_TODO = Text("请查明来历后移走", "Find out where it comes from and move it away")


class PendingGroup(NamedTuple):
    """A committed group whose entries may not all be in their files yet.

    ``files``: path and bytes (whole documents) for each; none if there is a ``problem``: then it must not be used.
    """

    name: str
    files: tuple[tuple[str, bytes], ...]
    problem: SvcError | None = None


def pending(root: Root) -> list[PendingGroup]:
    """The groups that are committed and not yet wholly in their files, oldest first. Writes nothing."""
    names = [name for name in root.listdir(PENDING) if name.endswith(_GROUP) and name != _GROUP]
    found = []
    for name in names:
        try:
            found.append(PendingGroup(name, _parse(root.read(f"{PENDING}/{name}"))))
        except NotFound:
            continue  # completed since it was listed
        except (ValueError, KeyError, TypeError):
            problem = Refused(_NOT_OURS, where=f"{PENDING}/{_shown(name)}", todo=_TODO)
            found.append(PendingGroup(name, (), problem))
        except SvcError as error:
            found.append(PendingGroup(name, (), error))
    return found


def overlay(rel: str, data: bytes, groups: Iterable[PendingGroup]) -> bytes:
    """The bytes ``data`` of the file ``rel`` as they will be once ``groups`` are completed."""
    for group in groups:
        for path, added in group.files:
            if path == rel:
                cut = codec.torn_tail(data)
                data = data if cut is None else data[:cut]
                data += without(added, ids_in(data))[0]
    return data


def ids_in(data: bytes) -> set[str]:
    """The ids of all documents that can be read."""
    return {str(piece.doc["id"]) for piece in codec.pieces(data) if piece.doc is not None and "id" in piece.doc}


def without(data: bytes, ids: set[str]) -> tuple[bytes, list[str]]:
    """The documents of ``data`` whose id is not among ``ids``, as bytes, and their ids."""
    left = [(data[p.start : p.end], str(p.doc["id"])) for p in codec.pieces(data) if p.doc is not None]
    left = [(part, name) for part, name in left if name not in ids]
    return b"".join(part for part, _ in left), [name for _, name in left]


def commit(root: Root, files: Sequence[tuple[str, bytes]], ids: list[str]) -> str:
    """Write a group and make it count; the name of its file.

    Raises StorageFault if nothing was written, OutcomeUnknown if it may count.
    """
    name = f"{time.time_ns():016x}-{os.urandom(4).hex()}"
    try:
        with root.folder(PENDING, make=True) as folder:
            _stage(folder, name + _TEMP, files)
            try:
                folder.replace(name + _TEMP, name + _GROUP)
            except OSError as error:
                folder.discard(name + _TEMP)
                if not folder.drop(name + _GROUP):  # a rename can fail and be done all the same
                    raise faults.outcome_unknown(PENDING, ids, faults.words(error)) from error
                raise
            _settle(root, folder, name + _GROUP, ids)
    except OSError as error:
        raise faults.write_fault(error, PENDING) from error
    return name + _GROUP


def _stage(folder: Folder, name: str, files: Sequence[tuple[str, bytes]]) -> None:
    listed = [[rel, len(data)] for rel, data in files]
    manifest = {"files": listed, "sha256": _digest(listed, [data for _, data in files])}
    try:
        fd = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, writing=True)
        try:
            write_all(fd, json.dumps(manifest).encode() + b"\n")
            for _, data in files:
                write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
    except BaseException:
        folder.discard(name)
        raise


def _settle(root: Root, folder: Folder, name: str, ids: list[str]) -> None:
    """Make the rename durable, and the folders on the way: an earlier writer may have died before it synced them."""
    try:
        folder.sync()
        for above in (STATE, ""):
            with root.folder(above) as here:
                here.sync()
    except (OSError, SvcError) as error:
        folder.discard(name)
        why = error.what if isinstance(error, SvcError) else faults.words(error)
        raise faults.outcome_unknown(PENDING, ids, why) from error


def remove(root: Root, name: str) -> None:
    """Remove the file of a completed group. If that fails it is completed again, which changes nothing."""
    with contextlib.suppress(OSError, SvcError), root.folder(PENDING) as folder:
        folder.unlink(name)
        folder.sync()


def sweep(root: Root) -> None:
    """Remove what a crash before the commit left. Under the ledger's lock only."""
    leftovers = [name for name in root.listdir(PENDING) if name.endswith(_TEMP)]
    if leftovers:
        with root.folder(PENDING) as folder:
            for name in leftovers:
                folder.discard(name)


def _parse(content: bytes) -> tuple[tuple[str, bytes], ...]:
    line, _, raw = content.partition(b"\n")
    manifest = told(line)
    listed = manifest["files"]
    parts: list[tuple[str, bytes]] = []
    start = 0
    for rel, size in listed:
        if not (isinstance(rel, str) and is_month_file(rel) and isinstance(size, int) and size > 0):
            raise ValueError(rel)
        parts.append((rel, raw[start : start + size]))
        start += size
    if start != len(raw) or manifest["sha256"] != _digest(listed, [data for _, data in parts]):
        raise ValueError(start)
    if any(
        p.problem is not None or p.doc is None or "id" not in p.doc for _, data in parts for p in codec.pieces(data)
    ):
        raise ValueError(line)
    return tuple(parts)


def _digest(listed: list[list[object]], parts: list[bytes]) -> str:
    digest = codec.sha256(json.dumps(listed).encode() + b"\n")
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _shown(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()
