"""One open directory below the ledger's root: opening, listing and renaming what is directly in it, following no link.

On POSIX all goes through the directory's handle, so a folder swapped behind our back leads nowhere. Elsewhere
(Windows) paths are looked at before they are used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

from svcctl.store import faults

HANDLES = os.open in os.supports_dir_fd
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | _CLOEXEC
# O_NONBLOCK: a pipe in a file's place must not hang us; it has no effect on a regular file.
_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | _CLOEXEC


class Folder:
    """An open directory. ``rel`` is its path below the root (``""`` for the root), ``made``: we created it."""

    __slots__ = ("fd", "made", "path", "rel")

    def __init__(self, path: str, rel: str, fd: int | None, made: bool = False) -> None:
        self.path = path
        self.rel = rel
        self.fd = fd
        self.made = made

    def close(self) -> None:
        """Give the handle back; may be called again."""
        if self.fd is not None:
            with contextlib.suppress(OSError):  # nothing was written through it
                os.close(self.fd)
            self.fd = None

    def where(self, name: str) -> str:
        """The path of ``name`` below the root, for messages."""
        return f"{self.rel}/{name}" if self.rel else name

    def enter(self, name: str, make: bool = False) -> Folder:
        """The folder ``name``. Raises FileNotFoundError if it is not there (``make``: makes it), Refused if not one."""
        made = make and self._mkdir(name)
        fd = None
        try:
            if not HANDLES and not stat.S_ISDIR(self.stat(name).st_mode):
                raise OSError(errno.ENOTDIR, name)
            if HANDLES:
                fd = os.open(name, _DIRECTORY, dir_fd=self.fd)
                if made:
                    os.fchmod(fd, 0o700)  # whatever the umask was
        except FileNotFoundError:
            raise
        except OSError as error:
            Folder("", "", fd).close()
            if made:
                self.discard(name, folder=True)
            raise faults.open_fault(error, self.where(name), self._mode(name), faults.FOLDER, make) from error
        return Folder(os.path.join(self.path, name), self.where(name), fd, made)

    def open(self, name: str, flags: int, *, writing: bool = False) -> int:
        """Open the regular file ``name``, new ones with mode 0600.

        Raises FileNotFoundError or FileExistsError (O_EXCL), Refused for anything but a regular file (for writing:
        with one name), StorageFault.
        """
        try:
            if not HANDLES and not stat.S_ISREG(self._mode(name) or stat.S_IFREG):
                raise OSError(errno.ELOOP, name)
            fd = os.open(self._at(name), flags | _FILE, 0o600, dir_fd=self.fd)
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError as error:
            raise faults.open_fault(error, self.where(name), self._mode(name), faults.FILE, writing) from error
        try:
            self._accept(name, fd, flags, writing)
        except BaseException:
            os.close(fd)
            if flags & os.O_EXCL:
                self.discard(name)
            raise
        return fd

    def _accept(self, name: str, fd: int, flags: int, writing: bool) -> None:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise faults.in_the_way(self.where(name), info.st_mode, faults.FILE)
        if writing and info.st_nlink > 1:
            raise faults.hard_link(self.where(name), info.st_nlink)
        if flags & os.O_CREAT and HANDLES and info.st_mode & 0o600 != 0o600:
            os.fchmod(fd, 0o600)  # a new file under a strange umask, which we could not open again

    def stat(self, name: str) -> os.stat_result:
        """What is at ``name``, a link as a link. Raises OSError."""
        return os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False)

    def names(self) -> list[str]:
        """All names in the folder, sorted. Raises OSError."""
        return sorted(os.listdir(self.path if self.fd is None else self.fd))

    def replace(self, old: str, new: str) -> None:
        """Rename ``old`` to ``new``, over what is there. Raises OSError."""
        os.replace(self._at(old), self._at(new), src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def unlink(self, name: str) -> None:
        """Remove the file ``name``. Raises OSError."""
        os.unlink(self._at(name), dir_fd=self.fd)

    def discard(self, name: str, *, folder: bool = False) -> None:
        """Remove a file (or an empty folder) that we made, if it can be done."""
        with contextlib.suppress(OSError):
            if folder:
                os.rmdir(self._at(name), dir_fd=self.fd)
            else:
                self.unlink(name)

    def drop(self, name: str) -> bool:
        """Remove the file ``name`` if it can be done; whether it is certainly not there any more."""
        self.discard(name)
        try:
            self.stat(name)
        except OSError as error:
            return error.errno == errno.ENOENT
        return False

    def has(self, name: str) -> bool:
        """Whether ``name`` is certainly there."""
        return self._mode(name) is not None

    def sync(self) -> None:
        """Make the names in this folder durable. Raises OSError."""
        if self.fd is None:
            return
        try:
            os.fsync(self.fd)
        except OSError as error:
            if error.errno != errno.EINVAL:  # some file systems have no such thing for a folder
                raise

    def _mkdir(self, name: str) -> bool:
        try:
            os.mkdir(self._at(name), 0o700, dir_fd=self.fd)
        except FileExistsError:
            return False
        except OSError as error:
            # A read-only or foreign root may hold the folder already.
            if self._mode(name) is not None:
                return False
            raise faults.write_fault(error, self.where(name)) from error
        return True

    def _mode(self, name: str) -> int | None:
        try:
            return self.stat(name).st_mode
        except OSError:
            return None

    def _at(self, name: str) -> str:
        return name if self.fd is not None else os.path.join(self.path, name)


def write_all(fd: int, data: bytes) -> int:
    """Write all of ``data``, continuing after short writes; the number of bytes. Raises OSError."""
    view = memoryview(data)
    done = 0
    while done < len(view):
        done += os.write(fd, view[done:])
    return done


def read_all(fd: int, start: int = 0, size: int = -1) -> bytes:
    """The bytes from ``start``: ``size`` of them or all there are; fewer if the file ends. Raises OSError."""
    os.lseek(fd, start, os.SEEK_SET)
    parts: list[bytes] = []
    left = size if size >= 0 else 1 << 62
    while left > 0:
        part = os.read(fd, min(left, 1 << 20))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
