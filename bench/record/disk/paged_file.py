"""A file on the disk and, in memory, the pages that the next commit changes in it."""

from __future__ import annotations

import math

from bench.record.disk import superblock
from bench.record.disk.pages import PAGE, bring_up_to_date, lay_over, page_end, write_pages
from bench.record.disk.storage import StoredFile

_DIRECT = 4 * PAGE
"""Bytes from which a write beyond the committed end goes straight to the disk; smaller ones are
gathered in pages: HDF5 writes its metadata in pieces of some hundred bytes."""


class PagedFile:
    """What a stream sees of a file; committed bytes on the disk stay as they are until `apply`.

    Args:
        file: the file on the disk, as its last commit left it.
        committed: its size, bytes.
    """

    def __init__(self, file: StoredFile, committed: int) -> None:
        self.size = committed
        """Size that the next commit gives it; the disk follows then."""
        self.failure: OSError | None = None
        """The first access that failed; from then on nothing more is written."""
        self.pages: dict[int, bytearray] = {}
        """Page number → what stands in place of the disk's."""
        self._file = file
        self._extent = committed  # beyond it the disk holds nothing that was written
        self._protected = page_end(committed)  # math.inf: the disk is not written any more

    def read(self, start: int, view: memoryview) -> None:
        """Fill a buffer from a place; a failure is kept and reads as zeros, as does the end."""
        number, inside = divmod(start, PAGE)
        page = self.pages.get(number)
        if page is not None and inside + len(view) <= PAGE:
            view[:] = page[inside : inside + len(view)]
            return
        self._read_disk(start, view)
        if self.pages:
            lay_over(self.pages, start, view)

    def write(self, start: int, view: memoryview) -> None:
        """Write all bytes at a place; a failure is kept, not raised."""
        size = len(view)
        number, inside = divmod(start, PAGE)
        page = self.pages.get(number)
        if page is not None and inside + size <= PAGE:  # most are: HDF5's small pieces
            page[inside : inside + size] = view
        elif size >= _DIRECT and start >= self._protected:
            self._write_through(start, view)
        else:
            self._put(start, view)
        self.size = max(self.size, start + size)

    def check(self) -> None:
        """Raise what the disk said first.

        Raises:
            OSError: an access failed.
        """
        if self.failure is not None:
            raise self.failure

    def fail(self, error: OSError | ValueError) -> None:
        """Keep a failure; the disk is not written any more."""
        # A ValueError says that the file is closed: the process ends without closing the run.
        known = error if isinstance(error, OSError) else OSError(str(error))
        self.failure = self.failure or known
        self.protect_all()

    def protect_all(self) -> None:
        """Keep all further writes in memory."""
        self._protected = math.inf

    def clear_flags(self) -> None:
        """Let any program open the file: HDF5 marks one that is being written.

        Raises:
            OSError: it could not be read.
        """
        buffer = bytearray(superblock.SIZE)
        self.read(0, memoryview(buffer))
        head = bytes(buffer)
        clean = superblock.cleared(head)
        if clean != head:
            self._put(0, memoryview(clean))
        self.check()

    def append(self) -> None:
        """Write and sync what lies beyond the committed end.

        Raises:
            OSError: it is not certain that the disk holds it.
        """
        first = int(self._protected) // PAGE
        appended = {number: page for number, page in self.pages.items() if number >= first}
        write_pages(self._file, appended, self.size)
        if self._file.size < self.size:
            self._file.truncate(self.size)
        self._file.sync()
        for number in appended:
            del self.pages[number]
        self._extent = max(self._extent, self.size)

    def apply(self) -> None:
        """Write and sync what changes committed bytes.

        Raises:
            OSError: it is not certain that the disk holds it.
        """
        write_pages(self._file, self.pages, self.size)
        if self.pages:
            self._file.sync()

    def settle(self) -> None:
        """Take what the disk holds now for committed."""
        self.pages.clear()
        self._protected = page_end(self.size)

    def _write_through(self, start: int, view: memoryview) -> None:
        if self.pages:  # what the next commit writes there
            bring_up_to_date(self.pages, start, view)
        try:
            self._file.write_at(start, view)
        except (OSError, ValueError) as error:
            self.fail(error)
            self._put(start, view)
        self._extent = max(self._extent, start + len(view))

    def _put(self, start: int, view: memoryview) -> None:
        place, size = 0, len(view)
        while place < size:
            number, inside = divmod(start + place, PAGE)
            count = min(PAGE - inside, size - place)
            page = self.pages.get(number)
            if page is None:
                page = self.pages[number] = self._page_on_disk(number)
            page[inside : inside + count] = view[place : place + count]
            place += count

    def _page_on_disk(self, number: int) -> bytearray:
        page = bytearray(PAGE)
        if number * PAGE < self._extent:
            self._read_disk(number * PAGE, memoryview(page))
        return page

    def _read_disk(self, start: int, view: memoryview) -> None:
        count = 0
        try:
            count = self._file.read_into(start, view)
        except (OSError, ValueError) as error:
            self.fail(error)
        if count < len(view):
            view[count:] = bytes(len(view) - count)
