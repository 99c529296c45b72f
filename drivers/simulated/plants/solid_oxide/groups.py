"""Many cells at once: what each group and each stack shows, from the mean of all."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from drivers.simulated.plants.solid_oxide.impedance import (
    RIPPLE_FREQUENCY,
    cell_impedance,
    fast_processes_of,
)
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState
from drivers.simulated.plants.solid_oxide.thermo import FARADAY, GAS_CONSTANT

_PER_KELVIN = 0.011  # fall of the resistance with temperature, 1/K
_OPEN_SLOPE = -2.864e-4  # V/K at open circuit


def group_resistances(
    state: SolidOxideState, parameters: SolidOxideParameters
) -> NDArray[np.float64]:
    """Return what each group's cells have more than the mean, ohm m2; shape (groups,)."""
    p = parameters
    relative, _, temperature = p.spread
    local = state.operating.local
    # groups age each at its own pace: those with more resistance are those that aged more
    deviation = (local + 5.0 * state.added) * relative
    deviation -= (local * _PER_KELVIN) * temperature
    if p.weak_group:
        deviation[int(p.weak_group) - 1] += p.weak_group_asr
    number, resistance, _ = state.failing
    if 0 < number <= p.groups:
        deviation[int(number) - 1] += resistance
    return deviation


def cell_voltages(state: SolidOxideState, parameters: SolidOxideParameters) -> NDArray[np.float64]:
    """Return the mean cell voltage of each group, V; shape (groups,)."""
    p = parameters
    half = GAS_CONSTANT * state.stack_temperature / (2.0 * FARADAY)
    deviation = -state.current_density * group_resistances(state, p)
    if state.current_density <= 0.0:
        deviation += _OPEN_SLOPE * p.spread[2]
    else:
        share = p.need_of_fuel
        number, _, lack = state.failing
        if lack > 0.0 and 0 < number <= p.groups:
            share = share.copy()
            share[int(number) - 1] /= 1.0 - lack
        used = state.fuel_utilisation_stack * share
        left = np.maximum(1.0 - used, 1e-4) / max(1.0 - state.fuel_utilisation_stack, 1e-4)
        # the outlet has half of the fuel's part in the voltage that all of the cell shares
        deviation += 0.5 * half * np.log(left / share)
        if state.fuel_utilisation_stack > 0.8 or lack > 0.0:  # else far from 0.99 everywhere
            deviation -= 0.5 * np.maximum(used - 0.99, 0.0) * 20.0
    alive = min(1.0, state.cell_voltage / 0.5)
    return np.maximum(state.cell_voltage + alive * deviation, 0.0)


def stack_ripple(state: SolidOxideState, parameters: SolidOxideParameters) -> NDArray[np.float64]:
    """Return the ripple at 100 Hz over each stack, V rms; shape (stacks,)."""
    p = parameters
    stacks = int(p.stacks)
    if state.ripple_current <= 0.0:
        return np.zeros(stacks)
    cells = p.cells / p.stacks
    impedance = cell_impedance(fast_processes_of(state, p), RIPPLE_FREQUENCY)
    more = _stack_resistances(state, p)
    inductive = 2.0 * math.pi * RIPPLE_FREQUENCY * p.cable_inductance * p.strings / 5.0
    # of a cell in each stack: real and imaginary part, with its share of the cables
    scale = cells / p.active_area
    real = (impedance.real + more) * scale
    across = (impedance.imag * scale) ** 2 + inductive**2
    return state.ripple_current / p.strings * np.sqrt(real * real + across)


def _stack_resistances(
    state: SolidOxideState, parameters: SolidOxideParameters
) -> NDArray[np.float64]:
    """Return what each stack's cells have more than the mean, ohm m2; shape (stacks,)."""
    p = parameters
    relative, _, temperature = p.stack_spread
    local = state.operating.local
    deviation = (local + 5.0 * state.added) * relative - local * _PER_KELVIN * temperature
    each = int(p.groups) // int(p.stacks)
    if p.weak_group:
        deviation[(int(p.weak_group) - 1) // each] += p.weak_group_asr / each
    number, resistance, _ = state.failing
    if 0 < number <= p.groups:
        deviation[(int(number) - 1) // each] += resistance / each
    return deviation
