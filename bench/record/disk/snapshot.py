"""A run file read as its last commit left it, without any right to change it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.record.disk.journal import read_journal
from bench.record.disk.pages import lay_over
from bench.record.disk.read_only_stream import ReadOnlyStream

_NO_PAGES: Mapping[int, bytes] = MappingProxyType({})


class SnapshotFile(ReadOnlyStream):
    """A file as its last commit left it, for who may only read; errors are the system's."""

    def __init__(self, path: Path) -> None:
        """Open a file and lay the pages of a commit over it that was not applied yet.

        Raises:
            OSError: as the system does.
        """
        super().__init__()
        self._file = path.open("rb", buffering=0)
        try:
            journal = read_journal(path)
            self._size = self._file.seek(0, os.SEEK_END)
        except OSError:
            self._file.close()
            raise
        self.commit_number = journal.commit_number if journal else 0
        """Number of the last commit; 0: there is no journal."""
        self._pages = journal.pages if journal else _NO_PAGES

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the position; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        start, filled = self._position, 0
        self._file.seek(start)
        while filled < len(view) and (count := self._file.readinto(view[filled:])):
            filled += count
        if self._pages:
            lay_over(self._pages, start, view[:filled])
        self._position = start + filled
        return filled

    def close(self) -> None:
        """Close; again: does nothing."""
        if not self.closed:
            self._file.close()
            super().close()
