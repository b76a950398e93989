"""Torn tails, at every byte: what was complete is never cut, and what is cut was never complete."""

from __future__ import annotations

from datetime import UTC

import pytest

from svcctl.store import codec
from svcctl.store.codec import Doc, torn_tail
from svcctl.store.documents import Judge, Said


def signed(**fields: codec.Value) -> Doc:
    return {**fields, "sum": codec.sums(fields, ())[0]}


COMPLETE = [
    codec.dump(signed(id="rp-1", kind="repair", fault="卫生间灯不亮，𠮷")),
    codec.dump(signed(id="fe-2", kind="fee", **{"for": {"key:c1": "100.00"}}, note="第一行\n第二行\t--- ")),
    codec.dump(signed(id="rp-3", event="amend", clear=["due", "备注"])),
    codec.dump(signed(id="rp-4", note="\u2028\x85é\\")),
]
A, B = COMPLETE[:2]
TYPED = b'---\nkind: "repair"\nfault: dark\n'
TORN = A[: A.index(b"sum:")]


def as_crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def check_cut(documents: list[bytes], data: bytes, before: int = 0, zeros: int = 0) -> None:
    """However much of the file is there, exactly its complete documents stay."""
    ends = [before]
    for document in documents:
        ends.append(ends[-1] + len(document))
    kept = [end for end in ends if end <= len(data)]
    data += b"\0" * zeros
    torn = torn_tail(data)
    assert torn == (None if kept[-1] == len(data) else kept[-1])
    rest = data if torn is None else data[:torn]
    assert [(p.end, p.problem) for p in codec.pieces(rest)] == [(end, None) for end in kept[1:]]
    assert torn_tail(rest) is None
    seen = list(codec.pieces(data))
    assert [p.problem.code for p in seen if p.problem] == ([] if torn is None else ["torn"])
    if torn is not None:
        assert (seen[-1].start, seen[-1].end, seen[-1].doc) == (torn, len(data), None)
        assert seen[-1].line == data.count(b"\n", 0, torn) + 1


@pytest.mark.parametrize("end_of_line", ["lf", "crlf"])
def test_a_file_cut_at_every_byte(end_of_line: str):
    documents = COMPLETE if end_of_line == "lf" else [as_crlf(d) for d in COMPLETE]
    whole = b"".join(documents)
    for at in range(len(whole) + 1):
        check_cut(documents, whole[:at])


def test_a_file_with_a_heading_cut_at_every_byte():
    heading = "# 十一月\n\n".encode()
    for at in range(len(heading), len(heading + A + B) + 1):
        check_cut([A, B], (heading + A + B)[:at], before=len(heading))


@pytest.mark.parametrize("zeros", [1, 2, 3, 4096, 65536])
def test_a_file_whose_end_is_zeros_from_every_byte(zeros: int):
    whole = A + B
    for at in range(0, len(whole) + 1, 1 if zeros < 4096 else 23):
        check_cut([A, B], whole[:at], zeros=zeros)


@pytest.mark.parametrize("tail", [b"-", b"--", b"---", b"--- ", b"---\r", b"---\n", b"---\n# a\n", b"\0", b"n", b"# a", b"\xe5", b"\r"])
def test_only_what_follows_the_complete_document_is_cut(tail: bytes):
    for before in (A, A + B, A + b"\n", A + b"# seen\n", as_crlf(A), A.replace(b"---\n", b""), A.replace(b'"rp-1"', b"rp-1")):
        assert torn_tail(before + tail) == len(before), before


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n", b"# checked\n", b"# a\r\n", b"...\n", b" \n"])
def test_comments_and_blank_lines_after_a_complete_document_are_not_torn(tail: bytes):
    assert torn_tail(A + B + tail) is None
    assert [p.problem for p in codec.pieces(A + B + tail)] == [None, None]


@pytest.mark.parametrize(
    "data", [b"-", b"--", b"---", b"---\n", b'---\nid: "rp', b'---\nid: "rp-1"\n', b'id: "rp-1"\n', b"\0\0", b"#", b"kind: a"]
)
def test_a_file_that_holds_nothing_but_its_torn_tail(data: bytes):
    assert torn_tail(data) == 0
    assert [p.problem and p.problem.code for p in codec.pieces(data)] == ["torn"]


@pytest.mark.parametrize("data", [b"", b"\n", b"# nothing yet\n", "# 十一月\r\n\r\n".encode()])
def test_a_file_without_documents_is_not_torn(data: bytes):
    assert torn_tail(data) is None
    assert list(codec.pieces(data)) == []


def test_what_a_person_typed_is_not_torn_once_its_last_line_ends():
    for before in (b"", A):
        assert torn_tail(before + TYPED) is None
        assert torn_tail(before + TYPED[:-1]) == len(before)
        for tail in (b"-", b"--", b"---", b"\0\0\0", b'---\nid: "rp-', TORN):
            assert torn_tail(before + TYPED + tail) == len(before + TYPED), tail


def test_an_id_without_a_sum_is_torn_at_the_end_and_damage_before_it():
    assert torn_tail(A + TORN) == len(A)
    assert torn_tail(A + TORN + b"--") == len(A)
    assert torn_tail(A + TORN + B) is None
    assert [p.problem and p.problem.code for p in codec.pieces(A + TORN + B)] == [None, "no-sum", None]
    assert [p.problem and p.problem.code for p in codec.pieces(A + TORN + b'---\nid: "')] == [None, "no-sum", "torn"]


@pytest.mark.parametrize("last", [
    A.replace(b"rp-1", b"rp-9"),  # a wrong sum
    A.replace(b'kind: "', b'kind: "a" "'),  # not readable
    TORN.replace(b'kind: "', b'kind: "a" "'),  # not readable, and no sum
    b'---\nsum: "0"\n',
    b"---\n- a\n",
])  # fmt: skip
def test_damage_at_the_end_is_not_a_torn_tail(last: bytes):
    assert torn_tail(A + last) is None
    assert torn_tail(A + last + B) is None
    assert torn_tail(A + last + b"---\n") == len(A + last)


def test_a_sum_is_found_wherever_a_person_has_put_it():
    flow = b'--- {"id": "a", sum: "0"}\n'
    for last in (flow, b'---\nsum: "0"\nid: "a"\n', b"---\nid: a\n'sum' : b\n", b'---\nid: a\n"sum": b\n# end\n'):
        assert torn_tail(A + last) is None
        assert torn_tail(A + last + b"no") == len(A + last)


@pytest.mark.parametrize("tail", [b"\r", b" \r", b"---\r", b'id: "rp-aaaaaaaaaa"\r'])
@pytest.mark.parametrize("before", [b"", A])
def test_an_end_of_next_to_nothing_is_told_like_any_other(before: bytes, tail: bytes):
    """With the line feed that is missing it may be no document at all."""
    said = [one.finding.code for one in Judge(UTC).file("repairs/2026-11.yaml", before + tail) if isinstance(one, Said)]
    assert "torn" in said
