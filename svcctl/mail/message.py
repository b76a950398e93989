"""A message with a workbook, as bytes. Pure: nothing is opened, and the date is given.

Whatever comes from outside stands in one header line or is refused; the finished message is taken apart again and
compared, so that no header is there that was not meant.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, NamedTuple

from svcctl.errors import Refused
from svcctl.mask import mask_numbers
from svcctl.table import safe
from svcctl.texts import Lang, Text
from svcctl.xlsx.about import About

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
_PLAIN, _PART = 66, 39  # characters that need no folding; bytes in an encoded word, so that its line has 76 at most
LONGEST_SUBJECT, LONGEST_TEXT, LONGEST_NAME = 200, 10_000, 200

_FACTS = (
    (Text("期间", "Period"), "period"),
    (Text("截至", "As of"), "as_of"),
    (Text("按当时已录入的", "As recorded by"), "known_at"),
    (Text("台账校验码", "Hash of the ledger's entries"), "ledger_hash"),
)
_FILE = Text("附件", "Attached")
_DAMAGED = Text("注意：做这份报表时台账有损坏，见首页。", "Note: the ledger was damaged when this was made; see its first page.")


class Draft(NamedTuple):
    """A message ready to be sent: what is seen of it, and its bytes, with CRLF at the end of every line."""

    id: str
    subject: str
    text: str
    data: bytes


class Workbook(NamedTuple):
    """A workbook to be sent: the file's name without folder, its bytes, what it says about itself."""

    name: str
    data: bytes
    about: About


def subject(given: str | None, about: About) -> str:
    """The subject: as given, else the workbook's own title; on one line, numbers of people hidden. Raises Refused."""
    if given is None:
        plain = " ".join("".join(c if safe(c) == c else " " for c in about.title).split())
        return mask_numbers(plain.replace("=?", "= ?")[:LONGEST_SUBJECT]).strip() or about.template
    return mask_numbers(one_line(given, "--subject", LONGEST_SUBJECT))


def one_line(text: str, where: str, longest: int) -> str:
    """``text`` itself, if it is one visible line; raises Refused for whatever could begin another header."""
    if safe(text) != text or not text.strip() or len(text) > longest or "=?" in text:  # =? begins an encoded word
        raise Refused(
            Text("不能放进邮件", "it cannot stand in a mail"), where=where, got=safe(text),
            expected=Text(f"一行可见的文字，最多 {longest} 个字", f"one visible line of at most {longest} characters"),
        )  # fmt: skip
    return " ".join(text.split())


def body(given: str | None, workbook: Workbook, lang: Lang) -> str:
    """The text: what somebody wants to say, then what the workbook is and how to prove it. Raises Refused."""
    about, lines = workbook.about, []
    if given is not None:
        said = given.replace("\r\n", "\n").strip("\n")
        if len(said) > LONGEST_TEXT or any(safe(line.replace("\t", " ")) != line.replace("\t", " ") for line in said.split("\n")):
            raise Refused(
                Text("不能放进邮件", "it cannot stand in a mail"), where="--message",
                expected=Text(f"可见的文字，最多 {LONGEST_TEXT} 个字", f"visible text of at most {LONGEST_TEXT} characters"),
            )  # fmt: skip
        lines += [mask_numbers(line) for line in said.split("\n")] + [""]
    if about.damaged:
        lines += [_DAMAGED.to(lang), ""]
    colon = "：" if lang == "zh" else ": "
    for label, name in _FACTS:
        value = safe(getattr(about, name))
        if value:
            lines.append(f"{label.to(lang)}{colon}{value}")
    lines.append(f"{_FILE.to(lang)}{colon}{workbook.name}")
    lines.append(f"SHA-256{colon}{hashlib.sha256(workbook.data).hexdigest()}")
    return "\n".join(lines) + "\n"


