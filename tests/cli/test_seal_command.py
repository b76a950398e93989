"""``seal``: a month is closed; what comes later is refused or marked; what is lost or changed afterwards is named."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcctl import nouns
from svcctl.entry import Place
from svcctl.seal import Seal
from svcctl.store import codec
from svcctl.store.files import Root
from svcctl.store.seals import docs_of
from svcctl.store.writer import Writer

OCTOBER = "2026-10-05T09:00:00+08:00"
SEALED = "2026-11-03T09:00:00+08:00"
LATE = "--late 夜班本上漏登"
FILE = "repairs/2026-10.yaml"


def repair(svc: Any, at: str = OCTOBER, more: str = "") -> str:
    return str(svc(f"repair add --unit A-101 --fault 灯不亮 --party property --reporter 王芳 {more}", at=at).id)


def sealed(svc: Any, month: str = "2026-10", at: str = SEALED) -> str:
    return str(svc(f"seal {month}", at=at).id)


def documents(svc: Any, rel: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(svc.text(rel)))


def problems(svc: Any, code: int = 1) -> list[tuple[str, str]]:
    return [(p["id"], p["code"]) for p in svc("check --json", code=code).json]


# -- closing -------------------------------------------------------------------------------------------------------------


def test_a_month_is_closed_once_it_is_over(svc: Any) -> None:
    one = repair(svc)
    early = svc.refused("seal 2026-10", at="2026-10-31T23:59:59+08:00")
    assert early.err == "svcctl: MONTH: 2026-10 还没有过完：应为2026-11-01 00:00 之后\n"

    said = svc("seal 上月 --note 月结", at="2026-11-01T00:00:00+08:00")

    assert said.id.startswith("se-")
    (main, page) = documents(svc, "seals/2026-10.yaml")
    assert said.err == f"结账 2026-10：1 条（报修 1），校验码 {main['hash']}\n"
    assert (main["id"], main["event"], main["month"], main["by"], main["note"]) == (said.id, "seal", "2026-10", "李敏", "月结")
    assert main["counts"] == {"repair": "1"} and main["settings"] == svc.text("ledger.yaml")
    assert page["of"] == said.id and page["entries"] == {one: documents(svc, FILE)[0]["sum"]}
    assert (svc("check").out, svc("check").err) == ("", "")


def test_closing_it_again_says_so_and_gives_the_same_id(svc_en: Any) -> None:
    repair(svc_en)
    one, before = sealed(svc_en), svc_en.files()

    again = svc_en("seal 2026-10 --by Zhao")

    assert (again.id, again.err) == (one, "2026-10 was sealed by 李敏 on 2026-11-03, and nothing has come since\n")
    assert svc_en("seal 2026-10 --accept --reason x").id == one
    assert svc_en("seal 2026-10 --json").json["id"] == one
    assert svc_en.files() == before


def test_a_month_without_entries_can_be_closed(svc: Any) -> None:
    one = sealed(svc, "2026-09")

    assert documents(svc, "seals/2026-09.yaml")[0]["id"] == one
    svc.refused("repair add --unit A-101 --fault x --at '2026-09-07 08:00'")
    svc("check")


def test_months_are_listed(svc: Any) -> None:
    repair(svc, "2026-09-05T09:00:00+08:00")
    repair(svc)
    repair(svc)
    one = sealed(svc)
    svc.plant(FILE, id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-10-20T08:00:00+08:00", unit="A-1", fault="灯", party="property")

    rows = svc("seal --json").json

    found = documents(svc, "seals/2026-10.yaml")[0]
    assert rows[0] == {
        "month": "2026-09", "state": "open", "entries": 1, "id": None, "at": None, "by": None, "hash": None, "arrived": 0, "others": [], "supplements": [],
    }  # fmt: skip
    assert rows[1] == {
        "month": "2026-10", "state": "sealed", "entries": 3, "id": one, "at": SEALED, "by": "李敏", "hash": found["hash"], "arrived": 1, "others": [],
        "supplements": [],
    }  # fmt: skip
    table = svc("seal").out.splitlines()
    assert table[0].split() == ["月份", "状态", "记录", "结账后到", "结账", "结账人", "编号", "校验码"]
    assert table[2].split() == ["2026-09", "未结", "1"]
    assert table[3].split() == ["2026-10", "已结", "3", "1", "2026-11-03", "09:00", "李敏", one, found["hash"][:16]]


def test_the_same_month_of_a_site_with_months_of_its_own(svc: Any) -> None:
    """Files and seals are calendar months; the measures are those of the reporting month of that name."""
    svc.site("month_start_day", "10")
    svc.site("day_cutoff", '"06:00"')
    repair(svc, "2026-09-20T09:00:00+08:00")
    repair(svc, "2026-10-05T09:00:00+08:00")
    repair(svc, "2026-10-20T09:00:00+08:00")
    sealed(svc)

    main = documents(svc, "seals/2026-10.yaml")[0]

    assert main["counts"] == {"repair": "2"}
    assert main["measures"]["repair.received"] == "2" == svc("measure repair.received 2026-10 --json").json["value"]
    svc.site("month_start_day", "1")
    svc.refused("seal 2026-09", at="2026-10-01T05:59:00+08:00")  # the business day of the 30th is not over


def test_totals_are_of_what_stands_and_by_type(svc: Any) -> None:
    svc("tenant add --name 老王面馆", at=OCTOBER)
    charge = svc("fee charge --tenant 老王面馆 --item property --amount 100 --due 2026-10-31", at=OCTOBER).id
    gone = svc("fee charge --tenant 老王面馆 --item property --amount 7 --due 2026-10-31", at=OCTOBER).id
    svc(f"fee void {gone} --reason 重复 --approved-by 陈经理", at=OCTOBER)
    svc("fee pay --tenant 老王面馆 --amount 60.50 --method cash", at=OCTOBER)
    svc(f"fee adjust {charge} --type waiver --amount 5 --reason 优惠 --approved-by 陈经理", at=OCTOBER)
    svc(f"fee adjust {charge} --type writeoff --amount 3 --reason 坏账 --approved-by 陈经理", at=OCTOBER)
    svc("fee charge --tenant 老王面馆 --item property --amount 900 --due 2026-11-30", at="2026-11-02T08:00:00+08:00")
    sealed(svc)

    main = documents(svc, "seals/2026-10.yaml")[0]

    assert main["totals"] == {"fee.adjust{type=waiver}": "5.00", "fee.adjust{type=writeoff}": "3.00", "fee.charge": "100.00", "fee.pay": "60.50"}
    assert main["measures"]["fee.billed"] == "100.00" == svc("measure fee.billed 2026-10 --json").json["value"]
    for name, value in main["measures"].items():
        assert "{" not in name
        assert value == (svc(["measure", name, "2026-10", "--json"]).json["value"] or ""), name


def test_a_dry_run_shows_and_writes_nothing(svc: Any) -> None:
    repair(svc)
    before = svc.files()

    said = svc("seal 2026-10 -n")

    assert svc.files() == before
    assert said.out.startswith("# seals/2026-10.yaml\n---\nkind: \"seal\"\n") and "\nhash: " in said.out and "\nid: " not in said.out
    assert svc("seal 2026-10 -n --json").json["counts"] == {"repair": 1}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("seal 2026-10 --accept", 2), ("seal 2026-10 --reason x", 2), ("seal --accept --reason x", 2), ("seal -n", 2), ("seal 2026-W40", 2), ("seal 2026-1", 2),
        ("seal 2026-10 --accept --reason x", 3), ("seal 2026-11", 3), ("seal this", 3),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(svc: Any, line: str, code: int) -> None:
    repair(svc)
    svc.refused(line, code=code)


def test_somebody_closes_it(svc: Any) -> None:
    repair(svc)
    assert "--by" in svc.refused("seal 2026-10", code=2, env={"SVCCTL_BY": ""}).err
    svc.site("staff", "[{name: 李敏}]")
    assert "赵琳" in svc.refused("seal 2026-10 --by 赵琳").err


def test_a_damaged_ledger_is_not_closed(svc: Any) -> None:
    one = repair(svc)
    path = svc.ledger / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("灯不亮", "灯不灭"), encoding="utf-8")

    said = svc.refused("seal 2026-10")

    assert said.err.startswith(f"svcctl: {FILE}:1: 台账有损坏") and "svcctl check" in said.err
    path.unlink()
    repair(svc)
    sealed(svc)
    seal = svc.ledger / "seals/2026-10.yaml"
    seal.write_text(seal.read_text(encoding="utf-8").replace("李敏", "李明"), encoding="utf-8")
    assert "seals/2026-10.yaml:1" in svc.refused("seal 2026-09").err
    assert "seals/2026-10.yaml" in svc.refused("repair add --unit A-101 --fault x --at 2026-10-07").err  # sealed or not?
    assert one


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_fault_whose_outcome_is_unknown_says_how_to_find_out_of_a_seal(new_desk: Any, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """Each ``fsync`` fails in turn; where it is not known whether the seal is there, doing it again tells."""
    seen, fsync = 0, os.fsync
    for failing in range(1, 20):
        svc = new_desk("zh")
        repair(svc)
        calls = iter(range(1, 1000))

        def fault(fd: int, calls: Iterator[int] = calls, failing: int = failing) -> None:
            if next(calls) == failing:
                raise OSError(errno.EIO, "broken")
            fsync(fd)

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fault)
            said = svc("seal 2026-10", at=SEALED, code=None, lang=lang)
        if next(calls) <= failing:
            break
        if said.code == 6:
            seen += 1
            assert "svcctl check" in said.err and "svcctl seal 2026-10" in said.err, said.err
            assert "svcctl show" not in said.err and "--key" not in said.err
        assert svc("seal 2026-10", at=SEALED).id
        assert svc("check", at=SEALED).out == ""
    assert seen


# -- what comes afterwards -----------------------------------------------------------------------------------------------


@pytest.fixture
def closed(svc: Any) -> Any:
    """A desk whose October is sealed, with a repair of then and one of now."""
    svc("tenant add --name 老王面馆 --key t", at=OCTOBER)
    repair(svc, more="--key old")
    svc("fee charge --tenant 老王面馆 --item property --amount 100 --due 2026-10-31 --key c1", at=OCTOBER)
    svc("fee pay --tenant 老王面馆 --amount 30 --method cash --key p1 --for key:c1=10", at=OCTOBER)
    sealed(svc)
    repair(svc, "2026-11-20T09:00:00+08:00", "--key new")
    return svc


WAYS = {
    "add": "repair add --unit A-9 --fault x --at '2026-10-31 23:59'",
    "follow": "repair follow key:old --text x --at '2026-10-06 08:00'",
    "amend": "repair amend key:old --set fault=x --reason y",
    "void": "repair void key:old --reason x --approved-by 陈经理",
    "pay": "fee pay --tenant 老王面馆 --amount 5 --method cash --at 2026-10-30",
    "apply": "fee apply --tenant 老王面馆 --at 2026-10-30",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_month_takes_nothing_without_a_reason(closed: Any, way: str) -> None:
    for more in ("", " -n", " --json", " --key k"):
        said = closed.refused(WAYS[way] + more)
        assert "2026-10 已由李敏于 2026-11-03 结账" in said.err and "--late" in said.err
    closed("check")


@pytest.mark.parametrize("way", WAYS)
def test_with_a_reason_it_is_stored_with_what_is_recorded_now(closed: Any, way: str) -> None:
    before = closed.files()

    dry = closed(f"{WAYS[way]} {LATE} -n")
    assert closed.files() == before
    said = closed(f"{WAYS[way]} {LATE} --key k")

    changed = [rel for rel, data in closed.files().items() if before.get(rel) != data]
    assert changed and all(rel.endswith("/2026-11.yaml") for rel in changed)
    assert f"# {changed[0]}" in dry.out and 'late: "夜班本上漏登"' in dry.out
    assert "这个月还没有结账" not in said.err
    for rel in changed:
        new = closed.text(rel)[len(before.get(rel, b"").decode()) :]
        for doc in yaml.safe_load_all(new):
            assert doc["late"] == "夜班本上漏登" and list(doc)[-3:] in (["late", "salt", "sum"], ["key", "late", "sum"]), doc
            assert doc["at"].startswith("2026-10") or doc["event"] in ("amend", "void")
    assert closed(f"{WAYS[way]} {LATE} --key k").ids == said.ids  # repeating is safe, with the reason and without
    assert closed(f"{WAYS[way]} --key k").ids == said.ids
    assert "late" in closed.refused(f"{WAYS[way]} --late 别的 --key k").err
    closed("check")
    assert closed(f"show {said.ids[0]} --json").json["history"][-1]["late"] == "夜班本上漏登"
    assert "（补录：夜班本上漏登）" in closed(f"show {said.ids[0]}").out
    rows = {row["id"]: row["late"] for row in closed(f"{WAYS[way].split()[0]} list --json").json}
    assert rows.pop(said.ids[0], "夜班本上漏登") == "夜班本上漏登" and set(rows.values()) <= {None}  # of a record, not of its follow-ups


def test_a_late_entry_belongs_to_the_month_it_was_recorded_in(closed: Any) -> None:
    """Its file, its count and its seal are that month's; its corrections change the month it lies in, so they are late too."""
    one = closed(f"repair add --unit A-9 --fault x --at '2026-10-31 20:00' {LATE}").id
    closed.refused(f"repair amend {one} --set fault=y --reason z")
    closed(f"repair amend {one} --set fault=y --reason z {LATE}")
    closed(f"repair follow {one} --text y")
    closed("seal 2026-11", at="2026-12-01T09:00:00+08:00")

    closed.refused(f"repair amend {one} --set fault=z --reason z", at="2026-12-01T10:00:00+08:00")
    closed(f"repair amend {one} --set fault=z --reason z {LATE}", at="2026-12-01T10:00:00+08:00")
    closed("check", at="2026-12-01T11:00:00+08:00")
    assert [(r["month"], r["entries"], r["arrived"]) for r in closed("seal --json", at="2026-12-01T11:00:00+08:00").json] == [
        ("2026-10", 4, 0), ("2026-11", 4, 0), ("2026-12", 1, 0),
    ]  # fmt: skip


