"""The same report is the same file under every Python, time zone, hash seed, locale and folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import openpyxl
import pytest
from workbooks import parts, workbook

ROOT = Path(__file__).parents[2]
MADE = ("street", "monthly zh", "form zh")
LACKING = 77  # how the script ends where packages are missing
SCRIPT = f"""
import hashlib, sys
try:
    import openpyxl, typer, yaml
except Exception as fault:
    print(sys.executable, fault)
    sys.exit({LACKING})
from workbooks import workbook
print(*sys.version_info[:2], sep=".")
for name in {MADE!r}:
    print(hashlib.sha256(workbook(name)).hexdigest())
"""
CONDITIONS = {  # each of its own sort: zone, hash seed, locale
    "3.11": ("America/Los_Angeles", "4711", "C"),
    "3.12": ("Asia/Kathmandu", "0", "POSIX"),
    "3.13": ("Pacific/Kiritimati", "1", "C.UTF-8"),
    "3.14": ("UTC", "99", "en_US.UTF-8"),
}
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreters(version: str) -> list[str]:
    """Where a Python of that version may be: this one, on the path, among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    if version == OWN:
        return [sys.executable]
    return [found for found in (shutil.which(f"python{version}"), *map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python")))) if found]


@pytest.mark.parametrize("version", CONDITIONS)
def test_every_python_makes_the_same_bytes(version, tmp_path):
    zone, seed, locale = CONDITIONS[version]
    # The packages are those of the running Python; what of them was compiled for it alone, PyYAML's parser, is done without.
    path = [ROOT, *(ROOT / "tests" / folder for folder in ("xlsx", "reports", "store")), sysconfig.get_path("purelib")]
    environ = {
        "PYTHONPATH": os.pathsep.join(map(str, path)), "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale, "HOME": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ.get("PATH", ""),
    }  # fmt: skip
    why = "it is not installed"
    for interpreter in interpreters(version):
        ran = subprocess.run([interpreter, "-c", SCRIPT], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
        if ran.returncode in (LACKING, 127):  # 127: a name that leads to no Python
            why = (ran.stdout + ran.stderr).strip()[-300:]
            continue
        assert ran.returncode == 0, ran.stderr
        told, *digests = ran.stdout.split()
        assert told == version
        assert digests == [hashlib.sha256(workbook(name)).hexdigest() for name in MADE]
        return
    pytest.skip(f"no Python {version} with svcctl's packages: {why}")


def test_no_part_names_the_version_of_the_library():
    assert not [part for name in MADE for part, data in parts(name).files.items() if openpyxl.__version__.encode() in data]


def test_two_reports_are_not_one_file():
    """The digests compared can differ."""
    assert len({hashlib.sha256(workbook(name)).hexdigest() for name in MADE}) == len(MADE)
