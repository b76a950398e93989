"""An import: the rows of somebody else's file, through a map, to entries that are all written or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from svcctl.book.open import Book
from svcctl.book.record import Recorder
from svcctl.book.values import NONE
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.entry import Noun, Verb
from svcctl.errors import Refused, StorageFault, SvcError
from svcctl.fields import DateType, Spec, TimeType, Value
from svcctl.importing.expand import Planned, expand
from svcctl.importing.model import ImportMap
from svcctl.importing.source import Row
from svcctl.importing.when import parse_when
from svcctl.texts import Text


class Step(NamedTuple):
    """A planned entry in its place: when, of which row, the how-manieth of that row."""

    at: datetime
    row: int
    place: int
    planned: Planned
    values: Mapping[str, Value]


class Bad(NamedTuple):
    """A row that cannot be taken, and why."""

    row: Row
    problem: SvcError


class Plan(NamedTuple):
    """What an import comes to: drafts to be written, how many entries were there already, rows that are bad, entries
    that were optional and left out. ``made`` has all that is accepted in the order of the file, what is there too."""

    drafts: list[Draft]
    there: int
    made: list[Draft | Stored]
    bad: list[Bad]
    left_out: list[Bad]
    rows: int


class Importer:
    """Reads rows once, then drafts them in the order of time, as often as it takes to leave out what is bad."""

    def __init__(self, book: Book, imap: ImportMap, by: str, late: str = "") -> None:
        self.book = book
        self.imap = imap
        self.by = by
        self.late = late  # why entries of sealed months come now, where the map does not say
        self.noun: Noun[Any] = book.noun(imap.noun)
        self.zone: tzinfo = ZoneInfo(imap.timezone) if imap.timezone else book.site.zone
        self._rows: list[Row] = []
        self._steps: list[Step] = []
        self._bad: dict[int, SvcError] = {}
        self._left_out: list[Bad] = []

    def opens(self, event: str) -> bool:
        """Whether an event opens a record."""
        verb = self.noun.verb(event)
        return verb is not None and verb.opens

    @property
    def nameless(self) -> bool:
        """Whether nobody is said to record: neither by the map nor by the command."""
        return not self.by and self.imap.by is None and not all(event.by for event in self.imap.row)

    def read(self, rows: Iterable[Row]) -> None:
        """Expand every row; what cannot even be expanded is bad."""
        for number, row in enumerate(rows):
            self._rows.append(row)
            try:
                if row.problem is not None:
                    raise row.problem
                steps = [self._step(number, i, p) for i, p in enumerate(expand(self.imap, row, self.opens))]
            except SvcError as problem:
                self._bad[number] = problem
                continue
            self._steps.extend(s for s in steps if s is not None)
        self._steps.sort(key=lambda s: (s.at, s.row, s.place))

    def _step(self, row: int, index: int, planned: Planned) -> Step | None:
        verb = self.noun.verb(planned.event)
        assert verb is not None  # the map was checked
        try:
            at = self._when(planned.at, "at") if planned.at else self.book.now.replace(microsecond=0)
            return Step(at, row, index, planned, self._values(verb, planned))
        except SvcError as problem:
            if not planned.optional:
                raise
            self._left_out.append(Bad(self._rows[row], problem))
            return None

    def _when(self, text: str, name: str) -> datetime:
        try:
            return parse_when(text, self.imap.dates, self.zone, "end")
        except SvcError as wrong:
            wrong.where = name
            raise

    def _values(self, verb: type[Verb], planned: Planned) -> dict[str, Value]:
        """The fields with their times as svcctl writes them, in the zone of the file."""
        return {name: self._value(verb.by_name.get(name), raw) for name, raw in planned.fields.items()}

    def _value(self, spec: Spec | None, raw: Value) -> Value:
        if spec is None or not isinstance(raw, str) or raw == NONE:
            return raw
        if isinstance(spec.type, TimeType):
            return self._when(raw, spec.name).isoformat()
        if isinstance(spec.type, DateType):
            return self._when(raw, spec.name).date().isoformat()
        return raw

    def plan(self, recorder: Callable[[], Recorder]) -> Plan:
        """Draft everything. A row one of whose entries is bad is left out whole, and whatever builds on it too.

        ``recorder`` makes a fresh one for each attempt.
        """
        while True:
            known = len(self._bad)
            drafts, made, skipped = self._attempt(recorder())
            if len(self._bad) == known:
                bad = [Bad(self._rows[n], p) for n, p in sorted(self._bad.items())]
                there = sum(isinstance(one, Stored) for one in made)
                return Plan(drafts, there, made, bad, [*self._left_out, *skipped], len(self._rows))

    def _attempt(self, recorder: Recorder) -> tuple[list[Draft], list[Draft | Stored], list[Bad]]:
        drafts: list[Draft] = []
        made: dict[tuple[int, int], Draft | Stored] = {}  # what a planned entry became
        skipped: list[Bad] = []
        for step in self._steps:
            if step.row in self._bad:
                continue
            try:
                outcome = recorder.draft(self._wish(step, made))
            except StorageFault:  # which is no fault of the row
                raise
            except SvcError as problem:
                if step.planned.optional:
                    skipped.append(Bad(self._rows[step.row], problem))
                else:
                    self._bad[step.row] = problem
                continue
            made[step.row, step.place] = outcome
            if isinstance(outcome, Draft):
                drafts.extend(outcome.all)
        return drafts, [made[place] for place in sorted(made)], skipped

    def _wish(self, step: Step, made: Mapping[tuple[int, int], Draft | Stored]) -> Wish:
        planned, of = step.planned, ""
        if planned.of is not None:
            record = made.get((step.row, planned.of))
            of = record.ids[0] if record is not None else ""
            if not of:
                raise Refused(
                    Text("它跟进的记录在它之后，或没有接受", "the record it follows comes later, or was not accepted"), where="at"
                )
        by = planned.by or self.by
        return Wish(
            self.noun.name, planned.event, step.values, of=of, at=step.at.isoformat(), by=by, by_typed=bool(by),
            note=planned.note, key=planned.key or "", late=planned.late or self.late,
        )  # fmt: skip
