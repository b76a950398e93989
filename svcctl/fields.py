"""Field types: how a value is typed by a person, stored, read back, shown and handed to programs.

The one place that knows what money, a time or a choice looks like. A field of a verb is declared with one of the
functions at the end (``text``, ``choice``, ``money`` …); what they return goes into a frozen dataclass.
"""

import dataclasses
import re
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from svcctl.texts import Lang, Text, listed, same

if TYPE_CHECKING:
    from decimal import Decimal

Value = str | list[str] | dict[str, str]  # a value as it stands in the ledger

_NAMES = ("master", "person", "ref")  # types of which blanks around are no part
RESERVED = ("for", "from")  # keys that are declared as ``for_`` and ``from_``, since the words belong to Python
LONGEST = 10_000  # characters of one text; more is a paste that went wrong


class BadValue(ValueError):
    """A value that its field does not take; ``expected`` says what it takes."""

    def __init__(self, expected: Text, near: str = "") -> None:
        super().__init__(expected.en)
        self.expected = expected
        self.near = near


class Ctx(NamedTuple):
    """What reading a person's text may depend on."""

    now: datetime
    zone: tzinfo
    lang: Lang = "zh"


class FieldType:
    """A kind of value. The base class is plain text."""

    name = "text"
    kind = "text"  # how tables and workbooks lay it out
    sample = "…"

    def parse(self, text: str, ctx: Ctx) -> Any:
        """The value a person means by ``text``; raises BadValue."""
        return self.load(text)

    def load(self, stored: Value) -> Any:
        """The value that the ledger's text stands for; raises BadValue."""
        if not isinstance(stored, str):
            raise BadValue(Text("一段文字", "a text"))
        value = stored.strip() if self.name in _NAMES else stored  # a text is kept as it was typed
        if not value.strip():
            raise BadValue(Text("一段不为空的文字", "a text that is not empty"))
        if len(value) > LONGEST:
            raise BadValue(Text(f"不超过 {LONGEST} 个字", f"at most {LONGEST} characters"))
        return value

    def dump(self, value: Any) -> Value:
        """The ledger's text of a value."""
        return str(value)

    def json(self, value: Any) -> Any:
        """The value for programs: text, or a native integer or boolean."""
        return self.dump(value)

    def show(self, value: Any, lang: Lang) -> str:
        """The value for people."""
        return str(self.dump(value))


class ChoiceType(FieldType):
    """One of a fixed list; taken by code or by either label, stored by code."""

    name = "choice"

    def __init__(self, choices: tuple[tuple[str, str, str], ...]) -> None:
        self.choices = choices
        self._codes = {code: code for code, _, _ in choices}  # of very many entries each refers to one and the same text
        self.labels = {code: Text(zh, en) for code, zh, en in choices}

    @property
    def sample(self) -> str:  # type: ignore[override]
        """The first code."""
        return self.choices[0][0]

    def load(self, stored: Value) -> str:
        code = self._codes.get(stored) if isinstance(stored, str) else None
        if code is not None:
            return code
        raise BadValue(self._allowed())

    def parse(self, text: str, ctx: Ctx) -> str:
        wanted = folded(text)
        for code, zh, en in self.choices:
            if wanted in (code, folded(zh), folded(en)):
                return code
        codes = {word.casefold(): code for code, *labels in self.choices for word in (code, *labels)}
        raise BadValue(self._allowed(), codes.get(near(text, list(codes)), ""))

    def show(self, value: Any, lang: Lang) -> str:
        label = self.labels.get(value)
        return label.to(lang) if label else str(value)

    def _allowed(self) -> Text:
        return listed([Text(f"{c}（{zh}）", f"{c} ({en})") for c, zh, en in self.choices])


