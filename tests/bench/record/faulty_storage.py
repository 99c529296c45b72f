"""A disk that fills up, vanishes, or refuses to sync, in front of a real folder."""

import errno
import os

from bench.record.disk.storage import SystemStorage


class FaultyStorage:
    """The operating system's files, with a disk of its own size."""

    def __init__(self):
        self.system = SystemStorage()
        self.free = None
        """Bytes that still fit; None: no end of them."""
        self.is_gone = False
        """Whether the disk was unplugged."""
        self.failing_syncs = 0
        """Syncs of files that fail from now on."""
        self.syncs = 0
        """Syncs of files and folders that were asked for."""

    def check(self):
        if self.is_gone:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def take(self, size):
        self.check()
        if self.free is None:
            return
        if size > max(self.free, 0):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.free -= size

    def create(self, path):
        self.check()
        return FaultyFile(self, self.system.create(path))

    def open(self, path):
        self.check()
        return FaultyFile(self, self.system.open(path))

    def replace(self, old, new):
        self.check()
        self.system.replace(old, new)

    def remove(self, path):
        self.check()
        self.take(-path.stat().st_size)
        self.system.remove(path)

    def exists(self, path):
        self.check()
        return self.system.exists(path)

    def names(self, folder):
        self.check()
        return self.system.names(folder)

    def sync_folder(self, folder):
        self.check()
        self.syncs += 1
        self.system.sync_folder(folder)


class FaultyFile:
    def __init__(self, storage, file):
        self.storage, self.file = storage, file

    @property
    def size(self):
        return self.file.size

    def read_into(self, offset, buffer):
        self.storage.check()
        return self.file.read_into(offset, buffer)

    def write_at(self, offset, data):
        self.storage.take(max(0, offset + len(memoryview(data).cast("B")) - self.file.size))
        self.file.write_at(offset, data)

    def allocate(self, size):
        self.storage.take(max(0, size - self.file.size))
        self.file.allocate(size)

    def truncate(self, size):
        self.storage.take(size - self.file.size)
        self.file.truncate(size)

    def sync(self):
        self.storage.check()
        self.storage.syncs += 1
        if self.storage.failing_syncs:
            self.storage.failing_syncs -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.file.sync()

    def close(self):
        self.file.close()
