from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import can
import pytest

from bench.clock import MILLISECOND, NEVER, SECOND, VirtualClock
from bench.errors import LinkClosed
from bench.messages import Message
from drivers.canbus.bus import PythonCanBus
from drivers.canbus.frame import Frame
from drivers.canbus.port import EXTENDED_MASK, Filter, Send, exactly, pgn
from drivers.canbus.pump import CanBusWorker


class Node:
    """Hears frame 0x100 and answers it with 0x200 once, when stepped next."""

    name = "node"
    identity = ""
    is_connected = False
    silence = 500 * MILLISECOND

    def __init__(self, *listens: Filter) -> None:
        self.listens = listens or (exactly(0x100),)
        self.heard: list[tuple[Frame, int]] = []
        self.answers: list[Frame] = []
        self.states: list[str] = []

    def attach(self, send: Send) -> None:
        self.send = send

    def bus_opened(self, now: int) -> None:
        self.states.append("opened")

    def bus_lost(self, now: int) -> None:
        self.states.append("lost")
        self.answers.clear()

    def on_frame(self, frame: Frame, now: int) -> None:
        self.heard.append((frame, now))
        self.answers.append(Frame(0x200, frame.data))

    def step(self, now: int) -> int:
        for frame in self.answers:
            self.send(frame)
        self.answers.clear()
        return NEVER

    def demand(self, index: int, value: float) -> None: ...
    def make_safe(self, values: Mapping[int, float]) -> None: ...
    def start(self, action: str) -> None: ...
    def progress(self) -> Any: ...


class FakeBus:
    def __init__(self) -> None:
        self.error_frames = 0
        self.incoming: deque[Frame] = deque()
        self.sent: list[Frame] = []
        self.is_closed = False
        self.is_broken = False

    def receive(self) -> Frame | None:
        return self.incoming.popleft() if self.incoming else None

    def send(self, frame: Frame) -> None:
        if self.is_broken:
            raise LinkClosed("can.bus-failed", bus="can0", reason="broken pipe")
        self.sent.append(frame)

    def close(self) -> None:
        self.is_closed = True


class Bench:
    """One worker on fake buses; opening is awaited in real time, all else is virtual."""

    def __init__(self, *nodes: Node) -> None:
        self.clock = VirtualClock()
        self.buses: list[FakeBus] = []
        self.reports: list[Message] = []
        self.is_absent = False
        self.nodes = nodes or (Node(),)
        self.worker = CanBusWorker(
            "can0", {}, self.nodes, clock=self.clock, report=self.report, open_bus=self.open
        )

    def report(self, level: str, source: str, message: Message) -> None:
        assert source == "can0"
        self.reports.append(message)

    def open(self, name: str, settings: Mapping[str, object]) -> FakeBus:
        if self.is_absent:
            raise LinkClosed("can.cannot-open", bus=name, reason="no adapter")
        self.buses.append(FakeBus())
        return self.buses[-1]

    def step(self) -> int:
        due = self.worker.step(self.clock.now())
        if (opening := self.worker._opening) is not None:
            opening._thread.join(5.0)
        return due

    def run(self, seconds: float) -> None:
        end = self.clock.now() + round(seconds * SECOND)
        while self.clock.now() < end:
            self.clock.wait_until(max(self.step(), self.clock.now() + MILLISECOND))

    def ids(self) -> list[str]:
        return [message.id for message in self.reports]


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.run(0.01)
    return bench


def test_a_frame_reaches_its_node_and_the_answer_goes_out(bench: Bench) -> None:
    bench.buses[0].incoming.append(Frame(0x100, b"\x01"))
    bench.step()
    assert bench.buses[0].sent == [Frame(0x200, b"\x01")]


def test_a_frame_is_stamped_with_the_clock_on_receipt(bench: Bench) -> None:
    bench.buses[0].incoming.append(Frame(0x100, b""))
    bench.step()
    assert bench.nodes[0].heard == [(Frame(0x100, b""), bench.clock.now())]


def test_unknown_frames_are_counted_and_nothing_else(bench: Bench) -> None:
    bench.buses[0].incoming.extend([Frame(0x555, b""), Frame(0x100, b"", extended=True)])
    bench.step()
    assert bench.worker.dispatch.unknown == 2
    assert bench.nodes[0].heard == []
    assert bench.reports == []


def test_the_worker_wants_to_be_called_again_within_two_milliseconds(bench: Bench) -> None:
    assert bench.step() - bench.clock.now() <= 2 * MILLISECOND


def test_a_silent_bus_is_reopened_with_growing_pauses_and_reported_once() -> None:
    bench = Bench()
    bench.run(30.0)
    openings = bench.worker.openings
    assert 25 <= openings <= 32  # half a second of silence, half a second of pause
    assert bench.ids() == ["can.bus-silent"]
    assert all(bus.is_closed for bus in bench.buses[:-1])
    assert bench.nodes[0].states[:4] == ["opened", "lost", "opened", "lost"]


def test_a_bus_that_fails_in_sending_is_dropped_and_the_frame_is_not_sent_later(
    bench: Bench,
) -> None:
    bench.buses[0].is_broken = True
    bench.buses[0].incoming.append(Frame(0x100, b"\x01"))
    bench.step()
    assert bench.nodes[0].states == ["opened", "lost"]
    bench.run(0.4)
    assert len(bench.buses) == 2
    assert bench.buses[1].sent == []


