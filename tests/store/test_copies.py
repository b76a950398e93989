"""Copies and clashes: what is surplus is set aside byte for byte, what stays is never cut, through every crash."""

from __future__ import annotations

import errno
import os
import re
from zoneinfo import ZoneInfo

import pytest
from faulty import in_memory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_kit import MONTH, Told, at_call, data, entry, killed_at, ledger, put, sums_ok, tree, write

from svcctl.errors import NotFound, OutcomeUnknown, Refused, StorageFault
from svcctl.store import codec, copies, erasing, kept
from svcctl.store.copies import Choice
from svcctl.store.reader import Scan
from svcctl.store.seals import docs_of, read_seals
from svcctl.store.writer import Writer

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT, OCTOBER, CASH = "repairs/2026-11.night.yaml", "repairs/2026-10.yaml", "cash/2026-11.yaml"
NOW = "2026-11-24T09:00:00+08:00"


def doc(number: int, fault: str = "灯不亮") -> codec.Doc:
    return entry(number, fault)


def raw(number: int, fault: str = "灯不亮") -> bytes:
    return codec.dump(doc(number, fault))


def erased(number: int, fault: str = "灯不亮") -> bytes:
    made = erasing.without(doc(number, fault), NOW)
    assert made is not None
    return codec.dump(made)


def look(root):
    with Scan(root, ZONE, still=True) as scan:
        return copies.look(root, ZONE, copies.ids_of(scan.findings()))


def end(root, choice=None):
    """Set the surplus aside, as the command does; the kept files."""
    with Writer(root, "", Told(), 10.0, sums_ok) as writer:
        kept.sweep(root)
        doubled = look(root)
        return [copies.set_aside(writer, doubled, one) for one in copies.plan(doubled, choice)]


def aside(root):
    return {name: raw for name, raw in tree(root.path).items() if ".aside-" in name}


def codes(root):
    with Scan(root, ZONE) as scan:
        return [(f.code, f.id[-1]) for f in scan.findings()] + [(f.code, f.id) for f in read_seals(root).findings]


def shown(root):
    """Every entry as a reader counts it."""
    with Scan(root, ZONE) as scan:
        return {str(one.doc["id"]): one.doc for one in scan.recent(999)}


def test_a_copy_in_the_same_file_is_set_aside_with_the_remarks_after_it(tmp_path):
    root = ledger(tmp_path)
    again = raw(1).replace(b'kind: "repair"\nevent: "add"', b"event: add\nkind: repair") + "# 再来一次\n".encode()
    put(root, MONTH, b"# first\n" + raw(1) + raw(2) + again + raw(3))
    before = shown(root)

    (where,) = end(root)

    assert data(root) == b"# first\n" + raw(1) + raw(2) + raw(3)
    assert aside(root) == {where: again}
    assert os.stat(os.path.join(root.path, where)).st_mode & 0o777 == 0o600
    assert (codes(root), shown(root), end(root)) == ([], before, [])
    write(root, MONTH, entry(9))


def test_of_copies_in_several_files_the_one_stays_that_readers_count(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + raw(2))
    put(root, NIGHT, raw(3) + raw(1) + raw(2))
    with Scan(root, ZONE) as scan:
        counted = {str(one.doc["id"]): one.file for one in scan.recent(9)}
    assert set(counted.values()) == {NIGHT}

    end(root)

    assert (data(root), data(root, NIGHT)) == (b"", raw(3) + raw(1) + raw(2))
    assert list(aside(root).values()) == [raw(1) + raw(2)]
    assert codes(root) == []


def test_one_that_stands_in_its_place_stays_rather_than_one_that_does_not(tmp_path):
    """Else what is left would have to be moved by hand."""
    root = ledger(tmp_path)
    put(root, CASH, raw(1))
    put(root, OCTOBER, raw(2))
    put(root, MONTH, raw(1) + raw(2))
    end(root)
    assert (data(root), data(root, CASH), data(root, OCTOBER)) == (raw(1) + raw(2), b"", b"")
    assert codes(root) == []


