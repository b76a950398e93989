"""A cash point's chain: whatever is counted, moved and voided, each difference is there once, and nothing is ever netted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl import account, nouns, site
from svcctl.entry import Entry, Place, Rules, Void
from svcctl.fields import TallyType
from svcctl.fold import Case, fold
from svcctl.nouns.cash import Cash, Check, Count, Move, Remit, Settle, Skip, Variance
from svcctl.nouns.cash_chain import INFLOWS, Chain
from svcctl.nouns.slots import gaps, slots

SHIFTS = [{"code": "A", "from": "07:00", "to": "15:00"}, {"code": "B", "from": "15:00", "to": "23:00"}, {"code": "C", "from": "23:00", "to": "07:00"}]
SITE = site.build(
    {"svcctl": "1", "site": "T", "points": {"front": {"float": "100.00", "shifts": SHIFTS}, "bar": {"float": "50.00", "shifts": []}}},
    lambda path: 1,
)  # fmt: skip
NOUN = nouns.noun("cash")
START = datetime.fromisoformat("2026-03-02T07:00:00+08:00")
PEOPLE = ("Li", "Wang")


def money(text: str | int) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def tally(total: int) -> Any:
    return TallyType().load(f"1x{total}")


class Till:
    """One point, recorded as the recorder does it; and beside it, in the plainest way, what there should be."""

    def __init__(self, point: str = "front") -> None:
        self.point = point
        self.records: dict[str, list[Entry]] = {}
        self.chain = Chain(SITE)
        self.number = 0
        self.due: list[tuple[str, Decimal]] = []  # the differences there were, in their order
        self.at = START

    def rules(self, by: str = "Li") -> Rules:
        return Rules(SITE, self.at, by, account=self.chain)

    def entry(self, data: Any, of: str = "", by: str = "Li", at: datetime | None = None, event: str = "", late: int = 0) -> Entry:
        self.number += 1
        recorded = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=self.number - late)
        return Entry(f"ca-{self.number:010d}", "cash", event or data.event, of, at or self.at, recorded, by, data, Place("x", 1), sum="s")

    def keep(self, entry: Entry) -> Entry:
        self.records.setdefault(entry.of or entry.id, []).append(entry)
        if entry.event != "void":
            assert self.chain.post(entry, self.records[entry.of or entry.id][0]) is None
        return entry

    def record(self, data: Any, by: str = "Li") -> Entry | None:
        """Record it with all that it brings; None if it is refused."""
        rules = self.rules(by)
        if list(data.against(rules)):
            return None
        data = data.complete(rules)
        entry = self.entry(data, by=by)
        if isinstance(data, Count | Check):
            should = data.count.total - self.should(data)
            if should:
                self.due.append(("over" if should > 0 else "short", abs(should)))
        brought = list(data.brings(entry, rules))
        self.keep(entry)
        list(data.doubts(rules))
        for one in brought:
            self.keep(self.entry(one.data, by=by))
        return entry

    def should(self, but: Any) -> Decimal:
        """What the live records before now come to: the last count's rest, and all in and out since."""
        total = SITE.points[self.point].float
        for case in sorted(self.cases(), key=lambda c: c.opening.order):
            data = case.opening.data
            if data is but:
                continue
            if isinstance(data, Count):
                total = money(0) + data.left  # type: ignore[operator]
            elif isinstance(data, Check):
                total = data.count.total
            elif isinstance(data, Move):
                total += data.amount if data.type in INFLOWS else -data.amount
        return total

    def cases(self) -> list[Case[Any]]:
        found = [fold(NOUN, entries) for entries in self.records.values()]
        return [c for c in found if c is not None and not c.voided]

    def linked(self) -> dict[str, Case[Any]]:
        return {c.id: c for c in account.linked(NOUN, self.cases(), SITE)}

    def void(self, of: Entry) -> bool:
        """Void a record as the recorder does: not if something new becomes wrong."""
        before = {i for i, c in self.linked().items() if c.flaw}
        entry = self.entry(Void("wrong", "Chen"), of=of.id, event="void")
        self.records[of.id].append(entry)
        if {i for i, c in self.linked().items() if c.flaw} - before:
            self.records[of.id].pop()
            return False
        self.chain, _ = account.posted(NOUN, self.cases(), SITE)  # type: ignore[assignment]
        return True

    def variances(self) -> list[tuple[str, Decimal]]:
        """What was stored, voided counts' too."""
        found = [entries[0] for entries in self.records.values() if entries[0].event == "variance"]
        return [(e.data.type, e.data.amount) for e in sorted(found, key=lambda e: e.order)]


