"""The repository that a ledger lies in: where it is, whether it may be used, on which branch, and what is under way."""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Mapping
from typing import NamedTuple

from svcctl.errors import Refused
from svcctl.git import trust
from svcctl.git.place import is_own, top_of
from svcctl.git.run import Git, Result
from svcctl.store.files import Root, is_month_file
from svcctl.table import safe
from svcctl.texts import Text

LINKS = ("120000", "160000")  # modes of a symbolic link, and of another repository
_PATIENCE_S = 1.0  # a git that is at work soon gives its locks back
_NAP_S = 0.05
_REMOTE = "[A-Za-z0-9][A-Za-z0-9._/-]*"
# What may be under way: a file or folder in git's own folder, and how to go on or back.
_UNDER_WAY: tuple[tuple[str, Text, str], ...] = (
    ("MERGE_HEAD", Text("一次合并还没完成", "a merge is under way"), "git commit"),
    ("rebase-merge", Text("一次变基还没完成", "a rebase is under way"), "git rebase --continue"),
    ("rebase-apply", Text("一次变基还没完成", "a rebase is under way"), "git rebase --continue"),
    ("CHERRY_PICK_HEAD", Text("一次拣选还没完成", "a cherry-pick is under way"), "git cherry-pick --continue"),
    ("REVERT_HEAD", Text("一次还原还没完成", "a revert is under way"), "git revert --continue"),
    ("sequencer", Text("一次拣选还没完成", "a cherry-pick is under way"), "git cherry-pick --continue"),
    ("BISECT_LOG", Text("一次二分查找还没完成", "a bisect is under way"), "git bisect reset"),
)


class Upstream(NamedTuple):
    """Where a branch is exchanged: the remote, its branch, and the ref here that remembers it. ``set``: git knows it."""

    remote: str
    branch: str
    tracking: str
    set: bool


