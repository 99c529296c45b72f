"""Quantities of any test object: what they need, and every source of their uncertainty.

The stated uncertainty of a channel is split by its common share (in variance): what all repeats
share stays, the rest and the resolution average out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.uncertainty import Budget, Contribution, Model
from bench.channel import Channel, Distribution
from bench.messages import Message
from protocols.results import Text

Parts = Iterator[Contribution]


@dataclass(frozen=True)
class Quantity:
    """One quantity of a point: elementwise of its inputs, so that a budget can take slopes."""

    name: str
    """As protocols name it."""
    title: Message
    """What people call it."""
    unit: str
    """Unit for people."""
    inputs: tuple[str, ...]
    """What the model needs."""
    model: Model
    """Inputs in SI → the quantity in SI."""


@dataclass(frozen=True)
class Estimate:
    """A quantity over the windows of a point."""

    quantity: Quantity
    """Which one."""
    contributions: tuple[Contribution, ...]
    """Sources of uncertainty."""
    repeats: Mapping[str, Sequence[float]]
    """Input → value per repeat."""
    budget: Budget
    """Value and uncertainty, SI."""
    unstated: tuple[str, ...]
    """Channels of which no uncertainty is stated."""


class NotKnown(Exception):
    """A quantity cannot be computed; the reason says why. Never leaves the judge."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def rectangular_part(
    name: str, channel: str, part: str, value: float, uncertainty: float
) -> Contribution:
    """Return one source of an input whose error lies evenly between limits, SI."""
    return Contribution(
        name=f"{channel}/{part}",
        quantity=name,
        value=value,
        standard_uncertainty=uncertainty,
        distribution="rectangular",
    )


def stated_parts(name: str, value: float, channel: Channel, reading: float, slope: float) -> Parts:
    """Yield what data sheet or certificate state of a channel, times the slope of the input."""
    stated = channel.uncertainty
    if stated is None:
        return
    is_normal = stated.distribution is Distribution.NORMAL
    shape: Literal["normal", "rectangular"] = "normal" if is_normal else "rectangular"
    parts = {
        "reading": stated.reading * abs(reading),
        "range": stated.span * channel.range.span,
        "absolute": stated.absolute,
    }
    for part, width in parts.items():
        for share, common in ((stated.common, True), (1.0 - stated.common, False)):
            uncertainty = abs(slope) * math.sqrt(share) * width / stated.divisor
            if uncertainty > 0.0:
                yield Contribution(
                    name=f"{channel.name}/{part}" + ("" if common else "-independent"),
                    quantity=name,
                    value=value,
                    standard_uncertainty=uncertainty,
                    distribution=shape,
                    common=common,
                )
    if stated.resolution > 0.0:
        yield Contribution(
            name=f"{channel.name}/resolution",
            quantity=name,
            value=value,
            standard_uncertainty=abs(slope) * stated.resolution / math.sqrt(12.0),
            distribution="rectangular",
            common=False,
        )
