"""What goes wrong with the fees of the sample street, and what is out of the ordinary: told one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from svcctl.sample import people
from svcctl.sample.billing import Bill
from svcctl.sample.tenant_account import Act, TenantAccount, moment

ALL = ("property", "electricity", "waste")
CASH = ("手作糖画", "香片铺子", "阿满烧饼", "巧手裁缝", "早安豆浆", "贴纸研究所")  # who pay at the desk
DISPUTED = ("光影照相", "墨池书画")  # do not accept one of their bills, and so say each time what a payment is for

# Not paid in its month nor in the one after.
UNPAID = (
    ("糖豆写真", "2026-08", ALL), ("糖豆写真", "2026-09", ALL), ("糖豆写真", "2026-10", ALL),
    ("星河影咖", "2026-09", ("electricity", "waste")), ("星河影咖", "2026-10", ALL), ("星河影咖", "2026-11", ALL),
    ("九格棋院", "2026-10", ALL), ("九格棋院", "2026-11", ALL),
    ("墨池书画", "2026-11", ("property",)),
)  # fmt: skip
# Always a month behind, or once because of something.
BEHIND = (
    ("一盏桌游", "2026-08", ALL), ("一盏桌游", "2026-09", ALL), ("一盏桌游", "2026-11", ALL),
    ("星河影咖", "2026-08", ALL), ("溪语美发", "2026-09", ("property",)),
)  # fmt: skip
# Whose payments are told below, so that chance makes none of them late.
SETTLED = (
    "北屿咖啡", "渔家小馆", "小舟儿童乐园", "小满药房", "季风文化", "和田健身", "拾穗面包", "云栖茶记", "云上旗袍", "邻里洗衣",
    "喵屋宠物", "半亩茶室", "溪语美发", "光影照相", "糖豆写真", "星河影咖", "九格棋院", "一盏桌游", "墨池书画", *CASH,
)  # fmt: skip

PREPAID = (  # brand, when, yuan
    ("季风文化", "08-04 10:26", 48000), ("北屿咖啡", "08-06 14:12", 12000), ("小舟儿童乐园", "08-10 11:03", 13000),
    ("渔家小馆", "09-08 15:40", 25000), ("小满药房", "10-12 10:18", 5000),
)  # fmt: skip
OLD_DEBTS = (  # brand, when, the months that are paid
    ("渔家小馆", "08-07 10:44", ("2026-07",)), ("行囊箱包", "08-12 16:20", ("2026-07",)), ("一盏桌游", "08-18 11:25", ("2026-07",)),
    ("江畔烤鱼", "08-25 15:06", ("2026-06", "2026-07")), ("星河影咖", "09-12 19:31", ("2026-07",)),
)  # fmt: skip

# Before these, nothing is paid: a correction is waited for.
HOLD = {("喵屋宠物", "2026-10"): "10-12 10:24", ("云上旗袍", "2026-10"): "10-10 09:30", ("半亩茶室", "2026-11"): "11-07 15:40"}

Accounts = Mapping[str, TenantAccount]


def plan(accounts: Accounts) -> None:
    """Have it all happen. ``accounts`` are by brand."""
    for brand, when, yuan in PREPAID:
        accounts[brand].agenda.plan(moment(when), _prepay(accounts[brand], yuan * 100))
    for brand, when, months in OLD_DEBTS:
        accounts[brand].agenda.plan(moment(when), _old_debt(accounts[brand], months))
    _bounced_cheque(accounts["和田健身"])
    _keyed_wrong(accounts["拾穗面包"])
    _wrong_payer(accounts["云栖茶记"], accounts["云上旗袍"])
    _overpaid(accounts["邻里洗衣"])
    _designated(accounts["溪语美发"])
    _adjusted(accounts)
    _leaver(accounts["糖豆写真"])


def _prepay(account: TenantAccount, amount: int) -> Act:
    return lambda at: account.pay(at, amount, "bank", note="预存")


def _old_debt(account: TenantAccount, months: tuple[str, ...]) -> Act:
    def act(at: datetime) -> None:
        # What came in since went to the old bills first, so that it is newer ones that are open.
        old = account.owes(lambda b: b.month in months) or account.owes(lambda b: b.month <= "2026-08")
        account.pay(at, old, note="补缴前期欠费")

    return act


def _of(account: TenantAccount, month: str, item: str) -> list[str]:
    """The bills of an item and month."""

    def wanted(bill: Bill) -> bool:
        return (bill.month, bill.item) == (month, item)

    return account.open_bills(wanted)


def _bounced_cheque(account: TenantAccount) -> None:
    """A cheque comes back five days later; then the money comes by bank."""
    name, amount = "cheque", [0]

    def paid(at: datetime) -> None:
        amount[0] = account.owes(lambda b: b.month == "2026-09")
        account.pay(at, amount[0], "cheque", name)

    account.agenda.plan(moment("09-03 15:22"), paid)
    account.agenda.plan(moment("09-08 10:35"), lambda at: account.reverse(at, name, "bounced", "退票通知 2026-0908"))
    account.agenda.plan(moment("09-08 10:50"), lambda at: account.pay(at, amount[0], "bank", note="退票后改银行转账"))


def _keyed_wrong(account: TenantAccount) -> None:
    """Two digits are exchanged, and it is seen the same afternoon."""
    name = "keyed wrong"

    def due() -> int:
        return account.owes(lambda b: b.month == "2026-08" and b.item != "electricity")

    account.agenda.plan(moment("08-03 14:08"), lambda at: account.pay(at, due() + 9000, "wechat", name))
    account.agenda.plan(moment("08-03 16:31"), lambda at: account.reverse(at, name, "keyed_wrong"))
    account.agenda.plan(moment("08-03 16:38"), lambda at: account.pay(at, due(), "wechat"))


def _wrong_payer(booked: TenantAccount, payer: TenantAccount) -> None:
    """A transfer is booked to a tenant of a similar name."""
    name = "wrong payer"

    def due() -> int:
        return payer.owes(lambda b: b.month == "2026-10")

    payer.agenda.plan(moment("10-09 10:20"), lambda at: booked.pay(at, due(), "bank", name))
    payer.agenda.plan(moment("10-09 16:05"), lambda at: booked.reverse(at, name, "wrong_payer"))
    payer.agenda.plan(moment("10-09 16:12"), lambda at: payer.pay(at, due(), "bank", note="上午误记在云栖茶记名下"))


def _overpaid(account: TenantAccount) -> None:
    """Six hundred too much, of which the tenant wants most back."""
    name = "overpaid"

    def paid(at: datetime) -> None:
        account.pay(at, account.owes(lambda b: b.month == "2026-09") + 60000, "bank", name, note="转账多付600元")

    account.agenda.plan(moment("09-10 09:47"), paid)
    account.agenda.plan(moment("09-17 14:30"), lambda at: account.refund(at, name, 50000, "bank", "转账多付，商户要求退回500元，余下留作预存"))


def _designated(account: TenantAccount) -> None:
    """Pays the electricity, and says so: the property fee it wants to talk about first."""

    def paid(at: datetime) -> None:
        bills = _of(account, "2026-09", "electricity")
        account.pay(at, account.owes(lambda b: b.name in bills), to=bills, note="商户指定只缴电费，物业费待核对")

    account.agenda.plan(moment("09-05 11:16"), paid)


def _adjusted(accounts: Accounts) -> None:
    """Corrections and waivers."""

    def have(brand: str, when: str, month: str, item: str, kind: str, amount: int, reason: str, by: str, doc: str = "") -> None:
        account = accounts[brand]

        def act(at: datetime) -> None:
            for bill in _of(account, month, item)[:1]:
                account.adjust(at, bill, kind, amount, reason, by, doc)

        account.agenda.plan(moment(when), act)

    for minute, brand in enumerate(("冰岛甜筒", "纸鸢饰品", "鲜榨站")):
        have(brand, f"08-03 11:{15 + 4 * minute}", "2026-08", "venue_rent", "waiver", 9000, "台风停业一天，减免当日场地费", people.MANAGER)
    have("江畔烤鱼", "09-02 10:40", "2026-09", "waste", "correction", 12000, "清运次数多计，按实际次数更正", people.HEAD, "清运签单9月")
    have("喵屋宠物", "10-09 15:52", "2026-10", "electricity", "correction", 22840, "9月互感器倍率录错多计，本月冲减", people.HEAD, "互感器检测报告")
    have("知麦文具", "11-03 09:50", "2026-11", "electricity", "correction", 4326, "抄表尾数录错", people.HEAD, "复抄照片")
    have("半亩茶室", "11-06 11:20", "2026-11", "property", "waiver", 10506, "楼上漏水停业三天，减免物业费", people.MANAGER)


def _leaver(account: TenantAccount) -> None:
    """Pays a little now and then, leaves in the middle of October, and the rest is written off."""
    for when, amount in (("08-20 17:12", 200000), ("09-18 16:40", 150000), ("10-14 15:05", 300000)):
        account.agenda.plan(moment(when), _some(account, amount))
    account.agenda.plan(moment("10-30 16:10"), lambda at: account.write_off(at, "商户已退场，押金抵扣后无法追回"))


def _some(account: TenantAccount, amount: int) -> Act:
    return lambda at: account.pay(at, amount, "wechat", note="部分缴纳")
