"""Closed months: their reports stay what they were, and what came after the closing is shown by the next ones."""

from __future__ import annotations

import json
import random
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from svcctl import nouns
from svcctl.book.open import Book
from svcctl.ledger import window
from svcctl.measures.engine import compute
from svcctl.period import Calendar
from svcctl.reports import closing
from svcctl.store import codec

HERE = Path(__file__).resolve().parents[2]
SEALED = "2026-11-03T10:12:00+08:00"
LATER = "2026-11-12T15:00:00+08:00"
OVER = "2026-12-01T08:00:00+08:00"
TABLES = ("late_entries_sealed", "accepted_entries", "published_changed")
CASES = ("json", "xlsx")
FIGURES = ("repair.backlog", "fee.arrears")


def october(svc):
    """A month with a bit of everything; its records by what they are called here."""
    svc.site("points", '{front: {float: "1000.00", shifts: [{code: D, from: "08:00", to: "20:00"}, {code: N, from: "20:00", to: "08:00"}]}}')
    ids = {}
    for name, line, at in (
        ("charge", "fee charge --tenant 悦茶 --item property --amount 800.00 --due 2026-10-15", "10-05T09:00"),
        ("slip", "fee charge --tenant 悦茶 --item water --amount 88.00 --due 2026-10-15", "10-05T09:05"),
        ("paid", "fee pay --tenant 悦茶 --amount 300.00 --method bank", "10-06T10:00"),
        ("done", "repair add --unit A-101 --fault 灯不亮 --party property --due 2026-10-08", "10-07T09:00"),
        ("open", "repair add --unit A-102 --fault 漏水 --party property --due 2026-10-22", "10-20T09:00"),
        ("noise", "complaint add --content 夜间噪音 --contact 13800001234", "10-09T20:00"),
        ("count", "cash count --point front --count 100x12 --to 王强", "10-10T20:00"),
    ):
        ids[name] = svc(line, at=f"2026-{at}:00+08:00").ids[0]
    svc(f"repair finish {ids['done']} --result fixed", at="2026-10-07T18:00:00+08:00")
    svc(f"complaint reply {ids['noise']} --text 已联系", at="2026-10-09T21:00:00+08:00")
    return ids


def printed(svc, period, at, name="monthly", forms=CASES, **more):
    """A report in every form, its file's name too, by what it was asked for as."""
    made = {}
    for form in forms:
        folder = svc.folder / "printed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        svc(f"report {name} {period} --format {form} -o {folder}", at=at, **more)
        (path,) = folder.iterdir()
        made[form] = (path.name, path.read_bytes())
    return made


def figures(svc, period, at, cut=""):
    """Some figures and how they come about."""
    asked = [f"{verb} {i} {period} --json {cut}" for i in FIGURES for verb in ("measure", "explain")]
    return [svc(line, at=at).json for line in asked]


def tables(svc, period, at, name="monthly"):
    made = svc(f"report {name} {period} --format json", at=at).json["tables"]
    return [made[key] for key in TABLES]


def agree(svc, changed, cut):
    """Every figure that is said to have changed is what ``measure`` says, before and after."""
    for row in changed:
        asked = f"measure {row['measure']} {row['month']} --json"
        before, now = svc(asked, at=OVER).json, svc(f"{asked} --known-at {cut}", at=OVER).json
        assert (row["published"], row["now"]) == (before["value"], now["value"]) and before["value"] != now["value"]
        assert row["unit"] == before["unit"]
        if None not in (row["published"], row["now"]):
            scale = 100 if row["unit"] == "rate" else 1
            assert Decimal(row["change"]) == (Decimal(row["now"]) - Decimal(row["published"])) * scale


def pasted(source, target):
    """What git brings: the files of another desk that are not here yet."""
    for path in source.rglob("*.yaml"):
        rel = path.relative_to(source)
        if not (target / rel).exists():
            (target / rel).parent.mkdir(exist_ok=True)
            shutil.copy(path, target / rel)


