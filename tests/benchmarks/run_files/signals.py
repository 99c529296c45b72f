"""What a bench measures: 1,000 channels of the usual mix, float32.

30 % sensors with 16 bits and noise, 20 % temperatures to 0.01 K, 20 % computed values, 15 %
setpoints, 15 % status words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def sensor(rng: np.random.Generator, rows: int) -> Floats:
    """Return a sensor of 16 bits over 0 to 100: a slow signal with a few counts of noise."""
    level = 8000 * np.sin(np.arange(rows) * rng.uniform(2e-4, 2e-3)) + rng.uniform(12e3, 50e3)
    counts = np.clip(np.rint(level + rng.normal(0.0, 6.0, rows)), 0, 65_535)
    return (counts * (100.0 / 65_536)).astype(np.float32)


def temperature(rng: np.random.Generator, rows: int) -> Floats:
    """Return a temperature, K: it drifts, has noise of 0.02 K, and is read to 0.01 K."""
    drift = np.cumsum(rng.normal(0.0, 5e-4, rows)) + rng.uniform(290.0, 900.0)
    return (np.rint((drift + rng.normal(0.0, 0.02, rows)) * 100) / 100).astype(np.float32)


def computed(rng: np.random.Generator, rows: int) -> Floats:
    """Return a computed value: all digits of a float32, noise of a thousandth."""
    slow = 40 + 10 * np.sin(np.arange(rows) * rng.uniform(1e-4, 1e-3))
    return (slow * (1 + rng.normal(0.0, 1e-3, rows))).astype(np.float32)


def setpoint(rng: np.random.Generator, rows: int) -> Floats:
    """Return a setpoint: constant for 5 to 60 s at 1 kHz."""
    return _held(rng, rows, 5000, 60_000, lambda: float(np.round(rng.uniform(0, 2500), 1)))


def status(rng: np.random.Generator, rows: int) -> Floats:
    """Return a status word: a small number that changes each 0.5 to 20 s at 1 kHz."""
    return _held(rng, rows, 500, 20_000, lambda: float(rng.integers(0, 256)))


def _held(
    rng: np.random.Generator, rows: int, least: int, most: int, draw: Callable[[], float]
) -> Floats:
    found = np.empty(rows, np.float32)
    start = 0
    while start < rows:
        stop = start + int(rng.integers(least, most))
        found[start:stop] = draw()
        start = stop
    return found


MIX = (sensor,) * 6 + (temperature,) * 4 + (computed,) * 4 + (setpoint,) * 3 + (status,) * 3
"""Twenty channels of the mix."""


def columns(folder: Path, channels: int, rows: int) -> Path:
    """Return a file with the channels (channels, rows), as an array of numpy; made once."""
    path = folder / f"columns-{channels}-{rows}.npy"
    if not path.exists():
        values = np.empty((channels, rows), np.float32)
        for number in range(channels):
            rng = np.random.default_rng(number)
            values[number] = MIX[number % len(MIX)](rng, rows)
        np.save(path, values)
    return path


def rows_of(path: Path, first: int = 0, last: int | None = None) -> Floats:
    """Return rows (rows, channels) of such a file, as an acquisition delivers them."""
    values: Floats = np.load(path, mmap_mode="r")
    return np.ascontiguousarray(values[:, first:last].T)
