"""The overview of a month: the year to date, lights, and what it is drawn from."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_desk import Desk, street, template

from svcctl.measures.compare import light, meets, to_date
from svcctl.measures.declare import Unit
from svcctl.measures.engine import Figure, compute
from svcctl.period import Calendar
from svcctl.reports.build import build
from svcctl.reports.to_json import as_json
from svcctl.site import Target
from svcctl.texts import Text
from svcctl.xlsx.book import render
from svcctl.xlsx.look import PLAIN
from svcctl.xlsx.sparks import extension

ZONE = ZoneInfo("Asia/Shanghai")


def figure(value: str | None, unit: Unit = "rate", num: str | None = None, den: str | None = None) -> Figure:
    parts = (None if part is None else Decimal(part) for part in (value, num, den))
    made = dict(zip(("value", "num", "den"), parts, strict=True))
    blank = Figure._make([None] * len(Figure._fields))
    return blank._replace(id="x.y", label=Text("甲", "a"), unit=unit, **made)


@pytest.mark.parametrize(
    ("value", "unit", "direction", "limit", "expected"),
    [
        ("0.950000", "rate", "min", "0.95", "met"),
        ("0.930000", "rate", "min", "0.95", "near"),
        ("0.929999", "rate", "min", "0.95", "missed"),
        ("0.070000", "rate", "max", "0.05", "near"),
        ("0.050000", "rate", "max", "0.05", "met"),
        ("105", "count", "max", "100", "near"),
        ("106", "count", "max", "100", "missed"),
        ("95.00", "money", "min", "100", "near"),
        ("94.99", "money", "min", "100", "missed"),
        (None, "rate", "min", "0.95", None),
    ],
)
def test_a_light_is_near_within_two_points_or_five_per_cent(value, unit, direction, limit, expected):
    assert light(figure(value, unit), Target(direction, Decimal(limit))) == expected


def test_a_rate_is_judged_by_its_parts_and_not_by_what_is_shown_of_it():
    shown_as_reached = figure("0.950000", num="949999", den="1000000")
    assert light(shown_as_reached, Target("min", Decimal("0.95"))) == "near"


@given(st.decimals("-1000", "1000", places=4), st.decimals("-1000", "1000", places=2), st.sampled_from(["min", "max"]),
       st.sampled_from(["rate", "count", "money", "minutes"]))  # fmt: skip
def test_a_light_is_green_exactly_where_the_target_is_met(value, limit, direction, unit):
    one, target = figure(str(value), unit), Target(direction, limit)
    assert (light(one, target) == "met") == meets(one, target)


@pytest.mark.parametrize(("start", "label", "first"), [(1, "2026-10", date(2026, 1, 1)), (26, "2026-01", date(2025, 12, 26)), (26, "2026-10", date(2025, 12, 26))])
def test_the_year_begins_with_the_first_reporting_month(start, label, first):
    month = Calendar(ZONE, month_start_day=start).month(label)
    year = month.year_to_date()
    assert (year.first, year.last, year.end) == (first, month.last, month.end)


def test_the_year_of_a_day_ends_with_that_day():
    day = Calendar(ZONE).day(date(2026, 3, 5))
    assert day.year_to_date().label == "2026-01-01..2026-03-05"
    assert day.year_to_date().end.astimezone(UTC) == day.end


FLOWS = ("complaint.received", "complaint.promise_kept_rate", "repair.received", "repair.finished", "repair.on_time_rate")


def test_the_year_to_date_is_the_sum_of_its_months_and_its_rates_are_sums_over_sums():
    desk = street(date(2024, 11, 1), date(2026, 4, 30), a_month=30)
    win = desk.window("2026-03")
    found = to_date(desk, win, [*FLOWS, "repair.backlog"])
    for i in FLOWS:
        months = [compute(desk, desk.window(f"2026-0{n}"), [i], ()).figures[i] for n in (1, 2, 3)]
        expected = sum(m.num for m in months) / sum(m.den for m in months) if i.endswith("rate") else sum(m.value for m in months)
        assert abs(found[i].value - expected) < Decimal("0.000001"), i
    before = compute(desk, desk.window("2025-01-01..2025-03-31", "range"), list(FLOWS), ()).figures
    assert [found[i].last_year.value for i in FLOWS] == [before[i].value for i in FLOWS]
    assert found["repair.backlog"].value is None and found["repair.backlog"].last_year.base == "zero"


def test_without_a_comparable_year_before_there_is_no_base():
    desk = street(date(2025, 8, 1), date(2026, 4, 30), a_month=20)
    assert to_date(desk, desk.window("2026-03"), ["repair.received"])["repair.received"].last_year.base == "none"


@pytest.mark.parametrize(("since", "months"), [("2026-02-01", (2, 3)), ("2026-02-20", (2, 3)), ("2026-01-01", (1, 2, 3)), ("2025-06-01", (1, 2, 3)), ("2026-04-02", (1, 2, 3))])
def test_the_year_to_date_begins_with_the_month_from_which_a_noun_is_in_use(since, months):
    desk = Desk(in_use_from={"repair": since})
    for month in (1, 1, 2, 3):
        desk.take("repair", f"{month:02}-05 09:00", event="add", unit="A-1", fault="x")
    found = to_date(desk, desk.window("2026-03"), ["repair.received", "complaint.received"])
    assert found["repair.received"].value == sum({1: 2}.get(m, 1) for m in months) and found["complaint.received"].value == 0


def test_the_fee_rates_of_a_range_of_whole_months_are_about_all_of_them():
    desk = Desk(nouns=["fee"])
    for month, paid in (("01", "100.00"), ("02", "50.00"), ("03", "0.00")):
        charge = desk.take("fee", f"{month}-02 09:00", event="charge", tenant="甲", item="property", amount="100.00", due=f"2026-{month}-10", month=f"2026-{month}")
        if paid != "0.00":
            desk.do("fee", "pay", f"{month}-05 09:00", tenant="甲", amount=paid, method="bank", **{"for": {charge: paid}})
    win = desk.window("2026-03")
    year = to_date(desk, win, ["fee.collection_rate", "fee.arrears"])
    assert year["fee.collection_rate"].value == Decimal("0.500000")
    part = compute(desk, desk.window("2026-01-01..2026-03-15", "range"), ["fee.collection_rate"], ()).figures["fee.collection_rate"]
    assert (part.num, part.den) == (0, 100)  # not whole months: that of its last day


def test_the_overview_is_in_the_workbook_and_for_programs():
    desk = street(date(2025, 11, 1), date(2026, 3, 31), a_month=20)
    content = as_json(desk, template("monthly"), desk.window("2026-03"), "en")["tables"]["overview"]
    row = next(r for r in content if r["id"] == "repair.on_time_rate")
    assert row["light"] in ("met", "near", "missed") and (row["light"] == "met") == row["met"]
    assert set(row) >= {"year_to_date", "last_year_to_date", "year_change", "previous", "target"}
    data = render(build(desk, template("monthly"), desk.window("2026-03"), "en"))
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
    assert sheet.count("<x14:sparkline>") == len(content)
    assert sheet.index("<extLst>") > sheet.index("<tableParts")


def test_the_small_charts_name_their_cells_and_no_text_gets_out_of_them():
    made = extension([("M5", "'A<B&C'!B2:B13")], PLAIN).decode()
    assert "<xm:f>'A&lt;B&amp;C'!B2:B13</xm:f><xm:sqref>M5</xm:sqref>" in made
    assert made.startswith("<extLst>") and made.endswith("</extLst>")
