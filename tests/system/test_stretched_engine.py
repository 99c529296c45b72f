"""An engine between two loads at one scan a second: leaps or none, it comes to the same."""

from dataclasses import replace

import pytest

from bench.check import check
from bench.clock import SECOND
from bench.config import Catalogue
from bench.service.requests import Answer
from bench.service.server import BenchServer, Order

DUTY = """\
protocol: tests/duty
title: {en: Duty}
object: hydrogen-engine
rig: hydrogen-engine-cell
steps:
  - {id: start, call: hydrogen-engine/start}
  - {id: mode, set: {dyno.mode: n/T}}
  - id: duty
    repeat:
      times: 2
      steps:
        - {id: up, ramp: {engine.speed: 1900 rpm, engine.torque: 1700 N*m, over: 20 s}}
        - {id: high, hold: 5 min}
        - {id: down, ramp: {engine.speed: 1100 rpm, engine.torque: 600 N*m, over: 20 s}}
        - {id: low, hold: 5 min}
  - {id: stop, call: hydrogen-engine/stop}
"""
NOISE = {"hydrogen": 0.05}
"""What meters show though nothing flows, kg."""
TRUTHS = ("hydrogen_metered_total", "hydrogen_burnt_total", "supply_pressure")


def run(folder, *, stretch):
    """Return the bench at the end of the duty, and how many scans it took."""
    path = folder / "duty.yaml"
    path.write_text(DUTY, encoding="utf-8")
    checked = check(str(path), None, {}, Catalogue.shipped(), is_simulated=True)
    simulation = checked.model.simulation
    parameters = {**simulation.parameters, "warm": 1.0}
    simulation = replace(simulation, scan=SECOND, stretch=stretch, parameters=parameters)
    runs = folder / str(stretch)
    server = BenchServer(
        Order(checked.model, checked.plan, runs, is_simulated=True, simulation=simulation, seed=1)
    )
    scans = 0
    while not server.is_finished:
        server.step()
        scans += 1
        assert server.loop.pulse.missing == ()
        if server.loop.stage.question is not None:
            server.request(Answer())
    return server, scans


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    done = run(folder, stretch=0), run(folder, stretch=60 * SECOND)
    yield done
    for server, _ in done:
        server.close(None)


def test_both_come_to_the_end_of_the_protocol_and_take_as_long(both):
    (straight, scans), (stretched, fewer) = both
    assert straight.loop.stop.state == stretched.loop.stop.state == "completed"
    assert stretched.clock.now() == straight.clock.now()
    assert fewer < 0.5 * scans


def test_what_the_object_has_accumulated_is_the_same(both):
    (straight, _), (stretched, _) = both
    for name, count in straight.loop.counters.values.items():
        found = stretched.loop.counters.values[name]
        assert found == pytest.approx(count, rel=2e-3, abs=NOISE.get(name, 1e-6)), name


def test_the_plant_has_been_through_the_same(both):
    (straight, _), (stretched, _) = both
    a, b = straight.wiring.truth, stretched.wiring.truth
    for name in TRUTHS:
        read = a.plant.quantity(name)
        assert read(b.state) == pytest.approx(read(a.state), rel=5e-4), name
    assert b.state.ageing.running_time == pytest.approx(a.state.ageing.running_time, abs=1.0)
    assert b.state.ageing.starts == a.state.ageing.starts == 1.0
