"""A record in a few figures: what the index keeps of it so that it is found without being folded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any, NamedTuple

from svcctl import account
from svcctl.entry import CORRECTIONS, Entry, Noun, Place, typed
from svcctl.fields import SharesType
from svcctl.fold import Case, fold
from svcctl.nouns import noun
from svcctl.store.codec import Doc

_NOWHERE = Place("", 0)
ENDLESS = 1 << 40  # the last moment of a record that may matter for ever, as far as is known


class Life(NamedTuple):
    """``open``: something is still to be done. ``unit``: where it is. ``first``, ``last``: epoch seconds between which
    it can matter to a figure. ``names``: what a master can be called by. ``voided``: it was taken back. ``account``:
    whose account it belongs to, if its noun has accounts.
    """

    open: bool
    unit: str
    first: int
    last: int
    names: tuple[str, ...]
    voided: bool
    account: str = ""


def life_of(kind: str, docs: Iterable[Doc]) -> Life | None:
    """The life of the record of noun ``kind`` that these documents, in any order, make; None if they make none.

    ``last`` looks at it with and without its corrections, so that an earlier state of knowledge finds it too. Of a
    noun with accounts it is what the record itself says; ``lives_of`` has seen the others too.
    """
    found = _folded(kind, docs)
    return found and found[1]


def lives_of(kind: str, docs: Mapping[str, Iterable[Doc]]) -> dict[str, Life]:
    """The lives of many records, by their ids, in the light of their accounts; what makes no record is left out.

    Everything that bears on a record has to be there.
    """
    found = {record: one for record, parts in docs.items() if (one := _folded(kind, parts)) is not None}
    lives = {record: life for record, (_, life) in found.items()}
    declared = noun(kind) if found else None
    if declared is None or not declared.account_field:
        return lives
    alive = [case for case, _ in found.values() if not case.voided]
    for several in account.grouped(declared, alive).values():
        for record, reach in declared.reaches(several).items():
            own = lives[record]
            last = ENDLESS if reach.last is None else max(own.last, floor(reach.last.timestamp()))
            lives[record] = own._replace(open=reach.open, last=last)
    return lives


def opened(kind: str, docs: Iterable[Doc]) -> tuple[str, int] | None:
    """The account of a record and when it began, in epoch seconds, by its opening as it stands; None if it has none."""
    field = noun(kind).account_field
    for doc in docs:
        if not doc.get("of"):
            entry, _ = typed(noun(kind), doc, _NOWHERE)
            return None if entry is None else (str(doc.get(field) or ""), floor(entry.at.timestamp()))
    return None


def named(kind: str, docs: Iterable[Doc]) -> set[str]:
    """The records of the same noun that these documents send money to."""
    found: set[str] = set()
    for doc in docs:
        verb = noun(kind).verb(str(doc.get("event", "")))
        for spec in verb.specs if verb is not None else ():
            value = doc.get(spec.name)
            if isinstance(spec.type, SharesType) and isinstance(value, dict):
                found.update(value)
    return found


def _folded(kind: str, docs: Iterable[Doc]) -> tuple[Case[Any], Life] | None:
    declared = noun(kind)
    entries = [entry for doc in docs if (entry := typed(declared, doc, _NOWHERE)[0]) is not None]
    case = fold(declared, entries)
    if case is None:
        return None
    data = case.opening.data
    names = dict.fromkeys(str(name) for field in declared.short_name if (name := getattr(data, field, None)))
    place = getattr(data, declared.place_field, None) if declared.place_field else None
    return case, Life(
        declared.is_open(case.state) and not case.voided, str(place or ""), floor(case.opening.at.timestamp()),
        floor(_last(declared, entries, case).timestamp()), tuple(names), case.voided,
        account.name_of(declared, case.opening) if declared.account_field else "",
    )  # fmt: skip


def _last(declared: Noun[Any], entries: list[Entry], case: Case[Any]) -> Any:
    last = max(entry.at for entry in entries)
    if declared.account_field:  # how far it reaches is not its own to say
        return last
    last = max(last, declared.horizon(case.state))
    plain = [entry for entry in entries if entry.event not in CORRECTIONS]
    if len(plain) < len(entries):
        bare = fold(declared, plain)
        if bare is not None:
            last = max(last, declared.horizon(bare.state))
    return last
