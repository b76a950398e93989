"""The ways through the store that hardly anything takes: other systems, files that vanish in between, states that cannot last."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import sqlite3
import sys
import types
from datetime import timedelta

import pytest
from faulty import Call, Fails, Fault, Kernel
from reader_kit import START, ZONE, add, doc, indexed, scanned
from store_kit import MONTH, Told, data, entry, ids, ledger, put, stored, sums_ok, tree, write

from svcctl.errors import Locked, NotFound, OutcomeUnknown, Refused, StorageFault
from svcctl.store import (
    attach,
    codec,
    copies,
    create,
    erasing,
    files,
    folder,
    groups,
    index_build,
    index_records,
    kept,
    life,
    lock,
    repair,
    templates,
)
from svcctl.store.index_file import NAME, IndexFile
from svcctl.store.reader import Scan, holds, pattern_of
from svcctl.store.seals import read_seals
from svcctl.store.tree import parse_tree
from svcctl.store.view import View, unreadable
from svcctl.store.writer import Writer

NOW = "2026-11-24T09:00:00+08:00"


@pytest.fixture
def root(tmp_path):
    with ledger(tmp_path / "ledger") as made:
        yield made


# -- other systems --------------------------------------------------------------------------------------------------------


def test_where_folders_have_no_handles_paths_are_looked_at_first(tmp_path, monkeypatch):
    """As on Windows."""
    monkeypatch.setattr(folder, "HANDLES", False)
    monkeypatch.setattr(files, "HANDLES", False)
    with ledger(tmp_path / "ledger") as root:
        write(root, MONTH, entry(1), entry(2))
        with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
            writer.append_group([(MONTH, entry(3)), ("cash/2026-11.yaml", entry(4))])
        assert sorted(stored(root)) == ids(1, 2, 3, 4)
        assert root.writable()
        os.symlink(MONTH.rpartition("/")[2], os.path.join(root.path, "repairs/2026-12.yaml"))
        with pytest.raises(Refused, match="found a symbolic link"):
            root.read("repairs/2026-12.yaml")
        os.symlink("repairs", os.path.join(root.path, "fees"))
        with pytest.raises(Refused, match="found a symbolic link"):
            root.read("fees/2026-11.yaml")
        with pytest.raises(NotFound):
            root.read("lost/2026-11.yaml")


class Msvcrt(types.ModuleType):
    """Locks of one byte, as Windows has them: one holder, no sharing."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: dict[tuple[int, int], int] = {}

    def locking(self, fd: int, mode: int, size: int) -> None:
        assert (mode, size) == (self.LK_NBLCK, 1)
        place = (os.fstat(fd).st_ino, os.lseek(fd, 0, os.SEEK_CUR))
        for (inode, at), other in list(self.held.items()):
            if (inode, at) == place and other != fd and _open(other, inode):
                raise OSError(errno.EACCES, "held")
        self.held[place] = fd


def _open(fd: int, inode: int) -> bool:
    try:
        return os.fstat(fd).st_ino == inode
    except OSError:
        return False


def test_the_lock_of_windows(root, monkeypatch):
    with monkeypatch.context() as on:
        on.setattr(sys, "platform", "win32")
        on.setitem(sys.modules, "msvcrt", Msvcrt())
        spec = importlib.util.spec_from_file_location("windows_lock", lock.__file__)
        assert spec is not None and spec.loader is not None
        windows = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(windows)
        one, other = windows.Lock(root), windows.Lock(root)
        one.acquire()
        with pytest.raises(Locked, match=f"process {os.getpid()}"):  # the note can be read though a byte is locked
            other.acquire(0)
        with pytest.raises(Locked):
            other.acquire(0, shared=True)
        one.release()
        other.acquire(0)
        other.release()


