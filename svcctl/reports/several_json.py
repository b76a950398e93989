"""A report about several sites for programs: the same figures as in the workbook, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from svcctl.measures.compare import row_json
from svcctl.measures.engine import figure_json, number
from svcctl.measures.pool import Part
from svcctl.reports import attention, several_evidence
from svcctl.reports.several import Several, SiteContent, called
from svcctl.reports.template import Template
from svcctl.reports.to_json import SCHEMA, check_json, damage, period_json
from svcctl.texts import Lang


def several_json(parts: Sequence[Part], template: Template, lang: Lang) -> dict[str, Any]:
    """The report as one object. ``measures`` are of all sites together; ``sites`` has each with its own.

    Raises Refused for amounts in different currencies.
    """
    found = Several(parts, template, lang)
    return {
        "schema": SCHEMA,
        "site": called(found.sites).to(lang),
        **({"audience": found.audience.name} if found.audience else {}),
        "sites": [_site(site) for site in found.sites],
        "period": period_json(parts[0].win),
        "measures": [figure_json(figure) for figure in found.published],
        "tables": _tables(found),
        "warnings": [
            *(found.of(text, site) for site in found.sites for text in damage(site.content)), *found.warnings(), *found.notices(),
        ],
    }  # fmt: skip


def _site(site: SiteContent) -> dict[str, Any]:
    content = site.content
    return {
        "site": site.name, "period": period_json(content.win), "measures": [figure_json(f) for f in content.published],
        "compare": [row_json(row) for row in content.rows(content.compared_ids)],
    }  # fmt: skip


def _tables(found: Several) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {
        "compare": [row_json(row) for row in found.rows(found.ids)], "sites": [_beside(found, i) for i in found.ids],
    }  # fmt: skip
    if found.summary is not None and found.summary.attention:
        tables["attention"] = [
            {"site": site.name, **one} for site, matter in found.matters for one in attention.objects([matter], site.content.numbers)
        ]
    tables.update((key, grid.objects()) for key, grid in several_evidence.closing_grids(found).items())
    if found.checks is not None:
        tables["checks"] = [{"site": site.name, **check_json(check)} for site in found.sites for check in site.content.checks]
        tables["ledgers"] = [
            {"site": site.name, "entries": len(site.content.entries), "hash": site.content.hash, "damage": len(site.content.damage),
             "sealed": _seal(site)} for site in found.sites
        ]  # fmt: skip
        tables.update((key, grid.objects()) for key, grid in several_evidence.evidence_grids(found).items())
    return tables


def _seal(site: SiteContent) -> str | None:
    """The id of the seal as of which a site is looked at; None if it is not as sealed."""
    sealed = site.part.win.sealed
    return None if sealed is None else sealed.id


def _beside(found: Several, identity: str) -> dict[str, Any]:
    (whole,) = found.rows([identity])
    values = {site.name: site.value(identity) for site in found.sites}
    return {
        "id": identity, "all": number(whole.value, whole.unit),
        "by": {name: None if row is None else number(row.value, row.unit) for name, row in values.items()},
    }  # fmt: skip
