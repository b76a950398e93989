"""``init``: a new ledger, complete and without a question."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.mark.parametrize("profile", ["street", "hotel", "hotline"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_new_ledger_is_complete_and_clean(svc: Any, profile: str, lang: str) -> None:
    folder = svc.folder / "new"

    said = svc(["init", str(folder), "--profile", profile, "--site", "NO: 1", "--timezone", "America/Chicago"], lang=lang)

    assert said.out == ""
    assert sorted(p.name for p in folder.iterdir()) == [".gitattributes", ".gitignore", "ledger.yaml"]
    site = yaml.safe_load((folder / "ledger.yaml").read_text(encoding="utf-8"))
    assert (site["svcctl"], site["site"], site["profile"], site["timezone"], site["language"]) == (1, "NO: 1", profile, "America/Chicago", lang)
    assert {"currency", "week_start", "month_start_day", "day_cutoff", "nouns", "policy"} <= set(site)
    for line in ("check", "today", "complaint list", "help"):
        svc(["-C", str(folder), *line.split()])
    for noun in site["nouns"]:
        assert f"\n  {noun}" in svc(["-C", str(folder), "--help"]).out


def test_the_site_is_called_like_its_folder_unless_told(svc: Any) -> None:
    svc(["init", str(svc.folder / "悦和里"), "--profile", "street"])

    assert yaml.safe_load((svc.folder / "悦和里/ledger.yaml").read_text(encoding="utf-8"))["site"] == "悦和里"


def test_a_ledger_is_not_made_twice(svc: Any) -> None:
    before = svc.files()

    assert "已经有台账" in svc(["init", str(svc.ledger), "--profile", "street"], code=3).err
    assert svc.files() == before


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "目录"), (["x"], 2, "street、hotel、hotline"), (["x", "--profile", "stret"], 2, "是不是 street"),
        (["x", "--profile", "street", "--timezone", "Asia/Shanghia"], 3, "Asia/Shanghia"), (["x", "--profile", "street", "--site", "a\x07b"], 3, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_made_leaves_nothing_behind(svc: Any, words: list[str], code: int, says: str) -> None:
    assert says in svc(["init", *words], code=code).err
    assert not (svc.folder / "cwd/x").exists()


def test_a_folder_that_cannot_be_made(svc: Any) -> None:
    (svc.folder / "file").write_text("")

    svc(["init", str(svc.folder / "file/sub"), "--profile", "street"], code=5)
    svc(["init", str(svc.folder / "file"), "--profile", "street"], code=5)
    svc(["init", "/proc/x", "--profile", "street"], code=5)


def test_a_ledger_is_found_from_any_folder_below_it_or_beside_it(svc: Any) -> None:
    env = {"SVCCTL_LEDGER": ""}
    below = svc.ledger / "repairs"
    below.mkdir()
    for folder in (svc.ledger, below, svc.folder, svc.folder / "cwd"):
        assert svc.process("repair list --json", env=env, cwd=folder).out == "[]\n"
    assert "svcctl init" in svc.process("repair list", env=env, cwd="/", code=4).err
    assert svc.process(["-C", str(svc.folder), "repair", "list", "--json"], env=env, cwd="/").out == "[]\n"


def test_files_are_private_whatever_the_umask(svc: Any) -> None:
    script = 'umask 000; "$@"'
    folder = svc.folder / "open"
    for words in (["init", str(folder), "--profile", "street"], ["-C", str(folder), "repair", "add", "--unit", "A", "--fault", "x", "--by", "y"]):
        subprocess.run(["sh", "-c", script, "sh", *svc.argv(words)], env={**svc.environ(), "PYTHONPATH": os.getcwd()}, check=True, capture_output=True)
    modes = {str(p.relative_to(folder)): p.stat().st_mode & 0o777 for p in Path(folder).rglob("*")}
    assert {m for n, m in modes.items() if (folder / n).is_file()} == {0o600}, modes
    assert {m for n, m in modes.items() if (folder / n).is_dir()} == {0o700}, modes
