"""Which files were imported from here, kept in ``.svcctl``: so that it can be said when rows without keys come again.

The memory is of this place only, may be lost at any time, and nothing fails without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json

from svcctl.errors import SvcError
from svcctl.store.desk import place
from svcctl.store.files import Root, told

_FILE = "imported.json"
_MOST = 200  # files that are remembered, the last ones
_CHUNK = 1 << 20


def digest(path: str, noun: str) -> str:
    """What stands for the bytes of a file, imported as records of a noun. Raises OSError."""
    found = hashlib.sha256(noun.encode() + b"\0")
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def imported(root: Root, name: str) -> str:
    """When a file, by its ``digest``, was last imported from here; "" if it is not known to have been."""
    return _known(root).get(name, "")


def remember(root: Root, name: str, moment: str) -> None:
    """Keep in mind that a file was imported."""
    files = {one: when for one, when in _known(root).items() if one != name} | {name: moment}
    with contextlib.suppress(SvcError):
        if root.writable():
            kept = dict(list(files.items())[-_MOST:])
            root.state_write(_FILE, json.dumps({"path": place(root), "files": kept}).encode() + b"\n")


def _known(root: Root) -> dict[str, str]:
    try:
        kept = told(root.state_read(_FILE))
    except SvcError:
        return {}
    files = kept.get("files")
    if kept.get("path") != place(root) or not isinstance(files, dict):
        return {}  # of another ledger, or of this one before it was moved or copied
    return {str(name): str(when) for name, when in files.items()}
