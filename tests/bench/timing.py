"""Timing whole processes: CPU seconds and peak memory, the median of several runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple


class Cost(NamedTuple):
    """CPU seconds (user and system) and peak memory in MiB."""

    cpu: float
    peak: float


def once(command: list[str], env: dict[str, str] | None = None, stdin: str | None = None) -> Cost:
    """Run a command to its end and measure it; its output is thrown away. Raises if it cannot be started."""
    with tempfile.TemporaryFile() as out:
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL  # noqa: SIM115
        child = subprocess.Popen(command, stdin=source, stdout=out, stderr=out, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            out.seek(0)
            raise SystemExit(f"{command}: exit {child.returncode}\n{out.read().decode(errors='replace')[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(command: list[str], runs: int, env: dict[str, str] | None = None) -> Cost:
    """The median of several runs."""
    costs = [once(command, env) for _ in range(runs)]
    return Cost(statistics.median(c.cpu for c in costs), statistics.median(c.peak for c in costs))


def svcctl(*words: str) -> list[str]:
    """A command line of the installed console script, or of this checkout."""
    script = os.path.join(os.path.dirname(sys.executable), "svcctl")
    return [script, *words] if os.path.exists(script) else [sys.executable, "-m", "svcctl", *words]