class Step(NamedTuple):
    what: str
    hours: int
    amount: int
    pick: int


STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(("count", "count", "count", "check", "move", "move", "move", "remit", "skip", "settle", "void", "merge")),
        st.sampled_from((0, 0, 1, 3, 5, 8, 8, 30)), st.integers(0, 150), st.integers(0, 40),
    ),
    max_size=20,
)  # fmt: skip
TYPES = [code for code, _, _ in Move.by_name["type"].type.choices]  # type: ignore[attr-defined]


def played(steps: list[Step], merges: bool = False) -> Till:
    till = Till()
    for step in steps:
        till.at += timedelta(hours=step.hours)
        cases = till.linked()
        if step.what == "count":
            left = money(step.amount // 2) if step.pick % 3 == 0 else None
            data = Count(point="front", count=tally(step.amount), to=PEOPLE[step.pick % 2], left=left)
            till.record(data, by=PEOPLE[1 - step.pick % 2])
        elif step.what == "check":
            till.record(Check(point="front", count=tally(step.amount)), by="Chen")
        elif step.what == "move":
            till.record(Move(point="front", type=TYPES[step.pick % len(TYPES)], amount=money(step.amount)))
        elif step.what == "skip":
            till.record(Skip(point="front", shift="ABC"[step.pick % 3], reason="closed"))
        elif step.what == "remit":
            owed = [c.state.data for c in cases.values() if c.state.owes]
            if owed:
                names = tuple(f"{d.shift}@{d.date}" for d in owed[: 1 + step.pick % 3])
                till.record(Remit(point="front", shifts=names, count=tally(1), witness="Chen"))
        elif step.what == "settle":
            _settled(till, cases, step)
        elif step.what == "void":
            records = [e[0] for e in till.records.values() if e[0].event != "variance" and e[0].id in cases]
            if records:
                till.void(records[step.pick % len(records)])
        elif merges:
            back = till.at - timedelta(hours=step.pick)
            move = Move(point="front", type="sale", amount=money(step.amount))
            entry = till.entry(move, at=back, late=step.amount)
            till.records[entry.id] = [entry]
            till.chain, _ = account.posted(NOUN, till.cases(), SITE)  # type: ignore[assignment]
    return till


def _settled(till: Till, cases: dict[str, Case[Any]], step: Step) -> None:
    waiting = [c for c in cases.values() if NOUN.is_open(c.state)]
    if waiting:
        case = waiting[step.pick % len(waiting)]
        amount = min(case.state.rest, money(step.amount))
        till.keep(till.entry(Settle(how="explained", amount=amount, doc="1"), of=case.id))


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_each_difference_is_stored_once_and_none_is_netted(steps: list[Step]) -> None:
    till = played(steps)

    assert till.variances() == till.due
    assert all(amount > 0 for _, amount in till.variances())
    assert not any(c.flaw for c in till.linked().values())


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_posting_one_after_another_is_the_same_as_posting_all_anew(steps: list[Step]) -> None:
    till = played(steps, merges=True)
    anew, idle = account.posted(NOUN, till.cases(), SITE)

    assert isinstance(anew, Chain)
    assert idle == {}
    assert dict(till.chain.flaws()) == dict(anew.flaws())
    probe = till.entry(Count(point="front", count=tally(1), to="Li"), at=till.at + timedelta(days=1))
    assert till.chain.expected(probe) == anew.expected(probe)
    assert till.chain.on_duty() == anew.on_duty()
    for case in till.cases():
        assert till.chain.light(case.opening, case.state) == anew.light(case.opening, case.state)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.one_of(st.integers(0, 40), st.integers(0, 600)))
