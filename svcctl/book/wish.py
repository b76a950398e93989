"""What somebody wants to record, before it is checked: texts as they were typed, or as another file had them."""

from collections.abc import Mapping
from typing import NamedTuple

from svcctl.entry import Entry
from svcctl.fields import Value
from svcctl.texts import Text


class Wish(NamedTuple):
    """An entry to be. ``of`` is an id or ``key:TEXT``; ``at`` empty is now; ``late`` is why it comes after its month
    was sealed, if it does.

    A correction has ``reason`` and ``approved_by`` among its values, an amendment also ``changes`` and ``clear``.
    """

    noun: str
    event: str
    values: Mapping[str, Value] = {}
    of: str = ""
    at: str = ""
    by: str = ""
    by_typed: bool = False
    note: str = ""
    key: str = ""
    files: tuple[str, ...] = ()
    changes: Mapping[str, str] = {}
    clear: tuple[str, ...] = ()
    late: str = ""


class Draft(NamedTuple):
    """An entry that passed every check, ready to be stored. ``entry`` is typed, ``doc`` its text.

    ``brings`` are the drafts of its group beside itself: all of them are stored, or none. ``leans`` are the ids of other
    drafts that it is of or names: without them it must not be stored.
    """

    entry: Entry
    doc: dict[str, Value]
    file: str
    warnings: tuple[Text, ...] = ()
    brings: tuple["Draft", ...] = ()
    leans: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple["Draft", ...]:
        """The drafts of the group, itself first."""
        return (self, *self.brings)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the group, its own first."""
        return tuple(one.entry.id for one in self.all)


class Stored(NamedTuple):
    """An entry that was there already under the same key, with those of its group."""

    docs: tuple[Mapping[str, Value], ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the group, the record's first."""
        return tuple(str(doc["id"]) for doc in self.docs)
