"""An entry at the end of a file that nobody finished, or that lacks only its line feed: every reader says so, and goes on."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from svcctl.store import opening, view
from svcctl.store.files import Root
from svcctl.store.lock import Lock

FILE = "repairs/2026-11.yaml"
READERS = [
    "repair list", "repair list --json", "today", "today --json", "log", "find 灯不亮", "show 7k3f", "measure repair.received",
    "explain repair.received", "report weekly --format json", "report weekly -o w.xlsx", "fee status",
]  # fmt: skip


@pytest.fixture(params=["scan", "index"])
def torn(svc: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A ledger with an entry and, after it, a whole one that has lost its last line feed."""
    if request.param == "index":
        monkeypatch.setattr(opening, "SMALL", 0)
    for one in ("rp-7k3fq2m8xd", "rp-7m3fq2m8xd"):
        svc.plant(FILE, id=one, kind="repair", event="add", at="2026-11-20T08:00:00+08:00", unit="A-101", fault="灯不亮", party="property")
    cut(svc, 1)
    return svc


def cut(svc: Any, size: int) -> None:
    path = svc.ledger / FILE
    path.write_bytes(path.read_bytes()[:-size])


def told(said: Any) -> list[str]:
    return [line for line in said.err.splitlines() if line.startswith(FILE)]


def test_every_reader_says_what_is_not_counted_and_that_it_is_whole(torn: Any) -> None:
    size = len((torn.ledger / FILE).read_bytes().split(b"---\n")[2]) + 4
    for line in READERS:
        said = torn(line)
        what = f"末尾的一条记录（{size} 字节，rp-7m3fq2m8xd）是完整的，只缺最后的换行，未计入；补上换行就会计入"
        assert told(said) == [f"{FILE}: {what}。svcctl check --repair 会把它保存到旁边的文件里"], line
        assert "rp-7m3fq2m8xd" not in said.out or "report" in line
    (torn.ledger / FILE).open("ab").write(b"\n")
    assert told(said := torn("repair list")) == []
    assert "rp-7m3fq2m8xd" in said.out


def test_one_that_was_not_written_to_its_end_is_not_called_whole(torn: Any) -> None:
    for more in (1, 60):  # within its sum; within its fields
        cut(torn, more)
        (line,) = told(torn("today", lang="en"))
        assert "ends in an unfinished entry of" in line
        assert "(rp-7m3fq2m8xd), which is not counted" in line
    cut(torn, len((torn.ledger / FILE).read_bytes().split(b"---\n")[2]) - 5)
    assert "字节），未计入" in told(torn("today"))[0]


def test_a_wrong_sum_without_a_line_feed_is_not_called_whole(torn: Any) -> None:
    path = torn.ledger / FILE
    first, mark, last = path.read_bytes().rpartition(b"---\n")
    path.write_bytes(first + mark + last.replace("灯不亮".encode(), "门不开".encode()))
    assert "没写完的记录" in told(torn("repair list"))[0]


def test_check_names_it_and_the_next_writer_too(torn: Any) -> None:
    (one,) = torn("check --json", code=1).json
    assert (one["file"], one["line"], one["code"]) == (FILE, 12, "torn")
    assert "只缺最后的换行" in one["message"]
    assert ".torn-" in torn("repair add --unit A-102 --fault 门坏").err
    assert told(torn("repair list")) == []


def test_a_report_names_it_among_its_checks_and_not_on_page_one(torn: Any) -> None:
    now = torn("report weekly 本周 --format json").json
    assert [w for w in now["warnings"] if w.startswith(FILE)] == [w for w in now["warnings"] if "只缺最后的换行" in w] != []
    assert now["tables"]["damage"] == [{"message": w} for w in now["warnings"] if w.startswith(FILE)]
    assert not [w for w in now["warnings"] if "损坏" in w]
    before = torn("report monthly 2026-10 --format json").json  # nothing in a file of November is of October
    assert not [w for w in before["warnings"] if w.startswith(FILE)]


