"""Committing what the ledger has that git has not: the ledger's own files, by their paths, as they are, and nothing else.

The commit is made in an index of its own, so that what a person has staged stays as it is; no hook, filter or editor
has a part in it. The repository's index follows before the branch does: killed in between, nothing is worse than staged.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from svcctl.errors import Refused, RefusedMany, SvcError
from svcctl.git import disk, documents, gate
from svcctl.git.history import Judge, Problem, Trees
from svcctl.git.repo import LINKS, Repository, nested, refuse_link
from svcctl.git.run import Result
from svcctl.git.union import marked
from svcctl.git.ways import has_own
from svcctl.store.files import STATE
from svcctl.store.view import SEALS
from svcctl.store.writer import Writer
from svcctl.table import safe
from svcctl.texts import Text

_TOLD = 10
_TEMP = "index-"

Staged = Mapping[str, str]  # an object by path of the repository, "" for a file that is to go


class Work(NamedTuple):
    """What is to be committed: files of the ledger to store and to remove, entries by noun, erasures; ``others``: files
    in the ledger's folder that are not the ledger's."""

    store: tuple[str, ...]
    remove: tuple[str, ...]
    kinds: Counter[str]
    erased: int
    others: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.store and not self.remove


class _Status(NamedTuple):
    """A line of git's status: its letter, the committed object and the staged one ("" if none), the path."""

    sort: str
    head: str
    staged: str
    path: str


# -- what there is to commit ----------------------------------------------------------------------------------------


def survey(repo: Repository, judge: Judge) -> Work:
    """What there is to commit.

    Raises Refused if a committed entry is gone or changed, a file is in conflict, or attributes would change entries.
    """
    _refuse_links(repo)
    gate.refuse_here(repo)
    store, remove, others = list[str](), list[str](), list[str]()
    problems: list[Problem] = []
    kinds: Counter[str] = Counter()
    trees = disk.since_head(judge)
    seen = set()
    for one in _status(repo):
        rel = repo.own(one.path)
        if not rel or rel in seen:  # what is only staged to go comes twice
            if not rel and one.sort == "?" and f"{STATE}/" not in one.path:
                others.append(judge.inside(one.path))
            continue
        seen.add(rel)
        data = disk.read(repo, rel)
        problems += _wrong(judge, one, rel, data, trees)
        if data is None:
            remove.append(rel)
        elif not one.head or one.staged != one.head or disk.object_name(_stored(rel, data), one.head) != one.head:
            store.append(rel)
        if data is not None and repo.month_file(one.path):
            kinds += documents.added(judge.objects(one.head), data)
    if problems:
        raise RefusedMany([_stop(judge, problem) for problem in problems[:_TOLD]])
    return Work(tuple(store), tuple(remove), kinds, judge.erased, tuple(others))


def _refuse_links(repo: Repository) -> None:
    listed = repo.git.listed("ls-files", "--stage", "-z", "--full-name", *repo.pathspec)
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = line.partition("\t")
        refuse_link(path, head[:6])


def _status(repo: Repository) -> Iterator[_Status]:
    listed = repo.git.listed(
        "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames", *repo.pathspec,
    )  # fmt: skip
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        sort, _, rest = line.partition(" ")
        if sort == "u":
            raise Refused(Text("git 合并有冲突，还没解决", "a merge left a conflict in it"), where=safe(rest.split(" ", 9)[-1]),
                          todo=Text("请运行 svcctl merge", "Run svcctl merge"))  # fmt: skip
        if sort in "?!":
            if rest.endswith("/"):
                if sort == "?":
                    raise nested(rest)
                continue
            yield _Status(sort, "", "", rest)
        elif sort == "1":
            _, sub, head_mode, index_mode, mode, head, staged, path = rest.split(" ", 7)
            refuse_link(path, next((m for m in (mode, index_mode, head_mode) if m in LINKS), mode))
            if sub != "N...":
                raise nested(path)
            yield _Status(sort, head if head.strip("0") else "", staged if staged.strip("0") else "", path)


def _wrong(judge: Judge, one: _Status, rel: str, data: bytes | None, trees: Trees) -> Iterator[Problem]:
    if judge.repo.month_file(one.path):
        if data is not None and marked(data):
            raise Refused(Text("里面有 git 的冲突标记", "there are git's conflict markers in it"), where=rel,
                          todo=Text(f"请运行 svcctl merge {rel}", f"Run svcctl merge {rel}"))  # fmt: skip
        if one.head:
            yield from disk.entries_of(judge, rel, one.head, data or b"", trees)
    elif rel.startswith("files/") and one.head:
        yield from disk.attachment(judge.repo, rel, one.head)


def _stop(judge: Judge, problem: Problem) -> SvcError:
    repo, rel = judge.repo, problem.file
    ident = f"{problem.id}: " if problem.id else ""
    root, where = safe(shlex.quote(repo.root.path)), safe(shlex.quote(f"{repo.root.path}/{rel}"))
    way = f"git -C {root} checkout -- {safe(shlex.quote(rel))}"
    zh, en = f"另存一份后恢复：{way}", f"keep a copy of {where}, then: {way}"
    if problem.names and _has_own(judge, rel):  # which a checkout would lose
        way = f"git -C {root} show HEAD:./{safe(shlex.quote(rel))} >> {where} && svcctl check --repair"
        zh, en = f"把提交过的放回去，现有的也留着：{way}", f"put what was committed back beside what is there: {way}"
    if rel.startswith(f"{SEALS}/"):
        zh, en = f"{zh}；后来重新结账的那一份可以留着", f"{en}; a second seal made since may stay"
    return Refused(
        Text(f"{ident}{problem.message.zh}；什么都没有提交", f"{ident}{problem.message.en}; nothing was committed"), where=safe(rel),
        todo=Text(f"先看 svcctl audit；{zh}", f"Look with svcctl audit; {en}"),
    )  # fmt: skip


