"""``ledger.yaml``: the profile and policy of a site, typed. Pure: it gets a tree of texts and the line of each key."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from svcctl.errors import Refused, SvcError, refuse
from svcctl.fields import BadValue, DateType, near, span
from svcctl.texts import Text, listed, same

if TYPE_CHECKING:
    from decimal import Decimal

FILE = "ledger.yaml"
PROFILES = {
    "street": ("complaint", "repair", "lost", "cash", "fee", "plan", "unit", "tenant", "lease"),
    "hotel": ("complaint", "repair", "lost", "cash", "plan", "unit"),
    "hotline": ("complaint", "repair", "lost", "plan"),
}
CORE_NOUNS = ("complaint", "repair", "lost", "cash", "fee", "unit", "tenant", "lease", "tariff", "meter")
OTHER_NOUNS = (
    "contact", "handover", "call", "monitor", "enquiry", "request", "reception", "room", "stock", "laundry", "key",
    "clean", "hygiene", "cert", "shift", "leave", "attendance", "penalty", "receipts", "account", "procedure", "event",
    "inspection", "plan", "capa", "meeting", "suggestion", "training", "exam", "equipment", "hazard", "incident",
    "survey",
)  # fmt: skip
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Everything a site can set, with what holds where it is silent (CONTRACT 10). A text is a duration, a tuple amounts.
POLICY: dict[str, dict[str, Any]] = {
    "complaint": {
        "reply": {"general": "24h", "serious": "4h", "major": "1h"},
        "target": {"general": "3d", "serious": "2d", "major": "1d"},
        "callback_within": "3d",
    },
    "repair": {"due": {"emergency": "24h", "normal": "24h", "planned": "7d"}, "follow_every": "24h"},
    "lost": {"hold": {"valuable": "365d", "ordinary": "90d", "document": "7d", "perishable": "1d", "prohibited": "0d"}},
    "cash": {"settle_within": "1d", "denominations": ("100", "50", "20", "10", "5", "1", "0.5", "0.1")},
}

# How long personal fields are kept after a record is closed; "never" erases none of a noun.
RETENTION = {"complaint": "730d", "repair": "730d", "lost": "365d", "fee": "1095d", "tenant": "1095d"}
NEVER = "never"


class Shift(NamedTuple):
    """A shift of a cash point, by the clock."""

    code: str
    start: str
    end: str


class Point(NamedTuple):
    """A cash point: its fixed float, by when takings are to be handed in, and its shifts."""

    amount: str
    remit_by: str
    shifts: tuple[Shift, ...]

    @property
    def float(self) -> "Decimal":
        """The fixed float. (Decimals are made when asked for: few commands need them, and they take time to load.)"""
        from decimal import Decimal

        return Decimal(self.amount)


class Target(NamedTuple):
    """What a measure should reach (``min``) or not exceed (``max``)."""

    direction: str
    text: str

    @property
    def value(self) -> "Decimal":
        """The limit; a rate is a share, 0.95."""
        from decimal import Decimal

        return Decimal(self.text)


class Site(NamedTuple):
    """A site: whose ledger it is, how it counts time, and its policy."""

    name: str
    profile: str
    zone: ZoneInfo
    language: str
    currency: str
    week_start: str
    month_start_day: int
    day_cutoff: str
    nouns: tuple[str, ...]
    in_use_from: Mapping[str, date]
    staff: tuple[str, ...]
    points: Mapping[str, Point]
    policy: Mapping[str, Mapping[str, Any]]
    targets: Mapping[str, Target]
    retention: Mapping[str, timedelta | None] = {}  # None: for ever
    retention_given: bool = False  # else the defaults hold


_TOLD = 100

Tree = Any  # a text, a list of trees, or a dict of them
Lines = Callable[[tuple[str | int, ...]], int]


class _Form:
    """Reads the tree and collects every problem with its line."""

    def __init__(self, tree: Tree, lines: Lines, file: str) -> None:
        self.tree, self.lines, self.file = tree, lines, file
        self.problems: list[SvcError] = []

    def wrong(self, path: tuple[str | int, ...], expected: Text, got: object = None, hint: str = "") -> None:
        name = ".".join(str(p) for p in path)
        todo = Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None
        where = f"{self.file}:{self.lines(path)}"
        shown = got if isinstance(got, str) else None
        self.problems.append(Refused(same(name), where=where, expected=expected, got=shown, todo=todo))

    def table(self, path: tuple[str | int, ...], tree: Tree, known: tuple[str, ...] | None) -> dict[str, Tree]:
        """``tree`` as a mapping whose keys are ``known``."""
        if not isinstance(tree, dict):
            if tree not in ("", None):
                self.wrong(path, Text("几行“键: 值”", "`key: value` lines"), tree)
            return {}
        if known is not None:
            for key in tree:
                if key not in known and len(self.problems) < _TOLD:  # somebody else's file may hold any number
                    self.wrong((*path, key), listed([same(k) for k in known]), key, near(key, known))
        return tree

    def word(self, path: tuple[str | int, ...], tree: Tree, allowed: tuple[str, ...]) -> str:
        if tree not in allowed:
            self.wrong(path, listed([same(a) for a in allowed]), tree, near(str(tree), allowed))
            return allowed[0]
        return str(tree)

    def value(self, path: tuple[str | int, ...], tree: Tree, read: Callable[[str], Any], otherwise: Any) -> Any:
        """What ``read`` makes of a text; ``otherwise`` if it takes no such text."""
        try:
            if not isinstance(tree, str):
                raise BadValue(Text("一个值", "one value"))
            return read(tree)
        except BadValue as bad:
            self.wrong(path, bad.expected, tree)
            return otherwise


KEYS = ("svcctl", "site", "profile", "timezone", "language", "currency", "week_start", "month_start_day", "day_cutoff",
        "nouns", "in_use_from", "staff", "points", "policy", "targets", "retention")  # fmt: skip


def build(tree: Tree, lines: Lines, file: str = FILE) -> Site:
    """The site that ``ledger.yaml`` describes; raises every problem of it at once."""
    form = _Form(tree, lines, file)
    top = form.table((), tree, KEYS)
    for key in ("svcctl", "site"):
        if not top.get(key):
            form.wrong((key,), Text("必填", "a value, it is required"))
    if top.get("svcctl", "1") != "1":
        form.wrong(("svcctl",), same("1"), top["svcctl"])
    profile = form.word(("profile",), top.get("profile", "street"), tuple(PROFILES))
    nouns = top.get("nouns", list(PROFILES[profile]))
    site = Site(
        name=form.value(("site",), top.get("site", "-"), _line, "-"),
        profile=profile,
        zone=form.value(("timezone",), top.get("timezone", "Asia/Shanghai"), _zone, None),
        language=form.word(("language",), top.get("language", "zh"), ("zh", "en")),
        currency=form.value(("currency",), top.get("currency", "CNY"), _currency, "CNY"),
        week_start=form.word(("week_start",), top.get("week_start", "mon"), WEEKDAYS),
        month_start_day=form.value(("month_start_day",), top.get("month_start_day", "1"), _month_day, 1),
        day_cutoff=form.value(("day_cutoff",), top.get("day_cutoff", "00:00"), clock, "00:00"),
        nouns=_nouns(form, nouns),
        in_use_from=_in_use(form, top.get("in_use_from", {})),
        staff=_staff(form, top.get("staff", [])),
        points=_points(form, top.get("points", {})),
        policy=_policy(form, top.get("policy", {})),
        targets=_targets(form, top.get("targets", {})),
        retention=_retention(form, top.get("retention", {})),
        retention_given="retention" in top,
    )
    refuse(form.problems)
    return site


def _line(text: str) -> str:
    if not text.strip() or "\n" in text:
        raise BadValue(Text("一行文字", "one line of text"))
    return text.strip()


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        from zoneinfo import available_timezones

        hint = near(text, sorted(available_timezones())) or "Asia/Shanghai"
        raise BadValue(Text(f"时区，如 {hint}", f"a time zone such as {hint}")) from None


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise BadValue(Text("三个字母的币种，如 CNY", "a currency of three letters such as CNY"))
    return text


def _month_day(text: str) -> int:
    if not (_digits(text, 2) and 1 <= int(text) <= 28):
        raise BadValue(Text("1 到 28", "1 to 28"))
    return int(text)


def clock(text: str) -> str:
    """A time of day ``HH:MM``; raises BadValue."""
    hour, _, minute = text.partition(":")
    if not (len(text) == 5 and _digits(hour, 2) and _digits(minute, 2) and int(hour) < 24 and int(minute) < 60):
        raise BadValue(Text("时刻，如 07:00", "a time of day such as 07:00"))
    return text


# No patterns here: to compile them would cost every command two milliseconds.


def _digits(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most


def _is_number(text: str) -> bool:
    whole, dot, rest = text.partition(".")
    return _digits(whole, 12) and (not dot or _digits(rest, 6))


def _nouns(form: _Form, tree: Tree) -> tuple[str, ...]:
    known = (*CORE_NOUNS, *OTHER_NOUNS)
    if not isinstance(tree, list):
        form.wrong(("nouns",), Text("名词列表，如 [complaint, repair]", "a list of nouns such as [complaint, repair]"), tree)
        return ()
    for i, name in enumerate(tree):
        if name not in known:
            form.wrong(("nouns", i), listed([same(n) for n in CORE_NOUNS]), name, near(str(name), known))
    return tuple(str(n) for n in tree)


def _in_use(form: _Form, tree: Tree) -> dict[str, date]:
    table = form.table(("in_use_from",), tree, (*CORE_NOUNS, *OTHER_NOUNS))
    return {k: form.value(("in_use_from", k), v, DateType().load, None) for k, v in table.items()}


def _staff(form: _Form, tree: Tree) -> tuple[str, ...]:
    if not isinstance(tree, list):
        form.wrong(("staff",), Text("人员列表", "a list of people"), tree)
        return ()
    names = []
    for i, item in enumerate(tree):
        row = form.table(("staff", i), {"name": item} if isinstance(item, str) else item, ("name", "role"))
        names.append(form.value(("staff", i, "name"), row.get("name"), _line, ""))
    return tuple(names)


def _points(form: _Form, tree: Tree) -> dict[str, Point]:
    found = {}
    for code, item in form.table(("points",), tree, None).items():
        row = form.table(("points", code), item, ("float", "remit_by", "shifts"))
        where: tuple[str | int, ...] = ("points", code)
        amount = form.value((*where, "float"), row.get("float", "0.00"), _amount, "0.00")
        remit = form.value((*where, "remit_by"), row.get("remit_by", "1d 10:00"), _remit_by, "1d 10:00")
        found[code] = Point(amount, remit, _shifts(form, where, row.get("shifts", [])))
    return found


def _amount(text: str) -> str:
    whole, _, cents = text.partition(".")
    if not (_digits(whole, 13) and _digits(cents, 2) and len(cents) == 2):
        raise BadValue(Text("金额，如 1000.00", "an amount such as 1000.00"))
    return text


def _remit_by(text: str) -> str:
    days, _, at = text.partition("d ")
    try:
        if _digits(days, 1) and clock(at):
            return text
    except BadValue:
        pass
    raise BadValue(Text("如 1d 10:00（次日10点）", "such as 1d 10:00 (the next day at ten)"))


def _shifts(form: _Form, where: tuple[str | int, ...], tree: Tree) -> tuple[Shift, ...]:
    if not isinstance(tree, list):
        form.wrong((*where, "shifts"), Text("班次列表", "a list of shifts"), tree)
        return ()
    found = []
    for i, item in enumerate(tree):
        path: tuple[str | int, ...] = (*where, "shifts", i)
        row = form.table(path, item, ("code", "from", "to"))
        code = form.value((*path, "code"), row.get("code"), _line, "")
        start = form.value((*path, "from"), row.get("from"), clock, "")
        found.append(Shift(code, start, form.value((*path, "to"), row.get("to"), clock, "")))
    return tuple(found)


def _policy(form: _Form, tree: Tree) -> dict[str, dict[str, Any]]:
    table = form.table(("policy",), tree, tuple(POLICY))
    return {noun: _noun_policy(form, noun, rules, table.get(noun, {})) for noun, rules in POLICY.items()}


def _noun_policy(form: _Form, noun: str, rules: dict[str, Any], tree: Tree) -> dict[str, Any]:
    table = form.table(("policy", noun), tree, tuple(rules))
    found: dict[str, Any] = {}
    for key, default in rules.items():
        path = ("policy", noun, key)
        given = table.get(key)
        if isinstance(default, str):
            found[key] = form.value(path, default if given is None else given, span, timedelta(0))
        elif isinstance(default, dict):
            row = form.table(path, {} if given is None else given, tuple(default))
            found[key] = {c: form.value((*path, c), row.get(c, d), span, timedelta(0)) for c, d in default.items()}
        else:
            found[key] = _amounts(form, path, list(default) if given is None else given)
    return found


def _amounts(form: _Form, path: tuple[str | int, ...], tree: Tree) -> tuple[str, ...]:
    if not isinstance(tree, list) or not all(isinstance(t, str) and _is_number(t) for t in tree):
        form.wrong(path, Text("面额列表，如 [100, 50, 0.5]", "a list of denominations such as [100, 50, 0.5]"))
        return ()
    return tuple(tree)


def _retention(form: _Form, tree: Tree) -> dict[str, timedelta | None]:
    table = form.table(("retention",), tree, tuple(RETENTION))
    return {n: form.value(("retention", n), table.get(n, d), _kept_for, None) for n, d in RETENTION.items()}


def _kept_for(text: str) -> timedelta | None:
    try:
        return None if text == NEVER else span(text)
    except BadValue:
        raise BadValue(Text("时长，如 730d，或 never", "a duration such as 730d, or never")) from None


def _targets(form: _Form, tree: Tree) -> dict[str, Target]:
    found = {}
    for measure, item in form.table(("targets",), tree, None).items():
        row = form.table(("targets", measure), item, ("min", "max"))
        if len(row) != 1:
            form.wrong(("targets", measure), Text("min 或 max 之一", "either min or max"))
            continue
        direction, text = next(iter(row.items()))
        number = form.value(("targets", measure, direction), text, _decimal, "0")
        found[measure] = Target(direction, number)
    return found


def _decimal(text: str) -> str:
    if not _is_number(text):
        raise BadValue(Text("数字，如 0.95", "a number such as 0.95"))
    return text


def written(name: str, profile: str, timezone: str, language: str, nouns: list[str]) -> str:
    """The text of a new ``ledger.yaml``: every setting with its default, explained in the site's language."""
    import json

    quoted = json.dumps(name, ensure_ascii=False)
    remarks = {key: text.to(language) for key, text in _REMARKS.items()}
    lines = [
        "svcctl: 1",
        f"site: {quoted}",
        f"profile: {profile}",
        f"timezone: {json.dumps(timezone)}",
        f"language: {language}",
        "currency: CNY",
        f"week_start: mon                  # {remarks['week']}",
        f"month_start_day: 1               # {remarks['month']}",
        f'day_cutoff: "{"06:00" if profile == "hotel" else "00:00"}"               # {remarks["cutoff"]}',
        f"nouns: [{', '.join(nouns)}]      # {remarks['nouns']}",
        f"in_use_from: {{}}                  # {remarks['in_use']}",
        f"staff: []                        # {remarks['staff']}",
        *_written_points("cash" in nouns, remarks["points"]),
        f"policy:                          # {remarks['policy']}",
    ]
    for noun, rules in POLICY.items():
        body = ", ".join(f"{key}: {_flow(value)}" for key, value in rules.items())
        lines.append(f"  {noun}: {{{body}}}")
    lines += [f"targets:                         # {remarks['targets']}", '  complaint.promise_kept_rate: {min: "0.95"}']
    lines += ['  repair.on_time_rate: {min: "0.90"}']
    lines += [f"retention: {_flow(RETENTION)}      # {remarks['retention']}"]
    return "\n".join(lines) + "\n"


