"""Fees at the command line: charges, payments and what becomes of them, step by step, and what is refused."""

from __future__ import annotations

import csv
import os
import shlex
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

APPROVED = "--approved-by 陈经理"
TILL = '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "23:00"}]}}'
# A public file of 2,466 invoices that is no part of the project: named, or in a folder beside the checkout.
BESIDE = Path(__file__).resolve().parents[3].glob("*/data/ar-invoices/accounts_receivable.csv")
INVOICES = Path(os.environ.get("SVCCTL_INVOICES") or next(BESIDE, "accounts_receivable.csv"))


def at(day: str, clock: str = "09:00") -> str:
    return f"2024-{day}T{clock}:00+08:00"


def charge(svc: Any, day: str, amount: str, due: str, tenant: str = "T1", item: str = "property", more: str = "") -> str:
    line = f"fee charge --tenant {tenant} --item {item} --amount {amount} --due 2024-{due} {more}"
    return str(svc(line, at=at(day, "08:00")).id)


def pay(svc: Any, day: str, amount: str, tenant: str = "T1", more: str = "--method bank --ref 1") -> str:
    return str(svc(f"fee pay --tenant {tenant} --amount {amount} {more}", at=at(day)).ids[0])


def shown(svc: Any, one: str, **more: Any) -> Any:
    return svc(["show", one, "--json", "--reveal"], **more).json


def money(svc: Any, ids: Iterable[str], what: str = "outstanding") -> list[str]:
    rows = {row["id"]: row[what] for row in svc("fee list --json").json}
    return [rows[one] for one in ids]


@pytest.fixture
def four(svc: Any) -> tuple[Any, list[str]]:
    """The charges of G4."""
    return svc, [charge(svc, day, amount, due) for day, amount, due in (
        ("01-01", "588.20", "01-10"), ("02-01", "588.20", "02-10"), ("02-15", "342.62", "02-25"), ("03-01", "588.20", "03-10"),
    )]  # fmt: skip


def test_golden_allocation(four: Any) -> None:
    svc, charges = four
    first = pay(svc, "03-02", "1000.00")
    assert money(svc, charges) == ["0.00", "176.40", "342.62", "588.20"]
    assert f'for: {{"{charges[0]}": "588.20", "{charges[1]}": "411.80"}}' in svc.text("fees/2024-03.yaml")
    second = pay(svc, "03-03", "1500.00", more="--method bank --ref 2")
    assert money(svc, charges) == ["0.00"] * 4
    assert shown(svc, second)["credit"] == "392.78"
    assert shown(svc, second)["state"] == "credit"

    svc(f"fee reverse {first} --reason 退票 {APPROVED}", at=at("03-04"))
    assert money(svc, charges) == ["588.20", "411.80", "0.00", "0.00"]
    assert [shown(svc, c)["state"] for c in charges] == ["open", "partial", "settled", "settled"]
    assert (shown(svc, first)["state"], shown(svc, second)["credit"]) == ("reversed", "392.78")
    assert [shown(svc, c)["open"] for c in charges] == [True, True, False, False]
    assert svc("check").out == ""


