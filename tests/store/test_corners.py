"""Where two misfortunes meet, and the few ways through the store that nothing else takes."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from datetime import timedelta
from typing import Any

import pytest
from faulty import Call, Fails, FailsAfter, Fault, Kernel, Short
from reader_kit import START, ZONE, add, doc, erased, home, indexed, put, ref, replace, scanned
from store_kit import MONTH, Told, entry, ids, kept_tails, ledger, stored, sums_ok, tree, write
from store_kit import put as put_raw

from svcctl.errors import Locked, NotFound, OutcomeUnknown, Refused, StorageFault
from svcctl.store import attach, codec, groups, index_build, opening, templates
from svcctl.store.documents import Judge, Said
from svcctl.store.files import Root
from svcctl.store.lock import Lock
from svcctl.store.reader import Scan
from svcctl.store.writer import Writer

CASH = "cash/2026-11.yaml"


@pytest.fixture
def root(tmp_path):
    with ledger(tmp_path / "ledger") as made:
        yield made


def group(root: Root) -> None:
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        writer.append_group([(MONTH, entry(10)), (CASH, entry(11))])


# -- two misfortunes -------------------------------------------------------------------------------------------------------


class RenamedAndStuck(FailsAfter):
    """A rename that fails though it was done, and then nothing can be removed."""

    sorts = ("replace",)

    def later(self, call: Call) -> Any:
        if call.sort == "unlink":
            raise call.failed(errno.EPERM)
        return call()


def test_a_group_that_may_count_is_of_unknown_outcome_and_is_completed(root):
    with pytest.raises(OutcomeUnknown) as caught, Kernel(root.path, RenamedAndStuck(errno.EIO)):
        group(root)
    assert "rp-0000000010" in caught.value.say("en") and "rp-0000000011" in caught.value.say("zh")
    assert stored(root) == ids(11, 10)
    write(root, MONTH, entry(12))
    assert sorted(stored(root)) == ids(10, 11, 12) and root.listdir(groups.PENDING) == []


class LiesAboutTheCut(Short):
    """A disk that fills up, on a kernel that cuts nothing off though it says so."""

    def later(self, call: Call) -> Any:
        return None if call.sort == "ftruncate" else super().later(call)


def test_a_cut_that_did_not_happen_is_noticed(root):
    write(root, MONTH, entry(1))
    with pytest.raises(OutcomeUnknown), Kernel(os.path.join(root.path, "repairs"), LiesAboutTheCut(50, errno.ENOSPC)):
        write(root, MONTH, entry(2))
    write(root, MONTH, entry(3))
    assert stored(root) == ids(1, 3) and kept_tails(root) == [codec.dump(entry(2))[:50]]


class Replaced(Fault):
    """Another program puts a copy in the file's place, whenever it is looked at."""

    sorts = ("stat",)

    def strike(self, call: Call) -> Any:
        return self.later(call)

    def later(self, call: Call) -> Any:
        if call.sort == "stat" and call.path.endswith(MONTH):
            with open(call.path + ".new", "wb") as new, open(call.path, "rb") as old:
                new.write(old.read().partition(b'id: "rp-0000000002"')[0].removesuffix(b"---\n"))
            os.rename(call.path + ".new", call.path)
        return call()


def test_a_file_that_is_replaced_again_and_again_is_a_storage_fault(root):
    write(root, MONTH, entry(1))
    with pytest.raises(StorageFault, match="replaced the file twice"), Kernel(os.path.join(root.path, "repairs"), Replaced()):
        write(root, MONTH, entry(2))
    assert stored(root) == ids(1)


def test_a_lock_whose_note_cannot_be_read_is_held_by_somebody(root):
    with Lock(root), pytest.raises(Locked, match="another process"), Kernel(root.path, Fails(errno.EIO), sorts=["read"]):
        Lock(root).acquire(0)


def test_a_folder_that_cannot_be_synced_is_no_fault_where_there_is_no_such_thing(root):
    with Kernel(os.path.join(root.path, "repairs"), Fails(errno.EINVAL), k=2, sorts=["fsync"]) as kernel:
        write(root, MONTH, entry(1))
    assert kernel.struck == ("fsync", os.path.join(kernel.folder)) and stored(root) == ids(1)


def test_a_group_into_a_file_whose_name_cannot_be_made_durable_is_nothing(root):
    write(root, MONTH, entry(1))
    os.unlink(os.path.join(root.path, ".svcctl/clean/repairs-2026-11.yaml"))  # as if its writer had died before the end
    before = tree(os.path.join(root.path, "repairs"))
    with pytest.raises(StorageFault, match="nothing was recorded"), Kernel(os.path.join(root.path, "repairs"), Fails(errno.EIO), sorts=["fsync"]):
        group(root)
    assert tree(os.path.join(root.path, "repairs")) == before and stored(root) == ids(1)


class Completed(Fault):
    """The next writer completes a group while a reader lists what is pending."""

    sorts = ("listdir",)

    def strike(self, call: Call) -> Any:
        names = call()
        for name in names:
            os.unlink(os.path.join(call.path, name))
        return names


