"""Copies and contents of an entry that were set aside where another stayed: no loss, on whichever desk and in whichever order."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub
from test_union import doc, erased, held, text

from svcctl.store import codec

FRONT, NIGHT = "repairs/2026-11.front.yaml", "repairs/2026-11.night.yaml"
ONE, TWO, LAMP, WATER = doc("1"), doc("2", recorded=2), doc("3", "灯不亮"), doc("3", "漏水")


def commit(desk: Any, files: dict[str, bytes], words: str = "x") -> str:
    """Write these files, empty ones removed, and commit."""
    for rel, data in files.items():
        path = desk.ledger / rel
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        if not data:
            path.unlink()
    git(desk, "add -A")
    git(desk, f"commit -qm {words}")
    return git(desk, "rev-parse HEAD").strip()


def test_an_exact_copy_that_is_removed_is_moved_or_still_there(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, ONE, TWO), NIGHT: text(ONE, TWO)})
    git(svc, "push -q origin main")
    commit(svc, {FRONT: text(ONE, TWO), NIGHT: text(TWO)})
    assert svc("audit").out == ""
    commit(svc, {FRONT: text(ONE), NIGHT: text(TWO)})

    said = svc("audit", lang="en")

    assert said.out == "" and "moved 2" not in said.err and "moved 1" in said.err and "clashes ended 0" in said.err
    assert "送出" in svc("sync").err
    commit(svc, {FRONT: b""})
    assert "lost" in svc("audit", code=1, lang="en").out


def test_a_copy_whose_personal_fields_were_erased_must_not_give_way_to_one_that_has_them(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(erased(ONE)), NIGHT: text(ONE)})
    commit(svc, {FRONT: b""})

    assert "personal fields that were erased are back" in svc("audit", code=1, lang="en").out


def test_a_clash_that_is_ended_is_told_and_no_problem(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP), NIGHT: text(WATER)})
    git(svc, "push -q origin main")
    ended = commit(svc, {NIGHT: b""})

    for lang, words in (("zh", "1 处编号冲突了结"), ("en", "clashes ended 1")):
        said = svc("audit --anew", lang=lang)
        assert said.out == "" and words in said.err
        assert f"{ended[:12]} {NIGHT}: rp-0000000003" in said.err
    assert svc("audit --json --anew").json == []
    assert "送出" in svc("sync").err
    other = clone(svc, "night")
    assert other("audit").out == ""


def test_it_is_a_loss_if_no_content_is_left_or_none_was_there_beside_it(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP), NIGHT: text(WATER)})
    commit(svc, {FRONT: text(ONE), NIGHT: b""})
    assert [line.split(": ")[1] for line in svc("audit", code=1).out.splitlines()] == ["rp-0000000003"] * 2
    commit(svc, {FRONT: text(ONE, doc("3", "门坏"))})
    assert len(svc("audit --anew", code=1).out.splitlines()) == 2


def test_a_clash_that_is_ended_on_disk_is_committed_by_sync(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP, WATER)})
    git(svc, "push -q origin main")
    (svc.ledger / FRONT).write_bytes(text(ONE, WATER))

    assert "clashes ended 1" in svc("audit", lang="en").err
    svc("sync")

    assert svc("audit").out == ""
    assert held(git(svc, f"show origin/main:{FRONT}").encode()) == held(text(ONE, WATER))


@pytest.mark.parametrize("who", ["goes out", "comes in"])
def test_a_clash_that_came_and_was_ended_before_it_was_exchanged(svc: Any, who: str) -> None:
    """The one side never saw the two contents together, only the other did."""
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP)})
    git(svc, "push -q origin main")
    other = clone(svc, "night")
    commit(other, {NIGHT: text(WATER)})
    commit(other, {FRONT: text(ONE)})
    if who == "goes out":
        assert "送出" in other("sync").err
    else:
        git(other, "push -q origin main")
        svc("repair add --unit A --fault x")
        assert "收到" in svc("sync").err
        assert held(svc.ledger.joinpath(NIGHT).read_bytes()) == held(text(WATER))
    assert other("audit").out == ""


def test_a_clash_that_was_ended_and_then_lost_altogether_does_not_go_out(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP)})
    git(svc, "push -q origin main")
    commit(svc, {NIGHT: text(WATER)})
    commit(svc, {FRONT: text(ONE)})
    commit(svc, {NIGHT: b""})

    both(svc, "sync", 3, "没有送出", "rp-0000000003")


@pytest.mark.parametrize("what", ["copies", "contents"])
def test_either_side_set_another_one_aside_and_it_is_back(svc: Any, what: str) -> None:
    """Nothing is lost of opposite choices: of copies one stands again, of contents both do, to be decided once more."""
    second = LAMP if what == "copies" else WATER
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP), NIGHT: text(TWO, second)})
    git(svc, "push -q origin main")
    other = clone(svc, "north")
    commit(svc, {FRONT: text(ONE)})
    git(svc, "push -q origin main")
    commit(other, {NIGHT: text(TWO)})

    said = other("sync", code=what == "contents", lang="en")

    assert "sent: " in said.err and f"{FRONT}: rp-0000000003: each side had " in said.err
    assert ("svcctl check --repair --keep FILE:LINE" in said.err) == (what == "contents")
    assert entries(other) == held(text(ONE, TWO, LAMP, second))
    assert docs(other) == {FRONT: text(ONE, LAMP), NIGHT: text(TWO, *([WATER] if what == "contents" else []))}
    assert other("audit").out == ""
    svc("sync")
    assert docs(svc) == docs(other) and svc("audit").out == ""
    if what == "contents":
        assert [line.split(": ")[1] for line in said.out.splitlines()] == ["rp-0000000003"] * 2
        where = next(line.split(": ")[0] for line in said.out.splitlines() if line.startswith(NIGHT))
        other(f"check --repair --keep {where}", at=LATE)
        other("sync")
        svc("sync")
        assert entries(svc) == held(text(ONE, TWO, WATER))


LATE = "2026-11-30T12:00:00+08:00"


def docs(desk: Any) -> dict[str, bytes]:
    """Every file of entries that has any."""
    return {path.relative_to(desk.ledger).as_posix(): path.read_bytes() for path in desk.ledger.glob("repairs/*.yaml") if path.stat().st_size}


@pytest.mark.parametrize("what", ["copy", "clash"])
@pytest.mark.parametrize("who", ["both", "only here", "only there"])
def test_what_was_ended_stays_away_though_the_other_wrote_on_in_the_same_file(svc: Any, what: str, who: str) -> None:
    hub(svc)
    other = clone(svc, "night")
    commit(svc, {FRONT: text(LAMP)})
    svc("sync")
    other("sync")
    commit(other, {NIGHT: text(LAMP if what == "copy" else WATER)})
    other("sync")
    svc("sync")
    ending = "check --repair" if what == "copy" else f"check --repair --keep {FRONT}:1"
    for desk, mine in ((svc, who != "only there"), (other, who != "only here")):
        if mine:
            desk(ending, at=LATE)
            assert docs(desk) == {FRONT: text(LAMP)}
    new = other("repair add --unit A-102 --fault 门", at=LATE).id
    other("sync")
    if who == "only there":
        svc("repair add --unit A-103 --fault 窗", at=LATE)

    svc("sync", at=LATE)
    other("sync", at=LATE)

    assert docs(svc) == docs(other)
    assert docs(svc)[FRONT].startswith(text(LAMP)) and [str(p.doc["id"]) for p in codec.pieces(docs(svc)[NIGHT]) if p.doc] == [new]
    for desk in (svc, other):
        assert desk("check", at=LATE).out == desk("audit", at=LATE).out == ""


def test_an_erased_copy_that_was_set_aside_does_not_give_way_to_one_with_everything(svc: Any) -> None:
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP), NIGHT: text(TWO, LAMP)})
    git(svc, "push -q origin main")
    other = clone(svc, "north")
    commit(other, {NIGHT: text(TWO, erased(LAMP))})
    git(other, "push -q origin main")
    commit(svc, {NIGHT: text(TWO)})

    svc("sync")

    assert docs(svc) == {FRONT: text(ONE), NIGHT: text(TWO, erased(LAMP))}
    assert svc("audit").out == ""


FILES = [f"repairs/2026-11.{name}.yaml" for name in ("front", "night", "north")]
ROUNDS = int(os.environ.get("SVCCTL_ENDINGS", "3"))
SEEDS = [(n, 2 + n % 2) for n in range(1, 3 if ROUNDS == 3 else 13)]
FAULTS = ("灯不亮", "漏水", "门坏")


def places(data: dict[str, bytes]) -> set[tuple[str, tuple[str, str]]]:
    return {(rel, name) for rel, text_ in data.items() for name in held(text_)}


def move(desk: Any, chance: random.Random, number: int) -> None:
    """Something that makes or ends a copy or a clash in a desk's files, or a new entry."""
    found = {rel: [p.doc for p in codec.pieces((desk.ledger / rel).read_bytes()) if p.doc] if (desk.ledger / rel).exists() else [] for rel in FILES}
    ids = sorted({str(d["id"]) for docs_ in found.values() for d in docs_})
    what, rel = chance.choice(("new", "copy", "clash", "end", "end", "end")), chance.choice(FILES)
    one = chance.choice(ids) if ids else ""
    standing = [(file, d) for file, docs_ in found.items() for d in docs_ if d["id"] == one]
    if what == "new" or not one:
        found[rel].append(doc(str(number), recorded=number % 60))
    elif what == "copy":
        new = chance.choice(standing)[1]
        if new not in found[rel]:
            found[rel].append(new)
    elif what == "clash":
        new = doc(one[3:], chance.choice(FAULTS), int(one[3:]) % 60)
        if new not in found[rel]:
            found[rel].append(new)
    else:
        file, stays = chance.choice(standing)
        for other in FILES:
            found[other] = [d for d in found[other] if d["id"] != one or (other == file and d == stays)]
    for file, docs_ in found.items():
        (desk.ledger / file).write_bytes(text(*docs_))
    git(desk, "add -A")
    git(desk, "commit -q --allow-empty -m move")


