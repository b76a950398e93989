"""The measures of lost property, each on a small ledger counted by hand. All of them are about March 2024."""

from __future__ import annotations

import pytest
from measures_desk import Desk, gone, handed_back, item, moment

RATE, STORE, OVERDUE = "lost.return_rate", "lost.in_storage", "lost.overdue"
FLOW = ("lost.opening", "lost.found", "lost.returned", "lost.disposed", STORE)


def flow(desk, period="2024-03", **cuts):
    return tuple(int(desk.value(i, period, **cuts)) for i in FLOW)


def test_what_was_there_came_and_went_comes_to_what_is_there():
    desk = Desk()
    item(desk, "02-10 08:00")  # there all the time
    handed_back(desk, item(desk, "02-10 08:00"), "03-05 08:00")
    gone(desk, item(desk, "02-10 08:00", until="02-12 08:00"), "02-20 08:00")  # before the month
    gone(desk, item(desk, "03-02 08:00", until="03-03 08:00"), "03-20 08:00")
    handed_back(desk, item(desk, "03-03 08:00"), "03-04 08:00")
    handed_back(desk, item(desk, "03-30 08:00"), "04-02 08:00")  # after it
    desk.then(item(desk, "03-06 08:00"), "claim", "03-07 08:00", claimant="Zhou", described="blue", verified_by="Li")
    item(desk, "04-01 00:00")
    assert flow(desk) == (2, 4, 2, 1, 3)
    assert flow(desk, "2024-04") == (3, 1, 1, 0, 3)
    assert flow(desk, as_of="03-04 12:00") == (2, 2, 1, 0, 3)
    assert flow(desk, as_of="04-30 12:00") == (2, 4, 2, 1, 3)  # what came later changes no stock of March


@pytest.mark.parametrize(
    ("found", "back", "expected"),
    [
        ("02-29 23:59:59", "03-01 00:00:00", (1, 0, 1, 0, 0)), ("03-01 00:00:00", "03-31 23:59:59", (0, 1, 1, 0, 0)),
        ("03-01 00:00:00", "04-01 00:00:00", (0, 1, 0, 0, 1)), ("03-31 23:59:59", "03-31 23:59:59", (0, 1, 1, 0, 0)),
    ],
)  # fmt: skip
def test_the_first_and_the_last_second_belong_to_the_month(found, back, expected):
    desk = Desk()
    handed_back(desk, item(desk, f"2024-{found}"), f"2024-{back}")
    assert flow(desk) == expected


def test_records_are_counted_not_pieces_and_loss_reports_not_at_all():
    desk = Desk()
    keys = item(desk, "03-02 08:00", qty="5", category="keys")
    reports = [desk.take("lf", "03-02 08:00", event="report", what="keys", where="gate", contact="1") for _ in range(3)]
    desk.then(reports[0], "match", "03-02 09:00", item=keys)
    desk.then(reports[1], "give-up", "03-09 09:00")
    assert flow(desk) == (0, 1, 0, 0, 1)
    assert desk.parts(RATE) == (0, 1)
    assert desk.value("lost.found{category=keys}") == "1"
    assert desk.value("lost.found{category=bag}") == "0"
    assert desk.why(RATE) == {}


def test_the_return_rate_is_of_one_months_finds_without_perishable_and_prohibited_ones():
    desk = Desk()
    handed_back(desk, item(desk, "02-10 08:00"), "03-05 08:00")  # found before
    handed_back(desk, item(desk, "03-10 08:00"), "03-12 08:00")
    handed_back(desk, item(desk, "03-11 08:00"), "04-12 08:00")
    item(desk, "03-12 08:00")
    left_out = {item(desk, "03-13 08:00", value=v): v for v in ("perishable", "prohibited")}
    assert desk.parts(RATE) == (1, 3)
    assert desk.parts(RATE, as_of="04-30 00:00") == (2, 3)
    assert set(desk.why(RATE)) == set(left_out)
    assert desk.value("lost.returned") == "2"


def test_overdue_is_stored_after_its_time_at_the_end_of_the_month():
    desk = Desk()
    item(desk, "02-10 08:00", until=moment("2024-03-31 23:59:58"))
    item(desk, "02-10 08:00", until=moment("2024-03-31 23:59:59"))
    longer = item(desk, "02-10 08:00", until=moment("2024-03-20 08:00:00"))
    desk.then(longer, "extend", "04-02 08:00", until="05-01 08:00", approved_by="Chen")
    claimed = item(desk, "02-10 08:00", until=moment("2024-03-20 08:00:00"))
    desk.then(claimed, "claim", "03-21 08:00", claimant="Zhou", described="blue", verified_by="Li")
    gone(desk, item(desk, "02-10 08:00", until=moment("2024-03-20 08:00:00")), "04-03 08:00")
    assert desk.value(OVERDUE) == "3"
    assert desk.value(OVERDUE, as_of="04-30 08:00") == "3"  # the stock of March, whatever was done in April
    assert desk.value(OVERDUE, as_of="03-20 08:00") == "0"
    assert desk.value(OVERDUE, "2024-04") == "2"


def test_a_correction_moves_the_whole_record():
    desk = Desk()
    twice = item(desk, "03-02 08:00")
    desk.then(twice, "void", "03-05 08:00", recorded="03-05 08:00", reason="twice", approved_by="Chen")
    other = item(desk, "03-03 08:00")
    desk.then(other, "amend", "03-06 08:00", recorded="03-06 08:00", category="toy", reason="a toy")
    assert flow(desk) == (0, 1, 0, 0, 1)
    assert desk.value("lost.found{category=toy}") == "1"
    assert flow(desk, known_at="03-04 08:00") == (0, 2, 0, 0, 2)
