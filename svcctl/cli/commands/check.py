"""``check``: every entry, reference, transition, sum, key and seal of the ledger. Silent when all is well."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from svcctl import account, checks, nouns
from svcctl.book import filing
from svcctl.checks import Known, Problem
from svcctl.cli.params import COMMON, JSON, LATE
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Place, typed
from svcctl.errors import SvcError, Usage
from svcctl.fields import folded
from svcctl.fold import Case, fold
from svcctl.git import attributes
from svcctl.mask import mask_numbers
from svcctl.seal import Filed, flaws, gone, missing_seals, unmoored
from svcctl.store import looked, remarks
from svcctl.store.seals import read_seals
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.book.open import Book


def problems(session: Session) -> Iterator[Problem]:
    """Everything that is wrong with the ledger, in no particular order."""
    book = session.book
    reader = book.reader
    names = {k: frozenset(folded(n) for known in book.masters(k).values() for n in known) for k in ("unit", "tenant")}
    known = Known(
        book.site, book.now, names, lambda kind, record: (reader.record_of(record) or ("", ""))[1] == kind, partial(_then, book)
    )  # fmt: skip
    keys: dict[str, tuple[str, str]] = {}
    entries_there: dict[str, Filed] = {}
    for kind in nouns.CATALOGUE:
        noun = book.noun(kind)
        cases: list[Case[Any]] = []
        for _, stored in reader.load(list(reader.all_records(kind))):
            entries = []
            entries_there.update((one.id, one) for one in filing.of_stored(stored))
            for one in stored:
                entry, wrong = typed(noun, one.doc, Place(one.file, one.line))
                yield from checks.unreadable(entry, one.doc, one.file, one.line, wrong)
                if entry is not None:
                    entries.append(entry)
                yield from checks.identity_numbers(one.doc, one.file, one.line)
                yield from _key(one.doc, one.file, one.line, keys)
            case = fold(noun, entries) if entries else None
            if case is not None and noun.account_field:
                cases.append(case)
            elif case is not None:
                yield from checks.of_case(case, known)
        cases = account.linked(noun, cases, book.site)
        for case in cases:
            yield from checks.of_case(case, known)
        yield from checks.of_accounts(noun, cases, known)
    for finding in reader.findings():
        yield Problem(finding.file, finding.line, finding.id, finding.code, finding.message)
    for flaw in attributes.flaws(book.root):
        yield Problem(flaw.file, flaw.line, "", "attributes", flaw.what.joined(flaw.todo, "；", "; "))
    yield from _commented(book, entries_there)
    yield from _sealed(book, entries_there)


def _commented(book: Book, there: Collection[str]) -> Iterator[Problem]:
    """The entries that somebody made comments of; one that is there besides is none that is missed."""
    for rel in book.root.month_files():
        try:
            data = book.root.read(rel)
        except SvcError:  # which the readers have told
            continue
        for line, name in remarks.hidden(data) if b"#" in data else ():
            if name not in there:
                what = _HIDDEN if name else _NAMELESS
                yield Problem(rel, line, name, "commented", what.joined(_UNCOVER.fill(file=rel), "；", "; "))


def _sealed(book: Book, there: dict[str, Filed]) -> Iterator[Problem]:
    """What is wrong with seals, and what no longer agrees with them."""
    found = read_seals(book.root)
    for finding in found.findings:
        yield Problem(finding.file, finding.line, finding.id, finding.code, finding.message)
    seals, zone = found.seals, book.site.zone
    wrong = [*unmoored(seals, there, zone, found.unread), *(gone(month, file) for month, file in found.missing(book.root).items())]
    looked.remember(book.root, {month: closed.seal.place.file for month, closed in seals.closed.items()})  # for the next look
    if seals.all:
        entries = there | filing.the_rest(book, there, seals.listed())
        wrong += (*flaws(seals, entries, zone), *missing_seals(seals))
    for flaw in wrong:
        yield Problem(flaw.place.file, flaw.place.line, flaw.id, flaw.code, flaw.what)


def _then(book: Book, record: str, moment: datetime) -> Case[Any] | None:
    """A record as of a moment."""
    entries = book.entries(record)
    return fold(book.noun(entries[0].kind), entries, as_of=moment) if entries else None


def _key(doc: Any, file: str, line: int, keys: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    """A key is unique in the ledger; on two desks it can be used twice."""
    key = doc.get("key")
    if not key:
        return
    first = keys.setdefault(key, (doc["id"], f"{file}:{line}"))
    if first[0] != doc["id"]:
        yield Problem(
            file, line, doc["id"], "key",
            Text(f"键 {key} 已用于 {first[0]}（{first[1]}）", f"the key {key} was used for {first[0]} ({first[1]})"),
        )  # fmt: skip


_HIDDEN = Text("这条记录在注释里，未计入", "this entry stands in comments and is not counted")
_NAMELESS = Text("注释里像是一条记录，未计入", "what looks like an entry stands in comments and is not counted")
_UNCOVER = Text(
    "去掉它各行行首的 #，或找回：git checkout -- {file}；不要这条就恢复后作废（void）",
    "take the # from the beginning of its lines, or bring them back: git checkout -- {file}; one that is not wanted is voided (void) then",
)
_WAYS_OUT: tuple[tuple[frozenset[str], Text], ...] = (
    (frozenset({"unsigned"}), Text("手工写的记录可以收入：svcctl check --adopt", "what was typed by hand can be taken in: svcctl check --adopt")),
    (frozenset({"wrong-sum", "no-sum", "no-id", "half-erased", "syntax", "encoding", "torn", "bom", "duplicate-key", "nested", "too-large", "empty", "pending"}),
     Text("损坏的可以移开、保留原字节：svcctl check --repair -n，再 svcctl check --repair；有 git 冲突标记的用 svcctl merge",
          "damage can be set aside with its bytes kept: svcctl check --repair -n, then svcctl check --repair; for git's conflict markers svcctl merge")),
    (frozenset({"copy", "unerased-copy"}), Text("重复的可以只留一份：svcctl check --repair", "of copies all but one can be set aside: svcctl check --repair")),
    (frozenset({"clash"}),
     Text("同一编号有几种内容的，由人来定留哪一条：svcctl check --repair -n 列出各种内容，再 svcctl check --repair --keep 文件:行号",
          "where one id has several contents a person says which stays: svcctl check --repair -n shows them, then svcctl check --repair --keep FILE:LINE")),
)  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the problems, after those were put right that were asked for."""
    if given["late_"] and not given["adopt"]:
        raise Usage(
            Text("只用于 --adopt", "it goes with --adopt"), where="--late", todo=Text("svcctl check --adopt --late 原因", "svcctl check --adopt --late REASON")
        )  # fmt: skip
    if given["keep"] and not given["repair"]:
        raise Usage(Text("只用于 --repair", "it goes with --repair"), where="--keep", todo=Text("svcctl check --repair --keep 文件:行号", "svcctl check --repair --keep FILE:LINE"))
    if given["repair"] or given["adopt"]:
        from svcctl.cli import mend

        if given["repair"]:
            mend.repair(session, dry=bool(given["dry_"]), keep=given["keep"])
        if given["adopt"]:
            mend.adopt(session, dry=bool(given["dry_"]), late=(given["late_"] or "").strip(), ids=session.say if given["json_"] else None)
    elif given["dry_"]:
        raise Usage(
            Text("只用于 --repair 和 --adopt", "it goes with --repair and --adopt"), where="--dry-run",
            todo=Text("check 本身什么都不写", "check itself writes nothing"),
        )  # fmt: skip
    found = sorted(set(problems(session)), key=lambda p: (p.file, p.line, p.id, p.code, p.message))
    lang = session.lang
    if given["json_"]:
        objects = [  # what stands in place of an id or of a choice in a damaged entry may be a number of somebody
            {"file": p.file, "line": p.line, "id": mask_numbers(p.id), "code": p.code, "message": mask_numbers(p.message.to(lang))}
            for p in found
        ]
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        from svcctl.table import safe

        for p in found:
            ident = f"{p.id}: " if p.id else ""
            session.out(mask_numbers(safe(f"{p.file}:{p.line}: {ident}{p.message.to(lang)}")))
    if found:
        session.exit_code = 1
    codes = {p.code for p in found} if not (given["repair"] or given["adopt"]) else set()
    for several, hint in _WAYS_OUT:
        if codes & several:
            session.say(hint)


COMMAND = Command(
    "check", Text("核对每条记录、引用、流转、校验和、键与结账；没有问题就不出声。",
                  "Check every entry, reference, transition, sum, key and seal; silent when all is well."),
    (Text("svcctl check", "svcctl check"), Text("svcctl check --repair -n", "svcctl check --repair -n"), Text("svcctl check --adopt", "svcctl check --adopt")),
    (Param("repair", ("--repair",), Text("把损坏和重复的内容移到旁边的文件里，其余一字不动", "Set damage and surplus copies aside into a file beside it; the rest is not touched"), kind="flag"),
     Param("keep", ("--keep",), Text("同一编号有几种内容时，留下写在这里的那一条；与 --repair 同用", "Of an id with several contents the one that stands here stays; with --repair"), metavar="FILE:LINE"),
     Param("adopt", ("--adopt",), Text("收入手工写进月份文件的记录", "Take in entries that were typed into a month file"), kind="flag"),
     LATE, next(p for p in COMMON if p.name == "dry_"), JSON), run,
)  # fmt: skip
