"""``purge``: what is closed for longer than ``retention`` says loses its personal data, to the second, and nothing else."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from test_prompts import Terminal

from svcctl import nouns, site

PERSON = ["--contact", "13987654321", "--name", "欧阳诗涵"]
END = "2026-11-24T09:00:00+08:00"  # of what is done here; purged 730 days later: 2028-11-23 09:00:00


def complaint(svc: Any, *more: str, at: str = END) -> str:
    return str(svc(["complaint", "add", "--content", "吵", *PERSON, *more], at=at).id)


def close(svc: Any, one: str, at: str = END) -> None:
    svc(["complaint", "reply", one, "--text", "好"], at=at)
    svc(["complaint", "withdraw", one, "--reason", "算了"], at=at)


def held(svc: Any) -> list[str]:
    """The records that still have a name."""
    return sorted(row["id"] for row in svc("complaint list --json --reveal").json if row["name"])


def test_every_noun_with_personal_data_has_a_retention() -> None:
    assert set(site.RETENTION) == {n for n in nouns.CATALOGUE if nouns.noun(n).personal()}


def test_to_the_second_and_only_what_is_closed(svc: Any) -> None:
    closed, open_ = complaint(svc), complaint(svc)
    close(svc, closed)
    assert svc("purge", at="2028-11-23T09:00:00+08:00").out == ""
    assert held(svc) == sorted([closed, open_])
    dry = svc("purge -n", at="2028-11-23T09:00:01+08:00")
    assert (dry.ids, held(svc)) == ([closed], sorted([closed, open_]))

    said = svc("purge", at="2028-11-23T09:00:01+08:00")

    assert said.ids == [closed]
    assert held(svc) == [open_]
    assert "13987654321" not in said.all_err and "诗涵" not in said.all_err
    assert svc("purge", at="2040-01-01").out == ""
    assert held(svc) == [open_]
    assert svc("check").out == ""


def test_a_reopened_one_counts_anew_and_corrections_count(svc: Any) -> None:
    svc.site("retention", "{complaint: 10d}")
    reopened, amended, voided, late = (complaint(svc) for _ in range(4))
    for one in (reopened, amended):
        svc(["complaint", "reply", one, "--text", "好"])
        svc(["complaint", "resolve", one, "--cause", "x", "--action", "y"])
        svc(["complaint", "callback", one, "--result", "reached", "--score", "5", "--solved", "yes", "--by", "赵琳"])
    svc(["complaint", "void", voided, "--reason", "重复", "--approved-by", "陈强"])
    close(svc, late, at="2026-11-30T12:00:00+08:00")
    svc(["complaint", "reopen", reopened, "--reason", "又吵"], at="2026-11-26T09:00:00+08:00")
    svc(["complaint", "amend", amended, "--set", "content=很吵", "--reason", "补"], at="2026-12-01T09:00:00+08:00")

    assert svc("purge complaint -n", at="2026-12-04T09:00:00+08:00").out == ""
    entries = [e["id"] for e in svc(["show", voided, "--json"]).json["history"]]
    assert svc("purge complaint --json", at="2026-12-04T09:00:01+08:00").json == [
        {"id": voided, "kind": "complaint", "last": "2026-11-24T09:00:00+08:00", "entries": entries}
    ]
    assert svc("purge", at="2026-12-10T12:00:01+08:00").ids == [late]
    assert svc("purge", at="2026-12-11T09:00:01+08:00").ids == [amended]
    assert held(svc) == [reopened]


def test_a_tenants_file_is_kept_as_long_as_there_is_a_lease_or_something_owed(svc: Any) -> None:
    svc.site("retention", "{tenant: 1d}")
    for name in ("在租", "租完", "无约", "欠费", "作废", "续租"):
        svc(["tenant", "add", "--name", name, "--no", f"T{name}", "--contact", "欧阳诗涵", "--phone", "13987654321"])
    for name, to in (("在租", []), ("租完", ["--to", "2026-11-25"]), ("欠费", ["--to", "2026-11-25"]), ("续租", ["--to", "2026-11-25"])):
        svc(["lease", "add", "--tenant", name, "--unit", "A-1", "--from", "2026-01-01", *to])
    svc(["lease", "add", "--tenant", "续租", "--unit", "A-1", "--from", "2026-11-26", "--to", "2026-11-27"])
    charge = svc("fee charge --tenant 欠费 --item water --amount 5 --due 2026-11-30").id
    svc(["tenant", "void", svc("tenant list --where name=作废 --json").json[0]["id"], "--reason", "x", "--approved-by", "陈强"])

    def gone(at: str) -> list[str]:
        ids = svc("purge tenant", at=at).ids
        return sorted(svc(["show", i, "--json"]).json["name"] for i in ids)

    assert gone("2026-11-25T09:00:01+08:00") == ["作废"]
    assert gone("2026-11-26T23:59:59+08:00") == []
    assert gone("2026-11-27T00:00:00+08:00") == ["租完"]
    assert gone("2026-11-28T23:59:59+08:00") == []
    assert gone("2026-11-29T00:00:00+08:00") == ["续租"]
    svc(["fee", "adjust", charge, "--type", "writeoff", "--amount", "5", "--reason", "x", "--approved-by", "陈强"], at="2026-12-01T09:00:00+08:00")
    assert gone("2026-12-01T09:00:01+08:00") == ["欠费"]
    assert gone("2046-12-01T09:00:01+08:00") == []
    assert [t["contact"] for t in svc("tenant list --json --reveal").json].count("欧阳诗涵") == 2


def test_terms_of_ledger_yaml_and_what_is_said_of_them(svc: Any) -> None:
    text = svc.text("ledger.yaml")
    assert "retention: {complaint: 730d, repair: 730d, lost: 365d, fee: 1095d, tenant: 1095d}" in text
    assert "retention" not in svc("purge").err
    (svc.ledger / "ledger.yaml").write_text("\n".join(x for x in text.splitlines() if not x.startswith("retention")) + "\n", "utf-8")
    for lang, word in (("zh", "按默认：complaint 730d"), ("en", "the defaults hold: complaint 730d")):
        assert word in svc("purge", lang=lang).err
    svc.site("retention", "{complaint: never, lost: 36h}")
    close(svc, complaint(svc))
    said = svc("purge", at="2060-01-01", lang="en")
    assert "Complaint: never erased" in said.err and "Lost property" not in said.err
    assert said.out == ""
    assert "complaint" not in svc("purge lost", at="2060-01-01", lang="en").err.lower()
    for value, word in (("{complaint: 2y}", "730d"), ("{complain: 730d}", "complaint"), ("{unit: 730d}", "tenant"), ("730d", "key: value"), ("{lost: [1d]}", "one value")):
        svc.site("retention", value)
        said = svc.refused("purge", lang="en")
        assert "ledger.yaml:" in said.err and word in said.err
    svc.site("retention", "{}")
    assert "complaint" in svc.refused("purge complain", code=2).err
    svc.refused("purge cash", code=2)


def test_it_is_the_same_for_every_noun_and_names_no_one(svc: Any) -> None:
    """A record of each noun, closed; one run erases all of them, in every month, and shows ids only."""
    day = {"at": "2026-10-01T09:00:00+08:00"}
    one = complaint(svc, at=day["at"])
    close(svc, one, **day)
    repair = svc(["repair", "add", "--place", "x", "--fault", "y", "--reporter", "欧阳诗涵", "--contact", "13987654321"], **day).id
    svc(["repair", "cancel", repair, "--reason", "x"], **day)
    lost = svc(["lost", "report", "--what", "伞", "--where", "大厅", "--contact", "13987654321", "--name", "欧阳诗涵"], **day).id
    svc(["lost", "give-up", lost], **day)
    fee = svc(["fee", "charge", "--tenant", "甲", "--item", "water", "--amount", "5", "--due", "2026-10-31"], **day).id
    pay = svc(["fee", "pay", "--tenant", "甲", "--amount", "5", "--method", "bank", "--ref", "1", "--payer", "欧阳诗涵"], **day).id
    rows = {kind: svc([kind, "list", "--json"]).json for kind in ("complaint", "repair", "lost", "fee")}

    said = svc("purge --json", at="2036-01-01")

    assert {(o["kind"], o["id"]) for o in said.json} == {("complaint", one), ("repair", repair), ("lost", lost), ("fee", pay)}
    text = "".join(p.read_text("utf-8", "replace") for p in svc.folder.rglob("*") if p.is_file())
    assert "诗涵" not in text and "13987654321" not in text
    for kind, before in rows.items():
        personal = nouns.noun(kind).personal()
        after = svc([kind, "list", "--json"]).json
        assert [{k: v for k, v in row.items() if k not in personal} for row in after] == [{k: v for k, v in row.items() if k not in personal} for row in before]
    assert fee not in json.dumps(said.json)
    assert svc("check").out == ""


@pytest.mark.parametrize(("answer", "done"), [("n", False), ("y", True)])
def test_it_asks_on_a_terminal(svc: Any, answer: str, done: bool) -> None:
    one = complaint(svc)
    close(svc, one)
    terminal = Terminal(svc, ["purge"], {"SVCCTL_NOW": "2040-01-01T00:00:00+08:00"})
    terminal.expect(r"\[y/N\]")
    terminal.type(answer)
    assert terminal.end() == 0
    assert held(svc) == ([] if done else [one])
    assert os.path.exists(svc.ledger)
