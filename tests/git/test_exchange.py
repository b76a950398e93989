"""Desks that exchange entries: by sync, and by git as people type it. Nothing is ever lost, and all come to the same."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from git_kit import clone, entries, git, hub

MONTH = "repairs/2026-11.yaml"
STEPS = int(os.environ.get("SVCCTL_EXCHANGES", "16"))


class Street:
    """Some desks at one remote. ``acknowledged``: every id that was printed."""

    def __init__(self, svc: Any, names: list[str], chance: random.Random) -> None:
        hub(svc, "")
        self.desks = [svc, *(clone(svc, name, named=False) for name in names[1:])]
        self.names = names
        self.chance = chance
        self.acknowledged: list[str] = []
        self.exchanges = 0
        self.minute = 0

    def add(self, k: int) -> None:
        """Record something, under the desk's name or in the file of the desk without one; or a follow-up."""
        self.minute += 1
        env = {"SVCCTL_DESK": self.names[k]} if self.chance.random() < 0.4 else {}
        at = f"2026-11-24T{9 + self.minute // 60:02}:{self.minute % 60:02}:00+08:00"
        noun = self.chance.choice(("repair", "repair", "complaint"))
        line = f"repair add --place 大堂 --fault 灯{self.minute}" if noun == "repair" else f"complaint add --content 吵{self.minute} --anonymous"
        self.acknowledged += self.desks[k](line, at=at, env=env).ids

    def sync(self, k: int) -> None:
        self.exchanges += 1
        self.desks[k]("sync", env={"SVCCTL_DESK": self.names[k]})

    def by_hand(self, k: int) -> None:
        """Exchange as somebody does who knows git and not svcctl, in one of four ways."""
        desk = self.desks[k]
        self.exchanges += 1
        way = self.chance.choice(("merge", "rebase", "stash", "cherry-pick"))
        if way == "stash":
            git(desk, "add -A")
            git(desk, "stash -q", code=None)
            git(desk, "pull -q --no-rebase --no-edit", code=None)
            self.solve(desk)
            if git(desk, "stash list"):
                git(desk, "stash pop -q", code=None)
                desk("merge")
                git(desk, "stash drop -q", code=None)
            return
        git(desk, "add -A")
        git(desk, "commit -q -m hand", code=None)
        git(desk, "fetch -q")
        if way == "cherry-pick":
            new = git(desk, "rev-list --reverse --no-merges ..origin/main").split()
            git(desk, f"cherry-pick -x {' '.join(new)}", code=None)
        else:
            git(desk, "merge -q --no-edit origin/main" if way == "merge" else "rebase -q origin/main", code=None)
        self.solve(desk)

    def gone(self) -> set[str]:
        """What was acknowledged and stands on no desk's disk any more."""
        return set(self.acknowledged) - {name for desk in self.desks for name, _ in entries(desk)}

    def solve(self, desk: Any) -> None:
        """Go on as ``merge`` says until nothing is under way."""
        for _ in range(300):
            told = desk("merge", lang="en").err
            if "Next: git " in told:
                command = told.rpartition("Next: git ")[2].strip()
                git(desk, "commit -q --no-edit" if command == "commit" else command, code=None)
            elif (desk.ledger / ".git/CHERRY_PICK_HEAD").exists() or (desk.ledger / ".git/sequencer").exists():
                git(desk, "cherry-pick --skip", code=None)  # what it would pick is here already
            elif (desk.ledger / ".git/rebase-merge").exists():
                git(desk, "rebase --continue", code=None)
            elif (desk.ledger / ".git/MERGE_HEAD").exists():
                git(desk, "commit -q --no-edit")
            else:
                return
        raise AssertionError("it does not end")


