"""A ledger that came from somebody else: nothing planted in it, in its repository or in its tree runs a program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from git_kit import git, hub

from svcctl.git.trust import is_harmless

CANARY = "#!/bin/sh\n: > '{ran}'\ncat\nexit 0\n"
READING = ("repair list", "today", "check", "report monthly 2026-11 --format json")
MERGING = ("sync --local", "sync -n", "sync", "audit", "merge")


def config(*pairs: tuple[str, str]) -> Callable[[Any, str], None]:
    def plant(svc: Any, canary: str) -> None:
        for key, value in pairs:
            git(svc, f"config --add {key} '{value.format(canary=canary)}'")

    return plant


def hooks(svc: Any, canary: str) -> None:
    for name in ("pre-commit", "post-commit", "post-index-change", "pre-push", "post-checkout", "post-merge", "reference-transaction", "prepare-commit-msg", "commit-msg", "pre-merge-commit", "fsmonitor-watchman", "pre-auto-gc"):
        shutil.copy(canary, svc.ledger / ".git/hooks" / name)


def bare(svc: Any, canary: str) -> None:
    """The ledger's own folder looks like a bare repository whose configuration runs things; the real one is above it."""
    (svc.ledger / ".git").rename(svc.folder / ".git")
    git(svc, "add -A", cwd=svc.folder)
    git(svc, "commit -qm moved", cwd=svc.folder)
    evil = svc.folder / "evil"
    git(svc, f"init -q --bare {evil}", cwd=svc.folder)
    git(svc, f"config core.fsmonitor {canary}", cwd=evil)
    git(svc, f"config core.worktree {svc.ledger}", cwd=evil)
    for one in evil.iterdir():
        shutil.move(str(one), svc.ledger / one.name)
    evil.rmdir()


def attributes(svc: Any, canary: str) -> None:
    for place in (".gitattributes", ".git/info/attributes"):
        with (svc.ledger / place).open("a") as file:
            file.write("* filter=x diff=x merge=x\n")
    config(("filter.x.clean", "{canary}"), ("filter.x.smudge", "{canary}"))(svc, canary)


def included(svc: Any, canary: str) -> None:
    (svc.ledger / "settings").write_text(f"[core]\n\tfsmonitor = {canary}\n")
    git(svc, "config include.path ../settings")


