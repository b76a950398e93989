"""The cash float at the command line: counts, moves, variances and their settlement, as the contract's section 4 has them."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

POINTS = (
    '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}, '
    '{code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}, '
    'bar: {float: "200.00", shifts: [{code: D, from: "08:00", to: "16:00"}]}}'
)
FLOAT = "100x3,50x4,20x10,10x15,5x20,1x45,0.5x6,0.1x20"  # 1000.00
VARIANCE = ("count", "point", "shift", "date", "type", "amount", "cashier")


def at(day: int, clock: str) -> str:
    return f"2026-11-{day}T{clock}:00+08:00"


@pytest.fixture
def till(svc: Any) -> Any:
    svc.site("points", POINTS)
    return svc


def day(till: Any) -> tuple[list[str], list[str]]:
    """The golden example's day: the ids that the counts of A (16.00 short) and B (16.00 over) gave."""
    till(f"cash count --point front --count {FLOAT} --to 王芳", at=at(23, "07:00"))
    for clock, kind, amount in (("08:00", "sale", "2486.30"), ("09:00", "refund", "120"), ("10:00", "drop", "500")):
        till(f"cash move --point front --type {kind} --amount {amount} --approved-by 陈强", at=at(23, clock))
    a = till("cash count --point front --count 100x28,50x1,0.1x3 --to 赵云 --by 王芳", at=at(23, "14:58")).ids
    till("cash move --point front --type sale --amount 934 --by 赵云", at=at(23, "20:00"))
    b = till("cash count --point front --count 100x19,50x1 --to 钱进 --by 赵云", at=at(23, "23:00")).ids
    return a, b


def rows(till: Any, **more: Any) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in till("cash list --json", **more).json}


def test_the_golden_day(till: Any) -> None:
    (a, short), (b, over) = day(till)
    found = rows(till)

    assert (found[a]["expected"], found[a]["total"], found[a]["short"], found[a]["over"]) == ("2866.30", "2850.30", "16.00", None)
    assert (found[b]["expected"], found[b]["total"], found[b]["short"], found[b]["over"]) == ("1934.00", "1950.00", None, "16.00")
    assert [found[short][k] for k in VARIANCE] == [a, "front", "A", "2026-11-23", "short", "16.00", "王芳"]
    assert [found[over][k] for k in VARIANCE] == [b, "front", "B", "2026-11-23", "over", "16.00", "赵云"]
    assert found[a]["left"] == "1000.00"
    assert found[a]["takings"] == "1850.30"
    assert found[short]["state"] == "open"
    assert till("check").out == ""

    till(f"cash count --point front --count {FLOAT} --to 李敏 --by 钱进", at=at(24, "07:00"))
    assert measures(till, "over_count", "over_amount", "short_count", "short_amount") == ["1", "16.00", "1", "16.00"]
    assert measures(till, "variance_rate", "completeness_rate", "slots") == ["0.666667", "1.000000", "3"]


def measures(till: Any, *names: str) -> list[Any]:
    return [till(f"measure cash.{n} 2026-11-23 --json").json["value"] for n in names]


def test_a_missing_night_shift_is_seen_from_an_hour_after_its_end(till: Any) -> None:
    day(till)
    command = "measure cash.completeness_rate 2026-11-23 --json"
    assert till(command, at=at(24, "07:59")).json["den"] == "2"
    found = till(command, at=at(24, "08:00")).json
    assert (found["num"], found["den"]) == ("2", "3")
    lines = till("explain cash.completeness_rate 2026-11-23 --json").json["denominator"]
    assert {"id": "front 2026-11-23 C", "file": "", "line": 0, "amount": "1"} in lines
    said = till("cash status")
    assert "缺班" in said.out


