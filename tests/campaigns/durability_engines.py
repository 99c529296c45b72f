"""Engines that wear by laws nobody who judges knows, and what a reference test shows of them.

Engine and sensors are those of the simulated bench; only the time between the tests is skipped.
Half of the engines wear as the plant does, with sizes, exponents and duties drawn anew (running in,
rings, seats, plugs, gasket, oil that gets old until each service). The others follow laws that the
plant does not know.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter

from bench.channel import Channel, Uncertainty
from bench.check import check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.record.port import Point
from drivers.simulated.cables import seen_through
from drivers.simulated.faults.wire import Wire
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine import (
    HydrogenEngineInputs,
    HydrogenEngineParameters,
    HydrogenEngineState,
    ShaftMode,
    advance,
    initial_state,
)
from drivers.simulated.plants.hydrogen_engine.ageing import Ageing, factors_of, followed
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.port import Signal
from drivers.simulated.sensors import Sensor
from protocols.campaign.part_results import Measured
from protocols.campaign.quantities import BY_NAME as DRIFTING
from protocols.campaign.quantities import REFERENCE_POINT
from protocols.campaign.reference_points import _in_unit
from protocols.engine_points import EngineWindow
from protocols.engine_quantities import BY_NAME, CHANNELS, HEATING_VALUE
from protocols.engine_uncertainty import estimate
from protocols.fuel_gas import FuelGas
from protocols.windows import Window

LIFE = 200_000.0
"""km."""
HOURS = 2000.0
"""Running hours of a life."""
SPEED = 1200.0 * math.pi / 30.0
TORQUE = 2000.0
"""The reference point of `hydrogen-engine/reference-test`."""
SETTLE, WINDOW, APPROACHES = 60, 60, 3
"""s, s, 1; the engine begins warm."""
NOISES = {"speed": 0.1 * math.pi / 30.0, "torque": 0.4, "fuel_flow": 0.01 / 3600.0}
"""White noise of flange and meter as the rig has it, SI."""
QUANTITY = BY_NAME["brake_thermal_efficiency"]
LAWS = ("plant", "straight", "power", "settling", "growing", "run in")
"""Half of the engines wear as the plant."""


@dataclass(frozen=True)
class Engine:
    """One engine with its law of wear."""

    law: str
    """Of `LAWS`."""
    parameters: HydrogenEngineParameters
    """With the efficiency that the new engine has."""
    harshness: dict[str, float]
    """Mechanism → reference seconds over those of the reference duty."""
    factor: Callable[[float], float]
    """km → efficiency over the new engine's, beside the plant's own wear."""
    quarter: float
    """km between two services."""

    def ageing(self, kilometres: float) -> Ageing:
        """Return what the engine has been through at a reference test, before the service."""
        if self.law != "plant":
            return followed(Ageing(oil_mass=34.0), self.parameters)
        done = kilometres / LIFE * self.parameters.ageing_life
        since = self.quarter if kilometres > 0.0 else 0.0
        worn = {name: rate * done for name, rate in self.harshness.items()}
        oil = self.harshness["worn_rings"] * since / LIFE * self.parameters.ageing_life
        age = Ageing(oil_mass=34.0, oil_age=oil, running_time=done, **worn)
        return followed(age, self.parameters)

    def warm(self, kilometres: float) -> tuple[HydrogenEngineState, HydrogenEngineInputs]:
        """Return the engine at the reference point after so many km."""
        inputs = HydrogenEngineInputs(fuel_valve=True, ignition=True, injection=True)._replace(
            mode=ShaftMode.SPEED_TORQUE,
            speed_setpoint=SPEED,
            torque_setpoint=TORQUE,
            efficiency_factor=self.factor(kilometres),
        )
        new = initial_state(self.parameters, warm=True)._replace(ageing=self.ageing(kilometres))
        for _ in range(SETTLE):
            new = advance(new, inputs, self.parameters, 1.0)
        return new, inputs

    def adjusted(self, kilometres: float, gain: float) -> Engine:
        """Return the engine with another efficiency from some km on, as after a repair."""
        before = self.factor
        return replace(self, factor=lambda km: before(km) * (gain if km > kilometres else 1.0))

    def truth(self, kilometres: float) -> float:
        """Return the true efficiency of a reference test after so many km, 1."""
        return self.warm(kilometres)[0].brake_thermal_efficiency


def engine(draw: random.Random, quarters: int, ends: tuple[float, float]) -> Engine:
    """Return an engine whose true efficiency at the end of life lies between two ends, 1."""
    is_plants = draw.random() < 0.5
    law = "plant" if is_plants else draw.choice(LAWS[1:])
    nominal = HydrogenEngineParameters()
    size = draw.uniform(0.3, 5.0)
    changed = {
        name: size * draw.uniform(0.5, 1.5) * getattr(nominal, name)
        for name in (
            "ring_efficiency_loss",
            "valve_seat_efficiency_loss",
            "plug_efficiency_loss",
            "gasket_efficiency_loss",
        )
    }
    changed |= {
        "running_in_efficiency_gain": draw.uniform(0.0, 0.004),
        "running_in_time": draw.uniform(20.0, 120.0) * 3600.0,
        "dirty_oil_efficiency_loss": draw.uniform(0.0, 0.0015),
        "ring_exponent": draw.uniform(0.8, 1.6),
        "valve_seat_exponent": draw.uniform(0.8, 1.4),
        "plug_exponent": draw.uniform(1.0, 1.8),
        "gasket_exponent": draw.uniform(1.0, 2.0),
        "ageing": 1.0 if is_plants else 0.0,
    }
    names = ("worn_rings", "worn_valve_seats", "worn_plugs", "worn_gasket", "worn_injectors")
    harshness = {name: draw.lognormvariate(0.0, 0.3) for name in names}
    made = Engine(
        law=law,
        parameters=replace(nominal, **changed),
        harshness=harshness,
        factor=_factor(law, draw),
        quarter=LIFE / quarters,
    )
    wanted = draw.uniform(*ends)
    kept = made.factor(LIFE) * factors_of(made.ageing(LIFE), made.parameters).efficiency
    scale = wanted / nominal.peak_efficiency / kept
    return replace(made, parameters=replace(made.parameters, efficiency_scale=scale))


def _factor(law: str, draw: random.Random) -> Callable[[float], float]:
    lost = draw.uniform(0.003, 0.05)
    if law == "plant":
        return lambda _: 1.0
    if law == "power":
        exponent = math.exp(draw.uniform(math.log(0.4), math.log(2.5)))
        return lambda km: 1.0 - lost * (km / LIFE) ** exponent
    if law == "settling":
        speed = draw.uniform(1.5, 5.0)
        return lambda km: 1.0 + lost * math.expm1(-speed * km / LIFE) / -math.expm1(-speed)
    if law == "growing":
        speed = draw.uniform(1.0, 3.0)
        return lambda km: 1.0 - lost * math.expm1(speed * km / LIFE) / math.expm1(speed)
    if law == "run in":
        gain, reach = draw.uniform(0.002, 0.008), draw.uniform(5e3, 25e3)
        return lambda km: 1.0 - lost * km / LIFE - gain * math.expm1(-km / reach)
    return lambda km: 1.0 - lost * km / LIFE


@cache
def _stated() -> dict[str, Channel]:
    """Return the channels of the rig behind the efficiency, by input."""
    checked = check("hydrogen-engine/reference-test", None, {}, Catalogue.shipped())
    channels = {channel.name: channel for channel in checked.model.channels}
    return {name: channels[CHANNELS[name]] for name in NOISES}


class Bench:
    """Flange, meter and gas certificates of one campaign."""

    def __init__(self, draw: random.Random, common: float) -> None:
        """Draw the sensors; `common` is the share of their error that never changes."""
        self._draw = draw
        self.channels = {
            channel.name: replace(
                channel, uncertainty=replace(channel.uncertainty or Uncertainty(), common=common)
            )
            for channel in _stated().values()
        }
        self._truth = PlantHost(MODEL.open({}, {}), 10**12 * SECOND, 0)
        """Its state is the truth by input, its time that of the campaign."""
        self._looks = {name: self._new(name) for name in NOISES}
        gas = FuelGas("", 298.15, 119.96e6, 0.0, 34.3, {}, 2.016e-3)
        self._reference = draw.gauss(0.0, gas.reference_uncertainty)

    def _new(self, name: str) -> Signal:
        sensor = _sensor(self.channels[CHANNELS[name]], NOISES[name], self._draw)
        return seen_through(sensor, itemgetter(name), self._truth, Wire(random.Random(0)))

    def recalibrate(self) -> None:
        """Calibrate the flow meter anew: an error of its own."""
        self._looks["fuel_flow"] = self._new("fuel_flow")

    def tested(self, tried: Engine, kilometres: float) -> Measured:
        """Return the efficiency that a reference test shows, %."""
        state, inputs = tried.warm(kilometres)
        second = kilometres / LIFE * HOURS * 3600.0
        gas = FuelGas("", 298.15, state.lower_heating_value, 2e-5 * 119.96e6, 34.3, {}, 2.016e-3)
        certified = self._draw.gauss(0.0, gas.certificate_uncertainty) + self._reference
        windows: list[EngineWindow] = []
        for approach in range(APPROACHES):
            sums = dict.fromkeys(NOISES, 0.0)
            for place in range(WINDOW):
                state = advance(state, inputs, tried.parameters, 1.0)
                now = second + 480.0 * approach + place
                self._truth.state = _truths(state)
                for name, look in self._looks.items():
                    sums[name] += look(round(now * SECOND)) / WINDOW
            sums[HEATING_VALUE] = state.lower_heating_value + certified
            windows.append(_window(sums, gas, approach + 1))
        found = estimate(QUANTITY, windows, self.channels).budget
        return _in_unit(DRIFTING["efficiency"], found)


def _truths(state: HydrogenEngineState) -> dict[str, float]:
    return {
        "speed": state.speed,
        "torque": state.shaft_torque,
        "fuel_flow": state.fuel_flow_meter,
    }


def _sensor(channel: Channel, noise: float, draw: random.Random) -> Sensor:
    stated = channel.uncertainty or Uncertainty()
    return Sensor.drawn(
        reading_part=stated.reading / stated.divisor,
        absolute_part=math.hypot(stated.span * channel.range.span, stated.absolute)
        / stated.divisor,
        common_share=stated.common,
        resolution=stated.resolution,
        noise=noise,
        lag=0.0,
        distribution=stated.distribution.value,
        rng=random.Random(draw.random()),
    )


def _window(inputs: dict[str, float], gas: FuelGas, approach: int) -> EngineWindow:
    point = Point(
        name=REFERENCE_POINT, repeat=1, approach=approach, start_ns=0, end_ns=1, valid=True
    )
    return EngineWindow(
        window=Window(point=point, statistics={}, poor=()),
        inputs=inputs,
        gas=gas,
        line_pack=0.0,
        is_valid=True,
        runs=True,
        from_weather={},
    )
