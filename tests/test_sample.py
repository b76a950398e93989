"""The sample ledger is made through svcctl's own rules, is the same every time, and is what ``ledger/`` holds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from svcctl.errors import Refused
from svcctl.sample import complaint_stories, make, repair_stories

ROOT = Path(__file__).parent.parent
NOW = "2026-11-23T17:40:00+08:00"


def svcctl(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command line in a new process."""
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SVCCTL_NOW": NOW, "HOME": "/nowhere"}
    command = [sys.executable, "-m", "svcctl", *words]
    return subprocess.run(command, env=base | environ, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a ledger that belongs to it."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file() and ".svcctl" not in f.parts)
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, made here."""
    folder = tmp_path_factory.mktemp("sample") / "ledger"
    make(str(folder))
    return folder


def test_ledger_in_the_checkout_is_what_make_makes(sample: Path) -> None:
    made, kept = contents(sample), contents(ROOT / "ledger")
    assert sorted(made) == sorted(kept)
    for name, data in made.items():
        assert kept[name] == data, f"ledger/{name} differs: remake it with svcctl init --sample"


def test_it_does_not_depend_on_the_time_the_zone_or_the_hash_seed(sample: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    done = svcctl("init", "--sample", str(other), SVCCTL_NOW="2031-02-03T04:05:06+00:00", TZ="America/New_York",
                  PYTHONHASHSEED="7", SVCCTL_DESK="night", SVCCTL_LANG="en")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert contents(other) == contents(sample)


def test_check_finds_nothing(sample: Path) -> None:
    done = svcctl("-C", str(sample), "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_with_a_ledger_is_left_alone(sample: Path) -> None:
    before = contents(sample)
    with pytest.raises(Refused):
        make(str(sample))
    assert svcctl("init", "--sample", str(sample)).returncode == 3
    assert contents(sample) == before


def test_today_has_something_of_everything(sample: Path) -> None:
    matters = json.loads(svcctl("-C", str(sample), "today", "--json").stdout)
    others = [m for m in matters if m["kind"] != "fee"]
    assert 10 <= len(others) <= 30
    assert 5 <= len(matters) - len(others) <= 30
    assert {m["group"] for m in matters} == {"overdue", "today", "tomorrow"}
    assert {m["kind"] for m in matters} == {"complaint", "repair", "lost", "fee", "cash", "plan"}
    assert all(m["command"].startswith(f"svcctl {m['kind']} ") for m in matters)


def test_the_street_has_tenants_with_leases_and_two_shops_are_vacant(sample: Path) -> None:
    units, tenants, leases = (
        {r["id"]: r for r in json.loads(svcctl("-C", str(sample), noun, "list", "--json").stdout)} for noun in ("unit", "tenant", "lease")
    )
    assert (len(units), len(tenants), len(leases)) == (66, 60, 64)
    assert {x["tenant"] for x in leases.values()} == {t["tenant_no"] for t in tenants.values()}
    for day, vacant in (("2026-08-01", {"A-110", "B-108"}), ("2026-11-23", {"A-110", "B-206"})):
        let = {x["unit"] for x in leases.values() if x["from"] <= day <= x["to"]}
        assert {u["unit_no"] for u in units.values() if u["type"] == "shop"} - let == vacant


def test_three_months_are_sealed_and_a_night_of_one_of_them_came_late(sample: Path) -> None:
    months = {m["month"]: m for m in json.loads(svcctl("-C", str(sample), "seal", "--json").stdout)}
    assert [name for name, m in months.items() if m["state"] == "sealed"] == ["2026-08", "2026-09", "2026-10"]
    assert all(m["arrived"] == 0 for m in months.values())
    late = re.findall(r'^late: "(.*)"$', (sample / "repairs/2026-10.yaml").read_text("utf-8"), re.MULTILINE)
    assert len(late) == 3 and len(set(late)) == 1
    report = json.loads(svcctl("-C", str(sample), "report", "monthly", "2026-10", "--format", "json").stdout)
    changed = {row["measure"]: (row["published"], row["now"]) for row in report["tables"]["published_changed"]}
    assert int(changed["repair.received"][1]) == int(changed["repair.received"][0]) + 1


def test_every_turn_that_a_matter_can_take_is_in_it(sample: Path) -> None:
    text = "".join(data.decode() for name, data in contents(sample).items() if name.endswith(".yaml"))
    events = Counter(re.findall(r'^event: "(.*)"$', text, re.MULTILINE))
    for event in ("merge", "withdraw", "repromise", "escalate", "reopen", "cancel", "pause", "resume", "amend", "void", "verify",
                  "report", "match", "give-up", "contact", "claim", "unclaim", "return", "dispose", "move", "extend", "charge", "pay", "apply", "adjust", "reverse", "refund",
                  "count", "check", "variance", "settle", "remit", "skip", "miss", "done", "review"):  # fmt: skip
        assert events[event], event
    for line in ('interim: "true"', 'untold: "true"', 'anonymous: "true"', 'result: "no_answer"', 'result: "refused"', 'solved: "no"',
                 'payer: "insurer"', 'payer: "developer"', 'severity: "major"', 'urgency: "emergency"', 'urgency: "planned"',
                 'result: "not_ours"', 'result: "declined"', 'how: "police"', 'how: "donate"', 'how: "proxy"', 'how: "mail"',
                 'type: "correction"', 'type: "waiver"', 'type: "writeoff"', 'reason: "bounced"', 'reason: "keyed_wrong"',
                 'reason: "wrong_payer"', 'method: "cheque"', 'method: "cash"', 'how: "over_paid_in"', 'how: "short_made_good"',
                 'how: "explained"', 'how: "company_bears"', 'to: "safe"', 'type: "make_good"', 'type: "drop"',
                 'type: "year"', 'type: "quarter"', 'type: "month"', 'type: "week"', 'type: "project"', 'type: "market_survey"', 'type: "ad_hoc"',
                 'value: "prohibited"', 'value: "perishable"', 'value: "document"'):  # fmt: skip
        assert f"\n{line}\n" in text, line
    for party in ("developer", "equipment", "property", "tenant_self", "pending"):
        assert text.count(f'\nparty: "{party}"\n') > 20, party


def test_nobody_real_can_be_called(sample: Path) -> None:
    text = "".join(data.decode() for data in contents(sample).values())
    phones = re.findall(r"(?<![0-9a-f])1[0-9]{10}(?![0-9a-f])", text)
    assert phones
    assert all(p.startswith(("1380000", "1390000")) for p in phones)


def test_the_stories_are_many_and_differ() -> None:
    words = [w for s in complaint_stories.COMPLAINTS for w in s.words] + [f for s in repair_stories.REPAIRS for f in s.faults]
    assert len(words) == len(set(words)) > 150
