"""Entries a second through ``append --from -``, acknowledged and durable, with 1 writer and with 8 at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from timing import svcctl

ENTRIES = 20_000


def lines(writer: int, count: int) -> bytes:
    entry = {"kind": "repair", "event": "add", "fault": "卫生间灯不亮", "by": "李敏", "at": "2026-11-20T08:00:00+08:00"}
    return b"".join(
        json.dumps({**entry, "unit": f"A-{writer}{n % 100:02d}"}, ensure_ascii=False).encode() + b"\n" for n in range(count)
    )


def run(writers: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_STATE_HOME": home, "SVCCTL_LOCK_WAIT": "600"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        ledger = os.path.join(home, "ledger")
        subprocess.run(svcctl("init", ledger, "--profile", "street"), env=env, check=True, capture_output=True)
        inputs = []
        for w in range(writers):
            path = os.path.join(home, f"in{w}")
            with open(path, "wb") as file:
                file.write(lines(w, ENTRIES // writers))
            inputs.append(path)
        begin = time.perf_counter()
        children = []
        for path in inputs:
            with open(path, "rb") as source:
                children.append(
                    subprocess.Popen(svcctl("-C", ledger, "append", "--from", "-"), stdin=source, stdout=subprocess.PIPE, env=env)
                )
        acknowledged = sum(len(child.communicate()[0].split()) for child in children)
        took = time.perf_counter() - begin
        print(f"{writers} writers: {acknowledged} acknowledged in {took:.2f} s, {acknowledged / took:.0f} a second")
        if acknowledged != ENTRIES:
            sys.exit("some were not acknowledged")


if __name__ == "__main__":
    for count in (1, 8):
        run(count)
