"""``append --from -``: a stream of entries, each stored by itself and acknowledged as soon as it is durable."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from svcctl.book.record import Recorder
from svcctl.book.stream import Item, items
from svcctl.book.wish import Draft
from svcctl.cli import write
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import OutcomeUnknown, Refused, StorageFault, SvcError, Usage
from svcctl.texts import Text

if TYPE_CHECKING:
    from svcctl.store.writer import Writer

MOST = 500  # entries stored under one lock and one fsync; only what has come already is taken together


class Lines:
    """Numbered lines of a byte stream, and whether another one has come already."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._held = b""
        self._ended = False
        self._number = 0
        self._ready: list[bytes] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while self._more():
            self._number += 1
            line = self._ready.pop()
            if self._number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")  # some shells put one before whatever they pipe
            try:
                yield self._number, line.decode("utf-8")
            except UnicodeDecodeError:
                yield self._number, "\ufffe"  # refused where it is read, with its line

    @property
    def waiting(self) -> bool:
        """Whether a whole line is there without waiting for one."""
        return bool(self._ready)

    def _more(self) -> bool:
        while not self._ready and not self._ended:
            chunk = os.read(self._fd, 1 << 16)
            self._ended = not chunk
            *whole, self._held = (self._held + chunk).split(b"\n")
            if self._ended and self._held:
                whole.append(self._held)
            self._ready = whole[::-1]
        return bool(self._ready)


def batches(lines: Lines) -> Iterator[list[Item]]:
    """Entries as they come: those that are there at once are taken together."""
    held: list[Item] = []
    for item in items(lines):
        held.append(item)
        if not lines.waiting or len(held) >= MOST:
            yield held
            held = []
    if held:
        yield held


def run(session: Session, given: dict[str, Any]) -> None:
    """Store the stream."""
    if given["from_"] != "-":
        raise Usage(
            Text("来源", "the source"), where="--from", expected=Text("-（标准输入）", "- (standard input)"), got=given["from_"],
        )  # fmt: skip
    default = session.environ.get("SVCCTL_BY", "").strip() or write.on_duty(session)
    session.notice()
    if sys.stdin is None:
        raise Usage(Text("标准输入关着", "standard input is closed"), where="--from")
    refused = 0
    for batch in batches(Lines(sys.stdin.fileno())):
        refused += _store(session, batch, default)
    if refused:
        session.exit_code = 3
        session.say(Text(f"{refused} 条未接受，其余已入账", f"{refused} were refused, the rest is stored"))


def _store(session: Session, batch: list[Item], by: str) -> int:
    """Store what is good of a batch, print its ids, say what is refused; returns how many were."""
    book = session.book
    with book.writer() as writer:
        work = _Batch(session, writer)
        recorder = Recorder(book, lambda: writer.recorded(book.now))
        for item in batch:
            work.draft(recorder, item, by)
        work.write()
    _acknowledge(work.told())
    return work.refused


