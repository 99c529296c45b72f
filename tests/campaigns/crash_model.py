"""A file system in memory that remembers every call and fails when told to."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record.storage import Bytes


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
    """One folder of files in memory; whatever changes one is logged in `calls`."""

    def __init__(
        self, folder: Path, files: Files | None = None, faults: Faults | None = None
    ) -> None:
        self.calls: list[Call] = []
        self.faults = faults or Faults()
        self._folder = folder
        self._contents = [bytearray(data) for data in (files or {}).values()]
        self._names = {name: number for number, name in enumerate(files or {})}

    def create(self, path: Path) -> ModelFile:
        """Make a new file and open it."""
        name = self._name(path)
        if name in self._names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self._failing(self.faults.writes_fail_from)
        self._names[name] = len(self._contents)
        self._contents.append(bytearray())
        self.calls.append(Create(name, self._names[name]))
        return ModelFile(self, self._names[name])

    def open(self, path: Path) -> ModelFile:
        """Open an existing file for reading and writing."""
        return ModelFile(self, self._number(path))

    def replace(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        number = self._number(old)
        self._failing(self.faults.writes_fail_from)
        del self._names[self._name(old)]
        self._names[self._name(new)] = number
        self.calls.append(Replace(self._name(old), self._name(new), number))

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._number(path)
        self._failing(self.faults.writes_fail_from)
        del self._names[self._name(path)]
        self.calls.append(Remove(self._name(path)))

    def exists(self, path: Path) -> bool:
        """Return whether there is such a file."""
        return self._name(path) in self._names

    def names(self, folder: Path) -> list[str]:
        """Return the names of all files, sorted."""
        if folder != self._folder:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        return sorted(self._names)

    def sync_folder(self, folder: Path) -> None:
        """Return once the names are on the disk."""
        self.names(folder)
        self._failing(self.faults.syncs_fail_from)
        self.calls.append(SyncFolder())

    def content(self, number: int) -> bytearray:
        """Return the content of a file by its number."""
        return self._contents[number]

    def files(self) -> Files:
        """Return everything that is there now."""
        return {name: bytes(self._contents[number]) for name, number in self._names.items()}

    def write(self, number: int, offset: int, data: bytes) -> None:
        """Write, as far as there is space."""
        self._failing(self.faults.writes_fail_from)
        content = self._contents[number]
        end = offset + len(data)
        room = self._room(number)
        fitting = data if end <= len(content) or end <= room else data[: max(0, room - offset)]
        if fitting:
            put(content, offset, fitting)
            self.calls.append(Write(number, offset, fitting))
        if len(fitting) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def resize(self, number: int, size: int) -> None:
        """Set a size, if there is space."""
        self._failing(self.faults.writes_fail_from)
        if size > len(self._contents[number]) and size > self._room(number):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        set_size(self._contents[number], size)
        self.calls.append(Resize(number, size))

    def sync(self, number: int) -> None:
        """Sync a file."""
        try:
            self._failing(self.faults.syncs_fail_from)
        except OSError:
            self.calls.append(Sync(number, has_failed=True))
            raise
        self.calls.append(Sync(number))

    def _room(self, number: int) -> int:
        """Return how large a file may become."""
        if self.faults.space is None:
            return NO_LIMIT
        others = set(self._names.values()) - {number}
        return self.faults.space - sum(len(self._contents[other]) for other in others)

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

    def _number(self, path: Path) -> int:
        name = self._name(path)
        if name not in self._names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return self._names[name]


class ModelFile:
    """An open file of the model."""

    def __init__(self, storage: ModelStorage, number: int) -> None:
        self._storage = storage
        self._number = number
        self._is_open = True

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from an offset; return how many bytes there were."""
        data = self._content()[offset : offset + len(buffer)]
        buffer[: len(data)] = data
        return len(data)

    def write_at(self, offset: int, data: Bytes) -> None:
        """Write all of the bytes at an offset."""
        self._content()
        if len(data):
            self._storage.write(self._number, offset, bytes(memoryview(data).cast("B")))

    def allocate(self, size: int) -> None:
        """Make sure that the file can grow to a size."""
        if size > self.size:
            self._storage.resize(self._number, size)

    def truncate(self, size: int) -> None:
        """Set the size; what is added reads as zeros."""
        if size != self.size:
            self._storage.resize(self._number, size)

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        self._content()
        self._storage.sync(self._number)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self._content())

    def close(self) -> None:
        """Close; again: does nothing."""
        self._is_open = False

    def _content(self) -> bytearray:
        if not self._is_open:
            raise ValueError("I/O operation on closed file")  # as Python's own files say
        return self._storage.content(self._number)


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
