"""A record in a few figures: what the index keeps of it so that it is found without being folded again."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor
from typing import NamedTuple

from svcctl.entry import CORRECTIONS, Place, typed
from svcctl.fold import fold
from svcctl.nouns import noun
from svcctl.store.codec import Doc

_NOWHERE = Place("", 0)


class Life(NamedTuple):
    """``open``: something is still to be done. ``unit``: where it is. ``first``, ``last``: epoch seconds between which
    it can matter to a figure. ``names``: what a master can be called by. ``voided``: it was taken back.
    """

    open: bool
    unit: str
    first: int
    last: int
    names: tuple[str, ...]
    voided: bool


def life_of(kind: str, docs: Iterable[Doc]) -> Life | None:
    """The life of the record of noun ``kind`` that these documents, in any order, make; None if they make none.

    ``last`` looks at it with and without its corrections, so that an earlier state of knowledge finds it too.
    """
    declared = noun(kind)
    entries = [entry for doc in docs if (entry := typed(declared, doc, _NOWHERE)[0]) is not None]
    case = fold(declared, entries)
    if case is None:
        return None
    last = max(declared.horizon(case.state), *(entry.at for entry in entries))
    plain = [entry for entry in entries if entry.event not in CORRECTIONS]
    if len(plain) < len(entries):
        bare = fold(declared, plain)
        if bare is not None:
            last = max(last, declared.horizon(bare.state))
    data = case.opening.data
    names = dict.fromkeys(str(name) for field in declared.short_name if (name := getattr(data, field, None)))
    place = getattr(data, declared.place_field, None) if declared.place_field else None
    return Life(
        declared.is_open(case.state) and not case.voided, str(place or ""), floor(case.opening.at.timestamp()),
        floor(last.timestamp()), tuple(names), case.voided,
    )  # fmt: skip
