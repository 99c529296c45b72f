"""On a real hub: demands go out when the pump is woken, and a bus is back within a second."""

from __future__ import annotations

import threading
from collections import deque
from typing import Self

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.device import Connection, Mailbox, Port
from drivers.canbus.dyno_controller import DRIVER
from drivers.canbus.frame import Frame
from drivers.canbus.pump import POLL, CanBusWorker
from drivers.simulated.can_hub import CanHub
from drivers.simulated.devices import dyno_controller
from drivers.simulated.port import SendFrame, Terminals
from tests.drivers.patience import wait

CLOCK = SystemClock()
SPEED, PEDAL = 1, 3


class Heard:
    """A dyno controller that notes when a demand arrives."""

    def __init__(self) -> None:
        self.safe = 0
        self.demands: list[Frame] = []

    def make(self, send: SendFrame) -> dyno_controller.DynoControllerTwin:
        terminals = Terminals({"speed": lambda now: 125.66, "torque": lambda now: 500.0}, {})
        twin = dyno_controller.make(terminals, send)
        receive = twin.receive

        def note(frame: Frame, now: int) -> None:
            if frame.id == 0x101:
                self.safe += 1
                self.demands.append(frame)
            receive(frame, now)

        twin.receive = note
        return twin


class Served:
    """A node with its bus's worker on a thread of its own, as on a bench."""

    def __init__(self, hub: CanHub) -> None:
        self.samples: deque[tuple[int, float, int, int]] = deque()
        connection = Connection("dyno", DRIVER, "can0", 20 * MILLISECOND)
        mailbox = Mailbox(DRIVER.readings(None), 0, self.samples)
        self.node = DRIVER.build(Port(connection, mailbox, lambda *said: None, CLOCK))
        self.worker = CanBusWorker(
            "can0", hub.settings("can0"), [self.node], clock=CLOCK, report=lambda *said: None
        )
        self.wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.wake.set()
        self._thread.join(5.0)
        self.worker.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.wake.clear()
            due = self.worker.step(CLOCK.now())
            CLOCK.wait_until(due, self.wake)

    def quality(self) -> int:
        return self.samples[-1][3] if self.samples else -1


def test_a_woken_pump_sends_a_safe_value_at_once() -> None:
    heard = Heard()
    with CanHub({"can0": {"dyno": heard.make}}, CLOCK, port=0) as hub, Served(hub) as served:
        wait(lambda: served.node.is_connected)
        taken: list[float] = []
        for count in range(20):
            CLOCK.wait_until(CLOCK.now() + 7 * MILLISECOND)
            served.node.make_safe({PEDAL: 0.0})
            served.wake.set()
            taken.append(wait(lambda count=count: heard.safe == count + 1))
    assert (
        sorted(taken)[10] < 5 * POLL / SECOND
    )  # the median: machines under load are late now and then


def test_a_bus_that_was_gone_is_marked_and_back_within_a_second_and_nothing_moves() -> None:
    heard = Heard()
    with CanHub({"can0": {"dyno": heard.make}}, CLOCK, port=0) as hub, Served(hub) as served:
        wait(lambda: served.node.is_connected)
        served.node.demand(SPEED, 100.0)
        served.wake.set()
        wait(lambda: len(heard.demands) == 1)
        port = hub.port
        hub.close()
        assert wait(lambda: not served.node.is_connected) < 1.0
        CLOCK.wait_until(CLOCK.now() + 1300 * MILLISECOND)
        again = Heard()
        with CanHub({"can0": {"dyno": again.make}}, CLOCK, port=port):
            assert wait(lambda: served.quality() == Quality.OK) < 1.0
            served.node.demand(SPEED, 100.0)  # the scan repeats what it demanded before
            served.wake.set()
            wait(lambda: len(again.demands) == 1)
            assert again.demands[0].data[1:3] == b"\xff\xff"
            assert served.worker.health.failures >= 1
            assert served.worker.health.openings >= 2
