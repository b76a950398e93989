"""The measures of fees, each on a small ledger counted by hand. All of them are about March 2024."""

from __future__ import annotations

from decimal import Decimal

import pytest
from measures_desk import CALENDAR, Desk, apply, charge, moment, pay

from svcctl.measures.engine import explain
from svcctl.nouns.fee_ties import identity

CURRENT, RECOVERED, COMBINED, HOUSEHOLDS = (
    "fee.collection_rate", "fee.arrears_recovery_rate", "fee.combined_rate", "fee.household_rate"
)  # fmt: skip
BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", "366+")


def rate(desk, identity, period="2024-03", **cuts):
    figure = desk.figure(identity, period, **cuts)
    return f"{figure.num:.2f}", f"{figure.den:.2f}"


def amounts(desk, *names, period="2024-03", **cuts):
    return tuple(desk.value(f"fee.{name}", period, **cuts) for name in names)


def ageing(desk, period="2024-03", **cuts):
    """The buckets that are not empty; they come to the total."""
    rows = {b: desk.value(f"fee.ageing{{bucket={b}}}", period, **cuts) for b in BUCKETS}
    assert sum(map(Decimal, rows.values())) == Decimal(desk.value("fee.ageing", period, **cuts))
    return {b: v for b, v in rows.items() if v != "0.00"}


def ties(desk, period="2024-03", **cuts):
    """Both sides of the identity, which have to agree."""
    win = desk.window(period, **cuts)
    month = CALENDAR.containing("month", win.period.last).label
    found = identity(desk.linked("fee"), win.start, win.cut, month)
    assert found.ties, found
    assert found.received == Decimal(desk.value("fee.received", period, **cuts))
    return tuple(str(part) for part in found)


def test_golden_allocation():
    """G4."""
    desk = Desk()
    charges = [charge(desk, at, amount, due) for at, amount, due in (
        ("01-01 08:00", "588.20", "01-10"), ("02-01 08:00", "588.20", "02-10"), ("02-15 08:00", "342.62", "02-25"),
        ("03-01 08:00", "588.20", "03-10"),
    )]  # fmt: skip

    def standing(payment):
        case = next(c for c in desk.linked("fee") if c.id == payment)
        return [str(case.state.shares.get(c, "")) for c in charges], str(case.state.credit)

    def outstanding():
        return [str(c.state.outstanding) for c in desk.linked("fee") if c.id in charges]

    first = pay(desk, "03-01 09:00", "1000.00")
    assert standing(first) == (["588.20", "411.80", "", ""], "0.00")
    second = pay(desk, "03-02 09:00", "1500.00")
    assert standing(second) == (["", "176.40", "342.62", "588.20"], "392.78")
    assert outstanding() == ["0.00"] * 4

    desk.then(first, "reverse", "03-03 09:00", reason="bounced", approved_by="Chen")
    assert outstanding() == ["588.20", "411.80", "0.00", "0.00"]
    assert standing(first) == (["", "", "", ""], "0.00")
    assert standing(second) == (["", "176.40", "342.62", "588.20"], "392.78")
    assert amounts(desk, "received") == ("1500.00",)
    ties(desk)


@pytest.fixture
def march():
    """G6: T1 and T2 come with arrears, T3 with a credit."""
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
    bounced = pay(desk, "03-05 08:00", "1000.00", tenant="T1")
    desk.then(of_t2, "adjust", "03-10 08:00", type="waiver", amount="50.00", reason="closed", approved_by="Chen")
    pay(desk, "03-12 08:00", "2500.00", tenant="T2")
    desk.then(bounced, "reverse", "03-28 08:00", reason="bounced", approved_by="Chen")
    return desk


def test_golden_collection_before_the_reversal(march):
    cut = {"as_of": "03-27 23:59:59"}
    assert rate(march, CURRENT, **cut) == ("1950.00", "2588.20")
    assert march.value(CURRENT, **cut) == "0.753419"
    assert rate(march, RECOVERED, **cut) == ("2200.00", "2376.40")
    assert march.value(RECOVERED, **cut) == "0.925770"
    assert rate(march, COMBINED, **cut) == ("4150.00", "4964.60")
    assert march.value(COMBINED, **cut) == "0.835918"
    assert march.parts(HOUSEHOLDS, **cut) == (2, 3)
    assert amounts(march, "billed", "received", "waived", "advance", **cut) == ("2688.20", "3500.00", "50.00", "150.00")


