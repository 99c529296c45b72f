"""How late the scans of a served bench are; beside it a process with a bare loop of 100 Hz."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from bench.clock import MILLISECOND, SECOND
from bench.control.timing import LATENESS
from bench.runs import open_run
from tests.benchmarks.real_time.cell import (
    CLOCK,
    Cell,
    connected,
    served_cell,
    shipped_rig,
    wait_until_measuring,
)
from tests.benchmarks.real_time.figures import spread, tell, tell_machine

PERIOD = 10 * MILLISECOND


def measure(folder: Path, *, minutes: float, is_realtime: bool) -> None:
    """Print both."""
    with served_cell(folder, shipped_rig, minutes * 60 + 300) as cell:
        options = ["--realtime"] if is_realtime else []
        cell.programs.command("serve", cell.rig, "--output", folder / "runs", *options)
        begin, end, bare = beside(cell, minutes * 60)
    scans = lateness_of(folder / "runs", begin, end)
    ratio = np.percentile(scans, 99.9) / np.percentile(bare, 99.9)
    tell(f"scans of the server: {spread(scans)}", f"a bare loop beside it: {spread(bare)}")
    tell(f"99.9 % of the server over that of the bare loop: {ratio:.2f}")


def beside(cell: Cell, seconds: float) -> tuple[int, int, list[float]]:
    """Return when a bare loop began and ended beside the server (ns), and how late it was, ms."""
    with connected(cell.programs) as bench:
        wait_until_measuring(bench)
        tell_machine()
        out = cell.folder / "bare.json"
        begin = CLOCK.now()
        loop = cell.programs.start("-m", "tests.benchmarks.real_time.lateness", out, seconds)
        while loop.poll() is None:
            bench.step()
        end = CLOCK.now()
        tell_machine()
    return begin, end, json.loads(out.read_text())


def lateness_of(runs: Path, begin: int, end: int) -> list[float]:
    """Return how late every recorded scan of a time was, ms."""
    found: list[float] = []
    for path in sorted(runs.rglob("*.h5")):
        with open_run(path) as run:
            found.extend(run.channel(LATENESS).good(begin, end).values * 1e3)
    return found


def bare_loop(seconds: float) -> list[float]:
    """Return how late the turns of a loop that does nothing were, ms."""
    found: list[float] = []
    due = CLOCK.now()
    end = due + round(seconds * SECOND)
    while due < end:
        due += PERIOD
        if CLOCK.now() > due + PERIOD:  # as the scan does: begin a new count
            found.append((CLOCK.now() - due) / MILLISECOND)
            due = CLOCK.now()
            continue
        CLOCK.wait_until(due)
        found.append((CLOCK.now() - due) / MILLISECOND)
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bare_loop(float(sys.argv[2]))))
