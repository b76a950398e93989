"""How the commands cost as a ledger ages: 36 months of 10,000 to 1,000,000 entries, beside two other programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta

from timing import Cost, median, once, svcctl

NOW = "2026-11-01T10:00:00+08:00"


def commands(ledger: str, out: str) -> dict[str, tuple[list[str], int]]:
    """What is timed, and how often."""
    def here(*words: str) -> list[str]:
        return svcctl("-C", ledger, *words)

    return {
        "add": (here("repair", "add", "--unit", "A-101", "--fault", "灯不亮"), 7),
        "list --open": (here("repair", "list", "--open"), 5),
        "today": (here("today"), 5),
        "report monthly json": (here("report", "monthly", "2026-10", "--format", "json", "-o", out + ".json"), 3),
        "report monthly xlsx": (here("report", "monthly", "2026-10", "-o", out + ".xlsx"), 1),
        "check": (here("check"), 1),
        "seal": (here("seal", "2026-10"), 1),
        "check, a month sealed": (here("check"), 1),
    }  # fmt: skip


def journal(path: str, entries: int) -> None:
    """As many transactions in the form that ledger and hledger read."""
    start = date(2023, 11, 1)
    with open(path, "w", encoding="utf-8") as file:
        for n in range(entries):
            day = start + timedelta(days=n * 1096 // entries)
            file.write(f"{day:%Y-%m-%d} repair {n}\n    desk:repair  1\n    desk:open\n\n")


def row(name: str, cost: Cost) -> None:
    print(f"  {name:<24} {cost.cpu:9.3f} s CPU  {cost.peak:8.0f} MiB", flush=True)


def measure(entries: int, home: str) -> None:
    ledger = os.path.join(home, f"ledger-{entries}")
    env = {**os.environ, "HOME": home, "XDG_STATE_HOME": home, "SVCCTL_NOW": NOW, "SVCCTL_BY": "李敏", "SVCCTL_LANG": "zh"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # In a process of its own: what it needs would be counted as its sisters' peak memory.
    subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "make_ledger.py"), ledger, str(entries)], check=True)
    print(f"{entries} entries", flush=True)
    row("index build", once(svcctl("-C", ledger, "repair", "list", "--open", "--limit", "1"), env))
    for name, (command, runs) in commands(ledger, os.path.join(home, "out")).items():
        row(name, median(command, runs, env))
    book = os.path.join(home, "journal")
    journal(book, entries)
    for program in ("ledger", "hledger"):
        if shutil.which(program):
            month = ["-b", "2026-10-01", "-e", "2026-11-01"]
            row(f"{program} month balance", once([program, "-f", book, "bal", *month], env))
    shutil.rmtree(ledger)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for size in [int(a) for a in sys.argv[1:]] or [10_000, 100_000]:
            measure(size, folder)
