"""From a ledger to a report: every value of a small week against a stored dump, and what may never change it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import report_dump as dump
from report_desk import Desk, moment, street, template, week, written

from svcctl.entry import CORRECTIONS
from svcctl.reports.build import build, file_stem
from svcctl.reports.content import Content
from svcctl.reports.entries import digest
from svcctl.reports.model import Link, SummarySheet, TableSheet
from svcctl.reports.remarks import warnings
from svcctl.texts import Text

W47 = ("2026-W47", "week")


@pytest.fixture(scope="module")
def long_street():
    return street(first=moment("2025-10-20 00:00").date(), last=moment("2026-01-10 00:00").date(), a_month=45)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["weekly"])
def test_every_value_of_a_week(name, lang):
    desk = week()
    found = dump.lines(build(desk, template(name), desk.window(*W47), lang))
    assert found == dump.golden(f"{name}_{lang}.tsv", found)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_value_of_a_day(lang):
    desk = week()
    found = dump.lines(build(desk, template("daily"), desk.window("2026-11-18", "day"), lang))
    assert found == dump.golden(f"daily_{lang}.tsv", found)


def figures(report):
    return {f.measure_id: f for f in report.sheets[0].figures}


def sheet(report, key):
    return next(s for s in report.sheets if s.key == key)


def test_the_figures_of_page_one_are_what_a_plain_count_of_the_entries_gives(long_street):
    desk = long_street
    win = desk.window("2025-12")
    found = figures(build(desk, template("monthly"), win, "zh"))

    def inside(at):
        return at is not None and win.start <= at < win.end

    def first(entries, *events):
        return min((e.at for e in entries if e.event in events and e.at < win.end), default=None)

    complaints = [es for es in desk.records.values() if es[0].kind == "complaint" and es[0].at < win.end]
    repairs = [es for es in desk.records.values() if es[0].kind == "repair" and es[0].at < win.end]
    assert found["complaint.received"].value == sum(inside(es[0].at) for es in complaints)
    assert found["repair.received"].value == sum(inside(es[0].at) for es in repairs)
    done = ("finished", "verified", "closed")
    open_ = 0
    for entries in repairs:
        state = "open"
        for e in sorted((e for e in entries if e.at < win.end), key=lambda e: e.at):
            state = {"finish": "finished", "verify": "verified", "callback": "closed", "reopen": "open"}.get(e.event, state)
        open_ += state not in done
    assert found["repair.backlog"].value == open_
    due = [es for es in complaints if inside(es[0].data.promised)]
    due = [es for es in due if not (first(es, "withdraw") and first(es, "withdraw") <= es[0].data.promised)]
    kept = [es for es in due if (reply := first(es, "reply", "resolve")) is not None and reply <= es[0].data.promised]
    assert found["complaint.promise_kept_rate"].value == round(Decimal(len(kept)) / len(due), 6)
    assert 10 < len(kept) < len(due)


def test_the_order_of_entries_and_records_changes_nothing():
    desk = week()
    expected = build(desk, template("weekly"), desk.window(*W47), "zh")
    for seed in (1, 2, 3):
        other = desk.shuffled(seed)
        assert dump.lines(build(other, template("weekly"), other.window(*W47), "zh")) == dump.lines(expected)


def test_what_is_entered_for_later_changes_nothing_and_a_correction_does():
    desk = week()
    expected = dump.lines(build(desk, template("weekly"), desk.window(*W47), "en"))
    late = desk.take("repair", "11-23 08:00", unit="A-101", fault="漏水", party="property", urgency="normal", due=moment("11-24 08:00"))
    desk.then(late, "dispatch", "11-23 08:10", to="周师傅")
    for record, entries in list(desk.records.items()):
        if record.startswith("cp") and record != late and entries[0].at < moment("11-19 00:00"):
            desk.then(record, "escalate", "11-30 08:00", to="陈经理")
    unanswered = next(r for r, es in desk.records.items() if es[0].at == moment("11-18 14:00"))
    desk.then(unanswered, "resolve", "11-23 09:00", cause="车位不足", action="增设")
    assert dump.lines(build(desk, template("weekly"), desk.window(*W47), "en")) == expected

    desk.then(unanswered, "amend", "11-25 09:00", content="车库收费有误", reason="补充")
    changed = dump.lines(build(desk, template("weekly"), desk.window(*W47), "en"))
    assert changed != expected
    assert [line for line in changed if "ledger_hash" in line] != [line for line in expected if "ledger_hash" in line]
    # only the knowledge of an earlier day gives the old report, but for the words that say so
    known = dump.lines(build(desk, template("weekly"), desk.window(*W47, known_at="11-24 23:59"), "en"))
    assert [x for x in known if "known_at" not in x and "\tnotices\t" not in x] == expected


def test_a_later_correction_of_a_deadline_is_found_by_an_earlier_state_of_knowledge():
    """An amended target brings a record back into a window that its own last moment would leave out."""
    desk = Desk()
    record = desk.take("complaint", "03-01 09:00", content="x", contact="1", severity="general", promised=moment("03-02 09:00"), target=moment("11-18 09:00"))
    desk.then(record, "resolve", "03-02 08:00", cause="a", action="b")
    desk.then(record, "callback", "03-03 08:00", by="陈静", result="reached", score="5", solved="yes")
    before = build(desk, template("weekly"), desk.window(*W47, known_at="11-30 00:00"), "en")
    desk.then(record, "amend", "12-01 08:00", target=moment("03-04 09:00"), reason="typed wrong", recorded="12-01 08:00")
    again = build(desk, template("weekly"), desk.window(*W47, known_at="11-30 00:00"), "en")
    assert dump.lines(again) == dump.lines(before)
    assert figures_of_compare(before)["complaint.on_time_rate"] == 1
    assert figures_of_compare(build(desk, template("weekly"), desk.window(*W47), "en"))["complaint.on_time_rate"] is None


def figures_of_compare(report):
    return {f.measure_id: f.value for f in sheet(report, "compare").figures}


@pytest.mark.parametrize(("name", "period"), [("daily", "2026-01-06"), ("weekly", "2026-W01"), ("monthly", "2025-12")])
def test_whatever_needs_attention_has_a_row_in_a_detail_sheet_the_most_urgent_first(long_street, name, period):
    this = template(name)
    report = build(long_street, this, long_street.window(period, this.period), "zh")
    rows = {s.key: set(s.sections[0].table.row_ids) for s in report.sheets if isinstance(s, TableSheet)}
    attention = report.sheets[0].attention
    assert attention and all(row.id in rows[row.sheet] for row in attention)
    late = ["已过" in row.what for row in attention]
    assert late == sorted(late, reverse=True)
    assert len({row.id for row in attention}) == len(attention)


def test_every_link_and_every_chart_leads_somewhere(long_street):
    for name, period in (("daily", "2026-01-06"), ("weekly", "2026-W01"), ("monthly", "2025-12")):
        this = template(name)
        report = build(long_street, this, long_street.window(period, this.period), "en")
        sheets = {s.key: s for s in report.sheets}
        charts = report.sheets[0].charts
        assert len(charts) == 3
        for chart in charts:
            section = next(s for s in sheets[chart.sheet].sections if s.key == chart.section)
            keys = [c.key for c in section.table.columns]
            assert chart.categories in keys and all(s.column in keys for s in chart.series)
        for s in report.sheets:
            for section in getattr(s, "sections", ()):
                for row in section.table.rows:
                    assert len(row) == len(section.table.columns)
                    assert all(v.sheet in sheets for v in row if isinstance(v, Link))


def test_no_personal_value_is_in_a_report_in_either_language():
    desk = week()
    for name, period in (("daily", "2026-11-18"), ("weekly", "2026-W47"), ("monthly", "2026-11")):
        for lang in ("zh", "en"):
            this = template(name)
            text = "\n".join(dump.lines(build(desk, this, desk.window(period, this.period), lang)))
            assert "王芳" not in text and "13800001234" not in text
            assert "13812345678" not in text and "13911112222" not in text
    mine = written(
        "svcctl: 1\nperiod: week\ntitle: x\nsheets:\n  - {key: a, show: details, title: x, noun: complaint, records: [received], "
        "columns: [id, name, contact, content]}\n  - {key: b, show: tables, title: x, sections: [{key: c, noun: complaint, "
        "by: name, columns: [complaint.received]}]}\n"
    )
    text = "\n".join(dump.lines(build(desk, mine, desk.window(*W47), "zh")))
    assert "王*" in text and "138****1234" in text
    assert "王芳" not in text and "1234567" not in text


def test_the_checks_tie_at_every_cut_of_a_long_street(long_street):
    for period, kind in (("2025-12", "month"), ("2026-W01", "week"), ("2026-01-02", "day")):
        this = template({"month": "monthly", "week": "weekly", "day": "daily"}[kind])
        for as_of in (None, "2026-01-08 10:00"):
            content = Content(long_street, this, long_street.window(period, kind, as_of=as_of), "zh")
            assert [c for c in content.checks if not c.ok] == []
            assert len(content.checks) == 17


def test_a_period_that_has_not_begun_and_a_range_of_days_are_reported_too():
    desk = week()
    report = build(desk, template("weekly"), desk.window("2026-W48", "week", now=moment("11-18 10:00")), "en")
    assert report.facts[-1].value == "✔ 41 passed"
    assert report.notices[0].startswith("The period has not begun") and {f.change.base for f in figures(report).values()} == {"none"}
    assert report.notices[1].endswith("The last one before it is of 2026-11-18 10:00:00.")
    days = written(
        "svcctl: 1\nperiod: range\ntitle: x\nsheets:\n  - {key: s, show: summary, title: s, figures: [repair.received]}\n"
        "  - {key: t, show: tables, title: t, sections: [{key: d, each: day, last: 3, columns: [repair.received]}]}\n"
    )
    report = build(desk, days, desk.window("2026-11-16..2026-11-20", "range"), "en")
    assert figures(report)["repair.received"].value == 4 and figures(report)["repair.received"].previous == 1
    assert report.sheets[1].sections[0].table.rows == [["11-18", 0], ["11-19", 1], ["11-20", 1]]


def test_a_figure_that_does_not_tie_is_shown_on_page_one():
    desk = week()
    content = Content(desk, template("weekly"), desk.window(*W47), "en")
    figure = content.numbers.results.figures["repair.backlog"]
    content.numbers.results.figures["repair.backlog"] = figure._replace(value=Decimal(7))
    wrong = [c for c in content.checks if not c.ok]
    assert [(c.what, c.expected, c.found) for c in wrong] == [("Open at the as-of = Repairs open", 4, 7)]
    assert warnings(content) == ["Reconciliations that failed: 1. See the checks."]


def test_the_hash_covers_ids_and_sums_of_the_entries_up_to_the_as_of_with_their_corrections():
    desk = week()
    report = build(desk, template("weekly"), desk.window(*W47), "zh")
    cut, tills = moment("11-22 23:59:59"), moment("11-23 09:00:00")  # an hour after the last shift of the week
    everything = [e for entries in desk.records.values() for e in entries]
    entries = [e for e in everything if e.event not in CORRECTIONS and e.at <= (tills if e.kind == "cash" else cut)]
    ids = {e.id for e in entries}
    entries += [e for e in everything if e.event in CORRECTIONS and e.of in ids]
    assert report.meta["ledger_hash"] == digest(entries)
    assert all(e.sum for e in entries) and digest(entries) != digest(entries[1:])
    table = next(s for s in sheet(report, "checks").sections if s.key == "entries").table
    assert sum(row[2] for row in table.rows) == len(entries)


def test_damage_marks_page_one_and_is_listed_with_the_checks():
    desk = week(damage=[Text("repairs/2026-11.yaml:41: 校验和不符", "repairs/2026-11.yaml:41: wrong sum")])
    report = build(desk, template("weekly"), desk.window(*W47), "en")
    assert report.warnings == ("Damaged places of the ledger, which are not in this report: 1. See the checks; run svcctl check.",)
    table = next(s for s in sheet(report, "checks").sections if s.key == "damage").table
    assert table.rows == [["repairs/2026-11.yaml:41: wrong sum"]]


def test_a_running_period_says_so_and_is_as_of_now():
    desk = week()
    report = build(desk, template("weekly"), desk.window(*W47, now=moment("11-18 10:00")), "zh")
    assert report.notices == ("期间尚未结束，数字截至 2026-11-18 10:00:00，为暂定数；与上期、去年同期的同样时长相比。",)
    assert report.stamp == moment("11-18 10:00")
    assert figures(report)["repair.received"].value == 2


def test_an_empty_period_says_where_the_data_ends():
    desk = week()
    report = build(desk, template("monthly"), desk.window("2027-03"), "zh")
    assert report.notices == ("本期没有条目。此前最后一条在 2026-11-23 08:00:00。",)
    for section in (s for sh in report.sheets if isinstance(sh, TableSheet) for s in sh.sections):
        assert section.table.columns
    earlier = build(desk, template("monthly"), desk.window("2020-03"), "en")
    assert earlier.notices == ("There is no entry in this period. Nor is there any before it.",)
    # even where the last entry lies far beyond everything the report looks at
    far = build(desk, template("daily"), desk.window("2029-03-01", "day"), "en")
    assert far.notices == ("There is no entry in this period. The last one before it is of 2026-11-23 08:00:00.",)


def test_an_as_of_after_the_period_names_what_came_first_after_it():
    desk = week(nouns=["complaint", "repair", "lost"])
    report = build(desk, template("weekly"), desk.window("2026-W45", "week", as_of="2026-11-30 00:00"), "zh")
    assert report.notices == ("本期没有条目。此前最后一条在 2026-08-21 10:00:00。此后第一条在 2026-11-09 09:00:00。",)


def test_a_site_sees_only_the_nouns_it_uses():
    desk = week(nouns=["repair", "cash"])
    report = build(desk, template("weekly"), desk.window(*W47), "zh")
    keys = [s.key for s in report.sheets]
    assert keys == [
        "summary", "words", "coming", "compare", "cash_statistics", "repair_statistics", "callback_statistics", "overs", "shorts",
        "handovers", "open_repairs", "repairs", "repeated_repairs", "firms_behind", "takings_due", "remittances", "late_remittances",
        "checks", "definitions", "chart_data",
    ]  # fmt: skip
    assert isinstance(report.sheets[0], SummarySheet)
    assert {f.measure_id.split(".")[0] for f in report.sheets[0].figures} == {"repair", "cash"}
    assert [[s.column for s in c.series] for c in report.sheets[0].charts] == [["repair.received"], ["repair.received"]]
    text = "\n".join(dump.lines(report)).replace("投诉量与报修量", "")
    assert "投诉" not in text and "欠费" not in text


def test_by_party_adds_up_and_shows_the_rate_beside_the_naive_one():
    desk = week()
    report = build(desk, template("weekly"), desk.window(*W47), "zh")
    table = sheet(report, "repair_statistics").sections[0].table
    assert [c.label for c in table.columns] == ["责任主体", "遗留", "新增", "完成", "超时", "及时率", "及时率环比", "完工口径", "返修率"]
    rows = {row[0]: row[1:] for row in table.rows}
    assert list(rows) == ["待界定", "商家自保", "开发商维保", "设备维保", "物业自修", "合计"]
    for n in range(4):
        assert sum(row[n] for name, row in rows.items() if name != "合计") == rows["合计"][n]
    assert rows["物业自修"][:5] == [1, 3, 1, 0, Decimal(1)]
    assert rows["设备维保"][:5] == [0, 1, 1, 1, Decimal(0)]
    assert rows["商家自保"][4] is None


def test_records_without_a_value_have_a_row_of_their_own():
    desk = week()
    report = build(desk, template("monthly"), desk.window("2026-11"), "zh")
    sections = {s.key: s.table for s in sheet(report, "repair_statistics").sections}
    rows = {row[0]: row[1:] for row in sections["repairs_by_trade"].rows}
    assert rows["未填写"][:2] == [1, 0] and rows["合计"][0] == 6
    assert rows["强电"][0] + rows["电梯"][0] + rows["未填写"][0] == 6
    matrix = sheet(report, "repair_matrix").sections[0].table
    assert [c.label for c in matrix.columns] == ["责任主体", "强电", "电梯", "未填写", "合计"]
    assert matrix.rows[-1] == ["合计", 4, 1, 1, 6]


def test_the_trend_ends_with_the_figure_of_page_one(long_street):
    report = build(long_street, template("weekly"), long_street.window("2026-W01", "week"), "en")
    trend = next(s for s in sheet(report, "chart_data").sections if s.key == "by_week").table
    assert [row[0] for row in trend.rows] == ["W46", "W47", "W48", "W49", "W50", "W51", "W52", "W01"]
    assert trend.rows[-1][1] == figures(report)["complaint.received"].value
    assert trend.rows[-2][1] == figures(report)["complaint.received"].previous


def test_work_stays_near_the_period_asked_for():
    """The source is asked for the trend and for last year's week, never for all of the ledger."""
    asked = []

    class Watched(Desk):
        def histories(self, kind, start, end, known_at=None):
            asked.append((start, end))
            yield from super().histories(kind, start, end, known_at)

    desk = Watched(nouns=["complaint", "repair"])
    desk.records = week().records | street(moment("2025-11-10 00:00").date(), moment("2025-11-20 00:00").date()).records
    win = desk.window(*W47)
    build(desk, template("weekly"), win, "zh")
    assert sum((end - start for start, end in set(asked)), timedelta()) < timedelta(days=8 * 7 + 7 + 2 * 45 + 1)
    assert len(asked) == 2 * len(set(asked))  # of each of the two nouns once


