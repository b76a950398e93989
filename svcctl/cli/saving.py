"""Where a finished file goes, and what is said of it: for the commands that make workbooks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from svcctl import nouns
from svcctl.cli.session import Session
from svcctl.errors import Refused, StorageFault, Usage
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from svcctl.xlsx.save import Written


OURS = (".svcctl", ".git", "seals", "templates", *(listed.folder for listed in nouns.CATALOGUE.values()))
"""Folders of a ledger in which nothing else is put."""


def target(output: str | None, name: str, roots: Iterable[str] = ()) -> str:
    """The file to write: ``output``, or ``name`` in it if it is a folder.

    Raises Usage for what is no file of that sort, Refused for one among a ledger's own; ``roots`` are the ledgers' folders.
    """
    if output is None:
        return name
    ending = os.path.splitext(name)[1]
    folder = output.endswith(("/", os.sep)) or os.path.isdir(output)
    if not output or output == "-" or not (folder or os.path.splitext(output)[1].lower() in ("", ending)):
        raise Usage(Text("文件名", "the file's name"), where="-o", expected=same(f"….{ending[1:]}"), got=output)
    path = os.path.join(output, name) if folder else output
    for root in roots:
        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).split(os.sep)
        if inside[0] in OURS and len(inside) > 1:
            raise Refused(
                Text("台账自己的目录里不放别的文件", "no other file is put among those of the ledger"), where="-o", got=path,
                todo=Text("写到别的目录", "Write it to another folder"),
            )  # fmt: skip
    return path


def save(session: Session, data: bytes | Written, path: str, mode: str | None = None) -> None:
    """Put a file in its place, whole or not at all, its folder too, and print where. ``mode``: octal digits, 0600 unless given.

    Raises Usage for a mode that is none, Refused, StorageFault.
    """
    from svcctl.xlsx.save import save as put

    bits = _bits(mode)
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        try:
            os.makedirs(folder, mode=0o700)
        except OSError as error:
            raise StorageFault(Text("建不了目录", "the folder cannot be made"), where=folder, got=error.strerror) from error
    written = put(data, path, bits)
    session.out(path)
    if not written:
        session.note(Text("内容没有变化，文件没有重写", "nothing has changed; the file was not written again"))


def _bits(mode: str | None) -> int | None:
    try:
        bits = None if mode is None else int(mode, 8)
    except ValueError:
        bits = -1
    if bits is not None and not 0 <= bits <= 0o777:
        raise Usage(Text("权限", "permissions"), where="--mode", expected=Text("八进制，如 0640", "octal, such as 0640"), got=mode)
    return bits
