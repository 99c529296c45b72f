"""The journal beside a run file: the pages of one commit, safe before the file itself is touched.

Layout, little-endian: a header of 64 bytes (magic, version, state, commit number, number of pages,
size of the file, CRC-32 of the pages, CRC-32 of the header), then each page: its number (8 bytes)
and its 4,096 bytes. The header is written last, so that whoever reads along sees the old one until
the new one is true; after a power cut in between, the CRC tells.
"""

from __future__ import annotations

import errno
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from bench.record.disk.pages import PAGE, write_pages
from bench.record.disk.storage import Bytes, Storage, StoredFile

SUFFIX = ".jrn"
_MAGIC = b"H2JRNL\r\n"
_VERSION = 1
_TO_BE_APPLIED, _APPLIED = 1, 2
_HEADER = struct.Struct("<8sIB3xQQQI16x")
_CHECKSUM = struct.Struct("<I")
_HEADER_SIZE = _HEADER.size + _CHECKSUM.size
_NUMBER = struct.Struct("<Q")
_ATTEMPTS = 5


class JournalState(Enum):
    """What recovery found."""

    CLEAN = "clean"
    """No commit was under way."""
    REPLAYED = "replayed"
    """A commit was complete in the journal and is now complete in the file."""
    DISCARDED = "discarded"
    """The journal was torn: the commit had not happened, the file is the one before it."""


@dataclass(frozen=True, slots=True)
class JournalHeader:
    """What a journal says about itself."""

    commit_number: int
    """Number of the commit, from 1."""
    state: int
    """1: its pages are to be written into the file; 2: they have been."""
    count: int
    """Number of pages."""
    size: int
    """Size of the file after the commit, bytes."""
    checksum: int
    """CRC-32 of the pages with their numbers."""

    @property
    def is_pending(self) -> bool:
        """Whether the file may still miss pages."""
        return self.state == _TO_BE_APPLIED


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that was read."""

    commit_number: int
    """Number of its commit."""
    size: int
    """Size of the file after the commit, bytes."""
    pages: Mapping[int, bytes]
    """Page number → content that stands in place of the file's; empty where it has been applied."""


def journal_of(path: Path) -> Path:
    """Return where the journal of a run file lies."""
    return path.with_name(path.name + SUFFIX)


def commit_number_of(path: Path) -> tuple[int, int]:
    """Return number and state of the last commit of a run file; zeros: it has no journal.

    One small read. What was read from the file between two equal answers is of one commit.

    Raises:
        OSError: as the system does.
    """
    header = _header_on_disk(path)
    return (header.commit_number, header.state) if header else (0, 0)


def read_journal(path: Path) -> Journal | None:
    """Return what a run file's journal adds to it, without changing anything.

    None: there is no journal, or the commit in it never happened.

    Raises:
        OSError: as the system does.
    """
    for _ in range(_ATTEMPTS):  # a writer may write the next commit meanwhile
        header = _header_on_disk(path)
        if header is None:
            return None
        if not header.is_pending:
            return Journal(header.commit_number, header.size, {})
        try:
            with journal_of(path).open("rb", buffering=0) as file:
                file.seek(_HEADER_SIZE)
                body = file.read(header.count * (_NUMBER.size + PAGE))
        except FileNotFoundError:
            continue
        if _is_whole(header, body) and path.stat().st_size >= header.size:
            return Journal(header.commit_number, header.size, dict(_pages(body)))
        if header == _header_on_disk(path):
            return None
    return None


def recover_journal(storage: Storage, path: Path) -> JournalState:
    """Finish a commit that was interrupted, or forget one that had not come so far.

    It may itself be interrupted at any point and be done again.

    Raises:
        OSError: as the system does.
    """
    if not storage.exists(journal_of(path)):
        return JournalState.CLEAN
    file = storage.open(journal_of(path))
    try:
        header = _decoded(_bytes_of(file, 0, _HEADER_SIZE))
        if header is not None and not header.is_pending:
            return JournalState.CLEAN
        if header is not None and _replay(storage, path, header, file):
            file.write_at(0, _encoded(replace(header, state=_APPLIED)))
            return JournalState.REPLAYED
        # Once the file has changed again it must never be taken for a whole one.
        file.write_at(0, bytes(_HEADER_SIZE))
        file.sync()
        return JournalState.DISCARDED
    finally:
        file.close()


