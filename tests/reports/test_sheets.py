"""What the shipped sheets list beside the measures: broken promises, call backs, repeated faults, firms to be asked, late
remittances, floats, what falls due; and what tables can do: shares, sums by two fields, sentences with a condition."""

from __future__ import annotations

from decimal import Decimal

import pytest
from report_desk import POINTS, Desk, template, written

from svcctl.errors import Refused
from svcctl.ledger import Window
from svcctl.reports.audience import narrowed
from svcctl.reports.build import build
from svcctl.reports.model import Flag, Link, TableSheet
from svcctl.reports.to_json import as_json

NO_NOUNS = "svcctl: 1\nperiod: week\ntitle: t\nsheets:\n"


def told(desk, name="weekly", period=("2026-W11", "week"), lang="zh", **cuts):
    return as_json(desk, template(name) if isinstance(name, str) else name, desk.window(*period, **cuts), lang)["tables"]


def ids(rows):
    return [row["id"] for row in rows]


# -- complaints -------------------------------------------------------------------------------------------------------


def test_a_broken_promise_is_what_the_rate_counts_as_a_failure():
    desk = Desk()
    late = desk.take("complaint", "03-09 08:00", content="late", contact="1", promised="2026-03-10T08:00:00+08:00")
    desk.then(late, "reply", "03-10 08:01", text="sorry")
    kept = desk.take("complaint", "03-09 08:00", content="kept", contact="1", promised="2026-03-10T08:00:00+08:00")
    desk.then(kept, "reply", "03-10 08:00", text="done")
    moved = desk.take("complaint", "03-09 08:00", content="moved", contact="1", promised="2026-03-10T08:00:00+08:00")
    desk.then(moved, "repromise", "03-09 09:00", promised="2026-03-20T08:00:00+08:00", reason="parts")
    desk.take("complaint", "03-09 08:00", content="next week", contact="1", promised="2026-03-16T00:00:00+08:00")
    found = told(desk)
    assert ids(found["broken_promises"]) == [late, moved]
    rate = next(m for m in as_json(desk, template(), desk.window("2026-W11", "week"), "zh")["measures"] if m["id"] == "complaint.promise_kept_rate")
    assert int(rate["den"]) - int(rate["num"]) == 2
    assert [row["progress"] for row in found["broken_promises"]] == ["答复：sorry", "改约：parts"]
    assert ids(told(desk, as_of="03-10 07:59:59")["broken_promises"]) == []


def test_call_backs_are_listed_with_why_somebody_was_not_satisfied():
    desk = Desk()
    one = desk.take("complaint", "03-08 08:00", content="a", contact="1", category="noise")
    desk.then(one, "resolve", "03-08 10:00", cause="x", action="y")
    desk.then(one, "callback", "03-09 10:00", by="Chen", result="reached", score="2", solved="no", reason="还在响 13800001234")
    other = desk.take("complaint", "03-08 08:00", content="b", contact="1")
    desk.then(other, "resolve", "03-08 10:00", cause="x", action="y")
    desk.then(other, "callback", "03-10 10:00", by="Chen", result="no_answer")
    before = desk.take("complaint", "03-01 08:00", content="c", contact="1")
    desk.then(before, "resolve", "03-02 10:00", cause="x", action="y")
    desk.then(before, "callback", "03-08 10:00", by="Chen", result="reached", score="5", solved="yes")
    found = told(desk)
    rows = found["complaint_callbacks"]
    assert [(r["id"], r["called_by"], r["result"], r["score_last"], r["unhappy_with"]) for r in rows] == [
        (one, "Chen", "reached", 2, "还在响 138****1234"), (other, "Chen", "no_answer", None, None),
    ]  # fmt: skip
    assert [row["complaint.unhappy"] for row in found["complaint_callbacks_by_category"] if row["category"] == "noise"] == ["1"]


def test_a_complaint_of_the_same_unit_and_category_within_thirty_days_is_a_repeated_one():
    desk = Desk()

    def take(at, **fields):
        return desk.take("complaint", at, content="a", contact="1", **{"unit": "A-1", "category": "noise", **fields})

    first, again = take("02-10 08:00"), take("03-12 08:00")  # to the second thirty days
    take("03-12 08:00", unit="A-2")
    take("03-12 08:00", category="fee")
    desk.then(take("03-13 08:00"), "withdraw", "03-13 09:00", reason="mistake")
    too_late = take("02-10 07:59:59", unit="B-1"), take("03-12 08:00", unit="B-1")
    for one in (first, too_late[0]):
        desk.then(one, "resolve", "02-11 08:00", cause="x", action="y")
        desk.then(one, "callback", "02-12 08:00", by="Chen", result="reached", score="5", solved="yes")
    assert ids(told(desk)["repeated_complaints"]) == [first, again]
    assert ids(told(desk, period=("2026-W12", "week"))["repeated_complaints"]) == []


