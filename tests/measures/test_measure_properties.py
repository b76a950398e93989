"""What holds for any history, and the main rates counted a second time from the entries alone."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measures_desk import NOUN_OF, apply, charge, moment, pay
from test_cash_measures import SHIFTS, Desk

from svcctl import measures
from svcctl.fields import BadValue
from svcctl.fold import fold
from svcctl.measures.engine import compute, explain
from svcctl.measures.fee_subjects import days_due
from svcctl.nouns import fee_ties

START, END = moment("03-01 00:00"), moment("04-01 00:00")
DAY = timedelta(days=1)
# Whole days nearly everywhere, so that limits are hit exactly.
OPENED = [moment("02-10 00:00") + n * DAY for n in range(50)]
STEPS = [timedelta(hours=h) for h in (0, 0, 24, 24, 24, 48, 72, 168, 169, 720)]
CUTS = [START + n * DAY for n in range(40)]

FOLLOW_UPS = {
    "cp": [
        ("assign", {"owner": "Li"}), ("reply", {"text": "yes"}), ("reply", {"text": "soon", "interim": "true"}),
        *[("resolve", {"cause": "c", "action": "a"})] * 6, ("resolve", {"cause": "c", "action": "a", "untold": "true"}),
        *[("callback", {"result": "reached", "score": "4", "solved": "yes"})] * 3, ("callback", {"result": "no_answer"}),
        ("callback", {"result": "reached", "score": "1", "solved": "no", "reason": "r"}),
        ("callback", {"result": "refused"}), ("reopen", {"reason": "r"}), ("merge", {"into": "cp-x"}),
        ("withdraw", {"reason": "r"}), ("close", {}),
    ],
    "rp": [
        ("dispatch", {"to": "Zhou", "reason": "r"}), ("pause", {"reason": "parts", "until": "2024-12-01 00:00"}),
        ("resume", {}), ("finish", {"result": "fixed"}), ("finish", {"result": "no_fault"}), ("close", {}),
        ("reopen", {"reason": "r"}), ("cancel", {"reason": "r"}), ("triage", {"party": "equipment", "reason": "r"}),
        ("callback", {"result": "reached", "score": "2", "solved": "yes", "reason": "r"}),
    ],
    "lf": [
        *[("claim", {"claimant": "Zhou", "described": "d", "verified_by": "Li"})] * 3, ("unclaim", {"reason": "r"}),
        *[("return", {"to": "Zhou", "how": "mail"})] * 2, ("dispose", {"how": "police", "approved_by": "C", "witness": "W"}),
        ("move", {"storage": "s"}), ("extend", {"until": "2024-05-01 00:00", "approved_by": "C"}), ("give-up", {}),
        ("match", {"item": "lf-x"}), ("contact", {"via": "phone", "result": "r"}),
    ],
    "pl": [
        *[("done", {})] * 2, ("cancel", {"reason": "r"}), ("miss", {"reason": "r"}), ("review", {"score": "3"}),
        *[("move", {"due": f"2024-{day}", "reason": "r"}) for day in ("03-05", "03-20", "03-31", "04-10")],
    ],
}  # fmt: skip


def invented(pick, *only):
    """A desk with a few records of every noun, whose follow-ups are all possible; ``pick`` decides what happens.

    ``only``: no others than those with these prefixes.
    """
    desk = Desk()
    several = [p for p in ("cp", "cp", "cp", "rp", "rp", "rp", "lf", "lf", "lf", "pl", "pl", "pl") if not only or p in only]
    for prefix in several[pick(range(len(several) or 1)) :]:
        at = pick(OPENED)
        soon = [at + n * DAY for n in range(13)]
        if prefix == "cp":
            record = desk.take("cp", at, content="x", contact="1", anonymous=pick(["", "true"]), promised=pick(soon),
                               target=pick(soon), category=pick(["noise", "fee"]), severity="general")  # fmt: skip
        elif prefix == "lf":
            record = _lost(desk, at, soon, pick)
        elif prefix == "pl":
            record = desk.take("pl", at, what="x", owner=pick(PEOPLE), due=f"{pick(soon):%Y-%m-%d}", type=pick(["week", "month"]), weight=pick(["", "3"]))
        else:
            record = desk.take("rp", at, place="p", fault="f", due=pick(soon), party=pick(["property", "pending"]),
                               trade="lift", urgency="emergency")  # fmt: skip
        for _ in range(pick(range(12))):
            at += pick(STEPS)
            _follow(desk, record, at, pick)
    for prefix, happens in (("fe", _fee), ("ca", _cash)):
        if not only or prefix in only:
            at = pick(OPENED[:40])
            for _ in range(pick(range(3, 12)) if pick(range(4)) else 0):
                happens(desk, at, pick)
                at += pick(STEPS[:-2])
    return desk


AMOUNTS = ("33.33", "50.00", "100.00")
ITEMS = ("property", "water", "late_fee")
PEOPLE = ("Li", "Wang", "Zhao")
SETTLED_BY = {"over": "over_paid_in", "short": "short_made_good"}


def _fee(desk, at, pick):
    """Something that may happen to the account of one of two tenants, whose entries come in the order of their times."""
    when = f"{at:%Y-%m-%d %H:%M}"
    what, tenant = pick(["charge"] * 5 + ["pay"] * 4 + ["apply", "adjust", "reverse", "refund"]), pick(["T1", "T2"])
    if what == "charge":
        # The month may be an earlier or a later one, the day on which it is due is mostly near.
        month = pick(["2024-03", "2024-03", "2024-01", "2024-02", "2024-04", f"{at:%Y-%m}"])
        due = pick([at - 40 * DAY, at, at + 9 * DAY]).date().isoformat()
        charge(desk, when, pick(AMOUNTS), due, tenant=tenant, item=pick(ITEMS), month=month)
    elif what == "pay":
        pay(desk, when, pick(AMOUNTS), tenant=tenant)
    elif what == "apply":
        try:
            apply(desk, when, tenant=tenant)
        except BadValue:  # no credit, or nothing to use it for
            return
    else:
        _correct(desk, at, what, tenant, pick)


def _correct(desk, at, what, tenant, pick):
    """An adjustment, reversal or refund of a record that allows it, if there is one."""
    states = [(c.id, c.state) for c in desk.linked("fee") if c.state.data.tenant == tenant]
    rooms = {
        "adjust": {i: s.outstanding for i, s in states if s.is_charge and s.outstanding},
        "reverse": {i: None for i, s in states if not s.is_charge and s.state != "reversed" and not s.refunded},
        "refund": {i: s.credit for i, s in states if not s.is_charge and s.credit},
    }[what]
    if not rooms:
        return
    record = pick(sorted(rooms))
    fields = {
        "adjust": {"type": pick(["correction", "waiver", "writeoff"]), "reason": "r"},
        "reverse": {"reason": pick(["bounced", "wrong_payer"])}, "refund": {"method": "bank", "reason": "r"},
    }[what]  # fmt: skip
    if rooms[record] is not None:
        fields["amount"] = pick([str(rooms[record]), "0.01"])
    desk.then(record, what, at, approved_by="Chen", **fields)


def _cash(desk, at, pick):
    """Something that may happen at one of the cash points now, or nothing."""
    point, at = pick(["front", "front", "bar"]), at + timedelta(hours=pick([7, 15, 23]))
    what = pick(["count"] * 5 + ["move"] * 2 + ["check", "skip", "settle", "settle", "remit"])
    when, chain = f"{at:%Y-%m-%d %H:%M}", desk.account("cash", point)
    tally = pick(["100x10", "100x9", "100x2", "100x12,50x1"])
    if chain.last is not None and chain.last.at >= at:
        return
    of = chain.nearest(point, at)
    if what == "count" and of is not None and of.start <= at:
        holder = chain.on_duty() or "Li"
        desk.do("count", when, by=holder, point=point, count=tally, to=pick([p for p in PEOPLE if p != holder]))
    elif what == "move":
        desk.do("move", when, point=point, type=pick(["sale", "refund", "drop"]), amount=pick(AMOUNTS))
    elif what == "check":
        desk.do("check", when, by="Chen", point=point, count=tally)
    elif what == "skip":
        code = "D" if point == "bar" else pick("ABC")
        of = chain.nearest(point, at, code)
        if of is not None and of.start <= at:
            desk.do("skip", when, point=point, shift=code, reason="closed")
    elif what == "remit":
        code, day = "D" if point == "bar" else pick("ABC"), at.date() - pick([0, 1]) * DAY
        desk.do("remit", when, point=point, shifts=[f"{code}@{day}"], count=tally, witness="Chen")
    elif what == "settle":
        _settle(desk, at, point, pick)


def _settle(desk, at, point, pick):
    found = [c for c in desk.linked("cash") if c.state.event == "variance" and c.state.state in ("open", "partial")]
    mine = [c for c in found if c.state.data.point == point and c.opening.at <= at]
    if mine:
        state = (chosen := pick(mine)).state
        desk.settle(chosen.id, at, pick([SETTLED_BY[state.data.type], "explained"]), pick([str(state.rest), "0.01"]))


def _lost(desk, at, soon, pick):
    if not pick(range(4)):
        return desk.take("lf", at, event="report", what="x", where="p", contact="1")
    return desk.take("lf", at, item="x", place="p", found_by="f", storage="s", value=pick(["ordinary", "perishable"]),
                     category=pick(["bag", "toy"]), hold_until=pick(soon))  # fmt: skip


def _follow(desk, record, at, pick):
    """Something that may happen to the record now, or nothing."""
    noun = desk.noun(NOUN_OF[record[:2]])
    state = fold(noun, desk.records[record]).state.state
    # The frequent ones several times, else nearly all complaints would be withdrawn before anything else happens.
    possible = [f for f in FOLLOW_UPS[record[:2]] if state in noun.verb(f[0]).moves]
    if not possible:
        return
    event, fields = pick(possible)
    desk._append(record, noun.name, event, at, None, record, "Chen" if event == "callback" else "Wang", fields)
    if fold(noun, desk.records[record]).idle:
        desk.records[record].pop()
        desk.docs[record].pop()


@st.composite
def desks(draw, *only):
    return invented(lambda options: draw(st.sampled_from(options)), *only)


def march(desk, as_of):
    return desk.window("2024-03")._replace(as_of=as_of, now=None)


quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


# What is taken back in a month, but came before it, makes these smaller than nothing.
SIGNED = ("fee.received", "fee.arrears_recovery_rate", "fee.combined_rate", "fee.allocated", "fee.received_in_month")


@quick
@given(desks(), st.sampled_from(CUTS))
def test_a_rate_lies_between_nothing_and_all(desk, as_of):
    for figure in compute(desk, march(desk, as_of)).figures.values():
        signed = figure.id.partition("{")[0] in SIGNED
        if figure.unit != "rate":
            assert figure.num is None and figure.den is None
            assert figure.value is None or figure.value >= 0 or signed
            continue
        assert signed or (figure.num >= 0 and figure.den >= 0)
        assert (figure.value is None) is (figure.den == 0)
        if not signed and not figure.id.startswith("complaint.reopen_rate"):  # whose parts are counted apart
            assert figure.num <= figure.den
        if figure.value is not None:
            assert (figure.value == 1) is (figure.num == figure.den)
            assert (figure.value == 0) is (figure.num == 0)


@quick
@given(desks(), st.sampled_from(CUTS), st.sampled_from([m.id for m in measures.catalogue()]))
def test_an_explanation_adds_up_to_its_figure(desk, as_of, identity):
    win = march(desk, as_of)
    measure = measures.measure(identity)
    for figure in compute(desk, win).figures.values():
        if figure.id.partition("{")[0] != identity:
            continue
        told = explain(desk, win, figure.id)
        assert told.figure == figure
        amounts = sum(line.amount for line in told.numerator)
        if measure.unit == "rate":
            assert (amounts, sum(line.amount for line in told.denominator)) == (figure.num, figure.den)
        elif measure.unit in ("count", "money"):
            assert amounts == figure.value
        elif measure.aggregate == "mean" and told.numerator:
            assert abs(amounts / len(told.numerator) - Fraction(figure.value)) <= Fraction(1, 20)
        counted = {line.id for line in (*told.numerator, *told.denominator)}
        assert not counted & {record for record, _ in told.excluded}


# Credit is of no item, and a tenant or a payment with two items is one: these are looked at apart, below.
OF_THEIR_OWN = (
    "fee.received", "fee.household_rate", "fee.advance", "fee.paid", "fee.receipts", "fee.reversed", "fee.refunded", "fee.debtors",
    "fee.received_in_month",
)  # fmt: skip


def rows_of(figures, measure, by):
    return [f for i, f in figures.items() if i.startswith(f"{measure}{{{by}=")]


def without(desk, lines, by, as_of):
    """What counts in the total and in no row: the documents of its record do not say by whom or by what it was."""
    return sum(line.amount for line in lines if not _value_of(desk.docs.get(line.id, []), by, as_of))


def _value_of(docs, by, as_of):
    """A dimension that a record may have no value of. A missing slot has no record, and a skip has no cashier."""
    if by == "to":
        happened = [d for d in docs if d["event"] == "dispatch" and datetime.fromisoformat(d["at"]) <= as_of]
        return happened[-1]["to"] if happened else ""
    return docs[0].get("cashier", docs[0]["by"] if docs[0]["event"] == "count" else "") if docs else ""


@quick
@given(desks(), st.sampled_from(CUTS))
def test_the_rows_of_a_split_add_up_to_the_total(desk, as_of):
    win = march(desk, as_of)
    figures = compute(desk, win).figures
    for measure in measures.catalogue():
        if measure.unit == "minutes" or measure.id in OF_THEIR_OWN:
            continue
        total, told = figures[measure.id], None
        for by in measure.splits:
            rows = rows_of(figures, measure.id, by)
            if by in ("to", "cashier"):
                told = told or explain(desk, win, measure.id)
            for part in ("num", "den") if measure.unit == "rate" else ("value",):
                lines = () if by not in ("to", "cashier") else told.denominator if part == "den" else told.numerator
                assert sum(getattr(r, part) for r in rows) + without(desk, lines, by, as_of) == getattr(total, part)


@quick
@given(desks("fe"), st.sampled_from(CUTS))
def test_what_items_do_not_have_is_the_credit_and_a_household_of_several(desk, as_of):
    win = march(desk, as_of)
    found = compute(desk, win, None, ("fee",))
    figures, lit = found.figures, found.cases["fee"]

    received = sum(row.value for row in rows_of(figures, "fee.received", "item"))
    whole = fee_ties.identity(lit, win.start, win.cut, "2024-03")
    assert whole.ties
    assert (figures["fee.received"].value, received) == (whole.received, whole.received - whole.credit)

    paid = [c.state for c in lit if not c.state.is_charge and win.holds(c.state.at)]
    advance = sum(row.value for row in rows_of(figures, "fee.advance", "item"))
    assert figures["fee.advance"].value == advance + sum(state.credit for state in paid)

    charged = {(c.state.data.tenant, c.state.data.item) for c in lit if c.state.is_charge and c.state.month == "2024-03"}
    charged = {(tenant, item) for tenant, item in charged if item != "late_fee"}
    rows = rows_of(figures, "fee.household_rate", "item")
    total = figures["fee.household_rate"]
    assert (total.den, sum(row.den for row in rows)) == (len({tenant for tenant, _ in charged}), len(charged))
    assert total.num <= min(total.den, sum(row.num for row in rows))
    assert (total.num == total.den) is all(row.num == row.den for row in rows)


@quick
@given(desks(), st.sampled_from(CUTS))
def test_what_happens_later_changes_no_earlier_figure(desk, as_of):
    past = Desk()  # of a site with the same cash points
    past.records = {r: kept for r, entries in desk.records.items() if (kept := [e for e in entries if e.at <= as_of])}
    assert compute(desk, march(desk, as_of)).figures == compute(past, march(past, as_of)).figures


# The same figures from the entries as they are stored, with nothing of the state classes.


def told(docs, as_of):
    return [(d["event"], datetime.fromisoformat(d["at"]), d) for d in docs if datetime.fromisoformat(d["at"]) <= as_of]


def in_march(when, as_of):
    return START <= when < END and when <= as_of


def first(events, *names, unless=()):
    return next((at for name, at, doc in events if name in names and not any(doc.get(f) for f in unless)), None)


def reopenings(events):
    return [at for name, at, doc in events if name == "reopen" or (
        name == "callback" and doc["result"] == "reached" and (int(doc["score"]) <= 2 or doc["solved"] == "no"))]  # fmt: skip


def standing(events):
    """``open``, ``closed``, ``gone`` or None."""
    now = None
    for name, at, doc in events:
        if name == "add" or [at] == reopenings([(name, at, doc)]):
            now = "open"
        elif name == "close" or (name == "callback" and doc["result"] != "no_answer"):
            now = "closed"
        elif name in ("merge", "withdraw", "cancel"):
            now = "gone"
    return now


def promise(events, as_of):
    due = datetime.fromisoformat(events[0][2]["promised"])
    withdrawn = first(events, "withdraw")
    if not in_march(due, as_of) or (withdrawn and withdrawn <= due):
        return None
    answers = [
        t for t in (first(events, "reply", unless=["interim"]), first(events, "resolve", unless=["untold"])) if t
    ]
    return bool(answers) and min(answers) <= due


def resolved_on_time(events, as_of):
    target, done = datetime.fromisoformat(events[0][2]["target"]), first(events, "resolve")
    if not in_march(target, as_of) or (done is None and standing(events) == "gone"):
        return None
    return done is not None and done <= target and not any(b - done <= timedelta(days=7) for b in reopenings(events))


def complaint_completed(events, as_of):
    before = standing([e for e in events if e[1] < START])
    inside = [e for e in events if in_march(e[1], as_of)]
    if standing(events) == "gone":
        return None
    if before == "open" or in_march(events[0][1], as_of):
        return standing(events) == "closed"
    again = before == "closed" and any(standing([e]) == "closed" for e in inside if e[0] in ("callback", "close"))
    return True if again and standing(events) == "closed" else None


def repaired_on_time(events, as_of):
    done = first(events, "finish")
    due, since = datetime.fromisoformat(events[0][2]["due"]), None
    for name, at, _ in [*events, ("", as_of, {})]:
        if since is not None and name in ("resume", "finish", "cancel", ""):
            due, since = due + (at - since if done is None or at <= done else timedelta(0)), None
        elif name == "pause":
            since = at
    results = [doc["result"] for name, _, doc in events if name == "finish"]
    if not in_march(due, as_of) or standing(events) == "gone" or results[:1] == ["no_fault"]:
        return None
    return done is not None and done <= due and not any(b - done <= timedelta(days=7) for b in reopenings(events))


def repair_completed(events, as_of):
    done, cancelled = first(events, "finish"), first(events, "cancel")
    waiting = working([e for e in events if e[1] < START])
    if (not waiting and not in_march(events[0][1], as_of)) or (cancelled and in_march(cancelled, as_of)):
        return None
    return done is not None and in_march(done, as_of)


def working(events):
    now = False
    for name, at, doc in events:
        if name == "add" or [at] == reopenings([(name, at, doc)]):
            now = True
        elif name in ("finish", "cancel"):
            now = False
    return now


RECOUNTS = {
    "complaint.promise_kept_rate": promise, "complaint.on_time_rate": resolved_on_time,
    "complaint.completion_rate": complaint_completed, "repair.on_time_rate": repaired_on_time,
    "repair.completion_rate": repair_completed,
}  # fmt: skip


@pytest.mark.parametrize("identity", RECOUNTS)
def test_counted_again_from_the_entries_alone(identity):
    kind = {"complaint": "cp", "repair": "rp"}[identity.partition(".")[0]]
    seen = Counter()
    for seed in range(250):
        chance = random.Random(seed)
        desk, as_of = invented(chance.choice, kind), chance.choice(CUTS)
        found = [told(docs, as_of) for record, docs in desk.docs.items() if record.startswith(kind)]
        answers = [a for events in found if events and (a := RECOUNTS[identity](events, as_of)) is not None]
        figure = compute(desk, march(desk, as_of), [identity]).figures[identity]
        assert (figure.num, figure.den) == (sum(answers), len(answers)), seed
        seen.update(answers)
    assert min(seen[True], seen[False]) > 5  # the histories were worth it


def fees_again(docs, as_of):
    """Money, from the documents: ``(billed, received, (collected, to be collected), arrears)`` of March."""
    happened = [[d for _, _, d in told(several, as_of)] for several in docs.values()]
    charges = {d[0]["id"]: d for d in happened if d and d[0]["event"] == "charge"}
    payments = [d for d in happened if d and d[0]["event"] == "pay"]
    allocated, received = Counter(), Decimal(0)
    for first, *more in payments:
        gone = next((d for d in more if d["event"] == "reverse"), None)
        for doc in () if gone else (first, *more):
            for one, amount in doc.get("for", {}).items():
                allocated[one] += Decimal(amount)
        back = [d for d in more if d["event"] == "refund"]
        for doc, amount in ((first, first["amount"]), *((d, "-" + d["amount"]) for d in back), *([(gone, "-" + first["amount"])] if gone else ())):
            received += Decimal(amount) if in_march(datetime.fromisoformat(doc["at"]), as_of) else 0

    def cut(one, *kinds):
        return sum(Decimal(d["amount"]) for d in charges[one] if d["event"] == "adjust" and (not kinds or d["type"] in kinds))

    amounts = {one: Decimal(several[0]["amount"]) for one, several in charges.items()}
    billed = sum(amounts[o] for o, d in charges.items() if in_march(datetime.fromisoformat(d[0]["at"]), as_of))
    current = [o for o, d in charges.items() if d[0]["month"] == "2024-03" and d[0]["item"] != "late_fee"]
    late = [o for o, d in charges.items() if date.fromisoformat(d[0]["due"]) < as_of.date()]
    rate = sum(allocated[o] for o in current), sum(amounts[o] - cut(o, "correction") for o in current)
    return billed, received, rate, sum(amounts[o] - allocated[o] - cut(o) for o in late)


def test_money_is_counted_again_from_the_entries_alone():
    seen = Counter()
    for seed in range(600):
        chance = random.Random(seed)
        desk, as_of = invented(chance.choice, "fe"), chance.choice([c for c in CUTS if c < END])
        found = compute(desk, march(desk, as_of), None, ("fee",)).figures
        rate = found["fee.collection_rate"]
        values = [found[f"fee.{name}"].value for name in ("billed", "received", "arrears")]
        billed, received, again, arrears = fees_again(desk.docs, as_of)
        assert (values, (rate.num, rate.den)) == ([billed, received, arrears], again), seed
        seen.update(name for name, value in (("billed", billed), ("received", received), ("arrears", arrears)) if value)
        seen["part"] += 0 < again[0] < again[1]
    assert min(seen[name] for name in ("billed", "received", "arrears", "part")) > 20


def slots_again(docs, point, as_of):
    """Of the slots of a point in March: whether each that is due has a record, and whether each that was counted varied."""
    first = [d[0] for d in docs.values() if d[0].get("point") == point and datetime.fromisoformat(d[0]["at"]) <= as_of]
    counts = sorted((d for d in first if d["event"] == "count"), key=lambda d: (d["at"], d["recorded"]))
    noted = {(d["date"], d["shift"]) for d in first if d["event"] in ("count", "skip")}
    counted = {(d["date"], d["shift"]) for d in counts}
    varied = {(d["date"], d["shift"]) for d in first if d["event"] == "variance" and "date" in d}
    shifts = SHIFTS if point == "front" else [{"code": "D", "from": "08:00", "to": "16:00"}]

    def start(day, shift):
        return moment(f"{day} {shift['from']}")

    begin = next((start(counts[0]["date"], s) for s in shifts if counts and s["code"] == counts[0]["shift"]), END)
    march = [(f"2024-03-{n:02}", shift) for n in range(1, 32) for shift in shifts]
    due = [(day, shift["code"]) for day, shift in march if begin <= start(day, shift) <= as_of - timedelta(hours=9)]
    return [key in noted for key in due], [key in varied for key in sorted(counted) if key[0].startswith("2024-03")]


def test_slots_are_counted_again_from_the_entries_alone():
    seen = Counter()
    for seed in range(150):
        chance = random.Random(seed)
        desk = invented(chance.choice, "ca")
        as_of = chance.choice(CUTS) + timedelta(minutes=chance.choice([0, 0, 450, 479, 480, 930, 959, 960, 1020]))
        found = compute(desk, march(desk, as_of), None, ("cash",)).figures
        for point in ("front", "bar"):
            recorded, varied = slots_again(desk.docs, point, as_of)
            for name, answers in (("completeness_rate", recorded), ("variance_rate", varied)):
                figure = found.get(f"cash.{name}{{point={point}}}")
                assert (sum(answers), len(answers)) == ((figure.num, figure.den) if figure else (0, 0)), seed
                seen.update((name, answer) for answer in answers)
    assert len(seen) == 4 and min(seen.values()) > 20


def tasks_again(docs, as_of):
    """``(due, done on time, weights of both, done, moves, overdue)`` of one task in March, from its documents alone."""
    at = {d["event"]: datetime.fromisoformat(d["at"]) for d in docs if datetime.fromisoformat(d["at"]) <= as_of}
    if "add" not in at:
        return [0] * 7
    moves = [d for d in docs if d["event"] == "move" and datetime.fromisoformat(d["at"]) <= as_of]
    end = moment(f"{docs[0]['due']} 23:59:59")
    last = moment(f"{(moves[-1] if moves else docs[0])['due']} 23:59:59")
    weight = int(docs[0].get("weight") or 1)
    fell = START <= end < END and end <= as_of and not ("cancel" in at and at["cancel"] <= end)
    met = fell and "done" in at and at["done"] <= end
    moved = sum(START <= datetime.fromisoformat(d["at"]) < END for d in moves)
    late = not {"done", "cancel"} & set(at) and last <= as_of
    return [int(n) for n in (fell, met, weight * fell, weight * met, START <= at.get("done", END) < END, moved, late)]


def test_tasks_are_counted_again_from_the_entries_alone():
    seen = [0] * 7

    @quick
    @given(desks("pl"), st.sampled_from(CUTS))
    def again(desk, as_of):
        found = compute(desk, march(desk, as_of), None, ("plan",)).figures
        rate, weighted = found["plan.completion_rate"], found["plan.weighted_rate"]
        counted = [rate.den, rate.num, weighted.den, weighted.num, *(found[f"plan.{n}"].value for n in ("done", "moved", "overdue"))]
        expected = [sum(column) for column in zip([0] * 7, *(tasks_again(d, as_of) for d in desk.docs.values()), strict=True)]
        assert [int(n) for n in counted] == expected
        seen[:] = [a + b for a, b in zip(seen, expected, strict=True)]

    again()
    assert all(seen), "every part of it came up"


def value(figures, name):
    return int(figures[f"lost.{name}"].value)


@quick
@given(desks("lf"), st.sampled_from(CUTS))
def test_what_is_in_store_ties_for_any_history_category_and_as_of(desk, as_of):
    figures = compute(desk, march(desk, as_of), None, ("lost",)).figures
    for split in ("", "{category=bag}", "{category=toy}"):
        start, found, back, gone, end = (
            value(figures, name + split) for name in ("opening", "found", "returned", "disposed", "in_storage")
        )
        assert start + found - back - gone == end >= value(figures, "overdue" + split)
    # The stock is that of the records themselves, folded up to then; the next month begins with it.
    cut = min(as_of, END - timedelta(seconds=1))
    items = [entries for entries in desk.records.values() if entries[0].event == "add" and entries[0].kind == "lost"]
    cases = [c for c in (fold(desk.noun("lost"), entries, as_of=cut) for entries in items) if c is not None]
    assert value(figures, "in_storage") == sum(c.state.state in ("stored", "claimed") for c in cases)
    assert value(figures, "overdue") == sum(c.state.state == "stored" and c.state.hold_until < cut for c in cases)
    if as_of >= END:
        april = desk.window("2024-04")
        assert value(compute(desk, april, None, ("lost",)).figures, "opening") == value(figures, "in_storage")


@quick
@given(desks("fe"), st.sampled_from(CUTS))
def test_what_came_in_and_what_is_owed_tie_in_total_and_by_item(desk, as_of):
    win = march(desk, as_of)
    found = compute(desk, win, None, ("fee",))

    def value(name, split=""):
        return found.figures[f"fee.{name}{split}"].value

    for item in ("", *(f"{{item={code}}}" for code in ITEMS)):
        gone = sum(value(name, item) for name in ("allocated", "corrected", "waived", "written_off"))
        assert value("opening", item) + value("billed", item) - gone == value("outstanding", item)
        assert value("allocated", item) == value("paid", item) - value("reversed", item) + value("applied", item) or not item
    assert value("paid") - value("reversed") - value("refunded") == value("received")
    for name in ("paid", "reversed", "refunded", "receipts"):
        assert sum(row.value for row in rows_of(found.figures, f"fee.{name}", "method")) == value(name)
    assert sum(row.value for row in rows_of(found.figures, "fee.allocated", "item")) == value("allocated")
    if win.as_of <= win.cut:
        assert value("outstanding") == value("ageing") == sum(c.state.outstanding for c in found.cases["fee"] if c.state.is_charge)
    in_arrears = {c.state.data.tenant for c in found.cases["fee"] if c.state.is_charge and c.state.outstanding and days_due(c.state, win.as_of.astimezone(win.site.zone).date()) > 0}
    assert value("debtors") == len(in_arrears)
    assert value("received_in_month") == sum((f.amount for c in found.cases["fee"] if not c.state.is_charge for f in c.state.flows if win.period.holds(f.at)), 0)
