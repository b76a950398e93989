"""The measures of complaints, a story for every reading that was decided."""

from __future__ import annotations

from measures_desk import Desk, closed, complaint, happy, resolve, unhappy

PROMISE, ON_TIME, DONE = "complaint.promise_kept_rate", "complaint.on_time_rate", "complaint.completion_rate"
CALLED, PLEASED, AGAIN = "complaint.callback_rate", "complaint.satisfaction_rate", "complaint.reopen_rate"
OVERDUE, REPLY = "complaint.overdue", "complaint.first_reply_minutes"


def test_received_counts_a_merged_matter_once_and_a_withdrawn_one_too():
    desk = Desk()
    first = complaint(desk, "03-01 00:00", category="noise")
    twin = complaint(desk, "03-05 10:00", category="noise")
    gone = complaint(desk, "03-31 23:59", category="parking", severity="major")
    complaint(desk, "02-29 23:59")
    complaint(desk, "04-01 00:00")
    desk.then(gone, "withdraw", "03-31 23:59", reason="a mistake")
    assert desk.value("complaint.received") == "3"
    desk.then(twin, "merge", "03-06 09:00", into=first)
    assert desk.value("complaint.received") == "2"
    assert desk.why("complaint.received") == {twin: "merged into another complaint"}
    assert desk.value("complaint.received{category=noise}") == "1"
    assert desk.value("complaint.received{category=parking}") == "1"
    assert desk.value("complaint.received{severity=serious}") == "0"
    assert desk.value("complaint.received", as_of="03-05 12:00") == "2"  # before it was merged


def test_golden_g8_promises():
    """10 promises in March: 7 kept, 1 late, 1 unanswered, 1 withdrawn before it: 7/9."""
    desk = Desk()
    for day in range(10, 20):
        record = complaint(desk, f"03-{day} 08:00", promised=f"03-{day} 18:00")
        if day < 17:
            desk.then(record, "reply", f"03-{day} {9 + day - 10:02d}:00", text="done")
        elif day == 17:
            desk.then(record, "reply", "03-17 18:01", text="late")
        elif day == 18:
            desk.then(record, "withdraw", "03-18 12:00", reason="a mistake")
    assert desk.parts(PROMISE) == (7, 9)
    assert desk.value(PROMISE) == "0.777778"
    assert desk.why(PROMISE) == {record_of(desk, 8): "withdrawn before the promise ran out"}


def record_of(desk, number):
    return list(desk.records)[number]


def test_a_promise_counts_where_it_fell_due_not_where_the_complaint_came():
    desk = Desk()
    record = complaint(desk, "02-28 08:00", promised="03-01 00:00")
    complaint(desk, "03-31 08:00", promised="04-01 00:00")
    desk.then(record, "reply", "03-01 00:00", text="in the very second")
    assert desk.parts(PROMISE) == (1, 1)
    assert desk.parts(PROMISE, "2024-02") == (0, 0)
    assert desk.value(PROMISE, "2024-02") is None


def test_the_first_promise_is_the_one_that_counts():
    desk = Desk()
    record = complaint(desk, "03-10 08:00", promised="03-10 18:00")
    desk.then(record, "repromise", "03-10 17:00", promised="03-12 18:00", reason="waiting for a quote")
    desk.then(record, "reply", "03-12 17:00", text="here it is")
    assert desk.parts(PROMISE) == (0, 1)


def test_an_interim_reply_keeps_no_promise_and_an_untold_resolution_is_no_reply():
    desk = Desk()
    for kind in ("interim", "untold", "told"):
        record = complaint(desk, "03-10 08:00", promised="03-10 18:00")
        if kind == "interim":
            desk.then(record, "reply", "03-10 09:00", text="we are looking", interim="true")
        else:
            resolve(desk, record, "03-10 09:00", untold="true" if kind == "untold" else "")
    assert desk.parts(PROMISE) == (1, 3)


def test_withdrawn_after_the_promise_ran_out_is_a_broken_promise():
    desk = Desk()
    for minute in ("17:59", "18:00", "18:01"):
        record = complaint(desk, "03-10 08:00", promised="03-10 18:00")
        desk.then(record, "withdraw", f"03-10 {minute}", reason="gave up")
    assert desk.parts(PROMISE) == (0, 1)  # limits are inclusive: at 18:00 it had not run out


def test_a_merged_complaint_keeps_its_own_promise():
    desk = Desk()
    other = complaint(desk, "03-01 08:00")
    kept, broken = (complaint(desk, "03-10 08:00", promised="03-10 18:00") for _ in range(2))
    desk.then(kept, "reply", "03-10 09:00", text="yes")
    for record in (kept, broken):
        desk.then(record, "merge", "03-10 10:00", into=other)
    assert desk.parts(PROMISE) == (1, 2)


