"""Distribution of relaxation times of an impedance spectrum, by Tikhonov regularisation.

``Z(ω) = R∞ + j ω L + ∫ γ(ln τ) / (1 + j ω τ) d ln τ`` with γ not negative, piecewise linear over
ln τ. The data alone do not decide γ: among all that fit them, the smoothest is taken (second
derivative, non-negative least squares). How smooth follows from the noise: the regularisation is
as strong as the data allow at the noise that `kramers_kronig` leaves (discrepancy principle,
Morozov), so that no constant has to be chosen by eye. Method after Wan et al., Electrochim. Acta
184 (2015) 483.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.impedance import Spectrum
from analysis.kramers_kronig import kramers_kronig
from analysis.optimisation import non_negative_least_squares

PER_DECADE: Final = 12
"""Points of the grid per decade."""
MARGIN: Final = 1.0
"""Decades by which the grid goes beyond what was measured, at each end."""
SLACK: Final = 1.02
"""How much larger than the noise the residuals may become for the sake of smoothness."""
SMALLEST_PEAK: Final = 0.03
"""Part of the polarisation below which a hump is no process of its own but counts to its larger
neighbour: the tail of a depressed arc breaks up into such humps (engineering default)."""
_WEAKEST, _STRONGEST = -10.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """One process of a distribution."""

    time_constant: float
    """s, at the highest point."""
    frequency: float
    """1 / (2 π τ), Hz."""
    resistance: float
    """Area between the valleys on both sides, in the unit of the spectrum."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelaxationTimes:
    """A distribution of relaxation times."""

    time_constant: NDArray[np.float64]
    """s, rising, shape (m,)."""
    density: NDArray[np.float64]
    """γ: resistance per ln τ, in the unit of the spectrum, shape (m,)."""
    ohmic_resistance: float
    """R∞, in the unit of the spectrum."""
    inductance: float
    """L, in the unit of the spectrum times s."""
    polarisation_resistance: float
    """Area of the whole distribution."""
    regularisation: float
    """λ, relative to the scale of the equations."""
    rms: float
    """Root mean square of the residuals relative to the magnitude."""
    peaks: tuple[Peak, ...]
    """From the slowest to the fastest."""


def relaxation_times(measured: Spectrum, *, noise: float | None = None) -> RelaxationTimes:
    """Return the distribution of relaxation times of a spectrum.

    Args:
        measured: the spectrum; test it first (`kramers_kronig`).
        noise: root mean square of the noise of real and imaginary part relative to the magnitude;
            None: what the Kramers-Kronig fit leaves.

    Raises:
        ValueError: the noise is not above zero.
    """
    if noise is None:
        test = kramers_kronig(measured)
        # a fit with that many parameters leaves less than the noise
        freedom = 1.0 - (test.relaxations + 3.0) / (2.0 * len(measured.frequency))
        noise = max(test.rms / math.sqrt(max(freedom, 0.1)), 1e-5)
    if not noise > 0.0:
        message = f"noise must be above zero, got {noise}"
        raise ValueError(message)
    problem = _Problem(measured)
    strength, solution, rms = problem.smoothest(SLACK * noise)
    density = solution[2:]
    return RelaxationTimes(
        time_constant=problem.time_constant,
        density=density,
        ohmic_resistance=float(solution[0]),
        inductance=float(solution[1]),
        polarisation_resistance=float(density @ problem.widths),
        regularisation=strength,
        rms=rms,
        peaks=_peaks(problem.time_constant, density, problem.widths),
    )


