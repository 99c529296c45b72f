"""Faults of the engine and its cell, and the cell's own log."""

import csv
from itertools import pairwise
from math import pi

import pytest

from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.errors import ConfigError, RunFileError
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.kinds import KINDS
from drivers.simulated.faults.plant_site import PlantSite
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.plants.solid_oxide.cabling import MODEL as SOLID_OXIDE
from drivers.simulated.truth_log import TruthLog

RPM = pi / 30.0


class Engine:
    """A warm engine at its best point, on a grid of 100 ms."""

    def __init__(self, **settings):
        self.host = PlantHost(MODEL.open({"warm": 1.0, **settings}, {}), 100 * MILLISECOND, 0)
        self.site = PlantSite(self.host)
        self.now = 0
        for name in ("fuel_valve", "ignition", "injection"):
            self.act(name, 1.0)
        self.act("mode", 1.0)
        self.act("speed_setpoint", 1200 * RPM)
        self.act("torque_setpoint", 1500.0)

    def act(self, name, value):
        self.host.act(name, value, self.now)

    def begin(self, what, **values):
        defaults = {
            each.name: each.default for each in KINDS[what].parameters if each.default is not None
        }
        self.site.begin(what, Fault(what, "plant", values={**defaults, **values}), self.now)
        return what

    def run(self, seconds):
        self.now += round(seconds * SECOND)
        return self.host.at(self.now)


@pytest.fixture
def engine():
    engine = Engine()
    state = engine.run(30.0)
    assert state.fired
    assert state.shaft_torque == pytest.approx(1500.0, rel=0.01)
    return engine


def test_an_engine_whose_faults_are_over_is_as_it_was(engine):
    other = Engine()
    other.run(30.0)
    for kind in KINDS.values():
        if kind.name in MODEL.open({}, {}).faults():
            engine.site.begin(kind.name, Fault(kind.name, "plant", values={
                each.name: 0.001 if each.default is None else each.default
                for each in kind.parameters
            }), engine.now)  # fmt: skip
            engine.site.end(kind.name, engine.now)
    assert engine.run(10.0) == other.run(10.0)


def test_a_leak_fills_the_hood_until_the_rail_is_empty(engine):
    engine.begin("hydrogen-leak", rate=2e-3)
    state = engine.run(60.0)
    # 2 g/s at 30 bar, diluted with 2 m3/s: the field's steady mixing, C = q/Q
    assert state.leak_flow == pytest.approx(2e-3, rel=0.1)
    expected = state.leak_flow / 2.01588e-3 * 8.314 * 298.15 / 101325.0 / 2.02 / 0.04
    assert state.hood_hydrogen == pytest.approx(expected, rel=0.05)
    assert state.room_hydrogen == 0.0
    engine.act("fuel_valve", 0.0)
    state = engine.run(120.0)
    assert state.leak_flow < 1e-6
    assert state.hood_hydrogen < 0.01


def test_a_leak_into_the_room_stays_out_of_the_hood(engine):
    engine.begin("hydrogen-leak", rate=2e-3, into="room")
    state = engine.run(300.0)
    assert state.hood_hydrogen == 0.0
    assert state.room_hydrogen > 0.2
    engine.act("ventilation", 0.0)
    assert engine.run(120.0).room_hydrogen > 1.5 * state.room_hydrogen


def test_hydrogen_is_neither_made_nor_lost_by_a_leak(engine):
    before = engine.host.state
    engine.begin("hydrogen-leak", rate=2e-3)
    after = engine.run(60.0)
    lost = after.hydrogen_lost_total - before.hydrogen_lost_total
    assert lost == pytest.approx(60.0 * 2e-3, rel=0.1)
    used = sum(
        getattr(after, name) - getattr(before, name)
        for name in (
            "hydrogen_burnt_total",
            "hydrogen_exhaust_total",
            "hydrogen_crankcase_total",
            "hydrogen_lost_total",
        )
    )
    metered = after.hydrogen_metered_total - before.hydrogen_metered_total
    assert metered == pytest.approx(used, rel=1e-3)


def test_a_dynamometer_without_grip_lets_the_engine_overspeed(engine):
    engine.begin("overspeed")
    state = engine.run(0.2)
    assert state.shaft_torque == 0.0
    assert state.speed > 1200 * RPM * 1.2
    assert engine.run(5.0).speed <= 2600 * RPM  # its own cut-off holds
    engine.site.end("overspeed", engine.now)
    assert engine.run(20.0).speed == pytest.approx(1200 * RPM, rel=0.01)


def test_an_engine_that_knocks_needs_more_fuel(engine):
    before = engine.host.state
    engine.begin("knock")
    state = engine.run(30.0)
    assert state.knock_intensity == 1e6
    assert state.fuel_flow_engine > 1.04 * before.fuel_flow_engine
    engine.act("injection", 0.0)
    assert engine.run(2.0).knock_intensity == 0.0
    engine.site.end("knock", engine.now)
    engine.act("injection", 1.0)
    assert engine.run(5.0).knock_intensity == 0.0


