"""The shipped rig in virtual time, its plant watched, and in reach all that can go wrong."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from math import isnan
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from bench.check import Checked, check
from bench.clock import SECOND, VirtualClock
from bench.config import Catalogue
from bench.control.pace import VirtualPace
from bench.record.creation import Portions
from bench.record.disk.storage import Bytes, StoredFile, SystemStorage
from bench.record.recorder import RunWriter
from bench.service import assembling
from bench.service.requests import Answer, Hold, Reset, SetDemands, StopNow, TakeOver
from bench.service.server import BenchServer, Order
from drivers.simulated.faults.fault import Fault
from drivers.simulated.faults.targets import checked_fault
from drivers.simulated.plant import Truth
from tests.campaigns.faults_table import Injection
from tests.campaigns.faults_truth import Moment

PROTOCOL = Path(__file__).with_name("faults-point.yaml")
PUMPED = Portions(pump_ns=SECOND)
"""A run whose bench is killed has lost what was not yet in the log."""
BESIDE = frozenset(
    {"demand", "server-killed", "scan-stalls", "worker-dies", "disk-full", "clock-jump"}
)
"""What people do, and what happens to the computer of the bench: no simulated cell can do it."""

_Seen = TypeVar("_Seen")


@cache
def checked() -> Checked:
    """Return the protocol on the shipped rig; frozen, read once."""
    return check(str(PROTOCOL), None, {}, Catalogue.shipped(), is_simulated=True)


class JumpingClock(VirtualClock):
    """Virtual time whose wall clock can be set."""

    ahead = 0

    def utc(self) -> int:
        return super().utc() + self.ahead


class ScarceStorage(SystemStorage):
    """The system's files, until the disk is full: then nothing can be written any more."""

    def __init__(self) -> None:
        self.is_full = False

    def create(self, path: Path) -> StoredFile:
        self.check()
        return _ScarceFile(super().create(path), self)

    def open(self, path: Path) -> StoredFile:
        return _ScarceFile(super().open(path), self)

    def check(self) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")


class _ScarceFile:
    def __init__(self, file: StoredFile, storage: ScarceStorage) -> None:
        self._file = file
        self._storage = storage
        self.read_into, self.sync, self.close = file.read_into, file.sync, file.close

    @property
    def size(self) -> int:
        return self._file.size

    def write_at(self, offset: int, data: Bytes) -> None:
        self._storage.check()
        self._file.write_at(offset, data)

    def allocate(self, size: int) -> None:
        self._storage.check()
        self._file.allocate(size)

    def truncate(self, size: int) -> None:
        if size > self._file.size:
            self._storage.check()
        self._file.truncate(size)


