"""``today``: what needs attention now, most urgent first, each with what to type next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from svcctl import account
from svcctl.book.arrivals import arrivals
from svcctl.book.open import Book
from svcctl.cli import state
from svcctl.cli.listing import damaged
from svcctl.cli.params import JSON, REVEAL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Due, Noun
from svcctl.fold import Case
from svcctl.texts import Text, same

LOOK_BACK = timedelta(days=7)  # so long something that was never recorded is asked for
GROUPS = {
    "overdue": Text("已超时", "Overdue"),
    "today": Text("今天到期", "Due today"),
    "tomorrow": Text("明天到期", "Due tomorrow"),
}
_PARAMS = (
    Param("for_", ("--for",), Text("只看与此人有关的", "Only what concerns this person"), metavar="NAME"),
    JSON,
    REVEAL,
)


def matters(book: Book, person: str = "") -> list[dict[str, Any]]:
    """What is overdue or due by the end of tomorrow: ``group id kind what due overdue command``, the most urgent first."""
    midnight = book.now.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[dict[str, Any]] = []
    for kind in book.kinds():
        noun = book.noun(kind)
        if not noun.open_states:
            continue
        cases = [c for c in book.cases(book.reader.open_records(kind, None)) if not person or person in _people(c)]
        for case, due, title in _lines(book, noun, cases):
            found += _matter(book, kind, case.id, due, title, noun.weight(case.state))
        if noun.account_field and not person:
            since = midnight - LOOK_BACK
            for one in noun.missing(book.linked(kind, start=since), since, book.now, book.site):
                found += _matter(book, kind, one.id, one.due, one.name, 0)
    if not person:
        found += _arrived(book, midnight)
    order = list(GROUPS)
    found.sort(key=lambda m: (order.index(m["group"]), -m["weight"], m["due"], m["id"]))
    return found


def _arrived(book: Book, midnight: datetime) -> Iterator[dict[str, Any]]:
    """What a merge brought into sealed months: somebody has to accept it, today."""
    for one in arrivals(book):
        yield {
            "group": "today", "id": one.record, "kind": one.kind, "due": midnight + timedelta(days=1, seconds=-1), "overdue": False,
            "what": Text(f"{one.month} 结账后到了 {one.number} 条，待接受", f"to be accepted: {one.number} reached {one.month} after it was sealed"),
            "command": f"svcctl seal {one.month} --accept --reason", "weight": 0,
        }  # fmt: skip


def _lines(book: Book, noun: Noun[Any], cases: list[Case[Any]]) -> Iterator[tuple[Case[Any], Due, str]]:
    """What is due next of each record; several of one account that are due in one group make one line."""
    midnight = book.now.replace(hour=0, minute=0, second=0, microsecond=0)
    together: dict[tuple[str, str], list[tuple[Case[Any], Due]]] = {}
    for case in cases:
        for due in noun.dues(case.state, book.site)[:1]:
            name = account.name_of(noun, case.opening) if noun.account_field else case.id
            together.setdefault((name, _group(due.by, book.now, midnight)), []).append((case, due))
    for (name, _), several in together.items():
        whole = noun.due_together([case for case, _ in several], book.site)
        if whole is not None:
            yield min(several, key=lambda pair: pair[1].by)[0], whole, name
        else:
            yield from ((case, due, noun.title(case.state)) for case, due in several)


def _matter(book: Book, kind: str, record: str, due: Due, title: str, weight: int) -> list[dict[str, Any]]:
    """A matter for the list, if it is due soon enough."""
    midnight = book.now.replace(hour=0, minute=0, second=0, microsecond=0)
    group = _group(due.by, book.now, midnight)
    if not group:
        return []
    return [{
        "group": group, "id": record, "kind": kind, "what": Text(f"{due.what.zh}：{title}", f"{due.what.en}: {title}"),
        "due": due.by, "overdue": group == "overdue", "command": due.command.format(id=record).strip(), "weight": weight,
    }]  # fmt: skip


def _group(due: datetime, now: datetime, midnight: datetime) -> str:
    if due < now:
        return "overdue"
    if due < midnight + timedelta(days=1):
        return "today"
    return "tomorrow" if due < midnight + timedelta(days=2) else ""


def _people(case: Case[Any]) -> set[str]:
    return {str(p) for p in (case.opening.by, getattr(case.state, "owner", None), getattr(case.state, "to", None)) if p}


def run(session: Session, given: dict[str, Any]) -> None:
    """Print what needs attention."""
    from svcctl import table
    from svcctl.mask import mask_numbers

    book, lang = session.book, session.lang
    found = matters(book, given["for_"] or "")
    state.keep_rows(session.environ, book.root.path, [m["id"] for m in found])
    for matter in found:
        text = matter["what"].to(lang)
        matter["what"] = text if given["reveal"] else mask_numbers(text)
        matter.pop("weight")
    if given["json_"]:
        for matter in found:
            matter["due"] = matter["due"].astimezone(book.site.zone).isoformat()
        session.out(json.dumps(found, ensure_ascii=False, indent=2))
        damaged(session)
        return
    session.out(f"{book.site.name}  {book.now:%Y-%m-%d %H:%M}")
    columns = (
        table.Column(same("@"), True), table.Column(Text("编号", "ID")), table.Column(Text("事项", "What")),
        table.Column(Text("期限", "Due")), table.Column(Text("接着输入", "Type next")),
    )  # fmt: skip
    for group, title in GROUPS.items():
        cells = [
            [str(i), m["id"], m["what"], f"{m['due'].astimezone(book.site.zone):%m-%d %H:%M}", m["command"]]
            for i, m in enumerate(found, 1)
            if m["group"] == group
        ]
        if cells:
            session.out(f"\n{title.to(lang)}（{len(cells)}）" if lang == "zh" else f"\n{title.en} ({len(cells)})")
            session.out(table.render(columns, cells, lang, session.width))
    if not found:
        session.out(Text("没有到期的事。", "Nothing is due.").to(lang))
    damaged(session)


COMMAND = Command(
    "today", Text("现在要处理什么：已超时的、今天和明天到期的，最急的在前。",
                  "What needs attention: overdue, due today, due tomorrow; most urgent first."),
    (Text("svcctl today", "svcctl today"), Text("svcctl today --for 李敏", "svcctl today --for Li")), _PARAMS, run,
)  # fmt: skip
