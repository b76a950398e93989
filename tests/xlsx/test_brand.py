"""What a site's own workbook lends to reports: what is taken, what is named as lost, and what a hostile one gains: nothing."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import replace
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import openpyxl
import pytest
from brands import GOLD, GREEN, chunk, clean, crowded, jpeg, png, saved
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from street import report

from svcctl.errors import Refused
from svcctl.xlsx import package
from svcctl.xlsx.book import render
from svcctl.xlsx.brand import read_brand
from svcctl.xlsx.look import ENOUGH, FONT, PLAIN, WHITE, contrast, in_colour
from svcctl.xlsx.picture import Unfit, picture


def taken(brand):
    return [t.en for t in brand.taken]


def lost(brand):
    return [t.en for t in brand.lost]


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def changed(data: bytes, **new: bytes) -> bytes:
    """A workbook with parts put in the place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, old in parts(data).items():
            packed.writestr(name, new.get(name, old))
        for name in new.keys() - parts(data).keys():
            packed.writestr(name, new[name])
    return out.getvalue()


@pytest.fixture(scope="module")
def green():
    return read_brand(saved(clean()), "brand.xlsx")


@pytest.fixture(scope="module")
def gold():
    return read_brand(saved(crowded(), xl__vbaProject__bin=b""), "brand.xlsx")


def test_a_clean_brand_is_taken_over_whole_and_silently(green):
    assert taken(green) == [
        f"colour #{GREEN} (the style Brand)", f"fonts Georgia ({FONT} for Chinese)", "header “Riverside & Sons · Facilities”",
        "footer “In confidence”", "logo PNG 120×48",
    ]  # fmt: skip
    assert green.lost == ()
    assert (green.look("en").font, green.look("en").latin, green.look("en").ea) == ("Georgia", "Georgia", FONT)
    assert (green.look("zh").font, green.look("zh").latin) == (FONT, "Georgia")
    assert green.look("zh").logo.data == png()


def test_what_cannot_be_carried_over_is_named_and_unreadable_text_is_not_taken(gold):
    assert taken(gold) == [f"colour #{GOLD} (A1)", "fonts 楷体", "header “金色物业”", "logo PNG 48×48"]
    assert lost(gold) == [
        f"text colour #FFFFFF: its contrast on #{GOLD} is only 1.5 (4.5 is needed), #000000 is used",
        f"colour #{GOLD} is hard to read on white paper: headings are #645208", "of the header: picture, date, file name",
        "further pictures: 1", "charts and their styling: 1", "comments: 1", "conditional formats: 1", "data validations: 1",
        "sheets after the first: 1",
    ]  # fmt: skip
    assert gold.look("en").font == gold.look("zh").font == "楷体"


LOSSES = {
    "xl/vbaProject.bin": "macros: 1", "xl/pivotTables/pivotTable1.xml": "pivot tables: 1", "xl/slicers/slicer1.xml": "slicers: 1",
    "xl/embeddings/oleObject1.bin": "embedded objects: 1", "xl/ctrlProps/ctrlProp1.xml": "controls: 1", "xl/externalLinks/externalLink1.xml": "links to other workbooks: 1",
    "xl/connections.xml": "data connections: 1", "xl/diagrams/data1.xml": "SmartArt diagrams: 1", "xl/charts/style1.xml": "style sheets of charts: 1",
}  # fmt: skip


@pytest.mark.parametrize("part", LOSSES)
def test_parts_that_are_left_behind_are_counted(part):
    assert LOSSES[part] in lost(read_brand(changed(saved(clean()), **{part: b"<x/>"}), "b"))


def test_shapes_text_boxes_backgrounds_and_sparklines_are_counted():
    data = saved(clean())
    drawing = parts(data)["xl/drawings/drawing1.xml"].decode()
    shape = '<twoCellAnchor><sp><nvSpPr><cNvPr id="9" name="x"/><cNvSpPr{}/></nvSpPr></sp></twoCellAnchor>'
    more = drawing.replace("</wsDr>", shape.format("") * 2 + shape.format(' txBox="1"') + "<twoCellAnchor><grpSp/></twoCellAnchor></wsDr>")
    sheet = parts(data)["xl/worksheets/sheet1.xml"].decode()
    assert more != drawing
    ext = '<picture r:id="rId9" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/><extLst><ext><sparklineGroup/><sparklineGroup/></ext></extLst></worksheet>'
    brand = read_brand(changed(data, **{"xl/drawings/drawing1.xml": more.encode(), "xl/worksheets/sheet1.xml": sheet.replace("</worksheet>", ext).encode()}), "b")
    assert lost(brand) == ["text boxes: 1", "shapes and lines: 2", "groups of shapes: 1", "sparklines: 2", "sheet backgrounds: 1"]


