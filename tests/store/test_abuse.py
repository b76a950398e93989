"""What people, programs and other machines do to a ledger's folder, seen from the command line.

Things that are no files in the places of files; YAML made to hurt; ten thousand strangers; too few handles and too little
room; signals at any moment; a clock that runs backwards or twice through the same hour; one key from six terminals.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_kit import anyhow, ended, fork, kept_tails, tree

from svcctl.cli import start
from svcctl.store import codec
from svcctl.store.files import Root

ADD = ["repair", "add", "--unit", "A-101", "--fault", "灯不亮"]
MONTH = "repairs/2026-11.yaml"


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    """A pipe that somebody waits at ends the test, not the day."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(400)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


# -- what is no file ---------------------------------------------------------------------------------------------------

PLACES = (
    "ledger.yaml", "repairs", MONTH, "repairs/2026-10.night.yaml", "cash", "units", "seals", "seals/2026-10.yaml", "files", "files/aa", "nouns", "nouns/pet.yaml",
    "templates", "templates/daily.yaml", ".svcctl", ".svcctl/lock", ".svcctl/desk", ".svcctl/site.json", ".svcctl/recorded", ".svcctl/clean",
    ".svcctl/clean/repairs-2026-11.yaml", ".svcctl/pending", ".svcctl/index.sqlite", ".svcctl/index.seal", ".svcctl/masters-unit.json", ".gitattributes", ".git",
)  # fmt: skip


def link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / ("folder" if "." not in place.name[1:] else "victim.yaml"))


def link_without_end(place: Path, outside: Path) -> None:
    place.symlink_to("/dev/zero")


def hard_link(place: Path, outside: Path) -> None:
    os.link(outside / "victim.yaml", place)


KINDS: dict[str, Callable[[Path, Path], None]] = {
    "link": link, "link to /dev/zero": link_without_end, "hard link": hard_link,
    "pipe": lambda place, _: os.mkfifo(place), "folder": lambda place, _: place.mkdir(),
    "unreadable text": lambda place, _: place.write_bytes(b"\xff\xfe\0[{" * 9) and None,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_things_that_are_no_files_in_every_place_of_a_ledger(svc: Any, kind: str) -> None:
    outside = svc.folder / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "victim.yaml").write_text("svcctl: 1\nsite: 别人\n", encoding="utf-8")
    (outside / "folder/2026-11.yaml").write_text("---\nfault: 别人的\n", encoding="utf-8")
    photo = svc.folder / "a.jpg"
    photo.write_bytes(b"photo")
    svc(ADD)
    template, before, outcomes = svc.ledger, tree(str(outside)), set()
    for number, rel in enumerate(PLACES):
        svc.ledger = svc.folder / f"l{number}"
        shutil.copytree(template, svc.ledger)
        place = svc.ledger / rel
        if place.is_dir():
            place.rename(svc.folder / f"away{number}")
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        KINDS[kind](place, outside)
        began = time.process_time()
        lines = [["check"] if number % 2 else ["repair", "list", "--json"], [*ADD, "--attach", str(photo), "--key", "k"]]
        for line in [*lines, ["report", "daily", "今天", "--format", "json"]] if rel.startswith(("templates", "ledger", ".svcctl")) else lines:
            said = anyhow(svc, line)
            outcomes.add(said.code)
            assert said.code in (0, 1, 3, 4, 5), (rel, str(said))
            assert "Traceback" not in said.all_err and "别人的" not in said.out, (rel, str(said))
            assert "别人" not in said.out or kind == "hard link", (rel, str(said))  # which is read, and not written to
            if said.code == 0 and line[:2] == ADD[:2]:
                assert said.id in svc.text(MONTH), rel
        assert time.process_time() - began < 8, rel
        assert tree(str(outside)) == before, rel
    assert {0, 3} <= outcomes
    svc.ledger = template


# -- YAML that is made to hurt -------------------------------------------------------------------------------------------

