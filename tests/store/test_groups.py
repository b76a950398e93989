"""Groups: all of them or none, over any number of files; a planted one does no harm."""

from __future__ import annotations

import json
import os
import resource
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_kit import MONTH, START, Told, data, ended, fork, ids, kept_tails, ledger, put, stored, sums_ok, tree, write
from store_kit import entry as make

from svcctl.errors import Refused, StorageFault
from svcctl.store import codec, groups
from svcctl.store.codec import Doc
from svcctl.store.writer import Writer

CASH, FEES = "cash/2026-11.night.yaml", "fees/2026-10.yaml"
PENDING = os.path.join(".svcctl", "pending")


def entry(number: int) -> Doc:
    return make(number)


def group(root, *entries, told=None):
    with Writer(root, "", told if told is not None else Told(), sums_ok=sums_ok) as writer:
        writer.append_group(entries)


def commit(root, *entries) -> str:
    """Only the commit, as after a crash right behind it."""
    files: dict[str, bytes] = {}
    for rel, doc in entries:
        files[rel] = files.get(rel, b"") + codec.dump(doc)
    return groups.commit(root, list(files.items()), [])


def waiting(root):
    return root.listdir(".svcctl/pending")


def test_a_group_goes_to_its_files_in_order_and_leaves_nothing_behind(tmp_path):
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    group(root, (CASH, entry(2)), (MONTH, entry(3)), (CASH, entry(4)))
    group(root)
    assert data(root) == codec.dump(entry(1)) + codec.dump(entry(3))
    assert data(root, CASH) == codec.dump(entry(2)) + codec.dump(entry(4))
    assert waiting(root) == [] and groups.pending(root) == []


def test_readers_lay_a_committed_group_over_the_files_and_write_nothing(tmp_path):
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    commit(root, (MONTH, entry(2)), (CASH, entry(3)))
    put(root, MONTH, data(root) + codec.dump(entry(2))[:30])  # died while it went to its first file
    before = tree(str(tmp_path))
    assert stored(root) == ids(3, 1, 2)
    assert tree(str(tmp_path)) == before


def test_the_next_writer_completes_what_is_committed_whatever_is_already_there(tmp_path):
    for cut in (0, 1, 4, 60, len(codec.dump(entry(2))), len(codec.dump(entry(2))) + 40, None):
        root = ledger(tmp_path / str(cut))
        write(root, MONTH, entry(1))
        commit(root, (MONTH, entry(2)), (MONTH, entry(3)), (CASH, entry(4)))
        part = codec.dump(entry(2)) + codec.dump(entry(3))
        put(root, MONTH, data(root) + part[:cut])
        told = Told()
        write(root, FEES, entry(5), told=told)
        assert data(root) == codec.dump(entry(1)) + part
        assert data(root, CASH) == codec.dump(entry(4)) and data(root, FEES) == codec.dump(entry(5))
        assert waiting(root) == []
        assert len(told) == len(kept_tails(root)) == (cut in (1, 4, 60, len(codec.dump(entry(2))) + 40))
        root.close()


def test_the_desks_time_goes_on_after_a_completed_group(tmp_path):
    root = ledger(tmp_path)
    commit(root, (MONTH, entry(500)))
    with Writer(root, "", Told()) as writer:
        assert writer.recorded(START) > START.replace(minute=38)


def test_what_a_crash_left_before_the_commit_is_removed(tmp_path):
    root = ledger(tmp_path)
    put(root, ".svcctl/pending/0011-aabb.tmp", b'{"files": [["repairs/2026-11')
    assert stored(root) == []
    write(root, MONTH, entry(1))
    assert waiting(root) == [] and stored(root) == ids(1)


def test_a_group_into_a_damaged_or_foreign_file_is_refused_whole(tmp_path):
    root = ledger(tmp_path)
    put(root, CASH, codec.dump(entry(1)).replace("不亮".encode(), "不灭".encode()))
    os.mkdir(tmp_path / "fees")
    os.mkfifo(tmp_path / FEES)
    before = tree(str(tmp_path / "cash"))
    for bad in (CASH, FEES, "../x/2026-11.yaml"):
        with pytest.raises(Refused):
            group(root, (MONTH, entry(2)), (bad, entry(3)))
    assert root.stat(MONTH) is None and tree(str(tmp_path / "cash")) == before and waiting(root) == []


