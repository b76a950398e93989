"""Detail sheets: one row a record, with the fields of its noun and what follows for people at the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from svcctl import rows
from svcctl.entry import Due, Noun
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.mask import mask_numbers
from svcctl.reports import groups
from svcctl.reports.grid import EMPTY, Cell, figure, moment, same
from svcctl.reports.many import Ids, Made
from svcctl.reports.model import Column, Flag, Kind, Table, Value
from svcctl.reports.numbers import Numbers
from svcctl.reports.template import DetailsSpec, FieldColumn
from svcctl.rows import Heading
from svcctl.texts import Lang, Text

YES, NO = Text("是", "Yes"), Text("否", "No")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PROGRESS = ("text", "action", "reason", "basis", "owner", "to")  # the fields that say how it goes, the fullest first
SHOWN: tuple[Kind, ...] = ("text", "id", "int", "money", "date", "time", "flag")


class Added(NamedTuple):
    """A column that no field has: its title, how it is laid out, and the cell of a record in its language."""

    label: Text
    kind: Kind
    cell: Callable[[Case[Any], Window, Lang], Cell]


def _scope(case: Case[Any], win: Window, lang: Lang) -> Cell:
    code = groups.scope(case, win)
    return Cell(groups.SCOPES[code].to(lang), code)


def where(case: Case[Any]) -> str:
    """Where it is: the unit, the place, or both."""
    data = case.opening.data
    parts = [getattr(data, name, None) for name in dict.fromkeys((case.noun.place_field or "unit", "place", "where"))]
    return mask_numbers(" ".join(str(p) for p in parts if p))


def next_due(case: Case[Any], win: Window) -> Due | None:
    """What has to happen next."""
    return next(iter(case.noun.dues(case.state, win.site)), None) if groups.is_open(case, win) else None


def _next(case: Case[Any], win: Window, lang: Lang) -> Cell:
    due = next_due(case, win)
    what = due.what.to(lang) if due else ""
    return Cell(what[:1].upper() + what[1:], due.code) if due else EMPTY


def _next_by(case: Case[Any], win: Window, lang: Lang) -> Cell:
    due = next_due(case, win)
    return moment(due.by, win.site) if due else EMPTY


def tenths(span: timedelta, unit: timedelta) -> Decimal:
    """A length of time in a unit, with one decimal."""
    exact = Decimal(span // timedelta(seconds=1)) / Decimal(unit // timedelta(seconds=1))
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def since(moment: datetime, win: Window) -> Decimal:
    """How many days ago something was, or began."""
    return tenths(win.as_of - moment, DAY)


def _age(case: Case[Any], win: Window, lang: Lang) -> Cell:
    days = since(case.opening.at, win) if groups.is_open(case, win) else None
    return EMPTY if days is None else Cell(days, str(days))


def _late(case: Case[Any], win: Window, lang: Lang) -> Cell:
    due = next_due(case, win)
    if due is None or due.by >= win.as_of or not groups.overdue(case, win):
        return EMPTY
    hours = tenths(win.as_of - due.by, HOUR)
    return Cell(hours, str(hours))


def _last(case: Case[Any], win: Window, lang: Lang) -> Cell:
    entry = case.entries[-1]
    text = f"{rows.event_label(case.noun, entry.event).to(lang)} · {entry.by}"
    return Cell(text, entry.event)


def _progress(case: Case[Any], win: Window, lang: Lang) -> Cell:
    """The latest step with what was written about it: ``答复：已通知施工方``."""
    entry = case.entries[-1]
    known, values = getattr(entry.data, "by_name", {}), entry.data.values()
    told = (known[key].type.show(values[key], lang) for key in PROGRESS if key in values and not known[key].personal)
    said = next(told, entry.note)
    label = rows.event_label(case.noun, entry.event).to(lang)
    text = f"{label}{'：' if lang == 'zh' else ': '}{' '.join(said.split())}" if said else label
    return same(mask_numbers(text))


def _last_at(case: Case[Any], win: Window, lang: Lang) -> Cell:
    return moment(case.entries[-1].at, win.site)


ADDED: dict[str, Added] = {
    "no": Added(Text("序号", "No."), "int", lambda *_: EMPTY),  # filled when the order is known
    "scope": Added(Text("范围", "Scope"), "text", _scope),
    "where": Added(Text("地点", "Where"), "text", lambda case, *_: same(where(case))),
    "next": Added(Text("下一步", "Next"), "text", _next),
    "next_by": Added(Text("最迟", "By when"), "time", _next_by),
    "age_days": Added(Text("已历时（天）", "Age (days)"), "minutes", _age),
    "late_hours": Added(Text("超时（小时）", "Late (hours)"), "minutes", _late),
    "last": Added(Text("最新进展", "Latest"), "text", _last),
    "progress": Added(Text("进展", "Progress"), "text", _progress),
    "last_at": Added(Text("进展时间", "Latest at"), "time", _last_at),
}


TILL: dict[str, Added] = {
    "start": Added(Text("期初备用金", "At the start"), "money", lambda *_: EMPTY),
    "came_in": Added(Text("现金收入", "Cash in"), "money", lambda *_: EMPTY),
    "went_out": Added(Text("退付", "Paid out"), "money", lambda *_: EMPTY),
    "dropped": Added(Text("投款", "Dropped"), "money", lambda *_: EMPTY),
}  # fmt: skip
"""How a till came to what should be in it at a count; filled from the point's account, as far as it reaches."""


def columns(noun: Noun[Any]) -> dict[str, Heading | Added]:
    """Everything that a detail sheet of a noun can show, by key."""
    return {**ADDED, **(TILL if noun.name == "cash" else {}), **rows.headings(noun)}


