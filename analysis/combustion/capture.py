"""All cycles of a cylinder at one operating point: what is left out, what the others say.

recorded cycles ─▶ screening ─▶ pegging ─▶ values of each cycle ─▶ flags ─▶ rates
                      │ left out, and why            └─▶ spreads with uncertainty
"""

import math
from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import BoolArray, FloatArray, require_positive
from analysis.combustion.abnormal import (
    backfires,
    compression_exponent,
    intake_spikes,
    misfires,
    pressure_before_spark,
)
from analysis.combustion.capture_results import (
    Capture,
    CaptureSettings,
    CaptureStatistics,
    CycleFlags,
)
from analysis.combustion.cycle_values import CycleValues, Evaluation, cycle_values
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.knock import knock_band
from analysis.combustion.leaving_out import Kept, kept_cycles
from analysis.combustion.rates import EventRate, event_rate
from analysis.combustion.screening import middle_cycle
from analysis.combustion.sensitivity import Sensitivity, sensitivity
from analysis.combustion.spread import Spread, spread
from analysis.combustion.traces import BATCH, Traces
from analysis.combustion.work import friction

BURN_ANGLES: Final = (
    "start_deg",
    "end_deg",
    "duration_deg",
    "rapid_deg",
    *(f"mfb{n}_deg" for n in ("05", 10, 50, 90)),
)
"""What a cycle without combustion has none of."""


def analyse_capture(
    *,
    traces: Traces,
    geometry: CylinderGeometry,
    speed: float,
    settings: CaptureSettings | None = None,
    intake_pressure: float | None = None,
    spark_deg: ArrayLike | None = None,
    brake: float | None = None,
) -> Capture:
    """Return what the cycles of one cylinder at one operating point say.

    Args:
        traces: the recorded cycles.
        geometry: of the cylinder.
        speed: of the crank, rad/s.
        settings: how to evaluate; None: the defaults.
        intake_pressure: mean in the manifold, Pa absolute, for pegging where the traces hold none.
        spark_deg: angle of the spark; one, or one per cycle (NaN: not known); None: not known.
        brake: brake mean effective pressure of the point, Pa.

    Raises:
        ValueError: speed or intake pressure are not above zero, the grid is too coarse for the
            knock band, the compression is not above zero, or the sparks are neither one nor one
            per cycle.
    """
    settings = settings or CaptureSettings()
    require_positive(speed=speed)
    sparks = _sparks(spark_deg, traces.cycles)
    evaluation = Evaluation(
        grid=traces.grid,
        geometry=geometry,
        speed=speed,
        heat=settings.heat,
        band=settings.band or knock_band(bore=geometry.bore),
    )
    kept = kept_cycles(
        traces=traces,
        geometry=geometry,
        settings=settings,
        intake_pressure=intake_pressure,
        spark_deg=sparks,
    )
    if kept.middle is None:
        return Capture(
            cycles=traces.cycles,
            kept=kept.mask,
            left_out=kept.left_out,
            values=None,
            flags=None,
            statistics=None,
        )
    values = cycle_values(
        evaluation=evaluation, pressure=traces.pressure, offset=kept.offset, places=kept.places
    )
    exponent = compression_exponent(grid=traces.grid, pressure=kept.middle, geometry=geometry)
    flags = _flags(
        traces=traces,
        geometry=geometry,
        settings=settings,
        kept=kept,
        values=values,
        sparks=sparks,
        exponent=exponent,
    )
    values = _without_burn_angles(values, flags.misfire)
    statistics = _statistics(
        settings=settings,
        kept=kept,
        slopes=sensitivity(evaluation=evaluation, middle=kept.middle),
        values=values,
        flags=flags,
        brake=brake,
        exponent=exponent,
    )
    return Capture(
        cycles=traces.cycles,
        kept=kept.mask,
        left_out=kept.left_out,
        values=values,
        flags=flags,
        statistics=statistics,
    )


