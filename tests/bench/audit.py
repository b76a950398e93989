"""What an audit costs: a repository of so many commits, each of one entry, audited whole and then once more.

    python tests/bench/audit.py [COMMITS]        # 10000 unless given
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from typing import IO

from make_ledger import END, MONTHS, ZONE
from timing import once, svcctl

from svcctl import site
from svcctl.store import codec
from svcctl.store.create import create

WHO = b"desk <desk@example.org>"


def doc(n: int, of: int) -> tuple[str, bytes]:
    """The n-th of so many entries: its month file and its bytes."""
    at = (END.replace(year=END.year - MONTHS // 12) + timedelta(minutes=n * (MONTHS * 30 * 24 * 60) // of)).astimezone(ZONE).replace(microsecond=0)
    made: codec.Doc = {
        "id": f"rp-{n:010d}", "kind": "repair", "event": "add", "at": at.isoformat(), "recorded": at.isoformat(timespec="microseconds"),
        "by": "李敏", "unit": f"A-{n % 300:03d}", "fault": f"灯不亮 {n}", "urgency": "normal", "party": "property",
        "due": (at + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    return f"repairs/{at:%Y-%m}.yaml", codec.dump({**made, "sum": codec.sums(made, ())[0]})


def commits(into: IO[bytes], folder: str, count: int) -> None:
    """The stream that git takes a history from."""
    files: dict[str, bytes] = {}
    for name in ("ledger.yaml", ".gitattributes", ".gitignore"):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    changed = list(files)
    for n in range(count):
        name, data = doc(n, count)
        files[name] = files.get(name, b"") + data
        into.write(b"commit refs/heads/main\ncommitter %s %d +0800\ndata 1\n.\n" % (WHO, 1_700_000_000 + n))
        for one in [*changed, name]:
            into.write(b"M 100644 inline %s\ndata %d\n%s\n" % (one.encode(), len(files[one]), files[one]))
        changed = []


def main() -> None:
    """Print CPU seconds and peak MiB of both audits."""
    count = int(sys.argv[1]) if sys.argv[1:] else 10_000
    with tempfile.TemporaryDirectory() as folder:
        ledger = os.path.join(folder, "ledger")
        create(ledger, site.written("核对测试", "street", "Asia/Shanghai", "zh", ["repair"]))
        subprocess.run(["git", "init", "-q", "-b", "main", ledger], check=True)
        with subprocess.Popen(["git", "-C", ledger, "fast-import", "--quiet"], stdin=subprocess.PIPE) as git:
            assert git.stdin is not None
            commits(git.stdin, ledger, count)
        if git.returncode:
            raise SystemExit(git.returncode)
        subprocess.run(["git", "-C", ledger, "reset", "-q", "--hard"], check=True)
        for name in ("first", "again"):
            cost = once(svcctl("-C", ledger, "audit"))
            print(f"audit of {count:,} commits, {name}: {cost.cpu:.2f} CPU s, {cost.peak:.0f} MiB")


if __name__ == "__main__":
    main()
