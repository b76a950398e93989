"""The way in: from what somebody typed to entries that passed every rule, and into the store.

``Recorder`` lives as long as the ledger's lock is held. What it has drafted but not stored yet is laid over what the
files say, so that a stream or an import may refer to its own entries.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from svcctl import nouns
from svcctl.book import values
from svcctl.book.find import ALPHABET, LENGTH, find
from svcctl.book.open import Book
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.entry import CORRECTIONS, Amend, Entry, Noun, Place, Rules, Verb, Void
from svcctl.errors import Refused, refuse
from svcctl.fields import RefType, Value
from svcctl.fold import Case, fold
from svcctl.store import codec
from svcctl.texts import Text, same

UNDO_WITHIN = timedelta(minutes=10)


def new_id(prefix: str, random: Callable[[int], bytes] = os.urandom) -> str:
    """An id: the noun's prefix and 10 characters of Crockford's base32 from ``random``."""
    number = int.from_bytes(random(7), "big")
    return prefix + "-" + "".join(ALPHABET[(number >> (5 * i)) & 31] for i in range(LENGTH))


class Recorder:
    """Checks wishes against the ledger and the drafts made so far.

    ``clock`` gives the moment to record an entry under; ``lenient`` (imports) lets ``promised: none`` through.
    """

    def __init__(
        self, book: Book, clock: Callable[[], datetime], random: Callable[[int], bytes] = os.urandom,
        *, lenient: bool = False,
    ) -> None:  # fmt: skip
        self.book = book
        self.clock = clock
        self.random = random
        self.lenient = lenient
        self._drafted: dict[str, list[Entry]] = {}  # by record
        self._records: dict[str, tuple[str, str]] = {}  # of each drafted entry: its record and noun
        self._keys: dict[str, Draft] = {}

    # -- what is known --------------------------------------------------------------------------------------------

    def entries(self, record: str) -> list[Entry]:
        """The entries of a record, stored and drafted."""
        drafted = self._drafted.get(record, [])
        if drafted and not drafted[0].of:
            return list(drafted)
        return [*self.book.entries(record), *drafted]

    def case(self, record: str) -> Case[Any] | None:
        """A record folded, drafts included."""
        entries = self.entries(record)
        return fold(self.book.noun(entries[0].kind), entries) if entries else None

    def target(self, text: str, kind: str | None, *, record: bool = False) -> tuple[str, str, str]:
        """The entry, its record and its noun that ``text`` names among drafts and the ledger. Raises NotFound.

        ``record``: only the record matters, so two entries of one record are no ambiguity.
        """
        if text in self._records:
            return (text, *self._records[text])
        if text.startswith("key:") and text[4:] in self._keys:
            drafted = self._keys[text[4:]].entry.id
            return (drafted, *self._records[drafted])
        found = find(self.book, text, kind, record=record)
        return found.entry, found.record, found.kind

    # -- drafting -------------------------------------------------------------------------------------------------

    def draft(self, wish: Wish) -> Draft | Stored:
        """The entry that a wish comes to, checked by every rule, or the one that is there under its key.

        Raises Usage (something required is missing), NotFound, Refused: all that is wrong at once.
        """
        noun = self.book.noun(wish.noun)
        if wish.event in CORRECTIONS:
            return self._correction(noun, wish)
        verb = noun.verb(wish.event)
        if verb is None:
            known = [v.event for v in noun.verbs] + list(CORRECTIONS)
            raise Refused(same("event"), expected=Text("、".join(known), ", ".join(known)), got=wish.event)
        wish = values.keyed(verb, wish)
        values.complete(self.book, noun, wish)
        read = values.read(self.book, verb, wish, self._resolve, lenient=self.lenient)
        record = "" if verb.opens else self.target(wish.of, noun.name, record=True)[1]
        there = self._same_key(wish, noun, record, read.typed, read.at)
        if there is not None:
            return there
        refuse(read.problems)
        rules = Rules(self.book.site, read.at, read.by)
        data = verb.of(read.values)
        refuse([Refused(what, where=f"--{name.replace('_', '-')}") for name, what in data.faults()])
        if verb.opens:
            data = data.complete(rules) if not read.no_defaults else read.keep_none(data.complete(rules))
        entry = self._entry(noun, verb.event, record, read.at, read.by, data, wish)
        if record:
            rules = rules._replace(state=self._must_fit(noun, record, entry))
            self._references(noun, entry)
        return self._drafted_as(noun, entry, tuple(data.doubts(rules)))

    def _entry(
        self, noun: Noun[Any], event: str, of: str, at: datetime, by: str, data: Any, wish: Wish
    ) -> Entry:
        entry_id = new_id(noun.prefix, self.random)
        while entry_id in self._records:
            entry_id = new_id(noun.prefix, self.random)
        return Entry(
            entry_id, noun.name, event, of, at, self.clock(), by, data, Place("", 0),
            wish.note if wish.note.strip() else "", wish.key, wish.files,
        )  # fmt: skip

    def _drafted_as(self, noun: Noun[Any], entry: Entry, warnings: tuple[Text, ...] = ()) -> Draft:
        doc = document(noun, entry, self.random)
        folder = nouns.CATALOGUE[noun.name].folder
        desk = self.book.desk
        month = f"{entry.at.astimezone(self.book.site.zone):%Y-%m}"
        file = f"{folder}/{month}.{desk}.yaml" if desk else f"{folder}/{month}.yaml"
        made = Draft(entry._replace(sum=str(doc["sum"])), doc, file, warnings)
        record = self._record_of(entry)
        self._drafted.setdefault(record, []).append(made.entry)
        self._records[entry.id] = (record, noun.name)
        if entry.key:
            self._keys[entry.key] = made
        return made

    def _record_of(self, entry: Entry) -> str:
        if not entry.of:
            return entry.id
        if entry.of in self._records:
            return self._records[entry.of][0]
        known = self.book.reader.record_of(entry.of)
        return known[0] if known else entry.of

    # -- rules that need more than the entry itself ---------------------------------------------------------------

    def _resolve(self, kind: str, text: str) -> str:
        return self.target(text, kind, record=True)[1]

    def _must_fit(self, noun: Noun[Any], record: str, entry: Entry) -> Any:
        """Refuse a follow-up that cannot stand in its place, or makes a later one impossible; the state as it is now."""
        before = self.entries(record)
        now = fold(noun, before)
        if now is None or now.voided:
            raise Refused(Text("这条记录已作废", "that record was voided"), where=record)
        then = fold(noun, [*before, entry])
        assert then is not None
        known = {i.entry.id for i in now.idle}
        for idle in then.idle:
            if idle.entry.id == entry.id:
                raise Refused(idle.why, where=record)
        for idle in then.idle:
            if idle.entry.id not in known:
                raise Refused(
                    Text("之后的 {event}（{id}，{at}）会因此不成立：{why}", "the later {event} ({id}, {at}) would become impossible: {why}").fill(
                        event=idle.entry.event, id=idle.entry.id, at=f"{idle.entry.at:%Y-%m-%d %H:%M}", why=idle.why
                    ),
                    where=record,
                    todo=Text("换一个 --at，或先作废那一条", "Use another --at, or void that entry first"),
                )
        return now.state

    def _references(self, noun: Noun[Any], entry: Entry) -> None:
        """What an entry refers to has to be fit for it: a merge leads into something open."""
        for spec in entry.data.specs:
            other = getattr(entry.data, spec.name)
            if other is None or not isinstance(spec.type, RefType):
                continue
            case = self.case(other)
            why = noun.unfit(entry, spec.name, case) if case is not None else Text("没有这条记录", "there is no such record")
            if why is not None:
                raise Refused(why, where=spec.option, got=other)

    # -- keys -----------------------------------------------------------------------------------------------------

    def _same_key(
        self, wish: Wish, noun: Noun[Any], record: str, given: Mapping[str, Value], at: datetime
    ) -> Stored | None:
        if not wish.key:
            return None
        moment = at if wish.at else None
        drafted = self._keys.get(wish.key)
        if drafted is not None:
            return values.same_or_refused(wish, noun, record, given, moment, drafted.doc, (drafted.entry.id,))
        hits = self.book.reader.by_key(wish.key)
        if not hits:
            return None
        entry_id, of, _ = hits[0]
        stored = next(s for s in self.book.reader.entries(of) if s.doc.get("id") == entry_id)
        return values.same_or_refused(wish, noun, record, given, moment, stored.doc, (entry_id,))

    # -- corrections ----------------------------------------------------------------------------------------------

    def _correction(self, noun: Noun[Any], wish: Wish) -> Draft | Stored:
        values.complete(self.book, noun, wish)
        entry_id, record, _ = self.target(wish.of, noun.name)
        target = next(e for e in self.entries(record) if e.id == entry_id)
        if isinstance(target.data, Verb):
            wish = values.keyed(type(target.data), wish)
        head = values.head(self.book, wish)
        given: dict[str, Value] = {n: v.strip() for n, v in wish.values.items() if isinstance(v, str) and v.strip()}
        there = self._same_key(wish, noun, entry_id, self._change(target, wish, given), head.at)
        if there is not None:
            return there
        at = head.at if wish.at else max(head.at, target.at)
        if at < target.at:
            what = Text("早于它所更正的记录（{at}）", "it lies before the entry it corrects ({at})").fill(at=f"{target.at:%Y-%m-%d %H:%M}")
            refuse([*head.problems, Refused(what, where="--at")])
        for name, text in given.items():
            values.storable("--" + name.replace("_", "-"), text, head.problems)
        data: Any
        if wish.event == "amend":
            data = values.amendment(self.book, target, wish, self._resolve)
        else:
            data = Void(str(given["reason"]), str(given.get("approved_by", "")))
        refuse(head.problems)
        entry = self._entry(noun, wish.event, entry_id, at, head.by, data, wish)
        if wish.event == "amend":
            self._not_gone(record, target)
            self._must_fit(noun, record, entry)
        else:
            self._may_go(noun, record, target, entry)
        same_person = wish.event == "void" and data.approved_by == head.by
        doubt = Text("批准人和录入人是同一人", "the approver is who records it")
        return self._drafted_as(noun, entry, (doubt,) if same_person else ())

    def _change(self, target: Entry, wish: Wish, given: dict[str, Value]) -> dict[str, Value]:
        """What was typed of a correction, as it would be stored."""
        if wish.event != "amend":
            return given
        clear: dict[str, Value] = {"clear": list(wish.clear)} if wish.clear else {}
        changes = values.changed(self.book, target, wish, self._resolve)[1] if isinstance(target.data, Verb) else {}
        return {**wish.changes, **changes, **clear, **given}

    def _not_gone(self, record: str, target: Entry) -> set[str]:
        """The ids of the record's entries that were voided. Refused if ``target`` is among them."""
        gone = {e.of for e in self.entries(record) if e.event in ("void", "undo")}
        if target.id in gone:
            raise Refused(Text("它已经作废了", "it was voided before"), where=target.id)
        return gone

    def _may_go(self, noun: Noun[Any], record: str, target: Entry, entry: Entry) -> None:
        """Refuse to void what live entries depend on, and what cannot be voided."""
        entries = self.entries(record)
        gone = self._not_gone(record, target)
        if target.event in ("void", "undo"):
            raise Refused(Text("作废不能再作废；请重新登记", "a void cannot be voided; record the matter again"), where=target.id)
        if target.of:
            self._must_fit(noun, record, entry)
            return
        live = [e for e in entries if e.of == target.id and e.id not in gone and e.event not in CORRECTIONS]
        names = [f"{e.event} {e.id}" for e in live]
        case = self.case(record)
        named = case.state.data.values() if noun.short_name and case else {}
        for value in (record, *(str(named[n]) for n in noun.short_name if named.get(n))):
            names += [f"{hit.kind} {hit.entry}" for hit in self.book.reader.references(noun.name, value)]
        if names:
            shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
            raise Refused(
                Text(f"还有记录以它为据：{shown}", f"live entries depend on it: {shown}"),
                where=target.id, todo=Text("先作废那些，或用 amend 更正", "Void those first, or correct it with amend"),
            )  # fmt: skip


def document(noun: Noun[Any], entry: Entry, random: Callable[[int], bytes]) -> dict[str, Value]:
    """The text of an entry, in the order of its keys, with its salt and sums."""
    doc: dict[str, Value] = {
        "id": entry.id, "kind": entry.kind, "event": entry.event, "of": entry.of,
        "at": entry.at.isoformat(timespec="seconds"), "recorded": entry.recorded.isoformat(timespec="microseconds"),
        "by": entry.by,
    }  # fmt: skip
    doc.update(_fields(entry.data))
    doc.update({"note": entry.note, "files": list(entry.files), "key": entry.key})
    doc = {k: v for k, v in doc.items() if v}
    personal = noun.personal()
    if any(name in doc for name in personal):
        doc["salt"] = random(16).hex()
    doc["sum"] = codec.sums(doc, personal)[0]
    return doc


def _fields(data: Any) -> dict[str, Value]:
    if isinstance(data, Verb):
        return {s.name: s.type.dump(v) for s in data.specs if (v := getattr(data, s.name)) is not None}
    if isinstance(data, Amend):
        return {**data.changes, "clear": list(data.clear), "reason": data.reason}
    return {"reason": data.reason, "approved_by": data.approved_by}
