"""Copies and contents of an entry that were set aside where another stayed: no loss, on whichever desk and in whichever order."""

from __future__ import annotations

from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub
from test_union import doc, erased, held, text

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
def test_either_side_set_another_one_aside_and_both_are_back(svc: Any, what: str) -> None:
    second = LAMP if what == "copies" else WATER
    hub(svc)
    commit(svc, {FRONT: text(ONE, LAMP), NIGHT: text(TWO, second)})
    git(svc, "push -q origin main")
    other = clone(svc, "north")
    commit(svc, {FRONT: text(ONE)})
    git(svc, "push -q origin main")
    commit(other, {NIGHT: text(TWO)})

    said = other("sync", code=0)

    assert "收到" in said.err or "送出" in said.err
    assert entries(other) == held(text(ONE, TWO, LAMP, second))
    assert other("audit").out == ""
    svc("sync")
    assert entries(svc) == entries(other)