def plain(fill: str = "", text: str = "", **theme: str) -> bytes:
    """A workbook with a cell A1 and colours of a theme."""
    book = Workbook()
    if fill:
        book.active["A1"].fill = PatternFill("solid", fgColor="FF" + fill)
    if text:
        book.active["A1"].font = Font(color="FF" + text)
    book.active["A1"] = "x"
    data = saved(book)
    xml = parts(data)["xl/theme/theme1.xml"].decode()
    for name, rgb in theme.items():
        xml, n = re.subn(rf'(<a:{name}>\s*<a:srgbClr val=")[0-9A-F]{{6}}', rf"\g<1>{rgb}", xml)
        assert n == 1, name
    return changed(data, **{"xl/theme/theme1.xml": xml.encode()})


def test_a_theme_of_ones_own_gives_the_colours_one_of_the_program_does_not():
    own = read_brand(plain(accent1="7A1F5C", accent2="2C5F8A", accent3="9A9A9A"), "b").look("en")
    assert (own.main, own.second, own.third) == ("7A1F5C", "2C5F8A", "9A9A9A") and len(set(own.palette)) == len(own.palette) >= 8
    usual = read_brand(plain(), "b")
    assert usual.look("zh") == PLAIN and usual.taken == ()
    assert lost(usual) == ["colours: there is no style Brand, A1 has no fill, and the theme is the program's own; svcctl's are kept"]


def test_a_colour_of_the_theme_with_a_tint_and_one_by_its_index():
    data = plain("123456")
    styles = parts(data)["xl/styles.xml"].decode()
    for given, rgb in (('theme="4" tint="-0.5"', "243F60"), ('theme="4"', "4F81BD"), ('indexed="10"', "FF0000"), ('theme="99"', "1F3864"), ('indexed="x"', "1F3864"), ('theme="4" tint="nan"', "4F81BD")):
        made, n = re.subn(r'<fgColor rgb="FF123456" ?/>', f"<fgColor {given}/>", styles)
        assert n == 1
        found = read_brand(changed(data, **{"xl/styles.xml": made.encode()}), "b").look("en").main
        assert all(abs(int(found[i : i + 2], 16) - int(rgb[i : i + 2], 16)) <= 2 for i in (0, 2, 4)), (given, found)


@pytest.mark.parametrize("main", ["000000", "FFFFFF", "FACC15", "14532D", "777777", "767676", "FF0000", "00FF00", "0000FF", "808080", "F0F0F0"])
def test_whatever_the_colour_everything_on_it_can_be_read(main):
    for text in (WHITE, "000000", main):
        look = in_colour(main, text)
        for one, behind in ((look.on_main, look.main), (look.note, look.main), (look.title, WHITE), (look.title, look.tint)):
            assert contrast(one, behind) >= (ENOUGH if behind != look.tint else 3.5), (main, one, behind)
        assert look.second != look.third


