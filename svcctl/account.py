"""Records that are only understood together: folded each by itself first, then in the light of their account.

Pure. A tenant's charges and payments make an account, as do a cash point's counts and moves; the noun says which field
names it and how entries are posted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from svcctl.entry import Account, Entry, Noun, Reach
from svcctl.fold import Case, Idle
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Site


def name_of(noun: Noun[Any], opening: Entry) -> str:
    """The account that a record belongs to, by its opening; empty if it names none."""
    return str(getattr(opening.data, noun.account_field, None) or "")


def grouped(noun: Noun[Any], cases: Iterable[Case[Any]]) -> dict[str, list[Case[Any]]]:
    """Cases by their accounts, in the order in which each account first comes."""
    found: dict[str, list[Case[Any]]] = {}
    for case in cases:
        found.setdefault(name_of(noun, case.opening), []).append(case)
    return found


def posted(noun: Noun[Any], cases: Iterable[Case[Any]], site: "Site") -> tuple[Account, dict[str, Text]]:
    """One account with everything posted that is in effect; by id, the follow-ups that have no effect and why."""
    account = noun.account(site)
    pairs = [(entry, case.opening) for case in cases if not case.voided for entry in case.entries]
    idle: dict[str, Text] = {}
    for entry, opening in sorted(pairs, key=lambda pair: pair[0].order):
        why = account.post(entry, opening)
        if why is not None:
            idle[entry.id] = why
    return account, idle


def linked(noun: Noun[Any], cases: Sequence[Case[Any]], site: "Site") -> list[Case[Any]]:
    """The cases in the light of their accounts, in their order; as they are, if the noun has no accounts.

    Everything that bears on a case has to be among ``cases``.
    """
    if not noun.account_field:
        return list(cases)
    lit: dict[str, Case[Any]] = {}
    for several in grouped(noun, cases).values():
        account, idle = posted(noun, several, site)
        flaws = account.flaws()
        for case in several:
            if not case.voided:
                lit[case.id] = lighted(case, account, idle, flaws)
    return [lit.get(case.id, case) for case in cases]


def lighted(
    case: Case[Any], account: Account, idle: Mapping[str, Text], flaws: Mapping[str, Text]
) -> Case[Any]:
    """A case in the light of its account."""
    inside = case.entries
    vain = [Idle(e, idle[e.id]) for e in inside if e.id in idle]
    if vain:
        inside = tuple(e for e in inside if e.id not in idle)
    return case._replace(
        state=account.light(case.opening, case.state), entries=inside, idle=(*case.idle, *vain),
        flaw=flaws.get(case.id),
    )  # fmt: skip


def reaching(
    noun: Noun[Any], cases: Sequence[Case[Any]], since: datetime, site: "Site"
) -> list[Case[Any]]:
    """The cases, in the light of their accounts, that are open or can matter at ``since`` or later.

    ``cases`` are folded each by itself; what is left out depends on nothing but them.
    """
    lit = linked(noun, cases, site)
    if not noun.account_field:
        return [c for c in lit if (noun.is_open(c.state) and not c.voided) or noun.horizon(c.state) >= since]
    reach: dict[str, Reach] = {}
    for several in grouped(noun, [case for case in lit if not case.voided]).values():
        reach.update(noun.reaches(several))
    return [c for c in lit if (r := reach.get(c.id)) is None or r.open or r.last is None or r.last >= since]
