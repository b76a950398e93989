"""Nested YAML that people edit (``ledger.yaml``, templates): a tree of texts, and the line of every key in it."""

from __future__ import annotations

from typing import Any

import yaml

from svcctl.errors import Refused
from svcctl.store import events
from svcctl.store.events import Broken, Events
from svcctl.texts import Text

Path = tuple[str | int, ...]
DEEPEST = 12
LONGEST = 1 << 20
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
    try:
        return events.read(text, 1, _tree)
    except Broken as broken:
        raise Refused(broken.what, where=f"{file}:{broken.line}") from None


def _tree(stream: Events) -> Tree:
    lines: dict[Path, int] = {}

    def value(event: Any, path: Path) -> Any:
        lines.setdefault(path, stream.line(event))
        if len(path) > DEEPEST:
            raise stream.broken("nested", event, events.NESTED.fill(depth=DEEPEST))
        if isinstance(event, yaml.MappingStartEvent):
            table: dict[str, Any] = {}

            def pair(key: str, at: Any) -> None:
                lines[(*path, key)] = stream.line(at)
                table[key] = value(stream.next(), (*path, key))

            stream.pairs(pair, named=True)
            return table
        if isinstance(event, yaml.SequenceStartEvent):
            listed: list[Any] = []
            stream.items(lambda item: listed.append(value(item, (*path, len(listed)))))
            return listed
        return events.scalar(event)

    root = stream.root()
    if root is None:
        return Tree({}, {})
    made = Tree(value(root, ()), lines)
    stream.end()
    return made
