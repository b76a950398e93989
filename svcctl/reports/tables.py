"""Statistics: figures by the values of a field, counts by two fields, figures over time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from svcctl import measures, rows
from svcctl.entry import Noun
from svcctl.fields import ChoiceType, MoneyType
from svcctl.fold import Case
from svcctl.measures.compare import Against, Row
from svcctl.measures.declare import Good, Unit
from svcctl.measures.engine import RATE_PLACES, Figure, number, ratio
from svcctl.period import Period
from svcctl.reports import naming
from svcctl.reports.grid import EMPTY, KIND_OF, Cell, Grid, figure
from svcctl.reports.model import Change, Column, Kind
from svcctl.reports.numbers import Numbers, part_of
from svcctl.reports.small import Block, Code
from svcctl.reports.template import SHARES, ByTable, FigureColumn, Matrix, Ref, Trend
from svcctl.rows import Heading
from svcctl.texts import Lang, Text, same

TOTAL = Text("合计", "Total")
NOT_GIVEN = Text("未填写", "Not given")
PERIOD = Text("期间", "Period")
NOTHING_GONE = Block(frozenset(), frozenset(), frozenset(), frozenset())
PART_LABELS = {
    "num": Text("分子", "numerator"), "den": Text("分母", "denominator"), "previous": Text("上期", "previous"),
    "change": Text("环比", "change"), "last_year": Text("去年同期", "last year"), "yoy": Text("同比", "year on year"),
    "share": Text("占比", "share"), "cumulative": Text("累计占比", "cumulative share"),
}  # fmt: skip


class Hiding(Protocol):
    """What of split tables is not told."""

    mark: Cell

    def rows(self, noun: str, by: str) -> Collection[Code]:
        """The values of a field whose rows do not tell all."""

    def hides(self, noun: str, by: str, code: Code, ref: Ref) -> bool:
        """Whether a row does not tell a figure."""

    def of_block(self, spec: Matrix, counts: Mapping[tuple[Code, Code], int], down: Sequence[Code], across: Sequence[Code]) -> Block:
        """What a table by two fields does not tell."""


def grid_of(spec: ByTable | Matrix | Trend, numbers: Numbers, lang: Lang, hiding: Hiding | None = None) -> Grid:
    """The table that a template describes, of the nouns that are used, without what ``hiding`` says."""
    if isinstance(spec, ByTable):
        return _by(spec, numbers, lang, hiding)
    if isinstance(spec, Matrix):
        return _matrix(spec, numbers, lang, hiding)
    return _trend(spec, numbers, lang)


class Axis(NamedTuple):
    """A field by whose values records are told apart: its title, its values in their order, what they are called."""

    label: Text
    codes: tuple[str, ...]
    of: Callable[[Case[Any]], Code]
    name: Callable[[str], Text]

    def ordered(self, found: Iterable[Code]) -> list[Code]:
        """Declared values, then the others by their text."""
        others = sorted({c for c in found if c is not None and c not in self.codes})
        return [*self.codes, *others]

    def title(self, code: Code) -> Text:
        """What a value is called."""
        return NOT_GIVEN if code is None else self.name(code)


def axis(noun: Noun[Any], by: str, numbers: Numbers, counted: bool = False) -> Axis:
    """A dimension of the noun's measures, or any other field of its rows; of records that are ``counted``, their own field."""
    register = measures.register(noun.name) if noun.name in measures.NOUNS else None
    found = register.dimensions.get(by) if register is not None else None
    if counted and register is not None and not register.of_records and by in rows.headings(noun):
        found = None
    if found is not None and register is not None:
        # where measures judge something else than records, a dimension cannot be asked of these
        of = found.of if register.of_records else _field(rows.headings(noun).get(by), by, numbers)
        return Axis(found.label, tuple(found.choices or ()), of, found.label_of)
    heading = rows.headings(noun)[by]
    labels: Mapping[str, Text] = noun.states if by == "state" else {}
    if isinstance(heading.type, ChoiceType):
        labels = heading.type.labels
    return Axis(heading.label, tuple(labels), _field(heading, by, numbers), lambda code: labels.get(code, same(code)))


