"""Whether somebody else's file may be opened as a workbook at all, before anything of it is unpacked into memory.

A small file can hold gigabytes, a million files, entities or elements nested without end. Each of them is refused by
what it claims to be, or while it streams by.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

from svcctl.errors import Refused
from svcctl.texts import Text, same

MAX_BYTES = 400_000_000
MAX_RATIO = 200
MAX_PARTS = 1000
MAX_DIRECTORY = 1_000_000  # bytes; a thousand parts take a tenth of it
MAX_DEPTH = 50
MAX_STYLES = 70_000  # spreadsheet programs stop at 65,490 formats
MAX_OTHERS = 100_000  # elements of a part, but for formats and texts: fonts, names, relations
MAX_STRINGS = 1_000_000  # different texts; each is an object in memory
MAX_TAG = 1_000_000  # bytes of one tag or comment
CHUNK = 1 << 16
# What is read into memory as a whole, by the part's last name; sheets are streamed.
MOST = {"sharedStrings.xml": 100_000_000, "styles.xml": 20_000_000}
MOST_OTHER = 5_000_000

_SAVE = Text("请在表格软件中打开，另存为 .xlsx", "Open it in a spreadsheet program and save it as .xlsx")
FAULTS = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, expat.ExpatError, NotImplementedError,
    RuntimeError, struct.error,
)  # fmt: skip


def damaged(path: str, fault: Exception) -> Refused:
    """What is said of a file that a parser stumbled over."""
    return Refused(
        Text("工作簿已损坏，读不出来（{kind}）", "the workbook is damaged and cannot be read ({kind})").fill(
            kind=type(fault).__name__
        ),
        where=path, todo=_SAVE,
    )  # fmt: skip


def judge(path: str, data: IO[bytes] | None = None, *, macros: bool = False) -> None:
    """Raises Refused for what is no workbook, has macros, or could hurt. ``data``: the file's bytes, if they are at
    hand; ``macros``: whether it may have some, for a reader that leaves them alone."""
    try:
        if data is None:
            with open(path, "rb") as file:
                _directory(path, file)
        else:
            _directory(path, data)
        with zipfile.ZipFile(data or path) as packed:
            parts = packed.infolist()
            _weigh(path, parts)
            _kind(path, packed, {part.filename for part in parts}, macros)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _sober(path, packed, part)
    except FAULTS as fault:
        raise damaged(path, fault) from None


def _directory(path: str, file: IO[bytes]) -> None:
    """The list of what is in a zip is read whole by whoever opens it, so its size is looked at first."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        return  # no zip: told when it is opened
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size == 0xFFFFFFFF or b"PK\x06\x06" in tail[:at]:
        size = _large(tail, at)
    if size > MAX_DIRECTORY:
        raise _too_much(path, 0, 0, size // 50)


def _large(tail: bytes, at: int) -> int:
    record = tail.rfind(b"PK\x06\x06", 0, at)
    return int(struct.unpack_from("<Q", tail, record + 40)[0]) if record >= 0 else MAX_DIRECTORY + 1


def _weigh(path: str, parts: list[zipfile.ZipInfo]) -> None:
    total = sum(part.file_size for part in parts)
    ratio = max((part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > 1 << 20), default=0)
    if total > MAX_BYTES or ratio > MAX_RATIO or len(parts) > MAX_PARTS:
        raise _too_much(path, total, ratio, len(parts))
    for part in parts:
        name = part.filename.rpartition("/")[2]
        if part.filename.endswith((".xml", ".rels")) and not _streamed(part.filename):
            most = MOST.get(name, MOST_OTHER)
            if part.file_size > most:
                raise Refused(
                    Text("工作簿的一部分过大：{part}", "a part of the workbook is too large: {part}").fill(part=part.filename),
                    where=path, expected=same(f"≤ {most // 1_000_000} MB"), got=f"{part.file_size // 1_000_000} MB", todo=_SPLIT,
                )  # fmt: skip


def _streamed(name: str) -> bool:
    """Whether a part is a sheet, or one that nobody here opens."""
    return any(f"xl/{folder}/" in name for folder in ("worksheets", "charts", "drawings", "comments", "pivotCache", "media"))


def _too_much(path: str, total: int, ratio: float, parts: int) -> Refused:
    return Refused(
        Text(
            "工作簿展开后过大：{mb} MB，压缩比 {ratio}，{parts} 个部分",
            "the workbook unpacks to too much: {mb} MB, ratio {ratio}, {parts} parts",
        ).fill(mb=total // 1_000_000, ratio=int(ratio), parts=parts),
        where=path,
        expected=Text(
            f"最多 {MAX_BYTES // 1_000_000} MB、{MAX_RATIO}、{MAX_PARTS}",
            f"at most {MAX_BYTES // 1_000_000} MB, {MAX_RATIO}, {MAX_PARTS}",
        ),
        todo=_SPLIT,
    )  # fmt: skip


_SPLIT = Text("请拆分文件，或存为 CSV", "Split the file, or save it as CSV")


def _kind(path: str, packed: zipfile.ZipFile, names: set[str], macros: bool) -> None:
    if not any(name.endswith("workbook.xml") for name in names):
        binary, document = any(name.endswith("workbook.bin") for name in names), _open_document(packed, names)
        what = Text("压缩包里没有工作簿", "a zip without a workbook in it")
        if binary or document:
            what = Text("二进制工作簿（.xlsb）", "a binary workbook (.xlsb)") if binary else Text("OpenDocument 文件（.ods）", "an OpenDocument file (.ods)")
        raise Refused(what, where=path, todo=_SAVE)
    if not macros and any(name.endswith("vbaProject.bin") or "/macrosheets/" in name for name in names):
        raise Refused(
            Text("含有宏的工作簿", "a workbook with macros"), where=path,
            todo=Text("请另存为不含宏的 .xlsx", "Save it as .xlsx, which has none"),
        )  # fmt: skip


def _open_document(packed: zipfile.ZipFile, names: set[str]) -> bool:
    """Whether the zip says so itself, or has what every OpenDocument file has."""
    if "mimetype" not in names:
        return False
    with packed.open("mimetype") as said:
        return said.read(len(_OASIS)) == _OASIS or "META-INF/manifest.xml" in names


_OASIS = b"application/vnd.oasis.opendocument"
_OF_STYLES = ("xf", "alignment", "protection")


class _Enough(Exception):
    """Enough of a part was seen."""


def _sober(path: str, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Entities are declared in a DOCTYPE, which must come before the first element; a workbook has neither.

    A part that is read into memory is looked through to its end; of a streamed one the beginning will do here.
    """
    parser = expat.ParserCreate()
    depth = styles = others = 0
    streamed, strings = _streamed(part.filename), part.filename.endswith("sharedStrings.xml")
    most = MAX_STRINGS if strings else MAX_OTHERS

    def doctype(*_: object) -> None:
        raise Refused(
            Text("工作簿的一部分声明了 DOCTYPE：{part}", "a part of the workbook declares a DOCTYPE: {part}").fill(
                part=part.filename
            ),
            where=path, todo=_SAVE,
        )  # fmt: skip

    def start(tag: str, _: object) -> None:
        nonlocal depth, styles, others
        if streamed:
            raise _Enough
        depth += 1
        tag = tag.rpartition(":")[2]
        styles += tag == "xf"
        others += tag == "si" if strings else tag not in _OF_STYLES
        if depth > MAX_DEPTH or styles > MAX_STYLES or others > most:
            raise nested(path, part.filename)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        with packed.open(part) as handle:
            parse(parser, handle, path, part.filename)
    except _Enough:
        return


def parse(parser: expat.XMLParserType, handle: IO[bytes], path: str, part: str) -> None:
    """Parse a part piece by piece. Refused for one endless tag or comment, over which a parser would start again and
    again; ExpatError for what is no XML."""
    fed = 0
    while chunk := handle.read(CHUNK):
        parser.Parse(chunk, False)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > MAX_TAG:
            raise nested(path, part)
    parser.Parse(b"", True)


def nested(path: str, part: str) -> Refused:
    """What is said of a part with elements nested, or formats repeated, beyond all use."""
    return Refused(
        Text("工作簿的一部分不正常（层次、格式或标记过多过长）：{part}", "a part of the workbook is nested, long or full of formats beyond all use: {part}").fill(part=part),
        where=path, todo=_SAVE,
    )  # fmt: skip
