"""``merge``: conflicts that git has left, however they came about."""

from __future__ import annotations

from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub

MONTH = "repairs/2026-11.yaml"


def two(svc: Any) -> tuple[Any, list[str]]:
    """Two desks without names that both wrote the same file; the second has not seen what the first pushed."""
    hub(svc, "")
    first = svc("repair add --unit A-100 --fault 灯").id
    git(svc, "add -A")
    git(svc, "commit -qm one")
    git(svc, "push -q origin main")
    other = clone(svc, "night", named=False)
    ids = [first, svc("repair add --unit A-101 --fault 灯").id, other("repair add --unit A-102 --fault 门").id]
    git(svc, "commit -qam two")
    git(svc, "push -q origin main")
    return other, ids


@pytest.mark.parametrize("how", ["merge", "rebase", "stash", "cherry-pick"])
def test_a_conflict_is_solved_and_git_goes_on_as_it_is_told(svc: Any, how: str) -> None:
    other, ids = two(svc)
    if how == "stash":
        git(other, "stash -q")
        git(other, "pull -q --ff-only")
        git(other, "stash pop -q", code=None)
    else:
        git(other, "commit -qam theirs")
        git(other, {"merge": "pull --no-rebase --no-edit", "rebase": "pull --rebase", "cherry-pick": "fetch"}[how], code=None)
        if how == "cherry-pick":
            git(other, "cherry-pick origin/main", code=None)

    refused = other.refused("repair add --unit A-103 --fault 窗")
    assert f"svcctl merge {MONTH}" in refused.err
    assert f"svcctl merge {MONTH}" in other.refused("repair add --unit A-103 --fault 窗", lang="en").err
    other("sync", code=3, env={"SVCCTL_DESK": "night"})
    assert "index" not in other("audit", code=1).out  # on disk there are markers where entries were; the index is undecided

    said = other("merge", lang="en")

    assert f"{MONTH}: 1 in common, 1 more from this side, 1 more from the other" in said.err
    command = {"merge": "git commit", "rebase": "git rebase --continue", "stash": "svcctl sync", "cherry-pick": "git cherry-pick --continue"}[how]
    assert said.err.endswith(f"Next: {command}\n")
    assert said.out == "" and {i for i, _ in entries(other)} == set(ids)
    if how != "stash":
        git(other, command[4:] + (" --no-edit" if how == "merge" else ""))
    assert "不用做什么" in other("merge").err
    assert "nothing to do" in other("merge", lang="en").err
    other("repair add --unit A-103 --fault 窗")
    other("sync", env={"SVCCTL_DESK": "night"})
    assert other("check").out == other("audit").out == ""


def test_what_was_typed_into_a_file_in_conflict_is_kept_too(svc: Any) -> None:
    other, ids = two(svc)
    git(other, "commit -qam theirs")
    git(other, "pull --no-rebase --no-edit", code=None)
    with (other.ledger / MONTH).open("a", encoding="utf-8") as file:
        file.write("---\nkind: repair\nfault: typed by hand\n")

    said = other("merge", lang="en")

    assert "1 cannot be believed and were kept" in said.err
    assert {i for i, _ in entries(other)} == set(ids)
    assert "typed by hand" in other.text(MONTH)


def test_markers_that_somebody_committed_and_markers_without_any_git(svc: Any) -> None:
    other, ids = two(svc)
    git(other, "commit -qam theirs")
    git(other, "-c merge.conflictStyle=diff3 pull --no-rebase --no-edit", code=None)
    git(other, "commit -qam markers")
    text = other.text(MONTH)

    both(other, "sync", 3, f"svcctl merge {MONTH}", f"svcctl merge {MONTH}", env={"SVCCTL_DESK": "night"})
    other(["merge", MONTH])

    assert {i for i, _ in entries(other)} == set(ids)
    assert git(other, "diff --cached --name-only").strip() == MONTH
    svc.ledger.joinpath(MONTH).write_text(text, encoding="utf-8")
    (svc.ledger / ".git").rename(svc.folder / "git")
    said = svc(["merge", str(svc.ledger / MONTH)])
    assert {i for i, _ in entries(svc)} == set(ids) and "接下来" not in said.err


