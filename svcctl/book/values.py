"""Reading the values of a wish: typed texts to typed values, and every problem with the option it is about."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from svcctl.book.find import Unknown
from svcctl.book.open import Book
from svcctl.book.wish import Stored, Wish
from svcctl.entry import CORRECTIONS, Amend, Entry, Noun, Verb
from svcctl.errors import NotFound, Refused, SvcError, Usage, refuse
from svcctl.fields import (
    LONGEST,
    BadValue,
    Ctx,
    FlagType,
    MasterType,
    MoneyType,
    PersonType,
    PointType,
    RefType,
    SharesType,
    Spec,
    TimeType,
    Value,
    near,
)
from svcctl.store.characters import refused_char
from svcctl.texts import Text, listed, same

MISSING = Text("缺少必填的 {names}", "missing, and required: {names}")
IDENTITY = Text("含有完整的身份证号", "holds a full identity number")
IDENTITY_TODO = Text("只写证件种类和后四位", "Write the kind of document and its last four characters only")
AHEAD = timedelta(minutes=5)
NONE = "none"  # in imports: no promise was made, there is no target


class Lookup(NamedTuple):
    """How a noun and what somebody typed give the id of a record, or the name that a master is stored by."""

    record: Callable[[str, str], str]
    master: Callable[[str, str], str]


class KeyTaken(Refused):
    """A key that something else has: the entry ``id``, from which ``differs`` (the names of fields) is told apart."""

    def __init__(self, key: str, entry_id: str, differs: list[str]) -> None:
        super().__init__(
            Text(f"键 {key} 已用于 {entry_id}，不同的是：{'、'.join(differs)}",
                 f"the key {key} was used for {entry_id}; what differs: {', '.join(differs)}"),
            where="--key", todo=Text("同一件事请照原样重复，另一件事请换一个键", "Repeat it unchanged, or use another key"),
        )  # fmt: skip
        self.id, self.differs = entry_id, differs


class Head(NamedTuple):
    """The moment and the person of an entry, and what is wrong with them."""

    at: datetime
    by: str
    problems: list[SvcError]


class Read(NamedTuple):
    """The fields of a wish. ``values`` typed, ``typed`` as they will be stored (only those that were given)."""

    at: datetime
    by: str
    values: dict[str, Any]
    typed: dict[str, Value]
    no_defaults: frozenset[str]
    problems: list[SvcError]

    def keep_none(self, data: Any) -> Any:
        """``data`` without the defaults that were refused by ``none``."""
        return data.but(**dict.fromkeys(self.no_defaults))


def complete(book: Book, noun: Noun[Any], wish: Wish) -> None:
    """Raise one Usage that names everything required which the wish has no value for."""
    verb = noun.verb(wish.event)
    missing = [] if wish.of or (verb is not None and (verb.opens or verb.spreads)) else ["ID"]
    if verb is not None:
        given = _given(keyed(verb, wish))
        missing += [s.option for s in verb.specs if s.required and not _text(given.get(s.name))]
        missing += [
            " | ".join(verb.by_name[n].option for n in group) for group in verb.one_of
            if not any(_text(given.get(n)) for n in group)
        ]  # fmt: skip
        missing += [verb.by_name[n].option for n in needed(book, verb, given) if not _text(given.get(n))]
    elif wish.event in CORRECTIONS:
        if wish.event == "amend" and not wish.changes and not wish.clear:
            missing.append("--set")
        names = ("reason", "approved_by") if wish.event == "void" else ("reason",)
        missing += ["--" + n.replace("_", "-") for n in names if not _text(wish.values.get(n))]
    if not wish.by.strip():
        missing.append("--by")
    if missing:
        raise Usage(
            MISSING.fill(names=", ".join(missing)),
            todo=Text("录入人也可以先说一次：svcctl duty 姓名", "Say once who is on duty: svcctl duty NAME")
            if "--by" in missing else None,
        )  # fmt: skip


def needed(book: Book, verb: type[Verb], given: Mapping[str, Value]) -> list[str]:
    """The fields that the values given make required (a call back that reached somebody needs a score)."""
    if verb.needs is Verb.needs:
        return []
    loose: dict[str, Any] = {}
    for name, raw in given.items():
        if name in verb.by_name and isinstance(raw, str):
            with suppress(BadValue):
                loose[name] = verb.by_name[name].type.parse(raw, Ctx(book.now, book.site.zone))
    return list(verb.of(loose).needs())


def keyed(verb: type[Verb], wish: Wish) -> Wish:
    """The wish with its fields under their keys, where people call them otherwise."""
    if not verb.short:
        return wish
    key = verb.short
    return wish._replace(
        values={key.get(n, n): v for n, v in wish.values.items()},
        changes={key.get(n, n): v for n, v in wish.changes.items()}, clear=tuple(key.get(n, n) for n in wish.clear),
    )  # fmt: skip


def _given(wish: Wish) -> dict[str, Value]:
    return {k: v for k, v in wish.values.items() if v not in ("", None, [], {})}


def read(book: Book, verb: type[Verb], wish: Wish, lookup: Lookup, *, lenient: bool = False) -> Read:
    """The values of a wish for a verb; what is wrong with them is in ``problems``."""
    given = _given(wish)
    at, by, problems = head(book, wish)
    refused = frozenset(n for n, v in given.items() if lenient and v == NONE and _may_be_none(verb.by_name.get(n)))
    values: dict[str, Any] = {}
    stored: dict[str, Value] = {}
    ctx = Ctx(book.now, book.site.zone)
    for name, raw in given.items():
        spec = verb.by_name.get(name)
        if spec is None:
            problems.append(_no_field(verb, name))
        elif name not in refused:
            try:
                value = parsed(book, spec, raw, ctx, lookup)
            except SvcError as wrong:
                problems.append(wrong)
                continue
            if value is not False:
                values[name] = value
                stored[name] = spec.type.dump(value)
    return Read(at, by, values, stored, refused, problems)


def _text(value: Value | None) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _may_be_none(spec: Spec | None) -> bool:
    return spec is not None and isinstance(spec.type, TimeType) and bool(spec.policy)


def _no_field(verb: type[Verb], name: str) -> SvcError:
    if name == "reason" and name in verb.by_name:
        return Refused(
            Text("原因不能更正：--reason 是更正本身的原因", "the reason cannot be amended: --reason is that of the amendment itself"),
            todo=Text("作废后重新登记", "Void the entry and record it again"),
        )  # fmt: skip
    hint = near(name, [s.name for s in verb.specs])
    return Refused(
        Text(f"{verb.event} 没有字段 {name}", f"{verb.event} has no field {name}"),
        expected=listed([same(s.name) for s in verb.specs]), todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
    )  # fmt: skip


def head(book: Book, wish: Wish) -> Head:
    """When and by whom; nothing lies more than five minutes ahead, and a staff list, if there is one, is kept to."""
    problems: list[SvcError] = []
    at = book.now.replace(microsecond=0)
    if wish.at:
        try:
            at = TimeType(end_of_day=False).parse(wish.at, Ctx(book.now, book.site.zone))
        except BadValue as bad:
            problems.append(Refused(Text("发生时间", "when it happened"), where="--at", expected=bad.expected, got=wish.at))
    if at > book.now + AHEAD:
        problems.append(
            Refused(
                Text("发生时间在将来", "that lies in the future"), where="--at", got=f"{at:%Y-%m-%d %H:%M}",
                expected=Text(f"不晚于现在（{book.now:%Y-%m-%d %H:%M}）", f"not after now ({book.now:%Y-%m-%d %H:%M})"),
            )
        )  # fmt: skip
    by = wish.by.strip()
    storable("--by", by, problems)
    for name, text in (("--note", wish.note), ("--key", wish.key), ("--late", wish.late)):
        storable(name, text, problems)
    problems.extend(_not_staff(book, "--by", by))
    return Head(at, by, problems)


def parsed(book: Book, spec: Spec, raw: Value, ctx: Ctx, lookup: Lookup) -> Any:
    """One value, typed. Raises a SvcError that names the option; a personal value is not quoted."""
    got = None if spec.personal or not isinstance(raw, str) else raw
    problems: list[SvcError] = []
    storable(spec.option, raw, problems)
    refuse(problems)
    try:
        if isinstance(spec.type, SharesType):
            shares = {lookup.record(spec.type.noun, one): amount for one, amount in spec.type.split(raw).items()}
            return {one: MoneyType().parse(amount, ctx) for one, amount in shares.items()}
        if not isinstance(raw, str):
            value: Any = spec.type.load(raw)
        elif isinstance(spec.type, PointType):
            return _point(book, spec.type.parse(raw, ctx))
        elif isinstance(spec.type, MasterType):
            return lookup.master(spec.type.noun, spec.type.parse(raw, ctx))
        elif isinstance(spec.type, RefType):
            return lookup.record(spec.type.noun, raw.strip())
        elif isinstance(spec.type, FlagType):
            return spec.type.load(raw)
        else:
            value = spec.type.parse(raw, ctx)
    except BadValue as bad:
        todo = Text(f"是不是 {bad.near}？", f"Did you mean {bad.near}?") if bad.near else None
        raise Refused(spec.label, where=spec.option, expected=bad.expected, got=got, todo=todo) from None
    except Unknown as unknown:
        raise Refused(unknown.what, where=spec.option, todo=unknown.todo) from None
    except NotFound as lost:
        raise NotFound(lost.what, where=spec.option, expected=lost.expected, todo=lost.todo) from None
    if isinstance(spec.type, PersonType):
        refuse(_not_staff(book, spec.option, value))
    return value


def _point(book: Book, code: str) -> str:
    """The code of a cash point of ledger.yaml. Raises BadValue."""
    points = list(book.site.points)
    code = code.strip()
    if code in points:
        return code
    if not points:
        raise BadValue(Text("ledger.yaml 的 points 里的收银点；那里还没有", "a cash point listed under `points` in ledger.yaml; there is none yet"))
    raise BadValue(listed([same(p) for p in points]), near(code, points))


def _not_staff(book: Book, where: str, name: str) -> list[SvcError]:
    if not book.site.staff or name in book.site.staff:
        return []
    hint = near(name, book.site.staff)
    return [
        Refused(
            Text(f"{name} 不在 ledger.yaml 的 staff 里", f"{name} is not in the staff of ledger.yaml"), where=where,
            expected=listed([same(s) for s in book.site.staff]),
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )
    ]  # fmt: skip


def storable(where: str, value: Value, problems: list[SvcError]) -> None:
    """Add a problem for each text that is too long, holds a character that cannot be stored, or an identity number."""
    texts = [value] if isinstance(value, str) else [*value, *value.values()] if isinstance(value, dict) else value
    for text in texts:
        if len(text) > LONGEST:
            limit = Text(f"不超过 {LONGEST} 个字", f"at most {LONGEST} characters")
            problems.append(Refused(Text("太长", "too long"), where=where, expected=limit))
            continue
        bad = refused_char(text)
        if bad:
            problems.append(
                Refused(
                    Text(f"有不能保存的字符 {bad}", f"holds the character {bad}, which cannot be stored"), where=where,
                    todo=Text("删去它；终端请用 UTF-8", "Remove it; set the terminal to UTF-8"),
                )
            )  # fmt: skip
        elif len(text) >= 18 and _holds_identity(text):
            problems.append(Refused(IDENTITY, where=where, todo=IDENTITY_TODO))


def _holds_identity(text: str) -> bool:
    from svcctl.mask import holds_identity  # which an everyday entry does without

    return holds_identity(text)


def changed(book: Book, target: Entry, wish: Wish, lookup: Lookup) -> tuple[dict[str, Any], dict[str, Value], list[SvcError]]:
    """The new values of an amendment's fields, typed and as stored, in the order of the fields, and what is wrong with them."""
    verb: type[Verb] = type(target.data)
    typed: dict[str, Any] = {}
    stored: dict[str, Value] = {}
    problems = list[SvcError]()
    for name, raw in wish.changes.items():
        spec = verb.by_name.get(name)
        if name == "reason" or spec is None:
            problems.append(_no_field(verb, name))
            continue
        try:
            typed[name] = parsed(book, spec, raw, Ctx(book.now, book.site.zone), lookup)
        except SvcError as wrong:
            problems.append(wrong)
            continue
        stored[name] = spec.type.dump(typed[name])
    return typed, {s.name: stored[s.name] for s in verb.specs if s.name in stored}, problems