def _field(heading: Heading | None, by: str, numbers: Numbers) -> Callable[[Case[Any]], Code]:
    """The value that a record has in a field, as a code."""

    def of(case: Case[Any]) -> Code:
        value = rows.values(case, numbers.win.as_of, numbers.win.site)[by] if heading is not None else None
        return None if value is None or heading is None else str(rows.hidden(heading, heading.type.dump(value), False))

    return of


# -- by one field -----------------------------------------------------------------------------------------------------


def _by(spec: ByTable, numbers: Numbers, lang: Lang, hiding: Hiding | None) -> Grid:
    found = axis(numbers.source.noun(spec.noun), spec.by, numbers)
    columns = [FigureCells(c, spec.by, found, numbers) for c in spec.columns]
    gone = hiding.rows(spec.noun, spec.by) if hiding is not None else ()
    codes = found.ordered(code for column in columns for code in column.codes())
    if gone or not spec.limit:  # of those that have most, nobody wants to know how many have none
        codes.append(None)
    lines = [(code, [column.cell(code) for column in columns]) for code in codes]
    lines = [(code, cells) for code, cells in lines if code in gone or _says_something(cells) or not (spec.used or code is None)]
    lines = [(code, _told(spec, code, cells, hiding)) for code, cells in lines]
    if spec.sort:
        at = [c.ref.key for c in spec.columns].index(spec.sort)
        lines.sort(key=lambda line: _size(line[1][at]), reverse=True)  # those that are withheld last, in no order of theirs
    lines = [line for n, line in enumerate(lines) if n < spec.limit or not spec.limit or any(cell.withheld for cell in line[1])]
    for n, column in enumerate(columns):
        if column.ref.part in SHARES:
            _shared(column, n, lines)
    made = [[Cell(_titled(spec, found, code).to(lang), code), *cells] for code, cells in lines]
    if spec.total and made:
        made.append([Cell(TOTAL.to(lang), "total"), *(column.cell(...) for column in columns)])
    heads = (Column(spec.by, found.label.to(lang), "text"), *(_head(c, numbers, lang) for c in spec.columns))
    return Grid(heads, made)


def _told(spec: ByTable, code: Code, cells: list[Cell], hiding: Hiding | None) -> list[Cell]:
    if hiding is None:
        return cells
    hidden = (hiding.hides(spec.noun, spec.by, code, column.ref) for column in spec.columns)
    return [hiding.mark if gone else cell for gone, cell in zip(hidden, cells, strict=True)]


def _shared(column: FigureCells, n: int, lines: list[tuple[Code, list[Cell]]]) -> None:
    """Turn the numbers of a column into their shares of its total, of each row or of all down to it."""
    whole, so_far = _exact(column.base(...)), Decimal(0)
    for _, cells in lines:
        own = _exact(cells[n])
        so_far += own
        cells[n] = figure(ratio(own if column.ref.part == "share" else so_far, whole, RATE_PLACES), "rate")


def _exact(cell: Cell) -> Decimal:
    return Decimal(cell.shown) if isinstance(cell.shown, int | Decimal) else Decimal(0)


def _titled(spec: ByTable, found: Axis, code: Code) -> Text:
    return spec.rest if code is None and spec.rest is not None else found.title(code)


def _says_something(cells: list[Cell]) -> bool:
    return any(cell.shown != 0 and cell.plain is not None for cell in cells)


def _size(cell: Cell) -> Decimal:
    return Decimal(cell.shown) if isinstance(cell.shown, int | Decimal) else Decimal(-1)