def test_golden_collection(svc: Any) -> None:
    charge(svc, "01-01", "588.20", "01-10")
    charge(svc, "02-01", "588.20", "02-10")
    charge(svc, "02-01", "1200.00", "02-10", "T2")
    pay(svc, "02-20", "800.00", "T3")
    charge(svc, "03-01", "588.20", "03-10")
    two, three = charge(svc, "03-01", "1200.00", "03-10", "T2"), charge(svc, "03-01", "900.00", "03-10", "T3")
    svc("fee apply --tenant T3", at=at("03-01"))
    svc(f"fee adjust {three} --type 差错更正 --amount 100 --reason 面积 {APPROVED}", at=at("03-02"))
    bounced = pay(svc, "03-05", "1000", more="--method bank --ref 5")
    svc(f"fee adjust {two} --type waiver --amount 50 --reason 停业 {APPROVED}", at=at("03-10"))
    pay(svc, "03-12", "2500", "T2")
    svc(f"fee reverse {bounced} --reason bounced {APPROVED}", at=at("03-28"))

    def parts(name: str, *more: str) -> tuple[str, str, str]:
        found = svc(["measure", f"fee.{name}", "2024-03", "--json", *more]).json
        return found["num"], found["den"], found["value"]

    early = ("--as-of", "2024-03-27")
    assert parts("collection_rate", *early) == ("1950.00", "2588.20", "0.753419")
    assert parts("arrears_recovery_rate", *early) == ("2200.00", "2376.40", "0.925770")
    assert parts("combined_rate", *early) == ("4150.00", "4964.60", "0.835918")
    assert parts("household_rate", *early)[:2] == ("2", "3")
    assert parts("collection_rate") == ("1950.00", "2588.20", "0.753419")
    assert parts("arrears_recovery_rate") == ("1200.00", "2376.40", "0.504965")
    assert svc("measure fee.received 2024-03 --json").json["value"] == "2500.00"
    assert svc("measure fee.collection_rate 2023-06 --json").json["value"] is None
    old = svc("fee ageing --as-of 2024-03-31 --json").json
    assert old["total"] == {
        "not_due": "0.00", "1-30": "588.20", "31-60": "588.20", "61-90": "588.20", "91-180": "0.00", "181-365": "0.00",
        "366+": "0.00", "total": "1764.60",
    }  # fmt: skip
    assert [row["tenant"] for row in old["tenants"]] == ["T1"]
    assert svc("measure fee.ageing 2024-03 --json").json["value"] == "1764.60"
    lines = svc("explain fee.arrears_recovery_rate 2024-03 --json").json["numerator"]
    assert [line["amount"] for line in lines] == ["1200.00"]
    assert lines[0]["file"] == "fees/2024-02.yaml"
    assert svc("check").out == ""


def test_a_payment_can_name_what_it_is_for(four: Any) -> None:
    svc, charges = four
    line = f"fee pay --tenant T1 --amount 700 --method wechat --ref 9 --for {charges[3]}=588.2 --for {charges[2]}=100"
    paid = svc(line, at=at("03-02")).id
    assert money(svc, charges) == ["588.20", "588.20", "242.62", "0.00"]
    row = shown(svc, paid)
    assert (row["for"], row["credit"], row["allocated"]) == ({charges[3]: "588.20", charges[2]: "100.00"}, "11.80", "688.20")


def test_what_a_payment_cannot_be_for(four: Any) -> None:
    svc, charges = four
    other = charge(svc, "02-01", "10.00", "02-10", "T2")
    paid = pay(svc, "03-02", "588.20", more=f"--method bank --ref 1 --for {charges[0]}=588.20")
    base = "fee pay --tenant T1 --amount 700 --method card --ref 3"
    for what, said in (
        (f"{other}=5", "不是这个商户的应收"), (f"{paid}=5", "是收款，不是应收"), (f"{charges[0]}=1", "未缴的只有 0.00"),
        (f"{charges[2]}=342.63", "未缴的只有 342.62"), (f"{charges[1]}=0", "要大于 0"),
        (f"{charges[1]}=500 --for {charges[3]}=200.01", "超过了收款金额"),
    ):  # fmt: skip
        assert said in svc.refused(f"{base} --for {what}", at=at("03-03")).err, what
    assert "在那之后才应收" in svc.refused(f"{base} --for {charges[3]}=5", at=at("02-28")).err
    svc.refused("fee pay --tenant T1 --amount 0 --method card", at=at("03-03"))
    svc.refused("fee pay --tenant T1 --amount 5 --method card --for nosuch=5", at=at("03-03"), code=4)


def test_a_dry_run_shows_what_would_be_allocated_even_within_the_same_second(svc: Any) -> None:
    paid = pay(svc, "03-01", "30")
    one = svc("fee charge --tenant T1 --item water --amount 50 --due 2024-03-10", at=at("03-01")).id
    before = svc.files()
    assert f'of: "{paid}"' in svc("fee apply --tenant T1 -n", at=at("03-01")).out
    assert f'for: {{"{one}": "20.00"}}' in svc("fee pay --tenant T1 --amount 20 --method cash -n", at=at("03-01")).out
    assert svc.files() == before


