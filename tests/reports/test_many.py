"""Rows that are made when they are asked for, and ids that take little room, against the lists they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_desk import template, week

from svcctl.reports import many
from svcctl.reports.build import build
from svcctl.reports.many import Ids, Made
from svcctl.reports.model import TableSheet
from svcctl.xlsx.book import render


@given(st.integers(0, 12), st.slices(12), st.integers(-15, 15), st.sampled_from((0, 5, 100)))
def test_made_rows_are_what_a_list_of_them_would_be(count, part, at, kept):
    expected = [n * n for n in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many, "KEPT", kept)
        made = Made(count, lambda n: n * n)
        assert list(made) == expected and len(made) == count and bool(made) == bool(expected)
        assert list(made[part]) == expected[part] and list(reversed(made)) == expected[::-1]
        if -count <= at < count:
            assert made[at] == expected[at]
        else:
            with pytest.raises(IndexError):
                made[at]


@given(st.lists(st.text(st.characters(codec=None, exclude_categories=()), max_size=6), unique=True, max_size=40), st.text(max_size=3))
def test_ids_find_what_a_list_of_them_would(names, other):
    ids = Ids(names)
    assert list(ids) == names and len(ids) == len(names) and list(ids[1::2]) == names[1::2]
    assert [ids.place(name) for name in names] == list(range(len(names)))
    assert (other in ids) == (other in names)
    with pytest.raises(IndexError):
        ids[len(names)]


def test_ids_that_fall_onto_each_other_are_told_apart(monkeypatch):
    monkeypatch.setattr(many, "hash", lambda text: 7, raising=False)
    ids = Ids(f"rp-{n}" for n in range(30))
    assert [ids.place(f"rp-{n}") for n in range(31)] == [*range(30), None]


def test_a_workbook_of_rows_made_one_by_one_is_that_of_rows_that_are_all_there(monkeypatch):
    monkeypatch.setattr(many, "KEPT", 0)
    desk = week()
    made = build(desk, template("weekly"), desk.window("2026-W47", "week"), "zh")
    plain = tuple(  # and no total is known beforehand
        replace(sheet, sections=tuple(
            replace(s, table=replace(s.table, rows=[list(row) for row in s.table.rows], row_ids=list(s.table.row_ids), totals={}))
            for s in sheet.sections
        )) if isinstance(sheet, TableSheet) else sheet
        for sheet in made.sheets
    )  # fmt: skip
    assert any(isinstance(s.table.rows, Made) and s.table.rows for sheet in made.sheets if isinstance(sheet, TableSheet) for s in sheet.sections)
    assert render(replace(made, sheets=plain)) == render(made)
