"""A folder in memory: remembers what the disk held after each call, and fails when told to."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from bench.record.disk.storage import Bytes

FOLDER = Path("folder")
State = dict[str, bytes]
"""Name of a file → its content."""


class MemoryStorage:
    """Files of one folder; every change is kept in `states`, writes once more half done."""

    def __init__(self, files: State | None = None) -> None:
        self.files = {name: bytearray(data) for name, data in (files or {}).items()}
        self.states: list[State] = []
        self.keeps_states = True
        self.calls = 0
        self.failing: range = range(0)  # numbers of the calls that fail
        self.code = errno.ENOSPC

    def called(self) -> None:
        """Count a call; fail if it is its turn."""
        self.calls += 1
        if self.calls - 1 in self.failing:
            raise OSError(self.code, os.strerror(self.code))

    def remember(self) -> None:
        if self.keeps_states:
            self.states.append({name: bytes(data) for name, data in self.files.items()})

    def create(self, path: Path) -> MemoryFile:
        self.called()
        if path.name in self.files:
            raise FileExistsError(path)
        self.files[path.name] = bytearray()
        self.remember()
        return MemoryFile(self, self.files[path.name])

    def open(self, path: Path) -> MemoryFile:
        if path.name not in self.files:
            raise FileNotFoundError(path)
        return MemoryFile(self, self.files[path.name])

    def replace(self, old: Path, new: Path) -> None:
        self.called()
        self.files[new.name] = self.files.pop(old.name)
        self.remember()

    def remove(self, path: Path) -> None:
        self.called()
        del self.files[path.name]
        self.remember()

    def exists(self, path: Path) -> bool:
        return path.name in self.files

    def names(self, folder: Path) -> list[str]:
        assert folder == FOLDER
        return sorted(self.files)

    def sync_folder(self, folder: Path) -> None:
        assert folder == FOLDER
        self.called()


class MemoryFile:
    """One open file."""

    def __init__(self, storage: MemoryStorage, data: bytearray) -> None:
        self._storage = storage
        self._data = data
        self._is_open = True

    def read_into(self, offset: int, buffer: memoryview) -> int:
        assert self._is_open
        found = self._data[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        return len(found)

    def write_at(self, offset: int, data: Bytes) -> None:
        assert self._is_open
        view = memoryview(data).cast("B")
        self._storage.called()
        half = len(view) // 2
        for part in (slice(0, half), slice(half, None)):
            start = offset + (part.start or 0)
            self._data.extend(bytes(max(0, start - len(self._data))))
            self._data[start : start + len(view[part])] = view[part]
            self._storage.remember()

    def allocate(self, size: int) -> None:
        self._storage.called()
        self._data.extend(bytes(max(0, size - len(self._data))))
        self._storage.remember()

    def truncate(self, size: int) -> None:
        assert self._is_open
        self._storage.called()
        del self._data[size:]
        self._data.extend(bytes(size - len(self._data)))
        self._storage.remember()

    def sync(self) -> None:
        assert self._is_open
        self._storage.called()

    @property
    def size(self) -> int:
        return len(self._data)

    def close(self) -> None:
        self._is_open = False
