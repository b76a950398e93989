"""What the documents of a month file are good for: which can be believed, and what there is to say of the others.

Both readers, with and without the index, see a file through this module only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from svcctl.entry import CORRECTIONS
from svcctl.fields import MasterType, RefType, SharesType
from svcctl.nouns import CATALOGUE, noun
from svcctl.store import codec
from svcctl.store.codec import Doc, Problem, Value
from svcctl.texts import Text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_KIND = Text("未知的名词，校验和无法核对，未计入", "an unknown noun; its sum cannot be verified and it is not counted")
_MOMENT = Text("{key} 应为时间，如 2026-11-24T09:00:00+08:00", "{key}: expected a time like 2026-11-24T09:00:00+08:00")
_EVENT = Text("{kind} 没有这个动词", "{kind} has no such event")
_NO_OF = Text("{event} 须写明 of（属于哪条记录）", "{event} needs `of`, the record it belongs to")
_FOLDER = Text("{kind} 应在文件夹 {folder}/ 中", "{kind} belongs into the folder {folder}/")
_WHOLE = Text(
    "末尾的一条记录（{n} 字节{id}）是完整的，只缺最后的换行，未计入；补上换行就会计入",
    "ends in an entry of {n} bytes{id} that is whole but for its last line feed, and is not counted; with the line feed it is",
)
_MONTH = Text(
    "at 不在此文件的月份内；文件改过名就改回来，记录被挪过就原样移到 {folder}/{month}.yaml，或 git checkout -- {file}",
    "`at` does not lie in the month of this file; if the file was renamed, name it as before; if the entry was moved, move its lines "
    "as they are into {folder}/{month}.yaml, or git checkout -- {file}",
)


class Stored(NamedTuple):
    """A document that can be believed, and where it stands: ledger-relative file, line of its ``---``."""

    doc: Doc
    file: str
    line: int


class Finding(NamedTuple):
    """Something that reading had to say. ``damage``: figures made without it may be incomplete."""

    file: str
    line: int
    id: str
    code: str
    message: Text
    damage: bool


class Seen(NamedTuple):
    """A document that can be believed, with what the readers need of it.

    ``start`` and ``stop`` are byte offsets in the file, ``at`` epoch seconds, ``recorded`` epoch microseconds.
    """

    doc: Doc
    file: str
    line: int
    start: int
    stop: int
    id: str
    kind: str
    of: str
    at: int
    recorded: int
    by: str
    key: str
    sum: str
    erased: str
    exact: bool  # its bytes are as svcctl writes them

    @property
    def stored(self) -> Stored:
        """The document and its place."""
        return Stored(self.doc, self.file, self.line)


class Said(NamedTuple):
    """A finding and the byte at which its document begins."""

    start: int
    finding: Finding


def rank(seen: Seen) -> tuple[int, str, bool, str, str, int]:
    """Of several copies of one id the least counts: of equal ones an erased one, wherever they stand."""
    return (seen.recorded, seen.sum, not seen.erased, seen.erased, seen.file, seen.start)


def twin_finding(file: str, line: int, copy: tuple[str, str, str], counted: tuple[str, str], place: str) -> Finding:
    """What to say of a copy ``(id, sum, erased)`` that stands beside the one that is counted ``(sum, erased)``."""
    name, total, erased = copy
    if total != counted[0]:
        what = Text("同一 id 的内容与 {place} 不同；只计入那一条", "the same id with another content as {place}, which is the one counted")
        return Finding(file, line, name, "clash", what.fill(place=place), damage=True)
    if counted[1] and not erased:
        what = Text("个人信息在 {place} 已删除，此处仍保留", "its personal fields were erased in {place} and still stand here")
        return Finding(file, line, name, "unerased-copy", what.fill(place=place), damage=False)
    what = Text("与 {place} 重复，只计一次", "a copy of {place}, counted once")
    return Finding(file, line, name, "copy", what.fill(place=place), damage=False)


def dangling_finding(file: str, line: int, name: str, of: str) -> Finding:
    """What to say of an entry whose ``of`` leads to no record of its noun."""
    what = Text("of 指向的 {of} 不存在或不是同一名词，未计入", "`of`: there is no {of} of the same noun; it is not counted")
    return Finding(file, line, name, "dangling", what.fill(of=_brief(of)), damage=True)


class _Kind(NamedTuple):
    personal: frozenset[str]
    opens: dict[str, bool]  # by event
    folder: str
    references: dict[str, tuple[tuple[str, str], ...]]  # by event: field, noun


class Judge:
    """Judges documents. ``zone`` is the site's, by which entries are put into months."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._kinds: dict[str, _Kind] = {}

    def file(self, rel: str, data: bytes, base: int = 0, line: int = 1) -> Iterator[Seen | Said]:
        """Every document of ``data``, which begins at byte ``base`` and on line ``line`` of the file ``rel``."""
        folder = rel.partition("/")[0]
        first, after = self._month(rel)
        for piece in codec.pieces(data):
            start, at_line = piece.start + base, piece.line + line - 1
            doc, problem = piece.doc, piece.problem
            if problem is not None:
                if problem.code == "torn" and self._whole(tail := data[piece.start :]):
                    problem = problem._replace(what=codec.of_tail(_WHOLE, tail))
                yield _said(rel, start, problem._replace(line=problem.line + line - 1), doc)
                continue
            doc = doc or {}  # there is one where nothing is wrong
            seen = self._seen(rel, doc, start, piece.end + base, at_line, piece.exact)
            if isinstance(seen, Problem):
                yield _said(rel, start, seen, doc)
                continue
            yield seen
            home = self._kind(seen.kind).folder
            if home != folder:
                what = _FOLDER.fill(kind=seen.kind, folder=home)
                yield Said(start, Finding(rel, at_line, seen.id, "wrong-folder", what, damage=False))
            if not first <= seen.at < after and not ("late" in doc and first <= seen.recorded // 1_000_000 < after):
                yield Said(start, Finding(rel, at_line, seen.id, "wrong-month", self._moved(seen, home), damage=False))

    def _moved(self, seen: Seen, folder: str) -> Text:
        """What to do with an entry that stands in the file of another month."""
        return _MONTH.fill(folder=folder, month=_month_of(seen, self.zone), file=seen.file)

    def believed(self, data: bytes, ids: list[str]) -> list[Doc] | None:
        """The documents of ``data`` if they are exactly these, each with a true sum; else None."""
        docs: list[Doc] = []
        for piece, name in zip(codec.pieces(data), ids, strict=False):
            doc = piece.doc
            if doc is None or piece.problem is not None or doc["id"] != name or doc.get("kind") not in CATALOGUE:
                return None
            if codec.sum_problem(doc, self._kind(str(doc["kind"])).personal, 0) is not None:
                return None
            docs.append(doc)
        return docs if len(docs) == len(ids) else None

    def sums_ok(self, doc: Doc) -> bool:
        """Whether the sums of a signed document are right, as far as its noun is known."""
        kind = str(doc.get("kind", ""))
        return kind not in CATALOGUE or codec.sum_problem(doc, self._kind(kind).personal, 0) is None

    def _whole(self, tail: bytes) -> bool:
        """Whether a torn tail is an entry to which nothing is missing but the line feed after it."""
        pieces = list(codec.pieces(tail + b"\n"))  # none of what is blank then
        if len(pieces) != 1 or pieces[0].doc is None or pieces[0].problem is not None:
            return False
        return isinstance(self._seen("", pieces[0].doc, 0, 0, 0, True), Seen)

    def targets(self, seen: Seen) -> list[str]:
        """What a document points to, as ``noun/value``: records by id, masters by name."""
        found = []
        for field, kind in self._kind(seen.kind).references.get(str(seen.doc.get("event", "")), ()):
            value = seen.doc.get(field)
            if value is not None:
                found += [f"{kind}/{one}" for one in _texts(value)]
        return found

    def _kind(self, name: str) -> _Kind:
        known = self._kinds.get(name)
        if known is None:
            declared = noun(name)
            # By event, for a field may be a text in one verb and a reference in another; a correction may name any.
            references = {
                v.event: tuple((s.name, s.type.noun) for s in v.specs if isinstance(s.type, RefType | MasterType | SharesType))
                for v in declared.verbs
            }
            references |= dict.fromkeys(CORRECTIONS, tuple({pair: None for found in references.values() for pair in found}))
            opens = {v.event: v.opens for v in declared.verbs} | dict.fromkeys(CORRECTIONS, False)
            known = self._kinds[name] = _Kind(declared.personal(), opens, declared.folder, references)
        return known

    def _seen(self, rel: str, doc: Doc, start: int, stop: int, line: int, exact: bool) -> Seen | Problem:
        name = str(doc.get("kind", ""))
        if name not in CATALOGUE:
            return Problem("unknown-kind", line, _KIND, damage=False)
        kind = self._kind(name)
        problem = codec.sum_problem(doc, kind.personal, line)
        if problem is not None:
            return problem
        at, recorded = _moment(doc.get("at")), _moment(doc.get("recorded"))
        if at is None or recorded is None:
            return Problem("moment", line, _MOMENT.fill(key="at" if at is None else "recorded"))
        event, of = str(doc.get("event", "")), str(doc.get("of", ""))
        if event not in kind.opens:
            return Problem("event", line, _EVENT.fill(kind=name))
        if not of and not kind.opens[event]:
            return Problem("no-of", line, _NO_OF.fill(event=event))
        return Seen(
            doc, rel, line, start, stop, str(doc["id"]), name, of, at // 1_000_000, recorded, str(doc.get("by", "")),
            str(doc.get("key", "")), str(doc["sum"]), str(doc.get("erased", "")), exact,
        )  # fmt: skip

    def _month(self, rel: str) -> tuple[int, int]:
        """The first second of the file's month in the site's zone, and the first after it."""
        month = rel.rpartition("/")[2]
        year, number = int(month[:4]), int(month[5:7])
        try:
            first = datetime(year, number, 1, tzinfo=self.zone)
            after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=self.zone)
        except ValueError:
            return 0, 0  # the year 0000 or 9999: nothing belongs there
        return int(first.timestamp()), int(after.timestamp())


def _said(rel: str, start: int, problem: Problem, doc: Doc | None) -> Said:
    name = doc.get("id", "") if doc else ""
    shown = _brief(name) if isinstance(name, str) else ""
    return Said(start, Finding(rel, problem.line, shown, problem.code, problem.what, problem.damage))


def _moment(value: Value | None) -> int | None:
    """Epoch microseconds of a stored time, None if it is none."""
    if not isinstance(value, str) or len(value) < 20:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, TypeError, OverflowError):  # no time; one without an offset; one at the end of all times
        return None


def _month_of(seen: Seen, zone: tzinfo) -> str:
    """The month in whose file an entry belongs; what came late belongs to that in which it was recorded."""
    seconds = seen.recorded // 1_000_000 if "late" in seen.doc else seen.at
    try:
        return f"{(_EPOCH + timedelta(seconds=seconds)).astimezone(zone):%Y-%m}"
    except OverflowError:  # at the end of all times
        return "YYYY-MM"


def _texts(value: Value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
