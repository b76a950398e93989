"""Reading a tree of texts that people wrote: every problem is kept with its file and line, and told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from svcctl.errors import Refused, SvcError
from svcctl.fields import BadValue, near
from svcctl.texts import Text, listed, same

Tree = Any  # a text, a list of trees, or a dict of them
Path = tuple[str | int, ...]
Lines = Callable[[Path], int]
T = TypeVar("T")

NEEDED = Text("必填", "a value, it is required")
MOST_SHOWN = 24  # of the words that would have been right
LONGEST_SHOWN = 40  # characters of a list or a table that came where something else was expected


class Form:
    """A tree with the lines of its keys, and the problems found in it so far.

    ``quoting``: lists and tables that came where something else was expected are shown; not where a secret may be in them.
    """

    def __init__(self, lines: Lines, file: str, *, quoting: bool = False) -> None:
        self.lines, self.file, self.quoting = lines, file, quoting
        self.problems: list[SvcError] = []

    def wrong(self, path: Path, expected: Text, got: object = None, hint: str = "") -> None:
        """Keep a problem: what stands at ``path`` is not what was expected."""
        named = [str(p + 1) if isinstance(p, int) else p for p in path]
        todo = Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None
        shown = got if isinstance(got, str) else _came(got) if self.quoting and got is not None else None
        self.problems.append(
            Refused(same(".".join(named)), where=f"{self.file}:{self.lines(path)}", expected=expected, got=shown, todo=todo)
        )

    def table(
        self, path: Path, tree: Tree, known: Sequence[str], needed: Iterable[str] = (), also: Sequence[str] = ()
    ) -> dict[str, Tree]:
        """``tree`` as a mapping whose keys are ``known``; those ``needed`` have to be there. ``also``: what may be meant."""
        if not isinstance(tree, dict):
            self.wrong(path, Text("几行“键: 值”", "`key: value` lines"), tree)
            return {}
        for key in tree:
            if key not in known:
                self.wrong((*path, key), words(known), key, near(key, [*known, *also]))
        for key in needed:
            if tree.get(key) in (None, "", []):
                self.wrong((*path, key), NEEDED)
        return tree

    def list_of(self, path: Path, tree: Tree, read: Callable[[Path, Tree], T | None]) -> tuple[T, ...]:
        """Every item of a list as ``read`` takes it; what it gives None for is left out. Nothing is an empty list."""
        if tree in (None, ""):
            return ()
        if not isinstance(tree, list):
            self.wrong(path, Text("列表，如 [a, b]", "a list such as [a, b]"), tree)
            return ()
        found = (read((*path, n), item) for n, item in enumerate(tree))
        return tuple(item for item in found if item is not None)

    def word(self, path: Path, tree: Tree, allowed: Sequence[str]) -> str:
        """One of the words that are allowed; the first one if it is none of them."""
        if not isinstance(tree, str) or tree not in allowed:
            self.wrong(path, words(allowed), tree, near(str(tree), list(allowed)))
            return allowed[0]
        return tree

    def value(self, path: Path, tree: Tree, read: Callable[[str], T], otherwise: T) -> T:
        """What ``read`` makes of a text; ``otherwise`` if it takes no such text."""
        try:
            if not isinstance(tree, str):
                raise BadValue(Text("一个值", "one value"))
            return read(tree)
        except BadValue as bad:
            self.wrong(path, bad.expected, tree, bad.near)
            return otherwise

    def text(self, path: Path, tree: Tree) -> Text:
        """A text in both languages: ``{zh: …, en: …}``, or one that serves for both."""
        if isinstance(tree, str):
            if not tree.strip():
                self.wrong(path, NEEDED)
            return same(tree.strip())
        if not isinstance(tree, dict):
            self.wrong(path, Text("一段文字，或 {zh: …, en: …}", "a text, or {zh: …, en: …}"), tree)
            return same("-")
        form = self.table(path, tree, ("zh", "en"), ("zh", "en"))
        found = []
        for lang in ("zh", "en"):
            part = form.get(lang, "-")
            if not isinstance(part, str):
                self.wrong((*path, lang), Text("一段文字", "a text"), part)
                part = "-"
            found.append(part.strip())
        return Text(*found)

    def optional_text(self, path: Path, tree: Tree) -> Text:
        """Like :meth:`text`; nothing is an empty text."""
        return Text("", "") if tree in (None, "") else self.text(path, tree)


def _came(tree: Tree) -> str:
    """What somebody wrote, on one line as YAML has it; of a list or a table the beginning."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, list):
        found = f"[{', '.join(map(_came, tree))}]"
    else:
        found = f"{{{', '.join(f'{key}: {_came(item)}' for key, item in tree.items())}}}"
    return found if len(found) <= LONGEST_SHOWN else found[: LONGEST_SHOWN - 1] + "…"


def words(allowed: Iterable[str]) -> Text:
    """The words that are allowed, the first of them if they are many."""
    known = list(allowed)
    shown = listed([same(w) for w in known[:MOST_SHOWN]])
    return shown if len(known) <= MOST_SHOWN else shown.joined(same("…"))


def key_name(text: str) -> str:
    """A key that sheets and tables go by; raises BadValue."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", text, re.ASCII):
        raise BadValue(Text("小写字母、数字、下划线，如 by_party", "lower-case letters, digits, _ such as by_party"))
    return text


def number_between(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers between two limits, both allowed."""

    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", text, re.ASCII) or not low <= int(text) <= high:
            raise BadValue(Text(f"{low} 到 {high}", f"{low} to {high}"))
        return int(text)

    return read
