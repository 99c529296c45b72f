"""Grid inverter: bytes as dbc/grid_inverter.md states them, and driver and twin on one bus."""

import math
from itertools import pairwise

import pytest

from bench.channel import Quality
from bench.errors import DemandOutOfRange
from drivers.canbus.frame import Frame
from drivers.canbus.grid_inverter import ALARMS, DRIVER
from drivers.simulated.devices import grid_inverter as twin

IDENTITY = Frame(0x1B4, bytes.fromhex("01610102b90b6400"))
# 300 A = 30000 steps, 300 V = 15000 steps, 10 A/s = 1000 steps, 2000 ms
SETTINGS = Frame(0x1B3, bytes.fromhex("3075983ae803d007"))
# alive 1, run; 420 V = 21000 steps; 100 A = 10000; 39.6 kW = 20800 steps above -2 kW
STATUS = "210852102740" + "51"
# alive 1; 42 kW = 21000 steps; ripple 2 A = 1000 steps; 36 °C = 76; watched, no alarm
VALUES = "01085 2e8034c80".replace(" ", "")
SILENT, GOING = 1 << ALARMS.index("demand-lost"), 1 << ALARMS.index("undervoltage")


@pytest.fixture
def wire(wired, guarded):
    wire = wired(DRIVER)
    wire.hear(IDENTITY, SETTINGS, guarded(0x1B1, STATUS), guarded(0x1B2, VALUES))
    assert wire.node.is_connected
    return wire


def stack(bench):
    """Let current lower the voltage, as a stack does."""
    bench.plant["current"] = current = bench.inputs.get("load_current", 0.0)
    bench.plant["voltage"] = 450.0 - 0.3 * current
    bench.plant["ac_power"] = 0.94 * current * bench.plant["voltage"]


class Running:
    """An inverter in front of a stack."""

    def __init__(self, benched, **options):
        plant = {"voltage": 450.0, "current": 0.0, "ac_power": 0.0, "ripple_current": 2.0}
        plant |= {"grid_voltage": 400.0, "temperature": 298.15}
        self.bench = benched(DRIVER, twin.make, plant=plant, **options)

    def run(self, seconds, **values):
        for _ in range(round(seconds / 0.1)):
            self.bench.run(0.1, **values)
            stack(self.bench)

    def silence(self, seconds):
        self.run(seconds)

    def state(self):
        return self.bench.shown("state")


@pytest.fixture
def inverter(benched):
    running = Running(benched)
    running.run(0.5)
    assert running.bench.node.is_connected
    return running


def test_an_opened_bus_is_told_period_and_timeout_and_nothing_that_moves(wired):
    assert wired(DRIVER).sent == [Frame(0x122, bytes.fromhex("6400d007"))]
    assert wired(DRIVER, demand_timeout="5 s").sent == [Frame(0x122, bytes.fromhex("64008813"))]


def test_both_frames_of_a_period_read_as_the_manual_says(wire):
    values = {name: value for name, (value, _) in wire.values().items()}
    assert values == {
        "voltage": pytest.approx(420.0), "current": pytest.approx(100.0),
        "power": pytest.approx(42e3), "ac_power": pytest.approx(39600.0),
        "ripple_current": pytest.approx(2.0), "temperature": pytest.approx(309.15),
        "state": 2.0, "alarm": 0.0, "rejected": 0.0, "watchdog_armed": 1.0,
    }  # fmt: skip


def test_a_demand_travels_as_the_manual_says_and_the_rest_is_no_demand(wire, guarded):
    assert wire.demand(mode="run") == [guarded(0x121, "21ffff")]
    assert wire.demand(current=123.45) == [guarded(0x121, "223930")]


@pytest.mark.parametrize("current", [-0.1, 300.1, math.nan, math.inf])
def test_a_current_outside_what_is_set_never_reaches_the_wire(wire, current):
    with pytest.raises(DemandOutOfRange):
        wire.demand(current=current)
    assert wire.sent == []


@pytest.mark.parametrize(("highest", "raw"), [(12.346, 1234), (12.349, 1234), (250.0, 25000)])
def test_rounding_never_carries_a_demand_over_the_highest_current(wired, guarded, highest, raw):
    wire = wired(DRIVER, highest_current=f"{highest} A")
    held = round(highest / 0.01).to_bytes(2, "little") + SETTINGS.data[2:]
    wire.hear(IDENTITY, Frame(0x1B3, held), guarded(0x1B1, STATUS))
    [frame] = wire.demand(current=highest)
    assert int.from_bytes(frame.data[1:3], "little") == raw


