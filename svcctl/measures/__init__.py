"""The measures of svcctl: named figures, each with a stable id. A noun's measures are loaded when they are asked for.

The measures of a noun are the ``REGISTER`` of the module here that has the noun's name; a new one is its line below.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from svcctl.errors import NotFound
from svcctl.fields import folded, near
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.measures.declare import Dimension, Measure, Register

NOUNS: tuple[str, ...] = ("complaint", "repair", "lost", "cash", "fee", "plan")  # those that have measures, in the order in which they are shown


class Wanted(NamedTuple):
    """A figure somebody asked for: a measure, or one row of one of its splits (else both are empty)."""

    id: str
    measure: Measure
    dimension: str
    code: str


def register(noun: str) -> Register:
    """The measures of a noun; raises KeyError if it has none."""
    if noun not in NOUNS:
        raise KeyError(noun)
    found: Register = import_module(f"svcctl.measures.{noun}").REGISTER
    return found


def measures_of(noun: str) -> tuple[Measure, ...]:
    """The measures of a noun in their order; none for a noun that has none."""
    return tuple(register(noun).measures.values()) if noun in NOUNS else ()


def catalogue() -> tuple[Measure, ...]:
    """All measures of all nouns."""
    return tuple(m for noun in NOUNS for m in measures_of(noun))


def measure(identity: str) -> Measure:
    """The measure of that id; of a split's id the measure that is split. Raises NotFound."""
    return find(identity).measure


def find(identity: str) -> Wanted:
    """What ``noun.name`` or ``noun.name{dimension=code}`` stands for; a choice may be named by either label.

    Raises NotFound, with what is near.
    """
    name, brace, rest = identity.strip().partition("{")
    noun = name.partition(".")[0]
    found = register(noun).measures.get(name) if noun in NOUNS else None
    if found is None:
        raise _unknown(identity, near(name, [m.id for m in catalogue()]))
    if not brace:
        return Wanted(name, found, "", "")
    by, equals, code = rest.removesuffix("}").partition("=")
    if not (equals and code and rest.endswith("}")) or by not in found.splits:
        hint = near(by, found.splits) or (found.splits[0] if found.splits else "")
        raise _unknown(identity, f"{name}{{{hint}=…}}" if hint else name)
    code = _code(identity, name, register(noun).dimensions[by], code)
    return Wanted(f"{name}{{{by}={code}}}", found, by, code)


def _code(identity: str, name: str, dimension: Dimension, typed: str) -> str:
    if dimension.choices is None or typed in dimension.choices:
        return typed
    words = {folded(w): code for code, label in dimension.choices.items() for w in (code, *label)}
    code = words.get(folded(typed))
    if code is None:
        hint = near(typed, list(words)) or next(iter(words))
        raise _unknown(identity, f"{name}{{{dimension.name}={words[hint]}}}")
    return code


def _unknown(identity: str, hint: str) -> NotFound:
    todo = Text("全部指标：svcctl measures", "All of them: svcctl measures")
    if hint:
        todo = Text("是不是 {hint}？{todo}", "Did you mean {hint}? {todo}").fill(hint=hint, todo=todo)
    return NotFound(Text("没有这个指标", "there is no such measure"), got=identity, todo=todo)
