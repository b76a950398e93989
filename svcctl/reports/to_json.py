"""A report for programs: the same figures and tables as the workbook's, as JSON (CONTRACT 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from svcctl.ledger import Source, Window
from svcctl.measures.compare import row_json, to_date_json
from svcctl.measures.engine import figure_json, number
from svcctl.reports import attention, remarks
from svcctl.reports.content import Content
from svcctl.reports.model import Check
from svcctl.reports.template import ComingSpec, CompareSpec, SheetSpec, SummarySpec, Template, TextSpec
from svcctl.texts import Lang

SCHEMA = 1


def as_json(source: Source, template: Template, win: Window, lang: Lang) -> dict[str, Any]:
    """The report as one object; texts of people (warnings, sentences) are in ``lang``.

    ``measures`` has every figure with every split, ``tables`` the rows of every table by its key.
    """
    content = Content(source, template, win, lang)
    return {
        "schema": SCHEMA,
        "site": win.site.name,
        **({"audience": content.audience.name} if content.audience else {}),
        **({"smallest": content.small.smallest} if content.small else {}),
        "period": period_json(win),
        "measures": [figure_json(f) for f in content.published],
        "tables": _tables(content),
        "warnings": [*damage(content), *remarks.warnings(content), *remarks.notices(content, source)],
    }  # fmt: skip


def period_json(win: Window) -> dict[str, Any]:
    """A period with its dates and its as-of, for programs."""
    period = win.period
    return {
        "kind": period.kind, "label": period.label, "from": period.first.isoformat(), "to": period.last.isoformat(),
        "as_of": win.as_of.astimezone(win.site.zone).isoformat(),
    }  # fmt: skip


def damage(content: Content) -> list[str]:
    """Each damaged place, where it may be told; how many there are stands among the warnings."""
    return [*content.damage, *content.unfinished] if content.audience is None or "damage" in content.evidence else []


def _tables(content: Content) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {
        "compare": [row_json(row) for row in content.rows(content.compared_ids)],
        "attention": attention.objects(content.matters, content.numbers),
    }
    if content.audience is not None:  # a table that is not shown is not empty, it is not there
        specs = content.template.sheets
        found = {key: table for key, table in found.items() if any(_has(spec, key) for spec in specs)}
    for overview in content.overviews:
        found[overview.key] = [to_date_json(row, content.to_date[row.id]) for row in content.rows(content.headlines(overview))]
    for spec in content.template.sheets:
        if isinstance(spec, TextSpec):
            found[spec.key] = content.text(spec).objects()
        elif isinstance(spec, ComingSpec):
            found[spec.key] = content.coming.objects()
    found.update((key, grid.objects()) for key, grid in content.tables.items())
    found.update((key, rows.objects()) for key, rows in content.details.items())
    found.update((key, grid.objects()) for key, grid in content.closing.items())
    if content.audience is None or content.has_checks:
        found["checks"] = [check_json(check) for check in content.checks]
        found.update((key, grid.objects()) for key, grid in content.evidence.items())
    return found


def _has(spec: SheetSpec, key: str) -> bool:
    """Whether a sheet has the comparison, or what needs attention."""
    return isinstance(spec, CompareSpec) if key == "compare" else isinstance(spec, SummarySpec) and spec.attention


def check_json(check: Check) -> dict[str, Any]:
    """A reconciliation, for programs."""
    sides = [side if isinstance(side, str) or side is None else number(Decimal(side), check.unit)
             for side in (check.expected, check.found)]  # fmt: skip
    return {
        "subject": check.subject, "what": check.what, "expected": sides[0], "found": sides[1], "ok": check.ok,
        "note": check.note,
    }  # fmt: skip
