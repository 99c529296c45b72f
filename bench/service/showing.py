"""What a bench is doing, as one frozen state for people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bench.clock import SECOND
from bench.control.course import Phase
from bench.control.foresight import seconds_left, seconds_of
from bench.control.loop import Loop
from bench.control.stabilising import Judged
from bench.control.states import State
from bench.messages import Message
from bench.model import BenchModel, Counter
from bench.record.port import Ending
from bench.safety.alarm import Alarm
from bench.safety.alarms import value_shown
from bench.scan import Row
from bench.service.order import Order
from bench.service.port import (
    AlarmShown,
    Attention,
    BenchState,
    CheckShown,
    CriterionShown,
    Shown,
)
from bench.units import Unit, significant


@dataclass(frozen=True)
class Around:
    """What the scan cycle does not know of itself."""

    file: Path | None
    """The run file."""
    elapsed: float
    """Time since its start, s."""
    control: str = ""
    """Who holds control."""
    unexplained: str = ""
    """Run file whose end nobody has explained."""
    preflight: tuple[CheckShown, ...] = ()
    """Preflight checks."""
    last: tuple[Path, Ending] | None = None
    """Run file and ending of the last protocol that has ended."""
    has_begun: bool = False
    """Whether anything has been demanded of the object in this run."""
    silent: tuple[str, ...] = ()
    """Instruments that do not answer."""
    rig_file: str = ""
    """File that describes the rig, absolute."""
    trouble: Message | None = None
    """Why nothing can be recorded; None: all is well."""


def attention_of(loop: Loop) -> Attention:
    """Return whether a run waits for a person."""
    if loop.stage.question is not None:
        return Attention.QUESTION
    return Attention.HELD if loop.state is State.HOLDING else Attention.NONE


def state_of(loop: Loop, order: Order, around: Around) -> BenchState:
    """Return what a bench is doing."""
    position = loop.position
    done = loop.sequencer.expected_done if loop.sequencer is not None else 0.0
    in_step = min(position.elapsed, position.expected)
    question = loop.stage.question
    model, last = order.model, around.last
    place = None if loop.course.running is None else loop.course.running.place
    following = None if place is None else place.next(loop.stage.holds)
    stops = _stops(loop)
    people_first = model.people_first
    remaining = max(order.plan.estimate.seconds - done - in_step, 0.0)
    return BenchState(
        state=loop.state,
        is_simulated=order.is_marked_simulated,
        protocol=order.plan.name,
        position=position,
        elapsed=around.elapsed,
        remaining=stops.get(loop.phase, remaining),
        channels=tuple(_channel(model, loop.row, name) for name in model.key_channels),
        alarms=loop.news.alarms,
        question=None if question is None else question.text,
        file=around.file,
        rig=model.name,
        alarm_list=tuple(_alarm(model, each) for each in loop.alarms.alarms),
        is_horn_on=loop.alarms.is_horn_on,
        control=around.control,
        phase=loop.phase,
        stops=stops,
        costs=None if people_first is None else people_first.costs,
        counters=_counters(loop),
        counter_titles={each.name: each.title for each in _all_counters(loop)},
        silent=around.silent,
        unexplained=around.unexplained,
        preflight=around.preflight,
        attention=attention_of(loop),
        has_begun=around.has_begun,
        is_finished=loop.is_finished,
        last_file=None if last is None else last[0],
        last_ending="" if last is None else last[1].state,
        last_reason=None if last is None else last[1].message,
        forced=tuple(sorted(model.channels[index].name for index in loop.forced)),
        is_beating=loop.pulse.is_beating,
        missing=loop.pulse.missing,
        lateness=loop.timing.lateness / SECOND,
        overruns=loop.timing.overruns,
        speed=order.speed or 1.0,
        rig_file=around.rig_file,
        trouble=around.trouble,
        criteria=() if place is None else tuple(_criterion(model, each) for each in place.found),
        next_title=None if following is None else following[0],
        next_expected=0.0 if following is None else following[1],
        step_number=0 if place is None else place.number,
        step_count=0 if place is None else place.count,
        question_picture=None if question is None else question.picture,
        demands=loop.demands.named(),
    )


def _stops(loop: Loop) -> dict[str, float]:
    """Return stop → expected time to safe, s."""
    plan, stage, running = loop.plan, loop.stage, loop.course.running
    roots = {Phase.SOFT_STOP: plan.soft_stop, Phase.HARD_STOP: plan.hard_stop}
    if plan.people_first is not None:
        roots[Phase.PEOPLE_FIRST] = plan.people_first
    found = {phase.value: seconds_of(root, stage) for phase, root in roots.items()}
    if loop.phase in found and running is not None:
        found[loop.phase] = seconds_left(running, stage)
    return found


def _channel(model: BenchModel, row: Row, name: str) -> Shown:
    index = model.index[name]
    channel = model.channels[index]
    return Shown(
        name,
        channel.title,
        _valued(model, index, float(row.values[index])),
        int(row.quality[index]),
    )


def _criterion(model: BenchModel, judged: Judged) -> CriterionShown:
    criterion = judged.criterion
    channel = model.channels[criterion.channel]
    factor, label = channel.shown_unit.factor, channel.shown_unit.label
    if channel.shown_unit.offset:  # a difference has no zero of its own: 5 °C are 5 K
        label = "K"
    if judged.kind in criterion.relative:
        factor, label = 0.01, "%"
    if judged.kind == "slope":
        factor, label = factor / 60.0, f"{label}/min"
    found, bound = judged.found / factor, significant(judged.bound / factor, 3)
    text = f"{significant(found, 3) if math.isfinite(found) else '–'}/{bound} {label}"
    return CriterionShown(criterion.name, channel.title, judged.kind, text.rstrip(), judged.is_met)


def _valued(model: BenchModel, index: int, value: float) -> str:
    """Return a value (SI) of a channel as text."""
    if math.isnan(value):
        return "–"
    channel = model.channels[index]
    words = model.choices_of(channel.name)
    is_word = bool(words) and 0 <= value < len(words)
    return words[int(value)] if is_word else on_screen(channel.shown_unit, value)


def _alarm(model: BenchModel, alarm: Alarm) -> AlarmShown:
    limit = alarm.limit
    return AlarmShown(
        id=limit.id,
        state=alarm.state.value,
        priority=int(limit.priority),
        reaction=limit.reaction.name.lower().replace("_", "-"),
        text=limit.text,
        since_utc_ns=alarm.since_utc_ns,
        count=alarm.count,
        is_first=alarm.is_first,
        is_bypassed=alarm.is_bypassed,
        until_utc_ns=alarm.until_utc_ns,
        value=value_shown(model, limit, alarm.value),
        beside=limit.beside,
        cause=limit.cause,
        consequence=limit.consequence,
        advice=limit.advice,
        reason=alarm.reason,
    )


def _counters(loop: Loop) -> dict[str, str]:
    values = loop.counters.values
    return {each.name: _counted(each, values[each.name]) for each in _all_counters(loop)}


def _all_counters(loop: Loop) -> tuple[Counter, ...]:
    return (*loop.model.counters, *loop.plan.counters)


def _counted(counter: Counter, value: float) -> str:
    """Return a count: whole numbers of what is counted one by one, else steady decimals."""
    number = counter.unit.from_si(value)
    is_whole = counter.unit.label == "" and number == round(number)
    text = f"{number:.0f}" if is_whole else _decimals(number)
    return f"{text} {counter.unit.label}".rstrip()


def on_screen(measure: Unit, value: float) -> str:
    """Return an SI value for a screen: four digits, and no more than noise leaves of small ones."""
    number = measure.from_si(value)
    if math.isfinite(number) and abs(number) < 1:
        return f"{_decimals(number)} {measure.label}".rstrip()
    return measure.shown(value)


def _decimals(number: float) -> str:
    """Return a number with three decimals; what rounds to zero has no sign."""
    return f"{round(number, 3) + 0.0:.3f}"
