"""What the tests of mail have in common: a desk with settings and a workbook, and the servers in a process of their own."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from conftest import Desk

PASSWORD = "hunter2 Geheim"
PEOPLE = "{经理: wang@example.org, owners: [li@example.org, zhao@example.org], gone: gone@example.org, later: later@example.org, half: [zhou@example.org, gone2@example.org]}"


class Post:
    """The servers: their ports by temper, and what they took since it was last asked."""

    def __init__(self, ports: dict[str, int], folder: Path, certificate: str) -> None:
        self.ports, self.folder, self.certificate = ports, folder, certificate
        self._seen: set[Path] = set()

    def taken(self) -> list[dict[str, Any]]:
        new = sorted(set(self.folder.iterdir()) - self._seen)
        self._seen |= set(new)
        return [json.loads(path.read_text("utf-8")) for path in new]

    def message(self) -> tuple[dict[str, Any], Any]:
        """The only message taken: its envelope, and itself."""
        (one,) = self.taken()
        return one, message_from_bytes(base64.b64decode(one["data"]), policy=default)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    place = tmp_path_factory.mktemp("servers")
    (place / "taken").mkdir()
    certificate, key = str(place / "cert.pem"), str(place / "key.pem")
    openssl = shutil.which("openssl")
    if openssl:
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True,
        )  # fmt: skip
    words = [sys.executable, str(Path(__file__).parent / "smtp_server.py"), str(place / "taken"), *([certificate, key] if openssl else [])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None
        try:
            yield Post(json.loads(running.stdout.readline()), place / "taken", certificate if openssl else "")
        finally:
            running.stdin.close()
            running.kill()


@pytest.fixture
def post(servers: Post) -> Post:
    servers.taken()
    return servers


class Office(Desk):
    """A desk with mail settings and a workbook."""

    book: Path

    @property
    def config(self) -> Path:
        return self.folder / "home" / ".config" / "svcctl"

    def settings(self, text: str) -> None:
        """Write the settings, as they have to be."""
        self.config.mkdir(parents=True, exist_ok=True)
        self.config.chmod(0o700)
        path = self.config / "mail.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def server(self, port: int, security: str = "none", login: str = "", host: str = "localhost") -> None:
        """The usual settings for a server."""
        self.settings(f"host: {host}\nport: {port}\nsecurity: {security}\n{login}from: desk@example.org\nfrom_name: 悦和里客服台\nrecipients: {PEOPLE}\n")

    def send(self, *words: str, to: tuple[str, ...] = ("经理",), code: int = 0, lang: str = "") -> Any:
        """``svcctl send`` of the workbook; the password is in nothing that is said."""
        said = self(["send", str(self.book), *(w for name in to for w in ("--to", name)), *words], code=code, lang=lang)
        assert PASSWORD not in said.out + said.all_err and "Geheim" not in said.out + said.all_err
        return said


def new_office(folder: Path) -> Office:
    office = Office(folder, "zh")
    office(["init", str(office.ledger), "--profile", "street", "--site", "悦和里"])
    office("repair add --unit A-101 --fault 灯不亮 --at 2026-11-18")
    (made,) = office(["report", "weekly", "-o", f"{folder}/out/"]).out.splitlines()
    office.book = Path(made)
    return office


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return new_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(ready: Office) -> Iterator[Office]:
    yield ready
    shutil.rmtree(ready.folder / "home", ignore_errors=True)
    (ready.folder / "home").mkdir()
    ready.env.clear()
