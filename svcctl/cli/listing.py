"""``NOUN list``: which records, in which order, as a table for people or as data for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from svcctl import nouns, rows
from svcctl.book.find import Unknown, master
from svcctl.cli import state
from svcctl.cli.params import CUTS, REVEAL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Noun
from svcctl.errors import Usage
from svcctl.fields import BadValue, Ctx, FlagType, MasterType, TimeType, folded, near
from svcctl.fold import VOID, Case, fold
from svcctl.texts import Text, listed, same

if TYPE_CHECKING:
    from svcctl.book.open import Book

_TOLD = 5  # warnings of a sort
FORMATS = ("table", "json", "csv", "tsv", "yaml")
JSON = Param("json_", ("--json",), Text("同 --format json", "Short for --format json"), kind="flag")
FORMAT = Param("format", ("--format",), Text("格式：table json csv tsv yaml", "table, json, csv, tsv or yaml"), metavar="FORMAT", complete=FORMATS)
FILTERS = (
    Param("open", ("--open",), Text("只看未结的", "Only open ones"), kind="flag"),
    Param("overdue", ("--overdue",), Text("只看超时的", "Only overdue ones"), kind="flag"),
    Param("state", ("--state",), Text("只看某个状态", "Only in this state"), metavar="STATE"),
    Param("from_", ("--from",), Text("从哪天（含）", "From this day on"), metavar="DATE"),
    Param("to_", ("--to",), Text("到哪天（含）", "Up to this day"), metavar="DATE"),
    Param("where", ("--where",), Text("字段=值，可多次", "field=value; may be repeated"), kind="many", metavar="FIELD=VALUE"),
    Param("unit", ("--unit",), Text("铺位/房号", "Unit")),
    Param("sort", ("--sort",), Text("按字段排序，前加 - 为倒序", "Sort by this field; -field the other way round"), metavar="FIELD"),
    Param("limit", ("--limit",), Text("最多几行", "At most so many"), metavar="N"),
)  # fmt: skip


def command(kind: str) -> Command:
    """The ``list`` of a noun."""
    label = nouns.CATALOGUE[kind].label
    examples = (
        Text(f"svcctl {kind} list --open", f"svcctl {kind} list --open"),
        Text(f"svcctl {kind} list --from 上周一 --format csv > {kind}.csv", f"svcctl {kind} list --from 2026-11-01 --format csv > {kind}.csv"),
    )  # fmt: skip
    about = Text(f"列出{label.zh}。", f"List the records of {kind}.")
    return Command("list", about, examples, (*FILTERS, FORMAT, JSON, *CUTS, REVEAL), partial(run, kind=kind))


def run(session: Session, given: dict[str, Any], kind: str) -> None:
    """Print the list."""
    book, noun = session.book, session.book.noun(kind)
    now = moment(session, given["as_of"], "--as-of") or book.now
    cases = selected(session, noun, given)
    found = [(case, rows.values(case, now, book.site)) for case in cases]
    for keep in filters(session, noun, given):
        found = [pair for pair in found if keep(pair[1])]
    ordered(noun, found, given["sort"])
    limit = number(given["limit"], "--limit")
    if limit is not None:
        del found[limit:]
    state.keep_rows(session.environ, book.root.path, [case.id for case, _ in found])
    put(session, noun, [row for _, row in found], _format(given), bool(given["reveal"]))
    damaged(session)


def _format(given: dict[str, Any]) -> str:
    if given["json_"]:
        return "json"
    wanted = given["format"] or "table"
    if wanted not in FORMATS:
        raise Usage(
            Text("格式", "format"), where="--format", expected=listed([same(f) for f in FORMATS]), got=wanted,
            todo=Text(f"是不是 {near(wanted, FORMATS)}？", f"Did you mean {near(wanted, FORMATS)}?") if near(wanted, FORMATS) else None,
        )  # fmt: skip
    return str(wanted)


def moment(session: Session, text: str | None, where: str) -> datetime | None:
    """The time that an option means, a date alone being the end of that day. Raises Usage."""
    return moment_of(session.book, text, where) if text else None


def moment_of(book: Book, text: str | None, where: str) -> datetime | None:
    """``moment`` by the clock and the zone of a ledger."""
    if not text:
        return None
    try:
        found: datetime = TimeType().parse(text, Ctx(book.now, book.site.zone))
    except BadValue as bad:
        raise Usage(Text("时间", "a time"), where=where, expected=bad.expected, got=text) from None
    return found


def known(book: Book, text: str | None) -> datetime | None:
    """The moment that ``--known-at`` means: typed in whole seconds, it takes in all that was recorded in that second."""
    found = moment_of(book, text, "--known-at")
    return found if found is None or found.microsecond else found + timedelta(microseconds=999_999)


def number(text: str | None, where: str) -> int | None:
    """The whole number that an option means. Raises Usage."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Usage(Text("行数", "a number"), where=where, expected=Text("整数", "a whole number"), got=text)
    return int(text)


