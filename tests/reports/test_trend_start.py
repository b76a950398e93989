"""Trends begin with the data: what lies before a noun was in use, or before its first record, is no row of noughts."""

from __future__ import annotations

import pytest
from report_desk import Desk, moment, template, week, written

from svcctl.ledger import Window
from svcctl.reports.build import build
from svcctl.reports.numbers import Numbers
from svcctl.reports.remarks import edition
from svcctl.reports.to_json import as_json

W47 = ("2026-W47", "week")
LIGHT = {"fault": "灯不亮", "trade": "power", "reporter": "王芳", "contact": "13800001234", "urgency": "normal", "party": "property"}
BOTH = "svcctl: 1\nperiod: week\ntitle: x\nsheets:\n  - show: tables\n    key: t\n    sections: [{key: s, each: week, last: 6, columns: [complaint.received, repair.received]}]\n"


def rows(desk, text=BOTH, period=W47):
    mine = written(text)
    report = build(desk, mine, desk.window(*period), "zh")
    plain = as_json(desk, mine, desk.window(*period), "zh")["tables"]["s"]
    found = [tuple(row) for row in report.sheets[0].sections[0].table.rows]
    assert [r["period"].rpartition("-")[2] for r in plain] == [row[0] for row in found], "programs get the same rows"
    return found


def with_repairs(*days, **keys):
    desk = Desk(**keys)
    for day in days:
        desk.take("repair", f"{day} 10:00", **LIGHT, unit="A-1", due=moment(f"{day} 18:00"))
    return desk


def test_weeks_before_the_first_record_are_left_out_and_noughts_after_it_stay():
    assert rows(with_repairs("10-27", "11-17")) == [("W44", 0, 1), ("W45", 0, 0), ("W46", 0, 0), ("W47", 0, 1)]


def test_what_was_closed_long_ago_shows_that_the_ledger_was_in_use():
    desk = with_repairs("03-02", "11-17")
    first = next(iter(desk.records))
    desk.then(first, "finish", "03-02 12:00", result="fixed", minutes="40")
    desk.then(first, "verify", "03-02 13:00", by="李敏")
    desk.then(first, "callback", "03-03 13:00", by="陈静", result="reached", score="5", solved="yes")
    assert [row[0] for row in rows(desk)] == ["W42", "W43", "W44", "W45", "W46", "W47"]


def test_the_week_in_which_a_noun_came_into_use_is_the_first_one():
    desk = with_repairs("10-20", "10-27", "11-17", in_use_from={"repair": "2026-11-04"})
    assert [row[0] for row in rows(desk)] == ["W45", "W46", "W47"], "2026-11-04 is a Wednesday"


def test_the_earliest_of_the_nouns_of_a_table_decides():
    desk = with_repairs("11-04", in_use_from={"complaint": "2026-11-10"})
    assert [row[0] for row in rows(desk)] == ["W45", "W46", "W47"]


@pytest.mark.parametrize("desk", [Desk(), with_repairs("11-17"), with_repairs("11-30"), with_repairs("10-05", in_use_from={"repair": "2027-01-01"})])
def test_the_report_s_own_week_is_there_in_any_case(desk):
    assert [row[0] for row in rows(desk)] == ["W47"]


def test_a_record_that_was_voided_is_none():
    desk = with_repairs("10-20", "11-10")
    desk.then(next(iter(desk.records)), "void", "10-20 11:00", reason="重复", approved_by="陈静")
    assert [row[0] for row in rows(desk)] == ["W46", "W47"]


def test_weeks_that_are_left_out_are_not_computed_either():
    desk = with_repairs("11-10")
    numbers = Numbers(desk, written(BOTH), desk.window(*W47), ("complaint", "repair"))
    (spec,) = numbers.template.trends()
    assert [period.label for period, _ in numbers.trend(spec)] == ["2026-W46", "2026-W47"]
    assert [period.label for period in numbers._trends] == ["2026-W46"]


def test_charts_and_small_charts_are_over_real_columns_only():
    desk = week()
    report = build(desk, template("monthly"), desk.window("2026-11"), "zh")
    overview = next(s for s in report.sheets if s.key == "overview")
    data = next(s for s in report.sheets if s.key == overview.lines_sheet)
    lines = next(s for s in data.sections if s.key == overview.lines_section)
    assert [row[0] for row in lines.table.rows] == ["26-08", "26-09", "26-10", "26-11"], "of twelve months"


def test_what_a_report_is_worth_follows_from_its_window():
    desk = Desk()
    whole = desk.window(*W47)
    assert edition(whole) == "final"
    assert edition(whole._replace(as_of=moment("11-20 12:00"))) == "draft"
    assert edition(whole._replace(known_at=moment("11-20 12:00"))) == "draft", "what is known of half of it is half of it"
    assert edition(Window(whole.period, whole.as_of, moment("12-01 00:00"), whole.site)) == "final"


SIGNED = "svcctl: 1\nperiod: week\ntitle: x\nsign: {prepared: 李敏, approved: {zh: 陈静, en: Chen Jing}}\naudiences: {manager: {}, public: {}}\nsheets: [{show: summary, figures: [repair.received]}]\n"


def test_who_is_to_sign_stands_in_the_template_and_is_not_told_to_the_public():
    from svcctl.reports.audience import narrowed

    desk, mine = week(), written(SIGNED)
    said = [(f.label, f.value) for f in build(desk, mine, desk.window(*W47), "en").sign]
    assert said == [("Prepared by", "李敏"), ("Checked by", ""), ("Approved by", "Chen Jing")]
    for who, names in (("manager", ["李敏", "", "陈静"]), ("public", ["", "", ""])):
        assert [f.value for f in build(desk, narrowed(mine, who), desk.window(*W47), "zh").sign] == names
