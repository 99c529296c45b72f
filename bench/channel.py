"""Channels: what is measured, demanded or computed, and how well it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from bench.messages import Bilingual
from bench.units import ONE, Unit


class Kind(Enum):
    """Where a channel's value comes from."""

    MEASURED = "measured"
    """An instrument reads it."""
    DEMANDED = "demanded"
    """The bench asks an instrument for it."""
    COMPUTED = "computed"
    """An expression of other channels, or what the bench says of itself."""


class Quality(IntEnum):
    """Whether a value may be used; from the worst of its inputs for computed channels."""

    OK = 0
    """Measured in time and in range."""
    STALE = 1
    """Too old: no new value within three periods, at least 0.5 s."""
    BAD = 2
    """The instrument marks it invalid, or it is not a number."""
    DISCONNECTED = 3
    """No connection to the instrument."""


FRESH = 0x80
"""Bit beside the quality in run files: the value is new since the last scan."""


class Distribution(Enum):
    """How a stated uncertainty is to be read."""

    NORMAL = "normal"
    """An expanded uncertainty with its coverage factor, as in calibration certificates."""
    RECTANGULAR = "rectangular"
    """Limits ±a, as in accuracy classes and data sheets; u = a/√3 (JCGM 100, 4.3.7)."""


@dataclass(frozen=True)
class Uncertainty:
    """What data sheet or certificate state of a channel; all parts add in squares."""

    reading: float = 0.0
    """Stated part relative to the reading, 1."""
    span: float = 0.0
    """Stated part relative to the span of the range, 1."""
    absolute: float = 0.0
    """Stated absolute part, SI."""
    resolution: float = 0.0
    """Smallest step of the reading, SI; u = step/√12."""
    common: float = 1.0
    """Share of the stated parts (in variance, 0..1) that is the same in every repeat."""
    distribution: Distribution = Distribution.RECTANGULAR
    """How the stated parts are to be read; the resolution is always rectangular."""
    coverage: float = 2.0
    """Coverage factor of a normal one."""

    @property
    def divisor(self) -> float:
        """What turns a stated part into a standard uncertainty."""
        return math.sqrt(3.0) if self.distribution is Distribution.RECTANGULAR else self.coverage

    def standard(self, reading: float, span: float) -> float:
        """Return the standard uncertainty at a reading (SI), for a range of that span (SI)."""
        stated = math.hypot(self.reading * reading, self.span * span, self.absolute)
        return math.hypot(stated / self.divisor, self.resolution / math.sqrt(12.0))


@dataclass(frozen=True)
class Range:
    """Lowest and highest value, SI."""

    low: float = -math.inf
    """Lowest value, SI."""
    high: float = math.inf
    """Highest value, SI."""

    @property
    def span(self) -> float:
        """Width of the range, SI; 0 where it has no bounds."""
        return self.high - self.low if math.isfinite(self.high - self.low) else 0.0

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the range."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Calibration:
    """Which certificate stands behind a channel, and until when."""

    id: str = ""
    """Number of the certificate."""
    due: str = ""
    """ISO 8601 date until which it holds."""


class Stored(Enum):
    """Element type in which run files keep a channel."""

    FLOAT32 = "<f4"
    """Seven digits: more than any sensor has."""
    FLOAT64 = "<f8"
    """Fifteen digits: counters, totals and demands."""


@dataclass(frozen=True)
class Channel:
    """One named value of the bench."""

    name: str
    """Dotted name: ``engine.torque``."""
    kind: Kind
    """Measured, demanded or computed."""
    unit: Unit = ONE
    """Unit of run files and, unless `display` says otherwise, of screens."""
    display: Unit | None = None
    """Unit of screens."""
    range: Range = field(default_factory=Range)
    """What the channel can show or take, SI."""
    uncertainty: Uncertainty | None = None
    """How well it is known; None: nothing is stated."""
    calibration: Calibration = field(default_factory=Calibration)
    """Certificate behind it."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """What people call it."""
    source: str = ""
    """``instrument.reading`` it comes from, or the expression that computes it."""
    storage: Stored | None = None
    """Element type in run files; None: as its kind has it."""

    @property
    def stored(self) -> Stored:
        """Element type in run files; what is measured has seven digits unless it says otherwise."""
        by_kind = Stored.FLOAT32 if self.kind is Kind.MEASURED else Stored.FLOAT64
        return self.storage or by_kind

    @property
    def shown_unit(self) -> Unit:
        """The unit of screens."""
        return self.display or self.unit
