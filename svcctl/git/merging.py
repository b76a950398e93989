"""Merging what came with what is here: computed as a whole beside the work tree, checked, and only then put into it.

Month files are merged by their entries, never by lines; files are put in place whole, each old or new but never half.
Killed at any moment, what is on disk holds all of what was here, and the next sync takes it from there.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from svcctl.errors import NotFound, Refused
from svcctl.git import commit, gate, history, settle
from svcctl.git.documents import Name
from svcctl.git.endings import without_ended
from svcctl.git.history import Judge, Problem, Step
from svcctl.git.repo import Repository, Upstream, refuse_link
from svcctl.git.run import Objects, incomplete
from svcctl.git.settle import Back, Settled
from svcctl.git.union import Clash, union
from svcctl.git.ways import way_back
from svcctl.store import codec
from svcctl.store.files import STATE
from svcctl.table import safe
from svcctl.texts import Text

_TOLD = 10
_HALF = r"\..+\.[0-9a-f]{12}\.tmp"  # as Root.replace names it
_SCRATCH = "merge"  # a folder in .svcctl


class Merged(NamedTuple):
    """A merge: the commit it led to, the files of the ledger that changed, clashes by file, and what is back that one
    side had set aside (paths of the ledger)."""

    commit: str
    files: Step
    clashes: tuple[tuple[str, Clash], ...]
    back: tuple[Back, ...]


def integrate(repo: Repository, up: Upstream, ours: str, theirs: str, who: Mapping[str, str]) -> Merged:
    """Merge the commit ``theirs`` into ``ours``, which is checked out; forward if that will do.

    Raises Refused, with nothing touched, if what came would change or lose a committed entry, if it holds links, if
    something but entries was changed on both sides, if files are in the way.
    """
    base = _base(repo, ours, theirs)
    with repo.git.objects() as objects:
        judge = Judge(repo, objects)
        incoming = next(history.steps(repo, [(theirs, base)]))
        for one in incoming.files:
            if one.new.strip("0"):
                refuse_link(one.path, one.new_mode)
        gate.refuse_coming(repo, objects, up, incoming, ours)
        _refuse(judge, up, without_ended(repo, judge, list(judge.step(incoming)), (ours, theirs), theirs), theirs)
        clashes: tuple[tuple[str, Clash], ...] = ()
        back: tuple[Back, ...] = ()
        target = theirs
        if base != ours:
            target, clashes, back = _merged(repo, judge, up, (base, ours, theirs), who)
        step = next(history.steps(repo, [(target, ours)]))
        _check_out(repo, objects, ours, target, step)
    return Merged(target, step, clashes, back)


def _merged(
    repo: Repository, judge: Judge, up: Upstream, commits: tuple[str, str, str], who: Mapping[str, str]
) -> tuple[str, tuple[tuple[str, Clash], ...], tuple[Back, ...]]:
    """The merge commit of ``commits`` (base, ours, theirs), the clashes in it, and what came back that one side had set aside."""
    _, ours, theirs = commits
    settled = settle.settle(judge, settle.bases(repo, ours, theirs), ours, theirs)
    tree, clashes = _tree(repo, judge, up, commits, settled)
    message = f"svcctl: merge {up.branch}"
    target = repo.git.must("commit-tree", tree, "-p", ours, "-p", theirs, stdin=message.encode() + b"\n", more=who).line
    problems = []
    for end, other in ((ours, theirs), (theirs, ours)):
        found = list(judge.step(next(history.steps(repo, [(target, end)]))))
        problems += without_ended(repo, judge, found, (end, other), target)
    _refuse(judge, up, problems, theirs)
    known = {(file, clash.id) for file, clash in clashes}
    more = [_lines(repo, judge, target, one) for one in settled.back if one.clash and (repo.month_file(one.path), one.name[0]) not in known]
    back = tuple(one._replace(path=repo.month_file(one.path)) for one in settled.back)
    return target, (*clashes, *chain.from_iterable(more)), back


def _lines(repo: Repository, judge: Judge, target: str, back: Back) -> list[tuple[str, Clash]]:
    """Where a document that is back stands in the merge."""
    data = judge.objects(repo.git.must("rev-parse", "--verify", f"{target}:{back.path}").line)
    lines = [piece.line for piece in codec.pieces(data) if piece.doc is not None and (piece.doc.get("id"), piece.doc.get("sum")) == back.name]
    return [(repo.month_file(back.path), Clash(line, back.name[0])) for line in lines[:1]]


def _base(repo: Repository, ours: str, theirs: str) -> str:
    result = repo.git("merge-base", ours, theirs)
    if result.code == 0:
        return result.line
    if repo.shallow:
        raise incomplete()
    raise Refused(
        Text("远端的历史和这里的没有共同的起点，不是同一本台账", "the remote's history and the one here have no common beginning: it is another ledger"),
        where=repo.top, todo=Text("看看远端对不对：git remote -v", "See whether the remote is the right one: git remote -v"),
    )  # fmt: skip


def _refuse(judge: Judge, up: Upstream, problems: list[Problem], theirs: str) -> None:
    if not problems:
        return
    first, repo = problems[0], judge.repo
    way = safe(way_back(judge, first, theirs, first.parent[:12]))
    told = "; ".join(f"{p.file}: {p.id}" for p in problems[:_TOLD]) + (f" … ({len(problems)})" if len(problems) > _TOLD else "")
    raise Refused(
        Text(f"远端来的改动会改掉或丢掉已提交的记录（{told}：{first.message.zh}），没有合并",
             f"what came from the remote would change or lose committed entries ({told}: {first.message.en}); nothing was merged"),
        where=f"{safe(up.remote)}/{safe(up.branch)}",
        todo=Text(f"问清是谁改的：git log {safe(up.remote)}/{safe(up.branch)} -- {safe(repo.prefix + first.file)}；请那一处找回：{way}，再 svcctl sync",
                  f"Find out who did it: git log {safe(up.remote)}/{safe(up.branch)} -- {safe(repo.prefix + first.file)}; that desk brings it back "
                  f"({way}) and syncs"),
    )  # fmt: skip


# -- the merged tree ----------------------------------------------------------------------------------------------


def _tree(
    repo: Repository, judge: Judge, up: Upstream, commits: tuple[str, str, str], settled: Settled
) -> tuple[str, tuple[tuple[str, Clash], ...]]:
    """The tree of the merge, and the clashes in it."""
    objects = judge.objects
    with commit.temporary_index(repo) as index:
        repo.git.must("read-tree", "-i", "-m", "--aggressive", *commits, index=index)
        staged, clashes, conflicts = dict[str, str](), list[tuple[str, Clash]](), list[str]()
        undecided = {p: _plain(p, stages) for p, stages in unmerged(repo, index).items()}
        found = {path: _versions(repo, path, commits) for path in _otherwise(repo, judge, index, settled) if path not in undecided} | undecided
        for path, names in found.items():
            if repo.month_file(path):
                versions = [objects(names[n]) for n in (2, 3) if n in names]
                made = union(objects(names[1]) if 1 in names else None, versions, _away(judge, names.values(), settled, path))
                staged[path] = commit.store_object(repo, made.data)
                clashes += [(repo.month_file(path), clash) for clash in made.clashes]
            else:
                data = _by_lines(repo, objects, names)
                if data is None:
                    conflicts.append(path)
                else:
                    staged[path] = commit.store_object(repo, data)
        if conflicts:
            raise _conflict(up, conflicts)
        commit.stage(repo, staged, index=index)
        return repo.git.must("write-tree", index=index).line, tuple(clashes)


def _otherwise(repo: Repository, judge: Judge, index: str, settled: Settled) -> list[str]:
    """The files that git's merge has decided otherwise than was settled."""
    if not settled.wanted:
        return []
    listed = (line.partition("\t") for line in repo.git.must("ls-files", "--stage", "-z", "--full-name", index=index).fields)
    there = {path: head.split(" ")[1] for head, _, path in listed if path in settled.wanted}
    return [path for path, names in settled.wanted.items() if _of(judge, there.get(path, ""), settled) != names]


