"""Two hundred invented persons go in; none of them comes out of any command, file name, workbook or temporary file.

Every command of the tree has to be run here: a new one fails the test until it is. What people write in their own
words is hidden as far as it is a mobile or an identity number; names are hidden in their fields.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from canaries import ANY, LAST4, PEOPLE, Watched, removed, seen, started, tree, written
from form_kit import Filled

from svcctl import nouns
from svcctl.cli.commands.completion import SHELLS
from svcctl.cli.commands.help_ import TOPICS
from svcctl.fields import FieldType

LANGS = ("zh", "en")
ID = "510104199003071237"
POINTS = """{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}, {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}}"""


def stream() -> list[dict[str, Any]]:
    """What happened to the persons, as another program would tell it."""
    docs: list[dict[str, Any]] = []
    for n, one in enumerate(PEOPLE):
        at = f"2026-{10 + n % 2}-{1 + n % 20:02} 10:{n % 60:02}"
        told = one.told if n % 3 else f"{one.told[:3]}-{one.told[3:7]}-{one.told[7:]}"
        docs += [
            {"kind": "complaint", "event": "add", "content": f"打 {told} 问过", "contact": one.contact, "name": one.name, "demand": f"回电 {told}", "note": told, "key": f"c{one.told}", "at": at},
            {"kind": "complaint", "event": "reply", "of": f"key:c{one.told}", "text": f"已回 {told}", "at": at},
            {"kind": "repair", "event": "add", "place": f"找 {told}", "fault": f"约 {told}", "reporter": one.name, "contact": one.contact, "party": "property", "at": at, "key": f"r{n}"},
            {"kind": "lost", "event": "report", "what": f"手机 {told}", "where": "大厅", "contact": one.contact, "name": one.name, "at": at},
        ]  # fmt: skip
        if n % 5 == 0:
            docs += [
                {"kind": "lost", "event": "add", "item": f"伞 {told}", "place": "大厅", "found_by": "李敏", "storage": "柜1", "at": at, "key": f"l{n}"},
                {"kind": "lost", "event": "claim", "of": f"key:l{n}", "claimant": one.name, "described": f"{told} 的", "verified_by": "李敏", "id_type": "身份证", "id_last4": one.last4, "at": at},
                {"kind": "lost", "event": "return", "of": f"key:l{n}", "to": one.name, "how": "in_person", "at": at},
                {"kind": "tenant", "event": "add", "name": f"商户{n}", "contact": one.name, "phone": one.contact, "at": at},
                {"kind": "fee", "event": "pay", "tenant": f"商户{n}", "amount": "5", "method": "bank", "ref": told, "payer": one.name, "at": at, "key": f"p{n}"},
                {"kind": "fee", "event": "refund", "of": f"key:p{n}", "amount": "2", "method": "bank", "reason": told, "approved_by": "陈强", "payee": one.name, "at": at},
            ]  # fmt: skip
    return docs


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A desk that has to do with all of them."""
    desk = Watched(tmp_path_factory.mktemp("town"), "zh")
    desk(["init", str(desk.ledger), "--profile", "street", "--site", "悦和里"])
    desk.site("points", POINTS)
    for line in ("unit add --no A-101", "lease add --tenant 商户0 --unit A-101 --from 2026-01-01"):
        desk(line, at="2026-10-01T08:00:00+08:00")
    for tenants in (True, False):
        docs = [json.dumps({"by": "李敏", **doc}, ensure_ascii=False) for doc in stream() if (doc["kind"] == "tenant") == tenants]
        assert len(desk(["append", "--from", "-"], stdin="\n".join(docs)).ids) == len(docs)
    assert desk.leaks() == []
    return desk


def records(town: Watched, noun: str) -> list[str]:
    return [row["id"] for row in town([noun, "list", "--json"]).json]


