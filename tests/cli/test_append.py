"""``append --from -``: each entry stored by itself and acknowledged as soon as it is durable."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

APPEND = "append --from -"
GOOD = {"kind": "repair", "event": "add", "unit": "A-101", "fault": "灯不亮", "by": "李敏"}


def lines(*entries: dict[str, Any]) -> str:
    return "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries)


def test_entries_are_stored_in_order_and_may_refer_to_each_other_by_key(svc: Any) -> None:
    said = svc(APPEND, stdin=lines(
        {**GOOD, "key": "c1", "party": "物业自修", "at": "2026-11-24T08:00:00+08:00"},
        {"kind": "repair", "event": "dispatch", "of": "key:c1", "to": "周师傅", "by": "李敏", "at": "2026-11-24 08:10"},
        {"kind": "repair", "event": "finish", "of": "key:c1", "result": "fixed", "minutes": 30, "cost": 12.5, "by": "李敏"},
        {"kind": "complaint", "event": "add", "content": "吵", "anonymous": True, "by": "李敏", "note": None},
    ))  # fmt: skip

    assert len(said.ids) == 4
    row = svc(["show", said.ids[0], "--json"]).json
    assert (row["state"], row["to"], row["minutes"], row["cost"]) == ("finished", "周师傅", 30, "12.50")
    assert svc("check").out == ""


def test_yaml_documents_are_taken_too(svc: Any) -> None:
    said = svc(APPEND, stdin="---\nkind: repair\nevent: add\nunit: 0712   # no number\nfault: |-\n  灯不亮\n  两盏\nby: 李敏\n---\n# nothing\n---\nkind: unit\nevent: add\nno: 0712\nby: 李敏\n")

    row = svc(["show", said.ids[0], "--json"]).json
    assert (row["unit"], row["fault"]) == ("0712", "灯不亮\n两盏")
    assert svc(["show", said.ids[1], "--json"]).json["no"] == "0712"


def test_what_is_refused_is_told_with_its_line_and_the_rest_goes_on(svc: Any) -> None:
    said = svc(APPEND, code=3, stdin=lines(GOOD) + "{not json\n" + lines(
        {**GOOD, "urgency": "soon"}, {**GOOD, "kind": "repare"}, {**GOOD, "event": "finish", "of": "zzzz", "result": "fixed"}, {"kind": "repair"},
        {**GOOD, "fault": ""}, {**GOOD, "id": "rp-aaaaaaaaaa"}, {**GOOD, "at": "2027-01-01"}, {**GOOD, "files": ["/etc/passwd"]}, {**GOOD, "event": "undo"},
        {**GOOD, "nosuch": "x"}, {**GOOD, "unit": {"a": {"b": "c"}}}, {**GOOD, "fault": "\u0007"}, GOOD,
    ) + '["no entry"]\n{"kind":"repair","kind":"repair"}\n---\nkind: &a repair\n---\nkind: repair\nkind: repair\n')  # fmt: skip

    assert len(said.ids) == 2
    told = said.err.splitlines()
    assert [t.split(" ")[1] for t in told[:-1]] == [*(str(n) for n in range(2, 15)), "16", "17", "18", "20"]
    assert told[-1] == "17 条未接受，其余已入账"
    assert svc.text("repairs/2026-11.yaml").count("---\n") == 2
    assert svc("check").out == ""


def test_derived_keys_are_refused_each_by_name(svc: Any) -> None:
    for key in ("id", "sum", "salt", "recorded", "pii", "erased"):
        assert key in svc(APPEND, code=3, stdin=lines({**GOOD, key: "x"})).err


def test_a_key_makes_a_stream_repeatable(svc: Any) -> None:
    stream = lines({**GOOD, "key": "a"}, {**GOOD, "key": "b", "party": "property"}, {"kind": "repair", "event": "finish", "of": "key:b", "result": "fixed", "key": "c", "by": "李敏"})
    first = svc(APPEND, stdin=stream)
    before = svc.files()

    assert svc(APPEND, stdin=stream).ids == first.ids
    assert svc.files() == before
    assert len(set(svc(APPEND, stdin=lines({**GOOD, "key": "d"}, {**GOOD, "key": "d"})).ids)) == 1


def test_corrections_can_be_streamed(svc: Any) -> None:
    one = svc(["repair", "add", "--unit", "A", "--fault", "灯"]).id

    svc(APPEND, stdin=lines(
        {"kind": "repair", "event": "amend", "of": one, "trade": "强电", "clear": [], "reason": "漏填", "by": "李敏"},
        {"kind": "repair", "event": "void", "of": one, "reason": "重复", "approved_by": "陈", "by": "李敏"},
    ))  # fmt: skip

    assert svc(["show", one, "--json"]).json["state"] == "void"
    assert svc(APPEND, code=3, stdin=lines({"kind": "repair", "event": "void", "of": one, "reason": "重复", "by": "李敏"})).ids == []


def test_who_records_comes_from_the_entry_else_from_the_desk(svc: Any) -> None:
    nameless = {k: v for k, v in GOOD.items() if k != "by"}

    assert svc(APPEND, stdin=lines(nameless), env={"SVCCTL_BY": "陈"}).ids
    assert "--by" in svc(APPEND, code=3, stdin=lines(nameless), env={"SVCCTL_BY": ""}).err
    assert svc("log --json").json[0]["by"] == "陈"


@pytest.mark.parametrize("stream", ["", "\n\n", "---\n", "\ufeff" + lines(GOOD), lines(GOOD).rstrip("\n"), lines(GOOD).replace("\n", "\r\n")])
def test_odd_streams(svc: Any, stream: str) -> None:
    said = svc(APPEND, stdin=stream)

    assert len(said.ids) == ("kind" in stream)
    assert said.err == ""


def test_bytes_that_are_no_utf8_are_refused(svc: Any) -> None:
    assert "第 1 行" in svc(APPEND, code=3, stdin='{"kind":"repair","fault":"灯"}\n'.encode("gb18030")).err


def test_entries_of_two_months_of_which_one_is_damaged(svc: Any) -> None:
    svc("repair add --unit A --fault 灯 --at 2026-10-05")
    path = svc.ledger / "repairs/2026-10.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("灯", "火"), encoding="utf-8")

    said = svc(APPEND, code=3, stdin=lines({**GOOD, "at": "2026-10-06"}, GOOD))

    assert len(said.ids) == 1
    assert "repairs/2026-10.yaml:1" in said.err
    assert said.ids[0] in svc.text("repairs/2026-11.yaml")


def test_what_belongs_to_a_record_in_a_damaged_file_is_refused_with_it(svc: Any) -> None:
    svc("repair add --unit A --fault 灯 --at 2026-10-05")
    path = svc.ledger / "repairs/2026-10.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("灯", "火"), encoding="utf-8")

    said = svc(APPEND, code=3, stdin=lines(
        GOOD, {**GOOD, "at": "2026-10-06", "key": "a", "party": "property"}, {"kind": "repair", "event": "follow", "of": "key:a", "text": "催", "key": "b", "by": "李敏"},
        {"kind": "repair", "event": "amend", "of": "key:b", "text": "催了", "reason": "错", "by": "李敏"},
    ))  # fmt: skip

    assert len(said.ids) == 1
    assert "3 条未接受" in said.err
    assert svc.text("repairs/2026-11.yaml").count("---\n") == 1


def test_each_id_is_printed_as_soon_as_it_is_durable(svc: Any) -> None:
    running = subprocess.Popen(
        svc.argv(["append", "--from", "-"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**svc.environ(), "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert running.stdin is not None and running.stdout is not None
    for _ in range(3):
        running.stdin.write(lines(GOOD).encode())
        running.stdin.flush()
        one = running.stdout.readline().decode().strip()
        assert one in svc.text("repairs/2026-11.yaml")
    running.stdin.close()
    assert running.wait(20) == 0


def test_many_entries_at_once_have_times_of_recording_that_grow(svc: Any) -> None:
    said = svc(APPEND, stdin=lines(*[{**GOOD, "fault": f"灯 {n}"} for n in range(1200)]))

    assert len(set(said.ids)) == 1200
    recorded = [line for line in svc.text("repairs/2026-11.yaml").splitlines() if line.startswith("recorded")]
    assert recorded == sorted(set(recorded))
    assert len(recorded) == 1200


UNIT = {"kind": "unit", "event": "add", "no": "A-101", "by": "李敏"}
TENANT = {"kind": "tenant", "event": "add", "name": "悦和茶饮有限公司", "no": "T-001", "by": "李敏"}
LEASE = {"kind": "lease", "event": "add", "tenant": "T-001", "unit": "a-101", "from": "2026-11-01", "by": "李敏"}


def test_a_unit_or_tenant_may_be_used_by_the_entries_after_it(svc: Any) -> None:
    svc("unit add --no B-201")
    svc("tenant add --name 旧商户")

    said = svc(APPEND, code=3, stdin=lines(
        GOOD, UNIT, GOOD, TENANT, {**LEASE, "tenant": "悦和茶饮有限公司"}, {**LEASE, "unit": "A-110"}, {**LEASE, "tenant": "T-002"},
        {"kind": "fee", "event": "charge", "tenant": "T-001", "item": "property", "amount": "100", "due": "2026-12-01", "by": "李敏"},
    ))  # fmt: skip

    assert len(said.ids) == 5
    refused = said.err.splitlines()
    assert [line.split(" ")[1] for line in refused[:-1]] == ["1", "6", "7"]
    assert ["是不是 A-101？" in refused[0], "是不是 A-101？" in refused[1], "是不是 T-001？" in refused[2]] == [False, True, True]
    assert refused[-1] == "3 条未接受，其余已入账"
    assert svc("lease list --json").json[0]["tenant"] == "T-001"
    assert svc("check").out == ""


def test_the_first_unit_of_a_stream_ends_the_time_when_any_text_was_taken(svc: Any) -> None:
    said = svc(APPEND, code=3, stdin=lines({**GOOD, "unit": "随便"}, UNIT, {**GOOD, "unit": "随便"}))

    assert len(said.ids) == 2
    assert said.err.splitlines()[0].startswith("第 3 行：")


def test_a_unit_goes_by_the_name_that_its_stream_gave_it_last(svc: Any) -> None:
    rename = {"kind": "unit", "event": "amend", "of": "key:u", "unit_no": "A-102", "reason": "牌号换了", "by": "李敏"}
    void = {"kind": "unit", "event": "void", "of": "key:u", "reason": "重复", "approved_by": "陈经理", "by": "李敏"}
    said = svc(APPEND, code=3, stdin=lines({**UNIT, "no": "B-201"}, {**UNIT, "key": "u"}, rename, GOOD, {**GOOD, "unit": "A-102"}, void))

    assert len(said.ids) == 4
    told = said.err.splitlines()
    assert told[0].startswith("第 4 行：") and "A-102" in told[0]
    assert told[1].startswith("第 6 行：") and f"repair {said.ids[3]}" in told[1]
    assert len(svc(APPEND, stdin=lines({**UNIT, "no": "C-301", "key": "v"}, {**void, "of": "key:v"})).ids) == 2
    assert "第 1 行" in svc(APPEND, code=3, stdin=lines({**GOOD, "unit": "C-301"})).err
    assert svc("check").out == ""


def test_what_names_something_that_was_not_stored_is_not_stored_either(svc: Any) -> None:
    (svc.ledger / "units").mkdir()
    (svc.ledger / "units" / "2026-11.yaml").write_text("no entry at all\n", encoding="utf-8")

    said = svc(APPEND, code=3, stdin=lines({**GOOD, "unit": "A-9", "at": "2026-11-23 08:00"}, UNIT, GOOD, {**GOOD, "fault": "门坏"}))

    assert len(said.ids) == 1
    assert "第 3 行：它提到的记录没有入账" in said.err and "第 4 行：它提到的记录没有入账" in said.err
    assert svc.text("repairs/2026-11.yaml").count("---\n") == 1


def test_a_line_that_is_neither_json_nor_yaml_is_told_once_and_in_the_words_of_streams(svc: Any) -> None:
    said = svc(APPEND, code=3, lang="en", stdin=lines(GOOD) + "hello\n" + lines(GOOD) + "---\nkind: repair\n- x\n")
    first, second, _ = said.err.splitlines()
    assert first == "line 2: not understood: expected a JSON object a line, or YAML documents with --- between them"
    assert second.startswith("line 4: line 6: ")
    assert len(said.ids) == 2
