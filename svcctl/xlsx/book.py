"""A report as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import IO, Any

from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook import Workbook

from svcctl.reports.model import (
    ChecksSheet,
    CompareSheet,
    DefinitionsSheet,
    OverviewSheet,
    Report,
    Sheet,
    SummarySheet,
    TableSheet,
)
from svcctl.xlsx import cells, derive, sparks, words
from svcctl.xlsx.canvas import Canvas, Page
from svcctl.xlsx.look import PLAIN, Look
from svcctl.xlsx.pack import pack
from svcctl.xlsx.plan import Places
from svcctl.xlsx.sheets import Book, SheetWriter
from svcctl.xlsx.show import Shower
from svcctl.xlsx.styles import Looks
from svcctl.xlsx.summary import SummaryWriter


def render(report: Report, look: Look = PLAIN) -> bytes:
    """The workbook of a report, as :func:`rendered` gives it, held in memory."""
    out = io.BytesIO()
    with rendered(report, look) as write:
        write(out)
    return out.getvalue()


@contextmanager
def rendered(report: Report, look: Look = PLAIN) -> Iterator[Callable[[IO[bytes]], None]]:
    """The workbook of a report, ready to be written into a file: the same bytes for the same report and look, whatever
    the time, zone or hash seed.

    Rows are taken one by one and wait in temporary files: what is held does not grow with them. The file that it is
    written into can be sought in. Raises :class:`svcctl.errors.Refused` for a number that a workbook cannot hold exactly, and for more rows than a
    sheet has; KeyError for a chart over a section or column that the report does not have.
    """
    book: Any = Workbook(write_only=True)
    rows: dict[str, IO[bytes]] = {}
    extras: dict[str, bytes] = {}
    try:
        alts = _write(book, report, rows, extras, look)
        _properties(book, report)
        out = io.BytesIO()
        book.save(out)
        yield partial(pack, out.getvalue(), stamp=report.stamp, rows=rows, alts=alts, extras=extras)
    finally:
        for spooled in rows.values():
            spooled.close()


def _write(
    book: Any, report: Report, rows: dict[str, IO[bytes]], extras: dict[str, bytes], look: Look
) -> dict[str, list[str]]:
    """Write every sheet; their rows go into ``rows`` by part of the file, what stands behind all else in a sheet into
    ``extras``. Returns the charts' texts by part."""
    sheets = [_plain(sheet, report) for sheet in report.sheets]
    places = Places(sheets, next((s.key for s in report.sheets if isinstance(s, DefinitionsSheet)), ""))
    looks = Looks(book, look)
    shared = Book(Shower(report.lang, report.zone), report.lang, places, _page(report), report.sheets[0].key)
    alts: dict[str, list[str]] = {}
    for n, sheet in enumerate(sheets, 1):
        canvas = Canvas(book, places.names[sheet.key], looks, report.lang)
        canvas.sheet.sheet_view.tabSelected = n == 1
        part = f"xl/worksheets/sheet{n}.xml"
        rows[part] = canvas.rows
        if isinstance(sheet, SummarySheet):
            writer = SummaryWriter(canvas, report, sheet, shared)
            writer.write(look.main)
            if writer.alts or look.logo:
                alts[f"xl/drawings/drawing{len(alts) + 1}.xml"] = writer.alts
        else:
            SheetWriter(canvas, places.placed[sheet.key], shared).write(look.second if sheet.flavour == "detail" else look.third)
        canvas.close()
        if canvas.sparks:
            extras[part] = sparks.extension(canvas.sparks, look)
    return alts


def _plain(sheet: Sheet, report: Report) -> SummarySheet | TableSheet:
    if isinstance(sheet, OverviewSheet):
        return derive.overview(sheet, report.lang, report.currency)
    if isinstance(sheet, CompareSheet):
        return derive.compare(sheet, report.lang, report.currency)
    if isinstance(sheet, ChecksSheet):
        return derive.checks(sheet, report.lang)
    if isinstance(sheet, DefinitionsSheet):
        return derive.definitions(sheet, report.lang)
    return sheet


def _page(report: Report) -> Page:
    """Header and footer. No time of printing: the file says what it shows, not when it was made."""
    as_of = report.meta.get("as_of", "")
    ledger = report.meta.get("ledger_hash", "")
    version = report.meta.get("version", "")
    left = words.AS_OF.to(report.lang) + _minute(as_of) if as_of else ""
    made = f"svcctl {version}".strip()
    return Page(
        f"{report.site} {report.title}",
        report.period_title,
        f"{left} · {made}" if left else made,
        words.HASH.to(report.lang) + ledger[:12] if ledger else "",
    )


def _minute(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
    except ValueError:
        return moment


def _properties(book: Any, report: Report) -> None:
    properties = book.properties
    properties.creator = "svcctl"
    properties.title = cells.plain(f"{report.site} {report.title} {report.period_title}")
    properties.language = "zh-CN" if report.lang == "zh" else "en"
    stamp = report.stamp.replace(tzinfo=None)
    properties.created = properties.modified = stamp  # pack sets both to the exact moment
    for key in sorted(report.meta):
        book.custom_doc_props.append(StringProperty(name=key, value=cells.plain(report.meta[key])))
