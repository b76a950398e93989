"""Opening a ledger for reading: by its index where that pays, else by a scan."""

from __future__ import annotations

from datetime import tzinfo

from svcctl.store.files import Root
from svcctl.store.reader import Progress, Reader, Scan

SMALL = 256 * 1024  # bytes of a ledger that is scanned sooner than the index is opened


def open_reader(
    root: Root, zone: tzinfo, *, index: bool = True, progress: Progress | None = None, still: bool = False
) -> Reader:
    """A reader of the ledger: by its index if that pays and can be had, else by a scan.

    ``still``: the caller holds the ledger's lock. ``progress`` is called while the index is built, if it takes over
    a second. Raises Locked if writers leave no gap, Refused for a link in a folder's place, StorageFault.
    """
    if index and sum(s.size for s in root.signatures().values()) > SMALL:
        try:
            from svcctl.store.index import open_index

            found = open_index(root, zone, progress=progress, still=still)
        except ImportError:  # a Python without sqlite3
            found = None
        if found is not None:
            return found
    return Scan(root, zone, still=still)
