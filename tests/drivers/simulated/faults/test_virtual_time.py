"""Faults of the simulated cell in virtual time, as the drivers see them."""

import math
from collections import deque

import pytest

from bench.channel import Quality
from bench.clock import SECOND, VirtualClock
from bench.config import Catalogue, load_rig
from bench.control.pace import VirtualPace
from bench.errors import ConfigError
from bench.opener import Wanted
from drivers.simulated.faults.board import FaultBoard
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.targets import checked_fault, targets_of
from drivers.simulated.hosting import wanted_of
from drivers.simulated.rig import open_simulated

MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
READINGS = ("daq.oil", "auxiliaries.power", "conditioning.ambient_pressure", "flange.speed")


class Bench:
    """The whole cell in virtual time: what the scan would see of it."""

    def __init__(self, *schedule):
        self.clock = VirtualClock()
        wanted = wanted_of(MODEL, clock=self.clock, plant={"warm": 1.0}, seed=3)
        self.targets = targets_of(wanted)
        self.told = []
        self.queue = deque()
        self.values = {}
        self.qualities = {}
        wanted = Wanted(
            **{
                **vars(wanted),
                "queue": self.queue,
                "report": lambda level, source, message: self.told.append((source, message.id)),
                "faults": tuple(self.fault(**each) for each in schedule),
            }
        )
        self.wiring = open_simulated(wanted)
        self.board: FaultBoard = self.wiring.faults
        self.pace = VirtualPace(self.wiring.workers, self.clock)
        self.names = {
            MODEL.bases[each.name] + index: f"{each.name}.{reading.name}"
            for each in MODEL.connections
            for index, reading in enumerate(each.driver.readings(each.options))
        }

    def fault(self, what, where, at=0, lasts=None, name="", **given):
        return checked_fault(self.targets, what, where, given=given, at=at, lasts=lasts, name=name)

    def begin(self, what, where, **given):
        return self.board.begin(self.fault(what, where, **given), self.clock.now())

    def end(self, name):
        self.board.end(name, self.clock.now())

    def run(self, seconds):
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.pace.advance(min(end, self.clock.now() + SECOND // 10))
            for index, value, _, quality in self.queue:
                name = self.names[index]
                self.qualities[name] = Quality(quality)
                if not math.isnan(value):
                    self.values[name] = value
            self.queue.clear()
        return self

    def heard(self, seconds):
        """Return which readings came new and good in so many seconds."""
        self.qualities.clear()
        self.run(seconds)
        return {name for name, quality in self.qualities.items() if quality is Quality.OK}

    def is_heard(self, reading, seconds=3.0):
        return reading in self.heard(seconds)

    @property
    def state(self):
        return self.wiring.truth.state

    def act(self, **inputs):
        for name, value in inputs.items():
            self.wiring.truth.act(name, value, self.clock.now())


@pytest.fixture
def bench():
    bench = Bench()
    bench.run(8.0)
    assert bench.is_heard("daq.oil")
    return bench


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("hang", {}),
        ("slow", {"delay": "2 s"}),
        ("drop-reply", {}),
        ("half-close", {}),
        ("reset", {}),
        ("refuse", {}),
        ("garble", {}),
        ("garble", {"form": "cut"}),
        ("garble", {"form": "short"}),
        ("late", {}),
        ("reboot", {}),
    ],
)
@pytest.mark.parametrize(
    "reading", ["daq.oil", "auxiliaries.power", "conditioning.ambient_pressure"]
)
def test_an_instrument_that_does_not_answer_as_it_should_is_lost_and_comes_back(
    bench, what, given, reading
):
    where = reading.partition(".")[0]
    bench.told.clear()
    name = bench.begin(what, where, **given)
    bench.run(5.0)
    heard = bench.heard(3.0)
    assert reading not in heard
    assert {each for each in READINGS if not each.startswith(where)} <= heard
    assert where in {source for source, _ in bench.told}
    bench.end(name)
    bench.run(15.0)
    assert bench.is_heard(reading)


