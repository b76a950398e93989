"""``undo``: take back one's own last entry, as long as it is fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from svcctl.book.again import once_more
from svcctl.book.record import UNDO_WITHIN
from svcctl.book.values import MISSING
from svcctl.book.wish import Wish
from svcctl.cli import write
from svcctl.cli.params import COMMON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command
from svcctl.entry import Entry, Verb
from svcctl.errors import NotFound, Refused, Usage
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.book.open import Book

_OPTIONS = tuple(p for p in COMMON if p.name in ("by_", "note_", "late_", "dry_", "json_"))


def run(session: Session, given: dict[str, Any]) -> None:
    """Void the last entry of whoever types."""
    given = {**given, "at_": None, "key_": None, "attach_": ()}
    more = write.common(session, given)
    if not more["by"]:
        raise Usage(MISSING.fill(names="--by"), todo=Text("或先说一次：svcctl duty 姓名", "Or once: svcctl duty NAME"))
    book = session.book
    stored = book.reader.latest(more["by"])
    entries = book.typed([stored]) if stored is not None else []
    if not entries:
        raise NotFound(Text(f"{more['by']} 没有录入过", f"{more['by']} has recorded nothing"))
    last = entries[0]
    if last.event in ("void", "undo"):
        raise Refused(
            Text("上一条已经是撤回或作废", "the last entry is an undo or a void itself"), where=last.id, todo=_again(book, last, more["by"] if more["by_typed"] else ""),
        )  # fmt: skip
    if book.now - last.recorded > UNDO_WITHIN:
        raise Refused(
            Text(f"上一条（{last.id}）录入已超过10分钟", f"the last entry ({last.id}) was recorded more than 10 minutes ago"),
            todo=Text(f"用 svcctl {last.kind} void {last.id} --reason … --approved-by …",
                      f"Use svcctl {last.kind} void {last.id} --reason … --approved-by …"),
        )  # fmt: skip
    if isinstance(last.data, Verb) and last.data.money:
        raise Refused(Text("涉及金额和清点的记录不能撤回", "what moves or counts money is not undone"), where=last.id)
    session.say(Text(f"撤回 {last.kind} {last.event} {last.id}", f"undoing {last.kind} {last.event} {last.id}"))
    noun = book.noun(last.kind)
    wish = Wish(noun.name, "undo", {"reason": "undo"}, of=last.id, **more)
    write.record(session, noun, wish, given)


def _again(book: Book, void: Entry, by: str) -> Text | None:
    gone = next((e for e in book.record_with(void.id) if e.id == void.of), None)
    return None if gone is None else once_more(book.noun(gone.kind), gone, by)


COMMAND = Command(
    "undo", Text("撤回自己10分钟内录入的最后一条；之后要用 void，并有人批准。",
                 "Take back your own last entry within 10 minutes; later it takes a void, with somebody's approval."),
    (Text("svcctl undo", "svcctl undo"), Text("svcctl undo --by 李敏", "svcctl undo --by Li")), _OPTIONS, run,
)  # fmt: skip
