"""What holds for any history, and the main rates counted a second time from the entries alone."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measures_desk import NOUN_OF, Desk, moment

from svcctl import measures
from svcctl.fold import fold
from svcctl.measures.engine import compute, explain

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
}  # fmt: skip


def invented(pick):
    """A desk with a few records of every noun, whose follow-ups are all possible; ``pick`` decides what happens."""
    desk = Desk()
    for prefix in ("cp", "cp", "cp", "rp", "rp", "rp", "lf", "lf", "lf")[pick(range(8)) :]:
        at = pick(OPENED)
        soon = [at + n * DAY for n in range(13)]
        if prefix == "cp":
            record = desk.take("cp", at, content="x", contact="1", anonymous=pick(["", "true"]), promised=pick(soon),
                               target=pick(soon), category=pick(["noise", "fee"]), severity="general")  # fmt: skip
        elif prefix == "lf":
            record = _lost(desk, at, soon, pick)
        else:
            record = desk.take("rp", at, place="p", fault="f", due=pick(soon), party=pick(["property", "pending"]),
                               trade="lift", urgency="emergency")  # fmt: skip
        for _ in range(pick(range(12))):
            at += pick(STEPS)
            _follow(desk, record, at, pick)
    return desk


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
def desks(draw):
    return invented(lambda options: draw(st.sampled_from(options)))


def march(desk, as_of):
    return desk.window("2024-03")._replace(as_of=as_of)


quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@quick
@given(desks(), st.sampled_from(CUTS))
def test_a_rate_lies_between_nothing_and_all(desk, as_of):
    for figure in compute(desk, march(desk, as_of)).figures.values():
        if figure.unit != "rate":
            assert figure.num is None and figure.den is None
            assert figure.value is None or figure.value >= 0
            continue
        assert figure.num >= 0 and figure.den >= 0
        assert (figure.value is None) is (figure.den == 0)
        if not figure.id.startswith("complaint.reopen_rate"):  # whose parts are counted apart
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
        elif measure.unit == "count":
            assert amounts == figure.value
        elif measure.aggregate == "mean" and told.numerator:
            assert abs(amounts / len(told.numerator) - Fraction(figure.value)) <= Fraction(1, 20)
        counted = {line.id for line in (*told.numerator, *told.denominator)}
        assert not counted & {record for record, _ in told.excluded}


@quick
@given(desks(), st.sampled_from(CUTS))
def test_the_rows_of_a_split_add_up_to_the_total(desk, as_of):
    figures = compute(desk, march(desk, as_of)).figures
    for measure in measures.catalogue():
        if measure.unit == "minutes":
            continue
        for by in {"complaint": ("category", "severity"), "repair": ("party", "trade"), "lost": ("category",)}[measure.noun]:
            rows = [f for i, f in figures.items() if i.startswith(f"{measure.id}{{{by}=")]
            total = figures[measure.id]
            for part in ("num", "den") if measure.unit == "rate" else ("value",):
                assert sum(getattr(r, part) for r in rows) == getattr(total, part)


@quick
@given(desks(), st.sampled_from(CUTS))
def test_what_happens_later_changes_no_earlier_figure(desk, as_of):
    past = Desk()
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
        desk, as_of = invented(chance.choice), chance.choice(CUTS)
        found = [told(docs, as_of) for record, docs in desk.docs.items() if record.startswith(kind)]
        answers = [a for events in found if events and (a := RECOUNTS[identity](events, as_of)) is not None]
        figure = compute(desk, march(desk, as_of), [identity]).figures[identity]
        assert (figure.num, figure.den) == (sum(answers), len(answers)), seed
        seen.update(answers)
    assert min(seen[True], seen[False]) > 5  # the histories were worth it


def value(figures, name):
    return int(figures[f"lost.{name}"].value)


@quick
@given(desks(), st.sampled_from(CUTS))
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
