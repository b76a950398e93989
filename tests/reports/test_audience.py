"""Reports for somebody in particular: what they may not see is in no sheet, cell, chart, link, property or table."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from dataclasses import replace
from functools import cache

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_desk import POINTS, TARGETS, Desk, template, week, written

from svcctl.errors import Refused, SvcError, Usage
from svcctl.reports.audience import NEVER, left_out, narrowed
from svcctl.reports.build import build
from svcctl.reports.template import Audience, DetailsSpec, SummarySpec
from svcctl.reports.to_json import as_json
from svcctl.xlsx.book import render

PERIODS = {"daily": ("2026-11-18", "day"), "weekly": ("2026-W47", "week"), "monthly": ("2026-11", "month")}
PEOPLE = ("李敏", "陈静", "王海涛", "周师傅", "通力电梯", "王芳")
MONEY = ("收缴", "实收", "欠费", "长款", "短款", "交接", "缴款", "预存", "应收")


def report(desk, name, audience, lang="zh"):
    """The workbook's bytes and the JSON of a report; one by its name is made once."""
    return once(desk, name, audience, lang) if isinstance(name, str) else made(desk, name, audience, lang)


@cache
def once(desk, name, audience, lang):
    return made(desk, template(name), audience, lang)


def made(desk, one, audience, lang):
    one = narrowed(one, audience) if audience else one
    win = desk.window(*PERIODS[one.name if one.name in PERIODS else "weekly"])
    return render(build(desk, one, win, lang)), json.dumps(as_json(desk, one, win, lang), ensure_ascii=False)


