"""Where everything will stand: rows of tables, sheet names, targets of links, known before the first cell is written."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from svcctl.errors import Refused
from svcctl.reports.many import Ids
from svcctl.reports.model import Section, SummarySheet, TableSheet
from svcctl.texts import Text
from svcctl.xlsx import cells
from svcctl.xlsx.canvas import place

MOST_ROWS = 1_048_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A section with its rows in the sheet. ``total`` is 0 without a totals row, ``last`` is the last body row.

    ``marks``: the row above the heads, which leads to what is defined of the columns; 0 if nothing is.
    """

    section: Section
    heads: tuple[str, ...]
    head: int
    first: int
    last: int
    total: int
    marks: int = 0

    def column(self, key: str) -> int:
        """The number of a column from 1."""
        for n, column in enumerate(self.section.table.columns, 1):
            if column.key == key:
                return n
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """A table sheet with its name and the places of its sections."""

    sheet: TableSheet
    name: str
    sections: tuple[Placed, ...]


def place_sections(sheet: TableSheet, defined: Container[str] = ()) -> tuple[Placed, ...]:
    """The places of the sections below the sheet's title: title, intro, gap, then each with heading, head and rows.

    ``defined`` are the ids that columns can lead to.
    """
    placed: list[Placed] = []
    row = 3
    for section in sheet.sections:
        if placed:
            row += 1
        row += bool(section.title) + bool(section.intro)
        linked = any(column.link and column.link in defined for column in section.table.columns)
        row += 1 + linked
        rows = len(section.table.rows)
        if row + rows > MOST_ROWS:
            raise Refused(
                Text("明细行数超过工作表上限", "more rows than a sheet can hold"),
                where=sheet.title,
                expected=Text("不超过 1,048,000 行", "at most 1,048,000 rows"),
                got=str(rows),
                todo=Text("缩短期间", "take a shorter period"),
            )
        heads: list[str] = []
        for column in section.table.columns:
            heads.append(cells.header(column.label, heads))
        last = row + max(rows, 1)
        total = last + 1 if rows and any(c.total for c in section.table.columns) else 0
        placed.append(Placed(section, tuple(heads), row, row + 1, last, total, row - 1 if linked else 0))
        row = total or last
    return tuple(placed)


class Places:
    """The sheets of a workbook with the places in them. ``definitions`` is the key of the one that explains the figures."""

    def __init__(self, sheets: Sequence[SummarySheet | TableSheet], definitions: str = "") -> None:
        self.definitions = definitions
        own = [s for sheet in sheets if sheet.key == definitions and isinstance(sheet, TableSheet) for s in sheet.sections]
        defined = frozenset(row_id for section in own for row_id in section.table.row_ids)
        self.names: dict[str, str] = {}
        self.placed: dict[str, PlacedSheet] = {}
        for sheet in sheets:
            name = cells.sheet_name(sheet.title, self.names.values())
            self.names[sheet.key] = name
            if isinstance(sheet, TableSheet):
                self.placed[sheet.key] = PlacedSheet(sheet, name, place_sections(sheet, defined))
        self._rows: dict[str, list[tuple[int, Ids]]] = {}

    def section(self, sheet: str, section: str) -> tuple[str, Placed]:
        """The sheet's name and the place of a section; KeyError if the report has no such section."""
        found = self.placed[sheet]
        for placed in found.sections:
            if placed.section.key == section:
                return found.name, placed
        raise KeyError(f"{sheet}/{section}")

    def location(self, sheet: str, row_id: str = "") -> str | None:
        """Where a link to a row (or to the top) of a sheet leads; None if there is no such place."""
        name = self.names.get(sheet)
        if name is None:
            return None
        if not row_id:
            return place(name, 1)
        for first, ids in self._sheet_rows(sheet):
            n = ids.place(row_id)
            if n is not None:
                return place(name, first + n)
        return None

    def is_empty(self, key: str) -> bool:
        """Whether a sheet of tables has no row."""
        found = self.placed.get(key)
        return found is not None and not any(placed.section.table.rows for placed in found.sections)

    def definition(self, identity: str) -> str | None:
        """Where a figure is defined; None if the report does not say."""
        return self.location(self.definitions, identity) if identity else None

    def _sheet_rows(self, sheet: str) -> list[tuple[int, Ids]]:
        """Of each section of a sheet its first row, and the ids of its rows."""
        if sheet not in self._rows:
            sections: Iterable[Placed] = self.placed[sheet].sections if sheet in self.placed else ()
            known = ((placed.first, placed.section.table.row_ids) for placed in sections)
            self._rows[sheet] = [(first, ids if isinstance(ids, Ids) else Ids(ids)) for first, ids in known]
        return self._rows[sheet]