def test_a_settlement_settles_one_variance_and_must_fit_it(till: Any) -> None:
    (_, short), (_, over) = day(till)
    for variance, how, amount in (
        (short, "over_paid_in", "16"), (over, "short_made_good", "16"), (over, "company_bears", "16"), (short, "short_made_good", "16.01"),
    ):  # fmt: skip
        till.refused(f"cash settle {variance} --how {how} --amount {amount} --doc 1")
    said = till.refused(f"cash settle {short} --how over_paid_in --amount 16 --doc 1")
    assert "不能以长补短" in said.err

    till(f"cash settle {short} --how short_made_good --amount 10 --doc 1")
    assert (rows(till)[short]["state"], rows(till)[short]["open_amount"], rows(till)[short]["amount"]) == ("partial", "6.00", "16.00")
    till.refused(f"cash settle {short} --how short_made_good --amount 6.01 --doc 1")
    said = till(f"cash settle {short} --how 公司承担 --amount 6 --doc 2")
    assert "批准人" in said.err
    found = rows(till)[short]
    assert (found["state"], found["open"], found["settled_at"]) == ("settled", False, at(24, "09:00"))
    assert till.refused(f"cash settle {short} --how explained --amount 1 --doc 3").err
    till(f"cash settle {over} --how over_paid_in --amount 16 --doc 4")
    assert till("cash list --open --json").json == []
    assert till("check").out == ""
    assert not {m["id"] for m in till("today --json", at=at(25, "09:00")).json} & {short, over}


def test_an_open_variance_comes_up_until_its_limit_and_after(till: Any) -> None:
    (_, short), (_, over) = day(till)
    found = {m["id"]: m for m in till("today --json", at=at(24, "15:00")).json if m["id"] in (short, over)}

    assert (found[short]["group"], found[short]["due"]) == ("overdue", at(24, "14:58"))
    assert found[over]["group"] == "today"
    assert found[over]["command"] == f"svcctl cash settle {over} --how over_paid_in --amount 16.00 --doc"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_learns_what_is_expected_before_the_count_is_stored(till: Any, lang: str) -> None:
    till("cash move --point front --type sale --amount 2486.30", at=at(24, "08:00"))
    secret = ("3486.30", "3,486.30", "2474.30", "2,474.30")  # expected, and the variance of the count below
    count = "cash count --point front --count 100x10,1x12 --to 王芳"
    said = [
        till([*shlex.split(line), *more], lang=lang)
        for line in (count, f"{count} --json", "cash check --point front --count 100x10,1x12 --by 陈强")
        for more in (["-n"],)
    ]
    said += [till(line, lang=lang) for line in ("today", "today --json", "cash status", "cash status --json", "cash list", "cash list --json", "log")]
    said += [till("cash count --help", lang=lang), till(f"{count} --left 9999", lang=lang, code=3), till(f"{count} --to 李敏", lang=lang, code=3)]
    for one in said:
        assert not any(s in one.out + one.err for s in secret), str(one)
        assert "variance" not in one.out.replace("variances", ""), str(one)
    assert len(till(count, lang=lang).ids) == 2


