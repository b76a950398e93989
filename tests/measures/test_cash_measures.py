"""The measures of cash points, each on a small ledger counted by hand; G7 of the domain's golden examples among them.

Entries are recorded as the command does it: what a count brings comes from the verb, never from the test.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from measures_desk import Desk as Plain
from measures_desk import moment

from svcctl import nouns
from svcctl.entry import Rules
from svcctl.measures.engine import compute, explain

CASH = nouns.noun("cash")
SHIFTS = [{"code": "A", "from": "07:00", "to": "15:00"}, {"code": "B", "from": "15:00", "to": "23:00"}, {"code": "C", "from": "23:00", "to": "07:00"}]
DAY = [{"code": "D", "from": "08:00", "to": "16:00"}]
FLOAT = "100x3,50x4,20x10,10x15,5x20,1x45,0.5x6,0.1x20"  # 1000.00
RATES = ("completeness_rate", "variance_rate", "settled_on_time_rate", "remitted_on_time_rate")


class Desk(Plain):
    """A ledger in memory with two cash points, "bar" with day shifts only."""

    def __init__(self, **policy):
        super().__init__(
            points={
                "front": {"float": "1000.00", "remit_by": "1d 10:00", "shifts": SHIFTS},
                "bar": {"float": "200.00", "remit_by": "0d 18:00", "shifts": DAY},
            },
            policy={"cash": {"settle_within": "1d", **policy}},
        )  # fmt: skip

    def noun(self, kind):
        return nouns.noun(kind)

    def do(self, event, at, by="Li", point="front", **fields):
        """Record an opening with all that it brings; the ids, its own first."""
        verb = CASH.verb(event)
        rules = Rules(self.site, moment(at), by, account=self.account("cash", point))
        values = {"point": point, **fields}
        data = verb.of({n: verb.by_name[n].type.load(v) for n, v in values.items()})
        assert list(data.against(rules)) == []
        data = data.complete(rules)
        entry = self.put(data, at, by)
        return [entry.id, *(self.put(one.data, at, by).id for one in data.brings(entry, rules))]

    def put(self, data, at, by):
        fields = {s.name: s.type.dump(v) for s in data.specs if (v := getattr(data, s.name)) is not None}
        record = f"ca-{self.count:010d}"
        self.records[record] = []
        return self._append(record, "cash", data.event, at, None, "", by, fields)

    def settle(self, variance, at, how, amount, possible=True):
        return self.then(variance, "settle", at, how=how, amount=amount, doc="1", possible=possible)

    def parts(self, name, period="2024-03-02", **cuts):
        return super().parts(f"cash.{name}", period, **cuts)

    def value(self, name, period="2024-03-02", **cuts):
        return super().value(f"cash.{name}", period, **cuts)


def golden():
    """G7: A is 16.00 short, B 16.00 over, C exact."""
    desk = Desk()
    desk.do("move", "03-02 08:00", type="sale", amount="2486.30")
    desk.do("move", "03-02 09:00", type="refund", amount="120.00", approved_by="Chen")
    desk.do("move", "03-02 10:00", type="drop", amount="500.00")
    desk.a = desk.do("count", "03-02 15:00", by="Li", count="100x28,50x1,0.1x3", to="Wang")  # 2850.30
    desk.do("move", "03-02 20:00", by="Wang", type="sale", amount="934.00")
    desk.b = desk.do("count", "03-02 23:00", by="Wang", count="100x19,50x1", to="Zhao")  # 1950.00
    return desk


def test_the_golden_example():
    desk = golden()
    desk.do("count", "03-03 07:00", by="Zhao", count=FLOAT, to="Li")
    states = {c.id: c.state for c in desk.linked("cash")}

    assert (str(states[desk.a[0]].expected), str(states[desk.a[0]].short), str(states[desk.a[0]].over)) == ("2866.30", "16.00", "0.00")
    assert (str(states[desk.b[0]].expected), str(states[desk.b[0]].short), str(states[desk.b[0]].over)) == ("1934.00", "0.00", "16.00")
    assert [desk.value(n) for n in ("over_count", "over_amount", "short_count", "short_amount")] == ["1", "16.00", "1", "16.00"]
    assert desk.parts("variance_rate") == (2, 3)
    assert desk.value("variance_rate") == "0.666667"
    assert desk.parts("completeness_rate") == (3, 3)
    desk.settle(desk.a[1], "03-02 16:00", "over_paid_in", "16.00", possible=False)
    desk.settle(desk.a[1], "03-02 16:00", "short_made_good", "16.00")


def test_the_golden_example_without_its_night_shift():
    desk = golden()

    assert desk.parts("completeness_rate") == (2, 3)
    assert desk.parts("variance_rate") == (2, 2)
    found = explain(desk, desk.window("2024-03-02"), "cash.completeness_rate")
    missing = [line for line in found.denominator if not line.line]
    assert [(line.id, line.file) for line in missing] == [("front 2024-03-02 C", "")]


def test_overs_and_shorts_are_split_by_point_and_cashier_and_never_netted():
    desk = golden()
    desk.do("count", "03-02 16:00", point="bar", by="Sun", count="100x1,50x1", to="safe", seal_no="1", witness="Chen")
    figures = desk.figures("2024-03-02")
    shown = {i.removeprefix("cash."): str(f.value) for i, f in figures.items() if "amount" in i}

    assert shown == {
        "over_amount": "16.00", "over_amount{point=front}": "16.00", "over_amount{cashier=Wang}": "16.00",
        "short_amount": "66.00", "short_amount{point=bar}": "50.00", "short_amount{point=front}": "16.00",
        "short_amount{cashier=Li}": "16.00", "short_amount{cashier=Sun}": "50.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "due", "recorded"),
    [("03-02 15:59:59", 0, 0), ("03-02 16:00:00", 1, 1), ("03-03 00:00:00", 2, 2), ("03-03 07:59:59", 2, 2), ("03-03 08:00:00", 3, 2),
     ("03-09 12:00:00", 3, 2)],
)  # fmt: skip
def test_a_slot_is_due_an_hour_after_its_end_and_the_day_is_provisional_until_then(now, due, recorded):
    desk = golden()
    for win in (desk.window("2024-03-02", now=moment(f"2024-{now}")), desk.window("2024-03-02", as_of=f"2024-{now}")):
        figures = compute(desk, win).figures
        assert (figures["cash.slots"].value, figures["cash.completeness_rate"].num) == (due, recorded)


def test_a_past_day_is_cut_an_hour_after_its_last_slot_so_a_later_count_comes_too_late():
    desk = golden()
    desk.do("count", "03-03 08:00:01", by="Zhao", count=FLOAT, to="Li", shift="C", date="2024-03-02")

    assert desk.parts("completeness_rate") == (2, 3)
    assert desk.parts("completeness_rate", as_of="03-03 12:00") == (3, 3)
    assert desk.parts("variance_rate") == (2, 2)
    assert desk.parts("completeness_rate", as_of="03-03 00:00") == (2, 2)  # the night shift is not due yet
    assert desk.why("cash.completeness_rate", "2024-03-02", as_of="03-03 00:00") == {
        "front 2024-03-02 C": "not due yet: its shift has not been over for an hour"
    }


def test_slots_begin_with_the_one_that_the_first_count_fills_and_a_skip_is_a_record():
    desk = Desk()
    desk.do("count", "03-05 14:50", count=FLOAT, to="Wang")
    desk.do("skip", "03-05 23:10", shift="B", reason="closed")
    assert desk.parts("completeness_rate", "2024-03-05") == (2, 3)
    assert desk.parts("variance_rate", "2024-03-05") == (0, 1)
    assert desk.value("slots", "2024-03-04") == "0"
    assert desk.value("slots", "2024-03") == str(3 * 27)  # front only: the bar was never counted
    assert desk.value("slots", "2024-05") == str(3 * 31)
    assert desk.value("slots{point=front}", "2024-05") == "93"
    assert desk.value("slots{cashier=Li}", "2024-03") == "1"  # missing ones have no cashier


def test_a_slot_with_an_over_and_a_short_counts_once_and_once_in_each():
    desk = Desk()
    desk.do("count", "03-02 07:00", count=FLOAT, to="Li", by="Zhao")
    desk.do("check", "03-02 10:00", by="Chen", count="100x9")  # 100 short
    desk.do("count", "03-02 15:00", by="Li", count="100x9,5x1", to="Wang")  # 5 over

    assert desk.parts("variance_rate") == (1, 1)
    assert [desk.value(n) for n in ("over_count", "over_amount", "short_count", "short_amount")] == ["1", "5.00", "1", "100.00"]
    assert desk.value("short_amount{cashier=Li}") == "100.00"
    assert desk.value("over_amount{cashier=Li}") == "5.00"


def test_a_night_shift_belongs_to_its_date_with_its_variances_whatever_the_month():
    desk = Desk()
    desk.do("count", "03-31 23:00", count=FLOAT, to="Wang")
    desk.do("count", "04-01 07:00", by="Wang", count="100x9", to="Li")

    assert desk.value("short_amount", "2024-03") == "100.00"
    assert desk.value("short_amount", "2024-04") == "0.00"
    assert desk.parts("completeness_rate", "2024-03-31") == (2, 2)
    assert desk.parts("variance_rate", "2024-03") == (1, 2)


def test_settled_on_time_is_of_what_fell_due_and_of_those_settled_in_full():
    desk = Desk()
    whole, part, late, _ = (
        desk.do("count", f"03-0{n} 15:00", by=by, count=count, to=to)[1]
        for n, by, count, to in ((2, "Li", "100x9", "Wang"), (3, "Wang", "100x7", "Li"), (4, "Li", "100x10", "Wang"), (5, "Wang", "100x9", "Li"))
    )  # fmt: skip
    assert desk.parts("settled_on_time_rate", "2024-03") == (0, 4)
    desk.settle(whole, "03-02 20:00", "short_made_good", "60.00")
    desk.settle(whole, "03-03 15:00", "company_bears", "40.00")
    desk.settle(part, "03-03 20:00", "short_made_good", "199.99")
    desk.settle(late, "03-05 15:00:01", "explained", "300.00")

    assert desk.parts("settled_on_time_rate", "2024-03") == (1, 4)
    assert desk.parts("settled_on_time_rate{type=over}", "2024-03") == (0, 1)
    assert desk.parts("settled_on_time_rate{type=short}", "2024-03") == (1, 3)
    assert desk.parts("settled_on_time_rate", "2024-03-03") == (1, 1)  # due on the 3rd, short on the 2nd
    assert desk.parts("settled_on_time_rate", "2024-03", as_of="03-03 14:59:59") == (0, 0)
    assert desk.parts("settled_on_time_rate", "2024-03", as_of="03-03 15:00:00") == (1, 1)
    assert desk.value("short_amount", "2024-03") == "400.00"  # whatever was settled


def test_remitted_on_time_is_of_slots_with_takings_whose_limit_fell_due():
    desk = Desk()
    desk.do("count", "03-02 15:00", count="100x20", to="Wang", by="Li")
    desk.do("count", "03-02 23:00", by="Wang", count=FLOAT, to="Zhao")  # nothing to hand in
    desk.do("count", "03-03 07:00", by="Zhao", count="100x11", to="Li")
    desk.do("count", "03-03 15:00", by="Li", count="100x11", to="Wang")
    desk.do("remit", "03-03 10:00", shifts=["A@2024-03-02"], count="100x10", witness="Chen")
    desk.do("remit", "03-03 10:00:01", shifts=["C@2024-03-02"], count="100x1", witness="Chen")
    desk.do("count", "03-02 16:00", point="bar", by="Sun", count="100x3", to="safe", seal_no="1", witness="Chen")

    assert desk.parts("remitted_on_time_rate", "2024-03-03") == (1, 2)
    assert desk.parts("remitted_on_time_rate", "2024-03-02") == (0, 1)  # the bar hands in on the same day
    assert desk.parts("remitted_on_time_rate", "2024-03") == (1, 4)
    assert desk.parts("remitted_on_time_rate{point=bar}", "2024-03") == (0, 1)
    assert desk.parts("remitted_on_time_rate", "2024-03", as_of="03-03 09:59:59") == (0, 1)


def test_what_was_known_and_what_was_voided():
    desk = golden()
    night = desk.do("count", "03-03 07:00", by="Zhao", count="100x9", to="Li")
    desk.then(night[0], "void", "03-04 08:00", recorded="03-04 08:00", reason="miscounted", approved_by="Chen")

    assert desk.parts("completeness_rate") == (2, 3)
    assert desk.parts("completeness_rate", known_at="03-03 12:00") == (3, 3)
    assert desk.value("short_amount") == "116.00"  # the variance of a voided count stands
    assert desk.value("short_amount", known_at="03-03 06:00") == "16.00"


def test_a_years_old_point_still_knows_where_its_slots_began():
    desk = Desk()
    at = moment("2022-01-01 15:00")
    for n in range(4):
        desk.do("count", str(at + timedelta(hours=8 * n))[:16], by=("Li", "Wang")[n % 2], count=FLOAT, to=("Wang", "Li")[n % 2])
    assert desk.value("slots", "2024-03") == "93"
    assert desk.parts("completeness_rate", "2024-03") == (0, 93)


@pytest.mark.parametrize("name", RATES)
def test_nothing_is_no_rate(name):
    assert Desk().value(name) is None
