"""What the measures of fees judge: charges, the flows of money, payments, households and debtors; and what they are split by.

The rates are those of accounting months: a month's own, those of a range of whole months (year to date, M-FEE-04), of
any other period the one that holds its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from svcctl.entry import Place
from svcctl.fold import Case
from svcctl.ledger import Window
from svcctl.measures.declare import Dimension, Register, Subject, labels
from svcctl.nouns.fee import BUCKETS, ITEMS, METHODS, bucket_of
from svcctl.nouns.fee_account import LATE_FEE, Fee, Flow
from svcctl.period import Period
from svcctl.texts import Text

ZERO = Decimal("0.00")
YEARS = (("this", "本年", "This year"), ("earlier", "往年", "Earlier years"))


class Owing(NamedTuple):
    """A charge, and for how many days it has been due at the as-of."""

    id: str
    place: Place
    fee: Fee
    item: str
    month: str
    days: int
    year: str  # whether its month is of the year of the as-of, as a code of ``YEARS``

    @property
    def bucket(self) -> str:
        """How old it is."""
        return bucket_of(self.days)


class Moved(NamedTuple):
    """One flow of a payment, which came at ``paid``. ``method``: how that came, or how a refund went back."""

    id: str
    place: Place
    flow: Flow
    paid: datetime
    item: str | None
    method: str | None


class Receipt(NamedTuple):
    """A payment of the period: by itself, and (``method`` None) once more for every item that it went to."""

    id: str
    place: Place
    item: str | None
    method: str | None


class Debtor(NamedTuple):
    """A tenant with arrears; of one item, or of whatever item where ``item`` is None."""

    id: str
    place: Place
    item: str | None


class Household(NamedTuple):
    """A tenant with the charges of the accounting month; of one item, or of all of them where ``item`` is None."""

    id: str
    place: Place
    item: str | None
    settled: bool


class Months(NamedTuple):
    """The accounting months ``first`` to ``last`` (``2026-10``) that rates are about, and the time they take together."""

    first: str
    last: str
    time: Period

    def holds(self, month: str) -> bool:
        """Whether a charge for that month is current in them."""
        return self.first <= month <= self.last


def months_of(win: Window) -> Months:
    """The accounting months that the rates of a window are about."""
    return _months(win.period)


@lru_cache(maxsize=64)  # asked for every charge by every rate
def _months(period: Period) -> Months:
    last = period if period.kind == "month" else period.calendar.containing("month", period.last)
    if period.kind == "range":
        first = period.calendar.containing("month", period.first)
        if (first.start, last.end) == (period.start, period.end):
            return Months(first.label, last.label, period)
    return Months(last.label, last.label, last)


def days_due(fee: Fee, today: date) -> int:
    """For how many days a charge has been due; negative before."""
    due: date | None = fee.data.due
    return (today - (due if due is not None else fee.at.date())).days


def subjects(cases: Sequence[Case[Fee]], win: Window) -> Sequence[Subject]:
    """The charges, the flows of the payments, the payments of the period, and the tenants: those with charges of the
    accounting months, and those in arrears."""
    today = win.as_of.astimezone(win.site.zone).date()
    months = months_of(win)
    found: list[Subject] = []
    of_tenant: dict[str, list[tuple[Case[Fee], str]]] = {}
    in_arrears: dict[str, dict[str | None, Debtor]] = {}
    for case in cases:
        fee = case.state
        if not fee.is_charge:
            found.extend(_payment(case, win))
            continue
        item, days = fee.data.item or "other", days_due(fee, today)
        found.append(Owing(case.id, case.place, fee, item, fee.month, days, "this" if fee.month[:4] >= months.last[:4] else "earlier"))
        tenant = str(fee.data.tenant)
        if months.holds(fee.month) and item != LATE_FEE:
            of_tenant.setdefault(tenant, []).append((case, item))
        if days > 0 and fee.outstanding:
            for of in (None, item):
                in_arrears.setdefault(tenant, {}).setdefault(of, Debtor(case.id, case.place, of))
    for several in of_tenant.values():
        found.append(_household([case for case, _ in several], None))
        items = dict.fromkeys(item for _, item in several)
        found.extend(_household([case for case, of in several if of == item], item) for item in items)
    for debtors in in_arrears.values():
        found.extend(debtors.values())
    return found


def _payment(case: Case[Fee], win: Window) -> Iterable[Subject]:
    """What a payment is judged as."""
    fee, method = case.state, case.state.data.method
    back = {entry.id: entry.data.method for entry in case.entries if entry.event == "refund"} if fee.refunded else {}
    for flow in fee.flows:
        yield Moved(case.id, case.place, flow, fee.at, flow.item, back.get(flow.entry, method))
    if win.holds(fee.at):
        yield Receipt(case.id, case.place, None, method)
        for item in dict.fromkeys(flow.item for flow in fee.flows if flow.kind == "pay" and flow.item):
            yield Receipt(case.id, case.place, item, None)


def _household(charges: Sequence[Case[Fee]], item: str | None) -> Household:
    """Its first unsettled charge stands for it, else its first."""
    unsettled = next((case for case in charges if case.state.outstanding), None)
    first = unsettled or charges[0]
    return Household(first.id, first.place, item, unsettled is None)


REGISTER = Register(
    "fee",
    (
        Dimension("item", Text("费项", "Fee item"), labels(ITEMS), lambda subject: subject.item),
        Dimension("bucket", Text("账龄", "Age"), labels(BUCKETS), lambda subject: getattr(subject, "bucket", None)),
        Dimension("year", Text("年份", "Year"), labels(YEARS), lambda subject: getattr(subject, "year", None)),
        Dimension("method", Text("方式", "Method"), labels(METHODS), lambda subject: getattr(subject, "method", None)),
    ),
    subjects=subjects, splits=("item",),
)  # fmt: skip


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, with two places."""
    return sum(amounts, ZERO)