def test_of_an_erased_and_an_unerased_copy_the_erased_one_stays_and_nothing_personal_is_kept(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + "# 王芳 来问过\n# 已回复\n".encode() + raw(2))
    put(root, NIGHT, erased(1))

    end(root)

    assert (data(root), data(root, NIGHT)) == (raw(2), erased(1))
    assert list(aside(root).values()) == [erased(1) + "# 已回复\n".encode()]
    assert codes(root) == []
    assert not [name for name, held in aside(root).items() if "王芳".encode() in held]


def test_a_clash_is_left_until_somebody_chooses_and_its_copies_are_not(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + raw(1, "漏水") + raw(2) + raw(1))
    put(root, NIGHT, raw(1, "门坏"))
    end(root)
    assert (data(root), data(root, NIGHT)) == (raw(1) + raw(1, "漏水") + raw(2), raw(1, "门坏"))
    assert end(root) == []

    (clash,) = look(root).clashes()
    assert {str(one.doc["fault"]) for one in clash.contents} == {"灯不亮", "漏水", "门坏"}
    line = raw(1).count(b"\n") + 1
    choice = look(root).choice(MONTH, line)
    assert choice == look(root).choice(MONTH, line, "rp-0000000001") == Choice(MONTH, "rp-0000000001", str(doc(1, "漏水")["sum"]))

    end(root, choice)

    assert (data(root), data(root, NIGHT)) == (raw(1, "漏水") + raw(2), b"")
    assert sorted(aside(root).values()) == sorted([raw(1), raw(1, "门坏")])  # the same bytes are kept once
    assert codes(root) == []
    for place in ((MONTH, 1), (MONTH, line), (CASH, 1)):
        with pytest.raises(NotFound, match="no entry stands here"):
            look(root).choice(*place)


def test_a_place_that_has_come_to_hold_another_entry_is_not_taken_for_the_one_that_was_named(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + raw(1, "漏水") + raw(2) + raw(2, "漏水"))
    line = raw(1).count(b"\n") + 1
    end(root, look(root).choice(MONTH, line, "rp-0000000001"))
    with pytest.raises(NotFound):
        look(root).choice(MONTH, line, "rp-0000000001")
    assert look(root).choice(MONTH, line).id == "rp-0000000002"


def test_follow_ups_of_an_id_that_clashed_stay(tmp_path):
    root = ledger(tmp_path)
    after = {"id": "rp-0000000007", "kind": "repair", "event": "finish", "of": "rp-0000000001", "at": NOW, "recorded": NOW, "by": "李敏", "result": "fixed"}
    after["sum"] = codec.sums(after, ())[0]
    put(root, MONTH, raw(1) + codec.dump(after))
    put(root, NIGHT, raw(1, "漏水"))
    end(root, look(root).choice(NIGHT, 1))
    assert (data(root), data(root, NIGHT)) == (codec.dump(after), raw(1, "漏水"))
    with Scan(root, ZONE) as scan:
        assert [one.doc["id"] for one in scan.entries("rp-0000000001")] == ["rp-0000000001", "rp-0000000007"]


def test_what_was_erased_in_one_content_is_not_brought_back_by_another(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, erased(1))
    put(root, NIGHT, raw(1, "漏水"))
    with pytest.raises(Refused, match="had its personal data erased") as refused:
        copies.plan(look(root), look(root).choice(NIGHT, 1))
    assert "svcctl erase rp-0000000001" in refused.value.say("zh")

    end(root, look(root).choice(MONTH, 1))

    assert (data(root), data(root, NIGHT)) == (erased(1), b"")
    assert list(aside(root).values()) == [erased(1, "漏水")]


