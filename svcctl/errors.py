"""What can go wrong, each with its exit code. One boundary (``cli.main``) prints them.

A message says where, what was expected, what came and what to do. It never holds a personal value:
whoever raises decides whether ``got`` may be shown.
"""

from __future__ import annotations

from typing import ClassVar

from svcctl.texts import Lang, Text


class SvcError(Exception):
    """A failure that is told to a person in one message.

    ``where`` is a place (``repairs/2026-11.yaml:41``, ``--due``), ``what`` the matter, ``expected`` what would
    have been right, ``got`` what came, ``todo`` the next step.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        what: Text,
        *,
        where: str = "",
        expected: Text | None = None,
        got: str | None = None,
        todo: Text | None = None,
    ) -> None:
        super().__init__(what.en)
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.todo = todo

    def lies_in(self, folder: str) -> None:
        """Say of which of several ledgers the place is."""
        self.where = f"{folder}/{self.where}" if self.where else folder

    def say(self, lang: Lang) -> str:
        """The whole message in one language, on one line."""
        zh = lang == "zh"
        text = f"{self.where}: {self.what.to(lang)}" if self.where else self.what.to(lang)
        if self.expected is not None:
            text += f"{'：应为' if zh else ': expected '}{self.expected.to(lang)}"
        if self.got is not None:
            got = self.got if len(self.got) <= 80 else self.got[:77] + "…"
            text += f"{'，得到' if zh else ', got '}“{got}”" if zh else f', got "{got}"'
        if self.todo is not None:
            text += f"{'。' if zh else '. '}{self.todo.to(lang)}"
        return text


class Usage(SvcError):
    """The command line itself is wrong: unknown word, missing value, malformed period."""

    exit_code = 2


class Refused(SvcError):
    """A value, a rule, a transition, a sealed month, damage in the file to be written. Nothing was written."""

    exit_code = 3


class RefusedMany(Refused):
    """Several refusals at once; all are told."""

    def __init__(self, problems: list[SvcError]) -> None:
        super().__init__(problems[0].what)
        self.problems = problems

    def lies_in(self, folder: str) -> None:
        for problem in self.problems:
            problem.lies_in(folder)

    def say(self, lang: Lang) -> str:
        return "\n".join(p.say(lang) for p in self.problems)


class NotFound(SvcError):
    """No such ledger, record or template, or more than one fits."""

    exit_code = 4


class StorageFault(SvcError):
    """The disk, a permission, a limit. Nothing was written."""

    exit_code = 5


class OutcomeUnknown(SvcError):
    """A fault after the bytes may have reached the file. ``what`` names the id."""

    exit_code = 6


class Locked(SvcError):
    """Another process holds the ledger's lock for longer than we wait."""

    exit_code = 75


def refuse(problems: list[SvcError]) -> None:
    """Raise what is in ``problems``: nothing, the one, or all of them together."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise RefusedMany(problems)
