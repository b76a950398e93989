"""Making the folder of a new ledger: its ``ledger.yaml`` and what git has to know."""

from __future__ import annotations

import contextlib
import os

from svcctl.errors import Refused, StorageFault
from svcctl.store.files import Root
from svcctl.texts import Text

FILE = "ledger.yaml"
ATTRIBUTES = """# svcctl: every file of the ledger is text with plain line feeds and is merged line by line.
*.yaml text eol=lf merge
files/** binary
"""
IGNORE = """# svcctl: rebuilt at any time, or kept aside for a person to look at
.svcctl/
*.torn-*
*.damaged-*
*.aside-*
.*.tmp
*.rejected.csv
*.xlsx
"""


def create(folder: str, site_text: str) -> None:
    """Make ``folder`` a ledger. Raises Refused if it is one, StorageFault if it cannot be made."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise StorageFault(Text("这里有一个文件，不是目录", "that is a file, not a folder"), where=folder)
    try:
        _fill(folder, site_text)
    except FileExistsError:
        todo = Text("换一个目录", "Name another folder")
        raise Refused(Text("这里已经有台账", "there is a ledger here already"), where=folder, todo=todo) from None
    except OSError as error:
        raise StorageFault(Text("建不了台账", "the ledger cannot be made"), where=folder, got=error.strerror) from error


def ignore_kept(root: Root) -> None:
    """See that git takes no kept file: an older ledger's ``.gitignore`` may not name them all. Under the ledger's lock."""
    if root.stat(".gitignore") is None:
        return
    text = root.read(".gitignore").decode("utf-8", "surrogateescape")
    missing = [line for line in IGNORE.splitlines() if line.startswith(("*.", ".*")) and line not in text.splitlines()]
    if missing:
        text = text if text.endswith("\n") or not text else text + "\n"
        root.replace(".gitignore", (text + "\n".join(missing) + "\n").encode("utf-8", "surrogateescape"))


def _fill(folder: str, site_text: str) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if os.path.lexists(os.path.join(folder, FILE)):
        raise FileExistsError(folder)
    made: list[str] = []
    try:
        for name, text in ((".gitattributes", ATTRIBUTES), (".gitignore", IGNORE), (FILE, site_text)):  # which makes it a ledger
            path = os.path.join(folder, name)
            if name == FILE or not os.path.lexists(path):
                _new(path, text, made)
    except OSError:
        for path in made:
            with contextlib.suppress(OSError):
                os.unlink(path)
        raise


def _new(path: str, text: str, made: list[str]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(path, flags, 0o600)
    made.append(path)
    with open(fd, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
