"""How a measure is declared: one function that judges a record, with its texts beside it.

A noun's module has one ``Register``; a measure is a function under ``@register.measure(...)``. What is done with the
verdicts (sums, rates, medians, splits, explanations) is in ``engine``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

from svcctl.entry import Place
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.texts import Text, same

Unit = Literal["count", "rate", "minutes", "money"]
Aggregate = Literal["sum", "rate", "median", "mean"]
Good = Literal["up", "down"]
Quantity = int | Decimal | Fraction


class Verdict(NamedTuple):
    """What one record is to a measure.

    ``num`` and ``den`` are its amounts in the numerator and the denominator, None where it is not in that part;
    what is no rate has a numerator only. Amounts are 1, money as Decimal, or minutes as Fraction (for a mean or
    median). ``why`` is given for a record that is left out on purpose, though it would have been counted otherwise.
    Three times None: the record does not concern the measure. ``apart``: it counts in its rows of the splits only, not
    in the total, where something else stands for it.
    """

    num: Quantity | None = None
    den: Quantity | None = None
    why: Text | None = None
    apart: bool = False


ELSEWHERE = Verdict()
COUNTED = Verdict(1)
MET = Verdict(1, 1)
MISSED = Verdict(None, 1)


def counted(yes: bool) -> Verdict:
    """A record that counts as one, or does not concern the measure."""
    return COUNTED if yes else ELSEWHERE


def met(yes: bool) -> Verdict:
    """A record in the denominator of a rate, and in its numerator if it did what the rate is about."""
    return MET if yes else MISSED


def excluded(why: Text) -> Verdict:
    """A record that is left out, and why."""
    return Verdict(why=why)


def minutes(span: timedelta) -> Fraction:
    """A length of time in minutes, exactly."""
    return Fraction(span // timedelta(microseconds=1), 60_000_000)


class Subject(Protocol):
    """What a measure judges: as a rule a record, else something that records come to (a shift, a household).

    ``id`` and ``place`` are those of the record that stands for it; a thing without any has a name of its own and the
    place ``Place("", 0)``.
    """

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def place(self) -> Place:
        """Where it stands."""
        ...


Judge = Callable[[Any, Window], Verdict]
Subjects = Callable[[Sequence[Case[Any]], Window], Sequence[Subject]]


class Dimension(NamedTuple):
    """Something a measure is split by.

    ``choices`` are all codes with their labels in the declared order, None for an open field, which is split by the
    values that occur. ``of`` gives a record's value as of the window, None if it has none: such a record is in the
    total and in no row of the split.
    """

    name: str
    label: Text
    choices: Mapping[str, Text] | None
    of: Callable[[Any], str | None]

    def label_of(self, code: str) -> Text:
        """What a code is called."""
        return same(code) if self.choices is None else self.choices[code]


def labels(choices: Iterable[tuple[str, str, str]]) -> dict[str, Text]:
    """The codes of a declared choice with their labels, in their order."""
    return {code: Text(zh, en) for code, zh, en in choices}


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A named figure.

    ``unit`` is that of the value, ``parts`` that of numerator and denominator of a rate (``count`` or ``money``).
    ``good`` is the direction in which it gets better, ``source`` the number of its definition. ``aggregate`` says
    what is made of the records' amounts.
    """

    id: str
    noun: str
    unit: Unit
    parts: Unit
    aggregate: Aggregate
    label: Text
    formula: Text
    numerator: Text
    denominator: Text | None
    exclusions: Text | None
    source: str
    splits: tuple[str, ...]
    good: Good | None
    judge: Judge
    standing: bool = False
    overlapping: bool = False


class Register:
    """The measures of one noun in their order, and the dimensions they are split by.

    ``subjects`` makes what is judged of the noun's cases, if that is not the cases themselves. ``window`` gives the
    window in which the noun's figures look at the ledger, if that is not the report's (a shift that ends after the
    period is still counted in it). ``splits``: the dimensions of a measure that names none; all, if not given.
    """

    def __init__(
        self, noun: str, dimensions: tuple[Dimension, ...], subjects: Subjects | None = None,
        window: Callable[[Window], Window] | None = None, splits: tuple[str, ...] | None = None,
    ) -> None:  # fmt: skip
        self.noun = noun
        self.dimensions = {d.name: d for d in dimensions}
        self.of_records = subjects is None  # what is judged, and what dimensions are asked of
        self.subjects: Subjects = subjects or (lambda cases, _: cases)
        self.window: Callable[[Window], Window] = window or (lambda win: win)
        self.splits = tuple(self.dimensions) if splits is None else splits
        self.measures: dict[str, Measure] = {}

    def measure(
        self,
        name: str,
        source: str,
        label: Text,
        formula: Text,
        *,
        unit: Unit,
        numerator: Text,
        denominator: Text | None = None,
        exclusions: Text | None = None,
        good: Good | None = None,
        aggregate: Aggregate | None = None,
        parts: Unit = "count",
        splits: tuple[str, ...] | None = None,
        standing: bool = False,
        overlapping: bool = False,
    ) -> Callable[[Judge], Judge]:
        """Declare the function below it to be a measure; it is split as all of the noun's are unless ``splits`` says less.

        ``aggregate`` is a rate's ``rate`` and otherwise ``sum`` unless it is given. ``standing``: it is how things stand
        at one moment (a stock), so that there is no such figure of the year to date. ``overlapping``: what counts once in
        the total may count in several rows of a split.
        """

        def declared(judge: Judge) -> Judge:
            identity = f"{self.noun}.{name}"
            if identity in self.measures:
                raise ValueError(f"{identity} is declared twice")
            self.measures[identity] = Measure(
                id=identity, noun=self.noun, unit=unit, parts=parts,
                aggregate=aggregate or ("rate" if unit == "rate" else "sum"), label=label, formula=formula,
                numerator=numerator, denominator=denominator, exclusions=exclusions, source=source,
                splits=self.splits if splits is None else splits, good=good, judge=judge,
                standing=standing, overlapping=overlapping,
            )  # fmt: skip
            return judge

        return declared
