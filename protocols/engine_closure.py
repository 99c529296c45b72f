"""Do the engine's measurements agree with each other? Fuel against air, heat against fuel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.checks import FloatArray
from analysis.closure import ENERGY_CLOSURE_TOLERANCE, FUEL_CLOSURE_TOLERANCE
from bench.channel import Channel
from bench.messages import Message
from protocols.criteria import Asked
from protocols.engine_drift import Drift
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import (
    CHANNELS,
    FUEL_CLOSURE,
    HEATING_VALUE,
    Inputs,
)
from protocols.engine_uncertainty import estimate
from protocols.estimates import NotKnown, Quantity
from protocols.results import ClosureRow

COOLANT_HEAT_CAPACITY = 3.6e3
"""J/(kg K) of water with half as much glycol. Engineering default; ``coolant_heat_capacity``."""
EXHAUST_HEAT_CAPACITY = 1.13e3
"""J/(kg K) of lean hydrogen exhaust. Engineering default; ``exhaust_heat_capacity``."""
AIR_HEAT_CAPACITY = 1.008e3
"""J/(kg K) of air around 100 °C; ``air_heat_capacity``."""


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


def energy_closure_row(
    at: str,
    windows: Sequence[EngineWindow],
    channels: Mapping[str, Channel],
    drifts: Sequence[Drift],
    asked: Asked,
) -> ClosureRow:
    """Return where the power of the fuel went; coolant heat needs a flow in ``coolant.flow``.

    The charge air cooler counts where the air is measured before and behind it. What the oil
    cooler and radiation take is a share of the fuel power that the protocol states in
    ``other_heat``; without it, none. Heat capacities count as exact.
    """
    row = ClosureRow(name="energy", title=Message("judge.energy-closure"), at=at)
    if not windows:
        return replace(row, remark=Message("judge.no-window", {"point": at}))
    missing = [
        CHANNELS.get(name, name)
        for name in _HEAT_INPUTS
        if any(name not in window.inputs for window in windows)
    ]
    if missing:
        return replace(
            row, remark=Message("judge.no-energy-closure", {"channels": ", ".join(missing)})
        )
    is_cooled = all(name in window.inputs for window in windows for name in _CHARGE_AIR)
    wanted = _energy_quantity(asked, is_charge_air_cooled=is_cooled)
    try:
        found = estimate(wanted, windows, channels, drifts).budget
    except NotKnown as error:
        return replace(row, remark=error.reason)
    tolerance = asked.number("energy_closure", ENERGY_CLOSURE_TOLERANCE)
    return _closed(row, found.value, found.expanded_uncertainty, tolerance)


_HEAT_INPUTS = (
    "speed", "torque", "fuel_flow", "air_flow", HEATING_VALUE, "coolant_flow", "coolant_out",
    "coolant_in", "exhaust_temperature", "intake_temperature",
)  # fmt: skip
_CHARGE_AIR = ("charge_air_in", "charge_air_out")


def _energy_quantity(asked: Asked, *, is_charge_air_cooled: bool) -> Quantity:
    coolant = asked.number("coolant_heat_capacity", COOLANT_HEAT_CAPACITY, "J/kg/K")
    exhaust = asked.number("exhaust_heat_capacity", EXHAUST_HEAT_CAPACITY, "J/kg/K")
    air = asked.number("air_heat_capacity", AIR_HEAT_CAPACITY, "J/kg/K")
    other = asked.number("other_heat", 0.0)

    def deviation(x: Inputs) -> FloatArray:
        fuel = x["fuel_flow"] * x[HEATING_VALUE]
        brake = x["speed"] * x["torque"]
        cooled = coolant * x["coolant_flow"] * (x["coolant_out"] - x["coolant_in"])
        rise = x["exhaust_temperature"] - x["intake_temperature"]
        left = exhaust * (x["air_flow"] + x["fuel_flow"]) * rise
        if is_charge_air_cooled:
            cooled += air * x["air_flow"] * (x["charge_air_in"] - x["charge_air_out"])
        return np.asarray((brake + cooled + left) / fuel + other - 1.0)

    title = Message("judge.energy-closure")
    inputs = (*_HEAT_INPUTS, *_CHARGE_AIR) if is_charge_air_cooled else _HEAT_INPUTS
    return Quantity("energy_closure", title, "%", inputs, deviation)


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
