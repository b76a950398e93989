"""The form of an entry: text to bytes, bytes to text, its sum, and where a torn tail begins. No file is opened here.

Every command passes through this module, so it needs nothing but ``json`` and ``re``; whatever is not in the exact
form is left to :mod:`svcctl.store.strict`, which is loaded only then.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from svcctl.errors import Refused
from svcctl.store.characters import CHARACTER, refused_char
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from typing import Protocol

    class Hash(Protocol):
        """What of a hash object is used."""

        def update(self, data: bytes, /) -> None: ...
        def hexdigest(self) -> str: ...


Value = str | list[str] | dict[str, str]  # one level
Doc = dict[str, Value]  # an entry as text, its keys in the order of the file

MAX_BYTES = 1 << 20  # of one document
_MAX_MAP_KEY = 1000  # characters; YAML reads no key of more than 1,024 in a map on one line
_SINGLE = {"id", "kind", "event", "of", "at", "recorded", "by", "note", "key", "late", "salt", "pii", "erased", "sum"}

# Patterns are compiled (and kept, by ``re``) when first needed: together they would cost every command 3 ms.
_ESCAPED = "[\x7f-\x9f\u2028\u2029\ufeff]"
_KEY = "[a-z][a-z0-9_]*"
# Possessive, so that a document which is not plain is given up after one pass.
_PLAIN = "---\n(?:[a-z][a-z0-9_]*+: \"[^\"\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]++\"\n)++"
_LINES = "(?m)^([a-z][a-z0-9_]*+): (.++)$"
_PREAMBLE = rb"(?:[ \t]*+(?:#[^\n]*+)?\r?\n)*+"
_SUM_LINE = rb"(?:^|\n)[\"']?sum[\"']?[ \t]*:"
ID_LINE = rb"(?m)^[\"']?id[\"']?[ \t]*:[ \t]*[\"']?([a-z]{2}-[0-9a-z]{10})\b"

TOO_LARGE = Text("一条记录超过 1 MiB", "an entry of more than 1 MiB")
TORN = Text(
    "末尾有一条没写完的记录（{n} 字节{id}），未计入；是写入时中断了，或是手工写的、末尾没有换行",
    "ends in an unfinished entry of {n} bytes{id}, which is not counted; it was interrupted, or was typed by hand without a final line feed",
)
ENCODING = Text("第 {n} 个字节不是 UTF-8（自 0 数起）", "not UTF-8 at byte {n} (counted from 0)")

_quote = json.encoder.encode_basestring  # what the next line does with a string
_encode = json.JSONEncoder(ensure_ascii=False).encode
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def _find_sha256() -> Callable[[bytes], Hash]:
    try:  # the interpreter's own; hashlib takes 5 ms to import
        module = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:
        import hashlib as module
    found: Callable[[bytes], Hash] = module.sha256
    return found


sha256 = _find_sha256()


class Problem(NamedTuple):
    """What is wrong with a document. ``damage``: the file must not be written to; else it is a finding."""

    code: str
    line: int
    what: Text
    damage: bool = True


class Piece(NamedTuple):
    """One document of a file: its first line (from 1), its bytes ``start:end``, and what was read.

    ``exact``: its bytes are the form that :func:`dump` writes. ``doc`` can be believed if ``problem`` is None
    and :func:`sum_problem` finds nothing; with a problem it is there only to be shown or adopted.
    """

    line: int
    start: int
    end: int
    doc: Doc | None
    exact: bool
    problem: Problem | None


# -- text to bytes ------------------------------------------------------------------------------------------------


def dump(doc: Mapping[str, Value]) -> bytes:
    """The document as it is written: ``---`` and a line a key, in the order given; empty values are left out.

    Raises Refused for what could not be read back: a refused character, a key out of form, more than 1 MiB.
    """
    for key, value in doc.items():
        if re.fullmatch(_KEY, key) is None:
            raise Refused(Text("字段名不合规", "not a field name"), where=key, expected=same("[a-z][a-z0-9_]*"))
        bad = refused_char(_joined(value))
        if bad:
            raise Refused(CHARACTER.fill(name=bad), where=key)
        if isinstance(value, dict) and any(len(_encode(k)) > _MAX_MAP_KEY for k in value):
            raise Refused(Text("其中的名称过长", "holds a name that is too long"), where=key)
    data = _render(doc).encode()
    if len(data) > MAX_BYTES:
        raise Refused(TOO_LARGE)
    return data


def _render(doc: Mapping[str, Value]) -> str:
    text = "---\n" + "".join([f"{k}: {_quote(v) if isinstance(v, str) else _encode(v)}\n" for k, v in doc.items() if v])
    if text.replace("\n", "").isprintable():  # the quick answer: none of those that are escaped is printable
        return text
    return re.sub(_ESCAPED, lambda found: f"\\u{ord(found[0]):04x}", text)


def line(key: str, value: object) -> str:
    """``key: VALUE`` as in a file of the ledger, for output: VALUE is JSON, and YAML reads the same text."""
    return f"{key}: " + re.sub(_ESCAPED, lambda found: f"\\u{ord(found[0]):04x}", _encode(value))


def _joined(value: Value) -> str:
    if isinstance(value, str):
        return value
    return "".join(value) if isinstance(value, list) else "".join(value) + "".join(value.values())


# -- sums ---------------------------------------------------------------------------------------------------------


def sums(doc: Mapping[str, Value], personal: Collection[str]) -> tuple[str, str]:
    """The ``sum`` and the ``pii`` ("" if there is none) that belong to a document.

    ``personal`` names the personal fields of its kind. An erased document's ``pii`` is taken from it.
    ``sum``, ``salt`` and ``erased`` are not summed, so that erasing leaves the sum true.
    """
    body = {k: v for k, v in doc.items() if v and k not in ("sum", "salt", "erased", "pii") and k not in personal}
    pii = ""
    if "erased" in doc:
        pii = str(doc.get("pii", ""))
    else:
        held = {k: doc[k] for k in personal if doc.get(k)}
        if held:
            pii = sha256(f"{doc.get('salt', '')}\n{_canonical(held)}".encode()).hexdigest()[:32]
    if pii:
        body["pii"] = pii
    return sha256(_canonical(body).encode()).hexdigest()[:16], pii


def sum_problem(doc: Doc, personal: Collection[str], line: int) -> Problem | None:
    """What is wrong with the sum of a document that stands at ``line``, or None if it may be believed."""
    missing = _unsigned(doc, line)
    if missing:
        return missing
    erased = "erased" in doc
    if erased and ("salt" in doc or any(name in doc for name in personal)):
        return Problem("half-erased", line, Text("只删去了一半的个人信息", "its personal fields are only half erased"))
    total, pii = sums(doc, personal)
    if doc["sum"] != total or ("pii" in doc and doc["pii"] != pii):
        what = Text("写入后被改动过（校验和不符）", "changed after it was written (wrong sum)")
        return Problem("wrong-sum", line, what)
    return None


def _unsigned(doc: Doc, line: int) -> Problem | None:
    if "sum" in doc:
        return None if "id" in doc else Problem("no-id", line, Text("有 sum 而没有 id", "has a sum but no id"))
    if "id" in doc:
        return Problem("no-sum", line, Text("有 id 而没有 sum", "has an id but no sum"))
    what = Text("没有 id 和 sum，是手工写入的", "has neither id nor sum, so it was typed by hand")
    return Problem("unsigned", line, what, damage=False)


# -- bytes to text ------------------------------------------------------------------------------------------------


def pieces(data: bytes) -> Iterator[Piece]:
    """Every document of a file's bytes, in order; one that cannot be read does not stop the others.

    A torn tail is the last piece, with the problem ``torn``. Nothing is held but the document in hand.
    """
    torn = torn_tail(data)
    end = len(data) if torn is None else torn
    start, line = _content(data, end)
    is_plain = re.compile(_PLAIN).fullmatch
    while start < end:
        after = _next_start(data, start, end)
        piece = _plain(data, start, after, line, is_plain)
        if piece is None:
            piece = _read(data, start, after, line)
            line += data.count(b"\n", start, after)
        else:
            line += len(piece.doc or ()) + 1
        yield piece
        start = after
    if torn is not None:
        yield Piece(line, torn, len(data), None, False, Problem("torn", line, of_tail(TORN, data[torn:]), damage=False))


def of_tail(text: Text, tail: bytes) -> Text:
    """What there is to say of a torn tail: how long it is, and the id that can be read in it, if there is one."""
    found = re.search(ID_LINE, tail)
    name = found[1].decode() if found else ""
    return text.fill(n=len(tail), id=Text(f"，{name}", f" ({name})") if name else same(""))


def _content(data: bytes, end: int) -> tuple[int, int]:
    """Where the first document begins, after comments and blank lines, and on which line."""
    found = re.compile(_PREAMBLE).match(data, 0, end)
    start = found.end() if found else 0
    return start, data.count(b"\n", 0, start) + 1


def _next_start(data: bytes, start: int, end: int) -> int:
    """Where the document after the one at ``start`` begins; ``end`` if it is the last."""
    at = start
    while True:
        at = data.find(b"\n---", at, end)
        if at < 0:
            return end
        if at + 4 >= end or data[at + 4] in b" \t\r\n":
            return at + 1
        at += 1


def _plain(data: bytes, start: int, end: int, line: int, is_plain: Callable[[str], object]) -> Piece | None:
    """The document if it is strings without escapes only, as nearly all are; else None.

    One expression vouches for the whole; as no value can hold a quote, two splits then take it apart.
    """
    if end - start > MAX_BYTES:
        return None
    try:
        text = data[start:end].decode()
    except UnicodeDecodeError:
        return None
    if is_plain(text) is None:
        return None
    parts = text[4:-2].replace('"\n', ': "').split(': "')
    doc: Doc = dict(zip(parts[::2], parts[1::2], strict=True))
    if len(doc) * 2 != len(parts):
        return None
    signed = "id" in doc and "sum" in doc
    return Piece(line, start, end, doc, True, None if signed else _unsigned(doc, line))


def _read(data: bytes, start: int, end: int, line: int) -> Piece:
    """The document by whichever reader understands it, or the reason why none does."""
    if end - start > MAX_BYTES:
        return Piece(line, start, end, None, False, Problem("too-large", line, TOO_LARGE))
    raw = data[start:end]
    problem: Problem | None
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line_there = line + raw.count(b"\n", 0, error.start)
        problem = Problem("encoding", line_there, ENCODING.fill(n=start + error.start))
        return Piece(line, start, end, None, False, problem)
    doc = _verified(text)
    exact = doc is not None
    if doc is None and "\r" in text:  # what one editor does to a whole file should not make it slow
        doc = _verified(text.replace("\r\n", "\n"))
    if doc is None:
        from svcctl.store import strict

        try:
            doc = {key: value for key, value in strict.parse(text, line).items() if value}
        except strict.Broken as error:
            return Piece(line, start, end, None, False, Problem(error.code, error.line, error.what))
    if not doc:
        empty = Problem("empty", line, Text("空文档", "an empty document"), damage=False)
        return Piece(line, start, end, None, False, empty)
    return Piece(line, start, end, doc, exact, _unsigned(doc, line) or _not_single(doc, line))


def _verified(text: str) -> Doc | None:
    """The document if every line is ``key: JSON`` and writing what was read gives the same text; else None."""
    lines = re.findall(_LINES, text)
    try:  # all values in one go; a line with two of them, or half of one, does not survive the comparison below
        values = _decode(f"[{','.join([raw for _, raw in lines])}]")
    except (ValueError, RecursionError):
        return None
    if len(values) != len(lines) or not all(map(_is_value, values)):
        return None
    doc: Doc = dict(zip([key for key, _ in lines], values, strict=True))
    if refused_char("".join(map(_joined, values))) or _render(doc) != text:
        return None
    return doc


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _not_single(doc: Doc, line: int) -> Problem | None:
    """Whatever reads on relies on these being one text each."""
    for key in _SINGLE.intersection(doc):
        if not isinstance(doc[key], str):
            return Problem("nested", line, Text(f"{key} 应为一个文本", f"{key} must be a single text"))
    return None


# -- torn tails ---------------------------------------------------------------------------------------------------


def torn_tail(data: bytes) -> int | None:
    """Where a torn tail begins (a byte offset), None if there is none.

    Torn is what follows the last complete document (its ``sum`` line and a line feed end it) and has no final line
    feed, or is an empty document, or has an ``id`` but no ``sum``. Judge a file by its :func:`pieces` before
    cutting: what they call damage stays damage, also when it comes to stand last.
    """
    return _torn(data, len(data))


def _torn(data: bytes, end: int) -> int | None:
    whole = data.rfind(b"\n", 0, end) + 1  # end of the last whole line
    start = _last_start(data, end)
    rest = data[whole:end]  # the part of a line after it
    blank = rest.strip(b"\0") in (b"", b"-", b"--")
    if rest and (start >= whole or blank):  # says nothing about the document before it, which is judged by itself
        before = _torn(data, whole)
        return whole if before is None else before
    if start >= whole:
        return None
    if re.search(_SUM_LINE, data[start:whole]):
        return whole if rest else None
    piece = _read(data, start, whole, 1)
    if piece.doc and "sum" in piece.doc:
        return whole if rest else None
    if rest:
        return start
    torn = "id" in piece.doc if piece.doc else piece.problem is not None and piece.problem.code == "empty"
    return start if torn else None


def _last_start(data: bytes, end: int) -> int:
    """Where the last document begins; ``end`` if there is none."""
    at = end
    while True:
        at = data.rfind(b"\n---", 0, at)
        if at < 0:
            return _content(data, end)[0]
        if at + 4 >= end or data[at + 4] in b" \t\r\n":
            return at + 1
        at += 3
