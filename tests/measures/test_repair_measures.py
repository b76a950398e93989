"""The measures of repairs, a story for every reading that was decided."""

from __future__ import annotations

import pytest
from measures_desk import Desk, repair

ON_TIME, NAIVE, DONE = "repair.on_time_rate", "repair.on_time_rate_of_finished", "repair.completion_rate"
REWORK, MINUTES, BACKLOG = "repair.rework_rate", "repair.minutes", "repair.backlog"


def finish(desk, record, at, result="fixed"):
    return desk.then(record, "finish", at, result=result)


def test_golden_g9_repairs():
    """20 property targets in March: 15 on time, 3 late, 2 still open: 75.00 %, the naive rate 15/18."""
    desk = Desk()
    for n in range(20):
        record = repair(desk, "03-04 08:00", due="03-05 08:00")
        if n < 15:
            finish(desk, record, "03-04 20:00")
        elif n < 18:
            finish(desk, record, "03-05 08:01")
    finish(desk, repair(desk, "03-04 08:00", due="03-05 08:00", party="equipment"), "03-06 08:00")
    mine = "{party=property}"
    assert desk.parts(ON_TIME + mine) == (15, 20)
    assert desk.value(ON_TIME + mine) == "0.750000"
    assert desk.parts(NAIVE + mine) == (15, 18)
    assert desk.value(NAIVE + mine) == "0.833333"
    assert desk.parts(ON_TIME) == (15, 21)  # an id without a split covers all parties


def test_finished_in_the_very_second_of_the_deadline_is_on_time():
    desk = Desk()
    finish(desk, repair(desk, "03-04 08:00", due="03-05 08:00"), "03-05 08:00")
    repair(desk, "03-04 08:00", due="03-05 08:00")
    assert desk.parts(ON_TIME) == (1, 2)
    assert desk.parts(ON_TIME, as_of="03-05 08:00") == (1, 2)
    assert desk.parts(ON_TIME, as_of="03-05 07:59") == (0, 0)


def test_a_repair_counts_where_it_was_due():
    desk = Desk()
    finish(desk, repair(desk, "02-28 08:00", due="03-01 00:00"), "02-28 10:00")
    finish(desk, repair(desk, "03-31 08:00", due="04-01 00:00"), "03-31 10:00")
    assert desk.parts(ON_TIME) == (1, 1)
    assert desk.parts(NAIVE) == (1, 1)
    assert desk.parts(ON_TIME, "2024-04") == (1, 1)


def test_pauses_extend_the_deadline_a_running_one_too():
    desk = Desk()
    record = repair(desk, "03-04 08:00", due="03-05 08:00")
    desk.then(record, "dispatch", "03-04 09:00", to="Zhou")
    desk.then(record, "pause", "03-04 10:00", reason="parts", until="03-06 08:00")
    assert desk.parts(ON_TIME, as_of="03-05 12:00") == (0, 0)  # still waiting: not due yet
    desk.then(record, "resume", "03-06 10:00")  # 48 hours
    assert desk.parts(ON_TIME, as_of="03-07 07:59") == (0, 0)
    assert desk.parts(ON_TIME, as_of="03-07 08:00") == (0, 1)
    finish(desk, record, "03-07 07:30")
    assert desk.parts(ON_TIME) == (1, 1)
    assert desk.value(MINUTES) == "1410.0"  # 71.5 hours less 48


def test_a_pause_may_carry_the_deadline_into_the_next_month():
    desk = Desk()
    record = repair(desk, "03-30 08:00", due="03-31 08:00")
    desk.then(record, "dispatch", "03-30 09:00", to="Zhou")
    desk.then(record, "pause", "03-30 10:00", reason="weather", until="04-02 08:00")
    desk.then(record, "resume", "04-02 10:00")
    assert desk.parts(ON_TIME) == (0, 0)
    assert desk.parts(ON_TIME, "2024-04") == (0, 1)


