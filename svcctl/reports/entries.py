"""The entries that a report was made from: counted and hashed by noun and month, late ones, corrections, idle ones.

Nothing here depends on files, on the order of entries, or on what was entered for later times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from svcctl import account, rows
from svcctl.entry import CORRECTIONS, Amend, Entry, Noun, Void
from svcctl.fold import Case, Idle
from svcctl.ledger import Window, folded
from svcctl.mask import mask_numbers
from svcctl.measures.compare import base_window
from svcctl.reports.details import HOUR, tenths
from svcctl.reports.grid import EMPTY, Cell, Grid, Sheets, moment, same, sheet_of
from svcctl.reports.model import Column, Link
from svcctl.reports.numbers import Numbers, own_window
from svcctl.texts import Lang, Text

LATE_AFTER = timedelta(hours=24)
SHORT = 16  # hex digits of a hash that are shown

DEFINITION = Text(
    "本报表（本期、对比期和趋势）用到的记录在截至时间之前的条目及其更正。校验码：每条一行“编号 空格 sum 换行”，按编号排序，取 SHA-256；"
    "与文件、录入先后、之后的条目无关。",
    "The entries up to the as-of, with their corrections, of the records that this report (the period, those it is "
    "compared with, its trends) is made from. Hash: SHA-256 over lines `id sum`, a line feed after each, sorted by id; "
    "it does not depend on files, order of entry or later entries.",
)
TILLS = Text(
    "现金的条目截至末班结束后一小时，与班次指标相同。", "Of cash, the entries up to an hour after the last shift, as for its figures."
)


class Used(NamedTuple):
    """An entry that was used, with the record it belongs to as of the report."""

    entry: Entry
    case: Case[Any]


def used(numbers: Numbers) -> list[Used]:
    """Every entry the report was made from, each once, in the order of their ids."""
    win = numbers.win
    recent, year = numbers.spans
    before = base_window(win, win.period.last_year())
    found: dict[str, Used] = {}
    for noun in numbers.used:
        now, then = own_window(noun, win).as_of, own_window(noun, before).as_of
        # last year's first: of a record in both spans the newer state is kept
        for (start, end), as_of in ((year, then), (recent, now)):
            for case in _records(numbers, noun, start, end, as_of):
                found.update((e.id, Used(e, case)) for e in inside(case.history, as_of))
    return [found[i] for i in sorted(found)]


def _records(numbers: Numbers, noun: str, start: datetime, end: datetime, as_of: datetime) -> Iterable[Case[Any]]:
    """The records that can matter between two moments as of the second, voided ones too."""
    declared, site = numbers.source.noun(noun), numbers.win.site
    cases = []
    for entries in numbers.source.histories(noun, start, end, numbers.win.known_at):
        case = folded(declared, entries, as_of, numbers.win.known_at)
        if case is not None and case.opening.at < end:
            cases.append(case)
    reach = {case.id: case for case in account.reaching(declared, cases, start, site)}
    for case in cases:
        if case.id in reach:
            yield reach[case.id]
        elif max(e.at for e in inside(case.history, as_of)) >= start:
            yield case


def inside(entries: Sequence[Entry], as_of: datetime) -> list[Entry]:
    """The entries up to a moment, and the corrections of these whenever they were made."""
    kept = {e.id for e in entries if e.event not in CORRECTIONS and e.at <= as_of}
    corrections = [e for e in entries if e.event in CORRECTIONS]
    while True:
        more = {e.id for e in corrections if e.of in kept} - kept
        if not more:
            return [e for e in entries if e.id in kept]
        kept |= more


def digest(entries: Iterable[Entry]) -> str:
    """SHA-256 over the sorted ids and sums, in hex."""
    found = hashlib.sha256()
    for e in sorted(entries, key=lambda e: (e.id, e.sum)):
        found.update(f"{e.id} {e.sum or '-'}\n".encode())
    return found.hexdigest()


# -- tables -----------------------------------------------------------------------------------------------------------


def by_month(found: list[Used], numbers: Numbers, lang: Lang) -> Grid:
    """Counts and hashes by noun and month of ``at``."""
    zone = numbers.win.site.zone
    parts: dict[tuple[str, str], list[Entry]] = {}
    for one in found:
        month = f"{one.entry.at.astimezone(zone):%Y-%m}"
        parts.setdefault((one.entry.kind, month), []).append(one.entry)
    columns = (
        text_column("noun", Text("板块", "Subject"), lang), text_column("month", Text("月份", "Month"), lang),
        Column("entries", Text("条目数", "Entries").to(lang), "int", 0, "sum"),
        Column("hash", Text("校验码", "Hash").to(lang), "id"),
    )  # fmt: skip
    made = []
    for noun in numbers.used:
        for month in sorted(m for n, m in parts if n == noun):
            entries = parts[noun, month]
            code = digest(entries)
            label = numbers.source.noun(noun).label.to(lang)
            made.append([Cell(label, noun), same(month), Cell(len(entries), str(len(entries))), Cell(code[:SHORT], code)])
    return Grid(columns, made)


def late(found: list[Used], numbers: Numbers, sheets: Sheets, lang: Lang) -> Grid:
    """Entries of the period that were recorded more than a day after the time they are about, or marked late."""
    win = numbers.win
    chosen = [
        u for u in found
        if u.entry.event not in CORRECTIONS and win.holds(u.entry.at)
        and (u.entry.late or u.entry.recorded - u.entry.at > LATE_AFTER)
    ]  # fmt: skip
    columns = (
        *heads(lang), time_column("at", Text("发生时间", "At"), lang), time_column("recorded", Text("录入时间", "Recorded"), lang),
        Column("hours", Text("晚录（小时）", "Hours late").to(lang), "minutes"), text_column("by", Text("录入人", "By"), lang),
        text_column("late", Text("补录原因", "Reason for lateness"), lang),
    )  # fmt: skip
    made = []
    for one in sorted(chosen, key=lambda u: u.entry.order):
        entry = one.entry
        hours = tenths(entry.recorded - entry.at, HOUR)
        made.append([
            *_first(one, sheets, lang), moment(entry.at, win.site), moment(entry.recorded, win.site),
            Cell(hours, str(hours)), same(entry.by), remark(entry.late),
        ])  # fmt: skip
    return Grid(columns, made)


def corrections(found: list[Used], numbers: Numbers, sheets: Sheets, lang: Lang) -> Grid:
    """Amendments, voids and undos made in the period, or of entries of the period."""
    win = numbers.win
    chosen = [u for u in found if u.entry.event in CORRECTIONS]
    wanted = {u.entry.of for u in chosen}
    by_id = {u.entry.id: u.entry for u in found if u.entry.id in wanted}
    columns = (
        *heads(lang), text_column("of", Text("更正的条目", "Corrects"), lang), text_column("fields", Text("字段", "Fields"), lang),
        text_column("reason", Text("原因", "Reason"), lang), text_column("by", Text("录入人", "By"), lang),
        text_column("approved_by", Text("批准人", "Approved by"), lang), time_column("at", Text("更正时间", "At"), lang),
    )  # fmt: skip
    made = []
    for one in sorted(chosen, key=lambda u: u.entry.order):
        entry = one.entry
        target = by_id.get(entry.of)
        if target is None or not (win.holds(entry.at) or win.holds(target.at)):
            continue
        approver = entry.data.approved_by if isinstance(entry.data, Void) else ""
        made.append([
            *_first(one, sheets, lang), corrected(target, one.case.noun, win, lang),
            _fields(entry, target, one.case.noun, lang), remark(entry.data.reason), same(entry.by),
            Cell(approver or None, approver or None), moment(entry.at, win.site),
        ])  # fmt: skip
    return Grid(columns, made)


def idle(found: list[Used], numbers: Numbers, sheets: Sheets, lang: Lang) -> Grid:
    """Entries without effect, and openings that do not agree with others of their account, and why: what came together
    in a merge may have become impossible."""
    win = numbers.win
    cases = {u.case.id: u.case for u in found if u.case.idle or u.case.flaw is not None}
    vain = [(case, i) for case in cases.values() for i in _vain(case) if win.holds(i.entry.at)]
    wanted = {i.entry.id for _, i in vain}
    known = {u.entry.id for u in found if u.entry.id in wanted}
    chosen: list[tuple[Case[Any], Idle]] = [(case, i) for case, i in vain if i.entry.id in known]
    columns = (
        *heads(lang), time_column("at", Text("发生时间", "At"), lang), text_column("by", Text("录入人", "By"), lang),
        text_column("why", Text("缘由", "Why"), lang),
    )  # fmt: skip
    made = []
    for case, one in sorted(chosen, key=lambda pair: pair[1].entry.order):
        why = mask_numbers(one.why.to(lang))
        made.append([
            *_first(Used(one.entry, case), sheets, lang), moment(one.entry.at, win.site), same(one.entry.by), same(why)
        ])  # fmt: skip
    return Grid(columns, made)


def _first(one: Used, sheets: Sheets, lang: Lang) -> list[Cell]:
    return first(one.case.id, one.entry, one.case.noun, sheets, lang)


def _vain(case: Case[Any]) -> list[Idle]:
    return [*case.idle, *([] if case.flaw is None else [Idle(case.opening, case.flaw)])]


def heads(lang: Lang) -> tuple[Column, ...]:
    """The first columns of a table of entries."""
    return (
        Column("record", Text("记录", "Record").to(lang), "link"), text_column("noun", Text("板块", "Subject"), lang),
        text_column("event", Text("条目", "Entry"), lang),
    )  # fmt: skip


def first(record: str, entry: Entry, noun: Noun[Any], sheets: Sheets, lang: Lang) -> list[Cell]:
    """The first cells of an entry's row: its record with the way there, its noun, what it is."""
    event = rows.event_label(noun, entry.event).to(lang)
    link = Link(record, sheet_of(record, sheets), record)
    return [Cell(link, record), Cell(noun.label.to(lang), noun.name), Cell(event, entry.event)]


def corrected(target: Entry, noun: Noun[Any], win: Window, lang: Lang) -> Cell:
    """What a correction corrects."""
    label = rows.event_label(noun, target.event).to(lang)
    return Cell(f"{label} {target.at.astimezone(win.site.zone):%m-%d %H:%M}", target.id)


def _fields(entry: Entry, target: Entry, noun: Noun[Any], lang: Lang) -> Cell:
    """The names of the fields that were changed; never their values."""
    if not isinstance(entry.data, Amend):
        return EMPTY
    names = [*entry.data.changes, *entry.data.clear]
    known = getattr(target.data, "by_name", {})
    labels = [known[n].label.to(lang) if n in known else n for n in names]
    return Cell("、".join(labels) if lang == "zh" else ", ".join(labels), " ".join(names))


def remark(text: str) -> Cell:
    """What somebody wrote, without numbers of people."""
    return same(mask_numbers(text)) if text else EMPTY


def text_column(key: str, label: Text, lang: Lang) -> Column:
    """A column of texts."""
    return Column(key, label.to(lang), "text")


def time_column(key: str, label: Text, lang: Lang) -> Column:
    """A column of moments."""
    return Column(key, label.to(lang), "time")

