"""``report --ledger A --ledger B``: which ledgers are read, how they are cut, what is said and how it ends."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

RECEIVED = "repair.received"


def repair(desk: Any, at: str, **more: str) -> str:
    line = ["repair", "add", "--unit", "A-101", "--fault", "灯不亮", "--reporter", "王芳", "--contact", "13800001234", "--party", "property", "--at", at]
    return str(desk([*line, *(word for pair in more.items() for word in pair)]).id)


@pytest.fixture
def sites(new_desk: Any) -> Any:
    """Two desks with two repairs and one in October, and the words that name both ledgers."""
    south, north = new_desk(site="南区"), new_desk(site="北区")
    for day in ("2026-10-05 09:00", "2026-10-06 09:00"):
        repair(south, day)
    repair(north, "2026-10-07 09:00")
    return south, north, ["--ledger", str(south.ledger), "--ledger", str(north.ledger)]


def received(data: dict[str, Any]) -> str:
    return str(next(m["value"] for m in data["measures"] if m["id"] == RECEIVED))


def test_two_ledgers_are_one_report_in_the_order_typed(sites: Any) -> None:
    south, _, both = sites
    data = south(["report", "monthly", "2026-10", "--format", "json", *both]).json
    assert [one["site"] for one in data["sites"]] == ["南区", "北区"] and received(data) == "3"
    said = south(["report", "monthly", "2026-10", *both])
    assert said.out == "南区+1_monthly_2026-10.xlsx\n" and said.err == ""
    first = (south.folder / "cwd" / "南区+1_monthly_2026-10.xlsx").read_bytes()
    south(["report", "monthly", "2026-10", "-o", "again.xlsx", *both], at="2026-12-30T09:00:00+00:00")
    assert (south.folder / "cwd" / "again.xlsx").read_bytes() == first
    assert south(["report", "monthly", "2026-10", "--format", "json", "-o", "out/", *both]).out == "out/南区+1_monthly_2026-10.json\n"
    assert south(["report", "monthly", "2026-10", *both[2:], *both[:2]]).out == "北区+1_monthly_2026-10.xlsx\n"


def test_one_ledger_is_as_before_the_command_and_that_one_is_not_added(sites: Any) -> None:
    south, north, both = sites
    line = ["report", "monthly", "2026-10", "--format", "json"]
    assert south([*line, "--ledger", str(north.ledger)]).json == north(line).json
    assert south(["-C", str(south.ledger), *line, "--ledger", str(north.ledger)]).json == north(line).json
    assert len(south(["-C", str(south.ledger), *line, *both]).json["sites"]) == 2
    assert south([*line, "--ledger", str(north.folder)]).json["site"] == "北区", "the folder above it is understood"


def test_outside_of_any_ledger(sites: Any) -> None:
    south, _, both = sites
    assert received(south(["report", "monthly", "2026-10", "--format", "json", *both], env={"SVCCTL_LEDGER": ""}).json) == "3"


def test_nothing_is_written_to_a_ledger(sites: Any) -> None:
    south, north, both = sites
    before = south.files(), north.files()
    south(["report", "monthly", "2026-10", *both])
    assert (south.files(), north.files()) == before


def test_a_sealed_month_is_as_its_seal_knew_it(sites: Any) -> None:
    south, north, both = sites
    north(["seal", "2026-10"])
    repair(north, "2026-10-09 09:00", **{"--late": "漏登"})
    repair(south, "2026-10-09 09:00")
    line = ["report", "monthly", "2026-10", "--format", "json"]
    said = south([*line, *both])
    values = next(row for row in said.json["tables"]["sites"] if row["id"] == RECEIVED)
    assert values == {"id": RECEIVED, "all": "4", "by": {"南区": "3", "北区": "1"}}
    assert said.err.startswith("北区: 2026-10 已由") and said.err.count("\n") == 1
    assert received(south([*line, *both, "--known-at", "now"]).json) == "5"


def test_a_period_is_the_same_for_all_sites_whatever_day_it_is_there(sites: Any) -> None:
    south, north, both = sites
    north.site("timezone", "America/Chicago")
    data = south(["report", "daily", "last", "--format", "json", *both], at="2026-11-24T09:00:00+08:00").json
    assert [one["period"]["label"] for one in data["sites"]] == ["2026-11-23", "2026-11-23"]
    assert [one["period"]["as_of"] for one in data["sites"]] == ["2026-11-23T23:59:59+08:00", "2026-11-23T19:00:00-06:00"]


def test_a_damaged_ledger_ends_with_1_and_is_named(sites: Any) -> None:
    south, north, both = sites
    with (north.ledger / "repairs" / "2026-10.yaml").open("a") as file:
        file.write('---\nid: "rp-0000000000"\nkind: "repair"\nsum: "1"\n')
    said = south(["report", "monthly", "2026-10", *both], code=1)
    assert said.out and str(north.ledger) in said.err and f"svcctl -C {north.ledger} check" in said.err and str(south.ledger) not in said.err
    with zipfile.ZipFile(south.folder / "cwd" / said.out.strip()) as packed:
        assert "北区：台账有 1 处损坏" in packed.read("xl/worksheets/sheet1.xml").decode()


def test_currencies_the_template_and_the_audience(sites: Any) -> None:
    south, north, both = sites
    north.site("currency", "USD")
    said = south.refused(["report", "monthly", "2026-10", *both])
    assert "南区 CNY, 北区 USD" in said.err
    said = south(["report", "monthly", "2026-10", "--audience", "public", "--format", "json", *both])
    assert "fee." not in said.out and said.json["audience"] == "public"
    south(["template", "copy", "weekly", "engineering"])
    mine = south.ledger / "templates" / "engineering.yaml"
    mine.write_text("svcctl: 1\nperiod: week\ntitle: 工程\nsheets:\n  - show: summary\n    figures: [repair.received]\n", encoding="utf-8")
    assert len(south(["report", "engineering", "2026-W41", "--format", "json", *both]).json["tables"]["sites"]) == 1
    south.refused(["report", "engineering", "2026-W41", *both[2:], *both[:2]], code=4)  # the first ledger has the template


def test_what_is_wrong_with_one_of_them_says_with_which(sites: Any) -> None:
    south, north, both = sites
    north.site("timezone", "Nowhere/Land")
    said = south.refused(["report", "monthly", "2026-10", *both])
    assert f"{north.ledger}/ledger.yaml:" in said.err and str(south.ledger) not in said.err


def test_the_same_ledger_by_another_name_is_the_same(sites: Any, tmp_path: Path) -> None:
    south, _, both = sites
    (tmp_path / "link").symlink_to(south.ledger)
    south.refused(["report", "monthly", "2026-10", *both, "--ledger", str(tmp_path / "link")])


def test_the_language_is_that_of_the_first_ledger(sites: Any) -> None:
    south, north, both = sites
    north.site("language", "en")
    line = ["report", "monthly", "2026-10", *both[2:], *both[:2], "--format", "json"]
    said = south(line, env={"SVCCTL_LANG": ""})
    assert json.loads(said.out)["warnings"] == []
    other = south([*line, "--lang", "zh"]).json
    assert other["measures"] == said.json["measures"]
    assert said.json["tables"]["checks"][0]["what"] != other["tables"]["checks"][0]["what"]


# -- after the closing ------------------------------------------------------------------------------------------------

SEALED, LATER, OVER = "2026-11-03T10:00:00+08:00", "2026-11-12T15:00:00+08:00", "2026-12-01T08:00:00+08:00"
CHANGED, TOGETHER = "published_changed", "published_changed_together"


def sealed(*desks: Any) -> None:
    for desk in desks:
        desk("seal 2026-10", at=SEALED)


def late(desk: Any, at: str = "2026-10-09 09:00") -> str:
    line = ["repair", "add", "--unit", "A-101", "--fault", "灯不亮", "--reporter", "王芳", "--contact", "13800001234", "--party", "property"]
    return str(desk([*line, "--at", at, "--late", "漏登"], at=LATER).id)


def cells(desk: Any, name: str, lang: str = "zh", *more: str) -> dict[str, list[list[Any]]]:
    """What stands on the sheets of the November report of both."""
    desk(["report", "monthly", "2026-11", "-o", name, "--lang", lang, *more], at=OVER)
    book = openpyxl.load_workbook(desk.folder / "cwd" / name)
    return {sheet.title: [[c.value for c in row if c.value is not None] for row in sheet.iter_rows()] for sheet in book}


def test_what_came_after_the_closing_stands_with_its_site_and_its_effect(sites: Any) -> None:
    south, north, both = sites
    sealed(south, north)
    mine, theirs = late(south), [late(north), late(north, "2026-10-10 09:00")]
    north(["repair", "void", theirs[0], "--reason", "重复", "--approved-by", "陈静", "--late", "对单"], at=LATER)
    south(["repair", "finish", mine, "--result", "fixed", "--at", "2026-10-09 18:00", "--late", "漏登"], at=LATER)
    data = south(["report", "monthly", "2026-11", "--format", "json", *both], at=OVER).json
    tables = data["tables"]
    assert [(row["site"], row["record"], row["event"]) for row in tables["late_entries_sealed"]] == [
        ("南区", mine, "add"), ("南区", mine, "finish"), ("北区", theirs[0], "add"), ("北区", theirs[1], "add"), ("北区", theirs[0], "void"),
    ]  # fmt: skip
    assert tables["accepted_entries"] == []
    effect = {(row["site"], row["measure"]): (row["month"], row["published"], row["now"], row["change"]) for row in tables[CHANGED]}
    assert effect["南区", RECEIVED] == ("2026-10", "2", "3", "1") and effect["北区", RECEIVED] == ("2026-10", "1", "2", "1")
    whole = {row["measure"]: row for row in tables[TOGETHER]}
    assert whole[RECEIVED] == {"month": "2026-10", "measure": RECEIVED, "unit": "count", "published": "3", "now": "5", "change": "2"}
    assert any(measure.endswith("_rate") for _, measure in effect) and not any(m.endswith(("_rate", "minutes")) for m in whole)
    for site, desk in (("南区", south), ("北区", north)):  # what is said of a site is what its own report says
        own = desk("report monthly 2026-11 --format json", at=OVER).json
        for key in ("late_entries_sealed", CHANGED, "late_entries", "corrections", "without_effect"):
            assert [{k: v for k, v in row.items() if k != "site"} for row in tables[key] if row["site"] == site] == own["tables"][key]
        (notice,) = [text for text in own["warnings"] if "已结账月份" in text]
        assert f"{site}：{notice}" in data["warnings"]
    found = cells(south, "x.xlsx", "zh", *both)
    assert list(found)[-3:] == ["补录与更正", "校验", "口径"]
    sheet = found["补录与更正"]
    assert [row[:2] for row in sheet if row and row[0] in ("南区", "北区")][:5] == [["南区", mine], ["南区", mine], ["北区", theirs[0]], ["北区", theirs[1]], ["北区", theirs[0]]]
    assert ["2026-10", "报修量", "个", 3, 5, 2] in sheet and ["对已公布数字的影响：全部站点合计"] in sheet
    assert ["北区", "2026-10", "报修量", "个", 1, 2, 1] in sheet
    assert ["结账后的补录与更正"] not in [row[:1] for row in found["校验"]]
    assert any("结账后的补录与更正" in row for row in found["口径"])


def test_nothing_after_the_closing_is_no_sheet(sites: Any) -> None:
    south, north, both = sites
    assert "补录与更正" not in cells(south, "a.xlsx", "zh", *both)
    sealed(south, north)
    assert "补录与更正" not in cells(south, "b.xlsx", "zh", *both)
    data = south(["report", "monthly", "2026-11", "--format", "json", *both], at=OVER).json["tables"]
    assert (data["late_entries_sealed"], data[CHANGED], TOGETHER in data) == ([], [], False)
    data = south(["report", "monthly", "2026-09", "--format", "json", *both], at=OVER).json["tables"]
    assert "late_entries_sealed" not in data, "September has never heard of a seal"


def test_what_only_one_site_has_published_has_no_effect_on_all(sites: Any) -> None:
    south, north, both = sites
    sealed(north)
    late(north)
    tables = south(["report", "monthly", "2026-11", "--format", "json", *both], at=OVER).json["tables"]
    assert {row["site"] for row in tables[CHANGED]} == {"北区"} and TOGETHER not in tables
    north.site("nouns", "[repair, complaint]")
    south.site("nouns", "[complaint]")
    tables = south(["report", "monthly", "2026-11", "--format", "json", *both], at=OVER).json["tables"]
    assert TOGETHER not in tables, "all that do it are one"


def test_effects_on_amounts_add_up_in_one_currency(sites: Any) -> None:
    south, north, both = sites
    for desk in (south, north):
        desk("fee charge --tenant 悦茶 --item property --amount 800.00 --due 2026-10-15 --at '2026-10-05 09:00'")
    sealed(south, north)
    south("fee charge --tenant 悦茶 --item water --amount 66.50 --due 2026-10-31 --at '2026-10-28 09:00' --late 抄表晚", at=LATER)
    tables = south(["report", "monthly", "2026-11", "--format", "json", *both], at=OVER).json["tables"]
    whole = {row["measure"]: (row["published"], row["now"], row["change"]) for row in tables[TOGETHER]}
    assert whole["fee.billed"] == ("1600.00", "1666.50", "66.50"), "what did not change at one site is in both sums"
    assert tables["late_entries_sealed"][0]["amount"] == "66.50"


def test_the_public_is_shown_no_late_entry_of_any_site(sites: Any) -> None:
    south, north, both = sites
    sealed(south, north)
    name = late(north)
    said = south(["report", "monthly", "2026-11", "--format", "json", "--audience", "public", *both], at=OVER)
    assert name not in said.out and "漏登" not in said.out and "李敏" not in said.out
    assert said.json["tables"].get("late_entries_sealed", []) == []


def test_a_month_that_only_some_have_sealed_says_so_on_page_1_and_in_the_checks(sites: Any) -> None:
    south, north, both = sites
    line = ["report", "monthly", "2026-10", "--format", "json", *both]
    mixed = "北区已结账，数字是结账时的；南区还没有结账：以后补录、更正，合在一起的数字还会变。"
    assert not any("结账" in text for text in south(line, at=OVER).json["warnings"])
    seal = north("seal 2026-10", at=SEALED).id
    data = south(line, at=OVER).json
    assert data["warnings"].count(mixed) == 1
    assert [(row["site"], row["sealed"]) for row in data["tables"]["ledgers"]] == [("南区", None), ("北区", seal)]
    south(["report", "monthly", "2026-10", "-o", "x.xlsx", "--lang", "en", *both], at=OVER)
    book = openpyxl.load_workbook(south.folder / "cwd" / "x.xlsx")
    assert any("北区: sealed, with the figures of the closing. 南区: not sealed yet" in str(c.value) for row in book.worksheets[0].iter_rows() for c in row)
    checks = [[c.value for c in row] for row in book["Checks"].iter_rows()]
    assert any(str(cell).endswith(f"({seal})") for row in checks for cell in row) and any("— (not as sealed)" in row for row in checks)
    assert any("As of which seal 2026-" in str(c.value) and seal in str(c.value) for row in book["北区"].iter_rows() for c in row)
    assert not any(seal in str(c.value) for row in book["南区"].iter_rows() for c in row)
    assert mixed not in south([*line, "--known-at", "now"], at=OVER).json["warnings"]
    sealed(south)
    assert mixed not in south(line, at=OVER).json["warnings"]


def test_each_site_has_its_notices_and_its_evidence(sites: Any) -> None:
    south, north, both = sites
    warnings = south(["report", "monthly", "2026-11", "--format", "json", *both], at="2026-11-10T09:00:00+08:00").json["warnings"]
    assert any("期间尚未结束" in text and not text.startswith(("南区", "北区")) for text in warnings), "what is the same of all is said once"
    assert "南区：本期没有条目。此前最后一条在 2026-10-06 09:00:00。" in warnings and "北区：本期没有条目。此前最后一条在 2026-10-07 09:00:00。" in warnings
    tables = south(["report", "monthly", "2026-10", "--format", "json", *both]).json["tables"]
    assert [(row["site"], row["noun"], row["month"], row["entries"]) for row in tables["entries"]] == [("南区", "repair", "2026-10", "2"), ("北区", "repair", "2026-10", "1")]
    own = north("report monthly 2026-10 --format json").json["tables"]
    assert [row["hash"] for row in tables["entries"] if row["site"] == "北区"] == [row["hash"] for row in own["entries"]]


# -- for whom ---------------------------------------------------------------------------------------------------------


def test_only_sheets_that_the_report_of_several_would_have_are_said_to_be_left_out(sites: Any) -> None:
    south, _, both = sites
    alone = south(["report", "monthly", "2026-10", "--audience", "public", "-o", "a.xlsx"])
    assert "维修明细" in alone.err and "指标对比" in alone.err
    said = south(["report", "monthly", "2026-10", "--audience", "public", "-o", "b.xlsx", *both])
    assert said.err == "给公众看的，略去工作表：校验\n"
    assert south(["report", "monthly", "2026-10", "--audience", "team", "-o", "c.xlsx", *both]).err == ""
    everyone = openpyxl.load_workbook(south.folder / "cwd" / south(["report", "monthly", "2026-10", *both]).out.strip()).sheetnames
    public = openpyxl.load_workbook(south.folder / "cwd" / "b.xlsx").sheetnames
    assert [name for name in everyone if name not in public] == ["校验"]