def _sparks(spark_deg: ArrayLike | None, cycles: int) -> FloatArray:
    """Return the spark of every cycle; NaN: not known."""
    given = np.asarray(math.nan if spark_deg is None else spark_deg, dtype=np.float64)
    if given.shape not in {(), (cycles,)}:
        message = f"spark_deg must be one angle or one for each of {cycles} cycles"
        raise ValueError(message)
    return np.broadcast_to(given, (cycles,))


def _flags(
    *,
    traces: Traces,
    geometry: CylinderGeometry,
    settings: CaptureSettings,
    kept: Kept,
    values: CycleValues,
    sparks: FloatArray,
    exponent: float,
) -> CycleFlags:
    """Return the abnormal ones among the cycles that are used."""
    limits, used = settings.abnormal, kept.mask
    burns = kept.motored is None
    weak = used & misfires(
        heat=values.heat, reference=float(np.mean(values.heat[used])), limits=limits
    )
    early: BoolArray | None = None
    if burns and bool(np.isfinite(sparks[used]).all()):
        excess = _pressure_before_spark(traces, geometry, kept, sparks, exponent)
        # the burn angles of a misfire are noise
        begun = ~weak & (values.mfb05_deg < sparks - limits.early_deg)
        early = used & (begun | (excess > limits.early_pressure))
    back: BoolArray | None = None
    if burns and traces.intake is not None:
        back = used & backfires(
            spikes=intake_spikes(
                grid=traces.grid,
                intake=traces.intake,
                usual=middle_cycle(
                    pressure=traces.intake, kept=used, offset=np.zeros(traces.cycles)
                ),
                limits=limits,
            ),
            imep_net=values.imep_net,
            reference=float(np.mean(values.imep_net[used])),
            limits=limits,
        )
    return CycleFlags(
        knock=used & (values.mapo > limits.mapo),
        misfire=weak if burns else None,
        pre_ignition=early,
        backfire=back,
    )


def _pressure_before_spark(
    traces: Traces,
    geometry: CylinderGeometry,
    kept: Kept,
    sparks: FloatArray,
    exponent: float,
) -> FloatArray:
    """Return how far each used cycle rises above its compression before the spark, Pa."""
    excess = np.full(traces.cycles, math.nan)
    for first in range(0, len(kept.places), BATCH):
        at = kept.places[first : first + BATCH]
        excess[at] = pressure_before_spark(
            grid=traces.grid,
            pressure=traces.pressure[at] + kept.offset[at, None],
            geometry=geometry,
            spark_deg=sparks[at],
            exponent=exponent,
        )
    return excess


def _without_burn_angles(values: CycleValues, misfire: BoolArray | None) -> CycleValues:
    """Return the values with no burn angles where nothing burned; None: nothing did."""
    nothing = True if misfire is None else misfire
    return replace(
        values,
        **{name: np.where(nothing, math.nan, getattr(values, name)) for name in BURN_ANGLES},
    )


def _statistics(
    *,
    settings: CaptureSettings,
    kept: Kept,
    slopes: Sensitivity,
    values: CycleValues,
    flags: CycleFlags,
    brake: float | None,
    exponent: float,
) -> CaptureStatistics:
    """Return statistics over the used cycles, with the uncertainty of the instruments."""

    def over(name: str) -> Spread:
        numbers = spread(getattr(values, name))
        shared = slopes.instrument_uncertainty(
            name, mean=numbers.mean, instruments=settings.instruments
        )
        return spread(getattr(values, name), instrument_uncertainty=shared)

    def rate(flag: BoolArray | None) -> EventRate | None:
        if flag is None:
            return None
        return event_rate(
            events=int(flag.sum()), cycles=int(kept.mask.sum()), confidence=settings.confidence
        )

    spreads = {item.name: over(item.name) for item in fields(CycleValues)}
    return CaptureStatistics(
        spreads=spreads,
        knock=rate(flags.knock),
        misfire=rate(flags.misfire),
        pre_ignition=rate(flags.pre_ignition),
        backfire=rate(flags.backfire),
        fmep=math.nan if brake is None else friction(net=spreads["imep_net"].mean, brake=brake),
        top_dead_centre_deg=kept.top_dead_centre_deg,
        motored=kept.motored,
        exponent=exponent,
        sensitivity=slopes,
    )