def test_an_analyser_that_hangs_is_lost_and_comes_back(bench):
    analyser = bench.wiring.instruments["analyser"]
    assert analyser.is_connected
    name = bench.begin("hang", "analyser")
    bench.run(5.0)
    assert not analyser.is_connected
    bench.end(name)
    bench.run(10.0)
    assert analyser.is_connected


def test_replies_to_the_question_before_are_noticed_where_they_look_different(bench):
    bench.begin("neighbour", "daq")
    bench.run(2.0)
    assert not bench.is_heard("daq.oil")


def test_a_delay_within_the_timeout_is_no_fault(bench):
    bench.begin("slow", "daq", delay="0.1 s")
    assert bench.is_heard("daq.oil")


def test_a_node_that_is_silent_is_lost_and_comes_back(bench):
    name = bench.begin("node-silent", "flange")
    bench.run(2.0)
    heard = bench.heard(2.0)
    assert "flange.speed" not in heard
    assert "dyno.speed" in heard
    bench.end(name)
    bench.run(5.0)
    assert bench.is_heard("flange.speed")


def test_frames_that_are_too_short_are_never_taken_for_values(bench):
    name = bench.begin("short-frames", "dyno", bytes=3)
    bench.run(2.0)
    assert not bench.is_heard("dyno.speed")
    bench.end(name)
    bench.run(5.0)
    assert bench.is_heard("dyno.speed")


def test_a_node_that_babbles_takes_nobody_with_it(bench):
    name = bench.begin("babbling", "dyno", rate="200 Hz")
    heard = bench.heard(2.0)
    assert {"flange.speed", "plc.chain_closed"} <= heard
    bench.end(name)
    assert bench.is_heard("dyno.speed")


def test_a_bus_that_is_cut_loses_all_of_its_nodes_and_no_others(bench):
    name = bench.begin("bus-off", "can0", lasts="4 s")
    bench.run(2.0)
    heard = bench.heard(1.5)
    assert not {each for each in heard if each.startswith(("dyno.", "flange.", "plc."))}
    assert "ecu.speed" in heard
    bench.run(6.0)
    assert {"dyno.speed", "flange.speed", "plc.chain_closed"} <= bench.heard(2.0)
    assert name not in {each.id for each in bench.board.active}


def test_a_node_that_loses_power_comes_back_in_its_power_on_state(bench):
    bench.act(mode=1.0, speed_setpoint=100.0)
    bench.run(5.0)
    assert bench.state.speed == pytest.approx(100.0, rel=1e-3)
    bench.begin("reboot", "dyno", lasts="5 s")
    bench.run(1.0)
    assert bench.state.speed < 99.0  # it holds the rotor no more
    assert not bench.is_heard("dyno.speed", 2.0)
    bench.run(10.0)
    assert bench.is_heard("dyno.speed")
    assert bench.values["dyno.mode"] == 0.0


def test_a_sensor_drifts_at_its_rate(bench):
    before = bench.values["daq.oil"]
    bench.begin("drift", "daq.oil", rate="6 K/min")
    bench.run(60.0)
    drifted = bench.values["daq.oil"] - before - (bench.state.oil_temperature - 368.15)
    assert drifted == pytest.approx(6.0, abs=0.3)


def test_an_offset_is_seen_behind_a_transmitter_in_the_readings_unit(bench):
    before = bench.values["daq.fuel_flow"]
    name = bench.begin("offset", "daq.fuel_flow", by="2 kg/h")
    bench.run(3.0)
    assert bench.values["daq.fuel_flow"] - before == pytest.approx(2.0 / 3600.0, rel=0.05)
    bench.end(name)
    bench.run(3.0)
    assert bench.values["daq.fuel_flow"] == pytest.approx(before, abs=0.1 / 3600.0)


def test_what_is_frozen_stands_still_while_the_instrument_answers(bench):
    bench.begin("freeze", "daq")
    bench.run(1.0)
    before = bench.values["daq.cell"]
    bench.act(ambient_temperature=310.0)
    assert "daq.cell" in bench.heard(30.0)
    assert bench.values["daq.cell"] == before
    bench.board.clear(bench.clock.now())
    bench.run(30.0)
    assert bench.values["daq.cell"] == pytest.approx(310.0, abs=1.0)


