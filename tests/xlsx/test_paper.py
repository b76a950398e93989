"""Which way up a sheet is printed, how much it is shrunk, and where its pages begin."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from street import report

from svcctl.reports.model import Column, Section, Table, TableSheet
from svcctl.xlsx.book import render
from svcctl.xlsx.paper import LEAST, PAPERS, UNIT, Block, setup


def table(rows: int, head: float = 90) -> Block:
    return Block(head, rows * 20.0, rows)


def test_a_small_table_stays_as_it_is():
    found = setup(100, [table(3)])
    assert (found.landscape, found.whole, found.pages, found.scale, found.breaks) == (True, False, 1, 1.0, ())


def test_a_wide_one_is_shrunk_to_the_width_of_the_paper():
    found = setup(180, [table(10)])
    assert found.landscape and found.pages == 1 and found.scale == PAPERS[True][0] / (180 * UNIT)


def test_a_few_rows_too_many_are_shrunk_onto_the_page_rather_than_left_alone_on_the_next():
    found = setup(120, [table(24)])
    assert found.whole and found.pages == 1 and LEAST <= found.scale < 1


def test_a_long_narrow_sheet_is_turned_so_that_it_is_one_page():
    found = setup(90, [table(8), table(8), table(8)])
    assert not found.landscape and found.pages == 1 and found.breaks == ()


def test_tables_that_cannot_be_one_page_begin_new_ones_where_they_would_be_cut():
    found = setup(175, [table(16), table(16), table(16)])
    assert found.pages == 3 and found.breaks == (1, 2) and found.landscape and not found.whole


def test_a_table_longer_than_a_page_goes_on_below_the_one_before():
    assert setup(180, [table(3), table(200)]).breaks == ()
    assert setup(180, [table(22), table(200)]).breaks == (1,), "but not with its head alone at the foot of a page"


def test_what_is_too_wide_for_any_paper_lies_on_the_one_where_it_is_largest():
    found = setup(400, [table(60)])
    assert found.landscape and not found.whole and found.scale < LEAST


blocks = st.lists(st.builds(table, st.integers(0, 90), st.integers(30, 150).map(float)), min_size=1, max_size=6)


@given(st.integers(10, 260).map(float), blocks)
def test_no_page_is_asked_to_hold_more_than_it_can(width, found):
    one = setup(width, found)
    wide, high = PAPERS[one.landscape]
    assert one.scale <= 1 and width * UNIT * one.scale <= wide * 1.0001
    whole = sum(block.head + block.body for block in found)
    if one.whole:
        assert one.pages == 1 and one.scale >= LEAST and whole * one.scale <= high * 1.0001 and not one.breaks
    assert one.pages >= len(one.breaks) + 1 and list(one.breaks) == sorted(set(one.breaks)) and 0 not in one.breaks


def test_breaks_stand_between_tables():
    """The row after one is the empty one between two tables, and the next one is a heading."""
    columns = (Column("name", "名称"), *(Column(f"n{n}", f"第 {n} 列", "int", 14) for n in range(10)))
    rows = [[f"第 {n} 行", *range(10)] for n in range(20)]
    sections = tuple(Section(f"s{n}", Table(columns, rows), f"表 {n}") for n in range(4))
    whole = report()
    data = render(replace(whole, sheets=(replace(whole.sheets[0], charts=()), TableSheet("t", "统计", sections))))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet2.xml").decode()
    breaks = [int(b) for b in re.findall(r'<brk id="([0-9]+)"', sheet)]
    assert len(breaks) >= 1
    for row in breaks:
        assert f'<row r="{row + 1}" ht="16" customHeight="1"></row>' in sheet
        assert re.search(rf'<c r="A{row + 2}"[^>]*>.*?<t>(表 [0-9])</t>', sheet)
