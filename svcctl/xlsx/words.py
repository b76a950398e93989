"""The words a workbook adds to those of its report: column heads, signs, units, page numbers."""

from __future__ import annotations

from svcctl.texts import Lang, Text

NOTHING = Text("本期无", "None in this period")
NO_BASE = Text("无可比数据", "no comparable data")
NO_BASE_CELL = Text("无可比数据", "no base")  # in a column it is there once a row
DASH = "—"
YES = Text("是", "Yes")
NO = Text("否", "No")
AS_TEXT = Text("把单元格格式设为“文本”，重新输入", "Format the cell as text and type it again")
CUT = Text("…〔过长，已截断〕", "… [too long, cut]")

ATTENTION = Text("需要关注", "Needs attention")
ALL_WELL = Text("✔ 没有需要关注的事项", "✔ Nothing needs attention")
MORE_ROWS = Text("共 {all} 项，列出最急的 {shown} 项", "{shown} most urgent of {all}")
EMPTY_SHEET = Text("（本期无）", " (none)")
CONTENTS = Text("目录", "Contents")
BACK = Text("← 返回汇总", "← Back to summary")
WARNING = Text("⚠ 注意：", "⚠ Warning: ")
NOTICE = Text("ⓘ ", "ⓘ ")
LEGEND = Text("蓝色▲▼✔＝向好　红色▲▼✘＝需关注", "blue ▲▼ ✔ = good · red ▲▼ ✘ = attention")

PREVIOUS = Text("上期 ", "Prev. ")
TARGET = Text("目标", "Target")
MET = Text("达标", "met")
NOT_MET = Text("未达标", "not met")

ATTENTION_HEADS = (
    Text("编号", "ID"),
    Text("板块", "Subject"),
    Text("日期", "Date"),
    Text("位置", "Place"),
    Text("事项", "Matter"),
    Text("责任人", "Who"),
    Text("已历时", "Age"),
)
COMPARE_HEADS = (
    Text("板块", "Subject"),
    Text("指标", "Measure"),
    Text("本期", "This period"),
    Text("上期", "Previous"),
    Text("差", "Difference"),
    Text("环比", "Change"),
    Text("去年同期", "Last year"),
    Text("同比", "Year on year"),
    Text("目标", "Target"),
    Text("达成", "Target met"),
    Text("口径", "Definition"),
)
OVERVIEW_HEADS = (
    Text("板块", "Subject"),
    Text("指标", "Measure"),
    Text("本月", "Month"),
    Text("上月", "Previous"),
    Text("环比", "Change"),
    Text("去年同月", "Last year"),
    Text("同比", "Year on year"),
    Text("本年累计", "Year to date"),
    Text("去年累计", "Last year to date"),
    Text("累计同比", "To date, change"),
    Text("目标", "Target"),
    Text("灯", "Light"),
    Text("走势", "Trend"),
    Text("口径", "Definition"),
)
NEAR = Text("接近", "near")
MARK = "ⓘ"  # leads to a definition
DEFINED = Text("口径：", "Definition: ")
SEE_DEFINITION = Text("查看口径", "definition")
CHECK_HEADS = (
    Text("板块", "Subject"),
    Text("校验项", "Check"),
    Text("应为", "Expected"),
    Text("实为", "Found"),
    Text("差异", "Difference"),
    Text("结果", "Result"),
    Text("说明", "Note"),
)
CHECKS = Text("勾稽校验", "Reconciliations")
PASSED = Text("通过", "passed")
FAILED = Text("不符", "failed")
DEFINITION_HEADS = (
    Text("指标编号", "Measure ID"),
    Text("指标", "Measure"),
    Text("公式", "Formula"),
    Text("分子", "Numerator"),
    Text("分母", "Denominator"),
    Text("不计入", "Exclusions"),
)

TOTAL = Text("合计", "Total")
TOTAL_COUNT = Text('"合计 "#,##0" 条"', '"Total "#,##0')
PAGES = Text("第 &P 页 / 共 &N 页", "Page &P of &N")
AS_OF = Text("截至 ", "As of ")
HASH = Text("台账校验码 ", "Ledger ")

DAYS = Text('0.0" 天"', '0.0" d"')
POINTS = Text(" 百分点", " pp")
MINUTES = Text("分钟", "min")
COUNT_SUFFIX = Text('#,##0" 条"', "#,##0")


def unit_word(unit: str, currency: str, lang: Lang) -> str:
    """What stands in brackets behind a label: ``元``, ``分钟``; "" for counts and rates."""
    if unit == "minutes":
        return MINUTES.to(lang)
    if unit == "money":
        return "元" if lang == "zh" and currency == "CNY" else currency
    return ""


def with_unit(label: str, unit: str, currency: str, lang: Lang) -> str:
    """A label with its unit, in the brackets of the language."""
    word = unit_word(unit, currency, lang)
    if not word:
        return label
    return f"{label}（{word}）" if lang == "zh" else f"{label} ({word})"
