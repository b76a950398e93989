"""``check``: every entry, reference, transition, sum and key of the ledger. Silent when all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from svcctl import account, checks, nouns
from svcctl.checks import Known, Problem
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command
from svcctl.entry import Place, typed
from svcctl.fields import folded
from svcctl.fold import Case, fold
from svcctl.git import attributes
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
    for kind in nouns.CATALOGUE:
        noun = book.noun(kind)
        cases: list[Case[Any]] = []
        for _, stored in reader.load(list(reader.all_records(kind))):
            entries = []
            for one in stored:
                entry, wrong = typed(noun, one.doc, Place(one.file, one.line))
                yield from checks.unreadable(entry, one.doc, one.file, one.line, wrong)
                if entry is not None:
                    entries.append(entry)
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
        yield Problem(flaw.file, flaw.line, "", "attributes", flaw.what)


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


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the problems."""
    found = sorted(set(problems(session)), key=lambda p: (p.file, p.line, p.id, p.code, p.message))
    lang = session.lang
    if given["json_"]:
        objects = [
            {"file": p.file, "line": p.line, "id": p.id, "code": p.code, "message": p.message.to(lang)} for p in found
        ]
        session.out(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        from svcctl.table import safe

        for p in found:
            ident = f"{p.id}: " if p.id else ""
            session.out(safe(f"{p.file}:{p.line}: {ident}{p.message.to(lang)}"))
    if found:
        session.exit_code = 1


COMMAND = Command(
    "check", Text("核对每条记录、引用、流转、校验和与键；没有问题就不出声。", "Check every entry, reference, transition, sum and key; silent when all is well."),
    (Text("svcctl check", "svcctl check"), Text("svcctl check --json", "svcctl check --json")), (JSON,), run,
)  # fmt: skip
