"""Colours as workbooks write them: of a theme with a tint, by an index, or as they are."""

from __future__ import annotations

import colorsys
import contextlib
import re
from xml.etree.ElementTree import Element
from xml.parsers import expat

from openpyxl.styles.colors import COLOR_INDEX

from svcctl.xlsx.package import Package, child, children

Scheme = dict[str, str]  # of a theme: dk1 lt1 dk2 lt2 accent1 … accent6, each with six hex digits
ORDER = ("lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6")  # as cells count them
USUAL = frozenset({"4472C4", "4F81BD", "156082", "5B9BD5", "18A303"})  # first accents of themes that come with programs
_RGB = re.compile("(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")


def scheme(theme: Element | None) -> Scheme:
    """The colours of a theme."""
    found = {}
    for name in ORDER:
        one = child(theme, "themeElements", "clrScheme", name)
        value = next((c.get("lastClr") or c.get("val") or "" for c in (() if one is None else one)), "")
        if rgb := _RGB.fullmatch(value):
            found[name] = rgb[1].upper()
    return found


def own_accents(found: Scheme) -> list[str]:
    """The accents of a theme that somebody made; none of one that came with the program."""
    accents = [found[name] for name in ORDER[4:] if name in found]
    return [] if not accents or accents[0] in USUAL else accents


def colour(element: Element | None, found: Scheme) -> str:
    """Six hex digits, empty for a colour that is automatic or cannot be told."""
    if element is None:
        return ""
    rgb = _RGB.fullmatch(element.get("rgb", ""))
    theme, index = element.get("theme", ""), element.get("indexed", "")
    if rgb:
        base = rgb[1].upper()
    elif theme.isdecimal() and int(theme) < len(ORDER):
        base = found.get(ORDER[int(theme)], "")
    elif index.isdecimal() and int(index) < len(COLOR_INDEX):
        base = COLOR_INDEX[int(index)][2:].upper()
    else:
        return ""
    return _tinted(base, element.get("tint", "")) if base else ""


def _tinted(rgb: str, tint: str) -> str:
    try:
        share = float(tint or 0)
    except ValueError:
        share = 0.0
    if not -1 <= share <= 1 or not share:  # nor is a NaN between them
        return rgb
    hue, light, full = colorsys.rgb_to_hls(*(int(rgb[n : n + 2], 16) / 255 for n in (0, 2, 4)))
    light = light * (1 + share) if share < 0 else light * (1 - share) + share
    return "".join(f"{round(c * 255):02X}" for c in colorsys.hls_to_rgb(hue, light, full))


def named_style(styles: Element | None, names: tuple[str, ...]) -> Element | None:
    """The format of the first named style with one of these names."""
    for style in children(child(styles, "cellStyles"), "cellStyle"):
        if style.get("name", "").casefold() in names:
            return _at(children(child(styles, "cellStyleXfs"), "xf"), style.get("xfId", ""))
    return None


def of_named(styles: Element | None, names: tuple[str, ...], found: Scheme) -> tuple[str, str]:
    """The fill and the text colour of a named style, empty where it has none."""
    return _of(named_style(styles, names), styles, found)


def of_cell(package: Package, sheet: str, styles: Element | None, found: Scheme) -> tuple[str, str]:
    """The fill and the text colour of cell A1."""
    xf = _at(children(child(styles, "cellXfs"), "xf"), _style_of_a1(package.data(sheet)))
    return _of(xf, styles, found)


def _of(xf: Element | None, styles: Element | None, found: Scheme) -> tuple[str, str]:
    if xf is None:
        return "", ""
    pattern = child(_at(children(child(styles, "fills"), "fill"), xf.get("fillId", "")), "patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return "", ""
    font = _at(children(child(styles, "fonts"), "font"), xf.get("fontId", ""))
    return colour(child(pattern, "fgColor"), found), colour(child(font, "color"), found)


def _at(several: list[Element], index: str) -> Element | None:
    return several[int(index)] if index.isdecimal() and len(index) < 7 and int(index) < len(several) else None


class _Enough(Exception):
    """The first cell was seen."""


def _style_of_a1(data: bytes | None) -> str:
    """The number of the format of A1, empty if it has none."""
    found = [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "c":
            if attributes.get("r") == "A1":
                found[0] = attributes.get("s", "")
            raise _Enough

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with contextlib.suppress(_Enough, expat.ExpatError):
        parser.Parse(data or b"", True)
    return found[0]
