"""One month file open for writing, under the ledger's lock: verified, healed of a torn tail, appended to, durable."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable
from typing import Self

from svcctl.errors import Refused, SvcError
from svcctl.store import codec, faults
from svcctl.store.files import Root, is_month_file, signature
from svcctl.store.folder import Folder, read_all
from svcctl.texts import Text

Warn = Callable[[Text], None]
SumsOk = Callable[[codec.Doc], bool]

_MARK_WIDTH = 100
_CHECK = Text("请运行 svcctl check 查看", "Look with svcctl check")
_MERGE = Text("git 留下了冲突，请运行 svcctl merge {rel}", "git left a conflict in it: svcctl merge {rel}")
_HEALED = Text(
    "{rel}: 上次写入中断，末尾不完整的 {n} 字节已移到 {kept}",
    "{rel}: the last write was interrupted; its {n} incomplete bytes were moved to {kept}",
)
_WRONG_SUM = Text(
    "内容与校验和不符（文件损坏，不再写入）", "the entry does not match its sum (damage; nothing is written here)"
)
_NOT_TAKEN_BACK = Text("写了一半未能撤回", "a part was written and could not be taken back")
_READ_BACK = Text("读回的内容与写入的不同", "what was read back is not what was written")


class MonthFile:
    """``folder/YYYY-MM[.desk].yaml``, opened or created for appending. Close it; a file left empty by us is removed.

    Raises Refused for a link, a pipe, a hard link, StorageFault if it cannot be opened.
    """

    def __init__(self, root: Root, rel: str) -> None:
        if not is_month_file(rel):
            raise Refused(Text("不是月份文件的名称", "not the name of a month file"), where=rel)
        self.rel = rel
        self._root = root
        self._folder_name, _, self._name = rel.partition("/")
        self._mark_name = f"clean/{self._folder_name}-{self._name}"
        self._created = False
        self._written = False
        self._tried = False
        self._ids: list[str] = []
        self._named = False  # whether its name in its folder is known to be durable
        self.fd = -1
        try:
            with root.folder("") as top:
                self._folder: Folder = top.enter(self._folder_name, make=True)
        except OSError as error:  # removed again as soon as it was made
            raise faults.write_fault(error, rel) from error
        try:
            self.fd = self._open()
            self.size = os.fstat(self.fd).st_size
        except BaseException as error:
            with contextlib.suppress(OSError):
                self.close()  # with a file that we made
            if isinstance(error, OSError):
                raise faults.write_fault(error, rel) from error
            raise

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND
        try:
            return self._folder.open(self._name, flags, writing=True)
        except FileNotFoundError:
            fd = self._folder.open(self._name, flags | os.O_CREAT | os.O_EXCL, writing=True)
            self._created = True
            return fd

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.close()
        except OSError as error:
            if self._tried:
                raise faults.outcome_unknown(self.rel, self._ids, faults.words(error)) from error
            raise faults.write_fault(error, self.rel) from error

    def close(self) -> None:
        """Close the file; if we created it and nothing was written, it goes again. Raises OSError if closing fails."""
        fd, self.fd = self.fd, -1
        try:
            if fd >= 0:
                os.close(fd)
        finally:
            if not self._written:
                if self._created:
                    self._folder.discard(self._name)
                self._discard_folder()
            self._folder.close()

    def _discard_folder(self) -> None:
        if self._folder.made:
            with self._root.folder("") as top:
                top.discard(self._folder_name, folder=True)
        self._folder.close()

    # -- before writing ----------------------------------------------------------------------------------------------

    def make_ready(self, warn: Warn, sums_ok: SumsOk | None) -> None:
        """See that the file may be written to: it is as we left it, or is verified and its torn tail healed."""
        if self.size and self._is_marked():
            self._named = True
        elif self.size:
            self.verify(warn, sums_ok)

    def _is_marked(self) -> bool:
        try:
            return self._root.state_read(self._mark_name) == self._mark()
        except Refused:
            return False  # something is in its way: the mark saves time, no more
        except OSError as error:
            raise faults.write_fault(error, self.rel) from error

    def verify(self, warn: Warn, sums_ok: SumsOk | None) -> set[str]:
        """Read the whole file, refuse damage, heal a torn tail; the ids in it.

        Raises Refused naming file and line, StorageFault (nothing was cut).
        """
        try:
            data = read_all(self.fd)
        except OSError as error:
            raise faults.write_fault(error, self.rel) from error
        ids: set[str] = set()
        for piece in codec.pieces(data):
            self._refuse_damage(piece, sums_ok, data)
            if piece.doc is not None:
                ids.add(str(piece.doc.get("id", "")))
        cut = codec.torn_tail(data)
        if cut is not None:
            self._heal(cut, data[cut:], warn)
        return ids

    def _refuse_damage(self, piece: codec.Piece, sums_ok: SumsOk | None, data: bytes) -> None:
        if piece.problem is not None:
            if piece.problem.damage:
                todo = _MERGE.fill(rel=self.rel) if b"\n<<<<<<<" in b"\n" + data else _CHECK
                raise Refused(piece.problem.what, where=f"{self.rel}:{piece.problem.line}", todo=todo)
        elif piece.doc is not None and "sum" in piece.doc and sums_ok is not None and not sums_ok(piece.doc):
            raise Refused(_WRONG_SUM, where=f"{self.rel}:{piece.line}", todo=_CHECK)

    def _heal(self, cut: int, tail: bytes, warn: Warn) -> None:
        """Keep the tail beside the file, then cut it off; repeating after a crash keeps it once."""
        from svcctl.store.kept import TORN, keep

        try:
            kept = keep(self._folder, self._name, TORN, tail)
            os.ftruncate(self.fd, cut)
            os.fsync(self.fd)
            if os.fstat(self.fd).st_size != cut:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        except OSError as error:
            raise faults.write_fault(error, self.rel) from error
        self.size = cut
        warn(_HEALED.fill(rel=self.rel, n=len(tail), kept=self._folder.where(kept)))

    # -- writing -----------------------------------------------------------------------------------------------------

    def append(self, data: bytes, ids: list[str]) -> None:
        """Write ``data`` (whole documents, or nothing) at the end and make all of the file durable.

        Raises StorageFault if the file is as it was before, OutcomeUnknown (naming ``ids``) if that is not certain.
        """
        self._tried, self._ids = True, ids
        self._written = self._written or bool(data)
        written = 0
        try:
            while written < len(data):
                written += os.write(self.fd, memoryview(data)[written:])
        except OSError as error:
            if self._take_back(written):
                raise faults.write_fault(error, self.rel) from error
            why = faults.words(error).joined(_NOT_TAKEN_BACK, "，", "; ")
            raise faults.outcome_unknown(self.rel, ids, why) from error
        try:
            os.fsync(self.fd)
            self._sync_names()
        except OSError as error:
            # After a failed fsync a second one proves nothing, so neither success nor failure can be promised.
            self._take_back(len(data))
            raise faults.outcome_unknown(self.rel, ids, faults.words(error)) from error
        self._read_back(data, ids)
        self.size += len(data)

    def name_durably(self) -> None:
        """Sync the folders on the way to the file. Raises StorageFault."""
        try:
            self._sync_names()
        except OSError as error:
            raise faults.write_fault(error, self.rel) from error

    def _sync_names(self) -> None:
        if self._named:
            return
        self._folder.sync()
        with self._root.folder("") as top:
            top.sync()
        self._named = True

    def _take_back(self, written: int) -> bool:
        """Cut what we wrote; whether the file is certainly as before. Bytes that are not ours are never cut."""
        try:
            if os.fstat(self.fd).st_size != self.size + written:
                return False
            os.ftruncate(self.fd, self.size)
            os.fsync(self.fd)
            if os.fstat(self.fd).st_size != self.size:
                return False
        except OSError:
            return False
        self._written = self.size > 0
        return True

    def _read_back(self, data: bytes, ids: list[str]) -> None:
        try:
            same = read_all(self.fd, self.size, len(data)) == data and os.fstat(self.fd).st_size == self.size + len(
                data
            )
        except OSError as error:
            raise faults.outcome_unknown(self.rel, ids, faults.words(error)) from error
        if not same:
            raise faults.outcome_unknown(self.rel, ids, _READ_BACK)

    # -- after writing -----------------------------------------------------------------------------------------------

    def is_current(self) -> bool:
        """Whether the file appended to is still the one at its path (git may have put another there)."""
        try:
            there = self._root.stat(self.rel)
            return there is not None and there.inode == os.fstat(self.fd).st_ino
        except (OSError, SvcError) as error:
            why = error.what if isinstance(error, SvcError) else faults.words(error)
            raise faults.outcome_unknown(self.rel, self._ids, why) from error

    def mark_clean(self) -> None:
        """Note the file's present state as verified and its name as durable, so that the next writer need not look."""
        with contextlib.suppress(OSError, SvcError):  # without the mark the file is verified again, no more
            self._root.state_put(self._mark_name, self._mark())

    def _mark(self) -> bytes:
        return json.dumps(signature(os.fstat(self.fd))).ljust(_MARK_WIDTH).encode() + b"\n"
