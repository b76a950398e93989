"""A report for programs: the shape that is promised, and the same figures as in the workbook."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from report_desk import Desk, moment, street, template, week

from svcctl.reports.build import build
from svcctl.reports.to_json import as_json

W47 = ("2026-W47", "week")


def found(desk=None, name="weekly", period=W47, lang="zh", **cuts):
    desk = desk or week()
    return as_json(desk, template(name), desk.window(*period, **cuts), lang)


def test_the_head():
    data = found()
    assert list(data) == ["schema", "site", "period", "measures", "tables", "warnings"]
    assert data["schema"] == 1 and data["site"] == "悦和里商业街" and data["warnings"] == []
    assert data["period"] == {
        "kind": "week", "label": "2026-W47", "from": "2026-11-16", "to": "2026-11-22", "as_of": "2026-11-22T23:59:59+08:00",
    }  # fmt: skip
    assert found(name="monthly", period=("2026-11", "month"))["period"]["kind"] == "month"
    assert found(name="daily", period=("2026-11-18", "day"))["period"]["kind"] == "day"


def test_measures_are_a_flat_list_with_every_split_and_numbers_as_text():
    measures = {m["id"]: m for m in found()["measures"]}
    assert measures["complaint.promise_kept_rate"] == {
        "id": "complaint.promise_kept_rate", "value": "0.333333", "num": "1", "den": "3", "unit": "rate",
        "label_zh": "承诺答复兑现率", "label_en": "Promises kept",
    }  # fmt: skip
    assert measures["complaint.received"]["value"] == "4" and measures["complaint.received"]["num"] is None
    assert measures["repair.on_time_rate{party=tenant_self}"]["value"] is None
    assert measures["repair.minutes"]["value"] == "1125.0"
    assert measures["repair.received{to=周师傅}"]["value"] == "2"
    assert len(measures) == len(found()["measures"])


def test_the_comparison_has_the_promised_columns():
    rows = {r["id"]: r for r in found()["tables"]["compare"]}
    assert rows["complaint.received"] == {
        "id": "complaint.received", "value": "4", "previous": "2", "change": "100.0000", "change_unit": "percent",
        "last_year": None, "yoy": None, "target": None, "met": None, "base": "ok",
    }  # fmt: skip
    assert rows["complaint.promise_kept_rate"] == {
        "id": "complaint.promise_kept_rate", "value": "0.333333", "previous": "0.500000", "change": "-16.6667",
        "change_unit": "points", "last_year": None, "yoy": None, "target": "0.95", "met": False, "base": "ok",
    }  # fmt: skip
    assert rows["repair.finished"]["base"] == "zero" and rows["repair.finished"]["change"] is None
    assert all("{" not in name for name in rows)


def test_before_a_noun_was_in_use_nothing_is_compared():
    desk = week(in_use_from={"repair": "2026-11-16"})
    rows = {r["id"]: r for r in found(desk)["tables"]["compare"]}
    assert rows["repair.received"]["base"] == "none" and rows["repair.received"]["previous"] is None
    assert rows["complaint.received"]["base"] == "ok"


def test_last_year_s_period_is_compared_too():
    desk = street(moment("2025-11-10 00:00").date(), moment("2025-11-25 00:00").date(), a_month=60)
    desk.records |= week().records
    rows = {r["id"]: r for r in found(desk)["tables"]["compare"]}
    received = rows["complaint.received"]
    count = sum(
        moment("2025-11-17 00:00") <= es[0].at < moment("2025-11-24 00:00") and es[-1].event != "merge"
        for es in desk.records.values() if es[0].kind == "complaint"
    )  # fmt: skip
    assert received["last_year"] == str(count) and count > 5
    assert Decimal(received["yoy"]) == round((Decimal(4) - count) / count * 100, 4)


def test_tables_have_the_rows_of_the_workbook():
    desk = week()
    data = found(desk)
    report = build(desk, template("weekly"), desk.window(*W47), "zh")
    tables = data["tables"]
    for sheet in report.sheets:
        for section in getattr(sheet, "sections", ()):
            assert len(tables[section.key]) == len(section.table.rows), section.key
            for row in tables[section.key]:
                assert list(row) == [c.key for c in section.table.columns]
    assert [r["id"] for r in tables["attention"]] == [r.id for r in report.sheets[0].attention]
    assert len(tables["checks"]) == 44 and all(c["ok"] for c in tables["checks"])


def test_figures_of_tables_are_text_and_codes_are_codes():
    tables = found()["tables"]
    row = next(r for r in tables["repairs_by_party"] if r["party"] == "property")
    assert row == {
        "party": "property", "repair.carried_over": "1", "repair.received": "3", "repair.finished": "1", "repair.overdue": "0",
        "repair.on_time_rate": "1.000000", "repair.on_time_rate:change": None, "repair.on_time_rate_of_finished": "1.000000",
        "repair.rework_rate": "0.000000",
    }  # fmt: skip
    assert tables["repairs_by_party"][-1]["party"] == "total"
    assert tables["by_week"][-1] == {"period": "2026-W47", "complaint.received": "4", "repair.received": "5"}


def test_details_are_as_in_a_list_masked():
    tables = found(lang="en")["tables"]
    row = next(r for r in tables["complaints"] if r["state"] == "closed")
    assert row["at"] == "2026-11-16T09:30:00+08:00" and row["category"] == "noise" and row["severity"] == "serious"
    assert row["promise_kept"] is True and row["overdue"] is False and row["score_last"] == 4
    assert row["content"] == "夜间装修噪音，请回电138****5678"
    late = next(r for r in tables["open_repairs"] if r["party"] == "equipment")
    assert late["next"] == "due" and late["late_hours"] == "112.0" and late["state"] == "reopened"
    assert not re.search("王芳|13800001234|13812345678", json.dumps(found(), ensure_ascii=False))


def test_both_languages_have_the_same_numbers():
    zh, en = found(lang="zh"), found(lang="en")
    assert zh["measures"] == en["measures"]
    for name in ("compare", "repairs_by_party", "complaints", "entries", "attention"):
        assert zh["tables"][name] == en["tables"][name]
    assert zh["tables"]["words"] != en["tables"]["words"]


def test_the_same_whatever_the_order_of_the_entries():
    desk = week()
    expected = json.dumps(found(desk), ensure_ascii=False)
    assert json.dumps(found(desk.shuffled(4)), ensure_ascii=False) == expected


def test_an_empty_ledger_is_no_mistake():
    data = found(Desk())
    assert data["warnings"] == ["本期没有条目。此前也没有。"]
    assert all(r["base"] == "none" for r in data["tables"]["compare"])
    assert data["tables"]["attention"] == [] and all(c["ok"] for c in data["tables"]["checks"])


def test_a_running_period_is_a_warning_for_programs():
    data = found(now=moment("11-18 10:00"), lang="en")
    assert data["period"]["as_of"] == "2026-11-18T10:00:00+08:00"
    assert data["warnings"][0].startswith("The period is not over")
