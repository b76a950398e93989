"""环比, 同比 and targets: what is compared with what, and when there is nothing to compare with."""

from __future__ import annotations

from decimal import Decimal

import pytest
from measures_desk import Desk, complaint, moment, repair

from svcctl.measures.compare import against, base_window, compare, row_json
from svcctl.measures.engine import Figure, compute, ratio
from svcctl.texts import same

PROMISE = "complaint.promise_kept_rate"


def rows(desk, period="2024-03", **cuts):
    win = desk.window(period, **cuts)
    return {r.id: r for r in compare(desk, win, compute(desk, win))}


def took(desk, month, times):
    for n in range(times):
        complaint(desk, f"{month}-{10 + n} 08:00")


def rate(num, den):
    num, den = Decimal(num), Decimal(den)
    return Figure("x", ratio(num, den, 6), num, den, "rate", same("x"))


def count(number):
    return Figure("x", Decimal(number), None, None, "count", same("x"))


def test_golden_g11_a_base_of_zero_has_no_per_cent():
    desk = Desk()
    took(desk, "2024-01", 1)
    took(desk, "2024-03", 5)
    row = rows(desk)["complaint.received"]
    assert (row.value, row.previous, row.difference) == (5, (0, None, "zero"), 5)
    assert row_json(row) == {
        "id": "complaint.received", "value": "5", "previous": "0", "change": None, "change_unit": "percent",
        "last_year": None, "yoy": None, "target": None, "met": None, "base": "zero",
    }  # fmt: skip


def test_golden_g11_rates_are_compared_in_points():
    assert against(rate(7534, 10000), rate(7110, 10000)) == (Decimal("0.711"), Decimal("4.24"), "ok")
    assert against(rate(1, 2), rate(0, 3)) == (0, Decimal(50), "ok")  # a rate of zero is a base like any other


def test_golden_g11_never_quite_all_and_never_quite_nothing():
    assert ratio(Decimal(1999), Decimal(2000), 4) == Decimal("0.9995")
    assert ratio(Decimal(199999), Decimal(200000), 4) == Decimal("0.9999")
    assert ratio(Decimal(199999), Decimal(200000), 6) == Decimal("0.999995")
    assert ratio(Decimal(1), Decimal(10**8), 6) == Decimal("0.000001")
    assert ratio(Decimal(3), Decimal(3), 4) == 1
    assert ratio(Decimal(0), Decimal(3), 4) == 0
    assert ratio(Decimal(10**8 + 1), Decimal(10**8), 6) == Decimal("1.000001")
    assert ratio(Decimal(0), Decimal(0), 6) is None


def test_a_rate_is_rounded_once():
    figure = rate(94994999995, 10**11)
    assert figure.value == Decimal("0.949950")
    assert figure.rate(4) == Decimal("0.9499")


def test_golden_g11_no_comparison_with_time_before_it_was_in_use():
    desk = Desk(in_use_from={"complaint": "2024-03-01"})
    took(desk, "2024-02", 2)
    took(desk, "2024-03", 1)
    row = rows(desk)["complaint.received"]
    assert row_json(row)["base"] == "none"
    assert (row.previous.value, row.previous.change, row.difference) == (None, None, None)
    assert rows(desk, "2024-04")["complaint.received"].previous == (1, Decimal(-100), "ok")


def test_a_base_that_was_in_use_only_in_part_is_none():
    desk = Desk(in_use_from={"complaint": "2024-02-02"})
    took(desk, "2024-02", 2)
    assert rows(desk)["complaint.received"].previous.base == "none"


def test_before_the_first_record_there_is_no_data_afterwards_there_are_zeros():
    desk = Desk()
    took(desk, "2024-02", 1)
    desk.then(next(iter(desk.records)), "withdraw", "03-10 08:00", reason="a mistake")
    repair(desk, "03-10 08:00")
    found = rows(desk)
    assert found["complaint.received"].previous == (1, Decimal(-100), "ok")
    assert found["complaint.received"].last_year == (None, None, "none")
    assert found["repair.received"].previous == (None, None, "none")
    assert found["repair.backlog"].previous == (None, None, "none")
    much_later = rows(desk, "2025-06")
    assert much_later["complaint.received"].previous == (0, None, "zero")
    assert much_later["complaint.received"].last_year == (0, None, "zero")


def test_a_record_that_was_voided_is_no_data():
    desk = Desk()
    record = complaint(desk, "02-10 08:00")
    desk.then(record, "void", "02-10 08:05", reason="a test", approved_by="Chen")
    took(desk, "2024-03", 1)
    assert rows(desk)["complaint.received"].previous.base == "none"


