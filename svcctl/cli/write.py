"""Commands that record: from the options to an entry that is stored, and its id on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from svcctl.book.find import Found, find
from svcctl.book.record import Recorder
from svcctl.book.values import MISSING
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.cli import state
from svcctl.cli.session import Session
from svcctl.entry import CORRECTIONS, Noun, Verb
from svcctl.errors import NotFound, OutcomeUnknown, Usage
from svcctl.texts import Text


def verb(session: Session, noun: Noun[Any], verb: type[Verb], given: Mapping[str, Any]) -> None:
    """Record a verb of a noun."""
    values = {s.name: _flagged(given[s.name]) for s in verb.specs if given[s.name] not in (None, False, [], ())}
    of = "" if verb.opens else given["id"] or ""
    if session.asks:
        from svcctl.cli import prompt

        of, values = prompt.fill(session, verb, of, values)
    wish = Wish(noun.name, verb.event, values, of=of, **common(session, given))
    record(session, noun, wish, given)


def amend(session: Session, given: Mapping[str, Any], noun: Noun[Any]) -> None:
    """Correct fields of an entry."""
    changes, clear = {}, []
    for pair in given["set_"]:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise Usage(Text("更正", "a correction"), where="--set", expected=Text("字段=值", "field=value"), got=pair)
        if value.strip():
            changes[name] = value
        else:
            clear.append(name)
    wish = Wish(
        noun.name, "amend", {"reason": given["reason"] or ""}, of=given["id"] or "", changes=changes,
        clear=tuple(clear), **common(session, given),
    )  # fmt: skip
    record(session, noun, wish, given)


def void(session: Session, given: Mapping[str, Any], noun: Noun[Any]) -> None:
    """Void an entry."""
    values = {"reason": given["reason"] or "", "approved_by": given["approved_by"] or ""}
    record(session, noun, Wish(noun.name, "void", values, of=given["id"] or "", **common(session, given)), given)


def _flagged(value: Any) -> Any:
    return "true" if value is True else value


def common(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """What every writing verb has: when, by whom, note, key, attachments."""
    typed = (given["by_"] or "").strip()
    return {
        "at": given["at_"] or "", "by": typed or who(session), "by_typed": bool(typed), "note": given["note_"] or "",
        "key": given["key_"] or "", "files": tuple(given["attach_"] or ()),
    }  # fmt: skip


def who(session: Session) -> str:
    """Who records: ``$SVCCTL_BY``, else who is on duty, else whoever is asked on a terminal."""
    named = session.environ.get("SVCCTL_BY", "").strip() or on_duty(session)
    if not named and session.asks:
        from svcctl.cli import prompt

        named = prompt.name(session)
    return named


def on_duty(session: Session) -> str:
    """Who said to be on duty, or nobody."""
    return state.on_duty(session.environ, session.book.root.path, session.now())


def record(session: Session, noun: Noun[Any], wish: Wish, given: Mapping[str, Any]) -> None:
    """Store a wish, or show what would be stored, and tell."""
    if session.rehearsed:
        moment = f"{session.book.now:%Y-%m-%d %H:%M}"
        session.say(Text(f"注意：时钟由 $SVCCTL_NOW 定为 {moment}", f"note: $SVCCTL_NOW sets the clock to {moment}"))
    if wish.event in CORRECTIONS or not _opens(noun, wish.event):
        if not wish.of:
            raise Usage(MISSING.fill(names="ID"))
        wish = wish._replace(of=found(session, wish.of, noun.name, record=wish.event not in CORRECTIONS).entry)
    if given["dry_"]:
        outcome = Recorder(session.book, lambda: session.book.now).draft(wish)
        _dry(session, noun, outcome, bool(given["json_"]))
        return
    outcome = store(session, wish)
    tell(session, noun, outcome, bool(given["json_"]))


def _opens(noun: Noun[Any], event: str) -> bool:
    verb = noun.verb(event)
    return verb is not None and verb.opens


def found(session: Session, text: str, kind: str | None, *, record: bool = True) -> Found:
    """The entry that a shortcut names, said on stderr unless it was the full id. ``record``: the record it is of."""
    book = session.book
    hit = find(book, text, kind, lambda: state.rows(session.environ, book.root.path))
    if record and hit.entry != hit.record:
        hit = hit._replace(entry=hit.record, how=hit.how if hit.how.zh else Text("所属的记录", "the record it belongs to"))
    if hit.how.zh:
        case = book.case(hit.record)
        from svcctl.mask import mask_numbers

        title = mask_numbers(case.noun.title(case.state)) if case is not None else ""
        session.say(Text(f"→ {hit.entry} {title}（{hit.how.zh}）", f"→ {hit.entry} {title} ({hit.how.en})"))
    return hit


def store(session: Session, wish: Wish) -> Draft | Stored:
    """Draft a wish under the ledger's lock and store it; durable when this returns."""
    book = session.book
    if wish.files:
        from svcctl.store.attach import take_in

        wish = wish._replace(files=tuple(take_in(book.root, f) for f in wish.files))
    with book.writer() as writer:
        book.refresh()
        recorder = Recorder(book, lambda: writer.recorded(book.now))
        outcome = recorder.draft(wish)
        if isinstance(outcome, Draft):
            for warning in outcome.warnings:
                session.say(Text("提醒：", "note: ").joined(warning, en=""))
            writer.append(outcome.file, outcome.doc)
    return outcome


def tell(session: Session, noun: Noun[Any], outcome: Draft | Stored, as_json: bool) -> None:
    """The ids on stdout, or the entries as JSON. What was stored but cannot be told is an unknown outcome."""
    ids = (outcome.entry.id,) if isinstance(outcome, Draft) else outcome.ids
    try:
        if as_json:
            session.out(json.dumps([_object(session, noun, outcome)], ensure_ascii=False, indent=2))
        else:
            for one in ids:
                session.out(one)
        _flush()
    except (OSError, ValueError) as error:
        raise OutcomeUnknown(
            Text(f"{' '.join(ids)} 已入账，但没能输出", f"{' '.join(ids)} is stored, but could not be printed"),
            todo=Text(f"查看：svcctl show {ids[0]}", f"Look: svcctl show {ids[0]}"),
        ) from error


def _flush() -> None:
    import sys

    if sys.stdout is None:
        raise OSError("closed")
    sys.stdout.flush()


def _object(session: Session, noun: Noun[Any], outcome: Draft | Stored) -> dict[str, Any]:
    from svcctl import rows
    from svcctl.entry import Place, typed

    if isinstance(outcome, Draft):
        entry = outcome.entry
    else:
        read, _ = typed(noun, outcome.doc, Place("", 0))
        if read is None:
            raise NotFound(Text("读不出", "it cannot be read"), where=outcome.ids[0])
        entry = read
    return rows.entry_for_programs(noun, entry, session.book.site, reveal=False)


def _dry(session: Session, noun: Noun[Any], outcome: Draft | Stored, as_json: bool) -> None:
    if isinstance(outcome, Stored):
        session.say(Text(f"已经有了：{outcome.ids[0]}", f"it is there already: {outcome.ids[0]}"))
        return
    for warning in outcome.warnings:
        session.say(Text("提醒：", "note: ").joined(warning, en=""))
    shown = _object(session, noun, outcome)
    if as_json:
        session.out(json.dumps([shown], ensure_ascii=False, indent=2))
        return
    session.out(f"# {outcome.file}")
    session.out("---")
    for key, value in shown.items():
        if key not in ("id", "recorded", "sum"):  # they come with the writing
            session.out(f"{key}: {json.dumps(value, ensure_ascii=False)}")
