"""How workbooks look as a whole: colours, fonts, a logo, what stands above and below every page. svcctl's own, or a site's."""

from __future__ import annotations

from typing import NamedTuple

from svcctl.xlsx.picture import Picture

FONT = "微软雅黑"
NAVY = "1F3864"
BLUE = "2F75B5"
SKY = "9DC3E6"
AMBER = "E08E0B"
ALERT = "C0392B"
TINT = "E9EFF8"
PALETTE = (BLUE, SKY, AMBER, ALERT, "6FA8A0", "8E7CC3", "A6A6A6", NAVY, "C9A66B", "5B9BD5")
WHITE = "FFFFFF"
ENOUGH = 4.5  # of contrast between a text and what is behind it (WCAG 2, AA)


class Look(NamedTuple):
    """``main``: band and heads, with ``on_main`` and ``note`` on it; ``title``: headings on white; ``tint``: totals and
    notices; ``second`` and ``third``: charts and tabs; ``font``: of cells, the other two of charts."""

    main: str = NAVY
    on_main: str = WHITE
    note: str = "D6E0F0"
    title: str = NAVY
    tint: str = TINT
    second: str = BLUE
    third: str = SKY
    palette: tuple[str, ...] = PALETTE
    font: str = FONT
    latin: str = FONT
    ea: str = FONT
    header: str = ""
    footer: str = ""
    logo: Picture | None = None


PLAIN = Look()


def _channels(rgb: str) -> tuple[int, int, int]:
    return int(rgb[:2], 16), int(rgb[2:4], 16), int(rgb[4:], 16)


def luminance(rgb: str) -> float:
    """How bright a colour is to the eye, 0 to 1 (WCAG 2)."""
    parts = [c / 255 for c in _channels(rgb)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How well one colour is seen on another, 1 to 21 (WCAG 2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: int) -> str:
    """A colour with ``share`` hundredths of another one in it."""
    return "".join(f"{(a * (100 - share) + b * share + 50) // 100:02X}" for a, b in zip(_channels(one), _channels(other), strict=True))


def readable(wanted: str, behind: str) -> str:
    """``wanted`` if it can be read on ``behind``, else the one of white and black that can."""
    if contrast(wanted, behind) >= ENOUGH:
        return wanted
    return WHITE if contrast(WHITE, behind) >= ENOUGH else "000000"


def in_colour(main: str, text: str = WHITE, accents: tuple[str, ...] = ()) -> Look:
    """svcctl's look in another main colour, everything on it readable. ``accents``: of a theme, for charts."""
    on_main = readable(text, main)
    soft = mixed(on_main, main, 15)
    title = next(c for c in (main, mixed(main, "000000", 35), mixed(main, "000000", 60), "1F2937") if contrast(c, WHITE) >= ENOUGH)
    pale = luminance(main) > 0.6  # a lighter one of it would not be seen on paper
    second = accents[0] if accents else mixed(main, "000000", 30) if pale else mixed(main, WHITE, 25)
    third = accents[1] if len(accents) > 1 else mixed(main, "000000", 55) if pale else mixed(main, WHITE, 60)
    rest = [c for c in (*accents[2:], *PALETTE[2:]) if c not in (second, third, NAVY)]
    return PLAIN._replace(
        main=main, on_main=on_main, note=soft if contrast(soft, main) >= ENOUGH else on_main, title=title,
        tint=mixed(title, WHITE, 90), second=second, third=third, palette=(second, third, *rest[:8]),
    )  # fmt: skip
