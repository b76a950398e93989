"""What a file on disk is, before anything parses it: its kind by its first bytes, its encoding, its line ends.

Constant memory: the file is read once, in chunks.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass

from svcctl.errors import NotFound, Refused, StorageFault
from svcctl.texts import Text, same

CHUNK = 1 << 18
_SURE_UTF8 = 8  # so many characters beyond ASCII that read as UTF-8 are no accident
_SIGNATURES: tuple[tuple[bytes, Text], ...] = (
    (b"%PDF", same("PDF")),
    (b"\x89PNG", same("PNG")),
    (b"\xff\xd8\xff", same("JPEG")),
    (b"GIF8", same("GIF")),
    (b"\x1f\x8b", same("gzip")),
    (b"7z\xbc\xaf", same("7z")),
    (b"Rar!", same("RAR")),
    (b"SQLite format 3", same("SQLite")),
    (b"\xff\xfe", same("UTF-16")),
    (b"\xfe\xff", same("UTF-16")),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_COMPOUND = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_WORKBOOKS = (".xlsx", ".xlsm")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the name of the stream that holds a workbook behind a password
_SAVE_AS = Text("请另存为 UTF-8 的 CSV，或 .xlsx", "Save it as CSV in UTF-8, or as .xlsx")


@dataclass(frozen=True, slots=True)
class Probe:
    """``zipped`` files have no text encoding; ``newline`` is the first line end found (CR LF, LF or CR)."""

    zipped: bool
    encoding: str
    newline: str
    lead: str


def probe(path: str) -> Probe:
    """Look at the file. NotFound without one, StorageFault if it cannot be read, Refused if it is no text and no zip."""
    _regular(path)
    try:
        with open(path, "rb") as handle:
            first = handle.read(4096)
    except OSError as fault:
        raise _fault(path, fault) from None
    _known(path, first)
    if first.startswith(_ZIP):
        return Probe(True, "", "\n", "")
    encoding = _encoding(path, first)
    lead = codecs.getincrementaldecoder(encoding)().decode(first).lstrip()
    if not lead:
        raise Refused(Text("文件是空的", "the file is empty"), where=path)
    return Probe(False, encoding, _newline(first), lead)


def binary(path: str) -> bool:
    """Whether the file begins like a workbook, new or old, whatever its name; False too for what cannot be read."""
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as handle:
            return handle.read(4) in (_ZIP, _COMPOUND)
    except (OSError, ValueError):
        return False


def named_workbook(path: str) -> bool:
    """Whether the name of a file says that it is a workbook of today."""
    return path.lower().endswith(_WORKBOOKS)


def no_workbook(path: str) -> Refused:
    """What is said of a text that is named like a workbook."""
    return Refused(
        Text("不是工作簿（.xlsx 应为 zip）", "no workbook (an .xlsx is a zip)"), where=path,
        todo=Text("是 CSV 就把文件名改成 .csv；否则另存为 .xlsx", "If it is CSV, name it .csv; else save it as .xlsx"),
    )  # fmt: skip


def _regular(path: str) -> None:
    """A pipe or a device could block for ever and cannot be read twice, so only a plain file will do."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(Text("没有这个文件", "no such file"), where=path) from None
    except (OSError, ValueError) as fault:
        raise _fault(path, fault) from None
    if not stat.S_ISREG(mode):
        got = Text("目录", "a directory") if stat.S_ISDIR(mode) else Text("管道或设备", "a pipe or device")
        raise Refused(Text("这不是普通文件，是{got}", "not a plain file but {got}").fill(got=got), where=path)
    if os.path.basename(path).startswith("~$"):
        raise Refused(
            Text("这是打开工作簿时的临时锁文件", "this is the lock file of an open workbook"),
            where=path,
            todo=Text("请导入工作簿本身", "Import the workbook itself"),
        )


def _fault(path: str, fault: Exception) -> StorageFault:
    reason = getattr(fault, "strerror", None) or type(fault).__name__
    return StorageFault(Text("无法读取文件：{reason}", "cannot read the file: {reason}").fill(reason=reason), where=path)


