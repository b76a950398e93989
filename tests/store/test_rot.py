"""A bad disk, a bad cable, a slip in an editor: of a file of ten entries every bit is flipped, every byte lost, doubled in
kind, blanked, every end cut off, every line lost, doubled, swapped.

A changed value is never believed: what is read of an entry is what was written, or the entry is not there and something
is said. (That a whole entry is gone is for seals and git to notice, not for its sum.) What is still whole beside the
damage is read.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from reader_kit import ZONE, doc, erased
from store_kit import anyhow, data, put

from svcctl.store import codec
from svcctl.store.documents import Judge, Said, Seen
from svcctl.store.files import Root

REL = "repairs/2026-11.yaml"
FIRST = doc("repair", 1, unit="A-101", fault="灯不亮")
ORIGINALS = [
    FIRST,
    doc("repair", 2, "finish", of=str(FIRST["id"]), result="fixed", cost="12.50"),
    doc("repair", 3, "amend", of=str(FIRST["id"]), clear=["due", "trade"], reason="错"),
    doc("complaint", 4, content="吵\n闹", contact="13800001234"),
    doc("fee", 5, "pay", payer="王芳", amount="100.00", **{"for": {"fe-0000000009": "60.00", "fe-000000000a": "40.00"}}),
    doc("cash", 6, "count", point="front", count={"100": "9", "0.5": "2"}),
    erased(doc("complaint", 7, content="脏", contact="13900001234")),
    doc("unit", 8, no="A-101", note="\u2028\\\"x"),
    doc("tenant", 9, name="一品", files=["files/ab/ab.jpg"]),
    doc("lost", "a", "void", of="lf-0000000001", reason="x", approved_by="陈"),
]  # fmt: skip
PARTS = [codec.dump(one) for one in ORIGINALS]
WHOLE = b"".join(PARTS)
judge = Judge(ZONE)
tried: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _count() -> Iterator[None]:
    yield
    print(f"\ndamaged files read: {sum(tried.values())} ({dict(sorted(tried.items()))})")


def read(raw: bytes) -> tuple[list[codec.Doc], list[str]]:
    """What is believed of a file, and what is said of the rest."""
    found = list(judge.file(REL, raw))
    believed = [one.doc for one in found if isinstance(one, Seen)]
    return believed, [one.finding.code for one in found if isinstance(one, Said)]


SILENT = read(WHOLE)[1]  # that nouns stand together in one file is all there is to say


def check(kind: str, raw: bytes, originals: list[codec.Doc], *, may_be_lost: bool = False) -> None:
    tried[kind] += 1
    believed, said = read(raw)
    for one in believed:
        assert any(same(one, it) for it in originals), (kind, one)
    if len(believed) < len(originals) and not may_be_lost:
        assert Counter(said) - Counter(SILENT), kind


def same(one: codec.Doc, it: codec.Doc) -> bool:
    """Whether nothing that was written differs.

    The time of erasing is in no sum, so that erasing leaves all of them true; ``pii`` of an entry that is not erased can
    be told from the rest, and may be left out.
    """
    if "erased" in it:
        return "erased" in one and {**one, "erased": it["erased"]} == it
    return one in (it, {key: value for key, value in it.items() if key != "pii"})


def windows() -> Iterator[tuple[bytes, int, int, list[codec.Doc]]]:
    """Each entry with its neighbours: its file, where it begins and ends there, and what is in it."""
    for n in range(len(PARTS)):
        low, high = max(0, n - 1), min(len(PARTS), n + 2)
        start = len(b"".join(PARTS[low:n]))
        yield b"".join(PARTS[low:high]), start, start + len(PARTS[n]), ORIGINALS[low:high]


def test_the_file_is_read_as_it_is() -> None:
    assert read(WHOLE)[0] == ORIGINALS
    assert set(SILENT) == {"wrong-folder"}


def test_every_bit() -> None:
    for raw, start, end, originals in windows():
        changed = bytearray(raw)
        for bit in range(start * 8, end * 8):
            changed[bit // 8] ^= 1 << bit % 8
            check("bit flipped", bytes(changed), originals)
            changed[bit // 8] ^= 1 << bit % 8


def test_every_byte_lost_and_blanked_and_one_more() -> None:
    for raw, start, end, originals in windows():
        for at in range(start, end):
            check("byte lost", raw[:at] + raw[at + 1 :], originals)
            check("byte blanked", raw[:at] + b"\0" + raw[at + 1 :], originals)
            check("byte too many", raw[:at] + (b"0", b"#", b"\n", b'"')[at % 4] + raw[at:], originals)


def test_every_end() -> None:
    ends = {len(b"".join(PARTS[:n])) for n in range(len(PARTS) + 1)}
    for at in range(len(WHOLE)):
        check("cut off", WHOLE[:at], ORIGINALS, may_be_lost=at in ends)
        believed = read(WHOLE[:at])[0]
        assert believed == ORIGINALS[: len(believed)]
        assert len(believed) == sum(end <= at for end in ends) - 1
        if at % 16 == 0:
            check("ends in zeros", WHOLE[:at] + b"\0" * 512, ORIGINALS)


def test_lines_and_entries_lost_doubled_and_swapped() -> None:
    lines = WHOLE.splitlines(keepends=True)
    for n, line in enumerate(lines):
        whole = line == b"---\n"  # two entries become one, or an empty one more
        check("line lost", b"".join(lines[:n] + lines[n + 1 :]), ORIGINALS, may_be_lost=n == 0)
        check("line doubled", b"".join(lines[: n + 1] + lines[n:]), ORIGINALS, may_be_lost=whole)
        check("line a comment", b"".join([*lines[:n], b"# ", *lines[n:]]), ORIGINALS, may_be_lost=n == 0)
        for other in {n + 1, (n * 7 + 3) % len(lines)} & set(range(n + 1, len(lines))):
            swapped = [*lines]
            swapped[n], swapped[other] = swapped[other], swapped[n]
            check("lines swapped", b"".join(swapped), ORIGINALS)
    for n in range(len(PARTS)):
        check("entry lost", b"".join(PARTS[:n] + PARTS[n + 1 :]), ORIGINALS, may_be_lost=True)
        check("entry doubled", b"".join(PARTS[: n + 1] + PARTS[n:]), ORIGINALS)
        for m in range(n):
            mixed = [*PARTS]
            mixed[m], mixed[n] = mixed[n], mixed[m]
            check("entries swapped", b"".join(mixed), ORIGINALS)
            assert sorted(map(str, read(b"".join(mixed))[0])) == sorted(map(str, ORIGINALS))


def test_what_is_taken_from_another_entry() -> None:
    """A line of one entry in the place of the same line of another: every value is one that somebody wrote."""
    for n, part in enumerate(PARTS):
        for m, other in enumerate(PARTS):
            for line in re.findall(rb"(?m)^[a-z_]+: .*\n", other) if n != m else ():
                key = line.partition(b":")[0]
                mixed, count = re.subn(rb"(?m)^" + key + rb": .*\n", line.replace(b"\\", b"\\\\"), part, count=1)
                if count and mixed != part:
                    check("value of another", b"".join([*PARTS[:n], mixed, *PARTS[n + 1 :]]), ORIGINALS)


DAMAGE: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "bit": lambda chance, raw: flipped(raw, chance.randrange(len(raw) * 8)),
    "byte lost": lambda chance, raw: raw[: (at := chance.randrange(len(raw)))] + raw[at + 1 :],
    "hole": lambda chance, raw: raw[: (at := chance.randrange(len(raw)))] + bytes(64) + raw[at + 64 :],
    "cut off": lambda chance, raw: raw[: chance.randrange(1, len(raw))],
    "zeros": lambda chance, raw: raw[: chance.randrange(1, len(raw))] + bytes(4096),
}


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_same_at_the_command_line(svc: Any) -> None:
    """``add`` refuses such a file, or it heals a torn tail and keeps it; ``list`` and ``check`` say that something is wrong."""
    chance = random.Random(7)
    ids = [svc(["repair", "add", "--unit", f"A-{n}", "--fault", f"灯 {n}", "--contact", f"1380000{n:04}"]).id for n in range(6)]
    path = svc.ledger / REL
    raw = path.read_bytes()
    shown = {row["id"]: row for row in svc("repair list --json").json}
    outcomes: Counter[int] = Counter()
    for n in range(60):
        kind = list(DAMAGE)[n % len(DAMAGE)]
        damaged = DAMAGE[kind](chance, raw)
        path.write_bytes(damaged)
        for name, row in {row["id"]: row for row in anyhow(svc, "repair list --json").json}.items():
            assert row == shown[name], kind
        told = anyhow(svc, "check")
        torn = codec.torn_tail(damaged)
        assert (told.code, bool(told.out)) == ((0, False) if healthy(damaged) else (1, True)), kind
        assert "1380000" not in told.out + told.all_err
        added = anyhow(svc, ["repair", "add", "--unit", "B", "--fault", "水"])
        outcomes[added.code] += 1
        with Root(str(svc.ledger)) as root:
            now = data(root, REL)
            kept = [root.read(f"repairs/{name}") for name in root.listdir("repairs") if ".torn-" in name]
        if added.code == 3:
            assert now == damaged and "svcctl check" in added.err, kind
        else:
            assert added.code == 0 and now.startswith(damaged[:torn]), kind
            assert torn is None or damaged[torn:] in kept, kind
            assert all(name in ids or name == added.id for name in re.findall(r"rp-[0-9a-z]{10}", now.decode())), kind
        for name in list((svc.ledger / "repairs").iterdir()):
            name.unlink()
    assert outcomes[0] > 10 and outcomes[3] > 10 and set(outcomes) == {0, 3}
    with Root(str(svc.ledger)) as root:
        put(root, REL, raw)
    assert svc("check").out == ""


def healthy(raw: bytes) -> bool:
    return all(p.problem is None and judge.sums_ok(p.doc or {}) for p in codec.pieces(raw))
