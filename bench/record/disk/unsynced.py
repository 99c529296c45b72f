"""Files that are written but not waited for: runs in virtual time can be repeated."""

from __future__ import annotations

from pathlib import Path

from bench.record.disk.storage import Bytes, Storage, StoredFile


class UnsyncedStorage:
    """Another storage whose syncs return at once."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.replace = storage.replace
        """See `Storage.replace`."""
        self.remove = storage.remove
        """See `Storage.remove`."""
        self.exists = storage.exists
        """See `Storage.exists`."""
        self.names = storage.names
        """See `Storage.names`."""

    def create(self, path: Path) -> StoredFile:
        """Make a new file and open it; FileExistsError: there is one."""
        return _UnsyncedFile(self._storage.create(path))

    def open(self, path: Path) -> StoredFile:
        """Open an existing file for reading and writing."""
        return _UnsyncedFile(self._storage.open(path))

    def sync_folder(self, folder: Path) -> None:
        """Do nothing."""


class _UnsyncedFile:
    def __init__(self, file: StoredFile) -> None:
        self._file = file

    def read_into(self, offset: int, buffer: memoryview) -> int:
        return self._file.read_into(offset, buffer)

    def write_at(self, offset: int, data: Bytes) -> None:
        self._file.write_at(offset, data)

    def allocate(self, size: int) -> None:
        self._file.allocate(size)

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def sync(self) -> None:
        pass

    @property
    def size(self) -> int:
        return self._file.size

    def close(self) -> None:
        self._file.close()