def test_corrections_of_corrections_are_of_the_month_they_lead_to(svc: Any) -> None:
    one = repair(svc)
    amend = svc(f"repair amend {one} --set fault=x --reason y", at="2026-11-02T09:00:00+08:00").id
    assert len(documents(svc, "repairs/2026-11.yaml")) == 1
    sealed(svc)
    assert documents(svc, "seals/2026-10.yaml")[0]["counts"] == {"repair": "2"}

    svc.refused(f"repair void {amend} --reason x --approved-by 陈经理")
    svc(f"repair void {amend} --reason x --approved-by 陈经理 {LATE}")
    svc("check")


def test_undo_of_what_was_sealed_meanwhile(svc: Any) -> None:
    svc("repair add --unit A-1 --fault x --at '2026-10-31 08:00'", at="2026-11-03T08:59:00+08:00")
    sealed(svc)

    svc.refused("undo", at="2026-11-03T09:01:00+08:00")
    svc(f"undo {LATE}", at="2026-11-03T09:01:00+08:00")
    svc("check")


def test_a_reason_where_nothing_is_closed_is_noted_and_not_stored(closed: Any) -> None:
    for line in ("repair add --unit A-1 --fault x", "repair add --unit A-1 --fault x --at 2026-09-03", "repair follow key:old --text x"):
        said = closed(f"{line} {LATE}")
        assert "这个月还没有结账" in said.err
        assert "late" not in closed(f"show {said.id} --json").json["history"][-1]


