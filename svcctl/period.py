"""The stretches of time a report is about: days, weeks, months, ranges; how a site cuts them and what they are called.

Nothing here reads a clock. Starts and ends carry the offset in force at that moment, not a zone, so that comparing
and subtracting them is exact on the days when clocks change.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple

from svcctl.errors import Usage
from svcctl.texts import Lang, Text

Kind = Literal["day", "week", "month", "range"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = (1900, 9998)  # between these; a spreadsheet begins with the first, a datetime ends after the last
KINDS: dict[str, Text] = {
    "day": Text("日", "day"),
    "week": Text("周", "week"),
    "month": Text("月", "month"),
    "range": Text("日期范围", "range of dates"),
}
_FORMS: dict[str, Text] = {
    "day": Text("一天，如 2026-11-20、昨天、last", "a day like 2026-11-20, yesterday, last"),
    "week": Text("一周，如 2026-W47、上周、last", "a week like 2026-W47, last-week, last"),
    "month": Text("一个月，如 2026-11、上月、last", "a month like 2026-11, last-month, last"),
    "range": Text("日期范围，如 2026-11-01..2026-11-15", "a range like 2026-11-01..2026-11-15"),
}
_ANY = Text(
    "2026-11-20、2026-W47、2026-11、2026-11-01..2026-11-15、last、this、昨天、上周、本周、上月、本月",
    "2026-11-20, 2026-W47, 2026-11, 2026-11-01..2026-11-15, last, this, yesterday, last-week, last-month",
)
# What a word means: the kind ("" is that of the report) and how many periods before the one that is running.
_WORDS: dict[str, tuple[str, int]] = {
    "last": ("", 1), "this": ("", 0),
    "today": ("day", 0), "今天": ("day", 0), "今日": ("day", 0), "本日": ("day", 0), "this-day": ("day", 0),
    "yesterday": ("day", 1), "昨天": ("day", 1), "昨日": ("day", 1), "last-day": ("day", 1), "前天": ("day", 2),
    "this-week": ("week", 0), "本周": ("week", 0), "这周": ("week", 0), "这个星期": ("week", 0), "本星期": ("week", 0),
    "last-week": ("week", 1), "上周": ("week", 1), "上个星期": ("week", 1), "上星期": ("week", 1),
    "上上周": ("week", 2),
    "this-month": ("month", 0), "本月": ("month", 0), "这个月": ("month", 0), "当月": ("month", 0),
    "last-month": ("month", 1), "上月": ("month", 1), "上个月": ("month", 1), "上上个月": ("month", 2),
}  # fmt: skip
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Period(NamedTuple):
    """A half-open stretch of time: ``start <= moment < end``, both aware.

    ``first`` and ``last`` are the (business) dates it covers, ``label`` its name in commands, files and JSON.
    """

    kind: Kind
    start: datetime
    end: datetime
    first: date
    last: date
    label: str
    calendar: Calendar

    def holds(self, at: datetime) -> bool:
        """Whether the aware moment lies in the period."""
        return self.start <= at.astimezone(UTC) < self.end

    @property
    def last_second(self) -> datetime:
        """The last whole second of it: the as-of of a completed period."""
        return self.end - timedelta(seconds=1)

    def title(self, lang: Lang) -> str:
        """Its name for a heading: ``2026年第47周（11-16~11-22）``, ``Week 47, 2026 (16–22 Nov)``."""
        return _title_zh(self) if lang == "zh" else _title_en(self)

    def previous(self) -> Period:
        """The period of the same kind that ends where this one starts; of a range, one of as many days."""
        before = self.first - timedelta(days=1)
        if self.kind == "range":
            return self.calendar.range(before - (self.last - self.first), before)
        return self.calendar.containing(self.kind, before)

    def following(self) -> Period:
        """The period of the same kind that starts where this one ends; of a range, one of as many days."""
        return _following(self)

    def last_year(self) -> Period:
        """The same period a year earlier: week 53 becomes 52, 29 February the 28th."""
        if self.kind == "month":
            year, month = self.label.split("-")
            return self.calendar.month(f"{int(year) - 1:04d}-{month}")
        if self.kind == "week":
            year, number = self.label.split("-W")
            return self.calendar.week_numbered(int(year) - 1, min(int(number), _weeks_in(int(year) - 1)))
        if self.kind == "day":
            return self.calendar.day(_year_before(self.first))
        return self.calendar.range(_year_before(self.first), _year_before(self.last))

    def year_to_date(self) -> Period:
        """From the first day of the reporting year that holds its last day, as months count, to that day."""
        month = self if self.kind == "month" else self.calendar.containing("month", self.last)
        return self.calendar.range(self.calendar.month(f"{month.label[:4]}-01").first, self.last)

    def months(self) -> tuple[str, ...]:
        """The calendar months in the site's zone that it touches, as ``2026-10``: where its entries are kept."""
        month = self.start.strftime("%Y-%m")
        last = self.last_second.astimezone(self.calendar.zone).strftime("%Y-%m")
        found = [month]
        while month < last:
            month = _month_after(month)
            found.append(month)
        return tuple(found)


