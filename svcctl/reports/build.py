"""A report from a ledger and a template, laid out for people: ``model.Report``, which the writer of workbooks takes."""

from __future__ import annotations

import re

from svcctl import __version__, measures, nouns
from svcctl.errors import Refused
from svcctl.ledger import Source, Window
from svcctl.measures.compare import Row, ToDate
from svcctl.period import Period
from svcctl.reports import attention, closing, entries, groups, naming, remarks, tables, withholding
from svcctl.reports.content import Content
from svcctl.reports.details import Details
from svcctl.reports.grid import Grid
from svcctl.reports.model import (
    Chart,
    ChecksSheet,
    CompareSheet,
    Definition,
    DefinitionsSheet,
    Figure,
    OverviewSheet,
    Report,
    Section,
    Series,
    Sheet,
    SummarySheet,
    TableSheet,
)
from svcctl.reports.template import (
    SHOWN_CHARTS,
    ByTable,
    ChecksSpec,
    ClosingSpec,
    ComingSpec,
    CompareSpec,
    DefinitionsSpec,
    DetailsSpec,
    OverviewSpec,
    SheetSpec,
    SummarySpec,
    TableSpec,
    TablesSpec,
    Template,
    TextSpec,
)
from svcctl.texts import Lang, Text

CORRECTED = Text("期内发生、或更正期内条目的", "made in the period, or of entries of the period")
NO_SHEET = Text("这份报表一张工作表也没有", "no sheet of this report is left")
NO_SHEET_TODO = Text(
    "ledger.yaml 的 nouns 里没有它说的名词，或者都不给这些读者看", "The nouns it speaks of are not in ledger.yaml, or all of it is left out for these readers"
)
EVIDENCE = {
    "entries": Text("所用条目", "Entries used"),
    "late_entries": Text("晚录条目（发生 24 小时之后才录入）", "Late entries (recorded more than 24 hours after the event)"),
    "corrections": Text("更正与作废", "Corrections and voids"),
    "without_effect": Text("没有效果或前后不符的条目", "Entries without effect, or that do not agree"),
    "damage": Text("读不出来的内容", "What could not be read"),
}


def build(source: Source, template: Template, win: Window, lang: Lang) -> Report:
    """The report of ``template`` in ``win``, in ``lang``.

    The same entries up to the as-of give an equal report, whatever came later and however they are stored.
    Raises Refused if there is no sheet in it.
    """
    content = Content(source, template, win, lang)
    sheets = [sheet for spec in template.sheets if (sheet := _sheet(spec, content)) is not None]
    if not sheets:
        raise Refused(NO_SHEET, where=f"templates/{template.name}.yaml", todo=NO_SHEET_TODO)
    as_of = win.as_of.astimezone(win.site.zone)
    meta = {
        "period": win.period.label, "as_of": as_of.isoformat(), "ledger_hash": content.hash, "template": template.name,
        "version": __version__, "edition": remarks.edition(win),
    }  # fmt: skip
    if content.audience is not None:
        meta["audience"] = content.audience.name
    if win.known_at is not None:
        meta["known_at"] = win.known_at.astimezone(win.site.zone).isoformat(timespec="seconds")
    if content.damage:
        meta["damaged"] = str(len(content.damage))
    return Report(
        title=template.title.to(lang), period_title=win.period.title(lang),
        file_stem=file_stem(win.site.name, template.name, win.period) + suffix(template), lang=lang, site=win.site.name,
        zone=win.site.zone.key, stamp=as_of, sheets=tuple(sheets), currency=win.site.currency,
        facts=remarks.facts(content), meta=meta, warnings=tuple(remarks.warnings(content)),
        notices=tuple(remarks.notices(content, source)), sign=remarks.sign(template, lang),
    )  # fmt: skip


def file_stem(site: str, name: str, period: Period, more: int = 0) -> str:
    """The default name of the file, without its ending: ``SITE_weekly_2026-W47``, with so many ``more`` sites
    ``SITE+2_weekly_2026-W47``. Nothing in it is a path."""
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f\u2028\u2029]+', "-", site).strip(" .-")
    while len(safe.encode()) > 120:
        safe = safe[:-1]
    others = f"+{more}" if more else ""
    return f"{safe.strip() or 'svcctl'}{others}_{name}_{period.label}"


def suffix(template: Template) -> str:
    """What the names of files add to say whom they are for: ``_public``."""
    return f"_{template.audience.name}" if template.audience else ""


