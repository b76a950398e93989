"""Another clone that writes under this desk's name: told from what came, before the two write one id or one line."""

from __future__ import annotations

from collections.abc import Mapping

from svcctl.git import documents, history
from svcctl.git.documents import Name
from svcctl.git.history import Difference, Step
from svcctl.git.repo import Repository
from svcctl.git.run import Objects, Warn
from svcctl.store.desk import free_names
from svcctl.store.files import desk_of
from svcctl.table import safe
from svcctl.texts import Text


def warn_of_namesake(repo: Repository, desk: str, step: Step, way: tuple[str, str], warn: Warn) -> None:
    """Say so if entries came in files of ``desk`` with commits that were never made here.

    ``step``: what came into the files here with the last movement of HEAD; ``way``: HEAD before it, and what came. A commit that this
    clone has had checked out is its own, or known: it may come back after a reset.
    """
    if not desk:
        return
    files = [one for one in step.files if repo.month_file(one.path) and desk_of(one.path) == desk]
    with repo.git.objects() as objects:
        new = {one.path: names for one in files if (names := _added(objects, one))}
        told = _others(repo, objects, new, way) if new else None
    if told is None:
        return
    path, name, author = told
    other = free_names(repo.root, desk)[0]
    warn(Text(
        f"注意：别的一处也在用岗位名“{desk}”录入（{safe(path)}，提交 {name}，{safe(author)}）；两处同名会写同一个文件。给这里另起一个：svcctl desk {other}",
        f'note: another clone writes under the desk name "{desk}" too ({safe(path)}, commit {name} by {safe(author)}), and so into the same file. '
        f"Give this one another: svcctl desk {other}",
    ))  # fmt: skip


def _added(objects: Objects, one: Difference) -> set[Name]:
    return documents.entries(objects(one.new)).keys() - documents.entries(objects(one.old)).keys()


def _others(repo: Repository, objects: Objects, new: Mapping[str, set[Name]], way: tuple[str, str]) -> tuple[str, str, str] | None:
    """The file, commit and author of the last commit that was not made here and brought any of the ``new`` entries of a
    file; not one that only set something aside in it."""
    listed = repo.git.listed("log", "--no-merges", "--format=%H%x00%P%x00%h%x00%an", way[1], f"^{way[0]}", "--", *new).decode("utf-8", "replace")
    had = set(repo.git("rev-list", "--walk-reflogs", "--skip=1", "HEAD", "--").line.split())
    others = [line.split("\0") for line in listed.splitlines() if line.partition("\0")[0] not in had]
    steps = history.steps(repo, [(commit, parent) for commit, parent, _, _ in others])
    for (_, _, name, author), step in zip(others, steps, strict=True):
        for one in step.files:
            if one.path in new and _added(objects, one) & new[one.path]:
                return one.path, name, author
    return None
