"""Chance that comes out the same every time: a stream of hashes, and what is drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from svcctl.store.codec import sha256

T = TypeVar("T")


class Chance:
    """Draws from the stream that ``seed`` begins. No two versions of Python differ in it."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0
        self._shares: dict[str, float] = {}
        self._decks: dict[str, list[int]] = {}

    def bytes(self, size: int) -> bytes:
        """``size`` bytes (at most 32), as a source for ids and salts."""
        self._drawn += 1
        return bytes.fromhex(sha256(f"{self._seed}:{self._drawn}".encode()).hexdigest())[:size]

    def number(self) -> float:
        """A number from 0 up to, not including, 1."""
        return int.from_bytes(self.bytes(6), "big") / (1 << 48)

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.number() * (high - low + 1))

    def yes(self, probability: float) -> bool:
        """True in so many cases."""
        return self.number() < probability

    def share(self, name: str, portion: float) -> bool:
        """True in so many cases, as evenly as possible: of 50 with ``portion`` 0.9 it is 45, not 41 or 48."""
        before = self._shares.setdefault(name, self.number())
        self._shares[name] = before + portion
        return int(before + portion) > int(before)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[int(self.number() * len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of them, by weight."""
        left = self.number() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]

    def dealt(self, name: str, size: int) -> int:
        """A number below ``size`` from a shuffled deck: each comes once before any comes again."""
        deck = self._decks.get(name) or list(range(size))
        card = deck.pop(int(self.number() * len(deck)))
        self._decks[name] = deck
        return card

    def minutes(self, low: int, high: int) -> timedelta:
        """A time in whole minutes."""
        return timedelta(minutes=self.between(low, high))

    def hours(self, low: float, high: float) -> timedelta:
        """A time in hours, to the minute."""
        return self.minutes(int(low * 60), int(high * 60))
