"""A simulated cell's own log: what the plant did, for comparison with what the bench counted.

Nothing in it comes from a sensor, a wire or the bench. One line a second, and one at each change
of a switch; every line is on its way to the disk before the next one is written.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Self

from bench.clock import SECOND, Clock
from bench.errors import RunFileError
from drivers.simulated.plant import PlantHost, Truth

EVERY = SECOND
"""Time between two lines while nothing is switched, ns."""


class TruthLog:
    """Writes a CSV file as the plant goes on; use it as a context manager.

    Columns: UTC in s since 1970, s since the log began, running time in s, starts, energy in J
    (each counted from the plant itself, from the beginning of the log), then the plant's switches
    and quantities, SI.

    Args:
        path: the file; what is there is replaced.
        host: the plant.
        clock: the time of day.

    Raises:
        RunFileError: the file cannot be written.
    """

    def __init__(self, path: Path, host: PlantHost, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._logged = host.plant.logged()
        self._start = self._last = self._due = clock.now()
        self._running = self._energy = 0.0
        self._starts = 0
        self._switches = self._logged.switches(host.inputs)
        self._was_started = self._logged.is_started(host.inputs)
        try:
            self._file = path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise RunFileError("fault.no-log", file=str(path), reason=reason) from error
        self._writer = csv.writer(self._file)
        counted = ("utc", "elapsed", "running", "starts", "energy")
        self._write([*counted, *self._logged.switch_names, *self._logged.shown])
        host.watchers.append(self._watch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._host.watchers.remove(self._watch)
        self._file.close()

    def _watch(self, truth: Truth) -> None:
        """Count one step of the plant; write a line where one is due."""
        logged, state, inputs = self._logged, truth.state, self._host.inputs
        seconds = (truth.time - self._last) / SECOND
        self._last = truth.time
        self._running += seconds * logged.is_running(state)
        self._energy += seconds * max(0.0, logged.power(state))
        is_started = logged.is_started(inputs)
        self._starts += is_started and not self._was_started
        self._was_started = is_started
        switches = logged.switches(inputs)
        if switches == self._switches and truth.time < self._due:
            return
        self._switches = switches
        self._due = truth.time + EVERY
        behind = self._clock.now() - truth.time
        counted = (
            f"{(self._clock.utc() - behind) / SECOND:.3f}",
            f"{(truth.time - self._start) / SECOND:.3f}",
            f"{self._running:.3f}",
            self._starts,
            f"{self._energy:.1f}",
        )
        shown = (f"{read(state):.9g}" for read in logged.shown.values())
        self._write([*counted, *switches, *shown])

    def _write(self, row: list[object]) -> None:
        self._writer.writerow(row)
        self._file.flush()
