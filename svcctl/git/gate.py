"""What is not exchanged, in whichever direction: attributes that would make git change or mix the bytes of entries."""

from __future__ import annotations

from collections.abc import Iterator

from svcctl.errors import Refused, RefusedMany, SvcError
from svcctl.git.attributes import FILE, Flaw, flaws, harmful
from svcctl.git.history import Step
from svcctl.git.repo import Repository, Upstream
from svcctl.git.run import Objects
from svcctl.table import safe
from svcctl.texts import Text

_TOLD = 10


def refuse_here(repo: Repository) -> None:
    """Refuse to commit while harmful attributes are in force. Raises Refused, each with its file and line."""
    _refuse(_refused(flaw, Text("什么都没有提交", "nothing was committed"), flaw.todo) for flaw in flaws(repo.root) if flaw.harmful)


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
    todo = Text(f"看：git show {name} -- {path}；请那一处删掉它（或 git revert {name}）并推送，再 svcctl sync",
                f"Look: git show {name} -- {path}; that desk takes it out (or git revert {name}) and pushes, then svcctl sync")  # fmt: skip
    return _refused(flaw, so, todo)
