"""Writers killed at random moments: what was acknowledged is there.

``python tests/soak/kill9.py [--kills 1000] [--writers 4] [--seed N]``

Four writers at once in one ledger, each in turn one of: single entries, groups over three month files, a stream through
``append --from -``, and whole commands (``repair add``). One after the other is killed with SIGKILL and replaced. They
are forks of one process that has loaded everything, so that a kill costs milliseconds. At the end the ledger is opened
once more for writing (which heals and completes), and the acknowledged ids are looked for. Exit 1 if one is lost, one is
there twice, a group is there in part, or a document is bad.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time

from kit import GROUPED, account, arguments, child, entry, finish, writer

from svcctl.cli import start
from svcctl.store.files import Root


def single(root: Root, numbers: range, told: int) -> None:
    for number in numbers:
        rel = f"repairs/2026-{1 + number % 11:02d}.yaml"
        with writer(root) as at:
            at.append(rel, entry(number, rel))
        os.write(told, f"rp-{number:010d}\n".encode())


def grouped(root: Root, numbers: range, told: int) -> None:
    for number in numbers[::3]:
        docs = [(rel, entry(number + n, rel)) for n, rel in enumerate(GROUPED)]
        with writer(root) as at:
            at.append_group(docs)
        os.write(told, "".join(f"{doc['id']}\n" for _, doc in docs).encode())


def stream(root: Root, numbers: range, told: int) -> None:
    """``append --from -`` in this process: its stdout is the pipe of acknowledgements."""
    read, write = os.pipe()
    if not os.fork():
        os.close(read)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for number in numbers:
            line = {"kind": "repair", "event": "add", "unit": "A-101", "fault": f"灯 {number}", "by": "李敏"}
            os.write(write, (json.dumps(line) + "\n").encode())
        os._exit(0)
    os.close(write)
    os.dup2(read, 0)
    os.dup2(told, 1)
    sys.stdin, sys.stdout = os.fdopen(0, "r"), os.fdopen(1, "w")
    start.main(["-C", root.path, "append", "--from", "-"])


def commands(root: Root, numbers: range, told: int) -> None:
    os.dup2(told, 1)
    sys.stdout = os.fdopen(1, "w")
    for number in numbers:
        start.main(["-C", root.path, "repair", "add", "--unit", "A-101", "--fault", f"灯 {number}", "--key", f"k{number}"])


WAYS = (single, grouped, stream, commands)


def halves(root: Root) -> int:
    """Groups of which only a part is there. Theirs are the numbers from 10**9 on, three in a row."""
    ids = {int(line[7:17]) for rel in GROUPED for line in root.read(rel).split(b"\n") if line[:9] == b'id: "rp-1' and line[7:17].isdigit()}
    return sum(not {n, n + 1, n + 2} <= ids for n in ids if n % 3 == 0) + sum(n - n % 3 not in ids for n in ids)


def main() -> None:
    asked = arguments(__doc__, kills=1000, writers=4)
    chance = random.Random(asked.seed)
    os.environ.update(SVCCTL_BY="李敏", SVCCTL_LANG="en", SVCCTL_LOCK_WAIT="600")
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_STATE_HOME=home)
        ledger = os.path.join(home, "ledger")
        assert start.main(["init", ledger, "--profile", "street"]) == 0
        assert start.main(["-C", ledger, "repair", "add", "--unit", "A", "--fault", "x", "--note", "loads all that is needed"]) == 0
        log = os.open(os.path.join(home, "acknowledged"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        quiet = os.open(os.devnull, os.O_WRONLY)
        root = Root(ledger)
        running: list[int] = []
        began, kills, born = time.monotonic(), 0, 0
        while kills < asked.kills:
            while len(running) < asked.writers:
                born += 1
                way = WAYS[born % len(WAYS)]
                first = born * 30_000 + (10**9 - 10**9 % 30_000 if way is grouped else 0)

                def work(way: object = way, first: int = first) -> None:
                    os.dup2(quiet, 2)
                    way(Root(ledger), range(first, first + 30_000), log)  # type: ignore[operator]

                running.append(child(work))
            time.sleep(chance.random() * 0.04)
            victim = running.pop(chance.randrange(len(running)))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            kills += 1
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with writer(root):
            pass
        for rel in root.month_files():  # heals what is torn
            with writer(root) as at:
                number = 9 * 10**9 + int(rel[13:15])
                at.append(rel, entry(number, rel))
        with open(os.path.join(home, "acknowledged"), encoding="utf-8") as file:
            acknowledged = file.read().split()
        found = account(root, acknowledged)
        part = halves(root)
        figures = {"seed": asked.seed, "kills": kills, **found, "groups in part": part, "seconds": round(time.monotonic() - began, 1)}
        finish("kill9", figures, found["lost"], found["doubled"], found["bad"], part, len(acknowledged) < kills)


if __name__ == "__main__":
    main()
