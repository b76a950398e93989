"""README says what the code does: its tables are fresh, its commands work, its two set-up commands are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from svcctl import measures, nouns
from svcctl.cli import docs
from svcctl.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ENGLISH, CHINESE = README.split("\n# 中文\n")


def blocks(text: str) -> list[str]:
    """The fenced blocks of shell."""
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_tables_are_as_the_code_has_them_now() -> None:
    assert docs.fresh(README) == README, "make them anew: python -m svcctl.cli.docs README.md"


@pytest.mark.parametrize(("half", "lang"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_both_halves_document_every_command_noun_verb_and_measure(half: str, lang: str) -> None:
    for name in docs.TABLES:
        assert f"<!-- table: {name} {lang} -->" in half
    for command in COMMANDS:
        assert f"`svcctl {command}`" in half
    for name in nouns.CATALOGUE:
        for verb in nouns.noun(name).verbs:
            assert f"svcctl {name} {verb.event}" in half or not verb.typed
    for measure in measures.catalogue():
        assert f"`{measure.id}`" in half


def test_both_halves_have_the_same_chapters() -> None:
    def chapters(half: str) -> int:
        return len(re.findall(r"^## ", half, re.MULTILINE))

    assert chapters(ENGLISH) == chapters(CHINESE) > 10
    assert ENGLISH.count("\n**2026-") == CHINESE.count("\n**2026-")


def test_there_are_exactly_two_commands_to_set_up_each_one_line() -> None:
    lines = [line for block in blocks(README) for line in block.splitlines() if "venv" in line]
    assert len(lines) == 2
    first, second = lines
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt ") for line in lines)
    assert " . && .venv/bin/svcctl -C ledger report monthly 2026-10 -o " in first
    assert second.endswith(" -e '.[test]' && .venv/bin/python -m pytest -n auto --dist worksteal")


@pytest.mark.parametrize(("half", "book"), [(ENGLISH, "desk"), (CHINESE, "客服台")])
def test_the_day_at_the_desk_goes_as_it_is_told(half: str, book: str, tmp_path: Path) -> None:
    start, day = [b for b in blocks(half) if "svcctl" in b and "venv" not in b and "SVCCTL_NOW" not in b]
    assert len(day.splitlines()) == 5
    script = f'set -e\nsvcctl() {{ "{sys.executable}" -m svcctl "$@"; }}\n{start}{day}'
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "SVCCTL_NOW": "2026-11-24T09:10:00+08:00"}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*_daily_2026-11-24.xlsx"))) == 1
    events = {
        folder: re.findall(r'^event: "(.*)"$', (tmp_path / book / folder / "2026-11.yaml").read_text("utf-8"), re.MULTILINE)
        for folder in ("complaints", "fees", "cash")
    }
    assert events == {"complaints": ["add"], "fees": ["charge", "pay"], "cash": ["move", "count"]}, "and no variance: it is exact"
    assert "svcctl cash remit --point front" in done.stdout, "today says what comes next"


def test_the_entry_that_is_explained_stands_in_the_sample() -> None:
    explained = re.findall(r"`(\w+: \"[^`]*\")`", ENGLISH.split("## What is written")[1].split("## Commands")[0])
    text = (ROOT / "ledger" / "repairs" / "2026-11.yaml").read_text("utf-8")
    assert len(explained) > 12
    assert "---\n" + "\n".join(explained) + "\n---\n" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_pictures_of_the_first_pages_are_there(lang: str) -> None:
    half = ENGLISH if lang == "en" else CHINESE
    paths = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", half)
    assert paths == [f".readme/monthly_{lang}.png", f".readme/overview_{lang}.png"]
    for path in paths:
        data = (ROOT / path).read_bytes()
        assert data.startswith(b"\x89PNG") and len(data) < 600_000


def test_constraints_are_names_and_exact_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lines if not line.startswith("#"))
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("path", ["README.md", ".ci/run"])
def test_no_address_stands_where_none_belongs(path: str) -> None:
    assert not re.search(r"\w://|www\.", (ROOT / path).read_text("utf-8"))


def test_what_ci_runs_is_the_second_command() -> None:
    script = "grep -E '^python3 -m venv \\.venv && ' README.md | sed -n 2p"
    assert script in (ROOT / ".ci" / "run").read_text("utf-8")
    found = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert found.endswith(" -m pytest -n auto --dist worksteal")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