def test_golden_collection_at_the_end_of_the_month(march):
    assert rate(march, CURRENT) == ("1950.00", "2588.20")
    assert rate(march, RECOVERED) == ("1200.00", "2376.40")
    assert march.value(RECOVERED) == "0.504965"
    assert amounts(march, "received", "arrears", "ageing", "advance") == ("2500.00", "1764.60", "1764.60", "150.00")
    assert ageing(march) == {"1-30": "588.20", "31-60": "588.20", "61-90": "588.20"}
    assert ties(march) == ("2500.00", "1950.00", "1200.00", "0.00", "0.00", "-650.00")
    assert rate(march, RECOVERED, known_at="03-27 23:59:59") == ("2200.00", "2376.40")  # as it was printed then


def test_a_month_without_charges_has_no_rate(march):
    assert march.value(CURRENT, "2023-06") is None
    assert march.value(HOUSEHOLDS, "2023-06") is None
    assert march.value("fee.billed", "2023-06") == "0.00"
    assert ageing(march, "2023-06") == {}


def test_what_came_later_changes_no_earlier_figure(march):
    whole = {i: (f.num, f.den, f.value) for i, f in march.figures().items() if i.startswith("fee.")}
    pay(march, "04-02 08:00", "5000.00", tenant="T1")
    assert {i: (f.num, f.den, f.value) for i, f in march.figures().items() if i.startswith("fee.")} == whole
    assert rate(march, CURRENT, as_of="04-30 08:00") == ("2538.20", "2588.20")  # of March's charges, ever
    assert rate(march, RECOVERED, as_of="04-30 08:00") == ("1200.00", "2376.40")  # in March
    assert rate(march, RECOVERED, "2024-04") == ("1764.60", "1764.60")


def test_a_day_and_a_week_have_the_rates_of_their_month_as_of_their_end(march):
    assert rate(march, RECOVERED, "2024-03-05") == ("1000.00", "2376.40")
    assert rate(march, CURRENT, "2024-03-05") == ("800.00", "2588.20")
    assert march.value("fee.received", "2024-03-05") == "1000.00"
    assert rate(march, RECOVERED, "2024-W11") == ("2200.00", "2376.40")  # 11 to 17 March
    assert march.value("fee.received", "2024-W11") == "2500.00"
    assert rate(march, CURRENT, "2024-02-20..2024-03-28") == ("1950.00", "2588.20")
    assert rate(march, RECOVERED, "2024-W09") == ("0.00", "2376.40")  # ends on 3 March
    assert march.value("fee.advance", "2024-W11") == "150.00"


def test_accounting_months_of_a_site_that_begins_them_on_the_26th():
    from svcctl.period import Calendar

    desk = Desk(month_start_day="26")
    calendar = Calendar(CALENDAR.zone, month_start_day=26)
    one = charge(desk, "02-26 08:00", "100.00", "03-10", month="2024-03")
    pay(desk, "03-25 08:00", "40.00", shares={one: "40.00"})
    pay(desk, "03-26 08:00", "10.00", shares={one: "10.00"})
    win = desk.window("2024-03")._replace(period=calendar.month("2024-03"))
    win = win._replace(as_of=win.period.last_second)
    assert win.start == moment("02-26 00:00")
    assert str(explain(desk, win, CURRENT).figure.num) == "40.00"
    week = calendar.week(moment("03-28 08:00").date())  # its last day lies in April's accounting month
    win = win._replace(period=week, as_of=week.last_second)
    assert (str(explain(desk, win, CURRENT).figure.num), explain(desk, win, CURRENT).figure.value) == ("0.00", None)
    assert str(explain(desk, win, RECOVERED).figure.num) == "10.00"


def test_late_fees_are_in_the_amounts_and_in_no_rate():
    desk = Desk()
    principal = charge(desk, "03-01 08:00", "100.00", "03-10")
    late = charge(desk, "03-15 08:00", "5.00", "03-10", item="late_fee")
    older = charge(desk, "02-15 08:00", "3.00", "02-20", item="late_fee")
    pay(desk, "03-20 08:00", "104.00")  # older, then the principal before the late fee of the same day
    assert rate(desk, CURRENT) == ("100.00", "100.00")
    assert desk.value(RECOVERED) is None
    assert desk.parts(HOUSEHOLDS) == (1, 1)
    assert amounts(desk, "billed", "received", "arrears", "ageing") == ("105.00", "104.00", "4.00", "4.00")
    assert desk.value("fee.received{item=late_fee}") == "4.00"
    assert set(desk.why(CURRENT)) == {late}
    assert set(desk.why(COMBINED)) == {late, older}
    assert [line.id for line in explain(desk, desk.window("2024-03"), CURRENT).numerator] == [principal]
    assert ties(desk) == ("104.00", "100.00", "0.00", "0.00", "4.00", "0.00")


