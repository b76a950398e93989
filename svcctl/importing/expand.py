"""One row and a map give the entries the row stands for, as raw texts. Nothing is typed or checked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from svcctl.errors import Refused
from svcctl.importing.model import EventMap, FieldTemplate, ImportMap
from svcctl.importing.source import Row
from svcctl.importing.template import MapTemplate, Template
from svcctl.texts import Text

Raw = str | list[str] | dict[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry to be made of a row.

    ``at`` is None where the map says nothing of time; ``late`` is the reason for an entry of a sealed month, or empty. ``of`` is the index, among the row's entries, of the record
    that a follow-up belongs to; None for an entry that opens one. ``line`` is that of the map.
    """

    event: str
    at: str | None
    key: str | None
    by: str
    fields: dict[str, Raw]
    optional: bool
    note: str
    late: str
    of: int | None
    line: int


@dataclass(slots=True)
class _Record:
    """The record that follow-ups belong to while a row is walked; without ``index`` it was left out."""

    index: int | None
    key: str | None
    at: str | None
    counts: dict[str, int]


def expand(imap: ImportMap, row: Row, opens: Callable[[str], bool]) -> list[Planned]:
    """The entries of ``row``, in the order of the map; a record whose condition fails takes its follow-ups along.

    Follow-ups of a record with a key get ``KEY/finish/1`` and so on, numbered by their place in the map: whether
    another one applies to this row, or comes to apply later, does not change a key, so a second import finds what
    the first one wrote. A follow-up without ``at`` happens when its record does. A field whose text is empty is left
    out. Refused if a key would be made of an empty cell: rows without one would all be taken for the same.
    """
    planned: list[Planned] = []
    record = _Record(None, None, None, {})
    for event in imap.row:
        holds = _holds(event.condition, row.cells)
        if opens(event.event):
            record = _Record(len(planned) if holds else None, None, None, {})
            if holds:
                record.key = _key(event.key, row.cells)
                record.at = event.at.fill(row.cells) if event.at else None
                planned.append(_planned(imap, event, row.cells, record.key, record.at, None))
            continue
        number = record.counts[event.event] = record.counts.get(event.event, 0) + 1
        if record.index is None or not holds:
            continue
        key = _key(event.key, row.cells)
        if key is None and record.key is not None:
            key = f"{record.key}/{event.event}/{number}"
        at = event.at.fill(row.cells) if event.at else record.at
        planned.append(_planned(imap, event, row.cells, key, at, record.index))
    return planned


def _holds(condition: Mapping[str, str], cells: Mapping[str, str]) -> bool:
    """Every column named has its text; ``*`` stands for any text but none at all, which is written ""."""
    for column, wanted in condition.items():
        text = cells[column].strip()
        if not text if wanted == "*" else text != wanted:
            return False
    return True


def _key(template: Template | None, cells: Mapping[str, str]) -> str | None:
    if template is None:
        return None
    for column in template.columns:
        if not cells[column].strip():
            raise Refused(Text("键所用的列“{name}”是空的", 'column "{name}", of which the key is made, is empty').fill(name=column))
    return template.fill(cells)


def _planned(
    imap: ImportMap, event: EventMap, cells: Mapping[str, str], key: str | None, at: str | None, of: int | None
) -> Planned:
    fields: dict[str, Raw] = {}
    for name, template in event.fields.items():
        found = _field(template, cells, _table(imap, event, name))
        if found:
            fields[name] = found

    def said(name: str, template: Template | None) -> str:
        return _meant(template.fill(cells), _table(imap, event, name)) if template else ""

    return Planned(
        event=event.event,
        at=at,
        key=key,
        by=said("by", event.by or imap.by),
        fields=fields,
        optional=event.optional,
        note=said("note", event.note),
        late=said("late", event.late),
        of=of,
        line=event.line,
    )


def _table(imap: ImportMap, event: EventMap, name: str) -> Mapping[str, str] | None:
    return imap.values.get(f"{event.event}.{name}", imap.values.get(name))


def _meant(text: str, table: Mapping[str, str] | None) -> str:
    """What ``values`` says of a text: its own line, else the line ``*``, else the text itself."""
    if table is None:
        return text
    found = table.get(text)
    return table.get("*", text) if found is None else found


def _field(template: FieldTemplate, cells: Mapping[str, str], table: Mapping[str, str] | None) -> Raw:
    if isinstance(template, Template):
        return _meant(template.fill(cells), table)
    if isinstance(template, MapTemplate):
        return _map(template, cells, table)
    return [text for one in template if (text := _meant(one.fill(cells), table))]


def _map(template: MapTemplate, cells: Mapping[str, str], table: Mapping[str, str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for key_template, value_template in template.items:
        key, value = key_template.fill(cells), _meant(value_template.fill(cells), table)
        if key in found:
            raise Refused(Text("同一行的两项指向同一个键", "two parts of one row go by the same key"))
        if key and value:
            found[key] = value
    return found