def reading(town: Watched) -> list[list[str]]:
    """Every way to look at the ledger."""
    some = [PEOPLE[n] for n in (0, 1, 5)]
    words = "today|today --json|log --limit 900|log --json --limit 900|kinds|kinds complaint|kinds --json|measures|measures --json|duty|desk|fee status|fee ageing|cash status|fee statement 商户0|fee statement 商户5 --json"
    lines = [line.split() for line in words.split("|")]
    for noun in ("complaint", "repair", "lost", "fee", "tenant"):
        lines += [[noun], *([noun, "list", "--format", form] for form in ("json", "csv", "tsv", "yaml", "table"))]
        lines.append([noun, "list", "--sort", sorted(nouns.noun(noun).personal())[0]])
        lines += [[*show, one, *more] for one in records(town, noun)[:2] for show in (["show"], [noun, "show"]) for more in ([], ["--json"])]
    for noun in ("unit", "lease", "cash"):
        lines += [[noun, "list"], [noun, "show", *(records(town, noun)[:1] or ["zzzz"])]]
    for measure in ("complaint.received", "lost.found", "fee.received"):
        lines += [["measure", measure, "2026-10"], ["explain", measure, "2026-10"], ["explain", measure, "2026-10", "--json"]]
    for one in some:
        lines += [["find", text, *more] for text in (one.name, one.contact, one.told, one.mobile[3:]) for more in ([], ["--json"])]
        lines += [["complaint", "list", "--where", f"contact={one.contact}"], ["complaint", "list", "--where", f"name={one.name}", "--json"]]
    return lines


def test_nothing_that_is_looked_at_shows_a_person(town: Watched) -> None:
    for number, line in enumerate(reading(town)):
        town(line, lang=LANGS[number % 2], code=ANY if "zzzz" in line else 0)
    for lang in LANGS:
        for line in ("today", "log", "complaint list", "check", f"show {records(town, 'complaint')[0]}", "help"):
            town(line, lang=lang, code=ANY)
        for topic in TOPICS:
            town(["help", topic], lang=lang)
    for shell in SHELLS:
        town(["completion", shell])
    assert town.leaks() == []


def test_reveal_shows_them(town: Watched) -> None:
    shown = town("complaint list --json --reveal").out + town("tenant list --format csv --reveal").out
    assert all(one.name in shown and one.told in shown for one in PEOPLE)
    one = next(row["id"] for row in town("lost list --json --reveal").json if row["id_last4"] == PEOPLE[0].last4)
    assert PEOPLE[0].last4 in town(["show", one, "--reveal"]).out and PEOPLE[0].name in town(["lost", "show", one, "--json", "--reveal"]).out
    assert len(town.leaks()) == 5  # so what is looked for is found where it is
    found = [row for row in town("lost list --json").json if row["id_last4"]]
    assert len(found) == len(LAST4) and not [row for row in found if any(c.isdigit() for c in row["id_last4"])]


def test_reports_and_their_workbooks_name_nobody(town: Watched) -> None:
    for n, (kind, period) in enumerate((("weekly", "2026-W42"), ("daily", "2026-10-05"), ("monthly", "2026-10"))):
        town(["report", kind, period, "-o", f"r{n}.xlsx", "--lang", LANGS[n % 2]])
    for n, who in enumerate(("team", "manager", "finance", "public")):
        town(["report", "monthly", "2026-10", "-o", f"for{n}.xlsx", "--audience", who, "--lang", LANGS[n % 2]])
        town(["report", "weekly", "2026-W42", "--audience", who, "--format", "json"], lang=LANGS[n % 2])
    town(["report", "daily", "2026-10-06", "--format", "json"])
    shutil.copytree(town.ledger, town.inputs / "other")
    for lang in LANGS:
        both = ["--ledger", str(town.ledger), "--ledger", str(town.inputs / "other")]
        town(["report", "monthly", "2026-10", *both, "-o", f"both_{lang}.xlsx", "--lang", lang])
        town(["report", "weekly", "2026-W42", *both, "--format", "json"], lang=lang)
    town(["report", "daily", "2026-10-06", "--format", "json", "-o", "r.json"], lang="en")
    assert town.leaks() == []
    assert len(list((town.folder / "cwd").glob("*r*.*"))) == 8


def test_a_mail_names_nobody(town: Watched) -> None:
    one, config = PEOPLE[9], town.folder / "home/.config/svcctl"
    config.mkdir(parents=True, mode=0o700)
    (config / "mail.yaml").write_text("host: localhost\nfrom: desk@example.org\nrecipients: {manager: m@example.org}\n", encoding="utf-8")
    (config / "mail.yaml").chmod(0o600)
    (made,) = town("report weekly 2026-W42 -q -o mail/").out.splitlines()
    for lang in LANGS:
        for more in ([], ["--json"], ["--subject", f"打 {one.told}"], ["--message", f"请回电 {one.told}\n{one.mobile}"], ["--subject", f"{one.told}\n{one.told}"], ["--message", f"{one.told}\x07"]):
            town.any(["send", made, "--to", "manager", "-n", *more], lang=lang)
        for words in ([made, "--to", one.told], [made, "--to", f"{one.told}@example.org"], [f"/srv/{one.told}.xlsx", "--to", "manager"], [f"{one.told}.csv", "--to", "manager"], [one.told], ["--to", one.told]):
            town.any(["send", *words, "-n"], lang=lang)
    assert town.leaks() == []
    assert town.strays() == []


