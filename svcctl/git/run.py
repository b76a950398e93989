"""The one place that starts git: with nothing in its way that a repository could have planted.

Only what belongs to the user stays in force: the login, the global configuration. What a repository's own
configuration may hold is for :mod:`svcctl.git.trust` to judge, before anything reads the work tree.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple, Self

from svcctl.errors import Refused, StorageFault
from svcctl.mask import mask_numbers
from svcctl.table import safe
from svcctl.texts import Text

OLDEST = (2, 30)
# The user's own login and name; everything else called GIT_… is dropped.
_KEPT = (
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_SSL_",
)  # fmt: skip
_SET = {
    "LC_ALL": "C", "LANGUAGE": "C", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_MERGE_AUTOEDIT": "no",
}  # fmt: skip
_CONFIG = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.attributesFile=/dev/null",
    "core.pager=cat", "core.editor=false", "core.commitGraph=false", "core.quotePath=true", "core.fsync=all",
    "core.safecrlf=false", "diff.external=", "diff.renames=false", "diff.ignoreSubmodules=none",
    "commit.gpgSign=false", "tag.gpgSign=false", "push.gpgSign=false", "push.followTags=false", "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=false", "fetch.writeCommitGraph=false", "submodule.recurse=false",
    "protocol.ext.allow=never", "safe.bareRepository=explicit", "gc.auto=0", "gc.autoDetach=false", "maintenance.auto=false",
    "merge.conflictStyle=merge", "rerere.enabled=false", "log.showSignature=false", "i18n.commitEncoding=UTF-8",
    "http.lowSpeedLimit=1", "http.lowSpeedTime=60",
)  # fmt: skip
_FLAGS = tuple(word for one in _CONFIG for word in ("-c", one))

_NO_GIT = Text("这台机器上没有 git", "there is no git on this machine")
_INSTALL = Text("请安装 git 2.30 或更新的版本", "Install git 2.30 or newer")
_NOISE = ("warning: ", "hint: ", "remote: ", "To ", "From ", "!\t")


class Result(NamedTuple):
    """How a git ended: its exit code, what it printed, what it said."""

    code: int
    out: bytes
    err: str

    @property
    def line(self) -> str:
        """The one line that it printed."""
        return self.out.decode("utf-8", "surrogateescape").strip()

    @property
    def fields(self) -> list[str]:
        """What it printed, split at NUL."""
        parts = self.out.decode("utf-8", "surrogateescape").split("\0")
        return parts[:-1] if parts[-1] == "" else parts

    @property
    def words(self) -> Text:
        """What git said, on one line and harmless, to be put after our own words."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith(_NOISE)] or lines
        said = re.sub(r"://[^/@\s']+@", "://***@", "; ".join(told[:4]))
        said = mask_numbers(safe(said[:500]))
        return Text(f"（git：{said}）", f" (git: {said})") if said else Text("", "")


