"""``desk``: the name of a writing place, and the files it writes."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

ADD = "repair add --unit A-101 --fault 灯不亮"


def test_a_named_desk_writes_files_of_its_own_and_reads_all(svc: Any) -> None:
    svc(ADD)
    assert svc("desk").out == "这里没有起名\n"

    svc("desk night")
    svc(ADD)

    assert svc("desk").out == "night\n"
    assert sorted(f for f in svc.files() if f.startswith("repairs/")) == ["repairs/2026-11.night.yaml", "repairs/2026-11.yaml"]
    assert len(svc("repair list --json").json) == 2
    assert svc("check").out == ""


def test_the_variable_goes_before_the_name_and_is_not_bound(svc: Any) -> None:
    svc("desk night")

    svc(ADD, env={"SVCCTL_DESK": "front-2"})

    assert "repairs/2026-11.front-2.yaml" in svc.files()
    assert svc("desk", env={"SVCCTL_DESK": "front-2"}).out == "front-2\n"
    svc.refused(ADD, env={"SVCCTL_DESK": "Front"})


@pytest.mark.parametrize("name", ["Nacht", "夜", "-a", "a_b", "a" * 25, "../x", "a.b", " "])
def test_what_is_no_name_for_a_desk(svc: Any, name: str) -> None:
    svc.refused(["desk", "--", name])


def test_a_copied_ledger_is_read_but_not_written_until_it_has_a_name_of_its_own(svc: Any) -> None:
    svc("desk night")
    svc(ADD)
    copy = svc.folder / "copy"
    shutil.copytree(svc.ledger, copy)

    said = svc(["-C", str(copy), *ADD.split()], code=3)
    assert "svcctl desk night" in said.err
    assert len(svc(["-C", str(copy), "repair", "list", "--json"]).json) == 1
    svc(["-C", str(copy), "desk", "day"])
    svc(["-C", str(copy), *ADD.split()])
    assert (copy / "repairs/2026-11.day.yaml").exists()


def test_a_name_given_on_another_host_is_not_this_ones(svc: Any) -> None:
    svc("desk night")
    path = svc.ledger / ".svcctl/desk"
    path.write_text(json.dumps({**json.loads(path.read_text()), "host": "elsewhere"}))

    assert "elsewhere" in svc.refused(ADD).err
    path.write_text("garbage")
    svc.refused(ADD)
    assert svc("repair list --json").json == []


def test_recorded_never_goes_back_on_a_desk(svc: Any) -> None:
    svc(ADD, at="2026-11-24T09:00:00+08:00")
    svc(ADD + " --at 08:00", at="2026-11-24T08:30:00+08:00")

    recorded = [line for line in svc.text("repairs/2026-11.yaml").splitlines() if line.startswith("recorded")]
    assert recorded == ['recorded: "2026-11-24T09:00:00.000000+08:00"', 'recorded: "2026-11-24T09:00:00.000001+08:00"']


@pytest.mark.parametrize(
    ("zone", "at", "file"),
    [
        ("Asia/Shanghai", "2026-10-31T16:30:00Z", "2026-11"), ("Asia/Shanghai", "2026-10-31T15:59:59+00:00", "2026-10"),
        ("America/Chicago", "2026-11-01T04:59:59Z", "2026-10"), ("America/Chicago", "2026-11-01T05:00:00Z", "2026-11"),
    ],
)  # fmt: skip
def test_the_month_of_the_file_is_that_of_the_sites_zone(svc: Any, zone: str, at: str, file: str) -> None:
    ledger = svc.folder / "other"
    svc(["init", str(ledger), "--profile", "street", "--timezone", zone])

    svc(["-C", str(ledger), "repair", "add", "--unit", "A", "--fault", "灯", "--at", at], env={"TZ": "Europe/Berlin"})

    assert (ledger / f"repairs/{file}.yaml").exists()
    assert svc(["-C", str(ledger), "check"]).out == ""
