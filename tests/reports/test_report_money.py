"""Fees and cash in reports: figures counted by hand, overs and shorts never netted, checks that fail where money does not tie."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import report_dump as dump
from report_desk import Desk, moment, template, week, written

from svcctl.nouns.fee import ITEM_LABELS
from svcctl.reports.build import build
from svcctl.reports.content import Content
from svcctl.reports.model import Amount, DefinitionsSheet, TableSheet
from svcctl.reports.money_checks import ROLLED
from svcctl.reports.remarks import warnings

W47 = ("2026-W47", "week")
SAMPLE = Path(__file__).resolve().parent.parent.parent / "ledger"


def report_of(desk, name="weekly", period=W47, lang="zh", **cuts):
    return build(desk, template(name), desk.window(*period, **cuts), lang)


def tables(report):
    return {s.key: s.table for sheet in report.sheets if isinstance(sheet, TableSheet) for s in sheet.sections}


def column(table, key):
    at = [c.key for c in table.columns].index(key)
    return [row[at] for row in table.rows]


def rows(table, *keys):
    return list(zip(*(column(table, key) for key in keys), strict=True))


def money(*texts):
    return [Decimal(text) for text in texts]


# -- fees -------------------------------------------------------------------------------------------------------------


def test_fees_by_item_are_what_was_billed_received_and_waived_in_the_week():
    table = tables(report_of(week()))["fees_by_item"]
    assert column(table, "item") == ["物业费", "电费", "场地租赁费", "垃圾清运费", "违约金", "预存", "合计"]
    assert column(table, "fee.billed") == money("0", "0", "0", "0", "12.00", "0", "12.00")
    # 588.20 in cash, 500.00 by bank for both months, 200.00 reversed; 20.00 of the credit went back
    assert column(table, "fee.received") == money("588.20", "342.62", "157.38", "0", "0", "-20.00", "1068.20")
    assert column(table, "fee.waived") == money("0", "0", "50.00", "0", "0", "0", "50.00")
    assert column(table, "fee.arrears") == money("0", "0", "992.62", "0", "0", "0", "992.62")


def test_the_month_has_rates_with_their_parts_and_rows_that_are_no_household_stay_empty():
    found = tables(report_of(week(), "monthly", ("2026-11", "month"), "en"))
    table = found["fees_by_item"]
    parts = ("fee.collection_rate:den", "fee.collection_rate:num", "fee.collection_rate")
    by_item = dict(zip(column(table, "item"), rows(table, *parts), strict=True))
    assert by_item["Property fee"] == (Decimal("1176.40"), Decimal("1176.40"), Decimal(1))
    assert by_item["Venue rent"] == (Decimal("1200.00"), Decimal("157.38"), Decimal("0.131150"))
    assert by_item["Late fee"][2] is None  # in none of the rates
    assert by_item["Total"] == (Decimal("2466.40"), Decimal("1423.78"), Decimal("0.577271"))
    households = dict(rows(table, "item", "fee.household_rate"))
    # T-002 has not paid its rent: two of three tenants are settled, though the items' tenants are four
    assert households["Total"] == Decimal("0.666667") and households["Credit"] is None
    recovered = dict(zip(column(found["fees_arrears_by_item"], "item"), rows(found["fees_arrears_by_item"], "fee.arrears_recovery_rate:den", "fee.arrears_recovery_rate"), strict=True))
    assert recovered["Electricity"] == (Decimal("342.62"), Decimal(1)) and recovered["Total"][1] == 1
    ages = found["fees_ageing"]
    assert column(ages, "bucket") == ["Not due", "1–30 days", "31–60 days", "61–90 days", "91–180 days", "181–365 days", "Over 365 days", "Total"]
    assert column(ages, "fee.ageing") == money("12.00", "992.62", "0", "0", "0", "0", "0", "1004.62")


def test_what_is_outstanding_and_what_was_paid_is_listed_with_what_was_given_back():
    found = tables(report_of(week()))
    assert rows(found["arrears"], "tenant", "month", "outstanding", "days_overdue") == [
        ("T-002", "2026-11", Decimal("992.62"), 12), ("T-002", "2026-11", Decimal("12.00"), None),
    ]  # fmt: skip
    assert rows(found["largest_arrears"], "no", "tenant", "outstanding") == [(1, "T-002", Decimal("992.62"))]
    assert rows(found["receipts"], "tenant", "amount", "allocated", "credit", "refunded", "state", "point") == [
        ("T-003", Decimal("1000.00"), Decimal("678.20"), Decimal("301.80"), Decimal("20.00"), "有预存", None),  # refunded in the week
        ("T-001", Decimal("588.20"), Decimal("588.20"), Decimal("0.00"), None, "已收", "front"),
        ("T-002", Decimal("500.00"), Decimal("500.00"), Decimal("0.00"), None, "已收", None),
        ("T-002", Decimal("200.00"), Decimal("0.00"), Decimal("0.00"), None, "已冲正", None),
    ]  # fmt: skip


def test_a_day_has_its_receipts_and_the_rates_of_the_month_so_far():
    report = report_of(week(), "daily", ("2026-11-16", "day"), "en")
    found = tables(report)
    assert rows(found["receipts"], "tenant", "amount", "method") == [("T-001", Decimal("588.20"), "Cash")]
    total = dict(zip([c.key for c in found["fees_by_item"].columns], found["fees_by_item"].rows[-1], strict=True))
    assert total["fee.received"] == Decimal("588.20") and total["fee.collection_rate:num"] == Decimal("1266.40")
    assert report.sheets[0].figures[0].measure_id == "fee.received" and report.sheets[0].figures[0].value == Decimal("588.20")


def test_the_largest_arrears_come_first_and_are_cut_all_of_them_stand_in_the_full_list():
    desk = Desk()
    for n in range(1, 26):
        desk.do("fee", "charge", "10-01 09:00", tenant=f"T-{n:03}", item="property", amount=f"{n}00.00", due=f"2026-10-{n + 1:02}", month="2026-10")
    report = report_of(desk)
    found = tables(report)
    assert column(found["largest_arrears"], "outstanding") == [Decimal(n * 100) for n in range(25, 5, -1)]
    assert column(found["arrears"], "days_overdue") == [52 - n for n in range(1, 26)]  # due on 2 to 26 October
    assert [row.sheet for row in report.sheets[0].attention] == ["arrears"] * 5 + ["largest_arrears"] * 20
    content = Content(desk, template("weekly"), desk.window(*W47), "zh")
    assert [c for c in content.checks if not c.ok] == []


def test_arrears_come_after_whatever_else_is_late():
    attention = report_of(week()).sheets[0].attention
    late = [row.subject for row in attention if "已过" in row.what]
    assert late.index("收费") == len(late) - 1 and len(late) > 8


# -- cash -------------------------------------------------------------------------------------------------------------


def test_overs_and_shorts_stand_in_tables_of_their_own_with_totals_of_their_own():
    found = tables(report_of(week()))
    assert rows(found["overs"], "shift", "amount", "open_amount", "how", "state") == [
        ("N", Decimal("16.00"), Decimal("6.00"), "长款已缴", "部分处理"), ("N", Decimal("5.00"), Decimal("5.00"), None, "待处理"),
    ]  # fmt: skip
    assert rows(found["shorts"], "shift", "amount", "open_amount", "how", "state") == [
        ("D", Decimal("16.00"), Decimal("0.00"), "短款已补", "已处理")
    ]
    for kind in ("overs", "shorts"):
        assert [c.key for c in found[kind].columns if c.total == "sum"] == ["amount", "open_amount"]
    assert [c.key for c in found["handovers"].columns if c.total == "sum"] == ["takings", "over", "short"]
    cashiers = found["cash_by_cashier"]
    assert [c.label for c in cashiers.columns] == ["收银员", "长款次数", "长款金额", "短款次数", "短款金额"]
    assert cashiers.rows == [["周芸", 2, Decimal(21), 0, Decimal(0)], ["李敏", 0, Decimal(0), 1, Decimal(16)], ["合计", 2, Decimal(21), 1, Decimal(16)]]
    assert [row[0] for row in found["cash_settled"].rows] == ["长款", "短款"]  # no row for both


@pytest.mark.parametrize("name", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_figure_of_any_workbook_is_overs_less_shorts(name, lang):
    """Overs of 21.30 and shorts of 16.70: neither 4.60 nor 38.00 nor -16.70 is anywhere, nor a column with such a title."""
    desk = Desk(points={"front": {"float": "1000.00", "remit_by": "1d 10:00", "shifts": [{"code": "D", "from": "08:00", "to": "20:00"}]}})
    desk.do("cash", "count", "11-18 10:00", "周芸", point="front", count="100x10,20x1,1x1,0.1x3", to="李敏", shift="D", date="2026-11-17", left="1000.00")
    desk.do("cash", "count", "11-18 20:00", "李敏", point="front", count="100x9,50x1,10x3,1x3,0.1x3", to="safe", seal_no="1", witness="陈静")
    period = {"daily": ("2026-11-18", "day"), "weekly": W47, "monthly": ("2026-11", "month")}[name]
    report = report_of(desk, name, period, lang)
    seen = {Decimal("21.30"): 0, Decimal("16.70"): 0}
    for sheet in report.sheets:
        for section in getattr(sheet, "sections", ()):
            for label in (c.label.casefold() for c in section.table.columns):
                assert not any(word in label for word in ("净", "差额", "net ", "difference")), label
            for value in (v.value if isinstance(v, Amount) else v for row in section.table.rows for v in row):
                if isinstance(value, Decimal):
                    assert abs(value) not in money("4.60", "38.00") and value != Decimal("-16.70") and value != Decimal("-21.30")
                    seen[value] = seen.get(value, 0) + 1
    assert seen[Decimal("16.70")] >= 3 and (name == "daily" or seen[Decimal("21.30")] >= 3)
    assert all(abs(f.value or 0) not in money("4.60", "38.00") for f in (*report.sheets[0].figures, *next(s for s in report.sheets if s.key == "compare").figures))


def test_the_night_shift_belongs_to_the_day_it_began_and_is_counted_after_its_end():
    desk = week()
    found = tables(report_of(desk, "daily", ("2026-11-16", "day")))
    assert rows(found["handovers"], "shift", "start", "came_in", "expected", "total", "over", "short") == [
        ("D", *money("1000.00", "588.20", "1588.20", "1572.20"), None, Decimal("16.00")),
        ("N", *money("1000.00", "16.00", "1016.00", "1032.00"), Decimal("16.00"), None),
    ]  # fmt: skip
    assert rows(found["denominations"], "shift", "left", "takings") == [("D", *money("1000.00", "572.20")), ("N", *money("1000.00", "32.00"))]
    # seen as of midnight nobody could know that
    early = report_of(desk, "daily", ("2026-11-16", "day"), as_of="2026-11-16 23:59:59")
    assert column(tables(early)["handovers"], "shift") == ["D"]
    assert not tables(early)["overs"].rows
    told = [section.intro for report in (early, report_of(desk, "daily", ("2026-11-16", "day")))
            for sheet in report.sheets for section in getattr(sheet, "sections", ()) if section.key == "entries"]  # fmt: skip
    assert ["末班结束后一小时" in intro for intro in told] == [False, True]


def test_missing_shifts_and_takings_not_handed_in_need_attention():
    report = report_of(week(), lang="en")
    cash = [(row.id, row.what, row.sheet) for row in report.sheets[0].attention if row.subject == "Cash float"]
    ids = dict(rows(tables(report)["handovers"], "id", "date"))
    assert [what for _, what, _ in cash] == [
        "Takings not remitted 11-17 10:00, passed: front 2026-11-16 N", "Over to be settled 11-18 08:00, passed: front 2026-11-16 N 16.00",
        "No count 11-18 21:00, passed: front 2026-11-18 D", "No count 11-19 09:00, passed: front 2026-11-18 N",
    ]  # fmt: skip
    assert cash[0][0] in ids and cash[0][2] == "handovers" and cash[1][2] == "overs"
    assert [(i, sheet) for i, _, sheet in cash[2:]] == [("", ""), ("", "")]
    assert all(row.age >= 0 for row in report.sheets[0].attention)


def test_takings_of_an_earlier_day_have_a_row_too_as_long_as_they_are_not_handed_in():
    report = report_of(week(), "daily", ("2026-11-18", "day"))
    due = tables(report)["takings_due"]
    assert rows(due, "date", "shift", "takings") == [(moment("11-16 00:00").date(), "N", Decimal("32.00"))]
    owed = next(row for row in report.sheets[0].attention if "营业款未缴" in row.what)
    assert (owed.id, owed.sheet) == (due.row_ids[0], "takings_due")
    # both shifts of the day that nobody counted, the night one due an hour after it ended
    missing = [row.what for row in report.sheets[0].attention if "缺班" in row.what]
    assert missing == ["缺班 11-18 21:00 已过：front 2026-11-18 D", "缺班 11-19 09:00 已过：front 2026-11-18 N"]
    assert report.sheets[0].figures[2].measure_id == "cash.completeness_rate" and report.sheets[0].figures[2].value == 0


def test_the_definitions_of_every_figure_of_money_are_there():
    report = report_of(week(), "monthly", ("2026-11", "month"))
    sheet = next(s for s in report.sheets if isinstance(s, DefinitionsSheet))
    ids = {d.measure_id for d in sheet.definitions}
    assert {f"fee.{n}" for n in ("billed", "received", "collection_rate", "arrears_recovery_rate", "combined_rate", "household_rate", "advance", "waived", "arrears", "ageing")} <= ids
    assert {f"cash.{n}" for n in ("slots", "completeness_rate", "over_count", "over_amount", "short_count", "short_amount", "variance_rate", "settled_on_time_rate", "remitted_on_time_rate")} <= ids


# -- what may never change a report -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["daily", "weekly", "monthly"])
def test_a_payment_or_count_of_a_later_time_changes_nothing_of_an_earlier_as_of(name):
    desk = week()
    period = {"daily": ("2026-11-20", "day"), "weekly": W47, "monthly": ("2026-11", "month")}[name]
    cut = {"daily": None, "weekly": None, "monthly": "2026-11-22 23:59:59"}[name]
    expected = dump.lines(report_of(desk, name, period, as_of=cut))
    desk.do("fee", "pay", "11-23 10:00", tenant="T-002", amount="1004.62", method="bank", ref="BK9")
    desk.do("fee", "apply", "11-24 10:00", of=next(c.id for c in desk.linked("fee") if c.state.state == "credit"), tenant="T-003", **{"for": {desk.do("fee", "charge", "11-24 09:00", tenant="T-003", item="waste", amount="90.00", due="2026-12-25")[0]: "90.00"}})
    over = next(c.id for c in desk.linked("cash") if c.state.state == "partial")
    desk.do("cash", "settle", "11-23 10:00", of=over, how="over_paid_in", amount="6.00", doc="R-33")
    desk.do("cash", "count", "11-23 20:00", point="front", count="100x9,50x1", to="safe", seal_no="240", witness="陈静")
    assert dump.lines(report_of(desk, name, period, as_of=cut)) == expected
    # one that is typed in later for the week is another matter: it changes the figures and the hash, unless they ask what was known
    then = desk.do("fee", "pay", "11-20 11:00", tenant="T-002", amount="100.00", method="bank", ref="BK8")[0]
    assert desk.records[then][0].recorded < moment("11-21 00:00")
    changed = dump.lines(report_of(desk, name, period, as_of=cut))
    assert changed != expected and [x for x in changed if "ledger_hash" in x] != [x for x in expected if "ledger_hash" in x]


def test_the_order_of_the_entries_and_the_clock_change_no_byte_of_the_month():
    from svcctl.xlsx.book import render

    desk = week()
    data = render(report_of(desk, "monthly", ("2026-10", "month")))
    for seed in (3, 4):
        other = desk.shuffled(seed)
        assert render(report_of(other, "monthly", ("2026-10", "month"), now=moment("2031-05-05 10:00"))) == data


def test_files_of_other_desks_and_another_order_in_them_change_no_byte(svc):
    """The sample ledger's fees and cash, dealt out to three desks and turned round."""
    ledger, before, after = svc.folder / "sample", svc.folder / "a.xlsx", svc.folder / "b.xlsx"
    for name in ("fees", "cash"):
        shutil.copytree(SAMPLE / name, ledger / name)
    shutil.copy(SAMPLE / "ledger.yaml", ledger)
    svc(["-C", str(ledger), "report", "daily", "2026-11-20", "-o", str(before), "--lang", "en"])
    for folder in ("fees", "cash"):
        for path in sorted((ledger / folder).glob("*.yaml")):
            docs = [f"---\n{doc}" for doc in path.read_text(encoding="utf-8").split("---\n")[1:]]
            for n, desk in enumerate(("", ".east", ".west")):
                (path.parent / f"{path.stem}{desk}.yaml").write_text("".join(docs[n::3][::-1]), encoding="utf-8")
    svc(["-C", str(ledger), "report", "daily", "2026-11-20", "-o", str(after), "--lang", "en"])
    assert after.read_bytes() == before.read_bytes()


