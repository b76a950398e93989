"""Seals against a plain model: desks that record, seal, accept and merge in any order; what a seal says stays true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.entry import Place
from svcctl.seal import (
    Filed,
    Seal,
    Seals,
    by_month,
    digest,
    flaws,
    missing_seals,
    month_bounds,
    month_of,
    sealed,
    unlisted,
)

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = ("2026-08", "2026-09", "2026-10")
NOWHERE = Place("", 0)
START = datetime(2026, 12, 1, tzinfo=UTC)


class Model:
    """What happened, in sets: of every entry its month, of every seal all that its desk held when it was made."""

    def __init__(self) -> None:
        self.month: dict[str, str] = {}
        self.held: dict[str, frozenset[str]] = {}
        self.clock = count()

    def now(self) -> datetime:
        return START + timedelta(minutes=next(self.clock))


class Desk:
    """One clone of the ledger: the entries and the seals in it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.entries: dict[str, Filed] = {}
        self.seals: dict[str, Seal] = {}

    def record(self, month: str, target: int | None) -> None:
        """An entry of ``month``, or a correction of one that is there; late if its month is sealed here."""
        name, now = f"rp-{len(self.model.month):010d}", self.model.now()
        known = sorted(self.entries)
        of = known[target % len(known)] if target is not None and known else ""
        mine = self.model.month[of] if of else month
        late = "" if Seals(self.seals.values()).closed.get(mine) is None else "forgotten"
        self.model.month[name] = f"{now.astimezone(ZONE):%Y-%m}" if late else mine
        at = month_bounds(month, ZONE)[0] + timedelta(days=3)
        self.entries[name] = Filed(name, "repair", "amend" if of else "add", of, at, now, late, digest({name: ""})[:16], NOWHERE)

    def seal(self, month: str) -> None:
        """Seal a month, or accept what came to it since; nothing if nothing did."""
        seals = Seals(self.seals.values())
        closed = seals.closed.get(month)
        if closed is not None and all(name in closed.entries for name in self.of(month)):
            return
        name, now = f"se-{len(self.model.held):010d}", self.model.now()
        lists = unlisted(seals, by_month(self.entries, ZONE))
        made = Seal(
            name, month, now, now, "李敏", "", closed.seal.id if closed is not None else "", tuple(s.id for s in seals.all), "", {}, {}, {}, "", "", lists, NOWHERE
        )  # fmt: skip
        self.seals[name] = sealed(seals, made)
        self.model.held[name] = frozenset(self.entries)

    def of(self, month: str) -> set[str]:
        return {name for name in self.entries if self.model.month[name] == month}

    def take(self, other: Desk) -> None:
        """Merge another desk's files."""
        self.entries |= other.entries
        self.seals |= other.seals

    def expected(self, lost: set[str], changed: set[str]) -> set[tuple[str, str]]:
        """What ``flaws`` has to say, as codes and ids."""
        ever = frozenset[str]().union(*(self.model.held[s] for s in self.seals))
        found = {("sealed-lost", name) for name in ever & lost} | {("sealed-changed", name) for name in ever & changed}
        for month in {s.month for s in self.seals.values()}:
            covered = frozenset[str]().union(*(self.model.held[s.id] for s in self.seals.values() if s.month == month))
            found |= {("unsealed", name) for name in self.of(month) - covered - lost}
        return found


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(0, 2), st.sampled_from(MONTHS), st.none() | st.integers(0, 99)),
        st.tuples(st.just("seal"), st.integers(0, 2), st.sampled_from(MONTHS), st.none()),
        st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(ACTS, st.sets(st.integers(0, 40), max_size=4), st.sets(st.integers(0, 40), max_size=4))
def test_flaws_name_exactly_what_happened_and_what_was_known_stays_what_it_was(
    acts: list[tuple[str, int, str | int, int | None]], lose: set[int], change: set[int]
) -> None:
    model = Model()
    desks = [Desk(model) for _ in range(3)]
    for act, which, more, target in acts:
        desk = desks[which]
        if act == "record":
            desk.record(str(more), target)
        elif act == "seal":
            desk.seal(str(more))
        else:
            desk.take(desks[int(more)])
        seals = Seals(desk.seals.values())
        assert missing_seals(seals) == []
        for seal in seals.all:  # a merge adds nothing to what a seal knew
            assert seals.known(seal) == model.held[seal.id]

    for desk in desks:
        seals = Seals(reversed(list(desk.seals.values())))
        assert {(f.code, f.id) for f in flaws(seals, desk.entries, ZONE)} == desk.expected(set(), set())
        names = sorted(desk.entries)
        # What is corrected stays: without it nobody could tell which month its correction is of.
        corrected = {e.of for e in desk.entries.values()}
        lost = {names[i] for i in lose if i < len(names)} - corrected
        changed = {names[i] for i in change if i < len(names)} - lost
        left = {n: e._replace(sum="f" * 16) if n in changed else e for n, e in desk.entries.items() if n not in lost}
        assert {(f.code, f.id) for f in flaws(seals, left, ZONE)} == desk.expected(lost, changed)


def filed(name: str, at: str, event: str = "add", of: str = "", late: str = "", recorded: str = "2026-11-05T09:00:00+08:00") -> Filed:
    return Filed(name, "repair", event, of, datetime.fromisoformat(at), datetime.fromisoformat(recorded), late, name[-16:], NOWHERE)