def test_the_first_and_the_last_second_belong_to_the_month():
    desk = Desk()
    charge(desk, "2024-02-29 23:59:59", "1.00", "04-10", tenant="A")
    charge(desk, "2024-03-01 00:00:00", "2.00", "04-10", tenant="A")
    charge(desk, "2024-03-31 23:59:59", "4.00", "04-10", tenant="A")
    charge(desk, "2024-04-01 00:00:00", "8.00", "04-10", tenant="A")
    for at, amount in (("2024-02-29 23:59:59", "1.00"), ("2024-03-01 00:00:00", "2.00"), ("2024-03-31 23:59:59", "4.00"), ("2024-04-01 00:00:00", "8.00")):
        pay(desk, at, amount, tenant="B")
    assert amounts(desk, "billed", "received", "advance") == ("6.00", "6.00", "6.00")
    assert ageing(desk) == {"not_due": "7.00"}
    assert amounts(desk, "arrears") == ("0.00",)


@pytest.mark.parametrize(
    ("due", "bucket"),
    [("2024-04-01", "not_due"), ("2024-03-31", "not_due"), ("2024-03-30", "1-30"), ("2024-03-01", "1-30"), ("2024-02-29", "31-60"),
     ("2024-01-31", "31-60"), ("2024-01-30", "61-90"), ("2024-01-01", "61-90"), ("2023-12-31", "91-180"), ("2023-10-03", "91-180"),
     ("2023-10-02", "181-365"), ("2023-04-01", "181-365"), ("2023-03-31", "366+")],
)  # fmt: skip
def test_how_old_a_charge_is(due, bucket):
    desk = Desk()
    charge(desk, "2023-03-01 08:00", "10.00", due)
    assert ageing(desk) == {bucket: "10.00"}
    assert amounts(desk, "arrears") == ("0.00" if bucket == "not_due" else "10.00",)


def test_a_charge_for_an_earlier_month_made_in_the_month_is_in_neither_part():
    desk = Desk()
    before = charge(desk, "02-10 08:00", "100.00", "02-20")
    belated = charge(desk, "03-05 08:00", "70.00", "03-20", month="2024-02")
    pay(desk, "03-21 08:00", "170.00", shares={before: "100.00", belated: "70.00"})
    assert rate(desk, RECOVERED) == ("100.00", "100.00")
    assert desk.value(CURRENT) is None
    assert amounts(desk, "billed", "received") == ("70.00", "170.00")
    assert rate(desk, CURRENT, "2024-02") == ("0.00", "100.00")
    assert rate(desk, CURRENT, "2024-02", as_of="03-31 23:59:59") == ("170.00", "170.00")


def test_the_first_second_of_the_month_is_in_it_for_the_recovery_too():
    desk = Desk()
    just_before = charge(desk, "2024-02-29 23:59:59", "100.00", "02-20", month="2024-01")
    charge(desk, "2024-03-01 00:00:00", "7.00", "02-20", month="2024-01")
    pay(desk, "2024-02-29 23:59:59", "10.00", shares={just_before: "10.00"})
    pay(desk, "2024-03-01 00:00:00", "20.00", shares={just_before: "20.00"})
    for at, amount in (("2024-02-29 23:59:59", "1.00"), ("2024-03-01 00:00:00", "2.00"), ("2024-03-31 23:59:59", "4.00"), ("2024-04-01 00:00:00", "8.00")):
        desk.then(just_before, "adjust", at, type="correction", amount=amount, reason="x", approved_by="Chen")
    pay(desk, "2024-03-31 23:59:59", "30.00", shares={just_before: "30.00"})
    pay(desk, "2024-04-01 00:00:00", "5.00", shares={just_before: "5.00"})
    for cut in ({}, {"as_of": "04-30 08:00"}):
        assert rate(desk, RECOVERED, **cut) == ("50.00", "83.00")


