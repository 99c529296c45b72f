"""Segments and where new ones come from: one made ahead, one kept for a full disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from bench.record.disk.storage import Bytes, Storage, StoredFile
from bench.record.wal.files import (
    SEGMENT_HEAD_SIZE,
    encode_head,
    salt_of,
    segment_path,
    spare_path,
)

_ZEROS = 1 << 20


class Segment:
    """A segment that is written: frames one after the other behind its head."""

    def __init__(self, file: StoredFile, number: int, salt: int, size: int) -> None:
        self._file = file
        self.number = number
        """Its number."""
        self.salt = salt
        """What starts the checksums of its frames."""
        self.room = size - SEGMENT_HEAD_SIZE
        """Bytes that it still takes."""
        self.end = SEGMENT_HEAD_SIZE
        """Where the next frame goes."""
        self.last_sequence = 0
        """Sequence of its last frame; 0: there is none."""

    def append(self, data: Bytes) -> None:
        """Write behind what is there; OSError: the segment may not be used again."""
        self._file.write_at(self.end, data)
        self.end += len(data)
        self.room -= len(data)

    def sync(self) -> None:
        """Return once all of it is on the disk; OSError: it may not be used again."""
        self._file.sync()

    def close(self) -> None:
        """Close it as it is."""
        with suppress(OSError):  # what it has to say was said by a write or a sync
            self._file.close()

    def cut(self) -> None:
        """Give back the space that was reserved and not used."""
        with suppress(OSError):  # zeros at the end of a segment do no harm
            self._file.truncate(self.end)


class SegmentStock:
    """Makes the segments of one log; OSError: there is no space for one, or no disk."""

    def __init__(
        self, storage: Storage, run: Path, run_id: bytes, segment_size: int, first: int
    ) -> None:
        self._storage = storage
        self._run = run
        self._run_id = run_id
        self._size = segment_size
        self._number = first
        self._folder_is_synced = False
        self._has_spare = False
        self._ahead: Segment | None = None
        self.is_on_reserve = False
        """Whether the segment that was kept for a full disk is or was in use."""
        self._ahead = self._create(segment_size)  # before the spare one: a full disk is no begin
        try:
            self._make_spare()
        except OSError:
            self._drop_ahead()
            raise

    def take(self, size: int, *, prefers_reserve: bool = False) -> Segment:
        """Return a segment that nobody used, for at least so many bytes of frames.

        Args:
            size: room for frames; usually less than that of a usual segment.
            prefers_reserve: new segments were made but could not be written.

        Raises:
            OSError: none can be made, and the one kept for that is gone.
        """
        size = max(self._size, SEGMENT_HEAD_SIZE + size)
        if size > self._size:
            self._drop_ahead()  # segments are used in the order of their numbers
        if self._ahead is not None:
            segment, self._ahead = self._ahead, None
            return segment
        if prefers_reserve and self._has_spare:
            return self._take_spare(size)
        try:
            return self._create(size)
        except OSError:
            if not self._has_spare:
                raise
            return self._take_spare(size)

    def prepare(self) -> None:
        """Make the next segment ahead; where that fails, it is tried again when it is taken."""
        if self._ahead is None and not self.is_on_reserve:
            with suppress(OSError):
                self._ahead = self._create(self._size)

    def sync_folder(self) -> None:
        """Return once the names of all segments are on the disk; OSError: nothing is certain."""
        if self._folder_is_synced:
            return
        try:
            self._storage.sync_folder(self._run.parent)
        except OSError:
            self._drop_ahead()  # its name may be lost without another word
            raise
        self._folder_is_synced = True

    def release_reserve(self) -> None:
        """Free the space that was kept for a full disk, where it is not in use."""
        if self._has_spare:
            self._storage.remove(spare_path(self._run))
            self._has_spare = False

    def close(self) -> None:
        """Remove what was made and not used."""
        self._drop_ahead()
        with suppress(OSError):  # removed with the rest of the log
            self.release_reserve()

    def _create(self, size: int) -> Segment:
        path = self._next_path()
        file = self._storage.create(path)
        self._folder_is_synced = False
        try:
            file.allocate(size)
            return self._begin(file, size)
        except OSError:
            self._discard(file, path)
            raise

    def _begin(self, file: StoredFile, size: int) -> Segment:
        head = encode_head(self._number, self._run_id)
        file.write_at(0, head)
        segment = Segment(file, self._number, salt_of(head), size)
        self._number += 1
        return segment

    def _make_spare(self) -> None:
        path = spare_path(self._run)
        if self._storage.exists(path):
            self._storage.remove(path)
        file = self._storage.create(path)
        try:
            file.allocate(self._size)
            _fill(file, self._size)
        except OSError:
            self._discard(file, path)
            raise
        file.close()  # Windows gives no open file another name
        self._has_spare = True

    def _take_spare(self, size: int) -> Segment:
        path = self._next_path()
        if size > self._size:
            self._enlarge_spare(size)
        self._storage.replace(spare_path(self._run), path)
        self._folder_is_synced = False
        self._has_spare = False
        self.is_on_reserve = True
        file = self._storage.open(path)
        try:
            return self._begin(file, size)
        except OSError:
            file.close()
            raise

    def _enlarge_spare(self, size: int) -> None:
        file = self._storage.open(spare_path(self._run))
        try:
            file.allocate(size)
        finally:
            file.close()

    def _next_path(self) -> Path:
        """Return the name of the next segment; those that another run left over are kept."""
        while self._storage.exists(path := segment_path(self._run, self._number)):
            self._number += 1
        return path

    def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            with suppress(OSError):  # empty; removed with the rest of the log
                self._storage.remove(segment_path(self._run, self._ahead.number))
            self._ahead = None

    def _discard(self, file: StoredFile, path: Path) -> None:
        with suppress(OSError):  # the first failure is the one to tell
            file.close()
            self._storage.remove(path)


def _fill(file: StoredFile, size: int) -> None:
    """Write zeros where nothing could be reserved (Windows): else there would be no reserve."""
    zeros = bytes(_ZEROS)
    for offset in range(file.size, size, _ZEROS):
        file.write_at(offset, zeros[: size - offset])
