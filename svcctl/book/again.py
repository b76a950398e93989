"""What to type to record again what was voided by mistake: a void is final, what it took away can be told anew."""

from __future__ import annotations

import shlex
from typing import Any

from svcctl.entry import Amend, Entry, Noun, Verb
from svcctl.fields import FlagType, Spec, Value
from svcctl.mask import mask_numbers
from svcctl.texts import Text

LONGEST = 60  # characters of a text that is told; a longer one is looked up


def once_more(noun: Noun[Any], entry: Entry, by: str = "") -> Text:
    """How to record ``entry`` again: the command, and where to find what must not, or need not, be told in it.

    ``by``: who records, where the command line has to say so.
    """
    look = f"svcctl show {entry.of or entry.id} --reveal"
    if not isinstance(entry.data, Verb | Amend) or (isinstance(entry.data, Verb) and not entry.data.typed):
        return Text(f"作废不能撤销，要重新登记；原来的内容：{look}", f"A void is final; record it again. What it said: {look}")
    line = shlex.join(_words(noun, entry) + (["--by", by] if by else []))
    return Text(
        f"作废不能撤销，要重新登记（个人信息等没写在里面的，见 {look}）：{line}",
        f"A void is final; record it again (for personal data, and what else is not in it, see {look}): {line}",
    )


def _words(noun: Noun[Any], entry: Entry) -> list[str]:
    spreads = isinstance(entry.data, Verb) and entry.data.spreads  # it is typed for all the records it goes to
    words = ["svcctl", noun.name, entry.event, *([entry.of] if entry.of and not spreads else [])]
    if isinstance(entry.data, Amend):
        personal = noun.personal()
        for name, value in entry.data.changes.items():
            if name not in personal:
                words += _told("--set", value, f"{name}=")
        for name in entry.data.clear:
            words += ["--set", f"{name}="]
        return words + _told("--reason", entry.data.reason)
    words += ["--at", entry.at.isoformat()]
    for spec in entry.data.specs:
        value = getattr(entry.data, spec.attribute)
        if value is not None and not spec.personal:
            words += _option(spec, value)
    return words + (_told("--note", entry.note) if entry.note else [])


def _option(spec: Spec, value: Any) -> list[str]:
    if isinstance(spec.type, FlagType):
        return [spec.option] if value else []
    stored = spec.type.dump(value)
    if isinstance(stored, dict):
        return [word for one, amount in stored.items() for word in (spec.option, f"{one}={amount}")]
    return _told(spec.option, stored)


def _told(option: str, value: Value, before: str = "") -> list[str]:
    """An option with its text, unless that holds what is not to be told, or goes on and on."""
    text = value if isinstance(value, str) else ",".join(value)
    plain = len(text) <= LONGEST and text.isprintable() and mask_numbers(text) == text and not text.startswith("-")
    return [option, before + text] if plain else []
