"""Templates: what a site writes into one, what it is told when it is wrong, and where it is looked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_desk import template, week, written

from svcctl.cli import template_help
from svcctl.errors import NotFound, SvcError
from svcctl.reports import defaults
from svcctl.reports.audience import narrowed
from svcctl.reports.build import build
from svcctl.reports.template import ByTable, DetailsSpec, SummarySpec, TablesSpec, Trend
from svcctl.reports.template_keys import BLOCKS
from svcctl.store import templates
from svcctl.store.files import Root

HEAD = "svcctl: 1\nperiod: week\ntitle: {zh: 我的周报, en: My week}\nsheets:\n"
SUMMARY = "  - key: summary\n    show: summary\n    title: 汇总\n    figures: [repair.received]\n"
LIST = "  - key: list\n    show: details\n    title: 明细\n    noun: repair\n    records: [open]\n    columns: [id, fault]\n"
TABLE = "  - key: tables\n    show: tables\n    title: 表\n    sections:\n      - key: one\n        noun: repair\n        by: party\n        columns: [repair.received]\n"


@pytest.mark.parametrize("name", ["daily", "weekly", "monthly"])
def test_the_templates_that_come_with_svcctl_have_what_an_owner_reads_first(name):
    found = template(name)
    summary = found.sheets[0]
    assert isinstance(summary, SummarySpec)
    for used in (("complaint", "repair"), ("complaint", "repair", "lost", "cash", "fee")):
        assert len(summary.shown(used)) == 8  # a full page for a hotline too
        assert sum(any(r.noun in used for r in c.series) for c in summary.charts) >= 3
    assert {"fee", "cash"} <= {ref.noun for ref in summary.shown(("complaint", "repair", "lost", "cash", "fee"))}
    assert {"daily": "day", "weekly": "week", "monthly": "month"}[name] == found.period
    # whatever may need attention has a row to be linked to
    for noun in ("complaint", "repair", "cash", "fee"):
        assert any("open" in s.records for s in found.sheets if isinstance(s, DetailsSpec) and s.noun == noun)
    assert all(len(text) > 1 for sheet in found.sheets for text in sheet.title)


def test_the_monthly_trend_is_twelve_months_the_weekly_eight_weeks_the_daily_fourteen_days():
    found = {name: {(t.each, t.last) for t in template(name).trends()} for name in ("daily", "weekly", "monthly")}
    assert found == {"daily": {("day", 14)}, "weekly": {("week", 8)}, "monthly": {("month", 12)}}


def test_a_template_of_ones_own():
    mine = written(
        HEAD + SUMMARY + LIST.replace("[id, fault]", "[id, {field: fault, title: {zh: 故障描述, en: Fault}}]")
    )
    desk = week()
    report = build(desk, mine, desk.window("2026-W47", "week"), "zh")
    assert report.title == "我的周报"
    assert report.file_stem == "悦和里商业街_mine_2026-W47"
    assert [s.title for s in report.sheets] == ["汇总", "明细"]
    assert [c.label for c in report.sheets[1].sections[0].table.columns] == ["编号", "故障描述"]
    assert len(report.sheets[1].sections[0].table.rows) == 4


def test_statistics_are_read_by_what_they_have():
    mine = written(
        HEAD + TABLE.replace("[repair.received]", "['repair.received', {figure: 'repair.on_time_rate:change', title: 变化}]")
        + "      - {key: two, each: day, last: 7, columns: [repair.received, repair.open]}\n"
    )
    by, trend = mine.sheets[0].sections
    assert isinstance(by, ByTable) and isinstance(trend, Trend) and isinstance(mine.sheets[0], TablesSpec)
    assert [c.ref.key for c in by.columns] == ["repair.received", "repair.on_time_rate:change"]
    assert [c.ref.group for c in trend.columns] == ["", "open"]


def test_details_are_narrowed_to_a_value_and_cut_to_the_first_ones():
    desk = week()

    def ids(more):
        report = build(desk, written(HEAD + LIST.replace("[open]", "[received]") + more), desk.window("2026-W47", "week"), "zh")
        return list(report.sheets[0].sections[0].table.row_ids)

    everything, own = ids(""), ids("    where: {party: property}\n")
    assert len(everything) == 5 and own == [i for i in everything if desk.records[i][0].data.party == "property"] and len(own) == 3
    assert ids("    where: {party: property, urgency: emergency}\n") == own[-1:]
    assert ids("    limit: 2\n") == everything[:2]
    # what is empty comes last, whichever way it is sorted
    for sort in ("trade", "-trade"):
        assert desk.records[ids(f"    sort: {sort}\n")[-1]][0].data.trade is None


def test_by_a_field_of_records_whose_measures_judge_something_else():
    mine = written(HEAD + TABLE.replace("noun: repair", "noun: fee").replace("by: party", "by: item").replace("repair.received", "fee.open"))
    desk = week()
    report = build(desk, mine, desk.window("2026-W47", "week"), "en")
    assert report.sheets[0].sections[0].table.rows == [["Venue rent", 1], ["Late fee", 1], ["Total", 2]]


def test_by_a_field_that_is_no_dimension_records_are_counted():
    mine = written(HEAD + TABLE.replace("by: party", "by: urgency"))
    assert mine.sheets[0].sections[0].columns[0].ref.group == "received"


def test_a_sheet_of_a_noun_that_is_not_there_yet_is_no_mistake_and_is_left_out():
    later = LIST.replace("noun: repair", "noun: survey").replace("[id, fault]", "[id, item, finder]")
    mine = written(HEAD + SUMMARY + later)
    desk = week()
    report = build(desk, mine, desk.window("2026-W47", "week"), "en")
    assert [s.key for s in report.sheets] == ["summary"]


WRONG = [
    (HEAD.replace("week", "weekly") + SUMMARY, 'mine.yaml:2: period: expected day, week, month, range, got "weekly". Did you mean week?'),
    (HEAD.replace("svcctl: 1", "svcctl: 2") + SUMMARY, 'mine.yaml:1: svcctl: expected 1, got "2"'),
    (HEAD + SUMMARY + "    figurs: []\n", 'mine.yaml:9: sheets.1.figurs: expected key, show, title, figures, charts, attention, got "figurs". Did you mean figures?'),
    (HEAD + SUMMARY.replace("summary\n    title", "sumary\n    title"), 'mine.yaml:6: sheets.1.show: expected summary, text, overview, compare, details, tables, coming, closing, checks, definitions, got "sumary". Did you mean summary?'),
    (HEAD + SUMMARY.replace("title: 汇总", "title: {zh: 汇总}"), "mine.yaml:7: sheets.1.title.en: expected a value, it is required"),
    (HEAD + SUMMARY.replace("repair.received", "repair.recieved"), 'got "repair.recieved". Did you mean repair.received?'),
    (HEAD + SUMMARY.replace("repair.received", "repair.open"), "mine.yaml:8: sheets.1.figures.1: expected repair.received, repair.finished"),
    (HEAD + SUMMARY.replace("repair.received", "repiar.received"), 'got "repiar.received". Did you mean repair?'),
    (HEAD.replace("period:", "sign: {prepared: [a]}\nperiod:") + SUMMARY, 'mine.yaml:2: sign.prepared: expected a text, or {zh: …, en: …}, got "[a]"'),
    (HEAD.replace("period:", "sign: {prepared: {zh: [a], en: b}}\nperiod:") + SUMMARY, 'sign.prepared.zh: expected a text, got "[a]"'),
    (HEAD + SUMMARY.replace("title: 汇总", "title: [" + "ab, " * 20 + "{a: b}]"), f'got "[{"ab, " * 9}ab…"'),
    (HEAD + SUMMARY + "    attention: [{within: 2d}]\n", 'sheets.1.attention: expected `key: value` lines, got "[{within: 2d}]"'),
    (HEAD + SUMMARY + "    attention: {within: 2 days}\n", 'mine.yaml:9: sheets.1.attention.within: expected a duration such as 30m, 24h or 3d, got "2 days"'),
    (HEAD + SUMMARY.replace("[repair.received]", "[" + ", ".join(["repair.received"] * 25) + "]"), "sheets.1.figures: expected at most 24"),
    (HEAD + LIST.replace("[id, fault]", "[id, fautl]"), 'mine.yaml:10: sheets.1.columns.2: expected no, scope, where'),
    (HEAD + LIST.replace("[id, fault]", "[id, fautl]"), 'got "fautl". Did you mean fault?'),
    (HEAD + LIST.replace("[open]", "[opened]"), 'mine.yaml:9: sheets.1.records.1: expected received, carried_over, ended, reopened, open, overdue'),
    (HEAD + LIST.replace("records: [open]", "records: []"), "sheets.1.records: expected at least one"),
    (HEAD + LIST + "    sort: -when\n", 'mine.yaml:11: sheets.1.sort'),
    (HEAD + LIST + "    where: {partie: property}\n", 'mine.yaml:11: sheets.1.where.partie: expected id, kind, state'),
    (HEAD + LIST + "    where: {party: propertie}\n", 'got "propertie". Did you mean property?'),
    (HEAD + LIST + "    where: property\n", "mine.yaml:11: sheets.1.where: expected `key: value` lines"),
    (HEAD + LIST + "    limit: many\n", 'mine.yaml:11: sheets.1.limit: expected 0 to 1000, got "many"'),
    (HEAD + TABLE + "        rest: {zh: 其余}\n", "sections.1.rest.en: expected a value, it is required"),
    (HEAD + TABLE.replace("noun: repair", "noun: fee").replace("by: party", "by: bucket").replace("repair.received", "fee.open"),
     "sections.1.columns.1: expected a measure split by bucket; records have no such field"),
    (HEAD + LIST + LIST, 'mine.yaml:11: sheets.2.key: expected a key that is not used elsewhere, got "list"'),
    (HEAD + LIST.replace("key: list", "key: checks"), 'sheets.1.key: expected a key that is not used elsewhere, got "checks"'),
    (HEAD + LIST.replace("key: list", "key: accepted_entries"), 'sheets.1.key: expected a key that is not used elsewhere, got "accepted_entries"'),
    (HEAD + LIST + "  - {key: late, show: closing, title: 补录, noun: repair}\n", 'mine.yaml:11: sheets.2.noun: expected key, show, title, intro, got "noun"'),
    (HEAD + TABLE.replace("repair.received", "complaint.received"), 'sections.1.columns.1: expected a figure of repair, got "complaint.received"'),
    (HEAD + TABLE.replace("by: party", "by: urgency").replace("repair.received", "repair.on_time_rate"), "this measure is split by party, trade, to only"),
    (HEAD + TABLE.replace("by: party", "by: partie"), 'got "partie". Did you mean party?'),
    (HEAD + TABLE + "      - {key: t, each: day, last: 400, columns: [repair.open]}\n", 'sections.2.last: expected 1 to 62, got "400"'),
    (HEAD + SUMMARY + "    charts:\n      - {kind: bar, title: 图, of: tables.two, series: [repair.received]}\n" + TABLE,
     'mine.yaml:10: sheets.1.charts.1.of: expected tables.one, got "tables.two". Did you mean tables.one?'),
    (HEAD + SUMMARY + "    charts:\n      - {kind: bar, title: 图, of: tables.one, series: [repair.open]}\n" + TABLE,
     'sheets.1.charts.1.series: expected repair.received, got "repair.open"'),
    (HEAD + "  - {key: w, show: text, title: 摘要, lines: ['报修 {repair.recieved} 单']}\n", "Did you mean repair.received?"),
    (HEAD + "  - {key: w, show: text, title: 摘要, lines: ['报修 {x y} 单']}\n", "expected in braces a figure such as {repair.received}"),
    (HEAD + "  - {key: o, show: overview, title: 总览, measures: [repair.received]}\n", "period: expected month: the year to date is one of months"),
    (HEAD.replace("week", "month") + "  - {key: o, show: overview, title: 总览, lines: tables.one, measures: [repair.received]}\n" + TABLE,
     "sheets.1.lines: expected"),
    (HEAD + "  - {key: w, show: compare, title: 对比, measures: [repair.on_time_rate:change]}\n", "sheets.1.measures.1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named_with_its_line(text, message):
    with pytest.raises(SvcError) as caught:
        written(text)
    assert message in caught.value.say("en")
    assert "templates/mine.yaml:" in caught.value.say("zh")


def test_all_mistakes_are_told_at_once():
    with pytest.raises(SvcError) as caught:
        written(HEAD + SUMMARY.replace("repair.received", "repair.x") + LIST.replace("fault", "y").replace("open", "z"))
    lines = caught.value.say("zh").splitlines()
    assert [line.split(":")[1] for line in lines] == ["8", "13", "14"]


def test_a_site_changes_a_template_in_its_ledger_and_a_folder_of_the_environment_comes_first(tmp_path):
    (tmp_path / "ledger.yaml").write_text("svcctl: 1\nsite: x\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "weekly.yaml").write_text(HEAD + SUMMARY)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.yaml").write_text(HEAD + LIST)
    with Root(str(tmp_path)) as root:
        assert templates.load("weekly", root, {}).title.zh == "我的周报"
        assert templates.load("monthly", root, {}).title.zh == "客服月报"
        environ = {"SVCCTL_TEMPLATES": str(elsewhere)}
        assert templates.names(root, environ) == ["daily", "mine", "monthly", "weekly"]
        assert templates.load("mine", root, environ).name == "mine"
        (elsewhere / "weekly.yaml").write_text(HEAD.replace("My week", "Another") + LIST)
        assert templates.load("weekly", root, environ).title.en == "Another"


def test_a_missing_template_says_where_it_was_looked_for_and_what_there_is(tmp_path):
    (tmp_path / "ledger.yaml").write_text("svcctl: 1\nsite: x\n")
    with Root(str(tmp_path)) as root, pytest.raises(NotFound) as caught:
        templates.load("weekley", root, {})
    message = caught.value.say("en")
    assert str(tmp_path / "templates") in message
    assert message.endswith('got "weekley". Did you mean weekly? There are: daily, monthly, weekly')
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("name", ["../secret", "", ".hidden", "a/b"])
def test_a_template_is_a_name_and_no_path(name, tmp_path):
    (tmp_path / "secret.yaml").write_text(HEAD + SUMMARY)
    (tmp_path / "t").mkdir()
    with pytest.raises(NotFound):
        templates.load(name, None, {"SVCCTL_TEMPLATES": str(tmp_path / "t")})


def test_damaged_yaml_names_its_line(tmp_path):
    (tmp_path / "mine.yaml").write_text(HEAD + "  - key: [a\n")
    with pytest.raises(SvcError) as caught:
        templates.load("mine", None, {"SVCCTL_TEMPLATES": str(tmp_path)})
    assert caught.value.say("en").startswith("templates/mine.yaml:")
    (tmp_path / "mine.yaml").write_bytes("title: 周报".encode("gb18030"))
    with pytest.raises(SvcError, match="UTF-8"):
        templates.load("mine", None, {"SVCCTL_TEMPLATES": str(tmp_path)})


# -- what need not be said, and what is said about it -------------------------------------------------------------------

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("half", [0, 1])
def test_the_report_in_readme_takes_twenty_lines_and_can_be_made(half):
    (text,) = [b for b in re.findall(r"^```yaml\n(svcctl: 1\n.*?)^```", README.split("\n# 中文\n")[half], re.MULTILINE | re.DOTALL) if "period:" in b]
    assert len(text.splitlines()) <= 20
    mine, desk = written(text), week()
    report = build(desk, mine, desk.window("2026-W47", "week"), "en")
    assert [s.title for s in report.sheets] == ["Summary", "Statistics", "Repair, details", "Checks"]
    summary, statistics, details, _ = report.sheets
    assert [f.measure_id for f in summary.figures] == ["repair.received", "repair.finished", "repair.on_time_rate", "repair.backlog"]
    assert summary.charts[0].title == "Repairs reported, Repairs finished" and summary.attention
    assert [s.key for s in statistics.sections] == ["repair_by_trade", "by_week"]
    assert [row[0] for row in statistics.sections[1].table.rows] == ["W46", "W47"], "there was nothing before"
    assert len(details.sections[0].table.rows) == 6
    narrow = build(desk, narrowed(mine, "public"), desk.window("2026-W47", "week"), "zh")
    assert [s.title for s in narrow.sheets] == ["汇总", "统计"]


def test_keys_titles_and_columns_follow_from_the_rest():
    mine = written("svcctl: 1\nperiod: week\ntitle: x\nsheets:\n  - {show: details, noun: complaint}\n  - {show: tables, sections: [{noun: repair, by: party}, {noun: repair, by: urgency}, {noun: repair, by: party, across: trade}]}\n  - {show: compare, measures: [repair.*]}\n")
    details, tables, compare = mine.sheets
    assert (details.key, details.title.en, details.records) == ("complaint", "Complaint, details", ("received", "open"))
    assert [c.key for c in details.columns] == ["id", "at", "content", "anonymous", "promised", "target", "channel", "category", "state"]
    assert [s.key for s in tables.sections] == ["repair_by_party", "repair_by_urgency", "repair_party_by_trade"]
    assert "repair.on_time_rate" in [c.ref.id for c in tables.sections[0].columns]
    assert [c.ref.group for c in tables.sections[1].columns] == ["received", "open"]
    assert (compare.key, compare.title.zh) == ("compare", "指标对比")


def test_two_sheets_that_would_go_by_one_key_are_told_to_say_theirs():
    with pytest.raises(SvcError) as caught:
        written("svcctl: 1\ntitle: x\nsheets:\n  - {show: details, noun: repair}\n  - {show: details, noun: repair}\n")
    assert caught.value.say("en") == "templates/mine.yaml:5: sheets.2.key: expected a `key:` of its own; without one both would be called repair"


def test_a_second_table_by_the_same_field_is_told_to_say_its_key_and_one_that_is_none_does_not_shift_the_lines():
    one = "      - {noun: complaint, by: category}\n"
    with pytest.raises(SvcError) as caught:
        written("svcctl: 1\ntitle: x\nsheets:\n  - nothing\n  - show: tables\n    sections:\n      - none\n" + one + one)
    told = caught.value.say("en").splitlines()
    assert told[-1] == "templates/mine.yaml:9: sheets.2.sections.3.key: expected a `key:` of its own; without one both would be called complaint_by_category"
    assert [line.split(": ")[0] for line in told] == [f"templates/mine.yaml:{n}" for n in (4, 7, 9)]


@pytest.mark.parametrize("key", ["title", "period"])
def test_a_key_that_is_there_twice_is_named(key):
    with pytest.raises(SvcError) as caught:
        written(f"svcctl: 1\n{key}: day\n{key}: day\n")
    assert caught.value.say("en") == f"templates/mine.yaml:3: the same key twice: {key}"
    assert caught.value.say("zh") == f"templates/mine.yaml:3: 字段重复：{key}"


@pytest.mark.parametrize("key", ["王小明", "ming@example.com", "138 0000 1234"])
def test_a_key_that_is_no_plain_word_is_not_quoted(key):
    with pytest.raises(SvcError) as caught:
        written(f"svcctl: 1\n{key}: day\n{key}: day\n")
    assert caught.value.say("en") == "templates/mine.yaml:3: the same key twice"


@pytest.mark.parametrize(("where", "taken"), [
    ("  - {{show: summary, figures: [{}]}}\n", {"fee.billed": True, "fee.charge": False, "fee.nosuch": False}),
    ("  - {{show: tables, sections: [{{noun: fee, by: kind, columns: [{}]}}]}}\n", {"fee.charge": True, "fee.nosuch": False}),
    ("  - {{show: tables, sections: [{{noun: fee, by: bucket, columns: [{}]}}]}}\n", {"fee.ageing": True, "fee.charge": False, "fee.nosuch": False}),
    ("  - {{show: text, lines: ['{{{}}}']}}\n", {"fee.charge": True, "fee.nosuch": False}),
])  # fmt: skip
def test_only_figures_that_would_be_taken_are_suggested(where, taken):
    def said(figure):
        try:
            written("svcctl: 1\ntitle: x\nsheets:\n" + where.format(figure))
        except SvcError as wrong:
            return wrong.say("en")
        return ""

    assert {figure: not said(figure) for figure in taken} == taken
    for typo in ("fee.nosuch", "fee.biled", "fee.ageng", "fee.chrge"):
        hint = re.search(r"Did you mean (\S+)\?", wrong) if (wrong := said(typo)) else None
        assert wrong and (hint is None or not said(hint[1])), (typo, hint)


AROUND = {
    "template": "{}", "chart": "sheets: [{{show: summary, charts: [{}]}}, {{show: tables, sections: [{{noun: repair, by: party}}]}}]", "by": "sheets: [{{show: tables, sections: [{}]}}]", "across": "sheets: [{{show: tables, sections: [{}]}}]",
    "records": "sheets: [{{show: tables, sections: [{}]}}]", "each": "sheets: [{{show: tables, sections: [{}]}}]", "figure": "sheets: [{{show: tables, sections: [{{noun: repair, by: party, columns: [{}]}}]}}]",
    "column": "sheets: [{{show: details, noun: repair, columns: [{}]}}]", "audience": "sheets: [{{show: checks}}]\naudiences: {{team: {}}}", "line": "sheets: [{{show: text, lines: [{}]}}, {{show: details, noun: complaint}}]", "sign": "sheets: [{{show: checks}}]\nsign: {}",
    "placed": "extends: weekly\nsheets: [{{show: details, noun: repair, key: mine, {}}}]",
    "overview": "period: month\nsheets: [{}, {{show: tables, key: tables, sections: [{{each: month, last: 6, columns: [repair.received]}}]}}]",
}  # fmt: skip


@pytest.mark.parametrize(("block", "key"), [(b, k.name) for b, block in BLOCKS.items() for k in block.keys])
def test_every_key_that_is_explained_is_understood_with_its_example(block, key):
    """And one letter more is a mistake whose message names the key."""
    for wrong in ("", "x"):
        lines = [f"{k.name}{wrong if k.name == key else ''}: {k.example}" for k in BLOCKS[block].keys if k.needed or k.name == key]
        if block == "template":
            text = "\n".join([*lines, *(["extends: weekly"] if key == "without" else [])])
        else:
            lines = lines if block == "placed" else ["{" + ", ".join(lines) + "}"]
            inside = AROUND.get(block, "sheets: [{}]").format(", ".join(lines))
            text = f"svcctl: 1\ntitle: x\n{inside}"
        try:
            written(text)
        except SvcError as error:
            said = error.say("en")
            assert wrong and [line for line in said.splitlines() if f'got "{key}x"' in line and f"Did you mean {key}?" in line], said
        else:
            assert not wrong


def test_what_may_be_written_is_what_is_explained():
    topic = template_help.topic()
    for block in BLOCKS.values():
        for key in block.keys:
            assert re.search(rf"^  {key.name}\*? ", topic.zh, re.MULTILINE) and key.about.en in topic.en and key.about.zh in topic.zh
    assert set(AROUND) | set(defaults.TITLES) == set(BLOCKS)


@pytest.mark.parametrize("name", ["../x.xlsx", "/etc/x.xlsx", "x.xls", "a/b.xlsx", "..xlsx", ".x.xlsx", "C:\\x.xlsx", "x .xlsx.", "x.xlsx\u202e"])
def test_a_brand_is_the_name_of_a_file_and_no_path(name):
    with pytest.raises(SvcError) as caught:
        written(f"svcctl: 1\ntitle: x\nbrand: '{name}'\nsheets: [{{show: checks}}]\n")
    assert "mine.yaml:3: brand: expected the name of a file in templates/ such as brand.xlsx, or none" in caught.value.say("en")


def test_a_template_that_is_too_large_is_refused_whole_and_not_read_in_part(tmp_path):
    (tmp_path / "mine.yaml").write_text(HEAD + SUMMARY + "# 长\n" * 260_000, encoding="utf-8")
    with pytest.raises(SvcError, match="too large"):
        templates.load("mine", None, {"SVCCTL_TEMPLATES": str(tmp_path)})