@pytest.mark.parametrize("seed", [1, 2])
def test_three_desks_in_any_order_lose_nothing_and_come_to_the_same(svc: Any, seed: int) -> None:
    chance = random.Random(seed)
    street = Street(svc, ["front", "night", "north"], chance)
    for _ in range(STEPS):
        k = chance.randrange(3)
        what = chance.choices((street.add, street.sync, street.by_hand), (6, 3, 1))[0]
        what(k)
        lost = street.gone()
        assert not lost, f"{what} of {street.names[k]}"
    for k in (0, 1, 2, 0, 1):
        street.sync(k)

    held = [entries(desk) for desk in street.desks]
    assert held[0] == held[1] == held[2]
    assert {name for name, _ in held[0]} == set(street.acknowledged)
    assert len(held[0]) == len(street.acknowledged)
    late = "2026-11-30T12:00:00+08:00"
    reports = [desk("report monthly 2026-11 --format json --as-of 2026-11-30", at=late).out for desk in street.desks]
    assert reports[0] == reports[1] == reports[2]
    for desk in street.desks:
        assert desk("check", at=late).out == ""
    assert svc("audit").out == ""
    assert "forced" not in git(svc, "reflog show refs/remotes/origin/main")
    print(f"seed {seed}: {street.exchanges} exchanges, {len(street.acknowledged)} entries, lost {len(set(street.acknowledged) - {n for n, _ in held[0]})}")


def test_two_desks_with_names_never_conflict(svc: Any) -> None:
    hub(svc)
    other = clone(svc, "night")
    ids = [svc("repair add --unit A-101 --fault 灯").id, other("repair add --unit A-102 --fault 门").id]

    said = svc("sync", lang="en")
    assert said.err == "committed: front, 1 entry (repair 1)\nsent: repair 1; received: no entries\n"
    assert other("sync").err == "已提交：night, 1 entry (repair 1)\n送出 repair 1；收到 repair 1\n核对一下合并后的台账：svcctl check\n"
    assert "收到 repair 1" in svc("sync").err

    assert {r["id"] for r in svc("repair list --json").json} == {r["id"] for r in other("repair list --json").json} == set(ids)
    assert svc("sync").err == "两边一样，没有新的\n"
    assert svc("sync", lang="en").err == "both sides are the same, nothing new\n"
    assert sorted(git(svc, "log --format=%s --no-merges").splitlines()) == ["start", "svcctl: front, 1 entry (repair 1)", "svcctl: night, 1 entry (repair 1)"]
    assert git(svc, "status --porcelain") == ""


