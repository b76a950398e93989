"""Entries, verbs and nouns: how something that is recorded is declared.

A verb is a frozen dataclass: its fields are the command's options, the keys in the ledger and the columns; its
methods are its rules. A noun is a list of verbs, the states a record can be in, and the state's own type. Nothing
here reads a file, a clock or the environment.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar, dataclass_transform

from svcctl import fields
from svcctl.fields import BadValue, Spec, Value
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.site import Site

HEAD = ("id", "kind", "event", "of", "at", "recorded", "by")
TAIL = ("note", "files", "key", "late", "salt", "pii", "erased", "sum")


class Place(NamedTuple):
    """Where an entry stands: ledger-relative file and the line of its ``---``."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else ""


class Due(NamedTuple):
    """A moment by which something has to happen, and what: ``code`` names it within the noun."""

    code: str
    what: Text
    by: datetime
    command: str = ""  # what to type next, with ``{id}`` for the record's


class Missing(NamedTuple):
    """Something that should be on record and is not. ``id`` is the record it is about, empty if that is what is missing."""

    name: str
    id: str
    due: Due


class Rules(NamedTuple):
    """What a verb's rules may look at: the site with its policy, the moment the entry is about, and who records it.

    ``state`` is that of the record before a follow-up; None for an opening. ``account`` is the account that the entry
    goes to, with all that is in it so far, also what lies after ``at``; None for a noun that has no accounts.
    """

    site: "Site"
    at: datetime
    by: str = ""
    state: Any = None
    account: Any = None


class Brought(NamedTuple):
    """An entry that comes with another one, in its group, at the same time and by the same person."""

    noun: str
    data: "Verb"
    of: str = ""  # the record it follows up; empty if it opens one


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(
    fields.text, fields.person, fields.flag, fields.money, fields.number, fields.whole, fields.time, fields.day,
    fields.choice, fields.ref, fields.master, fields.month, fields.shares, fields.tally, fields.texts, fields.point,
))  # fmt: skip
def verb(declared: "type[V]") -> "type[V]":
    """Make a class a verb: a frozen dataclass whose fields are read once.

    Its constructor and its frozenness are ``Verb``'s own: to generate them anew for each of a noun's dozen verbs would
    take longer than everything else an everyday ``add`` does.
    """
    made = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(declared)
    made.specs = fields.specs_of(made)
    for spec in made.specs:
        if spec.name in fields.RESERVED:
            setattr(made, spec.attribute, property(_value_of(spec.name)))
    made.by_name = {s.name: s for s in made.specs}
    made.short = {s.short: s.name for s in made.specs if s.short}
    return made


def _value_of(name: str) -> Callable[["Verb"], Any]:
    return lambda verb: verb.__dict__[name]


