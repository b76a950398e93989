"""Every path below the ledger is opened without following a link; what is in the way is named, and nothing outside changes."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from store_kit import MONTH, Told, data, ended, entry, fork, ledger, put, stored, tree, write

from svcctl.errors import NotFound, Refused, StorageFault, SvcError
from svcctl.store.files import Root, is_month_file
from svcctl.store.writer import Writer

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def refused(action, *words):
    with pytest.raises(Refused) as caught:
        action()
    assert caught.value.exit_code == 3
    for word in words:
        assert word in caught.value.say("en")
    assert caught.value.say("zh") != caught.value.say("en")


def test_a_folder_that_is_not_there_reads_as_empty_and_a_file_as_not_found(tmp_path):
    root = ledger(tmp_path)
    assert root.listdir("repairs") == []
    assert root.month_files() == root.month_files("repairs") == []
    assert root.signatures() == root.signatures("repairs") == {}
    assert root.stat(MONTH) is None
    assert root.state_read("desk") is None
    with pytest.raises(NotFound):
        root.read(MONTH)
    assert os.listdir(tmp_path) == []  # reading made nothing


def test_a_ledger_that_is_not_there_is_not_found(tmp_path):
    for path in (tmp_path / "none", tmp_path / "file"):
        (tmp_path / "file").write_text("x")
        with pytest.raises(NotFound, match="no such ledger"):
            Root(str(path))


def test_month_files_are_seen_and_nothing_else(tmp_path):
    root = ledger(tmp_path)
    for rel in ("repairs/2026-11.yaml", "repairs/2026-11.night.yaml", "cash/2026-02.yaml", "ledger.yaml",
                "repairs/2026-13.yaml", "repairs/2026-11.yaml~", "repairs/.#2026-11.yaml", "repairs/2026-11.Night.yaml",
                "repairs/2026-11.yaml.torn-20261123T000000Z", "repairs/x.yaml", ".svcctl/2026-11.yaml",
                "Repairs/2026-11.yaml", "files/ab/abcd.jpg"):  # fmt: skip
        put(root, rel, b"x")
    Path(os.fsdecode(os.fsencode(str(tmp_path)) + b"/repairs/\xff.yaml")).write_text("not UTF-8")
    expected = ["cash/2026-02.yaml", "repairs/2026-11.night.yaml", "repairs/2026-11.yaml"]
    assert root.month_files() == expected
    assert root.month_files("repairs") == expected[1:]
    assert sorted(root.signatures()) == expected
    assert root.signatures()["cash/2026-02.yaml"] == root.stat("cash/2026-02.yaml")
    assert root.stat("cash/2026-02.yaml").size == 1


@pytest.mark.parametrize(
    "rel",
    ["../x", "/etc/passwd", "repairs/../../x", "repairs//x", "./x", "", "repairs/", "a\0b/2026-11.yaml", "repairs/."],
)
def test_no_path_leads_out(tmp_path, rel):
    root = ledger(tmp_path)
    refused(lambda: root.read(rel), "not a path inside")
    refused(lambda: root.replace(rel, b"x"), "not a path inside")
    refused(lambda: write(root, rel, entry(1)), "not the name of a month file")
    assert not is_month_file(rel)


@pytest.mark.parametrize("rel", ["repairs/2026-11.yaml.exe", "repairs/2026-11", "repairs/2026-11.-x.yaml", "2026-11.yaml",
                                 "repairs/x/2026-11.yaml", ".svcctl/2026-11.yaml", "repairs/2026-11.yaml\n"])  # fmt: skip
def test_only_month_files_are_written(tmp_path, rel):
    refused(lambda: write(ledger(tmp_path), rel, entry(1)), "month file")


def in_the_way(place: Path, kind: str, outside: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    if kind == "link to a file":
        place.symlink_to(outside / "victim")
    elif kind == "link to nothing":
        place.symlink_to(outside / "new")
    elif kind == "link to a folder":
        place.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "socket":
        short = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(place.parent)  # the name of a socket may have 107 bytes
        try:
            short.bind(place.name)
        finally:
            os.chdir(here)
            short.close()
    elif kind == "device":
        if not ROOT:
            pytest.skip("only root makes devices")
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 5))


NAMED = {
    "link to a file": "symbolic link", "link to nothing": "symbolic link", "link to a folder": "symbolic link",
    "pipe": "named pipe", "folder": "a folder", "socket": "a socket", "device": "a device",
}  # fmt: skip


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "victim").write_text("precious")
    (folder / "2026-11.yaml").write_text("precious too")
    before = tree(str(folder))
    yield folder
    assert tree(str(folder)) == before


@pytest.mark.parametrize("kind", NAMED)
def test_a_month_file_that_is_none_is_neither_read_nor_written(tmp_path, outside, kind):
    root = ledger(tmp_path / "ledger")
    in_the_way(tmp_path / "ledger" / "repairs" / "2026-11.yaml", kind, outside)
    refused(lambda: write(root, MONTH, entry(1)), MONTH, NAMED[kind])
    refused(lambda: root.read(MONTH), MONTH, NAMED[kind])
    write(root, "repairs/2026-12.yaml", entry(2))  # the others are not hindered
    assert root.stat("repairs/2026-12.yaml").size > 0


@pytest.mark.parametrize("kind", ["link to a folder", "pipe", "socket"])
@pytest.mark.parametrize("name", ["repairs", ".svcctl"])
def test_a_folder_that_is_none_is_not_entered(tmp_path, outside, name, kind):
    root = ledger(tmp_path / "ledger")
    in_the_way(tmp_path / "ledger" / name, kind, outside)
    refused(lambda: write(root, MONTH, entry(1)), name, NAMED[kind])
    refused(lambda: root.listdir(name), name, NAMED[kind])
    if name == "repairs":
        refused(root.month_files, name, NAMED[kind])  # not left out in silence


def test_a_file_where_a_folder_should_be(tmp_path):
    root = ledger(tmp_path)
    put(root, "repairs", b"x")
    refused(lambda: write(root, MONTH, entry(1)), "found a file, expected a folder")
    assert data(root, "repairs") == b"x"


def test_a_hard_link_is_read_but_not_written(tmp_path, outside):
    root = ledger(tmp_path / "ledger")
    (tmp_path / "ledger" / "repairs").mkdir()
    os.link(outside / "2026-11.yaml", tmp_path / "ledger" / MONTH)
    refused(lambda: write(root, MONTH, entry(1)), MONTH, "2 hard links")
    assert root.read(MONTH) == b"precious too"


def test_links_in_svcctl_are_not_followed(tmp_path, outside):
    root = ledger(tmp_path / "ledger")
    state = tmp_path / "ledger" / ".svcctl"
    state.mkdir()
    for name in ("recorded", "clean"):
        (state / name).symlink_to(outside / "victim")
    with pytest.raises(SvcError):
        root.state_read("recorded")
    root.state_write("recorded", b"new")  # takes the link's place, leaves its target
    assert root.state_read("recorded") == b"new"
    write(root, MONTH, entry(1))  # the mark cannot be kept, and need not be
    (state / "lock").unlink()
    (state / "lock").symlink_to(outside / "victim")
    refused(lambda: write(root, MONTH, entry(2)), "lock", "symbolic link")
    assert stored(root) == ["rp-0000000001"]


def test_the_ledger_itself_may_be_reached_through_a_link_and_moved_while_open(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    root = Root(str(tmp_path / "link"))
    write(root, MONTH, entry(1))
    os.rename(tmp_path / "real", tmp_path / "moved")
    write(root, MONTH, entry(2))
    assert (tmp_path / "moved" / MONTH).read_bytes().count(b"---\n") == 2


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_files_are_0600_and_folders_0700_whatever_the_umask(tmp_path, umask):
    root = ledger(tmp_path / "ledger")
    before = os.umask(umask)
    try:
        write(root, MONTH, entry(1))
        with Writer(root, "", Told()) as writer:
            writer.append_group([(MONTH, entry(2)), ("cash/2026-11.yaml", entry(3))])
        root.state_write("desk", b"x")
    finally:
        os.umask(before)
    for folder, _, names in os.walk(tmp_path / "ledger"):
        if folder != str(tmp_path / "ledger"):
            assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700, folder
        for name in names:
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            assert mode == 0o600, name


def test_reading_from_the_end(tmp_path):
    root = ledger(tmp_path)
    put(root, "x", b"0123456789")
    assert [root.read("x", at) for at in (0, 4, -3, -99)] == [b"0123456789", b"456789", b"789", b"0123456789"]


def test_replace_leaves_the_old_or_the_new(tmp_path):
    root = ledger(tmp_path)
    root.replace("ledger.yaml", b"old")
    root.replace("ledger.yaml", b"new")
    assert tree(str(tmp_path)) == {"ledger.yaml": b"new"}
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageFault, match="nothing was recorded"):
        root.replace("folder", b"x")
    assert os.listdir(tmp_path / "folder") == [] and sorted(os.listdir(tmp_path)) == ["folder", "ledger.yaml"]


def test_overwriting_in_place_leaves_nothing_of_a_longer_past(tmp_path):
    root = ledger(tmp_path)
    root.state_put("clean/x", b"a long past")
    root.state_put("clean/x", b"short")
    assert root.state_read("clean/x") == b"short"


# -- reading where nothing may be written --------------------------------------------------------------------------


def as_nobody(work) -> int:
    def drop():
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        work()

    return ended(fork(drop))


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_another_user_reads_and_is_told_that_he_may_not_write(tmp_path):
    root = ledger(tmp_path / "ledger")
    write(root, MONTH, entry(1))
    for folder in ("repairs", ".svcctl"):
        (tmp_path / "ledger" / folder).chmod(0o755)
    (tmp_path / "ledger" / MONTH).chmod(0o644)
    before = tree(str(tmp_path))

    def work():
        assert stored(root) == ["rp-0000000001"]
        assert not root.writable()
        with pytest.raises(StorageFault) as caught:
            write(root, MONTH, entry(2))
        assert "permission denied; nothing was recorded" in caught.value.say("en")
        assert "没有权限，未记录任何内容" in caught.value.say("zh")

    assert as_nobody(work) == 0
    assert tree(str(tmp_path)) == before


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_what_may_not_be_read_is_a_storage_fault_and_not_missing(tmp_path):
    root = ledger(tmp_path / "ledger")
    write(root, MONTH, entry(1))

    def work():
        for action in (lambda: root.read(MONTH), root.month_files, lambda: root.stat(MONTH)):
            with pytest.raises(StorageFault, match="permission denied"):
                action()

    assert as_nobody(work) == 0


@pytest.mark.skipif(not ROOT or not shutil.which("unshare"), reason="needs a mount namespace")
def test_on_read_only_media_all_is_read_and_nothing_written(tmp_path):
    write(ledger(tmp_path / "ledger"), MONTH, entry(1))
    script = (
        f"mount --bind {tmp_path}/ledger {tmp_path}/ledger && mount -o remount,bind,ro {tmp_path}/ledger || exit 77\n"
        f"exec {sys.executable} {tmp_path}/child.py"
    )
    (tmp_path / "child.py").write_text(
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "from store_kit import *\nfrom svcctl.errors import StorageFault\n"
        f"root = Root({str(tmp_path / 'ledger')!r})\n"
        "assert stored(root) == ids(1) and not root.writable()\n"
        "try:\n    write(root, MONTH, entry(2))\n"
        "except StorageFault as error:\n    print(error.say('en'), error.say('zh'))\n"
    )
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, encoding="utf-8")
    if done.returncode in (1, 77) and "mount" in done.stderr:
        pytest.skip("mounting is not permitted")
    assert done.stderr == ""
    assert "the file system is read-only; nothing was recorded" in done.stdout and "磁盘为只读" in done.stdout
