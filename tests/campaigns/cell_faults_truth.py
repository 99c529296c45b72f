"""What the table of the solid oxide cells says of the plant, as predicates of its truth."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bench.units import quantity
from tests.campaigns.faults_truth import Cause, Claim

DAMAGE = ("redox_events", "carbon_events", "thermal_shocks")
"""What no stack survives unharmed, as the plant counts it."""
_OXIDATION = 623.15
_UNLOADED = 30.0  # A/m2, a hundredth of the rated current density
_LOWER = 0.97


class CellMoment(NamedTuple):
    """The plant at one moment."""

    time: int
    state: Any
    inputs: Any


def seen(time: int, state: Any, inputs: Any) -> CellMoment:
    """Return what is kept of the plant at one moment."""
    return CellMoment(time, state, inputs)


def _has_reducing_gas(now: CellMoment, _: CellMoment) -> bool:
    is_fuelled = now.inputs.fuel_valve and now.inputs.fuel_flow + now.inputs.hydrogen_flow > 0.0
    is_purged = now.inputs.safety_gas or now.inputs.safety_gas_flow > 0.0
    return is_fuelled or is_purged or now.state.stack_temperature < _OXIDATION


_WORDS: dict[str, Callable[[CellMoment, CellMoment], bool]] = {
    "protected-or-fuelled": _has_reducing_gas,
    "unloaded": lambda now, _: now.state.current_density < _UNLOADED,
    "fuel-shut": lambda now, _: not now.state.fuel_valve_open,
    "safety-gas": lambda now, _: now.inputs.safety_gas,
    "safety-gas-shut": lambda now, _: not now.inputs.safety_gas,
    "current-lower": lambda now, before: (
        now.state.current_density < _LOWER * before.state.current_density
    ),
}
_QUANTITIES: dict[str, Callable[[Any], float]] = {
    "utilisation": operator.attrgetter("fuel_utilisation_stack"),
    "voltage": operator.attrgetter("cell_voltage"),
    "supply": operator.attrgetter("supply_pressure"),
    "hottest": operator.attrgetter("stack_hottest"),
    "monoxide": operator.attrgetter("cell_carbon_monoxide"),
}
_COMPARISONS = {"<": operator.lt, ">": operator.gt}


def claim_of(text: str) -> Claim[CellMoment]:
    """Return what is written as ``always PREDICATE`` or ``PREDICATE <= 3 s``."""
    if text.startswith("always "):
        return Claim(text, _predicate(text.removeprefix("always ")), None, shown)
    written, _, time = text.rpartition(" <= ")
    return Claim(text, _predicate(written), quantity(time).value, shown)


def cause_of(text: str) -> Cause[CellMoment]:
    """Return what is written as a predicate."""
    return Cause(text, _predicate(text))


def _predicate(text: str) -> Callable[[CellMoment, CellMoment], bool]:
    if text in _WORDS:
        return _WORDS[text]
    name, comparison, value = text.split(" ", 2)
    read, compare, bound = _QUANTITIES[name], _COMPARISONS[comparison], quantity(value).value
    return lambda now, _: compare(read(now.state), bound)


def damage(before: CellMoment, after: CellMoment) -> list[str]:
    """Return what the stack did not survive unharmed, in words."""
    grown = (
        (name, getattr(after.state.wear, name) - getattr(before.state.wear, name))
        for name in DAMAGE
    )
    return [f"{count} {name}" for name, count in grown if count]


def margins(moments: Sequence[CellMoment]) -> str:
    """Return how near to damage the stack came: oxide, carbon (1 each), fastest change."""
    wears = [each.state.wear for each in moments]
    oxide, carbon = (
        max(getattr(each, name) for each in wears) for name in ("nickel_oxide", "carbon")
    )
    fastest = max(abs(each.state.heating_rate) for each in moments) * 60.0
    steepest = max(
        abs(each.state.stack_outlet_temperature - each.state.air_inlet_temperature)
        for each in moments
    )
    return f"oxide {oxide:.3f}, carbon {carbon:.2f}, {fastest:.1f} K/min, {steepest:.0f} K"


def shown(now: CellMoment) -> str:
    """Return a moment for whoever reads what was wrong."""
    state, inputs = now.state, now.inputs
    letters = zip(
        "FCS", (state.fuel_valve_open, inputs.load_contactor, inputs.safety_gas), strict=True
    )
    flags = "".join(letter if is_on else "-" for letter, is_on in letters)
    return (
        f"{state.dc_current:.1f} A, {state.cell_voltage:.3f} V, {flags}, "
        f"utilisation {state.fuel_utilisation_stack:.2f}"
    )
