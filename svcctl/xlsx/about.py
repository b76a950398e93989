"""What a workbook says about itself: whether svcctl made it, of what, and from which entries. Two small parts are read."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import NamedTuple
from xml.parsers import expat

from svcctl.errors import Refused
from svcctl.texts import Lang, Text
from svcctl.xlsx.judge import damaged, judge

CORE, CUSTOM = "docProps/core.xml", "docProps/custom.xml"
LARGEST = 1 << 16  # bytes of a part


class About(NamedTuple):
    """``title`` has site, report and period; times are ISO 8601; ``damaged`` is whether the ledger was."""

    title: str
    lang: Lang
    template: str
    period: str
    as_of: str
    known_at: str
    ledger_hash: str
    damaged: bool


def about(data: bytes, path: str) -> About:
    """What the workbook ``data`` of the file ``path`` says. Raises Refused if it is none that ``report`` has made."""
    judge(path, io.BytesIO(data))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            core, custom = (_texts(_part(packed, name)) for name in (CORE, CUSTOM))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, expat.ExpatError) as fault:
        raise damaged(path, fault) from None
    if core.get("creator") != "svcctl" or not all(custom.get(key) for key in ("period", "as_of", "ledger_hash", "template")):
        raise Refused(
            Text("不是 svcctl 做的报表", "not a report that svcctl made"), where=path,
            todo=Text("先做一份：svcctl report weekly -o 目录/", "Make one first: svcctl report weekly -o FOLDER/"),
        )  # fmt: skip
    return About(
        core.get("title", ""), "zh" if core.get("language", "").startswith("zh") else "en", custom["template"], custom["period"], custom["as_of"],
        custom.get("known_at", ""), custom["ledger_hash"], bool(custom.get("damaged")),
    )  # fmt: skip


def _part(packed: zipfile.ZipFile, name: str) -> bytes:
    try:
        with packed.open(name) as file:
            return file.read(LARGEST)
    except KeyError:
        return b"<none/>"


def _texts(part: bytes) -> dict[str, str]:
    """The texts of the elements right below the root, by their ``name``, else by their tag without prefix."""
    found: dict[str, str] = {}
    names: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        names.append(attributes.get("name") or tag.rpartition(":")[2])

    def text(data: str) -> None:
        if len(names) > 1:
            found[names[1]] = found.get(names[1], "") + data

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: names.pop()
    parser.Parse(part, True)
    return found
