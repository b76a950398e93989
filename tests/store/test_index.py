"""The index: the same answers as the scan's whatever happened to the files, and to the index itself."""

from __future__ import annotations

import gc
import os
import random
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mess import LATER, MONTH, STEPS, Mess, age, repair
from reader_kit import (
    START,
    ZONE,
    add,
    agreed,
    assert_same,
    codes,
    doc,
    erased,
    everything,
    fill,
    home,
    indexed,
    put,
    ref,
    replace,
    scanned,
)
from store_kit import data, ended, fork

from svcctl.store import codec, index_file, opening, reader
from svcctl.store.files import Root
from svcctl.store.index import IndexReader, open_index
from svcctl.store.index_build import Refresh
from svcctl.store.opening import open_reader
from svcctl.store.reader import Scan
from svcctl.store.writer import Writer

INDEX = ".svcctl/index.sqlite"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with Root(str(tmp_path)) as opened:
        yield opened


def rebuilt(root: Root) -> int:
    """How many documents the next opening stores anew: all of them if it builds, else those that changed."""
    stored = 0
    flush = Refresh._flush

    def counted(self: Refresh) -> None:
        nonlocal stored
        stored += len(self._batch)
        flush(self)

    Refresh._flush = counted  # type: ignore[method-assign]
    try:
        indexed(root).close()
    finally:
        Refresh._flush = flush  # type: ignore[method-assign]
    return stored


# -- the same answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_random_ledger_from_empty(root: Root, seed: int) -> None:
    fill(root, random.Random(seed), 60)
    found = agreed(root)
    assert len(found["records"]["repair"]) > 10
    assert found["findings"] == []


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1000), st.lists(st.sampled_from(STEPS), min_size=1, max_size=8))
def test_whatever_happens_to_the_files(tmp_path_factory: pytest.TempPathFactory, seed: int, steps: list[str]) -> None:
    with Root(str(tmp_path_factory.mktemp("mess"))) as root:
        mess = Mess(root, seed)
        for step in steps:
            mess.do(step)
            with indexed(root) as by_index:
                assert_same(light(by_index), light(scanned(root)))
        agreed(root)


def light(one: reader.Reader) -> dict[str, object]:
    """A few questions whose answers rest on everything."""
    kinds = ("complaint", "repair", "unit", "tenant")
    return {
        "records": [one.all_records(kind) for kind in kinds],
        "open": [one.open_records(kind) for kind in kinds],
        "masters": [one.masters(kind) for kind in kinds],
        "loaded": list(one.load(one.all_records("repair"))),
        "findings": one.findings(),
    }


def test_follow_ups_find_their_record_when_it_turns_up(root: Root) -> None:
    first = repair(1)
    sent = doc("repair", 2, "dispatch", LATER, ref(first), to="老张")
    undone = doc("repair", 3, "void", LATER, ref(sent), reason="x")
    add(root, undone, sent)
    assert {f.code for f in agreed(root)["findings"]} == {"dangling"}
    add(root, first, desk="night")
    assert agreed(root)["findings"] == []
    os.remove(os.path.join(root.path, home(first, "night")))
    assert {f.code for f in agreed(root)["findings"]} == {"dangling"}


def test_questions_nobody_should_ask(root: Root) -> None:
    add(root, repair(1))
    with indexed(root) as by_index:
        for one in (by_index, scanned(root)):
            for text in ("", "\udcff", "\ud7ff", "\U0010ffff", "rp-", "%", "_", "'; DROP TABLE doc", "x" * 100_000):
                assert one.by_key(text) == one.entries(text) == list(one.grep(text + "\udcff")) == []
                assert len(one.by_prefix(text)) == (text in ("", "rp-"))
                assert one.record_of(text) is one.latest(text) is None
                assert one.references("unit", text) == one.open_records("repair", text) == one.open_records(text) == []


# -- what is read again --------------------------------------------------------------------------------------------


def test_only_what_is_new_is_read(root: Root) -> None:
    fill(root, random.Random(1), 30)
    assert rebuilt(root) > 30
    assert rebuilt(root) == 0
    first = repair(500)
    add(root, first)
    assert rebuilt(root) == 1
    age(root)
    assert rebuilt(root) == 0  # other times, same bytes
    with open_index(root, ZONE) or pytest.fail() as found:
        assert found.entries(ref(first))[0].doc == first


