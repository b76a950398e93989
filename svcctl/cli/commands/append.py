"""``append --from -``: a stream of entries, each stored by itself and acknowledged as soon as it is durable."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from svcctl.book.record import Recorder
from svcctl.book.stream import Item, items
from svcctl.book.wish import Draft
from svcctl.cli import write
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import OutcomeUnknown, Refused, SvcError, Usage
from svcctl.texts import Text

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
    book, refused = session.book, 0
    told: list[str] = []
    lines: dict[str, int] = {}  # where each draft came from
    with book.writer() as writer:
        recorder = Recorder(book, lambda: writer.recorded(book.now))
        drafts: list[Draft] = []
        for item in batch:
            try:
                if item.problem is not None:
                    raise item.problem
                if item.wish is None:
                    continue
                wish = item.wish if item.wish.by else item.wish._replace(by=by)
                outcome = recorder.draft(wish)
            except SvcError as error:
                refused += 1
                message = "; ".join(error.say(session.lang).splitlines())
                session.say(Text(f"第 {item.line} 行：{message}", f"line {item.line}: {message}"))
                continue
            if isinstance(outcome, Draft):
                for warning in outcome.warnings:
                    session.say(Text(f"第 {item.line} 行：{warning.zh}", f"line {item.line}: {warning.en}"))
                drafts.append(outcome)
                told.append(outcome.entry.id)
                lines[outcome.entry.id] = item.line
            else:
                told.extend(outcome.ids)
        refused += _append(session, writer, drafts, told, lines)
    _acknowledge(told)
    return refused


def _refuse(session: Session, draft: Draft, lines: dict[str, int], gone: set[str], why: Text) -> int:
    gone.add(draft.entry.id)
    line = lines[draft.entry.id]
    session.say(Text(f"第 {line} 行：{why.zh}", f"line {line}: {why.en}"))
    return 1


def _append(session: Session, writer: Any, drafts: list[Draft], told: list[str], lines: dict[str, int]) -> int:
    """Write drafts file by file. A file that is damaged refuses its entries, the others go on."""
    by_file: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_file.setdefault(draft.file, []).append(draft)
    refused = 0
    gone: set[str] = set()
    by_file = dict(sorted(by_file.items()))  # a record's month is never after that of its follow-ups
    for file, wanted in by_file.items():
        part = []
        for draft in wanted:
            if draft.entry.of in gone:
                refused += _refuse(session, draft, lines, gone, Text("它所属的记录没有入账", "the record it belongs to was not stored"))
            else:
                part.append(draft)
        if not part:
            continue
        try:
            writer.append_many(file, [d.doc for d in part])
        except Refused as error:
            for draft in part:
                refused += _refuse(session, draft, lines, gone, Text(error.say("zh"), error.say("en")))
        except SvcError:
            # What is durable by now is acknowledged before the command ends.
            stored = {d.entry.id for f, ds in by_file.items() if list(by_file).index(f) < list(by_file).index(file) for d in ds}
            _acknowledge([i for i in told if i in stored and i not in gone])
            raise
    told[:] = [i for i in told if i not in gone]
    return refused


def _acknowledge(ids: list[str]) -> None:
    if not ids:
        return
    try:
        if sys.stdout is None:
            raise OSError
        sys.stdout.write("\n".join(ids) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise OutcomeUnknown(
            Text(f"{ids[0]} 等 {len(ids)} 条已入账，但没能输出编号", f"{ids[0]} and others, {len(ids)} in all, are stored, but their ids could not be printed")
        ) from error


COMMAND = Command(
    "append", Text("从标准输入连续录入：JSON 行或 YAML 文档，逐条核对、逐条入账，入账即输出编号。",
                   "Append a stream: JSON lines or YAML documents, each checked and stored by itself, its id printed once durable."),
    (Text('echo \'{"kind":"repair","event":"add","unit":"A-101","fault":"灯不亮","by":"李敏"}\' | svcctl append --from -',
          'echo \'{"kind":"repair","event":"add","unit":"A-101","fault":"No light","by":"Li"}\' | svcctl append --from -'),),
    (Param("from_", ("--from",), Text("-：标准输入", "-: standard input"), metavar="-", required=True),), run,
)  # fmt: skip
