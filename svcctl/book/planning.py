"""From the rows of a file to drafts that are all written or none, whatever told what the rows mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from svcctl.book import values
from svcctl.book.open import Book
from svcctl.book.record import Recorder
from svcctl.book.values import KeyTaken
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.entry import Noun, Verb
from svcctl.errors import NotFound, Refused, RefusedMany, StorageFault, SvcError, Usage
from svcctl.fields import Ctx, MasterType, RefType, SharesType, Spec, Value
from svcctl.importing.problems import Told, each, told
from svcctl.importing.source import Row
from svcctl.mask import mask, mask_numbers
from svcctl.texts import Text, listed


class Step(NamedTuple):
    """A planned entry: its place in the ``order`` in which entries are applied, its row, the how-manieth of that row.

    ``wish`` has no record yet if that is another entry of the row, the ``of``-th. ``columns`` says by field where its
    values stand.
    """

    order: tuple[bool, datetime, int, int]
    row: int
    place: int
    wish: Wish
    of: int | None
    optional: bool
    columns: Mapping[str, str]


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


class Planner:
    """Holds the steps of a file, then drafts them in the order of time, as often as it takes to leave out what is bad.

    ``cell`` says where a column of a row stands in a workbook; an empty text for other files.
    """

    def __init__(self, book: Book, cell: Callable[[Row, str], str]) -> None:
        self.book = book
        self.cell = cell
        self._rows: list[Row] = []
        self._steps: list[Step] = []
        self._bad: dict[int, SvcError] = {}
        self._left_out: list[Bad] = []

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
            except SvcError as first:
                # A recorder that misses something does not look at what is there.
                problem = RefusedMany([first, *self.useless(step.wish)]) if isinstance(first, Usage) else first
                placed = self.placed(self._rows[step.row], self.book.noun(step.wish.noun), step.wish.event, step.columns, problem)
                if step.optional:
                    skipped.append(Bad(self._rows[step.row], placed))
                else:
                    self._bad[step.row] = placed
                continue
            made[step.row, step.place] = outcome
            if isinstance(outcome, Draft):
                drafts.extend(outcome.all)
        return drafts, [made[place] for place in sorted(made)], skipped

    def _skip(self, row: Row, problem: SvcError) -> None:
        self._left_out.append(Bad(row, problem))

    @staticmethod
    def _wish(step: Step, made: Mapping[tuple[int, int], Draft | Stored]) -> Wish:
        if step.of is None:
            return step.wish
        record = made.get((step.row, step.of))
        if record is None:
            raise Refused(
                Text("它跟进的记录在它之后，或没有接受", "the record it follows comes later, or was not accepted"), where="at"
            )
        return step.wish._replace(of=record.ids[0])

    def missing(self, wish: Wish) -> list[SvcError]:
        """What is required of an entry and not there, as one problem; none if it is all there."""
        try:
            values.complete(self.book, self.book.noun(wish.noun), wish)
        except SvcError as problem:
            return [problem]
        return []

    def useless(self, wish: Wish, known: Collection[str] = ()) -> list[SvcError]:
        """What is wrong with the values of an entry, each by itself; ``known``: fields that were told of already."""
        verb = self.book.noun(wish.noun).verb(wish.event)
        if verb is None:
            return []
        problems: list[SvcError] = []
        for name, raw in values.keyed(verb, wish).values.items():
            spec = verb.by_name.get(name)
            if spec is None or name in known or raw in ("", values.NONE):
                continue
            try:
                self.typed(spec, raw)
            except SvcError as problem:
                problems.append(problem)
        return problems

    def typed(self, spec: Spec, value: Value) -> Value | None:
        """The value as it would be stored; None where that depends on other rows. Refused if it cannot be."""
        if isinstance(spec.type, RefType | SharesType | MasterType):
            return None
        read = values.parsed(self.book, spec, value, Ctx(self.book.now, self.book.site.zone), _NO_LOOKUP)
        return spec.type.dump(read)

    def placed(
        self, row: Row, noun: Noun[Any], event: str, columns: Mapping[str, str], problem: SvcError
    ) -> SvcError:
        """A problem of an entry, told at the cells it is about; as it is where the file has no cells."""
        if not self.cell(row, ""):
            return problem
        verb = noun.verb(event)
        return RefusedMany([self._told(row, noun, verb, columns, one) for one in each(problem)])

    def _told(
        self, row: Row, noun: Noun[Any], verb: type[Verb] | None, columns: Mapping[str, str], problem: SvcError
    ) -> SvcError:
        if isinstance(problem, Told):
            return problem
        if isinstance(problem, KeyTaken):
            return told(self.cell(row, ""), _changed(noun, verb, problem))
        name = problem.where.split(" | ")[0].removeprefix("--").replace("-", "_")
        spec = verb.by_name.get(verb.short.get(name, name)) if verb is not None else None
        if spec is not None:
            name = spec.name
        column = columns.get(name)
        if column is None:
            if "!" in problem.where:  # it was found in a cell
                return told(problem.where, problem)
            if ":" in problem.where:  # a file of the ledger
                return problem
            return told(self.cell(row, ""), problem, label=spec.label if spec else None)
        return told(self.cell(row, column), problem, shown(spec, row.cells.get(column, "")) or None, spec.label if spec else None)


def _no_record(kind: str, text: str) -> str:
    raise NotFound(Text("没有这条记录", "no such record"))


_NO_LOOKUP = values.Lookup(_no_record, _no_record)  # what depends on other rows is not asked for here


def shown(spec: Spec | None, value: str) -> str:
    """A cell's value as it may be told."""
    if spec is not None and spec.personal:
        return mask(value, spec.personal)  # type: ignore[arg-type]
    return mask_numbers(value)


def _changed(noun: Noun[Any], verb: type[Verb] | None, problem: KeyTaken) -> Refused:
    """A row that was imported before and says something else now."""
    labels = {"at": Text("时间", "Time"), "by": Text("经手人", "By"), "note": Text("备注", "Note")}
    known = verb.by_name if verb is not None else {}
    names = listed([known[n].label if n in known else labels.get(n, Text(n, n)) for n in problem.differs])
    what = Text("已录入为 {id}，不同的是：{names}", "recorded before as {id}; what differs: {names}")
    todo = Text(
        "要更正请用 svcctl {noun} amend {id}（金额用 void 后重录）；另一件事请写在没用过的行，或在第一张表写上填表人和填表日期",
        "To correct it: svcctl {noun} amend {id} (money: void it and record it anew); another matter goes on an unused row, "
        "or write on the first sheet who filled in the form and when",
    )  # fmt: skip
    return Refused(what.fill(id=problem.id, names=names), todo=todo.fill(noun=noun.name, id=problem.id))
