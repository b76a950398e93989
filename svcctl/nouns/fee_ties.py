"""What hangs together in fee accounts, how far it reaches, and whether the money in them ties (DOMAIN 3.9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from svcctl.entry import Reach
from svcctl.nouns.fee_account import LATE_FEE, FeeAccount, month_end


def account_of(cases: Iterable[Any]) -> FeeAccount:
    """One account with the entries of these cases, each folded by itself, none voided."""
    account = FeeAccount()
    pairs = ((entry, case.opening) for case in cases for entry in case.entries)
    for entry, opening in sorted(pairs, key=lambda pair: pair[0].order):
        account.post(entry, opening)
    return account


def reaches(cases: Sequence[Any]) -> dict[str, Reach]:
    """How far charges and payments reach (see ``Noun.reaches``).

    A charge depends on the payments that went to it, and they on all they went to: what hangs together reaches as far
    as the part of it that reaches furthest. It has no end while anything is outstanding or free credit, or while a
    payment names something that is not there: a merge may bring it.
    """
    levels = _levels(cases)
    ends: dict[str, datetime | None] = {}
    heads: dict[str, str] = {case.id: case.id for case in cases}

    def head(one: str) -> str:
        while heads[one] != one:
            heads[one] = heads[heads[one]]
            one = heads[one]
        return one

    waiting: set[str] = set()
    for case in cases:
        for entry in case.entries:
            for charge in getattr(entry.data, "for_", None) or ():
                if charge in heads:
                    heads[head(charge)] = head(case.id)
                else:
                    waiting.add(case.id)
    for case in cases:
        last = max(entry.at for entry in case.history)
        month = case.state.month or case.state.data.month or f"{case.state.at:%Y-%m}" if case.state.is_charge else ""
        own = None if levels[case.id] or case.id in waiting else max(last, month_end(month)) if month else last
        other = ends.get(head(case.id), own)
        ends[head(case.id)] = None if own is None or other is None else max(own, other)
    return {
        case.id: Reach(case.state.is_charge and bool(levels[case.id]), ends[head(case.id)]) for case in cases
    }  # fmt: skip


def _levels(cases: Sequence[Any]) -> dict[str, Decimal]:
    """What is outstanding of each charge, and the free credit of each payment; they are posted unless they were."""
    lit = {case.id: case.state.outstanding if case.state.is_charge else case.state.credit for case in cases}
    if None not in lit.values():
        return lit
    account = account_of(cases)
    held = {**account.charges, **account.payments}
    return {case.id: held[case.id].level for case in cases}


class Identity(NamedTuple):
    """Where the money of a period went: what was received, from the entries; what became of it, from the accounts."""

    received: Decimal
    current: Decimal
    arrears: Decimal
    future: Decimal
    late_fee: Decimal
    credit: Decimal  # its change

    @property
    def ties(self) -> bool:
        """Whether net receipts = to current + to arrears + to future + to late fees + change in credit."""
        return self.received == self.current + self.arrears + self.future + self.late_fee + self.credit


def identity(cases: Iterable[Any], start: datetime, last: datetime, month: str) -> Identity:
    """Both sides of the identity for ``start <= at <= last``, each worked out by itself.

    ``cases`` are in the light of their accounts; ``month`` is the accounting month that is current.
    """
    alive = [case for case in cases if not case.voided]
    received = sum((_received(case, start, last) for case in alive), Decimal("0.00"))
    account, before = FeeAccount(), None
    pairs = ((entry, case.opening) for case in alive for entry in case.entries if entry.at <= last)
    for entry, opening in sorted(pairs, key=lambda pair: pair[0].order):
        if before is None and entry.at >= start:
            before = _standing(account)
        account.post(entry, opening)
    after = _standing(account)
    to = dict.fromkeys(("current", "arrears", "future", "late_fee"), account.zero)
    for charge, amount in after.items():
        owed = account.charges.get(charge)
        if owed is not None:
            rank = "late_fee" if owed.item == LATE_FEE else "current" if owed.month == month else "arrears" if owed.month < month else "future"
            to[rank] += amount - (after if before is None else before).get(charge, account.zero)
    credit = after[""] - (after if before is None else before)[""]
    return Identity(received, to["current"], to["arrears"], to["future"], to["late_fee"], credit)


def untied(cases: Sequence[Any], zone: tzinfo) -> dict[str, tuple[Decimal, Decimal]]:
    """The calendar months in which the money of one account does not tie: net receipts by its entries, and what the
    account gained in allocations and credit. ``cases`` are all of the account's, none voided.
    """
    came: dict[str, Decimal] = {}
    for case in cases:
        for entry in case.entries:
            month = f"{entry.at.astimezone(zone):%Y-%m}"
            came[month] = came.get(month, Decimal("0.00")) + _brought(case, entry)
    account, gained, before = FeeAccount(), dict[str, Decimal](), Decimal("0.00")
    pairs = sorted(((e, case.opening) for case in cases for e in case.entries), key=lambda pair: pair[0].order)
    for month, several in groupby(pairs, key=lambda pair: f"{pair[0].at.astimezone(zone):%Y-%m}"):
        for entry, opening in several:
            account.post(entry, opening)
        after = sum(_standing(account).values(), Decimal("0.00"))
        gained[month], before = after - before, after
    return {month: (came[month], gained[month]) for month in came if came[month] != gained[month]}


def _received(case: Any, start: datetime, last: datetime) -> Decimal:
    """What one record brought in, by its entries alone."""
    inside = (entry for entry in case.entries if start <= entry.at <= last)
    return sum((_brought(case, entry) for entry in inside), Decimal("0.00"))


def _brought(case: Any, entry: Any) -> Decimal:
    """What one entry brought in, or took away again."""
    sign = {"pay": 1, "refund": -1, "reverse": -1}.get(entry.event, 0)
    amount = case.opening.data.amount if entry.event == "reverse" else getattr(entry.data, "amount", None)
    return sign * (amount or Decimal("0.00")) if sign else Decimal("0.00")


def _standing(account: FeeAccount) -> dict[str, Decimal]:
    """What is allocated to each charge; under the empty name, all free credit."""
    found = {charge: owed.allocated for charge, owed in account.charges.items()}
    found[""] = sum((paid.level for paid in account.payments.values()), account.zero)
    return found
