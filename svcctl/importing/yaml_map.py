"""A YAML document as a tree of texts with line numbers: the form in which an import map, or a row in YAML, is read.

Nothing is resolved or constructed: every scalar is its text, and what makes YAML surprising (anchors, tags, merge
keys, the same key twice, deep nesting) is refused with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from svcctl.texts import Text

MAX_DEPTH = 6
_NULLS = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; unquoted ``null``, ``~`` or nothing is the empty text. Lines are 1-based, in the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys (each with its line) and their nodes, in the order of the file."""

    line: int
    items: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping


class Broken(Exception):
    """Not readable, or a part of YAML that is refused: ``line`` in the file, ``what`` for people."""

    def __init__(self, line: int, what: Text) -> None:
        super().__init__(line, what.en)
        self.line = line
        self.what = what


def parse(text: str, first_line: int = 1, max_depth: int = MAX_DEPTH) -> Mapping:
    """The one mapping in ``text``, whose first line is ``first_line`` of its file; empty if there is none.

    ``max_depth`` counts the brackets around the innermost text. Raises Broken.
    """
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        return _Reader(first_line, max_depth, yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise Broken(first_line + line, _SYNTAX.fill(column=column + 1)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(error.position, 0)) if error.position <= len(text) else 0
        raise Broken(first_line + line, _CHARACTER) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # an escape such as \UFFFFFFFF trips PyYAML itself
        raise Broken(first_line, _SYNTAX.fill(column=1)) from None


class _Reader:
    def __init__(self, first_line: int, max_depth: int, events: Iterator[Any]) -> None:
        self._first_line = first_line
        self._max_depth = max_depth
        self._events = events

    def document(self) -> Mapping:
        self._next()  # the stream's start
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            return Mapping(self._first_line, ())
        if start.version or start.tags:
            raise self._broken(start, _DIRECTIVE)
        event = self._next()
        root = self._node(event, 0)
        if isinstance(root, Scalar) and not root.text:
            root = Mapping(root.line, ())
        if not isinstance(root, Mapping):
            raise self._broken(event, _NO_LINES)
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._broken(after, _ANOTHER)
        return root

    def _next(self) -> Any:
        event = next(self._events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._broken(event, _ALIAS)
        if getattr(event, "tag", None) is not None:
            raise self._broken(event, _TAG)
        return event

    def _broken(self, event: Any, what: Text) -> Broken:
        return Broken(self._line(event), what)

    def _line(self, event: Any) -> int:
        return self._first_line + int(event.start_mark.line)

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            empty = not event.style and event.value in _NULLS
            return Scalar(self._line(event), "" if empty else str(event.value))
        if depth >= self._max_depth:
            raise self._broken(event, _DEEP.fill(depth=self._max_depth))
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return Sequence(self._line(event), tuple(items))
        return self._mapping(event, depth)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        items: list[tuple[Scalar, Node]] = []
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._broken(event, _KEY)
            if event.value == "<<" and not event.style:
                raise self._broken(event, _MERGE)
            if event.value in seen:
                raise self._broken(event, _TWICE.fill(key=event.value))
            seen.add(event.value)
            items.append((Scalar(self._line(event), str(event.value)), self._node(self._next(), depth + 1)))
        return Mapping(self._line(start), tuple(items))


_SYNTAX = Text("不是可读的 YAML（第 {column} 列）", "not readable as YAML (column {column})")
_CHARACTER = Text("有不可存储的控制字符", "holds a control character that cannot be stored")
_DIRECTIVE = Text("不接受 % 指令", "% directives are not accepted")
_NO_LINES = Text("应为“键: 值”的若干行", "expected lines of the form `key: value`")
_ANOTHER = Text("只能有一个文档", "there may be one document only")
_ALIAS = Text("不接受锚点和别名（& *），以 * 开头的文本请加引号", 'anchors and aliases (& *) are not accepted; quote a text like "*"')
_TAG = Text("不接受标签（!）", "tags (!) are not accepted")
_KEY = Text("键应为一个文本", "a key should be one text")
_MERGE = Text("不接受合并键（<<）", "merge keys (<<) are not accepted")
_TWICE = Text("键重复：{key}", "the same key twice: {key}")
_DEEP = Text("嵌套过深，最多 {depth} 层", "nested too deep; {depth} levels are the most")
