"""The proof from git's history that no committed entry was ever changed or lost, on any way that leads to what is here now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from svcctl.errors import Refused
from svcctl.git import anchors, disk, history
from svcctl.git.endings import is_mended, of_commits
from svcctl.git.history import Ended, Judge, Problem
from svcctl.git.repo import Repository
from svcctl.git.run import incomplete
from svcctl.texts import Text


class Report(NamedTuple):
    """What an audit found: problems, what is worth knowing, commits that were audited and then lost with entries in
    them, and how much was looked at: new commits, changed files, erasures, moved entries, clashes that were ended."""

    problems: tuple[Problem, ...]
    notes: tuple[Text, ...]
    vanished: tuple[str, ...]
    commits: int
    files: int
    erased: int
    moved: int
    ended: tuple[Ended, ...]


def audit(repo: Repository, anew: bool) -> Report:
    """Walk what is new since the last clean audit (``anew``: everything), then compare disk and index with the last commit.

    Raises Refused if the history here is not complete.
    """
    head = repo.head()
    if not head:
        raise Refused(Text("仓库里还没有提交，没有可核对的", "the repository has no commit yet, so there is nothing to audit"), where=repo.top,
                      todo=Text("先提交一次：svcctl sync --local", "Make the first one: svcctl sync --local"))  # fmt: skip
    if repo.shallow or repo.partial:
        raise incomplete()
    tips = _tips(repo, head)
    with repo.git.objects() as objects:
        known = anchors.look(repo, objects, head, {} if anew else anchors.read(repo))
        pairs = history.pairs(repo, tips.values(), known.standing)
        judge = Judge(repo, objects)
        past = of_commits(judge, pairs)
        now = [*disk.problems(judge, history.tree(repo, head)), *disk.staged(judge)]
        inside = {commit: anchors.is_in(repo, commit, head) for commit in {one.commit for one in past}}
        past = [_since(judge, one, head, tips, inside[one.commit]) for one in past]
    if not known.problems and all(p.mended for p in past):
        anchors.remember(repo, {**known.still, **tips})
    return Report(
        (*known.problems, *past, *now), known.notes, known.vanished, len({commit for commit, _ in pairs}), judge.files, judge.erased, judge.moved, (*known.ended, *judge.ended),
    )  # fmt: skip


def _tips(repo: Repository, head: str) -> dict[str, str]:
    """What is audited, by ref: the last commit here, and what is known of the branch on the remote if it is exchanged."""
    here = repo.checked_out()
    found = {here or anchors.DETACHED: head}
    try:
        ref = repo.upstream(repo.branch()).tracking
    except Refused:
        return found
    commit = repo.commit_of(ref)
    return {**found, ref: commit} if commit else found


def _since(judge: Judge, problem: Problem, head: str, tips: Mapping[str, str], inside: bool) -> Problem:
    """The problem, marked if a later commit put right what it is about: one on the way to what is here, or for a commit
    that only the remote has (not ``inside`` the history here) one of the remote's."""
    if inside:
        return problem._replace(mended=is_mended(judge, problem, head))
    mended = any(is_mended(judge, problem, tip) for tip in tips.values() if tip != head)
    return problem._replace(mended=mended, away=is_mended(judge, problem, head))