def test_a_count_that_agrees_prints_one_id_and_one_that_differs_two(till: Any) -> None:
    assert len(till(f"cash count --point front --count {FLOAT} --to 王芳", at=at(23, "07:00")).ids) == 1
    said = till(f"cash count --point front --count {FLOAT},100x1 --to 王芳", code=3, at=at(23, "15:00"))
    assert "面额x张数" in said.err
    told = till("cash count --point front --count 100x9 --to 李敏 --by 王芳 --key k1 --json", at=at(23, "15:00"))
    assert [one["event"] for one in told.json] == ["count", "variance"]
    again = till("cash count --point front --count 100x9 --to 李敏 --by 王芳 --key k1", at=at(23, "15:05"))
    assert again.ids == [one["id"] for one in told.json]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("count --point front --count 100x10 --to 李敏", "交班人不能接自己的班"),
        ("count --point front --count 100x10,2x1 --to 王芳", "没有这种面额：2；应为 100、50、20、10、5、1、0.5、0.1"),
        ("count --point front --count 100x10 --to 王芳 --left 1000.01", "不能多于"),
        ("count --point front --count 100x10 --to 王芳 --shift D", "班次：A、B、C"),
        ("count --point front --count 100x10 --to 王芳 --shift B --date 2026-11-24", "还没有开始"),
        ("count --point front --count 100x10 --to 王芳 --shift A --date 2026-11-23", "已经有了"),
        ("count --point front --count 100x10 --to 王芳 --at '2026-11-23 22:00'", "早于"),
        ("check --point front --count 100x10 --by 钱进", "不能抽查自己"),
        ("check --point front --count 100x10 --by 陈强 --at '2026-11-23 22:00'", "早于"),
        ("move --point front --type sale --amount 1 --at '2026-11-23 22:00'", "查明更正"),
        ("remit --point front --shifts A --count 100x1 --witness 陈强", "班次@日期"),
        ("remit --point front --shifts D@2026-11-23 --count 100x1 --witness 陈强", "班次：A、B、C"),
        ("skip --point front --shift A --date 2026-11-23 --reason x", "已经有了"),
        ("skip --point front --shift B --date 2026-11-24 --reason x", "还没有开始"),
        ("skip --point lobby --shift B --reason x", "front、bar"),
    ],
)  # fmt: skip
def test_what_is_refused(till: Any, line: str, said: str) -> None:
    day(till)
    assert said in till.refused("cash " + line).err


def test_required_values_are_named_together(till: Any) -> None:
    said = till("cash count", code=2)
    assert all(option in said.err for option in ("--point", "--count", "--to"))
    said = till("cash count --point front --count 100x10 --to safe", code=2)
    assert "--seal-no" in said.err
    assert "--witness" in said.err
    till("cash count --point front --count 100x10 --to safe --seal-no 1 --witness 陈强")
    assert "保险柜" in till("cash status").out


def test_staff_is_checked_for_a_person_who_takes_over_but_not_for_the_safe(till: Any) -> None:
    till.site("staff", "[{name: 李敏}, {name: 王芳}]")
    assert "王芳" in till.refused("cash count --point front --count 100x10 --to 王方").err
    till("cash count --point front --count 100x10 --to safe --seal-no 1 --witness 王芳")


def test_a_count_fills_the_uncounted_slot_whose_end_is_nearest(till: Any) -> None:
    ids = [
        till(f"cash count --point front --count {FLOAT} --to {to} --by {by}", at=at(23, clock)).id
        for clock, by, to in (("15:20", "李敏", "王芳"), ("18:00", "王芳", "李敏"), ("23:50", "李敏", "王芳"))
    ]
    found = rows(till)
    assert [(found[i]["shift"], found[i]["date"]) for i in ids] == [("A", "2026-11-23"), ("B", "2026-11-23"), ("C", "2026-11-23")]
    told = till("cash count --point front --count 100x3 --to 李敏 --by 王芳 --left 100", at=at(24, "07:30"))
    assert [rows(till)[told.ids[0]][k] for k in ("shift", "date", "left", "takings")] == ["A", "2026-11-24", "100.00", "200.00"]


def test_what_is_left_is_the_fixed_float_or_all_there_is(till: Any) -> None:
    one = till("cash count --point front --count 100x15 --to 王芳", at=at(23, "07:00")).ids[0]
    two = till("cash count --point front --count 100x7 --to 李敏 --by 王芳", at=at(23, "15:00")).ids[0]
    assert (rows(till)[one]["left"], rows(till)[two]["left"]) == ("1000.00", "700.00")
    three = till("cash count --point front --count 100x7 --to 王芳", at=at(23, "23:00")).ids
    assert len(three) == 1


def test_money_is_not_amended_or_undone_and_what_others_build_on_is_not_voided(till: Any) -> None:
    (a, short), (b, _) = day(till)
    sale = next(i for i, row in rows(till).items() if row["amount"] == "934.00")
    till.refused(f"cash amend {a} --set left=1 --reason x")
    till.refused("undo")
    void = "--reason 看错 --approved-by 陈强"
    for one in (a, sale):
        assert b in till.refused(f"cash void {one} {void}").err
    assert till.refused(f"cash void {short} {void}").err  # it stands
    till(f"cash void {b} {void}")
    assert till("check").out == ""
    assert till("cash list --open --json").json[-1]["count"] == b  # its variance stands
    till(f"cash void {sale} {void}")
    assert till("check").out == ""