# -- checks -----------------------------------------------------------------------------------------------------------


def content_of(desk, lang="en"):
    return Content(desk, template("weekly"), desk.window(*W47), lang)


def failed(desk):
    return [(c.subject, c.what, c.expected, c.found) for c in content_of(desk).checks if not c.ok]


def test_the_checks_of_money_tie_at_every_cut():
    desk = week()
    for name, kind, periods in (("daily", "day", [f"2026-11-{d}" for d in range(15, 24)]), ("weekly", "week", ["2026-W46", "2026-W47", "2026-W48"]), ("monthly", "month", ["2026-10", "2026-11"])):
        for period in periods:
            for as_of in (None, "2026-11-19 10:30"):
                content = Content(desk, template(name), desk.window(period, kind, as_of=as_of), "zh")
                assert [c for c in content.checks if not c.ok] == [], (period, as_of)
                of_items = sum(c.subject == "收费" and "：期初未缴" in c.what for c in content.checks)
                assert sum(c.subject == "收费" for c in content.checks) == 9 + of_items and sum(c.subject == "备用金" for c in content.checks) == 9
                assert of_items == sum(any(content.numbers.results.figures[f"fee.{n}{{item={i}}}"].value for n in ROLLED) for i in ITEM_LABELS)


def test_the_identity_tells_where_the_money_went():
    check = next(c for c in content_of(week()).checks if c.what.startswith("Received = to current"))
    assert (check.expected, check.found) == (Decimal("1068.20"), Decimal("1068.20"))
    assert check.note == "745.58 + 342.62 + 0.00 + 0.00 + (-20.00) = 1,068.20"