def test_documents_of_seals_are_told_apart_by_themselves(tmp_path, sealed):
    root = ledger(tmp_path)
    first, *pages = map(codec.dump, docs_of(sealed))
    put(root, "seals/2026-10.yaml", first + b"".join(pages) + first)
    put(root, "seals/2026-10.night.yaml", pages[0])
    assert {code for code, _ in codes(root)} == {"copy"}

    end(root)

    assert codes(root) == []
    assert sorted([data(root, "seals/2026-10.night.yaml"), data(root, "seals/2026-10.yaml")]) == sorted([pages[0], first])
    assert sorted(aside(root).values()) == sorted([pages[0] + first])

    other = {**docs_of(sealed)[0], "by": "赵云"}
    other["sum"] = codec.sums({k: v for k, v in other.items() if k != "sum"}, ())[0]
    put(root, "seals/2026-10.zz.yaml", codec.dump(other))
    assert end(root) == []
    end(root, look(root).choice("seals/2026-10.zz.yaml", 1))
    assert [one.by for one in read_seals(root).seals.all] == ["赵云"]


def test_what_cannot_be_believed_or_read_is_no_copy(tmp_path):
    root = ledger(tmp_path)
    wrong = raw(1).replace("灯不亮".encode(), "门不开".encode())
    other = codec.dump({**doc(2), "kind": "zebra"})
    put(root, MONTH, raw(1) + wrong + other + other)
    put(root, NIGHT, raw(1))
    os.symlink(os.path.join(root.path, NIGHT), os.path.join(root.path, CASH.replace("cash", "repairs").replace("11", "12")))
    end(root)
    assert (data(root), data(root, NIGHT)) == (wrong + other + other, raw(1))


def test_a_file_that_changes_meanwhile_is_left_as_it_is(tmp_path, monkeypatch):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + raw(1))
    put(root, NIGHT, raw(2) + raw(2) + raw(3))
    for rel in (MONTH, NIGHT):  # the one that stays may be in it, or it is the one to be changed
        doubled = look(root)
        one = copies.plan(doubled)[-1]
        put(root, rel, data(root, rel) + b"# edited\n")
        before = tree(root.path)
        with Writer(root, "", Told(), 10.0, sums_ok) as writer, pytest.raises(Refused, match="another program changed it"):
            copies.set_aside(writer, doubled, one)
        assert {k: v for k, v in tree(root.path).items() if not k.startswith(".svcctl")} == {k: v for k, v in before.items() if not k.startswith(".svcctl")}
    doubled = look(root)
    one, _ = copies.plan(doubled)
    put(root, one.file, data(root, one.file) + b"# again\n")
    real = root.stat
    monkeypatch.setattr(root, "stat", lambda rel: doubled.states[rel] if rel in doubled.states else real(rel))  # changed within the instant
    with Writer(root, "", Told(), 10.0, sums_ok) as writer, pytest.raises(Refused, match="another program changed it"):
        copies.set_aside(writer, doubled, one)
    monkeypatch.undo()
    assert len(end(root)) == 2


@pytest.fixture
def memory(tmp_path):
    """A folder in memory, where there is one."""
    with in_memory(tmp_path) as folder:
        yield folder


def prepared(path):
    """A ledger with copies in one and in several files, an unerased one, and a clash of three."""
    root = ledger(path)
    put(root, MONTH, raw(1) + raw(2) + raw(1) + raw(3) + raw(4, "漏水") + raw(4))
    put(root, NIGHT, raw(2) + erased(3) + raw(4, "门坏"))
    put(root, CASH, raw(1))
    return root


CHOICE = Choice(MONTH, "rp-0000000004", str(doc(4)["sum"]))


def contents(root):
    """What matters afterwards; kept files by their bytes, for their names hold the time."""
    there = tree(root.path)
    return {k: v for k, v in there.items() if not k.startswith(".svcctl") and ".aside-" not in k}, sorted(aside(root).values())


