"""What is asked of an open bench is done between two scans, or refused with a sentence.

Sequence, demands, alarms, and what is written down. What needs a server that runs one protocol
after the other (`Begin`) is not here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

from bench.channel import Kind
from bench.clock import SECOND, Clock
from bench.config.quantities import measure, selected
from bench.control.conduct import go_on
from bench.control.loop import Loop, Stop
from bench.control.snapshots import UNNAMED, Snapshots
from bench.control.states import State
from bench.errors import ConfigError, Refused, did_you_mean
from bench.messages import Message
from bench.model import BenchModel, GasLot
from bench.service.requests import (
    Acknowledge,
    Answer,
    Bypass,
    ChangeGas,
    Force,
    GoOn,
    HandBack,
    Hold,
    Note,
    PutOutOfService,
    Request,
    Reset,
    Resume,
    Sender,
    SetDemands,
    Shelve,
    ShiftHandover,
    Silence,
    Snapshot,
    StopNow,
    TakeOver,
    Unshelve,
)


class Bench(Protocol):
    """The open bench, as far as requests reach it."""

    @property
    def loop(self) -> Loop:
        """The scan cycle."""
        ...

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def snapshots(self) -> Snapshots:
        """What points are made of."""
        ...

    @property
    def started(self) -> int:
        """When the present run file began, ns."""
        ...

    def make_ready(self) -> None:
        """Go from MONITOR to READY, or raise `Refused` with what is missing."""
        ...


SEQUENCE = Hold | Resume | GoOn | StopNow | Answer
"""What concerns the sequence."""
DEMANDS = TakeOver | HandBack | SetDemands | Force
"""What a person does to the bench by hand."""
ALARMS = Acknowledge | Silence | Reset | Shelve | Unshelve | PutOutOfService | Bypass
"""What concerns alarms."""
WRITTEN = Note | Snapshot | ChangeGas | ShiftHandover
"""What is written down."""


def do(bench: Bench, request: Request, sender: Sender) -> None:
    """Do what is asked.

    Raises:
        Refused: the bench cannot do it now; the sentence says why.
        ConfigError: a value as written makes no sense.
    """
    if isinstance(request, SEQUENCE):
        _steer(bench.loop, request)
    elif isinstance(request, DEMANDS):
        _demand(bench, request)
    elif isinstance(request, ALARMS):
        _attend(bench, request, sender)
    elif isinstance(request, WRITTEN):
        _write_down(bench, request, sender)
    else:
        raise Refused("control.needs-server", request=type(request).__name__)


def told(request: Request, error: Refused | ConfigError | None = None) -> Mapping[str, object]:
    """Return what the event of a request says of it."""
    arguments: dict[str, object] = {"request": type(request).__name__}
    if error is not None:
        arguments["reason"] = error.message
    return arguments


def gas_told(lot: GasLot) -> Message:
    """Return the event of a gas lot."""
    arguments = {"lot": lot.lot, "date": lot.date, "certificate": asdict(lot)}
    return Message("gas.lot", arguments)


def _steer(loop: Loop, request: SEQUENCE) -> None:
    match request:
        case Hold():
            loop.hold()
        case Resume():
            loop.resume()
        case GoOn():
            go_on(loop)
        case StopNow():
            _stop(loop, request)
        case Answer(is_done=is_done):
            if loop.stage.question is None:
                raise Refused("control.no-question")
            loop.stage.question.answer = is_done


def _stop(loop: Loop, request: StopNow) -> None:
    if request.needs_run and not loop.is_actuating:
        raise Refused("control.nothing-runs")
    is_people_first = request.is_people_first
    reason = Message("stops.people-first" if is_people_first else "control.operator-stop")
    stop = Stop(
        "operator",
        reason,
        is_hard=request.is_hard or is_people_first,
        is_people_first=is_people_first,
    )
    loop.begin_stop(stop, is_asked=True)


def _demand(bench: Bench, request: DEMANDS) -> None:
    loop = bench.loop
    match request:
        case TakeOver():
            if loop.state is State.MONITOR:
                bench.make_ready()
            loop.take_over()
        case HandBack():
            loop.hand_back()
        case SetDemands(values=values, seconds=seconds):
            _check_seconds(seconds)
            loop.set_demands(_demanded(loop.model, values), seconds)
        case Force():
            _force(loop, request)


def _attend(bench: Bench, request: ALARMS, sender: Sender) -> None:
    loop, now, utc, who = bench.loop, bench.clock.now(), bench.clock.utc(), sender.name
    book = loop.alarms
    match request:
        case Acknowledge(alarm=alarm):
            book.acknowledge(alarm, who)
        case Silence():
            book.silence(who)
        case Reset(alarm=""):
            loop.reset(who)
        case Reset(alarm=alarm):
            book.reset(alarm, who)
        case Shelve(alarm=alarm, reason=reason, seconds=seconds):
            _check_seconds(seconds or 0.0)
            book.shelve(alarm, seconds, reason, who, now=now, utc=utc)
        case Unshelve(alarm=alarm):
            book.unshelve(alarm, who)
        case PutOutOfService(alarm=alarm, reason=reason, is_out=is_out):
            book.put_out_of_service(alarm, reason, who, is_out=is_out)
        case Bypass(limit=limit, reason=reason, seconds=seconds):
            _check_seconds(seconds)
            book.bypass(limit, seconds, reason, who, now=now, utc=utc)


def _write_down(bench: Bench, request: WRITTEN, sender: Sender) -> None:
    match request:
        case Note(text=text, operator=operator):
            said = Message("control.note", {"text": text})
            bench.loop.log.note("info", operator or sender.name or "operator", said)
        case Snapshot():
            _take_snapshot(bench, request, sender)
        case ShiftHandover(text=text, giver=giver, taker=taker):
            by = giver or sender.name or "operator"
            told = {"giver": by, "taker": taker or "–", "note": text}
            bench.loop.log.note("info", by, Message("serve.handover", told))
        case ChangeGas(lot=lot):
            bench.loop.log.note("info", "gas", gas_told(lot))


def _take_snapshot(bench: Bench, asked: Snapshot, sender: Sender) -> None:
    loop, now = bench.loop, bench.clock.now()
    step = loop.position.id
    point = bench.snapshots.point(
        asked.name, asked.seconds, begin=bench.started, now=now, step_id=step
    )
    loop.log.point(point)
    arguments: dict[str, object] = {"name": point.name, "repeat": point.repeat}
    told_as = "control.snapshot" if point.name != UNNAMED else "control.snapshot-unnamed"
    arguments["seconds"] = f"{(point.end_ns - point.start_ns) / SECOND:.1f}"
    who = asked.operator or sender.name or "operator"
    loop.log.note("info", who, Message(told_as, arguments))


def _demanded(model: BenchModel, written: Mapping[str, str]) -> dict[int, float]:
    """Return demand index → value, SI."""
    if not written:
        raise Refused("serve.no-demands")
    places = {point.name: index for index, point in enumerate(model.demands)}
    found: dict[int, float] = {}
    for name, value in written.items():
        if name not in places:
            raise Refused("serve.no-demand", name=name, hint=did_you_mean(name, places))
        point = model.demands[places[name]]
        found[places[name]] = selected(value, point.choices, point.unit)
    return found


def _force(loop: Loop, request: Force) -> None:
    model = loop.model
    measured = [channel.name for channel in model.measured]
    index = model.index.get(request.channel)
    if index is None or model.channels[index].kind is not Kind.MEASURED:
        hint = did_you_mean(request.channel, measured)
        raise Refused("serve.no-measured", name=request.channel, hint=hint)
    if not request.value:
        loop.force(index, None)
        return
    if loop.state is not State.MONITOR:
        raise Refused("serve.force-monitor-only", state=loop.state.value)
    if not request.reason.strip():
        raise Refused("serve.force-reason", channel=request.channel)
    loop.force(index, measure(request.value, model.channels[index].unit))


def _check_seconds(seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds >= 0):
        raise Refused("serve.seconds", seconds=f"{seconds:g}")
