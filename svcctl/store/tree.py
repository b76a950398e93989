"""Nested YAML that people edit (``ledger.yaml``, templates): a tree of texts, and the line of every key in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from svcctl.errors import Refused
from svcctl.store import strict
from svcctl.texts import Text

Path = tuple[str | int, ...]
DEEPEST = 12
LONGEST = 1 << 20
_DEEP = Text("嵌套过深", "nested too deep")
_TOO_LONG = Text("文件太大，不像是配置", "the file is too large for a configuration")


class Tree:
    """``root``: a text, a list of trees or a dict of them. ``line(path)``: where that key or item stands."""

    def __init__(self, root: Any, lines: dict[Path, int]) -> None:
        self.root = root
        self._lines = lines

    def line(self, path: Path) -> int:
        """The line of ``path``, or of the nearest part of it that is there."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def parse_tree(text: str, file: str) -> Tree:
    """The tree of the one document in ``text``. Raises Refused with ``file:line``; nothing is resolved or constructed."""
    if len(text) > LONGEST:
        raise Refused(_TOO_LONG, where=file)
    text = text.replace("\r\n", "\n")
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        strict.check_characters(text, 1)
        return _Walk(yaml.parse(text, Loader=loader)).tree()
    except strict.Broken as broken:
        raise Refused(broken.what, where=f"{file}:{broken.line}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        wrong = strict.syntax_fault(text, 1, line, column)
        raise Refused(wrong.what, where=f"{file}:{wrong.line}") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise Refused(strict.SYNTAX.fill(column=1), where=f"{file}:1") from None


class _Walk:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._lines: dict[Path, int] = {}

    def tree(self) -> Tree:
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            return Tree({}, {})
        if start.version or start.tags:
            raise self._broken("directive", start, strict.DIRECTIVE)
        root = self._value(self._next(), ())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._broken("documents", after, strict.ANOTHER)
        return Tree(root, self._lines)

    def _next(self) -> Any:
        event = next(self._events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._broken("alias", event, strict.ALIAS)
        if getattr(event, "tag", None) is not None:
            raise self._broken("tag", event, strict.TAG)
        return event

    def _broken(self, code: str, event: Any, what: Text) -> strict.Broken:
        return strict.Broken(code, self._line(event), what)

    @staticmethod
    def _line(event: Any) -> int:
        return 1 + int(event.start_mark.line)

    def _value(self, event: Any, path: Path) -> Any:
        self._lines.setdefault(path, self._line(event))
        if len(path) > DEEPEST:
            raise self._broken("nested", event, _DEEP)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._value(item, (*path, len(items))))
            return items
        return "" if event.style is None and event.value in ("", "~", "null") else str(event.value)

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._broken("key", event, strict.NO_LINES)
            if event.value in found:
                raise self._broken("duplicate-key", event, strict.TWICE)
            self._lines[(*path, event.value)] = self._line(event)
            found[event.value] = self._value(self._next(), (*path, event.value))
        return found
