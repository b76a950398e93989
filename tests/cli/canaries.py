"""Two hundred invented persons, a desk that takes down everything that is said, and a look at everything outside it."""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from conftest import Desk, Said

from svcctl import nouns
from svcctl.cli import from_noun
from svcctl.cli.app import COMMANDS

HAN, GIVEN = ("欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫"), "琰璟翀赟彧昶骞羿晔泓旻曦"
WORDS = ("Zeb", "Kow", "Xan", "Quil", "Vor", "Thry", "Mck", "Osz", "Pryz", "Wyz"), ("rowski", "alczyk", "thippe", "worthy", "landez", "bjorg")


class Person(NamedTuple):
    """Somebody invented: ``mobile`` is in fields of their own, ``told`` in what others wrote about them."""

    name: str
    mobile: str
    contact: str
    told: str
    last4: str

    @property
    def canaries(self) -> set[str]:
        """What of the person must not be seen."""
        parts = {self.name, self.mobile, self.told, self.contact}
        if " " in self.name:
            parts |= set(self.name.split())
        elif self.name:
            parts.add(self.name[2:])
        digits = re.sub("[^0-9]", "", self.contact)
        return parts | ({digits[-8:]} if len(digits) >= 8 else set())


def people(count: int = 200) -> list[Person]:
    """The persons, the same each time."""
    chance, found = random.Random(1949), list[Person]()
    for number in range(count):
        if number % 2:
            name = f"{chance.choice(WORDS[0])}{chance.choice(WORDS[1])[:3]}a {chance.choice(WORDS[0])}{chance.choice(WORDS[1])}{'aeiou'[number % 5]}"
        else:
            name = chance.choice(HAN) + "".join(chance.sample(GIVEN, 2))
        mobile, told = (f"1{chance.choice('3456789')}{chance.randrange(10**9):09}" for _ in range(2))
        contact = [
            mobile, f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}", f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}", f"0571-{chance.randrange(6 * 10**7, 9 * 10**7)}",
            f"川A{chance.choice('QWXYZ')}{chance.randrange(1000, 9999)}{chance.choice('KLMN')}", f"wxid_{chance.choice('qwz')}{chance.randrange(10**6)}kx", f"zq{chance.randrange(10**7)}@example.org",
        ][number % 7]  # fmt: skip
        found.append(Person(name, mobile, contact, told, f"{chance.randrange(7001, 9999)}"))
    return found


PEOPLE = people()
CANARIES = sorted({c for one in PEOPLE for c in one.canaries})
NUMBERS = {c for c in CANARIES if re.fullmatch("1[3-9][0-9]{9}", c)}
LAST4 = {one.last4 for one in PEOPLE[::5]}


def seen(text: str) -> list[str]:
    """The canaries in a text, also numbers that are written in groups."""
    found = [c for c in CANARIES if c in text]
    grouped = {re.sub("[^0-9]", "", number) for number in re.findall(r"1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}", text)}
    return found + sorted(grouped & NUMBERS)


def tree() -> set[tuple[str, ...]]:
    """Every command there is, as the words that lead to it."""
    found: set[tuple[str, ...]] = {(name,) for name in COMMANDS}
    for name, (module, _) in COMMANDS.items():
        several = getattr(import_module(f"svcctl.cli.commands.{module}"), "COMMANDS", {})
        found |= {(name, word) for word in several}
    for noun in nouns.CATALOGUE:
        found |= {(noun, word) for word in from_noun.makers(nouns.noun(noun))}
    return found


