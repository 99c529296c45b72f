"""What the working cycles of the engine are like in one of its states.

All laws are engineering defaults: the coefficient of variation grows with the excess-air ratio (1 %
at full load, above 3 % near the lean limit: heavy engines run at 2 to 3 %), combustion takes longer
when it is lean, and abnormal cycles are rare and depend on load, mixture and temperatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi

from drivers.simulated.cycles import CycleConditions
from drivers.simulated.plants.hydrogen_engine.cylinder import CylinderCycles, Geometry
from drivers.simulated.plants.hydrogen_engine.heat import friction_growth
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

CYLINDERS = 6
CA50 = 8.0
"""Where half is burnt: best efficiency, deg."""
IGNITION_LAG = 4.0
"""From the spark to the begin of heat release at lambda 2.2, deg."""
_BEGIN_BEFORE_CA50 = 0.4646  # share of the duration at which half is burnt (Wiebe, form 2)
_INJECTORS, _PLUGS = 3, 4  # places among the parts that fail
_LEFT_IN_A_MISFIRE = 0.05
_MOTORED = CycleConditions(
    speed=0.0,
    is_fired=False,
    intake_pressure=1e5,
    exhaust_pressure=1e5,
    imep=0.0,
    imep_variation=0.01,
    ca50=CA50,
    ca50_deviation=0.5,
    duration=60.0,
    spark=0.0,
    oscillation=2e3,
    rates=(0.0, 0.0, 0.0, 0.0),
)
"""Cycles without combustion."""


@dataclass(frozen=True)
class EngineCycles(CylinderCycles):
    """The cycles of the engine's cylinders; a `CycleModel`."""

    parameters: HydrogenEngineParameters
    """Its numbers."""

    def conditions(self, state: HydrogenEngineState) -> CycleConditions:
        """Return what cycles are like in a state."""
        parameters = self.parameters
        _, warm_drag, _ = parameters.maps.at_speed(state.speed)
        drag = warm_drag * friction_growth(state, parameters)
        mean = 4.0 * pi * (state.engine_torque + drag) / parameters.displacement
        boost = state.boost_pressure
        back = state.exhaust_pressure + 0.85 * max(boost - state.ambient_pressure, 0.0)
        if not state.fired:
            return _MOTORED._replace(
                speed=state.speed, intake_pressure=boost, exhaust_pressure=back, imep=mean
            )
        lean = max(state.excess_air_ratio - 2.0, 0.0)
        leaner = min(lean, 3.0) - 0.2
        duration = min(40.0 + 12.0 * leaner, 85.0)
        variation = min(0.010 + 0.012 * lean * lean, 0.2)
        knock, misfire, early, back_fire = _rates(state, mean / 22e5)
        is_knocking = state.knock_intensity > 0.0
        lost = min(misfire, 0.5) * (1.0 - _LEFT_IN_A_MISFIRE)
        return CycleConditions(
            speed=state.speed,
            is_fired=True,
            intake_pressure=boost,
            exhaust_pressure=back,
            imep=mean / (1.0 - lost),
            imep_variation=variation,
            ca50=CA50,
            ca50_deviation=0.6 + 40.0 * min(variation, 0.1),
            duration=duration,
            spark=CA50 - duration * _BEGIN_BEFORE_CA50 - IGNITION_LAG - 2.0 * max(leaner, 0.0),
            oscillation=state.knock_intensity if is_knocking else 3e3 + 0.003 * mean,
            rates=(0.0 if is_knocking else knock, misfire, early, back_fire),
        )


def engine_cycles(parameters: HydrogenEngineParameters) -> EngineCycles:
    """Return the cycles of an engine."""
    return EngineCycles(Geometry(parameters.displacement / CYLINDERS), parameters)


def _rates(state: HydrogenEngineState, load: float) -> tuple[float, float, float, float]:
    """Return the shares of cycles that knock, misfire, ignite early and backfire, by chance."""
    excess = min(state.excess_air_ratio, 6.0)
    richer = 2.2 - excess
    hot = state.charge_air_temperature - 318.15
    wall = state.coolant_outlet_temperature - 361.15
    knock = 2e-6 * exp(min(6.0 * (load - 0.7) + 0.03 * hot + 2.0 * richer, 10.0))
    misfire = 1e-6 * exp(min(4.0 * max(excess - 2.8, 0.0) + 0.03 * max(-wall, 0.0), 10.0))
    early = 3e-7 * exp(min(5.0 * (load - 0.7) + 0.03 * wall + richer, 10.0))
    back = 1e-7 * exp(min(3.0 * (load - 0.7) + 2.0 * richer, 10.0))
    return knock, misfire + _lost_cylinders(state) / CYLINDERS, early, back


def _lost_cylinders(state: HydrogenEngineState) -> int:
    """Return how many cylinders do not fire: an injector stays closed, a plug gives no spark."""
    ageing = state.ageing
    lives = ageing.parts.lives
    no_fuel = ageing.worn_injectors >= lives[_INJECTORS]
    return int(no_fuel) + int(ageing.worn_plugs >= lives[_PLUGS])