# -- repairs ----------------------------------------------------------------------------------------------------------


def test_the_same_place_and_trade_again_within_thirty_days_is_a_repeated_fault():
    desk = Desk()

    def take(at, **fields):
        return desk.take("repair", at, fault="f", **{"party": "property", "place": "gate", "trade": "lift", **fields})

    old, again = take("02-20 08:00"), take("03-10 08:00")
    desk.then(old, "finish", "02-20 09:00", result="fixed")
    desk.then(old, "close", "02-20 10:00")
    take("03-10 08:00", trade="power")
    take("03-10 08:00", place="hall")
    desk.then(take("03-11 08:00"), "cancel", "03-11 09:00", reason="twice")
    unit = take("03-09 08:00", place="", unit="A-1"), take("03-15 08:00", place="", unit="A-1")
    assert ids(told(desk)["repeated_repairs"]) == [*unit, old, again]


def test_a_firm_nobody_asked_in_time_is_listed():
    desk = Desk()
    late = desk.take("repair", "03-09 08:00", place="x", fault="a", party="developer", urgency="planned", due="2026-04-01T08:00:00+08:00")
    desk.then(late, "dispatch", "03-09 09:00", to="Builder")
    desk.then(late, "follow", "03-10 09:00", text="周四到货")
    asked = desk.take("repair", "03-09 08:00", place="y", fault="b", party="equipment", urgency="planned", due="2026-04-01T08:00:00+08:00")
    desk.then(asked, "dispatch", "03-09 09:00", to="Lift firm")
    desk.then(asked, "follow", "03-15 09:00", text="waiting")
    ours = desk.take("repair", "03-09 08:00", place="z", fault="c", party="property", due="2026-04-01T08:00:00+08:00")
    desk.then(ours, "dispatch", "03-09 09:00", to="Zhou")
    rows = told(desk)["firms_behind"]
    assert [(r["id"], r["followed_at"], r["follow_by"], r["progress"]) for r in rows] == [
        (late, "2026-03-10T09:00:00+08:00", "2026-03-11T09:00:00+08:00", "跟进：周四到货")
    ]
    assert ids(told(desk, as_of="03-11 09:00")["firms_behind"]) == [asked]  # the other one at its limit is not late yet


def test_cost_by_party_and_payer_adds_up_to_the_measure():
    desk = Desk()
    for party, payer, cost in (("property", "property", "10.10"), ("property", "tenant", "5.05"), ("developer", "developer", "1.00"), ("property", "property", "2.20")):
        one = desk.take("repair", "03-02 08:00", place="x", fault="a", party=party)
        desk.then(one, "finish", "03-03 08:00", result="fixed", cost=cost, payer=payer)
    found = as_json(desk, template("monthly"), desk.window("2026-03"), "zh")
    assert found["tables"]["repairs_cost_by_payer"] == [
        {"party": "developer", "tenant": "0.00", "property": "0.00", "developer": "1.00", "total": "1.00"},
        {"party": "property", "tenant": "5.05", "property": "12.30", "developer": "0.00", "total": "17.35"},
        {"party": "total", "tenant": "5.05", "property": "12.30", "developer": "1.00", "total": "18.35"},
    ]  # fmt: skip
    assert {m["id"]: m["value"] for m in found["measures"]}["repair.cost"] == "18.35"