class JournalFile:
    """The journal of a file that is being written; the methods raise OSError as the system does."""

    def __init__(self, storage: Storage, path: Path) -> None:
        """Take up the journal of a run file; it is made with the first commit."""
        self._storage = storage
        self._path = journal_of(path)
        self._file: StoredFile | None = None
        self._header: JournalHeader | None = None
        self._is_kept = False  # whether the folder is certain to hold it
        if storage.exists(self._path):
            self._file = storage.open(self._path)
            self._header = _decoded(_bytes_of(self._file, 0, _HEADER_SIZE))

    @property
    def header(self) -> JournalHeader | None:
        """Header of the last commit; None: there was none."""
        return self._header

    def write(self, commit_number: int, size: int, pages: Mapping[int, Bytes]) -> None:
        """Make a commit safe: once this returns, it has happened.

        Args:
            commit_number: number of the commit.
            size: size of the file after it, bytes.
            pages: page number → content.
        """
        file = self._opened()
        body = b"".join(
            part for number in sorted(pages) for part in (_NUMBER.pack(number), pages[number])
        )
        header = JournalHeader(commit_number, _TO_BE_APPLIED, len(pages), size, zlib.crc32(body))
        try:
            file.write_at(_HEADER_SIZE, body)
            file.write_at(0, _encoded(header))
            file.sync()
        except OSError:
            self._take_back(file)
            raise
        self._header = header

    def _opened(self) -> StoredFile:
        if self._file is None:
            self._file = self._storage.create(self._path)
        if not self._is_kept:
            self._storage.sync_folder(self._path.parent)
            self._is_kept = True
        return self._file

    def _take_back(self, file: StoredFile) -> None:
        # Should the disk refuse this too, the next opening finds the commit whole or torn.
        before = _encoded(self._header) if self._header else bytes(_HEADER_SIZE)
        with suppress(OSError):
            file.write_at(0, before)
            file.sync()

    def mark_applied(self) -> None:
        """Say that the file holds the pages. Not synced: to apply them again does no harm."""
        if self._header is not None and self._file is not None:
            applied = replace(self._header, state=_APPLIED)
            self._file.write_at(0, _encoded(applied))
            self._header = applied

    def close(self) -> None:
        """Close; the journal stays."""
        if self._file is None:
            return
        try:
            if self._header is not None and not self._header.is_pending:
                self._file.sync()  # others may change the file now: it must not be applied again
        finally:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Close and remove the journal, unless the file still needs it."""
        if self._header is not None and self._header.is_pending:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(self._path))
        self.close()
        if self._storage.exists(self._path):
            self._storage.remove(self._path)
            self._storage.sync_folder(self._path.parent)


def _replay(storage: Storage, path: Path, header: JournalHeader, journal: StoredFile) -> bool:
    body = _bytes_of(journal, _HEADER_SIZE, header.count * (_NUMBER.size + PAGE))
    if not _is_whole(header, body):
        return False
    file = storage.open(path)
    try:
        if file.size < header.size:
            return (
                False  # what the commit appended is gone: it was taken back, or is of another file
            )
        write_pages(file, dict(_pages(body)), header.size)
        file.sync()
        return True
    finally:
        file.close()


def _bytes_of(file: StoredFile, offset: int, size: int) -> bytes:
    buffer = bytearray(min(size, max(0, file.size - offset)))
    count = file.read_into(offset, memoryview(buffer))
    return bytes(memoryview(buffer)[:count])


def _header_on_disk(path: Path) -> JournalHeader | None:
    try:
        with journal_of(path).open("rb", buffering=0) as file:
            return _decoded(file.read(_HEADER_SIZE))
    except FileNotFoundError:
        return None


def _encoded(header: JournalHeader) -> bytes:
    values = (header.state, header.commit_number, header.count, header.size, header.checksum)
    data = _HEADER.pack(_MAGIC, _VERSION, *values)
    return data + _CHECKSUM.pack(zlib.crc32(data))


def _decoded(data: bytes) -> JournalHeader | None:
    if len(data) < _HEADER_SIZE:
        return None
    if _CHECKSUM.unpack_from(data, _HEADER.size)[0] != zlib.crc32(data[: _HEADER.size]):
        return None
    magic, version, state, number, count, size, checksum = _HEADER.unpack_from(data)
    if magic != _MAGIC or version != _VERSION:
        return None
    return JournalHeader(number, state, count, size, checksum)


def _is_whole(header: JournalHeader, body: bytes) -> bool:
    whole = header.count * (_NUMBER.size + PAGE)
    return len(body) == whole and zlib.crc32(body) == header.checksum


def _pages(body: bytes) -> Iterator[tuple[int, bytes]]:
    step = _NUMBER.size + PAGE
    for place in range(0, len(body), step):
        yield _NUMBER.unpack_from(body, place)[0], body[place + _NUMBER.size : place + step]
