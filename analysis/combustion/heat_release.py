"""Heat release of the closed cycle, and the angles at which shares of the charge are burned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.checks import FloatArray, require_positive
from analysis.combustion.geometry import CylinderGeometry, volume
from analysis.combustion.traces import AngleGrid
from analysis.combustion.wall_loss import WallLoss, lost_heat

SHARES: Final = (0.05, 0.10, 0.50, 0.90)
"""Of the heat: what MFB05, MFB10, MFB50 and MFB90 stand for."""
END_SHARE: Final = 5e-3
"""Part of the heat that is not yet, or no more, part of combustion: the plain places of least and
largest heat would be the luck of the noise, where the heat is flat."""

LEVEL_WIDTH_DEG: Final = 4.0
"""Width of the moving mean in which the least and the largest heat are sought."""
Places = NDArray[np.intp]
Gamma = float | Callable[[FloatArray], FloatArray]
"""Ratio of specific heats, 1: constant, or a function of the temperature in K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatReleaseSettings:
    """How heat release is computed."""

    first_deg: float = -90.0
    """Begin: after the intake valve is closed and before anything burns."""
    last_deg: float = 90.0
    """End: before the exhaust valve opens."""
    gamma: Gamma = 1.31
    """1.30..1.32 serve for diagnostics of lean hydrogen (engineering default); a function of
    temperature needs the charge temperature."""
    charge_temperature: float | None = None
    """At the begin, K."""
    smoothing_deg: float = 1.0
    """Width of the moving mean over the heat; it moves no angle of a symmetric rise."""
    wall_loss: WallLoss | None = None
    """What is added to make the heat gross; None: the heat is net. Flow into crevices is left
    out in both."""

    def __post_init__(self) -> None:
        """Refuse impossible settings."""
        if not self.first_deg < self.last_deg:
            raise ValueError("heat release must begin before it ends")
        if callable(self.gamma):
            if self.charge_temperature is None:
                raise ValueError("gamma as a function needs charge_temperature")
        elif not 1.0 < self.gamma < 2.0:
            message = f"gamma must lie between 1 and 2, got {self.gamma}"
            raise ValueError(message)
        if self.charge_temperature is not None:
            require_positive(charge_temperature=self.charge_temperature)
        if not self.smoothing_deg >= 0.0:
            message = f"smoothing_deg must not be negative, got {self.smoothing_deg}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Burning:
    """Heat and burn angles of cycles, each of shape (cycles,); NaN: nothing burned."""

    heat: FloatArray
    """Released between begin and end of combustion, J."""
    start_deg: FloatArray
    """Begin: the heat leaves its least value."""
    end_deg: FloatArray
    """End: the heat reaches its largest value."""
    burned_deg: FloatArray
    """Angles of MFB05, 10, 50 and 90, shape (4, cycles)."""

    @property
    def duration_deg(self) -> FloatArray:
        """From begin to end."""
        return self.end_deg - self.start_deg


def net_heat(
    *,
    grid: AngleGrid,
    pressure: FloatArray,
    geometry: CylinderGeometry,
    settings: HeatReleaseSettings,
    shift_deg: float = 0.0,
) -> FloatArray:
    """Return the heat released since the begin, J, shape (cycles, samples of the window).

    dQ = p dV + d(pV) / (gamma - 1), which is gamma/(gamma-1) p dV + 1/(gamma-1) V dp. With
    trapezoids the second term telescopes exactly where gamma is constant. Plus the wall loss, if
    one is stated.

    Args:
        grid: crank angles.
        pressure: absolute, Pa, shape (cycles, n).
        geometry: of the cylinder.
        settings: window, gamma, wall loss.
        shift_deg: by how much every angle is taken too small; see `indicated_work`.
    """
    window = grid.window(settings.first_deg, settings.last_deg)
    size = volume(geometry=geometry, angle_deg=grid.angle_deg[window] + shift_deg)
    part = pressure[:, window]
    energy = part * size
    heat = np.zeros_like(energy)
    work = part[:, 1:] + part[:, :-1]
    work *= np.diff(size) / 2.0
    if callable(settings.gamma):
        temperature = (settings.charge_temperature or 0.0) * energy / energy[:, :1]
        gamma = np.asarray(settings.gamma(temperature), dtype=np.float64)
        work += np.diff(energy, axis=1) / ((gamma[:, 1:] + gamma[:, :-1]) / 2.0 - 1.0)
        np.cumsum(work, axis=1, out=heat[:, 1:])
    else:
        np.cumsum(work, axis=1, out=heat[:, 1:])
        heat += (energy - energy[:, :1]) / (settings.gamma - 1.0)
    if settings.wall_loss is not None:
        heat += lost_heat(
            grid=grid,
            window=window,
            pressure=part,
            geometry=geometry,
            loss=settings.wall_loss,
            exponent=1.33 if callable(settings.gamma) else settings.gamma,
        )
    return heat


