"""Pressure oscillations of knock: their frequency, and their largest amplitude in each cycle."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray, require_positive
from analysis.combustion.traces import AngleGrid

FIRST_MODE: Final = 1.841
"""First zero of the slope of the Bessel function J1: the first circumferential mode (Draper)."""
SOUND_SPEED: Final = 950.0
"""In burned gas, m/s (engineering default)."""
TAP_PERIODS: Final = 8.0
"""Length of the filter in periods of its lower edge: its transition is 0.4 of that edge wide."""
NYQUIST_SHARE: Final = 0.9
"""Of the highest frequency that the grid can carry: up to here an upper edge is let."""


def knock_frequency(*, bore: float, sound_speed: float = SOUND_SPEED) -> float:
    """Return the frequency of the first circumferential mode, Hz: 1.841 c / (pi B).

    Raises:
        ValueError: the bore or the speed of sound is not above zero.
    """
    require_positive(bore=bore, sound_speed=sound_speed)
    return FIRST_MODE * sound_speed / (math.pi * bore)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnockBand:
    """What counts as an oscillation of knock."""

    lower: float
    """Hz."""
    upper: float
    """Hz."""
    first_deg: float = 0.0
    """Begin of the window."""
    last_deg: float = 70.0
    """End of the window."""

    def __post_init__(self) -> None:
        """Refuse a band or a window that is empty."""
        require_positive(lower=self.lower, upper=self.upper)
        if self.upper <= self.lower or self.last_deg <= self.first_deg:
            message = f"a knock band needs a width, got {self}"
            raise ValueError(message)


def knock_band(*, bore: float, upper: float = 20e3) -> KnockBand:
    """Return the band from 0.75 of the first mode of this bore up to an upper edge, Hz.

    The share lets the first mode of a colder charge in; it is an engineering default.
    """
    return KnockBand(lower=0.75 * knock_frequency(bore=bore), upper=upper)


def oscillation(
    *, grid: AngleGrid, pressure: FloatArray, speed: float, band: KnockBand
) -> FloatArray:
    """Return the part of the pressure in the band, Pa, shape (cycles, samples of the window).

    A band-pass of linear phase (windowed sinc, Hamming), which shifts nothing in time.

    Args:
        grid: crank angles.
        pressure: Pa, shape (cycles, n).
        speed: of the crank, rad/s.
        band: frequencies and window.

    Raises:
        ValueError: the grid is too coarse at this speed for the lower edge of the band.
    """
    require_positive(speed=speed)
    rate = speed / math.radians(grid.step_deg)
    upper = min(band.upper, NYQUIST_SHARE * rate / 2.0)
    if upper <= band.lower:
        message = f"{rate:.0f} samples/s carry no oscillation above {band.lower:.0f} Hz"
        raise ValueError(message)
    half = math.ceil(TAP_PERIODS * rate / band.lower / 2.0)
    taps = _band_pass(half, band.lower / rate, upper / rate)
    window = grid.window(band.first_deg, band.last_deg)
    first, last = window.start - half, window.stop + half
    part: FloatArray = pressure.take(np.arange(first, last, dtype=np.intp), axis=1, mode="wrap")
    size = 1 << (part.shape[1] + len(taps) - 2).bit_length()
    spectrum = np.fft.rfft(part, size, axis=1) * np.fft.rfft(taps, size)
    return np.fft.irfft(spectrum, size, axis=1)[:, 2 * half : part.shape[1]]


def maximum_amplitude(
    *, grid: AngleGrid, pressure: FloatArray, speed: float, band: KnockBand
) -> FloatArray:
    """Return the maximum amplitude of pressure oscillation (MAPO), Pa, shape (cycles,).

    Raises:
        ValueError: as `oscillation`.
    """
    ringing = oscillation(grid=grid, pressure=pressure, speed=speed, band=band)
    return np.asarray(np.abs(ringing).max(axis=1), dtype=np.float64)


def _band_pass(half: int, lower: float, upper: float) -> FloatArray:
    """Return 2 half + 1 taps; frequencies as shares of the sampling rate."""
    place = np.arange(-half, half + 1)
    ideal = 2.0 * upper * np.sinc(2.0 * upper * place) - 2.0 * lower * np.sinc(2.0 * lower * place)
    return np.asarray(ideal * np.hamming(2 * half + 1), dtype=np.float64)
