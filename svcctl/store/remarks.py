"""Entries that somebody turned into comments: to every reader they are gone, and nothing else misses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(rb"[ \t]*#[# \t]*")
_START = re.compile(rb"---[ \t]*\r?")
_ID = re.compile(rb"[\"']?id[\"']?[ \t]*:[ \t]*[\"']?([a-z]{2}-[0-9a-z]{10})[\"']?[ \t]*\r?")
_SUM = re.compile(rb"[\"']?sum[\"']?[ \t]*:[ \t]*[\"']?[0-9a-f]{16}[\"']?[ \t]*\r?")


def hidden(data: bytes) -> Iterator[tuple[int, str]]:
    """The entries in the comments of a file: the line of each and its id, "" where only its sum is left.

    What looks like an entry is the line of an id or of a sum, as svcctl writes it; what people remark is none.
    """
    told = False  # whether the entry in hand was named
    last = 0  # the line of the last comment
    for number, text in _comments(data):
        if number != last + 1 or _START.fullmatch(text):
            told = False
        last = number
        named = _ID.fullmatch(text)
        if named is not None:
            yield number, named[1].decode()
            told = True
        elif not told and _SUM.fullmatch(text):
            yield number, ""
            told = True


def _comments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The comment lines with their numbers, without their marks. Only the lines that hold a ``#`` are looked at."""
    number, counted, at = 1, 0, data.find(b"#")
    while at >= 0:
        begin = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        mark = _MARK.match(data, begin, end)
        if mark is not None:
            number += data.count(b"\n", counted, begin)
            counted = begin
            yield number, data[mark.end() : end]
        at = data.find(b"#", end)