def test_an_engine_without_coolant_gets_hot(engine):
    before = engine.host.state
    engine.begin("coolant-loss")
    state = engine.run(120.0)
    assert state.coolant_flow == pytest.approx(0.05 * before.coolant_flow, rel=0.01)
    assert state.coolant_outlet_temperature > before.coolant_outlet_temperature + 5.0


def test_a_fan_that_stands_still_is_seen_at_the_flow_switch(engine):
    engine.begin("ventilation-loss")
    state = engine.run(1.0)
    assert not state.ventilation_on
    engine.act("ventilation", 1.0)
    assert not engine.run(1.0).ventilation_on


def test_the_trailer_runs_empty_and_is_exchanged_when_it_is_over(engine):
    before = engine.host.state.supply_pressure
    engine.begin("supply-low", rate=2e6)
    assert engine.run(2.0).supply_pressure == pytest.approx(before - 4e6, rel=0.01)
    state = engine.run(30.0)
    assert state.supply_pressure <= 1.01e5
    assert not state.injecting
    engine.site.end("supply-low", engine.now)
    assert engine.run(1.0).supply_pressure == pytest.approx(200e5, rel=0.01)


def test_the_trailers_pressure_falls_no_further_than_is_said(engine):
    engine.begin("supply-low", rate=50e6, to=50e5)
    assert engine.run(1.0).supply_pressure == pytest.approx(50e5, rel=0.001)


def test_oil_pressure_falls_at_once(engine):
    before = engine.host.state.oil_pressure
    engine.begin("oil-loss")
    assert engine.run(0.2).oil_pressure == pytest.approx(0.05 * before, rel=0.01)


def test_without_a_spark_the_hydrogen_leaves_unburnt(engine):
    engine.begin("ignition-loss")
    state = engine.run(5.0)
    assert not state.fired
    assert state.injecting
    assert state.shaft_torque < 0.0
    assert state.hydrogen_wet > 0.01


def test_a_plant_refuses_a_fault_it_does_not_know(engine):
    with pytest.raises(ConfigError, match="cannot suffer short-circuit; it can suffer: coolant"):
        engine.begin_unknown = engine.site.begin("x", Fault("short-circuit", "plant"), 0)


def test_plants_suffer_every_kind_of_their_vocabulary(engine):
    known = {kind.name for kind in KINDS.values() if kind.families == (Family.PLANT,)}
    suffered = {*engine.host.plant.faults(), *SOLID_OXIDE.open({}, {}).faults()}
    assert suffered == known


def rows_of(path):
    with path.open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_counts_what_the_plant_did(tmp_path):
    clock = VirtualClock()
    host = PlantHost(MODEL.open({"warm": 1.0}, {}), 100 * MILLISECOND, 0)
    engine = Engine.__new__(Engine)
    engine.host, engine.now = host, 0

    def run(seconds):
        for _ in range(round(seconds * 10)):
            clock.wait_until(clock.now() + SECOND // 10)
            engine.run(0.1)

    path = tmp_path / "log.csv"
    with TruthLog(path, host, clock):
        run(2.0)
        for name in ("fuel_valve", "ignition", "injection"):
            engine.act(name, 1.0)
        engine.act("mode", 1.0)
        engine.act("speed_setpoint", 1200 * RPM)
        engine.act("torque_setpoint", 1000.0)
        run(20.0)
        engine.act("injection", 0.0)
        run(0.25)
        engine.act("injection", 1.0)
        run(5.0)
        assert len(rows_of(path)) > 25  # what is written is in the file at once
    rows = rows_of(path)
    last = rows[-1]
    assert int(last["starts"]) == 2
    assert float(last["running"]) == pytest.approx(25.2, abs=1.0)
    assert float(last["hydrogen_metered_total"]) == pytest.approx(
        host.state.hydrogen_metered_total, rel=0.1
    )
    assert float(last["energy"]) == pytest.approx(1000.0 * 1200 * RPM * 24.0, rel=0.1)
    times = [float(row["elapsed"]) for row in rows]
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) <= 1.1
    switched = [row["elapsed"] for a, row in pairwise(rows) if a["injection"] != row["injection"]]
    assert [float(each) for each in switched] == pytest.approx([2.1, 22.1, 22.3], abs=0.11)
    assert float(rows[0]["utc"]) == pytest.approx(clock.utc() / SECOND - 27.2, abs=0.3)


def test_a_log_that_cannot_be_written_is_told(tmp_path):
    host = PlantHost(MODEL.open({}, {}), 100 * MILLISECOND, 0)
    with pytest.raises(RunFileError, match="cannot be written"):
        TruthLog(tmp_path / "no" / "log.csv", host, VirtualClock())
