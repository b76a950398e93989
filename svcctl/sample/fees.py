"""How the tenants of the sample street pay: most in time, some a month late, a few hardly at all; and what goes wrong besides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count

from svcctl.sample import fee_stories, street
from svcctl.sample.billing import RUNS, Bill, bills
from svcctl.sample.chance import Chance
from svcctl.sample.fee_stories import BEHIND, CASH, DISPUTED, HOLD, UNPAID
from svcctl.sample.tenant_account import Agenda, TenantAccount, moment
from svcctl.sample.thread import Step

RATES = {"2026-08": 0.88, "2026-09": 0.926, "2026-10": 0.955, "2026-11": 0.94}  # collected by the end of the month
HOLIDAYS = (date(2026, 10, 1), date(2026, 10, 7))
AT_NIGHT, AT_WORK = ((9, 20), (9, 16))  # the hours at which money comes in, by whether it needs a bank
Late = dict[tuple[str, str], set[str]]  # by company and month: the items that are not paid in that month


def steps(seed: str, end: datetime) -> list[Step]:
    """Everything about fees that was recorded by ``end``; receipts are numbered in the order of the payments."""
    chance = Chance(f"{seed} fees")
    made = bills(seed)
    late = _late(made, chance)
    agenda = Agenda()
    accounts = {shop.company: TenantAccount(shop.company, chance, agenda) for shop in street.tenants()}
    till: set[datetime] = set()
    for company, account in accounts.items():
        mine = [b for b in made if b.company == company]
        _habits(account, mine, late, till)
    fee_stories.plan({s.brand: accounts[s.company] for s in street.SHOPS if s.company})
    agenda.happen(end)
    return _numbered(s for a in accounts.values() for s in a.steps)


def _late(made: Iterable[Bill], chance: Chance) -> Late:
    """What is not paid in its month: what the stories say, and as much again of others as the month's rate wants."""
    late: Late = {}
    brands = {s.brand: s.company for s in street.SHOPS if s.brand}
    for brand, month, items in (*UNPAID, *BEHIND):
        late.setdefault((brands[brand], month), set()).update(items)
    settled = {brands[b] for b in fee_stories.SETTLED}
    made = list(made)
    for month, rate in RATES.items():
        of_month = [b for b in made if b.month == month]
        left = sum(b.amount for b in of_month) * (1 - rate)
        left -= sum(b.amount for b in of_month if b.item in late.get((b.company, month), ()))
        others = [b for b in of_month if b.company not in settled and (b.company, month) not in late]
        while others and left > 20_000:
            bill = others.pop(int(chance.number() * len(others)))
            if bill.amount <= left:
                late.setdefault((bill.company, month), set()).add(bill.item)
                left -= sum(b.amount for b in of_month if b.company == bill.company and b.item == bill.item)
                others = [b for b in others if (b.company, b.item) != (bill.company, bill.item)]
    return late


def _habits(account: TenantAccount, mine: list[Bill], late: Late, till: set[datetime]) -> None:
    """Bills come, are paid in one go or in two, and what is late comes in the month after."""
    chance, brand = account.chance, next(s.brand for s in street.SHOPS if s.company == account.company)
    account.method = "cash" if brand in CASH else account.method
    for bill in mine:
        account.agenda.plan(bill.at, partial(account.bill, bill))
    for month, run in RUNS.items():
        if month != "2026-08":
            at = moment(run).replace(hour=9, minute=5, second=0) + timedelta(days=1, seconds=25 * int(account.number[2:]))
            account.agenda.plan(at, account.apply)
        missing = late.get((account.company, month), set())
        now = {b.item for b in mine if b.month == month} - missing
        ways = [now] if chance.yes(0.35) else [now & {"property", "venue_rent"}, now - {"property", "venue_rent"}]
        for number, items in enumerate(ways):
            days = ((11, 20) if chance.yes(0.9) else (21, 27)) if number else (4, 10) if chance.yes(0.85) else (11, 19)
            _pay(account, month, items, max(_when(month, days, account, till), moment(HOLD.get((brand, month), run))), brand)
        forever = {i for b, m, items in UNPAID if (b, m) == (brand, month) for i in items}
        _pay(account, month, missing - forever, _when(_next(month), (5, 26), account, till), brand)


def _pay(account: TenantAccount, month: str, items: set[str], at: datetime, brand: str) -> None:
    """Have what is open of some items of a month paid; in cash it is a round sum."""

    def wanted(bill: Bill) -> bool:
        return bill.month == month and bill.item in items

    def act(at: datetime) -> None:
        to = account.open_bills(wanted) if brand in DISPUTED else ()
        # What is paid is what these items came to, though it goes to older ones first.
        amount = account.owes(wanted) if to else min(account.billed(wanted), account.owes(lambda _: True))
        if amount:
            account.pay(at, -(-amount // 1000) * 1000 if account.method == "cash" else amount, to=to)

    if items:
        account.agenda.plan(at, act)


def _when(month: str, days: tuple[int, int], account: TenantAccount, till: set[datetime]) -> datetime:
    """A moment on one of these days of a month at which money can come in; no two are at the till in one minute."""
    chance = account.chance
    day = date.fromisoformat(f"{month}-{chance.between(*days):02}")
    banked = account.method in ("bank", "cheque")
    while banked and (day.weekday() > 4 or HOLIDAYS[0] <= day <= HOLIDAYS[1]):
        day += timedelta(days=1)
    hour = chance.between(*(AT_WORK if banked else AT_NIGHT))
    at = moment(f"{day:%m-%d} {hour:02}:{chance.between(0, 59):02}") + timedelta(seconds=chance.between(0, 59))
    if account.method == "cash":
        if at.hour in (14, 15):  # not while the till is handed over
            at = at.replace(hour=13)
        while at.replace(second=0) in till:
            at += timedelta(minutes=3)
        till.add(at.replace(second=0))
    return at


def _next(month: str) -> str:
    return f"2026-{int(month[5:]) + 1:02}"


def _numbered(made: Iterable[Step]) -> list[Step]:
    """In the order in which they were recorded, each payment with the number of its receipt."""
    ordered = sorted(made, key=lambda s: (s.recorded, s.matter))
    receipts = (f"SJ26-{number:04}" for number in count(1))
    return [s._replace(values={**s.values, "receipt": next(receipts)}) if s.event == "pay" else s for s in ordered]
