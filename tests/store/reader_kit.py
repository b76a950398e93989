"""What the tests of reading share: true entries of any noun, ledgers made of them, and every question at once."""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from svcctl.nouns import noun
from svcctl.store import codec
from svcctl.store.codec import Doc, Value
from svcctl.store.documents import Judge
from svcctl.store.files import Root
from svcctl.store.index import IndexReader, open_index
from svcctl.store.reader import Reader, Scan

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 1, 8, 0, tzinfo=ZONE)
SALT = "9c1f0e5ab7d24c60a1b2c3d4e5f60718"
PEOPLE = ("李敏", "王强", "Zhou")
UNITS = ("A-101", "A-102", "B-201")


def doc(kind: str, number: int | str, event: str = "add", at: datetime = START, of: str = "", **more: Value) -> Doc:
    """An entry with true sums. ``recorded`` is a moment after ``at`` unless given."""
    declared = noun(kind)
    recorded = more.pop("recorded", (at + timedelta(seconds=30, microseconds=7)).isoformat())
    made: Doc = {"id": f"{declared.prefix}-{number:0>10}", "kind": kind, "event": event}
    made |= {"of": of} if of else {}
    made |= {"at": at.isoformat(), "recorded": recorded, "by": more.pop("by", "李敏")}
    made |= {name: more.pop(name) for name in (*declared.fields(), "reason", "approved_by") if name in more}
    made |= more
    return signed(made)


def signed(made: Doc) -> Doc:
    personal = noun(str(made["kind"])).personal()
    if any(name in made for name in personal):
        made = {**made, "salt": SALT}
    total, pii = codec.sums(made, personal)
    return {**made, **({"pii": pii} if pii else {}), "sum": total}


def erased(made: Doc) -> Doc:
    """The entry after its personal fields were erased."""
    gone = {*noun(str(made["kind"])).personal(), "salt", "sum"}
    return {**{k: v for k, v in made.items() if k not in gone}, "erased": "2026-12-24T00:00:00+08:00", "sum": made["sum"]}


def ref(made: Doc) -> str:
    return str(made["id"])


def home(made: Doc, desk: str = "") -> str:
    month = datetime.fromisoformat(str(made["at"])).astimezone(ZONE).strftime("%Y-%m")
    return f"{noun(str(made['kind'])).folder}/{month}{'.' + desk if desk else ''}.yaml"


def put(root: Root, rel: str, *docs: Doc | bytes) -> None:
    """Documents at the end of a file, past the writer."""
    path = os.path.join(root.path, rel)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "ab") as file:
        for one in docs:
            file.write(one if isinstance(one, bytes) else codec.dump(one))


def replace(root: Root, rel: str, *docs: Doc | bytes) -> None:
    """A file made anew, as git and editors do it."""
    path = os.path.join(root.path, rel)
    if os.path.exists(path):
        os.remove(path)
    put(root, rel, *docs)


def add(root: Root, *docs: Doc, desk: str = "") -> None:
    for one in docs:
        put(root, home(one, desk), one)


def history(rng: random.Random, number: int, at: datetime) -> list[Doc]:
    """A repair, a complaint or a master with whatever happens to it."""
    kind = rng.choice(["repair", "repair", "complaint", "unit", "tenant"])
    if kind == "unit":
        return [doc("unit", number, at=at, unit_no=f"U-{number % 7}", area="86.5")]
    if kind == "tenant":
        return [doc("tenant", number, at=at, name=f"悦茶{number % 9}", tenant_no=f"T-{number}", phone="13800001234")]
    by = rng.choice(PEOPLE)
    if kind == "repair":
        first = doc("repair", number, at=at, by=by, unit=rng.choice(UNITS), fault="卫生间灯不亮", party="property",
                    due=(at + timedelta(days=rng.choice([1, 1, 40]))).isoformat(), reporter="王芳",
                    **({"key": f"k{number % 40}"} if rng.random() < 0.3 else {}))  # fmt: skip
        events: list[tuple[str, dict[str, Value]]] = [
            ("dispatch", {"to": "老张"}), ("finish", {"result": "fixed"}), ("verify", {}), ("close", {}),
        ]  # fmt: skip
    else:
        first = doc("complaint", number, at=at, by=by, content="夜间\n“噪音” \\ Noise", contact="13800001234",
                    promised=(at + timedelta(days=1)).isoformat(), target=(at + timedelta(days=3)).isoformat())  # fmt: skip
        events = [("assign", {"owner": "王强"}), ("reply", {"text": "已停工"}), ("merge", {"into": f"cp-{number - 1:0>10}"})]
    found = [first]
    for i, (event, values) in enumerate(events[: rng.randrange(len(events) + 1)]):
        at += timedelta(hours=rng.choice([1, 30, 500]))
        found.append(doc(kind, f"{number}{'abcd'[i]}", event, at, ref(first), by=rng.choice(PEOPLE), **values))
    if rng.random() < 0.2:
        found.append(doc(kind, f"{number}v", "void", at, ref(rng.choice(found)), reason="录错", approved_by="陈"))
    if rng.random() < 0.1 and kind == "repair":
        found.append(doc(kind, f"{number}m", "amend", at, ref(first), unit="B-202", reason="写错"))
    return found


