"""Erasing at the command line, for one record or many: asked for, done, and what it could not reach."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.cli import write
from svcctl.cli.mend import agreed
from svcctl.cli.session import Session
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.store.erasing import Erased

_NAMED = 10
_FEW = 100  # values looked for in other entries; of many people most would be found somewhere, and it would take long

_ASK = Text("永久删去 {n} 条记录里的个人信息（{fields}）？无法恢复", "Erase the personal data ({fields}) in {n} entries for good? It cannot be undone")
_NOTHING = Text("没有可删的个人信息", "there is no personal data to erase")
_DONE = Text("已删去个人信息：{n} 条（{fields}）", "personal data erased in {n} entries ({fields})")
_WOULD = Text("会删去个人信息：{n} 条（{fields}）", "personal data would be erased in {n} entries ({fields})")
_KEPT = Text("{file} 里还有原文；看过后删掉：rm -- {path}", "{file} still has it; look at it, then remove it: rm -- {path}")
_FILE = Text("附件 {file} 属于 {id}；若能认出本人，删掉：rm -- {path}", "{file} is attached to {id}; if it shows the person, remove it: rm -- {path}")
_OTHERS = Text("同样的内容还出现在：{ids}", "the same also stands in: {ids}")
ERASED = Text("的个人信息已删去", "was erased")
AGAIN = Text("重做是安全的", "Repeating is safe")
_GIT = Text("git 的历史里还有原文，怎么去掉：svcctl help privacy", "git's history still has it; how to remove it: svcctl help privacy")


class Chosen(NamedTuple):
    """The entries to be erased, and their attachments, each with the id of its entry."""

    ids: Sequence[str]
    files: Sequence[tuple[str, str]]


def erase(session: Session, choose: Callable[[], Chosen], *, dry: bool) -> list[Erased]:
    """Erase the personal data of entries and say what was done, and where the values still are; no value is told.

    ``choose`` is asked once more under the ledger's lock, for meanwhile the matter may have gone on. On a terminal it
    is asked for. What was erased, or would be (``dry``); nothing if the answer is no. Raises Refused, StorageFault:
    repeating it finishes.
    """
    from svcctl.store import create, erasing

    book = session.book
    moment = book.now.isoformat(timespec="seconds")
    chosen = choose()
    plan = erasing.planned(book.root, chosen.ids, moment)
    if not plan:
        session.say(_NOTHING)
        return []
    if not dry:
        if not agreed(session, True, _summary(_ASK, plan)):
            return []
        session.notice()
        with book.writer() as writer:
            chosen = choose()
            plan = erasing.erase(writer, chosen.ids, moment)
            create.ignore_kept(book.root)
    session.say(_summary(_WOULD if dry else _DONE, plan))
    _elsewhere(session, chosen, plan)
    return plan


def _summary(text: Text, plan: Sequence[Erased]) -> Text:
    fields = ", ".join(dict.fromkeys(name for one in plan for name in one.fields)) or "salt"
    return text.fill(n=len({one.id for one in plan}), fields=fields)


def _elsewhere(session: Session, chosen: Chosen, plan: Sequence[Erased]) -> None:
    """Say where what was erased still is."""
    from svcctl.store import erasing

    root = session.book.root
    values = frozenset(value for one in plan for value in one.values)
    for rel in erasing.kept_with(root, [one.id for one in plan], values):
        session.say(_KEPT.fill(file=rel, path=_path(root.path, rel)))
    for rel, owner in dict.fromkeys(chosen.files):
        session.say(_FILE.fill(file=rel, id=owner, path=_path(root.path, rel)))
    others = erasing.elsewhere(root, frozenset(chosen.ids), values) if len(values) <= _FEW else ()
    if others:
        more = f" … ({len(others)})" if len(others) > _NAMED else ""
        session.say(_OTHERS.fill(ids=", ".join(others[:_NAMED]) + more))
    if erasing.history_above(root):
        session.say(_GIT)


def _path(folder: str, rel: str) -> str:
    return shlex.quote(os.path.join(folder, rel))


def tell(session: Session, plan: Sequence[Erased], *, as_json: bool, dry: bool) -> None:
    """What was erased, or would be (``dry``), on stdout: the ids, or objects. Raises OutcomeUnknown if that cannot be told."""
    ids = tuple(dict.fromkeys(one.id for one in plan))
    if as_json:
        objects: list[dict[str, Any]] = [{"id": o.id, "file": o.file, "line": o.line, "fields": list(o.fields)} for o in plan]
        text = json.dumps(objects, ensure_ascii=False, indent=2)
    else:
        text = "\n".join(ids)
    if plan and not dry:
        write.acknowledge(session, text, ids, AGAIN, ERASED)
    elif text:
        session.out(text)
