"""A form as the bytes of a workbook: how to fill it in, a sheet an event, and the lists behind the drop-downs.

Row 1 of every sheet is hidden and says what the columns are; only the cells that are to be filled in can be changed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from svcctl.forms.model import EXAMPLE, FIRST, GUIDE, LISTS, ROWS, VERSION, Column, Form, FormSheet, Mark
from svcctl.texts import Lang, Text
from svcctl.xlsx import cells, words
from svcctl.xlsx.look import BLUE, FONT, NAVY
from svcctl.xlsx.pack import pack
from svcctl.xlsx.styles import CARD, GREY, INK, RULE
from svcctl.xlsx.widths import ROW, height, lines, widest, width

STAMP = datetime(2000, 1, 1, tzinfo=UTC)  # a form says what it asks for, not when it was made
LAST = FIRST + ROWS - 1
_FORMATS = {"money": "#,##0.00", "number": "General", "int": "0", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}
_RIGHT = ("money", "number", "int")
_PAPER = "FFFFFF"
_INPUT = "FFFDF3"

NO = Text("行", "Row")
HOW = Text("填写说明", "How to fill in")
FILLED_BY = Text("填表人", "Filled in by")
FILLED_ON = Text("填表日期", "Filled in on")


class _Styles:
    """The looks of a form, as named styles: none is made for a cell alone."""

    def __init__(self, book: Any) -> None:
        rule = Side("thin", color="FF" + RULE)
        box = Border(left=rule, right=rule, top=rule, bottom=rule)
        normal: Any = book._named_styles["Normal"]
        normal.font = Font(name=FONT, size=10)
        self._book = book
        self._add("Form Title", Font(name=FONT, size=18, bold=True, color="FFFFFFFF"), NAVY)
        self._add("Form About", Font(name=FONT, size=10, color="FFD6E0F0"), NAVY)
        self._add("Form Step", Font(name=FONT, size=10.5, color="FF" + INK), _PAPER)
        self._add("Form Label", Font(name=FONT, size=10.5, bold=True, color="FF" + NAVY), _PAPER)
        self._add("Form Required", Font(name=FONT, size=10, bold=True, color="FFFFFFFF"), NAVY, box, "center")
        self._add("Form Head", Font(name=FONT, size=10, bold=True, color="FFFFFFFF"), BLUE, box, "center")
        self._add("Form Example", Font(name=FONT, size=9.5, italic=True, color="FF" + GREY), CARD, box)
        self._add("Form Row", Font(name=FONT, size=9, color="FF" + GREY), CARD, box, "center")
        self._add("Form Told", Font(name=FONT, size=10, color="FF" + INK), _PAPER, box)
        self._add("Form Part", Font(name=FONT, size=10, bold=True, color="FF" + NAVY), CARD, box)
        for kind in ("text", "id", *_FORMATS):
            across = "right" if kind in _RIGHT else "left"
            self._add(f"Form {kind}", Font(name=FONT, size=10, color="FF" + INK), _INPUT, box, across, _FORMATS.get(kind, "@"), open_=True)

    def _add(
        self, name: str, font: Font, fill: str, border: Border | None = None, across: str = "left", fmt: str = "@",
        open_: bool = False,
    ) -> None:  # fmt: skip
        style = NamedStyle(name=name, font=font, fill=PatternFill("solid", fgColor="FF" + fill), number_format=fmt)
        style.border = border or Border()
        style.alignment = Alignment(horizontal=across, vertical="center", wrap_text=True, indent=1 if across != "center" else 0)
        style.protection = Protection(locked=not open_)
        self._book.add_named_style(style)


def render_form(form: Form) -> bytes:
    """The workbook of a form: the same bytes for the same form."""
    book: Any = Workbook()
    book.remove(book.active)
    _Styles(book)
    lists = _Lists(form)
    taken = [LISTS]
    _guide(book, form, cells.sheet_name(HOW.to(form.lang), taken))
    taken.append(HOW.to(form.lang))
    for sheet in form.sheets:
        name = cells.sheet_name(sheet.title, taken)
        taken.append(name)
        _sheet(book.create_sheet(name), form, sheet, lists)
    lists.write(book.create_sheet(LISTS))
    book.active = 1
    for number, sheet in enumerate(book.worksheets):
        sheet.sheet_view.tabSelected = number == 1
    book.properties.creator = "svcctl"
    book.properties.title = cells.plain(f"{form.site} {form.name}")
    book.properties.language = "zh-CN" if form.lang == "zh" else "en"
    out = io.BytesIO()
    book.save(out)
    whole = io.BytesIO()
    pack(out.getvalue(), whole, stamp=STAMP, rows={}, alts={}, extras={})
    return whole.getvalue()


def _put(sheet: Any, row: int, column: int, text: str | int, style: str, lang: Lang) -> Cell:
    cell: Cell = sheet.cell(row, column)
    if isinstance(text, int):
        cell.value = text
    elif text:
        cell.value = cells.cell_text(text, lang)
        cell.data_type = "s"  # whatever it begins with
    cell.style = style
    return cell


# what is to be filled in

def _sheet(sheet: Any, form: Form, asked: FormSheet, lists: _Lists) -> None:
    lang = form.lang
    _put(sheet, 1, 1, str(Mark(VERSION, asked.noun, asked.event, form.id)), "Form Row", lang)
    _put(sheet, 2, 1, NO.to(lang), "Form Row", lang)
    _put(sheet, 3, 1, EXAMPLE.to(lang), "Form Example", lang)
    wide = []
    for number, column in enumerate(asked.columns, 2):
        _put(sheet, 1, number, column.key, "Form Row", lang)
        head = _head(column)
        _put(sheet, 2, number, head, "Form Required" if column.required or column.grouped else "Form Head", lang)
        _put(sheet, 3, number, column.example, "Form Example", lang)
        wide.append(_width(column, head))
        sheet.column_dimensions[get_column_letter(number)].width = wide[-1]
        sheet.add_data_validation(_validation(column, number, lists, lang))
    for row in range(FIRST, LAST + 1):
        _put(sheet, row, 1, row - FIRST + 1, "Form Row", lang)
        for number, column in enumerate(asked.columns, 2):
            sheet.cell(row, number).style = f"Form {column.kind}"
    sheet.column_dimensions["A"].width = 6
    sheet.row_dimensions[1].hidden = True
    sheet.row_dimensions[2].height = height(max(lines(_head(c), w - 3) for c, w in zip(asked.columns, wide, strict=True)), 26)
    sheet.row_dimensions[3].height = height(max(lines(c.example, w - 3) for c, w in zip(asked.columns, wide, strict=True)))
    sheet.freeze_panes = "B3"
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = ROW, True
    _page(sheet, form, BLUE)
    sheet.print_title_rows = "2:2"
    sheet.protection.sheet = True
    for free in ("formatColumns", "formatRows"):
        setattr(sheet.protection, free, False)  # False is: not forbidden


def _head(column: Column) -> str:
    return f"{column.label} {'*' if column.required else '△' if column.grouped else ''}".strip()


def _width(column: Column, head: str) -> float:
    longest = max((widest(option) for option in column.options), default=0)
    usual = {"time": 17, "date": 12, "money": 12, "number": 10, "int": 8, "id": 14}.get(column.kind, 12)
    if column.kind == "text" and not column.options:
        usual = 28 if column.required else 18
    return float(min(max(width(head), usual, min(longest, 24), min(widest(column.example), 26)) + 4, 42))


def _validation(column: Column, number: int, lists: _Lists, lang: Lang) -> DataValidation:
    """What may be written, with a prompt and, where something else is refused, why."""
    letter = get_column_letter(number)
    made: Any = DataValidation(allow_blank=True, sqref=f"{letter}{FIRST}:{letter}{LAST}")
    expected = column.hint or column.label
    where = lists.place(column.options)
    if where:
        made.type, made.formula1 = "list", where
        made.errorStyle = "stop" if column.strict else "warning"
        expected = Text("请从下拉列表里选", "Choose from the list").to(lang)
    elif column.kind in _RIGHT:
        made.type, made.operator, made.formula1 = "whole" if column.kind == "int" else "decimal", "greaterThanOrEqual", "0"
        made.errorStyle = "stop"
    elif column.kind in ("date", "time"):
        made.type, made.operator, made.formula1 = "date", "greaterThanOrEqual", "36526"  # 2000-01-01
        made.errorStyle = "warning"
    if made.type:
        made.showErrorMessage = True
        made.errorTitle = cells.cut(column.label, 32, "…")
        made.error = cells.cut(expected, 220, "…")
    made.showInputMessage = True
    made.promptTitle = cells.cut(_head(column), 32, "…")
    made.prompt = cells.cut(_prompt(column, lang), 250, "…")
    return made  # type: ignore[no-any-return]


def _prompt(column: Column, lang: Lang) -> str:
    need = Text("必填", "Required") if column.required else Text("标 △ 的至少填一项", "Fill in at least one marked △") if column.grouped else None
    parts = ([need.to(lang)] if need else []) + ([column.hint] if column.hint else [])
    if column.example and not column.options:
        parts.append(Text(f"例：{column.example}", f"e.g. {column.example}").to(lang))
    return "\n".join(parts) or Text("可不填", "May be left empty").to(lang)


class _Lists:
    """The columns of the hidden sheet behind the drop-downs: lists written into a cell's rule break over 255 characters."""

    def __init__(self, form: Form) -> None:
        wanted = dict.fromkeys(column.options for sheet in form.sheets for column in sheet.columns if column.options)
        self._lang = form.lang
        self._columns: dict[tuple[str, ...], int] = {options: n for n, options in enumerate(wanted, 1)}

    def place(self, options: tuple[str, ...]) -> str:
        """Where a list stands, as a formula; empty if there is nothing to choose from."""
        if not options:
            return ""
        letter = get_column_letter(self._columns[options])
        return f"{LISTS}!${letter}$1:${letter}${len(options)}"

    def write(self, sheet: Any) -> None:
        """Write the sheet and hide it."""
        for options, number in self._columns.items():
            for row, option in enumerate(options, 1):
                _put(sheet, row, number, option, "Form text", self._lang)
        sheet.sheet_state = "hidden"
        sheet.protection.sheet = True


