"""``template list|show|check|copy``, and reports for somebody in particular and in a site's own look, from the shell."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from brands import clean, crowded, png, saved

SHIPPED = Path(__file__).parents[2] / "templates"
MINE = "svcctl: 1\nperiod: week\ntitle: {zh: 我的, en: Mine}\nsheets:\n  - {show: summary, figures: [repair.received]}\n"


def put(svc: Any, name: str, data: str | bytes) -> Path:
    path: Path = svc.ledger / "templates" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_the_list_says_which_one_is_used(svc: Any, tmp_path: Path) -> None:
    put(svc, "weekly.yaml", MINE)
    put(svc, "broken.yaml", "svcctl: 1\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "weekly.yaml").write_text(MINE.replace("Mine", "Theirs"), "utf-8")
    rows = svc("template list --json", env={"SVCCTL_TEMPLATES": str(elsewhere)}, lang="en").json
    assert [(r["name"], r["origin"], r["shadowed"], r["title"]) for r in rows if r["name"] in ("weekly", "broken")] == [
        ("broken", "ledger", False, None), ("weekly", "environment", False, "Theirs"), ("weekly", "ledger", True, "Mine"),
        ("weekly", "svcctl", True, "Service desk weekly report"),
    ]  # fmt: skip
    assert next(r for r in rows if r["name"] == "monthly")["audiences"] == ["manager", "team", "finance", "public"]
    shown = svc("template list").out
    assert "（被前一个盖住）" in shown and "有错，见 template check" in shown and "templates/weekly.yaml" in shown
    assert svc("template", lang="en").out.startswith("Examples:")


def test_outside_a_ledger_the_own_ones_are_there(svc: Any) -> None:
    env = {"SVCCTL_LEDGER": ""}
    svc.ledger.rename(svc.folder / "state" / "elsewhere")
    assert [r["name"] for r in svc("template list --json", env=env).json] == ["daily", "monthly", "weekly"]
    assert svc("template check", env=env).out == ""
    svc("template copy weekly", env=env, code=4)
    svc(["-C", str(svc.folder / "nowhere"), "template", "list"], code=4)


def test_show_prints_a_template_as_it_stands(svc: Any) -> None:
    assert svc("template show weekly").out == (SHIPPED / "weekly.yaml").read_text("utf-8")
    assert "是不是 weekly？" in svc("template show weekley", code=4).err
    assert "daily、monthly、weekly" in svc("template show", code=2).err


def test_check_names_every_mistake_with_its_line_and_is_silent_otherwise(svc: Any) -> None:
    assert (svc("template check").out, svc("template check weekly daily").out) == ("", "")
    path = put(svc, "mine.yaml", MINE.replace("repair.received", "repair.recieved") + "sheet: []\n  # x\n")
    said = svc("template check mine", code=1, lang="en")
    assert said.out.splitlines() == [
        'templates/mine.yaml:6: sheet: expected svcctl, period, title, extends, without, brand, sign, audiences, sheets, got "sheet". Did you mean sheets?',
        said.out.splitlines()[1],
    ]
    assert said.out.splitlines()[1].startswith("templates/mine.yaml:5: sheets.1.figures.1: expected repair.received,") and "Did you mean repair.received?" in said.out
    assert svc("template check", code=1, lang="en").out == said.out
    found = svc(["template", "check", str(path), "--json"], code=1).json
    assert [one["where"] for one in found] == [f"{path}:6", f"{path}:5"] and set(found[0]) == {"where", "what", "message"}
    path.write_text("title: [\n", "utf-8")
    assert svc("template check mine", code=1).out.startswith("templates/mine.yaml:")
    assert svc("template check nothing", code=4).out == ""


def test_copy_puts_it_into_the_ledger_and_never_overwrites(svc: Any) -> None:
    said = svc("template copy weekly 工程")
    path = svc.ledger / "templates" / "工程.yaml"
    assert said.out == f"{path}\n" and path.read_bytes() == (SHIPPED / "weekly.yaml").read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600 and "svcctl report 工程" in said.err and "svcctl template check 工程" in said.err
    assert svc("report 工程 -o x.xlsx").out == "x.xlsx\n"
    path.write_text("mine", "utf-8")
    svc.refused("template copy weekly 工程")
    assert path.read_text("utf-8") == "mine"
    assert "svcctl report weekly 从此用这一份" in svc("template copy weekly").err


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "x.yaml", "-", "a b", "x" * 80, "C:x"])
def test_a_copys_name_is_no_path(svc: Any, name: str) -> None:
    words = ["template", "copy", "weekly", "--", name]
    if name == "":
        svc(words)
        assert [p.name for p in (svc.ledger / "templates").iterdir()] == ["weekly.yaml"]
    else:
        svc.refused(words)
        assert not (svc.ledger / "templates").exists() or not list((svc.ledger / "templates").iterdir())


def test_a_link_in_the_folder_of_templates_is_not_followed(svc: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (svc.ledger / "templates").symlink_to(outside)
    svc("template copy weekly", code=3)
    assert not list(outside.iterdir())
    (svc.ledger / "templates").unlink()
    (tmp_path / "secret.yaml").write_text(MINE, "utf-8")
    put(svc, "other.yaml", MINE)
    (svc.ledger / "templates" / "mine.yaml").symlink_to(tmp_path / "secret.yaml")
    svc("template show mine", code=3)
    svc("report mine", code=3)
    (svc.ledger / "templates" / "x.yaml").symlink_to(tmp_path / "nothing")
    svc("template copy weekly x", code=3)
    assert not (tmp_path / "nothing").exists()


# -- audiences --------------------------------------------------------------------------------------------------------


def test_a_report_for_the_public_has_its_own_name_and_says_what_is_left_out(svc: Any) -> None:
    svc("repair add --place 大厅 --fault 灯不亮 --reporter 王芳")
    said = svc("report daily 2026-11-24 --audience public", lang="en")
    (name,) = said.out.split()
    assert name.endswith("_daily_2026-11-24_public.xlsx") and "for the public, these sheets are left out: In words, Due tomorrow, Comparison," in said.err
    assert svc("report daily 2026-11-24 --audience public").err.endswith("内容没有变化，文件没有重写\n")
    found = svc("report daily 2026-11-24 --audience public --format json").json
    assert found["audience"] == "public" and "attention" not in found["tables"] and "checks" not in found["tables"]
    assert "audience" not in svc("report daily 2026-11-24 --format json").json
    svc("report daily 2026-11-24 --audience public --format json -o out/")
    assert [p.name for p in (svc.folder / "cwd" / "out").iterdir()] == ["daily_2026-11-24_public.json"]
    assert "是不是 public？" in svc("report daily --audience pubic", code=2).err
    put(svc, "mine.yaml", MINE)
    assert 'expected none, got "public". Declare it in audiences of templates/mine.yaml' in svc("report mine --audience public", code=3, lang="en").err


# -- a site's own look ------------------------------------------------------------------------------------------------


def test_a_brand_beside_the_templates_is_worn_and_a_clean_one_is_taken_silently(svc: Any) -> None:
    plain = svc("report daily 2026-11-23 -o plain.xlsx").err
    put(svc, "brand.xlsx", saved(clean()))
    assert svc("report daily 2026-11-23 -o own.xlsx").err == plain
    cwd = svc.folder / "cwd"
    with zipfile.ZipFile(cwd / "own.xlsx") as packed:
        assert packed.read("xl/media/image1.png") == png()
    put(svc, "none.yaml", "brand: none\n" + (SHIPPED / "daily.yaml").read_text("utf-8"))
    svc("report none 2026-11-24 -o none.xlsx")
    assert openpyxl.load_workbook(cwd / "none.xlsx")["汇总"]["A1"].fill.fgColor.rgb == openpyxl.load_workbook(cwd / "plain.xlsx")["汇总"]["A1"].fill.fgColor.rgb == "FF1F3864"
    first = (cwd / "own.xlsx").read_bytes()
    svc("report daily 2026-11-23 -o again.xlsx", at="2026-12-01T09:00:00+08:00")
    assert (cwd / "again.xlsx").read_bytes() == first


def test_what_a_brand_cannot_lend_is_told_loudly_each_time(svc: Any) -> None:
    put(svc, "brand.xlsx", saved(crowded()))
    for line in ("report daily 2026-11-24 -o x.xlsx", "template check"):
        said = svc(line, lang="en")
        assert "templates/brand.xlsx: what cannot be carried over (9):\n" in said.err and "  ✘ conditional formats: 1\n" in said.err
    assert "taken over: colour #FACC15 (A1)" in svc("template check", lang="en").err
    assert svc("template check").out == ""


def test_a_brand_that_is_named_has_to_be_there_and_is_no_way_out_of_the_ledger(svc: Any, tmp_path: Path) -> None:
    put(svc, "mine.yaml", "brand: own.xlsx\n" + MINE)
    assert "templates/mine.yaml: the brand that the template names is not there" in svc("report mine", code=4, lang="en").err
    (tmp_path / "outside.xlsx").write_bytes(saved(clean()))
    (svc.ledger / "templates" / "own.xlsx").symlink_to(tmp_path / "outside.xlsx")
    svc("report mine", code=3)
    (svc.ledger / "templates" / "own.xlsx").unlink()
    os.mkfifo(svc.ledger / "templates" / "own.xlsx")
    svc("report mine", code=3)
    (svc.ledger / "templates" / "own.xlsx").unlink()
    put(svc, "own.xlsx", b"\0" * 6_000_000)
    assert "too large" in svc("report mine", code=3, lang="en").err
    put(svc, "own.xlsx", b"no workbook")
    assert svc("report mine", code=3, lang="en").err.startswith("svcctl: templates/own.xlsx: ")
    put(svc, "own.xlsx", saved(clean()))
    svc("report mine 2026-W47 -o mine.xlsx")
    book = openpyxl.load_workbook(io.BytesIO((svc.folder / "cwd" / "mine.xlsx").read_bytes()))
    assert "Riverside && Sons" in book.worksheets[0].oddHeader.center.text


# -- one that changes another -------------------------------------------------------------------------------------------

CHANGE = "svcctl: 1\nextends: weekly\ntitle: {zh: 机电组周报, en: Engineering}\nwithout: [cash.*, words]\nsheets:\n  - {show: details, key: ours, noun: repair, records: [open], after: summary}\n"


def test_a_template_that_changes_another_is_listed_shown_checked_copied_and_made(svc: Any) -> None:
    put(svc, "engineering.yaml", CHANGE)
    row = next(r for r in svc("template list --json").json if r["name"] == "engineering")
    assert (row["extends"], row["period"], row["audiences"]) == ("weekly", "week", ["manager", "team", "finance", "public"])
    assert "改自" in svc("template list").out.splitlines()[0]
    said = svc("template show engineering", lang="en")
    assert said.out == CHANGE and "extends weekly; the sheets of both: summary, ours, coming, compare, fee_statistics, complaint_statistics," in said.err
    assert svc("template show weekly").err == "" and svc("template check").out == ""
    svc("report engineering 2026-W47 -o x.xlsx")
    assert openpyxl.load_workbook(svc.folder / "cwd" / "x.xlsx").sheetnames[:3] == ["汇总", "报修明细", "下周到期"]
    assert "engineering_2026-W47_public.xlsx" in svc("report engineering 2026-W47 --audience public").out
    put(svc, "engineering.yaml", CHANGE.replace("words", "wrods"))
    said = svc("template check", code=1, lang="en")
    assert said.out.startswith('templates/engineering.yaml:4: without.2: expected summary, words,') and "Did you mean words?" in said.out
    assert svc("template show engineering").err == ""
    assert svc("report engineering 2026-W47", code=3).err


def test_a_copy_under_another_name_of_one_that_extends_its_own_says_what_no_longer_fits(svc: Any) -> None:
    path = put(svc, "weekly.yaml", CHANGE)
    assert (svc("template check weekly").out, svc(["template", "check", str(path)]).out) == ("", "")
    said = svc("template copy weekly engineering", lang="en")
    assert "templates/engineering.yaml:4: without.2: expected summary," in said.err and "svcctl template check engineering" in said.err
    assert "expected" not in svc("template copy monthly", lang="en").err
