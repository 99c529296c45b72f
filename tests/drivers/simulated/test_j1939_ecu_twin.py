"""The simulated engine control unit at the byte level (SAE J1939-21, -71, -73, -81)."""

from __future__ import annotations

import math
from types import SimpleNamespace
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from j1939 import j1939_21
from j1939.message_id import MessageId

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices import j1939_ecu
from drivers.simulated.port import Frame, Terminals

RPM = math.pi / 30


class Bench:
    """A unit on a bus of its own, what it sent and how far it opened the torque."""

    def __init__(self, **signals: float) -> None:
        self.values = signals
        self.sent: list[tuple[int, Frame]] = []
        self.limits: list[tuple[float, int]] = []
        wires = {name: (lambda _, name=name: self.values[name]) for name in signals}
        actuators = {"torque_limit": lambda value, now: self.limits.append((value, now))}
        terminals = Terminals(wires, actuators, SimpleNamespace(source=0, eec1_period=0.02))
        self.twin = j1939_ecu.make(terminals, lambda frame, now: self.sent.append((now, frame)))
        self.now = 0

    def run(self, until: int) -> None:
        while (due := self.twin.step(self.now)) <= until:
            assert due > self.now
            self.now = due
        self.now = until
        self.twin.step(until)

    def tell(self, can_id: int, data: str) -> list[Frame]:
        self.sent.clear()
        self.twin.receive(Frame(can_id, bytes.fromhex(data), extended=True), self.now)
        return [frame for _, frame in self.sent]

    def frames(self, can_id: int) -> list[bytes]:
        return [frame.data for _, frame in self.sent if frame.id == can_id]


def test_it_claims_its_address_first() -> None:
    bench = Bench()
    bench.twin.step(0)
    assert bench.sent[0][1].id == 0x18EEFF00
    assert len(bench.sent[0][1].data) == 8


def test_eec1_carries_torque_and_speed() -> None:
    bench = Bench(speed=1200 * RPM, torque_fraction=0.35, demand_fraction=-0.25)
    bench.twin.step(0)
    assert bench.frames(0x0CF00400) == [bytes.fromhex("f1 64 a0 80 25 ff ff 64")]


def test_what_is_not_cabled_is_not_available() -> None:
    bench = Bench()
    bench.twin.step(0)
    assert bench.frames(0x0CF00400) == [bytes.fromhex("f1 ff ff ff ff ff ff ff")]
    assert bench.frames(0x18FEEE00) == [b"\xff" * 8]
    assert bench.frames(0x18FEEF00) == [b"\xff" * 8]


def test_et1_and_efl_p1_carry_temperatures_and_gauge_pressures() -> None:
    bench = Bench(
        coolant_temperature=358.15, oil_temperature=373.15, fuel_pressure=8e5, oil_pressure=4e5
    )
    bench.twin.step(0)
    assert bench.frames(0x18FEEE00) == [bytes.fromhex("7d ff a0 2e ff ff ff ff")]
    assert bench.frames(0x18FEEF00) == [bytes.fromhex("c8 ff ff 64 ff ff ff ff")]


def test_a_value_above_its_parameter_is_an_error_and_one_below_is_the_lowest() -> None:
    bench = Bench(speed=9000 * RPM, torque_fraction=2.0, fuel_pressure=35e5, oil_pressure=-50.0)
    bench.twin.step(0)
    assert bench.frames(0x0CF00400)[0][2:5] == bytes.fromhex("fe 00 fe")
    assert bench.frames(0x18FEEF00)[0][:4] == bytes.fromhex("fe ff ff 00")


def test_broadcasts_keep_their_periods() -> None:
    bench = Bench(reference_torque=2400.0)
    bench.run(10 * SECOND - 1)
    assert len(bench.frames(0x0CF00400)) == 500
    assert len(bench.frames(0x18FEEE00)) == 10
    assert len(bench.frames(0x18FEEF00)) == 20
    assert len(bench.frames(0x18FECA00)) == 10
    assert len(bench.frames(0x1CECFF00)) == 2


def test_the_reference_torque_comes_by_broadcast() -> None:
    bench = Bench(reference_torque=2400.0)
    bench.run(SECOND)
    assert bench.frames(0x1CECFF00) == [bytes.fromhex("20 28 00 06 ff e3 fe 00")]
    times = [now for now, frame in bench.sent if frame.id == 0x1CEBFF00]
    assert times == [number * 50 * MILLISECOND for number in range(1, 7)]
    data = b"".join(frame[1:] for frame in bench.frames(0x1CEBFF00))
    assert data[19:21] == (2400).to_bytes(2, "little")


def test_no_trouble_is_one_frame_with_lamps_off() -> None:
    bench = Bench(dtc=0.0)
    bench.twin.step(0)
    assert bench.frames(0x18FECA00) == [bytes.fromhex("00 ff 00 00 00 00 ff ff")]


def test_one_trouble_is_one_frame_with_a_lamp() -> None:
    bench = Bench(dtc=1.0)
    bench.twin.step(0)
    # SPN 94 (fuel delivery pressure), FMI 1 (below range, most severe), 3 times
    assert bench.frames(0x18FECA00) == [bytes.fromhex("44 ff 5e 00 01 03 ff ff")]