def test_a_broken_sensor_is_bad_in_its_instruments_own_way(bench):
    bench.begin("broken", "daq.oil")
    bench.run(2.0)
    assert bench.qualities["daq.oil"] is Quality.BAD
    assert bench.is_heard("daq.coolant_out")


def test_two_of_three_broken_detectors_trip_the_chain(bench):
    assert bench.values["plc.chain_closed"] == 1.0
    bench.begin("broken", "plc.hood_h2_1")
    bench.run(2.0)
    assert bench.values["plc.chain_closed"] == 1.0
    bench.begin("broken", "plc.hood_h2_2")
    bench.run(2.0)
    assert bench.values["plc.chain_closed"] == 0.0


def test_noise_is_drawn_from_the_seed(bench):
    def seen(bench):
        bench.begin("noise", "daq.cell", deviation="2 K")
        shown = []
        for _ in range(40):
            bench.run(0.5)
            shown.append(bench.values["daq.cell"])
        return shown

    one = seen(bench)
    mean = sum(one) / len(one)
    spread = (sum((each - mean) ** 2 for each in one) / len(one)) ** 0.5
    assert spread == pytest.approx(2.0, rel=0.4)
    other = Bench()
    other.run(8.0)
    assert other.is_heard("daq.oil")
    assert seen(other) == one


def test_the_emergency_stop_trips_until_it_is_released_and_the_key_is_turned(bench):
    name = bench.begin("emergency-stop", "plc")
    bench.run(1.0)
    assert bench.values["plc.chain_closed"] == 0.0
    bench.begin("reset-key", "plc", lasts="1 s")
    bench.run(3.0)
    assert bench.values["plc.chain_closed"] == 0.0
    bench.end(name)
    bench.run(1.0)
    assert bench.values["plc.chain_closed"] == 0.0
    bench.begin("reset-key", "plc", lasts="1 s")
    bench.run(3.0)
    assert bench.values["plc.chain_closed"] == 1.0


def test_a_terminal_can_be_set_by_its_name(bench):
    bench.begin("set", "plc.emergency_stop", value=1)
    bench.run(1.0)
    assert bench.values["plc.chain_closed"] == 0.0


def test_a_schedule_begins_and_ends_at_its_times():
    bench = Bench(
        {"what": "node-silent", "where": "dyno", "at": "10 s", "lasts": "2.5 s", "name": "a"},
        {"what": "supply-low", "where": "plant", "at": "3.25 s", "rate": "10 bar/s"},
    )
    bench.run(3.2)
    assert bench.board.active == ()
    bench.run(0.1)
    assert [each.since for each in bench.board.active] == [round(3.25 * SECOND)]
    bench.run(7.0)
    assert [each.id for each in bench.board.active] == ["supply-low-1", "a"]
    assert bench.board.active[1].until == round(12.5 * SECOND)
    bench.run(3.0)
    assert [each.id for each in bench.board.active] == ["supply-low-1"]


def test_what_only_a_test_can_offer_is_refused_where_none_does(bench):
    with pytest.raises(ConfigError, match="a test has to offer it"):
        bench.begin("disk-full", "machine")
    with pytest.raises(ConfigError, match="a test has to offer it"):
        Bench({"what": "clock-jump", "where": "machine", "by": "1 h"})


def test_a_test_can_offer_what_happens_to_the_machine(bench):
    class Disk:
        is_full = False

        def begin(self, name, fault, now):
            self.is_full = True

        def end(self, name, now):
            self.is_full = False

    disk = Disk()
    bench.board.attach(Family.MACHINE, "machine", disk)
    name = bench.begin("disk-full", "machine")
    assert disk.is_full
    bench.end(name)
    assert not disk.is_full


def test_an_id_is_used_once_at_a_time(bench):
    fault = Fault("hang", "daq", id="x", family=Family.TEXT)
    bench.board.begin(fault, 0)
    with pytest.raises(ConfigError, match="already"):
        bench.board.begin(fault, 0)
    with pytest.raises(ConfigError, match="did you mean 'x'"):
        bench.board.end("X", 0)
    assert bench.board.clear(0) == ("x",)
    bench.board.begin(fault, 0)
