"""Overs and shorts are never set off against each other: no command and no sheet has a net or a signed total of them."""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from svcctl import measures

POINTS = (
    '{front: {float: "1000.00", shifts: [{code: A, from: "07:00", to: "15:00"}, {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]}, '
    'hall: {float: "500.00", shifts: [{code: D, from: "08:00", to: "20:00"}]}}'
)
# When, where, what is counted beyond the float (a short is less), who hands over and who takes over.
COUNTS = (
    ("11-22 15:00", "front", "13.7", "李敏", "王强"), ("11-22 20:00", "hall", "-22.6", "周宁", "safe"),
    ("11-22 23:00", "front", "-9.8", "王强", "李敏"), ("11-23 07:00", "front", "41.9", "李敏", "王强"),
    ("11-23 15:00", "front", "-17.1", "王强", "李敏"), ("11-23 20:00", "hall", "5.3", "周宁", "safe"),
)  # fmt: skip
OVERS = [Decimal(a) for _, _, a, _, _ in COUNTS if Decimal(a) > 0]
SHORTS = [-Decimal(a) for _, _, a, _, _ in COUNTS if Decimal(a) < 0]
SALE = Decimal("333.3")  # before each count, so that what is handed in is no difference by itself
NOW = "2026-11-24T09:00:00+08:00"
NUMBER = re.compile(r"(?<![\w.:@-])[-+−]?\d[\d,]*(?:\.\d+)?(?![\w:])")


def sums(amounts: Iterable[Decimal]) -> set[Decimal]:
    """What any of the amounts come to together."""
    found = list(amounts)
    return {sum(some, Decimal(0)) for n in range(1, len(found) + 1) for some in itertools.combinations(found, n)}


NETS = {n for over in sums(OVERS) for short in sums(SHORTS) if (n := abs(over - short)) % 1}  # whole ones are row numbers too
WORDS = re.compile(r"净(差|额|长|短|值)|轧差|(?<!不)(?<!从不)相抵|net (over|short|variance|difference|total)|over[/-]short", re.IGNORECASE)


def tally(amount: Decimal) -> str:
    """As many of each denomination as it takes."""
    parts = []
    for value in ("100", "50", "20", "10", "5", "1", "0.5", "0.1"):
        number, amount = divmod(amount, Decimal(value))
        if number:
            parts.append(f"{value}x{number}")
    assert not amount
    return ",".join(parts)


@pytest.fixture
def desk(svc: Any) -> Any:
    svc.site("points", POINTS)
    svc.site("nouns", "[cash]")
    kept = {"front": Decimal("1000"), "hall": Decimal("500")}
    for when, point, beyond, by, to in COUNTS:
        at = f"2026-{when.replace(' ', 'T')}:00+08:00"
        total = kept[point] + SALE + Decimal(beyond)
        svc(["cash", "move", "--point", point, "--type", "sale", "--amount", str(SALE), "--by", by], at=at)
        safe = ["--seal-no", "S1", "--witness", "陈经理"] if to == "safe" else []
        ids = svc(["cash", "count", "--point", point, "--count", tally(total), "--to", to, "--by", by, *safe], at=at).ids
        assert len(ids) == 2, "each of them brings a variance"
        kept[point] = min(kept[point], total)
    return svc


def numbers(text: str) -> Iterator[Decimal]:
    for token in NUMBER.findall(text):
        yield Decimal(token.replace(",", "").replace("−", "-").replace("+", ""))


def clean(text: str, where: str) -> None:
    found = {n for n in numbers(text) if abs(n) in NETS}
    assert not found, f"{where} has {found}: {[line for line in text.splitlines() if any(str(abs(n)) in line for n in found)][:5]}"
    assert not WORDS.search(text), f"{where}: {WORDS.search(text)}"


def test_the_amounts_tell_a_net_from_everything_else() -> None:
    assert len(NETS) > 30 and sum(OVERS) - sum(SHORTS) in NETS
    assert NETS.isdisjoint(sums(OVERS) | sums(SHORTS))
    with pytest.raises(AssertionError):
        clean(f"合计 {sum(OVERS) - sum(SHORTS)}", "a net total")


def lines(desk: Any) -> Iterator[list[str]]:
    yield from (["cash", "list", "--format", f] for f in ("table", "json", "csv", "tsv", "yaml"))
    yield from (["cash", "list", "--where", f"type={kind}"] for kind in ("over", "short"))
    for row in desk("cash list --json", at=NOW).json:
        yield from (["show", row["id"]], ["show", row["id"], "--json"])
    yield from (["cash", "status"], ["cash", "status", "--json"], ["today"], ["today", "--json"], ["log"], ["find", "front"], ["kinds", "cash"])
    yield from (["check"], ["measures", "cash"])
    for measure in measures.measures_of("cash"):
        for period in ("2026-11", "2026-11-22", "2026-11-22..2026-11-23"):
            yield from (["measure", measure.id, period], ["measure", measure.id, period, "--json"])
            yield from (["explain", measure.id, period], ["explain", measure.id, period, "--json"])
    yield from (["report", kind, period, "--format", "json"] for kind, period in REPORTS)


REPORTS = (("daily", "2026-11-22"), ("daily", "2026-11-23"), ("weekly", "this"), ("monthly", "2026-11"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_command_says_a_net(desk: Any, lang: str) -> None:
    seen = 0
    for line in lines(desk):
        said = desk(["--lang", lang, *line], at=NOW)
        clean(said.out + said.err, " ".join(line))
        seen += 1
    assert seen > 80
    over = desk("measure cash.over_amount 2026-11 --json", at=NOW).json
    short = desk("measure cash.short_amount 2026-11 --json", at=NOW).json
    assert (over["value"], short["value"]) == (f"{sum(OVERS):.2f}", f"{sum(SHORTS):.2f}")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("kind", "period"), REPORTS)
def test_no_sheet_has_a_net(desk: Any, tmp_path: Path, kind: str, period: str, lang: str) -> None:
    path = tmp_path / "report.xlsx"
    desk(["report", kind, period, "--lang", lang, "-o", str(path)], at=NOW)
    book = openpyxl.load_workbook(path, data_only=True)
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    with zipfile.ZipFile(path) as parts:
        charts = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/charts/chart")]
    texts += [value for chart in charts for value in re.findall(r"<(?:c:)?v>([^<]*)</(?:c:)?v>", chart)]
    clean("\n".join(texts), f"{kind} {period}")
    assert any("长款" in t or "ver" in t for t in texts)
