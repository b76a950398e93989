"""``check``: silent when all is well; else every problem with its file and line."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

REPAIR = {"kind": "repair", "event": "add", "at": "2026-11-20T08:00:00+08:00", "unit": "A-101", "fault": "灯不亮", "party": "property"}
COMPLAINT = {"kind": "complaint", "event": "add", "at": "2026-11-20T08:00:00+08:00", "content": "吵", "anonymous": "true"}
FILE = "repairs/2026-11.yaml"


def plant(svc: Any, one: str = "rp-aaaaaaaaaa", rel: str = FILE, **more: Any) -> None:
    svc.plant(rel, **{k: v for k, v in {"id": one, **REPAIR, **more}.items() if v is not None})


def follow(svc: Any, one: str, event: str, at: str = "2026-11-20T09:00:00+08:00", of: str = "rp-aaaaaaaaaa", **more: Any) -> None:
    svc.plant(FILE, id=one, kind="repair", event=event, of=of, at=at, **more)


def found(svc: Any) -> list[tuple[str, int, str, str]]:
    code = 1
    return [(p["file"], p["line"], p["id"], p["code"]) for p in svc("check --json", code=code).json]


def test_a_clean_ledger_is_silent(svc: Any) -> None:
    plant(svc)
    follow(svc, "rp-bbbbbbbbbb", "dispatch", to="周")

    assert (svc("check").out, svc("check").err) == ("", "")
    assert svc("check --json").out == "[]\n"


def test_a_problem_is_told_with_file_line_id_expected_and_found(svc: Any) -> None:
    plant(svc)
    plant(svc, "rp-bbbbbbbbbb", urgency="soon")

    said = svc("check", code=1)

    assert said.out.startswith(f"{FILE}:12: rp-bbbbbbbbbb: urgency：应为normal（小修）")
    assert "得到“soon”" in said.out
    assert found(svc) == [(FILE, 12, "rp-bbbbbbbbbb", "value")]


def test_the_json_has_the_shape_of_the_contract(svc: Any) -> None:
    plant(svc, urgency="soon")

    (one,) = svc("check --json", code=1).json
    assert list(one) == ["file", "line", "id", "code", "message"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"fault": None}, "value"), ({"nosuch": "x"}, "value"), ({"due": "2026-11-21"}, "value"), ({"event": "finsh"}, "event"), ({"by": ""}, "missing"),
        ({"unit": None}, "missing"), ({"at": "2027-01-01T08:00:00+08:00"}, "future"), ({"at": "yesterday"}, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_within_an_entry(svc: Any, more: dict[str, Any], code: str) -> None:
    plant(svc, **more)

    problems = found(svc)
    assert all(p[:3] == (FILE, 1, "rp-aaaaaaaaaa") for p in problems)
    assert not code or code in {p[3] for p in problems}, problems


def test_what_was_not_in_the_future_when_it_was_recorded_is_no_problem(svc: Any) -> None:
    plant(svc, rel="repairs/2027-01.yaml", at="2027-01-01T08:00:00+08:00", recorded="2027-01-01T08:00:01.000000+08:00")

    assert svc("check").out == ""  # the clock stands in 2026


def test_a_step_without_effect(svc: Any) -> None:
    plant(svc)
    follow(svc, "rp-bbbbbbbbbb", "arrive")
    follow(svc, "rp-cccccccccc", "finish", at="2026-11-19T09:00:00+08:00", result="fixed")

    assert found(svc) == [(FILE, 12, "rp-bbbbbbbbbb", "transition"), (FILE, 21, "rp-cccccccccc", "transition")]
    assert "不起作用" in svc("check", code=1).out
    svc("repair void rp-bbbbbbbbbb --reason 错 --approved-by 陈", code=0)
    svc("repair void rp-cccccccccc --reason 错 --approved-by 陈", code=0)
    assert svc("check").out == ""


def test_a_reference_to_nothing(svc: Any) -> None:
    follow(svc, "rp-bbbbbbbbbb", "dispatch", to="周", of="rp-zzzzzzzzzz")
    svc.plant("complaints/2026-11.yaml", id="cp-aaaaaaaaaa", **COMPLAINT)
    svc.plant("complaints/2026-11.yaml", id="cp-bbbbbbbbbb", kind="complaint", event="merge", of="cp-aaaaaaaaaa", at="2026-11-20T09:00:00+08:00", into="cp-zzzzzzzzzz")

    problems = found(svc)
    assert (FILE, 1, "rp-bbbbbbbbbb") in {p[:3] for p in problems}
    assert ("complaints/2026-11.yaml", 11, "cp-bbbbbbbbbb", "reference") in problems


def test_a_unit_that_is_not_recorded_and_somebody_who_is_not_staff(svc: Any) -> None:
    plant(svc)
    svc.plant("complaints/2026-11.yaml", id="cp-aaaaaaaaaa", **COMPLAINT, owner="赵")
    svc("unit add --no B-1")
    svc.site("staff", "[{name: 李敏}]")

    assert found(svc) == [("complaints/2026-11.yaml", 1, "cp-aaaaaaaaaa", "reference"), (FILE, 1, "rp-aaaaaaaaaa", "reference")]


def test_a_key_on_two_desks(svc: Any) -> None:
    plant(svc, key="k:1")
    plant(svc, "rp-bbbbbbbbbb", "repairs/2026-11.night.yaml", key="k:1")

    assert [p[3] for p in found(svc)] == ["key"]


def test_a_call_back_that_contradicts_itself(svc: Any) -> None:
    plant(svc)
    follow(svc, "rp-bbbbbbbbbb", "finish", result="fixed")
    follow(svc, "rp-cccccccccc", "callback", result="reached", score="1", at="2026-11-20T10:00:00+08:00")

    assert {p[3] for p in found(svc)} == {"missing"}
    assert len(found(svc)) == 2


def test_a_changed_value_a_wrong_place_and_a_twin(svc: Any) -> None:
    plant(svc)
    text = svc.text(FILE)
    (svc.ledger / FILE).write_text(text.replace("灯不亮", "灯很亮"), encoding="utf-8")
    plant(svc, "rp-bbbbbbbbbb", "repairs/2026-10.yaml")
    plant(svc, "rp-cccccccccc", "complaints/2026-11.yaml")
    plant(svc, "rp-dddddddddd")
    plant(svc, "rp-dddddddddd", fault="另一个")

    places = {(p[0], p[2]) for p in found(svc)}
    assert places >= {(FILE, "rp-aaaaaaaaaa"), ("repairs/2026-10.yaml", "rp-bbbbbbbbbb"), ("complaints/2026-11.yaml", "rp-cccccccccc"), (FILE, "rp-dddddddddd")}


@pytest.mark.parametrize(
    "text",
    [
        "---\nid: &a \"rp-bbbbbbbbbb\"\n", "---\nid: !!python/object/apply:os.system [\"true\"]\n", "---\na: 1\na: 2\n", "---\n- a\n", "{{{", "---\nid: [[[]]]\n", "\ufeff---\n",
        "%YAML 1.1\n---\na: b\n", "<<<<<<< HEAD\n", "---\nkind: repair\nevent: add\nfault: typed by hand\n", "---\nid: \"x\rid\"\n", "a: \"unclosed\n", "\x00",
    ],
)  # fmt: skip
def test_what_does_not_parse_is_named_and_hides_nothing_else(svc: Any, text: str) -> None:
    plant(svc)
    with (svc.ledger / FILE).open("a", encoding="utf-8", newline="") as file:
        file.write(text + "\n")
    plant(svc, "rp-cccccccccc")

    problems = found(svc)
    assert {p[0] for p in problems} == {FILE}
    damage = {p[3] for p in problems} != {"unsigned"}
    listed = [r["id"] for r in svc("repair list --json", code=1 if damage else 0).json]
    # What stands before a line of its own with --- belongs to the document above, which it spoils.
    assert listed == (["rp-aaaaaaaaaa", "rp-cccccccccc"] if text.startswith("---") else ["rp-cccccccccc"])


def test_bytes_that_are_no_utf8_hide_nothing_else(svc: Any) -> None:
    plant(svc)
    with (svc.ledger / FILE).open("ab") as file:
        file.write("---\nfault: \"灯\"\n".encode("gb18030"))

    assert found(svc)
    assert svc("repair list --json", code=1).json[0]["id"] == "rp-aaaaaaaaaa"


def test_harmless_edits_by_hand_are_no_problem(svc: Any) -> None:
    plant(svc)
    text = svc.text(FILE)
    edited = "# 手工加的注释\n" + text.replace('fault: "灯不亮"', "fault:   灯不亮   # 卫生间").replace("\n", "\r\n")
    (svc.ledger / FILE).write_bytes(edited.encode())

    assert svc("check").out == ""
    assert svc("repair list --json").json[0]["fault"] == "灯不亮"


def test_links_and_odd_files_in_the_ledger(svc: Any) -> None:
    plant(svc)
    outside = svc.folder / "outside.yaml"
    outside.write_bytes(svc.files()[FILE])
    (svc.ledger / "repairs/2026-12.yaml").symlink_to(outside)
    os.mkfifo(svc.ledger / "repairs/2026-09.yaml")
    (svc.ledger / "repairs/2026-08.yaml").mkdir()
    (svc.ledger / "repairs/.2026-11.yaml.swp").write_text("x")
    (svc.ledger / "repairs/2026-11.yaml~").write_text("x")

    began = time.monotonic()
    problems = {p[0] for p in found(svc)}
    assert problems == {"repairs/2026-12.yaml", "repairs/2026-09.yaml", "repairs/2026-08.yaml"}
    assert time.monotonic() - began < 5
    svc.refused("repair add --unit A --fault x", at="2026-12-01T08:00:00+08:00")
    assert outside.read_bytes() == svc.files()[FILE]


def test_a_folder_that_is_a_link_is_refused(svc: Any) -> None:
    (svc.folder / "elsewhere").mkdir()
    (svc.ledger / "repairs").symlink_to(svc.folder / "elsewhere")

    svc("repair add --unit A --fault x", code=3)
    assert list((svc.folder / "elsewhere").iterdir()) == []
    for line in ("repair list", "check"):
        svc(line, code=3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "ledger.yaml"), ("svcctl: 2\nsite: x\n", "ledger.yaml:1"), ("svcctl: 1\n", "site"), ("svcctl: 1\nsite: x\nnosuch: 1\n", "ledger.yaml:3"),
        ("svcctl: 1\nsite: x\ntimezone: Mars/Base\n", "ledger.yaml:3"), ("svcctl: 1\nsite: x\nlanguage: fr\n", "ledger.yaml:3"), ("svcctl: 1\nsite: [a]\n", "ledger.yaml:2"),
        ("svcctl: 1\nsite: x\nsite: y\n", "ledger.yaml:3"), ("svcctl: 1\nsite: &a x\n", "ledger.yaml:2"), ("svcctl: 1\nsite: x\npolicy: {repair: {due: {normal: soon}}}\n", "ledger.yaml:3"),
        ("svcctl: 1\n  site: x\n", "ledger.yaml"), ("- a\n", "ledger.yaml"), ("svcctl: 1\nsite: x\nday_cutoff: 25:00\n", "ledger.yaml:3"), ("svcctl: 1\nsite: x\nnouns: [repare]\n", "ledger.yaml:3"),
        ("svcctl: 1\nsite: x\nstaff: [{nmae: y}]\n", "ledger.yaml:3"), ("svcctl: 1\nsite: x\nmonth_start_day: 30\n", "ledger.yaml:3"), ("{" * 5000, "ledger.yaml"),
    ],
)  # fmt: skip
def test_a_broken_ledger_yaml_is_named_with_its_line(svc: Any, content: str, says: str) -> None:
    (svc.ledger / "ledger.yaml").write_text(content, encoding="utf-8")

    for line in ("repair add --unit A --fault x", "repair list", "check", "today"):
        said = svc.refused(line)
        assert says in said.err, str(said)
    assert svc("--help").out
    assert "ledger.yaml" in svc.refused("check", lang="en").err


def test_a_ledger_yaml_in_another_encoding(svc: Any) -> None:
    (svc.ledger / "ledger.yaml").write_bytes("svcctl: 1\nsite: 悦和里\n".encode("gb18030"))
    assert "ledger.yaml:2" in svc.refused("today").err


@pytest.mark.parametrize("state", ["missing", "garbage", "file"])
def test_the_state_folder_can_be_lost_or_spoilt_at_any_time(svc: Any, state: str) -> None:
    svc("repair add --unit A --fault x")
    folder = svc.ledger / ".svcctl"
    if state == "garbage":
        for path in folder.rglob("*"):
            if path.is_file() and path.name != "lock":
                path.write_bytes(b"\x00\xffgarbage")
    else:
        import shutil

        shutil.rmtree(folder)
    if state == "file":
        folder.write_text("in the way")
    for line in ("repair list --json", "today", "check", "log"):
        svc(line, code=3 if state == "file" else 0)  # a file in its place is somebody's doing
    if state == "file":
        svc.refused("repair add --unit B --fault y")
        folder.unlink()
    svc("repair add --unit B --fault y")
    assert len(svc("repair list --json").json) == 2


def test_a_match_that_a_merge_has_made_wrong(svc: Any) -> None:
    report = svc("lost report --what 伞 --where 中庭 --contact 13800001234").id
    other = svc("lost report --what 帽 --where 中庭 --contact 13800001234").id
    item = svc("lost add --item 伞 --place 中庭 --found-by 刘 --storage 柜").id
    svc(f"lost match {report} --item {item}")
    assert svc("check").out == ""
    at = "2026-11-24T09:00:00+08:00"
    svc.plant("lost/2026-11.yaml", id="lf-mmmmmmmmmm", kind="lost", event="match", of=other, at=at, item=report)
    (problem,) = svc("check --json", code=1).json
    assert (problem["id"], problem["code"]) == ("lf-mmmmmmmmmm", "reference") and "报失" in problem["message"]


def test_a_record_that_was_made_a_comment_is_missed(svc: Any) -> None:
    for n in ("a", "b", "c"):
        plant(svc, f"rp-{n * 10}")
    path = svc.ledger / FILE
    whole = path.read_text("utf-8")
    start = whole.index("---\n", 1)
    stop = whole.index("---\n", start + 1)
    entry = whole[start:stop]
    for mark in ("#", "  # ", "## "):
        path.write_text(whole[:start] + "".join(mark + line for line in entry.splitlines(keepends=True)) + whole[stop:], "utf-8")
        assert found(svc) == [(FILE, 15, "rp-bbbbbbbbbb", "commented")], mark
    said = svc("check", code=1, lang="en")
    assert "stands in comments" in said.out and f"git checkout -- {FILE}" in said.out
    path.write_text("".join("#" + line for line in whole.splitlines(keepends=True)), "utf-8")
    assert [one[2:] for one in found(svc)] == [(f"rp-{n * 10}", "commented") for n in "abc"]
    nameless = "".join("# " + line for line in entry.splitlines(keepends=True) if not line.startswith("id:"))
    path.write_text(whole[:start] + nameless + whole[stop:], "utf-8")
    assert [one[2:] for one in found(svc)] == [("", "commented")]


def test_what_people_remark_is_no_entry(svc: Any) -> None:
    plant(svc)
    path = svc.ledger / FILE
    whole = path.read_text("utf-8")
    remarks = "# id: see rp-bbbbbbbbbb\n# rp-bbbbbbbbbb moved to 2026-10\n# sum: 12.50\n# ---\n"
    copy = "".join("# " + line for line in whole.splitlines(keepends=True))  # of what is there
    path.write_text(whole + remarks + copy, "utf-8")
    assert svc("check").out == ""


def test_an_entry_in_the_file_of_another_month_is_told_where_it_belongs(svc: Any) -> None:
    plant(svc, rel="repairs/2026-10.yaml")
    (problem,) = svc("check --json", code=1, lang="en").json
    assert problem["code"] == "wrong-month"
    assert "into repairs/2026-11.yaml" in problem["message"] and "git checkout -- repairs/2026-10.yaml" in problem["message"]
    (svc.ledger / "repairs/2026-10.yaml").rename(svc.ledger / FILE)
    assert svc("check").out == ""
