"""A YAML document as a tree of texts with line numbers: the form in which an import map, or a row in YAML, is read.

Nothing is resolved or constructed: every scalar is its text, and what makes YAML surprising (anchors, tags, merge
keys, the same key twice, deep nesting) is refused with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from svcctl.store import events
from svcctl.store.events import Broken, Events

__all__ = ["Broken", "Mapping", "Node", "Scalar", "Sequence", "parse"]

MAX_DEPTH = 6


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


def parse(text: str, first_line: int = 1, max_depth: int = MAX_DEPTH) -> Mapping:
    """The one mapping in ``text``, whose first line is ``first_line`` of its file; empty if there is none.

    ``max_depth`` counts the brackets around the innermost text. Raises Broken.
    """

    def document(stream: Events) -> Mapping:
        event = stream.root()
        if event is None:
            return Mapping(first_line, ())
        root = _node(stream, event, max_depth)
        if isinstance(root, Scalar) and not root.text:
            root = Mapping(root.line, ())
        if not isinstance(root, Mapping):
            raise stream.broken("syntax", event, events.NO_LINES)
        stream.end()
        return root

    return events.read(text, first_line, document)


def _node(stream: Events, event: Any, left: int) -> Node:
    line = stream.line(event)
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(line, events.scalar(event))
    if left <= 0:
        raise stream.broken("nested", event, events.NESTED.fill(depth=MAX_DEPTH))
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        stream.items(lambda item: items.append(_node(stream, item, left - 1)))
        return Sequence(line, tuple(items))
    pairs: list[tuple[Scalar, Node]] = []
    stream.pairs(lambda key, at: pairs.append((Scalar(stream.line(at), key), _node(stream, stream.next(), left - 1))))
    return Mapping(line, tuple(pairs))
