"""The 100 kW solid oxide system, simulated: what protocols do to it, and what they show."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.check import check
from bench.config import Catalogue
from bench.runs import open_run
from bench.service.requests import Answer, StopNow
from bench.service.server import BenchServer, Order
from protocols.execution import read

DAY = """\
protocol: tests/day
title: {en: Up and down}
object: solid-oxide
rig: solid-oxide-system
steps:
  - {id: up, call: {protocol: solid-oxide/start-up, with: {ask: 0, over: 10 min}}}
  - id: run
    hold: 30 min
  - id: down
    call: {protocol: solid-oxide/shut-down, with: {over: 10 min, hot_hold: 5 min, lowest: 600 degC}}
"""
UP = """\
protocol: tests/up
title: {en: Up}
object: solid-oxide
rig: solid-oxide-system
steps:
  - id: first
    call: {protocol: solid-oxide/start-up, with: {ask: 0, over: 10 min}}
"""
DAMAGE = ("redox_events", "carbon_events", "thermal_shocks")


class SystemBench:
    """A system at 750 degC, its bench, and the plant as it is."""

    def __init__(self, folder, protocol, parameters=None, *, seed=1):
        checked = check(
            str(protocol), None, parameters or {}, Catalogue.shipped(), is_simulated=True
        )
        simulation = checked.model.simulation
        warm = replace(simulation, parameters={**simulation.parameters, "warm": 1.0})
        self.server = BenchServer(
            Order(
                checked.model, checked.plan, folder, is_simulated=True, simulation=warm, seed=seed
            )
        )
        self.loop = self.server.loop
        self.host = self.server.wiring.truth
        self.most_power = 0.0

    @property
    def truth(self):
        return self.host.state

    @property
    def damage(self):
        """What was damaged so far."""
        return {name: getattr(self.truth.wear, name) for name in DAMAGE}

    def scan(self, most, reached):
        """Scan until something is reached, at most so often."""
        for _ in range(most):
            if reached():
                return
            self.server.step()
            self.most_power = max(self.most_power, self.truth.ac_power)
        message = f"not reached in {most} scans: {self.server.state()}"
        raise AssertionError(message)

    def to_its_stop(self, most):
        """Scan until the sequence is over."""
        self.scan(most, lambda: self.loop.stop is not None)


def written(folder, text):
    path = folder / "protocol.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    bench = SystemBench(folder, written(folder, DAY))
    bench.scan(6000, lambda: bench.loop.position.id.startswith("down"))
    loaded = bench.truth
    bench.to_its_stop(12000)
    return bench, loaded, bench.server.close(None)


def test_it_starts_up_to_its_load_within_what_it_bears(day):
    _, loaded, _ = day
    assert loaded.dc_current == pytest.approx(259.2, rel=2e-3)
    assert loaded.stack_temperature - 273.15 == pytest.approx(750.0, abs=5.0)
    assert loaded.fuel_utilisation == pytest.approx(0.85, abs=0.02)
    assert 0.25 < loaded.oxygen_utilisation < 0.4
    assert 2.0 < loaded.oxygen_to_carbon < 2.2
    assert loaded.wear.redox_events + loaded.wear.carbon_events == 0


def test_it_shuts_down_under_safety_gas_without_damage(day):
    bench, _, ending = day
    assert ending.state == "completed"
    assert bench.damage == dict.fromkeys(DAMAGE, 0)
    truth = bench.truth
    assert truth.dc_current == 0.0
    assert not truth.fuel_valve_open
    assert truth.fuel_flow == pytest.approx(0.0, abs=1e-4)
    assert truth.purge_flow > 0.05
    assert truth.stack_temperature - 273.15 < 601.0


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    short = {
        "duration": "24 h",
        "visit_every": "24 h",
        "conditioning": "0 h",
        "curves": "0",
    }
    bench = SystemBench(folder, "solid-oxide/long-run", short)
    bench.scan(10, lambda: bench.server.state().question is not None)
    bench.server.request(Answer(operator="tests"))
    bench.to_its_stop(25000)
    bench.server.close(None)
    return bench, read(bench.server.path).results


def test_a_long_run_goes_through_without_a_limit_and_without_damage(long_run):
    bench, results = long_run
    assert bench.damage == dict.fromkeys(DAMAGE, 0)
    with open_run(bench.server.path) as run:
        assert run.ending.state == "completed"
        temperatures = run.channel("stack.temperature").values_si().values
    assert np.nanmax(temperatures) < 800 + 273.15
    assert results is not None


def test_a_long_run_ends_with_efficiency_degradation_and_availability_as_json(long_run):
    _, results = long_run
    text = json.dumps(results.to_json())
    for name in ("net_electrical_efficiency", "irreversible_degradation", "availability"):
        assert name in text


def test_a_day_cannot_show_how_fast_it_ages(long_run):
    _, results = long_run
    assert results.verdict.value == "not shown"


def test_a_hard_stop_under_load_leaves_it_hot_under_safety_gas(tmp_path):
    bench = SystemBench(tmp_path, written(tmp_path, UP))
    bench.scan(3000, lambda: bench.truth.dc_current > 100.0)
    bench.server.request(StopNow(is_hard=True))
    bench.scan(200, lambda: bench.loop.position.id.endswith("hot-hold"))
    bench.scan(1800, lambda: bench.truth.cell_voltage > 0.9)  # the steam is flushed out
    truth = bench.truth
    assert truth.dc_current == 0.0
    assert not truth.fuel_valve_open
    assert truth.purge_flow > 0.05
    assert truth.air_flow > 1.0
    assert bench.damage == dict.fromkeys(DAMAGE, 0)
    assert truth.wear.emergency_stops == 1
    bench.server.close(None)


def seen(folder, seed):
    folder.mkdir()
    bench = SystemBench(folder, written(folder, UP), seed=seed)
    for _ in range(400):
        bench.server.step()
    bench.server.close(None)
    return bench.server.path.read_bytes()


def test_equal_seeds_give_equal_bytes(tmp_path):
    first, again, other = seen(tmp_path / "a", 1), seen(tmp_path / "b", 1), seen(tmp_path / "c", 2)
    assert first == again
    assert first != other
