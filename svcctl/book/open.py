"""Opening a ledger: where it is, its site, and everything a command reads from it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from svcctl import __version__, account, nouns, site
from svcctl.entry import Entry, Noun, Place, typed
from svcctl.errors import NotFound, Refused, SvcError
from svcctl.fields import Value
from svcctl.fold import Case, fold
from svcctl.site import Site
from svcctl.store import codec, desk, faults
from svcctl.store.files import Root, Signature
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.seal import Seal, Seals
    from svcctl.store.documents import Stored
    from svcctl.store.reader import Reader
    from svcctl.store.seals import Read
    from svcctl.store.writer import Writer

_CACHE = "site.json"
_NAMED = 6  # entries named in one warning
SMALL = 200_000  # bytes of master records up to which reading their files is quicker than opening the index


def locate(given: str, environ: Mapping[str, str], start: str) -> str:
    """The ledger's folder: ``given`` (``-C``), else ``$SVCCTL_LEDGER``, else the nearest one upward of ``start``."""
    named = given or environ.get("SVCCTL_LEDGER", "")
    if named:
        if not _is_ledger(named):
            inner = os.path.join(named, "ledger")
            if _is_ledger(inner):
                return inner
            raise NotFound(
                Text("这里没有台账（找不到 ledger.yaml）", "there is no ledger here (no ledger.yaml)"),
                where=named,
                todo=Text("新建一个：svcctl init 目录 --profile street", "Make one: svcctl init DIR --profile street"),
            )
        return named
    here = os.path.abspath(start)
    while True:
        for folder in (here, os.path.join(here, "ledger")):
            if os.path.isfile(os.path.join(folder, site.FILE)):
                return folder
        above = os.path.dirname(here)
        if above == here:
            break
        here = above
    raise NotFound(
        Text("从当前目录往上没有找到台账", "no ledger was found from the current folder upward"),
        todo=Text(
            "用 -C 目录 指明，或新建：svcctl init 目录 --profile street",
            "Name it with -C DIR, or make one: svcctl init DIR --profile street",
        ),
    )


def _is_ledger(folder: str) -> bool:
    path = os.path.join(folder, site.FILE)
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:  # it may well be one
        raise faults.read_fault(error, path) from error


