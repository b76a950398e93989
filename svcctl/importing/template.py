"""Texts with ``{Column}`` in them. Nothing is evaluated: a column is replaced by the cell's text, trimmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from svcctl.texts import Text


class Unbalanced(ValueError):
    """A brace that opens or closes nothing; ``what`` says it for people."""

    def __init__(self, what: Text) -> None:
        super().__init__(what.en)
        self.what = what


@dataclass(frozen=True, slots=True)
class Template:
    """Literal texts and column names in turn: ``parts[0]`` is literal, ``parts[1]`` a column, and so on."""

    parts: tuple[str, ...]
    line: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it needs, in order."""
        return self.parts[1::2]

    def fill(self, cells: Mapping[str, str]) -> str:
        """The text for one row, trimmed."""
        if len(self.parts) == 1:
            return self.parts[0].strip()
        texts = [cells[part].strip() if number % 2 else part for number, part in enumerate(self.parts)]
        return "".join(texts).strip()


@dataclass(frozen=True, slots=True)
class MapTemplate:
    """A field that is a map: its keys and values are templates."""

    items: tuple[tuple[Template, Template], ...]
    line: int = 0


def column(name: str, line: int = 0) -> Template:
    """The template that is one column and nothing else."""
    return Template(("", name, ""), line)


def parse(text: str, line: int = 0) -> Template:
    """``{Column}`` is a column, ``{{`` and ``}}`` are literal braces. Raises Unbalanced."""
    parts, literal, at = list[str](), "", 0
    while at < len(text):
        char = text[at]
        if text[at : at + 2] in ("{{", "}}"):
            literal, at = literal + char, at + 2
        elif char == "{":
            end = text.find("}", at)
            name = " ".join(text[at + 1 : end].split())
            if end < 0 or not name or "{" in name:
                raise Unbalanced(_OPEN)
            parts += [literal, name]
            literal, at = "", end + 1
        elif char == "}":
            raise Unbalanced(_CLOSE)
        else:
            literal, at = literal + char, at + 1
    return Template((*parts, literal), line)


_OPEN = Text(
    "“{”之后应为列名和“}”（要写花括号本身请用“{{”）", "`{` should be followed by a column and `}` (for a brace itself write `{{`)"
)
_CLOSE = Text("“}”前没有“{”（要写花括号本身请用“}}”）", "`}` without `{` (for a brace itself write `}}`)")
