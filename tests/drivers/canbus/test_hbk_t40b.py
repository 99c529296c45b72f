"""The torque flange's driver: against frames spelt out by hand, and against its twin."""

from __future__ import annotations

import math
from collections import deque
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.device import Connection, Mailbox, Port, Sample, Stage
from bench.errors import DemandOutOfRange, Refused
from bench.messages import LANGUAGES, Message, catalogue
from drivers.canbus.frame import Frame
from drivers.canbus.hbk_t40b import DRIVER, Options, T40b, readings
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.devices import hbk_t40b as twin
from drivers.simulated.port import Terminals

NODE = 5
TORQUE, SPEED = 0, 1
RPM = math.pi / 30


class Recorded:
    """One node, what it posted, what it reported and what it sent."""

    def __init__(self, period: int = 10 * MILLISECOND, **options: object) -> None:
        self.options = Options.model_validate({"node": NODE, **options})
        self.queue: deque[Sample] = deque()
        self.reports: list[tuple[str, Message]] = []
        connection = Connection("flange", DRIVER, "can0", period, self.options)
        mailbox = Mailbox(DRIVER.readings(self.options), 0, self.queue)
        port = Port(connection, mailbox, self._report, VirtualClock())
        self.node: T40b = DRIVER.build(port)
        self.sent: list[Frame] = []
        self.value = {TORQUE: math.nan, SPEED: math.nan}
        self.quality = {TORQUE: -1, SPEED: -1}
        self.heard = {TORQUE: -1, SPEED: -1}

    def _report(self, level: str, source: str, message: Message) -> None:
        assert source == "flange"
        self.reports.append((level, message))

    def drain(self) -> list[Sample]:
        """Take what was posted, as the scan does."""
        samples = list(self.queue)
        self.queue.clear()
        for index, value, now, quality in samples:
            self.quality[index] = quality
            self.heard[index] = now
            if not math.isnan(value):
                self.value[index] = value
        return samples

    @property
    def said(self) -> list[str]:
        return [message.id for _, message in self.reports]


