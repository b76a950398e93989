"""Which numbers of a table are too small to be published, and which others have to go with them.

A number from 1 to one below the threshold may point to somebody. It is not shown, and neither is what it could be
computed from. All that is withheld looks alike, so that nothing is told by how: any of it may be anything from 0 up.
Codes are values of a field; None stands for the records that have none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

Code = str | None
Counts = Mapping[Code, int]


class Withheld(NamedTuple):
    """The rows of the tables by one field that do not show their ``leads``, and those that show nothing else.

    Whoever is in ``leads`` is in ``rest`` too: the other figures of a row may add up to its first one.
    """

    leads: frozenset[Code]
    rest: frozenset[Code]


def is_small(number: int, smallest: int) -> bool:
    """Whether a count is one that is not published."""
    return 0 < number < smallest


def withheld(leads: Sequence[Counts], rest: Sequence[Counts], codes: Sequence[Code], smallest: int) -> Withheld:
    """The rows to withhold, of columns of counts by code. ``leads`` are columns of what a table is about first of all.

    In every column where something is withheld there are at least two rows of it, which come to ``smallest`` at least
    wherever the column does: their sum, which total and other rows tell, says of none of them what it is. Nor does that
    of ``leads`` to somebody who knows how they are chosen: a row is withheld there for being small itself (save the last
    ones taken), so a sum of as many, or of ``smallest`` - 1 for each, would say it of all. In ``rest`` any of them may be 0.
    """
    first = {c for c in codes for column in leads if is_small(column.get(c, 0), smallest)}
    first = _covered(first, leads, codes, smallest, filled=True)
    small = {c for c in codes for column in rest if is_small(column.get(c, 0), smallest)} | first
    return Withheld(frozenset(first), frozenset(_covered(small, [*leads, *rest], codes, smallest, filled=not leads)))


def _covered(rows: set[Code], columns: Sequence[Counts], codes: Sequence[Code], smallest: int, *, filled: bool) -> set[Code]:
    """Rows with those that keep them from being computed. ``filled``: even if each of them is known to be small."""
    found = set(rows)
    size = {code: sum(column.get(code, 0) for column in columns) for code in codes}
    while found:
        left = sorted((c for c in codes if c not in found), key=lambda c: (not size[c], size[c]))
        more = _more(found, left, columns, smallest, filled)
        if not more:
            break
        found.update([c for c in left if size[c] == size[more[0]]] if filled else more)  # which of some alike it is would tell
    return found


def _more(found: set[Code], left: Sequence[Code], columns: Sequence[Counts], smallest: int, filled: bool) -> Sequence[Code]:
    """The one row that has to be withheld too, as small as can be; none if those ``found`` are enough, or all there are."""
    for column in columns:
        here, rest = (sum(column.get(c, 0) for c in rows) for rows in (found, left))
        alike = filled and _alike(here, len(found), sum(c in found and n > 0 for c, n in column.items()), smallest)
        if alike or (is_small(here, smallest) and not is_small(here + rest, smallest)):
            others = sorted((c for c in left if column.get(c, 0)), key=lambda c: column.get(c, 0))
            if others:
                return others[:1]
            if all(column.get(c, 0) for c in found):
                return left[:1]
    return left[:1] if len(found) < 2 else ()


def _alike(total: int, numbers: int, filled: int, smallest: int) -> bool:
    """Whether so many numbers, ``filled`` of them not 0, come to what they do if each is 1, or as large as a small one can be."""
    return total > 0 and (total <= numbers or total == filled * (smallest - 1))


class Block(NamedTuple):
    """What is withheld of a table by two fields: the cells where a row and a column of these meet, and totals."""

    rows: frozenset[Code]
    columns: frozenset[Code]
    row_totals: frozenset[Code]
    column_totals: frozenset[Code]


def block(cells: Mapping[tuple[Code, Code], int], rows: Sequence[Code], columns: Sequence[Code], totals: tuple[frozenset[Code], frozenset[Code]], smallest: int) -> Block:
    """What to withhold of counts by two fields, of which ``totals`` (of rows, of columns) are withheld elsewhere already.

    Of a whole rectangle of cells with its sums, a cell is anything between max(0, row + column - all) and min(row, column):
    the rectangle grows until that is more than one number for each small cell in it.
    """
    small = {place for place, number in cells.items() if is_small(number, smallest)}
    down, across = {r for r, _ in small} | totals[0], {c for _, c in small} | totals[1]
    if totals[0]:
        across = set(columns)  # a row whose total is withheld shows nothing that it is made of
    if totals[1]:
        down = set(rows)
    if not down:
        return Block(frozenset(), frozenset(), *totals)
    by_row = sorted(rows, key=lambda r: (not _sum(cells, [r], columns), _sum(cells, [r], columns)))
    by_column = sorted(columns, key=lambda c: (not _sum(cells, rows, [c]), _sum(cells, rows, [c])))
    while not _open(cells, small, down, across):
        more, also = [r for r in by_row if r not in down], [c for c in by_column if c not in across]
        if not more and not also:
            return Block(frozenset(down), frozenset(across), frozenset(rows), frozenset(columns))
        if more and (len(down) <= len(across) or not also):
            down.add(more[0])
        else:
            across.add(also[0])
    return Block(frozenset(down), frozenset(across), *totals)


def _sum(cells: Mapping[tuple[Code, Code], int], rows: Collection[Code], columns: Collection[Code]) -> int:
    return sum(cells.get((r, c), 0) for r in rows for c in columns)


def _open(cells: Mapping[tuple[Code, Code], int], small: Collection[tuple[Code, Code]], rows: Collection[Code], columns: Collection[Code]) -> bool:
    """Whether each small cell of a rectangle may be more than one number, by the sums of its rows and columns."""
    if len(rows) < 2 or len(columns) < 2:
        return False
    whole = _sum(cells, rows, columns)
    for row, column in small:
        here, there = _sum(cells, [row], columns), _sum(cells, rows, [column])
        if min(here, there) <= max(0, here + there - whole):
            return False
    return True
