"""Commands that record: from the options to an entry that is stored, and its id on stdout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from svcctl.book import values
from svcctl.book.find import Found, find
from svcctl.book.record import Recorder
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.cli import state
from svcctl.cli.session import Session
from svcctl.entry import CORRECTIONS, Noun, Verb
from svcctl.errors import NotFound, OutcomeUnknown, Usage
from svcctl.fields import BadValue, RefType, SharesType, Value, folded
from svcctl.texts import Text

if TYPE_CHECKING:
    from datetime import datetime

    from svcctl.book.open import Book
    from svcctl.store.writer import Writer


STORED = Text("已入账", "is stored")
NAMED = 20  # ids named in one message


def verb(session: Session, noun: Noun[Any], verb: type[Verb], given: Mapping[str, Any]) -> None:
    """Record a verb of a noun."""
    typed = {s.name: _flagged(given[s.attribute]) for s in verb.specs if given[s.attribute] not in (None, False, [], ())}
    of = "" if verb.opens or verb.spreads else given["id"] or ""
    if session.asks:
        from svcctl.cli import prompt

        of, typed = prompt.fill(session, verb, of, typed)
    wish = Wish(noun.name, verb.event, typed, of=of, **common(session, given))
    record(session, noun, wish, given)


def amend(session: Session, given: Mapping[str, Any], noun: Noun[Any]) -> None:
    """Correct fields of an entry."""
    changes, clear = {}, []
    for pair in given["set_"]:
        name, equals, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise Usage(Text("更正", "a correction"), where="--set", expected=Text("字段=值", "field=value"))
        if name in changes or name in clear:
            raise Usage(Text(f"{name} 写了两次", f"{name} is given twice"), where="--set")
        if value.strip():
            changes[name] = value
        else:
            clear.append(name)
    of, typed = _asked(session, given, "reason")
    wish = Wish(
        noun.name, "amend", typed, of=of, changes=changes, clear=tuple(clear), **common(session, given),
    )  # fmt: skip
    record(session, noun, wish, given)


def void(session: Session, given: Mapping[str, Any], noun: Noun[Any]) -> None:
    """Void an entry."""
    of, typed = _asked(session, given, "reason", "approved_by")
    record(session, noun, Wish(noun.name, "void", typed, of=of, **common(session, given)), given)


def _asked(session: Session, given: Mapping[str, Any], *names: str) -> tuple[str, dict[str, str]]:
    """What a correction is about and what it has to say, asked for on a terminal where it was not typed."""
    of, typed = given["id"] or "", {name: given[name] or "" for name in names}
    if session.asks:
        from svcctl.cli import prompt

        return prompt.correction(session, of, typed)
    return of, typed


def _flagged(value: Any) -> Any:
    return "true" if value is True else value


def common(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """What every writing verb has: when, by whom, note, key, attachments."""
    typed = (given["by_"] or "").strip()
    return {
        "at": given["at_"] or "", "by": typed or who(session), "by_typed": bool(typed), "note": given["note_"] or "",
        "key": given["key_"] or "", "files": tuple(given["attach_"] or ()), "late": given["late_"] or "",
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
    session.notice()
    values.complete(session.book, noun, wish)
    wish = _named(session, noun, wish)
    if given["dry_"]:
        wish = wish._replace(files=tuple(_looked(wish)))
        outcome = Recorder(session.book, _clock(session.book)).draft(wish)
        _dry(session, outcome, bool(given["json_"]))
        return
    outcome = store(session, wish)
    tell(session, outcome, bool(given["json_"]))


def _clock(book: Book) -> Callable[[], datetime]:
    """When entries of a dry run would be recorded: after all that is there, though nothing is written."""
    from svcctl.store.recorded import DeskTime

    time = DeskTime(book.root, book.desk)
    return lambda: time.next(book.now)


def _named(session: Session, noun: Noun[Any], wish: Wish) -> Wish:
    """The wish with the ids of what it is about and refers to, instead of what was typed for them."""
    verb = noun.verb(wish.event)
    if verb is None or not (verb.opens or verb.spreads):
        of = _of_key(session, noun, wish) or found(session, wish.of, noun.name, record=wish.event not in CORRECTIONS).entry
        wish = wish._replace(of=of)
    refs = {s.name: s.type.noun for s in (verb.specs if verb else ()) if isinstance(s.type, RefType)}
    ids: dict[str, Value] = {n: found(session, str(wish.values[n]), kind).entry for n, kind in refs.items() if wish.values.get(n)}
    for spec in verb.specs if verb else ():
        if isinstance(spec.type, SharesType) and wish.values.get(spec.name):
            with suppress(BadValue):  # which is refused where it is read
                shares = spec.type.split(wish.values[spec.name])
                ids[spec.name] = {found(session, one, spec.type.noun).entry: amount for one, amount in shares.items()}
    return wish._replace(values={**wish.values, **ids}) if ids else wish


def _of_key(session: Session, noun: Noun[Any], wish: Wish) -> str:
    """What the entry under the wish's key is of, if its record is at the unit typed: by now it may be closed there."""
    hits = session.book.reader.by_key(wish.key) if wish.key and noun.place_field else []
    for hit in hits:
        case = session.book.case(hit.record) if hit.kind == noun.name else None
        place = case.opening.data.values().get(noun.place_field) if case is not None else None
        if case is not None and place is not None and folded(place) == folded(wish.of):
            return next((e.of for e in case.history if e.id == hit.entry and e.event == wish.event), "")
    return ""


