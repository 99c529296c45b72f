"""The cell: local Nernst voltage, losses, and the one voltage that all of its area has.

A cell is cut into stretches of equal oxygen transport. Each has its own Nernst voltage, the same
terminal voltage, and takes the area its local current density asks for. The reaction rates are
Aguiar's (2004) with twice the anode's and four times the cathode's: cells of today.
"""

from __future__ import annotations

from math import asinh, exp, log, sqrt
from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.thermo import (
    FARADAY,
    GAS_CONSTANT,
    REFERENCE_PRESSURE,
    Atoms,
    shift_constant,
    shifted_water,
    standard_potential,
)

NODES = ((0.0694318442, 0.1739274226), (0.3300094782, 0.3260725774))
"""Gauss-Legendre points and weights on 0..1, of the lower half; the upper half mirrors it."""
STRETCHES = (*NODES, *((1.0 - place, weight) for place, weight in reversed(NODES)))
"""Where along the oxygen transport the cell is looked at, and with what weight."""

_LEAST = 1e-9
_MOIST = 5e-4  # mole fraction of water that even dry gas has in an anode
_ROUNDS = 3


class Losses(NamedTuple):
    """Losses of a cell at one temperature, before any gas is known."""

    exchange: float
    """Twice the exchange current density (geometric mean of both electrodes), A/m2."""
    slope: float
    """Voltage of both electrodes per asinh, V."""
    ohmic: float
    """Ohmic resistance times area, ohm m2."""
    diffusion: float
    """Diffusion loss times area per (1/x_H2 + 1/x_H2O), ohm m2."""


class CellGas(NamedTuple):
    """Gas along the cells, in what passes all of them together."""

    inlet: Atoms
    """Anode inlet, mol/s."""
    oxygen_flow: float
    """Oxygen molecules at the cathode inlet, mol/s."""
    air_flow: float
    """Air at the cathode inlet, mol/s."""
    transport: float
    """Oxygen atoms that go to the anode by current, mol/s."""
    pressure: float
    """Pressure at the cathode, Pa."""


class Setting(NamedTuple):
    """What the temperature decides."""

    base: float
    """Standard potential, V."""
    half: float
    """RT/2F, V."""
    shift: float
    """Constant of the water-gas shift, 1."""


class Operating(NamedTuple):
    """What the cell does."""

    voltage: float
    """Cell voltage, V."""
    inlet: float
    """Nernst voltage at the first stretch, V."""
    outlet: float
    """Nernst voltage at the outlet, V."""
    local: float
    """Differential resistance without change of gas, ohm m2."""
    diffusion: float
    """Its part by diffusion, ohm m2."""
    mean: float
    """Mean Nernst voltage, weighed by area, V."""


def losses_at(temperature: float, *, added: float, electrolyte: float, contact: float) -> Losses:
    """Return the losses at a temperature.

    Args:
        temperature: K.
        added: Resistance added by aging, ohm m2.
        electrolyte: Thickness of the electrolyte, m.
        contact: Resistance of contacts, ohm m2.
    """
    thermal = GAS_CONSTANT * temperature / FARADAY
    anode = 0.5 * thermal * 2.0 * 6.54e11 * exp(-140e3 / (GAS_CONSTANT * temperature))
    cathode = 0.5 * thermal * 4.0 * 2.35e11 * exp(-137e3 / (GAS_CONSTANT * temperature))
    conductivity = 33.4e3 * exp(-10.3e3 / temperature)
    # diffusion through an anode of 500 um with 3.66e-5 m2/s, at 1 bar
    limit = 0.5 * thermal * temperature * GAS_CONSTANT * 500e-6 / (2.0 * FARADAY * 3.66e-5)
    return Losses(
        exchange=2.0 * sqrt(anode * cathode),
        slope=2.0 * thermal,
        ohmic=electrolyte / conductivity + contact + added,
        diffusion=limit / REFERENCE_PRESSURE,
    )


