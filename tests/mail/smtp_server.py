"""SMTP servers on loopback, each with a temper of its own, until stdin ends. Prints their ports as JSON.

``python smtp_server.py FOLDER [CERTIFICATE KEY]``: every message that was taken stands in FOLDER as ``N.json``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

LOGIN = (b"desk", b"hunter2 Geheim")


class Kept:
    """Takes what comes, but for those who are gone, and writes it down."""

    def __init__(self, folder: Path, end: str = "250 2.0.0 taken", **temper: Any) -> None:
        self.folder, self.end, self.temper = folder, end, temper

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.temper.get("sender"):
            return str(self.temper["sender"])
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("gone"):
            return f"550 5.1.1 <{address}>: nobody here of that name"
        if address.startswith("later"):
            return f"450 4.2.0 {address} is greylisted"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        number = len(list(self.folder.iterdir()))
        login = getattr(session.auth_data, "login", b"").decode()
        told = {
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "hello": session.host_name, "login": login, "data": base64.b64encode(envelope.content).decode(),
        }  # fmt: skip
        (self.folder / f"{number}.json").write_text(json.dumps(told), encoding="utf-8")
        if self.temper.get("drop"):
            server.transport.abort()
        await asyncio.sleep(self.temper.get("sleep", 0))
        return self.end


class Login:
    """What is there of a login, for the handler."""

    login = LOGIN[0]


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == LOGIN
    return AuthResult(success=True, auth_data=Login) if right else AuthResult(success=False, handled=False, message=f"535 5.7.8 {data.password.decode()} is wrong")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never says a word."""
    await reader.read()


async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Has no time."""
    writer.write(b"421 4.3.2 too busy\r\n")
    writer.close()


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Is gone when the message has begun."""
    writer.write(b"220 hello\r\n")
    while not (line := await reader.readline()).upper().startswith(b"DATA"):
        writer.write(b"250 ok\r\n" if line else b"")
        if not line:
            return
    writer.write(b"354 go on\r\n")
    await reader.read(10)
    writer.transport.abort()


async def main(folder: Path, certificate: list[str]) -> None:
    loop = asyncio.get_running_loop()
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    kept = Kept(folder)
    tempers: dict[str, tuple[Any, dict[str, Any], Any]] = {
        "plain": (kept, {}, None),
        "drop": (Kept(folder, drop=True), {}, None),
        "stuck": (Kept(folder, sleep=30), {}, None),
        "spam": (Kept(folder, "554 5.7.1 looks like spam to postmaster@example.org"), {}, None),
        "full": (Kept(folder, "452 4.3.1 no room"), {}, None),
        "large": (Kept(folder, "552 5.3.4 too much"), {}, None),
        "spoof": (Kept(folder, sender="553 5.7.1 not yours"), {}, None),
        "small": (kept, {"data_size_limit": 1000}, None),
        "open-login": (kept, {"authenticator": authenticate, "auth_require_tls": False}, None),
    }
    if tls:
        login = {"authenticator": authenticate, "auth_required": True}
        tempers["starttls"] = (kept, {"tls_context": tls, "require_starttls": True, **login}, None)
        tempers["tls"] = (kept, {**login, "auth_require_tls": False}, tls)
    ports = {}
    for name, (handler, options, context) in tempers.items():
        one = await loop.create_server(lambda h=handler, o=options: SMTP(h, loop=loop, hostname="mail.test", **o), "127.0.0.1", 0, ssl=context)
        ports[name] = one.sockets[0].getsockname()[1]
    for name, talk in (("silent", silent), ("busy", busy), ("cut", cut)):
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ports[name] = (await asyncio.start_server(talk, sock=listening)).sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
