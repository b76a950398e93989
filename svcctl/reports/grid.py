"""Tables that are shown to people and given to programs: every cell has both of its forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from svcctl.measures.declare import Unit
from svcctl.measures.engine import number
from svcctl.reports.many import Ids
from svcctl.reports.model import Column, Kind, Table, Value
from svcctl.site import Site

KIND_OF: dict[Unit, Kind] = {"count": "int", "rate": "rate", "minutes": "minutes", "money": "money"}


Sheets = Mapping[str, Sequence[Ids]]
"""The ids of the rows of each table of records, by the key of its sheet, in the order of the report."""


def sheet_of(record: str, sheets: Sheets) -> str:
    """The key of the first detail sheet with a row for a record, empty if none has."""
    return next((key for key, tables in sheets.items() if any(record in ids for ids in tables)), "")


class Cell(NamedTuple):
    """A value as a writer shows it, in the report's language, and as programs get it: text, int, bool or None.

    ``withheld``: there is a value, and it is not told; programs are told that by its column's key.
    """

    shown: Value
    plain: Any
    withheld: bool = False


EMPTY = Cell(None, None)


def same(text: str) -> Cell:
    """A text that is the same for both."""
    return Cell(text, text)


def moment(at: datetime | None, site: Site) -> Cell:
    """A moment in the site's zone."""
    if at is None:
        return EMPTY
    local = at.astimezone(site.zone)
    return Cell(local, local.isoformat())


def figure(value: Decimal | int | None, unit: Unit) -> Cell:
    """A published number; counts are whole."""
    if value is None:
        return EMPTY
    exact = Decimal(value)
    return Cell(int(exact) if unit == "count" else exact, number(exact, unit))


class Grid(NamedTuple):
    """A table: columns, and rows of cells (one a column)."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]

    def table(self) -> Table:
        """For people."""
        return Table(self.columns, [[cell.shown for cell in row] for row in self.rows])

    def objects(self) -> list[dict[str, Any]]:
        """For programs: one object a row; ``withheld`` has the keys of what is not told in it."""
        keys = [column.key for column in self.columns]
        return [self._object(keys, row) for row in self.rows]

    @staticmethod
    def _object(keys: list[str], row: Sequence[Cell]) -> dict[str, Any]:
        made = dict(zip(keys, (cell.plain for cell in row), strict=True))
        gone = [key for key, cell in zip(keys, row, strict=True) if cell.withheld]
        return {**made, "withheld": gone} if gone else made

    @property
    def withholds(self) -> bool:
        """Whether anything in it is not told."""
        return any(cell.withheld for row in self.rows for cell in row)