def test_reversing_an_older_payment_counts_against_the_recovery():
    desk = Desk()
    old, other = charge(desk, "01-10 08:00", "100.00", "01-20"), charge(desk, "01-10 08:00", "40.00", "01-20")
    paid = pay(desk, "02-01 08:00", "100.00", shares={old: "100.00"})
    pay(desk, "03-02 08:00", "40.00", shares={other: "40.00"})
    desk.then(paid, "reverse", "03-05 08:00", reason="chargeback", approved_by="Chen")
    assert rate(desk, RECOVERED) == ("-60.00", "40.00")
    assert amounts(desk, "received", "arrears") == ("-60.00", "100.00")
    lines = explain(desk, desk.window("2024-03"), RECOVERED)
    assert {line.id: str(line.amount) for line in lines.numerator} == {old: "-100.00", other: "40.00"}
    ties(desk)


def test_waivers_and_write_offs_flatter_no_rate_and_corrections_lower_the_denominator():
    desk = Desk()
    current, older = charge(desk, "03-01 08:00", "100.00", "03-10"), charge(desk, "02-01 08:00", "100.00", "02-10")
    for one in (current, older):
        for kind, amount in (("correction", "10.00"), ("waiver", "20.00"), ("writeoff", "30.00")):
            desk.then(one, "adjust", "03-05 08:00", type=kind, amount=amount, reason="x", approved_by="Chen")
    assert rate(desk, CURRENT) == ("0.00", "90.00")
    assert rate(desk, RECOVERED) == ("0.00", "90.00")
    assert amounts(desk, "waived", "arrears") == ("40.00", "80.00")
    pay(desk, "03-06 08:00", "80.00")
    assert desk.parts(HOUSEHOLDS) == (1, 1)
    assert rate(desk, COMBINED) == ("80.00", "180.00")


def test_money_in_advance_is_credit_or_for_a_later_month():
    desk = Desk()
    april = charge(desk, "03-01 08:00", "100.00", "04-10", month="2024-04")
    march = charge(desk, "03-01 08:00", "30.00", "03-10")
    paid = pay(desk, "03-02 08:00", "150.00", shares={april: "60.00"})
    assert amounts(desk, "advance") == ("150.00",)
    apply(desk, "03-03 08:00", shares={march: "30.00"})
    assert amounts(desk, "advance") == ("120.00",)
    desk.then(paid, "refund", "03-04 08:00", amount="20.00", method="bank", reason="x", approved_by="Chen")
    assert amounts(desk, "advance", "received") == ("100.00", "130.00")
    assert desk.value("fee.advance{item=property}") == "60.00"
    apply(desk, "04-01 08:00")
    assert amounts(desk, "advance") == ("100.00",)  # as of the end of March
    assert ties(desk) == ("130.00", "30.00", "0.00", "60.00", "0.00", "40.00")
    assert ties(desk, "2024-04") == ("0.00", "40.00", "0.00", "0.00", "0.00", "-40.00")
    assert desk.value("fee.received{item=property}", "2024-04") == "40.00"
    assert explain(desk, desk.window("2024-04"), "fee.received").numerator == []


def test_a_household_is_settled_by_item_or_as_a_whole():
    desk = Desk()
    for tenant, paid in (("T1", ("property", "water")), ("T2", ("property",)), ("T3", ())):
        for item in ("property", "water"):
            one = charge(desk, "03-01 08:00", "10.00", "03-10", tenant=tenant, item=item)
            if item in paid:
                pay(desk, "03-05 08:00", "10.00", tenant=tenant, shares={one: "10.00"})
    charge(desk, "03-01 08:00", "10.00", "03-10", tenant="T4", item="gas")
    assert desk.parts(HOUSEHOLDS) == (1, 4)
    assert desk.parts(f"{HOUSEHOLDS}{{item=property}}") == (2, 3)
    assert desk.parts(f"{HOUSEHOLDS}{{item=water}}") == (1, 3)
    assert desk.parts(f"{HOUSEHOLDS}{{item=gas}}") == (0, 1)
    assert desk.value(f"{HOUSEHOLDS}{{item=parking}}") is None


def test_a_voided_payment_never_was():
    desk = Desk()
    charge(desk, "03-01 08:00", "100.00", "03-10")
    paid = pay(desk, "03-05 08:00", "100.00")
    desk.then(paid, "void", "03-06 08:00", reason="twice", approved_by="Chen")
    assert rate(desk, CURRENT) == ("0.00", "100.00")
    assert amounts(desk, "received", "arrears") == ("0.00", "100.00")
    assert rate(desk, CURRENT, known_at="03-05 12:00") == ("100.00", "100.00")
