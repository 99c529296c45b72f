"""The newest bookmark of a run, and other texts that are rewritten in their place.

They stand in ``/entry/log`` as JSON, padded with blanks, so that a file does not grow with them.
"""

from __future__ import annotations

import numpy as np

from bench.record.hdf5 import Group
from bench.record.port import Bookmark
from bench.record.records import decode_record, encode_record

BOOKMARK = "bookmark"
"""Name in ``/entry/log``."""
_BLOCK = 4096


def write_bookmark(entry: Group, bookmark: Bookmark) -> None:
    """Write a bookmark in place of the older one."""
    write_in_place(entry.group("log"), BOOKMARK, encode_record(bookmark))


def read_bookmark(entry: Group) -> Bookmark | None:
    """Return the newest bookmark of a part; None: there is none.

    Raises:
        KeyError, TypeError, ValueError: it is not as written.
    """
    log = entry.group("log")
    if BOOKMARK not in log:
        return None
    found = decode_record(log.column(BOOKMARK).read().tobytes())
    if not isinstance(found, Bookmark):
        raise TypeError(found)
    return found


def write_in_place(log: Group, name: str, text: bytes) -> None:
    """Write a text of any length where an older one stands."""
    size = -(-len(text) // _BLOCK) * _BLOCK
    if name not in log:
        log.create_array(name, np.uint8, (0,), (_BLOCK,), is_packed=False)
    column = log.column(name)
    if len(column) < size:
        column.set_length(size)
    column.write(0, np.frombuffer(text.ljust(len(column)), np.uint8))