@lru_cache(maxsize=8)  # asked for of every record of a report
def _following(period: Period) -> Period:
    after = period.last + timedelta(days=1)
    if period.kind == "range":
        return period.calendar.range(after, after + (period.last - period.first))
    return period.calendar.containing(period.kind, after)


class Calendar(NamedTuple):
    """How a site cuts time: its zone, the day a week starts on, the day a month starts on (1 to 28), the time a day
    starts at (``"06:00"``).
    """

    zone: tzinfo
    week_start: str = "mon"
    month_start_day: int = 1
    day_cutoff: str = "00:00"

    def day(self, day: date) -> Period:
        """One business day."""
        return self._period("day", day, day, day.isoformat())

    def week(self, day: date) -> Period:
        """The week that has ``day`` in it. It is named by the ISO week of its Thursday.

        Whatever day weeks start on, each has one Thursday, and that ISO week shares most days with it.
        """
        first = day - timedelta(days=(day.weekday() - WEEKDAYS.index(self.week_start)) % 7)
        year, number, _ = (first + timedelta(days=(3 - first.weekday()) % 7)).isocalendar()
        return self._period("week", first, first + timedelta(days=6), f"{year:04d}-W{number:02d}")

    def week_numbered(self, year: int, number: int) -> Period:
        """The week called ``year``-W``number``. Raises ValueError if that year has no such week."""
        return self.week(date.fromisocalendar(year, number, 4))

    def month(self, label: str) -> Period:
        """The reporting month called ``label`` (``"2026-11"``): the one that ends in it. Raises ValueError."""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", label):
            raise ValueError("a month is written like 2026-11")
        start = date(int(label[:4]), int(label[5:]), 1)
        after = date.fromisoformat(_month_after(label) + "-01")
        if self.month_start_day > 1:
            start, after = _month_before(start), start
        first = start.replace(day=self.month_start_day)
        last = after.replace(day=self.month_start_day) - timedelta(days=1)
        return self._period("month", first, last, label)

    def range(self, first: date, last: date) -> Period:
        """From ``first`` to ``last``, both included. Raises ValueError if they are the wrong way round."""
        if last < first:
            raise ValueError("a range ends before it begins")
        return self._period("range", first, last, f"{first.isoformat()}..{last.isoformat()}")

    def containing(self, kind: Kind, day: date) -> Period:
        """The day, week or month that has the business date ``day`` in it."""
        if kind == "week":
            return self.week(day)
        if kind != "month":
            return self.day(day)
        month = day.isoformat()[:7]
        return self.month(_month_after(month) if 1 < self.month_start_day <= day.day else month)

    def business_date(self, at: datetime) -> date:
        """The business date the aware moment belongs to."""
        return business_date(at, self.zone, self.day_cutoff)

    def parse(self, text: str | None, now: datetime, default_kind: Kind, expect_kind: Kind | None = None) -> Period:
        """The period that PERIOD names; none is ``last``, the last completed one of ``default_kind``.

        Raises Usage where it is malformed or not of ``expect_kind``.
        """
        found = self._parse("last" if text is None else text, now, default_kind)
        if found is None:
            form = _FORMS[expect_kind] if expect_kind else _ANY
            raise Usage(Text("期间无法识别", "no such period"), where="PERIOD", expected=form, got=text)
        if expect_kind and found.kind != expect_kind:
            matter = Text("这里需要{want}，给的是{have}", "this needs a {want}, not a {have}")
            raise Usage(
                matter.fill(want=KINDS[expect_kind], have=KINDS[found.kind]),
                where="PERIOD",
                expected=_FORMS[expect_kind],
                got=text,
            )
        return found

    def _parse(self, text: str, now: datetime, default_kind: Kind) -> Period | None:
        word = _WORDS.get(text.lower().replace(" ", "-").replace("_", "-"))
        if word is not None:
            kind, back = word
            found = self.containing(_kind(kind) if kind else default_kind, self.business_date(now))
            for _ in range(back):
                found = found.previous()
            return found
        # Only the forms themselves: full-width digits or a line feed would make another label of the same period.
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
                found = self.month(text)
            elif match := re.fullmatch(r"([0-9]{4})-[Ww]([0-9]{2})", text):
                found = self.week_numbered(int(match[1]), int(match[2]))
            elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                found = self.day(date.fromisoformat(text))
            elif match := re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})", text):
                found = self.range(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
            else:
                return None
        except (ValueError, OverflowError):
            return None
        return found if YEARS[0] < found.first.year and found.last.year < YEARS[1] else None

    def _period(self, kind: Kind, first: date, last: date, label: str) -> Period:
        start = _day_start(first, self.zone, self.day_cutoff)
        end = _day_start(last + timedelta(days=1), self.zone, self.day_cutoff)
        return Period(kind, start, end, first, last, label, self)


def business_date(at: datetime, zone: tzinfo, day_cutoff: str) -> date:
    """The date of the business day that the aware moment ``at`` belongs to; days start at ``day_cutoff``."""
    moment = at.astimezone(UTC)
    day = moment.astimezone(zone).date()
    if moment < _day_start(day, zone, day_cutoff):
        return day - timedelta(days=1)
    # Where clocks go back across midnight, an evening hour may belong to the day that has begun.
    after = day + timedelta(days=1)
    return after if moment >= _day_start(after, zone, day_cutoff) else day


@lru_cache(maxsize=8192)  # a report asks for the same days once an entry
def _day_start(day: date, zone: tzinfo, cutoff: str) -> datetime:
    """The first moment of the business day: of a time that occurs twice the earlier, of one left out the next."""
    wall = datetime(day.year, day.month, day.day, int(cutoff[:2]), int(cutoff[3:]), tzinfo=zone)
    exact = wall.astimezone(UTC).astimezone(zone)
    offset = exact.utcoffset()
    if offset is None:
        raise TypeError("a calendar needs a zone")
    return exact.replace(tzinfo=timezone(offset), fold=0)


def _kind(word: str) -> Kind:
    return "day" if word == "day" else "week" if word == "week" else "month"


def _month_after(label: str) -> str:
    year, month = int(label[:4]), int(label[5:7])
    return f"{year + 1:04d}-01" if month == 12 else f"{year:04d}-{month + 1:02d}"


def _month_before(first_day: date) -> date:
    return (first_day - timedelta(days=1)).replace(day=1)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def _weeks_in(year: int) -> int:
    return date(year, 12, 28).isocalendar()[1]  # 28 December is always in the last week


def _title_zh(period: Period) -> str:
    dates = f"{period.first:%m-%d}~{period.last:%m-%d}"
    if period.kind == "day":
        return f"{_day_zh(period.first)}（周{'一二三四五六日'[period.first.weekday()]}）"
    if period.kind == "week":
        year, number = period.label.split("-W")
        return f"{year}年第{int(number)}周（{dates}）"
    if period.kind == "month":
        name = f"{period.label[:4]}年{int(period.label[5:])}月"
        return name if period.calendar.month_start_day == 1 else f"{name}（{dates}）"
    return f"{period.first.isoformat()}~{period.last.isoformat()}"


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _title_en(period: Period) -> str:
    if period.kind == "day":
        return f"{WEEKDAYS[period.first.weekday()].title()} {_day_en(period.first, year=True)}"
    if period.kind == "week":
        year, number = period.label.split("-W")
        return f"Week {int(number)}, {year} ({_span_en(period, year=False)})"
    if period.kind == "month":
        name = f"{_MONTH_NAMES[int(period.label[5:]) - 1]} {period.label[:4]}"
        return name if period.calendar.month_start_day == 1 else f"{name} ({_span_en(period, year=False)})"
    return _span_en(period, year=True)


def _day_en(day: date, *, year: bool) -> str:
    # Not by strftime, whose names follow the locale.
    return f"{day.day} {_MONTH_NAMES[day.month - 1][:3]}" + (f" {day.year}" if year else "")


def _span_en(period: Period, *, year: bool) -> str:
    first, last = period.first, period.last
    if (first.year, first.month) == (last.year, last.month):
        days = f"{first.day}–{last.day}" if first != last else f"{first.day}"
        return f"{days} {_day_en(last, year=year).split(' ', 1)[1]}"
    return f"{_day_en(first, year=year and first.year != last.year)} – {_day_en(last, year=year)}"
