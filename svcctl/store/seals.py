"""Seals as they are stored: ``seals/2026-10.yaml`` holds each seal of October and the pages of its list.

They have the form of entries, so that the writer makes them durable, all or none; but they belong to no noun, and no
reader of entries sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from svcctl.entry import Place
from svcctl.errors import SvcError
from svcctl.seal import KIND, PREFIX, Seal, Seals, Sums, again
from svcctl.store import codec
from svcctl.store.codec import Doc, Value
from svcctl.store.documents import Finding
from svcctl.store.files import Root
from svcctl.store.looked import sealed_before
from svcctl.store.view import SEALS, View, consistent, unreadable
from svcctl.texts import Text

PAGE = 10_000  # entries that a page lists; with ids of the usual length less than half of what a document may hold
_SEAL, _ACCEPT, _LIST = "seal", "accept", "list"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # of ids
_MONTH = "[0-9]{4}-(?:0[1-9]|1[0-2])"

_REPAIR = Text("移开：svcctl check --repair", "set it aside: svcctl check --repair")
_FOREIGN = Text("seals/ 里只有结账记录，这一条没有计入；", "seals/ holds nothing but seals, and this is not counted; ").joined(_REPAIR, en="")
_FORM = Text(
    "{key} 不是结账记录应有的样子，没有计入；是更新的 svcctl 写的就升级这里的，否则 git checkout -- {file}，"
    "或移开再重新结账：mv {file} {file}.damaged-1，svcctl seal {month}",
    "{key} is not what a seal has there, and this is not counted; if a newer svcctl wrote it, update this one, else "
    "git checkout -- {file}, or set the file aside and seal it again: mv {file} {file}.damaged-1, svcctl seal {month}",
)
_PLACE = Text(
    "{month} 的结账记录应在 seals/{month}.yaml 一类的文件中；改名：mv -n {file} seals/{month}.yaml",
    "a seal of {month} belongs into a file like seals/{month}.yaml; rename it: mv -n {file} seals/{month}.yaml",
)
_LOOSE = Text(
    "它所属的结账记录 {of} 不存在；找回：git checkout -- {file}，或用备份；没有就先移开（svcctl check --repair），再重新结账：svcctl seal {month}",
    "there is no seal {of} for it to belong to; bring it back: git checkout -- {file}, or from a backup; else set this aside "
    "(svcctl check --repair) and seal it again: svcctl seal {month}",
)
_PAGES = Text("清单应有 {pages} 页，只有 {there} 页", "its list has {pages} pages, of which {there} are here")
_COPY = Text("与 {place} 重复，只计一次；", "a copy of {place}, counted once; ").joined(_REPAIR, en="")
_CLASH = Text(
    "同一 id 的内容与 {place} 不同；只计入那一条；留它就用 svcctl check --repair --keep {place}",
    "the same id with another content as {place}, which is the one counted; to keep that one: svcctl check --repair --keep {place}",
)
# What a repair sets aside though its sum is right; not what a newer svcctl may have made of seals ("seal-form").
ASIDE = frozenset({"not-a-seal", "dangling"})


class Read(NamedTuple):
    """The seals of a ledger, and what there is to say of their files."""

    seals: Seals
    findings: list[Finding]

    @property
    def unread(self) -> set[str]:
        """The months whose seal may be in what could not be read, by the names of the files."""
        return {f.file[len(SEALS) + 1 :][:7] for f in self.findings if f.file.startswith(f"{SEALS}/") and (f.damage or f.code == "torn")}

    def missing(self, root: Root) -> dict[str, str]:
        """The months that were sealed when this machine last looked, and are not now, with the files of their seals.

        Of seals that were read by one month the answer is good for that month only.
        """
        unread = self.unread
        return {month: file for month, file in sealed_before(root).items() if month not in self.seals.closed and month not in unread}


def read_seals(root: Root, *, still: bool = False, month: str = "") -> Read:
    """Every seal of a ledger, or those in the files of one month. ``still``: the caller holds the ledger's lock.

    What cannot be believed is left out and named. Raises Locked if writers leave no gap, Refused for a link in the
    folder's place, StorageFault.
    """
    return consistent(root, lambda view: _Reading(view, month).read(), still=still, seals=True)


def docs_of(seal: Seal) -> list[Doc]:
    """The documents that a seal is stored as: itself, then the pages of its list."""
    pages = [page for month in sorted(seal.lists) for page in _pages(seal, month, seal.lists[month])]
    main: Doc = {
        "id": seal.id, "kind": KIND, "event": _ACCEPT if seal.of else _SEAL, "of": seal.of, **_when(seal), "month": seal.month,
        "reason": seal.reason, "builds_on": list(seal.on), "instead_of": list(seal.instead), "pages": str(len(pages)), "counts": dict(seal.counts),
        "totals": dict(seal.totals), "measures": dict(seal.measures), "hash": seal.hash, "version": seal.version,
        "settings": seal.settings, "note": seal.note,
    }  # fmt: skip
    numbered: list[Doc] = [{**page, "id": _page_id(seal.id, number)} for number, page in enumerate(pages)]
    return [_summed(doc) for doc in (main, *numbered)]


def _when(seal: Seal) -> Doc:
    return {"at": seal.at.isoformat(timespec="seconds"), "recorded": seal.recorded.isoformat(timespec="microseconds"), "by": seal.by}


def _pages(seal: Seal, month: str, sums: Sums) -> Iterator[Doc]:
    names = sorted(sums)
    for first in range(0, len(names), PAGE):
        entries = {name: sums[name] for name in names[first : first + PAGE]}
        yield {"id": "", "kind": KIND, "event": _LIST, "of": seal.id, **_when(seal), "month": month, "entries": entries}


def _page_id(seal: str, number: int) -> str:
    """The id of a page: it follows from the seal's, so that the same seal is always stored as the same documents."""
    drawn = int(codec.sha256(f"{seal}/{number}".encode()).hexdigest(), 16)
    return PREFIX + "-" + "".join(_ALPHABET[(drawn >> (5 * i)) & 31] for i in range(10))


