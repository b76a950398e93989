"""The desk of the tests: ``svc("repair add …")`` runs a command line in a ledger of its own, at a fixed time.

It fails loudly: an exit code other than the one expected, or a traceback, ends the test with everything that was said.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli import start

NOW = "2026-11-24T09:00:00+08:00"  # a Tuesday
HERE = Path(__file__).resolve().parent.parent
gc.set_threshold(100_000, 20, 100)  # whole ledgers are made and dropped by the thousand; to look for rings that often costs a tenth of the time
CONSOLE = "import sys; sys.argv[0] = 'svcctl'; from svcctl.cli.start import run; run()"


class Said:
    """What a command line printed, and how it ended."""

    def __init__(self, line: Sequence[str], code: int, out: bytes, err: bytes) -> None:
        self.line, self.code, self.raw = list(line), code, out
        self.out, self.all_err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
        # That the clock is set is said each time; what else is said is what tests are about.
        self.err = "".join(p for p in self.all_err.splitlines(keepends=True) if "$SVCCTL_NOW 定为" not in p and "$SVCCTL_NOW sets" not in p)

    @property
    def ids(self) -> list[str]:
        """The ids printed, one a line."""
        return self.out.split()

    @property
    def id(self) -> str:
        """The only id printed."""
        (one,) = self.ids
        return one

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"$ svcctl {shlex.join(self.line)}\n-> {self.code}\n{self.out}--- stderr\n{self.err}"


class Desk:
    """A ledger in a temporary folder and the command line at it."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.lang = lang
        self.clock = NOW
        self.env: dict[str, str] = {}
        for name in ("home", "state", "cwd"):
            (folder / name).mkdir()

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")}
        found = {
            **kept, "HOME": str(self.folder / "home"), "XDG_STATE_HOME": str(self.folder / "state"), "SVCCTL_NOW": self.clock,
            "SVCCTL_LANG": self.lang, "SVCCTL_LEDGER": str(self.ledger), "SVCCTL_BY": "李敏", **self.env, **(more or {}),
        }  # fmt: skip
        return {k: v for k, v in found.items() if v}

    def __call__(
        self, line: str | Sequence[str], *, code: int | None = 0, at: str = "", lang: str = "", stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Said:  # fmt: skip
        """Run a command line in this process; ``code``: how it has to end (None: any way)."""
        arguments = shlex.split(line) if isinstance(line, str) else list(line)
        more = {**(env or {}), **({"SVCCTL_NOW": at} if at else {}), **({"SVCCTL_LANG": lang} if lang else {})}
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n"), io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n")
        given = self.folder / "stdin"
        given.write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        with given.open(encoding="utf-8") as source, _world(self.environ(more), self.folder / "cwd"):
            before = sys.stdin, sys.stdout, sys.stderr
            sys.stdin, sys.stdout, sys.stderr = source, out, err
            try:
                ended = start.main(arguments)
            finally:
                sys.stdin, sys.stdout, sys.stderr = before
        for stream in (out, err):
            stream.flush()
        return self._judged(Said(arguments, ended, out.buffer.getvalue(), err.buffer.getvalue()), code)  # type: ignore[attr-defined]

    def process(
        self, line: str | Sequence[str], *, code: int = 0, at: str = "", lang: str = "", stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None, **more: Any,
    ) -> Said:  # fmt: skip
        """Run it as the console script does, in a process of its own."""
        arguments = shlex.split(line) if isinstance(line, str) else list(line)
        environ = self.environ({**(env or {}), **({"SVCCTL_NOW": at} if at else {}), **({"SVCCTL_LANG": lang} if lang else {})})
        more.setdefault("input", stdin.encode() if isinstance(stdin, str) else stdin)
        if "stdin" in more:
            del more["input"]
        ran = subprocess.run(
            self.argv(arguments), env={**environ, "PYTHONPATH": str(HERE)}, capture_output="stdout" not in more,
            cwd=more.pop("cwd", self.folder / "cwd"), timeout=60, check=False, **more,
        )  # fmt: skip
        return self._judged(Said(arguments, ran.returncode, ran.stdout or b"", ran.stderr or b""), code)

    @staticmethod
    def argv(arguments: Sequence[str]) -> list[str]:
        """The words that start the console script; like it, without the current folder on the path."""
        return [sys.executable, "-P", "-c", CONSOLE, *arguments]

    @staticmethod
    def _judged(said: Said, code: int | None) -> Said:
        assert "Traceback" not in said.all_err, str(said)
        assert code in (None, said.code), f"expected exit code {code}\n{str(said)[:5000]}"
        return said

    def refused(self, line: str | Sequence[str], *, code: int = 3, **more: Any) -> Said:
        """Run a command line that must be refused, and leave every file of the ledger as it was."""
        before = self.files()
        said = self(line, code=code, **more)
        assert said.out == "", str(said)
        assert "svcctl: " in said.err, str(said)
        assert self.files() == before, f"the ledger was changed\n{said}"
        return said

    def files(self) -> dict[str, bytes]:
        """Every file of the ledger but those of .svcctl."""
        return {
            str(p.relative_to(self.ledger)): p.read_bytes()
            for p in sorted(self.ledger.rglob("*"))
            if p.is_file() and ".svcctl" not in p.parts
        }

    def plant(self, rel: str, **doc: Any) -> None:
        """Append a document to a file of the ledger as another desk would have written it, with its right sum."""
        from svcctl import nouns
        from svcctl.store import codec

        whole = {"recorded": "2026-11-20T08:00:00.000000+08:00", "by": "李敏", **doc}
        personal = nouns.noun(whole["kind"]).personal()
        if any(name in whole for name in personal):
            whole.setdefault("salt", "00" * 16)
        whole.setdefault("sum", codec.sums(whole, personal)[0])
        path = self.ledger / rel
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(codec.dump(whole))

    def site(self, key: str, value: str) -> None:
        """Set a key of ledger.yaml to a value in flow style."""
        path = self.ledger / "ledger.yaml"
        lines, inside = list[str](), False
        for line in path.read_text(encoding="utf-8").splitlines():
            inside = line.startswith(key + ":") or (inside and line.startswith(" "))
            if not inside:
                lines.append(line)
        path.write_text("\n".join([*lines, f"{key}: {value}", ""]), encoding="utf-8")

    def text(self, rel: str) -> str:
        """A file of the ledger."""
        return (self.ledger / rel).read_text(encoding="utf-8")



@contextlib.contextmanager
def _world(environ: Mapping[str, str], folder: Path) -> Iterator[None]:
    before, place = dict(os.environ), os.getcwd()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def new_desk(tmp_path: Path) -> Callable[..., Desk]:
    """Makes desks: each with a ledger of its own."""
    made: list[Desk] = []

    def make(lang: str = "zh", profile: str = "street", site: str = "悦和里") -> Desk:
        folder = tmp_path / f"desk{len(made)}"
        folder.mkdir()
        desk = Desk(folder, lang)
        desk(["init", str(desk.ledger), "--profile", profile, "--site", site])
        made.append(desk)
        return desk

    return make


@pytest.fixture
def svc(new_desk: Callable[..., Desk]) -> Desk:
    """The command line in a new ledger of a shopping street, in Chinese, at 9:00 on 2026-11-24."""
    return new_desk("zh")


@pytest.fixture
def svc_en(new_desk: Callable[..., Desk]) -> Desk:
    """The same in English."""
    return new_desk("en")
