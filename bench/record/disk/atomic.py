"""A file that changes in whole commits: what HDF5 writes through.

HDF5 does not survive a crash, a power cut or a write that fails: the file then opens and reads
wrong, and closing it may crash the process (h5py issue 914). So it writes through this stream.
What lies beyond the committed end goes to the disk, where nobody looks yet; what would change
committed bytes stays in memory, in pages. A commit

1. writes and syncs what lies beyond the committed end,
2. writes the changed pages into a journal and syncs it: from here on the commit has happened,
3. writes the pages into the file and syncs it.

So the file is the last commit at every moment, but for step 3, which `recover_journal` finishes.
The unit is one page of 4,096 bytes, because a disk may tear the sector that it is writing: a page
that holds one committed byte is never written in place before its copy is safe.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from bench.record.disk import superblock
from bench.record.disk.journal import JournalFile, journal_of, recover_journal
from bench.record.disk.paged_file import PagedFile
from bench.record.disk.storage import Storage, StoredFile

NEW_SUFFIX = ".new"
"""Ends the name of a file that was not published yet."""


class AtomicFile(io.RawIOBase):
    """A stream for `h5py.File` whose file on the disk is always the last commit."""

    def __init__(self, storage: Storage, file: StoredFile, path: Path, committed: int) -> None:
        """Use `create` or `open` instead."""
        super().__init__()
        self.path = path
        """Name of the file once it is published."""
        self.commit_number = 0
        """Number of the last commit; 0: none since the journal was made."""
        self._storage = storage
        self._file = file
        self._paged = PagedFile(file, committed)
        self._journal: JournalFile | None = None
        self._position = 0
        self._committed = committed

    @classmethod
    def create(cls, storage: Storage, path: Path) -> AtomicFile:
        """Return an empty file under a name of its own; `publish` gives it the right one.

        Raises:
            FileExistsError: there is a file of that name.
            OSError: as the system does.
        """
        if storage.exists(path):
            raise FileExistsError(path)
        leftovers = [left for left in (_new(path), journal_of(path)) if storage.exists(left)]
        for left in leftovers:
            storage.remove(left)
        if leftovers:
            storage.sync_folder(path.parent)  # an old journal must not come back to a new file
        return cls(storage, storage.create(_new(path)), path, 0)

    @classmethod
    def open(cls, storage: Storage, path: Path) -> AtomicFile:
        """Return a file as its last commit left it.

        Raises:
            OSError: as the system does.
        """
        recover_journal(storage, path)
        file = storage.open(path)
        try:
            journal = JournalFile(storage, path)
            try:
                size = _committed_size(file, journal)
                if file.size > size:
                    file.truncate(size)  # written after the last commit
            except OSError:
                journal.close()
                raise
        except OSError:
            file.close()
            raise
        opened = cls(storage, file, path, size)
        opened._journal = journal
        opened.commit_number = journal.header.commit_number if journal.header else 0
        return opened

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; return the position."""
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._paged.size
        self._position = offset
        return offset

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def flush(self) -> None:
        """Do nothing: `commit` says when."""

    def truncate(self, size: int | None = None, /) -> int:
        """Set the size; the disk follows with the next commit."""
        self._paged.size = self._position if size is None else size
        return self._paged.size

    def write(self, data: Any, /) -> int:
        """Write all bytes at the position; a failure is kept for `commit`, not raised."""
        view = memoryview(data).cast("B")
        self._paged.write(self._position, view)
        self._position += len(view)
        return len(view)

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from the position; a failure is kept for `commit` and reads as zeros.

        What lies beyond the end is filled with zeros and not counted.
        """
        view = memoryview(buffer).cast("B")
        start, size = self._position, len(view)
        self._paged.read(start, view)
        count = max(0, min(size, self._paged.size - start))
        self._position = start + count
        return count

    @property
    def failure(self) -> OSError | None:
        """The first access that failed; from then on nothing more is written."""
        return self._paged.failure

    def reserve(self, size: int) -> None:
        """Make sure that so many bytes more can be appended.

        Raises:
            OSError: the disk is full or gone; nothing has changed.
        """
        self._file.allocate(self._paged.size + size)

    def commit(self) -> None:
        """Make everything written so far the content of the file. Call it after HDF5's flush.

        A failure after the commit has happened (the journal is safe) is not raised but kept: the
        next commit raises it, and the next `open` brings the file up to date.

        Raises:
            OSError: nothing of it counts, and this file takes no more commits; `open` it again.
        """
        paged = self._paged
        paged.check()
        try:
            paged.clear_flags()
            paged.append()
            if self._journal is not None:
                self._journal.write(self.commit_number + 1, paged.size, paged.pages)
        except OSError as error:
            paged.fail(error)
            raise
        self.commit_number += 1
        self._committed = paged.size
        try:
            paged.apply()
            if self._journal is not None:
                self._journal.mark_applied()
        except OSError as error:
            paged.fail(error)
            return
        paged.settle()

    def publish(self) -> None:
        """Give a created and committed file its name; it is closed then.

        Raises:
            OSError: it has no name yet, or it is not certain that it keeps it.
        """
        self._paged.check()
        self._file.truncate(self._committed)
        self._file.sync()
        self._file.close()
        self._storage.replace(_new(self.path), self.path)
        self._storage.sync_folder(self.path.parent)
        super().close()

    def abandon(self) -> None:
        """Close; what was not committed is cut off, a file never published is removed."""
        if self.closed:
            return
        self._paged.protect_all()  # HDF5 may still write when the process ends
        try:
            self._cut_and_close()
        except (OSError, ValueError) as error:
            self._paged.fail(error)
        super().close()

    def _cut_and_close(self) -> None:
        try:
            if self._journal is not None and self._file.size > self._committed:
                self._file.truncate(self._committed)
        finally:
            self._file.close()
        if self._journal is not None:
            self._journal.close()
        elif self._storage.exists(_new(self.path)):
            self._storage.remove(_new(self.path))

    def close(self) -> None:
        """Close as `abandon` does; the journal stays."""
        self.abandon()

    def remove_journal(self) -> None:
        """Close, and remove the journal: nothing more will be committed.

        Raises:
            OSError: the file still needs it, or the system refuses; it does no harm then.
        """
        self.close()
        if self._journal is not None:
            self._journal.remove()


def _new(path: Path) -> Path:
    return path.with_name(path.name + NEW_SUFFIX)


def _committed_size(file: StoredFile, journal: JournalFile) -> int:
    # HDF5 knows best: somebody may have changed the file since the journal was written.
    head = bytearray(superblock.SIZE)
    count = file.read_into(0, memoryview(head))
    end = superblock.end_of_file(bytes(head[:count]))
    if end is None and journal.header is not None:
        end = journal.header.size
    return file.size if end is None else min(end, file.size)
