"""The engine control unit's driver: against frames spelt out by hand, and against its twin."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import MILLISECOND, NEVER, SECOND, VirtualClock
from bench.device import Connection, Mailbox, Port, Sample
from bench.errors import DemandOutOfRange, Refused
from bench.messages import Message
from drivers.canbus.frame import Frame
from drivers.canbus.j1939_ecu import DRIVER, J1939Ecu, Options
from drivers.canbus.j1939_values import EC1, EEC1, EFL_P1, ET1, FIELDS, Broadcast
from drivers.canbus.layout import layouts
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.devices import j1939_ecu as twin
from drivers.simulated.port import Terminals

RPM = math.pi / 30
NAMES = [reading.name for reading in DRIVER.readings(None)]
MODE, SPEED, TORQUE = 0, 1, 2  # demands


class Recorded:
    """One node, what it posted, what it reported and what it sent."""

    def __init__(self, **options: object) -> None:
        self.options = Options.model_validate(options)
        self.queue: deque[Sample] = deque()
        self.reports: list[tuple[str, Message]] = []
        connection = Connection("ecu", DRIVER, "can1", 20 * MILLISECOND, self.options)
        mailbox = Mailbox(DRIVER.readings(self.options), 0, self.queue)
        self.node: J1939Ecu = DRIVER.build(Port(connection, mailbox, self._report, VirtualClock()))
        self.value: dict[str, float] = {}
        self.quality: dict[str, int] = {}
        self.heard: dict[str, int] = {}

    def _report(self, level: str, source: str, message: Message) -> None:
        assert source == "ecu"
        self.reports.append((level, message))

    def drain(self) -> None:
        """Take what was posted, as the scan does."""
        for index, value, now, quality in self.queue:
            name = NAMES[index]
            self.quality[name], self.heard[name] = quality, now
            if not math.isnan(value):
                self.value[name] = value
        self.queue.clear()

    @property
    def said(self) -> list[str]:
        return [message.id for _, message in self.reports]


class ByHand(Recorded):
    """A node whose frames a test spells out."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.sent: list[Frame] = []
        self.node.attach(self.sent.append)
        self.node.bus_opened(0)
        self.node.step(0)

    def hear(self, can_id: int, data: str, now: int = 0) -> None:
        frame = Frame(can_id, bytes.fromhex(data), extended=True)
        assert any(wanted.takes(frame) for wanted in self.node.listens)
        self.node.on_frame(frame, now)
        self.node.step(now)
        self.drain()

    def connect(self) -> None:
        """Let the unit tell its software in one frame, and refuse the rest."""
        self.hear(0x0CF00400, "f1 7d 7d 00 00 ff ff 7d")
        self.hear(0x18E8FF00, "01 ff ff ff f9 eb fe 00")
        self.hear(0x18FEDA00, "01 43 41 4c 20 37 2a ff")
        assert self.node.is_connected
        self.sent.clear()
        self.reports.clear()

    def broadcast(self, pgn: int, data: bytes, now: int = 0) -> None:
        """Send a group of more than eight bytes."""
        head = bytes([32]) + len(data).to_bytes(2, "little") + bytes([(len(data) + 6) // 7, 0xFF])
        self.hear(0x1CECFF00, (head + pgn.to_bytes(3, "little")).hex(), now)
        for number, start in enumerate(range(0, len(data), 7), start=1):
            part = bytes([number]) + data[start : start + 7].ljust(7, b"\xff")
            self.hear(0x1CEBFF00, part.hex(), now)

    def steps(self, start: int, end: int) -> Iterator[int]:
        """Step whenever the node is due; yield the times."""
        now = start
        while now < end:
            due = self.node.step(now)
            yield now
            now = max(due, now + 1)


class WithTwin(Recorded):
    """A node and its twin on one bus in virtual time."""

    def __init__(self, values: dict[str, float] | None = None, **options: object) -> None:
        super().__init__(**options)
        self.plant = {
            "speed": 1500 * RPM, "torque_fraction": 0.6, "demand_fraction": 0.65,
            "reference_torque": 2400.0, "coolant_temperature": 358.15, "oil_temperature": 373.15,
            "fuel_pressure": 8e5, "oil_pressure": 4e5, "dtc": 0.0,
        } | (values or {})  # fmt: skip
        self.limit = math.nan
        signals = {name: (lambda _, name=name: self.plant[name]) for name in self.plant}
        terminals = Terminals(signals, {"torque_limit": self._set}, self.options)
        self.bus = SimulatedCanBus(
            "can1", [self.node], {"ecu": lambda send: twin.make(terminals, send)}
        )
        self.bus.step(0)

    def _set(self, value: float, now: int) -> None:
        self.limit = value

    def run(self, until: int) -> None:
        self.bus.step(until)
        self.drain()


@pytest.fixture
def bench() -> ByHand:
    bench = ByHand()
    bench.connect()
    return bench


def test_it_claims_its_address_and_asks_whoever_it_hears_first() -> None:
    bench = ByHand()
    assert [frame.id for frame in bench.sent] == [0x18EEFFF9]
    bench.sent.clear()
    bench.hear(0x0CF00400, "f1 7d 7d 80 25 ff ff 7d")
    assert bench.sent == [Frame(0x18EA00F9, bytes.fromhex("eb fe 00"), extended=True)]
    assert bench.value == {}  # nothing is used before it has said who it is
    bench.hear(0x18E8FF00, "01 ff ff ff f9 eb fe 00")
    bench.hear(0x18FEDA00, "01 43 41 4c 20 37 2a ff")
    assert bench.node.is_connected
    assert bench.node.identity == "software CAL 7"
    assert bench.sent[-1] == Frame(0x18EA00F9, bytes.fromhex("e3 fe 00"), extended=True)
    bench.hear(0x0CF00400, "f1 7d 7d 80 25 ff ff 7d")
    assert bench.value["speed"] == pytest.approx(1200 * RPM)


def test_a_unit_that_tells_nothing_is_used_all_the_same_with_a_warning() -> None:
    bench = ByHand()
    bench.hear(0x18EEFF00, "01 24 e0 1c 00 00 00 00")
    now = 0
    while now < 12 * SECOND and not bench.node.is_connected:
        now += 20 * MILLISECOND
        bench.hear(0x0CF00400, "f1 7d 7d 80 25 ff ff 7d", now)
    assert bench.node.is_connected
    assert bench.said == ["j1939.no-software", "can.node-connected"]
    assert bench.node.identity == "NAME 000000001CE02401"
    assert sum(frame.id == 0x18EA00F9 for frame in bench.sent) == 7


def test_another_unit_is_told_once_and_not_used() -> None:
    bench = ByHand(component="H2LAB")
    for _ in range(3):
        bench.hear(0x0CF00400, "f1 7d 7d 80 25 ff ff 7d")
        bench.hear(0x18E8FF00, "01 ff ff ff f9 eb fe 00")
        bench.hear(0x18FEDA00, "01 43 41 4c 20 37 2a ff")
    assert bench.said == ["device.wrong-instrument"]
    assert "CAL 7" in bench.reports[0][1].text()
    assert not bench.node.is_connected
    assert "speed" not in bench.value


def test_eec1_is_read_as_the_standard_writes_it(bench: ByHand) -> None:
    bench.hear(0x0CF00400, "f1 64 a0 80 25 ff ff 64")
    assert bench.value["speed"] == pytest.approx(1200 * RPM)
    assert bench.value["actual_torque_percent"] == pytest.approx(0.35)
    assert bench.value["demand_torque_percent"] == pytest.approx(-0.25)
    assert bench.quality["torque"] == Quality.DISCONNECTED  # its reference is not known yet


def test_the_torque_follows_from_the_reference_torque(bench: ByHand) -> None:
    bench.broadcast(65251, b"\xff" * 19 + b"\x60\x09" + b"\xff" * 19)
    bench.hear(0x0CF00400, "f1 64 a0 80 25 ff ff 64")
    assert bench.value["reference_torque"] == 2400.0
    assert bench.value["torque"] == pytest.approx(840.0)
    bench.broadcast(65251, b"\xff" * 40)
    bench.hear(0x0CF00400, "f1 64 a0 80 25 ff ff 64")
    assert bench.quality["torque"] == bench.quality["reference_torque"] == Quality.BAD


def test_temperatures_and_pressures_are_read_as_the_standard_writes_them(bench: ByHand) -> None:
    bench.hear(0x18FEEE00, "7d ff a0 2e ff ff ff ff")
    bench.hear(0x18FEEF00, "c8 ff ff 64 ff ff ff ff")
    assert bench.value["coolant_temperature"] == pytest.approx(358.15)
    assert bench.value["oil_temperature"] == pytest.approx(373.15)
    assert bench.value["fuel_pressure"] == pytest.approx(8e5)
    assert bench.value["oil_pressure"] == pytest.approx(4e5)


@pytest.mark.parametrize("speed", ["ff ff", "00 fe", "ff fe", "00 fb"])
@pytest.mark.parametrize("torque", ["ff", "fe", "fb"])
def test_error_and_not_available_are_bad_and_never_a_number(
    bench: ByHand, speed: str, torque: str
) -> None:
    bench.hear(0x0CF00400, "f1 64 a0 80 25 ff ff 64")
    known = dict(bench.value)
    bench.hear(0x0CF00400, f"f1 ff {torque} {speed} ff ff ff")
    assert bench.value == known
    bad = ("speed", "actual_torque_percent", "demand_torque_percent")
    assert all(bench.quality[name] == Quality.BAD for name in bad)


@pytest.mark.parametrize(("can_id", "data", "names"), [
    (0x0CF00400, "f1 64 a0 80 25", ("speed", "actual_torque_percent", "torque")),
    (0x18FEEE00, "7d ff a0", ("coolant_temperature", "oil_temperature")),
    (0x18FEEF00, "", ("fuel_pressure", "oil_pressure")),
    (0x18FECA00, "00 ff", ("dtc_count", "lamp")),
])  # fmt: skip
def test_a_short_frame_is_bad_and_told_once(
    bench: ByHand, can_id: int, data: str, names: tuple[str, ...]
) -> None:
    bench.hear(can_id, data)
    bench.hear(can_id, data)
    assert all(bench.quality[name] == Quality.BAD for name in names)
    assert bench.said == ["can.short-frame"]


def test_equal_frames_are_read_each_time_they_come(bench: ByHand) -> None:
    for now in (100, 200):
        bench.hear(0x18FEEE00, "7d ff a0 2e ff ff ff ff", now)
        assert (bench.heard["oil_temperature"], bench.quality["oil_temperature"]) == (now, 0)
    bench.hear(0x18FEEE00, "7d ff a0", 300)
    assert bench.quality["oil_temperature"] == Quality.BAD
    bench.hear(0x18FEEE00, "7d ff a0 2e ff ff ff ff", 400)
    assert bench.quality["oil_temperature"] == Quality.OK


def test_a_trouble_is_told_again_after_the_bus_was_lost(bench: ByHand) -> None:
    bench.hear(0x18FECA00, "04 ff 5e 00 01 03 ff ff")
    bench.node.bus_lost(SECOND)
    bench.node.bus_opened(SECOND)
    bench.connect()
    bench.hear(0x18FECA00, "04 ff 5e 00 01 03 ff ff", SECOND)
    assert bench.said == ["j1939.trouble"]


@pytest.mark.parametrize("group", [EEC1, EC1, ET1, EFL_P1])
@given(data=st.binary(min_size=39, max_size=39))
@settings(max_examples=50)
def test_a_group_is_decoded_as_its_layout_says(group: int, data: bytes) -> None:
    name, readings, fields = FIELDS[group]
    layout = layouts("j1939_engine.dbc")[name]
    found = Broadcast(layout, readings, fields, SECOND).decode(data)
    word = int.from_bytes(data, "little")
    assert str(found) == str([layout[field].value(word) for field in fields])


def test_troubles_are_counted_and_each_is_told_once(bench: ByHand) -> None:
    bench.hear(0x18FECA00, "00 ff 00 00 00 00 ff ff")
    assert (bench.value["dtc_count"], bench.value["lamp"]) == (0, 0)
    bench.hear(0x18FECA00, "04 ff 5e 00 01 03 ff ff")
    assert (bench.value["dtc_count"], bench.value["lamp"]) == (1, 3)
    bench.broadcast(65226, bytes.fromhex("54 ff 5e 00 01 03 6e 00 00 01"))
    assert (bench.value["dtc_count"], bench.value["lamp"]) == (2, 4)
    assert bench.said == ["j1939.trouble", "j1939.trouble"]
    assert "SPN 110 FMI 0" in bench.reports[1][1].text()
    bench.hear(0x18FECA00, "ff ff 00 00 00 00 ff ff")
    assert bench.quality["lamp"] == Quality.BAD


def test_a_broadcast_with_a_lost_packet_changes_nothing(bench: ByHand) -> None:
    bench.hear(0x1CECFF00, "20 0e 00 02 ff ca fe 00")
    bench.hear(0x1CEBFF00, "02 5e 00 01 03 ff ff ff")
    bench.hear(0x1CEBFF00, "01 54 ff 5e 00 01 03 6e")
    assert "dtc_count" not in bench.value


def test_a_slow_broadcast_holds_for_three_of_its_own_periods_and_no_longer() -> None:
    bench = WithTwin()
    bench.run(2 * SECOND)
    for tenth in range(20, 60):
        bench.run(tenth * SECOND // 10)
        slow = (NAMES.index("reference_torque"), len(NAMES))
        for name in NAMES[slice(*slow)]:
            assert bench.quality[name] == Quality.OK
            assert tenth * SECOND // 10 - bench.heard[name] <= 200 * MILLISECOND


def test_a_slow_broadcast_that_stops_is_no_longer_confirmed(bench: ByHand) -> None:
    bench.hear(0x18FEEE00, "7d ff a0 2e ff ff ff ff")
    for hundredth in range(1, 500):
        bench.hear(0x0CF00400, "f1 64 a0 80 25 ff ff 64", hundredth * 10 * MILLISECOND)
    assert 2800 * MILLISECOND <= bench.heard["oil_temperature"] < 3 * SECOND
    assert bench.quality["oil_temperature"] == Quality.OK


def test_silence_disconnects_and_stops_the_control_for_good() -> None:
    bench = WithTwin()
    bench.run(SECOND)
    bench.node.demand(TORQUE, 0.4)
    bench.node.demand(MODE, 2)
    bench.run(2 * SECOND)
    assert bench.limit == pytest.approx(0.4)
    bench.bus.is_cut = True
    bench.run(3 * SECOND)
    assert not bench.node.is_connected
    assert bench.said[-2:] == ["can.node-silent", "j1939.control-ended"]
    assert set(bench.quality.values()) == {Quality.DISCONNECTED}
    assert bench.limit == 1.0
    bench.bus.is_cut = False
    bench.run(5 * SECOND)
    assert bench.node.is_connected
    assert bench.limit == 1.0


def test_against_its_twin_it_reads_all_and_knows_the_calibration() -> None:
    bench = WithTwin({"dtc": 7.0}, component="H2LAB ICE-ECU")
    bench.run(2 * SECOND)
    assert bench.node.identity == (
        "H2LAB ICE-ECU 00004711 ENGINE-1; software BOOT 2.0, H2-ECU 4.2.1, CAL H2-128-0042"
    )
    assert bench.value == {
        "speed": pytest.approx(1500 * RPM), "actual_torque_percent": pytest.approx(0.6),
        "demand_torque_percent": pytest.approx(0.65), "torque": pytest.approx(1440.0),
        "reference_torque": 2400.0, "coolant_temperature": pytest.approx(358.15),
        "oil_temperature": pytest.approx(373.15), "fuel_pressure": pytest.approx(8e5),
        "oil_pressure": pytest.approx(4e5), "dtc_count": 7, "lamp": 4,
    }  # fmt: skip
    assert set(bench.quality.values()) == {Quality.OK}


ENGINES = st.fixed_dictionaries({
    "speed": st.floats(0, 841), "torque_fraction": st.floats(-1.25, 1.25),
    "demand_fraction": st.floats(-1.25, 1.25), "reference_torque": st.floats(1, 64255),
    "coolant_temperature": st.floats(233.15, 483.15), "oil_temperature": st.floats(273.15, 573.15),
    "fuel_pressure": st.floats(0, 1e6), "oil_pressure": st.floats(0, 1e6),
    "dtc": st.integers(0, 7),
})  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(ENGINES)
def test_driver_and_twin_agree_within_half_a_step(engine: dict[str, float]) -> None:
    bench = WithTwin(engine)
    bench.run(1200 * MILLISECOND)
    steps = {
        "speed": ("speed", 0.125 * RPM), "actual_torque_percent": ("torque_fraction", 0.01),
        "demand_torque_percent": ("demand_fraction", 0.01),
        "reference_torque": ("reference_torque", 1.0),
        "coolant_temperature": ("coolant_temperature", 1.0),
        "oil_temperature": ("oil_temperature", 0.03125),
        "fuel_pressure": ("fuel_pressure", 4000.0), "oil_pressure": ("oil_pressure", 4000.0),
        "dtc_count": ("dtc", 0.0),
    }  # fmt: skip
    for name, (signal, step) in steps.items():
        assert abs(bench.value[name] - engine[signal]) <= step / 2 + 1e-9, name


def test_nothing_is_sent_while_the_control_is_off(bench: ByHand) -> None:
    bench.node.demand(SPEED, 1000 * RPM)
    list(bench.steps(0, SECOND))
    assert bench.sent == []


def test_a_mode_without_its_value_asks_nothing(bench: ByHand) -> None:
    bench.node.demand(MODE, 2)
    bench.node.demand(SPEED, 1000 * RPM)
    list(bench.steps(0, SECOND // 10))
    assert bench.sent == []


def test_a_control_is_repeated_every_10_ms_with_counter_and_checksum(bench: ByHand) -> None:
    bench.node.demand(SPEED, 1200 * RPM)
    bench.node.demand(MODE, 1)
    times = list(bench.steps(0, 95 * MILLISECOND))
    assert times == [number * 10 * MILLISECOND for number in range(10)]
    assert [frame.id for frame in bench.sent] == [0x0C0000F9] * 10
    assert {frame.data[:7].hex(" ") for frame in bench.sent} == {"fd 80 25 ff ff ff ff"}
    assert [frame.data[7] & 0x0F for frame in bench.sent] == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    # J1939-71, SPN 4207: 0xFD+0x80+0x25+4*0xFF+0 + 0x0C+0xF9 = 0x6A3; (26 + 212 + 1699) & 7 = 1
    assert bench.sent[0].data[7] >> 4 == 1


def test_switched_off_it_is_disabled_once_and_then_silent(bench: ByHand) -> None:
    bench.node.demand(TORQUE, 0.5)
    bench.node.demand(MODE, 2)
    bench.node.step(0)
    assert bench.sent[-1].data[:4].hex(" ") == "fe ff ff af"
    bench.sent.clear()
    bench.node.make_safe({MODE: 0.0})
    bench.node.step(MILLISECOND)
    list(bench.steps(2 * MILLISECOND, SECOND // 10))
    assert [frame.data[:4].hex(" ") for frame in bench.sent] == ["fc ff ff ff"]


def test_demands_that_tsc1_cannot_carry_are_refused(bench: ByHand) -> None:
    for index, value in ((MODE, 3), (SPEED, 842.0), (SPEED, math.nan), (TORQUE, 1.26)):
        with pytest.raises(DemandOutOfRange):
            bench.node.demand(index, value)
    with pytest.raises(Refused):
        bench.node.start("zero")


def test_a_torque_control_reaches_the_engine_and_lapses_without_the_bus() -> None:
    bench = WithTwin()
    bench.run(SECOND)
    assert bench.limit == 1.0
    bench.node.demand(TORQUE, 0.5)
    bench.node.demand(MODE, 2)
    bench.run(2 * SECOND)
    assert bench.limit == 0.5
    bench.node.demand(TORQUE, 0.25)
    bench.run(3 * SECOND)
    assert bench.limit == 0.25
    bench.bus.is_cut = True
    bench.run(3 * SECOND + 111 * MILLISECOND)
    assert bench.limit == 1.0


def test_a_lost_bus_forgets_demands(bench: ByHand) -> None:
    bench.node.demand(TORQUE, 0.5)
    bench.node.demand(MODE, 2)
    bench.node.step(0)
    bench.node.bus_lost(MILLISECOND)
    assert bench.node.step(2 * MILLISECOND) == NEVER
    bench.node.bus_opened(SECOND)
    bench.sent.clear()
    bench.connect()
    list(bench.steps(SECOND, 2 * SECOND))
    assert bench.sent == []


def test_another_calibration_after_a_restart_is_told(bench: ByHand) -> None:
    bench.hear(0x18EEFF00, "01 24 e0 1c 00 00 00 00", SECOND // 10)
    bench.hear(0x18E8FF00, "01 ff ff ff f9 eb fe 00", SECOND // 10)
    bench.hear(0x18FEDA00, "01 43 41 4c 20 38 2a ff", SECOND // 10)
    assert bench.said == ["j1939.identity-changed"]
    assert bench.node.identity == "NAME 000000001CE02401; software CAL 8"


def test_the_address_is_defended_against_a_weaker_name_and_given_up_to_a_stronger(
    bench: ByHand,
) -> None:
    claim = Frame(0x18EEFFF9, bytes.fromhex("11 83 e4 ff 00 81 00 00"), extended=True)
    bench.hear(0x18EAFFFE, "00 ee 00")
    bench.hear(0x18EEFFF9, "ff ff ff ff ff ff ff ff")
    assert bench.sent == [claim, claim]
    bench.hear(0x18EEFFF9, "00 00 00 00 00 00 00 00")
    assert bench.sent[2] == Frame(0x18EEFFFE, claim.data, extended=True)
    assert bench.said == ["j1939.address-taken"]
    bench.node.demand(TORQUE, 0.5)
    bench.node.demand(MODE, 2)
    list(bench.steps(0, SECOND // 10))
    assert len(bench.sent) == 3


GROUPS = (0xCF004, 0x18FEE3, 0x18FEEE, 0x18FEEF, 0x18FECA, 0x18FEDA, 0x18FEEB, 0x18E8FF,
          0x1CECFF, 0x1CEBFF, 0x1CECF9, 0x1CEBF9, 0x18EEFF, 0x18EAFF)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(GROUPS), st.binary(max_size=8), st.integers(0, SECOND // 2),
), max_size=30), st.integers(0, 1))  # fmt: skip
def test_no_bytes_of_the_bus_upset_it(
    frames: list[tuple[int, bytes, int]], connected_before: int
) -> None:
    bench = ByHand()
    for _ in range(connected_before):
        bench.connect()
    now = 0
    for group, data, pause in frames:
        now += pause
        bench.node.on_frame(Frame(group << 8, data, extended=True), now)
        assert bench.node.step(now) >= now
    bench.drain()


@pytest.mark.parametrize("options", [
    {"source": 254}, {"eec1_period": "1 s"}, {"eec1_period": "20 rpm"}, {"node": 1},
])  # fmt: skip
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)


@pytest.mark.benchmark(group="frames")
def test_decoding_speed(benchmark: object) -> None:
    bench = ByHand()
    bench.connect()
    frame = Frame(0x0CF00400, bytes.fromhex("f1 64 a0 80 25 ff ff 64"), extended=True)
    benchmark(bench.node.on_frame, frame, 0)  # type: ignore[operator]
