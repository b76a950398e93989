"""The sample's figures are what an independent calculation from its files comes to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sample_money_oracle
import sample_oracle
import sample_plan_oracle

ROOT = Path(__file__).parent.parent
NOW = "2026-11-23T17:40:00+08:00"
UNTIL = "2026-11-23T17:40:01+08:00"  # November still runs
PERIODS = {
    ("monthly", "2026-08"): ("2026-08-01T00:00:00+08:00", "2026-09-01T00:00:00+08:00"),
    ("monthly", "2026-09"): ("2026-09-01T00:00:00+08:00", "2026-10-01T00:00:00+08:00"),
    ("monthly", "2026-10"): ("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00"),
    ("monthly", "2026-11"): ("2026-11-01T00:00:00+08:00", UNTIL),
    ("daily", "2026-10-22"): ("2026-10-22T00:00:00+08:00", "2026-10-23T00:00:00+08:00"),
    ("weekly", "2026-W47"): ("2026-11-16T00:00:00+08:00", "2026-11-23T00:00:00+08:00"),
    ("weekly", "2026-W43"): ("2026-10-19T00:00:00+08:00", "2026-10-26T00:00:00+08:00"),
}
EXPECTED = {
    "complaint": {"received", "promise_kept_rate", "on_time_rate", "completion_rate", "callback_rate",
                  "satisfaction_rate", "reopen_rate", "first_reply_minutes", "overdue"},
    "repair": {"received", "finished", "on_time_rate", "on_time_rate_of_finished", "completion_rate", "rework_rate",
               "minutes", "backlog"},
    "lost": {"opening", "found", "returned", "disposed", "in_storage", "return_rate", "overdue"},
    "cash": {"slots", "completeness_rate", "over_count", "over_amount", "short_count", "short_amount", "variance_rate",
             "settled_on_time_rate", "remitted_on_time_rate"},
    "fee": {"billed", "received", "collection_rate", "arrears_recovery_rate", "combined_rate", "household_rate", "advance", "waived",
            "arrears", "ageing"},
    "plan": {"due", "done", "completion_rate", "weighted_rate", "moved", "overdue"},
}  # fmt: skip


def svcctl(ledger: Path, *words: str) -> Any:
    """What a command prints as JSON."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SVCCTL_NOW": NOW, "HOME": str(ledger)}
    command = [sys.executable, "-m", "svcctl", "-C", str(ledger), *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rounded(exact: Fraction, places: int) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def as_sealed(ledger: Path, end: str) -> Path:
    """The ledger as it was when the month was sealed in which a period ends: what was recorded late came afterwards."""
    copy = ledger.with_name(f"sealed-{end[:7]}")
    sealed_on = {"2026-09-01": "2026-09-03T10:12", "2026-10-01": "2026-10-09T10:40"}.get(end[:10])
    if sealed_on is None:
        return ledger
    for file in ledger.glob("*/*.yaml"):
        docs = [doc for doc in file.read_text("utf-8").split("---\n") if doc]
        kept = [doc for doc in docs if "\nlate: " not in doc or doc.split('recorded: "')[1] < sealed_on]
        (copy / file.parent.name).mkdir(parents=True, exist_ok=True)
        (copy / file.parent.name / file.name).write_text("".join(f"---\n{doc}" for doc in kept), "utf-8")
    return copy


def calculated(ledger: Path, period: tuple[str, str]) -> dict[str, Any]:
    """Every figure of one of the periods, calculated by hand."""
    start, end = PERIODS[period]
    ledger = as_sealed(ledger, end)
    running = "2026-12-01T00:00:00+08:00" if end == UNTIL else ""
    money = sample_money_oracle.figures(ledger, sample_oracle.Period(start, end), running)
    plans = sample_plan_oracle.figures(ledger, sample_oracle.Period(start, end), running)
    return sample_oracle.figures(ledger, start, end) | money | plans


def check(figure: dict[str, Any], exact: Any) -> None:
    """A published figure against the exact one."""
    if isinstance(exact, tuple):
        places = ".2f" if any(isinstance(part, Decimal) for part in exact) else ""
        if exact != (0, 0):
            assert (figure["num"], figure["den"]) == tuple(format(part, places) for part in exact), figure
        assert (Decimal(figure["num"]), Decimal(figure["den"])) == exact, figure
        value = None if exact[1] == 0 else rounded(Fraction(exact[0]) / Fraction(exact[1]), 6)
    else:
        value = rounded(exact, 1) if isinstance(exact, Fraction) else Decimal(exact)
        assert figure["num"] is None and figure["den"] is None, figure
    assert (figure["value"] is None and value is None) or Decimal(figure["value"]) == value, (figure, exact)


@pytest.mark.parametrize("period", PERIODS)
def test_every_published_figure_is_the_one_calculated_by_hand(period: tuple[str, str], ledger: Path) -> None:
    expected = calculated(ledger, period)
    published = {f["id"]: f for f in svcctl(ledger, "report", *period, "--format", "json")["measures"]}
    for noun, names in EXPECTED.items():
        for name in names:
            assert f"{noun}.{name}" in published
            nothing = period[0] in ("daily", "weekly") or name in ("overdue", "opening")
            assert f"{noun}.{name}" in expected or nothing, "a month of the sample has something of every measure"
    mine = {i: f for i, f in published.items() if i.partition("{")[0].partition(".")[2] in EXPECTED[i.partition(".")[0]]}
    for identity, figure in mine.items():
        empty = (0, 0) if figure["unit"] == "rate" else 0
        if identity not in expected and figure["unit"] == "minutes":
            assert figure["value"] is None
        else:
            check(figure, expected.get(identity, empty))
    assert not set(expected) - set(published)


@pytest.mark.parametrize(
    "identity",
    ["complaint.promise_kept_rate", "repair.on_time_rate{party=developer}", "repair.minutes", "lost.return_rate",
     "cash.remitted_on_time_rate", "cash.variance_rate", "cash.short_amount", "fee.collection_rate", "fee.arrears_recovery_rate", "fee.arrears",
     "fee.ageing{bucket=31-60}", "fee.household_rate", "plan.completion_rate", "plan.due{owner=马东}", "plan.moved"],
)
def test_one_figure_and_its_records_agree_with_the_calculation(identity: str, ledger: Path) -> None:
    exact = calculated(ledger, ("monthly", "2026-10"))[identity]
    check(svcctl(ledger, "measure", identity, "2026-10", "--json"), exact)
    explained = svcctl(ledger, "explain", identity, "2026-10", "--json")
    amounts = [Decimal(line["amount"]) for line in explained["numerator"] if line["amount"] is not None]
    if isinstance(exact, tuple) and isinstance(exact[0], Decimal):
        assert (sum(amounts), sum(Decimal(line["amount"]) for line in explained["denominator"])) == exact
    elif isinstance(exact, tuple):
        assert (len(explained["numerator"]), len(explained["denominator"])) == exact
    elif isinstance(exact, Decimal | int):
        assert sum(amounts) == exact
    else:
        assert rounded(Fraction(sum(amounts)) / len(amounts), 1) == rounded(exact, 1)
    for line in explained["numerator"]:
        text = (ledger / line["file"]).read_text("utf-8").split("\n")
        assert text[line["line"] - 1] == "---"
        assert text[line["line"]] == f'id: "{line["id"]}"'


def test_the_months_have_something_to_say(ledger: Path) -> None:
    """The service gets better, the developer stays behind: comparisons and splits show it."""
    august, september, october, november = (calculated(ledger, ("monthly", f"2026-{m:02}")) for m in (8, 9, 10, 11))
    for identity in ("complaint.promise_kept_rate", "complaint.callback_rate", "repair.on_time_rate"):
        assert Fraction(*october[identity]) > Fraction(*august[identity]) + Fraction(1, 25), identity
    for month in (august, october):
        party = {p: Fraction(*month[f"repair.on_time_rate{{party={p}}}"]) for p in ("developer", "equipment", "property", "tenant_self")}
        assert min(party, key=lambda p: party[p]) == "developer"
        assert 45 <= month["complaint.received"] <= 60
        assert 80 <= month["repair.received"] <= 110
        assert 12 <= month["lost.found"] <= 20
        assert Fraction(1, 3) < Fraction(*month["lost.return_rate"]) < Fraction(3, 4)
    assert november["lost.disposed"] >= 4 and november["lost.overdue"] >= 1
    collected = [round(100 * Fraction(m["fee.collection_rate"][0]) / Fraction(m["fee.collection_rate"][1])) for m in (august, september, october)]
    assert collected == [88, 93, 96]
    assert all(november[f"fee.ageing{{bucket={b}}}"] for b in ("not_due", "1-30", "31-60", "61-90", "91-180"))
    for month in (august, september, october):
        assert 18 <= month["plan.due"] <= 25 and month["plan.moved"] >= 1
    assert Fraction(*august["plan.completion_rate"]) < Fraction(*october["plan.completion_rate"]) < 1 and november["plan.overdue"] >= 1
    for month in (august, september, october, november):
        assert month["cash.over_count"] and month["cash.short_count"] and 0 < month["cash.variance_rate"][0] < month["cash.variance_rate"][1] / 20
    assert september["cash.settled_on_time_rate{type=short}"][0] < september["cash.settled_on_time_rate{type=short}"][1]


def test_the_till_agrees_with_all_that_came_in_and_went_out_but_for_its_variances(ledger: Path) -> None:
    variances = {d[0]["count"]: d[0] for d in sample_oracle.documents(ledger, "cash").values() if d[0]["event"] == "variance"}
    counts = sample_money_oracle.till_differences(ledger)

    assert len(counts) > 330
    for one, total, expected in counts:
        stored = variances.get(one)
        amount = Decimal(stored["amount"]) if stored else Decimal(0)
        assert total - expected == (amount if stored and stored["type"] == "over" else -amount), one


def test_every_payment_in_cash_is_in_the_till(ledger: Path) -> None:
    payments = {i: d[0]["amount"] for i, d in sample_oracle.documents(ledger, "fees").items() if d[0].get("point")}
    moves = {d[0]["payment"]: d[0]["amount"] for d in sample_oracle.documents(ledger, "cash").values() if d[0].get("type") == "fee"}

    assert len(payments) >= 30
    assert moves == payments


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, made afresh, so that a test never writes into the checkout."""
    from svcctl.sample import make

    folder = tmp_path_factory.mktemp("figures") / "ledger"
    make(str(folder))
    return folder
