"""A desk for the tests of measures: entries typed by hand, kept in a list, read as a ledger.

``take("cp", at, ...)`` opens a record and ``then(record, event, at, ...)`` follows it up. Times are written ``"03-10
08:30"`` and are of 2024 in Shanghai unless they name a year.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from svcctl import account, nouns, site
from svcctl.entry import Place, Rules, typed
from svcctl.fold import fold
from svcctl.ledger import window
from svcctl.measures.engine import compute, explain, figure_json
from svcctl.period import Calendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)
NOUN_OF = {"cp": "complaint", "rp": "repair", "lf": "lost", "fe": "fee", "ca": "cash", "pl": "plan"}
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def moment(text):
    """``"03-10 08:30"`` or ``"2023-03-10 08:30:05"`` as an aware time."""
    text = text if text[4:5] == "-" else f"2024-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def site_of(**keys):
    return site.build({"svcctl": "1", "site": "Test", **keys}, lambda path: 1)


class Desk:
    """A ledger in memory. It gives no more than a source has to give."""

    def __init__(self, **keys):
        self.site = site_of(**keys)
        self.records = {}
        self.docs = {}
        self.count = 0

    # writing

    def take(self, prefix, at, recorded=None, event="add", **fields):
        """A new record; the fields that the command would fill in are in ``fields`` or not there."""
        record = f"{prefix}-{self.count:010d}"
        self.records[record] = []
        self._append(record, NOUN_OF[prefix], event, at, recorded, "", "Li", fields)
        return record

    def then(self, record, event, at, of=None, recorded=None, by="Wang", possible=True, **fields):
        """A follow-up, which has to be possible; gives its id."""
        noun = NOUN_OF[record[:2]]
        entry = self._append(record, noun, event, at, recorded, of or record, by, fields)
        case = next(c for c in self.linked(noun) if c.id == record)
        idle = [i for i in case.idle if i.entry.id == entry.id]
        assert (not idle) is possible, [i.why.en for i in idle]
        return entry.id

    def _append(self, record, noun, event, at, recorded, of, by, fields):
        self.count += 1
        when = at if isinstance(at, datetime) else moment(at)
        known = when if recorded is None else moment(recorded)
        doc = {"id": f"{record[:2]}-{self.count - 1:010d}", "kind": noun, "event": event, "of": of,
               "at": when.isoformat(), "recorded": (known + timedelta(microseconds=self.count)).isoformat(),
               "by": by, **{k: _stored(v) for k, v in fields.items()}}  # fmt: skip
        entry, wrong = typed(
            nouns.noun(noun), {k: v for k, v in doc.items() if v}, Place(f"{noun}s/x.yaml", self.count)
        )
        assert entry is not None and not wrong, wrong
        self.records[record].append(entry)
        self.docs.setdefault(record, []).append(doc)
        return entry

    # reading

    def noun(self, kind):
        return nouns.noun(kind)

    def folded(self, kind):
        """The records of a noun, each folded by itself."""
        return [fold(nouns.noun(kind), entries) for entries in self.records.values() if entries[0].kind == kind]

    def linked(self, kind):
        """The records of a noun in the light of their accounts."""
        return account.linked(nouns.noun(kind), self.folded(kind), self.site)

    def account(self, kind, name):
        """An account with everything in it."""
        cases = [c for c in self.folded(kind) if account.name_of(c.noun, c.opening) == name]
        return account.posted(nouns.noun(kind), cases, self.site)[0]

    def histories(self, kind, start, end, known_at=None):
        noun = nouns.noun(kind)
        cases = self.folded(kind)
        reach = {}
        for several in account.grouped(noun, cases).values() if noun.account_field else ():
            reach.update(noun.reaches([c for c in several if not c.voided]))
        for case in cases:
            entries = self.records[case.id]
            if entries[0].at >= end:
                continue
            if case.id in reach:
                goes_on = reach[case.id].last is None or reach[case.id].last >= start
            else:
                goes_on = case.voided or noun.is_open(case.state) or noun.horizon(case.state) >= start
            if goes_on:
                yield entries

    def unfinished(self, cut):
        return []

    def warnings(self):
        return []

    def window(self, period, as_of=None, known_at=None, now=LATER):
        found = CALENDAR.parse(period, now, "month")
        cut, known = (None if m is None else moment(m) for m in (as_of, known_at))
        return window(self.site, found, now, cut, known)

    def figures(self, period="2024-03", as_of=None, known_at=None):
        return compute(self, self.window(period, as_of, known_at)).figures

    def parts(self, identity, period="2024-03", **cuts):
        """``(num, den)`` of a rate; checks that ``explain`` and a single figure say the same."""
        figure = self.figure(identity, period, **cuts)
        return int(figure.num), int(figure.den)

    def value(self, identity, period="2024-03", **cuts):
        """The value as it is published."""
        return figure_json(self.figure(identity, period, **cuts))["value"]

    def figure(self, identity, period="2024-03", **cuts):
        win = self.window(period, **cuts)
        figure = compute(self, win, [identity]).figures[identity]
        assert compute(self, win).figures.get(identity, figure) == figure
        assert explain(self, win, identity).figure == figure
        return figure

    def why(self, identity, period="2024-03", **cuts):
        """The records left out, by id, with the reason in English."""
        return {i: why.en for i, why in explain(self, self.window(period, **cuts), identity).excluded}


def _stored(value):
    """A time given as ``"03-10 08:30"`` as the ledger has it; anything else as it stands."""
    if isinstance(value, str) and len(value) in (11, 16) and value[-3] == ":":
        return moment(value).isoformat()
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def complaint(desk, at, promised=None, target=None, **fields):
    """A complaint with its promise and target, by default so late that no figure of March sees them."""
    fields = {"content": "noise", "contact": "1", "severity": "general", **fields}
    return desk.take("cp", at, promised=promised or "2025-01-01 00:00", target=target or "2025-01-01 00:00", **fields)


def repair(desk, at, due="2025-01-01 00:00", party="property", **fields):
    """A repair whose liable party is known."""
    return desk.take(
        "rp", at, due=due, party=party, **{"place": "gate", "fault": "dark", "urgency": "normal", **fields}
    )


def item(desk, at, value="ordinary", until="2025-01-01 00:00", **fields):
    """Something that was found; it is held for so long that nothing of March is overdue."""
    more = {"category": "bag", "hold_until": until, "qty": "1", **fields}
    return desk.take("lf", at, item="bag", place="gate", found_by="Wu", storage="shelf", value=value, **more)


def handed_back(desk, record, at):
    """Claimed and returned at once."""
    desk.then(record, "claim", at, claimant="Zhou", described="blue", verified_by="Li")
    return desk.then(record, "return", at, to="Zhou", how="in_person")


def gone(desk, record, at):
    """Disposed of by the police."""
    return desk.then(record, "dispose", at, how="police", approved_by="Chen", witness="Wu")


def resolve(desk, record, at, **fields):
    return desk.then(record, "resolve", at, cause="night work", action="stopped", **fields)


def happy(desk, record, at, score="5"):
    """A call back that closes it."""
    return desk.then(record, "callback", at, by="Chen", result="reached", score=score, solved="yes")


def unhappy(desk, record, at):
    """A call back that reopens it."""
    return desk.then(record, "callback", at, by="Chen", result="reached", score="1", solved="no", reason="still loud")


def closed(desk, at, resolved, called, **fields):
    """A complaint that went all the way."""
    record = complaint(desk, at, **fields)
    resolve(desk, record, resolved)
    happy(desk, record, called)
    return record


def charge(desk, at, amount, due, tenant="T1", item="property", **fields):
    """A charge of the month of its time, unless another is named."""
    day = due if due[4:5] == "-" else f"2024-{due}"
    month = fields.pop("month", f"{moment(at):%Y-%m}")
    return desk.take("fe", at, event="charge", tenant=tenant, item=item, amount=amount, due=day, month=month, **fields)


def pay(desk, at, amount, tenant="T1", shares=None, **fields):
    """A payment; without ``shares`` it is allocated as the command would."""
    if shares is None:
        verb = nouns.noun("fee").verb("pay")
        typed_in = verb(tenant=tenant, amount=verb.by_name["amount"].type.load(amount), method="bank")
        whole = typed_in.complete(Rules(desk.site, moment(at), account=desk.account("fee", tenant)))
        shares = verb.by_name["for"].type.dump(whole.for_ or {})
    more = {"for": shares, **fields}
    return desk.take("fe", at, event="pay", tenant=tenant, amount=amount, **{"method": "bank", **more})


def apply(desk, at, tenant="T1", shares=None):
    """The tenant's credit applied as the command would; the ids of the follow-ups."""
    verb = nouns.noun("fee").verb("apply")
    kind = verb.by_name["for"].type
    values = {"tenant": tenant, **({"for": kind.load(shares)} if shares else {})}
    rules = Rules(desk.site, moment(at), account=desk.account("fee", tenant))
    parts = verb.spread(values, rules)
    return [desk.then(one, "apply", at, tenant=tenant, **{"for": kind.dump(data.for_)}) for one, data in parts]


def task(desk, at, due, owner="Ma", kind="week", **fields):
    """A task of a plan."""
    return desk.take("pl", at, what="clear the lane", owner=owner, due=f"2024-{due}", type=kind, **fields)
