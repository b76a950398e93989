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
# A full one of 18, however it is grouped or typed; here the check digit is asked, for it is refused, not only hidden.
_FULL = rf"[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9Xx](?![0-9])"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NARROW = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {0xFF38: 0x58, 0xFF58: 0x78}
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
    for start, end, digits in reversed(_identities(text)):
        text = text[:start] + digits[:3] + "*" * 15 + text[end:]
    text = re.sub(_IDENTITY, rf"\1{'*' * 15}", text)
    return re.sub(_MOBILE, r"\1****\2", text)


def holds_identity(text: str) -> bool:
    """Whether a text holds a full identity number of 18 characters: its province, its date and its check digit are right."""
    return bool(_identities(text))


def _identities(text: str) -> list[tuple[int, int, str]]:
    """The full identity numbers in a text: from where to where, and the number itself."""
    if len(text) < 18 or sum(map(str.isdigit, text)) < 17:
        return []
    narrow = text.translate(_NARROW)
    found: list[tuple[int, int, str]] = []
    for begin in re.finditer("(?<![0-9])[1-9]", narrow):
        match = re.compile(_FULL).match(narrow, begin.start())
        digits = re.sub("[^0-9Xx]", "", match[0]).upper() if match else ""
        if match and _is_identity(digits) and (not found or match.start() >= found[-1][1]):
            found.append((match.start(), match.end(), digits))
    return found


def _is_identity(digits: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False)) if len(digits) == 18 else -1
    if total < 0 or digits[17] != _CHECKS[total % 11] or re.fullmatch(_PROVINCE, digits[:2]) is None:
        return False
    year, month, day = int(digits[6:10]), int(digits[10:12]), int(digits[12:14])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1800 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]


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
