"""How much room a text takes: its width in half-width characters, its lines in a column, the height of a row."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

LINE = 14.5  # points a further line adds, at 10 points
ROW = 20.0  # a row of one line
HIGHEST = 409.0  # the highest row a spreadsheet accepts


class _Chars(dict[str, int]):
    """The width of each character, found once."""

    def __missing__(self, ch: str) -> int:
        narrow = 0 if ch == "\n" or combining(ch) else 1
        wide = 2 if east_asian_width(ch) in "WF" else narrow
        self[ch] = wide
        return wide


_CHARS = _Chars()


class _Ink(dict[str, float]):
    """The room each character takes in a line, in the width of a digit: the wider of 微软雅黑 at 10 points in Excel and
    of what LibreOffice takes where that is not there."""

    def __missing__(self, ch: str) -> float:
        kind = east_asian_width(ch)
        found = 1.92 if kind in "WFA" else _LATIN if ch.isupper() else 1.05
        if ch == "\n" or combining(ch):
            found = 0.0
        self[ch] = found
        return found


_CLOSING = frozenset("，。；：、！？）》」』”’…％,.;:!?)]}%")  # these begin no line
_LATIN = 1.25  # a capital letter
_INK = _Ink({
    **dict.fromkeys("0123456789", 1.03), **dict.fromkeys("abcdeghknopquvxyz?_", 1.05), **dict.fromkeys("fjrst-()[]{}/\\\"*", 0.75),
    **dict.fromkeys("il.,:;'|!` ", 0.55), **dict.fromkeys("mw", 1.6), **dict.fromkeys("MW@%", 1.8), **dict.fromkeys("“”‘’·", 1.0),
})  # fmt: skip


def width(text: str) -> int:
    """The width of a text of one line: 2 for East Asian wide and full-width characters, else 1."""
    if text.isascii():
        return len(text)
    return sum(map(_CHARS.__getitem__, text))


def widest(text: str) -> int:
    """The width of the widest line of a text."""
    return max(map(width, text.split("\n"))) if "\n" in text else width(text)


def ink(text: str) -> float:
    """The room a text of one line takes, in the width of a digit."""
    return sum(map(_INK.__getitem__, text))


def lines(text: str, room: float) -> int:
    """How many lines a text takes when it is wrapped in ``room``, the width of so many digits."""
    count = 0
    for part in text.split("\n"):
        count += 1 if len(part) * 1.92 <= room or ink(part) <= room else _wrapped(part, room)
        if count > 40:
            break
    return count


def _wrapped(text: str, room: float) -> int:
    """Lines of one paragraph: breaks between wide characters anywhere, in words only where they are too long.

    A sign that may not begin a line takes the character before it along.
    """
    if len(text) > 4000:
        return 41
    count, used, word = 1, 0.0, 0.0
    before = 0.0  # the room of the last character
    for ch in text:
        wide = _INK[ch]
        if ch in _CLOSING:
            word = before if word == 0 else word
            word += wide
        elif ch == " " or _CHARS[ch] == 2:
            word = 0.0
        else:
            word += wide
        used += wide
        if used > room and ch != " ":
            count += 1
            used = word if 0 < word < used else wide
            word = min(word, used)
        before = wide
    return count


def height(count: int, single: float = ROW, line: float = LINE) -> float:
    """The height of a row with ``count`` lines of text, in points."""
    return min(single + (max(count, 1) - 1) * line, HIGHEST)
