"""What is hidden of a person, and what of a text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.mask import How, holds_identity, mask, mask_numbers

HOWS: list[How] = ["name", "phone", "text"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王芳", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧*明"),
        ("王", "*"),
        ("王女士", "王*士"),
        ("𠮷田", "𠮷*"),
        ("阿卜杜拉·买买提", "阿*提"),
        ("Alice Zhang", "A* Z*"),
        ("J. R. Smith", "J* R* S*"),
        ("王芳/李小敏", "王*/李*敏"),
        ("王芳、李敏（店长）", "王*、李*（店*）"),
        ("13800001234", "1*"),
        ("", ""),
    ],
)
def test_names(name: str, shown: str) -> None:
    assert mask(name, "name") == shown


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("13800001234", "138****1234"),
        ("138 0000 1234", "138****1234"),
        ("138-0000-1234", "138****1234"),
        ("+86 13800001234", "138****1234"),
        ("+86-138-0000-1234", "138****1234"),
        ("008613800001234", "138****1234"),
        ("021-54321234", "***34"),
        ("54321234转801", "***01"),
        ("13800001234/021-54321234", "138****1234/***34"),
        ("13800001234 13900005678", "138****1234 139****5678"),
        ("zhang.san@example.com", "z***@***"),
        ("wxid_wangfang", "w***"),
        ("110", "***"),
        ("510104199003071234", "510***************"),
        ("", ""),
    ],
)
def test_contacts(contact: str, shown: str) -> None:
    assert mask(contact, "phone") == shown


@pytest.mark.parametrize(("value", "shown"), [("川A12345", "川***"), ("1234", "***"), ("123X", "***"), ("", "")])
def test_other_personal_values(value: str, shown: str) -> None:
    assert mask(value, "text") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13800001234来电", "电话138****1234来电"),
        ("A-101 13800001234，急", "A-101 138****1234，急"),
        ("101 13800001234", "101 138****1234"),
        ("call +86 138-0000-1234 or 139 0000 5678.", "call 138****1234 or 139****5678."),
        ("138 - 0000 - 1234", "138****1234"),
        ("138.0000.1234", "138****1234"),
        ("８６１３８００００１２３４", "１３８****１２３４"),
        ("１３８００００１２３４", "１３８****１２３４"),
        ("微信wx13800001234", "微信wx138****1234"),
        ("13800001234.", "138****1234."),
        ("身份证510104199003071234", "身份证510***************"),
        ("51010419900307123X", "510***************"),
        ("51010419900307123x丢失", "510***************丢失"),
        ("510104 19900307 1234", "510***************"),
        ("旧证510104900307123", "旧证510***************"),
        ("５１０１０４１９９００３０７１２３７", "510***************"),
        ("1101 0519 4912 3100 2x。", "110***************。"),
        ("13800001234 510104-19900307-1237 13800001234", "138****1234 510*************** 138****1234"),
    ],
)
def test_numbers_of_people_in_free_text_are_hidden(text: str, shown: str) -> None:
    assert mask_numbers(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "订单 1380000123456",
        "订单号202611201990030712",
        "4200001234202611201380000123",
        "6222 1380 0001 2345 678",
        "rp-1380000123",
        "rp-7k3fq2m8xd",
        "2026-11-20 14:05",
        "金额 13800001234.50 元",
        "¥13800001234",
        "138.00001234",
        "1.38E+10",
        "电话 12345678901",
        "021-54321234",
        "表 00713800001234",
        "138****1234",
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask_numbers(text) == text


people = (
    st.text("1356780 -+王芳A@.１３/¥X", max_size=30) | st.text(max_size=30) | st.from_regex(r"(\+86 ?)?1[3-9]\d{9}")
)


@given(people)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_numbers(mask_numbers(text)) == mask_numbers(text)
    for how in HOWS:
        assert mask(mask(text, how), how) == mask(text, how)


@given(
    st.integers(13_000_000_000, 19_999_999_999),
    st.sampled_from(["", " ", "-", "－"]),
    st.text("王芳，。A-( \n", max_size=5),
)
def test_no_mobile_number_comes_through(number: int, gap: str, around: str) -> None:
    digits = str(number)
    typed = gap.join((digits[:3], digits[3:7], digits[7:]))
    for shown in (mask_numbers(around + typed + around), mask(typed, "phone")):
        assert f"{digits[:3]}****{digits[7:]}" in shown
        assert typed not in shown


@given(st.text("王李张芳敏明小欧阳", min_size=1, max_size=6))
def test_a_name_shows_at_most_its_first_and_last_character(name: str) -> None:
    shown = mask(name, "name").replace("*", "")
    assert shown in ("", name[0], name[0] + name[-1])
    assert len(shown) < len(name)


ID = "510104199003071237"


@pytest.mark.parametrize(
    "text",
    [
        ID, f"身份证{ID}。", "11010519491231002X", "11010519491231002x", "510104 19900307 1237", "510104-19900307-1237", "5101 0419 9003 0712 37", "5 1 0 1 0 4 1 9 9 0 0 3 0 7 1 2 3 7",
        "５１０１０４１９９００３０７１２３７", "１１０１０５１９４９１２３１００２Ｘ", "510104　19900307　1237", "510104－19900307－1237", f"13800001234 {ID}", f"{ID} 13800001234", "310101200002290015", f"2026-11-24 {ID}",
    ],
)  # fmt: skip
def test_a_full_identity_number_is_known_however_it_is_written(text: str) -> None:
    assert holds_identity(text)
    shown = mask_numbers(text)
    assert "***************" in shown and not holds_identity(shown)
    assert "1237" not in shown and "12310" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "510104199003071234", "510104199002301237", "510104199013071237", "510104210003071237", "160104199003071237", f"1{ID}", f"{ID}1", ID[:17], "310101190002290015", "X10104199003071237",
        "订单 202611201990030712", "6222 1380 0001 2345 678", "110105491231002", "13800001234", "2026-11-23T08:33:10.482113+08:00", "rp-7k3fq2m8xd", "", "身份证 …1237",
    ],
)  # fmt: skip
def test_what_is_no_identity_number_is_not_taken_for_one(text: str) -> None:
    assert not holds_identity(text)


@given(st.text("5101 0419-9003０7１237Xx王，", max_size=60))
def test_what_holds_an_identity_number_holds_none_when_it_is_masked(text: str) -> None:
    assert not holds_identity(mask_numbers(text))
    assert mask_numbers(mask_numbers(text)) == mask_numbers(text)


@given(st.text(max_size=8), st.text(max_size=8))
def test_an_identity_number_is_found_between_any_texts(before: str, after: str) -> None:
    if not any(c.isdigit() for c in before[-3:] + after[:3]):
        assert holds_identity(before + ID + after)