class FigureCells:
    """A column of figures by the values of a field."""

    def __init__(self, spec: FigureColumn, by: str, found: Axis, numbers: Numbers) -> None:
        self.ref, self.by, self.numbers = spec.ref, by, numbers
        self.counts: dict[Code, int] = {}
        self.prefix = f"{spec.ref.id}{{{by}="
        if spec.ref.group:
            for case in numbers.members(spec.ref.noun, spec.ref.group):
                code = found.of(case)
                self.counts[code] = self.counts.get(code, 0) + 1

    def codes(self) -> list[Code]:
        """The values that occur."""
        if self.ref.group:
            return list(self.counts)
        return [i.removeprefix(self.prefix)[:-1] for i in self.numbers.results.figures if i.startswith(self.prefix)]

    def cell(self, code: Any) -> Cell:
        """The cell of a value; ``...`` is the total, None the records without a value. Shares are made of it later."""
        if self.ref.part in SHARES and code is ...:
            return figure(Decimal(1) if _exact(self.base(...)) else None, "rate")
        return self.base(code)

    def base(self, code: Any) -> Cell:
        """The cell of a value before it is made a share."""
        ref = self.ref._replace(part="") if self.ref.part in SHARES else self.ref
        if ref.group:
            number = sum(self.counts.values()) if code is ... else self.counts.get(code, 0)
            return figure(number, "count")
        if code is None:
            return EMPTY if ref.part not in ("", "num", "den") else self._rest(ref)
        identity = ref.id if code is ... else f"{self.prefix}{code}}}"
        if ref.part in ("change", "yoy"):
            return change_cell(self.numbers.compared([identity])[0], ref)
        return figure(*self.numbers.number(ref._replace(id=identity)))

    def _rest(self, ref: Ref) -> Cell:
        """What of a sum or a rate is in no row; a mean or median of them is not known here, nor what is in several rows."""
        figures = self.numbers.results.figures
        total = figures[self.ref.id]
        parts = [f for i, f in figures.items() if i.startswith(self.prefix)]
        measure = measures.find(self.ref.id).measure
        if measure.aggregate in ("mean", "median") or measure.overlapping:
            return EMPTY
        rest = _less(total, parts)
        negative = any(part is not None and part < 0 for part in (rest.num, rest.den))
        return EMPTY if negative else figure(*part_of(rest, ref))


def _less(total: Figure, parts: list[Figure]) -> Figure:
    if total.num is None or total.den is None:
        value = None if total.value is None else total.value - sum((p.value or Decimal(0) for p in parts), Decimal(0))
        return total._replace(value=value)
    num = total.num - sum((p.num or Decimal(0) for p in parts), Decimal(0))
    den = total.den - sum((p.den or Decimal(0) for p in parts), Decimal(0))
    return total._replace(num=num, den=den, value=ratio(num, den, 6))


def change_cell(row: Row, ref: Ref) -> Cell:
    """A change against the previous period or last year's."""
    against = row.last_year if ref.part == "yoy" else row.previous
    plain = None if against.change is None else f"{against.change:f}"
    return Cell(change(against, row.change_unit, row.good), plain)


def change(against: Against, unit: Any, good: Good | None) -> Change:
    """A change as it is shown; where there is none (a value is missing, the base is zero) a dash."""
    if against.base == "none":
        return Change(None, unit, "none", good)
    if against.change is None:
        return Change(None, unit, "zero", good)
    return Change(against.change, unit, "ok", good)


def _head(column: FigureColumn, numbers: Numbers, lang: Lang) -> Column:
    ref = column.ref
    unit: Unit = "rate" if ref.part in SHARES else numbers.number(ref._replace(part=ref.part if ref.part in ("num", "den") else "")).unit
    kind: Kind = "int" if ref.part in ("change", "yoy") else KIND_OF[unit]
    title = heading(column, unit, numbers.win.site.currency).to(lang)
    return Column(ref.key, title, kind, link=naming.definition(ref))


def heading(column: FigureColumn, unit: str, currency: str) -> Text:
    """The title of a column of figures, with its unit and what of the figure it is."""
    if column.title is not None:
        return column.title
    title = naming.label(column.ref)
    if column.ref.part:
        part = PART_LABELS[column.ref.part]
        title = Text(f"{title.zh} {part.zh}", f"{title.en}, {part.en}")
    if column.ref.part in ("change", "yoy"):
        return title
    if unit == "minutes":
        return Text(f"{title.zh}（分钟）", f"{title.en} (min)")
    if unit == "money":
        word = "元" if currency == "CNY" else currency
        return Text(f"{title.zh}（{word}）", f"{title.en} ({currency})")
    return title


# -- by two fields ----------------------------------------------------------------------------------------------------