def test_a_change_within_the_same_instant_is_seen(root: Root) -> None:
    """Same size and, as far as the file system tells, same time."""
    put(root, MONTH, repair(1), repair(2))
    path = os.path.join(root.path, MONTH)
    with indexed(root) as found:
        assert len(found.all_records("repair")) == 2
    state = os.stat(path)
    with open(path, "r+b") as file:
        file.write(codec.dump(repair(3)))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    with indexed(root) as found:
        assert found.all_records("repair") == ["rp-0000000002", "rp-0000000003"]


def test_a_file_that_is_exchanged_while_it_is_read(root: Root) -> None:
    add(root, repair(1), repair(2), doc("complaint", 1, content="x", anonymous="true"))
    age(root)
    with indexed(root) as found:
        assert found.open_records("repair") == ["rp-0000000001", "rp-0000000002"]
        assert len(found.entries("cp-0000000001")) == 1
        replace(root, MONTH, repair(2), repair(3))
        assert [one.doc for one in found.entries("rp-0000000002")] == [repair(2)]
        assert found.open_records("repair") == ["rp-0000000002", "rp-0000000003"]
        assert [(f.file, f.code, f.damage) for f in found.findings()] == [(MONTH, "changed", True)]


def test_a_file_that_vanishes_while_it_is_read(root: Root) -> None:
    add(root, repair(1), doc("complaint", 1, content="x", anonymous="true"))
    with indexed(root) as found:
        shutil.rmtree(os.path.join(root.path, "repairs"))
        assert found.entries("rp-0000000001") == []


def test_documents_are_believed_from_their_bytes_not_from_the_index(root: Root) -> None:
    """The file's state looks as it was, but a byte has changed."""
    put(root, MONTH, repair(1), repair(2))
    age(root)
    with indexed(root) as found:
        path = os.path.join(root.path, MONTH)
        state = os.stat(path)
        raw = data(root, MONTH)
        with open(path, "r+b") as file:
            file.seek(raw.index("灯".encode()))
            file.write("床".encode())
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert found.entries("rp-0000000001") == []
        assert [one.doc for one in found.entries("rp-0000000002")] == [repair(2)]
        assert [f.code for f in found.findings()] == ["wrong-sum"]


# -- the index itself ----------------------------------------------------------------------------------------------


def spoil_garbage(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"no database" * 999)


def spoil_empty(path: str) -> None:
    with open(path, "wb"):
        pass


