"""What svcctl remembers for a person on this machine: who is on duty, and the rows of the last list of a terminal.

Kept outside the ledger, in the user's own state folder: it is nobody else's business, and a ledger may be read-only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from svcctl.errors import StorageFault
from svcctl.site import Site
from svcctl.texts import Text

LONGEST = timedelta(hours=12)


def _folder(environ: Mapping[str, str]) -> str:
    base = environ.get("XDG_STATE_HOME") or environ.get("LOCALAPPDATA")
    if not base:
        home = environ.get("HOME") or os.path.expanduser("~")
        base = os.path.join(home, ".local", "state")
    return os.path.join(base, "svcctl")


def _file(environ: Mapping[str, str], ledger: str, sort: str) -> str:
    from svcctl.store.codec import sha256

    name = sha256(os.fsencode(os.path.realpath(ledger))).hexdigest()[:16]
    return os.path.join(_folder(environ), f"{name}-{sort}.json")


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: str, content: dict[str, Any]) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
    os.replace(temporary, path)


def on_duty(environ: Mapping[str, str], ledger: str, now: datetime) -> str:
    """Who said to be on duty, if that still holds."""
    found = _read(_file(environ, ledger, "duty"))
    with contextlib.suppress(KeyError, ValueError, TypeError):
        if datetime.fromisoformat(found["from"]) <= now < datetime.fromisoformat(found["until"]):
            return str(found["name"])
    return ""


def take_duty(environ: Mapping[str, str], ledger: str, name: str, now: datetime, until: datetime) -> None:
    """Remember who is on duty. Raises StorageFault."""
    content = {"name": name, "from": now.isoformat(), "until": until.isoformat()}
    path = _file(environ, ledger, "duty")
    try:
        _write(path, content)
    except OSError as error:
        raise StorageFault(
            Text("记不下谁当班", "who is on duty cannot be kept"), where=os.path.dirname(path), got=error.strerror,
            todo=Text("用 --by，或设 $SVCCTL_BY", "Use --by, or set $SVCCTL_BY"),
        ) from error  # fmt: skip


def shift_end(site: Site, now: datetime) -> datetime:
    """When the shift that runs now ends: the first to end of all points', at most 12 hours from now."""
    ends = [now + LONGEST]
    for point in site.points.values():
        for shift in point.shifts:
            for days in (-1, 0):
                day = (now + timedelta(days=days)).date()
                start = _at(day, shift.start, now)
                end = _at(day, shift.end, now)
                if end <= start:
                    end += timedelta(days=1)
                if start <= now < end:
                    ends.append(end)
    return min(ends)


def _at(day: Any, clock: str, now: datetime) -> datetime:
    hour, minute = clock.split(":")
    return now.replace(
        year=day.year, month=day.month, day=day.day, hour=int(hour), minute=int(minute), second=0, microsecond=0
    )


def _terminal() -> str:
    for stream in (sys.stdin, sys.stderr, sys.stdout):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            return os.ttyname(stream.fileno()).strip("/").replace("/", "-")
    return f"session-{os.getsid(0)}" if hasattr(os, "getsid") else "session"


def keep_rows(environ: Mapping[str, str], ledger: str, ids: Sequence[str]) -> None:
    """Remember the ids of the list just shown, for ``@N``. Where that is not possible only a convenience is missing."""
    with contextlib.suppress(OSError):
        _write(_file(environ, ledger, f"rows-{_terminal()}"), {"rows": list(ids)})


def rows(environ: Mapping[str, str], ledger: str) -> list[str]:
    """The ids of the last list shown on this terminal."""
    found = _read(_file(environ, ledger, f"rows-{_terminal()}")).get("rows")
    return [str(i) for i in found] if isinstance(found, list) else []