def test_a_file_that_both_wrote_is_joined_by_id_and_a_clash_is_named(svc: Any) -> None:
    hub(svc, "")
    other = clone(svc, "night", named=False)
    for desk, fault in ((svc, "灯"), (other, "门")):
        desk.plant(MONTH, id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-11-20T08:00:00+08:00", place="x", fault=fault)
        desk(f"repair add --place 大堂 --fault {fault}")
    svc("sync", env={"SVCCTL_DESK": "front"})

    said = other("sync", env={"SVCCTL_DESK": "night"}, code=1)

    assert [line.split(": ")[1] for line in said.out.splitlines()] == ["rp-aaaaaaaaaa"] * 2
    file, number = said.out.split(": ")[0].split(":")
    assert other.text(file).splitlines()[int(number) - 1] == "---"
    assert "svcctl: clashes" not in said.err and git(other, "status --porcelain") == ""
    svc("sync", env={"SVCCTL_DESK": "front"})
    assert entries(svc) == entries(other) and len(entries(svc)) == 4
    assert "clash" in svc("check --json", code=1).out


def test_one_that_was_quicker_is_taken_in_first_and_nothing_is_forced(svc: Any) -> None:
    hub(svc)
    other = clone(svc, "night")
    mine = svc("repair add --unit A-101 --fault 灯").id
    # The remote takes the other's push in just when ours arrives.
    theirs = other("repair add --unit A-102 --fault 门").id
    other("sync --local")
    hook = svc.folder.parent / "hub.git/hooks/pre-receive"
    hook.write_text(
        f"#!/bin/sh\n[ -e '{hook}.done' ] && exit 0\n: > '{hook}.done'\nunset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        f"git -C '{other.ledger}' push -q origin main 2>&1\n",
    )
    hook.chmod(0o755)

    said = svc("sync", lang="en")

    assert "sent: repair 1; received: repair 1" in said.err
    assert {i for i, _ in entries(svc)} == {mine, theirs}
    assert git(svc, "rev-parse HEAD") == git(svc, "rev-parse origin/main")


def test_offline_it_is_committed_here_and_goes_out_later(svc: Any) -> None:
    there = hub(svc)
    one = svc("repair add --unit A-101 --fault 灯").id
    there.rename(there.with_suffix(".away"))

    for lang, words in (("zh", "已在这里提交，还没有交换"), ("en", "committed here, not exchanged")):
        said = svc("sync", code=5, lang=lang)
        assert words in said.err
        assert "svcctl sync" in said.err
    assert one in git(svc, "show HEAD:repairs/2026-11.front.yaml")

    there.with_suffix(".away").rename(there)
    assert "送出 repair 1" in svc("sync").err


def test_a_ledger_within_a_bigger_repository_and_other_things_staged(svc: Any) -> None:
    git(svc, f"init -q --bare -b main {svc.folder.parent / 'hub.git'}", cwd=svc.folder)
    git(svc, "init -q -b main .", cwd=svc.folder)
    (svc.folder / "code.txt").write_text("one\n")
    git(svc, "add code.txt ledger", cwd=svc.folder)
    git(svc, "commit -q -m start", cwd=svc.folder)
    git(svc, f"remote add origin {svc.folder.parent / 'hub.git'}", cwd=svc.folder)
    svc("desk front")
    one = svc("repair add --unit A-101 --fault 灯").id
    (svc.folder / "code.txt").write_text("two\n")
    (svc.ledger / "memo.txt").write_text("x\n")
    git(svc, "add code.txt", cwd=svc.folder)

    said = svc("sync", lang="en")

    assert "not files of the ledger, so not committed: memo.txt" in said.err
    assert git(svc, "show --name-only --format= HEAD", cwd=svc.folder).split() == ["ledger/repairs/2026-11.front.yaml"]
    assert git(svc, "diff --cached --name-only", cwd=svc.folder).split() == ["code.txt"]
    assert one in git(svc, "show origin/main:ledger/repairs/2026-11.front.yaml", cwd=svc.folder)
    assert git(svc, "rev-parse --abbrev-ref @{upstream}", cwd=svc.folder).strip() == "origin/main"

    other = svc.folder / "other"
    git(svc, f"clone -q {svc.folder.parent / 'hub.git'} {other}", cwd=svc.folder)
    (other / "code.txt").write_text("three\n")
    git(svc, "commit -qam theirs", cwd=other)
    git(svc, "push -q", cwd=other)
    svc("repair add --unit A-102 --fault 门")
    said = svc("sync", code=3, lang="en")  # code.txt is changed here and there
    assert "in the way" in said.err and "git stash" in said.err
    git(svc, "commit -qm mine", cwd=svc.folder)
    said = svc("sync", code=3, lang="en")
    assert "both sides changed the same lines: code.txt" in said.err and "git merge --abort" in said.err
    assert not (svc.folder / ".git/MERGE_HEAD").exists()


def change(desk: Any, old: str, new: str) -> None:
    path = desk.ledger / "ledger.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_settings_that_both_changed_are_merged_by_lines_or_left_to_a_person(svc: Any) -> None:
    hub(svc)
    other = clone(svc, "night")
    change(svc, "week_start: mon", "week_start: sun")
    with (other.ledger / "ledger.yaml").open("a") as file:
        file.write("# opened in August\n")
    svc("sync")
    other("sync")
    svc("sync")
    assert svc.text("ledger.yaml") == other.text("ledger.yaml")
    assert "week_start: sun" in svc.text("ledger.yaml") and "# opened" in svc.text("ledger.yaml")
    change(svc, 'site: "悦和里"', 'site: "甲"')
    change(other, 'site: "悦和里"', 'site: "乙"')
    svc("sync")
    one = other("repair add --unit A --fault x").id

    for lang, words in (("zh", "两边改了同样的几行：ledger.yaml"), ("en", "both sides changed the same lines: ledger.yaml")):
        assert words in other("sync", code=3, lang=lang).err
    assert git(other, "status --porcelain") == ""
    git(other, "merge origin/main", code=None)
    path = other.ledger / "ledger.yaml"
    path.write_text("".join(line for line in path.read_text(encoding="utf-8").splitlines(True) if not line.startswith(("<<<<<<<", "=======", ">>>>>>>", 'site: "乙"'))))
    git(other, "add ledger.yaml")
    git(other, "commit -q --no-edit")
    other("sync")
    svc("sync")
    assert one in {i for i, _ in entries(svc)}


def test_attachments_templates_and_ignored_files_go_too_and_only_the_ledgers_own(svc: Any) -> None:
    hub(svc)
    sheet = svc.folder / "quote.xlsx"
    sheet.write_bytes(b"PK\x03\x04")
    svc(["repair", "add", "--unit", "A", "--fault", "x", "--attach", str(sheet)])
    (svc.ledger / "templates").mkdir()
    (svc.ledger / "templates/weekly.yaml").write_text("title: x\n")
    (svc.ledger / "out.xlsx").write_bytes(b"report")
    (svc.ledger / "repairs/2026-11.front.yaml.torn-20261124T000000Z").write_bytes(b"x")

    svc("sync")

    named = git(svc, "ls-tree -r --name-only origin/main").split()
    assert [n for n in named if n.startswith("files/")] and "templates/weekly.yaml" in named
    assert not [n for n in named if "out" in n or "torn" in n or ".svcctl" in n]
    other = clone(svc, "night")
    assert other("check").out == ""


def test_a_torn_tail_is_set_aside_before_it_is_committed(svc: Any) -> None:
    hub(svc)
    one = svc("repair add --unit A --fault x").id
    with (svc.ledger / "repairs/2026-11.front.yaml").open("ab") as file:
        file.write(b'---\nid: "rp-zzz')

    said = svc("sync")

    assert "写入中断" in said.err
    text = git(svc, "show origin/main:repairs/2026-11.front.yaml")
    assert one in text and "rp-zzz" not in text


def test_an_editors_line_ends_do_not_travel(svc: Any) -> None:
    hub(svc)
    svc("repair add --unit A --fault x")
    svc("sync")
    path = svc.ledger / "repairs/2026-11.front.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "没有新的" in svc("sync").err
    svc("repair add --unit B --fault y")
    svc("sync")

    assert "\r" not in git(svc, "show HEAD:repairs/2026-11.front.yaml")
    assert svc("audit").out == ""


def test_what_would_be_committed_can_be_seen_beforehand(svc: Any) -> None:
    hub(svc)
    svc("repair add --unit A --fault x --reporter 王芳")
    before = svc.files()

    said = svc("sync -n")

    assert said.out == "svcctl: front, 1 entry (repair 1)\n  repairs/2026-11.front.yaml\n"
    assert svc.files() == before
    assert "王" not in git(svc, "log --all --format=%B")


def test_erasing_travels_and_wins(svc: Any) -> None:
    from test_union import erased

    from svcctl.store import codec

    hub(svc, "")
    svc("repair add --unit A --fault x --reporter 王芳")
    svc("sync", env={"SVCCTL_DESK": "front"})
    other = clone(svc, "night", named=False)
    other("repair add --unit B --fault y")
    path = svc.ledger / MONTH
    (one,) = [p.doc for p in codec.pieces(path.read_bytes())]
    assert one is not None
    path.write_bytes(codec.dump(erased(one)))

    assert "front, 1 erased" in svc("sync", env={"SVCCTL_DESK": "front"}).err
    other("sync", env={"SVCCTL_DESK": "night"})

    assert "王芳" not in other.text(MONTH) and "B" in other.text(MONTH)
    said = other("audit", lang="en")
    assert said.out == "" and "erasures" in said.err