def test_a_backdated_payment_takes_only_what_stays_open(four: Any) -> None:
    svc, charges = four
    pay(svc, "03-05", "588.20")  # pays the first
    late = svc("fee pay --tenant T1 --amount 588.20 --method bank --ref 7 --at '2024-03-01 12:00'", at=at("03-06")).id
    assert shown(svc, late)["for"] == {charges[1]: "588.20"}
    svc.refused(f"fee pay --tenant T1 --amount 1 --method bank --ref 8 --for {charges[0]}=1 --at '2024-03-01 13:00'", at=at("03-06"))
    assert svc("check").out == ""


def test_credit_is_applied_oldest_first_in_one_group(svc: Any) -> None:
    first = pay(svc, "03-01", "30")
    second = pay(svc, "03-02", "50", more="--method bank --ref 2")
    svc.refused("fee apply --tenant T1", at=at("03-02"))
    one, two = charge(svc, "03-03", "60", "03-20"), charge(svc, "03-03", "100", "03-10")
    made = svc("fee apply --tenant T1 --key k1", at=at("03-04")).ids
    assert len(made) == 2
    assert money(svc, (one, two)) == ["60.00", "20.00"]
    assert money(svc, (first, second), "credit") == ["0.00", "0.00"]
    assert svc("fee apply --tenant T1 --key k1", at=at("03-05")).ids == made
    svc.refused("fee apply --tenant T1", at=at("03-05"))
    third = pay(svc, "03-05", "100", more=f"--method bank --ref 3 --for {two}=20")
    svc.refused(f"fee apply --tenant T1 --for {one}=60.01", at=at("03-06"))
    svc(f"fee apply --tenant T1 --for {one}=15.5", at=at("03-06"))
    assert (money(svc, (one, two)), money(svc, (third,), "credit")) == (["44.50", "0.00"], ["64.50"])
    assert svc("check").out == ""


def test_a_reversal_takes_back_what_credit_was_applied_to(svc: Any) -> None:
    paid = pay(svc, "03-01", "100")
    one = charge(svc, "03-02", "60", "03-20")
    svc("fee apply --tenant T1", at=at("03-03"))
    svc(f"fee reverse {paid} --reason keyed_wrong {APPROVED}", at=at("03-04"))
    assert (money(svc, (one,)), money(svc, (paid,), "credit")) == (["60.00"], ["0.00"])
    for step in (f"reverse {paid} --reason bounced {APPROVED}", f"refund {paid} --amount 1 --method bank --reason x {APPROVED}", "apply --tenant T1"):
        svc.refused(f"fee {step}", at=at("03-05"))
    assert [r["outstanding"] for r in svc("fee list --as-of '2024-03-03 12:00' --json").json if r["id"] == one] == ["0.00"]


def test_only_free_credit_is_refunded_and_then_nothing_is_reversed(svc: Any) -> None:
    charge(svc, "03-01", "60", "03-20")
    paid = pay(svc, "03-02", "100")
    refund = f"fee refund {paid} --method bank --reason 多缴 {APPROVED}"
    svc.refused(f"{refund} --amount 40.01", at=at("03-03"))
    svc.refused(f"{refund} --amount 0", at=at("03-03"))
    svc(f"{refund} --amount 15", at=at("03-03"))
    assert (shown(svc, paid)["credit"], shown(svc, paid)["refunded"], shown(svc, paid)["amount"]) == ("25.00", "15.00", "100.00")
    assert "退款" in svc.refused(f"fee reverse {paid} --reason bounced {APPROVED}", at=at("03-04")).err
    svc(f"{refund} --amount 25", at=at("03-04"))
    assert shown(svc, paid)["state"] == "received"