def test_what_reaches_far_enough_is_all_that_bears_on_a_record(steps: list[Step], hours: int) -> None:
    till = played(steps, merges=True)
    since = START + timedelta(hours=hours)
    reach = NOUN.reaches(till.cases())
    far = [c for c in till.cases() if reach[c.id].last is None or reach[c.id].last >= since]
    whole, part = till.linked(), {c.id: c for c in account.linked(NOUN, far, SITE)}

    for case in till.cases():
        assert reach[case.id].open is NOUN.is_open(case.state)
        assert reach[case.id].last is None or reach[case.id].last >= case.opening.at
        if case.opening.at >= since or case.id in part:
            assert part[case.id].state == whole[case.id].state
        if case.opening.at >= since:
            assert part[case.id].flaw == whole[case.id].flaw
    later = max(since, till.at)
    known, _ = account.posted(NOUN, [c for c in till.cases() if reach[c.id].last is None or reach[c.id].last >= later], SITE)
    assert isinstance(known, Chain)
    probe = till.entry(Count(point="front", count=tally(1), to="Li"), at=later)
    assert known.expected(probe) == till.chain.expected(probe)
    assert known.on_duty() == till.chain.on_duty()
    assert known.nearest("front", later) == till.chain.nearest("front", later)
    assert gaps(part.values(), later, SITE, since) == gaps(whole.values(), later, SITE, since)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+08:00")


def test_a_spot_check_starts_the_float_anew_and_books_its_difference_once() -> None:
    till = Till()
    till.record(Count(point="front", count=tally(100), to="Li"), by="Wang")
    till.at = at("03-02T10:00")
    till.record(Move(point="front", type="sale", amount=money(50)))
    checked = till.record(Check(point="front", count=tally(140)), by="Chen")
    till.at = at("03-02T14:50")
    counted = till.record(Count(point="front", count=tally(140), to="Wang"), by="Li")

    assert checked is not None
    assert counted is not None
    assert till.variances() == [("short", money(10))]
    (variance,) = [e[0].data for e in till.records.values() if e[0].event == "variance"]
    assert (variance.count, variance.shift, str(variance.date), variance.cashier) == (checked.id, "A", "2026-03-02", "Li")
    state: Cash = till.linked()[counted.id].state
    assert (state.expected, state.over, state.short, state.takings) == (140, 0, 0, 40)


@pytest.mark.parametrize(
    ("when", "shift", "date"),
    [("03-02T10:00", "A", "2026-03-02"), ("03-02T16:00", "A", "2026-03-02"), ("03-02T16:01", "B", "2026-03-02"),
     ("03-03T08:00", "C", "2026-03-02"), ("03-03T08:01", "A", "2026-03-03")],
)  # fmt: skip
def test_a_spot_check_belongs_to_the_first_slot_that_may_still_be_counted(when: str, shift: str, date: str) -> None:
    till = Till()
    till.record(Count(point="front", count=tally(100), to="Li"), by="Wang")  # fills C of the night
    till.at = at(when)
    till.record(Check(point="front", count=tally(99)), by="Chen")

    (variance,) = [e[0].data for e in till.records.values() if e[0].event == "variance"]
    assert (variance.shift, str(variance.date)) == (shift, date)


def test_before_the_first_count_a_spot_check_belongs_to_the_slot_that_runs_and_to_no_cashier() -> None:
    till = Till()
    till.at = at("03-02T23:00")
    till.record(Check(point="front", count=tally(99)), by="Chen")

    (variance,) = [e[0].data for e in till.records.values() if e[0].event == "variance"]
    assert (variance.shift, str(variance.date), variance.cashier) == ("C", "2026-03-02", None)


def test_voiding_what_a_later_count_was_based_on_makes_that_count_wrong() -> None:
    till = Till()
    till.record(Count(point="front", count=tally(150), to="Li"), by="Wang")
    till.at = at("03-02T10:00")
    sale = till.record(Move(point="front", type="sale", amount=money(50)))
    till.at = at("03-02T15:00")
    second = till.record(Count(point="front", count=tally(140), to="Wang"), by="Li")
    assert sale is not None
    assert second is not None

    assert not till.void(sale)
    assert till.void(second)  # its variance stands and is no flaw
    assert till.void(sale)
    assert till.variances() == [("over", money(50)), ("short", money(10))]


