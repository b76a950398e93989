"""Comparison, checks and definitions as plain table sheets, so that one writer serves every sheet but the summary."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from svcctl.reports.model import (
    Amount,
    Change,
    Check,
    ChecksSheet,
    Column,
    CompareSheet,
    DefinitionsSheet,
    Figure,
    Flag,
    Kind,
    Link,
    OverviewSheet,
    Section,
    Spark,
    Table,
    TableSheet,
    Value,
)
from svcctl.texts import Lang, Text
from svcctl.xlsx import words

_COMPARE: tuple[tuple[str, Kind, int], ...] = (
    ("group", "text", 8),
    ("label", "text", 22),
    ("value", "int", 10),
    ("previous", "int", 10),
    ("difference", "int", 10),
    ("change", "int", 10),
    ("last_year", "int", 10),
    ("yoy", "int", 10),
    ("target", "int", 9),
    ("met", "flag", 10),
    ("definition", "link", 10),
)
_OVERVIEW: tuple[tuple[str, Kind, int], ...] = (
    ("group", "text", 8),
    ("label", "text", 20),
    ("value", "int", 13),
    ("previous", "int", 13),
    ("change", "int", 13),
    ("last_year", "int", 12),
    ("yoy", "int", 13),
    ("to_date", "int", 13),
    ("last_to_date", "int", 13),
    ("year_change", "int", 13),
    ("target", "int", 11),
    ("light", "flag", 11),
    ("trend", "flag", 16),
    ("definition", "link", 11),
)
_CHECK: tuple[tuple[str, Kind, int], ...] = (
    ("subject", "text", 8),
    ("what", "text", 30),
    ("expected", "int", 14),
    ("found", "int", 14),
    ("difference", "int", 12),
    ("result", "flag", 10),
    ("note", "text", 40),
)
_DEFINITION: tuple[tuple[str, Kind, int], ...] = (
    ("id", "id", 24),
    ("label", "text", 16),
    ("formula", "text", 30),
    ("numerator", "text", 24),
    ("denominator", "text", 24),
    ("exclusions", "text", 24),
)


def compare(sheet: CompareSheet, lang: Lang, currency: str) -> TableSheet:
    """The comparison: one row a figure."""
    rows = [_compare_row(figure, sheet.definitions, lang, currency) for figure in sheet.figures]
    ids = tuple(figure.measure_id for figure in sheet.figures)
    table = Table(_columns(_COMPARE, words.COMPARE_HEADS, lang), rows, ids)
    return TableSheet(sheet.key, sheet.title, (Section(sheet.key, table),), sheet.intro)


def overview(sheet: OverviewSheet, lang: Lang, currency: str) -> TableSheet:
    """The headline measures: one row a figure."""
    rows = [_overview_row(figure, sheet, lang, currency) for figure in sheet.figures]
    ids = tuple(figure.measure_id for figure in sheet.figures)
    table = Table(_columns(_OVERVIEW, words.OVERVIEW_HEADS, lang), rows, ids)
    return TableSheet(sheet.key, sheet.title, (Section(sheet.key, table, filter=False),), sheet.intro)


def _overview_row(figure: Figure, sheet: OverviewSheet, lang: Lang, currency: str) -> list[Value]:
    unit = figure.unit
    drawn = figure.measure_id in sheet.drawn
    return [
        figure.group,
        words.with_unit(figure.label, unit, currency, lang),
        Amount(figure.value, unit),
        Amount(figure.previous, unit),
        _changed(figure.change, figure),
        Amount(figure.last_year, unit),
        _changed(figure.yoy, figure),
        Amount(figure.to_date, unit),
        Amount(figure.last_to_date, unit),
        _changed(figure.year_change, figure),
        Amount(figure.target, unit),
        _light(figure, lang),
        Spark(sheet.lines_sheet, sheet.lines_section, figure.measure_id) if drawn else None,
        Link(words.SEE_DEFINITION.to(lang), sheet.definitions, figure.measure_id),
    ]


def _changed(change: Change | None, figure: Figure) -> Change:
    nothing: Change = Change(None, "points" if figure.unit == "rate" else "percent", "none")
    return replace(change or nothing, good=figure.good)


def _light(figure: Figure, lang: Lang) -> Flag:
    """How a figure stands to its target, in a word with a sign and a colour."""
    if figure.light == "near":
        return Flag(words.NEAR.to(lang), "near")
    return met(figure.met, lang)


def _columns(shape: tuple[tuple[str, Kind, int], ...], heads: tuple[Text, ...], lang: Lang) -> tuple[Column, ...]:
    return tuple(Column(key, head.to(lang), kind, width) for (key, kind, width), head in zip(shape, heads, strict=True))


def _compare_row(figure: Figure, definitions: str, lang: Lang, currency: str) -> list[Value]:
    unit = figure.unit
    difference = None
    if figure.value is not None and figure.previous is not None:
        difference = Decimal(figure.value) - Decimal(figure.previous)
    return [
        figure.group,
        words.with_unit(figure.label, unit, currency, lang),
        Amount(figure.value, unit),
        Amount(figure.previous, unit),
        Amount(difference, unit, signed=True),
        _changed(figure.change, figure),
        Amount(figure.last_year, unit),
        _changed(figure.yoy, figure),
        Amount(figure.target, unit),
        met(figure.met, lang),
        Link(words.SEE_DEFINITION.to(lang), definitions, figure.measure_id),
    ]


def met(value: bool | None, lang: Lang) -> Flag:
    """Whether a target was met, as a flag; a dash if there is none."""
    if value is None:
        return Flag(words.DASH)
    return Flag(words.MET.to(lang), "good") if value else Flag(words.NOT_MET.to(lang), "alert")


def checks(sheet: ChecksSheet, lang: Lang) -> TableSheet:
    """The reconciliations, then the sheet's own tables."""
    table = Table(_columns(_CHECK, words.CHECK_HEADS, lang), [_check_row(check, lang) for check in sheet.checks])
    first = Section("checks", table, words.CHECKS.to(lang) if sheet.sections else "", filter=False)
    return TableSheet(sheet.key, sheet.title, (first, *sheet.sections), sheet.intro, "data")


def _check_row(check: Check, lang: Lang) -> list[Value]:
    sides = [side if isinstance(side, str) else Amount(side, check.unit) for side in (check.expected, check.found)]
    difference: Amount = Amount(None, check.unit)
    if isinstance(check.expected, Decimal | int) and isinstance(check.found, Decimal | int):
        difference = Amount(Decimal(check.found) - Decimal(check.expected), check.unit, signed=True)
    result = Flag(words.PASSED.to(lang), "good", quiet=True) if check.ok else Flag(words.FAILED.to(lang), "alert")
    return [check.subject, check.what, *sides, difference, result, check.note]


def definitions(sheet: DefinitionsSheet, lang: Lang) -> TableSheet:
    """One row a measure, so that links from the comparison can lead to it."""
    rows: list[list[Value]] = [
        [d.measure_id, d.label, d.formula, d.numerator or words.DASH, d.denominator or words.DASH, d.exclusions or words.DASH]
        for d in sheet.definitions
    ]
    table = Table(_columns(_DEFINITION, words.DEFINITION_HEADS, lang), rows, [d.measure_id for d in sheet.definitions])
    return TableSheet(sheet.key, sheet.title, (Section(sheet.key, table),), sheet.intro, "data")
