"""``duty``: who is at the desk, until the shift ends."""

from __future__ import annotations

from typing import Any

import pytest

ADD = "repair add --unit A-101 --fault 灯不亮 --json"
NOBODY = {"SVCCTL_BY": ""}
SHIFTS = (
    '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"},'
    ' {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}}'
)


@pytest.fixture
def desk(svc: Any) -> Any:
    """A desk where nobody is on duty."""
    svc.env["SVCCTL_BY"] = ""
    return svc


def test_duty_holds_for_twelve_hours_where_there_are_no_shifts(desk: Any) -> None:
    assert desk("duty").out == "没有人说过当班\n"

    assert desk("duty 李敏").err == "李敏 当班，到 11-24 21:00 为止\n"

    assert desk("duty").out == "李敏\n"
    assert desk(ADD).json[0]["by"] == "李敏"
    assert desk(ADD, at="2026-11-24T20:59:59+08:00").json[0]["by"] == "李敏"
    assert "--by" in desk.refused(ADD, code=2, at="2026-11-24T21:00:00+08:00").err
    assert desk("duty", at="2026-11-24T21:00:00+08:00").out == "没有人说过当班\n"


@pytest.mark.parametrize(("now", "until"), [("24T09:00", "24T15:00"), ("24T22:59", "24T23:00"), ("24T23:00", "25T07:00"), ("25T03:00", "25T07:00")])
def test_duty_ends_with_the_shift_it_was_said_in(desk: Any, now: str, until: str) -> None:
    desk.site("points", SHIFTS)

    desk("duty 李敏", at=f"2026-11-{now}:00+08:00")

    assert desk("duty", at=f"2026-11-{until}:00+08:00").out == "没有人说过当班\n"
    assert desk("duty", at=f"2026-11-{now}:30+08:00").out == "李敏\n"


def test_what_is_typed_goes_before_the_variable_and_that_before_duty(desk: Any) -> None:
    desk("duty 李敏")

    assert desk(ADD, env={"SVCCTL_BY": "陈"}).json[0]["by"] == "陈"
    assert desk(ADD + " --by 赵", env={"SVCCTL_BY": "陈"}).json[0]["by"] == "赵"


def test_duty_is_of_one_ledger(desk: Any) -> None:
    desk("duty 李敏")
    other = desk.folder / "other"
    desk(["init", str(other), "--profile", "hotel"])

    assert desk(["-C", str(other), "duty"]).out == "没有人说过当班\n"


def test_duty_is_kept_where_others_cannot_read_it_and_not_in_the_ledger(desk: Any) -> None:
    before = desk.files()
    desk("duty 李敏")

    assert desk.files() == before
    (kept,) = (desk.folder / "state/svcctl").glob("*-duty.json")
    assert kept.stat().st_mode & 0o077 == 0


def test_where_duty_cannot_be_kept_that_is_said(desk: Any) -> None:
    (desk.folder / "state").rmdir()
    (desk.folder / "state").write_text("a file in the way")

    assert desk.refused("duty 李敏", code=5).err.startswith("svcctl: ")
    desk("repair list")


def test_a_staff_list_is_kept_to(desk: Any) -> None:
    desk.site("staff", "[{name: 李敏, role: cashier}, {name: 陈经理}]")

    assert "李敏" in desk.refused("duty 李明").err
    desk("duty 李敏")
    desk(ADD)
    assert "不在 ledger.yaml 的 staff 里" in desk.refused(ADD + " --by 赵").err
    svc = desk("complaint add --content 吵 --anonymous --owner 陈经理").id
    assert "--owner" in desk.refused(["complaint", "assign", svc, "--owner", "陈经"]).err
