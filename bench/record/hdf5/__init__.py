"""The typed face of h5py, which carries no types: groups, columns, texts, attributes.

Errors stay h5py's own (OSError, RuntimeError, KeyError, ValueError); the writer and the reader
translate them.
"""

from __future__ import annotations

import io
from pathlib import Path

from bench.record.hdf5.chunks import Place, makes_index_block
from bench.record.hdf5.column import Column
from bench.record.hdf5.group import Group
from bench.record.hdf5.library import FORMAT_BOUNDS, TEXT, h5py
from bench.record.hdf5.names import node_name, storable_text

__all__ = [
    "FORMAT_BOUNDS", "TEXT", "Column", "File", "Group", "Place", "create",
    "makes_index_block", "node_name", "open_stream_to_read", "open_to_change", "open_to_read",
    "storable_text",
]  # fmt: skip


class File(Group):
    """An open HDF5 file, at its root."""

    def flush(self) -> None:
        """Hand everything HDF5 still holds to the operating system."""
        self._group.flush()

    def close(self) -> None:
        """Close the file."""
        self._group.close()


def create(stream: io.RawIOBase) -> File:
    """Return a new file written through a stream."""
    return File(h5py.File(stream, "w", libver=FORMAT_BOUNDS))


def open_to_read(path: Path) -> File:
    """Return an existing file; no lock is taken, a writer is not hindered."""
    return File(h5py.File(path, "r", locking=False))


def open_to_change(stream: io.RawIOBase) -> File:
    """Return an existing file for changing it, written through a stream."""
    return File(h5py.File(stream, "r+", libver=FORMAT_BOUNDS))


def open_stream_to_read(stream: io.RawIOBase) -> File:
    """Return an existing file read through a stream."""
    return File(h5py.File(stream, "r"))
