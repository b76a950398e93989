"""The one gateway to YAML that people or other tools wrote: PyYAML's event stream, and what of YAML is refused.

Nothing is resolved, constructed or guessed. Reading stops at the first event that is out of form: it is PyYAML's
composer, not its event stream, that crashes on a hundred thousand brackets. No message quotes the file: it may hold
personal values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import yaml

from svcctl.store.characters import CHARACTER
from svcctl.texts import Text, same

_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_DIRECTIVE = re.compile(r"(?:\A|^\.\.\.[^\n]*\n)(?:[ \t]*+(?:#[^\n]*+)?\n)*+%", re.MULTILINE)
_LOOKALIKE = re.compile("[\t\u00a0\u200b\u2018\u2019\u201c\u201d\u3000\uff02\uff1a]")
_WORD = re.compile("[A-Za-z_][A-Za-z0-9_-]{0,39}")
_NULLS = ("", "~", "null")
T = TypeVar("T")

BOM = Text("以 BOM 开头，请存为不带 BOM 的 UTF-8", "begins with a BOM; save it as UTF-8 without BOM")
LONE_CR = Text("有单独的回车符（CR），请改为换行", "has a carriage return alone; use line feeds")
DIRECTIVE = Text("不接受 % 指令", "% directives are not accepted")
SYNTAX = Text("不是可读的 YAML（第 {column} 列）", "not readable as YAML (column {column})")
LOOKALIKE = Text(
    "不是可读的 YAML（第 {column} 列）：这里的 {name} 似应为半角字符",
    "not readable as YAML (column {column}): {name} where an ASCII character seems to be meant",
)
ALIAS = Text("不接受锚点和别名（& *），以 * 开头的文字请加引号", 'anchors and aliases (& *) are not accepted; quote a text like "*"')
TAG = Text("不接受标签（!）", "tags (!) are not accepted")
MERGE = Text("不接受合并键（<<）", "merge keys (<<) are not accepted")
NO_LINES = Text("应为“字段: 值”的若干行", "expected lines of the form `key: value`")
ANOTHER = Text("前一条之后缺少 ---，或不止一个文档", "a second document, or one that does not end with ---")
KEY = Text("字段名应为一个词", "a key should be one word")
TWICE = Text("字段重复", "the same key twice")
NESTED = Text("嵌套过深，最多 {depth} 层", "nested too deep; {depth} levels are the most")


class Broken(Exception):
    """A document that is refused: ``code`` for programs, ``line`` in the file, ``what`` for people."""

    def __init__(self, code: str, line: int, what: Text) -> None:
        super().__init__(code, line, what.en)
        self.code = code
        self.line = line
        self.what = what


class Events:
    """The events of one document, each checked before it is handed out. Lines are those of the file, 1-based."""

    def __init__(self, text: str, first_line: int, *, libyaml: bool = True) -> None:
        loader = yaml.CSafeLoader if libyaml and yaml.__with_libyaml__ else yaml.SafeLoader
        self._first_line = first_line
        self._events = yaml.parse(text, Loader=loader)

    def next(self) -> Any:
        """The next event; aliases, anchors and tags are refused."""
        event = next(self._events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self.broken("alias", event, ALIAS)
        if getattr(event, "tag", None) is not None:
            raise self.broken("tag", event, TAG)
        return event

    def line(self, event: Any) -> int:
        """Where an event begins."""
        return self._first_line + int(event.start_mark.line)

    def broken(self, code: str, event: Any, what: Text) -> Broken:
        """What to raise about an event."""
        return Broken(code, self.line(event), what)

    def root(self) -> Any:
        """The first event of the only document; None if there is no document."""
        self.next()  # the stream's start
        start = self.next()
        if isinstance(start, yaml.StreamEndEvent):
            return None
        if start.version or start.tags:
            raise self.broken("directive", start, DIRECTIVE)
        return self.next()

    def end(self) -> None:
        """Refuse whatever comes after the document."""
        self.next()  # the document's end
        after = self.next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.broken("documents", after, ANOTHER)

    def pairs(self, value: Callable[[str, Any], None], *, named: bool = False) -> None:
        """Walk a mapping whose start was just read: ``value`` gets each key and its key's event, and reads on.

        ``named``: a key that occurs twice is named if it is one plain word, where keys are words of svcctl.
        """
        seen: set[str] = set()
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.broken("key", event, KEY)
            if event.value == "<<" and not event.style:
                raise self.broken("merge", event, MERGE)
            if event.value in seen:
                what = TWICE.joined(same(event.value), "：", ": ") if named and _WORD.fullmatch(event.value) else TWICE
                raise self.broken("duplicate-key", event, what)
            seen.add(event.value)
            value(str(event.value), event)

    def items(self, item: Callable[[Any], None]) -> None:
        """Walk a list whose start was just read: ``item`` gets the first event of each item, and reads on."""
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            item(event)


def scalar(event: Any) -> str:
    """The text of a scalar; an unquoted ``null``, ``~`` or nothing is empty."""
    return "" if not event.style and event.value in _NULLS else str(event.value)


def read(text: str, first_line: int, walk: Callable[[Events], T], *, libyaml: bool = True) -> T:
    """What ``walk`` makes of the events of ``text``. CRLF reads as LF. Raises Broken for whatever is wrong."""
    text = text.replace("\r\n", "\n")
    check_characters(text, first_line)
    try:
        return walk(Events(text, first_line, libyaml=libyaml))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _syntax(text, first_line, mark.line if mark else 0, mark.column if mark else 0) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # an escape such as \UFFFFFFFF trips PyYAML itself
        raise _syntax(text, first_line, 0, 0) from None


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


def _syntax(text: str, first_line: int, line: int, column: int) -> Broken:
    lines = text.split("\n")
    # An unclosed quote is noticed where the text ends, so the line before is looked at as well.
    for at in (line, line - 1):
        found = _LOOKALIKE.search(lines[at]) if 0 <= at < len(lines) else None
        if found:
            what = LOOKALIKE.fill(column=found.start() + 1, name=f"U+{ord(found[0]):04X}")
            return Broken("syntax", first_line + at, what)
    return Broken("syntax", first_line + line, SYNTAX.fill(column=column + 1))
