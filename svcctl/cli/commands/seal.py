"""``seal``: close a month, accept what a merge brought into a closed one, or see which months are closed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from svcctl.book.values import MISSING, head, storable
from svcctl.book.wish import Wish
from svcctl.cli import write
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused, Usage, refuse
from svcctl.nouns import CATALOGUE
from svcctl.period import Calendar
from svcctl.seal import gone
from svcctl.texts import Text, listed, same

if TYPE_CHECKING:
    from svcctl.book.sealing import Line, Survey, Words
    from svcctl.seal import Closed, Seal

_LOOK = Text("查看：svcctl seal，或 svcctl check；重做是安全的", "Look: svcctl seal, or svcctl check; repeating is safe")
_SHOWN = 6  # entries that are named in a message
_STATES = {
    "sealed": Text("已结", "sealed"), "open": Text("未结", "open"), "missing": Text("结账记录丢失", "seal missing"),
    "unread": Text("结账记录有损坏", "seal damaged"),
}  # fmt: skip
_PARAMS = (
    Param("month", ("MONTH",), Text("哪个月：2026-10、上月、last；不写则列出各月", "Which month: 2026-10, last-month, last; without it they are listed"), metavar="MONTH"),
    Param("accept", ("--accept",), Text("接受结账后才到的记录", "Accept entries that came after it was sealed"), kind="flag"),
    Param("reason", ("--reason",), Text("接受的原因", "Why they are accepted")),
    Param("by_", ("--by",), Text("谁结账", "Who seals it"), metavar="NAME"),
    Param("note_", ("--note",), Text("备注", "Note")),
    Param("dry_", ("-n", "--dry-run"), Text("只看会写什么，不写", "Show what would be written, write nothing"), kind="flag"),
    JSON,
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Seal a month, or list them."""
    if not given["month"]:
        _only_with_month(given)
        _list(session, bool(given["json_"]))
        return
    book = session.book
    month = Calendar(book.site.zone).parse(given["month"], book.now, "month", "month").label
    accept, reason = bool(given["accept"]), (given["reason"] or "").strip()
    if accept != bool(reason):
        raise Usage(MISSING.fill(names="--reason" if accept else "--accept"))
    session.notice()
    from svcctl.book import sealing

    start = sealing.over(book, month)
    if book.now < start:
        raise Refused(
            Text(f"{month} 还没有过完", f"{month} is not over"), where="MONTH",
            expected=Text(f"{start:%Y-%m-%d %H:%M} 之后", f"no sooner than {start:%Y-%m-%d %H:%M}"),
        )  # fmt: skip
    by = _who(session, given, reason)
    words = sealing.Words(book.now.replace(microsecond=0), book.now, by, reason, given["note_"] or "")
    if given["dry_"]:
        made = _made(session, sealing.survey(book), month, accept, words)
        if made is not None:
            _say_made(session, made)
            _dry(session, made, bool(given["json_"]))
        return
    with book.writer() as writer:
        seen = sealing.survey(book)
        made = _made(session, seen, month, accept, words._replace(recorded=writer.recorded(book.now)))
        if made is not None:
            sealing.store(book, writer, made)
            _say_made(session, made)
    found = made or seen.seals.closed[month].seal
    write.acknowledge(session, _json(found) if given["json_"] else found.id, (found.id,), _LOOK)


def _only_with_month(given: dict[str, Any]) -> None:
    for name, typed in (("--accept", given["accept"]), ("--reason", given["reason"]), ("-n", given["dry_"]), ("--note", given["note_"])):
        if typed:
            raise Usage(Text("缺少月份", "the month is missing"), where=name, expected=Text("月份，如 2026-10", "a month like 2026-10"))


def _who(session: Session, given: dict[str, Any], reason: str) -> str:
    by = (given["by_"] or "").strip() or write.who(session)
    if not by:
        raise Usage(MISSING.fill(names="--by"), todo=Text("或先说一次：svcctl duty 姓名", "Or once: svcctl duty NAME"))
    problems = head(session.book, Wish("", "seal", by=by, note=given["note_"] or "")).problems
    storable("--reason", reason, problems)
    refuse(problems)
    return by