def test_takings_are_remitted_by_slot_and_what_is_unusual_is_said(till: Any) -> None:
    (a, _), (b, _) = day(till)
    said = till("cash remit --point front --shifts A@2026-11-23,B@2026-11-23 --count 100x28,0.1x3 --bag 7 --witness 李敏", at=at(24, "08:00"))
    assert "见证人和录入人是同一人" in said.err
    assert "清点" not in said.err  # 1850.30 + 950.00
    assert [rows(till)[i]["remitted"] for i in (a, b)] == [at(24, "08:00")] * 2
    assert said.id in rows(till)
    again = till("cash remit --point front --shifts A@2026-11-23,C@2026-11-22 --count 100x1 --witness 陈强").err
    assert "A@2026-11-23 已缴过" in again
    assert "1850.30" in again
    doc = till("cash show --json " + said.id).json["history"][0]
    assert doc["shifts"] == ["A@2026-11-23", "B@2026-11-23"]
    assert till("measure cash.remitted_on_time_rate 2026-11-24 --json --as-of '2026-11-24 12:00'").json["value"] == "1.000000"


def test_a_variance_is_not_typed(till: Any) -> None:
    till("cash variance --count x", code=2)
    entry = {"kind": "cash", "event": "variance", "count": "ca-0000000000", "point": "front", "type": "over", "amount": "1.00", "by": "李敏"}
    assert till("append --from -", stdin=json.dumps(entry) + "\n", code=3).out == ""
    assert not [name for name in till.files() if name.startswith("cash/")]


def test_status_shows_overs_and_shorts_apart_and_who_is_on_duty(till: Any) -> None:
    (_, short), (_, over) = day(till)
    found = till("cash status --date 2026-11-23 --json").json
    assert [(s["shift"], s["status"], s["over"], s["short"]) for s in found["slots"]] == [
        ("A", "counted", None, "16.00"), ("B", "counted", "16.00", None), ("C", "missing", None, None),
    ]  # fmt: skip
    assert [v["id"] for v in found["over"]] == [over]
    assert [v["id"] for v in found["short"]] == [short]
    assert found["on_duty"] == [
        {"point": "front", "on_duty": "钱进", "since": at(23, "23:00")}, {"point": "bar", "on_duty": None, "since": None},
    ]  # fmt: skip
    assert "expected" not in json.dumps(found)
    till("cash skip --point front --shift C --date 2026-11-23 --reason 停业")
    assert till("cash status --point front --date 2026-11-23 --json").json["slots"][2]["status"] == "skipped"
    assert till("cash status --point frnt", code=3).err.count("front")


def test_without_points_the_message_says_where_they_belong(svc: Any) -> None:
    svc.site("points", "{}")
    assert "points" in svc("cash status", code=3).err
    assert "points" in svc("cash count --point front --count 100x1 --to 王芳", code=3).err


def test_a_list_can_be_asked_for_one_type_of_variance(till: Any) -> None:
    (_, short), (_, over) = day(till)
    assert [r["id"] for r in till("cash list --where type=short --json").json] == [short]
    assert [r["id"] for r in till("cash list --where type=长款 --json").json] == [over]
    assert "长款" in till("cash list --where event=variance").out


def test_a_stream_and_an_import_of_a_day_come_to_the_same_chain(till: Any) -> None:
    lines = [
        {"kind": "cash", "event": "count", "key": "c1", "at": at(23, "07:00"), "point": "front", "count": FLOAT, "to": "王芳", "by": "李敏"},
        {"kind": "cash", "event": "move", "key": "m1", "at": at(23, "09:00"), "point": "front", "type": "sale", "amount": "10.00", "by": "王芳"},
        {"kind": "cash", "event": "count", "key": "c2", "at": at(23, "15:00"), "point": "front", "count": "100x10", "to": "李敏", "by": "王芳"},
        {"kind": "cash", "event": "settle", "of": "key:c2/2", "key": "s1", "at": at(23, "16:00"), "how": "short_made_good", "amount": "10.00", "doc": "1", "by": "李敏"},
    ]  # fmt: skip
    said = till("append --from -", stdin="".join(json.dumps(one) + "\n" for one in lines))
    assert len(said.ids) >= 4
    assert till("check").out == ""
    assert [r["state"] for r in till("cash list --where event=variance --json").json] == ["settled"]