def test_a_clock_that_stands_in_a_closed_month_is_found_out(closed: Any) -> None:
    (closed.ledger / ".svcctl").joinpath("recorded").unlink()
    shutil.rmtree(closed.ledger / "repairs")
    for rel in closed.ledger.rglob("*/2026-1*.yaml"):
        rel.unlink() if rel.parent.name != "seals" else None
    seal = closed.ledger / "seals/2026-10.yaml"
    seal.write_text(seal.read_text(encoding="utf-8").replace("2026-11-03T09", "2026-10-03T09"), encoding="utf-8")
    docs = [{k: v for k, v in d.items() if k != "sum"} for d in yaml.safe_load_all(seal.read_text(encoding="utf-8"))]
    seal.write_bytes(b"".join(codec.dump({**d, "sum": codec.sums(d, ())[0]}) for d in docs))

    said = closed.refused(f"repair add --unit A-1 --fault x {LATE}", at="2026-10-20T09:00:00+08:00")

    assert "时钟" in said.err


def test_a_stream_says_late_in_a_key(closed: Any) -> None:
    entries: list[dict[str, str]] = [
        {"kind": "repair", "event": "add", "unit": "A-7", "fault": "x", "at": "2026-10-09T08:00:00+08:00", "key": "s1"},
        {"kind": "repair", "event": "add", "unit": "A-7", "fault": "x", "at": "2026-10-09T08:00:00+08:00", "key": "s2", "late": "断网"},
        {"kind": "repair", "event": "follow", "of": "key:s2", "text": "y", "at": "2026-10-10T08:00:00+08:00", "late": "断网"},
        {"kind": "repair", "event": "follow", "of": "key:s2", "text": "z", "at": "2026-09-30T08:00:00+08:00"},
        {"kind": "fee", "event": "apply", "tenant": "老王面馆", "at": "2026-10-30T08:00:00+08:00"},
        {"kind": "fee", "event": "apply", "tenant": "老王面馆", "at": "2026-11-20T08:00:00+08:00"},
    ]

    said = closed("append --from -", stdin="\n".join(map(json.dumps, entries)), code=3)

    assert len(said.ids) == 3 and [line.split("：")[0] for line in said.err.splitlines()] == ["第 1 行", "第 4 行", "第 5 行", "3 条未接受，其余已入账"]
    closed("check")
    assert [d["late"] for d in documents(closed, "repairs/2026-11.yaml") if "late" in d] == ["断网", "断网"]


