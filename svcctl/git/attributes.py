"""Whether git is told to treat the ledger's files as they are: ``.gitattributes`` read as text as git reads it, no git started.

Named is every word that could make git change or mix the bytes of an entry or an attachment, in any folder of the
ledger, above it as far as the repository goes, and in the repository's own ``info/attributes``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from svcctl.errors import SvcError
from svcctl.git.place import common_of, top_of
from svcctl.store.create import ATTRIBUTES
from svcctl.store.files import STATE, Root
from svcctl.texts import Text

FILE = ".gitattributes"
_BLANK = " \t\r"
_GLOB = r"[*?\[\\]"
_SHIPPED = [line for line in ATTRIBUTES.splitlines() if not line.startswith("#")]
_ATTACHMENTS = next(line.split() for line in _SHIPPED if line.startswith("files/"))
# Words that never have a place in a ledger, whatever they are set to.
_FOREIGN = ("filter", "working-tree-encoding", "ident", "export-subst", "conflict-marker-size", "crlf")
_OFF = ("-text", "!text", "-merge", "!merge", "-eol", "!eol", "-crlf", "binary")  # wrong for entries, right for what is no text
_ON = ("text", "eol=lf", "!text", "-binary", "!binary")  # right or harmless for entries, wrong for attachments
_BINARY = ("-diff", "-merge", "-text")
_GUARDS = {False: (("*.yaml", "**/*.yaml", "*", "**"), ("eol=lf",)), True: (("files/**", "files/*/*"), ("binary", "-text"))}
_BACK = Text("在台账目录中恢复它：git checkout -- .gitattributes", "Bring it back, in the ledger's folder: git checkout -- .gitattributes")
_ADD = Text("在台账目录中加上它：echo '{line}' >> .gitattributes", "Add it, in the ledger's folder: echo '{line}' >> .gitattributes")
_LINES = "；".join(_SHIPPED), "; ".join(_SHIPPED)
_EDIT = Text(f"从这一行删掉它；svcctl init 写的是：{_LINES[0]}", f"Take it out of that line; what svcctl init writes: {_LINES[1]}")
_REMOVE = Text("删掉这个文件；已提交的：git rm --cached -- {file}，再 git commit", "Remove the file; if it was committed: git rm --cached -- {file}, then git commit")


class Flaw(NamedTuple):
    """Something wrong with the attributes: file, line (0: as a whole), in words, what to do; whether it does harm by
    itself (else something is missing)."""

    file: str
    line: int
    what: Text
    todo: Text
    harmful: bool = True


class _Line(NamedTuple):
    """A line of attributes as git understands it; ``macro``: its pattern is the name of a macro that it declares."""

    number: int
    pattern: str
    macro: bool
    words: tuple[str, ...]


def flaws(root: Root) -> Iterator[Flaw]:
    """Everything wrong with the attributes that are in force for the ledger; what is missing only if git is above it."""
    real, top = os.path.realpath(root.path), top_of(root.path)
    for rel in _files(real):
        if os.path.islink(os.path.join(real, rel)):
            yield Flaw(rel, 0, Text("是符号链接", "is a symbolic link"), _REMOVE.fill(file=rel))
        else:
            yield from harmful(rel, _read(root, rel))
    if not top:
        return
    yield from _lacking(_read(root, FILE))
    for path, inside in _above(real, top):
        yield from _outside(path, inside)
    info = os.path.join(common_of(top), "info", "attributes")
    yield from harmful(os.path.relpath(info, real), _outer(info))


def _files(real: str) -> Iterator[str]:
    """Every file of attributes in the ledger, whatever the case of its name: some disks know no case."""
    for folder, names, files in os.walk(real):
        names[:] = sorted(name for name in names if name not in (".git", STATE))
        for name in sorted(files):
            if name.lower() == FILE:
                yield os.path.relpath(os.path.join(folder, name), real)


def _read(root: Root, rel: str) -> bytes:
    try:
        return root.read(rel)
    except SvcError:  # not there, or what the name stands for is no file
        return b""


def _outer(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _above(real: str, top: str) -> Iterator[tuple[str, str]]:
    """The files of attributes above the ledger, and the ledger's path from where each lies."""
    folder = real
    while folder != top:
        folder = os.path.dirname(folder)
        yield os.path.join(folder, FILE), os.path.relpath(real, folder).replace(os.sep, "/")


# -- as git reads it ------------------------------------------------------------------------------------------------


def _lines(data: bytes) -> Iterator[_Line]:
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.partition("\0")[0].lstrip(_BLANK)
        if not line or line.startswith("#"):
            continue
        pattern, rest = _pattern(line)
        macro = pattern.startswith("[attr]") and pattern != "[attr]"
        words = tuple(word for word in re.split(f"[{_BLANK}]+", rest) if word)
        yield _Line(number, pattern.removeprefix("[attr]") if macro else pattern, macro, words)


