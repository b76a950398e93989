"""Where a report goes, and what is said with it: never among the ledger's own files, never as half a number."""

from __future__ import annotations

from typing import Any

import pytest

AT = "2026-11-24T09:00:00+08:00"
DAY = "report daily 2026-11-24"


@pytest.fixture
def desk(svc: Any) -> Any:
    svc("repair add --unit A-101 --fault 灯不亮 --party property", at=AT)
    return svc


@pytest.mark.parametrize("name", ["{root}/repairs/", "{root}/repairs/x.xlsx", "{root}/seals/a/b.xlsx", "{root}/templates/brand.xlsx", "{root}/.svcctl/x", "{root}/../{own}/tenants/"])
def test_no_report_is_put_among_the_ledgers_own_files(desk, name):
    root = desk.ledger
    path = name.format(root=root, own=root.name)
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    said = desk(f"{DAY} -o {path}", code=3, lang="en")
    assert "no other file is put among those of the ledger" in said.err and "Write it to another folder" in said.err
    assert desk(f"form repair -o {path}", code=3).out == ""
    assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(("options", "wanted"), [
    ("-o n.txt", "….xlsx"), ("-o ledger.yaml", "….xlsx"), ("-o x.csv", "….xlsx"), ("-o x.json", "….xlsx"), ("-o -", "….xlsx"), ("-o ''", "….xlsx"),
    ("--format json -o x.xlsx", "….json"), ("--format json -o x.yaml", "….json"),
])  # fmt: skip
def test_a_file_of_another_sort_is_not_written(desk, options, wanted):
    (desk.folder / "cwd" / "n.txt").write_text("kept", encoding="utf-8")
    assert f"expected {wanted}" in desk(f"{DAY} {options}", code=2, lang="en").err
    assert (desk.folder / "cwd" / "n.txt").read_text(encoding="utf-8") == "kept"


def test_a_folder_of_ones_own_a_name_without_ending_and_standard_output_are_taken(desk):
    assert desk(f"{DAY} -o {desk.ledger}/reports/ -q").out.startswith(f"{desk.ledger}/reports/")
    assert desk(f"{DAY} -o plain -q").out == "plain\n"
    assert desk(f"{DAY} --format json -o -").out == desk(f"{DAY} --format json").out


def test_what_an_audience_is_not_shown_is_no_news_for_cron(desk):
    assert "these sheets are left out" in desk(f"{DAY} --audience public", lang="en").err
    assert desk(f"{DAY} --audience public -q").err == ""


def test_a_sealed_month_as_of_a_moment_is_not_the_sealed_one_and_that_is_said(desk):
    desk("seal 2026-11", at="2026-12-03T09:00:00+08:00")
    later = "2026-12-05T09:00:00+08:00"
    said = desk("report monthly 2026-11 --as-of 2026-11-30 -o a.xlsx", at=later, lang="en")
    assert "2026-11 is sealed; with --as-of it is shown with what is known today, not as it was sealed" in said.err
    assert "was sealed by" in desk("measure repair.received 2026-11", at=later, lang="en").err
    assert "is sealed" not in desk("report monthly 2026-11 --known-at now -o b.xlsx", at=later, lang="en").err
