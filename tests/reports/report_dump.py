"""A report as lines of text: sheet, place, type, value. Written again with ``SVCCTL_GOLDEN=write pytest tests/reports``."""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal

from report_desk import GOLDEN

from svcctl.reports.model import (
    Amount,
    Change,
    ChecksSheet,
    CompareSheet,
    DefinitionsSheet,
    Flag,
    Link,
    OverviewSheet,
    SummarySheet,
)


def lines(report):
    """Every value of the report, in its order."""
    head = [("", k, "text", getattr(report, k)) for k in ("title", "period_title", "file_stem", "site", "zone", "currency")]
    head += [("", f"fact {f.label}", "text", f.value) for f in report.facts]
    head += [("", f"meta {k}", "text", v) for k, v in sorted(report.meta.items()) if k != "version"]
    head += [("", kind, "text", t) for kind in ("warnings", "notices") for t in getattr(report, kind)]
    for sheet in report.sheets:
        head += [(sheet.key, "title", "text", sheet.title), *_sheet(sheet)]
    return ["\t".join(_text(part) for part in line) for line in head]


def _sheet(sheet):
    if isinstance(sheet, SummarySheet | CompareSheet | OverviewSheet):
        names = ["label", "value", "previous", "change", "target", "met", "last_year", "yoy"]
        if isinstance(sheet, OverviewSheet):
            names += ["light", "to_date", "last_to_date", "year_change"]
            yield sheet.key, "lines", "text", f"{sheet.lines_sheet}.{sheet.lines_section} {' '.join(sorted(sheet.drawn))}"
        for f in sheet.figures:
            for name in names:
                yield sheet.key, f"{f.measure_id} {name}", *_typed(getattr(f, name))
        for chart in getattr(sheet, "charts", ()):
            series = " ".join(s.column for s in chart.series)
            yield sheet.key, "chart", chart.kind, f"{chart.title}: {chart.sheet}.{chart.section} {chart.categories} {series}"
        for row in getattr(sheet, "attention", ()):
            yield sheet.key, row.id, row.subject, f"{row.date} {row.place} {row.what} {row.who} {row.age} -> {row.sheet}"
    elif isinstance(sheet, DefinitionsSheet):
        for d in sheet.definitions:
            yield sheet.key, d.measure_id, "text", f"{d.label} = {d.formula} / {d.numerator} / {d.denominator} / {d.exclusions}"
    else:
        if isinstance(sheet, ChecksSheet):
            for c in sheet.checks:
                yield sheet.key, c.subject, "ok" if c.ok else "wrong", f"{c.what} {c.expected} {c.found} {c.note}"
        for section in sheet.sections:
            yield from _section(sheet.key, section)


def _section(sheet, section):
    place = f"{sheet}.{section.key}"
    yield place, "columns", "text", " | ".join(f"{c.label} [{c.kind}{' ' + c.total if c.total else ''}]" for c in section.table.columns)
    for n, row in enumerate(section.table.rows, 1):
        for column, value in zip(section.table.columns, row, strict=True):
            if value is not None:
                yield place, f"{n} {column.key}", *_typed(value)


def _typed(value):
    if isinstance(value, Change):
        return "change", f"{value.value} {value.unit} {value.base}"
    if isinstance(value, Flag):
        return "flag", f"{value.text} {value.tone}"
    if isinstance(value, Link):
        return "link", f"{value.text} -> {value.sheet}.{value.row}"
    if isinstance(value, Amount):
        return "amount", f"{value.value} {value.unit}"
    if isinstance(value, datetime):
        return "time", value.isoformat()
    return {Decimal: "decimal", type(None): "none"}.get(type(value), type(value).__name__), value


def _text(value):
    return str(value).replace("\n", "\\n").replace("\t", "\\t")


def golden(name, found):
    """The stored lines of that name; stored anew if that is asked for."""
    path = os.path.join(GOLDEN, name)
    if os.environ.get("SVCCTL_GOLDEN") == "write":
        os.makedirs(GOLDEN, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(found) + "\n")
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()
