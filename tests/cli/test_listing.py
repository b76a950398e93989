"""``list``: filters, order, cuts in time, formats, and what is masked."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import yaml

OTHER = {"SVCCTL_BY": "陈经理"}


@pytest.fixture
def desk(svc: Any) -> Any:
    """Three repairs and the days on which they were recorded."""
    add = "repair add --party property"
    svc(f"{add} --unit A-101 --fault 灯不亮 --urgency planned --reporter 王芳 --contact 13800001234 --key r:1", at="2026-11-01T09:00:00+08:00")
    svc(f"{add} --unit A-102 --fault 漏水 --trade plumbing --key r:2", at="2026-11-10T09:00:00+08:00")
    svc(f"{add} --place 大堂 --fault '门 坏了' --key r:3", at="2026-11-23T09:30:00+08:00", env=OTHER)
    svc("repair finish key:r:1 --result fixed --cost 120 --minutes 30", at="2026-11-05T09:00:00+08:00")
    svc.clock = "2026-11-24T09:00:00+08:00"
    return svc


def keys(svc: Any, options: str, **more: Any) -> list[str]:
    return [r["key"].removeprefix("r:") for r in svc(f"repair list {options} --json", **more).json]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "123"), ("--open", "23"), ("--overdue", "2"), ("--state finished", "1"), ("--state 已完工", "1"),
        ("--state Finished", "1"), ("--from 2026-11-10", "23"), ("--to 2026-11-10", "12"), ("--from 11-02 --to 11-22", "2"),
        ("--from 昨天", "3"), ("--to 2026-11-10T08:59:59+08:00", "1"), ("--unit A-101", "1"), ("--unit a-101", "1"), ("--unit 没有", ""),
        ("--where unit=A-102", "2"), ("--where place=大堂", "3"), ("--where trade=给排水", "2"), ("--where trade=", "13"),
        ("--where minutes=30", "1"), ("--where cost=120", "1"), ("--where cost=120.00", "1"), ("--where on_time=yes", "1"),
        ("--where overdue=是", "2"), ("--where 'fault=门 坏了'", "3"), ("--where contact=13800001234", "1"), ("--where by=陈经理", "3"),
        ("--where due=2026-11-08T09:00:00+08:00", "1"), ("--where urgency=小修 --where trade=plumbing", "2"), ("--where state=已界定", "23"),
        ("--sort -at", "321"), ("--sort unit", "123"), ("--sort minutes", "123"), ("--sort -due", "321"), ("--sort fault", "213"),
        ("--limit 2", "12"), ("--limit 0", ""), ("--sort -at --limit 1", "3"), ("--open --from 2026-11-20", "3"),
        ("--as-of 2026-11-03", "1"), ("--as-of 2026-11-03 --open", "1"), ("--as-of '2026-11-10 08:59'", "1"), ("--open --as-of 2026-11-23", "23"),
        ("--as-of 2026-11-12 --overdue", "2"), ("--as-of 2026-11-10 --overdue", ""),
    ],
)  # fmt: skip
def test_which_records_are_listed_in_which_order(desk: Any, options: str, expected: str) -> None:
    assert "".join(keys(desk, options)) == expected


def test_as_of_shows_the_state_of_then(desk: Any) -> None:
    row = desk("repair list --as-of 2026-11-03 --json").json[0]

    assert (row["state"], row["open"], row["finished_at"], row["cost"]) == ("triaged", True, None, None)


def test_known_at_leaves_out_what_was_recorded_later(desk: Any) -> None:
    desk("repair amend key:r:2 --set fault=漏水严重 --reason 补充")
    desk("repair finish key:r:2 --result fixed --at '2026-11-11 10:00'")
    late = "repair add --unit A-103 --fault 补登 --at 11-02 --key r:4"
    desk(late)

    row = desk("repair list --unit A-102 --as-of 2026-11-12 --json").json[0]
    assert (row["fault"], row["state"]) == ("漏水严重", "finished")
    row = desk("repair list --unit A-102 --known-at 2026-11-12 --json").json[0]
    assert (row["fault"], row["state"]) == ("漏水", "triaged")
    assert keys(desk, "") == ["1", "4", "2", "3"]
    assert keys(desk, "--known-at 2026-11-23") == ["1", "2", "3"]
    assert keys(desk, "--known-at '2026-11-23 09:29:59'") == ["1", "2"]


def test_every_format_has_the_same_rows(desk: Any) -> None:
    rows = desk("repair list --json").json
    assert desk("repair list --format json").json == rows

    mapped = list(yaml.load_all(desk("repair list --format yaml").out, Loader=yaml.SafeLoader))
    assert mapped == rows
    for form, more in (("csv", {}), ("tsv", {"delimiter": "\t", "quoting": csv.QUOTE_NONE})):
        said = desk(f"repair list --format {form}")
        assert said.out.isprintable() or "\r" not in said.out
        assert not said.raw.startswith(b"\xef\xbb\xbf")
        table = list(csv.DictReader(io.StringIO(said.out), **more))  # type: ignore[call-overload]
        assert [r["id"] for r in table] == [r["id"] for r in rows]
        assert [list(r) for r in table] == [list(r) for r in rows]
        assert table[0]["cost"] == "120.00"
        assert table[0]["open"] == "false"


def test_yaml_reads_every_character_as_it_was_typed(svc: Any) -> None:
    fault = "a\x85b\u2028c\ufeff\td\ne\\ \"f\" # : -"
    line = ["repair", "add", "--unit", "A-101", "--fault", fault]

    assert yaml.safe_load(svc([*line, "-n"]).out)["fault"] == fault
    svc(line)
    assert yaml.safe_load(svc("repair list --format yaml").out)["fault"] == fault


def test_a_program_gets_every_field_native_where_that_is_safe(desk: Any) -> None:
    row = desk("repair list --json").json[0]

    declared = {f["name"] for v in desk("kinds repair --json").json[0]["verbs"] for f in v["fields"]}
    assert declared | {"id", "kind", "state", "overdue", "open"} <= set(row)
    assert (row["cost"], row["minutes"], row["on_time"], row["trade"]) == ("120.00", 30, True, None)
    assert row["due"] == "2026-11-08T09:00:00+08:00"
    assert (row["reporter"], row["contact"]) == ("王*", "138****1234")


def test_personal_data_is_shown_only_when_asked_for(desk: Any) -> None:
    for form in ("table", "json", "csv", "tsv", "yaml"):
        masked = desk(f"repair list --format {form}").out
        assert "13800001234" not in masked
        assert "王芳" not in masked
    for form in ("json", "csv", "tsv", "yaml"):
        assert "13800001234" in desk(f"repair list --format {form} --reveal").out
    desk("repair add --unit '找李四 13900005678' --fault '打 13900005678 问' --note '或 13900005678'")
    assert "13900005678" not in desk("repair list --json").out + desk("repair list").out + desk("log").out


def test_nothing_is_cut_in_a_pipe(desk: Any) -> None:
    desk(["repair", "add", "--place", "大堂", "--fault", "长" * 500])

    assert "长" * 500 in desk("repair list").out
    assert "长" * 500 in desk("log").out


def test_an_empty_list_is_an_empty_list(svc: Any) -> None:
    assert svc("repair list --json").out == "[]\n"
    assert (svc("repair list").out, svc("repair list").err) == ("", "没有符合的记录\n")
    assert svc("repair list --format csv").out.startswith("id,kind,state,")
    assert svc("repair list --format yaml").out == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--format jsn", "是不是 json"), ("--state done", "--state"), ("--where nosuch=1", "--where"), ("--where unit", "--where"),
        ("--where urgnecy=normal", "是不是 urgency"), ("--where urgency=xx", "urgency"), ("--sort nosuch", "--sort"), ("--limit x", "--limit"), ("--limit -1", "--limit"),
        ("--from tomorow", "--from"), ("--as-of 2026-13-01", "--as-of"), ("--ope", "是不是 --open"), ("extra", "多了几个词"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_a_usage_error(svc: Any, options: str, says: str) -> None:
    assert says in svc.refused(f"repair list {options}", code=2).err


def test_units_have_no_unit(svc: Any) -> None:
    svc.refused("unit list --unit A-101", code=2)


def test_a_master_is_listed_with_its_number(svc: Any) -> None:
    svc("unit add --no A-101 --area 86.5")

    assert svc("unit list --where no=a-101 --json").json[0]["no"] == "A-101"
    assert svc("unit list --format csv").out.splitlines()[1].split(",")[-4:] != []
