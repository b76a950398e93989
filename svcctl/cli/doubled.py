"""What ``check --repair`` does about documents that stand more than once, and how a person chooses between two contents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from svcctl.cli.session import Session
from svcctl.errors import Refused, StorageFault, SvcError, Usage
from svcctl.store import copies
from svcctl.store.copies import Aside, Choice, Clash, Document, Doubled
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from svcctl.store.writer import Writer

_PLACE = r"(.+\.yaml):([0-9]{1,9})(?::([a-z]{2}-[0-9a-z]{10}))?"
_NAMED = 12  # ids told of one file; the kept file has all

_COPIES = Text("{file}: {n} 份重复（{ids}），已移到 {kept}；每条留下一份", "{file}: {n} surplus copies ({ids}) set aside in {kept}; one of each stays")
_WOULD_COPIES = Text("{file}: 会移走 {n} 份重复（{ids}），每条留下一份", "{file}: {n} surplus copies ({ids}) would be set aside; one of each stays")
_OTHERS = Text("{file}: {ids} 没有选中的内容已移到 {kept}", "{file}: the contents of {ids} that were not chosen were set aside in {kept}")
_WOULD_OTHERS = Text("{file}: 会移走 {ids} 没有选中的内容", "{file}: the contents of {ids} that were not chosen would be set aside")
_CLASH = Text("{id} 有 {n} 种内容，不同之处：{fields}。由人来定留哪一条：", "{id} has {n} contents, which differ in: {fields}. A person has to say which stays:")
_CONTENT = Text("  {place}: {what}{mark}", "  {place}: {what}{mark}")
_COUNTED = Text("（现在计入的是这一条）", " (the one counted now)")
_SEALED = Text("（结账清单里是这一条，只能留它）", " (the one in the seal's list; only this one can stay)")
_TYPE = Text("    svcctl check --repair --keep {place}", "    svcctl check --repair --keep {place}")
_NOT_SEALED = Text("结账清单里的 {id} 是另一种内容", "the seal's list has another content of {id}")
_RIGHT = Text("应为 svcctl check --repair --keep {place}；结账后的更正用 amend --late",
              "It has to be svcctl check --repair --keep {place}; what came after the seal is an amend --late")  # fmt: skip


def look(session: Session) -> Doubled:
    """What stands more than once in the session's ledger."""
    book = session.book
    return copies.look(book.root, book.site.zone, copies.ids_of(book.reader.findings()))


def chosen(session: Session, text: str | None) -> Choice | None:
    """The content that ``--keep`` names, as ``FILE:LINE`` or ``FILE:LINE:ID``. Raises Usage, NotFound, Refused."""
    if not text:
        return None
    found = re.fullmatch(_PLACE, text.strip())
    if found is None:
        expected = Text("文件:行号，如 repairs/2026-11.yaml:14", "FILE:LINE, such as repairs/2026-11.yaml:14")
        raise Usage(Text("要留下的记录", "the entry that is to stay"), where="--keep", expected=expected, got=text)
    doubled = look(session)
    choice = doubled.choice(found[1].removeprefix("./"), int(found[2]), found[3] or "")
    contents = next(clash.contents for clash in doubled.clashes() if clash.id == choice.id)
    right = _sealed(session, choice.id) & {one.sum for one in contents}
    if right and choice.sum not in right:
        best = next(one for one in contents if one.sum in right)
        raise Refused(_NOT_SEALED.fill(id=choice.id), where=f"{found[1]}:{found[2]}", todo=_RIGHT.fill(place=_place(best)))
    copies.plan(doubled, choice)  # refused before anything is done
    return choice


def _sealed(session: Session, name: str) -> set[str]:
    """The sums with which seals list an entry."""
    lists = (sums for seal in session.book.seals.all for sums in seal.lists.values())
    return {sums[name] for sums in lists if name in sums}


def announce(session: Session, doubled: Doubled, choice: Choice | None) -> list[Aside]:
    """Say what would be set aside."""
    found = copies.plan(doubled, choice)
    for one in found:
        _tell(session, one, "", _WOULD_COPIES, _WOULD_OTHERS)
    return found


def end(session: Session, writer: Writer, choice: Choice | None) -> None:
    """Set the surplus aside and say so. Raises StorageFault."""
    try:
        doubled = look(session)
    except StorageFault as problem:  # somewhere is a file that cannot be read, and who holds the lock must not overlook it
        session.say(_said(problem))
        return
    for one in copies.plan(doubled, choice):
        try:
            where = copies.set_aside(writer, doubled, one)
        except Refused as problem:
            session.say(_said(problem))
            continue
        _tell(session, one, where, _COPIES, _OTHERS)


def clashes(session: Session, doubled: Doubled, choice: Choice | None = None) -> None:
    """Show the contents of every clash that ``choice`` does not end, masked, each with the command that keeps it."""
    for clash in doubled.clashes():
        if choice is None or clash.id != choice.id:
            _show(session, clash)


def _show(session: Session, clash: Clash) -> None:
    first, *more = clash.contents
    keys = {key for one in clash.contents for key in one.doc} - {"sum", "pii", "salt"}
    fields = sorted(key for key in keys if any(one.doc.get(key) != first.doc.get(key) for one in more))
    session.say(_CLASH.fill(id=clash.id, n=len(clash.contents), fields=", ".join(fields)))
    sealed = _sealed(session, clash.id)
    right = sealed & {one.sum for one in clash.contents}
    counted = session.book.reader.entries(clash.id) if clash.id not in sealed else []
    place = next(((one.file, one.line) for one in counted if one.doc["id"] == clash.id), None)
    for one in clash.contents:
        mark = _SEALED if one.sum in right else _COUNTED if (one.file, one.line) == place else same("")
        session.say(_CONTENT.fill(place=f"{one.file}:{one.line}", what=_summary(session, one), mark=mark))
        if not right or one.sum in right:
            session.say(_TYPE.fill(place=_place(one)))


def _summary(session: Session, one: Document) -> str:
    """A content in one line, masked."""
    from svcctl import nouns
    from svcctl.cli.commands.show import told
    from svcctl.entry import Place, typed
    from svcctl.rows import event_label

    doc, kind = one.doc, str(one.doc.get("kind", ""))
    entry = typed(nouns.noun(kind), doc, Place(one.file, one.line))[0] if kind in nouns.CATALOGUE else None
    if entry is None:
        return " ".join(str(doc.get(key, "")) for key in ("event", "month", "at", "recorded", "by"))
    noun, at = session.book.noun(kind), entry.at.astimezone(session.book.site.zone)
    return f"{at:%Y-%m-%d %H:%M} {event_label(noun, entry.event).to(session.lang)} {entry.by} {told(session, noun, entry, reveal=False)}"


def _tell(session: Session, one: Aside, where: str, same_content: Text, other: Text) -> None:
    for several, text in ((one.copies, same_content), (one.others, other)):
        if several:
            names = list(dict.fromkeys(doc.id for doc in several))
            ids = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
            session.say(text.fill(file=one.file, n=len(several), ids=ids, kept=where))


def _place(one: Document) -> str:
    """What ``--keep`` takes; with the id, so that typing it once more cannot mean what has come to stand there."""
    return f"{one.file}:{one.line}:{one.id}"


def _said(problem: SvcError) -> Text:
    return Text(problem.say("zh"), problem.say("en"))
