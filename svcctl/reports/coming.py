"""What falls due in the period that follows, of every noun, in one list: what there is to do tomorrow, or next week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from svcctl import account
from svcctl.entry import Due, Noun
from svcctl.fold import Case
from svcctl.reports import attention, audience, details, groups
from svcctl.reports.grid import Cell, Grid, Sheets, moment, same, sheet_of
from svcctl.reports.model import Column, Link
from svcctl.reports.numbers import Numbers
from svcctl.reports.template import Audience
from svcctl.texts import Lang, Text

JOIN = {"zh": "；", "en": "; "}


def grid(numbers: Numbers, who: Audience | None, sheets: Sheets, lang: Lang) -> Grid:
    """One row a record, or a tenant with several charges; what is due first stands first."""
    columns = (
        Column("by", Text("最迟", "By when").to(lang), "time"), Column("kind", Text("板块", "Subject").to(lang), "text"),
        Column("id", Text("编号", "ID").to(lang), "id", 0, "count"), Column("what", Text("到期事项", "What is due").to(lang), "text", 16),
        Column("title", Text("内容", "What it is about").to(lang), "text", 30), Column("where", Text("地点", "Where").to(lang), "text", 10),
        Column("who", Text("责任人", "Who").to(lang), "text"), Column("state", Text("状态", "State").to(lang), "text"),
    )  # fmt: skip
    found: list[tuple[Any, Case[Any], list[Due]]] = []
    for name in numbers.used:
        if audience.lists_entries(who, name):
            found += [(dues[0].by, case, dues) for case, dues in _due(numbers, numbers.source.noun(name))]
    found.sort(key=lambda one: (one[0], one[1].noun.name, one[1].id))
    return Grid(columns, [_row(case, dues, numbers, sheets, lang) for _, case, dues in found])


def _due(numbers: Numbers, noun: Noun[Any]) -> Iterator[tuple[Case[Any], list[Due]]]:
    """The records with what is due of each; those of one account that come due together make one line."""
    together: dict[str, list[Case[Any]]] = {}
    for case in numbers.members(noun.name, "coming"):
        name = account.name_of(noun, case.opening) if noun.account_field else case.id
        together.setdefault(name or case.id, []).append(case)
    for several in together.values():
        whole = noun.due_together(several, numbers.win.site)
        if whole is None:
            yield from ((case, groups.upcoming(case, numbers.win)) for case in several)
        else:
            yield min(several, key=lambda c: groups.upcoming(c, numbers.win)[0].by), [whole]


def _row(case: Case[Any], dues: list[Due], numbers: Numbers, sheets: Sheets, lang: Lang) -> list[Cell]:
    state, site = case.state, numbers.win.site
    sheet = sheet_of(case.id, sheets)
    what = JOIN[lang].join(attention.capital(due.what.to(lang)) for due in dues)
    who = getattr(state, "owner", None) or getattr(state, "to", None) or getattr(state.data if hasattr(state, "data") else None, "cashier", None)
    return [
        moment(dues[0].by, site), Cell(case.noun.label.to(lang), case.noun.name),
        Cell(Link(case.id, sheet, case.id) if sheet else case.id, case.id), Cell(what, dues[0].code), same(attention.title(case)),
        same(details.where(case)), same(str(who or "")), Cell(case.noun.states[state.state].to(lang), state.state),
    ]  # fmt: skip
