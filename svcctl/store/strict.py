"""The reader for whatever a person or another tool has made of an entry: every scalar as text, one level of nesting."""

from __future__ import annotations

import re
from typing import Any

import yaml

from svcctl.fields import Value
from svcctl.store import events
from svcctl.store.characters import CHARACTER, refused_char
from svcctl.store.events import BOM, LONE_CR, Broken, Events
from svcctl.texts import Text

__all__ = ["BOM", "LONE_CR", "Broken", "parse"]

Doc = dict[str, Value]

_KEY = re.compile("[a-z][a-z0-9_]*")
_KEY_FORM = Text("字段名应形如 [a-z][a-z0-9_]*", "a key must look like [a-z][a-z0-9_]*")


def parse(text: str, first_line: int, *, libyaml: bool = True) -> Doc:
    """The one document in ``text``, whose first line is ``first_line`` of its file. Without content: ``{}``.

    Every scalar comes as its text; an unquoted ``null``, ``~`` or nothing as "". CRLF reads as LF. Raises Broken.
    """
    return events.read(text, first_line, _document, libyaml=libyaml)


def _document(stream: Events) -> Doc:
    root = stream.root()
    if root is None:
        return {}
    doc: Doc = {}
    if isinstance(root, yaml.MappingStartEvent):

        def field(key: str, event: Any) -> None:
            _check(stream, event)
            if _KEY.fullmatch(key) is None:
                raise stream.broken("key", event, _KEY_FORM)
            doc[key] = _value(stream, stream.next())

        stream.pairs(field)
    elif not isinstance(root, yaml.ScalarEvent) or _text(stream, root):
        raise stream.broken("syntax", root, events.NO_LINES)
    stream.end()
    return doc


def _value(stream: Events, event: Any) -> Value:
    if isinstance(event, yaml.MappingStartEvent):
        table: dict[str, str] = {}

        def pair(key: str, at: Any) -> None:
            _check(stream, at)
            table[key] = _text(stream, stream.next())

        stream.pairs(pair)
        return table
    if isinstance(event, yaml.SequenceStartEvent):
        listed: list[str] = []
        stream.items(lambda item: listed.append(_text(stream, item)))
        return listed
    return _text(stream, event)


def _text(stream: Events, event: Any) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise stream.broken("nested", event, events.NESTED.fill(depth=1))
    _check(stream, event)
    return events.scalar(event)


def _check(stream: Events, event: Any) -> None:
    bad = refused_char(event.value)
    if bad:
        raise stream.broken("character", event, CHARACTER.fill(name=bad))