def test_a_late_record_is_written_before_what_follows_it_in_an_earlier_month(svc: Any) -> None:
    """October is sealed, November is not, it is December: the record's file is the later one, and is damaged."""
    repair(svc)
    sealed(svc)
    now = "2026-12-05T09:00:00+08:00"
    repair(svc, now)
    path = svc.ledger / "repairs/2026-12.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("灯不亮", "灯不灭"), encoding="utf-8")
    shutil.rmtree(svc.ledger / ".svcctl" / "clean")
    entries = [
        {"kind": "repair", "event": "add", "unit": "A-7", "fault": "x", "at": "2026-10-09T08:00:00+08:00", "key": "s", "late": "断网"},
        {"kind": "repair", "event": "follow", "of": "key:s", "text": "y", "at": "2026-11-10T08:00:00+08:00"},
    ]

    said = svc("append --from -", stdin="\n".join(map(json.dumps, entries)), code=3, at=now)

    assert said.out == "" and not (svc.ledger / "repairs/2026-11.yaml").exists()


def test_an_import_into_a_closed_month(closed: Any) -> None:
    path = closed.folder / "cwd" / "in.csv"
    path.write_text("unit,fault,at,key\nA-1,x,2026-10-09 08:00,i1\nA-2,y,2026-11-09 08:00,i2\n", encoding="utf-8")

    assert "2026-10 已由李敏" in closed.refused("import in.csv --noun repair").err
    assert closed(f"import in.csv --noun repair -n {LATE}").out.startswith("repairs/2026-11.yaml: 2 条")
    closed(f"import in.csv --noun repair {LATE}")
    assert [d.get("late") for d in documents(closed, "repairs/2026-11.yaml")][-2:] == ["夜班本上漏登", None]
    assert "已有 2 条" in closed("import in.csv --noun repair").err  # again, without the reason: it is all there
    closed("check")