def selected(session: Session, noun: Noun[Any], given: dict[str, Any]) -> Iterable[Case[Any]]:
    """The records that can be in the list, each by the quickest way to them."""
    book = session.book
    as_of, known_at = moment(session, given["as_of"], "--as-of"), known(book, given["known_at"])
    start, end = day(session, given["from_"], "--from", False), day(session, given["to_"], "--to", True)
    voids = folded(given["state"] or "") in (VOID, folded("已作废"), "voided")
    if as_of is None and known_at is None and (given["open"] or given["overdue"]):
        cases: Iterable[Case[Any]] = book.cases(book.reader.open_records(noun.name, None))
    else:
        cases = _cut(book, noun, start, end, as_of, known_at)
    for case in cases:
        if case.voided and not voids:
            continue
        if (start is None or case.opening.at >= start) and (end is None or case.opening.at < end):
            yield case


def _cut(
    book: Book, noun: Noun[Any], start: datetime | None, end: datetime | None, as_of: datetime | None,
    known_at: datetime | None,
) -> Iterable[Case[Any]]:  # fmt: skip
    if start is not None:
        book.known_at = known_at
        wanted = book.touching(noun.name, start, end or book.now + timedelta(days=1))
    else:
        wanted = list(book.reader.all_records(noun.name))
    if noun.account_field:
        yield from book.lit(book.folded(noun, wanted, as_of, known_at), as_of, known_at)
        return
    for _, stored in book.reader.load(wanted):
        entries = book.typed(stored)
        case = fold(noun, entries, as_of=as_of, known_at=known_at) if entries else None
        if case is not None:
            yield case


def day(session: Session, text: str | None, where: str, end: bool) -> datetime | None:
    """The beginning of a day, or of the day after it (``end``); a time is taken as it is. Raises Usage."""
    if not text:
        return None
    from svcctl import dates

    book = session.book
    try:
        found = dates.parse_date(text, book.now) + timedelta(days=1 if end else 0)
    except dates.NotATime:
        at = moment(session, text, where)
        return at + timedelta(seconds=1) if end and at else at
    return datetime(found.year, found.month, found.day, tzinfo=book.site.zone)


def filters(session: Session, noun: Noun[Any], given: dict[str, Any]) -> list[Callable[[dict[str, Any]], bool]]:
    """What a row has to fulfil to be in the list."""
    found: list[Callable[[dict[str, Any]], bool]] = []
    if given["open"]:
        found.append(lambda row: bool(row["open"]))
    if given["overdue"]:
        found.append(lambda row: bool(row["overdue"]))
    if given["state"]:
        code = _state(noun, given["state"])
        found.append(lambda row: bool(row["state"] == code))
    pairs = list(given["where"] or ())
    if given["unit"]:
        if not noun.place_field:
            raise Usage(Text("这个名词没有铺位", "this noun has no unit"), where="--unit")
        pairs.append(f"{noun.place_field}={given['unit']}")
    found.extend(_where(session, noun, pair) for pair in pairs)
    return found


def _state(noun: Noun[Any], text: str) -> str:
    for code, label in (*noun.states.items(), (VOID, Text("已作废", "Voided"))):
        if folded(text) in (code, folded(label.zh), folded(label.en)):
            return code
    hint = near(text, list(noun.states))
    raise Usage(
        Text("状态", "state"), where="--state", expected=listed([Text(f"{c}（{t.zh}）", c) for c, t in noun.states.items()]),
        got=text, todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
    )  # fmt: skip