# -- sheets -----------------------------------------------------------------------------------------------------------


def _sheet(spec: SheetSpec, content: Content) -> Sheet | None:
    """A sheet of the template; None if nothing it speaks of is used."""
    if isinstance(spec, SummarySpec):
        return _summary(spec, content)
    if isinstance(spec, OverviewSpec):
        return _overview(spec, content)
    if isinstance(spec, CompareSpec):
        return _compare(spec, content)
    if isinstance(spec, DetailsSpec):
        return _details(spec, content)
    if isinstance(spec, TablesSpec):
        return _tables(spec, content)
    if isinstance(spec, TextSpec):
        return _text(spec, content)
    if isinstance(spec, ComingSpec):
        return _coming(spec, content)
    if isinstance(spec, ClosingSpec):
        return _closing(spec, content)
    return _checks(spec, content) if isinstance(spec, ChecksSpec) else _definitions(spec, content)


def _summary(spec: SummarySpec, content: Content) -> SummarySheet:
    lang = content.lang
    ids = [ref.id for ref in spec.shown(content.used)]
    figures = tuple(figure(row, lang) for row in content.rows(ids))
    rows = [attention.row(m, content.numbers, lang) for m in content.matters]
    return SummarySheet(spec.key, spec.title.to(lang), figures, _charts(spec, content), rows if spec.attention else None)


def _charts(spec: SummarySpec, content: Content) -> tuple[Chart, ...]:
    """The charts of what is used, as many as a page has room for."""
    found = []
    for chart in spec.charts:
        grid = content.tables.get(chart.section)
        keys = {c.key for c in grid.columns} if grid else set()
        series = tuple(Series(ref.key, ref.key in chart.lines) for ref in chart.series if ref.key in keys)
        if grid and series:
            title = chart.title.to(content.lang)
            found.append(Chart(chart.kind, title, chart.sheet, chart.section, grid.columns[0].key, series))
    return tuple(found[:SHOWN_CHARTS])


def figure(row: Row, lang: Lang, year: ToDate | None = None) -> Figure:
    """A figure with what it is compared to, and the ``year`` to date."""
    target = row.target
    return Figure(
        row.id, row.label.to(lang), row.value, row.unit, row.previous.value,
        tables.change(row.previous, row.change_unit, row.good), row.good, target.value if target else None,
        "max" if target and target.direction == "max" else "min", row.met, nouns.noun(row.noun).label.to(lang),
        row.last_year.value, tables.change(row.last_year, row.change_unit, row.good), row.light,
        *((year.value, year.last_year.value, tables.change(year.last_year, row.change_unit, row.good)) if year else ()),
    )  # fmt: skip


def _compare(spec: CompareSpec, content: Content) -> CompareSheet | None:
    lang = content.lang
    figures = tuple(figure(row, lang) for row in content.rows(content.compared_ids))
    where = _definitions_key(content)
    return CompareSheet(spec.key, spec.title.to(lang), figures, spec.intro.to(lang), where) if figures else None


def _overview(spec: OverviewSpec, content: Content) -> OverviewSheet | None:
    lang = content.lang
    figures = tuple(figure(row, lang, content.to_date[row.id]) for row in content.rows(content.headlines(spec)))
    grid = content.tables.get(spec.section)
    drawn = frozenset(c.key for c in grid.columns) if grid else frozenset()
    where = _definitions_key(content)
    lines = (spec.sheet, spec.section, drawn)
    return OverviewSheet(spec.key, spec.title.to(lang), figures, spec.intro.to(lang), where, *lines) if figures else None


def _definitions_key(content: Content) -> str:
    return next((s.key for s in content.template.sheets if isinstance(s, DefinitionsSpec)), "")


def _details(spec: DetailsSpec, content: Content) -> TableSheet | None:
    if spec.key not in content.details:
        return None
    lang = content.lang
    section = Section(spec.key, content.details[spec.key].table())
    return TableSheet(spec.key, spec.title.to(lang), (section,), spec.intro.to(lang))


def _tables(spec: TablesSpec, content: Content) -> TableSheet | None:
    lang = content.lang
    grids: dict[str, Grid | Details] = {**content.tables, **content.details}
    sections = tuple(
        Section(s.key, grids[s.key].table(), s.title.to(lang), _explained(s, content).to(lang),
                filter=isinstance(s, DetailsSpec) or (isinstance(s, ByTable) and not s.total))
        for s in spec.sections if s.key in grids
    )  # fmt: skip
    if not sections:
        return None
    return TableSheet(spec.key, spec.title.to(lang), sections, spec.intro.to(lang), "data" if spec.data else "detail")