def find(desk, noun, event, **values):
    return next(c.id for c in desk.linked(noun) if c.state.data.event == event and all(getattr(c.state.data, k) == v for k, v in values.items()))


def test_a_move_of_a_fee_that_is_voided_leaves_a_till_that_does_not_tie():
    desk = week()
    desk.then(find(desk, "cash", "move", type="fee"), "void", "11-16 14:05", reason="x", approved_by="陈静")
    wrong = failed(desk)
    assert ("Cash float", "Fees paid in cash at a point = fee moves of the tills", Decimal("588.20"), Decimal("0.00")) in wrong
    # and the count that came after it is no longer what its variance says
    assert any(what.startswith("Counts and spot checks") and found == expected - 1 for _, what, expected, found in wrong)
    assert warnings(content_of(desk))[0].startswith(f"Reconciliations that failed: {len(wrong)}.")


def test_a_refund_in_cash_that_left_no_move_is_found():
    desk = week()
    desk.then(find(desk, "cash", "move", type="refund"), "void", "11-20 14:05", reason="x", approved_by="陈静")
    assert ("Cash float", "Fees given back in cash at a point = their refund moves of the tills", Decimal("20.00"), Decimal("0.00")) in failed(desk)


def test_a_variance_that_was_made_to_vanish_is_found_and_named():
    desk = week()
    short = find(desk, "cash", "variance", type="short")
    desk.then(short, "void", "11-17 13:00", reason="x", approved_by="陈静")
    assert [(what, expected - found) for _, what, expected, found in failed(desk)] == [
        ("Counts and spot checks = those whose difference, if any, is on record as it is", 1)
    ]
    table = next(s for sh in report_of(desk, lang="en").sheets for s in getattr(sh, "sections", ()) if s.key == "without_effect").table
    assert [row[-1] for row in table.rows] == ["1572.20 counted, 1588.20 expected, and yet there is no variance"]


