"""Every place where sync or merge stops: what it says in either language, and that nothing has happened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub

ADD = "repair add --unit A-101 --fault 灯 --reporter 王芳"
FRONT = "repairs/2026-11.front.yaml"


def test_without_a_repository_a_commit_a_remote(svc: Any) -> None:
    both(svc, "sync", 3, "台账不在 git 仓库里", "in no git repository")
    both(svc, "audit", 3, "git init", "git init")
    git(svc, "init -q -b main .")
    both(svc, "audit", 3, "没有可核对的", "svcctl sync --local")
    svc("sync --local")
    both(svc, "sync", 3, "git remote add origin", "git remote add origin")
    svc(ADD)
    assert "已提交" in svc("sync --local").err
    assert "没有新的" in svc("sync --local").err
    git(svc, "remote add one /srv/one.git")
    git(svc, "remote add two /srv/two.git")
    both(svc, "sync", 3, "有几个远端（one, two）", "several remotes (one, two)")
    git(svc, "config branch.main.remote three")
    git(svc, "config branch.main.merge refs/heads/main")
    both(svc, "sync", 3, "“three”不存在", '"three" does not exist')


def test_a_desk_without_a_name_is_asked_for_it_before_the_first_exchange(svc: Any) -> None:
    hub(svc, "")
    svc(ADD)
    both(svc, "sync", 3, "svcctl desk 名字", "svcctl desk NAME")
    assert git(svc, "log --format=%s origin/main").split() == ["start"]
    assert "送出" in svc("sync", env={"SVCCTL_DESK": "front"}).err


def test_what_somebody_has_begun_has_to_be_ended_first(svc: Any) -> None:
    hub(svc)
    lock = svc.ledger / ".git/index.lock"
    lock.write_bytes(b"")
    both(svc, "sync", 3, f"rm {svc.ledger}/.git/index.lock", "another git is writing, or one was killed")
    assert lock.exists()
    lock.unlink()
    for name, zh, en in (
        ("MERGE_HEAD", "git commit", "a merge is under way"), ("rebase-merge", "git rebase --continue", "a rebase is under way"),
        ("CHERRY_PICK_HEAD", "git cherry-pick --continue", "a cherry-pick"), ("REVERT_HEAD", "git revert --continue", "a revert"), ("BISECT_LOG", "git bisect reset", "a bisect"),
    ):  # fmt: skip
        (svc.ledger / ".git" / name).write_text(git(svc, "rev-parse HEAD"))
        both(svc, "sync", 3, zh, en)
        both(svc, "sync --local", 3, zh, en)
        (svc.ledger / ".git" / name).unlink()
    git(svc, "checkout -q --detach")
    both(svc, "sync", 3, "git switch main", "git switch main")


def test_a_history_of_another_ledger_and_one_cut_short(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc("sync")
    other = clone(svc, "night", words="--depth 1")
    both(other, "audit", 3, "git fetch --unshallow", "git fetch --unshallow")
    git(svc, "checkout -q --orphan fresh")
    git(svc, "commit -q -m fresh")
    git(svc, "branch -M main")
    other(ADD)
    both(svc, "sync", 3, "没有共同的起点", "no common beginning")
    git(svc, f"push -q -f {svc.folder.parent / 'hub.git'} main")
    both(other, "sync", 3, "git fetch --unshallow", "git fetch --unshallow")
    assert len(entries(other)) == 2


def test_a_committed_entry_that_is_gone_or_changed_stops_it_before_anything_is_committed(svc: Any) -> None:
    hub(svc)
    one, two = svc(ADD).id, svc("repair add --unit A-102 --fault 门").id
    svc("sync")
    before, path = git(svc, "rev-parse HEAD"), svc.ledger / FRONT
    whole = path.read_bytes()

    path.write_bytes(whole.replace("门".encode(), "窗".encode()))
    both(svc, "sync", 3, f"{FRONT}: {two}", f"{FRONT}: {two}: ")
    both(svc, "sync -n", 3, "checkout -- " + FRONT, "svcctl audit")
    path.write_bytes(whole[whole.index(b"---", 3) :])
    both(svc, "sync --local", 3, one, "nothing was committed")
    path.unlink()
    said = svc("sync", code=3)
    assert one in said.err and two in said.err and "王芳" not in said.all_err
    git(svc, "rm -q --cached " + FRONT)
    assert one in svc("sync", code=3).err
    path.write_bytes(whole)
    assert "没有新的" in svc("sync").err
    assert git(svc, "rev-parse HEAD") == before
    assert git(svc, "status --porcelain") == ""

    with path.open("ab") as file:  # not committed yet, and damaged
        file.write(b'---\nid: "rp-aaaaaaaaaa"\nkind: "repair"\nsum: "0000000000000000"\n')
    both(svc, "sync", 3, "svcctl check", "svcctl check")
    assert git(svc, "rev-parse HEAD") == before


def test_what_goes_out_must_not_change_or_lose_what_the_remote_has(svc: Any) -> None:
    """Somebody committed a loss by hand: it is not passed on, and the way out that is named is one; taking that commit back is another."""
    hub(svc)
    one = svc(ADD).id
    svc("sync")
    path = svc.ledger / FRONT
    kept = path.read_bytes()
    path.write_bytes(b"")
    git(svc, "commit -qam tidied")
    before = git(svc, "rev-parse origin/main")
    both(svc, "sync", 3, "没有送出", "nothing was sent")
    said = svc("sync", code=3, lang="en")
    assert one in said.err and f"git checkout origin/main -- {FRONT}; then svcctl sync" in said.err
    assert git(svc, "ls-remote origin main").split()[0] == before.strip()
    git(svc, "revert --no-edit HEAD")
    assert path.read_bytes() == kept
    svc("sync")
    assert git(svc, "rev-parse origin/main") != before


def test_entries_may_move_to_another_file(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc("sync")
    (svc.ledger / FRONT).rename(svc.ledger / "repairs/2026-11.yaml")

    svc("sync")

    assert svc("audit").out == ""
    assert git(svc, "ls-tree -r --name-only origin/main repairs").split() == ["repairs/2026-11.yaml"]


def test_an_attachment_that_is_gone_or_changed(svc: Any) -> None:
    hub(svc)
    photo = svc.folder / "a.jpg"
    photo.write_bytes(b"photo")
    svc(["repair", "add", "--unit", "A", "--fault", "x", "--attach", str(photo)])
    svc("sync")
    (path,) = svc.ledger.glob("files/*/*")
    path.unlink()
    both(svc, "sync", 3, "附件不见了", "an attachment that an entry names is gone")
    assert "attachment" in svc("audit", code=1, lang="en").out
    path.write_bytes(b"other")
    both(svc, "sync", 3, "附件的内容被改动", "the content of an attachment was changed")
    assert "attachment" in svc("audit", code=1, lang="en").out


@pytest.mark.parametrize("how", ["changed", "deleted", "ours"])
def test_what_came_must_not_change_or_lose_a_committed_entry(svc: Any, how: str) -> None:
    hub(svc)
    one = svc(ADD).id
    svc("sync")
    other = clone(svc, "night")
    mine = svc("repair add --unit A-102 --fault 门").id
    svc("sync")
    path = other.ledger / FRONT
    if how == "changed":
        path.write_bytes(path.read_bytes().replace("灯".encode(), "窗".encode()))
    elif how == "deleted":
        path.unlink()
    else:
        other("repair add --unit B --fault y")
        git(other, "add -A")
        git(other, "commit -qm y")
        git(other, "fetch -q")
        git(other, "merge -q -s ours --no-edit origin/main")
    git(other, "commit -qam wrong", code=None)
    git(other, "push -q -f origin main")
    svc("repair add --unit A-103 --fault 窗")
    before = svc.files()

    gone = mine if how == "ours" else one
    both(svc, "sync", 3, f"会改掉或丢掉已提交的记录（{FRONT}: {gone}", f"would change or lose committed entries ({FRONT}: {gone}")

    assert {k: v for k, v in svc.files().items() if not k.startswith(".git/")} == {k: v for k, v in before.items() if not k.startswith(".git/")}
    assert git(svc, "log -1 --format=%s") == "svcctl: front, 1 entry (repair 1)\n"


@pytest.mark.parametrize("what", ["link", "gitlink", "state", "nested"])
def test_links_and_repositories_in_what_came_or_here(svc: Any, what: str) -> None:
    hub(svc)
    other = clone(svc, "night")
    words = {"link": ("符号链接", "symbolic link"), "gitlink": ("另一个 git 仓库", "another git repository"), "state": (".svcctl/ 不该进", ".svcctl/ does not belong")}
    if what == "nested":
        svc(ADD)
        git(svc, f"init -q {svc.ledger / 'repairs'}")
        both(svc, "sync", 3, "另一个 git 仓库", "another git repository")
        both(svc, "audit", 3, "另一个 git 仓库", "another git repository")
        return
    if what == "link":
        (other.ledger / "repairs").mkdir()
        (other.ledger / "repairs/2026-10.yaml").symlink_to("/etc/passwd")
        git(other, "add -A")
    elif what == "gitlink":
        git(other, f"update-index --add --cacheinfo 160000,{git(other, 'rev-parse HEAD').strip()},repairs")
    else:
        name = git(other, "hash-object -w --stdin", stdin=b"{}").strip()
        git(other, f"update-index --add --cacheinfo 100644,{name},.svcctl/desk")
    git(other, "commit -qm x")
    git(other, "push -q origin main")

    both(svc, "sync", 3, *words[what])
    both(other, "sync", 3, *words[what])
    assert not (svc.ledger / "repairs").exists()
    if what != "state":
        assert "link" in other("audit", code=1, lang="en").out


def test_a_remote_that_takes_nothing(svc: Any) -> None:
    there = hub(svc)
    (there / "hooks/pre-receive").write_text("#!/bin/sh\necho 'branch is protected'\nexit 1\n")
    (there / "hooks/pre-receive").chmod(0o755)
    svc(ADD)
    both(svc, "sync", 3, "远端不接受", "the remote does not take it")


def test_a_rewritten_remote_is_said(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc("sync")
    other = clone(svc, "night")
    git(other, "commit -q --amend -m other")
    git(other, "push -q -f origin main")

    assert "was rewritten" in svc("sync", lang="en").err
    assert len(entries(svc)) == 1


def test_without_a_name_of_its_own_git_signs_with_the_desks(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc("sync")

    assert git(svc, "log -1 --format=%an,%ae,%cn").strip() == "front,front@localhost,front"
    git(svc, "config user.name 李敏")
    git(svc, "config user.email li@example.org")
    svc(ADD)
    svc("sync")
    assert git(svc, "log -1 --format=%an,%ae").strip() == "李敏,li@example.org"


def test_somebody_elses_lock_on_the_ledger(svc: Any) -> None:
    from svcctl.store.files import Root
    from svcctl.store.lock import Lock

    hub(svc)
    with Root(str(svc.ledger)) as root, Lock(root):
        both(svc, "sync", 75, "台账正被", "the ledger is in use", env={"SVCCTL_LOCK_WAIT": "0"})
        both(svc, "merge", 75, "台账正被", "the ledger is in use", env={"SVCCTL_LOCK_WAIT": "0"})


def test_no_git_and_an_old_one(svc: Any) -> None:
    hub(svc)
    both(svc, "sync", 3, "没有 git", "no git on this machine", env={"PATH": str(svc.folder)})
    old = svc.folder / "git"
    old.write_text("#!/bin/sh\necho git version 2.20.1\n")
    old.chmod(0o755)
    both(svc, "audit", 3, "太旧", "too old", env={"PATH": str(svc.folder)})


def test_on_a_terminal_the_desks_name_is_asked_for(svc: Any) -> None:
    sys.path.insert(0, os.fspath(Path(__file__).parents[1] / "cli"))
    from test_prompts import Terminal

    hub(svc, "")
    svc(ADD)
    terminal = Terminal(svc, ["sync"])
    terminal.expect("这里叫什么")
    terminal.type("night")
    terminal.expect("送出 repair 1")

    assert terminal.end() == 0
    assert svc("desk").out == "night\n"
