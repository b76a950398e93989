"""What looks like a loss and is none: clashes that were ended on the way, and what a later commit put back.

Where a commit has both contents of an id and the next has one, nothing was lost that was not named before. Between the
ends of a longer way, and from one parent of a merge, it looks like a loss, if one end never saw the other content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from svcctl.git import history
from svcctl.git.history import Judge, Problem, Step
from svcctl.git.repo import Repository


def without_ended(repo: Repository, judge: Judge, problems: list[Problem], way: tuple[str, str], end: str) -> list[Problem]:
    """The problems without those that are clashes ended on the ``way``, in a commit of the second that the first has
    not, as long as the tree of ``end`` has any content of the id."""
    if not any(one.names for one in problems):
        return problems
    old, new = way
    walker = Judge(repo, judge.objects)
    for step in history.steps(repo, history.pairs(repo, [new], [old])):
        list(walker.step(step))
    ended, here = {one.name for one in walker.ended}, judge.tree(end)
    return [one for one in problems if not one.names or not all(name in ended and here.contents(name[0]) for name in one.names)]


def of_commits(judge: Judge, pairs: Sequence[tuple[str, str]]) -> list[Problem]:
    """What is wrong with commits, each against each of its parents; not that one side of a merge ended a clash."""
    parents = Counter(commit for commit, _ in pairs)
    found: list[Problem] = []
    for step in history.steps(judge.repo, pairs):
        problems = list(judge.step(step))
        if problems and parents[step.commit] > 1:
            problems = without_ended(judge.repo, judge, problems, (step.parent, step.commit), step.commit)
        found += problems
    return found


def is_mended(judge: Judge, problem: Problem, tip: str) -> bool:
    """Whether what a commit changed or lost is all right again in ``tip``."""
    if problem.names:
        here = judge.whole(tip)
        return all(name in here.find([name]) for name in problem.names)
    if not problem.parent and problem.code != "link":
        return False
    step = next(history.steps(judge.repo, [(tip, problem.parent)])) if problem.parent else Step(tip, "", history.tree(judge.repo, tip))
    key = (problem.file, problem.id, problem.code)
    return all((one.file, one.id, one.code) != key for one in judge.step(step))