def test_an_import_says_row_by_row_why_it_is_late(closed: Any) -> None:
    cwd = closed.folder / "cwd"
    rows = "unit,what,when,why\nA-1,x,2026-10-09 08:00,{}\nA-2,y,2026-11-09 08:00,不用说\nA-3,z,2026-10-10 08:00,断网\n"
    event = '{event: add, key: "{unit}", unit: "{unit}", fault: "{what}", at: "{when}", late: "{why}"}'
    (cwd / "map.yaml").write_text(f"noun: repair\nrow:\n  - {event}\nvalues:\n  late: {{断网: 网断了两天}}\n", encoding="utf-8")
    (cwd / "in.csv").write_text(rows.format(" "), encoding="utf-8")

    refused = closed.refused("import in.csv --map map.yaml").err
    assert "in.csv:2: " in refused and "2026-10 已由李敏" in refused and "in.csv:4" not in refused
    closed(f"import in.csv --map map.yaml {LATE}")
    assert [d.get("late") for d in documents(closed, "repairs/2026-11.yaml")][-3:] == ["夜班本上漏登", "网断了两天", None]
    (cwd / "in.csv").write_text("unit,fault,at,补录原因\nA-4,x,2026-10-09 08:00,漏记\n", encoding="utf-8")
    closed("import in.csv --noun repair")
    assert documents(closed, "repairs/2026-11.yaml")[-1]["late"] == "漏记"
    closed("check")


def test_a_seal_made_while_somebody_waits_for_the_lock_is_seen(svc: Any) -> None:
    repair(svc)
    now = datetime(2026, 11, 3, tzinfo=UTC)
    made = Seal("se-aaaaaaaaaa", "2026-10", now, now, "王强", "", "", (), "", {}, {}, {}, "", "", {}, Place("", 0))
    line = svc.argv(["repair", "add", "--unit", "A-1", "--fault", "x", "--at", "2026-10-07 08:00"])
    with Root(str(svc.ledger)) as root, Writer(root, "", lambda _: None) as writer:
        child = subprocess.Popen(line, env={**svc.environ(), "PYTHONPATH": os.getcwd()}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=svc.folder / "cwd")
        time.sleep(1.0)  # it has read what it reads before the lock
        assert child.poll() is None
        writer.append_group(("seals/2026-10.yaml", doc) for doc in docs_of(made))
    out, err = child.communicate(timeout=30)

    assert (child.returncode, out) == (3, b""), err.decode()
    assert "王强" in err.decode()


def test_an_everyday_add_asks_once_for_seals_and_reads_none(svc: Any) -> None:
    """Without seals it is one call that fails; with them none of another month is read, even if it cannot be."""
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: Any) -> None:
        if watching and event == "open" and "seals" in str(arguments[0]):
            opened.append(str(arguments[0]))

    sys.addaudithook(watch)
    repair(svc)
    assert opened == ["seals"]
    for month in ("2026-08", "2026-09"):
        path = svc.ledger / f"seals/{month}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff no seal")
    opened.clear()
    repair(svc)
    watching = False
    assert opened == ["seals"]


# -- several desks -------------------------------------------------------------------------------------------------------