def _made(session: Session, seen: Survey, month: str, accept: bool, words: Words) -> Seal | None:
    """The seal or the supplement that is to be stored; None if there is nothing to store. Says what it comes to."""
    from svcctl.book import sealing

    sealing.refuse_damage(seen)
    for name, file in seen.missing.items():
        if name != month:
            session.say(Text("提醒：", "note: ").joined(gone(name, file).what, en=""))
    for flaw in sealing.disagreeing(session.book, seen)[:_SHOWN]:
        where = f"{flaw.place}: {flaw.id}: "
        session.say(Text(f"提醒：{where}{flaw.what.zh}", f"note: {where}{flaw.what.en}"))
    closed = seen.seals.closed.get(month)
    if closed is None and accept:
        raise Refused(
            Text(f"{month} 还没有结账", f"{month} is not sealed"), where="--accept", todo=Text(f"结账：svcctl seal {month}", f"Seal it: svcctl seal {month}")
        )  # fmt: skip
    if closed is not None and seen.open(month) and accept:
        raise Refused(
            Text(f"{month} 的结账记录不完整或不可信，先重新结账", f"the seal of {month} is incomplete or cannot be relied on; that comes first"),
            where="--accept", todo=Text(f"重新结账：svcctl seal {month}", f"Seal it again: svcctl seal {month}"),
        )  # fmt: skip
    if closed is not None and not seen.open(month):
        broken = seen.broken.get(month, ())
        if not broken and not seen.arrived(month):
            _say_sealed(session, closed)
            return None
        if not accept:
            raise _arrived(session, seen, closed) if seen.arrived(month) else _broken(closed)
    return sealing.seal(session.book, seen, month, words, os.urandom)


def _say_sealed(session: Session, closed: Closed) -> None:
    when = f"{closed.seal.at.astimezone(session.book.site.zone):%Y-%m-%d}"
    month, by = closed.seal.month, closed.seal.by
    session.say(Text(f"{month} 已由{by}于 {when} 结账，此后没有新的记录", f"{month} was sealed by {by} on {when}, and nothing has come since"))


def _arrived(session: Session, seen: Survey, closed: Closed) -> Refused:
    month, new = closed.seal.month, seen.arrived(closed.seal.month)
    names = ", ".join(one.id for one in new[:_SHOWN]) + (" …" if len(new) > _SHOWN else "")
    when = f"{closed.seal.at.astimezone(session.book.site.zone):%Y-%m-%d}"
    return Refused(
        Text(f"{month} 已由{closed.seal.by}于 {when} 结账，此后又到了 {len(new)} 条：{names}",
             f"{month} was sealed by {closed.seal.by} on {when}; since then there came {len(new)}: {names}"),
        where="MONTH", todo=Text(f"接受它们：svcctl seal {month} --accept --reason 原因", f"Accept them: svcctl seal {month} --accept --reason REASON"),
    )  # fmt: skip


def _broken(closed: Closed) -> Refused:
    month = closed.seal.month
    return Refused(
        Text(f"{month} 的补充结账不完整或不可信", f"a supplement of {month} is incomplete or cannot be relied on"),
        where="MONTH", todo=Text(f"重新接受：svcctl seal {month} --accept --reason 原因", f"Accept again: svcctl seal {month} --accept --reason REASON"),
    )  # fmt: skip


def _noun(name: str) -> Text:
    """What a noun is called; its code if there is no such noun here."""
    return CATALOGUE[name].label if name in CATALOGUE else same(name)


def _say_made(session: Session, made: Seal) -> None:
    total = sum(int(count) for count in made.counts.values())
    parts = listed([_noun(noun).joined(same(count), " ") for noun, count in made.counts.items()])
    parts = Text("（{p}）", " ({p})").fill(p=parts) if made.counts else same("")
    what = Text("补充接受 {month}：{n} 条{p}，校验码 {hash}", "accepted for {month}: {n} entries{p}, hash {hash}")
    if not made.of:
        what = Text("结账 {month}：{n} 条{p}，校验码 {hash}", "sealed {month}: {n} entries{p}, hash {hash}")
    session.say(what.fill(month=made.month, n=total, p=parts, hash=made.hash))
    if made.instead:
        names = ", ".join(made.instead)
        session.say(Text(f"代替不完整或不可信的 {names}", f"it takes the place of what is incomplete or cannot be relied on: {names}"))


