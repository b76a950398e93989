"""From one version of the ledger's tree to another: what became of the entries, whoever made the step and however."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from svcctl.git.documents import Change, Held, Name, Version, compared, entries, version
from svcctl.git.repo import LINKS, Repository
from svcctl.git.run import Objects
from svcctl.texts import Text

GONE = Text("此前提交过，这里没有了", "was committed before and is not here any more")
CHANGED = Text("提交过的记录被改动", "a committed entry was changed")
REVIVED = Text("已删除的个人信息又回来了", "personal fields that were erased are back")
LINK = Text("符号链接或另一个仓库，不该在台账里", "a symbolic link or another repository, which has no place in a ledger")
ATTACHED = Text("附件的内容被改动", "the content of an attachment was changed")


class Difference(NamedTuple):
    """A file that differs between two trees: its path, mode and object on either side (of zeros: not there)."""

    path: str
    old_mode: str
    new_mode: str
    old: str
    new: str


class Step(NamedTuple):
    """From ``parent`` ("" for none) to ``commit``: the files that differ."""

    commit: str
    parent: str
    files: Sequence[Difference]


class Problem(NamedTuple):
    """What is wrong: in which commit (or ``disk``, ``index``), file of the ledger, id, a code, in words.

    ``names``: the entries that would have to be somewhere for it to be ``mended``; ``away``: only the remote
    has that commit, and nothing is amiss here; ``parent``: the commit before it in
    which all was in order ("" if it was found otherwise than in a step).
    """

    commit: str
    file: str
    id: str
    code: str
    message: Text
    names: tuple[Name, ...] = ()
    mended: bool = False
    away: bool = False
    parent: str = ""


def pairs(repo: Repository, tips: Iterable[str], known: Iterable[str]) -> list[tuple[str, str]]:
    """Every commit that ``tips`` have and ``known`` have not, with every parent of it ("" for none), parents first.

    Raises Refused if the history is not complete.
    """
    listed = repo.git.listed("rev-list", "--topo-order", "--reverse", "--parents", *tips, *(f"^{one}" for one in known), "--")
    lines = [line.split(" ") for line in listed.decode().splitlines()]
    return [(commit, parent) for commit, *parents in lines for parent in parents or [""]]


def steps(repo: Repository, pairs: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """The steps from the second to the first of each pair of commits, limited to the ledger.

    Raises Refused if an object is missing.
    """
    asked = list(pairs)
    stdin = "".join(f"{commit} {parent}".rstrip() + "\n" for commit, parent in asked).encode()
    listed = repo.git.listed(
        "diff-tree", "--stdin", "-r", "--raw", "-z", "-m", "--root", "--always", "--no-renames", "--no-abbrev", "--no-ext-diff",
        *repo.pathspec, stdin=stdin,
    )  # fmt: skip
    found = _parsed(listed.decode("utf-8", "surrogateescape"))
    for (commit, parent), (said, files) in zip(asked, found, strict=True):
        assert said == commit
        yield Step(commit, parent, files)


def _parsed(listed: str) -> list[tuple[str, list[Difference]]]:
    found: list[tuple[str, list[Difference]]] = []
    fields = iter(listed.split("\0"))
    for field in fields:
        if field.startswith(":"):
            found[-1][1].append(difference(field, next(fields)))
        elif field:
            found.append((field, []))
    return found


def difference(raw: str, path: str) -> Difference:
    """A line of git's raw format."""
    old_mode, new_mode, old, new, _ = raw[1:].split(" ")
    return Difference(path, old_mode, new_mode, old, new)


def tree(repo: Repository, commit: str) -> list[Difference]:
    """Every file of the ledger in a commit, as if it had come from nothing. Raises Refused if objects are missing."""
    listed = repo.git.listed("ls-tree", "-r", "-z", "--full-tree", commit, *repo.pathspec)
    found = []
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = line.partition("\t")
        mode, _, name = head.split(" ")
        found.append(Difference(path, "000000", mode, "0" * len(name), name))
    return found


Files = Iterable[Callable[[], bytes]]  # the contents of files, read when they are wanted


class Elsewhere:
    """The entries of a whole tree, where one is looked for that is not in its own file any more.

    Both give the contents of files: ``near`` of those that are likely, ``all_files`` of every one; the latter are read
    only if the former do not do.
    """

    def __init__(self, near: Files, all_files: Callable[[], Files]) -> None:
        self._near_files = near
        self._all_files = all_files

    @cached_property
    def _near(self) -> dict[Name, Held]:
        return _all(self._near_files)

    @cached_property
    def _far(self) -> dict[Name, Held]:
        return _all(self._all_files())

    @cached_property
    def _by_id(self) -> dict[str, list[Name]]:
        found: dict[str, list[Name]] = {}
        for name in self._far:
            found.setdefault(name[0], []).append(name)
        return found

    def find(self, wanted: Iterable[Name]) -> dict[Name, Held]:
        """Those of ``wanted`` that are there."""
        found = {name: self._near[name] for name in wanted if name in self._near}
        if any(name not in found for name in wanted):
            found |= {name: self._far[name] for name in wanted if name in self._far}
        return found

    def contents(self, ident: str) -> Sequence[Name]:
        """Every content that an id has in the tree."""
        return self._by_id.get(ident, ())

    def erased(self, name: Name) -> bool:
        """Whether any copy of an entry has its personal fields erased."""
        return name in self._far and bool(self._far[name].erased)