def _summed(doc: Doc) -> Doc:
    doc = {key: value for key, value in doc.items() if value}
    return {**doc, "sum": codec.sums(doc, ())[0]}


class _Reading:
    """One pass over the files of the seals."""

    def __init__(self, view: View, month: str) -> None:
        self._view = view
        self._month = month
        self._findings: list[Finding] = list(view.problems)
        self._known: dict[str, tuple[str, Place]] = {}
        self._mains: list[tuple[Doc, Place]] = []
        self._lists: dict[str, dict[str, dict[str, str]]] = {}  # by seal and month
        self._odd: set[str] = set()  # ids of what looks like no seal that is known here
        self._pages: dict[str, list[Finding]] = {}  # by seal: what to say of each if there is no such seal

    def read(self) -> Read:
        for rel in self._view.files:
            if rel.startswith(f"{SEALS}/{self._month}"):
                self._file(rel)
        mains = {str(doc["id"]) for doc, _ in self._mains} | self._odd
        for seal, loose in self._pages.items():
            self._findings += loose if seal not in mains else ()
        seals = Seals([self._seal(doc, place) for doc, place in self._mains])
        for one in seals.all:
            if not one.whole and one.id not in seals.replaced:
                pages = next(int(_text(doc, "pages")) for doc, _ in self._mains if doc["id"] == one.id)
                what = _PAGES.fill(pages=pages, there=len(self._pages.get(one.id, ()))).joined(again(one), "；", "; ")
                self._say(one.place, one.id, "seal-pages", what)
        return Read(seals, sorted(self._findings, key=lambda f: (f.file, f.line, f.id, f.code)))

    def _file(self, rel: str) -> None:
        try:
            data = self._view.data(rel)
        except SvcError as error:
            found = unreadable(self._view, rel, error)
            self._findings += [found] if found else []
            return
        for piece in codec.pieces(data):
            problem = piece.problem
            if problem is None and piece.doc is not None:
                problem = codec.sum_problem(piece.doc, (), piece.line)
            name = _text(piece.doc or {}, "id")
            if problem is not None:
                if problem.code != "torn" or rel not in self._view.busy:
                    self._findings.append(Finding(rel, problem.line, name, problem.code, problem.what, problem.damage))
            elif piece.doc is not None and self._is_new(piece.doc, Place(rel, piece.line)):
                self._take(piece.doc, Place(rel, piece.line))

    def _is_new(self, doc: Doc, place: Place) -> bool:
        """Whether it is not a copy of a document that was read before."""
        name, total = str(doc["id"]), str(doc["sum"])
        known, where = self._known.setdefault(name, (total, place))
        if where == place:
            return True
        if known == total:
            self._say(place, name, "copy", _COPY.fill(place=str(where)), damage=False)
        else:
            self._say(place, name, "clash", _CLASH.fill(place=str(where)))
        return False

    def _take(self, doc: Doc, place: Place) -> None:
        name, event = str(doc["id"]), doc.get("event")
        if doc.get("kind") != KIND:
            self._say(place, name, "not-a-seal", _FOREIGN)
            return
        wrong, its = next(_misshapen(doc), ""), place.file[len(SEALS) + 1 :][:7]
        if wrong:
            self._say(place, name, "seal-form", _FORM.fill(key=wrong, file=place.file, month=its))
            self._odd.add(name)
            return
        month, of = str(doc["month"]), _text(doc, "of")
        if event == _LIST:
            self._lists.setdefault(of, {}).setdefault(month, {}).update(_map(doc, "entries"))
            loose = Finding(place.file, place.line, name, "dangling", _LOOSE.fill(of=of, file=place.file, month=its), damage=True)
            self._pages.setdefault(of, []).append(loose)
            return
        if not place.file.startswith(f"{SEALS}/{month}."):
            self._say(place, name, "wrong-month", _PLACE.fill(month=month, file=place.file), damage=False)
        self._mains.append((doc, place))

    def _seal(self, doc: Doc, place: Place) -> Seal:
        name, pages = str(doc["id"]), int(_text(doc, "pages") or "0")
        there = len(self._pages.get(name, ()))
        return Seal(
            name, str(doc["month"]), datetime.fromisoformat(str(doc["at"])), datetime.fromisoformat(str(doc["recorded"])),
            _text(doc, "by"), _text(doc, "reason"), _text(doc, "of"), _names(doc, "builds_on"), _text(doc, "hash"),
            _map(doc, "counts"), _map(doc, "totals"), _map(doc, "measures"), _text(doc, "settings"), _text(doc, "version"),
            self._lists.get(name, {}), place, _text(doc, "note"), there == pages, _names(doc, "instead_of"),
        )  # fmt: skip

    def _say(self, place: Place, name: str, code: str, what: Text, *, damage: bool = True) -> None:
        self._findings.append(Finding(place.file, place.line, name, code, what, damage))


