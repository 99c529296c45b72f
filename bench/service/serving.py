"""The process of a bench server: lock, keys, gate, and the scan in the main thread.

The first signal (Ctrl-C, termination, a terminal that is closed) stops what runs softly and ends
the server when the object is safe; the second stops hard.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.clock import MILLISECOND, Clock, VirtualClock
from bench.messages import Message
from bench.record.port import Event
from bench.service.address import ServerFile, ServerLock
from bench.service.control import HERE
from bench.service.gate import Gate
from bench.service.interrupts import Interrupts, interrupts_counted
from bench.service.judging import judge
from bench.service.keys import user_keys
from bench.service.live import Frame, Framing
from bench.service.noticing import Noticing, noticing_of
from bench.service.orders import Orders
from bench.service.past import Past, broken_told
from bench.service.port import Reply
from bench.service.realtime import Promptness
from bench.service.requests import StopNow
from bench.service.station import Station
from bench.service.tempo import FASTEST, Tempo

PUBLISH = 40 * MILLISECOND
"""Shortest time between two states that clients see: 25 a second."""
MOST_REQUESTS = 4
"""Requests that are answered between two scans; the rest waits for the next gap."""
WORKERS = 3
"""Threads beside the scan: one prepares, one closes files, one waits for a judge."""


def serve(
    orders: Orders,
    *,
    clock: Clock,
    told: Callable[[Message], None],
    is_realtime: bool = False,
    addresses: Path | None = None,
) -> None:
    """Serve a bench until a signal ends it and its object is safe.

    Args:
        orders: What it can be told to do.
        clock: Real time; that of a simulated bench is virtual and begins with it.
        told: Takes what the person who started it should read.
        is_realtime: Whether the scan is to go before all other programs of the machine.
        addresses: Where locks and addresses lie; None: with the user's.

    Raises:
        Refused: another server of this rig runs, or nobody could reach this one.
        RunFileError: nothing can be recorded.
        BenchError: it broke off by an error of the bench; the object was made safe.
    """
    rig = orders.model.name
    with (
        interrupts_counted() as interrupts,
        ServerLock(rig, addresses),
        ThreadPoolExecutor(WORKERS, "beside the scan") as beside,
    ):
        gate = Gate(user_keys(), clock=clock)
        past = Past(orders)
        broken, left = past.recovered(), past.left_stop()
        virtual = None if orders.simulation is None else VirtualClock(clock.utc())
        station = Station(
            orders, beside=beside, judge=judge, clock=virtual or clock, broken=broken, left=left
        )
        noticing = noticing_of(station.server.loop, clock)
        tempo = None if virtual is None else Tempo(virtual, clock, orders.speed)
        room = ServingRoom(station, gate, clock, interrupts, noticing, tempo=tempo)
        with noticing, _kept(station), _reachable(rig, gate, clock, addresses):
            told(Message("serve.serving", {"rig": rig, "pid": os.getpid()}))
            if virtual is not None:
                fast = FASTEST if math.isinf(orders.speed) else f"{orders.speed:g}"
                told(Message("serve.simulated", {"speed": fast}))
            if broken is not None:
                told(broken_told(broken))
            if left is not None:
                told(left.told)
            promptness = Promptness(is_realtime=is_realtime)
            if promptness.told is not None:
                told(promptness.told)
            room.serve(promptness)
        told(Message("serve.ended", {"rig": rig}))


@contextmanager
def _reachable(rig: str, gate: Gate, clock: Clock, addresses: Path | None) -> Generator[None]:
    """Open the gate, and tell where it is, while it lasts."""
    ports = gate.start()
    try:
        file = ServerFile(rig, os.getpid(), ports, clock.utc())
        file.write(addresses)
        try:
            yield
        finally:
            file.remove(addresses)
    finally:
        gate.stop()


@contextmanager
def _kept(station: Station) -> Generator[None]:
    """Close a station at the end; what breaks off is made safe first."""
    try:
        yield
    except BaseException as error:
        try:
            station.server.make_safe()
        finally:
            station.close(error)
        raise
    station.close()


class ServingRoom:
    """The scan, and the gate beside it."""

    def __init__(
        self,
        station: Station,
        gate: Gate,
        clock: Clock,
        interrupts: Interrupts,
        noticing: Noticing | None = None,
        *,
        tempo: Tempo | None = None,
    ) -> None:
        """Begin to tell clients, and people who are not there, what happens.

        Args:
            station: The bench.
            gate: Where clients are.
            clock: Real time.
            interrupts: Signals that ask to stop.
            noticing: Tells people who are not there; None: nobody does.
            tempo: Holds virtual time back; None: the bench's time is real.
        """
        self._tempo = tempo
        self._noticing = noticing
        self._station = station
        self._gate = gate
        self._clock = clock
        self._interrupts = interrupts
        self._heeded = 0
        self._published = 0
        self._framing = Framing()
        station.server.loop.log.tell(self._tell)

    def serve(self, promptness: Promptness) -> None:
        """Scan, on time, until a signal has ended it.

        Raises:
            BenchError: the bench cannot go on.
        """
        while not self._is_over:
            self.turn()
            promptness.look()
            while self._tempo is not None and self._tempo.wait():
                self._attend()

    def turn(self) -> None:
        """Do one scan, and what clients and signals ask."""
        self._station.step()
        self._framing.add(self._station.server.loop.row)
        self._attend()

    def _attend(self) -> None:
        """Do what clients and signals ask, and show them the bench when it is time."""
        station, gate = self._station, self._gate
        for asked in gate.asked(MOST_REQUESTS):
            station.ask(asked.request, asked.sender, asked.answer, gate.clients)
        self._heed_signals()
        now = self._clock.now()
        if now - self._published >= PUBLISH:
            self._published = now
            state = station.state()
            gate.publish(state)
            gate.publish_frame(self._frame())
            if self._noticing is not None:
                self._noticing.look(state)
            for complaint in gate.take_complaints():
                station.server.loop.log.note("warning", "gate", complaint)

    def _frame(self) -> Frame:
        server = self._station.server
        return self._framing.taken(
            server.loop.row,
            len(server.loop.model.channels),
            file=str(server.path),
            utc_ns=server.clock.utc(),
        )

    @property
    def _is_over(self) -> bool:
        if self._heeded > 1 and not self._station.server.loop.is_actuating:
            return True
        return self._heeded > 0 and self._station.is_idle

    def _heed_signals(self) -> None:
        if self._interrupts.count > self._heeded:
            self._heeded = self._interrupts.count
            stop = StopNow(is_hard=self._heeded > 1, needs_run=True)
            self._station.ask(stop, HERE, _unheard)
        if self._heeded:
            self._station.end()

    def _tell(self, event: Event) -> None:
        self._gate.tell(event.level, event.source, event.message, event.utc_ns)
        if self._noticing is not None:
            self._noticing.hear(event)


def _unheard(reply: Reply) -> None:
    """Take the answer to a signal, which nobody waits for; the event tells it."""
    del reply
