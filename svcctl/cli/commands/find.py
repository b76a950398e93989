"""``find``: a text in all records. It looks at the real values; what it shows is masked."""

from __future__ import annotations

from typing import Any

from svcctl.cli.commands.log import put
from svcctl.cli.listing import damaged, number
from svcctl.cli.params import JSON, REVEAL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.texts import Text


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the entries that hold the text."""
    words = " ".join(given["text"] or ()).strip()
    if not words:
        raise Usage(Text("缺少要找的文字", "the text to look for is missing"))
    book = session.book
    found = [e for stored in book.reader.grep(words) for e in book.typed([stored])]
    found.sort(key=lambda e: (e.recorded, e.id), reverse=True)
    limit = number(given["limit"], "--limit")
    if limit is not None:
        del found[limit:]
    put(session, found, bool(given["json_"]), bool(given["reveal"]))
    damaged(session)


COMMAND = Command(
    "find", Text("在全部记录里找文字：姓名、电话、铺位、内容、编号。", "Find a text in all records: a name, a number, a unit, words, an id."),
    (Text("svcctl find 13800001234", "svcctl find 13800001234"), Text("svcctl find 漏水", "svcctl find leak")),
    (
        Param("text", ("TEXT",), Text("要找的文字", "The text"), kind="rest", metavar="TEXT", required=True),
        Param("limit", ("--limit",), Text("最多几条", "At most so many"), metavar="N"),
        JSON,
        REVEAL,
    ),
    run,
)  # fmt: skip