def test_imported_without_promise_or_target_is_left_out():
    desk = Desk()
    record = desk.take("cp", "03-10 08:00", content="noise", contact="1")
    resolve(desk, record, "03-10 09:00")
    assert desk.parts(PROMISE) == (0, 0)
    assert desk.why(PROMISE) == {record: "no reply was promised"}
    assert desk.why(ON_TIME) == {record: "it has no target"}


def test_a_promise_that_runs_out_after_the_as_of_is_not_due_yet():
    desk = Desk()
    complaint(desk, "03-10 08:00", promised="03-10 18:00")
    assert desk.parts(PROMISE, as_of="03-10 17:59") == (0, 0)
    assert desk.parts(PROMISE, as_of="03-10 18:00") == (0, 1)


def test_on_time_is_by_the_target_and_unresolved_is_failed():
    desk = Desk()
    for when in ("03-11 17:00", "03-12 08:00", "03-12 08:01", None):
        record = complaint(desk, "03-09 08:00", target="03-12 08:00")
        if when:
            resolve(desk, record, when)
    assert desk.parts(ON_TIME) == (2, 4)  # resolved in the very second of the target is on time


def test_reopened_within_seven_days_and_by_the_as_of_was_not_resolved():
    desk = Desk()
    for back in ("03-18 10:00", "03-18 10:01"):
        record = complaint(desk, "03-10 08:00", target="03-12 08:00")
        resolve(desk, record, "03-11 10:00")
        desk.then(record, "reopen", back, reason="again")
    assert desk.parts(ON_TIME) == (1, 2)
    assert desk.parts(ON_TIME, as_of="03-18 09:59") == (2, 2)


def test_the_first_resolution_counts_however_often_it_was_resolved():
    desk = Desk()
    record = complaint(desk, "03-01 08:00", target="03-12 08:00")
    resolve(desk, record, "03-02 10:00")
    desk.then(record, "reopen", "03-11 10:00", reason="nine days later")
    resolve(desk, record, "03-20 10:00")
    assert desk.parts(ON_TIME) == (1, 1)


def test_withdrawn_or_merged_before_being_resolved_is_out_of_the_on_time_rate():
    desk = Desk()
    other = complaint(desk, "03-01 08:00")
    early, merged, after = (complaint(desk, "03-10 08:00", target="03-12 08:00") for _ in range(3))
    desk.then(early, "withdraw", "03-13 08:00", reason="a mistake")
    desk.then(merged, "merge", "03-11 08:00", into=other)
    resolve(desk, after, "03-11 08:00")
    desk.then(after, "withdraw", "03-13 08:00", reason="no longer matters")
    assert desk.parts(ON_TIME) == (1, 1)
    assert desk.why(ON_TIME) == {early: "withdrawn", merged: "merged into another complaint"}


def test_completion_is_closed_over_what_was_there_and_what_came():
    desk = Desk()
    complaint(desk, "02-10 08:00")  # open all the time
    closed(desk, "02-10 08:00", "02-11 08:00", "02-12 08:00")  # closed before: not there
    closed(desk, "02-20 08:00", "03-02 08:00", "03-03 08:00")
    closed(desk, "03-20 08:00", "03-21 08:00", "03-31 23:59")
    closed(desk, "03-20 08:00", "03-21 08:00", "04-01 00:00")
    resolve(desk, complaint(desk, "03-22 08:00"), "03-23 08:00")  # resolved is not closed
    assert desk.parts(DONE) == (2, 5)


def test_withdrawn_and_merged_are_in_neither_part_of_completion():
    desk = Desk()
    keeper = complaint(desk, "02-10 08:00")
    gone, merged = complaint(desk, "02-10 08:00"), complaint(desk, "03-10 08:00")
    desk.then(gone, "withdraw", "03-02 08:00", reason="a mistake")
    desk.then(merged, "merge", "03-11 08:00", into=keeper)
    long_gone = complaint(desk, "02-10 08:00")
    desk.then(long_gone, "withdraw", "02-11 08:00", reason="a mistake")  # of no concern to March
    assert desk.parts(DONE) == (0, 1)
    assert desk.why(DONE) == {gone: "withdrawn", merged: "merged into another complaint"}
    assert desk.parts(DONE, as_of="03-10 12:00") == (0, 2)