def test_a_fault_after_the_commit_is_pending_and_not_failed(tmp_path):
    """The disk fills up in the second file: the first is written, the rest counts, the next writer completes it."""
    root = ledger(tmp_path)
    write(root, CASH, *map(entry, range(100, 120)))
    size = root.stat(CASH).size

    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
        told = Told()
        group(root, (MONTH, entry(1)), (CASH, entry(2)), told=told)
        assert len(told) == 1 and CASH in told[0] and "is recorded and counts" in told[0], told
        with pytest.raises(StorageFault, match="nothing was recorded"):  # and so is the next, until there is room
            write(root, FEES, entry(3))
        assert stored(root)[-2:] == ids(2, 1)

    assert ended(fork(work)) == 0
    assert len(waiting(root)) == 1 and root.stat(CASH).size == size
    write(root, FEES, entry(4))
    assert stored(root) == [*ids(*range(100, 120)), *ids(2, 4, 1)] and waiting(root) == []


def test_a_damaged_file_keeps_its_group_pending_and_hinders_no_other(tmp_path):
    root = ledger(tmp_path)
    good = codec.dump(entry(1))
    commit(root, (CASH, entry(2)), (MONTH, entry(3)))
    put(root, CASH, good.replace("不亮".encode(), "不灭".encode()))
    told = Told()
    write(root, FEES, entry(4), told=told)
    assert data(root) == codec.dump(entry(3)) and data(root, FEES) == codec.dump(entry(4))
    assert len(told) == 1 and CASH in told[0] and "counts" in told[0] and len(waiting(root)) == 1
    with pytest.raises(Refused):
        write(root, CASH, entry(5))
    put(root, CASH, good)
    write(root, CASH, entry(5))
    assert stored(root) == ids(1, 2, 5, 4, 3) and waiting(root) == []


def planted(files, raw: bytes, **other) -> bytes:
    digest = codec.sha256(json.dumps(files).encode() + b"\n" + raw).hexdigest()
    return json.dumps({"files": files, "sha256": digest, **other}).encode() + b"\n" + raw


