"""Death at every step: what was acknowledged is there, a group is whole or absent, the next writer goes on."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_kit import (
    MONTH,
    Told,
    data,
    ended,
    entry,
    fork,
    ids,
    kept_tails,
    killed_at,
    ledger,
    stored,
    sums_ok,
    write,
)

from svcctl.store import codec, groups
from svcctl.store.writer import Writer

CASH = "cash/2026-11.yaml"
FEES = "fees/2026-10.yaml"
GROUP = [(MONTH, 10), (CASH, 11), (MONTH, 12), (FEES, 13)]


def append_group(root):
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        writer.append_group((rel, entry(number)) for rel, number in GROUP)


def prepared(path, new: bool):
    root = ledger(path)
    if not new:
        write(root, MONTH, entry(1))
        write(root, CASH, entry(2))
    return root


def settled(root, before: list[str]) -> None:
    """After a death in an append_group: readers see none or all of it, and so it stays."""
    seen = stored(root)
    whole = ids(*(number for _, number in GROUP))
    new = [name for name in seen if name not in before]
    assert sorted(new) in ([], whole)
    write(root, MONTH, entry(99))
    assert sorted(stored(root)) == sorted([*seen, "rp-0000000099"])
    assert root.listdir(".svcctl/pending") == []
    files = [codec.pieces(root.read(rel)) for rel in root.month_files()]
    found = [str(p.doc["id"]) for pieces in files for p in pieces if p.doc]
    assert sorted(found) == sorted([*seen, "rp-0000000099"])  # in the files, each once


@pytest.mark.parametrize("new", [True, False])
def test_death_at_every_call_of_an_append_loses_nothing(tmp_path, new):
    k, seen = 0, set()
    while True:
        k += 1
        root = prepared(tmp_path / str(k), new)
        before = stored(root)
        killed = killed_at(k, lambda root=root: write(root, MONTH, entry(5)))
        after = sorted(stored(root))
        assert after in (sorted(before), sorted([*before, "rp-0000000005"])), k
        seen.add(len(after) - len(before))
        write(root, MONTH, entry(6))
        assert sorted(stored(root)) == sorted([*after, "rp-0000000006"]), k
        root.close()
        if not killed:
            break
    assert seen == {0, 1} and k > 20


@pytest.mark.parametrize("new", [True, False])
def test_death_at_every_call_of_a_group_leaves_all_or_nothing(tmp_path, new):
    k, seen = 0, set()
    while True:
        k += 1
        root = prepared(tmp_path / str(k), new)
        before = stored(root)
        killed = killed_at(k, lambda root=root: append_group(root))
        seen.add(len(stored(root)) - len(before))
        settled(root, before)
        root.close()
        if not killed:
            break
    assert seen == {0, len(GROUP)} and k > 60


def test_death_at_every_call_of_the_completion_is_completed_by_the_next(tmp_path):
    """The writer that completes a group dies too, at any of its calls, with a torn part of it in a file."""
    k = 0
    while True:
        k += 1
        root = prepared(tmp_path / str(k), new=False)
        files = {rel: b"".join(codec.dump(entry(n)) for r, n in GROUP if r == rel) for rel, _ in GROUP}
        groups.commit(root, list(files.items()), [])
        with open(os.path.join(root.path, MONTH), "ab") as file:
            file.write(files[MONTH][:-30])
        killed = killed_at(k, lambda root=root: write(root, CASH, entry(50)))
        settled(root, [n for n in stored(root) if n not in ids(*(number for _, number in GROUP))])
        assert kept_tails(root) == [codec.dump(entry(12))[:-30]], k  # kept, and kept once
        root.close()
        if not killed:
            break
    assert k > 60


@pytest.mark.parametrize("target", [MONTH, CASH, "pending"])
def test_death_in_the_middle_of_a_write_at_any_byte(tmp_path, target):
    """The kernel stops the write of one file at a byte and kills the process at the next (SIGXFSZ)."""
    docs = {rel: b"".join(codec.dump(entry(n)) for r, n in GROUP if r == rel) for rel, _ in GROUP}
    span = sum(map(len, docs.values())) if target == "pending" else len(docs[target])
    seen = set()
    for at in [*range(0, span, 23), 1, 2, 3, 4, span - 1]:
        root = ledger(tmp_path / str(at))
        # The file in question is larger than all others, so that only it meets the limit.
        write(root, MONTH if target == "pending" else target, *map(entry, range(100, 112)))
        before = stored(root)
        size = 0 if target == "pending" else root.stat(target).size

        def work(limit=size + at, root=root):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            append_group(root)

        if target == "pending" and at < 200:
            continue  # too small for the lock's own note
        assert ended(fork(work)) in (0, -signal.SIGXFSZ)
        seen.add(len(stored(root)) - len(before))
        settled(root, before)
        root.close()
    assert seen == ({0} if target == "pending" else {len(GROUP)})


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("call", ["write", "fsync", "renameat", "unlinkat"])
def test_death_at_system_calls_as_the_kernel_sees_them(tmp_path, call):
    """The same from outside, with calls that the imports before do not make; a few of each."""
    (tmp_path / "child.py").write_text(
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "import test_crash\ntest_crash.append_group(test_crash.ledger(sys.argv[1]))\n"
    )
    killed = 0
    for k in (1, 3):
        root = prepared(tmp_path / str(k), new=k == 1)
        before = stored(root)
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", str(tmp_path / "log"), "-e", f"trace={call}",
             "-e", f"inject={call}:signal=SIGKILL:when={k}", sys.executable, "-B", str(tmp_path / "child.py"), root.path],
            capture_output=True, text=True,
        )  # fmt: skip
        if "not permitted" in done.stderr:
            pytest.skip("tracing is not permitted")
        assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.stderr
        killed += done.returncode != 0
        settled(root, before)
        root.close()
    assert killed


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_what_must_be_durable_is_synced_in_the_right_order(tmp_path):
    """No kill shows a missing fsync, only a power cut would; so the calls themselves are looked at."""
    (tmp_path / "child.py").write_text(
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "from test_crash import *\nroot = ledger(sys.argv[1])\n"
        "write(root, MONTH, entry(1)); os.write(1, b'new')\n"
        "write(root, MONTH, entry(2)); os.write(1, b'old')\n"
        "os.unlink(root.path + '/.svcctl/clean/repairs-2026-11.yaml')\n"  # as if its writer had died before the end
        "write(root, MONTH, entry(3)); os.write(1, b'unmarked')\n"
        "append_group(root); os.write(1, b'group')\n"
    )
    top = str(tmp_path / "ledger")
    done = subprocess.run(
        ["strace", "-f", "-qq", "-y", "-o", str(tmp_path / "log"), "-e", "trace=write,fsync,renameat,rename,unlinkat",
         sys.executable, "-B", str(tmp_path / "child.py"), top],
        capture_output=True, text=True,
    )  # fmt: skip
    if "not permitted" in done.stderr:
        pytest.skip("tracing is not permitted")
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 1)[1].lstrip() for line in (tmp_path / "log").read_text().splitlines()]
    acknowledged = [i for i, line in enumerate(lines) if line.startswith("write(1<")]
    new, old, unmarked, group = (lines[a:b] for a, b in zip([0, *acknowledged], acknowledged, strict=False))

    def at(part, call, path):
        """The last place of a call on ``path`` (of the ledger's root: an empty one)."""
        full = f"<{top}/{path}>" if path else f"<{top}>"
        return max(i for i, line in enumerate(part) if line.startswith(call) and full in line)

    def synced(part, path):
        return at(part, "fsync", path)

    for part in (new, unmarked):
        assert at(part, "write", MONTH) < synced(part, MONTH) < synced(part, "repairs") < synced(part, "")
    assert at(old, "write", MONTH) < synced(old, MONTH)
    assert not any("fsync" in line and "/repairs>" in line for line in old)
    rename = next(i for i, line in enumerate(group) if line.startswith("rename"))
    remove = max(i for i, line in enumerate(group) if line.startswith("unlink") and ".group" in line)
    staged = [i for i, line in enumerate(group) if line.startswith("fsync") and ".tmp>" in line]
    pending = [i for i, line in enumerate(group) if line.startswith("fsync") and "/pending>" in line]
    assert staged[0] < rename < pending[0]
    for path in (MONTH, CASH, FEES):
        assert pending[0] < at(group, "write", path) < synced(group, path) < remove < pending[-1]
    assert synced(group, ".svcctl") < at(group, "write", MONTH)
    for folder in ("cash", "fees"):  # new ones
        assert synced(group, folder) < remove


def work_until_killed(root, who: int, told: int) -> None:
    """Append entries and now and then a group; each id goes to the pipe once it is acknowledged."""
    number = who * 10**6
    while True:
        number += 3
        rel = f"repairs/2026-{1 + number % 12:02}.yaml"
        with Writer(root, "", Told(), 60.0, sums_ok) as writer:
            if number % 5:
                writer.append(rel, entry(number))
                done = ids(number)
            else:
                entries = [(rel, entry(number)), (CASH, entry(number + 1)), (FEES, entry(number + 2))]
                writer.append_group(entries)
                done = ids(number, number + 1, number + 2)
        os.write(told, "".join(f"{name}\n" for name in done).encode())


@pytest.mark.hammer
def test_kill_9_at_random_moments_loses_nothing_that_was_acknowledged(tmp_path):
    """Four writers; one after the other is killed and replaced, for as long as $SVCCTL_HAMMER_SECONDS says."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    root = ledger(tmp_path)
    log = os.open(tmp_path / "acknowledged", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    running: list[int] = []
    kills = 0
    end = time.monotonic() + float(os.environ.get("SVCCTL_HAMMER_SECONDS", "3"))
    try:
        while time.monotonic() < end:
            while len(running) < 4:
                kills += 1
                running.append(fork(lambda who=kills: work_until_killed(root, who, log)))
            time.sleep(chance.random() * 0.03)
            victim = running.pop(chance.randrange(4))
            os.kill(victim, signal.SIGKILL)
            assert ended(victim) == -signal.SIGKILL
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            ended(pid)
    with Writer(root, "", Told(), sums_ok=sums_ok):  # completes and heals
        pass
    acknowledged = data(root, "acknowledged").decode().split()
    os.close(log)
    seen = stored(root)
    assert kills > 10 and len(acknowledged) > 50, seed
    assert set(acknowledged) <= set(seen), seed
    assert len(seen) == len(set(seen)), seed
    assert len(seen) - len(acknowledged) <= 3 * kills, seed  # what was stored when its writer died
    assert len(kept_tails(root)) <= kills, seed
    raw = [codec.pieces(root.read(rel)) for rel in root.month_files()]
    assert all(p.problem is None or p.problem.code == "torn" for pieces in raw for p in pieces), seed
    assert root.listdir(".svcctl/pending") == [], seed
