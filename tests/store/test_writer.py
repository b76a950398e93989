"""One entry or many into one file: whole, durable, read back; or nothing, and the file as it was."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from store_kit import (
    CHANGING,
    MONTH,
    START,
    Told,
    at_call,
    data,
    ended,
    entry,
    fork,
    ids,
    kept_tails,
    ledger,
    put,
    stored,
    sums_ok,
    tree,
    write,
)

from svcctl.errors import OutcomeUnknown, Refused, StorageFault, SvcError
from svcctl.store import codec
from svcctl.store.writer import Writer

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def group(root, *entries):
    with Writer(root, "", Told(), sums_ok=sums_ok) as writer:
        writer.append_group(entries)


def test_entries_stand_in_their_file_in_order_and_as_the_form_says(tmp_path):
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    write(root, MONTH, entry(2), entry(3))
    write(root, MONTH)
    assert data(root) == b"".join(map(codec.dump, (entry(1), entry(2), entry(3))))
    assert stored(root) == ids(1, 2, 3)


def test_what_the_form_refuses_is_refused_before_anything_is_touched(tmp_path):
    root = ledger(tmp_path)
    with Writer(root, "", Told()) as writer:
        for bad in ({**entry(1), "fault": "a\0b"}, {**entry(1), "Not a key": "x"}):
            with pytest.raises(Refused):
                writer.append(MONTH, bad)
            with pytest.raises(Refused):
                writer.append_group([(MONTH, entry(2)), ("cash/2026-11.yaml", bad)])
    assert root.month_files() == [] and "repairs" not in os.listdir(tmp_path)


# -- torn tails ------------------------------------------------------------------------------------------------------


def test_after_a_cut_at_every_byte_the_next_append_heals_and_loses_nothing(tmp_path):
    first, torn, after = entry(1), entry(2, "卫生间灯\n不亮"), entry(3)
    whole, part = codec.dump(first), codec.dump(torn)
    for cut in range(len(part) + 1):
        root = ledger(tmp_path / str(cut))
        put(root, MONTH, whole + part[:cut])
        told = Told()
        write(root, MONTH, after, told=told)
        if cut == len(part):
            expected, kept = whole + part, []
        else:
            expected, kept = whole, [part[:cut]] if cut else []
        assert data(root) == expected + codec.dump(after), cut
        assert kept_tails(root) == kept, cut
        assert len(told) == len(kept), cut
        if kept:
            assert MONTH in told[0] and f"its {cut} incomplete bytes were moved to {MONTH}.torn-" in told[0]
        root.close()


def test_a_torn_first_entry_is_healed_too(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, codec.dump(entry(1))[:-5])
    write(root, MONTH, entry(2))
    assert data(root) == codec.dump(entry(2)) and kept_tails(root) == [codec.dump(entry(1))[:-5]]


def test_the_kept_tail_is_private_ignored_and_kept_once_though_healing_was_cut_short(tmp_path):
    root = ledger(tmp_path)
    tail = codec.dump(entry(2))[:50]
    put(root, MONTH, codec.dump(entry(1)) + tail)
    put(root, f"{MONTH}.torn-20261101T000000Z", tail)  # healing died before it cut
    put(root, f"{MONTH}.torn-20261101T000001Z.tmp", tail[:3])  # and once while it kept the tail
    write(root, MONTH, entry(3))
    assert kept_tails(root) == [tail]
    put(root, MONTH, data(root) + tail[:7])
    write(root, MONTH, entry(4))
    assert sorted(kept_tails(root)) == sorted([tail, tail[:7]])
    assert stored(root) == ids(1, 3, 4)
    assert root.month_files() == [MONTH]
    newest = max(os.scandir(tmp_path / "repairs"), key=lambda e: (".torn-" in e.name, e.name))
    assert newest.stat().st_mode & 0o777 == 0o600


def test_two_tails_in_one_second_are_both_kept(tmp_path):
    root = ledger(tmp_path)
    tails = [codec.dump(entry(9))[:n] for n in (20, 30, 40, 60)]
    for number, tail in enumerate(tails):
        put(root, MONTH, (data(root) if number else b"") + tail)
        write(root, MONTH, entry(number))
    assert sorted(kept_tails(root)) == sorted(tails) and stored(root) == ids(0, 1, 2, 3)


# -- what hinders writing and what does not ---------------------------------------------------------------------------

GOOD = codec.dump(entry(1)) + codec.dump(entry(2))
BY_HAND = (
    b"# a comment\n---\nkind: repair\nfault: typed by hand\n",
    b"---\nkind: repair\nevent: add\nfault: |\n  two\n  lines\n",
    codec.dump(entry(7)).replace(b'by: "', b"by:    '").replace(b'"\nfault', b"'\nfault"),
    codec.dump(entry(7)).replace(b"\n", b"\r\n"),
    codec.dump(entry(7)) + b"\n\n# the end\n",
)


@pytest.mark.parametrize("typed", BY_HAND)
@pytest.mark.parametrize("before", [True, False])
def test_hand_typed_entries_comments_and_other_spacing_do_not_hinder(tmp_path, typed, before):
    root = ledger(tmp_path)
    put(root, MONTH, typed + GOOD if before else GOOD + typed)
    was, told = data(root), Told()
    write(root, MONTH, entry(3), told=told)
    assert data(root) == was + codec.dump(entry(3)) and told == []
    assert set(ids(1, 2, 3)) <= set(stored(root))


DAMAGED = {
    "conflict": (codec.dump(entry(1)) + b"<<<<<<< HEAD\n" + codec.dump(entry(2)) + b"=======\n"
                 + codec.dump(entry(3)) + b">>>>>>> other\n"),
    "changed value": GOOD.replace("不亮".encode(), "不灭".encode(), 1),
    "changed sum": GOOD.replace(b'sum: "', b'sum: "0', 1),
    "no sum in the middle": codec.dump({k: v for k, v in entry(1).items() if k != "sum"}) + codec.dump(entry(2)),
    "not UTF-8": GOOD.replace("李".encode(), b"\xff\xfe", 1),
    "duplicate key": GOOD.replace(b"---\n", b'---\nby: "x"\n', 1),
    "alias": b"---\na: &x y\nb: *x\n" + GOOD,
    "control character": GOOD.replace(b"event", b"ev\0nt", 1),
    "damage and a torn tail": GOOD.replace("不亮".encode(), "不灭".encode(), 1) + b"---\nid: ",
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_refuses_names_the_place_and_changes_nothing(tmp_path, case):
    root = ledger(tmp_path)
    put(root, MONTH, DAMAGED[case])
    for action in (
        lambda: write(root, MONTH, entry(5)),
        lambda: group(root, (MONTH, entry(5)), ("cash/2026-11.yaml", entry(6))),
    ):
        with pytest.raises(Refused) as caught:
            action()
        assert caught.value.where.startswith(MONTH + ":") and int(caught.value.where.split(":")[1]) >= 1
        todo = f"svcctl merge {MONTH}" if case == "conflict" else "svcctl check"
        assert todo in caught.value.say("zh") and todo in caught.value.say("en")
        assert "王芳" not in caught.value.say("en")
    assert data(root) == DAMAGED[case] and kept_tails(root) == [] and root.month_files() == [MONTH]
    write(root, "repairs/2026-12.yaml", entry(6))  # only this file is refused


def test_a_file_as_we_left_it_is_not_read_again_but_any_change_is_noticed(tmp_path):
    root = ledger(tmp_path)
    asked = []

    def sums(doc):
        asked.append(doc["id"])
        return sums_ok(doc)

    def one(number):
        with Writer(root, "", Told(), sums_ok=sums) as writer:
            writer.append(MONTH, entry(number))

    one(1)
    one(2)
    assert asked == []
    info = os.stat(tmp_path / MONTH)
    put(root, MONTH, data(root).replace("不亮".encode(), "不灭".encode(), 1))
    os.utime(tmp_path / MONTH, ns=(info.st_atime_ns, info.st_mtime_ns))  # same size, same time
    with pytest.raises(Refused, match="sum"):
        one(3)
    assert asked == ids(1)
    put(root, MONTH, data(root).replace("不灭".encode(), "不亮".encode(), 1))
    shutil.rmtree(tmp_path / ".svcctl")  # all of it can be built again
    one(3)
    assert asked[1:] == ids(1, 2) and stored(root) == ids(1, 2, 3)


def test_a_file_that_git_replaces_meanwhile_gets_the_entry_all_the_same(tmp_path):
    """At whichever call the replacement comes, the entry is in the file that has the name, once, or nothing is claimed."""
    seen, k = set(), 0
    while True:
        k += 1
        root = ledger(tmp_path / str(k))
        write(root, MONTH, entry(1))
        replaced = []

        def swap(root=root, replaced=replaced):
            put(root, "new", data(root) if data(root).endswith(b"\n") else b"")
            os.rename(os.path.join(root.path, "new"), os.path.join(root.path, MONTH))
            replaced.append(True)

        at_call(k, swap, lambda root=root: write(root, MONTH, entry(2)))
        assert stored(root) == ids(1, 2), k
        seen.add(bool(replaced))
        if not replaced:
            break
    assert seen == {True, False} and k > 15


# -- the desk's time ----------------------------------------------------------------------------------------------------


def test_recorded_never_goes_back(tmp_path):
    root = ledger(tmp_path)
    zone = timezone(timedelta(hours=8))
    now = datetime(2026, 11, 23, 16, 30, tzinfo=zone)
    with Writer(root, "", Told()) as writer:
        times = [writer.recorded(now) for _ in range(3)] + [writer.recorded(now - timedelta(days=3))]
        assert times == [now + timedelta(microseconds=n) for n in range(4)]
        assert {t.tzinfo for t in times} == {zone}
        for number, time in enumerate(times):
            writer.append(MONTH, {**entry(number), "recorded": time.isoformat(timespec="microseconds")})
    with Writer(root, "", Told()) as writer:  # the next process, its clock a year back
        assert writer.recorded(now.replace(year=2025)) == times[-1] + timedelta(microseconds=1)
    with Writer(root, "night", Told()) as writer:  # another desk has a time of its own
        assert writer.recorded(now.replace(year=2025)) == now.replace(year=2025)
    with Writer(root, "", Told()) as writer:
        assert writer.recorded(now + timedelta(seconds=1)) == now + timedelta(seconds=1)


@pytest.mark.parametrize("loss", ["removed", "empty", "garbage", "another boot", "all of .svcctl"])
def test_a_lost_state_is_recovered_from_the_tails_of_the_desks_own_files(tmp_path, loss):
    root = ledger(tmp_path)
    write(root, "repairs/2026-11.night.yaml", entry(1), entry(20), desk="night")
    write(
        root, "cash/2026-02.night.yaml", *map(entry, range(2, 40)), {**entry(30), "fault": "长" * 40000}, desk="night"
    )
    write(root, MONTH, entry(900))
    state = tmp_path / ".svcctl" / "recorded.night"
    if loss == "removed":
        state.unlink()
    elif loss == "all of .svcctl":
        shutil.rmtree(tmp_path / ".svcctl")
    elif loss == "another boot":
        state.write_text('{"boot": "before the power cut", "recorded": "2020-01-01T00:00:00+00:00"}')
    else:
        state.write_bytes(b"" if loss == "empty" else b"\xff[[")
    with Writer(root, "night", Told()) as writer:
        # 39 is not the last in its file, and nothing recorded is in the last 64 KiB of that
        assert writer.recorded(datetime(2020, 1, 1, tzinfo=UTC)) == START + timedelta(seconds=39, microseconds=1)
    with Writer(root, "", Told()) as writer:
        assert writer.recorded(datetime(2020, 1, 1, tzinfo=UTC)) == START + timedelta(seconds=900, microseconds=1)


# -- faults of the storage ----------------------------------------------------------------------------------------------


def limited(root, room: int, work) -> int:
    """Do ``work`` in a child in which no file may grow beyond ``room`` bytes."""

    def child():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        work()

    return ended(fork(child))


@pytest.mark.parametrize("room", [0, 1, 7, 150, 300])
@pytest.mark.parametrize("new", [True, False])
def test_a_write_cut_short_by_the_kernel_is_taken_back(tmp_path, room, new):
    root = ledger(tmp_path)
    write(root, "cash/2026-11.yaml", entry(9))
    if not new:
        write(root, MONTH, *map(entry, range(1, 4)))
    before = tree(str(tmp_path / "repairs"))
    size = 0 if new else root.stat(MONTH).size
    big = entry(5, "长" * 200)

    def work():
        with pytest.raises(StorageFault) as caught:
            write(root, MONTH, big)
        assert caught.value.exit_code == 5
        assert "larger than allowed; nothing was recorded" in caught.value.say("en")
        assert "未记录任何内容" in caught.value.say("zh")

    assert limited(root, size + room, work) == 0
    assert tree(str(tmp_path / "repairs")) == before
    assert os.path.isdir(tmp_path / "repairs") is not new  # no empty file or folder is left
    write(root, MONTH, entry(6))
    assert "rp-0000000006" in stored(root) and kept_tails(root) == []


FULL_DISK = """
import sys, os
sys.path[:0] = {path!r}
from store_kit import *
from svcctl.errors import StorageFault
root = Root({ledger!r})
acknowledged, faults = [], 0
for number in range(150):
    rel = f"repairs/2026-{{1 + number % 12:02}}.yaml"
    docs = [(rel, entry(3 * number)), ("cash/2026-01.yaml", entry(3 * number + 1)), ("fees/2026-02.yaml", entry(3 * number + 2))]
    before = {{name: data for name, data in tree({ledger!r}).items() if not name.startswith(".svcctl")}}
    told = Told()
    try:
        with Writer(root, "", told, sums_ok=sums_ok) as writer:
            if number % 2:
                writer.append_group(docs)
                acknowledged += [str(doc["id"]) for _, doc in docs]
            else:
                writer.append(*docs[0])
                acknowledged.append(str(docs[0][1]["id"]))
    except StorageFault as error:
        faults += 1
        assert "disk is full" in error.say("en") and "磁盘已满" in error.say("zh"), error.say("en")
        if not told:
            assert {{n: d for n, d in tree({ledger!r}).items() if not n.startswith(".svcctl")}} == before
    assert sorted(stored(root)) == sorted(acknowledged)
