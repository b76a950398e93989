"""What people type as a time, a date or a duration, in Chinese and in English, turned into values.

Pure: the clock comes in as ``now`` (aware, in the site's zone), and answers are in its zone.
Patterns are given as text, so that ``re`` compiles one only when somebody types that form.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from svcctl.texts import Text

EndOfDay = Literal["at", "end"]

A_TIME = Text(
    "时间，如 2026-11-20 14:05、11-20 08:00、昨天 14:05、下午2点、30分钟前",
    "a time like 2026-11-20 14:05, 11-20 08:00, yesterday 14:05, 2pm, 30 min ago",
)
A_DATE = Text("日期，如 2026-11-20、11-20、昨天、下周一", "a date like 2026-11-20, 11-20, yesterday, next monday")
A_DURATION = Text("时长，如 30m、24h、3d", "a duration like 30m, 24h, 3d")

_NOW = {"now", "just now", "现在", "此刻", "刚才", "刚刚"}
_DAYS = {
    "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1,
    "大后天": 3, "后天": 2, "后日": 2, "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip
_SHORT_DAYS = {"今早": "今天早上", "今晚": "今天晚上", "昨晚": "昨天晚上", "明早": "明天早上", "明晚": "明天晚上"}
_UNITS = {
    "分钟": 60, "分": 60, "小时": 3600, "钟头": 3600, "天": 86400, "日": 86400, "周": 604800, "星期": 604800,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400, "w": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_SHORT = ("mon", "tues?", "weds?", "thu(?:rs?)?", "fri", "sat", "sun")
_NUMERALS = frozenset("零〇一二两三四五六七八九十")
_NOON = {"中午", "正午", "noon"}
_FIRST_YEAR = 1900  # the first a spreadsheet can hold


class NotATime(ValueError):
    """What was typed is no time, no date or no duration; ``expected`` says what would be one."""

    def __init__(self, expected: Text) -> None:
        super().__init__(expected.en)
        self.expected = expected


def parse_time(text: str, now: datetime, *, end_of_day: EndOfDay) -> datetime:
    """The moment meant by ``text``: aware, in the zone of ``now``, whole seconds.

    A date without a time is 23:59:59 of that day, except with ``end_of_day="at"`` today, which is ``now``.
    A month and day without a year is the latest one not more than half a year ahead. A weekday alone is the
    one of this week (Monday to Sunday), with ``"at"`` the latest up to today, since what happened has happened.
    Raises NotATime, also for a local time that a change to summer time leaves out; of one that occurs twice
    the earlier is meant.
    """
    if text == "now":
        return now.replace(microsecond=0)
    found = _iso(text, now)
    if found is not None:
        return found
    text = _plain(text, A_TIME)
    if text in _NOW:
        return now.replace(microsecond=0)
    found = _iso(text, now)
    if found is not None:
        return found
    delta = _relative(text)
    if delta is not None:
        return _shifted(now, delta)
    day, clock = _day_and_clock(text, now.date(), past=end_of_day == "at")
    if clock is not None:
        return _local(datetime.combine(day, clock), now)
    if day == now.date() and end_of_day == "at":
        return now.replace(microsecond=0)
    return _local(datetime.combine(day, time(23, 59, 59)), now)


def parse_date(text: str, now: datetime) -> date:
    """The date meant by ``text``, which has no time in it. Raises NotATime."""
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        return _made(text[:4], text[5:7], text[8:], A_DATE)
    text = _plain(text, A_DATE)
    if text in _NOW:
        return now.date()
    delta = _relative(text)
    if delta is not None:
        # Whole days are counted on the calendar, where a day may have 23 hours.
        if delta % timedelta(days=1):
            return _shifted(now, delta).date()
        try:
            return now.date() + delta
        except OverflowError:
            raise NotATime(A_DATE) from None
    found = _date(text, now.date(), past=False)
    if found is None or found[1]:
        raise NotATime(A_DATE)
    return found[0]


def parse_duration(text: str) -> timedelta:
    """``30m``, ``24h`` or ``3d``, nothing else, as a timedelta. Raises NotATime."""
    match = re.fullmatch(r"(0|[1-9][0-9]{0,5})([mhd])", text)
    if match is None:
        raise NotATime(A_DURATION)
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def format_duration(value: timedelta) -> str:
    """What :func:`parse_duration` reads as ``value``, in the largest unit that fits; part minutes are dropped."""
    minutes = value // timedelta(minutes=1)
    if minutes < 0:
        raise ValueError("a duration is not negative")
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _iso(text: str, now: datetime) -> datetime | None:
    """ISO 8601 with date and time, or None. The shape is checked first: fromisoformat takes a good deal more."""
    if not (len(text) >= 16 and text[4] == text[7] == "-" and text[10] in "Tt " and text[13] == ":"):
        return None
    if text[11:13] > "23":  # 24:00, which some Pythons take for the next day
        raise NotATime(A_TIME)
    try:
        found = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1] in "Zz" else text)
    except ValueError:
        return None
    if found.year < _FIRST_YEAR:
        raise NotATime(A_TIME)
    found = found.replace(microsecond=0)
    if found.tzinfo is None:
        return _local(found, now)
    try:
        return found.astimezone(now.tzinfo)
    except OverflowError:
        raise NotATime(A_TIME) from None


def _local(wall: datetime, now: datetime) -> datetime:
    """A wall clock time in the zone of ``now``. Clocks that jump forward make ``fold=0`` the smaller offset."""
    found = wall.replace(tzinfo=now.tzinfo)
    before, after = found.utcoffset(), found.replace(fold=1).utcoffset()
    if before is None or after is None:
        raise TypeError("now must be aware")
    if before < after:
        at = wall.isoformat(" ")
        raise NotATime(
            Text(
                f"存在的时间（当地的钟跳过了 {at}）",
                f"a time that exists (clocks there skip {at})",
            )
        )
    return found


def _shifted(now: datetime, delta: timedelta) -> datetime:
    # By way of UTC, so that hours are hours across summer time.
    try:
        found = (now.replace(microsecond=0).astimezone(UTC) + delta).astimezone(now.tzinfo)
    except OverflowError:
        raise NotATime(A_TIME) from None
    if found.year < _FIRST_YEAR:
        raise NotATime(A_TIME)
    return found


def _plain(text: str, expected: Text) -> str:
    """Full-width forms made plain, blanks single, small letters, Chinese numbers in digits."""
    import unicodedata

    text = unicodedata.normalize("NFKC", text)
    if len(text) > 60 or not text.isprintable():
        raise NotATime(expected)
    text = " ".join(text.lower().split())
    if not text.isascii():
        for short, full in _SHORT_DAYS.items():
            if text.startswith(short):
                text = full + text[len(short) :]
        if not _NUMERALS.isdisjoint(text):
            # Not after 周 星期 礼拜, where the number is the name of a day: 周三十点 is Wednesday, ten o'clock.
            ahead = r"(?=个|分|小时|钟头|天|日|号|年|月|点|时|刻|周|星期|$)"
            text = re.sub(rf"(?<![周期拜])[零〇一二两三四五六七八九十]+{ahead}", _number, text)
    return text


def _number(match: re.Match[str]) -> str:
    run = match[0].replace("〇", "零").replace("两", "二")
    digits = [str("零一二三四五六七八九".find(c)) for c in run.replace("十", "")]
    if "十" not in run:
        return "".join(digits)
    tens, _, ones = run.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return match[0]
    return f"{digits[0] if tens else 1}{digits[-1] if ones else 0}"


def _relative(text: str) -> timedelta | None:
    """``30分钟前``, ``3天后``, ``in 2 hours``, ``2h ago``, ``+24h`` as the way from now; None for anything else."""
    if text[:1] not in ("+", "-", "i") and text[-1:] not in ("前", "后", "o", "r", "w"):
        return None  # spares the most usual forms a pattern of this size
    units = "|".join(sorted(_UNITS, key=len, reverse=True))
    match = re.fullmatch(
        rf"(in |\+|-)?([0-9]{{1,6}}|半|an?) ?个?(半)?({units})(?: ?(前|以前|之前|ago|后|以后|之后|later|from now))?",
        text.replace("half an hour", "30 min"),
    )
    if match is None or (match[1] is None) == (match[5] is None):
        return None
    unit = _UNITS[match[4]]
    seconds = unit // 2 if match[2] == "半" else unit if match[2][0] == "a" else unit * int(match[2])
    if match[3]:
        seconds += unit // 2
    back = match[1] == "-" or match[5] in ("前", "以前", "之前", "ago")
    return timedelta(seconds=-seconds if back else seconds)


def _day_and_clock(text: str, today: date, *, past: bool) -> tuple[date, time | None]:
    """A date, a time or both, in either order; a time alone means today."""
    found = _date(text, today, past=past)
    if found is not None:
        day, rest = found
        if not rest:
            return day, None
        clock = _clock(re.sub(r"^(?:t(?=[0-9])|at |的)", "", rest))
        if clock is None or clock[1]:
            raise NotATime(A_TIME)
        return day, clock[0]
    clock = _clock(text)
    if clock is None:
        raise NotATime(A_TIME)
    if not clock[1]:
        return today, clock[0]
    found = _date(clock[1], today, past=past)
    if found is None or found[1]:
        raise NotATime(A_TIME)
    return found[0], clock[0]


def _date(text: str, today: date, *, past: bool) -> tuple[date, str] | None:
    """The date ``text`` begins with and what comes after it, or None where it begins with none."""
    for word, days in _DAYS.items():
        if text.startswith(word):
            return today + timedelta(days=days), _after(text, len(word))
    return _numbered(text, today) or _weekday(text, today, past=past) or _named_month(text, today)


def _after(text: str, end: int) -> str:
    return text[end:].lstrip(" ,")


def _numbered(text: str, today: date) -> tuple[date, str] | None:
    match = re.match(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])", text)
    if match:
        return _made(match[1], match[3], match[4], A_DATE), _after(text, match.end())
    match = re.match(r"(?:([0-9]{4}) ?年 ?)?([0-9]{1,2}) ?月 ?([0-9]{1,2})(?: ?[日号]|(?![0-9]))", text)
    if match and match[1]:
        return _made(match[1], match[2], match[3], A_DATE), _after(text, match.end())
    match = match or re.match(r"([0-9]{1,2})[-/]([0-9]{1,2})(?![0-9:./-])", text)
    if match:
        month, day = match.groups()[-2:]
        return _nearest(int(month), int(day), today), _after(text, match.end())
    return None


def _weekday(text: str, today: date, *, past: bool) -> tuple[date, str] | None:
    match = re.match(r"(上上|上|本|这|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天])", text)
    if match:
        weekday = "一二三四五六日".find(match[2].replace("天", "日"))
        weeks = {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(match[1], 0)
        day = today + timedelta(days=weekday - today.weekday() + 7 * weeks)
        return _happened(day, today, past and match[1] is None), _after(text, match.end())
    names = "|".join(_WEEKDAYS + _WEEKDAY_SHORT)
    match = re.match(rf"(last |this |next |on )?({names})(?![a-z])", text)
    if match is None:
        return None
    which = (match[1] or "on ").strip()
    weekday = [n[:3] for n in _WEEKDAYS].index(match[2][:3])
    day = today + timedelta(days=weekday - today.weekday())
    if which in ("last", "next"):
        day = _last_or_next(day, today, which)
    return _happened(day, today, past and which == "on"), _after(text, match.end())


def _happened(day: date, today: date, past: bool) -> date:
    return day - timedelta(days=7) if past and day > today else day


def _last_or_next(day: date, today: date, which: str) -> date:
    """``day`` is the weekday of this week. Where people differ on which one is meant, nothing is guessed."""
    week = timedelta(days=7)
    if which == "last":
        of_the_week, closest = day - week, day if day < today else day - week
    else:
        of_the_week, closest = day + week, day if day > today else day + week
    if of_the_week != closest:
        raise NotATime(
            Text(
                f"不会误解的日期：{closest} 或 {of_the_week}",
                f"a date that cannot be mistaken: {closest} or {of_the_week}",
            )
        )
    return closest


def _named_month(text: str, today: date) -> tuple[date, str] | None:
    match = re.match(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ([0-9]{4}))?(?![0-9a-z:])", text)
    if match:
        name, day, year = match.groups()
    else:
        match = re.match(r"([0-9]{1,2})(?:st|nd|rd|th)? ([a-z]{3,9})\.?(?:,? ([0-9]{4}))?(?![0-9a-z:])", text)
        if match is None:
            return None
        day, name, year = match.groups()
    months = [number for number, full in enumerate(_MONTHS, 1) if name in (full, full[:3])]
    if not months:
        return None
    month = months[0]
    found = _made(year, str(month), day, A_DATE) if year else _nearest(month, int(day), today)
    return found, _after(text, match.end())


def _nearest(month: int, day: int, today: date) -> date:
    """The latest such day not more than half a year (183 days) after today, and not over a year and a half before."""
    for year in (today.year + 1, today.year, today.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found - today <= timedelta(days=183):
            return found
    raise NotATime(A_DATE)


def _made(year: str, month: str, day: str, expected: Text) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise NotATime(expected) from None
    if found.year < _FIRST_YEAR:
        raise NotATime(expected)
    return found


def _clock(text: str) -> tuple[time, str] | None:
    """The time of day ``text`` begins with and what comes after it, or None."""
    if text in _NOON:
        return time(12), ""
    match = re.match(
        r"(凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上)? ?([0-9]{1,2})"
        r"(?::([0-9]{2})(?::([0-9]{2}))?|[点时](?:钟|整|(半)|([13])刻|([0-9]{1,2})分?)?)?"
        r"(?: ?([ap])\.?m\.?)?(?![0-9a-z:点时分.])",
        text,
    )
    if match is None:
        return None
    part, hour, minute, second, half, quarter, spoken, noon = match.groups()
    if not noon and match[0].strip()[-1:].isdigit() and not (minute or spoken):
        return None  # a number alone is no time
    minutes = 30 if half else 15 * int(quarter) if quarter else int(minute or spoken or 0)
    try:
        found = time(_hour(int(hour), part, noon), minutes, int(second or 0))
    except ValueError:
        raise NotATime(A_TIME) from None
    return found, _after(text, match.end())


def _hour(hour: int, part: str | None, noon: str | None) -> int:
    """The hour of 24. ``part`` of the day or ``noon`` (a, p) decide; -1, which no clock shows, where they cannot."""
    if part and noon:
        return -1
    if noon:
        fits = 1 <= hour <= 12 or (noon == "a" and hour == 0)
        return hour % 12 + (12 if noon == "p" else 0) if fits else -1
    if part is None:
        return hour
    if part == "凌晨":
        return hour % 12 if hour <= 6 or hour == 12 else -1
    if part in ("清晨", "早晨", "早上", "上午"):
        return hour if hour <= 12 else -1
    if part == "中午":
        return hour + 12 if hour in (1, 2) else hour if 11 <= hour <= 14 else -1
    # 晚上12点 is midnight to some and the night before to others; 晚上1点 likewise.
    first, noon_fits = {"下午": (1, True), "傍晚": (4, False), "晚上": (5, False)}[part]
    if first <= hour <= 11:
        return hour + 12
    return hour if hour >= first + 12 or (hour == 12 and noon_fits) else -1
