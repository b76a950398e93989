"""A site's logo on the band of page 1: as high as the band, on white, its proportions kept."""

from __future__ import annotations

from typing import Any

from openpyxl.drawing.fill import Blip
from openpyxl.drawing.geometry import PresetGeometry2D
from openpyxl.drawing.image import Image
from openpyxl.drawing.picture import PictureFrame
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D

from svcctl.xlsx import cells
from svcctl.xlsx.picture import Picture

HIGHEST, WIDEST = 30.0, 200.0  # points
COLUMN = 41.0  # points of a column of page 1, a little less than the narrowest that applications make it
EDGE = 3.0  # points that stay free around it
POINT = 12700  # EMU


def size(picture: Picture) -> tuple[float, float]:
    """Width and height on paper, in points."""
    scale = min(HIGHEST / picture.height, WIDEST / picture.width)
    return picture.width * scale, picture.height * scale


def columns(picture: Picture) -> int:
    """How many columns of page 1 it takes."""
    return int(-(-(size(picture)[0] + 2 * EDGE) // COLUMN))


class Logo(Image):
    """The logo as openpyxl writes one, without the library that it would take to read it."""

    def __init__(self, picture: Picture, name: str, count: int) -> None:
        self.ref = None
        self.format = picture.kind
        self.width, self.height = picture.width, picture.height
        self._bytes = picture.data
        wide, high = size(picture)
        free = (count * COLUMN - wide) / 2, (36.0 - high) / 2
        start = AnchorMarker(col=0, colOff=int(free[0] * POINT), row=0, rowOff=int(free[1] * POINT))
        self.anchor: Any = OneCellAnchor(_from=start, ext=XDRPositiveSize2D(int(wide * POINT), int(high * POINT)))
        self.anchor.pic = _frame(name)

    def _data(self) -> bytes:
        return self._bytes


def _frame(name: str) -> PictureFrame:
    frame: Any = PictureFrame()
    about = frame.nvPicPr.cNvPr
    about.id, about.name, about.descr = 900, "Logo", cells.plain(name)
    frame.blipFill.blip = Blip(cstate="print")
    frame.spPr.prstGeom = PresetGeometry2D(prst="rect")
    frame.spPr.ln = None
    made: PictureFrame = frame
    return made
