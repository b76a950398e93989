"""A month of a shopping street as a workbook, read back with other readers than the one that wrote it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from street import CST, STAMP, report

from svcctl.errors import Refused
from svcctl.reports.model import Amount, Change, Column, Flag, Link, Section, Table, TableSheet
from svcctl.xlsx.book import render

NAIVE = datetime.fromisoformat("2025-10-01T23:59:59")  # a cell knows no zone


def read(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def rows_of(data: bytes, sheet: str) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def links_of(sheet) -> dict[str, str]:
    return {cell.coordinate: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}


def sheet_with(*rows: list[object], columns: tuple[Column, ...], ids: tuple[str, ...] = ()) -> bytes:
    """A workbook of the street's first sheet and one more with these rows."""
    whole = report()
    table = TableSheet("t", "表", (Section("t", Table(columns, list(rows), ids)),))
    return render(replace(whole, sheets=(replace(whole.sheets[0], charts=()), table)))


@pytest.fixture(scope="module")
def zh() -> bytes:
    return render(report("zh"))


@pytest.fixture(scope="module")
def en() -> bytes:
    return render(report("en"))


def test_the_sheets_stand_in_their_order_in_both_languages(zh, en):
    assert read(zh).sheetnames == ["汇总", "指标对比", "投诉明细", "报修明细", "校验", "口径", "图表数据"]
    assert read(en).sheetnames == ["Summary", "Comparison", "Complaints", "Repairs", "Checks", "Definitions", "Chart data"]


def test_another_reader_gets_the_same_values(zh):
    table = report("zh").sheets[3].sections[0].table
    read_back = rows_of(zh, "报修明细")
    assert read_back[3] == [column.label for column in table.columns]
    for expected, got in zip(table.rows, read_back[4:], strict=False):
        assert got[0] == expected[0]
        assert got[1] == expected[1].replace(tzinfo=None, microsecond=0)
        assert got[7] == expected[7]
        assert got[9] == ("✘ " if expected[9].tone == "alert" else "✔ ") + expected[9].text
        assert got[10] == ("" if expected[10] is None else float(expected[10]))
        assert got[11] == ("" if expected[11] is None else float(expected[11]))


def test_totals_are_formulas_with_the_values_they_will_have(zh):
    table = report("zh").sheets[3].sections[0].table
    formulas, values = read(zh)["报修明细"], rows_of(zh, "报修明细")
    last = 4 + len(table.rows) + 1
    assert formulas.cell(last, 1).value == f"=SUBTOTAL(103,A5:A{last - 1})"
    assert formulas.cell(last, 12).value == f"=SUBTOTAL(109,L5:L{last - 1})"
    assert values[last - 1][0] == len(table.rows)
    assert values[last - 1][11] == float(sum(row[11] for row in table.rows if row[11] is not None))
    assert values[last - 1][10] == float(sum(row[10] for row in table.rows if row[10] is not None))


def test_details_are_tables_with_filter_frozen_head_and_print_titles(zh):
    sheet = read(zh)["报修明细"]
    table = sheet.tables["tbl_repairs"]
    assert table.ref == "A4:L68" and table.autoFilter.ref == "A4:L67" and table.totalsRowCount == 1
    assert [column.name for column in table.tableColumns] == [sheet.cell(4, n).value for n in range(1, 13)]
    assert sheet.freeze_panes == "A5" and sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.paperSize == 9
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert not sheet.protection.sheet
    summary = read(zh)["汇总"]
    assert (summary.page_setup.fitToWidth, summary.page_setup.fitToHeight) == (1, 1)


def test_what_needs_attention_leads_to_its_row(zh):
    book = read(zh)
    summary = book["汇总"]
    links = links_of(summary)
    checked = 0
    for ref, location in links.items():
        sheet, cell = re.fullmatch(r"'(.+)'!([A-Z]+[0-9]+)", location).groups()
        if sheet == "报修明细" and cell != "A1":
            assert book[sheet][cell].value == summary[ref].value
            checked += 1
    assert checked >= 8
    assert {"'指标对比'!A1", "'口径'!A1", "'图表数据'!A1"} <= set(links.values())


def test_the_comparison_leads_to_the_definitions(en):
    book = read(en)
    sheet = book["Comparison"]
    figures = report("en").sheets[1].figures
    links = links_of(sheet)
    for row, figure in enumerate(figures, 5):
        assert sheet.cell(row, 11).value == "definition"
        target = links[f"K{row}"].split("!")[1]
        assert book["Definitions"][target].value == figure.measure_id


