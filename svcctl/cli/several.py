"""Several ledgers in one report: which they are, and the window in which each is looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from svcctl.cli.figures import chosen
from svcctl.cli.session import Session
from svcctl.cli.shape import Param
from svcctl.errors import Refused, Usage
from svcctl.measures.pool import Part
from svcctl.period import Kind
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.book.open import Book

LEDGERS = Param(
    "ledger", ("--ledger",),
    Text("台账目录；写几次就把几个站点并在一份里（只写一次同命令前的 -C；-C 的台账不另加进来）",
         "A ledger's folder; given repeatedly, the sites stand side by side in one report (once: like -C before the command, whose ledger is not added)"),
    kind="many", metavar="DIR",
)  # fmt: skip


@contextmanager
def opened(session: Session, folders: Sequence[str]) -> Iterator[list[Book]]:
    """The ledgers in ``folders`` while they are needed, the session's own if there are none. Raises NotFound, Refused, Usage."""
    if not folders:
        yield [session.book]
        return
    if "" in folders:
        raise Usage(Text("目录是空的", "the folder is empty"), where="--ledger", expected=Text("台账目录", "a ledger's folder"))
    books = session.among(folders)
    try:
        places = [os.path.realpath(book.root.path) for book in books]
        twice = next((n for n, place in enumerate(places) if place in places[:n]), None)
        if twice is not None:
            raise Refused(
                Text("同一本台账写了两次", "the same ledger is named twice"), where="--ledger", got=books[twice].root.path,
                todo=Text("每个站点只写一次", "Name each site once"),
            )  # fmt: skip
        yield books
    finally:
        for book in books:
            book.close()


def chosen_among(session: Session, books: Sequence[Book], given: dict[str, Any], kind: Kind) -> list[Part]:
    """The records and the window of each ledger that the options mean. Raises Usage, Refused.

    What a period such as ``last`` is called at the first site, where it may be another day already, holds for all.
    """
    if len(books) == 1:
        return [Part(*chosen(session, given, kind, kind))]
    found: list[Part] = []
    for book in books:
        named = {**given, "period": found[0].win.period.label} if found else given
        try:
            found.append(Part(*chosen(session, named, kind, kind, book)))
        except Refused as refused:
            refused.lies_in(book.root.path)
            raise
    return found