def test_what_a_merge_or_a_hand_can_spoil_is_named() -> None:
    till = Till()
    first = till.record(Count(point="front", count=tally(90), to="Li"), by="Wang")
    assert first is not None
    (variance,) = [e[0] for e in till.records.values() if e[0].event == "variance"]
    till.keep(till.entry(Move(point="front", type="sale", amount=money(5)), at=START - timedelta(hours=1)))
    till.keep(till.entry(Variance(count=first.id, point="front", type="over", amount=money(1))))
    move = till.keep(till.entry(Move(point="front", type="sale", amount=money(5))))
    till.keep(till.entry(Variance(count=move.id, point="front", type="over", amount=money(1))))
    again = till.keep(till.entry(Count(point="front", count=tally(5), to="Li", shift="C", date=first.data.date, left=money(5)), at=at("03-02T09:00")))
    flaws = {c.opening.event + c.id[-2:]: c.flaw.en for c in till.linked().values() if c.flaw}

    assert flaws == {
        "move03": f"it was recorded later than count {first.id}, before which it lies: it is in no count",
        f"count{first.id[-2:]}": f"several variances of one count: {variance.id}, ca-0000000004",
        "variance06": f"the variance points to {move.id}, which is no count and no spot check",
        f"count{again.id[-2:]}": f"that shift was counted or skipped already ({first.id})",
    }
    bare = till.keep(till.entry(Check(point="front", count=tally(1)), at=at("03-02T09:10")))
    false = till.keep(till.entry(Check(point="front", count=tally(2)), at=at("03-02T09:20")))
    till.keep(till.entry(Variance(count=false.id, point="front", type="short", amount=money(1)), at=at("03-02T09:20")))
    assert till.linked()[bare.id].flaw == ("实点 1.00，应有 5.00，却没有差异记录", "1.00 counted, 5.00 expected, and yet there is no variance")
    assert till.linked()[false.id].flaw is not None


def test_a_point_without_shifts_is_counted_all_the_same() -> None:
    till = Till("bar")
    till.record(Count(point="bar", count=tally(70), to="Li"), by="Wang")

    (count, _) = till.cases()
    assert (count.state.data.shift, count.state.data.date, count.state.data.left) == (None, None, 50)
    assert till.variances() == [("over", money(20))]


def test_slots_run_over_midnight_and_belong_to_the_date_they_start_on() -> None:
    found = slots(SITE, "front", START.date(), START.date() + timedelta(days=1))

    assert [s.name for s in found] == ["A@2026-03-02", "B@2026-03-02", "C@2026-03-02", "A@2026-03-03", "B@2026-03-03", "C@2026-03-03"]
    assert (found[2].start, found[2].end, found[2].due) == (at("03-02T23:00"), at("03-03T07:00"), at("03-03T08:00"))


def test_slots_are_whole_on_the_days_when_clocks_change() -> None:
    berlin = site.build(
        {"svcctl": "1", "site": "T", "timezone": "Europe/Berlin", "points": {"front": {"float": "1.00", "shifts": SHIFTS}}}, lambda path: 1
    )
    saturday = at("03-28T12:00").date()
    night = slots(berlin, "front", saturday, saturday)[-1]
    assert night.end - night.start == timedelta(hours=7)


def test_gaps_are_slots_that_passed_without_a_record_and_takings_not_handed_in() -> None:
    till = Till()
    till.record(Count(point="front", count=tally(150), to="Li"), by="Wang")
    till.at = at("03-02T22:58")
    till.record(Count(point="front", count=tally(100), to="Wang"), by="Li")
    till.at = at("03-03T09:00")
    till.record(Skip(point="front", shift="C", reason="closed"))
    found = gaps(till.linked().values(), at("03-03T15:00"), SITE)

    assert [(g.code, g.slot.name, g.due) for g in found] == [
        ("unremitted", "C@2026-03-01", at("03-02T10:00")), ("missing", "A@2026-03-02", at("03-02T16:00")), ("missing", "A@2026-03-03", at("03-03T16:00")),
    ]  # fmt: skip
    assert found[0].command == "svcctl cash remit --point front --shifts C@2026-03-01 --count  --witness "
    assert found[1].command == "svcctl cash skip --point front --shift A --date 2026-03-02 --reason "


def test_who_is_on_duty_is_known_for_ever_even_after_a_spot_check() -> None:
    till = Till()
    till.record(Count(point="front", count=tally(100), to="Li"), by="Wang")
    till.at = at("03-02T15:00")
    till.record(Count(point="front", count=tally(100), to="Wang"), by="Li")
    till.at = at("03-02T16:00")
    till.record(Check(point="front", count=tally(100)), by="Chen")
    reach = NOUN.reaches(till.cases())
    known, _ = account.posted(NOUN, [c for c in till.cases() if reach[c.id].last is None], SITE)

    assert isinstance(known, Chain)
    assert known.on_duty() == "Wang"