def operate(gas: CellGas, density: float, temperature: float, losses: Losses) -> Operating:
    """Return voltage and potentials of a cell.

    Args:
        gas: What flows along it; more hydrogen and carbon monoxide than is used.
        density: Mean current density, A/m2.
        temperature: K.
        losses: At this temperature.
    """
    setting = _setting(temperature)
    nernst: list[float] = []
    series: list[float] = []
    for place, _ in STRETCHES:
        voltage, resistance = _local(gas, place, setting, losses)
        nernst.append(voltage)
        series.append(resistance)
    outlet = _local(gas, 1.0, setting, losses)[0]
    if density <= _LEAST:
        diffusion = series[0] - losses.ohmic
        local = series[0] + losses.slope / losses.exchange
        return Operating(nernst[0], nernst[0], outlet, local, diffusion, nernst[0])
    return _solved(nernst, series, outlet, density, losses)


def _local(gas: CellGas, place: float, setting: Setting, losses: Losses) -> tuple[float, float]:
    """Return Nernst voltage (V) and linear resistance times area (ohm m2) at a place 0..1."""
    base, half, shift = setting
    carbon, hydrogen, oxygen, inert = gas.inlet
    used = gas.transport * place
    oxygen += used
    water = shifted_water(Atoms(carbon, hydrogen, oxygen, inert), shift)
    total = carbon + hydrogen + inert + _LEAST
    water = max(water, _MOIST * total)
    left = max(hydrogen - water, 1e-7 * total)
    cathode_oxygen = max(gas.oxygen_flow - 0.5 * used, 1e-4 * gas.air_flow + _LEAST)
    pressure = gas.pressure / REFERENCE_PRESSURE * cathode_oxygen
    pressure /= gas.air_flow - 0.5 * used + 2.0 * _LEAST
    voltage = base + half * (log(left / water) + 0.5 * log(pressure))
    return voltage, losses.ohmic + losses.diffusion * total * (1.0 / left + 1.0 / water)


def outlet_potential(gas: CellGas, temperature: float, losses: Losses) -> float:
    """Return the Nernst voltage (V) at the outlet, without solving for the current."""
    return _local(gas, 1.0, _setting(temperature), losses)[0]


def _setting(temperature: float) -> Setting:
    half = GAS_CONSTANT * temperature / (2.0 * FARADAY)
    return Setting(standard_potential(temperature), half, shift_constant(temperature))


def _solved(
    nernst: list[float], series: list[float], outlet: float, density: float, losses: Losses
) -> Operating:
    """Return the operating point at which all stretches together carry the mean density."""
    exchange, slope, _, _ = losses
    weights = [weight for _, weight in STRETCHES]
    currents = [density] * len(nernst)
    voltage = 0.0
    slopes: list[float] = []
    for _ in range(_ROUNDS):
        slopes.clear()
        heads: list[float] = []
        for current, potential, linear in zip(currents, nernst, series, strict=True):
            x = current / exchange
            steep = linear + slope / (exchange * sqrt(1.0 + x * x))
            slopes.append(steep)
            heads.append(potential - slope * asinh(x) - linear * current + steep * current)
        voltage = _common_voltage(heads, slopes, weights, density)
        currents = [
            max(_LEAST, (head - voltage) / steep) for head, steep in zip(heads, slopes, strict=True)
        ]
    area = [density * weight / current for weight, current in zip(weights, currents, strict=True)]
    mean = sum(part * potential for part, potential in zip(area, nernst, strict=True))
    local = sum(part * steep for part, steep in zip(area, slopes, strict=True))
    linear = sum(part * each for part, each in zip(area, series, strict=True))
    return Operating(voltage, nernst[0], outlet, local, linear - losses.ohmic, mean)


def _common_voltage(
    heads: list[float], slopes: list[float], weights: list[float], density: float
) -> float:
    """Return the voltage at which the harmonic mean of (head - V)/slope is the density."""
    lowest = min(heads)
    mean_slope = sum(w * s for w, s in zip(weights, slopes, strict=True))
    voltage = lowest - 0.3 * density * mean_slope
    for _ in range(4):
        total = steep = 0.0
        for head, each, weight in zip(heads, slopes, weights, strict=True):
            share = weight * each / (head - voltage)
            total += share
            steep += share / (head - voltage)
        # the harmonic mean falls nearly in a straight line: Newton on it, not on its reciprocal
        change = (1.0 / total - density) * total * total / steep
        voltage = min(voltage + change, lowest - 1e-3 * density * mean_slope)
    return voltage
