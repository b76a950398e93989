"""What a merge brought into sealed months and nobody has accepted yet, for ``today``: cheap to ask each time.

Without seals it costs nothing. With them the answer is kept in ``.svcctl`` as long as it cannot have changed: as long as
the files of the seals and of the months up to the last sealed one are the same, and no correction that leads back into
these has come. Else the seals are read, and the records with an entry that they do not list.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from svcctl import __version__, nouns
from svcctl.book.filing import of_stored
from svcctl.book.open import Book
from svcctl.entry import CORRECTIONS
from svcctl.errors import SvcError
from svcctl.seal import FOLDER, Filed, Seals, arrived, month_bounds
from svcctl.store import codec
from svcctl.store.files import told
from svcctl.store.looked import sealed_before

_FILE = "arrived.json"
_FAR = timedelta(days=36_500)
_SETTLED_NS = 2_000_000_000  # a file written within this time may change again without a sign of it


class Arrival(NamedTuple):
    """A closed month that ``number`` entries reached after it was sealed, and the record, with its noun, of the first."""

    month: str
    number: int
    record: str
    kind: str


def arrivals(book: Book) -> list[Arrival]:
    """The closed months with entries that a supplement has to accept, the earliest first. Raises as reading does."""
    seals = book.root.signatures(FOLDER)
    if not seals:
        if sealed_before(book.root):
            book.look_at_seals()
        return []
    last = max(rel[len(FOLDER) + 1 :][:7] for rel in seals)
    end = month_bounds(last, book.site.zone)[1]
    files = {rel: sign for rel, sign in book.root.signatures().items() if rel in seals or rel.rpartition("/")[2][:7] <= last}
    state = json.dumps([__version__, sorted((rel, *sign) for rel, sign in files.items()), _corrections(book, end)])
    digest = codec.sha256(state.encode()).hexdigest()
    kept = _kept(book, digest)
    if kept is not None:
        return kept
    found = _look(book)
    if max(sign.mtime_ns for sign in files.values()) < time.time_ns() - _SETTLED_NS and book.look_at_seals() and book.root.writable():
        with contextlib.suppress(SvcError):
            book.root.state_write(_FILE, json.dumps({"state": digest, "found": found}).encode())
    return found


def _kept(book: Book, digest: str) -> list[Arrival] | None:
    """The answer that was kept, if it is still the answer."""
    with contextlib.suppress(SvcError, KeyError, TypeError, ValueError):
        kept = told(book.root.state_read(_FILE))
        if kept["state"] == digest:
            return [Arrival(str(month), int(number), str(record), str(kind)) for month, number, record, kind in kept["found"]]
    return None


def _corrections(book: Book, end: datetime) -> list[str]:
    """The corrections of later months that may be about a record of the sealed ones; late ones are of their own month."""
    since = book.reader.belated(end - timedelta(days=1), end + _FAR, end)
    return [str(one.doc["id"]) for one in since if one.doc.get("event") in CORRECTIONS and "late" not in one.doc]


def _look(book: Book) -> list[Arrival]:
    seals = book.seals
    accepted = _accepted(seals)
    entries: dict[str, Filed] = {}
    for kind in nouns.CATALOGUE:
        for _, stored in book.reader.load(sorted(book.reader.beyond(kind, accepted))):
            entries.update((one.id, one) for one in of_stored(stored))
    came: dict[str, list[Filed]] = {}
    for month, entry in arrived(seals, entries, book.site.zone):
        came.setdefault(month, []).append(entry)
    return [_arrival(book, month, came[month]) for month in sorted(came)]


def _accepted(seals: Seals) -> set[str]:
    """What the seals list, but for what they list of a month that was closed before and that nobody has accepted there."""
    closed = seals.closed
    return {
        name
        for seal in seals.all
        for month, sums in seal.lists.items()
        for name in sums
        if month not in closed or name in closed[month].entries
    }


def _arrival(book: Book, month: str, came: Sequence[Filed]) -> Arrival:
    first = min(came, key=lambda e: (e.at, e.id))
    record = book.reader.record_of(first.id) or (first.id, first.kind)
    return Arrival(month, len(came), *record)