def worktree(svc: Any, canary: str) -> None:
    git(svc, "config extensions.worktreeConfig true")
    (svc.ledger / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {canary}\n")


def inside(svc: Any, canary: str) -> None:
    """The remote is a repository in the tree, with hooks of its own."""
    git(svc, f"clone -q --bare . {svc.ledger / 'x.git'}")
    shutil.copy(canary, svc.ledger / "x.git/hooks/post-update")
    shutil.copy(canary, svc.ledger / "x.git/hooks/pre-receive")
    git(svc, "config remote.origin.url x.git")


# What is planted, and whether sync says no (else it works, and runs nothing).
PLANTED: dict[str, tuple[Callable[[Any, str], None], bool]] = {
    "fsmonitor": (config(("core.fsmonitor", "{canary}")), True), "filter": (attributes, True), "hooks": (hooks, False), "hooksPath": (config(("core.hooksPath", "/tmp")), True),
    "merge driver": (config(("merge.x.driver", "{canary}")), True), "textconv": (config(("diff.x.textconv", "{canary}")), True), "external diff": (config(("diff.external", "{canary}")), True),
    "gpg": (config(("gpg.program", "{canary}"), ("commit.gpgSign", "true")), True), "ssh": (config(("core.sshCommand", "{canary}"), ("remote.origin.pushurl", "ssh://example.org/x")), True),
    "ext": (config(("remote.origin.pushurl", "ext::{canary}")), True), "include": (included, True), "bare": (bare, False), "editor": (config(("core.editor", "{canary}"), ("sequence.editor", "{canary}")), True),
    "alias": (config(("alias.status", "!{canary}"), ("alias.commit-tree", "!{canary}")), True), "worktree config": (worktree, True), "upload-pack": (config(("remote.origin.uploadpack", "{canary}")), True),
    "receive-pack": (config(("remote.origin.receivepack", "{canary}")), True), "helper": (config(("credential.helper", "!{canary}"), ("remote.origin.vcs", "x")), True), "pager": (config(("core.pager", "{canary}"), ("pager.status", "{canary}")), True),
    "insteadOf": (config(("url.ext::{canary}.insteadOf", "/")), True), "option": (config(("remote.origin.pushurl", "--upload-pack={canary}")), True), "inside": (inside, True), "submodule": (config(("submodule.x.update", "!{canary}")), True),
    "work tree": (config(("core.worktree", "/tmp")), True), "askpass": (config(("core.askPass", "{canary}"), ("core.gitProxy", "{canary}"), ("core.alternateRefsCommand", "{canary}")), True),
}  # fmt: skip


@pytest.mark.parametrize("what", PLANTED)
def test_nothing_planted_runs_and_reading_goes_on(svc: Any, what: str) -> None:
    plant, refused = PLANTED[what]
    hub(svc)
    svc("repair add --unit A-101 --fault 灯")
    svc("sync")
    one = svc("repair add --unit A-102 --fault 门").id
    ran, canary = svc.folder / "ran", svc.folder / "canary"
    canary.write_text(CANARY.format(ran=ran))
    canary.chmod(0o755)
    plant(svc, str(canary))
    ran.unlink(missing_ok=True)  # git by hand, while it was planted

    for line in READING if what in ("fsmonitor", "filter", "hooks", "include", "bare") else READING[:1]:
        svc(line, code=1 if what == "filter" and line == "check" else 0)
    assert one in svc(["show", one]).out
    for line in MERGING:
        if not refused:
            svc(line)
            continue
        languages = (("zh", ("不接受", "在别处", "用不了")), ("en", ("not accepted", "elsewhere", "cannot be used")))
        for lang, words in languages if line == "sync" else languages[:1]:
            said = svc(line, code=3, lang=lang)
            assert any(word in said.err for word in words), str(said)
            assert "git config" in said.err or "git remote set-url" in said.err or "git status" in said.err
    assert not ran.exists(), what
    two = svc("repair add --unit A-103 --fault 窗").id
    if not refused:
        svc("sync")
        assert two in git(svc, "log -p --format=%s -1", cwd=svc.folder if what == "bare" else svc.ledger)


def started(svc: Any, line: str) -> list[str]:
    """The programs that a command line starts, its own interpreter left out."""
    out = svc.folder / "strace"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=execve", "-s", "200", "-o", str(out), *svc.argv(line.split())], check=True, capture_output=True,
        env={**svc.environ(), "PYTHONPATH": os.getcwd()}, cwd=svc.folder / "cwd",
    )  # fmt: skip
    found = re.findall(r'execve\("([^"]+)", \[(.*)\], 0x\S+ /\* .* \*/\) = 0', out.read_text())
    return [f"{Path(path).name} {words}" for path, words in found][1:]


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
def test_reading_starts_no_program_and_exchanging_only_git(svc: Any) -> None:
    hub(svc)
    one = svc("repair add --unit A-101 --fault 灯").id
    hooks(svc, "/bin/true")
    for line in (*READING, f"show {one}"):
        assert started(svc, line) == [], line

    programs = started(svc, "sync") + started(svc, "audit") + started(svc, "merge")

    assert len(programs) > 10
    others = {p for p in programs if not p.startswith("git")}
    assert all(re.match(r'sh "/bin/sh", "-c", "git-(upload|receive)-pack ', p) for p in others), others


