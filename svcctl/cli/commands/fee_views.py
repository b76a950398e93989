"""``fee status``, ``fee ageing`` and ``fee statement``: what tenants owe, how old it is, and how it came about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from svcctl import account, rows
from svcctl.cli.listing import damaged, day, moment
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Entry
from svcctl.errors import NotFound, Usage
from svcctl.fold import Case
from svcctl.mask import mask_numbers
from svcctl.measures.fee_subjects import days_due
from svcctl.nouns.fee import BUCKETS, ITEM_LABELS, bucket_of
from svcctl.nouns.fee_account import Fee, FeeAccount
from svcctl.texts import Lang, Text, same

ZERO = Decimal("0.00")
TENANT = Text("商户", "Tenant")
TOTAL = Text("合计", "Total")
STATUS = (
    ("tenant", TENANT), ("name", Text("名称", "Name")), ("overdue", Text("已逾期", "Overdue")), ("not_due", Text("未到期", "Not due")),
    ("outstanding", Text("未缴合计", "Outstanding")), ("oldest_days", Text("最长逾期天数", "Oldest, days")), ("credit", Text("预存", "Credit")),
)  # fmt: skip
AGEING = (
    ("tenant", TENANT), ("name", Text("名称", "Name")), *((code, Text(zh, en)) for code, zh, en in BUCKETS), ("total", TOTAL),
)  # fmt: skip
STATEMENT = (
    ("at", Text("时间", "At")), ("event", Text("事项", "What")), ("id", Text("编号", "ID")), ("details", Text("说明", "Details")),
    ("charged", Text("应收", "Charged")), ("reduced", Text("调减", "Reduced")), ("received", Text("实收", "Received")),
    ("owed", Text("欠缴余额", "Owed")), ("credit", Text("预存余额", "Credit")),
)  # fmt: skip
AS_OF = Param("as_of", ("--as-of",), Text("截至时间，默认现在", "As of this moment; default now"), metavar="TIME")


def status(session: Session, given: dict[str, Any]) -> None:
    """Print what each tenant owes and has in credit."""
    as_of, charges, credits_of = _standing(session, None)
    today = as_of.date()
    found: list[dict[str, Any]] = []
    for tenant in sorted({*charges, *credits_of}):
        overdue, not_due, oldest = ZERO, ZERO, 0
        for fee in charges.get(tenant, ()):
            days = days_due(fee, today)
            oldest = max(oldest, days)
            overdue, not_due = (overdue + _left(fee), not_due) if days > 0 else (overdue, not_due + _left(fee))
        found.append({
            "tenant": tenant, "overdue": overdue, "not_due": not_due, "outstanding": overdue + not_due,
            "oldest_days": oldest or None, "credit": credits_of.get(tenant, ZERO),
        })  # fmt: skip
    found.sort(key=lambda row: (-row["overdue"], -row["outstanding"], row["tenant"]))
    total = _summed(found, ("overdue", "not_due", "outstanding", "credit"))
    total["oldest_days"] = max((row["oldest_days"] for row in found if row["oldest_days"]), default=None)
    _put(session, given, STATUS, found, total, as_of)


def ageing(session: Session, given: dict[str, Any]) -> None:
    """Print what is outstanding by how long it has been due."""
    as_of, charges, _ = _standing(session, moment(session, given["as_of"], "--as-of"))
    codes = [code for code, _, _ in BUCKETS]
    found = []
    for tenant, fees in sorted(charges.items()):
        row: dict[str, Any] = {"tenant": tenant, **dict.fromkeys(codes, ZERO)}
        for fee in fees:
            row[bucket_of(days_due(fee, as_of.date()))] += _left(fee)
        found.append({**row, "total": sum((row[code] for code in codes), ZERO)})
    _put(session, given, AGEING, found, _summed(found, (*codes, "total")), as_of)


def _left(fee: Fee) -> Decimal:
    return fee.outstanding or ZERO


def _standing(session: Session, asked: datetime | None) -> tuple[datetime, dict[str, list[Fee]], dict[str, Decimal]]:
    """The moment asked about in the site's zone; by tenant, the charges that are open then, and the free credit."""
    book = session.book
    as_of = (asked or book.now).astimezone(book.site.zone)
    charges: dict[str, list[Fee]] = {}
    free: dict[str, Decimal] = {}
    for case in book.linked("fee", as_of):
        fee: Fee = case.state
        tenant = str(fee.data.tenant or "")
        if fee.outstanding:
            charges.setdefault(tenant, []).append(fee)
        if fee.credit:
            free[tenant] = free.get(tenant, ZERO) + fee.credit
    return as_of, charges, free