def test_where_signals_cannot_be_held_back_it_is_written_all_the_same(root, monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    write(root, MONTH, entry(1))
    assert stored(root) == ids(1)


def test_a_python_without_its_own_sha256_uses_the_library_s(monkeypatch):
    for name in ("_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, name, None)
    found = codec._find_sha256()
    assert found(b"abc").hexdigest().startswith("ba7816bf8f01cfea")


# -- what vanishes in between ---------------------------------------------------------------------------------------------


class Vanishes(Fault):
    """What is asked for is gone."""

    sorts = ("stat", "open")

    def __init__(self, name: str) -> None:
        self.name = name

    def strike(self, call: Call) -> object:
        return self.later(call)

    def later(self, call: Call) -> object:
        if call.sort in self.sorts and call.path.endswith(self.name):
            raise call.failed(errno.ENOENT)
        return call()


def test_a_folder_that_vanishes_after_it_was_listed_is_none(root):
    write(root, MONTH, entry(1))
    write(root, "cash/2026-11.yaml", entry(2))
    with Kernel(root.path, Vanishes("/cash")):
        assert root.month_files() == [MONTH]


def test_a_file_that_vanishes_after_it_was_looked_at_is_none(root):
    add(root, doc("repair", 1, unit="A", fault="x"), doc("complaint", 1, content="x"))
    for read in (scanned, indexed):
        with Kernel(root.path, Vanishes("repairs/2026-11.yaml")), read(root) as found:
            assert (found.all_records("repair"), len(found.all_records("complaint")), found.findings()) == ([], 1, [])
    view = View(root, still=False)
    assert unreadable(view, MONTH, NotFound(codec.TOO_LARGE)) is None


def test_a_file_to_be_rewritten_that_is_gone_is_a_storage_fault(root):
    with pytest.raises(StorageFault, match="nothing was recorded"):
        kept.held(root, MONTH)


# -- rewriting ------------------------------------------------------------------------------------------------------------


def test_a_rewritten_file_that_is_there_after_all_is_of_unknown_outcome(root, monkeypatch):
    write(root, MONTH, entry(1))
    new = codec.dump(entry(2))

    def replace(rel, raw, **_):
        put(root, rel, raw)
        raise StorageFault(codec.TOO_LARGE)

    monkeypatch.setattr(root, "replace", replace)
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer, pytest.raises(OutcomeUnknown, match="power cut"):
        writer.rewrite(MONTH, new)
    monkeypatch.setattr(root, "replace", lambda *_, **__: (_ for _ in ()).throw(StorageFault(codec.TOO_LARGE)))
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer, pytest.raises(StorageFault):
        writer.rewrite(MONTH, codec.dump(entry(3)))


def test_a_file_is_seen_to_be_whole(root):
    put(root, MONTH, codec.dump(entry(1)) + b'---\nid: "rp')
    told = Told()
    with Writer(root, "", told, sums_ok=sums_ok) as writer:
        writer.heal(MONTH)
    assert data(root) == codec.dump(entry(1))
    assert len(told) == 1


def test_repairing_what_has_come_into_order_or_into_conflict_meanwhile(root):
    put(root, MONTH, codec.dump(entry(1)))
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        assert repair.repair(writer, MONTH, NOW).damaged == ""
        put(root, MONTH, b"<<<<<<< ours\n" + codec.dump(entry(1)))
        with pytest.raises(Refused, match="conflict markers"):
            repair.repair(writer, MONTH, NOW)


def test_a_damaged_entry_with_more_after_its_sum_is_set_aside_in_one_piece():
    wrong = codec.dump(entry(1)).replace("灯不亮".encode(), "门不开".encode())
    whole = wrong + b"x---\n" + codec.dump(entry(2))[4:]
    found = repair.examine(MONTH, whole + codec.dump(entry(3)), NOW)
    assert [part.raw for part in found.damaged] == [whole]
    assert found.new == codec.dump(entry(3))


def test_the_chosen_content_stays_in_the_file_that_was_named(root):
    night, other = "repairs/2026-11.night.yaml", codec.dump(entry(1, "漏水"))
    for rel, raw in ((MONTH, codec.dump(entry(1))), (night, codec.dump(entry(1)) + other)):
        put(root, rel, raw)
    doubled = copies.look(root, ZONE, ids(1))
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        for one in copies.plan(doubled, doubled.choice(MONTH, 1)):
            copies.set_aside(writer, doubled, one)
    assert (data(root), data(root, night)) == (codec.dump(entry(1)), b"")


def test_a_copied_seal_beside_a_damaged_one(root):
    seal = {"id": "se-0000000001", "kind": "seal", "month": "2026-10"}
    good = codec.dump({**seal, "sum": codec.sums(seal, ())[0]})
    put(root, "seals/2026-10.yaml", good + good.replace(b"2026-10", b"2026-09") + good)
    assert [len(docs) for docs in copies.look(root, ZONE, ()).documents.values()] == [2]


def test_a_ledger_without_a_gitignore_is_given_none(root):
    create.ignore_kept(root)
    assert tree(root.path) == {}


# -- erasing --------------------------------------------------------------------------------------------------------------


def test_what_waits_in_a_group_is_not_erased_by_half(root):
    groups.commit(root, [(MONTH, codec.dump(entry(1)))], [])
    with pytest.raises(Refused, match="group that is not completely written"):
        erasing.planned(root, ids(1), NOW)
    assert erasing.planned(root, ids(2), NOW) == []


def test_names_are_searched_in_lists_and_maps_and_short_ones_nowhere(root):
    other = {"id": "rp-0000000002", "kind": "repair", "for": {"rp-1": "王芳"}, "list": ["张"]}
    put(root, MONTH, codec.dump(entry(1)) + codec.dump({**other, "sum": codec.sums(other, ())[0]}))
    assert erasing.elsewhere(root, ids(1), ["王芳"]) == ids(2)
    assert erasing.elsewhere(root, ids(1), ["张", ""]) == []
    assert holds({"for": {"a": "王芳"}}, pattern_of("王"))


# -- the index ------------------------------------------------------------------------------------------------------------


class Broken:
    """A database that cannot be asked, with everything else of the real one."""

    def __init__(self, real, error, statement):
        self.real, self.error, self.statement = real, error, statement

    def __getattr__(self, name):
        return getattr(self.real, name)

    def execute(self, statement, *values):
        if statement.startswith(self.statement):
            raise self.error
        return self.real.execute(statement, *values)


def test_an_index_that_fails_again_when_it_was_built_anew_is_named(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    with indexed(root) as found:
        real = found._file.current
        monkeypatch.setattr(found._file, "current", lambda *a: Broken(real(*a), sqlite3.DatabaseError("x"), "SELECT"))
        found._db = Broken(found._db, sqlite3.DatabaseError("x"), "SELECT")
        with pytest.raises(StorageFault, match="the index is damaged"):
            found.by_key("k")

        def none(*_):
            raise sqlite3.OperationalError("x")

        monkeypatch.setattr(found._file, "current", none)
        with pytest.raises(StorageFault, match="the index is damaged"):
            found.by_key("k")


def test_what_was_answered_by_a_spoilt_index_is_not_mixed_with_what_is_answered_now(root):
    add(root, doc("repair", 1, unit="A", fault="x"))
    for asked in (False, True):
        with indexed(root) as found:
            if asked:
                found.all_records("repair")
            found._db = Broken(found._db, sqlite3.DatabaseError("x"), "SELECT")
            assert found.all_records("repair") == ["rp-0000000001"]
            assert [f.code for f in found.findings()] == (["changed"] if asked else [])


def test_half_a_character_finds_nothing(root):
    add(root, doc("repair", 1, unit="A", fault="x"))
    with indexed(root) as found:
        assert found.open_records("repair", "\ud83d") == []


def test_an_index_that_says_something_else_than_busy_is_done_without(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    indexed(root).close()
    monkeypatch.setattr(IndexFile, "_private", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("none")))
    from svcctl.store.index import open_index

    for error, built in ((sqlite3.OperationalError("disk I/O error"), False), (sqlite3.DatabaseError("malformed"), True)):
        monkeypatch.setattr(IndexFile, "_refreshed", lambda *_, error=error: (_ for _ in ()).throw(error))
        found = open_index(root, ZONE)
        assert (found is not None) is built
        if found is not None:
            found.close()


def test_a_commit_that_fails_is_no_index_and_one_that_somebody_else_made_is_left(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    found = indexed(root)
    file, db = found._file, found._db
    with pytest.raises(sqlite3.OperationalError, match="disk"):
        file._committed(Broken(db, sqlite3.OperationalError("disk I/O error"), "COMMIT"))
    assert not file._committed(Broken(db, sqlite3.OperationalError("database is locked"), "COMMIT"))
    db.execute("COMMIT")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        file._hold(db, "another turn")
    found.close()


def test_where_nothing_may_be_written_no_index_is_built(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    monkeypatch.setattr(root, "writable", lambda: False)
    from svcctl.store.index import open_index

    assert open_index(root, ZONE) is None


def test_what_a_killed_builder_left_an_hour_ago_is_removed(root):
    add(root, doc("repair", 1, unit="A", fault="x"))
    for name, age in (("old", 4000), ("new", 10)):
        path = put(root, f".svcctl/{NAME}.{name}.tmp", b"x")
        os.utime(path, (os.stat(path).st_mtime - age,) * 2)
    indexed(root).close()
    assert [name for name in root.listdir(".svcctl") if name.endswith(".tmp")] == [f"{NAME}.new.tmp"]


def test_a_file_that_has_grown_old_unchanged_need_not_be_read_again(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    real = index_build.time.time_ns
    indexed(root).close()
    monkeypatch.setattr(index_build.time, "time_ns", lambda: real() + 3_000_000_000)
    indexed(root).close()
    opened = []
    monkeypatch.setattr(View, "plain", lambda *a: opened.append(a))
    indexed(root).close()
    assert opened == []


def test_a_tail_that_another_one_of_its_length_replaces_in_the_same_instant_is_told_as_it_is(root, monkeypatch):
    add(root, doc("repair", 1, unit="A", fault="x"))
    put(root, MONTH, whole := data(root) + b'---\nid: "rp-0000000008"')
    indexed(root).close()
    state = root.signatures()
    put(root, MONTH, whole[:-2] + b'9"')
    monkeypatch.setattr(root, "signatures", lambda rel=None: {} if rel else state)
    with indexed(root) as found:
        assert ["rp-0000000009" in f.message.zh for f in found.findings()] == [True]


def test_records_of_accounts_that_cannot_be_read_or_name_none(root, monkeypatch):
    """In the index and without one: an opening with a value that is none, one without an account, one that has lost its opening."""
    monkeypatch.setattr(index_records, "_SETTLED", 2)
    charge = {"item": "property", "amount": "100.00", "due": "2026-11-30", "month": "2026-11"}
    add(
        root, doc("fee", 1, "charge", tenant="T-1", **charge), doc("fee", 2, "charge", tenant="T-1", **{**charge, "amount": "many"}),
        doc("fee", 3, "charge", **charge), doc("fee", 4, "charge", tenant="T-2", **charge), doc("fee", 5, "charge", tenant="T-1", **charge),
    )  # fmt: skip
    names = [f"fe-{n:0>10}" for n in range(1, 7)]
    with indexed(root) as by_index, scanned(root) as by_scan:
        assert by_index.accounts(names) == by_scan.accounts(names) == {("fee", "T-1"), ("fee", "T-2")}
        assert by_index.all_records("fee") == by_scan.all_records("fee")
        assert by_index.open_records("fee") == by_scan.open_records("fee")
    assert life.opened("fee", [{"of": "fe-0000000001"}]) is None


def test_a_record_with_nothing_but_corrections_has_a_life(root):
    first = doc("repair", 1, unit="A", fault="x", due=(START + timedelta(days=1)).isoformat())
    amend = doc("repair", 2, "amend", START + timedelta(hours=1), str(first["id"]), unit="B", reason="x")
    assert life.lives_of("repair", {"rp-0000000001": [first, amend]})["rp-0000000001"].open


# -- smaller ones ---------------------------------------------------------------------------------------------------------


def test_a_folder_is_no_attachment(tmp_path):
    with pytest.raises(Refused, match="regular file"):
        attach.look(str(tmp_path))


def test_an_empty_configuration_is_none():
    assert parse_tree("# nothing yet\n", "ledger.yaml").root in (None, "", {})


def test_templates_that_are_none(root, tmp_path):
    put(root, "templates/odd.yaml", b"\xff\xfe")
    put(root, "templates/.hidden.yaml", b"")
    with pytest.raises(Refused, match="not UTF-8"):
        templates.load("odd", root, {})
    for name in ("wekly", "../weekly", "", "zzz"):
        with pytest.raises(NotFound, match="no such report template") as caught:
            templates.load(name, root, {"SVCCTL_TEMPLATES": str(tmp_path)})
        assert ("Did you mean weekly" in caught.value.say("en")) is (name in ("wekly", "../weekly"))
        assert str(tmp_path) in caught.value.say("zh")
    with pytest.raises(NotFound):
        templates.load("zzz", None, {})
    assert "odd" in templates.names(root, {}) and ".hidden" not in templates.names(root, {})
    (tmp_path / "daily.yaml").mkdir()
    assert templates.load("daily", root, {"SVCCTL_TEMPLATES": str(tmp_path)}).name  # a folder of that name is none
    own = os.path.join([place for _, place in templates._folders(None, {})][-1], "weekly.yaml")
    with open(own, "rb") as file:
        (tmp_path / "weekly.yaml").write_bytes(file.read())
    assert templates.load("weekly", root, {"SVCCTL_TEMPLATES": str(tmp_path)}) == templates.load("weekly", root, {})


def test_a_page_that_lists_nothing_and_a_seal_that_is_being_written(root, monkeypatch):
    from svcctl.store import view

    monkeypatch.setattr(view, "_TORN_WAIT_S", 0.01)
    page = {"id": "se-0000000002", "kind": "seal", "event": "list", "of": "se-0000000001", "at": NOW, "recorded": NOW, "month": "2026-10", "entries": "x"}
    put(root, "seals/2026-10.yaml", codec.dump({**page, "sum": codec.sums(page, ())[0]}) + b'---\nid: "se')
    assert [f.code for f in read_seals(root).findings] == ["seal-form", "torn"]
    with lock.Lock(root):
        assert [f.code for f in read_seals(root).findings] == ["seal-form"]
        with Scan(root, ZONE) as scan:
            assert scan.findings() == []


def test_a_disk_that_cannot_sync_a_folder_says_so(root):
    write(root, MONTH, entry(1))
    with pytest.raises(OutcomeUnknown), Kernel(root.path, Fails(errno.EIO), k=1, sorts=["fsync"]):
        write(root, MONTH, entry(2))
