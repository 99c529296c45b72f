"""Byte-level conversations as drivers/canbus/dbc/README.md states them."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.device import Connection, Driver, Mailbox, Port
from bench.errors import DemandOutOfRange, Refused
from bench.messages import Message
from drivers.canbus import dyno_controller, safety_plc
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.dyno_controller import DynoControllerOptions
from drivers.canbus.frame import Frame

RPM = math.pi / 30.0
CHECK_TEXT = b"123456789"
DYNO_IDENTITY = Frame(0x183, bytes.fromhex("01d70102e9036400"))
PLC_IDENTITY = Frame(0x192, bytes.fromhex("015a0102d1076400"))


def with_checksum(frame_id: int, text: str) -> Frame:
    data = bytes.fromhex(text)
    return Frame(frame_id, data + bytes((crc8(data, start_for(frame_id)),)))


class Wire:
    """One node between the scan and a bus."""

    def __init__(self, driver: Driver, options: Any = None) -> None:
        self.clock = VirtualClock()
        self.sent: list[Frame] = []
        self.reports: list[Message] = []
        self.samples: deque[tuple[int, float, int, int]] = deque()
        readings = driver.readings(options)
        self.names = [reading.name for reading in readings]
        self.demands = [demand.name for demand in driver.demands(options)]
        connection = Connection("node", driver, "can0", 100 * MILLISECOND, options)
        mailbox = Mailbox(readings, 0, self.samples)
        self.node = driver.build(Port(connection, mailbox, self.report, self.clock))
        self.node.attach(self.sent.append)
        self.node.bus_opened(0)

    def report(self, level: str, source: str, message: Message) -> None:
        assert source == "node"
        assert message.text("en") != message.id
        assert message.text("zh") != message.text("en")
        self.reports.append(message)

    def hear(self, *frames: Frame) -> None:
        for frame in frames:
            self.node.on_frame(frame, self.clock.now())
        self.node.step(self.clock.now())

    def wait(self, seconds: float) -> None:
        self.clock.wait_until(self.clock.now() + round(seconds * SECOND))
        self.node.step(self.clock.now())

    def demand(self, **values: float) -> list[Frame]:
        """Demand by name; return what goes out."""
        del self.sent[:]
        for name, value in values.items():
            self.node.demand(self.demands.index(name), value)
        self.node.step(self.clock.now())
        return list(self.sent)

    def values(self) -> dict[str, tuple[float, int]]:
        newest = {self.names[index]: (value, quality) for index, value, _, quality in self.samples}
        self.samples.clear()
        return newest

    def ids(self) -> list[str]:
        return [message.id for message in self.reports]


def dyno_status(alive: int, text: str = "c012 007d 2803") -> Frame:
    return with_checksum(0x181, f"{alive:02x}" + text.replace(" ", ""))


@pytest.fixture
def rig() -> Wire:
    wire = Wire(dyno_controller.DRIVER)
    wire.hear(DYNO_IDENTITY, dyno_status(1))
    assert wire.node.is_connected
    return wire


@pytest.fixture
def plc() -> Wire:
    wire = Wire(safety_plc.DRIVER)
    wire.hear(PLC_IDENTITY, with_checksum(0x190, "014900fa70c800"))
    assert wire.node.is_connected
    return wire


def test_the_checksum_has_the_check_value_of_the_standard() -> None:
    assert crc8(CHECK_TEXT) == 0x4B  # SAE J1850


def test_an_opened_bus_is_told_the_period_and_nothing_that_moves() -> None:
    assert Wire(dyno_controller.DRIVER).sent == [Frame(0x102, b"\x64\x00")]
    assert Wire(safety_plc.DRIVER).sent == [with_checksum(0x112, "6400f401")]


def test_a_status_frame_reads_as_the_manual_says(rig: Wire) -> None:
    # alive 2, mode 3; 1200 rpm = 4800 steps; 0 N·m = 32000 steps; 20 % = 800 steps, state 1
    rig.hear(with_checksum(0x181, "32c012007d2013"))
    values = rig.values()
    assert values["speed"] == (pytest.approx(1200 * RPM), Quality.OK)
    assert values["torque"] == (0.0, Quality.OK)
    assert values["pedal"] == (pytest.approx(0.2), Quality.OK)
    assert values["mode"] == (3.0, Quality.OK)
    assert values["state"] == (1.0, Quality.OK)


def test_sensor_fault_and_not_available_are_bad(rig: Wire) -> None:
    rig.hear(with_checksum(0x181, "32feffffff2013"))
    values = rig.values()
    assert values["speed"][1] == Quality.BAD
    assert values["torque"][1] == Quality.BAD
    assert values["pedal"][1] == Quality.OK


def test_a_demand_travels_as_the_manual_says_and_the_rest_is_no_demand(rig: Wire) -> None:
    [frame] = rig.demand(mode=1, speed=1200 * RPM)
    assert frame == with_checksum(0x101, "11c012ffffff3f")
    [frame] = rig.demand(torque=500.0, pedal=0.5, starter=0)
    assert frame == with_checksum(0x101, "12c012d084d007")


def test_all_demands_of_a_scan_share_one_frame_and_the_newest_wins(rig: Wire) -> None:
    for speed in (100.0, 110.0, 1200 * RPM):
        rig.node.demand(1, speed)
    assert [frame.data[1:3] for frame in rig.demand(mode=3)] == [b"\xc0\x12"]


def test_nothing_is_repeated_without_the_scan(rig: Wire) -> None:
    rig.demand(mode=3)
    del rig.sent[:]
    for alive in range(2, 12):
        rig.clock.wait_until(rig.clock.now() + 100 * MILLISECOND)
        rig.hear(dyno_status(alive))
    assert rig.sent == []


def test_the_alive_counter_of_demands_wraps_after_fifteen(rig: Wire) -> None:
    alive = [rig.demand(speed=100.0)[0].data[0] & 0xF for _ in range(17)]
    assert alive == [*range(1, 16), 0, 1]


@pytest.mark.parametrize("speed", [-0.1, 4000 * RPM * 1.0001, math.nan, math.inf])
def test_a_speed_outside_the_machine_never_reaches_the_wire(rig: Wire, speed: float) -> None:
    with pytest.raises(DemandOutOfRange, match="rpm"):
        rig.demand(speed=speed)
    assert rig.sent == []


@pytest.mark.parametrize("mode", [-1, 6, 0.5])
def test_a_mode_that_does_not_exist_never_reaches_the_wire(rig: Wire, mode: float) -> None:
    with pytest.raises(DemandOutOfRange):
        rig.demand(mode=mode)
    assert rig.sent == []


@given(
    highest=st.floats(min_value=10.0, max_value=16000.0),
    share=st.floats(min_value=0.0, max_value=1.0),
)
@settings(max_examples=60, deadline=None)
def test_rounding_never_carries_a_demand_over_the_limit(highest: float, share: float) -> None:
    options = DynoControllerOptions.model_construct(
        highest_speed=highest * RPM, highest_torque=1000.0
    )
    wire = Wire(dyno_controller.DRIVER, options)
    wire.hear(DYNO_IDENTITY, dyno_status(1))
    [frame] = wire.demand(speed=min(share * highest, highest) * RPM)
    steps = int.from_bytes(frame.data[1:3], "little")
    assert steps * 0.25 <= highest * (1 + 1e-9)
    assert steps * 0.25 == pytest.approx(share * highest, abs=0.2501)


def test_safe_values_go_out_at_once_in_place_of_what_waits(rig: Wire) -> None:
    rig.node.demand(3, 0.8)
    rig.node.make_safe({0: 3.0, 3: 0.0})
    assert rig.demand() == [with_checksum(0x101, "31ffffffff0030")]


def test_a_safe_value_outside_the_range_is_limited_and_reported(rig: Wire) -> None:
    rig.node.make_safe({1: 1e6})
    assert rig.demand()[0].data[1:3] == (16000).to_bytes(2, "little")
    assert rig.ids()[-1] == "device.safe-value-limited"


def test_after_a_lost_bus_nothing_moves_until_it_is_demanded_again(rig: Wire) -> None:
    rig.demand(mode=3, speed=1200 * RPM, pedal=0.5)
    rig.node.bus_lost(rig.clock.now())
    rig.node.demand(3, 0.9)
    del rig.sent[:]
    rig.node.bus_opened(rig.clock.now())
    rig.hear(DYNO_IDENTITY, dyno_status(2))
    assert rig.sent == [Frame(0x102, b"\x64\x00")]
    [frame] = rig.demand(pedal=0.1)
    assert frame.data[0] >> 4 == 15
    assert frame.data[1:5] == b"\xff" * 4


def test_a_demand_that_only_repeats_itself_after_an_interruption_moves_nothing(rig: Wire) -> None:
    rig.demand(mode=3, speed=1200 * RPM)
    rig.node.bus_lost(rig.clock.now())
    rig.node.bus_opened(rig.clock.now())
    rig.hear(DYNO_IDENTITY, dyno_status(2))
    [alive] = rig.demand(mode=3)
    assert alive.data[1:7] == bytes.fromhex("ffffffffff3f")
    assert alive.data[0] >> 4 == 15
    assert rig.demand(mode=4)[0].data[0] >> 4 == 4
    assert rig.demand(mode=3)[0].data[0] >> 4 == 3


def test_a_safe_value_is_sent_even_if_it_repeats_what_was_demanded_before(rig: Wire) -> None:
    rig.demand(mode=4)
    rig.node.bus_lost(rig.clock.now())
    rig.node.bus_opened(rig.clock.now())
    rig.node.make_safe({0: 4.0})
    assert rig.demand()[0].data[0] >> 4 == 4


def test_safe_values_wait_for_the_bus_unless_something_newer_is_demanded(rig: Wire) -> None:
    rig.node.bus_lost(rig.clock.now())
    rig.node.make_safe({0: 4.0, 3: 0.0})
    rig.node.demand(3, 0.2)
    rig.node.bus_opened(rig.clock.now())
    del rig.sent[:]
    rig.node.step(rig.clock.now())
    assert [frame.data[:7] for frame in rig.sent] == [bytes.fromhex("41ffffffffff3f")]


def test_safe_values_sent_just_before_the_bus_died_are_sent_again(rig: Wire) -> None:
    rig.node.make_safe({0: 4.0})
    assert len(rig.demand()) == 1
    rig.node.bus_lost(rig.clock.now())
    rig.node.bus_opened(rig.clock.now())
    assert len(rig.demand()) == 1
    rig.hear(DYNO_IDENTITY, dyno_status(3))
    rig.node.bus_lost(rig.clock.now())
    rig.node.bus_opened(rig.clock.now())
    assert rig.demand() == []


def test_a_short_frame_makes_its_values_bad_and_is_reported_once(rig: Wire) -> None:
    rig.values()
    for _ in range(5):
        rig.hear(Frame(0x181, b"\x32\xc0\x12"))
    rig.hear(Frame(0x181, b"\x32\xc0\x12"))
    assert rig.values()["speed"][1] == Quality.BAD
    assert rig.ids().count("can.short-frame") == 1
    assert rig.node.faulty_frames["can.short-frame"] == 6


def test_a_wrong_checksum_makes_the_values_bad(rig: Wire) -> None:
    sound = dyno_status(2)
    rig.hear(Frame(0x181, sound.data[:-1] + bytes((sound.data[-1] ^ 1,))))
    assert rig.values()["speed"][1] == Quality.BAD
    assert "can.bad-checksum" in rig.ids()


@given(position=st.integers(0, 63))
@settings(max_examples=64, deadline=None)
def test_no_flipped_bit_passes_for_a_sound_status(position: int) -> None:
    wire = Wire(dyno_controller.DRIVER)
    wire.hear(DYNO_IDENTITY)
    number = int.from_bytes(dyno_status(2).data, "little") ^ 1 << position
    wire.hear(Frame(0x181, number.to_bytes(8, "little")))
    assert not wire.node.is_connected
    assert wire.values()["speed"][1] == Quality.BAD


def test_a_stuck_alive_counter_is_not_fresh_data(rig: Wire) -> None:
    rig.values()
    for _ in range(6):
        rig.wait(0.1)
        rig.hear(dyno_status(1))
    assert not rig.node.is_connected
    assert {quality for _, quality in rig.values().values()} == {Quality.DISCONNECTED}
    assert "can.alive-stuck" in rig.ids()


def test_a_silent_node_is_disconnected_after_three_periods_and_reported(rig: Wire) -> None:
    rig.values()
    rig.wait(0.499)
    assert rig.node.is_connected
    rig.wait(0.002)
    assert not rig.node.is_connected
    assert {quality for _, quality in rig.values().values()} == {Quality.DISCONNECTED}
    assert rig.ids()[-1] == "can.node-silent"


def test_a_node_that_never_speaks_is_reported() -> None:
    wire = Wire(dyno_controller.DRIVER)
    wire.wait(0.6)
    assert wire.ids() == ["can.node-silent"]


def test_values_before_the_identity_are_not_believed() -> None:
    wire = Wire(dyno_controller.DRIVER)
    wire.wait(0.1)
    wire.hear(dyno_status(1))
    assert not wire.node.is_connected
    assert wire.values()["speed"][1] == Quality.DISCONNECTED


def test_another_device_at_this_id_is_not_believed(rig: Wire) -> None:
    rig.hear(Frame(0x183, PLC_IDENTITY.data), dyno_status(2))
    assert not rig.node.is_connected
    assert rig.ids()[-1] == "can.wrong-node"
    assert rig.demand(mode=3) == []


def test_a_restarted_device_is_configured_again_and_old_demands_are_forgotten(rig: Wire) -> None:
    rig.demand(mode=3, speed=1200 * RPM)
    del rig.sent[:]
    rig.hear(Frame(0x183, DYNO_IDENTITY.data[:6] + b"\xc8\x00"))
    assert rig.sent == [Frame(0x102, b"\x64\x00")]
    assert rig.demand(pedal=0.0)[0].data[0] >> 4 == 15


def test_identity_names_model_serial_and_firmware(rig: Wire) -> None:
    assert rig.node.identity == "h2bench dyno-controller, serial 1001, firmware 1.2"


def test_rejections_and_faults_are_reported_when_they_come(rig: Wire) -> None:
    rig.hear(with_checksum(0x182, "01ffffffff0000"))
    for frame in ("12ffffffff0101", "13ffffffff0101"):
        rig.hear(with_checksum(0x182, frame))
    assert rig.ids()[-2:] == ["can.demand-rejected", "can.node-fault"]
    assert rig.values()["rejected"] == (1.0, Quality.OK)


def test_the_armed_watch_reads_as_the_manual_says(rig: Wire) -> None:
    rig.hear(with_checksum(0x182, "01ffffffff8000"))
    values = rig.values()
    assert values["watchdog_armed"] == (1.0, Quality.OK)
    assert values["faults"] == (0.0, Quality.OK)
    rig.hear(with_checksum(0x182, "02ffffffff0200"))
    values = rig.values()
    assert values["watchdog_armed"] == (0.0, Quality.OK)
    assert values["faults"] == (2.0, Quality.OK)


def test_these_devices_have_no_actions(rig: Wire) -> None:
    with pytest.raises(Refused, match="zero"):
        rig.node.start("zero")


def test_the_plc_status_reads_as_the_manual_says(plc: Wire) -> None:
    # chain, permit, flow, heartbeat, valve open; ignition, injection; 350.00 bar; 50 %
    plc.hear(with_checksum(0x190, "023b03b8886400"))
    values = plc.values()
    expected = {
        "chain_closed": 1, "permit": 1, "emergency_stop": 0, "ventilation_flow_ok": 1,
        "heartbeat_ok": 1, "fuel_valve_open": 1, "fuel_valve_closed": 0, "rejected": 0,
        "ignition_enabled": 1, "injection_enabled": 1, "purge_open": 0, "reset_allowed": 0,
        "trip_cause": 0,
    }  # fmt: skip
    assert {name: values[name][0] for name in expected} == expected
    assert values["h2_supply_pressure"][0] == pytest.approx(350e5)
    assert values["ventilation"][0] == pytest.approx(0.5)


def gas(alive: int, *tenths: int) -> Frame:
    number = alive
    for position, raw in enumerate(tenths):
        number |= raw << (4 + 10 * position)
    return Frame(0x191, number.to_bytes(8, "little"))


def test_a_gas_group_shows_its_highest_valid_detector(plc: Wire) -> None:
    plc.hear(gas(1, 10, 250, 20, 5, 1022, 7))
    values = plc.values()
    assert values["hood_h2"] == (pytest.approx(0.25), Quality.OK)
    assert values["room_h2"] == (pytest.approx(0.007), Quality.OK)
    assert values["room_h2_2"][1] == Quality.BAD
    assert values["room_h2_3"] == (pytest.approx(0.007), Quality.OK)


def test_a_gas_group_with_one_of_three_detectors_left_is_bad(plc: Wire) -> None:
    plc.hear(gas(1, 10, 1022, 1022, 5, 1023, 1023))
    values = plc.values()
    assert values["hood_h2"][1] == Quality.BAD
    assert values["room_h2"] == (pytest.approx(0.005), Quality.OK)


def test_a_request_travels_as_the_manual_says(plc: Wire) -> None:
    assert plc.demand(fuel_valve=1) == [with_checksum(0x111, "01fdff")]
    assert plc.demand(ventilation=0.75, purge=0) == [with_checksum(0x111, "023d96")]


def test_the_heartbeat_goes_only_as_the_core_beats_and_at_most_every_100_ms(plc: Wire) -> None:
    assert plc.demand(heartbeat=1) == [Frame(0x110, b"\x01\xfe")]
    assert plc.demand(heartbeat=2) == []
    plc.wait(0.1)
    assert plc.sent == [Frame(0x110, b"\x02\xfd")]
    plc.wait(0.1)
    assert plc.demand(heartbeat=2) == []


def test_a_trip_is_reported_and_makes_the_driver_forget_what_was_on(plc: Wire) -> None:
    plc.demand(fuel_valve=1, ventilation=1.0)
    plc.hear(with_checksum(0x190, "3240000000c800"))
    assert plc.ids()[-1] == "can.tripped"
    assert "hood" in plc.reports[-1].text()
    [frame] = plc.demand(fuel_valve=1, ventilation=1.0)
    assert frame.data[1] == 0xFF
    assert plc.demand(fuel_valve=0)[0].data[1] == 0xFC
    assert plc.demand(fuel_valve=1)[0].data[1] == 0xFD


def test_options_are_written_with_units() -> None:
    options = DynoControllerOptions.model_validate({"highest_speed": "3000 rpm"})
    assert options.highest_speed == pytest.approx(3000 * RPM)
    with pytest.raises(ValueError, match="rpm"):
        DynoControllerOptions.model_validate({"highest_speed": "3 kW"})
