"""What sync names as the way back is typed as it stands, and leads to a clean check and an exchange that loses nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub, shell

FRONT, NIGHT, LAST = "repairs/2026-11.front.yaml", "repairs/2026-11.night.yaml", "repairs/2026-12.front.yaml"
LATE = "2026-12-03T09:00:00+08:00"
ATTRIBUTES = ".gitattributes"


def way(said: Any, before: str, after: str = "; then svcctl sync") -> str:
    """The commands that a message names."""
    assert before in said.err and after in said.err, str(said)
    return str(said.err.partition(before)[2].partition(after)[0].splitlines()[0])


def add(desk: Any, unit: str) -> str:
    return str(desk(f"repair add --unit {unit} --fault x", at=LATE).id)


def clean(*desks: Any) -> None:
    for desk in desks:
        assert desk("check", at=LATE).out == ""
        assert desk("audit", at=LATE).code == 0


@pytest.mark.parametrize("own", [False, True])
def test_an_entry_that_was_taken_away_before_it_went_out(svc: Any, own: bool) -> None:
    hub(svc)
    one = add(svc, "A")
    svc("sync --local")
    (svc.ledger / LAST).write_bytes(b"")
    git(svc, "commit -qam rm")
    name = git(svc, "rev-parse HEAD").strip()[:12]
    two = add(svc, "B") if own else ""

    both(svc, "sync", 3, f"{name} {LAST}: {one}", f"{name} {LAST}: {one}")
    said = svc("sync", code=3, lang="en")
    command = way(said, "in the ledger's folder: ")
    assert command.startswith(f"git show {name}^:./{LAST} >> {LAST}" if own else f"git checkout {name}^ -- {LAST}")
    assert one not in git(svc, "log -p origin/main")
    shell(svc, command, at=LATE)
    svc("sync")

    assert {i for i, _ in entries(svc)} == {one, two} - {""}
    clean(svc, clone(svc, "night"))


@pytest.mark.parametrize("own", [False, True])
def test_a_merge_that_dropped_what_the_remote_had(svc: Any, own: bool) -> None:
    hub(svc)
    one = add(svc, "A")
    svc("sync")
    other = clone(svc, "night")
    two, three = add(svc, "B"), ""
    svc("sync")
    if own:
        three = str(other("repair add --unit C --fault x", env={"SVCCTL_DESK": "front"}, at="2026-12-03T09:01:00+08:00").id)
    four = add(other, "D")
    git(other, "add -A")
    git(other, "commit -qm mine")
    git(other, "fetch -q")
    git(other, "merge -q -s ours --no-edit origin/main")

    said = other("sync", code=3, lang="en")
    command = way(said, "in the ledger's folder: ")
    assert command.startswith(f"git show origin/main:./{LAST} >> {LAST}" if own else f"git checkout origin/main -- {LAST}")
    shell(other, command, at=LATE)
    other("sync")
    svc("sync")

    assert {i for i, _ in entries(svc)} == {i for i, _ in entries(other)} == {one, two, three, four} - {""}
    clean(svc, other)


def test_what_another_desk_lost_is_brought_back_there(svc: Any) -> None:
    hub(svc)
    one = add(svc, "A")
    svc("sync")
    other = clone(svc, "night")
    add(other, "B")
    git(other, "add -A")
    git(other, f"rm -q -f {LAST}")
    git(other, "commit -qm tidied")
    git(other, "push -q origin main")

    said = svc("sync", code=3, lang="en")
    shell(other, way(said, "brings it back (", ") and syncs"))
    other("sync")
    svc("sync")

    assert one in {i for i, _ in entries(svc)} and entries(svc) == entries(other)
    clean(svc, other)


@pytest.mark.parametrize("how", ["gone", "gone and sealed again", "damaged and sealed again"])
def test_a_seal_that_was_lost_comes_back_beside_a_second_one(svc: Any, how: str) -> None:
    hub(svc)
    svc("repair add --unit A --fault x")
    svc("seal 2026-11", at=LATE)
    svc("sync", at=LATE)
    file = svc.ledger / "seals/2026-11.front.yaml"
    before = entries(svc)
    if how.startswith("damaged"):
        file.write_bytes(file.read_bytes().replace(b"sum: \"", b"sum: \"0"))
        svc("check --repair", at=LATE, code=None)
    else:
        file.unlink()
    if how.endswith("again"):
        svc("seal 2026-11", at=LATE)

    both(svc, "sync", 3, "后来重新结账的那一份可以留着", "a second seal made since may stay", at=LATE)
    said = svc("sync", code=3, lang="en", at=LATE).err.splitlines()[0]
    found = re.search(r": (git -C .*?)(?: && svcctl check --repair)?; a second seal", said)
    assert found is not None and ("checkout" in found[1]) == (how == "gone")
    shell(svc, found[1])
    svc("check --repair", at=LATE)
    svc("sync", at=LATE)

    assert before <= entries(svc)
    clean(svc, clone(svc, "night"))


def test_a_note_of_a_namesake_is_not_raised_by_what_was_only_set_aside(svc: Any) -> None:
    """An entry of this desk comes back after a reset, together with a commit that took a copy out of the same file."""
    hub(svc)
    svc("repair add --unit A --fault x")
    svc("sync")
    copy = (svc.ledger / FRONT).read_bytes()
    (svc.ledger / NIGHT).write_bytes(copy)
    svc("sync")
    svc("repair add --unit B --fault x")
    svc("sync")
    other = clone(svc, "north")
    (other.ledger / FRONT).write_bytes((other.ledger / FRONT).read_bytes().removeprefix(copy))
    other("sync")
    git(svc, "reset -q --hard HEAD~1")

    assert '"front" too' not in svc("sync", lang="en").err
    assert entries(svc) == entries(other) and len(entries(svc)) == 2


@pytest.mark.parametrize("how", ["missing", "emptied", "one line", "committed"])
def test_attributes_that_guard_the_bytes_must_be_there(svc: Any, how: str) -> None:
    hub(svc)
    svc("repair add --unit A --fault x")
    path = svc.ledger / ATTRIBUTES
    before = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if how == "emptied" else b"files/** binary\n")
    if how == "committed":
        git(svc, "commit -qam short")
    line = "echo '*.yaml text eol=lf merge' >> .gitattributes" if how == "committed" else "git checkout -- .gitattributes"

    for command in ("sync", "sync --local", "sync -n"):
        both(svc, command, 3, "缺少一行“*.yaml text eol=lf merge”", line)

    shell(svc, line)
    svc("sync")
    assert how == "committed" or path.read_bytes() == before
    assert svc("check").out == ""


def test_attributes_of_an_older_ledger_in_other_words_will_do(svc: Any) -> None:
    path = svc.ledger / ATTRIBUTES
    path.write_text("*.yaml eol=lf\nfiles/** -text\n")
    (svc.ledger / ".gitignore").write_text(".svcctl/\n")
    hub(svc)
    svc("repair add --unit A --fault x")
    assert "送出" in svc("sync").err


@pytest.mark.parametrize("how", ["deleted", "weakened"])
def test_attributes_that_another_desk_took_away_are_not_merged(svc: Any, how: str) -> None:
    hub(svc)
    other = clone(svc, "night")
    path = other.ledger / ATTRIBUTES
    before = path.read_bytes()
    if how == "deleted":
        path.unlink()
    else:
        path.write_bytes(before.replace(b" eol=lf", b""))
    git(other, "commit -qam tidied")
    name = git(other, "rev-parse --short HEAD").strip()
    git(other, "push -q origin main")
    svc("repair add --unit A --fault x")

    both(svc, "sync", 3, "缺少一行“*.yaml text eol=lf merge”", f"it came from origin/main with {name} by 李敏; nothing was merged")
    assert (svc.ledger / ATTRIBUTES).read_bytes() == before
    shell(other, way(svc("sync", code=3, lang="en"), "puts it right: ", "; then svcctl sync here"))

    assert "收到" in svc("sync").err
    assert (svc.ledger / ATTRIBUTES).read_bytes() == before