class FaultBench(Generic[_Seen]):
    """A server, its plant, and the hands of whoever works at it.

    Args:
        subject: protocol on its rig.
        see: what is kept of a plant at one moment: from time (ns), state and inputs.
        folder: where the run file goes.
        seed: of the simulated cell.
        is_started: whether the protocol begins, or the bench is only watched.
    """

    beside = BESIDE
    """What it can suffer beside the faults of its cell; each is a method."""

    def __init__(
        self,
        subject: Checked,
        see: Callable[[int, Any, Any], _Seen],
        folder: Path,
        *,
        seed: int,
        is_started: bool = True,
    ) -> None:
        self.clock = JumpingClock()
        self.storage = ScarceStorage()
        self.moments: list[_Seen] = []
        """The plant since the last `forget`."""
        self.failure: BaseException | None = None
        self.is_killed = False
        """Whether the process of the bench is gone; the cell goes on."""
        self._see = see
        model, plan = subject.model, subject.plan
        simulation = model.simulation
        assert simulation is not None
        order = Order(
            model,
            plan,
            folder,
            is_simulated=True,
            simulation=replace(simulation, parameters={**simulation.parameters, "warm": 1.0}),
            seed=seed,
            is_started=is_started,
        )
        writer = partial(RunWriter, storage=self.storage, portions=PUMPED)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assembling, "RunWriter", writer)
            self.server = BenchServer(order, clock=self.clock)
        self.loop = self.server.loop
        self.faults = self.server.wiring.faults
        self._host = self.server.wiring.truth
        self._host.watchers.append(self._watch)
        self._workers = {each.name: each for each in self.server.wiring.workers}
        self._cell: VirtualPace | None = None

    @property
    def state(self) -> str:
        return self.loop.state.value

    @property
    def step(self) -> str:
        return self.loop.position.id

    @property
    def moment(self) -> _Seen:
        """The plant now."""
        return self._see(self.clock.now(), self._host.state, self._host.inputs)

    @property
    def demands(self) -> tuple[float, ...]:
        return tuple(self.loop.demands.values)

    @property
    def unsafe(self) -> list[str]:
        """Demands that are not at their safe value; nothing demanded yet is safe."""
        points = zip(self.loop.demands.points, self.loop.demands.values, strict=True)
        return [each.name for each, value in points if not isnan(value) and value != each.safe]

    def scan(self, count: int = 1) -> None:
        """Let scans pass, as whoever hosts a bench does them: an error runs the hard stop."""
        for _ in range(count):
            if self.is_killed or self.failure is not None:
                self._coast()
                continue
            try:
                self.server.step()
            except Exception as error:  # noqa: BLE001 - kept, as the command line does
                self.failure = error
                with suppress(type(error)):
                    self.server.make_safe()

    def until(self, reached: Callable[[], bool], most: int = 3000) -> None:
        """Scan until something is reached."""
        for _ in range(most):
            if reached():
                return
            self.scan()
        message = f"not reached within {most} scans: {self.server.state()} {self.failure!r}"
        raise AssertionError(message)

    def reach_step(self, step: str) -> None:
        """Answer what is asked until a step runs."""

        def is_there() -> bool:
            if self.step == step:
                return True
            if self.loop.stage.question is not None:
                self.ask(Answer())
            return False

        self.until(is_there)

    def ask(self, request: Answer | Hold | Reset | SetDemands | StopNow | TakeOver) -> None:
        reply = self.server.request(request)
        assert reply.is_accepted, reply.reason

    def inject(self, injection: Injection) -> str:
        """Let something go wrong from now on; return what ends it."""
        if injection.what in self.beside:
            getattr(self, "_" + injection.what.replace("-", "_"))(injection)
            return ""
        return self.faults.begin(self._fault(injection), self.clock.wires.now())

    def end(self, name: str) -> None:
        """Let a fault be over."""
        self.faults.end(name, self.clock.wires.now())

    def forget(self) -> None:
        """Watch the plant anew."""
        self.moments.clear()

    def _fault(self, injection: Injection) -> Fault:
        return checked_fault(
            self.faults.targets,
            injection.what,
            injection.where,
            given=injection.given,
            lasts=injection.lasts,
        )

    def _demand(self, injection: Injection) -> None:
        """Somebody takes the bench over and demands something by hand."""
        self.ask(TakeOver())
        self.ask(SetDemands({name: str(value) for name, value in injection.given.items()}))

    def _server_killed(self, injection: Injection) -> None:
        del injection
        self.is_killed = True
        for bus in self._buses:
            bus.is_cut = True

    def _scan_stalls(self, injection: Injection) -> None:
        """The scan's thread gets no processor; links and instruments have theirs."""
        stalled = _nanoseconds(injection.given["lasts"])
        self.loop._pace.advance(self.clock.now() + stalled)

    def _worker_dies(self, injection: Injection) -> None:
        """The thread that serves a bus ends with an error; what is on the bus goes on.

        As with threads the error comes out of the pace, once; the link is never well again.
        """
        link, pace, died_at = injection.where, self.loop._pace, self.clock.now()
        bus: Any = self._workers[link]
        advance, served, bus.is_cut = pace.advance, pace.served, True

        def advance_with_error(due: int) -> None:
            pace.advance = advance
            advance(due)
            told = f"link {link} is not served any more"
            raise RuntimeError(told)

        pace.advance = advance_with_error
        pace.served = lambda now: {**served(now), link: died_at}

    def _disk_full(self, injection: Injection) -> None:
        del injection
        self.storage.is_full = True

    def _clock_jump(self, injection: Injection) -> None:
        self.clock.ahead += _nanoseconds(injection.given["by"])

    @property
    def _buses(self) -> list[Any]:
        return [each for each in self._workers.values() if hasattr(each, "is_cut")]

    def _coast(self) -> None:
        """Let the cell live on without the bench: its faults, its buses, its instruments."""
        if self._cell is None:
            names = [name for name in self._workers if name.startswith("inside ")]
            cell = [self.faults, *self._buses, *(self._workers[name] for name in names)]
            for bus in self._buses:
                bus.is_cut = True
            self._cell = VirtualPace(cell, self.clock)
        due = self.clock.now() + self._host._step
        self._cell.advance(due)
        self._host.at(due - self.clock.leapt)

    def _watch(self, truth: Truth) -> None:
        self.moments.append(self._see(truth.time, truth.state, self._host.inputs))


class CampaignBench(FaultBench[Moment]):
    """The engine cell of the cause-and-effect table."""

    def __init__(self, folder: Path, *, seed: int, is_started: bool = True) -> None:
        super().__init__(checked(), seen, folder, seed=seed, is_started=is_started)


def seen(time: int, state: Any, inputs: Any) -> Moment:
    """Return what is kept of the engine at one moment."""
    return Moment(
        time,
        state.speed,
        state.shaft_torque,
        state.fuel_valve_open,
        state.injecting,
        state.ventilation_on,
        inputs.injection,
        inputs.starter,
        state.hood_hydrogen,
        state.oil_pressure,
        state.coolant_outlet_temperature,
        state.supply_pressure,
    )


def _nanoseconds(written: str) -> int:
    return round(float(written.removesuffix(" s")) * SECOND)
