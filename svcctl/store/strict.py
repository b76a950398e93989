"""The reader for whatever a person or another tool has made of an entry: PyYAML's event stream, every scalar as text.

Nothing is resolved, constructed or guessed. Reading stops at the first event that is too deep: it is PyYAML's composer,
not its event stream, that crashes on a hundred thousand brackets. No message quotes the file: it holds personal values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import yaml

from svcctl.store.codec import CHARACTER, Doc, Value, refused_char
from svcctl.texts import Text

_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_DIRECTIVE = re.compile(r"(?:\A|^\.\.\.[^\n]*\n)(?:[ \t]*+(?:#[^\n]*+)?\n)*+%", re.MULTILINE)
_LOOKALIKE = re.compile("[\t\u00a0\u200b\u2018\u2019\u201c\u201d\u3000\uff02\uff1a]")
_KEY = re.compile("[a-z][a-z0-9_]*")
T = TypeVar("T")

_NULLS = ("", "~", "null")

BOM = Text("以 BOM 开头，请存为不带 BOM 的 UTF-8", "begins with a BOM; save it as UTF-8 without BOM")
LONE_CR = Text("有单独的回车符（CR），请改为换行", "has a carriage return alone; use line feeds")
DIRECTIVE = Text("不接受 % 指令", "% directives are not accepted")
SYNTAX = Text("不是可读的 YAML（第 {column} 列）", "not readable as YAML (column {column})")
LOOKALIKE = Text(
    "不是可读的 YAML（第 {column} 列）：这里的 {name} 似应为半角字符",
    "not readable as YAML (column {column}): {name} where an ASCII character seems to be meant",
)
ALIAS = Text("不接受锚点和别名（& *）", "anchors and aliases (& *) are not accepted")
TAG = Text("不接受标签（!）", "tags (!) are not accepted")
MERGE = Text("不接受合并键（<<）", "merge keys (<<) are not accepted")
NO_LINES = Text("应为“字段: 值”的若干行", "expected lines of the form `key: value`")
ANOTHER = Text("前一条之后缺少 ---", "the document before does not end with ---")
KEY = Text("字段名应形如 [a-z][a-z0-9_]*", "a key must look like [a-z][a-z0-9_]*")
TWICE = Text("字段重复", "the same key twice")
NESTED = Text("嵌套过深，只能有一层", "nested too deep; one level is the most")


class Broken(Exception):
    """A document that is refused: ``code`` for programs, ``line`` in the file, ``what`` for people."""

    def __init__(self, code: str, line: int, what: Text) -> None:
        super().__init__(code, line, what.en)
        self.code = code
        self.line = line
        self.what = what


def parse(text: str, first_line: int, *, libyaml: bool = True) -> Doc:
    """The one document in ``text``, whose first line is ``first_line`` of its file. Without content: ``{}``.

    Every scalar comes as its text; an unquoted ``null``, ``~`` or nothing as "". CRLF reads as LF. Raises Broken.
    """
    text = text.replace("\r\n", "\n")
    check_characters(text, first_line)
    loader = yaml.CSafeLoader if libyaml and yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        return _Reader(first_line, yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise syntax_fault(text, first_line, mark.line if mark else 0, mark.column if mark else 0) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # an escape such as \UFFFFFFFF trips PyYAML itself
        raise syntax_fault(text, first_line, 0, 0) from None


def check_characters(text: str, first_line: int) -> None:
    """Raise Broken at the first character or directive that no file of a ledger may hold."""
    found = _RAW.search(text)
    if found:
        line = first_line + text.count("\n", 0, found.start())
        if found[0] == "\r":
            raise Broken("cr", line, LONE_CR)
        if text[0] == "\ufeff":
            raise Broken("bom", line, BOM)
        code = "nel" if found[0] == "\x85" else "character"
        raise Broken(code, line, CHARACTER.fill(name=f"U+{ord(found[0]):04X}"))
    directive = _DIRECTIVE.search(text)
    if directive:
        line = first_line + text.count("\n", 0, directive.end())
        raise Broken("directive", line, DIRECTIVE)


def syntax_fault(text: str, first_line: int, line: int, column: int) -> Broken:
    """What is told of a syntax error at a place (0-based) of ``text``: never its content."""
    lines = text.split("\n")
    # An unclosed quote is noticed where the text ends, so the line before is looked at as well.
    for at in (line, line - 1):
        found = _LOOKALIKE.search(lines[at]) if 0 <= at < len(lines) else None
        if found:
            what = LOOKALIKE.fill(column=found.start() + 1, name=f"U+{ord(found[0]):04X}")
            return Broken("syntax", first_line + at, what)
    return Broken("syntax", first_line + line, SYNTAX.fill(column=column + 1))


class _Reader:
    """Walks the events of one document; the first thing that is out of form ends it with Broken."""

    def __init__(self, first_line: int, events: Iterator[Any]) -> None:
        self._first_line = first_line
        self._events = events

    def document(self) -> Doc:
        """The mapping of the only document, {} if there is none."""
        self._next()  # the stream's start
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            return {}
        if start.version or start.tags:
            raise self._broken("directive", start, DIRECTIVE)
        root = self._next()
        doc: Doc = {}
        if isinstance(root, yaml.MappingStartEvent):
            doc = self._mapping(self._value)
        elif not isinstance(root, yaml.ScalarEvent) or self._text(root):
            raise self._broken("syntax", root, NO_LINES)
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._broken("documents", after, ANOTHER)
        return doc

    def _next(self) -> Any:
        event = next(self._events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._broken("alias", event, ALIAS)
        if getattr(event, "tag", None) is not None:
            raise self._broken("tag", event, TAG)
        return event

    def _broken(self, code: str, event: Any, what: Text) -> Broken:
        return Broken(code, self._first_line + int(event.start_mark.line), what)

    def _mapping(self, value_of: Callable[[Any], T]) -> dict[str, T]:
        """The mapping whose start was just read; every value by ``value_of``."""
        found: dict[str, T] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._broken("key", event, KEY)
            key = event.value
            if key == "<<" and not event.style:
                raise self._broken("merge", event, MERGE)
            self._check(event)
            if value_of == self._value and _KEY.fullmatch(key) is None:
                raise self._broken("key", event, KEY)
            if key in found:
                raise self._broken("duplicate-key", event, TWICE)
            found[key] = value_of(self._next())
        return found

    def _value(self, event: Any) -> Value:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(self._text)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._text(item))
            return items
        return self._text(event)

    def _text(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._broken("nested", event, NESTED)
        self._check(event)
        return "" if not event.style and event.value in _NULLS else str(event.value)

    def _check(self, event: Any) -> None:
        bad = refused_char(event.value)
        if bad:
            raise self._broken("character", event, CHARACTER.fill(name=bad))