def _summed(found: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    lines = list(found)
    return {key: sum((row[key] for row in lines), ZERO) for key in keys}


def _put(
    session: Session, given: dict[str, Any], columns: Sequence[tuple[str, Text]], found: Sequence[dict[str, Any]],
    total: dict[str, Any], as_of: datetime,
) -> None:  # fmt: skip
    """Print rows by tenant and what they come to."""
    names = _names(session)
    whole = [{**row, "name": names.get(row["tenant"])} for row in found]
    if given["json_"]:
        objects = [{key: _json(row[key], session) for key, _ in columns} for row in whole]
        sums = {key: _json(value, session) for key, value in total.items()}
        text = {"as_of": as_of.isoformat(), "tenants": objects, "total": sums}
        session.out(json.dumps(text, ensure_ascii=False, indent=2))
    elif not whole:
        session.out(Text("没有欠费，也没有预存。", "Nothing is outstanding.").to(session.lang))
    else:
        shown = [c for c in columns if c[0] != "name" or any(row["name"] for row in whole)]
        _table(session, shown, [*whole, {"tenant": TOTAL.to(session.lang), "name": None, **total}])
    damaged(session)


def _names(session: Session) -> dict[str, str]:
    """What the recorded tenants are called, by the name they are stored by."""
    return {names[0]: names[1] for names in session.book.masters("tenant").values() if len(names) > 1}


def _table(session: Session, columns: Sequence[tuple[str, Text]], found: Sequence[Mapping[str, Any]]) -> None:
    from svcctl import table

    numbers = {key for key, _ in columns if any(isinstance(row.get(key), Decimal | int) for row in found)}
    heads = [table.Column(label, key in numbers) for key, label in columns]
    cells = [[_cell(row.get(key), key, session.lang) for key, _ in columns] for row in found]
    session.out(table.render(heads, cells, session.lang, session.width))


def _cell(value: Any, key: str, lang: Lang) -> str:
    """A value for people; where a column is no balance, nothing is left blank."""
    if value is None or (not value and key not in ("owed", "total", "outstanding")):
        return ""
    if isinstance(value, Text):
        return value.to(lang)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, Decimal) else mask_numbers(str(value))


def _json(value: Any, session: Session) -> Any:
    if isinstance(value, str):
        return mask_numbers(value)
    if isinstance(value, datetime):
        return value.astimezone(session.book.site.zone).isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value


# -- statement --------------------------------------------------------------------------------------------------------


def statement(session: Session, given: dict[str, Any]) -> None:
    """Print a tenant's account line by line."""
    book = session.book
    tenant = _tenant(session, given["tenant"])
    start, end = day(session, given["from_"], "--from", False), day(session, given["to_"], "--to", True)
    noun = book.noun("fee")
    as_of = min(book.now, end - timedelta(seconds=1)) if end is not None else book.now
    records = book.reader.account(noun.name, tenant, start)
    cases = account.linked(noun, [c for c in book.folded(noun, records, as_of) if not c.voided], book.site)
    if not cases and not book.reader.account(noun.name, tenant):
        raise NotFound(Text("这个商户没有收费记录", "nothing was ever charged to or paid by this tenant"), got=tenant)
    opening, lines = _lines(cases, start, session)
    closing = {key: lines[-1][key] for key in ("owed", "credit")} if lines else opening
    if given["json_"]:
        shown = [{key: _json(value, session) for key, value in line.items() if key != "details"} for line in lines]
        first, last = ({key: _json(value, session) for key, value in one.items()} for one in (opening, closing))
        text = {
            "tenant": mask_numbers(tenant), "from": _date(start), "to": _date(as_of), "opening": first,
            "lines": [{**line, "event": str(line["event"])} for line in shown], "closing": last,
        }  # fmt: skip
        session.out(json.dumps(text, ensure_ascii=False, indent=2))
    else:
        name = _names(session).get(tenant)
        session.out(mask_numbers(f"{tenant} {name}" if name else tenant))
        ends = [{"event": label, **one} for label, one in (
            (Text("期初", "Opening"), opening), (Text("期末", "Closing"), closing),
        )]  # fmt: skip
        labels = [{**line, "event": rows.event_label(noun, line["event"]), "at": line["at"].astimezone(book.site.zone)} for line in lines]
        _table(session, STATEMENT, [ends[0], *labels, ends[1]])
    damaged(session)


def _date(when: datetime | None) -> str | None:
    return None if when is None else when.date().isoformat()


