"""What goes wrong at the till of the sample street, and what is out of the ordinary: told one by one. Amounts are in jiao."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Difference(NamedTuple):
    """A count that does not agree: by how much, and how it was settled when. ``settled`` empty: it is open."""

    shift: str
    day: date
    amount: int  # over if above 0, else short
    how: str = ""
    settled: str = ""  # ``MM-DD HH:MM``
    doc: str = ""
    note: str = ""


def _d(shift: str, day: str, amount: int, *more: str) -> Difference:
    return Difference(shift, date.fromisoformat(f"2026-{day}"), amount, *more)


DIFFERENCES = {
    (d.shift, d.day): d
    for d in (
        _d("B", "08-06", -160, "short_made_good", "08-07 15:40", "短款补款单 001", "找零多给一张十元、零钱六元"),
        _d("A", "08-17", 5, "over_paid_in", "08-18 09:50", "缴款单 0818"),
        _d("C", "08-28", -50, "short_made_good", "08-29 07:40", "短款补款单 002"),
        _d("B", "09-05", 500, "explained", "09-06 14:20", "停车漏录单 0905", "停车费一笔漏录，已补开票据"),
        _d("A", "09-12", -1000, "short_made_good", "09-16 11:10", "短款补款单 003", "对监控四天后确认多找一百元"),
        _d("B", "09-25", 200, "over_paid_in", "09-26 09:45", "缴款单 0926"),
        _d("A", "10-03", -100, "company_bears", "10-04 10:30", "情况说明 1004", "节日高峰收到一张残币，银行不收"),
        _d("C", "10-18", 10, "over_paid_in", "10-19 09:40", "缴款单 1019"),
        _d("B", "11-08", -200, "short_made_good", "11-09 15:35", "短款补款单 005"),
        _d("B", "11-22", 160),
    )
}
MISSING = {("B", date(2026, 8, 21)), ("C", date(2026, 10, 5))}  # nobody counted
CLOSED = ("B", date(2026, 8, 2))  # the typhoon: no trade, the till in the safe
CLOSED_WHY = "台风红色预警，全街停业"
CHECKS = {  # when, and by how much the till was wrong
    date(2026, 8, 19): ("11:20", 0), date(2026, 9, 10): ("19:15", 0), date(2026, 10, 22): ("11:05", -500), date(2026, 11, 12): ("10:40", 0),
}  # fmt: skip
CHECK_SETTLED = {date(2026, 10, 22): ("10-22 16:30", "短款补款单 004")}
LATE_REMITS = {  # takings of a day that were handed in late, and when
    date(2026, 8, 15): "08-16 14:20", date(2026, 9, 25): "09-26 11:10", date(2026, 10, 1): "10-02 16:45", date(2026, 10, 2): "10-03 17:05",
    date(2026, 11, 14): "11-15 10:25",
}  # fmt: skip
