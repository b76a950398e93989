"""``import``: small files with maps; all or nothing, or what is good; and a second time only what is new."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli.session import Session

REPO = Path(__file__).resolve().parents[2]

MAP = """\
noun: repair
dates: ["%Y/%m/%d %H:%M", "%Y/%m/%d"]
by: "{who}"
row:
  - event: add
    key: "old:{no}"
    at: "{when}"
    unit: "{unit}"
    fault: "{what}"
    reporter: "{name}"
    party: property
    urgency: "{level}"
  - event: dispatch
    to: "{sent}"
    at: "{when}"
    if: {sent: "*"}
  - event: finish
    at: "{done}"
    if: {done: "*"}
    result: fixed
    optional: true
values:
  urgency: {急: emergency, "*": normal}
"""
HEAD = "no,when,unit,what,name,level,sent,done,who\n"
ROWS = (
    "1,2026/11/02 08:00,A-101,灯不亮,王芳,急,周师傅,2026/11/02 10:00,李敏\n"
    '2,2026/11/01 09:00,A-102,"漏水，\n很大",赵六,,,,李敏\n'
    "3,2026/10/31,A-103,门坏,孙七,缓,吴师傅,2026/11/03,李敏\n"
)


@pytest.fixture
def desk(svc: Any) -> Any:
    """A desk with a map beside its ledger."""
    (svc.folder / "map.yaml").write_text(MAP, encoding="utf-8")
    return svc


def put(svc: Any, text: str, encoding: str = "utf-8") -> list[str]:
    (svc.folder / "old.csv").write_text(text, encoding=encoding)
    return ["import", str(svc.folder / "old.csv"), "--map", str(svc.folder / "map.yaml")]


def records(svc: Any) -> list[tuple[str, str, str]]:
    return [(r["key"], r["at"], r["state"]) for r in svc("repair list --json").json]


EXPECTED = [
    ("old:3", "2026-10-31T23:59:59+08:00", "finished"), ("old:2", "2026-11-01T09:00:00+08:00", "triaged"), ("old:1", "2026-11-02T08:00:00+08:00", "finished"),
]  # fmt: skip


def test_rows_become_records_with_their_follow_ups_in_the_order_of_time(desk: Any) -> None:
    said = desk(put(desk, HEAD + ROWS))

    assert said.err == "3 行：新写 7 条，已有 0 条，不能接受 0 行\n"
    assert records(desk) == EXPECTED
    at = [line for line in desk.text("repairs/2026-11.yaml").splitlines() if line.startswith("at: ")]
    assert at == sorted(at)
    row = desk("repair list --where key=old:2 --json --reveal").json[0]
    assert (row["fault"], row["reporter"], row["urgency"]) == ("漏水，\n很大", "赵六", "normal")
    assert desk("check").out == ""


def test_a_second_import_writes_only_what_is_new(desk: Any) -> None:
    desk(put(desk, HEAD + ROWS))
    before = desk.files()

    assert "新写 0 条，已有 7 条" in desk(put(desk, HEAD + ROWS)).err
    assert desk.files() == before
    grown = ROWS.replace("赵六,,,,", "赵六,,周师傅,2026/11/05 12:00,") + "4,2026/11/06 08:00,A-104,锁坏,钱八,,,,李敏\n"
    assert "新写 3 条，已有 7 条" in desk(put(desk, HEAD + grown)).err
    assert [s for _, _, s in records(desk)] == ["finished", "finished", "finished", "triaged"]


def test_the_ids_are_on_stdout_row_by_row_and_the_same_when_it_is_there_already(desk: Any) -> None:
    ids = desk(put(desk, HEAD + ROWS)).ids

    entries = desk([*put(desk, HEAD + ROWS), "--json"]).json
    assert [e["id"] for e in entries] == ids
    assert [e["key"] for e in entries] == [f"old:{k}" for k in ("1", "1/dispatch/1", "1/finish/1", "2", "3", "3/dispatch/1", "3/finish/1")]
    assert entries[0]["reporter"] == "王*" and "salt" not in entries[0]
    grown = desk(put(desk, HEAD + ROWS + "4,2026/11/06 08:00,A-104,锁坏,钱八,,,,李敏\n")).ids
    assert grown[:-1] == ids
    assert svc_key(desk, "old:4") == grown[-1]
    assert desk([*put(desk, HEAD), "--json"]).json == []
    assert desk(put(desk, HEAD)).out == ""


def svc_key(desk: Any, key: str) -> str:
    return str(desk(["repair", "list", "--where", f"key={key}", "--json"]).json[0]["id"])


def test_a_dry_run_as_json_is_the_entries(desk: Any) -> None:
    before = desk.files()

    said = desk([*put(desk, HEAD + ROWS + "5,2026/11/06 08:00,,锁坏,,,,,李敏\n"), "-n", "--json"], code=3)

    assert [(e["event"], e.get("reporter")) for e in said.json if e["event"] == "add"] == [("add", "王*"), ("add", "赵*"), ("add", "孙*")]
    assert "repairs/2026-11.yaml: 5 条" in said.err and "old.csv:6" in said.err
    assert desk.files() == before


def test_an_expected_variance_is_in_no_dry_run(svc: Any) -> None:
    svc.site("points", '{front: {float: "1000.00"}}')
    path = svc.folder / "c.csv"
    path.write_text("point,count,to,at\nfront,100x9,王强,2026-11-24 08:00\n", encoding="utf-8")

    shown = svc(["import", str(path), "--noun", "cash", "-n", "--json"]).json

    assert [e["event"] for e in shown] == ["count"]
    assert [e["event"] for e in svc(["import", str(path), "--noun", "cash", "--json"]).json] == ["count", "variance"]


def test_many_ids_are_not_listed_on_a_terminal(svc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = svc.folder / "u.csv"
    path.write_text("no,key\n" + "".join(f"A-{n},u{n}\n" for n in range(101)), encoding="utf-8")
    assert len(svc(["import", str(path), "--noun", "unit"]).ids) == 101

    monkeypatch.setattr(Session, "on_terminal", True)
    said = svc(["import", str(path), "--noun", "unit"])
    assert said.out == "" and "101 个编号没有列在终端上" in said.err
    path.write_text("no,key\nA-0,u0\n", encoding="utf-8")
    assert len(svc(["import", str(path), "--noun", "unit"]).ids) == 1


def test_ids_that_cannot_be_printed_are_an_unknown_outcome(desk: Any) -> None:
    line = put(desk, HEAD + ROWS)

    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*desk.argv(line)], env={**desk.environ(), "PYTHONPATH": str(REPO)}, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)

    assert ended.returncode == 6
    assert svc_key(desk, "old:1") in ended.stderr.decode()
    assert len(desk(line).ids) == 7


def test_one_bad_row_and_nothing_is_written(desk: Any) -> None:
    said = desk.refused(put(desk, HEAD + ROWS + ",bad,,,,,,,李敏\n5,2026/11/06 08:00,,锁坏,,,,,李敏\n"))

    told = said.err.splitlines()
    assert len(told) == 3
    assert "old.csv:6" in told[0]
    assert "old.csv:7" in told[1]
    assert "--unit | --place" in told[1]
    assert "2 行不能接受，什么都没有写" in told[2]


@pytest.mark.parametrize(("due", "kind", "told"), [
    ("x", "周", ["due: 不是日期：应为日期，如 2026-11-24，得到“x”", "缺少必填的 --what"]),
    ("2026-11-30", "吵", ["缺少必填的 --what", "--type: 类型："]),
    ("x", "吵", ["due: 不是日期：", "缺少必填的 --what", "--type: 类型："]),
    ("2026-11-30", "周", ["缺少必填的 --what"]),
])  # fmt: skip
def test_every_problem_of_a_row_is_told(svc: Any, due: str, kind: str, told: list[str]) -> None:
    path = svc.folder / "p.csv"
    path.write_text(f"任务,责任人,完成时间,类型\n任务C,马东,2026-11-30,月度\n,孙立,{due},{kind}\n", encoding="utf-8")
    first, _ = svc.refused(["import", str(path), "--noun", "plan"]).err.splitlines()
    problems = first.partition("p.csv:3: ")[2].split("; ")
    assert len(problems) == len(told) and all(one.startswith(start) for one, start in zip(problems, told, strict=True)), problems


def test_every_problem_of_a_follow_up_is_told_but_not_that_its_record_is_missing(desk: Any) -> None:
    (desk.folder / "map.yaml").write_text(MAP.replace("    optional: true\n", ""), encoding="utf-8")
    said = desk.refused(put(desk, HEAD + "6,2026/11/06 08:00,A,锁坏,,,周,31.11.2026,李敏\n")).err.splitlines()
    assert len(said) == 2 and "不是时间" in said[0] and "缺少" not in said[0]


def test_bad_rows_can_be_set_aside(desk: Any) -> None:
    rows = HEAD + ROWS + "5,2026/11/06 08:00,,锁坏,王小明,,,,李敏\n"
    said = desk([*put(desk, rows), "--skip-invalid"])

    assert "新写 7 条，已有 0 条，不能接受 1 行" in said.err
    rejected = desk.folder / "old.csv.rejected.csv"
    assert str(rejected) in said.err
    assert stat.S_IMODE(os.stat(rejected).st_mode) == 0o600
    head, row = rejected.read_text(encoding="utf-8-sig").splitlines()
    assert head == HEAD.strip() + ",problem"
    assert row.startswith("5,2026/11/06 08:00,,锁坏,王小明,")
    assert "王小明" not in said.err


def test_a_row_is_tried_as_a_whole(desk: Any) -> None:
    text = MAP.replace("    optional: true\n", "")
    (desk.folder / "map.yaml").write_text(text, encoding="utf-8")

    said = desk([*put(desk, HEAD + ROWS + "6,2026/11/06 08:00,A,锁坏,,,周,2026/11/05 08:00,李敏\n"), "--skip-invalid"])

    assert "不能接受 1 行" in said.err
    assert records(desk) == EXPECTED


def test_an_optional_entry_that_is_invalid_is_left_out_and_told(desk: Any) -> None:
    said = desk(put(desk, HEAD + "6,2026/11/06 08:00,A,锁坏,,,周,2026/11/05 08:00,李敏\n7,2026/11/06 08:00,A,锁坏,,,周,31.11.2026,李敏\n"))

    assert said.err.count("有一条没有录入") == 2
    assert [s for _, _, s in records(desk)] == ["dispatched", "dispatched"]


def test_a_dry_run_counts_by_month_lists_every_bad_row_and_writes_nothing(desk: Any) -> None:
    before = desk.files()

    said = desk([*put(desk, HEAD + ROWS + "5,2026/11/06 08:00,,锁坏,,,,,李敏\n"), "-n"], code=3)

    assert desk.files() == before
    lines = said.out.splitlines()
    assert lines[:3] == ["repairs/2026-10.yaml: 2 条", "repairs/2026-11.yaml: 5 条", "共 7 条新的，0 条已有，1 行不能接受"]
    assert "old.csv:6" in lines[3]
    assert not (desk.folder / "old.csv.rejected.csv").exists()


def test_nobody_to_record_is_one_usage_error(desk: Any) -> None:
    (desk.folder / "map.yaml").write_text(MAP.replace('by: "{who}"\n', ""), encoding="utf-8")
    command = put(desk, HEAD + ROWS)

    assert desk.refused(command, code=2, env={"SVCCTL_BY": ""}).err.count("\n") == 1
    desk([*command, "--by", "导入员"], env={"SVCCTL_BY": ""})
    assert desk("repair list --json").json[0]["by"] == "导入员"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_encodings(desk: Any, encoding: str) -> None:
    desk(put(desk, HEAD + ROWS.replace("\n很大", ""), encoding))

    assert [r["fault"] for r in desk("repair list --json").json] == ["门坏", "漏水，", "灯不亮"]


def test_without_a_map_the_header_is_the_fields_or_their_labels(svc: Any) -> None:
    path = svc.folder / "units.csv"
    path.write_text("No,面积（㎡）,Zone,floor\nA-101,86.5,A区,1\nA-102,,,\n", encoding="utf-8")

    svc(["import", str(path), "--noun", "unit"])

    assert [(u["no"], u["area"], u["zone"]) for u in svc("unit list --json").json] == [("A-101", "86.5", "A区"), ("A-102", None, None)]
    path.write_text("no,aera\nA-103,5\n", encoding="utf-8")
    assert "aera" in svc.refused(["import", str(path), "--noun", "unit"]).err


def test_no_promise_is_said_by_none_and_only_in_an_import(svc: Any) -> None:
    path = svc.folder / "c.csv"
    path.write_text("at,content,anonymous,promised,target\n2026-11-20 08:00,吵,true,none,none\n", encoding="utf-8")

    svc(["import", str(path), "--noun", "complaint"])

    row = svc("complaint list --json").json[0]
    assert (row["promised"], row["target"], row["overdue"]) == (None, None, False)
    for noun in (["--promised"], ["--target"]):
        svc.refused(["complaint", "add", "--content", "吵", "--anonymous", *noun, "none"])
    stream = '{"kind":"complaint","event":"add","content":"x","anonymous":"true","promised":"none"}\n'
    svc("append --from -", stdin=stream, code=3)


@pytest.mark.parametrize(
    ("change", "code"),
    [(("noun: repair", "noun: repare"), 4), (("event: finish", "event: finsh"), 3), (("{what}", "{waht}"), 3), (("party:", "praty:"), 3), (("row:", "rows:"), 3)],
)
def test_a_wrong_map_is_told_with_its_place(desk: Any, change: tuple[str, str], code: int) -> None:
    command = put(desk, HEAD + ROWS)
    (desk.folder / "map.yaml").write_text(MAP.replace(*change), encoding="utf-8")

    said = desk.refused(command, code=code)

    assert "map.yaml" in said.err or code == 4


def test_what_is_no_csv(desk: Any) -> None:
    for content in (b"", b"\x00\x01\x02\xff" * 100, b"PK\x03\x04 broken", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, '{"a": 1}'.encode("utf-16")):
        path = desk.folder / "odd.csv"
        path.write_bytes(content)
        desk.refused(["import", str(path), "--map", str(desk.folder / "map.yaml")])
    desk.refused(["import", str(desk.folder), "--map", str(desk.folder / "map.yaml")])
    desk.refused(["import", str(desk.folder / "nosuch.csv"), "--map", str(desk.folder / "map.yaml")], code=4)
    desk.refused(["import", str(desk.folder / "odd.csv"), "--map", str(desk.folder / "nosuch.yaml")], code=4)
    desk.refused(["import", str(desk.folder / "odd.csv")], code=2)


def test_a_trial_with_bad_rows_ends_as_the_import_would(desk: Any) -> None:
    line = put(desk, HEAD + ROWS + ",bad,,,,,,,李敏\n")
    dry = desk([*line, "-n"], code=3)
    assert "有 1 行不能接受，所以什么都不会写；改好再导入，或用 --skip-invalid" in dry.out
    assert "nothing would be written" in desk([*line, "-n", "--json"], code=3, lang="en").err
    assert "什么都不会写" not in desk([*line, "-n", "--skip-invalid"]).out
    assert desk([*line], code=3).out == ""


def test_rows_without_keys_that_come_again_are_told(svc: Any) -> None:
    path = svc.folder / "r.csv"
    path.write_text("unit,fault,party\nA-1,灯,property\n", encoding="utf-8")
    line = ["import", str(path), "--noun", "repair"]
    assert "导入过" not in svc([*line, "-n"]).err and "导入过" not in svc(line).err
    assert "2026-11-24 09:00 导入过" in svc([*line, "-n"]).err
    said = svc(line)
    assert "会再写一遍" in said.err and len(said.ids) == 1
    path.write_text("unit,fault,party,key\nA-1,灯,property,k1\n", encoding="utf-8")
    assert svc(line).ids == svc(line).ids
    assert "导入过" not in svc(line).err
