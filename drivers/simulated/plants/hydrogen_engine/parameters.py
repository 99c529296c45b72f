"""Every physical number of the simulated hydrogen engine, replaceable by name.

The engine is a 12.8 l six-cylinder four-stroke with turbocharger, lean spark ignition and direct
injection of hydrogen, on a dynamometer. Numbers without another source are engineering defaults.
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property

from drivers.simulated.plants.hydrogen_engine.ageing_parameters import AgeingParameters
from drivers.simulated.plants.hydrogen_engine.constants import AIR_MOLAR_MASS, GAS_CONSTANT
from drivers.simulated.plants.hydrogen_engine.gas_lot import GasLot
from drivers.simulated.plants.hydrogen_engine.lag import Decays
from drivers.simulated.plants.hydrogen_engine.maps import EngineMaps, FullLoad, build_maps

_RPM = math.pi / 30.0
_KNOWN_STEPS = 64
_REFERENCE_PRESSURE = 101325.0
_MAY_BE_ZERO = (
    "_fraction",
    "_resistance",
    "_factor",
    "_share",
    "_slope",
    "_effect",
    "_load",
    "leak_rate",
    "_curvature",
    "_coefficient",
    "_power",
    "ageing",
    "_seed",
    "_wear",
    "_gain",
    "_loss",
    "_growth",
    "_drift",
    "_sintering",
    "_consumption",
)


@dataclass(frozen=True, kw_only=True)
class HydrogenEngineParameters(AgeingParameters):
    """The numbers of one engine, its dynamometer, its media and its gas supply (SI units)."""

    # --- engine and full load
    displacement: float = 12.8e-3
    """Swept volume of all cylinders, m3."""
    idle_speed: float = 600.0 * _RPM
    """Speed the engine's own governor holds, rad/s."""
    idle_full_load_torque: float = 1150.0
    """Full-load torque at idle speed, N*m."""
    peak_torque: float = 2400.0
    """Highest full-load torque, N*m."""
    peak_torque_speed: float = 1000.0 * _RPM
    """Lowest speed with the peak torque, rad/s."""
    rated_power: float = 350e3
    """Rated brake power, W."""
    rated_speed: float = 1900.0 * _RPM
    """Highest speed with rated power, rad/s."""
    maximum_speed: float = 2200.0 * _RPM
    """Speed at which the governor starts to take torque away, rad/s."""
    maximum_speed_torque: float = 1000.0
    """Full-load torque at the maximum speed, N*m."""
    run_out_speed: float = 2400.0 * _RPM
    """Speed at which the governor has taken all torque away, rad/s."""
    overspeed_cut: float = 2500.0 * _RPM
    """Speed above which the engine control cuts injection, rad/s."""
    # --- efficiency and friction
    efficiency_scale: float = 1.0
    """Multiplies the efficiency of the whole map, 1."""
    peak_efficiency: float = 0.438
    """Brake thermal efficiency at the best point, warm, 1."""
    best_point_speed: float = 1200.0 * _RPM
    """Speed of the best point, rad/s."""
    best_point_torque: float = 2000.0
    """Torque of the best point, N*m."""
    overload_curvature: float = 0.25
    """Efficiency lost per squared relative power above the best point's, 1."""
    friction_torque: float = 110.0
    """Constant part of the warm motoring torque, N*m."""
    friction_torque_slope: float = 0.35
    """Motoring torque growing with speed, N*m per rad/s."""
    friction_torque_curvature: float = 0.0022
    """Motoring torque growing with squared speed, N*m per (rad/s)2."""
    friction_temperature_coefficient: float = 0.012
    """Relative growth of friction per kelvin of colder oil, 1/K."""
    friction_coolant_share: float = 0.3
    """Weight of the coolant temperature in the friction temperature (rest: oil), 1."""
    warm_coolant_temperature: float = 361.15
    """Coolant outlet temperature the map stands for, K."""
    # --- shaft and dynamometer
    rotor_inertia: float = 5.0
    """Inertia of engine and dynamometer together, kg m2."""
    dyno_speed_time_constant: float = 0.25
    """Closed speed loop of the dynamometer, s."""
    dyno_torque_time_constant: float = 0.15
    """Closed torque loop of the dynamometer, s."""
    throttle_torque_time_constant: float = 0.4
    """Closed torque loop through the engine, s."""
    throttle_speed_time_constant: float = 0.6
    """Closed speed loop through the engine, s."""
    idle_governor_time_constant: float = 1.0
    """Speed loop of the idle governor, s."""
    fuel_cut_time_constant: float = 0.08
    """Decay of torque when combustion ends (about one cycle), s."""
    torque_rise_limit: float = 3000.0
    """Fastest rise of torque the engine control allows, N*m/s."""
    dyno_absorbing_torque: float = 3200.0
    """Largest torque the dynamometer absorbs, N*m."""
    dyno_absorbing_limit: float = 460e3
    """Largest power the dynamometer absorbs, W."""
    dyno_motoring_torque: float = 2000.0
    """Largest torque the dynamometer drives with, N*m."""
    starter_torque: float = 1100.0
    """Torque of the starter at standstill, N*m."""
    starter_speed: float = 280.0 * _RPM
    """No-load speed of the starter, rad/s."""
    firing_speed: float = 120.0 * _RPM
    """Lowest speed at which the mixture fires, rad/s."""
    # --- air path
    boost_time_constant: float = 1.2
    """Turbocharger response, s."""
    volumetric_efficiency: float = 0.92
    """Volumetric efficiency at charge density, 1."""
    pressure_ratio_limit: float = 3.2
    """Highest compressor pressure ratio, 1."""
    throttled_pressure_ratio: float = 0.35
    """Lowest manifold pressure over ambient pressure, 1."""
    unfired_pressure_ratio: float = 0.98
    """Manifold pressure over ambient pressure when motoring, 1."""
    compressor_efficiency: float = 0.75
    """Isentropic efficiency of the compressor, 1."""
    lambda_full_load: float = 2.2
    """Excess-air ratio at full load, 1."""
    lambda_zero_load: float = 3.4
    """Excess-air ratio at zero load, 1."""
    lambda_limit: float = 1.7
    """Lowest excess-air ratio the engine control allows in transients, 1."""
    intake_resistance: float = 5000.0
    """Pressure loss of the intake per squared air flow, Pa per (kg/s)2."""
    exhaust_resistance: float = 30000.0
    """Back pressure per squared exhaust flow, Pa per (kg/s)2."""
    intake_time_constant: float = 20.0
    """Conditioning of the intake air temperature, s."""
    charge_air_time_constant: float = 8.0
    """Charge air temperature behind the cooler, s."""
    air_heat_capacity: float = 1008.0
    """Specific heat of air, J/(kg K)."""
    # --- combustion and emissions
    slip_share: float = 0.004
    """Unburnt share of the hydrogen leaving with the exhaust, new engine, 1."""
    slip_lambda_coefficient: float = 0.6
    """Relative growth of slip per squared excess-air ratio above full load's, 1."""
    crankcase_hydrogen_share: float = 0.001
    """Share of the hydrogen entering the crankcase, new engine, 1."""
    blow_by_share: float = 0.005
    """Blow-by over cylinder charge flow, new engine, 1."""
    crankcase_volume: float = 0.06
    """Gas volume of the crankcase, m3."""
    crankcase_ventilation: float = 0.010
    """Crankcase ventilation at the best point's speed, m3/s."""
    crankcase_draught: float = 5e-4
    """Crankcase ventilation at standstill, m3/s."""
    exhaust_volume: float = 0.25
    """Gas volume of the exhaust system, m3."""
    exhaust_gas_mean_temperature: float = 500.0
    """Temperature at which the exhaust volume is counted, K."""
    nox_emission: float = 10.0 * 1e-3 / 3.6e6
    """NOx (as NO2) per gross work at lambda 1.5: 10 g/kWh, kg/J."""
    nox_lambda_slope: float = 4.6
    """Exponential fall of NOx per unit of lambda, 1."""
    cranking_fuel_share: float = 1.0
    """Fuel injected without combustion over the zero-load fuel, 1."""
    ignitable_fuel_fraction: float = 0.7
    """Least mole fraction of fuel gas in the rail that fires, 1 (engineering default).

    A rail that is filled again after a purge holds an eighth of nitrogen, and starts.
    """
    # --- heat
    wall_heat_share: float = 0.12
    """Share of the burnt fuel power to the coolant at full load, 1."""
    wall_heat_part_load_share: float = 0.14
    """Further share at zero load, falling with the square of load, 1."""
    piston_heat_share: float = 0.025
    """Share of the burnt fuel power to the oil, 1."""
    friction_oil_share: float = 0.55
    """Share of the friction power to the oil (rest: coolant), 1."""
    exhaust_heat_capacity: float = 1150.0
    """Specific heat of exhaust gas, J/(kg K)."""
    exhaust_thermal_mass: float = 9000.0
    """Heat capacity of manifold, turbine and sensor, J/K."""
    exhaust_slowest: float = 60.0
    """Longest lag of the exhaust temperature while gas flows, s."""
    exhaust_standstill: float = 900.0
    """Cooling of the exhaust system at standstill, s."""
    radiation_coefficient: float = 12.0
    """Heat lost by the engine's surface, W/K."""
    coolant_thermal_mass: float = 700e3
    """Heat capacity of coolant and block, J/K."""
    coolant_regulation_time: float = 90.0
    """Closed loop of the coolant conditioning, s."""
    coolant_heater_power: float = 24e3
    """Preheater of the coolant conditioning, W."""
    coolant_cooling_power: float = 300e3
    """Largest cooling of the coolant conditioning, W."""
    coolant_flow: float = 5.0
    """Coolant flow at the best point's speed, kg/s."""
    coolant_heat_capacity: float = 3600.0
    """Specific heat of the coolant (glycol and water), J/(kg K)."""
    oil_thermal_mass: float = 300e3
    """Heat capacity of oil and crankcase, J/K."""
    oil_regulation_time: float = 180.0
    """Closed loop of the oil conditioning, s."""
    oil_heater_power: float = 9e3
    """Preheater of the oil conditioning, W."""
    oil_cooling_power: float = 90e3
    """Largest cooling of the oil conditioning, W."""
    oil_relief_pressure: float = 5.2e5
    """Gauge pressure the oil relief valve holds, Pa."""
    oil_pressure_speed: float = 80.0
    """Speed scale of the oil pressure with warm oil, rad/s."""
    oil_viscosity_coefficient: float = 0.02
    """Relative growth of oil viscosity per kelvin, 1/K."""
    # --- hydrogen supply
    trailer_pressure: float = 200e5
    """Pressure of a full tube trailer, Pa."""
    trailer_capacity: float = 300.0
    """Hydrogen between a full and an empty trailer, kg."""
    trailer_exchange_pressure: float = 45e5
    """Pressure at which the trailer is exchanged for a full one, Pa."""
    regulator_pressure: float = 31e5
    """Regulated pressure at the meter with a full trailer, Pa."""
    regulator_supply_effect: float = 0.002
    """Fall of the regulated pressure per fall of the trailer pressure, 1."""
    valve_conductance: float = 3.5e-5
    """Conductance from meter to rail, mol/(s Pa)."""
    line_volume: float = 2e-3
    """Volume between meter and injectors, m3."""
    least_injection_pressure: float = 6e5
    """Rail pressure below which injection stops, Pa."""
    purge_pressure: float = 8e5
    """Nitrogen supply pressure, Pa."""
    purge_conductance: float = 6e-7
    """Conductance of the nitrogen valve, mol/(s Pa)."""
    vent_conductance: float = 9e-7
    """Conductance of the vent that opens with the purge, mol/(s Pa)."""
    leak_rate: float = 0.0
    """Hydrogen leak into the hood at 30 bar rail pressure, kg/s."""
    leak_room_fraction: float = 0.0
    """Share of the leak that goes into the room instead of the hood, 1."""
    fuel_heating_coefficient: float = 3e-7
    """Warming of hydrogen by throttling (Joule-Thomson), K/Pa."""
    fuel_temperature_time_constant: float = 40.0
    """Lag of the hydrogen temperature, s."""
    # --- hydrogen lot
    nitrogen_fraction: float = 4e-6
    """Mole fraction of nitrogen in the delivered gas, 1."""
    oxygen_fraction: float = 1e-6
    """Mole fraction of oxygen in the delivered gas, 1."""
    water_fraction: float = 3e-6
    """Mole fraction of water in the delivered gas, 1."""
    argon_fraction: float = 1e-6
    """Mole fraction of argon in the delivered gas, 1."""
    helium_fraction: float = 0.0
    """Mole fraction of helium in the delivered gas, 1."""
    methane_fraction: float = 5e-7
    """Mole fraction of methane in the delivered gas, 1."""
    carbon_monoxide_fraction: float = 0.0
    """Mole fraction of carbon monoxide in the delivered gas, 1."""
    carbon_dioxide_fraction: float = 5e-7
    """Mole fraction of carbon dioxide in the delivered gas, 1."""
    # --- room and auxiliaries
    hood_volume: float = 20.0
    """Volume of the hood and its surroundings, m3."""
    ventilation_flow: float = 2.0
    """Ventilation of the hood, m3/s."""
    natural_ventilation_flow: float = 0.02
    """Draught through the hood with ventilation off, m3/s."""
    room_volume: float = 200.0
    """Volume of the test cell, m3 (engineering default)."""
    room_air_exchange: float = 1.5
    """Fresh air through the test cell with ventilation on, m3/s (engineering default)."""
    base_auxiliary_power: float = 1500.0
    """Electric power of controls and conditioning at rest, W."""
    pump_power: float = 2500.0
    """Electric power of the media pumps at rated speed, W."""
    ventilation_power: float = 5500.0
    """Electric power of the ventilation, W."""
    cooling_power_share: float = 0.02
    """Electric power of fans per heat removed, 1."""
    # --- numerical steps
    rotor_step: float = 5e-3
    """Longest internal step of the free rotor, s."""
    transient_step: float = 20e-3
    """Longest internal step of start, run-out and purge, s."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = float(getattr(self, field.name))
            smallest = 0.0 if field.name.endswith(_MAY_BE_ZERO) else math.nextafter(0.0, 1.0)
            if not smallest <= value < math.inf:
                message = f"hydrogen engine parameter {field.name}: {value} is out of range"
                raise ValueError(message)
        speeds = (self.idle_speed, self.peak_torque_speed, self.rated_speed, self.maximum_speed)
        if list(speeds) != sorted(set(speeds)) or self.maximum_speed >= self.run_out_speed:
            raise ValueError("full-load speeds must rise: idle, peak torque, rated, maximum, out")
        if self.best_point_speed <= self.idle_speed:
            raise ValueError("best_point_speed must lie above idle_speed")

    # A cached property keeps its value in the instance's own dictionary, which a frozen dataclass
    # allows: tables are built once per parameter set, and `replace` starts afresh.
    @cached_property
    def maps(self) -> EngineMaps:
        """Tables over speed and torque, built on first use."""
        return build_maps(
            full_load=FullLoad(
                idle_speed=self.idle_speed,
                idle_torque=self.idle_full_load_torque,
                peak_torque=self.peak_torque,
                peak_torque_speed=self.peak_torque_speed,
                rated_power=self.rated_power,
                rated_speed=self.rated_speed,
                maximum_speed=self.maximum_speed,
                maximum_speed_torque=self.maximum_speed_torque,
                run_out_speed=self.run_out_speed,
            ),
            friction=(
                self.friction_torque,
                self.friction_torque_slope,
                self.friction_torque_curvature,
            ),
            best_speed=self.best_point_speed,
            best_torque=self.best_point_torque,
            peak_efficiency=self.peak_efficiency,
            overload_curvature=self.overload_curvature,
        )

    @cached_property
    def dry_air_draught(self) -> float:
        """Dry air per radian and pascal of dry charge, times its temperature, kg K/(rad Pa)."""
        swept = self.displacement * self.volumetric_efficiency / (4.0 * math.pi)
        return swept * AIR_MOLAR_MASS / GAS_CONSTANT

    @cached_property
    def exhaust_content(self) -> float:
        """Gas in the exhaust system, mol."""
        volume = self.exhaust_volume * _REFERENCE_PRESSURE
        return volume / (GAS_CONSTANT * self.exhaust_gas_mean_temperature)

    @cached_property
    def _decays(self) -> dict[float, Decays]:
        """Decays by time step: a bench uses few, and an exponential costs more than a look-up."""
        return {}

    def decays(self, dt: float) -> Decays:
        """The decays of the loops with constant time constants over ``dt`` seconds."""
        known = self._decays.get(dt)
        if known is not None:
            return known
        if len(self._decays) >= _KNOWN_STEPS:
            self._decays.clear()
        boost = math.exp(-dt / self.boost_time_constant)
        made = Decays(
            boost=boost,
            boost_area=self.boost_time_constant / dt,
            intake=math.exp(-dt / self.intake_time_constant),
            charge_air=math.exp(-dt / self.charge_air_time_constant),
            fuel=math.exp(-dt / self.fuel_temperature_time_constant),
        )
        self._decays[dt] = made
        return made

    @cached_property
    def gas_lot(self) -> GasLot:
        """Molar mass and heating value of the delivered gas."""
        return GasLot.from_impurities(
            nitrogen=self.nitrogen_fraction,
            oxygen=self.oxygen_fraction,
            water=self.water_fraction,
            argon=self.argon_fraction,
            helium=self.helium_fraction,
            methane=self.methane_fraction,
            carbon_monoxide=self.carbon_monoxide_fraction,
            carbon_dioxide=self.carbon_dioxide_fraction,
        )
