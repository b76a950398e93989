"""A report over money: 24,000 charges and payments and 2,000 counts, over 22 months and all in one month.

``money.py`` measures commands; ``money.py --profile`` also says in which functions the report spends its time.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from timing import median, once, svcctl

ZONE = ZoneInfo("Asia/Shanghai")
NOW = "2026-11-01T10:00:00+08:00"
END = datetime(2026, 11, 1, tzinfo=ZONE)
SITE = """svcctl: 1
site: 金额测试
profile: street
nouns: [cash, fee, tenant]
points:
  front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"}, {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}
"""
FEES, COUNTS, TENANTS = 24_000, 2_000, 300
ITEMS = ("property", "electricity", "waste")


class Docs:
    """Documents with ids and sums, by their files."""

    def __init__(self) -> None:
        from svcctl import nouns
        from svcctl.book.record import new_id

        self.chance = random.Random(7)
        self.files: dict[str, list[tuple[datetime, bytes]]] = {}
        self._nouns, self._new_id = nouns, new_id

    def add(self, kind: str, event: str, at: datetime, **fields: object) -> str:
        """One more document; gives its id."""
        from svcctl.store import codec

        noun = self._nouns.noun(kind)
        identity: str = self._new_id(noun.prefix, self.chance.randbytes)
        doc: dict[str, codec.Value] = {"id": identity, "kind": kind, "event": event}
        of = fields.pop("of", "")
        doc |= {"of": str(of)} if of else {}
        doc |= {"at": at.isoformat(timespec="seconds"), "recorded": at.isoformat(timespec="microseconds"), "by": "李敏"}
        doc |= {k: v for k, v in fields.items() if v}  # type: ignore[misc]
        doc["sum"] = codec.sums(doc, noun.personal())[0]
        self.files.setdefault(f"{noun.folder}/{at:%Y-%m}.yaml", []).append((at, codec.dump(doc)))
        return identity

    def write(self, folder: str) -> None:
        """Put them into a ledger's folder."""
        for rel, docs in self.files.items():
            os.makedirs(os.path.join(folder, os.path.dirname(rel)), exist_ok=True)
            with open(os.path.join(folder, rel), "wb") as file:
                file.write(b"".join(data for _, data in sorted(docs, key=lambda pair: pair[0])))


def moments(start: datetime, count: int) -> Iterator[datetime]:
    gap = (END - timedelta(hours=2) - start) / count
    for n in range(count):
        yield (start + n * gap).replace(microsecond=0)


def make(folder: str, months: int) -> None:
    """So many charges and payments, two of three paid in full, some in part, some in advance; and the counts."""
    from svcctl.store.create import create

    create(folder, SITE)
    docs = Docs()
    start = END
    for _ in range(months):
        start = (start - timedelta(days=1)).replace(day=1)
    for n in range(TENANTS):
        docs.add("tenant", "add", start, name=f"商户{n}", tenant_no=f"T-{n:03d}")
    for n, at in enumerate(moments(start, FEES // 2)):
        tenant, amount = f"T-{n % TENANTS:03d}", Decimal(docs.chance.randrange(10_000, 200_000)) / 100
        due = at + timedelta(days=10)
        charge = docs.add("fee", "charge", at, tenant=tenant, item=ITEMS[n % 3], amount=f"{amount:.2f}", due=f"{due:%Y-%m-%d}", month=f"{at:%Y-%m}")
        paid = min(at + timedelta(days=docs.chance.randrange(1, 25)), END - timedelta(hours=1))
        part = amount if n % 50 else (amount / 2).quantize(Decimal("0.01"))
        docs.add("fee", "pay", paid, tenant=tenant, amount=f"{part:.2f}", method="bank", ref=f"R{n}", **{"for": {charge: f"{part:.2f}"}})
    slots = [start + timedelta(hours=8 * k + 15) for k in range(COUNTS)] if months > 20 else list(moments(start + timedelta(hours=7), COUNTS))
    points = (slots[i] for i in range(len(slots)) if slots[i] < END)
    for k, at in enumerate(points):
        total = 20 + k % 7
        docs.add("cash", "move", at - timedelta(minutes=5), point="front", type="sale", amount=f"{total * 100 - 1000}.00")
        shift = "ABC"[k % 3]
        day = start + timedelta(days=k // 3)
        docs.add("cash", "count", at, point="front", count=f"100x{total}", to="王强", shift=shift, date=f"{day:%Y-%m-%d}", left="1000.00")
    docs.write(folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_STATE_HOME": home, "SVCCTL_NOW": NOW, "SVCCTL_BY": "李敏", "SVCCTL_LANG": "zh"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for months in (22, 1):
            ledger, out = os.path.join(home, f"ledger-{months}"), os.path.join(home, "out")
            subprocess.run([sys.executable, __file__, "--make", ledger, str(months)], check=True)
            print(f"{FEES} charges and payments, {COUNTS} counts in {months} months")
            commands = {
                "index build": (svcctl("-C", ledger, "fee", "list", "--open", "--limit", "1"), 1),
                "fee pay": (svcctl("-C", ledger, "fee", "pay", "--tenant", "T-007", "--amount", "5", "--method", "bank", "--ref", "x", "-n"), 5),
                "cash status": (svcctl("-C", ledger, "cash", "status"), 3),
                "fee ageing": (svcctl("-C", ledger, "fee", "ageing"), 3),
                "report monthly json": (svcctl("-C", ledger, "report", "monthly", "2026-10", "--format", "json", "-o", out + ".json"), 3),
                "report monthly xlsx": (svcctl("-C", ledger, "report", "monthly", "2026-10", "-o", out + ".xlsx"), 3),
                "check": (svcctl("-C", ledger, "check"), 1),
            }  # fmt: skip
            for name, (command, runs) in commands.items():
                cost = median(command, runs, env) if runs > 1 else once(command, env)
                print(f"  {name:<24} {cost.cpu:9.3f} s CPU  {cost.peak:8.0f} MiB", flush=True)
            if "--profile" in sys.argv:
                words = ["-m", "cProfile", "-s", "tottime", "-m", "svcctl", "-C", ledger, "report", "monthly", "2026-10", "-o", out + ".xlsx"]
                told = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False).stdout
                print("\n".join(told.splitlines()[:30]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2], int(sys.argv[3]))
    else:
        main()
