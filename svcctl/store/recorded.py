"""A desk's own time line: ``recorded`` never goes back, even if the clock does or ``.svcctl`` is lost."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from svcctl.errors import SvcError
from svcctl.store.files import Root, desk_of, told

_TICK = timedelta(microseconds=1)
_TAIL = 1 << 16  # bytes; holds the last entries of a file
_LINE = rb'(?m)^recorded: ("[^"\n]{10,40}")$'
_BOOT = "/proc/sys/kernel/random/boot_id"
_WIDTH = 120  # the state is overwritten in place; one length, so that one write replaces all of it


class DeskTime:
    """The last ``recorded`` of a desk, kept in ``.svcctl``. Used under the ledger's lock only."""

    def __init__(self, root: Root, desk: str) -> None:
        self._root = root
        self._desk = desk
        self._name = f"recorded.{desk}" if desk else "recorded"
        self._last: datetime | None = None
        self._saved: datetime | None = None
        self._loaded = False
        self._boot = _boot()

    def next(self, now: datetime) -> datetime:
        """The later of ``now`` and a microsecond after the last one given or stored, in the zone of ``now``."""
        self._load()
        if self._last is not None and now <= self._last:
            now = (self._last + _TICK).astimezone(now.tzinfo)
        self._last = now
        return now

    def reserve(self, values: Iterable[object]) -> None:
        """Keep the latest of these ``recorded`` texts, before their entries are written.

        Before, so that a crash in between only leaves a gap. If it cannot be kept, the old state is removed: the next
        writer then asks the files.
        """
        self._load()
        latest = max((t for t in map(_time, values) if t is not None), default=None)
        if latest is not None and (self._last is None or latest > self._last):
            self._last = latest
        if self._last is None or self._last == self._saved:
            return
        state = json.dumps({"boot": self._boot, "recorded": self._last.isoformat()})
        try:
            self._root.state_put(self._name, state.ljust(_WIDTH).encode() + b"\n")
            self._saved = self._last
        except SvcError:
            with contextlib.suppress(OSError, SvcError):
                self._root.state_drop(self._name)

    def _load(self) -> None:
        if self._loaded:
            return
        self._last = self._saved = self._state()
        if self._last is None:
            self._last = self._from_files()
        self._loaded = True

    def _state(self) -> datetime | None:
        state = told(self._root.state_read(self._name))
        # The state is not synced: after a power cut it may be older than the entries.
        return _time(state.get("recorded")) if state.get("boot") == self._boot else None

    def _from_files(self) -> datetime | None:
        latest: datetime | None = None
        for rel in self._root.month_files():
            if desk_of(rel) == self._desk:
                latest = max(filter(None, (latest, self._latest_in(rel))), default=None)
        return latest

    def _latest_in(self, rel: str) -> datetime | None:
        try:
            found = re.findall(_LINE, self._root.read(rel, -_TAIL)) or re.findall(_LINE, self._root.read(rel))
        except SvcError:
            return None  # whoever writes to that file is told; the time line goes on from the others
        times = (_time(json.loads(text.decode("ascii", "replace"))) for text in found)
        return max(filter(None, times), default=None)


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _boot() -> str:
    try:
        fd = os.open(_BOOT, os.O_RDONLY)
        try:
            return os.read(fd, 64).strip().decode()
        finally:
            os.close(fd)
    except OSError:
        return ""
