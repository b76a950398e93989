"""The proof from git's history that no committed entry was ever changed or lost, on any way that leads to what is here now."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import NamedTuple

from svcctl.errors import Refused, SvcError
from svcctl.git import disk, history
from svcctl.git.history import Judge, Problem
from svcctl.git.repo import Repository
from svcctl.git.run import incomplete
from svcctl.store.files import told
from svcctl.texts import Text

ANCHOR = "audit.json"  # in .svcctl: the commits up to which all was in order
_REWRITTEN = Text("上次核对到的提交不在历史里了：历史被改写", "the commit last audited is not in the history any more: the history was rewritten")


class Report(NamedTuple):
    """What an audit found: problems, and how much was looked at: new commits, changed files, erasures, moved entries."""

    problems: tuple[Problem, ...]
    commits: int
    files: int
    erased: int
    moved: int


def audit(repo: Repository, anew: bool) -> Report:
    """Walk what is new since the last clean audit (``anew``: everything), then compare disk and index with the last commit.

    Raises Refused if the history here is not complete.
    """
    head = repo.head()
    if not head:
        raise Refused(Text("仓库里还没有提交，没有可核对的", "the repository has no commit yet, so there is nothing to audit"), where=repo.top,
                      todo=Text("先提交一次：git add -A && git commit -m svcctl", "Make the first one: git add -A && git commit -m svcctl"))  # fmt: skip
    if repo.shallow or repo.partial:
        raise incomplete()
    tips = [head, *_tracking(repo)]
    anchors = [] if anew else _anchors(repo)
    standing = [one for one in anchors if _is_reached(repo, one, tips)]
    rewritten = [Problem(one, "", "", "rewritten", _REWRITTEN) for one in anchors if one not in standing]
    pairs, commits = _pairs(repo, tips, standing)
    with repo.git.objects() as objects:
        judge = Judge(repo, objects)
        past = [problem for step in history.steps(repo, pairs) for problem in judge.step(step)]
        now = [*disk.problems(judge, history.tree(repo, head)), *disk.staged(judge)]
        past = list(_mended(judge, head, past))
    if not rewritten and all(p.mended for p in past):  # what was mended is told once
        _remember(repo, tips)
    return Report((*rewritten, *past, *now), commits, judge.files, judge.erased, judge.moved)


def _tracking(repo: Repository) -> list[str]:
    """What is known of the branch on the remote, if it is exchanged at all."""
    try:
        ref = repo.upstream(repo.branch()).tracking
    except Refused:
        return []
    commit = repo.commit_of(ref)
    return [commit] if commit else []


def _anchors(repo: Repository) -> list[str]:
    listed = told(repo.root.state_read(ANCHOR)).get("commits")
    names = listed if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str) and name.isalnum()]


def _remember(repo: Repository, tips: list[str]) -> None:
    if repo.root.writable():
        with contextlib.suppress(SvcError):  # then the next audit walks further
            repo.root.state_write(ANCHOR, json.dumps({"commits": list(dict.fromkeys(tips))}).encode() + b"\n")


def _is_reached(repo: Repository, commit: str, tips: list[str]) -> bool:
    return any(tip == commit or repo.git("merge-base", "--is-ancestor", commit, tip).code == 0 for tip in tips)


def _pairs(repo: Repository, tips: list[str], anchors: list[str]) -> tuple[list[tuple[str, str]], int]:
    """Every commit with every parent, parents first."""
    listed = repo.git.listed("rev-list", "--topo-order", "--reverse", "--parents", *tips, *(f"^{one}" for one in anchors), "--")
    lines = [line.split(" ") for line in listed.decode().splitlines()]
    return [(commit, parent) for commit, *parents in lines for parent in parents or [""]], len(lines)


def _mended(judge: Judge, head: str, problems: list[Problem]) -> Iterator[Problem]:
    """The problems; those whose entries are all there again are marked."""
    lost = history.Elsewhere((), lambda: [
        lambda d=d: judge.objects(d.new) for d in history.tree(judge.repo, head) if judge.repo.month_file(d.path)  # type: ignore[misc]
    ])  # fmt: skip
    for one in problems:
        back = bool(one.names) and all(name in lost.find([name]) for name in one.names)
        yield one._replace(mended=back)
