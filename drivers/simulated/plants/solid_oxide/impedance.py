"""Impedance of the cells: five processes, of which the sum is the slope of the i-V curve.

Ohmic resistance, two processes of the anode (ZARC), the cathode (Gerischer), gas diffusion (finite
length Warburg) and gas conversion (RC). The resistances are those of the cell model at its
operating point, so that the spectrum ends at low frequency where the curve's slope is.
"""

from __future__ import annotations

import cmath
from math import pi, sqrt
from typing import NamedTuple

from drivers.simulated.plants.solid_oxide.aging import cathode_share
from drivers.simulated.plants.solid_oxide.electrochemistry import operate
from drivers.simulated.plants.solid_oxide.gas import cell_gas
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters
from drivers.simulated.plants.solid_oxide.state import SolidOxideState
from drivers.simulated.plants.solid_oxide.thermo import Atoms

RIPPLE_FREQUENCY = 100.0
"""Of the inverter, Hz."""
PEAKS = (18e3, 3e3, 120.0, 8.0, 0.8)
"""Frequency of the processes at 750 degC, Hz: anode ions, anode charge transfer, cathode,
diffusion, conversion (KIT's nomenclature P3A, P2A, P2C, P1A)."""

_SHARES = (0.2, 0.45, 0.35)  # of the activation: P3A, P2A, P2C
_EXPONENTS = (0.90, 0.85)
_ELECTRODES_AT_750 = 27e-6  # ohm m2, both at small currents
_WARBURG_PEAK = 2.54  # omega tau of the maximum of -Im of a finite length Warburg element


class Processes(NamedTuple):
    """Resistances of one cell times its area, ohm m2, and how much slower each is than at 750."""

    ohmic: float
    ionic: float
    transfer: float
    cathode: float
    diffusion: float
    conversion: float
    slowness: float
    """Time constants of the electrodes over those at 750 degC, 1."""


def processes_of(state: SolidOxideState, parameters: SolidOxideParameters) -> Processes:
    """Return the processes of a cell at its operating point."""
    fast = fast_processes_of(state, parameters)
    conversion = slope_of(state, parameters) - sum(fast[:5])
    return fast._replace(conversion=max(conversion, 1e-9))


def fast_processes_of(state: SolidOxideState, parameters: SolidOxideParameters) -> Processes:
    """Return the processes without gas conversion, which takes solving and is slow in both ways."""
    operating, losses = state.operating, state.losses
    relative = state.current_density / losses.exchange
    activation = losses.slope / (losses.exchange * sqrt(1.0 + relative * relative))
    aged = min(cathode_share(parameters, state.wear), state.added)
    ionic, transfer, cathode = (share * activation for share in _SHARES)
    diffusion = max(operating.diffusion, 1e-9)
    slowness = losses.slope / losses.exchange / _ELECTRODES_AT_750
    return Processes(losses.ohmic - aged, ionic, transfer, cathode + aged, diffusion, 0.0, slowness)


def slope_of(state: SolidOxideState, parameters: SolidOxideParameters) -> float:
    """Return the fall of the voltage with current density at constant gas at the inlet, ohm m2."""
    temperature, density, _, flow, air, pressure, *atoms = state.solved_for
    flows, composition = (flow, air, pressure), Atoms(*atoms)

    def voltage(at: float) -> float:
        gas = cell_gas(parameters, composition, flows, at)
        return operate(gas, at, temperature, state.losses).voltage

    width = max(0.01 * density, 5.0)
    return (voltage(max(density - width, 1.0)) - voltage(density + width)) / (
        density + width - max(density - width, 1.0)
    )


def cell_impedance(processes: Processes, frequency: float) -> complex:
    """Return the impedance times area (ohm m2) of a cell at a frequency (Hz)."""
    omega = 2.0j * pi * frequency
    found = complex(processes.ohmic)
    for resistance, peak, exponent in zip(
        (processes.ionic, processes.transfer), PEAKS, _EXPONENTS, strict=False
    ):
        time = processes.slowness / (2.0 * pi * peak)
        found += resistance / (1.0 + (omega * time) ** exponent)
    time = sqrt(3.0) * processes.slowness / (2.0 * pi * PEAKS[2])
    found += processes.cathode / cmath.sqrt(1.0 + omega * time)
    root = cmath.sqrt(omega * _WARBURG_PEAK / (2.0 * pi * PEAKS[3]))
    found += processes.diffusion * cmath.tanh(root) / root
    return found + processes.conversion / (1.0 + omega / (2.0 * pi * PEAKS[4]))


def stack_impedance(
    state: SolidOxideState, parameters: SolidOxideParameters, frequency: float
) -> complex:
    """Return the impedance (ohm) at the stack's terminals at a frequency (Hz), with its cables."""
    p = parameters
    cell = cell_impedance(processes_of(state, p), frequency) / p.active_area
    cells = p.cells / (p.strings * p.strings)
    return cell * cells + 2.0j * pi * frequency * p.cable_inductance