def test_templates_and_their_mistakes_name_nobody(town: Watched) -> None:
    one = PEOPLE[7]
    town("template copy weekly own")
    path = town.ledger / "templates/own.yaml"
    path.write_text(path.read_text("utf-8").replace("noun: complaint", f"noun: '{one.told}'", 1).replace("by: party", f"by: '{one.told}'", 1), encoding="utf-8")
    for lang in LANGS:
        for line in ("template", "template list", "template list --json", "template show weekly"):
            town(line, lang=lang)
        for line in ("template check own", "template check own --json", "template check", "report own", "report weekly --audience pubic", f"template show {one.told}", f"template copy weekly {one.told}/x"):
            town.any(line, lang=lang)
    path.unlink()
    path.parent.rmdir()
    assert town.leaks() == []


def typed(noun: str, event: str, spec: Any, n: int) -> str:
    """A value of a person for a field: of the field's own sort if it has one, else a number that is wrong there."""
    one = PEOPLE[n % len(PEOPLE)]
    if spec.personal:
        return {"name": one.name, "phone": one.contact}.get(spec.personal, one.last4)
    return f"{one.told} 说的" if type(spec.type) is FieldType else one.told


def fitting(verb: Any) -> list[str]:
    """What a verb requires, as texts of somebody's own words where it takes such; the rest may be refused."""
    return [w for s in verb.specs if s.required for w in (s.option, typed("", "", s, 9) if s.type.name == "text" else "2026-11-30" if s.type.name in ("time", "date") else getattr(s.type, "choices", [["x"]])[0][0])]


def test_no_verb_says_who_it_was_about(town: Watched) -> None:
    """Every option of every verb with something of a person in it: right, wrong, too long, missing, as a dry run, as JSON."""
    before = town.files()
    n = 0
    for noun in nouns.CATALOGUE:
        some = records(town, noun)[:2] or ["zzzz"]
        for verb in nouns.noun(noun).verbs:
            if not verb.typed:
                continue
            of = [] if verb.opens or verb.spreads else [some[0]]
            base = [noun, verb.event, *of]
            whole = [w for s in verb.specs if s.type.name != "flag" for w in (s.option, typed(noun, verb.event, s, n))]
            lines = [base, [noun, verb.event, "--help"], [*base, *whole, "-n"], [*base, *whole, "-n", "--json"], [noun, verb.event, PEOPLE[n].told], [noun, verb.event, PEOPLE[n].name], [*base, PEOPLE[n].told, PEOPLE[n].name]]
            for s in verb.specs:
                n = (n + 1) % len(PEOPLE)
                value = [] if s.type.name == "flag" else [typed(noun, verb.event, s, n)]
                lines.append([*base, *whole, s.option, *(v + "\x07" for v in value), "-n"] if n % 2 else [*base, s.option, *(ID for _ in value), "-n"])
            lines += [[*base, *whole, option, PEOPLE[n].told, "-n"] for option in ("--at", "--note", "--attach")] + [[*base, f"--no-such={PEOPLE[n].name}"]]
            lines += [[*base, *fitting(verb), "--key", PEOPLE[n].told, "--by", PEOPLE[n].told, "-n", *more] for more in ([], ["--json"])]
            for k, line in enumerate(lines):
                town.any(line, lang=LANGS[k % 2], env={"SVCCTL_BY": ""} if k % 5 == 0 else None)
        one = PEOPLE[n]
        field = sorted(nouns.noun(noun).personal() or {"note"})[0]
        for word, more in (("amend", ["--set", f"{field}={one.name}", "--reason", one.told]), ("amend", ["--set", f"{field}:{one.name}", "--reason", "x"]), ("amend", ["--set", f"{one.told}=1", "--reason", "x"]),
                           ("amend", ["--set", f"{field}={one.name}\x07", "--reason", "x"]), ("void", ["--reason", one.told, "--approved-by", one.told]), ("void", [])):  # fmt: skip
            for target in (some[0], one.told):
                town.any([noun, word, target, *more, "-n"], lang=LANGS[len(target) % 2])
        for view in (["list", "--where", f"nosuch={one.name}"], ["list", "--where", f"{field}:{one.told}"], ["list", "--from", one.told], ["list", "--sort", one.told], ["list", "--state", one.told], ["list", "--unit", one.told],
                     ["list", "--format", one.told], ["list", "--limit", one.told], ["show", one.told], ["show", f"key:c{one.told}"], [one.told, one.name]):  # fmt: skip
            town.any([noun, *view], lang=LANGS[len(view[-1]) % 2])
    assert town.leaks() == []
    changed = [name for name, data in town.files().items() if before.get(name) != data]
    assert not changed, changed


