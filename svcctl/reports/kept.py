"""A source that reads the stretches of time a report needs once, and answers every smaller question from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from svcctl.entry import CORRECTIONS, Entry, Noun
from svcctl.fold import fold
from svcctl.ledger import History, Source
from svcctl.site import Site
from svcctl.texts import Text

Span = tuple[datetime, datetime]  # half-open


class _Life(NamedTuple):
    """The entries of a record, when it was opened, and until when it can matter (None: it is open)."""

    entries: Sequence[Entry]
    first: datetime
    last: datetime | None


class Kept:
    """``source`` with what lies in ``spans`` kept once it has been read. Questions beyond them go to the source."""

    def __init__(self, source: Source, spans: Sequence[Span]) -> None:
        self._source = source
        self._spans = spans
        self._found: dict[tuple[str, Span], list[_Life]] = {}

    @property
    def site(self) -> Site:
        """The site with its policy."""
        return self._source.site

    def noun(self, kind: str) -> Noun[Any]:
        """The declaration of that noun."""
        return self._source.noun(kind)

    def warnings(self) -> list[Text]:
        """What could not be read."""
        return self._source.warnings()

    def histories(self, kind: str, start: datetime, end: datetime) -> Iterable[Sequence[Entry]]:
        """``ledger.Source.histories``."""
        span = next((s for s in self._spans if s[0] <= start and end <= s[1]), None)
        if span is None:
            return self._source.histories(kind, start, end)
        if (kind, span) not in self._found:
            noun = self.noun(kind)
            made = (_life(noun, entries) for entries in self._source.histories(kind, *span))
            self._found[kind, span] = [life for life in made if life is not None]
        lives = self._found[kind, span]
        return [life.entries for life in lives if life.first < end and (life.last is None or life.last >= start)]


def _life(noun: Noun[Any], found: Sequence[Entry]) -> _Life | None:
    """With and without its corrections, so that an earlier state of knowledge finds it too."""
    entries = History(found)
    plain = [e for e in entries if e.event not in CORRECTIONS]
    states = [entries.whole(noun)]
    if len(plain) < len(entries):
        states.append(fold(noun, plain))
    cases = [case for case in states if case is not None]
    if not cases:
        return None
    if any(noun.is_open(case.state) and not case.voided for case in cases):
        return _Life(entries, cases[-1].opening.at, None)
    last = max(*(e.at for e in entries), *(noun.horizon(case.state) for case in cases))
    return _Life(entries, cases[-1].opening.at, last)