def _pattern(line: str) -> tuple[str, str]:
    """The pattern, out of its quotes if it has any, and the rest of the line."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', line)
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted[1]), line[quoted.end() :]
    found = re.match(f"[^{_BLANK}]+", line)
    end = found.end() if found else 0
    return line[:end], line[end:]


def harmful(rel: str, data: bytes) -> Iterator[Flaw]:
    """Every word in a file of attributes that could do harm to the ledger. ``rel``: the file, from the ledger's folder."""
    lines = list(_lines(data))
    macros = {"binary": _BINARY} | {line.pattern: line.words for line in lines if line.macro}
    last = max((line.number for line in lines if rel == FILE and [line.pattern, *line.words] == _ATTACHMENTS), default=0)
    todo = _EDIT if rel == FILE or rel.endswith("info/attributes") else _REMOVE.fill(file=rel)
    for line in lines:
        if " ".join((line.pattern, *line.words)) in _SHIPPED and rel == FILE:
            continue
        if line.macro and line.pattern == "binary":  # which init's own line relies on
            yield Flaw(rel, line.number, _harm("[attr]binary"), todo)
        entries, attachments = (True, False) if line.macro else _may_be(rel, line.pattern)
        for word in line.words:
            if _wrong(word, macros, entries, attachments and line.number > last):
                yield Flaw(rel, line.number, _harm(word), todo)


def _harm(word: str) -> Text:
    return Text(f"“{word}”会让 git 改动或混合记录", f'"{word}" lets git change or mix entries')


def _wrong(word: str, macros: Mapping[str, tuple[str, ...]], entries: bool, attachments: bool, depth: int = 5) -> bool:
    """Whether a word does harm to what it may stand for: entries (and other text of ours), attachments."""
    name, _, value = word.partition("=")
    if name in _FOREIGN or (name == "merge" and value) or (name == "eol" and value != "lf"):
        return True
    if (entries and (word in _OFF or (name == "text" and value))) or (attachments and (word in _ON or (name == "text" and value))):
        return True
    return depth > 0 and any(_wrong(one, macros, entries, attachments, depth - 1) for one in macros.get(word, ()))


def _may_be(rel: str, pattern: str) -> tuple[bool, bool]:
    """Whether a pattern might stand for entries or other text of ours, and whether for attachments."""
    folders, _, base = pattern.strip("/").rpartition("/")
    first = f"{rel.rpartition('/')[0]}/{folders}".strip("/").partition("/")[0] if rel.endswith(FILE) else ""
    ending = re.search(r"\.([A-Za-z0-9]+)$", base)
    is_glob = re.search(_GLOB, base) is not None
    is_yaml = ending is not None and ending[1].lower() == "yaml"
    literal = bool(first) and re.search(_GLOB, first) is None
    entries = is_yaml or base in (FILE, ".gitignore") or (is_glob and ending is None)
    attachments = (is_glob or re.match("[0-9a-f]{64}", base) is not None) and not is_yaml
    if literal:
        entries, attachments = entries and first != "files", attachments and first == "files"
    return entries, attachments


# -- what is missing, and what lies above ---------------------------------------------------------------------------


def _lacking(data: bytes) -> Iterator[Flaw]:
    there = {(line.pattern, *line.words) for line in _lines(data)}
    for line in _SHIPPED:
        if tuple(line.split()) not in there:
            yield Flaw(FILE, 0, _lacks(line), Text("加上它，如 svcctl init 所写", "Add it, as svcctl init writes it"), harmful=False)


def _lacks(line: str) -> Text:
    return Text(f"缺少一行“{line}”；没有它 git 可能改动记录的字节", f'lacks the line "{line}", without which git may change the bytes of entries')


def unguarded(data: bytes) -> list[str]:
    """Of the lines that init writes those whose effect on the bytes of entries and attachments nothing in the ledger's
    own file has. Another wording will do, as that of an older ledger: only the words that guard bytes are asked for."""
    lines = list(_lines(data))
    return [line for line in _SHIPPED if not any(_guards(one, line) for one in lines)]


def _guards(one: _Line, shipped: str) -> bool:
    attachments = shipped.startswith("files/")
    patterns, words = _GUARDS[attachments]
    return not one.macro and one.pattern.removeprefix("/") in patterns and any(word in words for word in one.words)


def missing(lines: list[str], *, was_there: bool) -> Iterator[Flaw]:
    """Such lines as flaws. ``was_there``: the last commit has them all."""
    for line in lines:
        todo = _BACK if was_there else _ADD.fill(line=line)
        yield Flaw(FILE, 0, _lacks(line), todo)


def _outside(path: str, inside: str) -> Iterator[Flaw]:
    """What a file above the ledger says that the ledger's own, which has the last word, does not take back.

    ``inside``: the ledger's path from there.
    """
    lines = list(_lines(_outer(path)))
    macros = {line.pattern: line.words for line in lines if line.macro}
    for line in lines:
        first = line.pattern.strip("/").partition("/")[0] if "/" in line.pattern.strip("/") else ""
        elsewhere = bool(first) and re.search(_GLOB, first) is None and first != inside.partition("/")[0]
        if line.macro or elsewhere or not _may_be("", line.pattern)[0]:
            continue
        for word in line.words:
            if _foreign(word, macros):
                where = "../" * (inside.count("/") + 1) + FILE
                yield Flaw(where, line.number, _harm(word), Text("从这一行删掉它，或让那一行不管台账的文件", "Take it out of that line, or see that the line does not stand for the ledger's files"))


def _foreign(word: str, macros: Mapping[str, tuple[str, ...]], depth: int = 5) -> bool:
    name = word.partition("=")[0]
    return (name in _FOREIGN and name != "crlf") or (depth > 0 and any(_foreign(one, macros, depth - 1) for one in macros.get(word, ())))
