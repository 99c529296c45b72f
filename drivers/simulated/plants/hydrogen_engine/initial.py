"""The engine before the first step: standing, its line filled, cold or warm."""

from typing import Any

from drivers.simulated.plants.hydrogen_engine.ageing import Ageing
from drivers.simulated.plants.hydrogen_engine.combustion import water_fraction
from drivers.simulated.plants.hydrogen_engine.constants import GAS_CONSTANT
from drivers.simulated.plants.hydrogen_engine.inputs import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState
from drivers.simulated.plants.hydrogen_engine.supply import regulated_pressure

_AMBIENT = HydrogenEngineInputs()


def initial_state(parameters: HydrogenEngineParameters, *, warm: bool) -> HydrogenEngineState:
    """The standing engine in a cell at 25 °C, its hydrogen line at regulated pressure.

    Args:
        parameters: Numbers of engine and supply.
        warm: Coolant and oil at the temperatures the efficiency map stands for, else at ambient.
    """
    cell = _AMBIENT.ambient_temperature
    pressure = _AMBIENT.ambient_pressure
    water = water_fraction(cell, pressure, _AMBIENT.relative_humidity)
    rail_pressure = regulated_pressure(parameters.trailer_pressure, parameters)
    coolant = parameters.warm_coolant_temperature if warm else cell
    truths: dict[str, Any] = dict.fromkeys(HydrogenEngineState._fields, 0.0)
    truths |= {
        "fired": False,
        "injecting": False,
        "fuel_valve_open": False,
        "purge_valve_open": False,
        "ventilation_on": _AMBIENT.ventilation,
        "rail_fuel": rail_pressure * parameters.line_volume / (GAS_CONSTANT * cell),
        "supply_pressure": parameters.trailer_pressure,
        "meter_pressure": rail_pressure,
        "rail_pressure": rail_pressure,
        "fuel_temperature": cell,
        "lower_heating_value": parameters.gas_lot.lower_heating_value,
        "intake_pressure": pressure,
        "intake_temperature": cell,
        "intake_water_fraction": water,
        "boost_pressure": pressure * parameters.unfired_pressure_ratio,
        "compressor_temperature": cell,
        "charge_air_temperature": cell,
        "excess_air_ratio": 100.0,
        "exhaust_pressure": pressure,
        "exhaust_temperature": cell,
        "oxygen_wet": 0.20946 * (1.0 - water),
        "oxygen_dry": 0.20946,
        "water_wet": water,
        "coolant_outlet_temperature": coolant,
        "coolant_inlet_temperature": coolant,
        "coolant_flow": 0.3 * parameters.coolant_flow,
        "oil_temperature": parameters.warm_oil_temperature if warm else cell,
        "auxiliary_power": parameters.base_auxiliary_power + parameters.ventilation_power,
        "ageing": Ageing(
            oil_mass=parameters.oil_capacity, coolant_turning=coolant, coolant_extreme=coolant
        ),
        "ambient_temperature": cell,
        "ambient_pressure": pressure,
        "relative_humidity": _AMBIENT.relative_humidity,
    }
    return HydrogenEngineState(**truths)
