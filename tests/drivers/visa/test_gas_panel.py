"""The gas panel: bytes, what it keeps without a bench, its loop on a stack that heats itself."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.clock import SECOND
from bench.errors import DemandOutOfRange
from drivers.simulated.devices.gas_panel import make
from drivers.simulated.port import Terminals
from drivers.visa.gas_panel import DRIVER, GasPanelOptions
from tests.drivers.visa.unit_bench import Bench, Script

AIR, MODE, STACK, RECYCLE, BURNER = range(5)
CUBIC_METRE = 101325.0 / (8.31446261815324 * 273.15) / 3600.0  # 1 m3n/h, mol/s, ideal gas
HELLO = (
    (b"*IDN?\n", b"CELLTEC,GMP-1,GM0093,1.2\n"),
    (b"CONF:LIN?\n", b"AIR,REC,BURN,STAC\n"),
    (b"CONF:AIR?\n", b"806.9043\n"),
    (b"SYST:REM\n", b""),
    (b"SYST:COMM:TIM:ACT HOLD\n", b""),
    (b"SYST:COMM:TIM:ACT?\n", b"HOLD\n"),
    (b"SYST:COMM:TIM 30.0\n", b""),
    (b"SYST:COMM:TIM?\n", b"30.0\n"),
)
ALL = (b"MEAS:ALL?\n", b"450.0000,0.6000,103.0000,102.5000,13384,1,0\n")
NO_ERROR = (b"SYST:ERR?\n", b'0,"No error"\n')


class Stack:
    """A stack of one thermal node that heats itself, cooled by air alone; and the panel."""

    def __init__(self, heat=22e3, capacity=0.6e6, cooling=4000.0, noise=0.0, **given):
        self.kelvin, self.heat, self.capacity = 1023.15, heat, capacity
        self.cooling, self.noise = cooling, noise
        self.driven, self.moves, self.blocked = {}, 0, False
        self.options = GasPanelOptions.model_validate(given)
        signals = {
            "air_flow": lambda now: 0.0 if self.blocked else self.driven.get("air_flow", 0.0),
            "recycle": lambda now: self.driven["recycle_ratio"],
            "anode_pressure": lambda now: 103000.0,
            "cathode_pressure": lambda now: 102500.0,
            "stack_temperature": lambda now: self.kelvin + self.noise * math.sin(now / 1e9 * 2.1),
        }
        wires = {name: self._wire(name) for name in ("air_flow", "recycle_ratio", "burner")}
        self.unit = make(Terminals(signals, wires, self.options))
        self.now = 0

    def _wire(self, name):
        def drive(value, now):
            self.moves += 1
            self.driven[name] = value

        return drive

    def say(self, *lines):
        for line in lines:
            self.now += SECOND // 50
            answer = self.unit.receive(line.encode() + b"\n", self.now)
        return answer.decode().strip()

    def live(self, seconds, leap=1.0):
        """Let the unit act once a second of its own time, and the stack go on by `leap` each."""
        course = []
        parts = max(1, round(leap / 10.0))
        for _ in range(round(seconds / leap)):
            self.now += SECOND
            self.unit.step(self.now)
            for _ in range(parts):
                # air comes 120 K colder than 750 degC, so that it takes `cooling` J/mol there
                taken = self.cooling * (self.kelvin - 903.15) / 120.0 * self.driven["air_flow"]
                self.kelvin += (self.heat - taken) * leap / parts / self.capacity
            course.append(self.kelvin - 273.15)
        return course


def bench_on(stack):
    return Bench(DRIVER, stack.unit, stack.options, "panel")


def test_a_conversation_byte_by_byte():
    script = Script(
        *HELLO, ALL, NO_ERROR,
        (b"SYST:REM;:SOUR:AIR 400.0000\n", b""), (b"SOUR:AIR?\n", b"400.0000\n"),
        (b"SYST:REM;:SOUR:AIR:MODE TEMP\n", b""), (b"SOUR:AIR:MODE?\n", b"TEMP\n"),
        (b"SYST:REM;:SOUR:TEMP 740.00\n", b""), (b"SOUR:TEMP?\n", b"740.00\n"),
        (b"SYST:REM;:SOUR:REC 0.5500\n", b""), (b"SOUR:REC?\n", b"0.5500\n"),
        (b"SYST:REM;:OUTP:BURN ON\n", b""), (b"OUTP:BURN?\n", b"1\n"),
    )  # fmt: skip
    bench = Bench(DRIVER, script, GasPanelOptions.model_validate({}), "panel")
    bench.run(0.3)
    speed = 13384 * 2 * math.pi / 60
    found = [value for value, _ in bench.newest()]
    assert found == pytest.approx([450.0 * CUBIC_METRE, 0.6, 103000.0, 102500.0, speed, 1.0])
    wanted = {AIR: 400.0 * CUBIC_METRE, MODE: 1.0, STACK: 1013.15, RECYCLE: 0.55, BURNER: 1.0}
    for index, value in wanted.items():
        bench.instrument.demand(index, value)
    bench.run(0.3)
    assert bench.told() == ["device.connected"]
    assert not script.lines


@pytest.mark.parametrize(
    ("place", "reply", "told"),
    [
        (1, b"AIR,REC\n", "AIR,REC"),
        (2, b"40.0\n", "40 m3n/h"),
        (5, b"OFF\n", "OFF"),
        (7, b"0.0\n", "0 s"),
    ],
)
def test_a_panel_that_is_not_the_one_of_the_rig_does_not_connect(place, reply, told):
    script = Script(*HELLO[:place], (HELLO[place][0], reply))
    bench = Bench(DRIVER, script, GasPanelOptions.model_validate({}), "panel")
    bench.run(0.09)
    assert bench.told()[0] == "device.not-connected"
    assert told in bench.reports[0][2]


def test_demands_reach_the_cables_in_si():
    stack = Stack()
    bench = bench_on(stack)
    bench.run(2.0)
    for index, value in {AIR: 5.6, RECYCLE: 0.6, BURNER: 1.0}.items():
        bench.instrument.demand(index, value)
    bench.run(10.0)
    assert stack.driven["air_flow"] == pytest.approx(5.6, rel=1e-5)
    assert (stack.driven["recycle_ratio"], stack.driven["burner"]) == (0.6, 1.0)
    assert bench.newest()[0][0] == pytest.approx(5.6, rel=1e-4)
    assert bench.told() == ["device.connected"]


@pytest.mark.parametrize(("index", "value"), [(0, -0.1), (0, 10.1), (1, 2.0), (3, 0.81)])
def test_a_demand_outside_its_range_never_reaches_the_wire(index, value):
    bench = bench_on(Stack())
    bench.run(1.0)
    with pytest.raises(DemandOutOfRange):
        bench.instrument.demand(index, value)


def test_a_short_stack_has_no_recycle_and_says_so():
    stack = Stack(size="bench", lines=["air"])
    bench = bench_on(stack)
    bench.run(3.0)
    readings = [each.name for each in DRIVER.readings(stack.options)]
    assert "recycle" not in readings
    assert [each.name for each in DRIVER.demands(stack.options)] == ["air_flow"]
    assert bench.newest()[readings.index("anode_pressure")][0] == pytest.approx(103000.0)
    stack.now = bench.clock.now()
    for line in ("SOUR:REC 0.5", "SOUR:AIR:MODE TEMP", "OUTP:BURN ON"):
        stack.say(line)
        assert stack.say("SYST:ERR?") == '-241,"Hardware missing"'


def test_a_silent_bench_leaves_air_and_recycle_as_they_were():
    stack = Stack()
    bench = bench_on(stack)
    bench.run(2.0)
    for index, value in {AIR: 3.0, MODE: 1.0, STACK: 1023.15, RECYCLE: 0.6}.items():
        bench.instrument.demand(index, value)
    bench.run(60.0)
    bench.worker.close()
    stack.now = bench.clock.now()
    course = stack.live(6 * 3600.0)
    assert stack.driven["recycle_ratio"] == 0.6
    assert course[-1] == pytest.approx(750.0, abs=1.0)
    assert stack.say("STAT:ALAR?") == "4"


def test_with_the_action_off_it_goes_down_to_its_floor():
    stack = Stack(host_timeout_action="off")
    bench = bench_on(stack)
    bench.run(2.0)
    for index, value in {AIR: 3.0, MODE: 1.0, STACK: 900.0, RECYCLE: 0.6}.items():
        bench.instrument.demand(index, value)
    bench.run(300.0)
    assert stack.driven["air_flow"] > 4.0
    bench.worker.close()
    stack.now = bench.clock.now()
    stack.live(60.0)
    assert (stack.driven["air_flow"], stack.driven["recycle_ratio"]) == (pytest.approx(3.0), 0.0)


def test_air_that_does_not_come_is_told():
    stack = Stack()
    bench = bench_on(stack)
    bench.run(2.0)
    bench.instrument.demand(AIR, 5.0)
    bench.run(20.0)
    assert bench.told() == ["device.connected"]
    stack.blocked = True
    bench.run(12.0)
    assert bench.told()[-1] == "panel.alarm"


def test_with_a_broken_thermocouple_the_air_is_held_and_it_is_told():
    stack = Stack()
    bench = bench_on(stack)
    bench.run(2.0)
    for index, value in {AIR: 4.0, MODE: 1.0, STACK: 1023.15}.items():
        bench.instrument.demand(index, value)
    bench.run(30.0)
    air = stack.driven["air_flow"]
    stack.kelvin = math.nan
    bench.run(30.0)
    assert stack.driven["air_flow"] == air
    assert bench.told()[-1] == "panel.alarm"


# -- the loop -----------------------------------------------------------------------------------

STACKS = [
    {"heat": 22e3}, {"heat": 22e3, "capacity": 0.3e6}, {"heat": 15e3, "capacity": 1.0e6},
    {"heat": 22e3, "cooling": 8000.0},
    {"heat": 60.0, "capacity": 45e3, "size": "bench"},
    {"heat": 60.0, "capacity": 100e3, "size": "bench"},
]  # fmt: skip


@pytest.mark.parametrize("given", STACKS)
def test_the_panel_takes_over_without_a_bump_and_keeps_the_temperature(given):
    stack = Stack(**given)
    floor = 0.02 * stack.options.air_capacity / CUBIC_METRE
    stack.say("SYST:REM;:SOUR:TEMP 750;:SOUR:AIR:MODE TEMP", f"SOUR:AIR {floor:.4f}")
    course = stack.live(12 * 3600.0)
    assert max(course) < 785.0
    assert all(abs(each - 750.0) < 0.5 for each in course[-3600:])
    stack.heat *= 1.2
    course = stack.live(6 * 3600.0)
    assert max(course) < 760.0
    assert course[-1] == pytest.approx(750.0, abs=0.5)


@pytest.mark.parametrize("given", STACKS)
def test_a_hold_stays_steady_while_the_plant_leaps_by_a_minute(given):
    stack = Stack(noise=0.1, **given)
    floor = 0.02 * stack.options.air_capacity / CUBIC_METRE
    stack.say("SYST:REM;:SOUR:TEMP 750;:SOUR:AIR:MODE TEMP", f"SOUR:AIR {floor:.4f}")
    stack.live(12 * 3600.0)
    stack.heat *= 1.02  # ageing makes heat while time leaps
    course = stack.live(100 * 3600.0, leap=60.0)
    assert max(abs(each - 750.0) for each in course) < 5.0
    assert all(abs(each - 750.0) < 1.5 for each in course[-600:])


def test_there_is_never_less_air_than_the_floor():
    stack = Stack(heat=2000.0)
    stack.say("SYST:REM;:SOUR:TEMP 750;:SOUR:AIR:MODE TEMP;:SOUR:AIR 200")
    stack.live(4 * 3600.0)
    assert stack.driven["air_flow"] == pytest.approx(200.0 * CUBIC_METRE)
    assert stack.say("MEAS:ALL?").split(",")[5] == "2"


def test_a_stack_too_hot_for_the_blower_is_told():
    stack = Stack(heat=90e3)
    stack.say("SYST:REM;:SOUR:TEMP 750;:SOUR:AIR:MODE TEMP")
    stack.live(3600.0)
    assert stack.driven["air_flow"] == 10.0
    assert int(stack.say("STAT:ALAR?")) & 8


def test_at_rest_the_blower_is_left_alone():
    stack = Stack(noise=0.02)
    stack.say("SYST:REM;:SOUR:TEMP 750;:SOUR:AIR:MODE TEMP")
    stack.live(12 * 3600.0)
    moves = stack.moves
    stack.live(3600.0)
    assert stack.moves - moves < 60


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 806.9), st.booleans(), st.floats(500, 900)), max_size=5))
def test_air_stays_between_floor_and_full_speed_and_changes_slowly(wishes):
    stack = Stack()
    stack.live(1.0)
    before = stack.driven["air_flow"]
    for floor, by_temperature, celsius in wishes:
        mode = "TEMP" if by_temperature else "FLOW"
        stack.say(f"SYST:REM;:SOUR:AIR {floor:.4f};:SOUR:TEMP {celsius:.2f};:SOUR:AIR:MODE {mode}")
        for second in range(30):
            stack.live(1.0)
            air = stack.driven["air_flow"]
            assert abs(air - before) <= 1.0 + 1e-9
            assert 0.0 <= air <= 10.0
            assert second < 12 or air >= floor * CUBIC_METRE - 0.021
            before = air


def test_options_are_checked():
    assert GasPanelOptions.model_validate({"size": "bench"}).air_capacity == 0.05
    for wrong in ({"lines": ["recycle"]}, {"lines": ["air", "air"]}, {"air_capacity": "1 m3/h"}):
        with pytest.raises(ValidationError):
            GasPanelOptions.model_validate(wrong)
