"""Plans in reports: what was to be done and what comes next, on one sheet; and what is due in the next period, of any noun."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from report_desk import Desk, moment, planned, template, week, written
from test_report_money import W47, column, report_of, rows, tables

from svcctl.errors import SvcError
from svcctl.reports import groups
from svcctl.reports.audience import narrowed
from svcctl.reports.build import build
from svcctl.reports.content import Content
from svcctl.reports.model import Flag, TableSheet
from svcctl.reports.to_json import as_json
from svcctl.xlsx.book import render

BOTH = """
svcctl: 1
period: week
title: x
sheets:
  - show: summary
    attention: {within: 7d}
    figures: [plan.completion_rate]
  - show: tables
    key: both
    sections:
      - {noun: plan, by: owner, columns: [plan.due, plan.coming]}
      - {noun: plan, records: [planned, coming], sort: due, columns: [id, what, due]}
      - {noun: plan, records: [coming], columns: [id, owner]}
"""


@pytest.fixture(scope="module")
def desk():
    return week()


def coming(desk, kind, period, of="week", **cuts):
    win = desk.window(period, of, **cuts)
    content = Content(desk, template("weekly"), win, "zh")
    return {c.id for c in content.numbers.members(kind, "coming")}


# -- what is due in the next period -----------------------------------------------------------------------------------


def test_open_with_a_day_in_the_period_after_this_one():
    desk = Desk()
    ids = {due: desk.take("plan", "11-02 09:00", what="x", owner="马东", due=f"2026-{due}", type="week") for due in ("11-22", "11-23", "11-29", "11-30", "12-01", "12-31")}
    done = desk.take("plan", "11-02 09:00", what="x", owner="马东", due="2026-11-25", type="week")
    desk.then(done, "done", "11-20 09:00")
    desk.take("plan", "11-23 09:00", what="x", owner="马东", due="2026-11-25", type="week")  # planned afterwards
    assert coming(desk, "plan", "2026-W47") == {ids["11-23"], ids["11-29"]}
    assert coming(desk, "plan", "2026-W47", as_of=moment("11-19 09:00")) == {ids["11-23"], ids["11-29"], done}
    assert coming(desk, "plan", "2026-11", "month") == {ids["12-01"], ids["12-31"]}
    assert coming(desk, "plan", "2026-11-22", "day") == {ids["11-23"]}
    assert coming(desk, "plan", "2026-11-15..2026-11-22", "range") == {ids["11-23"], ids["11-29"], ids["11-30"]}  # eight days


def test_complaints_and_repairs_have_it_too():
    desk = Desk()
    more = {"content": "x", "contact": "1", "severity": "general"}
    by_target = desk.take("complaint", "11-21 09:00", **more, promised=moment("11-22 09:00"), target=moment("11-24 09:00"))
    desk.take("complaint", "11-21 09:00", **more, promised=moment("11-22 09:00"), target=moment("11-30 00:00"))
    repair = desk.take("repair", "11-21 09:00", fault="x", place="x", urgency="planned", party="property", due=moment("11-29 23:59:59"))
    assert coming(desk, "complaint", "2026-W47") == {by_target}
    assert coming(desk, "repair", "2026-W47") == {repair}
    assert all(groups.group(desk.noun(n), "coming") for n in ("complaint", "repair", "lost", "fee", "plan"))


# -- the sheets -------------------------------------------------------------------------------------------------------


def test_the_week_says_what_became_of_each_task_and_what_is_next(desk):
    found = tables(report_of(desk))
    table = found["plans_of_week"]
    assert rows(table, "what", "outcome") == [
        ("上门核对欠费账单", "逾期未完成"), ("更换指示牌灯箱", "延期完成"), ("清点前台钥匙", "按期完成"), ("走访装修商户", "已延期"), ("清洗玻璃幕墙", "已取消"),
    ]  # fmt: skip
    assert [d.isoformat() for d in column(table, "due")] == ["2026-11-13", "2026-11-17", "2026-11-18", "2026-11-25", "2026-11-22"]
    assert column(table, "reason") == ["商户出差，回电138****5678", "灯箱片重新制作", None, "两家停工", "并入下月计划"]
    assert column(table, "overdue") == [Flag("逾期", "alert"), None, None, None, None]
    assert rows(found["plans_next_week"], "what", "moves") == [("走访装修商户", 1), ("检查消防通道", 0)]
    (words,) = [row[0] for row in found["words"].rows if "计划" in row[0]]
    assert "计划任务 3 项，已到期 3 项，按期完成 1 项，计划完成率 33.33%" in words and "延期 1 次，逾期未完成 1 项；下周计划 2 项" in words


def test_a_task_that_was_moved_twice_is_of_every_week_it_was_to_be_done_in():
    desk = Desk()
    one = desk.take("plan", "11-02 09:00", what="x", owner="马东", due="2026-11-13", type="week")
    desk.then(one, "move", "11-13 09:00", due="2026-11-20", reason="x")
    desk.then(one, "move", "11-20 09:00", due="2026-12-04", reason="x")
    listed = {w: [r[0] for r in tables(report_of(desk, period=(w, "week")))["plans_of_week"].rows] for w in ("2026-W46", "2026-W47", "2026-W48", "2026-W49")}
    assert listed == {"2026-W46": [one], "2026-W47": [one], "2026-W48": [], "2026-W49": [one]}


def test_the_month_has_rates_by_owner_and_type(desk):
    found = tables(report_of(desk, "monthly", ("2026-11", "month"), "en"))
    keys = ("plan.due", "plan.completion_rate:num", "plan.overdue", "plan.moved")
    owners = dict(zip(column(found["plans_by_owner"], "owner"), rows(found["plans_by_owner"], *keys), strict=True))
    assert owners == {"周师傅": (1, 0, 0, 0), "王海涛": (2, 0, 2, 1), "马东": (2, 1, 1, 0), "Total": (5, 1, 3, 1)}  # all of November is over
    assert column(found["plans_by_type"], "type") == ["Week", "Total"]
    assert column(found["plans_next_month"], "what") == ["圣诞季保障方案"]
    assert len(found["plans_of_month"].rows) == 6


@pytest.mark.parametrize(
    ("name", "period", "lang", "title", "heads"),
    [
        ("weekly", W47, "zh", "本周总结与下周计划", ["本周任务", "下周计划"]), ("weekly", W47, "en", "Plans, done and next", ["Tasks of the week", "Next week"]),
        ("monthly", ("2026-11", "month"), "zh", "计划完成与下月计划", ["按类型", "按责任人", "本月任务", "下月计划"]),
        ("daily", ("2026-11-17", "day"), "en", "Plans", ["Due today or overdue", "Due tomorrow"]),
    ],
)  # fmt: skip
def test_one_sheet_has_the_tables_one_below_the_other(desk, name, period, lang, title, heads):
    sheet = openpyxl.load_workbook(BytesIO(render(report_of(desk, name, period, lang))))[title]
    texts = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert [t for t in texts if t in heads] == heads
    assert not [c for row in sheet.iter_rows() for c in row if isinstance(c.value, str) and "13812345678" in c.value]


def test_the_sheet_stands_after_the_details_and_before_the_evidence(desk):
    for name, period in (("weekly", W47), ("monthly", ("2026-11", "month")), ("daily", ("2026-11-18", "day"))):
        keys = [s.key for s in report_of(desk, name, period).sheets]
        assert keys.index("plans") > max(keys.index(k) for k in ("complaints", "repairs", "remittances"))
        assert keys.index("plans") < keys.index("checks")


def test_an_empty_week_says_so_and_a_site_without_plans_has_no_such_sheet():
    report = report_of(Desk())
    assert [len(s.table.rows) for sheet in report.sheets if sheet.key == "plans" for s in sheet.sections] == [0, 0]
    without = report_of(Desk(nouns=["complaint", "repair"]))
    assert "plans" not in [s.key for s in without.sheets]


# -- records among tables ---------------------------------------------------------------------------------------------


def test_records_stand_among_tables_and_links_lead_to_the_first_row(desk):
    mine = written(BOTH)
    _, both, next_ = mine.sheets[1].sections
    assert (both.key, next_.key) == ("plan_planned_coming", "plan_coming")
    report = build(desk, mine, desk.window(*W47), "zh")
    found = tables(report)
    assert column(found["plan_by_owner"], "plan.coming") == [0, 1, 1, 2]
    twice = set(column(found["plan_planned_coming"], "id")) & set(column(found["plan_coming"], "id"))
    assert len(twice) == 2
    rows_of = {r.id: r.sheet for r in report.sheets[0].attention}
    assert {rows_of[i] for i in twice} == {"both"}
    book = openpyxl.load_workbook(BytesIO(render(report)))
    (one,) = [c for row in book["汇总"].iter_rows() for c in row if c.value == min(twice)]
    sheet, _, cell = one.hyperlink.location.replace("$", "").rpartition("!")
    lines = [c.row for c in book["统计"]["A"] if c.value == one.value]
    assert (sheet.strip("'"), int(cell[1:])) == ("统计", lines[0]) and len(lines) == 2
    tables_told = as_json(desk, mine, desk.window(*W47), "zh")["tables"]
    assert [r["id"] for r in tables_told["plan_coming"]] == column(found["plan_coming"], "id")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{noun: plan, records: [comming]}", 'got "comming". Did you mean coming?'),
        ("{noun: plan, records: [coming], by: owner}", "sections.1.by: expected key, title, intro, noun, records"),
        ("{records: [coming]}", "sections.1.noun: expected a value"),
        ("{noun: plan, record: [coming]}", "Did you mean records?"),
        ("{noun: plan, records: [coming], columns: [whatt]}", 'got "whatt". Did you mean what?'),
    ],
)
def test_what_is_wrong_with_them_is_named_with_its_line(section, message):
    with pytest.raises(SvcError) as caught:
        written(f"svcctl: 1\ntitle: x\nsheets:\n  - show: tables\n    sections:\n      - {section}\n")
    assert message in caught.value.say("en"), caught.value.say("en")


def test_a_chart_cannot_draw_them():
    with pytest.raises(SvcError) as caught:
        written(BOTH.replace("    figures: [", "    charts: [{kind: bar, of: both.plan_coming, series: [plan.due]}]\n    figures: ["))
    assert "expected both.plan_by_owner" in caught.value.say("en")


def test_an_audience_is_shown_of_them_what_it_is_of_details(desk):
    mine = written(BOTH + "audiences: {public: {}, team: {without: [plan_coming]}}\n")
    public = build(desk, narrowed(mine, "public"), desk.window(*W47), "zh")
    assert not [s for s in public.sheets if isinstance(s, TableSheet)]  # by owner is by name, and single records are not for the public
    team = build(desk, narrowed(mine, "team"), desk.window(*W47), "zh")
    assert [s.key for s in team.sheets[1].sections] == ["plan_by_owner", "plan_planned_coming"]


def test_tasks_are_no_part_of_what_finance_or_the_public_is_given(desk):
    for name, period in (("weekly", W47), ("monthly", ("2026-11", "month")), ("daily", ("2026-11-18", "day"))):
        for who in ("finance", "public"):
            found = as_json(desk, narrowed(template(name), who), desk.window(*period), "zh")
            assert not [m for m in found["measures"] if m["id"].startswith("plan.")]
            assert not [key for key in found["tables"] if key.startswith("plan")]


def test_only_a_report_that_is_to_list_the_open_ones_is_checked_for_all_of_them(desk):
    """What is due in a month is in no sheet of the week, and that is no mistake."""
    report = report_of(desk)
    checks = next(s for s in report.sheets if s.key == "checks")
    assert all(c.ok for c in checks.checks) and len([c for c in checks.checks if c.subject == "工作计划"]) == 5
    mine = written(BOTH.replace("records: [coming]", "records: [open]") + "  - show: checks\n")
    listed = [c for s in build(desk, mine, desk.window(*W47), "en").sheets if s.key == "checks" for c in s.checks if c.what.startswith("Every open")]
    assert [(c.expected, c.found) for c in listed] == [(4, 4)]


def test_the_same_bytes_whatever_the_order_of_entries():
    one = Desk()
    planned(one)
    other = one.shuffled(3)
    assert render(report_of(one)) == render(report_of(other))
