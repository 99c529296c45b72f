"""Cycles: was the cycle driven as asked? On a grid of one second (UN R49 Annex 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.cycle_validation import (
    WHSC_LIMITS,
    WHTC_LIMITS,
    CycleLimits,
    CycleValidation,
    EngineMaxima,
    QuantityValidation,
    validate_cycle,
)
from analysis.cycles import ReferenceCycle
from analysis.full_load import FullLoadCurve, characteristic_speeds
from bench.clock import SECOND
from bench.errors import Refused
from bench.messages import Message
from bench.units import unit
from protocols.criteria import Asked
from protocols.cycle_integrals import Traces, integrated
from protocols.duty_cycles import full_load_curve
from protocols.engine_full_load import full_load_name
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import (
    CHANNELS,
)
from protocols.estimates import NotKnown, Quantity
from protocols.results import CycleResult, RegressionRow, Text
from protocols.windows import MeasuredRun, Window

LIMITS: Final[Mapping[str, CycleLimits]] = {"whsc": WHSC_LIMITS, "whtc": WHTC_LIMITS}
"""Word of the setting ``cycle`` → limits."""
DELAYS: Final = (0, 1, -1)
"""Seconds by which the actual may be shifted, in the order they are tried (UN R49 Annex 4)."""
_UNITS: Final = {"speed": "rpm", "torque": "N*m", "power": "kW"}


@dataclass(frozen=True)
class DrivenCycle:
    """One cycle of a run."""

    result: CycleResult
    """Whether it was the cycle."""
    window: EngineWindow | None
    """The cycle as one window at its means; None: it cannot be computed."""
    quantities: tuple[Quantity, ...] = ()
    """What was integrated, scaled so that the window gives the integrated values."""


def driven_cycles(
    measured: MeasuredRun, asked: Asked, windows: Sequence[EngineWindow]
) -> tuple[DrivenCycle, ...]:
    """Return the cycles of a run, if its protocol is one."""
    name = asked.word("cycle")
    if not name:
        return ()
    limits = LIMITS.get(name)
    if limits is None:
        reason = Message("judge.unknown-cycle", {"cycle": name, "known": ", ".join(LIMITS)})
        return (DrivenCycle(_refused(name, name, "", reason), None),)
    found = [window for window in windows if window.name == name]
    if not found:
        reason = Message("judge.no-window", {"point": name})
        return (DrivenCycle(_refused(name, name, limits.name, reason), None),)
    full_load = [w for w in windows if w.name == full_load_name(asked) and w.is_valid]
    return tuple(_driven(measured, limits, window, full_load) for window in found)


def _refused(name: str, at: str, method: str, reason: Text) -> CycleResult:
    nan = float("nan")
    return CycleResult(
        name=name,
        at=at,
        method=method,
        origin="",
        accepted=False,
        delay=0,
        reference_work=nan,
        actual_work=nan,
        regressions=(),
        reasons=(reason,),
    )


def _driven(
    measured: MeasuredRun,
    limits: CycleLimits,
    window: EngineWindow,
    full_load: Sequence[EngineWindow],
) -> DrivenCycle:
    name = window.name
    try:
        curve = _curve(measured, full_load)
        traces = _traces(measured, window)
        delay, validation = _validated(traces, limits, curve)
    except NotKnown as error:
        return DrivenCycle(_refused(name, name, limits.name, error.reason), None)
    except (Refused, ValueError) as error:
        reason = Message("judge.no-cycle", {"cycle": name, "reason": str(error)})
        return DrivenCycle(_refused(name, name, limits.name, reason), None)
    result = _result(window, limits, delay, validation)
    try:
        at_means, quantities = integrated(window, traces)
    except ValueError as error:
        reason = Message("judge.no-cycle", {"cycle": name, "reason": str(error)})
        return DrivenCycle(replace(result, reasons=(*result.reasons, reason)), None)
    return DrivenCycle(result, at_means, quantities)


def _curve(measured: MeasuredRun, full_load: Sequence[EngineWindow]) -> FullLoadCurve:
    points = [
        {CHANNELS[name]: window.inputs[name] for name in ("speed", "torque")}
        for window in full_load
        if {"speed", "torque"} <= window.inputs.keys()
    ]
    idle = measured.header.object_data.get("idle_speed")
    if not isinstance(idle, int | float):
        raise NotKnown(Message("judge.no-input", {"input": "idle_speed"}))
    return full_load_curve(points, float(idle))


def _traces(measured: MeasuredRun, window: EngineWindow) -> Traces:
    point = window.window.point
    seconds = (point.end_ns - point.start_ns) / SECOND
    times = np.arange(1.0, np.floor(seconds + 1e-6) + 0.5)
    actual: dict[str, FloatArray] = {}
    for name, channel in CHANNELS.items():
        if name in window.inputs and channel in measured.channels:
            actual[name] = _on_grid(measured, channel, window.window, times)
    for name in ("speed", "torque"):
        if name not in actual:
            raise NotKnown(window.problems.get(name, Message("judge.no-input", {"input": name})))
    speed, torque = (
        _on_grid(measured, f"{CHANNELS[name]}.demand", window.window, times)
        for name in ("speed", "torque")
    )
    return Traces(times, ReferenceCycle(times=times, speed=speed, torque=torque), actual)


def _on_grid(measured: MeasuredRun, channel: str, window: Window, times: FloatArray) -> FloatArray:
    if channel not in measured.channels:
        raise NotKnown(Message("judge.no-channel", {"channel": channel}))
    point = window.point
    demanded = channel.endswith(".demand")
    read = measured.run.channel(channel)
    samples = (
        read.values_si(point.start_ns, point.end_ns)
        if demanded
        else read.good(point.start_ns, point.end_ns)
    )
    kept = np.isfinite(samples.values)
    if kept.sum() < 2:
        raise NotKnown(Message("judge.few-samples", {"channel": channel}))
    seconds = (samples.times_ns[kept] - point.start_ns) / SECOND
    return np.interp(times, seconds, samples.values[kept])


def _validated(
    traces: Traces, limits: CycleLimits, curve: FullLoadCurve
) -> tuple[int, CycleValidation]:
    """Return the first accepted delay with its validation, else that without a delay."""
    maxima = EngineMaxima(
        idle_speed=curve.idle_speed,
        speed=characteristic_speeds(curve=curve).maximum,
        torque=curve.maximum_torque,
        power=curve.maximum_power,
    )
    tried = {
        delay: validate_cycle(
            reference=traces.reference,
            actual_speed=traces.actual["speed"],
            actual_torque=traces.actual["torque"],
            maxima=maxima,
            limits=limits,
            delay=delay,
        )
        for delay in DELAYS
    }
    best = next((delay for delay in DELAYS if tried[delay].accepted), 0)
    return best, tried[best]


def _result(
    window: EngineWindow, limits: CycleLimits, delay: int, validation: CycleValidation
) -> CycleResult:
    rows = tuple(
        _regression(name, found)
        for name, found in (
            ("speed", validation.speed),
            ("torque", validation.torque),
            ("power", validation.power),
        )
    )
    reasons: list[Text] = [
        Message(
            "judge.cycle-regression",
            {"quantity": row.name, "statistics": ", ".join(row.failed), "method": limits.name},
        )
        for row in rows
        if row.failed
    ]
    if not validation.work_within:
        ratio = f"{100.0 * validation.work_ratio:.1f} %"
        reasons.append(Message("judge.cycle-work-ratio", {"ratio": ratio}))
    if not window.is_valid:
        reasons.append(Message("judge.cycle-invalid"))
    hours = unit("kWh")
    return CycleResult(
        name=window.name,
        at=window.name,
        method=limits.name,
        origin=limits.origin,
        accepted=not reasons,
        delay=delay,
        reference_work=hours.from_si(validation.reference_work),
        actual_work=hours.from_si(validation.actual_work),
        regressions=rows,
        reasons=tuple(reasons),
    )


def _regression(name: str, found: QuantityValidation) -> RegressionRow:
    statistics = found.statistics
    checks = {
        "slope": found.slope_within,
        "intercept": found.intercept_within,
        "r_squared": found.r_squared_within,
        "standard_error": found.standard_error_within,
    }
    factor = unit(_UNITS[name]).factor
    return RegressionRow(
        name=name,
        unit=_UNITS[name],
        slope=statistics.slope,
        intercept=statistics.intercept / factor,
        r_squared=statistics.r_squared,
        standard_error=statistics.standard_error / factor,
        failed=tuple(check for check, kept in checks.items() if not kept),
    )