class Book:
    """A ledger opened by a command. Implements ``ledger.Source``.

    ``now`` is the command's moment; ``warn`` takes what has to be said on the way (never personal values).
    """

    def __init__(
        self, path: str, now: datetime, environ: Mapping[str, str], warn: Callable[[Text], None],
        *, use_index: bool = True, progress: Callable[[int, int], None] | None = None,
    ) -> None:  # fmt: skip
        self.root = Root(path)
        self.environ = environ
        self.warn = warn
        self.site = read_site(self.root)
        self.now = now.astimezone(self.site.zone)
        self._use_index = use_index
        self._progress = progress
        self._reader: Reader | None = None
        self._masters: dict[str, dict[str, tuple[str, ...]]] = {}
        self._still = False  # we hold the lock ourselves: nobody else writes
        self._seals: Seals | None = None
        self._beyond: dict[str, set[str]] = {}
        self.known_at: datetime | None = None  # what is asked about is what was recorded by then
        self._unread: list[Text] = []  # what could not be read of seals
        self._lost: list[Text] | None = None  # what is gone or changed of what a seal lists; None: nobody asked
        self._seal: Seal | None = None
        self._listed: dict[str, str] = {}  # the sums of what it knew
        self.known: frozenset[str] | None = None  # the ids of the entries that figures are made from; None: all of them

    # -- declarations ---------------------------------------------------------------------------------------------

    def noun(self, kind: str) -> Noun[Any]:
        """The declaration of that noun; raises NotFound."""
        try:
            return nouns.noun(kind)
        except KeyError:
            from svcctl.fields import near

            hint = near(kind, list(nouns.CATALOGUE))
            todo = Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None
            raise NotFound(Text(f"没有名词 {kind}", f"there is no noun {kind}"), todo=todo) from None

    def kinds(self) -> list[str]:
        """The nouns that this site uses, as far as there are such, in the site's order."""
        return [n for n in self.site.nouns if n in nouns.CATALOGUE]

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        """The reader, opened when first needed."""
        if self._reader is None:
            from svcctl.store.opening import open_reader

            self._reader = open_reader(
                self.root, self.site.zone, index=self._use_index, progress=self._progress, still=self._still
            )
        return self._reader

    def refresh(self) -> None:
        """Forget what was read, so that the next question sees the files as they are now."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._seals = None
        self._masters, self._beyond = {}, {}

    def close(self) -> None:
        """Give back every handle; the book is opened no more."""
        self.refresh()
        self.root.close()

    def entries(self, record: str) -> list[Entry]:
        """The entries of a record, typed; those that cannot be read are left out (``check`` names them)."""
        return self.typed(self.reader.entries(record))

    def case(self, record: str) -> Case[Any] | None:
        """A record folded as of now, in the light of its account."""
        return next(self.cases([record]), None)

    def cases(self, records: Iterable[str]) -> Iterator[Case[Any]]:
        """Records folded, in the light of their accounts, in the order given."""
        wanted = list(records)
        found: dict[str, Case[Any]] = {}
        for record, stored in self.reader.load(wanted):
            entries = self.typed(stored)
            case = fold(self.noun(entries[0].kind), entries) if entries else None
            if case is not None:
                found[record] = case
        yield from self.lit([found[record] for record in wanted if record in found])

    def lit(
        self, cases: Sequence[Case[Any]], as_of: datetime | None = None, known_at: datetime | None = None
    ) -> list[Case[Any]]:
        """The cases, folded as of a moment each by itself, in the light of their accounts as of then."""
        found: dict[str, Case[Any]] = {}
        for noun in {case.noun.name: case.noun for case in cases if case.noun.account_field}.values():
            mine = [case for case in cases if case.noun is noun]
            for name, several in account.grouped(noun, mine).items():
                since = min(case.opening.at for case in several)
                others = self.folded(noun, self.reader.account(noun.name, name, since), as_of, known_at)
                found |= {case.id: case for case in account.linked(noun, others, self.site)}
        return [found.get(case.id, case) for case in cases]

    def folded(
        self, noun: Noun[Any], records: Iterable[str], as_of: datetime | None = None, known_at: datetime | None = None
    ) -> list[Case[Any]]:
        """Records of one noun, folded each by itself."""
        found = []
        for _, stored in self.reader.load(records):
            entries = self.typed(stored)
            case = fold(noun, entries, as_of=as_of, known_at=known_at) if entries else None
            if case is not None:
                found.append(case)
        return found

    def linked(self, kind: str, as_of: datetime | None = None, start: datetime | None = None) -> list[Case[Any]]:
        """The records that matter from ``start`` (else the as-of) to the as-of (else now), in the light of their accounts."""
        noun, until = self.noun(kind), as_of or self.now
        records = self.touching(kind, start or until, until + timedelta(seconds=1))
        return account.linked(noun, [c for c in self.folded(noun, records, until) if not c.voided], self.site)

    def histories(
        self, kind: str, start: datetime, end: datetime, known_at: datetime | None = None
    ) -> Iterator[Sequence[Entry]]:
        """``ledger.Source.histories``."""
        for _, stored in self.reader.load(self.touching(kind, start, end, known_at)):
            entries = self.typed(self._held(stored))
            if entries:
                yield entries

    def touching(self, kind: str, start: datetime, end: datetime, known_at: datetime | None = None) -> list[str]:
        """The records that can matter between two moments, as far as was known at ``known_at`` and of ``known``."""
        found, known_at = self.reader.touching(kind, start, end), known_at or self.known_at
        changed: set[str] = set()
        # One that a late entry closed long before was open, as far as was known then.
        if known_at is not None:
            changed |= self.reader.changed_since(known_at).intersection(self.reader.all_records(kind))
        if self.known is not None:
            if kind not in self._beyond:
                self._beyond[kind] = self.reader.beyond(kind, self.known)
            changed |= self._beyond[kind]
        if not changed:
            return found
        others = [r for _, name in sorted(self.reader.accounts(changed)) for r in self.reader.account(kind, name)]
        return list(dict.fromkeys([*found, *sorted(changed), *others]))

    def _held(self, stored: Iterable[Stored]) -> Iterable[Stored]:
        """Of stored documents those that figures are made from."""
        known = self.known
        return stored if known is None else (one for one in stored if one.doc["id"] in known)

    def belated(self, start: datetime, end: datetime, before: datetime) -> list[Entry]:
        """``ledger.Source.belated``."""
        return self.typed(self._held(self.reader.belated(start, end, before)))

    def record_with(self, entry: str) -> list[Entry]:
        """``ledger.Source.record_with``."""
        found = self.reader.record_of(entry)
        return [] if found is None else self.typed(self._held(self.reader.entries(found[0])))

    def warnings(self) -> list[Text]:
        """``ledger.Source.warnings``: what could not be read, and what is not as it was when a month was sealed."""
        found = [*self._unread, *self._disagreeing()]
        for finding in self.reader.findings():
            if finding.damage:
                place = f"{finding.file}:{finding.line}"
                found.append(Text(f"{place}: {finding.message.zh}", f"{place}: {finding.message.en}"))
        return found

    def unfinished(self, cut: datetime | None = None) -> list[Text]:
        """``ledger.Source.unfinished``; without a ``cut`` all there is."""
        tails = [finding for finding in self.reader.findings() if finding.code == "torn"]
        if cut is not None:  # what was known when a month was sealed has no loose end
            month = f"{cut.astimezone(self.site.zone):%Y-%m}"
            tails = [one for one in tails if self.known is None and one.file.rpartition("/")[2][:7] <= month]
        return [Text(f"{one.file}: {one.message.zh}", f"{one.file}: {one.message.en}") for one in tails]

    def typed(self, stored: Iterable[Stored]) -> list[Entry]:
        """Stored documents as entries; what is none is left out."""
        found: list[Entry] = []
        for one in stored:
            kind = str(one.doc.get("kind", ""))
            if kind in nouns.CATALOGUE:
                record = found[0].id if found else ""
                entry, _ = typed(nouns.noun(kind), one.doc, Place(one.file, one.line), record)
                if entry is not None:
                    found.append(entry)
        return found

    def masters(self, kind: str) -> dict[str, tuple[str, ...]]:
        """The recorded units or tenants: by id the names each goes by, the one it is stored by first."""
        if kind not in self._masters:
            files = self.root.signatures(nouns.CATALOGUE[kind].folder)
            self._masters[kind] = self._remembered(kind, files) if files else {}
        return self._masters[kind]

    def _remembered(self, kind: str, files: Mapping[str, Signature]) -> dict[str, tuple[str, ...]]:
        """The names as they were when last read, if the files are still those; else read, and remembered.

        A file written within the last two seconds may change again without a sign of it, so it is never remembered.
        """
        cache, state = f"masters-{kind}.json", [[rel, *files[rel]] for rel in sorted(files)]
        newest = max(s.mtime_ns for s in files.values())
        if newest > time.time_ns() - 2_000_000_000:
            return self._named(kind, sum(s.size for s in files.values()))
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            kept = json.loads(self.root.state_read(cache) or b"{}")
            if kept["files"] == state and kept["version"] == __version__:
                return {str(record): tuple(map(str, names)) for record, names in kept["names"].items()}
        names = self._named(kind, sum(s.size for s in files.values()))
        if self.root.writable():
            with contextlib.suppress(SvcError):
                data = json.dumps({"version": __version__, "files": state, "names": names}, ensure_ascii=False)
                self.root.state_write(cache, data.encode())
        return names

    def _named(self, kind: str, size: int) -> dict[str, tuple[str, ...]]:
        if self._reader is None and size <= SMALL:  # an everyday `add` does without the index
            histories = _histories(self.root, self.noun(kind))
        else:
            histories = [self.typed(stored) for _, stored in self.reader.load(self.reader.all_records(kind))]
        noun = self.noun(kind)
        found = {}
        for entries in histories:
            case = fold(noun, entries) if entries else None
            if case is not None and not case.voided:
                found[case.id] = called(case)
        return found

    # -- closing --------------------------------------------------------------------------------------------------

    @property
    def seals(self) -> Seals:
        """``ledger.Source.seals``; in the light of one of them (``as_of_seal``) those that it builds on."""
        if self._seals is None:
            from svcctl.store.seals import read_seals

            self._seals = self._told(read_seals(self.root, still=self._still))
        return self._seals

    def look_at_seals(self) -> bool:
        """Read the seals; whether all of them are here and can be read. What is not is kept for ``warnings``."""
        _ = self.seals
        return not self._unread

    def _told(self, read: Read, month: str = "") -> Seals:
        """The seals that were read, all or of one month; what could not be read of them, or is missing, is kept for ``warnings``."""
        for one in read.findings:
            if one.damage or one.code == "torn":
                self._unreadable(f"{one.file}:{one.line}", one.message)
        from svcctl.seal import gone

        for name, file in read.missing(self.root).items():
            if month in ("", name):
                self._unreadable(file, gone(name, file).what)
        return read.seals

    def _unreadable(self, place: str, what: Text) -> None:
        text = Text(f"{place}: {what.zh}", f"{place}: {what.en}")
        if text not in self._unread:
            self._unread.append(text)

    def _disagreeing(self) -> list[Text]:
        """What is gone or changed of the entries that the seal lists by which figures are made."""
        if self._seal is None:
            return []
        if self._lost is None:
            there = dict(self.reader.sums())
            lost = sorted(name for name, total in self._listed.items() if there.get(name) != total)
            names = ", ".join(lost[:_NAMED]) + (" …" if len(lost) > _NAMED else "")
            text = Text(
                "{month} 结账时的条目有 {n} 条没有了或变了，数字不再是当时的：{names}",
                "{month}: {n} of the entries it was sealed with are gone or changed, so the figures are not those of then: {names}",
            )
            self._lost = [text.fill(month=self._seal.month, n=len(lost), names=names)] if lost else []
        return self._lost

    def sealed(self, month: str) -> bool:
        """Whether a month, as ``2026-10``, is sealed; that is told without reading the seals of others."""
        from svcctl.store.seals import read_seals

        return month in (self._seals or self._told(read_seals(self.root, still=self._still, month=month), month)).closed

    def site_of(self, seal: Seal) -> Site:
        """``ledger.Source.site_of``; that of today, with a warning, where its settings cannot be read any more."""
        from svcctl.store.tree import parse_tree

        try:
            return site.build((tree := parse_tree(seal.settings, site.FILE)).root, tree.line)
        except Refused:
            self.warn(Text(f"结账记录 {seal.id} 里的设置读不懂，改用今天的", f"the settings in seal {seal.id} cannot be read; today's are used"))
            return self.site

    def as_of_seal(self, seal: Seal) -> None:
        """From now on answer figures from what the ledger held when ``seal`` was made, under the settings of then."""
        self.site, self.known, self._beyond = self.site_of(seal), self.seals.known(seal), {}
        self._listed = {name: total for name, (total, _) in self.seals.listed().items() if name in self.known}
        self._seals, self._seal = self.seals.below(seal), seal

    # -- writing --------------------------------------------------------------------------------------------------

    @property
    def desk(self) -> str:
        """The name of this writing place, checked to be its own."""
        return desk.writing_desk(self.root, self.environ)

    @property
    def still(self) -> bool:
        """Whether we hold the ledger's lock ourselves, so that nobody else writes."""
        return self._still

    @contextlib.contextmanager
    def writer(self) -> Iterator[Writer]:
        """The ledger open for writing, under its lock. What was read before is forgotten."""
        from svcctl.store.writer import Writer

        self.refresh()  # a reader of our own would keep us from the index
        with Writer(self.root, self.desk, self.warn, wait(self.environ), sums_ok) as writer:
            self._still = True
            try:
                yield writer
            finally:
                self._still = False
                self.refresh()


