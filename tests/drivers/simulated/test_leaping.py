"""A plant that leaps, and what instruments see of profiles and responses."""

from random import Random

import numpy as np
import pytest

from bench.channel import Range, Uncertainty
from bench.clock import SECOND, VirtualClock
from bench.config.grammar import WireGrammar
from bench.config.simulation import wire_of
from bench.device import SampleQueue
from bench.errors import ConfigError
from bench.opener import Stated, Wanted
from drivers.simulated.cables import Source, profile_of, response_of, signal_of
from drivers.simulated.faults.fault import Fault
from drivers.simulated.faults.wire import Wire
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL as ENGINE
from drivers.simulated.plants.solid_oxide.cabling import MODEL
from drivers.simulated.sensor_array import SensorArray, SensorErrors

MINUTE = 60 * SECOND


@pytest.fixture
def host():
    host = PlantHost(MODEL.open({"warm": 1.0, "system": 0.0}, {}), SECOND, 0)
    host.act("heater", 1.0, 0)
    host.act("heater_power", 2175.0, 0)
    host.at(3600 * SECOND)
    return host


def source(host, uncertainty=None, **cable):
    stated = Stated(uncertainty or Uncertainty(), Range(0.0, 1.5))
    wanted = Wanted((), SampleQueue(), {}, lambda *_: None, VirtualClock(), {"cvm.group_1": stated})
    written = WireGrammar.model_validate({"stated": "cvm.group_1", **cable})
    wire = Wire(Random(0), lambda: host.leapt)
    return Source("cvm.cells", wire_of(written), wanted, host, wire)


def test_a_leap_lets_the_plant_go_on_while_the_wires_stand_still(host):
    seen, before, due = [], host.state.wear.hours, host.next
    host.watchers.append(seen.append)
    assert host.leap(MINUTE) == MINUTE
    assert host.next == due
    assert host.leapt == MINUTE
    assert host.state.wear.hours > before
    assert [truth.time for truth in seen] == [due - SECOND + MINUTE]
    host.at(due)
    assert seen[-1].time == due + MINUTE


def test_a_plant_that_is_not_calm_does_not_leap(host):
    host.act("hydrogen_flow", 1e-3, host.next - 1)
    host.act("fuel_valve", 1.0, host.next - 1)
    assert host.leap(MINUTE) == 0
    engine = PlantHost(ENGINE.open({"warm": 1.0}, {}), SECOND, 0)
    for name in ("fuel_valve", "ignition", "injection", "mode"):
        engine.act(name, 1.0, 0)
    engine.act("speed_setpoint", 100.0, 0)
    assert engine.leap(MINUTE) == 0
    assert engine.leapt == 0


def test_a_leap_is_never_longer_than_the_plant_is_calm(host):
    done = host.leap(10**15)
    assert 0 < done <= 600 * SECOND


def test_each_cell_is_seen_through_a_sensor_of_its_own(host):
    exact = profile_of(source(host, profile="cell_voltages"))
    truth = host.plant.profile("cell_voltages")(host.state)
    assert exact(host.next - 1) == pytest.approx(truth, abs=0.0)
    stated = Uncertainty(absolute=5e-3)
    look = profile_of(source(host, stated, profile="cell_voltages", noise="0.1 mV"))
    errors = look(host.next - 1) - truth
    assert 1e-3 < errors.std() < 6e-3
    assert np.abs(errors).max() < 5.5e-3
    assert look(host.next - 1) is look(host.next - 1)


def test_faults_reach_every_cell(host):
    made = source(host, profile="cell_voltages")
    look = profile_of(made)
    made.wire.begin("f", Fault("offset", "cvm.cells", values={"by": 0.1}), host.next - 1)
    assert look(host.next - 1) == pytest.approx(
        host.plant.profile("cell_voltages")(host.state) + 0.1
    )
    made.wire.begin("g", Fault("broken", "cvm.cells"), host.next)
    assert np.isnan(look(host.next)).all()


def test_a_sensor_goes_on_drifting_in_a_leap(host):
    made = source(host, quantity="cell_voltage")
    look = signal_of(made)
    made.wire.begin("f", Fault("drift", "cvm.mean", values={"rate": 1e-3}), host.next - 1)
    before = look(host.next - 1)
    host.leap(MINUTE)
    assert look(host.next) - before == pytest.approx(0.06, abs=5e-3)


def test_a_response_has_the_stated_error_of_magnitude_and_angle(host):
    exact = response_of(source(host, response="stack_impedance"))
    found = exact(1.0, host.next - 1)
    assert found == host.plant.response("stack_impedance")(host.state, 1.0)
    look = response_of(source(host, Uncertainty(reading=0.01), response="stack_impedance"))
    error = look(1.0, host.next - 1) / found - 1.0
    assert 0.0 < abs(error) < 0.03
    assert look(1.0, host.next - 1) == pytest.approx((1.0 + error) * found)


@pytest.mark.parametrize(
    "cable",
    [
        {},
        {"quantity": "a", "profile": "b"},
        {"profile": "b", "transmitter": {"0 V": "4 mA", "1 V": "20 mA"}},
    ],
)
def test_a_cable_carries_one_thing(cable):
    with pytest.raises(ConfigError, match="carries one"):
        wire_of(WireGrammar.model_validate(cable))


def test_an_array_of_sensors_lags_and_drifts_within_its_class():
    errors = SensorErrors(
        stated=Uncertainty(absolute=3.0**0.5, common=0.0), span=1.0, noise=0.0, lag=10.0
    )
    sensors = SensorArray(errors, Random(1))
    steady = [sensors.read(np.zeros(400), 3600.0 * hour) for hour in range(30)]
    assert np.std(steady) == pytest.approx(1.0, rel=0.1)
    moved = sensors.read(np.full(400, 100.0), 29 * 3600.0 + 10.0)
    assert moved.mean() - steady[-1].mean() == pytest.approx(63.2, abs=0.5)
