"""What judging a fuel cell gives beside single results: life, curves and spectra.

Numbers are in people's units, which stand in each docstring. NaN: there is no number, and a
reason or a note says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bench.messages import Message
from protocols.drawn import DRAWN, SpectrumPoints, VoltageSeries
from protocols.wording import Text


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """One run file of a series."""

    file: str
    """Name of the file."""
    start: float
    """Since the begin of the series, h."""
    end: float
    """Since the begin of the series, h."""
    rows: int
    """Scans."""
    state: str
    """How the run ended."""


@dataclass(frozen=True, kw_only=True)
class RateRow:
    """One part of the degradation; a loss is positive, its interval two-sided with 95 %."""

    name: str
    """``continuous``, ``events``, ``irreversible``, or ``event:KIND``."""
    title: Message
    """What people call it."""
    count: int
    """Events behind it; 0: none."""
    percent: tuple[float, float, float]
    """Value, lower and upper end, % of the reference voltage per 1,000 h."""
    millivolt: tuple[float, float, float]
    """mV per cell and 1,000 h."""
    resistance: tuple[float, float, float]
    """mOhm cm2 per 1,000 h."""
    begin: float
    """Of the window, h."""
    end: float
    """Of the window, h."""


@dataclass(frozen=True, kw_only=True)
class LifeResult:
    """A voltage series taken apart."""

    rates: tuple[RateRow, ...]
    """Continuous, events by kind and together, irreversible."""
    reference_voltage: float
    """Denominator: fitted voltage at the reference time, V per cell."""
    reference_time: float
    """When that is, h."""
    reference_temperature: float
    """What voltages are corrected to, degC."""
    reference_current_density: float
    """A/cm2."""
    reference_utilisation: float
    """Of the fuel, %."""
    initial: float
    """Initial loss that settles, mV; positive is a loss."""
    reversible: float
    """What came back after events, mV."""
    reversible_share: float
    """Part of what events cost that came back, %."""
    two_point: float
    """For comparison with older reports: last day less first day, loss in %/kh."""
    line: float
    """Straight line, loss in %/kh."""
    theil_sen: float
    """Theil-Sen, loss in %/kh."""
    residual: float
    """What the model leaves over, standard deviation, mV."""
    hours: float
    """Hours of steady operation behind it."""
    notes: tuple[Text, ...] = ()
    """What a reader has to be told."""
    series: VoltageSeries | None = field(default=None, metadata=DRAWN, repr=False)
    """The voltages themselves."""


@dataclass(frozen=True, kw_only=True)
class CountRow:
    """Something that was counted or added up from the raw data."""

    name: str
    """``trip``, ``availability``, ``operating_hours``."""
    title: Message
    """What people call it."""
    value: float
    """In the unit."""
    unit: str
    """Unit; empty: a number."""


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """One point of an i-V curve."""

    current_density: float
    """A/cm2."""
    voltage: float
    """Mean cell voltage, V."""
    lowest_voltage: float
    """Weakest cell or group, V."""
    temperature: float
    """Of the stack, degC."""
    utilisation: float
    """Of the fuel, per pass, %."""
    nernst_voltage: float
    """Mean Nernst voltage over the utilisation, V."""
    chord_resistance: float
    """(mean Nernst - V) / j, mOhm cm2."""
    differential_resistance: float
    """- dV/dj, mOhm cm2."""
    direction: str
    """``up`` or ``down``."""


@dataclass(frozen=True, kw_only=True)
class CurveResult:
    """One i-V curve: up, and back down where that was measured."""

    at: float
    """When it began, h since the begin of the series."""
    points: tuple[CurvePoint, ...]
    """In the order in which they were measured."""
    hysteresis: float = math.nan
    """Largest difference of up and down at one current density, mV."""
    notes: tuple[Text, ...] = ()
    """What a reader has to be told."""


@dataclass(frozen=True, kw_only=True)
class ElementRow:
    """One fitted parameter of the equivalent circuit."""

    element: str
    """What it stands for."""
    name: str
    """``resistance``, ``time_constant``, ``exponent``, ``inductance``."""
    value: float
    """In the unit."""
    relative_uncertainty: float
    """Standard, %."""
    unit: str
    """``mohm*cm^2``, ``s``, ``uH*cm^2`` or empty."""


@dataclass(frozen=True, kw_only=True)
class PeakRow:
    """One process of the distribution of relaxation times."""

    frequency: float
    """Hz."""
    resistance: float
    """mOhm cm2."""


@dataclass(frozen=True, kw_only=True)
class SpectrumResult:
    """One impedance spectrum."""

    at: float
    """When it began, h since the begin of the series."""
    is_used: bool
    """Whether numbers were made from it."""
    file: str = ""
    """File it was read from; empty: the run file."""
    current_density: float = math.nan
    """At which it was measured, A/cm2."""
    temperature: float = math.nan
    """Of the stack meanwhile, degC."""
    points: int = 0
    """How many."""
    highest: float = math.nan
    """Highest frequency, Hz."""
    lowest: float = math.nan
    """Lowest frequency, Hz."""
    residual: float = math.nan
    """Kramers-Kronig: root mean square, %."""
    drift: float = math.nan
    """Change of the first frequency when it was repeated, %."""
    ohmic_resistance: float = math.nan
    """Series resistance of the fitted circuit, mOhm cm2."""
    ohmic_uncertainty: float = math.nan
    """Standard, mOhm cm2; NaN: the sweep does not separate it, the crossing stands for it."""
    polarisation_resistance: float = math.nan
    """All other resistances of the fitted circuit, mOhm cm2."""
    polarisation_uncertainty: float = math.nan
    """Standard, mOhm cm2; NaN: the area of the distribution of relaxation times stands for it."""
    crossing: float = math.nan
    """High frequency crossing of the real axis, mOhm cm2: never less than the ohmic resistance."""
    elements: tuple[ElementRow, ...] = ()
    """Equivalent circuit."""
    fit_residual: float = math.nan
    """Of the circuit, %."""
    peaks: tuple[PeakRow, ...] = ()
    """Distribution of relaxation times, slow to fast."""
    notes: tuple[Text, ...] = ()
    """Why it was refused, and what to keep in mind."""
    drawn: SpectrumPoints | None = field(default=None, metadata=DRAWN, repr=False)
    """Its points; None: there is no spectrum."""
