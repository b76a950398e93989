"""What came in and went back, and the way from what was owed to what is owed, counted by hand. All about March 2024."""

from __future__ import annotations

import pytest
from measures_desk import Desk, apply, charge, pay, repair

from svcctl.measures.engine import explain

ROLL = ("opening", "billed", "allocated", "corrected", "waived", "written_off", "outstanding")
CAME = ("paid", "reversed", "refunded", "received", "applied", "received_in_month")


def of(desk, names, split="", period="2024-03", **cuts):
    return tuple(desk.value(f"fee.{name}{split}", period, **cuts) for name in names)


@pytest.fixture
def march():
    """G6 of the domain: T1 and T2 come with arrears, T3 with a credit."""
    desk = Desk()
    charge(desk, "01-01 08:00", "588.20", "01-10", tenant="T1", month="2024-01")
    charge(desk, "02-01 08:00", "588.20", "02-10", tenant="T1", month="2024-02")
    charge(desk, "02-01 08:00", "1200.00", "02-10", tenant="T2", month="2024-02")
    pay(desk, "02-20 08:00", "800.00", tenant="T3")
    charge(desk, "03-01 08:00", "588.20", "03-10", tenant="T1")
    of_t2 = charge(desk, "03-01 08:00", "1200.00", "03-10", tenant="T2")
    of_t3 = charge(desk, "03-01 08:00", "900.00", "03-10", tenant="T3")
    apply(desk, "03-01 09:00", tenant="T3")
    desk.then(of_t3, "adjust", "03-02 08:00", type="correction", amount="100.00", reason="area", approved_by="Chen")
    bounced = pay(desk, "03-05 08:00", "1000.00", tenant="T1", method="cheque")
    desk.then(of_t2, "adjust", "03-10 08:00", type="waiver", amount="50.00", reason="closed", approved_by="Chen")
    pay(desk, "03-12 08:00", "2500.00", tenant="T2", method="wechat")
    desk.then(bounced, "reverse", "03-28 08:00", reason="bounced", approved_by="Chen")
    return desk


def test_from_what_was_owed_to_what_is_owed(march):
    assert of(march, ROLL) == ("2376.40", "2688.20", "3150.00", "100.00", "50.00", "0.00", "1764.60")
    assert of(march, ROLL, as_of="03-27 23:59:59") == ("2376.40", "2688.20", "4150.00", "100.00", "50.00", "0.00", "764.60")
    assert of(march, ("opening", "outstanding"), period="2024-02") == ("588.20", "2376.40")
    pay(march, "04-02 08:00", "1000.00", tenant="T1")
    assert of(march, ROLL, as_of="04-30 08:00") == of(march, ROLL)  # what came later changes nothing of March
    assert of(march, ("opening", "outstanding"), period="2024-04") == ("1764.60", "764.60")


def test_what_came_in_and_went_back(march):
    assert of(march, CAME) == ("3500.00", "1000.00", "0.00", "2500.00", "800.00", "2500.00")
    assert of(march, CAME, period="2024-03-05") == ("1000.00", "0.00", "0.00", "1000.00", "0.00", "1000.00")
    assert of(march, CAME, period="2024-03-28") == ("0.00", "1000.00", "0.00", "-1000.00", "0.00", "2500.00")
    assert of(march, ("receipts", "receipts{method=wechat}", "receipts{method=cheque}", "receipts{method=cash}")) == ("2", "1", "1", "0")
    assert of(march, ("paid{method=wechat}", "paid{method=cheque}", "reversed{method=cheque}", "reversed{method=wechat}")) == ("2500.00", "1000.00", "1000.00", "0.00")
    assert of(march, CAME, "{item=property}") == ("3350.00", "1000.00", "0.00", "3150.00", "800.00", "3150.00")  # 150 is credit


def test_the_month_is_unpaid_by_what_is_due_less_what_was_collected_or_waived(march):
    assert of(march, ("current_unpaid", "debtors")) == ("588.20", "1")  # 2588.20 − 1950.00 − 50.00
    assert of(march, ("current_unpaid", "debtors"), as_of="03-10 07:00") == ("1788.20", "2")  # T1 is settled up to 176.40 of February
    assert of(march, ("current_unpaid", "debtors"), period="2024-02") == ("1788.20", "2")


def test_a_refund_goes_back_by_a_way_of_its_own_and_is_of_no_item():
    desk = Desk()
    charge(desk, "03-01 08:00", "100.00", "03-10")
    charge(desk, "03-01 08:00", "40.00", "03-10", item="water")
    paid = pay(desk, "03-02 08:00", "150.00", method="cash")
    desk.then(paid, "refund", "03-03 08:00", amount="4.00", method="bank", reason="x", approved_by="Chen")
    desk.then(paid, "refund", "03-04 08:00", amount="3.00", method="cash", reason="x", approved_by="Chen")
    assert of(desk, ("refunded", "refunded{method=bank}", "refunded{method=cash}", "refunded{item=water}")) == ("7.00", "4.00", "3.00", "0.00")
    assert of(desk, ("receipts", "receipts{item=property}", "receipts{item=water}", "receipts{method=cash}")) == ("1", "1", "1", "1")
    assert of(desk, ("paid", "paid{item=property}", "paid{item=water}", "received")) == ("150.00", "100.00", "40.00", "143.00")
    assert [line.id for line in explain(desk, desk.window("2024-03"), "fee.receipts").numerator] == [paid]


