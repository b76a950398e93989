"""The same kernel under whole commands: is the exit code true, and is it safe to repeat what was of unknown outcome?

Of each command every call below the ledger fails, each in a few ways that take turns: code 5 (or 3, 4) only if every
month file is byte for byte as before; code 6 names the ids that may be there; the same command once more with the same
``--key`` makes it exactly one, and ``check`` has nothing to say of the ledger.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from faulty import ERRORS, SORTS, Dead, Fails, FailsAfter, Fault, Full, Kernel, Pretends, Short, Stuck, in_memory
from store_kit import anyhow

from svcctl.store.files import Root
from svcctl.store.reader import Scan

ALL = bool(os.environ.get("SVCCTL_FAULTS"))
ZONE = ZoneInfo("Asia/Shanghai")
POINTS = '{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}]}}'
LINES = [
    {"kind": "repair", "event": "add", "unit": "A-101", "fault": "灯不亮", "by": "李敏", "key": "k"},
    {"kind": "repair", "event": "add", "unit": "A-102", "fault": "漏水", "by": "李敏", "key": "k2", "at": "2026-10-05 08:00"},
    {"kind": "repair", "event": "add", "unit": "A-103", "fault": "门坏", "by": "李敏", "key": "k3"},
]
ROWS = "key,unit,fault,at\nk,A-101,灯不亮,2026-11-20 08:00\nk2,A-102,漏水,2026-10-05 08:00\nk3,A-103,门坏,2026-11-21 08:00\n"
FAULTS: list[Fault] = [
    Fails(errno.EIO), Full(errno.ENOSPC), FailsAfter(errno.EIO), Dead(errno.EIO), Short(7, errno.ENOSPC), Stuck(30), Fails(errno.EMFILE), Short(100), Pretends(),
    *map(Fails, ERRORS),
]  # fmt: skip
tried: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _count() -> Iterator[None]:
    yield
    print(f"\nfaults of the kernel met by commands: {sum(tried.values())} ({dict(sorted(tried.items()))})")


def add(desk: Any) -> list[str]:
    return ["repair", "add", "--unit", "A-101", "--fault", "灯不亮", "--contact", "13800001234", "--key", "k"]


def attach(desk: Any) -> list[str]:
    (desk.folder / "a.jpg").write_bytes(b"photo" * 99)
    return [*add(desk), "--attach", str(desk.folder / "a.jpg")]


def count(desk: Any) -> list[str]:
    return ["cash", "count", "--point", "front", "--count", "100x9", "--to", "赵云", "--by", "王芳", "--key", "k"]


def stream(desk: Any) -> list[str]:
    return ["append", "--from", "-"]


def imported(desk: Any) -> list[str]:
    (desk.folder / "rows.csv").write_text(ROWS, encoding="utf-8")
    return ["import", str(desk.folder / "rows.csv"), "--noun", "repair"]


def finish(desk: Any) -> list[str]:
    return ["repair", "finish", "A-101", "--result", "fixed", "--key", "k"]


COMMANDS: dict[str, tuple[Callable[[Any], list[str]], str, int]] = {  # the words, what is done before, entries made
    "add, the first of its month": (add, "", 1),
    "add": (add, "repair add --unit A-102 --fault 门坏", 1),
    "add with an attachment": (attach, "", 1),
    "a follow-up": (finish, "repair add --unit A-101 --fault 门坏 --party property", 1),
    "cash count with its variance": (count, "cash count --point front --count 100x10 --to 王芳", 2),
    "append": (stream, "", 3),
    "import": (imported, "repair add --unit A-102 --fault 门坏", 3),
}


@pytest.fixture
def base(svc: Any) -> Iterator[Any]:
    """The desk, its ledger in memory."""
    svc.site("points", POINTS)
    with in_memory(svc.folder) as place:
        shutil.copytree(svc.ledger, f"{place}/base")
        svc.ledger = Path(place) / "base"
        yield svc


def months(desk: Any) -> dict[str, bytes]:
    return {rel: raw for rel, raw in desk.files().items() if raw and re.search(r"/20\d\d-\d\d", rel) and ".torn-" not in rel}


def seen(desk: Any) -> tuple[list[str], list[Any]]:
    """The ids that a reader sees, and what it has to say."""
    with Root(str(desk.ledger)) as root, Scan(root, ZONE, still=True) as scan:
        return [str(one.doc["id"]) for one in scan.recent(99)], scan.findings()


@pytest.mark.parametrize("case", COMMANDS)
def test_the_exit_code_is_true_and_repeating_is_safe(base: Any, case: str) -> None:
    words, before, made = COMMANDS[case]
    given = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES) if words is stream else ""
    codes: Counter[int] = Counter()
    template, line = base.ledger, words(base)

    def met(name: str, fault: Fault | None, k: int) -> tuple[Kernel, Any]:
        base.ledger = template.parent / name
        shutil.copytree(template, base.ledger)
        if before:
            base(before)
        old, known = months(base), seen(base)[0]
        with Kernel(base.ledger, fault, k, SORTS) as kernel:
            said = anyhow(base, line, given)
        if kernel.struck is not None:
            tried[case] += 1
            codes[said.code] += 1
            told = f"{case}: {fault!r} at call {k}, {kernel.struck}\n{said}"
            judge(base, said, old, known, made, told, lying=isinstance(fault, Pretends))
            again(base, line, given, said, known, made, told)
        shutil.rmtree(base.ledger)
        return kernel, said

    turn = 0
    for k, (sort, _) in enumerate(met("whole", None, 0)[0].calls, 1):
        fitting = [fault for fault in FAULTS if sort in fault.sorts]
        for _ in range(len(fitting) if ALL else not k % (1 if words is add else 3)):
            met(f"{k}-{turn}", fitting[turn % len(fitting)], k)
            turn += 1
    base.ledger = template
    assert codes[0] and codes[5] and set(codes) <= {0, 5, 6}, codes
    assert codes[6] or not (ALL or words is add), codes  # every third call need not be one of the few after the write


def judge(desk: Any, said: Any, old: dict[str, bytes], known: list[str], made: int, told: str, *, lying: bool) -> None:
    assert "Traceback" not in said.all_err and "13800001234" not in said.all_err, told
    now, (found, _) = months(desk), seen(desk)
    new = set(found) - set(known)
    assert set(known) <= set(found), told
    assert all(now.get(rel, b"").startswith(raw) for rel, raw in old.items()), told
    acknowledged = set(said.out.split())
    assert acknowledged <= new, told
    whole = said.line[0] != "append"  # in a stream each entry is by itself
    if whole:
        assert len(new) in (0, made), told
    if said.code == 0:
        assert len(new) == made, told
        assert acknowledged == new, told
    elif said.code == 6:
        named = set(re.findall(r"\b[a-z]{2}-[0-9a-hjkmnp-tv-z]{10}\b", said.err))
        assert new - acknowledged <= named and named, told
        assert "--key" in said.err, told
    else:
        assert new == acknowledged, told
        assert acknowledged or now == old, told


def again(desk: Any, line: list[str], given: str, said: Any, known: list[str], made: int, told: str) -> None:
    """The same once more, on a kernel in order."""
    then = anyhow(desk, line, given)
    assert then.code == 0, f"{told}\nand then\n{then}"
    found, findings = seen(desk)
    assert len(found) == len(set(found)) == len(known) + made, f"{told}\nand then\n{then}"
    assert [f for f in findings if f.code != "torn"] == [], f"{told}\nand then\n{findings}"
    assert set(then.out.split()) == set(found) - set(known), told
    assert set(said.out.split()) <= set(then.out.split()), told
