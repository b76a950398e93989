"""Reports on a schedule: quiet, the same whatever the surroundings, beside people typing; and the recipes of ``help cron``."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import HERE, NOW
from mail_kit import office, post, ready, servers

from svcctl.cli.recipes import CRON
from svcctl.xlsx.save import save

LANGS = ("zh", "en")
WHO = {"zh": "经理", "en": "manager"}


def bare(desk: Any, command: str, *, cwd: str = "/", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: by sh, with next to no environment, no terminal, nothing on stdin."""
    clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE), "SVCCTL_NOW": NOW, **env}
    return subprocess.run(["/bin/sh", "-c", command], env=clean, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def svcctl(desk: Any, words: str) -> str:
    return f"{shlex.quote(sys.executable)} -P -m svcctl -C {shlex.quote(str(desk.ledger))} {words}"


def test_it_says_the_file_s_name_and_nothing_else_in_any_surroundings(office: Any, tmp_path: Path) -> None:
    file = tmp_path / "new" / "out" / "悦和里_weekly_2026-W47.xlsx"
    line = svcctl(office, f"report weekly -q -o {tmp_path}/new/out/")

    first = bare(office, line + " <&-")

    assert (first.returncode, first.stdout, first.stderr) == (0, f"{file}\n", "")
    assert file.read_bytes() == office.book.read_bytes() and file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    before = file.stat()
    for env in ({"LC_ALL": "C", "TZ": "America/New_York"}, {"LC_ALL": "en_US.ISO-8859-1", "HOME": "/nonexistent", "TERM": "dumb"}):
        again = bare(office, line, **env)
        assert (again.returncode, again.stderr) == (0, ""), again
    after = file.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino), "it was written again"
    assert sorted(p.name for p in file.parent.iterdir()) == [file.name]


def test_a_sealed_month_is_quiet_too_and_only_then(new_desk: Any) -> None:
    desk = new_desk("en")
    desk("repair add --unit A-101 --fault x --at 2026-10-18")
    desk("seal 2026-10", at="2026-11-03T09:00:00+08:00")

    assert "was sealed by" in desk("report monthly 2026-10 -o out/").err
    assert "nothing has changed" in desk("report monthly 2026-10 -o out/").err
    assert desk("report monthly 2026-10 -q -o out/").err == ""


def test_what_is_wrong_is_said_all_the_same(new_desk: Any) -> None:
    desk = new_desk("en")
    desk("repair add --unit A-101 --fault 灯不亮 --contact 13800001234 --at 2026-11-18")
    path = desk.ledger / "repairs" / "2026-11.yaml"
    path.write_text(path.read_text("utf-8").replace("灯不亮", "灯很亮"), encoding="utf-8")

    said = desk("report weekly -q -o out/", code=1)
    assert len(said.err.splitlines()) == 1 and "run svcctl check" in said.err and "13800001234" not in said.err
    (desk.folder / "cwd" / "file").write_text("")
    assert len(desk("report weekly -q -o file/", code=5).err.splitlines()) == 1


