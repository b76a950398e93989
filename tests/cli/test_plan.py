"""Work plans: every transition, allowed and refused; the day first set is kept; what is overdue, and what is worth a warning."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from form_kit import Filled, blank

ADD = "plan add --what 清理消防通道 --owner 马东 --due 2026-11-27"
LATER = "2026-11-30T09:00:00+08:00"
STATES = {"open": (), "done": ("done",), "cancelled": ("cancel --reason 不做了",)}
VERBS = {
    "move": "move --due 2026-12-04 --reason 等配件", "miss": "miss --reason 商户未到场", "done": "done", "cancel": "cancel --reason 不做了",
    "review": "review --score 4 --summary 到位",
}  # fmt: skip
# verb -> state -> state it leads to; what is not listed is refused.
TABLE: dict[str, dict[str, str]] = {
    "move": {"open": "open"}, "miss": {"open": "open"}, "done": {"open": "done"}, "cancel": {"open": "cancelled"},
    "review": {"open": "open", "done": "done"},
}  # fmt: skip


def do(svc: Any, one: str, step: str, **more: Any) -> Any:
    event, *options = shlex.split(step)
    return svc(["plan", event, one, *options], **more)


def shown(svc: Any, one: str, **more: Any) -> Any:
    return svc(["show", one, "--json"], **more).json


@pytest.mark.parametrize("start", STATES)
def test_what_can_be_done_to_a_task(svc: Any, start: str) -> None:
    for name, step in VERBS.items():
        one = svc(ADD).id
        for before in STATES[start]:
            do(svc, one, before, at=LATER)
        assert shown(svc, one)["state"] == start
        expected = TABLE[name].get(start)
        said = do(svc, one, step, at=LATER, code=3 if expected is None else 0)
        assert shown(svc, one)["state"] == (expected or start)
        if expected is None:
            assert said.out == "" and "不能" in said.err
            assert "is not possible while it is" in do(svc, one, step, at=LATER, code=3, lang="en").err
    assert svc("check").out == ""


@pytest.mark.parametrize("left_out", ["--what", "--owner", "--due"])
def test_a_task_without_owner_and_day_is_refused(svc: Any, left_out: str) -> None:
    words = shlex.split(ADD)
    at = words.index(left_out)

    assert left_out in svc.refused([*words[:at], *words[at + 2 :]], code=2).err


def test_a_weekly_task_unless_another_type_is_named(svc: Any) -> None:
    assert shown(svc, svc(ADD).id)["type"] == "week"
    assert shown(svc, svc(f"{ADD} --type 专项 --title 圣诞季 --weight 3").id)["type"] == "project"
    for weight in ("0", "101", "a"):
        svc.refused(f"{ADD} --weight {weight}")
    svc.refused(f"{ADD} --type weekly")


def test_a_move_keeps_the_day_first_set_and_is_counted(svc: Any) -> None:
    one = svc(ADD).id
    svc(f"plan move {one} --due 2026-12-04 --reason 供应商推迟")
    svc(f"plan move {one} --due 2026-12-11 --reason 又推迟")

    row = shown(svc, one)
    assert (row["due"], row["first_due"], row["moves"], row["reason"]) == ("2026-12-11", "2026-11-27", 2, "又推迟")
    for lang, words in (("zh", "只能往后延"), ("en", "to a later day")):
        for day in ("2026-12-11", "2026-12-10"):  # a move is never to an earlier day, nor to the same
            assert words in svc.refused(f"plan move {one} --due {day} --reason x", lang=lang).err
    svc.refused(f"plan move {one} --due 2026-12-20", code=2)


def test_what_was_moved_can_be_set_right_and_taken_back(svc: Any) -> None:
    one = svc(ADD).id
    move = svc(f"plan move {one} --due 2026-12-04 --reason 供应商推迟").id
    svc(f"plan amend {move} --set due=2026-12-01 --reason 录错了")
    assert (shown(svc, one)["due"], shown(svc, one)["moves"]) == ("2026-12-01", 1)
    svc(f"plan void {move} --reason 没有延期 --approved-by 陈经理")
    row = shown(svc, one)
    assert (row["due"], row["first_due"], row["moves"], row["reason"]) == ("2026-11-27", "2026-11-27", 0, None)


def test_the_second_move_should_have_the_supervisors_word(svc: Any) -> None:
    one = svc(ADD).id
    assert svc(f"plan move {one} --due 2026-12-04 --reason x").err.strip().count("\n") == 0
    for lang, words in (("zh", "第 2 次延期"), ("en", "moved 2 times")):
        assert words in svc(f"plan move {one} --due 2026-12-05 --reason x -n", lang=lang).err
    assert "延期" not in svc(f"plan move {one} --due 2026-12-05 --reason x --approved-by 陈经理").err


def test_what_is_late_asks_for_a_reason_once(svc: Any) -> None:
    one, other, third = (svc(ADD).id for _ in range(3))
    svc(f"plan miss {other} --reason 商户未到场", at=LATER)
    for lang, words in (("zh", "晚于完成时间 2026-11-27"), ("en", "it was due on 2026-11-27")):
        assert words in svc(f"plan done {one} -n", at=LATER, lang=lang).err
    for line in (f"plan done {one} --reason 等配件", f"plan done {other}"):
        assert "2026-11-27" not in svc(line, at=LATER).err
    assert "2026-11-27" not in svc(f"plan done {third}").err  # in time
    assert [shown(svc, i)["reason"] for i in (one, other, third)] == ["等配件", "商户未到场", None]
    assert "早于" in svc("plan add --what x --owner 马东 --due 2026-11-20").err


def test_a_review_comes_after_the_work_or_its_day(svc: Any) -> None:
    one = svc(ADD).id
    for lang, words in (("zh", "还没有完成"), ("en", "neither done nor past its day")):
        assert words in svc.refused(f"plan review {one} --score 4", at="2026-11-27T23:59:59+08:00", lang=lang).err
    svc.refused(f"plan review {one}", code=2, at=LATER)  # of nothing
    svc.refused(f"plan review {one} --score 6", at=LATER)
    svc(f"plan review {one} --summary 拖延，下周完成", at="2026-11-28T09:00:00+08:00")
    assert "责任人本人" in svc(f"plan review {one} --score 2 --by 马东", at=LATER).err
    row = shown(svc, one)
    assert (row["score"], row["summary"], row["state"], row["reviewed_at"]) == (2, "拖延，下周完成", "open", LATER)


OUTCOMES = [
    ((), "2026-11-27T23:59:58+08:00", "pending", False), ((), "2026-11-27T23:59:59+08:00", "overdue", True),
    (("done",), "2026-11-27T23:59:59+08:00", "on_time", False), (("done",), "2026-11-28T00:00:00+08:00", "late", False),
    ((VERBS["move"],), "2026-11-25T09:00:00+08:00", "pending", False), ((VERBS["move"],), LATER, "moved", False),
    ((VERBS["move"],), "2026-12-05T00:00:00+08:00", "overdue", True), ((VERBS["move"], "done"), LATER, "late", False),
    ((VERBS["cancel"],), LATER, "cancelled", False),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "at", "outcome", "overdue"), OUTCOMES)
def test_what_became_of_it(svc: Any, steps: tuple[str, ...], at: str, outcome: str, overdue: bool) -> None:
    one = svc(ADD).id
    for step in steps:
        do(svc, one, step, at=at if step == "done" else "2026-11-25T09:00:00+08:00")
    row = shown(svc, one, at=at)
    assert (row["outcome"], row["overdue"], row["open"]) == (outcome, overdue, row["state"] == "open")
    assert [r["id"] for r in svc("plan list --overdue --json", at=at).json] == ([one] if overdue else [])


def test_today_shows_what_is_due_with_the_command_to_type(svc: Any) -> None:
    one = svc(ADD).id
    (row,) = svc("today --json", at="2026-11-28T09:00:00+08:00").json
    assert (row["group"], row["id"], row["kind"], row["what"]) == ("overdue", one, "plan", "计划完成：清理消防通道")
    assert row["command"].startswith("svcctl plan done ")
    (mine,) = svc("today --for 马东 --json", at="2026-11-28T09:00:00+08:00").json
    assert mine["id"] == one
    assert svc("today --for 王芳 --json", at="2026-11-28T09:00:00+08:00").json == []
    do(svc, one, "done", at=LATER)
    assert svc("today --json", at=LATER).json == []


def test_names_of_staff_are_no_secret_and_checked_against_the_list(svc: Any) -> None:
    svc.site("staff", "[{name: 李敏, role: desk}, {name: 马东, role: security}]")
    one = svc(ADD).id
    assert shown(svc, one)["owner"] == "马东"
    assert "孙立" in svc.refused("plan add --what x --owner 孙立 --due 2026-11-27").err
    assert svc("kinds plan --json").json[0]["personal"] == []


def test_a_map_takes_a_file_of_tasks_with_what_became_of_them(svc: Any) -> None:
    (svc.folder / "tasks.csv").write_text(
        "No,Task,Who,Until,Finished\n1,清点钥匙,李敏,2026-11-20,2026-11-19\n2,贴节日海报,王芳,2026-11-21,\n", encoding="utf-8"
    )
    (svc.folder / "map.yaml").write_text(
        "noun: plan\nby: 李敏\nrow:\n  - {event: add, key: 't:{No}', at: '2026-11-16', what: '{Task}', owner: '{Who}', due: '{Until}'}\n"
        "  - {event: done, if: {Finished: '*'}, at: '{Finished}'}\n", encoding="utf-8",
    )  # fmt: skip
    for _ in range(2):  # once only
        svc(["import", str(svc.folder / "tasks.csv"), "--map", str(svc.folder / "map.yaml")])
    rows = svc("plan list --json --sort due").json
    assert [(r["what"], r["state"], r["outcome"], r["type"]) for r in rows] == [
        ("清点钥匙", "done", "on_time", "week"), ("贴节日海报", "open", "overdue", "week"),
    ]  # fmt: skip


@pytest.mark.parametrize(("lang", "title", "type_"), [("zh", "工作计划", "市场调查分析"), ("en", "Work plan", "Market survey")])
def test_a_form_is_filled_in_and_read_back_once(svc: Any, lang: str, title: str, type_: str) -> None:
    path = blank(svc, "plan", more=["--lang", lang])
    filled = Filled(path).write(title, 4, what="=周边商圈调查", owner="许倩", due="2026年12月4日", type=type_, weight=2)
    filled.write(title, 5, what="整理档案", owner="李敏", due="2026-12-01").save(path)
    for _ in range(2):
        svc(["import", str(path)])
    rows = svc("plan list --json --sort due").json
    assert [(r["what"], r["owner"], r["due"], r["type"], r["weight"]) for r in rows] == [
        ("整理档案", "李敏", "2026-12-01", "week", None), ("=周边商圈调查", "许倩", "2026-12-04", "market_survey", 2),
    ]  # fmt: skip
