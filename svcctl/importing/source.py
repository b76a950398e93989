"""Somebody else's file as rows of named cells, whatever its format. What the cells mean is the map's business."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from svcctl.errors import Refused, RefusedMany, SvcError, refuse
from svcctl.importing import csv_rows, doc_rows
from svcctl.importing.probe import Probe, named_workbook, no_workbook, probe
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.xlsx.read import SheetRow

Progress = Callable[[int], None]
"""Called with the number of rows read so far, about every thousand."""

_EVERY = 1000
_YAML = (".yaml", ".yml")
_JSON = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the first physical line it stands on (1-based), its cells by column, and the original text.

    Carriage returns in ``cells`` have become line feeds; ``raw`` is untouched, in the file's own order. A row with a
    ``problem`` cannot be used; its cells are what could be read. Of a workbook: its ``sheet``, which columns hold bare
    ``numbers``, and whether it is the ``example`` of a form.
    """

    line: int
    cells: dict[str, str]
    raw: tuple[str, ...] = ()
    problem: SvcError | None = None
    sheet: str = ""
    numbers: frozenset[str] = frozenset()
    example: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written, so that rejected rows can be written the same way."""

    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file. ``kind`` is csv, jsonl, yaml or xlsx; ``rows`` can be walked once; ``notes`` are to be told."""

    path: str
    kind: str
    header: list[str]
    rows: Iterator[Row]
    encoding: str
    dialect: Dialect
    raw_header: tuple[str, ...]
    sheet: str = ""
    notes: list[Text] = field(default_factory=list)
    epoch: date | None = None

    def cell(self, row: Row, column: str) -> str:
        """Where a cell of a workbook stands: ``file.xlsx: Sheet1!C41``, without a column the row; else an empty text."""
        if not self.sheet:
            return ""
        if column not in self.header:
            return f"{self.path}: {self.sheet}!{row.line}"
        from svcctl.xlsx.read import cell_name

        return f"{self.path}: {cell_name(self.sheet, row.line, self.header.index(column))}"

    def place(self, line: int) -> str:
        """Where a row stands: ``file.csv:41``, for a workbook ``file.xlsx: Sheet1!41``."""
        return f"{self.path}: {self.sheet}!{line}" if self.sheet else f"{self.path}:{line}"


def open_source(
    path: str,
    *,
    header: list[str] | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    progress: Progress | None = None,
) -> Source:
    """Open a CSV, JSON lines, YAML or XLSX file. CSV is streamed in constant memory.

    ``header`` names the columns of a file without a header line; together with ``header_row`` (1-based) it renames
    them. NotFound without the file, Refused if it is none of these, or a column has no name or a name twice.
    """
    found = probe(path)
    kind = _kind(path, found)
    if kind == "xlsx":
        source = _workbook(path, header, sheet, header_row)
    elif sheet is not None:
        raise Refused(
            Text("只有工作簿才有工作表", "only a workbook has sheets"), where=path, got=sheet,
            todo=Text("请从映射中去掉 sheet", "Take `sheet` out of the map"),
        )
    elif kind == "csv":
        source = _csv(path, found, header, header_row)
    else:
        source = _documents(path, found, kind)
    if progress is None:
        return source
    return replace(source, rows=_counted(source.rows, progress))


def _kind(path: str, found: Probe) -> str:
    ending = os.path.splitext(path)[1].lower()
    if found.zipped:
        return "xlsx"
    if named_workbook(path):
        raise no_workbook(path)
    if ending in _YAML or (ending not in (".csv", ".tsv", ".txt", *_JSON) and found.lead.startswith("---")):
        return "yaml"
    if ending in _JSON or found.lead.startswith("{"):
        if found.lead.startswith("["):
            raise Refused(
                Text("JSON 数组，应为一行一个对象", "a JSON array; one object a line was expected"), where=path
            )
        return "jsonl"
    return "csv"


def _counted(rows: Iterator[Row], progress: Progress) -> Iterator[Row]:
    number = 0
    for number, row in enumerate(rows, 1):
        if number % _EVERY == 0:
            progress(number)
        yield row
    progress(number)


def clean_header(names: tuple[str, ...], place: str) -> list[str]:
    """Column names, trimmed and on one line. Refused if one is empty or occurs twice, naming the columns."""
    header = [" ".join(name.split()) for name in names]
    problems: list[SvcError] = []
    empty = [number for number, name in enumerate(header, 1) if not name]
    if empty:
        problems.append(Refused(
            Text("表头有空的列名：第 {columns} 列", "columns without a name: {columns}").fill(
                columns=", ".join(map(str, empty))
            ),
            where=place,
            todo=Text("请在文件或映射的 header 中写上列名", "Name them in the file, or all of them in `header` of the map"),
        ))
    for name in dict.fromkeys(header):
        columns = [str(number) for number, other in enumerate(header, 1) if other == name]
        if name and len(columns) > 1:
            problems.append(Refused(
                Text("列名重复：“{name}”，第 {columns} 列", 'columns with one name: "{name}", {columns}').fill(
                    name=name, columns=", ".join(columns)
                ),
                where=place,
            ))
    refuse(problems)
    return header


