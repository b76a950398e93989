"""What a workbook of money looks like on paper and in charts: second axes, labels, page breaks. Read from its parts."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from report_desk import template, week

from svcctl.reports.build import build
from svcctl.xlsx.book import render


@pytest.fixture(scope="module")
def parts():
    desk = week()
    report = build(desk, template("monthly"), desk.window("2026-11"), "zh")
    with zipfile.ZipFile(io.BytesIO(render(report))) as file:
        found = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".xml")}
    names = re.findall(r'<sheet [^>]*name="([^"]+)"', found["xl/workbook.xml"])
    return {**found, **{name: found[f"xl/worksheets/sheet{n}.xml"] for n, name in enumerate(names, 1)}}


def test_a_rate_over_amounts_has_an_axis_of_its_own_from_nothing_to_all(parts):
    chart = parts["xl/charts/chart1.xml"]
    axes = re.findall(r"<valAx>.*?</valAx>", chart, re.S)
    assert len(axes) == 2
    amounts, rates = axes
    assert 'formatCode="#,##0"' in amounts and '<crosses val="max"' not in amounts
    assert 'formatCode="0%"' in rates and '<crosses val="max" />' in rates and '<max val="1" />' in rates and '<min val="0" />' in rates
    line = re.search(r"<lineChart>.*?</lineChart>", chart, re.S)[0]
    assert '<axId val="200" />' in line and "fee.collection_rate" not in chart
    assert re.findall(r"<v>(应收（元）|实收（元）|当期收缴率)</v>", chart) == ["应收（元）", "实收（元）", "当期收缴率"]


def test_amounts_on_bars_are_whole_and_nothing_has_no_label(parts):
    chart = parts["xl/charts/chart2.xml"]
    assert '<numFmt formatCode="#,##0;;" sourceLinked="0"/>' in chart
    assert '<tickLblSkip val="1" />' in chart  # every age has its name
    assert float(re.search(r'<max val="([0-9.]+)" />', chart)[1]) > 1100  # room for the label of 992.62


def test_page_one_is_one_page_and_every_other_as_wide_as_the_paper(parts):
    assert 'fitToHeight="1"' in parts["汇总"] or "fitToHeight" not in parts["汇总"]
    assert 'orientation="landscape"' in parts["汇总"] and 'paperSize="9"' in parts["汇总"]
    for name in ("收缴总表", "收银与缴款", "长款", "短款", "班次交接", "校验"):
        assert "<pageSetUpPr fitToPage" in parts[name] and 'fitToWidth="0"' not in parts[name] and "scale=" not in parts[name]
    assert 'fitToHeight="0"' in parts["班次交接"]
    assert "<brk " not in parts["欠费明细"]  # a list just goes on: its head is repeated
    assert "_xlnm.Print_Titles" in parts["xl/workbook.xml"]


def test_statistics_that_fit_on_one_page_take_no_more(parts):
    assert "<brk " not in parts["收银与缴款"]
