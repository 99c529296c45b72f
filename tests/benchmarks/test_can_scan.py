"""What the CAN bus of a 100 kW solid oxide system costs per scan of 1 s in virtual time.

Inverter, cell voltage monitor (300 groups, 30 stacks) and safety PLC with their twins, periods of
1 s, without what plant and sensors cost. Wanted: 80 us.
"""

from collections import deque
from functools import partial

import numpy as np

from bench.clock import SECOND, VirtualClock
from bench.device import Connection, Mailbox, Port
from drivers.canbus import cell_voltage_monitor, grid_inverter, safety_plc
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.devices import cell_voltage_monitor as cvm_twin
from drivers.simulated.devices import grid_inverter as inverter_twin
from drivers.simulated.devices import safety_plc as plc_twin
from drivers.simulated.port import Terminals

CHANCE = np.random.default_rng(1)
CELLS = 0.85 + 0.01 * CHANCE.standard_normal(300)
RIPPLE = 0.02 + 0.001 * CHANCE.standard_normal(30)
PROFILES = {"cells": lambda now: CELLS, "ripple": lambda now: RIPPLE}
SHOWN = {
    "voltage": 420.0, "current": 250.0, "ac_power": 99e3, "ripple_current": 5.0,
    **{f"{place}_h2_{number}": 0.01 for place in ("hood", "room") for number in (1, 2, 3)},
    "carbon_monoxide": 5e-6, "methane": 0.0, "oxygen": 0.2095, "ventilation_flow": 1.0,
    "h2_supply_pressure": 5e5, "ups_charge": 1.0, "nitrogen_pressure": 1.5e7,
}  # fmt: skip
SIGNALS = {name: lambda now, value=value: value for name, value in SHOWN.items()}
RIG = {
    "inverter": (grid_inverter.DRIVER, inverter_twin.make, {"demand_timeout": "5 s"}),
    "cvm": (cell_voltage_monitor.DRIVER, cvm_twin.make, {"groups": 300, "stacks": 30}),
    "plc": (
        safety_plc.DRIVER,
        plc_twin.make,
        {"object": "solid-oxide", "heartbeat_timeout": "5 s"},
    ),
}


class Cell:
    def __init__(self):
        self.clock, self.queue, self.beat = VirtualClock(), deque(), 0
        self.nodes, twins = {}, {}
        for name, (driver, make, given) in RIG.items():
            options = driver.options.model_validate(given)
            mailbox = Mailbox(driver.readings(options), 0, self.queue)
            connection = Connection(name, driver, "can0", SECOND, options)
            port = Port(connection, mailbox, lambda *_: None, self.clock)
            self.nodes[name] = driver.build(port)
            twins[name] = partial(make, Terminals(SIGNALS, {}, options, PROFILES))
        self.bus = SimulatedCanBus("can0", list(self.nodes.values()), twins)

    def scan(self):
        """Let a second go by, then demand as a scan does."""
        now = self.clock.now() + SECOND
        self.clock.wait_until(now)
        self.bus.step(now)
        self.queue.clear()
        self.beat = self.beat + 1 & 0xFF
        self.nodes["plc"].demand(5, self.beat)
        self.nodes["inverter"].demand(0, 1.0)
        self.bus.step(now)


def test_a_scan_of_the_bus_of_a_system(benchmark):
    cell = Cell()
    for _ in range(5):
        cell.scan()
    assert all(node.is_connected for node in cell.nodes.values())
    benchmark(cell.scan)
    assert all(node.is_connected for node in cell.nodes.values())
