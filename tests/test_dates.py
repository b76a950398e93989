"""What people type as a time, read on Monday 23 November 2026 at half past four in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.dates import EndOfDay, NotATime, format_duration, parse_date, parse_duration, parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MODES: tuple[EndOfDay, ...] = ("at", "end")
NOW = datetime(2026, 11, 23, 16, 30, 5, 123456, tzinfo=SHANGHAI)

TIMES = {
    # as it is written down
    "2026-11-20 14:05": "2026-11-20 14:05:00",
    "2026-11-20T14:05": "2026-11-20 14:05:00",
    "2026-11-20t14:05:09": "2026-11-20 14:05:09",
    "2026-11-20T14:05:09.999": "2026-11-20 14:05:09",
    "2026-11-20T14:05:09Z": "2026-11-20 22:05:09",
    "2026-11-20T14:05+09:00": "2026-11-20 13:05:00",
    "2026-11-20 8:05": "2026-11-20 08:05:00",
    "2026/11/20 08:05": "2026-11-20 08:05:00",
    "2026.11.20 8:05": "2026-11-20 08:05:00",
    "2026-1-5 8:05": "2026-01-05 08:05:00",
    "11-20 08:00": "2026-11-20 08:00:00",
    "11/20 8:00": "2026-11-20 08:00:00",
    "11月20日 下午3点半": "2026-11-20 15:30:00",
    "11月20日下午3点半": "2026-11-20 15:30:00",
    "11月20号15时5分": "2026-11-20 15:05:00",
    "2026年11月20日 14:05": "2026-11-20 14:05:00",
    "2026 年 11 月 20 日 14:05": "2026-11-20 14:05:00",
    "十一月二十日下午三点半": "2026-11-20 15:30:00",
    "20 November 2026 14:05": "2026-11-20 14:05:00",
    "Nov 20, 2026 2pm": "2026-11-20 14:00:00",
    "nov 20 14:05": "2026-11-20 14:05:00",
    "２０２６－１１－２０　１４：０５": "2026-11-20 14:05:00",
    "昨天　１４：０５": "2026-11-22 14:05:00",
    # days by name
    "昨天 14:05": "2026-11-22 14:05:00",
    "昨天14:05": "2026-11-22 14:05:00",
    "yesterday 14:05": "2026-11-22 14:05:00",
    "Yesterday at 2pm": "2026-11-22 14:00:00",
    "2pm yesterday": "2026-11-22 14:00:00",
    "前天上午9点": "2026-11-21 09:00:00",
    "明天 9:15": "2026-11-24 09:15:00",
    "后天中午": "2026-11-25 12:00:00",
    "tomorrow noon": "2026-11-24 12:00:00",
    "昨晚10点": "2026-11-22 22:00:00",
    "今早八点": "2026-11-23 08:00:00",
    "明晚8:30": "2026-11-24 20:30:00",
    "上周五 8点": "2026-11-20 08:00:00",
    "上个星期天 8点": "2026-11-22 08:00:00",
    "上上周五 8点": "2026-11-13 08:00:00",
    "下周一 8点": "2026-11-30 08:00:00",
    "last friday 8:00": "2026-11-20 08:00:00",
    "next monday 8:00": "2026-11-30 08:00:00",
    "this wed 8am": "2026-11-25 08:00:00",
    # the time alone is today's
    "14:05": "2026-11-23 14:05:00",
    "14：05": "2026-11-23 14:05:00",
    "8:05:09": "2026-11-23 08:05:09",
    "14点": "2026-11-23 14:00:00",
    "14点05分": "2026-11-23 14:05:00",
    "两点一刻": "2026-11-23 02:15:00",
    "下午2点": "2026-11-23 14:00:00",
    "下午三点五十": "2026-11-23 15:50:00",
    "下午两点钟": "2026-11-23 14:00:00",
    "下午14点": "2026-11-23 14:00:00",
    "中午12点半": "2026-11-23 12:30:00",
    "中午1点": "2026-11-23 13:00:00",
    "凌晨12点半": "2026-11-23 00:30:00",
    "傍晚6点": "2026-11-23 18:00:00",
    "晚上8:30": "2026-11-23 20:30:00",
    "晚上20:30": "2026-11-23 20:30:00",
    "2pm": "2026-11-23 14:00:00",
    "2:30 pm": "2026-11-23 14:30:00",
    "2:30 P.M.": "2026-11-23 14:30:00",
    "12am": "2026-11-23 00:00:00",
    "12:01pm": "2026-11-23 12:01:00",
    # from now on, or back
    "now": "2026-11-23 16:30:05",
    "现在": "2026-11-23 16:30:05",
    "刚才": "2026-11-23 16:30:05",
    "30分钟前": "2026-11-23 16:00:05",
    "三十分钟之前": "2026-11-23 16:00:05",
    "半小时前": "2026-11-23 16:00:05",
    "半个小时前": "2026-11-23 16:00:05",
    "2小时前": "2026-11-23 14:30:05",
    "两个半小时前": "2026-11-23 14:00:05",
    "3天后": "2026-11-26 16:30:05",
    "1周后": "2026-11-30 16:30:05",
    "in 2 hours": "2026-11-23 18:30:05",
    "2h ago": "2026-11-23 14:30:05",
    "an hour ago": "2026-11-23 15:30:05",
    "half an hour ago": "2026-11-23 16:00:05",
    "30 min ago": "2026-11-23 16:00:05",
    "+24h": "2026-11-24 16:30:05",
    "+3d": "2026-11-26 16:30:05",
    "-2h": "2026-11-23 14:30:05",
}


@pytest.mark.parametrize(("typed", "meant"), TIMES.items())
def test_a_time_is_read_the_same_in_both_modes(typed: str, meant: str) -> None:
    for mode in MODES:
        found = parse_time(typed, NOW, end_of_day=mode)
        assert found.isoformat(" ") == meant + "+08:00"
        assert found.tzinfo is SHANGHAI


DATES = {
    "2026-11-20": "2026-11-20",
    "2026/11/20": "2026-11-20",
    "2026.1.5": "2026-01-05",
    "11-20": "2026-11-20",
    "11/20": "2026-11-20",
    "11月20日": "2026-11-20",
    "2026年11月20日": "2026-11-20",
    "二〇二六年十一月二十日": "2026-11-20",
    "Nov 20": "2026-11-20",
    "20th nov": "2026-11-20",
    "昨天": "2026-11-22",
    "前天": "2026-11-21",
    "大前天": "2026-11-20",
    "明天": "2026-11-24",
    "后天": "2026-11-25",
    "yesterday": "2026-11-22",
    "TOMORROW": "2026-11-24",
    "上周五": "2026-11-20",
    "下周一": "2026-11-30",
    "last friday": "2026-11-20",
    "next monday": "2026-11-30",
    "9999-12-31": "9999-12-31",
    # without a year: the latest that is not more than half a year ahead
    "12-30": "2026-12-30",
    "5月20日": "2027-05-20",
    "5-26": "2026-05-26",
}


@pytest.mark.parametrize(("typed", "meant"), DATES.items())
def test_a_date_is_a_date_and_as_a_time_the_end_of_that_day(typed: str, meant: str) -> None:
    assert parse_date(typed, NOW).isoformat() == meant
    for mode in MODES:
        assert parse_time(typed, NOW, end_of_day=mode).isoformat(" ") == meant + " 23:59:59+08:00"


@pytest.mark.parametrize("typed", ["今天", "today", "2026-11-23", "11-23", "周一", "monday", "11月23日"])
def test_today_without_a_time_is_now_for_what_happened_and_tonight_for_a_deadline(typed: str) -> None:
    assert parse_time(typed, NOW, end_of_day="at") == NOW.replace(microsecond=0)
    assert parse_time(typed, NOW, end_of_day="end").isoformat(" ") == "2026-11-23 23:59:59+08:00"
    assert parse_date(typed, NOW) == date(2026, 11, 23)


@pytest.mark.parametrize("typed", ["周三", "星期三", "礼拜三", "wednesday", "wed", "Weds", "on wednesday"])
def test_a_weekday_alone_has_happened_for_at_and_is_this_weeks_otherwise(typed: str) -> None:
    assert parse_time(typed, NOW, end_of_day="at").date() == date(2026, 11, 18)
    assert parse_time(typed, NOW, end_of_day="end").date() == date(2026, 11, 25)
    assert parse_date(typed, NOW) == date(2026, 11, 25)
    assert parse_time("周三十点", NOW, end_of_day="at").isoformat(" ") == "2026-11-18 10:00:00+08:00"


def test_where_last_and_next_divide_people_both_days_are_named() -> None:
    with pytest.raises(NotATime) as caught:
        parse_date("next friday", NOW)
    assert "2026-11-27" in caught.value.expected.en
    assert "2026-12-04" in caught.value.expected.zh
    saturday = datetime(2026, 11, 28, 9, 0, tzinfo=SHANGHAI)
    with pytest.raises(NotATime):
        parse_date("last friday", saturday)
    assert parse_date("last monday", NOW) == date(2026, 11, 16)
    assert parse_date("上周五", saturday) == date(2026, 11, 20)


def test_month_and_day_around_the_turn_of_the_year() -> None:
    december = datetime(2026, 12, 20, 9, 0, tzinfo=SHANGHAI)
    assert parse_date("01-05", december) == date(2027, 1, 5)
    january = datetime(2027, 1, 2, 9, 0, tzinfo=SHANGHAI)
    assert parse_date("12-30", january) == date(2026, 12, 30)
    assert parse_date("2-29", datetime(2028, 3, 5, tzinfo=SHANGHAI)) == date(2028, 2, 29)
    with pytest.raises(NotATime):
        parse_date("2-29", NOW)


REFUSED = """
    |tomorow|昨|24:00|2026-11-20 24:00|2026-11-20T24:00|2026-11-20 14:60|2026-11-20 14:05:60|25:00|8:5
    |2026-02-30|2026-11-31 08:00|13-01|0-5|2026-13-01|20/11|11.20|20261120|1405|14|2026|2026-11|2026-W47-5|26-11-20
    |2026-11/20|1899-12-31|0001-01-01 00:00|1899-12-31T10:00|11-20-2026|11/20/2026|2026-11-20 14:05 x|昨天 今天
    |yesterday 14|下午|下午2点pm|上午13点|凌晨9点|晚上12点|晚上1点|13pm|0pm|30分钟|2 hours|in 2 hours ago|+2h ago|+2
    |+999999w|999999周前|+9999999d|2026-11-20T14:05+25:00|٢٠٢٦-١١-٢٠|2026-11-20 14:05\u200b|三十三十点|14:05 14:06
    |now now|NaN|1e3|-|2026-11-20 8:05+08:00|上上上周五|十十|二十十点|9999-12-31T23:59:59-12:00|friday friday|smarch 3