def test_the_comparison_holds_numbers_with_signs(zh):
    rows = {row[1]: row for row in rows_of(zh, "指标对比")[4:]}
    assert rows["投诉受理量"][2:6] == [43, 38, 5, 0.13158]
    rate = rows["投诉办结率"]
    assert rate[2] == 0.9999 and rate[4] == 21.0 and rate[5] == 21.0 and rate[7] == "无可比数据" and rate[9] == "✔ 达标"
    assert rows["收费总额（元）"][2] == 1283738.04 and rows["收费总额（元）"][7] == "—"
    cell = read(zh)["指标对比"]["F5"]
    assert cell.number_format == '"▲ "#,##0.0%_ ;"▼ "#,##0.0%_ ;0.0%_ ' and cell.font.color.rgb == "FFC0392B"


def test_the_summary_fits_its_figures_charts_and_contents(zh):
    sheet = read(zh)["汇总"]
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "悦和里商业街 · 客服月报" in values and "2025年10月" in values
    assert 0.9318 in values and 1283738.04 in values and "✘ 目标 ≥ 95.00%" in values
    shown = int(re.search(r"需要关注（共 17 项，列出最急的 (\d+) 项）", "\n".join(map(str, values)))[1])
    assert shown >= 8 and sum(str(v).startswith("rp-") for v in values) == shown
    assert len(sheet._charts) == 3
    assert sheet.print_area == f"'汇总'!$A$1:$X${sheet.max_row}"


def test_charts_have_caches_fonts_axes_and_words_for_those_who_do_not_see_them(zh):
    files = parts(zh)
    charts = [files[f"xl/charts/chart{n}.xml"].decode() for n in (1, 2, 3)]
    for chart in charts:
        assert "numCache" in chart and "strCache" in chart
        assert '<a:latin typeface="微软雅黑" />' in chart and '<a:ea typeface="微软雅黑" />' in chart
        assert 'delete val="1"' not in chart
        assert 'roundedCorners val="0"' in chart
    assert charts[0].count('delete val="0"') == 2 and charts[1].count('delete val="0"') == 2
    for number in (12, 11, 10, 9, 8, 7):
        assert f"<v>{number}</v>" in charts[1]
    drawing = files["xl/drawings/drawing1.xml"].decode()
    assert drawing.count('descr="') == 3 and "投诉类别（件）: 噪音扰民 12" in drawing
    assert drawing.count("twoCellAnchor") >= 6


def test_every_part_is_well_formed_and_the_order_is_fixed(zh, en):
    for data in (zh, en):
        files = parts(data)
        assert list(files) == ["[Content_Types].xml", *sorted(name for name in files if name != "[Content_Types].xml")]
        for name, part in files.items():
            assert ET.fromstring(part) is not None, name
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            assert {(i.date_time, i.create_system, i.compress_type) for i in file.infolist()} == {((1980, 1, 1, 0, 0, 0), 3, 8)}


def test_properties_come_from_the_report(zh):
    core = parts(zh)["docProps/core.xml"].decode()
    assert core.count("2025-10-31T15:59:59Z") == 2
    book = read(zh)
    assert {p.name: p.value for p in book.custom_doc_props.props} == dict(report("zh").meta)
    assert book.properties.title == "悦和里商业街 客服月报 2025年10月"


