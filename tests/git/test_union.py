"""The union of versions of a file: nothing lost, the same bytes whoever makes it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from svcctl.errors import Refused
from svcctl.git.documents import believed
from svcctl.git.union import marked, sides, union
from svcctl.store import codec

PERSONAL = ("reporter", "contact")


def doc(name: str, fault: str = "灯不亮", recorded: int = 0, **more: Any) -> codec.Doc:
    whole: codec.Doc = {
        "id": f"rp-{name:0>10}", "kind": "repair", "event": "add", "at": "2026-11-23T08:31:00+08:00", "recorded": f"2026-11-23T08:33:{recorded:02}.000000+08:00",
        "by": "李敏", "unit": "A-101", "fault": fault, "reporter": "王芳", "salt": "9c1f0e5ab7d24c60a1b2c3d4e5f60718", **more,
    }  # fmt: skip
    total, pii = codec.sums(whole, PERSONAL)
    return {**whole, "sum": total, **({"pii": pii} if "erased" in whole else {})}


def erased(one: codec.Doc) -> codec.Doc:
    pii = codec.sums(one, PERSONAL)[1]
    kept = {k: v for k, v in one.items() if k not in ("reporter", "salt", "sum")}
    return {**kept, "pii": pii, "erased": "2026-11-24T09:00:00+08:00", "sum": one["sum"]}


def text(*docs: codec.Doc) -> bytes:
    return b"".join(map(codec.dump, docs))


def held(data: bytes) -> set[tuple[str, str]]:
    return {(str(d["id"]), str(d["sum"])) for d in map(believed, codec.pieces(data)) if d is not None}


def hand(data: bytes) -> set[bytes]:
    """Documents that cannot be believed, by their bytes."""
    return {data[p.start : p.end] for p in codec.pieces(data) if believed(p) is None}


FORMS = (
    lambda d: codec.dump(d), lambda d: codec.dump(d), lambda d: codec.dump(erased(d)), lambda d: codec.dump(d) + b"# seen by the manager\n\n",
    lambda d: codec.dump(d).replace(b": ", b":   "), lambda d: codec.dump(dict(reversed(d.items()))),
)  # fmt: skip
ODD = (b"---\nfault: typed by hand\n", b'---\nid: "rp-zzzzzzzzzz"\nsum: "0000000000000000"\nkind: "repair"\n', b"---\n: : [broken\n", b'---\nid: "xx-0000000001"\nkind: "nobody"\nsum: "0123456789abcdef"\n')
UNITS = st.one_of(
    st.builds(lambda n, f, form: FORMS[form](doc(str(n), f, n)), st.integers(0, 7), st.sampled_from(["灯不亮", "漏水"]), st.integers(0, len(FORMS) - 1)), st.sampled_from(ODD),
)  # fmt: skip
FILES = st.lists(UNITS, max_size=6).map(b"".join)


@given(FILES, FILES, FILES)
@settings(max_examples=120, deadline=None)
def test_nothing_is_lost_and_the_order_of_the_versions_does_not_matter(base: bytes, one: bytes, two: bytes) -> None:
    ours, theirs = base + one, base + two
    made = union(base, [ours, theirs])

    assert made.data == union(base, [theirs, ours]).data
    assert held(made.data) == held(ours) | held(theirs)
    assert hand(made.data) == hand(ours) | hand(theirs)
    without = union(None, [ours, theirs])
    assert without.data == union(None, [theirs, ours]).data
    assert (held(without.data), hand(without.data)) == (held(made.data), hand(made.data))
    assert held(union(base, [made.data, ours]).data) == held(made.data)


CUT = st.builds(lambda d, at: codec.dump(d)[: 1 + at % (len(codec.dump(d)) - 1)], st.builds(lambda n: doc(str(n)), st.integers(0, 3)), st.integers(0, 400))
BITS = st.one_of(CUT, CUT.map(lambda bit: bit + b"\n"), st.sampled_from([b"-", b"--", b"---", b"---\n", b"\0\0", b"# seen\n", b"typed\n", b'---\nid: "rp-000000000a"\n', b"\n"]))
DAMAGED = st.lists(st.one_of(UNITS, BITS), max_size=5).map(b"".join)


@given(DAMAGED, DAMAGED, DAMAGED)
@example(b"", b'---\nid: "rp-1"\n', b'---\nid: "rp-1"\n' + text(doc("1")))
@settings(max_examples=80, deadline=None)
def test_damaged_bits_have_one_place_whichever_side_they_come_from_and_none_is_lost(base: bytes, one: bytes, two: bytes) -> None:
    ours, theirs = base + one, base + two
    for under in (base, None):
        made = union(under, [ours, theirs])
        assert made.data == union(under, [theirs, ours]).data
        assert held(made.data) == held(ours) | held(theirs) | held(under or b"")
        for version in (ours, theirs):
            for piece in codec.pieces(version):
                bit = version[piece.start : piece.end]
                assert believed(piece) is not None or bit.rstrip(b"\n") in made.data


@given(FILES, FILES, FILES, FILES)
@settings(max_examples=60, deadline=None)
def test_it_comes_to_the_same_in_any_grouping_and_the_second_time(base: bytes, a: bytes, b: bytes, c: bytes) -> None:
    def of(*versions: bytes) -> bytes:
        return union(base, [base + v for v in versions]).data

    left = union(base, [of(a, b), base + c]).data
    right = union(base, [base + a, of(b, c)]).data
    assert held(left) == held(right) == held(of(a, b, c))
    assert hand(left) == hand(right)
    assert set(erasures(left)) == set(erasures(right))
    assert union(base, [left, left]).data == union(left, [left, left]).data == left


def erasures(data: bytes) -> list[str]:
    return [str(d["id"]) for d in map(believed, codec.pieces(data)) if d is not None and "erased" in d]


def test_the_base_keeps_its_bytes_and_what_was_added_is_in_the_order_of_recording() -> None:
    base = b"# kept by the night desk\n" + text(doc("1", recorded=5), doc("2", recorded=1))
    ours, theirs = base + text(doc("3", recorded=30)), base + text(doc("4", recorded=20), doc("5", recorded=40))

    made = union(base, [ours, theirs])

    assert made.data == base + text(doc("4", recorded=20), doc("3", recorded=30), doc("5", recorded=40))
    assert (made.common, made.brought, made.further, made.kept, made.clashes, made.doubtful) == (2, (1, 2), 0, 0, (), 0)


def test_an_erased_copy_goes_before_one_that_is_not_wherever_it_stands() -> None:
    one, two = doc("1"), doc("2", recorded=2)
    base = text(one)

    made = union(base, [text(erased(one)), base + text(two)])

    assert made.data == text(erased(one), two)
    assert "王芳".encode() not in union(None, [text(erased(two)), text(two)]).data


def test_an_id_with_two_contents_keeps_both_and_is_named_with_its_lines() -> None:
    made = union(None, [text(doc("1", "灯不亮")), text(doc("1", "漏水"))])

    assert held(made.data) == held(text(doc("1", "灯不亮"))) | held(text(doc("1", "漏水")))
    assert [c.id for c in made.clashes] == ["rp-0000000001"] * 2
    lines = made.data.decode().splitlines()
    assert [lines[c.line - 1] for c in made.clashes] == ["---", "---"]


def test_every_document_is_counted_once_wherever_it_comes_from() -> None:
    """Three contents of one id, of the base and of either side; an entry in two of three versions; one in the third only."""
    was, ours, theirs = (text(doc("1", fault)) for fault in ("灯不亮", "漏水", "门坏"))
    two, three = text(doc("2", recorded=2)), text(doc("3", recorded=3))

    made = union(was, [ours + two, theirs + two, ours + three])

    assert (made.common, made.brought, made.further, made.kept) == (1, (1, 1), 1, 1)
    assert made.common + sum(made.brought) + made.further + made.kept == len(list(codec.pieces(made.data))) == 5
    assert len(made.clashes) == 3


def test_a_bit_that_ends_one_version_and_stands_in_the_middle_of_another_has_one_place() -> None:
    bit, one, two = b'---\nid: "rp-000000000a"\n', text(doc("1")), text(doc("2", recorded=2))

    assert union(None, [one + bit, one + bit + two]).data == union(None, [one + bit + two, one + bit]).data == one + bit + two
    assert union(one, [one + bit + two, one + bit]).data == union(one, [one + bit, one + bit + two]).data == one + two + bit


def test_bits_that_were_torn_off_on_either_side_do_not_run_into_each_other() -> None:
    one, two = text(doc("1")), text(doc("2", recorded=2))

    made = union(None, [one + b"--", two + b'---\nid: "rp'])

    assert made.data == union(None, [two + b'---\nid: "rp', one + b"--"]).data == one + two + b'---\n--\n---\nid: "rp'
    assert held(made.data) == held(one + two)


def test_what_an_editor_did_to_the_bytes_is_undone_by_the_exact_form() -> None:
    one = text(doc("1"), doc("2", recorded=2))
    other = one.replace(b"\n", b"\r\n")

    assert union(one, [one, other]).data == union(other, [other, one]).data == one


def test_comments_stay_with_the_document_they_follow() -> None:
    one = text(doc("1"))
    ours, theirs = b"# top\n" + one + b"# mine\n", one + b"\n# theirs\n" + text(doc("2", recorded=9))

    data = union(one, [ours, theirs]).data

    assert held(data) == held(theirs)
    assert all(data.count(c) == 1 for c in (b"# top\n", b"# mine\n", b"# theirs\n"))


def test_a_torn_tail_stays_one_so_that_the_next_writer_sets_it_aside() -> None:
    torn = text(doc("9"))[:40]
    data = union(None, [text(doc("1")) + torn, text(doc("2", recorded=2))]).data

    assert data == text(doc("1"), doc("2", recorded=2)) + torn
    assert codec.torn_tail(data) == len(data) - len(torn)


def test_what_nobody_believes_and_both_took_away_stays_away_and_a_true_entry_does_not() -> None:
    typed = b"---\nfault: typed by hand\n"
    base = text(doc("1"), doc("2")) + typed

    assert union(base, [text(doc("1")), text(doc("1"))]).data == text(doc("1"), doc("2"))
    assert union(base, [text(doc("1")), text(doc("1")) + typed]).data == text(doc("1"), doc("2")) + typed


def test_seals_and_documents_of_nouns_that_nobody_knows_are_joined_too() -> None:
    seals = [{"id": f"se-000000000{n}", "kind": "seal", "event": "add", "at": "2026-10-31T23:59:59+08:00", "recorded": f"2026-11-0{n}T08:00:00+08:00", "by": "王经理"} for n in (1, 2)]
    one, two = (text({**seal, "sum": codec.sums(seal, ())[0]}) for seal in seals)
    unknown = ODD[3]

    made = union(None, [one + unknown, two + unknown])

    assert made.data == one + two + unknown
    assert made.doubtful == 1


MARKED = """<<<<<<< HEAD
{ours}{base}=======
{theirs}>>>>>>> night
"""


@pytest.mark.parametrize("with_base", [False, True])
def test_a_file_with_conflict_markers_is_read_back_into_its_versions(with_base: bool) -> None:
    first, ours, theirs = (text(d).decode() for d in (doc("1"), doc("2", recorded=2), doc("3", recorded=3)))
    data = (first + MARKED.format(ours=ours, theirs=theirs, base="||||||| 1234567\n" if with_base else "")).encode()

    assert marked(data)
    base, versions = sides(data)
    assert versions == [(first + ours).encode(), (first + theirs).encode()]
    assert base == (first.encode() if with_base else None)
    assert union(base, versions).data == (first + ours + theirs).encode()


@pytest.mark.parametrize("text_", ["<<<<<<< a\nx\n", "<<<<<<< a\n>>>>>>> b\n", "=======\n", "<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> b\n=======\n>>>>>>> a\n"])
def test_markers_that_do_not_belong_together_are_refused(text_: str) -> None:
    with pytest.raises(Refused) as caught:
        sides(text_.encode())
    assert "冲突标记" in caught.value.say("zh") and "markers" in caught.value.say("en")
