"""Days, weeks, months and ranges: what they are called, where they begin and end, and that nothing is lost between."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.errors import Usage
from svcctl.period import WEEKDAYS, Calendar, Kind, Period, business_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ST_JOHNS = ZoneInfo("America/St_Johns")
NOW = datetime(2026, 11, 23, 16, 30, tzinfo=SHANGHAI)  # a Monday
PLAIN = Calendar(SHANGHAI)

days = st.dates(date(1990, 1, 1), date(2040, 12, 31))
kinds: st.SearchStrategy[Kind] = st.sampled_from(["day", "week", "month"])
calendars = st.builds(
    Calendar,
    st.sampled_from([SHANGHAI, NEW_YORK, SAO_PAULO, ST_JOHNS, ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Apia")]),
    st.sampled_from(WEEKDAYS),
    st.integers(1, 28),
    st.sampled_from(["00:00", "01:30", "06:00", "23:59"]),
)


def span(period: Period) -> str:
    return f"{period.start.isoformat()} {period.end.isoformat()}"


PARSED = [
    ("2026-11-20", "day", "2026-11-20", "2026-11-20", "2026-11-20"),
    ("2026-W47", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("2026-w47", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("2026-W01", "week", "2026-W01", "2025-12-29", "2026-01-04"),
    ("2026-W53", "week", "2026-W53", "2026-12-28", "2027-01-03"),
    ("2026-11", "month", "2026-11", "2026-11-01", "2026-11-30"),
    ("2028-02", "month", "2028-02", "2028-02-01", "2028-02-29"),
    ("2026-11-01..2026-11-15", "range", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-15"),
    ("2026-11-01..2026-11-01", "range", "2026-11-01..2026-11-01", "2026-11-01", "2026-11-01"),
    ("last", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("this", "week", "2026-W48", "2026-11-23", "2026-11-29"),
    (None, "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("today", "day", "2026-11-23", "2026-11-23", "2026-11-23"),
    ("今天", "day", "2026-11-23", "2026-11-23", "2026-11-23"),
    ("昨天", "day", "2026-11-22", "2026-11-22", "2026-11-22"),
    ("Yesterday", "day", "2026-11-22", "2026-11-22", "2026-11-22"),
    ("前天", "day", "2026-11-21", "2026-11-21", "2026-11-21"),
    ("上周", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("last-week", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("last week", "week", "2026-W47", "2026-11-16", "2026-11-22"),
    ("本周", "week", "2026-W48", "2026-11-23", "2026-11-29"),
    ("this-week", "week", "2026-W48", "2026-11-23", "2026-11-29"),
    ("上月", "month", "2026-10", "2026-10-01", "2026-10-31"),
    ("上个月", "month", "2026-10", "2026-10-01", "2026-10-31"),
    ("last-month", "month", "2026-10", "2026-10-01", "2026-10-31"),
    ("本月", "month", "2026-11", "2026-11-01", "2026-11-30"),
]


@pytest.mark.parametrize(("typed", "kind", "label", "first", "last"), PARSED)
def test_period_words_and_labels(typed: str | None, kind: Kind, label: str, first: str, last: str) -> None:
    found = PLAIN.parse(typed, NOW, "week", expect_kind=kind)
    assert (found.kind, found.label, found.first.isoformat(), found.last.isoformat()) == (kind, label, first, last)


def test_last_and_this_are_of_the_kind_of_the_report() -> None:
    assert PLAIN.parse("last", NOW, "day").label == "2026-11-22"
    assert PLAIN.parse("this", NOW, "month").label == "2026-11"
    assert PLAIN.parse(None, NOW, "month").label == "2026-10"


@pytest.mark.parametrize(
    "typed",
    """2026-W54|2026-W00|2025-W53|2026-13|2026-00|2026-02-30|2026-01\n|2026-W47\n|2026-11-20\n| 2026-11|2026-11 |２０２６-１１
    |２０２６-W47|٢٠٢٦-11|2026|26-11|202611|2026-1|2026-W4|2026W47|20261120|2026-W47-5|2026-11-15..2026-11-01
    |2026-11-01..2026-02-30|2026-11-01...2026-11-02|2026-11-01..|..|2026-10..2026-11|next|tomorrow|lst||0000-01|0001-01
    |1900-06|9999-12|9998-06|9999-W52|2026-11-20T00:00|上上上周""".replace("\n    |", "|").split("|"),
)
def test_a_malformed_period_is_a_usage_error_that_shows_the_forms(typed: str) -> None:
    with pytest.raises(Usage) as caught:
        PLAIN.parse(typed, NOW, "month")
    assert caught.value.exit_code == 2
    assert "2026-W47" in caught.value.say("en")
    assert "上周" in caught.value.say("zh")


def test_a_period_of_another_kind_says_which_one_is_needed() -> None:
    with pytest.raises(Usage) as caught:
        PLAIN.parse("2026-11", NOW, "week", expect_kind="week")
    assert caught.value.say("en") == (
        'PERIOD: this needs a week, not a month: expected a week like 2026-W47, last-week, last, got "2026-11"'
    )
    assert "这里需要周，给的是月" in caught.value.say("zh")
    with pytest.raises(Usage, match="no such period"):
        PLAIN.parse("2026-W99", NOW, "week", expect_kind="week")


def test_bounds_are_local_midnights_half_open() -> None:
    november = PLAIN.month("2026-11")
    assert span(november) == "2026-11-01T00:00:00+08:00 2026-12-01T00:00:00+08:00"
    assert november.last_second.isoformat() == "2026-11-30T23:59:59+08:00"
    assert november.holds(november.start)
    assert november.holds(november.last_second)
    assert not november.holds(november.end)


def test_a_cutoff_moves_starts_and_ends() -> None:
    hotel = Calendar(SHANGHAI, day_cutoff="06:00")
    assert span(hotel.day(date(2026, 11, 20))) == "2026-11-20T06:00:00+08:00 2026-11-21T06:00:00+08:00"
    early = datetime(2026, 11, 23, 5, 59, 59, tzinfo=SHANGHAI)
    assert hotel.parse("today", early, "day").label == "2026-11-22"
    assert hotel.parse("last", early, "day").label == "2026-11-21"
    assert hotel.parse("last", early, "week").label == "2026-W46"
    assert hotel.month("2026-11").months() == ("2026-11", "2026-12")
    assert business_date(early, SHANGHAI, "06:00") == date(2026, 11, 22)
    assert business_date(early + timedelta(seconds=1), SHANGHAI, "06:00") == date(2026, 11, 23)
    assert business_date(datetime.fromisoformat("2026-11-22T17:00:00+00:00"), SHANGHAI, "00:00") == date(2026, 11, 23)


def test_a_month_that_starts_on_the_26th_is_named_after_the_one_it_ends_in() -> None:
    hotel = Calendar(SHANGHAI, month_start_day=26)
    november = hotel.month("2026-11")
    assert (november.first, november.last) == (date(2026, 10, 26), date(2026, 11, 25))
    assert hotel.containing("month", date(2026, 11, 25)).label == "2026-11"
    assert hotel.containing("month", date(2026, 11, 26)).label == "2026-12"
    assert hotel.containing("month", date(2026, 12, 26)).label == "2027-01"
    assert november.months() == ("2026-10", "2026-11")
    assert november.previous().label == "2026-10"
    assert hotel.month("2027-01").previous().label == "2026-12"
    assert hotel.parse("this", NOW, "month").label == "2026-11"
    assert hotel.month("2027-01").first == date(2026, 12, 26)


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        ("mon", "2026-11-16", "2026-11-22"),
        ("tue", "2026-11-17", "2026-11-23"),
        ("thu", "2026-11-19", "2026-11-25"),
        ("fri", "2026-11-13", "2026-11-19"),
        ("sat", "2026-11-14", "2026-11-20"),
        ("sun", "2026-11-15", "2026-11-21"),
    ],
)
def test_a_week_is_named_after_the_iso_week_of_its_thursday(start: str, first: str, last: str) -> None:
    week = Calendar(SHANGHAI, week_start=start).parse("2026-W47", NOW, "week")
    assert (week.first.isoformat(), week.last.isoformat()) == (first, last)
    assert week.label == "2026-W47"


def test_new_years_eve_and_new_years_day_are_in_the_same_week_53() -> None:
    assert PLAIN.week(date(2026, 12, 31)) == PLAIN.week(date(2027, 1, 1)) == PLAIN.week_numbered(2026, 53)


@pytest.mark.parametrize(
    ("label", "before"),
    [
        ("2026-11", "2025-11"),
        ("2026-W47", "2025-W47"),
        ("2026-W53", "2025-W52"),
        ("2021-W53", None),
        ("2028-02-29", "2027-02-28"),
        ("2027-02-28", "2026-02-28"),
        ("2028-02-01..2028-02-29", "2027-02-01..2027-02-28"),
        ("2026-12-20..2027-01-05", "2025-12-20..2026-01-05"),
    ],
)
def test_the_same_period_last_year(label: str, before: str | None) -> None:
    if before is None:
        with pytest.raises(Usage):  # 2021 has no week 53
            PLAIN.parse(label, NOW, "week")
        return
    assert PLAIN.parse(label, NOW, "week").last_year().label == before


@pytest.mark.parametrize(
    ("label", "zh", "en"),
    [
        ("2026-11-20", "2026年11月20日（周五）", "Fri 20 Nov 2026"),
        ("2026-W47", "2026年第47周（11-16~11-22）", "Week 47, 2026 (16–22 Nov)"),
        ("2026-W53", "2026年第53周（12-28~01-03）", "Week 53, 2026 (28 Dec – 3 Jan)"),
        ("2026-10", "2026年10月", "October 2026"),
        ("2026-11-01..2026-11-15", "2026-11-01~2026-11-15", "1–15 Nov 2026"),
        ("2026-11-20..2026-11-20", "2026-11-20~2026-11-20", "20 Nov 2026"),
        ("2026-10-20..2026-11-05", "2026-10-20~2026-11-05", "20 Oct – 5 Nov 2026"),
        ("2026-12-20..2027-01-05", "2026-12-20~2027-01-05", "20 Dec 2026 – 5 Jan 2027"),
    ],
)
def test_titles(label: str, zh: str, en: str) -> None:
    period = PLAIN.parse(label, NOW, "week")
    assert (period.title("zh"), period.title("en")) == (zh, en)


def test_a_month_that_is_not_the_calendars_shows_its_dates() -> None:
    month = Calendar(SHANGHAI, month_start_day=26).month("2026-11")
    assert month.title("zh") == "2026年11月（10-26~11-25）"
    assert month.title("en") == "November 2026 (26 Oct – 25 Nov)"


def test_months_are_those_of_the_files_to_read() -> None:
    assert PLAIN.month("2026-11").months() == ("2026-11",)
    assert PLAIN.week_numbered(2026, 53).months() == ("2026-12", "2027-01")
    assert PLAIN.range(date(2025, 11, 30), date(2026, 2, 1)).months() == ("2025-11", "2025-12", "2026-01", "2026-02")


def test_days_on_which_clocks_change() -> None:
    assert span(Calendar(NEW_YORK).day(date(2026, 3, 8))) == "2026-03-08T00:00:00-05:00 2026-03-09T00:00:00-04:00"
    autumn = Calendar(NEW_YORK).day(date(2026, 11, 1))
    assert autumn.end - autumn.start == timedelta(hours=25)
    # no midnight: the day begins at one o'clock
    assert Calendar(SAO_PAULO).day(date(2018, 11, 4)).start.isoformat() == "2018-11-04T01:00:00-02:00"
    # the hour before midnight twice
    twice = datetime.fromisoformat("2018-02-17T23:30:00-03:00")
    assert business_date(twice, SAO_PAULO, "00:00") == date(2018, 2, 17)
    assert Calendar(SAO_PAULO).month("2018-02").holds(twice)
    # at a minute past midnight back to eleven: the new day has begun already
    back = datetime.fromisoformat("2010-11-06T23:30:00-03:30")
    assert business_date(back, ST_JOHNS, "00:00") == date(2010, 11, 7)
    assert Calendar(ST_JOHNS).day(date(2010, 11, 7)).holds(back)


def test_a_range_the_wrong_way_round_and_a_month_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        PLAIN.range(date(2026, 11, 2), date(2026, 11, 1))
    for label in ("2026-1", "2026-13", "2026-11\n", "２０２６-11"):
        with pytest.raises(ValueError, match=r"month"):
            PLAIN.month(label)


@given(calendars, kinds, days)
def test_periods_of_a_kind_tile_the_calendar(calendar: Calendar, kind: Kind, day: date) -> None:
    period = calendar.containing(kind, day)
    assert period.first <= day <= period.last
    following = calendar.containing(kind, period.last + timedelta(days=1))
    assert following.start == period.end
    assert following.first == period.last + timedelta(days=1)
    assert following.previous() == period
    assert period.following() == following
    assert period.previous().end == period.start
    assert following.label > period.label


@given(calendars, kinds, days)
def test_a_label_is_read_as_the_period_it_names(calendar: Calendar, kind: Kind, day: date) -> None:
    period = calendar.containing(kind, day)
    assert calendar.parse(period.label, NOW, "day") == period
    assert calendar.parse(period.previous().label, NOW, "day", expect_kind=kind) == period.previous()


@given(calendars, days, st.integers(0, 400))
def test_a_range_goes_back_by_its_own_length(calendar: Calendar, first: date, length: int) -> None:
    period = calendar.range(first, first + timedelta(days=length))
    assert calendar.parse(period.label, NOW, "day") == period
    assert period.previous().end == period.start
    assert period.previous().last - period.previous().first == period.last - period.first
    assert period.following().start == period.end
    assert period.following().previous() == period


@given(calendars, days, st.times(), st.booleans())
def test_every_moment_lies_in_its_business_day(calendar: Calendar, day: date, clock: time, second: bool) -> None:
    at = datetime.combine(day, clock, tzinfo=calendar.zone).replace(fold=int(second))
    assert calendar.day(calendar.business_date(at)).holds(at)


@given(calendars, kinds, days)
def test_last_year_is_of_the_same_kind_and_about_a_year_back(calendar: Calendar, kind: Kind, day: date) -> None:
    period = calendar.containing(kind, day)
    before = period.last_year()
    assert before.kind == kind
    assert 350 <= (period.first - before.first).days <= 372
