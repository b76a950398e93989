"""One run of svcctl: its language, clock, ledger and streams. Everything a command needs from outside, in one place."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from errno import EBADF
from typing import TYPE_CHECKING

from svcctl.errors import Refused, Usage
from svcctl.texts import LANGS, Lang, Text

if TYPE_CHECKING:
    from svcctl.book.open import Book

STDOUT = "stdout"  # where an error is of what a command prints
_SHORT_LANG = {"zh": "zh", "cn": "zh", "中文": "zh", "en": "en", "english": "en"}


class Session:
    """``arguments`` are scanned for the options that stand before the command; the rest is left to the command."""

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.ledger, typed_lang = _leading(arguments)
        self._typed_lang = typed_lang
        self._lang: Lang | None = None
        self._book: Book | None = None
        self.exit_code = 0
        self.quiet = False  # only what is wrong is said
        self._moment = _moment(environ)
        self.rehearsed = bool(environ.get("SVCCTL_NOW"))

    # -- language -------------------------------------------------------------------------------------------------

    @property
    def lang(self) -> Lang:
        """Of the terminal: ``--lang``, ``$SVCCTL_LANG``, the locale, ``ledger.yaml``."""
        if self._lang is None:
            self._lang = self.chosen_lang or self._ledger_lang()
        return self._lang

    @property
    def chosen_lang(self) -> Lang | None:
        """The language somebody chose: typed, in the environment or by the locale. None if nobody did."""
        for named in (self._typed_lang.lower(), self.environ.get("SVCCTL_LANG", "").lower()):
            if named in _SHORT_LANG:
                return _SHORT_LANG[named]
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            locale = self.environ.get(name, "")
            if locale:
                base = locale.split(".")[0].split("_")[0].lower()
                if base not in ("c", "posix"):
                    return "zh" if base == "zh" else "en"
                break  # C and POSIX name no language: the ledger's is taken
        return None

    def _ledger_lang(self) -> Lang:
        """The language of ``ledger.yaml``, read as a line so that a broken file can still be complained about."""
        from svcctl.book.open import locate
        from svcctl.errors import SvcError

        try:
            folder = locate(self.ledger, self.environ, os.getcwd())
            with open(os.path.join(folder, "ledger.yaml"), encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.startswith("language:"):
                        value = line.partition(":")[2].split("#")[0].strip().strip("\"'")
                        return value if value in LANGS else "zh"
        except (SvcError, OSError):
            return "en"
        return "zh"

    def say(self, text: Text) -> None:
        """A line for the person, on stderr."""
        from svcctl.mask import mask_numbers
        from svcctl.table import safe

        self._tell(mask_numbers(safe(text.to(self.lang))))

    def note(self, text: Text) -> None:
        """What is good to know while all is well; a quiet command keeps it to itself."""
        if not self.quiet:
            self.say(text)

    def _tell(self, line: str) -> None:
        if sys.stderr is not None:
            with suppress(OSError, ValueError):  # what cannot be said does not undo what was done
                print(line, file=sys.stderr)  # noqa: T201

    def out(self, text: str) -> None:
        """A line of data, on stdout. Raises OSError where there is none."""
        if sys.stdout is None:
            raise OSError(EBADF, os.strerror(EBADF), STDOUT)
        try:
            print(text)  # noqa: T201
        except OSError as error:
            error.filename = STDOUT  # the system does not say of what it speaks
            raise

    def flush(self) -> None:
        """See that all of the data left this process. Raises OSError."""
        if sys.stdout is not None:
            try:
                sys.stdout.flush()
            except OSError as error:
                error.filename = STDOUT
                raise

    def notice(self) -> None:
        """Say that the clock is not the real one; for commands that write."""
        if self.rehearsed:
            moment = f"{self.book.now:%Y-%m-%d %H:%M}"
            text = Text(f"注意：时钟由 $SVCCTL_NOW 定为 {moment}", f"note: $SVCCTL_NOW sets the clock to {moment}")
            self._tell(text.to(self.lang))  # nothing in it to be masked

    # -- time -----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The clock, or ``$SVCCTL_NOW``; aware."""
        found = self._moment
        if found is None:
            return datetime.now(UTC).astimezone()
        return found if found.tzinfo is not None else found.replace(tzinfo=self._zone())

    def _zone(self) -> tzinfo | None:
        """The site's zone, for a ``$SVCCTL_NOW`` without one; outside a ledger the machine's."""
        from svcctl.book.open import locate, read_site
        from svcctl.errors import NotFound
        from svcctl.store.files import Root

        try:
            return read_site(Root(locate(self.ledger, self.environ, os.getcwd()))).zone
        except NotFound:
            return datetime.now(UTC).astimezone().tzinfo

    # -- ledger ---------------------------------------------------------------------------------------------------

    @property
    def book(self) -> Book:
        """The ledger, opened when first needed. Raises NotFound, Refused."""
        if self._book is None:
            from svcctl.book.open import locate

            self._book = self._opened(locate(self.ledger, self.environ, os.getcwd()))
        return self._book

    def at(self, folder: str) -> Book:
        """Another ledger than the one found, from now on."""
        self._book = self._opened(folder)
        return self._book

    def among(self, folders: Sequence[str]) -> list[Book]:
        """Ledgers beside each other, instead of the one found; the first is ``book`` from now on, and speaks for all.

        Raises NotFound for a folder without one, Refused.
        """
        from svcctl.book.open import locate

        found = [locate(folder, {}, "") for folder in folders]
        self.ledger, self._lang = found[0], None
        books = [self._one_of_several(folder) for folder in found]
        self._book = books[0]
        return books

    def _one_of_several(self, folder: str) -> Book:
        try:
            return self._opened(folder)
        except Refused as refused:
            refused.lies_in(folder)
            raise

    def _opened(self, folder: str) -> Book:
        from svcctl.book.open import Book

        return Book(folder, self.now(), self.environ, self.say, progress=self.progress)

    def close(self) -> None:
        """Give back the ledger: an index left open keeps whoever runs next in this process from bringing it up to date."""
        if self._book is not None:
            self._book.close()

    # -- terminal -------------------------------------------------------------------------------------------------

    @property
    def asks(self) -> bool:
        """Whether somebody is there to be asked."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    @property
    def on_terminal(self) -> bool:
        """Whether stdout is read by a person now."""
        return _is_terminal(sys.stdout)

    @property
    def width(self) -> int | None:
        """Columns of the terminal, None in a pipe, where nothing is ever cut or wrapped."""
        if not self.on_terminal:
            return None
        import shutil

        return shutil.get_terminal_size((100, 24)).columns

    def progress(self, done: int, total: int) -> None:
        """How far a long piece of work is, on stderr, if that is a terminal."""
        if _is_terminal(sys.stderr):
            end = "\n" if done >= total else ""
            share = f"{100 * done // max(total, 1)}%"
            print(f"\r{Text('正在整理索引', 'reading').to(self.lang)} {share}", end=end, file=sys.stderr, flush=True)  # noqa: T201


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False


def _leading(arguments: Sequence[str]) -> tuple[str, str]:
    """``-C`` and ``--lang`` as far as they stand before the command."""
    ledger = lang = ""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in ("-C", "--ledger", "--lang"):
            if not equals:
                value = rest.pop(0) if rest else ""
            ledger, lang = (ledger, value) if name == "--lang" else (value, lang)
        elif word.startswith("-C") and len(word) > 2:
            ledger = word[2:]
    return ledger, lang


def _moment(environ: Mapping[str, str]) -> datetime | None:
    text = environ.get("SVCCTL_NOW", "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(
            Text("时钟", "the clock"), where="$SVCCTL_NOW", got=text,
            expected=Text("时间，如 2026-11-24T09:00:00+08:00", "a time like 2026-11-24T09:00:00+08:00"),
        ) from None  # fmt: skip
    return moment
