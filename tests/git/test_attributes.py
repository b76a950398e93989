"""``.gitattributes``: what lets git change or mix entries is named by check, and neither committed, sent nor merged by sync."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from git_kit import both, clone, git, hub, shell

from svcctl.git.attributes import FILE, flaws
from svcctl.store.create import ATTRIBUTES
from svcctl.store.files import Root

FRONT = "repairs/2026-11.front.yaml"
PHOTO = f"files/ab/{'ab' * 32}.jpg"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with git in it, in which a file of attributes is tried after the other."""
    folder = tmp_path_factory.mktemp("attributes") / "ledger"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for rel in (FRONT, PHOTO):
        (folder / rel).parent.mkdir(parents=True)
        (folder / rel).write_bytes(b"x\n")
    yield folder


def told(place: Path, data: bytes, rel: str = FILE) -> list[tuple[str, int, str]]:
    """What there is to say of a file of attributes, beside what is missing."""
    path = place / rel
    path.write_bytes(data)
    with Root(str(place)) as root:
        found = [(f.file, f.line, f.what.en.partition('" lets')[0].strip('"')) for f in flaws(root) if f.harmful]
    path.unlink()
    return found


def git_says(place: Path, data: bytes) -> bool:
    """Whether git would treat an entry or an attachment otherwise than it is told by what init writes."""
    (place / FILE).write_bytes(data)
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
    ran = subprocess.run(["git", "check-attr", "--all", "-z", FRONT, PHOTO], cwd=place, env=env, capture_output=True, check=True)
    fields = ran.stdout.decode("utf-8", "replace").split("\0")[:-1]
    found: dict[str, dict[str, str]] = {FRONT: {}, PHOTO: {}}
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        found[path][name] = value
    entry, photo = found[FRONT], found[PHOTO]
    foreign = any(
        one.get(name, "unset") != "unset" for one in (entry, photo) for name in ("filter", "ident", "working-tree-encoding", "export-subst", "conflict-marker-size")
    )
    return foreign or [entry.get(n) for n in ("text", "eol", "merge")] != ["set", "lf", "set"] or photo.get("text") != "unset"


NASTY = (
    "*.yaml filter=x", "  \t*.yaml filter=x", "*.yaml\tfilter=x", "*.yaml\rfilter=x", '"*.yaml" filter=x', '"*.y\\141ml" filter=x', '"a b" text\n*.yaml filter=x', "[attr]quiet filter=x\n*.yaml quiet",
    "[attr]a b\n[attr]b filter=x\n*.yaml a", "[attr]binary filter=x\n*.yaml binary", "* -filter\n* filter=x", "**/*.yaml filter=x", "repairs/** filter=x", "/repairs/*.yaml filter=x", "*.yaml merge=union filter=x",
    "*.yaml merge=union", "* merge=union", "*.yaml -merge", "*.yaml merge=binary", "*.yaml !merge", "*.yaml eol=crlf", "*.yaml text eol=CRLF", "*.yaml -text", "* text=auto", "*.yaml binary", "*.yaml working-tree-encoding=UTF-16",
    "* ident", "* export-subst", "*.yaml conflict-marker-size=9", "*.jpg text", "files/** text eol=lf", "*.jpg filter=lfs", "* text", "files/** !text", "*.yaml diff -merge\r", "\ufeff*.yaml filter=x", "# x\n*.yaml filter=x # not a comment",
    "*.yaml text\0 filter=x\n*.yaml filter=y", "* a\u2028b\n* filter=x", "*.yaml !text", "*.[y]aml filter=x", "*.yam? merge=union", "2026-11.front.yaml merge=union", "*.yaml crlf=input -text", "[attr]binary -diff", "* -binary",
)  # fmt: skip
HARMLESS = (
    "", "# *.yaml filter=x", "  # *.yaml merge=union", "*.yaml -filter", "*.yaml !filter", "* -ident -working-tree-encoding !export-subst", "*.png binary", "*.jpg -text -diff", "README.md text", "*.xlsx binary", "*.py diff=python",
    "*.yaml diff=yaml", "*.yaml linguist-language=YAML whitespace=tab-in-indent", "*.yaml export-ignore", "*.yaml merge", "docs/logo.svg -text", "files/** -diff", "[attr]quiet -filter", "*.yaml\u2028 diff",
)  # fmt: skip


