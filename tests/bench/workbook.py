"""What a workbook costs: svcctl's own writer beside XlsxWriter on the same report, by the rows of its details.

    python tests/bench/workbook.py [ROWS …]      # 2000 20000 200000 unless given

Needs XlsxWriter, which the project does not. It is given the same cells, formats, tables, totals, links and charts, in
both of its modes; with ``constant_memory`` it can make no tables. svcctl besides measures texts for widths and heights, and
makes the bytes independent of time. Both get the rows in the same way: each is made when it is asked for.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from timing import Cost, once

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "xlsx"))
ROWS = (2_000, 20_000, 200_000)
FORMATS = {
    "text": "@", "int": "#,##0", "money": "#,##0.00", "rate": "0.00%", "minutes": "#,##0.0", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm",
}  # fmt: skip
CHARTS = {"column": "column", "bar": "bar", "line": "line", "pie": "pie", "doughnut": "doughnut"}


DIFFERENT = 1_000  # rows that differ in more than id and time
WAYS = ("svcctl", "xlsxwriter", "constant")


def month(rows: int) -> Any:
    """The report: its details are those of some hundred repairs again and again, each with an id and a time of its own."""
    import street

    from svcctl.reports.many import Ids, Made
    from svcctl.reports.model import TableSheet

    report = street.report(rows=min(rows, DIFFERENT))
    sheets = []
    for sheet in report.sheets:
        if isinstance(sheet, TableSheet) and sheet.key == "repairs":
            (section,) = sheet.sections
            some, names = section.table.rows, section.table.row_ids
            step = timedelta(days=30) / rows

            def name(n: int, names: Any = names) -> str:
                return names[n] if n < len(names) else f"rp-{n:010x}"

            def made(n: int, some: Any = some, step: timedelta = step) -> list[Any]:
                return [name(n), some[0][1] + n * step, *some[n % len(some)][2:]]

            table = replace(section.table, rows=Made(rows, made), row_ids=Ids(map(name, range(rows))))
            sheet = replace(sheet, sections=(replace(section, table=table),))
        sheets.append(sheet)
    return replace(report, sheets=tuple(sheets))


def ours(rows: int, out: str) -> None:
    """The report by svcctl."""
    from svcctl.xlsx.book import rendered
    from svcctl.xlsx.save import save

    with rendered(month(rows)) as write:
        save(write, out)


class Theirs:
    """The report by XlsxWriter."""

    def __init__(self, rows: int, out: str, constant: bool) -> None:
        import xlsxwriter

        self.report, self.constant = month(rows), constant
        self.book = xlsxwriter.Workbook(out, {"constant_memory": constant, "strings_to_formulas": False, "strings_to_urls": False})
        base = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter", "bottom": 1, "bottom_color": "#D5DBE3", "indent": 1}
        self.of = {name: self.book.add_format({**base, "num_format": code, "text_wrap": name == "text"}) for name, code in FORMATS.items()}
        self.of["link"] = self.book.add_format({**base, "font_color": "#1F5FA8", "underline": 1})
        self.of["good"] = self.book.add_format({**base, "bold": True, "font_color": "#0B6E99", "bg_color": "#E3F1F7", "align": "center"})
        self.of["alert"] = self.book.add_format({**base, "bold": True, "font_color": "#C0392B", "bg_color": "#FBE9E7", "align": "center"})
        self.of["head"] = self.book.add_format({**base, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3864", "text_wrap": True})
        self.of["title"] = self.book.add_format({"font_name": "微软雅黑", "font_size": 16, "bold": True})
        self.names: dict[str, str] = {}
        self.places: dict[tuple[str, str], tuple[int, Any]] = {}
        self.targets: dict[tuple[str, str], int] = {}

    def write(self) -> None:
        """Every sheet, the first one last, as its charts lie over the others."""
        from svcctl.reports.many import Ids
        from svcctl.reports.model import SummarySheet
        from svcctl.xlsx.book import _plain

        plain = [_plain(sheet, self.report) for sheet in self.report.sheets]
        sheets = [self.book.add_worksheet(sheet.title) for sheet in plain]
        self.names = {sheet.key: sheet.title for sheet in plain}
        for sheet in plain:
            if not isinstance(sheet, SummarySheet):
                row = 4
                for section in sheet.sections:
                    if not isinstance(section.table.row_ids, Ids):  # no cell leads to a repair, but from page 1
                        self.targets.update({(sheet.key, name): row + 1 + n for n, name in enumerate(section.table.row_ids)})
                    row += len(section.table.rows) + 5
        for made, sheet in zip(sheets, plain, strict=True):
            if not isinstance(sheet, SummarySheet):
                self._tables(made, sheet)
        self._summary(sheets[0], plain[0])
        self.book.close()

    def _tables(self, made: Any, sheet: Any) -> None:
        made.set_landscape()
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        made.set_header(f"&L{sheet.title}")
        made.write_string(0, 0, sheet.title, self.of["title"])
        made.write_string(1, 0, sheet.intro)
        row = 4
        for section in sheet.sections:
            table = section.table
            self.places[sheet.key, section.key] = (row, table)
            for n, column in enumerate(table.columns):
                made.set_column(n, n, 16)
                made.write_string(row, n, column.label, self.of["head"])
            for i, values in enumerate(table.rows, row + 1):
                for n, (column, value) in enumerate(zip(table.columns, values, strict=True)):
                    self._cell(made, i, n, column.kind, value)
            last = row + max(len(table.rows), 1)
            heads = [{"header": c.label, **({"total_function": c.total} if c.total else {})} for c in table.columns]
            total = any(c.total for c in table.columns)
            if table.rows and not self.constant:
                made.add_table(row, 0, last + total, len(table.columns) - 1, {"columns": heads, "total_row": total, "style": None})
            row += len(table.rows) + 5
        made.freeze_panes(5, 0)

    def _cell(self, made: Any, row: int, column: int, kind: str, value: Any) -> None:
        from svcctl.reports.model import Amount, Change, Flag, Link

        if isinstance(value, Amount):
            kind, value = {"count": "int"}.get(value.unit, value.unit), value.value
        if value is None:
            made.write_blank(row, column, None, self.of["text"])
        elif isinstance(value, Link):
            target = self.targets.get((value.sheet, value.row), 0)
            made.write_url(row, column, f"internal:'{self.names.get(value.sheet, '')}'!A{target + 1}", self.of["link"], value.text)
        elif isinstance(value, Flag):
            made.write_string(row, column, value.text, self.of[value.tone or "text"])
        elif isinstance(value, Change):
            made.write_number(row, column, float(value.value or 0), self.of["rate"])
        elif isinstance(value, datetime):
            made.write_datetime(row, column, value.replace(tzinfo=None), self.of["time"])
        elif isinstance(value, date):
            made.write_datetime(row, column, datetime(value.year, value.month, value.day), self.of["date"])  # noqa: DTZ001
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            made.write_number(row, column, float(value), self.of.get(kind, self.of["int"]))
        else:
            made.write_string(row, column, str(value), self.of["text"])

    def _summary(self, made: Any, sheet: Any) -> None:
        made.set_landscape()
        made.fit_to_pages(1, 1)
        made.merge_range(0, 0, 1, 9, f"{self.report.site} {self.report.title}", self.of["title"])
        for n, figure in enumerate(sheet.figures):
            made.write_string(3 + 4 * (n // 4), 2 * (n % 4), figure.label, self.of["text"])
            made.write_number(4 + 4 * (n // 4), 2 * (n % 4), float(figure.value or 0), self.of["money"])
        for n, chart in enumerate(sheet.charts):
            row, table = self.places[chart.sheet, chart.section]
            keys = [c.key for c in table.columns]
            drawn = self.book.add_chart({"type": CHARTS[chart.kind]})
            for series in chart.series:
                at = keys.index(series.column)
                span = (self.names[chart.sheet], row + 1)
                drawn.add_series({
                    "categories": [*span, keys.index(chart.categories), row + len(table.rows), keys.index(chart.categories)],
                    "values": [*span, at, row + len(table.rows), at],
                })  # fmt: skip
            made.insert_chart(12, 4 * n, drawn)
        for n, matter in enumerate(sheet.attention[:6]):
            made.write_string(30 + n, 0, matter.what, self.of["text"])


def measured(which: str, rows: int, folder: str) -> Cost:
    """One run in a process of its own."""
    Path(f"{folder}/{which}.xlsx").unlink(missing_ok=True)  # else svcctl finds that nothing has changed
    return once([sys.executable, __file__, "--one", which, str(rows), f"{folder}/{which}.xlsx"])


def main() -> None:
    """Print a table: CPU seconds and peak MiB of each, and how many times svcctl takes of XlsxWriter's usual mode."""
    if sys.argv[1:2] == ["--one"]:
        which, rows, out = sys.argv[2:5]
        if which == "svcctl":
            ours(int(rows), out)
        else:
            Theirs(int(rows), out, which == "constant").write()
        return
    print("rows      svcctl CPU s   MiB    XlsxWriter CPU s   MiB    constant_memory CPU s   MiB    times")
    with tempfile.TemporaryDirectory() as folder:
        for rows in [int(word) for word in sys.argv[1:]] or ROWS:
            runs = 3 if rows <= 20_000 else 1
            turns = [[measured(which, rows, folder) for which in WAYS] for _ in range(runs)]
            one, other, third = (min((turn[n] for turn in turns), key=lambda c: c.cpu) for n in range(len(WAYS)))
            print(f"{rows:7,}  {one.cpu:12.2f} {one.peak:6.0f}  {other.cpu:17.2f} {other.peak:6.0f}  {third.cpu:22.2f} {third.peak:6.0f}  {one.cpu / other.cpu:6.2f}")


if __name__ == "__main__":
    main()
