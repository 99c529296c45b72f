"""Open a run: what a crash left behind is recovered first, where that is allowed."""

from __future__ import annotations

import os
from pathlib import Path

from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, held
from bench.record.disk.storage import SystemStorage, reason
from bench.record.recovery import has_leftovers, recover
from bench.runs.chunk_source import CACHE_BYTES
from bench.runs.reader import Run
from bench.runs.run_source import RunSource


def open_run(path: Path, *, cache_bytes: int = CACHE_BYTES) -> Run:
    """Open a run for reading: by its file, by any of its parts, or by the list of them.

    A run that broke off is recovered before, where the folder can be written and nobody records
    it. Where it cannot, the same is read without changing anything.

    Args:
        path: the file.
        cache_bytes: how much decoded data may be kept in memory.

    Raises:
        RunFileError: no such file, not a run file, damaged, or of a newer or older program.
    """
    source = RunSource(Path(path), cache_bytes)
    if not _broke_off(source):
        return Run(source)
    run = source.path
    source.close()
    finding = _recovered(run)
    return Run(RunSource(Path(path), cache_bytes), finding)


def _broke_off(source: RunSource) -> bool:
    """Return whether a run has an end to be written, by somebody who may."""
    run = source.path
    try:
        is_left = source.parts[-1].is_recording or has_leftovers(SystemStorage(), run)
    except OSError:
        return False
    is_allowed = is_left and run.is_file() and os.access(run.parent, os.W_OK)
    return is_allowed and not held(run, Purpose.RECORDING) and not held(run, Purpose.CHANGING)


def _recovered(run: Path) -> tuple[Message, ...]:
    """Recover a run; return why it could not be."""
    try:
        recover(run)
    except RunFileError as error:
        return (_finding(run, error.message),)
    except (OSError, ValueError) as error:
        return (_finding(run, reason(error)),)
    return ()


def _finding(run: Path, told: object) -> Message:
    return Message("runs.not-recovered", {"path": run, "reason": told})
