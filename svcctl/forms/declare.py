"""The form of a noun's events, from the declarations of its verbs and what the ledger knows."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from svcctl.entry import Noun, Verb
from svcctl.errors import Usage
from svcctl.fields import (
    ChoiceType,
    FieldType,
    FlagType,
    IntType,
    MasterType,
    PersonType,
    PointType,
    RefType,
    SharesType,
    Spec,
)
from svcctl.forms.model import COMMON, Column, Form, FormSheet
from svcctl.texts import Lang, Text, listed, same

_KINDS = {"money": "money", "number": "number", "int": "int", "date": "date", "time": "time", "text": "text", "flag": "text"}
_DAY = "2026-11-24"
_OF = Text("所属记录", "Record")
_HINTS: dict[str, Text] = {
    "money": Text("金额，只写数字，最多两位小数，如 1234.50", "An amount, digits only, at most two decimals, such as 1234.50"),
    "number": Text("数字，如 86.5", "A number such as 86.5"),
    "int": Text("整数", "A whole number"),
    "date": Text("日期，如 2026-11-24", "A date such as 2026-11-24"),
    "time": Text("时间，如 2026-11-24 09:00", "A time such as 2026-11-24 09:00"),
    "month": Text("月份，如 2026-11", "A month such as 2026-11"),
    "shares": Text("编号=金额，几项用逗号分开，如 7k3f=100", "ID=AMOUNT, commas between several, such as 7k3f=100"),
}
_COMMON_HINTS: dict[str, Text] = {
    "of": Text("已有记录的编号，如 rp-7k3fq2m8xd；铺位只有一件未结时也可写铺位", "The record's id, such as rp-7k3fq2m8xd, or a unit with one open record"),
    "at": Text("什么时候发生的，如 2026-11-24 09:00；不填按导入的时刻", "When it happened, such as 2026-11-24 09:00; left empty: when the form is imported"),
    "by": Text("谁经手的；不填就是填表人", "Who took it; left empty: whoever filled in the form"),
    "note": Text("还要说明的", "Anything else worth knowing"),
    "key": Text("自己编的唯一的号；下一张表的“所属记录”可写 key:号", "A unique number of your own; a follow-up's record may then be key:NUMBER"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a ledger knows that a form offers to choose from: staff, cash points, units and tenants by noun."""

    staff: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    masters: Mapping[str, tuple[str, ...]] | None = None


def exact(spec: Spec) -> bool:
    """Whether every digit of a text counts: a room 0301, a telephone number, whatever is called 号."""
    if isinstance(spec.type, MasterType | RefType) or spec.personal in ("phone", "text"):
        return True
    return type(spec.type) is FieldType and spec.label.zh.endswith("号")


def declare(site: str, lang: Lang, chosen: Sequence[Noun[Any]], events: Collection[str], known: Known) -> Form:
    """The form of these nouns: their opening events, or those named. Usage for an event that none of them has."""
    sheets: list[tuple[Noun[Any], type[Verb]]] = [
        (noun, verb) for noun in chosen for verb in noun.verbs
        if verb.typed and (verb.event in events if events else verb.opens)
    ]  # fmt: skip
    missing = sorted(set(events) - {verb.event for _, verb in sheets})
    if missing:
        typed = dict.fromkeys(verb.event for noun in chosen for verb in noun.verbs if verb.typed)
        raise Usage(Text("没有这个事件", "no such event"), where="--event", got=", ".join(missing), expected=listed([same(e) for e in typed]))
    follows = {noun.name for noun, verb in sheets if not verb.opens}
    return Form(site, lang, tuple(_sheet(noun, verb, lang, known, sheets, noun.name in follows) for noun, verb in sheets))


def _sheet(
    noun: Noun[Any], verb: type[Verb], lang: Lang, known: Known, sheets: Sequence[tuple[Noun[Any], type[Verb]]], followed: bool
) -> FormSheet:
    alone = sum(one is noun for one, _ in sheets) == 1 and verb.opens
    title = noun.label if alone else noun.label.joined(verb.label, "·", " · ")
    shown = _example(verb, lang)
    columns = [] if verb.opens or verb.spreads else [_common("of", lang, _OF, "id", shown.get("of", "7k3f"), required=True)]
    columns.append(_common("at", lang, COMMON["at"], "time", f"{_DAY} 09:00"))
    grouped = {name for group in verb.one_of for name in group}
    columns += [_column(spec, lang, known, spec.name in grouped, shown) for spec in verb.specs]
    columns.append(_common("by", lang, COMMON["by"], "text", "", options=known.staff))
    columns.append(_common("note", lang, COMMON["note"], "text", ""))
    if followed and verb.opens:
        columns.append(_common("key", lang, COMMON["key"], "id", ""))
    return FormSheet(noun.name, verb.event, title.to(lang), _about(verb).to(lang), tuple(columns))