@pytest.mark.parametrize(
    ("site", "stem"),
    [("悦和里", "悦和里_daily_2026-11-20"), ("../a/b:c", "a-b-c_daily_2026-11-20"), ("...", "svcctl_daily_2026-11-20"), ("店" * 90, "店" * 40 + "_daily_2026-11-20")],
)  # fmt: skip
def test_the_name_of_the_file_is_no_path(site, stem):
    assert file_stem(site, "daily", Desk().window("2026-11-20", "day").period) == stem


def test_what_a_merge_made_impossible_is_listed_and_has_no_effect():
    desk = week()
    closed = next(r for r, es in desk.records.items() if es[0].at == moment("11-10 09:00"))
    desk.then(closed, "reply", "11-17 08:00", text="重复答复")
    report = build(desk, template("weekly"), desk.window(*W47), "en")
    table = next(s for s in sheet(report, "checks").sections if s.key == "without_effect").table
    assert len(table.rows) == 1
    assert table.rows[0][0].text == closed
    assert "Closed" in table.rows[0][-1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_has_the_same_bytes_whatever_the_order_of_the_entries(lang):
    from svcctl.xlsx.book import render

    desk = week()
    data = render(build(desk, template("weekly"), desk.window(*W47), lang))
    other = desk.shuffled(9)
    assert render(build(other, template("weekly"), other.window(*W47, now=moment("2031-05-05 10:00")), lang)) == data
