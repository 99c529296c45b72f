"""Which cycles of a capture are used, what makes them absolute, and why others are left out."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import BoolArray, FloatArray
from analysis.combustion.capture_results import CaptureSettings, Pegging
from analysis.combustion.cycle_values import Places
from analysis.combustion.geometry import CylinderGeometry, volume, volume_slope
from analysis.combustion.pegging import (
    INTAKE_BDC_DEG,
    manifold_offset,
    mean_around,
    polytropic_offset,
)
from analysis.combustion.screening import (
    COMPRESSION_DEG,
    Fault,
    LeftOut,
    ScreeningLimits,
    drifting,
    has_step,
    lost_teeth,
    middle_cycle,
    saturated,
    slipped,
    without_signal,
)
from analysis.combustion.top_dead_centre import (
    MotoredCheck,
    compression_error,
    motored_check,
)
from analysis.combustion.traces import BATCH, Traces
from analysis.combustion.work import indicated_work

PEGGING_HALF_WINDOW_DEG: Final = 5.0
USUAL_EXPONENT: Final = 1.33
"""Of a compression (engineering default)."""
UNKNOWN_SPARK_DEG: Final = -30.0
NEAREST_DEG: Final = -15.0
COMPRESSION_WIDTH_DEG: Final = 55.0
"""Where the compression is compared with a polytropic one: so wide, up to the spark, not nearer to
top dead centre than 15 degrees, and up to -30 where the spark is not known."""
BURNING_SHARE: Final = 0.01
"""Of the peak pressure: a capture with less gross work is motored. Fired ones have 5 % and more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """The cycles that are used."""

    mask: BoolArray
    """Which, shape (cycles,)."""
    left_out: tuple[LeftOut, ...]
    """Why the others are not."""
    offset: FloatArray
    """What makes each absolute, Pa, shape (cycles,); NaN: nothing does."""
    middle: FloatArray | None = None
    """Median of the used cycles at each angle, absolute, Pa; None: no cycle is used."""
    top_dead_centre_deg: float = math.nan
    """How far top dead centre seems off; NaN: no cycle is used."""
    motored: MotoredCheck | None = None
    """What a capture that does not burn tells of it; None: it burns."""

    @property
    def places(self) -> Places:
        """Of the used cycles."""
        return np.flatnonzero(self.mask)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Cycles still used, and those already left out."""

    kept: BoolArray
    left_out: tuple[LeftOut, ...] = ()

    def without(self, fault: Fault, found: BoolArray) -> "_Marks":
        """Return the marks with those of the kept cycles left out that have a fault."""
        places = np.flatnonzero(found & self.kept)
        if not places.size:
            return self
        entry = LeftOut(fault=fault, count=len(places), cycles=tuple(places.tolist()))
        return _Marks(self.kept & ~found, (*self.left_out, entry))


def kept_cycles(
    *,
    traces: Traces,
    geometry: CylinderGeometry,
    settings: CaptureSettings,
    intake_pressure: float | None,
    spark_deg: FloatArray,
) -> Kept:
    """Return which cycles are used. A cycle with several faults is left out for the first.

    Args:
        traces: the recorded cycles.
        geometry: of the cylinder.
        settings: pegging and limits.
        intake_pressure: for pegging where the traces hold none, Pa absolute.
        spark_deg: angle of the spark of each cycle, shape (cycles,); NaN: not known.
    """
    marks = _Marks(np.ones(traces.cycles, dtype=np.bool_))
    for fault, found in _screened(traces, settings.screening):
        marks = marks.without(fault, found)
    offset = _offsets(traces, geometry, settings, intake_pressure)
    level = offset + mean_around(
        grid=traces.grid,
        pressure=traces.pressure,
        angle_deg=INTAKE_BDC_DEG,
        half_window_deg=PEGGING_HALF_WINDOW_DEG,
    )
    marks = marks.without(Fault.PEGGING, ~(level > 0.0))
    if marks.kept.any():
        found = _slipped(traces, geometry, settings.screening, marks.kept, offset)
        marks = marks.without(Fault.ANGLE_SLIP, found)
    if not marks.kept.any():
        return Kept(mask=marks.kept, left_out=marks.left_out, offset=offset)
    return _seen_together(
        traces=traces,
        geometry=geometry,
        limits=settings.screening,
        marks=marks,
        offset=offset,
        spark_deg=spark_deg,
    )


def _seen_together(
    *,
    traces: Traces,
    geometry: CylinderGeometry,
    limits: ScreeningLimits,
    marks: _Marks,
    offset: FloatArray,
    spark_deg: FloatArray,
) -> Kept:
    """Return the kept cycles, none where all of them together show a fault of the angles."""
    middle = middle_cycle(pressure=traces.pressure, kept=marks.kept, offset=offset)
    error = _top_dead_centre_error(traces, geometry, middle, spark_deg[marks.kept])
    motored = _motored(traces, geometry, middle)
    fault = _fault_of_all(limits, error, motored)
    if has_step(grid=traces.grid, pressure=traces.pressure, kept=marks.kept):
        fault = Fault.LOST_TEETH
    if fault is not None:
        marks = marks.without(fault, marks.kept)
        return Kept(mask=marks.kept, left_out=marks.left_out, offset=offset)
    return Kept(
        mask=marks.kept,
        left_out=marks.left_out,
        offset=offset,
        middle=middle,
        top_dead_centre_deg=error,
        motored=motored,
    )


def _fault_of_all(
    limits: ScreeningLimits, error: float, motored: MotoredCheck | None
) -> Fault | None:
    """Return what is wrong with the angles of a capture; None: nothing."""
    wrong = not abs(error) <= limits.top_dead_centre_deg
    if motored is not None:
        wrong |= abs(motored.error_by_symmetry_deg) > limits.motored_top_dead_centre_deg
    return Fault.TOP_DEAD_CENTRE if wrong else None


def _screened(traces: Traces, limits: ScreeningLimits) -> list[tuple[Fault, BoolArray]]:
    """Return what single cycles show by themselves, in batches that fit the cache."""
    flat = np.zeros(traces.cycles, dtype=np.bool_)
    moved = np.zeros(traces.cycles, dtype=np.bool_)
    dead = np.zeros(traces.cycles, dtype=np.bool_)
    for first in range(0, traces.cycles, BATCH):
        at = slice(first, first + BATCH)
        part = traces.pressure[at]
        dead[at] = without_signal(pressure=part, limits=limits)
        flat[at] = saturated(grid=traces.grid, pressure=part, limits=limits)
        moved[at] = drifting(grid=traces.grid, pressure=part, limits=limits)
    return [
        (Fault.LOST_TEETH, lost_teeth(traces)),
        (Fault.NO_SIGNAL, dead),
        (Fault.SATURATED, flat),
        (Fault.DRIFT, moved),
    ]


def _offsets(
    traces: Traces,
    geometry: CylinderGeometry,
    settings: CaptureSettings,
    intake_pressure: float | None,
) -> FloatArray:
    """Return what makes each cycle absolute, Pa; NaN where nothing does."""
    if settings.pegging is Pegging.ABSOLUTE:
        return np.zeros(traces.cycles)
    if settings.pegging is Pegging.POLYTROPIC:
        return polytropic_offset(grid=traces.grid, pressure=traces.pressure, geometry=geometry)
    level = np.full(traces.cycles, math.nan if intake_pressure is None else intake_pressure)
    if traces.intake is not None:
        level = mean_around(
            grid=traces.grid,
            pressure=traces.intake,
            angle_deg=INTAKE_BDC_DEG,
            half_window_deg=PEGGING_HALF_WINDOW_DEG,
        )
    usable = level > 0.0
    offset = manifold_offset(
        grid=traces.grid,
        pressure=traces.pressure,
        intake_pressure=np.where(usable, level, 1.0),
        half_window_deg=PEGGING_HALF_WINDOW_DEG,
    )
    return np.where(usable, offset, math.nan)


def _slipped(
    traces: Traces,
    geometry: CylinderGeometry,
    limits: ScreeningLimits,
    kept: BoolArray,
    offset: FloatArray,
) -> BoolArray:
    found = np.zeros(traces.cycles, dtype=np.bool_)
    window = traces.grid.window(*COMPRESSION_DEG)
    angle = traces.grid.angle_deg[window]
    slope = volume_slope(geometry=geometry, angle_deg=angle)
    found[kept] = slipped(
        compression=traces.pressure[kept, window] + offset[kept, None],
        relative_slope=-USUAL_EXPONENT * slope / volume(geometry=geometry, angle_deg=angle),
        limits=limits,
    )
    return found


def _motored(traces: Traces, geometry: CylinderGeometry, middle: FloatArray) -> MotoredCheck | None:
    """Return what a capture without combustion tells of top dead centre; None: it burns."""
    work = indicated_work(grid=traces.grid, pressure=middle[None, :], geometry=geometry)
    if float(work.gross[0]) > BURNING_SHARE * float(middle.max()) or float(middle.min()) <= 0.0:
        return None
    return motored_check(grid=traces.grid, pressure=middle, geometry=geometry)


def _top_dead_centre_error(
    traces: Traces, geometry: CylinderGeometry, middle: FloatArray, sparks: FloatArray
) -> float:
    """Return what the compression up to the earliest spark shows; NaN: it is none."""
    last = UNKNOWN_SPARK_DEG
    if np.isfinite(sparks).all():
        last = min(float(sparks.min()) - 1.0, NEAREST_DEG)
    try:
        return compression_error(
            grid=traces.grid,
            pressure=middle,
            geometry=geometry,
            first_deg=last - COMPRESSION_WIDTH_DEG,
            last_deg=last,
        )
    except ValueError:  # not above zero in compression: no top dead centre to be seen
        return math.nan
