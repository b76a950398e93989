"""The content of a report about several sites: each site's own, beside all of them together, computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from svcctl import measures, nouns
from svcctl.errors import Refused
from svcctl.measures.compare import Row, compare_pooled
from svcctl.measures.engine import Figure
from svcctl.measures.pool import Part, pooled
from svcctl.reports import attention, entries, naming, remarks
from svcctl.reports.attention import Matter
from svcctl.reports.content import Content, used_nouns
from svcctl.reports.template import (
    SHOWN_FIGURES,
    ChecksSpec,
    ClosingSpec,
    CompareSpec,
    DefinitionsSpec,
    OverviewSpec,
    SheetSpec,
    SummarySpec,
    Template,
)
from svcctl.texts import Lang, Text, listed, same

NOTHING = Text("", "")
COMPARISON = Text("指标对比", "Comparison")
DIFFERENT = Text(
    "各站的时区、日界或记账月不同，各按自己的统计区间，见各站的表。",
    "The sites differ in time zone, start of the day or accounting month: each has its own dates, see its sheet.",
)
MISSING = Text("{site}不记{nouns}，相应的数字只含其余站点。", "{site} does not record these: {nouns}. Such figures are of the other sites only.")
SOME_SEALED = Text(
    "{sealed}已结账，数字是结账时的；{others}还没有结账：以后补录、更正，合在一起的数字还会变。",
    "{sealed}: sealed, with the figures of the closing. {others}: not sealed yet, so that late entries and corrections still change "
    "the figures of all sites.",
)
COPIED = Text(
    "{sites}有 {n:,} 条编号相同的条目，像是同一本台账的副本：合在一起就重复计算了。",
    "{sites} have {n:,} entries with the same ids, as copies of one ledger do: together they count more than once.",
)


class SiteContent(NamedTuple):
    """A site in the report: its name, with a number if others have the same, and everything that is said of it."""

    name: str
    part: Part
    content: Content

    def value(self, identity: str) -> Row | None:
        """A figure of the site with what it is compared to; None if the site does not use its noun."""
        used = measures.find(identity).measure.noun in self.content.used
        return self.content.rows([identity])[0] if used else None


class Several:
    """What a report of ``template`` says of several ledgers, the first of which names it; texts in ``lang``.

    Raises Refused where amounts of different currencies would have to be added up.
    """

    def __init__(self, parts: Sequence[Part], template: Template, lang: Lang) -> None:
        self.template, self.lang = reduced(template), lang
        self.audience = template.audience
        self.parts = parts
        self.used = tuple(dict.fromkeys(n for part in parts for n in used_nouns(self.template, part.win.site)))
        self.ids = naming.expanded(self.comparison.measures, self.used)
        self.currency = self._currency()
        contents = [Content(part.source, self.template, part.win, lang) for part in parts]
        self.sites = [SiteContent(*one) for one in zip(_names(parts), parts, contents, strict=True)]
        self._rows = {row.id: row for row in compare_pooled(parts, list(dict.fromkeys([*self.headlines, *self.ids])))}

    # -- figures ------------------------------------------------------------------------------------------------------

    @property
    def comparison(self) -> CompareSpec:
        """The sheet of the comparison."""
        return next(s for s in self.template.sheets if isinstance(s, CompareSpec))

    @property
    def summary(self) -> SummarySpec | None:
        """Page 1 of the template, if it has one."""
        return next((s for s in self.template.sheets if isinstance(s, SummarySpec)), None)

    @property
    def definitions(self) -> DefinitionsSpec | None:
        """The sheet with the definitions, if the template has one."""
        return next((s for s in self.template.sheets if isinstance(s, DefinitionsSpec)), None)

    @property
    def checks(self) -> ChecksSpec | None:
        """The sheet with the reconciliations, if the template has one."""
        return next((s for s in self.template.sheets if isinstance(s, ChecksSpec)), None)

    @property
    def closing(self) -> ClosingSpec | None:
        """The sheet about sealed months, if the template has one."""
        return next((s for s in self.template.sheets if isinstance(s, ClosingSpec)), None)

    @cached_property
    def headlines(self) -> list[str]:
        """The figures of page 1."""
        if self.summary is None:
            return self.ids[:SHOWN_FIGURES]
        return [ref.id for ref in self.summary.shown(self.used)]

    def rows(self, ids: Sequence[str]) -> list[Row]:
        """Figures of all sites together, beside what they are compared with."""
        return [self._rows[i] for i in ids]

    @cached_property
    def published(self) -> list[Figure]:
        """The figures of all together for programs: those that are shown of a site, but for amounts in different
        currencies and splits whose values are its own (a cash point, a person): of one name at two sites they are two."""
        wanted = {f.id for site in self.sites for f in site.content.published if self.adds_up(f.id)}
        found = pooled(self.parts, sorted(wanted)).figures
        order = {f.id: None for site in self.sites for f in site.content.published}
        return [found[i] for i in order if i in found]

    def adds_up(self, identity: str) -> bool:
        """Whether a figure means the same at every site, in one currency."""
        return _common(identity) and len(set(self._currencies([identity]).values())) < 2

    def _currency(self) -> str:
        """The one currency of the amounts; that of the first ledger where there are none."""
        found = self._currencies([*self.ids, *self.headlines])
        if len(set(found.values())) > 1:
            raise Refused(
                Text("币种不同的金额不能相加", "amounts in different currencies cannot be added up"), where="--ledger",
                got=", ".join(f"{self.parts[n].win.site.name} {currency}" for n, currency in found.items()),
                todo=Text("用没有金额的模板，或 --audience public；或各做各的",
                          "Take a template without amounts, or --audience public; or make a report each"),
            )  # fmt: skip
        return next(iter(found.values()), self.parts[0].win.site.currency)

    def _currencies(self, ids: Sequence[str]) -> dict[int, str]:
        """The currencies in which the amounts among figures are, by the number of each site that has such."""
        kinds = {measures.find(i).measure.noun for i in ids if _is_money(i)}
        return {n: part.win.site.currency for n, part in enumerate(self.parts) if kinds.intersection(part.win.site.nouns)}

    # -- what needs attention, what to know -------------------------------------------------------------------------------

    @cached_property
    def matters(self) -> list[tuple[SiteContent, Matter]]:
        """What needs attention at any site, the most urgent first."""
        found = [(site, matter) for site in self.sites for matter in site.content.matters]
        return sorted(found, key=lambda pair: attention.urgency(pair[1]))

    @cached_property
    def hash(self) -> str:
        """Of the entries of all ledgers, in whichever order these were named."""
        return entries.digest(u.entry for site in self.sites for u in site.content.entries)

    def warnings(self) -> list[str]:
        """What a reader has to know before relying on the figures, with the site it is about."""
        return [self.of(text, site) for site in self.sites for text in remarks.warnings(site.content)]

    def notices(self) -> list[str]:
        """What is good to know; what is the same of all sites is said once."""
        said: dict[str, list[SiteContent]] = {}
        for site in self.sites:
            for text in remarks.notices(site.content, site.part.source):
                said.setdefault(text, []).append(site)
        found = [DIFFERENT.to(self.lang)] if self.differ else []
        found += self._sealed()
        for text, whose in said.items():
            found.append(text if len(whose) == len(self.sites) else self.of(text, *whose))
        return [*found, *self._missing(), *self._copies()]

    def _sealed(self) -> Iterator[str]:
        """That some of the sites have closed what the report is about and others have not."""
        closed = [same(site.name) for site in self.sites if site.part.win.sealed is not None]
        others = [same(site.name) for site in self.sites if site.part.win.sealed is None]
        if closed and others:
            yield SOME_SEALED.fill(sealed=listed(closed), others=listed(others)).to(self.lang)

    def _copies(self) -> Iterator[str]:
        """That ledgers are copies of one, at least in part: what is in several counts several times."""
        times = Counter(u.entry.id for site in self.sites for u in site.content.entries)
        twice = {name for name, n in times.items() if n > 1}
        if twice:
            whose = [same(s.name) for s in self.sites if any(u.entry.id in twice for u in s.content.entries)]
            yield COPIED.fill(sites=listed(whose), n=len(twice)).to(self.lang)

    def _missing(self) -> Iterator[str]:
        for site in self.sites:
            gone = [nouns.noun(n).label for n in self.used if n not in site.content.used]
            if gone:
                lower = [Text(label.zh, label.en.lower()) for label in gone]
                yield MISSING.fill(site=site.name, nouns=listed(lower)).to(self.lang)

    @property
    def tills_later(self) -> bool:
        """Whether tills are looked at a little later than all else, at any site."""
        return any(site.content.tills_later for site in self.sites)

    @cached_property
    def differ(self) -> bool:
        """Whether the sites do not all look at the same stretch of time."""
        return len({(p.win.site.zone.key, p.win.start, p.win.end) for p in self.parts}) > 1

    def of(self, text: str, *sites: SiteContent) -> str:
        """A sentence with the sites it is about."""
        names = listed([same(site.name) for site in sites])
        return f"{names.zh}：{text}" if self.lang == "zh" else f"{names.en}: {text}"


def _names(parts: Sequence[Part]) -> list[str]:
    """The names of the sites; those that are the same get a number."""
    names = [part.win.site.name for part in parts]
    several, taken, found = Counter(names), set(names), list[str]()
    for name in names:
        one, number = name, 1
        while several[name] > 1 and (one == name or one in taken):
            one, number = f"{name} ({number})", number + 1
        taken.add(one)
        found.append(one)
    return found


def reduced(template: Template) -> Template:
    """What of a template is computed of every site: page 1 without its charts, the comparison, what came after closings, the checks.

    A template without a comparison, or an audience that is not shown it, has the measures compared that it shows otherwise.
    """
    compared = [s for s in template.sheets if isinstance(s, CompareSpec)]
    shown: list[CompareSpec | OverviewSpec] = [*compared, *(s for s in template.sheets if isinstance(s, OverviewSpec))]
    patterns = tuple(p for s in shown for p in s.measures)
    if not shown:
        patterns = tuple(ref.id for s in template.sheets if isinstance(s, SummarySpec) for ref in s.figures)
    first = compared[0] if compared else None
    comparison = CompareSpec(
        key="compare", title=first.title if first else COMPARISON, intro=first.intro if first else NOTHING, measures=patterns
    )
    sheets: list[SheetSpec] = [comparison]
    for spec in template.sheets:
        if isinstance(spec, SummarySpec):
            sheets.append(replace(spec, charts=()))
        elif isinstance(spec, ClosingSpec | ChecksSpec | DefinitionsSpec):
            sheets.append(spec)
    return replace(template, sheets=tuple(sheets))


def _is_money(identity: str) -> bool:
    measure = measures.find(identity).measure
    return "money" in (measure.unit, measure.parts)


def _common(identity: str) -> bool:
    """Whether a figure means the same at every site: not if it is of a value that a site has made up."""
    wanted = measures.find(identity)
    return not wanted.dimension or measures.register(wanted.measure.noun).dimensions[wanted.dimension].choices is not None


def called(sites: Sequence[SiteContent]) -> Text:
    """What several sites are called together: by their names, if these are short enough for a title."""
    names = listed([same(site.name) for site in sites])
    if len(sites) <= 3 and len(names.zh.encode()) <= 60:
        return names
    return Text(f"{sites[0].name}等 {len(sites)} 个站点", f"{sites[0].name} and {len(sites) - 1} more")
