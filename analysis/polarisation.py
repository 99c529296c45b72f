"""The current-voltage curve of a cell: resistances, and what comes back differently."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_samples

FEWEST: Final = 4
"""Points a curve needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resistance:
    """Area specific resistance at one current density."""

    current_density: float
    """A/m2."""
    voltage: float
    """Of the cell, V."""
    chord: float
    """(E - V) / j against the given reference voltage, Ohm m2; NaN without current."""
    differential: float
    """-dV/dj, Ohm m2."""
    differential_uncertainty: float
    """Standard uncertainty of it from the scatter of the points, Ohm m2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polarisation:
    """A curve, measured up and perhaps down."""

    current_densities: tuple[float, ...]
    """Of the upward sweep, increasing, A/m2."""
    voltages: tuple[float, ...]
    """V."""
    hysteresis: float
    """Largest |V_down - V_up| where both were measured, V; NaN without a downward sweep."""
    hysteresis_at: float
    """Its current density, A/m2."""


def polarisation(
    *,
    current_densities: ArrayLike,
    voltages: ArrayLike,
    down_current_densities: ArrayLike | None = None,
    down_voltages: ArrayLike | None = None,
) -> Polarisation:
    """Return a curve sorted by current density, with its hysteresis.

    Args:
        current_densities: of the upward sweep, A/m2, no two alike, (n,).
        voltages: of the cell, V, (n,).
        down_current_densities: of the downward sweep, (m,); any order.
        down_voltages: (m,).

    Raises:
        ValueError: if shapes differ, points are too few or repeated, not finite, or only one half
            of a downward sweep is given.
    """
    density, voltage = _sorted(current_densities, voltages)
    hysteresis, place = np.nan, np.nan
    if (down_current_densities is None) != (down_voltages is None):
        raise ValueError("a downward sweep needs current densities and voltages")
    if down_current_densities is not None and down_voltages is not None:
        back, back_voltage = _sorted(down_current_densities, down_voltages)
        shared = (back >= density[0]) & (back <= density[-1])
        if shared.any():
            apart = back_voltage[shared] - np.interp(back[shared], density, voltage)
            widest = int(np.argmax(np.abs(apart)))
            hysteresis, place = float(abs(apart[widest])), float(back[shared][widest])
    return Polarisation(
        current_densities=tuple(density.tolist()),
        voltages=tuple(voltage.tolist()),
        hysteresis=float(hysteresis),
        hysteresis_at=float(place),
    )


def resistance(
    *, curve: Polarisation, current_density: float, reference_voltage: float, points: int = 5
) -> Resistance:
    """Return chord and differential resistance at a current density.

    The differential one is the slope of a parabola (of a line through three points) through the
    nearest points. The chord needs the voltage without loss at the composition there: the mean
    Nernst voltage where gas is used up, else the resistance is overstated.

    Args:
        curve: as measured.
        current_density: within the curve, A/m2.
        reference_voltage: open circuit or mean Nernst voltage, V.
        points: nearest points that are taken, at least 3.

    Raises:
        ValueError: if the current density lies outside the curve or points are fewer than 3.
    """
    density, voltage = np.array(curve.current_densities), np.array(curve.voltages)
    if not density[0] <= current_density <= density[-1]:
        message = f"{current_density} A/m2 lies outside the curve"
        raise ValueError(message)
    if points < 3:
        message = f"a slope needs at least 3 points, got {points}"
        raise ValueError(message)
    nearest = np.sort(np.argsort(np.abs(density - current_density))[:points])
    away = density[nearest] - current_density
    scale = float(np.abs(away).max())
    order = 2 if nearest.size > 3 else 1
    design = np.vander(away / scale, order + 1, increasing=True)
    inverse = np.linalg.inv(design.T @ design)
    sizes = inverse @ design.T @ voltage[nearest]
    residual = voltage[nearest] - design @ sizes
    freedom = max(1, nearest.size - order - 1)
    variance = float(residual @ residual) / freedom * float(inverse[1, 1])
    chord = (reference_voltage - float(sizes[0])) / current_density if current_density else np.nan
    return Resistance(
        current_density=current_density,
        voltage=float(sizes[0]),
        chord=float(chord),
        differential=-float(sizes[1]) / scale,
        differential_uncertainty=float(np.sqrt(variance)) / scale,
    )


def _sorted(densities: ArrayLike, voltages: ArrayLike) -> tuple[FloatArray, FloatArray]:
    density = as_samples("current_densities", densities, at_least=FEWEST)
    voltage = as_samples("voltages", voltages, at_least=FEWEST)
    if density.shape != voltage.shape:
        message = f"{density.size} current densities, but {voltage.size} voltages"
        raise ValueError(message)
    order = np.argsort(density)
    if (np.diff(density[order]) <= 0.0).any():
        raise ValueError("current densities must differ from each other")
    return density[order], voltage[order]
