"""What needs attention at the as-of: overdue, then due soon, the most urgent first, each with its row in the details."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from svcctl.entry import Due
from svcctl.fold import Case
from svcctl.mask import mask_numbers
from svcctl.reports import details, groups
from svcctl.reports.grid import Sheets, sheet_of
from svcctl.reports.model import AttentionRow
from svcctl.reports.numbers import Numbers
from svcctl.texts import Lang, Text

LATE = Text("{what} {when} 已过：{title}", "{what} {when}, passed: {title}")
SOON = Text("{what} {when}：{title}", "{what} {when}: {title}")


class Matter(NamedTuple):
    """A record that needs attention: its next due, and whether that has passed."""

    case: Case[Any]
    due: Due
    late: bool
    sheet: str  # key of the first detail sheet with a row for it, empty if there is none


def matters(numbers: Numbers, within: timedelta, sheets: Sheets) -> list[Matter]:
    """The open records whose next due has passed, or comes ``within`` a time after the as-of.
    """
    win = numbers.win
    found = []
    for noun in numbers.used:
        for case in numbers.members(noun, "open"):
            due = details.next_due(case, win)
            if due is not None and due.by <= win.as_of + within:
                found.append(Matter(case, due, due.by < win.as_of, sheet_of(case.id, sheets)))
    found.sort(key=_urgency)
    return found


def _urgency(matter: Matter) -> tuple[bool, int, datetime, str]:
    """The same order as ``today``: what is late first, then the heavier, then the older limit."""
    case = matter.case
    return (not matter.late, -case.noun.weight(case.state), matter.due.by, case.id)


def row(matter: Matter, numbers: Numbers, lang: Lang) -> AttentionRow:
    """A matter as it stands on page 1."""
    case, win = matter.case, numbers.win
    when = f"{matter.due.by.astimezone(win.site.zone):%m-%d %H:%M}"
    text = (LATE if matter.late else SOON).fill(what=matter.due.what, when=when, title=title(case))
    who = getattr(case.state, "owner", None) or getattr(case.state, "to", None) or ""
    return AttentionRow(
        case.id, case.noun.label.to(lang), case.opening.at.astimezone(win.site.zone).date(), details.where(case),
        capital(text.to(lang)), str(who), details.age(case, win), matter.sheet,
    )  # fmt: skip


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
            "id": m.case.id, "kind": m.case.noun.name, "what": m.due.code, "title": title(m.case),
            "due": m.due.by.astimezone(win.site.zone).isoformat(), "late": m.late,
            "overdue": groups.overdue(m.case, win), "age_days": str(details.age(m.case, win)),
        }
        for m in found
    ]  # fmt: skip
