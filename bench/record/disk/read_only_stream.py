"""What every stream has that HDF5 only reads through: a position within a known size."""

from __future__ import annotations

import io
import os


class ReadOnlyStream(io.RawIOBase):
    """A stream to be read; whoever derives from it sets the size and fills buffers."""

    _size = 0
    _position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; return the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position