def test_an_adjustment_is_no_more_than_what_is_outstanding(svc: Any) -> None:
    one = charge(svc, "03-01", "60", "03-20")
    pay(svc, "03-02", "50")
    adjust = f"fee adjust {one} --reason x {APPROVED} --type"
    svc.refused(f"{adjust} waiver --amount 10.01", at=at("03-03"))
    svc(f"{adjust} waiver --amount 4", at=at("03-03"))
    svc(f"{adjust} writeoff --amount 6", at=at("03-03"))
    svc.refused(f"{adjust} correction --amount 0.01", at=at("03-04"))
    row = shown(svc, one)
    assert [row[k] for k in ("state", "amount", "outstanding", "waived", "written_off", "corrected")] == [
        "settled", "60.00", "0.00", "4.00", "6.00", None,
    ]  # fmt: skip
    assert row["settled_at"] == at("03-03")


def test_money_is_neither_amended_nor_undone_and_voided_only_where_nothing_depends_on_it(svc: Any) -> None:
    one = charge(svc, "03-01", "60", "03-20")
    paid = pay(svc, "03-02", "100")
    svc.refused(f"amend {one} --set amount=50 --reason x".replace("amend", "fee amend"), at=at("03-03"))
    svc.refused("undo", at=at("03-02"))
    svc.refused(f"fee void {one} --reason x {APPROVED}", at=at("03-03"))
    svc(f"fee void {paid} --reason x {APPROVED}", at=at("03-03"))
    assert money(svc, (one,)) == ["60.00"]
    svc(f"fee void {one} --reason x {APPROVED}", at=at("03-04"))
    assert svc("fee status --json").json["tenants"] == []
    assert svc("check").out == ""


def test_a_charge_is_overdue_when_its_day_has_passed(svc: Any) -> None:
    one = charge(svc, "03-01", "60", "03-20", more="--unit A-101")
    assert not shown(svc, one, at=at("03-20", "23:59"))["overdue"]
    row = shown(svc, one, at=at("03-22"))
    assert (row["overdue"], row["days_overdue"], row["month"]) == (True, 2, "2024-03")
    (matter,) = svc("today --json", at=at("03-20")).json
    assert (matter["group"], matter["due"]) == ("today", "2024-03-20T23:59:59+08:00")
    assert "A-101" in matter["what"]
    assert svc([*shlex.split(matter["command"])[1:], "cash"], at=at("03-21")).ids
    assert svc("today --json", at=at("03-22")).json == []


def test_what_is_unusual_is_said_and_stored(svc: Any) -> None:
    def said(line: str, day: str = "03-02") -> str:
        return str(svc(f"fee {line}", at=at(day)).err)

    assert "流水号" in said("pay --tenant T1 --amount 10 --method wechat")
    assert said("pay --tenant T1 --amount 11 --method wechat --ref 77") == ""
    assert "同一方式和流水号" in said("pay --tenant T1 --amount 12 --method wechat --ref 77", "03-09")
    assert "十分钟内" in said("pay --tenant T1 --amount 12 --method wechat --ref 78", "03-09")
    assert said("pay --tenant T1 --amount 12 --method bank --ref 78", "03-09") == ""
    assert said("pay --tenant T1 --amount 13 --method cash") == ""
    svc.site("points", TILL)
    assert "--point" in said("pay --tenant T1 --amount 14 --method cash")
    one = charge(svc, "03-01", "60", "03-20", "T5")
    assert "同一人" in said(f"adjust {one} --type waiver --amount 1 --reason x --approved-by 李敏")