def _looked(wish: Wish) -> dict[str, bytes]:
    """The files to be attached, by their places in the ledger."""
    if not wish.files:
        return {}
    from svcctl.store.attach import look

    return dict(map(look, wish.files))


def found(session: Session, text: str, kind: str | None, *, record: bool = True) -> Found:
    """The entry that a shortcut names, said on stderr unless it was the full id. ``record``: the record it is of."""
    book = session.book
    hit = find(book, text, kind, lambda: state.rows(session.environ, book.root.path), record=record)
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
    files = _looked(wish)
    wish = wish._replace(files=tuple(files))
    with book.writer() as writer:
        recorder = Recorder(book, lambda: writer.recorded(book.now))
        outcome = recorder.draft(wish)
        if isinstance(outcome, Draft):
            for warning in outcome.warnings:
                session.say(Text("提醒：", "note: ").joined(warning, en=""))
            _append(book, writer, outcome, files)
    return outcome


def _append(book: Book, writer: Writer, draft: Draft, files: Mapping[str, bytes]) -> None:
    if not files:
        _put(writer, draft)
        return
    from svcctl.store.attach import kept

    with kept(book.root, files):
        _put(writer, draft)


def _put(writer: Writer, draft: Draft) -> None:
    if draft.brings:
        writer.append_group((one.file, one.doc) for one in draft.all)
    else:
        writer.append(draft.file, draft.doc)


def tell(session: Session, outcome: Draft | Stored, as_json: bool) -> None:
    """The ids on stdout, or the entries as JSON. What was stored but cannot be told is an unknown outcome."""
    ids = outcome.ids
    text = json.dumps(objects(session, outcome), ensure_ascii=False, indent=2) if as_json else "\n".join(ids)
    show = f"svcctl show {ids[0]}"
    look = Text(f"查看：{show}；带同一个 --key 重做是安全的", f"Look: {show}; repeating with the same --key is safe")
    acknowledge(session, text, ids, look)


def acknowledge(session: Session, text: str | Iterable[str], ids: tuple[str, ...], look: Text, done: Text = STORED) -> None:
    """Print that something is ``done``. If that cannot be told the outcome is unknown: ``look`` says how to find out."""
    try:
        for line in [text] if isinstance(text, str) else text:
            session.out(line)
        _flush()
    except (OSError, ValueError) as error:
        named = " ".join(ids[:NAMED]) + (f" … ({len(ids)})" if len(ids) > NAMED else "")
        raise OutcomeUnknown(
            Text("{ids} {done}，但没能输出", "{ids} {done}, but it could not be printed").fill(ids=named, done=done), todo=look
        ) from error


def _flush() -> None:
    import sys

    if sys.stdout is None:
        raise OSError("closed")
    sys.stdout.flush()


def objects(session: Session, outcome: Draft | Stored) -> list[dict[str, Any]]:
    """The entries of a group as they are shown."""
    from svcctl import rows
    from svcctl.entry import Place, typed

    if isinstance(outcome, Draft):
        entries = [one.entry for one in outcome.all]
    else:
        entries = []
        for doc in outcome.docs:
            read, _ = typed(session.book.noun(str(doc["kind"])), doc, Place("", 0))
            if read is None:
                raise NotFound(Text("读不出", "it cannot be read"), where=str(doc["id"]))
            entries.append(read)
    book = session.book
    return [rows.entry_for_programs(book.noun(e.kind), e, book.site, reveal=False) for e in entries]


def sighted(draft: Draft) -> tuple[Draft, ...]:
    """Of a group that is not stored what may be told: not what nobody may know yet."""
    return tuple(one for one in draft.all if not getattr(one.entry.data, "blind", False))


def _dry(session: Session, outcome: Draft | Stored, as_json: bool) -> None:
    if isinstance(outcome, Stored):
        session.say(Text(f"已经有了：{outcome.ids[0]}", f"it is there already: {outcome.ids[0]}"))
        return
    for warning in outcome.warnings:
        session.say(Text("提醒：", "note: ").joined(warning, en=""))
    show(session, outcome, as_json)


def show(session: Session, outcome: Draft, as_json: bool) -> None:
    """What would be stored, and into which file, masked and without what comes with the writing."""
    seen = sighted(outcome)
    shown = objects(session, seen[0]._replace(brings=seen[1:]))
    if as_json:
        session.out(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    from svcctl.store import codec

    for one, entry in zip(seen, shown, strict=True):
        session.out(f"# {one.file}")
        session.out("---")
        for key, value in entry.items():
            if key not in ("id", "recorded", "sum"):  # they come with the writing
                session.out(codec.line(key, value))
