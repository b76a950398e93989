"""``cash status``: slot by slot who counted, what is missing; overs and shorts that are open; who is on duty.

What should be in the till is in none of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from svcctl.cli.listing import damaged, day
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Refused
from svcctl.fields import near
from svcctl.fold import Case
from svcctl.mask import mask_numbers
from svcctl.nouns.cash import STATES, VARIANCE_LABELS, Cash
from svcctl.nouns.cash_chain import SAFE
from svcctl.nouns.slots import Slot, first_slot, moment, slots
from svcctl.site import Site
from svcctl.texts import Lang, Text, listed, same

MARKS = {
    "counted": Text("已清点", "Counted"), "skipped": Text("未营业", "No trade"), "missing": Text("缺班", "MISSING"),
    "running": Text("未清点", "Not counted"),
}  # fmt: skip
OPEN_ONES = {"over": Text("未处理的长款", "Overs not settled"), "short": Text("未处理的短款", "Shorts not settled")}
SLOTS = (
    ("point", Text("收银点", "Cash point")), ("date", Text("日期", "Date")), ("shift", Text("班次", "Shift")),
    ("status", Text("状态", "Status")), ("handed_over_by", Text("交班", "Handed over by")),
    ("taken_over_by", Text("接班", "Taken over by")), ("at", Text("时间", "At")), ("counted", Text("实点", "Counted")),
    ("left", Text("留存", "Left")), ("takings", Text("营业款", "Takings")), ("remitted", Text("缴款", "Remitted")),
    ("over", Text("长款", "Over")), ("short", Text("短款", "Short")), ("variances", Text("处理", "Settled")),
)  # fmt: skip
VARIANCES = (
    ("id", Text("编号", "ID")), ("point", Text("收银点", "Cash point")), ("date", Text("日期", "Date")), ("shift", Text("班次", "Shift")),
    ("cashier", Text("收银员", "Cashier")), ("amount", Text("金额", "Amount")), ("open_amount", Text("未处理", "Still open")),
    ("due", Text("期限", "Due")),
)  # fmt: skip
DUTY = (
    ("point", Text("收银点", "Cash point")), ("on_duty", Text("当班", "On duty")), ("since", Text("接班时间", "Since")),
)  # fmt: skip
IN_SAFE = Text("已封存入保险柜", "in the safe")


class Seen(NamedTuple):
    """What is asked about: the points, and the first and last date of the slots."""

    site: Site
    now: datetime
    points: list[str]
    first: date
    last: date


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the state of the cash points."""
    seen = _asked(session, given)
    start = min(moment(seen.first, "00:00", seen.site.zone), seen.now)
    cases = [c for c in session.book.linked("cash", start=start) if c.state.data.point in seen.points]
    found: dict[str, list[dict[str, Any]]] = {
        "slots": [row for point in seen.points for row in _slots(seen, point, cases)],
        "over": _open(seen, cases, "over"),
        "short": _open(seen, cases, "short"),
        "on_duty": [_duty(point, cases) for point in seen.points],
    }
    if given["json_"]:
        objects = {name: [{k: _json(v, seen) for k, v in row.items()} for row in rows] for name, rows in found.items()}
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        _print(session, seen, found)
    damaged(session)


