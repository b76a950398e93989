"""What is not exchanged, in whichever direction: attributes that would make git change or mix the bytes of entries."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import chain

from svcctl.errors import Refused, RefusedMany, SvcError
from svcctl.git import disk
from svcctl.git.attributes import FILE, Flaw, flaws, harmful, missing, unguarded
from svcctl.git.history import Step
from svcctl.git.repo import Repository, Upstream
from svcctl.git.run import Objects
from svcctl.table import safe
from svcctl.texts import Text

_TOLD = 10


def refuse_here(repo: Repository) -> None:
    """Refuse to commit while harmful attributes are in force, or those that guard bytes are missing.

    Raises Refused, each with its file and line.
    """
    found = chain((flaw for flaw in flaws(repo.root) if flaw.harmful), _missing_here(repo))
    _refuse(_refused(flaw, Text("什么都没有提交", "nothing was committed"), flaw.todo) for flaw in found)


def _missing_here(repo: Repository) -> Iterator[Flaw]:
    data = disk.read(repo, FILE) or b""
    lines = unguarded(data)
    if lines:
        committed = repo.git("cat-file", "blob", f"HEAD:{repo.prefix}{FILE}")
        yield from missing(lines, was_there=committed.code == 0 and not unguarded(committed.out))


def refuse_going(repo: Repository, objects: Objects, step: Step) -> None:
    """Refuse to pass on a commit with such attributes, though they are not on disk any more."""
    _refuse(_refused(flaw, Text("已提交，没有送出", "it is committed; nothing was sent"), flaw.todo) for _, flaw in _brought(repo, objects, step))


def refuse_coming(repo: Repository, objects: Objects, up: Upstream, step: Step, ours: str) -> None:
    """Refuse to merge commits that bring such attributes, naming the commit and its author."""
    _refuse(_came(repo, up, path, flaw, (step.commit, ours)) for path, flaw in _brought(repo, objects, step))


def _refuse(found: Iterator[SvcError]) -> None:
    problems = [problem for problem, _ in zip(found, range(_TOLD), strict=False)]
    if problems:
        raise RefusedMany(problems)


def _brought(repo: Repository, objects: Objects, step: Step) -> Iterator[tuple[str, Flaw]]:
    for one in step.files:
        if one.path == repo.prefix + FILE:
            had = unguarded(objects(one.old))
            yield from ((one.path, flaw) for flaw in missing([line for line in unguarded(objects(one.new)) if line not in had], was_there=False))
        rel = one.path.removeprefix(repo.prefix)
        if rel.rpartition("/")[2].lower() == FILE and one.new.strip("0"):
            yield from ((one.path, flaw) for flaw in harmful(rel, objects(one.new)))


def _refused(flaw: Flaw, so: Text, todo: Text) -> Refused:
    where = safe(f"{flaw.file}:{flaw.line}" if flaw.line else flaw.file)
    what = Text(safe(flaw.what.zh), safe(flaw.what.en))
    return Refused(what.joined(so, "；", "; "), where=where, todo=Text(safe(todo.zh), safe(todo.en)))


def _came(repo: Repository, up: Upstream, path: str, flaw: Flaw, way: tuple[str, str]) -> Refused:
    new, old = way
    name, _, author = repo.git("log", "-1", "--format=%h %an", new, f"^{old}", "--", path).line.partition(" ")
    where = f"{safe(up.remote)}/{safe(up.branch)}"
    so = Text(f"是 {safe(name)}（{safe(author)}）从 {where} 带来的，没有合并", f"it came from {where} with {safe(name)} by {safe(author)}; nothing was merged")
    rel = shlex.quote(path.removeprefix(repo.prefix))
    was = repo.git("rev-parse", "--verify", "--quiet", f"{name}^:{path}").code == 0
    back = safe((f"git checkout {name}^ -- {rel}" if was else f"git rm -q -- {rel}") + " && git commit -m back && svcctl sync")
    todo = Text(f"看：git show {name} -- {safe(rel)}；请那一处改回：{back}；这里再 svcctl sync",
                f"Look: git show {name} -- {safe(rel)}; that desk puts it right: {back}; then svcctl sync here")  # fmt: skip
    return _refused(flaw, so, todo)
