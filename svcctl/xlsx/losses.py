"""What a workbook has that another one cannot be given: counted from its parts, so that nothing is lost in silence."""

from __future__ import annotations

import re
from collections import Counter

from svcctl.texts import Text
from svcctl.xlsx.package import Package

PARTS: tuple[tuple[str, Text], ...] = (
    (r"(^|/)vbaProject\.bin$", Text("宏", "macros")),
    (r"^xl/pivotTables/[^/]+\.xml$", Text("数据透视表", "pivot tables")),
    (r"^xl/slicers/[^/]+\.xml$", Text("切片器", "slicers")),
    (r"^xl/timelines/[^/]+\.xml$", Text("日程表", "timelines")),
    (r"^xl/charts/chart[^/]*\.xml$", Text("图表及其样式", "charts and their styling")),
    (r"^xl/chartEx/[^/]+\.xml$", Text("新式图表", "charts of the newer sort")),
    (r"^xl/charts/(style|colors)[^/]*\.xml$", Text("图表样式表", "style sheets of charts")),
    (r"^xl/diagrams/data[^/]*\.xml$", Text("SmartArt 图形", "SmartArt diagrams")),
    (r"^xl/tables/[^/]+\.xml$", Text("表格", "tables")),
    (r"^xl/(comments/?|threadedComments/)[^/]*\.xml$", Text("批注", "comments")),
    (r"^xl/embeddings/", Text("嵌入的对象", "embedded objects")),
    (r"^xl/(ctrlProps|activeX)/[^/]+\.xml$", Text("控件", "controls")),
    (r"^xl/externalLinks/[^/]+\.xml$", Text("外部链接", "links to other workbooks")),
    (r"^xl/(connections|queryTables/[^/]+)\.xml$", Text("数据连接", "data connections")),
    (r"^customXml/item[0-9]+\.xml$", Text("自定义 XML", "custom XML")),
    (r"^xl/chartsheets/[^/]+\.xml$", Text("图表工作表", "chart sheets")),
)
TAGS: tuple[tuple[str, Text], ...] = (
    ("conditionalFormatting", Text("条件格式", "conditional formats")),
    ("dataValidation", Text("数据验证", "data validations")),
    ("sparklineGroup", Text("迷你图", "sparklines")),
    ("picture", Text("工作表背景", "sheet backgrounds")),
    ("legacyDrawingHF", Text("页眉页脚里的图片", "pictures in headers or footers")),
)
SHEETS = re.compile(r"^xl/worksheets/[^/]+\.xml$")
DRAWINGS = re.compile(r"^xl/drawings/[^/]+\.xml$")


def found(package: Package, pictures: int) -> list[Text]:
    """Everything that is not taken over, each sort with its number; ``pictures`` were already spoken of."""
    counted: list[tuple[int, Text]] = []
    shapes = _together(package, DRAWINGS)
    boxes = shapes["txBox"]
    counted += [
        (shapes["pic"] - pictures, Text("其它图像", "further pictures")), (boxes, Text("文本框", "text boxes")),
        (shapes["sp"] - boxes + shapes["cxnSp"], Text("图形、线条", "shapes and lines")), (shapes["grpSp"], Text("组合图形", "groups of shapes")),
    ]  # fmt: skip
    counted += [(sum(bool(re.search(pattern, name)) for name in package.names), label) for pattern, label in PARTS]
    cells = _together(package, SHEETS)
    counted += [(cells[tag], label) for tag, label in TAGS]
    sheets = sum(bool(SHEETS.search(name)) for name in package.names)
    counted.append((sheets - 1, Text("第一张以外的工作表", "sheets after the first")))
    return [Text("{label} {n} 处", "{label}: {n}").fill(label=label, n=n) for n, label in counted if n > 0]


def _together(package: Package, pattern: re.Pattern[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name in package.names:
        if pattern.search(name):
            total.update(package.tags(name))
    return total