@pytest.mark.parametrize("line", NASTY)
def test_whatever_git_would_act_upon_is_named(place: Path, line: str) -> None:
    for data in (ATTRIBUTES + line + "\n", line + "\n" + ATTRIBUTES):
        assert told(place, data.encode()) or not git_says(place, data.encode())
    assert told(place, (ATTRIBUTES + line).encode())


@pytest.mark.parametrize("line", HARMLESS)
def test_what_does_no_harm_is_not(place: Path, line: str) -> None:
    data = (ATTRIBUTES + line + "\n").encode()
    assert told(place, data) == []
    assert not git_says(place, data)


def test_random_files_of_attributes_against_git_itself(place: Path) -> None:
    chance = random.Random(4)
    patterns = ["*", "*.yaml", "*.jpg", "repairs/*", "files/**", "/files/ab/*", '"*.yaml"', "**/2026*", "[attr]m", "[attr]n", "[attr]binary", "*.md", "Makefile", "repairs/**/*.yaml", "re*/*"]
    words = ["text", "-text", "!text", "text=auto", "eol=lf", "eol=crlf", "merge", "-merge", "!merge", "merge=union", "filter=x", "-filter", "!filter", "ident", "-ident", "binary", "-binary", "!binary", "m", "-m", "n", "diff=x"]
    acted, named = 0, 0
    for _ in range(150):
        lines = [" ".join([chance.choice(patterns), *chance.sample(words, chance.randint(1, 2))]) for _ in range(chance.randint(1, 2))]
        data = (ATTRIBUTES + "\n".join(lines)).encode()
        acts, names = git_says(place, data), bool(told(place, data))
        assert names or not acts, lines
        acted, named = acted + acts, named + names
    assert acted > 30 and named < 150  # neither was for nothing


def test_each_word_is_named_with_its_file_and_line_in_every_folder(place: Path) -> None:
    data = (ATTRIBUTES + "*.yaml merge=union filter=a\n\n*.yaml filter=b\n").encode()
    assert told(place, data) == [(FILE, 4, "merge=union"), (FILE, 4, "filter=a"), (FILE, 6, "filter=b")]
    for folder in ("repairs", "files/ab", "nouns/deep", ".hidden"):
        (place / folder).mkdir(parents=True, exist_ok=True)
        assert told(place, b"* filter=x", f"{folder}/{FILE}") == [(f"{folder}/{FILE}", 1, "filter=x")]
    assert told(place, b"* text eol=lf", f"files/ab/{FILE}") == [(f"files/ab/{FILE}", 1, "text"), (f"files/ab/{FILE}", 1, "eol=lf")]
    assert told(place, b"* filter=x", "repairs/.GitAttributes")
    info = place / ".git/info/attributes"
    info.parent.mkdir(exist_ok=True)
    assert told(place, b"*.yaml merge=union", ".git/info/attributes") == [(".git/info/attributes", 1, "merge=union")]
    (place / FILE).symlink_to("/dev/null")
    with Root(str(place)) as root:
        assert [f.what.en for f in flaws(root) if f.harmful] == ["is a symbolic link"]
    (place / FILE).unlink()


