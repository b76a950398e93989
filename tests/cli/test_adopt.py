"""``check --adopt`` and ``check --repair`` at the command line: what a person sees and what the files are afterwards."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, os.fspath(Path(__file__).parent.parent / "store"))
from store_kit import killed_at
from test_prompts import Terminal

REPAIRS = "repairs/2026-11.yaml"
TYPED = """---
kind: repair
event: add
at: 2026-11-23 08:31      # when she rang
unit: A-101
fault: 卫生间灯不亮
reporter: 王芳
contact: "13800001234"
party: property
by: 李敏
key: hand-1
"""
FOLLOW = """---
kind: repair
event: dispatch
of: key:hand-1
to: 张师傅
at: 2026-11-23 09:00
"""


def append(svc: Any, rel: str, text: str) -> None:
    path = svc.ledger / rel
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_typed_entry_is_signed_where_it_stands(svc: Any) -> None:
    first = svc("repair add --place 大厅 --fault 灯 --key a").id
    append(svc, REPAIRS, TYPED + FOLLOW)
    last = svc("repair add --place 后门 --fault 门 --key b").id  # it writes on, past what was typed
    before = svc.text(REPAIRS)
    assert "svcctl" not in before
    assert svc("check", code=1).out.count(REPAIRS) == 2
    dry = svc("check --adopt -n", code=1)
    assert dry.err.count("会收入") == 2
    assert svc.text(REPAIRS) == before

    said = svc("check --adopt")

    one, two = said.ids
    assert [f"{REPAIRS}:" in line for line in said.err.splitlines()] == [True, True]
    parts = svc.text(REPAIRS).removeprefix("---\n").split("\n---\n")
    docs = [{line.split(": ", 1)[0]: json.loads(line.split(": ", 1)[1]) for line in part.splitlines()} for part in parts]
    assert [d["id"] for d in docs] == [first, one, two, last]
    assert list(docs[1]) == ["id", "kind", "event", "at", "recorded", "by", "unit", "fault", "reporter", "contact", "urgency", "party", "due", "key", "salt", "sum"]
    assert (docs[1]["at"], docs[1]["due"]) == ("2026-11-23T08:31:00+08:00", "2026-11-24T08:31:00+08:00")
    assert (docs[2]["of"], docs[2]["by"]) == (one, "李敏")
    assert docs[2]["recorded"] > docs[1]["recorded"] > docs[3]["recorded"]
    assert svc.text(REPAIRS).startswith(before[: before.index("---\nkind")])
    assert svc.text(REPAIRS).endswith(before[before.rindex("---\n") :])
    assert svc(["show", one, "--json"]).json["state"] == "dispatched"
    assert svc("check").out == svc("check --adopt").out == ""
    assert svc(["repair", "finish", "A-101", "--result", "fixed"], code=0).id


def test_order_does_not_matter_nor_a_missing_line_feed(svc: Any) -> None:
    """A follow-up before its record, a unit that is only typed too, an editor that writes no last line feed, CRLF."""
    svc("unit add --no A-100")
    append(svc, REPAIRS, (FOLLOW + TYPED).removesuffix("\n"))
    append(svc, "units/2026-11.yaml", "---\nkind: unit\nevent: add\nno: A-101\n".replace("\n", "\r\n"))

    assert len(svc("check --adopt").ids) == 3

    assert svc("check").out == ""
    assert [r["state"] for r in svc("repair list --json").json] == ["dispatched"]
    assert not list(svc.ledger.rglob("*.torn-*"))


def test_what_cannot_be_taken_in_stays_and_is_told_why(svc: Any) -> None:
    svc.site("points", """{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}""")
    svc("repair add --place 大厅 --fault 灯 --key a")
    svc("unit add --no A-101")
    texts = {
        "units/2026-11.yaml": TYPED, REPAIRS: "".join([
            TYPED.replace("A-101", "B-7").replace("hand-1", "b"), TYPED.replace("urgency", "x").replace("party: property", "party: nobody").replace("hand-1", "c"),
            TYPED.replace("2026-11-23", "2026-10-23").replace("hand-1", "d"), FOLLOW.replace("hand-1", "d"), TYPED.replace("hand-1", "a"),
            TYPED.replace("hand-1", "e") + 'salt: "00"\n', "---\nkind: zebra\nevent: add\n", "---\nfault: x\n",
        ]),
        "cash/2026-11.yaml": "---\nkind: cash\nevent: count\npoint: front\ncount: 100x9\nto: 王芳\nat: 2026-11-24 08:00\n",
        "fees/2026-11.yaml": "---\nkind: fee\nevent: pay\ntenant: T\namount: 5\nmethod: cash\npoint: front\nreceipt: R1\n",
    }  # fmt: skip
    for rel, text in texts.items():
        append(svc, rel, text)
    before = svc.files()

    for lang in ("zh", "en"):
        said = svc("check --adopt", code=1, lang=lang)
        taken = said.ids[:2] if lang == "zh" else []
        told = {line.split(": ")[0]: line for line in said.err.splitlines()}
        assert "repairs/2026-11.yaml" in next(v for k, v in told.items() if k.startswith("units/"))
        reasons = [v for k, v in told.items() if k.startswith(REPAIRS)]
        assert len(reasons) == 8
        for word, reason in zip(["B-7", "--party", "repairs/2026-10.yaml", "key:d", "--key", "salt", "zebra", "kind"], reasons, strict=True):
            assert word in reason, (word, reason)
        assert "王芳" not in said.err and "13800001234" not in said.err
        assert any("cash/2026-11.yaml" in v for k, v in told.items() if k.startswith("fees/"))
        if lang == "zh":
            assert len(taken) == 2  # the count with the variance that it brings, into its own file
            assert svc.text("cash/2026-11.yaml").count("\nid: ") == 2
    after = svc.files()
    assert {f for f in before if before[f] != after[f]} == {"cash/2026-11.yaml"}
    assert [r["type"] for r in svc("cash list --json").json if r.get("type")] == ["short"]


def test_nothing_is_written_into_a_damaged_file(svc: Any) -> None:
    svc("repair add --place 大厅 --fault 灯 --key a")
    append(svc, REPAIRS, TYPED)
    svc("repair add --place 后门 --fault 门 --key b")
    path = svc.ledger / REPAIRS
    path.write_text(path.read_text("utf-8").replace("后门", "前门"), "utf-8")
    before = svc.files()

    said = svc("check --adopt", code=1)

    assert "svcctl check --repair" in said.err
    assert svc.files() == before
    assert len(svc("check --repair --adopt").ids) == 1
    assert svc("check").out == ""


def test_a_kill_at_any_call_leaves_the_typed_or_the_signed_entry(svc: Any) -> None:
    svc("repair add --place 大厅 --fault 灯 --key a")
    append(svc, REPAIRS, TYPED + FOLLOW)
    path = svc.ledger / REPAIRS
    start = path.read_bytes()
    k, seen = 0, set()

    def work() -> None:
        svc("check --adopt")

    while True:
        k += 1
        path.write_bytes(start)
        died = killed_at(k, work)
        text = path.read_text("utf-8")
        documents = text.count("---\nkind"), text.count("---\nid")
        assert sum(documents) == 3, k
        seen.add(documents)
        if not died:
            break
        assert len(svc("check --adopt").ids) == documents[0]
        assert not list(svc.ledger.glob("*/.*.tmp"))
    assert seen == {(2, 1), (1, 2), (0, 3)}


def test_repair_says_what_it_set_aside_and_where_a_copy_may_be(svc: Any) -> None:
    ids = [svc(["repair", "add", "--place", "大厅", "--fault", f"灯{n}"]).id for n in range(4)]
    path = svc.ledger / REPAIRS
    sound = path.read_text("utf-8")
    path.write_text(sound.replace("灯1", "窗1").replace("灯2", '灯2"'), "utf-8")
    before = svc.files()
    assert "svcctl check" in svc.refused("repair add --place x --fault y").err
    for lang in ("zh", "en"):
        dry = svc("check --repair -n", code=1, lang=lang)
        assert dry.out.count(REPAIRS) == 2
        assert all(i in dry.err for i in ids[1:3])
    assert svc.files() == before

    said = svc("check --repair", lang="en")

    (aside,) = svc.ledger.rglob("*.damaged-*")
    line = next(x for x in said.err.splitlines() if "set aside in" in x)
    assert line.startswith(f"{REPAIRS}: 2 damaged ({ids[1]}, {ids[2]}), set aside in {aside.relative_to(svc.ledger)}")
    assert "git log -p" in said.err
    assert said.out == svc("check --repair").err == ""
    assert [r["id"] for r in svc("repair list --json").json] == [ids[0], ids[3]]
    assert aside.stat().st_mode & 0o777 == 0o600
    svc("repair add --place x --fault y")


def test_git_takes_no_kept_file_of_an_older_ledger(svc: Any) -> None:
    """Its .gitignore was written before there were kept files of this sort; what somebody added to it stays."""
    ignored = svc.ledger / ".gitignore"
    whole = svc.text(".gitignore")
    assert {"*.torn-*", "*.damaged-*", "*.rejected.csv", ".*.tmp"} <= set(whole.splitlines())
    ignored.write_text("# ours\n.svcctl/\n*.torn-*\nmine", "utf-8")
    svc("check --repair")
    lines = svc.text(".gitignore").splitlines()
    assert lines[:4] == ["# ours", ".svcctl/", "*.torn-*", "mine"]
    assert set(lines[4:]) == {"*.damaged-*", "*.aside-*", "*.rejected.csv", ".*.tmp", "*.xlsx"}
    ignored.unlink()
    svc("check --repair")
    assert not ignored.exists()


def test_a_file_that_cannot_be_read_hinders_no_other(svc: Any) -> None:
    svc("repair add --place 大厅 --fault 灯")
    path = svc.ledger / REPAIRS
    path.write_text(path.read_text("utf-8").replace("大厅", "小厅"), "utf-8")
    (svc.ledger / "complaints").mkdir()
    (svc.ledger / "complaints/2026-11.yaml").symlink_to(path)
    said = svc("check --repair", code=1, lang="en")
    assert "complaints/2026-11.yaml: found a symbolic link" in said.err
    assert f"{REPAIRS}: 1 damaged" in said.err and svc.text(REPAIRS) == ""


def test_the_options_go_together_with_json_and_dry_run_needs_one(svc: Any) -> None:
    append(svc, REPAIRS, TYPED)
    assert "--repair" in svc.refused("check -n", code=2).err
    said = svc("check --adopt --json")
    assert said.json == []
    assert re.search(r"^rp-[0-9a-z]{10}$", said.err, re.MULTILINE)
    assert svc("check --repair --json").json == []


@pytest.mark.parametrize(("answer", "changed"), [("n", False), ("", False), ("y", True), ("是", True)])
def test_on_a_terminal_damage_is_shown_and_asked_for(svc: Any, answer: str, changed: bool) -> None:
    svc("repair add --place 大厅 --fault 灯")
    path = svc.ledger / REPAIRS
    path.write_text(path.read_text("utf-8").replace("大厅", "小厅"), "utf-8")
    before = svc.files()

    terminal = Terminal(svc, ["check", "--repair"])
    terminal.expect(r"\[y/N\]")
    assert f"{REPAIRS}:1: " in terminal.text
    assert svc.files() == before
    terminal.type(answer)

    assert terminal.end() == (0 if changed else 1)
    assert (svc.files() != before) == changed


def test_a_dry_run_shows_the_entry_and_its_file_as_elsewhere(svc: Any) -> None:
    append(svc, REPAIRS, TYPED + FOLLOW)
    before = svc.files()

    said = svc("check --adopt -n", code=1)

    assert svc.files() == before
    one, two = said.out.split(f"# {REPAIRS}\n---\n")[1:]
    docs = dict(line.split(": ", 1) for line in one.splitlines())
    assert docs["unit"] == '"A-101"' and docs["reporter"] == '"王*"' and docs["due"] == '"2026-11-24T08:31:00+08:00"'
    assert not {"id", "recorded", "sum", "salt"} & set(docs)
    assert '\nto: "张师傅"\n' in two and said.err.count("会收入") == 2
    as_json = svc("check --adopt -n --json", code=1)
    assert [p["code"] for p in as_json.json] == ["unsigned", "unsigned"]


def test_what_was_typed_for_a_sealed_month_is_taken_in_as_late(svc: Any) -> None:
    """By the rules of the verbs: with a reason, marked, and in the file of the month it is recorded in."""
    old = svc("repair add --place 大厅 --fault 灯 --party property --key a", at="2026-10-05T09:00:00+08:00").id
    svc("seal 2026-10", at="2026-11-03T09:00:00+08:00")
    late = TYPED.replace("2026-11-23", "2026-10-23")
    append(svc, REPAIRS, late + f"---\nkind: repair\nevent: amend\nof: {old}\nfault: 灯坏\nreason: 写错\nlate: 夜班本\n")
    append(svc, "repairs/2026-10.yaml", late.replace("hand-1", "hand-2"))
    append(svc, REPAIRS, TYPED.replace("hand-1", "hand-3"))
    before = svc.files()
    for lang in ("zh", "en"):
        said = svc("check --adopt -n", code=1, lang=lang)
        assert said.err.count({"zh": "svcctl check --adopt --late 原因", "en": "svcctl check --adopt --late REASON"}[lang]) == 2
    dry = svc(["check", "--adopt", "--late", "夜班本上漏登", "-n"], code=1)
    assert svc.files() == before and dry.out.count('late: "夜班本上漏登"') == 1 and dry.out.count('late: "夜班本"') == 1

    said = svc(["check", "--adopt", "--late", "夜班本上漏登"], code=1)

    assert len(said.ids[:3]) == 3
    assert "它应在 repairs/2026-11.yaml" in said.err and "svcctl repair add … --late 原因" in said.err
    path = svc.ledger / "repairs/2026-10.yaml"
    text = path.read_text("utf-8")
    cut = text.index("---\nkind:")
    append(svc, REPAIRS, text[cut:])  # as it says
    path.write_text(text[:cut], "utf-8")
    svc(["check", "--adopt", "--late", "夜班本上漏登"])
    assert svc("check").out == ""
    lates = [json.loads(line.partition(": ")[2]) for line in svc.text(REPAIRS).splitlines() if line.startswith("late: ")]
    assert lates == ["夜班本上漏登", "夜班本", "夜班本上漏登"]


def test_a_reason_goes_with_adopting_only(svc: Any) -> None:
    assert "--adopt" in svc.refused("check --late x", code=2).err


@pytest.mark.parametrize(("lang", "way"), [
    ("zh", r"先把这几行移到 (\S+)，再收入并写明原因：svcctl (check --adopt --late 原因)"),
    ("en", r"first move these lines into (\S+), then say why: svcctl (check --adopt --late REASON)"),
])  # fmt: skip
def test_what_was_typed_into_the_file_of_a_sealed_month_is_taken_in_as_it_says(svc: Any, lang: str, way: str) -> None:
    svc("repair add --place 大厅 --fault 灯 --party property", at="2026-10-05T09:00:00+08:00")
    svc("seal 2026-10", at="2026-11-03T09:00:00+08:00")
    append(svc, "repairs/2026-10.yaml", TYPED.replace("2026-11-23", "2026-10-21"))

    told = re.search(way, svc("check --adopt -n", code=1, lang=lang).err)
    assert told is not None
    early = svc(told[2], code=1, lang=lang)  # without the move the way is told again
    assert f"{REPAIRS}" in early.err and f"svcctl {told[2]}" in early.err

    path = svc.ledger / "repairs/2026-10.yaml"
    text = path.read_text("utf-8")
    cut = text.index("---\nkind:")
    append(svc, told[1], text[cut:])
    path.write_text(text[:cut], "utf-8")
    svc(told[2], lang=lang)
    assert svc("check").out == ""
