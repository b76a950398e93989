"""The sample's figures calculated a second time, from the files with PyYAML and plain Python, without svcctl's code.

Written from the contract's definitions; what the sample does not do (seals, erasing, several desks) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import mean, median
from typing import Any

import yaml

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
SECOND = timedelta(seconds=1)
ABSOLUTE = {"callback": timedelta(days=3), "again": timedelta(days=7), "rework": timedelta(days=30)}
COMPLAINT_OVER = ("closed", "merged", "withdrawn")
REPAIR_OPEN = ("reported", "triaged", "dispatched", "on_site", "paused", "reopened")

Doc = dict[str, Any]


def documents(folder: Path, noun: str) -> dict[str, list[Doc]]:
    """The entries of a noun by record, amendments worked in, what was voided left out."""
    docs = [d for f in sorted((folder / noun).glob("*.yaml")) for d in yaml.load_all(f.read_text("utf-8"), LOADER)]
    gone = {d["of"] for d in docs if d["event"] in ("void", "undo")}
    by_id = {d["id"]: d for d in docs}
    for doc in sorted((d for d in docs if d["event"] == "amend" and d["id"] not in gone), key=order):
        changes = {k: v for k, v in doc.items() if k not in ("id", "kind", "event", "of", "at", "recorded", "by", "reason", "sum", "clear")}
        by_id[doc["of"]].update(changes)
        for name in doc.get("clear", []):
            by_id[doc["of"]].pop(name)
    found: dict[str, list[Doc]] = {d["id"]: [d] for d in docs if "of" not in d and d["id"] not in gone}
    for doc in sorted((d for d in docs if "of" in d and d["event"] not in ("void", "undo", "amend")), key=order):
        if doc["id"] not in gone and doc["of"] in found:
            found[doc["of"]].append(doc)
    return found


def order(doc: Doc) -> tuple[datetime, datetime, str]:
    """Follow-ups apply in this order."""
    return when(doc["at"]), when(doc["recorded"]), doc["id"]


def when(text: str) -> datetime:
    """A stored time."""
    return datetime.fromisoformat(text)


@dataclass
class Life:
    """What a record has been through by some moment."""

    opening: Doc
    state: str
    states: list[tuple[datetime, str, str]] = field(default_factory=list)
    promised: datetime | None = None
    replied: datetime | None = None
    done: list[datetime] = field(default_factory=list)  # resolutions or finishes
    result: str = ""  # of the first finish
    reopened: list[datetime] = field(default_factory=list)
    calls: list[tuple[datetime, str, int]] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    party: str = "pending"
    to: str = ""
    held: datetime | None = None  # until when an item is to be kept

    @property
    def at(self) -> datetime:
        return when(self.opening["at"])

    def before(self, moment: datetime) -> str:
        """The state just before a moment; empty if there was no record yet."""
        return next((s for at, s, _ in reversed(self.states) if at < moment), "")

    def enter(self, at: datetime, state: str, event: str) -> None:
        self.state = state
        self.states.append((at, state, event))

    def paused(self, until: datetime) -> timedelta:
        ends = ((start, until if end is None else min(end, until)) for start, end in self.pauses)
        return sum((end - start for start, end in ends if end > start), timedelta(0))

    def unpause(self, at: datetime) -> None:
        if self.state == "paused":
            self.pauses[-1] = (self.pauses[-1][0], at)


def unhappy(doc: Doc) -> bool:
    """A call back that reopens."""
    return doc["result"] == "reached" and (int(doc["score"]) <= 2 or doc["solved"] == "no")


def complaint(docs: list[Doc], as_of: datetime) -> Life | None:
    """A complaint as it stood; None if it was not there."""
    first = docs[0]
    if when(first["at"]) > as_of:
        return None
    life = Life(first, "new", promised=when(first["promised"]))
    life.enter(life.at, "new", "add")
    for doc in docs[1:]:
        at, event, state = when(doc["at"]), doc["event"], life.state
        if at > as_of:
            break
        if event == "assign" and state in ("new", "reopened"):
            state = "assigned"
        elif event == "reply" and doc.get("interim") != "true":
            life.replied = life.replied or at
            state = "replied" if state in ("new", "assigned", "reopened") else state
        elif event == "repromise":
            life.promised = when(doc["promised"])
        elif event == "resolve":
            life.done.append(at)
            if doc.get("untold") != "true":
                life.replied = life.replied or at
            state = "resolved"
        elif event == "callback":
            life.calls.append((at, doc["result"], int(doc.get("score", 0))))
            state = state if doc["result"] == "no_answer" else "reopened" if unhappy(doc) else "closed"
        elif event in ("close", "reopen", "merge", "withdraw"):
            state = {"close": "closed", "reopen": "reopened", "merge": "merged", "withdraw": "withdrawn"}[event]
        if state == "reopened" and life.state != "reopened":
            life.reopened.append(at)
        life.enter(at, state, event)
    return life


def repair(docs: list[Doc], as_of: datetime) -> Life | None:
    """A repair as it stood; None if it was not there."""
    first = docs[0]
    if when(first["at"]) > as_of:
        return None
    life = Life(first, "", party=first["party"])
    life.enter(life.at, "reported" if life.party == "pending" else "triaged", "add")
    waited = ""
    for doc in docs[1:]:
        at, event, state = when(doc["at"]), doc["event"], life.state
        if at > as_of:
            break
        if event == "triage":
            life.party, state = doc["party"], "triaged" if state == "reported" else state
        elif event == "dispatch":
            life.to, state = doc["to"], "dispatched"
        elif event == "pause":
            life.pauses.append((at, None))
            waited, state = state, "paused"
        elif event == "resume":
            life.unpause(at)
            state = waited
        elif event == "finish":
            life.unpause(at)
            life.result = life.result or doc["result"]
            life.done.append(at)
            state = "finished"
        elif event == "cancel":
            life.unpause(at)
            state = "cancelled"
        elif event == "callback":
            state = state if doc["result"] == "no_answer" else "reopened" if unhappy(doc) else "closed"
        elif event in ("arrive", "verify", "close", "reopen"):
            state = {"arrive": "on_site", "verify": "verified", "close": "closed", "reopen": "reopened"}[event]
        if state == "reopened" and life.state != "reopened":
            life.reopened.append(at)
        life.enter(at, state, event)
    return life


# A record's part in a figure: in the numerator, in the denominator, or an amount; None where it has none.
Part = tuple[bool, bool] | Fraction | None


class Period:
    """From the first second to before ``end``, seen as of the last second."""

    def __init__(self, start: str, end: str) -> None:
        self.start, self.end = when(start), when(end)
        self.as_of = self.end - SECOND

    def has(self, moment: datetime | None) -> bool:
        return moment is not None and self.start <= moment <= self.as_of


def minutes(span: timedelta) -> Fraction:
    return Fraction(int(span.total_seconds()), 60)


def complaint_parts(life: Life, p: Period) -> Iterator[tuple[str, Part]]:
    """What a complaint is to each measure (contract 6, domain 4.4)."""
    opening, promise, target = life.opening, when(life.opening["promised"]), when(life.opening["target"])
    done = life.done[0] if life.done else None
    ended = life.states[-1][0] if life.state in ("withdrawn", "merged") else None
    if p.has(life.at) and life.state != "merged":
        yield "received", (True, False)
    if p.has(promise) and not (life.state == "withdrawn" and ended is not None and ended <= promise):
        yield "promise_kept_rate", (life.replied is not None and life.replied <= promise, True)
    if p.has(target) and not (ended is not None and done is None):
        back = bool(done and life.reopened and life.reopened[0] <= done + ABSOLUTE["again"])
        yield "on_time_rate", (done is not None and done <= target and not back, True)
    was = life.before(p.start)
    again = was == "closed" and any(s == "closed" and p.has(at) and e != "add" for at, s, e in life.states)
    if (p.has(life.at) or (was and was not in COMPLAINT_OVER) or (again and life.state == "closed")) and ended is None:
        yield "completion_rate", (life.state == "closed", True)
    if life.done and p.has(life.done[-1] + ABSOLUTE["callback"]) and "anonymous" not in opening and life.state != "withdrawn":
        limit = life.done[-1] + ABSOLUTE["callback"]
        yield "callback_rate", (any(r != "no_answer" and life.done[-1] <= at <= limit for at, r, _ in life.calls), True)
    scores = [score for at, result, score in life.calls if result == "reached" and p.has(at)]
    if scores:
        yield "satisfaction_rate", (scores[-1] >= 4, True)
    if any(map(p.has, life.reopened)) or any(map(p.has, life.done)):
        yield "reopen_rate", (any(map(p.has, life.reopened)), any(map(p.has, life.done)))
    if p.has(life.at) and life.replied is not None:
        yield "first_reply_minutes", minutes(life.replied - life.at)
    if life.state not in COMPLAINT_OVER:
        assert life.promised is not None
        late = (life.replied is None and life.promised < p.as_of) or (life.state != "resolved" and target < p.as_of)
        if late:
            yield "overdue", (True, False)


def repair_parts(life: Life, p: Period) -> Iterator[tuple[str, Part]]:
    """What a repair is to each measure (contract 6, domain 5.3)."""
    done = life.done[0] if life.done else None
    deadline = when(life.opening["due"]) + life.paused(done or p.as_of)
    if p.has(life.at):
        yield "received", (True, False)
    if p.has(deadline) and life.state != "cancelled" and life.result not in ("no_fault", "not_ours"):
        back = bool(done and life.reopened and life.reopened[0] <= done + ABSOLUTE["again"])
        yield "on_time_rate", (done is not None and done <= deadline and not back, True)
    if p.has(done):
        assert done is not None
        yield "finished", (True, False)
        yield "on_time_rate_of_finished", (done <= deadline, True)
        yield "rework_rate", (bool(life.reopened) and life.reopened[0] <= done + ABSOLUTE["rework"], True)
        if life.result not in ("no_fault", "not_ours", "declined"):
            yield "minutes", minutes(done - life.at - life.paused(done))
    cancelled = life.state == "cancelled" and p.has(life.states[-1][0])
    if (p.has(life.at) or life.before(p.start) in REPAIR_OPEN) and not cancelled:
        yield "completion_rate", (p.has(done), True)
    if life.state in REPAIR_OPEN:
        yield "backlog", (True, False)


def lost(docs: list[Doc], as_of: datetime) -> Life | None:
    """A found item as it stood; None if it was not there, or is a loss report."""
    first = docs[0]
    if first["event"] != "add" or when(first["at"]) > as_of:
        return None
    life = Life(first, "stored", held=when(first["hold_until"]))
    life.enter(life.at, "stored", "add")
    after = {"claim": "claimed", "unclaim": "stored", "return": "returned", "dispose": "disposed"}
    for doc in docs[1:]:
        if when(doc["at"]) > as_of:
            break
        if doc["event"] == "extend":
            life.held = when(doc["until"])
        life.enter(when(doc["at"]), after.get(doc["event"], life.state), doc["event"])
    return life


def lost_parts(life: Life, p: Period) -> Iterator[tuple[str, Part]]:
    """What a found item is to each measure (contract 6, domain 6.3). The period is over: its end is the as-of."""
    kept = ("stored", "claimed")
    for name, there in (
        ("opening", life.before(p.start) in kept), ("found", p.has(life.at)), ("in_storage", life.state in kept),
        ("overdue", life.state == "stored" and life.held is not None and life.held < p.as_of),
    ):  # fmt: skip
        if there:
            yield name, (True, False)
    left = life.states[-1][0]
    if life.state not in kept and p.has(left):
        yield life.state, (True, False)
    if p.has(life.at) and life.opening["value"] not in ("perishable", "prohibited"):
        yield "return_rate", (life.state == "returned", True)


AVERAGES: dict[str, Callable[[list[Fraction]], Fraction]] = {"complaint.first_reply_minutes": median, "repair.minutes": mean}
SPLITS: dict[str, dict[str, Callable[[Life], str]]] = {
    "complaint": {"category": lambda i: i.opening.get("category", ""), "severity": lambda i: i.opening["severity"]},
    "lost": {"category": lambda i: i.opening["category"]},
    "repair": {"party": lambda i: i.party, "trade": lambda i: i.opening.get("trade", ""), "to": lambda i: i.to},
}


def figures(folder: Path, start: str, end: str) -> dict[str, Any]:
    """Every figure of a period by its id: an exact (num, den) of a rate, a count, or exact minutes."""
    p, found = Period(start, end), dict[str, list[Part]]()
    for noun, plural, fold, parts in (
        ("complaint", "complaints", complaint, complaint_parts), ("repair", "repairs", repair, repair_parts),
        ("lost", "lost", lost, lost_parts),
    ):  # fmt: skip
        for docs in documents(folder, plural).values():
            life = fold(docs, p.as_of)
            for name, part in parts(life, p) if life is not None else ():
                found.setdefault(f"{noun}.{name}", []).append(part)
                for by, of in SPLITS[noun].items():
                    if of(life):
                        found.setdefault(f"{noun}.{name}{{{by}={of(life)}}}", []).append(part)
    return {identity: _summed(identity, parts) for identity, parts in found.items()}


def _summed(identity: str, parts: list[Part]) -> Any:
    name = identity.partition("{")[0]
    if name in AVERAGES:
        return AVERAGES[name]([p for p in parts if isinstance(p, Fraction)])
    both = [p for p in parts if isinstance(p, tuple)]
    num, den = sum(p[0] for p in both), sum(p[1] for p in both)
    return (num, den) if name.endswith(("_rate", "_rate_of_finished")) else num
