"""Who may import whom, read from every import of the code; and what an everyday command loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from svcctl.nouns import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "svcctl"
# Each part may import the parts named before it. Parts in one row do not know each other.
ROWS: tuple[tuple[str, ...], ...] = (
    ("texts",), ("errors",), ("mask", "table"), ("fields", "dates", "period"), ("site",), ("entry",), ("fold",), ("account",), ("nouns",), ("seal",), ("ledger",),
    ("checks", "rows", "measures", "forms"), ("reports",), ("store",), ("xlsx",), ("importing", "git", "mail"), ("book",), ("sample",), ("cli",),
)  # fmt: skip
RANK = {part: i for i, row in enumerate(ROWS) for part in row}
ALLOWED = {("fields", "dates")}  # inside the functions that read what a person typed
DOMAIN = ("texts", "errors", "mask", "fields", "dates", "period", "site", "entry", "fold", "account", "nouns", "seal", "ledger", "checks", "rows", "measures", "forms")
OUTSIDE = {"os", "sys", "io", "socket", "subprocess", "shutil", "pathlib", "tempfile", "random", "secrets", "time", "typer", "yaml", "openpyxl", "tabulate"}
ONLY_IN = {
    "yaml": ("store", "importing"), "openpyxl": ("xlsx",), "tabulate": ("table",), "typer": ("cli",), "click": (), "rich": (), "sqlite3": ("store",),
    "fcntl": ("store",), "subprocess": ("git",), "socket": ("store", "mail"), "smtplib": ("mail",), "ssl": ("mail",), "email": ("mail",), "pickle": (), "urllib": (), "http": (), "random": (), "csv": ("importing",),
}  # fmt: skip


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> tuple[tuple[str, int], ...]:
    """Every module that a file imports, wherever in it, but not for the type checker alone."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node) for top in ast.walk(tree) if isinstance(top, ast.If) and isinstance(top.test, ast.Name) and top.test.id == "TYPE_CHECKING" for node in ast.walk(top)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py") or p.parent != PACKAGE)


def test_every_part_has_its_place() -> None:
    assert {part_of(p) for p in FILES} <= set(RANK)


def test_arrows_only_point_up() -> None:
    wrong = []
    for path in FILES:
        here = part_of(path)
        for name, line in imports(path):
            words = name.split(".")
            if words[0] != "svcctl" or len(words) < 2 or words[1] not in RANK:
                continue
            there = words[1]
            if there != here and RANK[there] >= RANK[here] and (here, there) not in ALLOWED:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {here} imports {there}")
    assert wrong == []


def test_the_domain_knows_nothing_outside() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}" for path in FILES if part_of(path) in DOMAIN for name, line in imports(path)
        if name.split(".")[0] in OUTSIDE and part_of(path) not in ONLY_IN.get(name.split(".")[0], ())
    ]  # fmt: skip
    assert wrong == []


# What the modules of ``nouns`` are beside the nouns themselves: what several have in common, and parts of one alone.
SHARED = {"callback": {"complaint", "repair"}}
OWN = {"cash": {"cash_chain", "slots"}, "fee": {"fee_account", "fee_ties"}}


def noun_modules() -> set[str]:
    return {listed.place.partition(":")[0] for listed in CATALOGUE.values()}


def nouns_imported(path: Path) -> list[tuple[str, int]]:
    """The modules of ``nouns`` that a file imports, with the lines."""
    found = ((name.split("."), line) for name, line in imports(path))
    return [(words[2], line) for words, line in found if words[:2] == ["svcctl", "nouns"] and len(words) > 2 and (PACKAGE / "nouns" / f"{words[2]}.py").exists()]


def within_reach(module: str) -> set[str]:
    """What a noun, or a part of its own, may import: the parts of its own, and what it has in common with others."""
    owner = next((noun for noun, parts in OWN.items() if module in parts), module)
    return OWN.get(owner, set()) | {part for part, users in SHARED.items() if module in users}


def test_every_module_of_the_nouns_is_a_noun_or_a_part_of_one_or_shared() -> None:
    own = [part for parts in OWN.values() for part in parts]
    modules = sorted(path.stem for path in (PACKAGE / "nouns").glob("*.py") if path.stem != "__init__")

    assert modules == sorted([*noun_modules(), *own, *SHARED])  # so none is two of them


def test_no_noun_imports_another() -> None:
    wrong = [
        f"{path.name}:{line}: {module}" for path in (PACKAGE / "nouns").glob("*.py") for module, line in nouns_imported(path)
        if module not in within_reach(path.stem)
    ]
    assert wrong == []


def test_parts_are_used_by_those_they_are_parts_of() -> None:
    users: dict[str, set[str]] = {}
    for path in (PACKAGE / "nouns").glob("*.py"):
        for module, _ in nouns_imported(path):
            users.setdefault(module, set()).add(path.stem)

    assert {part: users.get(part) for part in SHARED} == SHARED
    for noun, parts in OWN.items():
        assert all(users.get(part, set()) & {noun, *parts} for part in parts), noun


@pytest.mark.parametrize("noun", sorted(CATALOGUE))
def test_what_is_made_for_one_noun_knows_no_other(noun: str) -> None:
    mine = {listed.place.partition(":")[0] for name, listed in CATALOGUE.items() if name == noun}
    allowed = mine | {part for module in mine for part in within_reach(module)}
    for path in (PACKAGE / "measures" / f"{noun}.py", PACKAGE / "cli" / "commands" / f"{noun}_views.py"):
        if path.exists():
            assert {module for module, _ in nouns_imported(path)} <= allowed, path


@pytest.mark.parametrize("module", ONLY_IN)
def test_an_outside_thing_has_its_own_place(module: str) -> None:
    found = {part_of(path) for path in FILES for name, _ in imports(path) if name.split(".")[0] == module}

    assert found <= set(ONLY_IN[module])


def test_no_dangerous_call() -> None:
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name in ("eval", "exec", "os.system", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "pickle.loads") or any(
                    k.arg == "shell" and isinstance(k.value, ast.Constant) for k in node.keywords
                ):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "open" and not any(k.arg == "encoding" for k in node.keywords):
                mode = ast.unparse(node.args[1]) if len(node.args) > 1 else ""
                if "b" not in mode:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: open without encoding")
    assert wrong == []


LOADED = "import sys\nfrom svcctl.cli.start import main\ncode = main(sys.argv[1:])\nprint('|', code, *sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)\n"


def loaded(svc: Any, line: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-P", "-c", LOADED, *line.split()], env={**svc.environ(), "PYTHONPATH": os.fspath(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    code, *modules = ran.stderr.rpartition("|")[2].split()
    assert code == "0", ran.stderr
    return set(modules)


def test_an_everyday_add_loads_no_heavy_library(svc: Any) -> None:
    svc("unit add --no A-101")
    heavy = {"yaml", "rich", "tabulate", "openpyxl", "sqlite3", "csv", "hashlib", "hypothesis", "decimal"}

    assert loaded(svc, "repair add --unit A-101 --fault x") & heavy == set()
    one = svc("complaint add --content x --anonymous --key k").id
    assert loaded(svc, f"complaint reply {one} --text x") & (heavy - {"decimal"}) == set()


def test_reading_loads_only_what_it_shows(svc: Any) -> None:
    svc("repair add --unit A-101 --fault x")

    assert loaded(svc, "repair list --json") & {"yaml", "rich", "tabulate", "openpyxl", "csv"} == set()
    assert loaded(svc, "check") & {"rich", "tabulate", "openpyxl"} == set()
    assert loaded(svc, "today") & {"yaml", "rich", "openpyxl"} == set()
