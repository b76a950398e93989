"""The way back for a file that lost or changed entries: what to type, for plain commits and for merges alike."""

from __future__ import annotations

import shlex

from svcctl.git.documents import entries
from svcctl.git.history import Judge, Problem
from svcctl.git.repo import Repository


def way_back(judge: Judge, problem: Problem, tip: str, before: str) -> str:
    """What to type in the ledger's folder so that a file of ``tip`` has again what it had in ``problem.parent``, which a
    person may call ``before``. Where the file has entries of its own they stay: both are put into it, copies are set aside."""
    path, file = judge.repo.prefix + problem.file, shlex.quote(problem.file)
    if problem.code == "link":
        return f"git rm -q --cached -- {file} && git commit -m unlink"
    if problem.id and not problem.names:  # erased fields are back
        return f"svcctl erase {problem.id} --reason …"
    here, was = (judge.objects(_object(judge.repo, commit, path)) if judge.repo.month_file(path) else b"" for commit in (tip, problem.parent))
    return restored(file, before, own=has_own(here, was))


def restored(file: str, before: str, *, own: bool) -> str:
    """What to type so that a file has again what it had in a commit. ``own``: it has entries that it had not there."""
    return f"git show {before}:./{file} >> {file} && svcctl check --repair" if own else f"git checkout {before} -- {file}"


def has_own(here: bytes, before: bytes) -> bool:
    """Whether a file has entries that its other version has not."""
    was = entries(before)
    return any(name not in was for name in entries(here))


def _object(repo: Repository, commit: str, path: str) -> str:
    result = repo.git("rev-parse", "--verify", "--quiet", f"{commit}:{path}")
    return result.line if result.code == 0 else ""
