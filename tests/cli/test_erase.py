"""``erase``: personal data go for good, from every copy; sums stay true, everything goes on working without them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from svcctl import nouns

sys.path.insert(0, os.fspath(Path(__file__).parent.parent / "store"))
from store_kit import killed_at
from test_prompts import Terminal

FILE = "complaints/2026-11.yaml"
NAME, PHONE, OTHER = "欧阳诗涵", "13987654321", "18600002222"
VALUES = (NAME, PHONE, OTHER, "诗涵", "87654321")


@pytest.fixture
def desk(svc: Any) -> Any:
    """A complaint of a named person, answered and corrected, and one of somebody else."""
    svc.first = svc(["complaint", "add", "--content", "吵", "--contact", PHONE, "--name", NAME, "--unit", "A-101", "--key", "k1"]).id
    svc.reply = svc(["complaint", "reply", svc.first, "--text", "已劝阻"]).id
    svc.amend = svc(["complaint", "amend", svc.first, "--set", f"contact={OTHER}", "--reason", "换号"]).id
    svc.second = svc(["complaint", "add", "--content", "漏水", "--contact", "13500000000", "--name", "王芳"]).id
    return svc


def held(svc: Any, values: tuple[str, ...] = VALUES) -> list[str]:
    """The files below the desk, the state folders too, that hold one of the values."""
    needles = [v.encode() for v in values] + [json.dumps(v)[1:-1].encode() for v in values]
    paths = [p for p in svc.folder.rglob("*") if p.is_file() and p.name != "stdin"]
    return sorted(str(p.relative_to(svc.folder)) for p in paths if any(n in p.read_bytes() for n in needles))


def documents(svc: Any, rel: str = FILE) -> dict[str, dict[str, Any]]:
    """The documents of a file in the exact form, by id."""
    found = {}
    for part in svc.text(rel).removeprefix("---\n").split("\n---\n"):
        doc = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith("#"))
        found[json.loads(doc["id"])] = {k: json.loads(v) for k, v in doc.items()}
    return found


def test_a_record_loses_its_personal_data_and_nothing_else(desk: Any) -> None:
    before = documents(desk)
    listed = desk("complaint list --json").json
    assert held(desk)

    dry = desk(["erase", desk.first, "-n"])
    assert (dry.ids, held(desk) != []) == ([desk.first, desk.amend], True)
    said = desk(["erase", desk.first])

    assert said.ids == [desk.first, desk.amend]
    assert "contact" in said.err and "2" in said.err
    assert held(desk) == []
    after = documents(desk)
    assert list(after) == list(before)
    assert {i for i in before if before[i] != after[i]} == {desk.first, desk.amend}
    for one in (desk.first, desk.amend):
        kept = [k for k in before[one] if k not in ("contact", "name", "salt", "sum")]
        assert list(after[one]) == [*kept, "pii", "erased", "sum"]
        assert {k: after[one][k] for k in (*kept, "sum")} == {k: before[one][k] for k in (*kept, "sum")}
        assert after[one]["erased"] == "2026-11-24T09:00:00+08:00"
        assert re.fullmatch("[0-9a-f]{32}", after[one]["pii"])
    assert desk("check").out == ""
    now = desk("complaint list --json").json
    blank = {"contact": None, "name": None}
    assert now == [{**row, **blank} if row["id"] == desk.first else row for row in listed]
    files = desk.files()
    again = desk(["erase", desk.first], lang="en")
    assert (again.out, again.err.splitlines()) == ("", ["there is no personal data to erase"])
    assert desk.files() == files


def test_one_follow_up_is_erased_with_its_corrections_only(svc: Any) -> None:
    one = svc(["lost", "add", "--item", "伞", "--place", "大厅", "--found-by", "李敏", "--storage", "柜1"]).id
    claim = svc(["lost", "claim", one, "--claimant", NAME, "--described", "黑伞", "--verified-by", "李敏", "--id-type", "身份证", "--id-last4", "1234"]).id
    amend = svc(["lost", "amend", claim, "--set", f"claimant={NAME[:2]}涵", "--reason", "错字"]).id
    back = svc(["lost", "return", one, "--to", NAME, "--how", "in_person"]).id

    assert svc(["erase", claim]).ids == [claim, amend]
    assert set(held(svc)) == {"ledger/lost/2026-11.yaml"}
    assert documents(svc, "lost/2026-11.yaml")[back]["to"] == NAME
    told = svc(["erase", one, "--json"])
    assert told.json == [{"id": back, "file": "lost/2026-11.yaml", "line": told.json[0]["line"], "fields": ["to"]}]
    assert held(svc) == []
    assert svc("check").out == ""


def test_everything_goes_on_without_the_erased_fields(desk: Any) -> None:
    desk(["erase", desk.first])

    for lang in ("zh", "en"):
        shown = desk(["show", desk.first], lang=lang).out
        assert shown.count({"zh": "个人信息已删除", "en": "ersonal data erased"}[lang]) == 3
        for line in ("complaint list", "today", "log", f"find {NAME}", "complaint list --format csv", "measure complaint.received this", "kinds"):
            desk(line, lang=lang)
    assert [e.get("erased", "")[:10] for e in desk(["show", desk.first, "--json", "--reveal"]).json["history"]] == ["2026-11-24", "", "2026-11-24"]
    same = ["complaint", "add", "--content", "吵", "--contact", "13911112222", "--key", "k1"]
    assert desk(same).ids == [desk.first], "personal values are not compared any more"
    assert "content" in desk.refused([*same[:3], "别的", *same[4:]]).err
    desk(["complaint", "amend", desk.first, "--set", "content=夜里吵", "--reason", "补充"])
    desk(["complaint", "amend", desk.first, "--set", "contact=13911112222", "--reason", "又来了"])
    desk(["complaint", "resolve", desk.first, "--cause", "装修", "--action", "已搬走"])
    desk(["complaint", "callback", desk.first, "--result", "reached", "--score", "5", "--solved", "yes", "--by", "赵琳"])
    desk(["complaint", "void", desk.reply, "--reason", "x", "--approved-by", "陈强"])
    desk(["erase", desk.second])
    desk(["complaint", "void", desk.second, "--reason", "x", "--approved-by", "陈强"])
    desk("report daily 2026-11-24 -o d.xlsx")
    desk("report monthly 2026-11 --format json -o m.json")
    assert desk("check").out == ""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample ledger."""
    import shutil

    folder = tmp_path_factory.mktemp("sample") / "ledger"
    shutil.copytree(Path(__file__).parent.parent.parent / "ledger", folder, ignore=shutil.ignore_patterns(".svcctl"))
    return folder


