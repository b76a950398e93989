"""The records of a ledger as domain code sees them: where they come from, and through which window they are looked at.

No input or output: the store implements ``Source``, tests implement it with a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from svcctl.account import reaching
from svcctl.entry import Entry, Noun
from svcctl.fold import Case, fold
from svcctl.period import Period
from svcctl.site import Site
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.seal import Seal, Seals


class Source(Protocol):
    """Gives the entries of records, typed. ``noun`` loads a noun's declaration."""

    @property
    def site(self) -> Site:
        """The site with its policy."""
        ...

    def noun(self, kind: str) -> Noun[Any]:
        """The declaration of that noun."""
        ...

    def histories(
        self, kind: str, start: datetime, end: datetime, known_at: datetime | None = None
    ) -> Iterable[Sequence[Entry]]:
        """All entries of each record that can matter between two moments, as far as was known at ``known_at`` (or now).

        That is at least every record opened before ``end`` that is open or whose ``horizon`` is not before
        ``start``; more may come, in any order. Entries recorded after ``known_at`` come too.
        """
        ...

    @property
    def seals(self) -> Seals:
        """The seals of months."""
        ...

    def site_of(self, seal: Seal) -> Site:
        """The site under the settings in force when a seal was made."""
        ...

    def belated(self, start: datetime, end: datetime, before: datetime) -> Iterable[Entry]:
        """The entries recorded in ``[start, end)`` of records opened before a moment, in any order."""
        ...

    def record_with(self, entry: str) -> Sequence[Entry]:
        """All entries of the record that an entry belongs to, its opening first; none if there is no such entry."""
        ...

    def warnings(self) -> list[Text]:
        """What a reader has to know: damaged files, documents that could not be read."""
        ...

    def unfinished(self, cut: datetime) -> list[Text]:
        """What stands unfinished at the end of files, of months up to that of ``cut``: no damage, but not counted."""
        ...


class History(tuple[Entry, ...]):
    """The entries of a record that are asked about more than once: what all of them come to is kept."""

    _whole: Case[Any] | None
    _last: datetime

    def folded(self, noun: Noun[Any], as_of: datetime, known_at: datetime | None) -> Case[Any] | None:
        """``fold`` of the entries; the same one again where neither cut leaves any of them out."""
        whole = self.whole(noun)
        if known_at is None and self._last <= as_of:
            return whole
        return fold(noun, self, as_of=as_of, known_at=known_at)

    def whole(self, noun: Noun[Any]) -> Case[Any] | None:
        """What all of the entries come to."""
        if not hasattr(self, "_last"):
            self._last = max(e.at for e in self)
            self._whole = fold(noun, self)
        return self._whole


def folded(
    noun: Noun[Any], entries: Sequence[Entry], as_of: datetime, known_at: datetime | None
) -> Case[Any] | None:
    """``fold`` of a record's entries, not done again where a ``History`` has done it."""
    if isinstance(entries, History):
        return entries.folded(noun, as_of, known_at)
    return fold(noun, entries, as_of=as_of, known_at=known_at)


class Window(NamedTuple):
    """What a figure looks at: the period ``[start, end)`` as of a moment, as far as it was known at another.

    ``as_of`` is inclusive, as is ``known_at``; ``cut`` is the last second of the period that counts. ``now`` is the
    moment of asking where no as-of was asked for; None where one was. ``sealed``: the seal whose knowledge this is.
    """

    period: Period
    as_of: datetime
    known_at: datetime | None
    site: Site
    now: datetime | None = None
    sealed: Seal | None = None

    @property
    def start(self) -> datetime:
        """The first second of the period."""
        return self.period.start

    @property
    def end(self) -> datetime:
        """The first second after the period."""
        return self.period.end

    @property
    def cut(self) -> datetime:
        """The earlier of the as-of and the period's last second."""
        return min(self.as_of, self.period.end - timedelta(seconds=1))

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment lies in the period and not after the as-of."""
        return moment is not None and self.period.start <= moment <= self.cut


def window(
    site: Site, period: Period, now: datetime, as_of: datetime | None = None, known_at: datetime | None = None
) -> Window:
    """The window on a period: as of what is asked for, else the period's end, or ``now`` while it runs."""
    if as_of is not None:
        return Window(period, as_of, known_at, site)
    return Window(period, min(now, period.end - timedelta(seconds=1)), known_at, site, now)


SLACK = timedelta(days=45)  # what a measure may look back from a record's last moment: 30 days for rework, and a margin


def slack(site: Site) -> timedelta:
    """How long after its last moment a record can still matter: for rework, or for a call back that is due."""
    within: timedelta = site.policy["complaint"]["callback_within"]
    return max(SLACK, within + timedelta(days=1))


def cases(source: Source, kind: str, win: Window) -> list[Case[Any]]:
    """The records that matter in a window, folded as of it, in the order of their opening.

    The same entries up to the as-of (and known-at) give the same list, whatever came later and however it is stored.
    """
    noun = source.noun(kind)
    since = win.start - slack(win.site)
    found = []
    for entries in source.histories(kind, since, win.end, win.known_at):
        case = folded(noun, entries, win.as_of, win.known_at)
        if case is not None and not case.voided and case.opening.at < win.end:
            found.append(case)
    return reaching(noun, sorted(found, key=lambda c: (c.opening.at, c.opening.recorded, c.id)), since, win.site)
