"""What needs attention at the as-of: overdue, then due soon, the most urgent first, each with its row in the details."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from svcctl.entry import Due, Noun
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.mask import mask_numbers
from svcctl.reports import details, groups
from svcctl.reports.grid import Sheets, sheet_of
from svcctl.reports.model import AttentionRow
from svcctl.reports.numbers import Numbers, own_window
from svcctl.texts import Lang, Text

LATE = Text("{what} {when} 已过：{title}", "{what} {when}, passed: {title}")
SOON = Text("{what} {when}：{title}", "{what} {when}: {title}")


class Matter(NamedTuple):
    """Something that needs attention: what is due next, and whether that has passed. ``case`` is the record it is
    about, None if it is the record that is missing."""

    noun: Noun[Any]
    case: Case[Any] | None
    title: str
    due: Due
    late: bool
    sheet: str  # key of the first detail sheet with a row for it, empty if there is none

    @property
    def id(self) -> str:
        """The record's id, empty if there is none."""
        return self.case.id if self.case is not None else ""


def matters(numbers: Numbers, within: timedelta, sheets: Sheets) -> list[Matter]:
    """The open records whose next due has passed, or comes ``within`` a time after the as-of, and what is missing."""
    win = numbers.win
    found = []
    for name in numbers.used:
        noun = numbers.source.noun(name)
        for case in numbers.members(name, "open"):
            due = details.next_due(case, win)
            if due is not None and due.by <= win.as_of + within:
                found.append(Matter(noun, case, title(case), due, due.by < win.as_of, sheet_of(case.id, sheets)))
        found += _missing(numbers, noun, sheets)
    found.sort(key=urgency)
    return found


def _missing(numbers: Numbers, noun: Noun[Any], sheets: Sheets) -> list[Matter]:
    """What of the period is not on record though it should be, in the window in which the noun's figures look at it."""
    win = own_window(noun.name, numbers.win)
    known = {case.id: case for case in numbers.cases(noun.name, win)} if noun.account_field else {}
    missing = noun.missing(list(known.values()), win.start, win.as_of, win.site)
    return [
        Matter(noun, known.get(m.id), m.name, m.due, True, sheet_of(m.id, sheets)) for m in missing if m.due.by <= win.as_of
    ]


def urgency(matter: Matter) -> tuple[bool, int, datetime, str, str]:
    """The same order as ``today``: what is late first, then the heavier, then the older limit."""
    weight = matter.noun.weight(matter.case.state) if matter.case is not None else 0
    return (not matter.late, -weight, matter.due.by, matter.id, matter.title)


def row(matter: Matter, numbers: Numbers, lang: Lang) -> AttentionRow:
    """A matter as it stands on page 1."""
    case, win = matter.case, numbers.win
    when = f"{matter.due.by.astimezone(win.site.zone):%m-%d %H:%M}"
    text = (LATE if matter.late else SOON).fill(what=matter.due.what, when=when, title=matter.title)
    state = case.state if case is not None else None
    who = getattr(state, "owner", None) or getattr(state, "to", None) or ""
    since = case.opening.at if case is not None else matter.due.by
    return AttentionRow(
        matter.id, matter.noun.label.to(lang), since.astimezone(win.site.zone).date(),
        details.where(case) if case is not None else "", capital(text.to(lang)), str(who), _age(since, win), matter.sheet,
    )  # fmt: skip


def _age(since: datetime, win: Window) -> Decimal:
    """How many days ago; of a shift that ran out after the period, none."""
    return max(details.since(since, win), Decimal(0))


def capital(text: str) -> str:
    """A text that begins a line of its own."""
    return text[:1].upper() + text[1:]


def title(case: Case[Any]) -> str:
    """What it is about, on one line, without numbers of people."""
    return " ".join(mask_numbers(case.noun.title(case.state)).split())


def objects(found: list[Matter], numbers: Numbers) -> list[dict[str, Any]]:
    """For programs: ``{id, kind, due_code, title, due, late, overdue, age_days}``."""
    win = numbers.win
    return [
        {
            "id": m.id, "kind": m.noun.name, "what": m.due.code, "title": m.title,
            "due": m.due.by.astimezone(win.site.zone).isoformat(), "late": m.late,
            "overdue": m.case is None or groups.overdue(m.case, win),
            "age_days": str(_age(m.case.opening.at if m.case is not None else m.due.by, win)),
        }
        for m in found
    ]  # fmt: skip
