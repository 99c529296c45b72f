"""Engines on a simulated dynamometer, and what they are asked for."""

from functools import cache
from math import pi

from drivers.simulated.plants.hydrogen_engine import HydrogenEngineInputs, ShaftMode
from drivers.simulated.plants.hydrogen_engine.ageing import Ageing, ageing_step
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters

RPM = pi / 30.0
HOUR = 3600.0
REFERENCE = HydrogenEngineInputs(
    mode=ShaftMode.SPEED_TORQUE,
    speed_setpoint=1750 * RPM,
    torque_setpoint=1432.0,
    fuel_valve=True,
    ignition=True,
    injection=True,
)
BEST_POINT = REFERENCE._replace(speed_setpoint=1200 * RPM, torque_setpoint=2000.0)


def engine(**settings):
    """A warm engine with settings of its opening."""
    return MODEL.open({"warm": 1.0, **settings}, {})


def run(plant, state, inputs, seconds, dt=1.0):
    """The state so many seconds later."""
    for _ in range(round(seconds / dt)):
        state = plant.advance(state, inputs, dt)
    return state


@cache
def warmed_up():
    """A new engine's state after some minutes at the best point."""
    plant = engine(ageing=0.0)
    return run(plant, plant.state, BEST_POINT, 400.0)


def at_best_point(plant):
    """The state of an engine, as old as it is opened, after minutes at its best point."""
    return run(plant, warmed_up()._replace(ageing=plant.state.ageing), BEST_POINT, 120.0)


def aged(ageing, seconds, dt, *, parameters=None, **conditions):
    """An age after so long under the same conditions, the reference duty where none are given."""
    at = {
        "speed": 1750 * RPM,
        "torque": 1432.0,
        "boost": 229e3,
        "exhaust": 710.0,
        "coolant": 361.15,
        "oil": 368.15,
        "firing": True,
    } | conditions
    parameters = parameters or HydrogenEngineParameters()
    for _ in range(round(seconds / dt)):
        ageing = ageing_step(
            ageing,
            parameters,
            at["speed"],
            at["speed"],
            at["speed"],
            at["torque"],
            at["boost"],
            at["exhaust"],
            at["coolant"],
            at["oil"],
            dt,
            firing=at["firing"],
            injecting=at["firing"],
        )
    return ageing


def new_age(coolant=361.15):
    """The age of a new, filled engine."""
    return Ageing(oil_mass=34.0, coolant_turning=coolant, coolant_extreme=coolant)
