"""Where a finished file goes, and what is said of it: for the commands that make workbooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from svcctl.cli.session import Session
from svcctl.errors import StorageFault, Usage
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.xlsx.save import Written


def target(output: str | None, name: str) -> str:
    """The file to write: ``output``, or ``name`` in it if it is a folder."""
    if not output:
        return name
    if output.endswith(("/", os.sep)) or os.path.isdir(output):
        return os.path.join(output, name)
    return output


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
