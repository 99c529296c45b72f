"""Recovery: a run that was broken off becomes a complete file, with everything its log holds.

It may itself be broken off at any point and be done again: it seals as the sealer does, in
commits, and removes the log only when the file is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.atomic import NEW_SUFFIX
from bench.record.disk.journal import JournalState, journal_of, recover_journal
from bench.record.disk.locks import Purpose, RunLock
from bench.record.disk.storage import Storage, SystemStorage, check_regular, reason
from bench.record.layout.contents import CLOSED, RECOVERED
from bench.record.layout.parts import part_path
from bench.record.port import Event
from bench.record.sealing.rotation import last_part
from bench.record.sealing.sealer import Sealer, SealPolicy
from bench.record.wal import (
    FrameKind,
    SegmentTail,
    list_segments,
    remove_log,
    segment_path,
    spare_path,
)

_UNUSABLE = ".unusable"
"""Ends the name of a segment behind a hole in the log."""
_POLICY = SealPolicy(checkpoint_ns=None)
_TORN = 5 * SECOND
"""What a crash may tear: it is synced once a second, and a busy disk takes its time."""


@dataclass(frozen=True)
class Recovery:
    """What recovery found and did."""

    path: Path
    """The run file; of a run in parts, the first."""
    was_needed: bool
    """Whether there was anything to do."""
    journal: JournalState
    """Whether a commit was under way."""
    frames: int
    """Frames of the log that were not in the file."""
    rows: Mapping[str, int]
    """Group → rows that came from the log."""
    records: int
    """Events, steps, points and the like that came from the log."""
    parts: int
    """Parts of the run."""
    lost: bool
    """Whether the log ends in bytes that are no whole frame, or a piece of it is missing."""
    messages: tuple[Message, ...]
    """What to tell, in sentences."""
    kept: bool = False
    """Whether what of the log cannot be used stays beside the file."""


@dataclass(frozen=True)
class _Sealed:
    """What came from the log."""

    was_open: bool
    parts: int
    frames: int = 0
    rows: Mapping[str, int] = field(default_factory=dict[str, int])
    records: int = 0
    cuts: int = 0
    has_hole: bool = False


def recover(path: Path, *, storage: Storage | None = None) -> Recovery:
    """Complete a run file that was broken off; a complete one stays as it is.

    Args:
        path: the run file; of a run in parts, the first.
        storage: where the files are; None: the operating system's.

    Raises:
        RunFileError: somebody records or writes it, there is none, or it cannot be written.
    """
    store = storage or SystemStorage()
    check_regular(path)
    with ExitStack() as stack:
        if path.parent.is_dir():
            stack.enter_context(RunLock(path, Purpose.RECORDING))
            stack.enter_context(RunLock(path, Purpose.CHANGING))
        try:
            return _recover(store, path)
        except OSError as error:
            told = reason(error)
            raise RunFileError("record.cannot-recover", path=path, reason=told) from error


def has_leftovers(storage: Storage, path: Path) -> bool:
    """Return whether a log, a journal or something half made lies beside a run file.

    Raises:
        OSError: the folder cannot be read.
    """
    return bool(_leftovers(storage, path) or list_segments(storage, path))


def _recover(storage: Storage, path: Path) -> Recovery:
    leftovers = _leftovers(storage, path)
    if not storage.exists(path):
        _remove(storage, leftovers)  # the run had not begun
        raise RunFileError("record.nothing-to-recover", path=path)
    last = last_part(storage, path)
    journal = recover_journal(storage, last)
    sealer = Sealer.open(storage, path, _POLICY)
    try:
        run_id = sealer.run_id
        segments = list_segments(storage, path, run_id)
        sealed = _seal(storage, path, sealer)
    finally:
        sealer.close()
    was_needed = sealed.was_open or bool(leftovers) or bool(segments)
    _clean(storage, path, run_id, keeps_rest=sealed.has_hole)
    return Recovery(
        path=path,
        was_needed=was_needed,
        journal=journal,
        frames=sealed.frames,
        rows=sealed.rows,
        records=sealed.records,
        parts=sealed.parts,
        lost=bool(sealed.cuts) or sealed.has_hole,
        messages=tuple(_told(path, journal, sealed, was_needed=was_needed)),
        kept=sealed.has_hole,
    )


def _seal(storage: Storage, path: Path, sealer: Sealer) -> _Sealed:
    """Put what the log holds into the file, and complete it."""
    if sealer.has_ended:
        sealer.finish()
        return _Sealed(was_open=False, parts=sealer.parts)
    before, frames, records = sealer.stored_rows, 0, 0
    tail = SegmentTail(storage, path, sealer.run_id, after=sealer.released)
    for frame in tail.read():
        sealer.take(frame)
        frames += 1
        records += frame.kind is FrameKind.RECORD
    after = sealer.rows
    rows = {name: after[name] - before[name] for name in after if after[name] > before[name]}
    if sealer.has_ending:
        sealer.finish(CLOSED)
    else:
        sealer.finish(RECOVERED, [_event(sealer, frames, sum(rows.values()))])
    return _Sealed(
        was_open=True, parts=sealer.parts, frames=frames, rows=rows, records=records,
        cuts=len(tail.cuts), has_hole=tail.has_hole or tail.is_damaged(_TORN),
    )  # fmt: skip


def _event(sealer: Sealer, frames: int, rows: int) -> Event:
    header, now = sealer.header, sealer.seal()
    utc = header.start_utc_ns + now - header.start_ns
    message = Message("record.recovered", {"frames": frames, "rows": rows})
    return Event(now, utc, "warning", "recorder", message)


def _told(path: Path, journal: JournalState, sealed: _Sealed, *, was_needed: bool) -> list[Message]:
    found: list[Message] = []
    if journal is JournalState.REPLAYED:
        found.append(Message("record.recovery-journal-replayed"))
    if journal is JournalState.DISCARDED:
        found.append(Message("record.recovery-journal-discarded"))
    for group, rows in sealed.rows.items():
        found.append(Message("record.recovery-rows", {"group": group, "rows": rows}))
    if sealed.records:
        found.append(Message("record.recovery-records", {"records": sealed.records}))
    if sealed.cuts and not sealed.has_hole:
        found.append(Message("record.recovery-torn", {"segments": sealed.cuts}))
    if sealed.has_hole:
        found.append(Message("record.recovery-hole"))
    if not was_needed:
        found.append(Message("record.recovery-clean", {"path": path}))
    return found


def _leftovers(storage: Storage, path: Path) -> list[Path]:
    """Return what is there of files that a finished run does not have, but for the log."""
    last = last_part(storage, path) if storage.exists(path) else path
    number = 1
    found = [spare_path(path), journal_of(path), _new(path)]
    while part_path(path, number) != last:
        number += 1
        found += [journal_of(part_path(path, number)), _new(part_path(path, number))]
    found.append(_new(part_path(path, number + 1)))
    return [each for each in found if storage.exists(each)]


def _clean(storage: Storage, path: Path, run_id: bytes, *, keeps_rest: bool) -> None:
    """Remove the log and what else is left; the file is complete."""
    if keeps_rest:
        for number in list_segments(storage, path, run_id):
            segment = segment_path(path, number)
            storage.replace(segment, segment.with_name(segment.name + _UNUSABLE))
    remove_log(storage, path, run_id)
    _remove(storage, _leftovers(storage, path))


def _remove(storage: Storage, files: list[Path]) -> None:
    for each in files:
        with suppress(FileNotFoundError):
            storage.remove(each)


def _new(path: Path) -> Path:
    return path.with_name(path.name + NEW_SUFFIX)
