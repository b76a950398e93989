"""The measures of work plans, each on a small ledger counted by hand. All of them are about March 2024."""

from __future__ import annotations

import pytest
from measures_desk import Desk, task

RATE, WEIGHTED = "plan.completion_rate", "plan.weighted_rate"


def counts(desk, period="2024-03", **cuts):
    return tuple(int(desk.value(f"plan.{name}", period, **cuts)) for name in ("due", "done", "moved", "overdue"))


def test_done_by_the_day_first_set_of_those_that_fell_due():
    desk = Desk()
    desk.then(task(desk, "03-01 08:00", "03-08"), "done", "03-08 23:59:59")
    desk.then(task(desk, "02-20 08:00", "03-08"), "done", "02-25 08:00")  # early, before the month
    desk.then(task(desk, "03-01 08:00", "03-08"), "done", "03-09 00:00:00")  # late by a second
    task(desk, "03-01 08:00", "03-31")
    desk.then(task(desk, "03-01 08:00", "04-05"), "done", "03-30 08:00")  # of April
    desk.then(task(desk, "02-01 08:00", "02-29"), "done", "03-01 08:00")  # of February
    assert desk.parts(RATE) == (2, 4)
    assert desk.value(RATE) == "0.500000"
    assert counts(desk) == (4, 4, 0, 1)
    assert desk.parts(RATE, "2024-02") == (0, 1)
    assert desk.parts(RATE, "2024-04") == (1, 1)
    assert desk.value(RATE, "2024-05") is None


@pytest.mark.parametrize(
    ("day", "month"), [("02-29", "2024-02"), ("03-01", "2024-03"), ("03-31", "2024-03"), ("04-01", "2024-04")]
)
def test_the_first_and_the_last_day_belong_to_the_month(day, month):
    desk = Desk()
    task(desk, "01-05 08:00", day)
    assert [desk.parts(RATE, m)[1] for m in ("2024-02", "2024-03", "2024-04")] == [int(m == month) for m in ("2024-02", "2024-03", "2024-04")]


def test_a_move_does_not_help_the_rate_and_is_counted_when_it_was_made():
    desk = Desk()
    twice = task(desk, "03-01 08:00", "03-08")
    desk.then(twice, "move", "03-07 08:00", due="2024-03-15", reason="parts")
    desk.then(twice, "move", "03-14 08:00", due="2024-04-12", reason="parts again")
    desk.then(twice, "done", "04-10 08:00")
    away = task(desk, "03-01 08:00", "03-29")
    desk.then(away, "move", "04-02 08:00", due="2024-04-30", reason="rain")
    assert desk.parts(RATE) == (0, 2)
    assert counts(desk) == (2, 0, 2, 1)  # the second was moved only in April, and was overdue till then
    assert counts(desk, as_of="04-30 12:00") == (2, 0, 2, 0)
    assert desk.parts(RATE, "2024-04") == (0, 0)
    assert counts(desk, "2024-04") == (0, 1, 1, 1)


def test_as_of_a_day_of_the_month_only_what_fell_due_by_then():
    desk = Desk()
    done = task(desk, "03-01 08:00", "03-08")
    desk.then(done, "done", "03-20 08:00")
    early = task(desk, "03-01 08:00", "03-29")
    desk.then(early, "done", "03-05 08:00")
    task(desk, "03-12 08:00", "03-22")
    assert desk.parts(RATE, as_of="03-08 23:59:58") == (0, 0)
    assert desk.parts(RATE, as_of="03-08 23:59:59") == (0, 1)
    assert counts(desk, as_of="03-08 23:59:59") == (2, 1, 0, 1)  # the third was not planned yet
    assert desk.parts(RATE, as_of="03-25 08:00") == (0, 2)
    assert desk.parts(RATE) == (1, 3)
    assert desk.parts(RATE, as_of="04-30 08:00") == (1, 3)  # what is done later changes nothing


def test_what_was_dropped_in_time_is_left_out_and_afterwards_was_missed():
    desk = Desk()
    dropped = task(desk, "03-01 08:00", "03-08")
    desk.then(dropped, "cancel", "03-08 23:59:59", reason="the event is off")
    late = task(desk, "03-01 08:00", "03-08")
    desk.then(late, "cancel", "03-09 00:00:00", reason="no time")
    moved = task(desk, "03-01 08:00", "03-08")
    desk.then(moved, "move", "03-07 08:00", due="2024-03-20", reason="parts")
    desk.then(moved, "cancel", "03-15 08:00", reason="not needed")
    other = task(desk, "02-01 08:00", "02-20")
    desk.then(other, "cancel", "03-02 08:00", reason="x")
    assert desk.parts(RATE) == (0, 2)
    assert desk.why(RATE) == desk.why("plan.due") == desk.why(WEIGHTED) == {dropped: "cancelled before it was due"}
    assert counts(desk) == (2, 0, 1, 0)
    assert counts(desk, as_of="03-08 12:00") == (3, 0, 1, 0)  # the same for everybody who asked before it was dropped
    assert desk.parts(RATE, as_of="03-08 23:59:58") == (0, 0)


def test_weights_and_splits():
    desk = Desk()
    desk.then(task(desk, "03-01 08:00", "03-08", weight="3"), "done", "03-08 08:00")
    task(desk, "03-01 08:00", "03-08", weight="2", owner="Xu", kind="project")
    desk.then(task(desk, "03-01 08:00", "03-08", owner="Xu"), "done", "03-08 08:00")
    assert desk.parts(RATE) == (2, 3)
    assert desk.parts(WEIGHTED) == (4, 6)
    figures = desk.figures()
    assert {i: (f.num, f.den) for i, f in figures.items() if i.startswith((f"{RATE}{{owner", f"{WEIGHTED}{{owner"))} == {
        f"{RATE}{{owner=Ma}}": (1, 1), f"{RATE}{{owner=Xu}}": (1, 2), f"{WEIGHTED}{{owner=Ma}}": (3, 3), f"{WEIGHTED}{{owner=Xu}}": (1, 3),
    }  # fmt: skip
    assert desk.parts(f"{RATE}{{type=project}}") == (0, 1)
    assert desk.parts(f"{RATE}{{type=year}}") == (0, 0)
    assert desk.value("plan.overdue{owner=Xu}") == "1"


def test_a_correction_moves_the_whole_record():
    desk = Desk()
    one = task(desk, "03-01 08:00", "03-08")
    done = desk.then(one, "done", "03-08 08:00")
    desk.then(one, "void", "03-20 08:00", of=done, recorded="03-20 08:00", reason="not done", approved_by="Chen")
    other = task(desk, "03-01 08:00", "03-08")
    desk.then(other, "amend", "03-21 08:00", recorded="03-21 08:00", due="2024-04-08", reason="typed wrong")
    assert desk.parts(RATE) == (0, 1)
    assert desk.parts(RATE, known_at="03-19 08:00") == (1, 2)
    assert desk.parts(RATE, known_at="03-20 12:00") == (0, 2)
    assert counts(desk) == (1, 0, 0, 1)


@pytest.mark.parametrize(("cutoff", "zone"), [("00:00", "Asia/Shanghai"), ("06:00", "Asia/Shanghai"), ("00:00", "America/Los_Angeles")])
def test_a_day_ends_at_midnight_where_the_site_is(cutoff, zone):
    desk = Desk(day_cutoff=cutoff, timezone=zone)
    one = task(desk, "03-01 08:00", "03-08")
    desk.then(one, "done", "03-09 00:00:00")  # in Shanghai
    assert desk.parts(RATE) == (int(zone != "Asia/Shanghai"), 1)