def compose(
    sender: tuple[str, str], to: Mapping[str, tuple[str, ...]], title: str, text: str, workbook: Workbook, date: datetime
) -> Draft:
    """The message from ``sender`` (name, address) to the addresses by name. ``date`` has a zone.

    The id follows from the contents and the recipients, so that a message sent twice can be known as one. Raises
    Refused if what is read back is not what was meant.
    """
    addresses = [Address(name, addr_spec=one) for name, several in to.items() for one in several]
    known = hashlib.sha256("\0".join([title, text, workbook.name, *sorted(a.addr_spec for a in addresses)]).encode() + workbook.data)
    digest = known.hexdigest()
    message = EmailMessage(policy=_Folding(linesep="\r\n"))
    message["From"] = Address(sender[0], addr_spec=sender[1])
    message["To"] = addresses
    message["Subject"] = title
    message["Date"] = format_datetime(date)
    identity = f"<{digest[:32]}@{_domain(sender[1])}>"
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"  # or every absence notice would answer the report
    message.set_content(text)
    message.add_attachment(
        workbook.data, maintype="application", subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet", filename=workbook.name,
    )  # fmt: skip
    message.set_boundary(f"=_{digest[32:]}")
    draft = Draft(identity, title, text, message.as_bytes())
    _read_back(draft, [message["From"].addresses[0], *addresses], workbook)
    return draft


class _Folding(EmailPolicy):
    """The standard library's policy, but for what people named: long lines of that it folds wrongly at times, and then
    a subject loses a space, and a name its quotes, so that what looks like an address in it becomes one."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "Subject":
            return b"Subject: " + _words(str(value), _PLAIN) + b"\r\n"
        if name in ("From", "To"):
            return name.encode() + b": " + b",\r\n ".join(map(_mailbox, value.addresses)) + b"\r\n"
        return super().fold_binary(name, value)


def _mailbox(one: Address) -> bytes:
    address = one.addr_spec.encode("ascii")
    if not one.display_name:
        return address
    plain = re.fullmatch("[A-Za-z0-9 ]+", one.display_name) is not None
    return _words(one.display_name, _PLAIN if plain else 0) + b"\r\n <" + address + b">"


def _words(text: str, plain: int) -> bytes:
    """A text in a header: as it is if it is ASCII of at most ``plain`` characters, else in encoded words of whole characters."""
    if text.isascii() and len(text) <= plain:
        return text.encode()
    parts = [b""]
    for char in text:
        encoded = char.encode()
        if len(parts[-1]) + len(encoded) > _PART:
            parts.append(b"")
        parts[-1] += encoded
    return b"\r\n ".join(b"=?utf-8?b?%s?=" % base64.b64encode(part) for part in parts)


def _domain(address: str) -> str:
    """The right side of a message's id: the sender's, unless the line would have to be folded."""
    domain = address.rpartition("@")[2]
    return domain if len(domain) <= 31 else "svcctl.invalid"


def _read_back(draft: Draft, people: list[Address], workbook: Workbook) -> None:
    read = message_from_bytes(draft.data, policy=SMTP)
    assert isinstance(read, EmailMessage)
    files = [(part.get_filename(), part.get_content()) for part in read.iter_attachments()]
    main = read.get_body()
    same = (
        sorted(read.keys()) == sorted(HEADERS)
        and (read["Subject"], read["Message-ID"]) == (draft.subject, draft.id)
        and [_known(a) for name in ("From", "To") for a in read[name].addresses] == [_known(a) for a in people]
        and files == [(workbook.name, workbook.data)]
        and main is not None and main.get_content().replace("\r\n", "\n") == draft.text
        and not re.search(rb"\r(?!\n)|(?<!\r)\n", draft.data) and draft.data.endswith(b"\r\n")
    )  # fmt: skip
    if not same:
        raise Refused(Text("这封邮件不能原样写成，没有寄", "this mail cannot be written as it is meant; it was not sent"), where=workbook.name)


def _known(one: Address) -> tuple[str, str]:
    """A name without its spaces, and the address: Python leaves one between the encoded words of a name, others do not."""
    return "".join(one.display_name.split()), one.addr_spec
