"""What an import map says, as values. How it is written is ``map``'s business, what it makes of a row is ``expand``'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from svcctl.importing.template import MapTemplate, Template

FieldTemplate = Template | MapTemplate | tuple[Template, ...]
Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class EventMap:
    """One entry of a row. ``condition`` holds a text for each column named: ``*`` any but empty, "" empty."""

    event: str
    fields: Mapping[str, FieldTemplate]
    condition: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    at: Template | None = None
    key: Template | None = None
    by: Template | None = None
    note: Template | None = None
    late: Template | None = None
    line: int = 0
    condition_line: int = 0
    field_lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A map. ``values`` is keyed by ``field`` or ``event.field``; lines (1-based) are those of the map's file."""

    noun: str
    row: tuple[EventMap, ...]
    timezone: str | None = None
    dates: tuple[str, ...] = ()
    by: Template | None = None
    values: Values = field(default_factory=dict)
    skip_invalid: bool = False
    header: tuple[str, ...] | None = None
    sheet: str | None = None
    header_row: int | None = None
    path: str = ""
    value_lines: Mapping[str, int] = field(default_factory=dict)

    def place(self, line: int) -> str:
        """``map.yaml:12``."""
        return f"{self.path}:{line}" if line else self.path
