"""What may stand in a cell: texts that stay texts, numbers that keep their digits, names a workbook accepts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from svcctl.errors import Refused
from svcctl.texts import Lang, Text
from svcctl.xlsx import words

TEXT_LIMIT = 32767  # UTF-16 units
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
_FIRST_DAY = date(1900, 3, 1)  # before, the calendars of spreadsheets do not agree
_EPOCH = date(1899, 12, 30)


def plain(text: str) -> str:
    """``text`` with the characters that no XML file can hold replaced by U+FFFD, and line feeds for all line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWRITABLE.sub("\ufffd", text)


def _utf16(text: str) -> int:
    return len(text) + sum(ch > "\uffff" for ch in text)


def cut(text: str, limit: int, mark: str) -> str:
    """``text`` if it has at most ``limit`` UTF-16 units, else its beginning with ``mark``, together within them."""
    if len(text) * 2 <= limit or _utf16(text) <= limit:
        return text
    room = limit - _utf16(mark)
    for at, ch in enumerate(text):
        room -= 2 if ch > "\uffff" else 1
        if room < 0:
            return text[:at] + mark
    return text + mark


def cell_text(text: str, lang: Lang) -> str:
    """``text`` as it is written into a cell, so that a spreadsheet shows the same text: escaped, cut visibly."""
    text = cut(plain(text), TEXT_LIMIT, words.CUT.to(lang))
    if "_x" not in text:
        return text
    escaped = _ESCAPE.sub("_x005F_", text)
    if _utf16(escaped) <= TEXT_LIMIT:
        return escaped
    # Readers that do not decode count the escapes too: room for as many as a text of this size can have.
    return _ESCAPE.sub("_x005F_", cut(text, TEXT_LIMIT // 2, words.CUT.to(lang)))[:TEXT_LIMIT]


def exact(number: Decimal | int) -> str:
    """A number as the text that is stored for it.

    Raises :class:`Refused` for more than 15 significant digits (spreadsheets change the rest), NaN and infinities.
    """
    value = Decimal(number)
    if not value.is_finite() or len(str(value.copy_abs().normalize()).split("E")[0].replace(".", "").lstrip("0")) > 15:
        raise Refused(
            Text("数值无法准确写入工作簿", "a number that a workbook cannot hold exactly"),
            expected=Text("最多 15 位有效数字", "at most 15 significant digits"),
            got=str(number),
        )
    return f"{value:f}"


def rate(value: Decimal) -> Decimal:
    """A share rounded half up to 4 decimals, but never to 1 or 0 unless it is exactly that."""
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if rounded == 1 and value != 1:
        return Decimal("0.9999") if value < 1 else Decimal("1.0001")
    if rounded == 0 and value != 0:
        return Decimal("0.0001") if value > 0 else Decimal("-0.0001")
    return rounded


def minutes(value: Decimal | int) -> Decimal:
    """Minutes, rounded half up to one decimal."""
    return Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A time as the report's zone shows it, whole seconds, without a zone (a spreadsheet knows none)."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def serial(moment: date) -> str | None:
    """The day number of a date or of a time without zone; None for days that spreadsheets count differently."""
    if isinstance(moment, datetime):
        day, seconds = moment.date(), moment.hour * 3600 + moment.minute * 60 + moment.second
    else:
        day, seconds = moment, 0
    if day < _FIRST_DAY:
        return None
    days = (day - _EPOCH).days
    return str(days) if seconds == 0 else f"{Decimal(days) + Decimal(seconds) / 86400:.10f}"


def header(label: str, taken: Iterable[str]) -> str:
    """A column head: one line of text, not empty, different from those ``taken`` whatever the case."""
    base = cut(" ".join(plain(label).split()) or "-", 200, "…")
    return _unique(base, {t.casefold() for t in taken}, 255)


def sheet_name(title: str, taken: Iterable[str]) -> str:
    """A sheet's name from its title: allowed characters, at most 31, different from those ``taken``."""
    base = _SHEET_NAME.sub(" ", plain(title)).replace("'", "’")
    base = cut(" ".join(base.split()) or "-", 31, "…")
    if base.casefold() == "history":  # reserved
        base += "_"
    return _unique(base, {t.casefold() for t in taken}, 31)


def _unique(base: str, taken: set[str], limit: int) -> str:
    name, n = base, 1
    while name.casefold() in taken:
        n += 1
        name = f"{cut(base, limit - len(str(n)) - 1, '…')} {n}"
    return name


def table_name(sheet: str, section: str, taken: Iterable[str]) -> str:
    """A table's name, ``tbl_…``: ASCII letters, digits and underscores, different from those ``taken``."""
    words_ = re.sub(r"[^A-Za-z0-9]+", "_", f"{sheet}_{section}" if section != sheet else sheet).strip("_").lower()
    base, n = f"tbl_{words_[:60]}", 1
    name, used = base, set(taken)
    while name in used:
        n += 1
        name = f"{base}_{n}"
    return name


def page_text(text: str, limit: int) -> str:
    """A text for a page's header or footer: one line, short, every ``&`` doubled (it would start a code)."""
    text = " ".join(plain(text).split())
    room = limit
    while _utf16(doubled := cut(text, room, "…").replace("&", "&&")) > limit:
        room -= 1
    return doubled