class ByHand(Recorded):
    """A node whose frames a test spells out."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.node.attach(self.sent.append)

    def hear(self, can_id: int, data: str, now: int = 0) -> None:
        self.node.on_frame(Frame(can_id, bytes.fromhex(data)), now)
        self.node.step(now)

    def start(self) -> None:
        """Answer all requests, and forget them."""
        self.node.bus_opened(0)
        for answer in (
            "43 08 10 00 54 49 4d 34", "80 0a 10 00 00 00 02 06", "43 18 10 04 07 00 00 00",
            "60 00 18 03 00 00 00 00", "60 01 18 03 00 00 00 00", "60 01 18 05 00 00 00 00",
            "60 02 18 03 00 00 00 00", "60 17 10 00 00 00 00 00",
        ):  # fmt: skip
            self.hear(0x585, answer)
        self.drain()
        self.sent.clear()


class WithTwin(Recorded):
    """A node and its twin on one bus in virtual time."""

    def __init__(self, period: int = 10 * MILLISECOND, name: str = "", **options: object) -> None:
        super().__init__(period, **options)
        self.torque = 0.0
        self.speed = 0.0
        signals = {"torque": lambda _: self.torque, "speed": lambda _: self.speed}
        terminals = Terminals(signals, {}, self.options)
        self.bus = SimulatedCanBus(
            "can0", [self.node], {"flange": lambda send: twin.make(terminals, send)}
        )
        self.bus.step(0)

    def run(self, until: int) -> None:
        self.bus.step(until)
        self.drain()


@pytest.fixture
def bench() -> ByHand:
    bench = ByHand(device_name="TIM4")
    bench.start()
    return bench


def test_it_identifies_configures_and_starts_the_stator() -> None:
    bench = ByHand(device_name="TIM4")
    bench.node.bus_opened(0)
    assert bench.sent == [
        Frame(0, b"\x80\x05"), Frame(0x605, bytes.fromhex("40 08 10 00 00 00 00 00")),
    ]  # fmt: skip
    bench.sent.clear()
    bench.hear(0x585, "43 08 10 00 54 49 4d 34")
    bench.hear(0x585, "80 0a 10 00 00 00 02 06")
    assert not bench.node.is_connected
    bench.hear(0x585, "43 18 10 04 07 00 00 00")
    bench.hear(0x585, "60 00 18 03 00 00 00 00")
    bench.hear(0x585, "60 01 18 03 00 00 00 00")
    bench.hear(0x585, "60 01 18 05 00 00 00 00")
    bench.hear(0x585, "60 02 18 03 00 00 00 00")
    bench.hear(0x585, "60 17 10 00 00 00 00 00")
    assert [frame.data.hex(" ") for frame in bench.sent] == [
        "40 0a 10 00 00 00 00 00",
        "40 18 10 04 00 00 00 00",
        "2b 00 18 03 64 00 00 00",  # inhibit time 10 ms
        "2b 01 18 03 64 00 00 00",
        "2b 01 18 05 c8 00 00 00",  # status every 200 ms
        "2b 02 18 03 64 00 00 00",
        "2b 17 10 00 c8 00 00 00",  # heartbeat every 200 ms
        "01 05",
    ]
    assert bench.node.is_connected
    assert bench.node.identity == "TIM4 S/N 7"


def test_another_device_is_told_once_and_asked_again() -> None:
    bench = ByHand()
    bench.node.bus_opened(0)
    for answer in (
        "43 08 10 00 4d 50 31 30", "80 0a 10 00 00 00 02 06", "43 18 10 04 07 00 00 00",
    ):  # fmt: skip
        bench.hear(0x585, answer)
    assert bench.said == ["device.wrong-instrument"]
    assert [frame.data[0] for frame in bench.sent] == [0x80, 0x40, 0x40, 0x40]  # nothing written
    assert "MP10" in bench.reports[0][1].text()
    assert not bench.node.is_connected
    bench.sent.clear()
    bench.node.step(SECOND - 1)
    assert bench.sent == []
    bench.node.step(SECOND)
    assert len(bench.sent) == 2
    assert bench.said == ["device.wrong-instrument"]
    bench.hear(0x185, "00 00 00 00", SECOND)
    assert math.isnan(bench.value[TORQUE])


def test_a_refused_name_is_an_error_and_a_refused_setting_a_warning() -> None:
    bench = ByHand()
    bench.node.bus_opened(0)
    bench.hear(0x585, "80 08 10 00 00 00 02 06")
    assert [(level, message.id) for level, message in bench.reports] == [
        ("error", "canopen.sdo-aborted")
    ]
    bench = ByHand(device_name="TIM4")
    bench.start()
    bench.node.bus_lost(0)
    bench.reports.clear()
    bench.node.bus_opened(0)
    for answer in ("43 08 10 00 54 49 4d 34", "80 0a 10 00 00 00 02 06", "43 18 10 04 07 00 00 00",
                   "80 00 18 03 02 00 01 06", "60 01 18 03 00 00 00 00",
                   "60 01 18 05 00 00 00 00", "60 02 18 03 00 00 00 00",
                   "60 17 10 00 00 00 00 00"):  # fmt: skip
        bench.hear(0x585, answer)
    warnings = [message.text() for level, message in bench.reports if level == "warning"]
    assert len(warnings) == 1
    assert "1800:03" in warnings[0]
    assert bench.node.is_connected


def test_a_silent_stator_is_told_once_and_asked_every_second() -> None:
    bench = ByHand()
    bench.node.bus_opened(0)
    now = 0
    while now < 10 * SECOND:
        now = max(bench.node.step(now), now + 1)
    assert bench.said == ["can.node-silent"]
    assert 6 <= sum(frame.id == 0x605 for frame in bench.sent) <= 9
    bench.drain()
    assert bench.quality == {TORQUE: Quality.DISCONNECTED, SPEED: Quality.DISCONNECTED}


def test_torque_and_speed_are_read_as_the_manual_writes_them(bench: ByHand) -> None:
    bench.hear(0x185, "87 d6 12 00", 7)
    bench.hear(0x385, "98 3a 00 00", 8)
    assert [(i, pytest.approx(v), t, q) for i, v, t, q in bench.drain()] == [
        (TORQUE, 1234.567, 7, Quality.OK), (SPEED, 1500 * RPM, 8, Quality.OK),
    ]  # fmt: skip


def test_a_short_frame_makes_the_torque_bad_and_is_told_once(bench: ByHand) -> None:
    bench.hear(0x185, "87 d6 12 00")
    bench.hear(0x185, "87 d6")
    bench.hear(0x185, "87")
    bench.drain()
    assert bench.quality[TORQUE] == Quality.BAD
    assert bench.said.count("can.short-frame") == 1
    bench.hear(0x285, "00")
    bench.hear(0x285, "00 00")
    bench.drain()
    assert bench.quality[TORQUE] == Quality.BAD


@pytest.mark.parametrize("status", ["00 03", "00 11", "04 00"])
def test_a_faulty_overloaded_or_shunted_torque_is_bad_until_it_is_not(
    bench: ByHand, status: str
) -> None:
    bench.hear(0x185, "e8 03 00 00")
    bench.hear(0x385, "e8 03 00 00")
    bench.hear(0x285, status)
    bench.drain()
    assert bench.quality == {TORQUE: Quality.BAD, SPEED: Quality.OK}
    assert bench.said[-1] == "can.node-fault"
    bench.hear(0x185, "d0 07 00 00")
    bench.drain()
    assert bench.quality[TORQUE] == Quality.BAD
    bench.hear(0x285, "00 00")
    bench.drain()
    assert (bench.quality[TORQUE], bench.value[TORQUE]) == (Quality.OK, 2.0)


def test_status_and_heartbeat_confirm_an_unchanged_torque(bench: ByHand) -> None:
    bench.hear(0x185, "e8 03 00 00")
    bench.drain()
    bench.hear(0x285, "00 00", 100)
    bench.hear(0x705, "05", 200)
    samples = bench.drain()
    assert [(index, now, quality) for index, _, now, quality in samples] == [
        (TORQUE, 100, Quality.OK), (TORQUE, 200, Quality.OK),
    ]  # fmt: skip
    assert all(math.isnan(value) for _, value, _, _ in samples)


def test_what_came_with_a_heartbeat_is_not_confirmed_as_well(bench: ByHand) -> None:
    bench.hear(0x385, "e8 03 00 00")
    bench.drain()
    for can_id, data in ((0x705, "05"), (0x185, "e8 03 00 00"), (0x285, "00 00")):
        bench.node.on_frame(Frame(can_id, bytes.fromhex(data)), 100)
    bench.node.step(100)
    samples = [(index, math.isnan(value), now) for index, value, now, _ in bench.drain()]
    assert samples == [(TORQUE, False, 100), (SPEED, True, 100)]


def test_a_status_before_the_first_torque_confirms_nothing(bench: ByHand) -> None:
    bench.hear(0x285, "00 00")
    assert bench.drain() == []


def test_a_restarted_stator_is_configured_anew(bench: ByHand) -> None:
    bench.hear(0x705, "00", SECOND // 4)
    assert [frame.id for frame in bench.sent] == [0, 0x605]
    bench.hear(0x185, "e8 03 00 00", SECOND // 4)
    assert bench.drain() == []


def test_a_heartbeat_from_just_before_the_start_is_no_restart(bench: ByHand) -> None:
    bench.hear(0x705, "7f", SECOND // 4)
    assert bench.sent == []
    bench.hear(0x705, "7f", SECOND)
    assert [frame.id for frame in bench.sent] == [0, 0x605]


def test_a_flange_takes_no_demands_and_no_unknown_action(bench: ByHand) -> None:
    with pytest.raises(DemandOutOfRange):
        bench.node.demand(0, 1.0)
    with pytest.raises(Refused, match="span"):
        bench.node.start("span")
    bench.node.make_safe({})
    assert bench.sent == []


def test_against_its_twin_it_reads_what_the_flange_sees() -> None:
    bench = WithTwin()
    bench.torque, bench.speed = 1200.5, 1800 * RPM
    bench.run(SECOND)
    assert bench.node.is_connected
    assert bench.node.identity == "T40B TIM40 TIM40 FW 2.62 S/N 174120415"
    assert bench.value == {TORQUE: pytest.approx(1200.5), SPEED: pytest.approx(1800 * RPM)}
    assert bench.said == ["can.node-connected"]


@settings(max_examples=30, deadline=None)
@given(
    torque=st.floats(-3600, 3600), speed=st.floats(-2500, 2500),
    resolution=st.sampled_from([0.001, 0.01, 0.1]),
)  # fmt: skip
def test_driver_and_twin_agree_within_half_a_digit(
    torque: float, speed: float, resolution: float
) -> None:
    bench = WithTwin(resolution=f"{resolution} N*m")
    bench.torque, bench.speed = torque, speed
    bench.run(20 * MILLISECOND)
    assert abs(bench.value[TORQUE] - torque) <= resolution / 2 + 1e-9
    assert abs(bench.value[SPEED] - speed) <= 0.05 * RPM + 1e-9


def test_an_unchanged_torque_stays_ok_for_hours_of_status_and_is_lost_with_it() -> None:
    bench = WithTwin(period=100 * MILLISECOND)
    for number in range(1, 61):
        bench.run(number * SECOND)
        now = number * SECOND
        assert bench.quality[TORQUE] == Quality.OK
        assert now - bench.heard[TORQUE] <= 100 * MILLISECOND
    bench.bus.is_cut = True
    bench.run(60 * SECOND + 499 * MILLISECOND)
    assert bench.node.is_connected
    bench.run(60 * SECOND + 600 * MILLISECOND)
    assert not bench.node.is_connected
    assert bench.quality == {TORQUE: Quality.DISCONNECTED, SPEED: Quality.DISCONNECTED}
    bench.run(70 * SECOND)
    assert bench.quality == {TORQUE: Quality.DISCONNECTED, SPEED: Quality.DISCONNECTED}
    bench.torque = 7.0
    bench.bus.is_cut = False
    bench.run(72 * SECOND)
    assert (bench.quality[TORQUE], bench.value[TORQUE]) == (Quality.OK, 7.0)
    assert bench.said == ["can.node-connected", "can.node-silent", "can.node-connected"]


def test_a_slow_rig_lets_the_flange_rest() -> None:
    """Virtual time is cheap only while nobody wakes without need."""
    bench = WithTwin(period=100 * MILLISECOND)
    wakes, now = 0, 0
    while now < 10 * SECOND:
        bench.torque += 1.0
        now = bench.bus.step(now)
        wakes += 1
    assert wakes <= 10 * 20


def test_zeroing_gives_the_offset_before_and_after() -> None:
    bench = WithTwin()
    bench.torque = 2.5
    bench.run(SECOND)
    bench.node.start("zero")
    assert bench.node.progress().stage is Stage.RUNNING
    with pytest.raises(Refused, match="busy"):
        bench.node.start("zero")
    bench.run(3 * SECOND)
    progress = bench.node.progress()
    assert progress.stage is Stage.DONE
    assert progress.results == {"offset_before": 2.5, "offset_after": 0.0}
    assert bench.value[TORQUE] == 0.0
    bench.torque = 102.5
    bench.run(4 * SECOND)
    assert bench.value[TORQUE] == pytest.approx(100.0)
    bench.node.start("zero")
    bench.run(6 * SECOND)
    assert bench.value[TORQUE] == 0.0


def test_zeroing_without_a_link_or_a_torque_fails() -> None:
    unconnected = ByHand()
    unconnected.node.start("zero")
    assert unconnected.node.progress().stage is Stage.FAILED
    bench = WithTwin()
    bench.torque = math.nan
    bench.run(SECOND)
    bench.node.start("zero")
    bench.run(2 * SECOND)
    message = bench.node.progress().message
    assert message is not None
    assert message.id == "canopen.zero-without-torque"


def test_zeroing_that_the_link_cuts_off_fails() -> None:
    bench = WithTwin()
    bench.run(SECOND)
    bench.node.start("zero")
    bench.run(SECOND + 100 * MILLISECOND)
    bench.bus.is_cut = True
    bench.run(2 * SECOND)
    message = bench.node.progress().message
    assert message is not None
    assert message.id == "device.action-interrupted"


def test_zeroing_that_is_never_confirmed_is_given_up(bench: ByHand) -> None:
    bench.hear(0x185, "e8 03 00 00")
    bench.node.start("zero")
    for tenth in range(60):
        bench.hear(0x285, "00 00", tenth * SECOND // 10)
    message = bench.node.progress().message
    assert message is not None
    assert message.id == "device.action-timeout"
    assert [frame for frame in bench.sent if frame.id == 0x205] == [
        Frame(0x205, b"\x01"), Frame(0x205, b"\x00"),
    ]  # fmt: skip


def test_a_lost_bus_forgets_everything(bench: ByHand) -> None:
    bench.hear(0x185, "e8 03 00 00")
    bench.node.bus_lost(SECOND)
    bench.drain()
    assert bench.quality[TORQUE] == Quality.DISCONNECTED
    bench.hear(0x285, "00 00", SECOND)
    assert bench.drain() == []


def test_the_uncertainty_is_that_of_the_data_sheet() -> None:
    """Class 0.05 (B3406): 0.03 % linearity and 0.05 %/10 K on zero, of the nominal torque."""
    torque = readings(Options.model_validate({"nominal_torque": "2 kN*m"}))[TORQUE]
    assert torque.uncertainty is not None
    at_zero = torque.uncertainty.standard(0.0, torque.range.span)
    assert at_zero == pytest.approx(2000 * math.hypot(0.0003, 0.0005) / math.sqrt(3), rel=1e-3)


def test_a_flange_without_speed_reads_none() -> None:
    assert [reading.name for reading in readings(SimpleNamespace(
        speed=False, nominal_torque=100.0, resolution=0.001, speed_resolution=0.01,
    ))] == ["torque"]  # fmt: skip
    bench = WithTwin(speed=False)
    bench.torque = 3.0
    bench.run(SECOND)
    assert bench.value[TORQUE] == 3.0
    assert "can.node-fault" not in bench.said


@pytest.mark.parametrize("options", [
    {"node": 0}, {"node": 128}, {"resolution": "1 rpm"}, {"address": 5}, {"resolution": "0,1 N*m"},
])  # fmt: skip
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)


def test_every_message_has_both_languages() -> None:
    for room in ("canopen", "j1939"):
        english, *others = (catalogue(language, room).keys() for language in LANGUAGES)
        assert english
        assert all(other == english for other in others)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from([0x185, 0x285, 0x385, 0x585, 0x705]), st.binary(max_size=8),
    st.integers(0, SECOND),
), max_size=30))  # fmt: skip
def test_no_bytes_of_the_bus_upset_it(frames: list[tuple[int, bytes, int]]) -> None:
    bench = ByHand(device_name="TIM4")
    bench.start()
    now = 0
    for can_id, data, pause in frames:
        now += pause
        bench.node.on_frame(Frame(can_id, data), now)
        assert bench.node.step(now) >= now
    assert all(index in {TORQUE, SPEED} for index, *_ in bench.drain())