DOC = codec.dump(entry(9))
UNSIGNED = codec.dump({k: v for k, v in entry(9).items() if k != "sum"})
HOSTILE = {
    "a path out of the ledger": planted([["../x/2026-11.yaml", len(DOC)]], DOC),
    "an absolute path": planted([["/tmp/2026-11.yaml", len(DOC)]], DOC),
    "not a month file": planted([["repairs/x.yaml", len(DOC)]], DOC),
    "the policy": planted([["ledger.yaml", len(DOC)]], DOC),
    "a wrong hash": planted([[MONTH, len(DOC)]], DOC, sha256="0" * 64),
    "a changed byte": planted([[MONTH, len(DOC)]], DOC)[:-4] + b"0" + planted([[MONTH, len(DOC)]], DOC)[-3:],
    "cut short": planted([[MONTH, len(DOC)]], DOC)[:-1],
    "more bytes than said": planted([[MONTH, len(DOC)]], DOC + DOC),
    "fewer bytes than said": planted([[MONTH, 10**12]], DOC),
    "negative size": planted([[MONTH, -1], [CASH, len(DOC) + 1]], DOC),
    "size is text": planted([[MONTH, "9"]], DOC),
    "entries that are none": planted([[MONTH, 6]], b"hello\n"),
    "entries without a sum": planted([[MONTH, len(UNSIGNED)]], UNSIGNED),
    "a torn entry": planted([[MONTH, 20]], DOC[:20]),
    "an alias bomb": planted([[MONTH, 20]], b"---\na: &a x\nb: *a \n"),
    "empty": b"",
    "not JSON": b"hello\n",
    "deep": b"[" * 200_000 + b"\n",
    "a list": b"[1, 2]\n",
    "files is a number": b'{"files": 7, "sha256": ""}\n',
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_planted_group_is_named_and_neither_used_nor_removed(tmp_path, case):
    root = ledger(tmp_path / "ledger")
    write(root, FEES, entry(1))
    place = put(root, ".svcctl/pending/0-0.group", HOSTILE[case])
    found = groups.pending(root)
    assert [g.files for g in found] == [()] and isinstance(found[0].problem, Refused)
    assert stored(root) == ids(1)
    told = Told()
    write(root, FEES, entry(2), told=told)
    assert len(told) == 1 and ".svcctl/pending/0-0.group" in told[0]
    assert stored(root) == ids(1, 2) and root.month_files() == [FEES]
    assert os.path.exists(place) and os.listdir(tmp_path) == ["ledger"]


def test_a_group_that_is_a_link_or_a_pipe_is_not_opened(tmp_path):
    root = ledger(tmp_path / "ledger")
    (tmp_path / "outside").write_bytes(planted([[MONTH, len(DOC)]], DOC))
    os.makedirs(tmp_path / "ledger" / PENDING)
    os.symlink(tmp_path / "outside", tmp_path / "ledger" / PENDING / "1.group")
    os.mkfifo(tmp_path / "ledger" / PENDING / "2.group")
    assert [g.files for g in groups.pending(root)] == [(), ()]
    told = Told()
    write(root, FEES, entry(1), told=told)
    assert len(told) == 2 and stored(root) == ids(1) and (tmp_path / "outside").exists()


def test_an_honest_group_in_the_same_form_is_used(tmp_path):
    """The planted ones above are refused for what is wrong with them, not for their form."""
    root = ledger(tmp_path)
    put(root, ".svcctl/pending/0-0.group", planted([[MONTH, len(DOC)]], DOC))
    assert stored(root) == ids(9)
    write(root, FEES, entry(1))
    assert stored(root) == ids(1, 9) and waiting(root) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(st.tuples(st.sampled_from([MONTH, CASH, FEES]), st.integers(0, 30)), min_size=1, max_size=8, unique_by=lambda e: e[1]),
    before=st.lists(st.integers(40, 50), max_size=3, unique=True),
    applied=st.integers(0, 2000),
)  # fmt: skip
def test_what_readers_saw_before_is_what_is_in_the_files_after(tmp_path_factory, content, before, applied):
    """However far the group had got, laid over and completed are the same, and nothing is lost or doubled."""
    root = ledger(tmp_path_factory.mktemp("ledger"))
    if before:
        write(root, MONTH, *map(entry, before))
    entries = [(rel, entry(number)) for rel, number in content]
    commit(root, *entries)
    left = applied
    for pending in groups.pending(root):
        for rel, raw in pending.files:
            if left > 0:
                put(root, rel, (data(root, rel) if root.stat(rel) else b"") + raw[:left])
            left -= len(raw)
    seen = stored(root)
    assert sorted(seen) == sorted(ids(*before, *(number for _, number in content)))
    with Writer(root, "", Told(), sums_ok=sums_ok):
        pass
    assert stored(root) == seen and waiting(root) == []
    assert sorted(codec.dump(doc) for _, doc in entries) == sorted(
        raw[p.start : p.end]
        for raw in (root.read(rel) for rel in root.month_files())
        for p in codec.pieces(raw)
        if p.doc and p.doc["id"] not in ids(*before)
    )
    root.close()


def test_a_large_group_takes_a_second_or_two(tmp_path):
    """Not a benchmark: something quadratic, or reading the files again, would take minutes."""
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    doc = entry(2)
    entries = [(f"fees/2026-{1 + n % 12:02}.yaml", {**doc, "id": f"fe-{n:010}"}) for n in range(50_000)]
    start = time.monotonic()
    group(root, *entries)
    assert time.monotonic() - start < 15
    assert sum(raw.count(b"\n---\n") + 1 for raw in map(root.read, root.month_files("fees"))) == 50_000
