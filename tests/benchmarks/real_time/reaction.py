"""From a violation on CAN to the safe command on CAN, both as the hub has stamped them.

The bench is in MANUAL with the fuel valve demanded open; two hood detectors jump over the limit,
and the first demand that closes the valve is waited for. One text instrument hangs meanwhile, one
client receives states, everything is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.clock import SECOND
from bench.control.states import State
from bench.service.client import RemoteBench
from bench.service.requests import Request, Reset, SetDemands, TakeControl, TakeOver
from tests.benchmarks.real_time.cell import (
    CLOCK,
    READY,
    THRESHOLD,
    Cell,
    connected,
    padded_rig,
    served_cell,
)
from tests.benchmarks.real_time.figures import spread, tell, tell_machine
from tests.benchmarks.real_time.lateness import lateness_of
from tests.benchmarks.real_time.sniffer import Sniffer

DETECTORS = ("plc.hood_h2_1", "plc.hood_h2_2")
HUNG = "auxiliaries"
PATIENCE = 10.0
"""Longest wait for anything in a trial, s."""


def measure(folder: Path, *, minutes: float, is_realtime: bool) -> None:
    """Print how long reactions took, and how late the scans were meanwhile."""
    seconds = minutes * 60
    with served_cell(folder, padded_rig, seconds + 300) as cell:
        options = ["--realtime"] if is_realtime else []
        cell.programs.command("serve", cell.rig, "--output", folder / "runs", *options)
        sniffer = Sniffer(cell.can_port, "can0", THRESHOLD)
        sniffer.start()
        with connected(cell.programs) as bench:
            trials = Trials(cell, bench, sniffer)
            trials.prepare()
            tell_machine()
            begun = CLOCK.now()
            trials.run(seconds)
            ended = CLOCK.now()
            tell_machine()
        sniffer.close()
    scans = lateness_of(folder / "runs", begun, ended)
    tell(f"{trials.opened} of {len(trials.found)} with the valve seen open")
    tell(f"reaction: {spread(trials.found)}; missed: {trials.missed}, chain opened: {trials.trips}")
    tell(f"lateness of the scans: {spread(scans)}")


class Trials:
    """One reaction after the other."""

    def __init__(self, cell: Cell, bench: RemoteBench, sniffer: Sniffer) -> None:
        self.found: list[float] = []
        """How long reactions took, ms."""
        self.missed = 0
        """Trials without a reaction."""
        self.opened = 0
        """Trials in which the valve really was open."""
        self.trips = 0
        """How often the hardwired chain opened."""
        self._cell = cell
        self._bench = bench
        self._sniffer = sniffer

    def prepare(self) -> None:
        """Wait until the bench may be taken over."""
        self._ask(TakeControl(), PATIENCE)
        self._ask(TakeOver(), READY)
        self._trial()
        self.found.clear()
        self.missed = self.opened = 0

    def run(self, seconds: float) -> None:
        """Do as many as there is time for."""
        end = CLOCK.now() + round(seconds * SECOND)
        while CLOCK.now() < end:
            self._ask(TakeOver(), READY)
            self._trial()

    def _trial(self) -> None:
        """Open the valve, have the limit violated, and get back to where one may take over."""
        cell, sniffer = self._cell, self._sniffer
        self._ask(SetDemands({"fuel.valve": "open"}), PATIENCE)
        cell.begin("hang", HUNG, name="hung")
        self._wait(lambda: sniffer.is_open, 1.0)
        self.opened += sniffer.is_open
        sniffer.arm()
        for detector in DETECTORS:
            cell.begin("set", detector, name=detector, value=f"{THRESHOLD + 4} %LFL")
        self._wait(lambda: sniffer.pair is not None, PATIENCE)
        if sniffer.pair is None:
            self.missed += 1
        else:
            self.found.append((sniffer.pair[1] - sniffer.pair[0]) / 1e3)
        cell.end("hung", *DETECTORS)
        at_rest = (State.SAFE, State.MONITOR, State.TRIPPED)
        self._wait(lambda: self._bench.state().state in at_rest, PATIENCE)
        if self._bench.state().state is State.SAFE:
            self._ask(Reset(), PATIENCE)

    def _ask(self, request: Request, seconds: float) -> None:
        """Ask until it is done."""
        end = CLOCK.now() + round(seconds * SECOND)
        while not (reply := self._bench.request(request)).is_accepted:
            if self._bench.state().state is State.TRIPPED:
                self._reset_chain()
            if CLOCK.now() > end:
                said = "" if reply.reason is None else reply.reason.text("en")
                late = f"{request}: {said}\n{self._cell.programs.said()}"
                raise TimeoutError(late)
            self._bench.step()

    def _reset_chain(self) -> None:
        """Turn the key of a chain that has opened, which it should not have; tell why it did."""
        self.trips += 1
        for each in self._bench.events()[-40:]:
            if each.level == "error":
                tell(f"{each.source}: {each.message.text('en')}")
        self._cell.begin("reset-key", "plc", name="key")
        self._wait(lambda: False, 0.5)
        self._cell.end("key")
        self._wait(lambda: self._bench.request(Reset()).is_accepted, PATIENCE)

    def _wait(self, is_so: Callable[[], bool], seconds: float) -> None:
        """Take in what the server tells until something is so, or for so many seconds."""
        end = CLOCK.now() + round(seconds * SECOND)
        while not is_so() and CLOCK.now() < end:
            self._bench.step()