def test_a_sealed_month_is_printed_as_it_was_whatever_comes_later(svc):
    ids = october(svc)
    open_month = printed(svc, "2026-10", SEALED)
    svc("seal 2026-10", at=SEALED)
    first, said = printed(svc, "2026-10", SEALED), figures(svc, "2026-10", SEALED)
    week, day = printed(svc, "2026-W43", SEALED, "weekly"), printed(svc, "2026-10-31", SEALED, "daily", CASES[:1])
    assert first == open_month  # that it is sealed is said beside it, not in it

    svc.site("site", "另一个名字")
    svc.site("targets", '{repair.on_time_rate: {min: "0.10"}}')
    svc.site("policy", "{complaint: {callback_within: 30d}}")
    svc.site("language", "en")
    svc.site("month_start_day", "26")
    steps = [
        lambda: None,
        lambda: svc(f"repair finish {ids['open']} --result fixed --at '2026-10-21 09:00' --late 师傅补交的单子", at=LATER),
        lambda: svc(f"repair amend {ids['done']} --set party=equipment --reason 分错了 --late 复查时发现", at=LATER),
        lambda: svc(f"fee void {ids['slip']} --reason 重复 --approved-by 陈 --late 对账发现", at=LATER),
        lambda: svc("complaint add --content 电梯 --contact 13900001234 --at '2026-10-30 09:00' --late 电话记录", at=LATER),
        lambda: svc("repair add --unit B-1 --fault 门锁 --party property", at=LATER),
        lambda: svc.plant(
            "complaints/2026-10.night.yaml", id="cp-n000000001", kind="complaint", event="add", at="2026-10-11T09:00:00+08:00",
            recorded="2026-10-11T09:01:00.000000+08:00", content="停车", anonymous="true",
            promised="2026-10-12T09:00:00+08:00", target="2026-10-14T09:00:00+08:00",
        ),
        lambda: svc.plant(
            "repairs/2026-08.night.yaml", id="rp-n000000002", kind="repair", event="add", at="2026-08-11T09:00:00+08:00",
            recorded="2026-08-11T09:01:00.000000+08:00", unit="C-1", fault="空调", party="property", due="2026-08-12T09:00:00+08:00",
        ),
        lambda: svc.plant(
            "repairs/2026-10.night.yaml", id="rp-n000000003", kind="repair", event="cancel", of=ids["open"], reason="误报",
            at="2026-10-20T10:00:00+08:00", recorded="2026-10-20T10:00:00.000000+08:00",
        ),
        lambda: svc("seal 2026-10 --accept --reason 夜班合并", at=LATER),
        lambda: svc("seal 2026-11", at="2026-12-02T09:00:00+08:00"),
    ]  # fmt: skip
    for number, step in enumerate(steps):
        step()
        forms = CASES if number % 5 == 0 else CASES[:1]
        assert printed(svc, "2026-10", OVER, forms=forms).items() <= first.items(), number
        assert figures(svc, "2026-10", OVER) == said, number
    assert printed(svc, "2026-W43", OVER, "weekly") == week and printed(svc, "2026-10-31", OVER, "daily", CASES[:1]) == day
    shutil.rmtree(svc.ledger / ".svcctl")
    assert printed(svc, "2026-10", OVER, env={"TZ": "America/Chicago", "PYTHONHASHSEED": "7"}) == first
    # what is known today is there for the asking
    svc.site("month_start_day", "1")
    assert figures(svc, "2026-10", OVER, "--known-at now") == figures(svc, "2026-10", OVER, "--known-at 现在") != said


def sheets(path):
    """The texts of a workbook's cells, by the names of its sheets, in their order."""
    book = CalamineWorkbook.from_path(path)
    return {name: [str(cell) for row in book.get_sheet_by_name(name).to_python() for cell in row if cell != ""] for name in book.sheet_names}


def test_it_is_said_once_which_seal_a_figure_comes_from(svc, svc_en):
    for desk, sealed, known in (
        (svc, "2026-10 已由李敏于 2026-11-03 10:12 结账", "--known-at 现在"),
        (svc_en, "2026-10 was sealed by 李敏 on 2026-11-03 10:12", "--known-at now"),
    ):
        october(desk)
        seal = desk("seal 2026-10", at=SEALED).id
        path = desk.folder / "m.xlsx"
        said = desk(f"report monthly 2026-10 --format json -o {path.with_suffix('.json')}", at=OVER)
        assert said.err.count(sealed) == 1 and seal in said.err and known in said.err
        assert desk("measure repair.backlog 2026-10", at=OVER).err.count(sealed) == 1
        for rest in ("2026-10 --known-at 2026-11-02", "2026-11"):
            assert desk(f"measure repair.backlog {rest}", at=OVER).err == ""
        assert seal not in desk("measure repair.backlog 2026-10 --as-of 2026-10-31", at=OVER).err  # it says that it is none
        desk(f"report monthly 2026-10 --known-at now -o {path}", at=OVER)
        assert seal not in str(sheets(path))


