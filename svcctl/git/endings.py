"""Clashes that were ended between two commits: told once, and then no loss when the two are compared with each other.

Where a commit has both contents of an id and the next has one, nothing was lost that was not named before. Between the
ends of a longer way it looks like a loss, if one end never saw the other content.
"""

from __future__ import annotations

from svcctl.git import history
from svcctl.git.history import Judge, Problem
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
