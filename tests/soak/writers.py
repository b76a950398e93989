"""Many writers at once, each append durable, with readers beside them.

``python tests/soak/writers.py [--seconds 5] [--readers 2]``

For 1, 8 and 32 processes: single entries through the store's writer, each under the ledger's lock and with its fsync.
Readers look through the whole ledger meanwhile, without the lock: a torn tail or a damaged document told by one of them is
a false alarm. Exit 1 if an entry is lost or doubled, or at a false alarm.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from zoneinfo import ZoneInfo

from kit import account, arguments, child, entry, finish, writer

from svcctl.errors import SvcError
from svcctl.store.files import Root
from svcctl.store.reader import Scan

REL = "repairs/2026-11.yaml"


def write(ledger: str, who: int, until: float, told: int) -> None:
    root, number, slowest = Root(ledger), who * 10**7, 0.0
    while time.monotonic() < until:
        number += 1
        began = time.monotonic()
        with writer(root) as at:
            at.append(REL, entry(number, REL))
        slowest = max(slowest, time.monotonic() - began)
        os.write(told, f"rp-{number:010d}\n".encode())
    os.write(told, f"slowest {slowest:.2f}\n".encode())


def read(ledger: str, alarms: int) -> None:
    root, zone = Root(ledger), ZoneInfo("Asia/Shanghai")
    looks = 0
    while True:
        try:
            with Scan(root, zone) as scan:
                looks += 1
                for finding in scan.findings():
                    os.write(alarms, f"{finding.code} {finding.file}:{finding.line}\n".encode())
        except SvcError as error:
            os.write(alarms, f"{type(error).__name__}\n".encode())
        os.write(alarms, b"look\n")
        time.sleep(0.02)


def run(writers: int, readers: int, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as ledger:
        told = os.open(os.path.join(ledger, "acknowledged"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        alarms = os.open(os.path.join(ledger, "alarms"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        began = time.monotonic()
        watching = [child(lambda: read(ledger, alarms)) for _ in range(readers)]
        working = [child(lambda who=who: write(ledger, who, began + seconds, told)) for who in range(writers)]  # type: ignore[misc]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in working]
        took = time.monotonic() - began
        for pid in watching:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with open(told, encoding="utf-8") as file, open(alarms, encoding="utf-8") as said:
            file.seek(0)
            said.seek(0)
            words, heard = file.read().split(), said.read().splitlines()
        slowest = max(float(w) for w, before in zip(words[1:], words, strict=False) if before == "slowest")
        ids = [word for word in words if word.startswith("rp-")]
        found = account(Root(ledger), ids)
        false = [line for line in heard if line != "look"]
        return {
            "writers": writers, **found, "a second": round(len(ids) / took), "slowest": f"{slowest:.2f} s", "looks": len(heard) - len(false),
            "false alarms": len(false), "failed": sum(code != 0 for code in codes),
        }  # fmt: skip


def main() -> None:
    asked = arguments(__doc__, seconds=5.0, readers=2)
    failures = 0
    for writers in (1, 8, 32):
        for readers in dict.fromkeys((0, asked.readers)):
            figures = run(writers, readers, asked.seconds)
            failures += sum(int(str(figures[key])) for key in ("lost", "doubled", "bad", "false alarms", "failed"))
            print(", ".join(f"{key} {value}" for key, value in {"readers": readers, **figures}.items()), flush=True)
    finish("writers", {"failures": failures}, failures)


if __name__ == "__main__":
    main()
