"""``sync``: commit what was recorded here, fetch what others recorded, merge, push. Every stop is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from collections import Counter

    from svcctl.git.commit import Work
    from svcctl.git.exchange import Exchanged
    from svcctl.git.repo import Repository
    from svcctl.store.writer import Writer

_TOLD = 5
_PARAMS = (
    Param("local", ("--local",), Text("只在这里提交，不交换", "Commit here only, exchange nothing"), kind="flag"),
    Param("dry_", ("-n", "--dry-run"), Text("只看会提交什么，不做", "Show what would be committed, do nothing"), kind="flag"),
)


def run(session: Session, given: dict[str, Any]) -> None:
    """Exchange entries."""
    from svcctl.git.commit import identity
    from svcctl.git.exchange import exchange, refuse_two_beginnings
    from svcctl.git.merging import sweep
    from svcctl.git.repo import Repository

    book = session.book
    repo = Repository(book.root, session.environ, session.asks)
    repo.refuse_unready()
    branch = repo.branch()
    up = None if given["local"] or given["dry_"] else repo.upstream(branch)
    if given["dry_"]:
        _dry(session, repo)
        return
    if up is not None:
        _named(session)
    with book.writer() as writer:
        sweep(repo)
        if up is not None and not repo.head():
            refuse_two_beginnings(repo, up, session.say)
        who = identity(repo, writer.desk)
        done = _committed(session, repo, writer, who)
        if up is None:
            if not done:
                session.say(Text("没有新的要提交", "nothing new to commit"))
            return
        found = exchange(repo, branch, up, writer.desk, who, session.say)
    _tell(session, found, done)


def _named(session: Session) -> None:
    """See that this place has a name before anything goes anywhere: two places without one write the same files."""
    from svcctl.store import desk

    book = session.book
    if book.desk:
        return
    if not session.asks:
        raise Refused(
            Text("这个录入点还没有名字；没有名字的两处会写同一个文件", "this desk has no name yet, and two without one write the same files"),
            todo=Text("先起名：svcctl desk 名字（如 svcctl desk night）", "Name it first: svcctl desk NAME (such as svcctl desk night)"),
        )  # fmt: skip
    from svcctl.cli import prompt

    desk.bind_desk(book.root, prompt.desk(session))


def _dry(session: Session, repo: Repository) -> None:
    from svcctl.git.commit import subject, survey
    from svcctl.git.history import Judge
    from svcctl.store.desk import current_desk

    with repo.git.objects() as objects:
        work = survey(repo, Judge(repo, objects))
    _mention(session, work)
    if work.empty:
        session.say(Text("没有新的要提交", "nothing new to commit"))
        return
    from svcctl.table import safe

    session.out(safe(subject(current_desk(session.book.root, session.environ), work)))
    for rel in sorted([*work.store, *work.remove]):
        session.out(safe(f"  {rel}"))


def _committed(session: Session, repo: Repository, writer: Writer, who: dict[str, str]) -> bool:
    """Commit what there is, and say so; whether there was anything."""
    from svcctl.git import commit
    from svcctl.git.history import Judge

    with repo.git.objects() as objects:
        work = commit.survey(repo, Judge(repo, objects))
    _mention(session, work)
    if work.empty:
        return False
    message, head = commit.subject(writer.desk, work), repo.head()
    if commit.commit(repo, writer, work, head, message, who) == head:
        return False  # only the index was behind
    session.say(Text(f"已提交：{message.removeprefix('svcctl: ')}", f"committed: {message.removeprefix('svcctl: ')}"))
    return True


def _mention(session: Session, work: Work) -> None:
    if work.others:
        names = " ".join(work.others[:_TOLD]) + (f" … ({len(work.others)})" if len(work.others) > _TOLD else "")
        session.say(Text(f"不是台账的文件，没有提交：{names}", f"not files of the ledger, so not committed: {names}"))


def _tell(session: Session, found: Exchanged, committed: bool) -> None:
    if not found.files and not found.pushed:
        if not committed:
            session.say(Text("两边一样，没有新的", "both sides are the same, nothing new"))
        return
    session.say(Text(f"送出 {_counted(found.went, 'zh')}；收到 {_counted(found.came, 'zh')}",
                     f"sent: {_counted(found.went, 'en')}; received: {_counted(found.came, 'en')}"))  # fmt: skip
    if found.files:
        session.say(Text("核对一下合并后的台账：svcctl check", "Check the ledger as it is now: svcctl check"))
    for file, clash in found.clashes:
        session.out(f"{file}:{clash.line}: {clash.id}: {CLASH.to(session.lang)}")
    _back(session, found)
    if found.clashes:
        session.exit_code = 1


def _back(session: Session, found: Exchanged) -> None:
    """Say what could not stay away, though one side had set it aside."""
    for one in found.back:
        ident, file = one.name[0], one.path
        if one.clash:
            session.say(Text(f"{file}：{ident} 两处各留了不同的内容，这一种又回来了；定下一种：svcctl check --repair --keep 文件:行",
                             f"{file}: {ident}: each side had kept another content, and this one is back; decide: svcctl check --repair --keep FILE:LINE"))  # fmt: skip
        else:
            session.say(Text(f"{file}：{ident} 两处各移走了不同的一份，这一份留了下来", f"{file}: {ident}: each side had set another copy aside; this one stands again"))


CLASH = Text("同一编号有几种内容，都留下了；看 svcctl check --repair -n，再用 --keep 选出对的",
             "one id with several contents; all were kept: see svcctl check --repair -n, then choose with --keep")  # fmt: skip


def _counted(kinds: Counter[str], lang: str) -> str:
    from svcctl.git.documents import counted

    return counted(kinds) or Text("没有记录", "no entries").to(lang)


COMMAND = Command(
    "sync", Text("与别的录入点交换记录：提交这里的，取来别人的，合并，送出。停下时都说明原因和下一步。",
                 "Exchange entries with other desks: commit, fetch, merge, push. Every stop is explained, with what to type next."),
    (same("svcctl sync"), same("svcctl sync --local"), same("svcctl sync -n")), _PARAMS, run,
)  # fmt: skip
