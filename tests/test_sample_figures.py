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
import sample_oracle

ROOT = Path(__file__).parent.parent
NOW = "2026-11-23T17:40:00+08:00"
PERIODS = {
    ("monthly", "2026-10"): ("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00"),
    ("monthly", "2026-09"): ("2026-09-01T00:00:00+08:00", "2026-10-01T00:00:00+08:00"),
    ("weekly", "2026-W47"): ("2026-11-16T00:00:00+08:00", "2026-11-23T00:00:00+08:00"),
    ("weekly", "2026-W43"): ("2026-10-19T00:00:00+08:00", "2026-10-26T00:00:00+08:00"),
}
EXPECTED = {
    "complaint": {"received", "promise_kept_rate", "on_time_rate", "completion_rate", "callback_rate",
                  "satisfaction_rate", "reopen_rate", "first_reply_minutes", "overdue"},
    "repair": {"received", "finished", "on_time_rate", "on_time_rate_of_finished", "completion_rate", "rework_rate",
               "minutes", "backlog"},
    "lost": {"opening", "found", "returned", "disposed", "in_storage", "return_rate", "overdue"},
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


def check(figure: dict[str, Any], exact: Any) -> None:
    """A published figure against the exact one."""
    if isinstance(exact, tuple):
        assert (figure["num"], figure["den"]) == (str(exact[0]), str(exact[1])), figure
        value = None if exact[1] == 0 else rounded(Fraction(*exact), 6)
    else:
        value = rounded(exact, 1) if isinstance(exact, Fraction) else Decimal(exact)
        assert figure["num"] is None and figure["den"] is None, figure
    assert (figure["value"] is None and value is None) or Decimal(figure["value"]) == value, (figure, exact)


@pytest.mark.parametrize("period", PERIODS)
def test_every_published_figure_is_the_one_calculated_by_hand(period: tuple[str, str], ledger: Path) -> None:
    expected = sample_oracle.figures(ledger, *PERIODS[period])
    published = {f["id"]: f for f in svcctl(ledger, "report", *period, "--format", "json")["measures"]}
    for noun, names in EXPECTED.items():
        for name in names:
            assert f"{noun}.{name}" in published
            nothing = period[0] == "weekly" or f"{noun}.{name}" == "lost.overdue"
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
    ["complaint.promise_kept_rate", "repair.on_time_rate{party=developer}", "repair.minutes", "lost.return_rate"],
)
def test_one_figure_and_its_records_agree_with_the_calculation(identity: str, ledger: Path) -> None:
    exact = sample_oracle.figures(ledger, *PERIODS["monthly", "2026-10"])[identity]
    check(svcctl(ledger, "measure", identity, "2026-10", "--json"), exact)
    explained = svcctl(ledger, "explain", identity, "2026-10", "--json")
    if isinstance(exact, tuple):
        assert (len(explained["numerator"]), len(explained["denominator"])) == exact
    else:
        amounts = [Decimal(line["amount"]) for line in explained["numerator"]]
        assert rounded(Fraction(sum(amounts)) / len(amounts), 1) == rounded(exact, 1)
    for line in explained["numerator"]:
        text = (ledger / line["file"]).read_text("utf-8").split("\n")
        assert text[line["line"] - 1] == "---"
        assert text[line["line"]] == f'id: "{line["id"]}"'


def test_the_months_have_something_to_say(ledger: Path) -> None:
    """The service gets better, the developer stays behind: comparisons and splits show it."""
    august = sample_oracle.figures(ledger, "2026-08-01T00:00:00+08:00", "2026-09-01T00:00:00+08:00")
    october = sample_oracle.figures(ledger, *PERIODS["monthly", "2026-10"])
    for identity in ("complaint.promise_kept_rate", "complaint.callback_rate", "repair.on_time_rate"):
        assert Fraction(*october[identity]) > Fraction(*august[identity]) + Fraction(1, 25), identity
    for month in (august, october):
        party = {p: Fraction(*month[f"repair.on_time_rate{{party={p}}}"]) for p in ("developer", "equipment", "property", "tenant_self")}
        assert min(party, key=lambda p: party[p]) == "developer"
        assert 45 <= month["complaint.received"] <= 60
        assert 80 <= month["repair.received"] <= 110
        assert 12 <= month["lost.found"] <= 20
        assert Fraction(1, 3) < Fraction(*month["lost.return_rate"]) < Fraction(3, 4)
    november = sample_oracle.figures(ledger, "2026-11-01T00:00:00+08:00", NOW)
    assert november["lost.disposed"] >= 4 and november["lost.overdue"] >= 1


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, made afresh, so that a test never writes into the checkout."""
    from svcctl.sample import make

    folder = tmp_path_factory.mktemp("figures") / "ledger"
    make(str(folder))
    return folder
