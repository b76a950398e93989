"""What the soak scripts share: arguments, a writer that acknowledges through a pipe, and the account at the end."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent), str(HERE.parent / "store")]

from svcctl import nouns  # noqa: E402
from svcctl.book.open import sums_ok  # noqa: E402
from svcctl.store import codec  # noqa: E402
from svcctl.store.codec import Doc  # noqa: E402
from svcctl.store.files import Root  # noqa: E402
from svcctl.store.writer import Writer  # noqa: E402

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
GROUPED = ("repairs/2026-11.yaml", "repairs/2026-10.yaml", "repairs/2026-09.yaml")


def arguments(about: str | None, **numbers: float) -> argparse.Namespace:
    """The options of a script: each number with its default; ``--seed`` too."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in numbers.items():
        parser.add_argument("--" + name, type=type(default), default=default, help=f"default {default}")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the clock")
    return parser.parse_args()


def entry(number: int, rel: str, text: str = "卫生间灯不亮") -> Doc:
    """A true entry of that number for a month file of repairs."""
    at = START.replace(month=int(rel[-7:-5]) if rel[-7:-5].isdigit() else 11)
    doc: Doc = {
        "id": f"rp-{number:010d}", "kind": "repair", "event": "add", "at": at.isoformat(),
        "recorded": (START + timedelta(microseconds=number)).isoformat(timespec="microseconds"), "by": "李敏", "unit": "A-101", "fault": text,
        "reporter": "王芳", "salt": "9c1f0e5ab7d24c60a1b2c3d4e5f60718",
    }  # fmt: skip
    total, pii = codec.sums(doc, nouns.noun("repair").personal())
    return {**doc, "pii": pii, "sum": total}


def writer(root: Root) -> Writer:
    """The ledger's lock, as a command takes it."""
    return Writer(root, "", lambda _: None, 600.0, sums_ok)


def child(work: Callable[[], object]) -> int:
    """A process that does ``work``; its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        code = 99
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            work()
            code = 0
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
        finally:
            os._exit(code)
    return pid


def account(root: Root, acknowledged: list[str]) -> dict[str, int]:
    """What became of it all: entries acknowledged, stored, lost, doubled, bad documents, torn tails kept aside."""
    found: Counter[str] = Counter()
    bad = 0
    for rel in root.month_files():
        for piece in codec.pieces(root.read(rel)):
            if piece.doc is not None and piece.problem is None and sums_ok(piece.doc):
                found[str(piece.doc["id"])] += 1
            else:
                bad += 1
    torn = sum(".torn-" in name for folder in {rel.partition("/")[0] for rel in root.month_files()} for name in root.listdir(folder))
    return {
        "acknowledged": len(acknowledged), "stored": len(found), "lost": len(set(acknowledged) - set(found)),
        "doubled": sum(n > 1 for n in found.values()), "bad": bad, "torn tails kept": torn,
    }  # fmt: skip


def finish(name: str, figures: dict[str, object], *failures: object) -> None:
    """Print the line of figures; exit 1 if any of ``failures`` is something."""
    print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
    sys.exit(1 if any(failures) else 0)