def test_closed_before_reopened_and_closed_again_counts_in_both_parts():
    desk = Desk()
    twice = closed(desk, "02-10 08:00", "02-11 08:00", "02-12 08:00")
    still_open = closed(desk, "02-10 08:00", "02-11 08:00", "02-12 08:00")
    for record in (twice, still_open):
        desk.then(record, "reopen", "03-05 08:00", reason="again")
    resolve(desk, twice, "03-06 08:00")
    assert desk.parts(DONE) == (0, 0)
    happy(desk, twice, "03-07 08:00")
    assert desk.parts(DONE) == (1, 1)
    assert desk.parts(DONE, as_of="03-06 12:00") == (0, 0)


def test_a_call_back_is_due_three_days_after_the_last_resolution():
    desk = Desk()
    for call in ("03-13 10:00", "03-13 10:01", None):
        record = complaint(desk, "03-09 08:00")
        resolve(desk, record, "03-10 10:00")
        if call:
            desk.then(record, "callback", call, by="Chen", result="refused")
    unanswered = complaint(desk, "03-09 08:00")
    resolve(desk, unanswered, "03-10 10:00")
    desk.then(unanswered, "callback", "03-11 10:00", by="Chen", result="no_answer")
    assert desk.parts(CALLED) == (1, 4)
    assert desk.parts(CALLED, as_of="03-13 09:59") == (0, 0)


def test_only_the_last_resolution_makes_a_call_back_due():
    desk = Desk()
    record = complaint(desk, "03-09 08:00")
    resolve(desk, record, "03-10 10:00")
    unhappy(desk, record, "03-11 10:00")
    resolve(desk, record, "03-30 10:00")
    assert desk.parts(CALLED) == (0, 0)  # it fell due in April
    happy(desk, record, "04-01 09:00")
    assert desk.parts(CALLED, "2024-04") == (1, 1)
    assert desk.parts(CALLED, as_of="03-29 10:00") == (1, 1)  # as it looked then


def test_a_call_back_after_an_earlier_resolution_is_none_after_the_last():
    desk = Desk()
    record = complaint(desk, "03-09 08:00")
    resolve(desk, record, "03-10 10:00")
    unhappy(desk, record, "03-11 10:00")
    resolve(desk, record, "03-12 10:00")
    assert desk.parts(CALLED) == (0, 1)


def test_the_time_for_a_call_back_is_policy():
    desk = Desk(policy={"complaint": {"callback_within": "1d"}})
    record = complaint(desk, "03-09 08:00")
    resolve(desk, record, "03-10 10:00")
    happy(desk, record, "03-12 10:00")
    assert desk.parts(CALLED) == (0, 1)


def test_nobody_can_call_back_an_anonymous_complainant_or_need_one_who_withdrew():
    desk = Desk()
    anonymous = complaint(desk, "03-09 08:00", contact="", anonymous="true")
    gone = complaint(desk, "03-09 08:00")
    for record in (anonymous, gone):
        resolve(desk, record, "03-10 10:00")
    desk.then(gone, "withdraw", "03-11 10:00", reason="never mind")
    assert desk.parts(CALLED) == (0, 0)
    assert desk.why(CALLED) == {anonymous: "anonymous, nobody to call back", gone: "withdrawn"}


def test_the_last_score_of_each_complaint_says_whether_it_was_satisfied():
    desk = Desk()
    grown_happy = complaint(desk, "03-01 08:00")
    resolve(desk, grown_happy, "03-02 10:00")
    unhappy(desk, grown_happy, "03-03 10:00")
    resolve(desk, grown_happy, "03-04 10:00")
    happy(desk, grown_happy, "03-05 10:00", score="4")
    so_so = complaint(desk, "03-01 08:00")
    resolve(desk, so_so, "03-02 10:00")
    happy(desk, so_so, "03-03 10:00", score="3")
    silent = complaint(desk, "03-01 08:00")
    resolve(desk, silent, "03-02 10:00")
    desk.then(silent, "callback", "03-03 10:00", by="Chen", result="refused")
    assert desk.parts(PLEASED) == (1, 2)
    assert desk.parts(PLEASED, as_of="03-04 00:00") == (0, 2)
    desk.then(grown_happy, "reopen", "03-06 10:00", reason="again")
    resolve(desk, grown_happy, "03-07 10:00")
    unhappy(desk, grown_happy, "03-08 10:00")
    assert desk.parts(PLEASED) == (0, 2)


def test_reopened_over_resolved_each_complaint_once():
    desk = Desk()
    often = complaint(desk, "03-01 08:00")
    for day in ("02", "04", "06"):
        resolve(desk, often, f"03-{day} 10:00")
        unhappy(desk, often, f"03-{day} 20:00")
    resolve(desk, complaint(desk, "03-01 08:00"), "03-02 10:00")
    earlier = closed(desk, "02-01 08:00", "02-02 08:00", "02-03 08:00")
    assert desk.parts(AGAIN) == (1, 2)
    desk.then(earlier, "reopen", "03-09 08:00", reason="again")
    assert desk.parts(AGAIN) == (2, 2)  # reopened in the period, though resolved before it
    assert desk.value(AGAIN) == "1.000000"


