"""Where a ledger's repository is, and which files of a folder are the ledger's own. No git is started for it."""

from __future__ import annotations

import os
import re

from svcctl.store.files import is_month_file

_PLAIN_FILES = ("ledger.yaml", ".gitattributes", ".gitignore")
_ATTACHED = r"files/[0-9a-f]{2}/[0-9a-f]{64}(?:\.[A-Za-z0-9]{1,16})?"
_DECLARED = r"(?:nouns|templates)/(?!\.)[^/\x00-\x1f]+(?:/(?!\.)[^/\x00-\x1f]+)*"


def is_own(rel: str) -> bool:
    """Whether a path of the ledger is one that a ledger consists of."""
    return (
        is_month_file(rel) or rel in _PLAIN_FILES or re.fullmatch(_ATTACHED, rel) is not None
        or re.fullmatch(_DECLARED, rel) is not None
    )  # fmt: skip


def top_of(path: str) -> str:
    """The nearest folder upward of ``path`` that has a ``.git``, "" if none has."""
    here = os.path.realpath(path)
    while not os.path.lexists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return ""
        here = above
    return here


def common_of(top: str) -> str:
    """The folder that git keeps a repository in, read from the files that lead there."""
    folder = os.path.join(top, ".git")
    if os.path.isdir(folder):
        return folder
    folder = os.path.join(top, _first_line(folder).removeprefix("gitdir: "))
    return os.path.join(folder, _first_line(os.path.join(folder, "commondir")))


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\n")
    except OSError:
        return ""
