"""FILE.rejected.csv: the rows an import could not take, in the source's own words, columns and dialect, each with why.

It holds personal data as the source does, so only its owner may read it; it appears complete or not at all.
"""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from types import TracebackType
from typing import IO, Self

from svcctl.errors import StorageFault
from svcctl.importing.source import Row, Source
from svcctl.texts import Text

PROBLEM = "problem"


def rejected_path(path: str) -> str:
    """Where the rejected rows of ``path`` go."""
    return f"{path}.rejected.csv"


class RejectWriter:
    """Collects rejected rows; leaving the ``with`` block without an exception puts the file in place, if it has any.

    The header's last column is ``problem``; cells a row has beyond its header stand after it. StorageFault if the
    file cannot be written.
    """

    def __init__(self, source: Source, path: str | None = None) -> None:
        self.path = path or rejected_path(source.path)
        self.count = 0
        header = list(source.raw_header)
        # A file of rejected rows that is corrected and imported again has the column already: it is written anew.
        self._again = bool(header) and header[-1].strip() == PROBLEM
        self._header = header[:-1] if self._again else header
        self._source = source
        self._temporary = ""
        self._handle: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def add(self, row: Row, problem: str) -> None:
        """Write one row and why it was rejected."""
        try:
            self._write(row, problem)
        except OSError as fault:
            raise self._fault(fault) from None
        self.count += 1

    def _write(self, row: Row, problem: str) -> None:
        width = len(self._header)
        own = list(row.raw[:width]) + [""] * (width - len(row.raw))
        surplus = list(row.raw[width + self._again :])
        self._line([*own, "; ".join(problem.splitlines()), *surplus])

    def _line(self, cells: list[str]) -> None:
        if self._handle is None:
            self._open()
        dialect = self._source.dialect
        assert self._handle is not None
        csv.writer(self._handle, delimiter=dialect.delimiter, lineterminator=dialect.newline).writerow(cells)

    def _open(self) -> None:
        folder, name = os.path.split(self.path)
        # mkstemp creates the file anew and with mode 0600.
        number, self._temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder or ".")
        encoding = self._source.dialect.encoding
        self._handle = os.fdopen(number, "w", encoding=encoding, errors="backslashreplace", newline="")
        self._line([*self._header, PROBLEM])

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is None:
            return
        try:
            if kind is None:
                self._handle.flush()
                os.fsync(self._handle.fileno())
                self._handle.close()
                os.replace(self._temporary, self.path)
                self._temporary = ""
        except OSError as wrong:
            raise self._fault(wrong) from None
        finally:
            with contextlib.suppress(OSError):
                self._handle.close()
            if self._temporary:
                with contextlib.suppress(OSError):
                    os.unlink(self._temporary)

    def _fault(self, fault: OSError) -> StorageFault:
        reason = fault.strerror or type(fault).__name__
        what = Text("无法写入被拒绝的行：{reason}", "cannot write the rejected rows: {reason}").fill(reason=reason)
        return StorageFault(what, where=self.path)
