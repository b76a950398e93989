"""Rows of a file that names its columns itself: JSON lines, and a stream of YAML documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from svcctl.texts import Text


class Doc(NamedTuple):
    """One document: first line (1-based), its text, its cells, or the problem that makes it none."""

    line: int
    text: str
    cells: dict[str, str]
    problem: Text | None = None


class _Wrong(Exception):
    """Why a document is none; carries the Text."""

    def __init__(self, what: Text) -> None:
        super().__init__(what.en)
        self.what = what


def json_lines(handle: TextIO) -> Iterator[Doc]:
    """One object a line, its values texts, numbers (kept as they are written), booleans or null."""
    for number, line in enumerate(handle, 1):
        if not line.strip():
            continue
        try:
            yield Doc(number, line.rstrip("\r\n"), _json_cells(line))
        except _Wrong as wrong:
            yield Doc(number, line.rstrip("\r\n"), {}, wrong.what)


def _json_cells(line: str) -> dict[str, str]:
    try:
        found = json.loads(
            line, parse_float=str, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except (json.JSONDecodeError, RecursionError) as fault:
        column = getattr(fault, "colno", 1)
        raise _Wrong(
            Text("不是一行一个 JSON 对象（第 {column} 列）", "no JSON object on one line (column {column})").fill(column=column)
        ) from None
    if not isinstance(found, dict):
        raise _Wrong(Text("应为一个 JSON 对象", "a JSON object was expected"))
    return {" ".join(key.split()): _json_text(key, value) for key, value in found.items()}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Wrong(Text("同一个键出现两次", "a key occurs twice"))
    return found


def _no_constant(name: str) -> str:
    raise _Wrong(Text("{name} 不是 JSON", "{name} is no JSON").fill(name=name))


def _json_text(key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _nested(key)


def _nested(key: str) -> _Wrong:
    return _Wrong(
        Text("“{key}”的值应为一个文本，而不是列表或对象", 'the value of "{key}" should be one text, no list or object').fill(key=key)
    )


def yaml_documents(handle: TextIO) -> Iterator[Doc]:
    """One mapping a document, every scalar as the text it is written as; documents begin with a line ``---``."""
    start, lines = 1, list[str]()
    for number, line in enumerate(handle, 1):
        if (line.startswith("---") and not line[3:].strip()) or line.startswith("--- "):
            yield from _yaml_doc(start, lines)
            start, lines = number, []
        lines.append(line)
    yield from _yaml_doc(start, lines)


def _yaml_doc(line: int, lines: list[str]) -> Iterator[Doc]:
    from svcctl.importing.yaml_map import Broken, Scalar, parse

    if all(not text.strip() or text.startswith(("#", "---")) for text in lines):
        return
    text = "".join(lines)
    try:
        cells: dict[str, str] = {}
        for key, value in parse(text, line, max_depth=2).items:
            if not isinstance(value, Scalar):
                raise _nested(key.text)
            cells[" ".join(key.text.split())] = value.text
        yield Doc(line, text, cells)
    except _Wrong as wrong:
        yield Doc(line, text, {}, wrong.what)
    except Broken as broken:
        yield Doc(broken.line, text, {}, broken.what)