def test_the_same_period_last_year():
    desk = Desk()
    took(desk, "2023-03", 4)
    took(desk, "2024-02", 3)
    took(desk, "2024-03", 5)
    row = rows(desk)["complaint.received"]
    assert row.last_year == (4, Decimal(25), "ok")
    assert row.previous == (3, Decimal("66.6667"), "ok")
    assert (row_json(row)["last_year"], row_json(row)["yoy"], row_json(row)["change"]) == ("4", "25.0000", "66.6667")


def test_a_running_period_is_compared_with_the_same_time_of_the_base():
    desk = Desk()
    took(desk, "2024-02", 6)  # on 10 to 15 February
    took(desk, "2024-03", 2)
    now = moment("03-12 08:00")
    win = desk.window("2024-03", now=now)
    assert base_window(win, win.period.previous()).as_of == moment("02-12 08:00")
    row = {r.id: r for r in compare(desk, win, compute(desk, win))}["complaint.received"]
    assert (row.value, row.previous) == (2, (3, Decimal("-33.3333"), "ok"))  # the third lies in that very second
    assert rows(desk)["complaint.received"].previous.value == 6


def test_the_same_time_ends_with_a_shorter_base():
    desk = Desk()
    win = desk.window("2024-03", as_of="03-30 12:00")
    assert base_window(win, win.period.previous()).as_of == moment("02-29 23:59:59")


def test_a_completed_base_is_seen_as_of_its_own_end():
    desk = Desk()
    late = complaint(desk, "02-10 08:00", promised="02-10 18:00")
    took(desk, "2024-03", 1)
    desk.then(late, "withdraw", "03-05 08:00", reason="gave up")
    assert rows(desk)["complaint.overdue"].previous.value == 1


def test_the_base_is_known_as_far_as_the_period_itself():
    desk = Desk()
    took(desk, "2024-02", 2)
    complaint(desk, "02-20 08:00", recorded="03-20 08:00")
    took(desk, "2024-03", 1)
    assert rows(desk)["complaint.received"].previous.value == 3
    assert rows(desk, known_at="03-15 08:00")["complaint.received"].previous.value == 2


def promises(desk, month, kept, broken):
    for n in range(kept + broken):
        record = complaint(desk, f"{month}-10 08:00", promised=f"{month}-10 18:00")
        if n < kept:
            desk.then(record, "reply", f"{month}-10 09:00", text="yes")


def test_a_rate_of_nothing_is_neither_compared_nor_judged():
    desk = Desk(targets={PROMISE: {"min": "0.95"}})
    took(desk, "2024-01", 1)
    promises(desk, "2024-03", 1, 1)
    now, later = rows(desk)[PROMISE], rows(desk, "2024-04")[PROMISE]
    assert now.previous == (None, None, "zero")
    assert later.value is None and later.met is None
    assert later.previous == (Decimal("0.5"), None, "ok")
    assert row_json(later)["target"] == "0.95"


@pytest.mark.parametrize(
    ("limit", "met"),
    [({"min": "0.95"}, True), ({"min": "0.96"}, False), ({"max": "0.95"}, True), ({"max": "0.94"}, False)],
)
def test_a_target_is_met_at_its_limit(limit, met):
    desk = Desk(targets={PROMISE: limit})
    promises(desk, "2024-03", 19, 1)
    assert rows(desk)[PROMISE].met is met


def test_rounding_meets_no_target():
    desk = Desk(targets={PROMISE: {"min": "0.666667"}})
    promises(desk, "2024-03", 2, 1)
    row = rows(desk)[PROMISE]
    assert (row.value, row.met) == (Decimal("0.666667"), False)


def test_a_target_may_name_a_split():
    identity = "complaint.received{category=noise}"
    desk = Desk(targets={identity: {"max": "1"}})
    took(desk, "2024-03", 3)
    complaint(desk, "03-20 08:00", category="noise")
    found = rows(desk)
    assert found[identity].met is True
    assert found["complaint.received"].met is None


def test_a_value_that_did_not_occur_in_the_base_was_zero_there():
    desk = Desk()
    for month, to in (("02", "Zhou"), ("03", "Lift Ltd")):
        record = repair(desk, f"{month}-04 08:00")
        desk.then(record, "dispatch", f"{month}-04 09:00", to=to)
    found = rows(desk)
    assert found["repair.received{to=Lift Ltd}"].previous == (0, None, "zero")
    assert "repair.received{to=Zhou}" not in found
    assert against(count(3), count(0)) == (0, None, "zero")


def test_only_what_is_asked_for_in_that_order():
    desk = Desk()
    took(desk, "2024-03", 1)
    win = desk.window("2024-03")
    asked = ["repair.backlog", "complaint.received"]
    assert [r.id for r in compare(desk, win, compute(desk, win), asked)] == asked
