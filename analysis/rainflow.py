"""Load cycles of a record of any length after ASTM E1049, counted in numpy, block by block.

A load history hurts by its closed loops of stress and strain. Rainflow counting finds them: an
inner range closes a cycle as soon as the ranges on both sides of it are at least as wide (the
four-point rule). Each pass looks at all turning points at once and takes out every inner cycle;
what cannot close yet is the residue, which waits for what comes after, or before. So a record may
be counted in pieces, in any grouping: `join` is associative, and a cut changes nothing.

What never closes is counted as half cycles, as ASTM E1049 has it. Two half cycles of one range
that follow each other stand here as one cycle of that range: the sums are those of the standard.

Beside the histogram the sums of (range ** exponent) are kept, so that damage knows no bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.checks import (
    BoolArray,
    FloatArray,
    as_samples,
    require_not_negative,
    require_positive,
)

BLOCK: Final = 1 << 16
"""Samples that are counted together: few enough to stay in the cache of a core."""
_SLOW: Final = 128
"""A pass that takes out less than one of so many points leaves the rest to the stack."""


@dataclass(frozen=True)
class RangeBins:
    """Bins of ranges, of one width, beginning at zero; the last one takes all that is wider."""

    width: float
    """In the unit of the load."""
    number: int
    """At least one."""

    def __post_init__(self) -> None:
        """Refuse bins that cannot hold anything."""
        require_positive(width=self.width)
        if self.number < 1:
            message = f"number of bins must be at least 1, got {self.number}"
            raise ValueError(message)

    def counted(self, ranges: FloatArray) -> NDArray[np.int64]:
        """Return how many of the ranges fall into each bin, shape (number,)."""
        places = np.minimum(ranges / self.width, self.number - 1.0).astype(np.int64)
        return np.bincount(places, minlength=self.number).astype(np.int64)


@dataclass(frozen=True)
class RainflowPart:
    """What is known of a piece of a record: its closed cycles, and the residue."""

    exponents: tuple[float, ...]
    """Those whose damage sums are kept."""
    bins: RangeBins | None
    threshold: float
    """Cycles of a smaller range count nothing, unit of the load."""
    residue: tuple[float, ...]
    """Turning points that have closed no cycle yet, first and last sample among them."""
    cycles: int
    """Closed so far."""
    damage: tuple[float, ...]
    """Sum of range ** exponent over the closed cycles, one per exponent."""
    histogram: tuple[int, ...]
    """Closed cycles per bin; empty without bins."""


@dataclass(frozen=True)
class RainflowCounts:
    """All cycles of a record, half cycles included."""

    cycles: float
    """A multiple of one half."""
    damage: tuple[float, ...]
    """Sum of (count x range ** exponent), one per exponent, unit of the load ** exponent."""
    histogram: tuple[float, ...]
    """Cycles per bin; empty without bins."""
    largest: float
    """Widest range, unit of the load; zero if none was counted."""


def count(
    values: ArrayLike,
    *,
    exponents: Sequence[float],
    bins: RangeBins | None = None,
    threshold: float = 0.0,
) -> RainflowPart:
    """Return the cycles of a record, or of a piece of one.

    A gap makes no cycle: leave its samples out, or count both sides and `join` them. The load then
    goes the straight way from the last sample before to the first one after.

    Args:
        values: load, shape (n,); none is allowed, and is neutral in `join`.
        exponents: of which damage sums are kept, not negative.
        bins: of the histogram; None: no histogram.
        threshold: cycles of a smaller range count nothing, unit of the load.

    Raises:
        ValueError: if a value is no number, an exponent or the threshold is negative, or a damage
            sum exceeds what a number can hold (scale the load then).
    """
    samples = as_samples("values", values, at_least=0)
    part = _nothing(exponents, bins, threshold)
    for place in range(0, samples.size, BLOCK):
        part = _onward(part, samples[place : place + BLOCK])
    return part


def followed(part: RainflowPart, values: ArrayLike) -> RainflowPart:
    """Return the part with more samples behind: `join` with their count, in one pass less.

    Raises:
        ValueError: as `count`.
    """
    samples = as_samples("values", values, at_least=0)
    for place in range(0, samples.size, BLOCK):
        part = _onward(part, samples[place : place + BLOCK])
    return part


def join(first: RainflowPart, second: RainflowPart) -> RainflowPart:
    """Return the part of both records, the second behind the first; associative.

    Raises:
        ValueError: if they were counted with different exponents, bins or thresholds.
    """
    for name in ("exponents", "bins", "threshold"):
        if getattr(first, name) != getattr(second, name):
            message = f"parts with different {name} cannot be joined"
            raise ValueError(message)
    part = _onward(first, np.asarray(second.residue, dtype=np.float64))
    return _part(
        part,
        residue=part.residue,
        cycles=part.cycles + second.cycles,
        damage=np.add(part.damage, second.damage),
        histogram=_whole(part.histogram) + _whole(second.histogram),
    )


def finished(part: RainflowPart) -> RainflowCounts:
    """Return all cycles: the closed ones, and each range of the residue as half a cycle."""
    ranges = np.abs(np.diff(np.asarray(part.residue, dtype=np.float64)))
    counted = ranges[(ranges >= part.threshold) & (ranges > 0.0)]
    halves = part.bins.counted(counted) if part.bins else np.zeros(0)
    halved = _damage(counted, part.exponents)
    largest = float(ranges.max(initial=0.0))
    return RainflowCounts(
        cycles=part.cycles + 0.5 * counted.size,
        damage=tuple(
            closed + 0.5 * half for closed, half in zip(part.damage, halved.tolist(), strict=True)
        ),
        histogram=tuple(np.add(part.histogram, 0.5 * halves).tolist()),
        largest=largest if largest >= part.threshold else 0.0,
    )


def _nothing(exponents: Sequence[float], bins: RangeBins | None, threshold: float) -> RainflowPart:
    require_not_negative(threshold=float(threshold))
    for exponent in exponents:
        require_not_negative(exponent=float(exponent))
    return RainflowPart(
        exponents=tuple(float(exponent) for exponent in exponents),
        bins=bins,
        threshold=float(threshold),
        residue=(),
        cycles=0,
        damage=(0.0,) * len(exponents),
        histogram=(0,) * (bins.number if bins else 0),
    )


def _part(
    like: RainflowPart,
    *,
    residue: tuple[float, ...],
    cycles: int,
    damage: FloatArray,
    histogram: NDArray[np.int64],
) -> RainflowPart:
    if not np.isfinite(damage).all():
        raise ValueError("a damage sum exceeds what a number can hold: scale the load")
    return RainflowPart(
        exponents=like.exponents,
        bins=like.bins,
        threshold=like.threshold,
        residue=residue,
        cycles=cycles,
        damage=tuple(damage.tolist()),
        histogram=tuple(histogram.tolist()),
    )


def _whole(histogram: tuple[int, ...]) -> NDArray[np.int64]:
    return np.asarray(histogram, dtype=np.int64)


def _onward(part: RainflowPart, samples: FloatArray) -> RainflowPart:
    """Return the part with a block of samples behind it."""
    points = _turning_points(np.concatenate((np.asarray(part.residue), samples)))
    residue, ranges = _without_inner_cycles(points)
    if part.threshold > 0.0:
        ranges = ranges[ranges >= part.threshold]
    histogram = _whole(part.histogram)
    return _part(
        part,
        residue=tuple(residue.tolist()),
        cycles=part.cycles + ranges.size,
        damage=np.add(part.damage, _damage(ranges, part.exponents)),
        histogram=histogram + part.bins.counted(ranges) if part.bins else histogram,
    )


def _damage(ranges: FloatArray, exponents: tuple[float, ...]) -> FloatArray:
    # too much is told by a sentence, where it is added up
    with np.errstate(over="ignore"):
        return np.array([float(np.power(ranges, exponent).sum()) for exponent in exponents])


def _turning_points(samples: FloatArray) -> FloatArray:
    """Return first and last sample, and each between them at which the load turns."""
    moved = samples[1:] != samples[:-1]
    if not moved.all():
        samples = samples[np.concatenate(([True], moved))]
    if samples.size < 3:
        return samples
    rises = samples[1:] > samples[:-1]
    kept = np.ones(samples.size, dtype=np.bool_)
    np.not_equal(rises[1:], rises[:-1], out=kept[1:-1])
    return samples[kept]


def _without_inner_cycles(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the turning points that are left, and the ranges of all cycles that closed."""
    if points.size < 4:
        return points, np.zeros(0)
    # Valleys change their sign: "further out" is then "larger" for both, and stays so when pairs
    # go out. Points are compared, not ranges, so that rounding decides nothing.
    signs = np.ones(points.size)
    signs[int(points[1] > points[0]) ^ 1 :: 2] = -1.0
    outward = points * signs
    found: list[FloatArray] = []
    # Ranges of one width in a row share points: they wait for the end, when few points are left.
    for inner_ranges in (_narrower_ranges, _repeated_ranges):
        while outward.size > 3:
            inner = inner_ranges(outward)
            number = int(np.count_nonzero(inner))
            if number * _SLOW < outward.size:
                break
            ranges, outward = _taken_out(outward, inner)
            found.append(ranges)
    outward, ranges = _one_by_one(outward)
    found.append(ranges)
    # pairs went out, so the points left have the signs that the first of them have
    return outward * signs[: outward.size], np.concatenate(found)


