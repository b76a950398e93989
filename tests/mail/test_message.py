"""A message says what it should and nothing that somebody else has put in: whatever the texts, the headers are ours."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from svcctl.errors import Refused
from svcctl.mail.message import HEADERS, LONGEST_NAME, LONGEST_SUBJECT, Workbook, body, compose, one_line, subject
from svcctl.table import safe
from svcctl.xlsx.about import About

ABOUT = About("悦和里 客服周报 2026年第47周", "zh", "weekly", "2026-W47", "2026-11-22T23:59:59+08:00", "", "ab" * 32, False)
BOOK = Workbook("周报.xlsx", b"PK\x03\x04" + bytes(range(256)), ABOUT)
DATE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SENDER = ("悦和里客服台", "desk@example.org")
TO = {"经理": ("wang@example.org",)}

ANY = st.text(st.characters(codec=None), max_size=80)
WORDS = st.lists(st.sampled_from(["周报", "Weekly", " ", "=?utf-8?q?x?=", "\r\nBcc: x@y", "\n\n", "\0", "\u2028", "\u202e", "a" * 70, "0" * 56, "é", "𠮷", ";", '"', "\\", "'", "%0A", "<a@b>", ","]), max_size=12).map("".join)  # fmt: skip
TEXTS = st.one_of(ANY, WORDS)
few = settings(max_examples=60, deadline=None)


def taken(draft: Any) -> Any:
    """The message as another program reads it; its headers are those that are meant."""
    read = email.message_from_bytes(draft.data, policy=default)
    assert sorted(read.keys()) == sorted(HEADERS)
    head = draft.data.partition(b"\r\n\r\n")[0]
    assert [line.split(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))] == list(read.keys())
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", draft.data) and max(map(len, draft.data.split(b"\r\n"))) <= 998
    return read


@few
@given(TEXTS)
def test_a_subject_is_one_line_or_refused(text: str) -> None:
    try:
        title = subject(text, ABOUT)
    except Refused as refused:
        assert safe(text) != text or not text.strip() or len(text) > LONGEST_SUBJECT or "=?" in text
        assert safe(refused.say("en")) == refused.say("en")
        return
    read = taken(compose(SENDER, TO, title, "x\n", BOOK, DATE))
    assert read["Subject"] == title == " ".join(text.split())


@pytest.mark.parametrize("title", ["0" * 56 + " ¡", "0" * 72, "a" * 200, "周" * 200, "Yuehe Street – Weekly report " * 6, "𠮷" * 50, "x"])
def test_a_long_subject_is_folded_as_every_program_reads_it(title: str) -> None:
    data = compose(SENDER, TO, title.strip(), "x\n", BOOK, DATE).data

    lines = data.partition(b"\r\nDate:")[0].partition(b"\r\nSubject:")[2].split(b"\r\n")
    assert all(len(line) <= 76 for line in lines) and email.message_from_bytes(data, policy=default)["Subject"] == title.strip()


@few
@given(TEXTS)
def test_a_workbook_s_own_title_cannot_begin_a_header(text: str) -> None:
    title = subject(None, ABOUT._replace(title=text))

    assert taken(compose(SENDER, TO, title, "x\n", BOOK, DATE))["Subject"] == title


@few
@given(TEXTS)
def test_a_file_s_name_arrives_or_is_refused(text: str) -> None:
    assume("/" not in text)
    try:
        name = one_line(text + ".xlsx", "FILE", LONGEST_NAME)
        draft = compose(SENDER, TO, "x", "x\n", BOOK._replace(name=name), DATE)
    except Refused:
        return
    (part,) = taken(draft).iter_attachments()
    assert (part.get_filename(), part.get_content()) == (name, BOOK.data)
    assert part.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("name", ["悦和里商业街_weekly_2026-W47.xlsx", "a b.xlsx", "很长" * 40 + ".xlsx", "it's; 100%.xlsx", "a (1).xlsx", "𠮷.xlsx"])
def test_ordinary_names_are_not_refused(name: str) -> None:
    data = compose(SENDER, TO, "x", "x\n", BOOK._replace(name=name), DATE).data

    assert b"filename" in data and (name.isascii() or b"filename*0*=utf-8''" in data or b"filename*=utf-8''" in data)


@few
@given(TEXTS, TEXTS)
def test_names_cannot_bring_another_recipient(name: str, sender: str) -> None:
    name, sender = (" ".join("".join(c for c in text if safe(c) == c and c != "@").split()) for text in (name, sender))  # as the settings have it
    assume(name)
    draft = compose((sender, SENDER[1]), {name: ("a@example.org", "b@example.org")}, "x", "x\n", BOOK, DATE)

    read = taken(draft)
    assert [a.addr_spec for a in read["To"].addresses] == ["a@example.org", "b@example.org"]
    assert [a.addr_spec for a in read["From"].addresses] == [SENDER[1]]
    head = email.message_from_bytes(draft.data)  # the older parser joins the encoded words of a name as the standard says
    names = [str(make_header(decode_header(n))) for n, _ in getaddresses([head["To"].replace("\r\n", ""), head["From"].replace("\r\n", "")])]
    assert names == [name, name, sender]


@few
@given(st.one_of(ANY, WORDS, st.just("--=_x\n.\n\nFrom x"), st.text("字\n.", max_size=300)))
def test_what_is_said_stands_at_the_beginning(text: str) -> None:
    try:
        whole = body(text, BOOK, "zh")
    except Refused:
        assert any(safe(line) != line for line in text.replace("\r\n", "\n").replace("\t", " ").split("\n"))
        return
    read = taken(compose(SENDER, TO, "x", whole, BOOK, DATE)).get_body().get_content().replace("\r\n", "\n")
    assert read == whole and whole.startswith(text.replace("\r\n", "\n").strip("\n")) and "期间：2026-W47\n" in whole


def test_numbers_of_people_are_hidden() -> None:
    assert subject("回电 13800001234", ABOUT) == "回电 138****1234"
    assert body("510104199003071237", BOOK, "zh").startswith("510***")
    assert subject(None, ABOUT._replace(title="13800001234 周报")) == "138****1234 周报"


def test_a_damaged_ledger_is_said_in_the_workbook_s_language() -> None:
    damaged = BOOK._replace(about=ABOUT._replace(damaged=True, known_at="2026-11-23T00:00:00+08:00"))

    assert body(None, damaged, "zh").startswith("注意：做这份报表时台账有损坏，见首页。\n\n期间：")
    assert body(None, damaged, "en").startswith("Note: the ledger was damaged") and "As recorded by: 2026-11-23T00:00:00+08:00\n" in body(None, damaged, "en")
    assert "damaged" not in body(None, BOOK, "en")


def test_the_id_is_that_of_what_is_sent_and_to_whom() -> None:
    first = compose(SENDER, TO, "x", "x\n", BOOK, DATE)

    assert compose(SENDER, TO, "x", "x\n", BOOK, datetime(2027, 1, 1, tzinfo=UTC)).id == first.id
    assert compose(SENDER, TO, "x", "x\n", BOOK, DATE).data == first.data
    others = [compose(SENDER, {"a": ("b@example.org",)}, "x", "x\n", BOOK, DATE), compose(SENDER, TO, "y", "x\n", BOOK, DATE), compose(SENDER, TO, "x", "y\n", BOOK, DATE), compose(SENDER, TO, "x", "x\n", BOOK._replace(data=b"x"), DATE)]  # fmt: skip
    assert len({first.id, *(o.id for o in others)}) == 5
    far = compose((SENDER[0], "a@" + "x" * 60 + ".example.org"), TO, "x", "x\n", BOOK, DATE)
    assert far.id.endswith("@svcctl.invalid>") and taken(far)["Message-ID"] == far.id
