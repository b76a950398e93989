"""Accounts of fees under anything that can happen to them: backdated, merged from two desks, voided, in any order."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "measures"))

from measures_desk import Desk, site_of
from measures_desk import charge as owed_by
from measures_desk import pay as paid_by

from svcctl import account, nouns
from svcctl.entry import Place, Rules, typed
from svcctl.fields import BadValue
from svcctl.fold import fold
from svcctl.nouns.fee_account import FeeAccount
from svcctl.nouns.fee_ties import identity
from svcctl.texts import Text

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2024, 1, 1, 8, tzinfo=ZONE)
FEE = nouns.noun("fee")
SITE = site_of()
HOURS = st.integers(0, 24 * 150)
AMOUNT = st.integers(1, 400)  # small, so that they often are exactly the same
SOME = settings(max_examples=120, deadline=None)


def moment(hours):
    return START + timedelta(hours=hours)


def money(fen):
    return f"{Decimal(fen) / 100:.2f}"


def entry(number, event, at, of="", recorded=0, **fields):
    """An entry as it stands in a file; ``recorded`` orders those of one time."""
    doc = {
        "id": f"fe-{number:010d}", "kind": "fee", "event": event, "of": of, "at": at.isoformat(),
        "recorded": (moment(24 * 200) + timedelta(seconds=recorded)).isoformat(), "by": "Li", **fields,
    }  # fmt: skip
    made, wrong = typed(FEE, {k: v for k, v in doc.items() if v}, Place("fees/x.yaml", number + 1))
    assert made is not None
    assert not wrong, wrong
    return made


def charged(number, at, amount, due, item="property", **more):
    day = (at + timedelta(days=due)).date().isoformat()
    return entry(number, "charge", at, tenant="T1", item=item, amount=money(amount), due=day, month=f"{at:%Y-%m}", **more)


def case_of(entries, as_of=None):
    return fold(FEE, entries, as_of=as_of)


def folded(records, as_of=None):
    return [c for entries in records.values() if (c := case_of(entries, as_of)) is not None]


def linked(records, as_of=None):
    return account.linked(FEE, folded(records, as_of), SITE)


# -- whatever two desks may have written --------------------------------------------------------------------------------


@st.composite
def ledgers(draw):
    """Records by id: charges and payments, with follow-ups that may well be impossible."""
    records, charges, payments, number = {}, [], [], 0
    for _ in range(draw(st.integers(1, 5))):
        item = draw(st.sampled_from(["property", "late_fee"]))
        made = charged(number, moment(draw(HOURS)), draw(AMOUNT), draw(st.integers(0, 40)), item, recorded=draw(st.integers(0, 9)))
        records[made.id] = [made]
        charges.append(made)
        number += 1
    shares = st.dictionaries(st.sampled_from([*(c.id for c in charges), "fe-0000009999"]), AMOUNT.map(money), max_size=3)
    for _ in range(draw(st.integers(1, 5))):
        made = entry(
            number, "pay", moment(draw(HOURS)), tenant="T1", amount=money(draw(AMOUNT)), method="bank",
            recorded=draw(st.integers(0, 9)), **{"for": draw(shares)},
        )  # fmt: skip
        records[made.id] = [made]
        payments.append(made)
        number += 1
    for _ in range(draw(st.integers(0, 8))):
        event = draw(st.sampled_from(["adjust", "apply", "apply", "reverse", "refund", "void"]))
        target = draw(st.sampled_from({"adjust": charges, "void": [*charges, *payments]}.get(event, payments)))
        amount = money(draw(AMOUNT))
        fields = {
            "adjust": {"type": draw(st.sampled_from(["correction", "waiver", "writeoff"])), "amount": amount, "reason": "x", "approved_by": "Chen"},
            "apply": {"tenant": "T1", "for": draw(shares)}, "reverse": {"reason": "bounced", "approved_by": "Chen"},
            "refund": {"amount": amount, "method": "bank", "reason": "x", "approved_by": "Chen"}, "void": {"reason": "x", "approved_by": "Chen"},
        }[event]  # fmt: skip
        at = target.at + timedelta(hours=draw(st.integers(0, 24 * 60)))
        records[target.id].append(entry(number, event, at, of=target.id, recorded=draw(st.integers(0, 9)), **fields))
        number += 1
    return records


def moments(records):
    """When anything happens, and a second before."""
    times = sorted({e.at for entries in records.values() for e in entries})
    return [m for t in times for m in (t - timedelta(seconds=1), t)]


def hold(cases):
    """What is true of every account at every moment."""
    alive = [c for c in cases if not c.voided]
    charges = {c.id: c.state for c in alive if c.state.is_charge}
    payments = [c.state for c in alive if not c.state.is_charge]
    given_to = dict.fromkeys(charges, Decimal("0.00"))
    for paid in payments:
        assert paid.credit >= 0
        assert all(part > 0 for part in paid.shares.values())
        whole = Decimal("0.00") if paid.state == "reversed" else paid.data.amount
        assert paid.allocated + paid.credit + paid.refunded == whole
        assert sum(f.amount for f in paid.flows) == paid.allocated + paid.credit
        assert sum(f.amount for f in paid.flows if f.charge is None) == paid.credit
        assert (paid.state == "credit") == (paid.credit > 0)
        for charge, part in paid.shares.items():
            given_to[charge] += part
    for one, owed in charges.items():
        assert owed.allocated == given_to[one] == sum(f.amount for f in owed.flows)
        assert owed.outstanding == owed.data.amount - sum(c.amount for c in owed.cuts) - owed.allocated
        assert owed.outstanding >= 0
        assert owed.state == ("settled" if not owed.outstanding else "partial" if owed.allocated else "open")
        assert (owed.settled_at is None) == (owed.outstanding > 0)
    for case in alive:
        steps = case.state.timeline
        assert steps[-1].state == case.state.state
        assert list(steps) == sorted(steps, key=lambda s: s.at)
        assert all(a.state != b.state for a, b in pairwise(steps))


@SOME
@given(ledgers())
def test_nothing_is_ever_given_twice_and_nothing_is_negative(records):
    for now in moments(records):
        hold(linked(records, now))


@SOME
@given(ledgers(), st.data())
def test_the_money_of_any_period_ties(records, data):
    times = moments(records)
    start, last = data.draw(st.sampled_from(times)), data.draw(st.sampled_from(times))
    found = identity(linked(records, last), start, last, f"{last:%Y-%m}")
    assert found.ties, found
    flows = [f for c in linked(records, last) if not c.voided and not c.state.is_charge for f in c.state.flows if start <= f.at]
    assert found.received == sum(f.amount for f in flows)
    assert found.credit == sum(f.amount for f in flows if f.charge is None)


@SOME
@given(ledgers())
def test_the_months_of_every_account_tie(records):
    for several in account.grouped(FEE, [c for c in linked(records, moments(records)[-1]) if not c.voided]).values():
        assert list(FEE.audit(several, site_of())) == []


def test_a_fen_that_gets_lost_is_seen(monkeypatch):
    desk = Desk()
    owed_by(desk, "01-05 08:00", "100.00", "01-10")
    paid_by(desk, "01-20 08:00", "150.00")
    give = FeeAccount._free
    monkeypatch.setattr(FeeAccount, "_free", lambda self, entry, paid, credit, change: give(self, entry, paid, credit - Decimal("0.01"), change))
    (found,) = FEE.audit(desk.linked("fee"), site_of())
    assert "2024-01" in found[1].en and "149.99" in found[1].en


@SOME
@given(ledgers(), st.randoms())
def test_the_order_in_which_records_are_read_does_not_matter(records, random):
    expected = {c.id: c for c in linked(records)}
    names = list(records)
    random.shuffle(names)
    again = {name: random.sample(records[name], len(records[name])) for name in names}
    found = {c.id: c for c in linked(again)}
    assert {i: (c.state, c.flaw, {x.entry.id for x in c.idle}) for i, c in found.items()} == {
        i: (c.state, c.flaw, {x.entry.id for x in c.idle}) for i, c in expected.items()
    }


@SOME
@given(ledgers())
def test_what_reaches_a_moment_is_enough_to_see_everything_that_does(records):
    alone = [c for c in folded(records) if not c.voided]
    reach = FEE.reaches(alone)
    for since in moments(records):
        enough = {i: records[i] for i, r in reach.items() if r.last is None or r.last >= since}
        for as_of in (None, since, since + timedelta(days=20)):
            whole = {c.id: c for c in linked(records, as_of)}
            for case in linked(enough, as_of):
                other = whole[case.id]
                assert (case.state, case.flaw, case.entries, case.idle) == (other.state, other.flaw, other.entries, other.idle)
    for case in linked(records):
        if not case.voided:
            assert reach[case.id].open is FEE.is_open(case.state)
            assert reach[case.id].last is None or reach[case.id].last >= FEE.horizon(case.state)


def test_what_is_settled_ends_and_what_is_owed_does_not():
    day = [moment(24 * n) for n in range(200)]
    one, two = charged(0, day[0], 100, 5), charged(1, day[1], 100, 5)
    first = entry(2, "pay", day[40], tenant="T1", amount="1.00", method="bank", **{"for": {one.id: "1.00"}})
    reach = FEE.reaches([case_of([e]) for e in (one, two, first)])
    assert reach[one.id].last == reach[first.id].last == day[40]
    assert (reach[two.id].open, reach[two.id].last) == (True, None)
    soon = entry(2, "pay", day[3], tenant="T1", amount="1.00", method="bank", **{"for": {one.id: "1.00"}})
    reach = FEE.reaches([case_of([e]) for e in (one, two, soon)])
    assert day[31] < reach[one.id].last == reach[soon.id].last < day[35]  # the end of its month, and a margin
    both = entry(3, "pay", day[50], tenant="T1", amount="1.00", method="bank", **{"for": {two.id: "0.50"}})
    reach = FEE.reaches([case_of([e]) for e in (one, two, soon, both)])
    assert (reach[both.id].last, reach[both.id].open) == (None, False)


# -- what the commands write ---------------------------------------------------------------------------------------------


class Counter:
    """Records as the commands do: what the rules refuse is not written, what they let through must fit."""

    def __init__(self):
        self.records, self.number = {}, 0

    def rules(self, at):
        made, idle = account.posted(FEE, folded(self.records), SITE)
        assert not idle
        assert not made.flaws()
        return Rules(SITE, at, "Li", account=made)

    def put(self, event, at, of="", **fields):
        """An entry that was let through; whether it fits, with all that lies after it."""
        made = entry(self.number, event, at, of=of, recorded=self.number, **fields)
        tried = {**self.records, of or made.id: [*self.records.get(of, []), made]}
        cases = linked(tried)
        fits = not any(c.idle or c.flaw for c in cases)
        if fits:
            self.records, self.number = tried, self.number + 1
        return fits

    def pay(self, at, amount, shares=None):
        verb = FEE.verb("pay")
        values = {"tenant": "T1", "amount": Decimal(amount), "method": "bank", "for": shares}
        data, rules = verb.of(values), self.rules(at)
        if list(data.faults()) or list(data.against(rules)):
            return
        data = data.complete(rules)
        assert self.put("pay", at, tenant="T1", amount=amount, method="bank", **{"for": verb.by_name["for"].type.dump(data.for_ or {})})

    def apply(self, at, shares=None):
        verb = FEE.verb("apply")
        try:
            parts = verb.spread({"tenant": "T1", "for": shares}, self.rules(at))
        except BadValue:
            return
        gathered = verb.gathered([data for _, data in parts])
        assert shares is None or gathered == {"tenant": "T1", "for": shares}
        for record, data in parts:
            assert self.put("apply", at, record, tenant="T1", **{"for": verb.by_name["for"].type.dump(data.for_)})

    def step(self, data):
        at, amount = moment(data.draw(HOURS)), money(data.draw(AMOUNT))
        event = data.draw(st.sampled_from(["charge", "charge", "pay", "pay", "apply", "adjust", "reverse", "refund"]))
        charges = [i for i, e in self.records.items() if e[0].event == "charge"]
        payments = [i for i, e in self.records.items() if e[0].event == "pay"]
        shares = None
        if charges and data.draw(st.booleans()):
            shares = data.draw(st.dictionaries(st.sampled_from(charges), AMOUNT.map(lambda f: Decimal(money(f))), min_size=1, max_size=3))
        if event == "charge":
            made = charged(self.number, at, int(Decimal(amount) * 100), data.draw(st.integers(0, 40)), recorded=self.number)
            self.records[made.id] = [made]
            self.number += 1
        elif event in ("pay", "apply"):
            self.pay(at, amount, shares) if event == "pay" else self.apply(at, shares)
        elif event == "adjust" and charges:
            self.put(event, at, data.draw(st.sampled_from(charges)), type="waiver", amount=amount, reason="x", approved_by="Chen")
        elif event == "reverse" and payments:
            self.put(event, at, data.draw(st.sampled_from(payments)), reason="bounced", approved_by="Chen")
        elif event == "refund" and payments:
            self.put(event, at, data.draw(st.sampled_from(payments)), amount=amount, method="bank", reason="x", approved_by="Chen")


@SOME
@given(st.data())
def test_what_the_rules_let_through_fits_whatever_lies_after_it(data):
    desk = Counter()
    for _ in range(data.draw(st.integers(3, 14))):
        desk.step(data)
    hold(linked(desk.records))


@SOME
@given(st.data())
def test_posting_one_after_another_is_the_same_as_building_anew(data):
    desk, live = Counter(), FeeAccount()
    for hours in sorted(data.draw(st.lists(HOURS, min_size=2, max_size=12))):
        before = {e.id for entries in desk.records.values() for e in entries}
        event, amount = data.draw(st.sampled_from(["charge", "pay", "apply"])), money(data.draw(AMOUNT))
        if event == "charge":
            made = charged(desk.number, moment(hours), int(Decimal(amount) * 100), data.draw(st.integers(0, 40)), recorded=desk.number)
            desk.records[made.id] = [made]
            desk.number += 1
        else:
            desk.pay(moment(hours), amount) if event == "pay" else desk.apply(moment(hours))
        for entries in desk.records.values():
            for one in entries:
                if one.id not in before:
                    assert live.post(one, entries[0]) is None
    rebuilt, _ = account.posted(FEE, folded(desk.records), SITE)
    for case in folded(desk.records):
        assert live.light(case.opening, case.state) == rebuilt.light(case.opening, case.state)
    assert [c.id for c in live.open_charges()] == [c.id for c in rebuilt.open_charges()]
    later = moment(24 * 300)
    assert live.credits(later) == rebuilt.credits(later)


@SOME
@given(ledgers(), st.data())
def test_the_figures_of_any_ledger_agree_with_each_other(records, data):
    desk = Desk()
    desk.records = records
    now = data.draw(st.sampled_from(moments(records)))
    period = data.draw(st.sampled_from([f"{now:%Y-%m}", f"{now:%G-W%V}", f"{now:%Y-%m-%d}"]))
    win = desk.window(period)
    figures = desk.figures(period)
    cases = [c for c in linked(records, win.as_of) if not c.voided]

    def value(name):
        return figures[f"fee.{name}"].value

    assert value("ageing") == sum((c.state.outstanding for c in cases if c.state.is_charge), Decimal(0))
    assert value("ageing") == sum(f.value for i, f in figures.items() if i.startswith("fee.ageing{"))
    assert value("ageing") - value("arrears") == figures["fee.ageing{bucket=not_due}"].value
    assert value("received") == identity(cases, win.start, win.cut, f"{win.period.last:%Y-%m}").received
    current, older, both = (figures[f"fee.{n}"] for n in ("collection_rate", "arrears_recovery_rate", "combined_rate"))
    assert (both.num, both.den) == (current.num + older.num, current.den + older.den)
    for name in ("billed", "waived", "arrears"):
        assert value(name) == sum(f.value for i, f in figures.items() if i.startswith(f"fee.{name}{{"))


# -- the order in which charges are paid --------------------------------------------------------------------------------


def test_what_was_due_first_is_paid_first_and_late_fees_after_their_principal():
    live = FeeAccount()
    day = [moment(24 * n) for n in range(40)]
    rows = (
        (0, day[0], 30, "property"), (1, day[1], 5, "late_fee"), (2, day[1], 5, "water"), (3, day[2], 1, "gas"), (4, day[3], 0, "gas"),
    )  # fmt: skip
    for number, at, due, item in rows:
        made = charged(number, at, 100, due, item)
        live.post(made, made)
    assert [int(i[-1]) for i in live.allocation(Decimal("5.00"), day[30])] == [3, 4, 2, 1, 0]
    assert live.allocation(Decimal("2.50"), day[30]) == {
        "fe-0000000003": Decimal("1.00"), "fe-0000000004": Decimal("1.00"), "fe-0000000002": Decimal("0.50"),
    }  # fmt: skip
    assert list(live.allocation(Decimal("9.00"), day[1])) == ["fe-0000000002", "fe-0000000001", "fe-0000000000"]


def test_a_backdated_payment_takes_no_more_than_was_open_all_the_time_since():
    desk = Counter()
    day = [moment(24 * n) for n in range(40)]
    owed = charged(0, day[0], 100, 5)
    desk.records, desk.number = {owed.id: [owed]}, 1
    desk.pay(day[10], "0.70")
    assert desk.put("reverse", day[20], "fe-0000000001", reason="bounced", approved_by="Chen")
    for at, room in ((day[5], "0.30"), (day[15], "0.30"), (day[20], "1.00")):
        assert desk.rules(at).account.takes(owed.id, at) == Decimal(room)
    desk.pay(day[5], "1.00")
    (paid,) = [c.state for c in linked(desk.records) if c.state.state == "credit"]
    assert (paid.allocated, paid.credit) == (Decimal("0.30"), Decimal("0.70"))
    assert desk.rules(day[39]).account.credits(day[4]) == []
    assert desk.rules(day[39]).account.credits(day[39]) == [("fe-0000000003", Decimal("0.70"))]


@pytest.mark.parametrize(("charge", "why"), [("fe-0000000001", "payment"), ("fe-0000000009", "no charge"), ("fe-0000000002", "after that")])
def test_what_cannot_be_paid(charge, why):
    live = FeeAccount()
    for made in (
        charged(0, moment(0), 100, 5), entry(1, "pay", moment(1), tenant="T1", amount="1.00", method="bank"), charged(2, moment(9), 100, 5),
    ):  # fmt: skip
        live.post(made, made)
    said = live.takes(charge, moment(5))
    assert isinstance(said, Text)
    assert why in said.en
    assert live.takes("fe-0000000000", moment(5)) == Decimal("1.00")


def test_thousands_of_payments_go_onto_one_account_in_no_time():
    live, at = FeeAccount(), moment(0)
    for number in range(0, 6000, 2):
        made = charged(number, at + timedelta(minutes=number), 100, 5)
        live.post(made, made)
        shares = live.allocation(Decimal("1.00"), made.at)
        assert list(shares) == [made.id]
        paid = entry(number + 1, "pay", made.at, tenant="T1", amount="1.00", method="bank", **{"for": {made.id: "1.00"}})
        live.post(paid, paid)
        assert live.like(paid.data, "amount", paid.at - timedelta(minutes=1), paid.at) == []
    assert live.open_charges() == []
    assert len(live.charges["fe-0000000000"].levels) == 2
