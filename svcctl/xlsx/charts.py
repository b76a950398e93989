"""Charts that look the same in every application: caches filled, fonts and colours set, nothing left to a default."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from openpyxl.chart import BarChart, DoughnutChart, LineChart, PieChart
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import Series as ChartSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.descriptors.nested import NestedText
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils import get_column_letter

from svcctl.reports.model import Amount, Chart, Kind, Value
from svcctl.xlsx import cells
from svcctl.xlsx.canvas import quoted
from svcctl.xlsx.look import AMBER, Look
from svcctl.xlsx.plan import Placed, Places
from svcctl.xlsx.show import FORMAT_OF, UNIT_OF, Shower, amount_number
from svcctl.xlsx.styles import COUNT, GREY, INK, RULE, padded

ROUND = ("pie", "doughnut")
MANY = 6  # bars below each other: with more their names have to be smaller
MARKS: tuple[Literal["circle", "diamond", "triangle"], ...] = ("circle", "diamond", "triangle")  # of lines, to be told apart without colours too
DASHES = (None, "sysDash", "dash")
INSIDE = 490_000  # EMU: the narrowest that applications make a column of 7.2 characters is a little wider


class _Point(NumVal):
    """A number of a cache with its digits as they stand in the cell: openpyxl's own goes through binary floating point."""

    idx = vars(NumVal)["idx"]
    formatCode = vars(NumVal)["formatCode"]  # noqa: N815 - openpyxl's name
    v = NestedText(allow_none=True, expected_type=str)


def _colour(rgb: str) -> ColorChoice:
    choice: Any = ColorChoice
    made: ColorChoice = choice(srgbClr=rgb)
    return made


