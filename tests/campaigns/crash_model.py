"""A file system that remembers every call and fails when told to."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record.disk.storage import Bytes, StoredFile, SystemStorage


@dataclass(frozen=True, slots=True)
class Create:
    """A new file, opened; every file has a number of its own, whatever its name."""

    name: str
    file: int


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """Another size: allocated, or cut off."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A file is synced; failed: what was written since may be gone, and no later sync saves it."""

    file: int
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Replace:
    """A file gets another name."""

    old: str
    new: str
    file: int


@dataclass(frozen=True, slots=True)
class Remove:
    """A name is removed."""

    name: str


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """The names of the folder are synced."""


Call = Create | Write | Resize | Sync | Replace | Remove | SyncFolder
"""What a program asked of the file system."""
Naming = Create | Replace | Remove
"""What changes names."""
LOCKS = (".lock", ".recording")
"""Endings of lock files."""
NO_LIMIT = 2**63
"""Bytes of a disk that is never full."""
Files = Mapping[str, bytes]
"""Name → content of all files of the folder."""


@dataclass
class Faults:
    """What goes wrong with the disk, from which call on; None: never."""

    space: int | None = None
    """Bytes of all files together; one more is ENOSPC."""
    writes_fail_from: int | None = None
    """Number of the call from which on every write fails with EIO."""
    syncs_fail_from: int | None = None
    """Number of the call from which on every sync fails with EIO."""
    syncs_failing: int | None = None
    """How many syncs fail then; None: all."""


class ModelStorage:
    """One folder of real files; whatever changes one is logged in `calls`, and fails when told to.

    The files are real because a reader opens them by their paths.
    """

    def __init__(self, folder: Path, faults: Faults | None = None) -> None:
        self.calls: list[Call] = []
        self.faults = faults or Faults()
        self.peak = 0
        """Most bytes that all files had together."""
        self._folder = folder
        self._system = SystemStorage()
        self._names = {name: number for number, name in enumerate(files_of(folder))}
        self._sizes = [len(data) for data in files_of(folder).values()]

    def create(self, path: Path) -> ModelFile:
        """Make a new file and open it."""
        self._failing(self.faults.writes_fail_from)
        file = self._system.create(path)
        number = self._names[self._name(path)] = len(self._sizes)
        self._sizes.append(0)
        self.calls.append(Create(self._name(path), number))
        return ModelFile(self, number, file)

    def open(self, path: Path) -> ModelFile:
        """Open an existing file for reading and writing."""
        file = self._system.open(path)
        return ModelFile(self, self._names[self._name(path)], file)

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        self._failing(self.faults.writes_fail_from)
        self._system.replace(old, new)
        number = self._names[self._name(new)] = self._names.pop(self._name(old))
        self.calls.append(Replace(self._name(old), self._name(new), number))

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._failing(self.faults.writes_fail_from)
        self._system.remove(path)
        del self._names[self._name(path)]
        self.calls.append(Remove(self._name(path)))

    def exists(self, path: Path) -> bool:
        """Return whether there is such a file."""
        return self._system.exists(path)

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files, sorted."""
        return self._system.names(folder)

    def sync_folder(self, folder: Path) -> None:
        """Return once the names are on the disk."""
        self._failing(self.faults.syncs_fail_from)
        if folder == self._folder:
            self.calls.append(SyncFolder())

    def write(self, file: StoredFile, number: int, offset: int, data: bytes) -> None:
        """Write, as far as there is space."""
        self._failing(self.faults.writes_fail_from)
        end = offset + len(data)
        room = self._room(number)
        fitting = data if end <= max(self._sizes[number], room) else data[: max(0, room - offset)]
        if fitting:
            file.write_at(offset, fitting)
            self._set_size(number, max(self._sizes[number], offset + len(fitting)))
            self.calls.append(Write(number, offset, fitting))
        if len(fitting) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def resize(self, file: StoredFile, number: int, size: int) -> None:
        """Set a size, if there is space."""
        self._failing(self.faults.writes_fail_from)
        if size > self._sizes[number] and size > self._room(number):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.truncate(size)
        self._set_size(number, size)
        self.calls.append(Resize(number, size))

    def sync(self, number: int) -> None:
        """Sync a file."""
        try:
            self._failing(self.faults.syncs_fail_from)
        except OSError:
            self.calls.append(Sync(number, has_failed=True))
            raise
        self.calls.append(Sync(number))

    def _set_size(self, number: int, size: int) -> None:
        self._sizes[number] = size
        self.peak = max(self.peak, sum(self._sizes[each] for each in self._names.values()))

    def _room(self, number: int) -> int:
        """Return how large a file may become."""
        if self.faults.space is None:
            return NO_LIMIT
        others = set(self._names.values()) - {number}
        return self.faults.space - sum(self._sizes[other] for other in others)

    def _failing(self, start: int | None) -> None:
        faults = self.faults
        if start is None or len(self.calls) < start:
            return
        if start == faults.syncs_fail_from and faults.syncs_failing is not None:
            if not faults.syncs_failing:
                return
            faults.syncs_failing -= 1
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


class ModelFile:
    """An open file of the model."""

    def __init__(self, storage: ModelStorage, number: int, file: StoredFile) -> None:
        self._storage = storage
        self._number = number
        self._file = file

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from an offset; return how many bytes there were."""
        return self._file.read_into(offset, buffer)

    def write_at(self, offset: int, data: Bytes) -> None:
        """Write all of the bytes at an offset."""
        if self.size >= 0 and len(data):  # the size of a closed file raises
            self._storage.write(self._file, self._number, offset, bytes(memoryview(data).cast("B")))

    def allocate(self, size: int) -> None:
        """Make sure that the file can grow to a size."""
        if size > self.size:
            self._storage.resize(self._file, self._number, size)

    def truncate(self, size: int) -> None:
        """Set the size; what is added reads as zeros."""
        if size != self.size:
            self._storage.resize(self._file, self._number, size)

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        if self.size >= 0:
            self._storage.sync(self._number)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._file.size

    def close(self) -> None:
        """Close; again: does nothing."""
        self._file.close()


def files_of(folder: Path) -> Files:
    """Return the content of all files of a folder but locks, which say nothing by being there."""
    paths = (path for path in sorted(folder.iterdir()) if not path.name.endswith(LOCKS))
    return {path.name: path.read_bytes() for path in paths}


def put(content: bytearray, offset: int, data: bytes) -> None:
    """Write into a content; a gap before it reads as zeros."""
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def set_size(content: bytearray, size: int) -> None:
    """Set the size of a content; what is added reads as zeros."""
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
