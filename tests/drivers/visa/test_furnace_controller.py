"""The furnace controller: bytes, what it holds without a bench, and its loop on a hot box."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.clock import SECOND
from bench.device import Stage
from bench.errors import DemandOutOfRange
from drivers.simulated.devices.furnace_controller import make
from drivers.simulated.port import Terminals
from drivers.visa.furnace_controller import DRIVER, FurnaceOptions
from tests.drivers.visa.unit_bench import Bench, Script

TEMPERATURE, OUTPUT, POWER_LIMIT = range(3)
HELLO = (
    (b"*IDN?\n", b"CELLTEC,HTC-2,HT0117,1.4\n"),
    (b"CONF:POW?\n", b"40000\n"),
    (b"CONF:OTEM?\n", b"950.0\n"),
    (b"SYST:REM\n", b""),
    (b"SYST:COMM:TIM:ACT HOLD\n", b""),
    (b"SYST:COMM:TIM:ACT?\n", b"HOLD\n"),
    (b"SYST:COMM:TIM 30.0\n", b""),
    (b"SYST:COMM:TIM?\n", b"30.0\n"),
)
ALL = (b"MEAS:ALL?\n", b"749.50,750.00,12500.0,1,0\n")
NO_ERROR = (b"SYST:ERR?\n", b'0,"No error"\n')


class HotBox:
    """One thermal node: heat capacity J/K, heat loss W/K, at first 293.15 K; and the controller."""

    def __init__(self, size="system", capacity=0.6e6, loss=30.0, start=293.15, noise=0.0, **more):
        self.kelvin, self.power, self.capacity, self.loss = start, 0.0, capacity, loss
        self.heat, self.noise, self.moves = 0.0, noise, 0
        self.options = FurnaceOptions.model_validate({"size": size, **more})
        self.terminals = Terminals({"temperature": self.seen}, {"heater_power": self.heated},
                                   self.options)  # fmt: skip
        self.unit = make(self.terminals)
        self.now = 0

    def seen(self, now):
        return self.kelvin + self.noise * math.sin(now / 1e9 * 2.1)

    def heated(self, value, now):
        self.power, self.moves = value, self.moves + 1

    def say(self, *lines):
        for line in lines:
            self.now += SECOND // 50
            answer = self.unit.receive(line.encode() + b"\n", self.now)
        return answer.decode().strip()

    def live(self, seconds, leap=1.0):
        """Let the unit act once a second of its own time, and the box go on by `leap` each."""
        course = []
        for _ in range(round(seconds / leap)):
            self.now += SECOND
            self.unit.step(self.now)
            for _ in range(max(1, round(leap / 10.0))):
                dt = leap / max(1, round(leap / 10.0))
                flow = self.power + self.heat - self.loss * (self.kelvin - 293.15)
                self.kelvin += flow * dt / self.capacity
            course.append(self.kelvin - 273.15)
        return course


def bench_on(box, **given):
    return Bench(DRIVER, box.unit, box.options, "furnace", **given)


def test_a_conversation_byte_by_byte():
    script = Script(
        *HELLO, ALL, NO_ERROR,
        (b"SYST:REM;:SOUR:TEMP 760.00\n", b""), (b"SOUR:TEMP?\n", b"760.00\n"),
        (b"SYST:REM;:OUTP ON\n", b""), (b"OUTP?\n", b"1\n"),
        (b"SYST:REM;:SOUR:POW:LIM 20000.0\n", b""), (b"SOUR:POW:LIM?\n", b"20000.0\n"),
    )  # fmt: skip
    bench = Bench(DRIVER, script, FurnaceOptions.model_validate({}), "furnace")
    bench.run(0.3)
    assert [value for value, _ in bench.newest()] == pytest.approx([1022.65, 1023.15, 12500.0, 1.0])
    bench.instrument.demand(TEMPERATURE, 1033.15)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.instrument.demand(POWER_LIMIT, 20000.0)
    bench.run(0.3)
    assert bench.told() == ["device.connected"]
    assert not script.lines


@pytest.mark.parametrize(
    ("place", "reply", "told"),
    [
        (1, b"6000\n", "6000 W"),
        (2, b"1100.0\n", "1100"),
        (5, b"OFF\n", "OFF"),
        (7, b"0.0\n", "0 s"),
    ],
)
def test_a_controller_that_is_not_the_one_of_the_rig_does_not_connect(place, reply, told):
    script = Script(*HELLO[:place], (HELLO[place][0], reply))
    bench = Bench(DRIVER, script, FurnaceOptions.model_validate({}), "furnace")
    bench.run(0.09)
    assert bench.told()[0] == "device.not-connected"
    assert told in bench.reports[0][2]


def test_connecting_changes_nothing():
    box = HotBox()
    bench = bench_on(box)
    bench.run(10.0)
    assert box.power == 0.0
    box.now = bench.clock.now()
    assert box.say("SOUR:TEMP?") == "20.00"


@pytest.mark.parametrize(("index", "value"), [(0, 1220.0), (0, math.nan), (1, 2.0), (2, 40001.0)])
def test_a_demand_outside_its_range_never_reaches_the_wire(index, value):
    bench = bench_on(HotBox())
    bench.run(1.0)
    with pytest.raises(DemandOutOfRange):
        bench.instrument.demand(index, value)


def test_a_silent_bench_leaves_the_stack_hot():
    box = HotBox(start=1023.15)
    bench = bench_on(box)
    bench.run(5.0)
    bench.instrument.demand(TEMPERATURE, 1023.15)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(1.0)
    bench.worker.close()
    box.now = bench.clock.now()
    course = box.live(6 * 3600.0)
    assert min(course) > 725.0
    assert course[-1] == pytest.approx(750.0, abs=0.5)
    assert box.say("STAT:ALAR?", "SYST:REM?") == "0"  # control is the panel's
    assert box.say("STAT:ALAR?") == "4"


def test_with_the_action_off_a_silent_bench_takes_the_heater_off():
    box = HotBox(start=1000.0, host_timeout_action="off")
    bench = bench_on(box)
    bench.run(2.0)
    bench.instrument.demand(TEMPERATURE, 1023.15)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(5.0)
    assert box.power > 0.0
    bench.worker.close()
    box.now = bench.clock.now()
    box.live(40.0)
    assert box.power == 0.0


def test_the_cut_out_takes_the_heater_off_for_good_until_it_is_acknowledged():
    box = HotBox(start=1000.0)
    bench = bench_on(box)
    bench.run(1.0)
    bench.instrument.demand(TEMPERATURE, 1200.0)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(5.0)
    box.kelvin = 1224.0
    bench.run(2.0)
    assert box.power == 0.0
    assert "furnace.alarm" in bench.told()
    assert bench.newest()[3][0] == 3.0
    box.kelvin = 1210.0  # not 20 K below
    bench.instrument.start("acknowledge")
    bench.run(1.0)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(1.0)
    assert bench.told()[-2:] == ["device.demand-not-taken", "device.instrument-error"]
    box.kelvin = 1200.0
    bench.instrument.start("acknowledge")
    bench.run(2.0)
    assert bench.instrument.progress().stage is Stage.DONE
    assert bench.told()[-1] == "furnace.no-alarms"
    assert box.power == 0.0
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(2.0)
    assert bench.newest()[3][0] in {1.0, 2.0}


def test_a_broken_thermocouple_heats_nothing_and_is_told():
    box = HotBox(start=1000.0)
    bench = bench_on(box)
    bench.run(1.0)
    bench.instrument.demand(TEMPERATURE, 1023.15)
    bench.instrument.demand(OUTPUT, 1.0)
    bench.run(2.0)
    box.kelvin = math.nan
    bench.run(2.0)
    assert box.power == 0.0
    assert bench.told()[-1] == "furnace.alarm"
    assert math.isnan(bench.newest()[0][0])


# -- the loop -----------------------------------------------------------------------------------

SIZES = [("system", 0.6e6, 30.0), ("system", 0.3e6, 40.0), ("system", 1.2e6, 10.0),
         ("bench", 20e3, 4.0), ("bench", 45e3, 4.0), ("bench", 100e3, 3.0)]  # fmt: skip


@pytest.mark.parametrize(("size", "capacity", "loss"), SIZES)
def test_a_step_to_750_degrees_overshoots_little_and_arrives(size, capacity, loss):
    box = HotBox(size, capacity, loss)
    box.say("SYST:REM;:SOUR:TEMP 750.00;:OUTP ON")
    course = box.live(16 * 3600.0)
    assert max(course) < 770.0
    assert all(abs(each - 750.0) < 1.0 for each in course[-3600:])


@pytest.mark.parametrize(("size", "capacity", "loss"), SIZES)
def test_a_ramp_of_one_kelvin_a_minute_is_followed(size, capacity, loss):
    box = HotBox(size, capacity, loss, start=773.15)
    box.say("SYST:REM;:SOUR:TEMP 500.00;:OUTP ON")
    box.live(3600.0)
    for minute in range(180):
        box.say(f"SYST:REM;:SOUR:TEMP {500 + minute}.00")
        course = box.live(60.0)
    assert course[-1] == pytest.approx(679.0, abs=8.0)


@pytest.mark.parametrize(("size", "capacity", "loss"), SIZES)
def test_a_hold_stays_steady_while_the_plant_leaps_by_a_minute(size, capacity, loss):
    box = HotBox(size, capacity, loss, start=1023.15, noise=0.1)
    box.say("SYST:REM;:SOUR:TEMP 750.00;:OUTP ON")
    box.live(6 * 3600.0)
    box.heat = 0.1 * box.options.rated_power  # a stack warms it while time leaps
    course = box.live(100 * 3600.0, leap=60.0)
    assert min(course) > 735.0
    assert max(course) < 785.0
    assert all(abs(each - 750.0) < 1.5 for each in course[-600:])


def test_at_rest_the_heater_is_left_alone():
    box = HotBox(start=1023.15)
    box.say("SYST:REM;:SOUR:TEMP 750.00;:OUTP ON")
    box.live(6 * 3600.0)
    moves = box.moves
    box.live(3600.0)
    assert box.moves - moves < 60


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(SIZES),
    st.lists(st.tuples(st.floats(20.0, 900.0), st.booleans(), st.floats(0.0, 1.0)), max_size=5),
)
def test_power_stays_within_its_limit_whatever_is_demanded(size, wishes):
    box = HotBox(*size)
    for celsius, is_on, share in wishes:
        limit = share * box.options.rated_power
        box.say(f"SYST:REM;:SOUR:TEMP {celsius:.2f};:SOUR:POW:LIM {limit:.1f};:OUTP {is_on:d}")
        for _ in range(20):
            box.live(30.0)
            assert 0.0 <= box.power <= limit + 0.1
            assert is_on or box.power == 0.0


def test_options_bring_what_the_size_says():
    assert FurnaceOptions.model_validate({"size": "bench"}).rated_power == 6000.0
    assert FurnaceOptions.model_validate({"rated_power": "30 kW"}).rated_power == 30000.0
    for wrong in ({"size": "house"}, {"rated_power": "0 W"}, {"response_time": "1 s"}):
        with pytest.raises(ValidationError):
            FurnaceOptions.model_validate(wrong)


def test_a_line_in_local_or_unknown_goes_into_the_error_queue():
    box = HotBox()
    box.say("SOUR:TEMP 100")
    assert box.say("SYST:ERR?") == '-203,"Command protected"'
    box.say("SYST:REM;:SOUR:TEMP 951")
    assert box.say("SYST:ERR?") == '-222,"Data out of range"'
    assert box.say("SYST:ERR?") == '0,"No error"'
