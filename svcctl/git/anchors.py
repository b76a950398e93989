"""The commits up to which all was in order when last audited, one for each branch, and what became of them since.

Such a commit has to stay in the history of its branch. Where it did not (an amended commit, a reset, a rebase, a push by
force) its entries are looked for one by one: those that are missing are named, and a rewriting that lost none is told.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from svcctl.errors import Refused, SvcError
from svcctl.git import history
from svcctl.git.history import Ended, Judge, Problem
from svcctl.git.repo import Repository
from svcctl.git.run import Objects
from svcctl.store.files import told
from svcctl.table import safe
from svcctl.texts import Text

DETACHED = "HEAD"  # while no branch is checked out; never remembered, for it means another thing each time
_FILE = "audit.json"  # in .svcctl
_LOST = Text("上次核对时有；历史被改写，现在没有了", "was there when last audited; the history was rewritten without it")
_CHANGED = Text("上次核对时是别的内容；历史被改写", "had another content when last audited; the history was rewritten")
_PUSHED = Text(
    "远端的历史被改写，上次核对到的提交不在里面了；其中的记录都还在",
    "the remote's history was rewritten without the commit last audited; all entries of that are still here",
)
_UNKNOWN = Text(
    "上次核对到的提交不在历史里了，git 也已清掉；历史被改写，不能证明什么都没有丢",
    "the commit last audited is not in the history and git has removed it: the history was rewritten, and it cannot be shown that nothing was lost",
)
_MESSAGES = {"lost": _LOST, "changed": _CHANGED}

Anchors = Mapping[str, str]  # a commit by the full name of its ref


class Known(NamedTuple):
    """What became of the anchors: the commits from which a walk may go on, anchors of other branches to be kept, and
    what there is to tell. ``vanished``: commits with entries that are missing now."""

    standing: tuple[str, ...]
    still: Anchors
    problems: tuple[Problem, ...]
    notes: tuple[Text, ...]
    vanished: tuple[str, ...]
    ended: tuple[Ended, ...]


def read(repo: Repository) -> Anchors:
    """The anchors; none if they are in a form that nobody knows, so that everything is walked."""
    refs = told(repo.root.state_read(_FILE)).get("refs")
    listed = refs if isinstance(refs, dict) else {}
    return {
        ref: name for ref, name in listed.items()
        if isinstance(name, str) and name.isalnum() and name.isascii() and isinstance(ref, str) and ref.startswith("refs/")
    }  # fmt: skip


def remember(repo: Repository, refs: Anchors) -> None:
    """Keep the anchors for the next audit, if that can be done."""
    if repo.root.writable():
        kept = {ref: commit for ref, commit in refs.items() if ref != DETACHED}
        with contextlib.suppress(SvcError):  # then the next audit walks further
            repo.root.state_write(_FILE, json.dumps({"refs": kept}).encode() + b"\n")


def look(repo: Repository, objects: Objects, head: str, anchors: Anchors) -> Known:
    """What became of the anchors.

    That of the branch checked out has to be in ``head``; that of any other ref there, or in that ref.
    """
    here = repo.checked_out()
    standing, still, notes = dict[str, None](), dict[str, str](), list[Text]()
    problems: dict[tuple[str, str, str, str], Problem] = {}
    vanished: dict[str, None] = {}
    judge = Judge(repo, objects)
    for ref, anchor in anchors.items():
        tip = head if ref in (here, DETACHED) else repo.commit_of(ref)
        in_tip, in_head = is_in(repo, anchor, tip), is_in(repo, anchor, head)
        if in_tip or in_head:
            standing[anchor] = None
            if in_tip:
                still[ref] = anchor
            elif tip and _is_remote(ref):
                notes.append(_rewritten(ref))
            continue
        missing = _missing(judge, ref, anchor, tip or head, head)
        for one in missing:
            problems.setdefault((one.commit, one.file, one.id, one.code), one)
        if any(one.code != "rewritten" for one in missing):
            vanished[anchor] = None
        if not missing:
            notes.append(_gone(ref, anchor))
    return Known(tuple(standing), still, tuple(problems.values()), tuple(notes), tuple(vanished), tuple(judge.ended))


def is_in(repo: Repository, commit: str, tip: str) -> bool:
    """Whether a commit is a tip or in the history of it."""
    return bool(tip) and (tip == commit or repo.git("merge-base", "--is-ancestor", commit, tip).code == 0)


def _is_remote(ref: str) -> bool:
    return ref.startswith("refs/remotes/")


def _missing(judge: Judge, ref: str, anchor: str, tip: str, head: str) -> list[Problem]:
    """What a tip lacks of an anchor that it does not come from: entries by name; that a remote was rewritten at all."""
    if not judge.repo.commit_of(anchor):
        return [Problem(anchor, "", "", "rewritten", _UNKNOWN)]
    try:
        found = list(_lost(judge, anchor, tip, head))
    except Refused:  # the commit is there, objects of it are not
        return [Problem(anchor, "", "", "rewritten", _UNKNOWN)]
    return found if found or not _is_remote(ref) else [Problem(anchor, "", "", "rewritten", _PUSHED)]


def _lost(judge: Judge, anchor: str, tip: str, head: str) -> Iterator[Problem]:
    here = judge.tree(head)
    for one in judge.step(next(history.steps(judge.repo, [(tip, anchor)]))):
        is_here = bool(one.names) and all(name in here.find([name]) for name in one.names)
        if not is_here and one.code != "link":  # which the walk itself names
            yield one._replace(commit=anchor, message=_MESSAGES[one.code] if one.names else one.message)


def _rewritten(ref: str) -> Text:
    name = safe(ref.removeprefix("refs/remotes/"))
    return Text(f"注意：远端 {name} 的历史被改写过；核对过的都还在这里", f"note: the history of {name} was rewritten; all that was audited is still here")


def _gone(ref: str, anchor: str) -> Text:
    name = safe(ref.removeprefix("refs/heads/"))
    return Text(f"注意：{name} 上次核对到的提交 {anchor[:12]} 不在历史里了（改写过，如 rebase、amend）；其中的记录都在，没有变",
                f"note: the commit of {name} last audited, {anchor[:12]}, is not in the history any more (rebase, amend …); all its entries are here, unchanged")  # fmt: skip
