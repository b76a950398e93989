"""What people and tools make of an entry: every scalar is text, and whatever could mean two things is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.store import codec
from svcctl.store.strict import Broken, parse

BOTH = pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "python"])


def refusal(text: str, libyaml: bool = True, first_line: int = 1) -> tuple[str, int]:
    with pytest.raises(Broken) as broken:
        parse(text, first_line, libyaml=libyaml)
    return broken.value.code, broken.value.line


@BOTH
@pytest.mark.parametrize(
    "scalar",
    ["no", "NO", "Yes", "on", "Null", "0712", "0077", "1_000", "1e3", "1:30", "22:22:22", ".nan", ".inf", "1.10", "=", "2026-02-30",
     "0x1F", "9" * 5000, "2026-11-23 08:31", "true", "𠮷", "灯 不亮", "a'b", 'a"b', "13800001234", "<", "a:b", "a#b", "-1"],
)  # fmt: skip
def test_every_plain_scalar_is_its_text(scalar: str, libyaml: bool):
    text = f"---\nfault: {scalar}\nfiles: [{scalar}, x]\nfor: {{k: {scalar}}}\nclear:\n- {scalar}\n"
    wanted = {"fault": scalar, "files": [scalar, "x"], "for": {"k": scalar}, "clear": [scalar]}
    assert parse(text, 1, libyaml=libyaml) == wanted


@BOTH
def test_every_style_of_scalar(libyaml: bool):
    text = (
        "--- # from a phone call\n"
        "note: |\n  first: line\n\n    # second\nfault: >-\n  dark\n  again\n"
        "unit: 'it''s'\nby: \"\\u674e\\x41\\n\\t\\U00020BB7\"\nplace: two\n  lines\n? key\n: \"a\n  b\"\n...\n"
    )
    assert parse(text, 1, libyaml=libyaml) == {
        "note": "first: line\n\n  # second\n", "fault": "dark again", "unit": "it's", "by": "李A\n\t𠮷",
        "place": "two lines", "key": "a b",
    }  # fmt: skip


@BOTH
def test_nothing_null_and_tilde_are_empty_and_quoted_they_are_text(libyaml: bool):
    text = "a:\nb: ~\nc: null\nd: 'null'\ne: \"~\"\nf: ''\ng: [~, null, x]\nh: {k: }\n"
    wanted = {"a": "", "b": "", "c": "", "d": "null", "e": "~", "f": "", "g": ["", "", "x"], "h": {"k": ""}}
    assert parse(text, 1, libyaml=libyaml) == wanted


@BOTH
@pytest.mark.parametrize("text", ["", "---\n", "---", "\n\n", "# only this\n", "---\n# only this\n", "--- ~\n", "---\n...\n"])
def test_a_document_without_content(text: str, libyaml: bool):
    assert parse(text, 1, libyaml=libyaml) == {}


@BOTH
def test_crlf_reads_as_lf(libyaml: bool):
    assert parse("---\r\nnote: |\r\n  a\r\n  b\r\nfault: dark\r\n", 1, libyaml=libyaml) == {"note": "a\nb\n", "fault": "dark"}


@BOTH
@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\na: &x b\n", "alias", 2),
        ("---\na: b\nc: *x\n", "alias", 3),
        ("--- &x\na: b\n", "alias", 1),
        ("---\na: [&x b]\n", "alias", 2),
        ("---\n&x a: b\n", "alias", 2),
        ("---\na: !!str b\n", "tag", 2),
        ("---\na: !!python/object/apply:os.system [ls]\n", "tag", 2),
        ("---\na: ! b\n", "tag", 2),
        ("---\na: !mine b\n", "tag", 2),
        ("--- !!map\na: b\n", "tag", 1),
        ("---\na: b\n<<: {c: d}\n", "merge", 3),
        ("---\na: {<<: b}\n", "merge", 2),
        ("---\na: b\nc: d\na: e\n", "duplicate-key", 4),
        ("---\na: {k: b,\n  k: c}\n", "duplicate-key", 3),
        ('---\na: b\n"a": e\n', "duplicate-key", 3),
        ("%YAML 1.1\n---\na: b\n", "directive", 1),
        ("# x\n\n%TAG ! tag:x,2000:\n---\na: b\n", "directive", 3),
        ("%FUTURE x\n---\na: b\n", "directive", 1),
        ("---\na: b\n...\n# x\n%FUTURE x\n", "directive", 5),
        ("---\n? [a]\n: b\n", "key", 2),
        ("---\n{a: b}: c\n", "key", 2),
        ("---\nA: b\n", "key", 2),
        ("---\n张三: b\n", "key", 2),
        ("---\n1: b\n", "key", 2),
        ('---\n"": b\n', "key", 2),
        ("---\n- a\n", "syntax", 2),
        ("--- just text\n", "syntax", 1),
        ("---\nfault： dark\n", "syntax", 2),
        ("---\na: b\n---\nc: d\n", "documents", 3),
        ("---\na: b\n...\nc: d\n", "syntax", 4),
        ("---\na: [b, [c]]\n", "nested", 2),
        ("---\na:\n  b:\n    c: d\n", "nested", 4),
        ("---\na: {b: [c]}\n", "nested", 2),
        ("---\na:\n- - b\n", "nested", 3),
        ("---\na: {b: {}}\n", "nested", 2),
        ("---\na: b\n c: d\n", "syntax", 3),
        ("---\na: b\n\tc: d\n", "syntax", 3),
        ("---\na: 'b\n", "syntax", 3),
        ("---\na: [b\n", "syntax", 3),
        ("---\na: @b\n", "syntax", 2),
        ('---\na: "\\q"\n', "syntax", 2),
        ("\ufeff---\na: b\n", "bom", 1),
        ("---\na: b\ufeff\n", "character", 2),
        ("---\na: b\rc: d\n", "cr", 2),
        ("---\na: b\x85\n", "nel", 2),
        ("---\na: b\x00\n", "character", 2),
        ("---\na: b\x1b[2J\n", "character", 2),
        ("---\na: b # \u2028\n", "character", 2),
        ("---\na: \ufffe\n", "character", 2),
        ("---\na: \ud800\n", "character", 2),
        ('---\na: b\nc: "\\0"\n', "character", 3),
        ('---\na: ["\\a"]\n', "character", 2),
        ('---\na: {"\\e": b}\n', "character", 2),
        ('---\na: "\\r"\n', "character", 2),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(text: str, code: str, line: int, libyaml: bool):
    assert refusal(text, libyaml) == (code, line)
    assert refusal(text, libyaml, first_line=41) == (code, line + 40)


@BOTH
def test_surrogates_written_as_escapes_are_refused(libyaml: bool):
    for escape in ("\\ud800", "\\ud83d\\ude00", "\\UFFFFFFFF"):
        assert refusal(f'---\na: "{escape}"\n', libyaml)[0] in ("syntax", "character")


def test_a_mark_that_only_looks_like_ascii_is_named():
    with pytest.raises(Broken) as broken:
        parse("---\nkind: a\nfault：“dark”\n", 7)
    assert broken.value.line == 9
    assert broken.value.what.en == "not readable as YAML (column 6): U+FF1A where an ASCII character seems to be meant"
    assert "U+FF1A" in broken.value.what.zh


@BOTH
def test_no_message_quotes_the_file(libyaml: bool):
    secret = "13800001234"
    broken_texts = [
        f"---\ncontact: {secret}\n: - {secret}", f"---\ncontact: '{secret}", f"---\ncontact: [{secret}", f"---\n{secret}: {secret}\n",
        f"---\ncontact: *{secret}\n", f"---\ncontact: !{secret} {secret}\n", f"---\ncontact: {secret}: {secret}\n", f"--- {secret}\n",
        f"---\ncontact: @{secret}\n", f'---\ncontact: "\\x{secret[:1]}z{secret}"\n', f"%{secret}\n---\n", f"---\ncontact: {secret}\x00\n",
        f"---\ncontact: \t- {secret}\n\t{secret}", f"---\ncontact: {{{secret}: [{secret}]}}\n",
    ]  # fmt: skip
    for text in broken_texts:
        with pytest.raises(Broken) as broken:
            parse(text, 1, libyaml=libyaml)
        told = f"{broken.value} {broken.value.what} {broken.value.args} {broken.value.__cause__}"
        assert secret not in told, text
        assert broken.value.__suppress_context__ or broken.value.__context__ is None


HOSTILE = """
import sys
from svcctl.store.strict import Broken, parse
opening, head, libyaml = sys.argv[1].encode().decode("unicode_escape"), sys.argv[2], sys.argv[3] == "c"
text = head + opening * ((1 << 19) // len(opening))
if opening == "indent":
    text = "".join(" " * n + "a:\\n" for n in range(1000))
try:
    parse(text, 1, libyaml=libyaml)
except Broken as broken:
    print(broken.code)
"""


@pytest.mark.parametrize("reader", ["c", "python"])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{", "&a ", "!", "indent", "{? [", "[\\n", ": "])
def test_deep_nesting_neither_crashes_nor_hangs(opening: str, reader: str):
    run = subprocess.run(
        [sys.executable, "-c", HOSTILE, opening, "" if opening == "indent" else "a: ", reader],
        capture_output=True, text=True, timeout=300,  # only so that a hang ends
    )
    assert (run.returncode, run.stdout.strip() in ("nested", "syntax", "alias", "tag", "key")) == (0, True), run.stderr


def test_an_alias_bomb_is_refused_at_its_first_anchor():
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(40))
    assert refusal(bomb) == ("alias", 1)


lines = st.lists(
    st.sampled_from([*"abk:-?#'\"[]{},&*!|>%@` \n\t", "\n", "\n  ", ": ", "- ", "---", "...", "<<", "\\", "灯", "null", "\r\n"]), max_size=14
).map("".join)


@settings(max_examples=500, deadline=None)
@given(lines)
def test_any_text_is_read_or_refused_and_both_readers_agree_on_what_is_read(text: str):
    read = []
    for libyaml in (True, False):
        try:
            read.append(parse(text, 1, libyaml=libyaml))
        except Broken as broken:
            assert 1 <= broken.line <= text.count("\n") + 2
    assert len(read) < 2 or read[0] == read[1]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.from_regex("f_[a-z]{1,4}", fullmatch=True), st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_what_is_written_reads_the_same_through_this_reader(doc: dict[str, str]):
    doc = {key: value for key, value in doc.items() if codec.refused_char(value) is None}
    for libyaml in (True, False):
        assert parse(codec.dump(doc).decode(), 1, libyaml=libyaml) == doc