def rewritten(svc, old, new):
    """The seals with another text in them, under sums of their own."""
    path = svc.ledger / "seals" / "2026-10.yaml"
    docs = [piece.doc for piece in codec.pieces(path.read_bytes().replace(old, new))]
    made = [{**{k: v for k, v in doc.items() if k != "sum"}, "sum": codec.sums(doc, ())[0]} for doc in docs]
    path.write_bytes(b"".join(codec.dump(doc) for doc in made))


def test_a_seal_of_another_version_or_one_that_is_not_whole(svc):
    october(svc)
    svc("seal 2026-10", at=SEALED)
    before = svc("measure fee.arrears 2026-10", at=OVER)
    rewritten(svc, b'version: "0.1.0"', b'version: "0.0.9"')
    after = svc("measure fee.arrears 2026-10", at=OVER)
    assert after.out == before.out and "0.0.9" not in before.err
    assert "结账时的 svcctl 是 0.0.9，现在是 0.1.0，版面可能不同" in after.err
    rewritten(svc, b"timezone: ", b"time_zone: ")
    unread = svc("measure fee.arrears 2026-10", at=OVER)
    assert unread.out == before.out and "里的设置读不懂，改用今天的" in unread.err
    path = svc.ledger / "seals" / "2026-10.yaml"
    path.write_bytes(path.read_bytes().split(b"---\n")[1])
    refused = svc.refused("measure fee.arrears 2026-10", at=OVER)
    assert "不完整" in refused.err and "--known-at 现在" in refused.err
    assert svc("measure fee.arrears 2026-10 --known-at 现在", at=OVER).out == before.out


def test_the_next_report_shows_what_came_and_what_it_did(svc):
    ids = october(svc)
    svc("seal 2026-10", at=SEALED)
    new = {
        "finish": svc(f"repair finish {ids['open']} --result fixed --at '2026-10-21 09:00' --late '师傅补交，电话 13800001234'", at=LATER).id,
        "amend": svc(f"repair amend {ids['done']} --set party=equipment --reason 分错了 --late 复查时发现", at=LATER).id,
        "void": svc(f"fee void {ids['slip']} --reason 重复 --approved-by 陈 --late 对账发现", at=LATER).id,
        "charge": svc("fee charge --tenant 悦茶 --item water --amount 66.50 --due 2026-10-31 --at '2026-10-28 09:00' --late 抄表晚", at=LATER).id,
        "move": svc("cash move --point front --type sale --amount 12.00 --at '2026-10-10 20:30' --late 漏记", at=LATER).id,
    }
    svc("repair add --unit B-1 --fault 门锁 --party property", at=LATER)
    slip = svc("repair add --unit B-2 --fault 水管 --party property", at=LATER).id
    svc(f"repair void {slip} --reason 录错 --approved-by 陈", at=LATER)
    late, accepted, changed = tables(svc, "2026-11", OVER)
    assert [(r["event"], r["of"], r["amount"], r["reason"], r["months"]) for r in late] == [
        ("finish", None, None, "师傅补交，电话 138****1234", "2026-10"),
        ("amend", ids["done"], None, "分错了；复查时发现", "2026-10"),
        ("void", ids["slip"], "88.00", "重复；对账发现", "2026-10"),
        ("charge", None, "66.50", "抄表晚", "2026-10"),
        ("move", None, "12.00", "漏记", "2026-10"),
    ]
    assert [r["record"] for r in late] == [ids["open"], ids["done"], ids["slip"], new["charge"], new["move"]]
    assert {r["recorded"][:19] for r in late} == {LATER[:19]} and accepted == []
    published = {r["measure"]: (r["published"], r["now"], r["change"]) for r in changed}
    assert published["fee.billed"] == ("888.00", "866.50", "-21.50")
    assert published["repair.backlog"] == ("1", "0", "-1")
    assert published["repair.on_time_rate"] == ("0.500000", "1.000000", "50.0000")
    assert "complaint.received" not in published and "repair.received" not in published
    agree(svc, changed, "2026-11-30")
    # each week shows its own; December has nothing to show, and says nothing
    assert tables(svc, "2026-W46", OVER, "weekly") == [late, accepted, changed]
    assert tables(svc, "2026-11-12", OVER, "daily") == [late, accepted, changed]
    assert tables(svc, "2026-W47", OVER, "weekly") == [[], [], []]
    # a knowledge that is cut leaves out what it did not know
    cut = svc("report monthly 2026-11 --format json --known-at 2026-11-11", at=OVER).json["tables"]
    assert [cut[key] for key in TABLES] == [[], [], []]
    # the months before have never heard of a seal
    assert not set(TABLES) & set(svc("report monthly 2026-09 --format json", at=OVER).json["tables"])
    # once November is sealed its report is what it was
    november = printed(svc, "2026-11", "2026-12-02T09:00:00+08:00", forms=CASES[:1])
    svc("seal 2026-11", at="2026-12-02T09:00:00+08:00")
    svc(f"complaint resolve {ids['noise']} --cause 施工 --action 停工 --at '2026-10-12 09:00' --late 补", at="2026-12-05T09:00:00+08:00")
    assert printed(svc, "2026-11", "2026-12-20T09:00:00+08:00", forms=CASES[:1]) == november
    late, _, changed = tables(svc, "2026-12", "2027-01-02T09:00:00+08:00")
    assert [(r["event"], r["months"]) for r in late] == [("resolve", "2026-10 2026-11")]
    assert {r["month"] for r in changed} == {"2026-10", "2026-11"} and {r["measure"].split(".")[0] for r in changed} == {"complaint"}
    agree(svc, changed, "2026-12-31")


