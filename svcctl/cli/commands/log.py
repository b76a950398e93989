"""``log``: what was recorded lately, across all nouns."""

from __future__ import annotations

import json
from typing import Any

from svcctl import nouns, rows
from svcctl.cli.commands.show import told
from svcctl.cli.listing import damaged, day, number
from svcctl.cli.params import JSON, REVEAL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Entry
from svcctl.texts import Text

_PARAMS = (
    Param("limit", ("--limit",), Text("最多几条，默认 20", "At most so many; 20 unless given"), metavar="N"),
    Param("from_", ("--from",), Text("从哪天起发生的", "Happened from this day on"), metavar="DATE"),
    Param("to_", ("--to",), Text("到哪天为止发生的", "Happened up to this day"), metavar="DATE"),
    Param("by", ("--by",), Text("只看某人录入的", "Only what this person recorded"), metavar="NAME"),
    JSON,
    REVEAL,
)


MOST = 200  # characters of an entry on a terminal; in a pipe nothing is cut


def _told(session: Session, entry: Entry, reveal: bool) -> str:
    text = told(session, session.book.noun(entry.kind), entry, reveal)
    return text if len(text) <= MOST or not session.on_terminal else text[: MOST - 1] + "…"


def put(session: Session, entries: list[Entry], as_json: bool, reveal: bool) -> None:
    """Print entries, the newest first."""
    from svcctl import table

    site, lang = session.book.site, session.lang
    if as_json:
        objects = [rows.entry_for_programs(session.book.noun(e.kind), e, site, reveal) for e in entries]
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
        return
    columns = [table.Column(t) for t in (
        Text("编号", "ID"), Text("录入", "Recorded"), Text("发生", "Happened"), Text("名词", "Kind"),
        Text("动作", "Event"), Text("录入人", "By"), Text("内容", "What"),
    )]  # fmt: skip
    cells = [
        [
            e.id, f"{e.recorded.astimezone(site.zone):%m-%d %H:%M}", f"{e.at.astimezone(site.zone):%Y-%m-%d %H:%M}",
            nouns.CATALOGUE[e.kind].label.to(lang), rows.event_label(session.book.noun(e.kind), e.event).to(lang), e.by,
            _told(session, e, reveal),
        ]
        for e in entries
    ]  # fmt: skip
    if cells:
        session.out(table.render(columns, cells, lang, session.width))
    else:
        session.say(Text("没有记录", "nothing"))


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the latest entries."""
    book = session.book
    limit = number(given["limit"], "--limit") or 20
    start, end = day(session, given["from_"], "--from", False), day(session, given["to_"], "--to", True)
    found: list[Entry] = []
    asked = 0
    while len(found) < limit:
        asked = max(limit, asked * 4)
        latest = book.reader.recent(asked)
        found = [
            e for e in book.typed(latest)
            if (start is None or e.at >= start) and (end is None or e.at < end) and given["by"] in (None, e.by)
        ][:limit]  # fmt: skip
        if len(latest) < asked:
            break
    put(session, found, bool(given["json_"]), bool(given["reveal"]))
    damaged(session)


COMMAND = Command(
    "log", Text("最近录入的内容，最新的在前。", "What was recorded lately, the newest first."),
    (Text("svcctl log", "svcctl log"), Text("svcctl log --from 昨天 --by 李敏", "svcctl log --from yesterday --by Li")),
    _PARAMS, run,
)  # fmt: skip
