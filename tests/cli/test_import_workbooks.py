"""``import`` of plain tables in workbooks: problems at their cells, numbers, days, and what LibreOffice makes."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from form_kit import Filled, blank
from openpyxl.utils.datetime import CALENDAR_MAC_1904

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


def test_all_that_is_wrong_with_a_row_is_told(svc: Any) -> None:
    path = svc.folder / "a.xlsx"
    table(path, ["任务", "责任人", "完成时间", "类型", "时间"], [None, "孙立", "x", "吵", "昨天"])
    said = svc.refused(["import", str(path), "--noun", "plan"]).err.splitlines()
    assert [line.partition(".xlsx: ")[2].split(" → 应为")[0] for line in said[:-1]] == [
        "表!E2: “昨天” → 不是时间", "表!C2: “x” → 不是日期", "表!2: 缺少必填的 --what → 改好再导入", "表!D2: “吵” → “类型”不能这样写",
    ]  # fmt: skip
    assert said[1].endswith("→ 应为日期，如 2026-11-24")


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
    assert "旧式工作簿（.xls）" in svc.refused(["import", str(path)]).err


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


# -- what people send instead of an .xlsx -------------------------------------------------------------------------------


def container(*names: str, start: int = 1, shift: int = 9) -> bytes:
    """A compound file of the old Office kind with streams of these names, each a sector long (MS-CFB)."""
    entries = ["Root Entry", *names]
    directory = b""
    for n, name in enumerate(entries):
        text = name.encode("utf-16-le")
        kind, child = (5, 1) if n == 0 else (2, 0xFFFFFFFF)
        right = n + 1 if 0 < n < len(names) else 0xFFFFFFFF
        directory += text.ljust(64, b"\0") + struct.pack("<HBBLLL", len(text) + 2, kind, 1, 0xFFFFFFFF, right, child) + b"\0" * 36 + struct.pack("<LQ", 8, 512)
    directory += b"\0" * (-len(directory) % 512)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 62, 3, 0xFFFE, shift, 6) + b"\0" * 10
    head += struct.pack("<LLLLLLLLL", 1, start, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    return head.ljust(512, b"\xff") + b"\xff" * 512 * start + directory + os.urandom(4096)


LOCKED = ("工作簿有打开密码，读不了。请在表格软件中打开，去掉密码，另存为 .xlsx", "the workbook has a password and cannot be read. Open it in a spreadsheet program, take the password off, and save it as .xlsx")
OLD = ("旧式工作簿（.xls），或别的旧式 Office 文件。请在表格软件中打开，另存为 .xlsx（有密码的先去掉）", "an old workbook (.xls), or another old Office file. Open it in a spreadsheet program and save it as .xlsx, without a password")
ODS = ("OpenDocument 文件（.ods）。请在表格软件中打开，另存为 .xlsx", "an OpenDocument file (.ods). Open it in a spreadsheet program and save it as .xlsx")
CSV = ("不是工作簿（.xlsx 应为 zip）。是 CSV 就把文件名改成 .csv；否则另存为 .xlsx", "no workbook (an .xlsx is a zip). If it is CSV, name it .csv; else save it as .xlsx")
LOCK = ("这是打开工作簿时的临时锁文件。请导入工作簿本身", "this is the lock file of an open workbook. Import the workbook itself")


def ods(*, manifest: bool = True) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", "<office:document-content xmlns:office='x'/>")
        if manifest:
            packed.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


@pytest.mark.parametrize(("name", "data", "said"), [
    ("geheim.xlsx", container("EncryptionInfo", "\x06DataSpaces", "Version", "DataSpaceMap", "EncryptedPackage"), LOCKED),
    ("geheim.xlsx", container("EncryptedPackage", "EncryptionInfo", start=900), LOCKED),
    ("old.xls", container("Workbook", "\x05SummaryInformation"), OLD),
    ("old.xlsx", container("Book"), OLD),
    ("hostile.xls", container("Workbook", shift=65535), OLD),
    ("hostile.xls", container("Workbook")[:48] + b"\xff" * 4, OLD),
    ("hostile.xls", b"\xd0\xcf\x11\xe0", OLD),
    ("open.ods", ods(), ODS),
    ("open.xlsx", ods(), ODS),
    ("open.csv", ods(), ODS),
    ("open.ods", ods(manifest=False), ODS),
    ("old.csv", container("Workbook"), OLD),
    ("table.xlsm", b"a,b\n", CSV),
    ("table.xlsx", "时间,铺位/房号,故障\n2026-11-03 08:00,A-101,灯不亮\n".encode(), CSV),
    ("~$table.xlsx", b"\x06\xe6\x9d\x8e\xe6\x95\x8f" + b" " * 150, LOCK),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_is_no_xlsx_is_refused_with_the_cure(svc: Any, name: str, data: bytes, said: tuple[str, str]) -> None:
    path = svc.folder / name
    path.write_bytes(data)
    before = svc.files()
    for lang, text in zip(("zh", "en"), said, strict=True):
        assert svc.refused(["import", str(path), "--noun", "repair"], lang=lang).err == f"svcctl: {path}: {text}\n"
        assert svc.refused(["import", str(path)], lang=lang).err == f"svcctl: {path}: {text}\n"
    assert svc.files() == before


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.ods", "a.txt", "a"])
@pytest.mark.parametrize("more", [[], ["--noun", "plan"]])
def test_a_form_is_a_form_whatever_its_name(svc: Any, name: str, more: list[str]) -> None:
    path = svc.folder / name
    Filled(blank(svc, "plan")).write("工作计划", 4, what="任务C", owner="马东", due="2026-11-30").save(svc.folder / "filled.xlsx")
    (svc.folder / "filled.xlsx").rename(path)
    assert "新写 1 条" in svc(["import", str(path), *more]).err


def test_a_pipe_is_no_form_and_is_not_waited_for(svc: Any) -> None:
    os.mkfifo(svc.folder / "pipe.csv")
    assert "要有 --map 或 --noun 之一" in svc(["import", str(svc.folder / "pipe.csv")], code=2).err


def test_days_that_are_counted_from_1904_and_a_workbook_for_macros_without_any(svc: Any) -> None:
    path = svc.folder / "mac.xlsm"
    book: Any = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (HEAD[:3], [datetime(2026, 11, 3, 12, 0), "A-101", "灯不亮"], [44868.25, "A-102", "门"]):  # noqa: DTZ001 - a workbook's times have no zone
        book.active.append(row)
    book.save(path)
    said = svc(["import", str(path), "--noun", "repair"])
    assert [(r["unit"], r["at"]) for r in svc("repair list --json --sort at").json] == [("A-101", "2026-11-03T12:00:00+08:00"), ("A-102", "2026-11-04T06:00:00+08:00")]
    assert "数字 44868.25 按 2026-11-04 06:00 读入" in said.err


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_an_old_workbook_and_an_open_document_that_libreoffice_made(svc: Any) -> None:
    path, home = svc.folder / "a.xlsx", svc.folder / "office"
    table(path, HEAD[:3], ["2026-11-03 08:00", "A-101", "灯不亮"])
    for ending, said in (("xls", OLD), ("ods", ODS), ("csv", CSV)):
        subprocess.run(
            [str(SOFFICE), f"-env:UserInstallation=file://{home}", "--headless", "--convert-to", ending, "--outdir", str(home), str(path)],
            check=True, capture_output=True, timeout=120, env={"PATH": os.environ["PATH"], "HOME": str(svc.folder)},
        )  # fmt: skip
        (home / f"a.{ending}").rename(home / "named.xlsx")
        assert svc.refused(["import", str(home / "named.xlsx"), "--noun", "repair"]).err.endswith(f": {said[0]}\n")