def _tenant(session: Session, typed: str | None) -> str:
    """The tenant that was typed, as stored. Raises Usage, NotFound."""
    from svcctl.book.find import Unknown, master

    if not typed:
        raise Usage(Text("缺少商户", "the tenant is missing"), where="TENANT")
    try:
        return str(master(session.book, "tenant", typed))
    except Unknown as unknown:
        raise NotFound(unknown.what, where="TENANT", todo=unknown.todo) from None


def _lines(cases: Sequence[Case[Fee]], start: datetime | None, session: Session) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The balances before ``start``, and each entry since with the balances after it."""
    whole = FeeAccount()
    opening = {"owed": ZERO, "credit": ZERO}
    found = []
    pairs = sorted(((e, c.opening) for c in cases for e in c.entries), key=lambda pair: pair[0].order)
    for entry, record in pairs:
        whole.post(entry, record)
        balances = {
            "owed": sum((owed.level for owed in whole.open_charges()), ZERO),
            "credit": sum((credit for _, credit in whole.credits(entry.at)), ZERO),
        }  # fmt: skip
        if start is not None and entry.at < start:
            opening = balances
        else:
            found.append({**_line(entry, record, session.lang), **balances})
    return opening, found


def _line(entry: Entry, record: Entry, lang: Lang) -> dict[str, Any]:
    data, first = entry.data, record.data
    got = {"pay": 1, "reverse": -1, "refund": -1}.get(entry.event)
    amount = first.amount if entry.event == "reverse" else getattr(data, "amount", None)
    shares = getattr(data, "for_", None)
    item = ITEM_LABELS.get(first.item, same("")) if record.event == "charge" else same("")
    words = {
        "charge": (item.to(lang), data.month if entry.event == "charge" else None, getattr(first, "unit", None)),
        "pay": (data.values().get("ref"), data.values().get("receipt")),
        "apply": (" ".join(f"{charge}={part}" for charge, part in (shares or {}).items()),),
        "adjust": (item.to(lang), data.values().get("reason")),
        "refund": (data.values().get("reason"),),
    }.get(entry.event, ())
    labels = [
        spec.type.show(value, lang) for spec in data.specs
        if spec.name in ("method", "type") or (spec.name == "reason" and entry.event == "reverse")
        if (value := getattr(data, spec.name)) is not None
    ]  # fmt: skip
    return {
        "at": entry.at, "event": entry.event, "id": record.id, "entry": entry.id,
        "details": " ".join(str(word) for word in (*labels, *words) if word),
        "item": getattr(first, "item", None), "month": getattr(first, "month", None), "due": _due(first),
        "charged": amount if entry.event == "charge" else None, "reduced": amount if entry.event == "adjust" else None,
        "received": None if got is None or amount is None else got * amount,
    }  # fmt: skip


def _due(first: Any) -> str | None:
    due = getattr(first, "due", None)
    return None if due is None else str(due)


def _tenants(session: Session) -> list[str]:
    return [names[0] for names in session.book.masters("tenant").values()]


COMMANDS = {
    "status": Command(
        "status", Text("各商户的欠费：已逾期的、未到期的、最长逾期天数，和预存。",
                       "What each tenant owes: overdue, not yet due, for how long at most; and their credit."),
        (Text("svcctl fee status", "svcctl fee status"),), (JSON,), status,
    ),
    "ageing": Command(
        "ageing", Text("欠费账龄：每个商户的未缴额按逾期天数分档。", "How old the arrears are: what is outstanding by days since it was due."),
        (Text("svcctl fee ageing", "svcctl fee ageing"), Text("svcctl fee ageing --as-of 2026-10-31", "svcctl fee ageing --as-of 2026-10-31")),
        (AS_OF, JSON), ageing,
    ),
    "statement": Command(
        "statement", Text("一个商户的往来明细：应收、调整、收款、冲抵、冲正、退款，和每一笔之后的余额。",
                          "A tenant's account: charges, adjustments, payments, applied credit, reversals, refunds, with the balance after each."),
        (Text("svcctl fee statement T-001", "svcctl fee statement T-001"),
         Text("svcctl fee statement T-001 --from 2026-10-01 --to 2026-10-31", "svcctl fee statement T-001 --from 2026-10-01 --to 2026-10-31")),
        (Param("tenant", ("TENANT",), Text("商户", "The tenant"), metavar="TENANT", required=True, complete=_tenants),
         Param("from_", ("--from",), Text("从哪天（含）", "From this day on"), metavar="DATE"),
         Param("to_", ("--to",), Text("到哪天（含）", "Up to this day"), metavar="DATE"), JSON),
        statement,
    ),
}  # fmt: skip
