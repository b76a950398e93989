"""Erasing personal fields: from a document to the one without them, in every month file that has a copy.

The sum of a document and every seal stay true, for they vouch for the personal fields by their salted hash alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from svcctl.entry import HEAD, TAIL
from svcctl.errors import Refused
from svcctl.nouns import CATALOGUE, noun
from svcctl.store import codec, groups, kept
from svcctl.store.codec import Doc, Piece
from svcctl.store.files import Root
from svcctl.store.writer import Writer
from svcctl.texts import Text

_MANY = 50  # ids; to search for more of them in a file takes longer than to read it
_NOT_WHOLE = Text(
    "一份副本有损坏，无法只删去其中的个人信息", "a copy is damaged, and its personal fields cannot be taken out of it alone"
)
_PENDING = Text("这一条所在的批次还没有写完", "it belongs to a group that is not completely written yet")
_REPAIR = Text("请先运行 svcctl check --repair", "Run svcctl check --repair first")


class Erased(NamedTuple):
    """A document that was erased: its id, where it stands, which fields went, and their values (never to be shown)."""

    id: str
    file: str
    line: int
    fields: tuple[str, ...]
    values: frozenset[str]


def personal_of(doc: Mapping[str, object]) -> frozenset[str]:
    """The names of the personal fields of a document's noun; none if the noun is unknown."""
    kind = str(doc.get("kind", ""))
    return noun(kind).personal() if kind in CATALOGUE else frozenset()


def personal_values(doc: Mapping[str, codec.Value]) -> frozenset[str]:
    """The texts of a document's personal fields."""
    return frozenset(text for key in personal_of(doc) if key in doc for text in _texts(doc[key]))


def without(doc: Doc, moment: str) -> Doc | None:
    """The document with its personal fields erased at ``moment`` (ISO, with offset); None if there is nothing to erase.

    One that is erased by half is finished. Its sum has to vouch for it, else None as well.
    """
    personal = personal_of(doc)
    held = any(name in doc for name in personal)
    if not held and "salt" not in doc and ("erased" in doc or "pii" not in doc):
        return None
    pii = doc.get("pii") or codec.sums({k: v for k, v in doc.items() if k != "erased"}, personal)[1]
    made = {k: v for k, v in doc.items() if k not in personal and k != "salt"}
    made |= {"pii": pii, "erased": doc.get("erased", moment)}
    made = _ordered(made)
    return made if codec.sum_problem(made, personal, 1) is None else None


def half_erased(doc: Doc) -> bool:
    """Whether erasing a document was begun and not finished: what is left of it is not what its salted hash is of."""
    personal = personal_of(doc)
    held = any(name in doc for name in personal)
    if "erased" in doc:
        return held or "salt" in doc
    return "pii" in doc and not (held and "salt" in doc)


def _ordered(doc: Doc) -> Doc:
    """The document with its keys in the order in which they are written."""
    kind = str(doc.get("kind", ""))
    verb = noun(kind).verb(str(doc.get("event", ""))) if kind in CATALOGUE else None
    fields = [*(verb.by_name if verb else ()), *doc]
    order = [*HEAD, *(f for f in fields if f not in HEAD and f not in TAIL), *TAIL]
    return {key: doc[key] for key in dict.fromkeys(order) if key in doc}


def rewritten(raw: bytes, made: Doc, gone: Collection[str]) -> bytes:
    """The bytes of an erased document, with the comments that stood after it, if they do not hold what was erased."""
    lines = raw.splitlines(keepends=True)
    after: list[bytes] = []
    while lines and (not lines[-1].strip() or lines[-1].startswith(b"#")):
        after.insert(0, lines.pop())
    safe = [line for line in after if not any(value.encode() in line for value in gone)]
    return codec.dump(made) + b"".join(safe)


def planned(root: Root, ids: Collection[str], moment: str) -> list[Erased]:
    """What :func:`erase` would do. Raises as it does."""
    return [one for _, _, found in _work(root, ids, moment) for one in found]


