"""Drivers (DBC) and twins (byte packing from the manual) on one bus in virtual time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import MILLISECOND, NEVER, SECOND, VirtualClock
from bench.device import Connection, Driver, Mailbox, Port
from bench.messages import Message
from drivers.canbus import dyno_controller, safety_plc
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.frame import Frame
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.devices import bench_device
from drivers.simulated.devices import dyno_controller as dyno_twin
from drivers.simulated.devices import safety_plc as plc_twin
from drivers.simulated.port import SendFrame, Terminals

RPM = math.pi / 30.0
OFF, N_T, T_N, N_ALPHA, IDLE, MOTOR = range(6)


class Cell:
    """One driver and its twin; a scan of 100 ms drives both."""

    def __init__(self, driver: Driver, make: Callable[[Terminals, SendFrame], Any]) -> None:
        self.clock = VirtualClock()
        self.reports: list[Message] = []
        self.samples: deque[tuple[int, float, int, int]] = deque()
        self.values: dict[str, float] = {}
        self.qualities: dict[str, int] = {}
        self.plant: dict[str, float] = {}
        self.inputs: dict[str, float] = {}
        self.history: list[tuple[float, str, float]] = []
        readings = driver.readings(None)
        self.names = [reading.name for reading in readings]
        self.demands = [demand.name for demand in driver.demands(None)]
        self.choices = {demand.name: demand.choices for demand in driver.demands(None)}
        connection = Connection("node", driver, "can0", 100 * MILLISECOND)
        port = Port(connection, Mailbox(readings, 0, self.samples), self.report, self.clock)
        self.node = driver.build(port)
        self.twin: Any = None

        def twin(send: SendFrame) -> Any:
            self.twin = make(self.terminals(), send)
            return self.twin

        self.bus = SimulatedCanBus("can0", [self.node], {"twin": twin})

    def terminals(self) -> Terminals:
        signals = {name: lambda now, name=name: self.plant[name] for name in self.wired()}
        names = (
            "mode", "speed_setpoint", "torque_setpoint", "pedal", "starter", "fuel_valve",
            "ignition", "injection", "nitrogen_purge", "ventilation",
        )  # fmt: skip
        return Terminals(signals, {name: self.actuator(name) for name in names})

    def wired(self) -> tuple[str, ...]:
        return ()

    def actuator(self, name: str) -> Callable[[float, int], None]:
        def act(value: float, now: int) -> None:
            self.inputs[name] = value
            self.history.append((now / SECOND, name, value))

        return act

    def report(self, level: str, source: str, message: Message) -> None:
        self.reports.append(message)

    def ids(self) -> list[str]:
        return [message.id for message in self.reports]

    def say(self, **values: float | str) -> None:
        for name, value in values.items():
            choices = self.choices[name]
            number = choices.index(value) if isinstance(value, str) else value
            self.node.demand(self.demands.index(name), number)

    def run(self, seconds: float, **values: float | str) -> None:
        """Scan for a time, demanding the same in every scan."""
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.scan(values)
            self.bus.step(self.clock.now())
            self.clock.wait_until(min(self.clock.now() + 100 * MILLISECOND, end))
            self.bus.step(self.clock.now())
            for index, value, _, quality in self.samples:
                self.values[self.names[index]] = value
                self.qualities[self.names[index]] = quality
            self.samples.clear()

    def scan(self, values: dict[str, float | str]) -> None:
        self.say(**values)


class DynoCell(Cell):
    def __init__(self) -> None:
        super().__init__(dyno_controller.DRIVER, dyno_twin.make)
        self.plant = {"speed": 100.0, "torque": 300.0}
        self.run(0.2)

    def wired(self) -> tuple[str, ...]:
        return ("speed", "torque")


class PlcCell(Cell):
    def __init__(self) -> None:
        super().__init__(safety_plc.DRIVER, plc_twin.make)
        self.beat = 0
        self.is_beating = True
        self.plant = dict.fromkeys(self.wired(), 0.0)
        self.plant |= {"ventilation_flow": 1.0, "h2_supply_pressure": 350e5}
        self.run(0.3)

    def wired(self) -> tuple[str, ...]:
        gas = [f"{place}_h2_{number}" for place in ("hood", "room") for number in (1, 2, 3)]
        others = ("ventilation_flow", "h2_supply_pressure", "emergency_stop", "reset")
        return (*gas, *others)

    def scan(self, values: dict[str, float | str]) -> None:
        if self.is_beating:
            self.beat = self.beat + 1 & 0xFF
            self.say(heartbeat=self.beat)
        super().scan(values)

    def start(self) -> None:
        self.run(0.5, fuel_valve="open", ignition_enable="on", injection_enable="on")
        assert self.inputs["fuel_valve"] == 1

    def reset(self) -> None:
        self.plant["reset"] = 1.0
        self.run(0.3)
        self.plant["reset"] = 0.0


@pytest.fixture
def dyno() -> DynoCell:
    return DynoCell()


@pytest.fixture
def plc() -> PlcCell:
    return PlcCell()


# what one packs the other reads


@given(
    speed=st.floats(0.0, 4000.0 * RPM),
    torque=st.floats(-3000.0, 3000.0),
    pedal=st.floats(0.0, 1.0),
)
@settings(max_examples=40, deadline=None)
def test_demands_arrive_at_the_plant_as_they_were_meant(
    speed: float, torque: float, pedal: float
) -> None:
    cell = DynoCell()
    cell.plant |= {"speed": speed, "torque": torque}
    cell.run(0.1)
    cell.run(0.3, mode="n/T", speed=speed, torque=torque)
    assert cell.inputs["mode"] == N_T
    assert cell.inputs["speed_setpoint"] == pytest.approx(speed, abs=0.126 * RPM)
    assert cell.inputs["torque_setpoint"] == pytest.approx(torque, abs=0.126)
    cell.run(2.5, mode="n/alpha", speed=speed, pedal=pedal)
    assert cell.inputs["mode"] == N_ALPHA
    assert cell.inputs["pedal"] == pytest.approx(pedal, abs=0.000126)


@given(speed=st.floats(0.0, 4000.0 * RPM), torque=st.floats(-8000.0, 8000.0))
@settings(max_examples=40, deadline=None)
def test_actual_values_arrive_at_the_scan_as_they_are(speed: float, torque: float) -> None:
    cell = DynoCell()
    cell.plant |= {"speed": speed, "torque": torque}
    cell.run(0.2)
    assert cell.values["speed"] == pytest.approx(speed, abs=0.126 * RPM)
    assert cell.values["torque"] == pytest.approx(torque, abs=0.126)
    assert cell.qualities["speed"] == Quality.OK


@given(st.lists(st.floats(0.0, 1.2) | st.just(math.nan), min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_detectors_arrive_at_the_scan_as_they_are(shown: list[float]) -> None:
    cell = PlcCell()
    names = [f"{place}_h2_{number}" for place in ("hood", "room") for number in (1, 2, 3)]
    cell.plant |= dict(zip(names, shown, strict=True))
    cell.run(0.2)
    for name, value in zip(names, shown, strict=True):
        if math.isnan(value):
            assert cell.qualities[name] == Quality.BAD
        else:
            assert cell.values[name] == pytest.approx(min(value, 1.0), abs=0.00051)


@given(st.binary(max_size=7), st.integers(0, 0x7FF))
def test_the_two_checksums_agree(data: bytes, frame_id: int) -> None:
    assert bench_device.checksum(frame_id, data) == crc8(data, start_for(frame_id))


# dyno controller


def test_connecting_moves_nothing(dyno: DynoCell) -> None:
    dyno.run(2.0)
    assert {name: value for _, name, value in dyno.history} == {
        "mode": 0, "speed_setpoint": 0, "torque_setpoint": 0, "pedal": 0, "starter": 0,
    }  # fmt: skip
    assert dyno.node.is_connected
    assert dyno.values["state"] == dyno_twin.READY


def test_a_mode_change_starts_from_the_actual_values(dyno: DynoCell) -> None:
    dyno.say(mode="n/T", speed=150.0, torque=800.0)
    dyno.bus.step(dyno.clock.now())
    assert dyno.inputs["mode"] == N_T
    assert dyno.inputs["speed_setpoint"] == 100.0
    assert dyno.inputs["torque_setpoint"] == 300.0
    dyno.run(0.2, mode="n/T", speed=150.0, torque=800.0)
    assert dyno.values["state"] == dyno_twin.TRANSFER
    assert 100.0 < dyno.inputs["speed_setpoint"] < 150.0
    dyno.run(1.0, mode="n/T", speed=150.0, torque=800.0)
    assert dyno.values["state"] == dyno_twin.RUNNING
    assert dyno.inputs["speed_setpoint"] == pytest.approx(150.0, abs=0.02)


def test_after_the_transfer_a_demand_takes_effect_at_once(dyno: DynoCell) -> None:
    dyno.run(1.0, mode="n/T", speed=100.0)
    dyno.say(mode="n/T", speed=200.0)
    dyno.bus.step(dyno.clock.now())
    assert dyno.inputs["speed_setpoint"] == pytest.approx(200.0, abs=0.02)


def test_what_is_not_demanded_stays_at_the_actual_value(dyno: DynoCell) -> None:
    dyno.run(1.0, mode="n/T", speed=150.0)
    assert dyno.inputs["torque_setpoint"] == 300.0


@pytest.mark.parametrize("mode", ["n/T", "T/n", "n/alpha"])
def test_a_silent_scan_releases_the_pedal_and_keeps_speed_control(
    dyno: DynoCell, mode: str
) -> None:
    dyno.run(2.0, mode=mode, speed=100.0, pedal=0.6)
    begin = dyno.clock.now() / SECOND
    dyno.run(3.0)
    assert dyno.inputs["mode"] == N_ALPHA
    assert dyno.inputs["speed_setpoint"] == pytest.approx(100.0)
    assert dyno.inputs["pedal"] == 0.0
    assert dyno.values["state"] == dyno_twin.DEMAND_LOST
    pedals = [at for at, name, _ in dyno.history if name == "pedal" and at > begin]
    if mode == "n/alpha":
        assert 0.3 < pedals[0] - begin < 0.6
        assert pedals[-1] - pedals[0] == pytest.approx(0.6 / 0.5, abs=0.1)
    assert "can.node-fault" in dyno.ids()


def test_a_lost_demand_is_left_only_by_a_mode_with_the_pedal_released(dyno: DynoCell) -> None:
    dyno.run(1.0, mode="n/alpha", speed=100.0, pedal=0.4)
    dyno.run(2.0)
    dyno.run(0.5, mode="n/alpha", speed=120.0, pedal=0.4)
    assert dyno.inputs["pedal"] == 0.0
    assert dyno.inputs["speed_setpoint"] == pytest.approx(100.0)
    assert dyno.values["rejected"] == 1
    assert "can.demand-rejected" in dyno.ids()
    dyno.run(0.5, mode="idle")
    assert dyno.inputs["mode"] == IDLE
    assert dyno.values["state"] == dyno_twin.RUNNING
    assert dyno.values["rejected"] == 0
    assert dyno.values["faults"] == 0


@pytest.mark.parametrize("mode", ["off", "idle", "motor"])
def test_torque_and_pedal_demands_reach_the_plant_only_where_they_mean_something(
    dyno: DynoCell, mode: str
) -> None:
    dyno.run(2.0, mode="n/T", speed=100.0, torque=700.0, pedal=0.5)
    dyno.run(1.0, mode=mode, speed=100.0, torque=700.0, pedal=0.5)
    assert dyno.inputs["torque_setpoint"] == 0.0
    assert dyno.inputs["pedal"] == 0.0


def test_the_watch_over_the_demands_shows_as_armed_in_every_mode_but_off(dyno: DynoCell) -> None:
    dyno.run(0.5)
    assert dyno.values["watchdog_armed"] == 0
    for mode in ("idle", "n/alpha", "n/T", "T/n", "motor"):
        dyno.run(0.5, mode=mode)
        assert dyno.values["watchdog_armed"] == 1
    dyno.run(0.5, mode="off")
    assert dyno.values["watchdog_armed"] == 0


def test_mode_off_is_not_watched(dyno: DynoCell) -> None:
    dyno.run(0.5, mode="off")
    dyno.run(2.0)
    assert dyno.values["state"] == dyno_twin.READY


def test_overspeed_releases_the_pedal_and_brakes(dyno: DynoCell) -> None:
    dyno.run(1.0, mode="n/alpha", speed=100.0, pedal=0.5)
    dyno.plant["speed"] = 4500.0 * RPM
    dyno.run(0.3, mode="n/alpha", speed=100.0, pedal=0.5)
    assert dyno.inputs["pedal"] == 0.0
    assert dyno.inputs["mode"] == N_ALPHA
    assert dyno.inputs["speed_setpoint"] == pytest.approx(4000.0 * RPM)
    assert dyno.values["state"] == dyno_twin.FAULT
    dyno.run(0.3, mode="idle")
    assert dyno.inputs["mode"] == N_ALPHA
    dyno.plant["speed"] = 200.0
    dyno.run(0.3, mode="idle")
    assert dyno.inputs["mode"] == IDLE


def test_the_starter_turns_only_in_off_and_idle(dyno: DynoCell) -> None:
    dyno.run(0.3, mode="idle", starter="on")
    assert dyno.inputs["starter"] == 1
    dyno.run(0.5, mode="n/T", starter="on")
    assert dyno.values["rejected"] == 3
    assert dyno.inputs["mode"] == IDLE
    dyno.run(0.5, mode="n/T", starter="off")
    assert dyno.inputs["starter"] == 0
    assert dyno.inputs["mode"] == N_T


def test_a_speed_sensor_fault_is_reported_and_bad(dyno: DynoCell) -> None:
    dyno.plant["speed"] = math.nan
    dyno.run(0.5)
    assert dyno.qualities["speed"] == Quality.BAD
    assert int(dyno.values["faults"]) & 8


def damaged(frame: Frame) -> Frame:
    return frame._replace(data=frame.data[:-1] + bytes((frame.data[-1] ^ 0x10,)))


@pytest.mark.parametrize(
    "spoil", [damaged, lambda frame: frame._replace(data=frame.data[:5])], ids=["crc", "short"]
)
def test_a_damaged_demand_is_not_taken(dyno: DynoCell, spoil: Callable[[Frame], Frame]) -> None:
    heard: list[Frame] = []
    dyno.node.attach(heard.append)
    dyno.say(mode="motor")
    dyno.node.step(dyno.clock.now())
    dyno.twin.receive(spoil(heard[0]), dyno.clock.now())
    dyno.twin.step(dyno.clock.now())
    assert dyno.inputs["mode"] == OFF
    dyno.twin.receive(heard[0], dyno.clock.now())
    dyno.twin.step(dyno.clock.now())
    assert dyno.inputs["mode"] == MOTOR


def test_a_repeated_demand_does_not_keep_the_controller_alive(dyno: DynoCell) -> None:
    heard: list[Frame] = []
    dyno.say(mode="motor")
    dyno.node.attach(heard.append)
    dyno.node.step(dyno.clock.now())
    for _ in range(10):
        dyno.twin.receive(heard[0], dyno.clock.now())
        dyno.twin.step(dyno.clock.now())
        dyno.clock.wait_until(dyno.clock.now() + 100 * MILLISECOND)
    assert dyno.twin.state == dyno_twin.DEMAND_LOST


def test_a_cut_cable_disconnects_the_driver_and_makes_the_controller_safe(dyno: DynoCell) -> None:
    dyno.run(1.0, mode="n/alpha", speed=100.0, pedal=0.4)
    dyno.bus.is_cut = True
    dyno.run(3.0, mode="n/alpha", speed=100.0, pedal=0.4)
    assert dyno.qualities["speed"] == Quality.DISCONNECTED
    assert dyno.inputs["pedal"] == 0.0
    dyno.bus.is_cut = False
    dyno.run(1.5)
    assert dyno.node.is_connected
    assert dyno.inputs["pedal"] == 0.0


# safety PLC


def test_the_valve_opens_with_a_permit_and_its_limit_switches_follow(plc: PlcCell) -> None:
    assert plc.values["permit"] == 1
    plc.start()
    plc.run(0.3)
    assert plc.values["fuel_valve_open"] == 1
    assert plc.values["fuel_valve_closed"] == 0
    assert plc.values["h2_supply_pressure"] == pytest.approx(350e5)


def test_without_a_heartbeat_there_is_no_permit_and_the_valve_stays_closed() -> None:
    plc = PlcCell()
    plc.is_beating = False
    plc.run(1.0)
    assert plc.values["permit"] == 0
    assert plc.values["chain_closed"] == 1
    plc.run(0.3, fuel_valve="open")
    assert plc.inputs["fuel_valve"] == 0
    assert plc.values["rejected"] == 1
    assert "can.demand-rejected" in plc.ids()


def test_a_core_that_stops_trips_the_chain_within_600_ms(plc: PlcCell) -> None:
    plc.start()
    begin = plc.clock.now() / SECOND
    plc.is_beating = False
    plc.run(15.0, fuel_valve="open")
    shut = [at for at, name, value in plc.history if name == "fuel_valve" and value == 0]
    assert 0.3 < shut[-1] - begin <= 0.6
    assert plc.values["trip_cause"] == plc_twin.HEARTBEAT_LOST
    assert "can.tripped" in plc.ids()


def test_a_trip_shuts_fuel_first_then_ignition_then_purges(plc: PlcCell) -> None:
    plc.start()
    plc.plant["emergency_stop"] = 1.0
    plc.run(15.0)
    at = {(name, value): when for when, name, value in plc.history}
    trip = at["fuel_valve", 0]
    assert at["injection", 0] == trip
    assert at["ignition", 0] - trip == pytest.approx(2.0, abs=0.11)
    assert at["nitrogen_purge", 1] - trip == pytest.approx(2.0, abs=0.11)
    assert at["nitrogen_purge", 0] - trip == pytest.approx(12.0, abs=0.11)
    assert plc.inputs["ventilation"] == 1.0


def test_a_trip_is_latched_until_the_key_is_turned_and_the_cause_is_gone(plc: PlcCell) -> None:
    plc.start()
    plc.plant["emergency_stop"] = 1.0
    plc.run(0.5)
    plc.reset()
    assert plc.values["chain_closed"] == 0
    plc.plant["emergency_stop"] = 0.0
    plc.run(1.0)
    assert plc.values["chain_closed"] == 0
    assert plc.values["reset_allowed"] == 1
    plc.reset()
    assert plc.values["chain_closed"] == 1
    assert plc.inputs["fuel_valve"] == 0


def test_a_request_that_is_merely_repeated_never_reopens_the_valve(plc: PlcCell) -> None:
    plc.start()
    plc.plant["emergency_stop"] = 1.0
    plc.run(0.5, fuel_valve="open")
    plc.plant |= {"emergency_stop": 0.0, "reset": 1.0}
    plc.run(1.0, fuel_valve="open")
    assert plc.values["chain_closed"] == 1
    assert plc.inputs["fuel_valve"] == 0
    plc.run(0.2, fuel_valve="close")
    plc.run(0.2, fuel_valve="open")
    assert plc.inputs["fuel_valve"] == 1


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        ((0.24, 0.24, 0.24), plc_twin.NONE),
        ((0.9, 0.1, 0.1), plc_twin.NONE),
        ((0.25, 0.25, 0.0), plc_twin.HOOD),
        ((0.25, math.nan, 0.0), plc_twin.HOOD),
        ((math.nan, 0.0, 0.0), plc_twin.NONE),
        ((math.nan, math.nan, 0.0), plc_twin.HOOD),
    ],
)
def test_two_of_three_detectors_trip(plc: PlcCell, shown: tuple[float, ...], cause: int) -> None:
    plc.start()
    plc.plant |= {f"hood_h2_{number}": value for number, value in enumerate(shown, start=1)}
    plc.run(0.3)
    assert plc.inputs["fuel_valve"] == (1 if cause == plc_twin.NONE else 0)
    assert plc.values["trip_cause"] == cause


def test_failed_ventilation_trips_after_two_seconds(plc: PlcCell) -> None:
    plc.start()
    plc.plant["ventilation_flow"] = 0.0
    plc.run(1.8)
    assert plc.inputs["fuel_valve"] == 1
    assert plc.values["permit"] == 0
    plc.run(0.5)
    assert plc.inputs["fuel_valve"] == 0
    assert plc.values["trip_cause"] == plc_twin.VENTILATION


def test_fuel_and_purge_exclude_each_other(plc: PlcCell) -> None:
    plc.run(0.3, purge="on")
    assert plc.inputs["nitrogen_purge"] == 1
    plc.run(0.3, fuel_valve="open")
    assert plc.inputs["fuel_valve"] == 0
    plc.run(0.2, purge="off", fuel_valve="close")
    plc.run(0.2, fuel_valve="open")
    plc.run(0.3, purge="on")
    assert plc.inputs["fuel_valve"] == 1
    assert plc.inputs["nitrogen_purge"] == 0


def test_ventilation_is_held_open_during_a_trip(plc: PlcCell) -> None:
    plc.run(0.2, ventilation=0.4)
    assert plc.inputs["ventilation"] == pytest.approx(0.4)
    plc.plant["emergency_stop"] = 1.0
    plc.run(0.5, ventilation=0.4)
    assert plc.inputs["ventilation"] == 1.0
    assert plc.values["ventilation"] == 1.0


def test_closing_is_obeyed_at_any_time(plc: PlcCell) -> None:
    plc.start()
    plc.say(fuel_valve="close")
    plc.bus.step(plc.clock.now())
    assert plc.inputs["fuel_valve"] == 0


# the bus between them


class Talker:
    """A twin that sends a numbered frame every 10 ms, whatever the scan."""

    def __init__(self, frame_id: int, send: SendFrame) -> None:
        self.frame_id, self.send, self.due = frame_id, send, 0
        self.heard: list[tuple[Frame, int]] = []

    def receive(self, frame: Frame, now: int) -> None:
        self.heard.append((frame, now))

    def step(self, now: int) -> int:
        if now >= self.due:
            self.due = now + 10 * MILLISECOND
            self.send(Frame(self.frame_id, now.to_bytes(8, "little")), now)
            self.send(Frame(self.frame_id + 1, b""), now + 3 * MILLISECOND)
        return self.due


def test_frames_keep_their_exact_times_however_long_the_scan_is() -> None:
    twins = {}

    def make(name: str, frame_id: int) -> Callable[[SendFrame], Talker]:
        return lambda send: twins.setdefault(name, Talker(frame_id, send))

    bus = SimulatedCanBus("can0", [], {"a": make("a", 0x10), "b": make("b", 0x20)})
    assert bus.step(0) == 3 * MILLISECOND
    due = bus.step(SECOND)
    assert due == SECOND + 3 * MILLISECOND
    times = [now for frame, now in twins["b"].heard if frame.id == 0x10]
    assert times == [n * 10 * MILLISECOND for n in range(101)]
    later = [now for frame, now in twins["b"].heard if frame.id == 0x11]
    assert later == [n * 10 * MILLISECOND + 3 * MILLISECOND for n in range(100)]
    assert {frame.id for frame, _ in twins["a"].heard} == {0x20, 0x21}


def test_an_empty_bus_has_nothing_to_do() -> None:
    assert SimulatedCanBus("can0", [], {}).step(0) == NEVER


# bytes at the twins, from the manual


class Bare:
    """A twin without a driver: frames in, frames out."""

    def __init__(self, make: Callable[[Terminals, SendFrame], Any], **signals: float) -> None:
        self.sent: list[Frame] = []
        self.inputs: dict[str, float] = {}
        self.now = 0
        names = ("mode", "speed_setpoint", "fuel_valve")
        terminals = Terminals(
            {name: lambda now, value=value: value for name, value in signals.items()},
            {name: lambda value, now, name=name: self.put(name, value) for name in names},
        )
        self.twin = make(terminals, lambda frame, now: self.sent.append(frame))
        self.twin.step(0)

    def put(self, name: str, value: float) -> None:
        self.inputs[name] = value

    def hear(self, frame_id: int, text: str, *, extended: bool = False) -> None:
        data = bytes.fromhex(text)
        self.twin.receive(Frame(frame_id, data, extended), self.now)
        self.twin.step(self.now)

    def newest(self, frame_id: int) -> str:
        return next(f.data for f in reversed(self.sent) if f.id == frame_id).hex()


def test_the_dyno_twin_says_what_the_manual_says() -> None:
    bare = Bare(dyno_twin.make, speed=1200 * RPM, torque=500.0, pedal=0.2)
    assert bare.newest(0x183) == "01d70102e9036400"
    assert bare.newest(0x181)[:14] == "01c012d0842003"
    assert bare.newest(0x182)[:14] == "01ffffffff0000"


def test_the_plc_twin_says_what_the_manual_says() -> None:
    hood = {"hood_h2_1": 0.1, "hood_h2_2": math.nan, "hood_h2_3": 0.0}
    bare = Bare(plc_twin.make, **hood, h2_supply_pressure=350e5)
    assert bare.newest(0x192) == "015a0102d1076400"
    assert bare.newest(0x190)[:14] == "014900b888c800"
    number = int.from_bytes(bytes.fromhex(bare.newest(0x191)), "little")
    raws = [number >> 4 + 10 * position & 0x3FF for position in range(6)]
    assert raws == [100, 1022, 0, 1023, 1023, 1023]


def guarded_hex(frame_id: int, text: str) -> str:
    return bench_device.guarded(frame_id, bytes.fromhex(text)).hex()


def test_a_setpoint_outside_the_machine_is_rejected_as_a_whole() -> None:
    bare = Bare(dyno_twin.make, speed=100.0, torque=0.0)
    bare.hear(0x101, guarded_hex(0x101, "1100faffffff3f"))  # mode 1 with 16000 rpm
    assert bare.inputs["mode"] == OFF
    assert bare.newest(0x182)[:2] == "22"


def test_a_mode_the_manual_does_not_have_is_rejected() -> None:
    bare = Bare(dyno_twin.make, speed=100.0, torque=0.0)
    bare.hear(0x101, guarded_hex(0x101, "71ffffffffff3f"))
    assert bare.newest(0x182)[:2] == "22"


@pytest.mark.parametrize(
    ("make", "config", "identity"),
    [(dyno_twin.make, 0x102, 0x183), (plc_twin.make, 0x112, 0x192)],
)
def test_a_period_is_taken_within_its_range_and_told_at_once(
    make: Callable[[Terminals, SendFrame], Any], config: int, identity: int
) -> None:
    bare = Bare(make)
    for text, told in (("1400", "1400"), ("0900", "1400"), ("e903", "1400"), ("e803", "e803")):
        bare.hear(config, text)
        assert bare.newest(identity)[12:] == told


def test_a_frame_of_the_same_number_with_29_bits_is_another_frame() -> None:
    bare = Bare(dyno_twin.make, speed=100.0, torque=0.0)
    bare.hear(0x101, guarded_hex(0x101, "11ffffffffff3f"), extended=True)
    assert bare.inputs["mode"] == OFF


@given(
    frames=st.lists(
        st.tuples(st.sampled_from([0x101, 0x102, 0x110, 0x111, 0x112]), st.binary(max_size=8)),
        max_size=20,
    )
)
@settings(max_examples=50, deadline=None)
def test_no_bytes_upset_the_twins(frames: list[tuple[int, bytes]]) -> None:
    for make in (dyno_twin.make, plc_twin.make):
        bare = Bare(make, speed=100.0, torque=0.0)
        for frame_id, data in frames:
            bare.now += 30 * MILLISECOND
            bare.hear(frame_id, data.hex())
        assert bare.inputs.get("fuel_valve", 0) == 0


@given(
    frames=st.lists(
        st.tuples(
            st.sampled_from([0x181, 0x182, 0x183, 0x190, 0x191, 0x192]), st.binary(max_size=8)
        ),
        max_size=20,
    )
)
@settings(max_examples=50, deadline=None)
def test_no_bytes_upset_the_drivers(frames: list[tuple[int, bytes]]) -> None:
    for cell in (DynoCell(), PlcCell()):
        taken = {wanted.id for wanted in cell.node.listens}
        for frame_id, data in frames:
            if frame_id in taken:
                cell.node.on_frame(Frame(frame_id, data), cell.clock.now())
        cell.run(0.2)