def _asked(session: Session, given: dict[str, Any]) -> Seen:
    book = session.book
    points = list(book.site.points)
    if not points:
        raise Refused(Text("ledger.yaml 里还没有收银点（points）", "there is no cash point in ledger.yaml yet (points)"))
    if given["point"] and given["point"] not in points:
        hint = near(given["point"], points)
        raise Refused(
            Text("没有这个收银点", "there is no such cash point"), where="--point", expected=listed([same(p) for p in points]),
            got=given["point"], todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    today = book.now.date()
    asked = day(session, given["date"], "--date", False)
    first, last = (asked.date(), asked.date()) if asked else (today - timedelta(days=1), today)
    return Seen(book.site, book.now, [given["point"]] if given["point"] else points, first, last)


def _slots(seen: Seen, point: str, cases: Sequence[Case[Cash]]) -> list[dict[str, Any]]:
    mine = [c for c in cases if c.state.data.point == point]
    first = first_slot(seen.site, point, mine)
    found = []
    for one in slots(seen.site, point, seen.first, seen.last):
        of = [c for c in mine if (getattr(c.state.data, "shift", None), getattr(c.state.data, "date", None)) == one.key]
        record = next((c for c in of if c.state.event in ("count", "skip")), None)
        if record is not None or (first is not None and first.start <= one.start <= seen.now):
            found.append(_slot(seen, one, record, [c for c in of if c.state.event == "variance"]))
    return found


def _slot(seen: Seen, one: Slot, record: Case[Cash] | None, variances: Sequence[Case[Cash]]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(key for key, _ in SLOTS)
    row.update(point=one.point, date=one.day, shift=one.code, status="missing" if one.end <= seen.now else "running")
    if record is not None:
        state = record.state
        row.update(status="skipped" if state.event == "skip" else "counted", handed_over_by=state.by, at=state.at)
        if state.event == "count":
            row.update(
                taken_over_by=state.data.to, counted=state.data.count.total, left=state.data.left, takings=state.takings,
                remitted=state.remitted,
            )  # fmt: skip
    for kind in VARIANCE_LABELS:
        amounts = [c.state.data.amount for c in variances if c.state.data.type == kind]
        row[kind] = sum(amounts, Decimal(0)) if amounts else None
    row["variances"] = [{"id": c.id, "type": c.state.data.type, "state": c.state.state} for c in variances]
    return row


def _open(seen: Seen, cases: Sequence[Case[Cash]], kind: str) -> list[dict[str, Any]]:
    found = []
    for case in cases:
        state = case.state
        if state.event == "variance" and state.data.type == kind and case.noun.is_open(state):
            data = state.data
            due = case.noun.dues(state, seen.site)[0].by
            found.append({
                "id": case.id, "point": data.point, "date": data.date, "shift": data.shift, "cashier": data.cashier,
                "amount": data.amount, "open_amount": state.rest, "due": due, "overdue": due < seen.now,
            })  # fmt: skip
    return sorted(found, key=lambda row: (row["due"], row["id"]))


def _duty(point: str, cases: Sequence[Case[Cash]]) -> dict[str, Any]:
    counts = [c for c in cases if c.state.event == "count" and c.state.data.point == point]
    if not counts:
        return {"point": point, "on_duty": None, "since": None}
    last = max(counts, key=lambda c: c.opening.order).state
    return {"point": point, "on_duty": last.data.to, "since": last.at}


def _json(value: Any, seen: Seen) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(seen.site.zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return mask_numbers(value)
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _print(session: Session, seen: Seen, found: dict[str, list[dict[str, Any]]]) -> None:
    from svcctl import table

    lang = session.lang
    for name, columns, title in (
        ("slots", SLOTS, None), ("over", VARIANCES, OPEN_ONES["over"]), ("short", VARIANCES, OPEN_ONES["short"]), ("on_duty", DUTY, Text("当班", "On duty")),
    ):  # fmt: skip
        rows = found[name]
        if not rows:
            if name == "slots":
                session.out(Text("那些日期还没有班次记录。", "There are no shifts recorded for those dates.").to(lang))
            continue
        if title is not None:
            session.out("\n" + title.to(lang))
        numbers = {key for key, _ in columns if any(isinstance(row[key], Decimal) for row in rows)}
        heads = [table.Column(label, key in numbers) for key, label in columns]
        session.out(table.render(heads, [[_cell(k, row[k], seen, lang) for k, _ in columns] for row in rows], lang, session.width))


def _cell(key: str, value: Any, seen: Seen, lang: Lang) -> str:
    if value is None:
        return ""
    if key == "status":
        return MARKS[value].to(lang)
    if key == "variances":
        parts = [VARIANCE_LABELS[one["type"]].joined(STATES[one["state"]], " ") for one in value]
        return listed(parts).to(lang)
    if value == SAFE and key in ("taken_over_by", "on_duty"):
        return IN_SAFE.to(lang)
    if isinstance(value, datetime):
        return f"{value.astimezone(seen.site.zone):%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, Decimal) else mask_numbers(str(value))


COMMANDS = {
    "status": Command(
        "status",
        Text("各班次的清点、长款、短款和缺班；未处理的差异；谁当班。", "Shift by shift: counts, overs, shorts, what is missing; open variances; who is on duty."),
        (Text("svcctl cash status", "svcctl cash status"),
         Text("svcctl cash status --point front --date 昨天", "svcctl cash status --point front --date yesterday")),
        (Param("point", ("--point",), Text("只看一个收银点", "Only this cash point"), metavar="POINT", complete=lambda s: s.book.site.points),
         Param("date", ("--date",), Text("哪天的班次；默认今天和昨天", "The date of the shifts; by default today and yesterday"), metavar="DATE"), JSON),
        run,
    )
}  # fmt: skip