def test_a_published_figure_that_is_not_what_the_records_say_is_shown_on_page_one():
    for name, wrong in (("fee.received", 3), ("fee.paid", 1), ("fee.outstanding{item=water}", 1), ("fee.arrears", 1), ("fee.ageing{bucket=1-30}", 2), ("cash.over_amount", 1), ("cash.short_amount", 1), ("cash.slots", 1)):
        content = content_of(week())
        figures = content.numbers.results.figures
        figures[name] = figures[name]._replace(value=figures[name].value + 1)
        assert sum(not c.ok for c in content.checks) == wrong, name
        assert warnings(content) == [f"Reconciliations that failed: {wrong}. See the checks."]


def test_a_site_without_points_or_fees_has_empty_sheets_and_no_mistake():
    report = report_of(Desk(), lang="en")
    assert all(not s.table.rows for sh in report.sheets if sh.key in ("overs", "shorts", "handovers", "arrears", "receipts") for s in sh.sections)
    assert report.facts[-1].value == "✔ 40 passed"


def test_open_records_are_expected_where_a_sheet_says_it_lists_them():
    """Overs only are listed: the check asks for open overs, and for no short."""
    mine = written(
        "svcctl: 1\nperiod: week\ntitle: x\nsheets:\n  - {key: a, show: details, title: x, noun: cash, records: [open], where: {type: over}, columns: [id]}\n"
    )
    desk = week()
    checks = Content(desk, mine, desk.window(*W47), "en").checks
    listed = [c for c in checks if c.what == "Every open record has a row in the details"]
    assert [(c.expected, c.found) for c in listed] == [(1, 1)]