class FlagType(FieldType):
    """Yes or nothing. Stored as ``"true"``."""

    name = "flag"
    kind = "flag"
    sample = "true"

    def load(self, stored: Value) -> bool:
        if isinstance(stored, str) and folded(stored) in ("true", "yes", "1", "是"):
            return True
        if isinstance(stored, str) and folded(stored) in ("false", "no", "0", "否"):
            return False
        raise BadValue(same("true"))

    def dump(self, value: Any) -> str:
        return "true" if value else ""

    def json(self, value: Any) -> bool:
        return bool(value)

    def show(self, value: Any, lang: Lang) -> str:
        return Text("是", "yes").to(lang) if value else ""


class IntType(FieldType):
    """A whole number between two limits, both allowed."""

    name = "int"
    kind = "int"

    def __init__(self, low: int = 0, high: int = 10**9) -> None:
        self.low, self.high = low, high

    @property
    def sample(self) -> str:  # type: ignore[override]
        """The lower limit, or 1."""
        return str(max(self.low, 1))

    def load(self, stored: Value) -> int:
        if isinstance(stored, str) and re.fullmatch("[0-9]{1,12}", stored) and self.low <= int(stored) <= self.high:
            return int(stored)
        raise BadValue(Text(f"{self.low} 到 {self.high} 的整数", f"a whole number from {self.low} to {self.high}"))

    def parse(self, text: str, ctx: Ctx) -> int:
        return self.load(narrow(text).strip())

    def json(self, value: Any) -> int:
        return int(value)


class MoneyType(FieldType):
    """An amount of money: decimal, two places, at most 15 significant digits, never negative."""

    name = "money"
    kind = "money"
    sample = "128.50"

    def load(self, stored: Value) -> "Decimal":
        from decimal import Decimal

        if isinstance(stored, str) and re.fullmatch(r"[0-9]{1,13}\.[0-9]{2}", stored):
            return Decimal(stored)
        raise BadValue(Text("金额，如 1234.50", "an amount such as 1234.50"))

    def parse(self, text: str, ctx: Ctx) -> "Decimal":
        from decimal import Decimal

        typed = narrow(text).strip().removeprefix("¥").removesuffix("元").strip()
        if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?", typed):
            typed = typed.replace(",", "")
        if not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", typed):
            raise BadValue(Text("金额，最多两位小数，如 1234.50", "an amount with at most two decimals, such as 1234.50"))
        return Decimal(typed).quantize(Decimal("0.01"))

    def dump(self, value: Any) -> str:
        return f"{value:.2f}"

    def show(self, value: Any, lang: Lang) -> str:
        return f"{value:,.2f}"


_OFFSETS: dict[tzinfo, tzinfo] = {}  # the offsets that were met: very many moments share one, instead of each having its own


class TimeType(FieldType):
    """A moment, to the second, with its offset. ``end`` says what a date alone means."""

    name = "time"
    kind = "time"
    sample = "2026-11-24 09:00"

    def __init__(self, end_of_day: bool = True) -> None:
        self.end_of_day = end_of_day

    def load(self, stored: Value) -> datetime:
        if isinstance(stored, str) and len(stored) >= 20:
            try:
                moment = datetime.fromisoformat(stored)
            except ValueError:
                moment = None
            if moment is not None and moment.tzinfo is not None:
                return moment.replace(tzinfo=_OFFSETS.setdefault(moment.tzinfo, moment.tzinfo))
        raise BadValue(Text("时间，如 2026-11-24T09:00:00+08:00", "a time like 2026-11-24T09:00:00+08:00"))

    def parse(self, text: str, ctx: Ctx) -> datetime:
        from svcctl import dates

        try:
            moment = dates.parse_time(text, ctx.now.astimezone(ctx.zone), end_of_day="end" if self.end_of_day else "at")
        except dates.NotATime as wrong:
            raise BadValue(wrong.expected) from None
        return moment.astimezone(ctx.zone)

    def dump(self, value: Any) -> str:
        text: str = value.isoformat()
        return text

    def show(self, value: Any, lang: Lang) -> str:
        return f"{value:%Y-%m-%d %H:%M}"


