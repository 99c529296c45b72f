"""Thousands of hours at 1 Hz in simulated time, row by row: does anything grow?"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from bench.channel import FRESH
from bench.clock import SECOND
from bench.record.recorder import RunWriter
from tests.benchmarks.run_files import runs, signals
from tests.benchmarks.run_files.child import Result, measured, resident_mb
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

CHUNK = 4096
"""Rows of a chunk at 1 Hz: with the last row of each comes a commit."""
_POOL = 2 * CHUNK
_PART_CHUNKS = 22
"""Chunks of a part, which lasts 24 h."""
_KEPT_PARTS = 3
_LONG_HOURS = 100


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return time per row and commit, and memory, at the beginning, in the middle, at the end."""
    section = f"{sizes.hours:,} h at 1 Hz × {sizes.long_channels} channels, in simulated time"
    path = folder / "long-run.h5"
    _remove(path)
    found = measured(
        "long_run:record", path=str(path), channels=sizes.long_channels, hours=sizes.hours
    )
    _remove(path)

    is_long = sizes.hours >= _LONG_HOURS  # of short ones the first tenth is warming up

    def grown(what: str, name: str, unit: str, most: float, remark: str = "") -> list[Figure]:
        first, middle, last = found[name]
        measured_at = (("first", first), ("middle", middle), ("last", last))
        return [
            *(Figure(section, f"{what}, {when} tenth", value, unit) for when, value in measured_at),
            Figure(
                section,
                f"{what}: last to first",
                last / first,
                "×",
                ("≤", most) if is_long else None,
                remark=remark,
            ),
        ]

    return [
        Figure(
            section, "Whole run", found["wall"], "s",
            remark=f"{sizes.hours * 3600 / found['wall']:,.0f} times real time",
        ),
        Figure(section, "Processor time per row", 1e6 * found["per_row"], "µs"),
        *grown("Time per commit", "commits", "ms", 1.25, _COMMIT),
        *grown("Memory", "memory", "MB", 1.1, "behind the first 24 h, in which caches fill up"),
        Figure(section, "Parts made", found["parts"], "files", remark="one each 24 h"),
        Figure(section, "Written", found["size"] / found["raw"], "bytes per byte of float64"),
    ]  # fmt: skip


_COMMIT = "processor time of sealing 4,096 rows and their commit; median"


def record(path: str, channels: int, hours: int) -> Result:
    """Record row by row; of the parts only the newest are kept, so that the disk suffices."""
    run = Path(path)
    values = _values(channels)
    qualities = np.full(channels, FRESH, np.uint8)
    scanned = tuple(runs.channel(number) for number in range(channels))
    rows = hours * 3600
    wall, processor = time.perf_counter(), time.process_time()
    writer = RunWriter(run, runs.header(scanned=scanned, period=SECOND))
    commits: list[float] = []
    memory: list[float] = []
    removed = _Removed(run)
    for first in range(0, rows, CHUNK):
        longest = 0.0
        for row in range(first, min(first + CHUNK, rows)):
            begin = time.thread_time()
            writer.row(row * SECOND, values[row % _POOL], qualities)
            longest = max(longest, time.thread_time() - begin)
        commits.append(1e3 * longest)
        memory.append(resident_mb())
        removed.look()
    writer.close(runs.ended(rows * SECOND))
    removed.look(keep=0)
    return {
        "wall": time.perf_counter() - wall,
        "per_row": (time.process_time() - processor) / rows,
        "commits": _thirds(commits), "memory": _thirds(memory),
        "parts": removed.parts, "size": removed.size, "raw": rows * channels * 8,
    }  # fmt: skip


class _Removed:
    """Parts that have ended and are removed; what they were is counted."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._counted: set[Path] = set()
        self.parts = 0
        """How many there were."""
        self.size = 0
        """Their bytes."""

    def look(self, keep: int = _KEPT_PARTS) -> None:
        """Count the parts but the newest, and empty them but the first."""
        found = [self._run, *sorted(self._run.parent.glob(f"{self._run.stem}.part*.h5"), key=_age)]
        for part in found[: len(found) - keep]:
            if part not in self._counted:
                self._counted.add(part)
                self.parts += 1
                self.size += part.stat().st_size
                if part != self._run:
                    part.write_bytes(b"")  # its name has to stay: parts are found by theirs


def _age(path: Path) -> tuple[int, str]:
    return len(path.name), path.name


def _remove(path: Path) -> None:
    for each in path.parent.glob(f"{path.stem}*"):
        each.unlink()


def _values(channels: int) -> np.ndarray:
    """Return rows of the usual mix at 1 Hz, in SI, to be repeated."""
    columns = [
        signals.MIX[number % len(signals.MIX)](np.random.default_rng(number), _POOL)
        for number in range(channels)
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _thirds(numbers: list[float]) -> tuple[float, float, float]:
    """Return the medians of the first, the middle and the last tenth behind the first part."""
    if len(numbers) > 10 * _PART_CHUNKS:
        numbers = numbers[_PART_CHUNKS:]  # until it has ended, caches fill up
    tenth = max(1, len(numbers) // 10)
    middle = (len(numbers) - tenth) // 2
    return (
        float(np.median(numbers[:tenth])),
        float(np.median(numbers[middle : middle + tenth])),
        float(np.median(numbers[-tenth:])),
    )