def test_no_other_command_says_who_it_was_about(town: Watched) -> None:
    one, other = PEOPLE[7], PEOPLE[8]
    missing = str(town.folder / "cwd" / "none.csv")
    lines = [
        [one.told], [one.told, one.name], ["--lang", one.told, "today"], ["-C", f"/srv/{one.told}", "today"], ["--ledger", f"/srv/{one.told}", "find", one.name], [f"--{one.told}"],
        ["show", one.told], ["show", "key:" + one.told], ["measure", one.told], ["measure", "complaint.received", one.told], ["explain", one.told], ["explain", "complaint.received", one.told],
        ["report", one.told], ["report", "daily", one.told], ["report", "daily", "--as-of", one.told], ["report", "daily", "--format", one.told], ["report", "daily", "--template", one.told], ["kinds", one.told], ["help", one.told],
        ["completion", one.told], ["duty", one.told + "\x07"], ["duty", ID], ["desk", one.told + "!"], ["find"], ["find", one.name, one.told], ["log", "--limit", one.told], ["log", "--from", one.told], ["today", "--for", one.told],
        ["undo", "--by", one.told], ["undo", "--note", one.told, "-n"], ["append", "--from", one.told], ["append"], ["import", f"/srv/{one.told}.csv", "--noun", "complaint"], ["import", missing, "--noun", one.told],
        ["import", missing, "--map", f"/srv/{one.told}.yaml"], ["init", f"/proc/{one.told}", "--profile", "street"], ["init", str(town.folder / "x"), "--profile", one.told], ["init", str(town.folder / "x"), "--profile", "street", "--timezone", one.told],
        ["init", "--sample", f"/proc/{one.told}"], ["erase", one.told], ["erase", "key:c" + one.told, "-n"], ["erase", "key:c" + one.told, "-n", "--json"], ["erase"], ["purge", one.told], ["purge", "-n"],
        ["purge", "--json", "-n"], ["check", one.told], ["check", "-n"], ["check", "--repair", "-n"], ["check", "--adopt", "-n"], ["fee", "statement", one.told], ["fee", "ageing", "--as-of", one.told], ["cash", "status", one.told],
    ]  # fmt: skip
    for line in lines:
        for lang in LANGS:
            town.any(line, lang=lang)
    for words in (f"svcctl show {one.told}", f"svcctl complaint add --unit {one.told}", "svcctl complaint show ", f"svcctl {one.told}", "svcctl fee charge --tenant ", f"svcctl repair finish {one.name}"):
        for shell in ("bash", "zsh", "fish"):
            ask = {"_SVCCTL_COMPLETE": f"complete_{shell}", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_TYPER_COMPLETE_ARGS": words}
            town.any([], env=ask)
    with_error = {"SVCCTL_NOW": one.told}, {"SVCCTL_LOCK_WAIT": one.told}, {"SVCCTL_DESK": one.told + "!"}, {"SVCCTL_BY": other.told}, {"SVCCTL_LEDGER": f"/srv/{one.told}"}
    for env in with_error:
        town.any(["complaint", "add", "--content", "x", "--contact", one.contact, "-n"], env=env)
    assert town.leaks() == []


def test_streams_and_imports_say_which_line_not_who(town: Watched) -> None:
    bad = [
        {"kind": "complaint", "event": "add", "content": "x", "contact": one.contact + "\x07", "name": one.name, "severity": one.told, "by": one.told, "at": one.told} for one in PEOPLE[10:30]
    ]  # fmt: skip
    text = "\n".join(json.dumps(doc, ensure_ascii=False) for doc in bad) + "".join(
        f"\n{{{one.name}: {one.told}\n---\ncontact: {one.contact}: {one.name}\n---\n{one.name}\n---\nkind: complaint\nevent: add\nname: &a {one.name}\n---\nkind: {one.told}\nevent: add\n" for one in PEOPLE[30:40]
    )
    for lang in LANGS:
        town(["append", "--from", "-"], stdin=text, code=3, lang=lang)
    rows = "".join(f"打 {one.told},{one.contact},{one.name},{'一般' if n % 2 else one.told},李敏\n" for n, one in enumerate(PEOPLE[40:80]))
    source = town.inputs / "c.csv"
    source.write_text("content,contact,name,severity,by\n" + rows, encoding="utf-8")
    broken = town.inputs / "d.csv"
    broken.write_text(f'content,{PEOPLE[0].told}\n"x,{PEOPLE[0].name}\n', encoding="utf-8")
    lines = town.inputs / "e.jsonl"
    lines.write_text(f'{{"content": "x", "contact": "{PEOPLE[0].contact}", "severity": "{PEOPLE[0].told}"}}\n{{{PEOPLE[0].name}\n', encoding="utf-8")
    tasks = town.inputs / "f.yaml"
    tasks.write_text(f"- content: x\n  name: {PEOPLE[0].name}: {PEOPLE[0].told}\n", encoding="utf-8")
    mapped = town.inputs / "map.yaml"
    mapped.write_text(f"noun: complaint\nby: x\n{PEOPLE[0].told}: 1\nrow:\n  - event: add\n    content: '{{{PEOPLE[0].told}}}'\n", encoding="utf-8")
    for lang in LANGS:
        for path in (source, broken, lines, tasks):
            for more in ([], ["-n"]):
                town.any(["import", str(path), "--noun", "complaint", *more], lang=lang)
        town.any(["import", str(source), "--map", str(mapped)], lang=lang)
    assert town(["import", str(source), "--noun", "complaint", "--skip-invalid", "-n", "--json"]).json
    assert town(["import", str(source), "--noun", "complaint", "--skip-invalid", "--json"]).json
    assert (town.inputs / "c.csv.rejected.csv").exists() or list(town.inputs.glob("*rejected*"))
    assert town.leaks() == []


def test_forms_say_which_cell_not_who(town: Watched) -> None:
    """Filled in with persons, rightly and wrongly: the blanks hold nobody, what is told of the others is masked."""
    nouns_ = ("complaint", "repair", "lost", "tenant", "fee")
    for lang in LANGS:
        town(["form", *nouns_, "-o", f"form_{lang}.xlsx", "--lang", lang])
    assert town.leaks() == [] and town.strays() == []
    filled = Filled(town.folder / "cwd" / "form_zh.xlsx")
    for n, one in enumerate(PEOPLE[80:100], 4):
        filled.write("投诉", n, content=f"打 {one.told}", contact=one.contact, name=one.name, severity=one.told if n % 2 else "一般", at=one.told if n % 3 else "", note=one.told)
        filled.write("报修", n, fault=ID if n % 2 else "x", reporter=one.name + "\u2028", contact=int(one.mobile), at=one.told if n % 3 else "2026-11-01")
        filled.write("收费·收款", n, tenant=one.told, amount=one.told, method=one.told, payer=one.name)
    filled.write("投诉", 3, content=PEOPLE[80].told, name=PEOPLE[80].name)
    path = filled.save(town.inputs / "filled.xlsx")
    good = Filled(town.folder / "cwd" / "form_en.xlsx").signed(PEOPLE[90].told, PEOPLE[91].name)
    for n, one in enumerate(PEOPLE[100:110], 4):
        good.write("Complaint", n, content=f"打 {one.told}", contact=one.contact, name=one.name, at="2026-11-02 10:00", by="李敏")
    right = good.save(town.inputs / "good.xlsx")
    for lang in LANGS:
        for more in ([], ["-n"]):
            town.any(["import", path, *more], lang=lang)
        town(["import", right, *(["-n"] if lang == "en" else [])], lang=lang)
    good.write("Complaint", 4, contact=PEOPLE[120].contact, name=PEOPLE[120].name).save(town.inputs / "good.xlsx")
    town(["import", right], code=3)
    town.any(["import", path, "--noun", PEOPLE[80].told])
    town.any(["form", PEOPLE[80].told, "-o", f"{PEOPLE[80].told}.csv"])
    town.any(["form", "repair", "--event", PEOPLE[80].told])
    assert town.leaks() == [] and town.strays() == []


def test_damage_is_told_by_its_place_and_mended_without_a_value(town: Watched) -> None:
    path = town.ledger / "complaints/2026-11.yaml"
    text = path.read_text("utf-8")
    one = next(p for p in PEOPLE if f'"{p.name}"' in text)
    broken = (
        text.replace('content: "', "content: '", 1), text.replace("---\n", f'---\nname: "{one.name}"\n', 1), text.replace(f'"{one.name}"', f'&a "{one.name}"', 1), text.replace(one.name, f"{one.name}改", 1),
        text + f'---\ncontact: "{one.contact}"\nname: {one.name}\n', text.replace("severity", one.told, 1), text.replace('"general"', f'"{one.told}"', 1), text.replace('at: "2026', f'at: "{one.told}', 1), text[: len(text) * 2 // 3],
        text.replace('kind: "complaint"', f'kind: "{one.told}"', 1), text.replace('event: "add"', f'event: "{one.told}"', 1), text.replace('id: "cp-', f'id: "{one.told}-', 1),
    )  # fmt: skip
    for number, content in enumerate(broken):
        path.write_text(content, encoding="utf-8")
        whole = ("check", "check --json", "check --repair --adopt -n")[number % 3]
        for line in (whole, ("complaint list --limit 2", "complaint add --content x --anonymous")[number % 2]):
            town.any(line, lang=LANGS[number // 3 % 2])
    assert town.leaks() == []

    path.write_text(broken[0] + f"---\nkind: complaint\nevent: add\ncontent: 打 {one.told}\nname: {one.name}\ncontact: {one.contact}\n---\nkind: complaint\nevent: add\nseverity: {one.told}\nname: {one.name}\n", encoding="utf-8")
    town.any("check --repair", lang="en")
    town.any("check --adopt")
    town.any("check --adopt --json", lang="en")
    assert list(town.ledger.rglob("*.damaged-*"))
    assert town.leaks() == []
    path.write_text(text, encoding="utf-8")  # with the record that was set aside, to which others refer


def test_erasing_names_nobody_and_leaves_nothing(town: Watched) -> None:
    gone = [row for row in town("complaint list --json --reveal").json if row["name"]][:4]
    town.told.clear()
    for n, row in enumerate(gone):
        town(["erase", row["id"], *(["--json"] if n % 2 else [])], lang=LANGS[n % 2])
        town(["erase", row["id"]], lang=LANGS[n % 2])
        town(["show", row["id"]])
    town("purge", at="2040-01-01T00:00:00+08:00")
    town("purge complaint --json", at="2041-01-01T00:00:00+08:00", lang="en")
    assert town.leaks() == []
    left = town("complaint list --json --reveal").out
    town.told.clear()
    assert not [row["name"] for row in gone if row["name"] in left and sum(p.name == row["name"] for p in PEOPLE) == 1]


def test_closing_and_exchanging_name_nobody(town: Watched) -> None:
    one, late = PEOPLE[3], "2026-12-03T08:00:00+08:00"
    place = town.ledger

    def git(*words: str) -> None:
        identity = ["-c", "user.name=desk", "-c", "user.email=desk@localhost", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, "-C", str(place), *words], check=True, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(town.folder)})

    for lang in LANGS:
        town("seal 2026-10 -n", at=late, lang=lang)
        town("seal 2026-10", at=late, lang=lang)
        town(["complaint", "add", "--content", f"打 {one.told} 问过", "--name", one.name, "--contact", one.contact, "--at", "2026-10-09 10:00"], at=late, code=3, lang=lang)
        town(["complaint", "add", "--content", f"打 {one.told} 问过", "--name", one.name, "--contact", one.contact, "--at", "2026-10-09 10:00", "--late", f"{one.told} 补"], at=late, lang=lang)
        town("seal", at=late, lang=lang)
        town(["report", "monthly", "2026-11", "--format", "json", "--lang", lang], at=late)
        town(["report", "monthly", "2026-11", "-o", str(town.folder / "sealed"), "--lang", lang], at=late)
    git("init", "-q", "-b", "main", str(town.folder / "remote"), "--bare")
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", str(town.folder / "remote"))
    git("add", "ledger.yaml", ".gitattributes", ".gitignore")
    git("commit", "-q", "-m", "A new ledger")
    git("push", "-q", "-u", "origin", "main")
    before, quoted = list(started()), town.ledger / "complaints/2026-11.yaml"
    town("desk front")
    for lang in LANGS:
        for line in ("sync -n", "sync", "audit", "audit --json", "merge", "sync --local"):
            town.any(line, at=late, lang=lang)
    kept = quoted.read_text(encoding="utf-8")
    quoted.write_text(kept.replace(one.told, "x", 1) if one.told in kept else kept[:-200], encoding="utf-8")
    for lang in LANGS:
        for line in ("sync", "audit", "audit --json", "check"):
            town.any(line, at=late, lang=lang)
    quoted.write_text(kept, encoding="utf-8")
    assert town.leaks() == []
    programs = started()[len(before) :]
    assert programs and all(seen(one) == [] for one in programs), "what git was told"
    messages = subprocess.run(["git", "-C", str(place), "log", "--format=%B%an"], check=True, capture_output=True, text=True).stdout
    assert messages.count("\n") > 3 and seen(messages) == []
    started()[:] = before
    shutil.rmtree(town.ledger / ".git")
    shutil.rmtree(town.folder / "remote")


def test_the_files_outside_the_ledger_name_nobody(town: Watched) -> None:
    assert town.strays() == []
    assert removed() > 5
    assert started() == []
    assert not list(town.temp.iterdir())
    places = [path for path in written() if os.path.isabs(path) and not Path(path).is_relative_to(town.folder) and not path.startswith("/dev/")]
    assert not places, places
    everything = " ".join(str(p) for p in town.folder.rglob("*") if "inputs" not in p.parts)
    assert seen(everything) == []


def test_every_command_was_run(town: Watched, request: pytest.FixtureRequest) -> None:
    """A new command has to be looked at here too. It needs all of this file."""
    asked = {item.name for item in request.session.items if item.path == request.node.path}
    if not {name for name in globals() if name.startswith("test_") and name != "test_whatever_is_made_is_for_its_owner_alone"} <= asked:
        pytest.skip("only a part of this file was asked for")
    assert tree() - town.ran == set()


@pytest.mark.parametrize("umask", ["000", "022", "077"])
def test_whatever_is_made_is_for_its_owner_alone(svc: Any, umask: str) -> None:
    source = svc.folder / "c.csv"
    source.write_text("content,contact,severity\nx,13987654321,bad\ny,13987654321,一般\n", encoding="utf-8")
    picture = svc.folder / "p.jpg"
    picture.write_bytes(b"x")
    ledger = svc.folder / "open"
    repairs = ledger / "repairs/2026-11.yaml"

    def run(line: str) -> str:
        before = os.umask(int(umask, 8))
        try:
            return svc(line if line.startswith("init") else f"-C {ledger} {line}").out.strip()
        finally:
            os.umask(before)

    run(f"init {ledger} --profile street")
    one = run(f"repair add --place x --fault y --reporter 王芳 --attach {picture}")
    repairs.write_bytes(repairs.read_bytes() + repairs.read_bytes().replace(b'"y"', b'"z"') + b'---\nid: "rp-')
    run("check --repair")
    repairs.write_bytes(repairs.read_bytes() + b"---\nkind: repair\nevent: add\nplace: x\nfault: y\n")
    for line in ("check --adopt", f"erase {one}", "duty 李敏", "desk night", f"import {source} --noun complaint --skip-invalid", "complaint list", "report daily 2026-11-24 -o r.xlsx"):
        run(line)
    made = [*ledger.rglob("*"), ledger, *(svc.folder / "state").rglob("*"), *(svc.folder / "cwd").rglob("*"), *svc.folder.glob("*rejected*")]
    modes = {str(p): stat.S_IMODE(p.stat().st_mode) for p in made}
    assert {m for p, m in modes.items() if Path(p).is_file()} == {0o600}, modes
    assert {m for p, m in modes.items() if Path(p).is_dir()} == {0o700}, modes
    assert len([p for p in modes if ".torn-" in p or ".damaged-" in p or "rejected" in p or p.endswith(".xlsx")]) == 4
