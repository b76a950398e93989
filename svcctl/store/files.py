"""The ledger's directory, opened once: every path below it is opened here, without following a link anywhere."""

import contextlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from svcctl.errors import NotFound, Refused
from svcctl.store import faults
from svcctl.store.folder import HANDLES, Folder, read_all, write_all
from svcctl.texts import Text

STATE = ".svcctl"
_FOLDER = "[a-z][a-z0-9_-]{0,39}"  # patterns are compiled, and kept by ``re``, when first needed
_MONTH = r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:\.([a-z0-9][a-z0-9-]{0,23}))?\.yaml"
_NO_PLACE = Text("不是台账内的路径", "not a path inside the ledger")


class Signature(NamedTuple):
    """What tells one state of a file from another."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def signature(info: os.stat_result) -> Signature:
    """The signature in a stat result."""
    return Signature(info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)


def is_month_file(rel: str) -> bool:
    """Whether ``rel`` is like ``repairs/2026-11.night.yaml``."""
    folder, _, name = rel.partition("/")
    return re.fullmatch(_FOLDER, folder) is not None and re.fullmatch(_MONTH, name) is not None


def desk_of(rel: str) -> str:
    """The desk in the name of a month file, ``""`` for the desk without a name."""
    found = re.fullmatch(_MONTH, rel.rpartition("/")[2])
    return (found[1] or "") if found else ""


class Root:
    """A ledger's directory. ``path`` is as given; the directory itself may be reached through a link."""

    def __init__(self, path: str) -> None:
        self.path = path
        flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            if not stat.S_ISDIR(os.stat(path).st_mode):  # tells a missing one from one that may not be looked at
                raise NotADirectoryError(path)
            fd = os.open(path, flags) if HANDLES else None
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(Text("没有这个台账文件夹", "no such ledger folder"), where=path) from error
        except OSError as error:
            raise faults.read_fault(error, path) from error
        self._top = Folder(path, "", fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the handle back; nothing can be opened any more."""
        self._top.close()

    def __del__(self) -> None:
        if hasattr(self, "_top"):  # whoever did not close it is not to run out of handles
            self._top.close()

    # -- folders ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def folder(self, rel: str, make: bool = False) -> Iterator[Folder]:
        """The folder ``rel`` (``""``: the root), open. ``make`` creates what is missing.

        Raises FileNotFoundError if it does not exist, Refused if a link or a file is in the way, StorageFault.
        """
        here = self._top
        try:
            for part in _parts(rel) if rel else ():
                below = here.enter(part, make)
                if here is not self._top:
                    here.close()
                here = below
            yield here
        finally:
            if here is not self._top:
                here.close()

    def listdir(self, rel: str = "") -> list[str]:
        """The names in a folder, sorted; none if it does not exist."""
        try:
            with self.folder(rel) as folder:
                return folder.names()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise faults.read_fault(error, rel or self.path) from error

    def month_files(self, folder: str | None = None) -> list[str]:
        """The month files of one folder, or of all, sorted; whatever else lies there is not seen.

        A link where a folder of entries should be is Refused: leaving it out in silence would falsify every figure.
        """
        if folder is not None:
            return [f"{folder}/{name}" for name in self.listdir(folder) if re.fullmatch(_MONTH, name)]
        found = []
        for name in self.listdir():
            if re.fullmatch(_FOLDER, name) and not self._is_file(name):
                found += self.month_files(name)
        return found

    def _is_file(self, name: str) -> bool:
        try:
            info = self._top.stat(name)
        except FileNotFoundError:
            return True  # gone since it was listed
        except OSError as error:  # to take it for a file would leave out its entries in silence
            raise faults.read_fault(error, name) from error
        return stat.S_ISREG(info.st_mode)

    # -- files -----------------------------------------------------------------------------------------------------

    def read(self, rel: str, start: int = 0) -> bytes:
        """The bytes of a file from ``start`` (negative: from the end). NotFound, Refused or StorageFault."""
        folder, name = _split(rel)
        try:
            with self.folder(folder) as here:
                fd = here.open(name, os.O_RDONLY)
                try:
                    if start < 0:
                        start = max(0, os.fstat(fd).st_size + start)
                    return read_all(fd, start)
                finally:
                    os.close(fd)
        except FileNotFoundError as error:
            raise NotFound(Text("没有这个文件", "no such file"), where=rel) from error
        except OSError as error:
            raise faults.read_fault(error, rel) from error

    def stat(self, rel: str) -> Signature | None:
        """The signature of what is at ``rel`` (a link as a link), None if nothing is."""
        folder, name = _split(rel)
        try:
            with self.folder(folder) as here:
                return signature(here.stat(name))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise faults.read_fault(error, rel) from error

    def signatures(self, folder: str | None = None) -> dict[str, Signature]:
        """The signature of every month file of one folder, or of all; each folder is opened once."""
        if folder is None:
            found: dict[str, Signature] = {}
            for name in self.listdir():
                if re.fullmatch(_FOLDER, name) and not self._is_file(name):
                    found.update(self.signatures(name))
            return found
        try:
            with self.folder(folder) as here:
                return dict(_month_signatures(here))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise faults.read_fault(error, folder) from error

    def replace(self, rel: str, data: bytes, *, durable: bool = True) -> None:
        """Put ``data`` in the place of a file, old or new but never half, mode 0600.

        Raises Refused, StorageFault (the old one is there), OutcomeUnknown (it may be the new one). For the few that may rewrite (erasing, repairing, settings), under the ledger's lock.
        """
        folder, name = _split(rel)
        temp = f".{name}.{os.urandom(6).hex()}.tmp"
        try:
            with self.folder(folder, make=True) as here:
                try:
                    self._write_new(here, temp, data, durable)
                except BaseException:
                    here.discard(temp)
                    raise
                self._put_in_place(here, temp, name, durable)
        except OSError as error:
            raise faults.write_fault(error, rel) from error

    def create(self, rel: str, data: bytes) -> None:
        """Write a file that is not there yet, mode 0600. Raises FileExistsError if it is, Refused, StorageFault."""
        folder, name = _split(rel)
        try:
            with self.folder(folder, make=True) as here:
                fd = here.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, writing=True)
                try:
                    write_all(fd, data)
                    os.fsync(fd)
                except BaseException:
                    here.discard(name)
                    raise
                finally:
                    os.close(fd)
                here.sync()
                self._top.sync()  # the folder may be new
        except FileExistsError:
            raise
        except OSError as error:
            raise faults.write_fault(error, rel) from error

    def _put_in_place(self, here: Folder, temp: str, name: str, durable: bool) -> None:
        """Raises OSError if the old file is certainly still there, OutcomeUnknown if that is not certain."""
        renamed = False
        try:
            here.replace(temp, name)
            renamed = True
            if durable:
                here.sync()
                self._top.sync()  # the folder may be new
        except OSError as error:
            if renamed or not here.has(temp):  # a rename can fail and be done all the same
                raise faults.replace_unknown(here.where(name), error) from error
            here.discard(temp)
            raise

    def _write_new(self, here: Folder, name: str, data: bytes, durable: bool) -> None:
        fd = here.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, writing=True)
        try:
            write_all(fd, data)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)

    # -- .svcctl ---------------------------------------------------------------------------------------------------

    def writable(self) -> bool:
        """Whether this process may write into ``.svcctl`` (or make it)."""
        name = STATE if self.stat(STATE) is not None else "."
        at = name if HANDLES else os.path.join(self.path, name)
        effective = os.access in os.supports_effective_ids
        return os.access(at, os.W_OK | os.X_OK, dir_fd=self._top.fd, effective_ids=effective)

    def state_read(self, name: str) -> bytes | None:
        """A file of ``.svcctl``, None if it is not there. Refused or StorageFault."""
        try:
            return self.read(f"{STATE}/{name}")
        except NotFound:
            return None

    def state_write(self, name: str, data: bytes, *, durable: bool = False) -> None:
        """Write a file of ``.svcctl`` whole, old or new; ``durable``: through a power cut too."""
        self.replace(f"{STATE}/{name}", data, durable=durable)

    def state_put(self, name: str, data: bytes) -> None:
        """Overwrite a small file of ``.svcctl`` in place, under the ledger's lock.

        Four times as fast as ``state_write`` beside an fsync (a rename makes ext4 write at once), but a crash may
        leave a mixture: for content that its reader recognises as its own, and can do without.
        """
        folder, base = _split(f"{STATE}/{name}")
        try:
            with self.folder(folder, make=True) as here:
                fd = here.open(base, os.O_WRONLY | os.O_CREAT, writing=True)
                try:
                    write_all(fd, data)
                    if os.fstat(fd).st_size != len(data):
                        os.ftruncate(fd, len(data))
                finally:
                    os.close(fd)
        except OSError as error:
            raise faults.write_fault(error, f"{STATE}/{name}") from error

    def state_drop(self, name: str) -> None:
        """Remove a file of ``.svcctl`` if it is there. Raises OSError."""
        folder, base = _split(f"{STATE}/{name}")
        with contextlib.suppress(FileNotFoundError), self.folder(folder) as here:
            here.unlink(base)


def told(data: bytes | None) -> dict[str, Any]:
    """The JSON object in a small file of ``.svcctl``; empty if it cannot be understood, for such a file may be lost."""
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _month_signatures(here: Folder) -> Iterator[tuple[str, Signature]]:
    for name in here.names():
        if re.fullmatch(_MONTH, name):
            with contextlib.suppress(FileNotFoundError):
                yield here.where(name), signature(here.stat(name))


def _split(rel: str) -> tuple[str, str]:
    folder, _, name = rel.rpartition("/")
    _parts(name)
    return folder, name


def _parts(rel: str) -> list[str]:
    parts = rel.split("/")
    bad = "\0\\:" if sys.platform == "win32" else "\0"
    if any(part in ("", ".", "..") or any(c in part for c in bad) for part in parts):
        raise Refused(_NO_PLACE, where=rel.replace("\0", "\\0"))
    return parts
