"""What a reader who computes nothing sees in charts: caches that say what the cells say, and nothing left to a default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree as ET

import pytest
from workbooks import MAIN, REPORTS, Held, Parts, box, parts

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
XM = "{http://schemas.microsoft.com/office/excel/2006/main}"
BUILT_IN = {0: "General", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@"}
LABELS = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
# [MS-XLSX] 2.6.5 and 2.6.6: the children of a group of sparklines, and of one of them, in their order.
GROUP = ("colorSeries", "colorNegative", "colorAxis", "colorMarkers", "colorFirst", "colorLast", "colorHigh", "colorLow", "sparklines")
SPARKLINES_URI = "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"
TEXTS = ("inlineStr", "s", "str")


def charts(book: Parts) -> list[str]:
    return [name for name in book.files if name.startswith("xl/charts/chart")]


def formats(book: Parts) -> list[str]:
    """The number format of every style of cells."""
    styles = book.tree("xl/styles.xml")
    own = {int(one.attrib["numFmtId"]): one.attrib["formatCode"] for one in styles.iter(MAIN + "numFmt")}
    return [(BUILT_IN | own)[int(xf.attrib["numFmtId"])] for xf in styles.findall(f"{MAIN}cellXfs/{MAIN}xf")]


def stale(book: Parts) -> Iterator[str]:
    """Where a cache says something else than the cells that it is of."""
    looks = formats(book)
    for name in charts(book):
        for series in book.tree(name).iter(C + "ser"):
            lengths = set()
            for part, numbers in (("tx", False), ("cat", False), ("val", True)):
                reference = series.find(f"{C}{part}/{C}{'numRef' if numbers else 'strRef'}")
                cache = reference.find(C + ("numCache" if numbers else "strCache")) if reference is not None else None
                if reference is None or cache is None:
                    yield f"{name}: no cache of {part}"
                    continue
                cells = book.area(reference.findtext(C + "f", ""))
                yield from (f"{name}: {part}: {fault}" for fault in _differs(cache, cells, numbers, looks))
                lengths.add(len(cells) if part != "tx" else len(lengths) and max(lengths))
            if len(lengths - {0}) != 1:
                yield f"{name}: as many names as numbers? {lengths}"


def _differs(cache: ET.Element, cells: list[Held | None], numbers: bool, looks: list[str]) -> Iterator[str]:
    if cache.find(C + "ptCount").attrib["val"] != str(len(cells)):  # type: ignore[union-attr]
        yield f"{len(cells)} cells"
    points = {int(point.attrib["idx"]): point.findtext(C + "v", "") for point in cache.iter(C + "pt")}
    wanted = {n: held.value for n, held in enumerate(cells) if held and held.value and (held.kind not in TEXTS or not numbers)}
    if points != wanted:
        yield f"{points} in the cache, {wanted} in the cells"
    code = cache.findtext(C + "formatCode")
    found = {looks[held.style] for n, held in enumerate(cells) if held and n in wanted}
    if numbers and {code} != found:
        yield f"{code} in the cache, {found} in the cells"


def left_open(book: Parts) -> Iterator[str]:
    """What applications would decide each in its own way: axes, corners, overlays, labels, texts for those who do not see."""
    for name in charts(book):
        root = book.tree(name)
        if [one.attrib["val"] for one in root.findall(C + "roundedCorners")] != ["0"]:
            yield f"{name}: corners"
        axes = {one.find(C + "axId").attrib["val"]: one for one in root.findall(f"{C}chart/{C}plotArea/*") if one.tag.endswith("Ax")}  # type: ignore[union-attr]
        for number, axis in axes.items():
            if axis.find(C + "delete") is None or axis.find(C + "delete").attrib["val"] != "0":  # type: ignore[union-attr]
                yield f"{name}: axis {number} may be left out"
            if axis.find(C + "crossAx").attrib["val"] not in axes:  # type: ignore[union-attr]
                yield f"{name}: axis {number} crosses none"
        used = {one.attrib["val"] for plot in root.findall(f"{C}chart/{C}plotArea/*") for one in plot.findall(C + "axId") if plot.tag.endswith("Chart")}
        if used != set(axes) or any(len(plot.findall(C + "axId")) != 2 for plot in root.iter() if plot.tag in (C + "barChart", C + "lineChart")):
            yield f"{name}: axes {set(axes)}, of which {used} are used"
        for over in (root.find(f"{C}chart/{C}title"), root.find(f"{C}chart/{C}legend")):
            if over is not None and (over.find(C + "overlay") is None or over.find(C + "overlay").attrib["val"] != "0"):  # type: ignore[union-attr]
                yield f"{name}: {over.tag} may lie over the figures"
        for labels in root.iter(C + "dLbls"):
            if [one.tag for one in labels if one.tag.rpartition("}")[2] in LABELS] != [C + label for label in LABELS]:
                yield f"{name}: labels"
        order = [(one.find(C + "idx").attrib["val"], one.find(C + "order").attrib["val"]) for one in root.iter(C + "ser")]  # type: ignore[union-attr]
        if len({idx for idx, _ in order}) != len(order) or len({o for _, o in order}) != len(order):
            yield f"{name}: series {order}"
        for character in root.iter(A + "defRPr"):
            if character.find(A + "latin") is None or character.find(A + "ea") is None:
                yield f"{name}: a font is left to the application"
    yield from _unseen(book)


def _unseen(book: Parts) -> Iterator[str]:
    drawn = 0
    for name in [name for name in book.files if re.fullmatch(r"xl/drawings/[^/]+\.xml", name)]:
        anchors = [one for one in book.tree(name) if one.tag in (XDR + "twoCellAnchor", XDR + "oneCellAnchor")]
        about = [one for anchor in anchors for one in anchor.iter(XDR + "cNvPr")]
        drawn += sum(anchor.find(XDR + "graphicFrame") is not None for anchor in anchors)
        if len({one.attrib["id"] for one in about}) != len(anchors):
            yield f"{name}: an id twice"
        yield from (f"{name}: nothing told of {one.attrib['name']}" for one in about if not one.get("descr", "").strip())
        for anchor in anchors:
            if anchor.find(XDR + "graphicFrame") is not None and anchor.tag != XDR + "twoCellAnchor":
                yield f"{name}: a chart that does not keep to its cells"
    if drawn != len(charts(book)):
        yield f"{drawn} of {len(charts(book))} charts are drawn"


def sparks_amiss(book: Parts) -> Iterator[str]:
    """Sparklines of another structure than the published one, over cells that hold something, or of cells that hold nothing."""
    for sheet, part in book.sheets().items():
        root = book.tree(part)
        if b"sparkline" not in book.files[part]:
            continue
        if root[-1].tag != MAIN + "extLst" or [one.attrib["uri"] for one in root[-1]] != [SPARKLINES_URI]:
            yield f"{sheet}: they are not the sheet's extension"
        (groups,) = [one for ext in root[-1] for one in ext]
        if groups.tag != X14 + "sparklineGroups" or {one.tag for one in groups} != {X14 + "sparklineGroup"}:
            yield f"{sheet}: {groups.tag}"
        for group in groups:
            if [one.tag for one in group] != [X14 + tag for tag in GROUP]:
                yield f"{sheet}: {[one.tag for one in group]}"
        places = []
        for one in root.iter(X14 + "sparkline"):
            if [child.tag for child in one] != [XM + "f", XM + "sqref"]:
                yield f"{sheet}: {[child.tag for child in one]}"
            places.append(one.findtext(XM + "sqref", ""))
            column, row, right, bottom = box(places[-1])
            held = book.cells(sheet).get(places[-1])
            numbers = book.area(one.findtext(XM + "f", ""))
            if (column, row) != (right, bottom) or held is None or held.value:
                yield f"{sheet}!{places[-1]} holds {held}"
            if None in numbers or any(number.kind != "n" and number.value != "—" for number in numbers if number) or len(numbers) < 2:
                yield f"{sheet}!{places[-1]} is drawn of {numbers}"
        if not places or len(places) != len(set(places)):
            yield f"{sheet}: {places}"


@cache
def with_sparks() -> Parts:
    return parts("monthly zh")


@pytest.mark.parametrize("name", REPORTS)
def test_charts_show_what_the_cells_hold_and_leave_nothing_open(name):
    assert [fault for check in (stale, left_open, sparks_amiss) for fault in check(parts(name))] == []


def test_there_are_charts_and_sparklines_of_every_sort():
    whole = "".join(parts(name).files[chart].decode() for name in REPORTS for chart in charts(parts(name)))
    assert all(f"<{sort}>" in whole for sort in ("barChart", "lineChart", "doughnutChart"))
    assert all(len(charts(parts(name))) >= 2 for name in REPORTS if name not in ("empty", "nasty", "public zh"))
    assert with_sparks().files["xl/worksheets/sheet2.xml"].count(b"<x14:sparkline>") > 10


HURTS = [
    (stale, "street", "xl/charts/chart2.xml", '<pt idx="1"><v>11</v>', '<pt idx="1"><v>12</v>'),
    (stale, "street", "xl/charts/chart2.xml", '<ptCount val="6" />', '<ptCount val="7" />'),
    (stale, "street", "xl/charts/chart2.xml", "环境卫生", "环境"),
    (stale, "street", "xl/charts/chart2.xml", "<formatCode>#,##0_ </formatCode>", "<formatCode>0%</formatCode>"),
    (stale, "street", "xl/charts/chart2.xml", '<pt idx="0"><v>12</v></pt>', ""),
    (stale, "street", "xl/worksheets/sheet7.xml", "<v>12</v>", "<v>13</v>"),
    (left_open, "street", "xl/charts/chart1.xml", '<delete val="0" />', '<delete val="1" />'),
    (left_open, "street", "xl/charts/chart1.xml", '<delete val="0" />', ""),
    (left_open, "street", "xl/charts/chart1.xml", '<roundedCorners val="0" />', ""),
    (left_open, "street", "xl/charts/chart1.xml", '<overlay val="0" />', '<overlay val="1" />'),
    (left_open, "street", "xl/charts/chart3.xml", '<showPercent val="0" />', ""),
    (left_open, "street", "xl/charts/chart1.xml", '<idx val="1" />', '<idx val="0" />'),
    (left_open, "street", "xl/charts/chart1.xml", '<axId val="100" />', '<axId val="101" />'),
    (left_open, "street", "xl/drawings/drawing1.xml", " descr=", " title="),
    (left_open, "street", "xl/drawings/drawing1.xml", 'id="2"', 'id="1"'),
    (sparks_amiss, "monthly zh", "xl/worksheets/sheet2.xml", SPARKLINES_URI, "{0}"),
    (sparks_amiss, "monthly zh", "xl/worksheets/sheet2.xml", '<x14:colorAxis rgb="FF2F75B5"/>', ""),
    (sparks_amiss, "monthly zh", "xl/worksheets/sheet2.xml", "<xm:sqref>M5", "<xm:sqref>L5"),
    (sparks_amiss, "monthly zh", "xl/worksheets/sheet2.xml", "</xm:f>", "9</xm:f>"),
]


@pytest.mark.parametrize(("check", "name", "part", "old", "new"), HURTS, ids=[f"{n}-{hurt[0].__name__}" for n, hurt in enumerate(HURTS)])
def test_a_chart_that_is_hurt_is_noticed(check, name, part, old, new):
    assert list(check(parts(name))) == []
    assert list(check(parts(name).changed(part, old, new)))
