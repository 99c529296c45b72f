"""Steps with a body of others: repeat, for-each, sweep, call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.config.protocol import Protocol, load_protocol
from bench.errors import ConfigError
from bench.expression import Resolved
from bench.model import DemandPoint
from bench.plan import Head, Node, RampNode, RampTargetNode, RepeatNode, SequenceNode
from bench.planning.context import Context, sequence, total
from bench.planning.counting import add_counters, counted
from bench.planning.demands import check_steepness, take
from bench.planning.parameters import parameters_of
from bench.planning.place import Place
from bench.safeguard import Scope
from bench.step import (
    CallBody,
    CallGrammar,
    ForEachGrammar,
    RepeatGrammar,
    Scalar,
    SweepBody,
    SweepGrammar,
)
from bench.units import ONE

DEEPEST_CALL = 5
"""How deep protocols may call one another (the depth industrial sequencers allow)."""


def plan_repeat(context: Context, step: RepeatGrammar, head: Head, place: Place) -> Node:
    """Plan a body that runs several times."""
    times = 1
    with context.at(place / "times"):
        times = _times(context, step.repeat.times, place)
    before = dict(context.course.points)
    inner = replace(place / "steps", prefix=f"{head.id}/")
    body = context.steps(step.repeat.steps, inner)
    if (
        times > 1 and not context.course.is_again
    ):  # the next pass begins with the demands with which the first one ends
        with context.course.once_more():
            context.steps(step.repeat.steps, inner)
    for name, windows in list(context.course.points.items()):
        context.course.measure(name, (windows - before.get(name, 0)) * (times - 1))
    counts = counted(context, step.counts, place)
    return RepeatNode(replace(head, estimate=total(body).times(times)), times, body, counts)


def _times(context: Context, written: Scalar, place: Place) -> int:
    given = context.texts(place).quantity(written)
    count = round(given.value)
    is_whole = abs(count - given.value) < 1e-9
    if given.unit.dimension != ONE.dimension or count < 1 or not is_whole:
        raise ConfigError("plan.times", value=written)
    return count


def plan_for_each(context: Context, step: ForEachGrammar, head: Head, place: Place) -> Node:
    """Plan a body that runs once per value."""
    lists: Mapping[str, tuple[Scalar, ...]] = step.for_each.__pydantic_extra__ or {}
    lengths = {len(values) for values in lists.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ConfigError("plan.lists", lists=", ".join(lists) or "-")
    passes: list[Node] = []
    for position in range(lengths.pop()):
        context.course.count()
        name = f"{head.id}[{position + 1}]"
        values = {variable: values[position] for variable, values in lists.items()}
        parameters = dict(place.parameters)
        for variable, written in values.items():
            here = place / variable / position
            with context.at(here):
                parameters[variable] = context.texts(place).quantity(written)
            if variable not in parameters:
                context.findings.spoil(variable)
        inner = replace(place / "steps", parameters=parameters, prefix=f"{name}/")
        body = context.steps(step.for_each.steps, inner)
        passes.append(_pass(name, head, inner, body))
    return _loop(head, passes)


def _pass(name: str, head: Head, place: Place, body: Sequence[Node]) -> SequenceNode:
    """Return one pass of a loop; that is what a run goes back to, where it goes back at all."""
    planned = sequence(name, "pass", head.title, place, body)
    own = replace(planned.head, is_recovery_point=head.is_recovery_point)
    return replace(planned, head=own)


def _loop(head: Head, passes: Sequence[Node]) -> SequenceNode:
    own = replace(head, estimate=total(passes), is_recovery_point=False)
    return SequenceNode(own, tuple(passes))


def plan_sweep(context: Context, step: SweepGrammar, head: Head, place: Place) -> Node:
    """Plan a demand that goes through a range, with a body at each value."""
    body = step.sweep
    over = context.positive_seconds(body.over, place / "over")
    with context.at(place / "demand"):
        index, demand = context.demand(body.demand)
        if demand.choices:
            raise ConfigError("plan.sweep-selector", name=body.demand)
        first = _end(context, body.start, demand, place / "from")
        last = _end(context, body.stop, demand, place / "to")
        if first is not None and last is not None and over is not None:
            sweep = _Sweep(context, body, head, place, index, over)
            share = (last - first) / (body.points - 1)
            values = [first + share * i for i in range(body.points - 1)]
            passes = [sweep.at(i, value) for i, value in enumerate((*values, last))]
            return _loop(head, passes)
    return SequenceNode(head, ())


def _end(context: Context, written: Scalar, demand: DemandPoint, place: Place) -> float | None:
    with context.at(place):
        value = context.texts(place).demand(written, demand)
        if isinstance(value, Resolved):
            raise ConfigError("plan.not-constant", value=written)
        return value
    return None


@dataclass(frozen=True)
class _Sweep:
    """Plans the passes of one sweep."""

    context: Context
    body: SweepBody
    head: Head
    place: Place
    demand: int
    over: float

    def at(self, position: int, value: float) -> SequenceNode:
        """Return the ramp to one value, and the body there."""
        self.context.course.count()
        name = f"{self.head.id}[{position + 1}]"
        inner = replace(self.place / "steps", prefix=f"{name}/")
        children = (self._ramp(f"{name}/ramp", value), *self.context.steps(self.body.steps, inner))
        return _pass(name, self.head, inner, children)

    def _ramp(self, name: str, value: float) -> RampNode:
        context, demand = self.context, self.context.model.demands[self.demand]
        start = context.course.demands.get(demand.name)
        if start is not None:
            where = (self.place / "over").section
            check_steepness(context, demand, abs(value - start) / self.over, where)
        take(context, demand, value, (self.place / "to").section)
        context.course.claim(name)
        plain = Head(name, "ramp", self.head.title, self.head.mark)
        target = RampTargetNode(self.demand, value, None)
        return RampNode(context.lasting(plain, self.over), (target,), self.over)


def plan_call(context: Context, step: CallGrammar, head: Head, place: Place) -> Node:
    """Plan the steps of another protocol as a part of this one."""
    if isinstance(step.call, CallBody):
        name, given, named = step.call.protocol, step.call.parameters, place / "protocol"
    else:
        name, given, named = step.call, {}, place
    with context.at(named):
        called = _called(context, name, named)
        parameters = parameters_of(context, called, given, place / "with")
        section = called.document.section("steps")
        inner = Place(section, parameters, called, f"{head.id}/", place.depth + 1)
        written = replace(inner, section=called.document.section("limits"))
        limits = context.limits(called.file.limits, written, Scope.PROTOCOL)
        add_counters(context, called.file.counters, inner)
        body = context.steps(called.file.steps, inner)
        return SequenceNode(
            replace(
                head,
                title=step.title or called.file.title,
                limits=(*head.limits, *limits),
                estimate=total(body),
            ),
            body,
        )
    return SequenceNode(head, ())


def _called(context: Context, name: str, place: Place) -> Protocol:
    if place.depth >= DEEPEST_CALL:
        raise ConfigError("plan.too-deep", name=name, limit=DEEPEST_CALL)
    course = context.course
    beside = None if place.protocol is None else place.protocol.path
    key = name, None if beside is None else beside.parent
    if key not in course.protocols:
        course.protocols[key] = load_protocol(name, context.catalogue, beside)
    called = course.protocols[key]
    course.texts[f"protocols/{called.file.protocol}.yaml"] = called.document.text
    return called
