"""Records of a delimited text file, with the line each begins on. What a record means is not decided here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from svcctl.errors import Refused
from svcctl.texts import Text

DELIMITERS = (",", ";", "\t")
SAMPLE = 1 << 16
_SAMPLE_ROWS = 50


class Record(NamedTuple):
    """``line`` is the first physical line (1-based), ``cells`` the text as it stands, ``problem`` if it is malformed."""

    line: int
    cells: list[str]
    problem: Text | None = None


def sniff(sample: str, whole: bool) -> str:
    """The delimiter under which most records of ``sample`` have as many cells as the first, and more than one.

    ``whole`` says that the sample is the whole file; else its last record may be cut and does not count.
    """
    best, best_score = DELIMITERS[0], (0, 1)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, whole)
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str, whole: bool) -> list[int]:
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    return widths if whole or len(widths) < 2 else widths[:-1]


class _Lines:
    """The physical lines of a file, keeping those of the record at hand so that a malformed one can be shown."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._handle:
            self.taken.append(line)
            yield line


def records(handle: TextIO, delimiter: str, path: str) -> Iterator[Record]:
    """Every record that is not an empty line, streamed; ``handle`` is opened with ``newline=""``.

    A quote that never closes would swallow what follows, so it is refused as a whole (Refused, with the line where
    the cell begins); any other malformed quoting spoils its own record only.
    """
    lines = _Lines(handle)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            if "expected after" not in str(fault):
                raise _unclosed(path, start) from None
            yield Record(start, _leniently(lines.taken, delimiter), _MISQUOTED)
            continue
        if cells:
            yield Record(start, cells)


_MISQUOTED = Text(
    "引号后面应为分隔符或行尾（单元格内的引号要写两遍）",
    "after a closing quote a delimiter or the line's end was expected (write a quote inside a cell twice)",
)


def _unclosed(path: str, line: int) -> Refused:
    return Refused(
        Text(
            "从这一行开始的单元格没有结束（超过 {limit} 字或缺少后引号）",
            "a cell of this row does not end (over {limit} characters, or its closing quote is missing)",
        ).fill(limit=csv.field_size_limit()),
        where=f"{path}:{line}",
    )


def _leniently(taken: list[str], delimiter: str) -> list[str]:
    text = "".join(taken)
    try:
        return next(csv.reader([text], delimiter=delimiter), [text])
    except csv.Error:
        return [text]
