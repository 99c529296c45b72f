"""A straight line through two references, and the lines of a rig file that would apply it.

The value as read stays a channel of its own: what was corrected, and by how much, is in every run
file. Nothing here changes a rig.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.channel import Channel
from bench.errors import Refused
from bench.maintenance.comparison import Comparison
from bench.units import Unit

LEAST_SHARE = 0.05
"""Share of the span that two references have to be apart (engineering default)."""
STEEPEST = 1.5
"""Gain, or its inverse, from which on something else is wrong (engineering default)."""
_DIGITS = 9


@dataclass(frozen=True)
class Correction:
    """What makes of a reading what is really there: gain × reading + offset, SI."""

    gain: float
    """Slope, 1."""
    offset: float
    """Where the reading is zero, SI."""

    def __call__(self, reading: float) -> float:
        """Return what is really there at a reading, SI."""
        return self.gain * reading + self.offset


@dataclass(frozen=True)
class Certificate:
    """What stands behind the references."""

    id: str
    """Number of the certificate of the calibration."""
    due: str
    """ISO 8601 date until which it holds; empty: nobody says."""
    date: str
    """ISO 8601 date of the calibration."""
    who: str
    """Who did it."""
    standard: str = ""
    """With what: calibrator, its own certificate."""


def correction_of(points: Sequence[Comparison]) -> Correction:
    """Return the line through the lowest and the highest of two or more points.

    Raises:
        Refused: fewer than two, too close together, or a gain that no drift explains.
    """
    if len(points) < 2:
        raise Refused("maintenance.two-points", count=len(points))
    low = min(points, key=lambda point: point.reference)
    high = max(points, key=lambda point: point.reference)
    apart, seen = high.reference - low.reference, high.mean.value - low.mean.value
    if apart <= LEAST_SHARE * low.span or apart <= 0:
        raise Refused("maintenance.too-close", share=f"{LEAST_SHARE:.0%}")
    gain = apart / seen if seen else math.inf
    if not 1.0 / STEEPEST <= gain <= STEEPEST:
        raise Refused("maintenance.wild", gain=f"{gain:.4g}")
    return Correction(gain, low.reference - gain * low.mean.value)


def snippet_of(channel: Channel, correction: Correction, certificate: Certificate) -> str:
    """Return what to write into the rig in the place of a channel, as YAML.

    Args:
        channel: As the rig has it now; it is measured.
        correction: What to apply.
        certificate: What stands behind it.
    """
    raw = f"{channel.name}.uncorrected"
    unit = channel.unit
    lines = [
        "channels:",
        f"  # two-point calibration of {certificate.date} by {_one_line(certificate.who)}",
        *([f"  # with {_one_line(certificate.standard)}"] if certificate.standard else []),
        f"  {raw}:",
        f"    from: {channel.source}",
        *_unit(unit),
        f"  {channel.name}:",
        f"    compute: {_text(_formula(raw, correction, unit))}",
        *_unit(unit),
        *_range(channel),
        *_uncertainty(channel),
        f"    calibration: {{id: {_text(certificate.id)}, due: {_text(certificate.due)}}}",
        *_title(channel),
    ]
    return "\n".join(lines) + "\n"


def _formula(raw: str, correction: Correction, unit: Unit) -> str:
    sign = "-" if correction.offset < 0 else "+"
    return (
        f"{correction.gain:.{_DIGITS}g} * {raw} {sign} {_difference(abs(correction.offset), unit)}"
    )


def _difference(value: float, unit: Unit) -> str:
    """Return a difference (SI) of values of a unit as a file writes it."""
    if unit.offset:
        return f"{value:.{_DIGITS}g} K"
    return f"{value / unit.factor:.{_DIGITS}g} {unit.text}".rstrip()


def _unit(unit: Unit) -> list[str]:
    return [f"    unit: {_text(unit.text)}"] if unit.text else []


def _range(channel: Channel) -> list[str]:
    bounds = channel.range
    if not bounds.span:
        return []
    low, high = (f"{channel.unit.from_si(each):.9g} {channel.unit.text}".strip()
                 for each in (bounds.low, bounds.high))  # fmt: skip
    return [f"    range: [{_text(low)}, {_text(high)}]"]


def _uncertainty(channel: Channel) -> list[str]:
    stated = channel.uncertainty
    if stated is None:
        return []
    unit = channel.unit
    parts = [
        *([f"reading: {stated.reading * 100:.9g} %"] if stated.reading else []),
        *([f"range: {stated.span * 100:.9g} %"] if stated.span else []),
        *([f"absolute: {_text(_difference(stated.absolute, unit))}"] if stated.absolute else []),
        *(
            [f"resolution: {_text(_difference(stated.resolution, unit))}"]
            if stated.resolution
            else []
        ),
        f"common: {stated.common:.9g}",
        f"distribution: {stated.distribution.value}",
        f"coverage: {stated.coverage:.9g}",
    ]
    return [f"    uncertainty: {{{', '.join(parts)}}}"]


def _title(channel: Channel) -> list[str]:
    title = channel.title
    if not title.en:
        return []
    chinese = f", zh: {_text(title.zh)}" if title.zh else ""
    return [f"    title: {{en: {_text(title.en)}{chinese}}}"]


def _text(value: str) -> str:
    """Return a text that YAML reads as a text, whatever is in it."""
    return json.dumps(value, ensure_ascii=False)


def _one_line(value: str) -> str:
    return " ".join(value.split())
