"""The fold: what a record and its follow-ups come to.

Pure. Corrections work from the moment of what they correct; follow-ups apply in the order of ``at``, ``recorded``,
``id``; one that is impossible has no effect and is named, so a fold never fails.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from svcctl.entry import CORRECTIONS, Amend, Entry, Noun, Place, Step
from svcctl.fields import BadValue
from svcctl.texts import Text, listed

S = TypeVar("S")

VOID = "void"  # the state of a record that was taken back
VOID_LABEL = Text("已作废", "Voided")


class Idle(NamedTuple):
    """An entry without effect, and why."""

    entry: Entry
    why: Text


class Case(NamedTuple, Generic[S]):
    """A record folded: its state, the entries in effect (corrected, the record first), and all of its history.

    ``flaw``: what is wrong with it in the light of its account, though it counts.
    """

    id: str
    noun: Noun[Any]
    state: S
    entries: tuple[Entry, ...]
    history: tuple[Entry, ...]
    idle: tuple[Idle, ...]
    voided: bool
    flaw: Text | None = None

    @property
    def opening(self) -> Entry:
        """The record's own entry, corrected."""
        return self.entries[0]

    @property
    def place(self) -> Place:
        """Where the record stands."""
        return self.opening.place


def fold(
    noun: Noun[Any], entries: Iterable[Entry], *, as_of: datetime | None = None, known_at: datetime | None = None
) -> Case[Any] | None:
    """The record that ``entries`` (all of one record, in any order) make, as far as it is known and has happened.

    ``as_of`` cuts by ``at``, ``known_at`` by ``recorded``; both are inclusive. None if the record is not there yet.
    """
    known = unique(entries if known_at is None else [e for e in entries if e.recorded <= known_at])
    plain, idle, voided = corrected(known)
    opening = next((e for e in plain if not e.of), None)
    if opening is None or (as_of is not None and opening.at > as_of):
        return None
    later = sorted((e for e in plain if e.of and e.id not in voided), key=lambda e: e.order)
    state: Any = noun.begin(opening)
    inside = [opening]
    for entry in later:
        if as_of is not None and entry.at > as_of:
            continue
        why = hindrance(noun, state, entry, opening)
        if why is not None:
            idle.append(Idle(entry, why))
            continue
        state = stepped(state, entry)
        inside.append(entry)
    return Case(opening.id, noun, state, tuple(inside), tuple(known), tuple(idle), opening.id in voided)


def unique(entries: Iterable[Entry]) -> list[Entry]:
    """Each entry once: of an erased and an unerased copy the erased one, else the first."""
    entries = list(entries)
    found: dict[str, Entry] = {e.id: e for e in entries}
    if len(found) == len(entries):  # nearly always
        return entries
    found = {}
    for entry in entries:
        other = found.get(entry.id)
        if other is None or (entry.erased and not other.erased):
            found[entry.id] = entry
    return list(found.values())


def corrected(entries: Sequence[Entry]) -> tuple[list[Entry], list[Idle], set[str]]:
    """The entries that are no corrections, with the amendments in force; corrections without effect; voided ids."""
    corrections = [e for e in entries if e.event in CORRECTIONS]
    if not corrections:
        return list(entries), [], set()
    by_id = {e.id: e for e in entries}
    idle: list[Idle] = []
    voided: set[str] = set()
    for entry in sorted(corrections, key=lambda e: (e.recorded, e.id)):
        target = by_id.get(entry.of)
        if target is None or (target.event in CORRECTIONS and (entry.event == "amend" or target.event != "amend")):
            idle.append(Idle(entry, Text("没有可更正的对象", "there is nothing it could correct")))
        elif entry.event != "amend":
            voided.add(target.id)
    plain = {e.id: e for e in entries if e.event not in CORRECTIONS}
    for entry in sorted((e for e in corrections if e.event == "amend"), key=lambda e: e.order):
        if entry.id not in voided and entry.of in plain:
            try:
                plain[entry.of] = amended(plain[entry.of], entry.data)
            except BadValue as bad:
                idle.append(Idle(entry, bad.expected))
    return list(plain.values()), idle, voided


def amended(target: Entry, change: Amend) -> Entry:
    """``target`` with the change in force; raises BadValue where a field is not the target's or takes no such value."""
    by_name = target.data.by_name
    values = target.data.values()
    for name in change.clear:
        if name not in by_name or by_name[name].required:
            raise BadValue(Text(f"{name} 不能清空", f"{name} cannot be emptied"))
        values.pop(name, None)
    for name, stored in change.changes.items():
        if name not in by_name:
            raise BadValue(Text(f"没有字段 {name}", f"there is no field {name}"))
        values[name] = by_name[name].type.load(stored)
    return target._replace(data=target.data.of(values))


def hindrance(noun: Noun[Any], state: Any, entry: Entry, opening: Entry) -> Text | None:
    """Why ``entry`` cannot follow when the record is in ``state``; None if it can."""
    if entry.at < opening.at:
        when = f"{opening.at:%Y-%m-%d %H:%M}"
        return Text(f"早于它所属的记录（{when}）", f"it lies before its record ({when})")
    moves = entry.data.moves
    if state.state not in moves:
        return wrong_state(noun, state.state, entry)
    why: Text | None = entry.data.bars(state, entry)
    return why


def wrong_state(noun: Noun[Any], state: str, entry: Entry) -> Text:
    """The message of a transition that is not allowed: what the state is, where the verb may be used, what may be done."""
    allowed = listed([noun.states[s] for s in entry.data.moves])
    possible = listed([Text(f"{v.event}（{v.label.zh}）", v.event) for v in noun.verbs if state in v.moves])
    text = Text(
        "状态是“{now}”时不能{verb}；只有{allowed}时可以",
        '"{event}" is not possible while it is {now}, only while it is {allowed}',
    )
    if possible.zh:
        text = text.joined(Text("。现在可以：{possible}", ". Possible now: {possible}"), en="")
    now = noun.states.get(state, VOID_LABEL)
    return text.fill(now=now, verb=entry.data.label, event=entry.event, allowed=allowed, possible=possible)


def stepped(state: Any, entry: Entry) -> Any:
    """The state after an entry that may follow."""
    landed = entry.data.lands(state)
    after = entry.data.apply(state, entry)
    return after._replace(state=landed, timeline=(*state.timeline, Step(entry.at, landed, entry.event)))


def state_at(case: Case[Any], moment: datetime) -> str | None:
    """The state just before ``moment``: what happened in that very second is not in it yet. None: not there yet."""
    found = None
    for step in case.state.timeline:
        if step.at >= moment:
            break
        found = step.state
    return found