def test_cash_with_a_point_moves_the_till(svc: Any) -> None:
    svc.site("points", TILL)
    svc.refused("fee pay --tenant T1 --amount 10 --method bank --point front", at=at("03-01"))
    svc.refused("fee pay --tenant T1 --amount 10 --method cash --point nosuch", at=at("03-01"))
    paid, moved = svc("fee pay --tenant T1 --amount 40 --method cash --point front --receipt 0012", at=at("03-01")).ids
    row = shown(svc, moved)
    assert [row[k] for k in ("kind", "type", "amount", "point", "payment", "doc")] == ["cash", "fee", "40.00", "front", paid, "0012"]
    refund = f"fee refund {paid} --amount 15 --method cash --point front --reason 多缴 {APPROVED}"
    back = svc(refund, at=at("03-02")).ids
    row = shown(svc, back[1])
    assert [row[k] for k in ("type", "amount", "payment")] == ["refund", "15.00", back[0]]
    other = svc("fee pay --tenant T1 --amount 7 --method cash --point front", at=at("03-03")).ids[0]
    ids = svc(f"fee reverse {other} --reason keyed_wrong {APPROVED}", at=at("03-04")).ids
    assert [shown(svc, ids[1])[k] for k in ("type", "amount")] == ["refund", "7.00"]
    assert svc("check").out == ""


def test_the_status_and_the_statement_agree(svc: Any) -> None:
    charge(svc, "01-01", "100", "01-10")
    charge(svc, "03-01", "50", "04-10")
    paid = pay(svc, "01-20", "30")
    charge(svc, "03-01", "20", "03-10", "T2")
    pay(svc, "03-02", "25", "T2")
    svc(f"fee reverse {paid} --reason bounced {APPROVED}", at=at("03-03"))
    found = svc("fee status --json", at=at("03-05")).json
    assert found["tenants"] == [
        {"tenant": "T1", "name": None, "overdue": "100.00", "not_due": "50.00", "outstanding": "150.00", "oldest_days": 55, "credit": "0.00"},
        {"tenant": "T2", "name": None, "overdue": "0.00", "not_due": "0.00", "outstanding": "0.00", "oldest_days": None, "credit": "5.00"},
    ]  # fmt: skip
    assert found["total"] == {"overdue": "100.00", "not_due": "50.00", "outstanding": "150.00", "credit": "5.00", "oldest_days": 55}
    told = svc("fee statement T1 --from 2024-02-01 --json", at=at("03-05")).json
    assert (told["opening"], told["closing"]) == ({"owed": "70.00", "credit": "0.00"}, {"owed": "150.00", "credit": "0.00"})
    assert [(x["event"], x["charged"], x["received"], x["owed"]) for x in told["lines"]] == [
        ("charge", "50.00", None, "120.00"), ("reverse", None, "-30.00", "150.00"),
    ]  # fmt: skip
    whole = svc("fee statement T1 --to 2024-01-31 --json", at=at("03-05")).json
    assert [x["event"] for x in whole["lines"]] == ["charge", "pay"]
    assert whole["closing"]["owed"] == "70.00"
    svc("fee statement T9", code=4)
    for lang, word in (("zh", "期初"), ("en", "Opening")):
        assert word in svc("fee statement T1", lang=lang, at=at("03-05")).out
        for view in ("status", "ageing"):
            text = svc(f"fee {view}", lang=lang, at=at("03-05")).out
            assert "150.00" in text
            assert lang == "zh" or text.isascii() or "–" in text


def test_recorded_tenants_are_named_by_number_or_name(svc: Any) -> None:
    svc("tenant add --name 悦和茶饮 --no T-001")
    svc("fee charge --tenant 悦和茶饮 --item 物业费 --amount 10 --due 2026-11-10")
    assert svc("fee list --json").json[0]["tenant"] == "T-001"
    assert svc("fee status --json").json["tenants"][0]["name"] == "悦和茶饮"
    assert svc("fee statement 悦和茶饮 --json").json["tenant"] == "T-001"
    svc.refused("fee charge --tenant 悦和 --item 物业费 --amount 10 --due 2026-11-10")
    svc("fee statement 悦和", code=4)


def test_the_accounting_month_follows_the_sites_months(svc: Any) -> None:
    line = "fee charge --tenant T1 --item water --amount 10 --due 2024-12-31"
    assert shown(svc, svc(line, at="2024-11-26T08:00:00+08:00").id)["month"] == "2024-11"
    svc.site("month_start_day", "26")
    assert shown(svc, svc(line, at="2024-11-26T08:00:00+08:00").id)["month"] == "2024-12"
    assert shown(svc, svc(line, at="2024-12-25T08:00:00+08:00").id)["month"] == "2024-12"
    assert shown(svc, svc(f"{line} --month 2025-02", at="2024-12-25T08:00:00+08:00").id)["month"] == "2025-02"


