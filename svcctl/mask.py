"""Hiding personal values in whatever leaves the ledger. Masking a masked value changes nothing."""

from __future__ import annotations

import re
from typing import Literal

How = Literal["name", "phone", "text"]

_DIGIT = "[0-9０-９]"
_GAP = r"[ \u00a0\u3000]{0,2}[-－‐-―]?[ \u00a0\u3000]{0,2}"
# A mainland mobile number, whole or in groups of 3-4-4. No digit may touch it (order numbers, card numbers are longer),
# no currency sign may stand before it and no cents behind it (amounts).
_MOBILE = (
    rf"(?<!{_DIGIT})(?<![¥￥$])(?:(?:[+＋]|00|００)?(?:86|８６){_GAP})?"
    rf"([1１][3-9３-９]{_DIGIT})(?:{_GAP}{_DIGIT}{{4}}{_GAP}|\.{_DIGIT}{{4}}\.)({_DIGIT}{{4}})"
    rf"(?!{_DIGIT})(?!\.{_DIGIT}{{1,2}}(?!{_DIGIT}))"
)
# An identity number of 18 or 15 digits holds a date of birth; the check digit is not asked, a mistyped one is personal too.
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"  # an order number beginning 2026 has none
_IDENTITY = (
    rf"(?<![0-9])({_PROVINCE}[0-9])[0-9]{{3}}[ -]?(?:(?:18|19|20)[0-9]{{2}}{_MONTH_DAY}[ -]?[0-9]{{3}}[0-9Xx]"
    rf"|[0-9]{{2}}{_MONTH_DAY}[ -]?[0-9]{{3}})(?![0-9])"
)
_APART = r"([\s/、,，;；|()（）]+)"  # what stands between several names or contacts in one value
_MASKED_CONTACT = r"1[3-9][0-9]\*{4}[0-9]{4}|[0-9]{3}\*{15}|.?\*{3}(?:@\*{3}|[0-9]{2})?"


def mask(value: str, how: How) -> str:
    """A personal value as it may be shown.

    ``name``: ``王*``, ``王*明``, ``A* Z*``; ``phone``, any contact: ``138****1234``, ``***67`` of another number,
    ``w***`` of an account, ``z***@***`` of an address; ``text``, anything else (a plate, digits of an id):
    at most the first character.
    """
    if how == "name":
        return "".join(part if re.fullmatch(_APART, part) else _name(part) for part in re.split(_APART, value))
    if how == "phone":
        parts = re.split(_APART, mask_numbers(value))
        return "".join(part if re.fullmatch(_APART, part) else _contact(part) for part in parts)
    value = value.strip()
    if not value or re.fullmatch(r".?\*{3}", value):
        return value
    return value[0] + "***" if len(value) > 4 else "***"


def mask_numbers(text: str) -> str:
    """Free text with the mobile and identity numbers in it hidden: ``138****1234``, ``510***************``."""
    if sum(map(str.isdigit, text)) < 11:
        return text  # most text has none, and to look closer takes patterns that are slow to make
    text = re.sub(_IDENTITY, rf"\1{'*' * 15}", text)
    return re.sub(_MOBILE, r"\1****\2", text)


def _name(word: str) -> str:
    if not word:
        return ""
    if len(word) == 1:
        return "*"
    if len(word) == 2 or word[0] < "\u2e80":  # not Han, Kana or Hangul: a word shows its first letter
        return word[0] + "*"
    return f"{word[0]}*{word[-1]}"


def _contact(part: str) -> str:
    if not part or re.fullmatch(_MASKED_CONTACT, part):
        return part
    digits = re.sub(r"[^0-9]", "", part)
    if "@" in part:
        return f"{part[0]}***@***"
    if len(digits) >= 7 and re.fullmatch(r"[0-9+*#转-]+", part):
        return f"***{digits[-2:]}"
    return part[0] + "***" if len(part) > 4 else "***"
