"""The exit code of every way to end, and that a refusal leaves the ledger as it was."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

ADD = "repair add --unit A-101 --fault 灯不亮"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", 0), ("--help", 0), ("--version", 0), ("repair", 0), ("repair -h", 0), ("help", 0), ("check", 0), ("kinds", 0), ("today", 0),
        ("repar list", 2), ("repair lst", 2), ("repair add --fualt x", 2), ("repair add", 2), ("repair add --fault", 2), ("--lang fr today", 2),
        ("show", 2), ("find", 2), ("measure", 2), ("measure repair.received 2026-W54", 2), ("measure repair.received 2026-13", 2), ("--nosuch", 2),
        ("repair add --unit A --fault x --urgency soon", 3), ("repair add --unit A --fault x --due later", 3), ("repair add --unit A --fault x --at 10000-01-01", 3),
        ("repair finish 7k3f --result fixed", 4), ("show zzzz", 4), ("kinds nosuch", 4), ("help nosuch", 4), ("-C /nowhere today", 4),
        ("import nosuch.csv --noun repair", 4), ("completion", 2), ("completion csh", 2), ("append", 2), ("append --from x", 2),
        ("duty 李\x07敏", 3), ("desk Nacht", 3), ("init", 2), ("init x --profile shop", 2),
    ],
)  # fmt: skip
def test_the_exit_code(svc: Any, line: str, code: int) -> None:
    before = svc.files()

    said = svc(line, code=code)

    assert svc.files() == before
    assert (said.err == "") == (code == 0), str(said)


def test_an_empty_command_line_is_the_help(svc: Any) -> None:
    assert svc("").out == svc("--help").out
    assert svc("").out.startswith("例子：\n")


def test_a_list_from_a_damaged_ledger_ends_with_1(svc: Any) -> None:
    svc(ADD)
    text = svc.text("repairs/2026-11.yaml")
    (svc.ledger / "repairs/2026-11.yaml").write_text(text.replace("灯不亮", "灯很亮"), encoding="utf-8")

    for line in ("repair list", "today", "log", "find 灯", "measure repair.received this", "check"):
        svc(line, code=1)
    said = svc.refused(ADD)
    assert "repairs/2026-11.yaml:1" in said.err
    assert "svcctl check" in said.err
    svc(ADD + " --at 2026-10-31")


def test_a_ledger_that_cannot_be_written_is_a_storage_fault(svc: Any) -> None:
    svc(ADD)
    for folder in (svc.ledger, svc.ledger / "repairs", svc.ledger / ".svcctl"):
        os.chmod(folder, 0o755)
    before = svc.files()
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or subprocess.run([*other, "true"], check=False).returncode:
        pytest.skip("needs root to become somebody else")
    if subprocess.run([*other, *svc.argv(["--version"])], check=False, capture_output=True, env={**svc.environ(), "PYTHONPATH": os.getcwd()}).returncode:
        pytest.skip("the other user cannot read this Python")
    for path in svc.ledger.rglob("*"):
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
    shared = Path(tempfile.gettempdir())
    for path in [svc.folder, *svc.folder.parents]:
        if shared in path.parents:
            os.chmod(path, 0o755)

    def ran(line: str) -> Any:
        return subprocess.run([*other, *svc.argv(line.split())], check=False, capture_output=True, env={**svc.environ(), "PYTHONPATH": os.getcwd()}, cwd="/")

    said = ran(ADD)
    assert (said.returncode, said.stdout) == (5, b""), said
    for line in ("repair list --json", "today", "check", "show A-101", "log"):
        assert ran(line).returncode in (0, 4), line
    assert ran("repair list --json").stdout.count(b'"id"') == 1
    assert svc.files() == before


def test_a_locked_ledger_ends_with_75_and_says_by_whom(svc: Any) -> None:
    svc(ADD)
    with (svc.ledger / ".svcctl/lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = svc.refused(ADD, code=75, env={"SVCCTL_LOCK_WAIT": "0.2"})
    assert "svcctl: " in said.err
    assert svc.refused(ADD, env={"SVCCTL_LOCK_WAIT": "soon"}).err.startswith("svcctl: $SVCCTL_LOCK_WAIT")


def test_an_entry_that_could_not_be_acknowledged_ends_with_6_and_names_its_id(svc: Any) -> None:
    for kind in ("full", "closed", "pipe"):
        before = svc.files().get("repairs/2026-11.yaml", b"").count(b"---\n")
        if kind == "full":
            with open("/dev/full", "wb") as full:
                said = svc.process(ADD, code=6, stdout=full, stderr=subprocess.PIPE)
        elif kind == "closed":
            ran = subprocess.run(
                ["sh", "-c", 'exec "$@" >&-', "sh", *svc.argv(ADD.split())], check=False, stderr=subprocess.PIPE, cwd="/",
                env={**svc.environ(), "PYTHONPATH": os.getcwd()},
            )  # fmt: skip
            assert ran.returncode == 6, ran
            said = None
        else:
            reading, writing = os.pipe()
            os.close(reading)
            said = svc.process(ADD, code=6, stdout=writing, stderr=subprocess.PIPE)
            os.close(writing)
        text = svc.files()["repairs/2026-11.yaml"]
        assert text.count(b"---\n") == before + 1
        if said is not None:
            last = text.decode().rpartition('id: "')[2][:13]
            assert last in said.err
    assert svc("check").out == ""


@pytest.mark.parametrize("line", ["repair list --json", "kinds --json", "--help", "today"])
def test_a_reader_that_cannot_print_says_so(svc: Any, line: str) -> None:
    svc(ADD)
    with open("/dev/full", "wb") as full:
        assert svc.process(line, code=5, stdout=full, stderr=subprocess.PIPE).err.count("\n") == 1
    if line == "--help":
        return  # nothing is lost where nobody can read a help
    shell = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *svc.argv(line.split())], check=False, stderr=subprocess.PIPE, cwd="/",
        env={**svc.environ(), "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert shell.returncode == 5, shell


@pytest.mark.parametrize("line", ["repair list --json", "kinds --json", "--help", "today"])
def test_a_reader_of_a_pipe_that_is_gone_ends_it_quietly(svc: Any, line: str) -> None:
    svc(ADD)
    reading, writing = os.pipe()
    os.close(reading)

    assert svc.process(line, code=141, stdout=writing, stderr=subprocess.PIPE).err == ""
    os.close(writing)


@pytest.mark.parametrize("closing", ["<&-", "2>&-", "<&- 2>&-"])
def test_closed_streams_that_are_not_needed_do_no_harm(svc: Any, closing: str) -> None:
    ran = subprocess.run(
        ["sh", "-c", f'exec "$@" {closing}', "sh", *svc.argv(ADD.split())], check=False, stdout=subprocess.PIPE, cwd="/",
        env={**svc.environ(), "PYTHONPATH": os.getcwd()},
    )  # fmt: skip

    assert ran.returncode == 0
    assert ran.stdout.decode().strip() in svc.text("repairs/2026-11.yaml")
    assert svc("check").out == ""


def test_append_with_a_closed_stdin_is_a_usage_error(svc: Any) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *svc.argv(["append", "--from", "-"])], check=False, stderr=subprocess.PIPE, cwd="/",
        env={**svc.environ(), "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert ran.returncode in (0, 2), ran.stderr
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_waiting_stream_without_a_traceback(svc: Any, number: int, code: int) -> None:
    running = subprocess.Popen(
        svc.argv(["append", "--from", "-"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**svc.environ(), "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert running.stdin is not None and running.stdout is not None
    running.stdin.write('{"kind":"repair","event":"add","unit":"A","fault":"灯"}\n'.encode())
    running.stdin.flush()
    one = running.stdout.readline().decode().strip()
    time.sleep(0.1)
    running.send_signal(number)
    _, err = running.communicate(timeout=20)

    assert running.returncode in (code, -number)
    assert b"Traceback" not in err
    assert svc(["show", one]).out.startswith(one)
    assert svc("check").out == ""