def _characters(look: Look, size: int, colour: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(
        sz=size,
        b=bold,
        solidFill=_colour(colour),
        latin=Font(typeface=look.latin),
        ea=Font(typeface=look.ea),
        cs=Font(typeface=look.latin),
    )


def _text(look: Look, size: int, colour: str, *, bold: bool = False) -> RichText:
    made = _characters(look, size, colour, bold=bold)
    return RichText(bodyPr=RichTextProperties(), p=[Paragraph(pPr=ParagraphProperties(defRPr=made), endParaRPr=made)])


def _line(colour: str, width: int = 9525) -> LineProperties:
    return LineProperties(solidFill=_colour(colour), w=width)


def _filled(colour: str) -> GraphicalProperties:
    shape = GraphicalProperties(solidFill=_colour(colour))
    shape.line = LineProperties(noFill=True)
    return shape


def _title(look: Look, text: str) -> Title:
    run = RegularTextRun(rPr=_characters(look, 1100, look.title, bold=True), t=cells.plain(text))
    whole = ParagraphProperties(defRPr=_characters(look, 1100, look.title, bold=True))
    return Title(tx=Text(rich=RichText(bodyPr=RichTextProperties(), p=[Paragraph(pPr=whole, r=[run])])), overlay=False)


def _labels(look: Look, colour: str, fmt: str) -> DataLabelList:
    labels = DataLabelList(
        numFmt=f"{fmt};;",  # no label for zero
        showVal=True,
        showSerName=False,
        showCatName=False,
        showLegendKey=False,
        showPercent=False,
        showBubbleSize=False,
        showLeaderLines=False,
    )
    labels.txPr = _text(look, 900, colour, bold=colour == "FFFFFF")
    return labels


class ChartMaker:
    """Makes the charts of one report."""

    def __init__(self, places: Places, shower: Shower, look: Look) -> None:
        self.look = look
        self.places = places
        self.shower = shower

    def has_data(self, chart: Chart) -> bool:
        """Whether there is anything to draw: a section with a number that is not zero."""
        _, placed = self.places.section(chart.sheet, chart.section)
        columns = [placed.column(series.column) - 1 for series in chart.series]
        return any(_number(row[n]) for row in placed.section.table.rows for n in columns)

    def alt(self, chart: Chart) -> str:
        """What a reader who cannot see the chart is told."""
        if chart.alt:
            return chart.alt
        _, placed = self.places.section(chart.sheet, chart.section)
        category, value = placed.column(chart.categories) - 1, placed.column(chart.series[0].column) - 1
        rows = placed.section.table.rows
        parts = [f"{self._category(row[category])} {_number(row[value])}" for row in rows[:12]]
        return f"{chart.title}: {', '.join(parts)}{' …' if len(rows) > 12 else ''}"

    def make(self, chart: Chart) -> Any:
        """The chart as openpyxl's object, without its anchor."""
        name, placed = self.places.section(chart.sheet, chart.section)
        bars = [s.column for s in chart.series if not s.line]
        lines = [s.column for s in chart.series if s.line]
        made: Any
        if chart.kind in ROUND:
            made = self._round(chart, name, placed)
        elif chart.kind == "line":
            made = self._lines(name, placed, chart.categories, bars + lines, 0)
            self._axes(made, placed, bars or lines)
        else:
            made = self._bars(chart, name, placed, bars)
            if lines:
                over = self._lines(name, placed, chart.categories, lines, len(bars))
                if _kinds(placed, lines) != _kinds(placed, bars):
                    self._second_axis(over, placed, lines)
                made += over
        made.title = _title(self.look, chart.title)
        made.roundedCorners = False
        made.graphical_properties = GraphicalProperties(solidFill=_colour("FFFFFF"), ln=_line(RULE))
        made.display_blanks = "gap"
        if chart.kind in ROUND or len(chart.series) > 1:
            made.legend.position = "b"
            made.legend.overlay = False
            made.legend.txPr = _text(self.look, 900, GREY)
        else:
            made.legend = None
        return made

    # -- series ---------------------------------------------------------------------------------------------------

    def _series(self, name: str, placed: Placed, categories: str, key: str, at: int) -> ChartSeries:
        column, labels = placed.column(key), placed.column(categories)
        table = placed.section.table
        kind = table.columns[column - 1].kind
        numbers = [_stored(row[column - 1], kind) for row in table.rows]
        points = [_Point(idx=n, v=cells.exact(v)) for n, v in enumerate(numbers) if v is not None]
        number_format = padded(FORMAT_OF[UNIT_OF.get(kind, "count")])  # that of the cells
        series = ChartSeries(idx=at, order=at)
        head = StrData(ptCount=1, pt=[StrVal(idx=0, v=placed.heads[column - 1])])
        series.tx = SeriesLabel(strRef=StrRef(f=f"{quoted(name)}!${get_column_letter(column)}${placed.head}", strCache=head))
        data = NumData(formatCode=number_format, ptCount=len(numbers), pt=points)
        series.val = NumDataSource(numRef=NumRef(f=_area(name, column, placed), numCache=data))
        texts = [StrVal(idx=n, v=cells.plain(self._category(row[labels - 1]))) for n, row in enumerate(table.rows)]
        cache = StrData(ptCount=len(texts), pt=texts)
        series.cat = AxDataSource(strRef=StrRef(f=_area(name, labels, placed), strCache=cache))
        return series

    def _category(self, value: Value) -> str:
        return self.shower.show(value, "text").seen

    def _bars(self, chart: Chart, name: str, placed: Placed, keys: Sequence[str]) -> BarChart:
        made = BarChart()
        lying = chart.kind == "bar"
        made.type = "bar" if lying else "col"
        made.grouping = "clustered"
        made.gapWidth = 45
        made.varyColors = False
        fmt = self._format(placed, keys)
        for at, key in enumerate(keys):
            series = self._series(name, placed, chart.categories, key, at)
            series.graphicalProperties = _filled((self.look.second, self.look.third, AMBER)[at % 3])
            series.invertIfNegative = False
            if lying:
                series.dLbls = _labels(self.look, INK, fmt)
            made.series.append(series)
        self._axes(made, placed, keys)
        if lying:
            made.x_axis.scaling.orientation = "maxMin"  # the first row on top
            made.x_axis.tickLblSkip = 1  # every bar has its name
            if len(placed.section.table.rows) > MANY:
                made.x_axis.txPr = _text(self.look, 750, GREY)
            made.y_axis.majorGridlines = None
            made.y_axis.number_format = ";;;"  # the bars are labelled; a deleted axis looks like a fault
            if _kinds(placed, keys) == {"money"}:
                made.y_axis.scaling.max = max(self._numbers(placed, keys)) * Decimal("1.25")  # room for long labels
        return made

    def _lines(self, name: str, placed: Placed, categories: str, keys: Sequence[str], start: int) -> LineChart:
        made = LineChart()
        made.varyColors = False
        for n, key in enumerate(keys):
            series = self._series(name, placed, categories, key, start + n)
            colour = (AMBER, GREY, self.look.third)[n % 3] if start else (self.look.second, AMBER, GREY)[n % 3]
            series.graphicalProperties = GraphicalProperties(ln=_line(colour, 22225))
            series.graphicalProperties.line.prstDash = DASHES[n % 3]
            series.marker = Marker(symbol=MARKS[n % 3], size=5, spPr=_filled(colour))
            series.smooth = False
            made.series.append(series)
        return made

    def _round(self, chart: Chart, name: str, placed: Placed) -> Any:
        made: Any = DoughnutChart(holeSize=55) if chart.kind == "doughnut" else PieChart()
        made.firstSliceAng = 0
        made.varyColors = True
        key = chart.series[0].column
        series = self._series(name, placed, chart.categories, key, 0)
        for n in range(len(placed.section.table.rows)):
            shape = GraphicalProperties(solidFill=_colour(self.look.palette[n % len(self.look.palette)]))
            shape.line = _line("FFFFFF", 12700)
            series.dPt.append(DataPoint(idx=n, spPr=shape))
        series.dLbls = _labels(self.look, "FFFFFF", self._format(placed, [key]))
        made.series.append(series)
        return made

    # -- axes -----------------------------------------------------------------------------------------------------

    def _format(self, placed: Placed, keys: Sequence[str]) -> str:
        kind = placed.section.table.columns[placed.column(keys[0]) - 1].kind if keys else "int"
        fmt = FORMAT_OF[UNIT_OF.get(kind, "count")]
        return "0%" if kind == "rate" else COUNT if kind == "money" else fmt

    def _axes(self, made: Any, placed: Placed, keys: Sequence[str]) -> None:
        for axis in (made.x_axis, made.y_axis):
            axis.delete = False
            axis.title = None
            axis.majorTickMark = axis.minorTickMark = "none"
            axis.txPr = _text(self.look, 900, GREY)
            axis.graphicalProperties = GraphicalProperties(ln=_line(RULE))
        made.x_axis.noMultiLvlLbl = True
        made.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
        made.y_axis.majorGridlines.spPr = GraphicalProperties(ln=_line("E8ECF2"))
        made.y_axis.number_format = self._format(placed, keys)
        made.y_axis.numFmt.sourceLinked = False
        made.y_axis.scaling.min = 0 if self._positive(placed, keys) else None
        if self._whole(placed, keys):
            made.y_axis.majorUnit = 1  # 0.5 of a complaint is no tick

    def _second_axis(self, made: LineChart, placed: Placed, keys: Sequence[str]) -> None:
        """An axis of its own on the right, for lines in another unit than the columns."""
        self._axes(made, placed, keys)
        made.y_axis.axId = 200
        made.y_axis.crosses = "max"
        made.y_axis.majorGridlines = None
        if _kinds(placed, keys) == {"rate"}:
            made.y_axis.scaling.max = max([Decimal(1), *self._numbers(placed, keys)])  # there may be none

    def _numbers(self, placed: Placed, keys: Sequence[str]) -> list[Decimal | int]:
        columns = [placed.column(key) - 1 for key in keys]
        return [v for row in placed.section.table.rows for n in columns if (v := _number(row[n])) is not None]

    def _positive(self, placed: Placed, keys: Sequence[str]) -> bool:
        return all(v >= 0 for v in self._numbers(placed, keys))

    def _whole(self, placed: Placed, keys: Sequence[str]) -> bool:
        return _kinds(placed, keys) == {"int"} and max(self._numbers(placed, keys), default=0) <= 5


def _kinds(placed: Placed, keys: Sequence[str]) -> set[Kind]:
    return {placed.section.table.columns[placed.column(key) - 1].kind for key in keys}


def _number(value: Value) -> Decimal | int | None:
    if isinstance(value, Amount):
        return value.value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value
    return None


def _stored(value: Value, kind: Kind) -> Decimal | int | None:
    """The number as it stands in the cell, so that the cache says the same."""
    number = _number(value)
    unit = value.unit if isinstance(value, Amount) else UNIT_OF.get(kind)
    return number if number is None or unit is None else amount_number(number, unit)


def _area(name: str, column: int, placed: Placed) -> str:
    letter = get_column_letter(column)
    return f"{quoted(name)}!${letter}${placed.first}:${letter}${placed.last}"


def anchor(first_column: int, first_row: int, last_column: int, last_row: int) -> TwoCellAnchor:
    """A two-cell anchor over whole cells, columns and rows from 1, not quite to their right and lower edge."""
    start = AnchorMarker(col=first_column - 1, colOff=12700, row=first_row - 1, rowOff=12700)
    end = AnchorMarker(col=last_column - 1, colOff=INSIDE, row=last_row - 1, rowOff=200_000)
    return TwoCellAnchor(editAs="oneCell", _from=start, to=end)
