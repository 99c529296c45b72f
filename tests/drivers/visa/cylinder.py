"""A cylinder of the simulated engine at one point of work, with an indicating system on it."""

import random
from functools import cache
from math import pi
from types import SimpleNamespace

from bench.channel import Uncertainty
from drivers.simulated.cycle_cable import CylinderSensor
from drivers.simulated.devices.indicating_system import make
from drivers.simulated.faults.fault import Fault
from drivers.simulated.plants.hydrogen_engine import ShaftMode
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.port import Terminals

RPM = pi / 30.0


@cache
def at_work(speed=1200.0, torque=2000.0):
    """Return the plant and its state after five minutes at a point."""
    plant = MODEL.open({"warm": 1.0}, {})
    inputs = plant.inputs._replace(
        fuel_valve=True,
        ignition=True,
        injection=True,
        mode=ShaftMode.SPEED_TORQUE,
        speed_setpoint=speed * RPM,
        torque_setpoint=torque,
    )
    state = plant.state
    for _ in range(300):
        state = plant.advance(state, inputs, 1.0)
    return plant, state


class Cylinder:
    """The cylinder: its state is what a test sets; faults begin and end by their kind."""

    def __init__(self, *, gain=0.0, noise=2e3, seed=1):
        self.plant, self.state = at_work()
        self.leapt = 0
        source = SimpleNamespace(
            cable={"cycles": "cylinder_pressure"},
            host=self,
            stated=(Uncertainty(reading=gain), 0.0),
            random=random.Random(seed),
            noise=noise,
            wandering=None,
        )
        self.sensor = CylinderSensor(source)
        self.seed = seed

    def at(self, now):
        return self.state

    def unit(self):
        """Return an indicating system that has just been switched on."""
        terminals = Terminals(
            {}, {}, cycles={"pressure": self.sensor}, random=random.Random(self.seed).random,
            leapt=lambda: self.leapt,
        )  # fmt: skip
        return make(terminals)

    def suffer(self, what, **values):
        self.sensor.wire.begin(what, Fault(what, "indicating.pressure", values=values), 0)

    def recover(self, what):
        self.sensor.wire.end(what, 0)