NESTED = 100_000
HOSTILE: dict[str, bytes] = {
    "nested lists": b"---\nfault: " + b"[" * NESTED + b"\n", "nested maps": b"---\nfault: " + b"{a: " * 20_000 + b"\n",
    "nested by indent": b"".join(b" " * n + b"a:\n" for n in range(900)),
    "aliases": b"a: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(40)), "merge": b"---\na: b\n<<: {c: d}\n",
    "tags": b"---\nfault: !!python/object/apply:os.system ['touch ran']\n", "tag of our own": b"---\nfault: !x 1\n",
    "huge": b"---\nfault: '" + b"x" * (3 << 20) + b"'\n", "many keys": b"---\n" + b"".join(b"k%d: x\n" % n for n in range(20_000)),
    "the same key twice": b'---\nsite: a\nsite: b\nfault: "a"\nfault: "b"\n', "a mark of byte order": b"\xef\xbb\xbf---\nfault: x\n",
    "UTF-16": "---\nfault: 灯\n".encode("utf-16"), "GB18030": "---\nfault: 灯不亮\n".encode("gb18030"), "NEL": "---\nfault: a\u0085by: b\n".encode(), "lone CR": b"---\nfault: a\rby: b\r",
    "NUL": b"---\nfault: a\0b\n", "escapes": b'---\nfault: "\\u001b]0;x\\u0007"\n', "directive": b"%YAML 1.2\n---\nfault: a\n", "surrogate": b'---\nfault: "\\ud800"\n',
    "overlong": b"---\nfault: \xc0\xaf\n", "not a map": b"- a\n- b\n", "a text": b"hello\n", "nothing": b"", "zeros": bytes(70_000),
    "conflict": b"---\n<<<<<<< HEAD\nfault: a\n=======\nfault: 13800001234\n>>>>>>> x\n",
}  # fmt: skip


