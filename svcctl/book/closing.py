"""What is recorded into a month that is sealed: refused, or marked as late and stored with what is recorded now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from svcctl.book.filing import of_entry
from svcctl.book.open import Book
from svcctl.entry import CORRECTIONS, Entry, Place
from svcctl.errors import Refused
from svcctl.seal import FOLDER, Closed, Filed, gone_text, month_of, way_back
from svcctl.store.looked import sealed_before
from svcctl.store.seals import read_seals
from svcctl.texts import Text

_SEALED = Text("{month} 已由{by}于 {when} 结账", "{month} was sealed by {by} on {when}")
_LATE = Text("补录请写明原因：--late 原因", "To record it late, say why: --late REASON")
_CLOCK = Text("时钟指向已结账的 {month}", "the clock stands in {month}, which is sealed")
_UNREAD = Text(
    "{month} 的结账记录有损坏，无法判断是否已结账",
    "the seal of {month} is damaged, so whether that month is sealed cannot be told",
)
_CHECK = Text("请运行 svcctl check 查看", "Look with svcctl check")
_SET_RIGHT = Text("请先校准时钟", "Set the clock right first")


class Sealed(Refused):
    """It belongs to a sealed month, and no reason was given why it comes late."""


class Closing:
    """The sealed months, as far as they are asked about. ``files`` are those of the seals, as they are now.

    A month whose seal is known to be missing is neither sealed nor open: nothing is recorded into it until that is settled.
    """

    def __init__(self, book: Book, files: list[str]) -> None:
        self._book = book
        self._files = files
        self._closed: dict[str, Closed | None] = {}
        self._before: dict[str, str] | None = None  # the months that were once seen sealed, with the files of their seals

    def late(
        self, event: str, of: str, at: datetime, recorded: datetime, late: str, target: Callable[[str], Entry | None]
    ) -> str:
        """Why an entry is late: ``late`` if it belongs to a sealed month, else nothing. Raises Refused if none was given.

        ``target`` finds the entry that a correction corrects.
        """
        zone = self._book.site.zone

        def above(name: str) -> Filed | None:
            entry = target(name)
            # Also one that came late itself is about the month it lies in, whose figures its correction changes.
            return None if entry is None else of_entry(entry)._replace(late="")

        month = month_of(Filed("", "", event, of, at, recorded, "", "", Place("", 0)), zone, above)
        closed = self._of(month)
        if closed is None:
            return ""
        if not late:
            when = f"{closed.seal.at.astimezone(zone):%Y-%m-%d}"
            what = _SEALED.fill(month=month, by=closed.seal.by, when=when)
            raise Sealed(what, where=of if event in CORRECTIONS else "--at", todo=_LATE)
        month = f"{recorded.astimezone(zone):%Y-%m}"
        if self._of(month) is not None:
            raise Refused(_CLOCK.fill(month=month), todo=_SET_RIGHT)
        return late

    def _of(self, month: str) -> Closed | None:
        if month not in self._closed:
            self._closed[month] = self._read(month)
        return self._closed[month]

    def _read(self, month: str) -> Closed | None:
        if not any(rel.startswith(f"{FOLDER}/{month}") for rel in self._files):
            self._not_gone(month)
            return None
        found = read_seals(self._book.root, still=self._book.still, month=month)
        closed = found.seals.closed.get(month)
        damage = next((f for f in found.findings if f.damage or f.code == "torn"), None)
        if closed is None and damage is not None:
            raise Refused(_UNREAD.fill(month=month), where=f"{damage.file}:{damage.line}", todo=_CHECK)
        if closed is None:
            self._not_gone(month)
        return closed

    def _not_gone(self, month: str) -> None:
        """Raise Refused if a month without a seal had one."""
        if self._before is None:
            self._before = sealed_before(self._book.root)
        if month in self._before:
            raise Refused(gone_text(month), where=self._before[month], todo=way_back(month, self._before[month]))
