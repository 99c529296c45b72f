"""Other gases, horn, beacon, mains and the object, byte by byte as dbc/README.md states them."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest

from bench.channel import Quality
from bench.clock import MILLISECOND, VirtualClock
from bench.device import Connection, Mailbox, Port
from bench.messages import Message
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.frame import Frame
from drivers.canbus.safety_plc import DRIVER, TRIP_CAUSES, SafetyPlcOptions

IDENTITY = Frame(0x192, bytes.fromhex("015a0102d1076400"))


def with_checksum(frame_id: int, text: str) -> Frame:
    data = bytes.fromhex(text)
    return Frame(frame_id, data + bytes((crc8(data, start_for(frame_id)),)))


class Wire:
    """The driver between the scan and a bus."""

    def __init__(self, **options: Any) -> None:
        chosen = SafetyPlcOptions.model_validate(options)
        self.clock = VirtualClock()
        self.sent: list[Frame] = []
        self.reports: list[Message] = []
        self.samples: deque[tuple[int, float, int, int]] = deque()
        self.names = [reading.name for reading in DRIVER.readings(chosen)]
        self.demands = {each.name: at for at, each in enumerate(DRIVER.demands(chosen))}
        connection = Connection("plc", DRIVER, "can0", 100 * MILLISECOND, chosen)
        mailbox = Mailbox(DRIVER.readings(chosen), 0, self.samples)
        self.node = DRIVER.build(Port(connection, mailbox, self.report, self.clock))
        self.node.attach(self.sent.append)
        self.node.bus_opened(0)

    def report(self, level: str, source: str, message: Message) -> None:
        assert message.text("en") != message.id
        assert message.text("zh") != message.text("en")
        self.reports.append(message)

    def hear(self, *frames: Frame) -> None:
        for frame in frames:
            self.node.on_frame(frame, self.clock.now())
        self.node.step(self.clock.now())

    def demand(self, **values: float) -> list[Frame]:
        del self.sent[:]
        for name, value in values.items():
            self.node.demand(self.demands[name], value)
        self.node.step(self.clock.now())
        return list(self.sent)

    def values(self) -> dict[str, tuple[float, int]]:
        newest = {self.names[index]: (value, quality) for index, value, _, quality in self.samples}
        self.samples.clear()
        return newest


@pytest.fixture
def plc() -> Wire:
    wire = Wire()
    wire.hear(IDENTITY, with_checksum(0x190, "014900fa70c800"))
    assert wire.node.is_connected
    return wire


def test_other_gases_read_as_the_manual_says(plc: Wire) -> None:
    # 35 ppm, 12.5 %LFL = 25 steps, 20.95 % = 2095 steps
    plc.hear(with_checksum(0x193, "012300192f0800"))
    values = plc.values()
    assert values["carbon_monoxide"] == (pytest.approx(35e-6), Quality.OK)
    assert values["methane"] == (pytest.approx(0.125), Quality.OK)
    assert values["oxygen"] == (pytest.approx(0.2095), Quality.OK)


@pytest.mark.parametrize("text", ["01fefffefeff00", "01ffffffffff00"])
def test_a_faulty_detector_and_one_that_is_not_fitted_are_bad(plc: Wire, text: str) -> None:
    plc.hear(with_checksum(0x193, text))
    values = plc.values()
    for name in ("carbon_monoxide", "methane", "oxygen"):
        assert math.isnan(values[name][0])
        assert values[name][1] == Quality.BAD


def test_the_inputs_read_as_the_manual_says(plc: Wire) -> None:
    # mains, doors, bump test, beacon; 80 % = 160 steps; 150 bar = 15000 steps
    plc.hear(with_checksum(0x194, "012ba0983a0000"))
    values = {name: value for name, (value, _) in plc.values().items()}
    expected = {
        "mains": 1, "doors_closed": 1, "acknowledge": 0, "bump_test": 1, "horn_on": 0,
        "beacon_on": 1,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == expected
    assert values["ups_charge"] == pytest.approx(0.8)
    assert values["nitrogen_pressure"] == pytest.approx(150e5)


def test_a_damaged_frame_makes_its_own_values_bad_and_no_others(plc: Wire) -> None:
    plc.values()
    sound = with_checksum(0x194, "012ba0983a0000")
    plc.hear(Frame(0x194, sound.data[:-1] + bytes((sound.data[-1] ^ 1,))))
    bad = {name for name, (_, quality) in plc.values().items() if quality == Quality.BAD}
    assert bad == {
        "mains", "doors_closed", "acknowledge", "bump_test", "horn_on", "beacon_on",
        "ups_charge", "nitrogen_pressure",
    }  # fmt: skip


def test_horn_and_beacon_travel_in_a_frame_of_their_own(plc: Wire) -> None:
    assert plc.demand(horn=1) == [with_checksum(0x113, "010d")]
    assert plc.demand(beacon=1) == [with_checksum(0x113, "0205")]
    assert plc.demand(horn=0, ventilation=1.0) == [
        with_checksum(0x111, "01ffc8"),
        with_checksum(0x113, "0304"),
    ]


def test_a_trip_does_not_make_the_driver_forget_horn_and_beacon(plc: Wire) -> None:
    plc.demand(horn=1, fuel_valve=1)
    plc.hear(with_checksum(0x190, "6240000000c800"))
    assert plc.reports[-1].id == "can.tripped"
    assert "carbon monoxide" in plc.reports[-1].text("en")
    assert plc.demand(beacon=1) == [with_checksum(0x113, "0205")]


@pytest.mark.parametrize("cause", range(1, 9))
def test_every_cause_of_a_trip_has_a_name(plc: Wire, cause: int) -> None:
    plc.hear(with_checksum(0x190, f"{2 | cause << 4:02x}40000000c800"))
    [told] = [each for each in plc.reports if each.id == "can.tripped"]
    assert told.arguments["cause"].id == f"can.trip-{TRIP_CAUSES[cause]}"
    assert plc.values()["trip_cause"][0] == cause


def test_a_plc_that_switches_something_else_is_not_believed_and_gets_no_demands() -> None:
    wire = Wire(object="solid-oxide")
    wire.hear(IDENTITY, with_checksum(0x190, "014900fa70c800"))
    assert not wire.node.is_connected
    assert wire.reports[-1].id == "can.wrong-object"
    assert "hydrogen-engine" in wire.reports[-1].text("en")
    assert wire.demand(fuel_valve=1) == []


def test_the_outputs_of_a_solid_oxide_system_have_names_of_their_own() -> None:
    wire = Wire(object="solid-oxide")
    wire.hear(IDENTITY, with_checksum(0x190, "0203047017c801"))
    assert wire.node.is_connected
    assert wire.values()["safety_gas_open"][0] == 1
    assert wire.demand(load_contactor=1, safety_gas=1) == [with_checksum(0x111, "0177ff")]