def test_many_troubles_come_by_broadcast() -> None:
    bench = Bench(dtc=7.0)
    bench.run(900 * MILLISECOND)
    assert bench.frames(0x18FECA00) == []
    assert bench.frames(0x1CECFF00) == [
        bytes.fromhex("20 28 00 06 ff e3 fe 00"), bytes.fromhex("20 1e 00 05 ff ca fe 00"),
    ]  # fmt: skip
    # SPN 520192 has 19 bits: the upper three stand beside the FMI (J1939-73, 5.7.1)
    assert b"".join(frame[1:] for frame in bench.frames(0x1CEBFF00)[6:])[26:30] == bytes.fromhex(
        "00 f0 ec 7e"
    )


def test_a_request_to_it_is_answered_over_a_connection() -> None:
    bench = Bench()
    bench.twin.step(0)
    assert bench.tell(0x18EA00F9, "da fe 00") == [
        Frame(0x1CECF900, bytes.fromhex("10 27 00 06 ff da fe 00"), extended=True)
    ]
    packets = bench.tell(0x1CEC00F9, "11 02 01 ff ff da fe 00")
    assert [frame.data[0] for frame in packets] == [1, 2]
    packets += bench.tell(0x1CEC00F9, "11 04 03 ff ff da fe 00")
    assert bench.tell(0x1CEC00F9, "13 27 00 06 ff da fe 00") == []
    assert b"".join(frame.data[1:] for frame in packets)[:10] == b"\x03BOOT 2.0*"
    assert {frame.id for frame in packets} == {0x1CEBF900}


def test_a_connection_that_nobody_clears_is_aborted() -> None:
    bench = Bench()
    bench.twin.step(0)
    bench.tell(0x18EA00F9, "da fe 00")
    bench.run(1300 * MILLISECOND)
    assert bench.frames(0x1CECF900)[-1] == bytes.fromhex("ff 03 ff ff ff da fe 00")


def test_a_request_for_an_unknown_group_is_refused_unless_it_went_to_all() -> None:
    bench = Bench()
    bench.twin.step(0)
    refusal = Frame(0x18E8FF00, bytes.fromhex("01 ff ff ff f9 e9 fe 00"), extended=True)
    assert bench.tell(0x18EA00F9, "e9 fe 00") == [refusal]
    assert bench.tell(0x18EAFFF9, "e9 fe 00") == []


def test_a_torque_control_limits_the_torque_until_it_lapses() -> None:
    bench = Bench(speed=1200 * RPM)
    bench.run(SECOND)
    bench.tell(0x0C0000F9, "02 ff ff af ff ff ff ff")  # torque, 50 %
    bench.run(2 * SECOND)
    assert bench.limits == [(1.0, 0), (0.5, SECOND), (1.0, SECOND + 100 * MILLISECOND)]


def test_a_disabling_control_gives_the_torque_back_at_once() -> None:
    bench = Bench(speed=1200 * RPM)
    bench.tell(0x0C0000F9, "02 ff ff af ff ff ff ff")
    bench.tell(0x0C0000F9, "00 ff ff ff ff ff ff ff")
    assert [limit for limit, _ in bench.limits] == [0.5, 1.0]


def test_a_speed_control_takes_the_torque_away_above_its_speed() -> None:
    bench = Bench(speed=1200 * RPM)
    bench.tell(0x0C0000F9, "01 80 25 ff ff ff ff ff")  # 1200 rpm
    assert bench.limits[-1][0] == pytest.approx(0.5)
    bench.values["speed"] = 1300 * RPM
    bench.twin.step(0)
    assert bench.limits[-1][0] == 0.0


def test_a_control_for_another_node_or_with_a_wrong_checksum_is_passed_over() -> None:
    bench = Bench(speed=1200 * RPM)
    bench.tell(0x0C0003F9, "02 ff ff af ff ff ff ff")
    bench.tell(0x0C0000F9, "02 ff ff af ff ff ff 00")
    bench.tell(0x0C0000F9, "02 ff ff")
    assert {limit for limit, _ in bench.limits} == {1.0}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from([0x0C0000F9, 0x18EA00F9, 0x18EAFFF9, 0x1CEC00F9, 0x1CEB00F9, 0x18EEFF00]),
    st.binary(max_size=8),
), max_size=30))  # fmt: skip
def test_no_bytes_of_the_bus_upset_it(frames: list[tuple[int, bytes]]) -> None:
    bench = Bench(speed=1200 * RPM)
    for can_id, data in frames:
        bench.twin.receive(Frame(can_id, data, extended=True), bench.now)
        bench.run(bench.now + SECOND // 100)


def test_can_j1939_receives_its_broadcasts() -> None:
    bench = Bench(reference_torque=2400.0, dtc=7.0)
    bench.run(2 * SECOND)
    received: list[tuple[int, bytes]] = []
    with mock.patch.object(j1939_21, "time", SimpleNamespace(time=lambda: 10.0)):
        peer = j1939_21.J1939_21(
            lambda *_: None, lambda: None,
            lambda _priority, pgn, _source, _destination, _time, data: received.append(
                (pgn, bytes(data))
            ),
            1, None, None, lambda _: True,
        )  # fmt: skip
        for _, frame in bench.sent:
            peer.notify(frame.id, bytearray(frame.data), 0.0)
    groups = dict(received)
    assert groups[65251][19:21] == (2400).to_bytes(2, "little")
    assert len(groups[65226]) == 30
    assert MessageId(can_id=bench.sent[0][1].id).source_address == 0
