"""What leads from a figure to its definition, where numbers stand, what page 1 says of empty sheets and who signs."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from street import report

from svcctl.reports.model import (
    Amount,
    Change,
    ChecksSheet,
    Column,
    DefinitionsSheet,
    Fact,
    Flag,
    Section,
    SummarySheet,
    Table,
    TableSheet,
)
from svcctl.xlsx.book import render
from svcctl.xlsx.styles import padded


def book_of(made):
    return openpyxl.load_workbook(io.BytesIO(render(made)))


def statistics(zh=True):
    columns = (
        Column("trade", "工种"), Column("repair.received", "报修量", "int", link="repair.received"),
        Column("rate", "及时率", "rate", link="repair.on_time_rate"), Column("x", "别的", "int", link="repair.unheard_of"),
    )  # fmt: skip
    rows = [["水电", 3, None, 1], ["合计", 1234, None, 1]]
    return TableSheet("stats", "统计", (Section("by", Table(columns, rows), "按工种", filter=False), Section("plain", Table(columns[:1], [["木工"]]))))


def with_statistics():
    whole = report()
    return replace(whole, sheets=(whole.sheets[0], statistics(), *whole.sheets[1:]))


def test_a_mark_above_a_figure_leads_to_its_definition():
    book = book_of(with_statistics())
    sheet = book["统计"]
    marks = {cell.coordinate: cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.value == "ⓘ"}
    assert list(marks) == ["B5", "C5"], "not above what is no figure, nor what nobody has defined"
    for ref, identity, label in (("B5", "repair.received", "报修量"), ("C5", "repair.on_time_rate", "及时率")):
        name, cell = marks[ref].location.split("!")
        assert book[name.strip("'")][cell].value == identity and marks[ref].tooltip == f"口径：{label}"
    assert [sheet[f"{c}6"].value for c in "ABCD"] == ["工种", "报修量", "及时率", "别的"] and sheet["B6"].hyperlink is None
    assert sheet["B6"].font.color.rgb == "FFFFFFFF" and sheet.tables["tbl_stats_by"].ref == "A6:D8"


def test_the_figures_of_page_one_lead_to_their_definitions():
    whole = report()
    book = book_of(whole)
    sheet = book["汇总"]
    for figure in whole.sheets[0].figures:
        label = next(cell for row in sheet.iter_rows() for cell in row if str(cell.value or "").startswith(figure.label))
        link = sheet.cell(label.row + 1, label.column).hyperlink
        name, cell = link.location.split("!")
        assert book[name.strip("'")][cell].value == figure.measure_id


def test_a_report_without_definitions_leads_nowhere():
    whole = with_statistics()
    book = book_of(replace(whole, sheets=tuple(s for s in whole.sheets if not isinstance(s, DefinitionsSheet))))
    assert not [cell for row in book["统计"].iter_rows() for cell in row if cell.value == "ⓘ"]
    assert book["统计"]["A5"].value == "工种"
    links = [cell.hyperlink.location for row in book["汇总"].iter_rows() for cell in row if cell.hyperlink]
    assert links and not [location for location in links if "口径" in location]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_stands_on_the_right_has_its_distance_from_the_number_format_alone(lang):
    """LibreOffice loses an indent where the cell before differs in its number format only."""
    made = report(lang)
    columns = (Column("a", "数", "int"), Column("b", "额", "money"))
    rows = [[Amount(None, "rate"), 1], [Amount(5, "count", signed=True), 2], [Change(None, "percent", "none"), 3]]
    extra = TableSheet("more", "More", (Section("more", Table(columns, rows)),))
    book = book_of(replace(made, sheets=(*made.sheets, extra)))
    seen = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.alignment.horizontal == "right":
                    assert not cell.alignment.indent and cell.number_format.endswith("_ "), (sheet.title, cell.coordinate)
                    seen += cell.value is not None
    assert seen > 100


def test_every_part_of_a_format_keeps_the_space():
    assert padded("General") == "@_ " and padded("#,##0") == "#,##0_ "
    assert padded('+0.0;-0.0;0.0"x"', 2) == '+0.0_ _ ;-0.0_ _ ;0.0"x"_ _ '


def test_page_one_says_which_sheets_have_nothing_and_keeps_them():
    book = book_of(report(rows=0))
    values = [cell.value for row in book["汇总"].iter_rows() for cell in row if cell.value]
    assert "→ 报修明细（本期无）" in values and "→ 校验" in values and "→ 口径" in values
    assert book["报修明细"].sheet_state == "visible"
    english = book_of(report("en", rows=0))["Summary"]
    assert "→ Repairs (none)" in [cell.value for row in english.iter_rows() for cell in row]


def test_there_is_a_line_to_sign_at_the_foot_of_page_one():
    signed = replace(report(), sign=(Fact("编制", "李敏"), Fact("审核", ""), Fact("批准", "=1+1")))
    sheet = book_of(signed)["汇总"]
    last = sheet.max_row
    assert [c.value for c in sheet[last] if c.value] == ["编制", "李敏", "审核", "批准", "=1+1"]
    assert all(cell.data_type != "f" for cell in sheet[last])
    assert sheet.cell(last, 11).border.bottom.style == "thin" and sheet.cell(last, 8).border.bottom.style is None
    assert sheet.print_area.endswith(f"$X${last}") and sheet.page_setup.fitToHeight == 1
    plain = book_of(report())["汇总"]
    assert "编制" not in [cell.value for row in plain.iter_rows() for cell in row]


def test_more_to_attend_to_leaves_room_for_the_line_to_sign():
    whole = report()
    page = whole.sheets[0]
    assert isinstance(page, SummarySheet)
    many = replace(whole, sheets=(replace(page, attention=[*page.attention] * 9), *whole.sheets[1:]), sign=(Fact("编制", ""),))
    sheet = book_of(many)["汇总"]
    assert sum(sheet.row_dimensions[n].height for n in range(1, sheet.max_row + 1)) <= 700


def test_checks_that_passed_are_quiet_and_those_that_failed_are_not():
    whole = report()
    assert any(isinstance(s, ChecksSheet) for s in whole.sheets)
    sheet = book_of(whole)["校验"]
    flags = {cell.value: cell.fill.fill_type for row in sheet.iter_rows() for cell in row if str(cell.value)[:1] in "✔✘"}
    assert flags == {"✔ 通过": None, "✘ 不符": "solid"}


def test_a_column_without_a_value_is_as_narrow_as_its_head_and_long_texts_get_the_room():
    columns = (Column("id", "编号", "id"), Column("text", "内容"), Column("gone", "没有值的一列", width=40), Column("n", "数", "int"))
    rows = [[f"x{n}", "很长的一段话，" * 12, None, n] for n in range(3)]
    whole = report()
    table = TableSheet("t", "表", (Section("t", Table(columns, rows)),))
    sheet = book_of(replace(whole, sheets=(replace(whole.sheets[0], charts=()), table)))["表"]
    widths = {letter: sheet.column_dimensions[letter].width for letter in "ABCD"}
    assert widths["C"] <= 11 and widths["B"] >= 50


def test_lines_in_charts_are_told_apart_without_colours():
    with zipfile.ZipFile(io.BytesIO(render(report()))) as file:
        charts = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/charts/chart")]
    line = next(chart for chart in charts if "<lineChart>" in chart)
    assert '<symbol val="circle" />' in line and '<size val="5" />' in line


def test_a_quiet_flag_keeps_sign_and_colour():
    whole = report()
    table = TableSheet("t", "表", (Section("t", Table((Column("a", "甲", "flag"),Column("b", "乙", "int")), [[Flag("好", "good", quiet=True), 1]])),))
    cell = book_of(replace(whole, sheets=(replace(whole.sheets[0], charts=()), table)))["表"]["A5"]
    assert cell.value == "✔ 好" and cell.font.color.rgb == "FF0B6E99" and cell.fill.fill_type is None


def test_a_head_on_two_lines_breaks_no_word():
    columns = tuple(Column(f"c{n}", f"Document no {n}") for n in range(16))
    whole = report()
    table = TableSheet("t", "T", (Section("t", Table(columns, [["x"] * 16])),))
    sheet = book_of(replace(whole, sheets=(replace(whole.sheets[0], charts=()), table)))["T"]
    assert len("Document") + 4 <= sheet.column_dimensions["B"].width < len("Document no 1") + 4
    assert sheet.row_dimensions[4].height > 30
