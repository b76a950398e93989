"""From the declaration of a noun to its commands: every verb, and the ones that each noun has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from typing import Any

from svcctl.cli.params import APPROVED, COMMON, ID, REASON, SET
from svcctl.cli.shape import Command, Param
from svcctl.entry import Noun, Verb
from svcctl.fields import ChoiceType, FlagType, MasterType, PointType, RefType, SharesType, Spec
from svcctl.texts import Text

_METAVARS = {"money": "AMOUNT", "time": "TIME", "date": "DATE", "int": "N", "number": "N", "person": "NAME", "ref": "ID",
             "month": "MONTH", "shares": "ID=AMOUNT", "tally": "TALLY", "texts": "TEXT,…", "point": "POINT"}  # fmt: skip

# The ways to look at a noun that are its own: each is in the module ``NOUN_views`` of the commands.
VIEWS: dict[str, dict[str, Text]] = {
    "cash": {"status": Text("各班次的清点、长款、短款和缺班", "Shift by shift: counts, overs, shorts, what is missing")},
    "fee": {
        "status": Text("各商户的欠费和预存", "What each tenant owes, and their credit"),
        "ageing": Text("欠费账龄", "How old the arrears are"),
        "statement": Text("一个商户的往来明细", "A tenant's account, line by line"),
    },
}


def open_ids(kind: str, session: Any) -> list[str]:
    """The open records of a noun, for a shell to offer."""
    return list(session.book.reader.open_records(kind, None))


def masters(kind: str, session: Any) -> list[str]:
    """The names of units or tenants, for a shell to offer."""
    return sorted(names[0] for names in session.book.masters(kind).values() if names)


def points(session: Any) -> list[str]:
    """The cash points, for a shell to offer."""
    return list(session.book.site.points)


def option(spec: Spec) -> Param:
    """The command line option of a field."""
    text = spec.label
    if spec.help is not None:
        text = text.joined(spec.help, "，", ", ")
    kind, metavar = "text", _METAVARS.get(spec.type.name, "TEXT")
    complete: tuple[str, ...] | Callable[[Any], Iterable[str]] = ()
    if isinstance(spec.type, ChoiceType):
        codes = tuple(c for c, _, _ in spec.type.choices)
        complete = codes
        metavar = "CHOICE"
        text = Text(
            f"{text.zh}：" + " ".join(f"{c}={zh}" for c, zh, _ in spec.type.choices),
            f"{text.en}: " + " ".join(codes),
        )
    elif isinstance(spec.type, FlagType):
        kind = "flag"
    elif isinstance(spec.type, MasterType):
        complete = partial(masters, spec.type.noun)
    elif isinstance(spec.type, RefType):
        complete = partial(open_ids, spec.type.noun)
    elif isinstance(spec.type, SharesType):
        kind = "many"
    elif isinstance(spec.type, PointType):
        complete = points
    if spec.policy:
        text = text.joined(Text(f" [默认 {spec.policy}]", f" [default {spec.policy}]"), en="")
    return Param(spec.attribute, (spec.option,), text, kind, metavar, spec.required, complete)


def command(noun: Noun[Any], verb: type[Verb]) -> Command:
    """The command of a verb."""
    options = tuple(option(s) for s in verb.specs)
    alternatives = {verb.by_name[n].attribute for group in verb.one_of for n in group}
    if alternatives:
        note = Text("（几项中必填一项）", " (one of these is required)")
        options = tuple(o._replace(help=o.help.joined(note, en="")) if o.name in alternatives else o for o in options)

    def run(session: Any, given: dict[str, Any]) -> None:
        from svcctl.cli import write

        write.verb(session, noun, verb, given)

    return Command(verb.event, verb.explained(), verb.examples, (*(() if verb.opens or verb.spreads else (ID._replace(complete=partial(open_ids, noun.name)),)), *options, *COMMON), run)


def generic(noun: Noun[Any]) -> dict[str, tuple[Text, Callable[[], Command]]]:
    """The commands that every noun has beside its verbs: what each does, and how it is made."""
    name = noun.name
    return {
        "list": (Text("列表", "List them"), partial(_list, name)),
        "show": (Text("一条记录和它的经过", "One with its history"), partial(_show, name)),
        "amend": (Text("更正字段", "Correct fields"), partial(_amend, noun)),
        "void": (Text("作废一条", "Void an entry"), partial(_void, noun)),
    }


def _list(name: str) -> Command:
    from svcctl.cli import listing

    return listing.command(name)


def _show(name: str) -> Command:
    from svcctl.cli.commands import show

    return show.command(name)


def _called(noun: Noun[Any]) -> str:
    first = next(iter(noun.fields().values()))
    return first.short or first.name


def _amend(noun: Noun[Any]) -> Command:
    from svcctl.cli import write

    example = f'svcctl {noun.name} amend 7k3f --set {_called(noun)}='
    return Command(
        "amend", Text("更正一条记录的字段，原文保留。", "Correct fields of an entry; what stood there is kept."),
        (Text(example + '"更正后的值" --reason "录错了"', example + '"what is right" --reason "typed wrong"'),),
        (ID, SET, REASON, *COMMON), partial(write.amend, noun=noun),
    )  # fmt: skip


def _void(noun: Noun[Any]) -> Command:
    from svcctl.cli import write

    return Command(
        "void", Text("作废一条记录或跟进，原文保留。", "Void a record or a follow-up; what stood there is kept."),
        (Text(f'svcctl {noun.name} void 7k3f --reason "重复登记" --approved-by 陈经理',
              f'svcctl {noun.name} void 7k3f --reason "recorded twice" --approved-by Chen'),),
        (ID, REASON, APPROVED, *COMMON), partial(write.void, noun=noun),
    )  # fmt: skip


def sections(noun: Noun[Any]) -> tuple[tuple[Text, tuple[tuple[str, Text], ...]], ...]:
    """The commands of a noun as its help lists them."""
    verbs = tuple((v.event, v.explained()) for v in noun.verbs if v.typed)
    looking = (*VIEWS.get(noun.name, {}).items(), *((n, t) for n, (t, _) in generic(noun).items()))
    return ((Text("登记", "Recording"), verbs), (Text("查看与更正", "Looking and correcting"), looking))


def _view(noun: str, name: str) -> Command:
    found: Command = import_module(f"svcctl.cli.commands.{noun}_views").COMMANDS[name]
    return found


def makers(noun: Noun[Any]) -> dict[str, Callable[[], Command]]:
    """How each command of a noun is made, by its name."""
    found: dict[str, Callable[[], Command]] = {v.event: partial(command, noun, v) for v in noun.verbs if v.typed}
    found.update((name, partial(_view, noun.name, name)) for name in VIEWS.get(noun.name, {}))
    for name, (_, make) in generic(noun).items():
        found.setdefault(name, make)
    return found