def _explained(spec: TableSpec, content: Content) -> Text:
    """The line below the title of a table, with why it does not tell all if it does not."""
    table = content.tables.get(spec.key)  # a table of records is none of them
    if content.small is None or table is None or not table.withholds:
        return spec.intro
    return spec.intro.joined(content.small.rule(), " ") if spec.intro.zh else content.small.rule()


def _coming(spec: ComingSpec, content: Content) -> TableSheet | None:
    section = Section(spec.key, content.coming.table())
    return TableSheet(spec.key, spec.title.to(content.lang), (section,), spec.intro.to(content.lang)) if content.used else None


def _text(spec: TextSpec, content: Content) -> TableSheet | None:
    grid = content.text(spec)
    lang = content.lang
    section = Section(spec.key, grid.table(), filter=False)
    return TableSheet(spec.key, spec.title.to(lang), (section,), spec.intro.to(lang)) if grid.rows else None


def _closing(spec: ClosingSpec, content: Content) -> TableSheet | None:
    lang = content.lang
    sections = tuple(
        Section(key, grid.table(), closing.TITLES[key].to(lang), closing.INTROS[key].to(lang), filter=False)
        for key, grid in content.closing.items() if grid.rows
    )  # fmt: skip
    return TableSheet(spec.key, spec.title.to(lang), sections, spec.intro.to(lang)) if sections else None


def _checks(spec: ChecksSpec, content: Content) -> ChecksSheet:
    lang = content.lang
    sections = tuple(_evidence(key, grid, content) for key, grid in content.evidence.items())
    return ChecksSheet(spec.key, spec.title.to(lang), tuple(content.checks), sections, spec.intro.to(lang))


def _evidence(key: str, grid: Grid, content: Content) -> Section:
    lang = content.lang
    intro = evidence_intro(key, content.tills_later)
    if key == "entries":
        intro = Text("{text} 全部：{hash}", "{text} All of them: {hash}").fill(text=intro, hash=content.hash)
    empty = Text("没有", "None").to(lang)
    return Section(key, grid.table(), EVIDENCE[key].to(lang), intro.to(lang), empty, filter=False)


def evidence_intro(key: str, tills_later: bool) -> Text:
    """The line below the heading of such a table."""
    defined = entries.DEFINITION.joined(entries.TILLS, "", " ") if tills_later else entries.DEFINITION
    return {"entries": defined, "corrections": CORRECTED}.get(key, Text("", ""))


# -- definitions ------------------------------------------------------------------------------------------------------


def _definitions(spec: DefinitionsSpec, content: Content) -> DefinitionsSheet:
    """Every measure the report shows, then the groups of records it counts."""
    lang = content.lang
    shown = {ref.id.partition("{")[0] for ref in content.refs if not ref.group} | set(content.compared_ids) | set(content.to_date)
    found = [measure_definition(m.id, lang) for noun in content.used for m in measures.measures_of(noun) if m.id in shown]
    for ref in dict.fromkeys(ref._replace(part="") for ref in content.refs if ref.group):
        declared = content.numbers.source.noun(ref.noun)
        group = groups.group(declared, ref.group)
        assert group is not None, ref.id
        title = Text(f"{declared.label.zh} {group.label.zh}", f"{declared.label.en}: {group.label.en}")
        found.append(Definition(naming.definition(ref), title.to(lang), group.formula.to(lang)))
    if content.small is not None and any(grid.withholds for grid in content.tables.values()):
        title = withholding.TITLE.fill(n=content.small.smallest)
        found.append(Definition("smallest", title.to(lang), content.small.rule().to(lang)))
    if content.aftermath:
        found += [Definition(key, closing.TITLES[key].to(lang), closing.INTROS[key].to(lang)) for key in closing.TITLES]
    return DefinitionsSheet(spec.key, spec.title.to(lang), tuple(found), spec.intro.to(lang))


def measure_definition(identity: str, lang: Lang) -> Definition:
    """A measure in words."""
    measure = measures.measure(identity)
    nothing = Text("", "")
    return Definition(
        measure.id, measure.label.to(lang), measure.formula.to(lang), measure.numerator.to(lang),
        (measure.denominator or nothing).to(lang), (measure.exclusions or nothing).to(lang),
    )  # fmt: skip
