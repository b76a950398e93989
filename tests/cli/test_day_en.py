"""A whole day at the desk in English: each command, and everything the terminal shows for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from transcript import compare


def test_a_day_at_the_desk_in_english(new_desk: Callable[..., Any]) -> None:
    desk = new_desk("en", profile="hotel", site="Yuehe Hotel")
    desk.env["SVCCTL_BY"] = ""

    compare(desk, Path(__file__).with_name("day_en.txt"))
