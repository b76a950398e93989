"""Mutated input for everything that reads what others wrote.

``python tests/soak/fuzz.py [--minutes 1] [--seed N]``

The reader of month files, groups left by a crash, ``ledger.yaml``, report templates, import maps, the importer (CSV, XLSX,
JSON lines, YAML), streams, dates, periods, amounts and the union of two clones (if this version has it). Each case is
read or refused; anything else (a traceback, a case of over 5 seconds of computing, 400 MB of memory, the death of the
process) is printed with the seed of its case, its input is kept beside the ledger of the run, and the exit code is 1.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from kit import HERE, arguments, child, entry, finish

from svcctl import dates, nouns, site
from svcctl.book import stream
from svcctl.errors import SvcError
from svcctl.fields import BadValue
from svcctl.importing.map import load_map
from svcctl.importing.source import open_source
from svcctl.period import Calendar
from svcctl.reports import template_in
from svcctl.store import codec, groups, strict
from svcctl.store.documents import Judge, Seen
from svcctl.store.files import Root
from svcctl.store.tree import parse_tree

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 9, tzinfo=ZONE)
REL = "repairs/2026-11.yaml"
FINE = (SvcError, strict.Broken, BadValue, dates.NotATime)
SLOW_S, MUCH_KIB = 5.0, 400_000
TOKENS = [
    b"---\n", b"\n---", b"...", b": ", b'"', b"'", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!!str ", b"<<: ", b"# ", b"\r\n", b"\r", b"\0", b"\t", b"|\n", b">-\n", b"? ",
    b"\xff", b"\xef\xbb\xbf", "灯\u2028\u0085\u202e𠮷".encode(), b"\\ud800", b"sum: ", b"id: ", b"<<<<<<< x\n", b"=======\n", b">>>>>>> y\n", b"-" * 40, b"9" * 400,
    b",", b";", b'""', b"null", b"~", b"1e999", b"NaN", b"2026-02-30", b"2026-W53", b"24:00", b"%YAML 1.1\n", b"=", b"{a}", b"{", b"[" * 3000, b"{a: " * 500,
]  # fmt: skip


def mutated(chance: random.Random, raw: bytes) -> bytes:
    """A few edits of the sorts that disks, editors and enemies make."""
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(7)
        if what == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif what == 1:
            del data[at : at + chance.choice((1, 2, 10, 200))]
        elif what == 2:
            data[at:at] = chance.choice(TOKENS)
        elif what == 3:
            other = chance.randrange(len(data) + 1)
            data[at:at] = data[other : other + chance.randrange(1, 120)]
        elif what == 4:
            data[at : at + chance.randrange(1, 9)] = chance.choice(TOKENS)
        elif what == 5:
            lines = bytes(data).splitlines(keepends=True)
            chance.shuffle(lines)
            data = bytearray(b"".join(lines[: chance.randrange(len(lines) + 1)]))
        else:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
    return bytes(data)


# -- targets: (what is mutated, what is done with it) --------------------------------------------------------------------

Target = tuple[Callable[[random.Random], bytes], Callable[[bytes, str], None]]


def month(chance: random.Random) -> bytes:
    return b"".join(codec.dump(entry(chance.randrange(99), REL, chance.choice(("灯", "a\nb", "\u2028")))) for _ in range(4))


def read_month(raw: bytes, place: str) -> None:
    at = 0
    for piece in codec.pieces(raw):
        assert piece.start >= at, "pieces overlap"
        at = piece.end
        if piece.exact:
            assert piece.doc is not None and codec.dump(piece.doc) == raw[piece.start : piece.end], "not exact"
    for one in Judge(ZONE).file(REL, raw):
        if isinstance(one, Seen):
            again = next(iter(codec.pieces(codec.dump(one.doc))))
            assert again.doc == one.doc, "does not come back"
    torn = codec.torn_tail(raw)
    damaged = any(piece.problem is not None and piece.problem.damage for piece in codec.pieces(raw))
    assert torn is None or damaged or codec.torn_tail(raw[:torn]) is None, "torn twice"
    groups.ids_in(raw)


def pending(chance: random.Random) -> bytes:
    with tempfile.TemporaryDirectory() as folder, Root(folder) as root:
        name = groups.commit(root, [(REL, month(chance)), ("cash/2026-11.yaml", month(chance))], [])
        return root.read(f"{groups.PENDING}/{name}")


def read_pending(raw: bytes, place: str) -> None:
    os.makedirs(f"{place}/ledger/{groups.PENDING}", exist_ok=True)
    Path(f"{place}/ledger/{groups.PENDING}/1.group").write_bytes(raw)
    with Root(f"{place}/ledger") as root:
        for group in groups.pending(root):
            for rel, data in group.files:
                groups.overlay(rel, data, [group])


def file(name: str) -> Callable[[random.Random], bytes]:
    content = (HERE.parent.parent / name).read_bytes()
    return lambda chance: content


def settings(chance: random.Random) -> bytes:
    return chance.choice(SITES)


SITES = [site.written("悦和里", profile, "Asia/Shanghai", "zh", site.PROFILES[profile]).encode() for profile in site.PROFILES]
SITES.append(b'svcctl: 1\nsite: x\npoints: {front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}\nstaff: [a]\n')


def read_settings(raw: bytes, place: str) -> None:
    tree = parse_tree(raw.decode("utf-8", "replace"), "ledger.yaml")
    site.build(tree.root, tree.line)


def read_template(raw: bytes, place: str) -> None:
    tree = parse_tree(raw.decode("utf-8", "replace"), "x.yaml")
    template_in.read(tree.root, tree.line, "x.yaml", "x")


def read_map(raw: bytes, place: str) -> None:
    Path(f"{place}/map.yaml").write_bytes(raw)
    load_map(f"{place}/map.yaml")


ROWS = "no,when,unit,what,name\n1,2026/11/02 08:00,A-101,灯不亮,王芳\n2,2026/11/01 09:00,A-102,\"漏水，\n很大\",赵六\n" * 3


def csv(chance: random.Random) -> bytes:
    return ROWS.encode(chance.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16")), "replace")


def documents(chance: random.Random) -> bytes:
    one = b'{"unit": "A-101", "fault": "x", "n": 1, "t": null, "m": {"a": "b"}}\n'
    return one * 3 if chance.random() < 0.5 else b"---\nunit: A-101\nfault: |\n  x\n  y\n---\nunit: 'A'\n"


def workbook(chance: random.Random) -> bytes:
    """A workbook whose parts are mutated before they are packed, as its bytes are afterwards."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        unlucky = chance.choice(old.namelist())
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, mutated(chance, raw) if name == unlucky and chance.random() < 0.8 else raw)
    return packed.getvalue()


