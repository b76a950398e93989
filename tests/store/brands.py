"""Workbooks of sites that lend their look, and pictures for them, made without an imaging library."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Font, NamedStyle, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from svcctl.xlsx.logo import Logo
from svcctl.xlsx.picture import Picture

GREEN, GOLD = "14532D", "FACC15"


def chunk(kind: bytes, body: bytes) -> bytes:
    """A part of a PNG."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(width: int = 120, height: int = 48, rgb: tuple[int, int, int] = (20, 83, 45), more: bytes = b"", lines: bytes | None = None) -> bytes:
    """A picture: a disc of one colour on white beside a bar."""
    head = chunk(b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0")
    ink, paper = bytes(rgb), b"\xff\xff\xff"
    if lines is None:
        middle = height / 2
        lines = b"".join(
            b"\0" + b"".join(
                ink if (x - middle) ** 2 + (y - middle) ** 2 < (middle - 3) ** 2 or (x > height and abs(y - middle) < height / 8) else paper
                for x in range(width)
            )
            for y in range(height)
        )  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def jpeg(width: int = 64, height: int = 32) -> bytes:
    """A JPEG's markers with nothing drawn, a comment and the place it was taken at among them."""
    def segment(code: int, body: bytes) -> bytes:
        return bytes((0xFF, code)) + (len(body) + 2).to_bytes(2, "big") + body

    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\0"
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + segment(0xE1, b"Exif\0\0GPS 30.66N") + segment(0xFE, b"made by Wang")
        + segment(0xC0, frame) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\x34" + b"\xff\xd9"
    )


def saved(book: Workbook, **parts: bytes | str) -> bytes:
    """The bytes of a workbook, with further parts (``xl__vbaProject.bin``) in it."""
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def clean() -> Workbook:
    """A brand as one makes it: a named style, a logo, fonts, header and footer, and nothing that cannot be taken."""
    book = Workbook()
    sheet: Any = book.active
    style = NamedStyle(name="Brand", font=Font(name="Georgia", size=14, color="FFFFFFFF"), fill=PatternFill("solid", fgColor="FF" + GREEN))
    book.add_named_style(style)
    book._named_styles["Normal"].font = Font(name="Georgia", size=11)  # type: ignore[attr-defined]
    sheet["A1"] = "Riverside"
    sheet.add_image(Logo(Picture("png", 120, 48, png()), "x", 3))
    sheet.oddHeader.left.text, sheet.oddHeader.center.text = "Riverside && Sons", '&"Georgia,Bold"&12 Facilities'
    sheet.oddFooter.center.text = "In confidence"
    return book


def crowded() -> Workbook:
    """One with much that cannot be taken, and colours that cannot be read: white on gold in A1."""
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"] = "金色"
    sheet["A1"].fill, sheet["A1"].font = PatternFill("solid", fgColor="FF" + GOLD), Font(name="楷体", color="FFFFFFFF")
    book._named_styles["Normal"].font = Font(name="楷体", size=11)  # type: ignore[attr-defined]
    for n in range(2):
        sheet.add_image(Logo(Picture("png", 48, 48, png(48, 48, (160, 30, 30 + n))), "x", 2))
    for row in ((1, 2), (3, 4)):
        sheet.append(row)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=2, max_row=3))
    sheet.add_chart(chart, "F2")
    sheet.conditional_formatting.add("A2:B3", ColorScaleRule(start_type="min", start_color="FF0000", end_type="max", end_color="00FF00"))
    sheet.add_data_validation(DataValidation(type="list", formula1='"a,b"', sqref="C1"))
    sheet["B2"].comment = Comment("x", "y")
    sheet.oddHeader.center.text = "&G 金色物业 &D &F"
    sheet.oddFooter.right.text = "第 &P 页"
    book.create_sheet("二")
    return book
