"""A picture as a logo: PNG or JPEG, known by its bytes, measured, and without anything that is not to be seen in it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from svcctl.texts import Text

MOST_BYTES = 1_000_000
LARGEST, SMALLEST = 4000, 8  # pixels of a side
MOST_PIXELS = 4_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_SEEN = (b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"IDAT", b"IEND")  # texts, times, places and animations are not kept
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # the JPEGs that applications draw: baseline, extended, progressive


class Picture(NamedTuple):
    """``kind`` is png or jpeg; ``width`` and ``height`` are in pixels."""

    kind: str
    width: int
    height: int
    data: bytes


class Unfit(Exception):
    """Why a picture cannot be taken."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


BROKEN = Text("图像损坏", "the picture is damaged")
NEITHER = Text("不是 PNG 或 JPEG", "neither PNG nor JPEG")


def picture(data: bytes) -> Picture:
    """The picture in some bytes. Raises Unfit."""
    if len(data) > MOST_BYTES:
        raise Unfit(Text(f"超过 {MOST_BYTES // 1_000_000} MB", f"over {MOST_BYTES // 1_000_000} MB"))
    try:
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
    except (IndexError, ValueError, zlib.error):
        raise Unfit(BROKEN) from None
    raise Unfit(NEITHER)


def _fits(width: int, height: int) -> None:
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST) or width * height > MOST_PIXELS:
        raise Unfit(Text(f"{width}×{height}，太大或太小", f"{width}×{height}, too large or too small"))


def _png(data: bytes) -> Picture:
    parts = list(_chunks(data))
    head = parts[0][1]
    if parts[0][0] != b"IHDR" or len(head) != 13 or parts[-1][0] != b"IEND" or head[9] not in _CHANNELS or head[8] not in (1, 2, 4, 8, 16):
        raise ValueError
    width, height = int.from_bytes(head[:4]), int.from_bytes(head[4:8])
    _fits(width, height)
    line = -(-width * head[8] * _CHANNELS[head[9]] // 8) + 1
    _unpacks(b"".join(body for kind, body in parts if kind == b"IDAT"), (line + 8) * height * (2 if head[12] else 1))
    kept = [_chunk(kind, body) for kind, body in parts if kind in _SEEN]
    return Picture("png", width, height, _PNG + b"".join(kept))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body, crc = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if len(body) != size or zlib.crc32(kind + body) != int.from_bytes(crc) or len(crc) != 4:
            raise ValueError
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + size


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def _unpacks(packed: bytes, most: int) -> None:
    """Whether the lines of a picture are no more than it says it has."""
    opened = zlib.decompressobj()
    if len(opened.decompress(packed, most + 1)) > most or not opened.eof:
        raise ValueError


def _jpeg(data: bytes) -> Picture:
    kept, size = [data[:2]], (0, 0)
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError
        code, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        body = data[at : at + 2 + length]
        if len(body) != 2 + length or length < 2:
            raise ValueError
        if code in _FRAMES:
            size = (int.from_bytes(body[7:9]), int.from_bytes(body[5:7]))
        if code == 0xDA:
            break
        if not (0xE1 <= code <= 0xEF and code != 0xEE) and code != 0xFE:  # where it was taken and by what is nobody's business
            kept.append(body)
        at += 2 + length
    end = data.rindex(b"\xff\xd9", at)
    _fits(*size)
    return Picture("jpeg", *size, b"".join(kept) + data[at : end + 2])
