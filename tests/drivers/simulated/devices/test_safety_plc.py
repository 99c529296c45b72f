"""The simulated safety PLC against its manual: gases, panel, bump test, object."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices import bench_device, safety_plc
from drivers.simulated.port import Terminals

SCAN = 100 * MILLISECOND
ALL_ON, KEEP = 0x15, 0xFF


class Plc:
    """The PLC on its cables, and a bench that beats."""

    def __init__(self, kind: str = "hydrogen-engine", **seen: float) -> None:
        self.seen = seen
        self.outputs: dict[str, float] = {}
        self.history: list[tuple[float, str, float]] = []
        self.frames: dict[int, bytes] = {}
        self.now = 0
        self.beat = self.alive = 0
        names = (
            "fuel_valve", "ignition", "injection", "nitrogen_purge", "load_contactor", "heater",
            "safety_gas", "ventilation", "horn", "beacon",
        )  # fmt: skip
        terminals = Terminals(
            {name: lambda now, name=name: self.seen[name] for name in seen},
            {name: self.cable(name) for name in names},
            SimpleNamespace(object=kind),
        )
        self.twin = safety_plc.make(terminals, self.hear)
        self.run(0.3)

    def cable(self, name: str):
        def drive(value: float, now: int) -> None:
            self.outputs[name] = value
            self.history.append((now / SECOND, name, value))

        return drive

    def hear(self, frame: Frame, now: int) -> None:
        self.frames[frame.id] = frame.data

    def run(self, seconds: float, *, beats: bool = True) -> None:
        for _ in range(round(seconds * SECOND / SCAN)):
            if beats:
                self.beat = self.beat + 1 & 0xFF
                self.say(0x110, bytes((self.beat, 255 - self.beat)))
            self.now += SCAN
            self.twin.step(self.now)

    def say(self, frame_id: int, data: bytes) -> None:
        self.twin.receive(Frame(frame_id, data), self.now)
        self.twin.step(self.now)

    def guarded(self, frame_id: int, *data: int) -> None:
        self.alive = self.alive + 1 & 0xF
        self.say(frame_id, bench_device.guarded(frame_id, bytes((self.alive, *data))))

    def request(self, switches: int) -> None:
        self.guarded(0x111, switches, 255)

    def panel(self, horn: int = 3, beacon: int = 3) -> None:
        self.guarded(0x113, horn | beacon << 2)

    def press(self, name: str) -> None:
        self.seen[name] = 1.0
        self.run(0.1)
        self.seen[name] = 0.0
        self.run(0.1)

    @property
    def flags(self) -> int:
        return self.frames[0x194][1]


GASES = {"carbon_monoxide": 0.0, "methane": 0.0, "oxygen": 0.209}


@pytest.mark.parametrize(
    ("name", "sound", "dangerous", "cause"),
    [
        ("carbon_monoxide", 99e-6, 100e-6, safety_plc.CARBON_MONOXIDE),
        ("methane", 0.249, 0.25, safety_plc.METHANE),
        ("oxygen", 0.195, 0.1949, safety_plc.OXYGEN),
    ],
)
def test_each_gas_trips_at_its_alarm_and_a_faulty_detector_too(name, sound, dangerous, cause):
    for shown in (dangerous, math.nan):
        plc = Plc(**GASES)
        plc.seen[name] = sound
        plc.run(0.3)
        plc.request(ALL_ON)
        assert plc.outputs["fuel_valve"] == 1
        plc.seen[name] = shown
        plc.run(0.2)
        assert plc.outputs["fuel_valve"] == 0
        assert plc.frames[0x190][0] >> 4 == cause
        assert (plc.outputs["horn"], plc.outputs["beacon"]) == (1, 1)


def test_what_is_not_wired_trips_nothing_and_shows_as_not_fitted() -> None:
    plc = Plc()
    plc.request(ALL_ON)
    plc.run(1.0)
    assert plc.outputs["fuel_valve"] == 1
    assert plc.frames[0x193][1:7] == bytes.fromhex("ffffffffff00")
    assert plc.frames[0x194][1:5] == bytes.fromhex("03ffffff")  # mains, doors closed
    assert plc.frames[0x194][5:7] == (500).to_bytes(2, "little")  # heartbeat timeout, ms


@given(
    carbon_monoxide=st.floats(0.0, 2000e-6),
    methane=st.floats(0.0, 1.0),
    oxygen=st.floats(0.0, 0.3),
)
@settings(max_examples=50, deadline=None)
def test_gas_is_shown_within_half_a_step(carbon_monoxide, methane, oxygen) -> None:
    plc = Plc(carbon_monoxide=carbon_monoxide, methane=methane, oxygen=oxygen)
    data = plc.frames[0x193]
    assert int.from_bytes(data[1:3], "little") == pytest.approx(carbon_monoxide * 1e6, abs=0.51)
    assert data[3] * 0.5 == pytest.approx(methane * 100.0, abs=0.26)
    assert int.from_bytes(data[4:6], "little") == pytest.approx(oxygen * 1e4, abs=0.51)


def test_horn_and_beacon_need_neither_permit_nor_heartbeat() -> None:
    plc = Plc(emergency_stop=1.0)
    plc.run(2.0, beats=False)
    plc.panel(horn=1, beacon=1)
    plc.run(0.1, beats=False)
    assert (plc.outputs["horn"], plc.outputs["beacon"]) == (1, 1)
    assert plc.flags & 0x30 == 0x30
    plc.panel(horn=0)
    assert (plc.outputs["horn"], plc.outputs["beacon"]) == (0, 1)


def test_the_button_silences_the_horn_until_it_is_requested_anew() -> None:
    plc = Plc(acknowledge=0.0)
    plc.panel(horn=1, beacon=1)
    plc.press("acknowledge")
    assert (plc.outputs["horn"], plc.outputs["beacon"]) == (0, 1)
    plc.panel(horn=1)
    assert plc.outputs["horn"] == 0
    plc.panel(horn=0)
    plc.panel(horn=1)
    assert plc.outputs["horn"] == 1


def test_another_gas_alarm_sounds_though_the_last_was_silenced() -> None:
    plc = Plc(acknowledge=0.0, methane=0.3)
    assert plc.outputs["horn"] == 1
    plc.press("acknowledge")
    assert plc.outputs["horn"] == 0
    plc.seen["methane"] = 0.0
    plc.run(0.2)
    plc.seen["methane"] = 0.3
    plc.run(0.2)
    assert plc.outputs["horn"] == 1


@pytest.mark.parametrize("data", [b"\x01\x0f", b"\x01\x0f\x00", b""])
def test_a_damaged_request_sounds_nothing_and_is_told(data: bytes) -> None:
    plc = Plc()
    plc.say(0x113, data)
    plc.run(0.1)
    assert plc.outputs["horn"] == 0
    assert plc.frames[0x190][2] & 0x10


def test_test_gas_neither_trips_nor_sounds_while_the_key_is_turned_and_nothing_is_on() -> None:
    plc = Plc(methane=0.0, bump_test=1.0)
    assert plc.flags & 0x08
    plc.seen["methane"] = 0.5
    plc.run(1.0)
    assert plc.frames[0x193][3] == 100  # it shows the gas
    assert plc.frames[0x190][0] >> 4 == safety_plc.NONE
    assert plc.outputs["horn"] == 0
    for switches in (ALL_ON, 0x40):
        plc.request(switches)
        assert plc.outputs["fuel_valve"] == plc.outputs["nitrogen_purge"] == 0
    plc.seen["bump_test"] = 0.0
    plc.run(0.2)
    assert plc.frames[0x190][0] >> 4 == safety_plc.METHANE


def test_a_bump_test_ends_by_itself_after_fifteen_minutes() -> None:
    plc = Plc(methane=0.5, bump_test=1.0)
    plc.run(899.0)
    assert plc.frames[0x190][0] >> 4 == safety_plc.NONE
    plc.run(1.5)
    assert plc.frames[0x190][0] >> 4 == safety_plc.METHANE


def test_the_key_of_the_bump_test_does_nothing_while_something_is_on() -> None:
    plc = Plc(methane=0.0, bump_test=0.0)
    plc.request(ALL_ON)
    plc.seen |= {"bump_test": 1.0, "methane": 0.5}
    plc.run(0.2)
    assert plc.outputs["fuel_valve"] == 0
    assert plc.frames[0x190][0] >> 4 == safety_plc.METHANE


def test_mains_doors_supply_and_nitrogen_are_shown_and_trip_nothing() -> None:
    plc = Plc(mains=0.0, doors_closed=0.0, ups_charge=0.295, nitrogen_pressure=25e5)
    plc.request(ALL_ON)
    plc.run(0.2)
    assert plc.outputs["fuel_valve"] == 1
    assert plc.frames[0x194][1:5] == bytes((0x00, 59)) + (2500).to_bytes(2, "little")


def test_an_engine_whose_bench_is_gone_gets_no_fuel_then_no_spark_then_nitrogen() -> None:
    plc = Plc()
    plc.request(ALL_ON)
    begin = plc.now / SECOND
    plc.run(15.0, beats=False)
    at = {(name, value): when - begin for when, name, value in plc.history}
    assert at["fuel_valve", 0] <= 0.6
    assert at["injection", 0] == at["fuel_valve", 0]
    assert at["ignition", 0] == pytest.approx(at["fuel_valve", 0] + 2.0, abs=0.11)
    assert at["nitrogen_purge", 1] == at["ignition", 0]
    assert at["nitrogen_purge", 0] == pytest.approx(at["nitrogen_purge", 1] + 10.0, abs=0.11)
    assert plc.frames[0x190][0] >> 4 == safety_plc.HEARTBEAT_LOST


def test_a_purge_of_a_trip_cannot_be_requested_away() -> None:
    plc = Plc(emergency_stop=0.0)
    plc.request(ALL_ON)
    plc.seen["emergency_stop"] = 1.0
    plc.run(3.0)
    plc.request(0x00)
    assert plc.outputs["nitrogen_purge"] == 1


def test_a_solid_oxide_system_whose_bench_is_gone_loses_its_load_and_keeps_its_safety_gas() -> None:
    plc = Plc("solid-oxide", reset=0.0)
    plc.request(ALL_ON)
    assert (plc.outputs["load_contactor"], plc.outputs["heater"]) == (1, 1)
    assert plc.frames[0x190][6] == 1
    plc.run(0.7, beats=False)
    assert plc.outputs["fuel_valve"] == plc.outputs["load_contactor"] == 0
    assert plc.outputs["heater"] == 0
    assert plc.outputs["safety_gas"] == 1
    assert plc.outputs["ventilation"] == 1.0
    plc.request(0x00)
    plc.run(60.0)
    assert plc.outputs["safety_gas"] == 1
    plc.press("reset")
    assert plc.frames[0x190][0] >> 4 == safety_plc.NONE
    assert plc.outputs["safety_gas"] == 1
    plc.request(0x00)
    assert plc.outputs["safety_gas"] == 0


def test_safety_gas_alone_stays_on_without_the_bench() -> None:
    plc = Plc("solid-oxide")
    plc.request(0x40)
    plc.run(5.0, beats=False)
    assert plc.outputs["safety_gas"] == 1
    assert plc.frames[0x190][0] >> 4 == safety_plc.NONE


def test_safety_gas_and_fuel_do_not_exclude_each_other() -> None:
    plc = Plc("solid-oxide")
    plc.request(0x41)
    assert plc.outputs["safety_gas"] == plc.outputs["fuel_valve"] == 1
