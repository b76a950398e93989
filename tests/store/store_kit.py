"""What the tests of the store share: entries, children that die on command, and a reader."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from svcctl.store import codec, groups
from svcctl.store.codec import Doc
from svcctl.store.files import Root
from svcctl.store.writer import Writer
from svcctl.texts import Text

MONTH = "repairs/2026-11.yaml"
START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PERSONAL = ("reporter",)
Calls = frozenset[Callable[..., object]]
CHANGING: Calls = frozenset(
    (os.open, os.write, os.fsync, os.ftruncate, os.replace, os.unlink, os.mkdir, os.rmdir, os.fchmod),
)
TOUCHING: Calls = CHANGING | {os.close, os.lseek, os.read}


def entry(number: int | str, fault: str = "卫生间灯不亮") -> Doc:
    name = f"rp-{number:0>10}"
    second = number if isinstance(number, int) else 0
    doc: Doc = {
        "id": name,
        "kind": "repair",
        "event": "add",
        "at": "2026-11-23T08:31:00+08:00",
        "recorded": (START + timedelta(seconds=second)).isoformat(timespec="microseconds"),
        "by": "李敏",
        "fault": fault,
        "reporter": "王芳",
        "salt": "9c1f0e5ab7d24c60a1b2c3d4e5f60718",
    }
    total, pii = codec.sums(doc, PERSONAL)
    return {**doc, "pii": pii, "sum": total}


def sums_ok(doc: Doc) -> bool:
    return codec.sum_problem(doc, PERSONAL, 1) is None


def ledger(path: object) -> Root:
    """The ledger at ``path``, made if it is not there."""
    os.makedirs(str(path), exist_ok=True)
    return Root(str(path))


class Told(list[str]):
    """Collects what a writer warns of."""

    def __call__(self, text: Text) -> None:
        assert text.zh and text.en
        self.append(text.en)


def write(root: Root, rel: str, *docs: Doc, told: Told | None = None, desk: str = "", wait_s: float = 10.0) -> None:
    with Writer(root, desk, told if told is not None else Told(), wait_s, sums_ok) as writer:
        writer.append_many(rel, docs)


def put(root: Root, rel: str, data: bytes) -> str:
    """Bytes straight into a file, past the store."""
    path = os.path.join(root.path, rel)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def data(root: Root, rel: str = MONTH) -> bytes:
    with open(os.path.join(root.path, rel), "rb") as file:
        return file.read()


def stored(root: Root) -> list[str]:
    """The ids a reader sees, in the order of files; pending groups count."""
    waiting = groups.pending(root)
    files = sorted({*root.month_files(), *(rel for group in waiting for rel, _ in group.files)})
    found = []
    for rel in files:
        raw = root.read(rel) if root.stat(rel) else b""
        pieces = codec.pieces(groups.overlay(rel, raw, waiting))
        found += [str(p.doc["id"]) for p in pieces if p.doc is not None and p.problem is None and sums_ok(p.doc)]
    return found


def ids(*numbers: int) -> list[str]:
    return [f"rp-{n:0>10}" for n in numbers]


def kept_tails(root: Root) -> list[bytes]:
    return [
        root.read(f"{folder}/{name}")
        for folder in root.listdir()
        if not folder.startswith(".") and os.path.isdir(os.path.join(root.path, folder))
        for name in root.listdir(folder)
        if ".torn-" in name
    ]


def tree(path: str) -> dict[str, bytes]:
    """All files below ``path`` and what is in them."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if os.path.isfile(full) and not os.path.islink(full):
                with open(full, "rb") as file:
                    found[os.path.relpath(full, path)] = file.read()
    return found


def anyhow(desk: Any, line: str | list[str], given: str = "") -> Any:
    """A command line of the ``svc`` fixture, whatever code it ends with: the code is in what it gives."""
    from svcctl.cli import start

    ended = []

    def main(arguments: Any) -> int:
        ended.append(real(arguments))
        return 0

    real, start.main = start.main, main
    try:
        said = desk(line, stdin=given)
    finally:
        start.main = real
    said.code = ended[0]
    return said


# -- children ------------------------------------------------------------------------------------------------------


def fork(work: Callable[[], object]) -> int:
    """A child process that does ``work`` and exits with 0, or with 99 if it raises. Its pid."""
    pid = os.fork()
    if not pid:
        _work(work)
    return pid


def _work(work: Callable[[], object]) -> NoReturn:
    code = 99
    try:
        work()
        code = 0
    except BaseException as error:
        os.write(2, f"{error!r}\n".encode())
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """How the child ended: its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def at_call(k: int, what: Callable[[], object], work: Callable[[], object], calls: Calls = TOUCHING) -> None:
    """Do ``work``; just before its ``k``-th call that touches a file (from 1) do ``what``, once.

    After it if it is a ``close``: a failed one has closed all the same.
    """
    left = k

    def watch(_frame: object, event: str, called: object) -> None:
        nonlocal left
        if event.startswith("c_") and called in calls and event == ("c_return" if called is os.close else "c_call"):
            left -= 1
            if left == 0:
                sys.setprofile(None)
                what()

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)


def killed_at(k: int, work: Callable[[], object]) -> bool:
    """Whether a child doing ``work`` was killed at its ``k``-th call that changes a file; False if it has none."""
    how = ended(fork(lambda: at_call(k, lambda: os.kill(os.getpid(), signal.SIGKILL), work, CHANGING)))
    assert how in (0, -signal.SIGKILL)
    return how != 0
