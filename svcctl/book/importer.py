"""An import through a map: the rows of somebody else's file to entries that are all written or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from svcctl.book.open import Book
from svcctl.book.planning import Planner, Step
from svcctl.book.values import NONE
from svcctl.book.wish import Wish
from svcctl.entry import Noun, Verb
from svcctl.errors import RefusedMany, SvcError
from svcctl.fields import Value
from svcctl.importing.cell_values import Reading
from svcctl.importing.expand import Planned, expand
from svcctl.importing.model import EventMap, ImportMap
from svcctl.importing.source import Row
from svcctl.importing.template import Template
from svcctl.texts import Text

__all__ = ["Importer"]


_RECORD = "-"  # stands for the record that an entry follows, where only its own values are looked at


def _no_cell(row: Row, column: str) -> str:
    return ""


class Importer(Planner):
    """Reads rows once, through a map. ``strict``: the columns are svcctl's own fields, so a number where every digit of
    a text counts is refused; a map vouches for what its columns are."""

    def __init__(
        self, book: Book, imap: ImportMap, by: str, late: str = "", *, strict: bool = False, epoch: date | None = None,
        cell: Callable[[Row, str], str] = _no_cell,
    ) -> None:  # fmt: skip
        super().__init__(book, cell)
        self.imap = imap
        self.by = by
        self.late = late  # why entries of sealed months come now, where the map does not say
        self.noun: Noun[Any] = book.noun(imap.noun)
        zone: tzinfo = ZoneInfo(imap.timezone) if imap.timezone else book.site.zone
        self.reading = Reading(zone, book.now, imap.dates, epoch, strict)
        self.notes: list[Text] = []  # values that were understood, though they are not written as they should be

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
        columns = {id(event): _columns(self.imap, event) for event in self.imap.row}
        by_line = {event.line: columns[id(event)] for event in self.imap.row}
        for number, row in enumerate(rows):
            self._rows.append(row)
            name, where = self.imap.row[0].event, columns[id(self.imap.row[0])]
            try:
                if row.problem is not None:
                    raise row.problem
                steps = []
                for place, planned in enumerate(expand(self.imap, row, self.opens)):
                    name, where = planned.event, by_line[planned.line]
                    steps.append(self._step(number, place, planned, where))
            except SvcError as problem:
                self._bad[number] = self.placed(row, self.noun, name, where, problem)
                continue
            self._steps.extend(s for s in steps if s is not None)
        self._steps.sort(key=lambda s: s.order)

    def _step(self, number: int, place: int, planned: Planned, columns: dict[str, str]) -> Step | None:
        row = self._rows[number]
        verb = self.noun.verb(planned.event)
        assert verb is not None  # the map was checked
        wrong: dict[str, SvcError] = {}
        at: datetime | None = None
        try:
            at = self.reading.when(planned.at, "at", number=columns.get("at") in row.numbers) if planned.at else None
        except SvcError as problem:
            wrong["at"] = problem
        values: dict[str, Value] = dict(planned.fields)
        for name, raw in planned.fields.items():
            try:
                values[name] = self._value(verb, name, raw, columns.get(name) in row.numbers)
            except SvcError as problem:
                wrong[verb.short.get(name, name)] = problem
        by = planned.by or self.by
        wish = Wish(
            self.noun.name, planned.event, values, at=at.isoformat() if at else "", by=by, by_typed=bool(by),
            note=planned.note, key=planned.key or "", late=planned.late or self.late,
        )  # fmt: skip
        if wrong:
            follows = wish if planned.of is None else wish._replace(of=_RECORD)
            bad = RefusedMany([*wrong.values(), *self.missing(follows), *self.useless(wish, wrong)])
            if not planned.optional:
                raise bad
            self._skip(row, self.placed(row, self.noun, planned.event, columns, bad))
            return None
        self._note(row, columns)
        order = (True, at or self.book.now.replace(microsecond=0), number, place)
        return Step(order, number, place, wish, planned.of, planned.optional, columns)

    def _value(self, verb: type[Verb], name: str, raw: Value, number: bool) -> Value:
        return raw if raw == NONE else self.reading.value(verb.by_name.get(verb.short.get(name, name)), raw, number=number)

    def _note(self, row: Row, columns: dict[str, str]) -> None:
        for name, text in self.reading.notes:
            place = self.cell(row, columns.get(name, ""))
            self.notes.append(Text(f"{place}: {text.zh}", f"{place}: {text.en}"))
        self.reading.notes.clear()


def _columns(imap: ImportMap, event: EventMap) -> dict[str, str]:
    """The column in which each field of an event stands, where it is one alone or begins with one."""
    heads = {"at": event.at, "key": event.key, "by": event.by or imap.by, "note": event.note}
    found = {name: one.columns[0] for name, one in heads.items() if one is not None and one.columns}
    found |= {name: one.columns[0] for name, one in event.fields.items() if isinstance(one, Template) and one.columns}
    return found
