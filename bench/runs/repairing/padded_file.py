"""A truncated file, read as if it were whole: what is missing reads as a mark, never as zeros.

HDF5 refuses a file that ends before the end its superblock tells. Behind the end of the real file
this one holds bytes of 1: no signature, no checksum and no packed chunk is made of them, a text
that shows one was cut, and a reference made of them leads nowhere. The file itself stays as it is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench.record.disk.read_only_stream import ReadOnlyStream
from bench.record.disk.snapshot import SnapshotFile
from bench.record.disk.superblock import SIZE, end_of_file

MARK = "\x01"
"""What a text shows of which a part is missing."""
_FILL = MARK.encode()


class PaddedFile(ReadOnlyStream):
    """A file with its missing end; read only. Errors are the system's.

    Args:
        path: the file.

    Raises:
        OSError: as the system does.
        ValueError: its superblock is lost, and with it everything else.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = SnapshotFile(path)
        self.real_size = self._file.seek(0, os.SEEK_END)
        """Bytes that are there."""
        self._file.seek(0)
        end = end_of_file(self._file.read(SIZE) or b"")
        if end is None:
            self._file.close()
            message = "the superblock is lost"
            raise ValueError(message)
        self._size = max(end, self.real_size)

    @property
    def missing(self) -> int:
        """Bytes that are missing at the end."""
        return self._size - self.real_size

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the position; return how many bytes there were."""
        view = memoryview(buffer).cast("B")[: max(0, self._size - self._position)]
        self._file.seek(self._position)
        filled = self._file.readinto(view)
        view[filled:] = _FILL * (len(view) - filled)
        self._position += len(view)
        return len(view)

    def close(self) -> None:
        """Close; again: does nothing."""
        if not self.closed:
            self._file.close()
            super().close()