# -- tills ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def till():
    """Two days: the takings of the first are handed in 25 minutes late, those of the second not at all."""
    desk = Desk(points=POINTS)
    desk.do("cash", "count", "03-09 20:00", by="Li", point="front", count="100x10", to="Wang")
    desk.do("cash", "move", "03-10 12:00", by="Wang", point="front", type="sale", amount="300.00")
    desk.do("cash", "move", "03-10 13:00", by="Wang", point="front", type="refund", amount="20.00", approved_by="Chen")
    desk.do("cash", "move", "03-10 14:00", by="Wang", point="front", type="drop", amount="50.00")
    desk.do("cash", "count", "03-10 20:00", by="Wang", point="front", count="100x12,20x1", to="Li", shift="D", date="2026-03-10")
    desk.do("cash", "remit", "03-11 10:25", by="Li", point="front", shifts=["D@2026-03-10"], count="100x2,20x1", witness="Chen")
    desk.do("cash", "move", "03-11 12:00", by="Li", point="front", type="sale", amount="60.00")
    desk.do("cash", "count", "03-11 20:00", by="Li", point="front", count="100x10,50x1,10x1", to="Wang", shift="D", date="2026-03-11")
    return desk


def test_the_chain_of_a_shift_goes_from_its_start_to_what_should_be_there(till):
    rows = told(till, "daily", ("2026-03-10", "day"))["handovers"]
    parts = [(r["start"], r["came_in"], r["went_out"], r["dropped"], r["expected"], r["total"], r["over"], r["short"]) for r in rows]
    assert parts == [("1000.00", "300.00", "20.00", "50.00", "1230.00", "1220.00", None, "10.00")]
    for name, period in (("daily", ("2026-03-11", "day")), ("monthly", ("2026-03", "month"))):
        for r in told(till, name, period)["handovers"]:
            if "start" in r:
                assert Decimal(r["start"]) + Decimal(r["came_in"]) - Decimal(r["went_out"]) - Decimal(r["dropped"]) == Decimal(r["expected"])


def test_takings_handed_in_late_and_the_floats_at_the_end(till):
    found = told(till, "monthly", ("2026-03", "month"))
    late = [(r["date"], r["takings"], r["remit_by"], r["remitted"]) for r in found["late_remittances"]]
    assert late == [
        ("2026-03-10", "220.00", "2026-03-11T10:00:00+08:00", "2026-03-11T10:25:00+08:00"), ("2026-03-11", "60.00", "2026-03-12T10:00:00+08:00", None)
    ]  # fmt: skip
    assert [(r["point"], r["date"], r["fixed"], r["total"], r["left"]) for r in found["floats"]] == [("front", "2026-03-11", "1000.00", "1060.00", "1000.00")]
    assert found["moves_by_type"] == [
        {"type": "sale", "front": "360.00", "total": "360.00"}, {"type": "refund", "front": "20.00", "total": "20.00"},
        {"type": "drop", "front": "50.00", "total": "50.00"},
    ]  # fmt: skip
    assert told(till, "weekly", as_of="03-11 09:59:59")["late_remittances"] == []
    by = {r["point"]: r for r in found["cash_by_point"]}
    assert int(by["front"]["cash.remitted_late"]) == int(by["front"]["cash.remitted_on_time_rate:den"]) == 2  # none was in time


def test_open_overs_and_shorts_have_tables_of_their_own_by_how_long_they_are_open():
    desk = Desk(points=POINTS)
    for at, count, shift, day in (("03-01 20:00", "100x9", "D", "2026-03-01"), ("03-29 20:00", "100x11", "D", "2026-03-29"), ("03-31 20:00", "100x8", "D", "2026-03-31")):
        desk.do("cash", "count", at, by="Li" if "29" not in at else "Wang", point="front", count=count, to="Wang" if "29" not in at else "Li", shift=shift, date=day)
    found = told(desk, "monthly", ("2026-03", "month"), as_of="03-31 23:59:59")
    assert [r for r in found["open_overs_by_age"] if r["point"] == "front"] == [{"point": "front", "2-7": "200.00", "total": "200.00"}]
    assert [r for r in found["open_shorts_by_age"] if r["point"] == "front"] == [{"point": "front", "0-1": "200.00", "31+": "100.00", "total": "300.00"}]


def test_a_shift_without_record_is_missing(till):
    by = {r["point"]: r for r in told(till)["cash_by_point"]}["front"]
    assert int(by["cash.slots"]) == int(by["cash.completeness_rate:num"]) + int(by["cash.missing"])
    assert by["cash.missing"] == "11"  # of 14 shifts of the week 3 are counted


# -- fees -------------------------------------------------------------------------------------------------------------


