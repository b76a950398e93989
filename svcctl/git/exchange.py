"""Exchanging commits with the remote: fetch, merge, push, and once more if somebody else was quicker. Never by force."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from svcctl.errors import Refused, StorageFault
from svcctl.git import documents, gate, history, outgoing
from svcctl.git.history import Step
from svcctl.git.merging import integrate
from svcctl.git.namesake import warn_of_namesake
from svcctl.git.repo import Repository, Upstream
from svcctl.git.run import Result, Warn
from svcctl.git.settle import Back
from svcctl.git.union import Clash
from svcctl.table import safe
from svcctl.texts import Text

TRIES = 5
_NAP_S = 0.2
_QUICKER = r"\[rejected\]|\[remote rejected\] \((?:failed to update ref|cannot lock ref|incorrect old value|fetch first|non-fast-forward)"
_OFFLINE = Text("已在这里提交，还没有交换", "committed here, not exchanged")
_NOT_BEGUN = Text("看不到远端有没有台账，所以第一次提交没有做（只在这里提交：svcctl sync --local）",
                  "it cannot be seen whether the remote has a ledger already, so the first commit was not made (to commit here only: svcctl sync --local)")  # fmt: skip
_REPEAT = Text("网络恢复后再 svcctl sync 一次", "Repeat svcctl sync when the network is back")


class Exchanged(NamedTuple):
    """What an exchange did: entries by noun that came and that went, files that came, whether there was a merge commit
    or a push at all, clashes by file, what is back that one side had set aside."""

    came: Counter[str]
    went: Counter[str]
    files: int
    merged: bool
    pushed: bool
    clashes: tuple[tuple[str, Clash], ...]
    back: tuple[Back, ...]


def exchange(repo: Repository, branch: str, up: Upstream, desk: str, who: Mapping[str, str], warn: Warn) -> Exchanged:
    """Bring this branch and the remote's together. ``desk``: the name under which is written here.

    Raises StorageFault if the remote cannot be reached (all is committed here), Refused if what came must not be merged.
    """
    came: Counter[str] = Counter()
    clashes: list[tuple[str, Clash]] = []
    back: list[Back] = []
    files, merged = 0, False
    for attempt in range(TRIES):
        time.sleep(_NAP_S * attempt)
        theirs, ours = _fetch(repo, up, warn), repo.head()
        outgoing.refuse_markers(repo, _new(repo, theirs, ours))  # first: entries between markers are not lost, and there is a command for them
        outgoing.refuse_losses(repo, up, theirs, ours)
        if theirs and repo.git("merge-base", "--is-ancestor", theirs, ours).code:
            found = integrate(repo, up, ours, theirs, who)
            merged = merged or found.commit != theirs
            came += _entries(repo, found.files)
            files += len(found.files.files)
            clashes += found.clashes
            back += found.back
            warn_of_namesake(repo, desk, found.files, (ours, theirs), warn)
            ours = found.commit
        if theirs == ours:
            return Exchanged(came, Counter(), files, merged, False, tuple(clashes), tuple(back))
        new = _new(repo, theirs, ours)
        with repo.git.objects() as objects:
            gate.refuse_going(repo, objects, new)
        result = _push(repo, branch, up)
        if result.code == 0:
            return Exchanged(came, _entries(repo, new), files, merged, True, tuple(clashes), tuple(back))
        if not re.search(_QUICKER, result.out.decode("utf-8", "replace")):
            raise _not_pushed(up, result)
    raise StorageFault(
        Text(f"连续 {TRIES} 次都有别人先一步；", f"somebody else was quicker {TRIES} times; ").joined(_OFFLINE, en=""),
        todo=Text("请再 svcctl sync 一次", "Repeat svcctl sync"),
    )  # fmt: skip


def refuse_two_beginnings(repo: Repository, up: Upstream, warn: Warn) -> None:
    """Refuse to begin a history here if the remote has one: the two could never be merged.

    Raises StorageFault if the remote cannot be reached.
    """
    if _fetch(repo, up, warn, _NOT_BEGUN):
        where = f"{safe(up.remote)}/{safe(up.branch)}"
        raise Refused(
            Text("这里还没有提交，而远端已有一本台账；什么都没有提交", "there is no commit here, and the remote has a ledger already; nothing was committed"), where=where,
            todo=Text("在另一个目录 git clone 地址，在那里起名（svcctl desk 名字），这里录的文件复制过去，再 svcctl sync",
                      "git clone ADDRESS into another folder, name that desk (svcctl desk NAME), copy the files recorded here into it, then svcctl sync"),
        )  # fmt: skip


def _fetch(repo: Repository, up: Upstream, warn: Warn, offline: Text = _OFFLINE) -> str:
    """The commit of the remote's branch, "" if it has none yet. ``offline``: what to say if it cannot be reached."""
    before = repo.commit_of(up.tracking)
    result = repo.git(
        "fetch", "-q", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--refmap=", "--",
        up.remote, f"+refs/heads/{up.branch}:{up.tracking}",
    )  # fmt: skip
    if result.code:
        if "couldn't find remote ref" in result.err:
            return ""
        raise _offline(up, result, offline)
    now = repo.commit_of(up.tracking)
    if before and repo.git("merge-base", "--is-ancestor", before, now).code:
        warn(Text(f"注意：远端 {safe(up.remote)}/{safe(up.branch)} 的历史被改写过；请问清原因，再看 svcctl audit",
                  f"note: the history of {safe(up.remote)}/{safe(up.branch)} was rewritten; find out why, and look at svcctl audit"))  # fmt: skip
    return now


def _push(repo: Repository, branch: str, up: Upstream) -> Result:
    words = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-recurse-submodules", "--no-signed"]
    if not up.set:
        words.append("--set-upstream")
    return repo.git(*words, "--", up.remote, f"refs/heads/{branch}:refs/heads/{up.branch}")


def _new(repo: Repository, old: str, new: str) -> Step:
    if old:
        return next(history.steps(repo, [(new, old)]))
    return Step(new, "", history.tree(repo, new))


def _entries(repo: Repository, step: Step) -> Counter[str]:
    """The entries that a step brought, by noun."""
    found: Counter[str] = Counter()
    with repo.git.objects() as objects:
        for one in step.files:
            if repo.month_file(one.path):
                found += documents.added(objects(one.old), objects(one.new))
    return found


def _offline(up: Upstream, result: Result, what: Text = _OFFLINE) -> StorageFault:
    return StorageFault(
        what.joined(result.words, en=""), where=safe(up.remote),
        todo=_REPEAT.joined(Text(f"网络没问题时看 git fetch {safe(up.remote)}", f"if it is there, see what git fetch {safe(up.remote)} says"), "；", "; "),
    )  # fmt: skip


def _not_pushed(up: Upstream, result: Result) -> Refused | StorageFault:
    said = result.out.decode("utf-8", "replace")
    refused = re.search(r"^!\t[^\t]*\t(.*)$", said, re.MULTILINE)
    if refused is None:
        return _offline(up, result)
    return Refused(
        Text(f"已在这里提交，远端不接受：{safe(refused[1])}", f"committed here; the remote does not take it: {safe(refused[1])}"), where=safe(up.remote),
        todo=Text("问远端的管理员；远端应是裸仓库（git init --bare），分支可写", "Ask whoever keeps it; a remote should be bare (git init --bare) and let you write to the branch"),
    )  # fmt: skip
