"""An import map as it is written in YAML, read and checked: every wrong key and value is named with its line.

``check_map`` (in ``columns``) then holds it against the header of the file and the events of its noun.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from svcctl.errors import Refused, SvcError, refuse
from svcctl.fields import near
from svcctl.importing import template, yaml_map
from svcctl.importing.columns import check_columns, check_events, header_map
from svcctl.importing.expand import Planned, expand
from svcctl.importing.model import EventMap, FieldTemplate, ImportMap
from svcctl.importing.probe import probe
from svcctl.importing.template import MapTemplate, Template
from svcctl.importing.when import bad_format, parse_when
from svcctl.importing.yaml_map import Mapping, Node, Scalar, Sequence
from svcctl.texts import Text, listed, same

__all__ = [
    "EventMap", "ImportMap", "MapTemplate", "Planned", "Template", "check_columns", "check_events", "expand",
    "header_map", "load_map", "parse_when",
]  # fmt: skip

MAX_CHARACTERS = 1_000_000
_TOP = ("noun", "timezone", "dates", "by", "row", "values", "skip_invalid", "header", "sheet", "header_row")
_OF_EVENT = ("event", "if", "optional", "at", "key", "by", "note", "late")
_RESERVED = ("id", "kind", "of", "recorded", "files", "salt", "pii", "erased", "sum")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VALUE_NAME = re.compile(r"(?:[a-z][a-z0-9-]*\.)?[a-z][a-z0-9_]*")
_EVENT = re.compile(r"[a-z][a-z0-9-]*")
T = TypeVar("T")

_ONE_TEXT = Text("一个文本", "one text")
_A_TEXT = Text("一个值", "a value")
_A_LIST = Text("一个列表", "a list")
_A_TABLE = Text("几行“键: 值”", "`key: value` lines")
_YES_NO = Text("true 或 false", "true or false")
_UNQUOTED = Text('要写成带引号的 "{Column}"', 'Put it in quotes: "{Column}"')


def load_map(path: str) -> ImportMap:
    """The map in the file. NotFound without it; Refused with ``path:line`` for all that is wrong in it, at once."""
    found = probe(path)
    if found.zipped:
        raise Refused(Text("映射应为 YAML 文件", "a map should be a YAML file"), where=path)
    with open(path, encoding=found.encoding) as handle:
        text = handle.read(MAX_CHARACTERS + 1)
    if len(text) > MAX_CHARACTERS:
        raise Refused(Text("映射文件过大", "the map is too large"), where=path)
    try:
        root = yaml_map.parse(text)
    except yaml_map.Broken as broken:
        raise Refused(broken.what, where=f"{path}:{broken.line}") from None
    reader = _Reader(path)
    read = reader.map(root)
    refuse(reader.problems)
    return read


class _Reader:
    """Reads the tree and collects every problem; what is wrong reads as if it were not there."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[SvcError] = []

    def wrong(self, node: Node, name: str, expected: Text, got: str | None = None, todo: Text | None = None) -> None:
        what = same(name) if name else _UNKNOWN_KEY
        self.problems.append(Refused(what, where=f"{self.path}:{node.line}", expected=expected, got=got, todo=todo))

    # the map

    def map(self, root: Mapping) -> ImportMap:
        top = self.keys(root)
        for name in ("noun", "row"):
            if name not in top:
                self.wrong(root, name, Text("一个值（必填）", "a value, it is required"))
        tables = self.values(top["values"], "values") if "values" in top else []
        return ImportMap(
            noun=self.optional(top, "noun", self.noun, ""),
            row=self.optional(top, "row", self.row, ()),
            timezone=self.optional(top, "timezone", self.timezone, None),
            dates=self.optional(top, "dates", self.dates, ()),
            by=self.optional(top, "by", self.template, None),
            values={key.text: table for key, table in tables},
            skip_invalid=self.optional(top, "skip_invalid", self.flag, False),
            header=self.optional(top, "header", self.texts, None),
            sheet=self.optional(top, "sheet", self.text, None),
            header_row=self.optional(top, "header_row", self.row_number, None),
            path=self.path,
            value_lines={key.text: key.line for key, _ in tables},
        )

    def keys(self, root: Mapping) -> dict[str, Node]:
        for key, _ in root.items:
            if key.text not in _TOP:
                hint = near(key.text, _TOP)
                todo = _did_you_mean(hint) if hint else None
                self.wrong(key, "", listed([same(word) for word in _TOP]), key.text, todo)
        return {key.text: value for key, value in root.items}

    def optional(self, top: dict[str, Node], name: str, read: Callable[[Node, str], T | None], otherwise: T) -> T:
        if name not in top:
            return otherwise
        found = read(top[name], name)
        return otherwise if found is None else found

    # values

    def text(self, node: Node, name: str) -> str | None:
        if isinstance(node, Scalar) and node.text.strip():
            return node.text
        if isinstance(node, Scalar):
            self.wrong(node, name, _A_TEXT)
        else:
            # `by: {Column}` without quotes is a table for YAML; whoever wrote it meant a column.
            unquoted = isinstance(node, Mapping) and any(value == Scalar(value.line, "") for _, value in node.items)
            self.wrong(node, name, _ONE_TEXT, todo=_UNQUOTED if unquoted else None)
        return None

    def texts(self, node: Node, name: str) -> tuple[str, ...] | None:
        if not isinstance(node, Sequence) or not node.items:
            self.wrong(node, name, _A_LIST)
            return None
        return tuple(text for item in node.items if (text := self.text(item, name)) is not None)

    def flag(self, node: Node, name: str) -> bool | None:
        word = node.text.strip().lower() if isinstance(node, Scalar) else ""
        if word not in ("true", "false"):
            self.wrong(node, name, _YES_NO, node.text if isinstance(node, Scalar) else None)
            return None
        return word == "true"

    def row_number(self, node: Node, name: str) -> int | None:
        text = node.text if isinstance(node, Scalar) else ""
        if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
            self.wrong(node, name, Text("行号，如 3", "the number of a row, like 3"), text or None)
            return None
        return int(text)

    def noun(self, node: Node, name: str) -> str | None:
        return self.matching(node, name, _EVENT, Text("一个名词，如 repair", "a noun like repair"))

    def matching(self, node: Node, name: str, pattern: re.Pattern[str], expected: Text) -> str | None:
        text = self.text(node, name)
        if text is not None and not pattern.fullmatch(text):
            self.wrong(node, name, expected, text)
            return None
        return text

    def timezone(self, node: Node, name: str) -> str | None:
        from zoneinfo import ZoneInfo, available_timezones

        text = self.text(node, name)
        if text is None:
            return None
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            hint = near(text, sorted(available_timezones()))
            self.wrong(node, name, Text("时区，如 Asia/Shanghai", "a time zone like America/Chicago"), text,
                       _did_you_mean(hint) if hint else None)  # fmt: skip
            return None
        return text

    def dates(self, node: Node, name: str) -> tuple[str, ...] | None:
        found = (node.text,) if isinstance(node, Scalar) else self.texts(node, name)
        for form in found or ():
            why = bad_format(form)
            if why is not None:
                expected = Text("格式，如 %m/%d/%Y %I:%M %p", "a format like %m/%d/%Y %I:%M %p")
                self.wrong(node, name, expected.joined(why, "；", "; "), form)
        return found

    def values(self, node: Node, name: str) -> list[tuple[Scalar, dict[str, str]]]:
        if not isinstance(node, Mapping):
            self.wrong(node, name, _A_TABLE)
            return []
        found = []
        for key, table in node.items:
            where = f"{name}.{key.text}"
            if not _VALUE_NAME.fullmatch(key.text) or key.text.rpartition(".")[2] in ("at", "key", *_RESERVED):
                self.wrong(key, where, Text("字段或 事件.字段，如 finish.result", "a field or event.field like finish.result"))
            elif not isinstance(table, Mapping):
                self.wrong(table, where, _A_TABLE)
            else:
                found.append((key, self.table(table, where)))
        return found

    def table(self, node: Mapping, where: str) -> dict[str, str]:
        for _, value in node.items:
            if not isinstance(value, Scalar):
                self.wrong(value, where, _ONE_TEXT)
        return {raw.text.strip(): value.text for raw, value in node.items if isinstance(value, Scalar)}

    # the entries of a row

    def row(self, node: Node, name: str) -> tuple[EventMap, ...] | None:
        if not isinstance(node, Sequence) or not node.items:
            self.wrong(node, name, Text("至少一项的列表，每项有 event", "a list of at least one entry, each with `event`"))
            return None
        events = [event for item in node.items if (event := self.event(item)) is not None]
        keys = [event.key.parts for event in events if event.key is not None]
        for event in events:
            if event.key is not None and keys.count(event.key.parts) > 1:
                self.wrong(Scalar(event.key.line, ""), "key", Text("每项各不相同的键", "a key of its own for each entry"))
        return tuple(events)

    def event(self, node: Node) -> EventMap | None:
        if not isinstance(node, Mapping):
            self.wrong(node, "row", _A_TABLE)
            return None
        own = {key.text: value for key, value in node.items if key.text in _OF_EVENT}
        if "event" not in own:
            self.wrong(node, "event", Text("一个值（必填）", "a value, it is required"))
        fields: dict[str, FieldTemplate] = {}
        for key, value in node.items:
            if key.text not in _OF_EVENT and self.field_name(key):
                found = self.field(value, key.text)
                if found is not None:
                    fields[key.text] = found
        return EventMap(
            event=self.optional(own, "event", self.event_name, ""),
            fields=fields,
            condition=self.optional(own, "if", self.condition, {}),
            optional=self.optional(own, "optional", self.flag, False),
            at=self.optional(own, "at", self.template, None),
            key=self.optional(own, "key", self.template, None),
            by=self.optional(own, "by", self.template, None),
            note=self.optional(own, "note", self.template, None),
            late=self.optional(own, "late", self.template, None),
            line=node.line,
            condition_line=own["if"].line if "if" in own else 0,
            field_lines={key.text: key.line for key, _ in node.items},
        )

    def event_name(self, node: Node, name: str) -> str | None:
        return self.matching(node, name, _EVENT, Text("一个事件，如 add", "an event like add"))

    def field_name(self, key: Scalar) -> bool:
        if _NAME.fullmatch(key.text) and key.text not in _RESERVED:
            return True
        plain = key.text.replace("-", "_").lower()
        hint = plain if _NAME.fullmatch(plain) and plain not in _RESERVED and plain != key.text else ""
        self.wrong(key, "", Text("字段名，如 found_by", "a field like found_by"), key.text,
                   _did_you_mean(hint) if hint else None)  # fmt: skip
        return False

    def condition(self, node: Node, name: str) -> dict[str, str] | None:
        if not isinstance(node, Mapping) or not node.items:
            self.wrong(node, name, Text("“列: 文本”，如 {STATUS: OPEN}", "`column: text` like {STATUS: OPEN}"))
            return None
        found = {}
        for column, text in node.items:
            if not isinstance(text, Scalar):
                self.wrong(text, f"{name}.{column.text}", _ONE_TEXT)
            else:
                found[" ".join(column.text.split())] = text.text.strip()
        return found

    def field(self, node: Node, name: str) -> FieldTemplate | None:
        if isinstance(node, Sequence):
            items = [found for item in node.items if (found := self.template(item, name)) is not None]
            return tuple(items)
        if isinstance(node, Mapping) and not any(value == Scalar(value.line, "") for _, value in node.items):
            pairs = [(self.template(key, name), self.template(value, name)) for key, value in node.items]
            return MapTemplate(tuple((key, value) for key, value in pairs if key and value), node.line)
        return self.template(node, name)

    def template(self, node: Node, name: str) -> Template | None:
        text = self.text(node, name)
        if text is None:
            return None
        try:
            return template.parse(text, node.line)
        except template.Unbalanced as bad:
            what = same(name).joined(bad.what, "：", ": ")
            self.problems.append(Refused(what, where=f"{self.path}:{node.line}", got=text))
            return None


_UNKNOWN_KEY = Text("未知的键", "unknown key")


def _did_you_mean(word: str) -> Text:
    return Text(f"是不是 {word}？", f"Did you mean {word}?")
