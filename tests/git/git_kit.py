"""Desks that share a ledger through a bare repository on disk, and git as a person types it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

WHO = {"GIT_AUTHOR_NAME": "李敏", "GIT_AUTHOR_EMAIL": "li@example.org", "GIT_COMMITTER_NAME": "李敏", "GIT_COMMITTER_EMAIL": "li@example.org"}

_ROOM = tempfile.TemporaryDirectory(prefix="svcctl-hubs-")
_MADE: dict[tuple[tuple[str, bytes], ...], Path] = {}


def git(desk: Any, line: str, *, code: int | None = 0, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: bytes = b"") -> str:
    """git by hand in a desk's ledger; ``code`` None: it may fail."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(desk.folder / "home"), "GIT_EDITOR": "true", **WHO, **(env or {})}
    ran = subprocess.run(["git", *shlex.split(line)], cwd=cwd or desk.ledger, env=environ, input=stdin, capture_output=True, check=False)
    said = (ran.stdout + ran.stderr).decode("utf-8", "replace")
    assert code is None or ran.returncode == code, f"git {line}: {ran.returncode}\n{said}"
    return ran.stdout.decode("utf-8", "surrogateescape") if ran.returncode == 0 else ""


def hub(desk: Any, name: str = "front") -> Path:
    """Put a desk's ledger into a repository, and that to a bare one beside it, whose path is returned.

    What git makes of a ledger is made once, and copied for each further one with the same files.
    """
    there = Path(desk.folder.parent / "hub.git")
    files = tuple(desk.files().items())
    kept = _MADE.get(files)
    if kept is None:
        git(desk, f"init -q --bare -b main --template= {there}", cwd=desk.folder)
        git(desk, "init -q -b main --template= .")
        for folder in (there, desk.ledger / ".git"):
            (folder / "hooks").mkdir()
            (folder / "info").mkdir()
        git(desk, "add -A")
        git(desk, "commit -q -m start")
        git(desk, f"remote add origin {there}")
        git(desk, "push -q -u origin main")
        kept = _MADE[files] = Path(_ROOM.name) / str(len(_MADE))
        shutil.copytree(there, kept / "hub.git")
        shutil.copytree(desk.ledger / ".git", kept / ".git")
    else:
        shutil.copytree(kept / "hub.git", there)
        shutil.copytree(kept / ".git", desk.ledger / ".git")
        git(desk, f"remote set-url origin {there}")
    if name:
        desk(["desk", name])
    return there


def clone(desk: Any, name: str, *, named: bool = True, words: str = "") -> Any:
    """Another desk with a clone of the same ledger."""
    folder = desk.folder.parent / name
    folder.mkdir()
    other = type(desk)(folder, desk.lang)
    git(other, f"clone -q {words} file://{desk.folder.parent / 'hub.git'} ledger", cwd=folder)
    if named:
        other(["desk", name])
    return other


def entries(desk: Any) -> set[tuple[str, str]]:
    """The id and sum of every entry on disk."""
    from svcctl.git.documents import believed
    from svcctl.store import codec
    from svcctl.store.files import Root

    root = Root(str(desk.ledger))
    docs = (believed(p) for rel in root.month_files() for p in codec.pieces(root.read(rel)))
    return {(str(d["id"]), str(d["sum"])) for d in docs if d is not None}


def both(desk: Any, line: str, code: int, zh: str, en: str, **more: Any) -> None:
    """A command line that stops, with these words in either language, and changes no file."""
    for lang, word in (("zh", zh), ("en", en)):
        before = desk.files()
        said = desk(line, code=code, lang=lang, **more)
        assert word in said.err, str(said)
        assert "svcctl: " in said.err
        changed = {k for k, v in desk.files().items() if before.get(k) != v and not k.startswith(".git/")}
        assert not changed, changed


def shell(desk: Any, line: str, **more: Any) -> None:
    """A line as a person types it in the ledger's folder: commands of git and svcctl, joined by ``&&`` or ``;``."""
    for command in re.split(r" && |; ", line.strip()):
        if command.startswith("svcctl "):
            desk(command.removeprefix("svcctl "), **more)
            continue
        environ = {"PATH": os.environ["PATH"], "HOME": str(desk.folder / "home"), **WHO}
        subprocess.run(["/bin/sh", "-c", command], cwd=desk.ledger, env=environ, check=True, capture_output=True)
