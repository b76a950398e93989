"""The parts of every sort of workbook: what stands in which order, that all that is named is there, and nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from workbooks import MAIN, NAMES, REF, RELATION, Parts, box, column_letters, parts

# The order of the children in the transitional schema of SpreadsheetML. A reader may refuse a part with another one.
ORDER = {
    "workbook": "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences definedNames calcPr oleSize "
                "customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst",
    "worksheet": "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState "
                 "dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins "
                 "pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing "
                 "legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst",
    "styleSheet": "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst",
    "table": "autoFilter sortState tableColumns tableStyleInfo extLst",
    "tableColumn": "calculatedColumnFormula totalsRowFormula xmlColumnPr extLst",
    "sheetPr": "tabColor outlinePr pageSetUpPr",
    "sheetView": "pane selection pivotSelection extLst",
    "headerFooter": "oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter",
    "c": "f v is extLst",
    "xf": "alignment protection extLst",
    "border": "start end left right top bottom diagonal vertical horizontal",
    "dataValidation": "formula1 formula2",
    "cfRule": "formula colorScale dataBar iconSet extLst",
    "sst": "si extLst",
}  # fmt: skip
# What a part of each type is, by its relationship.
TYPES = {
    "officeDocument": "spreadsheetml.sheet.main+xml", "worksheet": "spreadsheetml.worksheet+xml", "styles": "spreadsheetml.styles+xml",
    "theme": "theme+xml", "sharedStrings": "spreadsheetml.sharedStrings+xml", "table": "spreadsheetml.table+xml", "drawing": "drawing+xml",
    "chart": "drawingml.chart+xml", "image": "image/png", "core-properties": "core-properties+xml", "extended-properties": "extended-properties+xml",
    "custom-properties": "custom-properties+xml",
}  # fmt: skip
CONTENT = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def out_of_order(book: Parts) -> Iterator[str]:
    """The elements whose children stand in another order than the schema's, or do not belong there."""
    for name in book.files:
        if name.endswith(".xml") and name.startswith("xl/"):
            for element in book.tree(name).iter():
                if element.tag.startswith(MAIN) and tag(element) in ORDER:
                    known = ORDER[tag(element)].split()
                    found = [tag(child) for child in element]
                    if not set(found) <= set(known) or found != sorted(found, key=known.index):
                        yield f"{name}: {tag(element)}: {found}"


def astray(book: Parts) -> Iterator[str]:
    """What leads nowhere, is nowhere named, or is of another type than it is said to be."""
    types, reached = content_types(book), {"[Content_Types].xml"}
    waiting = [""]
    while waiting:
        source = waiting.pop()
        related = book.related(source)
        if related:
            folder, _, file = source.rpartition("/")
            rels = f"{folder}/_rels/{file}.rels" if source else "_rels/.rels"
            reached.add(rels)
            ids = [one.attrib["Id"] for one in book.tree(rels).iter(RELATION)]
            if len(ids) != len(set(ids)):
                yield f"{rels}: an id twice"
            if source:
                used = set(re.findall(r'\br:(?:id|embed)="([^"]+)"', book.files[source].decode()))
                if not used <= set(ids) or (source != "xl/workbook.xml" and used != set(ids)):  # a workbook does not name its styles
                    yield f"{source}: {used} used, {ids} given"
        for kind, target in related.values():
            if target not in book.files:
                yield f"{source}: {target} is not there"
            elif not types.get(target, "").endswith(TYPES[kind.rpartition("/")[2]]):
                yield f"{target}: {types.get(target)}, but {kind}"
            elif target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in set(book.files) - reached:
        yield f"{name} is nowhere named"


def content_types(book: Parts) -> dict[str, str]:
    """The type of every part, by an override or by its ending."""
    root = book.tree("[Content_Types].xml")
    endings = {one.attrib["Extension"]: one.attrib["ContentType"] for one in root.iter(CONTENT + "Default")}
    overrides = [(one.attrib["PartName"][1:], one.attrib["ContentType"]) for one in root.iter(CONTENT + "Override")]
    assert len(overrides) == len(dict(overrides)) and {name for name, _ in overrides} <= set(book.files)
    return {**{name: endings[name.rpartition(".")[2]] for name in book.files if name.rpartition(".")[2] in endings}, **dict(overrides)}