# how to fill it in

def _guide(book: Any, form: Form, name: str) -> None:
    sheet, lang = book.create_sheet(name), form.lang
    for letter, wide in zip("ABCDEF", (3, 24, 24, 12, 56, 30), strict=True):
        sheet.column_dimensions[letter].width = wide
    _put(sheet, 1, 1, str(Mark(VERSION, GUIDE, "", form.id)), "Form Row", lang)
    sheet.row_dimensions[1].hidden = True
    _band(sheet, 2, form.name, "Form Title", lang, 38)
    _band(sheet, 3, form.site, "Form About", lang, 22)
    row = 5
    for key, label, kind in (("by", FILLED_BY, "text"), ("on", FILLED_ON, "date")):
        sheet.cell(row, 1).value = key
        sheet.cell(row, 1).font = Font(name=FONT, size=6, color="FF" + _PAPER)
        _put(sheet, row, 2, label.to(lang), "Form Label", lang)
        sheet.cell(row, 3).style = f"Form {kind}"
        sheet.row_dimensions[row].height = 22
        row += 1
    row = _steps(sheet, row + 1, form)
    row = _columns(sheet, row + 1, form)
    _page(sheet, form, NAVY)
    sheet.protection.sheet = True


def _band(sheet: Any, row: int, text: str, style: str, lang: Lang, tall: float) -> None:
    for column in range(1, 7):
        sheet.cell(row, column).style = style
    _put(sheet, row, 2, text, style, lang)
    sheet.cell(row, 2).alignment = Alignment(horizontal="left", vertical="center", indent=0)
    sheet.row_dimensions[row].height = tall


