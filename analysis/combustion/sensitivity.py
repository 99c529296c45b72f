"""How the numbers of a cycle answer to errors of encoder, pegging and sensor."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from analysis.checks import FloatArray, require_not_negative
from analysis.combustion.cycle_values import CycleValues, Evaluation, cycle_values
from analysis.combustion.heat_release import HeatReleaseSettings

SHIFT_DEG: Final = 0.2
"""Difference quotients are taken over twice this angle."""
LIFT: Final = 0.1e5
"""And over twice this pressure, Pa."""
GAMMA_STEP: Final = 0.005
"""And over twice this ratio of specific heats."""
DURATIONS: Final = frozenset({"duration_deg", "rapid_deg"})
"""Differences of angles: no shift of the axis moves them."""
PROPORTIONAL: Final = frozenset({
    "imep_net", "imep_gross", "pmep", "heat", "peak_pressure", "rise", "mapo",
})  # fmt: skip
"""What grows with the gain of the sensor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentUncertainty:
    """Standard uncertainties that all cycles of a capture share (engineering defaults)."""

    top_dead_centre_deg: float = 0.1
    """Of the angle of top dead centre."""
    pegging: float = 0.1e5
    """Of the absolute level, Pa."""
    gain: float = 0.005
    """Of the sensor and its amplifier, relative."""
    gamma: float = 0.01
    """Of the ratio of specific heats that the heat release takes."""

    def __post_init__(self) -> None:
        """Refuse what is no uncertainty."""
        require_not_negative(
            top_dead_centre_deg=self.top_dead_centre_deg,
            pegging=self.pegging,
            gain=self.gain,
            gamma=self.gamma,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Slopes of the numbers of the middle cycle, by the names of `CycleValues`."""

    per_degree: Mapping[str, float]
    """Against an angle of top dead centre that is recorded too small, per degree."""
    per_pascal: Mapping[str, float]
    """Against a level that is too low, per Pa."""
    per_gamma: Mapping[str, float]
    """Against a ratio of specific heats that is too small, per 1."""

    def instrument_uncertainty(
        self, name: str, *, mean: float, instruments: InstrumentUncertainty
    ) -> float:
        """Return the standard uncertainty of a mean that instruments cause, in its unit.

        Args:
            name: of the quantity.
            mean: of the quantity.
            instruments: their uncertainties.
        """
        parts = (
            _known(self.per_degree[name]) * instruments.top_dead_centre_deg,
            _known(self.per_pascal[name]) * instruments.pegging,
            _known(self.per_gamma[name]) * instruments.gamma,
            mean * instruments.gain if name in PROPORTIONAL else 0.0,
        )
        return math.hypot(*parts)


def _known(slope: float) -> float:
    """Return a slope, none where the middle cycle does not have the quantity."""
    return slope if math.isfinite(slope) else 0.0


def sensitivity(*, evaluation: Evaluation, middle: FloatArray) -> Sensitivity:
    """Return the slopes, by evaluating the middle cycle again with every input moved.

    Args:
        evaluation: geometry and settings.
        middle: one cycle, absolute, Pa, shape (n,).
    """
    one = middle[None, :]

    def evaluated(
        *, lift: float = 0.0, shift_deg: float = 0.0, stiffer: float = 0.0
    ) -> CycleValues:
        return cycle_values(
            evaluation=replace(evaluation, heat=_with_gamma(evaluation.heat, stiffer)),
            pressure=one,
            offset=np.array([lift]),
            places=np.array([0]),
            shift_deg=shift_deg,
        )

    early, late = evaluated(shift_deg=-SHIFT_DEG), evaluated(shift_deg=SHIFT_DEG)
    low, high = evaluated(lift=-LIFT), evaluated(lift=LIFT)
    soft, stiff = evaluated(stiffer=-GAMMA_STEP), evaluated(stiffer=GAMMA_STEP)
    names = [item.name for item in fields(CycleValues)]

    def slope(name: str, first: CycleValues, second: CycleValues, width: float) -> float:
        return float(getattr(second, name)[0] - getattr(first, name)[0]) / width

    return Sensitivity(
        per_degree={
            name: slope(name, early, late, 2.0 * SHIFT_DEG) + _moves_with_the_axis(name)
            for name in names
        },
        per_pascal={name: slope(name, low, high, 2.0 * LIFT) for name in names},
        per_gamma={name: slope(name, soft, stiff, 2.0 * GAMMA_STEP) for name in names},
    )


def _with_gamma(settings: HeatReleaseSettings, more: float) -> HeatReleaseSettings:
    """Return settings with a larger ratio of specific heats."""
    gamma = settings.gamma
    if not callable(gamma):
        return replace(settings, gamma=gamma + more)

    def shifted(kelvin: FloatArray) -> FloatArray:
        return gamma(kelvin) + more

    return replace(settings, gamma=shifted)


def _moves_with_the_axis(name: str) -> float:
    """Return 1 for angles: where the axis is too small, they are."""
    return 1.0 if name.endswith("_deg") and name not in DURATIONS else 0.0