def test_first_reply_is_the_median_and_merged_ones_are_in_it():
    desk = Desk()
    other = complaint(desk, "02-01 08:00")
    for wait in ("08:10:00", "08:20:10", "08:45:00"):
        record = complaint(desk, "03-10 08:00")
        desk.then(record, "reply", f"03-10 {wait}", text="yes")
    silent = complaint(desk, "03-10 08:00")
    assert desk.value(REPLY) == "20.2"  # 20 minutes and 10 seconds
    desk.then(record, "merge", "03-11 08:00", into=other)
    assert desk.value(REPLY) == "20.2"
    assert desk.why(REPLY) == {silent: "not answered yet"}
    desk.then(silent, "reply", "04-02 08:00", text="sorry")
    assert desk.value(REPLY) == "20.2"  # not by the as-of
    fourth = complaint(desk, "03-10 08:00")
    desk.then(fourth, "reply", "03-10 08:20", text="yes")
    assert desk.value(REPLY) == "20.1"  # 20:05, the mean of the two in the middle
    assert desk.value(REPLY, "2024-01") is None


def test_overdue_is_what_the_list_of_overdue_ones_shows():
    desk = Desk()
    silent = complaint(desk, "02-01 08:00", promised="02-02 08:00")
    late = complaint(desk, "03-01 08:00", promised="03-02 08:00", target="03-04 08:00", category="noise")
    desk.then(late, "reply", "03-01 09:00", text="yes")
    moved = complaint(desk, "03-01 08:00", promised="03-02 08:00")
    desk.then(moved, "repromise", "03-01 09:00", promised="04-02 08:00", reason="parts")
    gone = complaint(desk, "03-01 08:00", promised="03-02 08:00")
    desk.then(gone, "withdraw", "03-03 08:00", reason="a mistake")
    awaiting_call = complaint(desk, "03-01 08:00", promised="03-02 08:00", target="03-04 08:00")
    resolve(desk, awaiting_call, "03-01 10:00")
    assert desk.value(OVERDUE) == "2"
    assert desk.value(OVERDUE + "{category=noise}") == "1"
    assert desk.value(OVERDUE, as_of="03-02 08:00") == "1"  # on its last second a promise is not overdue
    assert desk.value(OVERDUE, as_of="03-02 08:01") == "2"  # gone and silent
    resolve(desk, silent, "04-01 08:00")
    assert desk.value(OVERDUE) == "2"


def test_overdue_as_of_a_time_after_the_period_sees_what_came_since():
    desk = Desk()
    complaint(desk, "04-02 08:00", promised="04-03 08:00")
    assert desk.value(OVERDUE) == "0"
    assert desk.value(OVERDUE, as_of="04-10 00:00") == "1"
    assert desk.value("complaint.received", as_of="04-10 00:00") == "0"


def test_corrections_work_from_the_moment_of_what_they_correct():
    desk = Desk()
    record = complaint(desk, "03-10 08:00", promised="03-10 18:00", category="noise")
    reply = desk.then(record, "reply", "03-10 17:00", text="wrong record")
    desk.then(record, "amend", "04-05 08:00", category="parking", reason="mistyped")
    assert desk.value("complaint.received{category=parking}") == "1"
    assert desk.value("complaint.received{category=parking}", known_at="04-01 00:00") == "0"
    assert desk.parts(PROMISE) == (1, 1)
    desk.then(record, "void", "04-05 09:00", of=reply, reason="wrong record", approved_by="Chen")
    assert desk.parts(PROMISE) == (0, 1)
    assert desk.parts(PROMISE, known_at="04-05 08:30") == (1, 1)


def test_a_voided_complaint_is_in_no_figure():
    desk = Desk()
    record = complaint(desk, "03-10 08:00", promised="03-10 18:00")
    assert desk.value("complaint.received") == "1"
    desk.then(record, "void", "04-05 09:00", reason="a test", approved_by="Chen")
    assert desk.value("complaint.received") == "0"
    assert desk.parts(PROMISE) == (0, 0)
    assert desk.value("complaint.received", known_at="04-05 08:00") == "1"


def test_an_entry_recorded_late_counts_by_its_own_time_unless_it_was_not_known():
    desk = Desk()
    complaint(desk, "03-10 08:00", recorded="04-02 08:00")
    assert desk.value("complaint.received") == "1"
    assert desk.value("complaint.received", known_at="04-01 08:00") == "0"