class DateType(FieldType):
    """A calendar day."""

    name = "date"
    kind = "date"
    sample = "2026-11-24"

    def load(self, stored: Value) -> date:
        if isinstance(stored, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", stored):
            try:
                return date.fromisoformat(stored)
            except ValueError:
                pass
        raise BadValue(Text("日期，如 2026-11-24", "a date like 2026-11-24"))

    def parse(self, text: str, ctx: Ctx) -> date:
        from svcctl import dates

        try:
            return dates.parse_date(text, ctx.now.astimezone(ctx.zone))
        except dates.NotATime as wrong:
            raise BadValue(wrong.expected) from None

    def dump(self, value: Any) -> str:
        text: str = value.isoformat()
        return text


class NumberType(FieldType):
    """A decimal quantity of at most six places, such as an area."""

    name = "number"
    kind = "number"
    sample = "86.5"

    def load(self, stored: Value) -> "Decimal":
        from decimal import Decimal

        if isinstance(stored, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", stored):
            return Decimal(stored)
        raise BadValue(Text("数字，如 86.5", "a number such as 86.5"))

    def parse(self, text: str, ctx: Ctx) -> "Decimal":
        return self.load(narrow(text).strip())


class RefType(FieldType):
    """The id of a record of another (or the same) noun. The caller turns what was typed into the id."""

    name = "ref"
    kind = "id"
    sample = "7k3f"

    def __init__(self, noun: str, holds: bool = True) -> None:
        self.noun = noun
        self.holds = holds  # the record referred to cannot be voided while this one lives


class MasterType(FieldType):
    """A unit or a tenant: any text while none is recorded, afterwards one that is. Stored by its short name."""

    name = "master"
    sample = "A-101"

    def __init__(self, noun: str) -> None:
        self.noun = noun


class MonthType(FieldType):
    """A calendar month, ``2026-11``."""

    name = "month"
    sample = "2026-11"

    def load(self, stored: Value) -> str:
        if isinstance(stored, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", stored):
            return stored
        raise BadValue(Text("月份，如 2026-11", "a month such as 2026-11"))

    def parse(self, text: str, ctx: Ctx) -> str:
        typed = folded(text)
        here = ctx.now.astimezone(ctx.zone)
        months = {"this": 0, "本月": 0, "last": -1, "上月": -1, "上个月": -1, "next": 1, "下月": 1, "下个月": 1}
        if typed in months:
            number = here.year * 12 + here.month - 1 + months[typed]
            return f"{number // 12:04}-{number % 12 + 1:02}"
        found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})月?", typed)
        return self.load(f"{found[1]}-{int(found[2]):02}" if found else typed)


class SharesType(FieldType):
    """Amounts of money by the records they go to: ``{id: amount}``. Typed as ``ID=AMOUNT``, once for each.

    The caller turns what was typed for a record into its id.
    """

    name = "shares"
    sample = "7k3f=128.50"

    def __init__(self, noun: str) -> None:
        self.noun = noun

    def split(self, raw: Value) -> dict[str, str]:
        """What was typed, by what was typed for the record; raises BadValue."""
        if isinstance(raw, dict):
            return raw
        found: dict[str, str] = {}
        for pair in raw if isinstance(raw, list) else [raw]:
            name, equals, amount = pair.rpartition("=")
            if not equals or not name.strip() or name.strip() in found:
                raise BadValue(Text("编号=金额，每项一次", "ID=AMOUNT, each once"))
            found[name.strip()] = amount
        return found

    def load(self, stored: Value) -> "dict[str, Decimal]":
        if not isinstance(stored, dict):
            raise BadValue(Text("编号到金额的对照", "amounts by id"))
        return {one: _MONEY.load(amount) for one, amount in stored.items()}

    def dump(self, value: Any) -> dict[str, str]:
        return {one: _MONEY.dump(amount) for one, amount in value.items()}

    def show(self, value: Any, lang: Lang) -> str:
        return ", ".join(f"{one}={_MONEY.show(amount, lang)}" for one, amount in value.items())


class Tally(tuple[tuple[str, int], ...]):
    """Counted money: how many of each denomination, as ``("0.5", 6)``."""

    @property
    def total(self) -> "Decimal":
        """What it comes to."""
        from decimal import Decimal

        return sum((Decimal(value) * number for value, number in self), Decimal("0.00"))


class TallyType(FieldType):
    """Counted money, denomination by denomination: ``100x3,50x4,0.5x6``."""

    name = "tally"
    sample = "100x3,50x4,0.5x6"

    def load(self, stored: Value) -> Tally:
        found: dict[str, int] = {}
        for part in stored.split(",") if isinstance(stored, str) else ("",):
            match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,2})?)x([0-9]{1,6})", part)
            value = match[1].rstrip("0").rstrip(".") if match and "." in match[1] else match[1] if match else ""
            if match is None or value in found:
                raise BadValue(Text("面额x张数，各一次，如 100x3,50x4,0.5x6", "denomination x number, each once, such as 100x3,50x4,0.5x6"))
            found[value] = int(match[2])
        from decimal import Decimal

        some = {value: number for value, number in found.items() if number} or found
        return Tally(sorted(some.items(), key=lambda pair: -Decimal(pair[0])))

    def parse(self, text: str, ctx: Ctx) -> Tally:
        typed = "".join(folded(text).replace("×", "x").replace("*", "x").replace("、", ",").split())
        return self.load(typed.removesuffix(","))

    def dump(self, value: Any) -> str:
        return ",".join(f"{one}x{number}" for one, number in value)

    def show(self, value: Any, lang: Lang) -> str:
        return str(self.dump(value)).replace(",", ", ")  # a line may end between them; it can be typed like this too


