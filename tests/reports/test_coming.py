"""What falls due in the period that follows: the group `coming`, for every noun with limits."""

from __future__ import annotations

import pytest
from report_desk import POINTS, Desk, template

from svcctl.reports import groups
from svcctl.reports.numbers import Numbers


def coming(desk, noun, period, kind="day", **cuts):
    win = desk.window(period, kind, **cuts)
    numbers = Numbers(desk, template({"day": "daily", "week": "weekly", "month": "monthly"}[kind]), win, (noun,))
    return {c.id: [d.code for d in groups.upcoming(c, win)] for c in numbers.members(noun, "coming")}


def test_of_complaints_every_limit_counts_also_where_an_earlier_one_has_passed():
    desk = Desk()
    late = desk.take("complaint", "03-09 08:00", content="a", contact="1", promised="2026-03-09T18:00:00+08:00", target="2026-03-11T18:00:00+08:00")
    both = desk.take("complaint", "03-10 08:00", content="b", contact="1", promised="2026-03-11T00:00:00+08:00", target="2026-03-11T23:59:59+08:00")
    desk.take("complaint", "03-10 08:00", content="c", contact="1", promised="2026-03-10T23:59:59+08:00", target="2026-03-12T00:00:00+08:00")
    called = desk.take("complaint", "03-07 08:00", content="d", contact="1")
    desk.then(called, "resolve", "03-08 10:00", cause="x", action="y")
    assert coming(desk, "complaint", "2026-03-10") == {called: ["callback"], late: ["target"], both: ["reply", "target"]}
    assert coming(desk, "complaint", "2026-03-10", as_of="03-09 09:00") == {called: ["callback"], late: ["target"]}
    assert set(coming(desk, "complaint", "2026-W11", "week")) == set()


def test_of_repairs_and_found_items_it_is_the_next_day_week_or_month():
    desk = Desk()
    repair = desk.take("repair", "03-12 08:00", place="x", fault="y", party="property", due="2026-03-16T00:00:00+08:00")
    item = desk.take("lost", "03-01 08:00", item="umbrella", place="hall", found_by="Li", category="other", storage="A1", hold_until="2026-04-01T08:00:00+08:00")
    for period, kind, there in (("2026-03-15", "day", True), ("2026-03-14", "day", False), ("2026-W11", "week", True), ("2026-03", "month", False)):
        assert (repair in coming(desk, "repair", period, kind)) is there
    assert set(coming(desk, "lost", "2026-03", "month")) == {item}


@pytest.mark.parametrize(("due", "day", "week"), [("2026-03-08", False, False), ("2026-03-09", True, True), ("2026-03-13", True, True), ("2026-03-14", False, True), ("2026-03-16", False, False)])
def test_a_charge_is_announced_five_days_before(due, day, week):
    desk = Desk()
    charge = desk.take("fee", "03-01 08:00", event="charge", tenant="T1", item="water", amount="10.00", due=due)
    assert (charge in coming(desk, "fee", "2026-03-08")) is day
    assert (charge in coming(desk, "fee", "2026-W10", "week")) is week
    desk.do("fee", "pay", "03-08 12:00", tenant="T1", amount="10.00", method="bank", ref="1")
    assert coming(desk, "fee", "2026-03-08") == {}


def test_of_a_till_it_is_variances_to_be_settled_and_takings_to_be_handed_in():
    desk = Desk(points=POINTS)
    first, short = desk.do("cash", "count", "03-09 20:05", by="Li", point="front", count="100x9", to="Wang")
    desk.do("cash", "move", "03-10 12:00", by="Wang", point="front", type="sale", amount="300.00")
    taken = desk.do("cash", "count", "03-10 20:05", by="Wang", point="front", count="100x12", to="Li", left="1000.00", shift="D", date="2026-03-10")[0]
    assert coming(desk, "cash", "2026-03-09") == {short: ["settle"]}
    assert coming(desk, "cash", "2026-03-10") == {taken: ["remit"]}
    desk.do("cash", "remit", "03-10 21:00", by="Li", point="front", shifts=["D@2026-03-10"], count="100x2", witness="Chen")
    assert coming(desk, "cash", "2026-03-10") == {}
    assert first


def test_the_period_that_follows_begins_where_one_ends():
    desk = Desk(month_start_day="26", week_start="sun", day_cutoff="06:00")
    for text, kind in (("2026-03-10", "day"), ("2026-W11", "week"), ("2026-12", "month"), ("2026-03-01..2026-03-10", "month")):
        period = desk.window(text, kind).period
        after = period.following()
        assert (after.start, after.previous()) == (period.end, period)
