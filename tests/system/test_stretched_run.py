"""A stretched hold of the solid oxide system comes to what the same hold comes to scan by scan."""

from dataclasses import replace

import numpy as np
import pytest

from bench.check import check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.runs import open_run
from bench.service.server import BenchServer, Order

HOLD = """\
protocol: tests/rest
title: {en: Rest}
object: solid-oxide
rig: solid-oxide-system
steps:
  - id: rest
    hold: 20 min
"""
NOISE = {"energy": 5e3, "fuel": 0.05}
"""What meters show in the time though nothing flows: the inverter's, J (4 W of its 100 kW), and the
flow controller's, mol (a thousandth of what it passes under load)."""
DRIFT = 0.03
"""Sensors draw their drift at other times, and little flows: what is seen differs by so much.

That the sum itself is the same is shown with a sensor that has no error.
"""
QUANTITIES = ("stack_temperature", "stack_outlet_temperature", "furnace_temperature", "dc_voltage")


def rested(folder, *, stretch):
    """Return the bench at the end of the hold, the plant then, and the run file."""
    path = folder / "rest.yaml"
    path.write_text(HOLD, encoding="utf-8")
    checked = check(str(path), None, {}, Catalogue.shipped(), is_simulated=True)
    parameters = {**checked.model.simulation.parameters, "warm": 1.0}
    simulation = replace(checked.model.simulation, parameters=parameters)
    simulation = replace(simulation, stretch=simulation.stretch if stretch else 0)
    runs = folder / ("stretched" if stretch else "straight")
    order = Order(
        checked.model, checked.plan, runs, is_simulated=True, simulation=simulation, seed=1
    )
    server = BenchServer(order)
    scans = 0
    while server.loop.stop is None:
        server.step()
        scans += 1
        assert server.loop.pulse.missing == ()
    host = server.wiring.truth
    state = {name: host.plant.quantity(name)(host.state) for name in QUANTITIES}
    ended = server.clock.now()
    server.close(None)
    return server, state, ended, scans


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return rested(folder, stretch=False), rested(folder, stretch=True)


def test_it_takes_fewer_scans_and_ends_at_the_same_time(both):
    (_, _, ended, scans), (stretched, _, stretched_end, stretched_scans) = both
    assert stretched_end == ended
    assert stretched_scans < scans / 2
    assert stretched.clock.leapt > 600 * SECOND


def test_the_plant_comes_to_the_same_state(both):
    (_, straight, *_), (_, stretched, *_) = both
    for name in QUANTITIES:
        assert stretched[name] == pytest.approx(straight[name], rel=2e-3), name


def test_counters_come_to_the_same(both):
    (straight, *_), (stretched, *_) = both
    for name, count in straight.loop.counters.values.items():
        found = stretched.loop.counters.values[name]
        assert found == pytest.approx(count, rel=DRIFT, abs=NOISE.get(name, 1e-6)), name


def test_rows_that_lie_apart_by_a_leap_are_no_gap_and_each_has_its_own_time(both):
    server = both[1][0]
    with open_run(server.path) as run:
        times = run.channel("stack.temperature").times_ns()
        assert run.gaps == ()
        assert run.header.stretch_ns == server.order.simulation.stretch
    steps = np.diff(times)
    assert steps.max() > 10 * SECOND
    assert steps.min() > 0
