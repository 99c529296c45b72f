"""Rainflow counting of a long duty beside the rainflow package.

`python -m tests.benchmarks.rainflow [--samples N] [--peer N] [--rows N]` prints both side by side,
and what rows of an engine cost that go through all mechanisms. The record is drawn block by block
as it is counted, as one that is read from run files: 10 Hz of torque that is held for a minute
each, with noise. Processor time counts: the machine may have other work.
"""

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np
import psutil
import rainflow

from analysis.checks import FloatArray
from analysis.rainflow import RainflowCounts, RangeBins, count, finished, followed
from protocols.engine_mechanisms import EngineRows, part_of
from protocols.mechanism_table import engine_settings

EXPONENTS = (3.0, 5.0, 8.0)
BINS = RangeBins(1.0, 1500)
"""As wide as the resolution of the torque: the counts compare one by one."""
DRAWN = 1 << 20
"""Samples that are read at once."""
HELD = 600
"""Samples of one level: a minute."""


@dataclass(frozen=True)
class Figures:
    """What counting a record has cost."""

    samples: int
    processor: float
    """s, without drawing the record."""
    memory: float = 0.0
    """Most of the process between two blocks, MiB."""

    def line(self, name: str) -> str:
        """Return them for people."""
        each = 1e9 * self.processor / self.samples
        return f"{name}: {self.samples:,} samples in {self.processor:.2f} s, {each:.0f} ns each"


def drawn(samples: int, seed: int = 0) -> FloatArray:
    """Return so much of a duty: torque in whole N m."""
    draw = np.random.default_rng(seed)
    levels = np.repeat(draw.integers(0, 1000, samples // HELD + 1), HELD)[:samples]
    return np.rint(levels + draw.normal(0.0, 8.0, samples))


def ours(samples: int) -> tuple[RainflowCounts, Figures]:
    """Return the counts of a record that never is in memory as a whole."""
    part = count([], exponents=EXPONENTS, bins=BINS)
    processor, memory, process = 0.0, 0.0, psutil.Process()
    for block in range(0, samples, DRAWN):
        load = drawn(min(DRAWN, samples - block), seed=block)
        begun = time.process_time()
        part = followed(part, load)
        processor += time.process_time() - begun
        memory = max(memory, process.memory_info().rss / 2**20)
    begun = time.process_time()
    counts = finished(part)
    return counts, Figures(samples, processor + time.process_time() - begun, memory)


def of_peer(samples: int) -> tuple[dict[int, float], Figures]:
    """Return count by range, after the rainflow package, in one piece."""
    pieces = [drawn(min(DRAWN, samples - block), seed=block) for block in range(0, samples, DRAWN)]
    load = np.concatenate(pieces).tolist()
    begun = time.process_time()
    counts = rainflow.count_cycles(load)
    figures = Figures(samples, time.process_time() - begun)
    return {int(width): number for width, number in counts}, figures


def mechanisms(samples: int) -> Figures:
    """Return what it costs to take so many rows through all mechanisms of an engine."""
    draw = np.random.default_rng(0)
    rows = EngineRows(
        held=np.ones(samples),
        speed=draw.normal(160.0, 20.0, samples),
        torque=draw.normal(1200.0, 300.0, samples),
        coolant=draw.normal(361.0, 0.3, samples),
        oil=draw.normal(368.0, 0.3, samples),
        exhaust=draw.normal(700.0, 20.0, samples),
        injecting=np.ones(samples, dtype=np.bool_),
        fuel=np.full(samples, 5e-3),
    )
    begun = time.process_time()
    part_of(rows, engine_settings(12.8e-3))
    return Figures(samples, time.process_time() - begun)


def main() -> None:
    """Count with both, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--samples", type=int, default=144_000_000, help="4,000 h at 10 Hz")
    parser.add_argument("--peer", type=int, default=2_000_000, help="samples for the package")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows for all mechanisms")
    arguments = parser.parse_args()
    counts, figures = ours(arguments.samples)
    theirs, slow = of_peer(min(arguments.peer, arguments.samples))
    same, _ = ours(slow.samples)
    histogram = {place: number for place, number in enumerate(same.histogram) if number}
    ratio = slow.processor / slow.samples / (figures.processor / figures.samples)
    lines = [
        figures.line("streamed"),
        f"process of {figures.memory:.0f} MiB; {counts.cycles:,.1f} cycles",
        slow.line("rainflow package"),
        f"the package takes {ratio:.0f} times as long; counts of these "
        + ("are identical" if histogram == theirs else "DIFFER"),
        mechanisms(arguments.rows).line("eight mechanisms"),
    ]
    sys.stdout.write("\n".join([*lines, ""]))
    if histogram != theirs:
        sys.exit(1)


if __name__ == "__main__":
    main()
