"""Documents that stand in the ledger more than once: surplus copies are set aside, and the contents of a clash that lost.

An id with one content in several places is a copy, one with several contents, each with a true sum, is a clash. Which
content of a clash is the right one nobody here can tell: that is chosen. What is set aside is kept first and cut then,
file by file, and never what stays; so a crash at any moment loses nothing, and the next run comes to the same end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from svcctl.errors import NotFound, Refused, SvcError
from svcctl.store import codec, erasing, faults, kept
from svcctl.store.codec import Doc
from svcctl.store.documents import Finding, Judge, Seen, rank
from svcctl.store.files import Root, Signature
from svcctl.store.view import SEALS
from svcctl.store.writer import Writer
from svcctl.texts import Text

CODES = frozenset({"copy", "unerased-copy", "clash"})  # of what reading has to say of such documents
_NO_CLASH = Text("这里没有同一编号而内容不同的记录", "no entry stands here whose id has another content elsewhere")
_LOOK = Text("svcctl check --repair -n 列出它们", "svcctl check --repair -n lists them")
_ERASED = Text(
    "{id} 的另一种内容已删去个人信息，而这一条还有", "another content of {id} had its personal data erased, and this one still has them"
)
_ERASE = Text("先运行 svcctl erase {id} --reason …", "First svcctl erase {id} --reason …")
_CHANGED = Text("在整理时被别的程序改动，没有再动它", "another program changed it meanwhile; it was left as it is")
_AGAIN = Text("请再做一遍", "Do it again")


class Document(NamedTuple):
    """A document that can be believed, and where it stands. Of several with one content the least in ``order`` stays."""

    id: str
    file: str
    line: int
    start: int
    stop: int
    doc: Doc
    sum: str
    erased: str
    order: tuple[Any, ...]


class Choice(NamedTuple):
    """The content of a clash that is to stay, and the file in which it does."""

    file: str
    id: str
    sum: str


class Clash(NamedTuple):
    """An id with several contents, each where it stays."""

    id: str
    contents: tuple[Document, ...]


class Aside(NamedTuple):
    """What is to be set aside of one file: ``copies``, and ``others``, the contents that were not chosen.

    ``old`` and ``new`` are the file's bytes, ``kept`` what is kept of it.
    """

    file: str
    old: bytes
    new: bytes
    kept: bytes
    copies: tuple[Document, ...]
    others: tuple[Document, ...]


class Doubled(NamedTuple):
    """Every id that stands more than once, its documents in their order; the files they are in, and their states."""

    documents: Mapping[str, list[Document]]
    data: Mapping[str, bytes]
    states: dict[str, Signature | None]

    def clashes(self) -> list[Clash]:
        """The ids with several contents."""
        found = [Clash(name, tuple(_stays(docs, None).values())) for name, docs in sorted(self.documents.items())]
        return [one for one in found if len(one.contents) > 1]

    def choice(self, file: str, line: int, name: str = "") -> Choice:
        """The content of a clash that begins on that line, of the entry ``name`` if given. Raises NotFound."""
        for clash in self.clashes():
            for one in self.documents[clash.id]:
                if (one.file, one.line) == (file, line) and name in ("", one.id):
                    return Choice(file, one.id, one.sum)
        raise NotFound(_NO_CLASH, where=f"{file}:{line}", todo=_LOOK)


def ids_of(findings: Iterable[Finding]) -> frozenset[str]:
    """The ids that readers found more than once."""
    return frozenset(finding.id for finding in findings if finding.code in CODES)


def look(root: Root, zone: tzinfo, ids: Collection[str]) -> Doubled:
    """Where the entries ``ids`` stand, and every document of a seal that stands more than once. Changes nothing.

    A file that cannot be read is left out: what is in it stays, whatever becomes of the others.
    """
    judge = Judge(zone)
    found: dict[str, list[Document]] = {}
    held: dict[str, bytes] = {}
    states: dict[str, Signature | None] = {}
    names = [name.encode() for name in ids]
    for rel in root.month_files():
        is_seal = rel.startswith(f"{SEALS}/")
        if not (is_seal or names):
            continue
        try:
            state, data = root.stat(rel), root.read(rel)
        except SvcError:
            continue
        if not is_seal and not any(name in data for name in names):
            continue
        mine = _sealed(rel, data) if is_seal else (one for one in _entries(judge, rel, data) if one.id in ids)
        for one in mine:
            found.setdefault(one.id, []).append(one)
            held[rel], states[rel] = data, state
    several = {name: sorted(docs, key=lambda one: one.order) for name, docs in found.items() if len(docs) > 1}
    return Doubled(several, held, states)


def _entries(judge: Judge, rel: str, data: bytes) -> Iterator[Document]:
    """The entries of a file; what stands in its place comes before what does not, then what readers count."""
    seen: list[Seen] = []
    misplaced = set()
    for one in judge.file(rel, data):
        if isinstance(one, Seen):
            seen.append(one)
        elif one.finding.code in ("wrong-folder", "wrong-month"):
            misplaced.add(one.start)
    for one in seen:
        order = (not one.erased, one.start in misplaced, *rank(one))
        yield Document(one.id, rel, one.line, one.start, one.stop, one.doc, one.sum, one.erased, order)


def _sealed(rel: str, data: bytes) -> Iterator[Document]:
    """The documents of a file of seals."""
    for piece in codec.pieces(data):
        if piece.doc is not None and piece.problem is None and codec.sum_problem(piece.doc, (), piece.line) is None:
            misplaced = not rel.startswith(f"{SEALS}/{piece.doc.get('month')}.")
            yield Document(
                str(piece.doc["id"]), rel, piece.line, piece.start, piece.end, piece.doc, str(piece.doc["sum"]), "", (misplaced, rel, piece.start)
            )  # fmt: skip


def _stays(docs: Iterable[Document], chosen: Choice | None) -> dict[str, Document]:
    """By sum the document that stays: the first in order, but the chosen one in its file."""
    found: dict[str, Document] = {}
    for one in docs:
        there = found.setdefault(one.sum, one)
        named = chosen is not None and chosen.sum == one.sum and chosen.file == one.file
        if named and there.file != one.file and bool(there.erased) == bool(one.erased):
            found[one.sum] = one
    return found


def plan(doubled: Doubled, chosen: Choice | None = None) -> list[Aside]:
    """What is to be set aside, file by file; that of the choice comes last, so that its line is right until then.

    Raises Refused if the choice would bring back what was erased.
    """
    copies: dict[str, list[Document]] = {}
    others: dict[str, list[Document]] = {}
    erased: dict[str, str] = {}
    for name, docs in doubled.documents.items():
        mine = chosen if chosen is not None and chosen.id == name else None
        stays = _stays(docs, mine)
        erased[name] = min((one.erased for one in docs if one.erased), default="")
        if mine is not None:
            _refuse_unerased(name, stays, mine)
        for one in docs:
            if mine is not None and one.sum != mine.sum:
                others.setdefault(one.file, []).append(one)
            elif one is not stays[one.sum]:
                copies.setdefault(one.file, []).append(one)
    last = chosen.file if chosen is not None else ""
    files = sorted({*copies, *others}, key=lambda rel: (rel == last, rel))
    return [_aside(rel, doubled.data[rel], copies.get(rel, []), others.get(rel, []), erased) for rel in files]


def _refuse_unerased(name: str, stays: Mapping[str, Document], chosen: Choice) -> None:
    mine = stays[chosen.sum]
    if not mine.erased and any(one.erased for one in stays.values()) and erasing.personal_values(mine.doc):
        raise Refused(_ERASED.fill(id=name), where=f"{mine.file}:{mine.line}", todo=_ERASE.fill(id=name))


def _aside(rel: str, data: bytes, copies: list[Document], others: list[Document], erased: Mapping[str, str]) -> Aside:
    left: list[bytes] = []
    taken: list[bytes] = []
    done = 0
    for one in sorted((*copies, *others), key=lambda doc: doc.start):
        left.append(data[done : one.start])
        taken.append(_without(data[one.start : one.stop], one, erased[one.id]))
        done = one.stop
    return Aside(rel, data, b"".join([*left, data[done:]]), b"".join(taken), tuple(copies), tuple(others))


def _without(raw: bytes, one: Document, erased: str) -> bytes:
    """The bytes of a document as they are kept: what was erased in another copy is not kept in a corner."""
    made = erasing.without(one.doc, erased) if erased and not one.erased else None
    return raw if made is None else erasing.rewritten(raw, made, erasing.personal_values(one.doc))


def set_aside(writer: Writer, doubled: Doubled, one: Aside) -> str:
    """Keep what is surplus in a file and put the rest in its place; the kept file. Under the ledger's lock.

    Raises Refused if anything was changed since it was looked at, StorageFault; then the file is as it was.
    """
    root = writer.root
    changed = next((rel for rel, state in doubled.states.items() if root.stat(rel) != state), None)
    if changed is not None or kept.held(root, one.file) != one.old:
        raise Refused(_CHANGED, where=changed or one.file, todo=_AGAIN)
    folder, _, name = one.file.rpartition("/")
    try:
        with root.folder(folder) as here:
            where = here.where(kept.keep(here, name, kept.ASIDE, one.kept))
    except OSError as error:
        raise faults.write_fault(error, one.file) from error
    writer.rewrite(one.file, one.new)
    doubled.states[one.file] = root.stat(one.file)
    return where
