"""What came in and went back, and how what is owed moved from the start of a period to its end (DOMAIN 3.10).

Received = paid − reversed − refunded. Outstanding at the end = at the start + billed − allocated − corrected − waived −
written off; both tie in total and by item.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from svcctl.ledger import Window
from svcctl.measures.declare import COUNTED, ELSEWHERE, Verdict, excluded
from svcctl.measures.fee_core import APART, money
from svcctl.measures.fee_subjects import REGISTER, ZERO, Debtor, Moved, Owing, Receipt, months_of, total
from svcctl.nouns.fee import CORRECTION, WRITEOFF
from svcctl.nouns.fee_account import LATE_FEE, Fee
from svcctl.texts import Text

SECOND = timedelta(seconds=1)

# -- what became of charges -------------------------------------------------------------------------------------------


def _cut(subject: Any, win: Window, kind: str) -> Verdict:
    if not isinstance(subject, Owing) or not subject.fee.cuts:
        return ELSEWHERE
    return money(total(c.amount for c in subject.fee.cuts if c.kind == kind and win.holds(c.at)))


@REGISTER.measure(
    "corrected", "M-FEE-01",
    Text("更正", "Corrected"),
    Text("期内的应收差错更正合计（调减）", "corrections of charges made in the period, by which they became less"),
    unit="money",
    numerator=Text("期内的更正", "corrections whose time lies in the period"),
    exclusions=Text("减免、核销坏账", "waivers and write-offs"),
)  # fmt: skip
def corrected(subject: Any, win: Window) -> Verdict:
    """Whatever month the charge is for."""
    return _cut(subject, win, CORRECTION)


@REGISTER.measure(
    "written_off", "M-FEE-08",
    Text("核销坏账", "Written off"),
    Text("期内核销的坏账合计", "bad debts written off in the period"),
    unit="money", good="down",
    numerator=Text("期内的坏账核销", "write-offs whose time lies in the period"),
    exclusions=Text("更正、减免", "corrections and waivers"),
)  # fmt: skip
def written_off(subject: Any, win: Window) -> Verdict:
    """Whatever month the charge is for."""
    return _cut(subject, win, WRITEOFF)


@REGISTER.measure(
    "allocated", "M-FEE-08",
    Text("核销净额", "Allocated"),
    Text("期内对应收的核销净额：收款核销 + 预存冲抵 − 冲正退回", "net allocations to charges in the period: of payments and of credit, less what reversals took back"),
    unit="money", good="up",
    numerator=Text("期内生效的核销；冲正为负数", "allocations effective in the period; reversals count negative"),
    exclusions=Text("预存的增减", "changes of free credit"),
)  # fmt: skip
def allocated(subject: Any, win: Window) -> Verdict:
    """By item it is what ``received`` is by item; there is no row for credit."""
    if not isinstance(subject, Moved) or subject.item is None or not win.holds(subject.flow.at):
        return ELSEWHERE
    return Verdict(subject.flow.amount)


def _owed(fee: Fee, moment: datetime) -> Decimal:
    """What was outstanding of a charge just before a moment."""
    if fee.at >= moment:
        return ZERO
    return (fee.data.amount or ZERO) - total(f.amount for f in fee.flows if f.at < moment) - total(c.amount for c in fee.cuts if c.at < moment)


@REGISTER.measure(
    "opening", "M-FEE-08",
    Text("期初未缴", "Outstanding at the start"),
    Text("期初（第一秒之前）全部应收的未缴额，含未到期", "all that was outstanding just before the period began, what was not due yet too"),
    standing=True, unit="money", good="down",
    numerator=Text("期初以前的应收在期初的未缴额", "of charges made before the period, what was outstanding when it began"),
)  # fmt: skip
def opening(subject: Any, win: Window) -> Verdict:
    """What was handed over from the period before."""
    return money(_owed(subject.fee, win.start)) if isinstance(subject, Owing) else ELSEWHERE


@REGISTER.measure(
    "outstanding", "M-FEE-08",
    Text("期末未缴", "Outstanding at the end"),
    Text("期末未缴 = 期初未缴 + 应收 − 核销净额 − 更正 − 减免 − 核销坏账；截至日早于期末时为截至日，含未到期",
         "outstanding at the end = at the start + billed − allocated − corrected − waived − written off; at the as-of, if that is earlier; what is not due yet too"),
    standing=True, unit="money", good="down", splits=("item", "year"),
    numerator=Text("期末（或更早的截至日）全部应收的未缴额", "all that is outstanding at the period's end, or at the as-of if that is earlier"),
)  # fmt: skip
def outstanding(subject: Any, win: Window) -> Verdict:
    """After everything that happened in the last second."""
    if not isinstance(subject, Owing):
        return ELSEWHERE
    return money((subject.fee.outstanding or ZERO) if win.as_of <= win.cut else _owed(subject.fee, win.cut + SECOND))


@REGISTER.measure(
    "current_unpaid", "M-FEE-01",
    Text("当期欠费", "Current unpaid"),
    Text("所属本月的应收在截至日的未缴额 = 当期应收 − 当期实收 − 其减免和坏账",
         "outstanding at the as-of of the charges of the month = due − collected − what of them was waived or written off"),
    standing=True, unit="money", good="down",
    numerator=Text("所属本月的应收截至日的未缴额，到期与否都在内", "of the charges of the accounting month, what is outstanding at the as-of, due or not"),
    exclusions=Text("违约金", "late fees"),
)  # fmt: skip
def current_unpaid(subject: Any, win: Window) -> Verdict:
    """Of the accounting month that holds the period's last day."""
    if not isinstance(subject, Owing) or not subject.fee.outstanding or not months_of(win).holds(subject.month):
        return ELSEWHERE
    return excluded(APART) if subject.item == LATE_FEE else money(subject.fee.outstanding)


