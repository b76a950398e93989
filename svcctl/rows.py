"""A record as a row: every declared field and what follows from its state, typed, masked, for programs or for people.

Lists, ``show``, exports and the detail sheets of reports all take their rows from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from svcctl.entry import CORRECTIONS, Amend, Entry, Noun, Verb, Void
from svcctl.fields import FieldType, FlagType, PersonType, TimeType, Value
from svcctl.fold import VOID, VOID_LABEL, Case
from svcctl.mask import mask, mask_numbers
from svcctl.site import Site
from svcctl.texts import Lang, Text

_TIME = TimeType()
_TEXT = FieldType()


class Heading(NamedTuple):
    """A column that rows of a noun have: its key, its type, its title, and how it is masked."""

    key: str
    type: FieldType
    label: Text
    personal: str = ""


FIRST = (
    Heading("id", _TEXT, Text("编号", "ID")),
    Heading("kind", _TEXT, Text("名词", "Kind")),
    Heading("state", _TEXT, Text("状态", "State")),
    Heading("overdue", FlagType(), Text("超时", "Overdue")),
    Heading("open", FlagType(), Text("未结", "Open")),
    Heading("at", _TIME, Text("发生时间", "At")),
    Heading("by", PersonType(), Text("录入人", "By")),
)
LAST = (
    Heading("note", _TEXT, Text("备注", "Note")), Heading("key", _TEXT, Text("键", "Key")),
    Heading("late", _TEXT, Text("补录原因", "Why it is late")),
)  # fmt: skip


@lru_cache(maxsize=64)  # asked for every row of a list or sheet
def headings(noun: Noun[Any]) -> Mapping[str, Heading]:
    """Every column of a noun's rows, in their order."""
    declared = [Heading(s.name, s.type, s.label, s.personal) for s in noun.fields().values()]
    derived = [Heading(name, kind, label) for name, (kind, label) in noun.derived.items()]
    return MappingProxyType({h.key: h for h in (*FIRST, *declared, *derived, *LAST)})


def values(case: Case[Any], now: datetime, site: Site) -> dict[str, Any]:
    """The row of a record, typed; what is empty is None. A field set by several entries has the last one's value."""
    noun = case.noun
    row: dict[str, Any] = dict.fromkeys(headings(noun))
    for entry in case.entries:
        row.update(entry.data.values())
    row.update(noun.facts(case.state, now, site))
    opening = case.opening
    row.update(
        id=case.id, kind=noun.name, state=VOID if case.voided else case.state.state, at=opening.at, by=opening.by,
        overdue=not case.voided and noun.overdue(case.state, now, site),
        open=not case.voided and noun.is_open(case.state), note=opening.note or None, key=opening.key or None,
        late=opening.late or None,
    )  # fmt: skip
    return row


def hidden(heading: Heading, value: Any, reveal: bool) -> Any:
    """The value as it may be shown: personal ones masked, and numbers of phones and identity cards in texts."""
    if reveal or not isinstance(value, str):
        return value
    if heading.personal:
        return mask(value, heading.personal)  # type: ignore[arg-type]
    free = heading.type.name in ("text", "master", "person") and heading.key not in ("id", "kind", "state")
    return mask_numbers(value) if free else value


def for_programs(noun: Noun[Any], row: Mapping[str, Any], site: Site, reveal: bool) -> dict[str, Any]:
    """The row for JSON: money and times as text, integers and booleans native, what is empty null."""
    found: dict[str, Any] = {}
    for key, heading in headings(noun).items():
        value = row.get(key)
        if value is None:
            found[key] = None
        elif isinstance(value, datetime):
            found[key] = value.astimezone(site.zone).isoformat()
        else:
            found[key] = heading.type.json(hidden(heading, value, reveal))
    return found


def for_people(noun: Noun[Any], row: Mapping[str, Any], site: Site, lang: Lang, reveal: bool) -> dict[str, str]:
    """The row as texts in a language."""
    found = {}
    for key, heading in headings(noun).items():
        value = row.get(key)
        if value is None:
            found[key] = ""
        elif key == "state":
            found[key] = noun.states.get(value, VOID_LABEL).to(lang)
        elif isinstance(value, datetime):
            found[key] = heading.type.show(value.astimezone(site.zone), lang)
        else:
            found[key] = heading.type.show(hidden(heading, value, reveal), lang)
    return found


def entry_for_programs(noun: Noun[Any], entry: Entry, site: Site, reveal: bool) -> dict[str, Any]:
    """An entry as an object: head, fields, tail, masked and without its salt unless ``reveal``."""
    found: dict[str, Any] = {"id": entry.id, "kind": entry.kind, "event": entry.event}
    if entry.of:
        found["of"] = entry.of
    found["at"] = entry.at.astimezone(site.zone).isoformat()
    found["recorded"] = entry.recorded.astimezone(site.zone).isoformat(timespec="microseconds")
    found["by"] = entry.by if reveal else mask_numbers(entry.by)
    known = headings(noun)
    for key, value in stored_fields(entry).items():
        found[key] = hidden(known.get(key, Heading(key, _TEXT, Text(key, key))), value, reveal)
    for key, tail in (("note", entry.note), ("files", list(entry.files)), ("key", entry.key), ("late", entry.late),
                      ("erased", entry.erased), ("sum", entry.sum)):  # fmt: skip
        if tail:
            free = key in ("note", "key", "late") and isinstance(tail, str) and not reveal
            found[key] = mask_numbers(str(tail)) if free else tail
    return found


def stored_fields(entry: Entry) -> dict[str, Value]:
    """The fields of an entry as the ledger has them."""
    data = entry.data
    if isinstance(data, Verb):
        return {s.name: s.type.dump(v) for s in data.specs if (v := getattr(data, s.name)) is not None}
    if isinstance(data, Amend):
        clear: dict[str, Value] = {"clear": list(data.clear)} if data.clear else {}
        return {**data.changes, **clear, "reason": data.reason}
    assert isinstance(data, Void)
    return {k: v for k, v in (("reason", data.reason), ("approved_by", data.approved_by)) if v}


def event_label(noun: Noun[Any], event: str) -> Text:
    """What an event is called."""
    verb = noun.verb(event)
    if verb is not None:
        return verb.label
    return dict(zip(CORRECTIONS, (Text("更正", "Amend"), Text("作废", "Void"), Text("撤回", "Undo")), strict=True))[event]