def _dry(session: Session, made: Seal, as_json: bool) -> None:
    if as_json:
        session.out(_json(made))
        return
    from svcctl.book import sealing
    from svcctl.store import codec
    from svcctl.store.seals import docs_of

    session.out(f"# {sealing.file_of(session.book, made.month)}")
    session.out("---")
    for key, value in docs_of(made)[0].items():
        if key not in ("id", "recorded", "sum"):  # they come with the writing
            session.out(codec.line(key, value))


def _json(made: Seal) -> str:
    found = {
        "id": made.id, "month": made.month, "of": made.of or None, "at": made.at.isoformat(timespec="seconds"),
        "recorded": made.recorded.isoformat(timespec="microseconds"), "by": made.by, "reason": made.reason or None,
        "note": made.note or None, "counts": {noun: int(count) for noun, count in made.counts.items()}, "totals": dict(made.totals),
        "measures": {name: value or None for name, value in made.measures.items()}, "hash": made.hash,
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False, indent=2)


def _list(session: Session, as_json: bool) -> None:
    from svcctl.book import sealing

    seen = sealing.survey(session.book)
    lines = sealing.months(seen)
    for month, file in seen.missing.items():
        session.exit_code = 1
        session.say(gone(month, file).what)
    if seen.damage:
        session.exit_code = 1
        session.say(Text("台账有损坏，下面可能不全；请运行 svcctl check", "the ledger is damaged and what follows may be incomplete; run svcctl check"))
    if as_json:
        session.out(json.dumps([_object(line) for line in lines], ensure_ascii=False, indent=2))
    elif lines:
        from svcctl import table

        columns = [table.Column(t, number) for t, number in (
            (Text("月份", "Month"), False), (Text("状态", "State"), False), (Text("记录", "Entries"), True), (Text("结账后到", "Since"), True),
            (Text("结账", "Sealed"), False), (Text("结账人", "By"), False), (Text("编号", "ID"), False), (Text("校验码", "Hash"), False),
        )]  # fmt: skip
        session.out(table.render(columns, [_cells(session, line) for line in lines], session.lang, session.width))
    else:
        session.say(Text("没有记录", "nothing"))


def _object(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"month": line.month, "state": line.state, "entries": line.entries}
    seal = line.closed.seal if line.closed is not None else None
    found |= {
        "id": seal.id if seal else None, "at": seal.at.isoformat(timespec="seconds") if seal else None, "by": seal.by if seal else None,
        "hash": seal.hash if seal else None, "arrived": line.arrived,
    }  # fmt: skip
    return found | {
        "others": [one.id for one in line.closed.others] if line.closed else [],
        "supplements": [one.id for one in line.closed.supplements] if line.closed else [],
    }


def _cells(session: Session, line: Line) -> list[str]:
    if line.closed is None:
        return [line.month, _STATES[line.state].to(session.lang), str(line.entries), "", "", "", "", ""]
    seal, zone = line.closed.seal, session.book.site.zone
    state, since = _STATES[line.state].to(session.lang), str(line.arrived) if line.arrived else ""
    return [line.month, state, str(line.entries), since, f"{seal.at.astimezone(zone):%Y-%m-%d %H:%M}", ", ".join(dict.fromkeys(one.by for one in (seal, *line.closed.others))),
        " ".join(one.id for one in (seal, *line.closed.others)), seal.hash[:16]]


COMMAND = Command(
    "seal", Text("结账：把一个月的条数、合计、指标和校验码记下来；此后这个月的记录只能补录（--late）。",
                 "Close a month: its counts, totals, measures and a hash are written down; what comes later must be recorded as --late."),
    (Text("svcctl seal 上月", "svcctl seal last-month"), Text("svcctl seal", "svcctl seal"),
     Text('svcctl seal 2026-10 --accept --reason "夜班电脑的记录月末后才同步"',
          'svcctl seal 2026-10 --accept --reason "the night desk synced after the end of the month"')),
    _PARAMS, run,
)  # fmt: skip
