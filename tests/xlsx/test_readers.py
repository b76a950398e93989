"""Two readers that know nothing of each other get the same values out of a workbook, and they are the stored ones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook
from workbooks import box, parts, workbook

Values = dict[tuple[str, int, int], Any]


def plain(value: Any) -> Any:
    """A value whatever the reader calls it: numbers are decimals, days are times, nothing is None."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a cell knows no zone
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None if value == "" else value


def by_openpyxl(data: bytes) -> Iterator[tuple[tuple[str, int, int], Any]]:
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, read_only=True)
    for sheet in book.worksheets:
        for row, values in enumerate(sheet.iter_rows(values_only=True), 1):
            for column, value in enumerate(values, 1):
                # It alone leaves the escapes of texts as they are.
                yield (sheet.title, row, column), unescape(value) if isinstance(value, str) else value


def by_calamine(data: bytes) -> Iterator[tuple[tuple[str, int, int], Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        for row, values in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1):
            for column, value in enumerate(values, 1):
                yield (name, row, column), value


def of(read: Any, data: bytes) -> Values:
    return {place: found for place, value in read(data) if (found := plain(value)) is not None}


@pytest.mark.filterwarnings("ignore:Sparkline Group extension")
@pytest.mark.parametrize("name", ["monthly zh", "street", "nasty", "form zh"])
def test_two_readers_get_the_values_that_are_stored(name):
    one, other = of(by_openpyxl, workbook(name)), of(by_calamine, workbook(name))
    assert one == other
    stored = {(sheet, row, column): held for sheet in parts(name).sheets() for ref, held in parts(name).cells(sheet).items() if held.value for column, row, _, _ in [box(ref)]}
    assert set(stored) == set(one)
    numbers = {place: value for place, value in one.items() if isinstance(value, float)}
    assert {place: float(stored[place].value) for place in numbers} == numbers
    assert {place: unescape(stored[place].value) for place, value in one.items() if isinstance(value, str)} == {p: v for p, v in one.items() if isinstance(v, str)}
    assert len(numbers) > (100 if name in ("monthly zh", "street") else 1) and len(one) > 150


def test_a_reader_is_told_how_large_a_sheet_is():
    book = openpyxl.load_workbook(io.BytesIO(workbook("street")), read_only=True)
    sheet = book["报修明细"]
    assert (sheet.min_row, sheet.max_row, sheet.min_column, sheet.max_column) == (1, 68, 1, 12)
