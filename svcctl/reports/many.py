"""What a report may have very many of: rows that are made when they are asked for, ids that take little room."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")

KEPT = 4_000  # rows that are made once; of more, each is made again whenever it is asked for


class Made(Sequence[T]):
    """``count`` rows, each made by its number from 0. They are kept only if they are not more than ``most``, so that the
    rows of a long table are never there together."""

    __slots__ = ("_count", "_kept", "_make", "_most")

    def __init__(self, count: int, make: Callable[[int], T], most: int | None = None) -> None:
        self._count, self._make = count, make
        self._most = KEPT if most is None else most
        self._kept: list[T] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...

    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            numbers = range(self._count)[at]
            return Made(len(numbers), lambda n: self._at(numbers[n]), 0)
        return self._at(range(self._count)[at])

    def _at(self, n: int) -> T:
        if self._count > self._most:
            return self._make(n)
        if self._kept is None:
            self._kept = [self._make(one) for one in range(self._count)]
        return self._kept[n]


class Ids(Sequence[str]):
    """Ids in their order, each of them once, and where each one stands: some 25 bytes an id.

    A list and a dictionary of them would take ten times as much. They stand one behind the other in ``_text``; a table
    of their numbers, open to collisions, finds them.
    """

    __slots__ = ("_ends", "_slots", "_text")

    def __init__(self, ids: Iterable[str] = ()) -> None:
        text, ends, hashes = bytearray(), array("Q", [0]), array("q")
        for one in ids:
            text += one.encode("utf-8", "surrogatepass")
            ends.append(len(text))
            hashes.append(hash(one))
        self._text, self._ends = bytes(text), ends
        self._slots = array("I", bytes(4 << max(len(hashes) * 3 // 2, 1).bit_length()))
        mask = len(self._slots) - 1
        for number, code in enumerate(hashes, 1):
            slot = code & mask
            while self._slots[slot]:
                slot = (slot + 1) & mask
            self._slots[slot] = number

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...

    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[n] for n in range(len(self))[at]]
        n = range(len(self))[at]
        return self._text[self._ends[n] : self._ends[n + 1]].decode("utf-8", "surrogatepass")

    def place(self, wanted: str) -> int | None:
        """The number of an id from 0, None if it is not among them."""
        mask = len(self._slots) - 1
        slot = hash(wanted) & mask
        while number := self._slots[slot]:
            if self[number - 1] == wanted:
                return number - 1
            slot = (slot + 1) & mask
        return None

    def __contains__(self, wanted: object) -> bool:
        return isinstance(wanted, str) and self.place(wanted) is not None