@pytest.mark.parametrize("rel", [MONTH, "ledger.yaml", "templates/daily.yaml"])
def test_yaml_that_is_made_to_hurt_is_told_and_costs_neither_time_nor_memory(svc: Any, rel: str) -> None:
    svc.plant("repairs/2026-10.yaml", id="rp-aaaaaaaaaa", kind="repair", event="add", at="2026-10-20T08:00:00+08:00", unit="A", fault="x")
    (svc.ledger / rel).parent.mkdir(exist_ok=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for case, raw in HOSTILE.items():
        (svc.ledger / rel).write_bytes(raw)
        began = time.process_time()
        lines = (["check"], ADD) if rel != "templates/daily.yaml" else (["report", "daily", "昨天", "--format", "json"],)
        for line in lines:
            said = anyhow(svc, line)
            assert said.code in (0, 1, 3), (case, str(said)[:2000])
            told = said.out + said.all_err
            assert "Traceback" not in told and "13800001234" not in told and "\x1b" not in told and "svcctl 自己出错" not in told, case
            assert (svc.ledger / rel).read_bytes().startswith(raw[: codec.torn_tail(raw)]) or rel != MONTH, case
        assert time.process_time() - began < 10, case
        if rel == MONTH:
            assert "rp-aaaaaaaaaa" in anyhow(svc, "repair list --json").out, case
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000  # KiB
    assert not list(svc.folder.rglob("ran"))


def test_ten_thousand_strangers(svc: Any) -> None:
    one = svc(ADD).id
    names = [b"\xff\xfe.yaml", b"\x1b[2J.yaml", b"a\nb.yaml", "２０２６-11.yaml".encode(), b"2026-11.yaml\n", b"-rf", b"--upload-pack=x", b"CON", b"2026-13.yaml", b".2026-11.yaml.swp"]
    for folder in ("repairs", ".", "cash", ".svcctl", "files"):
        (svc.ledger / folder).mkdir(exist_ok=True)
        here = os.fsencode(svc.ledger / folder)
        for name in names:
            Path(os.fsdecode(here + b"/" + name)).write_bytes(b"---\nfault: strange\n")
        for n in range(2000):
            Path(os.fsdecode(here + b"/%d.orig" % n)).touch()
    for line in ("check", "repair list --json", "today", "log", [*ADD, "--key", "k"], "repair list --json"):
        began = time.process_time()
        said = svc(line)
        assert time.process_time() - began < 3, line
        assert "\x1b" not in said.out + said.all_err and "strange" not in said.out
    assert len(said.json) == 2 and one in said.out


# -- too little of everything --------------------------------------------------------------------------------------------


def streams(svc: Any, out: Path, err: Path) -> None:
    """Give a child its own environment, stdout and stderr."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
    sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    os.environ.clear()
    os.environ.update(svc.environ())


def inside(svc: Any, work: Callable[[], object], line: list[str]) -> tuple[int, str, str]:
    """The command line in a child of this process, after ``work``: code, stdout, stderr."""
    out, err = svc.folder / "out", svc.folder / "err"

    def child() -> None:
        streams(svc, out, err)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work()
        code = start.main(line)
        os._exit(code)

    code = ended(fork(child))
    return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def test_too_few_handles_and_too_little_room_end_cleanly(svc: Any) -> None:
    svc(ADD)
    codes = set()
    for spare in range(1, 14):
        def handles(spare: int = spare) -> None:
            # What loads a module needs handles of its own; the first command has loaded them.
            for fd in map(int, os.listdir("/proc/self/fd")):
                if fd > 2:
                    try:
                        os.close(fd)
                    except OSError:
                        continue
            resource.setrlimit(resource.RLIMIT_NOFILE, (3 + spare, 3 + spare))

        before = svc.files()
        code, out, err = inside(svc, handles, ADD)
        codes.add(code)
        assert "Traceback" not in err and code in (0, 5, 6), (spare, err)
        assert (svc.files() == before) == (code == 5), spare
        assert out.strip() == "" or out.strip() in svc.text(MONTH)
    for room in (0, 100, 2000):
        size = (svc.ledger / MONTH).stat().st_size
        before = svc.files()

        def full(limit: int = size + room) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        code, out, err = inside(svc, full, ADD)
        codes.add(code)
        assert code == (0 if room == 2000 else 5), err
        assert (svc.files() == before) == (code == 5)
    assert {0, 5} <= codes
    assert svc("check").out == ""


# -- signals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_at_any_moment_leaves_whole_entries_and_no_traceback(svc: Any, number: signal.Signals) -> None:
    chance = random.Random(int(number))
    lines = [{"unit": "A", "fault": "灯", "at": f"2026-{month}-02 08:00"} for month in ("09", "10", "11")]
    (svc.folder / "rows.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    svc(ADD)
    for _ in range(2):  # the first one loads what is needed, which a child then finds loaded
        began = time.monotonic()
        svc(["import", str(svc.folder / "rows.jsonl"), "--noun", "repair"])
    took = time.monotonic() - began
    codes = []
    for n in range(24):
        delay = chance.random() * took + 0.001

        def alarm(delay: float = delay) -> None:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
            signal.setitimer(signal.ITIMER_REAL, delay)

        line = ADD if n % 2 else ["import", str(svc.folder / "rows.jsonl"), "--noun", "repair"]
        code, out, err = inside(svc, alarm, line)
        codes.append(code)
        took *= 1.3 if code else 0.6  # however fast the machine is: some come to their end and some do not
        assert code in (0, 130 if number == signal.SIGINT else -number), err
        assert "Traceback" not in err and "KeyboardInterrupt" not in err
        stored = "".join(svc.text(rel) for rel in svc.files() if rel.startswith("repairs/"))
        for one in re.findall(r"rp-[0-9a-z]{10}", out):
            assert one in stored
    assert any(codes) and not all(codes)
    assert svc("check").out == ""
    svc(ADD)
    with Root(str(svc.ledger)) as root:
        assert kept_tails(root) == []
    assert len(svc("repair list --json --from 2026-10-01 --to 2026-10-31").json) == len(svc("repair list --json --from 2026-09-01 --to 2026-09-30").json)


# -- time ----------------------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_back_changes_no_order_and_no_identity(svc: Any) -> None:
    ids = [svc(ADD, at=f"{day}T09:00:00+08:00").id for day in ("2026-11-24", "2026-11-21", "2026-11-24", "2026-01-01", "2026-11-24")]

    recorded = [line for rel in svc.files() if rel.startswith("repairs/") for line in re.findall(r'recorded: "(.*)"', svc.text(rel))]
    assert len(set(ids)) == len(set(recorded)) == 5
    shown = [svc(["show", one, "--json"], at="2026-11-25T09:00:00+08:00").json["history"][0]["recorded"] for one in ids]
    assert shown == sorted(shown)
    assert svc("check", at="2026-11-25T09:00:00+08:00").out == ""


def test_an_hour_that_comes_twice_or_not_at_all(svc: Any) -> None:
    svc.site("timezone", "America/New_York")
    svc.clock = "2026-11-24T09:00:00-05:00"
    first = svc([*ADD, "--at", "2026-11-01T01:30:00-04:00", "--json"]).json[0]["at"]
    again = svc([*ADD, "--at", "2026-11-01T01:30:00-05:00", "--json"]).json[0]["at"]
    assert (first, again) == ("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00")
    for at in ("2026-11-01 01:30", "2026-03-08 02:30"):
        said = anyhow(svc, [*ADD, "--at", at])
        assert said.code in (0, 3), str(said)
    assert svc("check").out == ""
    assert [row["at"] for row in svc("repair list --json --from 2026-11-01 --to 2026-11-01").json] == [first, first, again]


# -- one key, six terminals ------------------------------------------------------------------------------------------------


def test_one_key_from_six_terminals_at_once_is_one_entry(svc: Any) -> None:
    svc.site("points", '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}')
    svc("cash count --point front --count 100x10 --to 王芳")
    lines = {"repair": [*ADD, "--key", "k"], "cash": ["cash", "count", "--point", "front", "--count", "100x9", "--to", "赵云", "--by", "王芳", "--key", "c"]}
    for noun, line in lines.items():
        before = len(svc([noun, "list", "--json"]).json)
        read, write = os.pipe()

        def child(line: list[str] = line, read: int = read) -> None:
            os.read(read, 1)  # all begin together
            streams(svc, svc.folder / f"out{os.getpid()}", svc.folder / "err")
            os._exit(start.main(line))

        pids = [fork(child) for _ in range(6)]
        os.write(write, b"x" * 6)
        assert [ended(pid) for pid in pids] == [0] * 6
        told = {(svc.folder / f"out{pid}").read_text(encoding="utf-8") for pid in pids}
        assert len(told) == 1, told
        assert len(svc([noun, "list", "--json"]).json) == before + len(told.pop().split())
    assert svc("check").out == ""


# -- what cannot be acknowledged -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["add", "attach", "group", "stream"])
def test_what_is_stored_but_cannot_be_told_ends_with_6_and_names_every_id(svc: Any, case: str) -> None:
    svc.site("points", '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}')
    svc("cash count --point front --count 100x10 --to 王芳")
    (svc.folder / "a.jpg").write_bytes(b"photo")
    known = {row["id"] for row in svc("log --json").json}
    stream = "".join(json.dumps({"kind": "repair", "event": "add", "unit": "A", "fault": f"灯 {n}", "by": "李", "key": f"s{n}"}) + "\n" for n in range(3))
    line = {
        "add": [*ADD, "--key", "k"], "attach": [*ADD, "--key", "k", "--attach", str(svc.folder / "a.jpg")],
        "group": ["cash", "count", "--point", "front", "--count", "100x9", "--to", "赵云", "--by", "王芳", "--key", "k"], "stream": ["append", "--from", "-"],
    }[case]  # fmt: skip
    with open("/dev/full", "wb") as full:
        said = svc.process(line, code=6, stdin=stream if case == "stream" else b"", stdout=full, stderr=subprocess.PIPE)
    new = {row["id"] for row in svc("log --json").json} - known
    assert len(new) == {"add": 1, "attach": 1, "group": 2, "stream": 3}[case]
    assert all(one in said.err for one in new), str(said)
    assert "--key" in said.err or "key" in said.err
    assert set(svc(line, stdin=stream if case == "stream" else b"").ids) == new
    assert svc("check").out == ""