def amendment(book: Book, target: Entry, wish: Wish, lookup: Lookup) -> Amend:
    """The change that a wish makes to ``target``. Raises every problem at once."""
    if not isinstance(target.data, Verb):
        raise Refused(Text("更正和作废不能再更正", "a correction cannot be amended"), where=target.id)
    if target.data.money:
        raise Refused(
            Text("涉及金额的记录不能更正，请作废后重登", "what moves money is not amended; void it and record it again"),
            where=target.id,
        )
    verb = type(target.data)
    typed, changes, problems = changed(book, target, wish, lookup)
    after = {**target.data.values(), **typed}
    for name in wish.clear:
        spec = verb.by_name.get(name)
        if spec is None or name == "reason":
            problems.append(_no_field(verb, name))
        elif spec.required or spec.policy or any(name in g and not any(after.get(n) for n in g if n != name) for g in verb.one_of):
            problems.append(Refused(Text("必填，不能清空", "it is required and cannot be emptied"), where=spec.option))
        after.pop(name, None)
    refuse(problems)
    made = verb.of(after)
    refuse([
        *(Refused(what, where=f"--set {name}") for name, what in made.faults()),
        *(Refused(Text("必填，不能清空", "it is required and cannot be emptied"), where=f"--set {n}") for n in made.needs() if n not in after),
    ])  # fmt: skip
    return Amend(changes, wish.clear, str(wish.values["reason"]).strip())