def _workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["unit", "fault", "at"], ["A-101", "灯", NOW.replace(tzinfo=None)], ["A-102", 12.5, "x"], [None, "=1+1", True]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WORKBOOK = _workbook()


def read_source(ending: str) -> Callable[[bytes, str], None]:
    def work(raw: bytes, place: str) -> None:
        path = f"{place}/source.{ending}"
        Path(path).write_bytes(raw)
        for row in islice(open_source(path).rows, 20_000):
            assert row.line >= 0

    return work


def lines(chance: random.Random) -> bytes:
    return b'{"kind": "repair", "event": "add", "unit": "A", "fault": "x", "key": "k"}\n---\nkind: unit\nevent: add\nno: 0712\n---\nkind: repair\n' * 2


def read_lines(raw: bytes, place: str) -> None:
    for item in stream.items(enumerate(raw.decode("utf-8", "replace").splitlines(keepends=True), 1)):
        assert (item.wish is None) or (item.problem is None)


WORDS = ["昨天 14:05", "yesterday", "11-20 08:00", "2026-W47", "2026-11-01..2026-11-15", "上周", "last", "3d", "1d 10:00", "+2h", "12.50", "１２元", "-0", "下周一 9 点", "Feb 29"]


def words(chance: random.Random) -> bytes:
    return " ".join(chance.sample(WORDS, chance.randrange(1, 3))).encode()


