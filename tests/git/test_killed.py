"""A sync that is killed, at any moment: what was acknowledged is there, and the next one goes on."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from git_kit import both, clone, entries, git, hub

SECONDS = float(os.environ.get("SVCCTL_HAMMER_SECONDS", "3"))
# Stands in for git: at its N-th start it kills everything, before or after it has done its work.
WRAPPER = """#!/bin/sh
echo x >> '{count}'; n=$(($(wc -l < '{count}')))
if [ $n -eq {at} ]; then
  {before}
  '{git}' "$@"; code=$?
  {after}
  exit $code
fi
exec '{git}' "$@"
"""


class Scene:
    """Two desks that both wrote the shared file, one of them has pushed; laid out anew for every killing."""

    def __init__(self, svc: Any) -> None:
        self.svc = svc
        hub(svc, "")
        self.acknowledged = svc("repair add --unit A-1 --fault x").ids
        self.sync(svc, "front")
        self.other = clone(svc, "night", named=False)
        for desk in (svc, self.other):
            git(desk, "config remote.origin.url ../../hub.git")
            self.acknowledged += desk("repair add --unit A-2 --fault y").ids
            self.acknowledged += desk("complaint add --content z --anonymous", env={"SVCCTL_DESK": desk.folder.name}).ids
        self.sync(svc, "front")
        self.names = ("hub.git", "desk0/ledger", "night/ledger")
        self.top = svc.folder.parent
        for name in self.names:
            shutil.copytree(self.top / name, self.top / "kept" / name, symlinks=True)

    def again(self) -> None:
        for name in self.names:
            shutil.rmtree(self.top / name)
            shutil.copytree(self.top / "kept" / name, self.top / name, symlinks=True)
            if name != "hub.git":
                git(self.svc, "update-index -q --refresh", cwd=self.top / name)

    @staticmethod
    def sync(desk: Any, name: str, **more: Any) -> Any:
        return desk("sync", env={"SVCCTL_DESK": name}, **more)

    def run(self, path: str, seconds: float | None = None) -> int:
        """Run a sync of the second desk in a group of its own; after ``seconds`` all of it is killed."""
        env = {**self.other.environ({"SVCCTL_DESK": "night", "PATH": path}), "PYTHONPATH": os.getcwd()}
        running = subprocess.Popen(self.other.argv(["sync"]), env=env, cwd=self.other.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        if seconds is not None:
            time.sleep(seconds)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=60)
        return running.returncode

    def settled(self) -> bool:
        """Go on after a killing, as a person is told to; whether a lock had to be removed by hand. All has to be there."""
        locks = sorted((self.other.ledger / ".git").rglob("*.lock"))
        for lock in locks:
            assert f"rm {lock}" in self.sync(self.other, "night", code=3).err
            assert lock.exists()
            lock.unlink()
        for lock in (self.top / "hub.git").rglob("*.lock"):  # the keeper of the remote has to see to these
            lock.unlink()
        assert {i for i, _ in entries(self.other)} >= set(self.acknowledged[:1]) | set(self.acknowledged[3:])
        self.acknowledged += (more := self.other("repair add --unit A-3 --fault 窗", env={"SVCCTL_DESK": "night"}).ids)
        self.sync(self.other, "night")
        self.sync(self.svc, "front")
        self.sync(self.other, "night")
        assert entries(self.svc) == entries(self.other)
        assert {i for i, _ in entries(self.svc)} == set(self.acknowledged)
        assert self.svc("check").out == self.svc("audit").out == ""
        assert git(self.other, "status --porcelain") == ""
        for one in more:
            self.acknowledged.remove(one)
        return bool(locks)


def wrapper(svc: Any, at: int, before: str = "", after: str = "") -> str:
    """A PATH with a git that is killed; the number of its starts is in ``count``."""
    folder = svc.folder / "bin"
    folder.mkdir(exist_ok=True)
    (svc.folder / "count").unlink(missing_ok=True)
    real = shutil.which("git")
    (folder / "git").write_text(WRAPPER.format(count=svc.folder / "count", at=at, git=real, before=before or ":", after=after or ":"))
    (folder / "git").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_killed_between_any_two_steps(svc: Any) -> None:
    scene = Scene(svc)
    assert scene.run(wrapper(svc, 0)) == 0
    starts = len((svc.folder / "count").read_text()) // 2
    assert starts > 20
    step, kills = max(1, round(60 / SECONDS)), 0
    for at in range(1 + random.randrange(step), starts + 1, step):
        scene.again()
        kills += scene.run(wrapper(svc, at, after="kill -9 0")) == -signal.SIGKILL
        assert not scene.settled(), at
    print(f"{kills} kills between {starts} steps")
    assert kills >= starts // step - 2


@pytest.mark.hammer
def test_killed_at_random_moments(svc: Any) -> None:
    scene = Scene(svc)
    chance, began, kills, locks = random.Random(8), time.monotonic(), 0, 0
    while time.monotonic() - began < SECONDS:
        scene.again()
        if scene.run(os.environ["PATH"], chance.uniform(0.1, 0.5)) == -signal.SIGKILL:
            kills += 1
        locks += scene.settled()
    print(f"{kills} kills, {locks} stale locks")
    assert kills


def test_a_git_that_is_killed_while_it_writes_leaves_its_lock_and_is_told_apart_from_nothing(svc: Any) -> None:
    hub(svc)
    one = svc("repair add --unit A --fault x").id
    folder = svc.folder / "bin"
    folder.mkdir()
    (folder / "git").write_text(
        f"#!/bin/sh\ncase \"$*\" in *'update-index -z'*) [ -z \"$GIT_INDEX_FILE\" ] && {{ : > '{svc.ledger}/.git/index.lock'; kill -9 $$; }};; esac\nexec '{shutil.which('git')}' \"$@\"\n",
    )
    (folder / "git").chmod(0o755)
    before = git(svc, "rev-parse HEAD")

    said = svc("sync", code=3, env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})

    assert "index.lock" in said.err and "rm " in said.err
    assert git(svc, "rev-parse HEAD") == before
    both(svc, "sync", 3, "已录入的记录不受影响", "what is recorded is not affected")
    Path(svc.ledger / ".git/index.lock").unlink()
    assert "送出 repair 1" in svc("sync").err
    assert one in git(svc, "show origin/main:repairs/2026-11.front.yaml")


def test_what_a_killed_merge_had_not_yet_renamed_goes_with_the_next_one(svc: Any) -> None:
    hub(svc)
    svc("repair add --unit A --fault x")
    half = svc.ledger / "repairs/.2026-11.front.yaml.0123456789ab.tmp"
    half.write_bytes(b"---\n")

    assert "tmp" not in svc("sync").err
    assert not half.exists()
