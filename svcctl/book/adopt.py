"""Taking in what a person typed into a month file: checked by every rule, and signed where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from svcctl.book import stream
from svcctl.book.closing import Sealed
from svcctl.book.open import Book, sums_ok
from svcctl.book.record import Recorder, home_of
from svcctl.book.wish import Draft
from svcctl.errors import Refused, SvcError
from svcctl.store import codec, kept
from svcctl.store.codec import Piece
from svcctl.store.view import SEALS
from svcctl.store.writer import Writer
from svcctl.texts import Text, same

_CHECK = Text("先运行 svcctl check --repair", "Run svcctl check --repair first")
_ELSEWHERE = Text("它应在 {file}", "it belongs into {file}")
_MOVE = Text("把它移到那里，再运行 svcctl check --adopt{late}；或用 svcctl {kind} {event}{more} 登记后删去这几行",
             "Move it there, then svcctl check --adopt{late}; or record it with svcctl {kind} {event}{more} and delete these lines")  # fmt: skip
_OPTION = Text(" --late 原因", " --late REASON")
_FIRST = Text(
    "先把这几行移到 {file}，再收入并写明原因：svcctl check --adopt --late 原因",
    "To take it in as late, first move these lines into {file}, then say why: svcctl check --adopt --late REASON",
)
_SAY_LATE = Text("补录请写明原因：svcctl check --adopt --late 原因", "To take it in as late, say why: svcctl check --adopt --late REASON")
_BRINGS = Text("它还会带来 {file} 里的一条", "it would bring an entry into {file}")
_COMMAND = Text("用 svcctl {kind} {event} 登记，再删去这几行", "Record it with svcctl {kind} {event} and delete these lines")
_THERE = Text("它已入账：{id}", "it is recorded already: {id}")
_DELETE = Text("删去这几行即可", "Just delete these lines")


class Taken(NamedTuple):
    """What became of a typed document: the draft of its entry with those that it brings, or why it was left as it is."""

    file: str
    line: int
    draft: Draft | None
    problem: SvcError | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids it was given, its own first."""
        return () if self.draft is None else tuple(one.entry.id for one in self.draft.all)


def typed_in(data: bytes) -> Iterator[Piece]:
    """The documents of a file that somebody typed: they have neither id nor sum."""
    return (piece for piece in codec.pieces(_ended(data)) if _is_typed(piece))


def _is_typed(piece: Piece) -> bool:
    return piece.problem is not None and piece.problem.code == "unsigned" and piece.doc is not None


def _ended(data: bytes) -> bytes:
    """The bytes with a last line feed, if only that is missing after a typed document: many editors write none.

    A write that was interrupted is no such thing: what svcctl writes begins with an id.
    """
    cut = codec.torn_tail(data)
    if cut is None or data.endswith(b"\n"):
        return data
    last = list(codec.pieces(data[cut:] + b"\n"))
    return data + b"\n" if len(last) == 1 and _is_typed(last[0]) else data


class Adoption:
    """Takes in the typed documents of a ledger; ``by`` records those that do not say who did, and ``late`` is why those
    of a sealed month come that do not say why.

    ``writer`` holds the ledger's lock; without one it is only said what would be done. ``clock`` gives ``recorded``.

    Each is put in place as soon as it is accepted, so that whatever refers to it finds it. A first refusal may only
    be due to the order in which files are gone through: passes are made as long as they bring something.
    """

    def __init__(self, book: Book, writer: Writer | None, clock: Callable[[], datetime], by: str, late: str = "") -> None:
        self._book, self._writer, self._clock, self._by, self._late = book, writer, clock, by, late
        self._recorder: Recorder | None = None

    def run(self) -> Iterator[Taken]:
        """What became of each typed document: those taken in as they are, then those that are left."""
        if self._writer is not None:
            kept.sweep(self._book.root)
        refused: list[Taken] = []
        progress = True
        while progress:
            progress, refused = False, []
            for rel in self._book.root.month_files():
                for one in self._file(rel) if not rel.startswith(f"{SEALS}/") else ():
                    if one.ids:
                        progress = self._writer is not None
                        yield one
                    else:
                        refused.append(one)
        yield from refused

    def _file(self, rel: str) -> Iterator[Taken]:
        data = _ended(self._book.root.read(rel))
        waiting = list(typed_in(data))
        if not waiting:
            return
        try:
            _whole(rel, data)
            if self._writer is not None:
                kept.held(self._book.root, rel)
        except Refused as problem:
            yield from (Taken(rel, piece.line, None, problem) for piece in waiting)
            return
        shift = lines = 0
        for piece in waiting:
            place = piece.line + lines
            try:
                draft = self._draft(rel, piece, place)
            except SvcError as problem:
                yield Taken(rel, place, None, problem)
                continue
            if self._writer is not None:
                signed = b"".join(codec.dump(one.doc) for one in draft.all)
                start, stop = piece.start + shift, piece.end + shift
                lines += signed.count(b"\n") - data.count(b"\n", start, stop)
                data = data[:start] + signed + data[stop:]
                shift += len(signed) - (piece.end - piece.start)
                self._writer.rewrite(rel, data, [one.doc for one in draft.all])
                self._book.refresh()
                self._recorder = None  # what it drafted is in the files now
            yield Taken(rel, place, draft)

    def _draft(self, rel: str, piece: Piece, line: int) -> Draft:
        """The entry that a typed document comes to. Raises a SvcError if it cannot be taken in where it stands."""
        recorder = self._recorder or Recorder(self._book, self._clock)
        self._recorder = recorder
        wish = stream.wish(dict(piece.doc or {}))
        wish = wish._replace(by=wish.by or self._by, late=wish.late or self._late)
        try:
            made = recorder.draft(wish)
        except Sealed as sealed:
            home = home_of(self._book, wish.noun, self._book.now)  # what is late stands with what is recorded now
            sealed.todo = _SAY_LATE if home == rel else _FIRST.fill(file=home)
            raise
        kind, event = wish.noun, wish.event
        if not isinstance(made, Draft):
            raise Refused(_THERE.fill(id=made.ids[0]), todo=_DELETE)
        problem: SvcError | None = None
        if made.file != rel:
            problem = Refused(_ELSEWHERE.fill(file=made.file), todo=_move(kind, event, late=bool(made.entry.late), typed=bool(wish.late and not self._late)))
        for other in made.brings:
            if other.file != rel and problem is None:
                problem = Refused(_BRINGS.fill(file=other.file), todo=_COMMAND.fill(kind=kind, event=event))
        if problem is not None:
            self._recorder = None  # it must not go on from a draft that is not taken
            raise problem
        return made


def _move(kind: str, event: str, *, late: bool, typed: bool) -> Text:
    """Where a typed document stands in the wrong file. ``typed``: the reason why it is late stands in it."""
    option = _OPTION if late else same("")
    return _MOVE.fill(kind=kind, event=event, late=same("") if typed else option, more=same(" …").joined(option, en="") if late else same(""))


def _whole(rel: str, data: bytes) -> None:
    """Raise Refused if a file is damaged: nothing is written into it."""
    for piece in codec.pieces(data):
        problem = piece.problem
        damaged = problem is not None and problem.damage
        if damaged or (problem is None and piece.doc is not None and "sum" in piece.doc and not sums_ok(piece.doc)):
            what = problem.what if problem is not None else Text("文件里有损坏", "the file is damaged")
            raise Refused(what, where=f"{rel}:{problem.line if problem is not None else piece.line}", todo=_CHECK)