def test_today_asks_for_missing_slots_and_for_takings_not_handed_in(till: Any) -> None:
    (a, _), _ = day(till)
    found = [m for m in till("today --json", at=at(24, "10:30")).json if m["command"].startswith(("svcctl cash skip", "svcctl cash remit"))]

    assert [(m["id"], m["due"], m["command"]) for m in found if m["id"] in ("", a)] == [
        ("", at(24, "08:00"), "svcctl cash skip --point front --shift C --date 2026-11-23 --reason"),
        (a, at(24, "10:00"), "svcctl cash remit --point front --shifts A@2026-11-23 --count  --witness"),
    ]  # fmt: skip
    till("cash skip --point front --shift C --date 2026-11-23 --reason 停业", at=at(24, "10:30"))
    till("cash remit --point front --shifts A@2026-11-23,B@2026-11-23 --count 100x28,0.1x3 --witness 陈强", at=at(24, "10:31"))
    assert not [m for m in till("today --json", at=at(24, "10:35")).json if m["command"].startswith(("svcctl cash skip", "svcctl cash remit"))]


def test_what_happens_in_the_second_of_a_count_comes_after_it(till: Any) -> None:
    till(f"cash count --point front --count {FLOAT} --to 王芳", at=at(23, "15:00"))
    till("cash move --point front --type sale --amount 50", at=at(23, "15:00"))
    one = till(f"cash count --point front --count {FLOAT},0.5x0 --to 李敏 --by 王芳", at=at(23, "23:00"), code=3)
    assert "面额" in one.err
    (count, _) = till(f"cash count --point front --count {FLOAT} --to 李敏 --by 王芳", at=at(23, "23:00")).ids
    assert (rows(till)[count]["expected"], rows(till)[count]["short"]) == ("1050.00", "50.00")


def test_a_count_may_be_entered_after_something_later_that_it_does_not_touch(till: Any) -> None:
    (_, short), _ = day(till)
    till(f"cash settle {short} --how explained --amount 16 --doc 1 --approved-by 陈强", at=at(24, "08:00"))
    till("cash move --point front --type sale --amount 5", at=at(24, "08:00"))
    before_the_sale = till("cash count --point front --count 100x10 --to 李敏 --by 钱进 --at '2026-11-24 07:00'", at=at(24, "08:30")).ids
    after = till("cash count --point front --count 100x10,5x1 --to 钱进", at=at(24, "15:00")).ids
    assert (len(before_the_sale), len(after)) == (1, 1)
    assert len(till("cash check --point front --count 100x9 --by 陈强 --at '2026-11-24 15:30'", at=at(24, "15:40")).ids) == 2
    assert till("check", at=at(24, "16:00")).out == ""


def test_the_same_key_takes_the_same_count_however_it_is_typed(till: Any) -> None:
    line = "cash count --point front --to 王芳 --key k --count "
    ids = till(line + "100x9,50x1,0.1x3").ids
    assert till(line + "0.1x3,100x9,50x1,20x0").ids == ids
    assert "count" in till.refused(line + "100x9,50x1,0.1x4").err


@pytest.mark.parametrize("line", ["move --point front --type sale --amount 0", "settle key:k/2 --how short_made_good --amount 0 --doc 1"])
def test_an_amount_of_nothing_is_refused(till: Any, line: str) -> None:
    till("cash count --point front --to 王芳 --key k --count 100x9")
    assert "大于 0" in till.refused(f"cash {line}").err
