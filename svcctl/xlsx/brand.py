"""The look of a site's own workbook: its logo, colours, fonts, header and footer; and a list of all that cannot be taken.

Read from the parts themselves, not by a library that would drop pictures in silence. Cells are not taken over.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from svcctl.texts import Lang, Text, listed, same
from svcctl.xlsx import colours, losses
from svcctl.xlsx.look import ENOUGH, FONT, PLAIN, WHITE, Look, contrast, in_colour
from svcctl.xlsx.package import Package, child, children, reference
from svcctl.xlsx.picture import MOST_BYTES, Picture, Unfit, picture

STYLES = ("brand", "品牌")  # a named style of that name decides, then cell A1, then the theme
USUAL_FONTS = frozenset({
    "calibri", "calibri light", "aptos", "aptos narrow", "aptos display", "cambria", "liberation sans", "宋体", "等线", "等线 light", "新細明體", "simsun", "dengxian",
})  # fmt: skip
_FONT = re.compile(r"[\w][\w .\-]{0,30}")
_CODE = re.compile(r'&(?:"[^"]*"|[0-9]{1,3}|K[0-9A-Fa-f]{6}|K[0-9]{2}[+-][0-9]{3}|[A-Za-z&])')
_FIELDS = {"D": Text("日期", "date"), "T": Text("时间", "time"), "F": Text("文件名", "file name"), "Z": Text("路径", "path"), "A": Text("工作表名", "sheet name"), "G": Text("图片", "picture")}  # fmt: skip


class Brand(NamedTuple):
    """``taken``: what of the workbook is used, ``lost``: what cannot be; ``ea`` and ``latin`` are empty if not chosen."""

    look_: Look
    latin: str
    ea: str
    taken: tuple[Text, ...]
    lost: tuple[Text, ...]

    def look(self, lang: Lang) -> Look:
        """The look of a workbook in a language: a cell has one font for all its letters."""
        font = (self.ea or FONT) if lang == "zh" else (self.latin or self.ea or FONT)
        return self.look_._replace(font=font, latin=self.latin or self.ea or FONT, ea=self.ea or FONT)


def read_brand(data: bytes, where: str) -> Brand:
    """The brand in the bytes of a workbook. Refused for whatever is none or too large; ``where`` names it."""
    package = Package(data, where)
    book = package.first("", "officeDocument")
    sheet = _first_sheet(package, book)
    theme, styles = package.xml(package.first(book, "theme")), package.xml(package.first(book, "styles"))
    taken: list[Text] = []
    lost: list[Text] = []
    look = _colours(package, sheet, theme, styles, taken, lost)
    latin, ea = _fonts(theme, styles, taken, lost)
    root = package.xml(sheet)
    if root is None and sheet:
        lost.append(Text("第一张工作表太大，没有看它的页眉页脚", "the first sheet is too large: its header and footer were not looked at"))
    header, footer = (_page_text(child(root, "headerFooter", part), name, taken, lost) for part, name in (
        ("oddHeader", Text("页眉", "header")), ("oddFooter", Text("页脚", "footer")),
    ))  # fmt: skip
    logo, pictures = _logo(package, sheet, taken, lost)
    lost += losses.found(package, pictures)
    return Brand(look._replace(header=header, footer=footer, logo=logo), latin, ea, tuple(taken), tuple(lost))


def _first_sheet(package: Package, book: str) -> str:
    related = package.related(book)
    sheets = children(child(package.xml(book), "sheets"), "sheet")
    return related.get(reference(sheets[0], "id"), ("", ""))[1] if sheets else ""


# -- colours ----------------------------------------------------------------------------------------------------------


def _colours(
    package: Package, sheet: str, theme: Element | None, styles: Element | None, taken: list[Text], lost: list[Text]
) -> Look:
    scheme = colours.scheme(theme)
    accents = colours.own_accents(scheme)
    main, text = colours.of_named(styles, STYLES, scheme)
    place = Text("样式“品牌”", "the style Brand")
    if not main:
        main, text = colours.of_cell(package, sheet, styles, scheme)
        place = same("A1")
    if not main and accents:
        main, text, place = accents[0], "", Text("主题", "the theme")
        accents = accents[1:]
    if not main:
        lost.append(Text("颜色：没有样式“品牌”，A1 没有底色，主题是软件自带的；沿用 svcctl 的颜色",
                         "colours: there is no style Brand, A1 has no fill, and the theme is the program's own; svcctl's are kept"))  # fmt: skip
        return PLAIN
    look = in_colour(main, text or WHITE, tuple(accents))
    taken.append(Text("颜色 #{main}（{place}）", "colour #{main} ({place})").fill(main=main, place=place))
    if text and look.on_main != text:
        lost.append(Text("文字颜色 #{text}：在 #{main} 上的对比度只有 {found:.1f}（要 {enough}），改用 #{used}",
                         "text colour #{text}: its contrast on #{main} is only {found:.1f} ({enough} is needed), #{used} is used")
                    .fill(text=text, main=main, found=contrast(text, main), enough=ENOUGH, used=look.on_main))  # fmt: skip
    if look.title != main:
        lost.append(Text("颜色 #{main} 写在白纸上看不清，标题改用 #{used}", "colour #{main} is hard to read on white paper: headings are #{used}")
                    .fill(main=main, used=look.title))  # fmt: skip
    return look


# -- fonts ------------------------------------------------------------------------------------------------------------


def _fonts(theme: Element | None, styles: Element | None, taken: list[Text], lost: list[Text]) -> tuple[str, str]:
    """The Latin and the East Asian font, empty where none was chosen."""
    minor = child(theme, "themeElements", "fontScheme", "minorFont")
    latin, ea = _typeface(child(minor, "latin")), _typeface(child(minor, "ea"))
    ea = ea or next((_typeface(f) for f in children(minor, "font") if f.get("script") == "Hans"), "")
    name, of_theme = _normal(styles)
    if name and not of_theme:
        latin, ea = (name, name) if not name.isascii() else (name, ea)
    if any(font and not _FONT.fullmatch(font) for font in (latin, ea)):
        lost.append(Text("字体：名字里有不能用的字符", "a font: there are characters in its name that cannot be used"))
    latin, ea = (font if _FONT.fullmatch(font) and font.casefold() not in USUAL_FONTS else "" for font in (latin, ea))
    names = list(dict.fromkeys(f for f in (latin, ea) if f))
    if names:
        still = Text(f"（中文仍用{FONT}）", f" ({FONT} for Chinese)") if not ea else Text("", "")
        taken.append(Text("字体 {names}{still}", "fonts {names}{still}").fill(names=listed([same(n) for n in names]), still=still))
    return latin, ea


def _typeface(element: Element | None) -> str:
    return "" if element is None else element.get("typeface", "").strip()


def _normal(styles: Element | None) -> tuple[str, bool]:
    """The font of the style Normal, and whether it is the theme's."""
    xf = colours.named_style(styles, ("normal", "常规", "default"))
    fonts = children(child(styles, "fonts"), "font")
    at = xf.get("fontId", "0") if xf is not None else "0"
    font = fonts[int(at)] if at.isdecimal() and int(at) < len(fonts) else None
    name, scheme = child(font, "name"), child(font, "scheme")
    return ("" if name is None else name.get("val", "").strip()), scheme is not None and scheme.get("val") in ("minor", "major")


