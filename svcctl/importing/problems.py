"""Problems of cells as they are told: ``file: sheet!cell: value → problem → fix``."""

from __future__ import annotations

from svcctl.errors import Refused, RefusedMany, SvcError
from svcctl.texts import Text

LONGEST = 40  # characters of a value that are shown
_MEND = Text("改好再导入", "mend it and import again")
_EMPTY = Text("（空）", "(empty)")


class Told(Refused):
    """A problem that says where, what, and how to mend it already."""


def each(problem: SvcError) -> list[SvcError]:
    """A problem, or all that are in it."""
    return [one for many in problem.problems for one in each(many)] if isinstance(problem, RefusedMany) else [problem]


def told(place: str, problem: SvcError, value: str | None = None, label: Text | None = None) -> Told:
    """A problem at its place. ``value`` is what stands there, masked where it has to be, None if it is not to be shown.

    ``label`` is the field's: a problem that says no more than that is one of how it is written.
    """
    what = problem.what
    if label is not None and what == label:
        what = Text("“{name}”不能这样写", 'no value for "{name}"').fill(name=label)
    expected = None if problem.expected is None else Text(f"应为{problem.expected.zh}", f"expected {problem.expected.en}")
    todo = problem.todo
    fix = expected if todo is None else todo if expected is None else expected.joined(todo, "。", ". ")
    parts = [what, fix or _MEND]
    shown = problem.got if value is None else value
    if shown is not None:
        short = " ".join(shown.split())
        short = short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"
        parts.insert(0, Text(f"“{short}”", f'"{short}"') if short else _EMPTY)
    return Told(Text(" → ".join(p.zh for p in parts), " → ".join(p.en for p in parts)), where=place)
