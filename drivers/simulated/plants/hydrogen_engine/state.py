"""The truth about the simulated hydrogen engine at one moment."""

from typing import NamedTuple

from drivers.simulated.plants.hydrogen_engine.ageing import Ageing


class HydrogenEngineState(NamedTuple):
    """Everything the plant knows; a sensor reads one of these and adds its own errors.

    Pressures and levels are values at the end of the step; flows and heat flows are means over
    the (last internal) step, so that balances close; ``..._total`` counts since the initial state.
    """

    # --- shaft
    speed: float
    """Crankshaft speed, rad/s."""
    engine_torque: float
    """Net torque of the engine at the crankshaft, N*m."""
    shaft_torque: float
    """Torque in the flange, taken up by the dynamometer, N*m."""
    brake_power: float
    """Power absorbed by the dynamometer, W."""
    pedal: float
    """Throttle position that stands for the present demand, 0..1."""
    fired: bool
    """Combustion is on."""
    injecting: bool
    """Hydrogen is injected."""
    # --- hydrogen supply
    rail_fuel: float
    """Delivered gas between meter and injectors, mol."""
    rail_nitrogen: float
    """Purge nitrogen between meter and injectors, mol."""
    supply_pressure: float
    """Trailer pressure, Pa."""
    meter_pressure: float
    """Regulated pressure at the meter, Pa."""
    rail_pressure: float
    """Pressure between shut-off valve and injectors, Pa."""
    fuel_temperature: float
    """Hydrogen temperature, K."""
    fuel_flow_meter: float
    """Gas through the meter, kg/s."""
    fuel_flow_engine: float
    """Gas through the injectors, kg/s."""
    vent_flow: float
    """Gas through the purge vent, kg/s."""
    leak_flow: float
    """Gas leaking into the hood, kg/s."""
    lower_heating_value: float
    """True net heating value of the delivered gas at 25 °C, J/kg."""
    fuel_power: float
    """Fuel power through the injectors, W."""
    fuel_valve_open: bool
    """Shut-off valve."""
    purge_valve_open: bool
    """Nitrogen valve and vent."""
    ventilation_on: bool
    """Ventilation of the hood."""
    # --- gas path
    intake_pressure: float
    """Pressure before the compressor, Pa."""
    intake_temperature: float
    """Temperature before the compressor, K."""
    intake_water_fraction: float
    """Water in the intake air, mol per mol of moist air."""
    boost_pressure: float
    """Manifold pressure, absolute, Pa."""
    compressor_temperature: float
    """Temperature behind the compressor, K."""
    charge_air_temperature: float
    """Temperature behind the charge air cooler, K."""
    air_flow: float
    """Dry air into the engine, kg/s."""
    excess_air_ratio: float
    """Lambda: dry air over stoichiometric air for the hydrogen; 100 without fuel."""
    exhaust_flow: float
    """Exhaust gas, wet, kg/s."""
    exhaust_pressure: float
    """Pressure behind the turbine, Pa."""
    exhaust_temperature: float
    """Temperature behind the turbine, K."""
    nox_wet: float
    """NOx in wet exhaust, mole fraction."""
    nox_dry: float
    """NOx in dried exhaust, mole fraction."""
    nox_flow: float
    """NOx counted as NO2, kg/s."""
    oxygen_wet: float
    """Oxygen in wet exhaust, mole fraction."""
    oxygen_dry: float
    """Oxygen in dried exhaust, mole fraction."""
    hydrogen_wet: float
    """Hydrogen in wet exhaust, mole fraction."""
    hydrogen_dry: float
    """Hydrogen in dried exhaust, mole fraction."""
    water_wet: float
    """Water in wet exhaust, mole fraction."""
    combustion_efficiency: float
    """Burnt share of the injected hydrogen; 0 without combustion."""
    blow_by: float
    """Gas past the piston rings, kg/s."""
    crankcase_hydrogen: float
    """Hydrogen in the crankcase, mole fraction."""
    hood_hydrogen: float
    """Hydrogen in the hood, fraction of the lower flammable limit (4 % vol)."""
    room_hydrogen: float
    """Hydrogen in the room, fraction of the lower flammable limit (4 % vol)."""
    knock_intensity: float
    """Amplitude of the pressure oscillation in the cylinders, Pa; 0 without knock."""
    # --- media and energy
    coolant_outlet_temperature: float
    """Coolant leaving the engine, K."""
    coolant_inlet_temperature: float
    """Coolant entering the engine, K."""
    coolant_flow: float
    """Coolant flow, kg/s."""
    oil_temperature: float
    """Oil temperature, K."""
    oil_pressure: float
    """Oil gauge pressure, Pa."""
    coolant_heat: float
    """Heat from the engine into coolant and block, W."""
    oil_heat: float
    """Heat from the engine into the oil, W."""
    charge_air_heat: float
    """Heat taken by the charge air cooler, W."""
    exhaust_heat: float
    """Sensible heat of the exhaust above intake temperature, W."""
    radiation_heat: float
    """Heat from the engine's surface to the cell, W."""
    coolant_cooling: float
    """Heat the conditioning takes from the coolant (negative: preheating), W."""
    oil_cooling: float
    """Heat the conditioning takes from the oil (negative: preheating), W."""
    auxiliary_power: float
    """Electric power of pumps, fans and controls, W."""
    brake_thermal_efficiency: float
    """Brake power over fuel power; 0 when either is not positive."""
    # --- age
    ageing: Ageing
    """What the engine has been through, and what that made of it."""
    # --- surroundings
    ambient_temperature: float
    """Temperature of the test cell, K."""
    ambient_pressure: float
    """Air pressure, Pa."""
    relative_humidity: float
    """Relative humidity, 0..1."""
    # --- hydrogen book-keeping
    hydrogen_metered_total: float
    """Hydrogen through the meter, kg."""
    hydrogen_burnt_total: float
    """Hydrogen burnt, kg."""
    hydrogen_exhaust_total: float
    """Unburnt hydrogen out of the exhaust system, kg."""
    hydrogen_crankcase_total: float
    """Hydrogen out of the crankcase, kg."""
    hydrogen_lost_total: float
    """Hydrogen out of vent and leak, kg."""
