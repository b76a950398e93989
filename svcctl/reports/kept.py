"""A source that reads the stretches of time a report needs once, and answers every smaller question from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from svcctl import account
from svcctl.entry import CORRECTIONS, Entry, Noun
from svcctl.fold import Case, fold
from svcctl.ledger import History, Source
from svcctl.seal import Seal, Seals
from svcctl.site import Site
from svcctl.texts import Text

Span = tuple[datetime, datetime]  # half-open


class _Life(NamedTuple):
    """The entries of a record, when it was opened, and until when it can matter (None: it is open)."""

    entries: Sequence[Entry]
    first: datetime
    last: datetime | None


class Kept:
    """``source`` with what lies in ``spans``, as far as was known at ``known_at``, kept once it has been read.

    Questions beyond them, or about another state of knowledge, go to the source.
    """

    def __init__(self, source: Source, spans: Sequence[Span], known_at: datetime | None = None) -> None:
        self._source = source
        self._spans = spans
        self._known_at = known_at
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

    def unfinished(self, cut: datetime) -> list[Text]:
        """``ledger.Source.unfinished``."""
        return self._source.unfinished(cut)

    @property
    def seals(self) -> Seals:
        """``ledger.Source.seals``."""
        return self._source.seals

    def site_of(self, seal: Seal) -> Site:
        """``ledger.Source.site_of``."""
        return self._source.site_of(seal)

    def belated(self, start: datetime, end: datetime, before: datetime) -> Iterable[Entry]:
        """``ledger.Source.belated``."""
        return self._source.belated(start, end, before)

    def record_with(self, entry: str) -> Sequence[Entry]:
        """``ledger.Source.record_with``."""
        return self._source.record_with(entry)

    def histories(
        self, kind: str, start: datetime, end: datetime, known_at: datetime | None = None
    ) -> Iterable[Sequence[Entry]]:
        """``ledger.Source.histories``."""
        span = next((s for s in self._spans if s[0] <= start and end <= s[1]), None)
        if span is None or known_at != self._known_at:
            return self._source.histories(kind, start, end, known_at)
        if (kind, span) not in self._found:
            noun = self.noun(kind)
            read = self._source.histories(kind, *span, known_at)
            made = _in_accounts(noun, read) if noun.account_field else [_life(noun, entries) for entries in read]
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


def _in_accounts(noun: Noun[Any], read: Iterable[Sequence[Entry]]) -> list[_Life | None]:
    """Records live as long as what they bear on. Where something was corrected, an earlier state of knowledge may have
    seen any of the account, so all of it is kept."""
    histories: dict[str, History] = {}
    cases: list[Case[Any]] = []
    for found in read:
        entries = History(found)
        case = entries.whole(noun)
        if case is not None:
            histories[case.id] = entries
            cases.append(case)
    made: list[_Life | None] = []
    for several in account.grouped(noun, cases).values():
        certain = not any(e.event in CORRECTIONS for case in several for e in histories[case.id])
        reach = noun.reaches(several) if certain else {}
        for case in several:
            entries = histories[case.id]
            known = reach.get(case.id)
            ends = known is not None and not known.open and known.last is not None
            last = max(*(e.at for e in entries), known.last) if known is not None and known.last is not None and ends else None
            made.append(_Life(entries, case.opening.at, last))
    return made
