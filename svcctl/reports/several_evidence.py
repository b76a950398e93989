"""What the ledgers of several sites show beside their figures, the tables of the sites one below the other: what came
after months were sealed and what it changed, the entries used, late ones, corrections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from svcctl import measures
from svcctl.measures.engine import number
from svcctl.reports import build, closing
from svcctl.reports.content import Content
from svcctl.reports.entries import text_column
from svcctl.reports.grid import Cell, Grid, same
from svcctl.reports.model import Amount, Definition, Section, TableSheet
from svcctl.reports.several import Several, SiteContent
from svcctl.texts import Text

CLOSING, TOGETHER = "closing", "published_changed_together"
SITE = Text("站点", "Site")
TOGETHER_TITLE = Text("对已公布数字的影响：全部站点合计", "Effect on published figures: all sites together")
TOGETHER_INTRO = Text(
    "只有能相加的（件数、金额），而且用这项业务的各站都已公布了那个月。比率、中位数、平均值不相加，看各站自己的。",
    "Sums only (counts and amounts), of months that every site doing this has published. Rates, medians and means do not add up: see each "
    "site's own.",
)


class Sum(NamedTuple):
    """A figure of a month that all sites had published, and what it comes to now."""

    month: str
    measure: str
    published: Decimal
    now: Decimal


# -- after the closing ------------------------------------------------------------------------------------------------


def closing_grids(found: Several) -> dict[str, Grid]:
    """The tables of what came after the closing, by the names that programs know them by; none where nothing is said of it."""
    grids = dict(_of_sites(found, lambda content: content.closing))
    if closing.CHANGED in grids:
        sums = together(found)
        if sums:
            grids[TOGETHER] = _together_grid(sums, found)
    return grids


def closing_sheet(found: Several) -> TableSheet | None:
    """The sheet of it; None where nothing came, or the template does not ask for it."""
    spec, lang = found.closing, found.lang
    if spec is None:
        return None
    titles = {**closing.TITLES, TOGETHER: TOGETHER_TITLE}
    intros = {**closing.INTROS, TOGETHER: TOGETHER_INTRO}
    sections = tuple(
        Section(key, grid.table(), titles[key].to(lang), intros[key].to(lang), filter=False)
        for key, grid in closing_grids(found).items() if grid.rows
    )  # fmt: skip
    return TableSheet(CLOSING, spec.title.to(lang), sections, spec.intro.to(lang)) if sections else None


def closing_definitions(found: Several) -> tuple[Definition, ...]:
    """What its tables mean."""
    if not any(site.content.aftermath for site in found.sites):
        return ()
    return tuple(Definition(key, closing.TITLES[key].to(found.lang), closing.INTROS[key].to(found.lang)) for key in closing.TITLES)


def together(found: Several) -> list[Sum]:
    """What was published of all sites together and what it is now, for figures that are sums.

    A site at which a figure did not change adds to both what it had published.
    """
    published = [closing.published(site.part.source, site.part.win) for site in found.sites]
    changes = [{(c.month, c.now.id): c for c in site.content.aftermath.changed} if site.content.aftermath else {} for site in found.sites]
    made = []
    for month, identity in dict.fromkeys(key for one in changes for key in one):
        measure = measures.find(identity).measure
        if measure.aggregate != "sum" or not found.adds_up(identity):
            continue
        own = [n for n, site in enumerate(found.sites) if measure.noun in site.part.win.site.nouns]
        before = [_amount(published[n].get(month, {}).get(identity)) for n in own]
        after = [changes[n][month, identity].now.value if (month, identity) in changes[n] else was for n, was in zip(own, before, strict=True)]
        if len(own) > 1 and None not in before and None not in after:
            made.append(Sum(month, identity, _sum(before), _sum(after)))
    return sorted(made, key=lambda one: one.month)


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


def _together_grid(sums: Iterable[Sum], found: Several) -> Grid:
    lang = found.lang
    shape = next(site.content.closing[closing.CHANGED] for site in found.sites if closing.CHANGED in site.content.closing)
    labels = {c.now.id: c.now for site in found.sites if site.content.aftermath for c in site.content.aftermath.changed}
    rows = []
    for one in sums:
        figure, change = labels[one.measure], one.now - one.published
        unit, word = figure.unit, closing.unit_label(figure.unit, found.currency).to(lang)
        rows.append([
            same(one.month), Cell(figure.label.to(lang), one.measure), Cell(word, unit),
            Cell(Amount(one.published, unit), number(one.published, unit)), Cell(Amount(one.now, unit), number(one.now, unit)),
            Cell(Amount(change, unit, signed=True), number(change, unit)),
        ])  # fmt: skip
    return Grid(shape.columns, rows)


# -- with the checks --------------------------------------------------------------------------------------------------


def evidence_grids(found: Several) -> dict[str, Grid]:
    """The entries used, late ones, corrections, what could not be read, each with its site."""
    return dict(_of_sites(found, lambda content: content.evidence))


def evidence_sections(found: Several) -> list[Section]:
    """The same for people, with the headings that one ledger's have."""
    lang, none = found.lang, Text("没有", "None").to(found.lang)
    return [
        Section(key, grid.table(), build.EVIDENCE[key].to(lang), build.evidence_intro(key, found.tills_later).to(lang), none, filter=False)
        for key, grid in evidence_grids(found).items()
    ]  # fmt: skip


def _of_sites(found: Several, tables: Callable[[Content], Mapping[str, Grid]]) -> Iterable[tuple[str, Grid]]:
    """The tables of the sites that have them, in one with the site in front."""
    of = [(site, tables(site.content)) for site in found.sites]
    for key in dict.fromkeys(key for _, own in of for key in own):
        grids = [(site, own[key]) for site, own in of if key in own]
        rows = [[same(site.name), *(_local(cell) for cell in row)] for site, grid in grids for row in grid.rows]
        yield key, Grid((text_column("site", SITE, found.lang), *grids[0][1].columns), rows)


def _local(cell: Cell) -> Cell:
    """A moment as the clock of its own site showed it, which need not be that of the first."""
    return cell._replace(shown=cell.shown.replace(tzinfo=None)) if isinstance(cell.shown, datetime) else cell


def named(site: SiteContent) -> str:
    """When a site sealed what the report is about, as page 1 and the checks say it; empty if it did not."""
    win = site.part.win
    return "" if win.sealed is None else f"{win.sealed.recorded.astimezone(win.site.zone):%Y-%m-%d %H:%M} ({win.sealed.id})"
