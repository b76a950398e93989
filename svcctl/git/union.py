"""The union of versions of one month file, by id: what git calls a conflict, for a ledger is only two appends.

Pure: bytes in, bytes out, and the same bytes whoever computes them and in whatever order. Nothing is ever dropped:
a document that cannot be believed is kept byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from svcctl.errors import Refused
from svcctl.git.documents import believed
from svcctl.store import codec
from svcctl.texts import Text

Key = tuple[str, str] | bytes  # id and sum of a document that can be believed, else its bytes
_NONSENSE = Text("冲突标记不成对，读不懂", "the conflict markers do not belong together")
_MARKS = rb"(?m)^(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)(?: |\r?$)"


class Clash(NamedTuple):
    """One of several documents with the same id and another content: its line in the union, and the id."""

    line: int
    id: str


class Union(NamedTuple):
    """The union: its bytes, and where its documents come from, each counted once: both sides, one of them (the first two
    versions), a further version alone, the base alone; clashes, and how many documents in it cannot be believed."""

    data: bytes
    common: int
    brought: tuple[int, int]
    further: int
    kept: int
    clashes: tuple[Clash, ...]
    doubtful: int


class _Unit(NamedTuple):
    """A document and the comments and blank lines after it."""

    key: Key
    body: bytes
    doc: codec.Doc | None  # only if it can be believed
    tail: bytes
    torn: bool


class _Parts(NamedTuple):
    preamble: bytes
    units: list[_Unit]


def union(base: bytes | None, versions: Sequence[bytes], without: Collection[Key] = ()) -> Union:
    """The union of ``versions``, which all come from ``base`` (None: not known, or there was none).

    First what stood in the base, in its order (without a base: how all versions begin), then what was added, sorted
    by the time recorded and the id. Of an erased and an unerased copy the erased one stays, of copies in different
    bytes the exact form; comments stay with the document they follow. ``without``: what was set aside and stays away.
    """
    parts = [_split(data) for data in versions]
    first = _split(base) if base is not None else _Parts(_shared([p.preamble for p in parts]), _beginning(parts))
    copies: dict[Key, list[_Unit]] = {}
    for unit in (unit for part in parts for unit in part.units if unit.key not in without):
        copies.setdefault(unit.key, []).append(unit)
    old = []
    for unit in first.units:
        if (unit.doc is not None and unit.key not in without) or unit.key in copies:  # what nobody believes and everybody removed may go
            copies.setdefault(unit.key, []).insert(0, unit)
            old.append(unit.key)
    old = list(dict.fromkeys(old))
    known, has_base = set(old), base is not None
    new = sorted((_one(copies[key], False) for key in copies if key not in known), key=_order)
    units = _torn_last([*(_one(copies[key], has_base) for key in old), *new])
    data = _joined(_preamble(first.preamble, [p.preamble for p in parts]), units)
    ours, theirs = ({unit.key for part in parts[k : k + 1] for unit in part.units}.difference(without) for k in (0, 1))
    further = {unit.key for part in parts[2:] for unit in part.units}.difference(ours, theirs, without)
    return Union(
        data, len(ours & theirs), (len(ours - theirs), len(theirs - ours)), len(further), len(copies.keys() - ours - theirs - further),
        _clashes(data, units), sum(u.doc is None for u in units),
    )  # fmt: skip


# -- taking apart -------------------------------------------------------------------------------------------------


def _split(data: bytes) -> _Parts:
    pieces = list(codec.pieces(data))
    start = pieces[0].start if pieces else len(data)
    return _Parts(_ended(data[:start]), [_unit(data[p.start : p.end], p) for p in pieces])


def _unit(raw: bytes, piece: codec.Piece) -> _Unit:
    torn = piece.problem is not None and piece.problem.code == "torn"
    if torn:
        return _Unit(raw, raw, None, b"", True)
    raw = _opened(_ended(raw))
    doc = believed(piece)
    if doc is None:
        return _Unit(raw, raw, None, b"", False)
    body, tail = (raw, b"") if piece.exact else _without_comments(raw, doc)
    return _Unit((str(doc["id"]), str(doc["sum"])), body, doc, tail, False)


def _without_comments(raw: bytes, doc: codec.Doc) -> tuple[bytes, bytes]:
    """The document, and the comments and blank lines after it, if those are no part of a value."""
    lines = raw.splitlines(keepends=True)
    end = len(lines)
    while end > 1 and (not lines[end - 1].strip() or lines[end - 1].startswith(b"#")):
        end -= 1
    body, tail = b"".join(lines[:end]), b"".join(lines[end:])
    if not tail or [piece.doc for piece in codec.pieces(body)] != [doc]:
        return raw, b""
    return body, tail


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"


def _shared(texts: Sequence[bytes]) -> bytes:
    return texts[0] if texts and all(text == texts[0] for text in texts) else b""


def _beginning(parts: Sequence[_Parts]) -> list[_Unit]:
    found = []
    for units in zip(*(part.units for part in parts), strict=False):
        if any(unit.key != units[0].key for unit in units):
            break
        found.append(units[0])
    return found


# -- putting together ---------------------------------------------------------------------------------------------


def _one(copies: Sequence[_Unit], has_base: bool) -> _Unit:
    """The one that stands for all copies of a document, whatever their order; the comments of the base, if it is the
    first of them, come first."""
    first = copies[0]
    if first.doc is None:  # the same bytes may end one version and stand in the middle of another
        return first._replace(torn=all(unit.torn for unit in copies))
    erased = [unit for unit in copies if unit.doc is not None and "erased" in unit.doc]
    bodies = {unit.body for unit in erased or copies}
    body = bodies.pop() if len(bodies) == 1 else min(_exact(unit) for unit in erased or copies)
    tails = {unit.tail for unit in copies}
    beginning = first.tail if has_base else b""
    return first._replace(body=body, tail=beginning + b"".join(sorted(tails - {beginning})))


def _torn_last(units: Sequence[_Unit]) -> list[_Unit]:
    """The torn bits at the end, so that the last stays one and the next writer can set it aside. Of several all but the
    last are closed, lest one of them become a part of its neighbour."""
    torn = sorted((unit for unit in units if unit.torn), key=lambda unit: unit.body)
    closed = [unit._replace(body=_opened(_ended(unit.body))) for unit in torn[:-1]]
    return [*(unit for unit in units if not unit.torn), *closed, *torn[-1:]]


def _opened(raw: bytes) -> bytes:
    return raw if re.match(rb"---(?:[ \t\r\n]|\Z)", raw) else b"---\n" + raw


def _exact(unit: _Unit) -> bytes:
    assert unit.doc is not None
    try:
        return codec.dump(unit.doc)
    except Refused:  # a character that may no longer be written
        return unit.body


def _order(unit: _Unit) -> tuple[bool, str, str, str, bytes]:
    doc = unit.doc or {}
    return (unit.doc is None, str(doc.get("recorded", "")), str(doc.get("id", "")), str(doc.get("sum", "")), unit.body)


def _preamble(base: bytes, others: Iterable[bytes]) -> bytes:
    more = sorted({text for text in others if text not in (base, b"")})
    return base + b"".join(more)


def _joined(preamble: bytes, units: Sequence[_Unit]) -> bytes:
    return preamble + b"".join(_ended(unit.body) + unit.tail for unit in units[:-1]) + b"".join(u.body + u.tail for u in units[-1:])


def _clashes(data: bytes, units: Sequence[_Unit]) -> tuple[Clash, ...]:
    seen: dict[str, set[Key]] = {}
    for unit in units:
        if unit.doc is not None:
            seen.setdefault(str(unit.doc["id"]), set()).add(unit.key)
    double = {name for name, keys in seen.items() if len(keys) > 1}
    if not double:
        return ()
    docs = ((piece.line, believed(piece)) for piece in codec.pieces(data))
    return tuple(Clash(line, str(doc["id"])) for line, doc in docs if doc is not None and str(doc["id"]) in double)


# -- git's conflict markers ---------------------------------------------------------------------------------------


def marked(data: bytes) -> bool:
    """Whether git has put conflict markers into a file. No line of a ledger begins so."""
    return re.search(rb"(?m)^<<<<<<<(?: |\r?$)", data) is not None


def sides(data: bytes) -> tuple[bytes | None, list[bytes]]:
    """The base (None if git has not written it) and the two versions that a file with conflict markers is made of.

    Raises Refused if the markers do not make sense.
    """
    parts: dict[bytes, list[bytes]] = {b"<<<<<<<": [], b"|||||||": [], b"=======": []}
    now, with_base, without_base = b"", False, False
    for line in data.splitlines(keepends=True):
        found = re.match(_MARKS, line)
        mark = found[1] if found else b""
        if not mark:
            for name, lines in parts.items():
                if now in (b"", name):
                    lines.append(line)
            continue
        if mark not in _NEXT[now]:
            raise Refused(_NONSENSE)
        with_base, without_base = with_base or mark == b"|||||||", without_base or (now == b"<<<<<<<" and mark == b"=======")
        now = b"" if mark == b">>>>>>>" else mark
    if now:
        raise Refused(_NONSENSE)
    ours, base, theirs = (b"".join(lines) for lines in parts.values())
    return (base if with_base and not without_base else None), [ours, theirs]


_NEXT = {
    b"": (b"<<<<<<<",), b"<<<<<<<": (b"|||||||", b"======="), b"|||||||": (b"=======",), b"=======": (b">>>>>>>",),
}  # fmt: skip
