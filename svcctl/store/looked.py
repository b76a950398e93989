"""Which months were seen sealed, kept in ``.svcctl``: so that a last seal whose file is deleted whole is missed here.

Of nothing else in the ledger does it follow that there was one. The memory is of this place only, may be lost at any
time, and nothing fails without it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping

from svcctl.errors import SvcError
from svcctl.store.desk import place
from svcctl.store.files import Root, told

_FILE = "sealed.json"


def sealed_before(root: Root) -> dict[str, str]:
    """The months that were ever seen sealed from here, with the file that the seal stood in."""
    try:
        kept = told(root.state_read(_FILE))
    except SvcError:
        return {}
    months = kept.get("months")
    if kept.get("path") != place(root) or not isinstance(months, dict):
        return {}  # of another ledger, or of this one before it was moved or copied
    return {month: str(months[month]) for month in sorted(months)}


def remember(root: Root, now: Mapping[str, str]) -> None:
    """Add the months that are sealed now, with their files. Those that are gone stay, until they are sealed again."""
    before = sealed_before(root)
    after = before | dict(now)
    with contextlib.suppress(SvcError):
        if after != before and root.writable():
            root.state_write(_FILE, json.dumps({"path": place(root), "months": after}).encode() + b"\n")
