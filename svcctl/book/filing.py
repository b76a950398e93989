"""All that a ledger holds, as a seal sees it: also what no noun here understands, and what cannot be believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from sys import intern

from svcctl import nouns
from svcctl.book.open import Book, sums_ok
from svcctl.entry import Entry, Place
from svcctl.errors import SvcError
from svcctl.fields import Value
from svcctl.seal import Filed
from svcctl.store import codec
from svcctl.store.documents import Stored
from svcctl.store.view import View, consistent


def of_entry(entry: Entry) -> Filed:
    """What a seal needs to know of a typed entry."""
    return Filed(
        entry.id, entry.kind, entry.event, entry.of, entry.at, entry.recorded, entry.late, entry.sum, entry.place
    )  # fmt: skip


def of_doc(doc: Mapping[str, Value], place: Place) -> Filed | None:
    """The same of a stored document; None if it has no id or no time."""
    try:
        at, recorded = datetime.fromisoformat(str(doc["at"])), datetime.fromisoformat(str(doc["recorded"]))
    except (ValueError, KeyError):
        return None
    name = str(doc.get("id", ""))
    if not name or at.tzinfo is None or recorded.tzinfo is None:
        return None
    kind, event = intern(str(doc.get("kind", ""))), intern(str(doc.get("event", "")))  # of which there are few
    return Filed(
        name, kind, event, str(doc.get("of", "")), at, recorded, str(doc.get("late", "")), str(doc.get("sum", "")), place
    )  # fmt: skip


def of_stored(stored: Iterable[Stored]) -> Iterator[Filed]:
    """The same of documents that can be believed."""
    for one in stored:
        found = of_doc(one.doc, Place(intern(one.file), one.line))
        if found is not None:
            yield found


def every_entry(book: Book, listed: Collection[str]) -> dict[str, Filed]:
    """Everything that the ledger holds, by id. ``listed``: what its seals list."""
    found: dict[str, Filed] = {}
    for kind in nouns.CATALOGUE:
        for _, stored in book.reader.load(book.reader.all_records(kind)):
            found.update((one.id, one) for one in of_stored(stored))
    return found | the_rest(book, found, listed)


def the_rest(book: Book, known: Collection[str], listed: Collection[str]) -> dict[str, Filed]:
    """What stands in the files beside ``known``, all that records are made of: entries of unknown nouns, those that lead
    to no record, and of those that cannot be believed the ones that a seal lists (they are no loss, and named anyway).
    """
    files = sorted({f.file for f in book.reader.findings() if f.line})
    if not files:
        return {}

    def read(view: View) -> dict[str, Filed]:
        return {one.id: one for rel in files for one in _in_file(view, rel, known, listed)}

    return consistent(book.root, read, still=book.still)


def _in_file(view: View, rel: str, known: Collection[str], listed: Collection[str]) -> Iterator[Filed]:
    try:
        data = view.data(rel)
    except SvcError:  # which is a finding of its own
        return
    for piece in codec.pieces(data):
        found = of_doc(piece.doc, Place(rel, piece.line)) if piece.doc is not None else None
        if piece.doc is None or found is None or found.id in known:
            continue
        if found.id in listed or (piece.problem is None and sums_ok(piece.doc)):
            yield found