def _narrower_ranges(outward: FloatArray) -> BoolArray:
    """Return where the range from point i + 1 to i + 2 is inside its neighbours, (points - 3,).

    It is narrower than the one before, and at most as wide as the one behind: of two ranges that
    share a point only one can be.
    """
    inner = outward[2:-1] < outward[:-3]
    inner &= outward[3:] >= outward[1:-2]
    return inner


def _repeated_ranges(outward: FloatArray) -> BoolArray:
    """Return the same where the range before may be as wide; of a row of them every other one."""
    inner = outward[2:-1] <= outward[:-3]
    inner &= outward[3:] >= outward[1:-2]
    index = np.arange(inner.size)
    begins = inner.copy()
    begins[1:] &= ~inner[:-1]
    begun = np.maximum.accumulate(np.where(begins, index, 0))
    inner &= (index - begun) % 2 == 0
    return inner


def _taken_out(outward: FloatArray, inner: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the widths of the inner ranges, and the points without theirs."""
    places = np.flatnonzero(inner)
    ranges = outward[places + 1] + outward[places + 2]
    kept = np.ones(outward.size, dtype=np.bool_)
    np.logical_not(inner, out=kept[1:-2])
    kept[2:-1] &= kept[1:-2]
    return ranges, outward[kept]


def _one_by_one(outward: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the same as the passes, from a stack: for spirals, which close one at a time."""
    stack: list[float] = []
    ranges: list[float] = []
    for point in outward.tolist():
        while len(stack) > 2 and point >= stack[-2] and stack[-1] <= stack[-3]:
            ranges.append(stack.pop() + stack.pop())
        stack.append(point)
    return np.array(stack), np.array(ranges)
