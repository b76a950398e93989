"""The only code that opens a connection: one message to one SMTP server, and how it ended.

Nothing is sent unless the server proves who it is, and nothing is tried again by itself. Up to the line that ends a
message nothing has been sent, whatever happens; from there on only the server's answer tells.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from svcctl.errors import OutcomeUnknown, Refused, StorageFault, SvcError
from svcctl.mail.config import Settings, is_loopback
from svcctl.table import safe
from svcctl.texts import Text, same

HELLO = "[127.0.0.1]"  # what this computer is called is nobody's business
CHUNK = 1 << 16
_NOT_SENT = Text("没有寄出", "nothing was sent")
_NO_ANSWER = Text("服务器不回答", "the server does not answer")
_LATER = Text("稍后再试", "Try again later")


class Patience(NamedTuple):
    """Seconds to wait for a step, and for the last answer: a server may look into the attachment before it gives one."""

    step: float = 20
    last: float = 300


PATIENCE = Patience()


def deliver(settings: Settings, addresses: Sequence[str], message: bytes, identity: str, patience: Patience = PATIENCE) -> dict[str, Text]:
    """Hand the message over. Returns the addresses that the server does not take, with its words; it took the others.

    ``message`` has CRLF at the end of every line. Raises Refused or StorageFault if nothing was sent, OutcomeUnknown if
    the connection broke when everything had been said.
    """
    server: smtplib.SMTP | None = None
    try:
        with _told(settings):
            server = _connected(settings, patience)
            _greeted(server, settings)
            refused = _addressed(server, settings, addresses, message)
            _data(server, settings, message)
        _ended(server, settings, patience, identity)
        with contextlib.suppress(OSError):  # it is sent, however one parts
            _wait(server, patience.step)
            server.quit()
        return refused
    finally:
        if server is not None:
            server.close()


# -- the steps --------------------------------------------------------------------------------------------------------


def _connected(settings: Settings, patience: Patience) -> smtplib.SMTP:
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, HELLO, timeout=patience.step, context=ssl.create_default_context())
    return smtplib.SMTP(settings.host, settings.port, HELLO, timeout=patience.step)


def _greeted(server: smtplib.SMTP, settings: Settings) -> None:
    if settings.security == "none" and (server.sock is None or not is_loopback(str(server.sock.getpeername()[0]))):
        raise _fault(settings, Text("不是本机，不加密不寄", "it is not this computer itself, and unencrypted nothing is sent"))
    server.ehlo_or_helo_if_needed()
    if settings.security == "starttls":
        if not server.has_extn("starttls"):
            raise _fault(
                settings, Text("服务器不提供 STARTTLS，不加密不寄", "the server offers no STARTTLS, and unencrypted nothing is sent"),
                Text("看看 port 和 security 是否相配，或有人在中间", "See whether port and security go together, or whether somebody is in between"),
            )  # fmt: skip
        server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
    if settings.user:
        server.login(settings.user, settings.password)


def _addressed(server: smtplib.SMTP, settings: Settings, addresses: Sequence[str], message: bytes) -> dict[str, Text]:
    limit = server.esmtp_features.get("size", "")
    if limit.isdigit() and 0 < int(limit) < len(message):
        raise Refused(_too_large(len(message), int(limit)).joined(_NOT_SENT, "，", ", "), where=_place(settings))
    code, said = server.mail(settings.sender)
    if code // 100 != 2:
        raise _answer(settings, Text("服务器不收这个发件人", "the server does not take the sender"), code, said)
    refused: dict[str, Text] = {}
    codes = set()
    for address in dict.fromkeys(addresses):
        code, said = server.rcpt(address)
        if code // 100 != 2:
            refused[address] = _words(settings, code, said)
            codes.add(code)
    if len(refused) == len(set(addresses)):
        what = Text("服务器一个收件人都不收", "the server takes none of the recipients")
        temporary = all(code // 100 == 4 for code in codes)
        words = next(iter(refused.values()))
        raise (_fault if temporary else _refusal)(settings, what.joined(words, "：", ": "), _LATER if temporary else None)
    return refused


def _data(server: smtplib.SMTP, settings: Settings, message: bytes) -> None:
    """The message, but for the line that ends it."""
    code, said = server.docmd("DATA")
    if code != 354:
        raise _answer(settings, Text("服务器不收这封邮件", "the server does not take the message"), code, said)
    stuffed = re.sub(rb"^\.", b"..", message, flags=re.MULTILINE)
    for start in range(0, len(stuffed), CHUNK):
        server.send(stuffed[start : start + CHUNK])  # in pieces: the time allowed is for each


def _ended(server: smtplib.SMTP, settings: Settings, patience: Patience, identity: str) -> None:
    try:
        _wait(server, patience.last)
        server.send(b".\r\n")
        code, said = server.getreply()
    except (OSError, KeyboardInterrupt):
        raise OutcomeUnknown(
            Text(f"邮件 {identity} 全部交出后连接断了，不知道服务器收没收",
                 f"the connection broke when all of {identity} had been handed over: it is not known whether the server took it"),
            where=_place(settings),
            todo=Text("先问收件人；再寄一次编号不变，多半的邮件软件会认出是同一封",
                      "Ask a recipient first; sent again it has the same id, by which most mail programs know it as one"),
        ) from None  # fmt: skip
    if code // 100 != 2:
        raise _answer(settings, Text("服务器不收这封邮件", "the server does not take the message"), code, said)


def _wait(server: smtplib.SMTP, seconds: float) -> None:
    """Allow each of the following steps that many seconds."""
    if server.sock is not None:
        server.sock.settimeout(seconds)


# -- how it failed ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """Whatever goes wrong before the end of the message, in words: nothing was sent."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        what = Text("服务器不接受这个用户名和密码", "the server does not accept the user and password")
        raise _answer(settings, what, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError:
        what = Text("服务器不提供可用的登录方式", "the server offers no login that can be used")
        raise _refusal(settings, what, Text("看看 security 和 port", "See `security` and `port`")) from None
    except smtplib.SMTPResponseException as error:
        raise _answer(settings, Text("服务器拒绝", "the server refuses"), error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPServerDisconnected as error:
        slow = isinstance(error.__context__, TimeoutError)  # smtplib makes a lost connection of both
        raise _fault(settings, _NO_ANSWER if slow else Text("连接断了", "the connection broke"), _LATER) from None
    except ssl.SSLCertVerificationError as error:
        reason = same(safe(error.verify_message))
        raise _fault(
            settings, Text("服务器的证书不可信：", "the server's certificate is not trusted: ").joined(reason, "", ""),
            Text("看看 host；自己的证书机构用环境变量 SSL_CERT_FILE=文件 指明", "See `host`; a certificate authority of your own is named by the variable SSL_CERT_FILE=FILE"),
        ) from None  # fmt: skip
    except ssl.SSLError as error:
        raise _fault(
            settings, Text("加密连接没有建成（{why}）", "no encrypted connection ({why})").fill(why=safe(str(error.reason or "TLS"))),
            Text("看看 port 和 security 是否相配：465 tls，587 starttls", "See whether port and security go together: 465 tls, 587 starttls"),
        ) from None  # fmt: skip
    except TimeoutError:
        raise _fault(settings, _NO_ANSWER, _LATER) from None
    except socket.gaierror:
        raise _fault(settings, Text("找不到这个服务器", "there is no such server"), Text("看看 host 和网络", "See `host` and the network")) from None
    except OSError as error:
        reason = same(safe(error.strerror or type(error).__name__))
        raise _fault(settings, Text("连不上服务器：", "the server cannot be reached: ").joined(reason, "", "")) from None


def _place(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def _refusal(settings: Settings, what: Text, todo: Text | None = None) -> SvcError:
    return Refused(what.joined(_NOT_SENT, "，", "; "), where=_place(settings), todo=todo)


def _fault(settings: Settings, what: Text, todo: Text | None = None) -> SvcError:
    return StorageFault(what.joined(_NOT_SENT, "，", "; "), where=_place(settings), todo=todo)


def _answer(settings: Settings, what: Text, code: int, said: bytes | str) -> SvcError:
    """An answer that is no yes: 4xx may be otherwise later, 5xx is a no; anything else breaks the rules."""
    if code == 552:
        what = what.joined(Text("（太大）", "(too large)"))
    told = what.joined(_words(settings, code, said), "：", ": ")
    return _refusal(settings, told) if code // 100 == 5 else _fault(settings, told, _LATER)


def _words(settings: Settings, code: int, said: bytes | str) -> Text:
    """The server's own words on one line, without addresses and without what we told it in confidence."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if settings.password:
        text = text.replace(settings.password, "***")
    text = re.sub(r"<?[^\s<>]*@[^\s<>]*>?", "***@***", " ".join(text.split()))
    return same(f"{code} {safe(text[:160])}".strip())


def _too_large(size: int, limit: int) -> Text:
    return Text(f"邮件有 {size} 字节，服务器最多收 {limit}", f"the message has {size} bytes, the server takes at most {limit}")