class Repository:
    """The repository of a ledger, found to be harmless. Raises Refused if there is none, or if it is not."""

    def __init__(self, root: Root, environ: Mapping[str, str], terminal: bool = False) -> None:
        self.root = root
        self.top = top_of(root.path)
        if not self.top:
            here = shlex.quote(safe(root.path))
            raise Refused(
                Text("台账不在 git 仓库里", "the ledger is in no git repository"), where=root.path,
                todo=Text(f"建一个并提交：cd {here} && git init -b main && svcctl sync --local；要和别处交换：git remote add origin 地址 && svcctl sync（远端已有台账时：git clone 地址）",
                          f"Make one and commit: cd {here} && git init -b main && svcctl sync --local; to exchange: git remote add origin ADDRESS && svcctl sync (if the remote has a ledger already: git clone ADDRESS)"),
            )  # fmt: skip
        inside = os.path.relpath(os.path.realpath(root.path), self.top)
        self.prefix = "" if inside == "." else inside.replace(os.sep, "/") + "/"
        self.git = Git(self.top, environ, terminal)
        self.folder, self.common = self._folders()
        self.config = self._trusted()
        self._no_repository_inside()

    def _folders(self) -> tuple[str, str]:
        result = self.git("rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-toplevel")
        lines = result.out.decode("utf-8", "surrogateescape").splitlines()
        if result.code or len(lines) != 3:
            raise _unusable(result, self.top)
        folder, common, top = lines
        if os.path.realpath(top) != self.top:
            raise Refused(Text("这个 git 仓库的工作目录在别处", "the work tree of this git repository is elsewhere"),
                          where=self.top, todo=Text("去掉它：git config --unset core.worktree", "Remove it: git config --unset core.worktree"))  # fmt: skip
        return folder, os.path.join(self.top, common)

    def _trusted(self) -> trust.Config:
        files = [f"{self.common}/config", f"{self.folder}/config.worktree"]
        if os.path.realpath(self.common) != os.path.realpath(self.folder):
            files.append(f"{self.common}/config.worktree")
        config = trust.read_config(self.git, files)
        trust.check_config(config, files[0], [self.top, os.path.realpath(self.folder), os.path.realpath(self.common)])
        return config

    def _no_repository_inside(self) -> None:
        for name in self.root.listdir():
            inside = os.path.join(self.root.path, name)
            if name not in (".git", ".svcctl") and os.path.isdir(inside) and not os.path.islink(inside):
                with self.root.folder(name) as here:
                    if ".git" in here.names():
                        raise nested(f"{name}/.git")

    # -- places ------------------------------------------------------------------------------------------------------

    def own(self, path: str) -> str:
        """The ledger's path for a path of the repository, "" if it is not one of the ledger's own files."""
        rel = path.removeprefix(self.prefix) if path.startswith(self.prefix) else ""
        return rel if rel and is_own(rel) else ""

    def month_file(self, path: str) -> str:
        """The ledger's path for a path of the repository, "" if it is not a file of entries (or seals)."""
        rel = self.own(path)
        return rel if rel and is_month_file(rel) else ""

    @property
    def pathspec(self) -> tuple[str, ...]:
        """What limits git to the ledger."""
        return ("--", self.prefix.rstrip("/")) if self.prefix else ("--",)

    def has(self, name: str) -> bool:
        """Whether something of that name is in git's own folder."""
        return os.path.lexists(os.path.join(self.folder, name))

    # -- state -------------------------------------------------------------------------------------------------------

    def under_way(self) -> tuple[Text, str] | None:
        """What a person has begun and not ended, and the command that goes on with it."""
        for name, what, command in _UNDER_WAY:
            if self.has(name):
                return what, command
        return None

    def refuse_unready(self) -> None:
        """Refuse while something is under way that a person has to end, or another git is at work."""
        path = self._lock()
        if path:
            raise Refused(
                Text("另一个 git 正在写，或上次被中断，留下了锁文件", "another git is writing, or one was killed and left its lock behind"),
                where=path,
                todo=Text(f"确认没有 git 在运行后删掉它：rm {path}；已录入的记录不受影响",
                          f"See that no git is running, then remove it: rm {path}; what is recorded is not affected"),
            )  # fmt: skip
        found = self.under_way()
        if found is not None:
            what, command = found
            raise Refused(what, where=self.folder, todo=Text(
                f"有冲突先 svcctl merge，再 {command}，然后再 sync", f"Solve conflicts with svcctl merge, then {command}, then sync again",
            ))  # fmt: skip

    def _lock(self) -> str:
        """A lock that git has on its index, its configuration or a ref, and does not give back; "" if there is none."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            found = [os.path.join(folder, name) for folder in {self.folder, self.common} for name in os.listdir(folder)]
            found += [os.path.join(folder, name) for folder, _, names in os.walk(f"{self.common}/refs") for name in names]
            locks = sorted(os.path.realpath(path) for path in found if path.endswith(".lock"))
            if not locks or time.monotonic() > end:
                return locks[0] if locks else ""
            time.sleep(_NAP_S)

    def head(self) -> str:
        """The commit that is checked out, "" before the first one."""
        result = self.git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return result.line if result.code == 0 else ""

    def checked_out(self) -> str:
        """The full name of the branch that is checked out, "" if none is."""
        result = self.git("symbolic-ref", "--quiet", "HEAD")
        return result.line if result.code == 0 and result.line.startswith("refs/heads/") else ""

    def branch(self) -> str:
        """The branch that is checked out, as ``main``, though it may have no commit yet. Raises Refused if none is."""
        ref = self.checked_out()
        if not ref:
            raise Refused(Text("现在不在任何分支上（detached HEAD）", "no branch is checked out (detached HEAD)"), where=self.top,
                          todo=Text("回到分支：git switch main（或 git switch -c 新分支）", "Go back to one: git switch main (or git switch -c NEW)"))  # fmt: skip
        return ref.removeprefix("refs/heads/")

    def upstream(self, branch: str) -> Upstream:
        """Where ``branch`` is exchanged. Raises Refused if that is not clear."""
        values = dict(self.config)
        remote = values.get(f"branch.{branch}.remote", "")
        there = values.get(f"branch.{branch}.merge", "").removeprefix("refs/heads/")
        remotes = sorted({key.split(".", 1)[1].rpartition(".")[0] for key, _ in self.config if re.fullmatch(r"remote\..+\.url", key)})
        known = bool(remote and there)
        if not known:
            if not remotes:
                raise Refused(Text("没有设远端，无处交换", "there is no remote to exchange with"), where=self.top,
                              todo=Text("设一个：git remote add origin 地址；只在这里提交：svcctl sync --local",
                                        "Name one: git remote add origin ADDRESS; to commit here only: svcctl sync --local"))  # fmt: skip
            if len(remotes) > 1:
                names = ", ".join(map(safe, remotes))
                raise Refused(Text(f"有几个远端（{names}），不知道和哪个交换", f"there are several remotes ({names}) and none is this branch's own"), where=self.top,
                              todo=Text(f"指定：git branch --set-upstream-to={safe(remotes[0])}/{branch}", f"Name it: git branch --set-upstream-to={safe(remotes[0])}/{branch}"))  # fmt: skip
            remote, there = remotes[0], branch
        if remote not in remotes or not re.fullmatch(_REMOTE, remote):
            raise Refused(Text(f"分支的远端“{safe(remote)}”不存在", f'the branch\'s remote "{safe(remote)}" does not exist'), where=self.top,
                          todo=Text(f"指定：git branch --set-upstream-to=origin/{branch}", f"Name it: git branch --set-upstream-to=origin/{branch}"))  # fmt: skip
        return Upstream(remote, there, f"refs/remotes/{remote}/{there}", known)

    def commit_of(self, ref: str) -> str:
        """The commit of a full ref, "" if there is none."""
        result = self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return result.line if result.code == 0 else ""

    @property
    def zeros(self) -> str:
        """The name of nothing, as long as the names of objects here."""
        return "0" * (64 if dict(self.config).get("extensions.objectformat", "").lower() == "sha256" else 40)

    @property
    def shallow(self) -> bool:
        """Whether a part of the history was left out when it was cloned."""
        return os.path.lexists(os.path.join(self.common, "shallow"))

    @property
    def partial(self) -> bool:
        """Whether objects may be missing, or history may be pretended."""
        promised = any(key == "extensions.partialclone" or (key.startswith("remote.") and key.endswith(".promisor")) for key, _ in self.config)
        return promised or os.path.lexists(os.path.join(self.common, "info", "grafts"))


def refuse_link(path: str, mode: str) -> None:
    """Refuse a symbolic link, another repository, or svcctl's own state in the ledger's tree."""
    rel = safe(path)
    if mode == "120000":
        raise Refused(Text("台账的 git 里有符号链接；链接一概不跟随", "there is a symbolic link in the ledger's tree; no link is followed"),
                      where=rel, todo=Text(f"查明来历后去掉：git rm --cached -- {rel}", f"Find out where it comes from, then: git rm --cached -- {rel}"))  # fmt: skip
    if mode == "160000":
        raise nested(rel)
    if ".svcctl" in path.split("/"):
        raise Refused(Text(".svcctl/ 不该进 git", ".svcctl/ does not belong into git"), where=rel,
                      todo=Text(f"去掉：git rm -r --cached -- {rel}", f"Remove it: git rm -r --cached -- {rel}"))  # fmt: skip


def nested(rel: str) -> Refused:
    """There is a repository within the ledger."""
    return Refused(Text("台账里面套着另一个 git 仓库", "there is another git repository within the ledger"), where=safe(rel),
                   todo=Text("查明来历后移走", "Find out where it comes from and move it away"))  # fmt: skip


def _unusable(result: Result, top: str) -> Refused:
    if "dubious ownership" in result.err:
        return Refused(
            Text("这个 git 仓库属于别的用户，git 拒绝使用", "this git repository belongs to somebody else, and git refuses to use it"), where=safe(top),
            todo=Text(f"若信得过它的主人：git config --global --add safe.directory {safe(top)}",
                      f"If you trust its owner: git config --global --add safe.directory {safe(top)}"),
        )  # fmt: skip
    what = Text("这个 git 仓库用不了", "this git repository cannot be used").joined(result.words, en="")
    return Refused(what, where=safe(top), todo=Text("请看 git status", "Look at git status"))
