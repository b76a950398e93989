"""Which record a person means: id, ``key:TEXT``, ``@N``, a unit, or the beginning of an id."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from svcctl import nouns
from svcctl.book.open import Book
from svcctl.errors import NotFound, StorageFault
from svcctl.fields import MasterType, folded, near
from svcctl.texts import Text, same

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32
LENGTH = 10
SHORTEST = 4


class Found(NamedTuple):
    """An entry, the record it belongs to (itself, if it opens one) and its noun. ``how`` is empty for a full id."""

    entry: str
    record: str
    kind: str
    how: Text


def find(
    book: Book, text: str, kind: str | None, rows: Callable[[], Sequence[str]] = tuple, *, record: bool = False
) -> Found:
    """The one entry that ``text`` names, of ``kind`` if that is given. Raises NotFound, also where more than one fits.

    ``rows`` gives the ids of the last list on this terminal, for ``@N``. ``record``: only the record it belongs to is
    asked for, so that several entries of one record are no ambiguity.
    """
    text = text.strip()
    exact = _exact(book, text, kind)
    if exact is not None:
        return exact
    hits = [h for sort in (_by_key, _by_row, _by_unit, _by_prefix) for h in sort(book, text, kind, rows)]
    distinct = list({h.record if record else h.entry: h for h in reversed(hits)}.values())[::-1]
    if len(distinct) == 1:
        return distinct[0]
    if not distinct:
        for finding in book.reader.findings():
            if finding.code == "file":  # it may well be in there
                raise StorageFault(finding.message, where=finding.file)
        raise _nothing(book, text, kind)
    shown = ", ".join((h.record if record else h.entry) for h in distinct[:6]) + (" …" if len(distinct) > 6 else "")
    raise NotFound(
        Text(f"“{text}”不止一个：{shown}", f'"{text}" is ambiguous: {shown}'),
        todo=Text("请多写几位，或写完整的编号", "Type more of the id, or all of it"),
    )


def _exact(book: Book, text: str, kind: str | None) -> Found | None:
    lowered = text.lower()
    prefix, dash, rest = lowered.partition("-")
    if not dash or len(rest) != LENGTH or prefix not in nouns.BY_PREFIX or any(c not in ALPHABET for c in rest):
        return None
    found = book.reader.record_of(lowered)
    if found is None:
        return None
    if kind is not None and found[1] != kind:
        if found[1] == _place_noun(book, kind):
            return None  # the unit of a record
        raise NotFound(_other_noun(found[1], kind), where=lowered)
    return Found(lowered, found[0], found[1], same(""))


def _by_key(book: Book, text: str, kind: str | None, rows: Callable[[], Sequence[str]]) -> list[Found]:
    if not text.startswith("key:"):
        return []
    how = Text(f"键 {text[4:]}", f"key {text[4:]}")
    hits = [h for h in book.reader.by_key(text[4:]) if h.record and kind in (None, h.kind)]
    return [Found(*h, how) for h in hits]


def _by_row(book: Book, text: str, kind: str | None, rows: Callable[[], Sequence[str]]) -> list[Found]:
    if not (text.startswith("@") and text[1:].isascii() and text[1:].isdigit()):
        return []
    ids, number = rows(), int(text[1:])
    if not 1 <= number <= len(ids):
        raise NotFound(
            Text(f"上一个列表没有第 {number} 行（共 {len(ids)} 行）", f"the last list has no row {number} (it had {len(ids)})"),
            where=text, todo=Text("先列出：svcctl today 或 svcctl 名词 list", "List first: svcctl today, or svcctl NOUN list"),
        )  # fmt: skip
    found = book.reader.record_of(ids[number - 1])
    if found is None or (kind is not None and found[1] != kind):
        raise NotFound(_other_noun(found[1] if found else "?", kind or "?"), where=ids[number - 1])
    return [Found(ids[number - 1], *found, Text(f"列表第 {number} 行", f"row {number} of the last list"))]


def _by_unit(book: Book, text: str, kind: str | None, rows: Callable[[], Sequence[str]]) -> list[Found]:
    places = _place_noun(book, kind) if kind is not None else ""
    if kind is None or not places:
        return []
    how = Text(f"{text} 唯一未结的一条", f"the only open one of {text}")
    unit = text
    with suppress(Unknown):  # then it is no unit, or one that is not recorded
        unit = master(book, places, text)
    return [Found(r, r, kind, how) for r in book.reader.open_records(kind, unit)]


def _place_noun(book: Book, kind: str) -> str:
    """The noun of the places where records of ``kind`` are, empty if they are nowhere."""
    noun = book.noun(kind)
    place = noun.fields()[noun.place_field].type if noun.place_field else None
    return place.noun if isinstance(place, MasterType) else ""


def _by_prefix(book: Book, text: str, kind: str | None, rows: Callable[[], Sequence[str]]) -> list[Found]:
    lowered = text.lower()
    prefix, dash, rest = lowered.partition("-")
    body = rest if dash and prefix in nouns.BY_PREFIX else lowered
    if len(body) < SHORTEST or any(c not in ALPHABET for c in body):
        return []
    hits = [h for h in book.reader.by_prefix(lowered) if h.record and kind in (None, h.kind)]
    how = Text(f"以 {body} 开头", f"begins with {body}")
    return [Found(*h, how) for h in hits]


def _other_noun(found: str, wanted: str) -> Text:
    return Text(f"这是 {found}，不是 {wanted}", f"that is a {found}, not a {wanted}")


_TAIL = Text(
    "“{text}”在 {file} 末尾，是一条没写完的记录，未计入", '"{text}" is an unfinished entry at the end of {file}, which is not counted',
)
_REPAIR = Text("svcctl check --repair 会把它保存到旁边的文件里", "svcctl check --repair keeps it beside")


def _nothing(book: Book, text: str, kind: str | None) -> NotFound:
    tails = [finding for finding in book.reader.findings() if finding.code == "torn"]
    body = text.lower().rpartition("-")[2]
    for tail in tails:
        if len(body) >= SHORTEST and any(word.partition("-")[2].startswith(body) for word in _ids_in(tail.message.en)):
            what = _TAIL.fill(text=text, file=tail.file)
            return NotFound(what, where=f"{tail.file}:{tail.line}", todo=tail.message.joined(_REPAIR, "。", ". "))
    problem = _unknown(text, kind)
    if tails and problem.todo is not None:
        first = Text(f"{tails[0].file}: {tails[0].message.zh}", f"{tails[0].file}: {tails[0].message.en}").joined(_REPAIR, "。", ". ")
        problem.todo = problem.todo.joined(first, "。", ". ")
    return problem


def _ids_in(text: str) -> list[str]:
    """The words of a text that have the form of an id."""
    words = text.replace("(", " ").replace(")", " ").split()
    return [w for w in words if w[:2] in nouns.BY_PREFIX and w[2:3] == "-" and len(w) == LENGTH + 3]


def _unknown(text: str, kind: str | None) -> NotFound:
    what = Text(f"找不到“{text}”", f'nothing is named "{text}"')
    if kind is not None:
        what = Text(f"找不到 {kind}“{text}”", f'there is no {kind} "{text}"')
    return NotFound(
        what,
        expected=Text(
            "编号或编号“-”后的前 4 位以上、key:键、@行号、只有一件未结的铺位",
            "an id, 4 or more characters of it after the -, key:TEXT, @ROW, or a unit with one open record",
        ),
        todo=Text(f"看清单：svcctl {kind or '名词'} list", f"Look at svcctl {kind or 'NOUN'} list"),
    )


class Unknown(Exception):
    """No unit or tenant is named so, or several are."""

    def __init__(self, what: Text, todo: Text) -> None:
        super().__init__(what.en)
        self.what = what
        self.todo = todo


def master(book: Book, kind: str, text: str) -> str:
    """``master_of`` those that are recorded."""
    return master_of(book.masters(kind), kind, text)


def master_of(known: Mapping[str, tuple[str, ...]], kind: str, text: str) -> str:
    """The name by which the unit or tenant is stored that ``text`` names by id, number or unique name.

    ``known`` has the names of each by its id. Any text while none is recorded. Raises Unknown.
    """
    if not known:
        return text
    wanted = folded(text)
    hits = [names for record, names in known.items() if wanted == record or wanted in map(folded, names)]
    if len(hits) == 1:
        return hits[0][0]
    label = nouns.CATALOGUE[kind].label
    if hits:
        raise Unknown(
            Text(f"有 {len(hits)} 个{label.zh}叫“{text}”", f'{len(hits)} of them are named "{text}"'),
            Text("请写编号", "Use the number"),
        )
    hint = near(text, [n for names in known.values() for n in names])
    raise Unknown(
        Text(f"没有登记过的{label.zh}“{text}”", f'no {label.en.lower()} "{text}" is recorded'),
        Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint
        else Text(f"先登记：svcctl {kind} add", f"Record it first: svcctl {kind} add"),
    )  # fmt: skip
