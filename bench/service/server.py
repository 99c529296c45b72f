"""The bench server: opens a bench, carries a run from connecting to safe, answers clients."""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bench.clock import SECOND, Clock, SystemClock, VirtualClock
from bench.config.catalogue import extension
from bench.control.loop import Loop, Stop
from bench.control.pace import ThreadedPace, VirtualPace
from bench.control.snapshots import UNNAMED, Snapshots
from bench.control.states import ACTUATING, Cause, State
from bench.device import Opener, SampleQueue, Wanted, Wiring
from bench.errors import Refused, RunFileError
from bench.messages import Message
from bench.model import BenchModel, GasLot
from bench.record.background import BackgroundRecorder
from bench.record.port import Ending, Header, Recorder
from bench.record.recorder import RunWriter
from bench.scan import Row
from bench.service.opening import Opening
from bench.service.order import Order, header_of, path_of
from bench.service.port import Attention, BenchState, Reply, Shown
from bench.service.requests import (
    Answer,
    ChangeGas,
    Hold,
    Leave,
    Note,
    Request,
    Resume,
    Snapshot,
    StopNow,
)


class BenchServer:
    """Carries out one order; `step` does one scan."""

    def __init__(self, order: Order, *, clock: Clock | None = None) -> None:
        """Open the run file, then the bench; nothing moves.

        Raises:
            RunFileError: the run file cannot be made.
            ConfigError: the rig cannot be simulated.
        """
        self.order = order
        virtual = VirtualClock()
        self._clock: Clock = clock or (virtual if order.is_simulated else SystemClock())
        queue: SampleQueue = deque()
        self._early: list[tuple[str, str, Message]] = []
        self._report: Callable[[str, str, Message], None] = self._keep
        self.wiring = self._open(queue)  # links open only when their workers are first stepped
        path, header = path_of(order, self._clock), header_of(order, self._clock)
        self._started = header.start_ns
        self._recorder: Recorder = _recorder(order, path, header, self._clock)
        try:
            self.loop = self._new_loop(queue, virtual)
        except BaseException as error:
            with suppress(RunFileError):  # what the log holds can be recovered
                self._recorder.close(Ending("error", _reason(error), self._clock.now()))
            raise
        self._snapshots = Snapshots(order.model, order.plan.points)
        self._opening = Opening(
            self.loop, self.wiring, self._recorder, self._clock, started=self._started
        )
        self.loop.log.record_to(self._recorder)
        for level, source, message in self._early:
            self.loop.log.note(level, source, message)
        self._report = self.loop.log.note
        if order.model.gas is not None:
            self.loop.log.note("info", "gas", _gas_told(order.model.gas))
        self.loop.change(Cause.CONNECT)

    @property
    def path(self) -> Path:
        """The run file."""
        return self._recorder.path

    @property
    def has_begun(self) -> bool:
        """Whether anything has been demanded of the object."""
        return self.loop.sequencer is not None

    @property
    def attention(self) -> Attention:
        """Whether the run waits for a person."""
        if self.loop.stage.question is not None:
            return Attention.QUESTION
        return Attention.HELD if self.loop.state is State.HOLDING else Attention.NONE

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended and the object is safe."""
        return self.loop.is_finished

    @property
    def elapsed(self) -> float:
        """Time since the start of the run, s; by the bench's clock."""
        return (self._clock.now() - self._started) / SECOND

    def step(self) -> None:
        """Do one scan.

        Raises:
            Refused: instruments do not answer, or a limit forbids to start.
        """
        self._snapshots.watch(self.loop.scan())
        if self.loop.state is State.MONITOR:
            self._opening.go_on(is_to_start=self.order.is_started)

    def request(self, request: Request) -> Reply:
        """Ask for something; every request and its answer is an event of the run."""
        try:
            self._do(request)
        except Refused as error:
            self.loop.log.note(
                "warning", "client", Message("control.refused", _told(request, error))
            )
            return Reply(is_accepted=False, reason=error.message)
        self.loop.log.note("info", "client", Message("control.accepted", _told(request)))
        return Reply(is_accepted=True)

    def state(self) -> BenchState:
        """Return what the bench is doing."""
        loop = self.loop
        position = loop.position
        done = loop.sequencer.expected_done if loop.sequencer is not None else 0.0
        in_step = min(position.elapsed, position.expected)
        question = loop.stage.question
        return BenchState(
            state=loop.state,
            is_simulated=self.order.is_marked_simulated,
            protocol=self.order.plan.name,
            position=position,
            elapsed=self.elapsed,
            remaining=max(self.order.plan.estimate.seconds - done - in_step, 0.0),
            channels=tuple(
                _shown(self.order.model, loop.row, name) for name in self.order.model.key_channels
            ),
            alarms=loop.news.alarms,
            question=None if question is None else question.text,
            file=self.path,
        )

    def close(self, error: BaseException | None = None) -> Ending:
        """Close the run file and release the links; return how the run ended."""
        stop = self.loop.stop
        now = self._clock.now()
        if error is not None:
            is_refusal = isinstance(error, Refused) and not self.has_begun
            state = "refused" if is_refusal else "error"
            ending = Ending(state, _reason(error), now)
        elif stop is None:
            ending = Ending("stopped", None, now)
        else:
            ending = Ending(stop.state, stop.message, now)
        self.loop.close(ending)
        return ending

    def make_safe(self) -> None:
        """Run the hard stop to its end: something in the loop itself has failed.

        What fails again ends it: without our heartbeat the hardwired chain makes the object safe.
        """
        try:
            self._stop_hard()
        except BaseException:
            self.loop.log.shut()  # what failed may be the recorder, and the stop needs none
            self._stop_hard()
            raise

    def _stop_hard(self) -> None:
        self.loop.begin_stop(Stop("error", Message("control.loop-failed"), is_hard=True))
        while not self.is_finished and self.loop.state is State.STOPPING:
            self.step()

    def _do(self, request: Request) -> None:
        loop = self.loop
        match request:
            case Hold():
                loop.hold()
            case Resume():
                loop.resume()
            case StopNow(is_hard=is_hard):
                if loop.state not in ACTUATING:
                    raise Refused("control.nothing-runs")
                reason = Message("control.operator-stop")
                loop.begin_stop(Stop("operator", reason, is_hard=is_hard))
            case Answer(is_done=is_done):
                if loop.stage.question is None:
                    raise Refused("control.no-question")
                loop.stage.question.answer = is_done
            case Leave():
                self._leave()
            case Note() | Snapshot() | ChangeGas():
                self._write_down(request)
            case _:
                raise Refused("control.needs-server", request=type(request).__name__)

    def _write_down(self, request: Note | Snapshot | ChangeGas) -> None:
        match request:
            case Note(text=text, operator=operator):
                said = Message("control.note", {"text": text})
                self.loop.log.note("info", operator or "operator", said)
            case Snapshot():
                self._take_snapshot(request)
            case ChangeGas(lot=lot):
                self.loop.log.note("info", "gas", _gas_told(lot))

    def _take_snapshot(self, asked: Snapshot) -> None:
        loop, now = self.loop, self._clock.now()
        step = loop.position.id
        begin = self._started
        point = self._snapshots.point(asked.name, asked.seconds, begin=begin, now=now, step_id=step)
        loop.log.point(point)
        told = {"name": point.name, "repeat": point.repeat}
        told_as = "control.snapshot" if point.name != UNNAMED else "control.snapshot-unnamed"
        told["seconds"] = f"{(point.end_ns - point.start_ns) / SECOND:.1f}"
        loop.log.note("info", asked.operator or "operator", Message(told_as, told))

    def _leave(self) -> None:
        if self.loop.state in ACTUATING or self.is_finished:
            raise Refused("control.no-leaving", state=self.loop.state.value)
        left = Stop("completed", None, is_hard=False)
        if self.order.is_started:
            left = Stop("refused", Message("control.left"), is_hard=False)
        self.loop.leave(left)

    def _new_loop(self, queue: SampleQueue, virtual: VirtualClock) -> Loop:
        order = self.order
        if order.is_simulated and order.simulation is not None:
            pace = VirtualPace(self.wiring.workers, virtual)
            period = order.simulation.scan
        else:
            pace = ThreadedPace(self.wiring.workers, self._clock)
            period = order.model.scan_period
            gc.collect()
            gc.freeze()  # a full collection over all that was loaded would hold a scan for 40 ms
        return Loop(
            order.model,
            order.plan,
            self.wiring,
            queue,
            clock=self._clock,
            pace=pace,
            period=period,
        )

    def _take(self, level: str, source: str, message: Message) -> None:
        self._report(level, source, message)

    def _keep(self, level: str, source: str, message: Message) -> None:
        self._early.append((level, source, message))

    def _open(self, queue: SampleQueue) -> Wiring:
        model = self.order.model
        name = "simulated" if self.order.is_simulated else "real"
        opener: Opener = extension("openers", name)
        return opener(
            Wanted(
                connections=model.connections,
                queue=queue,
                bases=model.bases,
                report=self._take,
                clock=self._clock,
                stated=model.stated,
                gas={} if model.gas is None else model.gas.fractions,
                buses=model.buses,
                simulation=self.order.simulation,
                seed=self.order.seed,
            )
        )


def _reason(error: BaseException) -> Message:
    known: Message | None = getattr(error, "message", None)
    told = f"{type(error).__name__}: {error}"
    return known or Message("control.internal-error", {"error": told})


def _told(request: Request, error: Refused | None = None) -> Mapping[str, object]:
    told: dict[str, object] = {"request": type(request).__name__}
    if error is not None:
        told["reason"] = error.message
    return told


def _recorder(order: Order, path: Path, header: Header, clock: Clock) -> Recorder:
    if order.is_simulated and order.simulation is not None:
        return RunWriter(path, header, order.provenance)
    return BackgroundRecorder(path, header, order.provenance, clock)


def _gas_told(lot: GasLot) -> Message:
    arguments = {"lot": lot.lot, "date": lot.date, "certificate": asdict(lot)}
    return Message("gas.lot", arguments)


def _shown(model: BenchModel, row: Row, name: str) -> Shown:
    index = model.index[name]
    channel = model.channels[index]
    value = float(row.values[index])
    words = model.choices_of(name)
    is_word = bool(words) and 0 <= value < len(words)
    text = words[int(value)] if is_word else channel.shown_unit.shown(value)
    if math.isnan(value):
        text = "–"
    return Shown(name, channel.title, text, int(row.quality[index]))
