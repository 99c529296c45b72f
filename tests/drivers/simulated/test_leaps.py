"""What is simulated behind the wires leaps as far as it is calm and no fault is due."""

from collections import deque
from dataclasses import replace

import pytest

from bench.clock import SECOND, VirtualClock
from bench.config import Catalogue, load_rig
from bench.control.pace import VirtualPace
from drivers.simulated.faults.targets import checked_fault, targets_of
from drivers.simulated.hosting import wanted_of
from drivers.simulated.rig import open_simulated

MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
SCAN = MODEL.simulation.scan


class Calm:
    """A plant that is calm for some seconds, and is otherwise the plant it was."""

    def __init__(self, plant, seconds):
        self._plant = plant
        self.seconds = seconds

    def __getattr__(self, name):
        return getattr(self._plant, name)

    def calm(self, state, inputs):
        del state, inputs
        return self.seconds


class Cell:
    """The whole simulated cell in virtual time, on a plant that is calm."""

    def __init__(self, *schedule, calm=1e6):
        self.clock = VirtualClock()
        wanted = wanted_of(MODEL, clock=self.clock.wires, plant={"warm": 1.0}, seed=3)
        targets = targets_of(wanted)
        faults = tuple(
            checked_fault(targets, what, where, given=given, at=at, lasts=lasts, name=what)
            for what, where, at, lasts, given in schedule
        )
        wiring = open_simulated(replace(wanted, queue=deque(), faults=faults))
        self.host, self.board = wiring.truth, wiring.faults
        self.host.plant = Calm(self.host.plant, calm)
        self.pace = VirtualPace(wiring.workers, self.clock, wiring.leap)

    def run(self, seconds):
        self.pace.advance(self.clock.now() + round(seconds * SECOND))

    @property
    def faults(self):
        return [each.id for each in self.board.active]


def test_a_leap_goes_as_far_as_is_wished_on_the_grid_of_the_plant():
    cell = Cell()
    cell.run(1)
    wires = cell.clock.wires.now()
    assert cell.pace.leap(60 * SECOND + SCAN // 2) == 60 * SECOND
    assert cell.clock.now() == 61 * SECOND
    assert cell.clock.wires.now() == wires
    assert cell.host.leapt == 60 * SECOND


@pytest.mark.parametrize(("calm", "done"), [(0.0, 0), (7.03, 7 * SECOND), (SCAN / SECOND, 0)])
def test_a_leap_goes_no_further_than_the_plant_is_calm(calm, done):
    cell = Cell(calm=calm)
    cell.run(1)
    assert cell.pace.leap(60 * SECOND) == done == cell.clock.leapt


def test_a_leap_ends_before_a_fault_is_due_and_the_fault_begins_and_ends_on_time():
    at, lasts = 100 * SECOND, 50 * SECOND
    cell = Cell(("offset", "daq.oil", "100 s", "50 s", {"by": "5 K"}))
    cell.run(1)
    assert cell.pace.leap(60 * SECOND) == 60 * SECOND
    cell.run(1)
    cell.pace.leap(60 * SECOND)
    assert cell.clock.now() < at
    while cell.clock.now() < at:
        assert cell.faults == []
        cell.run(SCAN / SECOND)
    assert cell.faults == ["offset"]
    assert cell.clock.now() == at
    cell.pace.leap(60 * SECOND)
    assert cell.clock.now() < at + lasts
    while cell.clock.now() < at + lasts:
        assert cell.faults == ["offset"]
        cell.run(SCAN / SECOND)
    assert cell.faults == []


def test_no_leap_while_a_fault_is_about_to_begin():
    cell = Cell(("offset", "daq.oil", "2 s", None, {"by": "5 K"}))
    cell.run(1.5)
    assert cell.pace.leap(60 * SECOND) == 0