def _where(session: Session, noun: Noun[Any], pair: str) -> Callable[[dict[str, Any]], bool]:
    name, equals, text = pair.partition("=")
    name = name.strip().replace("-", "_")
    known = rows.headings(noun)
    if not equals or name not in known:
        hint = near(name, list(known))
        raise Usage(
            Text("条件", "a condition"), where="--where", got=name if equals else None,
            expected=Text("字段=值，字段如 ", "field=value, with a field such as ").joined(same(", ".join(known)), en=""),
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    kind = known[name].type
    if not text.strip():
        return lambda row: row[name] in (None, "")
    if name == "state":
        code = _state(noun, text)
        return lambda row: bool(row["state"] == code)
    if kind.name not in ("text", "master", "person", "ref"):
        try:
            value = kind.parse(text, Ctx(session.book.now, session.book.site.zone))
        except BadValue as bad:
            raise Usage(same(name), where="--where", expected=bad.expected, got=text) from None  # no personal field has a type
        if isinstance(kind, FlagType):
            return lambda row: bool(row[name]) == value
        return lambda row: bool(row[name] == value)
    if isinstance(kind, MasterType):
        try:
            text = master(session.book, kind.noun, text)
        except Unknown as unknown:  # which does not hinder: older records may have been given any text
            session.say(Text("提醒：", "note: ").joined(unknown.what.joined(unknown.todo, "。", ". "), en=""))
    wanted = folded(text)
    return lambda row: row[name] is not None and folded(str(row[name])) == wanted


def ordered(noun: Noun[Any], found: list[tuple[Case[Any], dict[str, Any]]], sort: str | None) -> None:
    """Sort in place: by the opening's time, or by a field, empty ones last."""
    found.sort(key=lambda pair: pair[0].opening.order)
    if not sort:
        return
    name = sort.lstrip("-").replace("-", "_")
    known = rows.headings(noun)
    if name not in known:
        hint = near(name, list(known))
        raise Usage(
            Text("排序的字段", "a field to sort by"), where="--sort", expected=same(", ".join(known)), got=sort,
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    kind = known[name].type
    plain = type(kind) is not TimeType and kind.name not in ("int", "money", "number", "date", "flag")
    filled = [p for p in found if p[1][name] is not None]
    empty = [p for p in found if p[1][name] is None]
    filled.sort(key=lambda p: str(p[1][name]) if plain else p[1][name], reverse=sort.startswith("-"))
    found[:] = filled + empty


def put(session: Session, noun: Noun[Any], found: Sequence[dict[str, Any]], form: str, reveal: bool) -> None:
    """Print rows in a format."""
    site, lang = session.book.site, session.lang
    if form in ("json", "yaml"):
        objects = [rows.for_programs(noun, row, site, reveal) for row in found]
        if form == "json":
            session.out(json.dumps(objects, ensure_ascii=False, indent=2))
            return
        from svcctl.store import codec

        for one in objects:
            session.out("---")
            for key, value in one.items():
                session.out(codec.line(key, value))
        return
    from svcctl import table

    known = rows.headings(noun)
    if form == "table":
        keys = [k for k in noun.columns if k in ("id", "state") or any(r[k] not in (None, False, "") for r in found)]
        columns = [table.Column(known[k].label, known[k].type.kind in ("int", "money", "number")) for k in keys]
        columns.insert(0, table.Column(same("@"), True))
        cells = []
        for i, row in enumerate(found, 1):
            shown = rows.for_people(noun, row, site, lang, reveal)
            cells.append([str(i), *(shown[k] for k in keys)])
        if cells:
            session.out(table.render(columns, cells, lang, session.width))
        else:
            session.say(Text("没有符合的记录", "no such records"))
        return
    header = list(known)
    data = [["" if v is None else _plain(v) for v in rows.for_programs(noun, row, site, reveal).values()] for row in found]
    text = table.csv_text(header, data, for_file=False) if form == "csv" else table.tsv_text(header, data)
    session.out(text.removesuffix("\n"))


def _plain(value: Any) -> str:
    """A value in a cell, as somebody would type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ",".join(f"{key}={one}" for key, one in value.items())
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


_BESIDE = Text("svcctl check --repair 会把它保存到旁边的文件里", "svcctl check --repair keeps it beside")


def unfinished(session: Session, book: Book | None = None) -> None:
    """Say what stands unfinished at the end of files of ``book``, the session's unless it is given.

    That is no damage: what was acknowledged is all there.
    """
    tails = (book or session.book).unfinished()
    for tail in tails[:_TOLD]:
        session.say(tail.joined(_BESIDE, "。", ". "))
    if len(tails) > _TOLD:
        session.say(Text(f"还有 {len(tails) - _TOLD} 个文件也是这样；svcctl check", f"so do {len(tails) - _TOLD} more files; see svcctl check"))


def damaged(session: Session) -> None:
    """Warn of what could not be read; the command then ends with 1. Say what is unfinished."""
    unfinished(session)
    warnings = session.book.warnings()
    for warning in warnings[:_TOLD]:
        session.say(warning)
    if warnings:
        session.exit_code = 1
        session.say(Text(f"台账有 {len(warnings)} 处损坏，以上未计入；请运行 svcctl check",
                         f"{len(warnings)} damaged places in the ledger are not counted above; run svcctl check"))  # fmt: skip
