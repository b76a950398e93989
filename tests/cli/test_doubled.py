"""``check --repair`` on what stands more than once: copies are set aside, of a clash a person says which content stays."""

from __future__ import annotations

import re
from typing import Any

import pytest

from svcctl.store import codec, opening

ONE, TWO = "rp-7k3fq2m8xd", "rp-7m3fq2m8xd"
FILE, NIGHT = "repairs/2026-11.yaml", "repairs/2026-11.night.yaml"
KEEP = "check --repair --keep"


def plant(svc: Any, rel: str = FILE, one: str = ONE, fault: str = "灯不亮", **more: Any) -> None:
    whole = {"id": one, "kind": "repair", "event": "add", "at": "2026-11-20T08:00:00+08:00", "unit": "A-101", "fault": fault, "party": "property", **more}
    svc.plant(rel, **whole)


@pytest.fixture(params=["scan", "index"])
def clash(svc: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """One id with two contents, in two files."""
    if request.param == "index":
        monkeypatch.setattr(opening, "SMALL", 0)
    plant(svc, contact="13800001234", reporter="王小芳")
    plant(svc, NIGHT, fault="漏水", contact="13900005678", reporter="王小芳")
    plant(svc, one=TWO, fault="门坏")
    return svc


def codes(svc: Any, code: int = 1) -> list[tuple[str, str]]:
    return [(p["code"], p["id"]) for p in svc("check --json", code=code).json]


def test_copies_are_ended_by_repair_and_check_says_how(svc: Any) -> None:
    plant(svc)
    plant(svc, NIGHT)
    plant(svc, NIGHT)
    before = svc("repair list --json").json
    said = svc("check", code=1)
    assert "重复的可以只留一份：svcctl check --repair" in said.err

    files = svc.files()
    dry = svc("check --repair -n", code=1)
    assert f"{NIGHT}: 会移走 1 份重复（{ONE}），每条留下一份" in dry.err
    assert svc.files() == files

    said = svc("check --repair")
    assert re.search(rf"{NIGHT}: 1 份重复（{ONE}），已移到 {NIGHT}\.aside-\w+；每条留下一份", said.err)
    assert (svc("repair list --json").json, svc("check --repair").err) == (before, "")
    assert "*.aside-*" in svc.text(".gitignore")


def test_a_clash_is_shown_masked_with_what_to_type_and_left(clash: Any) -> None:
    files = clash.files()
    assert "svcctl check --repair --keep 文件:行号" in clash("check", code=1).err
    for line in ("check --repair -n", "check --repair"):
        said = clash(line, code=1)
        assert f"{ONE} 有 2 种内容，不同之处：contact, fault。由人来定留哪一条：" in said.err
        assert f"  {FILE}:1: 2026-11-20 08:00 报修 李敏 A-101 " in said.err
        assert "=灯不亮 " in said.err
        assert "=漏水 " in said.err
        assert "138****1234" in said.err
        assert "139****5678" in said.err
        assert not re.search("13800001234|13900005678|小芳", said.all_err + said.out)
        assert f"    svcctl {KEEP} {FILE}:1:{ONE}\n" in said.err
        assert f"    svcctl {KEEP} {NIGHT}:1:{ONE}\n" in said.err
        assert said.err.count("（现在计入的是这一条）") == 1
        assert {k: v for k, v in clash.files().items() if k != ".gitignore"} == {k: v for k, v in files.items() if k != ".gitignore"}


@pytest.mark.parametrize("rel", [FILE, NIGHT])
def test_the_content_that_is_chosen_stays(clash: Any, rel: str) -> None:
    wanted = "灯不亮" if rel == FILE else "漏水"
    other = NIGHT if rel == FILE else FILE
    dry = clash(f"{KEEP} {rel}:1 -n", code=1)
    assert f"{other}: 会移走 {ONE} 没有选中的内容" in dry.err
    assert "由人来定" not in dry.err

    said = clash(f"{KEEP} ./{rel}:1:{ONE}")

    assert f"{other}: {ONE} 没有选中的内容已移到 {other}.aside-" in said.err
    assert clash(f"show {ONE} --json").json["fault"] == wanted
    assert codes(clash, 0) == []
    again = clash.refused(f"{KEEP} {rel}:1:{ONE}", code=4)
    assert "没有同一编号而内容不同的记录" in again.err
    clash(f"repair void {ONE} --reason 重复 --approved-by 赵云")


@pytest.mark.parametrize("line", [
    f"repair void {ONE} --reason 重复 --approved-by 赵云", f"repair amend {ONE} --set fault=x --reason x", "repair finish 7k3f --result fixed",
    f"repair void {ONE} --reason 重复 --approved-by 赵云 -n",
])  # fmt: skip
def test_a_writing_verb_does_not_guess_which_content_is_meant(clash: Any, line: str) -> None:
    said = clash.refused(line)
    assert re.search(rf"svcctl: {ONE}: 这个编号有几种不同的内容（一种在 repairs/2026-11\S*\.yaml:1）", said.err)
    assert "svcctl check --repair --keep 文件:行号" in said.err
    clash(f"repair void {TWO} --reason 重复 --approved-by 赵云")  # whatever else is there can be written to


def test_a_follow_up_that_clashes_is_refused_and_its_record_is_not(svc: Any) -> None:
    plant(svc)
    for rel, result in ((FILE, "fixed"), (NIGHT, "no_fault")):
        svc.plant(rel, id=TWO, kind="repair", event="finish", of=ONE, at="2026-11-21T08:00:00+08:00", result=result)
    svc.refused(f"repair void {TWO} --reason x --approved-by 赵云")
    svc(f"repair reopen {ONE} --reason 又坏了")


def test_nor_does_what_refers_to_it_or_comes_in_a_stream(svc: Any) -> None:
    for rel, text in ((FILE, "吵"), (NIGHT, "很吵")):
        svc.plant(rel.replace("repairs", "complaints"), id="cp-7k3fq2m8xd", kind="complaint", event="add", at="2026-11-20T08:00:00+08:00", content=text, anonymous="true")
    other = svc("complaint add --content 吵 --anonymous").id
    assert "几种不同的内容" in svc.refused(f"complaint merge {other} --into cp-7k3fq2m8xd").err
    said = svc("append --from -", stdin='{"kind": "complaint", "event": "assign", "of": "cp-7k3fq2m8xd", "owner": "周"}\n', code=3)
    assert "几种不同的内容" in said.err


def test_a_seal_says_which_content_is_the_true_one(svc: Any) -> None:
    plant(svc, "repairs/2026-10.yaml", at="2026-10-20T08:00:00+08:00", recorded="2026-10-20T08:00:00.000000+08:00")
    svc("seal 2026-10")
    plant(svc, "repairs/2026-10.night.yaml", fault="漏水", at="2026-10-20T08:00:00+08:00", recorded="2026-10-20T08:00:00.000000+08:00")

    said = svc("check --repair -n", code=1)
    assert said.err.count("只能留它") == said.err.count("--keep") == 1
    assert f"svcctl {KEEP} repairs/2026-10.yaml:1:{ONE}" in said.err
    no = svc.refused(f"{KEEP} repairs/2026-10.night.yaml:1")
    assert "结账清单里的 rp-7k3fq2m8xd 是另一种内容" in no.err
    assert f"svcctl {KEEP} repairs/2026-10.yaml:1:{ONE}" in no.err

    svc(f"{KEEP} repairs/2026-10.yaml:1")
    assert svc(f"show {ONE} --json").json["fault"] == "灯不亮"


def test_where_a_seal_has_neither_content_a_person_still_chooses(svc: Any) -> None:
    at = {"at": "2026-10-20T08:00:00+08:00", "recorded": "2026-10-20T08:00:00.000000+08:00"}
    plant(svc, "repairs/2026-10.yaml", **at)
    svc("seal 2026-10")
    (svc.ledger / "repairs/2026-10.yaml").unlink()
    for rel, fault in (("repairs/2026-10.yaml", "漏水"), ("repairs/2026-10.night.yaml", "门坏")):
        plant(svc, rel, fault=fault, **at)
    assert "只能留它" not in svc("check --repair -n", code=1).err
    svc(f"{KEEP} repairs/2026-10.night.yaml:1", code=1)  # that the seal has another sum stays a finding
    assert svc(f"show {ONE} --json").json["fault"] == "门坏"


def test_a_copied_and_a_clashing_seal(svc: Any) -> None:
    plant(svc, "repairs/2026-10.yaml", at="2026-10-20T08:00:00+08:00", recorded="2026-10-20T08:00:00.000000+08:00")
    svc("seal 2026-10")
    path = svc.ledger / "seals/2026-10.yaml"
    main, *_ = codec.pieces(whole := path.read_bytes())
    path.write_bytes(whole + whole)
    assert {code for code, _ in codes(svc)} == {"copy"}
    svc("check --repair")
    assert path.read_bytes() == whole

    other = {**{k: v for k, v in (main.doc or {}).items() if k != "sum"}, "by": "赵云"}
    other["sum"] = codec.sums(other, ())[0]
    (svc.ledger / "seals/2026-10.zz.yaml").write_bytes(codec.dump(other))
    said = svc("check --repair", code=1)
    assert "不同之处：by" in said.err
    assert "seals/2026-10.zz.yaml:1: seal 2026-10" in said.err
    svc(f"{KEEP} seals/2026-10.zz.yaml:1")
    assert codes(svc, 0) == []


def test_damage_and_copies_and_a_choice_go_together(clash: Any) -> None:
    """The line is that of the file as it was seen, though what stood before it is set aside first."""
    path = clash.ledger / FILE
    path.write_bytes(b"---\nid: \"rp-0000000009\"\nkind: [[\n" + path.read_bytes())
    clash(f"{KEEP} {FILE}:4")
    assert clash(f"show {ONE} --json").json["fault"] == "灯不亮"
    assert len([name for name in clash.files() if "-2026" in name]) == 2


def test_what_keep_takes(clash: Any) -> None:
    for text in ("7k3f", FILE, f"{FILE}:x", f"{FILE}:1:zz"):
        assert "应为文件:行号" in clash.refused(f"{KEEP} {text}", code=2).err
    assert "只用于 --repair" in clash.refused(f"check --keep {FILE}:1", code=2).err
    clash.refused(f"{KEEP} {FILE}:1:{TWO}", code=4)


def test_a_file_that_cannot_be_read_is_told_and_nothing_is_set_aside(svc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.store import faults
    from svcctl.store.files import Root

    plant(svc)
    plant(svc, NIGHT)
    real = Root.read

    def read(self: Root, rel: str, start: int = 0) -> bytes:
        if rel == FILE:
            raise faults.read_fault(OSError(5, "x"), rel)
        return real(self, rel, start)

    monkeypatch.setattr(Root, "read", read)
    files = svc.files()
    assert "磁盘读写出错" in svc("check --repair", code=1).err
    monkeypatch.undo()
    assert {k: v for k, v in svc.files().items() if k.startswith("repairs")} == {k: v for k, v in files.items() if k.startswith("repairs")}


def test_on_a_terminal_it_is_shown_and_asked_for(svc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.cli import prompt
    from svcctl.cli.session import Session

    plant(svc)
    plant(svc, NIGHT)
    monkeypatch.setattr(Session, "asks", property(lambda _: True))
    answers = iter([False, True])
    monkeypatch.setattr(prompt, "agreed", lambda session, question: next(answers))
    files = svc.files()
    assert "没有改动" in svc("check --repair", code=1).err
    assert svc.files() == files
    svc("check --repair")
