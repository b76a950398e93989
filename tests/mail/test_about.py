"""Which files are sent: workbooks that svcctl made, whole and from where they are said to be."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from mail_kit import office, post, ready, servers
from openpyxl import Workbook

from svcctl.xlsx.about import about


def changed(data: bytes, **parts: bytes | None) -> bytes:
    """The workbook with parts replaced or, by None, left away; names with ``__`` for ``/`` and without ending."""
    out = io.BytesIO()
    wanted = {name.replace("__", "/") + ".xml": part for name, part in parts.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = wanted.get(name, source.read(name))
            if part is not None:
                target.writestr(name, part)
    return out.getvalue()


def test_what_a_workbook_says_of_itself(office: Any) -> None:
    found = about(office.book.read_bytes(), "x")

    assert (found.title, found.lang, found.template, found.period, found.damaged) == ("悦和里 客服周报 2026年第47周（11-16~11-22）", "zh", "weekly", "2026-W47", False)
    (english,) = office("report daily 2026-11-18 --lang en -o e.xlsx --known-at 2026-11-20").out.splitlines()
    found = about((office.folder / "cwd" / english).read_bytes(), "x")
    assert (found.lang, found.template, found.known_at) == ("en", "daily", "2026-11-20T23:59:59+08:00")


def test_other_files_are_not_sent(office: Any, tmp_path: Path) -> None:
    office.server(1)
    whole, own = office.book.read_bytes(), tmp_path / "own.xlsx"
    Workbook().save(own)
    doctype = b'<!DOCTYPE x [<!ENTITY e "x">]><Properties>&e;</Properties>'
    files = {
        "own.xlsx": (own.read_bytes(), "不是 svcctl 做的报表"), "none.xlsx": (changed(whole, docProps__custom=None), "不是 svcctl 做的报表"), "cut.xlsx": (whole[:-100], "损坏"), "text.xlsx": (b"hello", "损坏"),
        "entity.xlsx": (changed(whole, docProps__custom=doctype), "DOCTYPE"), "broken.xlsx": (changed(whole, docProps__core=b"<a>"), "损坏"), "rows.csv": (b"a,b\n", "只寄 svcctl 做的工作簿"), "empty.xlsx": (b"", "损坏"),
        "line\nfeed.xlsx": (whole, "不能放进邮件"), "bidi\u202e.xlsx": (whole, "不能放进邮件"),
    }  # fmt: skip
    for name, (data, zh) in files.items():
        (tmp_path / name).write_bytes(data)
        said = office(["send", str(tmp_path / name), "--to", "经理", "-n"], code=3)
        assert zh in said.err and said.out == "", (name, said.err)
    macro = io.BytesIO(whole)
    with zipfile.ZipFile(macro, "a") as book:
        book.writestr("xl/vbaProject.bin", b"x")
    (tmp_path / "macro.xlsx").write_bytes(macro.getvalue())
    assert "含有宏" in office(["send", str(tmp_path / "macro.xlsx"), "--to", "经理", "-n"], code=3).err


def test_links_pipes_folders_and_what_is_too_large(office: Any, tmp_path: Path) -> None:
    office.server(1)
    link, pipe, folder, large = (tmp_path / f"{name}.xlsx" for name in ("link", "pipe", "folder", "large"))
    link.symlink_to(office.book)
    os.mkfifo(pipe)
    folder.mkdir()
    with large.open("wb") as file:
        file.truncate(20_000_001)

    def said(path: Path, code: int = 3) -> str:
        return str(office(["send", str(path), "--to", "经理", "-n"], code=code, lang="en").err)

    assert f"a symbolic link, which is not followed. It points to {office.book}" in said(link)
    assert "not a regular file" in said(pipe) and "not a regular file" in said(folder)
    assert "the file has 20000001 bytes, which is too large for a mail: expected at most 20 MB" in said(large)
    assert "there is no such file" in said(tmp_path / "none.xlsx", 4)
    assert "is missing: expected svcctl send FILE --to NAME" in office("send", code=2, lang="en").err
    assert "is missing" in office(["send", str(link)], code=2, lang="en").err


def test_a_report_from_a_damaged_ledger_says_so_in_the_mail(office: Any, post: Any, tmp_path: Path) -> None:
    copy = tmp_path / "ledger"
    shutil.copytree(office.ledger, copy)
    path = copy / "repairs" / "2026-11.yaml"
    path.write_text(path.read_text("utf-8").replace("灯不亮", "灯很亮"), encoding="utf-8")
    office(["-C", str(copy), "report", "weekly", "-q", "-o", f"{tmp_path}/"], code=1)
    (book,) = tmp_path.glob("*.xlsx")
    office.server(post.ports["plain"])

    said = office(["send", str(book), "--to", "经理"], code=1)

    assert said.err == "做这份报表时台账有损坏，邮件里已注明\n"
    assert post.message()[1].get_body().get_content().startswith("注意：做这份报表时台账有损坏，见首页。")


def test_names_are_completed_from_the_settings(office: Any) -> None:
    office.server(1)
    ask = {"_SVCCTL_COMPLETE": "complete_bash", "COMP_WORDS": "svcctl send x.xlsx --to o", "COMP_CWORD": "4"}

    assert office.process([], env=ask).out.split() == ["owners"]
    office.settings("host: [")
    assert office.process([], env=ask).out.split() == []
    assert office.process([], env=ask).err == ""