class Git:
    """git, to be run in one folder. ``terminal``: somebody is there whom it may ask for a password.

    Raises Refused if there is no git, or one that is too old.
    """

    def __init__(self, folder: str, environ: Mapping[str, str], terminal: bool = False) -> None:
        found = shutil.which("git", path=environ.get("PATH"))
        if found is None:
            raise Refused(_NO_GIT, todo=_INSTALL)
        self._program = found
        self.folder = folder
        self._environ = {k: v for k, v in environ.items() if not k.startswith("GIT_") or k.startswith(_KEPT)} | _SET
        if not terminal:
            self._environ["GIT_TERMINAL_PROMPT"] = "0"
        self._flags: tuple[str, ...] = _FLAGS
        self._check_version()

    def _check_version(self) -> None:
        said = self("version").line
        numbers = re.search(r"(\d+)\.(\d+)", said)
        version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
        if version < OLDEST:
            raise Refused(Text("git 的版本太旧", "this git is too old"), got=safe(said), todo=_INSTALL)
        if version < (2, 36):  # from then on it is core.fsync, and this word would be complained about
            self._flags = (*self._flags, "-c", "core.fsyncObjectFiles=true")

    def __call__(
        self, *words: str, stdin: bytes = b"", index: str = "", more: Mapping[str, str] | None = None
    ) -> Result:
        """Run git. ``index``: another index than the repository's own; ``more``: further environment."""
        try:
            ran = subprocess.run(  # noqa: S603 - never by a shell, and found by its full path
                [self._program, *self._flags, *words], cwd=self.folder, env=self._env(index, more), input=stdin,
                capture_output=True, check=False,
            )  # fmt: skip
        except OSError as error:
            raise StorageFault(Text("git 启动不了", "git cannot be started"), got=error.strerror) from error
        return Result(ran.returncode, ran.stdout, ran.stderr.decode("utf-8", "replace"))

    def must(
        self, *words: str, stdin: bytes = b"", index: str = "", more: Mapping[str, str] | None = None
    ) -> Result:
        """Run git where it can only fail if the repository or the disk is at fault. Raises StorageFault."""
        result = self(*words, stdin=stdin, index=index, more=more)
        if result.code:
            what = Text(f"git {words[0]} 没有成功", f"git {words[0]} failed").joined(result.words, en="")
            raise StorageFault(what, where=self.folder, todo=Text("请看 git status 和 git fsck", "Look at git status and git fsck"))
        return result

    def _env(self, index: str, more: Mapping[str, str] | None) -> dict[str, str]:
        found = {**self._environ, "GIT_CEILING_DIRECTORIES": self.folder.rpartition("/")[0] or "/"}
        if index:
            found["GIT_INDEX_FILE"] = index
        return {**found, **(more or {})}

    def objects(self) -> Objects:
        """The repository's objects, read by one git for as long as they are wanted."""
        process = subprocess.Popen(  # noqa: S603
            [self._program, *self._flags, "cat-file", "--batch"], cwd=self.folder, env=self._env("", None),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return Objects(process)

    def listed(self, *words: str, stdin: bytes = b"") -> bytes:
        """The output of a git that walks history. Raises Refused if it cannot be walked to its end."""
        result = self(*words, stdin=stdin)
        if result.code:
            raise incomplete(result.words)
        return result.out


def incomplete(words: Text | None = None) -> Refused:
    """The history here is not whole, so nothing can be said of it."""
    what = Text("历史不完整，核对不了", "the history is not complete here, so it cannot be checked")
    todo = Text("先取回全部：git fetch --unshallow（或重新克隆）；再看 git fsck", "Fetch all of it: git fetch --unshallow (or clone anew); then look at git fsck")
    return Refused(what.joined(words or Text("", ""), en=""), todo=todo)


class Objects:
    """``git cat-file --batch``: the content of objects by their names. To be used as a context manager."""

    _KEEP = 64 << 20  # bytes

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._kept: dict[str, bytes] = {}
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __call__(self, name: str) -> bytes:
        """The content of an object, those used lately from memory; of the name of nothing, nothing.

        Raises Refused if it is missing.
        """
        if not name.strip("0"):
            return b""
        found = self._kept.pop(name, None)
        if found is None:
            found = self._read(name)
            self._size += len(found)
            while self._size > self._KEEP and self._kept:
                self._size -= len(self._kept.pop(next(iter(self._kept))))
        self._kept[name] = found  # the one used last stands last
        return found

    def _read(self, name: str) -> bytes:
        to, answers = self._process.stdin, self._process.stdout
        assert to is not None and answers is not None
        try:
            to.write(name.encode() + b"\n")
            to.flush()
            head = answers.readline().split()
            if len(head) != 3:
                raise incomplete()
            return _exactly(answers, int(head[2]) + 1)[:-1]
        except (OSError, EOFError) as error:
            raise incomplete() from error


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise EOFError(size)
    return data


Warn = Callable[[Text], None]
Words = Sequence[str]
