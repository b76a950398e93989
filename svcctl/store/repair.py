"""Repairing month files: what is damaged in them is set aside, byte for byte, and the rest stays as it is.

Looking at a file (``diagnose``) changes nothing. Repairing keeps first and replaces then, so that a crash at any
moment leaves all the bytes somewhere, and the next run comes to the same end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from svcctl.errors import Refused, SvcError
from svcctl.nouns import CATALOGUE
from svcctl.store import codec, erasing, faults, groups, kept
from svcctl.store.codec import Piece
from svcctl.store.files import Root
from svcctl.store.seals import ASIDE, read_seals
from svcctl.store.view import SEALS
from svcctl.store.writer import Writer
from svcctl.texts import Text

_BOM = b"\xef\xbb\xbf"
_CONFLICT = rb"(?m)^(?:<{7}|>{7}) "
_SUM_END = rb"(?m)^[\"']?sum[\"']?[ \t]*:[^\n]*\n"
_MERGE = Text("有 git 的冲突标记", "it has git's conflict markers")
_MERGE_TODO = Text("请运行 svcctl merge", "Run svcctl merge")


class Part(NamedTuple):
    """Bytes of a file that cannot be believed: their first line, why, and the ids that can be read in them."""

    line: int
    what: Text
    raw: bytes
    ids: tuple[str, ...]


class Diagnosis(NamedTuple):
    """What repairing one file would do. ``new`` are its bytes afterwards; ``problem``: it is not touched, and why."""

    file: str
    new: bytes
    damaged: tuple[Part, ...] = ()
    torn: bytes = b""
    finished: tuple[str, ...] = ()  # ids of entries that were erased by half
    bom: bool = False
    problem: SvcError | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.damaged or self.torn or self.finished or self.bom)


class Outcome(NamedTuple):
    """A repaired file and the kept files, by ledger-relative path, that hold what was set aside (``""``: none)."""

    diagnosis: Diagnosis
    damaged: str
    torn: str


Lines = Mapping[int, Text]  # why the document that begins on a line is to be set aside


def diagnose(root: Root, moment: str, *, still: bool = False) -> list[Diagnosis]:
    """What there is to repair in the month files and seals, file by file. ``moment``: ISO, of finished erasures.

    ``still``: the caller holds the ledger's lock.
    """
    found = []
    loose = _loose(root, still=still)
    for rel in root.month_files():
        try:
            one = examine(rel, root.read(rel), moment, loose.get(rel, {}))
        except SvcError as error:
            one = Diagnosis(rel, b"", problem=error)
        if one.changes or one.problem is not None:
            found.append(one)
    return found


def _loose(root: Root, *, still: bool) -> dict[str, Lines]:
    """What cannot stand in the files of the seals though its sum is right, by file: a page whose seal is damaged goes with it."""
    found: dict[str, dict[int, Text]] = {}
    try:
        findings = read_seals(root, still=still).findings
    except SvcError:  # a file or a link that is told of when its own turn comes
        return {}
    for one in findings:
        if one.code in ASIDE:
            found.setdefault(one.file, {})[one.line] = one.message
    return dict(found)


def examine(rel: str, data: bytes, moment: str, loose: Lines | None = None) -> Diagnosis:
    """What there is to repair in the bytes of one file. ``loose``: what is to be set aside beside what is damaged."""
    if re.search(_CONFLICT, data):
        return Diagnosis(rel, data, problem=Refused(_MERGE, where=rel, todo=_MERGE_TODO))
    plain = data.removeprefix(_BOM).replace(b"\n" + _BOM + b"---", b"\n---")
    out: list[bytes] = []
    damaged: list[Part] = []
    finished: list[str] = []
    torn, done = b"", 0
    for piece in _split(plain):
        out.append(plain[done : piece.start])
        done, raw = piece.end, plain[piece.start : piece.end]
        if piece.problem is not None and piece.problem.code == "torn":
            torn = raw
            continue
        wrong = _wrong(piece, is_seal=rel.startswith(f"{SEALS}/"))
        made = erasing.without(piece.doc, moment) if wrong and piece.doc and erasing.half_erased(piece.doc) else None
        if made is not None:
            out.append(erasing.rewritten(raw, made, erasing.personal_values(piece.doc or {})))
            finished.append(str(made["id"]))
        elif wrong is not None or piece.line in (loose or {}):
            names = dict.fromkeys(found.decode() for found in re.findall(codec.ID_LINE, raw))
            line, what = (wrong.line, wrong.what) if wrong is not None else (piece.line, (loose or {})[piece.line])
            damaged.append(Part(line, what, raw, tuple(names)))
        else:
            out.append(raw)
    new = b"".join([*out, plain[done:]])
    return Diagnosis(rel, new, tuple(damaged), torn, tuple(finished), bom=plain != data)


def _split(data: bytes) -> Iterator[Piece]:
    """The documents of a file; one that only lost the line between it and a damaged one is told apart from that."""
    for piece in codec.pieces(data):
        raw = data[piece.start : piece.end]
        end = re.search(_SUM_END, raw)
        if piece.problem is None or end is None or not raw[end.end() :].strip():
            yield piece
            continue
        first = next(codec.pieces(raw[: end.end()]), None)
        if first is None or first.end != end.end() or _wrong(first, is_seal=False) is not None:
            yield piece
            continue
        cut, line = piece.start + first.end, piece.line + raw.count(b"\n", 0, first.end)
        yield first._replace(line=piece.line, start=piece.start, end=cut)
        yield piece._replace(line=line, start=cut, doc=None, exact=False, problem=piece.problem)


def _wrong(piece: Piece, *, is_seal: bool) -> codec.Problem | None:
    """Why a document cannot be believed; None if it can, or if nobody here can tell, or a person typed it."""
    problem = piece.problem
    if problem is not None:
        typed = problem.code == "unsigned" or (is_seal and problem.code == "too-large")
        return None if typed else problem
    doc = piece.doc or {}
    if str(doc.get("kind", "")) not in CATALOGUE and not is_seal:
        return None
    return codec.sum_problem(doc, erasing.personal_of(doc), piece.line)


def repair(writer: Writer, rel: str, moment: str) -> Outcome:
    """Keep what is damaged or torn in a file and put what is left in its place. Under the ledger's lock.

    Raises Refused, StorageFault; then the file is as it was.
    """
    loose = _loose(writer.root, still=True).get(rel, {}) if rel.startswith(f"{SEALS}/") else {}
    one = examine(rel, kept.held(writer.root, rel), moment, loose)
    if one.problem is not None:
        raise one.problem
    if not one.changes:
        return Outcome(one, "", "")
    folder, _, name = rel.rpartition("/")
    raw = b"".join(part.raw for part in one.damaged)
    damaged = torn = ""
    try:
        with writer.root.folder(folder) as here:
            if raw:
                damaged = here.where(kept.keep(here, name, kept.DAMAGED, raw))
            if one.torn:
                torn = here.where(kept.keep(here, name, kept.TORN, one.torn))
    except OSError as error:
        raise faults.write_fault(error, one.file) from error
    writer.rewrite(one.file, one.new)
    return Outcome(one, damaged, torn)


def broken_groups(root: Root) -> list[str]:
    """The pending groups that cannot be used, by name."""
    return [group.name for group in groups.pending(root) if group.problem is not None and not group.files]


def set_group_aside(root: Root, name: str) -> str:
    """Rename a pending group that cannot be used, so that nobody trips over it; its new path. Raises StorageFault."""
    aside = f"{name}.{kept.DAMAGED}"
    try:
        with root.folder(groups.PENDING) as folder:
            folder.replace(name, aside)
            folder.sync()
    except OSError as error:
        raise faults.write_fault(error, groups.PENDING) from error
    return f"{groups.PENDING}/{aside}"