def _compound(path: str, first: bytes) -> Refused:
    """An old workbook, or one behind a password: the names at the beginning of the container's directory tell."""
    sector = 1 << min(int.from_bytes(first[30:32], "little"), 12)
    try:
        with open(path, "rb") as handle:
            handle.seek((int.from_bytes(first[48:52], "little") + 1) * sector)
            names = handle.read(4096)
    except OSError as fault:
        raise _fault(path, fault) from None
    if _ENCRYPTED in names:
        return Refused(
            Text("工作簿有打开密码，读不了", "the workbook has a password and cannot be read"), where=path,
            todo=Text("请在表格软件中打开，去掉密码，另存为 .xlsx", "Open it in a spreadsheet program, take the password off, and save it as .xlsx"),
        )  # fmt: skip
    return Refused(
        Text("旧式工作簿（.xls），或别的旧式 Office 文件", "an old workbook (.xls), or another old Office file"), where=path,
        todo=Text("请在表格软件中打开，另存为 .xlsx（有密码的先去掉）", "Open it in a spreadsheet program and save it as .xlsx, without a password"),
    )  # fmt: skip


def _known(path: str, first: bytes) -> None:
    if first.startswith(_COMPOUND):
        raise _compound(path, first)
    for magic, name in _SIGNATURES:
        if first.startswith(magic):
            raise Refused(Text("不是表格文本，是 {name}", "no table: {name}").fill(name=name), where=path, todo=_SAVE_AS)
    if _MARKUP.match(first.removeprefix(codecs.BOM_UTF8)):
        raise Refused(Text("不是表格，是网页或 XML", "no table: a web page or XML"), where=path, todo=_SAVE_AS)
    if not first.removeprefix(codecs.BOM_UTF8).strip() and len(first) < 4096:
        raise Refused(Text("文件是空的", "the file is empty"), where=path)


def _newline(first: bytes) -> str:
    found = re.search(rb"\r\n|\n|\r", first)
    return found.group().decode() if found else "\n"


def _encoding(path: str, first: bytes) -> str:
    """UTF-8 if every byte fits it, else GB18030; a damaged UTF-8 file is refused rather than read as the other."""
    bom = first.startswith(codecs.BOM_UTF8)
    broken, certain = _decodes(path, "utf-8")
    if not broken:
        return "utf-8-sig" if bom else "utf-8"
    if bom or certain:
        raise Refused(Text("这一行不是完好的 UTF-8", "this line is no sound UTF-8"), where=f"{path}:{broken}", todo=_SAVE_AS)
    broken, _ = _decodes(path, "gb18030")
    if broken or _western(path):
        raise Refused(
            Text("既不是 UTF-8 也不是 GB18030", "neither UTF-8 nor GB18030"),
            where=f"{path}:{broken}" if broken else path,
            todo=_SAVE_AS,
        )
    return "gb18030"


def _decodes(path: str, encoding: str) -> tuple[int, bool]:
    """The line (1-based) where the file stops being ``encoding``, 0 if it never does; and whether it surely was it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    seen, line = 0, 1
    with open(path, "rb") as handle:
        while True:
            chunk = handle.read(CHUNK)
            if b"\0" in chunk:
                at = line + chunk[: chunk.index(b"\0")].count(b"\n")
                raise Refused(
                    Text("不是文本文件：含有 NUL 字节", "no text: it holds NUL bytes"), where=f"{path}:{at}", todo=_SAVE_AS
                )
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                good = fault.object[: fault.start]
                seen += _beyond_ascii(good.decode(encoding, "ignore"))
                return line + good.count(b"\n"), seen >= _SURE_UTF8
            if seen < _SURE_UTF8:
                seen += _beyond_ascii(text)
            line += chunk.count(b"\n")
            if not chunk:
                return 0, seen >= _SURE_UTF8


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else sum(char > "\x7f" for char in text)


def _western(path: str) -> bool:
    """Whether the file, though it decodes as GB18030, is rather a Western one.

    There a letter with an accent stands before an ASCII letter; in Chinese text the second byte of a character is
    seldom an ASCII letter.
    """
    with open(path, "rb") as handle:
        text = codecs.getincrementaldecoder("gb18030")().decode(handle.read(CHUNK))
    pairs = [char.encode("gb18030") for char in text if char > "\x7f"]
    ascii_second = sum(len(pair) == 2 and pair[1:].isalpha() for pair in pairs)
    return ascii_second > 0.8 * len(pairs)
