"""Lost property: every transition, allowed and refused, and the rules, as the contract's section 4 has them."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

ADD = "lost add --item 雨伞 --place 中庭 --found-by 保洁小刘 --storage 失物柜"
REPORT = "lost report --what 雨伞 --where 中庭 --contact 13800001234"
CLAIM = "claim --claimant 周女士 --described 伞柄有划痕 --verified-by 李敏"
LATER = "2027-03-01T09:00:00+08:00"  # ordinary items need not be held any longer

# How a record gets into each state: its opening, then one step a line.
STATES = {
    "stored": (ADD,), "claimed": (ADD, CLAIM), "returned": (ADD, CLAIM, "return --to 周女士 --how in_person"),
    "disposed": (ADD, "dispose --how donate --approved-by 陈 --witness 王"), "searching": (REPORT,),
    "matched": (REPORT, "match --item {other}"), "not_found": (REPORT, "give-up"),
}  # fmt: skip
VERBS = {
    "contact": "contact --via 电话 --result 没人接", "claim": CLAIM, "unclaim": "unclaim --reason 特征不符",
    "return": "return --to 周女士 --how proxy", "dispose": "dispose --how police --approved-by 陈 --witness 王",
    "move": "move --storage 保险柜", "extend": "extend --until 2027-12-31 --approved-by 陈", "match": "match --item {other}",
    "give-up": "give-up",
}  # fmt: skip
# verb -> state -> state it leads to; what is not listed is refused.
TABLE: dict[str, dict[str, str]] = {
    "contact": {s: s for s in ("stored", "claimed", "searching")},
    "claim": {"stored": "claimed"},
    "unclaim": {"claimed": "stored"},
    "return": {"claimed": "returned"},
    "dispose": {"stored": "disposed"},
    "move": {"stored": "stored", "claimed": "claimed"},
    "extend": {"stored": "stored", "claimed": "claimed"},
    "match": {"searching": "matched"},
    "give-up": {"searching": "not_found"},
}


def do(svc: Any, one: str, step: str, other: str = "", **more: Any) -> Any:
    event, *options = shlex.split(step.replace("{other}", other))
    return svc(["lost", event, one, *options], **more)


def shown(svc: Any, one: str, **more: Any) -> Any:
    return svc(["show", one, "--json", "--reveal"], **more).json


@pytest.mark.parametrize("start", STATES)
def test_what_can_be_done_to_a_record(svc: Any, start: str) -> None:
    other = svc("lost add --item 另一把伞 --place 北门 --found-by 保安 --storage 柜").id
    for name, step in VERBS.items():
        opening, *steps = STATES[start]
        one = svc(opening).id
        for before in steps:
            do(svc, one, before, other, at=LATER)
        assert shown(svc, one)["state"] == start
        expected = TABLE[name].get(start)
        said = do(svc, one, step, other, at=LATER, code=3 if expected is None else 0)
        assert expected is not None or "现在可以" in said.err or start in ("returned", "disposed", "matched", "not_found")
        assert shown(svc, one)["state"] == (expected or start), name
        assert shown(svc, one)["open"] is (shown(svc, one)["state"] in ("stored", "claimed", "searching"))
    assert svc("check", at=LATER).out == ""


@pytest.mark.parametrize(
    ("value", "until"),
    [("", "2027-02-22"), ("ordinary", "2027-02-22"), ("valuable", "2027-11-24"), ("perishable", "2026-11-25"),
     ("document", "2026-12-01"), ("prohibited", "2026-11-24")],
)  # fmt: skip
def test_how_long_it_is_held_follows_from_its_value(svc: Any, value: str, until: str) -> None:
    options = ["--value", value] if value else []
    one = svc([*shlex.split(ADD), *options, "--second", "王晓燕"]).id
    row = svc("lost list --json").json[0]

    assert (row["value"], row["qty"], row["hold_until"]) == (value or "ordinary", 1, f"{until}T09:00:00+08:00")
    assert not shown(svc, one, at=f"{until}T09:00:00+08:00")["overdue"]
    assert shown(svc, one, at=f"{until}T09:00:01+08:00")["overdue"]


def test_policy_says_how_long(svc: Any) -> None:
    path = svc.ledger / "ledger.yaml"
    usual = path.read_text(encoding="utf-8")
    path.write_text(usual.replace("ordinary: 90d", "ordinary: 30d"), encoding="utf-8")
    one = svc(ADD).id
    assert shown(svc, one)["hold_until"] == "2026-12-24T09:00:00+08:00"
    path.write_text(usual, encoding="utf-8")
    assert shown(svc, one)["hold_until"] == "2026-12-24T09:00:00+08:00", "what was promised to its owner does not change"


def test_an_entry_typed_without_a_limit_is_held_as_is_usual(svc: Any) -> None:
    svc.plant("lost/2026-11.yaml", id="lf-0000000001", kind="lost", event="add", at="2026-11-20T08:00:00+08:00", item="伞",
              place="中庭", found_by="刘", storage="柜")  # fmt: skip
    row = shown(svc, "lf-0000000001")
    assert row["hold_until"] == "2027-02-18T08:00:00+08:00"
    do(svc, "lf-0000000001", "dispose --how donate --approved-by 陈 --witness 王", code=3)


def test_a_valuable_needs_a_second_person(svc: Any) -> None:
    said = svc.refused([*shlex.split(ADD), "--value", "贵重"], code=2)
    assert "--second" in said.err
    assert "同一人" in svc([*shlex.split(ADD), "--value", "valuable", "--second", "李敏"]).err
    assert svc([*shlex.split(ADD), "--value", "valuable", "--second", "王晓燕"]).err == ""


def test_what_is_unusual_is_told_and_taken(svc: Any) -> None:
    assert "valuable" in svc([*shlex.split(ADD), "--category", "watch"]).err
    assert "短于" in svc([*shlex.split(ADD), "--hold-until", "明天"]).err
    one = svc(ADD).id
    assert "证件" in do(svc, one, CLAIM).err
    two = svc([*shlex.split(ADD), "--value", "valuable", "--second", "王晓燕"]).id
    do(svc, two, CLAIM + " --id-type 身份证 --id-last4 123X")
    assert "--second" in do(svc, two, "return --to 周女士 --how mail").err
    bomb = svc([*shlex.split(ADD), "--category", "prohibited", "--value", "prohibited"]).id
    said = do(svc, bomb, "dispose --how destroy --approved-by 李敏 --witness 王").err
    assert "公安" in said and "三个人" in said


def test_nothing_is_disposed_of_before_its_time(svc: Any) -> None:
    one = svc(ADD).id
    step = "dispose --how donate --approved-by 陈 --witness 王"
    assert "2027-02-22 09:00" in do(svc, one, step, at="2027-02-22T08:59:59+08:00", code=3).err
    do(svc, one, step, at="2027-02-22T09:00:00+08:00")
    row = shown(svc, one)
    assert (row["state"], row["how"], row["left_at"]) == ("disposed", "donate", "2027-02-22T09:00:00+08:00")
    assert "捐赠" in svc(["show", one]).out


@pytest.mark.parametrize("value", ["perishable", "prohibited"])
def test_perishable_and_prohibited_goods_may_go_at_once(svc: Any, value: str) -> None:
    one = svc([*shlex.split(ADD), "--value", value]).id
    do(svc, one, "dispose --how destroy --approved-by 陈 --witness 王")
    assert shown(svc, one)["state"] == "disposed"


@pytest.mark.parametrize("options", ["--value valuable --second 王", "--value document", "--category cash", "--category id_doc"])
@pytest.mark.parametrize("how", ["destroy", "donate", "discard"])
def test_valuables_documents_and_cash_go_to_the_police_only(svc: Any, options: str, how: str) -> None:
    one = svc([*shlex.split(ADD), *options.split()]).id
    late = "2028-01-01T09:00:00+08:00"
    assert "police" in do(svc, one, f"dispose --how {how} --approved-by 陈 --witness 王", at=late, code=3).err
    do(svc, one, "dispose --how police --approved-by 陈 --witness 王", at=late)


def test_it_is_held_for_longer_but_never_for_less(svc: Any) -> None:
    one = svc(ADD).id
    for until in ("2027-02-21", "2027-02-22 09:00"):
        assert "2027-02-22 09:00" in do(svc, one, f"extend --until '{until}' --approved-by 陈", code=3).err
    do(svc, one, "extend --until '2027-02-22 09:01' --approved-by 陈")
    do(svc, one, "extend --until 2027-05-01 --approved-by 陈")
    assert shown(svc, one)["hold_until"] == "2027-05-01T23:59:59+08:00"
    assert not shown(svc, one, at="2027-05-01T23:59:59+08:00")["overdue"]
    do(svc, one, "dispose --how donate --approved-by 陈 --witness 王", at=LATER, code=3)
    do(svc, one, CLAIM, at="2027-05-02T09:00:00+08:00")
    assert not shown(svc, one, at="2027-06-01T09:00:00+08:00")["overdue"], "whoever claims it is waited for"


def test_a_report_is_matched_with_something_that_was_found(svc: Any) -> None:
    report, other, item, gone = svc(REPORT).id, svc(REPORT).id, svc(ADD).id, svc(ADD).id
    svc(["lost", "void", gone, "--reason", "重复", "--approved-by", "陈"])
    repair = svc("repair add --unit A-101 --fault 灯").id

    assert "报失" in do(svc, report, f"match --item {other}", code=3).err
    assert "报失" in do(svc, report, f"match --item {report}", code=3).err
    do(svc, report, f"match --item {gone}", code=3)
    do(svc, report, f"match --item {repair}", code=4)
    do(svc, report, "match --item zzzz", code=4)
    said = do(svc, report, f"match --item {item[3:9]}")
    assert f"→ {item}" in said.err
    row = shown(svc, report)
    assert (row["state"], row["item"], row["subject"], row["spot"]) == ("matched", item, "雨伞", "中庭")
    assert said.id in svc.refused(["lost", "void", item, "--reason", "重复", "--approved-by", "陈"]).err


def test_personal_values_are_masked(svc: Any) -> None:
    one = svc(ADD).id
    do(svc, one, CLAIM + " --id-type 身份证 --id-last4 123X")
    do(svc, one, "return --to 周女士 --how in_person")
    report = svc(REPORT + " --name 吴小姐").id
    out = svc(["show", one, "--json"]).out + svc(["show", report, "--json"]).out + svc("lost list --format csv").out

    for secret in ("周女士", "123X", "13800001234", "吴小姐"):
        assert secret not in out
    assert (shown(svc, one)["claimant"], shown(svc, one)["id_last4"]) == ("周女士", "123X")
    assert shown(svc, one)["described"] == "伞柄有划痕"
    do(svc, svc(ADD).id, CLAIM + " --id-last4 110101199001011237", code=3)


def test_a_claim_taken_back_leaves_nothing_of_the_claimant_in_the_row(svc: Any) -> None:
    one = svc(ADD).id
    do(svc, one, CLAIM)
    do(svc, one, "unclaim --reason 特征不符")
    row = shown(svc, one)
    assert (row["claimant"], row["described"], row["reason"]) == (None, None, "特征不符")


def test_today_tells_what_to_do_with_what_was_kept_long_enough(svc: Any) -> None:
    umbrella, purse = svc(ADD).id, svc([*shlex.split(ADD), "--category", "cash", "--value", "valuable", "--second", "王"]).id
    svc(REPORT)
    assert svc("today --json").json == []
    due = {m["id"]: m for m in svc("today --json", at="2028-01-01T09:00:00+08:00").json}
    assert set(due) == {umbrella, purse}
    assert due[umbrella]["command"] == f"svcctl lost dispose {umbrella} --how"
    assert due[purse]["command"].startswith(f"svcctl lost dispose {purse} --how police --approved-by")


def test_a_list_of_either_kind_is_imported_by_its_header(svc: Any) -> None:
    (svc.folder / "found.csv").write_text("物品,拾获地点,拾获人,存放位置,类别,时间\n伞,中庭,刘,柜,其它,2026-11-01 10:00\n", encoding="utf-8")
    (svc.folder / "missed.csv").write_text("what,where,contact,at\n水壶,A-205,13800001234,2026-11-02 10:00\n", encoding="utf-8")
    for name in ("found", "missed"):
        svc(["import", str(svc.folder / f"{name}.csv"), "--noun", "lost"])
    assert [(r["state"], r["subject"]) for r in svc("lost list --json").json] == [("stored", "伞"), ("searching", "水壶")]


def test_a_stream_and_a_map_take_the_event_with_a_dash(svc: Any) -> None:
    stream = (
        '{"kind": "lost", "event": "report", "what": "伞", "where": "中庭", "contact": "13800001234", "by": "李敏", "key": "r1"}\n'
        '{"kind": "lost", "event": "give-up", "of": "key:r1", "by": "李敏"}\n'
    )
    ids = svc("append --from -", stdin=stream).ids
    assert shown(svc, ids[0])["state"] == "not_found"
    assert '\nevent: "give-up"\n' in svc.text("lost/2026-11.yaml")
    (svc.folder / "m.yaml").write_text(
        'noun: lost\nby: 李敏\nrow:\n  - {event: report, key: "x:{no}", what: "{what}", where: 中庭, contact: "1"}\n'
        '  - {event: give-up}\n', encoding="utf-8")  # fmt: skip
    (svc.folder / "x.csv").write_text("no,what\n7,帽子\n", encoding="utf-8")
    for _ in range(2):
        svc(["import", str(svc.folder / "x.csv"), "--map", str(svc.folder / "m.yaml")])
    (row,) = (r for r in svc("lost list --json").json if r["what"] == "帽子")
    assert row["state"] == "not_found"
    assert [e["event"] for e in shown(svc, row["id"])["history"]] == ["report", "give-up"]
    assert svc("check").out == ""