def test_what_a_merge_brought_and_who_accepted_it(svc, new_desk):
    october(svc)
    night = new_desk("zh")
    shutil.rmtree(night.ledger)
    shutil.copytree(svc.ledger, night.ledger, ignore=shutil.ignore_patterns(".svcctl"))
    night.env["SVCCTL_DESK"] = "night"
    other = night("complaint add --content 停车 --contact 13700001234 --by 王强", at="2026-10-25T23:00:00+08:00").id
    svc("seal 2026-10", at=SEALED)
    # the other desk knows of no seal, records on, and makes one of its own
    night("seal 2026-10 --by 王强", at="2026-11-04T09:00:00+08:00")
    before = printed(svc, "2026-10", OVER, forms=CASES[:1])
    pasted(night.ledger, svc.ledger)
    assert printed(svc, "2026-10", OVER, forms=CASES[:1]) == before  # the first seal is the one that counts
    late, accepted, changed = tables(svc, "2026-11", OVER)
    assert late == [] and [(r["id"], r["accepted_by"], r["by"], r["month"]) for r in accepted] == [(other, "王强", "王强", "2026-10")]
    assert {r["measure"]: r["change"] for r in changed}["complaint.received"] == "1"
    agree(svc, changed, "2026-11-30")
    svc.plant(
        "fees/2026-10.night.yaml", id="fe-n000000002", kind="fee", event="charge", at="2026-10-26T09:00:00+08:00",
        recorded="2026-11-06T09:00:00.000000+08:00", by="王强", tenant="悦茶", item="water", amount="50.00", due="2026-10-31", month="2026-10",
    )  # fmt: skip
    # recorded where nobody knew of the seal, it is late; once it is accepted it is shown as that
    assert [(r["record"], r["amount"], r["reason"]) for r in tables(svc, "2026-11", OVER)[0]] == [("fe-n000000002", "50.00", None)]
    supplement = svc("seal 2026-10 --accept --reason 夜班的水费单 --by 陈", at=LATER).id
    late, accepted, changed = tables(svc, "2026-11", OVER)
    assert late == [] and [(r["id"], r["accepted_by"], r["reason"], r["amount"]) for r in accepted] == [
        (other, "王强", None, None), ("fe-n000000002", "陈", "夜班的水费单", "50.00"),
    ]  # fmt: skip
    assert accepted[1]["seal"] == supplement
    assert {r["measure"]: r["change"] for r in changed}["fee.billed"] == "50.00"
    agree(svc, changed, "2026-11-30")
    assert tables(svc, "2026-W47", OVER, "weekly") == [[], [], []]