def spoil_cut(path: str) -> None:
    os.truncate(path, os.path.getsize(path) // 2 // 4096 * 4096)


def spoil_pages(path: str) -> None:
    with open(path, "r+b") as file:
        for at in range(4096 * 2, os.path.getsize(path), 4096):
            file.seek(at)
            file.write(b"\xff" * 64)


def spoil_rows(path: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM record WHERE kind = 'repair'")
        db.execute("UPDATE record SET open = 1 - open")
    db.close()


def spoil_schema(path: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE doc")
    db.close()


def spoil_link(path: str) -> None:
    os.rename(path, path + "-elsewhere")
    os.symlink(path + "-elsewhere", path)


def spoil_folder(path: str) -> None:
    os.remove(path)
    os.mkdir(path)


def spoil_gone(path: str) -> None:
    os.remove(path)


@pytest.mark.parametrize(
    "spoil",
    [spoil_garbage, spoil_empty, spoil_cut, spoil_pages, spoil_rows, spoil_schema, spoil_link, spoil_folder, spoil_gone],
)
def test_a_wrong_index_is_noticed_and_built_anew(root: Root, spoil: object) -> None:
    fill(root, random.Random(2), 40)
    indexed(root).close()
    path = os.path.join(root.path, INDEX)
    assert callable(spoil)
    spoil(path)
    if spoil is spoil_folder:  # nothing of ours can be put there; reading goes on without
        assert open_index(root, ZONE) is None
        return
    agreed(root)
    assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
    assert stat.S_ISREG(os.lstat(path).st_mode)
    assert rebuilt(root) == 0
    assert not [name for name in root.listdir(".svcctl") if name.endswith(".tmp")]


def test_the_index_of_another_ledger_is_not_believed(root: Root, tmp_path: Path) -> None:
    fill(root, random.Random(3), 30)
    os.mkdir(tmp_path / "other")
    with Root(str(tmp_path / "other")) as other:
        fill(other, random.Random(4), 30)
        indexed(other).close()
        shutil.copytree(tmp_path / "other" / ".svcctl", tmp_path / ".svcctl")
        agreed(root)


def test_an_older_copy_of_the_ledger_or_of_the_index(root: Root, tmp_path: Path) -> None:
    fill(root, random.Random(5), 20)
    indexed(root).close()
    shutil.copytree(tmp_path / ".svcctl", tmp_path / ".saved")
    add(root, repair(900), repair(901))
    agreed(root)
    shutil.rmtree(tmp_path / ".svcctl")
    os.rename(tmp_path / ".saved", tmp_path / ".svcctl")
    agreed(root)


def test_another_zone_or_version_builds_anew(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    add(root, repair(1), repair(2))
    age(root)
    assert rebuilt(root) == 2
    assert rebuilt(root) == 0
    monkeypatch.setattr(index_file, "__version__", "0.0.1")
    assert rebuilt(root) == 2
    from zoneinfo import ZoneInfo

    with open_index(root, ZoneInfo("Pacific/Kiritimati")) or pytest.fail() as found:
        assert found.findings() == Scan(root, ZoneInfo("Pacific/Kiritimati")).findings()


def test_killed_while_it_changes_the_index(root: Root) -> None:
    fill(root, random.Random(6), 20)
    indexed(root).close()
    for call in range(1, 12):
        add(root, repair(1000 + call))

        def work(call: int = call) -> None:
            left = call

            def trace(statement: str) -> None:
                nonlocal left
                left -= not statement.startswith(("SELECT", "PRAGMA"))
                if left == 0:
                    os._exit(9)

            connect = sqlite3.connect

            def traced(*args: object, **more: object) -> sqlite3.Connection:
                db = connect(*args, **more)  # type: ignore[call-overload]
                db.set_trace_callback(trace)
                return db  # type: ignore[no-any-return]

            sqlite3.connect = traced  # type: ignore[assignment]
            with Root(root.path) as own:
                indexed(own).close()

        ended(fork(work))
        with indexed(root) as found:
            assert_same(light(found), light(scanned(root)))


# -- several at once -----------------------------------------------------------------------------------------------


def test_a_reader_keeps_its_view_while_others_go_on(root: Root) -> None:
    fill(root, random.Random(7), 20)
    with indexed(root) as old:
        before = everything(old)
        add(root, repair(700))
        with indexed(root) as new, indexed(root) as newer:
            assert "rp-0000000700" in new.open_records("repair")
            assert_same(everything(new), everything(newer))
            assert_same(everything(new), everything(scanned(root)))
        assert_same(everything(old), before)
    assert rebuilt(root) == 1  # while it was read it could not be changed; now it is
    agreed(root)


def test_many_readers_and_a_writer(root: Root) -> None:
    """Each reader sees a growing number of whole groups, none loses its way, and in the end the index is right."""
    fill(root, random.Random(8), 20)

    def write() -> None:
        with Root(root.path) as own:
            for n in range(60):
                with Writer(own, "", lambda text: None) as writer:
                    one, two = repair(f"x{n}"), repair(f"y{n}", at=START + timedelta(days=40))
                    writer.append_group([(home(one), one), (home(two), two)])

    def read() -> None:
        seen = 0
        with Root(root.path) as own:
            while seen < 60:
                with open_index(own, ZONE) or Scan(own, ZONE) as found:
                    names = found.all_records("repair")
                    ours = {n.partition("x")[2] for n in names if "x" in n}
                    assert ours == {n.partition("y")[2] for n in names if "y" in n}
                    assert len(ours) >= seen
                    seen = len(ours)

    children = [fork(work) for work in (write, read, read, read)]
    assert [ended(child) for child in children] == [0, 0, 0, 0]
    agreed(root)


def test_two_that_build_at_once(root: Root) -> None:
    fill(root, random.Random(9), 30)

    def work() -> None:
        with Root(root.path) as own, indexed(own) as found:
            assert_same(light(found), light(scanned(own)))

    assert {ended(child) for child in [fork(work) for _ in range(4)]} == {0}
    agreed(root)


# -- where there is none -------------------------------------------------------------------------------------------


def test_a_small_ledger_is_scanned_and_a_larger_one_is_not(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    add(root, repair(1))
    assert isinstance(open_reader(root, ZONE), Scan)
    assert root.stat(".svcctl") is None
    monkeypatch.setattr(opening, "SMALL", 10)
    with open_reader(root, ZONE) as found:
        assert isinstance(found, IndexReader)
    assert isinstance(open_reader(root, ZONE, index=False), Scan)


READ_ONLY = """
mount --bind {0} {0} && mount -o remount,bind,ro {0} && exec {1} -c '
import sys; sys.path[:0] = {2!r}
from svcctl.store import opening
from reader_kit import ZONE, everything, assert_same, scanned
from svcctl.store.files import Root
opening.SMALL = 10
root = Root("{0}")
with opening.open_reader(root, ZONE) as found:
    print(type(found).__name__, len(found.all_records("repair")))
    assert_same(everything(found), everything(scanned(root)))
'
"""


@pytest.mark.parametrize("with_index", [False, True])
def test_read_only_media(root: Root, with_index: bool) -> None:
    """Without an index it is scanned; an index that lies there is used, though it cannot be brought up to date."""
    if os.geteuid() or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs mounts of its own")
    fill(root, random.Random(10), 20)
    if with_index:
        indexed(root).close()
    add(root, repair(77))
    expected = len(scanned(root).all_records("repair"))
    paths = [os.path.dirname(__file__), os.path.dirname(os.path.dirname(os.path.dirname(__file__)))]
    import sys

    script = READ_ONLY.format(root.path, sys.executable, paths).replace("['", '["').replace("', '", '", "').replace("']", '"]')
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == f"{'IndexReader' if with_index else 'Scan'} {expected}\n", done.stderr


def test_a_locked_index_is_done_without(root: Root) -> None:
    fill(root, random.Random(11), 10)
    indexed(root).close()
    add(root, repair(88))
    other = sqlite3.connect(os.path.join(root.path, INDEX), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with indexed(root) as found:  # a copy in memory
        assert "rp-0000000088" in found.open_records("repair")
    other.close()
    assert rebuilt(root) == 1


def test_progress_is_told_when_it_takes_long(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.store import index_build

    fill(root, random.Random(12), 10)
    monkeypatch.setattr(index_build, "_QUIET_S", -1.0)
    told: list[tuple[int, int]] = []
    with open_index(root, ZONE, progress=lambda done, total: told.append((done, total))) or pytest.fail():
        total = sum(state.size for state in root.signatures().values())
        assert told[-1] == (total, total)
        assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_findings_are_those_of_the_scan(root: Root) -> None:
    one, two = repair(1), repair(2)
    put(root, MONTH, one, two, codec.dump(repair(3)).replace(b"A-101", b"A-102"), b"---\nfault: typed\n")
    put(root, "repairs/2026-11.night.yaml", erased(two), repair(1, note="anders"), doc("repair", 4, "cancel", LATER, "rp-9", reason="x"))
    found = agreed(root)["findings"]
    assert sorted(f.code for f in found) == ["clash", "dangling", "unerased-copy", "unsigned", "wrong-sum"]
    with indexed(root) as by_index:
        assert codes(by_index) == codes(scanned(root))


def test_closing_twice_and_asking_afterwards(root: Root) -> None:
    add(root, repair(1))
    found = indexed(root)
    found.close()
    found.close()
    with pytest.raises(ValueError, match="closed"):
        found.open_records("repair")


def test_a_command_gives_back_every_handle_though_nobody_collects(svc: Any) -> None:
    """Else it keeps the next one in this process from bringing the index up to date, which then makes a copy for itself."""
    gc.disable()
    try:
        for line, code in (("repair add --unit A-101 --fault x", 0), ("repair list", 0), ("repair show zzzz", 4), ("today", 0), ("report daily -o r.json --format json", 0)):
            svc(line, code=code)
            held = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
            assert not [path for path in held if path.startswith(str(svc.ledger))], line
    finally:
        gc.enable()