def test_a_whole_ledger_without_personal_data_still_works(svc: Any, sample: Path) -> None:
    """Every entry of the sample erased: figures, lists and reports are what they were."""
    from svcctl.store import erasing
    from svcctl.store.files import Root
    from svcctl.store.writer import Writer

    svc.ledger = sample
    month = [f"measure {m} 2026-10" for m in ("complaint.received", "lost.returned")]
    before = [svc(line).out for line in month]
    report = svc("report daily 2026-10-15 --format json").json
    with Root(str(sample)) as root:
        ids = {str(p.doc["id"]) for rel in root.month_files() for p in erasing.codec.pieces(root.read(rel)) if p.doc}
        with Writer(root, "", print) as writer:
            done = erasing.erase(writer, ids, "2026-11-24T09:00:00+08:00")
        assert len(done) > 500
        assert erasing.planned(root, ids, "2026-11-25T09:00:00+08:00") == []
    values = tuple(v for one in done for v in one.values if re.fullmatch("1[0-9]{10}", v))
    assert len(set(values)) > 50 and held(svc, values) == []

    assert svc("check").out == ""
    assert [svc(line).out for line in month] == before
    assert svc("report daily 2026-10-15 --format json").json["measures"] == report["measures"]
    svc("report monthly 2026-10 -o m.xlsx")
    for noun in nouns.CATALOGUE:
        svc([noun, "list"])
        for row in svc([noun, "list", "--json", "--limit", "4"]).json:
            svc(["show", row["id"], "--reveal"])
    svc("today")
    svc("log --limit 200")


def test_the_erased_copy_wins_and_the_other_is_named_and_removed(desk: Any) -> None:
    path = desk.ledger / FILE
    whole = path.read_text("utf-8")
    desk(["erase", desk.first])
    other = desk.ledger / "complaints/2026-11.night.yaml"
    other.write_text(whole[: whole.index("\n---\n") + 1], "utf-8")  # from another clone, by a merge

    assert all(row["contact"] is None for row in desk("complaint list --json --reveal").json if row["id"] == desk.first)
    said = desk("check --json", code=1).json
    assert [(p["file"], p["id"], p["code"]) for p in said] == [("complaints/2026-11.night.yaml", desk.first, "unerased-copy")]
    assert desk(["erase", desk.first]).ids == [desk.first]
    assert held(desk) == []
    assert [p["code"] for p in desk("check --json", code=1).json] == ["copy"]


