"""What the world does to a command line: locales, closed doors, full disks, texts that bite, two terminals at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from svcctl.store import codec

ADD = ["repair", "add", "--place", "大堂", "--fault"]
WORLDS: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"}, "POSIX, nothing coerced": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "C.UTF-8": {"LC_ALL": "C.UTF-8"},
    "no such locale": {"LC_ALL": "zh_CN.GBK"}, "ascii streams": {"PYTHONIOENCODING": "ascii"}, "gbk streams": {"PYTHONIOENCODING": "gbk"}, "nothing": {"HOME": "", "XDG_STATE_HOME": "", "PATH": ""},
    "another zone": {"TZ": "America/New_York"}, "no such zone": {"TZ": "Mars/Base"}, "optimised": {"PYTHONOPTIMIZE": "2"}, "no colour": {"NO_COLOR": "1", "TERM": "dumb"},
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_entry_in_every_world(svc: Any, world: str) -> None:
    if world == "POSIX, nothing coerced":
        assert "U+DC" in svc.process([*ADD, "灯不亮𠮷👷"], env=WORLDS[world], code=3).err  # what was typed did not come as text
        return
    said = svc.process([*ADD, "灯不亮𠮷👷"], env=WORLDS[world])

    text = svc.text("repairs/2026-11.yaml")
    assert said.id in text
    assert 'fault: "灯不亮𠮷👷"' in text
    assert 'at: "2026-11-24T09:00:00+08:00"' in text
    listed = svc.process("repair list --json", env={**WORLDS[world], "SVCCTL_LANG": "en"})
    if "PYTHONIOENCODING" not in WORLDS[world]:
        assert listed.json[0]["fault"] == "灯不亮𠮷👷"
    svc.process(["repair", "show", "zzzz"], code=4, env=WORLDS[world])


def test_bytes_that_are_no_text_are_refused(svc: Any) -> None:
    for raw in (b"\xff\xfe", "灯".encode("gb18030"), b"a\xed\xa0\x80"):
        said = subprocess.run(
            [*svc.argv(["repair", "add", "--place", "x", "--fault"]), raw], env={**svc.environ(), "PYTHONPATH": os.getcwd()}, capture_output=True, check=False,
        )  # fmt: skip
        assert said.returncode == 3, said
        assert b"U+DC" in said.stderr
        assert b"Traceback" not in said.stderr
    assert "repairs/2026-11.yaml" not in svc.files()


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b", "\x1b[2Jx", "x\x1b]0;title\x07", "a\rb", "a\x08b", "\ud800", "\ufffe", "\uffff", "a\x0bb",
    ],
)  # fmt: skip
def test_characters_that_are_refused(svc: Any, text: str) -> None:
    for words in ([*ADD, text], ["unit", "add", "--no", text], [*ADD, "x", "--note", text], [*ADD, "x", "--key", text], [*ADD, "x", "--by", text]):
        svc.refused(words)
    one = svc([*ADD, "x"]).id
    svc.refused(["repair", "amend", one, "--set", f"fault={text}", "--reason", "x"])
    svc.refused(["repair", "amend", one, "--set", "fault=x", "--reason", text])
    svc.refused(["repair", "void", one, "--reason", text, "--approved-by", "x"])
    svc.refused(["repair", "void", one, "--reason", "x", "--approved-by", text])


@pytest.mark.parametrize(
    "text",
    [
        "--help", "-n", "-", "--", "@file", "key:x", "=1+1", "+1", "'x", '"', "\\", "\\n", "#x", "a: b", "[/foo]", "[red]x[/red]", "{{x}}", "%s", "$(id)", "`id`", "*", "NO", "null", "~", "0712",
        "1e5", "12:30", "2026-11-24", "---", "...", "!!python/object", "&a", "<<", "a\nb", "a\tb", "\u202eabc", "\u200b\u2066x", "\u0085\u2028\u2029\ufeff\x7f\x9f", " x ", "\n\nx\n", "\u3000x\u3000", "\tx", "x\u00a0", "e\u0301", "é", "👨‍👩‍👧", "𠮷" * 100, "x" * 10_000,
    ],
)  # fmt: skip
def test_texts_come_back_as_they_were_typed_and_nothing_moves_the_terminal(svc: Any, text: str) -> None:
    one = svc(["repair", "add", "--place", "大堂", f"--fault={text}", "--reporter", "王芳"]).id
    two = svc(["repair", "add", "--place", "大堂", "--fault", text]).id

    assert svc(["show", one, "--json"]).json["fault"] == svc(["show", two, "--json"]).json["fault"] == text
    table = svc("repair list").out + svc(["show", one]).out + svc("log").out + svc("today").out
    hidden = "\x1b\r\u202e\u2066\u0085\u2028\u2029\ufeff\x7f\x9f\u200b"
    assert not set(hidden) & set(table)
    rows = svc("repair list --format csv").out
    import csv
    import io

    assert [r["fault"] for r in csv.DictReader(io.StringIO(rows, newline=""))] == [text, text]
    assert svc("check").out == ""


def test_escapes_in_a_ledger_that_came_from_elsewhere_are_shown_as_text(svc: Any) -> None:
    for n, text in enumerate(("\u009b2J", "\u202etxt", "\ufeffx")):
        svc.plant("repairs/2026-11.yaml", id=f"rp-aaaaaaaaa{n}", kind="repair", event="add", at="2026-11-24T08:00:00+08:00", place=text, fault=text, by=text)

    for line in ("repair list", "today", "log", "find x", "show rp-aaaaaaaaa0", "repair finish rp-aaaaaaaaa1 --result fixed -n"):
        said = svc(line, code=3 if "finish" in line else 0)
        assert not set("\x1b\u009b\u202e\ufeff") & set(said.out + said.all_err), line


def test_a_text_that_is_too_long_is_refused(svc: Any) -> None:
    svc.refused([*ADD, "x" * 10_001])
    svc.refused([*ADD, "x", "--note", "y" * 1_000_000])
    svc.refused([*ADD, "x", "--key", "y" * 1_000_000])
    svc.refused([*ADD, "x", "--by", "y" * 1_000_000])


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "1e3", "1_000", "1,00", "12.345", "0x10", " ", "١٢", "12.", ".5", "9" * 14, "--5"])
def test_what_is_no_amount(svc: Any, amount: str) -> None:
    one = svc("repair add --unit A --fault x --party property").id

    svc(["repair", "finish", one, "--result", "fixed", f"--cost={amount}"], code=3)


def test_amounts_that_are(svc: Any) -> None:
    for typed, stored in (("12", "12.00"), ("1,234.5", "1234.50"), ("¥35", "35.00"), ("35元", "35.00"), ("１２.５", "12.50"), ("0", "0.00"), ("9999999999999.99", "9999999999999.99")):
        one = svc("repair add --unit A --fault x --party property").id
        svc(["repair", "finish", one, "--result", "fixed", "--cost", typed])
        assert svc(["show", one, "--json"]).json["cost"] == stored


def test_code_planted_where_one_stands_is_not_run(svc: Any) -> None:
    for name in ("yaml", "tabulate", "openpyxl", "json", "typer", "sitecustomize"):
        for folder in (svc.ledger, svc.folder / "cwd"):
            (folder / f"{name}.py").write_text(f"open({str(svc.folder / 'ran')!r}, 'w')\nraise SystemExit(9)\n")
    (svc.ledger / "ledger.yaml").touch()

    for folder in (svc.ledger, svc.folder / "cwd"):
        for line in ("check", "repair list", "repair add --unit A --fault x", "kinds"):
            svc.process(line, cwd=folder)
    assert not (svc.folder / "ran").exists()


def test_the_console_script_is_one_that_does_not_look_where_one_stands() -> None:
    import tomllib

    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["scripts"] == {"svcctl": "svcctl.cli.start:run"}


def test_two_terminals_at_once_lose_nothing(svc: Any) -> None:
    env = {**svc.environ(), "PYTHONPATH": os.getcwd()}
    running = [subprocess.Popen(svc.argv([*ADD, f"灯 {n}"]), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for n in range(8)]
    told = [p.communicate(timeout=60) for p in running]
    ids = [out.decode().strip() for out, _ in told]

    assert [p.returncode for p in running] == [0] * 8, told
    assert sorted(r["id"] for r in svc("repair list --json").json) == sorted(ids)
    assert svc("check").out == ""


def test_two_terminals_do_the_same_step_at_once_and_one_of_them_is_refused(svc: Any) -> None:
    one = svc("repair add --unit A --fault x --party property").id
    env = {**svc.environ(), "PYTHONPATH": os.getcwd()}
    running = [subprocess.Popen(svc.argv(["repair", "finish", one, "--result", "fixed"]), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    for p in running:
        p.communicate(timeout=60)

    assert sorted(p.returncode for p in running) == [0, 3, 3, 3]
    assert svc("check").out == ""


def test_a_full_disk_is_a_storage_fault_and_leaves_whole_entries(svc: Any) -> None:
    script = """
