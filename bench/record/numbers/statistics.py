"""Statistics of channels, kept while their samples go by.

Count, minimum, maximum, mean and standard deviation by the pairwise update of Chan, Golub and
LeVeque ("Updating formulae and a pairwise algorithm for computing sample variances", 1979), which
bears samples of 1e9 with a spread of 1. How the samples are cut into pieces changes nothing but
the rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""One number per channel."""
Counts = NDArray[np.int64]
"""One count per channel."""

_SLICE = 4
"""Channels taken at once: their differences stay in the processor's cache."""


@dataclass(frozen=True)
class Statistics:
    """What is known of the samples of some channels; each array has one element per channel."""

    count: Counts
    """Good samples."""
    bad: Counts
    """Samples that are masked or not a number."""
    minimum: Floats
    """Smallest good sample; NaN: there is none."""
    maximum: Floats
    """Largest good sample; NaN: there is none."""
    mean: Floats
    """Mean of the good samples; NaN: there is none."""
    deviation: Floats
    """Their sample standard deviation (divisor count - 1); NaN: below two samples."""


@dataclass(frozen=True)
class _Moments:
    """What is added up, one element per channel."""

    count: Counts
    minimum: Floats
    maximum: Floats
    mean: Floats
    squares: Floats
    """Sum of the squared distances from the mean."""


def _nothing(channels: int) -> _Moments:
    return _Moments(
        np.zeros(channels, np.int64),
        np.full(channels, np.nan),
        np.full(channels, np.nan),
        np.zeros(channels),
        np.zeros(channels),
    )


class Accumulator:
    """Takes samples channel by channel, in pieces of any size."""

    def __init__(self, channels: int) -> None:
        self._bad = np.zeros(channels, np.int64)
        self._sums = _nothing(channels)
        self._scratch = np.empty((_SLICE, 0))

    @classmethod
    def resumed(cls, statistics: Statistics) -> Accumulator:
        """Return one that goes on from results, exact to rounding."""
        made = cls(len(statistics.count))
        made._bad += statistics.bad
        some, many = statistics.count > 0, statistics.count > 1
        mean = np.where(some, statistics.mean, 0.0)
        spread = np.where(many, statistics.deviation, 0.0)
        squares = spread * spread * np.where(many, statistics.count - 1, 0)
        counts = np.asarray(statistics.count, np.int64)
        sums = _Moments(counts, statistics.minimum, statistics.maximum, mean, squares)
        made._combine(slice(None), sums)
        return made

    def add(
        self,
        values: NDArray[Any],
        good: NDArray[np.bool_] | None = None,
        *,
        first_channel: int = 0,
    ) -> None:
        """Take samples of some channels that stand side by side.

        Args:
            values: (channels, rows), floats or integers.
            good: which of them count, of the same shape; None: all. NaN never counts.
            first_channel: which channel the first row of `values` is.
        """
        if values.shape[1] == 0:
            return
        more = _nothing(len(values))
        for start in range(0, len(values), _SLICE):
            piece = slice(start, min(start + _SLICE, len(values)))
            whole = good is None or bool(good[piece].all())
            finite = self._measure_all(values, piece, more) if whole else ()
            for channel in range(piece.start, piece.stop):
                if not whole or not finite[channel - start]:
                    usable = None if good is None else good[channel]
                    self._measure_selected(values[channel], usable, channel, more)
        channels = slice(first_channel, first_channel + len(values))
        self._bad[channels] += values.shape[1] - more.count
        self._combine(channels, more)

    def merge(self, other: Accumulator) -> None:
        """Take everything another one has taken, of the same channels."""
        self._bad += other._bad
        self._combine(slice(None), other._sums)

    def results(self) -> Statistics:
        """Return what is known so far."""
        sums = self._sums
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.sqrt(sums.squares / (sums.count - 1))
        return Statistics(
            sums.count.copy(),
            self._bad.copy(),
            sums.minimum.copy(),
            sums.maximum.copy(),
            np.where(sums.count > 0, sums.mean, np.nan),
            np.where(sums.count > 1, spread, np.nan),
        )

    def _measure_all(
        self, values: NDArray[Any], channels: slice, found: _Moments
    ) -> NDArray[np.bool_]:
        """Fill in what channels hold of which each sample counts; return which are all finite."""
        samples = values[channels]
        found.count[channels] = samples.shape[1]
        found.minimum[channels] = np.fmin.reduce(samples, axis=1)
        found.maximum[channels] = np.fmax.reduce(samples, axis=1)
        found.mean[channels], found.squares[channels] = self._mean_and_squares(samples)
        return np.isfinite(found.squares[channels])

    def _measure_selected(
        self, values: NDArray[Any], good: NDArray[np.bool_] | None, channel: int, found: _Moments
    ) -> None:
        """Fill in what those samples of one channel hold that are good and a number."""
        known = ~np.isnan(values)
        chosen = values[known if good is None else known & good]
        found.count[channel] = len(chosen)
        if len(chosen) == 0:
            return
        found.minimum[channel], found.maximum[channel] = chosen.min(), chosen.max()
        mean, squares = self._mean_and_squares(chosen[np.newaxis])
        found.mean[channel], found.squares[channel] = mean[0], squares[0]
        if not np.isfinite(squares[0]):
            with np.errstate(invalid="ignore", over="ignore"):
                found.mean[channel] = chosen.mean(dtype=np.float64)

    def _mean_and_squares(self, values: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return mean and sum of squares around it; not finite where the samples are not.

        Measured from the first sample. As that is one of the samples, the sum of squares around
        the mean is at least 1 / rows of the one taken: what cancels is below rows x 1e-16.
        """
        channels, rows = values.shape
        if self._scratch.shape[1] < rows:
            self._scratch = np.empty((_SLICE, rows))
        around = self._scratch[:channels, :rows]
        first = values[:, :1].astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            np.copyto(around, values)
            np.subtract(around, first, out=around)
            shift = np.einsum("ij->i", around) / rows
            squares = np.einsum("ij,ij->i", around, around) - shift * shift * rows
        return first[:, 0] + shift, np.maximum(squares, 0.0)

    def _combine(self, channels: slice, more: _Moments) -> None:
        """Merge further samples; a channel with a count of 0 stays as it is."""
        sums, some = self._sums, more.count > 0
        before = sums.count[channels]
        mean, squares = sums.mean[channels], sums.squares[channels]
        share = more.count / np.maximum(before + more.count, 1)
        with np.errstate(invalid="ignore", over="ignore"):
            delta = more.mean - mean
            # The difference of infinities is no number where their mean is one.
            plain = np.where(share < 1, mean * (1 - share) + more.mean * share, more.mean)
            joined = np.where(np.isfinite(delta), mean + delta * share, plain)
            spread = squares + more.squares + delta * delta * (before * share)
        sums.count[channels] = before + more.count
        sums.mean[channels] = np.where(some, joined, mean)
        sums.squares[channels] = np.where(some, spread, squares)
        lowest = np.fmin(sums.minimum[channels], more.minimum)
        highest = np.fmax(sums.maximum[channels], more.maximum)
        sums.minimum[channels] = np.where(some, lowest, sums.minimum[channels])
        sums.maximum[channels] = np.where(some, highest, sums.maximum[channels])