def test_two_desks_pay_the_same_charge(svc: Any) -> None:
    one = charge(svc, "03-01", "100", "03-20")
    pay(svc, "03-02", "60")
    svc.plant(
        "fees/2024-03.night.yaml", id="fe-0000000001", kind="fee", event="pay", at=at("03-03"), tenant="T1", amount="80.00",
        method="bank", ref="2", **{"for": {one: "80.00"}},
    )  # fmt: skip
    rows = {r["id"]: r for r in svc("fee list --json").json}
    assert (rows[one]["outstanding"], rows["fe-0000000001"]["credit"]) == ("0.00", "40.00")
    said = svc("check", code=1).out
    assert "fe-0000000001" in said
    assert "40.00" in said


# -- real data --------------------------------------------------------------------------------------------------------

MAP = """\
noun: fee
dates: ["%m/%d/%Y"]
by: "desk"
row:
  - event: charge
    key: "ar:{invoiceNumber}"
    at: "{InvoiceDate}"
    due: "{DueDate}"
    amount: "{InvoiceAmount}"
    tenant: "{customerID}"
    item: other
  - event: pay
    key: "ar-paid:{invoiceNumber}"
    at: "{SettledDate}"
    amount: "{InvoiceAmount}"
    tenant: "{customerID}"
    method: bank
    ref: "{invoiceNumber}"
    for: {"key:ar:{invoiceNumber}": "{InvoiceAmount}"}
"""


