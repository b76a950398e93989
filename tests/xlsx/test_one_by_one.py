"""A long table is written row by row: its rows are never there together, nor is the finished file."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from street import report

from svcctl.reports import many
from svcctl.reports.many import Ids, Made
from svcctl.reports.model import AttentionRow, Column, Flag, Link, Section, Table, TableSheet
from svcctl.xlsx import sheets
from svcctl.xlsx.book import render, rendered

ROWS, KEPT, SAMPLE = 900, 100, 150
COLUMNS = (
    Column("id", "编号", "id", total="count"), Column("minutes", "历时", "minutes", total="sum"), Column("why", "为何", "link"),
    Column("late", "超时", "flag"),
)  # fmt: skip


class Row(list):
    """A row that is counted while it lives."""

    alive = most = made = 0

    def __init__(self, n: int) -> None:
        super().__init__([f"rp-{n:010}", Decimal(n) / 4, Link("去看", "t", f"rp-{ROWS - 1:010}"), Flag("是", "alert") if n % 3 == 0 else None])
        Row.alive += 1
        Row.made += 1
        Row.most = max(Row.most, Row.alive)

    def __del__(self) -> None:
        Row.alive -= 1


@pytest.fixture
def counted(monkeypatch):
    monkeypatch.setattr(many, "KEPT", KEPT)
    monkeypatch.setattr(sheets, "SAMPLE", SAMPLE)
    Row.alive = Row.most = Row.made = 0
    return Row


def with_table(table: Table):
    """A report of one summary and this table."""
    first = report().sheets[0]
    matter = AttentionRow("rp-0000000007", "报修", None, "", "", "", None, "t")
    sheet = TableSheet("t", "表", (Section("t", table),))
    return replace(report(), sheets=(replace(first, charts=(), attention=[matter]), sheet))


def test_only_a_few_rows_are_there_at_a_time(counted):
    table = Table(COLUMNS, Made(ROWS, Row), Ids(f"rp-{n:010}" for n in range(ROWS)))
    data = render(with_table(table))
    assert counted.most <= 3
    assert counted.made == 2 * ROWS + SAMPLE  # for the totals, to be written; and some of them for the widths
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["表"]
    last = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == f"rp-{ROWS - 1:010}")
    assert sheet.cell(last + 1, 1).value.startswith("=SUBTOTAL(103")
    assert sheet.cell(last, 2).value == float((Decimal(ROWS - 1) / 4).quantize(Decimal("0.1"), "ROUND_HALF_UP"))
    assert sheet.cell(last - 1, 3).hyperlink.location == f"'表'!A{last}"
    home = {cell.hyperlink.location for row in book.worksheets[0].iter_rows() for cell in row if cell.hyperlink}
    assert f"'表'!A{last - (ROWS - 1) + 7}" in home


def test_totals_that_are_known_spare_a_walk_over_the_rows(counted):
    found = []
    for totals in ({}, {"id": ROWS, "minutes": sum((Decimal(n) / 4).quantize(Decimal("0.1"), "ROUND_HALF_UP") for n in range(ROWS))}):
        counted.made = 0
        found.append(render(with_table(Table(COLUMNS, Made(ROWS, Row), (), totals))))
        found.append(counted.made)
    assert found[0] == found[2]
    assert found[3] == found[1] - ROWS


def test_few_rows_are_made_once(counted):
    render(with_table(Table(COLUMNS, Made(KEPT, Row))))
    assert counted.made == KEPT


def test_the_file_is_written_in_pieces_and_is_the_same_as_the_one_held_in_memory():
    class Out(io.BytesIO):
        largest = 0

        def write(self, data) -> int:
            self.largest = max(self.largest, len(data))
            return super().write(data)

    table = Table(COLUMNS[:1], Made(5_000, lambda n: [f"rp-{n * 7919 * 104729 % 10**10:010}"]))
    whole, out = with_table(table), Out()
    with rendered(whole) as write:
        write(out)
    assert out.getvalue() == render(whole)
    assert len(out.getvalue()) > 40_000 and out.largest < len(out.getvalue()) * 0.9