def read_words(raw: bytes, place: str) -> None:
    text = raw.decode("utf-8", "replace")
    readers: list[Callable[[], object]] = [
        lambda: dates.parse_time(text, NOW, end_of_day="end"), lambda: dates.parse_date(text, NOW), lambda: dates.parse_duration(text),
        lambda: Calendar(ZONE, "mon", 1, "00:00").parse(text, NOW, "month"), lambda: site.clock(text),
    ]  # fmt: skip
    readers += [lambda spec=spec: spec.type.load(text) for spec in nouns.noun("repair").fields().values()]  # type: ignore[misc]
    for read in readers:
        with contextlib.suppress(*FINE):
            read()


def clones(chance: random.Random) -> bytes:
    base = month(chance)
    return b"\1".join((base, base + month(chance), mutated(chance, base) + month(chance)))


def read_clones(raw: bytes, place: str) -> None:
    union = importlib.import_module("svcctl.git.union").union
    base, *sides = raw.split(b"\1")
    once = union(base, sides)
    other = union(base, sides[::-1])
    if len(sides) != 2:  # a byte that parts them was put in by chance
        return
    assert other.data == once.data, "the order of the sides matters"


TARGETS: dict[str, Target] = {
    "month files": (month, read_month), "groups": (pending, read_pending), "settings": (settings, read_settings),
    "templates": (file("templates/daily.yaml"), read_template), "maps": (file("templates/maps/nyc_311.yaml"), read_map), "csv": (csv, read_source("csv")),
    "json and yaml": (documents, read_source("jsonl")), "yaml": (documents, read_source("yaml")), "xlsx": (workbook, read_source("xlsx")),
    "streams": (lines, read_lines), "words": (words, read_words), "clones": (clones, read_clones),
}  # fmt: skip


def cases(seed: int, name: str) -> Iterator[tuple[int, bytes]]:
    make, _ = TARGETS[name]
    number = 0
    while True:
        number += 1
        chance = random.Random(f"{seed} {name} {number}")
        yield number, mutated(chance, make(chance))


def fuzz(seed: int, name: str, until: float, place: str, told: int) -> None:
    _, read = TARGETS[name]
    for number, raw in cases(seed, name):
        if time.monotonic() > until:
            return
        Path(f"{place}/{name}.input").write_bytes(raw)  # still there if the process dies
        began, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wrong = ""
        try:
            read(raw, place)
        except FINE as refused:
            if isinstance(refused, SvcError):
                refused.say("zh"), refused.say("en")
        except BaseException as error:
            wrong = repr(error)[:300]
        took, grown = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        if took > SLOW_S:
            wrong = wrong or f"took {took:.1f} s"
        if grown > MUCH_KIB:
            wrong = wrong or f"took {grown >> 10} MB"
        os.write(told, b".")
        if wrong:
            kept = f"{place}/{name}-{number}"
            Path(kept).write_bytes(raw)
            os.write(told, f"\n{name}, case {number} of seed {seed}: {wrong} ({kept})\n".encode())


def main() -> None:
    asked = arguments(__doc__, minutes=1.0)
    try:
        importlib.import_module("svcctl.git.union")
    except ImportError:
        del TARGETS["clones"]
    place = tempfile.mkdtemp(prefix="fuzz-")
    tried: Counter[str] = Counter()
    failures: list[str] = []
    share = asked.minutes * 60 / len(TARGETS)
    for name in TARGETS:
        log = f"{place}/{name}.log"
        told = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        until = time.monotonic() + share
        pid = child(lambda name=name, until=until, told=told: fuzz(asked.seed, name, until, place, told))  # type: ignore[misc]
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        text = Path(log).read_text(encoding="utf-8")
        tried[name] = text.count(".") if "\n" not in text else sum(set(part) == {"."} and len(part) for part in text.split("\n"))
        failures += [line for line in text.split("\n") if line.strip(".")]
        if code:
            failures.append(f"{name}: the process ended with {code}; its last input is {place}/{name}.input")
    for failure in failures[:40]:
        print(failure)
    if not failures:
        import shutil

        shutil.rmtree(place)
    finish("fuzz", {"seed": asked.seed, "cases": sum(tried.values()), **tried, "failures": len(failures)}, failures)


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    main()
