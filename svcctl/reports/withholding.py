"""The split tables of a report for readers who are not told small numbers: what of each is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from svcctl.reports import tables
from svcctl.reports.grid import Cell
from svcctl.reports.numbers import Numbers
from svcctl.reports.small import Block, Code, Withheld, block, withheld
from svcctl.reports.template import ByTable, FigureColumn, Matrix, Ref, TableSpec
from svcctl.texts import Text

LEADS = ("received", "found")  # what tables of a noun are about first of all
TITLE = Text("小于 {n} 的数不列", "Numbers below {n}")
RULE = Text(
    "“{mark}”：不列。分项里 1 到 {most} 的数（比率看分母）会让人认出是谁。一行里有这样的数，整行只列{lead}；{lead}自己也这样小就都不列；"
    "再略去别的行，免得从合计减出来，所以标“{mark}”的也可能是 0 或更大的数。",
    "“{mark}”: not told. Numbers from 1 to {most} of a split (of a rate its denominator) could point to somebody. A row with such a "
    "number tells its {lead} only, and not even that if it is as small; further rows are withheld so that none can be computed from "
    "the total. What is marked “{mark}” may therefore be 0 or more as well.",
)
LEAD = Text("新增（拾获）数", "number received (found)")


class Small:
    """What is withheld of the split tables ``sections``, so that no number from 1 to ``smallest`` - 1 is told or can be computed.

    The tables by one field of a noun withhold the same rows, since each of them would tell what another withholds.
    """

    def __init__(self, sections: Iterable[TableSpec], numbers: Numbers, smallest: int) -> None:
        self.smallest = smallest
        self.mark = Cell(f"<{smallest}*", None, True)
        columns: dict[tuple[str, str], dict[tuple[str, bool], dict[Code, int]]] = {}
        codes: dict[tuple[str, str], dict[Code, None]] = {}
        for spec in sections:
            for by, key, counts in _counted(spec, numbers):
                columns.setdefault(by, {})[key] = counts
                axis = tables.axis(numbers.source.noun(by[0]), by[1], numbers)
                codes.setdefault(by, {}).update(dict.fromkeys([*axis.ordered(counts), None]))
        self._rows = {by: self._of(by[0], own, list(codes[by])) for by, own in columns.items()}

    def _of(self, noun: str, columns: dict[tuple[str, bool], dict[Code, int]], codes: list[Code]) -> Withheld:
        leads = [counts for key, counts in columns.items() if _leads(noun, key[0])]
        rest = [counts for key, counts in columns.items() if not _leads(noun, key[0])]
        return withheld(leads, rest, codes, self.smallest)

    def rows(self, noun: str, by: str) -> frozenset[Code]:
        """The values of a field whose rows do not tell all."""
        return self._rows[noun, by].rest

    def hides(self, noun: str, by: str, code: Code, ref: Ref) -> bool:
        """Whether a row does not tell a figure."""
        found = self._rows[noun, by]
        return code in (found.leads if _leads(noun, ref.key) else found.rest)

    def of_block(self, spec: Matrix, counts: Mapping[tuple[Code, Code], int], down: Sequence[Code], across: Sequence[Code]) -> Block:
        """What a table by two fields does not tell."""
        own = Ref(spec.noun, f"{spec.noun}.{spec.group}", spec.group)
        totals = tuple(
            frozenset(c for c in codes if self.hides(spec.noun, by, c, own)) for by, codes in ((spec.by, down), (spec.across, across))
        )  # fmt: skip
        return block(counts, down, across, (totals[0], totals[1]), self.smallest)

    def rule(self) -> Text:
        """What readers are told of it."""
        return RULE.fill(mark=self.mark.shown, most=self.smallest - 1, lead=LEAD)


def _leads(noun: str, key: str) -> bool:
    return key in [f"{noun}.{name}" for name in LEADS]


def _counted(spec: TableSpec, numbers: Numbers) -> Iterable[tuple[tuple[str, str], tuple[str, bool], dict[Code, int]]]:
    """The counts of a table by noun and field, each with what it counts and whether that is a group of records."""
    if isinstance(spec, ByTable):
        axis = tables.axis(numbers.source.noun(spec.noun), spec.by, numbers)
        for column in spec.columns:
            ref = _behind(column.ref, numbers)
            cells = tables.FigureCells(FigureColumn(ref, None), spec.by, axis, numbers)
            counts = {code: _number(cells.cell(code)) for code in (*axis.ordered(cells.codes()), None)}
            yield (spec.noun, spec.by), (ref.key, bool(ref.group)), counts
    elif isinstance(spec, Matrix):
        down, across = tables.matrix_axes(spec, numbers)
        places = tables.matrix_numbers(spec, down, across, numbers)
        for n, by in enumerate((spec.by, spec.across)):
            sums: dict[Code, int] = {}
            for place, number in places.items():
                sums[place[n]] = sums.get(place[n], 0) + int(number)
            yield (spec.noun, by), (f"{spec.noun}.{spec.group}", True), sums


def _behind(ref: Ref, numbers: Numbers) -> Ref:
    """The count that a figure is, or that a rate is of."""
    rate = not ref.group and not ref.part and numbers.number(ref).unit == "rate"
    return ref._replace(part="den") if rate else ref


def _number(cell: Any) -> int:
    return int(cell.shown) if cell.shown is not None else 0
