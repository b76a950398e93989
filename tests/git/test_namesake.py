"""Two clones under one desk name: refused where the name is given, told where the other's entries come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from git_kit import both, clone, entries, git, hub

ADD = "repair add --unit A-101 --fault 灯"
FILE = "repairs/2026-11.front.yaml"
TELLS = '"front" too'


def twins(svc: Any) -> Any:
    """A second clone that has taken over the name of the first, which goes on writing."""
    hub(svc)
    svc(ADD)
    svc("sync")
    other = clone(svc, "late", named=False)
    other("desk front --take-over")
    return other


def test_a_name_under_which_somebody_has_written_is_refused_with_others_to_take(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc(ADD, env={"SVCCTL_DESK": "front-2"})
    svc("sync")
    other = clone(svc, "late", named=False)

    both(other, "desk front", 3, "svcctl desk front-3 / front-4", f"{FILE}: the ledger has files of the desk")
    assert "svcctl desk front --take-over" in other("desk front", code=3).err
    assert other("desk").out == "这里没有起名\n"

    other("desk late")
    other("desk front --take-over")
    assert other("desk").out == "front\n"
    other("desk front")  # it is its own now
    other("desk late")
    other("desk front")


def test_names_of_the_place_that_was_copied_are_not_the_copys(svc: Any, tmp_path: Path) -> None:
    import shutil

    svc("desk front")
    svc(ADD)
    for name, code in (("moved", 0), ("copied", 3)):
        there = tmp_path / name
        shutil.copytree(svc.ledger, there)
        if name == "copied":
            svc(["-C", str(there), "desk", "late"])
        svc(["-C", str(there), "desk", "front"], code=code)


def test_the_other_ones_entries_are_told_once_as_they_come_in(svc: Any) -> None:
    other = twins(svc)
    one = other(ADD).id
    other("sync")

    said = svc("sync", lang="en")

    commit = git(other, "rev-parse --short HEAD").strip()
    assert f'another clone writes under the desk name "front" too ({FILE}, commit {commit} by front)' in said.err and "svcctl desk front-2" in said.err
    assert one in {i for i, _ in entries(svc)}
    assert TELLS not in svc("sync", lang="en").err
    svc(ADD)
    svc("sync")
    other(ADD)
    assert "也在用岗位名" in other("sync").err  # both have written since
    assert len(entries(other)) == 4


def test_ones_own_commits_that_come_back_and_other_desks_entries_are_not_told(svc: Any) -> None:
    hub(svc)
    svc(ADD)
    svc("sync")
    git(svc, "reset -q --hard HEAD~1")
    assert TELLS not in svc("sync", lang="en").err
    other = clone(svc, "night")
    other(ADD)
    path = other.ledger / FILE
    path.write_text(path.read_text(encoding="utf-8") + "# seen by the night desk\n", encoding="utf-8")
    other("sync")

    said = svc("sync", lang="en")
    assert "received: repair 1" in said.err and TELLS not in said.err
