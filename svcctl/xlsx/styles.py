"""The look of a workbook: its palette, its named styles, and the few variants of them that cells use."""

from __future__ import annotations

from copy import copy
from typing import Any, NamedTuple

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.workbook import Workbook

from svcctl.xlsx.look import ALERT, PLAIN, Look

GOOD = "0B6E99"
INK = "1F2937"
LINK = "1F5FA8"
GREY = "6B7280"
RULE = "D5DBE3"
CARD = "F3F6FB"
GOOD_TINT = "E3F1F7"
ALERT_TINT = "FBE9E7"
NEAR = "8A5A00"
NEAR_TINT = "FDF1DC"

TEXT = "@"
GENERAL = "General"
DATE = "yyyy-mm-dd"
TIME = "yyyy-mm-dd hh:mm"
COUNT = "#,##0"
MONEY = "#,##0.00"
RATE = "0.00%"
MINUTES = "#,##0.0"


def padded(fmt: str, spaces: int = 1) -> str:
    """A number format that keeps so many spaces free on the right; ``General`` is that of a text.

    That is how Chinese Excel keeps numbers off the edge. An indent would do it too, but LibreOffice loses that of a
    right-aligned cell that differs from the one before it in its number format only, and a column is then ragged.
    """
    return ";".join(part + "_ " * spaces for part in (TEXT if fmt == GENERAL else fmt).split(";"))


class Spec(NamedTuple):
    """One named style: size and colour of the font, fill, where it stands, whether it wraps, its lower rule.

    ``pad``: how many spaces stay free on the right of what stands there.
    """

    size: float = 10
    bold: bool = False
    colour: str = INK
    fill: str = ""
    across: str = "left"
    down: str = "center"
    wrap: bool = False
    indent: int = 0
    rule: str = ""
    underline: bool = False
    pad: int = 1


def specs(look: Look) -> dict[str, Spec]:
    """The named styles of a workbook with that look."""
    main, tint = look.main, look.tint
    return {
        "Svc Band": Spec(20, bold=True, colour=look.on_main, fill=main, indent=1, pad=2),
        "Svc Band note": Spec(9.5, colour=look.note, fill=main, indent=1, wrap=True),
        "Svc Warning": Spec(12, bold=True, colour=ALERT, fill=ALERT_TINT, indent=1, wrap=True),
        "Svc Notice": Spec(9.5, colour=look.title, fill=tint, indent=1, wrap=True),
        "Svc Card label": Spec(9.5, colour=GREY, fill=CARD, indent=1, pad=3),
        "Svc Card value": Spec(19, bold=True, fill=CARD, indent=1),
        "Svc Heading": Spec(14, bold=True, colour=look.title),
        "Svc Note": Spec(9, colour=GREY, wrap=True, down="top"),
        "Svc Jump": Spec(colour=LINK, underline=True),
        "Svc Sign": Spec(10, indent=1, down="bottom", rule=GREY),
        "Svc Signer": Spec(10, colour=GREY, down="bottom", across="right"),
        "Svc Mark": Spec(8, colour=LINK, indent=1, down="bottom"),
        "Svc Empty": Spec(10, colour=GREY, indent=1),
        "Svc Head": Spec(10, bold=True, colour=look.on_main, fill=main, wrap=True, indent=1, rule=main),
        "Svc Text": Spec(wrap=True, indent=1, rule=RULE),
        "Svc Number": Spec(across="right", rule=RULE),
        "Svc Link": Spec(colour=LINK, indent=1, rule=RULE, underline=True),
        "Svc Good": Spec(bold=True, colour=GOOD, indent=1, rule=RULE),
        "Svc Near": Spec(bold=True, colour=NEAR, indent=1, rule=RULE),
        "Svc Alert": Spec(bold=True, colour=ALERT, indent=1, rule=RULE),
        "Svc Total": Spec(bold=True, fill=tint, indent=1, rule=main),
    }


def _named(name: str, spec: Spec, font: str) -> NamedStyle:
    style = NamedStyle(name=name)
    style.font = Font(
        name=font, size=spec.size, bold=spec.bold, color="FF" + spec.colour, underline="single" if spec.underline else None
    )
    if spec.fill:
        style.fill = PatternFill("solid", fgColor="FF" + spec.fill)
    style.alignment = Alignment(
        horizontal=spec.across, vertical=spec.down, wrap_text=spec.wrap, indent=spec.indent
    )
    if spec.rule:
        style.border = Border(bottom=Side("thin", color="FF" + spec.rule))
    return style


class Looks:
    """The styles of one workbook. A look is made once; cells have its number."""

    def __init__(self, book: Workbook, look: Look = PLAIN) -> None:
        self.look = look
        self._specs = specs(look)
        self._known: dict[tuple[object, ...], int] = {}
        styles: Any = book
        self._arrays = styles._cell_styles
        for name, spec in self._specs.items():
            book.add_named_style(_named(name, spec, look.font))
        normal: Any = book._named_styles["Normal"]  # type: ignore[attr-defined]
        normal.font = Font(name=look.font, size=10)
        self._sheet = book.create_sheet()
        book.remove(self._sheet)

    def get(
        self,
        name: str,
        fmt: str = GENERAL,
        across: str = "",
        *,
        colour: str = "",
        size: float = 0,
        fill: str = "",
        bold: bool = False,
        top: bool = False,
    ) -> int:
        """The number of a look: a named style with a number format and what differs from it.

        ``across`` is another horizontal place, ``top`` puts the text at the cell's upper edge. What stands on the right
        gets its distance from the edge by its number format.
        """
        key = (name, fmt, across, colour, size, fill, bold, top)
        if key not in self._known:
            self._known[key] = self._arrays.add(self._make(*key))
        return self._known[key]

    def edged(self, look: int, colour: str) -> int:
        """A look with a thick left edge."""
        key = (look, colour)
        if key not in self._known:
            cell: Any = WriteOnlyCell(self._sheet)
            cell._style = copy(self._arrays[look])
            cell.border = Border(left=Side("thick", color="FF" + colour))
            self._known[key] = self._arrays.add(cell._style)
        return self._known[key]

    def _make(
        self, name: str, fmt: str, across: str, colour: str, size: float, fill: str, bold: bool, top: bool
    ) -> Any:
        spec = self._specs[name]
        cell: Any = WriteOnlyCell(self._sheet)
        cell.style = name
        across = across or spec.across
        if across == "right":
            fmt = padded(fmt, spec.pad)
        if fmt != GENERAL:
            cell.number_format = fmt
        if across != spec.across or top:
            cell.alignment = Alignment(
                horizontal=across,
                vertical="top" if top else spec.down,
                wrap_text=spec.wrap,
                indent=spec.indent if across == "left" else 0,
            )
        if colour or size or bold:
            cell.font = Font(
                name=self.look.font,
                size=size or spec.size,
                bold=spec.bold or bold,
                color="FF" + (colour or spec.colour),
                underline="single" if spec.underline else None,
            )
        if fill:
            cell.fill = PatternFill("solid", fgColor="FF" + fill)
        return cell._style
