"""``audit``: from git's history, that no committed entry was ever changed or lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.git.audit import Report
    from svcctl.git.history import Problem

_TOLD = 10
_WORDS = {
    "lost": Text("丢失", "lost"), "changed": Text("改动", "changed"), "link": Text("链接", "link"), "rewritten": Text("改写", "rewritten"),
}  # fmt: skip
_SINCE = Text("（现在又有了）", " (it is here again now)")
_AWAY = Text("（只在远端；这里的一直都在）", " (on the remote only; here it never was amiss)")
_AWAY_SINCE = Text("（只在远端，那里已找回）", " (on the remote only, where it was put right)")
_ANEW = Param("anew", ("--anew",), Text("不从上次核对处接着，从头核对", "Not from where the last audit ended, but from the beginning"), kind="flag")


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the problems, and in a line how much was looked at."""
    from svcctl.git.audit import audit
    from svcctl.git.repo import Repository

    repo = Repository(session.book.root, session.environ)
    report = audit(repo, bool(given["anew"]))
    if given["json_"]:
        objects = [
            {"commit": p.commit, "file": p.file, "id": p.id, "code": p.code, "message": p.message.to(session.lang), "mended": p.mended} for p in report.problems
        ]
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        for problem in report.problems:
            session.out(_line(session, problem))
    amiss = sum(not p.mended for p in report.problems)
    session.say(Text(
        f"核对了 {report.commits} 个新提交，{report.files} 次文件改动：{amiss} 个问题，{report.erased} 条个人信息删除，{report.moved} 条换了文件，"
        f"{len(report.ended)} 处编号冲突了结",
        f"audited {report.commits} new commits with {report.files} changes of files: problems {amiss}, erasures {report.erased}, moved {report.moved}, "
        f"clashes ended {len(report.ended)}",
    ))  # fmt: skip
    _explain(session, report)
    if amiss:
        session.exit_code = 1


def _explain(session: Session, report: Report) -> None:
    from svcctl.table import safe

    mended = sum(p.mended for p in report.problems)
    if mended:
        session.say(Text(f"另有 {mended} 处后来已找回，只是告知", f"{mended} more were put right by a later commit; that is told, and no problem"))
    for note in report.notes:
        session.say(note)
    for one in report.ended[:_TOLD]:
        place = safe(f"{one.commit[:12]} {one.file}: {one.name[0]}")
        session.say(Text(f"{place}：同一编号的两种内容，一种移走了，另一种还在", f"{place}: of two contents of one id one was set aside, another is still there"))
    for commit in report.vanished:
        session.say(Text(f"找回改写掉的提交：git merge {commit[:12]}", f"To bring back the commit that was rewritten away: git merge {commit[:12]}"))
    if report.vanished or any(p.code == "rewritten" for p in report.problems):
        session.say(Text("问清原因后从头核对：svcctl audit --anew", "Find out why, then start over: svcctl audit --anew"))


def _line(session: Session, problem: Problem) -> str:
    from svcctl.table import safe

    place = " ".join(part for part in (problem.commit[:12], problem.file) if part)
    ident = f"{problem.id}: " if problem.id else ""
    word = _WORDS[problem.code].joined(problem.message, "：", ": ").to(session.lang)
    since = (_AWAY_SINCE if problem.mended else _AWAY) if problem.away else _SINCE if problem.mended else Text("", "")
    return safe(f"{place}: {ident}{word}{since.to(session.lang)}")


COMMAND = Command(
    "audit", Text("凭 git 历史核对：提交过的记录没有被改动，也没有丢失；没有问题就只说一行。",
                  "Prove from git's history that no committed entry was changed or lost; when all is well it says one line."),
    (Text("svcctl audit", "svcctl audit"), Text("svcctl audit --json", "svcctl audit --json")), (JSON, _ANEW), run,
)  # fmt: skip
