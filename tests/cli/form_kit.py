"""Filling in forms as people do: by the labels and keys that stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl


class Filled:
    """A form in the hands of somebody."""

    def __init__(self, path: Path) -> None:
        self.book: Any = openpyxl.load_workbook(path)

    def sheet(self, title: str) -> Any:
        return self.book[title]

    def columns(self, title: str) -> dict[str, int]:
        """The column (1-based) of each field key."""
        return {cell.value: cell.column for cell in self.book[title][1][1:] if cell.value}

    def cell(self, title: str, line: int, key: str) -> Any:
        return self.book[title].cell(line, self.columns(title)[key])

    def write(self, title: str, line: int, **values: Any) -> Filled:
        """Fill in a row; a text stays one, whatever it begins with."""
        for key, value in values.items():
            cell = self.cell(title, line, key.rstrip("_"))
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
        return self

    def signed(self, by: str, on: str) -> Filled:
        """Say on the first sheet who filled it in, and when."""
        guide = self.book.worksheets[0]
        said = {"by": by, "on": on}
        for row in guide.iter_rows(min_row=2, max_row=12):
            if row[0].value in said:
                row[2].value = said[row[0].value]
        return self

    def save(self, path: Path) -> str:
        self.book.save(path)
        return str(path)


def blank(desk: Any, *nouns: str, more: Sequence[str] = (), name: str = "blank.xlsx") -> Path:
    """A form made by the command."""
    path: Path = desk.folder / name
    desk(["form", *nouns, "-o", str(path), *more])
    return path


def kept(path: Path) -> Mapping[str, Any]:
    """What a workbook's sheets hold, by title: rows of values."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
