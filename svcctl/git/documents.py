"""The entries of a file as history knows them: id and sum, and whether one version still holds what another held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import NamedTuple

from svcctl.nouns import CATALOGUE
from svcctl.store import codec
from svcctl.store.codec import Doc, Piece
from svcctl.store.documents import Judge

Name = tuple[str, str]  # id and sum


class Held(NamedTuple):
    """An entry in a version of a file: its noun, and when its personal fields were erased ("" if they were not)."""

    kind: str
    erased: str


_JUDGE = Judge(UTC)  # only of sums, which know no zone


def believed(piece: Piece) -> Doc | None:
    """The document if its sum is proved right; None for what is damaged, unsigned, or of a noun nobody knows here."""
    doc = piece.doc
    if doc is None or piece.problem is not None:
        return None
    if str(doc.get("kind", "")) in CATALOGUE:
        return doc if _JUDGE.sums_ok(doc) else None
    return doc if codec.sum_problem(doc, (), piece.line) is None else None


class Version(NamedTuple):
    """The entries of a version of a file: those that can be believed, and every id that stands there at all."""

    held: Mapping[Name, Held]
    ids: frozenset[str]


def version(data: bytes) -> Version:
    """Every entry of a file. Of several copies an erased one counts."""
    found: dict[Name, Held] = {}
    ids = set()
    for piece in codec.pieces(data):
        if piece.doc is not None:
            ids.add(str(piece.doc.get("id", "")))
        doc = believed(piece)
        if doc is not None:
            name = (str(doc["id"]), str(doc["sum"]))
            held = Held(str(doc.get("kind", "")), str(doc.get("erased", "")))
            if name not in found or held.erased:
                found[name] = held
    return Version(found, frozenset(ids))


def entries(data: bytes) -> Mapping[Name, Held]:
    """Every entry that can be believed."""
    return version(data).held


class Change(NamedTuple):
    """What became of the entries of one version in another: those gone, the ids among them that stand there with another
    sum, those whose erased fields are back, those whose fields were erased."""

    gone: Mapping[Name, Held]
    standing: frozenset[str]
    revived: tuple[Name, ...]
    erased: tuple[Name, ...]


def compared(old: Version, new: Version) -> Change:
    """What became of entries."""
    gone = {name: held for name, held in old.held.items() if name not in new.held}
    kept = [(name, held.erased, new.held[name].erased) for name, held in old.held.items() if name in new.held]
    return Change(
        gone,
        frozenset(ident for ident, _ in gone if ident in new.ids),
        tuple(sorted(name for name, before, after in kept if before and not after)),
        tuple(sorted(name for name, before, after in kept if after and not before)),
    )


def added(old: bytes, new: bytes) -> Counter[str]:
    """How many entries ``new`` has that ``old`` has not, by noun."""
    if new.startswith(old):
        return Counter(held.kind for held in entries(new[len(old) :]).values())
    before = entries(old)
    return Counter(held.kind for name, held in entries(new).items() if name not in before)


def counted(kinds: Mapping[str, int]) -> str:
    """``repair 7, fee 5``, the most first."""
    ordered: Iterable[tuple[str, int]] = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{kind or '?'} {n}" for kind, n in ordered)