def crooked(book: Parts) -> Iterator[str]:
    """What is wrong in the cells: formulas without a value, styles that are not there, places twice, a wrong size."""
    looks = len(book.tree("xl/styles.xml").findall(f"{MAIN}cellXfs/{MAIN}xf"))
    texts = len(book.strings())
    for sheet, part in book.sheets().items():
        root = book.tree(part)
        shared = [int(c.findtext(MAIN + "v", "")) for c in root.iter(MAIN + "c") if c.get("t") == "s"]
        if max(shared, default=-1) >= texts:
            yield f"{sheet}: text {max(shared)} of {texts}"
            continue
        rows = [int(row.attrib["r"]) for row in root.iter(MAIN + "row")]
        refs = [c.attrib["r"] for c in root.iter(MAIN + "c")]
        if rows != sorted(set(rows)) or len(refs) != len(set(refs)):
            yield f"{sheet}: a row or a cell twice or in the wrong place"
        for row in root.iter(MAIN + "row"):
            columns = [box(c.attrib["r"])[0] for c in row]
            if columns != sorted(columns) or any(REF.fullmatch(c.attrib["r"])[2] != row.attrib["r"] for c in row):  # type: ignore[index]
                yield f"{sheet}: row {row.attrib['r']} is in disorder"
        for ref, held in book.cells(sheet).items():
            if held.formula and not held.value:
                yield f"{sheet}!{ref}: a formula without a value"
            if held.style >= looks:
                yield f"{sheet}!{ref}: style {held.style} of {looks}"
            if held.kind == "n" and held.value and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", held.value):
                yield f"{sheet}!{ref}: {held.value} as a number"
        places = [box(ref) for ref in refs]
        size = (1, 1, max((p[2] for p in places), default=1), max([*rows, 1]))
        if box(root.find(MAIN + "dimension").attrib["ref"]) != size:  # type: ignore[union-attr]
            yield f"{sheet}: it is {column_letters(size[2])}{size[3]} large"
        yield from _overlapping(sheet, root)


def _overlapping(sheet: str, root: ET.Element) -> Iterator[str]:
    taken: set[tuple[int, int]] = set()
    for one in [*root.iter(MAIN + "mergeCell")]:
        left, top, right, bottom = box(one.attrib["ref"])
        cells = {(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)}
        if cells & taken or len(cells) == 1:
            yield f"{sheet}: {one.attrib['ref']} is merged twice, or alone"
        taken |= cells


def misnamed(book: Parts) -> Iterator[str]:
    """Names that a workbook does not accept or has twice, tables beside their cells, links and names to nowhere."""
    sheets = book.sheets()
    for name in sheets:
        if not 0 < len(name) <= 31 or re.search(r"[\[\]:*?/\\]", name) or name.strip("'") != name:
            yield f"{name}: not a sheet's name"
    tables = [name for name in book.files if name.startswith("xl/tables/")]
    names = [book.tree(name).attrib["displayName"] for name in tables] + [*{d.attrib["name"] for d in book.tree("xl/workbook.xml").iter(MAIN + "definedName")}]
    ids = [book.tree(name).attrib["id"] for name in tables]
    sheet_ids = [s.attrib["sheetId"] for s in book.tree("xl/workbook.xml").iter(MAIN + "sheet")]
    for kind, all_ in (("name", [n.casefold() for n in names]), ("table id", ids), ("sheet", [s.casefold() for s in sheets]), ("sheet id", sheet_ids)):
        yield from (f"{kind} {one} is there {n} times" for one, n in Counter(all_).items() if n > 1)
    for name in names:
        if not re.fullmatch(r"[A-Za-z_\\][A-Za-z0-9_.\\]{0,254}", name) or re.fullmatch(r"(?i)[a-z]{1,3}[0-9]+|r[0-9]*c[0-9]*|[rc]", name):
            yield f"{name}: not a name for a table or an area"
    for sheet, part in sheets.items():
        yield from _tables(book, sheet, part)
        yield from _links(book, sheet, part)
    for one in book.tree("xl/workbook.xml").iter(MAIN + "definedName"):
        yield from _defined(book, one, list(sheets))


