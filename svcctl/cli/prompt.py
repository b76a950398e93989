"""Asking on a terminal for what was not typed. Never used where nobody is there to answer."""

from __future__ import annotations

from typing import Any

import typer

from svcctl.book.values import needed
from svcctl.cli.session import Session
from svcctl.entry import Verb
from svcctl.fields import BadValue, ChoiceType, Ctx, FlagType, MasterType, PersonType, RefType, Spec
from svcctl.texts import Text


def fill(session: Session, verb: type[Verb], of: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Ask for the record, if one is needed, and for every required field without a value."""
    values = dict(values)
    if not verb.opens and not of:
        of = _ask(session, Text("编号、@行号或铺位", "id, @ROW or unit"))
    for spec in verb.specs:
        if spec.required and not values.get(spec.name):
            values[spec.name] = ask(session, spec)
    while name := next((n for n in needed(session.book, verb, values) if not values.get(n)), ""):
        values[name] = ask(session, verb.by_name[name])  # an answer may make the next one necessary
    for group in verb.one_of:
        if not any(values.get(n) for n in group):
            first, *others = (verb.by_name[n] for n in group)
            typed = _ask(session, _either(first, others), empty=True)
            if typed:
                values[first.name] = typed
            elif isinstance(others[0].type, FlagType):
                values[others[0].name] = "true"
            else:
                values[others[0].name] = ask(session, others[0])
    return of, values


def correction(session: Session, of: str, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Ask for the entry to correct, if it was not named, and for those of ``values`` that are empty."""
    of = of or _ask(session, Text("编号、@行号或铺位", "id, @ROW or unit"))
    return of, {name: value.strip() or _ask(session, _CORRECTING[name]) for name, value in values.items()}


_CORRECTING = {"reason": Text("原因", "Reason"), "approved_by": Text("批准人", "Approved by")}


def _either(first: Spec, others: list[Spec]) -> Text:
    other = others[0].label
    return Text(f"{first.label.zh}（留空则填{other.zh}）", f"{first.label.en} (leave empty for: {other.en})")


def ask(session: Session, spec: Spec) -> str:
    """Ask for one field until its type takes the answer."""
    label = spec.label
    if isinstance(spec.type, ChoiceType):
        label = Text(
            f"{label.zh}（{' '.join(f'{c}={zh}' for c, zh, _ in spec.type.choices)}）",
            f"{label.en} ({' '.join(c for c, _, _ in spec.type.choices)})",
        )
    while True:
        typed = _ask(session, label)
        if isinstance(spec.type, (MasterType, RefType, PersonType)):
            return typed  # checked with the ledger at hand
        try:
            spec.type.parse(typed, Ctx(session.book.now, session.book.site.zone))
        except BadValue as bad:
            session.say(Text("应为", "expected ").joined(bad.expected, en=""))
            continue
        return typed


def name(session: Session) -> str:
    """Ask who records."""
    return _ask(session, Text("录入人", "Your name"))


def desk(session: Session) -> str:
    """Ask for the name of this writing place."""
    return _ask(session, Text("这里叫什么（如 front、night；与别的录入点不同）", "What is this desk called (front, night, ...; unlike any other)"))


def _ask(session: Session, label: Text, *, empty: bool = False) -> str:
    """One answer, not empty unless that is allowed. An end of input is an interruption."""
    while True:
        typed: str = typer.prompt(label.to(session.lang), default="" if empty else None, show_default=False, err=True)
        if typed.strip() or empty:
            return typed.strip()


def agreed(session: Session, question: Text) -> bool:
    """Whether the answer to a question is yes; no answer is none."""
    typed: str = typer.prompt(question.to(session.lang) + " [y/N]", default="", show_default=False, err=True)
    return typed.strip().lower() in ("y", "yes", "是", "好")
