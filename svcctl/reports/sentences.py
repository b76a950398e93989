"""Sentences with figures in them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from svcctl.measures.compare import Against
from svcctl.measures.engine import ratio
from svcctl.reports import naming
from svcctl.reports.numbers import Numbers
from svcctl.reports.template import Line, Ref
from svcctl.texts import Lang, Text

NONE = "—"
NO_BASE = Text("无可比数据", "no comparable data")
POINTS = Text("个百分点", " pp")


def filled(line: Line, numbers: Numbers, lang: Lang) -> str | None:
    """The sentence with its figures; None if it speaks of a noun that is not used, or of nothing."""
    if any(ref.noun not in numbers.used for ref in line.named):
        return None
    if line.when and not any(numbers.number(ref).value for ref in line.when):
        return None
    return naming.PLACE.sub(lambda found: spoken(line.refs[found[1]], numbers, lang), line.text.to(lang))


def spoken(ref: Ref, numbers: Numbers, lang: Lang) -> str:
    """A figure in words: ``1,234``, ``93.18%``, ``+13.2%``, ``-1.8 个百分点``."""
    if ref.part in ("change", "yoy"):
        row = numbers.compared([ref.id])[0]
        return _changed(row.last_year if ref.part == "yoy" else row.previous, row.change_unit, lang)
    if not ref.group and not ref.part:
        figure = numbers.results.figures.get(ref.id)
        if figure is not None and figure.num is not None and figure.den is not None:
            exact = ratio(figure.num, figure.den, 4)
            return NONE if exact is None else f"{exact * 100:.2f}%"
    value, unit = numbers.number(ref)
    if value is None:
        return NONE
    if unit == "rate":
        return f"{(Decimal(value) * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%"
    places = {"count": 0, "money": 2, "minutes": 1}[unit]
    return f"{Decimal(value):,.{places}f}"


def _changed(against: Against, unit: str, lang: Lang) -> str:
    if against.base == "none":
        return NO_BASE.to(lang)
    if against.change is None:
        return NONE
    rounded = against.change.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded:+}{'%' if unit == 'percent' else POINTS.to(lang)}"
