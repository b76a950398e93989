"""A full identity number is refused wherever somebody can type a text, and never shown again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from svcctl import nouns
from svcctl.fields import FieldType

ID = "510104199003071237"
WAYS = (ID, "11010519491231002X", "510104 19900307 1237", "５１０１０４１９９００３０７１２３７", f"身份证号{ID}，已登记")
COMPLAINT = ["complaint", "add", "--content", "吵", "--anonymous"]


def free(spec: Any) -> bool:
    """Whether a field takes what somebody writes in his own words."""
    return type(spec.type) is FieldType or spec.type.name in ("text", "person", "master", "texts")


def parts(text: str) -> list[str]:
    return [text, text.replace(" ", "")]


@pytest.mark.parametrize("typed", WAYS)
def test_it_is_refused_in_every_general_text(svc: Any, typed: str) -> None:
    one = svc(COMPLAINT).id
    lines = {
        "--content": ["complaint", "add", "--content", typed, "--anonymous"], "--contact": ["complaint", "add", "--content", "x", "--contact", typed],
        "--note": [*COMPLAINT, "--note", typed], "--key": [*COMPLAINT, "--key", typed], "--by": [*COMPLAINT, "--by", typed], "--unit": [*COMPLAINT, "--unit", typed],
        "--demand": ["complaint", "amend", one, "--set", f"demand={typed}", "--reason", "x"], "--reason": ["complaint", "amend", one, "--set", "demand=x", "--reason", typed],
        "--approved-by": ["complaint", "void", one, "--reason", "x", "--approved-by", typed], "NAME": ["duty", typed], "--site": ["init", str(svc.folder / "new"), "--profile", "hotel", "--site", typed],
    }  # fmt: skip
    for option, line in lines.items():
        for lang, word in (("zh", "后四位"), ("en", "last four")):
            said = svc.refused(line, lang=lang)
            assert f"svcctl: {option}: " in said.err and word in said.err, str(said)
            assert not [p for p in (*parts(typed), "1237", "19900307", "19491231") if p in said.all_err], str(said)
    assert not (svc.folder / "new").exists()
    assert svc(["find", typed]).out == ""


@pytest.mark.parametrize("noun", nouns.CATALOGUE)
def test_it_is_refused_in_every_text_field_of_every_verb(svc: Any, noun: str) -> None:
    for verb in nouns.noun(noun).verbs:
        for spec in verb.specs:
            if free(spec):
                doc = {"kind": noun, "event": verb.event, "by": "李敏", "of": "" if verb.opens else "key:none", spec.short or spec.name: ID}
                said = svc("append --from -", stdin=json.dumps({k: v for k, v in doc.items() if v}), code=3)
                assert ID not in said.all_err and said.out == ""
    assert set(svc.files()) <= {".gitattributes", ".gitignore", "ledger.yaml"}


def test_a_row_with_one_is_rejected_and_the_message_does_not_hold_it(svc: Any) -> None:
    path = svc.folder / "c.csv"
    path.write_text(f"content,contact\nok,13800001234\n身份证 {ID},13800001234\n", encoding="utf-8")
    said = svc(["import", str(path), "--noun", "complaint"], code=3)
    assert "c.csv:3: --content" in said.err and ID not in said.all_err
    assert "complaints/2026-11.yaml" not in svc.files()


def test_check_names_what_was_stored_before_without_showing_it(svc: Any) -> None:
    base = {"kind": "complaint", "event": "add", "at": "2026-11-20T08:00:00+08:00", "anonymous": "true", "target": "2026-11-23T08:00:00+08:00"}
    svc.plant("complaints/2026-11.yaml", id="cp-0000000001", **base, content=f"身份证 {ID}", promised="2026-11-21T08:00:00+08:00")
    svc.plant("complaints/2026-11.yaml", id="cp-0000000002", **base, content="x", promised="2026-11-21T08:00:00+08:00", note="510104 19900307 1237")
    for lang in ("zh", "en"):
        found = [p for p in svc("check --json", code=1, lang=lang).json if p["code"] == "identity-number"]
        assert [(p["id"], p["message"].split()[0]) for p in found] == [("cp-0000000001", "content"), ("cp-0000000002", "note")]
        assert "19900307" not in json.dumps(found)
        for line in ("complaint list --json", "log", "show cp-0000000001", "show cp-0000000002 --json", "today"):
            assert "19900307" not in svc(line, lang=lang).out


def test_an_ordinary_long_text_is_taken(svc: Any) -> None:
    svc(["complaint", "add", "--content", "订单 202611201990030712 的快递 6222 1380 0001 2345 678 没到，已等了两个小时，请尽快处理", "--anonymous"])


OTHERS = ("510104900307123", "510104 900307 123", "510104199003071234")  # 15 digits, and one with a wrong check digit


def test_what_may_be_another_number_is_taken_and_masked_as_the_help_says(svc: Any) -> None:
    for other in OTHERS:
        one = svc(["complaint", "add", "--content", f"编号 {other} 没到", "--anonymous", "--note", other, "--unit", other]).id
        assert other in svc.text("complaints/2026-11.yaml")
        for line in ("complaint list", "complaint list --json", f"show {one}", f"show {one} --json", "log", "today --json", f"find {other[:6]}", f"complaint add --content {other!r} --anonymous -n"):
            said = svc(line)
            assert other not in said.out and other not in said.all_err and "900307" not in said.out, str(said)
        assert other in svc(["show", one, "--reveal"]).out
    for lang, words in (("zh", "15 位的旧号和校验位不对的"), ("en", "15 digits, or with a wrong check digit")):
        assert words in svc("help privacy", lang=lang).out
