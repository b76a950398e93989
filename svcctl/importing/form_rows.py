"""A form that came back: its sheets known by their marks, its rows as cells by field. What they mean is not decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from svcctl.errors import Refused, RefusedMany, SvcError
from svcctl.forms.model import EXAMPLE, GUIDE, LISTS, VERSION, Mark, mark_in
from svcctl.importing.probe import named_workbook, no_workbook, probe
from svcctl.importing.source import Row, one_line_end
from svcctl.texts import Text
from svcctl.xlsx.read import Sheet, SheetRow, Workbook, cell_name, open_workbook

MOST = 20_000  # rows of a sheet; a form has two hundred
_EXAMPLES = {EXAMPLE.zh, EXAMPLE.en}


@dataclass(slots=True)
class FormPart:
    """One sheet of a form. ``number`` counts the sheets of one event; ``keys`` gives the column (0-based) of each field."""

    title: str
    mark: Mark
    number: int
    keys: dict[str, int]
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class FormFile:
    """A form as it came back: who filled it in and when, as they wrote it, its sheets, and what is to be told of it."""

    path: str
    form: str
    filled_by: str = ""
    filled_on: str = ""
    parts: list[FormPart] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    epoch: date = date(1899, 12, 30)

    def cell(self, row: Row, key: str) -> str:
        """Where a field of a row stands: ``file.xlsx: sheet!C5``; the row alone for what has no column."""
        part = next(p for p in self.parts if p.title == row.sheet)
        if key not in part.keys:
            return f"{self.path}: {row.sheet}!{row.line}"
        return f"{self.path}: {cell_name(row.sheet, row.line, part.keys[key])}"


def open_form(path: str, *, sure: bool = True) -> FormFile | None:
    """The form in a file, or None if it is none; NotFound without the file, Refused for a workbook that is not safe
    and for a text that is named like one.

    Unless ``sure``, a workbook without the sheet of lists is not looked into any further.
    """
    if not probe(path).zipped:
        if named_workbook(path):
            raise no_workbook(path)
        return None
    book = open_workbook(path)
    try:
        if not sure and LISTS not in book.titles:
            return None
        return _form(book)
    finally:
        book.close()


def _form(book: Workbook) -> FormFile | None:
    found: FormFile | None = None
    others: list[str] = []
    counts: dict[tuple[str, str], int] = {}
    for title in book.titles:
        if title == LISTS:
            continue
        first = book.first_row(title)
        mark = mark_in(first.cells[0]) if first is not None and first.line == 1 and first.cells else None
        if first is None or mark is None:
            others += [title] if first is not None else []
            continue
        if found is None:
            found = FormFile(book.path, mark.form, epoch=book.epoch)
        _fits(found, mark, title)
        sheet = book.sheet(title)
        if mark.noun == GUIDE:
            _guide(found, sheet)
            continue
        number = counts[mark.noun, mark.event] = counts.get((mark.noun, mark.event), 0) + 1
        part = FormPart(title, mark, number, _keys(book.path, title, first))
        found.parts.append(part)
        _read(found, part, sheet, title in book.hidden)
    if found is not None and others:
        names = Text("、".join(others), ", ".join(others))
        found.notes.append(Text("这些表不是表单的，没有读：{names}", "sheets that are not the form's were not read: {names}").fill(names=names))
    return found


def _fits(found: FormFile, mark: Mark, title: str) -> None:
    if mark.version != VERSION:
        newer = mark.version > VERSION
        raise Refused(
            Text("表单的版本是 {v}，这里认得的是 {mine}", "a form of version {v}, here {mine} is understood").fill(v=mark.version, mine=VERSION),
            where=f"{found.path}: {title}!A1",
            todo=Text("请升级 svcctl", "Update svcctl") if newer
            else Text("请重新做一份表单：svcctl form", "Make the form anew: svcctl form"),
        )  # fmt: skip
    if mark.form != found.form:
        raise Refused(
            Text("几份表单的表混在一个文件里", "sheets of different forms in one file"), where=f"{found.path}: {title}!A1",
            todo=Text("一份表单一个文件，分别导入", "Keep each form in its own file"),
        )  # fmt: skip


def _keys(path: str, title: str, first: SheetRow) -> dict[str, int]:
    keys: dict[str, int] = {}
    for column, text in enumerate(first.cells):
        key = text.strip()
        if column == 0 or not key:
            continue
        if key in keys:
            raise Refused(
                Text("两列是同一个字段", "two columns of one field"), where=f"{path}: {cell_name(title, 1, column)}", got=key,
                todo=Text("请用原来的表单，不要增加列", "Use the form as it was, without added columns"),
            )  # fmt: skip
        keys[key] = column
    return keys


def _guide(found: FormFile, sheet: Sheet) -> None:
    for row in sheet.rows:
        named, value = row.cells[0].strip(), row.cells[2].strip() if len(row.cells) > 2 else ""
        if named in ("by", "on") and 2 in row.problems:
            raise RefusedMany([row.problems[2]])
        if named == "by":
            found.filled_by = value
        elif named == "on":
            found.filled_on = value


def _read(found: FormFile, part: FormPart, sheet: Sheet, hidden: bool) -> None:
    examples: SheetRow | None = None
    n = 0
    for row in sheet.rows:
        if row.line <= 2:
            continue
        if row.cells and row.cells[0].strip() in _EXAMPLES:
            examples = row
            continue
        made = _row(found, part, row)
        if len(part.rows) >= MOST:
            raise Refused(
                Text("一张表的行太多", "too many rows on one sheet"), where=f"{found.path}: {part.title}!{row.line}",
                expected=Text(f"最多 {MOST} 行", f"at most {MOST}"), todo=Text("分成几份表单", "Split it into several forms"),
            )  # fmt: skip
        if made is not None:
            part.rows.append(made)
            n += row.hidden
    if examples is not None:
        _example(found, part, examples)
    if hidden:
        found.notes.append(Text(f"隐藏的表“{part.title}”也读入了", f'the hidden sheet "{part.title}" was read too'))
    if n:
        found.notes.append(Text(f"“{part.title}”：读入了 {n} 个隐藏或被筛选掉的行", f'"{part.title}": {n} hidden or filtered rows were read too'))


def _row(found: FormFile, part: FormPart, row: SheetRow) -> Row | None:
    names = {column: key for key, column in part.keys.items()}
    cells = {key: one_line_end(row.cells[column]) if column < len(row.cells) else "" for key, column in part.keys.items()}
    problems: list[SvcError] = [p for column, p in sorted(row.problems.items()) if column in names]
    for column, text in enumerate(row.cells):
        if column and column not in names and text.strip():
            where = f"{found.path}: {cell_name(part.title, row.line, column)}"
            todo = Text("请移到表里有的列，或写进备注", "Move it to a column of the form, or into the note")
            problems.append(Refused(Text("这一列不是表单的", "the form has no such column"), where=where, todo=todo))
    if not problems and not any(text.strip() for text in cells.values()):
        return None
    numbers = frozenset(names[column] for column in row.numbers if column in names)
    return Row(row.line, cells, (), RefusedMany(problems) if problems else None, part.title, numbers)


def _example(found: FormFile, part: FormPart, row: SheetRow) -> None:
    """Keep the example for whoever knows what it said: somebody may have written over it."""
    cells = {key: row.cells[column].strip() if column < len(row.cells) else "" for key, column in part.keys.items()}
    part.rows.insert(0, Row(row.line, cells, (), None, part.title, example=True))