def test_a_receipt_says_what_it_was_for():
    desk = Desk()
    water = desk.do("fee", "charge", "02-01 08:00", tenant="T1", item="water", amount="30.00", due="2026-02-10", month="2026-02")[0]
    desk.do("fee", "charge", "03-01 08:00", tenant="T1", item="property", amount="100.00", due="2026-03-10", month="2026-03")
    paid = desk.do("fee", "pay", "03-10 08:00", tenant="T1", amount="120.00", method="bank", ref="1")[0]
    kept = desk.do("fee", "pay", "03-10 09:00", tenant="T2", amount="5.00", method="bank", ref="2")[0]
    rows = {r["id"]: r for r in told(desk)["receipts"]}
    assert (rows[paid]["items"], rows[paid]["months"]) == ("water,property", "2026-02、2026-03")
    assert (rows[kept]["items"], rows[kept]["months"]) == (None, None)
    sheet = next(s for s in build(desk, template(), desk.window("2026-W11", "week"), "zh").sheets if s.key == "receipts")
    assert sheet.sections[0].table.rows[0][4] == "水费、物业费"
    desk.do("fee", "reverse", "03-11 08:00", of=paid, reason="bounced", approved_by="Chen")
    assert {r["id"]: r for r in told(desk)["receipts"]}[paid]["items"] == "water,property"  # what it had been for
    assert told(desk)["arrears"][0]["id"] == water


def test_arrears_by_item_and_age_and_by_tenant_come_to_what_is_outstanding():
    desk = Desk()
    for tenant, item, amount, due in (("T1", "water", "30.30", "2026-01-10"), ("T1", "property", "100.00", "2026-03-10"), ("T2", "property", "50.00", "2026-04-10")):
        desk.do("fee", "charge", "01-01 08:00", tenant=tenant, item=item, amount=amount, due=due)
    found = told(desk, "monthly", ("2026-03", "month"))
    assert found["fees_item_by_age"] == [
        {"item": "property", "not_due": "50.00", "1-30": "100.00", "61-90": "0.00", "total": "150.00"},
        {"item": "water", "not_due": "0.00", "1-30": "0.00", "61-90": "30.30", "total": "30.30"},
        {"item": "total", "not_due": "50.00", "1-30": "100.00", "61-90": "30.30", "total": "180.30"},
    ]  # fmt: skip
    assert found["arrears_by_tenant"][0] == {"tenant": "T1", "property": "100.00", "water": "30.30", "total": "130.30"}
    checks = [c for c in found["checks"] if "期末未缴" in c["what"]]
    assert [(c["what"].partition("：")[0], c["expected"], c["found"], c["ok"]) for c in checks][1:] == [("物业费", "150.00", "150.00", True), ("水费", "30.30", "30.30", True)]
    team = as_json(desk, narrowed(template("monthly"), "team"), desk.window("2026-03"), "zh")["tables"]
    assert "arrears_by_tenant" not in team and "fees_item_by_age" in team


# -- what falls due ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk():
    made = Desk(points=POINTS)
    made.take("complaint", "03-10 08:00", content="灯坏了 13800001234", contact="13800001234", name="王芳", unit="A-1", promised="2026-03-11T18:00:00+08:00", target="2026-03-11T20:00:00+08:00")
    made.take("repair", "03-10 08:00", unit="A-2", fault="漏水", reporter="王芳", party="property", due="2026-03-11T09:00:00+08:00")
    for item, due in (("water", "2026-03-12"), ("property", "2026-03-11"), ("gas", "2026-03-20")):
        made.do("fee", "charge", "03-01 08:00", tenant="T1", item=item, amount="10.00", due=due)
    return made


def test_one_list_has_what_is_due_tomorrow_of_every_noun(desk):
    rows = told(desk, "daily", ("2026-03-10", "day"))["coming"]
    assert [(r["kind"], r["what"], r["by"][:16], r["title"]) for r in rows] == [
        ("repair", "due", "2026-03-11T09:00", "漏水"), ("complaint", "reply", "2026-03-11T18:00", "灯坏了 138****1234"),
        ("fee", "due", "2026-03-11T23:59", rows[2]["title"]),
    ]  # fmt: skip
    report = build(desk, template("daily"), desk.window("2026-03-10", "day"), "zh")
    table = next(s for s in report.sheets if s.key == "coming").sections[0].table
    assert table.rows[1][3] == "承诺答复；办结时限" and table.rows[2][3] == "2 项应缴未缴，共 20.00"
    assert [row[2].sheet for row in table.rows if isinstance(row[2], Link)] == ["repairs", "complaints", "arrears"]


