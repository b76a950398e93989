"""A form that came back, to entries that are all written or none. Each row keeps a key of its own, so that a form may
be sent again when it has grown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from svcctl.book import values
from svcctl.book.open import Book
from svcctl.book.planning import Planner, Step, shown
from svcctl.book.wish import Wish
from svcctl.entry import Noun, Verb
from svcctl.errors import Refused, RefusedMany, SvcError, Usage
from svcctl.fields import ChoiceType, FlagType, Spec, TimeType, Value, near
from svcctl.forms.declare import Known as Offered
from svcctl.forms.declare import declare
from svcctl.importing.cell_values import Reading
from svcctl.importing.form_rows import FormFile, FormPart
from svcctl.importing.problems import each, told
from svcctl.importing.source import Row
from svcctl.texts import LANGS, Text, listed, same

_HEADS = ("of", "at", "by", "note", "key")
_MISSING = Text("必填", "required")
_FILL = Text("填上{label}", "Fill in {label}")


class FormImporter(Planner):
    """Reads the rows of a form. ``by`` is who records where neither a row nor the form's first sheet says it."""

    def __init__(self, book: Book, form: FormFile, by: str, late: str = "") -> None:
        super().__init__(book, form.cell)
        self.form = form
        self.by = form.filled_by or by
        self.late = late
        self.notes: list[Text] = list(form.notes)
        self.reading = Reading(book.site.zone, book.now, (), form.epoch, strict=True)
        self.nameless = False
        self._timeless = 0
        said = (form.filled_by, form.filled_on)
        # Who filled in the form and when tells copies of one blank apart; without them rows are compared.
        self.named = any(said)
        self._copy = hashlib.sha256(repr(said).encode()).hexdigest()[:8] if self.named else f"@{book.desk}"

    def read(self) -> None:
        """Take in every row. Refused for a sheet that does not fit the noun."""
        wrong: list[SvcError] = []
        for part in self.form.parts:
            try:
                noun, verb = self._verb(part)
                _columns_known(self.form, part, noun, verb)
            except SvcError as problem:
                wrong.append(problem)
                continue
            for row in part.rows:
                self._row(part, noun, verb, row)
        if wrong:
            raise RefusedMany(wrong)
        self._steps.sort(key=lambda s: s.order)
        if self._timeless:
            self.notes.append(Text(f"{self._timeless} 行没有写时间，按现在录入", f"{self._timeless} rows give no time: recorded as of now"))
        if not self.named and self._steps:
            self.notes.append(Text(
                "表单没有写填表人和填表日期，是不是同一份表只能逐行比较",
                "the form does not say who filled it in and when: whether it is the same copy is told by comparing rows",
            ))  # fmt: skip

    def _verb(self, part: FormPart) -> tuple[Noun[Any], type[Verb]]:
        place = f"{self.form.path}: {part.title}!A1"
        try:
            noun = self.book.noun(part.mark.noun)
        except SvcError as unknown:
            unknown.where = place
            raise
        verb = noun.verb(part.mark.event)
        if verb is None or not verb.typed:
            known = listed([same(v.event) for v in noun.verbs if v.typed])
            raise Refused(Text("{noun} 没有这个事件", "{noun} has no such event").fill(noun=noun.name), where=place, expected=known, got=part.mark.event)
        return noun, verb

    def _row(self, part: FormPart, noun: Noun[Any], verb: type[Verb], row: Row) -> None:
        columns = {key: key for key in part.keys}
        if row.example:
            row = row if self._written_over(noun, verb, row) else Row(row.line, {}, (), None, row.sheet)
            if not row.cells:
                return
        number = len(self._rows)
        self._rows.append(row)
        try:
            if row.problem is not None:
                raise row.problem
            if row.example:
                raise Refused(
                    Text("例子那一行被改写了", "the example was written over"),
                    todo=Text("写到下面的行里，例子照原样留着", "Write on the rows below and leave the example as it was"),
                )  # fmt: skip
            step = self._step(part, noun, verb, row, number, columns)
        except SvcError as problem:
            self._bad[number] = self.placed(row, noun, verb.event, columns, problem)
            return
        self._steps.append(step)
        for name, text in self.reading.notes:
            place = self.cell(row, name)
            self.notes.append(Text(f"{place}: {text.zh}", f"{place}: {text.en}"))
        self.reading.notes.clear()

    def _written_over(self, noun: Noun[Any], verb: type[Verb], row: Row) -> bool:
        """Whether the example says something else than it did."""
        site, offered = self.book.site, Offered(self.book.site.staff, tuple(self.book.site.points))
        known: dict[str, set[str]] = {}
        for lang in LANGS:
            for lists in (offered, Offered()):
                for column in declare(site.name, lang, [noun], (verb.event,), lists).sheets[0].columns:
                    known.setdefault(column.key, {""}).add(column.example)
        return any(text not in known.get(key, {""}) for key, text in row.cells.items())

    # one row

    def _step(
        self, part: FormPart, noun: Noun[Any], verb: type[Verb], row: Row, number: int, columns: dict[str, str]
    ) -> Step:
        # A form shows times with hours: a day typed into it is one at midnight.
        cells = {key: text.strip().removesuffix("T00:00:00") for key, text in row.cells.items() if text.strip()}
        problems = [self._missing(row, spec.name, spec.label) for spec in verb.specs if spec.required and not _has(cells, spec)]
        problems += [
            self._missing(row, group[0], Text(*(" / ".join(verb.by_name[n].label.to(lang) for n in group) for lang in LANGS)))
            for group in verb.one_of if not any(_has(cells, verb.by_name[n]) for n in group)
        ]  # fmt: skip
        if not verb.opens and not verb.spreads and "of" not in cells:
            problems.append(self._missing(row, "of", Text("所属记录", "Record")))
        at = self._at(row, cells, problems)
        fields = self._fields(noun, verb, row, cells, problems)
        by = cells.get("by", "") or self.by
        if not by:
            self.nameless = True
        if "key" in row.numbers or "of" in row.numbers:
            self._numbers(row, problems)
        wish = Wish(
            noun.name, verb.event, fields, of=cells.get("of", ""), at=at.isoformat() if at else "", by=by, by_typed="by" in cells,
            note=cells.get("note", ""), late=self.late,
        )  # fmt: skip
        head = values.head(self.book, wish).problems if by else []
        problems += each(self.placed(row, noun, verb.event, columns, RefusedMany(head))) if head else []
        if problems:
            raise RefusedMany(problems)
        wish = self._keyed(part, verb, wish, row, cells.get("key", ""), dated=_is_day(cells.get("at", "")))
        self._timeless += not wish.at
        moment = datetime.fromisoformat(wish.at) if wish.at else self.book.now.replace(microsecond=0)
        # Units and tenants come first, for other rows name them.
        return Step((not noun.short_name, moment, number, 0), number, 0, wish, None, False, columns)

    def _missing(self, row: Row, key: str, label: Text) -> SvcError:
        return told(self.cell(row, key), Refused(_MISSING, todo=_FILL.fill(label=label)), "")

    def _at(self, row: Row, cells: Mapping[str, str], problems: list[SvcError]) -> datetime | None:
        text = cells.get("at", "")
        if not text:
            return None
        try:
            moment = self.reading.when(text, "at", number="at" in row.numbers)
        except SvcError as problem:
            problems.append(told(self.cell(row, "at"), problem, text))
            return None
        # A day alone is its end, today's is now: what is written down today has happened.
        now = self.book.now.replace(microsecond=0)
        return now if _is_day(text) and moment.date() == now.date() else moment

    def _fields(
        self, noun: Noun[Any], verb: type[Verb], row: Row, cells: Mapping[str, str], problems: list[SvcError]
    ) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for spec in verb.specs:
            key = spec.name if spec.name in cells else spec.short if spec.short in cells else ""
            if not key:
                continue
            try:
                value = self.reading.value(spec, cells[key], number=key in row.numbers)
                self.typed(spec, value)
            except SvcError as problem:
                problems.append(told(self.cell(row, key), problem, shown(spec, cells[key]), spec.label))
                continue
            found[spec.name] = value
        return found

    def _numbers(self, row: Row, problems: list[SvcError]) -> None:
        from svcctl.xlsx.words import AS_TEXT

        for key in sorted({"key", "of"} & row.numbers):
            what = Text("数字会丢掉前面的 0 和后面的位数", "a number loses leading zeros and far digits")
            problems.append(told(self.cell(row, key), Refused(what, todo=AS_TEXT), row.cells[key]))

    # keys

    def _keyed(self, part: FormPart, verb: type[Verb], wish: Wish, row: Row, own: str, *, dated: bool) -> Wish:
        """The wish with its key: the one somebody gave it, else the form, the copy, the sheet and the row.

        Where the form does not say whose copy it is, a row of another copy may have the key: then a number is added,
        unless the two rows say nearly the same. That is a correction, and is left to be refused.
        """
        sheet = f"{part.mark.noun}-{part.mark.event}" + (f"#{part.number}" if part.number > 1 else "")
        base = own or f"form:{self.form.form}:{self._copy}:{sheet}:{row.line}"
        key, number = base, 1
        if self.named and not own and wish.at:
            # It may have been imported before somebody wrote down whose copy it is.
            before = f"form:{self.form.form}:@{self.book.desk}:{sheet}:{row.line}"
            while (doc := self._stored(before)) is not None:
                if self._distance(verb, wish, doc)[0] == 0:
                    base = key = before
                    break
                number += 1
                before = f"{before.split('~')[0]}~{number}"
            number = 1
        while (doc := self._stored(key)) is not None and not own and not self.named and not self._alike(verb, wish, doc):
            number += 1
            key = f"{base}~{number}"
        if doc is not None and dated and wish.at:
            then = TimeType().load(str(doc["at"]))
            if then.astimezone(self.book.site.zone).date() == datetime.fromisoformat(wish.at).date():
                wish = wish._replace(at=then.isoformat())  # the same day: no more was said
        return wish._replace(key=key)

    def _stored(self, key: str) -> Mapping[str, Value] | None:
        hits = self.book.reader.by_key(key)
        if not hits:
            return None
        entry, record, _ = hits[0]
        return next(s.doc for s in self.book.reader.entries(record) if s.doc.get("id") == entry)

    def _alike(self, verb: type[Verb], wish: Wish, doc: Mapping[str, Value]) -> bool:
        """Whether a row says what is stored, or all but a third of it; choices alone make no row alike."""
        differs, equal, telling = self._distance(verb, wish, doc)
        return differs == 0 or (telling and differs <= max(1, (equal + differs) // 3))

    def _distance(self, verb: type[Verb], wish: Wish, doc: Mapping[str, Value]) -> tuple[int, int, bool]:
        """In how many of the values given a row differs from what is stored, in how many not, and whether one of
        these is more than a choice."""
        equal = differs = 0
        telling = False
        for name, raw in wish.values.items():
            spec = verb.by_name[name]
            typed = raw
            with suppress(SvcError):
                typed = self.typed(spec, raw) or raw
            if values.alike(verb, name, typed, doc.get(name)):
                equal += 1
                telling = telling or not isinstance(spec.type, ChoiceType | FlagType)
            else:
                differs += 1
        if wish.at:
            same_time = datetime.fromisoformat(wish.at) == TimeType().load(str(doc.get("at", "")))
            equal, differs, telling = equal + same_time, differs + (not same_time), telling or same_time
        return differs, equal, telling


def _has(cells: Mapping[str, str], spec: Spec) -> bool:
    return spec.name in cells or spec.short in cells


def _is_day(text: str) -> bool:
    """Whether a time is a day alone."""
    return bool(text) and not re.search("[:：点时]", text) and not re.fullmatch(r"[0-9]+\.[0-9]+", text)


def _columns_known(form: FormFile, part: FormPart, noun: Noun[Any], verb: type[Verb]) -> None:
    """Refused for columns that the noun has no field for, if anything is written in them."""
    known = {*_HEADS, *(s.name for s in verb.specs), *(s.short for s in verb.specs if s.short)}
    problems: list[SvcError] = []
    for key in part.keys:
        if key not in known and any(row.cells.get(key, "").strip() for row in part.rows if not row.example):
            hint = near(key, sorted(known))
            what = Text("{noun} {event} 没有字段 {key}", "{noun} {event} has no field {key}").fill(noun=noun.name, event=verb.event, key=key)
            anew = Text("请重新做一份表单：svcctl form", "Make the form anew: svcctl form")
            todo = Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else anew
            problems.append(told(form.cell(Row(1, {}, sheet=part.title), key), Refused(what, todo=todo)))
    if problems:
        raise RefusedMany(problems)


def skip_is_for_maps() -> Usage:
    """What is said to whoever would leave out bad rows of a form."""
    return Usage(
        Text("表单全部正确才录入，不能跳过", "a form is recorded whole or not at all"), where="--skip-invalid",
        todo=Text("改好指出的格子，再导入", "Mend the cells that are named, then import it again"),
    )  # fmt: skip
