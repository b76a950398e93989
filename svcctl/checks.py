"""The checks of a ledger that need the domain: values, transitions, references, keys. Functions in a list; each reports all.

What needs the files themselves (sums, damage, places) is found by the store's reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from svcctl import account
from svcctl.entry import Entry, Noun, Unreadable
from svcctl.fields import MasterType, PersonType, PointType, RefType, SharesType, folded
from svcctl.fold import Case
from svcctl.mask import holds_identity
from svcctl.site import Site
from svcctl.texts import Text

AHEAD = timedelta(minutes=5)
_TECHNICAL = frozenset({"id", "kind", "event", "of", "at", "recorded", "files", "salt", "pii", "erased", "sum"})


class Problem(NamedTuple):
    """Something that is wrong, and where: ledger-relative file and line, the entry's id, a code for programs."""

    file: str
    line: int
    id: str
    code: str
    message: Text


class Known(NamedTuple):
    """What single records are checked against. ``names`` are those of recorded units and tenants, by noun."""

    site: Site
    now: datetime
    names: Mapping[str, frozenset[str]]
    exists: Callable[[str, str], bool]  # whether a record of a noun exists
    case: Callable[[str, datetime], Case[Any] | None]  # a record as of a moment; None if it was not there yet


Check = Callable[[Case[Any], Known], Iterator[Problem]]


def _problem(entry: Entry, code: str, message: Text) -> Problem:
    return Problem(entry.place.file, entry.place.line, entry.id, code, message)


def transitions(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Entries that the fold could not apply."""
    for idle in case.idle:
        text = Text("{event} 不起作用：{why}", "{event} has no effect: {why}").fill(event=idle.entry.event, why=idle.why)
        yield _problem(idle.entry, "transition", text)


def flaws(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Records that do not agree with the others of their account."""
    if case.flaw is not None:
        yield _problem(case.opening, "account", case.flaw)


def rules(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Entries whose own fields contradict each other."""
    for entry in case.entries:
        for name, what in entry.data.faults():
            yield _problem(entry, "rule", Text(f"{name} ", f"{name} ").joined(what, en=""))
        for name in entry.data.needs():
            if getattr(entry.data, name) is None:
                yield _problem(entry, "missing", Text(f"{name}：必填", f"{name}: a value is required"))
        for group in entry.data.one_of:
            if not entry.erased and not any(getattr(entry.data, n) is not None for n in group):
                yield _problem(entry, "missing", Text("应有其一：", "expected one of: ").joined(Text("、".join(group), ", ".join(group)), en=""))


def references(case: Case[Any], known: Known) -> Iterator[Problem]:
    """References to records, units, tenants and people that are not there."""
    for entry in case.entries:
        for spec in entry.data.specs:
            value = getattr(entry.data, spec.name)
            if value is None:
                continue
            lost = False
            if isinstance(spec.type, SharesType):
                value = next((one for one in value if not known.exists(spec.type.noun, one)), value)
                lost = isinstance(value, str)
            elif isinstance(spec.type, PointType):
                lost = value not in known.site.points
            elif isinstance(spec.type, RefType):
                lost = not known.exists(spec.type.noun, value)
            elif isinstance(spec.type, MasterType):
                names = known.names.get(spec.type.noun, frozenset())
                lost = bool(names) and folded(value) not in names
            elif isinstance(spec.type, PersonType):
                lost = bool(known.site.staff) and value not in known.site.staff
            if lost:
                yield _problem(entry, "reference", Text(f"{spec.name}：没有“{value}”", f'{spec.name}: there is no "{value}"'))
            elif isinstance(spec.type, RefType) and not case.voided and (why := _unfit(case.noun, entry, spec.name, value, known)) is not None:
                yield _problem(entry, "reference", Text(f"{spec.name} {value}：", f"{spec.name} {value}: ").joined(why, en=""))


def _unfit(noun: Noun[Any], entry: Entry, field: str, record: str, known: Known) -> Text | None:
    """Why an entry may not refer to a record as it was then: two desks may each have done what was right for itself."""
    if type(noun).unfit is Noun.unfit:
        return None
    other = known.case(record, entry.at)
    return noun.unfit(entry, field, other) if other is not None else None


def future(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Entries that lie in the future, and did when they were recorded: a clean ledger stays so, whatever the clock says."""
    for entry in case.entries:
        if entry.at > max(known.now, entry.recorded) + AHEAD:
            yield _problem(entry, "future", Text(f"发生时间 {entry.at:%Y-%m-%d %H:%M} 在将来", f"it lies in the future ({entry.at:%Y-%m-%d %H:%M})"))


def people(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Entries without a recorder, and corrections without what they need."""
    for entry in case.history:
        if not entry.by:
            yield _problem(entry, "missing", Text("by：必填", "by: a value is required"))
        if entry.event == "void" and not (entry.data.reason and entry.data.approved_by):
            yield _problem(entry, "missing", Text("作废要有 reason 和 approved_by", "a void needs reason and approved_by"))


CHECKS: tuple[Check, ...] = (transitions, flaws, rules, references, future, people)


def of_case(case: Case[Any], known: Known) -> Iterator[Problem]:
    """Everything wrong with one record."""
    for check in CHECKS:
        yield from check(case, known)


def of_accounts(noun: Noun[Any], cases: Iterable[Case[Any]], known: Known) -> Iterator[Problem]:
    """What does not tie in the accounts of a noun; ``cases`` are linked, and all there are."""
    alive = [case for case in cases if not case.voided]
    for several in account.grouped(noun, alive).values():
        for entry, what in noun.audit(several, known.site):
            yield _problem(entry, "identity", what)


def identity_numbers(doc: Mapping[str, Any], file: str, line: int) -> Iterator[Problem]:
    """Texts with a full identity number, which was written before that was refused, or by hand; it is not shown."""
    for key, value in doc.items():
        if key in _TECHNICAL:
            continue
        texts = (value,) if isinstance(value, str) else value if isinstance(value, list) else (*value, *value.values())
        if any(len(text) >= 18 and holds_identity(text) for text in texts):
            todo = Text("：删去个人信息用 svcctl erase，自由文字用 amend 并看 svcctl help privacy",
                        ": erase it with svcctl erase; in free text amend it and see svcctl help privacy")  # fmt: skip
            what = Text(f"{key} 含有完整的身份证号", f"{key} holds a full identity number").joined(todo, en="")
            yield Problem(file, line, str(doc.get("id", "")), "identity-number", what)


def unreadable(entry: Entry | None, doc: Mapping[str, Any], file: str, line: int, wrong: Iterable[Unreadable]) -> Iterator[Problem]:
    """Values that their fields do not take."""
    for one in wrong:
        got = Text(f"，得到“{one.got}”", f', got "{one.got}"') if one.got else Text("", "")
        text = Text(f"{one.key}：应为", f"{one.key}: expected ").joined(one.expected, en="").joined(got, en="")
        yield Problem(file, line, str(doc.get("id", "")), "value" if entry is not None else "entry", text)


