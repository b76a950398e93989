"""What every noun of the catalogue has to do, whoever declares it: help, catalogue, round trip, corrections."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml

from svcctl import nouns
from svcctl.entry import Verb
from svcctl.fields import Spec

NOUNS = list(nouns.CATALOGUE)
VERBS = [(n, v) for n in NOUNS for v in nouns.noun(n).verbs]
OPENINGS = [(n, v) for n, v in VERBS if v.opens]
SAMPLES = {
    "text": "NO: 0712, =SUM(A1) “引号” 𠮷👷", "person": "李敏", "master": "A-101", "money": "1,234.5", "int": "5", "number": "86.50",
    "time": "2026-11-30 18:00", "date": "2026-11-30", "flag": "true", "ref": "",
}  # fmt: skip
STORED = {"money": "1234.50", "time": "2026-11-30T18:00:00+08:00", "flag": "true"}
NATIVE = {"int": 5, "flag": True}


def names(found: list[tuple[str, type[Verb]]]) -> list[str]:
    return [f"{n}-{v.event}" for n, v in found]


def sample(spec: Spec) -> str:
    if spec.type.name == "choice":
        return str(spec.type.choices[-1][0])  # type: ignore[attr-defined]
    return {"contact": "13800001234", "phone": "13800001234"}.get(spec.name, SAMPLES[spec.type.name])


def filled(noun: str, verb: type[Verb]) -> tuple[list[str], dict[str, str]]:
    """A command line with every option of a verb, and the values in it."""
    values = {s.name: sample(s) for s in verb.specs if s.type.name != "ref"}
    words = [noun, verb.event]
    for spec in verb.specs:
        words += [spec.option] if spec.type.name == "flag" else [spec.option, values[spec.name]]
    return words, values


def stored(spec: Spec, typed: str) -> str:
    return STORED.get(spec.type.name, typed)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("noun", "verb"), VERBS, ids=names(VERBS))
def test_help_begins_with_examples_and_explains_every_option(svc: Any, noun: str, verb: type[Verb], lang: str) -> None:
    said = svc([noun, verb.event, "--help"], lang=lang).out

    assert said.startswith({"zh": "例子：\n  svcctl ", "en": "Examples:\n  svcctl "}[lang])
    assert verb.examples
    for spec in verb.specs:
        assert f"{spec.option}" in said
        assert spec.label.to(lang) in said
    for option in ("--at", "--by", "--note", "--attach", "--key", "-n, --dry-run", "--json"):
        assert option in said
    assert lang == "zh" or not any("\u3000" <= c <= "\u9fff" for c in said)


@pytest.mark.parametrize(("noun", "verb"), VERBS, ids=names(VERBS))
def test_the_examples_of_the_help_are_commands(svc: Any, noun: str, verb: type[Verb]) -> None:
    for example in verb.examples:
        for text in example:
            import shlex

            program, name, event, *options = shlex.split(text)
            assert (program, name, event) == ("svcctl", noun, verb.event)
            known = {s.option for s in verb.specs} | {"--at", "--by", "--note"}
            assert {o for o in options if o.startswith("--")} <= known
            if verb.opens:
                svc([noun, event, *options, "-n"])


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_noun_alone_is_its_help(svc: Any, noun: str, lang: str) -> None:
    said = svc([noun], lang=lang).out

    assert said == svc([noun, "--help"], lang=lang).out
    for word in (*(v.event for v in nouns.noun(noun).verbs), "list", "show", "amend", "void"):
        assert f"\n  {word}" in said


def test_kinds_has_the_shape_of_the_contract(svc: Any) -> None:
    found = svc("kinds --json").json

    assert [n["noun"] for n in found] == NOUNS
    for one in found:
        assert list(one)[:8] == ["noun", "prefix", "folder", "label_zh", "label_en", "personal", "verbs", "states"]
        assert len(one["prefix"]) == 2
        assert all(isinstance(p, str) for p in one["personal"])
        assert all(isinstance(s, str) for s in one["states"])
        declared = {f["name"]: f for v in one["verbs"] for f in v["fields"]}
        assert {n for n, f in declared.items() if f["personal"]} == set(one["personal"])
        for verb in one["verbs"]:
            assert {"event", "opens", "from", "to", "fields"} <= set(verb)
            assert set(verb["from"]) <= set(one["states"])
            assert verb["to"] is None or verb["to"] in one["states"]
            assert verb["opens"] == (verb["from"] == [])
            for field in verb["fields"]:
                assert list(field) == ["name", "type", "required", "choices", "personal", "zh", "en"]
                assert all(list(c) == ["code", "zh", "en"] for c in field["choices"])
                assert bool(field["choices"]) == (field["type"] == "choice")


def test_kinds_of_one_noun_explains_its_fields(svc: Any) -> None:
    for noun in NOUNS:
        assert [n["noun"] for n in svc(["kinds", noun, "--json"]).json] == [noun]
        for lang in ("zh", "en"):
            said = svc(["kinds", noun], lang=lang).out
            assert all(s.label.to(lang) in said for v in nouns.noun(noun).verbs for s in v.specs)


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_what_is_typed_comes_back_in_every_format(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(noun, verb)

    one = svc([*words, "--note", "备注 0712", "--key", "k:1"]).id

    folder = nouns.CATALOGUE[noun].folder
    text = svc.text(f"{folder}/2026-11.yaml")
    (document,) = yaml.load_all(text, Loader=yaml.BaseLoader)
    head = ["id", "kind", "event", "at", "recorded", "by"]
    fields = [s.name for s in verb.specs if s.name in document]
    tail = [k for k in ("note", "key", "salt", "sum") if k in document]
    assert list(document) == [*head, *fields, *tail]
    assert {s.name: document[s.name] for s in verb.specs if s.name in values} == {
        s.name: stored(s, values[s.name]) for s in verb.specs if s.name in values
    }
    assert text.startswith("---\n")
    for line in text.splitlines()[1:]:
        key, _, value = line.partition(": ")
        assert json.loads(value) == document[key]

    shown = svc(["show", one, "--json", "--reveal"]).json
    listed = svc([noun, "list", "--json", "--reveal"]).json
    assert listed == [{k: v for k, v in shown.items() if k != "history"}]
    for spec in verb.specs:
        if spec.name in values and spec.name not in ("party",):
            expected = NATIVE.get(spec.type.name, stored(spec, values[spec.name]))
            assert shown[spec.name] == expected, spec.name
    assert shown["history"][0]["salt"] == document["salt"] if "salt" in document else "salt" not in shown["history"][0]

    table = list(csv.DictReader(io.StringIO(svc([noun, "list", "--format", "csv", "--reveal"]).out)))
    tabbed = list(csv.DictReader(io.StringIO(svc([noun, "list", "--format", "tsv", "--reveal"]).out), delimiter="\t", quoting=csv.QUOTE_NONE))
    mapped = list(yaml.load_all(svc([noun, "list", "--format", "yaml", "--reveal"]).out, Loader=yaml.SafeLoader))
    for spec in verb.specs:
        if spec.name in values:
            plain = listed[0][spec.name]
            as_text = str(plain).lower() if isinstance(plain, bool) else str(plain)
            assert table[0][spec.name] == tabbed[0][spec.name] == as_text
            assert mapped[0][spec.name] == plain
    assert svc("check").out == ""


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_json_and_dry_run_show_the_entry_masked_and_without_salt(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(noun, verb)
    personal = {s.name for s in verb.specs if s.personal}
    before = svc.files()

    dry = svc([*words, "-n"])
    assert svc.files() == before
    assert dry.out.startswith(f"# {nouns.CATALOGUE[noun].folder}/2026-11.yaml\n---\nkind: ")
    document = yaml.safe_load(dry.out)
    (entry,) = svc([*words, "--json"]).json

    assert "salt" not in document
    assert "salt" not in entry
    for spec in verb.specs:
        if spec.name in values:
            expected = stored(spec, values[spec.name])
            assert (document[spec.name] != expected) == (entry[spec.name] != expected) == (spec.name in personal), spec.name
    assert svc(["show", entry["id"], "--json"]).json["history"] == [entry]


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_amend_and_void_keep_what_stood_there(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(noun, verb)
    one = svc(words).id
    spec = next(s for s in verb.specs if s.type.name == "text" and not s.personal)

    svc([noun, "amend", one, "--set", f"{spec.name}=更正后的值", "--reason", "录错了"])
    shown = svc(["show", one, "--json"]).json
    assert shown[spec.name] == "更正后的值"
    assert [e["event"] for e in shown["history"]] == [verb.event, "amend"]
    assert shown["history"][0][spec.name] == values[spec.name]

    svc([noun, "void", one, "--reason", "重复", "--approved-by", "陈经理"])
    assert svc(["show", one, "--json"]).json["state"] == "void"
    assert svc([noun, "list", "--json"]).json == []
    assert [r["id"] for r in svc([noun, "list", "--state", "void", "--json"]).json] == [one]
    assert svc("check").out == ""


@pytest.mark.parametrize(("noun", "verb"), VERBS, ids=names(VERBS))
def test_what_is_missing_is_one_usage_error_that_names_all(svc: Any, noun: str, verb: type[Verb]) -> None:
    said = svc.refused([noun, verb.event], code=2, env={"SVCCTL_BY": ""}).err

    message = said.splitlines()[-1]
    for spec in verb.specs:
        assert (spec.option in message) == (spec.required or any(spec.name in g for g in verb.one_of)), spec.name
    assert ("ID" in message) != verb.opens
    assert "--by" in message


@pytest.mark.parametrize(("noun", "verb"), VERBS, ids=names(VERBS))
def test_a_choice_is_taken_by_code_and_by_both_labels(svc: Any, noun: str, verb: type[Verb]) -> None:
    from svcctl.fields import ChoiceType, Ctx

    ctx = Ctx(None, None)  # type: ignore[arg-type]
    for spec in verb.specs:
        if isinstance(spec.type, ChoiceType):
            for code, zh, en in spec.type.choices:
                assert [spec.type.parse(t, ctx) for t in (code, zh, en, en.upper(), f" {zh} ")] == [code] * 5
