"""Hydrogen from the trailer to the injectors: line pack, nitrogen purge, leak.

Between shut-off valve and injectors lies one volume of an ideal, well mixed gas. Its amount obeys
``dn/dt = source - conductance * pressure - injection``, which is solved exactly; flows follow from
the mean pressure of the step, so that gas is neither made nor lost.
"""

# ruff: noqa: FURB136, PLR0917 - min, max and keywords double the time of a step

from math import exp

from drivers.simulated.plants.hydrogen_engine.constants import GAS_CONSTANT, NITROGEN_MOLAR_MASS
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_LEAK_PRESSURE = 30e5

Line = tuple[float, float, float, float, float, float, float]
"""Fuel and nitrogen in the line after the step, mol; then the step's mean flows, mol/s: fuel
through the meter, gas injected, gas vented, gas leaked; and the fuel's share of what left."""


def regulated_pressure(supply_pressure: float, parameters: HydrogenEngineParameters) -> float:
    """Pressure at the meter, Pa."""
    missing = parameters.trailer_pressure - supply_pressure
    wanted = parameters.regulator_pressure - parameters.regulator_supply_effect * missing
    return wanted if wanted < supply_pressure else supply_pressure


def line_step(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    injection: float,
    dt: float,
) -> Line:
    """The line after one step.

    Args:
        state: State before the step.
        inputs: Valves and ambient pressure.
        parameters: Conductances and volume.
        injection: Gas the injectors ask for, mol/s; they stop at their least pressure.
        dt: Time step, s.
    """
    ambient = inputs.ambient_pressure
    per_mol = GAS_CONSTANT * state.fuel_temperature / parameters.line_volume
    amount = state.rail_fuel + state.rail_nitrogen
    pressure = per_mol * amount
    inlet_pressure = regulated_pressure(state.supply_pressure, parameters)
    inlet = parameters.valve_conductance
    if not inputs.fuel_valve or inlet_pressure <= pressure:
        inlet = 0.0
    leak = vent = nitrogen = 0.0
    if pressure > ambient:
        leak = parameters.leak_rate / (_LEAK_PRESSURE * parameters.gas_lot.molar_mass)
    if inputs.purge:
        vent = parameters.vent_conductance if pressure > ambient else 0.0
        nitrogen = parameters.purge_conductance if pressure < parameters.purge_pressure else 0.0
    outlet = vent + leak
    source = inlet * inlet_pressure + outlet * ambient + nitrogen * parameters.purge_pressure
    rate = (inlet + outlet + nitrogen) * per_mol
    new, mean = _integrate(amount, source - injection, rate, dt)
    starved = injection > 0.0 and new * per_mol < parameters.least_injection_pressure
    if starved:
        new = min(amount, parameters.least_injection_pressure / per_mol)
        mean = 0.5 * (amount + new)
    mean_pressure = per_mol * mean
    metered = inlet * (inlet_pressure - mean_pressure)
    inert = nitrogen * (parameters.purge_pressure - mean_pressure)
    vented = vent * (mean_pressure - ambient)
    leaked = leak * (mean_pressure - ambient)
    if starved:
        injection = (amount - new) / dt + metered + inert - vented - leaked
        if injection < 0.0:
            return line_step(state, inputs, parameters, 0.0, dt)
    if state.rail_nitrogen == 0.0 and nitrogen == 0.0:
        return new, 0.0, metered, injection, vented, leaked, 1.0
    fuel, share = _mix(state.rail_fuel, new, mean, metered, injection + vented + leaked, dt)
    return fuel, max(0.0, new - fuel), metered, injection, vented, leaked, share


def _integrate(amount: float, source: float, rate: float, dt: float) -> tuple[float, float]:
    """Amount after the step and its mean, for ``dn/dt = source - rate * n``."""
    if rate * dt < 1e-9:
        change = (source - rate * amount) * dt
        return amount + change, amount + 0.5 * change
    final = source / rate
    new = final + (amount - final) * exp(-rate * dt)
    return new, final + (amount - new) / (rate * dt)


def _mix(
    fuel: float, new: float, mean: float, fuel_in: float, out: float, dt: float
) -> tuple[float, float]:
    """Fuel left in the well mixed line, mol, and the fuel's share of what flowed out."""
    rate = out / mean if mean > 0.0 else 0.0
    left, _ = _integrate(fuel, fuel_in, rate, dt)
    leaving = out * dt
    before = fuel + fuel_in * dt
    # The mean amount is an approximation: no more leaves than flows out, none is made.
    left = max(0.0, before - leaving, min(left, new, before))
    if leaving <= 0.0:
        return min(new, before), 0.0
    return left, (before - left) / leaving


def supply_step(
    state: HydrogenEngineState,
    inputs: HydrogenEngineInputs,
    parameters: HydrogenEngineParameters,
    metered: float,
    fuel_decay: float,
    dt: float,
) -> tuple[float, float, float]:
    """Trailer pressure, meter pressure and hydrogen temperature after one step.

    Args:
        state: State before the step.
        inputs: Ambient temperature.
        parameters: Numbers of the supply.
        metered: Flow through the meter, kg/s.
        fuel_decay: What remains of a temperature difference after the step, 1.
        dt: Time step, s.
    """
    full = parameters.trailer_pressure
    supply = state.supply_pressure - metered * dt * full / parameters.trailer_capacity
    if supply < parameters.trailer_exchange_pressure:
        supply = full
    meter = regulated_pressure(supply, parameters)
    warm = inputs.ambient_temperature
    if metered > 0.0:
        warm += parameters.fuel_heating_coefficient * (supply - meter)
    return supply, meter, warm + (state.fuel_temperature - warm) * fuel_decay


def rail_molar_mass(fuel_share: float, parameters: HydrogenEngineParameters) -> float:
    """Molar mass of a mixture of delivered gas and purge nitrogen, kg/mol."""
    fuel_mass = parameters.gas_lot.molar_mass
    return fuel_share * fuel_mass + (1.0 - fuel_share) * NITROGEN_MOLAR_MASS
