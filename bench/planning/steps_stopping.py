"""The step that ends a run file and leaves the object safe, until the next one goes on."""

from __future__ import annotations

import math
from dataclasses import replace

from bench.model import DemandPoint
from bench.plan import Estimate, Head, Node, PlannedStopNode
from bench.planning.context import Context
from bench.planning.place import Place
from bench.step import PlannedStopGrammar


def plan_planned_stop(context: Context, step: PlannedStopGrammar, head: Head, place: Place) -> Node:
    """Plan a stop between two run files; the object has to be safe there."""
    body = step.planned_stop
    seconds = context.seconds(body.lasting, place / "for")
    if context.course.is_beside or place.protocol is None:
        context.findings.add(place.section.key_mark, "chain.no-planned-stop-here")
    for demand in context.model.demands:
        if not _is_safe(context, demand):
            context.findings.add(
                place.section.key_mark,
                "chain.energised",
                demand=demand.name,
                value=_shown(context, demand),
                safe=demand.shown(demand.safe),
            )
    head = replace(head, title=head.title if head.title.en else body.text, estimate=Estimate())
    return PlannedStopNode(head, seconds, body.service, body.text)


def _is_safe(context: Context, demand: DemandPoint) -> bool:
    """Return whether a demand is known to be safe, or means nothing in the mode of then."""
    known = context.course.demands
    if math.isnan(demand.safe):
        return True
    if any(known.get(name) not in {None, *allowed} for name, allowed in demand.requires.items()):
        return True
    return known.get(demand.name) == demand.safe


def _shown(context: Context, demand: DemandPoint) -> str:
    value = context.course.demands.get(demand.name)
    return "?" if value is None else demand.shown(value)
