"""What every noun of the catalogue has to do, whoever declares it: help, catalogue, round trip, corrections."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import Any

import pytest
import yaml

from svcctl import nouns
from svcctl.entry import Verb
from svcctl.fields import ChoiceType, Ctx, SharesType, Spec

NOUNS = list(nouns.CATALOGUE)
ALL = [(n, v) for n in NOUNS for v in nouns.noun(n).verbs]
VERBS = [(n, v) for n, v in ALL if v.typed]
OPENINGS = [(n, v) for n, v in VERBS if v.opens]
MONEY = [(n, v) for n, v in VERBS if v.money]
SAMPLES = {
    "text": "NO: 0712, =SUM(A1) “引号” 𠮷👷", "person": "李敏", "master": "A-101", "money": "1,234.5", "int": "5", "number": "86.50",
    "time": "2026-11-30 18:00", "date": "2026-11-30", "flag": "true", "month": "2026年12月", "point": "front",
    "tally": "100×9、50*1，20x2,0.5X20", "texts": "A@2026-11-23，B@2026-11-23",
}  # fmt: skip
STORED = {
    "money": "1234.50", "time": "2026-11-30T18:00:00+08:00", "flag": "true", "month": "2026-12", "tally": "100x9,50x1,20x2,0.5x20",
    "texts": ["A@2026-11-23", "B@2026-11-23"],
}  # fmt: skip
NATIVE = {"int": 5, "flag": True}
# What one noun takes and no sample is. The count comes to the float of 1000.00, and no more can stay in the till.
PARTICULAR = {
    "cash": {"shift": "B", "date": "2026-11-23", "left": "999.5", "to": "王芳"},
    "fee": {"method": "cash"},  # nothing else has a cash point
}  # fmt: skip
OF_PARTICULAR = {"999.5": "999.50"}
CTX = Ctx(None, None)  # type: ignore[arg-type]
POINTS = """{front: {float: "1000.00", remit_by: "1d 10:00", shifts: [{code: A, from: "07:00", to: "15:00"},
  {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}}""".replace("\n", "")
APPROVED = ["--reason", "重复", "--approved-by", "陈经理"]

CHARGE = "fee charge --tenant A-101 --item water --amount 2000 --due 2026-11-30"
PAY = "fee pay --tenant A-101 --amount 10 --method bank --ref {ref}"
SHORT = "cash count --point front --count 100x9 --to 王芳 --shift B --date 2026-11-23 --key k"
# Of each verb that moves money in a record: what has to be there before, and the command; {0} is the last id before it.
FOLLOW_UPS = {
    ("cash", "settle"): ([SHORT], "cash settle {0} --how short_made_good --amount 100 --doc 1"),
    ("fee", "apply"): ([PAY.format(ref=1), PAY.format(ref=2), CHARGE], "fee apply --tenant A-101"),
    ("fee", "adjust"): ([CHARGE], "fee adjust {0} --type waiver --amount 5 --reason x --approved-by 陈强"),
    ("fee", "reverse"): ([PAY.format(ref=1)], "fee reverse {0} --reason bounced --approved-by 陈强"),
    ("fee", "refund"): ([PAY.format(ref=1)], "fee refund {0} --amount 4 --method bank --reason x --approved-by 陈强"),
}  # fmt: skip
# Of each verb that nobody types: the command that brings it, and what is in it then; {0} is the first id printed.
BROUGHT = {
    ("cash", "variance"): (SHORT, {
        "count": "{0}", "point": "front", "shift": "B", "date": "2026-11-23", "type": "short", "amount": "100.00", "cashier": "李敏",
    }),
}  # fmt: skip


@pytest.fixture
def svc(svc: Any) -> Any:
    """The desk of a site that has a till."""
    svc.site("points", POINTS)
    return svc


def names(found: list[tuple[str, type[Verb]]]) -> list[str]:
    return [f"{n}-{v.event}" for n, v in found]


def sample(noun: str, spec: Spec) -> str:
    if spec.name in PARTICULAR.get(noun, {}):
        return PARTICULAR[noun][spec.name]
    if spec.type.name == "choice":
        return str(spec.type.choices[-1][0])  # type: ignore[attr-defined]
    return {"contact": "13800001234", "phone": "13800001234"}.get(spec.name, SAMPLES[spec.type.name])


def stored(noun: str, spec: Spec, typed: str) -> Any:
    if spec.name in PARTICULAR.get(noun, {}):
        return OF_PARTICULAR.get(typed, typed)
    return STORED.get(spec.type.name, typed)


def pointing(svc: Any, spec: Spec) -> tuple[str, Any]:
    """A value for a field that needs a record of another command, typed and as it is stored; records it."""
    assert spec.type.noun == "fee"  # type: ignore[attr-defined]
    if isinstance(spec.type, SharesType):
        one = svc(CHARGE).id
        return f"{one[3:]}=100", {one: "100.00"}
    one = svc(PAY.format(ref=1)).id
    return one[3:], one


def filled(svc: Any, noun: str, verb: type[Verb]) -> tuple[list[str], dict[str, Any]]:
    """A command line with every option of a verb, and what is stored of it."""
    words, values = [noun, verb.event], {}
    for spec in verb.specs:
        if spec.type.name in ("ref", "shares"):
            typed, values[spec.name] = pointing(svc, spec)
        else:
            typed = sample(noun, spec)
            values[spec.name] = stored(noun, spec, typed)
        words += [spec.option] if spec.type.name == "flag" else [spec.option, typed]
    return words, values


def documents(svc: Any, noun: str) -> dict[str, Any]:
    """The documents of a noun's only file, by their ids; each is written as the contract says."""
    text = svc.text(f"{nouns.CATALOGUE[noun].folder}/2026-11.yaml")
    head = ["id", "kind", "event", "of", "at", "recorded", "by"]
    found = {}
    for part in text.removeprefix("---\n").split("\n---\n"):
        (document,) = yaml.load_all(part, Loader=yaml.BaseLoader)
        verb = nouns.noun(noun).verb(document["event"])
        order = [*head, *(s.name for s in verb.specs), "note", "key", "salt", "sum"] if verb else list(document)
        assert list(document) == [k for k in order if k in document]
        for line in part.splitlines():
            key, _, value = line.partition(": ")
            assert json.loads(value) == document[key]
        found[document["id"]] = document
    assert text.startswith("---\n") and text.count("\n---\n") == len(found) - 1
    return found


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
    if verb.spreads:  # something that it can use
        for line in FOLLOW_UPS[noun, verb.event][0]:
            svc(line.replace("A-101", "T-001"))
    for example in verb.examples:
        for text in example:
            program, name, event, *options = shlex.split(text)
            assert (program, name, event) == ("svcctl", noun, verb.event)
            known = {s.option for s in verb.specs} | {"--at", "--by", "--note"}
            assert {o for o in options if o.startswith("--")} <= known
            # What names a record of the example's own is complete, and finds no such record here.
            alone = verb.opens or (verb.spreads and "--for" not in options)
            svc([noun, event, *options, "-n"], code=0 if alone else 4)


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_noun_alone_is_its_help(svc: Any, noun: str, lang: str) -> None:
    said = svc([noun], lang=lang).out

    assert said == svc([noun, "--help"], lang=lang).out
    for word in (*(v.event for v in nouns.noun(noun).verbs if v.typed), "list", "show", "amend", "void"):
        assert f"\n  {word}" in said
    for word in (v.event for v in nouns.noun(noun).verbs if not v.typed):
        assert f"\n  {word}" not in said


def test_kinds_has_the_shape_of_the_contract(svc: Any) -> None:
    found = svc("kinds --json").json

    assert [n["noun"] for n in found] == NOUNS
    assert [(n["noun"], v["event"]) for n in found for v in n["verbs"]] == [(n, v.event) for n, v in ALL]
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
                assert field["type"] in {*SAMPLES, "choice", "ref", "shares"}


def test_kinds_of_one_noun_explains_its_fields(svc: Any) -> None:
    for noun in NOUNS:
        assert [n["noun"] for n in svc(["kinds", noun, "--json"]).json] == [noun]
        for lang in ("zh", "en"):
            said = svc(["kinds", noun], lang=lang).out
            assert all(s.label.to(lang) in said for v in nouns.noun(noun).verbs for s in v.specs)


def comes_back(svc: Any, noun: str, verb: type[Verb], one: str, values: dict[str, Any]) -> None:
    """What is stored of a record is in its file, and in every way to look at it."""
    document = documents(svc, noun)[one]
    assert {n: v for n, v in document.items() if n in verb.by_name} == values

    shown = svc(["show", one, "--json", "--reveal"]).json
    listed = {row["id"]: row for row in svc([noun, "list", "--json", "--reveal"]).json}[one]
    assert listed == {k: v for k, v in shown.items() if k != "history"}
    for spec in verb.specs:
        if spec.name != "party":  # pending, which is as good as nothing
            assert shown[spec.name] == NATIVE.get(spec.type.name, values[spec.name]), spec.name
    assert shown["history"][0]["salt"] == document["salt"] if "salt" in document else "salt" not in shown["history"][0]

    def only(found: Any) -> Any:
        return next(row for row in found if row["id"] == one)

    table = only(csv.DictReader(io.StringIO(svc([noun, "list", "--format", "csv", "--reveal"]).out)))
    tabbed = only(csv.DictReader(io.StringIO(svc([noun, "list", "--format", "tsv", "--reveal"]).out), delimiter="\t", quoting=csv.QUOTE_NONE))
    mapped = only(yaml.load_all(svc([noun, "list", "--format", "yaml", "--reveal"]).out, Loader=yaml.SafeLoader))
    for spec in verb.specs:
        plain, cell = listed[spec.name], table[spec.name]
        assert tabbed[spec.name] == cell
        assert mapped[spec.name] == plain
        if isinstance(plain, dict):  # as somebody would type it
            assert spec.type.split(cell) == plain
        elif isinstance(plain, list):
            assert spec.type.dump(spec.type.parse(cell, CTX)) == plain
        else:
            assert cell == (str(plain).lower() if isinstance(plain, bool) else str(plain))
    assert svc("check").out == ""


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_what_is_typed_comes_back_in_every_format(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(svc, noun, verb)

    one = svc([*words, "--note", "备注 0712", "--key", "k:1"]).ids[0]

    document = documents(svc, noun)[one]
    assert (document["note"], document["key"]) == ("备注 0712", "k:1")
    comes_back(svc, noun, verb, one, values)


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_json_and_dry_run_show_the_entry_masked_and_without_salt(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(svc, noun, verb)
    personal = {s.name for s in verb.specs if s.personal}
    before = svc.files()

    dry = svc([*words, "-n"])
    told = svc([*words, "-n", "--json"]).json
    assert svc.files() == before
    assert dry.out.startswith(f"# {nouns.CATALOGUE[noun].folder}/2026-11.yaml\n---\nkind: ")
    drafted = list(yaml.safe_load_all(dry.out))
    entries = svc([*words, "--json"]).json

    assert [d["event"] for d in drafted] == [e["event"] for e in told] == [e["event"] for e in entries]
    assert not any("salt" in one for one in (*drafted, *told, *entries))
    for spec in verb.specs:
        expected = values[spec.name]
        differs = [one[0][spec.name] != expected for one in (drafted, told, entries)]
        assert differs == [spec.name in personal] * 3, spec.name
    for entry in entries:
        assert svc(["show", entry["id"], "--json"]).json["history"] == [entry]


@pytest.mark.parametrize(("noun", "verb"), [p for p in OPENINGS if p not in MONEY], ids=names([p for p in OPENINGS if p not in MONEY]))
def test_amend_and_void_keep_what_stood_there(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(svc, noun, verb)
    one = svc(words).id
    spec = next(s for s in verb.specs if s.type.name in ("text", "master") and not s.personal)

    svc([noun, "amend", one, "--set", f"{spec.name}=更正后的值", "--reason", "录错了"])
    shown = svc(["show", one, "--json"]).json
    assert shown[spec.name] == "更正后的值"
    assert [e["event"] for e in shown["history"]] == [verb.event, "amend"]
    assert shown["history"][0][spec.name] == values[spec.name]
    gone(svc, noun, one)
    assert svc([noun, "list", "--json"]).json == []


def gone(svc: Any, noun: str, one: str) -> None:
    """Void a record: with somebody's approval, after which it is kept but counts no more."""
    assert "--approved-by" in svc.refused([noun, "void", one, "--reason", "重复"], code=2).err
    svc([noun, "void", one, *APPROVED])
    assert svc(["show", one, "--json"]).json["state"] == "void"
    assert one not in [r["id"] for r in svc([noun, "list", "--json"]).json]
    assert one in [r["id"] for r in svc([noun, "list", "--state", "void", "--json"]).json]
    assert svc("check").out == ""


def stands(svc: Any, noun: str, verb: type[Verb], one: str) -> None:
    """What moves money is not amended, whatever it would be, nor undone."""
    spec = next(s for s in verb.specs if s.type.name not in ("ref", "shares"))
    for lang, amended, undone in (("zh", "涉及金额的记录不能更正", "不能撤回"), ("en", "what moves money is not amended", "is not undone")):
        said = svc.refused([noun, "amend", one, "--set", f"{spec.name}={sample(noun, spec)}", "--reason", "录错了"], lang=lang)
        assert amended in said.err
        assert undone in svc.refused("undo", lang=lang).err


@pytest.mark.parametrize(("noun", "verb"), [p for p in MONEY if p[1].opens], ids=names([p for p in MONEY if p[1].opens]))
def test_a_record_of_money_is_not_amended_or_undone_but_voided(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, _ = filled(svc, noun, verb)
    one, *others = svc(words, at="2026-11-24T09:01:00+08:00").ids

    stands(svc, noun, verb, one)
    for other in others:  # it depends on the one that brought it
        kind = svc(["show", other, "--json"]).json["kind"]
        assert other in svc.refused([noun, "void", one, *APPROVED]).err
        gone(svc, kind, other)
    gone(svc, noun, one)


def test_every_way_to_move_money_in_a_record_is_looked_at() -> None:
    assert set(FOLLOW_UPS) == {(n, v.event) for n, v in MONEY if not v.opens}
    assert set(BROUGHT) == {(n, v.event) for n, v in ALL if not v.typed}


@pytest.mark.parametrize(("noun", "event"), FOLLOW_UPS)
def test_a_follow_up_that_moves_money_is_not_amended_or_undone_but_voided(svc: Any, noun: str, event: str) -> None:
    before, line = FOLLOW_UPS[noun, event]
    for one in before:
        last = svc(one).ids[-1]
    rows = svc([noun, "list", "--json"]).json

    made = svc(line.format(last), at="2026-11-24T09:01:00+08:00").ids

    assert svc([noun, "list", "--json"]).json != rows
    verb = nouns.noun(noun).verb(event)
    for one in made:
        stands(svc, noun, verb, one)
        assert "--approved-by" in svc.refused([noun, "void", one, "--reason", "重复"], code=2).err
    for one in made:
        svc([noun, "void", one, *APPROVED])
    assert svc([noun, "list", "--json"]).json == rows
    assert svc("check").out == ""


@pytest.mark.parametrize(("noun", "verb"), OPENINGS, ids=names(OPENINGS))
def test_what_was_voided_by_mistake_is_recorded_again_as_undo_tells(svc: Any, noun: str, verb: type[Verb]) -> None:
    words, values = filled(svc, noun, verb)
    one, *others = svc(words).ids
    for gone in (*others, one):
        svc([svc(["show", gone, "--json"]).json["kind"], "void", gone, *APPROVED])
    personal = {s.option: str(values[s.name]) for s in verb.specs if s.personal}

    told = shlex.split(svc.refused("undo").err.strip().rpartition("：svcctl ")[2])
    assert not set(personal) & set(told)
    new = svc([*told, *(word for pair in personal.items() for word in pair)]).ids[0]

    before, after = ({n: d.get(n) for n in (*verb.by_name, "event", "at")} for d in map(documents(svc, noun).get, (one, new)))
    assert after == before


@pytest.mark.parametrize(("noun", "event"), [(n, v.event) for n, v in VERBS if v.spreads])
def test_a_verb_that_spreads_is_typed_once_for_several_records(svc: Any, noun: str, event: str) -> None:
    before, line = FOLLOW_UPS[noun, event]
    ids = [svc(one).id for one in before]
    files = svc.files()
    line += " --key s"
    drafted = list(yaml.safe_load_all(svc(f"{line} -n").out))
    assert svc.files() == files
    svc.refused([noun, event, ids[0], *shlex.split(line)[2:]], code=2)  # it is of no record

    entries = svc(f"{line} --json").json

    assert len(entries) > 1
    assert [e["of"] for e in entries] == [d["of"] for d in drafted] == ids[: len(entries)]
    assert [e["key"] for e in entries] == ["s", *(f"s/{n}" for n in range(2, len(entries) + 1))]
    assert all(documents(svc, noun)[e["id"]]["event"] == event for e in entries)
    assert svc(line).ids == [e["id"] for e in entries]
    typed = {"kind": noun, "event": event, "key": "s", "tenant": "A-101", "by": "李敏"}
    assert svc("append --from -", stdin=json.dumps(typed)).ids == [e["id"] for e in entries]
    assert [e["id"] for e in svc(["show", ids[0], "--json"]).json["history"]] == [ids[0], entries[0]["id"]]
    assert svc("check").out == ""


@pytest.mark.parametrize(("noun", "event"), BROUGHT)
def test_a_verb_that_nobody_types_comes_with_another_entry(svc: Any, noun: str, event: str) -> None:
    line, values = BROUGHT[noun, event]
    verb = nouns.noun(noun).verb(event)
    svc.refused([noun, event], code=2)
    svc.refused([noun, event, "--help"], code=2)
    typed = {"kind": noun, "event": event, "by": "李敏", **{n: v for n, v in values.items() if v != "{0}"}}
    files = svc.files()
    said = svc("append --from -", stdin=json.dumps(typed), code=3)
    assert (said.out, svc.files()) == ("", files)
    assert all(v.event in said.err for v in nouns.noun(noun).verbs if v.typed)
    drafted = list(yaml.safe_load_all(svc(f"{line} -n").out))
    assert event not in [d["event"] for d in drafted]  # nobody is told before it is stored

    first, one = svc(line).ids

    comes_back(svc, noun, verb, one, {n: v.format(first) for n, v in values.items()})
    entry = svc(["show", one, "--json"]).json["history"][0]
    bringer = svc(["show", first, "--json"]).json["history"][0]
    assert (entry["key"], entry["at"], entry["by"]) == ("k/2", bringer["at"], bringer["by"])
    assert svc(line).ids == [first, one]
    stands(svc, noun, verb, one)
    svc.refused([noun, "void", one, *APPROVED])  # as long as what brought it stands
    gone(svc, noun, first)
    assert [row["id"] for row in svc([noun, "list", "--json"]).json] == [one]
    gone(svc, noun, one)


@pytest.mark.parametrize(("noun", "verb"), VERBS, ids=names(VERBS))
def test_what_is_missing_is_one_usage_error_that_names_all(svc: Any, noun: str, verb: type[Verb]) -> None:
    said = svc.refused([noun, verb.event], code=2, env={"SVCCTL_BY": ""}).err

    message = said.splitlines()[-1]
    for spec in verb.specs:
        assert (spec.option in message) == (spec.required or any(spec.name in g for g in verb.one_of)), spec.name
    assert ("ID" in message) == (not verb.opens and not verb.spreads)
    assert "--by" in message


@pytest.mark.parametrize(("noun", "verb"), ALL, ids=names(ALL))
def test_a_choice_is_taken_by_code_and_by_both_labels(svc: Any, noun: str, verb: type[Verb]) -> None:
    for spec in verb.specs:
        if isinstance(spec.type, ChoiceType):
            for code, zh, en in spec.type.choices:
                assert [spec.type.parse(t, CTX) for t in (code, zh, en, en.upper(), f" {zh} ")] == [code] * 5
