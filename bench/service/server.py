"""The bench server: opens a bench, carries a run from connecting to safe, answers clients."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.channel import Quality
from bench.clock import SECOND, Clock, SystemClock, VirtualClock
from bench.config.catalogue import extension
from bench.control.loop import Loop, Stop
from bench.control.pace import ThreadedPace, VirtualPace
from bench.control.states import ACTUATING, Cause, State
from bench.device import Opener, SampleQueue, Simulation, Wanted, Wiring
from bench.errors import Refused, RunFileError
from bench.messages import Message
from bench.model import BenchModel, GasLot, Reaction
from bench.plan import Plan
from bench.record.naming import run_file_name
from bench.record.port import Ending, Header, Identity, Provenance, Recorder
from bench.record.recorder import BackgroundRecorder, RunWriter
from bench.record.storage import reason
from bench.service.port import (
    Answer,
    Attention,
    BenchState,
    ChangeGas,
    Hold,
    Note,
    Reply,
    Request,
    Resume,
    Shown,
    StopNow,
)

CONNECT_TIMEOUT = 30 * SECOND
"""How long instruments may take to answer after the bench is opened."""


@dataclass(frozen=True)
class Order:
    """A run to carry out."""

    model: BenchModel
    """The bench."""
    plan: Plan
    """What to run."""
    folder: Path
    """Where the run file goes."""
    is_simulated: bool
    """Whether the instruments are simulated, in virtual time."""
    is_marked_simulated: bool = True
    """Whether what is measured is to be marked as simulated: also over a wire to this machine."""
    simulation: Simulation | None = None
    """How they are simulated."""
    seed: int = 0
    """Seed of everything that is drawn."""
    operator: str = ""
    """Who runs it."""
    provenance: Provenance = field(default_factory=Provenance)
    """What may differ between equal runs."""


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
        self._started = self._clock.now()
        queue: SampleQueue = deque()
        self._early: list[tuple[str, str, Message]] = []
        self._report: Callable[[str, str, Message], None] = self._keep
        self.wiring = self._open(queue)  # links open only when their workers are first stepped
        self._recorder: Recorder = _recorder(order, self._clock)
        if order.is_simulated and order.simulation is not None:
            pace = VirtualPace(self.wiring.workers, virtual)
            period = order.simulation.scan
        else:
            pace = ThreadedPace(self.wiring.workers, self._clock)
            period = order.model.scan_period
            gc.collect()
            gc.freeze()  # a full collection over all that was loaded would hold a scan for 40 ms
        self.loop = Loop(
            order.model,
            order.plan,
            self.wiring,
            queue,
            clock=self._clock,
            pace=pace,
            period=period,
        )
        self._identified: set[str] = set()
        self.loop.log.record_to(self._recorder)
        for level, source, message in self._early:
            self.loop.log.note(level, source, message)
        self._report = self.loop.log.note
        if order.model.gas is not None:
            self._note_gas(order.model.gas)
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

    def step(self) -> None:
        """Do one scan.

        Raises:
            Refused: instruments do not answer, or a limit forbids to start.
        """
        self.loop.scan()
        if self.loop.state is State.MONITOR:
            self._check_ready()

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
        elapsed = (self._clock.now() - self._started) / SECOND
        position = loop.position
        done = loop.sequencer.expected_done if loop.sequencer is not None else 0.0
        in_step = min(position.elapsed, position.expected)
        question = loop.stage.question
        return BenchState(
            state=loop.state,
            is_simulated=self.order.is_marked_simulated,
            protocol=self.order.plan.name,
            position=position,
            elapsed=elapsed,
            remaining=max(self.order.plan.estimate.seconds - done - in_step, 0.0),
            channels=tuple(self._shown(name) for name in self.order.model.key_channels),
            alarms=tuple(limit.id for limit in loop.limits.active()),
            question=None if question is None else question.text,
            file=self.path,
        )

    def close(self, error: BaseException | None = None) -> Ending:
        """Close the run file and release the links; return how the run ended."""
        stop = self.loop.stop
        now = self._clock.now()
        if error is not None:
            reason = getattr(error, "message", None) or Message(
                "control.internal-error", {"error": f"{type(error).__name__}: {error}"}
            )
            is_refusal = isinstance(error, Refused) and not self.has_begun
            state = "refused" if is_refusal else "error"
            ending = Ending(state, reason, now)
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
            case Note(text=text, operator=operator):
                loop.log.note(
                    "info", operator or "operator", Message("control.note", {"text": text})
                )
            case ChangeGas(lot=lot):
                self._note_gas(lot)

    def _note_gas(self, lot: GasLot) -> None:
        arguments = {"lot": lot.lot, "date": lot.date, "certificate": asdict(lot)}
        self.loop.log.note("info", "gas", Message("gas.lot", arguments))

    def _check_ready(self) -> None:
        trouble = self._recorder.trouble
        if trouble is not None:  # nothing begins that cannot be recorded
            raise Refused(trouble.id, **trouble.arguments)
        missing = [n for n, i in self.wiring.instruments.items() if not i.is_connected]
        for name, instrument in self.wiring.instruments.items():
            if name not in self._identified and instrument.is_connected:
                self._identified.add(name)
                self._recorder.record(Identity(name, instrument.identity))
        loop = self.loop
        waited = self._clock.now() - self._started
        unread = self._unread()
        forbidding = [each for each in loop.limits.active() if each.reaction >= Reaction.HOLD]
        if not (missing or unread or forbidding):
            loop.change(Cause.CHECKED)
            loop.begin()
        elif waited >= CONNECT_TIMEOUT:
            if missing:
                raise Refused("control.not-connected", instruments=", ".join(missing))
            if forbidding:
                limits = "; ".join(f"{limit.id} ({limit.text})" for limit in forbidding)
                raise Refused("control.limits-forbid", limits=limits)
            if unread:
                self.loop.log.note(
                    "warning", "bench", Message("control.unread", {"channels": ", ".join(unread)})
                )
            loop.change(Cause.CHECKED)
            loop.begin()

    def _unread(self) -> list[str]:
        """Return the measured channels the rig names that give no value."""
        model, quality = self.order.model, self.loop.row.quality
        return [
            channel.name
            for i, channel in enumerate(model.measured)
            if quality[i] != Quality.OK and model.is_named(channel)
        ]

    def _shown(self, name: str) -> Shown:
        model, row = self.order.model, self.loop.row
        index = model.index[name]
        channel = model.channels[index]
        value = float(row.values[index])
        words = model.choices_of(name)
        is_word = bool(words) and 0 <= value < len(words)
        text = words[int(value)] if is_word else channel.shown_unit.shown(value)
        return Shown(name, channel.title, text, int(row.quality[index]))

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


def _told(request: Request, error: Refused | None = None) -> Mapping[str, object]:
    told: dict[str, object] = {"request": type(request).__name__}
    if error is not None:
        told["reason"] = error.message
    return told


def _recorder(order: Order, clock: Clock) -> Recorder:
    path, header = _path(order, clock), _header(order, clock)
    if order.is_simulated and order.simulation is not None:
        return RunWriter(path, header, order.provenance)
    return BackgroundRecorder(path, header, order.provenance, clock)


def _path(order: Order, clock: Clock) -> Path:
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        taken = [path.name for path in order.folder.iterdir()]
    except OSError as error:
        told = reason(error)
        raise RunFileError("record.no-folder", folder=str(order.folder), reason=told) from error
    serial = order.model.object.serial
    return order.folder / run_file_name(clock.utc(), order.plan.name, serial, taken)


def _header(order: Order, clock: Clock) -> Header:
    model, plan = order.model, order.plan
    rig_file = next((n for n in model.texts if not n.startswith("objects/")), "rig.yaml")
    texts = {name: text for name, text in model.texts.items() if name != rig_file}
    plant: Mapping[str, float] = {}
    if order.simulation is not None:
        plant = order.simulation.parameters
    period = order.simulation.scan if order.is_simulated and order.simulation else model.scan_period
    gas: dict[str, object] = {} if model.gas is None else asdict(model.gas)
    return Header(
        title=plan.title.en,
        rig_name=model.name,
        rig_text=model.texts.get(rig_file, ""),
        protocol_name=plan.name,
        texts={**texts, **plan.texts},
        parameters={name: str(value) for name, value in plan.parameters.items()},
        object_kind=model.object.kind,
        object_serial=model.object.serial,
        operator=order.operator,
        seed=order.seed,
        simulated=order.is_marked_simulated,
        plant=plant if order.is_simulated else {},
        channels=model.channels,
        scan_period_ns=period,
        start_utc_ns=clock.utc(),
        identities={},
        gas=gas,
        object_data=dict(model.object.data),
        start_ns=clock.now(),
    )
