"""Values as other people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from svcctl import nouns
from svcctl.errors import Refused
from svcctl.fields import Spec
from svcctl.importing.cell_values import Reading
from svcctl.importing.problems import each, told
from svcctl.texts import Text

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def spec(noun: str, event: str, name: str) -> Spec:
    verb = nouns.noun(noun).verb(event)
    assert verb is not None
    return verb.by_name[name]


def reading(**more: Any) -> Reading:
    return Reading(ZONE, NOW, **more)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025/10/3", "2025-10-03T23:59:59"), ("2025.10.4", "2025-10-04T23:59:59"), ("２０２５年１０月５日 8:05", "2025-10-05T08:05:00"),
        ("10月5日", "2026-10-05T23:59:59"), ("12月5日", "2025-12-05T23:59:59"), ("11月24日 8点", "2026-11-24T08:00:00"), ("10 月 5 日 14:30", "2026-10-05T14:30:00"),
    ],
)  # fmt: skip
def test_times_of_what_happened(text: str, at: str) -> None:
    assert reading().when(text, "at").isoformat() == at + "+08:00"


def test_a_day_without_a_year_may_lie_ahead_where_that_makes_sense() -> None:
    assert reading().value(spec("repair", "add", "due"), "12月5日") == "2026-12-05T23:59:59+08:00"
    assert reading().value(spec("fee", "charge", "due"), "12月5日") == "2026-12-05"


@pytest.mark.parametrize("text", ["昨天", "now", "下周一", "13月40日", "10-5", "46346", "30分钟前"])
def test_what_depends_on_when_it_is_read_is_no_time(text: str) -> None:
    with pytest.raises(Refused) as caught:
        reading().when(text, "at")
    assert caught.value.where == "at"


@pytest.mark.parametrize(
    ("epoch", "text", "at"), [(date(1899, 12, 30), "46346", "2026-11-20T23:59:59"), (date(1904, 1, 1), "44884.5", "2026-11-20T12:00:00")]
)
def test_a_number_of_days_counts_from_where_its_workbook_does(epoch: date, text: str, at: str) -> None:
    read = reading(epoch=epoch)
    assert read.when(text, "at", number=True).isoformat() == at + "+08:00"
    ((name, said),) = read.notes
    assert name == "at" and text in said.zh and text in said.en


@pytest.mark.parametrize("text", ["301", "99999", "1000.5"])
def test_other_numbers_are_no_days(text: str) -> None:
    with pytest.raises(Refused):
        reading(epoch=date(1899, 12, 30)).when(text, "at", number=True)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (("unit", "add", "area"), "１,086.5", "1086.5"), (("lost", "add", "qty"), "1,000", "1000"), (("complaint", "add", "contact"), "１３８-００００１２３４", "138-00001234"),
        (("repair", "add", "unit"), "Ａ－１０１", "A-101"), (("complaint", "add", "content"), "１楼，漏水！", "１楼，漏水！"), (("fee", "pay", "for"), "7k3f=1，9x2m=2", ["7k3f=1", "9x2m=2"]),
    ],
)  # fmt: skip
def test_digits_of_every_width_where_they_are_digits(field: tuple[str, str, str], text: str, value: Any) -> None:
    assert reading().value(spec(*field), text) == value


@pytest.mark.parametrize("field", [("repair", "add", "unit"), ("complaint", "add", "contact"), ("cash", "move", "doc"), ("unit", "add", "unit_no")])
def test_a_number_where_every_digit_counts(field: tuple[str, str, str]) -> None:
    with pytest.raises(Refused):
        reading(strict=True).value(spec(*field), "301", number=True)
    assert reading(strict=True).value(spec(*field), "0301") == "0301"
    assert reading().value(spec(*field), "301", number=True) == "301"  # a map vouches for it


def test_a_date_is_asked_for_where_one_is_wanted() -> None:
    due, promised = spec("plan", "add", "due"), spec("complaint", "add", "promised")
    for field, zh, en in (
        (due, "due: 不是日期：应为日期，如 2026-11-24，得到“x”", 'due: no date: expected a date such as 2026-11-24, got "x"'),
        (promised, "promised: 不是时间：应为日期或时间，如 2026-11-24 09:00，得到“x”", 'promised: no time: expected a date or time such as 2026-11-24 09:00, got "x"'),
    ):  # fmt: skip
        with pytest.raises(Refused) as caught:
            reading().value(field, "x")
        assert (caught.value.say("zh"), caught.value.say("en")) == (zh, en)


def test_a_problem_in_three_parts() -> None:
    wrong = Refused(Text("金额", "Amount"), expected=Text("12.50", "12.50"), todo=Text("改", "mend"))
    assert told("a.xlsx: S!B2", wrong, "x" * 50, Text("金额", "Amount")).say("en") == f'a.xlsx: S!B2: "{"x" * 39}…" → no value for "Amount" → expected 12.50. mend'
    assert told("p", Refused(Text("坏", "bad")), "").say("zh") == "p: （空） → 坏 → 改好再导入"
    assert each(wrong) == [wrong]
