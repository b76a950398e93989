"""What a cell accepts, and what becomes of what it does not."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.errors import Refused
from svcctl.xlsx import cells, widths

naive = datetime.fromisoformat


def test_texts_that_no_xml_can_hold_are_replaced_and_all_else_is_kept():
    assert cells.cell_text("a\x00b\x0bc\x1f", "zh") == "a\ufffdb\ufffdc\ufffd"
    assert cells.cell_text("x\ufffe\uffff\ud800y", "zh") == "x\ufffd\ufffd\ufffdy"
    assert cells.cell_text("行一\r\n行二\r行三\t完", "zh") == "行一\n行二\n行三\t完"
    for text in ("=1+1", "#N/A", "+cmd|' /C calc'!A0", "-2", "@x", "'0301", "𠮷😀", "\u202eabc", "NO", "0712"):
        assert cells.cell_text(text, "en") == text


def test_an_escape_of_the_format_is_escaped():
    assert cells.cell_text("_x0041_", "en") == "_x005F_x0041_"
    assert cells.cell_text("_x0041_x0042_", "en") == "_x005F_x0041_x005F_x0042_"
    assert cells.cell_text("max_x_value _x41_", "en") == "max_x_value _x41_"


def test_a_text_too_long_is_cut_where_one_can_see_it():
    zh, en = cells.cell_text("长" * 40_000, "zh"), cells.cell_text("😀" * 20_000, "en")
    assert zh.endswith("…〔过长，已截断〕") and len(zh) == 32767
    assert en.endswith("… [too long, cut]") and len(en.encode("utf-16-le")) // 2 <= 32767
    assert cells.cell_text("长" * 32767, "zh") == "长" * 32767
    assert len(cells.cell_text("_x0041_" * 5000, "en")) <= 32767


@given(st.text())
def test_every_text_fits_into_xml(text):
    written = cells.cell_text(text, "en")
    assert not any((ch < " " and ch not in "\n\t") or ch in "\ufffe\uffff" or "\ud800" <= ch <= "\udfff" for ch in written)


def test_numbers_keep_their_digits_or_are_refused():
    assert cells.exact(Decimal("83738.04")) == "83738.04"
    assert cells.exact(Decimal("1E+3")) == "1000"
    assert cells.exact(Decimal("0.00000012")) == "0.00000012"
    assert cells.exact(Decimal("1234567890123.45")) == "1234567890123.45"
    assert cells.exact(10**15) == "1000000000000000"
    for bad in (Decimal("12345678901234.567"), 1234567890123456, Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(Refused):
            cells.exact(bad)


def test_a_rate_is_whole_only_if_it_is():
    assert cells.rate(Decimal("0.99996")) == Decimal("0.9999")
    assert cells.rate(Decimal("0.00004")) == Decimal("0.0001")
    assert cells.rate(Decimal("0.12345")) == Decimal("0.1235")
    assert cells.rate(Decimal(1)) == 1 and cells.rate(Decimal(0)) == 0
    assert cells.minutes(Decimal("26.55")) == Decimal("26.6")


@given(st.decimals(0, 1, places=8))
def test_a_rate_is_close_and_never_hides_an_exception(value):
    shown = cells.rate(value)
    assert abs(shown - value) <= Decimal("0.0001")
    assert (shown == 1) == (value == 1) and (shown == 0) == (value == 0)
    if Decimal("0.0001") <= value <= Decimal("0.9999"):
        assert shown == value.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_days_and_times_are_numbers_without_a_zone_or_a_fraction_of_a_second():
    assert cells.serial(date(2025, 10, 1)) == "45931"
    assert cells.serial(naive("2025-10-01T12:00")) == "45931.5000000000"
    assert cells.serial(date(1900, 2, 28)) is None
    late = datetime(2025, 10, 1, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=8)))
    assert cells.local(late, ZoneInfo("Asia/Shanghai")) == naive("2025-10-01T23:59:59")
    assert cells.local(late, ZoneInfo("UTC")) == naive("2025-10-01T15:59:59")


def test_names_are_what_a_workbook_accepts():
    assert cells.sheet_name("收费/明细 [10月]", []) == "收费 明细 10月"
    assert cells.sheet_name("'a'", []) == "’a’"
    assert cells.sheet_name("History", []) == "History_"
    assert cells.sheet_name("repairs", ["Repairs"]) == "repairs 2"
    long = cells.sheet_name("x" * 40, [])
    assert len(long) == 31 and len(cells.sheet_name("x" * 40, [long])) <= 31
    assert cells.sheet_name("  ", []) == "-"
    assert cells.table_name("R1", "C1", []) == "tbl_r1_c1"
    assert cells.table_name("报修", "报修", ["tbl_"]) == "tbl__2"
    assert cells.header("金额\n（元）", ["金额 （元）"]) == "金额 （元） 2"


def test_a_page_header_is_short_and_starts_no_code():
    assert cells.page_text("A&B\n店", 50) == "A&&B 店"
    assert len(cells.page_text("&" * 90, 50)) <= 50


def test_the_room_a_text_takes():
    assert widths.width("报修AB") == 6
    assert widths.widest("一\n二三四") == 6
    assert widths.lines("报" * 10, 20) == 1
    assert widths.lines("报" * 21, 20) == 3
    assert widths.lines("报" * 10 + "，", 20) == 2 and widths.lines("报" * 19 + "。报", 20) == 3, "a comma takes the sign before it along"
    assert widths.lines("one two three", 8) == 2
    assert widths.lines("a\n\nb", 8) == 3
    assert widths.height(1) == 20 and widths.height(1000) == 409


@given(st.text(alphabet="abilmW 报，“”0", max_size=80), st.integers(4, 40))
def test_lines_are_never_fewer_than_the_room_needs(text, room):
    count = widths.lines(text, room)
    assert count * room + 1 >= widths.ink(text.replace(" ", ""))
    assert widths.lines(text, room + 1) <= count
    assert count <= max(1, 2 * widths.ink(text) / room + 1)