def test_reopened_within_seven_days_and_by_the_as_of_fails_but_not_for_the_naive_rate():
    desk = Desk()
    for back in ("03-11 10:00", "03-11 10:01"):
        record = repair(desk, "03-04 08:00", due="03-05 08:00")
        finish(desk, record, "03-04 10:00")
        desk.then(record, "reopen", back, reason="out again")
    assert desk.parts(ON_TIME) == (1, 2)
    assert desk.parts(NAIVE) == (2, 2)
    assert desk.parts(ON_TIME, as_of="03-11 09:59") == (2, 2)


def test_it_fails_however_often_it_came_back_later():
    desk = Desk()
    record = repair(desk, "03-04 08:00", due="03-05 08:00")
    for day in ("04", "06"):
        finish(desk, record, f"03-{day} 10:00")
        desk.then(record, "reopen", "03-05 10:00" if day == "04" else "03-29 10:00", reason="out again")
    assert desk.parts(ON_TIME) == (0, 1)


def test_a_bad_call_back_reopens_it_as_well():
    desk = Desk()
    record = repair(desk, "03-04 08:00", due="03-05 08:00")
    finish(desk, record, "03-04 10:00")
    desk.then(record, "callback", "03-05 10:00", by="Chen", result="reached", score="1", solved="no", reason="dark")
    finish(desk, record, "03-05 12:00")
    assert desk.parts(ON_TIME) == (0, 1)
    assert desk.parts(REWORK) == (1, 1)
    assert desk.value("repair.finished") == "1"  # the second finish counts no more


@pytest.mark.parametrize(
    ("result", "on_time", "minutes"),
    [
        ("no_fault", (0, 0), None),
        ("not_ours", (0, 0), None),
        ("declined", (1, 1), None),
        ("temporary", (1, 1), "120.0"),
    ],
)
def test_what_was_no_repair_is_left_out(result, on_time, minutes):
    desk = Desk()
    finish(desk, repair(desk, "03-04 08:00", due="03-05 08:00"), "03-04 10:00", result)
    assert desk.parts(ON_TIME) == on_time
    assert desk.value(MINUTES) == minutes
    assert desk.parts(NAIVE) == (1, 1)
    assert desk.parts(REWORK) == (0, 1)
    assert desk.value("repair.finished") == "1"


def test_the_result_is_that_of_the_first_finish():
    desk = Desk()
    record = repair(desk, "03-04 08:00", due="03-05 08:00")
    finish(desk, record, "03-04 10:00")
    desk.then(record, "reopen", "03-20 10:00", reason="again")
    finish(desk, record, "03-21 10:00", "no_fault")
    assert desk.parts(ON_TIME) == (1, 1)
    assert desk.value(MINUTES) == "120.0"


def test_a_cancelled_repair_is_in_no_rate_but_was_received():
    desk = Desk()
    record = repair(desk, "03-04 08:00", due="03-05 08:00")
    desk.then(record, "cancel", "03-06 08:00", reason="a duplicate")
    assert desk.parts(ON_TIME) == (0, 0)
    assert desk.parts(DONE) == (0, 0)
    assert desk.why(ON_TIME) == {record: "cancelled"} == desk.why(DONE)
    assert desk.value("repair.received") == "1"
    assert desk.parts(ON_TIME, as_of="03-05 12:00") == (0, 1)


def test_a_repair_without_a_due_time_cannot_be_late():
    desk = Desk()
    record = desk.take("rp", "03-04 08:00", place="gate", fault="dark", party="property")
    finish(desk, record, "03-04 10:00")
    assert desk.parts(ON_TIME) == (0, 0) == desk.parts(NAIVE)
    assert desk.why(ON_TIME) == {record: "it has no due time"} == desk.why(NAIVE)


def test_completion_is_first_finishes_over_what_was_there_and_came_less_what_was_cancelled():
    desk = Desk()
    repair(desk, "02-10 08:00")  # open all the time
    finish(desk, repair(desk, "02-10 08:00"), "02-12 08:00")  # finished before
    finish(desk, repair(desk, "02-10 08:00"), "03-12 08:00")
    finish(desk, repair(desk, "03-10 08:00"), "03-31 23:59")
    finish(desk, repair(desk, "03-10 08:00"), "04-01 00:00")
    again = repair(desk, "02-10 08:00")
    finish(desk, again, "02-12 08:00")
    desk.then(again, "reopen", "02-20 08:00", reason="again")  # open at the start
    finish(desk, again, "03-05 08:00")  # not its first finish
    desk.then(repair(desk, "02-10 08:00"), "cancel", "03-05 08:00", reason="a duplicate")
    desk.then(repair(desk, "02-10 08:00"), "cancel", "02-15 08:00", reason="a duplicate")
    desk.then(repair(desk, "03-10 08:00"), "cancel", "04-05 08:00", reason="a duplicate")
    assert desk.parts(DONE) == (2, 6)
    assert desk.parts(DONE, as_of="04-06 08:00") == (2, 6)  # it was cancelled, but not in the period