def test_sensor_fault_and_not_available_are_bad(wire, guarded):
    wire.values()
    wire.hear(guarded(0x1B1, "22feffffff4051"), guarded(0x1B2, "02ffff feff ff80".replace(" ", "")))
    assert wire.bad() == {"voltage", "current", "power", "ripple_current", "temperature"}


@pytest.mark.parametrize("which", [0x1B1, 0x1B2])
def test_a_damaged_frame_makes_all_values_bad_and_is_never_half_decoded(wire, guarded, which):
    wire.values()
    frames = [guarded(0x1B1, "22" + STATUS[2:]), guarded(0x1B2, "02" + VALUES[2:])]
    for frame in frames:
        spoilt = frame.data[:-1] + bytes((frame.data[-1] ^ 1,))
        wire.hear(Frame(frame.id, spoilt) if frame.id == which else frame)
    values = wire.values()
    assert set(values) == set(wire.names)
    assert all(quality == Quality.BAD for _, quality in values.values())
    assert wire.ids()[-1] == "can.bad-checksum"


def test_a_repeated_frame_is_not_taken(wire, guarded):
    wire.values()
    wire.hear(guarded(0x1B1, STATUS), guarded(0x1B2, VALUES))
    assert wire.values() == {}


@pytest.mark.parametrize(
    ("settings", "named"),
    [("1027983ae803d007", "100 A"), ("3075204ee803d007", "400 V"), ("3075983ad007d007", "20 A/s")],
)
def test_an_inverter_that_is_set_differently_is_not_driven(wired, guarded, settings, named):
    wire = wired(DRIVER)
    wire.hear(IDENTITY, Frame(0x1B3, bytes.fromhex(settings)))
    wire.hear(guarded(0x1B1, STATUS), guarded(0x1B2, VALUES))
    assert not wire.node.is_connected
    assert wire.ids() == ["inverter.set-differently"]
    assert named in wire.reports[0].text("en")
    assert wire.demand(mode="run", current=10.0) == []


def test_another_demand_timeout_is_told_again_and_nothing_moves_until_it_holds(wire, guarded):
    wire.clock.wait_until(1_500_000_000)
    wire.hear(guarded(0x1B1, "22" + STATUS[2:]))
    assert wire.demand(mode="run", current=50.0)
    wire.hear(Frame(0x1B3, bytes.fromhex("3075983ae803b80b")))
    assert not wire.node.is_connected
    assert wire.sent[-1] == Frame(0x122, bytes.fromhex("6400d007"))
    assert "3000 ms" in wire.reports[-1].text("en")


def test_safe_values_go_out_at_once(wire, guarded):
    wire.node.demand(1, 200.0)
    wire.node.make_safe({0: 0.0, 1: 0.0})
    assert wire.demand() == [guarded(0x121, "010000")]


