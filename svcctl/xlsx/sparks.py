"""Sparklines: small columns in cells, which openpyxl does not know. Applications that do not either leave the cells empty."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from svcctl.xlsx.look import ALERT, AMBER, Look

_URI = "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"  # of this extension, as [MS-XLSX] 2.3.1 lists it
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_COLOURED = ("colorSeries", "colorNegative", "colorAxis", "colorMarkers", "colorFirst", "colorLast", "colorHigh", "colorLow")
_XM = "http://schemas.microsoft.com/office/excel/2006/main"


def extension(sparks: Sequence[tuple[str, str]], look: Look) -> bytes:
    """The last element of a sheet with these: each a cell and the range of its numbers. The last column is marked.

    All begin at 0: by themselves they would begin at the least number, and 88 % beside 95 % would look like nothing.
    """
    own = {"colorNegative": ALERT, "colorLast": AMBER}
    colours = "".join(f'<x14:{part} rgb="FF{own.get(part, look.second)}"/>' for part in _COLOURED)
    lines = "".join(
        f"<x14:sparkline><xm:f>{escape(numbers)}</xm:f><xm:sqref>{cell}</xm:sqref></x14:sparkline>" for cell, numbers in sparks
    )
    return (
        f'<extLst><ext uri="{_URI}" xmlns:x14="{_X14}"><x14:sparklineGroups xmlns:xm="{_XM}">'
        f'<x14:sparklineGroup manualMin="0" type="column" displayEmptyCellsAs="gap" last="1" minAxisType="custom">{colours}'
        f"<x14:sparklines>{lines}</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>"
    ).encode()