class Invoice:
    """A row of the file, read by the test itself."""

    def __init__(self, row: dict[str, str]) -> None:
        def day(name: str) -> date:
            return datetime.strptime(row[name], "%m/%d/%Y").date()  # noqa: DTZ007

        self.made, self.due, self.settled = day("InvoiceDate"), day("DueDate"), day("SettledDate")
        self.amount = Decimal(row["InvoiceAmount"]).quantize(Decimal("0.01"))

    def bucket(self, on: date) -> str | None:
        """Its bucket at the end of a day, if it is open then."""
        if not self.made <= on < self.settled:
            return None
        days = (on - self.due).days
        limits = ((0, "not_due"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
        return next((name for most, name in limits if days <= most), "366+")


@pytest.mark.skipif(not INVOICES.exists(), reason="the invoices are not here")
def test_real_invoices_age_as_they_are_counted_by_hand(svc: Any) -> None:
    (svc.folder / "map.yaml").write_text(MAP, encoding="utf-8")
    with INVOICES.open(encoding="utf-8-sig", newline="") as file:
        invoices = [Invoice(row) for row in csv.DictReader(file)]
    svc(["import", str(INVOICES), "--map", str(svc.folder / "map.yaml")])

    rows = svc("fee list --json").json
    charges = [r for r in rows if r["event"] == "charge"]
    assert (len(charges), len(rows)) == (2466, 4932)
    assert sum(Decimal(r["amount"]) for r in charges) == sum(i.amount for i in invoices) == Decimal("147703.18")
    assert {r["state"] for r in charges} == {"settled"}
    late = [r for r in charges if r["settled_at"][:10] > r["due"]]
    assert len(late) == sum(i.settled > i.due for i in invoices)
    assert round(100 * len(late) / len(charges), 1) == 35.6
    first = min(i.made for i in invoices)
    for days in (40, 200, 400, 600):
        on = first + timedelta(days=days)
        expected: dict[str, Decimal] = {}
        for invoice in invoices:
            bucket = invoice.bucket(on)
            if bucket is not None:
                expected[bucket] = expected.get(bucket, Decimal("0.00")) + invoice.amount
        total = svc(["fee", "ageing", "--as-of", on.isoformat(), "--json"]).json["total"]
        assert {k: Decimal(v) for k, v in total.items() if k != "total" and v != "0.00"} == expected, on
        assert Decimal(total["total"]) == sum(expected.values())
    assert svc("check").out == ""


def test_a_refund_in_cash_is_not_voided_while_its_move_stands(svc: Any) -> None:
    svc.site("points", TILL)
    paid = svc("fee pay --tenant T1 --amount 40 --method bank --ref 1", at=at("03-01")).id
    refund, moved = svc(f"fee refund {paid} --amount 15 --method cash --point front --reason x --approved-by 陈", at=at("03-02")).ids
    refused = svc.refused(f"fee void {refund} --reason x --approved-by 陈", at=at("03-03"))
    assert moved in refused.err and "amend" not in refused.err
    svc(f"cash void {moved} --reason x --approved-by 陈", at=at("03-03"))
    svc(f"fee void {refund} --reason x --approved-by 陈", at=at("03-03"))
    assert shown(svc, paid)["credit"] == "40.00"


def test_a_move_names_a_payment_and_nothing_else(svc: Any) -> None:
    svc.site("points", TILL)
    owed = charge(svc, "03-01", "60", "03-20")
    assert "收款" in svc.refused(f"cash move --point front --type fee --amount 5 --payment {owed}", at=at("03-02")).err


def test_what_a_tenant_owes_is_one_line_of_today(svc: Any) -> None:
    for day in ("03-05", "03-10"):
        charge(svc, "03-01", "60", day)
    charge(svc, "03-01", "7", "03-10", "T2")
    lines = svc("today --json", at=at("03-20")).json
    assert [(one["group"], "2 项应缴未缴，共 120.00" in one["what"]) for one in lines] == [("overdue", True), ("overdue", False)]
    assert lines[0]["command"] == "svcctl fee pay --tenant T1 --amount 120.00 --method"


def test_a_list_takes_a_tenant_or_unit_by_any_name(svc: Any) -> None:
    tenant, unit = svc("tenant add --no T-001 --name 悦茶").id, svc("unit add --no A-101").id
    owed = charge(svc, "03-01", "9", "03-10", "悦茶 --unit A-101")
    for name in ("T-001", "悦茶", tenant):
        assert [row["id"] for row in svc(f"fee list --where tenant={name} --json").json] == [owed], name
    for name in ("A-101", unit):
        assert [row["id"] for row in svc(f"fee list --unit {name} --json").json] == [owed], name
    said = svc("fee list --where tenant=悦荼")
    assert said.out == "" and "悦茶" in said.err


def compared(svc: Any, month: str, measure: str) -> tuple[Any, ...]:
    table = svc(f"report monthly {month} --format json", at="2024-06-01T09:00:00+08:00").json["tables"]["compare"]
    row = next(r for r in table if r["id"] == measure)
    return row["value"], row["previous"], row["change"], row["change_unit"], row["base"]


def test_golden_comparisons(svc: Any) -> None:
    """G11: a base of nothing, points instead of per cent, no rate of all that is not all, no base before it was in use."""
    svc.site("in_use_from", '{fee: "2024-02-01"}')
    for month, billed, paid in (("02", "1000", "711"), ("03", "2588.20", "1950"), ("04", "2000", "1999")):
        charge(svc, f"{month}-01", billed, f"{month}-20", f"T{month}")
        pay(svc, f"{month}-10", paid, f"T{month}")
    value, previous, change, unit, base = compared(svc, "2024-03", "fee.collection_rate")
    assert (value, previous, unit, base) == ("0.753419", "0.711000", "points", "ok") and Decimal(change).quantize(Decimal("0.01")) == Decimal("4.24")
    assert compared(svc, "2024-02", "fee.collection_rate")[1:] == (None, None, "points", "none")
    assert compared(svc, "2024-04", "fee.collection_rate")[0] == "0.999500"
    one = charge(svc, "03-01", "5", "03-20", "T9")
    svc(f"fee adjust {one} --type waiver --amount 5 --reason x {APPROVED}", at=at("03-05"))
    assert compared(svc, "2024-03", "fee.waived") == ("5.00", "0.00", None, "percent", "zero")
