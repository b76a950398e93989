"""The sample ledger: a made-up shopping street with three months of records and a fourth begun, the same every time.

It is made through svcctl's own rules and its own writer; only the clock and the source of chance are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from svcctl.book import sealing
from svcctl.book.open import Book
from svcctl.book.record import Recorder
from svcctl.book.wish import Draft, Wish
from svcctl.fields import Value
from svcctl.nouns import CATALOGUE
from svcctl.sample import people, script
from svcctl.sample.chance import Chance
from svcctl.sample.site_text import SITE
from svcctl.sample.thread import Step, iso
from svcctl.store.codec import Doc
from svcctl.store.create import create
from svcctl.store.writer import Writer

MASTERS = ("unit", "tenant")


def make(folder: str) -> None:
    """Make the sample ledger in ``folder``. Raises Refused if there is a ledger already, StorageFault."""
    create(folder, SITE)
    book = Book(folder, script.END, {}, lambda _: None, use_index=False)
    with book.writer() as writer:
        maker = _Maker(book, writer)
        left = script.everything()
        for month, moment in script.closings():
            maker.record(s for s in left if s.recorded < moment)
            maker.seal(month, moment)
            left = [s for s in left if s.recorded >= moment]
        maker.record(left)


class _Maker:
    """Drafts steps by the ledger's rules and stores them, each file's in one write."""

    def __init__(self, book: Book, writer: Writer) -> None:
        self._book = book
        self._writer = writer
        self._moment = script.FIRST
        self._recorder = Recorder(book, self._clock, self._bytes)
        # Ids and salts of each noun come from a stream of their own, so that more of one change no others.
        self._streams = {noun: Chance(f"{script.SEED} {noun} ids") for noun in (*CATALOGUE, "late")}
        self._random = self._streams["unit"]
        self._ids: dict[str, str] = {}  # of records, by the names of their matters

    def _bytes(self, size: int) -> bytes:
        return self._random.bytes(size)

    def _clock(self) -> datetime:
        return self._writer.recorded(self._moment)

    def record(self, steps: Iterable[Step]) -> None:
        """Record the steps, which are in the order of their ``recorded``."""
        for new_masters, some in groupby(steps, key=lambda s: s.noun in MASTERS and s.event == "add"):
            self._record(some)
            if new_masters:
                self._book.refresh()  # from here on units and tenants are checked against those just recorded

    def seal(self, month: str, moment: datetime) -> None:
        """Seal a month with all that is stored by now."""
        book = self._book
        book.refresh()
        words = sealing.Words(moment, self._writer.recorded(moment), people.HEAD, "")
        sealing.store(book, self._writer, sealing.seal(book, sealing.survey(book), month, words, Chance(f"{script.SEED} seal {month}").bytes))
        book.refresh()
        self._recorder = Recorder(book, self._clock, self._bytes)  # which is to know of the seal, and the drafts are stored

    def _record(self, steps: Iterable[Step]) -> None:
        files: dict[str, list[Doc]] = {}
        for step in steps:
            self._moment = step.recorded
            self._random = self._streams["late" if step.late else step.noun]
            drafted = self._recorder.draft(self._wish(step))
            assert isinstance(drafted, Draft)
            for number, one in enumerate(drafted.all, 1):
                files.setdefault(one.file, []).append(one.doc)
                if step.opens and not one.entry.of:
                    self._ids[step.matter if number == 1 else f"{step.matter}/{number}"] = one.entry.id
        for file, docs in files.items():
            self._writer.append_many(file, docs)

    def _wish(self, step: Step) -> Wish:
        values = {k: self._named(v) for k, v in step.values.items()}
        field, _, value = str(values.pop("set", "")).partition("=")
        return Wish(
            step.noun, step.event, values, of="" if step.opens or not step.matter else self._ids[step.matter], at=iso(step.at),
            by=step.by, note=step.note, late=step.late, changes={field: value} if field else {},
        )  # fmt: skip

    def _named(self, value: str | dict[str, str]) -> Value:
        """A value with ids in the places of the names of matters."""
        if isinstance(value, dict):
            return {self._ids[name[1:]]: amount for name, amount in value.items()}
        return self._ids[value[1:]] if value.startswith("@") else value
