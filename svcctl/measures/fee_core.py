"""The core measures of fees (DOMAIN 3.9, with the readings of CONTRACT 6).

The rates are those of accounting months: a month's own, those of a range of whole months (year to date, M-FEE-04), of
any other period the one that holds its last day.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from svcctl.ledger import Window
from svcctl.measures.declare import ELSEWHERE, Verdict, excluded
from svcctl.measures.fee_subjects import REGISTER, ZERO, Household, Moved, Owing, months_of, total
from svcctl.nouns.fee import CORRECTION, WAIVER
from svcctl.nouns.fee_account import LATE_FEE
from svcctl.texts import Text

APART = Text("违约金另计", "late fees are counted apart")


def money(amount: Decimal) -> Verdict:
    """An amount; nothing where it is none."""
    return Verdict(amount) if amount else ELSEWHERE


@REGISTER.measure(
    "billed", "M-FEE-01",
    Text("应收", "Billed"),
    Text("期内登记的应收金额合计，不减更正和减免", "the amounts of the charges made in the period, gross of corrections and waivers"),
    unit="money",
    numerator=Text("发生时间在期内的应收", "charges whose time lies in the period"),
)  # fmt: skip
def billed(subject: Any, win: Window) -> Verdict:
    """Whatever month they are for."""
    return money(subject.fee.data.amount or ZERO) if isinstance(subject, Owing) and win.holds(subject.fee.at) else ELSEWHERE


@REGISTER.measure(
    "received", "M-FEE-13",
    Text("实收", "Received"),
    Text("期内收款 − 冲正 − 退款；按费项分时为期内生效的核销（含预存冲抵）",
         "payments − reversals − refunds in the period; by item, the allocations effective in it, applied credit too"),
    unit="money", good="up",
    numerator=Text("期内的收款，减去期内的冲正和退款", "payments in the period less what was reversed and refunded in it"),
    exclusions=Text("预存冲抵不是收款，只在费项之间计入", "applied credit is no receipt; it only counts among the items"),
)  # fmt: skip
def received(subject: Any, win: Window) -> Verdict:
    """Credit is in the total and has no item; applying it moves money from there to items."""
    return Verdict(subject.flow.amount) if isinstance(subject, Moved) and win.holds(subject.flow.at) else ELSEWHERE


def _current(subject: Owing) -> Verdict:
    """A charge of the accounting month: allocated at the as-of ÷ amount less corrections."""
    whole = (subject.fee.data.amount or ZERO) - subject.fee.cut(CORRECTION)
    return Verdict(subject.fee.allocated or None, whole)


def _arrears(subject: Owing, win: Window) -> Verdict:
    """A charge of an earlier month: allocated in the month ÷ outstanding when it began, less corrections in it."""
    fee, month = subject.fee, months_of(win).time  # what lies after the as-of is in no flow
    start = month.start
    if fee.at >= start:
        return ELSEWHERE  # made in the month: in neither part
    before = total(f.amount for f in fee.flows if f.at < start) + total(c.amount for c in fee.cuts if c.at < start)
    corrected = total(c.amount for c in fee.cuts if c.kind == CORRECTION and month.holds(c.at))
    num = total(f.amount for f in fee.flows if month.holds(f.at))
    den = (fee.data.amount or ZERO) - before - corrected
    return Verdict(num or None, den or None)


def _rated(subject: Any, win: Window, current: bool, arrears: bool) -> Verdict:
    if not isinstance(subject, Owing):
        return ELSEWHERE
    months = months_of(win)
    if months.holds(subject.month) and current:
        verdict = _current(subject)
    elif subject.month < months.first and arrears:
        verdict = _arrears(subject, win)
    else:
        return ELSEWHERE
    late = subject.item == LATE_FEE and verdict != ELSEWHERE
    return excluded(APART) if late else verdict


@REGISTER.measure(
    "collection_rate", "M-FEE-01",
    Text("当期收缴率", "Current collection rate"),
    Text("所属本月的应收中截至日已核销的 ÷ 这些应收减更正（减免、核销坏账不减）",
         "allocated by the as-of to the charges of the month ÷ their amounts less corrections (not less waivers and write-offs)"),
    unit="rate", parts="money", good="up",
    numerator=Text("截至日对所属本月应收的核销净额，含预存冲抵，不论何时收款",
                   "net allocations by the as-of to charges of the accounting month, applied credit too, whenever the money came"),
    denominator=Text("所属本月的应收金额 − 截至日的更正", "amounts of the charges of the month − corrections by the as-of"),
    exclusions=Text("违约金", "late fees"),
)  # fmt: skip
def collection_rate(subject: Any, win: Window) -> Verdict:
    """Of the accounting month that holds the period's last day."""
    return _rated(subject, win, current=True, arrears=False)