def _has_own(judge: Judge, rel: str) -> bool:
    committed = judge.repo.git("rev-parse", "--verify", "--quiet", f"HEAD:{judge.repo.prefix}{rel}")
    return has_own(disk.read(judge.repo, rel) or b"", judge.objects(committed.line) if committed.code == 0 else b"")


def subject(desk: str, work: Work) -> str:
    """The first line of the commit: who, how many entries, of which nouns. Nothing personal is in it."""
    parts = [desk] if desk else []
    total = sum(work.kinds.values())
    if total:
        parts.append(f"{total} {'entry' if total == 1 else 'entries'} ({documents.counted(work.kinds)})")
    if work.erased:
        parts.append(f"{work.erased} erased")
    if not total and not work.erased:
        names = sorted([*work.store, *work.remove])
        parts.append(names[0] if len(names) == 1 else f"{len(names)} files")
    return f"svcctl: {', '.join(parts)}"


# -- the commit ---------------------------------------------------------------------------------------------------


def identity(repo: Repository, desk: str) -> dict[str, str]:
    """What to add to the environment so that a commit has an author: nothing if git knows the person."""
    if repo.git("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT").code == 0:
        return {}
    name = desk or "svcctl"
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", name), ("EMAIL", f"{name}@localhost"))}


def commit(repo: Repository, writer: Writer, work: Work, head: str, message: str, who: Mapping[str, str]) -> str:
    """Commit what was surveyed, on top of ``head`` ("": as the first one); the new commit. Torn tails are set aside first.

    Raises Refused for damage in a file, or if somebody else is at work; StorageFault.
    """
    for rel in work.store:
        if repo.month_file(repo.prefix + rel):
            writer.heal(rel)
    staged = {repo.prefix + rel: name for rel, name in _objects(repo, work.store).items()} | {repo.prefix + rel: "" for rel in work.remove}
    with temporary_index(repo) as index:
        repo.git.must("read-tree", head or "--empty", index=index)
        stage(repo, staged, index=index)
        tree = repo.git.must("write-tree", index=index).line
    if head and tree == repo.git.must("rev-parse", "--verify", f"{head}^{{tree}}").line:
        new = head
    else:
        parent = ("-p", head) if head else ()
        new = repo.git.must("commit-tree", tree, *parent, stdin=message.encode() + b"\n", more=who).line
    stage(repo, staged)
    move(repo, head, new, message)
    return new


def _objects(repo: Repository, files: Sequence[str]) -> dict[str, str]:
    """The files stored as objects, byte for byte; of month files CR LF as LF, as their attributes say."""
    found: dict[str, str] = {}
    plain = []
    for rel in files:
        data = repo.root.read(rel)
        stored = _stored(rel, data)
        if stored != data:
            found[rel] = store_object(repo, stored)
        else:
            plain.append((rel, data))
    if plain:
        paths = "".join(f"{repo.prefix}{rel}\n" for rel, _ in plain).encode("utf-8", "surrogateescape")
        names = repo.git.must("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths).line.split("\n")
        for (rel, data), name in zip(plain, names, strict=True):
            if disk.object_name(data, name) != name:
                raise Refused(Text("正被别的程序改动", "another program is changing it"), where=rel, todo=Text("请重做一遍", "Do it once more"))
            found[rel] = name
    return found


def _stored(rel: str, data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n") if rel.endswith(".yaml") and b"\r\n" in data else data


def store_object(repo: Repository, data: bytes) -> str:
    """Store bytes as an object; its name."""
    return repo.git.must("hash-object", "-w", "--stdin", stdin=data).line


@contextlib.contextmanager
def temporary_index(repo: Repository) -> Iterator[str]:
    """The path of an index of our own; what an earlier run left of its own is removed."""
    for name in repo.root.listdir(STATE):
        if name.startswith(_TEMP):
            repo.root.state_drop(name)
    name = f"{_TEMP}{os.urandom(6).hex()}"
    try:
        yield os.path.join(os.path.realpath(repo.root.path), STATE, name)
    finally:
        with contextlib.suppress(OSError, SvcError):
            repo.root.state_drop(name)


def stage(repo: Repository, staged: Staged, *, index: str = "") -> None:
    """Put objects into an index, the repository's own unless named; unmerged versions go. Raises Refused if it is locked."""
    if not staged:
        return
    lines = []
    for path, name in staged.items():
        lines.append(f"0 {repo.zeros}\t{path}\0")
        if name:
            lines.append(f"100644 {name}\t{path}\0")
    result = repo.git("update-index", "-z", "--index-info", stdin="".join(lines).encode("utf-8", "surrogateescape"), index=index)
    if result.code:
        raise in_the_way(repo, result)


def move(repo: Repository, old: str, new: str, message: str) -> None:
    """Move the branch that is checked out from one commit to another, and let the index see the files as they are."""
    if new != old:
        result = repo.git("update-ref", "-m", f"svcctl sync: {message}", "HEAD", new, old or repo.zeros)
        if result.code:
            raise in_the_way(repo, result)
    repo.git("update-index", "-q", "--refresh")


def in_the_way(repo: Repository, result: Result) -> SvcError:
    """Another git is at work, or was killed."""
    repo.refuse_unready()
    what = Text("另一个 git 正在改动这个仓库", "another git is changing this repository").joined(result.words, en="")
    return Refused(what, where=repo.top, todo=Text("请再 sync 一次", "Sync again"))
