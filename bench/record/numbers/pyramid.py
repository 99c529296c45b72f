"""The min/max pyramid: what a picture of a billion samples is drawn from.

A bin holds the smallest and the largest of `FIRST` samples; each further level joins `STEP` bins
of the level beneath. No spike is lost: a bound is never rounded inwards. NaN counts as no sample;
a bin without samples is NaN. Costs 0.8 % of float32 data (256 samples → 2 numbers).

Values stay as they are stored; a reader applies scale and offset (and swaps the bounds where the
scale is negative).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

FIRST = 256
"""Samples in a bin of the first level."""
STEP = 16
"""Bins of a level in one bin of the next."""
LEVELS = 4
"""Levels: 256, 4,096, 65,536 and 1,048,576 samples per bin."""
CHUNK_BINS = 1024
"""Bins per chunk and channel."""

Bins = NDArray[np.floating]
"""(channels, bins, 2): minimum, maximum."""

_BORN = CHUNK_BINS // STEP
"""Bins of the next level that one chunk makes."""
_SLICE = 8
"""Channels reduced at once: they stay in the processor's cache."""

ReadRows = Callable[[slice, int, int], NDArray[Any]]
"""(channels, first row, row behind the last) → values (channels, rows)."""
ReadBins = Callable[[int, slice, int, int], Bins]
"""(level, channels, first bin, bin behind the last) → bins of whole chunks."""