STEPS = (
    Text("在上面写填表人和填表日期。同一份空表可以发给几个人、用许多次，凭这两项认出是哪一份。",
         "Write above who filled in the form, and on which day. A blank form may go to several people and be used many times; these two tell the copies apart."),
    Text("每张表一行记一件事，从第 1 行写起；“例”那一行不会录入。标 * 的必填，标 △ 的至少填一项。",
         "One line is one matter, from row 1 on; the example is not recorded. Columns marked * are required, of those marked △ at least one."),
    Text("带下拉箭头的请从列表里选；点到格子上会出现提示。粘贴时请用“只粘贴值”。",
         "Choose from the list where there is one; a hint shows when you are in a cell. When you paste, paste values only."),
    Text("房号、电话、单据号照原样写，前面的 0 也要写。日期写 2026-11-24，时间写 2026-11-24 09:00。",
         "Write rooms, telephone and document numbers as they stand, leading zeros too. Dates as 2026-11-24, times as 2026-11-24 09:00."),
    Text("不要合并单元格，不要增删列。填好后存为 .xlsx，发回给交表给你的人。",
         "Do not merge cells, add or remove columns. Save it as .xlsx and send it back to whoever gave you the form."),
    Text("交回以后：svcctl import 文件.xlsx。全部正确才会录入；再交一次，只录入新的行。",
         "When it is back: svcctl import FILE.xlsx. It is recorded only if all of it is right; sent again, only new rows are recorded."),
)  # fmt: skip


