"""Another clone that writes under this desk's name: told from what came, before the two write one id or one line."""

from __future__ import annotations

from svcctl.git import documents
from svcctl.git.history import Step
from svcctl.git.repo import Repository
from svcctl.git.run import Warn
from svcctl.store.desk import free_names
from svcctl.store.files import desk_of
from svcctl.table import safe
from svcctl.texts import Text


def warn_of_namesake(repo: Repository, desk: str, step: Step, way: tuple[str, str], warn: Warn) -> None:
    """Say so if entries came in files of ``desk`` with commits that were never made here.

    ``step``: what came into the files here with the last movement of HEAD; ``way``: HEAD before it, and what came. A commit that this
    clone has had checked out is its own, or known: it may come back after a reset.
    """
    files = [one for one in step.files if repo.month_file(one.path) and desk_of(one.path) == desk]
    with repo.git.objects() as objects:
        paths = [one.path for one in files if documents.added(objects(one.old), objects(one.new))]
    if not desk or not paths:
        return
    old, new = way
    listed = repo.git.listed("log", "--no-merges", "--format=%H%x00%h%x00%an", new, f"^{old}", "--", *paths).decode("utf-8", "replace")
    had = set(repo.git("rev-list", "--walk-reflogs", "--skip=1", "HEAD", "--").line.split())
    others = [line.split("\0") for line in listed.splitlines() if line.partition("\0")[0] not in had]
    if others:
        _, name, author = others[0]
        other = free_names(repo.root, desk)[0]
        warn(Text(
            f"注意：别的一处也在用岗位名“{desk}”录入（{safe(paths[0])}，提交 {name}，{safe(author)}）；两处同名会写同一个文件。给这里另起一个：svcctl desk {other}",
            f'note: another clone writes under the desk name "{desk}" too ({safe(paths[0])}, commit {name} by {safe(author)}), and so into the same file. '
            f"Give this one another: svcctl desk {other}",
        ))  # fmt: skip
