"""How a template names a figure: ``noun.name``, with ``{dimension=code}`` for a row of a split and ``:part``."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from svcctl import measures, nouns
from svcctl.errors import NotFound
from svcctl.fields import BadValue, near
from svcctl.reports import groups
from svcctl.reports.form import words
from svcctl.reports.template import COMPARED, PARTS, SHARES, Part, Ref
from svcctl.site import CORE_NOUNS, OTHER_NOUNS
from svcctl.texts import Text, same

PLACE = re.compile(r"\{([a-z]\w*\.[a-z]\w*(?:\{[^{}]*\})?(?::[a-z_]+)?)\}", re.ASCII)  # a figure in a sentence

_SHAPE = re.compile(r"([a-z]\w*)\.([a-z]\w*)(\{[^{}]*\})?(?::([a-z_]+))?", re.ASCII)
_FORM = Text("指标或记录组，如 repair.on_time_rate、repair.open", "a measure or a group of records such as repair.on_time_rate, repair.open")


def exists(noun: str) -> bool:
    """Whether a noun can be used; others that a site may name in the future are known by name only."""
    return noun in nouns.CATALOGUE


def noun_name(text: str) -> str:
    """A noun that there is or that there may be; raises BadValue."""
    known = list(dict.fromkeys((*nouns.CATALOGUE, *CORE_NOUNS, *OTHER_NOUNS)))
    if text not in known:
        raise BadValue(words(list(nouns.CATALOGUE)), near(text, known))
    return text


def reference(text: str, taken: Callable[[str], object] | None = None) -> Ref:
    """The figure that a text names; raises BadValue.

    ``taken`` reads a figure where this one stands, raising BadValue: what it does not take is not suggested.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise BadValue(_FORM, near(text, _fit(_names(), taken)))
    noun, name, split, part = shape[1], shape[2], shape[3] or "", shape[4] or ""
    if part not in PARTS:
        raise BadValue(words(p for p in PARTS if p), near(part, list(PARTS)))
    wanted: Part = next(p for p in PARTS if p == part)
    noun_name(noun)
    identity = f"{noun}.{name}{split}"
    if not exists(noun):
        return Ref(noun, identity, "", wanted)
    if f"{noun}.{name}" in {m.id for m in measures.measures_of(noun)}:
        return _measure(noun, identity, wanted)
    if split or groups.group(nouns.noun(noun), name) is None:
        known = _fit(_names_of(noun), taken)
        raise BadValue(words(known) if known else _FORM, near(f"{noun}.{name}", known))
    if wanted in (*COMPARED, "num", "den"):
        raise BadValue(Text("指标；记录组没有对比和分子分母", "a measure; a group of records has no comparison and no parts"))
    return Ref(noun, identity, name, wanted)


def _fit(names: list[str], taken: Callable[[str], object] | None) -> list[str]:
    """Those of the names that are taken, each tried."""
    if taken is None:
        return names
    fitting = []
    for name in names:
        with suppress(BadValue):
            taken(name)
            fitting.append(name)
    return fitting


def _measure(noun: str, identity: str, part: Part) -> Ref:
    try:
        found = measures.find(identity)
    except NotFound as missing:
        raise BadValue(missing.todo or missing.what) from None
    if part in SHARES and found.measure.aggregate != "sum":
        raise BadValue(Text("数量或金额才有占比", "a count or an amount; only of these there are shares"))
    if part in ("num", "den") and found.measure.aggregate != "rate":
        raise BadValue(Text("比率才有分子分母", "a rate; only rates have a numerator and a denominator"))
    return Ref(noun, found.id, "", part)


def spoken(text: str) -> Ref:
    """A figure that can stand by itself, outside a table; raises BadValue."""
    found = reference(text)
    if found.part in SHARES:
        raise BadValue(Text("统计表里才有占比", "a figure without :share or :cumulative, which only tables have"))
    return found


def measure_name(text: str) -> Ref:
    """A measure without a part; raises BadValue."""
    found = reference(text, measure_name)
    if found.group or found.part:
        ids = [m.id for m in measures.measures_of(found.noun)]
        raise BadValue(words(ids) if ids else _FORM, near(found.id, ids))
    return found


def pattern(text: str) -> str:
    """The id of a measure, or ``noun.*``; raises BadValue."""
    if text.endswith(".*"):
        return f"{noun_name(text.removesuffix('.*'))}.*"
    return measure_name(text).id


def expanded(patterns: tuple[str, ...], used: tuple[str, ...]) -> list[str]:
    """The measures that patterns stand for, of the nouns that are used, each once, in their order."""
    found: list[str] = []
    for one in patterns:
        noun = one.partition(".")[0]
        if noun in used and noun in measures.NOUNS:
            found.extend(m.id for m in measures.measures_of(noun)) if one.endswith(".*") else found.append(one)
    return list(dict.fromkeys(found))


def definition(ref: Ref) -> str:
    """The id under which the definitions of a report explain a figure: ``repair.received``, ``repair/open``."""
    return f"{ref.noun}/{ref.group}" if ref.group else ref.id.partition("{")[0]


def _names_of(noun: str) -> list[str]:
    own = groups.names(nouns.noun(noun))
    return list(dict.fromkeys([m.id for m in measures.measures_of(noun)] + [f"{noun}.{g}" for g in own]))


def _names() -> list[str]:
    return [name for noun in nouns.CATALOGUE for name in _names_of(noun)]


def label(ref: Ref) -> Text:
    """What a figure is called, without its unit and part."""
    if ref.group:
        found = groups.group(nouns.noun(ref.noun), ref.group)
        return found.label if found else same(ref.group)
    wanted = measures.find(ref.id)
    if not wanted.dimension:
        return wanted.measure.label
    name = measures.register(ref.noun).dimensions[wanted.dimension].label_of(wanted.code)
    return Text(f"{wanted.measure.label.zh}（{name.zh}）", f"{wanted.measure.label.en} ({name.en})")
