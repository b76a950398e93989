"""A template that changes another: what it takes over, leaves out, replaces and adds, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_desk import template, week, written

from svcctl.errors import NotFound, SvcError
from svcctl.reports.audience import narrowed
from svcctl.reports.build import build
from svcctl.store import templates
from svcctl.store.files import Root

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
WEEKLY = [s.key for s in template("weekly").sheets]
OPEN = "{show: details, key: ours, noun: repair, records: [open]}"


def mine(*lines):
    return written("\n".join(("svcctl: 1", "extends: weekly", *lines)) + "\n")


def keys(one):
    return [s.key for s in one.sheets]


@pytest.mark.parametrize("half", [0, 1])
def test_the_change_in_readme_takes_ten_lines_and_can_be_made(half):
    (text,) = [b for b in re.findall(r"^```yaml\n(svcctl: 1\n.*?)^```", README.split("\n# 中文\n")[half], re.MULTILINE | re.DOTALL) if "extends:" in b]
    assert len(text.splitlines()) <= 10
    one, desk = written(text), week()
    report = build(desk, one, desk.window("2026-W47", "week"), "en")
    titles = [s.title for s in report.sheets]
    plain = [s.title for s in build(desk, template("weekly"), desk.window("2026-W47", "week"), "en").sheets]
    assert report.title == "Engineering weekly" and titles[:3] == ["Summary", "In words", "Our open repairs"]
    cash = ["Cash desk", "Overs", "Shorts", "Shift handovers", "Takings due", "Remittances", "Handed in late"]
    assert [t for t in plain if t not in titles] == cash and [t for t in titles if t not in plain] == ["Our open repairs"]
    words = next(s for s in report.sheets if s.key == "words")
    assert [row[0] for row in words.sections[0].table.rows] == ["5 repairs this week, 4 still open."]
    rows = next(s for s in report.sheets if s.title == "Our open repairs").sections[0].table.rows
    assert len(rows) == 2
    public = build(desk, narrowed(one, "public"), desk.window("2026-W47", "week"), "zh")
    assert "汇总" in [s.title for s in public.sheets] and "本组未结" not in [s.title for s in public.sheets], "who may see what is as before"


def test_all_of_it_is_taken_over_that_is_not_said_otherwise():
    one, base = mine(), template("weekly")
    assert (one.sheets, one.title, one.period, one.audiences, one.brand) == (base.sheets, base.title, base.period, base.audiences, base.brand)
    assert (one.name, one.extends, base.extends) == ("mine", "weekly", "")


def test_a_sheet_of_the_same_key_replaces_and_others_come_where_they_are_told():
    assert keys(mine("sheets:", "  - {show: text, key: words, lines: [x]}")) == WEEKLY
    assert mine("sheets:", "  - {show: text, key: words, lines: [x]}").sheets[1].lines[0].text.en == "x"
    at = next(n for n, s in enumerate(template("weekly").sheets) if type(s).__name__ in ("ClosingSpec", "ChecksSpec"))
    assert keys(mine("sheets:", f"  - {OPEN}")) == [*WEEKLY[:at], "ours", *WEEKLY[at:]]
    for word, n in (("before", 2), ("after", 3)):
        found = keys(mine("sheets:", f"  - {OPEN[:-1]}, {word}: {WEEKLY[2]}}}"))
        assert found == [*WEEKLY[:n], "ours", *WEEKLY[n:]]
    moved = keys(mine("sheets:", f"  - {{show: text, key: words, lines: [x], after: {WEEKLY[4]}}}"))
    assert moved == [WEEKLY[0], *WEEKLY[2:5], "words", *WEEKLY[5:]]
    two = keys(mine("sheets:", f"  - {OPEN[:-1]}, after: summary}}", "  - {show: text, key: more, lines: [x], after: ours}"))
    assert two[:3] == ["summary", "ours", "more"]


def test_without_takes_sheets_tables_figures_and_all_about_a_noun():
    one = mine("without: [words, repairs_by_unit, repair.minutes, cash.*]")
    base = template("weekly")
    assert "words" not in keys(one) and {"repairs_by_unit"} & {s.key for sheet in base.sheets for s in getattr(sheet, "sections", ())}
    text = repr(one.sheets)
    assert not re.search(r"repairs_by_unit|repair\.minutes|'cash\b|cash\.", text) and "repair.on_time_rate" in text
    assert "cash.completeness_rate" in repr(base.sheets)
    assert "cash.completeness_rate" not in [f.id for f in one.sheets[0].figures] and "fee.received" in [f.id for f in one.sheets[0].figures]


def test_audiences_are_inherited_and_one_that_is_declared_anew_is_that_one():
    one = mine("without: [compare]", "sheets:", f"  - {OPEN}", "audiences:", "  team: {without: [ours]}")
    assert [a.name for a in one.audiences] == [a.name for a in template("weekly").audiences]
    assert next(a for a in one.audiences if a.name == "team").without == {"ours"}
    assert "ours" not in keys(narrowed(one, "team")) and "ours" in keys(narrowed(one, "manager"))
    assert "ours" not in keys(narrowed(one, "public")), "never single records"
    base = written("svcctl: 1\ntitle: x\nsheets: [{show: checks}]\n")
    assert base.audiences == ()


WRONG = [
    (["extends: weekley"], 'mine.yaml:3: extends: expected daily, monthly, weekly, got "weekley". Did you mean weekly?'),
    (["extends: ../weekly"], 'mine.yaml:3: extends: expected daily, monthly, weekly, got "../weekly"'),
    (["extends: [weekly]"], "mine.yaml:3: extends: expected one value"),
    (["extends: weekly", "without: [word]"], "mine.yaml:4: without.1: expected summary, words, "),
    (["extends: weekly", "without: [words, cahs.*]"], "mine.yaml:4: without.2: expected complaint,"),
    (["extends: weekly", "witout: [words]"], 'mine.yaml:4: witout: expected svcctl, period, title, extends, without, brand, sign, audiences, sheets, got "witout". Did you mean without?'),
    (["extends: weekly", "period: month"], 'mine.yaml:4: period: expected week, as of weekly, got "month"'),
    (["extends: weekly", "sheets:", f"  - {OPEN[:-1]}, after: wordz}}"], 'mine.yaml:5: sheets.1.after: expected summary, words,'),
    (["extends: weekly", "sheets:", f"  - {OPEN[:-1]}, after: words, before: words}}"], "mine.yaml:5: sheets.1.after: expected `before` or `after`, not both"),
    (["extends: weekly", "without: [words]", "sheets:", f"  - {OPEN[:-1]}, after: words}}"], 'mine.yaml:6: sheets.1.after: expected summary,'),
    (["extends: weekly", "sheets:", "  - {show: details, key: repairs_by_party, noun: repair}"], 'mine.yaml:5: sheets.1.key: expected a key that is not used elsewhere, got "repairs_by_party"'),
    (["extends: weekly", "sheets:", f"  - {OPEN}", f"  - {OPEN}"], 'mine.yaml:6: sheets.2.key: expected a key that is not used elsewhere, got "ours"'),
    (["extends: weekly", "sheets:", "  - {show: summary, charts: [{kind: bar, of: chart_data.by_wek, series: [repair.received]}]}"], "Did you mean chart_data.by_week?"),
    (["extends: weekly", "audiences: {team: {without: [opn]}}", "sheets:", f"  - {OPEN}"], "mine.yaml:4: audiences.team.without.1: expected summary,"),
    (["extends: [weekly]"], 'mine.yaml:3: extends: expected one value, got "[weekly]"'),
    (["title: x", "without: [checks]", "sheets: [{show: checks}]"], "mine.yaml:4: without: expected an `extends` beside it"),
    (["title: x", "sheets: [{show: checks, after: summary}]"], 'mine.yaml:4: sheets.1.after: expected key, show, title, intro, got "after"'),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named_with_its_line(lines, message):
    with pytest.raises(SvcError) as caught:
        written("\n".join(["# mine", "svcctl: 1", *lines]) + "\n")
    assert message in caught.value.say("en")
    assert caught.value.say("zh").count("templates/mine.yaml:") == 1


# -- files ------------------------------------------------------------------------------------------------------------


def folder(tmp_path, **files):
    (tmp_path / "templates").mkdir(parents=True)
    (tmp_path / "ledger.yaml").write_text("svcctl: 1\nsite: x\n")
    for name, lines in files.items():
        (tmp_path / "templates" / f"{name}.yaml").write_text("svcctl: 1\n" + lines, "utf-8")
    return Root(str(tmp_path))


def test_its_own_name_is_the_one_that_it_hides(tmp_path):
    with folder(tmp_path, weekly="extends: weekly\nwithout: [words]\n", mine="extends: weekly\nwithout: [compare]\n") as root:
        one = templates.load("weekly", root, {})
        assert keys(one) == [k for k in WEEKLY if k != "words"] and one.extends == "weekly"
        assert keys(templates.load("mine", root, {})) == [k for k in WEEKLY if k not in ("words", "compare")]
        (tmp_path / "env").mkdir()
        (tmp_path / "env" / "weekly.yaml").write_text("svcctl: 1\nextends: weekly\nwithout: [compare]\n")
        env = {"SVCCTL_TEMPLATES": str(tmp_path / "env")}
        assert keys(templates.load("weekly", root, env)) == [k for k in WEEKLY if k not in ("words", "compare")]


@pytest.mark.parametrize(("files", "said"), [
    ({"a": "extends: b\n", "b": "extends: a\n"}, "templates/b.yaml:2: extends: expected a template that does not lead back here; this is a → b → a, "),
    ({"a": "extends: a\n"}, "templates/a.yaml:2: extends: expected a template that does not lead back here; this is a → a, "),
    ({"a": "extends: b\n", "b": "extends: c\n", "c": "extends: d\n", "d": "extends: weekly\n"},
     "templates/d.yaml:2: extends: expected at most 3 levels of `extends`; this is a → b → c → d → weekly, "),
])  # fmt: skip
def test_what_leads_back_or_too_deep_is_refused_each_in_its_words(tmp_path, files, said):
    with folder(tmp_path, **files) as root, pytest.raises(SvcError) as caught:
        templates.load("a", root, {})
    assert caught.value.say("en").startswith(said)


def test_a_template_is_never_suggested_to_itself(tmp_path):
    with folder(tmp_path, cyc1="extends: cyc2\n") as root, pytest.raises(SvcError) as caught:
        templates.load("cyc1", root, {})
    assert caught.value.say("en") == 'templates/cyc1.yaml:2: extends: expected daily, monthly, weekly, got "cyc2"'
    with folder(tmp_path / "more", cyc1="extends: cyc2\n", cyc3="extends: weekly\n") as root, pytest.raises(SvcError) as caught:
        templates.load("cyc1", root, {})
    assert caught.value.say("en").endswith("Did you mean cyc3?")


def test_three_levels_are_made(tmp_path):
    with folder(tmp_path, a="extends: b\nwithout: [words]\n", b="extends: c\nwithout: [compare]\n", c="extends: weekly\n") as root:
        assert keys(templates.load("a", root, {})) == [k for k in WEEKLY if k not in ("words", "compare")]


def test_what_is_wrong_with_the_base_is_told_of_the_base(tmp_path):
    with folder(tmp_path, a="extends: b\n", b="title: x\nsheets: [{show: chekcs}]\n") as root, pytest.raises(SvcError) as caught:
        templates.load("a", root, {})
    assert caught.value.say("en").startswith("templates/b.yaml:3: sheets.1.show: ")


def test_a_base_that_is_a_link_is_not_followed(tmp_path):
    with folder(tmp_path, a="extends: b\n") as root:
        (tmp_path / "secret.yaml").write_text("svcctl: 1\ntitle: x\nsheets: [{show: checks}]\n")
        (tmp_path / "templates" / "b.yaml").symlink_to(tmp_path / "secret.yaml")
        with pytest.raises(SvcError) as caught:
            templates.load("a", root, {})
        assert not isinstance(caught.value, NotFound)