def test_a_tail_that_another_one_replaces_is_told_as_it_is(torn: Any) -> None:
    """The same length, the same time: the index must not tell of the one that was there."""
    assert "rp-7m3fq2m8xd" in told(torn("today"))[0]
    path = torn.ledger / FILE
    path.write_bytes(path.read_bytes().replace(b"rp-7m3fq2m8xd", b"rp-7n3fq2m8xd"))
    assert "rp-7n3fq2m8xd" in told(torn("today"))[0]


def test_what_somebody_is_writing_now_is_not_told(torn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_TORN_WAIT_S", 0.02)
    with Root(str(torn.ledger)) as root:
        lock = Lock(root)
        lock.acquire()
        for line in ("repair list", "today", "report weekly --format json"):
            assert told(torn(line)) == [], line
        lock.release()
    assert told(torn("repair list")) != []


def test_where_no_lock_can_be_had_a_tail_that_changes_is_being_written(torn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (torn.ledger / ".svcctl").mkdir(exist_ok=True)
    (torn.ledger / ".svcctl/lock").unlink(missing_ok=True)
    (torn.ledger / ".svcctl/lock").mkdir()  # in its way
    waited: list[float] = []
    monkeypatch.setattr(view.time, "sleep", waited.append)
    assert told(torn("repair list")) != []
    assert waited

    def grow(seconds: float) -> None:
        cut(torn, 1)

    monkeypatch.setattr(view.time, "sleep", grow)
    assert told(torn("repair list")) == []


def test_many_are_counted(svc: Any) -> None:
    for month in range(1, 9):
        path = svc.ledger / f"repairs/2026-0{month}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"---\nid")
    said = svc("repair list")
    assert said.err.count("未计入") == 5
    assert "还有 3 个文件" in said.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
@pytest.mark.parametrize("line", ["repair list", "today", "report weekly --format json"])
def test_a_full_disk_under_stdout_says_where_and_what_to_do(svc: Any, line: str) -> None:
    svc("repair add --unit A-101 --fault 灯不亮 --party property")
    with open("/dev/full", "wb") as full:
        said = svc.process(line, code=5, stdout=full, stderr=-1)
    assert said.err.strip() == "svcctl: 标准输出: 磁盘已满；输出不完整。请换一个去处或腾出空间，再运行一遍"


def test_a_sealed_month_is_printed_as_it_was_and_the_tail_is_told_beside(svc: Any) -> None:
    svc.plant(FILE.replace("11", "10"), id="rp-7k3fq2m8xd", kind="repair", event="add", at="2026-10-20T08:00:00+08:00", unit="A-101", fault="灯不亮", party="property")
    svc("seal 2026-10")
    before = svc("report monthly 2026-10 --format json").out
    with (svc.ledger / FILE.replace("11", "10")).open("ab") as file:
        file.write(b'---\nid: "rp')
    said = svc("report monthly 2026-10 --format json")
    assert said.out == before
    assert "repairs/2026-10.yaml: 末尾有一条没写完的记录" in said.err


def test_an_id_that_stands_in_a_tail_is_not_simply_unknown(torn: Any) -> None:
    for line in ("show rp-7m3fq2m8xd", "repair show 7m3f", "repair void rp-7m3fq2m8xd --reason x --approved-by y", "repair dispatch 7M3FQ --to 周"):
        said = torn.refused(line, code=4)
        assert f"svcctl: {FILE}:" in said.err and "没写完的记录，未计入" in said.err, line
        assert "补上换行就会计入" in said.err and "svcctl check --repair" in said.err
    for line in ("show rp-7n3fq2m8xd", "repair show nowhere"):
        said = torn.refused(line, code=4)
        assert "找不到" in said.err and f"{FILE}: 末尾的一条记录" in said.err and "看清单" in said.err, line


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_a_help_that_cannot_be_printed_names_stdout(svc: Any) -> None:
    with open("/dev/full", "wb") as full:
        said = svc.process("--help", code=5, lang="en", stdout=full, stderr=subprocess.PIPE)
    assert said.err.startswith("svcctl: stdout: ")
