"""The way in: from what somebody typed to entries that passed every rule, and into the store.

``Recorder`` lives as long as the ledger's lock is held. What it has drafted but not stored yet is laid over what the
files say, so that a stream or an import may refer to its own entries.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from svcctl import account, nouns
from svcctl.book import values
from svcctl.book.accounts import Accounts
from svcctl.book.document import document
from svcctl.book.find import ALPHABET, LENGTH, find, master_of
from svcctl.book.open import Book, called
from svcctl.book.wish import Draft, Stored, Wish
from svcctl.entry import CORRECTIONS, Account, Entry, Noun, Place, Rules, Verb, Void, typed
from svcctl.errors import Refused, refuse
from svcctl.fields import BadValue, MasterType, RefType, SharesType, Value
from svcctl.fold import Case, fold
from svcctl.texts import Text, same

if TYPE_CHECKING:
    from svcctl.book.closing import Closing

UNDO_WITHIN = timedelta(minutes=10)
_CLASH = Text("这个编号有几种不同的内容（一种在 {place}），不知以哪种为准", "it stands with different contents (one in {place}), and which is right nobody can tell")
_NOT_LATE = Text("这个月还没有结账，按平常的记录入账，不标为补录", "that month is not sealed: stored as any other entry, not as a late one")


def new_id(prefix: str, random: Callable[[int], bytes] = os.urandom) -> str:
    """An id: the noun's prefix and 10 characters of Crockford's base32 from ``random``."""
    number = int.from_bytes(random(7), "big")
    return prefix + "-" + "".join(ALPHABET[(number >> (5 * i)) & 31] for i in range(LENGTH))


def home_of(book: Book, kind: str, moment: datetime) -> str:
    """The file that this desk writes what belongs to a moment into."""
    desk = book.desk
    file = f"{nouns.CATALOGUE[kind].folder}/{moment.astimezone(book.site.zone):%Y-%m}"
    return f"{file}.{desk}.yaml" if desk else f"{file}.yaml"


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
        self._masters: dict[str, dict[str, tuple[str, ...]]] = {}  # of a noun with drafts: the names of each, with those
        self._touched: dict[str, list[str]] = {}  # masters drafted since their names were last asked for
        self._new: dict[str, str] = {}  # drafted masters by the names they are stored by
        self._lookup = values.Lookup(self._record_named, self._master_named)
        self._accounts = Accounts(book, self.entries)
        self._seals: list[str] | None = None  # their files, once that was asked
        self._closing: Closing | None = None
        self._clashes: dict[str, str] | None = None  # ids with several contents, and where one stands, once that was asked

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
        self._refuse_clash({found.record} if record else {found.entry, found.record})
        return found.entry, found.record, found.kind

    def _refuse_clash(self, names: set[str]) -> None:
        """Refuse what stands with several contents: which of them was meant nobody here can tell."""
        if self._clashes is None:
            self._clashes = {one.id: f"{one.file}:{one.line}" for one in self.book.reader.findings() if one.code == "clash"}
        for name in self._clashes.keys() & names:
            raise Refused(
                _CLASH.fill(place=self._clashes[name]), where=name,
                todo=Text("先定下留哪一种：svcctl check --repair -n，再 svcctl check --repair --keep 文件:行号",
                          "First say which stays: svcctl check --repair -n, then svcctl check --repair --keep FILE:LINE"),
            )  # fmt: skip

    # -- drafting -------------------------------------------------------------------------------------------------

    def draft(self, wish: Wish) -> Draft | Stored:
        """The entry that a wish comes to, checked by every rule, with those it brings; or what is there under its key.

        Raises Usage (something required is missing), NotFound, Refused: all that is wrong at once.
        """
        made = self._draft(wish)
        if wish.late.strip() and isinstance(made, Draft) and not any(one.entry.late for one in made.all):
            return made._replace(warnings=(*made.warnings, _NOT_LATE))
        return made

    def _draft(self, wish: Wish) -> Draft | Stored:
        noun = self.book.noun(wish.noun)
        if wish.event in CORRECTIONS:
            return self._correction(noun, wish)
        verb = noun.verb(wish.event)
        if verb is None or not verb.typed:
            known = [v.event for v in noun.verbs if v.typed] + list(CORRECTIONS)
            raise Refused(same("event"), expected=Text("、".join(known), ", ".join(known)), got=wish.event)
        wish = values.keyed(verb, wish)
        values.complete(self.book, noun, wish)
        read = values.read(self.book, verb, wish, self._lookup, lenient=self.lenient)
        record = "" if verb.opens or (verb.spreads and not wish.of) else self.target(wish.of, noun.name, record=True)[1]
        there = self._same_key(wish, noun, record, read.typed, read.at)
        if there is not None:
            return there
        refuse(read.problems)
        opening = self._opening(noun, record) if record else None
        rules = self._rules(noun, verb, read, opening)
        data = verb.of(read.values)
        wrong = [*data.faults(), *data.against(rules)]
        refuse([Refused(what, where=f"--{name.replace('_', '-')}") for name, what in wrong])
        if verb.spreads:
            return self._spread(noun, verb, wish, read, rules, record)
        if verb.opens:
            data = data.complete(rules) if not read.no_defaults else read.keep_none(data.complete(rules))
        entry = self._entry(noun, verb.event, record, read.at, read.by, data, wish)
        if record:
            rules = rules._replace(state=self._must_fit(noun, record, entry))
            if rules.account is not None:
                rules = rules._replace(state=rules.account.light(opening, rules.state))
        self._references(noun, entry)
        brought = self._brought(entry, rules)
        self._post(noun, opening or entry, entry)
        main = self._drafted_as(noun, entry, tuple(data.doubts(rules)))
        return main._replace(brings=tuple(self._bring(*one) for one in brought))

    def _spread(
        self, noun: Noun[Any], verb: type[Verb], wish: Wish, read: values.Read, rules: Rules, only: str
    ) -> Draft:
        """The follow-ups of several records that a wish comes to, in one group."""
        try:
            parts = [(record, data) for record, data in verb.spread(read.values, rules) if only in ("", record)]
        except BadValue as bad:
            raise Refused(bad.expected) from None
        if not parts:
            raise Refused(Text("没有可用的", "there is nothing it could use"), where=only)
        made: list[Draft] = []
        for number, (record, data) in enumerate(parts, 1):
            entry = self._entry(noun, verb.event, record, read.at, read.by, data, self._numbered(wish, number))
            self._must_fit(noun, record, entry)
            self._post(noun, self._opening(noun, record), entry)
            made.append(self._drafted_as(noun, entry, tuple(data.doubts(rules)) if number == 1 else ()))
        return made[0]._replace(brings=tuple(made[1:]))

    def _numbered(self, wish: Wish, number: int) -> Wish:
        """The wish of the how-manieth entry of its group: it has the group's key with its number."""
        if not wish.key or number == 1:
            return wish
        key = f"{wish.key}/{number}"
        if key in self._keys or self.book.reader.by_key(key):
            raise Refused(Text(f"键 {key} 已经用过", f"the key {key} was used before"), where="--key")
        return wish._replace(key=key)

    def _brought(self, entry: Entry, rules: Rules) -> list[tuple[Noun[Any], Entry]]:
        """The entries that come with one, checked."""
        found: list[tuple[Noun[Any], Entry]] = []
        for number, one in enumerate(entry.data.brings(entry, rules), 2):
            noun = self.book.noun(one.noun)
            head = self._numbered(Wish(noun.name, one.data.event, key=entry.key, late=entry.late), number)
            made = self._entry(noun, one.data.event, one.of, entry.at, entry.by, one.data, head)
            if noun.name != entry.kind and not one.of:
                its = Rules(rules.site, entry.at, entry.by, account=self._account(noun, made, entry.at))
                refuse([Refused(what, where=f"--{name.replace('_', '-')}") for name, what in one.data.against(its)])
            found.append((noun, made))
        return found

    def _bring(self, noun: Noun[Any], entry: Entry) -> Draft:
        entry = entry._replace(recorded=self.clock())  # after what brings it
        self._post(noun, self._opening(noun, entry.of) if entry.of else entry, entry)
        return self._drafted_as(noun, entry)

    def _entry(
        self, noun: Noun[Any], event: str, of: str, at: datetime, by: str, data: Any, wish: Wish
    ) -> Entry:
        entry_id = new_id(noun.prefix, self.random)
        while entry_id in self._records:
            entry_id = new_id(noun.prefix, self.random)
        recorded = self.clock()
        return Entry(
            entry_id, noun.name, event, of, at, recorded, by, data, Place("", 0),
            wish.note if wish.note.strip() else "", wish.key, wish.files, self._late(event, of, at, recorded, wish.late.strip()),
        )  # fmt: skip

    def _late(self, event: str, of: str, at: datetime, recorded: datetime, late: str) -> str:
        """Why an entry is late; nothing where its month is open. Raises Refused where it is sealed and no reason was given."""
        if self._seals is None:
            self._seals = self.book.root.month_files("seals")
        if self._closing is None:
            zone = self.book.site.zone
            month = f"{at.astimezone(zone):%Y-%m}"
            # No month is sealed before it is over: what is recorded in its own month needs to ask nothing.
            if event not in CORRECTIONS and month >= f"{recorded.astimezone(zone):%Y-%m}" and not any(rel.startswith(f"seals/{month}") for rel in self._seals):
                return ""
            from svcctl.book.closing import Closing

            self._closing = Closing(self.book, self._seals)
        return self._closing.late(event, of, at, recorded, late, self._there)

    def _there(self, name: str) -> Entry | None:
        """An entry by its id, stored or drafted."""
        record = self._records.get(name) or self.book.reader.record_of(name)
        return next((e for e in self.entries(record[0]) if e.id == name), None) if record else None

    def _drafted_as(self, noun: Noun[Any], entry: Entry, warnings: tuple[Text, ...] = ()) -> Draft:
        doc = document(noun, entry, self.random)
        file = home_of(self.book, noun.name, entry.recorded if entry.late else entry.at)
        made = Draft(entry._replace(sum=str(doc["sum"])), doc, file, warnings, leans=self._leans(entry))
        record = self._record_of(entry)
        self._drafted.setdefault(record, []).append(made.entry)
        if noun.short_name:
            self._touched.setdefault(noun.name, []).append(record)
        self._records[entry.id] = (record, noun.name)
        if entry.key:
            self._keys[entry.key] = made
        return made

    # -- accounts -------------------------------------------------------------------------------------------------

    def _opening(self, noun: Noun[Any], record: str) -> Entry | None:
        """The opening of a record; None if its noun has no accounts and nobody needs it."""
        case = fold(noun, self.entries(record)) if noun.account_field else None
        return case.opening if case is not None else None

    def _rules(self, noun: Noun[Any], verb: type[Verb], read: values.Read, opening: Entry | None) -> Rules:
        rules = Rules(self.book.site, read.at, read.by)
        name = account.name_of(noun, opening) if opening is not None else str(read.values.get(noun.account_field) or "")
        if not name:
            return rules
        since = min([read.at, *(e.at for e in (opening, *self._named(verb, read)) if e is not None)])
        return rules._replace(account=self._accounts.of(noun, name, since))

    def _named(self, verb: type[Verb], read: values.Read) -> list[Entry]:
        """The openings of the records that amounts are to go to: the account has to reach back to them."""
        ids = [i for s in verb.specs if isinstance(s.type, SharesType) for i in read.values.get(s.name) or ()]
        return [entries[0] for i in ids if (entries := self.entries(i))]

    def _account(self, noun: Noun[Any], opening: Entry, since: datetime) -> Account | None:
        name = account.name_of(noun, opening) if noun.account_field else ""
        return self._accounts.of(noun, name, since) if name else None

    def _post(self, noun: Noun[Any], opening: Entry | None, entry: Entry) -> None:
        """Take an entry into its account, if it belongs to one."""
        name = account.name_of(noun, opening) if noun.account_field and opening is not None else ""
        if opening is not None and name:
            self._accounts.of(noun, name, min(opening.at, entry.at))
            self._accounts.take(noun, name, opening, entry)

    def _record_of(self, entry: Entry) -> str:
        if not entry.of:
            return entry.id
        if entry.of in self._records:
            return self._records[entry.of][0]
        known = self.book.reader.record_of(entry.of)
        return known[0] if known else entry.of

    # -- rules that need more than the entry itself ---------------------------------------------------------------

    def _record_named(self, kind: str, text: str) -> str:
        return self.target(text, kind, record=True)[1]

    def _master_named(self, kind: str, text: str) -> str:
        return master_of(self._known(kind), kind, text)

    def _known(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """The names of units or tenants by id, drafts included."""
        touched = self._touched.pop(kind, None)
        if touched:
            known = self._masters.setdefault(kind, dict(self.book.masters(kind)))
            for record in dict.fromkeys(touched):
                case = self.case(record)
                if case is None or case.voided:
                    known.pop(record, None)
                else:
                    known[record] = called(case)
                    self._new[known[record][0]] = record
        return self._masters[kind] if kind in self._masters else self.book.masters(kind)

    def _leans(self, entry: Entry) -> frozenset[str]:
        """The drafts that an entry is of, or whose records it names."""
        if not self._records:
            return frozenset()
        found = {entry.of} & self._records.keys()
        for text in _names(entry):
            record = self._records[text][0] if text in self._records else self._new.get(text, "")
            found.update(one.id for one in self._drafted.get(record, ()))
        return frozenset(found)

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
        docs = self._group(wish.key)
        if not docs:
            return None
        first, verb = dict(docs[0]), noun.verb(wish.event)
        if verb is not None and verb.spreads and first.get("event") == verb.event:
            parts = [e.data for d in docs if (e := typed(noun, d, Place("", 0))[0]) is not None]
            first |= {s.name: s.type.dump(v) for s in verb.specs if (v := verb.gathered(parts).get(s.name)) is not None}
            record = record or str(first["of"])
        return values.same_or_refused(wish, noun, record, given, at if wish.at else None, first, docs)

    def _group(self, key: str) -> tuple[Mapping[str, Value], ...]:
        """The entry with a key, and those that came with it in one group."""
        first = self._keyed(key)
        if first is None:
            return ()
        found = [first]
        while (one := self._keyed(f"{key}/{len(found) + 1}")) is not None and one["at"] == first["at"]:
            found.append(one)
        return tuple(found)

    def _keyed(self, key: str) -> Mapping[str, Value] | None:
        drafted = self._keys.get(key)
        if drafted is not None:
            return drafted.doc
        hits = self.book.reader.by_key(key)
        if not hits:
            return None
        entry_id, of, _ = hits[0]
        return next(s.doc for s in self.book.reader.entries(of) if s.doc.get("id") == entry_id)

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
            data = values.amendment(self.book, target, wish, self._lookup)
        else:
            data = Void(str(given["reason"]), str(given.get("approved_by", "")))
        refuse(head.problems)
        entry = self._entry(noun, wish.event, entry_id, at, head.by, data, wish)
        if wish.event == "amend":
            self._not_gone(record, target)
            self._must_fit(noun, record, entry)
        else:
            self._may_go(noun, record, target, entry, entry.by if wish.by_typed else "")
        same_person = wish.event == "void" and data.approved_by == head.by
        doubt = Text("批准人和录入人是同一人", "the approver is who records it")
        return self._drafted_as(noun, entry, (doubt,) if same_person else ())

    def _change(self, target: Entry, wish: Wish, given: dict[str, Value]) -> dict[str, Value]:
        """What was typed of a correction, as it would be stored."""
        if wish.event != "amend":
            return given
        clear: dict[str, Value] = {"clear": list(wish.clear)} if wish.clear else {}
        changes = values.changed(self.book, target, wish, self._lookup)[1] if isinstance(target.data, Verb) else {}
        return {**wish.changes, **changes, **clear, **given}

    def _not_gone(self, record: str, target: Entry) -> set[str]:
        """The ids of the record's entries that were voided. Refused if ``target`` is among them."""
        gone = {e.of for e in self.entries(record) if e.event in ("void", "undo")}
        if target.id in gone:
            raise Refused(Text("它已经作废了", "it was voided before"), where=target.id)
        return gone

    def _may_go(self, noun: Noun[Any], record: str, target: Entry, entry: Entry, by: str) -> None:
        """Refuse to void what live entries depend on, and what cannot be voided. ``by`` is typed anew with what is recorded again."""
        entries = self.entries(record)
        gone = self._not_gone(record, target)
        if target.event in ("void", "undo"):
            from svcctl.book.again import once_more

            again = [once_more(noun, e, by) for e in entries if e.id == target.of]
            raise Refused(Text("作废不能再作废", "a void cannot be voided"), where=target.id, todo=again[0] if again else None)
        live = [e for e in entries if e.of == target.id and e.id not in gone and e.event not in CORRECTIONS]
        names = [f"{e.event} {e.id}" for e in live]
        for value in self._called(noun, record, target):
            hits = [(hit.record, hit.kind, hit.entry) for hit in self.book.reader.references(noun.name, value)]
            hits += [(its, e.kind, e.id) for its, drafted in self._drafted.items() for e in drafted if value in _names(e)]
            names += [f"{kind} {name}" for its, kind, name in hits if self._holds(its, name, noun.name, value)]
        if names:
            shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
            todo = Text("先作废那些，或用 amend 更正", "Void those first, or correct it with amend")
            if isinstance(target.data, Verb) and target.data.money:
                todo = Text("先作废那些", "Void those first")
            raise Refused(Text(f"还有记录以它为据：{shown}", f"live entries depend on it: {shown}"), where=target.id, todo=todo)
        if target.of:
            self._must_fit(noun, record, entry)
        self._stays_true(noun, record, entry)

    def _called(self, noun: Noun[Any], record: str, target: Entry) -> list[str]:
        """What other entries call it by: its id, or the names of a master."""
        if target.of:
            return [target.id]
        case = self.case(record) if noun.short_name else None
        named = case.state.data.values() if case is not None else {}
        return [record, *(str(named[n]) for n in noun.short_name if named.get(n))]

    def _holds(self, record: str, name: str, kind: str, value: str) -> bool:
        """Whether an entry that refers to a record keeps it from being voided: it is in effect, and its field holds it."""
        case = self.case(record)
        entry = next((e for e in case.entries if e.id == name), None) if case is not None else None
        if case is None or case.voided or entry is None:
            return case is not None and not case.voided and any(e.id == name and e.event == "amend" for e in case.history)
        for spec in entry.data.specs:
            held = isinstance(spec.type, RefType | MasterType | SharesType) and spec.type.noun == kind
            mine = getattr(entry.data, spec.name)
            named = mine if isinstance(mine, dict) else (mine,)
            if held and getattr(spec.type, "holds", True) and value in named:
                return True
        return False

    def _stays_true(self, noun: Noun[Any], record: str, entry: Entry) -> None:
        """Refuse a correction that makes something else in the account impossible."""
        opening = self._opening(noun, record)
        name = account.name_of(noun, opening) if opening is not None else ""
        if opening is not None and name:
            self._accounts.fits(noun, name, record, entry, opening.at)


def _names(entry: Entry) -> list[str]:
    """The texts of an entry by which it may name other records: ids, and the names of units and tenants."""
    data = entry.data
    found: Mapping[str, Any] = data.values() if isinstance(data, Verb) else getattr(data, "changes", {})
    return [text for value in found.values() for text in (value if isinstance(value, dict) else (value,)) if isinstance(text, str)]
