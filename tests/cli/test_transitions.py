"""Every transition of complaints and repairs, allowed and refused, as the contract's section 4 has it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

# How a record gets into each state, one step a line, by 李敏 (whoever answers "--by" does something else).
COMPLAINT = {
    "new": (),
    "assigned": ("assign --owner 李敏",),
    "replied": ("reply --text 好",),
    "resolved": ("resolve --cause 因 --action 果",),
    "closed": ("resolve --cause 因 --action 果", "callback --result reached --score 5 --solved yes --by 陈"),
    "reopened": ("resolve --cause 因 --action 果", "reopen --reason 又来"),
    "merged": ("merge --into {other}",),
    "withdrawn": ("withdraw --reason 误会",),
}
C_VERBS = {
    "assign": "assign --owner 周", "reply": "reply --text 好", "interim": "reply --text 稍等 --interim",
    "repromise": "repromise --promised 明天 --reason 等报价", "escalate": "escalate --to 陈经理",
    "resolve": "resolve --cause 因 --action 果", "reached": "callback --result reached --score 3 --solved partly --by 陈",
    "unhappy": "callback --result reached --score 2 --solved yes --reason 慢 --by 陈", "no_answer": "callback --result no_answer --by 陈",
    "refused": "callback --result refused --by 陈", "close": "close", "reopen": "reopen --reason 又来",
    "merge": "merge --into {other}", "withdraw": "withdraw --reason 误会",
}  # fmt: skip
OPEN = ("new", "assigned", "replied", "resolved", "reopened")
# verb -> state -> state it leads to; what is not listed is refused.
C_TABLE: dict[str, dict[str, str]] = {
    "assign": {**{s: s for s in OPEN}, "new": "assigned", "reopened": "assigned"},
    "reply": {**{s: s for s in OPEN}, "new": "replied", "assigned": "replied", "reopened": "replied"},
    "interim": {s: s for s in OPEN},
    "repromise": {s: s for s in OPEN},
    "escalate": {s: s for s in OPEN},
    "resolve": dict.fromkeys(("new", "assigned", "replied", "reopened"), "resolved"),
    "reached": {"resolved": "closed"},
    "unhappy": {"resolved": "reopened"},
    "no_answer": {"resolved": "resolved"},
    "refused": {"resolved": "closed"},
    "close": {"resolved": "closed"},  # these complaints are anonymous
    "reopen": {"resolved": "reopened", "closed": "reopened"},
    "merge": dict.fromkeys(OPEN, "merged"),
    "withdraw": dict.fromkeys(OPEN, "withdrawn"),
}

REPAIR = {
    "reported": (),
    "triaged": ("triage --party property",),
    "dispatched": ("triage --party property", "dispatch --to 周"),
    "on_site": ("triage --party property", "dispatch --to 周", "arrive"),
    "paused": ("triage --party property", "dispatch --to 周", "pause --reason parts --until 明天"),
    "finished": ("triage --party property", "finish --result fixed"),
    "verified": ("triage --party property", "finish --result fixed", "verify"),
    "closed": ("triage --party property", "finish --result fixed", "close"),
    "reopened": ("triage --party property", "finish --result fixed", "reopen --reason 又坏"),
    "cancelled": ("cancel --reason 误报",),
}
R_OPEN = ("reported", "triaged", "dispatched", "on_site", "paused", "reopened")
R_VERBS = {
    "triage": "triage --party equipment --reason 合同", "dispatch": "dispatch --to 吴 --reason 换人", "arrive": "arrive",
    "pause": "pause --reason parts --until 明天", "resume": "resume", "follow": "follow --text 催",
    "finish": "finish --result fixed", "verify": "verify", "reached": "callback --result reached --score 3 --solved yes",
    "unhappy": "callback --result reached --score 5 --solved no --reason 没修好", "no_answer": "callback --result no_answer",
    "refused": "callback --result refused", "close": "close", "reopen": "reopen --reason 又坏", "cancel": "cancel --reason 误报",
}  # fmt: skip
DONE = ("finished", "verified")
R_TABLE: dict[str, dict[str, str]] = {
    "triage": {**{s: s for s in R_OPEN}, "reported": "triaged"},
    "dispatch": dict.fromkeys(("triaged", "reopened", "dispatched"), "dispatched"),
    "arrive": {"dispatched": "on_site"},
    "pause": dict.fromkeys(("dispatched", "on_site"), "paused"),
    "resume": {"paused": "dispatched"},
    "follow": {s: s for s in R_OPEN},
    "finish": {**dict.fromkeys(R_OPEN, "finished")},
    "verify": {"finished": "verified"},
    "reached": dict.fromkeys(DONE, "closed"),
    "unhappy": dict.fromkeys(DONE, "reopened"),
    "no_answer": {s: s for s in DONE},
    "refused": dict.fromkeys(DONE, "closed"),
    "close": dict.fromkeys(DONE, "closed"),
    "reopen": dict.fromkeys((*DONE, "closed"), "reopened"),
    "cancel": dict.fromkeys(R_OPEN, "cancelled"),
}
del R_TABLE["finish"]["reported"]  # its liable party is not known


def do(svc: Any, noun: str, one: str, step: str, other: str = "", **more: Any) -> Any:
    event, *options = shlex.split(step.replace("{other}", other))
    return svc([noun, event, one, *options], **more)


def state(svc: Any, one: str) -> str:
    return str(svc(["show", one, "--json"]).json["state"])


def record(noun: str, key: str, opening: dict[str, str], steps: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """A record and what was done to it, as a stream of entries has them."""
    head = {"kind": noun, "by": "李敏"}
    yield {**head, "event": "add", "key": key, **opening}
    for step in steps:
        event, *options = shlex.split(step.replace("{other}", "key:other"))
        yield {**head, "event": event, "of": f"key:{key}", **{k[2:]: v for k, v in zip(options[::2], options[1::2], strict=True)}}


def tried(svc: Any, noun: str, opening: dict[str, str], start: str, steps: tuple[str, ...], verbs: dict[str, str], table: dict[str, dict[str, str]]) -> None:
    """Every verb on a record of its own that is in the state ``start``: it leads where the table says, or is refused."""
    names = dict.fromkeys(verbs, start)
    stream = [*record(noun, "other", opening, ()), *(doc for name in verbs for doc in record(noun, name, opening, steps))]
    svc("append --from -", stdin="".join(json.dumps(doc, ensure_ascii=False) + "\n" for doc in stream))
    before = {row["key"]: row for row in svc([noun, "list", "--json"]).json}
    assert {name: before[name]["state"] for name in verbs} == names
    for name, step in verbs.items():
        expected = table[name].get(start)
        said = do(svc, noun, before[name]["id"], step, before["other"]["id"], code=3 if expected is None else 0)
        if expected is None:
            assert "现在可以" in said.err or noun == "repair" or start in ("merged", "withdrawn"), str(said)
    after = {row["key"]: row["state"] for row in svc([noun, "list", "--json"]).json}
    assert {name: after[name] for name in verbs} == {name: table[name].get(start, start) for name in verbs}
    assert svc("check").out == ""


@pytest.mark.parametrize("start", COMPLAINT)
def test_what_can_be_done_to_a_complaint(svc: Any, start: str) -> None:
    tried(svc, "complaint", {"content": "吵", "anonymous": "true"}, start, COMPLAINT[start], C_VERBS, C_TABLE)


@pytest.mark.parametrize("start", REPAIR)
def test_what_can_be_done_to_a_repair(svc: Any, start: str) -> None:
    tried(svc, "repair", {"unit": "A-101", "fault": "灯不亮"}, start, REPAIR[start], R_VERBS, R_TABLE)


def test_a_repair_whose_party_is_given_begins_triaged(svc: Any) -> None:
    assert state(svc, svc("repair add --unit A --fault 灯 --party property").id) == "triaged"
    assert state(svc, svc("repair add --unit A --fault 灯 --party pending").id) == "reported"


def test_an_emergency_can_be_dispatched_before_it_is_triaged_and_finished_only_after(svc: Any) -> None:
    one = svc("repair add --unit A --fault 漏水 --urgency emergency").id
    do(svc, "repair", one, "dispatch --to 周")
    assert "责任主体" in do(svc, "repair", one, "finish --result fixed", code=3).err
    assert "--reason" in do(svc, "repair", one, "triage --party property", code=3).err
    do(svc, "repair", one, "triage --party property --reason 已看")
    do(svc, "repair", one, "finish --result fixed")


def test_sending_somebody_else_needs_a_reason(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property").id
    do(svc, "repair", one, "dispatch --to 周")

    assert "周" in do(svc, "repair", one, "dispatch --to 吴", code=3).err
    do(svc, "repair", one, "dispatch --to 吴 --reason 周请假")
    assert svc(["show", one, "--json"]).json["to"] == "吴"


def test_resume_goes_back_to_where_the_pause_began(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property").id
    for step in ("dispatch --to 周", "arrive", "pause --reason access --until 明天", "resume"):
        do(svc, "repair", one, step)
    assert state(svc, one) == "on_site"


def test_whoever_was_sent_does_not_verify(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property").id
    do(svc, "repair", one, "dispatch --to 周")
    do(svc, "repair", one, "finish --result fixed --by 周")
    do(svc, "repair", one, "verify --by 周", code=3)
    do(svc, "repair", one, "verify --by 李敏")


def test_paused_time_extends_the_deadline(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property", at="2026-11-20T09:00:00+08:00").id
    do(svc, "repair", one, "dispatch --to 周", at="2026-11-20T10:00:00+08:00")
    do(svc, "repair", one, "pause --reason parts --until 11-22", at="2026-11-20T11:00:00+08:00")

    during = svc("repair list --json", at="2026-11-23T11:00:00+08:00").json[0]
    assert (during["deadline"], during["overdue"]) == ("2026-11-24T09:00:00+08:00", False)
    do(svc, "repair", one, "resume", at="2026-11-22T11:00:00+08:00")
    after = svc("repair list --json", at="2026-11-24T09:00:00+08:00").json[0]
    assert (after["due"], after["deadline"], after["overdue"]) == ("2026-11-21T09:00:00+08:00", "2026-11-23T09:00:00+08:00", True)
    assert svc("repair list --json", at="2026-11-23T09:00:00+08:00").json[0]["overdue"] is False


@pytest.mark.parametrize(
    ("urgency", "due"), [("normal", "2026-11-25T09:00:00+08:00"), ("emergency", "2026-11-25T09:00:00+08:00"), ("planned", "2026-12-01T09:00:00+08:00")]
)
def test_a_repair_is_due_by_its_urgency(svc: Any, urgency: str, due: str) -> None:
    assert svc(["repair", "add", "--unit", "A", "--fault", "灯", "--urgency", urgency, "--json"]).json[0]["due"] == due


@pytest.mark.parametrize(
    ("severity", "promised", "target"),
    [("general", "25T09:00", "27T09:00"), ("serious", "24T13:00", "26T09:00"), ("major", "24T10:00", "25T09:00")],
)
def test_a_complaint_is_promised_and_due_by_its_severity(svc: Any, severity: str, promised: str, target: str) -> None:
    row = svc(["complaint", "add", "--content", "吵", "--anonymous", "--severity", severity, "--json"]).json[0]

    assert row["promised"] == f"2026-11-{promised}:00+08:00"
    assert row["target"] == f"2026-11-{target}:00+08:00"
    assert "none" in svc.refused(["complaint", "add", "--content", "吵", "--anonymous", "--promised", "none"]).err


def test_a_promise_is_moved_only_before_it_runs_out(svc: Any) -> None:
    one = svc("complaint add --content 吵 --anonymous --severity major").id  # promised by 10:00
    again = ["complaint", "repromise", one, "--promised", "2026-11-24 18:00", "--reason", "等"]

    assert "不能再改约" in svc.refused(again, at="2026-11-24T10:00:01+08:00").err
    svc(again, at="2026-11-24T10:00:00+08:00")
    assert svc(["show", one, "--json"]).json["promised"] == "2026-11-24T18:00:00+08:00"
    svc([*again[:-3], "2026-11-24 20:00", "--reason", "再等"], at="2026-11-24T17:00:00+08:00")
    svc.refused([*again[:-3], "2026-11-25", "--reason", "还等"], at="2026-11-24T20:30:00+08:00")


def test_overdue_is_an_unanswered_promise_or_an_unresolved_target(svc: Any) -> None:
    one = svc("complaint add --content 吵 --anonymous --promised '今天 10:00' --target '今天 12:00'").id

    def late(clock: str) -> bool:
        return bool(svc(["show", one, "--json"], at=f"2026-11-24T{clock}:00+08:00").json["overdue"])

    assert not late("10:00")
    svc(["complaint", "reply", one, "--text", "稍等", "--interim"])
    assert late("10:01")
    svc(["complaint", "reply", one, "--text", "好"], at="2026-11-24T10:30:00+08:00")
    assert not late("11:00")
    assert late("12:01")
    svc(["complaint", "resolve", one, "--cause", "因", "--action", "果"], at="2026-11-24T13:00:00+08:00")
    assert not late("14:00")
    assert svc(["show", one, "--json"]).json["promise_kept"] is False


def test_resolving_is_a_reply_unless_the_complainant_was_not_told(svc: Any) -> None:
    told, untold = (svc("complaint add --content 吵 --anonymous").id for _ in range(2))

    svc(["complaint", "resolve", told, "--cause", "因", "--action", "果"])
    svc(["complaint", "resolve", untold, "--cause", "因", "--action", "果", "--untold"])

    assert svc(["show", told, "--json"]).json["first_reply"] == "2026-11-24T09:00:00+08:00"
    assert svc(["show", untold, "--json"]).json["first_reply"] is None


def test_who_resolved_a_complaint_does_not_call_back(svc: Any) -> None:
    one = svc("complaint add --content 吵 --anonymous").id
    svc(["complaint", "resolve", one, "--cause", "因", "--action", "果"])

    assert "李敏" in svc.refused(["complaint", "callback", one, "--result", "no_answer"]).err


@pytest.mark.parametrize("noun", ["complaint", "repair"])
@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ("--result reached", 2, "--score, --solved"), ("--result reached --score 3", 2, "--solved"),
        ("--result reached --score 2 --solved yes", 2, "--reason"), ("--result reached --score 5 --solved no", 2, "--reason"),
        ("--result no_answer --score 5", 3, "--score"), ("--result refused --solved yes", 3, "--solved"),
        ("--result reached --score 6 --solved yes", 3, "--score"), ("--result reached --score 0 --solved yes", 3, "--score"),
        ("--result reached --score 4.5 --solved yes", 3, "--score"), ("--result gone", 3, "--result"), ("", 2, "--result"),
    ],
)  # fmt: skip
def test_what_a_call_back_has_to_say(svc: Any, noun: str, options: str, code: int, says: str) -> None:
    if noun == "complaint":
        one = svc("complaint add --content 吵 --contact 13800001234").id
        svc(["complaint", "resolve", one, "--cause", "因", "--action", "果"])
    else:
        one = svc("repair add --unit A --fault 灯 --party property").id
        svc(["repair", "finish", one, "--result", "fixed"])

    assert says in svc.refused([noun, "callback", one, "--by", "陈", *options.split()], code=code).err


def test_a_complaint_is_closed_after_three_unanswered_calls_on_two_days(svc: Any) -> None:
    one = svc("complaint add --content 吵 --contact 13800001234").id
    close, call = ["complaint", "close", one], ["complaint", "callback", one, "--result", "no_answer", "--by", "陈"]
    svc(["complaint", "resolve", one, "--cause", "因", "--action", "果"])

    svc.refused(close)
    for clock in ("10:00", "11:00", "12:00"):
        svc(call, at=f"2026-11-24T{clock}:00+08:00")
    assert "现有 3 次" in svc.refused(close, at="2026-11-24T13:00:00+08:00").err
    svc(call, at="2026-11-25T00:30:00+08:00")
    svc(close, at="2026-11-25T13:00:00+08:00")
    assert state(svc, one) == "closed"


def test_a_merge_leads_to_another_open_complaint(svc: Any) -> None:
    one, other, gone = (svc("complaint add --content 吵 --anonymous").id for _ in range(3))
    svc(["complaint", "withdraw", gone, "--reason", "误会"])
    repair = svc("repair add --unit A --fault 灯").id

    assert "自己" in svc.refused(["complaint", "merge", one, "--into", one]).err
    assert "还没有结" in svc.refused(["complaint", "merge", one, "--into", gone]).err
    svc.refused(["complaint", "merge", one, "--into", repair], code=4)
    svc.refused(["complaint", "merge", one, "--into", "zzzz"], code=4)
    said = svc(["complaint", "merge", one, "--into", other[3:9]])
    assert f"→ {other}" in said.err
    assert svc(["show", one, "--json"]).json["into"] == other


def test_a_follow_up_in_the_past_is_judged_in_its_place(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property --at 06:00").id
    step = svc(["repair", "dispatch", one, "--to", "周", "--at", "08:00"]).id

    svc(["repair", "follow", one, "--text", "先看了一眼", "--at", "07:00"])
    said = svc.refused(["repair", "finish", one, "--result", "fixed", "--at", "07:30"])
    assert f"之后的 dispatch（{step}，2026-11-24 08:00）会因此不成立" in said.err
    assert "先作废那一条" in said.err
    assert "已界定" in svc.refused(["repair", "arrive", one, "--at", "07:30"]).err
    svc(["repair", "arrive", one, "--at", "08:10"])


def test_nothing_lies_before_its_record_or_in_the_future(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --at 08:00").id

    assert "2026-11-24 08:00" in svc.refused(["repair", "follow", one, "--text", "催", "--at", "07:59"]).err
    svc(["repair", "follow", one, "--text", "催", "--at", "08:00"])
    assert "将来" in svc.refused(["repair", "follow", one, "--text", "催", "--at", "09:05:01"]).err
    svc(["repair", "follow", one, "--text", "催", "--at", "09:05"])
    assert "将来" in svc.refused("repair add --unit A --fault 灯 --at 明天").err


def test_an_odd_promise_is_a_warning_and_no_refusal(svc: Any) -> None:
    said = svc("complaint add --content 吵 --anonymous --promised '今天 8:00'")

    assert said.err == "提醒：承诺答复时间不晚于来诉时间\n"
    assert svc.text("complaints/2026-11.yaml").count("---\n") == 1