def clone(svc: Any, make: Callable[..., Any]) -> Any:
    other = make("zh")
    shutil.rmtree(other.ledger)
    shutil.copytree(svc.ledger, other.ledger, ignore=shutil.ignore_patterns(".svcctl"))
    other("desk night")
    return other


def merge(into: Any, of: Any) -> None:
    """What a plain pull brings of another desk: the files that only it writes."""
    for path in of.ledger.glob("*/*.night.yaml"):
        target = into.ledger / path.relative_to(of.ledger)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)


def test_two_desks_close_the_same_month_and_their_seals_stand_side_by_side(svc: Any, new_desk: Any) -> None:
    repair(svc)
    night = clone(svc, new_desk)
    repair(night, "2026-10-08T23:00:00+08:00")
    first, second = sealed(svc), str(night("seal 2026-10", at="2026-11-03T10:00:00+08:00").id)
    merge(svc, night)

    assert (svc("check").out, svc("check").err) == ("", "")
    (row,) = svc("seal --json").json
    assert (row["id"], row["others"], row["arrived"], row["entries"]) == (first, [second], 0, 2)
    assert svc("seal 2026-10").id == first


def test_what_a_merge_brings_into_a_closed_month_is_named_and_accepted(svc: Any, new_desk: Any) -> None:
    repair(svc)
    night = clone(svc, new_desk)
    brought = repair(night, "2026-10-08T23:00:00+08:00")
    first = sealed(svc)
    before = documents(svc, "seals/2026-10.yaml")
    merge(svc, night)

    said = svc("check", code=1)
    assert said.out == f"repairs/2026-10.night.yaml:1: {brought}: 2026-10 结账后才到；请接受：svcctl seal 2026-10 --accept --reason …\n"
    refused = svc.refused("seal 2026-10")
    assert brought in refused.err and "--accept" in refused.err
    extra = svc("seal 2026-10 --accept --reason 夜班电脑没联网").id

    assert (svc("check").out, svc("check").err) == ("", "")
    main, page = documents(svc, "seals/2026-10.yaml")[len(before) :]
    assert documents(svc, "seals/2026-10.yaml")[: len(before)] == before
    assert (main["id"], main["event"], main["of"], main["reason"], main["builds_on"]) == (extra, "accept", first, "夜班电脑没联网", [first])
    assert main["counts"] == {"repair": "1"} and set(page["entries"]) == {brought}
    (row,) = svc("seal --json").json
    assert (row["id"], row["supplements"], row["arrived"]) == (first, [extra], 0)


def test_a_seal_that_another_one_builds_on_is_missed(svc: Any) -> None:
    repair(svc, "2026-09-05T09:00:00+08:00")
    repair(svc)
    first = sealed(svc, "2026-09")
    second = sealed(svc)
    kept = (svc.ledger / "seals/2026-09.yaml").read_bytes()
    (svc.ledger / "seals/2026-09.yaml").unlink()

    said = svc("check", code=1)

    told = [line for line in said.out.splitlines() if line.startswith("seals/2026-10.yaml")]
    assert told == [
        f"seals/2026-10.yaml:1: {second}: 它所依据的结账记录 {first} 不存在；找回：在台账目录里 git checkout -- seals/，或用备份；没有就重新结账：svcctl seal 2026-10"
    ]
    (svc.ledger / "seals/2026-11.yaml").write_bytes(kept)
    assert problems(svc) == [(first, "wrong-month")]


# -- what is lost or changed ---------------------------------------------------------------------------------------------


def october(svc: Any) -> None:
    """A month of several nouns and of every sort of entry."""
    svc("tenant add --name 老王面馆", at=OCTOBER)
    one = repair(svc)
    svc(f"repair dispatch {one} --to 周师傅 --note 急", at=OCTOBER)
    svc(f"repair amend {one} --set fault=灯坏 --reason 写错", at="2026-10-06T09:00:00+08:00")
    svc("fee charge --tenant 老王面馆 --item property --amount 100 --due 2026-10-31 --key c1", at=OCTOBER)
    svc("fee pay --tenant 老王面馆 --amount 130 --method cash", at=OCTOBER)
    gone = svc("complaint add --content 吵 --anonymous", at=OCTOBER).id
    svc(f"complaint void {gone} --reason 重复 --approved-by 陈经理", at="2026-10-07T09:00:00+08:00")


def entries(svc: Any) -> Iterator[tuple[Path, bytes, codec.Piece]]:
    for path in sorted(svc.ledger.glob("*/2026-10.yaml")):
        if path.parent.name != "seals":
            data = path.read_bytes()
            yield from ((path, data, piece) for piece in codec.pieces(data))


