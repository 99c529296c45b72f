"""The file port of the recorder: the few things it asks of a file system, in order.

Everything that has to survive a power cut is written through here, so that a test can record each
call and play back every prefix of them. Linux and Windows differ behind it: Windows has no
``pwrite``, cannot remove or replace a file that somebody holds open, and cannot sync a folder.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from bench.errors import RunFileError

Bytes = bytes | bytearray | memoryview
"""What can be written."""
_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class StoredFile(Protocol):
    """An open file, read and written at offsets; each method raises OSError as the system does."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from an offset; return how many bytes there were."""
        ...

    def write_at(self, offset: int, data: Bytes) -> None:
        """Write all of the bytes at an offset."""
        ...

    def allocate(self, size: int) -> None:
        """Make sure that the file can grow to a size: disk full is told here, not in a write.

        File systems that cannot reserve space are passed over.
        """
        ...

    def truncate(self, size: int) -> None:
        """Set the size; what is added reads as zeros."""
        ...

    def sync(self) -> None:
        """Return once everything written is on the disk. After a failure nothing is certain."""
        ...

    @property
    def size(self) -> int:
        """Size in bytes."""
        ...

    def close(self) -> None:
        """Close; again: does nothing."""
        ...


class Storage(Protocol):
    """A file system; each method raises OSError as the system does."""

    def create(self, path: Path) -> StoredFile:
        """Make a new file and open it; FileExistsError: there is one."""
        ...

    def open(self, path: Path) -> StoredFile:
        """Open an existing file for reading and writing."""
        ...

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of the one that has it, in one step."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file."""
        ...

    def exists(self, path: Path) -> bool:
        """Return whether there is such a file."""
        ...

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files of a folder, sorted."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Return once creations, removals and new names in a folder are on the disk."""
        ...


class SystemStorage:
    """The operating system's files."""

    def create(self, path: Path) -> StoredFile:
        """Make a new file and open it; FileExistsError: there is one."""
        return SystemFile(path.open("x+b", buffering=0))

    def open(self, path: Path) -> StoredFile:
        """Open an existing file for reading and writing."""
        return SystemFile(path.open("r+b", buffering=0))

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of the one that has it, in one step."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def exists(self, path: Path) -> bool:
        """Return whether there is such a file."""
        return path.exists()

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files of a folder, sorted."""
        return sorted(path.name for path in folder.iterdir())

    def sync_folder(self, folder: Path) -> None:
        """Return once creations, removals and new names in a folder are on the disk."""
        if sys.platform == "win32":
            return  # a folder cannot be opened; NTFS journals its names
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            with _unsupported_passed():
                os.fsync(descriptor)
        finally:
            os.close(descriptor)


class SystemFile:
    """A file of the operating system."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from an offset; return how many bytes there were."""
        file = self._file
        file.seek(offset)
        filled = 0
        while filled < len(buffer):
            count = file.readinto(buffer[filled:])
            if not count:
                break
            filled += count
        return filled

    def write_at(self, offset: int, data: Bytes) -> None:
        """Write all of the bytes at an offset."""
        view = memoryview(data).cast("B")
        if not len(view):
            return
        file = self._file
        file.seek(offset)
        written = 0
        while written < len(view):
            written += file.write(view[written:])

    def allocate(self, size: int) -> None:
        """Make sure that the file can grow to a size: disk full is told here, not in a write."""
        if sys.platform != "win32" and size > self.size:
            with _unsupported_passed():
                os.posix_fallocate(self._file.fileno(), 0, size)

    def truncate(self, size: int) -> None:
        """Set the size; what is added reads as zeros."""
        self._file.truncate(size)

    def sync(self) -> None:
        """Return once everything written is on the disk. After a failure nothing is certain."""
        if sys.platform == "linux":
            os.fdatasync(self._file.fileno())
        else:
            os.fsync(self._file.fileno())  # FlushFileBuffers on Windows

    @property
    def size(self) -> int:
        """Size in bytes."""
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        """Close; again: does nothing."""
        self._file.close()


@contextmanager
def _unsupported_passed() -> Generator[None]:
    """Pass over the refusal of file systems that cannot reserve space or sync a folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def check_regular(path: Path) -> None:
    """Make sure that what stands under a name is a file, before it is opened.

    To open a pipe waits for who writes into it, and a device has no end. What is not there, or
    cannot be looked at, is left to who opens it.

    Raises:
        RunFileError: it is a folder, a pipe, a device or the like.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(mode):
        raise RunFileError("record.no-regular-file", path=path)


def reason(error: BaseException) -> str:
    """Return what the operating system or HDF5 says of an error."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
