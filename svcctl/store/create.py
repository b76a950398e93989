"""Making the folder of a new ledger: its ``ledger.yaml`` and what git has to know."""

from __future__ import annotations

import os

ATTRIBUTES = """# svcctl: every file of the ledger is text with plain line feeds and is merged line by line.
*.yaml text eol=lf merge
files/** binary
"""
IGNORE = """# svcctl: rebuilt at any time, or kept aside for a person to look at
.svcctl/
*.torn-*
*.rejected.csv
*.xlsx
"""


def create(folder: str, site_text: str) -> None:
    """Make ``folder`` a ledger. Raises FileExistsError if it is one, OSError if it cannot be made."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    _new(folder, "ledger.yaml", site_text)
    for name, text in ((".gitattributes", ATTRIBUTES), (".gitignore", IGNORE)):
        if not os.path.lexists(os.path.join(folder, name)):
            _new(folder, name, text)


def _new(folder: str, name: str, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(os.path.join(folder, name), flags, 0o600)
    try:
        with open(fd, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(os.path.join(folder, name))
        raise