def test_a_group_that_is_completed_while_it_is_listed_is_none(root):
    groups.commit(root, [(MONTH, codec.dump(entry(1)))], [])
    with Kernel(os.path.join(root.path, groups.PENDING), Completed()):
        assert groups.pending(root) == []


def test_a_state_that_holds_no_time_is_none(root):
    write(root, MONTH, entry(5))
    state = root.state_read("recorded")
    assert state is not None
    root.state_write("recorded", state.replace(b"2026-", b"MMXXVI", 1))
    with Writer(root, "", Told()) as writer:
        assert writer.recorded(START - timedelta(days=300)) > START  # by its own files


# -- files that will not stand still -----------------------------------------------------------------------------------------


class Churn(Fault):
    """Somebody puts an entry before all others, whenever a file is opened."""

    sorts = ("open",)
    busy = False

    def strike(self, call: Call) -> Any:
        return self.later(call)

    def later(self, call: Call) -> Any:
        if call.sort == "open" and call.path.endswith(".yaml") and not self.busy:
            self.busy = True
            with open(call.path, "rb") as file:
                raw = file.read()
            with open(call.path, "wb") as file:
                file.write(b"# another line\n" + raw)
            self.busy = False
        return call()


def test_by_the_index_what_will_not_stand_still_is_a_storage_fault(root):
    for n in range(3):
        add(root, doc("repair", n, unit="A", fault="x"))
    asking = (lambda one: list(one.load(["rp-0000000001"])), lambda one: list(one.grep("x")), lambda one: one.latest("李敏"))
    for ask in asking:
        by_index = indexed(root)
        with Kernel(os.path.join(root.path, "repairs"), Churn()), pytest.raises(StorageFault, match="keep being replaced"):
            ask(by_index)
        by_index.close()
    assert len(scanned(root).all_records("repair")) == 3


def test_a_file_that_is_gone_is_built_without(root):
    add(root, doc("repair", 1, unit="A", fault="x"))
    add(root, doc("repair", 2, unit="A", fault="needle"), desk="night")
    with indexed(root) as by_index:
        os.unlink(os.path.join(root.path, "repairs/2026-11.night.yaml"))
        assert list(by_index.grep("needle")) == []
        assert by_index.findings() == [] or by_index.findings()[0].code == "changed"
    with indexed(root) as by_index:
        assert by_index.all_records("repair") == ["rp-0000000001"]


def test_a_torn_tail_beside_a_lock_that_is_no_file_is_told(root):
    write(root, MONTH, entry(1))
    with open(os.path.join(root.path, MONTH), "ab") as file:
        file.write(b'---\nid: "rp')
    os.unlink(os.path.join(root.path, ".svcctl/lock"))
    os.mkfifo(os.path.join(root.path, ".svcctl/lock"))
    with Scan(root, ZONE) as scan:
        assert [f.code for f in scan.findings()] == ["torn"]


# -- odd files -------------------------------------------------------------------------------------------------------------


def test_months_and_moments_at_the_ends_of_all_times():
    judge = Judge(ZONE)
    one = doc("repair", 1, unit="A", fault="x")
    for rel in ("repairs/0000-01.yaml", "repairs/9999-12.yaml"):
        found = [said for said in judge.file(rel, codec.dump(one)) if isinstance(said, Said)]
        assert [said.finding.code for said in found] == ["wrong-month"]
    for at in ("the day before yesterday", "2026-11-01T08:00:00.000", "0001-01-01T00:00:00+08:00"):
        odd = {**one, "at": at}
        odd["sum"] = codec.sums(odd, ())[0]
        codes = [said.finding.code for said in judge.file(MONTH, codec.dump(odd)) if isinstance(said, Said)]
        assert codes == (["wrong-month"] if at.startswith("0001") else ["moment"])


def both(root: Root) -> None:
    """Scan and index say the same."""
    with indexed(root) as by_index, scanned(root) as scan:
        for kind in ("repair", "complaint", "cash"):
            assert by_index.all_records(kind) == scan.all_records(kind)
            assert list(by_index.load(by_index.all_records(kind))) == list(scan.load(scan.all_records(kind)))
        assert by_index.findings() == scan.findings()


def test_entries_that_go_round_in_a_circle_belong_to_nothing(root):
    one, two = (doc("repair", n, "dispatch", of=f"rp-{3 - n:010d}", to="周") for n in (1, 2))
    add(root, one, two)
    both(root)
    with scanned(root) as scan:
        assert {f.code for f in scan.findings()} == {"dangling"}


def test_a_file_without_dashes_at_its_head_and_entries_far_apart(root):
    first, second = doc("repair", 1, unit="A", fault="灯"), doc("repair", 2, unit="B", fault="水", note="长" * 9000)
    put(root, home(first), first)
    replace(root, home(first), codec.dump(first).removeprefix(b"---\n") + codec.dump(second) + codec.dump(doc("repair", 3, unit="A", fault="门")))
    with indexed(root) as by_index:
        assert [one.doc["unit"] for record in ("rp-0000000001", "rp-0000000003") for one in by_index.entries(record)] == ["A", "A"]
        assert len(list(by_index.load(["rp-0000000001", "rp-0000000003"]))) == 2
    both(root)


