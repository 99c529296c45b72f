"""How a capture of cycles is evaluated, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from analysis.checks import BoolArray
from analysis.combustion.abnormal import AbnormalLimits
from analysis.combustion.cycle_values import CycleValues
from analysis.combustion.heat_release import HeatReleaseSettings
from analysis.combustion.knock import KnockBand
from analysis.combustion.rates import EventRate
from analysis.combustion.screening import LeftOut, ScreeningLimits
from analysis.combustion.sensitivity import InstrumentUncertainty, Sensitivity
from analysis.combustion.spread import Spread
from analysis.combustion.top_dead_centre import MotoredCheck


class Pegging(Enum):
    """How recorded pressures become absolute."""

    MANIFOLD = "manifold"
    """By the intake pressure around bottom dead centre."""
    POLYTROPIC = "polytropic"
    """By the compression being polytropic."""
    ABSOLUTE = "absolute"
    """They are absolute already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    """How a capture is evaluated."""

    pegging: Pegging = Pegging.MANIFOLD
    """How pressures become absolute."""
    heat: HeatReleaseSettings = field(default_factory=HeatReleaseSettings)
    """Heat release."""
    band: KnockBand | None = None
    """Knock; None: by the bore."""
    abnormal: AbnormalLimits = field(default_factory=AbnormalLimits)
    """From where on a cycle is abnormal."""
    screening: ScreeningLimits = field(default_factory=ScreeningLimits)
    """From where on a cycle is no measurement."""
    instruments: InstrumentUncertainty = field(default_factory=InstrumentUncertainty)
    """Of encoder, pegging and sensor."""
    confidence: float = 0.95
    """Of the intervals of the rates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleFlags:
    """Which cycles were abnormal, each of shape (cycles,); None: cannot be judged."""

    knock: BoolArray
    """Oscillation above the limit."""
    misfire: BoolArray | None
    """Too little heat; None: the capture does not burn at all."""
    pre_ignition: BoolArray | None
    """Burned before the spark; None: the spark is not known."""
    backfire: BoolArray | None
    """Burned into the intake; None: the intake was not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStatistics:
    """Statistics of the cycles that were used."""

    spreads: Mapping[str, Spread]
    """By the names of `CycleValues`, in its units."""
    knock: EventRate | None
    """Per 1,000 cycles."""
    misfire: EventRate | None
    """None: as in `CycleFlags`."""
    pre_ignition: EventRate | None
    """None: as in `CycleFlags`."""
    backfire: EventRate | None
    """None: as in `CycleFlags`."""
    fmep: float
    """Friction mean effective pressure, Pa; NaN: no brake value was given."""
    top_dead_centre_deg: float
    """How far top dead centre seems off (coarse, see `compression_error`)."""
    motored: MotoredCheck | None
    """The sharper check of top dead centre; None: the capture burns."""
    exponent: float
    """Of the compression, 1."""
    sensitivity: Sensitivity
    """How the means answer to errors of the instruments."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """What a capture says."""

    cycles: int
    """How many were recorded."""
    kept: BoolArray
    """Which were used, shape (cycles,)."""
    left_out: tuple[LeftOut, ...]
    """Why the others were not."""
    values: CycleValues | None
    """Numbers of every cycle; None: no cycle could be used."""
    flags: CycleFlags | None
    """Abnormal cycles; None: no cycle could be used."""
    statistics: CaptureStatistics | None
    """None: no cycle could be used, and there is no result."""

    @property
    def used(self) -> int:
        """How many cycles the result stands on."""
        return int(self.kept.sum())
