"""Many frames of one id at once: the same as one by one, for whoever listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.clock import NEVER, SECOND
from drivers.canbus.frame import Burst, Frame
from drivers.canbus.port import CanNode, Filter, Send, exactly
from drivers.simulated.can_bus import SimulatedCanBus
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.node_seat import NodeSeat
from drivers.simulated.port import SendBurst, SendFrame

ID = 0x300
DATA: NDArray[np.uint8] = np.arange(24, dtype=np.uint8).reshape(3, 8)
FRAMES = [Frame(ID, DATA[i].tobytes()) for i in range(3)]
OTHER = Frame(0x301, b"\x01")


class Sender:
    """A twin that sends a frame, a burst and a frame at once."""

    def __init__(self, send: SendFrame) -> None:
        self.heard: list[Frame] = []
        self._send = send
        self._send_burst: SendBurst | None = None
        self.is_quiet = False

    def attach_burst(self, send: SendBurst) -> None:
        self._send_burst = send

    def receive(self, frame: Frame, now: int) -> None:
        self.heard.append(frame)
        del now

    def step(self, now: int) -> int:
        if self.is_quiet:
            return NEVER
        self._send(OTHER, now)
        if self._send_burst is None:
            for frame in FRAMES:
                self._send(frame, now)
        else:
            self._send_burst(ID, DATA, now)
        self._send(OTHER, now)
        return NEVER


class Listener:
    """A node that writes down what it hears."""

    name = "listener"
    silence = SECOND

    def __init__(self) -> None:
        self.heard: list[Frame] = []
        self.bursts = 0

    @property
    def listens(self) -> Sequence[Filter]:
        return (exactly(ID), exactly(OTHER.id))

    def attach(self, send: Send) -> None:
        del send

    def bus_opened(self, now: int) -> None:
        del now

    def on_frame(self, frame: Frame, now: int) -> None:
        self.heard.append(frame)
        del now

    def step(self, now: int) -> int:
        del now
        return NEVER


class ArrayListener(Listener):
    """The same, and it takes arrays."""

    def on_burst(self, id: int, data: NDArray[np.uint8], now: int) -> None:  # noqa: A002 - the port's word
        self.bursts += 1
        self.heard += Burst(id, data).frames()
        del now


@pytest.mark.parametrize("kind", [Listener, ArrayListener])
def test_a_burst_is_heard_in_its_place_as_the_same_frames_by_nodes_and_twins(
    kind: type[Listener],
) -> None:
    node, other = kind(), Sender(lambda frame, due: None)
    bus = SimulatedCanBus(
        "can0", [cast("CanNode", node)], {"sender": Sender, "other": lambda send: _quiet(other)}
    )
    bus.step(0)
    assert node.heard == [OTHER, *FRAMES, OTHER]
    assert other.heard == [OTHER, *FRAMES, OTHER]
    assert node.bursts == (kind is ArrayListener)


def _quiet(twin: Sender) -> Sender:
    twin.is_quiet = True
    return twin


def test_a_cut_bus_loses_a_burst() -> None:
    node = ArrayListener()
    bus = SimulatedCanBus("can0", [cast("CanNode", node)], {"sender": Sender})
    bus.is_cut = True
    bus.step(0)
    assert node.heard == []


def test_faults_of_a_node_change_a_burst_as_they_change_frames() -> None:
    node = ArrayListener()
    seats: list[NodeSeat] = []

    def seated(send: SendFrame) -> NodeSeat:
        seats.append(NodeSeat(Sender, send))
        fault = Fault("short-frames", "sender", values={"bytes": 2.0}, family=Family.NODE)
        seats[0].begin("short", fault, 0)
        return seats[0]

    bus = SimulatedCanBus("can0", [cast("CanNode", node)], {"sender": seated})
    bus.step(0)
    assert [len(frame.data) for frame in node.heard] == [1, 2, 2, 2, 1]
    assert node.bursts == 0


def test_a_twin_that_lost_its_power_sends_bursts_again_when_it_is_back() -> None:
    node = ArrayListener()
    seats: list[NodeSeat] = []

    def seated(send: SendFrame) -> NodeSeat:
        seats.append(NodeSeat(Sender, send))
        return seats[0]

    bus = SimulatedCanBus("can0", [cast("CanNode", node)], {"sender": seated})
    bus.step(0)
    fault = Fault("reboot", "sender", family=Family.NODE)
    seats[0].begin("off", fault, SECOND)
    seats[0].end("off", SECOND)
    seats[0].step(SECOND)
    bus.step(SECOND)
    assert node.bursts == 2


def test_where_frames_go_one_by_one_a_twin_is_given_no_way_to_send_bursts() -> None:
    sent: list[Frame] = []
    NodeSeat(Sender, lambda frame, due: sent.append(frame)).step(0)
    assert sent == [OTHER, *FRAMES, OTHER]