def test_an_index_goes_on_after_what_is_no_text_and_takes_copies_up_when_the_counted_one_goes(root):
    one = doc("complaint", 1, content="吵", contact="13800001234")
    add(root, one)
    both(root)
    replace(root, home(one), codec.dump(one) + b"\xff\xfe\n")
    both(root)
    add(root, erased(one), desk="night")
    add(root, one, desk="hall")
    both(root)
    os.unlink(os.path.join(root.path, home(one, "night")))
    both(root)
    replace(root, home(one), codec.dump(doc("complaint", 2, content="脏")))
    both(root)


def test_more_documents_than_are_held_at_once(root, monkeypatch):
    monkeypatch.setattr(index_build, "_BATCH", 3)
    first = doc("repair", 1, unit="A", fault="x", party="property")
    add(root, first, *(doc("repair", n, "follow", START + timedelta(minutes=n), ref(first), text=str(n)) for n in range(2, 12)))
    both(root)


def test_without_sqlite_the_files_are_scanned(root, monkeypatch):
    write(root, MONTH, entry(1))
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    monkeypatch.delitem(sys.modules, "svcctl.store.index", raising=False)
    monkeypatch.delitem(sys.modules, "svcctl.store.index_file", raising=False)
    with opening.open_reader(root, ZONE) as found:
        assert isinstance(found, Scan)
    assert "index.sqlite" not in root.listdir(".svcctl")


@pytest.mark.parametrize("spoilt", ["header", "page", "empty", "schema", "journal"])
def test_a_spoilt_index_is_built_anew_or_done_without(root, spoilt):
    for n in range(40):
        add(root, doc("repair", n, unit="A", fault="x"))
    both(root)
    path = os.path.join(root.path, ".svcctl/index.sqlite")
    with open(path, "rb") as file:
        raw = file.read()
    if spoilt == "schema":
        with sqlite3.connect(path) as db:
            db.execute("DROP TABLE doc")
        db.close()
    elif spoilt == "journal":
        put_raw(root, ".svcctl/index.sqlite-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(500))
    else:
        put_raw(root, ".svcctl/index.sqlite", {"header": b"x" * 100 + raw[100:], "page": raw[:4096] + b"\xff" * 4096 + raw[8192:], "empty": b""}[spoilt])
    seal = root.stat(".svcctl/index.sqlite")
    assert seal is not None
    root.state_put("index.seal", f"{list(seal)}\n".encode())  # as if that were what we left
    with indexed(root) as by_index:  # what is found out only when it is asked is built anew then
        assert len(by_index.all_records("repair")) == 40
        assert by_index.by_key("none") == []
        assert len(by_index.entries("rp-0000000007")) == 1
    both(root)
    add(root, doc("repair", 99, unit="A", fault="x"))
    both(root)


def test_what_can_be_attached_and_what_cannot(tmp_path, monkeypatch):
    (tmp_path / "a.tar.GZ").write_bytes(b"x")
    (tmp_path / "b.something else").write_bytes(b"x")
    assert attach.look(str(tmp_path / "a.tar.GZ"))[0].endswith(".gz")
    assert len(attach.look(str(tmp_path / "b.something else"))[0]) == len("files/ab/") + 64
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(NotFound):
        attach.look(str(tmp_path / "none.jpg"))
    with pytest.raises(StorageFault):
        attach.look(str(tmp_path / "round"))
    monkeypatch.setattr(attach, "LARGEST", 1 << 20)
    (tmp_path / "large").write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(Refused, match="too large"):
        attach.look(str(tmp_path / "large"))


def test_a_template_that_cannot_be_read_is_told(root, tmp_path):
    (tmp_path / "daily.yaml").symlink_to("daily.yaml")
    with pytest.raises(NotFound, match="cannot be read"):
        templates.load("daily", root, {"SVCCTL_TEMPLATES": str(tmp_path)})


class Unreadable(Fails):
    """A file on bad blocks."""

    sorts = ("read",)

    def later(self, call: Call) -> Any:
        return self.strike(call) if call.sort == "read" else call()


@pytest.mark.parametrize("small", [0, opening.SMALL])
def test_who_is_about_to_write_must_not_overlook_a_file_that_cannot_be_read(root, monkeypatch, small):
    """Its keys may forbid what is to be written; who only reads goes on without it, and says so."""
    monkeypatch.setattr(opening, "SMALL", small)
    add(root, doc("repair", 1, unit="A", fault="x"), doc("complaint", 1, content="x"))
    for _ in range(2):  # without an index, and with one that knows an older state
        with Kernel(os.path.join(root.path, "repairs"), Unreadable(errno.EIO)):
            with pytest.raises(StorageFault, match="input/output"):
                opening.open_reader(root, ZONE, still=True)
            with opening.open_reader(root, ZONE) as found:
                assert [f.code for f in found.findings()] == ["file"] and found.all_records("complaint")
        opening.open_reader(root, ZONE).close()
        add(root, doc("repair", 2, unit="A", fault="x"))