class Trees(NamedTuple):
    """The tree before a step, and the one after it."""

    before: Elsewhere
    after: Elsewhere


class Ended(NamedTuple):
    """One of several contents of an id, set aside while another stayed: in which commit (or ``disk``, ``index``), file."""

    commit: str
    file: str
    name: Name


def _all(files: Files) -> dict[Name, Held]:
    found: dict[Name, Held] = {}
    for data in files:
        for name, held in entries(data()).items():
            if name not in found or held.erased:
                found[name] = held
    return found


class Judge:
    """Judges steps. ``erased``, ``moved`` and ``ended`` are what was met on the way and is in order."""

    def __init__(self, repo: Repository, objects: Objects) -> None:
        self.repo = repo
        self.objects = objects
        self.erased = 0
        self.moved = 0
        self.files = 0
        self.ended: list[Ended] = []
        self._versions: dict[str, Version] = {}
        self._trees: dict[str, Elsewhere] = {}

    def version(self, name: str) -> Version:
        """The entries of an object, the last few remembered."""
        found = self._versions.pop(name, None)
        if found is None:
            found = version(self.objects(name))
            if len(self._versions) > 8:
                del self._versions[next(iter(self._versions))]
        self._versions[name] = found
        return found

    def step(self, step: Step) -> Iterator[Problem]:
        """What is wrong with a step."""
        yield from (one._replace(parent=step.parent) for one in self._step(step))

    def _step(self, step: Step) -> Iterator[Problem]:
        trees = Trees(self.tree(step.parent), self.tree(step.commit, step.files))
        for one in step.files:
            self.files += 1
            rel = self.repo.own(one.path)
            if one.new_mode in LINKS:
                yield Problem(step.commit, self.inside(one.path), "", "link", LINK)
            elif self.repo.month_file(one.path):
                yield from self.file(step.commit, rel, one, trees)
            elif rel.startswith("files/") and one.old.strip("0") and one.new.strip("0") and one.old != one.new:
                yield Problem(step.commit, rel, "", "changed", ATTACHED)

    def tree(self, commit: str, near: Sequence[Difference] = ()) -> Elsewhere:
        """The entries of a commit's tree ("": of none); ``near``: files in which to look first."""
        return Elsewhere(self._files(near), lambda: self._files(tree(self.repo, commit)) if commit else ())

    def whole(self, commit: str) -> Elsewhere:
        """The entries of a commit's tree, the last two such trees remembered: many questions are put to the same one."""
        if commit not in self._trees:
            if len(self._trees) > 1:
                del self._trees[next(iter(self._trees))]
            self._trees[commit] = self.tree(commit)
        return self._trees[commit]

    def _files(self, files: Iterable[Difference]) -> Files:
        return [partial(self.objects, one.new) for one in files if self.repo.month_file(one.path)]

    def inside(self, path: str) -> str:
        """The path below the ledger, for messages."""
        return path.removeprefix(self.repo.prefix)

    def file(self, commit: str, rel: str, one: Difference, trees: Trees) -> Iterator[Problem]:
        """What is wrong with the step of one file."""
        if not one.old.strip("0") or self.objects(one.new).startswith(self.objects(one.old)):
            return
        yield from self.change(commit, rel, compared(self.version(one.old), self.version(one.new)), trees)

    def change(self, commit: str, rel: str, change: Change, trees: Trees) -> Iterator[Problem]:
        """What is wrong with what became of a file's entries."""
        gone = sorted(change.gone)
        found = trees.after.find(gone) if gone else {}
        revived = list(change.revived)
        self.erased += len(change.erased)
        for name in gone:
            if name in found:
                self.moved += 1
                if change.gone[name].erased and not found[name].erased and not trees.after.erased(name):
                    revived.append(name)
            elif self._is_ended(name, trees):
                self.ended.append(Ended(commit, rel, name))
            elif name[0] in change.standing:
                yield Problem(commit, rel, name[0], "changed", CHANGED, (name,))
            else:
                yield Problem(commit, rel, name[0], "lost", GONE, (name,))
        for name in revived:
            yield Problem(commit, rel, name[0], "changed", REVIVED)

    def _is_ended(self, name: Name, trees: Trees) -> bool:
        """Whether the id had several contents before, so that it was told as a clash, and one of the others is still there."""
        rivals = [other for other in trees.before.contents(name[0]) if other != name]
        return bool(rivals and trees.after.find(rivals))
