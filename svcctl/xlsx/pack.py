"""The file around the parts: the rows into their sheets, times from the period, a zip that depends on nothing else."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO
from xml.sax.saxutils import quoteattr

_NO_ROWS = re.compile(rb"<sheetData ?/>|<sheetData></sheetData>")
_TIME = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")
# The library's own names its version, and no byte may hang on that.
_MAKER = (
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    b"<Application>Microsoft Excel Compatible / svcctl</Application></Properties>"
)
_CHART = re.compile(rb'<((?:\w+:)?)cNvPr id="([0-9]+)" name="(Chart [0-9]+)" ?/>')
_LABELS = re.compile(rb'(<(?:\w+:)?numFmt formatCode="[^"]*") ?/>')
_KEPT = re.compile(rb'(<(?:\w+:)?formatCode) xml:space="preserve">')  # no attribute is allowed there
_FIRST = "[Content_Types].xml"


def pack(book: bytes, out: IO[bytes], *, stamp: datetime, rows: Mapping[str, IO[bytes]], alts: Mapping[str, Sequence[str]],
         extras: Mapping[str, bytes]) -> None:  # fmt: skip
    """Write the workbook that openpyxl saved without rows, with them, to ``out``: the same bytes whenever it is made.

    ``out`` can be sought in. ``rows`` gives, by part (``xl/worksheets/sheet3.xml``), the row elements of a sheet; ``alts``, by part, the
    alternative texts of a drawing's charts in order; ``extras``, by part, what comes last in a sheet; ``stamp`` the time of creation, with a zone.
    """
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(out, "w") as target:
        for name in sorted(source.namelist(), key=lambda n: (n != _FIRST, n)):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _stamped(data, stamp)
            elif name == "docProps/app.xml":
                data = _MAKER
            elif name in alts:
                data = _described(data, alts[name])
            elif name in extras:
                data = data.replace(b"</worksheet>", extras[name] + b"</worksheet>")
            elif name.startswith("xl/charts/"):
                data = _LABELS.sub(rb'\1 sourceLinked="0"/>', data)  # else some applications take the cells' format
                data = _KEPT.sub(rb"\1>", data)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o600 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with target.open(info, "w") as part:
                if name in rows:
                    _write_rows(part, data, rows[name])
                else:
                    part.write(data)


def _write_rows(part: IO[bytes], sheet: bytes, rows: IO[bytes]) -> None:
    before, after = _NO_ROWS.split(sheet)
    rows.seek(0)
    part.write(before + b"<sheetData>")
    shutil.copyfileobj(rows, part, 1 << 20)
    part.write(b"</sheetData>" + after)


def _stamped(data: bytes, stamp: datetime) -> bytes:
    text = stamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return _TIME.sub(lambda m: m[1] + text + m[2], data)


def _described(data: bytes, alts: Sequence[str]) -> bytes:
    def described(found: re.Match[bytes]) -> bytes:
        alt = quoteattr(alts[int(found[2]) - 1]).encode()
        return b'<%scNvPr id="%s" name="%s" descr=%s/>' % (found[1], found[2], found[3], alt)

    return _CHART.sub(described, data)
