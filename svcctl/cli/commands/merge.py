"""``merge``: files that git left in conflict become the union of their versions, by id."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from svcctl.cli.commands.sync import CLASH
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from svcctl.git.repo import Repository
    from svcctl.git.resolve import Conflict, Found
    from svcctl.git.union import Union
    from svcctl.store.files import Root

_PARAMS = (Param("files", ("FILE",), Text("月份文件；不写则是全部有冲突的", "Month files; without any, all that are in conflict"), kind="rest", metavar="FILE"),)


def run(session: Session, given: dict[str, Any]) -> None:
    """Make the unions and say what to type next."""
    from svcctl.git import resolve
    from svcctl.git.place import top_of
    from svcctl.git.repo import Repository

    book = session.book
    repo = Repository(book.root, session.environ, session.asks) if top_of(book.root.path) else None
    wanted = [_rel(book.root, name) for name in given["files"] or ()]
    for rel in wanted:
        if not resolve.is_entries(rel):
            raise resolve.not_entries(rel)
    with book.writer():
        found = resolve.conflicts(book.root, repo)
        chosen = [one for one in found.conflicts if not wanted or one.rel in wanted]
        for one in chosen:
            _say(session, one, resolve.solve(book.root, repo, one))
    for rel in wanted:
        if rel not in [one.rel for one in chosen]:
            session.say(Text(f"{rel} 没有冲突", f"{rel} is not in conflict"))
    _next(session, repo, found, chosen)


def _rel(root: Root, name: str) -> str:
    """The ledger's path for what was typed: from the current folder, or from the ledger's."""
    folder, base = os.path.split(os.path.abspath(name))
    here = os.path.relpath(os.path.join(os.path.realpath(folder), base), os.path.realpath(root.path))
    return here if not here.startswith("..") and os.path.lexists(name) else name


def _say(session: Session, conflict: Conflict, made: Union) -> None:
    from svcctl.table import safe

    rel, (ours, theirs) = conflict.rel, made.brought
    told = Text(f"{rel}：两边都有 {made.common} 条，这边另有 {ours} 条，那边另有 {theirs} 条",
                f"{rel}: {made.common} in common, {ours} more from this side, {theirs} more from the other")  # fmt: skip
    if made.further:
        told = told.joined(Text(f"文件里另有 {made.further} 条", f"{made.further} more in the file as it was"), "，", ", ")
    if made.kept:
        told = told.joined(Text(f"两边都没有、从先前留下 {made.kept} 条", f"{made.kept} kept from before that neither had"), "，", ", ")
    session.say(told)
    if made.doubtful:
        session.say(Text(f"{rel}：{made.doubtful} 条读不懂或校验和不符，原样留下；请看 svcctl check",
                         f"{rel}: {made.doubtful} cannot be believed and were kept as they are; see svcctl check"))  # fmt: skip
    for clash in made.clashes:
        session.out(safe(f"{rel}:{clash.line}: {clash.id}: {CLASH.to(session.lang)}"))
    if made.clashes:
        session.exit_code = 1


def _next(session: Session, repo: Repository | None, found: Found, chosen: list[Conflict]) -> None:
    if found.others:
        names = " ".join(found.others)
        session.say(Text(f"还有别的文件冲突，请手工解决：编辑 {names}，再 git add -- {names}",
                         f"other files are in conflict too; solve them by hand: edit {names}, then git add -- {names}"))  # fmt: skip
        session.exit_code = 1
    if not found.conflicts and not found.others:
        session.say(Text("没有冲突，不用做什么", "nothing is in conflict, so there is nothing to do"))
    elif repo is not None and chosen:
        under_way = repo.under_way()
        command = under_way[1] if under_way else "svcctl sync"
        session.say(Text(f"接下来：{command}", f"Next: {command}"))


COMMAND = Command(
    "merge", Text("git 合并留下冲突的月份文件：按编号合成一份，一条不丢；同一编号两种内容的都留下并指出。",
                  "Month files that git left in conflict: make the union by id, losing nothing; an id with two contents keeps both and is named."),
    (same("svcctl merge"), same("svcctl merge repairs/2026-11.yaml")), _PARAMS, run,
)  # fmt: skip
