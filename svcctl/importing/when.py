"""Times as other people's files write them. English month names and AM/PM whatever the locale of the process."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal

from svcctl.errors import Refused
from svcctl.texts import Text

DayMeans = Literal["end", "start"]
"""What a date without a time is: the last or the first second of that day."""

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIRECTIVES = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[01]|[12][0-9]|0[1-9]|[1-9])",
    "H": r"(?P<H>2[0-3]|[01][0-9]|[0-9])",
    "I": r"(?P<I>1[0-2]|0[1-9]|[1-9])",
    "M": r"(?P<M>[0-5][0-9]|[0-9])",
    "S": r"(?P<S>[0-5][0-9]|[0-9])",
    "f": r"(?P<f>[0-9]{1,9})",
    "p": r"(?P<p>am|pm|a\.m\.|p\.m\.|上午|下午)",
    "b": f"(?P<b>{'|'.join(name[:3] for name in _MONTHS)})",
    "B": f"(?P<B>{'|'.join(_MONTHS)})",
    "a": f"(?:{'|'.join(name[:3] for name in _DAYS)})",
    "A": f"(?:{'|'.join(_DAYS)})",
    "z": r"(?P<z>z|[+-][0-9]{2}:?[0-9]{2})",
    "%": "%",
}
# Year first is the same date everywhere, so these need no `dates` in a map.
_ALWAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_FIRST_YEAR = 1900  # the first a spreadsheet can hold
_CLOCKS = ("%H:%M:%S", "%H:%M")


def bad_format(text: str) -> Text | None:
    """Why ``text`` is no format of a time (a day, month and year, perhaps a time of day), or None."""
    found = re.findall(r"%(.?)", text)
    for name in found:
        if name not in _DIRECTIVES:
            return Text("不认识 %{name}", "unknown %{name}").fill(name=name)
    plain = [name for name in found if name != "%"]
    if len(set(plain)) < len(plain):
        return Text("同一项出现两次", "one part twice")
    if not ({"Y", "y"} & set(plain) and {"m", "b", "B"} & set(plain) and "d" in plain):
        return Text("缺少年、月或日", "year, month or day is missing")
    if ("I" in plain) != ("p" in plain) or {"I", "H"} <= set(plain):
        return Text("%I 要与 %p 一起用，且不与 %H 同用", "%I and %p belong together, without %H")
    if {"M", "S", "p"} & set(plain) and not {"H", "I"} & set(plain):
        return Text("有分秒却没有小时", "minutes or seconds without the hour")
    return None


def parse_when(text: str, dates: tuple[str, ...], zone: tzinfo, mode: DayMeans = "end") -> datetime:
    """The moment, aware, in ``zone``, in whole seconds: by the formats of ``dates`` in turn, then ISO 8601.

    A year-first date with other separators (``2026/1/7 8:05``) is understood too. Without an offset the time is that
    of ``zone``; one that occurs twice in autumn is the earlier, and one that the change to summer time leaves out is
    read as if the clock had not been changed, because a file's 02:30 must not stop an import. Refused for other texts.
    """
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    found = _first_match(text, dates)
    if found is None:
        found = _iso(text)
    if found is None and text[4:5] in ("-", "/", ".", "年"):
        found = _first_match(text, tuple(f"{day}{clock}" for day in _ALWAYS for clock in ("", *(f" {c}" for c in _CLOCKS))))
    if found is None:
        formats = ", ".join((*dates, "2026-01-31 14:05"))
        raise Refused(Text("不是时间", "no time"), expected=Text(formats, formats), got=text)
    moment = _placed(found, zone, mode)
    if moment is None or moment.year < _FIRST_YEAR:
        raise Refused(Text("时间超出范围", "a time out of range"), got=text)
    return moment


def _placed(found: date | datetime, zone: tzinfo, mode: DayMeans) -> datetime | None:
    if not isinstance(found, datetime):
        found = datetime.combine(found, time(23, 59, 59) if mode == "end" else time())
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    try:
        # Through UTC, so that a time the clocks leave out becomes the wall time it stands for.
        return found.replace(microsecond=0).astimezone(UTC).astimezone(zone)
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> date | datetime | None:
    if not re.match(r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4})(?:$|[T ])", text):
        return None
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _first_match(text: str, formats: tuple[str, ...]) -> date | datetime | None:
    for form in formats:
        match = _compiled(form).fullmatch(text)
        if match is not None:
            found = _built({name: value for name, value in match.groupdict().items() if value is not None})
            if found is not None:
                return found
    return None


@lru_cache(maxsize=64)
def _compiled(form: str) -> re.Pattern[str]:
    pattern, at = "", 0
    while at < len(form):
        if form[at] == "%":
            pattern += _DIRECTIVES[form[at + 1]]
            at += 2
        elif form[at].isspace():
            pattern += r"\s+" if not pattern.endswith(r"\s+") else ""
            at += 1
        else:
            pattern += re.escape(form[at])
            at += 1
    return re.compile(pattern, re.IGNORECASE)


def _built(parts: dict[str, str]) -> date | datetime | None:
    try:
        day = date(_year(parts), _month(parts), int(parts["d"]))
    except ValueError:
        return None
    if "H" not in parts and "I" not in parts:
        return day
    hour = int(parts["H"]) if "H" in parts else int(parts["I"]) % 12 + (12 if parts["p"].lower()[0] in "p下" else 0)
    clock = time(hour, int(parts.get("M", "0")), int(parts.get("S", "0")))
    return datetime.combine(day, clock, _offset(parts.get("z", "")))


def _year(parts: dict[str, str]) -> int:
    """Two digits as POSIX has it: 69 to 99 are the last century's."""
    if "Y" in parts:
        return int(parts["Y"])
    short = int(parts["y"])
    return short + (1900 if short >= 69 else 2000)


def _month(parts: dict[str, str]) -> int:
    if "m" in parts:
        return int(parts["m"])
    short = (parts.get("b") or parts["B"])[:3].lower()
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(short))


def _offset(text: str) -> tzinfo | None:
    if not text:
        return None
    if text in "zZ":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