# -- header and footer ------------------------------------------------------------------------------------------------


def _page_text(element: Element | None, name: Text, taken: list[Text], lost: list[Text]) -> str:
    """The words of a header or footer on one line; what a program would put in when it prints is not among them."""
    raw = "" if element is None else element.text or ""
    dropped: list[str] = []
    marked = _CODE.sub(lambda m: _plain(m[0], dropped), raw.replace("\0", "").replace("\1", ""))
    parts = [" ".join(part.split()) for part in marked.split("\0") if "\1" not in part]  # pages are numbered anyway
    text = " · ".join(p for p in parts if p)[:120]
    fields = [_FIELDS[f] for f in dict.fromkeys(dropped) if f in _FIELDS]
    if fields:
        lost.append(Text("{name}里的{fields}", "of the {name}: {fields}").fill(name=name, fields=listed(fields)))
    if text:
        taken.append(Text("{name}“{text}”", "{name} “{text}”").fill(name=name, text=text))
    return text


def _plain(code: str, dropped: list[str]) -> str:
    """What stands for a code: an ampersand, the end of a part, a mark for the number of a page, or nothing."""
    if code in ("&&", "&L", "&C", "&R"):
        return "&" if code == "&&" else "\0"
    if code in ("&P", "&N"):
        return "\1"
    dropped.append(code[1:].upper())
    return ""


# -- logo -------------------------------------------------------------------------------------------------------------


def _logo(package: Package, sheet: str, taken: list[Text], lost: list[Text]) -> tuple[Picture | None, int]:
    """The first picture of the first sheet that can be taken, and how many were looked at to find it."""
    drawing = package.first(sheet, "drawing")
    related = package.related(drawing) if drawing else {}
    root = package.xml(drawing) if drawing else None
    ids = [] if root is None else [reference(b, "embed") for b in root.iter() if b.tag.endswith("}blip")]
    for n, path in enumerate((related.get(i, ("", ""))[1] for i in ids[:20]), 1):
        data = package.data(path, MOST_BYTES)
        try:
            if data is None:
                raise Unfit(Text("不在工作簿里，或太大", "not in the workbook, or too large"))
            found = picture(data)
        except Unfit as unfit:
            lost.append(Text("图像 {n}：{why}", "picture {n}: {why}").fill(n=n, why=unfit.why))
            continue
        taken.append(Text("标志 {kind} {w}×{h}", "logo {kind} {w}×{h}").fill(kind=found.kind.upper(), w=found.width, h=found.height))
        return found, n
    return None, len(ids[:20])
