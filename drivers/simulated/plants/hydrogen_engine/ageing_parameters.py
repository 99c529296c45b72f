"""The numbers by which the simulated engine ages, wears its oil, and fails.

Each mechanism collects *reference seconds*: one second at the reference duty counts one, a harder
second more, a softer one less. Laws turn what is collected into slow changes; their sizes are what
is lost after `ageing_life`. All numbers are engineering defaults.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_RPM = math.pi / 30.0
_HOUR = 3600.0
_PER_KILOWATT_HOUR = 1e-3 / 3.6e6


class WearLaw(NamedTuple):
    """What a step needs of these numbers, in one look-up: as in `AgeingParameters`."""

    ageing: float
    per_speed: float
    per_torque: float
    per_boost: float
    ring_unloaded: float
    plug_unloaded: float
    cold_scale: float
    warm_oil: float
    oil_coefficient: float
    dirt: float
    catalyst_activation: float
    catalyst_inverse: float
    oil_consumption: float


@dataclass(frozen=True, kw_only=True)
class AgeingParameters:
    """How the engine ages (SI units)."""

    ageing: float = 1.0
    """Multiplies the rate of every mechanism, 1; 0: the engine never ages. Oil is consumed
    whatever it is: its mass is a balance."""
    failure_seed: float = 0.0
    """Draws the life of every part, a whole number; 0: none is drawn, nothing ever fails."""
    # --- reference duty: about 200,000 km of a heavy vehicle in 2,000 h
    ageing_life: float = 2000.0 * _HOUR
    """Reference duty after which the losses below are reached, s."""
    ageing_speed: float = 1750.0 * _RPM
    """Speed of the reference duty, rad/s."""
    ageing_torque: float = 1432.0
    """Torque of the reference duty (75 % load), N*m."""
    ageing_boost: float = 229e3
    """Manifold pressure at the reference duty, Pa."""
    ageing_exhaust_temperature: float = 710.0
    """Exhaust temperature at the reference duty, K."""
    warm_oil_temperature: float = 368.15
    """Oil temperature the map stands for, K."""
    # --- what each mechanism collects
    ring_unloaded_share: float = 0.25
    """Wear of the rings without load over that at the reference torque, 1."""
    plug_unloaded_share: float = 0.5
    """Erosion of the spark plugs without load over that at the reference torque, 1."""
    cold_wear_scale: float = 40.0
    """Oil so much colder than warm doubles the wear of the rings, K."""
    start_wear: float = 600.0
    """Wear of rings and bearings by one warm start, reference s."""
    thermal_cycle_range: float = 60.0
    """Temperature range of the reference thermal cycle of the coolant, K."""
    thermal_cycle_exponent: float = 2.2
    """Coffin-Manson exponent of thermal cycles, 1."""
    thermal_cycle_wear: float = 0.5 * _HOUR
    """Wear of the cylinder head gasket by one reference thermal cycle, reference s."""
    thermal_cycle_threshold: float = 5.0
    """A smaller reversal of the coolant temperature ends no half cycle, K."""
    catalyst_activation: float = 18500.0
    """Thermal reactivity of the catalyst (activation energy over gas constant), K."""
    oil_doubling: float = 10.0
    """Oil so much hotter ages twice as fast, K."""
    oil_life: float = 500.0 * _HOUR
    """Age of oil that is due to be changed, s at warm temperature."""
    dirty_oil_wear_coefficient: float = 0.2
    """Further wear of the rings in oil at the end of its life, 1."""
    # --- running in: improves, then stays
    running_in_time: float = 60.0 * _HOUR
    """Reference duty that runs the engine in, s."""
    running_in_exponent: float = 1.5
    """Shape of running in, 1."""
    running_in_efficiency_gain: float = 0.0015
    """Efficiency gained by running in, relative, 1."""
    running_in_blow_by_gain: float = 0.08
    """Blow-by lost by running in, relative, 1."""
    # --- what is lost after `ageing_life`, relative, with the exponent of the law
    ring_exponent: float = 1.3
    """Exponent of the losses by worn rings, 1."""
    ring_efficiency_loss: float = 0.0055
    """Efficiency, 1."""
    ring_power_loss: float = 0.010
    """Full-load torque, 1."""
    ring_blow_by_growth: float = 0.43
    """Blow-by, 1."""
    ring_slip_growth: float = 0.08
    """Unburnt hydrogen in the exhaust, 1."""
    ring_oil_growth: float = 0.55
    """Oil consumption, 1."""
    valve_seat_exponent: float = 1.1
    """Exponent of the losses by worn valve seats, 1."""
    valve_seat_efficiency_loss: float = 0.0012
    """Efficiency, 1."""
    valve_seat_power_loss: float = 0.008
    """Full-load torque, 1."""
    valve_seat_slip_growth: float = 0.10
    """Unburnt hydrogen in the exhaust, 1."""
    injector_exponent: float = 0.8
    """Exponent of the drift of the injectors, 1."""
    injector_drift: float = 0.005
    """Fuel per injection over what is commanded; the mixture is so much richer, 1."""
    injector_slip_growth: float = 0.12
    """Unburnt hydrogen in the exhaust, 1."""
    plug_exponent: float = 1.5
    """Exponent of the losses by worn spark plugs, 1."""
    plug_efficiency_loss: float = 0.0007
    """Efficiency, 1."""
    gasket_exponent: float = 1.5
    """Exponent of the loss by thermal fatigue of cylinder head and gasket, 1."""
    gasket_efficiency_loss: float = 0.0005
    """Efficiency, 1."""
    fouling_time: float = 500.0 * _HOUR
    """Reference duty in which fouling of the turbocharger settles, s."""
    fouling_power_loss: float = 0.007
    """Full-load torque lost by fouling when it has settled, 1."""
    dirty_oil_efficiency_loss: float = 0.0008
    """Efficiency lost to the friction of oil at the end of its life, 1."""
    # --- oil
    oil_capacity: float = 60.0
    """Mass of a full filling of sump and day tank, kg."""
    oil_least_mass: float = 18.0
    """Mass below which the pump draws air, kg."""
    oil_consumption: float = 0.10 * _PER_KILOWATT_HOUR
    """Oil burnt per brake work, new engine: 0.10 g/kWh, kg/J."""
    # --- catalyst
    catalyst_transfer: float = 3.0
    """Conversion of the new, hot catalyst is 1 - exp(-transfer), 1: 95 %."""
    catalyst_sintering: float = 0.04
    """Relative loss of activity over the activity left, after `ageing_life`, 1.

    Converting 94.4 % then; 93 % where half the time is full load, whose exhaust is 50 K hotter.
    """
    catalyst_light_off: float = 473.15
    """Temperature at which half the activity is there, K."""
    catalyst_light_off_width: float = 15.0
    """Temperature scale of light-off, K."""
    # --- lives: Weibull laws of reference duty until a part fails
    rings_life: float = 9000.0 * _HOUR
    """Characteristic life of the piston rings, reference s."""
    rings_life_shape: float = 3.0
    """Its shape, 1."""
    bearings_life: float = 10000.0 * _HOUR
    """Characteristic life of the bearings, reference s."""
    bearings_life_shape: float = 3.0
    """Its shape, 1."""
    valve_seats_life: float = 7000.0 * _HOUR
    """Characteristic life of the valve seats, reference s."""
    valve_seats_life_shape: float = 2.5
    """Its shape, 1."""
    injectors_life: float = 6000.0 * _HOUR
    """Characteristic life of the injectors, reference s."""
    injectors_life_shape: float = 1.8
    """Its shape, 1."""
    plugs_life: float = 2500.0 * _HOUR
    """Characteristic life of the spark plugs, reference s."""
    plugs_life_shape: float = 3.5
    """Its shape, 1."""
    turbocharger_life: float = 9000.0 * _HOUR
    """Characteristic life of the turbocharger, reference s."""
    turbocharger_life_shape: float = 2.0
    """Its shape, 1."""
    gasket_life: float = 9000.0 * _HOUR
    """Characteristic life of the cylinder head gasket, reference s."""
    gasket_life_shape: float = 2.2
    """Its shape, 1."""

    @cached_property
    def wear_law(self) -> WearLaw:
        """What a step needs of these numbers."""
        return WearLaw(
            ageing=self.ageing,
            per_speed=1.0 / self.ageing_speed,
            per_torque=1.0 / self.ageing_torque,
            per_boost=1.0 / self.ageing_boost,
            ring_unloaded=self.ring_unloaded_share,
            plug_unloaded=self.plug_unloaded_share,
            cold_scale=1.0 / self.cold_wear_scale,
            warm_oil=self.warm_oil_temperature,
            oil_coefficient=math.log(2.0) / self.oil_doubling,
            dirt=self.dirty_oil_wear_coefficient / self.oil_life,
            catalyst_activation=self.catalyst_activation,
            catalyst_inverse=self.catalyst_activation / self.ageing_exhaust_temperature,
            oil_consumption=self.oil_consumption,
        )