def test_reversing_takes_back_what_its_credit_was_applied_to():
    desk = Desk()
    paid = pay(desk, "03-01 08:00", "100.00")
    charge(desk, "03-02 08:00", "30.00", "03-10", item="water")
    apply(desk, "03-03 08:00")
    desk.then(paid, "reverse", "03-04 08:00", reason="duplicate", approved_by="Chen")
    assert of(desk, ("paid", "applied", "reversed", "received", "allocated")) == ("100.00", "30.00", "100.00", "0.00", "0.00")
    assert of(desk, ("paid", "applied", "reversed", "allocated", "outstanding"), "{item=water}") == ("0.00", "30.00", "30.00", "0.00", "30.00")


def test_debtors_are_counted_once_and_once_for_every_item():
    desk = Desk()
    for tenant, item, due in (("T1", "water", "03-10"), ("T1", "water", "03-11"), ("T1", "gas", "03-10"), ("T2", "gas", "03-10"), ("T3", "gas", "03-31"), ("T4", "late_fee", "03-10")):
        charge(desk, "03-01 08:00", "10.00", due, tenant=tenant, item=item)
    assert of(desk, ("debtors", "debtors{item=water}", "debtors{item=gas}", "debtors{item=late_fee}")) == ("3", "1", "2", "1")
    assert of(desk, ("debtors",), as_of="04-01 00:00") == ("4",)
    assert desk.value("fee.current_unpaid") == "50.00"


def test_what_is_owed_is_of_this_year_or_of_an_earlier_one():
    desk = Desk()
    charge(desk, "2023-12-01 08:00", "10.00", "2024-01-05", month="2023-12")
    charge(desk, "01-01 08:00", "20.00", "01-10")
    charge(desk, "03-01 08:00", "5.00", "2025-01-10", month="2025-01")
    assert of(desk, ("outstanding{year=earlier}", "outstanding{year=this}", "outstanding")) == ("10.00", "25.00", "35.00")


def test_write_offs_and_corrections_have_a_figure_of_their_own():
    desk = Desk()
    one = charge(desk, "02-01 08:00", "100.00", "02-10")
    for at, kind, amount in (("02-29 08:00", "correction", "1.00"), ("03-01 00:00", "correction", "2.00"), ("03-05 08:00", "writeoff", "4.00"), ("04-01 00:00", "writeoff", "8.00")):
        desk.then(one, "adjust", at, type=kind, amount=amount, reason="x", approved_by="Chen")
    assert of(desk, ROLL) == ("99.00", "0.00", "0.00", "2.00", "0.00", "4.00", "93.00")
    assert of(desk, ROLL, as_of="04-30 08:00") == ("99.00", "0.00", "0.00", "2.00", "0.00", "4.00", "93.00")


def test_the_cost_of_repairs_is_that_of_the_last_finish_of_those_first_finished_in_the_month():
    desk = Desk()
    for at, finish, cost in (("02-10 08:00", "02-29 23:59", "1.00"), ("02-10 08:00", "03-01 00:00", "2.00"), ("03-02 08:00", "03-03 08:00", None)):
        desk.then(repair(desk, at), "finish", finish, result="fixed", **({"cost": cost} if cost else {}))
    twice = repair(desk, "03-05 08:00", party="developer", trade="lift")
    desk.then(twice, "finish", "03-06 08:00", result="temporary", cost="30.00", payer="developer")
    desk.then(twice, "reopen", "03-07 08:00", reason="again")
    desk.then(twice, "finish", "03-08 08:00", result="fixed", cost="50.00", payer="developer")
    assert desk.value("repair.cost") == "52.00"
    assert desk.value("repair.cost{party=developer}") == desk.value("repair.cost{trade=lift}") == "50.00"
    assert desk.value("repair.cost", as_of="03-07 12:00") == "32.00"


def test_a_repair_has_one_score_the_last_of_the_month():
    desk = Desk()
    for scores in (("5",), ("4",), ("3",), ()):
        one = repair(desk, "03-01 08:00")
        desk.then(one, "finish", "03-02 08:00", result="fixed")
        for score in scores:
            desk.then(one, "callback", "03-03 08:00", by="Chen", result="reached", score=score, solved="yes")
    assert desk.parts("repair.satisfaction_rate") == (2, 3)
    again = repair(desk, "03-01 08:00", trade="lift")
    desk.then(again, "finish", "03-02 08:00", result="fixed")
    desk.then(again, "callback", "03-03 08:00", by="Chen", result="reached", score="1", solved="no", reason="drips")
    desk.then(again, "finish", "03-04 08:00", result="fixed")
    desk.then(again, "callback", "03-05 08:00", by="Chen", result="reached", score="5", solved="yes")
    assert desk.parts("repair.satisfaction_rate") == (3, 4)
    assert desk.parts("repair.satisfaction_rate", as_of="03-04 12:00") == (2, 4)
