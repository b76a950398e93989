"""What ``check --repair`` and ``check --adopt`` do, and how they tell of it. The check itself comes afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from svcctl.cli import write
from svcctl.cli.session import Session
from svcctl.errors import Refused, SvcError
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.book.open import Book
    from svcctl.store.repair import Diagnosis

_NAMED = 12  # ids told of one file; the kept file has all

_DAMAGED = Text("{file}: {n} 处损坏{ids}，已移到 {kept}", "{file}: {n} damaged{ids}, set aside in {kept}")
_WOULD = Text("{file}: 会移走 {n} 处损坏{ids}", "{file}: {n} damaged{ids} would be set aside")
_PART = Text("{file}:{line}: {what}", "{file}:{line}: {what}")
_TORN = Text("{file}: 末尾没写完的 {n} 字节已移到 {kept}", "{file}: {n} incomplete bytes at its end were set aside in {kept}")
_WOULD_TORN = Text("{file}: 会移走末尾没写完的 {n} 字节", "{file}: {n} incomplete bytes at its end would be set aside")
_FINISHED = Text("{file}: {ids} 的个人信息只删去了一半，已删完", "{file}: {ids} was erased by half; that is finished")
_WOULD_FINISH = Text("{file}: 会把 {ids} 只删去一半的个人信息删完", "{file}: {ids} was erased by half; that would be finished")
_BOM = Text("{file}: 已去掉 BOM", "{file}: the BOM was taken out")
_WOULD_BOM = Text("{file}: 会去掉 BOM", "{file}: the BOM would be taken out")
_COPY = Text(
    "移走的内容也许在 git 里还有完好的一份：git log -p -- {file}，或 git show HEAD:./{file}（在台账目录里）",
    "git may have a sound copy of what was set aside: git log -p -- {file}, or git show HEAD:./{file} (in the ledger's folder)",
)
_GROUP = Text("{file}: 用不了的待完成批次，已改名移开", "a pending group that cannot be used was renamed to {file}")
_WOULD_GROUP = Text("{file}: 用不了的待完成批次，会改名移开", "{file}: a pending group that cannot be used would be renamed")
_ASK = Text("把这些移到旁边的文件里？其余不动", "Set that aside into files beside it? The rest stays as it is")
_TAKEN = Text("已收入", "was taken in")
_LOOK = Text("查看：svcctl check；重做是安全的", "Look: svcctl check; repeating is safe")
_LEFT = Text("没有改动", "nothing was changed")
_WOULD_ADOPT = Text("{file}:{line}: 会收入", "{file}:{line}: would be taken in")
_ADOPTED = Text("{file}:{line}: 已收入 {ids}", "{file}:{line}: taken in as {ids}")


def repair(session: Session, *, dry: bool, keep: str | None = None) -> None:
    """Set damage and surplus copies aside, file by file, and say what was done. On a terminal it is shown and asked for first.

    ``keep`` names the content that is to stay of an id that has several. Raises Usage, NotFound, Refused (nothing was
    done), StorageFault: what could not be kept was not cut.
    """
    from svcctl.cli import doubled
    from svcctl.store import create, groups, kept, repair

    book = session.book
    moment = book.now.isoformat(timespec="seconds")
    choice = doubled.chosen(session, keep)
    if dry or session.asks:
        plan, broken = repair.diagnose(book.root, moment), repair.broken_groups(book.root)
        for one in plan:
            _announce(session, one)
        for name in broken:
            session.say(_WOULD_GROUP.fill(file=f"{groups.PENDING}/{name}"))
        several = doubled.look(session)
        surplus = doubled.announce(session, several, choice)
        if dry:
            doubled.clashes(session, several, choice)
            return
        if not agreed(session, any(one.damaged for one in plan) or bool(broken) or bool(surplus), _ASK):
            return
    session.notice()
    with book.writer() as writer:
        kept.sweep(book.root)
        create.ignore_kept(book.root)
        for name in repair.broken_groups(book.root):
            session.say(_GROUP.fill(file=repair.set_group_aside(book.root, name)))
        for one in repair.diagnose(book.root, moment, still=True):
            if one.problem is not None:
                _tell(session, one.problem)
                continue
            try:
                outcome = repair.repair(writer, one.file, moment)
            except Refused as problem:
                _tell(session, problem)
                continue
            _done(session, outcome)
            _remembered(book, outcome.diagnosis)
    with book.writer() as writer:  # groups that damage kept from being completed are completed now
        doubled.end(session, writer, choice)
    doubled.clashes(session, doubled.look(session))


def _remembered(book: Book, one: Diagnosis) -> None:
    """Keep in mind that a month was sealed whose seal was set aside: else it would pass for an open one."""
    from svcctl.seal import FOLDER, PREFIX
    from svcctl.store.looked import remember

    names = [name for part in one.damaged for name in part.ids or (PREFIX + "-",)]
    seal = f'"{PREFIX}-'.encode() in one.torn or any(name.startswith(PREFIX + "-") for name in names)
    if seal and one.file.startswith(f"{FOLDER}/"):
        remember(book.root, {one.file[len(FOLDER) + 1 :][:7]: one.file})


def agreed(session: Session, needed: bool, question: Text) -> bool:
    """Whether whoever sits at the terminal agrees; where nobody does, the option itself is the consent."""
    if not needed or not session.asks:
        return True
    from svcctl.cli import prompt

    if prompt.agreed(session, question):
        return True
    session.say(_LEFT)
    return False


def _announce(session: Session, one: Diagnosis) -> None:
    """What repairing a file would do."""
    if one.problem is not None:
        _tell(session, one.problem)
        return
    for part in one.damaged:
        session.say(_PART.fill(file=one.file, line=part.line, what=part.what))
    for wanted, text in (
        (one.damaged, _WOULD.fill(file=one.file, n=len(one.damaged), ids=_ids(one))),
        (one.torn, _WOULD_TORN.fill(file=one.file, n=len(one.torn))),
        (one.finished, _WOULD_FINISH.fill(file=one.file, ids=", ".join(one.finished))),
        (one.bom, _WOULD_BOM.fill(file=one.file)),
    ):
        if wanted:
            session.say(text)


def _done(session: Session, outcome: object) -> None:
    """What was done to a file."""
    from svcctl.store.repair import Outcome

    assert isinstance(outcome, Outcome)
    one = outcome.diagnosis
    for wanted, text in (
        (one.damaged, _DAMAGED.fill(file=one.file, n=len(one.damaged), ids=_ids(one), kept=outcome.damaged)),
        (one.torn, _TORN.fill(file=one.file, n=len(one.torn), kept=outcome.torn)),
        (one.finished, _FINISHED.fill(file=one.file, ids=", ".join(one.finished))),
        (one.bom, _BOM.fill(file=one.file)),
        (one.damaged, _COPY.fill(file=one.file)),
    ):
        if wanted:
            session.say(text)


def _ids(one: Diagnosis) -> Text:
    names = list(dict.fromkeys(name for part in one.damaged for name in part.ids))
    shown = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    return Text(f"（{shown}）", f" ({shown})") if names else Text("", "")


def _tell(session: Session, problem: SvcError) -> None:
    session.say(Text(problem.say("zh"), problem.say("en")))


def adopt(session: Session, *, dry: bool, late: str, ids: Callable[[Text], None] | None) -> None:
    """Take in what was typed into month files: the ids on stdout (or to ``ids``), what is left with the reason on stderr.

    ``dry``: the entries are shown, as other commands do, and stay as they are. ``late``: why those of sealed months come.
    """
    from svcctl.book.adopt import Adoption, Taken
    from svcctl.store.recorded import DeskTime
    from svcctl.texts import same

    book = session.book
    by = session.environ.get("SVCCTL_BY", "").strip() or write.on_duty(session)

    def told(one: Taken) -> None:
        if one.problem is not None:
            zh, en = ("; ".join(one.problem.say(lang).splitlines()) for lang in ("zh", "en"))
            session.say(Text(f"{one.file}:{one.line}: {zh}", f"{one.file}:{one.line}: {en}"))
        elif dry:
            session.say(_WOULD_ADOPT.fill(file=one.file, line=one.line))
            if ids is None and one.draft is not None:
                write.show(session, one.draft, as_json=False)
        else:
            session.say(_ADOPTED.fill(file=one.file, line=one.line, ids=", ".join(one.ids)))
            if ids is None:
                write.acknowledge(session, "\n".join(one.ids), tuple(one.ids), _LOOK, _TAKEN)
            else:
                ids(same(" ".join(one.ids)))

    if dry:
        time = DeskTime(book.root, book.desk)
        for one in Adoption(book, None, lambda: time.next(book.now), by, late).run():
            told(one)
        return
    session.notice()
    with book.writer() as writer:
        for one in Adoption(book, writer, lambda: writer.recorded(book.now), by, late).run():
            told(one)
