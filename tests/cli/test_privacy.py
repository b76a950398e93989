"""Invented persons go in; none of them comes out of any command, message or file but the ledger, unless asked for."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

NAMES = ("欧阳诗涵", "Quentin Zebrowski", "司马铁柱", "Xanthippe Kowalczyk")
PHONES = ("13987654321", "+86 138 2468 1357", "15512349876", "0571-88664422")
TEXT_PHONES = ("13711112222", "189-0000-7777")
CANARIES = (
    *NAMES, "13987654321", "138 2468 1357", "15512349876", "88664422", "13711112222", "189-0000-7777", "zeb@example.org", "诗涵", "Zebrowski", "铁柱", "Kowalczyk",
)  # fmt: skip
READING = (
    "today", "today --json", "log", "log --json --limit 100", "check", "kinds", "measures", "complaint list", "complaint list --open", "repair list", "tenant list",
    *(f"{noun} list --format {form}" for noun in ("complaint", "repair", "tenant", "unit") for form in ("json", "csv", "tsv", "yaml", "table")),
    "measure complaint.received this", "explain complaint.received this", "explain repair.received this --json", "find 欧阳诗涵", "find 13987654321 --json", "find 5512349876",
    "complaint list --where contact=13987654321", "complaint list --where name=欧阳诗涵 --json", "complaint list --sort name", "repair list --sort contact --json",
)  # fmt: skip


@pytest.fixture
def desk(svc: Any) -> Any:
    """A desk with invented persons in every place where a person can be."""
    for name, phone in zip(NAMES, PHONES, strict=True):
        svc(["complaint", "add", "--content", f"打 {TEXT_PHONES[0]} 问过", "--contact", phone, "--name", name, "--demand", f"回电 {TEXT_PHONES[1]}", "--note", TEXT_PHONES[0]])
        svc(["repair", "add", "--place", f"找 {TEXT_PHONES[0]}", "--fault", f"约 {TEXT_PHONES[1]}", "--reporter", name, "--contact", phone, "--party", "property"])
        svc(["tenant", "add", "--name", "悦和茶饮", "--contact", name, "--phone", phone])
    svc(["complaint", "add", "--content", "吵", "--contact", "zeb@example.org", "--key", f"k{TEXT_PHONES[0]}"])
    svc(["complaint", "reply", "zzzz", "--text", "x"], code=4)
    return svc


def clean(said: Any) -> None:
    told = said.out + said.all_err
    assert [c for c in CANARIES if c in told] == [], str(said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_reading_command_shows_a_person(desk: Any, lang: str) -> None:
    for line in READING:
        clean(desk(line, lang=lang))
    for noun in ("complaint", "repair", "tenant"):
        for one in (r["id"] for r in desk(f"{noun} list --json").json):
            clean(desk(["show", one], lang=lang))
            clean(desk([noun, "show", one, "--json"], lang=lang))


def test_no_writing_command_shows_a_person(desk: Any) -> None:
    one = desk("complaint list --json").json[0]["id"]
    person = ["--contact", PHONES[0], "--name", NAMES[0]]
    for more in (["-n"], ["--json"], ["-n", "--json"], []):
        clean(desk(["complaint", "add", "--content", TEXT_PHONES[0], *person, *more]))
        clean(desk(["complaint", "amend", one, "--set", f"contact={PHONES[2]}", "--set", f"name={NAMES[2]}", "--reason", f"打 {TEXT_PHONES[0]}", *more]))
        clean(desk(["complaint", "reply", one, "--text", f"回 {TEXT_PHONES[0]}", "--note", TEXT_PHONES[1], *more]))
    tenant = desk("tenant list --json").json[0]["id"]
    clean(desk(["tenant", "amend", tenant, "--set", f"contact={NAMES[2]}", "--reason", f"打 {TEXT_PHONES[0]}"]))
    clean(desk(["show", tenant, "--json"]))
    clean(desk(["show", tenant]))
    clean(desk(["show", one, "--json"]))
    clean(desk("log"))
    clean(desk("undo"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_message_names_a_person(desk: Any, lang: str) -> None:
    one = desk("complaint list --json").json[0]["id"]
    name, phone = NAMES[0], PHONES[0]
    key = ["complaint", "add", "--content", "x", "--contact", phone, "--name", name, "--key", "p"]
    desk(key)
    lines = [
        ["complaint", "add", "--contact", phone, "--name", name],
        ["complaint", "add", "--content", "x", "--contact", phone + "\x07", "--name", name],
        ["complaint", "add", "--content", "x", "--contact", "9" * 20_000 + phone, "--name", name * 5000],
        ["complaint", "add", "--content", "x", "--contact", phone, "--name", name, "--severity", phone],
        ["complaint", "add", "--content", "x", "--contact", phone, "--name", name, "--unit", phone, "--at", phone],
        ["complaint", "add", "--content", "x", "--contact", phone, phone, name],
        ["complaint", "add", "--content", "x", "--contatc", phone], ["complaint", "add", "--content", "x", f"--contatc={phone}"],
        [*key[:-2], "--contact", PHONES[2], "--key", "p"], [*key[:-2], "--name", NAMES[2], "--key", "p"],
        ["complaint", "show", phone], ["show", f"key:{phone}"], ["complaint", "amend", one, "--set", f"contact:{phone}", "--reason", "x"],
        ["complaint", "amend", one, "--set", f"nosuch={phone}", "--reason", "x"], ["complaint", "amend", one, "--set", f"contact={phone}\x00", "--reason", "x"],
        ["complaint", "list", "--where", f"contact:{phone} {name}"], ["complaint", "list", "--where", f"nosuch={name}"],
        ["complaint", "list", "--from", phone], ["repair", "add", "--unit", "A", "--fault", "x", "--due", phone], ["measure", phone], ["measure", "repair.received", phone],
        ["complaint", "callback", one, "--result", "reached", "--score", phone, "--solved", "yes"], ["duty", phone + "\x07"], ["find"], ["-C", "/nowhere", "find", phone],
    ]  # fmt: skip
    for line in lines:
        said = desk(line, lang=lang, code=_any(desk, line, lang))
        assert said.code != 0, str(said)
        clean(said)


def _any(desk: Any, line: list[str], lang: str) -> int:
    """The exit code of a line, whatever it is."""
    for code in (2, 3, 4):
        try:
            desk(line, code=code, lang=lang)
        except AssertionError:
            continue
        return code
    raise AssertionError(f"not refused: {shlex.join(line)}")


def test_no_message_of_a_stream_or_an_import_names_a_person(desk: Any) -> None:
    bad = {"kind": "complaint", "event": "add", "content": "x", "contact": PHONES[0] + "\x07", "name": NAMES[0], "severity": "bad", "by": "李敏"}
    stream = json.dumps(bad, ensure_ascii=False) + "\n" + f"{{{NAMES[0]}\n---\ncontact: {PHONES[0]}: {NAMES[0]}\n"
    clean(desk("append --from -", stdin=stream, code=3))

    path = desk.folder / "c.csv"
    path.write_text(f"content,contact,name,severity,by\nx,{PHONES[0]}\x07,{NAMES[0]},一般,李\ny,{PHONES[2]},{NAMES[1]},bad,李\n", encoding="utf-8")
    clean(desk(["import", str(path), "--noun", "complaint"], code=3))
    clean(desk(["import", str(path), "--noun", "complaint", "-n"], code=3))


def test_no_message_about_a_damaged_ledger_names_a_person(desk: Any) -> None:
    path = desk.ledger / "complaints/2026-11.yaml"
    text = path.read_text(encoding="utf-8")
    for broken in (
        text.replace('content: "', "content: '", 1), text.replace("---\n", f"---\nname: \"{NAMES[0]}\"\n", 1), text.replace(f'"{PHONES[0]}"', f'&a "{PHONES[0]}"', 1),
        text.replace(NAMES[0], NAMES[0] + "改"), text + f'---\ncontact: "{PHONES[0]}"\nname: {NAMES[0]}\n', text.replace("severity", NAMES[0], 1),
        text.replace('"general"', f'"{PHONES[0]}"', 1), text.replace('at: "2026', f'at: "{PHONES[0]}', 1), text[: len(text) * 2 // 3],
    ):  # fmt: skip
        path.write_text(broken, encoding="utf-8")
        for line in ("check", "check --json", "complaint list", "today", "complaint add --content x --anonymous"):
            for lang in ("zh", "en"):
                said = None
                for code in (0, 1, 3):
                    try:
                        said = desk(line, code=code, lang=lang)
                    except AssertionError:
                        continue
                    break
                assert said is not None, line
                clean(said)
        path.write_text(text, encoding="utf-8")


def test_reveal_shows_them(desk: Any) -> None:
    for line in ("complaint list --json --reveal", "log --json --limit 100 --reveal", "today --reveal"):
        said = desk(line).out
        assert TEXT_PHONES[0] in said
    one = desk("complaint list --json").json[0]["id"]
    shown = desk(["show", one, "--json", "--reveal"])
    assert PHONES[0] in shown.out
    assert "salt" in shown.json["history"][0]
    assert NAMES[0] in desk(["show", one, "--reveal"]).out


def test_what_is_kept_outside_the_ledger_names_nobody(desk: Any) -> None:
    for line in READING:
        desk(line)
    kept = [p for p in desk.folder.rglob("*") if p.is_file() and not (p.is_relative_to(desk.ledger) and ".svcctl" not in p.parts) and p.name != "stdin"]
    assert kept
    for path in kept:
        data = path.read_bytes()
        assert [c for c in CANARIES if c.encode() in data] == [] or ".svcctl" in path.parts, path