"""


@pytest.mark.parametrize("typed", [word.strip() for word in REFUSED.split("|")])
def test_anything_else_is_refused_with_what_would_be_right(typed: str) -> None:
    with pytest.raises(NotATime) as caught:
        parse_time(typed, NOW, end_of_day="at")
    assert caught.value.expected.zh
    assert caught.value.expected.en


@pytest.mark.parametrize("typed", ["2026-11-20\n", "昨天\n14:05", "\x00", "14:05\x1b[2J", "1" * 100])
def test_control_characters_and_long_text_are_refused(typed: str) -> None:
    with pytest.raises(NotATime):
        parse_time(typed, NOW, end_of_day="end")
    with pytest.raises(NotATime):
        parse_date(typed, NOW)


@pytest.mark.parametrize("typed", ["2026-11-20 14:05", "14:05", "2026-W47-5", "2026-02-30", "２０２６", "", "+999999w"])
def test_a_date_has_no_time_in_it(typed: str) -> None:
    with pytest.raises(NotATime):
        parse_date(typed, NOW)


def test_a_date_may_be_counted_from_today() -> None:
    assert parse_date("3天后", NOW) == date(2026, 11, 26)
    assert parse_date("+3d", NOW) == date(2026, 11, 26)
    assert parse_date("in 2 weeks", NOW) == date(2026, 12, 7)
    assert parse_date("现在", NOW) == date(2026, 11, 23)
    assert parse_date("8 hours ago", NOW) == date(2026, 11, 23)
    assert parse_date("18小时前", NOW) == date(2026, 11, 22)


def test_when_clocks_change_a_missing_hour_is_refused_and_a_double_one_is_the_earlier() -> None:
    now = datetime(2026, 11, 1, 12, 0, tzinfo=NEW_YORK)
    for typed in ("2026-03-08 02:30", "2026年3月8日凌晨两点半", "2026-03-08 2:30 am"):
        with pytest.raises(NotATime) as caught:
            parse_time(typed, now, end_of_day="at")
        assert "2026-03-08 02:30" in caught.value.expected.en
    assert parse_time("01:30", now, end_of_day="at").isoformat() == "2026-11-01T01:30:00-04:00"
    assert parse_time("2026-11-01 01:30", now, end_of_day="at").isoformat() == "2026-11-01T01:30:00-04:00"
    # said with its offset, the later one can be meant
    assert parse_time("2026-11-01T01:30-05:00", now, end_of_day="at").isoformat() == "2026-11-01T01:30:00-05:00"


def test_hours_are_hours_across_a_change_of_clocks_and_dates_are_dates() -> None:
    now = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK)  # two hours later the clock shows 01:30 again
    assert parse_time("in 2 hours", now, end_of_day="at").isoformat() == "2026-11-01T01:30:00-05:00"
    assert parse_time("+24h", now, end_of_day="at").isoformat() == "2026-11-01T23:30:00-05:00"
    assert parse_date("+1d", now) == date(2026, 11, 2)


@given(st.integers(-2_208_900_000, 253_300_000_000))  # 1900 to 9996
def test_iso_text_comes_back_as_the_same_moment(seconds: int) -> None:
    aware = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert parse_time(aware.isoformat(), NOW, end_of_day="at") == aware
    local = aware.astimezone(SHANGHAI)
    assert parse_time(local.isoformat(), NOW, end_of_day="end") == aware


@given(st.text(max_size=20) | st.text("0123456789年月日点半周上下午前后天一二三十:-/. apmT+hd", max_size=16))
def test_whatever_is_typed_is_a_time_with_offset_and_whole_seconds_or_refused(typed: str) -> None:
    for mode in MODES:
        try:
            found = parse_time(typed, NOW, end_of_day=mode)
        except NotATime:
            continue
        assert found.utcoffset() is not None
        assert found.microsecond == 0


def test_durations_are_minutes_hours_or_days() -> None:
    assert parse_duration("30m") == timedelta(minutes=30)
    assert parse_duration("24h") == timedelta(days=1)
    assert parse_duration("3d") == timedelta(days=3)
    assert parse_duration("0d") == timedelta(0)
    for typed in (
        "",
        "90",
        "3",
        "d",
        "3D",
        "3 d",
        "-3d",
        "+3d",
        "1.5h",
        "1h30m",
        "03d",
        "3w",
        "３d",
        "3d\n",
        "9999999d",
    ):
        with pytest.raises(NotATime):
            parse_duration(typed)
    assert format_duration(timedelta(minutes=90)) == "90m"
    assert format_duration(timedelta(hours=24)) == "1d"
    assert format_duration(timedelta(hours=36)) == "36h"
    assert format_duration(timedelta(0)) == "0m"
    with pytest.raises(ValueError, match="negative"):
        format_duration(timedelta(minutes=-1))


@given(st.integers(0, 99_999))
def test_a_duration_written_is_read_as_the_same(minutes: int) -> None:
    value = timedelta(minutes=minutes)
    assert parse_duration(format_duration(value)) == value