def _misshapen(doc: Doc) -> Iterator[str]:
    """The keys whose values a seal, or a page of its list, cannot have."""
    event = doc.get("event")
    if event not in (_SEAL, _ACCEPT, _LIST):
        yield "event"
    if re.fullmatch(_MONTH, _text(doc, "month")) is None:
        yield "month"
    for key in ("at", "recorded"):
        if not _is_moment(_text(doc, key)):
            yield key
    if bool(doc.get("of")) is (event == _SEAL):
        yield "of"
    if event == _LIST:
        if not isinstance(doc.get("entries"), dict):
            yield "entries"
        return
    if re.fullmatch("[0-9]{1,9}", _text(doc, "pages")) is None:
        yield "pages"
    yield from (key for key in ("builds_on", "instead_of") if not isinstance(doc.get(key, []), list))
    yield from (key for key in ("counts", "totals", "measures") if not isinstance(doc.get(key, {}), dict))
    yield from (key for key in ("reason", "hash", "settings", "version") if not isinstance(doc.get(key, ""), str))


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _text(doc: Doc, key: str) -> str:
    value: Value = doc.get(key, "")
    return value if isinstance(value, str) else ""


def _names(doc: Doc, key: str) -> tuple[str, ...]:
    value: Value = doc.get(key, [])
    return tuple(value) if isinstance(value, list) else ()


def _map(doc: Doc, key: str) -> dict[str, str]:
    value: Value = doc.get(key, {})
    return value if isinstance(value, dict) else {}
