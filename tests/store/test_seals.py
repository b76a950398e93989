"""Seals in the store: what is written is read again, what cannot be believed is named, and a kill leaves all or nothing."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import yaml
from store_kit import Told, killed_at, ledger, put

from svcctl.entry import Place
from svcctl.errors import Refused
from svcctl.seal import Seal, digest
from svcctl.store import codec
from svcctl.store.codec import Doc
from svcctl.store.documents import Finding
from svcctl.store.files import Root
from svcctl.store.reader import Scan
from svcctl.store.seals import PAGE, Read, docs_of, read_seals
from svcctl.store.view import View
from svcctl.store.writer import Writer

FILE = "seals/2026-10.yaml"
NOW = datetime(2026, 11, 3, 9, 0, 0, 250, tzinfo=UTC)


def sums(number: int, first: int = 0) -> dict[str, str]:
    return {f"rp-{i:010d}": hashlib.sha256(str(i).encode()).hexdigest()[:16] for i in range(first, first + number)}


def seal(name: str = "se-aaaaaaaaaa", month: str = "2026-10", lists: dict[str, dict[str, str]] | None = None, **more: object) -> Seal:
    lists = {month: sums(3)} if lists is None else lists
    made = Seal(
        name, month, NOW.replace(microsecond=0), NOW, "李敏", "", "", (), digest(lists.get(month, {})), {"repair": "3"}, {"fee.pay": "10.00"},
        {"repair.received": "3", "repair.on_time_rate": ""}, "svcctl: 1\nsite: 悦和里\n", "0.1.0", lists, Place("", 0), "补记",
    )  # fmt: skip
    return made._replace(**more)  # type: ignore[arg-type]


def store(root: Root, made: Seal, rel: str = FILE) -> None:
    with Writer(root, "", Told()) as writer:
        writer.append_group((rel, doc) for doc in docs_of(made))


def bare(read: Read) -> list[Seal]:
    return [one._replace(place=Place("", 0)) for one in read.seals.all]


def said(read: Read) -> list[tuple[str, int, str, str]]:
    return [(f.file, f.line, f.id, f.code) for f in read.findings]


def signed(doc: Doc) -> Doc:
    doc = {k: v for k, v in doc.items() if k != "sum"}
    return {**doc, "sum": codec.sums(doc, ())[0]}


def test_what_is_stored_is_read_again_page_by_page(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    assert (read_seals(root).seals.all, read_seals(root).findings) == ((), [])
    first = seal(lists={"2026-09": sums(2, 90_000), "2026-10": sums(2 * PAGE + 1)})
    extra = seal("se-bbbbbbbbbb", of=first.id, reason="晚到", on=(first.id,), lists={"2026-10": sums(1, 50_000)}, recorded=NOW + timedelta(days=1), instead=("se-cccccccccc",))

    store(root, first)
    store(root, extra, "seals/2026-10.night.yaml")

    read = read_seals(root)
    assert bare(read) == [first, extra] and read.findings == []
    assert str(read.seals.all[0].place) == f"{FILE}:1"
    pieces = list(codec.pieces(root.read(FILE)))
    assert [piece.exact for piece in pieces] == [True] * 5  # the seal, three pages of October, one of September
    assert len({str(p.doc["id"]) for p in pieces if p.doc}) == 5
    assert bare(read_seals(root, month="2026-09")) == []


def test_every_yaml_reader_sees_the_same_seal(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    store(root, seal())

    main, page = yaml.safe_load_all(root.read(FILE).decode())

    assert list(main) == [
        "id", "kind", "event", "at", "recorded", "by", "month", "pages", "counts", "totals", "measures", "hash", "version", "settings", "note", "sum",
    ]  # fmt: skip
    assert main["measures"] == {"repair.received": "3", "repair.on_time_rate": ""}
    assert (page["of"], page["entries"]) == (main["id"], sums(3))


def test_seals_are_no_entries_and_entries_are_no_seals(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    store(root, seal())
    with Scan(root, UTC) as scan:
        assert (scan.findings(), scan.recent(10)) == ([], [])

    put(root, "seals/2026-09.yaml", codec.dump(signed({"id": "rp-aaaaaaaaaa", "kind": "repair", "event": "add", "at": "2026-09-01T08:00:00+08:00"})))
    assert said(read_seals(root)) == [("seals/2026-09.yaml", 1, "rp-aaaaaaaaaa", "not-a-seal")]


def test_a_seal_cut_anywhere_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    made = seal(lists={"2026-09": sums(2, 10), "2026-10": sums(3)}, settings="", measures={}, totals={})
    data = b"".join(map(codec.dump, docs_of(made)))
    for cut in range(1, len(data)):
        put(root, FILE, data[:cut])
        read = read_seals(root)
        whole = [one for one in read.seals.all if one.whole]
        assert read.findings and not whole, cut
        assert all(f.file == FILE for f in read.findings)


def test_no_changed_byte_is_believed(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    made = seal(settings="", measures={}, totals={})
    data = b"".join(map(codec.dump, docs_of(made)))
    harmless = 0
    for at in range(len(data)):
        put(root, FILE, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        read = read_seals(root)
        if bare(read) == [made] and not read.findings:
            harmless += 1  # a blank between a key and its value, seen as the YAML that it is
        else:
            assert read.findings, at
            assert all(one == made._replace(place=one.place, whole=one.whole, lists=one.lists) for one in read.seals.all), at
    assert harmless < len(data) / 50


def without_page(docs: list[Doc]) -> list[Doc]:
    return docs[:-1]


def without_seal(docs: list[Doc]) -> list[Doc]:
    return docs[1:]


def doubled(docs: list[Doc]) -> list[Doc]:
    return [*docs, docs[0]]


def clash(docs: list[Doc]) -> list[Doc]:
    return [*docs, signed({**docs[0], "by": "王强"})]


def wrong_sum(docs: list[Doc]) -> list[Doc]:
    return [docs[0], {**docs[1], "month": "2026-09"}]


@pytest.mark.parametrize(
    ("change", "expected", "seals", "damage"),
    [
        (without_page, [(1, "se-aaaaaaaaaa", "seal-pages")], 1, True),
        (without_seal, [(1, docs_of(seal())[1]["id"], "dangling")], 0, True),
        (doubled, [(29, "se-aaaaaaaaaa", "copy")], 1, False),
        (clash, [(29, "se-aaaaaaaaaa", "clash")], 1, True),
        (wrong_sum, [(1, "se-aaaaaaaaaa", "seal-pages"), (18, docs_of(seal())[1]["id"], "wrong-sum")], 1, True),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(
    tmp_path: Path, change: object, expected: list[tuple[int, str, str]], seals: int, damage: bool
) -> None:
    root = ledger(tmp_path / "ledger")
    docs = change(docs_of(seal()))  # type: ignore[operator]
    put(root, FILE, b"".join(map(codec.dump, docs)))

    read = read_seals(root)

    assert said(read) == [(FILE, *one) for one in expected]
    assert len(read.seals.all) == seals
    assert all(f.damage is damage for f in read.findings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"month": "2026-13"}, {"month": ["2026-10"]}, {"at": "gestern"}, {"recorded": "2026-11-03T09:00:00"}, {"event": "open"}, {"kind": "repair"},
        {"pages": "-1"}, {"pages": ["1"]}, {"builds_on": "se-x"}, {"instead_of": "se-x"}, {"counts": "3"}, {"totals": ["x"]}, {"measures": "x"}, {"settings": ["x"]},
        {"hash": {"a": "b"}}, {"of": "se-bbbbbbbbbb"}, {"event": "accept"}, {"event": "list"}, {"event": ["seal"]},
    ],
)  # fmt: skip
def test_what_no_seal_looks_like_is_named_and_left_out(tmp_path: Path, wrong: Doc) -> None:
    root = ledger(tmp_path / "ledger")
    put(root, FILE, b"".join(map(codec.dump, [signed({**docs_of(seal())[0], **wrong}), *docs_of(seal("se-bbbbbbbbbb"))])))

    read = read_seals(root)

    assert [one.id for one in read.seals.all] == ["se-bbbbbbbbbb"]
    assert [f.damage for f in read.findings] == [True], said(read)


def test_a_seal_in_the_file_of_another_month_counts_and_is_named(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    put(root, "seals/2026-09.yaml", b"".join(map(codec.dump, docs_of(seal()))))

    read = read_seals(root)

    assert [one.month for one in read.seals.all] == ["2026-10"]
    assert said(read) == [("seals/2026-09.yaml", 1, "se-aaaaaaaaaa", "wrong-month")]


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    other = ledger(tmp_path / "other")
    store(other, seal())
    os.symlink(tmp_path / "other" / "seals", tmp_path / "ledger" / "seals")

    with pytest.raises(Refused):
        read_seals(root)


def test_a_seal_of_a_pending_group_is_there_and_is_not_among_the_entries(tmp_path: Path) -> None:
    """Killed between the moment a seal counts and the moment it is in its file."""
    root = ledger(tmp_path / "ledger")
    store(root, seal())
    whole = root.read(FILE)
    for k in count(1):
        again = ledger(tmp_path / f"ledger{k}")
        if not killed_at(k, lambda root=again: store(root, seal())):
            break
        read = read_seals(again)
        assert bare(read) in ([], [seal()]) and read.findings == [], k
        assert not any(rel.startswith("seals") for rel in View(again, still=True).files)
        there = bool(read.seals.all)
        with Writer(again, "", Told()):  # completes what the kill left
            pass
        assert bool(bare(read_seals(again))) is there
        assert not there or again.read(FILE) == whole
        store(again, seal("se-bbbbbbbbbb"))  # and the next one finds nothing in its way
        assert [one.id for one in read_seals(again).seals.all] == [*(["se-aaaaaaaaaa"] if there else []), "se-bbbbbbbbbb"]
    assert k > 20


def test_findings_are_told_in_the_order_of_files(tmp_path: Path) -> None:
    root = ledger(tmp_path / "ledger")
    for month in ("2026-11", "2026-09"):
        put(root, f"seals/{month}.yaml", b"---\nid: \"x\"\nsum: \"y\"\n---\nnonsense\n---\n")

    found: list[Finding] = read_seals(root).findings

    assert [(f.file, f.line, f.code) for f in found] == sorted((f.file, f.line, f.code) for f in found)
    assert len(found) == 6
