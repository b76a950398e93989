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


def width(text: str) -> int:
    """The width of a text of one line: 2 for East Asian wide and full-width characters, else 1."""
    if text.isascii():
        return len(text)
    return sum(map(_CHARS.__getitem__, text))


def widest(text: str) -> int:
    """The width of the widest line of a text."""
    return max(map(width, text.split("\n"))) if "\n" in text else width(text)


def lines(text: str, room: float) -> int:
    """How many lines a text takes when it is wrapped in ``room`` half-width characters."""
    count = 0
    for part in text.split("\n"):
        # Columns are measured in digits; letters and spaces are a little narrower on average.
        inside = room * 1.08 if part.isascii() else room
        count += 1 if width(part) <= inside else _wrapped(part, inside)
        if count > 40:
            break
    return count


def _wrapped(text: str, room: float) -> int:
    """Lines of one paragraph: breaks between wide characters anywhere, in words only where they are too long."""
    if len(text) > 4000:
        return 41
    count, used, word = 1, 0, 0
    for ch in text:
        wide = _CHARS[ch]
        if ch == " " or wide == 2:
            word = 0
        else:
            word += wide
        used += wide
        if used > room:
            count += 1
            used = word if 0 < word < used else wide
            word = min(word, used)
    return count


def height(count: int, single: float = ROW, line: float = LINE) -> float:
    """The height of a row with ``count`` lines of text, in points."""
    return min(single + (max(count, 1) - 1) * line, HIGHEST)
