"""Reading by a scan: what counts, what is said of the rest, and that others may write meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from reader_kit import (
    START,
    ZONE,
    add,
    agreed,
    codes,
    doc,
    erased,
    home,
    put,
    ref,
    replace,
    scanned,
    signed,
)
from store_kit import ended, fork

from svcctl.errors import Refused
from svcctl.store import codec, groups
from svcctl.store.files import Root
from svcctl.store.lock import Lock
from svcctl.store.opening import open_reader
from svcctl.store.reader import Life, Scan, life_of
from svcctl.store.writer import Writer

LATER = START + timedelta(hours=5)
MONTH = "repairs/2026-11.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with Root(str(tmp_path)) as opened:
        yield opened


def repair(number: int | str = 1, **more: codec.Value) -> codec.Doc:
    return doc("repair", number, unit="A-101", fault="灯不亮", party="property", reporter="王芳", **more)


def test_a_record_with_its_follow_ups_and_their_corrections(root: Root) -> None:
    first = repair()
    sent = doc("repair", 2, "dispatch", LATER, ref(first), to="老张")
    taken_back = doc("repair", 3, "void", LATER, ref(sent), reason="派错", approved_by="陈")
    back_again = doc("repair", 4, "amend", LATER, ref(first), unit="A-102", reason="写错")
    no_longer = doc("repair", 5, "void", LATER, ref(back_again), reason="没错", approved_by="陈")
    add(root, no_longer, taken_back, sent, first, back_again)
    reader = scanned(root)
    assert [ref(one.doc) for one in reader.entries(ref(first))] == [ref(d) for d in (first, sent, taken_back, back_again, no_longer)]
    above = [no_longer, taken_back, sent]
    assert reader.entries(ref(first))[0] == (first, MONTH, 1 + sum(codec.dump(d).count(b"\n") for d in above))
    assert reader.record_of(ref(no_longer)) == (ref(first), "repair")
    assert reader.record_of("rp-0000000009") is None
    assert reader.entries("rp-0000000009") == []
    assert reader.open_records("repair", "A-101") == [ref(first)]
    assert reader.findings() == []


def test_finding_by_prefix_and_key(root: Root) -> None:
    first, other = repair(1, key="kc:7"), doc("complaint", 1, content="噪音", anonymous="true")
    add(root, first, other, doc("repair", 12, "dispatch", LATER, ref(first), to="老张"))
    reader = scanned(root)
    assert reader.by_prefix("0000000001") == [("cp-0000000001", "cp-0000000001", "complaint"), ("rp-0000000001", ref(first), "repair")]
    assert reader.by_prefix("RP-00000000") == [("rp-0000000001", ref(first), "repair"), ("rp-0000000012", ref(first), "repair")]
    assert reader.by_prefix("cp-1") == []
    assert reader.by_key("kc:7") == [("rp-0000000001", ref(first), "repair")]
    assert reader.by_key("") == []


def test_open_records_masters_and_references(root: Root) -> None:
    unit = doc("unit", 1, unit_no="A-101")
    gone = doc("unit", 2, unit_no="A-102")
    tenant = doc("tenant", 1, name="悦茶", tenant_no="T-1")
    one, two = repair(1), doc("repair", 2, at=LATER, place="北门", fault="异响")
    done = doc("repair", 3, "cancel", LATER, ref(two), reason="误报")
    kept, merged = doc("complaint", 1, content="吵", anonymous="true"), doc("complaint", 2, content="吵", anonymous="true", unit="A-101")
    into = doc("complaint", 3, "merge", LATER, ref(merged), into=ref(kept))
    add(root, unit, gone, doc("unit", 3, "void", LATER, ref(gone), reason="拆了", approved_by="陈"), tenant, one, two, done, kept, merged, into)
    reader = scanned(root)
    assert reader.open_records("repair") == [ref(one)]
    assert reader.open_records("complaint", "A-101") == []
    assert reader.masters("unit") == {"A-101": [ref(unit)]}
    assert reader.masters("tenant") == {"T-1": [ref(tenant)], "悦茶": [ref(tenant)]}
    assert [hit.entry for hit in reader.references("unit", "A-101")] == [ref(merged), ref(one)]
    assert reader.references("complaint", ref(kept)) == [(ref(into), ref(merged), "complaint")]


def test_what_a_period_can_see(root: Root) -> None:
    short = repair(1, due=LATER.isoformat())
    end = doc("repair", 2, "cancel", LATER, ref(short), reason="误报")
    waits = repair(3)
    add(root, short, end, waits)
    reader = scanned(root)
    day = timedelta(days=1)
    assert reader.touching("repair", START, START + day) == [ref(short), ref(waits)]
    assert reader.touching("repair", START + day, START + 2 * day) == [ref(waits)]
    assert reader.touching("repair", START - day, START) == []
    assert reader.touching("complaint", START, START + day) == []
    assert reader.changed_since(START + timedelta(hours=1)) == {ref(short)}
    assert reader.beyond("repair", {ref(short), ref(end)}) == {ref(waits)}
    assert reader.beyond("repair", {ref(short), ref(waits), "rp-none"}) == {ref(short)}
    assert reader.beyond("complaint", set()) == reader.beyond("repair", {ref(short), ref(end), ref(waits)}) == set()


def test_what_is_recorded_late_of_what_was_opened_before(root: Root) -> None:
    old, new = repair(1), repair(2, at=LATER)
    lost = doc("repair", 3, "cancel", LATER, "rp-none", reason="误报")
    end, slip = doc("repair", 4, "cancel", LATER, ref(old), reason="误报"), doc("repair", 5, "amend", LATER, ref(old), unit="B-1", reason="x")
    add(root, old, new, lost, end, slip)
    reader = scanned(root)
    hours = timedelta(hours=1)
    assert [one.doc["id"] for one in reader.belated(LATER, LATER + hours, LATER)] == [ref(end), ref(slip)]
    assert [one.doc["id"] for one in reader.belated(START, LATER, START + hours)] == [ref(old)]
    assert reader.belated(START, LATER + hours, START) == reader.belated(LATER + hours, LATER + 9 * hours, LATER) == []
    agreed(root)


def test_a_life_looks_at_the_record_with_and_without_its_corrections() -> None:
    first = doc("repair", 1, unit="A-101", fault="x", due=(START + timedelta(days=2)).isoformat())
    moved = doc("repair", 2, "amend", START, ref(first), due=(START + timedelta(hours=1)).isoformat(), unit="B-1", reason="x")
    gone = doc("repair", 3, "void", LATER, ref(first), reason="x", approved_by="陈")
    at, due = int(START.timestamp()), int((START + timedelta(days=2)).timestamp())
    assert life_of("repair", [first]) == Life(True, "A-101", at, due, (), False)
    assert life_of("repair", [moved, first]) == Life(True, "B-1", at, due, (), False)
    assert life_of("repair", [gone, moved, first]) == Life(False, "B-1", at, due, (), True)
    assert life_of("tenant", [doc("tenant", 1, name="悦茶")]) == Life(False, "", at, at, ("悦茶",), False)
    assert life_of("repair", [gone]) is None


def test_newest_entries(root: Root) -> None:
    docs = [repair(n, at=START + timedelta(hours=n), by=("李敏", "王强")[n % 2]) for n in range(1, 6)]
    add(root, *docs)
    reader = scanned(root)
    assert [one.doc["id"] for one in reader.recent(2)] == [ref(docs[4]), ref(docs[3])]
    assert [one.doc["id"] for one in reader.recent(9, START + timedelta(hours=2), START + timedelta(hours=4))] == [ref(docs[2]), ref(docs[1])]
    latest = reader.latest("李敏")
    assert latest is not None
    assert latest.doc == docs[3]
    assert reader.latest("nobody") is None


def test_grep_looks_at_texts_of_any_form(root: Root) -> None:
    plain = repair(1, note="客人说“冷”")
    odd = repair(2, note='tab\t"quoted" back\\slash')
    edited = codec.dump(repair(3)).replace('"灯不亮"'.encode(), '"\\u706f不亮"  # 灯'.encode())
    put(root, MONTH, plain, odd, edited)
    reader = scanned(root)
    assert [ref(one.doc) for one in reader.grep("灯不亮")] == [ref(d) for d in (plain, odd, repair(3))]
    assert [ref(one.doc) for one in reader.grep('"QUOTED"')] == [ref(odd)]
    assert [ref(one.doc) for one in reader.grep("k\\s")] == [ref(odd)]
    assert list(reader.grep("9c1f0e5a")) == []  # salts are no texts
    assert list(reader.grep("a.101")) == []


def test_looking_at_some_folders_only(root: Root) -> None:
    add(root, doc("unit", 1, unit_no="A-101"), repair(1))
    reader = Scan(root, ZONE, folders=("units",))
    assert reader.masters("unit") == {"A-101": ["un-0000000001"]}
    assert reader.all_records("repair") == []


# -- damage --------------------------------------------------------------------------------------------------------


def test_one_bad_document_hides_no_other(root: Root) -> None:
    good, bad, after = repair(1), repair(2), repair(3)
    put(root, MONTH, good, codec.dump(bad).replace("灯不亮".encode(), "灯不亮了".encode()), after)
    reader = scanned(root)
    assert reader.all_records("repair") == [ref(good), ref(after)]
    assert codes(reader) == [(ref(bad), "wrong-sum", True)]
    found = reader.findings()[0]
    assert (found.file, found.line) == (MONTH, 1 + codec.dump(good).count(b"\n"))
    assert "灯" not in found.message.zh + found.message.en


def test_no_single_bit_makes_a_document_say_something_else(root: Root) -> None:
    data = codec.dump(repair(1, key="k"))
    true = scanned_docs(root, data)
    for at in range(len(data)):
        for bit in (1, 32) if at % 3 else (2, 128):
            bent = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            assert scanned_docs(root, bent) in ([], true)


def scanned_docs(root: Root, data: bytes) -> list[codec.Doc]:
    replace(root, MONTH, data)
    return [one.doc for one in scanned(root).recent(9)]


def test_documents_that_cannot_be_placed(root: Root) -> None:
    first = repair(1)
    strange = signed({**{k: v for k, v in first.items() if k not in ("salt", "pii", "sum")}, "id": "rp-0000000002", "event": "explode"})
    timeless = signed({**strange, "id": "rp-0000000003", "event": "add", "at": "2026-11-01"})
    homeless = doc("repair", 4, "cancel", LATER, reason="x")
    other = codec.dump({**first, "kind": "parcel", "id": "pa-0000000001"})
    put(root, MONTH, strange, timeless, homeless, other, b'---\nfault: "typed by hand"\n', first)
    reader = scanned(root)
    assert reader.all_records("repair") == [ref(first)]
    assert codes(reader) == [
        ("rp-0000000002", "event", True), ("rp-0000000003", "moment", True), ("rp-0000000004", "no-of", True),
        ("pa-0000000001", "unknown-kind", False), ("", "unsigned", False),
    ]  # fmt: skip


def test_entries_in_the_wrong_file_count_and_are_told(root: Root) -> None:
    november, october = repair(1), repair(2, at=START - timedelta(days=1))
    late = repair(3, at=START - timedelta(days=3), recorded=LATER.isoformat(), late="补录")
    utc_eve = signed({**repair(4), "at": "2026-10-31T16:00:00+00:00"})
    put(root, MONTH, november, october, late, utc_eve)
    put(root, "complaints/2026-11.yaml", repair(5))
    put(root, "seals/2026-10.yaml", b'---\nid: "not an entry"\n')
    put(root, MONTH + ".torn-20261101T000000Z", b"---\nid")
    put(root, "repairs/notes.yaml", b"anything")
    reader = scanned(root)
    assert len(reader.all_records("repair")) == 5
    assert codes(reader) == [("rp-0000000005", "wrong-folder", False), ("rp-0000000002", "wrong-month", False)]


def test_copies_count_once(root: Root) -> None:
    one, two = repair(1), repair(2)
    put(root, MONTH, one, two)
    put(root, "repairs/2026-11.night.yaml", erased(two), one)
    reader = scanned(root)
    assert reader.all_records("repair") == [ref(one), ref(two)]
    assert "reporter" not in reader.entries(ref(two))[0].doc
    night = next(f for f in reader.findings() if f.code == "copy")
    assert (night.file, night.id, night.damage) == (MONTH, ref(one), False)
    kept = next(f for f in reader.findings() if f.code == "unerased-copy")
    assert (kept.file, kept.id) == (MONTH, ref(two))
    assert len(reader.findings()) == 2


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_contents_of_one_id_the_same_one_counts_wherever_it_stands(root: Root, swapped: bool) -> None:
    one, other = repair(1, note="a"), repair(1, note="b")
    files = [MONTH, "repairs/2026-11.night.yaml"]
    for rel, version in zip(reversed(files) if swapped else files, (one, other), strict=True):
        put(root, rel, version)
    reader = scanned(root)
    assert reader.entries(ref(one))[0].doc == min(one, other, key=lambda d: str(d["sum"]))
    assert codes(reader) == [(ref(one), "clash", True)]


def test_follow_ups_that_lead_nowhere(root: Root) -> None:
    first = repair(1)
    lost = doc("repair", 2, "dispatch", LATER, "rp-0000000009", to="老张")
    foreign = doc("complaint", 3, "withdraw", LATER, ref(first), reason="x")
    round_one, round_two = (doc("repair", n, "void", LATER, f"rp-{9 - n:0>10}", reason="x") for n in (4, 5))
    add(root, first, lost, foreign, round_one, round_two)
    reader = scanned(root)
    assert len(reader.entries(ref(first))) == 1
    assert sorted(codes(reader)) == [(ref(d), "dangling", True) for d in (foreign, lost, round_one, round_two)]
    assert reader.record_of(ref(lost)) is None
    assert reader.by_prefix("0000000002") == [(ref(lost), "", "repair")]


def test_files_that_cannot_be_read_are_named_and_the_others_used(root: Root, tmp_path: Path) -> None:
    add(root, repair(1))
    outside = tmp_path / "outside"
    outside.write_bytes(codec.dump(repair(2)))
    os.symlink(outside, tmp_path / "repairs" / "2026-12.yaml")
    reader = scanned(root)
    assert reader.all_records("repair") == ["rp-0000000001"]
    assert [(f.file, f.code, f.damage) for f in reader.findings()] == [("repairs/2026-12.yaml", "file", True)]
    os.symlink(tmp_path / "repairs", tmp_path / "complaints")
    with pytest.raises(Refused):
        scanned(root)


# -- while others write --------------------------------------------------------------------------------------------


def test_a_torn_tail_is_told_unless_somebody_is_writing(root: Root) -> None:
    add(root, repair(1))
    put(root, MONTH, codec.dump(repair(2))[:-9])
    assert [f.code for f in scanned(root).findings()] == ["torn"]
    with Lock(root):
        assert scanned(root).findings() == []  # the holder of the lock may be in the middle of it
        with Root(root.path) as same:
            assert [f.code for f in Scan(same, ZONE, still=True).findings()] == ["torn"]
    assert scanned(root).all_records("repair") == ["rp-0000000001"]


def test_a_pending_group_counts(root: Root) -> None:
    add(root, repair(1))
    parts = [repair(2), repair(3, at=START + timedelta(days=40))]
    groups.commit(root, [(home(d), codec.dump(d)) for d in parts], [ref(d) for d in parts])
    put(root, home(parts[0]), parts[0])  # as far as the writer came
    reader = scanned(root)
    assert reader.all_records("repair") == ["rp-0000000001", "rp-0000000002", "rp-0000000003"]
    assert reader.findings() == []


def test_a_pending_group_out_of_order_is_told(root: Root) -> None:
    add(root, repair(1))
    put(root, f"{groups.PENDING}/x.group", b"{}\n")
    assert [(f.code, f.damage) for f in scanned(root).findings()] == [("pending", True)]


def test_no_reader_sees_half_a_group(root: Root) -> None:
    """A writer commits groups over two files; whatever the reader sees, both halves are there or neither."""

    def work() -> None:
        with Root(root.path) as own:
            for n in range(60):
                with Writer(own, "", lambda text: None) as writer:
                    one, two = repair(f"a{n}"), repair(f"b{n}", at=START + timedelta(days=40))
                    writer.append_group([(home(one), one), (home(two), two)])

    child = fork(work)
    counts = set()
    while len(counts) < 2 or max(counts) < 60:
        names = scanned(root).all_records("repair")
        assert {n.partition("a")[2] for n in names if "a" in n} == {n.partition("b")[2] for n in names if "b" in n}
        counts.add(len(names) // 2)
    assert ended(child) == 0
    assert scanned(root).findings() == []


def test_reading_under_ones_own_lock(root: Root) -> None:
    with Writer(root, "", lambda text: None) as writer:
        writer.append(MONTH, repair(1))
        writer.append_group([(MONTH, repair(2)), (MONTH, repair(3))])
        with open_reader(root, ZONE, still=True) as reader:
            assert len(reader.all_records("repair")) == 3
