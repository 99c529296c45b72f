"""Steps that give demands new values: set, ramp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.expression import Resolved
from bench.plan import Estimate, Head, Node, RampNode, RampTargetNode, SetNode, Value
from bench.planning.context import Context
from bench.planning.demands import check_steepness, demanded
from bench.planning.place import Place
from bench.step import RampGrammar, RampTarget, Scalar, SetGrammar


def plan_set(context: Context, step: SetGrammar, head: Head, place: Place) -> Node:
    """Plan demands that change at once."""
    if not step.set:
        context.findings.add(place.section, "plan.no-demands", kind=head.kind)
    found = [
        demanded(context, name, written, place / name, place / name)
        for name, written in step.set.items()
    ]
    return SetNode(head, tuple(each for each in found if each is not None))


def plan_ramp(context: Context, step: RampGrammar, head: Head, place: Place) -> Node:
    """Plan demands that change evenly, all within one time or each with its own gradient."""
    written: Mapping[str, Scalar | RampTarget] = step.ramp.__pydantic_extra__ or {}
    if not written:
        context.findings.add(place.section, "plan.no-demands", kind=head.kind)
    over = None
    if step.ramp.over is not None:
        over = context.positive_seconds(step.ramp.over, place / "over")
    longest, before = over or 0.0, context.flow
    targets: list[RampTargetNode] = []
    for name, target in written.items():
        if isinstance(target, RampTarget) is (step.ramp.over is not None):
            context.findings.add(place.section / name, "plan.over-or-gradient", name=name)
            continue
        found = _target(context, name, target, over, place / name)
        if found is not None:
            targets.append(found[0])
            longest = max(longest, found[1])
    hydrogen = longest * (before + context.flow) / 2
    head = replace(head, estimate=Estimate(longest, longest, hydrogen))
    return RampNode(head, tuple(targets), over)


def _target(
    context: Context, name: str, written: Scalar | RampTarget, over: float | None, place: Place
) -> tuple[RampTargetNode, float] | None:
    """Return where one demand goes, and how long it takes by its own gradient, s."""
    start = context.course.demands.get(name)
    if not isinstance(written, RampTarget):
        found = demanded(context, name, written, place, place)
        if found is None:
            return None
        change = _change(start, found[1])
        if over is not None and change is not None:
            demand = context.model.demands[found[0]]
            check_steepness(context, demand, change / over, place.section)
        return RampTargetNode(found[0], found[1], None), 0.0
    found = demanded(context, name, written.to, place, place / "to")
    if found is None:
        return None
    demand = context.model.demands[found[0]]
    gradient = None
    here = place / "gradient"
    with context.at(here):
        gradient = context.texts(here).rate(written.gradient, demand.unit)
        check_steepness(context, demand, gradient, here.section)
    lasts = (_change(start, found[1]) or 0.0) / gradient if gradient else 0.0
    return RampTargetNode(found[0], found[1], gradient), lasts


def _change(start: float | None, value: Value) -> float | None:
    """Return by how much a demand changes; None where that is not known."""
    return None if start is None or isinstance(value, Resolved) else abs(value - start)