def test_rework_is_reopened_within_thirty_days_of_the_first_finish():
    desk = Desk()
    for back in ("04-03 10:00", "04-03 10:01"):
        record = repair(desk, "03-04 08:00")
        finish(desk, record, "03-04 10:00")
        desk.then(record, "reopen", back, reason="again")
    assert desk.parts(REWORK) == (0, 2)  # by the end of March nothing had come back
    assert desk.parts(REWORK, as_of="04-30 00:00") == (1, 2)
    assert desk.parts(REWORK, "2024-04") == (0, 0)


def test_minutes_are_the_mean_to_the_first_finish():
    desk = Desk()
    for done in ("03-04 08:10:00", "03-04 08:20:00", "03-04 08:20:15"):
        record = repair(desk, "03-04 08:00")
        finish(desk, record, done)
    desk.then(record, "reopen", "03-05 08:00", reason="again")
    finish(desk, record, "03-06 08:00")
    assert desk.value(MINUTES) == "16.8"  # 50.25 / 3 = 16.75, half up
    assert desk.value(MINUTES, "2024-02") is None


def test_the_backlog_is_open_at_the_as_of_whenever_it_came():
    desk = Desk()
    repair(desk, "2023-05-01 08:00")
    repair(desk, "03-04 08:00", party="pending", trade="lift")
    finish(desk, repair(desk, "03-04 08:00"), "04-01 00:00")
    finish(desk, repair(desk, "03-04 08:00"), "03-31 23:59")
    repair(desk, "04-02 08:00")
    assert desk.value(BACKLOG) == "3"
    assert desk.value(BACKLOG + "{party=pending}") == "1"
    assert desk.value(BACKLOG + "{trade=lift}") == "1"
    assert desk.value(BACKLOG, as_of="04-30 00:00") == "3"


def test_splits_are_by_what_was_true_at_the_as_of():
    desk = Desk()
    record = repair(desk, "03-04 08:00", party="pending", urgency="emergency")
    desk.then(record, "dispatch", "03-04 09:00", to="Zhou")
    desk.then(record, "triage", "03-05 09:00", party="equipment", reason="the contract says so")
    desk.then(record, "dispatch", "03-06 09:00", to="Lift Ltd", reason="theirs")
    early, late = desk.figures(as_of="03-04 12:00"), desk.figures()
    assert "repair.received{to=Zhou}" in early and "repair.received{to=Zhou}" not in late
    assert late["repair.received{to=Lift Ltd}"].value == 1
    assert late["repair.received{party=equipment}"].value == 1
    assert early["repair.received{party=pending}"].value == 1
    assert late["repair.received{party=pending}"].value == 0


def test_declared_choices_are_all_listed_open_fields_by_the_values_that_occur():
    desk = Desk()
    for to in ("Zhou", "an Ltd"):
        record = repair(desk, "03-04 08:00", trade="lift")
        desk.then(record, "dispatch", "03-04 09:00", to=to)
    repair(desk, "03-04 08:00")  # nobody was sent: in the total, in no row
    found = [i for i in desk.figures() if i.startswith("repair.received")]
    parties = [f"{{party={p}}}" for p in ("pending", "tenant_self", "developer", "equipment", "property")]
    assert found[:6] == ["repair.received", *("repair.received" + p for p in parties)]
    assert next(i for i in found if "{trade=" in i) == "repair.received{trade=power}"
    assert len([i for i in found if "{trade=" in i]) == 14
    assert [i for i in found if "{to=" in i] == ["repair.received{to=Zhou}", "repair.received{to=an Ltd}"]
    assert desk.value("repair.received") == "3"