def _steps(sheet: Any, row: int, form: Form) -> int:
    lang = form.lang
    _put(sheet, row, 2, HOW.to(lang), "Form Label", lang)
    for number, step in enumerate(STEPS, 1):
        row += 1
        text = f"{number}. {step.to(lang)}"
        _put(sheet, row, 2, text, "Form Step", lang)
        sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=6)
        sheet.row_dimensions[row].height = height(lines(text, 138), 20)
    return row + 1


_TABLE = (Text("表", "Sheet"), Text("列", "Column"), Text("必填", "Required"), Text("怎么填", "What to write"), Text("例", "Example"))


def _columns(sheet: Any, row: int, form: Form) -> int:
    """Every column of every sheet, told once."""
    lang = form.lang
    for number, head in enumerate(_TABLE, 2):
        _put(sheet, row, number, head.to(lang), "Form Required", lang)
    sheet.row_dimensions[row].height = 24
    for asked in form.sheets:
        for told in _told(asked, lang):
            row += 1
            for number, text in enumerate(told, 2):
                _put(sheet, row, number, text, "Form Part" if told[0] else "Form Told", lang)
            room = zip(told, (24, 24, 12, 56, 30), strict=True)
            sheet.row_dimensions[row].height = height(max(lines(text, wide - 3) for text, wide in room), 19)
    return row


def _told(asked: FormSheet, lang: Lang) -> Iterator[Sequence[str]]:
    yield (asked.title, "", "", asked.about, "")
    for column in asked.columns:
        options = ("、" if lang == "zh" else ", ").join(column.options[:40]) + ("…" if len(column.options) > 40 else "")
        need = "*" if column.required else "△" if column.grouped else ""
        hint = options if column.options and column.strict else column.hint
        yield ("", column.label, need, hint, column.example)


def _page(sheet: Any, form: Form, tab: str) -> None:
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_properties.tabColor = "FF" + tab
    sheet.sheet_view.showGridLines = False
    setup = sheet.page_setup
    setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight = "landscape", 9, 1, 0
    margins = sheet.page_margins
    margins.left = margins.right = 0.45
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.62, 0.3, 0.28
    sheet.oddFooter.left.text = cells.page_text(f"{form.site} {form.name}", 80)
    sheet.oddFooter.center.text = words.PAGES.to(form.lang)
