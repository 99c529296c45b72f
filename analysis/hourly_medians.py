"""Medians of every hour of a stream of rows, with bounded memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyMedians:
    """One row per hour that had rows to count."""

    times: FloatArray
    """Mean time of the rows of each hour, s, shape (h,)."""
    values: FloatArray
    """Medians, one column per channel, shape (h, c)."""
    counts: FloatArray
    """Rows behind each, shape (h,)."""
    covered: FloatArray
    """Time the rows stand for, s, shape (h,)."""


class HourlyMedianStream:
    """Eats chunks of rows in order of time; keeps the rows of one hour only.

    A row counts by the time until the next row of its chunk, at most `longest`, so that a stretched
    scan and a busy one say the same.
    """

    def __init__(self, channels: int, *, longest: float = 120.0) -> None:
        self._channels = channels
        self._longest = longest
        self._times: list[FloatArray] = []
        self._rows: list[FloatArray] = []
        self._weights: list[FloatArray] = []
        self._hour: int | None = None
        self._done: list[tuple[float, FloatArray, float, float]] = []

    def eat(self, times: FloatArray, values: FloatArray, counted: BoolArray) -> None:
        """Take a chunk.

        Args:
            times: s, increasing, shape (n,).
            values: shape (n, channels); NaN is left out of the median of its channel.
            counted: rows that count, shape (n,).
        """
        if not times.size:
            return
        weights = np.minimum(np.diff(times, append=times[-1]), self._longest)
        if times.size > 1:
            weights[-1] = np.median(weights[:-1])
        hours = np.floor(times / HOUR).astype(np.int64)
        edges = np.flatnonzero(np.diff(hours)) + 1
        begins = np.concatenate(([0], edges))
        ends = np.concatenate((edges, [times.size]))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            hour = int(hours[begin])
            if hour != self._hour:
                self._close()
                self._hour = hour
            kept = counted[begin:end]
            if kept.all():
                self._times.append(times[begin:end].copy())
                self._rows.append(values[begin:end].copy(order="K"))
                self._weights.append(weights[begin:end])
            elif kept.any():
                self._times.append(times[begin:end][kept])
                self._rows.append(values[begin:end][kept])
                self._weights.append(weights[begin:end][kept])

    def finish(self) -> HourlyMedians:
        """Return the medians of all hours; the stream is used up then."""
        self._close()
        done = self._done
        return HourlyMedians(
            times=np.array([each[0] for each in done]),
            values=np.array([each[1] for each in done]).reshape(len(done), self._channels),
            counts=np.array([each[2] for each in done]),
            covered=np.array([each[3] for each in done]),
        )

    def _close(self) -> None:
        if self._times:
            times = np.concatenate(self._times)
            weights = np.concatenate(self._weights)
            self._done.append(
                (
                    float(times.mean()),
                    _medians(np.concatenate(self._rows), weights),
                    float(times.size),
                    float(weights.sum()),
                )
            )
        self._times, self._rows, self._weights = [], [], []


def _medians(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted median of each column; NaN where a column has no number."""
    even = bool((np.abs(weights - weights[0]) <= 0.01 * weights[0]).all())
    if even and not np.isnan(values).any():
        return np.median(values.T, axis=1)  # columns lie together in memory
    columns: Sequence[FloatArray] = [values[:, place] for place in range(values.shape[1])]
    return np.array([_weighted_median(column, weights) for column in columns])


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    known = ~np.isnan(values)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known], kind="stable")
    summed = np.cumsum(weights[known][order])
    half = 0.5 * float(summed[-1])
    place = int(np.count_nonzero(summed < half))
    return float(values[known][order][min(place, order.size - 1)])
