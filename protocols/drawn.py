"""What results are drawn from: points of spectra and of a voltage series.

They are worked out with the numbers of a result and belong to it, but are no results: they are
not written into files, whose raw data give them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bench.messages import Message

DRAWN: Final[Mapping[str, object]] = MappingProxyType({"drawn": True})
"""Metadata of a field that is drawn and not written."""


@dataclass(frozen=True, kw_only=True)
class SpectrumPoints:
    """One spectrum, per cell area; all of the first three have the same length."""

    frequency: tuple[float, ...]
    """Hz, falling."""
    real: tuple[float, ...]
    """Measured, mOhm cm2."""
    imaginary: tuple[float, ...]
    """Measured, mOhm cm2; negative for a capacitive cell."""
    fitted_real: tuple[float, ...] = ()
    """Of the fitted circuit at the same frequencies, mOhm cm2; empty: there is no fit."""
    fitted_imaginary: tuple[float, ...] = ()
    """Of the fitted circuit, mOhm cm2."""
    time_constant: tuple[float, ...] = ()
    """Of the distribution of relaxation times, s, rising; empty: there is none."""
    density: tuple[float, ...] = ()
    """Resistance per ln of the time constant, mOhm cm2."""


@dataclass(frozen=True, kw_only=True)
class EventMark:
    """Something that may have cost voltage for good."""

    time: float
    """When the operating point was reached again, h since the begin of the series."""
    title: Message
    """What people call it."""


@dataclass(frozen=True, kw_only=True)
class VoltageSeries:
    """Hourly voltages of the steady hours, corrected to the reference point; of equal length."""

    hours: tuple[float, ...]
    """Since the begin of the series, h."""
    corrected: tuple[float, ...]
    """V per cell."""
    fitted: tuple[float, ...]
    """What the model says, V per cell."""
    events: tuple[EventMark, ...] = ()
    """In time."""
