"""``kinds``: the catalogue of nouns, verbs, fields and choices, from the declarations themselves."""

from __future__ import annotations

import json
from typing import Any

from svcctl import nouns
from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.entry import Noun, Verb
from svcctl.errors import NotFound
from svcctl.fields import ChoiceType, Spec, near
from svcctl.texts import Text


def field_object(spec: Spec) -> dict[str, Any]:
    """A field as CONTRACT 3 lists it."""
    choices = spec.type.choices if isinstance(spec.type, ChoiceType) else ()
    return {
        "name": spec.name, "type": spec.type.name, "required": spec.required,
        "choices": [{"code": c, "zh": zh, "en": en} for c, zh, en in choices], "personal": bool(spec.personal),
        "zh": spec.label.zh, "en": spec.label.en,
    }  # fmt: skip


def _verb_object(verb: type[Verb]) -> dict[str, Any]:
    return {
        "event": verb.event, "opens": verb.opens, "from": list(verb.moves), "to": verb.leads_to or None,
        "zh": verb.explained().zh, "en": verb.explained().en, "fields": [field_object(s) for s in verb.specs],
        "one_of": [list(g) for g in verb.one_of],
    }  # fmt: skip


def noun_object(noun: Noun[Any]) -> dict[str, Any]:
    """A noun as CONTRACT 3 lists it."""
    return {
        "noun": noun.name, "prefix": noun.prefix, "folder": noun.folder, "label_zh": noun.label.zh,
        "label_en": noun.label.en, "personal": [n for n in noun.fields() if n in noun.personal()],
        "verbs": [_verb_object(v) for v in noun.verbs],
        "states": list(noun.states), "open_states": [c for c in noun.states if c in noun.open_states],
        "state_labels": {code: {"zh": text.zh, "en": text.en} for code, text in noun.states.items()},
    }  # fmt: skip


def run(session: Session, given: dict[str, Any]) -> None:
    """Print the catalogue."""
    wanted = given["noun"]
    if wanted and wanted not in nouns.CATALOGUE:
        hint = near(wanted, list(nouns.CATALOGUE))
        raise NotFound(
            Text(f"没有名词 {wanted}", f"there is no noun {wanted}"),
            todo=Text(f"是不是 {hint}？", f"Did you mean {hint}?") if hint else None,
        )
    chosen = [nouns.noun(n) for n in ([wanted] if wanted else nouns.CATALOGUE)]
    if given["json_"]:
        session.out(json.dumps([noun_object(n) for n in chosen], ensure_ascii=False, indent=2))
        return
    for noun in chosen:
        _tell(session, noun, bool(wanted))


def _tell(session: Session, noun: Noun[Any], fields: bool) -> None:
    lang = session.lang
    session.out(f"{noun.name}  {noun.prefix}-  {noun.folder}/  {noun.about.to(lang)}")
    for verb in noun.verbs:
        marks = " ".join(s.option + ("*" if s.required else "") for s in verb.specs)
        session.out(f"  {verb.event}  {marks}")
        for spec in verb.specs if fields else ():
            line = f"      {spec.option}  {spec.label.to(lang)}"
            if isinstance(spec.type, ChoiceType):
                line += "  " + " ".join(f"{c}={Text(zh, en).to(lang)}" for c, zh, en in spec.type.choices)
            session.out(line)
    session.out("  " + " ".join(f"{c}={t.to(lang)}" for c, t in noun.states.items()))


COMMAND = Command(
    "kinds", Text("名词、动词、字段、选项和状态一览（* 为必填）。", "Nouns, verbs, fields, choices and states (* is required)."),
    (Text("svcctl kinds", "svcctl kinds"), Text("svcctl kinds repair", "svcctl kinds repair"),
     Text("svcctl kinds --json", "svcctl kinds --json")),
    (
        Param("noun", ("NOUN",), Text("只看一个名词，带字段说明", "One noun, with its fields explained"), metavar="NOUN"),
        JSON,
    ),
    run,
)  # fmt: skip
