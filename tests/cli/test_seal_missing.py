"""A sealed month whose seal is gone, set aside or cut short: it is no open month, whoever asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from svcctl.store import files

OCTOBER, SEALED, LATER = "2026-10-05T09:00:00+08:00", "2026-11-03T09:00:00+08:00", "2026-11-20T09:00:00+08:00"
SEAL = "seals/2026-10.yaml"
INTO = ["repair", "add", "--unit", "A-2", "--fault", "门", "--party", "property", "--at", "2026-10-07 08:00"]


@pytest.fixture
def closed(svc: Any) -> Any:
    """A desk whose October is sealed, in late November."""
    svc("repair add --unit A-101 --fault 灯不亮 --party property --key old", at=OCTOBER)
    svc("seal 2026-10", at=SEALED)
    svc.clock = LATER
    return svc


def gone(svc: Any) -> None:
    (svc.ledger / SEAL).unlink()


def set_aside(svc: Any) -> None:
    path = svc.ledger / SEAL
    path.write_bytes(path.read_bytes().replace("李敏".encode(), "李明".encode()))
    (svc.ledger / ".svcctl/sealed.json").unlink()  # this place never saw it whole
    svc("check --repair", code=1)


def states(svc: Any) -> dict[str, str]:
    return {line["month"]: line["state"] for line in svc("seal --json", code=None).json}


@pytest.mark.parametrize("way", [gone, set_aside])
def test_a_month_whose_seal_is_missing_is_not_open(closed: Any, way: Any) -> None:
    way(closed)

    for line in (INTO, [*INTO, "--late", "漏登"], "repair void key:old --reason x --approved-by 陈经理", "repair amend key:old --set fault=x --reason y"):
        said = closed.refused(line)
        assert "2026-10" in said.err and SEAL in said.err
        assert f"git checkout -- {SEAL}" in said.err and "svcctl seal 2026-10" in said.err
    closed("repair dispatch key:old --to 周师傅")  # of this month, which is open
    for line in ("report monthly 2026-10 --format json", "measure repair.received 2026-10", "explain repair.received 2026-10", "today", "today --json"):
        said = closed(line, code=1)
        assert f"{SEAL}: 2026-10 上次查看时已结账" in said.out + said.err, line
    listed = closed("seal", code=1, lang="en")
    assert "seal missing" in listed.out and "was sealed at the last look" in listed.err
    assert states(closed)["2026-10"] == "missing"

    closed("seal 2026-10")  # the way out

    assert states(closed)["2026-10"] == "sealed"
    assert "--late" in closed.refused(INTO).err
    for line in ("measure repair.received 2026-10", "today", "seal"):
        closed(line)


def test_today_says_it_each_time_beside_a_seal_that_is_there(closed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    closed("repair add --unit A-3 --fault 窗 --party property --at '2026-11-04 08:00'")
    closed("seal 2026-11", at="2026-12-02T09:00:00+08:00")
    gone(closed)
    monkeypatch.setattr("svcctl.book.arrivals._SETTLED_NS", 0)
    for _ in range(3):
        assert SEAL in closed("today", code=1, at="2026-12-03T09:00:00+08:00").err


def test_another_month_is_sealed_with_a_word_about_the_missing_one(closed: Any) -> None:
    gone(closed)
    said = closed("seal 2026-11", at="2026-12-02T09:00:00+08:00")
    assert "提醒：2026-10 上次查看时已结账" in said.err


def test_what_is_recorded_in_its_own_month_does_not_ask(closed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gone(closed)
    seen: list[str] = []
    read = files.Root.state_read
    monkeypatch.setattr(files.Root, "state_read", lambda self, name: seen.append(name) or read(self, name))

    closed("repair add --unit A-4 --fault 锁 --party property")
    assert "sealed.json" not in seen
    closed.refused(INTO)
    assert "sealed.json" in seen


@pytest.mark.parametrize("size", [1, 40])
def test_a_seal_that_is_cut_short_comes_before_sealing(closed: Any, size: int) -> None:
    path: Path = closed.ledger / SEAL
    path.write_bytes(path.read_bytes()[:-size])

    for month, at in (("2026-10", LATER), ("2026-11", "2026-12-02T09:00:00+08:00")):
        said = closed.refused(f"seal {month}", at=at, lang="en")
        assert "comes before sealing" in said.err
        assert f"git checkout -- {SEAL}" in said.err and "svcctl check --repair, svcctl seal 2026-10" in said.err
    assert states(closed)["2026-10"] == "unread"
    assert "damaged" in closed("seal", code=1, lang="en").out
    closed("check --repair", code=1)
    assert states(closed)["2026-10"] == "unread"  # its list is not here
    closed("seal 2026-10")
    assert closed("check").out == ""


@pytest.mark.parametrize("known", [True, False])
def test_a_seal_without_a_list_that_is_cut_short(svc: Any, known: bool) -> None:
    """Of a month without entries nothing is left but the tail."""
    svc("seal 2026-10", at=SEALED)
    path: Path = svc.ledger / SEAL
    path.write_bytes(path.read_bytes()[:-1])
    if not known:
        (svc.ledger / ".svcctl/sealed.json").unlink()
    assert "comes before sealing" in svc.refused("seal 2026-10", lang="en").err
    assert states(svc) == {"2026-10": "unread"}
    svc.refused(INTO)
    svc("check --repair", code=1)
    assert states(svc) == {"2026-10": "missing"}
    svc.refused(INTO)
    svc("seal 2026-10")
    assert svc("check").out == ""
