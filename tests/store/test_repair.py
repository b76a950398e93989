"""Repair: what is damaged is set aside byte for byte, everything else stays as it is, through every crash."""

from __future__ import annotations

import errno
import os
import random
import re

import pytest
from store_kit import (
    MONTH,
    Told,
    at_call,
    data,
    entry,
    ids,
    killed_at,
    ledger,
    put,
    stored,
    sums_ok,
    tree,
    write,
)

from svcctl.errors import OutcomeUnknown, Refused, StorageFault
from svcctl.store import codec, groups, kept, repair
from svcctl.store.writer import Writer

NOW = "2026-11-24T09:00:00+08:00"
DOCS = [codec.dump(entry(number)) for number in range(1, 8)]
WHOLE = b"".join(DOCS)
BOM = b"\xef\xbb\xbf"


def mend(root, told=None):
    """Repair the whole ledger, as the command does."""
    outcomes = []
    with Writer(root, "", told if told is not None else Told(), 10.0, sums_ok) as writer:
        kept.sweep(root)
        for name in repair.broken_groups(root):
            repair.set_group_aside(root, name)
        outcomes += [repair.repair(writer, one.file, NOW) for one in repair.diagnose(root, NOW) if one.problem is None]
    with Writer(root, "", Told(), 10.0, sums_ok):
        pass
    return outcomes


def aside(root, sort="damaged"):
    """The kept files beside the month files: name and bytes."""
    return {name: raw for name, raw in tree(root.path).items() if f".{sort}-" in name}


def broken(number: int, how: str) -> bytes:
    """The bytes of an entry, damaged in one way or another."""
    raw = DOCS[number - 1]
    return {
        "wrong sum": raw.replace("卫生间灯不亮".encode(), "厨房间灯不亮".encode()), "no sum": re.sub(rb"sum: .*\n", b"", raw),
        "no id": re.sub(rb"id: .*\n", b"", raw, count=1), "short sum": re.sub(rb'sum: "....', b'sum: "', raw),
        "upper sum": re.sub(rb'sum: "(.*)"', lambda m: b'sum: "' + m[1].upper() + b'"', raw),
        "another's sum": re.sub(rb"sum: .*\n", re.search(rb"sum: .*\n", DOCS[6])[0], raw),
        "not UTF-8": raw.replace("王芳".encode(), "王芳".encode("gb18030")), "twice": raw.replace(b"event:", b'kind: "repair"\nevent:'),
        "no YAML": raw.replace(b'"add"', b'"add'), "anchor": raw.replace(b'"add"', b'&a "add"'), "NUL": raw.replace(b"add", b"a\0d"),
        "deep": raw.replace(b'"add"', b"[[x]]"), "zeros": b"---\n" + b"\0" * 200 + b"\n",
    }[how]  # fmt: skip