def test_one_id_with_two_contents(svc: Any) -> None:
    other, ids = two(svc)
    for desk, fault in ((svc, "灯"), (other, "门")):
        desk.plant(MONTH, id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-11-20T08:00:00+08:00", place="x", fault=fault)
        git(desk, "commit -qam clash")
    git(svc, "push -q origin main")
    git(other, "pull --no-rebase --no-edit", code=None)

    said = other("merge", code=1, lang="en")

    places = [line.split(": ") for line in said.out.splitlines()]
    assert [p[1] for p in places] == ["rp-aaaaaaaaaa"] * 2
    lines = other.text(MONTH).splitlines()
    assert [lines[int(p[0].rpartition(":")[2]) - 1] for p in places] == ["---", "---"]
    assert {i for i, _ in entries(other)} == {*ids, "rp-aaaaaaaaaa"}
    assert git(other, "ls-files -u") == ""


def test_one_id_with_a_content_before_and_another_on_either_side(svc: Any) -> None:
    hub(svc, "")
    was = {"id": "rp-aaaaaaaaaa", "kind": "repair", "event": "add", "at": "2026-11-20T08:00:00+08:00", "place": "x"}
    svc.plant(MONTH, **was, fault="灯")
    git(svc, "add -A")
    git(svc, "commit -qm was")
    git(svc, "push -q origin main")
    other = clone(svc, "night", named=False)
    for desk, fault in ((svc, "门"), (other, "窗")):
        (desk.ledger / MONTH).unlink()
        desk.plant(MONTH, **was, fault=fault)
        git(desk, "commit -qam edited")
    git(svc, "push -q origin main")
    git(other, "pull --no-rebase --no-edit", code=None)

    said = other("merge", code=1, lang="en")

    assert f"{MONTH}: 0 in common, 1 more from this side, 1 more from the other, 1 kept from before that neither had\n" in said.err
    assert len(said.out.splitlines()) == len(entries(other)) == 3


def test_a_file_that_one_side_removed(svc: Any) -> None:
    other, ids = two(svc)
    git(other, "commit -qam theirs")
    git(svc, f"rm -q {MONTH}")
    git(svc, "commit -qm gone")
    git(svc, "push -q origin main")
    git(other, "pull --no-rebase --no-edit", code=None)

    said = other("merge", lang="en")

    assert "0 in common, 2 more from this side, 0 more from the other\n" in said.err
    assert {i for i, _ in entries(other)} == {ids[0], ids[2]}
    git(other, "commit -q --no-edit")
    assert "lost" in other("audit", code=1, lang="en").out


def test_what_is_no_file_of_entries(svc: Any) -> None:
    hub(svc)
    both(svc, "merge ledger.yaml", 3, "git add -- ledger.yaml", "not a file of entries")
    both(svc, "merge ../x.yaml", 3, "不是记录文件", "not a file of entries")
    assert "is not in conflict" in svc("merge repairs/2026-11.yaml", lang="en").err
    other = clone(svc, "night")
    for desk, name in ((svc, "甲"), (other, "乙")):
        path = desk.ledger / "ledger.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("# ", f"# {name} ", 1), encoding="utf-8")
        git(desk, "commit -qam name")
    git(svc, "push -q origin main")
    git(other, "pull -q --no-rebase", code=None)
    git(other, "checkout -q --ours ledger.yaml")

    assert "git add -- ledger.yaml" in other("merge", code=1).err
    assert "solve them by hand" in other("merge", code=1, lang="en").err


def test_markers_that_were_edited(svc: Any) -> None:
    other, _ = two(svc)
    git(other, "commit -qam theirs")
    git(other, "pull --no-rebase --no-edit", code=None)
    path = other.ledger / MONTH
    path.write_text("".join(x for x in path.read_text(encoding="utf-8").splitlines(True) if not x.startswith("=======")), encoding="utf-8")

    both(other, "merge", 3, "git checkout -m -- " + MONTH, "The markers were changed by hand")
