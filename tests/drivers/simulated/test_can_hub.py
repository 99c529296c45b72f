from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator

import can
import pytest

from bench.channel import Quality
from bench.clock import MILLISECOND, NEVER, SECOND, SystemClock
from bench.device import Connection, Mailbox, Port
from bench.messages import Message
from drivers.canbus.dyno_controller import DRIVER
from drivers.canbus.frame import Frame
from drivers.canbus.pump import CanBusWorker
from drivers.simulated.can_hub import (
    LONGEST_COMMAND,
    MOST_CLIENTS,
    CanHub,
    MakeTwin,
    frame_text,
    parse_send,
)
from drivers.simulated.devices import dyno_controller
from drivers.simulated.port import SendFrame, Terminals

CLOCK = SystemClock()


class Echo:
    """Answers each frame with its id plus one."""

    def __init__(self, send: SendFrame) -> None:
        self.send = send

    def receive(self, frame: Frame, now: int) -> None:
        self.send(Frame(frame.id + 1, frame.data, frame.extended), now)

    def step(self, now: int) -> int:
        return NEVER


def dyno(send: SendFrame) -> dyno_controller.DynoControllerTwin:
    terminals = Terminals({"speed": lambda now: 125.66, "torque": lambda now: 500.0}, {})
    return dyno_controller.make(terminals, send)


def hub_with(make: MakeTwin, port: int = 0) -> CanHub:
    return CanHub({"can0": {"twin": make}}, CLOCK, port=port)


@pytest.fixture
def hub() -> Iterator[CanHub]:
    with hub_with(Echo) as hub:
        yield hub


def pause(milliseconds: int) -> None:
    CLOCK.wait_until(CLOCK.now() + milliseconds * MILLISECOND)


def exchange(peer: socket.socket, text: bytes) -> bytes:
    peer.sendall(text)
    return peer.recv(256)


def test_a_python_can_client_reaches_a_twin_and_hears_its_answer(hub: CanHub) -> None:
    with can.Bus(**hub.settings("can0")) as bus:
        pause(110)
        for frame_id, is_extended in ((0x123, False), (0x0CF00400, True)):
            bus.send(
                can.Message(
                    arbitration_id=frame_id, data=b"\x01\x80\xff", is_extended_id=is_extended
                )
            )
            answer = bus.recv(30.0)
            assert answer is not None
            assert answer.arbitration_id == frame_id + 1
            assert bytes(answer.data) == b"\x01\x80\xff"
            assert answer.is_extended_id == is_extended


def test_clients_hear_one_another_but_not_themselves(hub: CanHub) -> None:
    with can.Bus(**hub.settings("can0")) as one, can.Bus(**hub.settings("can0")) as other:
        pause(110)
        one.send(can.Message(arbitration_id=0x10, data=b"", is_extended_id=False))
        heard = [bus.recv(30.0) for bus in (other, other, one)]
        assert [message and message.arbitration_id for message in heard] == [0x11, 0x10, 0x11]


def test_a_bus_the_hub_does_not_have_is_refused(hub: CanHub) -> None:
    with socket.create_connection(("127.0.0.1", hub.port), 30.0) as peer:
        assert peer.recv(256) == b"< hi >"
        assert exchange(peer, b"< open can7 >").startswith(b"< error")
        assert exchange(peer, b"< rawmode >").startswith(b"< error")


def test_the_client_beyond_the_last_is_turned_away(hub: CanHub) -> None:
    address = ("127.0.0.1", hub.port)
    peers = [socket.create_connection(address, 30.0) for _ in range(MOST_CLIENTS)]
    assert all(peer.recv(256) == b"< hi >" for peer in peers)
    with socket.create_connection(address, 30.0) as late:
        assert late.recv(256) == b""
    for peer in peers:
        peer.close()


def test_a_client_that_never_ends_a_command_is_dropped(hub: CanHub) -> None:
    with socket.create_connection(("127.0.0.1", hub.port), 30.0) as peer:
        assert peer.recv(256) == b"< hi >"
        assert exchange(peer, b"<" * (LONGEST_COMMAND + 1)) == b""


@pytest.mark.parametrize(
    "text", ["", "123", "123 1", "123 2 00", "123 1 100", "xyz 0", "800 0", "20000000 0", "-1 0"]
)
def test_a_malformed_frame_is_not_put_on_the_bus(text: str) -> None:
    assert parse_send(text) is None


def test_frames_are_written_as_socketcand_writes_them() -> None:
    assert frame_text(Frame(0x12, b"\xab\x01"), 1_500_000_000) == b"< frame 012 1.500000 ab01 >"
    assert frame_text(Frame(0x12, b"", extended=True), 0) == b"< frame 00000012 0.000000  >"


class Cell:
    """A dyno controller on a real bus behind a hub."""

    def __init__(self, hub: CanHub) -> None:
        self.samples: deque[tuple[int, float, int, int]] = deque()
        self.reports: list[Message] = []
        readings = DRIVER.readings(None)
        connection = Connection("dyno", DRIVER, "can0", 20 * MILLISECOND)
        mailbox = Mailbox(readings, 0, self.samples)
        self.node = DRIVER.build(Port(connection, mailbox, self.report, CLOCK))
        self.worker = CanBusWorker(
            "can0", hub.settings("can0"), [self.node], clock=CLOCK, report=self.report
        )

    def report(self, level: str, source: str, message: Message) -> None:
        self.reports.append(message)

    def run_until(self, met: object, seconds: float = 60.0) -> None:
        end = CLOCK.now() + round(seconds * SECOND)
        while CLOCK.now() < end:
            CLOCK.wait_until(self.worker.step(CLOCK.now()))
            if callable(met) and met():
                return
        pytest.fail("did not come in time")


def test_the_driver_reads_and_demands_through_a_real_socket() -> None:
    with hub_with(dyno) as hub:
        cell = Cell(hub)
        cell.run_until(lambda: cell.node.is_connected)
        cell.node.demand(0, 3)
        cell.node.demand(1, 125.66)
        cell.run_until(lambda: any(s[0] == 3 and s[1] == 3.0 for s in cell.samples))
        cell.worker.close()
    speeds = [value for index, value, _, quality in cell.samples if index == 0 and quality == 0]
    assert speeds[-1] == pytest.approx(125.66, abs=0.02)


def test_a_dead_hub_shows_by_silence_and_its_successor_is_found() -> None:
    hub = hub_with(dyno)
    cell = Cell(hub)
    cell.run_until(lambda: cell.node.is_connected)
    hub.close()
    cell.samples.clear()
    cell.run_until(lambda: not cell.node.is_connected, 2.0)
    assert cell.samples[-1][3] == Quality.DISCONNECTED
    with hub_with(dyno, hub.port):
        cell.run_until(lambda: cell.node.is_connected)
        cell.worker.close()
    assert [message.id for message in cell.reports].count("can.node-connected") == 2
