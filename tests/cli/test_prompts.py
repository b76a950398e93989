"""Asking for what was not typed: on a terminal only, never where nobody is there to answer."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from collections.abc import Sequence
from typing import Any


class Terminal:
    """A command line on a terminal of its own."""

    def __init__(self, svc: Any, words: Sequence[str], env: dict[str, str] | None = None) -> None:
        environ = {**svc.environ(env), "PYTHONPATH": os.getcwd(), "TERM": "xterm"}
        argv = svc.argv(list(words))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environ)
        self.text = ""
        self.seen = 0

    def expect(self, pattern: str) -> None:
        """Wait for a text that was not there before."""
        end = time.monotonic() + 15
        while not re.search(pattern, self.text[self.seen :]):
            if time.monotonic() > end or not self._read(0.2):
                raise AssertionError(f"expected {pattern!r}, got:\n{self.text}")
        self.seen = len(self.text)

    def _read(self, wait: float) -> bool:
        if not select.select([self.fd], [], [], wait)[0]:
            return True
        try:
            part = os.read(self.fd, 4096)
        except OSError:
            part = b""
        self.text += part.decode("utf-8", "replace")
        return bool(part)

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode() + b"\n")

    def press(self, key: bytes) -> None:
        os.write(self.fd, key)

    def end(self) -> int:
        end = time.monotonic() + 15
        while self._read(0.2) and time.monotonic() < end:
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_what_is_missing_is_asked_for_until_it_fits(svc: Any) -> None:
    terminal = Terminal(svc, ["repair", "add", "--party", "property"], {"SVCCTL_BY": ""})

    terminal.expect("故障")
    terminal.type("灯不亮")
    terminal.expect("铺位")
    terminal.type("A-101")
    terminal.expect("录入人")
    terminal.type("李敏")
    assert terminal.end() == 0, terminal.text

    row = svc("repair list --json").json[0]
    assert (row["by"], row["fault"], row["unit"]) == ("李敏", "灯不亮", "A-101")


def test_a_wrong_answer_is_asked_again_and_what_follows_from_an_answer_too(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --party property").id
    svc(["repair", "finish", one, "--result", "fixed"])
    terminal = Terminal(svc, ["repair", "callback"])

    terminal.expect("编号")
    terminal.type(one)
    terminal.expect("结果")
    terminal.type("也许")
    terminal.expect("应为")
    terminal.type("接通")
    terminal.expect("满意度")
    terminal.type("2")
    terminal.expect("是否解决")
    terminal.type("未解决")
    terminal.expect("原因")
    terminal.type("又不亮了")
    assert terminal.end() == 0, terminal.text
    assert svc(["show", one, "--json"]).json["state"] == "reopened"


def test_nothing_is_asked_for_where_all_was_typed(svc: Any) -> None:
    terminal = Terminal(svc, ["repair", "add", "--unit", "A", "--fault", "灯"])

    assert terminal.end() == 0
    assert re.fullmatch(r"注意：.*\r\nrp-[0-9a-z]{10}\r\n", terminal.text), terminal.text


def test_a_void_asks_for_its_reason_and_approver(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯").id
    terminal = Terminal(svc, ["repair", "void", one])

    terminal.expect("原因")
    terminal.type("重复")
    terminal.expect("批准人")
    terminal.type("陈经理")
    assert terminal.end() == 0, terminal.text
    assert svc(["show", one, "--json"]).json["state"] == "void"


def test_an_interrupted_question_writes_nothing(svc: Any) -> None:
    for key, code in ((b"\x03", 130), (b"\x04", 130)):
        before = svc.files()
        terminal = Terminal(svc, ["repair", "add"])
        terminal.expect("故障")
        time.sleep(0.3)  # nobody is quicker than the question
        terminal.press(key)
        assert terminal.end() == code, terminal.text
        assert "Traceback" not in terminal.text
        assert svc.files() == before


def test_in_a_pipe_nothing_is_asked(svc: Any) -> None:
    said = svc.process("repair add", code=2, stdin="灯不亮\nA-101\n")

    assert said.err.count("\n") == 1
    assert "--fault, --unit | --place" in said.err


def test_on_a_terminal_show_ends_with_the_command_that_reveals(svc: Any) -> None:
    one = svc("repair add --unit A --fault 灯 --contact 13800001234").id
    terminal = Terminal(svc, ["show", one])
    assert terminal.end() == 0
    assert terminal.text.rstrip().endswith(f"svcctl show {one} --reveal")
    assert "13800001234" not in terminal.text
    assert "--reveal" not in svc(["show", one]).out
    plain = Terminal(svc, ["show", svc("repair add --unit A --fault 灯").id])
    plain.end()
    assert "--reveal" not in plain.text


def test_a_wide_table_is_wrapped_on_a_terminal_and_has_no_colours(svc: Any) -> None:
    svc(["repair", "add", "--unit", "A", "--fault", "很长的故障说明" * 20])
    for env in ({}, {"NO_COLOR": "1"}, {"COLUMNS": "60"}):
        terminal = Terminal(svc, ["repair", "list"], env)
        assert terminal.end() == 0
        assert "\x1b" not in terminal.text
        assert max(map(len, terminal.text.splitlines())) < 200