def test_an_audience_is_not_told_of_what_it_does_not_see(desk):
    win = desk.window("2026-03-10", "day")
    assert {r["kind"] for r in as_json(desk, narrowed(template("daily"), "team"), win, "zh")["tables"]["coming"]} == {"repair", "complaint"}
    assert {r["kind"] for r in as_json(desk, narrowed(template("daily"), "finance"), win, "zh")["tables"]["coming"]} == {"fee"}
    public = as_json(desk, narrowed(template("daily"), "public"), win, "zh")["tables"]
    assert "coming" not in public and "words" not in public


def test_nothing_due_says_so():
    report = build(Desk(), template("daily"), Desk().window("2026-03-10", "day"), "en")
    sheet = next(s for s in report.sheets if s.key == "coming")
    assert isinstance(sheet, TableSheet) and sheet.sections[0].table.rows == []
    words = next(s for s in report.sheets if s.key == "words").sections[0].table.rows
    assert len(words) == 7 and not any(isinstance(row[0], Flag) for row in words)


# -- what tables can do -----------------------------------------------------------------------------------------------


def test_shares_are_of_the_total_and_run_up_to_it():
    desk = Desk()
    for category, n in (("noise", 3), ("fee", 2), ("food", 1)):
        for _ in range(n):
            desk.take("complaint", "03-10 08:00", content="a", contact="1", category=category)
    rows = told(desk, "monthly", ("2026-03", "month"))["complaints_pareto"]
    keys = ("category", "complaint.received", "complaint.received:share", "complaint.received:cumulative")
    assert [tuple(r[k] for k in keys) for r in rows] == [
        ("noise", "3", "0.500000", "0.500000"), ("fee", "2", "0.333333", "0.833333"), ("food", "1", "0.166667", "1.000000"), ("total", "6", "1.000000", "1.000000"),
    ]  # fmt: skip
    cut = written(NO_NOUNS + "  - show: tables\n    sections:\n      - {noun: complaint, by: category, sort: complaint.received, limit: 1, columns: [complaint.received, 'complaint.received:cumulative']}\n")
    assert told(desk, cut)["complaint_by_category"][0]["complaint.received:cumulative"] == "0.500000"  # of all, not of those shown


def test_a_share_of_nothing_is_none():
    cut = written(NO_NOUNS + "  - show: tables\n    sections:\n      - {noun: complaint, by: severity, rows: all, columns: ['complaint.received:share']}\n")
    assert {r["complaint.received:share"] for r in told(Desk(), cut)["complaint_by_severity"]} == {None}


@pytest.mark.parametrize(
    ("sheet", "word"),
    [
        ("{show: text, lines: ['{complaint.received:share}']}", "share"), ("{show: tables, sections: [{noun: repair, by: party, columns: ['repair.on_time_rate:share']}]}", "count"),
        ("{show: tables, sections: [{noun: repair, by: party, across: trade, sum: fault}]}", "cost"),
        ("{show: tables, sections: [{each: day, last: 3, columns: ['repair.received:share']}]}", "comparison"),
        ("{show: text, lines: [{text: a, when: [repair.nothing]}]}", "repair"), ("{show: text, lines: [{text: a, tone: loud}]}", "alert"),
    ],
)  # fmt: skip
def test_what_has_no_share_and_no_sum_is_refused(sheet, word):
    with pytest.raises(Refused) as caught:
        written(f"{NO_NOUNS}  - {sheet}\n")
    assert word in caught.value.say("en")


def test_a_sentence_with_a_condition_stands_only_where_there_is_something():
    lines = "{show: text, lines: [{text: 'open {repair.open}', when: [repair.overdue, repair.open], tone: alert}, {text: always}, 'plain {repair.open}']}"
    made = written(f"{NO_NOUNS}  - {lines}\n  - {{show: details, noun: repair}}\n")
    desk = Desk()
    assert [r["text"] for r in told(desk, made)["text"]] == ["always", "plain 0"]
    desk.take("repair", "03-10 08:00", place="x", fault="a")
    assert [r["text"] for r in told(desk, made)["text"]] == ["open 1", "always", "plain 1"]
    win = desk.window("2026-W11", "week")
    assert isinstance(win, Window)
    assert build(desk, made, win, "en").sheets[0].sections[0].table.rows[0][0] == Flag("open 1", "alert")