class TextsType(FieldType):
    """Several short texts. Typed with commas between them."""

    name = "texts"
    sample = "A@2026-11-24,B@2026-11-24"

    def load(self, stored: Value) -> tuple[str, ...]:
        if not isinstance(stored, list) or not stored or not all(one.strip() for one in stored):
            raise BadValue(Text("一个或几个，用逗号分开", "one or several, with commas between them"))
        return tuple(stored)

    def parse(self, text: str, ctx: Ctx) -> tuple[str, ...]:
        return self.load([one.strip() for one in text.replace("，", ",").replace("、", ",").split(",")])

    def dump(self, value: Any) -> list[str]:
        return list(value)

    def show(self, value: Any, lang: Lang) -> str:
        return ", ".join(value)


class PointType(FieldType):
    """A cash point of ledger.yaml, by its code."""

    name = "point"
    sample = "front"


class PersonType(FieldType):
    """Somebody of the staff; must be in ``staff`` of ledger.yaml if that is given."""

    name = "person"
    sample = "李敏"


class Spec(NamedTuple):
    """A declared field: its key, type and texts. ``personal`` names the way it is masked, or is empty."""

    name: str
    type: FieldType
    label: Text
    required: bool
    personal: str
    help: Text | None
    policy: str  # what the default is taken from, for the help; empty if there is none
    short: str = ""  # what people call it, where that is no key for YAML (``no`` would be read as false)

    @property
    def attribute(self) -> str:
        """The name in Python, which has words that may not be names."""
        return self.name + "_" if self.name in RESERVED else self.name

    @property
    def option(self) -> str:
        """The command line option."""
        return "--" + (self.short or self.name).replace("_", "-")


def _declare(
    kind: FieldType,
    zh: str,
    en: str,
    required: bool = False,
    personal: str = "",
    hint: tuple[str, str] | None = None,
    policy: str = "",
    short: str = "",
) -> Any:
    spec = Spec("", kind, Text(zh, en), required, personal, Text(*hint) if hint else None, policy, short)
    if required:
        return dataclasses.field(metadata={"spec": spec})
    return dataclasses.field(default=None, metadata={"spec": spec})


_TEXT, _FLAG, _MONEY, _TIME, _DATE, _NUMBER, _PERSON = (
    FieldType(), FlagType(), MoneyType(), TimeType(), DateType(), NumberType(), PersonType(),
)  # fmt: skip


def text(zh: str, en: str, **more: Any) -> Any:
    """Declare a text."""
    return _declare(_TEXT, zh, en, **more)


