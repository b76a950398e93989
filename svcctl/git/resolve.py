"""Files in conflict, by git's index or by the markers in them: each becomes the union of its versions, by id."""

from __future__ import annotations

from typing import NamedTuple

from svcctl.errors import NotFound, Refused
from svcctl.git import commit
from svcctl.git.merging import unmerged
from svcctl.git.repo import Repository, refuse_link
from svcctl.git.union import Union, marked, sides, union
from svcctl.store.files import Root, is_month_file
from svcctl.texts import Text

Stages = dict[int, tuple[str, str]]


class Conflict(NamedTuple):
    """A file in conflict: its path below the ledger, its versions in the index (none if only its text says so)."""

    rel: str
    stages: Stages


class Found(NamedTuple):
    """What is in conflict: files of entries, and other files (by their paths in the repository)."""

    conflicts: tuple[Conflict, ...]
    others: tuple[str, ...]


def conflicts(root: Root, repo: Repository | None) -> Found:
    """Every file in conflict."""
    stages = unmerged(repo) if repo is not None else {}
    found = {repo.month_file(path): versions for path, versions in stages.items() if repo.month_file(path)} if repo else {}
    for rel in root.month_files():
        if rel not in found and marked(root.read(rel)):
            found[rel] = {}
    others = [path for path in stages if repo is not None and not repo.month_file(path)]
    return Found(tuple(Conflict(rel, found[rel]) for rel in sorted(found)), tuple(sorted(others)))


def solve(root: Root, repo: Repository | None, conflict: Conflict) -> Union:
    """Write the union of a file's versions, under the ledger's lock, and tell git that it is solved.

    Raises Refused if its markers make no sense, StorageFault.
    """
    base, versions = _versions(root, repo, conflict)
    made = union(base, versions)
    root.replace(conflict.rel, made.data)
    if repo is not None and (conflict.stages or _is_tracked(repo, conflict.rel)):
        commit.stage(repo, {repo.prefix + conflict.rel: commit.store_object(repo, made.data)})
        repo.git("update-index", "-q", "--refresh")
    return made


def _versions(root: Root, repo: Repository | None, conflict: Conflict) -> tuple[bytes | None, list[bytes]]:
    """The base and the versions, what stands on disk among them: somebody may have typed something into it."""
    base: bytes | None = None
    versions: list[bytes] = []
    if repo is not None and conflict.stages:
        for mode, _ in conflict.stages.values():
            refuse_link(conflict.rel, mode)
        with repo.git.objects() as objects:
            held = {number: objects(name) for number, (_, name) in conflict.stages.items()}
        base = held.get(1)
        # A side that has no such file has an empty one, so that the counts do not change sides.
        versions = [held.get(n, b"") for n in (2, 3) if n in held or base is not None]
    try:
        here = root.read(conflict.rel)
    except NotFound:
        return base, versions
    if not marked(here):
        return base, [*versions, here]
    try:
        below, two = sides(here)
    except Refused as error:
        todo = Text("冲突标记被改过；请用编辑器整理，或（有备份时）恢复冲突：git checkout -m -- {rel}",
                    "The markers were changed by hand: mend them with an editor, or (with a copy kept) bring the conflict back: git checkout -m -- {rel}")  # fmt: skip
        raise Refused(error.what, where=conflict.rel, todo=todo.fill(rel=conflict.rel)) from None
    return (base if conflict.stages else below), [*versions, *two]


def _is_tracked(repo: Repository, rel: str) -> bool:
    return bool(repo.git.must("ls-files", "-z", "--full-name", "--", repo.prefix + rel).out)


def not_entries(rel: str) -> Refused:
    """A file that was named and holds no entries."""
    return Refused(
        Text("不是记录文件；svcctl merge 只合并月份文件（如 repairs/2026-11.yaml）和 seals/", "not a file of entries; svcctl merge is for month files (repairs/2026-11.yaml) and seals/"), where=rel,
        todo=Text(f"手工解决：编辑 {rel}，再 git add -- {rel}", f"Solve it by hand: edit {rel}, then git add -- {rel}"),
    )  # fmt: skip


def is_entries(rel: str) -> bool:
    """Whether a path of the ledger is one that can be merged by id."""
    return is_month_file(rel)
