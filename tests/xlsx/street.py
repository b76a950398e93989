"""A fictional shopping street's month, as a report: what the tests of workbooks render."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from svcctl.reports.model import (
    AttentionRow,
    Change,
    Chart,
    Check,
    ChecksSheet,
    Column,
    CompareSheet,
    Definition,
    DefinitionsSheet,
    Fact,
    Figure,
    Flag,
    Link,
    Report,
    Section,
    Series,
    SummarySheet,
    Table,
    TableSheet,
)

D = Decimal
CST = timezone(timedelta(hours=8))
STAMP = datetime(2025, 10, 31, 23, 59, 59, tzinfo=CST)

ZH_CATEGORIES = ["噪音扰民", "环境卫生", "停车秩序", "设施故障", "服务态度", "油烟异味"]
EN_CATEGORIES = ["Noise", "Cleanliness", "Parking", "Facilities", "Staff manner", "Fumes"]
ZH_FAULTS = [
    "卫生间灯不亮", "卷帘门卡住，无法完全落下", "空调漏水，已滴到货架", "二楼扶梯异响", "门口地砖松动，顾客绊倒过一次，请尽快",
    "排烟罩电机跳闸", "消防栓箱玻璃破裂", "水表间渗水",
]  # fmt: skip
EN_FAULTS = [
    "Lavatory light out", "Roller shutter stuck half way", "Air conditioner leaks onto the shelves", "Escalator noise, floor 2",
    "Loose paving at the door; a customer has tripped once, please hurry", "Extractor motor trips", "Hydrant glass broken",
    "Seepage in the meter room",
]  # fmt: skip
STAFF = ["李敏", "王海涛", "陈静", "赵国强"]


def figures(zh: bool) -> tuple[Figure, ...]:
    def t(a: str, b: str) -> str:
        return a if zh else b

    cmp, rep = t("投诉", "Complaints"), t("报修", "Repairs")
    pct = "percent"
    return (
        Figure("complaint.received", t("投诉受理量", "Complaints received"), 43, "count", 38, Change(D("13.157895"), "percent"),
               "down", group=cmp, last_year=51, yoy=Change(D("-15.686"), "percent")),
        Figure("complaint.promise_kept_rate", t("首次回复承诺兑现率", "Reply promise kept"), D("0.931818"), "rate", D("0.95"),
               Change(D("-1.8182"), "points"), "up", D("0.95"), "min", False, cmp, D("0.9"), Change(D("3.1818"), "points")),
        Figure("complaint.completion_rate", t("投诉办结率", "Complaint completion"), D("0.999999"), "rate", D("0.79"),
               Change(D("20.9999"), "points"), "up", D("0.85"), "min", True, cmp, None, Change(None, "points", "none")),
        Figure("complaint.first_reply_minutes", t("首次回复时长中位数", "First reply, median"), D("26.55"), "minutes", D("38.4"),
               Change(D("-30.86"), "percent"), "down", D("30"), "max", True, cmp, D("41.2"), Change(D("-35.6"), "percent")),
        Figure("repair.received", t("报修受理量", "Repairs received"), 1297, "count", 1304, Change(D("-0.5368"), "percent"), None,
               group=rep, last_year=0, yoy=Change(None, "percent", "zero")),
        Figure("repair.on_time_rate", t("报修及时完成率", "Repairs on time"), D("0.784"), "rate", D("0.81"),
               Change(D("-2.6"), "points"), "up", D("0.9"), "min", False, rep, D("0.70"), Change(D("8.4"), "points")),
        Figure("repair.minutes", t("报修平均历时", "Repair time, mean"), D("1834.25"), "minutes", None, None, "down", group=rep),
        Figure("fee.received", t("收费总额", "Fees received"), D("1283738.04"), "money", D("1178214.50"), Change(D("8.9562"), pct),
               "up", D("1200000"), "min", True, t("收费", "Fees"), D("0"), Change(None, "percent", "zero")),
    )


def repairs(zh: bool, n: int, long: bool) -> Table:
    rng = random.Random(7)
    rows: list[list[Any]] = []
    ids = []
    start = datetime(2025, 10, 1, 8, 5, tzinfo=CST)
    for i in range(n):
        at = start + timedelta(minutes=rng.randrange(0, 30 * 24 * 60))
        record = f"rp-{rng.getrandbits(40):010x}"[:13]
        late, done = rng.random() < 0.2, rng.random() < 0.85
        fault = rng.choice(ZH_FAULTS if zh else EN_FAULTS)
        if long and i % 5 == 0:
            fault = (fault + ("，" if zh else "; ")) * 30
        flag = Flag("逾期" if zh else "late", "alert") if late else Flag("按时" if zh else "on time", "good")
        minutes = D(rng.randrange(20, 4000)) / 2 if done else None
        state = ("已完成" if zh else "finished") if done else ("处理中" if zh else "in progress")
        ids.append(record)
        rows.append([record, at, f"{rng.choice('ABC')}-{rng.randrange(1, 3)}{rng.randrange(1, 30):02}",
                     rng.choice(("水电", "暖通", "木工") if zh else ("plumbing", "HVAC", "carpentry")), fault,
                     rng.choice(STAFF), "王*", "0" * (i == 3) + f"138****{rng.randrange(1000, 9999)}", state, flag,
                     minutes, D(rng.randrange(0, 90000)) / 100 if done else None])  # fmt: skip
    rows_ids = sorted(zip(rows, ids, strict=True), key=lambda p: p[0][1])
    heads = (("编号", "受理时间", "位置", "工种", "故障描述", "处理人", "报修人", "电话", "状态", "及时", "历时（分钟）", "材料费")
             if zh else ("ID", "Received", "Place", "Trade", "Fault", "Handled by", "Reporter", "Phone", "State", "Timely",
                         "Minutes", "Material"))
    kinds = ("id", "time", "id", "text", "text", "text", "text", "id", "text", "flag", "minutes", "money")
    columns = tuple(
        Column(f"c{i}", h, k, 0, "count" if i == 0 else "sum" if k in ("minutes", "money") else None, bar=k == "money")  # type: ignore[arg-type]
        for i, (h, k) in enumerate(zip(heads, kinds, strict=True))
    )
    return Table(columns, [r for r, _ in rows_ids], tuple(i for _, i in rows_ids))


def chart_data(zh: bool, empty: bool) -> TableSheet:
    rng = random.Random(3)
    z = 0 if empty else 1

    def t(a: str, b: str) -> str:
        return a if zh else b

    daily = Table((Column("day", t("日期", "Day")), Column("now", t("本期", "This period"), "int"),
                   Column("before", t("上期同日", "Previous"), "int")),
                  [[str(d), rng.randrange(20, 60) * z, rng.randrange(20, 60) * z] for d in range(1, 32)])  # fmt: skip
    by_cat = Table((Column("category", t("类别", "Category")), Column("n", t("件数", "Count"), "int", total="sum")),
                   [[c, (12 - i) * z] for i, c in enumerate(ZH_CATEGORIES if zh else EN_CATEGORIES)])  # fmt: skip
    states = Table((Column("state", t("状态", "State")), Column("n", t("单数", "Count"), "int", total="sum")),
                   [[s, n * z] for s, n in zip(("已完成", "处理中", "待料", "逾期") if zh else
                    ("finished", "in progress", "waiting", "late"), (76, 12, 4, 5), strict=True)])  # fmt: skip
    return TableSheet("chart_data", t("图表数据", "Chart data"), (
        Section("daily", daily, t("每日报修", "Repairs by day")),
        Section("categories", by_cat, t("投诉类别", "Complaints by category")),
        Section("states", states, t("报修状态", "Repairs by state")),
    ), t("汇总页图表所用的数字。", "The numbers behind the charts of the summary."), "data")  # fmt: skip


def definitions(zh: bool) -> DefinitionsSheet:
    return DefinitionsSheet("definitions", "口径" if zh else "Definitions", tuple(
        Definition(f.measure_id, f.label,
                   "期内受理并按首次承诺时限回复的件数 ÷ 期内承诺到期的件数" if zh else
                   "answered within the first promise ÷ promises that fell due in the period",
                   "首次非过渡性回复不晚于首次承诺" if zh else "first reply that is not interim, not after the promise",
                   "首次承诺在期内到期" if zh else "first promise due in the period",
                   "承诺到期前撤诉的；导入时标明“无承诺”的" if zh else "withdrawn before the promise ran out; imported without promise")
        for f in figures(zh)), "每个指标的编号、公式、分子分母与不计入的情形。" if zh else "What every measure counts.")  # fmt: skip


def report(lang: str = "zh", *, rows: int = 63, long: bool = False, damaged: bool = False) -> Report:
    zh = lang == "zh"
    empty = rows == 0

    def t(a: str, b: str) -> str:
        return a if zh else b

    table = repairs(zh, rows, long)
    complaints = Table((Column("id", t("编号", "ID"), "id", total="count"), Column("date", t("日期", "Date"), "date"),
                        Column("category", t("类别", "Category")), Column("what", t("内容", "Matter")),
                        Column("kept", t("兑现", "Kept"), "flag"), Column("repair", t("相关报修", "Repair"), "link")),
                       [[f"cp-{i:010}", date(2025, 10, 1 + i % 31), (ZH_CATEGORIES if zh else EN_CATEGORIES)[i % 6],
                         t("夜间施工噪音，请现场核实", "Building noise at night, please check on site"),
                         Flag(t("兑现", "kept"), "good") if i % 4 else Flag(t("未兑现", "broken"), "alert"),
                         Link(table.row_ids[i], "repairs", table.row_ids[i]) if i % 3 == 0 else None]
                        for i in range(min(rows, 43))], [f"cp-{i:010}" for i in range(min(rows, 43))])  # fmt: skip
    attention = [
        AttentionRow(str(r[0]), t("报修", "Repair"), r[1], r[2], str(r[4]), str(r[5]), D(29 - i) - D("0.25"), "repairs")
        for i, r in enumerate(table.rows[:17])
    ]
    chart = "chart_data"
    values = figures(zh)
    if empty:
        values = tuple(Figure(f.measure_id, f.label, 0 if f.unit == "count" else None, f.unit, f.previous, Change(D(-100), "percent") if f.unit == "count" else None, f.good, group=f.group) for f in values[:6])
    log = Table((Column("noun", t("板块", "Subject")), Column("month", t("月份", "Month"), "id"),
                 Column("entries", t("记录数", "Entries"), "int", total="sum"), Column("hash", t("校验码", "Hash"), "id")),
                [[t("投诉", "Complaints"), "2025-10", 161, "9c1f0e5ab7d24c60"], [t("报修", "Repairs"), "2025-10", 1297, "1a19bde390c17eb3"]])  # fmt: skip
    late = Table((Column("id", t("编号", "ID"), "id"), Column("why", t("原因", "Reason"))), [])
    return Report(
        title=t("客服月报", "Monthly service report"), period_title=t("2025年10月", "October 2025"), file_stem="s_monthly_2025-10",
        lang=lang, site=t("悦和里商业街", "Yueheli Street & Arcade"), zone="Asia/Shanghai", stamp=STAMP,
        facts=(Fact(t("统计区间", "Period"), "2025-10-01 – 2025-10-31"), Fact(t("时区", "Time zone"), "Asia/Shanghai"),
               Fact(t("截至", "As of"), "2025-10-31 23:59:59"), Fact(t("台账记录", "Entries"), "1,458"),
               Fact(t("校验", "Checks"), t("通过 2 / 不符 1", "2 passed / 1 failed"))),
        meta={"period": "2025-10", "as_of": STAMP.isoformat(), "ledger_hash": "7f83b1657ff1fc53", "version": "1.0"},
        warnings=(t("台账有损坏：repairs/2025-10.yaml:41 的一条记录未计入。请运行 svcctl check。",
                    "The ledger is damaged: an entry at repairs/2025-10.yaml:41 is left out. Run svcctl check."),) if damaged else (),
        notices=(t("本期没有记录；台账中最近一条记录在 2025-09-28。", "No entries in this period; the last one in the ledger is of 2025-09-28."),) if empty else (),
        sheets=(
            SummarySheet("summary", t("汇总", "Summary"), values, (
                Chart("column", t("每日报修（单）", "Repairs by day"), chart, "daily", "day", (Series("now"), Series("before", line=True))),
                Chart("bar", t("投诉类别（件）", "Complaints by category"), chart, "categories", "category", (Series("n"),)),
                Chart("doughnut", t("报修状态（单）", "Repairs by state"), chart, "states", "state", (Series("n"),)),
            ), attention),
            CompareSheet("compare", t("指标对比", "Comparison"), values, t("本期 2025-10；上期 2025-09；去年同期 2024-10。金额和件数的变化为百分比，比率的变化为百分点。",
                                                                       "This period 2025-10, previous 2025-09, last year 2024-10. Counts and amounts change in per cent, rates in points.")),
            TableSheet("complaints", t("投诉明细", "Complaints"), (Section("complaints", complaints),), t("期内受理的投诉。", "Complaints received in the period.")),
            TableSheet("repairs", t("报修明细", "Repairs"), (Section("repairs", table),),
                       t("期内受理的报修，按受理时间排列；历时为受理到首次完成，扣除暂停。", "Repairs received in the period by time of receipt; minutes from receipt to first finish, less pauses.")),
            ChecksSheet("checks", t("校验", "Checks"), (
                Check(t("报修", "Repairs"), t("期初未完 + 受理 − 完成 − 取消 = 期末未完", "open + received − finished − cancelled = open at the end"), 27, 27, True),
                Check(t("收费", "Fees"), t("收款 = 本期 + 欠费 + 预收 + 滞纳金", "receipts = current + arrears + advance + late fees"), D("1283738.04"), D("1283738.04"), True, "money"),
                Check(t("失物", "Lost"), t("期初 + 登记 − 归还 − 处置 = 在库", "opening + found − returned − disposed = in storage"), 12, 11, False, "count", t("请盘点库房", "count the store room")),
            ), (Section("entries", log, t("所用记录", "Entries used"), filter=False), Section("late", late, t("补录与更正", "Late entries")))),
            definitions(zh),
            chart_data(zh, empty),
        ),
    )  # fmt: skip