@pytest.mark.parametrize("names", [("se-0000000001", "se-0000000002"), ("se-0000000002", "se-0000000001")])
def test_two_seals_of_the_very_same_moment(svc, new_desk, monkeypatch, names):
    """Which one counts follows from the ids, the same on each side; the figures differ by what that one knew."""
    svc("repair add --unit A-1 --fault 灯 --party property", at="2026-10-05T09:00:00+08:00")
    night = new_desk("zh")
    shutil.rmtree(night.ledger)
    shutil.copytree(svc.ledger, night.ledger, ignore=shutil.ignore_patterns(".svcctl"))
    night.env["SVCCTL_DESK"] = "night"
    other = night("repair add --unit A-2 --fault 门 --party property", at="2026-10-25T23:00:00+08:00").id
    made = iter(names)
    with monkeypatch.context() as patched:
        patched.setattr("svcctl.book.sealing.new_id", lambda *_: next(made))
        for desk, by in ((svc, "李敏"), (night, "王强")):
            desk(f"seal 2026-10 --by {by}", at=SEALED)
    before = printed(svc if names[0] < names[1] else night, "2026-10", OVER)
    pasted(night.ledger, svc.ledger)
    pasted(svc.ledger, night.ledger)
    for desk in (svc, night):
        assert printed(desk, "2026-10", OVER) == before
        late, accepted, changed = tables(desk, "2026-11", OVER)
        if names[0] < names[1]:  # the one that counts did not know it
            assert [(r["id"], r["accepted_by"]) for r in accepted] == [(other, "王强")]
            assert {r["measure"]: (r["published"], r["now"]) for r in changed}["repair.received"] == ("1", "2")
            agree(desk, changed, "2026-11-30")
        else:
            assert accepted == changed == []
        assert late == []
        first, second = sorted(zip(names, ("李敏", "王强"), strict=True))
        for lang, text in (("zh", f"2026-10 另有{second[1]}于 2026-11-03 10:12 的结账（{second[0]}）；以 {first[0]} 为准"),
                           ("en", f"{second[1]} sealed 2026-10 too, on 2026-11-03 10:12 ({second[0]}); {first[0]} is the one that counts")):  # fmt: skip
            said = desk(f"report monthly 2026-10 -o {desk.folder}/again.xlsx", at=OVER, lang=lang)
            assert said.err.splitlines()[1] == text
        assert desk("check", at=OVER).out == ""


def test_a_month_sealed_elsewhere_before_an_entry_reached_it_has_other_figures_now(svc, new_desk):
    """September is sealed by a desk that has an entry of it; October, later, by one that does not: it is open in both."""
    svc("repair add --unit A-1 --fault 灯 --party property", at="2026-09-05T09:00:00+08:00")
    night = new_desk("zh")
    shutil.rmtree(night.ledger)
    shutil.copytree(svc.ledger, night.ledger, ignore=shutil.ignore_patterns(".svcctl"))
    night.env["SVCCTL_DESK"] = "night"
    night("repair add --unit A-2 --fault 门 --party property", at="2026-09-25T23:00:00+08:00")
    svc("seal 2026-09", at="2026-11-02T09:00:00+08:00")
    night("seal 2026-09", at="2026-11-02T10:00:00+08:00")
    svc("seal 2026-10", at="2026-11-03T09:00:00+08:00")
    pasted(night.ledger, svc.ledger)
    _, accepted, changed = tables(svc, "2026-11", OVER)
    assert len(accepted) == 1
    assert {(r["month"], r["published"], r["now"]) for r in changed if r["measure"] == "repair.backlog"} == {("2026-09", "1", "2"), ("2026-10", "1", "2")}


@pytest.mark.parametrize("line", ["explain nope 2026-10", "measure nope 2026-10", "report nope 2026-10"])
def test_no_seal_is_spoken_of_where_there_is_no_figure(svc, line):
    october(svc)
    svc("seal 2026-10", at=SEALED)
    assert "结账" not in svc(line, at=OVER, code=4).err


