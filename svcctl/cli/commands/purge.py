"""``purge``: erase the personal data of records that are over for longer than ``retention`` in ledger.yaml says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from svcctl import site
from svcctl.book.purge import Over, over
from svcctl.cli.params import COMMON, JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import Usage
from svcctl.fields import near
from svcctl.texts import Text, listed, same

_DEFAULTS = Text("ledger.yaml 里没有 retention，按默认：{terms}", "there is no `retention` in ledger.yaml; the defaults hold: {terms}")
_COUNT = Text("{label}：{n} 条过了保留期（{keep}）", "{label}: {n} past their time ({keep})")
_NEVER = Text("{label}：永不删去", "{label}: never erased")


def run(session: Session, given: dict[str, Any]) -> None:
    """Erase what is past its time."""
    from svcctl.cli import erasing, write

    book = session.book
    kinds = _kinds(given["noun"])
    if not book.site.retention_given:
        session.say(_DEFAULTS.fill(terms=", ".join(f"{noun} {keep}" for noun, keep in site.RETENTION.items())))
    found = [one for kind in kinds for one in _past(session, kind, tell=True)]

    def choose() -> erasing.Chosen:
        found[:] = [one for kind in kinds for one in _past(session, kind)]
        files = [(name, entry.id) for one in found for entry in book.entries(one.id) for name in entry.files]
        return erasing.Chosen([entry for one in found for entry in one.entries], files)

    done = {one.id for one in erasing.erase(session, choose, dry=bool(given["dry_"]))} if found else set()
    gone = [one for one in found if done.intersection(one.entries)]
    text = _objects(session, gone) if given["json_"] else "\n".join(one.id for one in gone)
    if gone and not given["dry_"]:
        write.acknowledge(session, text, tuple(one.id for one in gone), erasing.AGAIN, erasing.ERASED)
    elif text:
        session.out(text)


def _past(session: Session, kind: str, *, tell: bool = False) -> list[Over]:
    """The records of a noun that are past their time; ``tell`` how many."""
    book = session.book
    keep, label = book.site.retention[kind], book.noun(kind).label
    if keep is None:
        if tell:
            session.say(_NEVER.fill(label=label))
        return []
    found = list(over(book, kind, keep))
    if tell and found:
        session.say(_COUNT.fill(label=label, n=len(found), keep=_term(keep)))
    return found


def _kinds(named: str | None) -> list[str]:
    if not named:
        return list(site.RETENTION)
    if named not in site.RETENTION:
        hint = near(named, list(site.RETENTION))
        raise Usage(
            Text("没有个人信息保留期的名词", "a noun without a retention of personal data"), got=named,
            expected=listed([same(n) for n in site.RETENTION]), todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )  # fmt: skip
    return [named]


def _term(keep: timedelta) -> str:
    minutes = int(keep.total_seconds()) // 60
    return f"{minutes // 1440}d" if minutes % 1440 == 0 else f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _objects(session: Session, found: list[Over]) -> str:
    zone = session.book.site.zone
    objects = [{"id": o.id, "kind": o.kind, "last": o.last.astimezone(zone).isoformat(), "entries": list(o.entries)} for o in found]
    return json.dumps(objects, ensure_ascii=False, indent=2)


COMMAND = Command(
    "purge", Text("删去过了保留期（ledger.yaml 的 retention）的个人信息：记录已结，最后一次变动早于该期限。",
                  "Erase the personal data of records that are closed and past their time (`retention` in ledger.yaml)."),
    (Text("svcctl purge -n", "svcctl purge -n"), Text("svcctl purge complaint", "svcctl purge complaint")),
    (Param("noun", ("NOUN",), Text("只看这一个名词", "Only this noun"), metavar="NOUN", complete=tuple(site.RETENTION)),
     next(p for p in COMMON if p.name == "dry_"), JSON), run,
)  # fmt: skip
