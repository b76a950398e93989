"""Rows of text as a table for the terminal, as CSV and as TSV; the only module that uses tabulate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from svcctl.texts import Lang, Text

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_JOINERS = "\u200c\u200d"  # part of how some scripts and emoji are written; they move nothing
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FORMULA = "=+-@＝＋－＠\t\r\n"
_NARROWEST = 8  # columns on the screen; below that a wrapped cell cannot be read


class Column(NamedTuple):
    """A column of a table: its title, and whether it holds numbers, which stand to the right and are never wrapped."""

    title: Text
    number: bool = False


def safe(text: str) -> str:
    r"""``text`` with everything that could move the cursor or turn the line shown as an escape such as ``\u202e``.

    Control characters, line breaks, direction marks, zero-width characters, tags, lone surrogates.
    """
    if text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _HIDDEN and c not in _JOINERS else c for c in text)


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def render(columns: Sequence[Column], rows: Iterable[Sequence[str]], lang: Lang, width: int | None) -> str:
    """A table for people, without a line feed at the end.

    ``rows`` are cells as text, one a column. ``width`` is that of the terminal in columns: a wider table has its
    widest cells wrapped. Without one (a pipe) every row is one line. Nothing is ever cut off.
    """
    import tabulate

    tabulate.MIN_PADDING = 0  # else a column is two wider than its title needs
    titles = [safe(column.title.to(lang)) for column in columns]
    cells = [[safe(cell) for cell in row] for row in rows]
    if not cells:
        cells = [["" for _ in columns]]  # tabulate aligns no table without rows
    return tabulate.tabulate(
        cells,
        headers=titles,
        tablefmt="simple",
        disable_numparse=True,
        colalign=["right" if column.number else "left" for column in columns],
        maxcolwidths=None if width is None else _wrapped(columns, titles, cells, width),
    ).rstrip()


def _wrapped(
    columns: Sequence[Column], titles: Sequence[str], cells: Sequence[Sequence[str]], width: int
) -> list[int | None] | None:
    """How wide each column may be for the table to fit into ``width``, or None if it does as it is."""
    natural = [
        max(map(_width, [title, *column])) for title, column in zip(titles, zip(*cells, strict=True), strict=True)
    ]
    widths = list(natural)
    room = width - 2 * (len(columns) - 1)
    least = [n if c.number else max(_width(t), _NARROWEST) for n, c, t in zip(natural, columns, titles, strict=True)]
    while sum(widths) > room:
        over = [i for i, w in enumerate(widths) if w > least[i]]
        if not over:
            break
        widest = max(over, key=lambda i: widths[i])
        widths[widest] -= 1
    if widths == natural:
        return None
    return [w if w < n else None for w, n in zip(widths, natural, strict=True)]


def _width(text: str) -> int:
    """Columns on the screen."""
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], *, for_file: bool) -> str:
    """CSV with every row ended by CR LF in a file and by LF on stdout.

    ``for_file`` is for spreadsheets: a byte order mark first, and a cell that one would take for a formula gets
    a leading ``'``; negative numbers do not.
    """
    end = "\r\n" if for_file else "\n"
    lines = [",".join(_csv_cell(_guarded(cell) if for_file else cell) for cell in row) for row in (header, *rows)]
    # A row that is one empty cell would be a blank line, which readers leave out.
    return ("\ufeff" if for_file else "") + "".join((line or '""') + end for line in lines)


def _csv_cell(cell: str) -> str:
    if any(c in cell for c in ',"\r\n') or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _guarded(cell: str) -> str:
    # Blanks before it do not keep a spreadsheet from taking a cell for a formula.
    start = cell.lstrip(" \u00a0\u3000")[:1]
    if start and start in _FORMULA and not re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell):
        return "'" + cell
    return cell


def tsv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Tab-separated values, one row a line; tab, line feed, carriage return, backslash are ``\t \n \r \\``."""
    return "".join("\t".join(_tsv_cell(cell) for cell in row) + "\n" for row in (header, *rows))


def _tsv_cell(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
