"""From one version of the ledger's tree to another: what became of the entries, whoever made the step and however."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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

    ``names``: the entries that would have to be somewhere for it to be ``mended``.
    """

    commit: str
    file: str
    id: str
    code: str
    message: Text
    names: tuple[Name, ...] = ()
    mended: bool = False


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


class Elsewhere:
    """The entries of the files at the end of a step: where one is looked for that is not in its own file any more.

    Both give the contents of files: ``changed`` of those that changed in the step, ``all_files`` of every one; the
    latter are read only if the former do not do.
    """

    def __init__(self, changed: Iterable[Callable[[], bytes]], all_files: Callable[[], Iterable[Callable[[], bytes]]]) -> None:
        self._changed = changed
        self._all_files = all_files
        self._near: dict[Name, Held] | None = None
        self._far: dict[Name, Held] | None = None

    def find(self, wanted: Iterable[Name]) -> dict[Name, Held]:
        """Those of ``wanted`` that are there."""
        if self._near is None:
            self._near = _all(self._changed)
        found = {name: self._near[name] for name in wanted if name in self._near}
        if any(name not in found for name in wanted):
            if self._far is None:
                self._far = _all(self._all_files())
            found |= {name: self._far[name] for name in wanted if name in self._far}
        return found


def _all(files: Iterable[Callable[[], bytes]]) -> dict[Name, Held]:
    found: dict[Name, Held] = {}
    for data in files:
        for name, held in entries(data()).items():
            if name not in found or held.erased:
                found[name] = held
    return found


class Judge:
    """Judges steps. ``erased`` and ``moved`` count what was met on the way and is in order."""

    def __init__(self, repo: Repository, objects: Objects) -> None:
        self.repo = repo
        self.objects = objects
        self.erased = 0
        self.moved = 0
        self.files = 0
        self._versions: dict[str, Version] = {}

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
        elsewhere = Elsewhere(
            [lambda d=d: self.objects(d.new) for d in step.files if self.repo.month_file(d.path)],  # type: ignore[misc]
            lambda: [lambda d=d: self.objects(d.new) for d in tree(self.repo, step.commit) if self.repo.month_file(d.path)],  # type: ignore[misc]
        )
        for one in step.files:
            self.files += 1
            rel = self.repo.own(one.path)
            if one.new_mode in LINKS:
                yield Problem(step.commit, self.inside(one.path), "", "link", LINK)
            elif self.repo.month_file(one.path):
                yield from self.file(step.commit, rel, one, elsewhere)
            elif rel.startswith("files/") and one.old.strip("0") and one.new.strip("0") and one.old != one.new:
                yield Problem(step.commit, rel, "", "changed", ATTACHED)

    def inside(self, path: str) -> str:
        """The path below the ledger, for messages."""
        return path.removeprefix(self.repo.prefix)

    def file(self, commit: str, rel: str, one: Difference, elsewhere: Elsewhere) -> Iterator[Problem]:
        """What is wrong with the step of one file."""
        if not one.old.strip("0") or self.objects(one.new).startswith(self.objects(one.old)):
            return
        yield from self.change(commit, rel, compared(self.version(one.old), self.version(one.new)), elsewhere)

    def change(self, commit: str, rel: str, change: Change, elsewhere: Elsewhere) -> Iterator[Problem]:
        """What is wrong with what became of a file's entries."""
        gone = sorted([*change.lost, *change.changed])
        found = elsewhere.find(gone) if gone else {}
        self.moved += len(found)
        self.erased += len(change.erased)
        for name in gone:
            if name in found:
                continue
            if name in change.lost:
                yield Problem(commit, rel, name[0], "lost", GONE, (name,))
            else:
                yield Problem(commit, rel, name[0], "changed", CHANGED, (name,))
        for name in change.revived:
            yield Problem(commit, rel, name[0], "changed", REVIVED)
