"""The simulated torque flange at the byte level (TIM40 manual A02590, CiA 301)."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from canopen.objectdictionary import ObjectDictionary, ODVariable, datatypes
from canopen.sdo import SdoAbortedError, SdoClient
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices import hbk_t40b
from drivers.simulated.port import Frame, Terminals

NODE = 5
START = Frame(0, bytes([1, NODE]))
STATUS, TORQUE, SPEED = 0x280 + NODE, 0x180 + NODE, 0x380 + NODE


class Bench:
    """A flange on a bus of its own, and what it sent."""

    def __init__(self, **options: object) -> None:
        self.torque = 0.0
        self.speed = 0.0
        self.sent: list[tuple[int, Frame]] = []
        signals = {"torque": lambda _: self.torque, "speed": lambda _: self.speed}
        terminals = Terminals(signals, {}, SimpleNamespace(node=NODE, **options))
        self.twin = hbk_t40b.make(terminals, lambda frame, now: self.sent.append((now, frame)))
        self.now = 0

    def run(self, until: int) -> None:
        while (due := self.twin.step(self.now)) <= until:
            assert due > self.now
            self.now = due
        self.now = until
        self.twin.step(until)

    def tell(self, can_id: int, data: str) -> bytes | None:
        self.sent.clear()
        self.twin.receive(Frame(can_id, bytes.fromhex(data)), self.now)
        return self.sent[0][1].data if self.sent else None

    def frames(self, can_id: int) -> list[bytes]:
        return [frame.data for _, frame in self.sent if frame.id == can_id]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def started(bench: Bench) -> Bench:
    bench.twin.step(0)
    bench.twin.receive(START, 0)
    return bench


def test_it_boots_into_pre_operational_and_sends_no_pdo(bench: Bench) -> None:
    bench.run(SECOND)
    assert [frame for _, frame in bench.sent] == [Frame(0x705, b"\0")]


def test_started_it_sends_every_pdo_once(started: Bench) -> None:
    started.torque, started.speed = 1234.567, 1500 * math.pi / 30
    started.run(0)
    assert started.frames(TORQUE) == [(1234567).to_bytes(4, "little")]
    assert started.frames(SPEED) == [(15000).to_bytes(4, "little")]
    assert started.frames(STATUS) == [b"\0\0"]


def test_a_negative_torque_is_in_twos_complement(started: Bench) -> None:
    started.torque = -0.001
    started.run(0)
    assert started.frames(TORQUE) == [b"\xff\xff\xff\xff"]


def test_an_unchanged_torque_is_not_sent_again_but_the_status_is(started: Bench) -> None:
    started.run(SECOND)
    assert len(started.frames(TORQUE)) == 1
    assert len(started.frames(STATUS)) == 11


def test_torques_are_not_sent_faster_than_the_inhibit_time(started: Bench) -> None:
    assert started.tell(0x605, "2b 00 18 03 64 00 00 00") == bytes.fromhex("60 00 18 03") + bytes(4)
    started.sent.clear()
    for number in range(1, 101):
        started.torque = float(number)
        started.run(number * MILLISECOND)
    assert len(started.frames(TORQUE)) == 11


def test_an_event_time_sends_an_unchanged_torque_again(started: Bench) -> None:
    started.tell(0x605, "2b 00 18 05 c8 00 00 00")
    started.run(SECOND)
    assert len(started.frames(TORQUE)) == 6


def test_the_heartbeat_tells_the_state(bench: Bench) -> None:
    bench.twin.step(0)
    bench.tell(0x605, "2b 17 10 00 64 00 00 00")
    bench.run(100 * MILLISECOND)
    assert bench.frames(0x705)[0] == b"\x7f"
    bench.twin.receive(START, bench.now)
    bench.run(300 * MILLISECOND)
    assert bench.frames(0x705)[-1] == b"\x05"


def test_a_command_to_another_node_changes_nothing(bench: Bench) -> None:
    bench.twin.step(0)
    bench.twin.receive(Frame(0, b"\x01\x06"), 0)
    bench.run(SECOND)
    assert bench.frames(STATUS) == []


def test_stopped_it_is_silent_and_a_reset_boots_it(started: Bench) -> None:
    started.run(0)
    started.twin.receive(Frame(0, b"\x02\x00"), 0)
    assert started.tell(0x605, "40 18 10 01 00 00 00 00") is None
    started.run(SECOND)
    assert started.sent == []
    started.twin.receive(Frame(0, b"\x81\x05"), started.now)
    started.run(2 * SECOND)
    assert [frame for _, frame in started.sent] == [Frame(0x705, b"\0")]


def test_zeroing_takes_what_it_sees_and_says_when_it_is_done(started: Bench) -> None:
    started.torque = 2.5
    started.run(SECOND)
    started.tell(0x205, "01")
    started.run(SECOND + 499 * MILLISECOND)
    assert started.frames(TORQUE) == []
    started.run(SECOND + 520 * MILLISECOND)
    assert started.frames(TORQUE) == [bytes(4)]
    assert started.frames(STATUS)[-1] == b"\x01\0"
    started.tell(0x205, "00")
    started.run(2 * SECOND)
    assert started.frames(STATUS)[-1] == b"\0\0"
    started.torque = 12.5
    started.run(3 * SECOND)
    assert started.frames(TORQUE) == [(10_000).to_bytes(4, "little")]


def test_before_it_is_started_it_does_not_zero(bench: Bench) -> None:
    bench.torque = 2.5
    bench.twin.step(0)
    bench.tell(0x205, "01")
    bench.run(SECOND)
    bench.twin.receive(START, bench.now)
    bench.run(2 * SECOND)
    assert bench.frames(TORQUE) == [(2500).to_bytes(4, "little")]


def test_the_shunt_adds_half_of_the_nominal_torque(started: Bench) -> None:
    started.run(0)
    started.tell(0x205, "04")
    started.run(SECOND)
    assert started.frames(TORQUE) == [(1_500_000).to_bytes(4, "little")]
    assert started.frames(STATUS)[-1] == b"\x04\0"


@pytest.mark.parametrize(("torque", "speed", "expected"), [
    (math.nan, 0.0, 0x03), (3700.0, 0.0, 0x11), (0.0, math.nan, 0x09), (3000.0, 1.0, 0x00),
])  # fmt: skip
def test_faults_stand_in_the_second_status_byte(
    started: Bench, torque: float, speed: float, expected: int
) -> None:
    started.torque, started.speed = torque, speed
    started.run(0)
    assert started.frames(STATUS) == [bytes([0, expected])]


def test_a_flange_without_speed_sends_none_and_misses_none() -> None:
    bench = Bench(speed=False)
    bench.speed = math.nan
    bench.twin.step(0)
    bench.twin.receive(START, 0)
    bench.run(SECOND)
    assert bench.frames(SPEED) == []
    assert bench.frames(STATUS)[-1] == b"\0\0"


@pytest.mark.parametrize(("request_", "code"), [
    ("40 00 20 00 00 00 00 00", "00 00 02 06"),  # no such object
    ("40 18 10 09 00 00 00 00", "11 00 09 06"),  # no such subindex
    ("23 18 10 01 00 00 00 00", "02 00 01 06"),  # read only
    ("23 00 18 03 64 00 00 00", "10 00 07 06"),  # four bytes for two
    ("c0 18 10 01 00 00 00 00", "01 00 04 05"),  # unknown command
])  # fmt: skip
def test_an_impossible_request_is_aborted(bench: Bench, request_: str, code: str) -> None:
    bench.twin.step(0)
    answer = bench.tell(0x605, request_)
    assert answer is not None
    assert answer[0] == 0x80
    assert answer[4:] == bytes.fromhex(code)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 0x205, 0x605]), st.binary(max_size=8)), max_size=30))
def test_no_bytes_of_the_bus_upset_it(frames: list[tuple[int, bytes]]) -> None:
    bench = Bench()
    for can_id, data in frames:
        bench.twin.receive(Frame(can_id, data), bench.now)
        bench.run(bench.now + SECOND // 100)


class Network:
    """Stands where the canopen package expects its network: the twin answers at once."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.client: SdoClient | None = None

    def send_message(self, can_id: int, data: bytes, *_: object) -> None:
        answer = self._bench.tell(can_id, bytes(data).hex())
        assert self.client is not None
        if answer is not None:
            self.client.on_response(0x580 + NODE, bytearray(answer), 0.0)


@pytest.fixture
def client(bench: Bench) -> SdoClient:
    """The SDO client of the canopen package, answered in its own call: no thread, no wait."""
    dictionary = ObjectDictionary()
    name = ODVariable("name", 0x1008, 0)
    name.data_type = datatypes.VISIBLE_STRING
    dictionary.add_object(name)
    bench.twin.step(0)
    network = Network(bench)
    client = SdoClient(0x600 + NODE, 0x580 + NODE, dictionary)
    client.network = network  # type: ignore[assignment]
    network.client = client
    return client


def test_the_canopen_package_reads_its_name_in_segments(client: SdoClient) -> None:
    assert client.upload(0x1008, 0) == b"T40B TIM40"


def test_the_canopen_package_reads_back_what_it_writes(client: SdoClient) -> None:
    client.download(0x1800, 3, b"\x64\x00")
    assert client.upload(0x1800, 3) == b"\x64\x00"


def test_the_canopen_package_is_refused_what_is_not_there(client: SdoClient) -> None:
    with pytest.raises(SdoAbortedError) as caught:
        client.upload(0x2000, 0)
    assert caught.value.code == 0x06020000