def one_line_end(text: str) -> str:
    """``text`` with line feeds for all line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _row(line: int, raw: list[str], header: list[str], place: str, what: Text | None) -> Row:
    if what is None and len(raw) > len(header):
        what = Text("有 {got} 个单元格，表头只有 {expected} 列", "{got} cells in a table of {expected} columns").fill(
            got=len(raw), expected=len(header)
        )
    cells = {name: one_line_end(text) for name, text in zip(header, raw, strict=False)}
    if len(raw) < len(header):
        cells.update(dict.fromkeys(header[len(raw) :], ""))
    return Row(line, cells, tuple(raw), None if what is None else Refused(what, where=place))


# CSV

def _csv(path: str, found: Probe, header: list[str] | None, header_row: int | None) -> Source:
    with open(path, encoding=found.encoding, newline="") as handle:
        sample = handle.read(csv_rows.SAMPLE)
        delimiter = csv_rows.sniff(sample, whole=not handle.read(1))
    records = _csv_records(path, found.encoding, delimiter)
    raw_header: tuple[str, ...] = tuple(header or ())
    place = path
    if header is None or header_row is not None:
        first = next((r for r in records if r.line >= (header_row or 1) and any(map(str.strip, r.cells))), None)
        if first is None:
            raise Refused(Text("没有表头", "there is no header"), where=path)
        if first.problem is not None:
            raise Refused(first.problem, where=f"{path}:{first.line}")
        raw_header, place = tuple(first.cells), f"{path}:{first.line}"
    names = clean_header(tuple(header) if header is not None else raw_header, place)
    dialect = Dialect(delimiter, found.newline, found.encoding)
    return Source(path, "csv", names, _csv_rows(records, names, path), found.encoding, dialect, raw_header)


def _csv_records(path: str, encoding: str, delimiter: str) -> Iterator[csv_rows.Record]:
    with open(path, encoding=encoding, newline="") as handle:
        yield from csv_rows.records(handle, delimiter, path)


def _csv_rows(records: Iterator[csv_rows.Record], header: list[str], path: str) -> Iterator[Row]:
    for line, raw, problem in records:
        if any(map(str.strip, raw)):
            yield _row(line, raw, header, f"{path}:{line}", problem)


# JSON lines and YAML

def _documents(path: str, found: Probe, kind: str) -> Source:
    """The first walk gathers the columns, because a document may leave out those it has nothing for."""
    names: dict[str, None] = {}
    for doc in _docs(path, found.encoding, kind):
        names.update(dict.fromkeys(doc.cells))
    header = clean_header(tuple(names), path)
    rows = _doc_rows(_docs(path, found.encoding, kind), header, path)
    return Source(path, kind, header, rows, found.encoding, Dialect(), tuple(header))


def _docs(path: str, encoding: str, kind: str) -> Iterator[doc_rows.Doc]:
    with open(path, encoding=encoding) as handle:
        yield from doc_rows.json_lines(handle) if kind == "jsonl" else doc_rows.yaml_documents(handle)


def _doc_rows(docs: Iterator[doc_rows.Doc], header: list[str], path: str) -> Iterator[Row]:
    for doc in docs:
        if doc.problem is not None:
            yield Row(doc.line, dict.fromkeys(header, ""), (doc.text,), Refused(doc.problem, where=f"{path}:{doc.line}"))
        else:
            raw = tuple(doc.cells.get(name, "") for name in header)
            yield Row(doc.line, {name: one_line_end(text) for name, text in zip(header, raw, strict=True)}, raw)


# workbooks

def _workbook(path: str, header: list[str] | None, sheet: str | None, header_row: int | None) -> Source:
    from svcctl.xlsx.read import open_sheet

    opened = open_sheet(path, sheet)
    rows = opened.rows
    raw_header: tuple[str, ...] = tuple(header or ())
    place = f"{path}: {opened.name}"
    if header is None or header_row is not None:
        first = next((row for row in rows if header_row is None or row.line >= header_row), None)
        if first is None or (header_row is not None and first.line != header_row):
            raise Refused(Text("没有表头", "there is no header"), where=place)
        refuse(list(first.problems.values()))
        raw_header, place = first.cells, f"{place}!{first.line}"
    names = clean_header(tuple(header) if header is not None else raw_header, place)
    notes = [] if not opened.hidden else [
        Text("读入了 {n} 个隐藏或被筛选掉的行", "{n} hidden or filtered rows were read too").fill(n=opened.hidden)
    ]
    return Source(
        path, "xlsx", names, _sheet_rows(rows, names, f"{path}: {opened.name}"), "", Dialect(), raw_header, opened.name,
        notes, opened.epoch,
    )


def _sheet_rows(rows: Iterator[SheetRow], header: list[str], place: str) -> Iterator[Row]:
    for sheet_row in rows:
        row = _row(sheet_row.line, list(sheet_row.cells), header, f"{place}!{sheet_row.line}", None)
        inside = [problem for column, problem in sorted(sheet_row.problems.items()) if column < len(header)]
        numbers = frozenset(header[column] for column in sheet_row.numbers if column < len(header))
        yield replace(row, problem=RefusedMany(inside) if inside else row.problem, numbers=numbers)
