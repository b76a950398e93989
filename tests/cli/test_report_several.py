"""``report --ledger A --ledger B``: which ledgers are read, how they are cut, what is said and how it ends."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

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