def test_a_bigger_repository_above_has_attributes_too(svc: Any) -> None:
    git(svc, "init -q .", cwd=svc.folder)
    above = svc.folder / FILE
    above.write_text("* text=auto\n*.yaml merge=union\n*.png filter=lfs diff=lfs merge=lfs -text\ndocs/* filter=x\n")
    assert svc("check").out == ""  # the ledger's own have the last word, or it is not about the ledger
    above.write_text("[attr]quiet filter=x\n*.yaml quiet\nledger/** ident\n")

    assert [line.partition(" ")[0] for line in svc("check", code=1).out.splitlines()] == ["../.gitattributes:2:", "../.gitattributes:3:"]


@pytest.mark.parametrize("is_in_git", [False, True])
def test_check_names_them_with_or_without_git(svc: Any, is_in_git: bool) -> None:
    path = svc.ledger / FILE
    if is_in_git:
        git(svc, "init -q .")
    path.write_text(path.read_text(encoding="utf-8") + "*.yaml filter=clean merge=union\n*.yaml merge=\x1b[31m\n", encoding="utf-8")

    said = svc("check", code=1, lang="en")

    assert [line.partition(" ")[0] for line in said.out.splitlines()] == [".gitattributes:4:"] * 2 + [".gitattributes:5:"]
    assert '"filter=clean" lets git change or mix entries' in said.out and "svcctl init" in said.out and "\x1b" not in said.out
    assert {p["code"] for p in svc("check --json", code=1).json} == {"attributes"}
    path.write_text("", encoding="utf-8")
    assert svc("check", code=1 if is_in_git else 0).out.count("缺少一行") == (2 if is_in_git else 0)


def test_sync_does_not_commit_while_such_attributes_are_in_force(svc: Any) -> None:
    hub(svc)
    svc("repair add --unit A --fault x")
    for rel in (FILE, f"repairs/{FILE}", ".git/info/attributes"):
        path = svc.ledger / rel
        before = path.read_bytes() if path.exists() else b""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before + b"*.yaml merge=union\n")
        where = f"{rel}:{path.read_bytes().count(bytes([10]))}: "
        both(svc, "sync", 3, f"{where}“merge=union”会让 git 改动或混合记录；什么都没有提交", f'{where}"merge=union" lets git change or mix entries; nothing was committed')
        both(svc, "sync --local", 3, where, where)
        both(svc, "sync -n", 3, where, where)
        path.write_bytes(before)
    assert git(svc, "log --format=%s").split() == ["start"]
    svc("sync")


def test_sync_does_not_send_what_somebody_has_committed(svc: Any) -> None:
    hub(svc)
    path = svc.ledger / f"repairs/{FILE}"
    path.parent.mkdir()
    path.write_text("* merge=union\n")
    git(svc, "add -A")
    git(svc, "commit -qm tidied")
    path.unlink()

    both(svc, "sync", 3, "已提交，没有送出", f"git rm --cached -- repairs/{FILE}")

    git(svc, f"rm -q --cached -- repairs/{FILE}")
    git(svc, "commit -qm back")
    svc("sync")
    assert FILE not in git(svc, "ls-tree -r --name-only origin/main repairs")


@pytest.mark.parametrize("rel", [FILE, f"repairs/{FILE}"])
def test_what_came_with_such_attributes_is_not_merged(svc: Any, rel: str) -> None:
    hub(svc)
    other = clone(svc, "night")
    path = other.ledger / rel
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write("*.yaml merge=union\n")
    git(other, "add -A")
    git(other, "commit -qm union")
    name = git(other, "rev-parse --short HEAD").strip()
    git(other, "push -q origin main")
    one = svc("repair add --unit A --fault x").id
    before = svc.text(FILE)

    both(svc, "sync", 3, f"是 {name}（李敏）从 origin/main 带来的，没有合并", f"git show {name} -- {rel}")

    assert svc.text(FILE) == before and not (svc.ledger / f"repairs/{FILE}").exists()
    assert one in git(svc, f"show HEAD:{FRONT}")
    shell(other, svc("sync", code=3, lang="en").err.partition("puts it right: ")[2].partition("; then")[0])
    assert "送出" in svc("sync").err
    assert svc("check").out == ""
