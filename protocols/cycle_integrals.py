"""What came out of a cycle: work, fuel and emissions, integrated over the cycle.

Stated uncertainties act on integrals as they act on means: the budget of a point, taken at the
means of the cycle, is scaled to the integrated value. Delay and response of the analyser are not
corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.cycles import ReferenceCycle, integral, positive_work, time_mean
from analysis.emissions import TraceGas, exhaust_mass_flow, nox_humidity_factor, trace_mass_flow
from bench.messages import Message
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import (
    AIR_DEMAND,
    BY_NAME,
    INTAKE_WATER,
    Inputs,
)
from protocols.estimates import Quantity

LEANEST: Final = 50.0
"""Excess air ratio above which the density of the exhaust no longer changes."""


@dataclass(frozen=True)
class Traces:
    """What was done over a cycle, on whole seconds; SI."""

    times: FloatArray
    """s."""
    reference: ReferenceCycle
    """What was asked."""
    actual: Mapping[str, FloatArray]
    """Input → its trace."""


def integrated(window: EngineWindow, traces: Traces) -> tuple[EngineWindow, tuple[Quantity, ...]]:
    """Return the cycle as one window at its means, and all that its channels allow to integrate.

    The quantities are scaled so that the window gives the integrated values.

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
    return _steady(window, values), tuple(found)


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


def _over_time(name: str, title: Message, shown: str, of: str, duration: float) -> Quantity:
    base = BY_NAME[of]

    def model(x: Inputs) -> FloatArray:
        return np.asarray(base.model(x) * duration)

    return Quantity(name, title, shown, base.inputs, model)


def _scaled(quantity: Quantity, values: Mapping[str, float], target: float) -> Quantity:
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
