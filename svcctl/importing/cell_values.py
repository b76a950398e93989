"""A field's text as other people write it, as svcctl understands it: dates, amounts, digits of every width."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from svcctl import dates
from svcctl.errors import Refused
from svcctl.fields import DateType, FlagType, IntType, NumberType, SharesType, Spec, TimeType, Value, narrow
from svcctl.forms.declare import exact
from svcctl.importing.when import DayMeans, parse_when
from svcctl.texts import Text
from svcctl.xlsx.words import AS_TEXT

_WIDE = {0xFF0D: "-"} | {0xFF01 + n: chr(0x21 + n) for n in range(94) if chr(0x21 + n).isalnum()}
_MONTH_DAY = r"(?:[0-9]{4} ?年 ?)?[0-9]{1,2} ?月 ?[0-9]{1,2}"
_SERIALS = (36_526, 73_050)  # days from 2000 to 2099, counted from 1899-12-30; other numbers are no dates
_FIRST = date(1899, 12, 30)
_A_TIME = Text("日期或时间，如 2026-11-24 09:00", "a date or time such as 2026-11-24 09:00")
_A_DATE = Text("日期，如 2026-11-24", "a date such as 2026-11-24")


@dataclass(slots=True)
class Reading:
    """How a file writes its values. ``epoch``: the day from which its workbook counts; ``strict``: a number is refused
    where every digit of a text counts. ``notes`` gathers what was understood and should be told, by field."""

    zone: tzinfo
    now: datetime
    dates: tuple[str, ...] = ()
    epoch: date | None = None
    strict: bool = False
    notes: list[tuple[str, Text]] = field(default_factory=list)

    def when(self, text: str, name: str, *, number: bool = False, day: DayMeans = "end", dated: bool = False) -> datetime:
        """The moment a text means; a date alone is the end of that day. Refused, with the field as its place.

        ``dated``: a date is all that is wanted, so that is what is asked for.
        """
        try:
            return parse_when(text, self.dates, self.zone, day)
        except Refused as wrong:
            found = (self._serial(text, name) if number else None) or self._without_year(text, name)
            if found is None:
                wrong.where = name
                if dated:
                    wrong.what = Text("不是日期", "no date")
                if not self.dates:
                    wrong.expected = _A_DATE if dated else _A_TIME
                raise wrong from None
            return found

    def _serial(self, text: str, name: str) -> datetime | None:
        """A date that lost its format and is but a number of days."""
        if self.epoch is None or not re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text):
            return None
        found = datetime.combine(self.epoch, datetime.min.time()) + timedelta(seconds=round(float(text) * 86400))
        if not _SERIALS[0] <= (found.date() - _FIRST).days <= _SERIALS[1]:
            return None
        whole = "." not in text
        shown = f"{found:%Y-%m-%d}" if whole else f"{found:%Y-%m-%d %H:%M}"
        self.notes.append((name, Text(f"数字 {text} 按 {shown} 读入", f"the number {text} is read as {shown}")))
        if whole:
            found = found.replace(hour=23, minute=59, second=59)
        return found.replace(tzinfo=self.zone)

    def _without_year(self, text: str, name: str) -> datetime | None:
        """``10月5日``: the nearest one, as at the desk; what happened is not in the future."""
        plain = narrow(text).strip()
        if not re.match(_MONTH_DAY, plain):
            return None
        now = self.now.astimezone(self.zone)
        try:
            found = dates.parse_time(plain, now, end_of_day="end")
            if name == "at" and found.date() > now.date() and "年" not in plain:
                found = found.replace(year=found.year - 1)
        except ValueError:
            return None
        return found

    def value(self, spec: Spec | None, raw: Value, *, number: bool = False) -> Value:
        """The text to be typed by the field's own rules. Refused, with the field as its place."""
        if spec is None or not isinstance(raw, str):
            return raw
        kind = spec.type
        if isinstance(kind, TimeType):
            return self.when(raw, spec.name, number=number).isoformat()
        if isinstance(kind, DateType):
            return self.when(raw, spec.name, number=number, dated=True).date().isoformat()
        if number and self.strict and exact(spec):
            raise Refused(Text("数字会丢掉前面的 0 和后面的位数", "a number loses leading zeros and far digits"), where=spec.name, todo=AS_TEXT)
        if isinstance(kind, NumberType | IntType):
            plain = narrow(raw).strip()
            return plain.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", plain) else plain
        if isinstance(kind, SharesType):
            return [one for one in re.split(r"[,，;；、\n]", raw) if one.strip()]
        if isinstance(kind, FlagType):
            return raw.strip()
        return raw.translate(_WIDE) if exact(spec) and not raw.isascii() else raw
