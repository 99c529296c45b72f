"""What is computed of a hydrogen engine at a point: each quantity with its inputs and its model.

Every model is an elementwise function of its inputs in SI, so that one formula serves the value,
its uncertainty budget and the Monte Carlo check. Brake power is mean torque times mean speed: at
a steady point the covariance of both is below 1e-5 of their product.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from analysis.efficiency import (
    brake_mean_effective_pressure,
    brake_power,
    brake_specific_fuel_consumption,
    brake_thermal_efficiency,
)
from analysis.emissions import (
    brake_specific_emission,
    dry_air_flow,
    excess_air_ratio_from_wet_oxygen,
    exhaust_mass_flow,
    hydrogen_slip,
    intake_water_fraction,
    nox_humidity_factor,
    trace_mass_flow,
)
from bench.messages import Message
from protocols.estimates import Quantity

Inputs = Mapping[str, FloatArray]

CHANNELS: Final[Mapping[str, str]] = {
    "speed": "engine.speed",
    "torque": "engine.torque",
    "fuel_flow": "fuel.flow",
    "air_flow": "air.flow",
    "oxygen": "exhaust.oxygen",
    "nox": "exhaust.nox",
    "hydrogen": "exhaust.hydrogen",
    "coolant_flow": "coolant.flow",
    "coolant_out": "coolant.temperature",
    "coolant_in": "coolant.inlet_temperature",
    "exhaust_temperature": "exhaust.temperature",
    "intake_temperature": "intake_air.temperature",
    "charge_air_in": "charge_air.inlet_temperature",
    "charge_air_out": "charge_air.temperature",
}
"""Input of a model → channel that measures it."""

HUMIDITY: Final = "cell.humidity"
CELL_TEMPERATURE: Final = "cell.temperature"
INTAKE_TEMPERATURE: Final = "intake_air.temperature"
PRESSURE: Final = "cell.pressure"
WEATHER: Final = (HUMIDITY, CELL_TEMPERATURE, PRESSURE, INTAKE_TEMPERATURE)
"""Channels from which water and dry pressure of the intake air follow: the water stands in the air
of the cell, where the humidity is measured; conditioning warms it, but takes none out."""

FUEL_PRESSURE: Final = "fuel.pressure"
FUEL_TEMPERATURE: Final = "fuel.temperature"

UNITS: Final[Mapping[str, str]] = {
    "engine.speed": "rpm",
    "engine.torque": "N*m",
    "fuel.flow": "kg/h",
    "air.flow": "kg/h",
    "exhaust.oxygen": "%",
    "exhaust.nox": "ppm",
    "exhaust.hydrogen": "ppm",
    HUMIDITY: "%",
    CELL_TEMPERATURE: "degC",
    INTAKE_TEMPERATURE: "degC",
    PRESSURE: "kPa",
    FUEL_PRESSURE: "bar",
    FUEL_TEMPERATURE: "degC",
    "coolant.flow": "kg/s",
    "coolant.temperature": "degC",
    "coolant.inlet_temperature": "degC",
    "exhaust.temperature": "degC",
    "charge_air.inlet_temperature": "degC",
    "charge_air.temperature": "degC",
}
"""Channel → a unit of the dimension it must have; pressures are absolute."""

INTAKE_WATER: Final = "intake_water"
"""Input: mol of water per mol of humid intake air."""
HEATING_VALUE: Final = "lower_heating_value"
"""Input: of the certified gas, J/kg."""
AIR_DEMAND: Final = "stoichiometric_ratio"
"""Input: kg of dry air per kg of the certified gas; exact beside the flows."""
DISPLACEMENT: Final = "displacement"
"""Input: from the data of the test object, m3; exact."""


def water_of(weather: Mapping[str, float]) -> float:
    """Return mol of water per mol of humid intake air from the `WEATHER` channels, SI.

    The humidity belongs to the temperature of the air beside its sensor. A sensor at the end of
    its scale may read slightly beyond it: that counts as dry or saturated.

    Raises:
        ValueError: a value is impossible.
    """
    return intake_water_fraction(
        relative_humidity=min(max(weather[HUMIDITY], 0.0), 1.0),
        temperature=weather[CELL_TEMPERATURE],
        pressure=weather[PRESSURE],
    )


def _power(x: Inputs) -> FloatArray:
    return brake_power(speed=x["speed"], torque=x["torque"])


def _mean_effective_pressure(x: Inputs) -> FloatArray:
    volume = float(x[DISPLACEMENT].flat[0])
    return brake_mean_effective_pressure(torque=x["torque"], displacement=volume)


def _consumption(x: Inputs) -> FloatArray:
    return brake_specific_fuel_consumption(fuel_flow=x["fuel_flow"], brake_power=_power(x))


def _efficiency(x: Inputs) -> FloatArray:
    return brake_thermal_efficiency(
        speed=x["speed"],
        torque=x["torque"],
        fuel_flow=x["fuel_flow"],
        lower_heating_value=x[HEATING_VALUE],
    )


def _water(x: Inputs) -> FloatArray:
    return np.maximum(x[INTAKE_WATER], 0.0)  # a draw around dry air must stay possible


def _humidity_ratio(x: Inputs) -> FloatArray:
    return _water(x) / (1.0 - _water(x))


def excess_air_ratio(x: Inputs) -> FloatArray:
    """Return lambda of all the fuel that was metered, 1.

    Hydrogen that slips leaves oxygen behind that would have burned it; without this correction
    700 ppm of it show lambda 0.4 % too high.
    """
    unburned = 0.5 * x["hydrogen"]
    oxygen = (x["oxygen"] - unburned) / (1.0 - unburned)
    return excess_air_ratio_from_wet_oxygen(oxygen=oxygen, humidity=_humidity_ratio(x))


def _air_fuel_ratio(x: Inputs) -> FloatArray:
    return x["air_flow"] / x["fuel_flow"]


def _exhaust(x: Inputs) -> FloatArray:
    return exhaust_mass_flow(air_flow=x["air_flow"], fuel_flow=x["fuel_flow"])


def _nox(x: Inputs) -> FloatArray:
    flow = trace_mass_flow(
        gas="NOx",
        wet_fraction=x["nox"],
        exhaust_flow=_exhaust(x),
        excess_air_ratio=excess_air_ratio(x),
        humidity=_humidity_ratio(x),
    )
    return brake_specific_emission(emission=flow, work=_power(x))


def _corrected_nox(x: Inputs) -> FloatArray:
    return _nox(x) * nox_humidity_factor(intake_water_fraction=_water(x))


def _slip(x: Inputs) -> FloatArray:
    return hydrogen_slip(
        wet_fraction=x["hydrogen"],
        exhaust_flow=_exhaust(x),
        fuel_flow=x["fuel_flow"],
        excess_air_ratio=excess_air_ratio(x),
        humidity=_humidity_ratio(x),
    )


def _combustion_efficiency(x: Inputs) -> FloatArray:
    # A draw around zero slip may be slightly negative; it must stay a number.
    return 1.0 - _slip(x)


def fuel_deviation(x: Inputs) -> FloatArray:
    """Return how far fuel from air and lambda lies beside the meter, relative, 1."""
    air = dry_air_flow(air_flow=x["air_flow"], humidity=_humidity_ratio(x))
    independent = air / (excess_air_ratio(x) * x[AIR_DEMAND])
    return np.asarray(independent / x["fuel_flow"] - 1.0)


_EXHAUST_INPUTS = ("air_flow", "fuel_flow", "oxygen", "hydrogen", INTAKE_WATER)
_BRAKE = ("speed", "torque")

QUANTITIES: Final = (
    Quantity("engine_speed", Message("judge.engine-speed"), "rpm", ("speed",),
        lambda x: x["speed"]),
    Quantity("torque", Message("judge.torque"), "N*m", ("torque",), lambda x: x["torque"]),
    Quantity("brake_power", Message("judge.brake-power"), "kW", _BRAKE, _power),
    Quantity("brake_mean_effective_pressure", Message("judge.bmep"), "bar",
        ("torque", DISPLACEMENT), _mean_effective_pressure),
    Quantity("fuel_flow", Message("judge.fuel-flow"), "kg/h", ("fuel_flow",),
        lambda x: x["fuel_flow"]),
    Quantity("brake_specific_fuel_consumption", Message("judge.bsfc"), "g/kWh",
        (*_BRAKE, "fuel_flow"), _consumption),
    Quantity("lower_heating_value", Message("judge.heating-value"), "MJ/kg",
        (HEATING_VALUE,), lambda x: x[HEATING_VALUE]),
    Quantity("brake_thermal_efficiency", Message("judge.brake-thermal-efficiency"), "%",
        (*_BRAKE, "fuel_flow", HEATING_VALUE), _efficiency),
    Quantity("air_fuel_ratio", Message("judge.air-fuel-ratio"), "1",
        ("air_flow", "fuel_flow"), _air_fuel_ratio),
    Quantity("excess_air_ratio", Message("judge.excess-air-ratio"), "1",
        ("oxygen", "hydrogen", INTAKE_WATER), excess_air_ratio),
    Quantity("specific_nox", Message("judge.specific-nox"), "g/kWh",
        ("nox", *_EXHAUST_INPUTS, *_BRAKE), _nox),
    Quantity("specific_nox_corrected", Message("judge.specific-nox-corrected"), "g/kWh",
        ("nox", *_EXHAUST_INPUTS, *_BRAKE), _corrected_nox),
    Quantity("hydrogen_slip", Message("judge.hydrogen-slip"), "%", _EXHAUST_INPUTS, _slip),
    Quantity("combustion_efficiency", Message("judge.combustion-efficiency"), "%",
        _EXHAUST_INPUTS, _combustion_efficiency),
)  # fmt: skip
"""What is computed at every point where the engine runs."""

BY_NAME: Final = {quantity.name: quantity for quantity in QUANTITIES}

CAMPAIGN_RESULTS: Final = {
    "kilometres": "km",
    "efficiency_at_end": "%",
    "power_at_end": "%",
    "blow_by_at_end": "%",
    "oil_consumption_at_end": "g/kWh",
    "hydrogen_slip_at_end": "%",
    "nox_at_end": "g/kWh",
}
"""Name → unit of what all run files of an engine show together (point ``campaign``); power and
blow-by over those of the first reference test."""

VARIATION: Final = "imep_variation"
"""Coefficient of variation of the net indicated mean effective pressure."""

LOWEST: Final = "imep_lowest"
"""Net indicated mean effective pressure that 98 of 100 cycles exceed, over the mean."""

AMPLITUDE: Final = "knock_amplitude"
"""Knock amplitude (MAPO) that 98 of 100 cycles keep."""

COMBUSTION_SHARES: Final = {
    "knock_share": "knock",
    "misfire_share": "misfire",
    "pre_ignition_share": "pre_ignition",
    "backfire_share": "backfire",
}
"""Name of the share of abnormal cycles → kind; 1 % are 10 per 1,000 cycles."""

COMBUSTION_RESULTS: Final = {
    VARIATION: "%",
    LOWEST: "%",
    AMPLITUDE: "bar",
    **dict.fromkeys(COMBUSTION_SHARES, "%"),
}
"""Name → unit of what the recorded cycles of a point show; of a campaign (point ``campaign``) those
of every counted reference test."""

RESULTS: Final = {
    **{quantity.name: quantity.unit for quantity in QUANTITIES},
    "cycle_work": "kWh",
    "cycle_fuel": "kg",
    **COMBUSTION_RESULTS,
    **CAMPAIGN_RESULTS,
}
"""Name → unit of all that a protocol may ask for in its verdict."""

FUEL_CLOSURE: Final = Quantity(
    "fuel_closure",
    Message("judge.fuel-closure"),
    "%",
    (*_EXHAUST_INPUTS, AIR_DEMAND),
    fuel_deviation,
)
"""Fuel from dry air over (lambda times air demand), against the meter."""
