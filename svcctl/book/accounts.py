"""The accounts that entries are recorded into: what is in them so far, and whether one more entry can stand in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from svcctl import account
from svcctl.book.open import Book
from svcctl.entry import Account, Entry, Noun
from svcctl.errors import Refused
from svcctl.fold import fold
from svcctl.texts import Text

_IN_THE_WAY = Text(
    "会使已有的 {id} 不成立：{why}", "{id}, which is there already, would become impossible: {why}"
)
_OTHER_TIME = Text("换一个 --at，或先作废那一条", "Use another --at, or void that entry first")


class _Live(NamedTuple):
    """An account as it is: everything of it since ``since`` is posted, the last of it being ``last``."""

    account: Account
    since: datetime
    last: tuple[datetime, datetime, str] | None


class Accounts:
    """Keeps the accounts that are asked for while a ledger is written to, drafts included.

    ``entries`` gives the entries of a record, stored and drafted. An entry that comes after all others is posted onto
    what is there, so that an import of thousands goes through each account once.
    """

    def __init__(self, book: Book, entries: Callable[[str], list[Entry]]) -> None:
        self._book = book
        self._entries = entries
        self._live: dict[tuple[str, str], _Live] = {}
        self._records: dict[tuple[str, str], dict[str, None]] = {}  # that were drafted into an account

    def of(self, noun: Noun[Any], name: str, since: datetime) -> Account:
        """An account with everything in it that bears on what lives at ``since`` or later."""
        key = (noun.name, name)
        live = self._live.get(key)
        if live is None or since < live.since:
            live = self._live[key] = self._built(noun, name, since)
        return live.account

    def take(self, noun: Noun[Any], name: str, opening: Entry, entry: Entry) -> None:
        """Post an entry onto an account that was asked for. Refused if it, or a later one, would be impossible."""
        key = (noun.name, name)
        live = self._live[key]
        if live.last is not None and entry.order <= live.last:
            self.fits(noun, name, opening.id, entry, live.since)
        else:
            why = live.account.post(entry, opening)
            if why is None and entry is opening:
                why = live.account.flaws().get(entry.id)
            if why is not None:
                del self._live[key]
                raise Refused(why, where=entry.of)
            self._live[key] = live._replace(last=entry.order)
        self._records.setdefault(key, {})[opening.id] = None

    def fits(self, noun: Noun[Any], name: str, record: str, entry: Entry, since: datetime) -> None:
        """Refuse an entry of ``record``, a correction perhaps, with which something else would become impossible."""
        before, _ = self._wrong(noun, name, since)
        self._live.pop((noun.name, name), None)
        after, _ = self._wrong(noun, name, since, record, entry)
        for one, why in after.items():
            if one == entry.id:
                raise Refused(why, where=entry.of)
        for one, why in after.items():
            if one not in before:
                raise Refused(_IN_THE_WAY.fill(id=one, why=why), where=entry.of, todo=_OTHER_TIME)

    def forget(self) -> None:
        """Build every account anew when it is asked for."""
        self._live = {}

    def _built(self, noun: Noun[Any], name: str, since: datetime) -> _Live:
        cases = self._cases(noun, name, since)
        made, _ = account.posted(noun, cases, self._book.site)
        last = max((e.order for c in cases if not c.voided for e in c.entries), default=None)
        return _Live(made, since, last)

    def _wrong(
        self, noun: Noun[Any], name: str, since: datetime, record: str = "", entry: Entry | None = None
    ) -> tuple[dict[str, Text], Account]:
        """By id, what is impossible or flawed in an account, with ``entry`` of ``record`` in it if that is given."""
        made, idle = account.posted(noun, self._cases(noun, name, since, record, entry), self._book.site)
        return {**made.flaws(), **idle}, made

    def _cases(
        self, noun: Noun[Any], name: str, since: datetime, record: str = "", entry: Entry | None = None
    ) -> list[Any]:
        known = self._book.reader.account(noun.name, name, since)
        drafted = self._records.get((noun.name, name), {})
        records = dict.fromkeys([*known, *drafted, *([record] if record else [])])
        found = []
        for one in records:
            entries = self._entries(one)
            if entry is not None and one == record:
                entries = [*entries, entry]
            case = fold(noun, entries) if entries else None
            if case is not None:
                found.append(case)
        return found
