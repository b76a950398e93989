"""LibreOffice calculates every formula again, from the cells alone: it must come to what we have stored.

An application trusts a stored value until somebody edits, so a wrong one would be believed. The stored values are taken out
beforehand: LibreOffice calculates what has none, and nothing that has one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from workbooks import REPORTS, Held, Parts, packed, parts, unpacked

NEAR = Decimal("1e-9")  # of decimals: sums of binary fractions
WRONG = "4711"
VALUE = re.compile(rb"(</f>)<v>([^<]*)</v>")
NUMBERS = ("n", "b")


def without_values(book: Parts) -> dict[str, bytes]:
    return {name: VALUE.sub(rb"\1", data) if name.startswith("xl/worksheets/sheet") else data for name, data in book.files.items()}


def recalculated(folder: Path) -> dict[str, Parts]:
    """Every report as LibreOffice saved it, and ``wrong``: one with wrong stored values left in."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (no soffice on PATH): stored values are not compared with its recalculation")
    for name in ("in", "out"):
        (folder / name).mkdir()
    for name in REPORTS:
        (folder / "in" / f"{name}.xlsx").write_bytes(packed(without_values(parts(name))))
    wrong = {name: VALUE.sub(rb"\1<v>%s</v>" % WRONG.encode(), data) for name, data in parts("street").files.items()}
    (folder / "in" / "wrong.xlsx").write_bytes(packed(wrong))
    command = [
        office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"),
        *map(str, sorted((folder / "in").iterdir())),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    made = {path.stem: path for path in (folder / "out").iterdir()}
    assert set(made) == {*REPORTS, "wrong"}, f"LibreOffice ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return {name: unpacked(Path(path).read_bytes()) for name, path in made.items()}


def differs(ours: Held, theirs: Held | None) -> bool:
    """Whether a cell holds something else after the journey: another text or number, or none."""
    if theirs is None or not theirs.value:
        return bool(ours.value)
    if (ours.kind in NUMBERS) != (theirs.kind in NUMBERS):
        return True
    if ours.kind not in NUMBERS:
        return ours.value != theirs.value
    one, other = Decimal(ours.value), Decimal(theirs.value)
    return abs(one - other) > NEAR if one % 1 else one != other


def compared(ours: Parts, theirs: Parts) -> tuple[int, list[str]]:
    """How many formulas there are, and the cells, formulas or not, in which the two differ."""
    assert list(ours.sheets()) == list(theirs.sheets())
    formulas, found = 0, []
    for sheet in ours.sheets():
        cells, others = ours.cells(sheet), theirs.cells(sheet)
        for ref, held in cells.items():
            formulas += bool(held.formula)
            other = others.get(ref)
            if differs(held, other) or (other is not None and other.formula != held.formula):
                found.append(f"{sheet}!{ref}: {held} is {other}")
        found += [f"{sheet}!{ref}: {other}" for ref, other in others.items() if other.value and ref not in cells]
    return formulas, found


def test_libreoffice_comes_to_the_values_that_are_stored(tmp_path):
    """All in one test, for LibreOffice takes its time to start. The last workbook shows that a wrong value would be noticed:
    the values compared are calculated; and that it would have been believed: a formula with a value is not."""
    made = recalculated(tmp_path)
    results = {name: compared(parts(name), made[name]) for name in REPORTS}
    assert {name: found for name, (_, found) in results.items() if found} == {}
    assert [name for name, (formulas, _) in results.items() if not formulas] == ["public zh"]  # which has no list to add up
    formulas, found = compared(parts("street"), made["wrong"])
    assert len(found) == formulas > 5
    assert all(WRONG in line for line in found)


def test_there_is_nothing_stored_to_fall_back_on():
    stripped = Parts(without_values(parts("monthly zh")))
    formulas = [held for sheet in stripped.sheets() for held in stripped.cells(sheet).values() if held.formula]
    assert len(formulas) > 20 and not any(held.value for held in formulas)