def _tables(book: Parts, sheet: str, part: str) -> Iterator[str]:
    taken: set[int] = set()
    for kind, target in book.related(part).values():
        if not kind.endswith("/table"):
            continue
        table = book.tree(target)
        left, top, right, bottom = box(table.attrib["ref"])
        rows = set(range(top, bottom + 1))
        if rows & taken:
            yield f"{sheet}: {table.attrib['ref']} is in two tables"
        taken |= rows
        cells, columns = book.cells(sheet), [*table.iter(MAIN + "tableColumn")]
        heads = [column.attrib["name"] for column in columns]
        if heads != [cells[f"{column_letters(n)}{top}"].value.replace("\n", "_x000a_") for n in range(left, right + 1)]:
            yield f"{sheet}: {heads} are not the heads of {table.attrib['ref']}"
        if len({head.casefold() for head in heads}) != len(heads) or [c.attrib["id"] for c in columns] != [str(n) for n in range(1, len(columns) + 1)]:
            yield f"{sheet}: a column of {table.attrib['ref']} twice"
        totals = int(table.get("totalsRowCount", "0"))
        if bottom - totals <= top:
            yield f"{sheet}: {table.attrib['ref']} has no body"
        inside = table.find(MAIN + "autoFilter")
        if inside is not None and box(inside.attrib["ref"]) != (left, top, right, bottom - totals):
            yield f"{sheet}: the filter of {table.attrib['ref']} is on {inside.attrib['ref']}"
        for n, column in enumerate(columns, left):
            held = cells.get(f"{column_letters(n)}{bottom}")
            wanted = {"sum": "SUBTOTAL(109,", "count": "SUBTOTAL(103,"}.get(column.get("totalsRowFunction", ""), "")
            if totals and (held is None or not held.formula.startswith(wanted) or bool(held.formula) != bool(wanted)):
                yield f"{sheet}: {column.attrib['name']}: {column.get('totalsRowFunction')}, but {held}"
            if held and held.formula and held.formula != f"{wanted}{column_letters(n)}{top + 1}:{column_letters(n)}{bottom - 1})":
                yield f"{sheet}: {held.formula} is not about its column"


def _links(book: Parts, sheet: str, part: str) -> Iterator[str]:
    cells = book.cells(sheet)
    for one in book.tree(part).iter(MAIN + "hyperlink"):
        target = one.attrib["location"]
        try:
            (found,) = book.area(target)
        except (KeyError, AssertionError):
            found = None
        if one.attrib["ref"] not in cells or found is None or not (found.value or target.endswith("!A1")):  # a logo stands over A1
            yield f"{sheet}!{one.attrib['ref']} leads to {target}"


def _defined(book: Parts, one: ET.Element, sheets: list[str]) -> Iterator[str]:
    own = sheets[int(one.attrib["localSheetId"])]
    found = re.fullmatch(r"'((?:[^']|'')+)'!\$?([A-Z]*)\$?([0-9]+):\$?([A-Z]*)\$?([0-9]+)", one.text or "")
    if not found or found[1].replace("''", "'") != own:
        yield f"{one.attrib['name']}: {one.text} is not on {own}"
    elif int(found[5]) > max((box(ref)[3] for ref in book.cells(own)), default=0):
        yield f"{one.attrib['name']}: {one.text} ends below {own}"


CHECKS = (out_of_order, astray, crooked, misnamed)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_as_a_strict_reader_wants_it(name):
    assert [found for check in CHECKS for found in check(parts(name))] == []


def test_figures_are_static_and_formulas_are_totals_alone():
    found = {name: [held.formula for sheet in parts(name).sheets() for held in parts(name).cells(sheet).values() if held.formula] for name in NAMES}
    assert {formula.split("(")[0] for formulas in found.values() for formula in formulas} == {"SUBTOTAL"}
    assert not found["form zh"] and not found["form en"] and not found["public zh"]
    assert len(found["monthly zh"]) == len(found["monthly en"]) >= 25 and len(found["daily zh"]) >= 10 and len(found["weekly zh"]) >= 25
    summaries = [parts(name).cells(next(iter(parts(name).sheets()))) for name in NAMES]
    assert not [held for cells in summaries for held in cells.values() if held.formula]