def altered(doc: codec.Doc) -> Iterator[codec.Doc]:
    """The document with each of its values changed in turn, and what proves it computed anew."""
    personal = nouns.noun(str(doc["kind"])).personal()
    for key, value in doc.items():
        if key in ("id", "kind", "event", "of", "sum", "pii", "salt"):
            continue
        if key in ("at", "recorded", "due", "month", "target", "promised"):
            changed: codec.Value = str(value).replace("2026-10", "2026-09")
        elif isinstance(value, dict):
            changed = dict.fromkeys(value, "1.00")
        else:
            changed = "7.00" if key == "amount" else f"{value}x" if isinstance(value, str) else [*value, "x"]
        body = {**doc, key: changed}
        body.pop("pii", None)
        total, _ = codec.sums(body, personal)
        yield {**body, "sum": total}


def test_no_loss_no_change_and_no_copy_in_a_closed_month_is_missed(svc: Any) -> None:
    october(svc)
    sealed(svc)
    assert problems(svc, 0) == []
    tried = 0
    for path, data, piece in list(entries(svc)):
        assert piece.doc is not None
        name, before, after = str(piece.doc["id"]), data[: piece.start], data[piece.end :]
        path.write_bytes(before + after)
        assert (name, "sealed-lost") in problems(svc)
        assert {n for n, code in problems(svc) if code == "sealed-lost"} == {name}
        path.write_bytes(data + data[piece.start : piece.end])
        assert (name, "copy") in problems(svc)
        for doc in altered(piece.doc):
            path.write_bytes(before + codec.dump(doc) + after)
            assert {n for n, code in problems(svc) if code == "sealed-changed"} == {name}, doc
            tried += 1
        path.write_bytes(data)
    assert tried > 50 and problems(svc, 0) == []


@pytest.mark.parametrize("how", ["deleted", "emptied", "swapped", "old copy"])
def test_no_month_file_goes_unnoticed(svc: Any, how: str) -> None:
    old = svc.ledger / FILE
    one = repair(svc)
    first = old.read_bytes()
    two = repair(svc, "2026-10-09T09:00:00+08:00")
    sealed(svc)
    repair(svc, "2026-11-05T09:00:00+08:00")
    expected = {one, two}
    if how == "deleted":
        old.unlink()
    elif how == "emptied":
        old.write_bytes(b"")
    elif how == "old copy":
        old.write_bytes(first)
        expected = {two}
    else:
        old.write_bytes((svc.ledger / "repairs/2026-11.yaml").read_bytes())

    assert {n for n, code in problems(svc) if code == "sealed-lost"} == expected


def test_damage_that_is_named_anyway_is_not_also_a_loss(svc: Any) -> None:
    one = repair(svc)
    svc(f"repair dispatch {one} --to 周师傅", at=OCTOBER)
    sealed(svc)
    path = svc.ledger / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("周师傅", "周师父"), encoding="utf-8")
    follow = documents(svc, FILE)[1]["id"]
    assert problems(svc) == [(follow, "wrong-sum")]
    path.write_bytes(b"---" + path.read_bytes().partition(b"---")[2].partition(b"---")[2])  # the record itself
    assert sorted(code for _, code in problems(svc)) == ["sealed-lost", "wrong-sum"]


def test_entries_of_a_noun_that_is_unknown_here_are_sealed_too(svc: Any) -> None:
    """Another desk has a newer svcctl, with a noun that this one does not know."""
    body: codec.Doc = {
        "id": "xx-aaaaaaaaaa", "kind": "umbrella", "event": "lend", "at": "2026-10-07T08:00:00+08:00", "recorded": "2026-10-07T08:00:01.000000+08:00", "by": "李敏",
    }  # fmt: skip
    (svc.ledger / "umbrellas").mkdir()
    path = svc.ledger / "umbrellas/2026-10.yaml"
    path.write_bytes(codec.dump({**body, "sum": codec.sums(body, ())[0]}))
    sealed(svc)

    assert documents(svc, "seals/2026-10.yaml")[0]["counts"] == {"umbrella": "1"}
    assert problems(svc) == [("xx-aaaaaaaaaa", "unknown-kind")]
    path.unlink()
    assert problems(svc) == [("xx-aaaaaaaaaa", "sealed-lost")]