def test_several_at_once_and_people_typing(new_desk: Any) -> None:
    desk = new_desk("en")
    desk("repair add --unit A-101 --fault x --at 2026-11-18")
    clean = {**desk.environ(), "PYTHONPATH": str(HERE)}
    out = desk.folder / "out"
    words = [sys.executable, "-P", "-m", "svcctl", "report", "weekly", "-q", "-o", f"{out}/"]
    stop = threading.Event()

    def typing() -> None:
        with subprocess.Popen([*desk.argv(["append", "--from", "-"])], env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdin is not None and writer.stdout is not None
            while not stop.is_set():
                writer.stdin.write('{"kind": "repair", "event": "add", "unit": "A-101", "fault": "y", "by": "Li"}\n')
                writer.stdin.flush()
                assert writer.stdout.readline().startswith("rp-")
            writer.stdin.close()

    typist = threading.Thread(target=typing)
    typist.start()
    try:
        runs = [subprocess.Popen(words, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        told = [(*run.communicate(timeout=60), run.returncode) for run in runs]
    finally:
        stop.set()
        typist.join()

    assert {(err, code) for _, err, code in told} == {("", 0)} and len({name for name, _, _ in told}) == 1
    (made,) = out.iterdir()
    desk("report weekly -q -o once.xlsx")
    assert made.read_bytes() == (desk.folder / "cwd" / "once.xlsx").read_bytes(), "of a week that is over, whatever is typed today"
    with (desk.ledger / ".svcctl" / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert desk("report weekly -q -o twice.xlsx", env={"SVCCTL_LOCK_WAIT": "0.1"}).err == ""


def test_who_reads_the_file_meanwhile_sees_one_or_the_other(tmp_path: Path) -> None:
    path, one, two = tmp_path / "r.xlsx", b"1" * 300_000, b"2" * 200_000
    save(one, str(path))
    seen, stop = set(), threading.Event()

    def reading() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=reading)
    reader.start()
    for data in [two, one] * 20:
        save(data, str(path))
    stop.set()
    reader.join()

    assert seen and seen <= {one, two} and os.listdir(tmp_path) == ["r.xlsx"]


# -- the recipes ------------------------------------------------------------------------------------------------------


def told(lang: str, begin: str, end: str = "\n\n") -> str:
    text = CRON.to(lang)
    assert text.count(begin) == 1, begin
    return begin + text.split(begin)[1].split(end)[0] + "\n"


def here(text: str, desk: Any, folder: Path) -> str:
    """A recipe with the places of a test. ``-I`` would leave out where the code under test is; ``-P`` is the part that counts."""
    return text.replace("/srv/desk/.venv/bin/python -I", f"{sys.executable} -P").replace("/srv/desk/ledger", str(desk.ledger)).replace("/srv/desk", str(folder))


@pytest.mark.parametrize("lang", LANGS)
def test_the_script_and_the_crontab_do_what_they_say(office: Any, post: Any, tmp_path: Path, lang: str) -> None:
    office.server(post.ports["plain"])
    settings = office.config / "mail.yaml"
    settings.write_text(settings.read_text("utf-8").replace("经理", WHO[lang]), encoding="utf-8")
    home = str(office.folder / "home")
    (tmp_path / "weekly.sh").write_text(here(told(lang, "#!/bin/sh"), office, tmp_path), encoding="utf-8")
    planted = tmp_path / "planted"
    planted.mkdir()
    for name in ("yaml", "typer", "smtplib"):
        (planted / f"{name}.py").write_text("raise SystemExit('planted code was run')")
    jobs = [line.split(None, 5) for line in told(lang, "MAILTO=").splitlines() if line[:1].isdigit()]

    assert [job[:5] for job in jobs] == [["0", "7", "*", "*", "1"], ["0", "7", "1", "*", "*"]]
    for job in jobs:
        assert "%" not in job[5], "cron would end the line there"
        ran = bare(office, here(job[5], office, tmp_path), HOME=home, cwd=str(planted))
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), ran
    assert post.message()[1]["Subject"].startswith("悦和里 客服周报 2026年第47周")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["悦和里_monthly_2026-10.xlsx", "悦和里_weekly_2026-W47.xlsx"]

    office.server(1)
    failed = bare(office, here(jobs[0][5], office, tmp_path), HOME=home)  # nobody listens; and in English the name is gone
    assert failed.returncode == (5 if lang == "zh" else 4) and len(failed.stderr.splitlines()) == 1 and failed.stdout == ""


@pytest.mark.parametrize("lang", LANGS)
def test_what_the_task_scheduler_is_told_is_a_command(office: Any, lang: str) -> None:
    (line,) = told(lang, "schtasks ").splitlines()
    words = shlex.split(line)
    run = words[words.index("/TR") + 1]

    assert len(run) <= 261 and words[1:8] == ["/Create", "/TN", "svcctl-weekly", "/SC", "WEEKLY", "/D", "MON"]
    office(run.partition(" -m svcctl ")[2].replace("C:/desk/ledger", str(office.ledger)).replace("C:/desk", str(office.folder)))


def test_every_svcctl_in_the_recipes_was_run() -> None:
    for lang in LANGS:
        assert len(re.findall(r"-m svcctl|\bsvc (?:report|send)", CRON.to(lang))) == 5  # in the script 3, crontab 1, Windows 1
        assert re.findall("report [a-z]+ 2026-W[0-9]+", CRON.to(lang)) == ["report weekly 2026-W46"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name, begin in (("svcctl-weekly.service", "[Unit]\nDescription=Weekly report of the service desk\n"), ("svcctl-weekly.timer", "[Unit]\nDescription=Weekly report of the service desk, Mondays\n")):
        unit = told("en", begin)
        assert unit == told("zh", begin)
        (tmp_path / name).write_text(unit)
    for name in ("svcctl-weekly.service", "svcctl-weekly.timer"):
        ran = subprocess.run(["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
        assert (ran.returncode, [line for line in ran.stderr.splitlines() if "svcctl" in line]) == (0, []), ran.stderr
    (when,) = re.findall("OnCalendar=(.*)", CRON.en)
    subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, check=True)
