"""How a value of a report is shown in a cell: stored text and type, number format, style, and what a reader sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from svcctl.reports.model import Amount, Change, Direction, Flag, Kind, Link, Spark, Tone, Unit, Value
from svcctl.texts import Lang
from svcctl.xlsx import cells, words
from svcctl.xlsx.styles import (
    ALERT_TINT,
    COUNT,
    DATE,
    GENERAL,
    GOOD_TINT,
    GREY,
    MINUTES,
    MONEY,
    NEAR_TINT,
    RATE,
    TEXT,
    TIME,
)

ACROSS: dict[Kind, str] = {
    "text": "left",
    "id": "left",
    "link": "left",
    "int": "right",
    "money": "right",
    "rate": "right",
    "minutes": "right",
    "date": "center",
    "time": "center",
    "flag": "center",
}
UNIT_OF: dict[Kind, Unit] = {"int": "count", "money": "money", "rate": "rate", "minutes": "minutes"}
FORMAT_OF: dict[Unit, str] = {"count": COUNT, "money": MONEY, "rate": RATE, "minutes": MINUTES}
SIGN_OF: dict[Tone, str] = {"good": "✔ ", "near": "◐ ", "alert": "✘ "}
TINT_OF: dict[Tone, str] = {"good": GOOD_TINT, "near": NEAR_TINT, "alert": ALERT_TINT}
STYLE_OF: dict[Tone | None, str] = {"good": "Svc Good", "near": "Svc Near", "alert": "Svc Alert", None: "Svc Number"}


class Shown(NamedTuple):
    """A value as it is stored (``stored``, ``kind`` s or n) and as it is seen (``seen``), with its look."""

    stored: str | None
    kind: str
    seen: str
    style: str
    fmt: str = GENERAL
    across: str = ""
    colour: str = ""
    fill: str = ""


def tone_of(change: Change, good: Direction | None) -> Tone | None:
    """Whether a change is welcome: None if it is nothing, or if nobody said which direction is."""
    if not change.value or good is None:
        return None
    return "good" if (change.value > 0) == (good == "up") else "alert"


def change_format(change: Change, lang: Lang) -> str:
    """The number format of a change: with an arrow, in per cent or in points."""
    if change.unit == "percent":
        return '"▲ "#,##0.0%;"▼ "#,##0.0%;0.0%'
    points = words.POINTS.to(lang)
    return f'"▲ "0.0"{points}";"▼ "0.0"{points}";0.0"{points}"'


def change_number(change: Change) -> Decimal:
    """What is stored for a change: per cent as a share, points as they are; rounded half up."""
    value = change.value or Decimal(0)
    if change.unit == "percent":
        return (value / 100).quantize(Decimal("0.00001"), ROUND_HALF_UP)
    return value.quantize(Decimal("0.001"), ROUND_HALF_UP)


def amount_number(value: Decimal | int, unit: Unit) -> Decimal | int:
    """What is stored for a number of a unit: rates clamped to 4 decimals, minutes with one, the rest as it is."""
    if unit == "rate":
        return cells.rate(Decimal(value))
    return cells.minutes(value) if unit == "minutes" else value


def seen_number(value: Decimal | int, unit: Unit) -> str:
    """A number as a reader sees it in the unit's format."""
    if unit == "rate":
        return f"{value:.2%}"
    return f"{value:,.2f}" if unit == "money" else f"{value:,.1f}" if unit == "minutes" else f"{value:,}"


