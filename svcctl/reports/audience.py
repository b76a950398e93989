"""A report for somebody in particular: a template without what they may not see.

Everything a report says follows from its template, so what is left out of that is left out of every sheet, chart,
link and table at once; what does not (single entries among the checks, figures for programs) asks the audience here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from svcctl import measures, nouns, rows
from svcctl.errors import Refused, Usage
from svcctl.fields import (
    ChoiceType,
    DateType,
    FlagType,
    IntType,
    MoneyType,
    MonthType,
    NumberType,
    PointType,
    TimeType,
    near,
)
from svcctl.reports import naming
from svcctl.reports.template import (
    COMPARED,
    SHARES,
    Audience,
    ByTable,
    ComingSpec,
    CompareSpec,
    DetailsSpec,
    FieldColumn,
    Matrix,
    OverviewSpec,
    Ref,
    SheetSpec,
    SummarySpec,
    TableSpec,
    TablesSpec,
    Template,
    TextSpec,
    Trend,
)
from svcctl.texts import Text, listed, same

LABELS: dict[str, Text] = {
    "team": Text("班组", "the team"), "manager": Text("经理", "managers"), "finance": Text("财务", "finance"),
    "public": Text("公众", "the public"),
}  # fmt: skip
NEVER: dict[str, tuple[str, ...]] = {"team": ("accounts",), "public": ("records", "names", "accounts")}
"""What is not shown to an audience, whatever a template says."""

SMALLEST = 3
"""The threshold of small numbers unless a template has a higher one: of two, each knows the other."""

OF_ONE_TENANT = ("fee",)  # the nouns whose records are what one tenant owes or paid
_CLOSED = (ChoiceType, FlagType, PointType, MonthType, IntType, NumberType, MoneyType, TimeType, DateType)
_NO_TEXT = ("id", "kind", "state", "no", "scope", "next", "next_by", "age_days", "late_hours", "last_at")


def narrowed(template: Template, name: str) -> Template:
    """``template`` for one of its audiences. Usage for a word that is none, Refused for one it does not declare."""
    declared = {one.name: one for one in template.audiences}
    if name not in LABELS:
        hint = near(name, list(LABELS))
        todo = Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None
        raise Usage(Text("选项的值", "the value"), where="--audience", expected=listed([same(a) for a in LABELS]), got=name, todo=todo)
    if name not in declared:
        raise Refused(
            Text("这个模板没有写给这种读者看什么", "this template does not say what such readers are shown"), where="--audience",
            expected=listed([same(a) for a in declared]) if declared else Text("不写", "none"), got=name,
            todo=Text(f"在 templates/{template.name}.yaml 的 audiences 里写上；见 svcctl help templates",
                      f"Declare it in audiences of templates/{template.name}.yaml; see svcctl help templates"),
        )  # fmt: skip
    who = declared[name]
    return replace(template, sheets=shown(template.sheets, who), audience=who)


def shown(sheets: Iterable[SheetSpec], who: Audience) -> tuple[SheetSpec, ...]:
    """The sheets without what an audience is not shown."""
    found = (_sheet(spec, who) for spec in sheets if spec.key not in who.without)
    return tuple(spec for spec in found if spec is not None)


# -- what an audience is shown ----------------------------------------------------------------------------------------


def shows_noun(who: Audience | None, noun: str) -> bool:
    """Whether anything about a noun is shown."""
    return who is None or who.nouns is None or noun in who.nouns


def shows(who: Audience | None, ref: Ref) -> bool:
    """Whether a figure is shown."""
    if who is None:
        return True
    base, _, split = ref.id.partition("{")
    if split and who.smallest:
        return False  # by itself, outside of a table, it cannot be told together with others
    return shows_noun(who, ref.noun) and base not in who.hidden and (not split or splits(who, ref.noun, split.partition("=")[0]))


def splits(who: Audience | None, noun: str, by: str) -> bool:
    """Whether figures by the values of a field are shown: not if these are names, or what somebody wrote."""
    if who is None or not naming.exists(noun):
        return True
    closed = _closed(noun, by)
    return closed or (who.names and (who.accounts or noun not in OF_ONE_TENANT))


def _closed(noun: str, by: str) -> bool:
    """Whether the values of a field are declared, or numbers and times, so that none of them is anybody's name."""
    register = measures.register(noun) if noun in measures.NOUNS else None
    if register is not None and by in register.dimensions and register.dimensions[by].choices is not None:
        return True
    heading = rows.headings(nouns.noun(noun)).get(by)
    return by in ("kind", "state") or (heading is not None and not heading.personal and isinstance(heading.type, _CLOSED))


def lists(who: Audience | None, noun: str) -> bool:
    """Whether single records of a noun are shown, row by row."""
    return who is None or (who.records and shows_noun(who, noun) and (who.accounts or noun not in OF_ONE_TENANT))


def lists_entries(who: Audience | None, noun: str) -> bool:
    """Whether single entries of a noun are shown with who recorded them and why."""
    return who is None or (who.names and lists(who, noun))


def reconciles(who: Audience | None, noun: str) -> bool:
    """Whether reconciliations of a noun are shown: they speak of all its figures, so not if one of them is left out."""
    return who is None or not any(i.partition(".")[0] == noun for i in who.hidden)