def matrix_numbers(spec: Matrix, down: Axis, across: Axis, numbers: Numbers) -> dict[tuple[Code, Code], Decimal]:
    """How many records of its group there are by both fields, or what a field of theirs comes to; where there is any."""
    found: dict[tuple[Code, Code], Decimal] = {}
    for case in numbers.members(spec.noun, spec.group):
        amount = rows.values(case, numbers.win.as_of, numbers.win.site)[spec.sum] if spec.sum else 1
        if amount:
            place = (down.of(case), across.of(case))
            found[place] = found.get(place, Decimal(0)) + amount
    return found


def matrix_axes(spec: Matrix, numbers: Numbers) -> tuple[Axis, Axis]:
    """What makes the rows of a table by two fields, and what its columns."""
    noun = numbers.source.noun(spec.noun)
    return axis(noun, spec.by, numbers, True), axis(noun, spec.across, numbers, True)


def _matrix(spec: Matrix, numbers: Numbers, lang: Lang, hiding: Hiding | None) -> Grid:
    down, across = matrix_axes(spec, numbers)
    found = matrix_numbers(spec, down, across, numbers)
    lines: list[Code] = [*down.ordered(d for d, _ in found), None]
    heads: list[Code] = [*across.ordered(a for _, a in found), None]
    counts = {place: int(n) for place, n in found.items()}  # to whom small numbers are not told gets no sums (audience)
    gone = hiding.of_block(spec, counts, lines, heads) if hiding is not None and found else NOTHING_GONE
    lines = [c for c in lines if any(d == c for d, _ in found) or c in gone.row_totals]
    heads = [c for c in heads if any(a == c for _, a in found) or c in gone.column_totals]
    if gone.rows and gone.rows.issuperset(lines) and gone.columns.issuperset(heads):
        heads = []  # nothing would be told but the totals
    unit: Unit = "money" if spec.sum and isinstance(rows.headings(numbers.source.noun(spec.noun))[spec.sum].type, MoneyType) else "count"
    columns = [Column(spec.by, down.label.to(lang), "text")]
    columns += [Column(c or "none", across.title(c).to(lang), KIND_OF[unit]) for c in heads]
    columns.append(Column("total", TOTAL.to(lang), KIND_OF[unit], link=naming.definition(spec.counted)))
    mark = hiding.mark if hiding is not None else EMPTY
    made = []
    for line in lines:
        told = [mark if line in gone.rows and c in gone.columns else _crossed(found.get((line, c)), unit) for c in heads]
        whole = sum((n for (d, _), n in found.items() if d == line), Decimal(0))
        made.append([Cell(down.title(line).to(lang), line), *told, mark if line in gone.row_totals else _crossed(whole, unit)])
    if made and spec.total:
        sums = [sum((n for (_, a), n in found.items() if a == c), Decimal(0)) for c in heads]
        told = [mark if c in gone.column_totals else _crossed(n, unit) for c, n in zip(heads, sums, strict=True)]
        made.append([Cell(TOTAL.to(lang), "total"), *told, _crossed(sum(found.values(), Decimal(0)), unit)])
    return Grid(tuple(columns), made)


def _crossed(found: Decimal | None, unit: Unit) -> Cell:
    """Where there is nothing the cell is empty, so that what there is stands out."""
    return figure(found, unit) if found else Cell(None, number(Decimal(0), unit))


# -- over time --------------------------------------------------------------------------------------------------------


def _trend(spec: Trend, numbers: Numbers, lang: Lang) -> Grid:
    columns = [c for c in spec.columns if c.ref.noun in numbers.used]
    heads = (Column("period", PERIOD.to(lang), "text"), *(_head(c, numbers, lang) for c in columns))
    made = [
        [Cell(short(period), period.label), *(figure(*values[c.ref.key]) for c in columns)]
        for period, values in numbers.trend(spec)
    ]
    return Grid(heads, made)


def short(period: Period) -> str:
    """A period's name for a narrow place: ``11-20``, ``W47``, ``26-11``."""
    if period.kind == "day":
        return f"{period.first:%m-%d}"
    return period.label.rpartition("-")[2] if period.kind == "week" else period.label[2:]

