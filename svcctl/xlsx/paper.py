"""How a sheet of tables goes onto A4: which way up, shrunk to what, where pages begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

PAPERS = {True: (775.0, 490.0), False: (528.0, 735.0)}  # points between the margins, landscape and portrait; a little kept back
UNIT = 5.85  # points of one unit of the width of a column: 5.25 in Excel with the font, 6.45 in LibreOffice without it
NARROW = 5.25
LEAST = 0.56  # of full size: what is smaller is hard to read; in Excel the same page is at 0.62
FEW = 5  # rows of a long table that may stand alone at the foot of a page


class Block(NamedTuple):
    """A table with what stands above it: points of all before its first row, and of its ``rows`` rows."""

    head: float
    body: float
    rows: int

    @property
    def least(self) -> float:
        """Points of what must stand together where the whole does not fit on one page."""
        return self.head + self.body * min(1.0, FEW / max(self.rows, 1))


class Setup(NamedTuple):
    """``landscape`` or portrait; ``whole``: shrunk until it is one page in height too; ``breaks``: the numbers of the
    blocks with which a page begins; ``pages`` and ``scale`` are what that is expected to come to."""

    landscape: bool
    whole: bool
    breaks: tuple[int, ...]
    pages: int
    scale: float


def setup(width: float, blocks: Sequence[Block], repeated: float = 0) -> Setup:
    """The page setup of a sheet whose columns are ``width`` units wide together: the fewest pages that can be read, of
    these the largest, and landscape where both are as good.

    ``repeated``: points of the rows that every page begins with. A sheet too wide to be read on any paper gets the one
    on which it is largest.
    """
    found = [*_ways(True, width, blocks, repeated), *_ways(False, width, blocks, repeated)]
    legible = [way for way in found if way.scale >= LEAST]
    if not legible:
        return max(found, key=lambda way: (way.scale, -way.pages))
    return min(legible, key=lambda way: (way.pages, -way.scale))


def _ways(landscape: bool, width: float, blocks: Sequence[Block], repeated: float) -> Iterator[Setup]:
    """As wide as the paper, then also as high."""
    wide, high = PAPERS[landscape]
    scale = min(1.0, wide / (width * UNIT))
    # Where columns come out narrow, less is shrunk and less fits on a page: no table is to be cut there either.
    pages, breaks = _paged(blocks, high / min(1.0, wide / (width * NARROW)), repeated)
    yield Setup(landscape, False, breaks, pages, scale)
    if pages > 1:
        yield Setup(landscape, True, (), 1, min(scale, high / sum(block.head + block.body for block in blocks)))


def _paged(blocks: Sequence[Block], page: float, repeated: float) -> tuple[int, tuple[int, ...]]:
    """How many pages blocks need, and before which of them one begins so that none is cut that fits on a page."""
    pages, used, breaks = 1, 0.0, list[int]()
    for n, block in enumerate(blocks):
        whole = block.head + block.body
        if used and used + (whole if whole <= page else block.least) > page:
            breaks.append(n)
            pages, used = pages + 1, 0.0
        used += whole
        while used > page:
            pages, used = pages + 1, used - max(page - repeated, 1.0)
    return pages, tuple(breaks)
