"""What a report shows, in which order, under which titles: a template as values. ``template_in`` reads one from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from svcctl.period import Kind as PeriodKind
from svcctl.texts import Text

Part = Literal["", "num", "den", "previous", "change", "last_year", "yoy", "share", "cumulative"]
"""What of a figure is wanted: its value (""), a part of a rate, something of its comparison, or its share of a table."""

PARTS: tuple[Part, ...] = ("", "num", "den", "previous", "change", "last_year", "yoy", "share", "cumulative")
COMPARED: tuple[Part, ...] = ("previous", "change", "last_year", "yoy")
SHARES: tuple[Part, ...] = ("share", "cumulative")  # of a row in the total of its table; of it and the rows above
TONES = ("good", "alert")
SHOWN_FIGURES, SHOWN_CHARTS = 8, 3  # of those a template lists for page 1: the first ones of the nouns that are used


class Ref(NamedTuple):
    """A figure that a template names: a measure (``id``, perhaps with a split), or a group of records of a noun."""

    noun: str
    id: str
    group: str = ""  # empty for a measure
    part: Part = ""

    @property
    def key(self) -> str:
        """What a column with it is called: ``repair.on_time_rate``, ``repair.on_time_rate:change``."""
        return f"{self.id}:{self.part}" if self.part else self.id


class FigureColumn(NamedTuple):
    """A column of a statistic: a figure, under a title of its own if ``title`` is given."""

    ref: Ref
    title: Text | None


class FieldColumn(NamedTuple):
    """A column of a detail sheet. ``tone`` says what a yes means: ``good``, ``alert`` or nothing (None)."""

    key: str
    title: Text | None = None
    tone: Literal["good", "alert"] | None = None
    total: bool = False
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """A chart over the columns ``series`` of the table ``section`` on the sheet ``sheet``; ``lines`` are drawn as lines."""

    kind: Literal["column", "bar", "line", "pie", "doughnut"]
    title: Text
    sheet: str
    section: str
    series: tuple[Ref, ...]
    lines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTable:
    """Figures of a noun by the values of a field: one row a value, and a total unless ``total`` is False.

    ``used`` leaves out values of which every figure is nothing. ``sort`` is a column's key, the largest first.
    ``rest`` is what the row is called that has what is in the total and in no other row (None: "not given").
    """

    key: str
    title: Text
    intro: Text
    noun: str
    by: str
    columns: tuple[FigureColumn, ...]
    used: bool = True
    total: bool = True
    sort: str = ""
    limit: int = 0
    rest: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """How many records of a group there are by two fields, or what their field ``sum`` comes to.

    ``total`` False leaves out the row of totals: what stands in one column may be of sorts that are not added up.
    """

    key: str
    title: Text
    intro: Text
    noun: str
    by: str
    across: str
    group: str
    sum: str = ""
    total: bool = True

    @property
    def counted(self) -> Ref:
        """The figure that all of its numbers come to."""
        return Ref(self.noun, f"{self.noun}.{self.group}", self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Figures of the last ``last`` days, weeks or months, the report's own last."""

    key: str
    title: Text
    intro: Text
    each: Literal["day", "week", "month"]
    last: int
    columns: tuple[FigureColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsSpec:
    """One row a record of a noun that is in any of ``records`` (groups). ``sort``: keys, each with whether it falls.

    ``where`` keeps those only in which fields have these values, as stored; ``limit`` the first so many (0: all).
    """

    key: str
    title: Text
    intro: Text
    noun: str
    records: tuple[str, ...]
    columns: tuple[FieldColumn, ...]
    sort: tuple[tuple[str, bool], ...]
    where: tuple[tuple[str, str], ...] = ()
    limit: int = 0


TableSpec = ByTable | Matrix | Trend | DetailsSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySpec:
    """Page 1: figures, charts, and what is overdue or due ``within`` a time after the as-of.

    More may be listed than are shown, so that a site that does not use every noun has its page full too.
    """

    key: str
    title: Text
    figures: tuple[Ref, ...]
    charts: tuple[ChartSpec, ...]
    within: timedelta
    attention: bool = True

    def shown(self, used: tuple[str, ...]) -> list[Ref]:
        """The figures that are shown where these nouns are used."""
        return [ref for ref in self.figures if ref.noun in used][:SHOWN_FIGURES]


class Line(NamedTuple):
    """A sentence with figures in it, ``{repair.received}``; ``refs`` are those of both languages, by their text.

    ``when``: it stands only where one of these figures is not nothing. ``alert``: it is something to worry about.
    """

    text: Text
    refs: dict[str, Ref]
    when: tuple[Ref, ...] = ()
    alert: bool = False

    @property
    def named(self) -> tuple[Ref, ...]:
        """Every figure that it needs."""
        return (*self.refs.values(), *self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpec:
    """A sheet of sentences. One is left out where a noun in it is not used."""

    key: str
    title: Text
    intro: Text
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSpec:
    """Measures beside the previous period, last year's and their targets; ``noun.*`` are all measures of a noun."""

    key: str
    title: Text
    intro: Text
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewSpec:
    """Headline measures of a month with all they are compared with, the year to date, targets as lights, and how they
    went: small charts of the columns of the trend ``section`` on the sheet ``sheet`` ("" for none)."""

    key: str
    title: Text
    intro: Text
    measures: tuple[str, ...]
    sheet: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesSpec:
    """A sheet of statistics and lists of records one below the other; ``data`` marks one that is there for the charts."""

    key: str
    title: Text
    intro: Text
    data: bool
    sections: tuple[TableSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksSpec:
    """Reconciliations, the entries used, late ones, corrections."""

    key: str
    title: Text
    intro: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSpec:
    """What was recorded in the period about months that were sealed by then. Left out where there is nothing."""

    key: str
    title: Text
    intro: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsSpec:
    """How every figure of the report is defined."""

    key: str
    title: Text
    intro: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSpec:
    """What falls due in the period that follows, of all nouns that are used, in one list."""

    key: str
    title: Text
    intro: Text


SheetSpec = ComingSpec | SummarySpec | TextSpec | OverviewSpec | CompareSpec | DetailsSpec | TablesSpec | ClosingSpec | ChecksSpec | DefinitionsSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a report is for, and what of a template they are shown; ``audience`` leaves out the rest.

    ``nouns``: only these (None: all). ``without``: keys of sheets and tables; ``hidden``: ids of figures.
    ``records``: single records; ``names``: people, tenants, units and free text; ``accounts``: what one tenant owes.
    ``smallest``: of split tables no number between 0 and this (0: all of them are shown).
    """

    name: str
    nouns: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    attention: bool = True
    records: bool = True
    names: bool = True
    accounts: bool = True
    smallest: int = 0


class Sign(NamedTuple):
    """Who is named in the line to sign at the foot of page 1; an empty text leaves the place blank."""

    prepared: Text = Text("", "")
    checked: Text = Text("", "")
    approved: Text = Text("", "")


UNSIGNED = Sign()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A report: ``name`` is what it is asked for by, ``period`` the kind of period it is about.

    ``audiences``: those it may be made for. ``audience``: the one it was narrowed to; None: everything is shown.
    ``brand``: the workbook whose look it takes ("": the usual one if there is one, ``none``: nobody's).
    ``extends``: the template that it was made from ("": none).
    """

    name: str
    period: PeriodKind
    title: Text
    sheets: tuple[SheetSpec, ...]
    audiences: tuple[Audience, ...] = ()
    audience: Audience | None = None
    brand: str = ""
    extends: str = ""
    sign: Sign = UNSIGNED

    def details(self) -> list[tuple[str, DetailsSpec]]:
        """Every list of records, with the key of the sheet it stands on."""
        found: list[tuple[str, DetailsSpec]] = []
        for sheet in self.sheets:
            sections: tuple[object, ...] = sheet.sections if isinstance(sheet, TablesSpec) else (sheet,)
            found += [(sheet.key, spec) for spec in sections if isinstance(spec, DetailsSpec)]
        return found

    def trends(self) -> list[Trend]:
        """The tables that look further back than the period before."""
        return [s for sheet in self.sheets if isinstance(sheet, TablesSpec) for s in sheet.sections if isinstance(s, Trend)]
