"""Numbers of splits that could point to somebody: not told, and not to be computed from what is."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_desk import POINTS, TARGETS, Desk, moment, street, template, written
from test_audience import everything

from svcctl.errors import SvcError
from svcctl.measures.pool import Part
from svcctl.reports.audience import SMALLEST, narrowed
from svcctl.reports.build import build
from svcctl.reports.several_json import several_json
from svcctl.reports.small import block, is_small, withheld
from svcctl.reports.to_json import as_json
from svcctl.xlsx.book import render

# -- which rows -------------------------------------------------------------------------------------------------------

CODES = ["a", "b", "c", "d", "e", None]
COUNTS = st.dictionaries(st.sampled_from(CODES), st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5, 9, 30]))


def can_be(total, others, lowest):
    """The numbers that one of several may be, of which only the sum is known and that each is at least ``lowest``."""
    return range(lowest, total - others * lowest + 1)


@settings(max_examples=400, deadline=None)
@given(st.lists(COUNTS, max_size=2), st.lists(COUNTS, max_size=3), st.integers(3, 6))
def test_no_small_number_follows_from_the_total_and_the_other_rows(leads, rest, smallest):
    found = withheld(leads, rest, CODES, smallest)
    assert found.leads <= found.rest
    for columns, rows, filled in ((leads, found.leads, True), (rest, found.rest, not leads)):
        for column in columns:
            small = {c for c in CODES if is_small(column.get(c, 0), smallest)}
            assert small <= rows
            if not small:
                continue
            total, whole = sum(column.get(c, 0) for c in rows), sum(column.values())
            assert len(rows) >= 2 and len(can_be(total, len(rows) - 1, 0)) >= 2
            assert total >= smallest or whole < smallest, "nor is their sum a small number, if there is more to it"
            if filled and set(CODES) - rows and all(column.get(c, 0) for c in rows):
                assert len(can_be(total, len(rows) - 1, 1)) >= 2
                assert total != len(rows) * (smallest - 1), "nor is each as large as a small one can be"
    shown = [c for c in CODES if c not in found.rest]
    assert not [c for c in shown for column in (*leads, *rest) if is_small(column.get(c, 0), smallest)]


def test_nothing_is_withheld_where_nothing_is_small():
    assert withheld([{"a": 3, "b": 0}], [{"a": 5}], CODES, 3) == (frozenset(), frozenset())


@pytest.mark.parametrize(("column", "rows"), [
    ({"a": 1, "b": 9, "c": 5}, {"a", "c"}),  # the smallest that is not small goes too
    ({"a": 1, "b": 1, "c": 5, "d": 8}, {"a", "b", "c"}),  # two that come to 2 are 1 and 1
    ({"a": 2, "b": 2, "c": 5, "d": 8}, {"a", "b", "c"}),  # nor more than 2 each, so two that come to 4 are 2 and 2
    ({"a": 7, "b": 6, "c": 3, "d": 2, "e": 2, None: 2}, {"c", "d", "e", None}),
    ({"a": 1, "b": 2, "c": 5, "d": 8}, {"a", "b"}),  # 1 and 2, or 2 and 1
    ({"a": 1, "b": 9, "c": 5, "d": 5}, {"a", "c", "d"}),  # of two alike, which one goes would tell
    ({"a": 1}, {*CODES}),  # a total that is small: it may be anybody's
    ({"a": 1, "b": 1}, {*CODES}),
])  # fmt: skip
def test_the_smallest_others_go_too(column, rows):
    assert withheld([column], [], CODES, 3).leads == rows


def dealt(total, rows):
    """All the ways to have a total in so many rows."""
    if rows == 1:
        return [(total,)]
    return [(first, *others) for first in range(total + 1) for others in dealt(total - first, rows - 1)]


@pytest.mark.parametrize(("rows", "most", "smallest"), [(2, 16, 3), (3, 16, 3), (4, 13, 3), (5, 10, 3), (3, 16, 4), (4, 13, 4), (3, 16, 5)])
def test_who_knows_the_rule_and_tries_all_tables_finds_no_number_that_is_withheld(rows, most, smallest):
    codes, checked = [*CODES[: rows - 1], None], 0
    for total in range(most + 1):
        alike = {}
        for table in dealt(total, rows):
            gone = withheld([dict(zip(codes, table, strict=True))], [], codes, smallest).leads
            told_ = tuple("<" if code in gone else number for code, number in zip(codes, table, strict=True))
            alike.setdefault(told_, []).append(table)
        for told_, tables in alike.items():
            gone = [n for n, what in enumerate(told_) if what == "<"]
            if len(gone) < rows or total != rows:  # all of them 1 and all withheld: but for the total there is nothing left to withhold
                assert all(len({table[n] for table in tables}) > 1 for n in gone), (told_, tables)
                checked += len(gone)
    assert checked > 20


def test_where_nothing_is_left_to_take_no_lead_is_told():
    assert withheld([{"a": 2, "b": 2, "c": 2}], [], ["a", "b", "c"], 3).leads == {"a", "b", "c"}
    assert withheld([{"a": 1, "b": 1}], [], ["a", "b"], 3).leads == {"a", "b"}


# -- by two fields ----------------------------------------------------------------------------------------------------


def another(cells, rows, columns, gone, place):
    """Whether the published part of a table by two fields agrees with another number at ``place``."""
    free = [(r, c) for r in rows for c in columns if r in gone.rows and c in gone.columns]
    row_left = {r: sum(cells[p] for p in free if p[0] == r) for r in rows if r not in gone.row_totals}
    column_left = {c: sum(cells[p] for p in free if p[1] == c) for c in columns if c not in gone.column_totals}
    whole = sum(cells[p] for p in free)

    def fill(at, row, column, left, chosen):
        if at == len(free):
            return not left and not any(row.values()) and not any(column.values()) and chosen != cells[place]
        r, c = free[at]
        for number in range(min(left, row.get(r, left), column.get(c, left)) + 1):
            more_row = {**row, r: row[r] - number} if r in row else row
            more_column = {**column, c: column[c] - number} if c in column else column
            if fill(at + 1, more_row, more_column, left - number, number if free[at] == place else chosen):
                return True
        return False

    return place in free and fill(0, row_left, column_left, whole, None)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 6]), min_size=3, max_size=3), min_size=2, max_size=3))
def test_no_small_cell_of_two_fields_follows_from_sums_of_rows_and_columns(table):
    rows, columns = list("abc"[: len(table)]), list("xyz")
    cells = {(r, c): table[n][m] for n, r in enumerate(rows) for m, c in enumerate(columns)}
    down = {r: sum(cells[r, c] for c in columns) for r in rows}
    across = {c: sum(cells[r, c] for r in rows) for c in columns}
    totals = withheld([down], [], rows, 3).leads, withheld([across], [], columns, 3).leads
    gone = block(cells, rows, columns, totals, 3)
    for place, number in cells.items():
        if is_small(number, 3):
            assert another(cells, rows, columns, gone, place), (gone, place)
    assert totals[0] <= gone.row_totals and totals[1] <= gone.column_totals


# -- reports ----------------------------------------------------------------------------------------------------------

NOVEMBER = ("2026-11", "month")


def told(desk, one, who="public", lang="zh", period=NOVEMBER):
    narrow = narrowed(one, who) if who else one
    win = desk.window(*period)
    return build(desk, narrow, win, lang), as_json(desk, narrow, win, lang)


def by_first(rows, key):
    return {row[key]: row for row in rows}


def splits(one):
    """The tables by one field: key, field, columns."""
    return {s.key: s for sheet in one.sheets for s in getattr(sheet, "sections", ()) if hasattr(s, "by") and not hasattr(s, "across")}


def judge(one, plain, public, smallest=SMALLEST):
    """Every split table that the public has: what it tells is true, not small, and does not tell the rest."""
    seen, of = 0, {m["id"]: int(m["den"]) for m in plain["measures"] if m["unit"] == "rate" and m["den"] and m["id"].startswith(("complaint", "repair", "lost"))}
    for key, spec in splits(one).items():
        truth, rows = by_first(plain["tables"].get(key, []), spec.by), by_first(public["tables"].get(key, []), spec.by)
        lines = {code: row for code, row in rows.items() if code != "total"}
        for column in [c for row in list(rows.values())[:1] for c in row if c not in (spec.by, "withheld")]:
            gone = [code for code, row in lines.items() if column in row.get("withheld", ())]
            kept = [code for code in lines if code not in gone]
            assert all(rows[code][column] is None for code in gone) and all(rows[code][column] == truth[code][column] for code in kept if code in truth)
            if column.endswith("_rate"):
                assert not [code for code in kept if is_small(of.get(f"{column}{{{spec.by}={code}}}", 0), smallest)]
                continue
            assert not [code for code in kept if is_small(int(rows[code][column] or 0), smallest)]
            if any(is_small(int(truth[code][column] or 0), smallest) for code in truth if code in gone):
                seen += 1
                total = sum(int(truth[code][column] or 0) for code in gone if code in truth)
                assert len(gone) >= 2 and len(can_be(total, len(gone) - 1, 0)) >= 2, (key, column)
    return seen


CATEGORY = st.sampled_from(["noise", "hygiene", "parking", "fee", ""])
COMPLAINTS = st.lists(st.tuples(CATEGORY, st.sampled_from(["general", "serious", "major"]), st.booleans()), max_size=14)
REPAIRS = st.lists(st.tuples(st.sampled_from(["property", "equipment", "developer"]), st.sampled_from(["power", "lift", "civil"]), st.booleans()), max_size=14)


def desk_of(complaints, repairs):
    desk = Desk(targets=TARGETS, points=POINTS)
    for n, (category, severity, done) in enumerate(complaints):
        at = moment("11-01 09:00") + timedelta(hours=20 * n)
        record = desk.take("complaint", at, content="噪音", contact="13800001234", category=category, severity=severity,
                           promised=at + timedelta(hours=24), target=at + timedelta(days=3))  # fmt: skip
        if done:
            desk.then(record, "reply", at + timedelta(hours=2), text="在办")
            desk.then(record, "resolve", at + timedelta(hours=3), cause="施工", action="停工", how="fix")
    for n, (party, trade, done) in enumerate(repairs):
        at = moment("11-01 10:00") + timedelta(hours=21 * n)
        record = desk.take("repair", at, unit="A-101", fault="灯不亮", trade=trade, reporter="王芳", party=party, due=at + timedelta(hours=24))
        if done:
            desk.then(record, "dispatch", at, to="周师傅")
            desk.then(record, "finish", at + timedelta(hours=4), result="fixed")
    return desk


@settings(max_examples=8, deadline=None)
@given(COMPLAINTS, REPAIRS)
def test_what_the_public_is_told_says_no_small_number(complaints, repairs):
    desk, one = desk_of(complaints, repairs), template("monthly")
    (_, plain), (report, public) = told(desk, one, None), told(desk, one)
    judge(one, plain, public)
    assert not [m for m in public["measures"] if "{" in m["id"]]
    told_of = {(c, s.key) for sheet in report.sheets for s in getattr(sheet, "sections", ()) for row in s.table.rows for c in row if isinstance(c, str) and "<" in c}
    assert {key for _, key in told_of} == {key for key, rows in public["tables"].items() if any("withheld" in row for row in rows)}
    assert {mark for mark, _ in told_of} <= {"<3*"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_months_report_for_the_public_and_its_charts(lang):
    desk, one = street(date(2026, 10, 1), date(2026, 11, 30), 30), template("monthly")
    (_, plain), (report, public) = told(desk, one, None), told(desk, one, lang=lang)
    assert judge(one, plain, public) > 5 and public["smallest"] == 3 and "smallest" not in plain
    assert [row for row in public["tables"]["repairs_by_party"] if "repair.received" not in row.get("withheld", ())][1:], "what is not small is told"
    category = [row["category"] for row in public["tables"]["complaint_categories"] if "withheld" in row]
    lead = [row["category"] for row in public["tables"]["complaints_by_category"] if "complaint.received" in row.get("withheld", ())]
    assert category and set(category) == set(lead), "one table does not tell what another withholds"
    assert [row["category"] for row in public["tables"]["complaint_categories"]][-len(category) :] == category, "their order tells nothing either"
    assert "repair.minutes" not in str(public["tables"]["repairs_by_trade"]) and ":change" not in str(public["tables"]), "nor another period's, nor of how many"
    assert all(not check["note"] for check in public["tables"].get("checks", []))
    data = render(report)
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    rule = {"zh": "“<3*”：不列。分项里 1 到 2 的数", "en": "“<3*”: not told. Numbers from 1 to 2 of a split"}[lang]
    assert sum(rule in cell for cell in cells) >= 3
    definitions = book[{"zh": "口径", "en": "Definitions"}[lang]]
    assert any(rule in str(c.value) for row in definitions.iter_rows() for c in row)
    hidden = {row["category"]: row for row in plain["tables"]["complaint_categories"] if row["category"] in category}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        drawn = [packed.read(n).decode() for n in packed.namelist() if re.search(r"charts/chart\d+\.xml", n)]
    bars = next(x for x in drawn if "噪音" in x or "Noise" in x)
    points = re.findall(r"<(?:c:)?v>(\d+)</", bars)
    whole = {row["category"]: int(row["complaint.received"]) for row in plain["tables"]["complaint_categories"]}
    assert hidden and sorted(int(p) for p in points) == sorted(n for code, n in whole.items() if code not in category)


def test_by_two_fields_the_public_is_told_what_is_not_small_and_totals_at_least():
    one = written("svcctl: 1\nperiod: month\ntitle: x\nsheets: [{show: tables, sections: [{noun: repair, by: party, across: trade}]}]\naudiences: {public: {}}\n")

    def rows(table):
        desk = desk_of([], [(p, t, True) for (p, t), n in table.items() for _ in range(n)])
        return [{k: v for k, v in row.items() if k != "party"} for row in told(desk, one)[1]["tables"]["repair_party_by_trade"]]

    table = {(p, t): 3 for p in ("developer", "equipment", "property") for t in ("power", "lift", "civil")}
    assert rows(table)[0] == {"power": "3", "lift": "3", "civil": "3", "total": "9"}
    found = rows({**table, ("equipment", "lift"): 1})
    gone = [tuple(row.get("withheld", ())) for row in found]
    assert sorted(map(len, gone)) == [0, 0, 2, 2] and sum("lift" in keys for keys in gone) == 2
    assert [row["total"] for row in found] == ["9", "7", "9", "25"] and found[-1]["lift"] == "7"
    few = rows({("property", "power"): 1, ("developer", "lift"): 1, ("equipment", "civil"): 1})
    assert [set(row) - {"withheld"} for row in few] == [{"total"}] * len(few) and few[-1] == {"total": "3"}
    assert all(row["total"] is None and row["withheld"] == ["total"] for row in few[:-1])


HEAD = "svcctl: 1\nperiod: month\ntitle: x\nsheets:\n  - {show: summary, figures: [repair.received]}\n  - {show: text, lines: ['{repair.received}', '{repair.received{party=property}}']}\n"
TABLES = "  - show: tables\n    sections: [{noun: repair, by: party, columns: [repair.received]}, {noun: repair, by: urgency}, {noun: repair, by: to, columns: [repair.received]}, {each: month, last: 2, columns: [repair.received]}]\n"


def mine(block_):
    return written(f"{HEAD}{TABLES}audiences:\n{block_}")


def test_the_threshold_is_the_templates_and_for_some_there_is_none():
    one = mine("  public: {smallest: 5}\n  team: {records: no, names: no}\n  manager: {}\n  finance: {smallest: 10}\n")
    assert {a.name: a.smallest for a in one.audiences} == {"public": 5, "team": SMALLEST, "manager": 0, "finance": 10}
    assert mine("  team: {records: no, names: no, smallest: 0}\n").audiences[0].smallest == 0
    desk = desk_of([], [("property", "power", True)] * 9 + [("equipment", "lift", True)] * 4 + [("developer", "lift", False)] * 7)
    shown = {who: {row["party"]: row["repair.received"] for row in told(desk, one, who)[1]["tables"]["repair_by_party"]} for who in ("public", "team", "manager", "finance")}
    truth = {"property": "9", "equipment": "4", "developer": "7", "total": "20"}
    assert shown["team"] == shown["manager"] == truth
    assert shown["public"] == {**truth, "equipment": None, "developer": None}
    assert shown["finance"] == {**dict.fromkeys(truth), "total": "20"}
    report, _ = told(desk, one)
    assert "“<5*”" in next(s for s in report.sheets if s.key == "tables").sections[0].intro


def test_what_cannot_be_told_safely_is_not_told_at_all():
    one = narrowed(mine("  public: {}\n"), "public")
    assert [line.text.zh for line in one.sheets[1].lines] == ["{repair.received}"], "a row of a split, by itself"
    assert [s.key for s in one.sheets[2].sections] == ["repair_by_party", "repair_by_urgency", "by_month"], "values that are not known beforehand"


def test_a_figure_of_a_closed_month_by_a_field_is_no_way_round():
    desk = desk_of([("noise", "general", True)] * 4, [("property", "power", True)] * 4)
    _, public = told(desk, template("monthly"))
    assert not [row for row in public["tables"].get("published_changed", []) if "{" in row["measure"]]
    assert "{party=" not in json.dumps(public) and "{category=" not in everything(render(told(desk, template("monthly"))[0]))


@pytest.mark.parametrize(("block_", "message"), [
    ("  public: {smallest: 2}\n", 'audiences.public.smallest: expected at least 3; it always is for public, got "2"'),
    ("  public: {smallest: 0}\n", "audiences.public.smallest: expected at least 3"),
    ("  team: {smallest: few}\n", 'audiences.team.smallest: expected 0 to 1000, got "few"'),
    ("  team: {smalest: 3}\n", "Did you mean smallest?"),
])  # fmt: skip
def test_a_wrong_threshold_is_named_with_its_line(block_, message):
    with pytest.raises(SvcError) as caught:
        mine(block_)
    assert message in caught.value.say("en") and "mine.yaml:10" in caught.value.say("en")


def test_a_report_of_several_sites_has_no_splits_for_the_public():
    south, north = (desk_of([("noise", "general", True)] * 4, [("property", "power", True)] * 4) for _ in range(2))
    found = {}
    for who in ("public", ""):
        one = narrowed(template("monthly"), who) if who else template("monthly")
        data = several_json([Part(d, d.window(*NOVEMBER)) for d in (south, north)], one, "zh")
        found[who] = [m["id"] for m in (*data["measures"], *(m for site in data["sites"] for m in site["measures"])) if "{" in m["id"]]
    assert found["public"] == [] and "repair.received{party=property}" in found[""]