# -- in a workbook ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_wears_it(green, lang):
    data = render(report(lang), green.look(lang))
    found = parts(data)
    assert found["xl/media/image1.png"] == png() and b'Extension="png"' in found["[Content_Types].xml"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    first = book.worksheets[0]
    assert first["A1"].fill.fgColor.rgb == "FFFFFFFF" and first["A1"].value is None, "the logo stands on white"
    title = next(c for c in first[1] if c.value)
    assert title.fill.fgColor.rgb == "FF" + GREEN and title.font.color.rgb == "FFFFFFFF" and title.font.name == ("Georgia" if lang == "en" else FONT)
    for sheet in book:
        assert sheet.oddHeader.center.text.endswith("Riverside && Sons · Facilities") or "Riverside" in sheet.oddHeader.center.text
        assert "In confidence · " in sheet.oddFooter.center.text and "&P" in sheet.oddFooter.center.text.replace("&[Page]", "&P")
    for name, xml in found.items():
        if name.startswith("xl/worksheets/sheet"):
            root = ET.fromstring(xml)
            for one in root.iter():
                if one.tag.endswith(("oddHeader", "oddFooter")):
                    assert len(one.text) <= 255
    drawing = found["xl/drawings/drawing1.xml"].decode()
    assert drawing.count("<xdr:pic>") + drawing.count("<pic>") == 1 and escape(report(lang).site) in drawing
    charts = "".join(xml.decode() for name, xml in found.items() if name.startswith("xl/charts/"))
    assert "1F3864" not in charts and GREEN in charts and 'latin typeface="Georgia"' in charts


def test_the_same_brand_gives_the_same_bytes_and_no_brand_those_of_before(green):
    data = saved(clean())
    again = [render(report("zh"), read_brand(data, "b").look("zh")) for _ in range(2)]
    assert again[0] == again[1] == render(report("zh"), green.look("zh")) != render(report("zh"))
    assert render(report("zh"), PLAIN) == render(report("zh"))


def test_codes_of_headers_stay_codes_of_nobody():
    for raw, text in (
        ("&L&\"Arial,Bold\"&14A && B&CC&RD &P/&N", "A & B · C"), ("&C&&&D", "&"), ("&L12&C&K01+0003 x", "12 · 3 x"), ("&&L", "&L"),
        ("&C&Z&F&A", ""), ("a\x01b&Lc", "a"), ("&", "&"), ("&C" + "长" * 300, "长" * 120),
    ):  # fmt: skip
        book = Workbook()
        data = saved(book)
        sheet = parts(data)["xl/worksheets/sheet1.xml"].decode()
        escaped = raw.replace("\x01", "").replace("&", "&amp;").replace("<", "&lt;")
        head = f"<headerFooter><oddHeader>{escaped}</oddHeader></headerFooter></worksheet>"
        look = read_brand(changed(data, **{"xl/worksheets/sheet1.xml": sheet.replace("</worksheet>", head).encode()}), "b").look("zh")
        if "\x01" not in raw:
            assert look.header == text, raw
        made = openpyxl.load_workbook(io.BytesIO(render(report("zh"), look)))
        codes = parts(render(report("zh"), look))["xl/worksheets/sheet1.xml"].decode()
        assert made.sheetnames and not re.search(r"&amp;[GDTFZA]", codes.replace("&amp;&amp;", ""))


@pytest.mark.parametrize("font", ["楷体", "F" * 20, "F" * 31])
def test_headers_and_footers_keep_to_their_255_characters(green, font):
    look = green.look("zh")._replace(font=font, header="A&B" * 60, footer="𠮷" * 90)
    whole = replace(report("zh"), site="𠮷&" * 40, title="&" * 60, meta={**report("zh").meta, "version": "9" * 60})
    for name, xml in parts(render(whole, look)).items():
        if name.startswith("xl/worksheets/sheet"):
            texts = [one.text for one in ET.fromstring(xml).iter() if one.tag.endswith(("oddHeader", "oddFooter"))]
            assert len(texts) == 2 and all(len(text.encode("utf-16-le")) // 2 <= 255 for text in texts)
            assert "A&&B" in texts[0] and "𠮷" in texts[1] and "&P" in texts[1]


# -- what a hostile one gains -----------------------------------------------------------------------------------------


def test_pictures_are_known_by_their_bytes_and_keep_only_what_is_to_be_seen():
    noisy = png(more=chunk(b"tEXt", b"Author\0Wang") + chunk(b"eXIf", b"GPS"))
    assert picture(noisy).data == png() and picture(noisy)[:3] == ("png", 120, 48)
    found = picture(jpeg())
    assert found[:3] == ("jpeg", 64, 32) and b"GPS" not in found.data and b"Wang" not in found.data and found.data.endswith(b"\xff\xd9")


BAD = {
    "text": b"hello", "gif": b"GIF89a" + b"\0" * 40, "svg": b"<svg/>", "empty": b"", "cut": png()[:-20], "flipped": png()[:60] + b"\xff" + png()[61:],
    "too small": png(4, 4), "too large": png(9000, 8, lines=b""), "a bomb": png(64, 64, lines=b"\0" * 4_000_000), "a lie": png(3000, 3000, lines=b""),
    "too many bytes": b"\x89PNG" + b"\0" * 1_100_000, "half a jpeg": jpeg()[:30], "a jpeg of nothing": b"\xff\xd8\xff\xd9",
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_no_picture_is_none(name):
    with pytest.raises(Unfit):
        picture(BAD[name])


def test_a_picture_that_cannot_be_taken_is_named_and_the_next_one_is_taken():
    data = saved(crowded())
    brand = read_brand(changed(data, **{"xl/media/image1.png": b"GIF89a"}), "b")
    assert "picture 1: neither PNG nor JPEG" in lost(brand) and "logo PNG 48×48" in taken(brand) and brand.look_.logo


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "../media/nothing.png"])
def test_a_reference_leads_nowhere_but_into_the_workbook(target):
    data = saved(clean())
    rels = parts(data)["xl/drawings/_rels/drawing1.xml.rels"].decode()
    made, n = re.subn(r'Target="[^"]*"', f'Target="{target}"', rels)
    brand = read_brand(changed(data, **{"xl/drawings/_rels/drawing1.xml.rels": made.encode()}), "b")
    assert n == 1 and brand.look_.logo is None and "picture 1: not in the workbook, or too large" in lost(brand)


def bomb() -> bytes:
    return changed(saved(clean()), **{"xl/media/big.bin": b"\0" * 60_000_000})


def billion(where: str) -> bytes:
    data = saved(clean())
    xml = re.sub(rb"^(<\?xml[^>]*\?>)?", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>', parts(data)[where], count=1)
    return changed(data, **{where: xml})


HOSTILE = {
    "no zip": lambda: b"hello", "empty": lambda: b"", "an old workbook": lambda: bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "a bomb": bomb,
    "entities in the theme": lambda: billion("xl/theme/theme1.xml"), "entities in a sheet": lambda: billion("xl/worksheets/sheet1.xml"),
    "entities in references": lambda: billion("_rels/.rels"), "a zip without a workbook": lambda: changed(b"PK\x05\x06" + b"\0" * 18, x=b"y"),
    "broken styles": lambda: changed(saved(clean()), **{"xl/styles.xml": b"<styleSheet>"}), "cut": lambda: saved(clean())[:-400],
    "too large": lambda: saved(clean()) + b"\0" * package.MOST_BYTES,
    "a broken drawing": lambda: changed(saved(clean()), **{"xl/drawings/drawing1.xml": b"<wsDr><"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_workbook_that_is_none_or_tries_something_is_refused(name):
    with pytest.raises(Refused) as caught:
        read_brand(HOSTILE[name](), "templates/brand.xlsx")
    assert caught.value.say("en").startswith("templates/brand.xlsx: ")


def test_deep_and_odd_xml_neither_crashes_nor_leads_astray():
    deep = b"<styleSheet>" + b"<a>" * 70_000 + b"</a>" * 70_000 + b"</styleSheet>"
    with pytest.raises(Refused):
        read_brand(changed(saved(clean()), **{"xl/styles.xml": deep}), "b")
    for part, xml in (
        ("xl/theme/theme1.xml", b"<theme/>"), ("xl/styles.xml", b'<styleSheet><cellXfs><xf fillId="-1" fontId="99999999"/></cellXfs></styleSheet>'),
        ("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", b"<worksheet><headerFooter/></worksheet>"),
    ):  # fmt: skip
        brand = read_brand(changed(saved(clean()), **{part: xml}), "b")
        assert render(report("zh"), brand.look("zh"))


@pytest.mark.parametrize("font", ['Arial"&G', "A,Bold", "x" * 40, "<b>", "&K000000"])
def test_a_font_whose_name_would_be_a_code_is_not_taken(font):
    book = Workbook()
    book._named_styles["Normal"].font = Font(name="PLACE", size=11)
    data = saved(book)
    name = font.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    styles = parts(data)["xl/styles.xml"].replace(b"PLACE", name.encode())
    brand = read_brand(changed(data, **{"xl/styles.xml": styles}), "b")
    assert (brand.latin, brand.ea) == ("", "") and any("characters in its name" in t for t in lost(brand))
    assert zlib.crc32(render(report("zh"), brand.look("zh"))) == zlib.crc32(render(report("zh")))