def test_the_users_own_configuration_stays_in_force(svc: Any) -> None:
    there = hub(svc)
    (svc.folder / "home/.gitconfig").write_text(f'[user]\n\tname = 王经理\n\temail = wang@example.org\n[url "{there.parent}/"]\n\tinsteadOf = desk:\n')
    git(svc, "config remote.origin.url desk:hub.git")
    svc("repair add --unit A-101 --fault 灯")

    assert "送出" in svc("sync").err
    assert git(svc, "log -1 --format=%an", env={"GIT_AUTHOR_NAME": ""}).strip() == "王经理"


def test_what_the_caller_has_in_the_environment_does_not_lead_elsewhere(svc: Any) -> None:
    hub(svc)
    one = svc("repair add --unit A-101 --fault 灯").id
    elsewhere = {"GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "/bin/false",
                 "GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_TRACE": "1", "GIT_EXTERNAL_DIFF": "/bin/false", "GIT_PROXY_COMMAND": "/bin/false"}  # fmt: skip

    svc("sync", env=elsewhere)

    assert one in git(svc, "show origin/main:repairs/2026-11.front.yaml")
    assert svc("audit", env=elsewhere).out == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_repository_of_somebody_else_is_refused_in_gits_name(svc: Any) -> None:
    hub(svc)
    for path in (svc.ledger, svc.ledger / ".git"):
        os.chown(path, 12345, 12345)
    for lang, words in (("zh", "属于别的用户"), ("en", "belongs to somebody else")):
        said = svc("sync", code=3, lang=lang)
        assert words in said.err and "safe.directory" in said.err
    assert not (svc.folder / "home/.gitconfig").exists()


def test_names_that_look_like_options(svc: Any) -> None:
    hub(svc)
    (svc.ledger / "nouns").mkdir()
    (svc.ledger / "nouns/--upload-pack=x.yaml").write_text("x: 1\n")
    (svc.ledger / "nouns/-rf").write_text("x: 1\n")
    git(svc, "checkout -q -b ./x/-y", code=None)
    svc("sync")

    assert "nouns/-rf" in git(svc, "ls-tree -r --name-only origin/main").split()
    assert "nouns/--upload-pack=x.yaml" in git(svc, "ls-tree -r --name-only origin/main").split()


@pytest.mark.parametrize("key", [
    "core.fsmonitor", "core.hookspath", "core.worktree", "core.pager", "core.excludesfile", "filter.lfs.clean", "filter.lfs.process", "merge.x.driver", "diff.x.command", "diff.external", "include.path", "includeif.gitdir:/.path",
    "alias.st", "gpg.program", "gpg.ssh.program", "remote.origin.proxy", "remote.origin.mirror", "remote.origin.vcs", "http.proxy", "http.https://x.proxy", "credential.https://x.helper", "branch.main.mergeoptions", "pull.twohead",
    "gc.recentobjectshook", "uploadpack.packobjectshook", "trailer.x.command", "guitool.x.cmd", "difftool.x.cmd", "init.templatedir", "tar.x.command", "sequence.editor", "pager.log", "log.showsignature", "url.x.insteadof", "submodule.x.update",
    "remote..url.x", "x", "", "core", "remote.url", "protocol.ext.allow", "safe.directory", "web.browser", "man.x.cmd", "instaweb.httpd", "interactive.difffilter", "sendemail.smtpserver", "push.pushoption",
])  # fmt: skip
def test_keys_that_could_run_something_or_lead_elsewhere_are_not_on_the_list(key: str) -> None:
    assert not is_harmless(key)


@pytest.mark.parametrize("key", [
    "core.repositoryformatversion", "core.filemode", "core.bare", "core.autocrlf", "remote.origin.url", "remote.my.own.fetch", "branch.feature/x.merge", "user.name", "pull.rebase", "color.ui", "color.diff.meta", "advice.detachedhead", "init.defaultbranch",
    "commit.gpgsign", "gc.auto", "pack.threads", "rerere.enabled", "push.default", "remote.origin.promisor", "extensions.partialclone", "branch.main.vscode-merge-base",
])  # fmt: skip
def test_keys_that_every_clone_has_are(key: str) -> None:
    assert is_harmless(key)
