"""The numbers of every cycle, in batches that fit the processor's cache."""

import math
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.checks import FloatArray
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.heat_release import HeatReleaseSettings, burning, net_heat
from analysis.combustion.knock import KnockBand, maximum_amplitude
from analysis.combustion.traces import BATCH, AngleGrid, Pressure
from analysis.combustion.work import indicated_work

RISE_WIDTH_DEG: Final = 0.6
"""The pressure rise is taken between samples so far apart: over one sample it is noise."""
RISE_WINDOW_DEG: Final = (-60.0, 90.0)
Places = NDArray[np.intp]
"""Places of cycles in a capture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleValues:
    """One number for each cycle, each of shape (cycles,); NaN: the cycle has none."""

    imep_net: FloatArray
    """Pa."""
    imep_gross: FloatArray
    """Pa."""
    pmep: FloatArray
    """Pumping, Pa: net less gross."""
    heat: FloatArray
    """J."""
    start_deg: FloatArray
    """Begin of combustion."""
    end_deg: FloatArray
    """End of combustion."""
    duration_deg: FloatArray
    """From begin to end; both ends answer strongly to gamma and pegging."""
    rapid_deg: FloatArray
    """From MFB10 to MFB90, which is far better known."""
    mfb05_deg: FloatArray
    """5 % of the heat are released."""
    mfb10_deg: FloatArray
    """10 %."""
    mfb50_deg: FloatArray
    """50 %."""
    mfb90_deg: FloatArray
    """90 %."""
    peak_pressure: FloatArray
    """Pa, absolute."""
    peak_deg: FloatArray
    """Where it is."""
    rise: FloatArray
    """Largest rise of pressure, Pa per degree."""
    mapo: FloatArray
    """Largest amplitude of oscillation in the knock band, Pa."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How cycles are evaluated."""

    grid: AngleGrid
    """Crank angles."""
    geometry: CylinderGeometry
    """Of the cylinder."""
    speed: float
    """Of the crank, rad/s."""
    heat: HeatReleaseSettings
    """Heat release."""
    band: KnockBand
    """Knock."""


def cycle_values(
    *,
    evaluation: Evaluation,
    pressure: Pressure,
    offset: FloatArray,
    places: Places,
    shift_deg: float = 0.0,
) -> CycleValues:
    """Return the numbers of the cycles at some places, NaN at the others.

    Args:
        evaluation: geometry and settings.
        pressure: as recorded, Pa, shape (cycles, n).
        offset: what makes it absolute, Pa, shape (cycles,).
        places: of the cycles that are evaluated; every value of theirs is finite.
        shift_deg: by how much every angle is taken too small; see `indicated_work`.
    """
    rows = {item.name: np.full(len(pressure), math.nan) for item in fields(CycleValues)}
    for first in range(0, len(places), BATCH):
        at = places[first : first + BATCH]
        batch = _batch(evaluation, pressure[at] + offset[at, None], shift_deg)
        for name, row in rows.items():
            row[at] = getattr(batch, name)
    return CycleValues(**rows)


def _batch(evaluation: Evaluation, pressure: FloatArray, shift_deg: float) -> CycleValues:
    grid, geometry = evaluation.grid, evaluation.geometry
    work = indicated_work(grid=grid, pressure=pressure, geometry=geometry, shift_deg=shift_deg)
    heat = net_heat(
        grid=grid,
        pressure=pressure,
        geometry=geometry,
        settings=evaluation.heat,
        shift_deg=shift_deg,
    )
    burned = burning(grid=grid, heat=heat, settings=evaluation.heat)
    mfb05, mfb10, mfb50, mfb90 = burned.burned_deg
    top = pressure.argmax(axis=1)
    return CycleValues(
        imep_net=work.net,
        imep_gross=work.gross,
        pmep=work.pumping,
        heat=burned.heat,
        start_deg=burned.start_deg,
        end_deg=burned.end_deg,
        duration_deg=burned.duration_deg,
        rapid_deg=mfb90 - mfb10,
        mfb05_deg=mfb05,
        mfb10_deg=mfb10,
        mfb50_deg=mfb50,
        mfb90_deg=mfb90,
        peak_pressure=pressure[np.arange(len(top)), top],
        peak_deg=grid.angle_deg[top],
        rise=_steepest(grid, pressure),
        mapo=maximum_amplitude(
            grid=grid, pressure=pressure, speed=evaluation.speed, band=evaluation.band
        ),
    )


def _steepest(grid: AngleGrid, pressure: FloatArray) -> FloatArray:
    """Return the largest rise per degree around the combustion."""
    part = pressure[:, grid.window(*RISE_WINDOW_DEG)]
    width = grid.samples(RISE_WIDTH_DEG)
    rise = part[:, width:] - part[:, :-width]
    return np.asarray(rise.max(axis=1) / (width * grid.step_deg), dtype=np.float64)
