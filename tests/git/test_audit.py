"""``audit``: what history can show, and that nothing of it is missed."""

from __future__ import annotations

from typing import Any

import pytest
from git_kit import clone, entries, git, hub

FRONT = "repairs/2026-11.front.yaml"


def ledger(svc: Any, count: int = 3) -> list[str]:
    """A ledger with some commits, an entry each; their ids."""
    hub(svc)
    ids = []
    for n in range(count):
        ids.append(svc(f"repair add --unit A-{n} --fault 灯 --reporter 王芳").id)
        svc("sync")
    return ids


def rewrite(svc: Any, *without: int, words: str = "commit -qam edited") -> None:
    """Take entries out of the file by hand, and commit that."""
    path = svc.ledger / FRONT
    parts = ["---\n" + p for p in path.read_text(encoding="utf-8").split("---\n")[1:]]
    path.write_text("".join(p for n, p in enumerate(parts) if n not in without), encoding="utf-8")
    if words:
        git(svc, words)


def test_a_clean_history_is_one_line_and_is_walked_once(svc: Any) -> None:
    ledger(svc)
    said = svc("audit")
    assert said.out == "" and "核对了 4 个新提交" in said.err and "0 个问题" in said.err
    assert "audited 0 new commits" in svc("audit", lang="en").err
    assert "audited 4 new commits" in svc("audit --anew", lang="en").err
    assert svc("audit --json").json == []


def test_what_was_lost_is_named_with_commit_file_and_id_and_stays_a_problem(svc: Any) -> None:
    ids = ledger(svc)
    rewrite(svc, 1)
    commit = git(svc, "rev-parse HEAD").strip()

    for _ in range(2):
        said = svc("audit", code=1, lang="en")
        assert said.out == f"{commit[:12]} {FRONT}: {ids[1]}: lost: was committed before and is not here any more\n"
    assert svc("audit --json", code=1).json == [{"commit": commit, "file": FRONT, "id": ids[1], "code": "lost", "message": "此前提交过，这里没有了", "mended": False}]

    git(svc, f"checkout -q HEAD~1 -- {FRONT}")
    git(svc, "commit -qm back")
    said = svc("audit", lang="en")  # it is told, and no problem any more, on every clone and as often as one asks
    assert f"{ids[1]}: lost" in said.out and "it is here again now" in said.out and "problems 0" in said.err and "1 more were put right" in said.err
    assert svc("audit").out == ""
    git(svc, "push -q origin main")
    for again in (svc("audit --anew"), clone(svc, "night")("audit")):
        assert f"{ids[1]}: 丢失" in again.out and "现在又有了" in again.out and "另有 1 处后来已找回" in again.err
    assert [one["mended"] for one in svc("audit --json --anew").json] == [True]


def test_what_was_changed(svc: Any) -> None:
    ids = ledger(svc)
    path = svc.ledger / FRONT
    path.write_text(path.read_text(encoding="utf-8").replace("A-1", "B-1"), encoding="utf-8")
    git(svc, "commit -qam edited")

    assert f"{FRONT}: {ids[1]}: 改动：提交过的记录被改动" not in svc("audit --json", code=1).out
    assert f"{ids[1]}: " in svc("audit", code=1).out


def test_a_deleted_file_and_one_that_was_moved(svc: Any) -> None:
    ids = ledger(svc)
    git(svc, f"mv {FRONT} repairs/2026-11.yaml")
    git(svc, "commit -qm moved")
    assert svc("audit").out == ""
    git(svc, "rm -q repairs/2026-11.yaml")
    git(svc, "commit -qm deleted")

    assert [line.split(": ")[1] for line in svc("audit", code=1).out.splitlines()] == sorted(ids)


def test_other_order_and_other_spacing_are_harmless(svc: Any) -> None:
    ledger(svc)
    path = svc.ledger / FRONT
    parts = ["---\n" + p for p in path.read_text(encoding="utf-8").split("---\n")[1:]]
    path.write_text("# sorted\n" + "".join(reversed(parts)).replace('urgency: "normal"', "urgency:   normal # as usual"), encoding="utf-8")
    git(svc, "commit -qam sorted")

    assert svc("audit").out == ""


def test_erasing_is_counted_and_its_undoing_is_a_problem(svc: Any) -> None:
    from test_union import erased

    from svcctl.store import codec

    ids = ledger(svc)
    path = svc.ledger / FRONT
    before = path.read_bytes()
    docs = [p.doc for p in codec.pieces(before)]
    assert docs[0] is not None
    path.write_bytes(codec.dump(erased(docs[0])) + b"".join(codec.dump(d) for d in docs[1:] if d))
    svc("sync")
    said = svc("audit", lang="en")
    assert said.out == "" and "erasures 1" in said.err
    path.write_bytes(before)
    git(svc, "commit -qam back")

    assert f"{ids[0]}: changed: personal fields that were erased are back" in svc("audit", code=1, lang="en").out


@pytest.mark.parametrize("how", ["ours", "theirs", "octopus"])
def test_a_merge_that_dropped_one_side_is_seen_from_either_parent(svc: Any, how: str) -> None:
    hub(svc)
    mine = svc("repair add --unit A --fault x").id
    git(svc, "add -A")
    git(svc, "commit -qm mine")
    git(svc, "checkout -q -b side HEAD~1")
    theirs = svc("repair add --unit B --fault y", env={"SVCCTL_DESK": "night"}).id
    git(svc, "add -A")
    git(svc, "commit -qm theirs")
    git(svc, "checkout -q main")
    if how == "octopus":
        git(svc, "checkout -q -b third HEAD~1")
        git(svc, "commit -q --allow-empty -m third")
        git(svc, "checkout -q main")
        git(svc, "merge -q -s ours side third -m m")
    elif how == "ours":
        git(svc, "merge -q -s ours side -m m")
    else:
        git(svc, "checkout -q side")
        git(svc, "merge -q -s ours main -m m")

    lost = mine if how == "theirs" else theirs
    assert [line.split(": ")[1] for line in svc("audit", code=1).out.splitlines()] == [lost]


