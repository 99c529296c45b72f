"""Who hears whom on a bus inside the process, and who acts upon it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from bench.clock import NEVER, SECOND
from drivers.canbus.frame import Frame
from drivers.canbus.port import CanNode, Filter, Send, exactly
from drivers.simulated.can_bus import MakeTwin, SimulatedCanBus
from drivers.simulated.port import SendFrame

ID, QUESTION, ANSWER = 0x300, 0x301, 0x302


class Twin:
    """Sends frames once, answers questions in its step, and writes down what happens."""

    def __init__(self, send: SendFrame, *first: Frame) -> None:
        self.heard: list[Frame] = []
        self.steps: list[int] = []
        self._send = send
        self._waiting = list(first)

    def receive(self, frame: Frame, now: int) -> None:
        self.heard.append(frame)
        if frame.id == QUESTION:
            self._waiting.append(Frame(ANSWER, frame.data))
        del now

    def step(self, now: int) -> int:
        self.steps.append(now)
        for frame in self._waiting:
            self._send(frame, now)
        self._waiting.clear()
        return NEVER


class Node:
    """Hears some frames, asks one question per step while it has some."""

    silence = SECOND

    def __init__(self, name: str, *wanted: Filter, questions: Sequence[bytes] = ()) -> None:
        self.name = name
        self.listens = wanted
        self.heard: list[Frame] = []
        self._questions = list(questions)
        self._send: Send = lambda frame: None

    def attach(self, send: Send) -> None:
        self._send = send

    def bus_opened(self, now: int) -> None:
        del now

    def on_frame(self, frame: Frame, now: int) -> None:
        self.heard.append(frame)
        del now

    def step(self, now: int) -> int:
        if self._questions:
            self._send(Frame(QUESTION, self._questions.pop(0)))
        del now
        return NEVER


def bus_of(nodes: Sequence[Node], **first: Sequence[Frame]) -> tuple[SimulatedCanBus, list[Twin]]:
    twins: list[Twin] = []

    def maker(frames: Sequence[Frame]) -> MakeTwin:
        def make(send: SendFrame) -> Twin:
            twins.append(Twin(send, *frames))
            return twins[-1]

        return make

    makers = {name: maker(frames) for name, frames in first.items()}
    return SimulatedCanBus("can0", [cast("CanNode", node) for node in nodes], makers), twins


def test_frames_of_one_number_with_short_and_long_ids_are_different_frames() -> None:
    short, long = Node("short", exactly(ID)), Node("long", exactly(ID, extended=True))
    sent = [Frame(ID, b"\x01"), Frame(ID, b"\x02", extended=True), Frame(ID, b"\x03")]
    bus, _ = bus_of([short, long], sender=sent)
    bus.step(0)
    assert short.heard == [sent[0], sent[2]]
    assert long.heard == [sent[1]]


def test_a_twin_that_is_asked_answers_at_the_same_time_and_each_answer_may_be_asked_upon() -> None:
    node = Node("asking", exactly(ANSWER), questions=[b"\x01", b"\x02", b"\x03"])
    bus, (asked,) = bus_of([node], asked=())
    bus.step(SECOND)
    assert node.heard == [Frame(ANSWER, data) for data in (b"\x01", b"\x02", b"\x03")]
    assert asked.steps == [SECOND] * 4


def test_a_twin_that_hears_its_neighbour_is_not_called_before_it_is_due() -> None:
    bus, (first, second) = bus_of([], first=(), second=[Frame(QUESTION, b"\x01")])
    bus.step(0)
    assert first.heard == [Frame(QUESTION, b"\x01")]
    assert second.heard == []
    assert (first.steps, second.steps) == ([0], [0])


def test_over_a_cut_cable_neither_nodes_nor_twins_hear_each_other_but_twins_do() -> None:
    node = Node("alone", exactly(ID), exactly(ANSWER), questions=[b"\x01"])
    bus, (sender, other) = bus_of([node], sender=[Frame(ID, b"")], other=())
    bus.is_cut = True
    bus.step(0)
    assert node.heard == []
    assert other.heard == [Frame(ID, b"")]
    assert sender.heard == []
    assert sender.steps == [0]
