"""The bytes of a run file that is being written.

HDF5 does not survive a write that fails: closing the file afterwards crashes the process
(h5py issue 914), and what was written before may read wrong. So HDF5 writes through this stream.
Space is reserved before HDF5 is given anything to write; should a write fail all the same, it is
kept in memory, so that HDF5 can close in peace, and the failure is told afterwards.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.errors import RunFileError

CLOSING_RESERVE = 1024 * 1024
"""Bytes kept free beyond every reservation, so that a run can end on a full disk."""
_ZEROS = bytes(64 * 1024)


def create(path: Path) -> RunDisk:
    """Return a new empty file.

    Raises:
        RunFileError: the file exists or cannot be made.
    """
    try:
        return RunDisk(path, path.open("x+b", buffering=0), size=0)
    except FileExistsError as error:
        raise RunFileError("record.exists", path=path) from error
    except (OSError, ValueError) as error:
        raise RunFileError("record.cannot-create", path=path, reason=reason(error)) from error


def reopen(path: Path) -> RunDisk:
    """Return an existing file, to be changed.

    Raises:
        OSError: it cannot be opened.
    """
    return RunDisk(path, path.open("r+b", buffering=0), size=path.stat().st_size)


class RunDisk(io.RawIOBase):
    """A file that HDF5 writes through, with space reserved ahead of its end."""

    def __init__(self, path: Path, file: io.FileIO, size: int) -> None:
        super().__init__()
        self.path = path
        self._file = file
        self.failure: OSError | None = None
        """The first write that failed."""
        self._position = 0
        self._size = size
        self._allocated = size
        self._reserve = CLOSING_RESERVE
        self._unwritten: list[tuple[int, bytes]] = []

    def reserve(self, size: int) -> None:
        """Make sure that so many bytes more can be written.

        Raises:
            OSError: the disk is full or gone; nothing has changed.
        """
        wanted = self._size + size + self._reserve
        if wanted > self._allocated:
            self._extend(wanted)
            self._allocated = wanted

    def release_reserve(self) -> None:
        """Allow the closing reserve to be used."""
        self._reserve = 0

    def _extend(self, wanted: int) -> None:
        if hasattr(os, "posix_fallocate"):
            with _unsupported_passed():
                os.posix_fallocate(self._file.fileno(), self._allocated, wanted - self._allocated)
                return
        self._file.seek(self._allocated)
        while (missing := wanted - self._file.tell()) > 0:
            self._file.write(_ZEROS[:missing])

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move within the file as HDF5 knows it, without the reserve; return the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def write(self, data: Any, /) -> int:
        """Write all bytes at the position; a failure is kept, not raised."""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while self.failure is None and written < len(view):
                self._file.seek(self._position + written)
                written += self._file.write(view[written:])
        except (OSError, ValueError) as error:
            self._keep(error)
        if self.failure is not None:
            self._unwritten.append((self._position, bytes(view)))
        self._position += len(view)
        self._size = max(self._size, self._position)
        self._allocated = max(self._allocated, self._size)
        return len(view)

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the position; what was never written or cannot be read is zero."""
        view = memoryview(buffer).cast("B")
        filled = 0
        try:
            self._file.seek(self._position)
            while filled < len(view) and (count := self._file.readinto(view[filled:])):
                filled += count
        except (OSError, ValueError) as error:
            self._keep(error)
        view[filled:] = bytes(len(view) - filled)
        for start, data in self._unwritten:
            _overlay(view, self._position, start, data)
        self._position += len(view)
        return len(view)

    def _keep(self, error: OSError | ValueError) -> None:
        # A ValueError says that the file is closed: the process ends without closing the run.
        known = error if isinstance(error, OSError) else OSError(str(error))
        self.failure = self.failure or known

    def truncate(self, size: int | None = None, /) -> int:
        """Set the size HDF5 knows; the disk follows when the file is closed."""
        self._size = self._position if size is None else size
        return self._size

    def close(self) -> None:
        """Give the reserve back, bring everything to the disk, close. A failure is kept."""
        if self.closed:
            return
        try:
            if self.failure is None:
                self._file.truncate(self._size)
                os.fsync(self._file.fileno())
        except OSError as error:
            self.failure = error
        finally:
            self._file.close()
            super().close()

    def discard(self) -> None:
        """Close and remove the file."""
        self.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def _unsupported_passed() -> Generator[None]:
    """Pass over the refusal of file systems that cannot reserve space."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}:
            raise


def reason(error: BaseException) -> str:
    """Return what the operating system or HDF5 says of an error."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _overlay(view: memoryview, position: int, start: int, data: bytes) -> None:
    first, last = max(start, position), min(start + len(data), position + len(view))
    if first < last:
        view[first - position : last - position] = data[first - start : last - start]
