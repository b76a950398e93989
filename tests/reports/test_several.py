"""Several sites in one report: sums over sums, each site by its own clock and rules, and nothing of one taken for the other's."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_desk import Desk, moment, template, week, written
from test_audience import everything, names_of

from svcctl.errors import Refused
from svcctl.measures.compare import compare_pooled, row_json
from svcctl.measures.engine import compute, half_up, ratio
from svcctl.measures.pool import Part, pooled
from svcctl.reports.audience import narrowed
from svcctl.reports.several_build import build_several
from svcctl.reports.several_json import several_json
from svcctl.texts import Text
from svcctl.xlsx.about import about
from svcctl.xlsx.book import render

ON_TIME, MINUTES, RECEIVED, REPLY = "repair.on_time_rate", "repair.minutes", "repair.received", "complaint.first_reply_minutes"
KINDS = ["complaint", "repair", "lost"]


def desk(name, first=0, **keys):
    """An empty desk; ``first`` is where its ids begin."""
    keys.setdefault("nouns", KINDS)
    made = Desk(**{"site": name, **keys})
    made.count = first
    return made


def repair(at_desk, at, minutes=None):
    """A repair due in a day, finished after so many minutes."""
    at = moment(at)
    record = at_desk.take("repair", at, unit="A-101", fault="灯不亮", reporter="王芳", contact="13800001234", party="property", due=at + timedelta(hours=24))
    if minutes is not None:
        at_desk.then(record, "dispatch", at, to="周师傅")
        at_desk.then(record, "finish", at + timedelta(minutes=minutes), result="fixed")
    return record


def complaint(at_desk, at, minutes):
    at = moment(at)
    record = at_desk.take("complaint", at, content="噪音", contact="13800001234", promised=at + timedelta(hours=24), target=at + timedelta(days=3))
    at_desk.then(record, "reply", at + timedelta(minutes=minutes), text="在办")


def parts(*desks, period="2026-11", kind="month", **cuts):
    return [Part(one, one.window(period, kind, **cuts)) for one in desks]


def two():
    """South: three repairs in November, two of them on time; North: one, on time. One each in October."""
    south, north = desk("南区", targets={ON_TIME: {"min": "0.9"}}), desk("北区", 500, targets={ON_TIME: {"min": "0.9"}})
    for at, minutes in (("10-05 09:00", 100), ("11-02 09:00", 60), ("11-03 09:00", 120), ("11-04 09:00", 3000)):
        repair(south, at, minutes)
    for at, minutes in (("10-06 09:00", 2000), ("11-05 09:00", 600)):
        repair(north, at, minutes)
    return south, north


def rows(*desks, ids=(RECEIVED, ON_TIME, MINUTES), **keys):
    return {row.id: row_json(row) for row in compare_pooled(parts(*desks, **keys), list(ids))}


# -- figures ----------------------------------------------------------------------------------------------------------


def test_a_rate_is_the_sum_of_numerators_by_that_of_denominators():
    found = pooled(parts(*two()), [RECEIVED, ON_TIME, MINUTES, "repair.received{party=property}", "repair.received{to=周师傅}"]).figures
    assert (found[ON_TIME].num, found[ON_TIME].den, found[ON_TIME].value) == (3, 4, Decimal("0.75"))  # not (2/3 + 1) / 2
    assert found[MINUTES].value == Decimal("945.0")  # 3780 / 4, not (1060 + 600) / 2
    assert found[RECEIVED].value == found["repair.received{party=property}"].value == found["repair.received{to=周师傅}"].value == 4


def test_bases_are_pooled_too_and_a_common_target_stays():
    found = rows(*two())
    assert (found[RECEIVED]["previous"], found[RECEIVED]["change"], found[RECEIVED]["base"]) == ("2", "100.0000", "ok")
    assert (found[ON_TIME]["previous"], found[ON_TIME]["change"]) == ("0.500000", "25.0000")
    assert (found[ON_TIME]["target"], found[ON_TIME]["met"]) == ("0.9", False)
    assert found[RECEIVED]["last_year"] is None


def test_without_a_base_at_one_site_there_is_none_of_all():
    south, _ = two()
    north = desk("北区", 500, targets={ON_TIME: {"min": "0.8"}})
    repair(north, "11-05 09:00", 600)
    found = rows(south, north)
    assert found[RECEIVED]["base"] == "none" and found[RECEIVED]["previous"] is None
    assert found[ON_TIME]["target"] is None and found[ON_TIME]["met"] is None, "two targets are none of both"
    later = desk("北区", 500, in_use_from={"repair": "2026-10-02"})
    repair(later, "10-06 09:00", 60)
    assert rows(south, later)[RECEIVED]["base"] == "none"
    assert rows(south)[RECEIVED]["base"] == "ok"


def test_a_site_that_does_not_use_a_noun_takes_no_part_in_it():
    south, _ = two()
    north = desk("北区", 500, nouns=["complaint"])
    repair(north, "11-05 09:00", 600)
    assert rows(south, north) == rows(south)


def test_of_one_site_the_figures_are_those_of_its_own_report():
    one = week()
    (part,) = parts(one)
    own = compute(one, part.win).figures
    assert pooled([part], own).figures == own


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 4000), max_size=5), min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_pooled_figures_follow_from_the_records_of_all(sites, rng):
    desks = []
    for n, minutes in enumerate(sites):
        one = desk(f"站{n}", n * 1000)
        for day, took in enumerate(minutes, 1):
            repair(one, f"11-{day:02} 09:00", took)
            complaint(one, f"11-{day:02} 09:00", took)
        desks.append(one)
    ids = [RECEIVED, ON_TIME, MINUTES, REPLY]
    found = pooled(parts(*desks), ids).figures
    own = [compute(one, part.win, ids).figures for one, part in zip(desks, parts(*desks), strict=True)]
    every = [Fraction(m) for minutes in sites for m in minutes]
    assert found[RECEIVED].value == sum(f[RECEIVED].value for f in own) == len(every)
    num, den = sum(f[ON_TIME].num for f in own), sum(f[ON_TIME].den for f in own)
    assert (found[ON_TIME].num, found[ON_TIME].den, found[ON_TIME].value) == (num, den, ratio(num, den, 6))
    assert found[REPLY].value == (half_up(median(every), 1) if every else None)
    assert found[MINUTES].value == (half_up(sum(every) / len(every), 1) if every else None)
    shuffled = rng.sample(desks, len(desks))
    assert pooled(parts(*shuffled), ids).figures == found


# -- the report -------------------------------------------------------------------------------------------------------


def told(*desks, name="monthly", lang="zh", audience=None, **keys):
    one = template(name) if isinstance(name, str) else name
    return several_json(parts(*desks, **keys), narrowed(one, audience) if audience else one, lang)


def made(*desks, name="monthly", lang="zh", audience=None, **keys):
    one = template(name) if isinstance(name, str) else name
    return build_several(parts(*desks, **keys), narrowed(one, audience) if audience else one, lang)


def test_the_shape_for_programs():
    data = told(*two())
    assert list(data) == ["schema", "site", "sites", "period", "measures", "tables", "warnings"]
    assert [one["site"] for one in data["sites"]] == ["南区", "北区"]
    assert data["period"] == data["sites"][1]["period"] and data["period"]["label"] == "2026-11"
    assert next(m for m in data["measures"] if m["id"] == ON_TIME) == {
        "id": ON_TIME, "value": "0.750000", "num": "3", "den": "4", "unit": "rate", "label_zh": "维修及时率", "label_en": "Repairs on time",
    }  # fmt: skip
    ids = [m["id"] for m in data["measures"]]
    assert "repair.received{party=property}" in ids and not any("{to=" in i for i in ids), "two sites' people are not one"
    assert "repair.received{to=周师傅}" in [m["id"] for m in data["sites"][0]["measures"]]
    tables = data["tables"]
    assert next(row for row in tables["sites"] if row["id"] == ON_TIME) == {"id": ON_TIME, "all": "0.750000", "by": {"南区": "0.666667", "北区": "1.000000"}}
    assert next(row for row in tables["compare"] if row["id"] == ON_TIME) == rows(*two())[ON_TIME]
    assert {check["site"] for check in tables["checks"]} == {"南区", "北区"} and all(check["ok"] for check in tables["checks"])
    assert data["warnings"] == []
    assert json.dumps(data, ensure_ascii=False)


def test_the_order_of_the_ledgers_changes_no_figure():
    south, north = two()
    one, other = told(south, north), told(north, south)
    assert (one["measures"], one["tables"]["compare"]) == (other["measures"], other["tables"]["compare"])
    assert made(south, north).meta["ledger_hash"] == made(north, south).meta["ledger_hash"]
    assert [site["site"] for site in other["sites"]] == ["北区", "南区"]


def test_the_sheets_and_what_stands_in_them():
    south, north = two()
    data = told(south, north)
    report = made(south, north)
    assert report.file_stem == "南区+1_monthly_2026-11" and report.site == "南区、北区" and report.title == "客服月报（2 站合并）"
    data_of = render(report)
    assert about(data_of, "x.xlsx").ledger_hash == report.meta["ledger_hash"], "it can be mailed"
    book = openpyxl.load_workbook(io.BytesIO(data_of))
    assert book.sheetnames == ["汇总", "各站并列", "指标对比", "南区", "北区", "校验", "口径", "图表数据"]
    lines = [[cell.value for cell in row] for row in book["各站并列"].iter_rows()]
    assert lines[3][:5] == ["板块", "指标", "全部站点", "南区", "北区"]
    assert next(line for line in lines if line[1] == "维修及时率")[2:5] == [0.75, 0.6667, 1]
    assert next(line for line in lines if line[1] == "报修量")[2:5] == [4, 3, 1]
    shown = {line[1] for line in lines[4:] if line[0]}
    assert len(shown) == len(data["tables"]["sites"])
    assert "统计区间 2026-11-01 至 2026-11-30（Asia/Shanghai） · 截至 2026-11-30 23:59:59" in [c.value for row in book["北区"].iter_rows() for c in row]
    assert len(book["汇总"]._charts) >= 1
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink:
                    assert cell.hyperlink.location.split("!")[0].strip("'") in book.sheetnames
    checks = [[cell.value for cell in row] for row in book["校验"].iter_rows()]
    assert {"南区 报修", "北区 投诉"} <= {line[0] for line in checks}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_entries_give_the_same_bytes(lang):
    south, north = two()
    first = render(made(south, north, lang=lang))
    assert render(made(south.shuffled(1), north.shuffled(2), lang=lang)) == first
    repair(north, "12-03 09:00", 60)  # after the as-of
    assert render(made(south, north, lang=lang)) == first
    repair(north, "11-20 09:00", 60)
    assert render(made(south, north, lang=lang)) != first


def test_what_needs_attention_is_in_the_order_of_urgency_with_its_site():
    south, north = two()
    ids = [repair(south, "11-20 09:00"), repair(north, "11-19 09:00"), repair(south, "11-18 09:00")]
    data = told(south, north)["tables"]["attention"]
    assert [(row["site"], row["id"]) for row in data] == [("南区", ids[2]), ("北区", ids[1]), ("南区", ids[0])]
    shown = made(south, north).sheets[0].attention
    assert [(row.place, row.what) for row in shown][1] == ("北区", "A-101：完工时限 11-20 09:00 已过：灯不亮")


def test_a_damaged_ledger_is_named_on_page_1():
    south, north = two()
    north.damage = [Text("repairs/2026-11.yaml:3: 坏了", "repairs/2026-11.yaml:3: broken")]
    report = made(south, north)
    assert len(report.warnings) == 1 and report.warnings[0].startswith("北区：台账有 1 处损坏") and report.meta["damaged"] == "1"
    sheet = next(sheet for sheet in report.sheets if sheet.key == "checks")
    assert next(s for s in sheet.sections if s.key == "damage").table.rows == [["北区", "repairs/2026-11.yaml:3: 坏了"]]
    assert [w for w in told(south, north)["warnings"] if w.startswith("北区：repairs/2026-11.yaml:3")]
    assert made(*two()).warnings == ()


def test_amounts_in_different_currencies_are_not_added_up():
    south, north = desk("南区", nouns=[*KINDS, "fee"]), desk("North", 500, nouns=[*KINDS, "fee"], currency="USD")
    with pytest.raises(Refused) as refused:
        made(south, north)
    assert "南区 CNY, North USD" in str(refused.value.got)
    made(south, north, audience="public")
    mine = written("svcctl: 1\nperiod: month\ntitle: 自己的\nsheets:\n  - show: compare\n    measures: [fee.household_rate]\n")
    ids = [m["id"] for m in told(south, north, name=mine)["measures"]]
    assert "fee.household_rate" in ids and not any(i.startswith(("fee.received", "fee.collection_rate")) for i in ids)
    assert made(south, desk("North", 500, currency="USD")).currency == "CNY", "who has no amounts has no currency"
    assert made(desk("North", 500, currency="USD"), south).currency == "CNY"


def test_sites_of_one_name_get_a_number_and_copies_are_noticed():
    data = told(desk("甲"), desk("甲"), desk("甲 (1)"), desk("乙"))
    assert [one["site"] for one in data["sites"]] == ["甲 (2)", "甲 (3)", "甲 (1)", "乙"]
    south, _ = two()
    twin, _ = two()
    assert made(south, twin).notices == ("南区 (1)、南区 (2)有 12 条编号相同的条目，像是同一本台账的副本：合在一起就重复计算了。",)
    assert not any("编号相同" in text for text in made(*two()).notices)


def test_each_site_has_its_own_days_and_it_is_said():
    south, _ = two()
    west = desk("West", 500, timezone="America/Chicago", month_start_day="26")
    repair(west, "10-27 09:00", 60)  # in West's November
    data = told(south, west)
    assert [one["period"]["from"] for one in data["sites"]] == ["2026-11-01", "2026-10-26"]
    assert next(row for row in data["tables"]["sites"] if row["id"] == RECEIVED)["by"] == {"南区": "3", "West": "1"}
    assert data["warnings"][0].startswith("各站的时区、日界或记账月不同")
    facts = {fact.label: fact.value for fact in made(south, west).facts}
    assert facts["统计区间"] == facts["截至"] == "各站自己的"


def test_what_one_site_does_not_record_is_said_and_a_dash():
    south, _ = two()
    north = desk("北区", 500, nouns=["complaint"])
    data = told(south, north)
    assert "北区不记报修、遗留物品，相应的数字只含其余站点。" in data["warnings"]
    assert next(row for row in data["tables"]["sites"] if row["id"] == RECEIVED) == {"id": RECEIVED, "all": "3", "by": {"南区": "3", "北区": None}}


@pytest.mark.parametrize("name", ["daily", "weekly", "monthly"])
def test_the_public_is_told_of_no_record_no_name_and_no_money(name):
    period, kind = {"daily": ("2026-11-18", "day"), "weekly": ("2026-W47", "week"), "monthly": ("2026-11", "month")}[name]
    south, north = week(site="南区"), week(site="北区")
    whole = everything(render(made(south, north, name=name, audience="public", period=period, kind=kind)))
    data = json.dumps(told(south, north, name=name, audience="public", period=period, kind=kind), ensure_ascii=False)
    everyone = everything(render(made(south, north, name=name, period=period, kind=kind)))
    looked_for = names_of(south)
    assert [one for one in looked_for if one in everyone]
    for text in (whole, data):
        assert [one for one in looked_for if one in text] == []
        assert "fee." not in text and "cash." not in text and "rework" not in text
        assert "南区" in text and "北区" in text


def test_a_template_without_page_1_and_comparison_has_both():
    mine = written("svcctl: 1\nperiod: month\ntitle: 自己的\nsheets:\n  - show: summary\n    figures: [repair.on_time_rate, repair.received]\n")
    report = made(*two(), name=mine)
    assert [sheet.key for sheet in report.sheets] == ["summary", "sites", "compare", "site_1", "site_2", "chart_data"]
    bare = written("svcctl: 1\nperiod: month\ntitle: 自己的\nsheets:\n  - show: compare\n    measures: [repair.*]\n")
    first = made(*two(), name=bare).sheets[0]
    assert [figure.measure_id for figure in first.figures][:2] == ["repair.received", "repair.finished"] and first.attention is None