def test_what_it_cannot_reach_is_named_without_a_value(desk: Any) -> None:
    picture = desk.folder / "p.jpg"
    picture.write_bytes(b"picture")
    desk(["complaint", "reply", desk.first, "--text", "见图", "--attach", str(picture)])
    third = desk(["complaint", "add", "--content", f"{NAME}又来了", "--anonymous"]).id
    (desk.ledger / "complaints/2026-11.yaml.torn-20261101T000000Z").write_bytes(b'---\nid: "' + desk.first.encode())
    (desk.ledger / "complaints/2026-11.yaml.damaged-20261101T000000Z").write_text(f"x {PHONE}", "utf-8")
    (desk.ledger / "old.rejected.csv").write_text(f"{NAME},x\n", "utf-8")
    (desk.ledger / "complaints/2026-11.yaml.damaged-20261102T000000Z").write_text("nothing", "utf-8")
    (desk.folder / ".git").mkdir()

    for more in (["-n"], []):
        for lang in ("zh", "en"):
            said = desk(["erase", desk.first, *more], lang=lang)
            if not more and lang == "en":
                break
            lines = said.err.splitlines()[1:]
            assert [re.search(r"[^ ]+(?=(?: 里还有原文| still has it))", line)[0] for line in lines[:3]] == [  # type: ignore[index]
                "old.rejected.csv", "complaints/2026-11.yaml.damaged-20261101T000000Z", "complaints/2026-11.yaml.torn-20261101T000000Z",
            ]  # fmt: skip
            assert "files/" in lines[3] and str(desk.ledger / "files") in lines[3]
            assert third in lines[4] and desk.second not in lines[4]
            assert "svcctl help privacy" in lines[5]
            assert len(lines) == 6
            assert not [v for v in VALUES if v in said.all_err + said.out]


def test_only_that_document_of_a_file_written_by_hand_is_rewritten(svc: Any) -> None:
    desk = svc
    one = desk(["repair", "add", "--place", "大厅", "--fault", "灯", "--reporter", NAME, "--contact", PHONE]).id
    two = desk(["repair", "add", "--place", "后门", "--fault", "门", "--reporter", "王芳"]).id
    path = desk.ledger / "repairs/2026-11.yaml"
    first, second = path.read_text("utf-8").removeprefix("---\n").split("\n---\n")
    loose = "\n".join(reversed(first.splitlines())).replace(f'"{NAME}"', f"{NAME}   # 常客")
    other = second.replace('fault: "门"', "fault:   |-\n  门\n# 王芳 等着")
    path.write_text(f"# 手记\n---\n# {PHONE} 打过\n{loose}\n# 电话 {PHONE}\n# 下一条是后门\n---\n{other}\n# 完\n", "utf-8")
    assert desk("check").out == ""

    assert desk(["erase", one]).ids == [one]

    text = path.read_text("utf-8")
    assert text.startswith(f'# 手记\n---\nid: "{one}"\nkind: "repair"\nevent: "add"\nat: ')
    assert text.endswith(f"\n# 下一条是后门\n---\n{other}\n# 完\n")
    assert held(desk) == [] and two in text
    assert desk("check").out == ""


def test_damage_and_waiting_groups_are_refused_before_anything_is_changed(desk: Any) -> None:
    path = desk.ledger / FILE
    copy = desk.ledger / "complaints/2026-11.night.yaml"
    copy.write_text(path.read_text("utf-8").replace("吵", "闹"), "utf-8")
    assert "check --repair" in desk.refused(["erase", desk.first]).err
    desk("check --repair")
    said = desk(["erase", desk.first])
    assert "2026-11.night.yaml.damaged-" in said.err

    path = next(p for p in (path, copy) if desk.second in p.read_text("utf-8"))  # of the copies that were sound one stays
    os.link(path, desk.folder / "again.yaml")
    assert desk.refused(["erase", desk.second]).code == 3
    assert desk.refused("erase", code=2).code == 2
    assert desk.refused("erase cp-0000000000", code=4).code == 4


def test_a_kill_at_any_call_and_again_finishes(desk: Any) -> None:
    path = desk.ledger / FILE
    other = desk.ledger / "complaints/2026-10.yaml"
    start = path.read_bytes()
    copy = start[: start.index(b"\n---\n") + 1]
    k, unfinished = 0, 0
    while True:
        k += 1
        path.write_bytes(start)
        other.write_bytes(copy)
        died = killed_at(k, lambda: desk(["erase", desk.first]))
        if not died:
            break
        unfinished += bool(held(desk))
        desk(["erase", desk.first])
        assert held(desk) == [], k
        assert not list(desk.ledger.glob("*/.*.tmp")), k
    assert unfinished > 10


@pytest.mark.parametrize(("answer", "done"), [("n", False), ("y", True)])
def test_it_asks_on_a_terminal(desk: Any, answer: str, done: bool) -> None:
    terminal = Terminal(desk, ["erase", desk.first])
    terminal.expect(r"无法恢复 \[y/N\]|？无法恢复.*\[y/N\]")
    assert held(desk)
    terminal.type(answer)

    assert terminal.end() == 0
    assert (held(desk) == []) == done
    assert not [v for v in VALUES if v in terminal.text]


def test_what_was_done_and_could_not_be_told_is_no_refusal(desk: Any) -> None:
    with open("/dev/full", "w") as full:
        said = desk.process(["erase", desk.first], code=6, stdout=full, stderr=subprocess.PIPE)
    assert desk.first in said.all_err and "重做是安全的" in said.all_err
    assert held(desk) == []
