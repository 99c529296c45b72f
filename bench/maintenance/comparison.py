"""What is applied against what is shown, and whether the difference is within what is stated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.channel import Channel, Uncertainty
from bench.maintenance.averaging import Mean

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the range at which a loop is checked (five points upwards, engineering default)."""


@dataclass(frozen=True)
class Comparison:
    """One point of a loop check or a calibration."""

    reference: float
    """What is applied, SI."""
    mean: Mean
    """What is shown."""
    span: float
    """Span of the channel's range, SI; 0: it has none."""
    tolerance: float
    """What is stated of the channel there, SI; nan: nothing."""

    @property
    def error(self) -> float:
        """What is shown less what is applied, SI."""
        return self.mean.value - self.reference

    @property
    def error_of_span(self) -> float:
        """The error as a share of the span, 1; nan: there is no span."""
        return self.error / self.span if self.span else math.nan

    @property
    def is_passed(self) -> bool | None:
        """Whether the error is within what is stated; None: nothing is stated."""
        return None if math.isnan(self.tolerance) else abs(self.error) <= self.tolerance


def compared(channel: Channel, reference: float, mean: Mean) -> Comparison:
    """Return how a channel compares with a reference (SI)."""
    span = channel.range.span
    stated = channel.uncertainty
    tolerance = math.nan if stated is None else stated_limit(stated, reference, span)
    return Comparison(reference, mean, span, tolerance)


def stated_limit(stated: Uncertainty, reading: float, span: float) -> float:
    """Return what data sheet or certificate allow at a reading (SI), SI.

    The limits as they are written, before any division by √3 or a coverage factor, and half a
    step of the reading.
    """
    parts = math.hypot(stated.reading * reading, stated.span * span, stated.absolute)
    return parts + stated.resolution / 2.0


def steps_of(channel: Channel, shares: Sequence[float] = SHARES) -> tuple[float, ...]:
    """Return what is to be applied for shares of a channel's range, SI; empty: it has none."""
    if not channel.range.span:
        return ()
    return tuple(channel.range.low + share * channel.range.span for share in shares)


def is_passed(points: Sequence[Comparison]) -> bool:
    """Return whether all points of a loop check are within what is stated."""
    return bool(points) and all(point.is_passed is True for point in points)


def worst_of(points: Sequence[Comparison]) -> Comparison:
    """Return the point with the largest error; there has to be one."""
    return max(points, key=lambda point: abs(point.error))