def published(template: Template, refs: Iterable[Ref], compared: Iterable[str], ids: Iterable[str]) -> set[str]:
    """Those of the figures ``ids`` that a report shows somewhere: measures, and splits whose table it has."""
    shown = set(compared) | {ref.id for ref in refs if not ref.group}
    if template.audience is not None and template.audience.smallest:
        return {i for i in ids if i in shown}  # splits only stand in their tables, without the small numbers
    sections = (s for sheet in template.sheets if isinstance(sheet, TablesSpec) for s in sheet.sections)
    tables = tuple(f"{c.ref.id}{{{s.by}=" for s in sections if isinstance(s, ByTable) for c in s.columns if not c.ref.group)
    return {i for i in ids if i in shown or i.startswith(tables)}


# -- sheets without what is not shown ---------------------------------------------------------------------------------


def _sheet(spec: SheetSpec, who: Audience) -> SheetSpec | None:
    """A sheet without what an audience is not shown; None if nothing is left."""
    if isinstance(spec, SummarySpec):
        charts = (replace(c, series=tuple(r for r in c.series if shows(who, r))) for c in spec.charts)
        return replace(
            spec, figures=tuple(r for r in spec.figures if shows(who, r)), charts=tuple(c for c in charts if c.series),
            attention=who.attention and who.records and who.names,
        )  # fmt: skip
    if isinstance(spec, TextSpec):
        lines = tuple(line for line in spec.lines if all(shows(who, ref) for ref in line.named))
        return replace(spec, lines=lines) if lines else None
    if isinstance(spec, CompareSpec | OverviewSpec):
        chosen = tuple(i for pattern in spec.measures for i in _expanded(pattern) if shows(who, Ref(i.partition(".")[0], i)))
        return replace(spec, measures=chosen) if chosen else None
    if isinstance(spec, DetailsSpec):
        return _details(spec, who)
    if isinstance(spec, ComingSpec):
        return spec if who.records and who.names else None
    if isinstance(spec, TablesSpec):
        found = (_section(s, who) for s in spec.sections if s.key not in who.without)
        sections = tuple(s for s in found if s is not None)
        return replace(spec, sections=sections) if sections else None
    return spec


def _expanded(pattern: str) -> list[str]:
    noun = pattern.partition(".")[0]
    return [m.id for m in measures.measures_of(noun)] if pattern.endswith(".*") else [pattern]


def _details(spec: DetailsSpec, who: Audience) -> DetailsSpec | None:
    if not lists(who, spec.noun):
        return None
    columns = tuple(c for c in spec.columns if _column(c, spec.noun, who))
    return replace(spec, columns=columns) if columns else None


def _column(column: FieldColumn, noun: str, who: Audience) -> bool:
    return who.names or column.key in _NO_TEXT or not naming.exists(noun) or _closed(noun, column.key)


def _section(spec: TableSpec, who: Audience) -> TableSpec | None:
    if isinstance(spec, Trend):
        columns = tuple(c for c in spec.columns if shows(who, c.ref))
        return replace(spec, columns=columns) if columns else None
    if isinstance(spec, DetailsSpec):
        return _details(spec, who)
    if not shows_noun(who, spec.noun) or not splits(who, spec.noun, spec.by):
        return None
    if who.smallest and not all(_declared(spec.noun, by) for by in _fields(spec)):
        return None
    if isinstance(spec, Matrix):
        if who.smallest and spec.sum:
            return None
        return spec if splits(who, spec.noun, spec.across) and shows(who, spec.counted) else None
    columns = tuple(c for c in spec.columns if shows(who, c.ref) and (not who.smallest or _counts(c.ref)))
    sort = spec.sort if any(c.ref.key == spec.sort for c in columns) else ""
    return replace(spec, columns=columns, sort=sort) if columns else None


def _fields(spec: ByTable | Matrix) -> tuple[str, ...]:
    return (spec.by, spec.across) if isinstance(spec, Matrix) else (spec.by,)


def _declared(noun: str, by: str) -> bool:
    """Whether all values that a field may have are known beforehand, so that it tells nothing which of them are listed."""
    register = measures.register(noun) if noun in measures.NOUNS else None
    found = register.dimensions.get(by) if register is not None else None
    if found is not None:
        return found.choices is not None
    heading = rows.headings(nouns.noun(noun)).get(by) if naming.exists(noun) else None
    return by == "state" or (heading is not None and isinstance(heading.type, ChoiceType))


def _counts(ref: Ref) -> bool:
    """Whether it is known of how many a figure of a split is: a count, or a rate of counts, and not beside another period's.

    What an earlier period's own report has withheld, a comparison with it would tell.
    """
    if ref.part in COMPARED or ref.part in SHARES:
        return False
    if ref.group or not naming.exists(ref.noun):
        return True
    measure = measures.find(ref.id).measure
    return measure.unit == "count" or (measure.unit == "rate" and measure.parts == "count")


def left_out(whole: Template, narrow: Template) -> list[Text]:
    """The titles of the sheets that a narrowed template no longer has."""
    kept: set[Any] = {spec.key for spec in narrow.sheets}
    return [spec.title for spec in whole.sheets if spec.key not in kept]
