"""What may stand in a repository's own configuration: only words that cannot make git run a program or go elsewhere.

Such a file travels with a copied folder. git is made to list it without acting on it, and every word that is not
known to be harmless is refused; the user's own configuration stays in force.
"""

from __future__ import annotations

import os
import re

from svcctl.errors import Refused, SvcError, refuse
from svcctl.git.run import Git
from svcctl.table import safe
from svcctl.texts import Text

_HARMLESS = {
    "core": "repositoryformatversion filemode bare logallrefupdates ignorecase precomposeunicode symlinks fsync fsyncmethod "
    "fsyncobjectfiles autocrlf eol safecrlf quotepath compression loosecompression bigfilethreshold packedgitlimit "
    "packedgitwindowsize deltabasecachelimit protecthfs protectntfs trustctime checkstat preloadindex untrackedcache "
    "sharedrepository abbrev commentchar whitespace multipackindex commitgraph longpaths hidedotfiles restrictinheritedhandles",
    "extensions": "objectformat worktreeconfig partialclone preciousobjects noop",
    "user": "name email signingkey useconfigonly",
    "author": "name email",
    "committer": "name email",
    "pull": "rebase ff",
    "push": "default autosetupremote followtags useforceifincludes gpgsign",
    "init": "defaultbranch",
    "fetch": "prune prunetags fsckobjects parallel unpacklimit writecommitgraph output",
    "transfer": "fsckobjects unpacklimit hiderefs credentialsinurl",
    "receive": "denycurrentbranch denynonfastforwards denydeletes fsckobjects unpacklimit advertisepushoptions",
    "gc": "auto autodetach autopacklimit pruneexpire reflogexpire reflogexpireunreachable worktreepruneexpire packrefs aggressivewindow "
    "aggressivedepth bigpackthreshold writecommitgraph rerereresolved rerereunresolved",
    "pack": "window depth threads windowmemory compression packsizelimit indexversion deltacachesize deltacachelimit writebitmaps "
    "usesparse allowpackreuse usebitmaps writereverseindex",
    "index": "version threads",
    "feature": "manyfiles experimental",
    "maintenance": "auto strategy",
    "rerere": "enabled autoupdate",
    "rebase": "autostash autosquash stat updaterefs abbreviatecommands missingcommitscheck",
    "merge": "conflictstyle ff log stat renames renamelimit directoryrenames verbosity autostash branchdesc",
    "diff": "algorithm renames renamelimit mnemonicprefix noprefix context colormoved statgraphwidth indentheuristic",
    "commit": "gpgsign verbose status cleanup",
    "tag": "gpgsign sort",
    "status": "short branch showuntrackedfiles relativepaths renames showstash",
    "log": "date decorate follow abbrevcommit",
    "branch": "autosetupmerge autosetuprebase sort",
    "checkout": "defaultremote guess workers",
    "stash": "showpatch showstat",
    "i18n": "commitencoding logoutputencoding",
    "help": "autocorrect",
    "gui": "wmstate geometry encoding fontui fontdiff diffcontext",
}  # by section, for names of two parts
_SECTIONS = ("color", "advice")  # wholly harmless
_BELOW = {
    "remote": "url pushurl fetch prune prunetags tagopt skipdefaultupdate skipfetchall promisor partialclonefilter followremotehead gh-resolved",
    "branch": "remote merge rebase description pushremote vscode-merge-base github-pr-owner-number gk-last-accessed "
    "gk-last-modified gk-merge-base",
    "submodule": "url active",
}  # by section, for names of three parts: section.ANYTHING.name
_KNOWN = {section: frozenset(names.split()) for section, names in _HARMLESS.items()}
_KNOWN_BELOW = {section: frozenset(names.split()) for section, names in _BELOW.items()}
_TOLD = 10

Config = list[tuple[str, str]]  # in the order of the file; section and last part in lower case


def is_harmless(key: str) -> bool:
    """Whether a configuration key can do no more than turn something on or off, or name a place or a person."""
    section, _, rest = key.partition(".")
    below, _, name = rest.rpartition(".")
    if section in _SECTIONS:
        return True
    return name in (_KNOWN_BELOW if below else _KNOWN).get(section, ())


def read_config(git: Git, files: list[str]) -> Config:
    """Everything in these configuration files, as far as they are there. Nothing in them takes effect.

    Raises Refused for one that git cannot read.
    """
    found: Config = []
    for path in files:
        if not os.path.lexists(path):
            continue
        listed = git("config", "--file", path, "--list", "--no-includes", "-z")
        if listed.code:
            what = Text("git 的配置读不懂", "git's configuration cannot be understood").joined(listed.words, en="")
            raise Refused(what, where=safe(path), todo=Text("请用编辑器看一看", "Look at it with an editor"))
        found += [(key, value) for key, _, value in (one.partition("\n") for one in listed.fields)]
    return found


def check_config(config: Config, where: str, outside: list[str]) -> None:
    """Refuse every key that is not known to be harmless, and every remote that is not a plain address.

    ``outside``: folders in which a remote must not lie (its hooks would run).
    """
    keys = dict.fromkeys(key for key, _ in config)
    problems: list[SvcError] = [_not_harmless(key, where) for key in keys if not is_harmless(key)]
    for key, value in config:
        if key.startswith("remote.") and key.endswith((".url", ".pushurl")):
            problem = _address(key, value, where, outside)
            if problem is not None:
                problems.append(problem)
        elif key.startswith("remote.") and key.split(".")[1].startswith("-"):
            problems.append(_wrong_address(key, where))
    refuse(problems[:_TOLD])


def _not_harmless(key: str, where: str) -> Refused:
    shown = safe(key)
    return Refused(
        Text(f"仓库自己的配置里有 {shown}；这一项可能运行别的程序，不接受",
             f"the repository's own configuration has {shown}, which may run another program; it is not accepted"),
        where=safe(where),
        todo=Text(f"去掉它：git config --unset-all {shown}；若确实要用，写进自己的配置：git config --global {shown} …",
                  f"Remove it: git config --unset-all {shown}; if you do need it, it belongs into your own: git config --global {shown} …"),
    )  # fmt: skip


def _address(key: str, value: str, where: str, outside: list[str]) -> Refused | None:
    if value.startswith("-") or re.match(r"[A-Za-z0-9+.-]*::", value) or "\n" in value:
        return _wrong_address(key, where)
    path = value.removeprefix("file://")
    if path == value and re.match(r"[A-Za-z0-9+.-]+://|[^/]+:", value):
        return None
    there = os.path.realpath(os.path.join(outside[0], path))
    if any(os.path.commonpath((there, folder)) == folder for folder in outside):
        return _wrong_address(key, where)
    return None


def _wrong_address(key: str, where: str) -> Refused:
    name = safe(key.split(".")[1])
    return Refused(
        Text(f"远端 {name} 的地址不接受：只能是普通的地址，不能以 - 开头、不能运行程序、不能在台账里面",
             f"the address of the remote {name} is not accepted: it may not begin with -, run a program, or lie within the ledger"),
        where=safe(where),
        todo=Text(f"改正：git remote set-url {name} 地址", f"Correct it: git remote set-url {name} ADDRESS"),
    )  # fmt: skip
