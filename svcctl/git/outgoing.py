"""What must not go out: commits that change or lose entries, judged one by one, and files with git's markers in them.

An entry that was committed and taken away again before anybody had it would be lost as well; so every commit that the
remote has not is compared with every parent of it. What a later commit put back is in order.
"""

from __future__ import annotations

from collections.abc import Sequence

from svcctl.errors import Refused
from svcctl.git import history
from svcctl.git.endings import is_mended, of_commits
from svcctl.git.history import Judge, Problem, Step
from svcctl.git.repo import Repository, Upstream
from svcctl.git.union import marked
from svcctl.git.ways import way_back
from svcctl.table import safe
from svcctl.texts import Text

_TOLD = 10


def refuse_losses(repo: Repository, up: Upstream, theirs: str, ours: str) -> None:
    """Refuse to exchange while a commit of ``ours`` that ``theirs`` ("": there is none) has not changes or loses entries."""
    with repo.git.objects() as objects:
        judge = Judge(repo, objects)
        problems = [one for one in of_commits(judge, history.pairs(repo, [ours], [theirs] if theirs else [])) if not is_mended(judge, one, ours)]
        if not problems:
            return
        ways = _ways(judge, problems, ours, (theirs, f"{up.remote}/{up.branch}"))
    first = problems[0]
    told = "; ".join(f"{p.commit[:12]} {p.file}: {p.id}" for p in problems[:_TOLD]) + (f" … ({len(problems)})" if len(problems) > _TOLD else "")
    raise Refused(
        Text(f"这里的提交改掉或丢掉了提交过的记录（{safe(told)}：{first.message.zh}），没有送出",
             f"what is committed here changes or loses committed entries ({safe(told)}: {first.message.en}); nothing was sent"),
        where=safe(up.remote),
        todo=Text(f"在台账目录中找回：{safe('；'.join(ways))}；再 svcctl sync", f"Bring them back, in the ledger's folder: {safe('; '.join(ways))}; then svcctl sync"),
    )  # fmt: skip


def _ways(judge: Judge, problems: Sequence[Problem], ours: str, remote: tuple[str, str]) -> list[str]:
    """What to type for every file, so that it has again what it had."""
    first = {one.file: one for one in reversed(problems)}
    return [way_back(judge, one, ours, _named(judge.repo, one, remote)) for one in list(first.values())[:_TOLD]]


def _named(repo: Repository, problem: Problem, remote: tuple[str, str]) -> str:
    """A name for the commit before a problem that a person can type: of the remote's branch, of the first parent, else its own."""
    theirs, name = remote
    if problem.parent == theirs:
        return name
    return f"{problem.commit[:12]}^" if repo.commit_of(f"{problem.commit}^") == problem.parent else problem.parent[:12]


def refuse_markers(repo: Repository, step: Step) -> None:
    """Refuse to pass on a file that somebody has committed with a conflict in it."""
    with repo.git.objects() as objects:
        for one in step.files:
            rel = repo.month_file(one.path)
            if rel and marked(objects(one.new)):
                raise Refused(Text("提交里有 git 的冲突标记，没有送出", "it was committed with git's conflict markers in it; nothing was sent"), where=rel,
                              todo=Text(f"请运行 svcctl merge {rel}，再 svcctl sync", f"Run svcctl merge {rel}, then svcctl sync"))  # fmt: skip