HURTS = [
    (out_of_order, "xl/worksheets/sheet4.xml", "<sheetFormatPr ", "<sheetProtection/><sheetFormatPr "),
    (out_of_order, "xl/worksheets/sheet1.xml", "<pageMargins ", "<mergeCells/><pageMargins "),
    (out_of_order, "xl/workbook.xml", "<workbookPr />", "<calcPr/><workbookPr />"),
    (out_of_order, "xl/styles.xml", "<fonts ", "<dxfs/><fonts "),
    (out_of_order, "xl/tables/table1.xml", "<tableColumns ", "<tableStyleInfo/><tableColumns "),
    (out_of_order, "xl/tables/table1.xml", "<tableColumns ", "<nothing/><tableColumns "),
    (astray, "xl/_rels/workbook.xml.rels", "sheet4.xml", "sheet44.xml"),
    (astray, "xl/_rels/workbook.xml.rels", 'Id="rId2"', 'Id="rId1"'),
    (astray, "xl/worksheets/_rels/sheet4.xml.rels", 'Id="rId1"', 'Id="rId9"'),
    (astray, "[Content_Types].xml", 'PartName="/xl/tables/table1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"',
     'PartName="/xl/tables/table1.xml" ContentType="application/xml"'),
    (astray, "xl/drawings/_rels/drawing1.xml.rels", "chart3.xml", "chart2.xml"),
    (crooked, "xl/worksheets/sheet4.xml", "<v>63</v>", "<v></v>"),
    (crooked, "xl/worksheets/sheet4.xml", ' s="', ' s="9'),
    (crooked, "xl/worksheets/sheet4.xml", 't="inlineStr"><is><t>报修明细</t></is>', 't="s"><v>0</v>'),
    (crooked, "xl/worksheets/sheet4.xml", '<row r="6"', '<row r="5"'),
    (crooked, "xl/worksheets/sheet4.xml", '<c r="B6"', '<c r="A6"'),
    (crooked, "xl/worksheets/sheet4.xml", '<dimension ref="A1:', '<dimension ref="A2:'),
    (crooked, "xl/worksheets/sheet4.xml", '<mergeCells count="1">', '<mergeCells count="1"><mergeCell ref="B2:C3"/>'),
    (misnamed, "xl/tables/table2.xml", 'displayName="tbl_complaints"', 'displayName="tbl_repairs"'),
    (misnamed, "xl/tables/table2.xml", 'displayName="tbl_complaints"', 'displayName="T1"'),
    (misnamed, "xl/tables/table3.xml", 'id="3"', 'id="2"'),
    (misnamed, "xl/tables/table3.xml", 'name="位置"', 'name="位"'),
    (misnamed, "xl/tables/table3.xml", 'autoFilter ref="A4:L67"', 'autoFilter ref="A4:L68"'),
    (misnamed, "xl/tables/table3.xml", 'totalsRowFunction="count"', ""),
    (misnamed, "xl/worksheets/sheet4.xml", "SUBTOTAL(103,A5", "SUBTOTAL(103,A6"),
    (misnamed, "xl/worksheets/sheet4.xml", "location=\"'汇总'!A1\"", "location=\"'汇'!A1\""),
    (misnamed, "xl/worksheets/sheet4.xml", "location=\"'汇总'!A1\"", "location=\"'汇总'!A999\""),
    (misnamed, "xl/workbook.xml", "'报修明细'!$4:$4", "'报修'!$4:$4"),
    (misnamed, "xl/workbook.xml", "$A$1:$X$", "$A$1:$X$9"),
    (misnamed, "xl/workbook.xml", 'name="投诉明细"', 'name="报修明细"'),
]  # fmt: skip


@pytest.mark.parametrize(("check", "part", "old", "new"), HURTS, ids=[f"{n}-{hurt[0].__name__}" for n, hurt in enumerate(HURTS)])
def test_a_part_that_is_hurt_is_noticed(check, part, old, new):
    whole = parts("street")
    assert list(check(whole)) == []
    assert list(check(whole.changed(part, old, new)))
