"""Impedance spectra: what one is, what it has to be to be used, and what is read off it directly.

Convention: the impedance of a passive cell has a negative imaginary part below its inductive end
(``Z = Z' + j Z''``). Files that store ``-Z''`` are refused, not turned round: nobody knows then
what else was turned.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_POINTS: Final = 8
"""Fewer points say nothing about five processes (engineering default)."""
REPEAT_TOLERANCE: Final = 1e-3
"""How close two frequencies are that are meant to be the same, relative."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectrum:
    """One impedance spectrum, from the highest to the lowest frequency."""

    frequency: NDArray[np.float64]
    """Hz, falling, shape (n,)."""
    impedance: NDArray[np.complex128]
    """Impedance; any unit of resistance (ohm, or ohm times area), shape (n,)."""
    drift: float
    """Change of the first frequency when it was repeated at the end, relative to its magnitude;
    NaN: it was not repeated."""

    @property
    def angular_frequency(self) -> NDArray[np.float64]:
        """rad/s, shape (n,)."""
        return 2.0 * math.pi * self.frequency

    @property
    def decades(self) -> float:
        """How many decades it covers."""
        return math.log10(self.frequency[0] / self.frequency[-1])


def spectrum(
    *,
    frequency: NDArray[np.float64],
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
) -> Spectrum:
    """Return a spectrum of what was measured, in the order in which it was measured.

    A first frequency that is measured again as the last point is no point of the spectrum: it
    tells how much the cell changed meanwhile. Kramers-Kronig does not see such a slow drift.

    Args:
        frequency: Hz, shape (n,).
        real: real part, shape (n,).
        imaginary: imaginary part, negative for a capacitive cell, shape (n,).

    Raises:
        ValueError: shapes differ, a value is not finite, a frequency is not above zero or occurs
            twice, there are too few points, or the imaginary part has the wrong sign.
    """
    given = [np.asarray(part, dtype=np.float64) for part in (frequency, real, imaginary)]
    if any(part.ndim != 1 or part.shape != given[0].shape for part in given):
        raise ValueError("frequency, real and imaginary part must be rows of equal length")
    broken = np.flatnonzero(~np.all(np.isfinite(given), axis=0) | (given[0] <= 0.0))
    if broken.size:
        message = f"point {broken[0] + 1}: no finite impedance at a frequency above zero"
        raise ValueError(message)
    frequencies, impedance = given[0], given[1] + 1j * given[2]
    drift = math.nan
    if len(frequencies) > 2 and math.isclose(
        frequencies[0], frequencies[-1], rel_tol=REPEAT_TOLERANCE
    ):
        drift = float(abs(impedance[-1] - impedance[0]) / abs(impedance[0]))
        frequencies, impedance = frequencies[:-1], impedance[:-1]
    order = np.argsort(-frequencies, kind="stable")
    frequencies, impedance = frequencies[order], impedance[order]
    if len(frequencies) < LEAST_POINTS:
        message = f"{len(frequencies)} points are too few, at least {LEAST_POINTS} are needed"
        raise ValueError(message)
    ratios = frequencies[:-1] / frequencies[1:]
    if np.any(ratios < 1.0 + REPEAT_TOLERANCE):
        at = frequencies[int(np.argmin(ratios))]
        message = f"the frequency {at:g} Hz occurs twice within the spectrum"
        raise ValueError(message)
    _check_sign(frequencies, impedance)
    return Spectrum(frequency=frequencies, impedance=impedance, drift=drift)


def _check_sign(frequency: NDArray[np.float64], impedance: NDArray[np.complex128]) -> None:
    """Refuse a spectrum that was stored with the negative of its imaginary part.

    A cell's arcs go from its high frequency intercept to a larger resistance, and lie below the
    real axis. Leads lift the first points by their inductance, of which the first point holds no
    less than all: that is taken off, else a sweep far up into it would count as turned round.
    """
    inductance = max(float(impedance.imag[0] / frequency[0]), 0.0)
    lifted = impedance.imag - inductance * frequency
    imaginary = lifted[1:] + lifted[:-1]
    steps = np.diff(impedance.real)  # the real part grows towards low frequencies
    if float(np.sum(imaginary * np.abs(steps))) > 0.0:
        raise ValueError(
            "the imaginary part is mostly positive where the real part changes: "
            "it was stored as its negative, or the leads are swapped"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intercept:
    """Where a spectrum crosses the real axis at its high frequency end."""

    resistance: float
    """In the unit of the spectrum; NaN: it does not cross."""
    frequency: float
    """Hz; NaN: it does not cross."""


def high_frequency_resistance(measured: Spectrum) -> Intercept:
    """Return the ohmic resistance: the first crossing of the real axis from the inductive side.

    The crossing is found on the straight line between two points over the logarithm of the
    frequency. Where the spectrum begins below the axis there is no crossing and no number: the
    real part of the first point is an upper bound, which a fit (`equivalent_circuit`) improves.
    """
    imaginary = measured.impedance.imag
    crossings = np.flatnonzero((imaginary[:-1] > 0.0) & (imaginary[1:] <= 0.0))
    if not crossings.size:
        return Intercept(resistance=math.nan, frequency=math.nan)
    at = int(crossings[0])
    share = float(imaginary[at] / (imaginary[at] - imaginary[at + 1]))
    log_frequency = np.log(measured.frequency)
    real = measured.impedance.real
    return Intercept(
        resistance=float(real[at] + share * (real[at + 1] - real[at])),
        frequency=float(
            np.exp(log_frequency[at] + share * (log_frequency[at + 1] - log_frequency[at]))
        ),
    )