def _about(verb: type[Verb]) -> Text:
    """What it is for: the first sentence of the help, unless it speaks of options, which a form has not."""
    told = verb.explained()
    short = Text(told.zh.split("。")[0] + "。", told.en.split(". ")[0].removesuffix(".") + ".")
    return verb.label if "--" in short.zh or "--" in short.en else short


def _common(
    key: str, lang: Lang, label: Text, kind: str, example: str, *, required: bool = False, options: tuple[str, ...] = ()
) -> Column:
    return Column(key, label.to(lang), kind, required, options=options, strict=bool(options), hint=_COMMON_HINTS[key].to(lang), example=example)


def _column(spec: Spec, lang: Lang, known: Known, grouped: bool, shown: Mapping[str, str]) -> Column:
    options, strict = _options(spec, lang, known)
    kind = "id" if exact(spec) or spec.type.name == "month" else _KINDS.get(spec.type.name, "text")
    example = shown.get(spec.name, shown.get(spec.short, ""))
    if isinstance(spec.type, ChoiceType) and example:
        example = _label(spec.type, example, lang)
    if spec.type.name in ("time", "date", "month") and example and not example[:1].isdigit():
        example = spec.type.sample  # 明天 means another day when the form comes back
    if strict and options and example and example not in options:
        example = options[0]
    if not example and spec.required:
        example = options[0] if options else spec.type.sample
    return Column(spec.name, spec.label.to(lang), kind, spec.required, grouped, options, strict, _hint(spec, lang, options), example)


def _options(spec: Spec, lang: Lang, known: Known) -> tuple[tuple[str, ...], bool]:
    """What may be chosen, and whether nothing else will do."""
    if isinstance(spec.type, ChoiceType):
        return tuple(Text(zh, en).to(lang) for _, zh, en in spec.type.choices), True
    if isinstance(spec.type, FlagType):
        return (Text("是", "yes").to(lang),), True
    if isinstance(spec.type, PersonType):
        return known.staff, bool(known.staff)
    if isinstance(spec.type, PointType):
        return known.points, bool(known.points)
    if isinstance(spec.type, MasterType) and known.masters is not None:
        return known.masters.get(spec.type.noun, ()), False
    return (), False


def _hint(spec: Spec, lang: Lang, options: tuple[str, ...]) -> str:
    parts = [spec.help] if spec.help else []
    if options:
        parts.append(Text("从下拉列表里选", "Choose from the list"))
    elif not parts and spec.type.name in _HINTS:
        parts.append(_HINTS[spec.type.name])
    if isinstance(spec.type, IntType) and spec.type.high < 10**9:
        parts.append(Text(f"{spec.type.low} 到 {spec.type.high}", f"{spec.type.low} to {spec.type.high}"))
    if spec.personal:
        parts.append(Text("个人信息，只在需要时填", "Personal: only where it is needed"))
    elif exact(spec) and not options and not isinstance(spec.type, SharesType):
        parts.append(Text("按原样写，前面的 0 也要写", "As it stands, with every leading 0"))
    if spec.policy:
        parts.append(Text("不填按规定", "left empty: by the rules of the site"))
    return "; ".join(p.en for p in parts) if lang != "zh" else "；".join(p.zh for p in parts)


def _label(kind: ChoiceType, typed: str, lang: Lang) -> str:
    found = next((row for row in kind.choices if typed in row), None)
    return typed if found is None else Text(found[1], found[2]).to(lang)


def _example(verb: type[Verb], lang: Lang) -> dict[str, str]:
    """The values of the verb's first example, by field."""
    if not verb.examples:
        return {}
    words = shlex.split(verb.examples[0].to(lang))[3:]
    found: dict[str, str] = {}
    if words and not words[0].startswith("-"):
        found["of"] = words.pop(0)
    while words:
        name = words.pop(0).removeprefix("--").replace("-", "_")
        flag = not words or words[0].startswith("--")
        found.setdefault(name, Text("是", "yes").to(lang) if flag else words.pop(0))
    return found
