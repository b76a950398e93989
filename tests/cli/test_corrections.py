"""amend, void and undo: what was written stays, what counts changes, and nothing that depends on it is left hanging."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

ADD = "repair add --unit A-101 --fault 灯不亮 --party property"


def states(svc: Any, one: str) -> list[str]:
    return [e["event"] for e in svc(["show", one, "--json"]).json["history"]]


def test_an_amendment_changes_what_counts_and_keeps_what_stood_there(svc: Any) -> None:
    one = svc(ADD).id
    before = svc.text("repairs/2026-11.yaml")

    svc(["repair", "amend", one, "--set", "urgency=急修", "--set", "contact=13800001234", "--set", "due=11-25 18:00", "--reason", "漏填"])

    text = svc.text("repairs/2026-11.yaml")
    assert text.startswith(before)
    keys = [line.partition(":")[0] for line in text[len(before):].splitlines()[1:]]
    assert keys == ["id", "kind", "event", "of", "at", "recorded", "by", "contact", "urgency", "due", "reason", "salt", "sum"]
    row = svc(["show", one, "--json"]).json
    assert (row["urgency"], row["contact"], row["due"]) == ("emergency", "138****1234", "2026-11-25T18:00:00+08:00")
    assert row["history"][1]["contact"] == "138****1234"
    assert "salt" not in row["history"][1]


def test_an_amendment_can_empty_a_field(svc: Any) -> None:
    one = svc(ADD + " --trade power --reporter 王芳").id

    svc(["repair", "amend", one, "--set", "trade=", "--set", "reporter=", "--reason", "错"])

    assert 'clear: ["trade", "reporter"]' in svc.text("repairs/2026-11.yaml")
    row = svc(["show", one, "--json"]).json
    assert (row["trade"], row["reporter"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("fault=", "--fault: 必填，不能清空"), ("unit=", "--unit: 必填，不能清空"), ("due=", "--due: 必填，不能清空"),
        ("at=2026-11-01", "add 没有字段 at"), ("id=rp-aaaaaaaaaa", "没有字段 id"), ("by=陈", "没有字段 by"), ("of=x", "没有字段 of"),
        ("kind=complaint", "没有字段 kind"), ("event=x", "没有字段 event"), ("recorded=x", "没有字段 recorded"), ("sum=x", "没有字段 sum"),
        ("urgency=很急", "--urgency: 紧急程度：应为"), ("due=tomorow", "--due"), ("nosuch=1", "没有字段 nosuch"),
    ],
)  # fmt: skip
def test_what_cannot_be_amended_is_refused(svc: Any, change: str, says: str) -> None:
    one = svc(ADD).id

    said = svc.refused(["repair", "amend", one, "--set", change, "--reason", "试"])

    assert says in said.err


def test_all_that_is_wrong_with_an_amendment_is_told_at_once(svc: Any) -> None:
    one = svc(ADD).id

    said = svc.refused(["repair", "amend", one, "--set", "at=1", "--set", "urgency=x", "--set", "fault=", "--reason", "试"])

    assert len(said.err.splitlines()) == 3


def test_an_amendment_without_equals_sign_or_anything_missing_is_a_usage_error(svc: Any) -> None:
    one = svc(ADD).id

    svc.refused(["repair", "amend", one, "--set", "fault", "--reason", "试"], code=2)
    assert "--set, --reason" in svc.refused(["repair", "amend", one], code=2).err
    assert "ID, --reason, --approved-by" in svc.refused(["repair", "void"], code=2).err


def test_a_follow_up_can_be_amended_but_its_reason_not(svc: Any) -> None:
    one = svc(ADD).id
    pause_of = svc(["repair", "dispatch", one, "--to", "周"]).id
    pause = svc(["repair", "pause", one, "--reason", "parts", "--until", "明天"]).id

    svc(["repair", "amend", pause_of, "--set", "to=吴师傅", "--reason", "叫错名字"])

    assert svc(["show", one, "--json"]).json["to"] == "吴师傅"
    said = svc.refused(["repair", "amend", pause, "--set", "reason=access", "--reason", "错"])
    assert "作废后重新登记" in said.err


def test_an_amendment_that_makes_a_later_step_impossible_is_refused_with_the_step_in_the_way(svc: Any) -> None:
    one = svc("repair add --unit A-101 --fault 灯不亮 --urgency emergency").id
    step = svc(["repair", "dispatch", one, "--to", "周"]).id

    said = svc.refused(["repair", "amend", one, "--set", "urgency=normal", "--reason", "错"])

    assert f"dispatch（{step}" in said.err


def test_a_call_back_cannot_be_amended_into_a_contradiction(svc: Any) -> None:
    one = svc(ADD).id
    svc(["repair", "finish", one, "--result", "fixed"])
    call = svc(["repair", "callback", one, "--result", "reached", "--score", "5", "--solved", "yes"]).id

    svc.refused(["repair", "amend", call, "--set", "score=", "--reason", "错"])
    svc.refused(["repair", "amend", call, "--set", "result=no_answer", "--reason", "错"])
    svc.refused(["repair", "amend", call, "--set", "score=1", "--reason", "错"])
    svc(["repair", "amend", call, "--set", "score=3", "--reason", "错"])
    assert svc("check").out == ""


def test_a_correction_cannot_be_amended_and_a_voided_entry_neither(svc: Any) -> None:
    one = svc(ADD).id
    follow = svc(["repair", "follow", one, "--text", "催"]).id
    amend = svc(["repair", "amend", one, "--set", "trade=power", "--reason", "错"]).id
    svc(["repair", "void", follow, "--reason", "错", "--approved-by", "陈"])

    svc.refused(["repair", "amend", amend, "--set", "trade=fire", "--reason", "错"])
    svc.refused(["repair", "amend", follow, "--set", "text=催了", "--reason", "错"])


def test_voiding_an_amendment_brings_back_what_stood_there(svc: Any) -> None:
    one = svc(ADD).id
    amend = svc(["repair", "amend", one, "--set", "trade=power", "--reason", "错"]).id

    svc(["repair", "void", amend, "--reason", "改错了", "--approved-by", "陈"])

    assert svc(["show", one, "--json"]).json["trade"] is None


def test_a_void_needs_reason_and_approver(svc: Any) -> None:
    one = svc(ADD).id

    assert "--approved-by" in svc.refused(["repair", "void", one, "--reason", "错"], code=2).err
    assert "--reason" in svc.refused(["repair", "void", one, "--approved-by", "陈"], code=2).err
    svc(["repair", "void", one, "--reason", "错", "--approved-by", "陈"])
    assert 'reason: "错"\napproved_by: "陈"\nsum: ' in svc.text("repairs/2026-11.yaml")


def test_a_record_is_not_voided_while_live_entries_depend_on_it(svc: Any) -> None:
    one = svc(ADD).id
    follow = svc(["repair", "follow", one, "--text", "催"]).id
    void = ["repair", "void", one, "--reason", "错", "--approved-by", "陈"]

    assert f"follow {follow}" in svc.refused(void).err
    svc(["repair", "void", follow, "--reason", "错", "--approved-by", "陈"])
    svc(void)
    assert svc(["show", one, "--json"]).json["state"] == "void"
    assert "已经作废" in svc.refused(void).err
    assert "已作废" in svc.refused(["repair", "follow", one, "--text", "催"]).err


def test_a_step_is_not_voided_while_later_steps_stand_on_it(svc: Any) -> None:
    one = svc(ADD + " --at 08:00").id
    dispatch = svc(["repair", "dispatch", one, "--to", "周", "--at", "08:30"]).id
    arrive = svc(["repair", "arrive", one, "--at", "08:40"]).id

    said = svc.refused(["repair", "void", dispatch, "--reason", "错", "--approved-by", "陈"])

    assert f"arrive（{arrive}" in said.err


def test_a_complaint_that_another_was_merged_into_is_not_voided(svc: Any) -> None:
    main = svc("complaint add --content 吵 --anonymous").id
    other = svc("complaint add --content 也吵 --anonymous").id
    merge = svc(["complaint", "merge", other, "--into", main]).id

    assert merge in svc.refused(["complaint", "void", main, "--reason", "错", "--approved-by", "陈"]).err


def test_a_unit_in_use_is_not_voided(svc: Any) -> None:
    unit = svc("unit add --no A-101").id
    used = svc(ADD).id

    assert used in svc.refused(["unit", "void", unit, "--reason", "错", "--approved-by", "陈"]).err
    svc(["repair", "void", used, "--reason", "错", "--approved-by", "陈"])


def test_a_void_cannot_be_voided(svc: Any) -> None:
    one = svc(ADD).id
    void = svc(["repair", "void", one, "--reason", "错", "--approved-by", "陈"]).id

    svc.refused(["repair", "void", void, "--reason", "错", "--approved-by", "陈"])


def test_a_correction_cannot_lie_before_what_it_corrects(svc: Any) -> None:
    one = svc(ADD + " --at 08:00").id

    svc.refused(["repair", "amend", one, "--set", "trade=power", "--reason", "错", "--at", "07:59"])
    svc.refused(["repair", "void", one, "--reason", "错", "--approved-by", "陈", "--at", "昨天 12:00"])
    svc(["repair", "amend", one, "--set", "trade=power", "--reason", "错", "--at", "08:00"])


def test_undo_takes_back_ones_own_last_entry_within_ten_minutes(svc: Any) -> None:
    one = svc(ADD).id
    svc(ADD + " --by 陈经理")

    said = svc("undo", at="2026-11-24T09:10:00+08:00")

    assert said.err == f"撤回 repair add {one}\n"
    assert svc(["show", one, "--json"]).json["state"] == "void"
    assert "reason: \"undo\"\nsum" in svc.text("repairs/2026-11.yaml")
    assert svc("check").out == ""


def test_undo_after_ten_minutes_names_the_command_to_use(svc: Any) -> None:
    one = svc(ADD).id

    said = svc.refused("undo", at="2026-11-24T09:10:01+08:00")

    assert f"svcctl repair void {one} --reason … --approved-by …" in said.err


def test_undo_takes_back_a_follow_up_and_then_refuses_to_undo_the_undoing(svc: Any) -> None:
    one = svc(ADD).id
    svc(["repair", "dispatch", one, "--to", "周"])

    svc("undo")

    assert svc(["show", one, "--json"]).json["state"] == "triaged"
    assert "撤回或作废" in svc.refused("undo").err


def told(said: Any, lang: str) -> list[str]:
    """The words of the last command that a message names."""
    return shlex.split(said.err.strip().rpartition("：svcctl " if lang == "zh" else ": svcctl ")[2])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_voided_by_mistake_is_recorded_again_with_the_command_that_undo_tells(svc: Any, lang: str) -> None:
    one = svc(["repair", "add", "--unit", "A-101", "--fault", "灯'不亮' $HOME", "--reporter", "王芳", "--contact", "13800001234", "--at", "昨天 14:05",
               "--party", "property", "--key", "k", "--note", "急", "--by", "张三"]).id  # fmt: skip
    svc(["repair", "void", one, "--reason", "看错了", "--approved-by", "陈经理"])

    said = svc.refused("undo", lang=lang)
    assert f"svcctl show {one} --reveal" in said.err
    assert "王芳" not in said.all_err and "1234" not in said.all_err
    assert said.err.split("svcctl: ")[1].split(":")[0] in svc(["show", one, "--json"]).out  # where: the void
    new = svc(told(said, lang)).id

    before, after = ({k: v for k, v in svc(["show", i, "--json"]).json.items() if k not in ("id", "by", "key", "history")} for i in (one, new))
    assert before | {"state": "triaged", "open": True, "overdue": after["overdue"], "reporter": None, "contact": None} == after
    svc(["repair", "void", new, "--reason", "还是不要", "--approved-by", "陈经理"])
    again = svc.refused(["repair", "void", svc("log --json").json[0]["id"], "--reason", "x", "--approved-by", "陈经理"], lang=lang)
    assert told(again, lang) == told(said, lang)


def test_a_follow_up_or_a_correction_that_was_undone_by_mistake_is_told_too(svc: Any) -> None:
    one = svc("complaint add --content 吵 --anonymous --severity major --promised 11-24T12:00").id
    for line in (f"complaint repromise {one} --promised 11-24T13:00 --reason 等配件", f"complaint amend {one} --set demand=退款 --set channel= --reason 漏写"):
        made = svc(line).id
        shown = svc(["show", one, "--json"]).json
        svc("undo")
        svc(told(svc.refused("undo"), "zh"))
        now = svc(["show", one, "--json"]).json
        assert {**now, "history": 0} == {**shown, "history": 0} and made not in str(now["history"][-1]["id"])


def test_what_is_long_or_looks_like_an_option_is_looked_up(svc: Any) -> None:
    one = svc(["complaint", "add", "--content", "很" * 61, "--anonymous", "--demand=-x", "--unit", "13800001234"]).id
    svc("undo")

    words = told(svc.refused("undo"), "zh")

    assert words[:2] == ["complaint", "add"] and not {"--content", "--demand", "--unit"} & set(words)
    assert "--content" in svc.refused(words, code=2).err
    assert "很" * 61 in svc(["show", one, "--reveal"]).out


def test_undo_of_an_entry_that_others_built_on_is_refused(svc: Any) -> None:
    one = svc(ADD).id
    svc(["repair", "dispatch", one, "--to", "周", "--by", "陈经理"])

    assert "dispatch" in svc.refused("undo").err


def test_undo_of_an_entry_a_little_in_the_future(svc: Any) -> None:
    svc(ADD + " --at 09:04")

    svc("undo")

    assert svc("repair list --json").json == []
    assert svc("check").out == ""


def test_undo_needs_to_know_whose(svc: Any) -> None:
    svc(ADD)

    assert "--by" in svc.refused("undo", code=2, env={"SVCCTL_BY": ""}).err
    assert svc("undo --by 没人", code=4).out == ""
    svc("undo -n")
    assert len(svc("repair list --json").json) == 1


def test_the_command_that_records_again_says_who_where_nobody_else_does(svc: Any) -> None:
    svc.env["SVCCTL_BY"] = ""
    one = svc("repair add --unit A-101 --fault 灯不亮 --party property --by 李敏").id
    void = svc(f"repair void {one} --reason 重复 --approved-by 陈经理 --by 李敏").id
    for line in (f"repair void {void} --reason 错了 --approved-by 陈经理 --by 李敏", "undo --by 李敏"):
        said = svc.refused(line, lang="en")
        again = next(t for t in said.err.splitlines() if "svcctl repair add" in t)
        again = "repair add" + again.rpartition("svcctl repair add")[2]
        assert again.endswith("--by '李敏'")
    svc(again)