def fill(root: Root, rng: random.Random, records: int, months: int = 4) -> list[Doc]:
    """A random ledger over some months, from two desks, partly out of order."""
    docs: list[Doc] = []
    for number in range(1, records + 1):
        docs += history(rng, number, START + timedelta(minutes=rng.randrange(months * 30 * 24 * 60)))
    docs.sort(key=lambda d: str(d["recorded"]))
    for one in docs:
        if rng.random() < 0.1:
            docs.remove(one)
            docs.insert(rng.randrange(len(docs)), one)
    for one in docs:
        add(root, one, desk=rng.choice(["", "night"]))
    return docs


def scanned(root: Root) -> Scan:
    return Scan(root, ZONE)


def indexed(root: Root) -> IndexReader:
    found = open_index(root, ZONE)
    assert found is not None
    return found


def everything(reader: Reader) -> dict[str, Any]:
    """The answers to all questions."""
    kinds = ("complaint", "repair", "unit", "tenant")
    records = {kind: list(reader.all_records(kind)) for kind in kinds}
    every = [record for some in records.values() for record in some]
    loaded = list(reader.load([*every, "rp-none"]))
    ids = [str(one.doc["id"]) for _, docs in loaded for one in docs]
    days = [START + timedelta(days=n) for n in range(-40, 200, 13)]
    return {
        "records": records,
        "loaded": loaded,
        "entries": [reader.entries(record) for record in every[:20]],
        "record_of": {name: reader.record_of(name) for name in [*ids, "rp-none"]},
        "prefix": {p: reader.by_prefix(p) for p in ("0000", "rp-00000", "RP-0000000001", "0000000002", "zz", "", "xx-1")},
        "key": {key: reader.by_key(key) for key in ("", "none", *(f"k{n}" for n in range(40)))},
        "open": {k: [reader.open_records(k), *(reader.open_records(k, u) for u in ("", *UNITS, "B-202"))] for k in kinds},
        "masters": {k: dict(reader.masters(k)) for k in kinds},
        "touching": {(k, a, n): reader.touching(k, a, a + timedelta(days=n)) for k in kinds for a in days for n in (0, 1, 30)},
        "beyond": [reader.beyond(kind, ids[n::3]) for kind in kinds for n in range(3)],
        "belated": [reader.belated(a, a + timedelta(days=n), a - timedelta(days=m)) for a in days for n in (1, 60) for m in (0, 30)],
        "since": [reader.changed_since(day) for day in days],
        "latest": [reader.latest(by) for by in (*PEOPLE, "none")],
        "recent": [reader.recent(7), reader.recent(9, days[5], days[9]), reader.recent(10_000)],
        "references": [reader.references("unit", u) for u in UNITS]
        + [reader.references("complaint", record) for record in records["complaint"]],
        "grep": {n: list(reader.grep(n)) for n in ("灯不", "noise", "NOISE”", "”", "夜间\n", "\\ N", "1380000", "王芳", "B-202", "rp-0", "zzz")},
        "findings": reader.findings(),
    }  # fmt: skip


def agreed(root: Root) -> dict[str, Any]:
    """All answers, after seeing that both readers give the same."""
    with indexed(root) as by_index:
        found = everything(by_index)
    assert_same(found, everything(scanned(root)))
    return found


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, answer in one.items():
        assert answer == other[name], name


def judge() -> Judge:
    return Judge(ZONE)


def codes(reader: Reader) -> list[tuple[str, str, bool]]:
    return [(f.id, f.code, f.damage) for f in reader.findings()]