def test_a_seal_that_was_tampered_with_is_named(svc: Any) -> None:
    october(svc)
    one = sealed(svc)
    path = svc.ledger / "seals/2026-10.yaml"
    docs = documents(svc, "seals/2026-10.yaml")

    def write(*changed: dict[str, Any]) -> None:
        path.write_bytes(b"".join(codec.dump({**d, "sum": codec.sums({k: v for k, v in d.items() if k != "sum"}, ())[0]}) for d in changed))

    name, total = next(iter(docs[1]["entries"].items()))
    write(docs[0], {**docs[1], "entries": {k: v for k, v in docs[1]["entries"].items() if k != name}})  # an entry less
    assert sorted(problems(svc)) == sorted([(name, "unsealed"), (one, "seal-hash")])
    write(docs[0], {**docs[1], "entries": {**docs[1]["entries"], name: total[::-1]}})
    assert sorted(problems(svc)) == sorted([(name, "sealed-changed"), (one, "seal-hash")])
    write({**docs[0], "hash": "0" * 64}, docs[1])
    assert problems(svc) == [(one, "seal-hash")]
    write({**docs[0], "recorded": "2026-10-31T23:59:59.000000+08:00"}, docs[1])
    assert problems(svc) == [(one, "seal-early")]
    write(docs[0])
    assert problems(svc) == [(one, "seal-pages")]


# -- today ---------------------------------------------------------------------------------------------------------------


def waiting(svc: Any, at: str = "") -> list[tuple[str, str, str, str]]:
    """What ``today`` has to say of sealed months; it is what ``check`` says."""
    rows = [r for r in svc("today --json", at=at).json if "svcctl seal" in r["command"]]
    unsealed = [p for p in svc("check --json", code=None, at=at).json if p["code"] == "unsealed"]
    assert sum(int(r["what"].split(" ")[2]) for r in rows) == len(unsealed)
    return [(r["id"], r["kind"], r["what"], r["command"]) for r in rows]


def test_today_names_what_came_into_a_sealed_month_until_it_is_accepted(svc: Any, new_desk: Any) -> None:
    old = repair(svc)
    night = clone(svc, new_desk)
    brought = repair(night, "2026-10-08T23:00:00+08:00")
    sealed(svc)
    assert waiting(svc) == []
    night(f"repair amend {old} --set fault=x --reason y", at="2026-11-04T09:00:00+08:00")  # of October; night knows of no seal
    merge(svc, night)

    command = "svcctl seal 2026-10 --accept --reason"
    assert waiting(svc) == [(brought, "repair", "2026-10 结账后到了 2 条，待接受", command)]
    assert waiting(svc, at="2026-11-30T09:00:00+08:00") == [(brought, "repair", "2026-10 结账后到了 2 条，待接受", command)]
    (row,) = [r for r in svc("today --json", lang="en").json if r["command"] == command]
    assert (row["group"], row["due"], row["overdue"], row["what"]) == (
        "today", "2026-11-24T23:59:59+08:00", False, "to be accepted: 2 reached 2026-10 after it was sealed",
    )  # fmt: skip
    assert command in svc("today").out
    assert not any("seal" in r["command"] for r in svc("today --for 李敏 --json").json)

    svc("seal 2026-11", at="2026-12-02T09:00:00+08:00")  # which lists it without accepting it
    assert len(waiting(svc, "2026-12-02T10:00:00+08:00")) == 1
    svc(f"{command[7:]} 夜班后到", at="2026-12-02T10:00:00+08:00")
    assert waiting(svc, "2026-12-02T11:00:00+08:00") == []


def test_today_reads_no_seal_as_long_as_nothing_can_have_come(svc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded day by day changes nothing in sealed months; what is copied into them does, and so does a correction."""
    one = repair(svc)
    sealed(svc)
    past = time.time() - 3600
    for path in svc.ledger.glob("*/*.yaml"):
        os.utime(path, (past, past))
    assert waiting(svc) == []
    repair(svc, "2026-11-20T09:00:00+08:00")
    with monkeypatch.context() as patched:
        patched.setattr("svcctl.store.seals.read_seals", lambda *_, **__: pytest.fail("the seals were read"))
        svc("today")
    svc.plant(FILE, id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-10-20T08:00:00+08:00", unit="A-1", fault="灯", party="property")
    assert [w[0] for w in waiting(svc)] == ["rp-aaaaaaaaaa"]
    os.utime(svc.ledger / FILE, (past, past))
    for _ in range(2):
        assert [w[0] for w in waiting(svc)] == ["rp-aaaaaaaaaa"]
    svc.plant(
        "repairs/2026-11.night.yaml", id="rp-bbbbbbbbbb", kind="repair", event="amend", of=one, at="2026-11-05T08:00:00+08:00", fault="x", reason="y",
        recorded="2026-11-05T08:00:00.000000+08:00",
    )  # fmt: skip
    assert [w[2].split("，")[0] for w in waiting(svc)] == ["2026-10 结账后到了 2 条"]
    (svc.ledger / ".svcctl/arrived.json").write_bytes(b'{"state": 1}')
    assert [w[2].split("，")[0] for w in waiting(svc)] == ["2026-10 结账后到了 2 条"]
