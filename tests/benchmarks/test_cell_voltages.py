"""What a round of 300 cell voltages costs: 75 frames one by one against one array.

Reference: 1.7 ms one by one (by cantools), 16 us as one array.
"""

from collections import deque

import cantools
import numpy as np
import pytest

from bench.clock import SECOND, VirtualClock
from bench.device import Connection, Mailbox, Port
from drivers.canbus.cell_voltage_monitor import DRIVER
from drivers.canbus.frame import Frame
from drivers.canbus.layout import FOLDER, layouts
from drivers.simulated.devices import cell_voltage_monitor as twin
from drivers.simulated.port import Terminals

OPTIONS = DRIVER.options.model_validate({"groups": 300})
CELLS = 0.85 + 0.01 * np.random.default_rng(1).standard_normal(300)
READINGS = DRIVER.readings(OPTIONS)


@pytest.fixture
def rounds():
    """Return sixteen rounds (pages, summary) as the monitor sends them."""
    found, frames = [], []
    terminals = Terminals({}, {}, OPTIONS, {"cells": lambda now: CELLS})
    monitor = twin.make(terminals, lambda frame, now: frames.append(frame))
    monitor.attach_burst(lambda _, data, now: found.append((data, frames)))
    for at in range(16):
        frames = []
        monitor.step(at * SECOND)
    return [(pages, summary[-2:]) for pages, summary in found]


@pytest.fixture
def queue():
    return deque(maxlen=400)


@pytest.fixture
def node(queue):
    port = Port(
        Connection("cvm", DRIVER, "can0", SECOND, OPTIONS), Mailbox(READINGS, 0, queue),
        lambda *_: None, VirtualClock(),
    )  # fmt: skip
    node = DRIVER.build(port)
    node.bus_opened(0)
    node.on_frame(Frame(0x1A4, bytes.fromhex("01c50102a10fe803")), 0)
    return node


def endless(rounds):
    while True:
        yield from rounds


def test_by_cantools_one_by_one(benchmark, rounds, queue):
    message = cantools.database.load_file(FOLDER / "cell_voltage_monitor.dbc").messages[1]
    mailbox = Mailbox(READINGS, 0, queue)
    frames = [row.tobytes() for row in rounds[0][0]]

    def decode():
        for data in frames:
            values = message.decode(data)
            first = 4 * values["Page"]
            for at in range(4):
                mailbox.post(first + at, values[f"Value{at + 1}"], 0)

    benchmark(decode)
    assert queue[-1][1] == pytest.approx(CELLS[-1], abs=1e-4)


def test_by_shifts_one_by_one(benchmark, rounds, queue):
    layout = layouts("cell_voltage_monitor.dbc")["CvmDetail"]
    fields = [layout[f"Value{at}"] for at in range(1, 5)]
    mailbox = Mailbox(READINGS, 0, queue)
    frames = [row.tobytes() for row in rounds[0][0]]

    def decode():
        for data in frames:
            word = int.from_bytes(data, "little")
            mailbox.post_all(4 * data[0], [field.value(word) for field in fields], 0)

    benchmark(decode)
    assert queue[-1][1] == pytest.approx(CELLS[-1], abs=1e-4)


def test_collected_from_a_wire_and_decoded_as_one_array(benchmark, rounds, node, queue):
    each = endless([([Frame(0x1A1, row.tobytes()) for row in pages], end) for pages, end in rounds])

    def decode():
        frames, summary = next(each)
        for frame in (*frames, *summary):
            node.on_frame(frame, 0)

    benchmark(decode)
    assert queue[-1].values[299] == pytest.approx(CELLS[-1], abs=1e-4)


def test_many_at_once_and_decoded_as_one_array(benchmark, rounds, node, queue):
    each = endless(rounds)

    def decode():
        pages, summary = next(each)
        node.on_burst(0x1A1, pages, 0)
        for frame in summary:
            node.on_frame(frame, 0)

    benchmark(decode)
    assert queue[-1].values[299] == pytest.approx(CELLS[-1], abs=1e-4)
