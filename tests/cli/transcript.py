"""A transcript: what is typed at a desk and everything that is printed, compared as a whole.

``# 2026-11-24 08:31`` sets the clock, ``$ svcctl …`` is a command, ``? 3`` the exit code if it is not 0; what follows is
what the terminal shows, stderr first. Ids are random: each is shown by its place, ``rp-0000000001`` the first repair.
``SVCCTL_WRITE=1`` writes what was printed into the file, to be read and judged before it is kept.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

ID = re.compile(r"\b(cp|rp|lf|ca|fe|un|tn|ls)-[0-9a-hjkmnp-tv-z]{10}\b")


class Ids:
    """Real ids and the ones shown for them."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.count: dict[str, int] = {}

    def show(self, text: str) -> str:
        return ID.sub(lambda m: self._name(m[0], m[1]), text)

    def real(self, text: str) -> str:
        for real, shown in self.shown.items():
            text = text.replace(shown, real)
        return text

    def _name(self, real: str, prefix: str) -> str:
        if real not in self.shown:
            self.count[prefix] = self.count.get(prefix, 0) + 1
            self.shown[real] = f"{prefix}-{self.count[prefix]:010}"
        return self.shown[real]


def play(desk: Any, script: str) -> str:
    """The transcript that running the commands of ``script`` gives."""
    ids, told = Ids(), list[str]()
    lines = script.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("#"):
            told.append(line)
            moment = re.match(r"# (\d{4}-\d\d-\d\d) (\d\d:\d\d)", line)
            if moment:
                desk.clock = f"{moment[1]}T{moment[2]}:00+08:00"
        elif line.startswith("$ svcctl"):
            expected = re.fullmatch(r"\? (\d+)", lines[i + 1]) if i + 1 < len(lines) else None
            code = int(expected[1]) if expected else 0
            said = desk(shlex.split(ids.real(line[len("$ svcctl"):])), code=code)
            told += [line, *([f"? {code}"] if code else []), *ids.show(said.err + said.out).splitlines(), ""]
    return "\n".join(line.rstrip() for line in told).rstrip() + "\n"


def compare(desk: Any, path: Path) -> None:
    """Play the commands of a transcript and compare all of it."""
    script = path.read_text(encoding="utf-8")
    played = play(desk, script)
    if os.environ.get("SVCCTL_WRITE"):
        path.write_text(played, encoding="utf-8")
    assert played == script
