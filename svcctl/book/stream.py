"""A stream of entries from another program: JSON lines or YAML documents, each an entry without its derived keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from svcctl.book.wish import Wish
from svcctl.entry import CORRECTIONS
from svcctl.errors import Refused, SvcError
from svcctl.fields import Value
from svcctl.texts import Text, same

DERIVED = ("id", "sum", "salt", "recorded", "pii", "erased")
_HEAD = ("kind", "event", "of", "at", "by", "note", "key", "late", "files")
_FORM = Text("每行一个 JSON 对象，或以 --- 分隔的 YAML 文档", "a JSON object a line, or YAML documents with --- between them")


class Item(NamedTuple):
    """One entry of a stream: the line it begins at, and the wish or what is wrong with it."""

    line: int
    wish: Wish | None
    problem: SvcError | None


def items(lines: Iterable[tuple[int, str]]) -> Iterator[Item]:
    """The entries in numbered lines, each as soon as its last line is there."""
    pending: list[str] = []
    first = 0
    for number, line in lines:
        text = line.rstrip("\r\n")
        if text.lstrip().startswith("{") and (not pending or pending[0].rstrip() != "---"):
            if pending:  # a stray line takes no entry with it
                yield _item(first, lambda held=pending, at=first: _yaml(held, at))
                pending = []
            yield _item(number, lambda text=text: _json(text))
        elif text.rstrip() == "---":
            if pending:
                yield _item(first, lambda held=pending, at=first: _yaml(held, at))
            pending, first = [text], number
        elif pending or text.strip():
            if not pending:
                first = number
            pending.append(text)
    if pending:
        yield _item(first, lambda: _yaml(pending, first))


def _item(line: int, read: Any) -> Item:
    try:
        fields = read()
        return Item(line, None if fields is None else wish(fields), None)
    except SvcError as problem:
        return Item(line, None, problem)


def _json(text: str) -> dict[str, Value]:
    try:
        found = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Refused(Text("读不懂", "not understood"), expected=_FORM) from None
    if not isinstance(found, dict):
        raise Refused(Text("不是一条记录", "no entry"), expected=_FORM)
    return {str(k): _value(str(k), v) for k, v in found.items() if v not in (None, "", [], {})}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _value(key: str, value: Any) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return value
    if isinstance(value, dict) and all(isinstance(v, str) for v in value.values()):
        return value
    raise Refused(Text("值", "its value"), where=key, expected=Text("一段文字，或一层的列表、对照表", "a text, or a list or map of texts"))


def _yaml(lines: list[str], first: int) -> dict[str, Value] | None:
    from svcctl.store import strict

    try:
        found = strict.parse("\n".join(lines) + "\n", first)
    except strict.Broken as broken:
        if len(lines) == 1:  # a line by itself is no YAML of anybody's
            raise Refused(Text("读不懂", "not understood"), expected=_FORM) from None
        place = Text(f"第 {broken.line} 行：", f"line {broken.line}: ") if broken.line != first else same("")
        raise Refused(place.joined(broken.what, en="")) from None
    return {k: v for k, v in found.items() if v} or None


def wish(fields: dict[str, Value]) -> Wish:
    """The wish that an entry's text comes to. Raises Refused for keys that only svcctl writes."""
    for key in (*DERIVED, "files"):
        if key in fields:
            raise Refused(same(key), todo=Text("这一项由 svcctl 写，请去掉", "svcctl writes this itself; leave it out"))
    head = {key: _text(fields, key) for key in ("kind", "event", "of", "at", "by", "note", "key", "late")}
    if not head["kind"] or not head["event"]:
        raise Refused(Text("缺少 kind 或 event", "kind or event is missing"), expected=_FORM)
    rest = {k: v for k, v in fields.items() if k not in _HEAD}
    changes: dict[str, str] = {}
    clear: tuple[str, ...] = ()
    if head["event"] == "amend":
        listed = rest.pop("clear", [])
        clear = tuple(listed) if isinstance(listed, list) else ()
        changes = {k: v for k, v in rest.items() if k != "reason" and isinstance(v, str)}
        rest = {k: v for k, v in rest.items() if k == "reason"}
    if head["event"] == "undo":
        raise Refused(same("undo"), expected=Text("、".join(("amend", "void")), ", ".join(CORRECTIONS[:2])), got="undo")
    return Wish(
        head["kind"], head["event"], rest, of=head["of"], at=head["at"], by=head["by"], by_typed=bool(head["by"]),
        note=head["note"], key=head["key"], changes=changes, clear=clear, late=head["late"],
    )  # fmt: skip


def _text(fields: dict[str, Value], key: str) -> str:
    value = fields.get(key, "")
    if not isinstance(value, str):
        raise Refused(same(key), expected=Text("一段文字", "a text"))
    return value