def called(case: Case[Any]) -> tuple[str, ...]:
    """The names that a unit or tenant goes by, the one it is stored by first."""
    values = case.state.data.values()
    return tuple(str(values[n]) for n in case.noun.short_name if values.get(n))


def _histories(root: Root, noun: Noun[Any]) -> list[list[Entry]]:
    """The entries of one small folder by record, straight from its files. Under the lock no group is pending."""
    found: dict[str, list[Entry]] = {}
    record: dict[str, str] = {}
    for rel in root.month_files(noun.folder):
        for piece in codec.pieces(root.read(rel)):
            if piece.doc is not None and piece.problem is None and sums_ok(piece.doc):
                entry, _ = typed(noun, piece.doc, Place(rel, piece.line))
                if entry is not None:
                    record[entry.id] = record.get(entry.of, entry.of) or entry.id
                    found.setdefault(record[entry.id], []).append(entry)
    return list(found.values())


def sums_ok(doc: Mapping[str, Value]) -> bool:
    """Whether a document's sums are right; one of an unknown kind cannot be judged and passes."""
    kind = str(doc.get("kind", ""))
    if kind not in nouns.CATALOGUE:
        return True
    return codec.sum_problem(dict(doc), nouns.noun(kind).personal(), 0) is None


def wait(environ: Mapping[str, str]) -> float:
    """Seconds to wait for the lock: ``$SVCCTL_LOCK_WAIT``, else 10. Raises Refused."""
    text = environ.get("SVCCTL_LOCK_WAIT", "")
    if not text:
        return 10.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise Refused(
            Text("等待锁的秒数", "how many seconds to wait for the lock"),
            where="$SVCCTL_LOCK_WAIT", expected=Text("0 到 3600", "0 to 3600"), got=text,
        )  # fmt: skip
    return seconds


def read_site(root: Root) -> Site:
    """The site of a ledger. The checked tree is kept under the hash of the file, so that it is not parsed each time."""
    data = root.read(site.FILE)
    digest = codec.sha256(data).hexdigest()
    kept = root.state_read(_CACHE)
    if kept is not None:
        try:
            cached = json.loads(kept)
            if isinstance(cached, dict) and cached.get("hash") == digest:
                return site.build(cached["tree"], lambda _: 1)
        except (ValueError, KeyError, Refused):
            pass  # a wrong cache is no reason to stop: the file itself is read
    from svcctl.store.tree import parse_tree

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(Text("不是 UTF-8", "not UTF-8"), where=f"{site.FILE}:{line}") from None
    tree = parse_tree(text, site.FILE)
    built = site.build(tree.root, tree.line)
    if root.writable():
        with contextlib.suppress(SvcError):  # without the cache the next command only takes longer
            root.state_write(_CACHE, json.dumps({"hash": digest, "tree": tree.root}, ensure_ascii=False).encode())
    return built