def erase(writer: Writer, ids: Collection[str], moment: str) -> list[Erased]:
    """Erase these entries wherever a copy of them stands, and say what went. Under the ledger's lock.

    Raises Refused (nothing was erased: a damaged copy, a group that waits), StorageFault; repeating it finishes.
    """
    root = writer.root
    kept.sweep(root)
    work = _work(root, ids, moment)
    for rel, _, _ in work:
        kept.held(root, rel)  # refused before anything is changed
    for rel, new, _ in work:
        writer.rewrite(rel, new)
    return [one for _, _, found in work for one in found]


def _work(root: Root, ids: Collection[str], moment: str) -> list[tuple[str, bytes, list[Erased]]]:
    """The files in which something is to be erased, their bytes afterwards, and what it is."""
    _refuse_waiting(root, ids)
    work = []
    for rel in root.month_files():
        data = root.read(rel)
        if len(ids) > _MANY or any(one.encode() in data for one in ids):
            new, found = _erased_in(rel, data, frozenset(ids), moment)
            if found:
                work.append((rel, new, found))
    return work


def _refuse_waiting(root: Root, ids: Collection[str]) -> None:
    for group in groups.pending(root):
        for rel, data in group.files:
            if groups.ids_in(data) & set(ids):
                raise Refused(_PENDING, where=rel, todo=_REPAIR)


def _erased_in(rel: str, data: bytes, ids: Collection[str], moment: str) -> tuple[bytes, list[Erased]]:
    """The bytes of one file without what is to be erased, and what that was."""
    parts: list[bytes] = []
    found: list[Erased] = []
    done = 0
    for piece in codec.pieces(data):
        made = _erased_piece(rel, piece, ids, moment)
        if made is None or piece.doc is None:
            continue
        gone = tuple(key for key in piece.doc if key in personal_of(piece.doc))
        values = personal_values(piece.doc)
        found.append(Erased(str(piece.doc["id"]), rel, piece.line, gone, values))
        parts += [data[done : piece.start], rewritten(data[piece.start : piece.end], made, values)]
        done = piece.end
    return b"".join([*parts, data[done:]]), found


def _erased_piece(rel: str, piece: Piece, ids: Collection[str], moment: str) -> Doc | None:
    doc = piece.doc
    if doc is None or doc.get("id") not in ids or str(doc.get("kind", "")) not in CATALOGUE:
        return None
    made = without(doc, moment)
    personal = personal_of(doc)
    problem = piece.problem or codec.sum_problem(doc, personal, piece.line)
    whole = problem is None or (problem.damage and half_erased(doc) and made is not None)
    if not whole and any(name in doc for name in personal):
        raise Refused(_NOT_WHOLE, where=f"{rel}:{piece.line}", todo=_REPAIR)
    return made if whole else None


def _texts(value: codec.Value) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, list) else value.values()


# -- where else -----------------------------------------------------------------------------------------------------


def kept_with(root: Root, ids: Collection[str], values: Collection[str]) -> list[str]:
    """The kept files, files of rejected rows and left-over groups that hold one of these entries or values."""
    needles = [one.encode() for one in (*ids, *values) if len(one) > 1]
    found = []
    for rel in kept.files(root):
        data = root.read(rel)
        if any(needle in data for needle in needles):
            found.append(rel)
    return found


def elsewhere(root: Root, ids: Collection[str], values: Collection[str]) -> list[str]:
    """The ids of other entries in whose texts one of these values occurs, in the order of the files."""
    needles = {value for value in values if len(value) > 1}
    if not needles:
        return []
    pattern = re.compile("|".join(map(re.escape, sorted(needles))))
    raw = re.compile("|".join(map(re.escape, sorted(needles))).encode())
    found: dict[str, None] = {}
    for rel in root.month_files():
        data = root.read(rel)
        if not raw.search(data):
            continue
        for piece in codec.pieces(data):
            name = str(piece.doc.get("id", "")) if piece.doc else ""
            if piece.doc and name and name not in ids and any(pattern.search(t) for v in piece.doc.values() for t in _texts(v)):
                found[name] = None
    return list(found)


def history_above(root: Root) -> bool:
    """Whether the ledger lies in a git repository, whose history keeps what a file held before."""
    here = os.path.realpath(root.path)
    while True:
        if os.path.lexists(os.path.join(here, ".git")):
            return True
        above = os.path.dirname(here)
        if above == here:
            return False
        here = above