def person(zh: str, en: str, **more: Any) -> Any:
    """Declare somebody of the staff."""
    return _declare(_PERSON, zh, en, **more)


def flag(zh: str, en: str, **more: Any) -> Any:
    """Declare a yes-or-nothing."""
    return _declare(_FLAG, zh, en, **more)


def money(zh: str, en: str, **more: Any) -> Any:
    """Declare an amount of money."""
    return _declare(_MONEY, zh, en, **more)


def number(zh: str, en: str, **more: Any) -> Any:
    """Declare a decimal quantity."""
    return _declare(_NUMBER, zh, en, **more)


def whole(zh: str, en: str, low: int = 0, high: int = 10**9, **more: Any) -> Any:
    """Declare a whole number between two limits."""
    return _declare(IntType(low, high), zh, en, **more)


def time(zh: str, en: str, **more: Any) -> Any:
    """Declare a moment; a date alone means the end of that day."""
    return _declare(_TIME, zh, en, **more)


def day(zh: str, en: str, **more: Any) -> Any:
    """Declare a calendar day."""
    return _declare(_DATE, zh, en, **more)


def choice(zh: str, en: str, choices: tuple[tuple[str, str, str], ...], **more: Any) -> Any:
    """Declare a choice from ``(code, zh, en)`` rows."""
    return _declare(ChoiceType(choices), zh, en, **more)


def ref(zh: str, en: str, noun: str, holds: bool = True, **more: Any) -> Any:
    """Declare a reference to a record of ``noun``; unless it ``holds``, that record can be voided all the same."""
    return _declare(RefType(noun, holds), zh, en, **more)


def month(zh: str, en: str, **more: Any) -> Any:
    """Declare a calendar month."""
    return _declare(MonthType(), zh, en, **more)


def shares(zh: str, en: str, noun: str, **more: Any) -> Any:
    """Declare amounts of money that go to records of ``noun``."""
    return _declare(SharesType(noun), zh, en, **more)


def tally(zh: str, en: str, **more: Any) -> Any:
    """Declare counted money."""
    return _declare(TallyType(), zh, en, **more)


def texts(zh: str, en: str, **more: Any) -> Any:
    """Declare several short texts."""
    return _declare(TextsType(), zh, en, **more)


def point(zh: str, en: str, **more: Any) -> Any:
    """Declare a cash point."""
    return _declare(PointType(), zh, en, **more)


def master(zh: str, en: str, noun: str, **more: Any) -> Any:
    """Declare a unit or a tenant."""
    return _declare(MasterType(noun), zh, en, **more)


def specs_of(declared: type) -> tuple[Spec, ...]:
    """The fields of a dataclass made with the functions above, in their order."""
    found = []
    for item in dataclasses.fields(declared):
        spec: Spec | None = item.metadata.get("spec")
        if spec is not None:
            found.append(spec._replace(name=item.name.rstrip("_")))
    return tuple(found)


def narrow(typed: str) -> str:
    """Full-width letters, digits and signs as their ordinary forms."""
    if typed.isascii():
        return typed
    import unicodedata

    return unicodedata.normalize("NFKC", typed)


def folded(typed: str) -> str:
    """A word as it is compared: ordinary width, no blanks around it, no case."""
    return narrow(typed).strip().casefold()


def near(typed: str, words: list[str] | tuple[str, ...]) -> str:
    """The word that ``typed`` most likely was meant to be, or an empty text."""
    from difflib import get_close_matches

    lowered = {w.casefold(): w for w in words}
    wanted = folded(typed)
    found = get_close_matches(wanted, list(lowered), n=1, cutoff=0.6 if len(wanted) > 2 else 0.5)
    return lowered[found[0]] if found else ""


def span(spec: str) -> timedelta:
    """``30m``, ``24h``, ``3d`` as a length of time; raises BadValue."""
    number, unit = spec[:-1], _UNITS.get(spec[-1:])
    if unit is None or not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise BadValue(Text("时长，如 30m、24h、3d", "a duration such as 30m, 24h or 3d"))
    return timedelta(**{unit: int(number)})


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