def _of(judge: Judge, name: str, settled: Settled) -> set[Name]:
    return {one for one in judge.version(name).held if one[0] in settled.ids}


def _away(judge: Judge, names: Iterable[str], settled: Settled, path: str) -> set[Name]:
    """The documents that stand in a version of a file and were set aside."""
    return {one for name in names for one in _of(judge, name, settled)} - settled.wanted.get(path, frozenset())


def _plain(path: str, stages: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """The objects of the versions of a file. Raises Refused for a link."""
    for mode, _ in stages.values():
        refuse_link(path, mode)
    return {number: name for number, (_, name) in stages.items()}


def _versions(repo: Repository, path: str, commits: tuple[str, str, str]) -> dict[int, str]:
    """The objects of a file in base, ours, theirs, as far as it is there."""
    found = {number: repo.git("rev-parse", "--verify", "--quiet", f"{one}:{path}") for number, one in enumerate(commits, 1)}
    return {number: result.line for number, result in found.items() if result.code == 0}


def unmerged(repo: Repository, index: str = "") -> dict[str, dict[int, tuple[str, str]]]:
    """The files that an index has in several versions: by path, by stage (1 base, 2 ours, 3 theirs) mode and object."""
    found: dict[str, dict[int, tuple[str, str]]] = {}
    listed = repo.git.must("ls-files", "--unmerged", "-z", "--full-name", index=index)
    for line in listed.fields:
        head, _, path = line.partition("\t")
        mode, name, number = head.split(" ")
        found.setdefault(path, {})[int(number)] = (mode, name)
    return found


def _by_lines(repo: Repository, objects: Objects, names: Mapping[int, str]) -> bytes | None:
    """A merge of a file that holds no entries, as git does it; None if both sides changed the same lines."""
    if set(names) != {1, 2, 3}:
        return None
    for number, name in names.items():
        repo.root.state_write(f"{_SCRATCH}/{number}", objects(name))
    place = f"{repo.top}/{repo.prefix}{STATE}/{_SCRATCH}"
    result = repo.git("merge-file", "-p", "-q", f"{place}/2", f"{place}/1", f"{place}/3")
    for number in names:
        with contextlib.suppress(OSError):
            repo.root.state_drop(f"{_SCRATCH}/{number}")
    return result.out if result.code == 0 else None


def _conflict(up: Upstream, paths: list[str]) -> Refused:
    names = " ".join(map(safe, paths[:_TOLD]))
    where = f"{safe(up.remote)}/{safe(up.branch)}"
    return Refused(
        Text(f"两边改了同样的几行：{names}；没有合并，已提交的都在", f"both sides changed the same lines: {names}; nothing was merged, what was committed is safe"), where=where,
        todo=Text(f"手工合并：git merge {where}，编辑 {names}，有记录文件冲突时 svcctl merge，git add -- {names}，git commit，再 svcctl sync（不合并了：git merge --abort）",
                  f"Merge by hand: git merge {where}, edit {names}, svcctl merge if files of entries are in conflict, git add -- {names}, git commit, then svcctl sync (to give up: git merge --abort)"),
    )  # fmt: skip


# -- the work tree ------------------------------------------------------------------------------------------------


def _check_out(repo: Repository, objects: Objects, old: str, new: str, step: Step) -> None:
    """Make the work tree, then the index, then the branch what the new commit says."""
    repo.git("update-index", "-q", "--refresh")
    tried = repo.git("read-tree", "-m", "-u", "-n", old, new)
    if tried.code:
        what = Text("这里有没提交的改动或文件挡着，没有合并", "changes or files that are not committed are in the way; nothing was merged")
        raise Refused(what.joined(tried.words, en=""), where=repo.top, todo=Text(
            "先提交、收起或移走它们：git status，git stash", "Commit them, put them aside or move them away: git status, git stash",
        ))  # fmt: skip
    staged = {}
    for one in step.files:
        rel = repo.own(one.path)
        if rel:
            if one.new.strip("0"):
                repo.root.replace(rel, objects(one.new))
            else:
                _remove(repo, rel)
            staged[one.path] = one.new if one.new.strip("0") else ""
    commit.stage(repo, staged)
    result = repo.git("read-tree", "-m", "-u", old, new)
    if result.code:
        raise commit.in_the_way(repo, result)
    commit.move(repo, old, new, "merge")


def sweep(repo: Repository) -> None:
    """Remove what a merge that was killed was about to rename into place. Under the ledger's lock only."""
    for folder in ("", *{rel.partition("/")[0] for rel in repo.root.month_files()}):
        for name in repo.root.listdir(folder):
            if re.fullmatch(_HALF, name):
                _remove(repo, f"{folder}/{name}" if folder else name)


def _remove(repo: Repository, rel: str) -> None:
    folder, _, name = rel.rpartition("/")
    with contextlib.suppress(FileNotFoundError, NotFound), repo.root.folder(folder) as here:
        here.unlink(name)