def test_an_entry_belongs_to_the_month_whose_figures_it_changes() -> None:
    there = {
        e.id: e
        for e in (
            filed("a", "2026-10-31T23:59:59+08:00"), filed("b", "2026-10-31T16:00:00+00:00"), filed("c", "2026-11-04T08:00:00+08:00", "finish", "a"),
            filed("d", "2026-11-04T08:00:00+08:00", "amend", "a"), filed("e", "2026-11-05T08:00:00+08:00", "void", "d"),
            filed("f", "2026-11-05T08:00:00+08:00", "undo", "c"), filed("g", "2026-10-05T08:00:00+08:00", late="forgotten"),
            filed("h", "2026-12-05T08:00:00+08:00", "amend", "g"), filed("i", "2026-11-05T08:00:00+08:00", "void", "gone"),
            filed("j", "2026-11-05T08:00:00+08:00", "void", "k"), filed("k", "2026-11-05T08:00:00+08:00", "amend", "j"),
        )
    }  # fmt: skip

    assert {name: month_of(e, ZONE, there.get) for name, e in there.items()} == {
        "a": "2026-10", "b": "2026-11", "c": "2026-11", "d": "2026-10", "e": "2026-10", "f": "2026-11", "g": "2026-11", "h": "2026-11",
        "i": "2026-11", "j": "2026-11", "k": "2026-11",
    }  # fmt: skip


def seal_of(entries: dict[str, Filed], on: tuple[Seal, ...] = (), name: str = "se-1", recorded: datetime = START, month: str = "2026-10") -> Seal:
    seals = Seals(on)
    made = Seal(
        name, month, recorded, recorded, "李敏", "", "", tuple(s.id for s in on), "", {}, {}, {}, "", "", unlisted(seals, by_month(entries, ZONE)), NOWHERE
    )
    return sealed(seals, made)


def test_what_a_seal_says_of_itself_is_held_against_it() -> None:
    entries = {e.id: e for e in (filed("a", "2026-10-02T08:00:00+08:00"), filed("b", "2026-10-03T08:00:00+08:00"))}
    good = seal_of(entries)
    assert good.hash == digest({"a": "a", "b": "b"}) and flaws(Seals([good]), entries, ZONE) == []

    shortened = good._replace(lists={"2026-10": {"a": "a"}})
    assert [(f.code, f.id) for f in flaws(Seals([shortened]), entries, ZONE)] == [("unsealed", "b"), ("seal-hash", "se-1")]
    early = good._replace(recorded=datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC))
    assert [(f.code, f.id) for f in flaws(Seals([early]), entries, ZONE)] == [("seal-early", "se-1")]


def test_of_a_list_that_is_not_whole_nothing_is_concluded() -> None:
    """Where pages or seals are missing, what they do not list may well have been listed."""
    entries = {e.id: e for e in (filed("a", "2026-10-02T08:00:00+08:00"), filed("b", "2026-10-03T08:00:00+08:00"))}
    first = seal_of({"a": entries["a"]}, month="2026-09", name="se-0")
    second = seal_of(entries, (first,))
    assert flaws(Seals([first, second]), entries, ZONE) == []

    assert flaws(Seals([second]), entries, ZONE) == []
    assert [(f.code, f.id) for f in missing_seals(Seals([second]))] == [("seal-missing", "se-1")]
    assert flaws(Seals([first, second._replace(whole=False, lists={})]), entries, ZONE) == []


def test_of_two_seals_of_a_month_the_first_counts_and_both_are_listed() -> None:
    here, there = {"a": filed("a", "2026-10-02T08:00:00+08:00")}, {"b": filed("b", "2026-10-03T08:00:00+08:00")}
    one, other = seal_of(here), seal_of(there, name="se-2", recorded=START - timedelta(hours=1))

    closed = Seals([one, other]).closed["2026-10"]

    assert (closed.seal, closed.others, set(closed.entries)) == (other, (one,), {"a", "b"})
    assert flaws(Seals([one, other]), here | there, ZONE) == []


def test_a_seal_made_in_place_of_a_broken_one_counts_and_what_that_listed_is_missed_all_the_same() -> None:
    entries = {e.id: e for e in (filed("a", "2026-10-02T08:00:00+08:00"), filed("b", "2026-10-03T08:00:00+08:00"))}
    broken = seal_of(entries)._replace(whole=False)
    on_it = seal_of(entries, (broken,), "se-2", START + timedelta(days=1), "2026-11")
    seals = Seals([broken, on_it])
    assert [(f.code, f.id) for f in missing_seals(seals)] == [("seal-base", "se-2")]
    assert seals.sound(ZONE).all == () and seals.to_replace("2026-10", ZONE) == (broken,)

    del entries["b"]
    new = seal_of(entries, (), "se-3", START + timedelta(days=2))._replace(instead=("se-1",))
    last = seal_of(entries, (new,), "se-4", START + timedelta(days=3), "2026-11")._replace(instead=("se-2",))
    seals = Seals([broken, on_it, new, last])

    assert {month: (c.seal.id, c.others, c.whole) for month, c in seals.closed.items()} == {"2026-10": ("se-3", (), True), "2026-11": ("se-4", (), True)}
    assert missing_seals(seals) == [] and [(f.code, f.id) for f in flaws(seals, entries, ZONE)] == [("sealed-lost", "b")]
    assert seals.to_replace("2026-10", ZONE) == () and seals.sound(ZONE).all == (new, last)
