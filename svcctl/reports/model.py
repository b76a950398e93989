"""The values a report is made of: figures, tables, charts, checks. No formatting, no file, no library.

All texts are already in the report's language. Numbers stay ``int`` or ``Decimal`` and dates stay ``date`` or
``datetime`` until a writer puts them into a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from svcctl.texts import Lang

Unit = Literal["count", "rate", "minutes", "money"]
"""``rate`` is a share (``0.95`` is 95 %), ``minutes`` has one decimal, ``money`` two, ``count`` none."""

Direction = Literal["up", "down"]
"""In which direction a figure gets better."""

Tone = Literal["good", "near", "alert"]
"""How something is to be seen. A writer shows it twice: by colour and by a sign."""

Kind = Literal["text", "id", "int", "money", "rate", "minutes", "date", "time", "flag", "link"]
"""What a column holds. ``time`` is a date with a time of day; ``flag`` holds :class:`Flag`, ``link`` holds
:class:`Link`, but any column takes them; ``id`` is text that is never broken or read as a number."""

Light = Literal["met", "near", "missed"]
"""How a figure stands to its target."""

Base = Literal["ok", "zero", "none"]
"""Whether a change could be computed: ``zero`` base is shown as a dash, ``none`` as "no comparable data"."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a row of another sheet, or to the sheet's top if ``row`` is empty.

    ``sheet`` is the key of a sheet of the report, ``row`` one of the row ids of its tables (for a
    :class:`CompareSheet` or :class:`DefinitionsSheet` the measure's id). A target that is not there leaves plain text.
    """

    text: str
    sheet: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A word that says how something stands (``逾期``, ``on time``), with its tone.

    ``quiet`` is for what is as it should be in nearly every row: shown without a coloured ground.
    """

    text: str
    tone: Tone | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with a unit of its own, for columns in which units differ. ``value`` None is shown as a dash.

    ``signed`` is for differences: shown with ``+`` or ``-``, and those of rates (0.05) in percentage points (+5.00).
    """

    value: Decimal | int | None
    unit: Unit
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The change against a base, in the unit it names.

    ``value`` 13.2 with ``percent`` is +13.2 %; -9.2 with ``points`` is 9.2 percentage points less. It is None if and
    only if ``base`` is not ``ok``. ``good`` is the direction that is welcome; a :class:`Figure` brings its own.
    """

    value: Decimal | None
    unit: Literal["percent", "points"]
    base: Base = "ok"
    good: Direction | None = None


@dataclass(frozen=True, slots=True)
class Spark:
    """A few small columns over the numbers of a column of a table: ``sheet`` and ``section`` are keys, ``column`` one of it."""

    sheet: str
    section: str
    column: str


Value = str | int | Decimal | date | datetime | Link | Flag | Amount | Change | Spark | None
"""What a cell of a :class:`Table` may hold (``bool`` is shown as yes or no, None as an empty cell).

A ``datetime`` with a zone is shown in the report's zone, one without as it stands."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    ``width`` is a lower bound in half-width characters (0: from the content). ``total`` puts a sum, or the count of
    the cells that are not empty, below the column (``sum`` for int, money and minutes). ``bar`` draws each number's
    size behind it. ``link`` is the id under which the report's definitions say what is in the column.
    """

    key: str
    label: str
    kind: Kind = "text"
    width: int = 0
    total: Literal["sum", "count"] | None = None
    bar: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of typed values under their columns; every row has one value a column.

    Of many rows each is made when it is asked for (``many.Made``): a writer takes them one by one, as seldom as it can.
    ``row_ids`` (empty, or one a row) are what a :class:`Link` can lead to: of several rows of a sheet to the first.
    ``totals`` are those of columns, by their keys, that are known without looking at the rows; a writer finds the others.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    row_ids: Sequence[str] = ()
    totals: Mapping[str, Decimal | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading, in a sheet that may hold several one below the other.

    ``key`` is unique in the sheet. ``empty`` is shown where the table has no rows ("" for "None in this period").
    ``filter`` False leaves the table without filter buttons.
    """

    key: str
    table: Table
    title: str = ""
    intro: str = ""
    empty: str = ""
    filter: bool = True


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet of tables: details, chart data. ``intro`` is one line that defines what is counted here.

    ``flavour`` only decides the colour of the sheet's tab and whether it is for readers or for reference.
    """

    key: str
    title: str
    sections: tuple[Section, ...]
    intro: str = ""
    flavour: Literal["detail", "data"] = "detail"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure in the report's period, with what it is compared to.

    ``label`` is without the unit. ``group`` is the noun's label, ``target_kind`` says whether the target is a floor
    or a ceiling, ``met`` and ``light`` are None without a target or a value. ``change`` is against the previous period,
    ``yoy`` against the same period last year, ``year_change`` of the year ``to_date`` against ``last_to_date``; None
    stands for no comparable base.
    """

    measure_id: str
    label: str
    value: Decimal | int | None
    unit: Unit
    previous: Decimal | int | None = None
    change: Change | None = None
    good: Direction | None = None
    target: Decimal | int | None = None
    target_kind: Literal["min", "max"] = "min"
    met: bool | None = None
    group: str = ""
    last_year: Decimal | int | None = None
    yoy: Change | None = None
    light: Light | None = None
    to_date: Decimal | int | None = None
    last_to_date: Decimal | int | None = None
    year_change: Change | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A column of numbers in a chart; ``line`` draws it as a line over the columns of a ``column`` chart."""

    column: str
    line: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart over a section of a table sheet.

    ``kind``: ``column`` upright (over time), ``bar`` lying (over categories), ``line``, ``pie``, ``doughnut`` (both
    with one series). ``sheet`` and ``section`` are keys, ``categories`` and the series are keys of its columns.
    ``alt`` tells in words what is to be seen ("" for title and figures).
    """

    kind: Literal["column", "bar", "line", "pie", "doughnut"]
    title: str
    sheet: str
    section: str
    categories: str
    series: tuple[Series, ...]
    alt: str = ""


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """Something that needs attention. ``age`` is in days. It links to row ``id`` of the sheet ``sheet``.

    ``place``, ``what`` and ``who`` are texts, empty if unknown; ``subject`` is the noun's label.
    """

    id: str
    subject: str
    date: date | datetime | None
    place: str
    what: str
    who: str
    age: Decimal | None
    sheet: str


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """Page 1: up to 8 figures, up to 3 charts, what needs attention (most urgent first; None: nothing is said of it).

    A writer shows as many attention rows as fit on the page and says how many there are in all.
    """

    key: str
    title: str
    figures: tuple[Figure, ...]
    charts: tuple[Chart, ...] = ()
    attention: Sequence[AttentionRow] | None = ()


@dataclass(frozen=True, slots=True)
class CompareSheet:
    """Every measure with the previous period, the same one last year and its target.

    ``definitions`` is the key of the sheet that defines them.
    """

    key: str
    title: str
    figures: tuple[Figure, ...]
    intro: str = ""
    definitions: str = "definitions"


@dataclass(frozen=True, slots=True)
class OverviewSheet:
    """Headline measures of a month with all they are compared with, the year to date, and how they went.

    ``lines_sheet`` and ``lines_section`` are the keys of the trend behind the small charts ("" for none), ``drawn`` the
    measures it has columns of.
    """

    key: str
    title: str
    figures: tuple[Figure, ...]
    intro: str = ""
    definitions: str = "definitions"
    lines_sheet: str = ""
    lines_section: str = ""
    drawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """A reconciliation: what has to be equal, both sides, whether they are. ``note`` says what to look at.

    ``expected`` and ``found`` are numbers in ``unit``, or texts.
    """

    subject: str
    what: str
    expected: Decimal | int | str | None
    found: Decimal | int | str | None
    ok: bool
    unit: Unit = "count"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChecksSheet:
    """Reconciliations, then further tables: counts and hashes of the entries used, late entries, voids."""

    key: str
    title: str
    checks: tuple[Check, ...]
    sections: tuple[Section, ...] = ()
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """How a measure is computed, in words. For a count, ``denominator`` is empty."""

    measure_id: str
    label: str
    formula: str
    numerator: str = ""
    denominator: str = ""
    exclusions: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionsSheet:
    """The definition of every measure shown."""

    key: str
    title: str
    definitions: tuple[Definition, ...]
    intro: str = ""


Sheet = SummarySheet | OverviewSheet | CompareSheet | TableSheet | ChecksSheet | DefinitionsSheet


@dataclass(frozen=True, slots=True)
class Fact:
    """One item of the band below the title: ``Fact("截至", "2025-10-31 23:59:59")``."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    ``title`` names the report (``客服月报``), ``period_title`` the period (``2025年10月``), ``file_stem`` the file's
    name without its ending. ``zone`` is the IANA name in which times are shown, ``currency`` an ISO 4217 code.
    ``facts`` are for the band: period with dates, time zone, as-of, number of entries, result of the checks.
    ``meta`` goes into the document's properties: ``period``, ``as_of``, ``ledger_hash``, ``version`` (of the program),
    ``edition``, ``audience`` if it is for one in particular;
    ``damaged``, the number of damaged places, if there are any.
    ``sign`` are the places to sign at the foot of page 1, each with the name of who is to, or "".
    ``warnings`` (a damaged ledger) are shown large, ``notices`` (provisional, where the data ends) quietly.
    ``stamp`` has a zone and comes from the period, never from the clock: it is the document's creation time.
    The first sheet is the one that opens.
    """

    title: str
    period_title: str
    file_stem: str
    lang: Lang
    site: str
    zone: str
    stamp: datetime
    sheets: tuple[Sheet, ...]
    currency: str = "CNY"
    facts: tuple[Fact, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    sign: tuple[Fact, ...] = ()