def test_a_kill_at_any_call_converges_to_the_same_end(memory):
    root = prepared(f"{memory}/whole")
    before = shown(root)
    end(root, CHOICE)
    expected = contents(root)
    assert expected[0] == {MONTH: raw(1) + raw(4), NIGHT: raw(2) + erased(3), CASH: b""}
    assert {**shown(root), "rp-0000000004": doc(4)} == {**before, "rp-0000000004": doc(4)}
    k = 0
    while True:
        k += 1
        root = prepared(f"{memory}/{k}")
        if not killed_at(k, lambda root=root: end(root, CHOICE)):
            break
        everything = b"".join(tree(root.path).values())
        for part in (raw(1), raw(2), erased(3), raw(4), raw(4, "漏水"), raw(4, "门坏")):
            assert part in everything, k
        assert {**shown(root), "rp-0000000004": doc(4)} == {**before, "rp-0000000004": doc(4)}, k
        end(root, look(root).choice(MONTH, *_line(root)) if _clashes(root) else None)
        assert contents(root) == expected, k
        assert end(root) == []
        assert not [n for n in tree(root.path) if n.endswith(".tmp")]
        root.close()
    assert k > 25


def _clashes(root):
    return bool(look(root).clashes())


def _line(root):
    """Where the chosen content stands, which is where it stood: its file is changed last."""
    at = data(root).index(raw(4))
    assert data(root) == raw(1) + raw(2) + raw(1) + raw(3) + raw(4, "漏水") + raw(4)
    return data(root).count(b"\n", 0, at) + 1, "rp-0000000004"


def test_a_full_disk_while_keeping_cuts_nothing(memory):
    failed = 0
    for number, call in ((errno.ENOSPC, os.write), (errno.EIO, os.fsync), (errno.ENOSPC, os.open)):
        for k in range(1, 30, 2):
            root = prepared(f"{memory}/{call.__name__}{k}")
            result = {}

            def work(root=root, result=result):
                try:
                    end(root, CHOICE)
                except (StorageFault, OutcomeUnknown) as error:
                    result["fault"] = error

            def fail(number=number):
                raise OSError(number, os.strerror(number))

            at_call(k, fail, work, frozenset((call,)))
            everything = b"".join(tree(root.path).values())
            for part in (raw(1), raw(2), erased(3), raw(4), raw(4, "漏水"), raw(4, "门坏")):
                assert part in everything, k
            failed += "fault" in result
            end(root, CHOICE)
            assert codes(root) == []
            root.close()
    assert failed > 10


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["a", "b"]), st.sampled_from([MONTH, NIGHT, CASH, OCTOBER]), st.booleans()), max_size=12))
def test_whatever_stands_more_than_once_no_content_is_lost_and_readers_see_the_same(tmp_path_factory, placed):
    root = ledger(tmp_path_factory.mktemp("l"))
    files: dict[str, bytes] = {}
    for number, fault, rel, gone in placed:
        files[rel] = files.get(rel, b"") + (erased if gone else raw)(number, fault)
    for rel, whole in files.items():
        put(root, rel, whole)
    before, contents_before = shown(root), {(n, f) for n, f, _, _ in placed}
    end(root)
    assert shown(root) == before
    left = [(str(p.doc["id"]), str(p.doc["sum"])) for rel in files for p in codec.pieces(data(root, rel)) if p.doc]
    assert len(left) == len(set(left)) == len(contents_before)
    assert not {code for code, _ in codes(root)} & {"copy", "unerased-copy"}
    assert end(root) == []
    root.close()


@pytest.fixture
def sealed():
    from datetime import datetime

    from svcctl.entry import Place
    from svcctl.seal import Seal

    moment = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
    return Seal(
        "se-0000000001", "2026-10", moment, moment, "李敏", "", "", (), "0" * 64, {"repair": "1"}, {}, {}, "svcctl: 1\n", "1", {"2026-10": {"rp-0000000001": "0" * 16}},
        Place("", 0),
    )  # fmt: skip


def test_ids_are_found_in_what_readers_say(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, raw(1) + raw(1) + raw(2) + raw(2, "漏水") + erased(3) + raw(3) + raw(4) + re.sub(rb"sum: .*", b'sum: "0"', raw(5)))
    with Scan(root, ZONE) as scan:
        assert copies.ids_of(scan.findings()) == {"rp-0000000001", "rp-0000000002", "rp-0000000003"}
    assert copies.look(root, ZONE, ()).documents == {}