HOW = ["wrong sum", "no sum", "no id", "short sum", "upper sum", "another's sum", "not UTF-8", "twice", "no YAML", "anchor", "NUL", "deep", "zeros"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("at", [1, 4, 6])
def test_damage_is_set_aside_whole_and_the_rest_is_untouched(tmp_path, how, at):
    bad = broken(at, how)
    root = ledger(tmp_path)
    put(root, MONTH, b"# a remark\n\n" + b"".join(bad if n == at else DOCS[n - 1] for n in range(1, 8)))
    with pytest.raises(Refused):
        write(root, MONTH, entry(9))

    (outcome,) = mend(root)

    assert data(root) == b"# a remark\n\n" + b"".join(DOCS[n - 1] for n in range(1, 8) if n != at)
    assert aside(root) == {outcome.damaged: bad}
    assert os.stat(os.path.join(root.path, outcome.damaged)).st_mode & 0o777 == 0o600
    assert outcome.diagnosis.damaged[0].ids == (() if how in ("no id", "zeros") else (f"rp-{at:0>10}",))
    assert mend(root) == []
    write(root, MONTH, entry(9))
    assert stored(root) == [*(i for i in ids(*range(1, 8)) if i != f"rp-{at:0>10}"), *ids(9)]


def test_what_is_no_damage_stays(tmp_path):
    """Remarks, another spelling, unknown nouns, typed entries, line feeds of another system, a BOM's file."""
    root = ledger(tmp_path)
    loose = DOCS[1].replace(b'kind: "repair"\nevent: "add"', b"# by hand\nevent:   add\nkind: 'repair'")
    other = codec.dump({**entry(3), "kind": "zebra", "sum": "0" * 16})
    typed = b'---\nkind: repair\nevent: add\nunit: A-101\nfault: "x"\n'
    crlf = DOCS[4].replace(b"\n", b"\r\n")
    whole = b"# first\n" + DOCS[0] + b"# between\n" + loose + other + typed + crlf + DOCS[5]
    put(root, MONTH, whole)
    assert mend(root) == []
    assert data(root) == whole

    put(root, MONTH, BOM + whole + BOM + DOCS[6])
    (outcome,) = mend(root)
    assert outcome.diagnosis.bom
    assert (data(root), aside(root)) == (whole + DOCS[6], {})


def test_a_torn_tail_goes_the_way_it_always_goes(tmp_path):
    root = ledger(tmp_path)
    put(root, MONTH, DOCS[0] + broken(2, "no YAML") + DOCS[2] + DOCS[3][:90])

    (outcome,) = mend(root)

    assert data(root) == DOCS[0] + DOCS[2]
    assert aside(root, "torn") == {outcome.torn: DOCS[3][:90]}
    assert aside(root) == {outcome.damaged: broken(2, "no YAML")}


@pytest.mark.parametrize("sign", [b"-\x00--", b"x---", b"--", b""])
def test_an_entry_that_lost_only_the_line_after_it_is_told_apart_from_the_damage(tmp_path, sign):
    root = ledger(tmp_path)
    lost = sign + DOCS[1][3:]
    put(root, MONTH, DOCS[0] + lost + DOCS[2])

    mend(root)

    assert data(root) == DOCS[0] + DOCS[2]
    assert list(aside(root).values()) == [lost]


def test_every_cut_and_every_flipped_bit_loses_no_whole_entry(tmp_path):
    """At each byte of a file: what is left of it and what is set aside make up all of it, and it can be written to."""
    chance = random.Random(7)
    for at in range(0, len(WHOLE), 3):
        flipped = bytearray(WHOLE)
        flipped[at] ^= 1 << chance.randrange(8)
        for damaged in (bytes(flipped), WHOLE[:at]):
            one = repair.examine(MONTH, damaged, NOW)
            assert one.problem is None
            kept_bytes = b"".join(part.raw for part in one.damaged)
            assert sorted(one.new + kept_bytes + one.torn) == sorted(damaged)
            assert not repair.examine(MONTH, one.new, NOW).changes
            alive = [raw for raw in DOCS if damaged.count(raw)]
            assert all(raw in one.new for raw in alive)
            assert codec.torn_tail(one.new) is None
            believed = [p for p in codec.pieces(one.new) if p.doc.get("kind") == "repair"]  # of another noun nobody can tell
            assert all(p.problem is None and sums_ok(p.doc) for p in believed if "id" in p.doc)


def test_a_conflict_is_left_to_merge(tmp_path):
    root = ledger(tmp_path)
    whole = b"".join([DOCS[0], b"<<<<<<< HEAD\n", DOCS[1], b"=======\n", DOCS[2], b">>>>>>> other\n", broken(4, "no YAML")])
    put(root, MONTH, whole)
    put(root, "cash/2026-11.yaml", broken(5, "no YAML"))

    (one,) = [d for d in repair.diagnose(root, NOW) if d.problem is not None]
    mend(root)

    assert "svcctl merge" in one.problem.say("en")
    assert data(root) == whole
    assert data(root, "cash/2026-11.yaml") == b""


def test_a_seal_is_judged_by_its_sum_alone(tmp_path):
    root = ledger(tmp_path)
    seal = {"id": "se-0000000001", "kind": "seal", "month": "2026-10", "list": {"rp-0000000001": "1a19bde390c17eb3"}}
    good = codec.dump({**seal, "sum": codec.sums(seal, ())[0]})
    put(root, "seals/2026-10.yaml", good + good.replace(b"2026-10", b"2026-09"))

    mend(root)

    assert data(root, "seals/2026-10.yaml") == good
    assert list(aside(root).values()) == [good.replace(b"2026-10", b"2026-09")]


def test_what_was_erased_by_half_is_finished(tmp_path):
    root = ledger(tmp_path)
    plain = {**entry(1)}
    done = {k: v for k, v in plain.items() if k not in ("reporter", "salt", "sum")} | {"erased": NOW, "sum": plain["sum"]}
    halves = [
        {**plain, "erased": NOW}, {**done, "reporter": "王芳"}, {**done, "salt": plain["salt"]},
        {k: v for k, v in plain.items() if k != "salt"}, {k: v for k, v in plain.items() if k != "reporter"},
    ]  # fmt: skip
    for half in halves:
        put(root, MONTH, DOCS[1] + codec.dump(half) + "# 王芳 问过\n# 另一条\n".encode() + DOCS[2])
        (outcome,) = mend(root)
        assert outcome.diagnosis.finished == ("rp-0000000001",)
        left = "# 另一条\n" if "reporter" in half else "# 王芳 问过\n# 另一条\n"  # nothing tells what was in it
        assert data(root) == DOCS[1] + codec.dump(done) + left.encode() + DOCS[2]
        assert aside(root) == {}

    wrong = codec.dump({**done, "reporter": "王芳", "fault": "别的"})  # its sum does not vouch for it
    put(root, MONTH, wrong + DOCS[2])
    mend(root)
    assert (data(root), list(aside(root).values())) == (DOCS[2], [wrong])


def prepared(path):
    """A ledger with every sort of damage."""
    root = ledger(path)
    put(root, MONTH, BOM + DOCS[0] + broken(2, "not UTF-8") + DOCS[2] + broken(4, "wrong sum") + DOCS[4][:100])
    put(root, "cash/2026-11.yaml", DOCS[5] + broken(1, "no YAML") + DOCS[6])
    good = groups.commit(root, [("fees/2026-11.yaml", codec.dump(entry(20)))], ["x"])
    bad = groups.commit(root, [(MONTH, codec.dump(entry(21)))], ["x"])
    put(root, f"{groups.PENDING}/{bad}", b"{}\n---\n")
    assert good != bad
    return root


def contents(root):
    """What matters of a ledger after repair; kept files by their bytes, for their names hold the time."""
    found = {name: raw for name, raw in tree(root.path).items() if not name.startswith(".svcctl") and "-2" not in name.rpartition(".")[2]}
    names = sorted(re.sub(r"-[0-9TZ]{16}.*", "", name) for name in tree(root.path) if "yaml." in name)
    waiting = sorted(raw for name, raw in tree(root.path).items() if ".svcctl/pending" in name)
    return found, names, sorted(raw for s in ("torn", "damaged") for raw in aside(root, s).values()), waiting


def test_a_kill_at_any_call_converges_to_the_same_end(tmp_path):
    root = prepared(tmp_path / "whole")
    mend(root)
    expected = contents(root)
    assert len(expected[2]) == 3 and expected[3] == [b"{}\n---\n"]
    k = 0
    while True:
        k += 1
        root = prepared(tmp_path / str(k))
        if not killed_at(k, lambda root=root: mend(root)):
            break
        before = [raw for raw in (DOCS[0], DOCS[2], DOCS[5], DOCS[6]) if all(raw not in b for b in tree(root.path).values())]
        assert before == []
        mend(root)
        mend(root)
        assert contents(root) == expected, k
        assert not [n for n in tree(root.path) if n.endswith(".tmp")]
        root.close()
    assert k > 25


def test_a_full_disk_while_keeping_cuts_nothing(tmp_path):
    """Every write and every fsync of what is kept fails in turn: the month file is as it was, and nothing half is left."""
    failed = 0
    for number, call in ((errno.ENOSPC, os.write), (errno.EIO, os.fsync), (errno.ENOSPC, os.open)):
        for k in range(1, 40):
            root = prepared(tmp_path / f"{call.__name__}{k}")
            before = tree(root.path)
            result = {}

            def work(root=root, result=result):
                try:
                    mend(root)
                except (StorageFault, OutcomeUnknown) as error:
                    result["fault"] = error

            def fail(number=number):
                raise OSError(number, os.strerror(number))

            at_call(k, fail, work, frozenset((call,)))
            now = tree(root.path)
            alive = b"".join(now.values())
            for name in (MONTH, "cash/2026-11.yaml"):
                assert now[name] == before[name] or all(part.raw in alive for part in repair.examine(name, before[name], NOW).damaged)
            assert all(raw in alive for raw in (DOCS[0], DOCS[2], DOCS[5], DOCS[6]))
            failed += "fault" in result
            mend(root)
            assert len(aside(root)) == 2
            root.close()
    assert failed > 20


def test_links_and_second_names_are_not_followed(tmp_path):
    root = ledger(tmp_path / "ledger")
    put(root, MONTH, broken(1, "no YAML") + DOCS[1])
    os.link(os.path.join(root.path, MONTH), tmp_path / "other")
    put(root, "cash/2026-10.yaml", DOCS[0])
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(broken(1, "no YAML"))
    os.symlink(outside, os.path.join(root.path, "cash/2026-11.yaml"))

    found = repair.diagnose(root, NOW)

    assert [d.file for d in found if d.problem is not None] == ["cash/2026-11.yaml"]
    with Writer(root, "", Told(), 10.0, sums_ok) as writer, pytest.raises(Refused, match="hard links"):
        repair.repair(writer, MONTH, NOW)
    assert (tmp_path / "other").read_bytes() == broken(1, "no YAML") + DOCS[1]
    assert outside.read_bytes() == broken(1, "no YAML")
    assert aside(root) == {}
