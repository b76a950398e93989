"""Big ledgers to measure on: repairs and complaints over 36 months, most of them done, a few hundred still open.

    python tests/bench/make_ledger.py FOLDER ENTRIES [MONTHS]      # the last of them is 2026-10; 36 unless given
"""

from __future__ import annotations

import os
import random
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from svcctl import nouns, site
from svcctl.book.record import new_id
from svcctl.store import codec
from svcctl.store.create import create

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = 36
END = datetime(2026, 11, 1, tzinfo=ZONE)
OPEN = 200


def steps(kind: str, n: int) -> list[tuple[str, dict[str, str], int]]:
    """The entries of one record: event, fields, minutes after its opening."""
    if kind == "repair":
        return [
            ("add", {"unit": f"A-{n % 300:03d}", "fault": f"卫生间灯不亮 {n}", "reporter": "王芳", "contact": "13800001234",
                     "urgency": "normal", "party": "property"}, 0),
            ("dispatch", {"to": "周师傅"}, 20), ("arrive", {}, 60), ("finish", {"result": "fixed", "minutes": "40"}, 120),
        ]  # fmt: skip
    return [
        ("add", {"content": f"夜间施工噪音 {n}", "contact": "13900001234", "severity": "general", "category": "noise"}, 0),
        ("reply", {"text": "已通知停工"}, 90), ("resolve", {"cause": "违规施工", "action": "停工整改"}, 600),
        ("callback", {"result": "reached", "score": "5", "solved": "yes"}, 2000),
    ]  # fmt: skip


def make(folder: str, entries: int, months: int = MONTHS) -> None:
    """A ledger of about so many entries in so many months; of a single month all records are repairs."""
    create(folder, site.written("规模测试", "street", "Asia/Shanghai", "zh", ["complaint", "repair", "unit", "tenant"]))
    chance = random.Random(1)
    records = entries // 4
    year, month = divmod(END.year * 12 + END.month - 1 - months, 12)
    start = datetime(year, month + 1, 1, tzinfo=ZONE)
    gap = (END - start) / records
    files: dict[str, list[bytes]] = {}
    for n in range(records):
        kind = "repair" if n % 2 or months == 1 else "complaint"
        noun = nouns.noun(kind)
        opened = start + n * gap
        first = ""
        left_open = records - n <= OPEN
        for event, fields, minutes in steps(kind, n)[: 2 if left_open else 4]:
            at = opened.replace(microsecond=0) + timedelta(minutes=minutes)
            identity = new_id(noun.prefix, chance.randbytes)
            doc: dict[str, codec.Value] = {"id": identity, "kind": kind, "event": event}
            if first:
                doc["of"] = first
            first = first or identity
            doc.update(at=at.isoformat(), recorded=at.isoformat(timespec="microseconds"), by="李敏" if event != "callback" else "王强", **fields)
            if event == "add":
                day = timedelta(days=1)
                doc.update({"due": (at + day).isoformat()} if kind == "repair" else
                           {"promised": (at + day).isoformat(), "target": (at + 3 * day).isoformat()})  # fmt: skip
                ordered = [s.name for s in noun.opening.specs]
                head = {k: v for k, v in doc.items() if k not in ordered}
                doc = {**head, **{k: doc[k] for k in ordered if k in doc}, "salt": chance.randbytes(16).hex()}
            doc["sum"] = codec.sums(doc, noun.personal())[0]
            files.setdefault(f"{noun.folder}/{at:%Y-%m}.yaml", []).append(codec.dump(doc))
    for rel, docs in files.items():
        os.makedirs(os.path.join(folder, os.path.dirname(rel)), exist_ok=True)
        with open(os.path.join(folder, rel), "wb") as file:
            file.write(b"".join(docs))


if __name__ == "__main__":
    make(sys.argv[1], *map(int, sys.argv[2:4]))