@REGISTER.measure(
    "debtors", "M-FEE-08",
    Text("欠费户数", "Tenants in arrears"),
    Text("截至日有逾期未缴应收的商户数；按费项分时每个费项各计一次", "tenants with something past due at the as-of; once in the row of each item"),
    standing=True, overlapping=True, unit="count", good="down",
    numerator=Text("截至日有应缴日已过、还没缴清的应收的商户", "tenants with a charge that is past due and outstanding at the as-of"),
)  # fmt: skip
def debtors(subject: Any, win: Window) -> Verdict:
    """A tenant counts once in the total."""
    return Verdict(1, apart=subject.item is not None) if isinstance(subject, Debtor) else ELSEWHERE


# -- what came in, and went back --------------------------------------------------------------------------------------


def _flow(subject: Any, win: Window, kind: str, sign: int) -> Verdict:
    """A flow of that kind in the period."""
    if not isinstance(subject, Moved) or subject.flow.kind != kind or not win.holds(subject.flow.at):
        return ELSEWHERE
    return Verdict(sign * subject.flow.amount)


@REGISTER.measure(
    "paid", "M-FEE-13",
    Text("收款", "Paid"),
    Text("期内收款合计，不减冲正和退款；按费项分时为收款当时的核销", "payments in the period, gross of reversals and refunds; by item, what went to it when it was paid"),
    unit="money", splits=("item", "method"),
    numerator=Text("期内的收款", "payments whose time lies in the period"),
    exclusions=Text("预存冲抵不是收款", "applied credit is no payment"),
)  # fmt: skip
def paid(subject: Any, win: Window) -> Verdict:
    """Paid − reversed − refunded is what was received."""
    return _flow(subject, win, "pay", 1)


@REGISTER.measure(
    "receipts", "M-FEE-13",
    Text("收款笔数", "Payments"),
    Text("期内收款笔数；按费项分时一笔缴了几项就各计一次", "payments in the period; by item, one that went to several counts in the row of each"),
    unit="count", overlapping=True, splits=("item", "method"),
    numerator=Text("期内的收款，每笔一次，后来冲正的也在内", "payments whose time lies in the period, each once, those reversed later too"),
)  # fmt: skip
def receipts(subject: Any, win: Window) -> Verdict:
    """A payment counts once in the total and once by its method."""
    if not isinstance(subject, Receipt):
        return ELSEWHERE
    return COUNTED if subject.item is None else Verdict(1, apart=True)


@REGISTER.measure(
    "reversed", "M-FEE-13",
    Text("冲正", "Reversed"),
    Text("期内冲正的收款合计，不论何时收的；按费项分时为从该费项退回的核销", "payments reversed in the period, whenever they came; by item, what was taken back from it"),
    unit="money", good="down", splits=("item", "method"),
    numerator=Text("期内冲正的整笔收款", "whole payments whose reversal lies in the period"),
)  # fmt: skip
def reversed_(subject: Any, win: Window) -> Verdict:
    """As a positive amount."""
    return _flow(subject, win, "reverse", -1)


@REGISTER.measure(
    "refunded", "M-FEE-13",
    Text("退款", "Refunded"),
    Text("期内从预存退还的金额，按退款方式分", "what was paid back from credit in the period, by the way it went back"),
    unit="money", splits=("item", "method"),
    numerator=Text("期内的退款", "refunds whose time lies in the period"),
)  # fmt: skip
def refunded(subject: Any, win: Window) -> Verdict:
    """As a positive amount; it comes from credit, which is of no item."""
    return _flow(subject, win, "refund", -1)


@REGISTER.measure(
    "applied", "M-FEE-13",
    Text("预存冲抵", "Credit applied"),
    Text("期内用预存冲抵的应收", "credit that was used for charges in the period"),
    unit="money",
    numerator=Text("期内预存对应收的核销", "allocations of credit to charges in the period"),
)  # fmt: skip
def applied(subject: Any, win: Window) -> Verdict:
    """No money comes in with it."""
    return ELSEWHERE if getattr(subject, "item", None) is None else _flow(subject, win, "apply", 1)


@REGISTER.measure(
    "received_in_month", "M-FEE-13",
    Text("本月累计实收", "Received, month so far"),
    Text("本月一日起到截至日的实收：收款 − 冲正 − 退款；按费项分时为核销净额", "payments − reversals − refunds from the first day of the month to the as-of; by item, net allocations"),
    standing=True, unit="money", good="up",
    numerator=Text("期间最后一天所在会计月内、不晚于截至日的收款、冲正和退款", "payments, reversals and refunds of the accounting month that holds the period's last day, up to the as-of"),
)  # fmt: skip
def received_in_month(subject: Any, win: Window) -> Verdict:
    """What lies after the as-of is in no flow."""
    if not isinstance(subject, Moved) or not months_of(win).time.holds(subject.flow.at):
        return ELSEWHERE
    return Verdict(subject.flow.amount)