class _Problem:
    """The linear problem of one spectrum: columns R∞, L, then γ on the grid."""

    def __init__(self, measured: Spectrum) -> None:
        omega = measured.angular_frequency
        low = math.log10(1.0 / omega[0]) - MARGIN
        high = math.log10(1.0 / omega[-1]) + MARGIN
        self.time_constant = np.logspace(low, high, round((high - low) * PER_DECADE) + 1)
        step = math.log(self.time_constant[1] / self.time_constant[0])
        self.widths: NDArray[np.float64] = np.full(self.time_constant.shape, step)
        magnitude = np.abs(measured.impedance)
        kernel = self._kernel(omega, step)
        s = np.asarray(1j * omega, dtype=np.complex128)
        columns = np.column_stack([np.ones_like(s), s, kernel]) / magnitude[:, None]
        wanted = measured.impedance / magnitude
        rows: NDArray[np.float64] = np.concatenate([columns.real, columns.imag])
        # the inductance is smaller than the rest by the size of ω: brought to the same scale
        sizes: NDArray[np.float64] = np.sqrt(np.sum(rows**2, axis=0))
        sizes[2:] = float(np.mean(sizes[2:]))
        self._scale = sizes
        self._rows: NDArray[np.float64] = rows / sizes
        self._wanted: NDArray[np.float64] = np.concatenate([wanted.real, wanted.imag])
        roughness = self._second_differences()
        self._gram: NDArray[np.float64] = self._rows.T @ self._rows
        self._smooth: NDArray[np.float64] = roughness.T @ roughness
        self._right: NDArray[np.float64] = self._rows.T @ self._wanted

    def _kernel(self, omega: NDArray[np.float64], step: float) -> NDArray[np.complex128]:
        """Return the impedance of a hat of height 1 around each time constant, shape (n, m)."""
        nodes, weights = np.polynomial.legendre.leggauss(4)
        kernel = np.zeros((len(omega), len(self.time_constant)), dtype=np.complex128)
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
            share = (node + 1.0) / 2.0  # place on the falling half; the rising one mirrors it
            for sign in (-1.0, 1.0):
                shifted = self.time_constant * math.exp(sign * share * step)
                height = (1.0 - share) * step * weight / 2.0
                kernel += height / (1.0 + 1j * omega[:, None] * shifted[None, :])
        return kernel

    def _second_differences(self) -> NDArray[np.float64]:
        """Return what the roughness is taken from; the distribution ends in zero on both sides."""
        size = len(self.time_constant)
        rows = np.zeros((size, size + 2))
        for at in range(size):
            rows[at, at + 2] = -2.0
            if at > 0:
                rows[at, at + 1] = 1.0
            if at + 1 < size:
                rows[at, at + 3] = 1.0
        return rows

    def smoothest(self, noise: float) -> tuple[float, NDArray[np.float64], float]:
        """Return the strongest regularisation that leaves the noise and no more, and its result."""
        weak, strong = _WEAKEST, _STRONGEST
        best = self._solved(weak)
        if best[1] > noise:
            return 10.0**weak, best[0] / self._scale, best[1]
        for _ in range(14):
            middle = (weak + strong) / 2.0
            tried = self._solved(middle)
            if tried[1] <= noise:
                weak, best = middle, tried
            else:
                strong = middle
        return 10.0**weak, best[0] / self._scale, best[1]

    def _solved(self, exponent: float) -> tuple[NDArray[np.float64], float]:
        """Return the scaled solution at a regularisation, and what it leaves."""
        # as one square problem: the triangle of its normal equations
        normal: NDArray[np.float64] = self._gram + 10.0**exponent * self._smooth
        normal[np.diag_indices_from(normal)] += 1e-13 * float(np.trace(normal)) / len(normal)
        triangle = np.asarray(np.linalg.cholesky(normal), dtype=np.float64)
        right = np.asarray(np.linalg.solve(triangle, self._right), dtype=np.float64)
        found = non_negative_least_squares(triangle.T, right)
        left: NDArray[np.float64] = self._wanted - self._rows @ found
        return found, math.sqrt(float(np.mean(left**2)))


def _peaks(
    time_constant: NDArray[np.float64], density: NDArray[np.float64], widths: NDArray[np.float64]
) -> tuple[Peak, ...]:
    """Return the humps of a distribution, each with the area between its valleys."""
    padded = np.concatenate([[0.0], density, [0.0]])
    rises = (padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])
    tops = np.flatnonzero(rises & (density > 0.0))
    if not tops.size:
        return ()
    valleys = [0]
    for left, right in zip(tops[:-1].tolist(), tops[1:].tolist(), strict=True):
        valleys.append(left + int(np.argmin(density[left : right + 1])))
    valleys.append(len(density))
    areas = density * widths
    places = tops.tolist()
    sizes = [float(np.sum(areas[left:right])) for left, right in pairwise(valleys)]
    least = SMALLEST_PEAK * sum(sizes)
    while len(sizes) > 1 and min(sizes) < least:
        _join_smallest(places, sizes)
    peaks = [
        Peak(
            time_constant=(top := _top(time_constant, density, place)),
            frequency=1.0 / (2.0 * math.pi * top),
            resistance=size,
        )
        for place, size in zip(places, sizes, strict=True)
    ]
    return tuple(reversed(peaks))


def _join_smallest(places: list[int], sizes: list[float]) -> None:
    """Give the area of the smallest hump to its larger neighbour."""
    smallest = min(range(len(sizes)), key=sizes.__getitem__)
    neighbours = [at for at in (smallest - 1, smallest + 1) if 0 <= at < len(sizes)]
    sizes[max(neighbours, key=sizes.__getitem__)] += sizes[smallest]
    del places[smallest], sizes[smallest]


def _top(time_constant: NDArray[np.float64], density: NDArray[np.float64], at: int) -> float:
    """Return where the parabola through a highest point and its neighbours has its top, s."""
    if at in (0, len(density) - 1):
        return float(time_constant[at])
    before, here, after = density[at - 1 : at + 2].tolist()
    bend = before - 2.0 * here + after
    shift = 0.0 if bend == 0.0 else 0.5 * (before - after) / bend
    return float(time_constant[at] * (time_constant[at + 1] / time_constant[at]) ** shift)