@REGISTER.measure(
    "arrears_recovery_rate", "M-FEE-02",
    Text("清欠率", "Arrears recovered"),
    Text("本月内对以前月份应收的核销净额 ÷ 月初欠费减本月更正",
         "net allocations in the month to charges of earlier months ÷ what was outstanding when it began, less corrections in it"),
    unit="rate", parts="money", good="up",
    numerator=Text("本月内对所属以前月份的应收的核销；本月冲正的旧收款为负数",
                   "allocations in the month to charges of earlier months; reversals in it count negative"),
    denominator=Text("这些应收在月初的未缴额 − 本月更正", "what was outstanding of them when the month began − corrections in it"),
    exclusions=Text("违约金；本月才登记的以前月份应收", "late fees; charges for earlier months that were made in the month"),
)  # fmt: skip
def arrears_recovery_rate(subject: Any, win: Window) -> Verdict:
    """Of the accounting month that holds the period's last day."""
    return _rated(subject, win, current=False, arrears=True)


@REGISTER.measure(
    "combined_rate", "M-FEE-03",
    Text("综合收缴率", "Combined collection rate"),
    Text("（当期核销 + 清欠）÷（当期应收 + 月初欠费）", "numerators of the current rate and of arrears recovery ÷ their denominators"),
    unit="rate", parts="money", good="up",
    numerator=Text("当期收缴率和清欠率的分子之和", "the numerators of both"),
    denominator=Text("两者的分母之和", "the denominators of both"),
    exclusions=Text("违约金；本月才登记的以前月份应收", "late fees; charges for earlier months that were made in the month"),
)  # fmt: skip
def combined_rate(subject: Any, win: Window) -> Verdict:
    """Each charge is in one of the two."""
    return _rated(subject, win, current=True, arrears=True)


@REGISTER.measure(
    "household_rate", "M-FEE-05",
    Text("户数收缴率", "Households settled"),
    Text("本月应收全部结清的户数 ÷ 有本月应收的户数；按费项分时只看该费项的应收",
         "tenants whose charges of the month are all settled ÷ tenants with charges of the month; by item, those of that item only"),
    unit="rate", overlapping=True, good="up",
    numerator=Text("其中截至日全部结清的", "of them, those with nothing outstanding at the as-of"),
    denominator=Text("有所属本月应收的商户", "tenants with at least one charge of the accounting month"),
    exclusions=Text("违约金", "late fees"),
)  # fmt: skip
def household_rate(subject: Any, win: Window) -> Verdict:
    """A tenant counts once in the total, and once in the row of each item."""
    if not isinstance(subject, Household):
        return ELSEWHERE
    return Verdict(1 if subject.settled else None, 1, apart=subject.item is not None)


@REGISTER.measure(
    "advance", "M-FEE-06",
    Text("预收", "Received in advance"),
    Text("期内收到、截至日仍是预存或已核销到以后月份的金额",
         "of the money received in the period, what is free credit at the as-of or allocated to later months"),
    unit="money",
    numerator=Text("期内收款的预存余额和对以后月份的核销", "free credit of the period's payments, and what of them went to later months"),
)  # fmt: skip
def advance(subject: Any, win: Window) -> Verdict:
    """What is applied, refunded or reversed by the as-of is in it no more."""
    if not isinstance(subject, Moved) or not win.holds(subject.paid):
        return ELSEWHERE
    flow = subject.flow
    return Verdict(flow.amount) if flow.month is None or flow.month > months_of(win).last else ELSEWHERE


@REGISTER.measure(
    "waived", "M-FEE-07",
    Text("减免", "Waived"),
    Text("期内给予的减免合计", "waivers given in the period"),
    unit="money", good="down",
    numerator=Text("期内的减免", "waivers whose time lies in the period"),
    exclusions=Text("更正、核销坏账", "corrections and write-offs"),
)  # fmt: skip
def waived(subject: Any, win: Window) -> Verdict:
    """Whatever month the charge is for."""
    if not isinstance(subject, Owing):
        return ELSEWHERE
    return money(total(c.amount for c in subject.fee.cuts if c.kind == WAIVER and win.holds(c.at)))


@REGISTER.measure(
    "arrears", "M-FEE-08",
    Text("欠费余额", "Arrears"),
    Text("应缴日早于截至日的应收的未缴额", "what is outstanding of charges due before the as-of's day"),
    standing=True, unit="money", good="down",
    numerator=Text("截至日已逾期的未缴额", "outstanding at the as-of and past due"),
    exclusions=Text("未到期的", "what is not due yet"),
)  # fmt: skip
def arrears(subject: Any, win: Window) -> Verdict:
    """On the day it is due it is no arrears yet."""
    if not isinstance(subject, Owing) or subject.days <= 0:
        return ELSEWHERE
    return money(subject.fee.outstanding or ZERO)


@REGISTER.measure(
    "ageing", "M-FEE-09",
    Text("账龄", "Ageing"),
    Text("截至日全部未缴额，按逾期天数（截至日 − 应缴日）分档；各档之和等于合计",
         "all that is outstanding at the as-of, by the days since it was due; the rows come to the total"),
    standing=True, unit="money", splits=("bucket",),
    numerator=Text("截至日的未缴额，含未到期", "outstanding at the as-of, what is not due yet too"),
)  # fmt: skip
def ageing(subject: Any, win: Window) -> Verdict:
    """Payments after the as-of change nothing."""
    return money(subject.fee.outstanding or ZERO) if isinstance(subject, Owing) else ELSEWHERE