def at(desk: Any, commit_: str) -> set[tuple[str, tuple[str, str]]]:
    names = git(desk, f"ls-tree -r --name-only {commit_} repairs").split()
    return places({rel: git(desk, f"show {commit_}:{rel}").encode() for rel in names})


def judge_merge(desk: Any, merge: str) -> bool:
    """See that a merge is the three-way result by content; whether it had to bring anything back."""
    _, ours, theirs = git(desk, f"rev-list --parents -n 1 {merge}").split()
    base, one, two, made = (at(desk, c) for c in (git(desk, f"merge-base {ours} {theirs}").strip(), ours, theirs, merge))
    assert made <= one | two
    assert not made & (base - one - two)  # what both took out of a file
    again = False
    for ident in {name[0] for _, name in one | two}:
        b, o, t, m = ({name for _, name in side if name[0] == ident} for side in (base, one, two, made))
        stay = (o & t) | ((o | t) - b)
        assert m == (stay or o | t) and m
        again |= not stay
        if stay:
            kept = {p for p in one & two | ((one | two) - base) if p[1] in stay}
            assert kept <= made
            assert all(p[1] not in {q[1] for q in kept} for p in made - kept if p[1] in stay)
    return again


@pytest.mark.parametrize(("seed", "count"), SEEDS)
def test_whatever_is_copied_and_ended_nothing_vanishes_and_nothing_that_was_ended_returns(svc: Any, seed: int, count: int) -> None:
    chance = random.Random(seed)
    hub(svc)
    desks = [svc, *(clone(svc, name) for name in ("night", "north")[: count - 1])]
    (svc.ledger / "repairs").mkdir()
    commit(svc, {FILES[n % 3]: text(doc(str(n), recorded=n)) for n in range(3)})
    git(svc, "push -q origin main")
    for desk in desks[1:]:
        git(desk, "pull -q")
    for number in range(10, 10 + ROUNDS):
        for desk in desks:
            for k in range(chance.randint(1, 3)):
                move(desk, chance, number * 10 + 3 * desks.index(desk) + k)
            said = desk("sync", code=None)
            assert said.code in (0, 1), str(said)
    for desk in desks[:-1]:
        desk("sync")

    merges = git(svc, "rev-list --merges origin/main").split()
    for merge in merges:
        judge_merge(svc, merge)
    assert merges
    ever = {name[0] for one in git(svc, "rev-list origin/main").split() for _, name in at(svc, one)}
    for desk in desks:
        assert docs(desk) == docs(svc) and desk("audit").out == ""
        assert {name[0] for _, name in places(docs(desk))} == ever