def chosen(spec: DetailsSpec, numbers: Numbers) -> list[Case[Any]]:
    """The records of a detail sheet, each once, in its order."""
    found: dict[str, Case[Any]] = {}
    for name in spec.records:
        for case in numbers.members(spec.noun, name):
            if fits(spec, case, numbers):
                found.setdefault(case.id, case)  # of two views of one record that of the group named first
    ordered = sorted(found.values(), key=lambda c: (c.opening.at, c.opening.recorded, c.id))
    win = numbers.win
    for key, falling in reversed(spec.sort):
        if key != "at" or falling:
            known = {c.id: _sort_key(_plain(key, c, win)) for c in ordered}
            ordered.sort(key=lambda c: known[c.id][1], reverse=falling)
            ordered.sort(key=lambda c: known[c.id][0])  # what is empty comes last either way
    return ordered[: spec.limit or None]


def fits(spec: DetailsSpec, case: Case[Any], numbers: Numbers) -> bool:
    """Whether a record has the values that a detail sheet asks for."""
    if not spec.where:
        return True
    values, known = rows.values(case, numbers.win.as_of, numbers.win.site), rows.headings(case.noun)
    return all(values[key] is not None and known[key].type.dump(values[key]) == code for key, code in spec.where)


def _plain(key: str, case: Case[Any], win: Window) -> Any:
    if key in TILL and case.noun.name == "cash":
        return None
    if key in ADDED:
        return ADDED[key].cell(case, win, "zh").plain
    return rows.values(case, win.as_of, win.site)[key]


def _sort_key(value: Any) -> tuple[int, Any]:
    """Values of one column in their order, what is empty last."""
    if value is None:
        return (1, "")
    if isinstance(value, datetime):
        return (0, f"{value.timestamp():020.3f}")
    if isinstance(value, date):
        return (0, value.isoformat())
    number = f"{Decimal(value):030.6f}" if isinstance(value, int | Decimal) else str(value)
    return (0, number)


class Details:
    """The rows of a detail sheet, masked: each is made from its record when it is asked for."""

    def __init__(self, spec: DetailsSpec, numbers: Numbers, lang: Lang) -> None:
        self.spec = spec
        self._numbers = numbers
        self._noun, self._win, self._lang = numbers.source.noun(spec.noun), numbers.win, lang
        self._known = columns(self._noun)
        self._cases = chosen(spec, numbers)
        self.ids = Ids(case.id for case in self._cases)

    def table(self) -> Table:
        """For people."""
        heads = tuple(_head(c, self._known[c.key], self._lang) for c in self.spec.columns)
        return Table(heads, Made(len(self._cases), self._shown), self.ids, {"id": len(self._cases)})  # each has one

    def objects(self) -> list[dict[str, Any]]:
        """For programs: one object a row."""
        return [self._plain(n) for n in range(len(self._cases))]

    def _shown(self, n: int) -> list[Value]:
        case, win = self._cases[n], self._win
        values = rows.values(case, win.as_of, win.site)
        made: list[Value] = []
        for column in self.spec.columns:
            heading = self._known[column.key]
            if column.key == "no":
                made.append(n + 1)
            elif isinstance(heading, Added):
                made.append(self._added(heading, column.key, case).shown)
            else:
                made.append(_shown(column, heading, values, self._noun, win, self._lang))
        return made

    def _plain(self, n: int) -> dict[str, Any]:
        case, win = self._cases[n], self._win
        plain = rows.for_programs(self._noun, rows.values(case, win.as_of, win.site), win.site, False)
        made: dict[str, Any] = {}
        for column in self.spec.columns:
            heading = self._known[column.key]
            if column.key == "no":
                made[column.key] = n + 1
            else:
                made[column.key] = self._added(heading, column.key, case).plain if isinstance(heading, Added) else plain[column.key]
        return made

    def _added(self, added: Added, key: str, case: Case[Any]) -> Cell:
        if added is TILL.get(key):
            return _of_till(key, self._numbers, case)
        return added.cell(case, self._win, self._lang)


def _head(column: FieldColumn, found: Heading | Added, lang: Lang) -> Column:
    label = (column.title or found.label).to(lang)
    kind = found.kind if isinstance(found, Added) else _kind(found)
    total = "count" if column.key == "id" else "sum" if column.total and kind in ("int", "money", "minutes") else None
    return Column(column.key, label, kind, column.width, total)  # type: ignore[arg-type]


def _kind(heading: Heading) -> Kind:
    kind: Any = heading.type.kind
    return "id" if heading.key == "id" else kind if kind in SHOWN else "text"


def _of_till(key: str, numbers: Numbers, case: Case[Any]) -> Cell:
    flows = numbers.flows(case)
    return EMPTY if flows is None else figure(flows[list(TILL).index(key)], "money")


def _shown(
    column: FieldColumn, heading: Heading, values: dict[str, Any], noun: Noun[Any], win: Window, lang: Lang
) -> Any:
    value = values.get(column.key)
    if value is None:
        return None
    if column.key == "state":
        return noun.states[value].to(lang)
    if isinstance(value, bool):
        return _flag(column, heading, value, lang)
    if isinstance(value, datetime):
        return value.astimezone(win.site.zone)
    if heading.type.kind in ("int", "money", "number", "date"):
        return value
    return heading.type.show(rows.hidden(heading, value, False), lang)


def _flag(column: FieldColumn, heading: Heading, value: bool, lang: Lang) -> Flag | None:
    if column.tone == "alert":
        return Flag((column.title or heading.label).to(lang), "alert") if value else None
    word = (YES if value else NO).to(lang)
    return Flag(word, ("good" if value else "alert") if column.tone == "good" else None) if value or column.tone else None