mount -t tmpfs -o size=48k,nr_inodes=64 tmpfs "$1" || exit 99
cp -r "$2"/. "$1"/ || exit 98
shift 2
n=0
while [ $n -lt 200 ]; do
  out=$("$@") ; code=$?
  [ $code -eq 0 ] || break
  echo "$out"; n=$((n+1))
done
echo "code $code"
cat "$SVCCTL_LEDGER/repairs/2026-11.yaml"
"""
    place = svc.folder / "small"
    place.mkdir()
    env = {**svc.environ({"SVCCTL_LEDGER": str(place)}), "PYTHONPATH": os.getcwd()}
    words = svc.argv([*ADD, "灯" * 3000])
    said = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", str(place), str(svc.ledger), *words], env=env, capture_output=True, check=False, timeout=120)
    if said.returncode or b"code" not in said.stdout:
        pytest.skip("no mounts of its own here")
    told, _, file = said.stdout.partition(b"code ")
    ids = told.split()
    assert file.startswith(b"5\n"), said
    assert b"Traceback" not in said.stderr
    pieces = list(codec.pieces(file[2:]))
    assert [p.doc["id"].encode() for p in pieces if p.doc] == ids
    assert len(ids) > 1


def test_attachments_are_taken_in_whole_and_under_the_hash_of_their_content(svc: Any) -> None:
    import hashlib

    photo = svc.folder / "照片 1.JPG"
    photo.write_bytes(b"\xff\xd8photo")
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    svc([*ADD, "灯", "--attach", str(photo), "--attach", str(photo), "-n"])
    assert not (svc.ledger / "files").exists()

    one = svc([*ADD, "灯", "--attach", str(photo)]).id

    rel = f"files/{digest[:2]}/{digest}.jpg"
    assert svc.files()[rel] == b"\xff\xd8photo"
    assert svc(["show", one, "--json"]).json["history"][0]["files"] == [rel]
    assert svc("check").out == ""


def test_an_entry_that_is_refused_leaves_no_attachment(svc: Any) -> None:
    photo = svc.folder / "a.jpg"
    photo.write_bytes(b"photo")
    attach = ["--attach", str(photo)]

    svc.refused([*ADD, "灯", "--urgency", "soon", *attach])
    svc.refused(["repair", "finish", "zzzz", "--result", "fixed", *attach], code=4)
    svc.plant("repairs/2026-11.yaml", id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-11-24T08:00:00+08:00", place="x", fault="y", sum="0" * 16)
    svc.refused([*ADD, "灯", *attach])
    assert not list(svc.ledger.glob("files/*/*"))
    svc.refused([*ADD, "灯", "--attach", str(svc.folder)])
    os.mkfifo(svc.folder / "pipe")
    began = time.monotonic()
    svc.refused([*ADD, "灯", "--attach", str(svc.folder / "pipe")])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("at", ["2026-11-24T01:00:00Z", "2026-11-24 09:00", "09:00", "2026-11-24", "今天", "now", "现在", "2026-11-23T20:00:00-05:00"])
def test_one_moment_in_many_writings(svc: Any, at: str) -> None:
    assert svc([*ADD, "灯", "--at", at, "--json"]).json[0]["at"] == "2026-11-24T09:00:00+08:00"


def test_a_date_alone_is_the_end_of_a_past_day(svc: Any) -> None:
    for at in ("2026-11-23", "昨天", "yesterday", "11-23"):
        assert svc([*ADD, "灯", "--at", at, "--json"]).json[0]["at"] == "2026-11-23T23:59:59+08:00"
    assert svc([*ADD, "灯", "--due", "明天", "--json"]).json[0]["due"] == "2026-11-25T23:59:59+08:00"


@pytest.mark.parametrize("clock", ["2026-11-24T09:00:00", "2026-11-24 01:00:00Z", "2026-11-24T09:00:00.999999+08:00"])
def test_the_clock_can_be_set_in_the_sites_zone(svc: Any, clock: str) -> None:
    said = svc([*ADD, "灯", "--json"], at=clock, env={"TZ": "America/New_York"})

    assert said.json[0]["at"] == "2026-11-24T09:00:00+08:00"
    svc("duty 李敏", at=clock)
    svc("duty", at=clock)
    assert "$SVCCTL_NOW" in said.all_err
    assert "$SVCCTL_NOW" not in svc("repair list", at=clock).all_err


def test_a_clock_that_is_none(svc: Any) -> None:
    assert "$SVCCTL_NOW" in svc("today", code=2, at="yesterday").all_err
    svc("today", code=2, at="2026-11-24T25:00:00")


@pytest.mark.parametrize("line", ["repair add --unit A --fault x", "undo", "append --from -", "import x.csv --noun unit", "unit add --no 1"])
def test_every_writing_command_says_that_the_clock_is_set(svc: Any, line: str) -> None:
    (svc.folder / "cwd/x.csv").write_text("no\nA\n")
    svc("unit add --no A")

    assert "$SVCCTL_NOW" in svc(line).all_err


def test_the_help_of_every_command_in_both_languages(svc: Any) -> None:
    from svcctl.cli.app import COMMANDS

    for lang, word in (("zh", "例子："), ("en", "Examples:")):
        for name in COMMANDS:
            said = svc([name, "--help"], lang=lang)
            assert said.out.startswith(word), name
            assert svc([name, "-h"], lang=lang).out == said.out
        for topic in ("dates", "exit-codes", "ledger", "measures", "cron", "privacy", "mail"):
            assert svc(["help", topic], lang=lang).out


def test_completion_scripts(svc: Any) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "svcctl" in svc(["completion", shell]).out
    said = subprocess.run(
        svc.argv([]), env={**svc.environ(), "PYTHONPATH": os.getcwd(), "_SVCCTL_COMPLETE": "complete_bash", "COMP_WORDS": "svcctl repair add --urgency e", "COMP_CWORD": "4"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout.split() == ["emergency"], said


def test_a_long_chain_of_entries_stays_quick_to_refuse(svc: Any) -> None:
    entries = [{"kind": "repair", "event": "add", "unit": "A-101", "fault": "x", "party": "property", "by": "李", "key": "k"}]
    entries += [{"kind": "repair", "event": "follow", "of": "key:k", "text": str(n), "by": "李"} for n in range(300)]
    began = time.monotonic()
    svc("append --from -", stdin="".join(json.dumps(e) + "\n" for e in entries))

    svc.refused("repair void A-101 --reason x --approved-by y")
    assert time.monotonic() - began < 20
    assert sys.getrecursionlimit() >= 900


def test_a_ledger_on_read_only_media_is_read_and_not_written(svc: Any) -> None:
    svc([*ADD, "灯"])
    before = svc.files()
    script = """
mount --bind "$SVCCTL_LEDGER" "$SVCCTL_LEDGER" && mount -o remount,bind,ro "$SVCCTL_LEDGER" || exit 99
for line in "repair list --json" today check log "report daily 今天 --format json" "report monthly -o $XDG_STATE_HOME/" "repair show @1 --json" desk "repair add --place x --fault y -n"; do
  "$@" $line >/dev/null || exit 1
done
"$@" repair add --place x --fault y; [ $? -eq 5 ] || exit 2
"$@" desk night; [ $? -eq 5 ] || exit 3
exit 0
"""
    ran = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *svc.argv([])], env={**svc.environ(), "PYTHONPATH": os.getcwd()}, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    if ran.returncode == 99 or b"unshare" in ran.stderr:
        pytest.skip("no mounts of its own here")

    assert ran.returncode == 0, ran
    assert ran.stdout == b""
    assert b"Traceback" not in ran.stderr
    assert svc.files() == before
