"""``--key``: repeating a command is safe, and something else under the same key is refused."""

from __future__ import annotations

from typing import Any

import pytest

ADD = ["repair", "add", "--unit", "A-101", "--fault", "灯不亮", "--reporter", "王芳", "--contact", "13800001234", "--key", "k:1"]


def test_the_same_again_prints_the_id_that_is_there_and_writes_nothing(svc: Any) -> None:
    one = svc(ADD).id
    before = svc.files()

    again = svc(ADD, at="2026-11-25T10:00:00+08:00", env={"SVCCTL_BY": "陈经理"})

    assert again.id == one
    assert svc.files() == before
    assert svc([*ADD, "--json"]).json[0]["id"] == one
    assert svc([*ADD, "--urgency", "normal", "--party", "待界定", "--at", "2026-11-24 09:00", "--by", "李敏"]).id == one
    assert svc(ADD[:4] + ADD[-2:] + ["--fault", "灯不亮"]).id == one


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (["--fault", "漏水"], "fault"), (["--urgency", "emergency"], "urgency"), (["--contact", "13900001234"], "contact"),
        (["--at", "2026-11-24 08:59"], "at"), (["--by", "陈经理"], "by"), (["--note", "另一件"], "note"), (["--trade", "power"], "trade"),
        (["--due", "2026-11-30"], "due"),
    ],
)  # fmt: skip
def test_something_else_is_refused_and_what_differs_is_named(svc: Any, change: list[str], differs: str) -> None:
    one = svc(ADD).id

    said = svc.refused([*ADD, *change])

    assert said.err == f"svcctl: --key: 键 k:1 已用于 {one}，不同的是：{differs}。同一件事请照原样重复，另一件事请换一个键\n"


def test_another_noun_verb_or_record_is_refused(svc: Any) -> None:
    svc(ADD)
    other = svc("repair add --unit B-1 --fault 漏水 --party property").id
    svc(["repair", "follow", other, "--text", "催", "--key", "k:2"])

    assert "kind" in svc.refused(["complaint", "add", "--content", "吵", "--anonymous", "--key", "k:1"]).err
    assert "event" in svc.refused(["repair", "cancel", other, "--reason", "错", "--key", "k:2"]).err
    assert "of" in svc.refused(["repair", "follow", "A-101", "--text", "催", "--key", "k:2"]).err


def test_a_follow_up_named_by_its_unit_can_be_repeated_after_it_closed_the_record(svc: Any) -> None:
    svc("repair add --unit A-101 --fault 灯不亮 --party property")
    finish = ["repair", "finish", "A-101", "--result", "fixed", "--key", "done"]
    done = svc(finish).id
    assert svc(finish).id == done
    svc("repair add --unit A-101 --fault 又不亮 --party property")

    assert svc(finish).id == done


def test_an_amendment_and_a_void_can_be_repeated(svc: Any) -> None:
    one = svc(ADD).id
    amend = ["repair", "amend", one, "--set", "due=2026-11-30", "--set", "unit=A-102", "--set", "trade=", "--reason", "错", "--key", "a"]
    void = ["repair", "void", one, "--reason", "错", "--approved-by", "陈", "--key", "v"]

    first = svc(amend).id
    assert svc(amend).id == first
    assert "clear" in svc.refused(["repair", "amend", one, "--set", "due=2026-11-30", "--set", "place=", "--reason", "错", "--key", "a"]).err
    assert "due" in svc.refused(["repair", "amend", one, "--set", "due=2026-11-29", "--reason", "错", "--key", "a"]).err
    gone = svc(void).id
    assert svc(void).id == gone
    assert svc(amend).id == first


def test_personal_fields_are_not_compared_once_they_are_erased(svc: Any) -> None:
    svc.plant(
        "repairs/2026-11.yaml", id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-11-24T09:00:00+08:00", unit="A-101",
        fault="灯不亮", urgency="normal", party="pending", due="2026-11-25T09:00:00+08:00", key="k:1",
        pii="0" * 32, erased="2026-11-24T10:00:00+08:00",
    )  # fmt: skip

    assert svc(ADD).id == "rp-aaaaaaaaaa"
    svc.refused([*ADD[:-2], "--fault", "漏水", "--key", "k:1"])


def test_a_key_in_a_dry_run_is_looked_up_too(svc: Any) -> None:
    one = svc(ADD).id

    said = svc([*ADD, "-n"])

    assert (said.out, said.err) == ("", f"已经有了：{one}\n")


def test_an_attachment_is_part_of_what_is_compared(svc: Any) -> None:
    (svc.folder / "a.jpg").write_bytes(b"one")
    (svc.folder / "b.jpg").write_bytes(b"two")
    one = svc([*ADD, "--attach", str(svc.folder / "a.jpg")]).id

    assert svc([*ADD, "--attach", str(svc.folder / "a.jpg")]).id == one
    assert svc(ADD).id == one
    svc.refused([*ADD, "--attach", str(svc.folder / "b.jpg")])