def pyramid_dtype(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return the element type of bounds: float32 where it holds every value, else float64."""
    exact = np.can_cast(np.dtype(dtype), np.float32)
    return np.dtype("<f4") if exact else np.dtype("<f8")


def factor_of(level: int) -> int:
    """Return how many samples a bin of a level covers."""
    return FIRST * STEP**level


def level_for(samples_per_pixel: float) -> int | None:
    """Return the coarsest level with at least one bin per pixel; None: draw from the samples."""
    fitting = [level for level in range(LEVELS) if factor_of(level) <= samples_per_pixel]
    return fitting[-1] if fitting else None


def bins_of(values: NDArray[Any], factor: int, *, last: bool = False) -> Bins:
    """Return the bins (channels, bins, 2) of samples.

    Args:
        values: (channels, rows), as stored.
        factor: samples per bin.
        last: whether the last bin may cover fewer samples.

    Raises:
        ValueError: the rows are no whole bins, and these are not the last ones.
    """
    return _joined(values, values, factor, last=last)


def join_bins(bins: Bins, step: int = STEP, *, last: bool = False) -> Bins:
    """Return coarser bins, each of `step` finer ones; as `bins_of`."""
    return _joined(bins[..., 0], bins[..., 1], step, last=last)


def reduce_envelope(
    starts: NDArray[Any],
    ends: NDArray[Any],
    minimum: NDArray[Any],
    maximum: NDArray[Any],
    edges: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return minimum and maximum per pixel: of every bin that reaches into it.

    A pixel is [edges[k], edges[k + 1]), the last one with its end. A bin at the border of two
    pixels counts for both, so that no sample is missing from the pixel it lies in. Where bins do
    not overlap pixel borders (samples: `ends` = `starts`), the result is exact.

    Args:
        starts: position of the first sample of each bin (time or row), rising.
        ends: position of the last sample of each bin, rising.
        minimum: smallest sample per bin; NaN: none.
        maximum: largest sample per bin; NaN: none.
        edges: borders of the pixels, rising, one more than pixels.

    Returns:
        Minimum and maximum per pixel, floats; NaN: no sample.
    """
    first = np.searchsorted(ends, edges[:-1], "left")
    stop = np.searchsorted(starts, edges[1:], "left")
    stop[-1:] = np.searchsorted(starts, edges[-1:], "right")
    empty = first >= stop
    # Pairs (first, stop): every other segment is a pixel, those between are thrown away.
    cuts = np.column_stack([first, stop]).reshape(-1)
    low = _not_above(minimum, pyramid_dtype(minimum.dtype))
    high = _not_below(maximum, pyramid_dtype(maximum.dtype))
    return _reduced(np.fmin, low, cuts, empty), _reduced(np.fmax, high, cuts, empty)


def trace_envelope(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return minimum, maximum and mean (rows, 3) of the traces (rows, width); NaN: no sample."""
    with np.errstate(invalid="ignore", over="ignore"):
        samples = values.astype(np.float64)
        known = ~np.isnan(samples)
        total = np.where(known, samples, 0.0).sum(axis=1)
        bounds = bins_of(values, values.shape[1])[:, 0].astype(np.float64)
    count = known.sum(axis=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.column_stack([bounds, mean])


class PyramidBuilder:
    """Turns the samples of a group's section into levels of whole chunks.

    Samples come in slices of channels; a slice may run ahead of the others. Bins of a level are
    made once a chunk of the level beneath is whole, so that everything beneath the pending bins of
    a level stands in whole chunks, and a new builder can go on from them (`resume`).
    """

    def __init__(self, channels: int, dtype: DTypeLike) -> None:
        self.channels = channels
        self.dtype = pyramid_dtype(dtype)
        self._levels = tuple(_Level(channels, self.dtype) for _ in range(LEVELS))

    def add(self, first_channel: int, values: NDArray[Any], *, last: bool = False) -> None:
        """Take samples of the channels from `first_channel` on.

        Args:
            first_channel: which channel the first row of `values` is.
            values: (channels, rows), as stored; rows are a multiple of `FIRST`.
            last: whether these are the last samples of the channels: any number of rows.

        Raises:
            ValueError: the rows are no whole bins, or the channels are not equally far.
        """
        self._put(0, first_channel, bins_of(values, FIRST, last=last))

    def take_chunks(self, level: int) -> list[tuple[int, Bins]]:
        """Return the chunks of a level that became whole: first bin, bins of all channels."""
        return self._levels[level].take()

    def remainder(self, level: int) -> tuple[int, Bins]:
        """Return first bin and bins behind the last whole chunk of a level, for the end.

        The last bin may cover fewer samples. Nothing changes. All channels must be equally far.

        Raises:
            ValueError: they are not.
        """
        own = self._levels[level].pending()
        if level == 0:
            return own
        _, beneath = self.remainder(level - 1)
        return own[0], np.concatenate([own[1], join_bins(beneath, last=True)], axis=1)

    def resume(self, rows: int, read: ReadRows, stored: ReadBins) -> None:
        """Go on behind so many rows, of which all whole chunks have been stored.

        Args:
            rows: samples per channel that were taken; a multiple of `FIRST`.
            read: gives samples that were taken.
            stored: gives bins out of whole chunks.

        Raises:
            ValueError: the rows are no whole bins, or the builder is not new.
        """
        if rows % FIRST or any(level.begun for level in self._levels):
            message = f"A pyramid cannot go on behind {rows} rows."
            raise ValueError(message)
        bins = rows // FIRST
        for level, own in enumerate(self._levels):
            own.skip(bins // CHUNK_BINS)
            for low in range(0, self.channels, _SLICE):
                part = slice(low, min(low + _SLICE, self.channels))
                for start in range(own.start, bins, _BORN):
                    stop = min(start + _BORN, bins)
                    if level == 0:
                        own.put(low, bins_of(read(part, start * FIRST, stop * FIRST), FIRST))
                        continue
                    own.put(low, join_bins(stored(level - 1, part, start * STEP, stop * STEP)))
            bins = own.start // CHUNK_BINS * _BORN

    def _put(self, level: int, first_channel: int, bins: Bins) -> None:
        own = self._levels[level]
        for whole in own.put(first_channel, bins):
            if level + 1 < LEVELS:
                self._put(level + 1, first_channel, join_bins(whole))


@dataclass
class _Chunk:
    """A chunk that fills up."""

    bins: Bins
    """(channels, room, 2): the room grows as needed."""
    whole_channels: int = 0
    """How many channels are whole."""


class _Level:
    """One level: the chunks that are not yet taken."""

    def __init__(self, channels: int, dtype: np.dtype[np.floating]) -> None:
        self._channels = channels
        self._dtype = dtype
        self._filled = np.zeros(channels, np.int64)
        self._chunks: dict[int, _Chunk] = {}
        self._taken = 0

    @property
    def start(self) -> int:
        """First bin behind the chunks that were taken."""
        return self._taken * CHUNK_BINS

    @property
    def begun(self) -> bool:
        """Whether there was any bin."""
        return bool(self._filled.any())

    def skip(self, chunks: int) -> None:
        """Begin behind so many chunks."""
        self._taken = chunks
        self._filled[:] = chunks * CHUNK_BINS

    def put(self, first_channel: int, bins: Bins) -> list[Bins]:
        """Take bins of some channels; return what became whole, per chunk."""
        channels = slice(first_channel, first_channel + len(bins))
        at = self._filled[channels]
        if len(at) != len(bins) or (len(at) and (at != at[0]).any()):
            message = "These channels are not equally far, or there are not so many."
            raise ValueError(message)
        position, whole = int(at[0]) if len(at) else 0, list[Bins]()
        done = 0
        while done < bins.shape[1]:
            number, offset = divmod(position + done, CHUNK_BINS)
            count = min(CHUNK_BINS - offset, bins.shape[1] - done)
            chunk = self._chunk(number, offset + count)
            chunk.bins[channels, offset : offset + count] = bins[:, done : done + count]
            done += count
            if offset + count == CHUNK_BINS:
                chunk.whole_channels += len(bins)
                whole.append(chunk.bins[channels])
        self._filled[channels] = position + done
        return whole

    def take(self) -> list[tuple[int, Bins]]:
        """Return the chunks whose channels are all whole, and forget them."""
        found: list[tuple[int, Bins]] = []
        while (chunk := self._chunks.get(self._taken)) is not None:
            if chunk.whole_channels < self._channels:
                break
            found.append((self.start, chunk.bins))
            del self._chunks[self._taken]
            self._taken += 1
        return found

    def pending(self) -> tuple[int, Bins]:
        """Return first bin and bins behind the last whole chunk."""
        filled = int(self._filled[0]) if self._channels else 0
        if (self._filled != filled).any():
            message = "The channels of a pyramid are not equally far."
            raise ValueError(message)
        number, count = divmod(filled, CHUNK_BINS)
        chunk = self._chunks.get(number)
        if chunk is None:
            return filled, np.empty((self._channels, 0, 2), self._dtype)
        return filled - count, chunk.bins[:, :count].copy()

    def _chunk(self, number: int, room: int) -> _Chunk:
        """Return a chunk with room for so many bins."""
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = _Chunk(self._room(room))
        held = chunk.bins.shape[1]
        if held < room:
            larger = self._room(min(max(room, 2 * held), CHUNK_BINS))
            larger[:, :held] = chunk.bins
            chunk.bins = larger
        return chunk

    def _room(self, bins: int) -> Bins:
        return np.full((self._channels, bins, 2), np.nan, self._dtype)


def _joined(low: NDArray[Any], high: NDArray[Any], factor: int, *, last: bool) -> Bins:
    channels, rows = low.shape
    whole, rest = divmod(rows, factor)
    if rest and not last:
        message = f"{rows} rows are no whole bins of {factor}."
        raise ValueError(message)
    kind = pyramid_dtype(low.dtype)
    bins = np.empty((channels, whole + bool(rest), 2), kind)
    end = whole * factor
    for start in range(0, channels, _SLICE):
        part = slice(start, min(start + _SLICE, channels))
        shape = (part.stop - part.start, whole, factor)
        smallest = np.fmin.reduce(low[part, :end].reshape(shape), axis=2)
        largest = np.fmax.reduce(high[part, :end].reshape(shape), axis=2)
        bins[part, :whole, 0] = _not_above(smallest, kind)
        bins[part, :whole, 1] = _not_below(largest, kind)
        if rest:
            bins[part, whole, 0] = _not_above(np.fmin.reduce(low[part, end:], axis=1), kind)
            bins[part, whole, 1] = _not_below(np.fmax.reduce(high[part, end:], axis=1), kind)
    with np.errstate(invalid="ignore"):  # a NaN that signals is one like others
        # The sign of zero depends on how the processor's registers were filled.
        bins += 0.0
    return bins


def _not_above(values: NDArray[Any], kind: np.dtype[np.floating]) -> NDArray[Any]:
    """Return values as floats, rounded down where they are none."""
    near = values.astype(kind, copy=False)
    above = _error_sign(near, values) > 0
    return np.where(above, np.nextafter(near, -np.inf), near) if above.any() else near


def _not_below(values: NDArray[Any], kind: np.dtype[np.floating]) -> NDArray[Any]:
    """Return values as floats, rounded up where they are none."""
    near = values.astype(kind, copy=False)
    below = _error_sign(near, values) < 0
    return np.where(below, np.nextafter(near, np.inf), near) if below.any() else near


def _error_sign(near: NDArray[Any], values: NDArray[Any]) -> NDArray[np.int8]:
    """Return the sign of float - exact value; only 64-bit integers differ from their float."""
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8:
        return np.zeros(1, np.int8)
    limit = 2.0 ** (63 if values.dtype.kind == "i" else 64)
    outside = near >= limit
    back = np.where(outside, 0, near).astype(values.dtype)
    sign = (back > values).astype(np.int8) - (back < values).astype(np.int8)
    return np.where(outside, np.int8(1), sign)


def _reduced(
    reduce: np.ufunc, values: NDArray[Any], cuts: NDArray[np.intp], empty: NDArray[np.bool_]
) -> NDArray[Any]:
    # One more, so that a cut behind the last bin is one.
    longer = np.append(values, np.full(1, np.nan, values.dtype))
    return np.where(empty, np.nan, reduce.reduceat(longer, cuts)[::2])
