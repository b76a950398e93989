"""The mail settings: only the user's own, only for the user's eyes, every wrong line named, and nothing of them told."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_kit import office, ready

from svcctl.errors import NotFound, Refused, SvcError
from svcctl.mail import config

GOOD = "host: smtp.example.org\nfrom: desk@example.org\nrecipients: {manager: wang@example.org}\n"


def place(tmp_path: Path, text: str | bytes = GOOD, **more: str) -> dict[str, str]:
    """An environment whose settings are ``text``, and further files beside them."""
    folder = tmp_path / "c" / "svcctl"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, data in {"mail.yaml": text, **more}.items():
        path = folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        path.chmod(0o600)
    return {"XDG_CONFIG_HOME": str(tmp_path / "c")}


def said(environ: dict[str, str]) -> str:
    with pytest.raises(Refused) as refused:
        config.read(environ)
    told = refused.value.say("zh") + refused.value.say("en")
    assert "hunter2" not in told and "wang@" not in told, told
    return told


def test_where_they_are(monkeypatch: Any) -> None:
    assert config.folder({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}) == "/x/svcctl"
    assert config.folder({"XDG_CONFIG_HOME": "x", "HOME": "/h"}) == config.folder({"HOME": "/h"}) == "/h/.config/svcctl"
    assert os.path.isabs(config.folder({}))  # as cron may have it


def test_without_them_it_says_what_to_make_and_that_is_taken(office: Any, tmp_path: Path) -> None:
    for lang in ("zh", "en"):
        said = office.send(code=4, lang=lang)
        assert config.EXAMPLE.to(lang) in said.err and f"{office.config}/mail.yaml" in said.err and "umask 077; mkdir -p" in said.err
    assert list(config.read(place(tmp_path, config.EXAMPLE.zh, password="hunter2")).recipients) == ["经理", "业主"]
    read = config.read(place(tmp_path, config.EXAMPLE.en, password="hunter2\n"))
    assert (read.host, read.port, read.security, read.user, read.password) == ("smtp.example.org", 587, "starttls", "desk@example.org", "hunter2")
    assert read.recipients == {"manager": ("manager@example.org",), "owners": ("li@example.org", "zhao@example.org")}
    assert "hunter2" not in repr(read)


@pytest.mark.parametrize("line", ["", "mail: {host: evil.example.org}"])
def test_a_ledger_is_never_asked(office: Any, line: str) -> None:
    for path in (office.ledger / "mail.yaml", office.ledger / "svcctl" / "mail.yaml", office.folder / "cwd" / "mail.yaml"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD + line)
        path.chmod(0o600)

    assert office.send(code=4, lang="en").err.startswith(f"svcctl: {office.config}/mail.yaml: there are no mail settings yet")
    office.env["XDG_CONFIG_HOME"] = str(office.ledger)
    assert "mail settings cannot be in a ledger" in office.send(code=3, lang="en").err
    office.env["XDG_CONFIG_HOME"] = ""
    office.settings(GOOD)
    office.env["SVCCTL_LEDGER"] = "/nowhere"
    assert "manager" in office.send("-n", to=("manager",)).out


@pytest.mark.skipif(os.name != "posix", reason="modes")
@pytest.mark.parametrize(
    ("what", "mode", "todo"),
    [("mail.yaml", 0o640, "chmod 600"), ("mail.yaml", 0o604, "chmod 600"), ("mail.yaml", 0o620, "chmod 600"), ("", 0o770, "chmod 700"), ("", 0o707, "chmod 700"), ("pw", 0o644, "chmod 600")],
)
def test_what_others_can_get_at_is_refused_with_what_to_type(tmp_path: Path, what: str, mode: int, todo: str) -> None:
    environ = place(tmp_path, GOOD + "user: u\npassword_file: pw\n", pw="hunter2")
    path = tmp_path / "c" / "svcctl" / what
    config.read(environ)
    path.chmod(mode)

    told = said(environ)

    command = f"{todo} {shlex.quote(str(path).rstrip('/'))}"
    assert command in told.replace("svcctl/\n", "svcctl\n") and f"{mode:04o}" in told
    path.chmod(0o400 if what else 0o755)
    assert config.read(environ).password == "hunter2"


def test_somebody_else_s_files_links_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    environ = place(tmp_path)
    path = tmp_path / "c" / "svcctl" / "mail.yaml"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert "a symbolic link, which is not followed" in said(environ)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert "not a regular file" in said(environ)
    path.unlink()
    path.mkdir(0o700)
    assert "not a regular file" in said(environ)
    path.rmdir()
    if os.geteuid() == 0:
        place(tmp_path)
        os.chown(path, 65534, 65534)
        assert 'expected your own, mode 0600, got "uid 65534"' in said(environ)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("hunter2\n", 1, "`key: value` lines"),
        ("- hunter2\n", 1, "`key: value` lines"),
        (GOOD + "hots: x\n", 4, "Did you mean host?"),
        (GOOD + "host: y\n", 4, "the same key twice"),
        (GOOD + "password: hunter2\n", 4, "a password only with a user"),
        (GOOD + "user: u\n", 4, "one of password, password_file, password_env"),
        (GOOD + "user: u\npassword: hunter2\npassword_file: x\n", 6, "one of password, password_file, password_env"),
        (GOOD + "user: u\npassword: [hunter2]\n", 5, "one line of visible ASCII"),
        (GOOD + 'user: u\npassword: "hunter2\\nQUIT"\n', 5, "one line of visible ASCII"),
        (GOOD + 'user: u\npassword: "hunter2密"\n', 5, "one line of visible ASCII"),
        (GOOD + 'user: "u\\0v"\npassword: hunter2\n', 4, "one line of visible ASCII"),
        (GOOD + "user: u\npassword_file: none\n", 5, "a file with the password: "),
        (GOOD + "user: u\npassword_file: two\n", 5, "one line of visible ASCII"),
        (GOOD + "user: u\npassword_env: NONE\n", 5, "an environment variable that is set"),
        (GOOD + "security: none\n", 4, "none is for this computer itself"),
        (GOOD + "security: ssl\n", 4, "starttls, tls, none"),
        (GOOD + "port: {password: hunter2}\n", 4, "one value"),
        (GOOD + "security: [hunter2]\n", 4, "starttls, tls, none"),
        (GOOD + "port: 70000\n", 4, "1 to 65535"),
        (GOOD + 'from_name: "a\\r\\nBcc: b"\n', 4, "a line of at most 64"),
        (GOOD.replace("smtp.example.org", "smtp..org"), 1, "the name of a server"),
        (GOOD.replace("smtp.example.org", '"a\\nb"'), 1, "the name of a server"),
        (GOOD.replace("manager", "wang@example.org"), 3, "without @"),
        (GOOD.replace("manager", '"a\\nBcc"'), 3, "names of at most 64"),
        (GOOD.replace("desk@example.org", "''"), 2, "it is required"),
        (GOOD.replace("{manager: wang@example.org}", "[wang@example.org]"), 3, "`name: address` lines"),
        (GOOD.replace("wang@example.org", "&a wang@example.org"), 3, "anchors"),
    ],
)
def test_a_wrong_line_is_named_and_not_told(tmp_path: Path, text: str, line: int, expected: str) -> None:
    told = said(place(tmp_path, text, two="hunter2\nhunter2\n"))

    assert f"mail.yaml:{line}: " in told and expected in told


def test_every_wrong_line_is_named_at_once_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    told = said(place(tmp_path, "port: x\nsecurity: y\nrecipients: {a: b}\n"))
    assert all(f"mail.yaml:{n}: " in told for n in (1, 2, 3)) and "host" in told and "from" in told
    assert "not UTF-8" in said(place(tmp_path, b"\xff"))
    assert "too large" in said(place(tmp_path, "#" * 70_000))


BAD = ["a@x, b@y", "a@x\nRCPT TO:<b@y>", "|/bin/sh@x", "-oQ/tmp@x", "alice@ex.org)bob@ex.net", "a@b@c", "@x", "a@", "a", "a..b@x", ".a@x", "a.@x", "a@-x", "a@x-", "a@x..y", "a b@x", "<a@x>", "王@x", "a@例", "a@x\r", "a@x ", '"a"@x', "a@[127.0.0.1]", "a%b@x", "a!b@x", "a" * 65 + "@x", "a@" + "x." * 130 + "org"]  # fmt: skip


@pytest.mark.parametrize("address", BAD)
def test_no_address_can_be_taken_for_two_or_for_a_command(tmp_path: Path, address: str) -> None:
    import json

    for text in (GOOD.replace("wang@example.org", json.dumps(address)), GOOD.replace("desk@example.org", json.dumps(address))):
        with pytest.raises(SvcError):
            config.read(place(tmp_path, text))
    for good in ("a@x", "first.last+tag@mail.example.org", "_x-1@localhost", "A0@xn--fsq.example"):
        config.read(place(tmp_path, GOOD.replace("wang@example.org", good)))


def test_only_names_that_are_there_can_be_addressed(tmp_path: Path) -> None:
    read = config.read(place(tmp_path, GOOD.replace("}", ", owners: [a@x, b@x, a@x]}")))

    assert config.addressed(read, ("owners", "manager", "owners")) == {"owners": ("a@x", "b@x"), "manager": ("wang@example.org",)}
    with pytest.raises(NotFound, match="no such name") as unknown:
        config.addressed(read, ("manger",))
    assert "Did you mean manager?" in unknown.value.say("en")
    with pytest.raises(Refused, match="an address cannot be typed") as typed:
        config.addressed(read, ("manager", "wang@example.org"))
    assert "wang@" not in typed.value.say("zh") and "manager、owners" in typed.value.say("zh")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec=None), max_size=12))
def test_whatever_is_typed_only_a_whole_name_fits(typed: str) -> None:
    read = config.Settings("h", 25, "none", "", "", "a@x", "", {"manager": ("m@x",), "李": ("l@x",)})
    if typed in read.recipients:
        assert config.addressed(read, (typed,))
    else:
        with pytest.raises((NotFound, Refused)):
            config.addressed(read, (typed,))
