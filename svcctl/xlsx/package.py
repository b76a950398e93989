"""The parts of a foreign workbook and what refers to what: read only, bounded, nothing fetched, evaluated or unpacked."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections import Counter
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element
from xml.parsers import expat

from svcctl.errors import Refused
from svcctl.texts import Text
from svcctl.xlsx.judge import damaged, judge

MOST_BYTES = 5_000_000  # of the file
MOST_UNPACKED = 40_000_000
MOST_XML = 2_000_000  # of a part that is read as a whole
_OFFICE = "/relationships/"


class Package:
    """A workbook's bytes as parts. Raises Refused for whatever is none, or too large, or tries something."""

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        if len(data) > MOST_BYTES:
            raise _too_large(where, len(data))
        judge(where, io.BytesIO(data), macros=True)
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        unpacked = sum(part.file_size for part in self._zip.infolist())
        if unpacked > MOST_UNPACKED:
            raise _too_large(where, unpacked)
        self.names = tuple(sorted({part.filename for part in self._zip.infolist()}))

    def data(self, name: str, most: int = MOST_XML) -> bytes | None:
        """The bytes of a part, None if it is not there or larger than ``most``."""
        if name not in self.names or self._zip.getinfo(name).file_size > most:
            return None
        try:
            with self._zip.open(name) as part:
                return part.read(most)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as fault:
            raise damaged(self.where, fault) from None

    def xml(self, name: str) -> Element | None:
        """A part as XML, None if it is not there; only parts in which no entities can be declared (``judge``)."""
        data = self.data(name) if name.endswith((".xml", ".rels")) else None
        if data is None:
            return None
        try:
            return ET.fromstring(data)  # noqa: S314 - what has a DOCTYPE was refused
        except (ET.ParseError, ValueError) as fault:
            raise damaged(self.where, fault) from None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the workbook: the sort and the part, by the reference's id."""
        folder, base = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        found = {}
        for one in () if root is None else root:
            target, sort = one.get("Target", ""), one.get("Type", "").rpartition(_OFFICE)[2]
            if one.get("TargetMode") != "External" and target:
                path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found[one.get("Id", "")] = (sort, path)
        return found

    def first(self, name: str, sort: str) -> str:
        """The first part of a sort that a part refers to, empty if there is none."""
        return next((path for kind, path in self.related(name).values() if kind == sort), "")

    def tags(self, name: str) -> Counter[str]:
        """How often each element stands in a part, however large; a text box counts as ``txBox`` too."""
        found: Counter[str] = Counter()

        def start(tag: str, attributes: dict[str, str]) -> None:
            short = tag.rpartition(":")[2]
            if len(found) < 5000 or short in found:
                found[short] += 1
            if short == "cNvSpPr" and attributes.get("txBox") in ("1", "true"):
                found["txBox"] += 1

        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        try:
            with self._zip.open(name) as part:
                parser.ParseFile(part)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError) as fault:
            raise damaged(self.where, fault) from None
        return found


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element | None, *path: str) -> Element | None:
    """The element that is reached by the first child of each name."""
    for name in path:
        element = next((one for one in (() if element is None else element) if local(one) == name), None)
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """The children of a name."""
    return [] if element is None else [one for one in element if local(one) == name]


def reference(element: Element, name: str) -> str:
    """The id with which an element refers to another part."""
    return next((v for key, v in element.attrib.items() if key.endswith(f"/relationships}}{name}")), "")


def _too_large(where: str, size: int) -> Refused:
    return Refused(
        Text("工作簿太大，不像是品牌样式", "the workbook is too large for one that lends its look"), where=where,
        expected=Text(f"文件最多 {MOST_BYTES // 1_000_000} MB，展开最多 {MOST_UNPACKED // 1_000_000} MB",
                      f"a file of at most {MOST_BYTES // 1_000_000} MB that unpacks to at most {MOST_UNPACKED // 1_000_000} MB"),
        got=f"{size / 1_000_000:.1f} MB", todo=Text("只留标志、颜色、字体、页眉页脚", "Keep the logo, colours, fonts, header and footer only"),
    )  # fmt: skip
