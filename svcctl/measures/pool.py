"""Figures of several ledgers together: what their records are judged to be is summed up, never a figure of a figure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from svcctl import measures
from svcctl.ledger import Source, Window
from svcctl.measures.engine import Figure, Tally, cases


class Part(NamedTuple):
    """One of several ledgers whose figures are taken together, with the window in which it is looked at."""

    source: Source
    win: Window


class Pooled(NamedTuple):
    """The figures of several ledgers together, by id; and for each ledger the nouns of which it has records there."""

    figures: dict[str, Figure]
    seen: list[set[str]]


def pooled(parts: Sequence[Part], wanted: Collection[str]) -> Pooled:
    """The figures ``wanted`` (ids, splits by theirs) of several ledgers together.

    Every record is judged in its own ledger and window, and the verdicts are summed: a rate is the sum of the
    numerators by that of the denominators, a median or mean that of all records. A site that does not use a noun
    takes no part in its figures. Raises NotFound for a wanted id that is none.
    """
    asked = [measures.find(w) for w in wanted]
    figures: dict[str, Figure] = {}
    seen: list[set[str]] = [set() for _ in parts]
    for noun in measures.NOUNS:
        mine = [w for w in asked if w.measure.noun == noun]
        rows = {m.id: [w for w in mine if w.measure is m] for m in measures.measures_of(noun)}
        tallies = [Tally(measures.measure(i), found) for i, found in rows.items() if found]
        register = measures.register(noun) if tallies else None
        for (source, win), there in zip(parts, seen, strict=True):
            if register is None or noun not in win.site.nouns:
                continue
            own = register.window(win)
            found = cases(source, noun, own)
            subjects = register.subjects(found, own)
            for tally in tallies:
                tally.take(subjects, own)
            if found:
                there.add(noun)
        for tally in tallies:
            figures.update(tally.figures())
    return Pooled(figures, seen)