def alike(verb: type[Verb] | None, name: str, typed: Value, stored: Value | None) -> bool:
    """Whether two texts of a field mean the same value: 86.5 and 86.50 do."""
    if typed == stored or stored is None or verb is None or name not in verb.by_name:
        return typed == stored
    kind = verb.by_name[name].type
    with suppress(BadValue):
        return bool(kind.load(typed) == kind.load(stored))
    return False


def same_or_refused(
    wish: Wish, noun: Noun[Any], record: str, given: Mapping[str, Value], at: datetime | None,
    doc: Mapping[str, Value], docs: tuple[Mapping[str, Value], ...],
) -> Stored:  # fmt: skip
    """The group ``docs`` under a key, if all that was typed now equals ``doc``. Raises Refused, naming what differs (CONTRACT 3)."""
    personal = noun.personal() if doc.get("erased") else frozenset()
    differs = [n for n, v in given.items() if n not in personal and not alike(noun.verb(wish.event), n, v, doc.get(n))]
    if doc.get("kind") != noun.name:
        differs.insert(0, "kind")
    if doc.get("event") != wish.event:
        differs.insert(0, "event")
    if doc.get("of", "") != record:
        differs.insert(0, "of")
    if at is not None and at != TimeType().load(doc.get("at", "")):
        differs.append("at")
    if wish.by_typed and doc.get("by") != wish.by.strip():
        differs.append("by")
    if wish.note.strip() and doc.get("note") != wish.note:
        differs.append("note")
    if wish.late.strip() and doc.get("late", wish.late.strip()) != wish.late.strip():
        differs.append("late")
    if wish.files and doc.get("files") != list(wish.files):
        differs.append("files")
    if differs:
        raise KeyTaken(wish.key, str(doc["id"]), differs)
    return Stored(docs)