class Watched(Desk):
    """A desk that takes down what every command prints, which ran, and what was written, removed or started."""

    def __init__(self, folder: Path, lang: str) -> None:
        super().__init__(folder, lang)
        self.told: list[tuple[str, str]] = []
        self.ran: set[tuple[str, ...]] = set()
        self.temp = folder / "tmp"
        self.inputs = folder / "inputs"
        for one in (self.temp, self.inputs):
            one.mkdir()
        self.env["TMPDIR"] = str(self.temp)
        _Hook.install()

    def __call__(self, line: str | Sequence[str], *, code: int = 0, **more: Any) -> Said:
        with _Hook.watching(self):
            said = super().__call__(line, code=code, **more)
        words = tuple(w for w in said.line if not w.startswith("-"))
        self.ran |= {words[:1], words[:2]}
        return said

    def any(self, line: str | Sequence[str], **more: Any) -> Said:
        """A command that may end in whatever way, but for a fault of svcctl's own."""
        return self(line, code=ANY, **more)

    def _judged(self, said: Said, code: int) -> Said:  # type: ignore[override]
        assert "Traceback" not in said.all_err, str(said)
        assert said.code != 70, str(said)
        assert code in (ANY, said.code), f"expected exit code {code}, got {said.code}: {said.line}\n{said.all_err[:3000]}{said.out[:1000]}"
        self.told.append((" ".join(said.line), said.out + said.all_err))
        return said

    def leaks(self) -> list[str]:
        """Every canary that was printed since this was last asked, with the command that did."""
        told, self.told = self.told, []
        everything = "\0".join(text for _, text in told)
        if not seen(everything):
            return []
        return [f"{line[:200]} -> {found}: {_around(text, found[0])}" for line, text in told if (found := seen(text))]

    def strays(self) -> list[str]:
        """Canaries in files that are no month files, kept files, rejected rows or what was given to be read; and in names."""
        found = []
        for path in self.folder.rglob("*"):
            rel = path.relative_to(self.folder)
            if seen(str(rel)) and rel.parts[0] != "inputs":
                found.append(f"the name of {rel}")
            if path.is_file() and rel.parts[0] not in ("inputs", "stdin") and not _may_hold(rel):
                found += [f"{rel}{part}: {c}" for part, data in _parts(path) for c in seen(data.decode("utf-8", "replace"))]
        return found + [f"{path} (removed): {c}" for path, data in _Hook.removed for c in seen(data.decode("utf-8", "replace"))]


ANY = -1000


def _around(text: str, canary: str) -> str:
    at = text.find(canary)
    return text[max(0, at - 120) : at + 60].replace("\n", "\\n") if at >= 0 else "(in groups)"


def _may_hold(rel: Path) -> bool:
    if rel.parts[0] != "ledger" or ".svcctl" in rel.parts:
        return rel.name.endswith(".rejected.csv")
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}(\.[a-z0-9-]+)?\.yaml((\.torn|\.damaged)-.*)?", rel.name)) or rel.name.endswith(".rejected.csv")


def _parts(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for name in book.namelist():
                yield f"!{name}", book.read(name)
    else:
        yield "", data


class _Hook:
    """What Python itself tells of files and programs while a command runs."""

    on: Watched | None = None
    installed = False
    written: set[str] = set()
    removed: list[tuple[str, bytes]] = []
    started: list[str] = []

    @classmethod
    def install(cls) -> None:
        if not cls.installed:
            cls.installed = True
            sys.addaudithook(cls.hear)
        cls.written, cls.removed, cls.started = set(), [], []

    @classmethod
    def watching(cls, desk: Watched) -> Any:
        @contextlib.contextmanager
        def inside() -> Iterator[None]:
            before, tempfile.tempdir = tempfile.tempdir, str(desk.temp)  # as a process of its own would find it
            cls.on = desk
            try:
                yield
            finally:
                cls.on, tempfile.tempdir = None, before

        return inside()

    @classmethod
    def hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        desk = cls.on
        if desk is None:
            return
        if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "socket.connect", "socket.bind"):
            cls.started.append(f"{event} {arguments!r}")
        elif event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            cls.written.add(arguments[0])
        elif event == "os.remove" and isinstance(arguments[0], str) and arguments[0].startswith(str(desk.temp)):
            cls.on = None
            try:
                cls.removed.append((arguments[0], Path(arguments[0]).read_bytes()))
            finally:
                cls.on = desk


def written() -> set[str]:
    """The files that commands opened for writing, but for what Python keeps of its own."""
    return {path for path in _Hook.written if "__pycache__" not in path}


def started() -> list[str]:
    """The programs that commands started, and what they connected to."""
    return _Hook.started


def removed() -> int:
    """How many temporary files were removed, each looked at before."""
    return len(_Hook.removed)
