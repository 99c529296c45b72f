"""One run on the shipped rig in virtual time, with hands on its cables and an eye on the plant."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bench.check import check
from bench.config import Catalogue
from bench.record.port import Event
from bench.record.recorder import RunWriter
from bench.service import assembling
from bench.service.requests import Answer
from bench.service.server import BenchServer, Order
from drivers.simulated import cell

LOADED = Path(__file__).with_name("loaded-point.yaml")
RPM = math.pi / 30


@cache
def checked(protocol):
    """Return a protocol and its rig, checked; frozen, so that they are read once."""
    return check(str(protocol), None, {}, Catalogue.shipped(), is_simulated=True)


class Mute:
    """An instrument that hears and does not answer; what it does by itself goes on."""

    def __init__(self, twin):
        self.twin = twin

    def receive(self, data, now):
        return b""

    def step(self, now):
        return self.twin.step(now)


class Failing:
    """A step with a mistake in it."""

    phase = ""

    def tick(self, stage, time):
        raise ZeroDivisionError

    def interrupt(self):
        pass


class Remembering(RunWriter):
    """A recorder that also remembers what is no row."""

    def __init__(self, *arguments):
        self.records = []
        super().__init__(*arguments)

    def record(self, record):
        self.records.append(record)
        super().record(record)


class VirtualBench:
    """A server, its cables and its plant."""

    def __init__(
        self, folder, protocol=LOADED, *, seed=1, settings=(), answers=True, is_started=True
    ):
        self.answers = answers
        self.failure: BaseException | None = None
        self.is_stop_pressed = False
        """Whether the red button of the hardwired chain is pressed."""
        self.is_key_turned = False
        """Whether the key that closes the chain is turned."""
        self.sensors: dict[str, Callable[[int], float]] = {}
        """``instrument.reading`` → what its sensor shows instead of the truth."""
        model, plan = checked(protocol).model, checked(protocol).plan
        simulation = model.simulation
        parameters = {**simulation.parameters, "warm": 1.0, **dict(settings)}
        order = Order(
            model,
            plan,
            Path(folder),
            is_simulated=True,
            simulation=replace(simulation, parameters=parameters),
            seed=seed,
            is_started=is_started,
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cell, "signal_of", self._tapped(cell.signal_of))
            patch.setattr(cell, "_terminals", self._with_button(cell._terminals))
            patch.setattr(assembling, "RunWriter", Remembering)
            self.server = BenchServer(order)
        self.loop = self.server.loop
        self.host = self.server.wiring.truth
        self.workers = {worker.name: worker for worker in self.server.wiring.workers}

    def _tapped(self, make):
        def tapped(source):
            name, signal = source.name, make(source)

            def look(now):
                # the sensor is read in any case: what it draws must not depend on the fault
                shown = signal(now)
                return self.sensors[name](now) if name in self.sensors else shown

            return look

        return tapped

    def _with_button(self, make):
        def wired(connection, *arguments):
            terminals = make(connection, *arguments)
            if connection.name == "plc":
                terminals.signals["emergency_stop"] = lambda _: float(self.is_stop_pressed)
                terminals.signals["reset"] = lambda _: float(self.is_key_turned)
            return terminals

        return wired

    @property
    def truth(self):
        """The plant as it is."""
        return self.host.state

    @property
    def inputs(self):
        """What the bench does to the plant."""
        return self.host.inputs

    @property
    def state(self):
        """State of the bench."""
        return self.loop.state.value

    @property
    def is_over(self):
        """Whether nothing goes on any more."""
        return self.server.is_finished or self.failure is not None

    @property
    def seconds(self):
        """Virtual time, s."""
        return self.loop.row.time / 1e9

    def scan(self, count=1):
        """Do scans as `protocols.execution` does them: an error runs the hard stop."""
        for _ in range(count):
            if self.is_over:
                return
            try:
                self.server.step()
            except Exception as error:  # noqa: BLE001 - kept, as the command line does
                self._fail(error)
                return
            if self.answers and self.loop.stage.question is not None:
                self.server.request(Answer())

    def _fail(self, error):
        self.failure = error
        with suppress(type(error)):  # the command line tells it as well
            self.server.make_safe()

    def coast(self, count):
        """Let time pass after the end: watchdogs of devices that hear nothing act by themselves."""
        if self.loop.sequencer is not None:
            for _ in range(count):
                self.server.step()

    def until(self, reached, most=3000):
        """Scan until something is reached, at most so many scans."""
        for _ in range(most):
            if self.is_over or reached():
                return
            self.scan()
        message = f"not reached within {most} scans: {self.server.state()}"
        raise AssertionError(message)

    def until_step(self, step):
        """Scan until a step runs."""
        self.until(lambda: self.loop.position.id == step)

    def cut(self, bus, *, is_cut=True):
        """Cut a CAN bus, or mend it."""
        self.workers[bus].is_cut = is_cut

    def _link(self, name):
        return next(
            worker._link
            for worker in self.workers.values()
            if getattr(worker, "_instrument", None) is not None and worker._instrument.name == name
        )

    def mute(self, name):
        """Have a text instrument stop answering."""
        link = self._link(name)
        if not isinstance(link._twin, Mute):
            link._twin = Mute(link._twin)

    def unmute(self, name):
        """Have it answer again."""
        link = self._link(name)
        if isinstance(link._twin, Mute):
            link._twin = link._twin.twin

    def leak(self, rate):
        """Have hydrogen leak into the hood, kg/s at 30 bar."""
        plant = self.host.plant
        plant.parameters = replace(plant.parameters, leak_rate=rate)

    def break_step(self):
        """Put a mistake into the running step."""
        running = self.loop.course.running
        running._runner = Failing()

    def events(self):
        """Return the ids of all messages so far, in order."""
        records = self.server._recorder.records
        return [record.message.id for record in records if isinstance(record, Event)]

    def close(self):
        """Close the run; return how it ended."""
        return self.server.close(self.failure)
