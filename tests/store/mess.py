"""What desks, editors, git and bad disks do to a ledger."""

from __future__ import annotations

import os
import random
import time
from datetime import timedelta

from reader_kit import START, add, doc, erased, fill, history, home, put, ref, replace
from store_kit import data

from svcctl.store import codec, groups
from svcctl.store.files import Root

LATER = START + timedelta(hours=5)
MONTH = "repairs/2026-11.yaml"
STEPS = (
    "append", "append", "many", "copy", "erase", "clash", "damage", "hand", "torn", "heal", "remove", "restore", "rewrite",
    "orphan", "crlf", "comment", "rename", "group", "prefix", "nothing",
)  # fmt: skip



def repair(number: int | str = 1, **more: codec.Value) -> codec.Doc:
    return doc("repair", number, unit="A-101", fault="灯不亮", party="property", reporter="王芳", **more)


def age(root: Root) -> None:
    """As if every file had been written long ago, so that its state is trusted."""
    old = time.time() - 3600
    for rel in root.month_files():
        os.utime(os.path.join(root.path, rel), (old, old))


class Mess:
    """Does to a ledger what desks, editors, git and bad disks do."""

    def __init__(self, root: Root, seed: int) -> None:
        self.root = root
        self.rng = random.Random(seed)
        self.docs = fill(root, self.rng, 8, months=2)
        self.number = 100
        self.gone: dict[str, bytes] = {}

    def do(self, step: str) -> None:
        getattr(self, step)()

    def some_file(self) -> str | None:
        files = self.root.month_files()
        return self.rng.choice(files) if files else None

    def edit(self, change: object) -> None:
        rel = self.some_file()
        if rel is not None:
            assert callable(change)
            replace(self.root, rel, change(data(self.root, rel)))

    def append(self) -> None:
        self.number += 1
        new = history(self.rng, self.number, START + timedelta(days=self.rng.randrange(60)))
        self.docs += new
        add(self.root, *new, desk=self.rng.choice(["", "night"]))

    def many(self) -> None:
        for _ in range(5):
            self.append()

    def copy(self) -> None:
        add(self.root, self.rng.choice(self.docs), desk=self.rng.choice(["", "night", "hall"]))

    def erase(self) -> None:
        one = self.rng.choice(self.docs)
        if one.get("pii"):
            add(self.root, erased(one), desk="hall")

    def clash(self) -> None:
        one = self.rng.choice(self.docs)
        values = {k: str(v) for k, v in one.items() if k in ("by", "of", "unit", "fault", "content", "unit_no", "name", "to", "reason")}
        at = START + timedelta(days=self.rng.randrange(60))
        other = doc(str(one["kind"]), str(one["id"])[3:], str(one["event"]), at, **values, note="anders")
        add(self.root, other, desk="hall")

    def damage(self) -> None:
        self.edit(lambda raw: raw[: (at := self.rng.randrange(len(raw)))] + b"~" + raw[at + 1 :] if raw else raw)

    def hand(self) -> None:
        self.edit(lambda raw: raw + b"---\nfault: typed\n")

    def torn(self) -> None:
        self.edit(lambda raw: raw + codec.dump(repair("torn"))[: self.rng.randrange(1, 200)])

    def heal(self) -> None:
        self.edit(lambda raw: raw[: codec.torn_tail(raw)])

    def remove(self) -> None:
        rel = self.some_file()
        if rel is not None:
            self.gone[rel] = data(self.root, rel)
            os.remove(os.path.join(self.root.path, rel))

    def restore(self) -> None:
        for rel, raw in self.gone.items():
            replace(self.root, rel, raw)
        self.gone = {}

    def rewrite(self) -> None:
        def shuffled(raw: bytes) -> bytes:
            parts = [raw[p.start : p.end] for p in codec.pieces(raw) if p.doc is not None]
            self.rng.shuffle(parts)
            return b"".join(parts)

        self.edit(shuffled)

    def orphan(self) -> None:
        self.number += 1
        first = doc("repair", self.number, unit="A-101", fault="x")
        add(self.root, doc("repair", f"{self.number}z", "cancel", LATER, ref(first), reason="x"))
        if self.rng.random() < 0.5:
            add(self.root, first, desk="night")

    def crlf(self) -> None:
        self.edit(lambda raw: raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def comment(self) -> None:
        self.edit(lambda raw: b"# first\n\n" + raw + b"# last\n")

    def rename(self) -> None:
        rel = self.some_file()
        if rel is not None:
            os.rename(os.path.join(self.root.path, rel), os.path.join(self.root.path, rel.replace("2026-11", "2026-12")))

    def group(self) -> None:
        self.number += 1
        new = [doc("repair", f"{self.number}{c}", at=START + timedelta(days=40 * i), fault="x", place="y") for i, c in enumerate("ab")]
        groups.commit(self.root, [(home(d), codec.dump(d)) for d in new], [ref(d) for d in new])
        if self.rng.random() < 0.5:
            put(self.root, home(new[0]), new[0])

    def prefix(self) -> None:
        """An edit in the middle followed by an append: the end alone would not show it."""
        rel = self.some_file()
        if rel is not None:
            raw = data(self.root, rel)
            with open(os.path.join(self.root.path, rel), "r+b") as file:
                file.seek(len(raw) // 2)
                file.write(b"#")
            self.number += 1
            put(self.root, rel, repair(self.number))

    def nothing(self) -> None:
        age(self.root)
