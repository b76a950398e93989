"""The form of an entry: what is written reads back the same everywhere, and what was changed is never believed."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from svcctl.errors import Refused
from svcctl.store import characters, codec
from svcctl.store.codec import Doc, Piece

PERSONAL = ("reporter", "contact")
VECTOR = """---
id: "rp-7k3fq2m8xd"
kind: "repair"
event: "add"
at: "2026-11-23T08:31:00+08:00"
recorded: "2026-11-23T08:33:10.482113+08:00"
by: "李敏"
unit: "A-101"
fault: "卫生间灯不亮"
reporter: "王芳"
contact: "13800001234"
urgency: "normal"
party: "property"
due: "2026-11-24T08:31:00+08:00"
salt: "9c1f0e5ab7d24c60a1b2c3d4e5f60718"
sum: "1a19bde390c17eb3"
"""
NASTY = [
    "NO", "no", "null", "~", "0712", "12:30", "190:20:30", "=SUM(A1)", "1e3", ".nan", "2026-02-30", "=", "<<", "---",
    "...", "- a", "? a", "a: b", ": ", "a #b", "#", "'", '"', "\\", "\\n", '\\"', '", "b": "c', "{a: b}", "[a]", "&a",
    "*a", "!a", "%a", "@a", "`a", "|", ">", "a\nb", "\n", " a ", "\ta\t", "𠮷", "👨‍👩‍👧", "مرحبا \u202eabc", "e\u0301",
    "\x7f", "\x80", "\x85", "\x9f", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufdd0", "\U0001fffe", "\U0010ffff", "\ufffd",
    "：", "“a”", "a\u200bb",
]
storable = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, {*range(32)} - {9, 10}), "\ufffe", "\uffff"])
)
texts = st.one_of(st.sampled_from(NASTY), storable, st.lists(st.sampled_from(NASTY)).map("".join))
values = st.one_of(
    texts, st.lists(texts, max_size=4), st.dictionaries(texts.filter(lambda key: len(key) < 80), texts, max_size=4)
)
docs = st.dictionaries(st.from_regex("[a-z][a-z0-9_]{0,6}", fullmatch=True).map("f_".__add__), values, max_size=5)


def signed(doc: Doc, personal: tuple[str, ...] = PERSONAL) -> Doc:
    return {**doc, "sum": codec.sums(doc, personal)[0]}


def entry(n: int, **fields: Any) -> Doc:
    return signed({"id": f"rp-{n:010d}", "kind": "repair", "fault": "卫生间灯不亮", **fields})


def codes(data: bytes) -> list[tuple[str, int]]:
    return [(p.problem.code, p.problem.line) for p in codec.pieces(data) if p.problem]


def read(data: bytes) -> list[Doc]:
    return [p.doc for p in codec.pieces(data) if p.doc is not None]


def believed(piece: Piece) -> bool:
    if piece.doc is None or piece.problem is not None:
        return False
    return codec.sum_problem(piece.doc, PERSONAL, piece.line) is None


def foreign_readers(text: str) -> dict[str, Any]:
    found = {"c": yaml.load(text, yaml.CSafeLoader), "python": yaml.load(text, yaml.SafeLoader)}
    for version in ("1.1", "1.2"):
        reader = YAML(typ="safe", pure=True)
        reader.version = version  # type: ignore[assignment]
        found[f"ruamel {version}"] = reader.load(io.StringIO(text))
    found["json"] = {key: json.loads(raw) for key, raw in (row.split(": ", 1) for row in text.split("\n")[1:-1])}
    return found


# -- writing ------------------------------------------------------------------------------------------------------


def test_the_contracts_example_is_what_is_written_and_summed():
    (piece,) = codec.pieces(VECTOR.encode())
    assert piece.doc is not None
    assert (piece.line, piece.start, piece.end, piece.exact, piece.problem) == (1, 0, len(VECTOR.encode()), True, None)
    assert codec.dump(piece.doc) == VECTOR.encode()
    assert codec.sums(piece.doc, PERSONAL) == ("1a19bde390c17eb3", "40762d0409fbee8fa095e217eac7293d")
    assert codec.sum_problem(piece.doc, PERSONAL, 1) is None


def test_the_form_of_lists_maps_escapes_and_empty_values():
    doc: Doc = {"clear": ["due", "不"], "for": {"key:c1": "100.00"}, "note": "a\tb\n\"c\" \\ \x7f\x85\u2028\ufeff𠮷/é", "of": ""}
    assert codec.dump(doc).decode() == (
        '---\nclear: ["due", "不"]\nfor: {"key:c1": "100.00"}\n'
        'note: "a\\tb\\n\\"c\\" \\\\ \\u007f\\u0085\\u2028\\ufeff𠮷/é"\n'
    )


@settings(max_examples=250, deadline=None)
@given(docs)
@example({f"f{n}": text for n, text in enumerate(NASTY)})
@example({"f": NASTY})
@example({"f": {text: text for text in NASTY}})
def test_every_yaml_tool_and_json_read_what_was_written(doc: Doc):
    written = {key: value for key, value in doc.items() if value}
    data = codec.dump(doc)
    (piece,) = codec.pieces(data)
    assert (piece.doc or {}) == written
    assert piece.exact is bool(written)
    if written:
        assert {name: found for name, found in foreign_readers(data.decode()).items() if found != written} == {}


def test_every_character_that_can_be_stored_comes_back_from_every_reader():
    planes = [*range(0x3000), *range(0xD000, 0xE100), *range(0xF8F0, 0x10100)]
    planes += [plane * 0x10000 + low for plane in range(1, 17) for low in (0, 1, 0xFFFD, 0xFFFE, 0xFFFF)]
    kept = "".join(chr(code) for code in planes if characters.refused_char(chr(code)) is None)
    data = codec.dump({"all": kept})
    assert read(data) == [{"all": kept}]
    assert {name for name, found in foreign_readers(data.decode()).items() if found != {"all": kept}} == set()


@pytest.mark.parametrize("code", [0, 7, 8, 11, 12, 13, 27, 31, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_characters_that_may_not_be_stored_are_named(code: int):
    assert characters.refused_char(f"ab{chr(code)}c") == f"U+{code:04X}"
    for value in (chr(code), [chr(code)], {chr(code): "a"}, {"a": chr(code)}):
        with pytest.raises(Refused) as refusal:
            codec.dump({"fault": value})
        assert refusal.value.say("en") == f"fault: holds a character that cannot be stored: U+{code:04X}"


def test_newline_tab_and_noncharacters_of_other_planes_may_be_stored():
    assert characters.refused_char("a\n\tb\x7f\x85\u2028\ufeff\U0001fffe\ufdd0𠮷") is None


@pytest.mark.parametrize("doc", [{"Fault": "a"}, {"a b": "a"}, {"": "a"}, {"f": {"k" * 1200: "a"}}, {"f": "x" * (1 << 20)}])
def test_what_could_not_be_read_back_is_not_written(doc: Doc):
    with pytest.raises(Refused):
        codec.dump(doc)


# -- reading ------------------------------------------------------------------------------------------------------


def test_every_document_of_a_file_with_its_place():
    first, second = codec.dump(entry(1, note="a\nb")), codec.dump(entry(2))
    found = list(codec.pieces(b"# mine\n\n" + first + second))
    assert [(p.line, p.start, p.end, p.exact) for p in found] == [
        (3, 8, 8 + len(first), True),
        (9, 8 + len(first), 8 + len(first) + len(second), True),
    ]
    assert [p.doc for p in found] == [entry(1, note="a\nb"), entry(2)]
    assert list(codec.pieces(b"")) == list(codec.pieces(b"# nothing yet\n\n")) == []


def harmless(text: str) -> list[str]:
    by_line = text.splitlines()
    return [
        text.replace("\n", "\r\n"),
        text.replace('"repair"', "repair").replace('"A-101"', "'A-101'"),
        text.replace(": ", ":   "),
        text + "\n# checked\n",
        "\n".join(["---", *reversed(by_line[1:]), ""]) + "\n",
        text.replace("---\n", ""),
        text.replace("---\n", "--- # first\n"),
        text.replace('unit: "A-101"', "unit: >-\n  A-101"),
        text.replace('urgency: "normal"', 'urgency: "normal"\nnote:\nfiles: []'),
        "--- {" + ", ".join(by_line[1:]) + "}\n",
    ]


@pytest.mark.parametrize("text", harmless(VECTOR))
def test_a_harmless_edit_changes_nothing_but_the_form(text: str):
    (piece,) = codec.pieces(text.encode())
    assert piece.doc == read(VECTOR.encode())[0]
    assert piece.problem is None
    assert not piece.exact
    assert believed(piece)


def test_what_a_person_typed_is_read_as_text():
    typed = "# from the phone\nkind: repair\nunit: 0712\nfault: no\nnote: |\n  a\n  b\nfiles: [1e3, 12:30]\n"
    (piece,) = codec.pieces(typed.encode())
    assert piece.doc == {"kind": "repair", "unit": "0712", "fault": "no", "note": "a\nb\n", "files": ["1e3", "12:30"]}
    assert piece.problem is not None
    assert (piece.line, piece.problem.code, piece.problem.damage) == (2, "unsigned", False)


def test_a_damaged_document_does_not_stop_the_others():
    good = [codec.dump(entry(n)) for n in range(3)]
    bad = b'---\nid: "rp-1"\nunit: "\xb5\xa5"\nsum: "0"\n'
    data = good[0] + bad + good[1] + b"---\n- a\n" + good[2]
    assert read(data) == [entry(0), entry(1), entry(2)]
    assert codes(data) == [("encoding", 8), ("syntax", 16)]
    found = [p.problem for p in codec.pieces(data) if p.problem]
    assert found[0].what.en == f"not UTF-8 at byte {len(good[0]) + bad.index(0xB5)} (counted from 0)"


SIGNED = codec.dump(entry(9))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("\ufeff---\nid: a\n".encode(), ("bom", 1)),
        ("---\nfault: 灯不亮\n".encode("gb18030"), ("encoding", 2)),
        (b"---\nfault: \"\xc0\xaf\"\n", ("encoding", 2)),
        (b"---\nid: a\rsum: b\n", ("cr", 2)),
        (b"---\r\nid: a\r\rsum: b\r\n", ("cr", 2)),
        ("---\nid: a\nfault: b\x85sum: c\n".encode(), ("nel", 3)),
        ("---\nid: a\nfault: b\u2028c\n".encode(), ("character", 3)),
        (b"---\nid: a\nfault: b\x00\n", ("character", 3)),
        (b'---\nid: "a"\nfault: "\\u0000"\n', ("character", 3)),
        (b'---\nid: "a"\nfault: "\\u001b[2J"\nsum: "b"\n', ("character", 3)),
        (b'---\nid: "a"\nfault: "b"\nfault: "b"\n', ("duplicate-key", 4)),
        (b'---\nid: "a"\nfault: {"k": "b", "k": "b"}\n', ("duplicate-key", 3)),
        (b'---\nid: "a", "b": "c"\n', ("syntax", 2)),
        (b'---\nid: "a"\nfault: {"k": ["b"]}\n', ("nested", 3)),
        (b'---\nid: ["a"]\nsum: "b"\n', ("nested", 1)),
        (b'---\nId: "a"\n', ("key", 2)),
        (b'---\nfault: "' + b"x" * (1 << 20) + b'"\n', ("too-large", 1)),
        (b'---\nfault: [[[[[[[["a"]]]]]]]]\n', ("nested", 2)),
        (b"---\nid: a\n...\n%YAML 1.2\n", ("directive", 4)),
        (b'---\nid: "a"\n', ("no-sum", 1)),
        (b'---\nsum: "a"\n', ("no-id", 1)),
    ],
)
def test_damage_is_named_with_its_line(raw: bytes, found: tuple[str, int]):
    assert codes(raw + SIGNED) == [found]
    assert read(raw + SIGNED)[-1] == entry(9)
    assert all(p.problem.damage for p in codec.pieces(raw + SIGNED) if p.problem)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_no_other_encoding_is_guessed(encoding: str):
    assert [p.problem is None for p in codec.pieces(VECTOR.encode(encoding))].count(True) == 0
    assert read(VECTOR.encode(encoding)) == []


def test_findings_are_not_damage():
    data = b'---\n---\n# nothing\n---\nkind: "repair"\n' + SIGNED
    assert [(p.code, p.line, p.damage) for p in (q.problem for q in codec.pieces(data)) if p] == [
        ("empty", 1, False), ("empty", 2, False), ("unsigned", 4, False),
    ]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([*'"\\:{}[],\n #-&*!%|>\'\t\r', "---\n", "id", "sum", '": "', "灯", "\x00", "\ufeff", "<<"])))
def test_no_bytes_trip_the_reader(parts: list[str]):
    data = "".join(parts).encode()
    found = list(codec.pieces(data))
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert not found or found[-1].end == len(data)
    for piece in found:
        assert (piece.doc is None) <= (piece.problem is not None)
        assert piece.line == data.count(b"\n", 0, piece.start) + 1
        if piece.exact:
            assert piece.doc is not None
            assert codec.dump(piece.doc) == data[piece.start : piece.end]


# -- sums ---------------------------------------------------------------------------------------------------------


def test_erasing_leaves_the_sum_true():
    (doc,) = read(VECTOR.encode())
    pii = codec.sums(doc, PERSONAL)[1]
    kept = {key: value for key, value in doc.items() if key not in (*PERSONAL, "salt", "sum")}
    erased: Doc = {**kept, "pii": pii, "erased": "2027-01-01T00:00:00+08:00", "sum": doc["sum"]}
    assert codec.sum_problem(erased, PERSONAL, 1) is None
    half = {**erased, "contact": "13800001234"}
    changed = {**erased, "unit": "A-102"}
    other = {**erased, "pii": "0" * 32}
    without = {key: value for key, value in erased.items() if key != "erased"}
    found = [codec.sum_problem(d, PERSONAL, 7) for d in (half, changed, other, without)]
    assert [(p.code, p.line) for p in found if p] == [("half-erased", 7)] + [("wrong-sum", 7)] * 3


def test_a_pii_that_was_kept_must_be_the_right_one():
    (doc,) = read(VECTOR.encode())
    assert codec.sum_problem({**doc, "pii": codec.sums(doc, PERSONAL)[1]}, PERSONAL, 1) is None
    for wrong in ({**doc, "pii": "0" * 32}, {**entry(1), "pii": "0" * 32}):
        found = codec.sum_problem(wrong, PERSONAL, 1)
        assert found is not None
        assert found.code == "wrong-sum"


def test_no_personal_field_no_pii():
    doc: Doc = {"id": "rp-1", "unit": "A", "note": ""}
    assert codec.sums(doc, PERSONAL) == (codec.sha256(b'{"id":"rp-1","unit":"A"}').hexdigest()[:16], "")


@pytest.mark.parametrize("name", ["unit", "contact", "salt", "sum", "at"])
def test_a_changed_or_missing_value_is_found(name: str):
    (doc,) = read(VECTOR.encode())
    for changed in ({**doc, name: f"{doc[name]}1"}, {k: v for k, v in doc.items() if k != name}, {**doc, name: [str(doc[name])]}):
        assert codec.sum_problem(changed, PERSONAL, 1) is not None
    assert codec.sum_problem({**doc, "sum": str(doc["sum"]).upper()}, PERSONAL, 1) is not None


def test_no_flipped_bit_is_ever_believed():
    originals = [
        read(VECTOR.encode())[0], entry(1, reporter="王芳", contact="138", salt="9c1f"), entry(2, clear=["due"], note="a\nb"), entry(3, **{"for": {"c": "1.00"}})
    ]  # fmt: skip
    data = bytearray(b"".join(codec.dump(doc) for doc in originals))
    assert [believed(p) for p in codec.pieces(bytes(data))] == [True] * 4
    for bit in range(len(data) * 8):
        data[bit // 8] ^= 1 << bit % 8
        found = list(codec.pieces(bytes(data)))
        kept = [p.doc for p in found if believed(p)]
        assert all(doc in originals for doc in kept), bit
        assert kept == originals or len(kept) < len(found), bit  # whoever is missing is named
        data[bit // 8] ^= 1 << bit % 8


# -- speed --------------------------------------------------------------------------------------------------------


def test_the_everyday_path_loads_neither_yaml_nor_hashlib():
    script = (
        "import sys; from svcctl.store import codec\n"
        f"d = list(codec.pieces({VECTOR!r}.encode()))[0].doc; codec.dump(d); codec.sum_problem(d, {PERSONAL!r}, 1)\n"
        "print([m for m in ('yaml', 'hashlib', 'dataclasses', 'pathlib') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
