"""Sparklines: small columns in cells, which openpyxl does not know. Applications that do not either leave the cells empty."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from svcctl.xlsx.styles import ALERT, AMBER, BLUE

_URI = "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"  # of this extension, as [MS-XLSX] 2.3.1 lists it
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM = "http://schemas.microsoft.com/office/excel/2006/main"
_COLOURS = (
    ("colorSeries", BLUE), ("colorNegative", ALERT), ("colorAxis", BLUE), ("colorMarkers", BLUE), ("colorFirst", BLUE),
    ("colorLast", AMBER), ("colorHigh", BLUE), ("colorLow", BLUE),
)  # fmt: skip


def extension(sparks: Sequence[tuple[str, str]]) -> bytes:
    """The last element of a sheet with these: each a cell and the range of its numbers. The last column is marked."""
    colours = "".join(f'<x14:{name} rgb="FF{colour}"/>' for name, colour in _COLOURS)
    lines = "".join(
        f"<x14:sparkline><xm:f>{escape(numbers)}</xm:f><xm:sqref>{cell}</xm:sqref></x14:sparkline>" for cell, numbers in sparks
    )
    return (
        f'<extLst><ext uri="{_URI}" xmlns:x14="{_X14}"><x14:sparklineGroups xmlns:xm="{_XM}">'
        f'<x14:sparklineGroup type="column" displayEmptyCellsAs="gap" last="1">{colours}'
        f"<x14:sparklines>{lines}</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>"
    ).encode()
