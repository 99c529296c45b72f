"""Make a run file in one go from data that lie elsewhere: it has its name only once it is whole.

An import and a repair lose nothing when they are killed: what they read is still there. So they
need no log, and no sync before the end: frames go straight to the sealer, in a folder of their own
beside the place of the new file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from bench.errors import RunFileError
from bench.record.creation import create_file, run_uuid_of
from bench.record.disk.storage import SystemStorage, reason
from bench.record.disk.unsynced import UnsyncedStorage
from bench.record.layout.contents import CLOSED
from bench.record.port import Ending, Event, Header, Provenance, Record
from bench.record.records import encode_record
from bench.record.sealing.sealer import Sealer, SealPolicy
from bench.record.wal import Frame, FrameKind

_CENTURIES = 2**61
_POLICY = SealPolicy(checkpoint_ns=None, part_ns=_CENTURIES)


class RunBuilder:
    """A run file in the making; a context manager that leaves nothing behind but what is finished.

    Args:
        path: the run file; a new one in a folder that exists.
        header: what is known of the run.
        provenance: what may differ between equal runs.
        chunk_rows: group → rows per chunk, a multiple of 256; none: as its rate has it.

    Raises:
        RunFileError: the file exists or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        provenance: Provenance,
        *,
        chunk_rows: Mapping[str, int] | None = None,
    ) -> None:
        self._path = path
        self._storage = SystemStorage()
        _refuse_existing(path)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=".h2bench-", dir=path.parent))
        except OSError as error:
            raise RunFileError("record.cannot-create", path=path, reason=reason(error)) from error
        made = self._folder / path.name
        disk = UnsyncedStorage(self._storage)
        self._sealer: Sealer | None = None
        self._sequence = 0
        self._rows: dict[int, int] = {}
        try:
            identity = str(run_uuid_of(path, header, provenance))
            create_file(disk, made, header, provenance, run_uuid=identity, chunk_rows=chunk_rows)
            self._sealer = Sealer.open(disk, made, _POLICY)
        except RunFileError:
            self.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def rows(self, group: int, time_ns: int, rows: NDArray[Any]) -> None:
        """Add rows of a group as they are stored (`RowLayout.dtype`).

        Args:
            group: which one of `groups_of(header)`.
            time_ns: monotonic time of the first one.
            rows: the rows.

        Raises:
            RunFileError: the file cannot be written.
        """
        first = self._rows.get(group, 0)
        self._rows[group] = first + len(rows)
        self._take(
            FrameKind.ROWS, time_ns, rows.tobytes(), group=group, first=first, rows=len(rows)
        )

    def record(self, record: Record, time_ns: int) -> None:
        """Add what is no row, behind the rows that came before it.

        Raises:
            RunFileError: the file cannot be written.
        """
        self._take(FrameKind.RECORD, time_ns, encode_record(record))

    def finish(
        self, ending: Ending | None, state: str = CLOSED, notes: Sequence[Event] = ()
    ) -> None:
        """Complete the run and give it its name.

        Args:
            ending: how it ended; None: nobody knows.
            state: `CLOSED` or `RECOVERED`.
            notes: events that are added.

        Raises:
            RunFileError: the file cannot be written, or one of its name was made meanwhile.
        """
        if ending is not None:
            self.record(ending, ending.end_ns)
        sealer = self._opened()
        sealer.finish(state, notes)
        sealer.close()
        self._sealer = None
        try:
            self._publish()
        except OSError as error:
            raise RunFileError(
                "record.cannot-create", path=self._path, reason=reason(error)
            ) from error

    def discard(self) -> None:
        """Remove everything that has no name yet; again: does nothing."""
        if self._sealer is not None:
            self._sealer.close()
            self._sealer = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _take(
        self,
        kind: FrameKind,
        time_ns: int,
        data: bytes,
        *,
        group: int = 0,
        first: int = 0,
        rows: int = 0,
    ) -> None:
        self._sequence += 1
        self._opened().take(Frame(kind, group, self._sequence, first, rows, time_ns, data))

    def _opened(self) -> Sealer:
        if self._sealer is None:
            raise RunFileError("record.closed", path=self._path)
        return self._sealer

    def _publish(self) -> None:
        """Move the files to their place, the first part last: it is what people open."""
        made = sorted(self._folder.iterdir(), key=lambda path: path.name == self._path.name)
        for path in made:
            _refuse_existing(self._path.with_name(path.name))
            file = self._storage.open(path)
            try:
                file.sync()
            finally:
                file.close()
        for path in made:
            self._storage.replace(path, self._path.with_name(path.name))
        self._storage.sync_folder(self._path.parent)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise RunFileError("record.exists", path=path)