def test_run_takes_the_current_up_its_ramp(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(5.0, mode="run", current=100.0)
    assert inverter.state() == twin.RUN
    assert inverter.bench.inputs["load_current"] == pytest.approx(50.0, abs=2.1)  # 10 A/s
    inverter.run(6.0, mode="run", current=100.0)
    assert inverter.bench.inputs["load_current"] == 100.0
    assert inverter.bench.shown("power") == pytest.approx(42e3, abs=2.0)


def test_no_step_of_the_current_is_larger_than_the_ramp_allows(inverter):
    inverter.run(0.5, mode="standby")
    for current in (80.0, 10.0, 60.0):
        inverter.run(3.0, mode="run", current=current)
    told = [value for _, name, value in inverter.bench.history if name == "load_current"]
    assert max(abs(b - a) for a, b in pairwise(told)) <= 1.0 + 1e-6


def test_a_bench_that_falls_silent_is_unloaded_within_a_second(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(12.0, mode="run", current=100.0)
    inverter.silence(1.8)
    assert inverter.bench.inputs["load_current"] == 100.0
    inverter.silence(1.3)
    assert inverter.bench.inputs["load_current"] == 0.0
    assert inverter.state() == twin.DEMAND_LOST
    assert "can.node-fault" in inverter.bench.ids()
    inverter.run(0.5, mode="run", current=100.0)
    assert inverter.bench.inputs["load_current"] == 0.0
    inverter.run(0.3, mode="standby")
    inverter.run(1.0, mode="run", current=100.0)
    assert inverter.state() == twin.RUN


def test_a_repeated_demand_keeps_it_awake(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(10.0, mode="standby")
    assert inverter.state() == twin.STANDBY


def test_the_demand_timeout_of_the_rig_is_in_force(benched):
    slow = Running(benched, demand_timeout="5 s")
    slow.run(1.5)
    slow.run(0.5, mode="standby")
    slow.silence(4.5)
    assert slow.state() == twin.STANDBY
    slow.silence(0.8)
    assert slow.state() == twin.DEMAND_LOST


def test_undervoltage_cuts_the_current_at_once_and_off_acknowledges_it(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(12.0, mode="run", current=100.0)
    inverter.bench.plant["voltage"] = 299.0
    inverter.bench.run(0.2, mode="run", current=100.0)
    assert inverter.bench.inputs["load_current"] == 0.0
    assert inverter.state() == twin.FAULT
    assert inverter.bench.shown("alarm") == GOING
    inverter.run(1.0, mode="standby")
    assert inverter.state() == twin.FAULT
    inverter.run(0.5, mode="off")
    assert inverter.state() == twin.OFF
    assert inverter.bench.shown("alarm") == 0


def test_a_scan_that_repeats_itself_does_not_start_it_again_after_a_fault(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(3.0, mode="run", current=20.0)
    inverter.bench.plant["voltage"] = 200.0
    inverter.bench.run(0.3, mode="run", current=20.0)
    inverter.run(3.0, mode="run", current=20.0)
    assert inverter.state() == twin.FAULT
    assert "can.demand-rejected" not in inverter.bench.ids()


def test_it_does_not_run_on_a_stack_without_voltage(inverter):
    inverter.run(0.5, mode="standby")
    inverter.bench.plant["voltage"] = 310.0
    inverter.bench.run(0.5, mode="run", current=20.0)
    assert inverter.bench.inputs["load_current"] == 0.0
    assert inverter.state() == twin.STANDBY
    assert "can.demand-rejected" in inverter.bench.ids()


@pytest.mark.parametrize(
    ("terminal", "value", "alarm"),
    [
        ("grid_voltage", 300.0, "grid-lost"),
        ("voltage", 1001.0, "overvoltage"),
        ("current", math.nan, "dc-sensor"),
    ],
)
def test_its_other_protections_cut_the_current_too(inverter, terminal, value, alarm):
    inverter.run(0.5, mode="standby")
    inverter.run(3.0, mode="run", current=20.0)
    inverter.bench.plant[terminal] = value
    inverter.bench.run(0.3, mode="run", current=20.0)
    assert inverter.bench.inputs["load_current"] == 0.0
    assert int(inverter.bench.shown("alarm")) >> ALARMS.index(alarm) & 1


def test_a_hot_heat_sink_takes_the_load_off(inverter):
    inverter.run(0.5, mode="standby")
    inverter.run(3.0, mode="run", current=20.0)
    inverter.bench.plant["temperature"] = 273.15 + 400.0
    inverter.run(200.0, mode="run", current=20.0)
    assert inverter.state() == twin.FAULT
    assert inverter.bench.inputs["load_current"] == 0.0


@pytest.mark.parametrize("data", ["21ffff00", "21ffff", "000000000000"])
def test_the_twin_takes_no_damaged_demand(inverter, data):
    inverter.bench.twin.receive(Frame(0x121, bytes.fromhex(data)), inverter.bench.clock.now())
    assert inverter.bench.twin.alarm == 1 << ALARMS.index("demand-corrupt")
    assert inverter.bench.twin.state == twin.OFF


def test_with_periods_of_a_second_nothing_is_stepped_in_between(benched):
    slow = Running(benched, demand_timeout="5 s")
    slow.bench.run(4.0, scan=1.0, mode="standby")
    slow.bench.run(20.0, scan=1.0, mode="run", current=100.0)
    assert slow.bench.inputs["load_current"] == 100.0
    now = slow.bench.clock.now()
    assert slow.bench.bus.step(now) - now > 0.09e9