class Verb:
    """Something that can be done to a record. Subclasses are declared with ``@verb``.

    The docstring's first paragraph is the help in Chinese, its second the help in English.
    """

    event: ClassVar[str]
    label: ClassVar[Text]
    opens: ClassVar[bool] = False
    moves: ClassVar[Mapping[str, str]] = {}  # the states it may be done in, each with the state it leads to
    leads_to: ClassVar[str] = ""  # the state it leads to in general; empty where the state stays or depends
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()  # of each group at least one field is required
    money: ClassVar[bool] = False  # moves money: not amended, not undone
    spreads: ClassVar[bool] = False  # typed once, it becomes a follow-up of each of several records, in one group
    typed: ClassVar[bool] = True  # somebody types it; else it only comes with another entry
    blind: ClassVar[bool] = False  # not to be seen before it is stored, so left out of a dry run
    examples: ClassVar[tuple[Text, ...]] = ()

    specs: ClassVar[tuple[Spec, ...]] = ()
    by_name: ClassVar[dict[str, Spec]] = {}
    short: ClassVar[dict[str, str]] = {}  # fields by what people call them, where that is not their key

    def __init__(self, **values: Any) -> None:
        unknown = values.keys() - self.by_name.keys()
        missing = [s.name for s in self.specs if s.required and values.get(s.name) is None]
        if unknown or missing:
            raise TypeError(f"{type(self).__name__}: unknown {sorted(unknown)}, missing {missing}")
        self.__dict__.update({s.name: values.get(s.name) for s in self.specs})

    def __setattr__(self, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """An instance from values by field name; what is not named is None. (Quicker than the constructor.)"""
        made = object.__new__(cls)
        store = made.__dict__
        for spec in cls.specs:
            store[spec.name] = values.get(spec.name)
        return made

    @classmethod
    def explained(cls) -> Text:
        """The help, from the docstring."""
        zh, _, en = (cls.__doc__ or "").strip().partition("\n\n")
        return Text(" ".join(zh.split()), " ".join(en.split()))

    def values(self) -> dict[str, Any]:
        """The fields that have a value, in their order."""
        return {s.name: v for s in self.specs if (v := getattr(self, s.name)) is not None}

    def but(self, **changes: Any) -> Self:
        """This with some fields changed."""
        return type(self).of({**self.values(), **changes})

    def complete(self, rules: Rules) -> Self:
        """This with what policy gives where nothing was typed."""
        return self

    def faults(self) -> Iterator[tuple[str, Text]]:
        """What is wrong between its own fields: ``(field, what)``."""
        yield from ()

    def needs(self) -> Iterator[str]:
        """The fields that are required because of what others say, whether they have a value or not."""
        yield from ()

    def against(self, rules: Rules) -> Iterator[tuple[str, Text]]:
        """What the site, its policy or the account does not allow: ``(field, what)``. Asked before ``complete``."""
        yield from ()

    def doubts(self, rules: Rules) -> Iterator[Text]:
        """What is unusual and worth a warning, though not refused."""
        yield from ()

    def brings(self, entry: "Entry", rules: Rules) -> Iterator[Brought]:
        """The entries that come with it, all stored in one group or none of them."""
        yield from ()

    @classmethod
    def spread(cls, values: Mapping[str, Any], rules: Rules) -> list[tuple[str, Self]]:
        """Of a verb that ``spreads``: each record it is a follow-up of, with the follow-up. Raises BadValue if there is none."""
        raise NotImplementedError

    @classmethod
    def gathered(cls, stored: Sequence[Self]) -> dict[str, Any]:
        """Of a verb that ``spreads``: the values that were typed for these follow-ups of one group."""
        raise NotImplementedError

    def bars(self, state: Any, entry: "Entry") -> Text | None:
        """Why it cannot be done to a record in this state, beyond ``moves``; None if it can."""
        return None

    def lands(self, state: Any) -> str:
        """The state it leads to from ``state``, which is one of ``moves``."""
        return self.moves[state.state]

    def apply(self, state: Any, entry: "Entry") -> Any:
        """The record's state after it, but for ``state`` itself and ``timeline``."""
        return state


V = TypeVar("V", bound=Verb)


class Entry(NamedTuple):
    """One immutable document of the ledger, typed. ``data`` has the verb's fields."""

    id: str
    kind: str
    event: str
    of: str
    at: datetime
    recorded: datetime
    by: str
    data: Any  # Verb, Amend or Void
    place: Place
    note: str = ""
    key: str = ""
    files: tuple[str, ...] = ()
    late: str = ""
    erased: str = ""
    sum: str = ""

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """Follow-ups are folded in this order."""
        return (self.at, self.recorded, self.id)


class Amend(NamedTuple):
    """A correction: the target's fields under their own names, and those to be emptied. Texts as stored."""

    changes: Mapping[str, Value]
    clear: tuple[str, ...]
    reason: str


class Void(NamedTuple):
    """A correction: the target never was. An undo has no approver."""

    reason: str
    approved_by: str


CORRECTIONS = ("amend", "void", "undo")


class Step(NamedTuple):
    """One stretch of a record's life: the state it came into, when, by which event."""

    at: datetime
    state: str
    event: str


S = TypeVar("S", bound=Any)


class Listed(NamedTuple):
    """A noun before it is loaded: enough to find its files and to be listed in a help."""

    name: str
    prefix: str
    folder: str
    label: Text
    about: Text
    place: str  # ``module:class`` below ``svcctl.nouns``


class Reach(NamedTuple):
    """Whether a record is still open, and until when it can matter to a figure; None: for ever, as far as is known."""

    open: bool
    last: datetime | None


class Account:
    """What records of a noun come to that are only understood together: a tenant's charges and payments, a cash point's
    counts and moves. Entries are posted one after another in the order of ``Entry.order``.
    """

    def post(self, entry: Entry, opening: Entry) -> Text | None:
        """Take in an entry, which comes after all that were taken in; ``opening`` is that of its record.

        Why it has no effect, if it is a follow-up that is impossible; None otherwise. An opening is always taken in.
        """
        raise NotImplementedError

    def flaws(self) -> Mapping[str, Text]:
        """What is wrong with openings that were taken in, by their ids: what a merge of two desks may bring."""
        return {}

    def light(self, opening: Entry, state: Any) -> Any:
        """The state of a record, with what the other records of the account make of it."""
        raise NotImplementedError


class Noun(Generic[S]):
    """Something that is recorded. One instance a noun; subclasses say what is peculiar to it."""

    verbs: ClassVar[tuple[type[Verb], ...]]
    states: ClassVar[Mapping[str, Text]]
    open_states: ClassVar[frozenset[str]]
    columns: ClassVar[tuple[str, ...]]  # of a list on the terminal
    place_field: ClassVar[str] = ""  # the field that names the unit
    account_field: ClassVar[str] = ""  # records in which this is the same are only understood together, as an account
    short_name: ClassVar[tuple[str, ...]] = ()  # of a master: the fields it can be named by, stored by the first
    derived: ClassVar[Mapping[str, tuple[fields.FieldType, Text]]] = {}  # what `facts` adds to a record's fields

    def __init__(self, listed: Listed) -> None:
        self.name, self.prefix, self.folder = listed.name, listed.prefix, listed.folder
        self.label, self.about = listed.label, listed.about
        self._by_event = {v.event: v for v in self.verbs}

    def begin(self, entry: Entry) -> S:
        """The state of a record of which only ``entry``, its opening, is known."""
        raise NotImplementedError

    def account(self, site: "Site") -> Account:
        """An account with nothing in it, of a noun that has ``account_field``."""
        raise NotImplementedError

    def reaches(self, cases: Sequence[Any]) -> Mapping[str, Reach]:
        """How far records of one account reach, by their ids; ``cases`` are in the light of their account or not yet,
        and none is voided.

        Of ``cases`` only those are asked about of which everything that bears on them is among ``cases``.
        """
        raise NotImplementedError

    def due_together(self, cases: Sequence[Any], site: "Site") -> Due | None:
        """What several open records of one account come to in one line; None if each speaks for itself."""
        return None

    def audit(self, cases: Sequence[Any], site: "Site") -> Iterator[tuple[Entry, Text]]:
        """What does not tie in one account, each with the entry to look at; ``cases`` are all of it that is not voided."""
        yield from ()

    def unfit(self, entry: Entry, field: str, other: Any) -> Text | None:
        """Why the entry's ``field`` cannot refer to the record ``other`` (a folded case); None if it can."""
        return None

    def facts(self, state: S, now: datetime, site: "Site") -> dict[str, Any]:
        """What follows from the state for people: the derived fields of a list, typed, by the names in ``derived``."""
        return {}

    def dues(self, state: S, site: "Site") -> list[Due]:
        """What is still to be done by when, the soonest first."""
        return []

    def missing(self, cases: Sequence[Any], since: datetime, now: datetime, site: "Site") -> list[Missing]:
        """What is not on record though it should be, from ``since`` to ``now``; ``cases`` matter then, and are linked."""
        return []

    def horizon(self, state: S) -> datetime:
        """A moment after which the record can be in no figure any more, if it is not open."""
        last: datetime = state.timeline[-1].at
        return last

    def weight(self, state: S) -> int:
        """How serious it is: of two matters equally late the heavier one comes first."""
        return 0

    def title(self, state: S) -> str:
        """What it is about, in a few words for ``today`` and attention lists."""
        return ""

    # what follows is the same for every noun

    def verb(self, event: str) -> type[Verb] | None:
        """The verb of that event."""
        return self._by_event.get(event)

    @property
    def opening(self) -> type[Verb]:
        """The first verb that opens a record."""
        return next(v for v in self.verbs if v.opens)

    def fields(self) -> dict[str, Spec]:
        """Every declared field of the noun: the opening verbs' first, then those of the others, in their order."""
        found: dict[str, Spec] = {}
        for kind in sorted(self.verbs, key=lambda v: not v.opens):
            for spec in kind.specs:
                found.setdefault(spec.name, spec)
        return found

    def personal(self) -> frozenset[str]:
        """The names of the fields that hold personal data."""
        return frozenset(s.name for v in self.verbs for s in v.specs if s.personal)

    def is_open(self, state: S) -> bool:
        """Whether something is still to be done."""
        return state.state in self.open_states

    def overdue(self, state: S, now: datetime, site: "Site") -> bool:
        """Whether a limit has passed unmet."""
        return self.is_open(state) and any(d.by < now for d in self.dues(state, site))


class Unreadable(NamedTuple):
    """What is wrong with a stored document: the key and what was expected of it."""

    key: str
    expected: Text
    got: str


def typed(
    noun: Noun[Any], doc: Mapping[str, Value], place: Place, record: str = ""
) -> tuple[Entry | None, list[Unreadable]]:
    """The entry that a document is, and what is wrong with it. None if its head cannot be used at all.

    ``record`` is the id that it may be a follow-up of: what very many entries have in common is kept once.
    A field whose value its type does not take is left out and named, so that one bad value hides no record.
    """
    wrong: list[Unreadable] = []
    event = str(doc.get("event", ""))
    try:
        at = _MOMENT.load(doc.get("at", ""))
        recorded = _MOMENT.load(doc.get("recorded", ""))
    except BadValue as bad:
        return None, [Unreadable("at", bad.expected, str(doc.get("at", "")))]
    data: Any
    if event == "amend":
        data = _amend(doc)
    elif event in CORRECTIONS:
        data = Void(str(doc.get("reason", "")), str(doc.get("approved_by", "")))
    else:
        kind = noun.verb(event)
        if kind is None:
            names = Text("、".join(v.event for v in noun.verbs), ", ".join(v.event for v in noun.verbs))
            return None, [Unreadable("event", names, event)]
        data, event = kind.of(_load(kind, doc, wrong)), kind.event
    files, of, by = doc.get("files", []), str(doc.get("of", "")), str(doc.get("by", ""))
    entry = Entry(
        str(doc.get("id", "")), noun.name, event, record if of == record else of, at, recorded, _PEOPLE.setdefault(by, by), data,
        place, str(doc.get("note", "")), str(doc.get("key", "")), tuple(files) if isinstance(files, list) else (),
        str(doc.get("late", "")), str(doc.get("erased", "")), str(doc.get("sum", "")),
    )  # fmt: skip
    return entry, wrong


_MOMENT = fields.TimeType()
_PEOPLE: dict[str, str] = {}  # the names met in `by`: very many entries share each of them
_FRAME = frozenset((*HEAD, *TAIL))


def _load(kind: type[Verb], doc: Mapping[str, Value], wrong: list[Unreadable]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    by_name = kind.by_name
    for key, stored in doc.items():
        spec = by_name.get(key)
        if spec is None:
            if key not in _FRAME:
                known = Text("该动词的字段", "a field of this verb")
                wrong.append(Unreadable(key, known, key))
            continue
        try:
            values[key] = spec.type.load(stored)
        except BadValue as bad:
            wrong.append(Unreadable(key, bad.expected, "***" if spec.personal else str(stored)))
    if "erased" not in doc:
        wrong.extend(
            Unreadable(s.name, Text("必填", "a value, it is required"), "") for s in kind.specs
            if s.required and s.name not in doc
        )  # fmt: skip
    return values


def _amend(doc: Mapping[str, Value]) -> Amend:
    changes = {k: v for k, v in doc.items() if k not in _FRAME and k not in ("reason", "clear")}
    clear = doc.get("clear", [])
    return Amend(changes, tuple(clear) if isinstance(clear, list) else (), str(doc.get("reason", "")))


def stays(states: Iterable[str]) -> dict[str, str]:
    """``moves`` of a verb that may be done in these states and changes none of them."""
    return {s: s for s in states}


def leads(states: Iterable[str], to: str, only: Iterable[str] | None = None) -> dict[str, str]:
    """``moves`` of a verb that leads from ``states`` to ``to``, or only from some of them; elsewhere the state stays."""
    moved = frozenset(states if only is None else only)
    return {s: to if s in moved else s for s in states}