class Shower:
    """Shows values in one language and one time zone."""

    def __init__(self, lang: Lang, zone: str) -> None:
        self.lang = lang
        self.zone = ZoneInfo(zone)
        self._ways: dict[type, Callable[[Any, Kind], Shown]] = {
            str: self._text,
            int: self._number,
            Decimal: self._number,
            bool: self._yes_no,
            date: self._day,
            datetime: self._moment,
            Link: self._link,
            Flag: self._flag,
            Amount: self._amount,
            Change: self._change,
            Spark: lambda *_: Shown(None, "n", "", "Svc Text"),  # drawn over an empty cell
        }

    def show(self, value: Value, kind: Kind) -> Shown:
        """How ``value`` is shown in a column of ``kind``."""
        if value is None:
            return self._dash() if kind == "rate" else Shown(None, "n", "", "Svc Text")
        return self._ways[type(value)](value, kind)

    def _dash(self) -> Shown:
        return Shown(words.DASH, "s", words.DASH, "Svc Number", colour=GREY)

    def _text(self, value: str, kind: Kind) -> Shown:
        stored = cells.cell_text(value, self.lang)
        # Old applications show #### for long texts in cells of the text format.
        fmt = TEXT if len(stored) <= 255 else GENERAL
        return Shown(stored, "s", cells.plain(value), "Svc Text", fmt, ACROSS[kind])

    def _number(self, value: Decimal | int, kind: Kind) -> Shown:
        unit = UNIT_OF.get(kind)
        if unit is None:
            return Shown(cells.exact(value), "n", str(value), "Svc Number", GENERAL, ACROSS[kind])
        stored = amount_number(value, unit)
        return Shown(cells.exact(stored), "n", seen_number(stored, unit), "Svc Number", FORMAT_OF[unit])

    def _yes_no(self, value: bool, kind: Kind) -> Shown:
        word = (words.YES if value else words.NO).to(self.lang)
        return Shown(word, "s", word, "Svc Text", GENERAL, ACROSS[kind])

    def _day(self, value: date, kind: Kind) -> Shown:
        number = cells.serial(value)
        seen = value.isoformat()
        if number is None:
            return Shown(seen, "s", seen, "Svc Text", TEXT, "center")
        return Shown(number, "n", seen, "Svc Number", DATE, "center")

    def _moment(self, value: datetime, kind: Kind) -> Shown:
        moment = cells.local(value, self.zone)
        if kind == "date":
            return self._day(moment.date(), kind)
        number = cells.serial(moment)
        seen = f"{moment:%Y-%m-%d %H:%M}"
        if number is None:
            return Shown(seen, "s", seen, "Svc Text", TEXT, "center")
        return Shown(number, "n", seen, "Svc Number", TIME, "center")

    def _link(self, value: Link, kind: Kind) -> Shown:
        return self._text(value.text, kind)._replace(style="Svc Link")

    def _flag(self, value: Flag, kind: Kind) -> Shown:
        if value.tone is None:
            return self._text(value.text, "flag")
        text = SIGN_OF[value.tone] + value.text
        stored = cells.cell_text(text, self.lang)
        across = ACROSS[kind] if kind == "text" else "center"  # a sentence reads from its beginning
        return Shown(stored, "s", cells.plain(text), STYLE_OF[value.tone], GENERAL, across, fill="" if value.quiet else TINT_OF[value.tone])

    def _amount(self, value: Amount, kind: Kind) -> Shown:
        if value.value is None:
            return self._dash()
        if not value.signed:
            stored = amount_number(value.value, value.unit)
            return Shown(cells.exact(stored), "n", seen_number(stored, value.unit), "Svc Number", FORMAT_OF[value.unit])
        if value.unit == "rate":
            points = words.POINTS.to(self.lang)
            stored = (Decimal(value.value) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
            fmt = f'+0.00"{points}";-0.00"{points}";0.00"{points}"'
            return Shown(cells.exact(stored), "n", f"{stored:+.2f}{points}", "Svc Number", fmt)
        stored = amount_number(value.value, value.unit)
        fmt = FORMAT_OF[value.unit]
        return Shown(cells.exact(stored), "n", "+" + seen_number(stored, value.unit), "Svc Number", f"+{fmt};-{fmt};{fmt}")

    def _change(self, value: Change, kind: Kind) -> Shown:
        if value.base == "none":
            word = words.NO_BASE_CELL.to(self.lang)
            return Shown(word, "s", word, "Svc Number", colour=GREY)
        if value.value is None:
            return self._dash()
        stored = change_number(value)
        seen = f"▲ {stored:,.1%}" if value.unit == "percent" else f"▲ {stored:.1f}{words.POINTS.to(self.lang)}"
        style = STYLE_OF[tone_of(value, value.good)]
        return Shown(cells.exact(stored), "n", seen, style, change_format(value, self.lang), "right")
