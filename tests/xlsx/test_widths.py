"""Texts in the room they have."""

from __future__ import annotations

import pytest

from svcctl.xlsx import widths
from svcctl.xlsx.summary import _one_line


@pytest.mark.parametrize("room", range(6, 40))
def test_a_line_that_is_cut_ends_before_a_number_not_in_it(room):
    text = "Electricity due 06-20 23:59, passed: T-017 A-204 2026-06 1,722.62 元"
    cut = _one_line(text, room)
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]) and widths.ink(cut) <= room + 1)
    kept = cut.removesuffix("…")
    assert cut == text or not (kept[-1:].isdigit() and text[len(kept)] in "0123456789.,-:"), cut
