"""``show``: one record and its history, for a person or as JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any

from svcctl import rows
from svcctl.cli.listing import damaged
from svcctl.cli.params import ID, JSON, REVEAL
from svcctl.cli.session import Session
from svcctl.cli.shape import Command
from svcctl.entry import Amend, Entry, Noun
from svcctl.errors import NotFound, Usage
from svcctl.fields import BadValue, FieldType, Spec
from svcctl.fold import Case
from svcctl.mask import mask_numbers
from svcctl.texts import Text

ABOUT = Text("一条记录现在的样子，和它的每一步。", "A record as it stands, and each of its steps.")


_ERASED = Text("个人信息已删除", "Personal data erased")
_ERASED_HERE = Text("（个人信息已删除）", " (personal data erased)")
_LABELS = {"clear": Text("清空", "Emptied"), "reason": Text("原因", "Reason"), "approved_by": Text("批准人", "Approved by")}


def command(kind: str | None) -> Command:
    """``show`` across all nouns, or of one."""
    name = f"svcctl {kind} show" if kind else "svcctl show"
    examples = (Text(f"{name} 7k3f", f"{name} 7k3f"), Text(f"{name} @1 --reveal", f"{name} @1 --reveal"))
    return Command("show", ABOUT, examples, (ID, JSON, REVEAL), partial(run, kind=kind))


def run(session: Session, given: dict[str, Any], kind: str | None = None) -> None:
    """Print one record."""
    from svcctl.cli.write import found

    if not given["id"]:
        raise Usage(Text("缺少编号", "an id is missing"))
    hit = found(session, given["id"], kind)
    case = session.book.case(hit.record)
    if case is None:
        raise NotFound(Text("读不出这条记录", "the record cannot be read"), where=hit.record)
    if given["json_"]:
        session.out(json.dumps(as_object(session, case, bool(given["reveal"])), ensure_ascii=False, indent=2))
    else:
        for line in lines(session, case, bool(given["reveal"])):
            session.out(line)
    damaged(session)


def as_object(session: Session, case: Case[Any], reveal: bool) -> dict[str, Any]:
    """The record's row with ``history``."""
    book, noun = session.book, case.noun
    found = rows.for_programs(noun, rows.values(case, book.now, book.site), book.site, reveal)
    history = sorted(case.history, key=lambda e: (bool(e.of), *e.order))
    found["history"] = [rows.entry_for_programs(noun, e, book.site, reveal) for e in history]
    if reveal:
        salts = {s.doc["id"]: s.doc["salt"] for s in book.reader.entries(case.id) if "salt" in s.doc}
        for one in found["history"]:
            if one["id"] in salts:
                one["salt"] = salts[one["id"]]
    return found


def lines(session: Session, case: Case[Any], reveal: bool) -> list[str]:
    """The record for a person."""
    from svcctl.table import safe

    book, noun, lang = session.book, case.noun, session.lang
    row = rows.values(case, book.now, book.site)
    shown = rows.for_people(noun, row, book.site, lang, reveal)
    known = rows.headings(noun)
    mark = Text(" ⚠ 超时", " ⚠ overdue").to(lang) if row["overdue"] else ""
    found = [f"{case.id}  {noun.label.to(lang)}  {shown['state']}{mark}"]
    labels = {k: known[k].label.to(lang) for k in known if k not in ("id", "kind", "state", "overdue", "open") and shown[k]}
    wide = max((_width(label) for label in labels.values()), default=0)
    found += [f"  {label}{' ' * (wide - _width(label))}  {safe(shown[k])}" for k, label in labels.items()]
    if any(e.erased for e in case.entries):
        found.append(f"  {_ERASED.to(lang)}")
    found.append("")
    idle = {i.entry.id: i.why for i in case.idle}
    for entry in sorted(case.history, key=lambda e: (bool(e.of), *e.order)):
        label = rows.event_label(noun, entry.event).to(lang)
        values = told(session, noun, entry, reveal)
        without = Text("（不起作用：", " (without effect: ").joined(idle[entry.id], en="").to(lang) if entry.id in idle else ""
        values += _ERASED_HERE.to(lang) if entry.erased else ""
        closing = Text("）", ")").to(lang) if without else ""
        if entry.late:
            values += Text(f"（补录：{mask_numbers(entry.late)}）", f" (late: {mask_numbers(entry.late)})").to(lang)
        at = f"{entry.at.astimezone(book.site.zone):%Y-%m-%d %H:%M}"
        found.append(f"  {at}  {label}  {safe(entry.by if reveal else mask_numbers(entry.by))}  {values}{without}{closing}  [{entry.id}  {entry.place}]")
    if session.on_terminal and not reveal and any(known[k].personal and row.get(k) for k in known):
        hint = Text("显示个人信息：", "To see personal data: ").to(lang)
        found += ["", f"{hint}svcctl show {case.id} --reveal"]
    return found


def told(session: Session, noun: Noun[Any], entry: Entry, reveal: bool) -> str:
    """The fields of an entry in one line for a person, masked; the first without its name."""
    from svcctl.table import safe

    known = rows.headings(noun)
    specs: dict[str, Spec] = getattr(entry.data, "by_name", None) or noun.fields()
    parts: list[str] = []
    for key, stored in rows.stored_fields(entry).items():
        spec = specs.get(key)
        heading = known.get(key) or rows.Heading(key, FieldType(), Text(key, key))
        text = rows.hidden(heading, stored if isinstance(stored, str) else ", ".join(stored), reveal)
        if spec is not None and isinstance(stored, str):
            with suppress(BadValue):  # an amendment by hand may hold anything
                value = spec.type.load(stored)
                heading = rows.Heading(key, spec.type, spec.label, spec.personal)
                value = value.astimezone(session.book.site.zone) if hasattr(value, "astimezone") else value
                text = spec.type.show(rows.hidden(heading, value, reveal), session.lang)
        label = spec.label if spec is not None else _LABELS.get(key, Text(key, key))
        named = bool(parts) or isinstance(entry.data, Amend)  # of a correction it matters which field it is
        parts.append(f"{label.to(session.lang)}={safe(text)}" if named else safe(text))
    return " ".join(parts)


def _width(text: str) -> int:
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


COMMAND = command(None)
