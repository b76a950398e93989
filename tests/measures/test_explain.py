"""Figures can be explained, are found by name, and are written for programs; money is summed like anything else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from measures_desk import Desk, complaint, repair, resolve

from svcctl import errors, measures
from svcctl.measures import engine
from svcctl.measures.declare import Register, Verdict, excluded
from svcctl.measures.engine import compute, explain, explanation_json, figure_json
from svcctl.texts import Text, same

PROMISE = "complaint.promise_kept_rate"


def test_every_record_of_a_rate_is_named_with_its_file_and_line():
    desk = Desk()
    kept, broken, gone = (complaint(desk, "03-10 08:00", promised="03-10 18:00", category="noise") for _ in range(3))
    complaint(desk, "03-10 08:00", promised="03-10 18:00", category="fee")
    desk.then(kept, "reply", "03-10 09:00", text="yes")
    desk.then(gone, "withdraw", "03-10 09:00", reason="a mistake")
    found = explanation_json(explain(desk, desk.window("2024-03"), PROMISE + "{category=noise}"), "en")
    formula = measures.measure(PROMISE).formula
    assert found == {
        "id": PROMISE + "{category=noise}", "value": "0.500000", "num": "1", "den": "2",
        "formula_zh": formula.zh, "formula_en": formula.en,
        "numerator": [{"id": kept, "file": "complaints/x.yaml", "line": 1, "amount": "1"}],
        "denominator": [
            {"id": kept, "file": "complaints/x.yaml", "line": 1, "amount": "1"},
            {"id": broken, "file": "complaints/x.yaml", "line": 2, "amount": "1"},
        ],
        "excluded": [{"id": gone, "why": "withdrawn before the promise ran out"}],
    }  # fmt: skip
    assert (
        explanation_json(explain(desk, desk.window("2024-03"), PROMISE), "zh")["excluded"][0]["why"]
        == "承诺到期之前已撤诉"
    )


def test_what_is_no_rate_has_a_numerator_only():
    desk = Desk()
    record = complaint(desk, "03-10 08:00")
    resolve(desk, record, "03-10 08:20:10")
    found = explanation_json(explain(desk, desk.window("2024-03"), "complaint.first_reply_minutes"), "en")
    assert (found["value"], found["num"], found["den"], found["denominator"]) == ("20.2", None, None, [])
    assert [line["amount"] for line in found["numerator"]] == ["20.166667"]
    quick = repair(desk, "03-10 08:00")
    desk.then(quick, "finish", "03-10 08:45", result="fixed")
    line = explanation_json(explain(desk, desk.window("2024-03"), "repair.minutes"), "en")["numerator"][0]
    assert line["amount"] == "45.0"


def test_figures_for_programs():
    desk = Desk()
    complaint(desk, "03-10 08:00", promised="03-10 18:00", category="noise")
    found = {i: figure_json(f) for i, f in desk.figures().items()}
    assert found["complaint.received{category=noise}"] == {
        "id": "complaint.received{category=noise}", "value": "1", "num": None, "den": None, "unit": "count",
        "label_zh": "投诉量（噪音油烟扰民）", "label_en": "Complaints received (Noise and fumes)",
    }  # fmt: skip
    assert found[PROMISE] == {
        "id": PROMISE, "value": "0.000000", "num": "0", "den": "1", "unit": "rate",
        "label_zh": "承诺答复兑现率", "label_en": "Promises kept",
    }  # fmt: skip
    nothing = found["repair.rework_rate"]
    assert (nothing["value"], nothing["num"], nothing["den"]) == (None, "0", "0")
    assert found["repair.minutes"]["value"] is None


def test_only_the_nouns_asked_for_are_read():
    desk = Desk()
    record = complaint(desk, "03-10 08:00")
    win = desk.window("2024-03")
    found = compute(desk, win, None, ("complaint", "unit"))
    assert list(found.cases) == ["complaint"]
    assert [c.id for c in found.cases["complaint"]] == [record]
    assert {measures.measure(i).noun for i in found.figures} == {"complaint"}
    one = compute(desk, win, ["complaint.received{category=噪音油烟扰民}"], ())
    assert list(one.figures) == ["complaint.received{category=noise}"]


SPLITS = {
    "complaint": ("category", "severity"), "repair": ("party", "trade", "to"), "lost": ("category",),
    "cash": ("point", "cashier"), "fee": ("item",), "plan": ("type", "owner"),
    "cash.settled_on_time_rate": ("point", "cashier", "type"), "fee.ageing": ("bucket",), "fee.outstanding": ("item", "year"), "repair.cost": ("party", "trade"), "cash.missing": ("point",),
    **dict.fromkeys(("fee.paid", "fee.receipts", "fee.reversed", "fee.refunded"), ("item", "method")),
}  # fmt: skip


def test_the_catalogue_is_complete_in_both_languages():
    found = measures.catalogue()
    assert [m.id for m in found] == [
        "complaint.received", "complaint.promise_kept_rate", "complaint.on_time_rate", "complaint.completion_rate",
        "complaint.callback_rate", "complaint.satisfaction_rate", "complaint.reopen_rate",
        "complaint.first_reply_minutes", "complaint.overdue",
        "repair.received", "repair.finished", "repair.on_time_rate", "repair.on_time_rate_of_finished",
        "repair.completion_rate", "repair.rework_rate", "repair.minutes", "repair.backlog", "repair.satisfaction_rate", "repair.cost",
        "lost.opening", "lost.found", "lost.returned", "lost.disposed", "lost.in_storage", "lost.return_rate",
        "lost.overdue",
        "cash.slots", "cash.completeness_rate", "cash.over_count", "cash.over_amount", "cash.short_count",
        "cash.short_amount", "cash.variance_rate", "cash.settled_on_time_rate", "cash.remitted_on_time_rate", "cash.missing",
        "fee.billed", "fee.received", "fee.collection_rate", "fee.arrears_recovery_rate", "fee.combined_rate",
        "fee.household_rate", "fee.advance", "fee.waived", "fee.arrears", "fee.ageing",
        "fee.corrected", "fee.written_off", "fee.allocated", "fee.opening", "fee.outstanding", "fee.current_unpaid", "fee.debtors",
        "fee.paid", "fee.receipts", "fee.reversed", "fee.refunded", "fee.applied", "fee.received_in_month",
        "plan.due", "plan.done", "plan.completion_rate", "plan.weighted_rate", "plan.moved", "plan.overdue",
    ]  # fmt: skip
    assert {m.id: m.splits for m in found} == {m.id: SPLITS.get(m.id, SPLITS[m.noun]) for m in found}
    for m in found:
        texts = [m.label, m.formula, m.numerator, *(t for t in (m.denominator, m.exclusions) if t)]
        assert all(t.zh and t.en and t.zh != t.en for t in texts)
        assert (m.denominator is not None) is (m.unit == "rate")
    assert measures.measures_of("unit") == ()
    assert measures.find("repair.received{to=A=B}").code == "A=B"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("complaint.recieved", "complaint.received?"),
        ("complaint.promise_kept", "complaint.promise_kept_rate?"),
        ("complaint.received{categroy=noise}", "complaint.received{category=…}?"),
        ("complaint.received{category=noize}", "complaint.received{category=noise}?"),
        ("complaint.received{category}", "complaint.received{category=…}?"),
        ("complaint.received{category=noise", "complaint.received{category=…}?"),
        ("complaint.received{to=Zhou}", "complaint.received{category=…}?"),
        ("cash.short_amount{type=short}", "cash.short_amount{point=…}?"),
        ("fee.ageing{bucket=30-60}", "fee.ageing{bucket=31-60}?"),
        ("fee.ageing{item=water}", "fee.ageing{bucket=…}?"),
    ],
)
def test_what_is_no_measure_is_told_with_what_was_meant(typed, meant):
    with pytest.raises(errors.NotFound) as told:
        measures.measure(typed)
    assert f"Did you mean {meant}" in told.value.say("en")
    assert "svcctl measures" in told.value.say("zh")


def test_what_resembles_nothing_is_told_without_a_guess():
    with pytest.raises(errors.NotFound) as told:
        measures.find("zzz")
    assert told.value.say("en") == 'there is no such measure, got "zzz". All of them: svcctl measures'


def test_money_is_summed_exactly_and_may_be_negative(monkeypatch):
    """What fees need: amounts in both parts, of which one may be taken back."""
    amounts = {"03-10": ("200.10", "588.20"), "03-11": ("-0.20", None), "03-12": (None, "0.10"), "03-13": None}
    money = Register("complaint", ())
    texts = {"label": same("x"), "formula": same("x"), "numerator": same("x"), "source": "M-X"}

    def part(case):
        return amounts[f"{case.state.at:%m-%d}"]

    @money.measure("share", unit="rate", parts="money", **texts)
    def share(case, win):
        if part(case) is None:
            return excluded(Text("不计", "not counted"))
        return Verdict(*(None if a is None else Decimal(a) for a in part(case)))

    @money.measure("paid", unit="money", **texts)
    def paid(case, win):
        return Verdict(Decimal(part(case)[0])) if part(case) and part(case)[0] else Verdict()

    desk = Desk()
    for day in amounts:
        complaint(desk, f"{day} 08:00")
    monkeypatch.setattr(measures, "register", lambda noun: money if noun == "complaint" else Register(noun, ()))
    found = compute(desk, desk.window("2024-03"))
    json = figure_json(found.figures["complaint.share"])
    assert (json["value"], json["num"], json["den"]) == ("0.339793", "199.90", "588.30")
    assert figure_json(found.figures["complaint.paid"])["value"] == "199.90"
    lines = explanation_json(explain(desk, desk.window("2024-03"), "complaint.share"), "en")
    assert [x["amount"] for x in lines["numerator"]] == ["200.10", "-0.20"]
    assert [x["amount"] for x in lines["denominator"]] == ["588.20", "0.10"]
    assert [x["why"] for x in lines["excluded"]] == ["not counted"]
    with pytest.raises(ValueError, match="twice"):
        money.measure("paid", unit="money", **texts)(paid)


@pytest.mark.parametrize(
    ("num", "den", "text"), [(1, 2, "0.5"), (1, 20, "0.1"), (-1, 20, "-0.1"), (249, 1000, "0.2"), (1, 3, "0.3")]
)
def test_half_is_rounded_up(num, den, text):
    assert engine.half_up(engine.Fraction(num, den), 1) == Decimal(text)
