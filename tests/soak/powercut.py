"""Power cuts during a stream of appends, on real file systems.

``python tests/soak/powercut.py [--cuts 20] [--seed N]`` (as root)

A loop image with ext4 (and xfs, if it can be made) is mounted; a writer appends single entries and groups and notes each
acknowledged id on another file system. At a random moment it is stopped (SIGSTOP, so that nothing is acknowledged after
the cut), the file system is shut down without its log being flushed (``FS_IOC_SHUTDOWN`` with NOLOGFLUSH: what was not
synced is gone), unmounted and mounted again. Then the next writer heals and completes, and every acknowledged id must be
there. Where it is not possible (no root, no loop devices, no such ioctl) it says so and exits 0.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from kit import GROUPED, account, arguments, child, entry, finish, writer

from svcctl.errors import SvcError
from svcctl.store.files import Root

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NOLOGFLUSH = 2
SIZE = 320 << 20


def impossible(why: str) -> None:
    print(f"powercut: not possible here: {why}")
    sys.exit(0)


def command(*words: str) -> str:
    """Run it; what it had to complain of, "" if it succeeded."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout or f"code {done.returncode}").strip()


def work(ledger: str, first: int, told: int) -> None:
    root, number = Root(ledger), first
    while True:
        number += 3
        if number % 4:
            rel = f"repairs/2026-{1 + number % 11:02d}.yaml"
            docs = [(rel, entry(number, rel))]
            with writer(root) as at:
                at.append(*docs[0])
        else:
            docs = [(rel, entry(number + n, rel)) for n, rel in enumerate(GROUPED)]
            with writer(root) as at:
                at.append_group(docs)
        os.write(told, "".join(f"{doc['id']}\n" for _, doc in docs).encode())


def cut(mount: str, pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    fd = os.open(mount, os.O_RDONLY)
    fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
    os.close(fd)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def run(system: str, home: str, cuts: int, chance: random.Random) -> dict[str, object] | str:
    image, mount = os.path.join(home, f"{system}.img"), os.path.join(home, system)
    os.mkdir(mount)
    with open(image, "wb") as file:
        file.truncate(SIZE)
    wrong = command(f"mkfs.{system}", "-q", image) or command("mount", "-o", "loop", image, mount)
    if wrong:
        return wrong
    try:
        ledger = os.path.join(mount, "ledger")
        os.mkdir(ledger)
        told = os.open(os.path.join(home, f"{system}.acknowledged"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.sync()
        for number in range(cuts):
            pid = child(lambda number=number: work(ledger, number * 10**6, told))  # type: ignore[misc]
            time.sleep(0.1 + chance.random() * 0.4)
            try:
                cut(mount, pid)
            except OSError as error:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return str(error)
            wrong = command("umount", mount) or command("mount", "-o", "loop", image, mount)
            if wrong:
                return wrong
            root = Root(ledger)
            try:
                for rel in root.month_files():  # heals and completes
                    with writer(root) as at:
                        at.append(rel, entry(9 * 10**9 + number * 100 + int(rel[13:15]), rel))
            except SvcError as error:
                return {"failed": error.say("en"), "lost": 1, "bad": 0, "doubled": 0}
            finally:
                root.close()
        with open(told, encoding="utf-8") as file:
            file.seek(0)
            acknowledged = file.read().split()
        with Root(ledger) as root:
            return {"cuts": cuts, **account(root, acknowledged)}
    finally:
        command("umount", mount)


def main() -> None:
    asked = arguments(__doc__, cuts=20)
    if os.geteuid() != 0 or not shutil.which("losetup") or not shutil.which("mkfs.ext4"):
        impossible("root, losetup and mkfs.ext4 are needed")
    chance = random.Random(asked.seed)
    lost = 0
    with tempfile.TemporaryDirectory() as home:
        for system in ("ext4", "xfs"):
            if not shutil.which(f"mkfs.{system}"):
                print(f"{system}: no mkfs.{system} here")
                continue
            figures = run(system, home, asked.cuts, chance)
            if isinstance(figures, str):
                print(f"{system}: not possible here: {figures}")
                continue
            print(f"{system}: " + ", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
            lost += sum(int(str(figures[key])) for key in ("lost", "bad", "doubled"))
    finish("powercut", {"seed": asked.seed, "failures": lost}, lost)


if __name__ == "__main__":
    main()
