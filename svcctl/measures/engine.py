"""From records to figures: every record is folded and judged once, the verdicts are summed exactly, split and explained.

Pure: what it needs comes from a ``ledger.Source``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from svcctl import ledger, measures
from svcctl.fold import Case
from svcctl.ledger import Source, Window
from svcctl.measures.declare import Dimension, Measure, Quantity, Subject, Unit, Verdict
from svcctl.texts import Lang, Text

RATE_PLACES = 6


class Figure(NamedTuple):
    """A measure's figure. ``value`` is rounded as it is published: rates to 6 decimals, minutes to 1.

    ``num`` and ``den`` are exact, in the unit ``parts``, and None where it is no rate. ``value`` is None for a rate
    of nothing and for the mean or median of nothing. ``label`` is without the unit.
    """

    id: str
    value: Decimal | None
    num: Decimal | None
    den: Decimal | None
    unit: Unit
    label: Text
    parts: Unit = "count"

    def rate(self, places: int) -> Decimal | None:
        """The rate rounded once to another number of decimals; None if it is none."""
        return None if self.num is None or self.den is None else ratio(self.num, self.den, places)


class Results(NamedTuple):
    """The figures in the order of the catalogue, a measure's splits after it, by id; and the records by noun.

    The records are those that matter in the window, in the order of their opening, each folded once.
    """

    window: Window
    figures: dict[str, Figure]
    cases: dict[str, list[Case[Any]]]


class Line(NamedTuple):
    """A record that counts, where it stands, and with how much."""

    id: str
    file: str
    line: int
    amount: Quantity


class Explanation(NamedTuple):
    """A figure with its formula and every record in it; ``excluded`` are those left out on purpose, and why."""

    figure: Figure
    measure: Measure
    numerator: list[Line]
    denominator: list[Line]
    excluded: list[tuple[str, Text]]


def cases(source: Source, noun: str, win: Window) -> list[Case[Any]]:
    """The records that matter in a window.

    If the as-of lies after the period, also those opened since: what is open or overdue is counted at the as-of.
    """
    end = win.as_of + timedelta(seconds=1)
    if end > win.end:
        win = win._replace(period=win.period._replace(end=end))
    return ledger.cases(source, noun, win)


def compute(
    source: Source, win: Window, wanted: Collection[str] | None = None, nouns: Sequence[str] = measures.NOUNS
) -> Results:
    """The figures of a window: all of ``nouns`` with every split, or those of ``wanted`` only (ids, splits by theirs).

    A noun without measures is passed over. Raises NotFound for a wanted id that is none.
    """
    asked = None if wanted is None else [measures.find(w) for w in wanted]
    figures: dict[str, Figure] = {}
    folded: dict[str, list[Case[Any]]] = {}
    for noun in measures.NOUNS:
        mine = None if asked is None else [w for w in asked if w.measure.noun == noun]
        if noun not in nouns and not mine:
            continue
        register = measures.register(noun)
        own = register.window(win)
        folded[noun] = cases(source, noun, own)
        subjects = register.subjects(folded[noun], own)
        for measure in measures.measures_of(noun):
            rows = None if mine is None else [w for w in mine if w.measure is measure]
            if rows is None or rows:
                tally = Tally(measure, rows)
                tally.take(subjects, own)
                figures.update(tally.figures())
    return Results(win, figures, folded)


def explain(source: Source, win: Window, identity: str) -> Explanation:
    """One figure with the records it is made of, split or not. Raises NotFound."""
    wanted = measures.find(identity)
    measure, dimension = wanted.measure, _dimension(wanted)
    register = measures.register(measure.noun)
    own = register.window(win)
    sums, left_out = _Sums(), list[tuple[str, Text]]()
    top: dict[str, list[Line]] = {}
    below: dict[str, list[Line]] = {}
    for subject in register.subjects(cases(source, measure.noun, own), own):
        if dimension is not None and dimension.of(subject) != wanted.code:
            continue
        verdict = measure.judge(subject, own)
        if verdict.apart and dimension is None:
            continue
        sums.add(verdict)
        _line(top, subject, verdict.num)
        _line(below, subject, verdict.den)
        if verdict.why is not None:
            left_out.append((subject.id, verdict.why))
    figure = _figure(measure, dimension, wanted.code, sums)
    return Explanation(figure, measure, _lines(top), _lines(below), left_out)


def _line(lines: dict[str, list[Line]], subject: Subject, amount: Quantity | None) -> None:
    """Take in what a subject counts for."""
    if amount is not None:
        lines.setdefault(subject.id, []).append(Line(subject.id, *subject.place, amount))


def _lines(lines: dict[str, list[Line]]) -> list[Line]:
    """A line for each record. Parts that come to nothing are in no figure (credit that was applied, a payment undone)."""
    found = []
    for parts in lines.values():
        whole: Any = sum(part.amount for part in parts)
        if whole or len(parts) == 1:
            found.append(parts[0]._replace(amount=whole))
    return found


class _Sums:
    """What the verdicts of one figure come to."""

    __slots__ = ("den", "num", "single")

    def __init__(self) -> None:
        self.num: Any = 0  # all amounts of a measure are of one type of number
        self.den: Any = 0
        self.single: list[Fraction] = []  # amounts of time: what is made of them is no sum

    def add(self, verdict: Verdict) -> None:
        if type(verdict.num) is Fraction:  # isinstance would ask an abstract class, for every record and split
            self.single.append(verdict.num)
        elif verdict.num is not None:
            self.num += verdict.num
        if verdict.den is not None:
            self.den += verdict.den


class Tally:
    """The verdicts of one measure: of the total and every split, or only of the ``rows`` asked for."""

    def __init__(self, measure: Measure, rows: list[measures.Wanted] | None) -> None:
        self.measure, self.rows = measure, rows
        found = [measures.register(measure.noun).dimensions[s] for s in measure.splits]
        self.dimensions = [d for d in found if rows is None or any(w.dimension == d.name for w in rows)]
        self.total = _Sums()
        self.sums: dict[str, dict[str, _Sums]] = {d.name: {c: _Sums() for c in d.choices or ()} for d in self.dimensions}

    def take(self, found: Iterable[Subject], win: Window) -> None:
        """Judge every subject in its window."""
        judge, sums, total, dimensions = self.measure.judge, self.sums, self.total, self.dimensions
        for case in found:
            verdict = judge(case, win)
            if verdict.num is None and verdict.den is None:
                continue
            if not verdict.apart:
                total.add(verdict)
            for dimension in dimensions:
                code, rows_of = dimension.of(case), sums[dimension.name]
                if code is None:
                    continue
                if code not in rows_of:
                    rows_of[code] = _Sums()
                rows_of[code].add(verdict)

    def figures(self) -> dict[str, Figure]:
        """What they come to, by id: the total first."""
        measure, sums = self.measure, self.sums
        if self.rows is not None:
            made = [_figure(measure, _dimension(w), w.code, self._of(w)) for w in self.rows]
        else:
            made = [_figure(measure, None, "", self.total)]
            for d in self.dimensions:
                codes = sorted(sums[d.name]) if d.choices is None else list(sums[d.name])
                made.extend(_figure(measure, d, code, sums[d.name][code]) for code in codes)
        return {f.id: f for f in made}

    def _of(self, wanted: measures.Wanted) -> _Sums:
        return self.sums[wanted.dimension].get(wanted.code, _Sums()) if wanted.dimension else self.total


def _dimension(wanted: measures.Wanted) -> Dimension | None:
    return measures.register(wanted.measure.noun).dimensions[wanted.dimension] if wanted.dimension else None


def _figure(measure: Measure, dimension: Dimension | None, code: str, sums: _Sums) -> Figure:
    identity, label = measure.id, measure.label
    if dimension is not None:
        name = dimension.label_of(code)
        identity = f"{identity}{{{dimension.name}={code}}}"
        label = Text(f"{label.zh}（{name.zh}）", f"{label.en} ({name.en})")
    num = den = None
    if measure.aggregate == "rate":
        num, den = _decimal(sums.num, measure.parts), _decimal(sums.den, measure.parts)
        value = ratio(num, den, RATE_PLACES)
    elif measure.aggregate == "sum":
        value = _decimal(sums.num, measure.unit)
    else:
        value = half_up(_AVERAGES[measure.aggregate](sums.single), 1) if sums.single else None
    return Figure(identity, value, num, den, measure.unit, label, measure.parts)


def _decimal(amount: Quantity, unit: Unit) -> Decimal:
    """A sum as a decimal; money has two places, which no sum of amounts in fen changes."""
    assert not isinstance(amount, Fraction)
    return Decimal(amount).quantize(Decimal("0.01")) if unit == "money" else Decimal(amount)


def _median(amounts: list[Fraction]) -> Fraction:
    ordered = sorted(amounts)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _mean(amounts: list[Fraction]) -> Fraction:
    return sum(amounts, Fraction(0)) / len(amounts)


_AVERAGES: dict[str, Callable[[list[Fraction]], Fraction]] = {"median": _median, "mean": _mean}


def half_up(exact: Fraction, places: int) -> Decimal:
    """A fraction rounded half up (away from zero) to so many decimals."""
    scaled = abs(exact) * 10**places
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(digits if exact >= 0 else -digits).scaleb(-places)


def ratio(num: Decimal, den: Decimal, places: int) -> Decimal | None:
    """``num / den`` rounded half up, yet never to 1 unless they are equal and never to 0 unless ``num`` is; None of 0."""
    if den == 0:
        return None
    exact = Fraction(num) / Fraction(den)
    rounded, least = half_up(exact, places), Decimal(1).scaleb(-places)
    if rounded == 1 and exact != 1:
        return rounded - least if exact < 1 else rounded + least
    if rounded == 0 and exact != 0:
        return least if exact > 0 else -least
    return rounded


_PLACES: dict[Unit, int] = {"count": 0, "money": 2, "minutes": 1, "rate": RATE_PLACES}


def number(value: Decimal | None, unit: Unit) -> str | None:
    """A published number as text: counts whole, money with 2 decimals, minutes with 1, rates with 6."""
    return None if value is None else f"{value.quantize(Decimal(1).scaleb(-_PLACES[unit]), ROUND_HALF_UP):f}"


def figure_json(figure: Figure) -> dict[str, Any]:
    """A figure for programs (CONTRACT 6)."""
    return {
        "id": figure.id, "value": number(figure.value, figure.unit), "num": number(figure.num, figure.parts),
        "den": number(figure.den, figure.parts), "unit": figure.unit,
        "label_zh": figure.label.zh, "label_en": figure.label.en,
    }  # fmt: skip


def explanation_json(explanation: Explanation, lang: Lang) -> dict[str, Any]:
    """An explanation for programs (CONTRACT 3). Why a record is excluded is said in ``lang``."""
    figure, measure = explanation.figure, explanation.measure
    parts: Unit = measure.parts if measure.aggregate == "rate" else measure.unit
    return {
        "id": figure.id, "value": number(figure.value, figure.unit), "num": number(figure.num, figure.parts),
        "den": number(figure.den, figure.parts), "formula_zh": measure.formula.zh, "formula_en": measure.formula.en,
        "numerator": [_line_json(line, parts) for line in explanation.numerator],
        "denominator": [_line_json(line, parts) for line in explanation.denominator],
        "excluded": [{"id": record, "why": why.to(lang)} for record, why in explanation.excluded],
    }  # fmt: skip


def _line_json(line: Line, unit: Unit) -> dict[str, Any]:
    return {"id": line.id, "file": line.file, "line": line.line, "amount": quantity(line.amount, unit)}


def quantity(amount: Quantity, unit: Unit) -> str:
    """A record's amount as text: minutes with as many decimals (1 to 6) as it takes to sum them up again."""
    if isinstance(amount, Fraction):
        text = f"{half_up(amount, 6):f}".rstrip("0")
        return text + "0" if text.endswith(".") else text
    return number(Decimal(amount), unit) or ""
