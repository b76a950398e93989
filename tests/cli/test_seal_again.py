"""Seals that are lost or damaged: whatever happened, ``check`` says what to type, and typing that ends in a clean ledger."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from svcctl.store import codec

LATER = "2026-12-05T09:00:00+08:00"
LATE = "--late 夜班本上漏登"


def repair(svc: Any, at: str, more: str = "") -> str:
    return str(svc(f"repair add --unit A-101 --fault 灯不亮 --party property {more}", at=at).id)


def problems(svc: Any, code: int = 1) -> list[tuple[str, str]]:
    return [(p["file"], p["code"]) for p in svc("check --json", code=code, at=LATER).json]


@pytest.fixture
def year(svc: Any) -> Any:
    """Three sealed months; August has a supplement."""
    for month, seal in (("08", "09"), ("09", "10"), ("10", "11")):
        for _ in range(2):
            repair(svc, f"2026-{month}-05T09:00:00+08:00")
        if month == "10":
            svc.plant("repairs/2026-08.night.yaml", id="rp-n000000001", kind="repair", event="add", at="2026-08-09T08:00:00+08:00", unit="A-1", fault="门", party="property")
            svc("seal 2026-08 --accept --reason 夜班后到", at="2026-10-20T09:00:00+08:00")
            for _ in range(2):
                repair(svc, "2026-10-25T09:00:00+08:00")
        svc(f"seal 2026-{month}", at=f"2026-{seal}-03T09:00:00+08:00")
    repair(svc, "2026-11-20T09:00:00+08:00")
    assert problems(svc, 0) == []
    return svc


Docs = list[dict[str, Any]]


def rewritten(path: Path, change: Callable[[Docs], Docs]) -> None:
    """The file with its documents changed, each under a sum of its own."""
    docs = change(list(yaml.safe_load_all(path.read_text("utf-8"))))
    bare = [{k: v for k, v in doc.items() if k != "sum"} for doc in docs]
    path.write_bytes(b"".join(codec.dump({**doc, "sum": codec.sums(doc, ())[0]}) for doc in bare))


def flipped(path: Path, number: int) -> None:
    """A letter changed in the how-manieth document."""
    parts = path.read_text("utf-8").split("---\n")
    parts[number + 1] = parts[number + 1].replace('kind: "seal"', 'kind: "seat"')
    path.write_text("---\n".join(parts), "utf-8")


def altered(docs: Docs) -> Docs:
    """Other sums in the first page."""
    return [docs[0], {**docs[1], "entries": {name: total[::-1] for name, total in docs[1]["entries"].items()}}, *docs[2:]]


def shortened(docs: Docs) -> Docs:
    """An entry less in the first page."""
    return [docs[0], {**docs[1], "entries": dict(list(docs[1]["entries"].items())[1:])}, *docs[2:]]


def deleted(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def foreign(path: Path) -> None:
    shutil.copy(path.parent.parent / "repairs/2026-11.yaml", path.parent / "2026-07.yaml")


WAYS: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (deleted, "seal-gone"), "emptied": (emptied, "seal-gone"), "cut": (cut, "torn"), "main damaged": (lambda p: flipped(p, 0), "wrong-sum"),
    "page damaged": (lambda p: flipped(p, 1), "wrong-sum"), "page gone": (lambda p: rewritten(p, lambda d: [d[0], *d[2:]]), "seal-pages"),
    "main gone": (lambda p: rewritten(p, lambda d: d[1:]), "dangling"), "twice": (lambda p: p.write_bytes(p.read_bytes() * 2), "copy"),
    "two contents": (lambda p: rewritten(p, lambda d: [*d, {**d[0], "by": "王强"}]), "clash"),
    "hash": (lambda p: rewritten(p, lambda d: [{**d[0], "hash": "0" * 64}, *d[1:]]), "seal-hash"),
    "early": (lambda p: rewritten(p, lambda d: [{**d[0], "recorded": "2026-07-01T08:00:00.000000+08:00"}, *d[1:]]), "seal-early"),
    "list altered": (lambda p: rewritten(p, altered), "sealed-changed"), "list shortened": (lambda p: rewritten(p, shortened), "seal-hash"),
    "unlike a seal": (lambda p: rewritten(p, lambda d: [{**d[0], "event": "zebra"}, *d[1:]]), "seal-form"), "foreign": (foreign, "not-a-seal"),
    "wrong name": (lambda p: p.rename(p.parent / "2026-07.yaml"), "wrong-month"),
}  # fmt: skip


def follow(svc: Any, lang: str) -> list[str]:
    """Type what ``check`` says, until it has nothing to say; what was typed."""
    typed: list[str] = []
    for _ in range(6):
        said = svc("check", code=None, at=LATER, lang=lang)
        if said.code == 0:
            return typed
        text = said.out + said.err
        moves = re.findall(r"mv (-n )?(seals/\S+) (seals/[^\s，,]+)", text)
        choices = re.findall(r"svcctl (check --repair --keep seals/\S+:\d+)", text)
        if "svcctl check --repair" in text:
            commands = choices[:1] or ["check --repair"]
        else:
            commands = list(dict.fromkeys(re.findall(r"svcctl (seal 2026-\d\d(?: --accept --reason)?)", text)))
            commands.sort(key=lambda c: c[:12])
        for _, source, target in dict.fromkeys(moves):
            (svc.ledger / source).rename(svc.ledger / target)
        assert commands or moves, text
        for command in commands:
            svc(command.replace("--reason", "--reason 重做"), code=None, at=LATER, lang=lang)
        typed += [*commands, *(f"mv {target}" for _, _, target in moves)]
    raise AssertionError(f"{typed}\n{svc('check', code=None, at=LATER)}")


@pytest.mark.parametrize("month", ["2026-08", "2026-10"])
@pytest.mark.parametrize("way", WAYS)
def test_typing_what_check_says_ends_in_a_clean_ledger(year: Any, way: str, month: str) -> None:
    before = {m["month"]: m["state"] for m in year("seal --json", at=LATER).json}
    change, code = WAYS[way]
    change(year.ledger / f"seals/{month}.yaml")
    assert code in {c for _, c in problems(year)}, problems(year)

    assert follow(year, "zh" if month == "2026-08" else "en")

    assert problems(year, 0) == []
    months = year("seal --json", at=LATER).json
    assert {m["month"]: m["state"] for m in months} == before and not any(m["arrived"] for m in months)
    for one in ("08", "09", "10"):  # and every month is as well kept as before: its report is printed, a change is named
        year(f"measure repair.received 2026-{one}", at=LATER)
        path = year.ledger / f"repairs/2026-{one}.yaml"
        kept = path.read_bytes()
        path.unlink()
        assert {c for f, c in problems(year)} == {"sealed-lost"}
        path.write_bytes(kept)


# -- a seal whose file is deleted whole -----------------------------------------------------------------------------------


@pytest.fixture
def closed(svc: Any) -> Any:
    """A desk whose October is sealed."""
    repair(svc, "2026-10-05T09:00:00+08:00", "--key old")
    svc("seal 2026-10", at="2026-11-03T09:00:00+08:00")
    return svc


def forget(svc: Any) -> None:
    """The ledger as a fresh clone has it."""
    shutil.rmtree(svc.ledger / ".svcctl")


@pytest.mark.parametrize("line", ["repair add --unit A-9 --fault x --at '2026-10-07 08:00'", "repair amend key:old --set fault=x --reason y"])
def test_what_came_late_misses_the_seal_of_its_month(closed: Any, line: str) -> None:
    one = closed(f"{line} {LATE}").id
    if "add" in line:  # what corrects a late entry is about the month that lies in, too
        closed(f"repair amend {one} --set fault=y --reason z {LATE}")
    assert problems(closed, 0) == []
    (closed.ledger / "seals/2026-10.yaml").unlink()
    forget(closed)

    said = closed("check", code=1, at=LATER)

    assert len(said.out.splitlines()) == (2 if "add" in line else 1)
    assert said.out.startswith("repairs/2026-11.yaml:1: " + one)
    assert "git checkout -- seals/2026-10.yaml" in said.out and "svcctl seal 2026-10" in said.out
    assert {c for _, c in problems(closed)} == {"late-unsealed"}
    closed("seal 2026-10", at=LATER)
    assert problems(closed, 0) == []


def test_late_by_the_clock_of_another_desk_is_no_finding(closed: Any) -> None:
    """The desk that sealed was an hour ahead: what came late was recorded before the seal, as it seems."""
    closed.plant(
        "repairs/2026-11.night.yaml", id="rp-n000000001", kind="repair", event="add", at="2026-10-09T08:00:00+08:00",
        recorded="2026-11-03T08:10:00.000000+08:00", unit="A-1", fault="门", party="property", late="夜班本",
    )  # fmt: skip
    assert problems(closed, 0) == []


def test_a_last_seal_that_is_deleted_is_missed_until_there_is_one_again(closed: Any) -> None:
    path = closed.ledger / "seals/2026-10.yaml"
    kept = path.read_bytes()
    path.unlink()
    for lang, word in (("zh", "上次查看时已结账"), ("en", "was sealed at the last look")):
        said = closed("check", code=1, at=LATER, lang=lang)
        assert said.out.startswith("seals/2026-10.yaml:0: 2026-10") and word in said.out and "svcctl seal 2026-10" in said.out
    assert problems(closed) == [("seals/2026-10.yaml", "seal-gone")]
    path.write_bytes(kept)
    assert problems(closed, 0) == []
    path.unlink()
    closed("seal 2026-10", at=LATER)
    assert problems(closed, 0) == []


def test_check_remembers_a_seal_of_another_desk(svc: Any) -> None:
    repair(svc, "2026-10-05T09:00:00+08:00")
    svc("seal 2026-10", at="2026-11-03T09:00:00+08:00", env={"SVCCTL_DESK": "night"})
    forget(svc)
    svc("check", at=LATER)
    (svc.ledger / "seals/2026-10.night.yaml").unlink()
    assert problems(svc) == problems(svc) == [("seals/2026-10.night.yaml", "seal-gone")]


def test_a_damaged_seal_is_not_also_told_as_gone(closed: Any) -> None:
    closed(f"repair add --unit A-9 --fault x --at '2026-10-07 08:00' {LATE}")
    flipped(closed.ledger / "seals/2026-10.yaml", 0)
    assert {c for _, c in problems(closed)} == {"wrong-sum", "dangling"}


@pytest.mark.parametrize("how", ["gone", "moved", "nonsense", "unreadable"])
def test_without_the_memory_only_the_memory_is_missing(closed: Any, how: str) -> None:
    (closed.ledger / "seals/2026-10.yaml").unlink()
    memory = closed.ledger / ".svcctl/sealed.json"
    if how == "gone":
        forget(closed)
    elif how == "moved":  # a copy of the ledger is another place
        shutil.copytree(closed.ledger, closed.folder / "copy")
        closed.env["SVCCTL_LEDGER"] = str(closed.folder / "copy")
    elif how == "nonsense":
        memory.write_bytes(b'["\xff')
    else:
        memory.unlink()
        memory.mkdir()
    assert problems(closed, 0) == []
    repair(closed, LATER)
    closed("seal 2026-10", at=LATER)
    assert problems(closed, 0) == []


def test_a_ledger_that_cannot_be_written_is_checked_all_the_same(closed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(closed)
    monkeypatch.setattr("svcctl.store.files.Root.writable", lambda _: False)
    assert problems(closed, 0) == []
    assert not (closed.ledger / ".svcctl").exists()


def test_repair_sets_a_seal_aside_with_its_pages(closed: Any) -> None:
    path = closed.ledger / "seals/2026-10.yaml"
    flipped(path, 0)
    whole = path.read_bytes()

    dry = closed("check --repair -n", code=1, at=LATER)
    assert path.read_bytes() == whole and "会移走 2 处损坏" in dry.err
    closed("check --repair", code=1, at=LATER)

    (kept,) = path.parent.glob("*.damaged-*")
    assert (path.read_bytes(), kept.read_bytes()) == (b"", whole)


def test_repair_leaves_what_a_newer_version_may_have_written(closed: Any) -> None:
    path = closed.ledger / "seals/2026-10.yaml"
    rewritten(path, lambda docs: [{**docs[0], "event": "zebra"}, *docs[1:]])
    before = path.read_bytes()
    closed("check --repair", code=1, at=LATER)
    assert path.read_bytes() == before and {c for _, c in problems(closed)} == {"seal-form"}


def test_a_broken_seal_is_replaced_by_one_that_says_so(year: Any) -> None:
    path = year.ledger / "seals/2026-08.yaml"
    docs = list(yaml.safe_load_all(path.read_text("utf-8")))
    number = next(i for i, d in enumerate(docs) if d["event"] == "accept")
    rewritten(path, lambda docs: [{**d, "hash": "0" * 64} if i == number else d for i, d in enumerate(docs)])
    assert "--accept" in year.refused("seal 2026-08", at=LATER).err
    made = year("seal 2026-08 --accept --reason 重做", at=LATER)
    assert docs[number]["id"] in made.err
    new, *_ = list(yaml.safe_load_all(path.read_text("utf-8")))[len(docs) :]
    assert (new["id"], new["event"], new["of"], new["instead_of"], new["counts"]) == (made.id, "accept", docs[0]["id"], [docs[number]["id"]], {"repair": "1"})
    assert problems(year, 0) == []

    rewritten(path, lambda docs: [{**docs[0], "hash": "0" * 64}, *docs[1:]])
    assert "svcctl seal 2026-08" in year.refused("seal 2026-08 --accept --reason x", at=LATER).err
    again = year("seal 2026-08", at=LATER)
    months = {m["month"]: m for m in year("seal --json", at=LATER).json}
    assert months["2026-08"]["id"] == again.id and problems(year, 0) == []
