"""Cycles: was the cycle driven as asked, and what came out of it, integrated over the cycle.

Everything is laid on a grid of one second (UN R49 Annex 4). Stated uncertainties act on integrals
as they act on means: the budget of a point, taken at the means of the cycle, is scaled to the
integrated value. Delay and response of the analyser are not corrected.
"""

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
from analysis.cycles import ReferenceCycle, integral, positive_work, time_mean
from analysis.emissions import TraceGas, exhaust_mass_flow, nox_humidity_factor, trace_mass_flow
from analysis.full_load import FullLoadCurve, characteristic_speeds
from bench.clock import SECOND
from bench.errors import Refused
from bench.messages import Message
from bench.units import unit
from protocols.criteria import Asked
from protocols.duty_cycles import full_load_curve
from protocols.engine_full_load import full_load_name
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import (
    AIR_DEMAND,
    BY_NAME,
    CHANNELS,
    INTAKE_WATER,
    EngineQuantity,
    Inputs,
)
from protocols.engine_uncertainty import NotKnown
from protocols.results import CycleResult, RegressionRow, Text
from protocols.windows import MeasuredRun, Window

LIMITS: Final[Mapping[str, CycleLimits]] = {"whsc": WHSC_LIMITS, "whtc": WHTC_LIMITS}
"""Word of the setting ``cycle`` → limits."""
DELAYS: Final = (0, 1, -1)
"""Seconds by which the actual may be shifted, in the order they are tried (UN R49 Annex 4)."""
LEANEST: Final = 50.0
"""Excess air ratio above which the density of the exhaust no longer changes."""
_UNITS: Final = {"speed": "rpm", "torque": "N*m", "power": "kW"}


@dataclass(frozen=True)
class Traces:
    """What was done over a cycle, on whole seconds; SI."""

    times: FloatArray
    """s."""
    reference: ReferenceCycle
    """What was asked."""
    actual: Mapping[str, FloatArray]
    """Input → its trace."""


@dataclass(frozen=True)
class DrivenCycle:
    """One cycle of a run."""

    result: CycleResult
    """Whether it was the cycle."""
    window: EngineWindow | None
    """The cycle as one window at its means; None: it cannot be computed."""
    quantities: tuple[EngineQuantity, ...] = ()
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
        return _integrated(result, window, traces)
    except ValueError as error:
        reason = Message("judge.no-cycle", {"cycle": name, "reason": str(error)})
        return DrivenCycle(replace(result, reasons=(*result.reasons, reason)), None)


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


def _integrated(result: CycleResult, window: EngineWindow, traces: Traces) -> DrivenCycle:
    """Return the cycle with everything that its channels allow to integrate.

    Raises:
        ValueError: a trace holds what the formulas cannot take.
    """
    times, actual = traces.times, traces.actual
    work = positive_work(times=times, power=actual["speed"] * actual["torque"])
    means = {name: time_mean(times=times, values=trace) for name, trace in actual.items()}
    means["torque"] = work / integral(times=times, values=actual["speed"])
    values = {**window.inputs, **means}
    masses = _masses(window, traces)
    duration = float(times[-1] - times[0])
    found = [_over_time("cycle_work", Message("judge.cycle-work"), "kWh", "brake_power", duration)]
    if "fuel_flow" in actual:
        mass = Message("judge.cycle-fuel")
        found.append(_over_time("cycle_fuel", mass, "kg", "fuel_flow", duration))
    targets = {name: mass / work for name, mass in masses.items()}
    if "fuel_flow" in actual and "hydrogen_slip" in masses:
        fuel = integral(times=times, values=actual["fuel_flow"])
        targets["hydrogen_slip"] = masses["hydrogen_slip"] / fuel
    found += [BY_NAME[name] for name in _OF_MEANS if set(BY_NAME[name].inputs) <= values.keys()]
    found += [
        _scaled(BY_NAME[name], values, target)
        for name, target in targets.items()
        if set(BY_NAME[name].inputs) <= values.keys()
    ]
    return DrivenCycle(result, _steady(window, values), tuple(found))


_OF_MEANS = ("brake_specific_fuel_consumption", "brake_thermal_efficiency")
"""Quantities that the means of the cycle give directly."""
_EXHAUST: Final[tuple[tuple[TraceGas, str, str], ...]] = (
    ("NOx", "specific_nox", "nox"),
    ("H2", "hydrogen_slip", "hydrogen"),
)
"""Trace gas, quantity it belongs to, trace that measures it."""


def _masses(window: EngineWindow, traces: Traces) -> dict[str, float]:
    """Return what left with the exhaust, kg, by the quantity it belongs to."""
    actual = traces.actual
    needed = {"air_flow", "fuel_flow"}
    if not needed <= actual.keys() or not {INTAKE_WATER, AIR_DEMAND} <= window.inputs.keys():
        return {}
    humidity = window.inputs[INTAKE_WATER] / (1.0 - window.inputs[INTAKE_WATER])
    air, fuel = (np.maximum(actual[name], 0.0) for name in ("air_flow", "fuel_flow"))
    demand = np.maximum(fuel * window.inputs[AIR_DEMAND], 1e-9)
    ratio = np.clip(air / demand, 1.0, LEANEST)
    found: dict[str, float] = {}
    for gas, name, trace in _EXHAUST:
        if trace in actual:
            flow = trace_mass_flow(
                gas=gas,
                wet_fraction=actual[trace],
                exhaust_flow=exhaust_mass_flow(air_flow=air, fuel_flow=fuel),
                excess_air_ratio=ratio,
                humidity=humidity,
            )
            found[name] = integral(times=traces.times, values=flow)
    if "specific_nox" in found:
        factor = nox_humidity_factor(intake_water_fraction=window.inputs[INTAKE_WATER])
        found["specific_nox_corrected"] = found["specific_nox"] * factor
    return found


def _over_time(name: str, title: Message, shown: str, of: str, duration: float) -> EngineQuantity:
    base = BY_NAME[of]

    def model(x: Inputs) -> FloatArray:
        return np.asarray(base.model(x) * duration)

    return EngineQuantity(name, title, shown, base.inputs, model)


def _scaled(quantity: EngineQuantity, values: Mapping[str, float], target: float) -> EngineQuantity:
    """Return the quantity scaled to the target at these values.

    Scaling keeps relative errors what they are; around zero, where there is no scale, it shifts.
    """
    at_means = float(
        quantity.model({name: np.array([values[name]]) for name in quantity.inputs})[0]
    )
    factor = target / at_means if at_means * target > 0.0 else 1.0
    shift = target - factor * at_means

    def model(x: Inputs) -> FloatArray:
        return np.asarray(quantity.model(x) * factor + shift)

    return replace(quantity, model=model)


def _steady(window: EngineWindow, values: Mapping[str, float]) -> EngineWindow:
    """Return the window without scatter: over a cycle, channels are meant to move."""
    still = {
        name: replace(statistics, standard_error=0.0)
        for name, statistics in window.window.statistics.items()
    }
    return replace(window, inputs=values, window=replace(window.window, statistics=still))
