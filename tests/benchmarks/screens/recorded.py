"""A run that is recorded in a process of its own: hours of it at once, then on in real time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND
from bench.record.recorder import RunWriter
from tests.benchmarks.run_files import runs, signals

CHANNELS = 20
"""Curves of a full screen."""
INTERVAL = 10 * MILLISECOND
"""100 Hz."""
_PIECE = 1 << 17
_REPOSITORY = Path(__file__).parents[3]


@contextmanager
def recording(path: Path, hours: float) -> Generator[None]:
    """Have a run recorded: `hours` of it are there when this begins, and it goes on."""
    command = [sys.executable, "-m", __name__, str(path), str(hours)]
    with subprocess.Popen(
        command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            yield
        finally:
            child.communicate()


def rows_of(hours: float) -> int:
    """Return how many rows some hours have."""
    return round(hours * 3600e9 / INTERVAL)


def record(path: Path, rows: int, channels: int = CHANNELS, *, goes_on: bool = False) -> None:
    """Record a run; with `goes_on` until the standard input ends."""
    group = runs.fast_group(channels, INTERVAL)
    rng = np.random.default_rng(1)
    piece = np.column_stack([signals.sensor(rng, _PIECE) for _ in range(channels)])
    writer = RunWriter(path, runs.header(group, period=1_000_000_000))
    for first in range(0, rows, _PIECE):
        _write(writer, group, np.roll(piece, first // 7, 0)[: rows - first], first)
    if goes_on:
        sys.stdout.write("there\n")
        sys.stdout.flush()
        rows = _go_on(writer, group, piece, rows)
    writer.close(runs.ended(rows * INTERVAL))


def _go_on(writer: RunWriter, group: object, piece: NDArray[np.float32], first: int) -> int:
    """Record 100 rows a second until somebody has heard enough; return how many there are."""
    import select  # noqa: PLC0415 - not on Windows, where this benchmark is not run

    rows, begin = first, time.monotonic()
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        due = first + round((time.monotonic() - begin) * 1e9 / INTERVAL)
        _write(writer, group, piece[: due - rows], rows)
        rows = due
    return rows


def _write(writer: RunWriter, group: object, rows: NDArray[np.float32], first: int) -> None:
    if len(rows):
        records = runs.records_of(group, np.ascontiguousarray(rows))  # type: ignore[arg-type]
        writer.rows(runs.GROUP, first * INTERVAL, records)


if __name__ == "__main__":
    record(Path(sys.argv[1]), rows_of(float(sys.argv[2])), goes_on=True)
