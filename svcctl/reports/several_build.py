"""A report about several sites, laid out for people: all together, beside each other, and a sheet a site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from svcctl import __version__, measures, nouns
from svcctl.measures.pool import Part
from svcctl.reports import attention, build, remarks, several_evidence, tables
from svcctl.reports.entries import SHORT
from svcctl.reports.grid import KIND_OF
from svcctl.reports.model import (
    Amount,
    AttentionRow,
    Chart,
    ChecksSheet,
    Column,
    CompareSheet,
    DefinitionsSheet,
    Fact,
    Link,
    Report,
    Section,
    Series,
    Sheet,
    SummarySheet,
    Table,
    TableSheet,
    Value,
)
from svcctl.reports.several import Several, SiteContent, called
from svcctl.reports.template import SHOWN_CHARTS, FigureColumn, Ref, Template
from svcctl.texts import Lang, Text

SUMMARY, SITES, COMPARE, CHECKS, DEFINITIONS, DATA = "summary", "sites", "compare", "checks", "definitions", "chart_data"
TITLE = Text("{title}（{n} 站合并）", "{title}, {n} sites")
ALL = Text("全部站点", "All sites")
BESIDE = Text("各站并列", "Sites side by side")
BESIDE_INTRO = Text(
    "全部站点的比率是各站分子之和 ÷ 分母之和，中位数和平均值按全部记录算，都不是各站数字的平均。“—”：该站没有这项业务，或没有可算的记录。",
    "A rate of all sites is the sum of the numerators ÷ the sum of the denominators, a median or mean that of all records: never an "
    "average of the sites' figures. A dash: the site does not do this, or has no record to count.",
)
TOGETHER = Text(
    "全部站点合在一起。所有站点都有可比数据时才有环比、同比，所有站点目标相同时才有目标。",
    "All sites together. Compared only where every site has comparable data; a target only if it is that of every site.",
)
CHART_DATA = Text("图表数据", "Chart data")
CHART_INTRO = Text("第一页各图的数据，按站点。", "What the charts of page 1 show, by site.")
SEE = Text("查看口径", "See")
SEALED, NOT_SEALED = Text("按哪次结账", "As of which seal"), Text("—（不是结账时的内容）", "— (not as sealed)")
OWN = Text("各站自己的", "each site's own")


def build_several(parts: Sequence[Part], template: Template, lang: Lang) -> Report:
    """The report of ``template`` about several ledgers, in the order in which they are given, texts in ``lang``.

    The same entries give an equal report. Raises Refused for amounts in different currencies.
    """
    found = Several(parts, template, lang)
    win = parts[0].win
    as_of = win.as_of.astimezone(win.site.zone)
    data = _data(found)
    sheets = [_summary(found, data), _beside(found), _together(found), *_each(found)]
    rest = (several_evidence.closing_sheet(found), _checks(found), _definitions(found), data)
    sheets += [s for s in rest if s is not None]
    meta = {
        "period": win.period.label, "as_of": as_of.isoformat(), "ledger_hash": found.hash, "template": template.name,
        "version": __version__, "edition": _edition(found), "sites": str(len(parts)),
    }  # fmt: skip
    if found.audience is not None:
        meta["audience"] = found.audience.name
    if win.known_at is not None:
        meta["known_at"] = win.known_at.astimezone(win.site.zone).isoformat(timespec="seconds")
    damaged = sum(len(site.content.damage) for site in found.sites)
    if damaged:
        meta["damaged"] = str(damaged)
    return Report(
        title=TITLE.fill(title=template.title, n=len(parts)).to(lang), period_title=win.period.title(lang),
        file_stem=build.file_stem(win.site.name, template.name, win.period, len(parts) - 1) + build.suffix(template), lang=lang,
        site=called(found.sites).to(lang), zone=win.site.zone.key, stamp=as_of, sheets=tuple(sheets), currency=found.currency,
        facts=tuple(_facts(found)), meta=meta, warnings=tuple(found.warnings()), notices=tuple(found.notices()),
        sign=remarks.sign(template, lang),
    )  # fmt: skip


def _edition(found: Several) -> str:
    """That of all sites together: no better than that of any of them."""
    own = {remarks.edition(site.part.win) for site in found.sites}
    return remarks.DRAFT if remarks.DRAFT in own else remarks.FINAL


def _facts(found: Several) -> Iterator[Fact]:
    """The band below the title: what is the same of all sites, and what they come to together."""
    contents = [site.content for site in found.sites]
    yield remarks.edition_fact(_edition(found), found.lang)
    facts = [{fact.label: fact for fact in remarks.window_facts(content)} for content in contents]
    for label in dict.fromkeys(label for one in facts for label in one):
        said = [one.get(label) for one in facts]
        yield said[0] if said[0] is not None and all(s == said[0] for s in said) else Fact(label, OWN.to(found.lang))
    yield from remarks.total_facts(contents, found.hash)


# -- sheets -----------------------------------------------------------------------------------------------------------


def _summary(found: Several, data: TableSheet | None) -> Sheet:
    spec, lang = found.summary, found.lang
    figures = tuple(build.figure(row, lang) for row in found.rows(found.headlines))
    title = spec.title if spec is not None else Text("汇总", "Summary")
    rows = None if spec is None or not spec.attention else [_attention(site, matter, lang) for site, matter in found.matters]
    charts = tuple(
        Chart("bar", section.title, DATA, section.key, "site", (Series(section.key),)) for section in (data.sections if data else ())
    )
    return SummarySheet(SUMMARY, title.to(lang), figures, charts, rows)


def _attention(site: SiteContent, matter: attention.Matter, lang: Lang) -> AttentionRow:
    """A matter with its site as its place; the place there stands with what it is about."""
    row = attention.row(matter, site.content.numbers, lang)
    colon = "：" if lang == "zh" else ": "
    return replace(row, place=site.name, what=f"{row.place}{colon}{row.what}" if row.place else row.what)


def _beside(found: Several) -> Sheet:
    """Every measure of all together, then of each site."""
    lang = found.lang
    columns = [
        Column("group", Text("板块", "Subject").to(lang), "text", 8), Column("label", Text("指标", "Measure").to(lang), "text", 22),
        Column("all", ALL.to(lang), "int", 13), *(Column(_key(n), site.name, "int", 13) for n, site in enumerate(found.sites, 1)),
    ]  # fmt: skip
    if found.definitions is not None:
        columns.append(Column("definition", Text("口径", "Definition").to(lang), "link", 11))
    rows = []
    for row in found.rows(found.ids):
        own = [site.value(row.id) for site in found.sites]
        values: list[Value] = [nouns.noun(row.noun).label.to(lang), _label(found, row.id), Amount(row.value, row.unit)]
        values += [Amount(None if one is None else one.value, row.unit) for one in own]
        if found.definitions is not None:
            values.append(Link(SEE.to(lang), DEFINITIONS, row.id))
        rows.append(values)
    table = Table(tuple(columns), rows, tuple(found.ids))
    return TableSheet(SITES, BESIDE.to(lang), (Section(SITES, table),), BESIDE_INTRO.to(lang))


def _key(number: int) -> str:
    return f"site_{number}"


def _label(found: Several, identity: str) -> str:
    """What a figure is called, with its unit."""
    measure = measures.find(identity).measure
    return tables.heading(FigureColumn(Ref(measure.noun, identity), None), measure.unit, found.currency).to(found.lang)


def _together(found: Several) -> Sheet:
    lang, spec = found.lang, found.comparison
    figures = tuple(build.figure(row, lang) for row in found.rows(found.ids))
    intro = TOGETHER.joined(spec.intro) if spec.intro.zh else TOGETHER
    return CompareSheet(COMPARE, spec.title.to(lang), figures, intro.to(lang), DEFINITIONS if found.definitions else "")


def _each(found: Several) -> Iterator[Sheet]:
    """A sheet a site: its comparison, as its own report has it."""
    lang = found.lang
    for number, site in enumerate(found.sites, 1):
        content = site.content
        figures = tuple(build.figure(row, lang) for row in content.rows(content.compared_ids))
        facts = [f"{fact.label} {fact.value}" for fact in remarks.window_facts(content)]
        sealed = several_evidence.named(site)
        if sealed:
            facts.append(f"{SEALED.to(lang)} {sealed}")
        yield CompareSheet(_key(number), site.name, figures, " · ".join(facts), DEFINITIONS if found.definitions else "")


def _checks(found: Several) -> Sheet | None:
    spec, lang = found.checks, found.lang
    if spec is None:
        return None
    checks = [replace(c, subject=f"{site.name} {c.subject}") for site in found.sites for c in site.content.checks]
    sections = [_ledgers(found), *several_evidence.evidence_sections(found)]
    return ChecksSheet(CHECKS, spec.title.to(lang), tuple(checks), tuple(sections), spec.intro.to(lang))


def _ledgers(found: Several) -> Section:
    """The ledgers that the report was made from."""
    lang = found.lang
    columns = (
        Column("site", several_evidence.SITE.to(lang), "text"), Column("period", Text("统计区间", "Period").to(lang), "text"),
        Column("as_of", Text("截至", "As of").to(lang), "text"), Column("entries", Text("条目数", "Entries").to(lang), "int", 0, "sum"),
        Column("hash", Text("校验码", "Hash").to(lang), "id"), Column("failed", Text("勾稽不符", "Failed checks").to(lang), "int", 0, "sum"),
        Column("damage", Text("损坏处", "Damaged places").to(lang), "int", 0, "sum"), Column("sealed", SEALED.to(lang), "text"),
    )  # fmt: skip
    rows: list[list[Value]] = []
    for site in found.sites:
        content = site.content
        rows.append([
            site.name, remarks.dates(content), remarks.stamp(content.win.as_of, content), len(content.entries), content.hash[:SHORT],
            sum(not c.ok for c in content.checks), len(content.damage), several_evidence.named(site) or NOT_SEALED.to(lang),
        ])  # fmt: skip
    title = Text("各站台账", "The ledgers")
    intro = Text("全部条目的校验码：{hash}", "Hash of the entries of all of them: {hash}").fill(hash=found.hash)
    return Section("ledgers", Table(columns, rows), title.to(lang), intro.to(lang), filter=False)


def _definitions(found: Several) -> Sheet | None:
    spec, lang = found.definitions, found.lang
    if spec is None:
        return None
    shown = dict.fromkeys(i.partition("{")[0] for i in (*found.ids, *found.headlines))
    made = (*(build.measure_definition(i, lang) for i in shown), *several_evidence.closing_definitions(found))
    return DefinitionsSheet(DEFINITIONS, spec.title.to(lang), made, spec.intro.to(lang))


# -- charts -----------------------------------------------------------------------------------------------------------


def _data(found: Several) -> TableSheet | None:
    """The figures of the charts by site; None where there is nothing to draw."""
    lang = found.lang
    sections = tuple(_by_site(found, identity) for identity in _drawn(found))
    return TableSheet(DATA, CHART_DATA.to(lang), sections, CHART_INTRO.to(lang), "data") if sections else None


def _drawn(found: Several) -> list[str]:
    """The figures of page 1 that are drawn: the first one of every noun, then the others, of which any site has some."""
    there = [i for i in found.headlines if any(row is not None and row.value for row in (site.value(i) for site in found.sites))]
    firsts = {measures.find(i).measure.noun: i for i in reversed(there)}
    chosen = [i for i in there if i in firsts.values()]
    chosen += [i for i in there if i not in chosen]
    return chosen[:SHOWN_CHARTS]


def _by_site(found: Several, identity: str) -> Section:
    """A figure of every site that uses its noun."""
    title, unit = _label(found, identity), measures.find(identity).measure.unit
    columns = (Column("site", several_evidence.SITE.to(found.lang), "text"), Column(identity, title, KIND_OF[unit], link=identity.partition("{")[0]))
    values = [(site.name, site.value(identity)) for site in found.sites]
    rows: list[list[Value]] = [
        [name, None if row.value is None else int(row.value) if unit == "count" else row.value] for name, row in values if row is not None
    ]
    return Section(identity, Table(columns, rows), title, filter=False)
