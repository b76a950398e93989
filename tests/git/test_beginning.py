"""The first commit of a ledger: sync makes it, by the same rules as every other, unless the remote has a ledger already."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub


def bare(svc: Any) -> Path:
    there: Path = svc.folder.parent / "hub.git"
    git(svc, f"init -q --bare -b main {there}", cwd=svc.folder)
    return there


def test_what_the_message_says_is_all_there_is_to_type(svc: Any) -> None:
    there = bare(svc)
    one = svc("repair add --unit A-101 --fault 灯").id
    said = svc("sync", code=3, lang="en").err
    first, second = said.partition("Make one and commit: ")[2].partition(" (if the")[0].split("; to exchange: ")
    assert "svcctl sync" in first and "svcctl sync" in second
    for line in (first, second):
        for command in line.replace("ADDRESS", str(there)).split(" && "):
            words = shlex.split(command)
            if words[0] == "git":
                git(svc, command.removeprefix("git "))
            elif words[0] == "cd":
                assert words[1:] == [str(svc.ledger)]
            else:
                svc(words[1:], env={"SVCCTL_DESK": "front"})

    assert one in git(svc, "show origin/main:repairs/2026-11.yaml")


@pytest.mark.parametrize("words", ["sync --local", "sync"])
def test_the_first_commit_has_the_ledgers_own_files_and_nothing_else(svc: Any, words: str) -> None:
    there = bare(svc)
    git(svc, "init -q -b main .")
    git(svc, f"remote add origin {there}")
    svc("desk front")
    svc("repair add --unit A-101 --fault 灯")
    (svc.ledger / "memo.txt").write_text("x\n")
    (svc.ledger / "staged.txt").write_text("x\n")
    git(svc, "add staged.txt")
    own = [".gitattributes", ".gitignore", "ledger.yaml", "repairs/2026-11.front.yaml"]
    assert svc("sync -n").out.split("\n  ")[1:] == [*own[:-1], own[-1] + "\n"]

    said = svc(words, lang="en")

    assert "not committed: memo.txt" in said.err and "committed: front, 1 entry (repair 1)" in said.err
    assert git(svc, "ls-tree -r --name-only HEAD").split() == own
    assert git(svc, "status --porcelain").splitlines() == ["A  staged.txt", "?? memo.txt"]
    assert ("sent: repair 1" in said.err) == (words == "sync")
    assert svc("audit").out == ""
    svc("sync")
    other = clone(svc, "night")
    assert entries(other) == entries(svc)


def test_a_ledger_that_the_remote_has_already_is_not_begun_a_second_time(svc: Any) -> None:
    hub(svc)
    other = type(svc)(_folder(svc, "late"), svc.lang)
    other(["init", str(other.ledger), "--profile", "street", "--site", "x"])
    git(other, "init -q -b main .")
    git(other, f"remote add origin {svc.folder.parent / 'hub.git'}")
    other("desk late")

    both(other, "sync", 3, "git clone 地址", "the remote has a ledger already")

    assert not (other.ledger / ".git/refs/heads/main").exists()


def test_a_remote_that_cannot_be_seen_leaves_the_first_commit_undone(svc: Any) -> None:
    git(svc, "init -q -b main .")
    git(svc, f"remote add origin {svc.folder / 'nowhere'}")
    svc("desk front")

    both(svc, "sync", 5, "第一次提交没有做", "svcctl sync --local")

    assert subprocess.run(["git", "-C", str(svc.ledger), "rev-parse", "-q", "--verify", "HEAD"], check=False, capture_output=True).returncode
    assert "已提交" in svc("sync --local").err


def _folder(svc: Any, name: str) -> Path:
    folder: Path = svc.folder.parent / name
    folder.mkdir()
    return folder
