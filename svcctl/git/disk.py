"""The files on disk beside the last commit: by their content, not by what git believes to remember of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial

from svcctl.errors import NotFound
from svcctl.git import history
from svcctl.git.documents import compared, version
from svcctl.git.history import Difference, Elsewhere, Judge, Problem, Trees
from svcctl.git.repo import LINKS, Repository
from svcctl.texts import Text

DISK, INDEX = "disk", "index"
_NO_ATTACHMENT = Text("记录里的附件不见了", "an attachment that an entry names is gone")


def object_name(data: bytes, like: str) -> str:
    """The name that git gives to a file of this content; ``like``: another name, by which hash it was made."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def read(repo: Repository, rel: str) -> bytes | None:
    """A file of the ledger as it is now, None if it is not there. Raises Refused for a link, StorageFault."""
    try:
        return repo.root.read(rel)
    except NotFound:
        return None


def problems(judge: Judge, head: Iterable[Difference]) -> Iterator[Problem]:
    """What is wrong on disk with these files of the last commit."""
    repo, trees = judge.repo, since_head(judge)
    for one in head:
        rel = repo.own(one.path)
        if one.new_mode in LINKS:
            yield Problem("HEAD", judge.inside(one.path), "", "link", history.LINK)
        elif repo.month_file(one.path):
            data = read(repo, rel)
            if data is None or object_name(data, one.new) != one.new:
                yield from entries_of(judge, rel, one.new, data or b"", trees)
        elif rel.startswith("files/"):
            yield from attachment(repo, rel, one.new)


def since_head(judge: Judge) -> Trees:
    """The last commit's tree, and the files on disk."""
    root = judge.repo.root
    return Trees(judge.tree(judge.repo.head()), Elsewhere((), lambda: [partial(root.read, rel) for rel in root.month_files()]))


def entries_of(judge: Judge, rel: str, committed: str, data: bytes, trees: Trees) -> Iterator[Problem]:
    """What is wrong with the entries that a file on disk should have from the last commit."""
    if not data.startswith(judge.objects(committed)):
        yield from judge.change(DISK, rel, compared(judge.version(committed), version(data)), trees)


def attachment(repo: Repository, rel: str, committed: str) -> Iterator[Problem]:
    """What is wrong with a committed attachment on disk: another content, or gone while an entry names it."""
    data = read(repo, rel)
    if data is None and is_named(repo, rel):
        yield Problem(DISK, rel, "", "lost", _NO_ATTACHMENT)
    elif data is not None and object_name(data, committed) != committed:
        yield Problem(DISK, rel, "", "changed", history.ATTACHED)


def is_named(repo: Repository, rel: str) -> bool:
    """Whether any entry names an attachment."""
    return any(rel.encode() in repo.root.read(name) for name in repo.root.month_files())


def staged(judge: Judge) -> Iterator[Problem]:
    """What would be wrong with the next commit: the index beside the last one."""
    repo = judge.repo
    listed = repo.git.listed("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "HEAD", *repo.pathspec)
    fields = listed.decode("utf-8", "surrogateescape").split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    found = [history.difference(raw, path) for raw, path in pairs if not raw.endswith(" U")]  # in conflict: not decided yet
    trees = Trees(judge.tree(repo.head()), Elsewhere((), lambda: [partial(judge.objects, name) for name in _index_files(repo)]))
    for one in found:
        rel = repo.month_file(one.path)
        if rel and one.old.strip("0"):
            yield from judge.file(INDEX, rel, one, trees)


def _index_files(repo: Repository) -> list[str]:
    listed = repo.git.listed("ls-files", "--stage", "-z", "--full-name", *repo.pathspec)
    lines = listed.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return [line.split(" ")[1] for line in lines if repo.month_file(line.partition("\t")[2])]
