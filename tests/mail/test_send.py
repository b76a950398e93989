"""``svcctl send`` at real servers on loopback: what arrives, and what is said of every way not to arrive."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import subprocess
import sys
from typing import Any

import pytest
from conftest import HERE
from mail_kit import PASSWORD, office, post, ready, servers

from svcctl.errors import OutcomeUnknown, StorageFault
from svcctl.mail import config
from svcctl.mail.transport import Patience, deliver

LOGIN = f"user: desk\npassword: '{PASSWORD}'\n"


def test_the_workbook_arrives_as_it_is_at_those_named_and_nobody_else(office: Any, post: Any) -> None:
    office.server(post.ports["plain"])

    said = office.send("--to", "owners", "--message", "王经理：\n.\n请回电 13800001234")

    envelope, message = post.message()
    assert (envelope["from"], envelope["to"], envelope["hello"]) == ("desk@example.org", ["wang@example.org", "li@example.org", "zhao@example.org"], "[127.0.0.1]")
    assert said.id == message["Message-ID"] and said.err == "" and re.fullmatch(r"<[0-9a-f]{32}@example\.org>", said.id)
    assert message["Subject"] == "悦和里 客服周报 2026年第47周（11-16~11-22）"
    assert str(message["From"]) == "悦和里客服台 <desk@example.org>"
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("悦和里_weekly_2026-W47.xlsx", office.book.read_bytes())
    text = message.get_body().get_content().replace("\r\n", "\n")
    assert text.startswith("王经理：\n.\n请回电 138****1234\n\n期间：2026-W47\n截至：2026-11-22T23:59:59+08:00\n台账校验码：")
    assert hashlib.sha256(office.book.read_bytes()).hexdigest() in text and re.search("校验码：[0-9a-f]{64}\n", text)
    assert list(base64.b64decode(envelope["data"]).split(b"\r\n\r\n")[0].lower().split(b"\r\n")).count(b"bcc:") == 0


def test_sent_again_it_has_the_same_id_and_other_words_make_another(office: Any, post: Any) -> None:
    office.server(post.ports["plain"])

    first, again, other = office.send(), office.send(lang="en"), office.send("--subject", "周报 Weekly")

    assert first.id == again.id != other.id
    assert len(post.taken()) == 3


def test_a_rehearsal_connects_to_nothing_and_shows_everything(office: Any, post: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        office.server(listening.getsockname()[1], login=LOGIN)
        said = office.send("-n", to=("owners", "经理", "owners"), lang="en")
        shown = office.send("-n", "--json").json
        with pytest.raises(TimeoutError):
            listening.accept()

    size = office.book.stat().st_size
    assert said.out.startswith(f"To: owners, 经理 (3 addresses)\nSubject: 悦和里 客服周报 2026年第47周（11-16~11-22）\nAttached: 悦和里_weekly_2026-W47.xlsx ({size} bytes, ")
    assert "example.org" not in said.out.replace(re.search("<.*>", said.out)[0], "")  # type: ignore[index]
    assert (shown["sent"], shown["to"], shown["bytes"], shown["damaged"]) == (False, ["经理"], size, False)
    assert post.taken() == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_only_an_encrypted_line_to_a_server_that_proves_its_name_gets_the_password(office: Any, post: Any, security: str) -> None:
    if not post.certificate:
        pytest.skip("no openssl to make a certificate with")
    office.server(post.ports[security], security, LOGIN)

    said = office.send(code=5)
    assert f"localhost:{post.ports[security]}: 服务器的证书不可信：" in said.err and "没有寄出" in said.err and "SSL_CERT_FILE" in said.err
    office.env["SSL_CERT_FILE"] = post.certificate
    office.server(post.ports[security], security, LOGIN, host="127.0.0.1")
    assert "certificate is not trusted" in office.send(code=5, lang="en").err  # a certificate for another name
    office.server(post.ports[security], security, LOGIN.replace("hunter2", "hunter3"))
    assert "服务器不接受这个用户名和密码：535 5.7.8 *** is wrong，没有寄出" in office.send(code=3).err, "even a server that repeats it"
    office.server(post.ports[security], security)
    assert "530" in office.send(code=3).err  # without a login
    assert post.taken() == []

    office.server(post.ports[security], security, LOGIN)
    office.send()
    envelope, _ = post.message()
    assert (envelope["tls"], envelope["login"]) == (True, "desk")


def test_without_starttls_nothing_is_said_in_the_clear(office: Any, post: Any) -> None:
    office.server(post.ports["open-login"], "starttls", LOGIN)

    assert "服务器不提供 STARTTLS，不加密不寄，没有寄出" in office.send(code=5).err
    office.server(post.ports["plain"], "tls")
    assert "no encrypted connection" in office.send(code=5, lang="en").err
    assert post.taken() == []


def test_a_login_to_this_computer_itself(office: Any, post: Any) -> None:
    office.server(post.ports["open-login"], login="user: desk\npassword_env: MAIL_PASSWORD\n")
    office.env["MAIL_PASSWORD"] = PASSWORD

    office.send()
    assert post.message()[0]["login"] == "desk"
    office.server(post.ports["plain"], login=LOGIN)
    assert "服务器不提供可用的登录方式" in office.send(code=3).err
    assert post.taken() == []


def test_recipients_that_the_server_does_not_take_are_named_and_the_others_get_it(office: Any, post: Any) -> None:
    office.server(post.ports["plain"])

    said = office.send(to=("经理", "gone", "half"), code=1)
    assert said.err == "已寄出，但服务器不收这些收件人：gone、half（550 5.1.1 ***@***: nobody here of that name）\n"
    assert post.message()[0]["to"] == ["wang@example.org", "zhou@example.org"] and len(said.ids) == 1
    told = office.send("--json", to=("经理", "gone"), code=1, lang="en")
    assert told.json["refused"] == ["gone"] and told.json["sent"] is True and "the server does not take: gone (550" in told.err
    assert len(post.taken()) == 1

    assert "服务器一个收件人都不收：550" in office.send(to=("gone",), code=3).err
    assert "稍后再试" in office.send(to=("later",), code=5).err
    assert "none of the recipients" in office.send(to=("gone", "later"), code=3, lang="en").err
    assert post.taken() == []


@pytest.mark.parametrize(
    ("temper", "code", "zh"),
    [
        ("spam", 3, "服务器不收这封邮件：554 5.7.1 looks like spam to ***@***，没有寄出"),
        ("large", 3, "服务器不收这封邮件（太大）：552 5.3.4 too much，没有寄出"),
        ("full", 5, "服务器不收这封邮件：452 4.3.1 no room，没有寄出。稍后再试"),
        ("spoof", 3, "服务器不收这个发件人：553 5.7.1 not yours，没有寄出"),
        ("small", 3, "字节，服务器最多收 1000，没有寄出"),
        ("busy", 5, "服务器拒绝：421 4.3.2 too busy，没有寄出。稍后再试"),
        ("drop", 6, "全部交出后连接断了，不知道服务器收没收。先问收件人"),
    ],
)
def test_what_the_server_says_is_told_with_what_became_of_the_mail(office: Any, post: Any, temper: str, code: int, zh: str) -> None:
    office.server(post.ports[temper])

    said = office.send(code=code)

    assert zh in said.err and said.err.startswith(f"svcctl: localhost:{post.ports[temper]}: ") and said.out == ""
    if code == 6:
        _, message = post.message()
        assert message["Message-ID"] in said.err, "the id is named"


def test_nobody_listens(office: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    office.server(port)

    assert office.send(code=5, lang="en").err == f"svcctl: localhost:{port}: the server cannot be reached: Connection refused; nothing was sent\n"


def settings(port: int) -> config.Settings:
    return config.Settings("127.0.0.1", port, "none", "", "", "desk@example.org", "", {})


def test_a_server_that_says_nothing_is_not_waited_for_and_one_that_falls_silent_leaves_it_open(post: Any) -> None:
    patience, small = Patience(0.3, 0.3), b"Subject: x\r\n\r\nx\r\n"

    with pytest.raises(StorageFault, match="the server does not answer; nothing was sent"):
        deliver(settings(post.ports["silent"]), ["a@example.org"], small, "<x>", patience)
    with pytest.raises(OutcomeUnknown, match="when all of <x> had been handed over"):
        deliver(settings(post.ports["stuck"]), ["a@example.org"], small, "<x>", patience)
    post.taken()
    with pytest.raises(StorageFault, match="the connection broke; nothing was sent"):  # before the line that ends it
        deliver(settings(post.ports["cut"]), ["a@example.org"], b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 8_000_000, "<x>", patience)


def test_lines_that_begin_with_a_dot_arrive_so(post: Any) -> None:
    deliver(settings(post.ports["plain"]), ["a@example.org"], b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\n", "<x>")

    assert base64.b64decode(post.taken()[0]["data"]).endswith(b"\r\n\r\n.\r\n..\r\n.x\r\n")


def test_sent_but_not_printed_is_said(office: Any, post: Any) -> None:
    office.server(post.ports["plain"])

    with open("/dev/full", "wb") as full:
        said = office.process(["send", str(office.book), "--to", "经理"], code=6, stdout=full, stderr=subprocess.PIPE)
    assert "已寄出，但没能输出。不必再寄" in said.err and len(post.taken()) == 1


def test_the_rest_of_svcctl_knows_no_network(office: Any) -> None:
    script = "import sys\nfrom svcctl.cli.start import main\nmain(sys.argv[1:])\nprint(*sorted({'smtplib', 'svcctl.mail.transport'} & set(sys.modules)), file=sys.stderr)"
    for line in ("today", "report daily -o x.xlsx", "check", "repair list --json", "help cron"):
        ran = subprocess.run([sys.executable, "-P", "-c", script, *line.split()], env={**office.environ(), "PYTHONPATH": str(HERE)}, cwd=office.folder / "cwd", capture_output=True, text=True, check=True)  # fmt: skip
        assert ran.stderr.splitlines()[-1] == "", (line, ran.stderr)


def test_json_tells_what_was_sent(office: Any, post: Any) -> None:
    office.server(post.ports["plain"])

    told = json.loads(office.send("--json").out)

    assert told == {"id": post.message()[1]["Message-ID"], "sent": True, "to": ["经理"], "refused": [], "subject": "悦和里 客服周报 2026年第47周（11-16~11-22）", "file": office.book.name, "bytes": office.book.stat().st_size, "damaged": False}  # fmt: skip
