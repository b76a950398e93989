"""``send``: a finished workbook by mail, to people named in the user's own settings. Reads nothing of a ledger."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from svcctl.cli.params import JSON
from svcctl.cli.session import Session
from svcctl.cli.shape import Command, Param
from svcctl.errors import NotFound, Refused, Usage
from svcctl.texts import Text, listed, same

if TYPE_CHECKING:
    from svcctl.mail.config import Settings
    from svcctl.mail.message import Draft, Workbook

LARGEST = 20_000_000  # bytes of a workbook; many servers take no more
ENDING = ".xlsx"

_LABELS = (Text("收件人：", "To: "), Text("主题：", "Subject: "), Text("附件：", "Attached: "), Text("服务器：", "Server: "), Text("编号：", "Id: "))


def _names(session: Session) -> list[str]:
    from svcctl.mail import config

    return list(config.read(session.environ).recipients)


def run(session: Session, given: dict[str, Any]) -> None:
    """Send the file."""
    from svcctl.mail import config, message

    names = tuple(given["to"])
    if not given["file"] or not names:
        raise Usage(Text("缺少文件或收件人", "the file or a recipient is missing"), expected=same("svcctl send FILE --to NAME"))
    settings = config.read(session.environ)
    to = config.addressed(settings, names)
    book = _workbook(given["file"])
    title = message.subject(given["subject"], book.about)
    text = message.body(given["message"], book, book.about.lang)
    # A mail's date is the true one, even in a rehearsal.
    draft = message.compose((settings.sender_name, settings.sender), to, title, text, book, datetime.now(UTC).astimezone())
    if book.about.damaged:
        session.exit_code = 1
        session.say(Text("做这份报表时台账有损坏，邮件里已注明", "the ledger was damaged when this report was made, as the mail says"))
    if given["dry_"]:
        session.out(_as_json(to, draft, book, sent=False) if given["json_"] else _seen(session, settings, to, draft, book))
        return
    refused = _deliver(session, settings, to, draft)
    _acknowledge(session, _as_json(to, draft, book, sent=True, refused=refused) if given["json_"] else draft.id, draft)


def _workbook(path: str) -> Workbook:
    from svcctl.mail.message import LONGEST_NAME, Workbook, one_line
    from svcctl.xlsx.about import about

    if not path.lower().endswith(ENDING):
        raise Refused(Text("只寄 svcctl 做的工作簿", "only workbooks that svcctl made are sent"), where=path, expected=same("FILE.xlsx"))
    name = one_line(os.path.basename(path), path, LONGEST_NAME)
    data = _bytes(path)
    return Workbook(name, data, about(data, path))


def _bytes(path: str) -> bytes:
    """The bytes of a regular file that is not too large. Raises NotFound, Refused."""
    from svcctl.mail.source import plain

    try:
        data, found = plain(path, LARGEST)
    except FileNotFoundError:
        raise NotFound(Text("没有这个文件", "there is no such file"), where=path) from None
    if len(data) > LARGEST:
        raise Refused(
            Text(f"文件有 {found.st_size} 字节，太大", f"the file has {found.st_size} bytes, which is too large for a mail"), where=path,
            expected=Text(f"最多 {LARGEST // 1_000_000} MB", f"at most {LARGEST // 1_000_000} MB"),
            todo=Text("做一份期间短一些的", "Make one of a shorter period"),
        )  # fmt: skip
    return data


def _deliver(session: Session, settings: Settings, to: dict[str, tuple[str, ...]], draft: Draft) -> list[str]:
    """Send it. Returns the names of those whom it does not reach, which is told."""
    from svcctl.mail.transport import deliver

    refused = deliver(settings, [one for several in to.values() for one in several], draft.data, draft.id)
    missed = [name for name, several in to.items() if any(one in refused for one in several)]
    if missed:
        session.exit_code = 1
        words = next(iter(refused.values()))
        session.say(
            Text("已寄出，但服务器不收这些收件人：", "sent, but the server does not take: ").joined(listed([same(n) for n in missed]), "", "")
            .joined(words, "（", " (").joined(Text("）", ")"), "", "")
        )  # fmt: skip
    return missed


def _seen(session: Session, settings: Settings, to: dict[str, tuple[str, ...]], draft: Draft, book: Workbook) -> str:
    """What would be sent, for people."""
    count = sum(map(len, to.values()))
    who = listed([same(n) for n in to]).joined(Text(f"（{count} 个地址）", f"({count} address{'es' if count > 1 else ''})"))
    size = Text(f"{book.name}（{len(book.data)} 字节，邮件共 {len(draft.data)}）", f"{book.name} ({len(book.data)} bytes, {len(draft.data)} as a mail)")
    values = (who, same(draft.subject), size, same(f"{settings.host}:{settings.port} {settings.security}"), same(draft.id))
    head = [label.joined(value, "", "").to(session.lang) for label, value in zip(_LABELS, values, strict=True)]
    return "\n".join([*head, "", draft.text.removesuffix("\n")])


def _as_json(to: dict[str, tuple[str, ...]], draft: Draft, book: Workbook, *, sent: bool, refused: list[str] | None = None) -> str:
    found = {
        "id": draft.id, "sent": sent, "to": list(to), "refused": refused or [], "subject": draft.subject, "file": book.name, "bytes": len(book.data),
        "damaged": book.about.damaged,
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False, indent=2)


def _acknowledge(session: Session, text: str, draft: Draft) -> None:
    from svcctl.cli.write import acknowledge

    acknowledge(session, text, (draft.id,), Text("不必再寄", "There is no need to send it again"), Text("已寄出", "is sent"))


COMMAND = Command(
    "send", Text("把做好的报表（svcctl report 出的 .xlsx）寄给邮件设置里写明的人。设置在自己的 ~/.config/svcctl/mail.yaml，从不在台账里。",
                 "Mail a finished workbook (made by svcctl report) to people named in your own settings, ~/.config/svcctl/mail.yaml, never in a ledger."),
    (Text("svcctl send out/悦和里_weekly_2026-W47.xlsx --to 经理", "svcctl send out/Yuehe_weekly_2026-W47.xlsx --to manager"),
     Text("svcctl send 月报.xlsx --to 经理 --to 业主 --message 请查收 -n", "svcctl send monthly.xlsx --to manager --to owners --message 'For Monday' -n")),
    (Param("file", ("FILE",), Text("svcctl report 做的工作簿", "A workbook that svcctl report made"), metavar="FILE", required=True),
     Param("to", ("--to",), Text("邮件设置里的名字，可多次", "A name in the mail settings; may be repeated"), kind="many", metavar="NAME", required=True, complete=_names),
     Param("subject", ("--subject",), Text("主题，默认报表的标题", "The subject; the report's title unless given")),
     Param("message", ("--message",), Text("正文开头的话", "What the text begins with")),
     Param("dry_", ("-n", "--dry-run"), Text("只看会寄什么给谁，不连接", "Show what would be sent to whom; connect to nothing"), kind="flag"),
     JSON), run,
)  # fmt: skip
