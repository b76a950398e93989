"""Tables on a terminal and in a pipe, CSV for people and for programs, TSV."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from svcctl.table import Column, csv_text, render, safe, tsv_text
from svcctl.texts import Text

COLUMNS = [Column(Text("编号", "id")), Column(Text("故障", "fault")), Column(Text("金额", "amount"), number=True)]
ROWS = [
    ["rp-7k3f", "卫生间灯不亮，已经三天没有人来修了，请尽快处理", "0077"],
    ["rp-8m2d", "lamp", "-12.50"],
]


def test_a_table_in_chinese_stands_in_line() -> None:
    assert render(COLUMNS, ROWS, "zh", None) == (
        "编号     故障                                              金额\n"
        "-------  ----------------------------------------------  ------\n"
        "rp-7k3f  卫生间灯不亮，已经三天没有人来修了，请尽快处理    0077\n"
        "rp-8m2d  lamp                                            -12.50"
    )


def test_a_narrow_terminal_wraps_the_widest_column_and_loses_nothing() -> None:
    assert render(COLUMNS, ROWS, "en", 40) == (
        "id       fault                   amount\n"
        "-------  ----------------------  ------\n"
        "rp-7k3f  卫生间灯不亮，已经三天    0077\n"
        "         没有人来修了，请尽快处\n"
        "         理\n"
        "rp-8m2d  lamp                    -12.50"
    )


def test_cells_are_shown_as_they_are() -> None:
    cells = ["0077", "1e3", "NO", "12:30", "007.50", "=1+1"]
    shown = render([Column(Text("值", "value"))], [[c] for c in cells], "en", None)
    assert shown.splitlines()[2:] == cells


def test_nothing_is_cut_in_a_pipe() -> None:
    long = "很长的故障说明" * 200
    assert long in render(COLUMNS, [["rp-1", long, "1"]], "zh", None)


def test_an_empty_table_is_its_header() -> None:
    assert render(COLUMNS, [], "zh", 80).splitlines()[0].split() == ["编号", "故障", "金额"]
    assert len(render(COLUMNS, [], "en", None).splitlines()) == 2


@given(st.lists(st.text("灯不亮 lamp,。abc", max_size=120), min_size=1, max_size=4), st.integers(30, 120))
def test_a_wrapped_table_fits_and_keeps_every_character(faults: list[str], width: int) -> None:
    shown = render(COLUMNS[:2], [["rp-7k3f", fault] for fault in faults], "en", width)
    assert max(map(wcswidth, shown.splitlines())) <= width
    body = "".join(shown.splitlines()[2:]).replace("rp-7k3f", "")
    assert "".join(body.split()) == "".join("".join(faults).split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("卫生间灯不亮 ok", "卫生间灯不亮 ok"),
        ("全角　空格\u00a0x", "全角　空格\u00a0x"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"),
        ("\u202eevil\u2066x\u2069", "\\u202eevil\\u2066x\\u2069"),
        ("a\u200bb\ufeffc\u2028d", "a\\u200bb\\ufeffc\\u2028d"),
        ("\x7f\x85\x00", "\\x7f\\x85\\x00"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("👨\u200d👩\u200d👧 𠮷", "👨\u200d👩\u200d👧 𠮷"),
        ("[bold]x[/foo]", "[bold]x[/foo]"),
    ],
)
def test_what_could_move_the_cursor_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text(st.characters(), max_size=40))
def test_safe_text_holds_no_control_and_encodes(text: str) -> None:
    shown = safe(text)
    assert safe(shown) == shown
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    shown.encode()


def test_a_table_shows_escapes_not_what_they_do() -> None:
    shown = render(COLUMNS, [["rp-1", "x\x1b[2J\u202e\ny", "1"]], "en", None)
    assert "x\\x1b[2J\\u202e\\ny" in shown
    assert len(shown.splitlines()) == 3


cells = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", '"', ",", "a,b\n", " x ", "\r\n", "-12.50", "0077", "王芳"]
)


@given(st.lists(st.lists(cells, min_size=1, max_size=3), min_size=1, max_size=4))
def test_csv_on_stdout_reads_back_as_it_was(rows: list[list[str]]) -> None:
    text = csv_text(["a", "金额"], rows, for_file=False)
    assert not text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "金额"], *rows]


def test_csv_in_a_file_has_a_mark_and_guards_formulas() -> None:
    risky = [
        "=1+1",
        "+1",
        "@SUM(A1)",
        "-1+1",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        "-",
        "--1",
        "-1e5",
        "+8613800001234",
        "-12.5x",
    ]
    plain = ["-12.50", "-3", "12.50", "0077", "a=b", "A-101", "王芳", "", "'=1"]
    text = csv_text(["编号"], [[c] for c in risky + plain], for_file=True)
    assert text.startswith("\ufeff编号\r\n")
    read = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    assert read == ["'" + c for c in risky] + plain


def test_the_whole_of_a_small_csv() -> None:
    rows = [["rp-1", '说"好"', "-12.50"], ["", "", ""]]
    assert csv_text(["id", "fault", "amount"], rows, for_file=False) == 'id,fault,amount\nrp-1,"说""好""",-12.50\n,,\n'
    assert csv_text(["id"], [], for_file=False) == "id\n"


def unescaped(cell: str) -> str:
    codes = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    parts = iter(cell)
    return "".join(codes[next(parts)] if c == "\\" else c for c in parts)


@given(st.lists(st.lists(st.text("ab\t\n\r\\n王", max_size=8), min_size=2, max_size=3), max_size=4))
def test_tsv_is_one_row_a_line_and_can_be_undone(rows: list[list[str]]) -> None:
    text = tsv_text(["a", "b"], rows)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert [[unescaped(cell) for cell in line.split("\t")] for line in lines] == [["a", "b"], *rows]


def test_tsv_escapes() -> None:
    assert tsv_text(["a"], [["x\ty\nz"]]) == "a\nx\\ty\\nz\n"


def test_tabulate_waits_until_a_table_is_drawn() -> None:
    code = "import sys, svcctl.table, svcctl.dates, svcctl.period, svcctl.mask; print({'tabulate', 'wcwidth', 'csv', 'inspect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