def _written_points(used: bool, remark: str) -> list[str]:
    """No cash point yet; where there is a cash desk, one to be taken over with the shifts of a whole day."""
    lines = [f"points: {{}}                       # {remark}"]
    if used:
        shifts = (("A", "07:00", "15:00"), ("B", "15:00", "23:00"), ("C", "23:00", "07:00"))
        listed = ", ".join(f'{{code: {c}, from: "{start}", to: "{end}"}}' for c, start, end in shifts)
        lines.append(f'# points: {{front: {{float: "1000.00", remit_by: "1d 10:00", shifts: [{listed}]}}}}')
    return lines


_REMARKS = {
    "week": Text("周从哪天开始：mon … sun", "the day a week starts on: mon … sun"),
    "month": Text("报表月从几号开始，1 到 28", "the day a reporting month starts on, 1 to 28"),
    "cutoff": Text("几点以前算前一天（只影响报表）", "before this hour it is still the day before (in reports)"),
    "nouns": Text("帮助、today 和报表里出现的", "what help, today and reports show"),
    "in_use": Text('如 {repair: "2026-08-01"}：此前不作比较', 'such as {repair: "2026-08-01"}: no comparison with time before'),
    "staff": Text("如 [{name: 李敏, role: lead}]；写了就只认这些人", "such as [{name: Li, role: lead}]; if given, people must be in it"),
    "points": Text("收银点：备用金、交款时间、班次", "cash points: float, when to remit, shifts"),
    "policy": Text("时长写 30m、24h、3d", "durations are 30m, 24h, 3d"),
    "retention": Text("办结后个人信息留多久，由 svcctl purge 删去；never 永不", "how long personal data stay after a record is closed, for svcctl purge; or never"),
    "targets": Text("目标：min 不低于，max 不高于", "targets: min at least, max at most"),
}


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {v}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{v}"' for v in value) + "]"
    return str(value)
