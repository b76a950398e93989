"""Whether git is told to treat the ledger's files as they are: ``.gitattributes`` read as text, no git started."""

from __future__ import annotations

from typing import NamedTuple

from svcctl.errors import SvcError
from svcctl.git.place import top_of
from svcctl.store.create import ATTRIBUTES
from svcctl.store.files import Root
from svcctl.texts import Text

FILE = ".gitattributes"
_FOREIGN = ("filter", "working-tree-encoding", "ident", "export-subst")
_PLAIN = ("-text", "!text", "text=auto", "binary", "-merge", "!merge", "!eol", "-eol")
_TODO = Text("改回 svcctl init 写的样子", "put it back to what svcctl init writes")


class Flaw(NamedTuple):
    """Something wrong with the attributes: file, line (0: as a whole), in words."""

    file: str
    line: int
    what: Text


def flaws(root: Root) -> list[Flaw]:
    """The first thing wrong with the ledger's attributes; nothing if all is well, or if no git is above it."""
    if not top_of(root.path):
        return []
    for folder in ("", *(name for name in root.listdir() if not name.startswith("."))):
        rel = f"{folder}/{FILE}" if folder else FILE
        try:
            text = root.read(rel).decode("utf-8", "replace")
        except SvcError:  # not there, or what the name stands for is no folder
            text = ""
        found = _harmful(rel, text) or (None if folder else _lacking(rel, text))
        if found is not None:
            return [found]
    return []


def _lacking(rel: str, text: str) -> Flaw | None:
    there = {tuple(line.split()) for line in text.splitlines()}
    for line in ATTRIBUTES.splitlines():
        if not line.startswith("#") and tuple(line.split()) not in there:
            what = Text(f"缺少一行“{line}”；没有它 git 可能改动记录的字节", f'lacks the line "{line}", without which git may change the bytes of entries')
            return Flaw(rel, 0, what.joined(_TODO, "；", "; "))
    return None


def _harmful(rel: str, text: str) -> Flaw | None:
    for number, line in enumerate(text.splitlines(), 1):
        pattern, *words = line.split() or [""]
        if pattern.startswith("#"):
            continue
        for word in words:
            name, _, value = word.partition("=")
            wrong = name in _FOREIGN or (name == "merge" and value) or (name == "eol" and value != "lf")
            if wrong or (word in _PLAIN and not pattern.startswith("files/")):
                what = Text(f"“{word}”会让 git 改动或混合记录", f'"{word}" lets git change or mix entries')
                return Flaw(rel, number, what.joined(_TODO, "；", "; "))
    return None
