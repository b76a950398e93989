"""What is asked across all nouns: today, log, find."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def desk(svc: Any) -> Any:
    """Matters of different age and weight."""
    svc("repair add --unit A-101 --fault 灯不亮 --party property --key late", at="2026-11-20T09:00:00+08:00")
    svc("complaint add --content 积水 --anonymous --severity major --key major", at="2026-11-24T07:30:00+08:00")
    svc("complaint add --content 吵 --contact 13800001234 --key reply --owner 王经理", at="2026-11-23T20:00:00+08:00")
    svc("repair add --unit A-102 --fault 漏水 --urgency emergency --key far --due 2026-11-30", at="2026-11-24T08:00:00+08:00")
    svc("repair add --unit A-103 --fault 门坏 --key tomorrow --due 2026-11-25", at="2026-11-24T08:00:00+08:00")
    return svc


def test_today_has_the_most_urgent_first_with_the_command_to_type(desk: Any) -> None:
    rows = desk("today --json").json

    assert [list(r) for r in rows] == [["group", "id", "kind", "what", "due", "overdue", "command"]] * 4
    names = {r["id"]: r["key"] for noun in ("repair", "complaint") for r in desk([noun, "list", "--json"]).json}
    assert [(names[r["id"]], r["group"], r["overdue"]) for r in rows] == [
        ("major", "overdue", True), ("late", "overdue", True), ("reply", "today", False), ("tomorrow", "tomorrow", False),
    ]  # fmt: skip
    assert rows[0]["due"] == "2026-11-24T08:30:00+08:00"
    assert rows[0]["what"] == "承诺答复：积水"
    assert rows[0]["command"] == f"svcctl complaint reply {rows[0]['id']} --text"
    assert rows[1]["command"] == f"svcctl repair dispatch {rows[1]['id']} --to"
    assert rows[3]["command"] == f"svcctl repair triage {rows[3]['id']} --party"
    assert desk("today --json", lang="en").json[0]["what"] == "reply promised: 积水"


def test_today_can_be_of_one_person(desk: Any) -> None:
    assert [r["what"] for r in desk("today --for 王经理 --json").json] == ["承诺答复：吵"]
    assert len(desk("today --for 李敏 --json").json) == 4
    assert desk("today --for 没人").out.endswith("没有到期的事。\n")


def test_the_rows_of_today_can_be_named(desk: Any) -> None:
    said = desk("today").out
    assert "\n已超时（2）\n" in said

    desk("complaint reply @1 --text 已清理")

    assert desk("complaint list --where key=major --json").json[0]["state"] == "replied"


def test_a_resolved_complaint_is_to_be_called_back_and_not_overdue_in_a_list(desk: Any) -> None:
    desk("complaint resolve key:reply --cause 因 --action 果", at="2026-11-24T08:30:00+08:00")

    late = "2026-11-28T09:00:00+08:00"
    row = next(r for r in desk("today --json", at=late).json if r["what"] == "回访：吵")
    assert (row["group"], row["due"], row["command"]) == ("overdue", "2026-11-27T08:30:00+08:00", f"svcctl complaint callback {row['id']} --result")
    assert "reply" not in [r["key"] for r in desk("complaint list --overdue --json", at=late).json]


def test_log_is_what_was_recorded_lately(desk: Any) -> None:
    rows = desk("log --json").json
    assert [e["recorded"] for e in rows] == sorted((e["recorded"] for e in rows), reverse=True)
    assert len(desk("log --limit 2 --json").json) == 2
    assert [e["key"] for e in desk("log --from 11-23 --to 11-23 --json").json] == ["reply"]
    desk("repair follow key:late --text 催 --by 陈")
    assert [e["event"] for e in desk("log --by 陈 --json").json] == ["follow"]
    assert desk("log --by 没人").err == "没有记录\n"
    for n in range(25):
        desk(f"repair follow key:late --text 催{n} --at '2026-11-24 09:00'")
    assert len(desk("log --json").json) == 20
    assert len(desk("log --limit 100 --json").json) == 31


def test_find_searches_the_real_values_and_shows_masked_ones(desk: Any) -> None:
    for text in ("13800001234", "吵", "8000012"):
        (one,) = desk(["find", text, "--json"]).json
        assert (one["key"], one["contact"]) == ("reply", "138****1234")
    assert desk("find 13800001234 --reveal --json").json[0]["contact"] == "13800001234"
    assert "13800001234" not in desk("find 13800001234").out
    assert desk("find 没有这样的文字").err == "没有记录\n"
    assert [e["unit"] for e in desk("find A-10 --limit 1 --json").json] == ["A-103"]
    for odd in ("(", "[", "\\", ".*", "'"):
        assert desk(["find", odd]).out == ""
    assert desk(["find", "--", "--help"]).out == ""


def test_log_and_find_tell_an_entry_as_a_person_reads_it(desk: Any) -> None:
    said = desk("find 积水").out

    assert "积水 匿名=是" in said
    assert "等级=重大" in said
    assert "Severity=Major" in desk("find 积水", lang="en").out