def burning(*, grid: AngleGrid, heat: FloatArray, settings: HeatReleaseSettings) -> Burning:
    """Return heat and burn angles from the course of the heat.

    The end of combustion is where the heat is largest, the begin where it is least before that.
    Burned shares are those of the heat between both; their angles lie on straight lines between
    samples.

    Args:
        grid: crank angles.
        heat: as `net_heat` gives it, J.
        settings: the same as there.
    """
    angle = grid.angle_deg[grid.window(settings.first_deg, settings.last_deg)]
    low, top = _levels(heat, grid.samples(LEVEL_WIDTH_DEG))
    released = top - low
    burns = released > 0.0
    course = heat
    if settings.smoothing_deg > 0.0:
        course = _smoothed(heat, grid.samples(settings.smoothing_deg))
    half = _index_reaching(course, low + 0.5 * released)

    def reached(share: float) -> FloatArray:
        level = low + share * released
        at = _index_reaching(course, level, beside=half, backwards=share < 0.5)
        return np.where(burns, _between_samples(course, at, level, angle), np.nan)

    return Burning(
        heat=np.where(burns, released, 0.0),
        start_deg=reached(END_SHARE),
        end_deg=reached(1.0 - END_SHARE),
        burned_deg=np.stack([reached(share) for share in SHARES]),
    )


def _levels(heat: FloatArray, width: int) -> tuple[FloatArray, FloatArray]:
    """Return the heat at its largest, and at its least before that."""
    course = _smoothed(heat, width)[:, width // 2 : -(width // 2) or None]
    top_at = course.argmax(axis=1)
    before = _places(course.shape[1]) <= top_at[:, None]
    low = np.where(before, course, np.inf).min(axis=1)
    return low, course.max(axis=1)


def _index_reaching(
    course: FloatArray,
    level: FloatArray,
    *,
    beside: Places | None = None,
    backwards: bool = False,
) -> Places:
    """Return the first sample at the level: seen from the sample beside, forwards or backwards.

    Small shares are sought backwards from the middle of combustion and large ones forwards, so
    that noise far from it, where the volume makes it large, is not met.
    """
    reached = course >= level[:, None]
    if beside is None:
        return reached.argmax(axis=1)
    place = _places(course.shape[1])
    if not backwards:
        return (reached & (place >= beside[:, None])).argmax(axis=1)
    below = ~reached & (place < beside[:, None])
    return course.shape[1] - below[:, ::-1].argmax(axis=1)


def _between_samples(
    course: FloatArray, at: Places, level: FloatArray, angle: FloatArray
) -> FloatArray:
    """Return the angle of a level on the straight line from the sample before to this one."""
    rows = _places(len(course))
    at = np.clip(at, 1, course.shape[1] - 1)
    low, high = course[rows, at - 1], course[rows, at]
    rise = high - low
    share = np.where(rise > 0.0, (level - low) / np.where(rise > 0.0, rise, 1.0), 1.0)
    return angle[at - 1] + np.clip(share, 0.0, 1.0) * (angle[at] - angle[at - 1])


def _places(count: int) -> Places:
    return np.arange(count, dtype=np.intp)


def _smoothed(values: FloatArray, width: int) -> FloatArray:
    """Return the moving mean over an odd number of samples; the ends have as many as there are."""
    half = width // 2
    if not half:
        return values
    size = values.shape[1]
    total = np.zeros((len(values), size + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    place = _places(size)
    reach = np.minimum(half, np.minimum(place, size - 1 - place))
    return (total[:, place + reach + 1] - total[:, place - reach]) / (2 * reach + 1)