def test_headers_and_footers_double_the_ampersand_and_number_the_pages(en, zh):
    sheet = read(en)["Repairs"]
    assert sheet.oddHeader.left.text.endswith("Yueheli Street && Arcade Monthly service report")
    assert "Page &P of &N" in sheet.oddFooter.center.text
    assert "第 &P 页 / 共 &N 页" in read(zh)["汇总"].oddFooter.center.text
    raw = parts(render(replace(report("en"), site="&" * 300, period_title="P" * 300)))["xl/worksheets/sheet1.xml"].decode()
    for tag in ("oddHeader", "oddFooter"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", raw)[1].replace("&amp;", "&")
        assert len(text) <= 255


def test_nasty_texts_stay_texts():
    nasty = ["=1+1", "#N/A", "#REF!", "+cmd|' /C calc'!A0", "-1", "@SUM(A1)", "0301", "13800001234", "12:30", "NO", " 空 ",
             "行一\n行二", "𠮷😀", "<b>&amp;\"'</b>", "a\tb", "1e5", "\u202etfel"]  # fmt: skip
    data = sheet_with(*[[text, text] for text in nasty], columns=(Column("a", "文字"), Column("b", "编号", "id")))
    sheet = read(data)["表"]
    for n, text in enumerate(nasty):
        for column in (1, 2):
            cell = sheet.cell(5 + n, column)
            assert (cell.value, cell.data_type) == (text, "s")
        assert rows_of(data, "表")[4 + n][:2] == [text, text]
    assert sheet["B5"].number_format == "@"


def test_texts_of_a_foreign_ledger_cannot_break_the_file():
    data = sheet_with(
        ["a\x00b\x1b", "_x0041_"], ["x\ufffe\ud800", "长" * 40_000], columns=(Column("a", "甲"), Column("b", "乙"))
    )
    for part in parts(data).values():
        ET.fromstring(part)
    sheet = read(data)["表"]
    assert sheet["A5"].value == "a\ufffdb\ufffd" and sheet["A6"].value == "x\ufffd\ufffd"
    assert "_x005F_x0041_" in parts(data)["xl/worksheets/sheet2.xml"].decode()
    assert rows_of(data, "表")[5][1].endswith("…〔过长，已截断〕")


def test_heads_are_unique_and_links_that_lead_nowhere_are_text():
    columns = (Column("a", "金额", "money", total="sum"), Column("b", "金额"), Column("c", "链接", "link"))
    data = sheet_with(
        [Decimal("1.10"), "x", Link("去", "t", "two")],
        [Decimal("-0.35"), Flag("好", "good"), Link("无", "t", "three")],
        columns=columns,
        ids=("one", "two"),
    )
    sheet = read(data)["表"]
    assert [sheet.cell(4, n).value for n in (1, 2, 3)] == ["金额", "金额 2", "链接"]
    assert {ref: place for ref, place in links_of(sheet).items() if ref[0] == "C" and ref != "C1"} == {"C5": "'表'!A6"}
    assert sheet["C6"].value == "无" and sheet["B6"].value == "✔ 好"
    assert rows_of(data, "表")[6][0] == 0.75


def test_values_of_every_kind_reach_their_cells():
    columns = tuple(
        Column(k, k, k) for k in ("int", "money", "rate", "minutes", "date", "time", "flag", "text")  # type: ignore[arg-type]
    )
    data = sheet_with(
        [1234, Decimal("83738.04"), Decimal("0.99999"), Decimal("26.55"), date(2025, 10, 1),
         datetime(2025, 10, 1, 23, 59, 59, 999_999, tzinfo=CST), True, Amount(Decimal("-0.092"), "rate", signed=True)],
        [None, None, None, None, datetime(2025, 10, 1, 23, tzinfo=CST), None, None, Change(Decimal("-9.2"), "points", good="up")],
        columns=columns,
    )  # fmt: skip
    first, second = rows_of(data, "表")[4:6]
    assert first == [1234, 83738.04, 0.9999, 26.6, date(2025, 10, 1), NAIVE, "是", -9.2]
    assert second == ["", "", "—", "", date(2025, 10, 1), "", "", -9.2]
    assert "<v>83738.04</v>" in parts(data)["xl/worksheets/sheet2.xml"].decode()
    sheet = read(data)["表"]
    assert [sheet.cell(5, n).number_format for n in range(1, 7)] == [
        "#,##0_ ", "#,##0.00_ ", "0.00%_ ", "#,##0.0_ ", "yyyy-mm-dd", "yyyy-mm-dd hh:mm",
    ]  # fmt: skip
    assert sheet["H6"].number_format.startswith('"▲ "0.0" 百分点"') and sheet["H6"].font.color.rgb == "FFC0392B"


def test_a_number_that_would_change_is_refused():
    with pytest.raises(Refused):
        sheet_with([Decimal("12345678901234.567")], columns=(Column("a", "数", "money"),))


def test_an_empty_month_says_so_and_keeps_every_sheet():
    data = render(report("zh", rows=0))
    book = read(data)
    assert book.sheetnames[2:4] == ["投诉明细", "报修明细"]
    assert book["报修明细"]["A5"].value == "本期无" and not book["报修明细"].tables
    values = [cell.value for row in book["汇总"].iter_rows() for cell in row if cell.value is not None]
    assert "✔ 没有需要关注的事项" in values and values.count("本期无") == 3
    assert any(str(v).startswith("ⓘ 本期没有记录") for v in values)
    assert not [name for name in parts(data) if "chart1" in name]
    assert read(render(report("en", rows=0)))["Repairs"]["A5"].value == "None in this period"


def test_a_damaged_ledger_is_told_first():
    sheet = read(render(report("zh", damaged=True)))["汇总"]
    assert sheet["A3"].value.startswith("⚠ 注意：台账有损坏")
    assert sheet["A3"].font.sz >= 12 and sheet.row_dimensions[3].height >= 20


def test_long_texts_wrap_in_rows_high_enough():
    sheet = read(render(report("zh", long=True)))["报修明细"]
    heights = [sheet.row_dimensions[row].height or 20 for row in range(5, 68)]
    longest = max(range(5, 68), key=lambda row: len(sheet.cell(row, 5).value))
    assert sheet.row_dimensions[longest].height == max(heights) > 100
    assert sheet.column_dimensions["E"].width <= 44
    assert sheet.cell(longest, 5).alignment.wrap_text


def test_the_stamp_is_the_only_time_in_the_file():
    later = replace(report("zh"), stamp=STAMP.replace(hour=1))
    one, two = parts(render(report("zh"))), parts(render(later))
    assert [name for name in one if one[name] != two[name]] == ["docProps/core.xml"]
