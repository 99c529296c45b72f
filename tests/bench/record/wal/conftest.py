"""A file system in memory that fails when told to, loses power, and is as strict as Windows."""

import errno
from pathlib import Path

import pytest
from hypothesis import strategies as st

from bench.record.wal import Frame, FrameKind

SECTOR = 64
RUN = Path("runs") / "run.h5"
RUN_ID = bytes(range(16))


class Content:
    """What a file holds: in the cache, on the disk, and the writes between them."""

    def __init__(self):
        self.cache = bytearray()
        self.disk = bytearray()
        self.dirty = []
        self.handles = 0
        self.has_failed = False


class MemoryFile:
    def __init__(self, storage, path, content):
        self.storage, self.path, self.content = storage, path, content
        content.handles += 1
        self.is_open = True

    def read_into(self, offset, buffer):
        found = self.content.cache[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        return len(found)

    def write_at(self, offset, data):
        assert not self.content.has_failed, "a segment that failed was used again"
        try:
            self.storage.called("write", self.path)
            self.storage.need(offset + len(data) - len(self.content.cache))
        except OSError:
            self.content.has_failed = True
            self._put(offset, bytes(data[: len(data) // 2]))  # a write may fail half way
            raise
        self._put(offset, bytes(data))

    def allocate(self, size):
        self.storage.called("allocate", self.path)
        if self.storage.reserves:
            self.storage.need(size - self.size)
            self._put(self.size, bytes(max(0, size - self.size)))

    def truncate(self, size):
        self.storage.called("truncate", self.path)
        assert size <= self.size
        del self.content.cache[size:]
        del self.content.disk[size:]

    def sync(self):
        assert not self.content.has_failed, "a segment that failed was used again"
        dirty, self.content.dirty = self.content.dirty, []
        try:
            self.storage.called("sync", self.path)
        except OSError:
            self.content.has_failed = True  # and what was dirty counts as clean from now on
            raise
        for offset, data in dirty:
            put(self.content.disk, offset, data)

    @property
    def size(self):
        return len(self.content.cache)

    def close(self):
        self.content.handles -= self.is_open
        self.is_open = False

    def _put(self, offset, data):
        if data:
            put(self.content.cache, offset, data)
            self.content.dirty.append((offset, data))


class MemoryStorage:
    def __init__(self, *, capacity=1 << 40, reserves=True):
        self.files = {}
        self.names_on_disk = {}
        self.dirty_names = {}
        self.capacity = capacity
        self.reserves = reserves
        self.calls = []
        self.failing = lambda number, what, path: None

    def called(self, what, path):
        self.calls.append((what, path.name))
        error = self.failing(len(self.calls), what, path)
        if error is not None:
            raise error

    def need(self, more):
        if more > 0 and self.used + more > self.capacity:
            raise OSError(errno.ENOSPC, "No space left on device")

    @property
    def used(self):
        return sum(len(content.cache) for content in self.files.values())

    def create(self, path):
        self.called("create", path)
        if path in self.files:
            raise FileExistsError(errno.EEXIST, "File exists")
        self.files[path] = self.dirty_names[path] = Content()
        return MemoryFile(self, path, self.files[path])

    def open(self, path):
        self.called("open", path)
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file")
        return MemoryFile(self, path, self.files[path])

    def replace(self, old, new):
        self.called("replace", old)
        self._refuse_open(old)
        self.files[new] = self.dirty_names[new] = self.files.pop(old)
        self.dirty_names[old] = None

    def remove(self, path):
        self.called("remove", path)
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file")
        self._refuse_open(path)
        del self.files[path]
        self.dirty_names[path] = None

    def exists(self, path):
        return path in self.files

    def names(self, folder):
        return sorted(path.name for path in self.files if path.parent == folder)

    def sync_folder(self, folder):
        dirty, self.dirty_names = self.dirty_names, {}  # clean from now on, even if this fails
        self.called("sync folder", folder)
        self.names_on_disk |= dirty

    def after_power_cut(self, random):
        """Return what is left: what was synced, and of the rest some sectors and names."""
        left = MemoryStorage()
        for path in {**self.names_on_disk, **self.dirty_names}:
            on_disk = self.names_on_disk.get(path)
            content = random.choice([on_disk, self.dirty_names.get(path, on_disk)])
            if content is not None:
                left.files[path] = Content()
                left.files[path].cache = torn(content, random)
        return left

    def _refuse_open(self, path):
        if self.files[path].handles:
            raise PermissionError(errno.EACCES, "The process cannot access the file")


def put(data, offset, piece):
    data.extend(bytes(max(0, offset - len(data))))
    data[offset : offset + len(piece)] = piece


def torn(content, random):
    """Return the bytes on the disk with each sector of the later writes there or not."""
    data = bytearray(content.disk)
    for offset, piece in content.dirty:
        for begin in range(0, len(piece), SECTOR):
            if random.random() < 0.5:
                put(data, offset + begin, piece[begin : begin + SECTOR])
    return data


def numbered(payloads, first=1):
    """Return a frame per payload."""
    return [
        Frame(FrameKind.ROWS, number % 3, number, 10 * number, 10, 1000 * number, payload)
        for number, payload in enumerate(payloads, first)
    ]


@pytest.fixture(scope="session")
def memory():
    return MemoryStorage


@pytest.fixture(scope="session")
def run():
    return RUN


@pytest.fixture(scope="session")
def run_id():
    return RUN_ID


@pytest.fixture(scope="session")
def frames():
    return numbered


@pytest.fixture(scope="session")
def payloads():
    return st.lists(st.binary(max_size=200), max_size=40)