@pytest.mark.parametrize(
    ("lang", "title", "notice"),
    [
        ("zh", "补录与更正", "本期补录、更正已结账月份的条目 2 条，改变已公布的数字 5 个，见“补录与更正”。"),
        ("en", "Late entries, corrections", "Entries of this period about sealed months: 2; published figures changed: 5. See “Late entries, corrections”."),
    ],
)  # fmt: skip
def test_the_sheet_comes_before_the_checks_and_only_if_it_says_something(svc, lang, title, notice):
    ids = october(svc)
    svc("seal 2026-10", at=SEALED)
    path = svc.folder / "november.xlsx"
    line = f"report monthly 2026-11 --lang {lang} -o {path}"
    svc(line, at=OVER)
    assert title not in sheets(path)
    svc(f"repair finish {ids['open']} --result fixed --at '2026-10-21 09:00' --late {'补' * 200}", at=LATER)
    svc(f"complaint assign {ids['noise']} --owner 王强 --at '2026-10-10 09:00' --late 补", at=LATER)
    svc(line, at=OVER)
    found = sheets(path)
    names = list(found)
    assert names.index(title) == names.index({"zh": "校验", "en": "Checks"}[lang]) - 1
    assert notice in str(found[names[0]])
    for key in ("late_entries_sealed", "published_changed"):
        assert closing.TITLES[key].to(lang) in found[title]
        assert closing.INTROS[key].to(lang) in found[{"zh": "口径", "en": "Definitions"}[lang]]
    assert closing.TITLES[closing.ACCEPTED].to(lang) not in found[title]
    sheet = openpyxl.load_workbook(path)[title]
    linked = {c.value: c.hyperlink and c.hyperlink.location for row in sheet.iter_rows() for c in row if c.value in ids.values()}
    assert linked[ids["open"]] is None and linked[ids["noise"]].startswith({"zh": "'未关闭投诉'!", "en": "'Open complaints'!"}[lang])
    long = next(c for row in sheet.iter_rows() for c in row if c.value == "补" * 200)
    assert long.alignment.wrap_text and sheet.row_dimensions[long.row].height > 40


def test_figures_of_what_was_known_are_those_of_a_ledger_that_holds_nothing_else(tmp_path):
    """Of a third of the records of the sample some entries are taken away, with all that follows up on them."""
    docs = {path: [piece.doc for piece in codec.pieces(path.read_bytes())] for path in (HERE / "ledger").glob("*/*.yaml")}
    by_id = {doc["id"]: doc for several in docs.values() for doc in several}
    chance = random.Random(7)
    out = {name for name in sorted(by_id) if not by_id[name].get("of") and chance.random() < 0.65}
    gone = {name for name in sorted(by_id) if chance.random() < 0.03}

    def held(doc, without):
        return doc["id"] not in without and (not doc.get("of") or held(by_id[doc["of"]], without))

    known = frozenset(name for name, doc in by_id.items() if held(doc, out | gone))
    for folder, without in (("whole", out), ("part", out | gone)):
        for path, several in docs.items():
            copy = tmp_path / folder / path.relative_to(HERE / "ledger")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(b"".join(codec.dump(doc) for doc in several if held(doc, without)))
        shutil.copy(HERE / "ledger" / "ledger.yaml", tmp_path / folder)

    def all_of(folder, known):
        book = Book(str(folder), datetime.fromisoformat(OVER), {}, print, use_index=known is not None)
        book.known = known
        periods = [Calendar(book.site.zone).parse(text, book.now, "month") for text in ("2026-W44", "2026-10")]
        return [compute(book, window(book.site, period, book.now)).figures for period in periods]

    assert len(by_id) / 5 < len(known) < len(by_id) / 2
    assert all_of(tmp_path / "part", None) == all_of(tmp_path / "whole", known)


@pytest.mark.parametrize("how", ["lost", "changed", "seal"])
def test_a_sealed_month_that_is_not_what_it_was_says_so(svc, how):
    ids = [svc(["complaint", "add", "--content", text, "--anonymous", "--at", "2026-10-02 09:00"], at="2026-10-03T09:00:00+08:00").id for text in ("一", "二")]
    svc("seal 2026-10", at=OVER)
    assert svc("report monthly 2026-10 --format json", at=OVER).json["warnings"] == []
    name = "seals/2026-10.yaml" if how == "seal" else "complaints/2026-10.yaml"
    path = svc.ledger / name
    docs = path.read_text("utf-8").split("---\n")[1:]
    if how == "lost":
        docs.pop()
    elif how == "changed":
        lines = docs[-1].splitlines()
        doc = {key: json.loads(value) for key, _, value in (line.partition(": ") for line in lines)}
        doc["content"] = "三"
        doc["sum"] = codec.sums(doc, nouns.noun("complaint").personal())[0]
        docs[-1] = codec.dump(doc).decode().removeprefix("---\n")
    else:
        docs[0] = docs[0].replace('hash: "', 'hash: "0', 1)
    path.write_text("".join(f"---\n{doc}" for doc in docs), "utf-8")
    said = svc("report monthly 2026-10 --format json", at=OVER, code=1)
    assert len(said.json["warnings"]) >= 1
    assert "svcctl check" in said.err
    assert (ids[1] in str(said.json["tables"]["damage"])) == (how != "seal")
    svc("measure complaint.received 2026-10", at=OVER, code=1)
    svc("check", code=1, at=OVER)
