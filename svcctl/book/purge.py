"""Which records are over for so long that the personal data in them are no longer to be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from svcctl.book.open import Book
from svcctl.entry import Amend, Entry, Verb
from svcctl.fields import folded
from svcctl.fold import Case


class Over(NamedTuple):
    """A record whose personal data are to be erased: its noun, the last thing that happened, all of its entries."""

    id: str
    kind: str
    last: datetime
    entries: tuple[str, ...]


def over(book: Book, kind: str, keep: timedelta) -> Iterator[Over]:
    """The records of a noun that are closed, ended longer than ``keep`` ago and still hold personal data.

    One that ended exactly that long ago is still kept.
    """
    noun = book.noun(kind)
    personal = noun.personal()
    ends = _Ends(book)
    for case in book.cases(book.reader.all_records(kind)):
        if not any(_holds(entry, personal) for entry in case.history):
            continue
        last = ends.of(case)
        if last is not None and last + keep < book.now:
            yield Over(case.id, kind, last, tuple(entry.id for entry in case.history))


def _holds(entry: Entry, personal: frozenset[str]) -> bool:
    """Whether an entry has a value that could be erased."""
    if entry.erased:
        return False
    if isinstance(entry.data, Verb):
        return any(spec.name in personal and getattr(entry.data, spec.name) is not None for spec in entry.data.specs)
    return isinstance(entry.data, Amend) and bool(personal & entry.data.changes.keys())


class _Ends:
    """When records ended. A master record has no end of its own: it ends when it is voided, a tenant's file with the
    last of its leases."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._leases: Mapping[str, list[Any]] | None = None

    def of(self, case: Case[Any]) -> datetime | None:
        """The moment of the last thing that happened in a record; None while it is open."""
        last = max(entry.at for entry in case.history)
        if case.voided:
            return last
        if case.noun.short_name:
            end = self._let_until(case) if case.noun.name == "tenant" else None
            return None if end is None else max(last, end)
        return None if case.noun.is_open(case.state) else last

    def _let_until(self, tenant: Case[Any]) -> datetime | None:
        """The last second of a tenant's last lease; None while there is one, or something is owed, or none is known."""
        book = self._book
        if self._leases is None:
            self._leases = self._by_tenant()
        names = {str(v) for n in tenant.noun.short_name if (v := tenant.state.data.values().get(n))}
        leases = [lease for name in names for lease in self._leases.get(folded(name), ())]
        if not leases or any(lease.to is None for lease in leases):
            return None
        end = datetime.combine(max(lease.to for lease in leases), time(23, 59, 59), book.site.zone)
        owing = [case for name in names for case in book.cases(book.reader.account("fee", name))]
        busy = end >= book.now or any(not case.voided and case.noun.is_open(case.state) for case in owing)
        return None if busy else end

    def _by_tenant(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for case in self._book.cases(self._book.reader.all_records("lease")):
            if not case.voided:
                found.setdefault(folded(case.state.data.tenant), []).append(case.state.data)
        return found
