"""Do the engine's measurements agree with each other? Fuel against air, heat against fuel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.closure import ENERGY_CLOSURE_TOLERANCE, FUEL_CLOSURE_TOLERANCE, energy_closure
from bench.channel import Channel
from bench.messages import Message
from protocols.criteria import Asked
from protocols.engine_drift import Drift
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import FUEL_CLOSURE, HEATING_VALUE
from protocols.engine_uncertainty import NotKnown, estimate
from protocols.results import ClosureRow

COOLANT_FLOW = "coolant.flow"
COOLANT_OUT = "coolant.temperature"
COOLANT_IN = "coolant.inlet_temperature"
EXHAUST = "exhaust.temperature"
INTAKE = "intake_air.temperature"
COOLANT_HEAT_CAPACITY = 3.6e3
"""J/(kg K) of water with half as much glycol. Engineering default; ``coolant_heat_capacity``."""
EXHAUST_HEAT_CAPACITY = 1.13e3
"""J/(kg K) of lean hydrogen exhaust. Engineering default; ``exhaust_heat_capacity``."""


def fuel_closure_row(
    at: str,
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    drifts: Sequence[Drift],
    asked: Asked,
) -> ClosureRow:
    """Return fuel from air and lambda against the meter, over the windows of a point."""
    row = ClosureRow(name="fuel", title=Message("judge.fuel-closure"), at=at)
    if not windows:
        return replace(row, remark=Message("judge.no-window", {"point": at}))
    try:
        found = estimate(FUEL_CLOSURE, windows, channels, drifts).budget
    except NotKnown as error:
        return replace(row, remark=error.reason)
    tolerance = asked.number("fuel_closure", FUEL_CLOSURE_TOLERANCE)
    return _closed(row, found.value, found.expanded_uncertainty, tolerance)


def energy_closure_row(at: str, windows: Sequence[EngineWindow], asked: Asked) -> ClosureRow:
    """Return where the power of the fuel went; coolant heat needs a flow in ``coolant.flow``.

    What charge air cooler, oil cooler and radiation take is a share of the fuel power that the
    protocol states in ``other_heat``; without it, none.
    """
    row = ClosureRow(name="energy", title=Message("judge.energy-closure"), at=at)
    deviations: list[float] = []
    for window in windows:
        means = {name: window.window.mean(name) for name in _HEAT}
        missing = [name for name, mean in means.items() if mean is None]
        missing += [name for name in _NEEDED if name not in window.inputs]
        if missing:
            remark = Message("judge.no-energy-closure", {"channels": ", ".join(missing)})
            return replace(row, remark=remark)
        deviations.append(_energy_deviation(window, means, asked))
    if not deviations:
        return replace(row, remark=Message("judge.no-window", {"point": at}))
    tolerance = asked.number("energy_closure", ENERGY_CLOSURE_TOLERANCE)
    return _closed(row, float(np.mean(deviations)), math.nan, tolerance)


_HEAT = (COOLANT_FLOW, COOLANT_OUT, COOLANT_IN, EXHAUST, INTAKE)
_NEEDED = ("speed", "torque", "fuel_flow", "air_flow", HEATING_VALUE)


def _energy_deviation(
    window: EngineWindow, means: Mapping[str, float | None], asked: Asked
) -> float:
    heat = {name: mean or 0.0 for name, mean in means.items()}
    x = window.inputs
    fuel_power = x["fuel_flow"] * x[HEATING_VALUE]
    coolant = asked.number("coolant_heat_capacity", COOLANT_HEAT_CAPACITY) * heat[COOLANT_FLOW]
    exhaust = asked.number("exhaust_heat_capacity", EXHAUST_HEAT_CAPACITY)
    return energy_closure(
        fuel_power=fuel_power,
        brake_power=x["speed"] * x["torque"],
        coolant_heat=coolant * (heat[COOLANT_OUT] - heat[COOLANT_IN]),
        exhaust_heat=exhaust * (x["air_flow"] + x["fuel_flow"]) * (heat[EXHAUST] - heat[INTAKE]),
        other_heat=asked.number("other_heat", 0.0) * fuel_power,
    ).relative_deviation


def _closed(row: ClosureRow, deviation: float, expanded: float, tolerance: float) -> ClosureRow:
    """Return the check against the larger of its tolerance and its own uncertainty."""
    applied = max(tolerance, expanded) if math.isfinite(expanded) else tolerance
    shown = {"uncertainty": f"{100.0 * expanded:.2g} %", "tolerance": f"{100.0 * tolerance:g} %"}
    return replace(
        row,
        deviation=100.0 * deviation,
        expanded_uncertainty=100.0 * expanded,
        tolerance=100.0 * tolerance,
        within=abs(deviation) <= applied,
        remark=Message("judge.closure-coarse", shown) if applied > tolerance else "",
    )