class _Batch:
    """Entries that are stored together: drafted one by one, written file by file, told in the order they came."""

    def __init__(self, session: Session, writer: Writer) -> None:
        self._session = session
        self._writer = writer
        self._drafts: list[tuple[int, Draft]] = []  # with their lines
        self._told: list[tuple[str, ...]] = []  # the ids of each entry of the stream
        self._gone: set[str] = set()
        self.refused = 0

    def draft(self, recorder: Recorder, item: Item, by: str) -> None:
        """Check an entry, and keep it for writing if it is good."""
        try:
            if item.problem is not None:
                raise item.problem
            if item.wish is None:
                return
            outcome = recorder.draft(item.wish if item.wish.by else item.wish._replace(by=by))
        except StorageFault:  # which is no fault of the entry
            raise
        except SvcError as error:
            self._refuse(item.line, Text(error.say("zh"), error.say("en")))
            return
        if isinstance(outcome, Draft):
            for warning in outcome.warnings:
                self._session.say(Text(f"第 {item.line} 行：{warning.zh}", f"line {item.line}: {warning.en}"))
            self._drafts.append((item.line, outcome))
        self._told.append(outcome.ids)

    def told(self) -> list[str]:
        """The ids of what is stored."""
        return [one for ids in self._told if ids[0] not in self._gone for one in ids]

    def write(self) -> None:
        """Write the drafts in their order: those that stand alone together, groups each by itself."""
        done: set[str] = set()
        try:
            alone: list[tuple[int, Draft]] = []
            for line, draft in self._drafts:
                if draft.brings:
                    self._alone(alone, done)
                    alone = []
                    self._group(line, draft, done)
                else:
                    alone.append((line, draft))
            self._alone(alone, done)
        except SvcError:
            # What is durable by now is acknowledged before the command ends.
            drafted = {draft.entry.id for _, draft in self._drafts}
            _acknowledge([i for ids in self._told if ids[0] in done or ids[0] not in drafted for i in ids])
            raise

    def _alone(self, drafts: list[tuple[int, Draft]], done: set[str]) -> None:
        for file, wanted in _by_file(drafts):
            part = [(line, draft) for line, draft in wanted if self._has_its_record(line, draft)]
            if not part:
                continue
            try:
                self._writer.append_many(file, [draft.doc for _, draft in part])
            except Refused as error:
                for line, draft in part:
                    self._drop(line, draft, Text(error.say("zh"), error.say("en")))
            else:
                done.update(draft.entry.id for _, draft in part)

    def _group(self, line: int, draft: Draft, done: set[str]) -> None:
        if not all(self._has_its_record(line, one, draft) for one in draft.all):
            return
        try:
            self._writer.append_group((one.file, one.doc) for one in draft.all)
        except Refused as error:
            self._drop(line, draft, Text(error.say("zh"), error.say("en")))
        else:
            done.add(draft.entry.id)

    def _has_its_record(self, line: int, one: Draft, whole: Draft | None = None) -> bool:
        if not one.leans & self._gone:
            return True
        what = Text("它所属的记录没有入账", "the record it belongs to was not stored")
        if one.entry.of not in self._gone:
            what = Text("它提到的记录没有入账", "a record it names was not stored")
        self._drop(line, whole or one, what)
        return False

    def _drop(self, line: int, draft: Draft, why: Text) -> None:
        self._gone.update(draft.ids)
        self._refuse(line, why)

    def _refuse(self, line: int, why: Text) -> None:
        self.refused += 1
        zh, en = ("; ".join(text.splitlines()) for text in why)
        self._session.say(Text(f"第 {line} 行：{zh}", f"line {line}: {en}"))


def _by_file(drafts: list[tuple[int, Draft]]) -> list[tuple[str, list[tuple[int, Draft]]]]:
    """The drafts file by file, so that none is written before what it is of or names."""
    files = {draft.entry.id: draft.file for _, draft in drafts}
    # A record's month is not after that of its follow-ups, but for a late one; and units come after repairs.
    if any(draft.entry.late or any(files.get(i, "") > draft.file for i in draft.leans) for _, draft in drafts):
        return [(file, list(part)) for file, part in groupby(drafts, key=lambda d: d[1].file)]
    by_file: dict[str, list[tuple[int, Draft]]] = {}
    for line, draft in drafts:
        by_file.setdefault(draft.file, []).append((line, draft))
    return sorted(by_file.items())


def _acknowledge(ids: list[str]) -> None:
    if not ids:
        return
    try:
        if sys.stdout is None:
            raise OSError
        sys.stdout.write("\n".join(ids) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        named = ", ".join(ids[:write.NAMED]) + (f" … ({len(ids)})" if len(ids) > write.NAMED else "")
        raise OutcomeUnknown(
            Text(f"{named} 已入账，但没能输出", f"{named}: stored, but could not be printed"),
            todo=Text("有 key 的记录重做是安全的", "Repeating is safe for entries with a key (as with --key)"),
        ) from error


COMMAND = Command(
    "append", Text("从标准输入连续录入：JSON 行或 YAML 文档，逐条核对、逐条入账，入账即输出编号。",
                   "Append a stream: JSON lines or YAML documents, each checked and stored by itself, its id printed once durable."),
    (Text('echo \'{"kind":"repair","event":"add","unit":"A-101","fault":"灯不亮","by":"李敏"}\' | svcctl append --from -',
          'echo \'{"kind":"repair","event":"add","unit":"A-101","fault":"No light","by":"Li"}\' | svcctl append --from -'),),
    (Param("from_", ("--from",), Text("-：标准输入", "-: standard input"), metavar="-", required=True),), run,
)  # fmt: skip
