"""Everything a report says, computed once, before it is laid out for people or for programs."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from svcctl import nouns
from svcctl.ledger import Source, Window
from svcctl.measures.compare import Row, ToDate
from svcctl.measures.engine import Figure
from svcctl.reports import attention, audience, checks, closing, coming, entries, naming, sentences, tables
from svcctl.reports.attention import Matter
from svcctl.reports.details import Details
from svcctl.reports.grid import Cell, Grid, Sheets, same
from svcctl.reports.many import Ids
from svcctl.reports.model import Check, Column, Flag
from svcctl.reports.numbers import Numbers, named, own_window
from svcctl.reports.template import (
    COMPARED,
    Audience,
    ByTable,
    ChecksSpec,
    ClosingSpec,
    CompareSpec,
    DetailsSpec,
    OverviewSpec,
    Ref,
    SummarySpec,
    TablesSpec,
    Template,
    TextSpec,
    Trend,
)
from svcctl.reports.withholding import Small
from svcctl.site import Site
from svcctl.texts import Lang, Text


class Content:
    """The content of a report of ``template`` in ``win``, its texts in ``lang``."""

    def __init__(self, source: Source, template: Template, win: Window, lang: Lang) -> None:
        self.template, self.win, self.lang = template, win, lang
        self.audience = template.audience
        self.used = used_nouns(template, win.site)
        self.numbers = Numbers(source, template, win, self.used)
        self.refs = named(template, self.used)
        self.numbers.compared(self._to_compare())  # all of them at once: the bases are read once
        self.details = self._details()
        self.sheets = self._rows_of_sheets()
        self.tables = self._tables()
        self.matters = self._matters()
        self.entries = entries.used(self.numbers)
        self.hash = entries.digest(u.entry for u in self.entries)
        self.damage = [text.to(lang) for text in source.warnings()]
        self.unfinished = [text.to(lang) for text in source.unfinished(win.cut)]

    # -- figures ------------------------------------------------------------------------------------------------------

    def _to_compare(self) -> list[str]:
        """The ids of all figures that are shown beside what they are compared with, rows of splits too."""
        ids = [ref.id for ref in self._summary_figures()] + self.compared_ids
        ids += [i for spec in self.overviews for i in self.headlines(spec)]
        ids += [ref.id for ref in self.refs if ref.part in COMPARED]
        for spec in self._sections():
            for column in spec.columns if isinstance(spec, ByTable) else ():
                if column.ref.part in COMPARED:
                    prefix = f"{column.ref.id}{{{spec.by}="
                    ids += [i for i in self.numbers.results.figures if i.startswith(prefix)]
        return list(dict.fromkeys(ids))

    def _summary_figures(self) -> list[Ref]:
        return [f for s in self.template.sheets if isinstance(s, SummarySpec) for f in s.shown(self.used)]

    @cached_property
    def compared_ids(self) -> list[str]:
        """The measures of the comparison: those of its sheet, or all if the template has none."""
        specs = [s for s in self.template.sheets if isinstance(s, CompareSpec)]
        everything = () if self.audience else tuple(f"{n}.*" for n in self.used)
        patterns = tuple(p for s in specs for p in s.measures) if specs else everything
        return naming.expanded(patterns, self.used)

    @cached_property
    def overviews(self) -> list[OverviewSpec]:
        """The sheets of headline measures."""
        return [s for s in self.template.sheets if isinstance(s, OverviewSpec)]

    def headlines(self, spec: OverviewSpec) -> list[str]:
        """The measures of such a sheet, of what is used."""
        return naming.expanded(spec.measures, self.used)

    @cached_property
    def to_date(self) -> dict[str, ToDate]:
        """Every headline measure of the year to date."""
        ids = [i for spec in self.overviews for i in self.headlines(spec)]
        return self.numbers.to_date(list(dict.fromkeys(ids))) if ids else {}

    def rows(self, ids: list[str]) -> list[Row]:
        """Figures beside what they are compared with."""
        return self.numbers.compared(ids)

    @cached_property
    def published(self) -> list[Figure]:
        """The figures for programs: all with every split; for an audience, those that are shown to it somewhere."""
        figures = self.numbers.results.figures
        if self.audience is None:
            return list(figures.values())
        shown = audience.published(self.template, self.refs, [*self.compared_ids, *self.to_date], figures)
        return [figure for i, figure in figures.items() if i in shown]

    # -- tables -------------------------------------------------------------------------------------------------------

    def _sections(self) -> list[Any]:
        found = [s for sheet in self.template.sheets if isinstance(sheet, TablesSpec) for s in sheet.sections]
        return [s for s in found if not isinstance(s, DetailsSpec) and self.shows(s)]

    def shows(self, spec: Any) -> bool:
        """Whether a table speaks of something that is used."""
        if isinstance(spec, Trend):
            return any(c.ref.noun in self.used for c in spec.columns)
        return spec.noun in self.used

    def _details(self) -> dict[str, Details]:
        specs = [spec for _, spec in self.template.details() if spec.noun in self.used]
        return {s.key: Details(s, self.numbers, self.lang) for s in specs}

    def _rows_of_sheets(self) -> Sheets:
        found: dict[str, list[Ids]] = {}
        for sheet, spec in self.template.details():
            if spec.key in self.details:
                found.setdefault(sheet, []).append(self.details[spec.key].ids)
        return found

    def _tables(self) -> dict[str, Grid]:
        return {s.key: tables.grid_of(s, self.numbers, self.lang, self.small) for s in self._sections()}

    @cached_property
    def small(self) -> Small | None:
        """What is withheld of split tables; None for readers who are told small numbers too."""
        if self.audience is None or not self.audience.smallest:
            return None
        return Small(self._sections(), self.numbers, self.audience.smallest)

    def text(self, spec: TextSpec) -> Grid:
        """The sentences of a sheet."""
        filled = ((line, sentences.filled(line, self.numbers, self.lang)) for line in spec.lines)
        head = Column("text", Text("内容", "Text").to(self.lang), "text")
        made = [Cell(Flag(text, "alert") if line.alert else text, text) for line, text in filled if text is not None]
        return Grid((head,), [[cell] for cell in made])

    @cached_property
    def coming(self) -> Grid:
        """What falls due in the period that follows."""
        return coming.grid(self.numbers, self.audience, self.sheets, self.lang)

    def _matters(self) -> list[Matter]:
        spec = next((s for s in self.template.sheets if isinstance(s, SummarySpec)), None)
        if spec is None or not spec.attention:
            return []
        found = attention.matters(self.numbers, spec.within, self.sheets)
        return [matter for matter in found if audience.lists_entries(self.audience, matter.noun.name)]

    # -- closing ------------------------------------------------------------------------------------------------------

    @cached_property
    def closing_spec(self) -> ClosingSpec | None:
        """The sheet about sealed months, if the template has one."""
        return next((s for s in self.template.sheets if isinstance(s, ClosingSpec)), None)

    @cached_property
    def aftermath(self) -> closing.Aftermath | None:
        """What came of the closing of months; None if no month was sealed yet, or the template does not ask for it."""
        if self.closing_spec is None:
            return None
        found = closing.aftermath(self.numbers.source, self.win)
        return found if found is None or self.audience is None else self._seen(found, self.audience)

    def _seen(self, found: closing.Aftermath, who: Audience) -> closing.Aftermath:
        """What came of the closing as far as an audience is shown it."""
        changed = audience.published(self.template, self.refs, self.compared_ids, [one.now.id for one in found.changed])
        return closing.Aftermath(
            [one for one in found.late if audience.lists_entries(who, one.entry.kind)],
            [one for one in found.accepted if audience.lists_entries(who, one.entry.kind)],
            [one for one in found.changed if one.now.id in changed],
        )

    @cached_property
    def closing(self) -> dict[str, Grid]:
        """The tables of it, by the names that programs know them by; none where it is None."""
        if self.aftermath is None:
            return {}
        found = closing.tables(self.aftermath, self.numbers.source, self.win, self.sheets, self.lang)
        return {key: grid for key, grid in found.items() if grid.rows or self.lists_all}

    @property
    def tills_later(self) -> bool:
        """Whether shifts of the period end after its as-of, so that tills are looked at a little later."""
        return "cash" in self.used and own_window("cash", self.win).as_of > self.win.as_of

    # -- checks -------------------------------------------------------------------------------------------------------

    @cached_property
    def checks(self) -> list[Check]:
        """The reconciliations."""
        nouns = tuple(noun for noun in self.used if audience.reconciles(self.audience, noun))
        found = checks.checks(self.numbers, self.details, self.lang, nouns)
        return found if self.small is None else [replace(check, note="") for check in found]  # a note counts what is in no row

    @property
    def has_checks(self) -> bool:
        """Whether the report has a sheet with them."""
        return any(isinstance(s, ChecksSpec) for s in self.template.sheets)

    @property
    def lists_all(self) -> bool:
        """Whether single entries of every noun are shown, what cannot be read too."""
        who = self.audience
        return who is None or (who.nouns is None and all(audience.lists_entries(who, n) for n in self.used))

    @cached_property
    def evidence(self) -> dict[str, Grid]:
        """The tables below the reconciliations, by the names that programs know them by."""
        numbers, sheets, lang = self.numbers, self.sheets, self.lang
        found = [u for u in self.entries if audience.lists_entries(self.audience, u.entry.kind)]
        damage = Grid((Column("message", Text("读取台账时发现", "Found when reading").to(lang), "text"),), [[same(d)] for d in (*self.damage, *self.unfinished)])
        counted = {"entries": entries.by_month(self.entries, numbers, lang)}
        if not any(audience.lists_entries(self.audience, noun) for noun in self.used):
            return counted
        listed = {
            "late_entries": entries.late(found, numbers, sheets, lang), "corrections": entries.corrections(found, numbers, sheets, lang),
            "without_effect": entries.idle(found, numbers, sheets, lang),
        }  # fmt: skip
        return {**counted, **listed, **({"damage": damage} if self.lists_all else {})}


def used_nouns(template: Template, site: Site) -> tuple[str, ...]:
    """The nouns a report is about: those the template speaks of, the site uses and there are, in the site's order."""
    spoken: set[str] = set()
    for sheet in template.sheets:
        if isinstance(sheet, SummarySpec):
            spoken.update(f.noun for f in sheet.figures)
        elif isinstance(sheet, CompareSpec | OverviewSpec):
            spoken.update(p.partition(".")[0] for p in sheet.measures)
        elif isinstance(sheet, DetailsSpec):
            spoken.add(sheet.noun)
        elif isinstance(sheet, TextSpec):
            spoken.update(ref.noun for line in sheet.lines for ref in line.named)
        elif isinstance(sheet, TablesSpec):
            for section in sheet.sections:
                spoken.update([c.ref.noun for c in section.columns] if isinstance(section, Trend) else [section.noun])
    known = [n for n in site.nouns if n in nouns.CATALOGUE and n in spoken]
    return tuple(dict.fromkeys(known))

