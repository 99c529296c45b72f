"""What the pressure in a cylinder says of a run: captures of cycles, and abnormal cycles.

Numbers are in the unit that stands beside them. NaN: there is no number, and a remark says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from bench.messages import Message
from protocols.drawn import DRAWN
from protocols.wording import Text


@dataclass(frozen=True, kw_only=True)
class CombustionValue:
    """One quantity of a capture."""

    name: str
    """``imep_net``, ``imep_cov``, ``mfb50``, ``mapo_98``, ..."""
    title: Message
    """What people call it."""
    unit: str
    """Of the numbers: ``bar``, ``%``, ``deg``, ``J``, ``bar/deg``."""
    value: float
    """Mean of the cycles, or what the name says."""
    standard_uncertainty: float = math.nan
    """Of the value: scatter of the cycles, encoder, pegging, sensor; NaN: not known."""
    standard_deviation: float = math.nan
    """Of single cycles; NaN: the value is none of single cycles."""


@dataclass(frozen=True, kw_only=True)
class AbnormalRate:
    """How often cycles were abnormal in one way."""

    name: str
    """``knock``, ``misfire``, ``pre_ignition`` or ``backfire``."""
    title: Message
    """What people call it."""
    events: int
    """Abnormal cycles."""
    cycles: int
    """Among how many."""
    per_thousand: float
    """Per 1,000 cycles."""
    lower: float
    """Of the two-sided interval (Clopper and Pearson)."""
    upper: float
    """Of the two-sided interval."""
    confidence: float
    """Of the interval, 1."""


@dataclass(frozen=True, kw_only=True)
class LeftOutCycles:
    """Cycles of a capture that are no measurements, for one reason."""

    reason: str
    """``lost-teeth``, ``saturated``, ... as `analysis.combustion.screening.Fault` names them."""
    title: Message
    """The same in words."""
    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class SingleCycles:
    """Numbers of every used cycle of a capture, in time."""

    imep_net: tuple[float, ...] = ()
    """Net indicated mean effective pressure, Pa."""
    mapo: tuple[float, ...] = ()
    """Knock amplitude, Pa."""


@dataclass(frozen=True, kw_only=True)
class CombustionRow:
    """One capture: consecutive cycles of one cylinder."""

    instrument: str
    """That recorded it."""
    capture: int
    """Number of the capture in the instrument."""
    cylinder: int
    """Which cylinder."""
    at: str
    """Point that was measured then or next to it; else the step; empty: neither."""
    is_incident: bool
    """Whether it was kept because of what happened, not because it was asked for."""
    start: float
    """End of its first cycle since the begin of the run, s."""
    end: float
    """End of its last cycle, s."""
    cycles: int
    """Cycles recorded."""
    used: int
    """Cycles that the numbers stand on."""
    left_out: tuple[LeftOutCycles, ...] = ()
    """Why the others are not."""
    speed: float = math.nan
    """Mean, rpm."""
    spark: float = math.nan
    """Mean, degrees after top dead centre."""
    values: tuple[CombustionValue, ...] = ()
    """Numbers; empty: no cycle could be used."""
    rates: tuple[AbnormalRate, ...] = ()
    """Abnormal cycles in the capture, of those ways that can be judged."""
    remarks: tuple[Text, ...] = ()
    """Why there are no numbers, and what to keep in mind."""
    single_cycles: SingleCycles = field(default=SingleCycles(), metadata=DRAWN, repr=False)
    """What criteria on the lowest and the loudest cycles are judged by."""
    doubts: tuple[Text, ...] = ()
    """Why no verdict may stand on it: a calibration of its instrument was overdue."""

    @property
    def is_fired(self) -> bool:
        """Whether the engine burned fuel in it; False too where no cycle could be used."""
        return any(rate.name == "misfire" for rate in self.rates)

    def value(self, name: str) -> float:
        """Return a number by its name; NaN where the capture has none."""
        found = self.quantity(name)
        return math.nan if found is None else found.value

    def quantity(self, name: str) -> CombustionValue | None:
        """Return a quantity by its name; None: the capture has none."""
        return next((each for each in self.values if each.name == name), None)
