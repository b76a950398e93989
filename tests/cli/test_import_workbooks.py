"""``import`` of plain tables in workbooks: problems at their cells, numbers, days, and what LibreOffice makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from form_kit import Filled, blank

SOFFICE = shutil.which("soffice")
HEAD = ["时间", "铺位/房号", "故障", "联系电话"]
MAP = 'noun: repair\nsheet: 明细\nheader_row: 3\nby: x\nrow:\n  - {event: add, key: "k:{No}", unit: "{Room}", fault: "{What}", at: "{When}"}\n'


def table(path: Path, *rows: list[Any], title: str = "表") -> Any:
    book: Any = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def test_every_problem_at_its_cell(svc: Any) -> None:
    path = svc.folder / "a.xlsx"
    book = table(path, HEAD, ["2026-11-03", 301, "x", "1"], ["昨天", "0301", "=A1", "13800001234"], ["2026-11-04", "A", None, None], [46330, "B", "z", "c"], ["2026-11-04", "B", "z", "c"])
    book.active.merge_cells("B6:B7")
    book.save(path)
    said = svc.refused(["import", str(path), "--noun", "repair"])

    assert [line.partition(".xlsx: ")[2] for line in said.err.splitlines() if " → " in line] == [
        "表!B2: “301” → 数字会丢掉前面的 0 和后面的位数 → 把单元格格式设为“文本”，重新输入",
        "表!C3: “=…” → 公式没有保存的值 → 在表格软件中打开并保存，或直接写上结果",
        "表!4: 缺少必填的 --fault → 改好再导入",
        "表!B6: 合并单元格 → 取消合并，每格各写一个值",
    ]
    assert "表!A5: 数字 46330 按 2026-11-04 读入" in said.err
    assert '"301" → a number loses leading zeros' in svc.refused(["import", str(path), "--noun", "repair"], lang="en").err


def test_a_map_names_the_sheet_and_the_row_of_its_header(svc: Any) -> None:
    path = svc.folder / "a.xlsx"
    book = table(path, ["封面"])
    sheet = book.create_sheet("明细")
    for row in (["十一月"], [], ["No", "When", "Room", "What"], [1, "2026-11-03 08:00", 2549, "灯"], [2, 46330.25, "0301", "门"]):
        sheet.append(row)
    book.save(path)
    (svc.folder / "m.yaml").write_text(MAP, encoding="utf-8")
    line = ["import", str(path), "--map", str(svc.folder / "m.yaml")]
    said = svc(line)

    assert "明细!B5: 数字 46330.25 按 2026-11-04 06:00 读入" in said.err
    assert [(r["key"], r["unit"], r["at"]) for r in svc("repair list --json").json] == [("k:1", "2549", "2026-11-03T08:00:00+08:00"), ("k:2", "0301", "2026-11-04T06:00:00+08:00")]
    assert "新写 0 条，已有 2 条" in svc(line).err


def test_without_a_time_the_key_alone_says_that_it_is_there(svc: Any) -> None:
    path = svc.folder / "a.xlsx"
    table(path, ["键", "位置", "故障"], ["k1", "大厅", "x"])
    svc(["import", str(path), "--noun", "repair"])

    assert "已有 1 条" in svc(["import", str(path), "--noun", "repair"], at="2026-11-25T09:00:00+08:00").err


def test_a_workbook_that_is_no_form_needs_a_noun(svc: Any) -> None:
    path = svc.folder / "a.xlsx"
    table(path, HEAD)

    assert "只有 svcctl form 做的表单不用说" in svc(["import", str(path)], code=2).err
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert "加密的工作簿" in svc.refused(["import", str(path)]).err


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_a_form_that_went_through_libreoffice(svc: Any) -> None:
    path = blank(svc, "complaint")
    Filled(path).write("投诉", 4, at="2026-11-20 10:00", content="=噪音", contact="013800001234", category="停车", unit="0301").save(path)
    home = svc.folder / "office"
    subprocess.run(
        [str(SOFFICE), f"-env:UserInstallation=file://{home}", "--headless", "--convert-to", "xlsx", "--outdir", str(home), str(path)],
        check=True, capture_output=True, timeout=120, env={"PATH": os.environ["PATH"], "HOME": str(svc.folder)},
    )  # fmt: skip
    svc(["import", str(home / path.name)])

    row = svc("complaint list --json --reveal").json[0]
    assert (row["content"], row["contact"], row["category"], row["unit"]) == ("=噪音", "013800001234", "parking", "0301")
    assert "已有 1 条" in svc(["import", str(path)]).err
    mended = openpyxl.load_workbook(home / path.name)
    assert mended["投诉"].row_dimensions[1].hidden and mended["投诉"].protection.sheet and len(mended["投诉"].data_validations.dataValidation) == 15
