"""A map held against what it is used on: the header of the file, and the events and fields of its noun.

Also the map that a header is by itself, when its columns are named like the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from svcctl.errors import Refused, SvcError, refuse
from svcctl.fields import near
from svcctl.forms.model import COMMON
from svcctl.importing.model import EventMap, FieldTemplate, ImportMap
from svcctl.importing.template import MapTemplate, Template, column
from svcctl.texts import Text, listed, same

_SAID = ("by", "note", "late")  # of these texts, too, `values` may say what they mean


def check_columns(imap: ImportMap, header: list[str]) -> None:
    """Refused, all at once, if the map names columns that the file does not have; near ones are named."""
    problems: list[SvcError] = []
    for name, line in _used(imap):
        if name not in header:
            hint = near(name, header)
            problems.append(Refused(
                Text("文件里没有列“{name}”", 'the file has no column "{name}"').fill(name=name),
                where=imap.place(line),
                expected=None if hint else listed([same(one) for one in header]),
                todo=_did_you_mean(hint),
            ))  # fmt: skip
    refuse(problems)


def _did_you_mean(word: str) -> Text | None:
    return Text(f"是不是“{word}”？", f'Did you mean "{word}"?') if word else None


def _used(imap: ImportMap) -> Iterator[tuple[str, int]]:
    """Every column and the line of the map that names it, each pair once."""
    seen: dict[tuple[str, int], None] = {}
    if imap.by is not None:
        seen.update(dict.fromkeys((name, imap.by.line) for name in imap.by.columns))
    for event in imap.row:
        seen.update(dict.fromkeys((name, event.condition_line) for name in event.condition))
        for one in _templates(event):
            seen.update(dict.fromkeys((name, one.line) for name in one.columns))
    return iter(seen)


def _templates(event: EventMap) -> Iterator[Template]:
    yield from (one for one in (event.key, event.at, event.by, event.note, event.late) if one is not None)
    for found in event.fields.values():
        if isinstance(found, Template):
            yield found
        elif isinstance(found, MapTemplate):
            for key, value in found.items:
                yield key
                yield value
        else:
            yield from found


def check_events(imap: ImportMap, fields: Mapping[str, Collection[str]], opens: Callable[[str], bool]) -> None:
    """Refused, all at once, for events and fields the noun does not have, or a row that begins with a follow-up.

    ``fields`` has the field names of every event of the map's noun.
    """
    problems: list[SvcError] = []

    def wrong(line: int, what: Text, known: Collection[str], got: str) -> None:
        problems.append(Refused(what, where=imap.place(line), expected=listed([same(one) for one in known]), got=got,
                                todo=_did_you_mean(near(got, list(known)))))  # fmt: skip

    for event in imap.row:
        if event.event not in fields:
            wrong(event.field_lines.get("event", event.line), _NO_EVENT.fill(noun=imap.noun), list(fields), event.event)
            continue
        for name in event.fields:
            if name not in fields[event.event]:
                what = _NO_FIELD.fill(noun=imap.noun, event=event.event)
                wrong(event.field_lines.get(name, event.line), what, fields[event.event], name)
    first = imap.row[0]
    if first.event in fields and not opens(first.event):
        openers = [name for name in fields if opens(name)]
        wrong(first.field_lines.get("event", first.line), _NO_OPENER, openers, first.event)
    every = {name for names in fields.values() for name in names} | {*_SAID}
    for key in imap.values:
        event_name, _, name = key.rpartition(".")
        known = fields.get(event_name, ()) if event_name else every
        if name not in known and not (event_name in fields and name in _SAID):
            choices = [f"{event_name}.{one}" for one in known] if known and event_name else sorted(every)
            wrong(imap.value_lines.get(key, 0), _NO_VALUE, choices, key)
    refuse(problems)


_NO_EVENT = Text("{noun} 没有这个事件", "{noun} has no such event")
_NO_FIELD = Text("{noun} {event} 没有这个字段", "{noun} {event} has no such field")
_NO_OPENER = Text("一行的第一项应开立记录", "the first entry of a row should open a record")
_NO_VALUE = Text("values 中没有对应的字段", "`values` for a field that does not exist")


def known_columns(noun_fields: Mapping[str, tuple[str, str]], header: list[str]) -> int:
    """How many columns are named like fields, or like their labels."""
    words = {_folded(word) for name, pair in noun_fields.items() for word in (*pair, name)}
    return sum(_folded(title) in words for title in header)


def header_map(
    noun_fields: Mapping[str, tuple[str, str]], header: list[str], *, noun: str = "", event: str = "add", path: str = ""
) -> ImportMap:
    """The map of a file whose columns are named like fields, or like their labels (``noun_fields``: zh, en).

    Case, blanks around, and ``-`` for ``_`` do not matter; ``at``, ``by``, ``key``, ``note`` and ``late`` are understood too.
    Refused, all at once, for other columns (near ones are named) and for two columns of one field.
    """
    labels = {**COMMON, **noun_fields}
    names: dict[str, str] = {}
    for name, (zh, en) in labels.items():
        for word in (zh, en, name):
            names[_folded(word)] = name
    found: dict[str, Template] = {}
    problems: list[SvcError] = []
    for title in header:
        field_name = names.get(_folded(title))
        if field_name is None:
            hint = near(title, [word for name, pair in labels.items() for word in (*pair, name)])
            what = Text("列“{name}”不是字段", 'column "{name}" is no field').fill(name=title)
            problems.append(Refused(what, where=path, expected=None if hint else listed([same(n) for n in noun_fields]),
                                    todo=_did_you_mean(hint)))  # fmt: skip
        elif field_name in found:
            what = Text("两列都是字段 {name}", "two columns of the field {name}").fill(name=field_name)
            problems.append(Refused(what, where=path, got=title))
        else:
            found[field_name] = column(title)
    refuse(problems)
    fields: dict[str, FieldTemplate] = {name: one for name, one in found.items() if name not in COMMON}
    row = EventMap(
        event, fields, at=found.get("at"), key=found.get("key"), by=found.get("by"), note=found.get("note"), late=found.get("late")
    )
    return ImportMap(noun, (row,), path=path)


def _folded(word: str) -> str:
    return " ".join(word.replace("_", " ").replace("-", " ").split()).casefold()
