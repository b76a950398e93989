"""A workbook in its place: whole, with the right mode, not touched without need."""

from __future__ import annotations

import os
import stat

import pytest

from svcctl.errors import StorageFault
from svcctl.xlsx.save import save


def mode(path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_new_file_is_private_unless_a_mode_is_named(tmp_path):
    old = os.umask(0)
    try:
        assert save(b"one", str(tmp_path / "a.xlsx"))
        assert save(b"one", str(tmp_path / "b.xlsx"), 0o640)
    finally:
        os.umask(old)
    assert (tmp_path / "a.xlsx").read_bytes() == b"one"
    assert mode(tmp_path / "a.xlsx") == 0o600
    assert mode(tmp_path / "b.xlsx") == 0o640


def test_an_existing_file_keeps_its_mode_and_is_replaced_whole(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o644)
    assert save(b"new", str(path), 0o600)
    assert path.read_bytes() == b"new" and mode(path) == 0o644
    assert os.listdir(tmp_path) == ["a.xlsx"]


def test_the_same_bytes_are_not_written_again(tmp_path):
    path = tmp_path / "a.xlsx"
    save(b"same", str(path))
    before = path.stat()
    assert not save(b"same", str(path))
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_ino == before.st_ino


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "latest.xlsx"
    link.symlink_to(tmp_path / "real" / "a.xlsx")
    assert save(b"one", str(link))
    assert link.is_symlink() and (tmp_path / "real" / "a.xlsx").read_bytes() == b"one"


def test_directories_and_pipes_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(StorageFault) as fault:
            save(b"x", str(target))
        assert str(target) in fault.value.say("en")
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_fault_leaves_the_old_report_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFault) as fault:
        save(b"new", str(path))
    assert "No space left" in fault.value.say("en")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.xlsx"]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(StorageFault) as fault:
        save(b"x", str(tmp_path / "none" / "a.xlsx"))
    assert fault.value.exit_code == 5
    assert "a.xlsx" in fault.value.say("zh")


def test_what_is_written_piece_by_piece_is_not_put_in_place_if_it_is_there_already(tmp_path):
    path = tmp_path / "a.xlsx"
    pieces = [b"a" * 700_000, b"b" * 700_000]
    assert save(lambda file: file.writelines(pieces), str(path), 0o640)
    before = path.stat()
    assert path.read_bytes() == b"".join(pieces) and mode(path) == 0o640
    assert not save(lambda file: file.writelines(pieces), str(path))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert save(lambda file: file.writelines([pieces[0], b"c" * 700_000]), str(path))
    assert path.read_bytes().endswith(b"c") and mode(path) == 0o640
    assert os.listdir(tmp_path) == ["a.xlsx"]


def test_what_breaks_while_it_is_written_leaves_the_old_report_whole(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def broken(file):
        file.write(b"new")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageFault):
        save(broken, str(path))
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.xlsx"]