def test_a_history_that_was_rewritten_below_what_was_audited(svc: Any) -> None:
    ledger(svc)
    svc("audit")
    git(svc, "commit -q --amend -m other")
    git(svc, "push -q -f origin main")

    said = svc("audit", code=1, lang="en")

    assert "rewritten" in said.out and "svcctl audit --anew" in said.err
    assert "改写" in svc("audit", code=1).out
    assert svc("audit --anew").out == ""
    assert svc("audit").out == ""


def test_a_shallow_a_partial_and_a_broken_clone_are_not_called_clean(svc: Any) -> None:
    ledger(svc)
    for n, words in enumerate(("--depth 1", "--filter=blob:none")):
        git(svc, "config uploadpack.allowFilter true", cwd=svc.folder.parent / "hub.git")
        other = clone(svc, f"night{n}", named=False, words=words)
        assert "核对不了" in other("audit", code=3).err
        assert "git fetch --unshallow" in other("audit", code=3, lang="en").err
    blob = git(svc, f"rev-parse HEAD~1:{FRONT}").strip()
    (svc.ledger / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert "cannot be checked" in svc("audit", code=3, lang="en").err
    (svc.ledger / ".git/info").mkdir(exist_ok=True)
    (svc.ledger / ".git/info/grafts").write_text(git(svc, "rev-parse HEAD"))
    assert "cannot be checked" in svc("audit", code=3, lang="en").err


def test_one_rotted_bit_on_disk_is_seen_though_git_says_clean(svc: Any) -> None:
    import os

    ids = ledger(svc)
    path = svc.ledger / FRONT
    git(svc, "config core.trustctime false")
    os.utime(path, ns=(10**18, 10**18))
    git(svc, "update-index --refresh")
    data = bytearray(path.read_bytes())
    data[data.index(b"A-1") + 2] ^= 1
    with path.open("r+b") as file:  # as a disk does it: the same inode, size and times
        file.write(data)
    os.utime(path, ns=(10**18, 10**18))
    assert git(svc, "status --porcelain") == ""

    said = svc("audit", code=1, lang="en")

    assert said.out == f"disk {FRONT}: {ids[1]}: changed: a committed entry was changed\n"
    assert svc("audit --json", code=1).json[0]["commit"] == "disk"


def test_what_is_staged_to_be_lost(svc: Any) -> None:
    ids = ledger(svc)
    git(svc, f"rm -q --cached {FRONT}")

    out = svc("audit", code=1, lang="en").out
    assert [line.split()[0] for line in out.splitlines()] == ["index"] * 3
    assert [line.split(": ")[1] for line in out.splitlines()] == sorted(ids)


def test_a_link_in_the_tree(svc: Any) -> None:
    ledger(svc)
    (svc.ledger / "repairs/2026-10.yaml").symlink_to("/etc/passwd")
    git(svc, "add -A")
    git(svc, "commit -qm link")

    assert "链接" in svc("audit", code=1).out
    assert "a symbolic link or another repository" in svc("audit", code=1, lang="en").out


def test_hundreds_of_commits_and_the_other_branch_of_the_remote_are_walked(svc: Any) -> None:
    """The remote holds a loss that has not been merged here yet."""
    ids = ledger(svc, 2)
    other = clone(svc, "night")
    rewrite(other, 0)
    git(other, "push -q origin main")
    assert svc("audit").out == ""
    git(svc, "fetch -q")

    for lang, words in (("zh", "这里的一直都在"), ("en", "on the remote only; here it never was amiss")):
        said = svc("audit", code=1, lang=lang)
        assert f"{ids[0]}: " in said.out and words in said.out and "here again" not in said.out
    assert len(entries(svc)) == 2
    git(other, f"checkout -q HEAD~1 -- {FRONT}")
    git(other, "commit -qm back")
    git(other, "push -q origin main")
    git(svc, "fetch -q")
    assert "on the remote only, where it was put right" in svc("audit", lang="en").out
    svc("sync")
    assert "it is here again now" in svc("audit --anew", lang="en").out


def test_a_union_of_one_file_is_clean_from_both_parents(svc: Any) -> None:
    hub(svc, "")
    other = clone(svc, "night", named=False)
    for k, desk in enumerate((svc, other, svc, other)):
        desk(f"repair add --unit A-{k} --fault x", at=f"2026-11-24T09:0{k}:00+08:00")
        desk("sync", env={"SVCCTL_DESK": ("front", "night")[k % 2]})
    svc("sync", env={"SVCCTL_DESK": "front"})

    assert svc("audit").out == other("audit --anew").out == ""
    assert len(entries(svc)) == 4


def test_the_ledger_in_a_folder_of_a_bigger_repository(svc: Any) -> None:
    git(svc, "init -q -b main .", cwd=svc.folder)
    one = svc("repair add --unit A --fault x").id
    git(svc, "add ledger", cwd=svc.folder)
    git(svc, "commit -qm start", cwd=svc.folder)
    for n in range(3):
        (svc.folder / "code.txt").write_text(str(n))
        git(svc, "add code.txt", cwd=svc.folder)
        git(svc, "commit -qm code", cwd=svc.folder)
    assert "核对了 4 个新提交" in svc("audit").err
    git(svc, "rm -q -r ledger/repairs", cwd=svc.folder)
    git(svc, "commit -qm gone", cwd=svc.folder)

    assert f"repairs/2026-11.yaml: {one}: lost" in svc("audit", code=1, lang="en").out