assert faults > 5 and len(acknowledged) > 10, (faults, len(acknowledged))
print("acknowledged", len(acknowledged))
"""


@pytest.mark.skipif(not ROOT or not shutil.which("unshare"), reason="needs a mount namespace")
@pytest.mark.parametrize("options", ["size=120k", "size=4m,nr_inodes=9"])
def test_a_disk_that_fills_up_stores_what_it_acknowledged_and_nothing_else(tmp_path, options):
    (tmp_path / "ledger").mkdir()
    script = FULL_DISK.format(path=[str(Path(__file__).parent), *sys.path], ledger=str(tmp_path / "ledger"))
    (tmp_path / "child.py").write_text(script)
    command = (
        f"mount -t tmpfs -o {options} tmpfs {tmp_path}/ledger || exit 77; exec {sys.executable} {tmp_path}/child.py"
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", command], capture_output=True, text=True, encoding="utf-8")
    if done.returncode in (1, 77) and "mount" in done.stderr:
        pytest.skip("mounting is not permitted")
    assert done.stderr == "" and done.stdout.startswith("acknowledged ")


def test_an_error_at_any_call_is_told_truly(tmp_path):
    """Whichever call fails: either the entry is stored, or the file is as before, or it is said to be unknown."""
    outcomes: dict[str, int] = {}
    for new in (True, False):
        k = 0
        while True:
            k += 1
            root = ledger(tmp_path / f"{new}{k}")
            if not new:
                write(root, MONTH, entry(1))
            before = tree(os.path.join(root.path, "repairs"))
            how = outcome(root, k)
            outcomes[how] = outcomes.get(how, 0) + 1
            if how == "no such call":
                break
            if how == "stored":
                assert stored(root)[-1:] == ids(2), k
            elif how == "nothing":
                assert tree(os.path.join(root.path, "repairs")) == before, k
            assert stored(root)[: not new] == ids(1)[: not new], k
            write(root, MONTH, entry(3))  # the next one works
            assert stored(root)[-1] == "rp-0000000003", k
            root.close()
    assert all(outcomes[how] > 1 for how in ("stored", "nothing", "unknown", "no such call")), outcomes


def outcome(root, k: int) -> str:
    failed = []

    def fail():
        failed.append(True)
        raise OSError(5, "injected")

    try:
        at_call(k, fail, lambda: write(root, MONTH, entry(2)))
    except StorageFault as error:
        assert "input/output error" in error.say("en")
        assert "nothing was recorded" in error.say("en") or "cannot be read" in error.say("en")
        return "nothing"
    except OutcomeUnknown as error:
        assert error.exit_code == 6
        assert "rp-0000000002" in error.say("en") and "same --key is safe" in error.say("en")
        assert "rp-0000000002" in error.say("zh") and error.where == MONTH
        return "unknown"
    return "stored" if failed else "no such call"


@pytest.mark.parametrize("new", [True, False])
def test_a_failed_fsync_is_taken_back_not_repeated_and_called_unknown(tmp_path, new):
    root = ledger(tmp_path)
    if not new:
        write(root, MONTH, entry(1))
    before = tree(str(tmp_path / "repairs"))

    def fail():
        raise OSError(5, "injected")

    with pytest.raises(OutcomeUnknown):
        at_call(1, fail, lambda: write(root, MONTH, entry(2)), frozenset([os.fsync]))
    assert tree(str(tmp_path / "repairs")) == before and root.month_files() == ([] if new else [MONTH])


def test_when_it_cannot_even_be_taken_back_the_outcome_is_unknown_and_the_tail_is_healed_later(tmp_path):
    if not shutil.which("chattr"):
        pytest.skip("no chattr")
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    if subprocess.run(["chattr", "+a", str(tmp_path / MONTH)], capture_output=True).returncode:
        pytest.skip("this file system has no append-only files, or we may not set them")
    try:

        def work():
            with pytest.raises(OutcomeUnknown, match="rp-0000000002"):
                write(root, MONTH, entry(2))

        assert limited(root, root.stat(MONTH).size + 40, work) == 0
        with pytest.raises(StorageFault, match="not permitted; nothing was recorded"):
            write(root, MONTH, entry(3))
    finally:
        subprocess.run(["chattr", "-a", str(tmp_path / MONTH)], check=True)
    write(root, MONTH, entry(4))
    assert stored(root) == ids(1, 4) and kept_tails(root) == [codec.dump(entry(2))[:40]]


def test_too_few_file_handles_are_a_storage_fault(tmp_path):
    root = ledger(tmp_path)
    write(root, MONTH, entry(1))
    how = set()

    def work(spare: int):
        taken = [os.dup(0)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 20, taken[0] + 20))
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for fd in taken[:spare]:
            os.close(fd)
        try:
            write(root, MONTH, entry(2))
        except StorageFault as error:
            assert "too many open files" in error.say("en")
            os._exit(5)

    for spare in range(9):
        before = data(root)
        code = ended(fork(lambda spare=spare: work(spare)))
        how.add(code)
        assert code in (0, 5) and (data(root) == before) == (code == 5)
    assert how == {0, 5}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_waits_until_all_is_in_its_place(tmp_path, number):
    seen = set()
    for k in range(1, 200):
        root = ledger(tmp_path / str(k))

        def work(k=k, root=root):
            signal.signal(number, signal.SIG_DFL)
            send = lambda: os.kill(os.getpid(), number)  # noqa: E731
            at_call(k, send, lambda: group(root, (MONTH, entry(1)), ("cash/2026-11.yaml", entry(2))), CHANGING)

        how = ended(fork(work))
        assert how in (0, -number)
        found = [root.read(rel) for rel in root.month_files()]
        assert found in ([], [codec.dump(entry(2)), codec.dump(entry(1))]), k
        assert root.listdir(".svcctl/pending") == [], k
        seen.add(len(found))
        root.close()
        if how == 0:
            break
    assert seen == {0, 2} and how == 0


@pytest.mark.parametrize("fails", [True, False])
def test_what_a_program_without_the_lock_appends_meanwhile_is_never_cut(tmp_path, fails):
    line, outcomes = b"# typed in an editor\n", set()
    for k in range(1, 200):
        root = ledger(tmp_path / str(k))
        write(root, MONTH, entry(1))
        done = []

        def append(root=root, done=done):
            done.append(True)
            with open(os.path.join(root.path, MONTH), "ab", buffering=0) as file:
                file.write(line)
            if fails:
                raise OSError(5, "injected")

        try:
            at_call(k, append, lambda root=root: write(root, MONTH, entry(2)), frozenset((os.write, os.fsync)))
            outcomes.add("stored")
        except StorageFault:
            outcomes.add("nothing")
            assert stored(root) == ids(1), k
        except OutcomeUnknown:
            outcomes.add("unknown")
        assert data(root).count(line) == len(done), k
        write(root, MONTH, entry(3))
        assert {"rp-0000000001", "rp-0000000003"} <= set(stored(root)), k
        root.close()
        if not done:
            break
    assert not done and {"stored", "unknown"} <= outcomes


def test_an_error_at_any_call_of_a_group_is_told_truly(tmp_path):
    """Whichever call fails: all of the group counts, or none and so it is said, or it is said to be unknown."""
    seen = set()
    for k in range(1, 250):
        root = ledger(tmp_path / str(k))
        failed = []

        def fail(failed=failed):
            failed.append(True)
            raise OSError(28, "injected")

        outcome: type[SvcError] | None = None
        try:
            at_call(k, fail, lambda root=root: group(root, (MONTH, entry(1)), ("cash/2026-11.yaml", entry(2))))
        except SvcError as error:
            outcome = type(error)
        expected = {None: (2,), StorageFault: (0,), OutcomeUnknown: (0, 2)}
        assert len(stored(root)) in expected[outcome], (k, outcome)
        seen.add(outcome)
        write(root, MONTH, entry(3))
        assert root.listdir(".svcctl/pending") == [], k
        assert len(stored(root)) in (1, 3), k
        root.close()
        if not failed:
            break
    assert not failed and seen == set(expected)
