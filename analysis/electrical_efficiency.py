"""Electrical efficiency of a fuel cell system from energies over a window.

Energies are integrated and divided once; a mean of ratios would weigh the hours wrongly. Every
figure says what it is: net AC or gross DC, on the lower heating value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analysis.checks import FloatArray, as_trace, require_positive
from analysis.uncertainty import Contribution

LOWER_HEATING_VALUE: Final[Mapping[str, float]] = {"H2": 241.82e3, "CH4": 802.56e3}
"""J/mol at 25 °C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Energies:
    """What crossed the boundary in a window, J."""

    fuel: float
    """Lower heating value of the fuel."""
    direct: float
    """Gross, at the stack's terminals (DC)."""
    alternating: float
    """Gross, behind the inverter (AC)."""
    auxiliary: float
    """Taken by the balance of plant (AC)."""
    other: float
    """Other energy brought in, such as electric heat."""
    duration: float
    """Of the window, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricalEfficiency:
    """Efficiencies on the lower heating value, 1."""

    net: float
    """(AC - auxiliary) / (fuel + other)."""
    gross_direct: float
    """DC / fuel."""
    inverter: float
    """AC / DC; NaN without DC energy."""
    energies: Energies
    """What they are made of."""
    mean_net_power: float
    """W."""


def energies(
    *,
    times: ArrayLike,
    fuel_flow: ArrayLike,
    heating_value: float,
    direct_power: ArrayLike,
    alternating_power: ArrayLike,
    auxiliary_power: ArrayLike,
    other_power: ArrayLike | None = None,
) -> Energies:
    """Return energies over a window by the trapezoidal rule.

    Args:
        times: s, increasing, shape (n,), n >= 2.
        fuel_flow: mol/s, (n,).
        heating_value: lower, J/mol.
        direct_power: W, (n,).
        alternating_power: gross, W, (n,).
        auxiliary_power: W, (n,).
        other_power: W, (n,); None: none.

    Raises:
        ValueError: if shapes differ, a value is not finite, times do not increase or the heating
            value is not above zero.
    """
    require_positive(heating_value=float(heating_value))
    time, fuel, direct, alternating, auxiliary = as_trace(
        times=times,
        fuel_flow=fuel_flow,
        direct_power=direct_power,
        alternating_power=alternating_power,
        auxiliary_power=auxiliary_power,
    )
    other = 0.0
    if other_power is not None:
        other = _integral(*as_trace(times=times, other_power=other_power))
    return Energies(
        fuel=heating_value * _integral(time, fuel),
        direct=_integral(time, direct),
        alternating=_integral(time, alternating),
        auxiliary=_integral(time, auxiliary),
        other=other,
        duration=float(time[-1] - time[0]),
    )


def electrical_efficiency(windows: Sequence[Energies]) -> ElectricalEfficiency:
    """Return the efficiency over one or several windows: sums of energies, divided once.

    Raises:
        ValueError: if there is no window, or no fuel was burned.
    """
    if not windows:
        raise ValueError("an efficiency needs at least one window")
    total = Energies(
        fuel=sum(each.fuel for each in windows),
        direct=sum(each.direct for each in windows),
        alternating=sum(each.alternating for each in windows),
        auxiliary=sum(each.auxiliary for each in windows),
        other=sum(each.other for each in windows),
        duration=sum(each.duration for each in windows),
    )
    require_positive(fuel=total.fuel)
    net = total.alternating - total.auxiliary
    return ElectricalEfficiency(
        net=net / (total.fuel + total.other),
        gross_direct=total.direct / total.fuel,
        inverter=total.alternating / total.direct if total.direct else np.nan,
        energies=total,
        mean_net_power=net / total.duration,
    )


def net_efficiency_model(values: Mapping[str, FloatArray]) -> FloatArray:
    """Return net efficiency for a budget: inputs alternating, auxiliary, flow, heating_value.

    Powers in W, flow in mol/s, heating value in J/mol; elementwise, for `uncertainty.budget`.
    """
    net = values["alternating"] - values["auxiliary"]
    return net / (values["flow"] * values["heating_value"])


def budget_inputs(
    *,
    result: ElectricalEfficiency,
    heating_value: float,
    power_relative: float,
    auxiliary_relative: float,
    flow_relative: float,
    heating_value_relative: float,
) -> tuple[Contribution, ...]:
    """Return the contributions of a net efficiency's budget, all common to all windows.

    Args:
        result: whose mean values are taken; without other energy.
        heating_value: J/mol.
        power_relative: relative standard uncertainty of the AC power.
        auxiliary_relative: of the auxiliary power.
        flow_relative: of the fuel flow.
        heating_value_relative: of the heating value.

    Raises:
        ValueError: if the heating value is not above zero or an uncertainty is negative.
    """
    require_positive(heating_value=float(heating_value))
    total = result.energies
    means = (
        ("alternating", total.alternating / total.duration, power_relative),
        ("auxiliary", total.auxiliary / total.duration, auxiliary_relative),
        ("flow", total.fuel / heating_value / total.duration, flow_relative),
        ("heating_value", heating_value, heating_value_relative),
    )
    return tuple(
        Contribution(name=name, value=value, standard_uncertainty=abs(value) * relative)
        for name, value, relative in means
    )


def _integral(times: FloatArray, values: FloatArray) -> float:
    return float(np.sum(0.5 * (values[1:] + values[:-1]) * np.diff(times)))