def test_a_bus_that_cannot_be_opened_is_tried_again_until_it_can() -> None:
    bench = Bench()
    bench.is_absent = True
    bench.run(3.0)
    assert bench.ids() == ["can.cannot-open"]
    bench.is_absent = False
    bench.run(5.0)
    assert bench.worker.openings >= 1


def test_an_outage_after_a_recovery_is_reported_again(bench: Bench) -> None:
    bench.run(1.0)
    bench.buses[-1].incoming.append(Frame(0x100, b""))
    bench.run(1.0)
    assert bench.ids() == ["can.bus-silent", "can.bus-silent"]


def test_error_frames_are_reported_once_per_opening(bench: Bench) -> None:
    bench.buses[0].error_frames = 7
    bench.run(0.1)
    assert bench.ids() == ["can.error-frames"]


def test_a_closed_worker_releases_its_bus_and_opens_no_other(bench: Bench) -> None:
    bench.worker.close()
    bench.run(3.0)
    assert bench.buses[0].is_closed
    assert len(bench.buses) == 1


def test_a_parameter_group_filter_takes_any_priority() -> None:
    engine_speed = pgn(0xF004, source=0x00)
    assert engine_speed.takes(Frame(0x0CF00400, b"", extended=True))
    assert engine_speed.takes(Frame(0x18F00400, b"", extended=True))
    assert not engine_speed.takes(Frame(0x0CF00401, b"", extended=True))
    assert not engine_speed.takes(Frame(0x0CF00300, b"", extended=True))


def test_an_addressed_parameter_group_is_taken_for_any_or_one_destination() -> None:
    torque_speed_control = 0x0C000003
    assert pgn(0).takes(Frame(torque_speed_control, b"", extended=True))
    assert pgn(0, destination=0x00).takes(Frame(torque_speed_control, b"", extended=True))
    assert not pgn(0, destination=0x21).takes(Frame(torque_speed_control, b"", extended=True))


def test_a_node_with_two_matching_filters_hears_a_frame_once() -> None:
    node = Node(pgn(0xF004), exactly(0x0CF00400, extended=True), Filter(0, 0, extended=True))
    bench = Bench(node)
    bench.run(0.01)
    bench.buses[0].incoming.append(Frame(0x0CF00400, b"", extended=True))
    bench.step()
    assert len(node.heard) == 1


def test_ids_that_never_repeat_do_not_fill_the_memory(bench: Bench) -> None:
    for number in range(10_000):
        bench.worker.dispatch(Frame(number & EXTENDED_MASK, b"", extended=True), 0)
    assert len(bench.worker.dispatch._hearers) <= 4096


def test_the_worker_serves_a_python_can_bus() -> None:
    clock, node = VirtualClock(), Node()
    reports: list[Message] = []
    worker = CanBusWorker(
        "can0",
        {"interface": "virtual", "channel": "pump"},
        [node],
        clock=clock,
        report=lambda level, source, message: reports.append(message),
    )
    worker.step(0)
    if worker._opening is not None:  # a quick one is open within the first step
        worker._opening._thread.join(5.0)
        worker.step(0)
    with can.Bus(interface="virtual", channel="pump") as peer:
        peer.send(can.Message(arbitration_id=0x100, data=b"\x07", is_extended_id=False))
        peer.send(can.Message(arbitration_id=0x100, is_remote_frame=True, is_extended_id=False))
        peer.send(can.Message(is_error_frame=True))
        worker.step(0)
        answer = peer.recv(0)
    worker.close()
    assert answer is not None
    assert (answer.arbitration_id, bytes(answer.data)) == (0x200, b"\x07")
    assert [message.id for message in reports] == ["can.error-frames"]


def test_an_interface_python_can_does_not_know_is_a_link_error() -> None:
    with pytest.raises(LinkClosed, match="can0"):
        PythonCanBus("can0", {"interface": "carrier-pigeon", "channel": 1})


def test_an_opening_that_hangs_is_abandoned_and_its_late_bus_closed() -> None:
    gate, late = threading.Event(), FakeBus()

    def hang(name: str, settings: Mapping[str, object]) -> FakeBus:
        gate.wait(10.0)
        return late

    clock, reports = VirtualClock(), list[Message]()
    worker = CanBusWorker(
        "can0",
        {},
        [Node()],
        clock=clock,
        report=lambda level, source, message: reports.append(message),
        open_bus=hang,
    )
    worker.step(0)
    assert worker._opening is not None
    thread = worker._opening._thread
    worker.step(16 * SECOND)
    assert [message.id for message in reports] == ["can.opening-hangs"]
    gate.set()
    thread.join(5.0)
    assert late.is_closed
    worker.close()


def test_a_driver_that_raises_what_it_should_not_is_tried_again_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", logged.append)
    bench = Bench()

    def crash(name: str, settings: Mapping[str, object]) -> FakeBus:
        raise AttributeError(name)

    bench.worker._open_bus = crash
    bench.run(1.0)
    assert bench.ids() == ["can.opening-failed"]
    assert {each.exc_type for each in logged} == {AttributeError}
    bench.worker._open_bus = bench.open
    bench.run(5.0)
    assert bench.worker.openings >= 1


def test_a_flood_does_not_keep_demands_from_going_out(bench: Bench) -> None:
    bench.buses[0].incoming.extend([Frame(0x100, b"")] * 10_000)
    bench.step()
    assert 0 < len(bench.buses[0].sent) <= 500
    assert len(bench.buses[0].incoming) >= 9500
