"""Kramers-Kronig test of impedance spectra by a fit of what obeys it (linear, weighted).

Every sum of a resistance, an inductance, a capacitance in series and first-order relaxations on a
fixed grid of time constants is causal, linear and stable. What a spectrum leaves over such a sum
is noise, or a cell that changed, was overdriven or was disturbed while it was measured.

After Schoenleber, Klotz, Ivers-Tiffee, Electrochim. Acta 131 (2014) 20: *linear* fit; but with a
fixed number of relaxations per decade. Their criterion for the number stops too early where the
spectrum has an inductive loop (12 to 15 % are left; 3 to 4 per decade leave below 1 %).

What it cannot see: a drift so slow that each point is consistent with its neighbours. Repeat the
first frequency at the end (`impedance.Spectrum.drift`).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.impedance import Spectrum
from analysis.optimisation import least_squares_solution

PER_DECADE: Final = 3.5
"""Relaxations per decade of frequency."""
TOLERANCE: Final = 0.01
"""Root mean square of the residuals relative to the magnitude that is still valid (engineering
default)."""
FLOOR: Final = 0.002
"""Residuals below this are valid whatever their pattern: the grid itself leaves as much."""
SYSTEMATIC: Final = 4.0
"""Standard deviations of the correlation between neighbouring residuals that is no chance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KramersKronig:
    """What the test says of a spectrum."""

    is_valid: bool
    """Whether the spectrum may be used."""
    rms: float
    """Root mean square of real and imaginary residuals, relative to the magnitude."""
    largest: float
    """Largest of them."""
    worst_frequency: float
    """Where it lies, Hz."""
    correlation: float
    """Correlation of neighbouring residuals, in standard deviations; noise has 0 ± 1."""
    residuals: NDArray[np.complex128]
    """(measured - fitted) / magnitude per point, shape (n,)."""
    relaxations: int
    """How many were fitted."""


def kramers_kronig(
    measured: Spectrum, *, per_decade: float = PER_DECADE, tolerance: float = TOLERANCE
) -> KramersKronig:
    """Test a spectrum.

    It is valid where the residuals are no larger than `tolerance`, and are either tiny or without
    pattern from point to point.

    Args:
        measured: the spectrum.
        per_decade: relaxations per decade, above 0.
        tolerance: largest root mean square of the residuals, relative.

    Raises:
        ValueError: per_decade or tolerance is not above 0.
    """
    if per_decade <= 0.0 or tolerance <= 0.0:
        raise ValueError("per_decade and tolerance must be above 0")
    omega = measured.angular_frequency
    count = max(2, min(round(per_decade * measured.decades) + 1, len(omega) - 3))
    grid = np.linspace(-math.log(omega[0]), -math.log(omega[-1]), count)
    s = np.asarray(1j * omega, dtype=np.complex128)
    columns = [1.0 / (1.0 + s * constant) for constant in np.exp(grid).tolist()]
    columns += [np.ones_like(s), s, 1.0 / s]
    magnitude = np.abs(measured.impedance)
    design = _parts(np.array(columns, dtype=np.complex128) / magnitude)
    design /= np.linalg.norm(design, axis=1, keepdims=True)
    wanted = _parts(measured.impedance / magnitude)
    left: NDArray[np.float64] = wanted - design.T @ least_squares_solution(design.T, wanted)
    residuals = np.asarray(left[: len(omega)] + 1j * left[len(omega) :], dtype=np.complex128)
    rms = math.sqrt(float(np.mean(left**2)))
    at = int(np.argmax(np.abs(residuals)))
    correlation = _correlation(residuals)
    has_pattern = rms > FLOOR and correlation > SYSTEMATIC
    return KramersKronig(
        is_valid=rms <= tolerance and not has_pattern,
        rms=rms,
        largest=float(max(abs(residuals[at].real), abs(residuals[at].imag))),
        worst_frequency=float(measured.frequency[at]),
        correlation=correlation,
        residuals=residuals,
        relaxations=count,
    )


def _parts(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return real parts, then imaginary parts, along the last axis."""
    return np.concatenate([values.real, values.imag], axis=-1)


def _correlation(residuals: NDArray[np.complex128]) -> float:
    """Return how neighbouring residuals hang together, in standard deviations of chance."""
    power = float(np.sum(np.abs(residuals) ** 2))
    if power == 0.0:
        return 0.0
    neighbours = float(np.sum((residuals[1:] * np.conj(residuals[:-1])).real))
    return neighbours / power * math.sqrt(2.0 * (len(residuals) - 1))
