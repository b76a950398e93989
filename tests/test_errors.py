"""Every message in ``errors/*.txt``: a command line, its exit code, and what is said in Chinese and in English.

``= KEY VALUE`` sets a key of ledger.yaml, ``+ svcctl …`` prepares, ``$ svcctl …`` is refused with the code in ``? N``; ``zh|`` and ``en|`` are the lines on stderr.
``SVCCTL_WRITE=1`` writes what was said into the files, to be read and judged before it is kept.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, os.fspath(Path(__file__).parent / "cli"))
from transcript import Ids

FILES = sorted((Path(__file__).parent / "errors").glob("*.txt"))


def played(svc: Any, script: str) -> str:
    ids, told = Ids(), list[str]()
    command: list[str] = []
    code = 0
    for line in script.splitlines():
        if line[:2] in ("zh", "en"):
            continue
        told.append(line)
        if line.startswith("= "):
            svc.site(*line[2:].split(" ", 1))
        elif line.startswith("+ svcctl "):
            ids.show(svc(shlex.split(ids.real(line[9:]))).out)
        elif line.startswith("$ svcctl "):
            command = shlex.split(ids.real(line[9:]))
        elif line.startswith("? "):
            code = int(line[2:])
            for lang in ("zh", "en"):
                said = svc.refused(command, code=code, lang=lang)
                told += [f"{lang}| {x}" for x in ids.show(said.err).replace(str(svc.folder), "/srv").splitlines()]
    return "\n".join(told) + "\n"


def test_there_are_messages() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_message_is_what_it_was(svc: Any, path: Path) -> None:
    script = path.read_text(encoding="utf-8")

    said = played(svc, script)
    if os.environ.get("SVCCTL_WRITE"):
        path.write_text(said, encoding="utf-8")

    assert said == script
    for line in said.splitlines():
        if line.startswith("en| "):
            assert not set("：；。，、“”（）") & set(line), line
