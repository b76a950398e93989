"""The three-way result for entries that either side took out of a file: what was set aside stays away.

An id may stand in several files (a copy) or with several contents (a clash); whoever ends that takes documents out of
some files. Judged by files alone the other side's document would come back as if it were news. So it is judged twice:
which contents of the id stay, and in which files each of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from svcctl.git import history
from svcctl.git.documents import Name
from svcctl.git.history import Judge
from svcctl.git.repo import Repository

Place = tuple[str, Name]  # a path of the repository, and an entry in that file
_Side = frozenset[Place]
_T = TypeVar("_T")


class Back(NamedTuple):
    """What stands again because each side had set aside what the other kept: its place, whether the id has several
    contents now (else it was a copy on either side)."""

    path: str
    name: Name
    clash: bool


class Settled(NamedTuple):
    """``ids``: the ids of which a document was taken out of a file; ``wanted``: by path the documents of these ids that
    the result has, for every file in which one stands on any side; ``back``: what could not stay away."""

    ids: frozenset[str]
    wanted: Mapping[str, frozenset[Name]]
    back: tuple[Back, ...]


def settle(judge: Judge, bases: Sequence[str], ours: str, theirs: str) -> Settled:
    """What is to become of every id of which either side has taken a document out of a file since one of ``bases``."""
    ids = frozenset(chain.from_iterable(_touched(judge, base, (ours, theirs)) for base in bases))
    if not ids:
        return Settled(ids, {}, ())
    before = frozenset(chain.from_iterable(_places(judge, base, ids)[0] for base in bases))
    (one, bare), (two, bared) = _places(judge, ours, ids), _places(judge, theirs, ids)
    erased = bare | bared
    wanted: dict[str, set[Name]] = {path: set() for path, _ in before | one | two}
    back: list[Back] = []
    for ident in sorted(ids):
        sides = [frozenset(place for place in side if place[1][0] == ident) for side in (before, one, two)]
        for path, name in _of_one(sides, erased, back):
            wanted[path].add(name)
    return Settled(ids, {path: frozenset(names) for path, names in wanted.items()}, tuple(back))


def _touched(judge: Judge, base: str, ends: Iterable[str]) -> Iterable[str]:
    for step in history.steps(judge.repo, [(end, base) for end in ends]):
        for one in step.files:
            if judge.repo.month_file(one.path) and one.old.strip("0"):
                after = judge.version(one.new).held
                yield from (name[0] for name in judge.version(one.old).held if name not in after)


def _places(judge: Judge, commit: str, ids: frozenset[str]) -> tuple[_Side, _Side]:
    """Where documents of these ids stand in a commit, and where they do with their personal fields erased."""
    found, erased = set(), set()
    for one in history.tree(judge.repo, commit):
        if judge.repo.month_file(one.path):
            for name, held in judge.version(one.new).held.items():
                if name[0] in ids:
                    found.add((one.path, name))
                    if held.erased:
                        erased.add((one.path, name))
    return frozenset(found), frozenset(erased)


def _three_way(before: frozenset[_T], one: frozenset[_T], two: frozenset[_T]) -> frozenset[_T]:
    return (one & two) | ((one | two) - before)


def _of_one(sides: Sequence[_Side], erased: _Side, back: list[Back]) -> Iterable[Place]:
    """Where the documents of one id are to stand. ``sides``: base, ours, theirs."""
    before, one, two = (frozenset(name for _, name in side) for side in sides)
    stay = _three_way(before, one, two)
    opposite = not stay
    stay = stay or one | two
    places = _three_way(sides[0], sides[1], sides[2])
    for name in sorted(stay):
        there = {place for place in sides[1] | sides[2] if place[1] == name}
        mine = there & places
        bare = there & erased
        if opposite or not mine:
            mine = mine or {min(bare or there)}
            back += [Back(path, name, opposite and len(stay) > 1) for path, _ in sorted(mine)]
        elif bare and not mine & bare:  # what was erased must not give way to a copy that still has everything
            mine = {min(bare)}
        yield from mine


def bases(repo: Repository, ours: str, theirs: str) -> list[str]:
    """Every best common ancestor of two commits."""
    return repo.git("merge-base", "--all", ours, theirs).line.split()