def everything(data):
    """Every text in a file: all parts as they are, among them cells, links, charts, properties and names."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return "\n".join(packed.read(name).decode("utf-8") for name in packed.namelist() if name.endswith((".xml", ".rels")))


def names_of(desk):
    """Who and what single records of a desk name: people, tenants, units, and all that somebody wrote."""
    found = set(PEOPLE)
    for entries in desk.records.values():
        for entry in entries:
            found |= {entry.id, entry.by}
            data = entry.data
            for field in ("content", "name", "unit", "tenant", "owner", "reason", "text", "cause", "action", "fault", "to", "item", "found_by", "claimant", "cashier", "place", "receipt", "ref", "what", "title"):
                value = getattr(data, field, None)
                if isinstance(value, str) and len(value) > 2:
                    found.add(value)
    declared = {"property", "electricity", "venue_rent", "waste", "water", "late_fee", "safe"}  # codes of choices
    return {one for one in found if one and one not in declared}


@pytest.fixture(scope="module")
def desk():
    return week()


@pytest.mark.parametrize("name", list(PERIODS))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_public_is_told_of_no_record_no_name_and_no_money(desk, name, lang):
    data, told = report(desk, name, "public", lang)
    whole = everything(data)
    looked_for = names_of(desk)
    assert len(looked_for) > 60 and {"李敏", "A-101"} <= looked_for
    everyone, _ = report(desk, name, None, lang)
    assert len([one for one in looked_for if one in everything(everyone)]) > 20, "so what is looked for is found where it is"
    for text in (whole, told):
        assert [one for one in looked_for if one in text] == []
        assert not re.search(r"\b(cp|rp|lf|fe|ca|pl)-[0-9a-z]{10}\b", text)
        assert not re.search(r"fee\.|cash\.|plan\.", text)
    assert lang == "en" or [word for word in MONEY if word in whole] == []
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.number_format != "#,##0.00", cell.coordinate
                if cell.hyperlink:
                    assert cell.hyperlink.location.split("!")[0].strip("'") in book.sheetnames
    assert {p.name: p.value for p in book.custom_doc_props.props}["audience"] == "public"


@pytest.mark.parametrize("name", list(PERIODS))
def test_what_an_audience_is_not_shown_does_not_even_change_its_file(desk, name):
    """The strongest way to say it: with all money gone, or other money in its place, each byte is the same."""
    without = week()
    without.records = {i: entries for i, entries in without.records.items() if entries[0].kind not in ("fee", "cash")}
    other = week()
    other.take("fee", "11-17 09:00", event="charge", tenant="某某商贸", item="water", amount="77.00", due="2026-11-20", unit="Z-999")
    whole = report(desk, name, "public")
    assert report(without, name, "public") == whole == report(other, name, "public")
    assert report(without, name, None) != report(desk, name, None) != report(other, name, None)


def test_the_team_sees_no_tenants_money_and_nobody_beside_a_colleague(desk):
    one = template("monthly")
    data, told = report(desk, one, "team")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert {"投诉明细", "维修明细", "班次交接"} <= set(book.sheetnames) and not {"欠费明细", "收款明细", "指标对比"} & set(book.sheetnames)
    tables = json.loads(told)["tables"]
    assert not {"arrears", "receipts", "compare", "cash_by_cashier", "repairs_by_person", "plans_by_owner"} & set(tables)
    assert tables["plans_of_month"] and tables["plans_by_type"]
    assert not [row for row in tables["attention"] if row["kind"] == "fee"] and tables["attention"]
    for key in ("late_entries", "corrections", "without_effect"):
        assert not [row for row in tables[key] if row["noun"] == "fee"]
    measures = {m["id"] for m in json.loads(told)["measures"]}
    assert "fee.arrears" in measures and not [m for m in measures if "{cashier=" in m or "{to=" in m or "{owner=" in m]
    assert not [r for r in desk.records if r.startswith("fe-") and r in everything(data) + told]


def test_finance_is_shown_money_alone(desk):
    data, told = report(desk, "monthly", "finance")
    assert not re.search(r"complaint|repair\.|lost\.", told.replace("repair_", ""))
    assert not [i for i, entries in desk.records.items() if entries[0].kind in ("complaint", "repair", "lost") and i in everything(data)]
    assert [i for i in desk.records if i.startswith("fe-") and i in everything(data)]


def test_a_manager_is_shown_what_everybody_is_but_for_the_band(desk):
    assert [s.key for s in narrowed(template("weekly"), "manager").sheets] == [s.key for s in template("weekly").sheets]
    plain, told = (json.loads(report(desk, "weekly", who)[1]) for who in (None, "manager"))
    assert told["tables"] == plain["tables"] and told["warnings"] == plain["warnings"]


def test_names_say_for_whom_and_page_one_too(desk):
    one = narrowed(template("weekly"), "public")
    built = build(desk, one, desk.window(*PERIODS["weekly"]), "en")
    assert built.file_stem == "悦和里商业街_weekly_2026-W47_public"
    assert [(fact.label, fact.value) for fact in built.facts[:2]] == [("Edition", "Final"), ("For", "the public")]
    assert (built.meta["edition"], built.meta["audience"]) == ("final", "public")
    assert built.sheets[0].attention is None and built.warnings == ()
    gone = [t.zh for t in left_out(template("daily"), narrowed(template("daily"), "team"))]
    assert gone == ["指标对比", *[t for t in gone[1:] if "欠费" in t or "收款" in t]] and len(gone) == 3


HEAD = "svcctl: 1\nperiod: week\ntitle: x\nsheets:\n  - {show: summary, figures: [repair.received, repair.minutes, fee.arrears]}\n  - {show: compare, measures: [repair.*, fee.*]}\n  - show: tables\n    sections: [{noun: repair, by: party}, {noun: repair, by: to}, {noun: repair, by: unit, columns: [repair.open]}, {each: week, last: 2, columns: [repair.minutes]}]\n  - {show: details, noun: repair}\n  - {show: checks}\n  - {show: definitions}\n"


def mine(block):
    return written(f"{HEAD}audiences:\n{block}")


def test_a_figure_that_is_left_out_is_in_no_table_definition_or_check(desk):
    one = mine("  manager: {without: [repair.minutes, repair.rework_rate]}\n")
    data, told = report(desk, one, "manager")
    plain, _ = report(desk, replace(one, audience=None), None)
    assert "repair.minutes" in everything(plain) and "返修率" in everything(plain)
    assert "repair.minutes" not in everything(data) + told and "repair.rework_rate" not in everything(data) + told
    found = json.loads(told)
    assert "by_week" not in found["tables"], "a table with nothing else in it is gone"
    assert not [c for c in found["tables"]["checks"] if c["subject"] == "报修"] and [c for c in found["tables"]["checks"] if c["subject"] == "收费"]


def test_without_names_there_is_no_field_that_somebody_wrote(desk):
    one = mine("  team: {names: no}\n")
    narrow = narrowed(one, "team")
    (sheet,) = [s for s in narrow.sheets if isinstance(s, DetailsSpec)]
    assert [c.key for c in sheet.columns] == ["id", "at", "trade", "channel", "urgency", "state"]
    data, told = report(desk, one, "team")
    assert [name for name in names_of(desk) - {i for e in desk.records.values() for i in (x.id for x in e)} if name in everything(data) + told] == []
    assert set(json.loads(told)["tables"]) >= {"repair_by_party", "repair", "checks", "entries"}
    assert not {"repair_by_to", "repair_by_unit", "attention", "late_entries", "corrections", "damage"} & set(json.loads(told)["tables"])


def test_damage_is_counted_for_an_audience_and_listed_for_those_who_see_all():
    desk = week()
    desk.damage = ["repairs/2026-11.yaml:41: rp-7k3fq2m8xd: 王芳"]
    with_text = [type("T", (), {"to": lambda self, lang: desk.damage[0]})()]
    desk.warnings = lambda: with_text
    _, told = report(desk, "weekly", "public")
    assert "rp-7k3fq2m8xd" not in told and "1 处损坏" in told and "校验”表" not in told
    _, told = report(desk, "weekly", "manager")
    assert "rp-7k3fq2m8xd" in told and "见“校验”表" in told


def test_an_empty_page_for_the_public_is_whole():
    empty = Desk(points=POINTS, targets=TARGETS)
    for name in PERIODS:
        data, told = report(empty, name, "public")
        assert json.loads(told)["warnings"] and openpyxl.load_workbook(io.BytesIO(data)).sheetnames[0] == "汇总"


WRONG = [
    ("  teem: {}\n", 'mine.yaml:13: audiences.teem: expected team, manager, finance, public, got "teem". Did you mean team?'),
    ("  team: {nouns: [repiar]}\n", 'mine.yaml:13: audiences.team.nouns.1'),
    ("  team: {witout: [checks]}\n", 'got "witout". Did you mean without?'),
    ("  team: {without: [chekcs]}\n", 'audiences.team.without.1: expected summary, compare, tables, repair_by_party, repair_by_to, repair_by_unit, by_week, repair, checks, definitions, got "chekcs". Did you mean checks?'),
    ("  team: {without: [repair.minuts]}\n", 'got "repair.minuts". Did you mean repair.minutes?'),
    ("  team: {without: ['repair.minutes:change']}\n", "expected a figure without a split or a part"),
    ("  public: {records: yes}\n", 'audiences.public.records: expected no; it always is for public, got "yes"'),
    ("  public: {names: yes}\n", "audiences.public.names: expected no; it always is for public"),
    ("  team: {accounts: yes}\n", "audiences.team.accounts: expected no; it always is for team"),
    ("  team: {records: maybe}\n", 'audiences.team.records: expected yes, no, got "maybe"'),
    ("  team: [checks]\n", "audiences.team: expected `key: value` lines"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_declaration_is_named_with_its_line(block, message):
    with pytest.raises(SvcError) as caught:
        mine(block)
    assert message in caught.value.say("en")


def test_an_audience_that_is_not_declared_is_refused_with_those_that_are():
    one = mine("  team: {}\n  manager:\n")
    assert [a.name for a in one.audiences] == ["team", "manager"]
    with pytest.raises(Refused) as caught:
        narrowed(one, "public")
    assert 'expected team, manager, got "public"' in caught.value.say("en")
    with pytest.raises(Usage) as usage:
        narrowed(one, "pubic")
    assert "Did you mean public?" in usage.value.say("en")


def test_what_is_never_shown_to_some_is_never_shown_to_them():
    assert NEVER == {"team": ("accounts",), "public": ("records", "names", "accounts")}
    switches = {f.name for f in dataclasses.fields(Audience)}
    assert all(set(never) <= switches for never in NEVER.values())
    for name in PERIODS:
        public = next(a for a in template(name).audiences if a.name == "public")
        assert (public.records, public.names, public.accounts) == (False, False, False)
        (summary,) = [s for s in narrowed(template(name), "public").sheets if isinstance(s, SummarySpec)]
        assert summary.figures and summary.charts and not summary.attention


KEYS = {name: [k for s in template(name).sheets for k in (s.key, *(x.key for x in getattr(s, "sections", ())))] for name in PERIODS}
FIGURES = ["repair.received", "repair.minutes", "complaint.received", "complaint.overdue", "fee.arrears", "fee.ageing", "cash.over_amount", "lost.found"]
NOUNS = ["complaint", "repair", "lost", "cash", "fee"]


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_left_out_is_gone_and_the_rest_can_be_made(desk, data):
    name = data.draw(st.sampled_from(list(PERIODS)))
    nouns = data.draw(st.none() | st.frozensets(st.sampled_from(NOUNS), min_size=1))
    without, hidden = data.draw(st.frozensets(st.sampled_from(KEYS[name]), max_size=12)), data.draw(st.frozensets(st.sampled_from(FIGURES)))
    records, names, accounts, attention = (data.draw(st.booleans()) for _ in range(4))
    who = Audience(name="manager", nouns=nouns, without=without, hidden=hidden, records=records, names=names, accounts=accounts, attention=attention)
    try:
        book, told = report(desk, replace(template(name), audiences=(who,)), "manager")
    except Refused as refused:
        assert refused.what.en == "no sheet of this report is left" or not str(refused)
        return
    found, whole = json.loads(told), everything(book)
    assert not without & set(found["tables"])
    for figure in hidden:
        assert not re.search(rf"{re.escape(figure)}(?![a-z_])", told + whole), figure
    gone = set(NOUNS) - nouns if nouns is not None else set()
    ids = {i: entries[0].kind for i, entries in desk.records.items()}
    for record, kind in ids.items():
        if kind in gone or not records or (kind == "fee" and not accounts):
            assert record not in told + whole
    for noun in gone:
        assert not [m for m in found["measures"] if m["id"].startswith(f"{noun}.")] and f'"noun": "{noun}"' not in told
    if not names:
        assert [one for one in PEOPLE if one in told + whole] == []
